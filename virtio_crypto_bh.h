/* SPDX-License-Identifier: GPL-2.0 */
/* Copyright (C) 2026 The virtio_crypto authors */
/*
 * Bottom halves of the interrupt handlers.
 */
#ifndef VIRTIO_CRYPTO_BH_H
#define VIRTIO_CRYPTO_BH_H

#include <linux/kthread.h>
#include <linux/workqueue.h>

#include "virtio_crypto_compat.h"

/**
 * struct virtcrypto_bh - a bottom half, see virtio_crypto_bh.c
 * @soft: runs it in softirqs
 * @work: runs it instead, when a softirq must not
 * @poll: runs it again and again for a while
 * @poller: the thread for @poll
 * @wanted: times that it was to run, since it last began to
 * @killed: virtcrypto_bh_kill() is at work: none of the three starts another
 * @polling: @poll is at work: interrupts need not be turned on
 * @busy: answers are expected; set by @func
 * @found: answers that @func has found so far
 * @window_ns: how long @poll waits for an answer; 0 while that does not pay
 * @missed_ns: when @poll began that ended without an answer; 0 when one has come
 * @misses: times that it did in vain, minus those that it did not
 * @offs: times in a row that polling turned out not to pay
 * @pause: while it does not, chances to poll that are still to be passed over
 * @func: what it does, never twice at a time; it must not sleep
 */
struct virtcrypto_bh {
	struct vc_bh soft;
	struct work_struct work;
	struct kthread_work poll;
	struct kthread_worker *poller;
	atomic_t wanted;
	bool killed;
	bool polling;
	bool busy;
	unsigned int found;
	unsigned int window_ns;
	u64 missed_ns;
	u8 misses;
	u8 offs;
	unsigned int pause;
	void (*func)(struct virtcrypto_bh *bh);
};

void virtcrypto_bh_init(struct virtcrypto_bh *bh,
			void (*func)(struct virtcrypto_bh *bh));
void virtcrypto_bh_schedule(struct virtcrypto_bh *bh);
void virtcrypto_bh_poll_not(struct virtcrypto_bh *bh);
void virtcrypto_bh_poll(struct virtcrypto_bh *bh);
void virtcrypto_bh_kill(struct virtcrypto_bh *bh);

#endif /* VIRTIO_CRYPTO_BH_H */
