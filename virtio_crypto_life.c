// SPDX-License-Identifier: GPL-2.0
// Copyright (C) 2026 The virtio_crypto authors
/*
 * The life of a device: start, status, stalls, recovery, stop.
 *
 * virtcrypto_life_up() brings up the queues of a device that has its features
 * negotiated.  virtcrypto_life_down() takes back every request, resets the
 * device and deletes the queues.  The lifecycle mutex lets one of them run at a
 * time.
 *
 * Four works run beside them:
 *
 *   config_work     follows the device's status
 *   support.work    runs the trials of a device that has become ready; it holds
 *                   no lock, because registering an algorithm runs self-tests,
 *                   whose requests must end even if the device fails
 *   watch.work      the watchdog, while anything is in flight; it stops a device
 *                   that has stalled or is broken
 *   recovery.work   restarts a device that has failed, with growing pauses
 */

/**
 * DOC: Teardown
 *
 * virtcrypto_life_down() stops a device.  Nothing is used after it was freed,
 * because
 *
 * 1. The state is not READY any more, so no new session finds the device.
 * 2. virtcrypto_dataq_pause() lets no new request in; the fallback does those
 *    that wait.  Requests in the ring get time, at most ``timeout``.
 * 3. virtcrypto_session_destroy_all() has the device destroy its sessions, as
 *    QEMU keeps them over a reset.  The wait for the answers is bounded.  Then
 *    virtcrypto_ctrlq_close() ends the generation, and
 *    virtcrypto_session_abandon_all() gives back the requests that wait for a
 *    session, as the reset may take long.
 * 4. After an RCU grace period nobody is about to notify a queue any more.
 *    The device is reset and no longer touches memory.  A device that was
 *    pulled out, whose status reads as all ones, is not reset.
 * 5. virtcrypto_dataq_drop() and virtcrypto_ctrlq_drop() end the softirqs,
 *    accept the answers that the device gave before its reset, and complete
 *    the rest with -ENODEV.  Interrupts that still come find nothing.
 * 6. The virtqueues are deleted.  The object of the device stays until the
 *    last session of the last transform is gone.
 *
 * A device that has failed gets no time in steps 2 and 3.  One that is not
 * ready must not be sent anything, so step 3 does not wait for it.
 */
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/slab.h>
#include <linux/virtio.h>
#include <linux/virtio_config.h>
#include <linux/virtio_ring.h>

#include "virtio_crypto_device.h"
#include "virtio_crypto_life.h"
#include "virtio_crypto_session.h"
#include "virtio_crypto_wq.h"

/*
 * What to do with a device that has become ready, see virtcrypto_life_init().
 */
static bool (*virtcrypto_on_ready)(struct virtcrypto_device *dev, bool *again);

/* Trials begun since the module was loaded, and the end of the first one. */
static atomic_t virtcrypto_trials = ATOMIC_INIT(0);
static DECLARE_COMPLETION(virtcrypto_tried);

/* A watchdog this late means that the virtual machine was stopped. */
#define VIRTCRYPTO_WATCH_GAP		(4 * VIRTCRYPTO_WATCH_PERIOD)

/* Shortest and longest pause before a failed device is started again. */
#define VIRTCRYPTO_RECOVER_MIN		HZ
#define VIRTCRYPTO_RECOVER_SHIFT	9
/* Longer for a device that is not ready, as it tells when it is. */
#define VIRTCRYPTO_READY_SHIFT		3

/* What the status of a device that was pulled out reads as. */
#define VIRTCRYPTO_STATUS_GONE		0xff

/* Shortest and longest pause before a failed trial is repeated. */
#define VIRTCRYPTO_TRIAL_PAUSE		(10 * HZ)
#define VIRTCRYPTO_TRIAL_SHIFT		6U

/* After working for so long, a device begins with the shortest pause again. */
#define VIRTCRYPTO_RECOVERED		(300 * HZ)

static void virtcrypto_life_dataq_interrupt(struct virtqueue *vq)
{
	struct virtcrypto_device *dev = vq->vdev->priv;

	/*
	 * The data queues come first, so that a virtqueue's number is theirs.
	 */
	virtqueue_disable_cb(vq);
	virtcrypto_bh_schedule(&dev->dataqs[vq->index].bh);
}

static void virtcrypto_life_ctrlq_interrupt(struct virtqueue *vq)
{
	struct virtcrypto_device *dev = vq->vdev->priv;

	virtqueue_disable_cb(vq);
	virtcrypto_bh_schedule(&dev->ctrlq.bh);
}

/*
 * Interrupts of a queue are best served where its requests come from: on the
 * CPUs that use it.
 */
static void virtcrypto_set_affinity(struct virtcrypto_device *dev)
{
	unsigned int i, cpu, nr = dev->caps.nr_dataqs;
	cpumask_var_t mask;

	if (nr < 2 || !zalloc_cpumask_var(&mask, GFP_KERNEL))
		return;
	for (i = 0; i < nr; i++) {
		cpumask_clear(mask);
		for_each_online_cpu(cpu)
			if (dev->cpu_to_dataq[cpu] == i)
				cpumask_set_cpu(cpu, mask);
		if (dev->dataqs[i].vq && !cpumask_empty(mask))
			virtqueue_set_affinity(dev->dataqs[i].vq, mask);
	}
	free_cpumask_var(mask);
}

/* Wait for the softirqs, when no virtqueue is left that schedules them. */
static void virtcrypto_kill_bhs(struct virtcrypto_device *dev)
{
	unsigned int i;

	for (i = 0; i < dev->caps.nr_dataqs; i++)
		virtcrypto_bh_kill(&dev->dataqs[i].bh);
	virtcrypto_bh_kill(&dev->ctrlq.bh);
}

/*
 * Until the virtqueues are deleted, interrupts may come and schedule softirqs,
 * from a hostile device even after its reset.
 */
static void virtcrypto_del_vqs(struct virtcrypto_device *dev)
{
	dev->vdev->config->del_vqs(dev->vdev);
	virtcrypto_kill_bhs(dev);
}

static int virtcrypto_find_vqs(struct virtcrypto_device *dev)
{
	unsigned int i, nr = dev->caps.nr_dataqs;
	const struct virtcrypto_dataq_setup setup = {
		.generation = virtcrypto_device_generation(dev),
		.max_size = dev->caps.max_size,
		.vhost_user = dev->vhost_user,
	};
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
			info[i].callback = virtcrypto_life_dataq_interrupt;
	}
	info[nr].name = "controlq";
	info[nr].callback = virtcrypto_life_ctrlq_interrupt;

	err = vc_find_vqs(dev->vdev, nr + 1, vqs, info);
	if (err) {
		/* Some were made before one failed. */
		virtcrypto_kill_bhs(dev);
		goto out;
	}

	/* A message takes two descriptors, a request at least four. */
	if (virtqueue_get_vring_size(vqs[nr]) < 2)
		err = -EINVAL;
	for (i = 0; i < nr && !err; i++) {
		struct virtcrypto_dataq *q = &dev->dataqs[i];

		q->mute = i >= nr_cpu_ids ||
			  virtcrypto_support_given_up(&dev->support.queue_hangs[i]);
		if (virtqueue_get_vring_size(vqs[i]) < 4)
			err = -EINVAL;
		else
			err = virtcrypto_dataq_start(q, vqs[i], &setup);
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
	virtcrypto_device_map(dev);
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

	mod_delayed_work(virtcrypto_slow_wq, &dev->recovery.work,
			 VIRTCRYPTO_RECOVER_MIN << shift);
}

/* Start a failed device again later. */
static void virtcrypto_restart_later(struct virtcrypto_device *dev)
{
	virtcrypto_recover_later(dev, &dev->recovery.attempts, 0);
}

/* Check later whether a device has become ready, which is no failure. */
static void virtcrypto_poll_later(struct virtcrypto_device *dev)
{
	virtcrypto_recover_later(dev, &dev->recovery.polls, VIRTCRYPTO_READY_SHIFT);
}

/* A device has become ready: try again what did not work before. */
static void virtcrypto_reopen_trials(struct virtcrypto_device *dev)
{
	spin_lock_bh(&dev->ctrlq.lock);
	virtcrypto_support_reopen(&dev->support);
	spin_unlock_bh(&dev->ctrlq.lock);
	dev->support.rounds = 0;
}

/*
 * Follow the device's status: take requests while HW_READY is set.  Undefined
 * bits are ignored.
 */
static void virtcrypto_follow_status(struct virtcrypto_device *dev)
{
	bool was_ready = virtcrypto_device_ready(dev);
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
		dev->recovery.polls = 0;
		virtcrypto_device_set_state(dev, VIRTCRYPTO_DEV_READY);
		virtcrypto_ctrlq_set_ready(&dev->ctrlq, true);
		virtcrypto_reopen_trials(dev);
		atomic_inc(&virtcrypto_trials);
		mod_delayed_work(virtcrypto_slow_wq, &dev->support.work, 0);
	} else {
		virtcrypto_device_set_state(dev, VIRTCRYPTO_DEV_NOT_READY);
		virtcrypto_ctrlq_set_ready(&dev->ctrlq, false);
		for (i = 0; i < dev->caps.nr_dataqs; i++)
			virtcrypto_dataq_pause(&dev->dataqs[i]);
		virtcrypto_session_abandon_all(dev);
		virtcrypto_poll_later(dev);
	}
	dev_dbg(&dev->vdev->dev, "device is %sready\n", ready ? "" : "not ");
}

/* Bring up a device whose features are negotiated. */
static int virtcrypto_life_up(struct virtcrypto_device *dev)
{
	int err;

	lockdep_assert_held(&dev->lifecycle);

	err = virtcrypto_find_vqs(dev);
	if (err)
		return err;

	virtcrypto_support_reset(&dev->support);
	virtcrypto_device_set_forms(dev);
	WRITE_ONCE(dev->watch.overdue, false);
	virtcrypto_session_open(dev);

	virtio_device_ready(dev->vdev);
	virtcrypto_device_set_state(dev, VIRTCRYPTO_DEV_NOT_READY);
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
	WRITE_ONCE(dev->watch.overdue, overdue);

	/* Without an answer to messages and without requests, restart it. */
	if (virtcrypto_ctrlq_stalled(&dev->ctrlq) && !data_busy)
		failed = true;
	*busy = data_busy || ctrl_busy;
	return failed;
}

/*
 * Wait until a device has done what it was given: as long as for one request,
 * and only while it has not failed.
 */
static void virtcrypto_drain(struct virtcrypto_device *dev,
			     bool (*idle)(struct virtcrypto_device *dev))
{
	unsigned long end = jiffies + virtcrypto_watch_timeout();
	bool busy;

	while (!idle(dev) && time_before(jiffies, end) &&
	       !virtcrypto_check(dev, &busy))
		usleep_range(500, 1000);
}

/* Without a device the core would wait for the end of the reset for ever. */
static void virtcrypto_reset(struct virtcrypto_device *dev)
{
	if (dev->vdev->config->get_status(dev->vdev) != VIRTCRYPTO_STATUS_GONE)
		virtio_reset_device(dev->vdev);
}

/*
 * Take everything back from a device, reset it and delete its queues.  @state
 * is its new state.  Unless it has failed it gets time to finish.
 */
static void virtcrypto_life_down(struct virtcrypto_device *dev,
				 enum virtcrypto_dev_state state)
{
	bool ready = virtcrypto_device_ready(dev);
	bool up = ready ||
		  dev->state == VIRTCRYPTO_DEV_NOT_READY;
	unsigned int i;

	lockdep_assert_held(&dev->lifecycle);

	virtcrypto_device_set_state(dev, state);
	if (!up)
		return;

	for (i = 0; i < dev->caps.nr_dataqs; i++)
		virtcrypto_dataq_pause(&dev->dataqs[i]);
	if (state != VIRTCRYPTO_DEV_FAILED) {
		virtcrypto_drain(dev, virtcrypto_data_idle);
		virtcrypto_session_destroy_all(dev);
		/* A device that is not ready must not be sent anything. */
		if (ready)
			virtcrypto_drain(dev, virtcrypto_session_all_gone);
	}
	virtcrypto_ctrlq_close(&dev->ctrlq);
	/* The reset may take long, and some devices never end it. */
	virtcrypto_session_abandon_all(dev);

	/*
	 * After this no notification is sent any more; some devices do not
	 * expect one after a reset.
	 */
	synchronize_rcu();
	virtcrypto_reset(dev);
	for (i = 0; i < dev->caps.nr_dataqs; i++)
		virtcrypto_dataq_drop(&dev->dataqs[i]);
	virtcrypto_ctrlq_drop(&dev->ctrlq);
	/*
	 * Sessions that were not destroyed in time have an old generation now.
	 */
	virtcrypto_session_destroy_all(dev);
	virtcrypto_del_vqs(dev);
}

/* A device has failed: the fallback takes over, and it is restarted later. */
static void virtcrypto_fail(struct virtcrypto_device *dev, const char *why)
{
	lockdep_assert_held(&dev->lifecycle);

	if (dev->state != VIRTCRYPTO_DEV_READY &&
	    dev->state != VIRTCRYPTO_DEV_NOT_READY)
		return;
	dev->recovery.failures++;
	/* Only success since its last start counts. */
	if (virtcrypto_support_any(&dev->support) &&
	    time_after(jiffies, READ_ONCE(dev->support.worked_at) +
				VIRTCRYPTO_RECOVERED))
		dev->recovery.attempts = 0;
	dev_warn_ratelimited(&dev->vdev->dev,
			     "device %s, software takes over\n", why);
	virtcrypto_life_down(dev, VIRTCRYPTO_DEV_FAILED);
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
 * If this work ran late, the whole virtual machine was stopped, and perhaps the
 * device with it.  Do not count that time against the device.
 */
static void virtcrypto_forgive_gap(struct virtcrypto_device *dev)
{
	unsigned long gap = jiffies - READ_ONCE(dev->watch.ran_at);
	unsigned int i;

	WRITE_ONCE(dev->watch.ran_at, jiffies);
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
			     watch.work);
	bool busy = false;

	/*
	 * Whoever holds the mutex stops or starts the device within bounds of
	 * its own, and may be waiting for this work to end.
	 */
	if (!mutex_trylock(&dev->lifecycle)) {
		WRITE_ONCE(dev->watch.ran_at, jiffies);
		busy = true;
		goto again;
	}
	if (dev->state == VIRTCRYPTO_DEV_READY ||
	    dev->state == VIRTCRYPTO_DEV_NOT_READY) {
		/* A device may ask for a reset without an interrupt. */
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
		queue_delayed_work(virtcrypto_wq, &dev->watch.work,
				   VIRTCRYPTO_WATCH_PERIOD);
}

/*
 * Stateless modes are used if the administrator asks for them, or if the device
 * gives no session at all.  Then it is restarted with all modes that it offers.
 */
static bool virtcrypto_go_stateless(struct virtcrypto_device *dev)
{
	struct virtio_device *vdev = dev->vdev;
	unsigned int i, modes = 0;
	u64 offered;

	mutex_lock(&dev->lifecycle);
	if (!virtcrypto_device_ready(dev) ||
	    !READ_ONCE(dev->sessions.denied) || READ_ONCE(dev->sessions.given))
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
	virtcrypto_life_down(dev, VIRTCRYPTO_DEV_FAILED);
	__virtio_set_bit(vdev, VIRTCRYPTO_F_REVISION_1);
	for (i = 0; i < VIRTCRYPTO_NR_SERVICES; i++)
		if (offered & BIT_ULL(VIRTCRYPTO_F_STATELESS(i)))
			__virtio_set_bit(vdev, VIRTCRYPTO_F_STATELESS(i));
	mod_delayed_work(virtcrypto_slow_wq, &dev->recovery.work, 0);
out:
	mutex_unlock(&dev->lifecycle);
	return modes;
}

static void virtcrypto_trial_work(struct work_struct *work)
{
	struct virtcrypto_device *dev =
		container_of(to_delayed_work(work), struct virtcrypto_device,
			     support.work);
	struct virtcrypto_support *support = &dev->support;
	unsigned int shift = min(support->rounds, VIRTCRYPTO_TRIAL_SHIFT);
	bool again = false, works;

	WRITE_ONCE(support->running, true);
	works = virtcrypto_on_ready(dev, &again);
	WRITE_ONCE(support->running, false);
	if (works)
		WRITE_ONCE(support->worked_at, jiffies);
	else if (virtcrypto_go_stateless(dev))
		return;
	complete_all(&virtcrypto_tried);
	if (again && virtcrypto_device_ready(dev))
		queue_delayed_work(virtcrypto_slow_wq, &support->work,
				   VIRTCRYPTO_TRIAL_PAUSE << shift);
}

/* Do what the core does between a reset and a driver's restore(). */
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

/* Read the configuration again.  The number of queues must be the same. */
static int virtcrypto_reread_caps(struct virtcrypto_device *dev)
{
	struct virtcrypto_caps caps;
	int err;

	err = virtcrypto_device_read_caps(dev->vdev, &caps);
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
			     recovery.work);
	int err;

	mutex_lock(&dev->lifecycle);
	/*
	 * Some devices become ready without notice, others only after a reset.
	 * Do not reset one that still has requests; the watchdog looks after
	 * these.
	 */
	if (dev->state == VIRTCRYPTO_DEV_NOT_READY) {
		virtcrypto_follow_status(dev);
		if (dev->state == VIRTCRYPTO_DEV_NOT_READY) {
			if (virtcrypto_data_idle(dev))
				virtcrypto_life_down(dev, VIRTCRYPTO_DEV_FAILED);
			else
				virtcrypto_poll_later(dev);
		}
	}
	if (dev->state == VIRTCRYPTO_DEV_FAILED) {
		err = virtcrypto_renegotiate(dev->vdev);
		if (!err)
			err = virtcrypto_reread_caps(dev);
		if (!err)
			err = virtcrypto_life_up(dev);
		if (err) {
			virtio_add_status(dev->vdev, VIRTIO_CONFIG_S_FAILED);
			virtcrypto_restart_later(dev);
		}
	}
	mutex_unlock(&dev->lifecycle);
}

/**
 * virtcrypto_life_start() - bring a device up for the first time
 * @dev: the device
 *
 * Context: process.
 * Return: 0 or an error.
 */
int virtcrypto_life_start(struct virtcrypto_device *dev)
{
	int err;

	INIT_WORK(&dev->config_work, virtcrypto_config_work);
	INIT_DELAYED_WORK(&dev->support.work, virtcrypto_trial_work);
	INIT_DELAYED_WORK(&dev->watch.work, virtcrypto_watchdog);
	INIT_DELAYED_WORK(&dev->recovery.work, virtcrypto_recover_work);

	mutex_lock(&dev->lifecycle);
	err = virtcrypto_life_up(dev);
	mutex_unlock(&dev->lifecycle);
	if (err)
		cancel_delayed_work_sync(&dev->watch.work);
	return err;
}

/**
 * virtcrypto_life_restart() - bring a device up again
 * @dev: the device, stopped; its features negotiated anew
 *
 * If it fails it is tried again later.  The virtio core is not told, as it
 * would then withhold configuration interrupts.
 *
 * Context: process.
 */
void virtcrypto_life_restart(struct virtcrypto_device *dev)
{
	int err;

	mutex_lock(&dev->lifecycle);
	err = virtcrypto_reread_caps(dev);
	if (!err)
		err = virtcrypto_life_up(dev);
	if (err) {
		virtcrypto_device_set_state(dev, VIRTCRYPTO_DEV_FAILED);
		virtcrypto_restart_later(dev);
	}
	mutex_unlock(&dev->lifecycle);
}

/**
 * virtcrypto_life_stop() - end a device's work, for a while
 * @dev: the device
 *
 * Everything in flight is completed, by the device in bounded time or by the
 * fallback; the device is left reset.
 *
 * Context: process.
 */
void virtcrypto_life_stop(struct virtcrypto_device *dev)
{
	mutex_lock(&dev->lifecycle);
	virtcrypto_life_down(dev, VIRTCRYPTO_DEV_STOPPED);
	mutex_unlock(&dev->lifecycle);

	/* The other works do nothing with a stopped device. */
	cancel_delayed_work_sync(&dev->support.work);
	cancel_work_sync(&dev->config_work);
}

/**
 * virtcrypto_life_remove() - end a device's work for good
 * @dev: the device
 *
 * As virtcrypto_life_stop(); the virtio device is not used any more.
 *
 * Context: process.
 */
void virtcrypto_life_remove(struct virtcrypto_device *dev)
{
	mutex_lock(&dev->lifecycle);
	virtcrypto_life_down(dev, VIRTCRYPTO_DEV_REMOVED);
	/* Its last start may have failed half-way. */
	virtcrypto_reset(dev);
	mutex_unlock(&dev->lifecycle);

	/* None of these has anything to do or starts another one now. */
	cancel_work_sync(&dev->config_work);
	cancel_delayed_work_sync(&dev->support.work);
	cancel_delayed_work_sync(&dev->recovery.work);
	cancel_delayed_work_sync(&dev->watch.work);
}

/**
 * virtcrypto_life_config_changed() - a device's configuration has changed
 * @dev: the device
 *
 * Context: any.
 */
void virtcrypto_life_config_changed(struct virtcrypto_device *dev)
{
	queue_work(virtcrypto_slow_wq, &dev->config_work);
}

/**
 * virtcrypto_life_init() - say what is to be done with a device that is ready
 * @on_ready: called in a work, again after a pause while it sets @again and the
 *	device stays ready; returns true if the device is of use
 */
void virtcrypto_life_init(bool (*on_ready)(struct virtcrypto_device *dev,
					   bool *again))
{
	virtcrypto_on_ready = on_ready;
}

/**
 * virtcrypto_life_wait() - wait until some algorithms are registered
 *
 * Returns when the first trial of any device is over; at once if no device is
 * ready; at the latest after the timeout.
 *
 * Context: process.
 */
void virtcrypto_life_wait(void)
{
	if (atomic_read(&virtcrypto_trials))
		wait_for_completion_timeout(&virtcrypto_tried,
					    virtcrypto_watch_timeout());
}
