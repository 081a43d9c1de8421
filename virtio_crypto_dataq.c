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

/* What DPDK's vhost-crypto takes; it never answers a request that is larger. */
#define VIRTCRYPTO_VHOST_USER_SRC	2176
#define VIRTCRYPTO_VHOST_USER_DESCS	32U

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
	vr->settled = false;
	vr->overtaken = false;
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

/* How much of an entry belongs to a part, of which @left bytes are to come. */
static unsigned int virtcrypto_part_span(const struct scatterlist *sg,
					 unsigned int *skip, unsigned int *left,
					 phys_addr_t *at)
{
	unsigned int len = min(*left, sg->length - *skip);

	*at = sg_phys((struct scatterlist *)sg) + *skip;
	*left -= len;
	*skip = 0;
	return len;
}

/* Does any memory belong to both of two parts? */
static bool virtcrypto_parts_overlap(const struct virtcrypto_part *a,
				     const struct virtcrypto_part *b)
{
	unsigned int skip_a = a->skip, left_a = a->len;
	struct scatterlist *sa, *sb;
	phys_addr_t at_a, at_b;

	for (sa = a->sg; left_a; sa = sg_next(sa)) {
		unsigned int len_a = virtcrypto_part_span(sa, &skip_a, &left_a,
							  &at_a);
		unsigned int skip_b = b->skip, left_b = b->len;

		for (sb = b->sg; left_b; sb = sg_next(sb)) {
			unsigned int len_b = virtcrypto_part_span(sb, &skip_b,
								  &left_b,
								  &at_b);

			if (at_a < at_b + len_b && at_b < at_a + len_a)
				return true;
		}
	}
	return false;
}

/**
 * virtcrypto_req_spoiled() - may a device have overwritten a request's input?
 * @vr: the request, described and completed
 *
 * What the device writes is compared with what it reads.  Whether it has written
 * anything is not known: the device's word on that is not believed.
 *
 * Context: any.
 * Return: true if the request cannot be done again from its input.
 */
bool virtcrypto_req_spoiled(const struct virtcrypto_req *vr)
{
	unsigned int s, d;

	if (!vr->dirty)
		return false;
	for (s = 0; s < vr->nr_src; s++) {
		for (d = 0; d < vr->nr_dst; d++) {
			/* The common case of a request in place. */
			if (vr->src[s].sg == vr->dst[d].sg &&
			    vr->src[s].skip == vr->dst[d].skip)
				return true;
			if (virtcrypto_parts_overlap(&vr->src[s], &vr->dst[d]))
				return true;
		}
	}
	return false;
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
static bool virtcrypto_req_splits(const struct virtcrypto_dataq *q,
				  const struct virtcrypto_req *vr)
{
	return vr->op.iv_len && (vr->sess->keys_len || q->split);
}

static unsigned int virtcrypto_req_descs(const struct virtcrypto_dataq *q,
					 const struct virtcrypto_req *vr)
{
	return 1 + !!vr->sess->keys_len + virtcrypto_req_splits(q, vr) +
	       vr->nents + vr->own_result + 1;
}

/*
 * Put a request on the ring.  -ENOSPC: there is no room now; -ENOMEM: it cannot
 * be mapped now.  Each completion may change either.  -ENODEV: the queue is
 * broken.
 */
static int virtcrypto_dataq_add(struct virtcrypto_dataq *q,
				struct virtcrypto_req *vr)
{
	unsigned int descs = virtcrypto_req_descs(q, vr);
	bool splits = virtcrypto_req_splits(q, vr);
	struct scatterlist *sgs[2];
	struct scatterlist *sg = q->sg;
	int err;

	lockdep_assert_held(&q->lock);

	/*
	 * virtqueue_add_sgs() notifies the device when it finds the ring full,
	 * which costs an exit to the hypervisor under the lock: do not ask.
	 */
	if (q->vq->num_free < (q->indirect ? 1 : descs) ||
	    q->nr_inflight >= q->max_inflight)
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
	/* A packed ring says the same of a broken queue and a failed mapping. */
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
 * hypervisor, so that a busy device gets several requests with one.  But a
 * device may work on several requests at a time, and must not wait for work that
 * is there.  So at most half of what it could have is held back, and no more
 * than the parameter allows.
 */
static bool virtcrypto_dataq_want_kick(struct virtcrypto_dataq *q)
{
	lockdep_assert_held(&q->lock);

	return q->unkicked &&
	       q->unkicked >= min(q->nr_inflight - q->unkicked,
				  READ_ONCE(virtcrypto_notify_batch));
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
static int virtcrypto_req_error(const struct virtcrypto_req *vr, u8 status)
{
	switch (status) {
	case VIRTCRYPTO_STATUS_OK:
		return 0;
	case VIRTCRYPTO_STATUS_BADMSG:
		/* The input may have been forged: this is no fault. */
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

/* Do not use a session any more in which the device has failed at a request. */
static void virtcrypto_req_blame(const struct virtcrypto_req *vr, int err)
{
	if (err && err != -EBADMSG && err != -EKEYREJECTED)
		virtcrypto_session_bad(vr->sess, err == -ENOKEY);
}

/**
 * virtcrypto_req_resume() - let a caller go on that was told -EBUSY
 * @vr: the request, in no list
 *
 * Context: any but hard interrupts, no lock held.
 */
void virtcrypto_req_resume(struct virtcrypto_req *vr)
{
	if (!vr->busy)
		return;
	vr->busy = false;
	local_bh_disable();
	crypto_request_complete(vr->base, -EINPROGRESS);
	local_bh_enable();
}

/**
 * virtcrypto_req_finish() - complete an accepted request
 * @vr: the request, in no list
 * @err: 0 or an error
 *
 * Lets go of the session and calls the algorithm, or the caller if software has
 * done the request already.
 *
 * Context: any but hard interrupts, no lock held.
 */
void virtcrypto_req_finish(struct virtcrypto_req *vr, int err)
{
	struct virtcrypto_session *sess = vr->sess;

	local_bh_disable();
	virtcrypto_req_resume(vr);
	vr->sess = NULL;
	if (vr->settled)
		crypto_request_complete(vr->base, vr->outcome);
	else
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

static void virtcrypto_backlog_add(struct virtcrypto_dataq *q,
				   struct virtcrypto_req *vr)
{
	list_add_tail(&vr->node, &q->backlog);
	q->nr_backlog++;
	q->nr_nowait += !virtcrypto_req_may_wait(vr);
}

static void virtcrypto_backlog_del(struct virtcrypto_dataq *q,
				   struct virtcrypto_req *vr)
{
	list_del(&vr->node);
	q->nr_backlog--;
	q->nr_nowait -= !virtcrypto_req_may_wait(vr);
}

/*
 * Move waiting requests to the ring.  Callers that were told -EBUSY are
 * gathered in @notify; requests whose turn has come without the device, in @done.
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
		virtcrypto_backlog_del(q, vr);
		err = virtcrypto_dataq_add(q, vr);
		if ((err == -ENOSPC || err == -ENOMEM) && q->nr_inflight) {
			list_add(&vr->node, &q->backlog);
			q->nr_backlog++;
			q->nr_nowait += !virtcrypto_req_may_wait(vr);
			break;
		}
		if (err) {
			vr->err = err;
			list_add_tail(&vr->node, done);
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

/*
 * DPDK's vhost-crypto writes an answer's place in the used ring by the number of
 * its descriptor.  That goes well with requests in ring order, as they are with
 * IN_ORDER, or with one at a time.  An answer of no length that follows one with
 * a length gives it away, and the trial sees it with the second request.
 */
static void virtcrypto_dataq_watch_used(struct virtcrypto_dataq *q,
					unsigned int len)
{
	if (!q->dev->vhost_user || q->in_order)
		return;
	if (len)
		q->had_len = true;
	else if (q->had_len)
		q->max_inflight = 1;
}

/*
 * Take what the device has given back, at most @budget requests.  Returns what
 * is left of the budget.
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
		virtcrypto_dataq_watch_used(q, len);
		/* With IN_ORDER the core makes up the length of most. */
		vr->used = q->in_order ? 0 : len;
		/* Once: the device may change it. */
		status = READ_ONCE(vr->status);
		vr->err = virtcrypto_req_error(vr, status);
		/*
		 * Without a status the device may not be done with the buffers:
		 * they stay where they are until it has been reset.
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
		/* What software has done meanwhile may be next. */
		while ((vr = list_first_entry_or_null(&q->inflight,
						      struct virtcrypto_req,
						      node)) && vr->settled)
			list_move_tail(&vr->node, done);
	}
	return budget;
}

/* Announce what the callers of completed requests have submitted meanwhile. */
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

/* One round of completions.  Returns true if another is due. */
static bool virtcrypto_dataq_round(struct virtcrypto_dataq *q)
{
	struct virtcrypto_req *vr, *next;
	struct virtqueue *kick = NULL;
	unsigned int budget;
	bool more = false;
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
		q->progress = jiffies;
		virtcrypto_device_heard(q->dev);
	}
	if (q->running) {
		virtcrypto_dataq_refill(q, &notify, &done);
		if (q->unkicked)
			kick = virtcrypto_dataq_kick(q);
	}
	if (unlikely(q->failed || virtqueue_is_broken(q->vq)))
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
		list_del(&vr->node);
		if (!vr->settled && vr->dirty)
			virtcrypto_req_blame(vr, vr->err);
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

	if (payload > dev->caps.max_size || vr->op.src_len > q->max_src)
		return -EMSGSIZE;
	if (virtcrypto_req_descs(q, vr) > q->max_descs)
		return -E2BIG;
	if (vr->tail && !test_bit(vr->sess->row, dev->tails))
		return -EDOM;
	return 0;
}

/*
 * May a request wait for room?  Those whose callers cannot be told to pause have
 * a share of the backlog of their own, so that the others do not starve them.
 */
static int virtcrypto_dataq_wait(struct virtcrypto_dataq *q,
				 struct virtcrypto_req *vr, bool accepted)
{
	unsigned int limit = READ_ONCE(virtcrypto_queue_limit);
	int err = -EINPROGRESS;

	lockdep_assert_held(&q->lock);

	if (accepted) {
		/* It has its place whatever the limit is. */
	} else if (!virtcrypto_req_may_wait(vr)) {
		if (q->nr_nowait >= limit) {
			q->refused++;
			return -ENOSPC;
		}
	} else if (q->nr_backlog - q->nr_nowait >= limit && !VC_LOSES_EBUSY) {
		err = -EBUSY;
		vr->busy = true;
	}
	virtcrypto_backlog_add(q, vr);
	q->backlogged++;
	return err;
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
	} else if (err == -ENODEV) {
		virtcrypto_watch_now(dev);
	} else if (!idle || !list_empty(&q->backlog)) {
		err = virtcrypto_dataq_wait(q, vr, accepted);
	} else if (err == -ENOSPC) {
		/* The ring is empty, and yet there is no room: it is broken. */
		err = -ENODEV;
	}
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
 * virtcrypto_dataq_settle() - complete a request of software's in its turn
 * @vr: the request; its session is held, and goes with its completion
 * @err: what software said
 *
 * Requests that are under way in the queue come first, also those that the softirq
 * is just completing.
 *
 * Context: any but hard interrupts.
 * Return: -EINPROGRESS if the request will be completed; otherwise @err: the queue
 *	is stopped and empty, and the session is still the caller's.
 */
int virtcrypto_dataq_settle(struct virtcrypto_req *vr, int err)
{
	struct virtcrypto_dataq *q =
		vr->dataq ?: virtcrypto_this_dataq(vr->sess->dev);

	spin_lock_bh(&q->lock);
	if (q->running || q->nr_inflight) {
		vr->settled = true;
		vr->outcome = err;
		err = -EINPROGRESS;
		if (q->nr_inflight && list_empty(&q->backlog)) {
			list_add_tail(&vr->node, &q->inflight);
		} else {
			list_add_tail(&vr->node, &q->backlog);
			/* With nothing in the ring no interrupt comes. */
			if (!q->nr_inflight)
				virtcrypto_bh_schedule(&q->bh);
		}
	}
	spin_unlock_bh(&q->lock);
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
	q->max_src = UINT_MAX;
	q->max_inflight = UINT_MAX;
	q->split = virtcrypto_split_header;
	if (q->dev->vhost_user) {
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
	q->nr_nowait = 0;
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

/* Has nothing come back for so long, or been left behind by others? */
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
 * A device that is slow but moves is given time.  The queue has failed when
 * nothing came back for the whole timeout, when a request was left behind for as
 * long while later ones were answered, or when one came back without a status.
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
		/* A lost interrupt must not cost the device. */
		virtcrypto_bh_schedule(&q->bh);
		*overdue |= virtcrypto_dataq_late(q, VIRTCRYPTO_OVERDUE);
		failed |= virtcrypto_dataq_late(q, virtcrypto_timeout_jiffies());
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
