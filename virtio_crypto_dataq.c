// SPDX-License-Identifier: GPL-2.0
// Copyright (C) 2026 The virtio_crypto authors
/*
 * Data queues: submit, backlog, notify, complete.
 *
 * A queue knows requests, and neither algorithms nor sessions.  A request that
 * was accepted is in exactly one place until it is completed: in the ring, and
 * then in the list inflight too, or in the backlog.  The backlog holds requests
 * only while something is in the ring, so that a completion is sure to move
 * them on.  Each request is completed exactly once, by one of
 *
 *   virtcrypto_dataq_round()  the device answered, or the ring refused it
 *   virtcrypto_dataq_pause()  the backlog, when the queue stops accepting
 *   virtcrypto_dataq_drop()   all that is left, after the device was reset
 *
 * virtcrypto_dataq.lock guards all of this.  Requests are completed without it.
 *
 * Nothing is allocated after virtcrypto_dataq_start(): requests are in the
 * callers' memory, and the list for virtqueue_add_sgs() belongs to the queue.
 */
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/rcupdate.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>
#include <linux/virtio.h>
#include <linux/virtio_config.h>
#include <linux/virtio_ring.h>

#include "virtio_crypto_choice.h"
#include "virtio_crypto_dataq.h"
#include "virtio_crypto_params.h"
#include "virtio_crypto_req.h"
#include "virtio_crypto_watch.h"

/*
 * Most descriptors of one request.  QEMU takes no more in one chain, and the
 * fallback is faster for requests with more fragments.
 */
#define VIRTCRYPTO_MAX_DESCS	1024

/* Completions that are handled before other softirqs get a turn. */
#define VIRTCRYPTO_BUDGET	64

/* What a request takes is like that for so many bytes, and its own. */
#define VIRTCRYPTO_SHARE_BYTES	512

/* So many prompt answers in a row show that a device shares our CPU. */
#define VIRTCRYPTO_PROMPT	4

/* Limits of DPDK's vhost-crypto, which never answers a larger request. */
#define VIRTCRYPTO_VHOST_USER_SRC	2176
#define VIRTCRYPTO_VHOST_USER_DESCS	32U

static struct scatterlist *virtcrypto_sg_put(struct scatterlist *to,
					     struct page *page,
					     unsigned int len,
					     unsigned int offset)
{
	sg_unmark_end(to);
	sg_set_page(to, page, len, offset);
	return to + 1;
}

static struct scatterlist *virtcrypto_sg_put_buf(struct scatterlist *to,
						 void *buf, unsigned int len)
{
	return virtcrypto_sg_put(to, virt_to_page(buf), len,
				 offset_in_page(buf));
}

/*
 * Copy parts of a caller's list, cut at their exact length: the device must not
 * see what lies beside them.
 */
static struct scatterlist *
virtcrypto_sg_put_parts(struct scatterlist *to,
			const struct virtcrypto_part *part, unsigned int nr)
{
	for (; nr; part++, nr--) {
		struct scatterlist *from = part->sg;
		unsigned int skip = part->skip, left = part->len;

		for (; left; from = sg_next(from)) {
			unsigned int len = min(left, from->length - skip);

			if (!len)
				continue;
			to = virtcrypto_sg_put(to, sg_page(from), len,
					       from->offset + skip);
			left -= len;
			skip = 0;
		}
	}
	return to;
}

/*
 * Does the iv get a descriptor of its own, behind keys or because the device
 * insists?
 */
static bool virtcrypto_dataq_splits(const struct virtcrypto_dataq *q,
				    const struct virtcrypto_req *vr)
{
	return vr->op.iv_len && (vr->keys_len || q->split);
}

static unsigned int virtcrypto_dataq_descs(const struct virtcrypto_dataq *q,
					   const struct virtcrypto_req *vr)
{
	return 1 + !!vr->keys_len + virtcrypto_dataq_splits(q, vr) +
	       vr->nents + vr->own_result + 1;
}

/*
 * Put a request on the ring.  Returns -ENOSPC if there is no room now and
 * -ENOMEM if it cannot be mapped now, which may change with each completion;
 * -ENODEV if the queue is broken.
 */
static int virtcrypto_dataq_add(struct virtcrypto_dataq *q,
				struct virtcrypto_req *vr)
{
	unsigned int descs = virtcrypto_dataq_descs(q, vr);
	bool splits = virtcrypto_dataq_splits(q, vr);
	struct scatterlist *sgs[2];
	struct scatterlist *sg = q->sg;
	int err;

	lockdep_assert_held(&q->lock);

	/*
	 * virtqueue_add_sgs() notifies the device when it finds the ring full,
	 * which costs an exit to the hypervisor under the lock.  So check
	 * first.
	 */
	if (q->vq->num_free < (q->indirect ? 1 : descs) ||
	    q->nr_inflight >= q->max_inflight)
		return -ENOSPC;

	sgs[0] = sg;
	sg = virtcrypto_sg_put_buf(sg, vr->header_iv,
				   splits ? vr->fixed : vr->fixed + vr->op.iv_len);
	if (vr->keys_len)
		sg = virtcrypto_sg_put_buf(sg, vr->keys, vr->keys_len);
	if (splits)
		sg = virtcrypto_sg_put_buf(sg, vr->header_iv + vr->fixed,
					   vr->op.iv_len);
	sg = virtcrypto_sg_put_parts(sg, vr->src, vr->nr_src);
	sg_mark_end(sg - 1);

	sgs[1] = sg;
	sg = virtcrypto_sg_put_parts(sg, vr->dst, vr->nr_dst);
	if (vr->own_result)
		sg = virtcrypto_sg_put_buf(sg, vr->result, vr->op.result_len);
	sg = virtcrypto_sg_put_buf(sg, &vr->status, sizeof(vr->status));
	sg_mark_end(sg - 1);

	vr->status = VIRTCRYPTO_STATUS_UNWRITTEN;
	/*
	 * Only a table of indirect descriptors is allocated here; if that fails
	 * the core uses descriptors of the ring.
	 */
	err = virtqueue_add_sgs(q->vq, sgs, 1, 1, vr,
				GFP_NOWAIT | __GFP_NOWARN);
	/*
	 * A packed ring returns the same error for a broken queue and a failed
	 * mapping.
	 */
	if (err == -EIO)
		err = virtqueue_is_broken(q->vq) ? -ENODEV : -ENOMEM;
	if (err)
		return err;

	vr->dirty = true;
	vr->queued = jiffies;
	if (!q->nr_inflight++)
		q->progress = vr->queued;
	list_add_tail(&vr->node, &q->inflight);
	q->unkicked++;
	q->submitted++;
	return 0;
}

/*
 * Is it time to notify the device?  A notification can cost an exit to the
 * hypervisor, so a busy device gets several requests with one.  But a device
 * may work on several requests at a time and must not run idle.  So at most
 * half of the requests in the ring are held back, and no more than the
 * parameter allows.
 */
static bool virtcrypto_dataq_want_kick(struct virtcrypto_dataq *q)
{
	lockdep_assert_held(&q->lock);

	return q->unkicked &&
	       q->unkicked >= min(q->nr_inflight - q->unkicked,
				  READ_ONCE(virtcrypto_notify_batch));
}

/*
 * Expose the requests that have gathered.  Returns the virtqueue if the device
 * has to be notified.  That is done without the lock and not through @q,
 * because the queue may be stopped by then; whoever stops it waits for a grace
 * period.
 */
static struct virtqueue *virtcrypto_dataq_kick(struct virtcrypto_dataq *q)
{
	lockdep_assert_held(&q->lock);

	q->unkicked = 0;
	if (!virtqueue_kick_prepare(q->vq))
		return NULL;
	q->notified++;
	return q->vq;
}

/* Translate the status byte into an error for the algorithm. */
static int virtcrypto_dataq_error(const struct virtcrypto_req *vr, u8 status)
{
	switch (status) {
	case VIRTCRYPTO_STATUS_OK:
		return 0;
	case VIRTCRYPTO_STATUS_BADMSG:
		/* The input may be forged; the device is not at fault. */
		return vr->verifies ? -EBADMSG : -EIO;
	case VIRTCRYPTO_STATUS_KEY_REJECTED:
		return vr->verifies ? -EKEYREJECTED : -EIO;
	case VIRTCRYPTO_STATUS_NOTSUPP:
		return -EOPNOTSUPP;
	case VIRTCRYPTO_STATUS_INVSESS:
		return -ENOKEY;
	default:
		return -EIO;
	}
}

/* Let a request wait, with @front as the next in turn. */
static void virtcrypto_dataq_backlog_add(struct virtcrypto_dataq *q,
					 struct virtcrypto_req *vr, bool front)
{
	if (front)
		list_add(&vr->node, &q->backlog);
	else
		list_add_tail(&vr->node, &q->backlog);
	q->nr_backlog++;
	q->nr_nowait += !virtcrypto_req_may_wait(vr);
}

static void virtcrypto_dataq_backlog_del(struct virtcrypto_dataq *q,
					 struct virtcrypto_req *vr)
{
	list_del(&vr->node);
	q->nr_backlog--;
	q->nr_nowait -= !virtcrypto_req_may_wait(vr);
}

/*
 * Move waiting requests to the ring.  Requests whose callers were told -EBUSY
 * are added to @notify, requests that are to be completed without the device to
 * @done.
 */
static void virtcrypto_dataq_refill(struct virtcrypto_dataq *q,
				    struct list_head *notify,
				    struct list_head *done)
{
	struct virtcrypto_req *vr;
	int err;

	lockdep_assert_held(&q->lock);

	while ((vr = list_first_entry_or_null(&q->backlog,
					      struct virtcrypto_req, node))) {
		if (vr->settled) {
			list_move_tail(&vr->node, q->nr_inflight ?
						  &q->inflight : done);
			continue;
		}
		virtcrypto_dataq_backlog_del(q, vr);
		err = virtcrypto_dataq_add(q, vr);
		if ((err == -ENOSPC || err == -ENOMEM) && q->nr_inflight) {
			virtcrypto_dataq_backlog_add(q, vr, true);
			break;
		}
		if (err) {
			vr->err = err;
			list_add_tail(&vr->node, done);
		} else if (vr->busy) {
			/*
			 * Only this softirq and the end of the queue complete
			 * requests in the ring, so this one stays valid while
			 * it is in the list.
			 */
			vr->busy = false;
			list_add_tail(&vr->notify_node, notify);
		}
	}
}

/*
 * DPDK's vhost-crypto uses the number of a request's descriptor as its place in
 * the used ring.  That works if requests are answered in ring order, as with
 * IN_ORDER, or if there is one at a time.  A length of zero after another
 * length shows that the device does so; the second request of a trial is enough
 * to see it.
 */
static void virtcrypto_dataq_check_used(struct virtcrypto_dataq *q,
					unsigned int len)
{
	if (!q->setup.vhost_user || q->in_order)
		return;
	if (len)
		q->had_len = true;
	else if (q->had_len)
		q->max_inflight = 1;
}

/*
 * Take back at most @budget requests that the device has answered.  Returns
 * what is left of the budget.
 */
static unsigned int virtcrypto_dataq_harvest(struct virtcrypto_dataq *q,
					     unsigned int budget,
					     struct list_head *done)
{
	struct virtcrypto_req *vr, *oldest;
	unsigned int len;
	u8 status;

	lockdep_assert_held(&q->lock);

	for (; budget && (vr = virtqueue_get_buf(q->vq, &len)); budget--) {
		virtcrypto_dataq_check_used(q, len);
		/* With IN_ORDER the core invents most of the lengths. */
		vr->used = q->in_order ? 0 : len;
		/* Read it once, as the device may change it. */
		status = READ_ONCE(vr->status);
		vr->err = virtcrypto_dataq_error(vr, status);
		/*
		 * Without a status the device may still use the buffers.  The
		 * request stays in the ring until the device has been reset.
		 */
		if (unlikely(status == VIRTCRYPTO_STATUS_UNWRITTEN)) {
			q->failed = true;
			continue;
		}
		oldest = list_first_entry(&q->inflight, struct virtcrypto_req,
					  node);
		if (vr != oldest && !oldest->overtaken) {
			oldest->overtaken = true;
			oldest->queued = jiffies;
		}
		list_move_tail(&vr->node, done);
		q->nr_inflight--;
		q->completed++;
		q->errors += !!vr->err;
		/* Requests that the fallback has done may be next. */
		while ((vr = list_first_entry_or_null(&q->inflight,
						      struct virtcrypto_req,
						      node)) && vr->settled)
			list_move_tail(&vr->node, done);
	}
	return budget;
}

/* Notify the device of requests submitted from completions. */
static void virtcrypto_dataq_flush(struct virtcrypto_dataq *q)
{
	struct virtqueue *kick = NULL;

	spin_lock_bh(&q->lock);
	if (q->running && q->unkicked)
		kick = virtcrypto_dataq_kick(q);
	spin_unlock_bh(&q->lock);
	if (kick)
		virtqueue_notify(kick);
}

/*
 * Have the device send an interrupt for the next answer, unless there is none
 * to come, or somebody polls.  Returns false if there is an answer already.
 */
static bool virtcrypto_dataq_listen(struct virtcrypto_dataq *q)
{
	lockdep_assert_held(&q->lock);

	return !q->nr_inflight || READ_ONCE(q->bh.polling) ||
	       virtqueue_enable_cb(q->vq);
}

/*
 * A request was sent to an idle device.  A fast one may have answered by now,
 * and has sent no interrupt.  If it was asleep, and that happens again and again,
 * it shares our CPU and cannot answer while we poll.
 */
static void virtcrypto_dataq_expect(struct virtcrypto_dataq *q, bool notified)
{
	bool answered = false, shared;

	spin_lock(&q->lock);
	if (q->vq)
		answered = !virtcrypto_dataq_listen(q);
	if (notified)
		q->prompt = answered ? q->prompt + 1 : 0;
	shared = q->prompt == VIRTCRYPTO_PROMPT;
	if (shared)
		q->prompt = 0;
	spin_unlock(&q->lock);
	if (answered) {
		if (shared)
			virtcrypto_bh_poll_not(&q->bh);
		virtcrypto_bh_schedule(&q->bh);
	} else {
		virtcrypto_bh_poll(&q->bh);
	}
}

static u64 virtcrypto_dataq_weight(const struct virtcrypto_req *vr)
{
	return vr->bytes + VIRTCRYPTO_SHARE_BYTES;
}

/*
 * The device has answered the requests of @done.  Returns the choice of one, and
 * in @took its share of the time since the device has last answered; or NULL if
 * that is not known.
 */
static struct virtcrypto_choice *
virtcrypto_dataq_measure(struct virtcrypto_dataq *q, struct list_head *done,
			 u64 *took)
{
	const struct virtcrypto_req *vr, *one = NULL;
	u64 since = q->since_ns, weight = 0;
	bool woke = q->woke;

	lockdep_assert_held(&q->lock);

	list_for_each_entry(vr, done, node) {
		if (vr->settled)
			continue;
		weight += virtcrypto_dataq_weight(vr);
		if (vr->choice && !vr->err)
			one = vr;
	}
	q->since_ns = one ? ktime_get_ns() : 0;
	q->woke = false;
	/*
	 * The first of many requests took longer, as the device had to wake up.
	 * It does not sleep again as long as others follow.
	 */
	if (!since || !one || (woke && q->nr_inflight))
		return NULL;
	*took = div64_u64((q->since_ns - since) * virtcrypto_dataq_weight(one),
			  weight);
	return one->choice;
}

/* One round of completions.  Returns true if another one is needed. */
static bool virtcrypto_dataq_round(struct virtcrypto_dataq *q)
{
	struct virtcrypto_req *vr, *next;
	struct virtcrypto_choice *choice = NULL;
	struct virtqueue *kick = NULL;
	unsigned int budget;
	bool more = false;
	u64 took = 0;
	LIST_HEAD(notify);
	LIST_HEAD(done);

	spin_lock_bh(&q->lock);
	if (!q->vq) {
		spin_unlock_bh(&q->lock);
		return false;
	}
	virtqueue_disable_cb(q->vq);
	budget = virtcrypto_dataq_harvest(q, VIRTCRYPTO_BUDGET, &done);
	if (budget < VIRTCRYPTO_BUDGET) {
		q->bh.found += VIRTCRYPTO_BUDGET - budget;
		q->progress = jiffies;
		virtcrypto_watch_heard(q->watch);
		choice = virtcrypto_dataq_measure(q, &done, &took);
	}
	if (q->running) {
		virtcrypto_dataq_refill(q, &notify, &done);
		if (q->unkicked)
			kick = virtcrypto_dataq_kick(q);
	}
	if (unlikely(q->failed || virtqueue_is_broken(q->vq)))
		virtcrypto_watch_now(q->watch);
	else
		more = !budget || !virtcrypto_dataq_listen(q);
	WRITE_ONCE(q->bh.busy, q->nr_inflight);
	spin_unlock_bh(&q->lock);

	if (kick)
		virtqueue_notify(kick);
	if (choice)
		virtcrypto_choice_device_took(choice, took);

	local_bh_disable();
	list_for_each_entry_safe(vr, next, &notify, notify_node) {
		list_del(&vr->notify_node);
		crypto_request_complete(vr->base, -EINPROGRESS);
	}
	list_for_each_entry_safe(vr, next, &done, node) {
		list_del(&vr->node);
		virtcrypto_req_finish(vr, vr->err);
	}
	local_bh_enable();
	if (READ_ONCE(q->unkicked))
		virtcrypto_dataq_flush(q);
	return more;
}

static void virtcrypto_dataq_poll(struct virtcrypto_bh *bh)
{
	struct virtcrypto_dataq *q = container_of(bh, struct virtcrypto_dataq, bh);

	if (virtcrypto_dataq_round(q))
		virtcrypto_bh_schedule(bh);
	else if (READ_ONCE(bh->busy))
		virtcrypto_bh_poll(bh);
}

/* May the device be given this request at all? */
static int virtcrypto_dataq_fits(struct virtcrypto_dataq *q,
				 struct virtcrypto_req *vr)
{
	u64 payload = vr->bytes + vr->keys_len + vr->op.iv_len +
		      sizeof(vr->status);

	if (vr->own_result)
		payload += vr->op.result_len;

	if (payload > q->setup.max_size || vr->op.src_len > q->max_src)
		return -EMSGSIZE;
	if (virtcrypto_dataq_descs(q, vr) > q->max_descs)
		return -E2BIG;
	if (vr->bad_length)
		return -EDOM;
	return 0;
}

/*
 * May a request wait for room?  Requests whose callers cannot be told to pause
 * have their own share of the backlog, so that other requests do not starve
 * them.
 */
static int virtcrypto_dataq_wait(struct virtcrypto_dataq *q,
				 struct virtcrypto_req *vr, bool accepted)
{
	unsigned int limit = READ_ONCE(virtcrypto_queue_limit);
	int err = -EINPROGRESS;

	lockdep_assert_held(&q->lock);

	if (accepted) {
		/* It was accepted before, so the limit does not apply. */
	} else if (!virtcrypto_req_may_wait(vr)) {
		if (q->nr_nowait >= limit) {
			q->refused++;
			return -ENOSPC;
		}
	} else if (q->nr_backlog - q->nr_nowait >= limit && !VC_LOSES_EBUSY) {
		err = -EBUSY;
		vr->busy = true;
	}
	virtcrypto_dataq_backlog_add(q, vr, false);
	q->backlogged++;
	return err;
}

/**
 * virtcrypto_dataq_submit() - send a request to the device, or let it wait
 * @vr: the request, with its queue and all but what the queue keeps for itself
 * @accepted: the caller has been told -EINPROGRESS, it cannot be refused for
 *	lack of room
 *
 * The crypto API's rules for asynchronous requests: -EINPROGRESS and -EBUSY
 * mean that the request was accepted and will be completed, after -EBUSY with
 * one -EINPROGRESS before.  Everything else means that it was not accepted,
 * and the session is still the caller's.
 *
 * Context: any but hard interrupts.
 * Return: -EINPROGRESS; -EBUSY if the backlog is long and the request may
 *	wait; -ENOSPC if it is long and the request may not wait; -ENODEV if
 *	the queue is stopped or broken; -EMSGSIZE, -E2BIG or -EDOM if the
 *	device does not take so many bytes, fragments, or such a length;
 *	-ENOMEM if the request cannot be mapped.
 */
int virtcrypto_dataq_submit(struct virtcrypto_req *vr, bool accepted)
{
	struct virtcrypto_dataq *q = vr->dataq;
	struct virtcrypto_watch *watch = q->watch;
	struct virtqueue *kick = NULL;
	bool idle = false;
	int err;

	/* Keeps the device, the virtqueue and the watchdog until the end. */
	rcu_read_lock();
	spin_lock_bh(&q->lock);
	/*
	 * The device may have been stopped and started since the session was
	 * looked up; its number may be that of another one by now.
	 */
	if (!q->running || vr->generation != q->setup.generation) {
		err = -ENODEV;
		goto unlock;
	}
	err = virtcrypto_dataq_fits(q, vr);
	if (err)
		goto unlock;
	idle = !q->nr_inflight;
	if (idle) {
		q->since_ns = vr->choice ? ktime_get_ns() : 0;
		q->woke = true;
	}
	err = list_empty(&q->backlog) ? virtcrypto_dataq_add(q, vr) : -ENOSPC;
	if (!err) {
		err = -EINPROGRESS;
		if (virtcrypto_dataq_want_kick(q))
			kick = virtcrypto_dataq_kick(q);
	} else if (err == -ENODEV) {
		virtcrypto_watch_now(watch);
	} else if (!idle || !list_empty(&q->backlog)) {
		err = virtcrypto_dataq_wait(q, vr, accepted);
	} else if (err == -ENOSPC) {
		/* An empty ring without room is broken. */
		err = -ENODEV;
	}
	WRITE_ONCE(q->bh.busy, q->nr_inflight);
unlock:
	spin_unlock(&q->lock);
	if (kick)
		virtqueue_notify(kick);
	/* The request and its session may be gone by now. */
	if (idle && err == -EINPROGRESS) {
		virtcrypto_watch_arm(watch);
		virtcrypto_dataq_expect(q, kick);
	}
	local_bh_enable();
	rcu_read_unlock();
	return err;
}

/**
 * virtcrypto_dataq_settle() - complete a request that the fallback has done, in
 * its turn
 * @vr: the request; its session is held, and goes with its completion
 * @err: what the fallback returned
 *
 * Requests that the queue already has are completed first, including those that
 * the softirq is completing at this moment.
 *
 * Context: any but hard interrupts.
 * Return: -EINPROGRESS if the request will be completed; otherwise @err: the
 *	queue is stopped and empty, and the session is still the caller's.
 */
int virtcrypto_dataq_settle(struct virtcrypto_req *vr, int err)
{
	struct virtcrypto_dataq *q = vr->dataq;

	spin_lock_bh(&q->lock);
	if (q->running || q->nr_inflight) {
		vr->settled = true;
		vr->outcome = err;
		err = -EINPROGRESS;
		if (q->nr_inflight && list_empty(&q->backlog)) {
			list_add_tail(&vr->node, &q->inflight);
		} else {
			list_add_tail(&vr->node, &q->backlog);
			/* With an empty ring no interrupt comes. */
			if (!q->nr_inflight)
				virtcrypto_bh_schedule(&q->bh);
		}
	}
	spin_unlock_bh(&q->lock);
	return err;
}

/**
 * virtcrypto_dataq_start() - give a queue its virtqueue
 * @q: the queue, stopped
 * @vq: its virtqueue
 * @setup: what it has to know of the device
 *
 * Context: process, under the device's lifecycle mutex.
 * Return: 0 or -ENOMEM.
 */
int virtcrypto_dataq_start(struct virtcrypto_dataq *q, struct virtqueue *vq,
			   const struct virtcrypto_dataq_setup *setup)
{
	unsigned int size = min_t(unsigned int, virtqueue_get_vring_size(vq),
				  VIRTCRYPTO_MAX_DESCS);
	struct scatterlist *sg;

	sg = kvmalloc_array(size, sizeof(*sg), GFP_KERNEL);
	if (!sg)
		return -ENOMEM;
	sg_init_table(sg, size);

	spin_lock_bh(&q->lock);
	q->setup = *setup;
	q->sg = sg;
	q->max_descs = size;
	q->max_src = UINT_MAX;
	q->max_inflight = UINT_MAX;
	q->split = virtcrypto_split_header;
	if (setup->vhost_user) {
		q->max_descs = min(size, VIRTCRYPTO_VHOST_USER_DESCS);
		q->max_src = VIRTCRYPTO_VHOST_USER_SRC;
		q->split = true;
	}
	q->indirect = virtio_has_feature(vq->vdev, VIRTIO_RING_F_INDIRECT_DESC);
	q->in_order = virtio_has_feature(vq->vdev, VIRTIO_F_IN_ORDER);
	q->had_len = false;
	q->failed = false;
	q->unkicked = 0;
	q->vq = vq;
	spin_unlock_bh(&q->lock);
	return 0;
}

/**
 * virtcrypto_dataq_resume() - let a queue accept requests
 * @q: the queue, started
 *
 * Context: process, under the device's lifecycle mutex.
 */
void virtcrypto_dataq_resume(struct virtcrypto_dataq *q)
{
	spin_lock_bh(&q->lock);
	q->running = q->vq;
	spin_unlock_bh(&q->lock);
}

/**
 * virtcrypto_dataq_pause() - let a queue accept no more requests
 * @q: the queue
 *
 * Requests that wait are completed with -ENODEV, for the fallback to do.
 * Requests in the ring go on.  The device is notified of them now, because
 * nobody does so later.
 *
 * Context: process, under the device's lifecycle mutex.
 */
void virtcrypto_dataq_pause(struct virtcrypto_dataq *q)
{
	struct virtqueue *kick = NULL;
	LIST_HEAD(waiting);

	spin_lock_bh(&q->lock);
	if (q->running && q->unkicked)
		kick = virtcrypto_dataq_kick(q);
	q->running = false;
	list_splice_init(&q->backlog, &waiting);
	q->nr_backlog = 0;
	q->nr_nowait = 0;
	spin_unlock_bh(&q->lock);

	if (kick)
		virtqueue_notify(kick);
	virtcrypto_req_finish_list(&waiting, -ENODEV);
}

/**
 * virtcrypto_dataq_drop() - take back everything, forget the virtqueue
 * @q: the queue, paused
 *
 * The device must have been reset and stay so; it no longer touches memory.
 * Answers that it gave before the reset still count, as far as the core shows
 * them.  Interrupts may still come and find nothing.
 *
 * Context: process, under the device's lifecycle mutex.
 */
void virtcrypto_dataq_drop(struct virtcrypto_dataq *q)
{
	struct scatterlist *sg;
	unsigned int rounds;
	LIST_HEAD(lost);

	if (!q->vq)
		return;

	/* A device adds no answers after its reset; if one does, this ends. */
	virtcrypto_bh_kill(&q->bh);
	rounds = q->nr_inflight / VIRTCRYPTO_BUDGET + 1;
	while (virtcrypto_dataq_round(q) && rounds--)
		;

	spin_lock_bh(&q->lock);
	while (virtqueue_detach_unused_buf(q->vq))
		;
	list_splice_init(&q->inflight, &lost);
	q->nr_inflight = 0;
	q->unkicked = 0;
	q->vq = NULL;
	sg = q->sg;
	q->sg = NULL;
	spin_unlock_bh(&q->lock);

	kvfree(sg);
	virtcrypto_req_finish_list(&lost, -ENODEV);
}

/**
 * virtcrypto_dataq_idle() - is nothing in the ring?
 * @q: the queue
 *
 * Context: any but hard interrupts.
 * Return: true if the device has nothing to do.
 */
bool virtcrypto_dataq_idle(struct virtcrypto_dataq *q)
{
	bool idle;

	spin_lock_bh(&q->lock);
	idle = !q->nr_inflight;
	spin_unlock_bh(&q->lock);
	return idle;
}

/**
 * virtcrypto_dataq_forgive() - do not count a time against the device
 * @q: the queue
 * @gap: jiffies in which it could not work
 *
 * Context: any but hard interrupts.
 */
void virtcrypto_dataq_forgive(struct virtcrypto_dataq *q, unsigned long gap)
{
	struct virtcrypto_req *vr;

	spin_lock_bh(&q->lock);
	q->progress = jiffies;
	list_for_each_entry(vr, &q->inflight, node)
		vr->queued += gap;
	spin_unlock_bh(&q->lock);
}

/* Has no answer come for @limit, or none for the oldest request? */
static bool virtcrypto_dataq_late(struct virtcrypto_dataq *q,
				  unsigned long limit)
{
	const struct virtcrypto_req *oldest;

	lockdep_assert_held(&q->lock);

	oldest = list_first_entry_or_null(&q->inflight, struct virtcrypto_req,
					  node);
	if (!oldest)
		return false;
	return time_after(jiffies, q->progress + limit) ||
	       (oldest->overtaken && time_after(jiffies, oldest->queued + limit));
}

/**
 * virtcrypto_dataq_check() - has the device stopped answering?
 * @q: the queue
 * @busy: set to true if something is in the ring
 * @overdue: set to true if the device has been silent for a while
 *
 * A device may be slow as long as it makes progress.  The queue has failed if
 * no answer came for the whole timeout, if a request was overtaken by others
 * and not answered for as long, or if a request came back without a status.
 *
 * Context: any but hard interrupts.
 * Return: true if the queue is broken or stalled.
 */
bool virtcrypto_dataq_check(struct virtcrypto_dataq *q, bool *busy,
			    bool *overdue)
{
	bool failed = false;

	spin_lock_bh(&q->lock);
	if (!q->vq)
		goto unlock;
	failed = q->failed || virtqueue_is_broken(q->vq);
	if (q->nr_inflight) {
		*busy = true;
		/*
		 * An interrupt may have been lost; that is no reason to fail.
		 */
		virtcrypto_bh_schedule(&q->bh);
		*overdue |= virtcrypto_dataq_late(q, VIRTCRYPTO_WATCH_OVERDUE);
		failed |= virtcrypto_dataq_late(q, virtcrypto_watch_timeout());
	}
unlock:
	spin_unlock_bh(&q->lock);
	return failed;
}

/**
 * virtcrypto_dataq_init() - make the object of a data queue
 * @q: the queue
 * @nr: its number
 * @watch: the device's watchdog
 */
void virtcrypto_dataq_init(struct virtcrypto_dataq *q, unsigned int nr,
			   struct virtcrypto_watch *watch)
{
	spin_lock_init(&q->lock);
	INIT_LIST_HEAD(&q->inflight);
	INIT_LIST_HEAD(&q->backlog);
	virtcrypto_bh_init(&q->bh, virtcrypto_dataq_poll);
	q->watch = watch;
	snprintf(q->name, sizeof(q->name), "dataq.%u", nr);
}
