// SPDX-License-Identifier: GPL-2.0
// Copyright (C) 2026 The virtio_crypto authors
/*
 * The driver's workqueues; see virtio_crypto_wq.h for which works go where.
 */
#include <linux/module.h>

#include "virtio_crypto_wq.h"

struct workqueue_struct *virtcrypto_wq;
struct workqueue_struct *virtcrypto_slow_wq;

/**
 * virtcrypto_wq_init() - make the workqueues
 *
 * Context: process.
 * Return: 0 or -ENOMEM.
 */
int virtcrypto_wq_init(void)
{
	virtcrypto_wq = alloc_workqueue(KBUILD_MODNAME,
					WQ_UNBOUND | WQ_MEM_RECLAIM, 0);
	if (!virtcrypto_wq)
		return -ENOMEM;
	virtcrypto_slow_wq = alloc_workqueue("virtio_crypto_slow", WQ_UNBOUND,
					     0);
	if (!virtcrypto_slow_wq) {
		destroy_workqueue(virtcrypto_wq);
		return -ENOMEM;
	}
	return 0;
}

/**
 * virtcrypto_wq_exit() - free the workqueues, when no device is left
 *
 * Context: process.
 */
void virtcrypto_wq_exit(void)
{
	destroy_workqueue(virtcrypto_slow_wq);
	destroy_workqueue(virtcrypto_wq);
}
