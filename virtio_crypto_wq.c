// SPDX-License-Identifier: GPL-2.0
// Copyright (C) 2026 The virtio_crypto authors
/*
 * The driver's workqueues, and its threads that poll; see virtio_crypto_wq.h for
 * which works go where.
 */
#include <linux/cpumask.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <uapi/linux/sched/types.h>

#include "virtio_crypto_compat.h"
#include "virtio_crypto_wq.h"

/* Most threads that poll. */
#define VIRTCRYPTO_POLLERS	8

struct workqueue_struct *virtcrypto_wq;
struct workqueue_struct *virtcrypto_slow_wq;

static struct kthread_worker *virtcrypto_pollers[VIRTCRYPTO_POLLERS];
static unsigned int virtcrypto_nr_pollers;
static atomic_t virtcrypto_next_poller;

static void virtcrypto_pollers_exit(void)
{
	while (virtcrypto_nr_pollers)
		kthread_destroy_worker(virtcrypto_pollers[--virtcrypto_nr_pollers]);
}

static int virtcrypto_pollers_init(void)
{
	const struct sched_attr attr = {
		.size = sizeof(attr),
		.sched_policy = SCHED_IDLE,
	};
	unsigned int nr = min_t(unsigned int, num_online_cpus(),
				VIRTCRYPTO_POLLERS);
	struct kthread_worker *poller;
	int err;

	while (virtcrypto_nr_pollers < nr) {
		poller = kthread_run_worker(0, "virtio_crypto_p%u",
					    virtcrypto_nr_pollers);
		err = PTR_ERR_OR_ZERO(poller);
		if (err)
			goto exit;
		virtcrypto_pollers[virtcrypto_nr_pollers++] = poller;
		err = sched_setattr_nocheck(poller->task, &attr);
		if (err)
			goto exit;
	}
	return 0;

exit:
	virtcrypto_pollers_exit();
	return err;
}

/**
 * virtcrypto_poller() - choose a thread that polls
 *
 * Its policy is SCHED_IDLE: it runs while a CPU has nothing else to do.  Users
 * are dealt out to all threads in turn.
 *
 * Context: any, between virtcrypto_wq_init() and virtcrypto_wq_exit().
 * Return: the thread.
 */
struct kthread_worker *virtcrypto_poller(void)
{
	unsigned int nth = atomic_inc_return(&virtcrypto_next_poller);

	return virtcrypto_pollers[nth % virtcrypto_nr_pollers];
}

/**
 * virtcrypto_wq_init() - make the workqueues and the threads
 *
 * Context: process.
 * Return: 0 or an error.
 */
int virtcrypto_wq_init(void)
{
	int err = -ENOMEM;

	virtcrypto_wq = alloc_workqueue(KBUILD_MODNAME,
					WQ_UNBOUND | WQ_MEM_RECLAIM, 0);
	if (!virtcrypto_wq)
		return -ENOMEM;
	virtcrypto_slow_wq = alloc_workqueue("virtio_crypto_slow", WQ_UNBOUND,
					     0);
	if (!virtcrypto_slow_wq)
		goto destroy;
	err = virtcrypto_pollers_init();
	if (err)
		goto destroy_slow;
	return 0;

destroy_slow:
	destroy_workqueue(virtcrypto_slow_wq);
destroy:
	destroy_workqueue(virtcrypto_wq);
	return err;
}

/**
 * virtcrypto_wq_exit() - free them, when no device is left
 *
 * Context: process.
 */
void virtcrypto_wq_exit(void)
{
	virtcrypto_pollers_exit();
	destroy_workqueue(virtcrypto_slow_wq);
	destroy_workqueue(virtcrypto_wq);
}
