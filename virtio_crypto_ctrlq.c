// SPDX-License-Identifier: GPL-2.0
// Copyright (C) 2026 The virtio_crypto authors
/*
 * The control queue: messages that create and destroy sessions.
 *
 * Nobody sleeps here.  A message is sent from any context, and its owner is
 * told what became of it.  The device's watchdog bounds the wait: it calls
 * virtcrypto_ctrlq_check().  When an answer is late, the owner gets -ETIMEDOUT
 * and goes on, while the message stays where the device may still write to it.
 * Its buffers may be freed after its last event, when the ring has given it
 * back or the device has been reset.
 *
 * virtcrypto_ctrlq.lock guards the ring, the lists and the generation.  Events
 * are delivered without it, by the queue's softirq or, after its end, by
 * virtcrypto_ctrlq_drop().  If the device interrupts at the wrong time, both
 * may run at once and deliver -ETIMEDOUT and then -ENODEV for a message.
 */
#include <linux/virtio_ring.h>

#include "virtio_crypto_ctrlq.h"
#include "virtio_crypto_watch.h"

/* Put a message on the ring. */
static int virtcrypto_ctrlq_add(struct virtcrypto_ctrlq *cq,
				struct virtcrypto_ctrl_msg *msg)
{
	struct scatterlist out, in, *sgs[] = { &out, &in };
	int err;

	lockdep_assert_held(&cq->lock);

	/* virtqueue_add_sgs() would notify the device, under the lock. */
	if (cq->vq->num_free < (cq->indirect ? 1 : 2))
		return -ENOSPC;

	memset(&msg->result, VIRTCRYPTO_STATUS_UNWRITTEN, sizeof(msg->result));
	sg_init_one(&out, msg->out, msg->out_len);
	sg_init_one(&in, &msg->result, msg->in_len);
	err = virtqueue_add_sgs(cq->vq, sgs, 1, 1, msg,
				GFP_NOWAIT | __GFP_NOWARN);
	if (err)
		return err;

	list_move_tail(&msg->node, msg->timed_out ? &cq->late : &cq->inflight);
	cq->sent++;
	return 0;
}

/* The oldest message that was not sent yet. */
static struct virtcrypto_ctrl_msg *
virtcrypto_ctrlq_next(struct virtcrypto_ctrlq *cq)
{
	return list_first_entry_or_null(list_empty(&cq->pending_late) ?
					&cq->pending : &cq->pending_late,
					struct virtcrypto_ctrl_msg, node);
}

/*
 * Send the messages that wait.  If there is no room, the next answer or the
 * watchdog tries again.  Returns the virtqueue if the device has to be
 * notified, without the lock and not through @cq, see virtcrypto_dataq_kick().
 */
static struct virtqueue *virtcrypto_ctrlq_push(struct virtcrypto_ctrlq *cq)
{
	struct virtcrypto_ctrl_msg *msg;
	bool added = false;

	lockdep_assert_held(&cq->lock);

	if (!cq->running || !cq->ready)
		return NULL;
	while ((msg = virtcrypto_ctrlq_next(cq))) {
		if (virtcrypto_ctrlq_add(cq, msg))
			break;
		added = true;
	}
	return added && virtqueue_kick_prepare(cq->vq) ? cq->vq : NULL;
}

/* The oldest message of a list, if it was sent so long ago. */
static struct virtcrypto_ctrl_msg *
virtcrypto_ctrlq_oldest(struct list_head *list, unsigned long age)
{
	struct virtcrypto_ctrl_msg *msg =
		list_first_entry_or_null(list, struct virtcrypto_ctrl_msg, node);

	return msg && time_after(jiffies, msg->queued + age) ? msg : NULL;
}

/*
 * The first message that has timed out and whose owner was not told yet.  While
 * the device is not ready, all messages that were not sent have timed out.
 */
static struct virtcrypto_ctrl_msg *
virtcrypto_ctrlq_expired(struct virtcrypto_ctrlq *cq)
{
	unsigned long timeout = virtcrypto_watch_timeout();
	struct virtcrypto_ctrl_msg *msg;

	lockdep_assert_held(&cq->lock);

	msg = virtcrypto_ctrlq_oldest(&cq->inflight, timeout);
	if (msg) {
		cq->stalled = true;
		list_move_tail(&msg->node, &cq->late);
		return msg;
	}
	if (cq->ready)
		msg = virtcrypto_ctrlq_oldest(&cq->pending, timeout);
	else
		msg = list_first_entry_or_null(&cq->pending,
					       struct virtcrypto_ctrl_msg, node);
	if (msg)
		list_move_tail(&msg->node, &cq->pending_late);
	return msg;
}

static void virtcrypto_ctrlq_deliver(struct list_head *list, int err)
{
	struct virtcrypto_ctrl_msg *msg, *next;

	local_bh_disable();
	list_for_each_entry_safe(msg, next, list, node) {
		list_del_init(&msg->node);
		msg->event(msg, err);
	}
	local_bh_enable();
}

static void virtcrypto_ctrlq_poll(struct virtcrypto_bh *bh)
{
	struct virtcrypto_ctrlq *cq = container_of(bh, struct virtcrypto_ctrlq, bh);
	struct virtcrypto_ctrl_msg *msg;
	struct virtqueue *kick;
	bool more = false;
	LIST_HEAD(answered);
	unsigned int len;

	spin_lock_bh(&cq->lock);
	if (!cq->vq) {
		spin_unlock_bh(&cq->lock);
		return;
	}
	virtqueue_disable_cb(cq->vq);
	while ((msg = virtqueue_get_buf(cq->vq, &len))) {
		list_move_tail(&msg->node, &answered);
		cq->stalled = false;
		virtcrypto_watch_heard(cq->watch);
	}
	kick = virtcrypto_ctrlq_push(cq);
	if (unlikely(virtqueue_is_broken(cq->vq)))
		virtcrypto_watch_now(cq->watch);
	else
		more = !virtqueue_enable_cb(cq->vq);
	spin_unlock_bh(&cq->lock);

	if (kick)
		virtqueue_notify(kick);
	virtcrypto_ctrlq_deliver(&answered, 0);

	spin_lock_bh(&cq->lock);
	while ((msg = virtcrypto_ctrlq_expired(cq))) {
		msg->timed_out = true;
		cq->timeouts++;
		spin_unlock_bh(&cq->lock);
		msg->event(msg, -ETIMEDOUT);
		spin_lock_bh(&cq->lock);
	}
	spin_unlock_bh(&cq->lock);

	if (more)
		virtcrypto_bh_schedule(bh);
}

/**
 * virtcrypto_ctrlq_send() - send a message
 * @cq: the control queue
 * @msg: the message; it is the queue's until its last event
 * @generation: the device's generation that the message is about
 *
 * While HW_READY is clear a message waits: the specification forbids any
 * request then, and a session that is to be destroyed still exists.
 *
 * Context: any but hard interrupts.  No event comes from within the call.
 * Return: 0 if an event will come, -ENODEV if the message was not accepted
 *	because the queue is closed or @generation is over.
 */
int virtcrypto_ctrlq_send(struct virtcrypto_ctrlq *cq,
			  struct virtcrypto_ctrl_msg *msg, u32 generation)
{
	struct virtqueue *kick = NULL;
	int err = -ENODEV;

	msg->timed_out = false;
	rcu_read_lock();
	spin_lock_bh(&cq->lock);
	if (cq->running && cq->generation == generation) {
		err = 0;
		msg->queued = jiffies;
		list_add_tail(&msg->node, &cq->pending);
		kick = virtcrypto_ctrlq_push(cq);
	}
	spin_unlock_bh(&cq->lock);
	if (kick)
		virtqueue_notify(kick);
	if (!err)
		virtcrypto_watch_arm(cq->watch);
	rcu_read_unlock();
	return err;
}

/**
 * virtcrypto_ctrlq_init() - make a control queue, closed
 * @cq: the control queue
 * @watch: the device's watchdog
 */
void virtcrypto_ctrlq_init(struct virtcrypto_ctrlq *cq,
			   struct virtcrypto_watch *watch)
{
	spin_lock_init(&cq->lock);
	INIT_LIST_HEAD(&cq->inflight);
	INIT_LIST_HEAD(&cq->pending);
	INIT_LIST_HEAD(&cq->late);
	INIT_LIST_HEAD(&cq->pending_late);
	virtcrypto_bh_init(&cq->bh, virtcrypto_ctrlq_poll);
	cq->watch = watch;
}

/**
 * virtcrypto_ctrlq_start() - accept messages; they wait for HW_READY
 * @cq: the control queue
 * @vq: its virtqueue
 *
 * Context: process, under the device's lifecycle mutex.
 */
void virtcrypto_ctrlq_start(struct virtcrypto_ctrlq *cq, struct virtqueue *vq)
{
	spin_lock_bh(&cq->lock);
	cq->vq = vq;
	cq->indirect = virtio_has_feature(vq->vdev, VIRTIO_RING_F_INDIRECT_DESC);
	cq->running = true;
	cq->ready = false;
	cq->stalled = false;
	spin_unlock_bh(&cq->lock);
}

/**
 * virtcrypto_ctrlq_set_ready() - follow the device's HW_READY bit
 * @cq: the control queue
 * @ready: messages may be sent
 *
 * When the bit is cleared, messages that were not sent time out at once.
 *
 * Context: process, under the device's lifecycle mutex.
 */
void virtcrypto_ctrlq_set_ready(struct virtcrypto_ctrlq *cq, bool ready)
{
	struct virtqueue *kick;

	spin_lock_bh(&cq->lock);
	cq->ready = ready;
	kick = virtcrypto_ctrlq_push(cq);
	spin_unlock_bh(&cq->lock);
	if (kick)
		virtqueue_notify(kick);
	if (!ready)
		virtcrypto_bh_schedule(&cq->bh);
}

/**
 * virtcrypto_ctrlq_close() - accept no more messages, end the generation
 * @cq: the control queue
 *
 * Context: process, under the device's lifecycle mutex.
 */
void virtcrypto_ctrlq_close(struct virtcrypto_ctrlq *cq)
{
	spin_lock_bh(&cq->lock);
	cq->running = false;
	cq->ready = false;
	WRITE_ONCE(cq->generation, cq->generation + 1);
	spin_unlock_bh(&cq->lock);
}

/**
 * virtcrypto_ctrlq_drop() - take back everything, forget the virtqueue
 * @cq: the control queue, closed
 *
 * The device must have been reset, and stays so.
 *
 * Context: process, under the device's lifecycle mutex.
 */
void virtcrypto_ctrlq_drop(struct virtcrypto_ctrlq *cq)
{
	LIST_HEAD(lost);

	virtcrypto_bh_kill(&cq->bh);

	spin_lock_bh(&cq->lock);
	if (cq->vq)
		while (virtqueue_detach_unused_buf(cq->vq))
			;
	list_splice_init(&cq->late, &lost);
	list_splice_tail_init(&cq->inflight, &lost);
	list_splice_tail_init(&cq->pending_late, &lost);
	list_splice_tail_init(&cq->pending, &lost);
	cq->vq = NULL;
	spin_unlock_bh(&cq->lock);

	virtcrypto_ctrlq_deliver(&lost, -ENODEV);
}

static bool virtcrypto_ctrlq_empty(const struct virtcrypto_ctrlq *cq)
{
	return list_empty(&cq->inflight) && list_empty(&cq->late) &&
	       list_empty(&cq->pending) && list_empty(&cq->pending_late);
}

/**
 * virtcrypto_ctrlq_answers() - does the device answer messages?
 * @cq: the control queue
 *
 * Context: any.
 * Return: false if the device takes no messages now, or if one has timed out
 *	and none was answered since.
 */
bool virtcrypto_ctrlq_answers(const struct virtcrypto_ctrlq *cq)
{
	return READ_ONCE(cq->ready) && !virtcrypto_ctrlq_stalled(cq);
}

/**
 * virtcrypto_ctrlq_stalled() - has the device stopped answering messages?
 * @cq: the control queue
 *
 * Context: any.
 * Return: true if a message has timed out and none was answered since.
 */
bool virtcrypto_ctrlq_stalled(const struct virtcrypto_ctrlq *cq)
{
	return READ_ONCE(cq->stalled);
}

/**
 * virtcrypto_ctrlq_idle() - has everything been answered?
 * @cq: the control queue
 *
 * Context: any but hard interrupts.
 * Return: true if no message waits, in the ring or before it.
 */
bool virtcrypto_ctrlq_idle(struct virtcrypto_ctrlq *cq)
{
	bool idle;

	spin_lock_bh(&cq->lock);
	idle = virtcrypto_ctrlq_empty(cq);
	spin_unlock_bh(&cq->lock);
	return idle;
}

/**
 * virtcrypto_ctrlq_forgive() - do not count a time against the device
 * @cq: the control queue
 * @gap: jiffies in which it could not work
 *
 * Context: any but hard interrupts.
 */
void virtcrypto_ctrlq_forgive(struct virtcrypto_ctrlq *cq, unsigned long gap)
{
	struct virtcrypto_ctrl_msg *msg;

	spin_lock_bh(&cq->lock);
	list_for_each_entry(msg, &cq->inflight, node)
		msg->queued += gap;
	list_for_each_entry(msg, &cq->pending, node)
		msg->queued += gap;
	spin_unlock_bh(&cq->lock);
}

/**
 * virtcrypto_ctrlq_check() - has the device stopped answering?
 * @cq: the control queue
 * @busy: set to true if something waits for an answer
 * @overdue: set to true if the device has been silent for a while
 *
 * Schedules the softirq, which tells the owners of late messages.
 *
 * Context: any but hard interrupts.
 * Return: true if the queue is broken.
 */
bool virtcrypto_ctrlq_check(struct virtcrypto_ctrlq *cq, bool *busy,
			    bool *overdue)
{
	bool broken = false;

	spin_lock_bh(&cq->lock);
	if (cq->vq) {
		broken = virtqueue_is_broken(cq->vq);
		if (!virtcrypto_ctrlq_empty(cq)) {
			*busy = true;
			if (!broken)
				virtcrypto_bh_schedule(&cq->bh);
		}
		if (cq->stalled ||
		    virtcrypto_ctrlq_oldest(&cq->inflight, VIRTCRYPTO_WATCH_OVERDUE))
			*overdue = true;
	}
	spin_unlock_bh(&cq->lock);
	return broken;
}
