// SPDX-License-Identifier: GPL-2.0
// Copyright (C) 2026 The virtio_crypto authors
/*
 * Bottom halves: completions run in softirqs, unless that would harm the
 * interrupted task.
 *
 * A task that submits block I/O collects bios and requests in current->bio_list
 * and current->plug, without a lock.  A completion that submits a bio from a
 * softirq, as dm-crypt does with no_write_workqueue, adds to the lists of the
 * task that it interrupts.  If that task is just changing them, the bio is lost
 * and its submitter waits for ever.  So a softirq that finds such a list leaves
 * its job to a work.  With other users that is rare and costs them little.
 *
 * This does not make no_write_workqueue safe: submitting a bio may sleep, and a
 * completion must not, in a softirq or in the work.
 *
 * Only one of the two runs at a time.  The softirq sets @away when it queues
 * the work, and does nothing while it is set.  The work clears it when it is
 * done.
 */
#include <linux/sched.h>

#include "virtio_crypto_bh.h"
#include "virtio_crypto_wq.h"

static void virtcrypto_bh_softirq(struct vc_bh *soft)
{
	struct virtcrypto_bh *bh = container_of(soft, struct virtcrypto_bh, soft);

	/* Pairs with the release in virtcrypto_bh_work(). */
	if (smp_load_acquire(&bh->away) || READ_ONCE(bh->killed))
		return;
	if (unlikely(vc_task_submits_io(current))) {
		WRITE_ONCE(bh->away, true);
		queue_work(virtcrypto_wq, &bh->work);
		return;
	}
	bh->func(bh);
}

static void virtcrypto_bh_work(struct work_struct *work)
{
	struct virtcrypto_bh *bh = container_of(work, struct virtcrypto_bh, work);

	/*
	 * A softirq is a read-side critical section, and virtcrypto_stop()
	 * waits for those.
	 */
	rcu_read_lock();
	bh->func(bh);
	rcu_read_unlock();
	/* Pairs with the acquire in virtcrypto_bh_softirq(). */
	smp_store_release(&bh->away, false);
	/* Somebody may have scheduled the softirq while it did nothing. */
	if (!READ_ONCE(bh->killed))
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
	bh->killed = false;
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
 * virtcrypto_bh_kill() - wait for a bottom half that nobody schedules any more
 * @bh: the bottom half
 *
 * It can be used again afterwards.
 *
 * Context: process.
 */
void virtcrypto_bh_kill(struct virtcrypto_bh *bh)
{
	/* Softirq and work must not start each other while both are ended. */
	WRITE_ONCE(bh->killed, true);
	vc_bh_kill(&bh->soft);
	cancel_work_sync(&bh->work);
	vc_bh_kill(&bh->soft);
	/* A work that was cancelled did not clear it. */
	WRITE_ONCE(bh->away, false);
	WRITE_ONCE(bh->killed, false);
}
