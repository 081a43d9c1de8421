/* SPDX-License-Identifier: GPL-2.0 */
/* Copyright (C) 2026 The virtio_crypto authors */
/*
 * How queues wake their device's watchdog.  What the watchdog does is in
 * virtio_crypto_life.c.
 */
#ifndef VIRTIO_CRYPTO_WATCH_H
#define VIRTIO_CRYPTO_WATCH_H

#include <linux/jiffies.h>
#include <linux/workqueue.h>

/* The watchdog's period, and thereby the error of all timeouts. */
#define VIRTCRYPTO_WATCH_PERIOD		HZ

/*
 * A device that has not answered for so long gets no new keys; whether it has
 * failed is a matter of the parameter "timeout".  It is more than the watchdog
 * needs to find an answer whose interrupt was lost.
 */
#define VIRTCRYPTO_WATCH_OVERDUE	(2 * HZ)

/**
 * struct virtcrypto_watch - a device's watchdog
 * @work: looks for stalled requests while there are any
 * @ran_at: jiffies when it last ran, or was armed
 * @overdue: the device has been silent for VIRTCRYPTO_WATCH_OVERDUE; set by the
 *	watchdog, cleared by any answer, read without a lock
 */
struct virtcrypto_watch {
	struct delayed_work work;
	unsigned long ran_at;
	bool overdue;
};

unsigned long virtcrypto_watch_timeout(void);
void virtcrypto_watch_arm(struct virtcrypto_watch *watch);
void virtcrypto_watch_now(struct virtcrypto_watch *watch);

/* The device has answered something; the watchdog sees what it has not. */
static inline void virtcrypto_watch_heard(struct virtcrypto_watch *watch)
{
	if (READ_ONCE(watch->overdue))
		WRITE_ONCE(watch->overdue, false);
}

#endif /* VIRTIO_CRYPTO_WATCH_H */
