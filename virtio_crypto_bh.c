// SPDX-License-Identifier: GPL-2.0
/*
 * Where completions run: in softirqs, unless that would harm whom they interrupt.
 *
 * Who submits block I/O has a list, current->bio_list, that bios are put on which are
 * submitted meanwhile from below, without any lock.  A completion in a softirq that
 * submits a bio, such as dm-crypt's with no_write_workqueue, would put it on the list
 * of a task that is interrupted while at work on it; the bio can be lost, and whoever
 * waits for it waits for ever.  So a softirq that finds such a list lets a work do its
 * job.  That is rare with other users, and costs little with these.
 *
 * Either of them runs at a time: @away is set by the softirq, which does nothing more
 * while it is set, and cleared by the work when it has finished.
 */
#include <linux/sched.h>

#include "virtio_crypto_common.h"

static void virtcrypto_bh_softirq(struct vc_bh *soft)
{
	struct virtcrypto_bh *bh = container_of(soft, struct virtcrypto_bh, soft);

	/* Pairs with the release in virtcrypto_bh_work(). */
	if (smp_load_acquire(&bh->away))
		return;
	if (unlikely(current->bio_list)) {
		WRITE_ONCE(bh->away, true);
		queue_work(virtcrypto_wq, &bh->work);
		return;
	}
	bh->func(bh);
}

static void virtcrypto_bh_work(struct work_struct *work)
{
	struct virtcrypto_bh *bh = container_of(work, struct virtcrypto_bh, work);

	/* As a softirq is: who stops a device relies on that. */
	rcu_read_lock();
	bh->func(bh);
	rcu_read_unlock();
	/* Pairs with the acquire in virtcrypto_bh_softirq(). */
	smp_store_release(&bh->away, false);
	/* For what was asked for meanwhile. */
	vc_bh_schedule(&bh->soft);
}

/**
 * virtcrypto_bh_init() - make a bottom half
 * @bh: the object
 * @func: what it does, not twice at a time; it must not sleep
 */
void virtcrypto_bh_init(struct virtcrypto_bh *bh,
			void (*func)(struct virtcrypto_bh *bh))
{
	bh->func = func;
	bh->away = false;
	vc_bh_init(&bh->soft, virtcrypto_bh_softirq);
	INIT_WORK(&bh->work, virtcrypto_bh_work);
}

/**
 * virtcrypto_bh_schedule() - have a bottom half run
 * @bh: the bottom half
 *
 * Context: any.
 */
void virtcrypto_bh_schedule(struct virtcrypto_bh *bh)
{
	vc_bh_schedule(&bh->soft);
}

/**
 * virtcrypto_bh_kill() - wait for a bottom half, which nobody schedules any more
 * @bh: the bottom half
 *
 * It can be used again afterwards.
 *
 * Context: process.
 */
void virtcrypto_bh_kill(struct virtcrypto_bh *bh)
{
	vc_bh_kill(&bh->soft);
	cancel_work_sync(&bh->work);
	/* The work may have scheduled it; if it was cancelled it is not away. */
	WRITE_ONCE(bh->away, false);
	vc_bh_kill(&bh->soft);
}
