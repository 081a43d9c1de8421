// SPDX-License-Identifier: GPL-2.0
// Copyright (C) 2026 The virtio_crypto authors
/*
 * Trials: requests with a known answer, before an algorithm is registered.
 *
 * A bit in a device's configuration is not enough: devices advertise algorithms
 * that they then refuse.  Without a trial, the self-test of a registered
 * algorithm would find a wrong answer, log a warning, and leave the algorithm
 * registered and unusable.  The expected answer is computed by the fallback, so
 * an algorithm without one is not registered either.
 *
 * A trial's requests take the way of all requests, and the same watchdog ends
 * them.  What they are is in virtio_crypto_*_algs.c.
 */
#include <linux/jiffies.h>
#include <linux/slab.h>

#include "virtio_crypto_device.h"
#include "virtio_crypto_params.h"
#include "virtio_crypto_table.h"
#include "virtio_crypto_trial.h"

/* Has the device failed, perhaps because of the step just taken? */
static bool virtcrypto_trial_fatal(struct virtcrypto_device *dev)
{
	return READ_ONCE(dev->state) == VIRTCRYPTO_DEV_FAILED &&
	       !virtcrypto_support_any(&dev->support);
}

/*
 * Did the device answer before this step?  It did if an algorithm worked in
 * this round, which begins with algorithms that have worked before.  If none
 * ever has, an answer on the control queue is enough.
 */
static bool virtcrypto_trial_alive(struct virtcrypto_device *dev)
{
	if (dev->support.worked)
		return true;
	return !virtcrypto_support_worked_before(&dev->support) &&
	       (READ_ONCE(dev->sessions.given) ||
		READ_ONCE(dev->sessions.denied));
}

/*
 * The device has stopped answering in a trial.  If it answered before, that is
 * due to what was tried.  If it did not answer at all, it is not, and neither
 * was its last hang: a device that is down for long goes through this again and
 * again.
 */
static void virtcrypto_trial_hung(struct virtcrypto_device *dev,
				  struct virtcrypto_hangs *hangs,
				  const char *name, const char *what)
{
	if (!virtcrypto_trial_alive(dev)) {
		virtcrypto_support_silent(&dev->support);
		return;
	}
	virtcrypto_support_hung(&dev->support, hangs);
	if (virtcrypto_support_given_up(hangs))
		dev_warn_ratelimited(&dev->vdev->dev,
				     "%s%s is left to software: device stopped answering in its trial %u times, next trial in %lu minutes at the earliest\n",
				     name, what, hangs->times,
				     virtcrypto_support_pause(hangs) / (60 * HZ));
}

/*
 * Does the error say nothing about the device, so that a later trial may
 * succeed?
 */
static bool virtcrypto_trial_undecided(int err)
{
	return err == -ENOMEM || err == -EAGAIN || err == -ENOSPC ||
	       err == -ETIMEDOUT;
}

/* Find the queues that do not work, with an algorithm that does. */
static void virtcrypto_trial_queues(struct virtcrypto_device *dev,
				    struct virtcrypto_trial *trial,
				    const struct virtcrypto_class *class,
				    const struct virtcrypto_row *row)
{
	struct virtcrypto_support *support = &dev->support;
	unsigned int i, nr = min(dev->caps.nr_dataqs, nr_cpu_ids);

	for (i = 1; i < nr; i++) {
		struct virtcrypto_hangs *hangs = &support->queue_hangs[i];
		struct virtcrypto_dataq *q = &dev->dataqs[i];

		if (virtcrypto_support_given_up(hangs))
			continue;
		switch (class->trial_run(trial, row, q, false)) {
		case 0:
			virtcrypto_support_answered(support, hangs);
			break;
		case -EOPNOTSUPP:
		case -ENOKEY:
		case -EIO:
		case -EBADMSG:
			virtcrypto_device_mute(dev, q);
			break;
		default:
			if (virtcrypto_trial_fatal(dev))
				virtcrypto_trial_hung(dev, hangs, q->name, "");
			return;
		}
	}
	virtcrypto_device_map(dev);
	support->queues_tried = true;
}

/*
 * Does the device take all lengths of keys in requests?  In a session it would
 * refuse a key before there is any data.
 */
static int virtcrypto_trial_keys(struct virtcrypto_device *dev,
				 struct virtcrypto_trial *trial,
				 const struct virtcrypto_class *class,
				 const struct virtcrypto_row *row)
{
	struct virtcrypto_row_support *support = &dev->support.rows[row->id];
	struct virtcrypto_dataq *first = &dev->dataqs[0];
	bool keys_fail;
	unsigned int nth;
	int err = 0;

	WRITE_ONCE(support->needs_session, false);
	WRITE_ONCE(support->no_session, false);
	if (dev->forms[row->params.service] != VIRTCRYPTO_FORM_STATELESS)
		return 0;
	for (nth = 1; !err && class->trial_key; nth++) {
		err = class->trial_key(trial, row, nth);
		if (err == -ENOENT) {
			err = 0;
			break;
		}
		err = err ?: class->trial_run(trial, row, first, false);
	}
	if (virtcrypto_trial_undecided(err))
		return err;
	keys_fail = err;
	if (!keys_fail && virtcrypto_session_mode != VIRTCRYPTO_MODE_AUTO)
		return 0;

	/* If sessions will be used too, try one. */
	WRITE_ONCE(support->needs_session, true);
	virtcrypto_key_forget(&trial->key);
	err = class->trial_init(trial, row) ?:
	      class->trial_run(trial, row, first, false);
	if (virtcrypto_trial_undecided(err))
		return err;
	if (!keys_fail)
		WRITE_ONCE(support->needs_session, false);
	if (err)
		WRITE_ONCE(support->no_session, true);
	return keys_fail ? err : 0;
}

/* All steps of a row's trial, except for those that were given up. */
static int virtcrypto_trial_row(struct virtcrypto_device *dev,
				struct virtcrypto_trial *trial,
				const struct virtcrypto_class *class,
				const struct virtcrypto_row *row, bool *tails)
{
	struct virtcrypto_row_support *at = &dev->support.rows[row->id];
	struct virtcrypto_support *support = &dev->support;
	struct virtcrypto_dataq *first = &dev->dataqs[0];
	int err;

	err = class->trial_run(trial, row, first, false);
	if (err) {
		if (virtcrypto_trial_fatal(dev))
			virtcrypto_trial_hung(dev, &at->hangs, row->name, "");
		return err;
	}
	support->worked++;
	if (!support->queues_tried) {
		virtcrypto_trial_queues(dev, trial, class, row);
		if (virtcrypto_trial_fatal(dev))
			return -EAGAIN;
	}
	if (class->has_tails && class->has_tails(row) &&
	    !virtcrypto_support_given_up(&at->tail_hangs)) {
		err = class->trial_run(trial, row, first, true);
		*tails = !err;
		if (err && virtcrypto_trial_fatal(dev)) {
			virtcrypto_trial_hung(dev, &at->tail_hangs, row->name,
					      " of odd lengths");
			return -EAGAIN;
		}
		if (!err)
			virtcrypto_support_answered(support, &at->tail_hangs);
		if (virtcrypto_trial_undecided(err))
			return -EAGAIN;
	}
	err = virtcrypto_trial_keys(dev, trial, class, row);
	if (err && virtcrypto_trial_fatal(dev))
		virtcrypto_trial_hung(dev, &at->hangs, row->name, "");
	if (!err) {
		virtcrypto_support_answered(support, &at->hangs);
		at->worked_before = true;
	}
	return err;
}

/**
 * virtcrypto_trial() - find out whether a device does an algorithm
 * @dev: the device
 * @class: the table
 * @row: the algorithm
 * @tails: set to whether it takes lengths that are not whole blocks
 *
 * The first algorithm that works also shows which of the queues do.
 *
 * Context: process; waits for the device.
 * Return: 0 if it does; -EAGAIN if that is not known yet; -EBADMSG if its
 *	answers are wrong, or another error.
 */
int virtcrypto_trial(struct virtcrypto_device *dev,
		     const struct virtcrypto_class *class,
		     const struct virtcrypto_row *row, bool *tails)
{
	struct virtcrypto_trial *trial;
	unsigned int i;
	int err;

	*tails = false;
	if (virtcrypto_support_given_up(&dev->support.rows[row->id].hangs))
		return -EOPNOTSUPP;
	trial = kzalloc_obj(*trial, GFP_KERNEL);
	if (!trial)
		return -EAGAIN;

	for (i = 0; i < sizeof(trial->bytes); i++)
		trial->bytes[i] = i * 29 + 7;
	for (i = 0; i < sizeof(trial->in); i++)
		trial->in[i] = i * 37 + 11;
	for (i = 0; i < sizeof(trial->iv); i++)
		trial->iv[i] = i * 41 + 13;
	virtcrypto_key_init(&trial->key, row->id, &row->params);
	trial->key.dev = dev;

	err = class->trial_init(trial, row);
	if (!err) {
		err = virtcrypto_trial_row(dev, trial, class, row, tails);
		virtcrypto_key_wipe(&trial->key);
	}
	if (trial->fallback)
		class->trial_exit(trial);
	kfree_sensitive(trial);
	return virtcrypto_trial_undecided(err) ? -EAGAIN : err;
}
