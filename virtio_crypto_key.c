// SPDX-License-Identifier: GPL-2.0
// Copyright (C) 2026 The virtio_crypto authors
/*
 * Keys: a transform's key, and for each direction a slot that points to the
 * session made of it.
 *
 * A session is made when the first request of its direction needs it.  Where
 * there is none to be had, the caller learns it at once and turns to the
 * fallback; the slot asks again after a pause, which grows while devices
 * refuse.
 *
 * Order: requests of an AEAD's or chain's key must not overtake each other by
 * much, since receivers of network packets drop what is late as a replay.  If
 * the first caller can be told to pause, all requests wait for the session,
 * however many they are.  Otherwise the fallback does all of them until the
 * session is READY.  What the fallback does later, among requests at the
 * device, is completed in its turn, see virtcrypto_key_settle().
 *
 * virtcrypto_key.lock guards the key and what its slots point to; session and
 * control queue locks are taken under it.  virtcrypto_key.redo and .slow_redo
 * are held while the fallback works, with none of these.
 */
#include <crypto/algapi.h>
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "virtio_crypto_choice.h"
#include "virtio_crypto_device.h"
#include "virtio_crypto_key.h"
#include "virtio_crypto_mgr.h"
#include "virtio_crypto_params.h"
#include "virtio_crypto_req.h"
#include "virtio_crypto_session.h"

/* Shortest and longest pause between attempts to get a session for a key. */
#define VIRTCRYPTO_RETRY_MIN	(HZ / 4)
#define VIRTCRYPTO_RETRY_SHIFT	8
#define VIRTCRYPTO_RETRY_FORGET	(VIRTCRYPTO_RETRY_MIN << VIRTCRYPTO_RETRY_SHIFT)

/* Requests after which a key gets a session in VIRTCRYPTO_MODE_AUTO. */
#define VIRTCRYPTO_PROVED	16

/* The slot's session with one more user, if it can be used at once. */
static struct virtcrypto_session *
virtcrypto_slot_get(struct virtcrypto_slot *slot)
{
	struct virtcrypto_session *sess;

	rcu_read_lock();
	sess = rcu_dereference(slot->sess);
	if (sess && !virtcrypto_session_get_ready(sess))
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
 * Stop using a slot's session.  Where order matters it is remembered, as
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

/* The same for a key that ends, where order does not matter any more. */
static void virtcrypto_slot_clear(struct virtcrypto_key *key,
				  struct virtcrypto_slot *slot)
{
	virtcrypto_slot_retire(key, slot);
	if (slot->former)
		virtcrypto_session_put(slot->former);
	slot->former = NULL;
}

/*
 * Ask for no session for a while, longer each time that a device has refused.
 * Until then requests get the error @why, which is never 0.
 */
static int virtcrypto_slot_defer(struct virtcrypto_slot *slot, bool refused,
				 int why)
{
	unsigned int shift = 0;

	/* Failures of long ago do not count. */
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

/* Do requests get the error @why without another attempt? */
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

/* Are the keys sent with each request? */
static bool virtcrypto_slot_stateless(const struct virtcrypto_key *key,
				      const struct virtcrypto_slot *slot,
				      const struct virtcrypto_device *dev)
{
	const struct virtcrypto_row_support *support =
		&dev->support.rows[key->row];

	/*
	 * If the device refuses a key in a session, no data is lost.  If it
	 * refuses it in a request, the data may be.
	 */
	if (dev->forms[key->params.service] != VIRTCRYPTO_FORM_STATELESS ||
	    READ_ONCE(support->needs_session))
		return false;
	/*
	 * In VIRTCRYPTO_MODE_SESSIONS this form is used only if the device
	 * gives no sessions.
	 */
	return READ_ONCE(virtcrypto_session_mode) != VIRTCRYPTO_MODE_AUTO ||
	       !slot->proved || READ_ONCE(support->no_session);
}

/*
 * Count a request that brings its keys; after enough of them the key gets a
 * session.
 */
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

/* The device gives no session: send keys with requests again, for longer. */
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
 * A device has refused the key, or has failed at a request.  Other devices are
 * tried first; if none is left, this one is asked again after a pause.
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
		     const struct virtcrypto_req *vr)
{
	const struct virtcrypto_session_want want = {
		.row = key->row,
		.params = &key->params,
		.bytes = key->bytes,
		.dir = dir,
		.aad_len = vr->op.aad_len,
		.trial = key->dev,
		/*
		 * If the key was used without a session before, requests
		 * without one may still be under way.
		 */
		.parks = !key->ordered || key->dev || slot->proved ||
			 virtcrypto_req_may_wait(vr),
	};
	struct virtcrypto_session *sess;

	if (virtcrypto_slot_stateless(key, slot, dev))
		return virtcrypto_session_pretend(dev, &want);
	sess = virtcrypto_session_create(dev, &want);
	if (IS_ERR(sess) && virtcrypto_slot_unprove(slot))
		sess = virtcrypto_session_pretend(dev, &want);
	return sess;
}

/*
 * Choose a device, preferably one that has not refused the key.  If a device
 * has refused it just now, devices that did so before are not asked again at
 * once.
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

/* Find or make a session for a slot that has none that is ready. */
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
 * virtcrypto_key_begin() - begin to describe a request of a key
 * @key: the key, as it is now
 * @vr: the request
 * @base: the caller's request
 * @len: bytes of text, by which it is chosen who does it
 * @done: its completion
 *
 * The caller describes the rest as for virtcrypto_req_init().
 *
 * Context: any.
 */
void virtcrypto_key_begin(struct virtcrypto_key *key, struct virtcrypto_req *vr,
			  struct crypto_async_request *base, unsigned int len,
			  void (*done)(struct virtcrypto_req *vr, int err))
{
	virtcrypto_req_init(vr, base, done);
	vr->key = key;
	vr->key_seq = READ_ONCE(key->seq);
	vr->choice = virtcrypto_choice_of(key->choices, len);
}

/**
 * virtcrypto_key_submit() - send a request to a device, in the key's session
 * @key: the key
 * @dir: the direction; VIRTCRYPTO_DIR_ENCRYPT where there is none
 * @vr: the request, with all but session and queue filled in
 *
 * Context: any but hard interrupts.
 * Return: -EINPROGRESS and -EBUSY as virtcrypto_dataq_submit(), for the crypto
 *	API's caller.  Everything else means that no device does this request
 *	now and the fallback has to: the errors of that function, and -ENODEV
 *	if there is no device; -EAGAIN if there is no session now; -EPERM if
 *	the device refuses one; -ENOMEM; -ENOKEY if there is no key.
 */
int virtcrypto_key_submit(struct virtcrypto_key *key, u32 dir,
			  struct virtcrypto_req *vr)
{
	struct virtcrypto_slot *slot = &key->slots[dir - VIRTCRYPTO_DIR_ENCRYPT];
	struct virtcrypto_session *sess = virtcrypto_slot_get(slot);
	unsigned long now;
	int err;

	if (!sess) {
		/* Do not contend for the lock while there is no session. */
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
	err = virtcrypto_session_submit(sess, vr, false);
	if (err != -EINPROGRESS && err != -EBUSY)
		virtcrypto_session_put_user(sess);
	return err;
}

/**
 * virtcrypto_key_settle() - return what the fallback returned, in the request's
 * turn
 * @key: the key, of which requests must not overtake each other
 * @dir: the direction
 * @vr: the request, which virtcrypto_key_submit() has not accepted
 * @err: what the fallback returned
 *
 * If requests of the same key are under way at a device, or wait for their
 * session, this one is completed after those that this CPU has submitted
 * before.
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
	sess = virtcrypto_session_get_busy(virtcrypto_slot_sess(key, slot)) ?:
	       virtcrypto_session_get_busy(slot->former);
	spin_unlock_bh(&key->lock);
	if (!sess)
		return err;

	err = virtcrypto_session_settle(sess, vr, err);
	if (err != -EINPROGRESS) {
		vr->sess = NULL;
		virtcrypto_session_put_user(sess);
	}
	return err;
}

/**
 * virtcrypto_key_init() - make an object for a transform's key
 * @key: the object
 * @row: the algorithm's number among all tables
 * @params: what sessions are for
 *
 * An algorithm without keys needs no more.
 */
void virtcrypto_key_init(struct virtcrypto_key *key, unsigned int row,
			 const struct virtcrypto_params *params)
{
	unsigned int i;

	memset(key, 0, sizeof(*key));
	spin_lock_init(&key->lock);
	rwlock_init(&key->redo);
	init_rwsem(&key->slow_redo);
	key->row = row;
	key->params = *params;
	key->set = params->service == VIRTCRYPTO_SERVICE_HASH;
	for (i = 0; i < ARRAY_SIZE(key->slots); i++)
		key->slots[i].why = -EAGAIN;
}

/**
 * virtcrypto_key_changing() - the fallback is about to get another key
 * @key: the object
 *
 * Requests under way are not left to the fallback any more.  Waits for what the
 * fallback is doing in a device's place, as the key must not change under it.
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
 * virtcrypto_key_changing_slowly() - the same for a fallback that sleeps
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
 * @params: what sessions are made for, including the keys' lengths
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
 * virtcrypto_key_set_result_len() - change the length of a transform's tags
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
 * virtcrypto_key_forget() - use no device until there is another key
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
