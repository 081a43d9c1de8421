/* SPDX-License-Identifier: GPL-2.0 */
/* Copyright (C) 2026 The virtio_crypto authors */
/*
 * What a device supports, as its trials have shown.
 */
#ifndef VIRTIO_CRYPTO_SUPPORT_H
#define VIRTIO_CRYPTO_SUPPORT_H

#include <linux/types.h>
#include <linux/workqueue.h>

#include "virtio_crypto_common.h"

/**
 * struct virtcrypto_hangs - trials in which the device stopped answering
 * @times: how often
 * @at: jiffies of the last time
 */
struct virtcrypto_hangs {
	unsigned int times;
	unsigned long at;
};

/**
 * struct virtcrypto_row_support - what is known of one algorithm
 * @decided: it needs no trial now
 * @works: a trial has shown that it works
 * @tails: it also takes lengths other than whole blocks
 * @worked_before: it has worked at any time since the device was probed
 * @needs_session: not all its keys are accepted with requests
 * @no_session: it works only with keys in its requests
 * @hangs: trials of it in which the device stopped answering
 * @tail_hangs: the same for lengths other than whole blocks
 *
 * The first three change under the control queue's lock, so that they go with a
 * generation, and are read without it; the others are the trial's.
 */
struct virtcrypto_row_support {
	bool decided;
	bool works;
	bool tails;
	bool worked_before;
	bool needs_session;
	bool no_session;
	struct virtcrypto_hangs hangs;
	struct virtcrypto_hangs tail_hangs;
};

/**
 * struct virtcrypto_support - what a device supports
 * @rows: by algorithm, see virtcrypto_row.id
 * @nr_working: algorithms that work; as @rows[].works
 * @queue_hangs: by data queue, trials in which the device stopped answering
 * @last_hang: what it stopped answering at last, if that counts
 * @worked: algorithms that worked in the present round of trials
 * @rounds: rounds of trials since the device became ready
 * @first: the algorithm whose trial comes first
 * @running: a round is under way
 * @queues_tried: since the last start it was found out which queues work
 * @worked_at: jiffies of the last round in which something worked
 * @work: tries the algorithms and registers them
 *
 * All but @rows and @nr_working belongs to @work, or to whoever starts the
 * device while that does not run.
 */
struct virtcrypto_support {
	struct virtcrypto_row_support rows[VIRTCRYPTO_MAX_ROWS];
	unsigned int nr_working;
	struct virtcrypto_hangs *queue_hangs;
	struct virtcrypto_hangs *last_hang;
	unsigned int worked;
	unsigned int rounds;
	unsigned int first;
	bool running;
	bool queues_tried;
	unsigned long worked_at;
	struct delayed_work work;
};

void virtcrypto_support_reset(struct virtcrypto_support *support);
void virtcrypto_support_reopen(struct virtcrypto_support *support);
void virtcrypto_support_set(struct virtcrypto_support *support,
			    unsigned int row, bool works, bool tails);
bool virtcrypto_support_worked_before(const struct virtcrypto_support *support);
bool virtcrypto_support_given_up(const struct virtcrypto_hangs *hangs);
unsigned long virtcrypto_support_pause(const struct virtcrypto_hangs *hangs);
void virtcrypto_support_hung(struct virtcrypto_support *support,
			     struct virtcrypto_hangs *hangs);
void virtcrypto_support_silent(struct virtcrypto_support *support);
void virtcrypto_support_answered(struct virtcrypto_support *support,
				 struct virtcrypto_hangs *hangs);

static inline bool
virtcrypto_support_works(const struct virtcrypto_support *support,
			 unsigned int row)
{
	return READ_ONCE(support->rows[row].works);
}

static inline bool
virtcrypto_support_tails(const struct virtcrypto_support *support,
			 unsigned int row)
{
	return READ_ONCE(support->rows[row].tails);
}

/* Does anything work? */
static inline bool
virtcrypto_support_any(const struct virtcrypto_support *support)
{
	return READ_ONCE(support->nr_working);
}

#endif /* VIRTIO_CRYPTO_SUPPORT_H */
