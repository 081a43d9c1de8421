// SPDX-License-Identifier: GPL-2.0
/*
 * The life of a device: configuration, queues, status, stalls, recovery, end.
 *
 * All of it comes down to two functions.  virtcrypto_start() brings up the
 * queues of a device that has its features negotiated, virtcrypto_stop() takes
 * back every request, resets the device and deletes the queues.  The lifecycle
 * mutex lets one of them run at a time.
 *
 * Four works live beside them.  config_work follows the device's status.
 * trial_work tries the algorithms of a device that has become ready and
 * registers those that nobody has registered yet; it holds no lock, because
 * registering runs self-tests, whose requests must move on even if the device
 * dies under them.  The watchdog runs while anything is in flight; it has a
 * stalled or broken device stopped and leaves it to recover_work, which tries
 * to start it again, with growing pauses.
 *
 * Teardown, and why nothing is used after it was freed:
 *
 * 1. The device is taken from the table and its state is no longer READY: no
 *    new session finds it.
 * 2. Data queues are paused: no new request gets in.  What waits is completed
 *    by software.  What is in the ring is given time.
 * 3. Sessions are destroyed, again with a bound on the wait; the generation
 *    ends, so that no session of before is ever used again.
 * 4. An RCU grace period lets everybody go who was about to notify a queue.
 *    The device is reset: it no longer touches memory.
 * 5. What is left in the rings is completed.
 * 6. The virtqueues are deleted and the softirqs killed.  Our own objects stay
 *    until the last session of the last transform has put its reference.
 */
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/slab.h>
#include <linux/virtio.h>
#include <linux/virtio_config.h>
#include <linux/virtio_ring.h>

#include "virtio_crypto_common.h"

/*
 * One for the works that storage may be waiting for: they run when memory is
 * short and never wait for a request.  One for those that may.
 */
struct workqueue_struct *virtcrypto_wq;
struct workqueue_struct *virtcrypto_slow_wq;

/* Trials ever begun, and the end of the first, for whoever loads the module. */
static atomic_t virtcrypto_trials = ATOMIC_INIT(0);
static DECLARE_COMPLETION(virtcrypto_tried);

/**
 * virtcrypto_timeout_jiffies() - when is an answer late?
 *
 * Return: the module parameter "timeout", in jiffies.
 */
unsigned long virtcrypto_timeout_jiffies(void)
{
	return READ_ONCE(virtcrypto_timeout) * HZ;
}

/* The watchdog's period, and thereby the error of all timeouts. */
#define VIRTCRYPTO_WATCH_PERIOD		HZ
/* A watchdog this late means that the virtual machine was stopped. */
#define VIRTCRYPTO_WATCH_GAP		(4 * VIRTCRYPTO_WATCH_PERIOD)

/* Shortest and longest pause before a failed device is started again. */
#define VIRTCRYPTO_RECOVER_MIN		HZ
#define VIRTCRYPTO_RECOVER_SHIFT	9
/* A device that is not ready can tell when it is: be patient. */
#define VIRTCRYPTO_READY_SHIFT		3

/* No status, but what an empty slot reads as. */
#define VIRTCRYPTO_STATUS_GONE		0xff

/* First and longest pause before what failed in a trial is tried again. */
#define VIRTCRYPTO_TRIAL_PAUSE		(10 * HZ)
#define VIRTCRYPTO_TRIAL_SHIFT		6U

/* A device that worked for so long after a recovery counts as well again. */
#define VIRTCRYPTO_RECOVERED		(300 * HZ)

static const char * const virtcrypto_dev_states[] = {
	[VIRTCRYPTO_DEV_STOPPED] = "stopped",
	[VIRTCRYPTO_DEV_NOT_READY] = "not-ready",
	[VIRTCRYPTO_DEV_READY] = "ready",
	[VIRTCRYPTO_DEV_FAILED] = "failed",
	[VIRTCRYPTO_DEV_REMOVED] = "removed",
};

/**
 * virtcrypto_state_name() - a device's state, for people
 * @dev: the device
 *
 * Return: a word.
 */
const char *virtcrypto_state_name(struct virtcrypto_device *dev)
{
	/* It is ready, but nothing is entrusted to it before the trial is over. */
	if (READ_ONCE(dev->state) == VIRTCRYPTO_DEV_READY &&
	    READ_ONCE(dev->in_trial) && !virtcrypto_device_proven(dev))
		return "trial";
	return virtcrypto_dev_states[READ_ONCE(dev->state)];
}

static void virtcrypto_set_state(struct virtcrypto_device *dev,
				 enum virtcrypto_dev_state state)
{
	lockdep_assert_held(&dev->lifecycle);
	/*
	 * Whoever sees the device READY sees what was set up for that.  Pairs
	 * with the second barrier in virtcrypto_session_alloc().
	 */
	smp_wmb();
	WRITE_ONCE(dev->state, state);
	/*
	 * Whoever sees the next generation sees that the device is not READY.
	 * Pairs with the first barrier there.
	 */
	smp_wmb();
}

/**
 * virtcrypto_watch() - have the watchdog look in, as something is in flight
 * @dev: the device
 *
 * Context: any but hard interrupts.
 */
void virtcrypto_watch(struct virtcrypto_device *dev)
{
	if (delayed_work_pending(&dev->watchdog))
		return;
	WRITE_ONCE(dev->watched_at, jiffies);
	queue_delayed_work(virtcrypto_wq, &dev->watchdog,
			   VIRTCRYPTO_WATCH_PERIOD);
}

/**
 * virtcrypto_watch_now() - have the watchdog look at once: a queue is broken
 * @dev: the device
 *
 * Context: any but hard interrupts.
 */
void virtcrypto_watch_now(struct virtcrypto_device *dev)
{
	mod_delayed_work(virtcrypto_wq, &dev->watchdog, 0);
}

static int virtcrypto_read_caps(struct virtio_device *vdev,
				struct virtcrypto_caps *caps)
{
	u32 low, high;

	memset(caps, 0, sizeof(*caps));
	virtio_cread_le(vdev, struct virtcrypto_wire_config, max_dataqueues,
			&caps->nr_dataqs);
	if (!caps->nr_dataqs)
		caps->nr_dataqs = 1;
	if (caps->nr_dataqs > VIRTCRYPTO_MAX_DATAQS) {
		dev_err(&vdev->dev, "%u data queues are more than %u\n",
			caps->nr_dataqs, VIRTCRYPTO_MAX_DATAQS);
		return -EINVAL;
	}

	virtio_cread_le(vdev, struct virtcrypto_wire_config, crypto_services,
			&caps->services);
	caps->services &= BIT(VIRTCRYPTO_NR_SERVICES) - 1;
	if (caps->services & BIT(VIRTCRYPTO_SERVICE_CIPHER)) {
		virtio_cread_le(vdev, struct virtcrypto_wire_config,
				cipher_algo_l, &low);
		virtio_cread_le(vdev, struct virtcrypto_wire_config,
				cipher_algo_h, &high);
		caps->algos[VIRTCRYPTO_SERVICE_CIPHER] = (u64)high << 32 | low;
	}
	if (caps->services & BIT(VIRTCRYPTO_SERVICE_HASH)) {
		virtio_cread_le(vdev, struct virtcrypto_wire_config, hash_algo,
				&low);
		caps->algos[VIRTCRYPTO_SERVICE_HASH] = low;
	}
	if (caps->services & BIT(VIRTCRYPTO_SERVICE_MAC)) {
		virtio_cread_le(vdev, struct virtcrypto_wire_config, mac_algo_l,
				&low);
		virtio_cread_le(vdev, struct virtcrypto_wire_config, mac_algo_h,
				&high);
		caps->algos[VIRTCRYPTO_SERVICE_MAC] = (u64)high << 32 | low;
	}
	if (caps->services & BIT(VIRTCRYPTO_SERVICE_AEAD)) {
		virtio_cread_le(vdev, struct virtcrypto_wire_config, aead_algo,
				&low);
		caps->algos[VIRTCRYPTO_SERVICE_AEAD] = low;
	}
	/* The field was reserved before there was the service. */
	if (caps->services & BIT(VIRTCRYPTO_SERVICE_AKCIPHER)) {
		virtio_cread_le(vdev, struct virtcrypto_wire_config,
				akcipher_algo, &low);
		caps->algos[VIRTCRYPTO_SERVICE_AKCIPHER] = low;
	}
	virtio_cread_le(vdev, struct virtcrypto_wire_config,
			max_cipher_key_len, &caps->max_cipher_key_len);
	virtio_cread_le(vdev, struct virtcrypto_wire_config, max_auth_key_len,
			&caps->max_auth_key_len);
	virtio_cread_le(vdev, struct virtcrypto_wire_config, max_size,
			&caps->max_size);
	return 0;
}

/**
 * virtcrypto_is_vhost_user() - is a device QEMU's cryptodev-vhost-user?
 * @vdev: the device, whose configuration can be read
 *
 * That device is known by its max_size, which is all ones; QEMU's others have
 * limits.  What it puts requests to is DPDK's vhost-crypto.
 *
 * Context: process.
 * Return: true if it is, or the administrator says so.
 */
bool virtcrypto_is_vhost_user(struct virtio_device *vdev)
{
	u64 max_size = 0;

	if (virtcrypto_vhost_user != VIRTCRYPTO_GUESS_AUTO)
		return virtcrypto_vhost_user == VIRTCRYPTO_GUESS_YES;
	if (vdev->config->get)
		virtio_cread_le(vdev, struct virtcrypto_wire_config, max_size,
				&max_size);
	return max_size == U64_MAX;
}

/* Interrupts of a queue are best served where its requests come from. */
static void virtcrypto_set_affinity(struct virtcrypto_device *dev)
{
	unsigned int cpu, nr = dev->caps.nr_dataqs;

	if (nr < 2)
		return;
	for_each_online_cpu(cpu) {
		struct virtcrypto_dataq *q =
			&dev->dataqs[dev->cpu_to_dataq[cpu]];

		if (q->vq)
			virtqueue_set_affinity(q->vq, cpumask_of(cpu));
	}
}

/* Wait for the softirqs; there are no virtqueues any more that schedule them. */
static void virtcrypto_kill_bhs(struct virtcrypto_device *dev)
{
	unsigned int i;

	for (i = 0; i < dev->caps.nr_dataqs; i++)
		virtcrypto_bh_kill(&dev->dataqs[i].bh);
	virtcrypto_bh_kill(&dev->ctrlq.bh);
}

/*
 * Until here interrupts may come, from a hostile device even after its reset,
 * and schedule softirqs.
 */
static void virtcrypto_del_vqs(struct virtcrypto_device *dev)
{
	dev->vdev->config->del_vqs(dev->vdev);
	virtcrypto_kill_bhs(dev);
}

static int virtcrypto_find_vqs(struct virtcrypto_device *dev)
{
	unsigned int i, nr = dev->caps.nr_dataqs;
	struct virtqueue_info *info;
	struct virtqueue **vqs;
	int err = -ENOMEM;

	info = kcalloc(nr + 1, sizeof(*info), GFP_KERNEL);
	vqs = kcalloc(nr + 1, sizeof(*vqs), GFP_KERNEL);
	if (!info || !vqs)
		goto out;

	for (i = 0; i < nr; i++) {
		info[i].name = dev->dataqs[i].name;
		/* No vector for a queue that no CPU will use. */
		if (i < nr_cpu_ids)
			info[i].callback = virtcrypto_dataq_callback;
	}
	info[nr].name = "controlq";
	info[nr].callback = virtcrypto_ctrlq_callback;

	err = vc_find_vqs(dev->vdev, nr + 1, vqs, info);
	if (err) {
		/* Those that were made before the one that failed. */
		virtcrypto_kill_bhs(dev);
		goto out;
	}

	/* A message takes two descriptors, a request four at the least. */
	if (virtqueue_get_vring_size(vqs[nr]) < 2)
		err = -EINVAL;
	for (i = 0; i < nr && !err; i++) {
		struct virtcrypto_dataq *q = &dev->dataqs[i];

		q->mute = i >= nr_cpu_ids || virtcrypto_given_up(&q->blame);
		if (virtqueue_get_vring_size(vqs[i]) < 4)
			err = -EINVAL;
		else
			err = virtcrypto_dataq_start(q, vqs[i]);
	}
	if (err) {
		if (err == -EINVAL)
			dev_err_ratelimited(&dev->vdev->dev,
					    "queues are too short\n");
		for (i = 0; i < nr; i++)
			virtcrypto_dataq_drop(&dev->dataqs[i]);
		virtcrypto_del_vqs(dev);
		goto out;
	}
	virtcrypto_ctrlq_start(&dev->ctrlq, vqs[nr]);
	virtcrypto_dataqs_map(dev);
	virtcrypto_set_affinity(dev);
out:
	kfree(vqs);
	kfree(info);
	return err;
}

/* Look at the device later, after a pause that grows with each attempt. */
static void virtcrypto_recover_later(struct virtcrypto_device *dev,
				     unsigned int *attempts, unsigned int least)
{
	unsigned int shift = clamp_t(unsigned int, (*attempts)++, least,
				     VIRTCRYPTO_RECOVER_SHIFT);

	lockdep_assert_held(&dev->lifecycle);

	mod_delayed_work(virtcrypto_slow_wq, &dev->recover_work,
			 VIRTCRYPTO_RECOVER_MIN << shift);
}

/* Start a failed device again later. */
static void virtcrypto_restart_later(struct virtcrypto_device *dev)
{
	virtcrypto_recover_later(dev, &dev->attempts, 0);
}

/* See later whether a device has become ready; being not ready is no failure. */
static void virtcrypto_poll_later(struct virtcrypto_device *dev)
{
	virtcrypto_recover_later(dev, &dev->polls, VIRTCRYPTO_READY_SHIFT);
}

/* A device has become ready: what failed before may go well now. */
static void virtcrypto_reopen_trials(struct virtcrypto_device *dev)
{
	spin_lock_bh(&dev->ctrlq.lock);
	bitmap_and(dev->judged, dev->judged, dev->proven, VIRTCRYPTO_MAX_ROWS);
	spin_unlock_bh(&dev->ctrlq.lock);
	dev->trial_rounds = 0;
}

/*
 * Follow the device's status: take requests while HW_READY is set.  Undefined
 * bits are ignored.
 */
static void virtcrypto_follow_status(struct virtcrypto_device *dev)
{
	bool was_ready = dev->state == VIRTCRYPTO_DEV_READY;
	unsigned int i;
	u32 status;
	bool ready;

	lockdep_assert_held(&dev->lifecycle);

	virtio_cread_le(dev->vdev, struct virtcrypto_wire_config, status,
			&status);
	ready = status & VIRTCRYPTO_S_HW_READY;
	if (ready == was_ready)
		return;

	if (ready) {
		for (i = 0; i < dev->caps.nr_dataqs; i++)
			virtcrypto_dataq_resume(&dev->dataqs[i]);
		dev->polls = 0;
		virtcrypto_set_state(dev, VIRTCRYPTO_DEV_READY);
		virtcrypto_ctrlq_set_ready(&dev->ctrlq, true);
		virtcrypto_reopen_trials(dev);
		atomic_inc(&virtcrypto_trials);
		mod_delayed_work(virtcrypto_slow_wq, &dev->trial_work, 0);
	} else {
		virtcrypto_set_state(dev, VIRTCRYPTO_DEV_NOT_READY);
		virtcrypto_ctrlq_set_ready(&dev->ctrlq, false);
		for (i = 0; i < dev->caps.nr_dataqs; i++)
			virtcrypto_dataq_pause(&dev->dataqs[i]);
		virtcrypto_sessions_abandon(dev);
		virtcrypto_poll_later(dev);
	}
	dev_dbg(&dev->vdev->dev, "device is %sready\n", ready ? "" : "not ");
}

/* What was negotiated says how each service's requests are laid out. */
static void virtcrypto_set_forms(struct virtcrypto_device *dev)
{
	unsigned int i;

	for (i = 0; i < VIRTCRYPTO_NR_SERVICES; i++) {
		enum virtcrypto_form form = VIRTCRYPTO_FORM_LEGACY;

		if (virtio_has_feature(dev->vdev, VIRTCRYPTO_F_REVISION_1)) {
			form = VIRTCRYPTO_FORM_REVISION_1;
			if (virtio_has_feature(dev->vdev,
					       VIRTCRYPTO_F_STATELESS(i)))
				form = VIRTCRYPTO_FORM_STATELESS;
		}
		dev->forms[i] = form;
	}
}

/* Bring up a device whose features are negotiated. */
static int virtcrypto_start(struct virtcrypto_device *dev)
{
	int err;

	lockdep_assert_held(&dev->lifecycle);

	err = virtcrypto_find_vqs(dev);
	if (err)
		return err;

	bitmap_zero(dev->proven, VIRTCRYPTO_MAX_ROWS);
	bitmap_zero(dev->tails, VIRTCRYPTO_MAX_ROWS);
	bitmap_zero(dev->judged, VIRTCRYPTO_MAX_ROWS);
	virtcrypto_set_forms(dev);
	dev->queues_tried = false;
	WRITE_ONCE(dev->overdue, false);
	WRITE_ONCE(dev->sess_given, false);
	WRITE_ONCE(dev->sess_denied, false);
	spin_lock_bh(&dev->sess_lock);
	dev->sess_closed = false;
	dev->sess_limit = UINT_MAX;
	spin_unlock_bh(&dev->sess_lock);

	virtio_device_ready(dev->vdev);
	virtcrypto_set_state(dev, VIRTCRYPTO_DEV_NOT_READY);
	virtcrypto_follow_status(dev);
	if (dev->state == VIRTCRYPTO_DEV_NOT_READY)
		virtcrypto_poll_later(dev);
	return 0;
}

/* Is nothing in the data queues' rings? */
static bool virtcrypto_data_idle(struct virtcrypto_device *dev)
{
	unsigned int i;

	for (i = 0; i < dev->caps.nr_dataqs; i++)
		if (!virtcrypto_dataq_idle(&dev->dataqs[i]))
			return false;
	return true;
}

/* Has the device broken, or stopped answering?  @busy: anything in flight? */
static bool virtcrypto_check(struct virtcrypto_device *dev, bool *busy)
{
	bool failed = false, data_busy = false, ctrl_busy = false;
	bool overdue = false;
	unsigned int i;

	for (i = 0; i < dev->caps.nr_dataqs; i++)
		failed |= virtcrypto_dataq_check(&dev->dataqs[i], &data_busy,
						 &overdue);
	failed |= virtcrypto_ctrlq_check(&dev->ctrlq, &ctrl_busy, &overdue);
	WRITE_ONCE(dev->overdue, overdue);

	/* With no sessions to be had and nothing to lose, start it afresh. */
	if (READ_ONCE(dev->ctrlq.stalled) && !data_busy)
		failed = true;
	*busy = data_busy || ctrl_busy;
	return failed;
}

/*
 * Wait until a device has done what it was given.  The device has as long as
 * for one request, and no longer than it shows signs of life.
 */
static void virtcrypto_drain(struct virtcrypto_device *dev,
			     bool (*idle)(struct virtcrypto_device *dev))
{
	unsigned long end = jiffies + virtcrypto_timeout_jiffies();
	bool busy;

	while (!idle(dev) && time_before(jiffies, end) &&
	       !virtcrypto_check(dev, &busy))
		usleep_range(500, 1000);
}

/* The core would wait for ever for an empty slot to come out of its reset. */
static void virtcrypto_reset(struct virtcrypto_device *dev)
{
	if (dev->vdev->config->get_status(dev->vdev) != VIRTCRYPTO_STATUS_GONE)
		virtio_reset_device(dev->vdev);
}

/*
 * Take everything back from a device, reset it, delete its queues.  @state is
 * what it is in from now on.  Unless it has failed it gets time to finish.
 */
static void virtcrypto_stop(struct virtcrypto_device *dev,
			    enum virtcrypto_dev_state state)
{
	bool ready = dev->state == VIRTCRYPTO_DEV_READY;
	bool up = ready ||
		  dev->state == VIRTCRYPTO_DEV_NOT_READY;
	unsigned int i;

	lockdep_assert_held(&dev->lifecycle);

	virtcrypto_set_state(dev, state);
	if (!up)
		return;

	for (i = 0; i < dev->caps.nr_dataqs; i++)
		virtcrypto_dataq_pause(&dev->dataqs[i]);
	if (state != VIRTCRYPTO_DEV_FAILED) {
		virtcrypto_drain(dev, virtcrypto_data_idle);
		virtcrypto_sessions_destroy(dev);
		/* While the device is not ready it must not be sent anything. */
		if (ready)
			virtcrypto_drain(dev, virtcrypto_sessions_gone);
	}
	virtcrypto_ctrlq_close(&dev->ctrlq);
	/* The reset may take its time, and some devices never end it. */
	virtcrypto_sessions_abandon(dev);

	/*
	 * Whoever saw a queue open has sent its notification after this; some
	 * devices do not take it well after a reset.
	 */
	synchronize_rcu();
	virtcrypto_reset(dev);
	for (i = 0; i < dev->caps.nr_dataqs; i++)
		virtcrypto_dataq_drop(&dev->dataqs[i]);
	virtcrypto_ctrlq_drop(&dev->ctrlq);
	/* What was not destroyed in time is of a former generation now. */
	virtcrypto_sessions_destroy(dev);
	virtcrypto_del_vqs(dev);
}

/* A device has failed: software takes over, it is tried again later. */
static void virtcrypto_fail(struct virtcrypto_device *dev, const char *why)
{
	lockdep_assert_held(&dev->lifecycle);

	if (dev->state != VIRTCRYPTO_DEV_READY &&
	    dev->state != VIRTCRYPTO_DEV_NOT_READY)
		return;
	dev->failures++;
	/* What it did not prove after its last start does not speak for it. */
	if (virtcrypto_device_proven(dev) &&
	    time_after(jiffies, READ_ONCE(dev->proven_at) + VIRTCRYPTO_RECOVERED))
		dev->attempts = 0;
	dev_warn_ratelimited(&dev->vdev->dev,
			     "device %s, software takes over\n", why);
	virtcrypto_stop(dev, VIRTCRYPTO_DEV_FAILED);
	virtcrypto_restart_later(dev);
}

static void virtcrypto_config_work(struct work_struct *work)
{
	struct virtcrypto_device *dev =
		container_of(work, struct virtcrypto_device, config_work);

	mutex_lock(&dev->lifecycle);
	if (dev->state == VIRTCRYPTO_DEV_READY ||
	    dev->state == VIRTCRYPTO_DEV_NOT_READY) {
		u8 status = dev->vdev->config->get_status(dev->vdev);

		if (status & VIRTIO_CONFIG_S_NEEDS_RESET)
			virtcrypto_fail(dev, "asks for a reset");
		else
			virtcrypto_follow_status(dev);
	}
	mutex_unlock(&dev->lifecycle);
}

/*
 * If this work did not run for a while, neither did the device perhaps: the
 * hypervisor or its machine stood still.  Its time begins anew.
 */
static void virtcrypto_forgive_gap(struct virtcrypto_device *dev)
{
	unsigned long gap = jiffies - READ_ONCE(dev->watched_at);
	unsigned int i;

	WRITE_ONCE(dev->watched_at, jiffies);
	if (gap < VIRTCRYPTO_WATCH_GAP)
		return;
	for (i = 0; i < dev->caps.nr_dataqs; i++)
		virtcrypto_dataq_forgive(&dev->dataqs[i], gap);
	virtcrypto_ctrlq_forgive(&dev->ctrlq, gap);
}

static void virtcrypto_watchdog(struct work_struct *work)
{
	struct virtcrypto_device *dev =
		container_of(to_delayed_work(work), struct virtcrypto_device,
			     watchdog);
	bool busy = false;

	/*
	 * Whoever stops the device has its own bounds, and may be waiting for
	 * this work to end.
	 */
	if (!mutex_trylock(&dev->lifecycle)) {
		WRITE_ONCE(dev->watched_at, jiffies);
		busy = true;
		goto again;
	}
	if (dev->state == VIRTCRYPTO_DEV_READY ||
	    dev->state == VIRTCRYPTO_DEV_NOT_READY) {
		/* A device that is in trouble may say so without an interrupt. */
		u8 status = dev->vdev->config->get_status(dev->vdev);

		virtcrypto_forgive_gap(dev);
		if (status & VIRTIO_CONFIG_S_NEEDS_RESET)
			virtcrypto_fail(dev, "asks for a reset");
		else if (virtcrypto_check(dev, &busy))
			virtcrypto_fail(dev, "does not answer");
		else
			virtcrypto_follow_status(dev);
	}
	mutex_unlock(&dev->lifecycle);
again:
	if (busy)
		queue_delayed_work(virtcrypto_wq, &dev->watchdog,
				   VIRTCRYPTO_WATCH_PERIOD);
}

/*
 * Stateless modes are for those who ask for them, and for a device that gives
 * nobody a session: it is started again with all that it offers.
 */
static bool virtcrypto_go_stateless(struct virtcrypto_device *dev)
{
	struct virtio_device *vdev = dev->vdev;
	unsigned int i, modes = 0;
	u64 offered;

	mutex_lock(&dev->lifecycle);
	if (dev->state != VIRTCRYPTO_DEV_READY ||
	    !READ_ONCE(dev->sess_denied) || READ_ONCE(dev->sess_given))
		goto out;
	offered = vc_device_features(vdev);
	if (!(offered & BIT_ULL(VIRTCRYPTO_F_REVISION_1)))
		goto out;
	for (i = 0; i < VIRTCRYPTO_NR_SERVICES; i++)
		modes += offered & BIT_ULL(VIRTCRYPTO_F_STATELESS(i)) &&
			 dev->forms[i] != VIRTCRYPTO_FORM_STATELESS;
	if (!modes)
		goto out;

	dev_info(&vdev->dev, "device gives no sessions, each request brings its key\n");
	virtcrypto_stop(dev, VIRTCRYPTO_DEV_FAILED);
	__virtio_set_bit(vdev, VIRTCRYPTO_F_REVISION_1);
	for (i = 0; i < VIRTCRYPTO_NR_SERVICES; i++)
		if (offered & BIT_ULL(VIRTCRYPTO_F_STATELESS(i)))
			__virtio_set_bit(vdev, VIRTCRYPTO_F_STATELESS(i));
	mod_delayed_work(virtcrypto_slow_wq, &dev->recover_work, 0);
out:
	mutex_unlock(&dev->lifecycle);
	return modes;
}

static void virtcrypto_trial_work(struct work_struct *work)
{
	struct virtcrypto_device *dev =
		container_of(to_delayed_work(work), struct virtcrypto_device,
			     trial_work);
	unsigned int shift = min(dev->trial_rounds, VIRTCRYPTO_TRIAL_SHIFT);
	bool again = false, works;

	WRITE_ONCE(dev->in_trial, true);
	works = virtcrypto_algs_trial(dev, &again);
	WRITE_ONCE(dev->in_trial, false);
	if (works)
		WRITE_ONCE(dev->proven_at, jiffies);
	else if (virtcrypto_go_stateless(dev))
		return;
	complete_all(&virtcrypto_tried);
	if (again && READ_ONCE(dev->state) == VIRTCRYPTO_DEV_READY)
		queue_delayed_work(virtcrypto_slow_wq, &dev->trial_work,
				   VIRTCRYPTO_TRIAL_PAUSE << shift);
}

/* What the core does between a reset and a driver's restore. */
static int virtcrypto_renegotiate(struct virtio_device *vdev)
{
	int err;

	if (vdev->config->get_status(vdev) == VIRTCRYPTO_STATUS_GONE)
		return -ENODEV;
	virtio_reset_device(vdev);
	virtio_add_status(vdev, VIRTIO_CONFIG_S_ACKNOWLEDGE);
	virtio_add_status(vdev, VIRTIO_CONFIG_S_DRIVER);
	err = vdev->config->finalize_features(vdev);
	if (err)
		return err;
	virtio_add_status(vdev, VIRTIO_CONFIG_S_FEATURES_OK);
	if (!(vdev->config->get_status(vdev) & VIRTIO_CONFIG_S_FEATURES_OK))
		return -ENODEV;
	return 0;
}

/* The configuration may have changed; the number of queues must not. */
static int virtcrypto_reread_caps(struct virtcrypto_device *dev)
{
	struct virtcrypto_caps caps;
	int err;

	err = virtcrypto_read_caps(dev->vdev, &caps);
	if (err)
		return err;
	if (caps.nr_dataqs != dev->caps.nr_dataqs) {
		dev_err_ratelimited(&dev->vdev->dev,
				    "device came back with %u data queues instead of %u, bind it anew to use it\n",
				    caps.nr_dataqs, dev->caps.nr_dataqs);
		return -EINVAL;
	}
	dev->caps = caps;
	return 0;
}

static void virtcrypto_recover_work(struct work_struct *work)
{
	struct virtcrypto_device *dev =
		container_of(to_delayed_work(work), struct virtcrypto_device,
			     recover_work);
	int err;

	mutex_lock(&dev->lifecycle);
	/*
	 * Some devices are ready without a word, others only after a reset.
	 * What such a device has been given is left to it, and to the watchdog.
	 */
	if (dev->state == VIRTCRYPTO_DEV_NOT_READY) {
		virtcrypto_follow_status(dev);
		if (dev->state == VIRTCRYPTO_DEV_NOT_READY) {
			if (virtcrypto_data_idle(dev))
				virtcrypto_stop(dev, VIRTCRYPTO_DEV_FAILED);
			else
				virtcrypto_poll_later(dev);
		}
	}
	if (dev->state == VIRTCRYPTO_DEV_FAILED) {
		err = virtcrypto_renegotiate(dev->vdev);
		if (!err)
			err = virtcrypto_reread_caps(dev);
		if (!err)
			err = virtcrypto_start(dev);
		if (err) {
			virtio_add_status(dev->vdev, VIRTIO_CONFIG_S_FAILED);
			virtcrypto_restart_later(dev);
		}
	}
	mutex_unlock(&dev->lifecycle);
}

/**
 * virtcrypto_device_release() - free a device that nobody refers to any more
 * @kref: its reference count
 *
 * Context: any but hard interrupts.
 */
void virtcrypto_device_release(struct kref *kref)
{
	struct virtcrypto_device *dev =
		container_of(kref, struct virtcrypto_device, kref);

	virtcrypto_dataqs_free(dev);
	kfree_const(dev->name);
	kfree(dev);
}

/**
 * virtcrypto_device_alloc() - make an object for a device, not started
 * @vdev: the virtio device, its features negotiated
 *
 * Context: process.
 * Return: the object with a reference for the caller, or an ERR_PTR().
 */
struct virtcrypto_device *virtcrypto_device_alloc(struct virtio_device *vdev)
{
	struct virtcrypto_device *dev = kzalloc_obj(*dev, GFP_KERNEL);
	int err = -ENOMEM;

	if (!dev)
		return ERR_PTR(-ENOMEM);
	kref_init(&dev->kref);
	dev->vdev = vdev;
	dev->numa_node = dev_to_node(vdev->dev.parent);
	mutex_init(&dev->lifecycle);
	spin_lock_init(&dev->sess_lock);
	INIT_LIST_HEAD(&dev->node);
	INIT_LIST_HEAD(&dev->sessions);
	INIT_WORK(&dev->config_work, virtcrypto_config_work);
	INIT_DELAYED_WORK(&dev->trial_work, virtcrypto_trial_work);
	INIT_DELAYED_WORK(&dev->watchdog, virtcrypto_watchdog);
	INIT_DELAYED_WORK(&dev->recover_work, virtcrypto_recover_work);
	virtcrypto_ctrlq_init(&dev->ctrlq, dev);

	dev->name = kstrdup_const(dev_name(&vdev->dev), GFP_KERNEL);
	if (!dev->name)
		goto put;
	err = virtcrypto_read_caps(vdev, &dev->caps);
	if (err)
		goto put;
	dev->vhost_user = virtcrypto_is_vhost_user(vdev);
	if (dev->vhost_user &&
	    !virtio_has_feature(vdev, VIRTIO_RING_F_INDIRECT_DESC)) {
		dev_err(&vdev->dev,
			"a vhost-user back end needs indirect descriptors, which the device does not offer; vhost_user=n tries it without\n");
		err = -ENODEV;
		goto put;
	}
	err = virtcrypto_dataqs_alloc(dev);
	if (err)
		goto put;
	return dev;

put:
	virtcrypto_device_put(dev);
	return ERR_PTR(err);
}

/**
 * virtcrypto_device_start() - bring a device up for the first time
 * @dev: the device
 *
 * Context: process.
 * Return: 0 or an error.
 */
int virtcrypto_device_start(struct virtcrypto_device *dev)
{
	int err;

	mutex_lock(&dev->lifecycle);
	err = virtcrypto_start(dev);
	mutex_unlock(&dev->lifecycle);
	if (err)
		cancel_delayed_work_sync(&dev->watchdog);
	return err;
}

/**
 * virtcrypto_device_restart() - bring a device up again
 * @dev: the device, stopped; its features negotiated anew
 *
 * If it fails it is tried again later.  The virtio core is not told: it would
 * withhold configuration interrupts from then on.
 *
 * Context: process.
 */
void virtcrypto_device_restart(struct virtcrypto_device *dev)
{
	int err;

	mutex_lock(&dev->lifecycle);
	err = virtcrypto_reread_caps(dev);
	if (!err)
		err = virtcrypto_start(dev);
	if (err) {
		virtcrypto_set_state(dev, VIRTCRYPTO_DEV_FAILED);
		virtcrypto_restart_later(dev);
	}
	mutex_unlock(&dev->lifecycle);
}

/**
 * virtcrypto_device_stop() - end a device's work, for a while
 * @dev: the device
 *
 * Everything in flight is completed, by the device in bounded time or by
 * software; the device is left reset.
 *
 * Context: process.
 */
void virtcrypto_device_stop(struct virtcrypto_device *dev)
{
	mutex_lock(&dev->lifecycle);
	virtcrypto_stop(dev, VIRTCRYPTO_DEV_STOPPED);
	mutex_unlock(&dev->lifecycle);

	/* Those that find a stopped device do nothing; the others would try. */
	cancel_delayed_work_sync(&dev->trial_work);
	cancel_work_sync(&dev->config_work);
}

/**
 * virtcrypto_device_remove() - end a device's work for good
 * @dev: the device
 *
 * As virtcrypto_device_stop(); the virtio device is not used any more.
 *
 * Context: process.
 */
void virtcrypto_device_remove(struct virtcrypto_device *dev)
{
	mutex_lock(&dev->lifecycle);
	virtcrypto_stop(dev, VIRTCRYPTO_DEV_REMOVED);
	/* If its last start has failed half-way. */
	virtcrypto_reset(dev);
	mutex_unlock(&dev->lifecycle);

	/* None of these finds anything to do, or starts another, any more. */
	cancel_work_sync(&dev->config_work);
	cancel_delayed_work_sync(&dev->trial_work);
	cancel_delayed_work_sync(&dev->recover_work);
	cancel_delayed_work_sync(&dev->watchdog);
}

/**
 * virtcrypto_device_changed() - the device says that its configuration changed
 * @dev: the device
 *
 * Context: any.
 */
void virtcrypto_device_changed(struct virtcrypto_device *dev)
{
	queue_work(virtcrypto_slow_wq, &dev->config_work);
}

/**
 * virtcrypto_devices_wait() - wait until some algorithms are registered
 *
 * Returns when the first trial of any device is over, at once if there is no
 * device that is ready, and in any case when an answer would be late.
 *
 * Context: process.
 */
void virtcrypto_devices_wait(void)
{
	if (atomic_read(&virtcrypto_trials))
		wait_for_completion_timeout(&virtcrypto_tried,
					    virtcrypto_timeout_jiffies());
}

/**
 * virtcrypto_devices_init() - make what all devices share
 *
 * Return: 0 or -ENOMEM.
 */
int virtcrypto_devices_init(void)
{
	virtcrypto_wq = alloc_workqueue(KBUILD_MODNAME,
					WQ_UNBOUND | WQ_MEM_RECLAIM, 0);
	if (!virtcrypto_wq)
		return -ENOMEM;
	virtcrypto_slow_wq = alloc_workqueue("virtio_crypto_slow", WQ_UNBOUND,
					     0);
	if (!virtcrypto_slow_wq) {
		destroy_workqueue(virtcrypto_wq);
		return -ENOMEM;
	}
	return 0;
}

/**
 * virtcrypto_devices_exit() - free what all devices shared
 */
void virtcrypto_devices_exit(void)
{
	destroy_workqueue(virtcrypto_slow_wq);
	destroy_workqueue(virtcrypto_wq);
	/* Sessions, and with them devices, are freed after a grace period. */
	rcu_barrier();
}
