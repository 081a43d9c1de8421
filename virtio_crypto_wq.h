/* SPDX-License-Identifier: GPL-2.0 */
/* Copyright (C) 2026 The virtio_crypto authors */
/*
 * The driver's workqueues, and its threads that poll.
 */
#ifndef VIRTIO_CRYPTO_WQ_H
#define VIRTIO_CRYPTO_WQ_H

#include <linux/kthread.h>
#include <linux/workqueue.h>

/*
 * virtcrypto_wq is for works that storage may wait for: they run when memory is
 * short, and never wait for a request.  virtcrypto_slow_wq is for those that
 * may.
 */
extern struct workqueue_struct *virtcrypto_wq;
extern struct workqueue_struct *virtcrypto_slow_wq;

struct kthread_worker *virtcrypto_poller(void);
int virtcrypto_wq_init(void);
void virtcrypto_wq_exit(void);

#endif /* VIRTIO_CRYPTO_WQ_H */
