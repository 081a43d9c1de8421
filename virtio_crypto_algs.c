// SPDX-License-Identifier: GPL-2.0
/*
 * What goes for the tables of all kinds of algorithms: trials, registering,
 * counting, the end.
 *
 * An algorithm is registered when a first device has proved that it really does
 * it, and unregistered when the module goes: transforms outlive devices, and
 * most kernels cannot unregister an algorithm that is in use.  That no caller
 * sees a device come or go is the work of the fallback, a software transform
 * beside each of ours, keyed alike.  virtcrypto_registry_lock guards the
 * registering.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/seq_file.h>
#include <linux/string.h>

#include "virtio_crypto_algs.h"

/* In the order in which they are tried and registered: storage waits for ciphers. */
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
	[VIRTCRYPTO_FB_PARTS] = "fb_parts",
	[VIRTCRYPTO_EIO] = "eio",
};

/*
 * Rounds of trials for what fails, and for software that is not there yet: an
 * initramfs may lack what the root volume has.
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

/**
 * virtcrypto_why() - why does software do a request?
 * @err: what the layers below said
 * @accepted: a device was to do it before
 *
 * Return: the reason, to be counted.
 */
enum virtcrypto_count virtcrypto_why(int err, bool accepted)
{
	switch (err) {
	case -ENODEV:
		return accepted ? VIRTCRYPTO_FB_LOST : VIRTCRYPTO_FB_NODEV;
	case -EOPNOTSUPP:
		return VIRTCRYPTO_FB_LOST;
	case -ENOKEY:
		return accepted ? VIRTCRYPTO_FB_LOST : VIRTCRYPTO_FB_NOSESSION;
	case -EIO:
		return VIRTCRYPTO_FB_ERROR;
	case -E2BIG:
		return VIRTCRYPTO_FB_FRAGS;
	case -EMSGSIZE:
		return VIRTCRYPTO_FB_SIZE;
	case -EDOM:
		return VIRTCRYPTO_FB_LENGTH;
	case -ENOMEM:
		return VIRTCRYPTO_FB_NOMEM;
	case -ENOSPC:
		return VIRTCRYPTO_FB_BUSY;
	default:
		return VIRTCRYPTO_FB_NOSESSION;
	}
}

/*
 * Software has one key, the transform's newest, and does no request for
 * another.  Under the lock that keeps it from getting one meanwhile.
 */
static int virtcrypto_redo_locked(const struct virtcrypto_row *row,
				  struct virtcrypto_req *vr,
				  enum virtcrypto_count why,
				  virtcrypto_soft_t soft, u32 flags)
{
	if (vr->key_seq != vr->key->seq) {
		virtcrypto_row_count(row, VIRTCRYPTO_EIO);
		return -EIO;
	}
	virtcrypto_row_count(row, why);
	return soft(vr->base, flags);
}

/**
 * virtcrypto_redo() - have software do a request that a device has not done
 * @row: the algorithm, where it is counted
 * @vr: the request, as it was submitted; its input is still there
 * @err: why the device did not do it
 * @soft: how software does it, without sleeping
 *
 * Context: any but hard interrupts.
 * Return: what software says; -EIO if the key has changed.
 */
int virtcrypto_redo(const struct virtcrypto_row *row, struct virtcrypto_req *vr,
		    int err, virtcrypto_soft_t soft)
{
	enum virtcrypto_count why = virtcrypto_why(err, true);

	read_lock_bh(&vr->key->redo);
	err = virtcrypto_redo_locked(row, vr, why, soft, 0);
	read_unlock_bh(&vr->key->redo);
	return err;
}

static void virtcrypto_redo_work(struct work_struct *work)
{
	struct virtcrypto_redo *redo =
		container_of(work, struct virtcrypto_redo, work);
	struct virtcrypto_req *vr = redo->vr;
	int err;

	down_read(&vr->key->slow_redo);
	err = virtcrypto_redo_locked(redo->row, vr, redo->why, redo->soft,
				     CRYPTO_TFM_REQ_MAY_SLEEP);
	up_read(&vr->key->slow_redo);
	local_bh_disable();
	crypto_request_complete(vr->base, err);
	local_bh_enable();
}

/**
 * virtcrypto_redo_later() - have software do a request where it may sleep
 * @redo: in the request's context
 * @row: the algorithm
 * @vr: the request; it is completed when software has done it
 * @why: why not a device
 * @soft: how software does it
 *
 * Not with another key, as virtcrypto_redo().
 *
 * Context: any.
 */
void virtcrypto_redo_later(struct virtcrypto_redo *redo,
			   const struct virtcrypto_row *row,
			   struct virtcrypto_req *vr, enum virtcrypto_count why,
			   virtcrypto_soft_t soft)
{
	redo->row = row;
	redo->vr = vr;
	redo->why = why;
	redo->soft = soft;
	INIT_WORK(&redo->work, virtcrypto_redo_work);
	queue_work(virtcrypto_slow_wq, &redo->work);
}

/**
 * virtcrypto_slow_soft() - have software do a request that no device was given
 * @redo: in the request's context
 * @row: the algorithm
 * @vr: the request
 * @err: why not a device
 * @soft: how software does it, sleeping
 *
 * Context: any but hard interrupts; sleeps if the request says that it may.
 * Return: what software says; -EINPROGRESS if it is yet to do it.
 */
int virtcrypto_slow_soft(struct virtcrypto_redo *redo,
			 const struct virtcrypto_row *row,
			 struct virtcrypto_req *vr, int err,
			 virtcrypto_soft_t soft)
{
	enum virtcrypto_count why = virtcrypto_why(err, false);

	if (!(vr->base->flags & CRYPTO_TFM_REQ_MAY_SLEEP)) {
		virtcrypto_redo_later(redo, row, vr, why, soft);
		return -EINPROGRESS;
	}
	virtcrypto_row_count(row, why);
	return soft(vr->base, CRYPTO_TFM_REQ_MAY_SLEEP);
}

/* Where a device is to write a number: it shows what the device leaves out. */
#define VIRTCRYPTO_NUMBER_FILL	0xa5

/**
 * virtcrypto_number_expect() - prepare a buffer for a number from a device
 * @buf: the buffer
 * @size: its length
 */
void virtcrypto_number_expect(u8 *buf, unsigned int size)
{
	memset(buf, VIRTCRYPTO_NUMBER_FILL, size);
}

/**
 * virtcrypto_number_place() - put a number that a device has written in its place
 * @buf: where to it was written, from the beginning on; it was prepared by
 *	virtcrypto_number_expect()
 * @size: bytes of @buf, and of the number with zeros in front
 * @used: bytes that the device says it has written, a status byte among them;
 *	none or one, if that is not known
 *
 * Devices may leave out zeros in front.  DPDK does not count what it writes, and
 * with VIRTIO_F_IN_ORDER the length of most answers is lost.  There a number of
 * which the last byte looks unwritten may be a shorter one; one of 256 does by
 * chance.
 *
 * Return: 0, or -EIO if the number's length is not certain.
 */
int virtcrypto_number_place(u8 *buf, unsigned int size, unsigned int used)
{
	unsigned int len = used - 1;

	if (used <= 1)
		return buf[size - 1] == VIRTCRYPTO_NUMBER_FILL ? -EIO : 0;
	if (len >= size)
		return 0;
	memmove(buf + size - len, buf, len);
	memset(buf, 0, size - len);
	return 0;
}

static void virtcrypto_sync_done(struct virtcrypto_req *vr, int err)
{
	struct virtcrypto_sync *sync =
		container_of(vr, struct virtcrypto_sync, vr);

	sync->err = err;
	complete(&sync->done);
}

/**
 * virtcrypto_sync_begin() - begin to describe a request that is waited for
 * @sync: the request
 * @q: the queue that is to do it, NULL for that of the CPU
 *
 * The caller describes the rest of @sync->vr as for virtcrypto_req_init().
 */
void virtcrypto_sync_begin(struct virtcrypto_sync *sync,
			   struct virtcrypto_dataq *q)
{
	virtcrypto_req_init(&sync->vr, NULL, virtcrypto_sync_done);
	sync->base.flags = 0;
	sync->vr.base = &sync->base;
	sync->vr.dataq = q;
	init_completion(&sync->done);
}

/**
 * virtcrypto_sync_submit() - have a device do a request, and wait for it
 * @sync: the request, described
 * @key: the key
 * @dir: the direction
 *
 * Context: process; waits for the device.
 * Return: what the request was completed with, or why it was not accepted.
 */
int virtcrypto_sync_submit(struct virtcrypto_sync *sync,
			   struct virtcrypto_key *key, u32 dir)
{
	int err;

	err = virtcrypto_key_submit(key, dir, &sync->vr);
	if (err != -EINPROGRESS)
		return err;
	/* Whatever the device does, the watchdog ends this. */
	wait_for_completion(&sync->done);
	return sync->err;
}

/**
 * virtcrypto_alg_init() - fill in what the crypto API wants of every algorithm
 * @base: where to
 * @row: the algorithm
 * @priority: its priority
 */
void virtcrypto_alg_init(struct crypto_alg *base,
			 const struct virtcrypto_row *row, int priority)
{
	base->cra_priority = priority;
	base->cra_flags = VIRTCRYPTO_ALG_FLAGS;
	base->cra_module = THIS_MODULE;
	strscpy(base->cra_name, row->name, CRYPTO_MAX_ALG_NAME);
	strscpy(base->cra_driver_name, row->driver_name, CRYPTO_MAX_ALG_NAME);
}

/* Register what is proven and not registered yet. */
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
	VIRTCRYPTO_PASS_BLAMED,
	VIRTCRYPTO_NR_PASSES
};

static enum virtcrypto_pass virtcrypto_trial_pass(struct virtcrypto_device *dev,
						  unsigned int row)
{
	if (dev->blame[row].times)
		return VIRTCRYPTO_PASS_BLAMED;
	return test_bit(row, dev->known) ? VIRTCRYPTO_PASS_KNOWN :
					   VIRTCRYPTO_PASS_NEW;
}

/* May an algorithm that has failed in its trial go well later? */
static bool virtcrypto_trial_again(struct virtcrypto_device *dev, int err)
{
	/* A device that computes something else, or does not do it, says so for good. */
	if (!err || err == -EBADMSG || err == -EOPNOTSUPP)
		return false;
	return err == -EAGAIN || dev->trial_rounds < VIRTCRYPTO_TRIAL_ROUNDS;
}

/**
 * struct virtcrypto_outcome - of a round of trials, by rows
 * @judged: those that need no other round
 * @works: of these, those that work
 * @tails: of these, those that take lengths other than whole blocks
 */
struct virtcrypto_outcome {
	DECLARE_BITMAP(judged, VIRTCRYPTO_MAX_ROWS);
	DECLARE_BITMAP(works, VIRTCRYPTO_MAX_ROWS);
	DECLARE_BITMAP(tails, VIRTCRYPTO_MAX_ROWS);
};

/* One row's trial.  Returns true if it is worth another. */
static bool virtcrypto_algs_try(struct virtcrypto_device *dev,
				const struct virtcrypto_class *class,
				const struct virtcrypto_row *row,
				struct virtcrypto_outcome *outcome)
{
	bool unadvertised = virtcrypto_try_unadvertised && !dev->vhost_user;
	bool tails;
	int err;

	if (test_bit(row->id, dev->judged) ||
	    (!unadvertised && !virtcrypto_device_offers(dev, &row->params)))
		return false;
	err = virtcrypto_trial(dev, class, row, &tails);
	dev_dbg(&dev->vdev->dev, "trial of %s: %d\n", row->driver_name, err);
	if (virtcrypto_trial_again(dev, err))
		return true;
	__set_bit(row->id, outcome->judged);
	if (!err) {
		__set_bit(row->id, outcome->works);
		__assign_bit(row->id, outcome->tails, tails);
	}
	return false;
}

/**
 * virtcrypto_algs_trial() - try a device's algorithms, register what works
 * @dev: a device that is ready
 * @again: set to true if it is worth to try again later
 *
 * An algorithm that the device does not do, or does wrongly, is none of its
 * algorithms; that is said in the log only once it matters.  Nothing is entrusted
 * to the device before all trials are over, since one of them may be its end.
 *
 * Context: process; waits for the device and, on some kernels, for self-tests.
 * Return: true if any algorithm works.
 */
bool virtcrypto_algs_trial(struct virtcrypto_device *dev, bool *again)
{
	unsigned int i, nth, nr, first = dev->trial_first;
	u32 generation = READ_ONCE(dev->generation);
	struct virtcrypto_outcome outcome = { };
	const struct virtcrypto_class *class;
	const struct virtcrypto_row *row;
	enum virtcrypto_pass pass;

	dev->trial_worked = 0;
	for (nr = 0; virtcrypto_row_at(nr, &class); nr++)
		;
	for (pass = 0; pass < VIRTCRYPTO_NR_PASSES; pass++) {
		for (nth = 0; nth < nr; nth++) {
			i = pass == VIRTCRYPTO_PASS_KNOWN ? (nth + first) % nr :
							    nth;
			row = virtcrypto_row_at(i, &class);
			if (virtcrypto_trial_pass(dev, i) != pass)
				continue;
			if (READ_ONCE(dev->state) != VIRTCRYPTO_DEV_READY)
				return false;
			*again |= virtcrypto_algs_try(dev, class, row, &outcome);
		}
	}
	dev->trial_rounds++;
	if (!virtcrypto_device_proves(dev, generation, outcome.judged,
				      outcome.works, outcome.tails))
		return false;
	virtcrypto_algs_register(outcome.works);
	return virtcrypto_device_proven(dev);
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
	}
}
