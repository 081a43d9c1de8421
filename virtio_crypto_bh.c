// SPDX-License-Identifier: GPL-2.0
// Copyright (C) 2026 The virtio_crypto authors
/*
 * Bottom halves: where a queue's answers are handled.
 *
 * Three run it, each for its reason; only one of them at a time:
 *
 * - A softirq, which an interrupt handler schedules.
 *
 * - A work, if the softirq would harm the interrupted task.  A task that
 *   submits block I/O collects bios and requests in current->bio_list and
 *   current->plug, without a lock.  A completion that submits a bio from a
 *   softirq, as dm-crypt does with no_write_workqueue, adds to the lists of the
 *   task that it interrupts.  If that task is just changing them, the bio is
 *   lost and its submitter waits for ever.  So a softirq that finds such a list
 *   leaves its job to a work.  With other users that is rare and costs them
 *   little.  This does not make no_write_workqueue safe: submitting a bio may
 *   sleep, and a completion must not, in a softirq or in the work.
 *
 * - A thread that polls.  While a CPU has nothing else to do, waiting for an
 *   answer costs less than an interrupt and waking up from idleness.  The thread
 *   is woken up when requests are sent.  Its policy is SCHED_IDLE, so it begins
 *   when their submitter has nothing more to do, and ends as soon as another
 *   task wants the CPU.  How long it waits follows from whether that pays, as in
 *   KVM's halt polling: if no answer came in time, the next window is twice as
 *   long as the answer has taken.  If that does not help, the device may share
 *   our CPU, and answer only when polling has ended; then there is no polling
 *   for a while.
 *
 * virtcrypto_bh.wanted counts who wants it to run.  Whoever finds it zero runs
 * it; if others have come meanwhile, it is run once more.
 */
#include <linux/ktime.h>
#include <linux/preempt.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/time64.h>

#include "virtio_crypto_bh.h"
#include "virtio_crypto_params.h"
#include "virtio_crypto_wq.h"

/* The first window. */
#define VIRTCRYPTO_BH_WINDOW	(8 * NSEC_PER_USEC)

/*
 * After so long the thread lets the scheduler and RCU have their turn, even if
 * nobody has asked for it.
 */
#define VIRTCRYPTO_BH_LONGEST	NSEC_PER_MSEC

/* More misses than so many, less hits, show that polling does not pay. */
#define VIRTCRYPTO_BH_MISSES	2

/*
 * Chances to poll that are passed over then, which double so many times if that
 * happens again.
 */
#define VIRTCRYPTO_BH_PAUSE	256
#define VIRTCRYPTO_BH_OFFS	6

/**
 * virtcrypto_bh_poll_not() - do not poll for a while, as it would not pay
 * @bh: the bottom half
 *
 * Context: any but hard interrupts.
 */
void virtcrypto_bh_poll_not(struct virtcrypto_bh *bh)
{
	unsigned int offs = READ_ONCE(bh->offs);

	WRITE_ONCE(bh->misses, 0);
	WRITE_ONCE(bh->window_ns, 0);
	WRITE_ONCE(bh->pause, VIRTCRYPTO_BH_PAUSE << offs);
	if (offs < VIRTCRYPTO_BH_OFFS)
		WRITE_ONCE(bh->offs, offs + 1);
}

/* Polling has ended with an answer. */
static void virtcrypto_bh_hit(struct virtcrypto_bh *bh)
{
	unsigned int misses = READ_ONCE(bh->misses);

	WRITE_ONCE(bh->misses, misses ? misses - 1 : 0);
	if (!misses)
		WRITE_ONCE(bh->offs, 0);
}

/* The first answer after polling in vain: for how long next time? */
static void virtcrypto_bh_missed(struct virtcrypto_bh *bh)
{
	u64 most = READ_ONCE(virtcrypto_poll_us) * NSEC_PER_USEC;
	u64 took = ktime_get_ns() - READ_ONCE(bh->missed_ns);

	WRITE_ONCE(bh->missed_ns, 0);
	if (bh->misses < VIRTCRYPTO_BH_MISSES) {
		WRITE_ONCE(bh->misses, bh->misses + 1);
		WRITE_ONCE(bh->window_ns, min(2 * took, most));
		return;
	}
	virtcrypto_bh_poll_not(bh);
}

static void virtcrypto_bh_run(struct virtcrypto_bh *bh)
{
	unsigned int found;

	if (atomic_fetch_inc(&bh->wanted))
		return;
	found = bh->found;
	bh->func(bh);
	if (unlikely(READ_ONCE(bh->missed_ns)) && bh->found != found)
		virtcrypto_bh_missed(bh);
	if (atomic_xchg(&bh->wanted, 0) > 1 && !READ_ONCE(bh->killed))
		vc_bh_schedule(&bh->soft);
}

static void virtcrypto_bh_softirq(struct vc_bh *soft)
{
	struct virtcrypto_bh *bh = container_of(soft, struct virtcrypto_bh, soft);

	if (unlikely(vc_task_submits_io(current))) {
		if (!READ_ONCE(bh->killed))
			queue_work(virtcrypto_wq, &bh->work);
		return;
	}
	virtcrypto_bh_run(bh);
}

/*
 * A softirq is a read-side critical section, and virtcrypto_stop() waits for
 * those.
 */
static void virtcrypto_bh_run_in_task(struct virtcrypto_bh *bh)
{
	rcu_read_lock();
	virtcrypto_bh_run(bh);
	rcu_read_unlock();
}

static void virtcrypto_bh_work(struct work_struct *work)
{
	virtcrypto_bh_run_in_task(container_of(work, struct virtcrypto_bh, work));
}

static void virtcrypto_bh_poll_func(struct kthread_work *work)
{
	struct virtcrypto_bh *bh = container_of(work, struct virtcrypto_bh, poll);
	unsigned int window = READ_ONCE(bh->window_ns) ?: VIRTCRYPTO_BH_WINDOW;
	unsigned int found = READ_ONCE(bh->found), seen = found;
	u64 began = ktime_get_ns(), now = began, until = now + window;

	/*
	 * With interrupts of the device off, this must not lose the CPU.  It
	 * looks itself whether another task wants it.
	 */
	preempt_disable();
	WRITE_ONCE(bh->missed_ns, 0);
	WRITE_ONCE(bh->polling, true);
	do {
		virtcrypto_bh_run_in_task(bh);
		now = ktime_get_ns();
		if (READ_ONCE(bh->found) != seen) {
			seen = READ_ONCE(bh->found);
			until = now + window;
		}
		cpu_relax();
	} while (READ_ONCE(bh->busy) && !READ_ONCE(bh->killed) &&
		 now < until && now - began < VIRTCRYPTO_BH_LONGEST &&
		 !vc_need_resched());
	WRITE_ONCE(bh->polling, false);
	if (seen != found)
		virtcrypto_bh_hit(bh);
	else if (now >= until)
		WRITE_ONCE(bh->missed_ns, began);
	/* Turns interrupts on, and finds what has come before. */
	virtcrypto_bh_run_in_task(bh);
	preempt_enable();
}

/**
 * virtcrypto_bh_poll() - poll for answers when this CPU has nothing to do
 * @bh: the bottom half
 *
 * Does nothing if that does not pay.
 *
 * Context: any but hard interrupts, in an RCU read-side section.
 */
void virtcrypto_bh_poll(struct virtcrypto_bh *bh)
{
	unsigned int pause;

	/* Real-time kernels want their tasks to be preempted. */
	if (IS_ENABLED(CONFIG_PREEMPT_RT) || READ_ONCE(bh->polling) ||
	    !READ_ONCE(virtcrypto_poll_us))
		return;
	if (!READ_ONCE(bh->window_ns)) {
		/* An inexact count is as good. */
		pause = READ_ONCE(bh->pause);
		if (pause) {
			WRITE_ONCE(bh->pause, pause - 1);
			return;
		}
	}
	if (!READ_ONCE(bh->killed))
		kthread_queue_work(bh->poller, &bh->poll);
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
	bh->killed = false;
	atomic_set(&bh->wanted, 0);
	vc_bh_init(&bh->soft, virtcrypto_bh_softirq);
	INIT_WORK(&bh->work, virtcrypto_bh_work);
	bh->poller = virtcrypto_poller();
	kthread_init_work(&bh->poll, virtcrypto_bh_poll_func);
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
	/* They must not start each other while they are ended. */
	WRITE_ONCE(bh->killed, true);
	vc_bh_kill(&bh->soft);
	cancel_work_sync(&bh->work);
	kthread_cancel_work_sync(&bh->poll);
	vc_bh_kill(&bh->soft);
	WRITE_ONCE(bh->killed, false);
}
