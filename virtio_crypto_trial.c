// SPDX-License-Identifier: GPL-2.0
/*
 * Trials: requests with a known answer, before an algorithm is registered.
 *
 * A bit in a device's configuration proves nothing: devices advertise what
 * they answer NOTSUPP to, and a wrong answer would be found by the self-test
 * of an algorithm that is registered already and stays so, useless, with a
 * warning in the log.  The known answer is that of the software which would
 * stand in for the device, so that without it there is no algorithm either.
 *
 * A trial goes the way of all requests and is ended by the same watchdog.  What
 * the requests of each kind of algorithm are is in virtio_crypto_*_algs.c.
 */
#include <linux/jiffies.h>
#include <linux/slab.h>

#include "virtio_crypto_algs.h"

/* So long the first time counts, when the device stops answering a second time. */
#define VIRTCRYPTO_BLAME_LIFE		(3600 * HZ)

/* What was given up is tried again after so long, and then twice as long. */
#define VIRTCRYPTO_GIVE_UP_MIN		(600 * HZ)
#define VIRTCRYPTO_GIVE_UP_SHIFT	8

static unsigned long virtcrypto_give_up_time(const struct virtcrypto_blame *blame)
{
	return VIRTCRYPTO_GIVE_UP_MIN << min_t(unsigned int, blame->times - 2,
					       VIRTCRYPTO_GIVE_UP_SHIFT);
}

/**
 * virtcrypto_given_up() - is something not to be tried?
 * @blame: how often the device stopped answering in a trial of it
 *
 * Once may be chance.
 *
 * Return: true if that happened twice, and not long ago.
 */
bool virtcrypto_given_up(const struct virtcrypto_blame *blame)
{
	return blame->times > 1 &&
	       time_before(jiffies,
			   blame->at + virtcrypto_give_up_time(blame));
}

/* Has the device failed, so that the step just taken may be to blame? */
static bool virtcrypto_trial_fatal(struct virtcrypto_device *dev)
{
	return READ_ONCE(dev->state) == VIRTCRYPTO_DEV_FAILED &&
	       !virtcrypto_device_proven(dev);
}

/*
 * Did the device answer before this step?  In a round of trials that begins with
 * an algorithm known to work, one that worked says so.  A device of which nothing
 * is known yet has answered if it did so on the control queue.
 */
static bool virtcrypto_trial_alive(struct virtcrypto_device *dev)
{
	if (dev->trial_worked)
		return true;
	return bitmap_empty(dev->known, VIRTCRYPTO_MAX_ROWS) &&
	       (READ_ONCE(dev->sess_given) || READ_ONCE(dev->sess_denied));
}

/*
 * The device has stopped answering in a trial.  If it answered before, what was
 * tried is to blame.  If it did not answer at all, nothing is, and what was blamed
 * before is not either: a device that stands still for long goes through this
 * again and again.
 */
static void virtcrypto_trial_blame(struct virtcrypto_device *dev,
				   struct virtcrypto_blame *blame,
				   const char *name, const char *what)
{
	if (!virtcrypto_trial_alive(dev)) {
		if (dev->blamed && dev->blamed->times)
			dev->blamed->times--;
		dev->blamed = NULL;
		/* Begin with another one, in case that this one is to blame. */
		dev->trial_first++;
		return;
	}
	if (blame->times == 1 &&
	    time_after(jiffies, blame->at + VIRTCRYPTO_BLAME_LIFE))
		blame->times = 0;
	blame->times++;
	blame->at = jiffies;
	dev->blamed = blame;
	if (virtcrypto_given_up(blame))
		dev_warn_ratelimited(&dev->vdev->dev,
				     "%s%s is left to software: device stopped answering in its trial %u times, next trial in %lu minutes at the earliest\n",
				     name, what, blame->times,
				     virtcrypto_give_up_time(blame) / (60 * HZ));
}

/* The device has done it: earlier trouble does not count any more. */
static void virtcrypto_trial_praise(struct virtcrypto_device *dev,
				    struct virtcrypto_blame *blame)
{
	blame->times = 0;
	if (dev->blamed == blame)
		dev->blamed = NULL;
}

/* Does the error say nothing about the device, so that it may go better later? */
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
	unsigned int i, nr = min(dev->caps.nr_dataqs, nr_cpu_ids);

	for (i = 1; i < nr; i++) {
		struct virtcrypto_dataq *q = &dev->dataqs[i];

		if (virtcrypto_given_up(&q->blame))
			continue;
		switch (class->trial_run(trial, row, q, false)) {
		case 0:
			virtcrypto_trial_praise(dev, &q->blame);
			break;
		case -EOPNOTSUPP:
		case -ENOKEY:
		case -EIO:
		case -EBADMSG:
			q->mute = true;
			break;
		default:
			if (virtcrypto_trial_fatal(dev))
				virtcrypto_trial_blame(dev, &q->blame, q->name,
						       "");
			return;
		}
	}
	virtcrypto_dataqs_map(dev);
	dev->queues_tried = true;
}

/*
 * Does the device take all lengths of keys?  In a session it says so before
 * there is any request.
 */
static int virtcrypto_trial_keys(struct virtcrypto_device *dev,
				 struct virtcrypto_trial *trial,
				 const struct virtcrypto_class *class,
				 const struct virtcrypto_row *row)
{
	struct virtcrypto_dataq *first = &dev->dataqs[0];
	bool keys_fail;
	unsigned int nth;
	int err = 0;

	clear_bit(row->id, dev->stateful);
	clear_bit(row->id, dev->sessionless);
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

	/* What is used in sessions, too, is tried in one. */
	set_bit(row->id, dev->stateful);
	virtcrypto_key_forget(&trial->key);
	err = class->trial_init(trial, row) ?:
	      class->trial_run(trial, row, first, false);
	if (virtcrypto_trial_undecided(err))
		return err;
	if (!keys_fail)
		clear_bit(row->id, dev->stateful);
	if (err)
		set_bit(row->id, dev->sessionless);
	return keys_fail ? err : 0;
}

/* All steps of a row's trial, but those that were given up. */
static int virtcrypto_trial_row(struct virtcrypto_device *dev,
				struct virtcrypto_trial *trial,
				const struct virtcrypto_class *class,
				const struct virtcrypto_row *row, bool *tails)
{
	struct virtcrypto_blame *tail_blame = &dev->tail_blame[row->id];
	struct virtcrypto_blame *blame = &dev->blame[row->id];
	struct virtcrypto_dataq *first = &dev->dataqs[0];
	int err;

	err = class->trial_run(trial, row, first, false);
	if (err) {
		if (virtcrypto_trial_fatal(dev))
			virtcrypto_trial_blame(dev, blame, row->name, "");
		return err;
	}
	dev->trial_worked++;
	if (!dev->queues_tried) {
		virtcrypto_trial_queues(dev, trial, class, row);
		if (virtcrypto_trial_fatal(dev))
			return -EAGAIN;
	}
	if (class->has_tails && class->has_tails(row) &&
	    !virtcrypto_given_up(tail_blame)) {
		err = class->trial_run(trial, row, first, true);
		*tails = !err;
		if (err && virtcrypto_trial_fatal(dev)) {
			virtcrypto_trial_blame(dev, tail_blame, row->name,
					       " of odd lengths");
			return -EAGAIN;
		}
		if (!err)
			virtcrypto_trial_praise(dev, tail_blame);
		if (virtcrypto_trial_undecided(err))
			return -EAGAIN;
	}
	err = virtcrypto_trial_keys(dev, trial, class, row);
	if (err && virtcrypto_trial_fatal(dev))
		virtcrypto_trial_blame(dev, blame, row->name, "");
	if (!err) {
		virtcrypto_trial_praise(dev, blame);
		set_bit(row->id, dev->known);
	}
	return err;
}

/**
 * virtcrypto_trial() - does a device really do what a row says?
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
	if (virtcrypto_given_up(&dev->blame[row->id]))
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
	virtcrypto_key_init(&trial->key, row);
	trial->key.dev = dev;

	err = class->trial_init(trial, row);
	if (!err) {
		err = virtcrypto_trial_row(dev, trial, class, row, tails);
		virtcrypto_key_wipe(&trial->key);
	}
	if (trial->soft)
		class->trial_exit(trial);
	kfree_sensitive(trial);
	return virtcrypto_trial_undecided(err) ? -EAGAIN : err;
}
