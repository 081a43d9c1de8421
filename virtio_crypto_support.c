// SPDX-License-Identifier: GPL-2.0
// Copyright (C) 2026 The virtio_crypto authors
/*
 * What a device supports, as its trials have shown, and in which of them it has
 * stopped answering.  Trials are in virtio_crypto_trial.c.
 *
 * An algorithm in whose trial the device hangs twice is given up for a while:
 * each hang costs the device a reset, and its users the time until the watchdog
 * sees it.
 */
#include <linux/jiffies.h>
#include <linux/minmax.h>

#include "virtio_crypto_support.h"

/* How long the first hang counts. */
#define VIRTCRYPTO_HANG_LIFE		(3600 * HZ)

/* Pause before something given up is tried again; it doubles with each hang. */
#define VIRTCRYPTO_GIVE_UP_MIN		(600 * HZ)
#define VIRTCRYPTO_GIVE_UP_SHIFT	8

/**
 * virtcrypto_support_pause() - for how long is something given up?
 * @hangs: of something that is given up
 *
 * Return: jiffies since the last hang.
 */
unsigned long virtcrypto_support_pause(const struct virtcrypto_hangs *hangs)
{
	return VIRTCRYPTO_GIVE_UP_MIN << min_t(unsigned int, hangs->times - 2,
					       VIRTCRYPTO_GIVE_UP_SHIFT);
}

/**
 * virtcrypto_support_given_up() - is something not to be tried?
 * @hangs: how often the device stopped answering in a trial of it
 *
 * One hang may be chance.
 *
 * Return: true if there were two or more, and the pause is not over.
 */
bool virtcrypto_support_given_up(const struct virtcrypto_hangs *hangs)
{
	return hangs->times > 1 &&
	       time_before(jiffies,
			   hangs->at + virtcrypto_support_pause(hangs));
}

/**
 * virtcrypto_support_hung() - the device stopped answering in a trial
 * @support: what the device supports
 * @hangs: of what was tried
 */
void virtcrypto_support_hung(struct virtcrypto_support *support,
			     struct virtcrypto_hangs *hangs)
{
	if (hangs->times == 1 &&
	    time_after(jiffies, hangs->at + VIRTCRYPTO_HANG_LIFE))
		hangs->times = 0;
	hangs->times++;
	hangs->at = jiffies;
	support->last_hang = hangs;
}

/**
 * virtcrypto_support_silent() - the device did not answer at all
 * @support: what the device supports
 *
 * So the last hang was not due to what was tried then.  The next round begins
 * with another algorithm, in case that it is the first one that makes the
 * device hang.
 */
void virtcrypto_support_silent(struct virtcrypto_support *support)
{
	if (support->last_hang && support->last_hang->times)
		support->last_hang->times--;
	support->last_hang = NULL;
	support->first++;
}

/**
 * virtcrypto_support_answered() - the device did what it has hung at before
 * @support: what the device supports
 * @hangs: of what was tried; they do not count any more
 */
void virtcrypto_support_answered(struct virtcrypto_support *support,
				 struct virtcrypto_hangs *hangs)
{
	hangs->times = 0;
	if (support->last_hang == hangs)
		support->last_hang = NULL;
}

/**
 * virtcrypto_support_reset() - nothing is known to work, all is to be tried
 * @support: what the device supports
 *
 * Context: before the device is started.
 */
void virtcrypto_support_reset(struct virtcrypto_support *support)
{
	unsigned int row;

	for (row = 0; row < VIRTCRYPTO_MAX_ROWS; row++) {
		WRITE_ONCE(support->rows[row].works, false);
		WRITE_ONCE(support->rows[row].tails, false);
		support->rows[row].decided = false;
	}
	WRITE_ONCE(support->nr_working, 0);
	support->queues_tried = false;
}

/**
 * virtcrypto_support_reopen() - what did not work is to be tried again
 * @support: what the device supports
 *
 * Context: under the lock of the device's control queue.
 */
void virtcrypto_support_reopen(struct virtcrypto_support *support)
{
	unsigned int row;

	for (row = 0; row < VIRTCRYPTO_MAX_ROWS; row++)
		support->rows[row].decided &= support->rows[row].works;
}

/**
 * virtcrypto_support_set() - enter the result of a trial
 * @support: what the device supports
 * @row: the algorithm's number among all tables
 * @works: it works
 * @tails: it also takes lengths other than whole blocks
 *
 * Context: under the lock of the device's control queue.
 */
void virtcrypto_support_set(struct virtcrypto_support *support,
			    unsigned int row, bool works, bool tails)
{
	struct virtcrypto_row_support *at = &support->rows[row];

	WRITE_ONCE(support->nr_working,
		   support->nr_working + works - at->works);
	WRITE_ONCE(at->tails, tails);
	WRITE_ONCE(at->works, works);
	at->decided = true;
}

/**
 * virtcrypto_support_worked_before() - has anything ever worked?
 * @support: what the device supports
 *
 * Return: true if an algorithm has, since the device was probed.
 */
bool virtcrypto_support_worked_before(const struct virtcrypto_support *support)
{
	unsigned int row;

	for (row = 0; row < VIRTCRYPTO_MAX_ROWS; row++)
		if (support->rows[row].worked_before)
			return true;
	return false;
}
