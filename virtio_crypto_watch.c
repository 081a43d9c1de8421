// SPDX-License-Identifier: GPL-2.0
// Copyright (C) 2026 The virtio_crypto authors
/*
 * How queues wake their device's watchdog, see virtio_crypto_watch.h.
 */
#include <linux/compiler.h>

#include "virtio_crypto_params.h"
#include "virtio_crypto_watch.h"
#include "virtio_crypto_wq.h"

/**
 * virtcrypto_watch_timeout() - when is an answer late?
 *
 * Return: the module parameter "timeout", in jiffies.
 */
unsigned long virtcrypto_watch_timeout(void)
{
	return READ_ONCE(virtcrypto_timeout) * HZ;
}

/**
 * virtcrypto_watch_arm() - have the watchdog run, as something is in flight
 * @watch: the watchdog
 *
 * Context: any but hard interrupts.
 */
void virtcrypto_watch_arm(struct virtcrypto_watch *watch)
{
	if (delayed_work_pending(&watch->work))
		return;
	WRITE_ONCE(watch->ran_at, jiffies);
	queue_delayed_work(virtcrypto_wq, &watch->work,
			   VIRTCRYPTO_WATCH_PERIOD);
}

/**
 * virtcrypto_watch_now() - have the watchdog run at once, as a queue is broken
 * @watch: the watchdog
 *
 * Context: any but hard interrupts.
 */
void virtcrypto_watch_now(struct virtcrypto_watch *watch)
{
	mod_delayed_work(virtcrypto_wq, &watch->work, 0);
}
