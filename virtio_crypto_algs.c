// SPDX-License-Identifier: GPL-2.0
// Copyright (C) 2026 The virtio_crypto authors
/*
 * What all tables of algorithms share: trials, registration, statistics.
 *
 * An algorithm is registered when the first device has shown that it does it,
 * and unregistered when the module is removed: transforms outlive devices, and
 * most kernels cannot unregister an algorithm that is in use.  The fallback
 * keeps callers from noticing that devices come and go.
 * virtcrypto_registry_lock guards the registration.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/bitmap.h>
#include <linux/spinlock.h>

#include "virtio_crypto_algs.h"
#include "virtio_crypto_choice.h"
#include "virtio_crypto_device.h"
#include "virtio_crypto_params.h"
#include "virtio_crypto_table.h"
#include "virtio_crypto_trial.h"

/*
 * In the order of trials and registration: ciphers first, as storage waits for
 * them.
 */
static const struct virtcrypto_class * const virtcrypto_classes[] = {
	&virtcrypto_skcipher_class,
	&virtcrypto_aead_class,
	&virtcrypto_chain_class,
	&virtcrypto_hash_class,
	&virtcrypto_akcipher_class,
	&virtcrypto_sig_class,
};

static const char * const virtcrypto_count_names[] = {
	[VIRTCRYPTO_OFFLOADED] = "offloaded",
	[VIRTCRYPTO_FB_NODEV] = "fb_nodev",
	[VIRTCRYPTO_FB_NOSESSION] = "fb_nosession",
	[VIRTCRYPTO_FB_FRAGS] = "fb_frags",
	[VIRTCRYPTO_FB_SIZE] = "fb_size",
	[VIRTCRYPTO_FB_LENGTH] = "fb_length",
	[VIRTCRYPTO_FB_NOMEM] = "fb_nomem",
	[VIRTCRYPTO_FB_BUSY] = "fb_busy",
	[VIRTCRYPTO_FB_LOST] = "fb_lost",
	[VIRTCRYPTO_FB_ERROR] = "fb_error",
	[VIRTCRYPTO_FB_CHOICE] = "fb_choice",
	[VIRTCRYPTO_FB_PARTS] = "fb_parts",
	[VIRTCRYPTO_EIO] = "eio",
};

/*
 * Rounds of trials for algorithms that fail, or whose fallback is missing: an
 * initramfs may lack modules that the root volume has.
 */
#define VIRTCRYPTO_TRIAL_ROUNDS	6

static DEFINE_MUTEX(virtcrypto_registry_lock);

/* Row number @n of all tables, and its table; NULL if there is none. */
static struct virtcrypto_row *
virtcrypto_row_at(unsigned int n, const struct virtcrypto_class **class)
{
	unsigned int c;

	for (c = 0; c < ARRAY_SIZE(virtcrypto_classes); c++) {
		*class = virtcrypto_classes[c];
		if (n < (*class)->nr)
			return (*class)->rows + n * (*class)->size;
		n -= (*class)->nr;
	}
	return NULL;
}

/* Register what works and is not registered yet. */
static void virtcrypto_algs_register(const unsigned long *works)
{
	const struct virtcrypto_class *class;
	struct virtcrypto_row *row;
	unsigned int i;
	int err;

	mutex_lock(&virtcrypto_registry_lock);
	for (i = 0; (row = virtcrypto_row_at(i, &class)); i++) {
		if (!test_bit(row->id, works) || row->registered)
			continue;
		/* Without memory for it there is no choice. */
		if (class->chooses && !row->choices)
			row->choices = virtcrypto_choice_alloc(class->kind);
		err = class->add(row);
		row->registered = !err;
		if (err)
			pr_err_ratelimited("cannot register %s: %d\n",
					   row->driver_name, err);
	}
	mutex_unlock(&virtcrypto_registry_lock);
}

/*
 * The order of trials: algorithms that have worked before, which shows whether
 * the device answers at all; those of which nothing is known; and last those in
 * whose trial it stopped answering.
 */
enum virtcrypto_pass {
	VIRTCRYPTO_PASS_KNOWN,
	VIRTCRYPTO_PASS_NEW,
	VIRTCRYPTO_PASS_HUNG,
	VIRTCRYPTO_NR_PASSES
};

static enum virtcrypto_pass virtcrypto_trial_pass(struct virtcrypto_device *dev,
						  unsigned int row)
{
	const struct virtcrypto_row_support *support = &dev->support.rows[row];

	if (support->hangs.times)
		return VIRTCRYPTO_PASS_HUNG;
	return support->worked_before ? VIRTCRYPTO_PASS_KNOWN :
					VIRTCRYPTO_PASS_NEW;
}

/* May an algorithm that has failed in its trial work later? */
static bool virtcrypto_trial_again(struct virtcrypto_device *dev, int err)
{
	/* Wrong results, and the answer that it is not supported, are final. */
	if (!err || err == -EBADMSG || err == -EOPNOTSUPP)
		return false;
	return err == -EAGAIN || dev->support.rounds < VIRTCRYPTO_TRIAL_ROUNDS;
}

/**
 * struct virtcrypto_outcome - of a round of trials, by rows
 * @decided: those that need no other round
 * @works: of these, those that work
 * @tails: of these, those that take lengths other than whole blocks
 */
struct virtcrypto_outcome {
	DECLARE_BITMAP(decided, VIRTCRYPTO_MAX_ROWS);
	DECLARE_BITMAP(works, VIRTCRYPTO_MAX_ROWS);
	DECLARE_BITMAP(tails, VIRTCRYPTO_MAX_ROWS);
};

/* One row's trial.  Returns true if it should be repeated later. */
static bool virtcrypto_algs_try(struct virtcrypto_device *dev,
				const struct virtcrypto_class *class,
				const struct virtcrypto_row *row,
				struct virtcrypto_outcome *outcome)
{
	bool unadvertised = virtcrypto_try_unadvertised && !dev->vhost_user;
	bool tails;
	int err;

	if (dev->support.rows[row->id].decided ||
	    (!unadvertised && !virtcrypto_device_offers(dev, &row->params)))
		return false;
	err = virtcrypto_trial(dev, class, row, &tails);
	dev_dbg(&dev->vdev->dev, "trial of %s: %d\n", row->driver_name, err);
	if (virtcrypto_trial_again(dev, err))
		return true;
	__set_bit(row->id, outcome->decided);
	if (!err) {
		__set_bit(row->id, outcome->works);
		__assign_bit(row->id, outcome->tails, tails);
	}
	return false;
}

/*
 * Enter the outcome of a round of trials that began in @generation.  Returns
 * false if the device was stopped meanwhile, so that the outcome does not
 * count.
 */
static bool virtcrypto_algs_enter(struct virtcrypto_device *dev, u32 generation,
				  const struct virtcrypto_outcome *outcome)
{
	unsigned int row;
	bool same;

	/* The generation changes under this lock. */
	spin_lock_bh(&dev->ctrlq.lock);
	same = dev->ctrlq.generation == generation;
	if (same)
		for_each_set_bit(row, outcome->decided, VIRTCRYPTO_MAX_ROWS)
			virtcrypto_support_set(&dev->support, row,
					       test_bit(row, outcome->works),
					       test_bit(row, outcome->tails));
	spin_unlock_bh(&dev->ctrlq.lock);
	return same;
}

/**
 * virtcrypto_algs_ready() - try a device's algorithms, register what works
 * @dev: a device that is ready
 * @again: set to true if another round should follow
 *
 * An algorithm that the device does not do, or does wrongly, is not used with
 * it.  The device is not used before all trials are over, since one of them may
 * make it hang.
 *
 * Context: process; waits for the device and, on some kernels, for self-tests.
 * Return: true if any algorithm works.
 */
bool virtcrypto_algs_ready(struct virtcrypto_device *dev, bool *again)
{
	unsigned int i, nth, nr, first = dev->support.first;
	u32 generation = virtcrypto_device_generation(dev);
	struct virtcrypto_outcome outcome = { };
	const struct virtcrypto_class *class;
	const struct virtcrypto_row *row;
	enum virtcrypto_pass pass;

	dev->support.worked = 0;
	for (nr = 0; virtcrypto_row_at(nr, &class); nr++)
		;
	for (pass = 0; pass < VIRTCRYPTO_NR_PASSES; pass++) {
		for (nth = 0; nth < nr; nth++) {
			i = pass == VIRTCRYPTO_PASS_KNOWN ? (nth + first) % nr :
							    nth;
			row = virtcrypto_row_at(i, &class);
			if (virtcrypto_trial_pass(dev, i) != pass)
				continue;
			if (!virtcrypto_device_ready(dev))
				return false;
			*again |= virtcrypto_algs_try(dev, class, row, &outcome);
		}
	}
	dev->support.rounds++;
	if (!virtcrypto_algs_enter(dev, generation, &outcome))
		return false;
	virtcrypto_algs_register(outcome.works);
	return virtcrypto_support_any(&dev->support);
}

/**
 * virtcrypto_algs_show() - print who did the requests of each algorithm
 * @m: where to
 */
void virtcrypto_algs_show(struct seq_file *m)
{
	const struct virtcrypto_class *class;
	struct virtcrypto_row *row;
	unsigned int i, what, cpu;

	for (i = 0; (row = virtcrypto_row_at(i, &class)); i++) {
		seq_printf(m, "%s %s registered=%d", row->name,
			   row->driver_name, row->registered);
		for (what = 0; what < VIRTCRYPTO_NR_COUNTS; what++) {
			u64 sum = 0;

			for_each_possible_cpu(cpu)
				sum += per_cpu_ptr(row->counts, cpu)->count[what];
			seq_printf(m, " %s=%llu", virtcrypto_count_names[what],
				   sum);
		}
		seq_putc(m, '\n');
	}
}

/**
 * virtcrypto_algs_show_choices() - print who does requests of each size
 * @m: where to
 */
void virtcrypto_algs_show_choices(struct seq_file *m)
{
	const struct virtcrypto_class *class;
	struct virtcrypto_row *row;
	unsigned int i, size;

	for (i = 0; (row = virtcrypto_row_at(i, &class)); i++) {
		if (!row->choices)
			continue;
		for (size = 0; size < VIRTCRYPTO_CHOICE_SIZES; size++)
			virtcrypto_choice_show(m, row->driver_name,
					       row->choices, size);
	}
}

/**
 * virtcrypto_algs_init() - make the tables usable
 *
 * Return: 0 or -ENOMEM.
 */
int virtcrypto_algs_init(void)
{
	const struct virtcrypto_class *class;
	struct virtcrypto_row *row;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(virtcrypto_classes); i++)
		if (virtcrypto_classes[i]->setup)
			virtcrypto_classes[i]->setup();

	for (i = 0; (row = virtcrypto_row_at(i, &class)); i++) {
		if (WARN_ON(i == VIRTCRYPTO_MAX_ROWS))
			goto exit;
		row->id = i;
		row->counts = alloc_percpu(struct virtcrypto_counts);
		if (!row->counts)
			goto exit;
	}
	return 0;

exit:
	virtcrypto_algs_exit();
	return -ENOMEM;
}

/**
 * virtcrypto_algs_exit() - unregister all algorithms
 *
 * Context: process, at the end of the module: no transform is left.
 */
void virtcrypto_algs_exit(void)
{
	const struct virtcrypto_class *class;
	struct virtcrypto_row *row;
	unsigned int i;

	for (i = 0; (row = virtcrypto_row_at(i, &class)); i++) {
		if (row->registered)
			class->del(row);
		row->registered = false;
		free_percpu(row->counts);
		row->counts = NULL;
		kfree(row->choices);
		row->choices = NULL;
	}
}
