// SPDX-License-Identifier: GPL-2.0
// Copyright (C) 2026 The virtio_crypto authors
/*
 * Sessions at a device.
 *
 * virtcrypto_session.lock guards a session's state and its parked requests,
 * virtcrypto_session_table.lock the device's list of sessions.
 */

/**
 * DOC: Sessions
 *
 * A session is made by a message whose answer nobody waits for.  Requests that
 * come before the answer are parked on the session, and sent in their order
 * when it is there.  So a request can use a session from any context.  If there
 * will be no session, parked requests are given back in bounded time.
 *
 * States, changed under virtcrypto_session.lock::
 *
 *   CREATING    the device was asked; requests are parked
 *   READY       usable
 *   LATE        the answer is overdue and nobody waits for it any more; if the
 *               session is created after all, it is destroyed at once
 *   DESTROYING  the device was told to destroy it
 *   ENDED       refused, lost or of an old generation of the device
 *
 *   CREATING -> READY, LATE, DESTROYING, ENDED
 *   LATE -> DESTROYING, ENDED
 *   READY -> DESTROYING, ENDED
 *
 * In the stateless mode of a service, keys are sent with each request.  An
 * object of the same type stands for the session then.  It is READY from the
 * beginning, holds the keys, and ends without a message to the device.
 *
 * Rekeying, the end of a transform, eviction and the end of a device all end a
 * session by virtcrypto_session_revoke(), which drops the user count that the
 * key's slot holds.  No new request gets a revoked session.  Requests under way
 * keep it, and the last one has it destroyed, without waiting for the answer.
 * A session of an old generation is never destroyed at the device, because its
 * number may belong to another session by now.
 *
 * There are two counts.  virtcrypto_session.users says who wants the session at
 * the device: the slot and each request.  virtcrypto_session.kref keeps the
 * memory: for the users together, for the slot's pointer, for the device's list
 * and for a message under way.  A session holds its device.  It is freed after
 * an RCU grace period, because virtcrypto_key_submit() reads it without a lock.
 */
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "virtio_crypto_dataq.h"
#include "virtio_crypto_device.h"
#include "virtio_crypto_format.h"
#include "virtio_crypto_req.h"
#include "virtio_crypto_session.h"

enum {
	VIRTCRYPTO_SESS_CREATING,
	VIRTCRYPTO_SESS_READY,
	VIRTCRYPTO_SESS_LATE,
	VIRTCRYPTO_SESS_DESTROYING,
	VIRTCRYPTO_SESS_ENDED,
};

/* Bits of virtcrypto_session.flags. */
enum {
	VIRTCRYPTO_SESS_REVOKED,	/* not for new requests */
	VIRTCRYPTO_SESS_BAD,		/* the device does not serve it */
	VIRTCRYPTO_SESS_LOST,		/* and does not know it any more */
};

/* A session that was not used for so long may be evicted. */
#define VIRTCRYPTO_SESS_IDLE	HZ

/* How long the number of sessions that a device took is used as its limit. */
#define VIRTCRYPTO_LIMIT_LIFE	(10 * HZ)

/*
 * With more sessions than this, ERR is taken to mean that the device is full.
 */
#define VIRTCRYPTO_MANY_SESSIONS	64

/*
 * Requests that may wait for one session.  After that their callers are told to
 * pause, or the fallback does them.
 */
#define VIRTCRYPTO_MAX_PARKED	256

/* Sessions that are searched for one to evict. */
#define VIRTCRYPTO_EVICT_SCAN	16U

static void virtcrypto_session_free(struct rcu_head *rcu)
{
	struct virtcrypto_session *sess =
		container_of(rcu, struct virtcrypto_session, rcu);

	virtcrypto_device_put(sess->dev);
	kfree_sensitive(sess);
}

static void virtcrypto_session_release(struct kref *kref)
{
	struct virtcrypto_session *sess =
		container_of(kref, struct virtcrypto_session, kref);

	call_rcu(&sess->rcu, virtcrypto_session_free);
}

/**
 * virtcrypto_session_put() - let go of a session's memory
 * @sess: the session
 *
 * Context: any.
 */
void virtcrypto_session_put(struct virtcrypto_session *sess)
{
	kref_put(&sess->kref, virtcrypto_session_release);
}

/* Stop counting a session that is gone from the device, or will be soon. */
static void virtcrypto_session_unlist(struct virtcrypto_session *sess)
{
	struct virtcrypto_session_table *table = &sess->dev->sessions;

	spin_lock_bh(&table->lock);
	list_del_init(&sess->node);
	table->nr--;
	spin_unlock_bh(&table->lock);
	virtcrypto_session_put(sess);
}

static void virtcrypto_session_destroyed(struct virtcrypto_ctrl_msg *msg, int err)
{
	struct virtcrypto_session *sess =
		container_of(msg, struct virtcrypto_session, msg);

	/* Whatever the device answered, the message is not sent again. */
	if (err != -ETIMEDOUT)
		virtcrypto_session_put(sess);
}

/* Have the device forget a session in state DESTROYING. */
static void virtcrypto_session_destroy(struct virtcrypto_session *sess)
{
	struct virtcrypto_wire_destroy *out = (void *)sess->out;

	memset(out, 0, sizeof(*out));
	sess->msg.event = virtcrypto_session_destroyed;
	sess->msg.out_len = virtcrypto_format_destroy(out, sess->form,
						      sess->params.service,
						      sess->id);
	sess->msg.in_len = sizeof(sess->msg.result.destroy);

	kref_get(&sess->kref);
	/*
	 * Unlist it only after its message is queued, see
	 * virtcrypto_session_all_gone().
	 */
	if (virtcrypto_ctrlq_send(&sess->dev->ctrlq, &sess->msg,
				  sess->generation))
		virtcrypto_session_put(sess);
	virtcrypto_session_unlist(sess);
}

/* The last user is gone. */
static void virtcrypto_session_unused(struct virtcrypto_session *sess)
{
	bool destroy = false, unlist = false;

	atomic_dec(&sess->dev->sessions.nr_bound);
	spin_lock_bh(&sess->lock);
	sess->unused = true;
	if (sess->stateless) {
		sess->state = VIRTCRYPTO_SESS_ENDED;
	} else if (sess->state == VIRTCRYPTO_SESS_READY) {
		if (test_bit(VIRTCRYPTO_SESS_LOST, &sess->flags)) {
			sess->state = VIRTCRYPTO_SESS_ENDED;
			unlist = true;
		} else {
			sess->state = VIRTCRYPTO_SESS_DESTROYING;
			destroy = true;
		}
	}
	spin_unlock_bh(&sess->lock);

	if (destroy)
		virtcrypto_session_destroy(sess);
	else if (unlist)
		virtcrypto_session_unlist(sess);
	virtcrypto_session_put(sess);
}

/**
 * virtcrypto_session_put_user() - a request is done with its session
 * @sess: the session
 *
 * Context: any but hard interrupts.
 */
void virtcrypto_session_put_user(struct virtcrypto_session *sess)
{
	if (atomic_dec_and_test(&sess->users))
		virtcrypto_session_unused(sess);
}

/**
 * virtcrypto_session_revoke() - give a session to no new request
 * @sess: the session; the caller keeps it from being freed
 *
 * It is destroyed after its last request.  Revoking twice is harmless.
 *
 * Context: any but hard interrupts.
 */
void virtcrypto_session_revoke(struct virtcrypto_session *sess)
{
	if (!test_and_set_bit(VIRTCRYPTO_SESS_REVOKED, &sess->flags))
		virtcrypto_session_put_user(sess);
}

/*
 * A request in a session has failed.  The fallback takes over for a while,
 * longer each time, before the key gets another session.  @lost: the device
 * does not know the session, so it must not be destroyed.
 */
static void virtcrypto_session_bad(struct virtcrypto_session *sess, bool lost)
{
	if (lost)
		set_bit(VIRTCRYPTO_SESS_LOST, &sess->flags);
	set_bit(VIRTCRYPTO_SESS_BAD, &sess->flags);
	virtcrypto_session_revoke(sess);
}

/* See virtcrypto_req.complete. */
static void virtcrypto_session_complete(struct virtcrypto_req *vr, int err)
{
	struct virtcrypto_session *sess = vr->sess;

	/*
	 * -ENODEV means that the device was stopped, and the other two are
	 * about the input.  All other errors mean that the device has failed at
	 * it.
	 */
	if (vr->dirty && !vr->settled && err && err != -ENODEV &&
	    err != -EBADMSG && err != -EKEYREJECTED)
		virtcrypto_session_bad(sess, err == -ENOKEY);
	vr->sess = NULL;
	if (vr->settled)
		crypto_request_complete(vr->base, vr->outcome);
	else
		vr->done(vr, err);
	virtcrypto_session_put_user(sess);
}

/* Have a request hold a session, of which the caller is a user. */
static void virtcrypto_session_hold(struct virtcrypto_session *sess,
				    struct virtcrypto_req *vr)
{
	vr->sess = sess;
	vr->complete = virtcrypto_session_complete;
}

/**
 * virtcrypto_session_submit() - send a request to the device
 * @sess: the session, ready; the caller is one of its users, and the request is
 *	once it was accepted
 * @vr: the request
 * @accepted: the caller has been told -EINPROGRESS
 *
 * Context: any but hard interrupts.
 * Return: as virtcrypto_dataq_submit().
 */
int virtcrypto_session_submit(struct virtcrypto_session *sess,
			      struct virtcrypto_req *vr, bool accepted)
{
	struct virtcrypto_device *dev = sess->dev;

	virtcrypto_session_hold(sess, vr);
	vr->fixed = virtcrypto_format_data(&vr->header, sess->form,
					   &sess->params, sess->dir, &vr->op,
					   sess->stateless, sess->id);
	memcpy(vr->header_iv + vr->fixed, vr->iv, vr->op.iv_len);
	vr->generation = sess->generation;
	vr->keys = sess->out;
	vr->keys_len = sess->keys_len;
	vr->bad_length = vr->tail &&
			 !virtcrypto_support_tails(&dev->support, sess->row);
	if (!vr->dataq)
		vr->dataq = virtcrypto_device_dataq(dev);
	return virtcrypto_dataq_submit(vr, accepted);
}

/* Send a request that was parked. */
static void virtcrypto_session_unpark(struct virtcrypto_session *sess,
				      struct virtcrypto_req *vr)
{
	int err;

	if (vr->settled) {
		err = virtcrypto_dataq_settle(vr, vr->outcome);
	} else {
		virtcrypto_req_resume(vr);
		err = virtcrypto_session_submit(sess, vr, true);
	}
	if (err != -EINPROGRESS)
		virtcrypto_req_finish(vr, err);
}

/*
 * The device has created the session; the caller is one of its users.  It
 * becomes READY only after all parked requests were sent.  Until then new
 * requests are parked too, so that they overtake none.
 */
static void virtcrypto_session_begin(struct virtcrypto_session *sess)
{
	bool destroy = false;
	struct virtcrypto_req *vr;

	spin_lock_bh(&sess->lock);
	while ((vr = list_first_entry_or_null(&sess->parked,
					      struct virtcrypto_req, node))) {
		list_del(&vr->node);
		sess->nr_parked--;
		spin_unlock_bh(&sess->lock);
		virtcrypto_session_unpark(sess, vr);
		spin_lock_bh(&sess->lock);
	}
	if (sess->state == VIRTCRYPTO_SESS_CREATING) {
		/* Pairs with the acquire in virtcrypto_session_get_ready(). */
		smp_store_release(&sess->state, VIRTCRYPTO_SESS_READY);
	} else {
		/* It was abandoned meanwhile. */
		sess->state = VIRTCRYPTO_SESS_DESTROYING;
		destroy = true;
	}
	spin_unlock_bh(&sess->lock);
	if (destroy)
		virtcrypto_session_destroy(sess);
}

/*
 * A device that refuses a session may be full: remember how many sessions it
 * took.  NOSPC means that it is full.  QEMU answers ERR, which may also mean
 * that it does not take this key; with many sessions it is taken to mean that
 * the device is full.  Returns -EAGAIN if the device is full, so that a later
 * attempt may succeed, else -EPERM.
 */
static int virtcrypto_session_refused(struct virtcrypto_session *sess,
				      u32 status)
{
	struct virtcrypto_session_table *table = &sess->dev->sessions;
	int err = status == VIRTCRYPTO_STATUS_NOSPC ? -EAGAIN : -EPERM;

	WRITE_ONCE(table->denied, true);
	spin_lock_bh(&table->lock);
	table->nr_failed += !sess->trial;
	if ((status == VIRTCRYPTO_STATUS_NOSPC && table->nr > 1) ||
	    (status == VIRTCRYPTO_STATUS_ERR &&
	     table->nr > VIRTCRYPTO_MANY_SESSIONS)) {
		table->limit = table->nr - 1;
		table->limit_until = jiffies + VIRTCRYPTO_LIMIT_LIFE;
		err = -EAGAIN;
	}
	spin_unlock_bh(&table->lock);
	return err;
}

static void virtcrypto_session_created(struct virtcrypto_ctrl_msg *msg, int err)
{
	struct virtcrypto_session *sess =
		container_of(msg, struct virtcrypto_session, msg);
	bool created, begun = false;
	LIST_HEAD(parked);
	int why = -EAGAIN;
	u32 status;

	status = le32_to_cpu(READ_ONCE(msg->result.create.status));
	/*
	 * The device is done with the buffer, which holds the key.  Wipe it
	 * now: the message that destroys the session may use it next.
	 */
	if (err != -ETIMEDOUT)
		memzero_explicit(sess->out, msg->out_len);

	spin_lock_bh(&sess->lock);
	created = !err && status == VIRTCRYPTO_STATUS_OK;
	if (created) {
		sess->id = msg->result.create.session_id;
		WRITE_ONCE(sess->dev->sessions.given, true);
		begun = sess->state == VIRTCRYPTO_SESS_CREATING &&
			atomic_inc_not_zero(&sess->users);
	}
	if (begun) {
		spin_unlock_bh(&sess->lock);
		virtcrypto_session_begin(sess);
		virtcrypto_session_put_user(sess);
		virtcrypto_session_put(sess);
		return;
	}
	list_splice_init(&sess->parked, &parked);
	sess->nr_parked = 0;
	if (err == -ETIMEDOUT) {
		sess->state = VIRTCRYPTO_SESS_LATE;
		spin_unlock_bh(&sess->lock);
		virtcrypto_req_finish_list(&parked, -ETIMEDOUT);
		return;
	}
	sess->state = created ? VIRTCRYPTO_SESS_DESTROYING :
				VIRTCRYPTO_SESS_ENDED;
	spin_unlock_bh(&sess->lock);

	if (created) {
		virtcrypto_session_destroy(sess);
	} else {
		if (!err)
			why = virtcrypto_session_refused(sess, status);
		virtcrypto_session_unlist(sess);
	}
	virtcrypto_req_finish_list(&parked, why);
	virtcrypto_session_put(sess);
}

/*
 * Make room for one more session at the device.  If the device is full, a
 * session that was idle for long is evicted.  The message that destroys it is
 * sent before the one that creates ours.
 */
static int virtcrypto_session_room(struct virtcrypto_device *dev)
{
	struct virtcrypto_session_table *table = &dev->sessions;
	struct virtcrypto_session *sess, *victim = NULL;
	unsigned int scan;

	spin_lock_bh(&table->lock);
	if (table->limit != UINT_MAX &&
	    time_after(jiffies, table->limit_until))
		table->limit = UINT_MAX;
	if (table->nr < table->limit) {
		spin_unlock_bh(&table->lock);
		return 0;
	}
	/*
	 * Sessions that were looked at go to the end, so that the next search
	 * goes on with others.
	 */
	for (scan = min(table->nr, VIRTCRYPTO_EVICT_SCAN); scan; scan--) {
		unsigned long used;

		/* virtcrypto_session_each() may have taken the others. */
		sess = list_first_entry_or_null(&table->list,
						struct virtcrypto_session, node);
		if (!sess)
			break;
		list_move_tail(&sess->node, &table->list);
		used = READ_ONCE(sess->last_used);
		if (atomic_read(&sess->users) == 1 &&
		    test_bit(VIRTCRYPTO_SESS_REVOKED, &sess->flags) == 0 &&
		    time_after(jiffies, used + VIRTCRYPTO_SESS_IDLE) &&
		    (!victim || time_before(used, victim->last_used)))
			victim = sess;
	}
	if (victim) {
		kref_get(&victim->kref);
		table->nr_evicted++;
	}
	spin_unlock_bh(&table->lock);
	if (!victim)
		return -ENOSPC;

	virtcrypto_session_revoke(victim);
	virtcrypto_session_put(victim);
	return 0;
}

/*
 * Allocate an object for a session.  @len: bytes of the message or of the keys.
 *
 * The generation is read before all else.  If the device is stopped and started
 * meanwhile, the session has the old generation and is never used.  If the new
 * generation was read while the device was still being stopped, the device is
 * not ready.
 */
static struct virtcrypto_session *
virtcrypto_session_alloc(struct virtcrypto_device *dev,
			 const struct virtcrypto_session_want *want,
			 unsigned int len)
{
	u32 generation = virtcrypto_device_generation(dev);
	struct virtcrypto_session *sess;

	/* Pairs with the barrier in virtcrypto_device_set_state(). */
	smp_rmb();
	if (!virtcrypto_device_ready(dev))
		return ERR_PTR(-ENODEV);
	/* The same function sets READY after the forms were set. */
	smp_rmb();
	sess = kzalloc(struct_size(sess, out, len), GFP_NOWAIT | __GFP_NOWARN);
	if (!sess)
		return ERR_PTR(-ENOMEM);
	/* For the users and the caller. */
	kref_init(&sess->kref);
	kref_get(&sess->kref);
	atomic_set(&sess->users, 1);
	spin_lock_init(&sess->lock);
	INIT_LIST_HEAD(&sess->parked);
	INIT_LIST_HEAD(&sess->node);
	sess->dev = dev;
	sess->generation = generation;
	sess->form = dev->forms[want->params->service];
	sess->params = *want->params;
	sess->dir = want->dir;
	sess->row = want->row;
	sess->trial = want->trial;
	sess->last_used = jiffies;
	atomic_inc(&dev->sessions.nr_bound);
	return sess;
}

/**
 * virtcrypto_session_pretend() - make what stands for a session in stateless
 * mode
 * @dev: the device; the caller's reference goes to the session
 * @want: what it is for
 *
 * Context: any but hard interrupts.
 * Return: an object that is ready, with a reference for the caller; or an
 *	ERR_PTR(), with the device still the caller's.
 */
struct virtcrypto_session *
virtcrypto_session_pretend(struct virtcrypto_device *dev,
			   const struct virtcrypto_session_want *want)
{
	unsigned int len = virtcrypto_keys_len(want->params);
	struct virtcrypto_session *sess;

	sess = virtcrypto_session_alloc(dev, want, len);
	if (IS_ERR(sess))
		return sess;
	sess->stateless = true;
	sess->state = VIRTCRYPTO_SESS_READY;
	sess->keys_len = len;
	if (len)
		memcpy(sess->out, want->bytes, len);
	return sess;
}

/**
 * virtcrypto_session_create() - ask a device for a session
 * @dev: the device; the caller's reference goes to the session
 * @want: what it is for
 *
 * Context: any but hard interrupts; nobody waits for the answer.
 * Return: the session, with a reference for the caller; or an ERR_PTR(), with
 *	the device still the caller's: -ENODEV, it takes no messages now;
 *	-ENOSPC, it is full; -ENOMEM.
 */
struct virtcrypto_session *
virtcrypto_session_create(struct virtcrypto_device *dev,
			  const struct virtcrypto_session_want *want)
{
	unsigned int len = virtcrypto_keys_len(want->params);
	struct virtcrypto_session_table *table = &dev->sessions;
	struct virtcrypto_wire_create *out;
	struct virtcrypto_session *sess;
	unsigned int fixed;
	int err;

	if (!virtcrypto_ctrlq_answers(&dev->ctrlq))
		return ERR_PTR(-ENODEV);
	err = virtcrypto_session_room(dev);
	if (err)
		return ERR_PTR(err);

	/*
	 * The message that destroys the session will use the same buffer, and
	 * is no longer than that which creates it may be.
	 */
	static_assert(sizeof(struct virtcrypto_wire_destroy) <= sizeof(*out));
	sess = virtcrypto_session_alloc(dev, want, sizeof(*out) + len);
	if (IS_ERR(sess))
		return sess;
	/* For the device's list and the message. */
	kref_get(&sess->kref);
	kref_get(&sess->kref);
	sess->state = VIRTCRYPTO_SESS_CREATING;
	sess->params.aad_len = want->aad_len;
	sess->parks = want->parks;

	out = (void *)sess->out;
	fixed = virtcrypto_format_create(out, sess->form, &sess->params, want->dir);
	if (len)
		memcpy(sess->out + fixed, want->bytes, len);
	/* From now on these are the lengths of keys in requests: none. */
	sess->params.key_len = 0;
	sess->params.auth_key_len = 0;

	sess->msg.event = virtcrypto_session_created;
	sess->msg.out = sess->out;
	sess->msg.out_len = fixed + len;
	sess->msg.in_len = sizeof(sess->msg.result.create);

	spin_lock_bh(&table->lock);
	if (table->closed) {
		spin_unlock_bh(&table->lock);
		atomic_dec(&table->nr_bound);
		kfree_sensitive(sess);
		return ERR_PTR(-ENODEV);
	}
	list_add_tail(&sess->node, &table->list);
	table->nr++;
	table->nr_created++;
	spin_unlock_bh(&table->lock);

	err = virtcrypto_ctrlq_send(&dev->ctrlq, &sess->msg, sess->generation);
	if (err) {
		spin_lock_bh(&sess->lock);
		sess->state = VIRTCRYPTO_SESS_ENDED;
		spin_unlock_bh(&sess->lock);
		/* Freeing the session puts the device. */
		kref_get(&dev->kref);
		virtcrypto_session_unlist(sess);
		virtcrypto_session_revoke(sess);
		virtcrypto_session_put(sess);
		virtcrypto_session_put(sess);
		return ERR_PTR(err);
	}
	return sess;
}

/**
 * virtcrypto_session_all_gone() - has a device been told of, and forgotten,
 * all?
 * @dev: the device, after virtcrypto_session_destroy_all()
 *
 * Context: any but hard interrupts.
 * Return: true if no session is left, nor a message about one.
 */
bool virtcrypto_session_all_gone(struct virtcrypto_device *dev)
{
	bool gone;

	spin_lock_bh(&dev->sessions.lock);
	gone = !dev->sessions.nr;
	spin_unlock_bh(&dev->sessions.lock);
	/* The messages about the last sessions are queued by now. */
	return gone && virtcrypto_ctrlq_idle(&dev->ctrlq);
}

/*
 * Call a function for each session that is in the device's list now.  The
 * function may remove the session from the list.
 */
static void virtcrypto_session_each(struct virtcrypto_device *dev, bool close,
				    void (*func)(struct virtcrypto_session *))
{
	struct virtcrypto_session_table *table = &dev->sessions;
	struct virtcrypto_session *sess;
	LIST_HEAD(todo);

	spin_lock_bh(&table->lock);
	table->closed |= close;
	list_splice_init(&table->list, &todo);
	while ((sess = list_first_entry_or_null(&todo,
						struct virtcrypto_session,
						node))) {
		list_move_tail(&sess->node, &table->list);
		kref_get(&sess->kref);
		spin_unlock_bh(&table->lock);
		func(sess);
		virtcrypto_session_put(sess);
		spin_lock_bh(&table->lock);
	}
	spin_unlock_bh(&table->lock);
}

/**
 * virtcrypto_session_open() - allow sessions at a device
 * @dev: the device, about to be started
 *
 * Context: process, under the device's lifecycle mutex.
 */
void virtcrypto_session_open(struct virtcrypto_device *dev)
{
	struct virtcrypto_session_table *table = &dev->sessions;

	WRITE_ONCE(table->given, false);
	WRITE_ONCE(table->denied, false);
	spin_lock_bh(&table->lock);
	table->closed = false;
	table->limit = UINT_MAX;
	spin_unlock_bh(&table->lock);
}

/**
 * virtcrypto_session_destroy_all() - have a device forget all its sessions
 * @dev: the device; no more sessions are made from now on
 *
 * Sends the messages and does not wait for answers.  Sessions with requests
 * under way are destroyed when these are completed.
 *
 * Context: process, under the device's lifecycle mutex.
 */
void virtcrypto_session_destroy_all(struct virtcrypto_device *dev)
{
	virtcrypto_session_each(dev, true, virtcrypto_session_revoke);
}

/* Stop waiting for a session, and do not use it any more. */
static void virtcrypto_session_abandon(struct virtcrypto_session *sess)
{
	LIST_HEAD(parked);

	spin_lock_bh(&sess->lock);
	if (sess->state == VIRTCRYPTO_SESS_CREATING) {
		sess->state = VIRTCRYPTO_SESS_LATE;
		list_splice_init(&sess->parked, &parked);
		sess->nr_parked = 0;
	}
	spin_unlock_bh(&sess->lock);
	virtcrypto_session_revoke(sess);
	virtcrypto_req_finish_list(&parked, -ENODEV);
}

/**
 * virtcrypto_session_abandon_all() - have keys look for another device
 * @dev: the device, which takes no requests now
 *
 * Requests that wait for a session were never sent, so the fallback can do them
 * at once.  Sessions are destroyed as soon as the device takes messages again.
 *
 * Context: process, under the device's lifecycle mutex.
 */
void virtcrypto_session_abandon_all(struct virtcrypto_device *dev)
{
	virtcrypto_session_each(dev, false, virtcrypto_session_abandon);
}

static bool virtcrypto_session_current(struct virtcrypto_session *sess)
{
	return !test_bit(VIRTCRYPTO_SESS_REVOKED, &sess->flags) &&
	       sess->generation == virtcrypto_device_generation(sess->dev);
}

/**
 * virtcrypto_session_get_ready() - become a user of a session that is ready
 * @sess: the session
 *
 * Context: any but hard interrupts, in an RCU read-side section that keeps
 *	@sess.
 * Return: false if it cannot be used at once.
 */
bool virtcrypto_session_get_ready(struct virtcrypto_session *sess)
{
	/* Pairs with the release in virtcrypto_session_begin(). */
	return smp_load_acquire(&sess->state) == VIRTCRYPTO_SESS_READY &&
	       virtcrypto_session_current(sess) &&
	       atomic_inc_not_zero(&sess->users);
}

/* Let a request wait for the session that is being created. */
static int virtcrypto_session_park(struct virtcrypto_session *sess,
				   struct virtcrypto_req *vr, bool ordered)
{
	int err = -EINPROGRESS;

	lockdep_assert_held(&sess->lock);

	if (!sess->parks)
		return -EAGAIN;
	if (sess->nr_parked >= VIRTCRYPTO_MAX_PARKED) {
		if (!ordered && !virtcrypto_req_may_wait(vr))
			return -EAGAIN;
		if (virtcrypto_req_may_wait(vr) && !VC_LOSES_EBUSY)
			err = -EBUSY;
	}
	if (!atomic_inc_not_zero(&sess->users))
		return -ESTALE;
	virtcrypto_session_hold(sess, vr);
	vr->busy = err == -EBUSY;
	/*
	 * The queue of the submitter's CPU, not of the one that sends it later.
	 */
	if (!vr->dataq)
		vr->dataq = virtcrypto_device_dataq(sess->dev);
	list_add_tail(&vr->node, &sess->parked);
	sess->nr_parked++;
	return err;
}

/**
 * virtcrypto_session_join() - use the session that a key has
 * @sess: the session
 * @vr: the request, which becomes a user of the session if that succeeds
 * @ordered: requests of the key must not overtake each other
 *
 * Context: any but hard interrupts.
 * Return: 0 if it can be submitted; -EINPROGRESS or -EBUSY if the session is
 *	being created and the request is parked; -EAGAIN if the fallback has to
 *	do it; -ESTALE if the session was revoked or its generation is over;
 *	-EPERM if the device refused it or has failed at a request in it.  After
 *	the last two the session cannot be used any more.
 */
int virtcrypto_session_join(struct virtcrypto_session *sess,
			    struct virtcrypto_req *vr, bool ordered)
{
	int err = 0;

	spin_lock_bh(&sess->lock);
	if (sess->state == VIRTCRYPTO_SESS_LATE ||
	    sess->state == VIRTCRYPTO_SESS_ENDED ||
	    test_bit(VIRTCRYPTO_SESS_BAD, &sess->flags)) {
		err = -EPERM;
	} else if (!virtcrypto_session_current(sess) ||
		   sess->state == VIRTCRYPTO_SESS_DESTROYING) {
		err = -ESTALE;
	} else if (sess->state == VIRTCRYPTO_SESS_CREATING) {
		err = virtcrypto_session_park(sess, vr, ordered);
	} else if (!atomic_inc_not_zero(&sess->users)) {
		err = -ESTALE;
	} else {
		virtcrypto_session_hold(sess, vr);
	}
	spin_unlock_bh(&sess->lock);
	return err;
}

/**
 * virtcrypto_session_get_busy() - become a user of a session that others use
 * @sess: the session, or NULL; the caller keeps it from being freed
 *
 * Context: any.
 * Return: @sess, or NULL if no request is under way in it.
 */
struct virtcrypto_session *
virtcrypto_session_get_busy(struct virtcrypto_session *sess)
{
	/* The slot counts as a user until the session is revoked. */
	int idle = sess && !test_bit(VIRTCRYPTO_SESS_REVOKED, &sess->flags);

	if (!sess || atomic_read(&sess->users) <= idle ||
	    !atomic_inc_not_zero(&sess->users))
		return NULL;
	return sess;
}

/* If requests are parked, add this one to them, to be completed in its turn. */
static bool virtcrypto_session_park_settled(struct virtcrypto_session *sess,
					    struct virtcrypto_req *vr, int err)
{
	bool parked;

	spin_lock_bh(&sess->lock);
	parked = !list_empty(&sess->parked);
	if (parked) {
		vr->settled = true;
		vr->outcome = err;
		vr->dataq = virtcrypto_device_dataq(sess->dev);
		list_add_tail(&vr->node, &sess->parked);
		sess->nr_parked++;
	}
	spin_unlock_bh(&sess->lock);
	return parked;
}

/**
 * virtcrypto_session_settle() - complete a request that the fallback has done
 * @sess: the session, of which the caller is a user; the request is, if it is
 *	to be completed
 * @vr: the request
 * @err: what the fallback returned
 *
 * Context: any but hard interrupts.
 * Return: -EINPROGRESS if the request will be completed, or @err if no request
 *	is under way.
 */
int virtcrypto_session_settle(struct virtcrypto_session *sess,
			      struct virtcrypto_req *vr, int err)
{
	virtcrypto_session_hold(sess, vr);
	if (virtcrypto_session_park_settled(sess, vr, err))
		return -EINPROGRESS;
	vr->dataq = virtcrypto_device_dataq(sess->dev);
	return virtcrypto_dataq_settle(vr, err);
}
