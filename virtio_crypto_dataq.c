// SPDX-License-Identifier: GPL-2.0
/*
 * Data queues: submit, backlog, notify, complete.
 *
 * A queue knows requests and no algorithms.  A request that is accepted is in
 * exactly one place until it is completed: in the ring, where the queue's
 * inflight list has it too, or in the backlog, which is not empty only while
 * something is in the ring, so that a completion is sure to move it on.  It is
 * completed exactly once, by one of
 *
 *   virtcrypto_dataq_round()  the device answered, or the ring took nothing more
 *   virtcrypto_dataq_pause()  the backlog, when the queue stops accepting
 *   virtcrypto_dataq_drop()   all that is left, after the device was reset
 *
 * virtcrypto_dataq.lock guards all of it.  Callbacks are made without it.
 *
 * Nothing is allocated here after virtcrypto_dataq_start(): requests live in
 * the callers' memory, and the list that virtqueue_add_sgs() wants for the
 * time of the call is the queue's own.
 */
#include <linux/scatterlist.h>
#include <linux/smp.h>
#include <linux/virtio_ring.h>

#include "virtio_crypto_common.h"

/*
 * Descriptors of one request, at most.  QEMU takes no more in one chain, and
 * what has more fragments is better off in software.
 */
#define VIRTCRYPTO_MAX_DESCS	1024

/* Completions handled in one go before other softirqs get a turn. */
#define VIRTCRYPTO_BUDGET	64

/* The entry in which a list's byte number @skip is; @skip becomes its place there. */
static struct scatterlist *virtcrypto_sg_skip(struct scatterlist *sg,
					      unsigned int *skip)
{
	while (sg && *skip >= sg->length) {
		*skip -= sg->length;
		sg = sg_next(sg);
	}
	return sg;
}

/*
 * Enter a part of a list, and how many entries hold data of it.  Entries of
 * length zero do not count: a device may refuse them.
 */
static int virtcrypto_req_part(struct virtcrypto_req *vr,
			       struct virtcrypto_part *parts, u8 *nr,
			       struct scatterlist *sg, unsigned int skip,
			       unsigned int len)
{
	struct virtcrypto_part *part = &parts[*nr];
	unsigned int n = 0, left = len;

	if (!len)
		return 0;
	if (WARN_ON_ONCE(*nr >= VIRTCRYPTO_MAX_PARTS))
		return -EINVAL;

	sg = virtcrypto_sg_skip(sg, &skip);
	part->sg = sg;
	part->skip = skip;
	part->len = len;
	for (; left && sg; sg = sg_next(sg)) {
		if (sg->length == skip)
			continue;
		left -= min(left, sg->length - skip);
		skip = 0;
		n++;
	}
	if (left)
		return -EINVAL;
	vr->nents += n;
	vr->bytes += len;
	(*nr)++;
	return 0;
}

/**
 * virtcrypto_req_init() - begin to describe a request
 * @vr: the request
 * @key: the transform's key, as it is now; NULL if software never does it anew
 * @done: its completion
 *
 * The caller fills in @vr->op, the iv if there is one, and adds the parts of
 * source and destination.
 *
 * Context: any.
 */
void virtcrypto_req_init(struct virtcrypto_req *vr, struct virtcrypto_key *key,
			 void (*done)(struct virtcrypto_req *vr, int err))
{
	vr->done = done;
	vr->key = key;
	vr->key_seq = key ? READ_ONCE(key->seq) : 0;
	vr->sess = NULL;
	vr->dataq = NULL;
	memset(&vr->op, 0, sizeof(vr->op));
	vr->nr_src = 0;
	vr->nr_dst = 0;
	vr->nents = 0;
	vr->bytes = 0;
	vr->tail = false;
	vr->own_result = false;
	vr->verifies = false;
	vr->busy = false;
	vr->dirty = false;
}

/**
 * virtcrypto_req_src() - have a device read part of a list
 * @vr: the request
 * @sg: the list
 * @skip: bytes of it that come before
 * @len: bytes; with none nothing is added
 *
 * Context: any.
 * Return: 0, or -EINVAL if the list is too short.
 */
int virtcrypto_req_src(struct virtcrypto_req *vr, struct scatterlist *sg,
		       unsigned int skip, unsigned int len)
{
	return virtcrypto_req_part(vr, vr->src, &vr->nr_src, sg, skip, len);
}

/**
 * virtcrypto_req_dst() - have a device write part of a list
 * @vr: the request
 * @sg: the list
 * @skip: bytes of it that come before
 * @len: bytes; with none nothing is added
 *
 * Context: any.
 * Return: 0, or -EINVAL if the list is too short.
 */
int virtcrypto_req_dst(struct virtcrypto_req *vr, struct scatterlist *sg,
		       unsigned int skip, unsigned int len)
{
	return virtcrypto_req_part(vr, vr->dst, &vr->nr_dst, sg, skip, len);
}

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
 * Copy parts of callers' lists, cut where they end: the device sees what the
 * request covers and nothing of what lies beside it.
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

/* Does the iv have an element of its own, behind keys or for the device's sake? */
static bool virtcrypto_req_splits(const struct virtcrypto_req *vr)
{
	return vr->op.iv_len && (vr->sess->keys_len || virtcrypto_split_header);
}

static unsigned int virtcrypto_req_descs(const struct virtcrypto_req *vr)
{
	return 1 + !!vr->sess->keys_len + virtcrypto_req_splits(vr) +
	       vr->nents + vr->own_result + 1;
}

/* Put a request on the ring.  -ENOSPC: no room, later there will be. */
static int virtcrypto_dataq_add(struct virtcrypto_dataq *q,
				struct virtcrypto_req *vr)
{
	unsigned int descs = virtcrypto_req_descs(vr);
	bool splits = virtcrypto_req_splits(vr);
	struct scatterlist *sgs[2];
	struct scatterlist *sg = q->sg;
	int err;

	lockdep_assert_held(&q->lock);

	/*
	 * virtqueue_add_sgs() notifies the device when it finds the ring full,
	 * which costs an exit to the hypervisor under the lock: do not ask.
	 */
	if (q->vq->num_free < (q->indirect ? 1 : descs))
		return -ENOSPC;

	sgs[0] = sg;
	sg = virtcrypto_sg_put_buf(sg, vr->header_iv,
				   splits ? vr->fixed : vr->fixed + vr->op.iv_len);
	if (vr->sess->keys_len)
		sg = virtcrypto_sg_put_buf(sg, vr->sess->out,
					   vr->sess->keys_len);
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
	 * Only a table of indirect descriptors would be allocated; without one
	 * the core uses the ring itself.
	 */
	err = virtqueue_add_sgs(q->vq, sgs, 1, 1, vr,
				GFP_NOWAIT | __GFP_NOWARN);
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
 * Does the device have to be told now?  It must be when it has nothing to do.
 * While it is busy a completion is certain to come, and what has gathered by
 * then is announced from there.
 */
static bool virtcrypto_dataq_want_kick(struct virtcrypto_dataq *q)
{
	lockdep_assert_held(&q->lock);

	return q->unkicked && (q->unkicked == q->nr_inflight ||
			       q->unkicked >= READ_ONCE(virtcrypto_notify_batch));
}

/*
 * Announce what has gathered.  Returns the virtqueue if the device has to be
 * notified, which is done without the lock, and from there no longer through
 * @q: whoever stops the queue waits for that by a grace period.
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

/* What the status byte says, as an error for the algorithm. */
static int virtcrypto_req_error(struct virtcrypto_req *vr)
{
	switch (READ_ONCE(vr->status)) {
	case VIRTCRYPTO_STATUS_OK:
		return 0;
	case VIRTCRYPTO_STATUS_BADMSG:
		/* What came in may have been forged: the session is well. */
		if (vr->verifies)
			return -EBADMSG;
		break;
	case VIRTCRYPTO_STATUS_KEY_REJECTED:
		if (vr->verifies)
			return -EKEYREJECTED;
		break;
	case VIRTCRYPTO_STATUS_NOTSUPP:
		/* The device refused to start, the output is as it was. */
		vr->dirty = false;
		virtcrypto_session_bad(vr->sess, false);
		return -EOPNOTSUPP;
	case VIRTCRYPTO_STATUS_INVSESS:
		vr->dirty = false;
		virtcrypto_session_bad(vr->sess, true);
		return -ENOKEY;
	}
	virtcrypto_session_bad(vr->sess, false);
	return -EIO;
}

/**
 * virtcrypto_req_finish() - complete an accepted request
 * @vr: the request, in no list
 * @err: 0 or an error
 *
 * Lets go of the session and calls the algorithm.
 *
 * Context: any but hard interrupts, no lock held.
 */
void virtcrypto_req_finish(struct virtcrypto_req *vr, int err)
{
	struct virtcrypto_session *sess = vr->sess;

	local_bh_disable();
	if (vr->busy) {
		vr->busy = false;
		crypto_request_complete(vr->base, -EINPROGRESS);
	}
	vr->sess = NULL;
	vr->done(vr, err);
	if (sess)
		virtcrypto_session_put_user(sess);
	local_bh_enable();
}

static void virtcrypto_finish_list(struct list_head *list, int err)
{
	struct virtcrypto_req *vr, *next;

	list_for_each_entry_safe(vr, next, list, node) {
		list_del(&vr->node);
		virtcrypto_req_finish(vr, err);
	}
}

/*
 * Move waiting requests to the ring.  Callers that were told -EBUSY are
 * gathered in @notify; those that the ring refuses for good, in @failed.
 */
static void virtcrypto_dataq_refill(struct virtcrypto_dataq *q,
				    struct list_head *notify,
				    struct list_head *failed)
{
	struct virtcrypto_req *vr;
	int err;

	lockdep_assert_held(&q->lock);

	while ((vr = list_first_entry_or_null(&q->backlog,
					      struct virtcrypto_req, node))) {
		list_del(&vr->node);
		err = virtcrypto_dataq_add(q, vr);
		if ((err == -ENOSPC || err == -ENOMEM) && q->nr_inflight) {
			/* Each completion makes room, in the ring or to map. */
			list_add(&vr->node, &q->backlog);
			break;
		}
		q->nr_backlog--;
		if (err) {
			list_add_tail(&vr->node, failed);
		} else if (vr->busy) {
			/*
			 * Only this softirq and the end of the queue complete
			 * what is in the ring, so that the request outlives
			 * its time in the list.
			 */
			vr->busy = false;
			list_add_tail(&vr->notify_node, notify);
		}
	}
}

/* One round of completions.  Returns true if another is due. */
static bool virtcrypto_dataq_round(struct virtcrypto_dataq *q)
{
	unsigned int budget = VIRTCRYPTO_BUDGET;
	struct virtcrypto_req *vr, *next;
	struct virtqueue *kick = NULL;
	bool more = false, broken;
	LIST_HEAD(notify);
	LIST_HEAD(failed);
	LIST_HEAD(done);
	unsigned int len;

	spin_lock_bh(&q->lock);
	if (!q->vq) {
		spin_unlock_bh(&q->lock);
		return false;
	}
	virtqueue_disable_cb(q->vq);
	while (budget && (vr = virtqueue_get_buf(q->vq, &len))) {
		/*
		 * The status byte has its own buffer and says whether it was
		 * written; the length is for results that may be shorter.  With
		 * IN_ORDER the core makes up the length of most.
		 */
		vr->used = virtio_has_feature(q->vq->vdev, VIRTIO_F_IN_ORDER) ?
			   0 : len;
		list_move_tail(&vr->node, &done);
		q->nr_inflight--;
		q->completed++;
		budget--;
	}
	if (!list_empty(&done))
		q->progress = jiffies;
	if (q->running) {
		virtcrypto_dataq_refill(q, &notify, &failed);
		if (q->unkicked)
			kick = virtcrypto_dataq_kick(q);
	}
	broken = virtqueue_is_broken(q->vq);
	if (unlikely(broken))
		virtcrypto_watch_now(q->dev);
	else
		more = !budget || !virtqueue_enable_cb(q->vq);
	spin_unlock_bh(&q->lock);

	if (kick)
		virtqueue_notify(kick);

	local_bh_disable();
	list_for_each_entry_safe(vr, next, &notify, notify_node) {
		list_del(&vr->notify_node);
		crypto_request_complete(vr->base, -EINPROGRESS);
	}
	list_for_each_entry_safe(vr, next, &done, node) {
		int err = virtcrypto_req_error(vr);

		if (err)
			q->errors++;
		list_del(&vr->node);
		virtcrypto_req_finish(vr, err);
	}
	virtcrypto_finish_list(&failed, broken ? -ENODEV : -ENOMEM);
	local_bh_enable();
	return more;
}

static void virtcrypto_dataq_poll(struct virtcrypto_bh *bh)
{
	struct virtcrypto_dataq *q = container_of(bh, struct virtcrypto_dataq, bh);

	if (virtcrypto_dataq_round(q))
		virtcrypto_bh_schedule(bh);
}

/**
 * virtcrypto_dataq_callback() - interrupt of a data queue
 * @vq: its virtqueue
 *
 * Context: hard interrupt.
 */
void virtcrypto_dataq_callback(struct virtqueue *vq)
{
	struct virtcrypto_device *dev = vq->vdev->priv;

	/* The data queues come first, so that a virtqueue's number is theirs. */
	virtqueue_disable_cb(vq);
	virtcrypto_bh_schedule(&dev->dataqs[vq->index].bh);
}

/* May the device be given this request at all? */
static int virtcrypto_dataq_fits(struct virtcrypto_dataq *q,
				 struct virtcrypto_req *vr)
{
	struct virtcrypto_device *dev = q->dev;
	u64 payload = vr->bytes + vr->sess->keys_len + vr->op.iv_len +
		      sizeof(vr->status);

	if (vr->own_result)
		payload += vr->op.result_len;

	if (payload > dev->caps.max_size)
		return -EMSGSIZE;
	if (virtcrypto_req_descs(vr) > q->max_descs)
		return -E2BIG;
	if (vr->tail && !test_bit(vr->sess->row, dev->tails))
		return -EDOM;
	return 0;
}

/**
 * virtcrypto_dataq_submit() - send a request to the device, or let it wait
 * @vr: the request, with all but what the queue keeps for itself filled in
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
	struct virtcrypto_device *dev = vr->sess->dev;
	struct virtcrypto_dataq *q = vr->dataq ?: virtcrypto_this_dataq(dev);
	struct virtqueue *kick = NULL;
	bool idle = false;
	int err;

	/* Device, virtqueue and watchdog live on until all below is done. */
	rcu_read_lock();
	spin_lock_bh(&q->lock);
	/*
	 * The device may have been stopped and started since the session was
	 * looked up; its number may be that of another one by now.
	 */
	if (!q->running || vr->sess->generation != READ_ONCE(dev->generation)) {
		err = -ENODEV;
		goto unlock;
	}
	err = virtcrypto_dataq_fits(q, vr);
	if (err)
		goto unlock;
	idle = !q->nr_inflight;
	err = list_empty(&q->backlog) ? virtcrypto_dataq_add(q, vr) : -ENOSPC;
	if (!err) {
		err = -EINPROGRESS;
		if (virtcrypto_dataq_want_kick(q))
			kick = virtcrypto_dataq_kick(q);
		goto unlock;
	}
	if (err != -ENOSPC || idle) {
		if (err == -EIO)
			virtcrypto_watch_now(dev);
		err = err == -ENOMEM ? -ENOMEM : -ENODEV;
		goto unlock;
	}

	if (accepted || q->nr_backlog < READ_ONCE(virtcrypto_queue_limit)) {
		err = -EINPROGRESS;
	} else if (vr->base->flags & CRYPTO_TFM_REQ_MAY_BACKLOG) {
		err = -EBUSY;
		vr->busy = true;
	} else {
		q->refused++;
		goto unlock;
	}
	list_add_tail(&vr->node, &q->backlog);
	q->nr_backlog++;
	q->backlogged++;
unlock:
	spin_unlock_bh(&q->lock);
	if (kick)
		virtqueue_notify(kick);
	/* Request and session may be gone by now, the device is not yet. */
	if (idle && err == -EINPROGRESS)
		virtcrypto_watch(dev);
	rcu_read_unlock();
	return err;
}

/**
 * virtcrypto_dataq_start() - let a queue accept requests
 * @q: the queue, stopped
 * @vq: its virtqueue
 *
 * Context: process, under the device's lifecycle mutex.
 * Return: 0 or -ENOMEM.
 */
int virtcrypto_dataq_start(struct virtcrypto_dataq *q, struct virtqueue *vq)
{
	unsigned int size = min_t(unsigned int, virtqueue_get_vring_size(vq),
				  VIRTCRYPTO_MAX_DESCS);
	struct scatterlist *sg;

	sg = kvmalloc_array(size, sizeof(*sg), GFP_KERNEL);
	if (!sg)
		return -ENOMEM;
	sg_init_table(sg, size);

	spin_lock_bh(&q->lock);
	q->sg = sg;
	q->max_descs = size;
	q->indirect = virtio_has_feature(vq->vdev, VIRTIO_RING_F_INDIRECT_DESC);
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
 * What waits is handed back, for software to do.  What is in the ring goes on;
 * the device is told of it now, as nobody will do so later.
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
	spin_unlock_bh(&q->lock);

	if (kick)
		virtqueue_notify(kick);
	virtcrypto_finish_list(&waiting, -ENODEV);
}

/**
 * virtcrypto_dataq_drop() - take back everything, forget the virtqueue
 * @q: the queue, paused
 *
 * The device must have been reset, and stays so: it no longer touches memory.
 * Answers that it gave before are honoured, as far as the core lets us see them.
 * Interrupts may still come, and find nothing.
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

	/* A device that was reset adds nothing, one that does is not followed. */
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
	virtcrypto_finish_list(&lost, -ENODEV);
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

/**
 * virtcrypto_dataq_check() - has the device stopped answering?
 * @q: the queue
 * @busy: set to true if something is in the ring
 *
 * A device that is slow but moves is given time: the queue has failed when
 * nothing came back for the whole timeout, or when one request was left behind
 * for eight times as long.
 *
 * Context: any but hard interrupts.
 * Return: true if the queue is broken or stalled.
 */
bool virtcrypto_dataq_check(struct virtcrypto_dataq *q, bool *busy)
{
	unsigned long timeout = virtcrypto_timeout_jiffies();
	struct virtcrypto_req *oldest;
	bool failed = false;

	spin_lock_bh(&q->lock);
	if (!q->vq)
		goto unlock;
	if (virtqueue_is_broken(q->vq))
		failed = true;
	oldest = list_first_entry_or_null(&q->inflight, struct virtcrypto_req,
					  node);
	if (oldest) {
		*busy = true;
		/* A lost interrupt must not cost the device. */
		virtcrypto_bh_schedule(&q->bh);
		if (time_after(jiffies, q->progress + timeout) ||
		    time_after(jiffies, oldest->queued + 8 * timeout))
			failed = true;
	}
unlock:
	spin_unlock_bh(&q->lock);
	return failed;
}

/**
 * virtcrypto_dataqs_alloc() - make the objects of a device's data queues
 * @dev: the device, its configuration read
 *
 * Return: 0 or -ENOMEM.
 */
int virtcrypto_dataqs_alloc(struct virtcrypto_device *dev)
{
	unsigned int i;

	dev->dataqs = kvcalloc(dev->caps.nr_dataqs, sizeof(*dev->dataqs),
			       GFP_KERNEL);
	dev->cpu_to_dataq = kcalloc(nr_cpu_ids, sizeof(*dev->cpu_to_dataq),
				    GFP_KERNEL);
	if (!dev->dataqs || !dev->cpu_to_dataq)
		return -ENOMEM;

	for (i = 0; i < dev->caps.nr_dataqs; i++) {
		struct virtcrypto_dataq *q = &dev->dataqs[i];

		spin_lock_init(&q->lock);
		INIT_LIST_HEAD(&q->inflight);
		INIT_LIST_HEAD(&q->backlog);
		virtcrypto_bh_init(&q->bh, virtcrypto_dataq_poll);
		q->dev = dev;
		snprintf(q->name, sizeof(q->name), "dataq.%u", i);
	}
	return 0;
}

/**
 * virtcrypto_dataqs_free() - free what virtcrypto_dataqs_alloc() made
 * @dev: the device
 */
void virtcrypto_dataqs_free(struct virtcrypto_device *dev)
{
	kfree(dev->cpu_to_dataq);
	kvfree(dev->dataqs);
}

/**
 * virtcrypto_dataqs_map() - spread the CPUs over the queues that work
 * @dev: the device
 *
 * A queue beyond the number of CPUs is set up, because the control queue comes
 * after it, but never used.
 *
 * Context: any.
 */
void virtcrypto_dataqs_map(struct virtcrypto_device *dev)
{
	unsigned int cpu, q, next = 0, nr = dev->caps.nr_dataqs;

	for_each_possible_cpu(cpu) {
		for (q = 0; q < nr; q++)
			if (!dev->dataqs[(next + q) % nr].mute)
				break;
		next = (next + q) % nr;
		WRITE_ONCE(dev->cpu_to_dataq[cpu], next);
		next = (next + 1) % nr;
	}
}
