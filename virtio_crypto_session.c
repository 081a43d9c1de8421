// SPDX-License-Identifier: GPL-2.0
/*
 * Sessions: a transform's key becomes {device, id, generation}.
 *
 * A session is made when the first request of its direction needs it, by a
 * message that nobody waits for: the requests that come meanwhile are parked
 * on the session and go out, in their order, when the answer is there.  So
 * a request finds a session whatever context it comes from.  Where there will
 * be none, the caller learns it at once or, for a parked request, in bounded
 * time, and turns to software.
 *
 * States of a session, changed under virtcrypto_session.lock:
 *
 *   CREATING    the device was asked; requests are parked
 *   READY       usable
 *   LATE        the answer is overdue and nobody waits for it any more; a
 *               session that is created after all is destroyed at once
 *   DESTROYING  the device was told to forget it
 *   ENDED       refused, lost or of a device's former generation
 *
 *   CREATING -> READY, LATE, DESTROYING, ENDED
 *   LATE -> DESTROYING, ENDED
 *   READY -> DESTROYING, ENDED
 *
 * In a service's stateless mode the keys go with every request.  What stands
 * for a session then is an object of the same kind that is READY from the
 * beginning, holds the keys, and ends without a word to the device.
 *
 * How one ends: virtcrypto_session_revoke() takes away the user count that its
 * slot holds.  No new request gets a revoked session, those under way keep it,
 * and the last of them has it destroyed, without waiting for the answer.
 * Rekeying, the end of a transform, eviction and the end of a device all come
 * down to that.  A session whose generation is over is never destroyed: its
 * number may mean another one by now.
 *
 * Order: requests of an AEAD's or chain's key must not overtake each other by
 * much, since receivers of network packets drop what is late as a replay.  If the
 * first caller can be told to pause, all requests wait for the session, however
 * many they are.  Otherwise software does all of them until the session is
 * READY.  What software does later, among requests at the device, is completed
 * in its turn, see virtcrypto_key_settle().
 */
#include <crypto/algapi.h>
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "virtio_crypto_algs.h"
#include "virtio_crypto_common.h"

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

/* An idle session may be evicted when it was not used for so long. */
#define VIRTCRYPTO_SESS_IDLE	HZ

/* For so long a device is believed to take no more sessions than it did. */
#define VIRTCRYPTO_LIMIT_LIFE	(10 * HZ)

/* With so many sessions an unspecific refusal is taken for a full table. */
#define VIRTCRYPTO_MANY_SESSIONS	64

/*
 * Requests that wait for one session before their callers are told to pause, or
 * software does them instead.
 */
#define VIRTCRYPTO_MAX_PARKED	256

/* Sessions that are looked at to find one that may give way. */
#define VIRTCRYPTO_EVICT_SCAN	16U

/* First and longest pause between attempts to get a session for a key. */
#define VIRTCRYPTO_RETRY_MIN	(HZ / 4)
#define VIRTCRYPTO_RETRY_SHIFT	8
#define VIRTCRYPTO_RETRY_FORGET	(VIRTCRYPTO_RETRY_MIN << VIRTCRYPTO_RETRY_SHIFT)

/* Requests after which a key deserves a session, in VIRTCRYPTO_MODE_AUTO. */
#define VIRTCRYPTO_PROVED	16

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

static void virtcrypto_session_put(struct virtcrypto_session *sess)
{
	kref_put(&sess->kref, virtcrypto_session_release);
}

/* The session does not, or soon will not, take up room at the device. */
static void virtcrypto_session_unlist(struct virtcrypto_session *sess)
{
	struct virtcrypto_device *dev = sess->dev;

	spin_lock_bh(&dev->sess_lock);
	list_del_init(&sess->node);
	dev->nr_sessions--;
	spin_unlock_bh(&dev->sess_lock);
	virtcrypto_session_put(sess);
}

static void virtcrypto_session_destroyed(struct virtcrypto_ctrl_msg *msg, int err)
{
	struct virtcrypto_session *sess =
		container_of(msg, struct virtcrypto_session, msg);

	/* Whatever the device answered: a destroy is never sent twice. */
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
	/* It counts until its message does: see virtcrypto_sessions_gone(). */
	if (virtcrypto_ctrlq_send(&sess->dev->ctrlq, &sess->msg,
				  sess->generation))
		virtcrypto_session_put(sess);
	virtcrypto_session_unlist(sess);
}

/* The last user is gone. */
static void virtcrypto_session_unused(struct virtcrypto_session *sess)
{
	bool destroy = false, unlist = false;

	atomic_dec(&sess->dev->nr_bound);
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
 * virtcrypto_session_revoke() - let no new request have a session
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

/**
 * virtcrypto_session_bad() - a request in a session has failed
 * @sess: the session; the caller keeps it from being freed
 * @lost: the device does not know the session: it must not be destroyed
 *
 * Software takes over for a while, longer each time, before the key gets
 * another session.
 *
 * Context: any but hard interrupts.
 */
void virtcrypto_session_bad(struct virtcrypto_session *sess, bool lost)
{
	if (lost)
		set_bit(VIRTCRYPTO_SESS_LOST, &sess->flags);
	set_bit(VIRTCRYPTO_SESS_BAD, &sess->flags);
	virtcrypto_session_revoke(sess);
}

static void virtcrypto_session_fill(struct virtcrypto_req *vr,
				    struct virtcrypto_session *sess)
{
	vr->sess = sess;
	vr->fixed = virtcrypto_format_data(&vr->header, sess->form,
					   &sess->params, sess->dir, &vr->op,
					   sess->stateless, sess->id);
	memcpy(vr->header_iv + vr->fixed, vr->iv, vr->op.iv_len);
}

/* Send a request that was parked, or give it back with an error. */
static void virtcrypto_session_unpark(struct virtcrypto_session *sess,
				      struct virtcrypto_req *vr, int err)
{
	if (!err && vr->settled) {
		err = virtcrypto_dataq_settle(vr, vr->outcome);
	} else if (!err) {
		virtcrypto_req_resume(vr);
		virtcrypto_session_fill(vr, sess);
		err = virtcrypto_dataq_submit(vr, true);
	}
	if (err != -EINPROGRESS)
		virtcrypto_req_finish(vr, err);
}

/* Give back what was parked. */
static void virtcrypto_session_fail_parked(struct virtcrypto_session *sess,
					   struct list_head *parked, int err)
{
	struct virtcrypto_req *vr, *next;

	list_for_each_entry_safe(vr, next, parked, node) {
		list_del(&vr->node);
		virtcrypto_session_unpark(sess, vr, err);
	}
}

/*
 * The session is there; the caller is one of its users.  It is READY only when all
 * that was parked has been sent: until then what comes is parked too, and
 * overtakes nothing.
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
		virtcrypto_session_unpark(sess, vr, 0);
		spin_lock_bh(&sess->lock);
	}
	if (sess->state == VIRTCRYPTO_SESS_CREATING) {
		/* Pairs with the acquire in virtcrypto_slot_get(). */
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
 * A device that refuses a session may be full: remember how many it took.
 * NOSPC says so.  QEMU says ERR, which can as well mean that it does not like
 * this key; it is taken for a full table when there are many sessions.
 *
 * Return: -EAGAIN if it is full, so that a later attempt may go better;
 * -EPERM if it would not.
 */
static int virtcrypto_session_refused(struct virtcrypto_session *sess,
				      u32 status)
{
	struct virtcrypto_device *dev = sess->dev;
	int err = status == VIRTCRYPTO_STATUS_NOSPC ? -EAGAIN : -EPERM;

	WRITE_ONCE(dev->sess_denied, true);
	spin_lock_bh(&dev->sess_lock);
	dev->sess_failed += !sess->trial;
	if ((status == VIRTCRYPTO_STATUS_NOSPC && dev->nr_sessions > 1) ||
	    (status == VIRTCRYPTO_STATUS_ERR &&
	     dev->nr_sessions > VIRTCRYPTO_MANY_SESSIONS)) {
		dev->sess_limit = dev->nr_sessions - 1;
		dev->sess_limit_until = jiffies + VIRTCRYPTO_LIMIT_LIFE;
		err = -EAGAIN;
	}
	spin_unlock_bh(&dev->sess_lock);
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
	 * The buffer holds the key, and the device is done with it.  Later it
	 * may be in use again, to destroy the session.
	 */
	if (err != -ETIMEDOUT)
		memzero_explicit(sess->out, msg->out_len);

	spin_lock_bh(&sess->lock);
	created = !err && status == VIRTCRYPTO_STATUS_OK;
	if (created) {
		sess->id = msg->result.create.session_id;
		WRITE_ONCE(sess->dev->sess_given, true);
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
		virtcrypto_session_fail_parked(sess, &parked, -ETIMEDOUT);
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
	virtcrypto_session_fail_parked(sess, &parked, why);
	virtcrypto_session_put(sess);
}

/*
 * A place for one more session at the device.  If it is full, a session that was
 * idle for long gives way; its destruction goes out before the creation of ours
 * does.
 */
static int virtcrypto_session_room(struct virtcrypto_device *dev)
{
	struct virtcrypto_session *sess, *victim = NULL;
	unsigned int scan;

	spin_lock_bh(&dev->sess_lock);
	if (dev->sess_limit != UINT_MAX &&
	    time_after(jiffies, dev->sess_limit_until))
		dev->sess_limit = UINT_MAX;
	if (dev->nr_sessions < dev->sess_limit) {
		spin_unlock_bh(&dev->sess_lock);
		return 0;
	}
	/* What was looked at goes to the end: the next search begins behind it. */
	for (scan = min(dev->nr_sessions, VIRTCRYPTO_EVICT_SCAN); scan; scan--) {
		unsigned long used;

		/* virtcrypto_sessions_each() may have the others. */
		sess = list_first_entry_or_null(&dev->sessions,
						struct virtcrypto_session, node);
		if (!sess)
			break;
		list_move_tail(&sess->node, &dev->sessions);
		used = READ_ONCE(sess->last_used);
		if (atomic_read(&sess->users) == 1 &&
		    test_bit(VIRTCRYPTO_SESS_REVOKED, &sess->flags) == 0 &&
		    time_after(jiffies, used + VIRTCRYPTO_SESS_IDLE) &&
		    (!victim || time_before(used, victim->last_used)))
			victim = sess;
	}
	if (victim) {
		kref_get(&victim->kref);
		dev->sess_evicted++;
	}
	spin_unlock_bh(&dev->sess_lock);
	if (!victim)
		return -ENOSPC;

	virtcrypto_session_revoke(victim);
	virtcrypto_session_put(victim);
	return 0;
}

/*
 * An object for a session, not asked for yet.  @len: bytes of message or keys.
 *
 * The generation is read first.  If the device is stopped and started meanwhile,
 * what is read of it later may be new and the generation is old: the session is
 * never used.  And if the generation is new already but the rest is not, the
 * device is not ready.
 */
static struct virtcrypto_session *
virtcrypto_session_alloc(struct virtcrypto_device *dev,
			 const struct virtcrypto_key *key, u32 dir,
			 unsigned int len)
{
	u32 generation = READ_ONCE(dev->generation);
	struct virtcrypto_session *sess;

	/* Pairs with the barrier in virtcrypto_set_state(). */
	smp_rmb();
	if (READ_ONCE(dev->state) != VIRTCRYPTO_DEV_READY)
		return ERR_PTR(-ENODEV);
	/* The same: forms are set before a device is READY. */
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
	sess->form = dev->forms[key->params.service];
	sess->params = key->params;
	sess->dir = dir;
	sess->row = key->row;
	sess->trial = key->dev;
	sess->last_used = jiffies;
	atomic_inc(&dev->nr_bound);
	return sess;
}

/*
 * What stands for a session in stateless mode.  Takes over the caller's
 * reference to the device if it succeeds.
 */
static struct virtcrypto_session *
virtcrypto_session_pretend(struct virtcrypto_device *dev,
			   struct virtcrypto_key *key, u32 dir)
{
	unsigned int len = virtcrypto_keys_len(&key->params);
	struct virtcrypto_session *sess;

	sess = virtcrypto_session_alloc(dev, key, dir, len);
	if (IS_ERR(sess))
		return sess;
	sess->stateless = true;
	sess->state = VIRTCRYPTO_SESS_READY;
	sess->keys_len = len;
	if (len)
		memcpy(sess->out, key->bytes, len);
	return sess;
}

/*
 * Ask a device for a session.  Takes over the caller's reference to the device
 * if it succeeds.  The result has one reference for the caller.
 */
static struct virtcrypto_session *
virtcrypto_session_create(struct virtcrypto_device *dev,
			  struct virtcrypto_key *key, u32 dir,
			  const struct virtcrypto_req *vr, bool parks)
{
	unsigned int len = virtcrypto_keys_len(&key->params);
	struct virtcrypto_wire_create *out;
	struct virtcrypto_session *sess;
	unsigned int fixed;
	int err;

	lockdep_assert_held(&key->lock);

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
	sess = virtcrypto_session_alloc(dev, key, dir, sizeof(*out) + len);
	if (IS_ERR(sess))
		return sess;
	/* For the device's list and the message. */
	kref_get(&sess->kref);
	kref_get(&sess->kref);
	sess->state = VIRTCRYPTO_SESS_CREATING;
	sess->params.aad_len = vr->op.aad_len;
	sess->parks = parks;

	out = (void *)sess->out;
	fixed = virtcrypto_format_create(out, sess->form, &sess->params, dir);
	if (len)
		memcpy(sess->out + fixed, key->bytes, len);
	/* From now on they only say what a request brings. */
	sess->params.key_len = 0;
	sess->params.auth_key_len = 0;

	sess->msg.event = virtcrypto_session_created;
	sess->msg.out = sess->out;
	sess->msg.out_len = fixed + len;
	sess->msg.in_len = sizeof(sess->msg.result.create);

	spin_lock_bh(&dev->sess_lock);
	if (dev->sess_closed) {
		spin_unlock_bh(&dev->sess_lock);
		atomic_dec(&dev->nr_bound);
		kfree_sensitive(sess);
		return ERR_PTR(-ENODEV);
	}
	list_add_tail(&sess->node, &dev->sessions);
	dev->nr_sessions++;
	dev->sess_created++;
	spin_unlock_bh(&dev->sess_lock);

	err = virtcrypto_ctrlq_send(&dev->ctrlq, &sess->msg, sess->generation);
	if (err) {
		spin_lock_bh(&sess->lock);
		sess->state = VIRTCRYPTO_SESS_ENDED;
		spin_unlock_bh(&sess->lock);
		/* The device's reference goes with the session. */
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
 * virtcrypto_sessions_gone() - has a device been told of, and forgotten, all?
 * @dev: the device, after virtcrypto_sessions_destroy()
 *
 * Context: any but hard interrupts.
 * Return: true if no session is left, nor a message about one.
 */
bool virtcrypto_sessions_gone(struct virtcrypto_device *dev)
{
	bool gone;

	spin_lock_bh(&dev->sess_lock);
	gone = !dev->nr_sessions;
	spin_unlock_bh(&dev->sess_lock);
	/* The last ones' messages are on the queue by now. */
	return gone && virtcrypto_ctrlq_idle(&dev->ctrlq);
}

/*
 * Call a function for each session of a device that is in its list now.  The
 * function may take the session out of the list.
 */
static void virtcrypto_sessions_each(struct virtcrypto_device *dev, bool close,
				     void (*func)(struct virtcrypto_session *))
{
	struct virtcrypto_session *sess;
	LIST_HEAD(todo);

	spin_lock_bh(&dev->sess_lock);
	dev->sess_closed |= close;
	list_splice_init(&dev->sessions, &todo);
	while ((sess = list_first_entry_or_null(&todo,
						struct virtcrypto_session,
						node))) {
		list_move_tail(&sess->node, &dev->sessions);
		kref_get(&sess->kref);
		spin_unlock_bh(&dev->sess_lock);
		func(sess);
		virtcrypto_session_put(sess);
		spin_lock_bh(&dev->sess_lock);
	}
	spin_unlock_bh(&dev->sess_lock);
}

/**
 * virtcrypto_sessions_destroy() - have a device forget all its sessions
 * @dev: the device; from now on it gives no more
 *
 * Sends the messages and does not wait for answers.  Sessions with requests
 * under way are destroyed when these are completed.
 *
 * Context: process, under the device's lifecycle mutex.
 */
void virtcrypto_sessions_destroy(struct virtcrypto_device *dev)
{
	virtcrypto_sessions_each(dev, true, virtcrypto_session_revoke);
}

/* Wait no longer for a session, and use it no more. */
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
	virtcrypto_session_fail_parked(sess, &parked, -ENODEV);
}

/**
 * virtcrypto_sessions_abandon() - have keys look for another device
 * @dev: the device, which takes no requests now
 *
 * Requests that wait for a session were never sent, so that software can do them
 * at once.  Sessions are destroyed as soon as the device takes messages again.
 *
 * Context: process, under the device's lifecycle mutex.
 */
void virtcrypto_sessions_abandon(struct virtcrypto_device *dev)
{
	virtcrypto_sessions_each(dev, false, virtcrypto_session_abandon);
}

static bool virtcrypto_session_current(struct virtcrypto_session *sess)
{
	return !test_bit(VIRTCRYPTO_SESS_REVOKED, &sess->flags) &&
	       sess->generation == READ_ONCE(sess->dev->generation);
}

/* The slot's session with one more user, if it can be used at once. */
static struct virtcrypto_session *
virtcrypto_slot_get(struct virtcrypto_slot *slot)
{
	struct virtcrypto_session *sess;

	rcu_read_lock();
	sess = rcu_dereference(slot->sess);
	/* Pairs with the release in virtcrypto_session_created(). */
	if (sess && (smp_load_acquire(&sess->state) != VIRTCRYPTO_SESS_READY ||
		     !virtcrypto_session_current(sess) ||
		     !atomic_inc_not_zero(&sess->users)))
		sess = NULL;
	rcu_read_unlock();
	return sess;
}

static struct virtcrypto_session *
virtcrypto_slot_sess(struct virtcrypto_key *key, struct virtcrypto_slot *slot)
{
	return rcu_dereference_protected(slot->sess,
					 lockdep_is_held(&key->lock));
}

/*
 * Use a slot's session no more.  Where order matters it is remembered, since
 * requests may be under way in it.
 */
static void virtcrypto_slot_retire(struct virtcrypto_key *key,
				   struct virtcrypto_slot *slot)
{
	struct virtcrypto_session *sess = virtcrypto_slot_sess(key, slot);

	if (!sess)
		return;
	RCU_INIT_POINTER(slot->sess, NULL);
	virtcrypto_session_revoke(sess);
	if (key->ordered)
		swap(sess, slot->former);
	if (sess)
		virtcrypto_session_put(sess);
}

/* The same for a key that ends: there is nothing to be in order with. */
static void virtcrypto_slot_clear(struct virtcrypto_key *key,
				  struct virtcrypto_slot *slot)
{
	virtcrypto_slot_retire(key, slot);
	if (slot->former)
		virtcrypto_session_put(slot->former);
	slot->former = NULL;
}

/*
 * Ask for no session for a while, longer each time that the device refused.
 * Until then @why is what requests are told; it is never 0.
 */
static int virtcrypto_slot_defer(struct virtcrypto_slot *slot, bool refused,
				 int why)
{
	unsigned int shift = 0;

	/* Long ago does not count. */
	if (time_after(jiffies, slot->retry_at + VIRTCRYPTO_RETRY_FORGET))
		slot->failures = 0;
	if (refused)
		shift = min_t(unsigned int, slot->failures,
			      VIRTCRYPTO_RETRY_SHIFT);
	WRITE_ONCE(slot->why, why);
	WRITE_ONCE(slot->retry_at, jiffies + (VIRTCRYPTO_RETRY_MIN << shift));
	/* Pairs with the acquire in virtcrypto_slot_deferred(). */
	smp_store_release(&slot->failures, refused ? slot->failures + 1 :
						     max(slot->failures, 1U));
	return why;
}

/* Are requests to be told @why without another attempt? */
static bool virtcrypto_slot_deferred(const struct virtcrypto_slot *slot,
				     int *why)
{
	/* Pairs with the release in virtcrypto_slot_defer(). */
	if (!smp_load_acquire(&slot->failures) ||
	    !time_before(jiffies, READ_ONCE(slot->retry_at)))
		return false;
	*why = READ_ONCE(slot->why);
	return true;
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
	vr->sess = sess;
	vr->busy = err == -EBUSY;
	/* The submitter's, not that of the CPU that will send it. */
	if (!vr->dataq)
		vr->dataq = virtcrypto_this_dataq(sess->dev);
	list_add_tail(&vr->node, &sess->parked);
	sess->nr_parked++;
	return err;
}

/*
 * Use the session that a slot has: park the request if it is being created, or
 * take it as it is.  Else the session is of no more use.
 *
 * Return: -EINPROGRESS or -EBUSY, parked; 0, to be submitted, vr->sess is set;
 * -EAGAIN, software has to do it; -ESTALE, the session was revoked, or its
 * generation is over; -EPERM, the device refused it, or a request in it.
 */
static int virtcrypto_session_join(struct virtcrypto_session *sess,
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
		vr->sess = sess;
	}
	spin_unlock_bh(&sess->lock);
	return err;
}

/* Are the keys to go with the requests? */
static bool virtcrypto_slot_stateless(const struct virtcrypto_key *key,
				      const struct virtcrypto_slot *slot,
				      const struct virtcrypto_device *dev)
{
	/*
	 * A session that is refused costs nothing.  A request that is refused
	 * because of its key may cost its data.
	 */
	if (dev->forms[key->params.service] != VIRTCRYPTO_FORM_STATELESS ||
	    test_bit(key->row, dev->stateful))
		return false;
	/* If sessions were asked for, this form means that the device has none. */
	return READ_ONCE(virtcrypto_session_mode) != VIRTCRYPTO_MODE_AUTO ||
	       !slot->proved || test_bit(key->row, dev->sessionless);
}

/* Count a request that brings its keys; from some number on a session is better. */
static void virtcrypto_slot_used(struct virtcrypto_key *key,
				 struct virtcrypto_slot *slot,
				 struct virtcrypto_session *sess)
{
	if (READ_ONCE(virtcrypto_session_mode) != VIRTCRYPTO_MODE_AUTO ||
	    atomic_inc_return(&sess->uses) !=
	    VIRTCRYPTO_PROVED << min_t(unsigned int, READ_ONCE(slot->failures),
				       VIRTCRYPTO_RETRY_SHIFT))
		return;
	spin_lock_bh(&key->lock);
	if (virtcrypto_slot_sess(key, slot) == sess) {
		slot->proved = true;
		virtcrypto_slot_retire(key, slot);
	}
	spin_unlock_bh(&key->lock);
}

/* There is no session to be had: the keys go with the requests again, for longer. */
static bool virtcrypto_slot_unprove(struct virtcrypto_slot *slot)
{
	if (!slot->proved)
		return false;
	slot->proved = false;
	slot->failures++;
	slot->retry_at = jiffies;
	return true;
}

/*
 * A device has refused the key, or a request: other devices get their chance
 * first, and when there is none left it is asked again after a pause.
 */
static void virtcrypto_slot_refused(struct virtcrypto_slot *slot,
				    const struct virtcrypto_session *sess)
{
	slot->avoid |= virtcrypto_device_bit(sess->dev);
}

/* Ask a device for a session, or make what stands for one. */
static struct virtcrypto_session *
virtcrypto_slot_make(struct virtcrypto_key *key, struct virtcrypto_slot *slot,
		     struct virtcrypto_device *dev, u32 dir,
		     struct virtcrypto_req *vr)
{
	/*
	 * If the key was used without a session before, those requests are
	 * still under way.
	 */
	bool parks = !key->ordered || key->dev || slot->proved ||
		     virtcrypto_req_may_wait(vr);
	struct virtcrypto_session *sess;

	if (virtcrypto_slot_stateless(key, slot, dev))
		return virtcrypto_session_pretend(dev, key, dir);
	sess = virtcrypto_session_create(dev, key, dir, vr, parks);
	if (IS_ERR(sess) && virtcrypto_slot_unprove(slot))
		sess = virtcrypto_session_pretend(dev, key, dir);
	return sess;
}

/*
 * Choose a device, one that has not refused the key if there is any.  If a device
 * has refused it just now, those that did so before are not asked again at once.
 */
static struct virtcrypto_device *
virtcrypto_slot_choose(struct virtcrypto_key *key, struct virtcrypto_slot *slot,
		       bool refused)
{
	struct virtcrypto_device *dev;

	dev = virtcrypto_mgr_get(key->row, &key->params, slot->avoid);
	if (!dev && slot->avoid && !refused) {
		slot->avoid = 0;
		dev = virtcrypto_mgr_get(key->row, &key->params, 0);
	}
	return dev;
}

/* Find or make a session for a slot that has none ready. */
static int virtcrypto_slot_renew(struct virtcrypto_key *key,
				 struct virtcrypto_slot *slot, u32 dir,
				 struct virtcrypto_req *vr)
{
	struct virtcrypto_session *sess;
	struct virtcrypto_device *dev;
	bool refused = false;
	int err;

	lockdep_assert_held(&key->lock);

	sess = virtcrypto_slot_sess(key, slot);
	if (sess) {
		err = virtcrypto_session_join(sess, vr, key->ordered);
		if (err != -ESTALE && err != -EPERM)
			return err;
		if (err == -ESTALE) {
			slot->failures = 0;
		} else if (!virtcrypto_slot_unprove(slot)) {
			virtcrypto_slot_refused(slot, sess);
			refused = true;
		}
		virtcrypto_slot_retire(key, slot);
	}
	/* Trials ignore the retry back-off. */
	if (!refused && !key->dev && virtcrypto_slot_deferred(slot, &err))
		return err;
	if (!key->set)
		return -ENOKEY;

	dev = key->dev;
	if (dev)
		kref_get(&dev->kref);
	else
		dev = virtcrypto_slot_choose(key, slot, refused);
	if (!dev) {
		/* After the pause all devices are asked again. */
		slot->avoid = 0;
		return virtcrypto_slot_defer(slot, refused,
					     refused ? -EAGAIN : -ENODEV);
	}
	sess = virtcrypto_slot_make(key, slot, dev, dir, vr);
	if (IS_ERR(sess)) {
		virtcrypto_device_put(dev);
		return virtcrypto_slot_defer(slot, refused, PTR_ERR(sess));
	}
	rcu_assign_pointer(slot->sess, sess);
	/* The answer may be here already. */
	return virtcrypto_session_join(sess, vr, key->ordered);
}

/**
 * virtcrypto_key_submit() - send a request to a device, in the key's session
 * @key: the key
 * @dir: the direction; VIRTCRYPTO_DIR_ENCRYPT where there is none
 * @vr: the request, with all but session and queue filled in
 *
 * Context: any but hard interrupts.
 * Return: -EINPROGRESS and -EBUSY as virtcrypto_dataq_submit(): the caller's
 *	caller gets to see them.  Everything else means that no device does this
 *	request now, and software has to: what that function returns and
 *	besides -ENODEV, no device; -EAGAIN, no session for the time being;
 *	-EPERM, the device refuses one; -ENOMEM, no memory for it;
 *	-ENOKEY, no key.
 */
int virtcrypto_key_submit(struct virtcrypto_key *key, u32 dir,
			  struct virtcrypto_req *vr)
{
	struct virtcrypto_slot *slot = &key->slots[dir - VIRTCRYPTO_DIR_ENCRYPT];
	struct virtcrypto_session *sess = virtcrypto_slot_get(slot);
	unsigned long now;
	int err;

	if (!sess) {
		/* With nothing to be had, do not make the CPUs queue up. */
		if (!rcu_access_pointer(slot->sess) && !key->dev &&
		    virtcrypto_slot_deferred(slot, &err))
			return err == -ENOSPC ? -EAGAIN : err;
		spin_lock_bh(&key->lock);
		err = virtcrypto_slot_renew(key, slot, dir, vr);
		spin_unlock_bh(&key->lock);
		if (err)
			return err == -ENOSPC ? -EAGAIN : err;
		sess = vr->sess;
	}

	if (sess->stateless)
		virtcrypto_slot_used(key, slot, sess);
	now = jiffies;
	if (READ_ONCE(sess->last_used) != now)
		WRITE_ONCE(sess->last_used, now);
	virtcrypto_session_fill(vr, sess);
	err = virtcrypto_dataq_submit(vr, false);
	if (err != -EINPROGRESS && err != -EBUSY)
		virtcrypto_session_put_user(sess);
	return err;
}

/* One more user of a session in which requests are under way; NULL if none is. */
static struct virtcrypto_session *
virtcrypto_session_busy(struct virtcrypto_session *sess)
{
	/* The slot is a user until the session is revoked. */
	int idle = sess && !test_bit(VIRTCRYPTO_SESS_REVOKED, &sess->flags);

	if (!sess || atomic_read(&sess->users) <= idle ||
	    !atomic_inc_not_zero(&sess->users))
		return NULL;
	return sess;
}

/* Let a request wait for its turn among those that are parked, if any are. */
static bool virtcrypto_session_park_settled(struct virtcrypto_session *sess,
					    struct virtcrypto_req *vr, int err)
{
	bool parked;

	spin_lock_bh(&sess->lock);
	parked = !list_empty(&sess->parked);
	if (parked) {
		vr->settled = true;
		vr->outcome = err;
		vr->dataq = virtcrypto_this_dataq(sess->dev);
		list_add_tail(&vr->node, &sess->parked);
		sess->nr_parked++;
	}
	spin_unlock_bh(&sess->lock);
	return parked;
}

/**
 * virtcrypto_key_settle() - return what software said, in the request's turn
 * @key: the key, of which requests must not overtake each other
 * @dir: the direction
 * @vr: the request, which virtcrypto_key_submit() has not accepted
 * @err: what software said
 *
 * If requests of the same key are under way at a device, or wait for their session,
 * this one is completed after those that this CPU has submitted before.
 *
 * Context: any but hard interrupts.
 * Return: @err, or -EINPROGRESS if the request is yet to be completed.
 */
int virtcrypto_key_settle(struct virtcrypto_key *key, u32 dir,
			  struct virtcrypto_req *vr, int err)
{
	struct virtcrypto_slot *slot = &key->slots[dir - VIRTCRYPTO_DIR_ENCRYPT];
	struct virtcrypto_session *sess;

	spin_lock_bh(&key->lock);
	sess = virtcrypto_session_busy(virtcrypto_slot_sess(key, slot)) ?:
	       virtcrypto_session_busy(slot->former);
	spin_unlock_bh(&key->lock);
	if (!sess)
		return err;

	vr->sess = sess;
	if (virtcrypto_session_park_settled(sess, vr, err))
		return -EINPROGRESS;
	err = virtcrypto_dataq_settle(vr, err);
	if (err != -EINPROGRESS) {
		vr->sess = NULL;
		virtcrypto_session_put_user(sess);
	}
	return err;
}

/**
 * virtcrypto_key_init() - make an object for a transform's key
 * @key: the object
 * @row: the algorithm
 *
 * An algorithm without keys needs no more.
 */
void virtcrypto_key_init(struct virtcrypto_key *key,
			 const struct virtcrypto_row *row)
{
	unsigned int i;

	memset(key, 0, sizeof(*key));
	spin_lock_init(&key->lock);
	rwlock_init(&key->redo);
	init_rwsem(&key->slow_redo);
	key->row = row->id;
	key->params = row->params;
	key->set = row->params.service == VIRTCRYPTO_SERVICE_HASH;
	for (i = 0; i < ARRAY_SIZE(key->slots); i++)
		key->slots[i].why = -EAGAIN;
}

/**
 * virtcrypto_key_changing() - software is about to get another key
 * @key: the object
 *
 * What is under way is not left to software any more; what software is doing
 * instead of a device is waited for, since it must not see a key change.
 *
 * Context: any but hard interrupts.
 */
void virtcrypto_key_changing(struct virtcrypto_key *key)
{
	write_lock_bh(&key->redo);
	WRITE_ONCE(key->seq, key->seq + 1);
	write_unlock_bh(&key->redo);
}

/**
 * virtcrypto_key_changing_slowly() - the same where software sleeps
 * @key: the object
 *
 * Context: process.
 */
void virtcrypto_key_changing_slowly(struct virtcrypto_key *key)
{
	down_write(&key->slow_redo);
	WRITE_ONCE(key->seq, key->seq + 1);
	up_write(&key->slow_redo);
}

/**
 * virtcrypto_key_set() - give a transform a key
 * @key: the object
 * @params: what sessions are to be made for, the keys' lengths among it
 * @bytes: the keys, one behind the other
 * @gfp: for the copy that is kept
 *
 * Sessions of other keys or parameters are destroyed after their last request.
 *
 * Context: any but hard interrupts.
 * Return: 0, or -ENOMEM with the old key still in force.
 */
int virtcrypto_key_set(struct virtcrypto_key *key,
		       const struct virtcrypto_params *params, const u8 *bytes,
		       gfp_t gfp)
{
	unsigned int i, len = virtcrypto_keys_len(params);
	u8 *copy = kmemdup(bytes, len, gfp);

	if (!copy)
		return -ENOMEM;

	spin_lock_bh(&key->lock);
	if (!key->set || memcmp(params, &key->params, sizeof(*params)) ||
	    crypto_memneq(copy, key->bytes, len)) {
		for (i = 0; i < ARRAY_SIZE(key->slots); i++) {
			virtcrypto_slot_clear(key, &key->slots[i]);
			key->slots[i].failures = 0;
			key->slots[i].avoid = 0;
			key->slots[i].proved = false;
		}
		swap(copy, key->bytes);
		key->params = *params;
		key->set = true;
	}
	spin_unlock_bh(&key->lock);
	kfree_sensitive(copy);
	return 0;
}

/**
 * virtcrypto_key_set_result_len() - have a transform's tags another length
 * @key: the object
 * @len: bytes of a tag
 *
 * Sessions for the former length are destroyed after their last request.
 *
 * Context: any but hard interrupts.
 */
void virtcrypto_key_set_result_len(struct virtcrypto_key *key, u32 len)
{
	unsigned int i;

	spin_lock_bh(&key->lock);
	if (key->params.result_len != len) {
		for (i = 0; i < ARRAY_SIZE(key->slots); i++)
			virtcrypto_slot_clear(key, &key->slots[i]);
		key->params.result_len = len;
	}
	spin_unlock_bh(&key->lock);
}

/**
 * virtcrypto_key_forget() - have no device do anything until there is another key
 * @key: the object
 *
 * Context: any but hard interrupts.
 */
void virtcrypto_key_forget(struct virtcrypto_key *key)
{
	unsigned int i;

	spin_lock_bh(&key->lock);
	for (i = 0; i < ARRAY_SIZE(key->slots); i++)
		virtcrypto_slot_clear(key, &key->slots[i]);
	key->set = false;
	spin_unlock_bh(&key->lock);
}

/**
 * virtcrypto_key_wipe() - a transform ends
 * @key: the object; no request of it is under way
 *
 * Context: any but hard interrupts.
 */
void virtcrypto_key_wipe(struct virtcrypto_key *key)
{
	virtcrypto_key_forget(key);
	kfree_sensitive(key->bytes);
	key->bytes = NULL;
}
