// SPDX-License-Identifier: GPL-2.0
// Copyright (C) 2026 The virtio_crypto authors
/*
 * Sessions: created on first need, shared, changed with the key, refused, late, evicted, of
 * a generation that is over.
 */
#include "../../virtio_crypto_key.h"
#include "../../virtio_crypto_req.h"
#include "../../virtio_crypto_row.h"
#include "../../virtio_crypto_session.h"
#include "vck.h"

static const u8 vck_other_key[16] = { 42 };

/* Wait for the key's session, which comes after a pause. */
static void vck_until_device(struct kunit *test, struct crypto_skcipher *tfm)
{
	VCK_WAIT(test, vck_offloads(test, tfm));
}

static void vck_session_first_need(struct kunit *test)
{
	struct vck_device *vck = vck_create(test);
	unsigned int created = vck->created;
	struct crypto_skcipher *tfm = vck_tfm(test, VCK_CBC, 16);

	KUNIT_EXPECT_EQ(test, vck->created, created);
	KUNIT_EXPECT_EQ(test, vck_encrypt(vck_small(test, tfm)), 0);
	KUNIT_EXPECT_EQ(test, vck->created, created + 1);
	KUNIT_EXPECT_EQ(test, vck_encrypt(vck_small(test, tfm)), 0);
	KUNIT_EXPECT_EQ(test, vck->created, created + 1);
	KUNIT_EXPECT_EQ(test, vck_decrypt(vck_small(test, tfm)), 0);
	KUNIT_EXPECT_EQ(test, vck->created, created + 2);
	KUNIT_EXPECT_EQ(test, vck_driver(vck)->sessions.nr, 2);

	/* setting the same key again changes nothing */
	vck_tfm(test, VCK_CBC, 16);
	KUNIT_EXPECT_EQ(test, vck_live_sessions(vck), 2);
	KUNIT_EXPECT_EQ(test, crypto_skcipher_setkey(tfm, vck_other_key, 16), 0);
	VCK_WAIT(test, !vck_live_sessions(vck));
	KUNIT_EXPECT_EQ(test, crypto_skcipher_setkey(tfm, vck_other_key, 16), 0);
	KUNIT_EXPECT_EQ(test, vck_encrypt(vck_small(test, tfm)), 0);
	KUNIT_EXPECT_EQ(test, crypto_skcipher_setkey(tfm, vck_other_key, 16), 0);
	KUNIT_EXPECT_EQ(test, vck_encrypt(vck_small(test, tfm)), 0);
	KUNIT_EXPECT_EQ(test, vck->created, created + 3);
	vck_put_tfm(test, tfm);
	VCK_WAIT(test, !vck_live_sessions(vck));
	KUNIT_EXPECT_EQ(test, vck->unknown, 0);
}

/* Requests that come while the session is being made share it, in their order. */
static void vck_session_shared(struct kunit *test)
{
	struct vck_device *vck = vck_create(test);
	struct crypto_skcipher *tfm = vck_tfm(test, VCK_CBC, 16);
	unsigned int i, created = vck->created, ctrlq = vck_ctrlq(vck);
	struct vck_req *vr[4];
	int err[4], first;

	vck->vqs[ctrlq].hold = true;
	for (i = 0; i < 4; i++) {
		vr[i] = vck_small(test, tfm);
		err[i] = crypto_skcipher_encrypt(vr[i]->req);
		KUNIT_EXPECT_EQ(test, err[i], -EINPROGRESS);
	}
	KUNIT_EXPECT_EQ(test, vck->vqs[ctrlq].nr_held, 1);
	first = atomic_read(&vck_serial);
	vck_release(vck);
	for (i = 0; i < 4; i++) {
		KUNIT_EXPECT_EQ(test, vck_wait_req(vr[i], err[i]), 0);
		KUNIT_EXPECT_EQ(test, vr[i]->serial, first + 1 + (int)i);
		KUNIT_EXPECT_TRUE(test, vck_right(test, vr[i], "cbc(aes)", true));
	}
	KUNIT_EXPECT_EQ(test, vck->created, created + 1);
}

/* Only so many requests may wait for a session. */
static void vck_session_parking(struct kunit *test)
{
	struct vck_device *vck = vck_create(test);
	struct crypto_skcipher *tfm = vck_tfm(test, VCK_CBC, 16);
	struct vck_req **vr = kunit_kcalloc(test, 257, sizeof(*vr), GFP_KERNEL);
	u64 before = vck_count(test, VCK_CBC, "fb_nosession");
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, vr);
	vck->vqs[vck_ctrlq(vck)].hold = true;
	for (i = 0; i < 257; i++) {
		vr[i] = vck_small(test, tfm);
		KUNIT_EXPECT_EQ(test, crypto_skcipher_encrypt(vr[i]->req),
				i < 256 ? -EINPROGRESS : 0);
	}
	KUNIT_EXPECT_EQ(test, vck_count(test, VCK_CBC, "fb_nosession"), before + 1);
	vck_release(vck);
	for (i = 0; i < 256; i++)
		KUNIT_EXPECT_EQ(test, vck_wait_req(vr[i], -EINPROGRESS), 0);
}

/* Callers that can be told to pause are told, and all requests wait. */
static void vck_session_parking_busy(struct kunit *test)
{
	struct vck_device *vck = vck_create(test);
	struct crypto_skcipher *tfm = vck_tfm(test, VCK_CBC, 16);
	struct vck_req **vr = kunit_kcalloc(test, 260, sizeof(*vr), GFP_KERNEL);
	u64 before = vck_count(test, VCK_CBC, "offloaded");
	int err[260];
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, vr);
	vck->vqs[vck_ctrlq(vck)].hold = true;
	for (i = 0; i < 260; i++) {
		vr[i] = vck_request(test, tfm, 32, 1, false, CRYPTO_TFM_REQ_MAY_BACKLOG);
		err[i] = crypto_skcipher_encrypt(vr[i]->req);
		KUNIT_EXPECT_EQ(test, err[i], i < 256 ? -EINPROGRESS : -EBUSY);
	}
	vck_release(vck);
	for (i = 0; i < 260; i++) {
		KUNIT_EXPECT_EQ(test, vck_wait_req(vr[i], err[i]), 0);
		KUNIT_EXPECT_EQ(test, vr[i]->in_progress, i < 256 ? 0 : 1);
	}
	KUNIT_EXPECT_EQ(test, vck_count(test, VCK_CBC, "offloaded"), before + 260);
}

/*
 * Requests of an ordered key: the fallback does all of them until there is a
 * session, unless the first caller can be told to pause; then all wait.
 */
static void vck_session_ordered(struct kunit *test)
{
	struct vck_device *vck = vck_create(test);
	struct crypto_skcipher *tfm = vck_tfm(test, VCK_CBC, 16);
	struct vck_req **vr = kunit_kcalloc(test, 260, sizeof(*vr), GFP_KERNEL);
	u64 before;
	struct virtcrypto_key *key;
	unsigned int i;
	int err;

	KUNIT_ASSERT_NOT_NULL(test, vr);
	vck->vqs[0].hold = true;
	vr[0] = vck_small(test, tfm);
	err = crypto_skcipher_encrypt(vr[0]->req);
	VCK_WAIT(test, vck->vqs[0].nr_held == 1);
	key = list_first_entry(&vck_driver(vck)->dataqs[0].inflight, struct virtcrypto_req,
			       node)->key;
	key->ordered = true;
	vck_release(vck);
	KUNIT_EXPECT_EQ(test, vck_wait_req(vr[0], err), 0);

	KUNIT_EXPECT_EQ(test, crypto_skcipher_setkey(tfm, vck_other_key, 16), 0);
	before = vck_count(test, VCK_CBC, "fb_nosession");
	vck->vqs[vck_ctrlq(vck)].hold = true;
	for (i = 0; i < 3; i++)
		KUNIT_EXPECT_EQ(test, crypto_skcipher_encrypt(vck_small(test, tfm)->req), 0);
	KUNIT_EXPECT_EQ(test, vck_count(test, VCK_CBC, "fb_nosession"), before + 3);
	vck_release(vck);
	vck_until_device(test, tfm);

	vck->vqs[vck_ctrlq(vck)].hold = true;
	for (i = 0; i < 260; i++) {
		vr[i] = vck_request(test, tfm, 32, 1, false, i ? 0 : CRYPTO_TFM_REQ_MAY_BACKLOG);
		KUNIT_EXPECT_EQ(test, crypto_skcipher_decrypt(vr[i]->req), -EINPROGRESS);
	}
	vck_release(vck);
	for (i = 0; i < 260; i++)
		KUNIT_EXPECT_EQ(test, vck_wait_req(vr[i], -EINPROGRESS), 0);
	for (i = 1; i < 260; i++)
		KUNIT_EXPECT_EQ(test, vr[i]->serial, vr[i - 1]->serial + 1);
}

/* While a key asks for no session, the error that requests get is never 0. */
static void vck_session_why(struct kunit *test)
{
	const struct virtcrypto_row row = {};
	struct virtcrypto_key *key = kunit_kzalloc(test, sizeof(*key), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, key);
	virtcrypto_key_init(key, row.id, &row.params);
	KUNIT_EXPECT_LT(test, key->slots[0].why, 0);
	KUNIT_EXPECT_LT(test, key->slots[1].why, 0);
}

static struct virtcrypto_device *vck_restarted;

static void vck_restart(void)
{
	vck_restarted->forms[VIRTCRYPTO_SERVICE_CIPHER] = VIRTCRYPTO_FORM_REVISION_1;
	vck_restarted->ctrlq.generation++;
	vck_restarted->dataqs[0].setup.generation++;
}

/* A device is restarted in another form while a session is being made. */
static void vck_session_restart(struct kunit *test)
{
	struct vck_device *vck = vck_create(test);
	struct crypto_skcipher *tfm = vck_tfm(test, VCK_CBC, 16);
	struct vck_req *vr = vck_small(test, tfm);
	unsigned int created = vck->created;

	vck_restarted = vck_driver(vck);
	vck_alloc_hook = vck_restart;
	KUNIT_EXPECT_EQ(test, vck_encrypt(vr), 0);
	KUNIT_EXPECT_NULL(test, vck_alloc_hook);
	KUNIT_EXPECT_TRUE(test, vck_right(test, vr, "cbc(aes)", true));
	KUNIT_EXPECT_EQ(test, vck->created, created);
	vck_restarted->forms[VIRTCRYPTO_SERVICE_CIPHER] = VIRTCRYPTO_FORM_LEGACY;
	vck_until_device(test, tfm);
	KUNIT_EXPECT_EQ(test, vck->unknown, 0);

	/* or is not ready any more, before the rest changes */
	tfm = vck_tfm(test, VCK_CBC, 24);
	created = vck->created;
	WRITE_ONCE(vck_restarted->state, VIRTCRYPTO_DEV_STOPPED);
	KUNIT_EXPECT_EQ(test, vck_encrypt(vck_small(test, tfm)), 0);
	KUNIT_EXPECT_EQ(test, vck->created, created);
	WRITE_ONCE(vck_restarted->state, VIRTCRYPTO_DEV_READY);
}

/*
 * A request that waits for a session was never sent, so it does not wait for a
 * reset.
 */
static void vck_session_slow_reset(struct kunit *test)
{
	struct vck_device *vck = vck_create(test);
	struct crypto_skcipher *tfm = vck_tfm(test, VCK_CBC, 16);
	struct vck_req *vr = vck_request(test, tfm, 32, 1, true, 0);
	int err;

	vck->vqs[vck_ctrlq(vck)].hold = true;
	err = crypto_skcipher_encrypt(vr->req);
	KUNIT_EXPECT_EQ(test, err, -EINPROGRESS);
	vck->reset_ms = 3000;
	vck_needs_reset(vck);
	KUNIT_EXPECT_EQ(test, vck_wait_req(vr, err), 0);
	/* and soon, before the reset ends or begins */
	KUNIT_EXPECT_EQ(test, (int)vck->resets, 1);
	KUNIT_EXPECT_TRUE(test, vck_right(test, vr, "cbc(aes)", true));
	VCK_WAIT(test, READ_ONCE(vck->in_reset));
	vck->reset_ms = 0;
	vck_release(vck);
	VCK_WAIT(test, vck->resets > 1);
}

/*
 * With a full control queue the driver sends no useless notification under the
 * lock.
 */
static void vck_session_ring_full(struct kunit *test)
{
	struct vck_device *vck = vck_new(test);
	struct crypto_skcipher *tfm[4];
	struct vck_req *vr[4];
	unsigned int i, notified;
	int err[4];

	vck->ring = 4;
	KUNIT_ASSERT_EQ(test, 0, vck_plug(vck));
	VCK_WAIT(test, virtcrypto_support_any(&vck_driver(vck)->support));
	VCK_WAIT(test, !vck_live_sessions(vck));
	vck->vqs[1].hold = true;
	notified = vck->vqs[1].notified;
	for (i = 0; i < 4; i++) {
		tfm[i] = vck_tfm(test, VCK_CBC, 16);
		vr[i] = vck_small(test, tfm[i]);
		err[i] = crypto_skcipher_encrypt(vr[i]->req);
		KUNIT_EXPECT_EQ(test, err[i], -EINPROGRESS);
	}
	KUNIT_EXPECT_EQ(test, vck->vqs[1].nr_held, 2);
	KUNIT_EXPECT_EQ(test, vck->vqs[1].notified, notified + 2);
	vck_release(vck);
	for (i = 0; i < 4; i++)
		KUNIT_EXPECT_EQ(test, vck_wait_req(vr[i], err[i]), 0);
}

/*
 * A session to evict is found among many that cannot be evicted, while few are
 * looked at.
 */
static void vck_session_evict(struct kunit *test)
{
	struct vck_device *vck = vck_create(test);
	struct virtcrypto_session *sess;
	struct virtcrypto_device *dev = vck_driver(vck);
	struct crypto_skcipher *tfm;
	unsigned int i, n = 0;

	vck->max_sessions = 40;
	for (i = 0; i < 40; i++)
		KUNIT_EXPECT_EQ(test, vck_encrypt(vck_small(test, vck_tfm(test, VCK_CBC, 16))), 0);
	spin_lock_bh(&dev->sessions.lock);
	dev->sessions.limit = 40;
	dev->sessions.limit_until = jiffies + 600 * HZ;
	/* only the last one is idle */
	list_for_each_entry(sess, &dev->sessions.list, node)
		sess->last_used = ++n == 40 ? jiffies - 10 * HZ : jiffies + 600 * HZ;
	spin_unlock_bh(&dev->sessions.lock);
	for (i = 0; i < 3; i++) {
		tfm = vck_tfm(test, VCK_CBC, 16);
		KUNIT_EXPECT_EQ(test, vck_encrypt(vck_small(test, tfm)), 0);
		KUNIT_EXPECT_EQ(test, (int)dev->sessions.nr_evicted, i < 2 ? 0 : 1);
	}
}

/* A request keeps the session that it was sent in. */
static void vck_session_rekey(struct kunit *test)
{
	struct vck_device *vck = vck_create(test);
	struct crypto_skcipher *tfm = vck_tfm(test, VCK_CBC, 16);
	struct vck_req *vr = vck_small(test, tfm), *with_other = vck_small(test, tfm);
	int err;

	vck->vqs[0].hold = true;
	err = crypto_skcipher_encrypt(vr->req);
	VCK_WAIT(test, vck->vqs[0].nr_held == 1);
	KUNIT_EXPECT_EQ(test, crypto_skcipher_setkey(tfm, vck_other_key, 16), 0);
	KUNIT_EXPECT_EQ(test, crypto_skcipher_encrypt(with_other->req), -EINPROGRESS);
	VCK_WAIT(test, vck->vqs[0].nr_held == 2);
	KUNIT_EXPECT_EQ(test, vck_live_sessions(vck), 2);
	vck_release(vck);
	KUNIT_EXPECT_EQ(test, vck_wait_req(vr, err), 0);
	KUNIT_EXPECT_TRUE(test, vck_right(test, vr, "cbc(aes)", true));
	KUNIT_EXPECT_EQ(test, vck_wait_req(with_other, -EINPROGRESS), 0);
	KUNIT_EXPECT_FALSE(test, vck_right(test, with_other, "cbc(aes)", true));
	VCK_WAIT(test, vck_live_sessions(vck) == 1);
	KUNIT_EXPECT_EQ(test, vck->unknown, 0);
}

/* Any number may be a session's. */
static void vck_session_ids(struct kunit *test)
{
	static const u64 bases[] = { 0, U64_MAX, 1ULL << 63 };
	struct vck_device *vck = vck_create(test);
	struct crypto_skcipher *tfm;
	unsigned int i;
	u64 before;

	for (i = 0; i < ARRAY_SIZE(bases); i++) {
		vck->id_base = bases[i];
		tfm = vck_tfm(test, VCK_CBC, 16);
		before = vck_count(test, VCK_CBC, "offloaded");
		KUNIT_EXPECT_EQ(test, vck_encrypt(vck_small(test, tfm)), 0);
		KUNIT_EXPECT_EQ(test, vck_count(test, VCK_CBC, "offloaded"), before + 1);
		vck_put_tfm(test, tfm);
		VCK_WAIT(test, !vck_live_sessions(vck));
	}
	KUNIT_EXPECT_EQ(test, vck->unknown, 0);
}

static const struct vck_refusal {
	const char *name;
	u32 status;
} vck_refusals[] = {
	{ "ERR", 1 }, { "BADMSG", 2 }, { "NOTSUPP", 3 }, { "INVSESS", 4 },
	{ "NOSPC", 5 }, { "KEY_REJECTED", 6 }, { "all ones", 0xffffffff },
};

static void vck_refusal_desc(const struct vck_refusal *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(vck_refusal, vck_refusals, vck_refusal_desc);

static void vck_session_refused(struct kunit *test)
{
	const struct vck_refusal *c = test->param_value;
	struct vck_device *vck = vck_create(test);
	struct crypto_skcipher *tfm = vck_tfm(test, VCK_CBC, 16);
	u64 soft = vck_count(test, VCK_CBC, "fb_nosession");
	struct vck_req *vr = vck_small(test, tfm);

	vck->ctrl_status = (struct vck_fault) { .times = 1, .value = c->status };
	KUNIT_EXPECT_EQ(test, vck_encrypt(vr), 0);
	KUNIT_EXPECT_TRUE(test, vck_right(test, vr, "cbc(aes)", true));
	KUNIT_EXPECT_EQ(test, vck_count(test, VCK_CBC, "fb_nosession"), soft + 1);
	KUNIT_EXPECT_EQ(test, (int)vck_driver(vck)->sessions.nr_failed, 1);
	/* not asked again at once */
	KUNIT_EXPECT_EQ(test, vck_encrypt(vck_small(test, tfm)), 0);
	KUNIT_EXPECT_EQ(test, vck_count(test, VCK_CBC, "fb_nosession"), soft + 2);
	vck_until_device(test, tfm);
	KUNIT_EXPECT_EQ(test, (int)vck_driver(vck)->sessions.nr_failed, 1);

	/* the answer to a destroy does not matter */
	vck->ctrl_status = (struct vck_fault) { .times = 1, .value = c->status };
	vck_put_tfm(test, tfm);
	VCK_WAIT(test, !vck->ctrl_status.times);
	VCK_WAIT(test, !vck_driver(vck)->sessions.nr);
}

/* A full device: the fallback takes over, and an idle session is evicted. */
static void vck_session_full(struct kunit *test)
{
	struct vck_device *vck = vck_create(test);
	struct crypto_skcipher *tfm[4];
	unsigned int i;
	u64 soft;

	vck->max_sessions = 3;
	for (i = 0; i < 4; i++)
		tfm[i] = vck_tfm(test, VCK_CBC, 16);
	for (i = 0; i < 3; i++)
		KUNIT_EXPECT_EQ(test, vck_encrypt(vck_small(test, tfm[i])), 0);
	soft = vck_count(test, VCK_CBC, "fb_nosession");
	KUNIT_EXPECT_EQ(test, vck_encrypt(vck_small(test, tfm[3])), 0);
	KUNIT_EXPECT_EQ(test, vck_count(test, VCK_CBC, "fb_nosession"), soft + 1);
	KUNIT_EXPECT_EQ(test, vck_driver(vck)->sessions.limit, 3);
	/* all were in use a moment ago */
	KUNIT_EXPECT_EQ(test, (int)vck_driver(vck)->sessions.nr_evicted, 0);
	vck_until_device(test, tfm[3]);
	KUNIT_EXPECT_EQ(test, (int)vck_driver(vck)->sessions.nr_evicted, 1);
	KUNIT_EXPECT_EQ(test, vck_live_sessions(vck), 3);
	/* the evicted key gets another session */
	vck_until_device(test, tfm[0]);
	KUNIT_EXPECT_EQ(test, vck->unknown, 0);

	/* the limit is forgotten after a while */
	vck->max_sessions = VCK_SESSIONS;
	vck_driver(vck)->sessions.limit_until = jiffies - 1;
	vck_until_device(test, vck_tfm(test, VCK_CBC, 24));
	KUNIT_EXPECT_EQ(test, vck_driver(vck)->sessions.limit, UINT_MAX);
}

/*
 * A late answer: the fallback took over long before, and the session is
 * destroyed.
 */
static void vck_session_late(struct kunit *test)
{
	struct vck_device *vck = vck_create(test);
	struct crypto_skcipher *tfm = vck_tfm(test, VCK_CBC, 16);
	unsigned int destroyed = vck->destroyed, ctrlq = vck_ctrlq(vck);
	struct virtcrypto_dataq *q = &vck_driver(vck)->dataqs[0];
	struct vck_req *vr = vck_small(test, tfm);
	struct vck_req *busy = vck_small(test, vck_tfm(test, VCK_CBC, 24));
	int err, busy_err;

	/* with a request at work, and in time, the device is not given up */
	vck->vqs[0].hold = true;
	busy_err = crypto_skcipher_encrypt(busy->req);
	VCK_WAIT(test, vck->vqs[0].nr_held == 1);
	spin_lock_bh(&q->lock);
	q->progress = jiffies + 1000 * HZ;
	spin_unlock_bh(&q->lock);
	vck->vqs[ctrlq].hold = true;
	err = crypto_skcipher_encrypt(vr->req);
	KUNIT_EXPECT_EQ(test, err, -EINPROGRESS);
	virtcrypto_timeout = 1;
	KUNIT_EXPECT_EQ(test, vck_wait_req(vr, err), 0);
	virtcrypto_timeout = 30;
	KUNIT_EXPECT_TRUE(test, vck_right(test, vr, "cbc(aes)", true));
	KUNIT_EXPECT_EQ(test, (int)vck_driver(vck)->ctrlq.timeouts, 1);
	KUNIT_EXPECT_TRUE(test, vck_driver(vck)->ctrlq.stalled);
	/* no other session is asked for meanwhile */
	KUNIT_EXPECT_EQ(test, vck_encrypt(vck_small(test, tfm)), 0);
	KUNIT_EXPECT_EQ(test, vck->vqs[ctrlq].nr_held, 1);
	vck_release(vck);
	VCK_WAIT(test, vck->destroyed == destroyed + 1);
	KUNIT_EXPECT_EQ(test, vck_wait_req(busy, busy_err), 0);
	vck_until_device(test, tfm);
	KUNIT_EXPECT_EQ(test, (int)vck_driver(vck)->recovery.failures, 0);
	KUNIT_EXPECT_EQ(test, vck->unknown, 0);
}

/* No answer at all and no request under way: the device is restarted. */
static void vck_session_never(struct kunit *test)
{
	struct vck_device *vck = vck_create(test);
	struct crypto_skcipher *tfm = vck_tfm(test, VCK_CBC, 16);
	u32 generation = vck_driver(vck)->ctrlq.generation;

	vck->ctrl_drop.times = 1;
	virtcrypto_timeout = 1;
	KUNIT_EXPECT_EQ(test, vck_encrypt(vck_small(test, tfm)), 0);
	VCK_WAIT(test, vck_driver(vck)->recovery.failures == 1);
	vck_until_device(test, tfm);
	KUNIT_EXPECT_NE(test, vck_driver(vck)->ctrlq.generation, generation);
}

/* The key changes, or the transform ends, before the session is there. */
static void vck_session_unwanted(struct kunit *test)
{
	struct vck_device *vck = vck_create(test);
	struct crypto_skcipher *tfm = vck_tfm(test, VCK_CBC, 16);
	unsigned int ctrlq = vck_ctrlq(vck);
	struct vck_req *vr = vck_small(test, tfm);
	int err;

	vck->vqs[ctrlq].hold = true;
	err = crypto_skcipher_encrypt(vr->req);
	KUNIT_EXPECT_EQ(test, crypto_skcipher_setkey(tfm, vck_other_key, 16), 0);
	vck_release(vck);
	KUNIT_EXPECT_EQ(test, vck_wait_req(vr, err), 0);
	KUNIT_EXPECT_TRUE(test, vck_right(test, vr, "cbc(aes)", true));
	VCK_WAIT(test, !vck_live_sessions(vck));

	vck->vqs[ctrlq].hold = true;
	virtcrypto_timeout = 1;
	vr = vck_small(test, tfm);
	KUNIT_EXPECT_EQ(test, vck_encrypt(vr), 0);
	virtcrypto_timeout = 30;
	vck_put_tfm(test, tfm);
	vck_release(vck);
	VCK_WAIT(test, !vck_live_sessions(vck));
	KUNIT_EXPECT_EQ(test, vck->unknown, 0);
}

static void vck_session_no_memory(struct kunit *test)
{
	struct vck_device *vck = vck_create(test);
	struct crypto_skcipher *tfm = vck_tfm(test, VCK_CBC, 16);
	struct vck_req *vr = vck_small(test, tfm);
	u64 before = vck_count(test, VCK_CBC, "fb_nomem");

	vck_fail(VCK_ALLOC, 0, 1, -ENOMEM);
	KUNIT_EXPECT_EQ(test, vck_encrypt(vr), 0);
	KUNIT_EXPECT_EQ(test, vck_fail_end(), 1);
	KUNIT_EXPECT_EQ(test, vck_count(test, VCK_CBC, "fb_nomem"), before + 1);
	vck_until_device(test, tfm);

	vck_fail(VCK_ALLOC, 0, 1, -ENOMEM);
	KUNIT_EXPECT_EQ(test, crypto_skcipher_setkey(tfm, vck_other_key, 16), -ENOMEM);
	KUNIT_EXPECT_EQ(test, vck_fail_end(), 1);

	/* no room for the message: it goes out with the next */
	KUNIT_EXPECT_EQ(test, crypto_skcipher_setkey(tfm, vck_other_key, 16), 0);
	vck_fail(VCK_ADD, 0, 1, -ENOSPC);
	vr = vck_small(test, tfm);
	KUNIT_EXPECT_EQ(test, crypto_skcipher_encrypt(vr->req), -EINPROGRESS);
	KUNIT_EXPECT_EQ(test, vck_fail_end(), 1);
	KUNIT_EXPECT_EQ(test, vck_encrypt(vck_small(test, vck_tfm(test, VCK_CBC, 24))), 0);
	KUNIT_EXPECT_EQ(test, vck_wait_req(vr, -EINPROGRESS), 0);
	KUNIT_EXPECT_EQ(test, vck->unknown, 0);
}

/*
 * While HW_READY is clear nothing is sent, and owners of waiting messages are
 * told.
 */
static void vck_session_not_ready(struct kunit *test)
{
	struct vck_device *vck = vck_create(test);
	struct crypto_skcipher *tfm = vck_tfm(test, VCK_CBC, 16);
	unsigned int ctrlq = vck_ctrlq(vck), notified;
	struct vck_req *vr = vck_small(test, tfm);
	int err;

	KUNIT_EXPECT_EQ(test, vck_encrypt(vck_small(test, tfm)), 0);
	vck_fail(VCK_ADD, 0, 1, -ENOSPC);
	err = crypto_skcipher_decrypt(vr->req);
	KUNIT_EXPECT_EQ(test, err, -EINPROGRESS);
	KUNIT_EXPECT_EQ(test, vck_fail_end(), 1);
	vck_ready(vck, false);
	KUNIT_EXPECT_EQ(test, vck_wait_req(vr, err), 0);
	KUNIT_EXPECT_TRUE(test, vck_right(test, vr, "cbc(aes)", false));

	/* a session that ends now is destroyed when the device is ready again */
	notified = vck->vqs[ctrlq].notified;
	vck_put_tfm(test, tfm);
	msleep(20);
	KUNIT_EXPECT_EQ(test, vck->vqs[ctrlq].notified, notified);
	KUNIT_EXPECT_EQ(test, vck_live_sessions(vck), 1);
	vck_ready(vck, true);
	VCK_WAIT(test, !vck_live_sessions(vck));
	KUNIT_EXPECT_EQ(test, vck->unknown, 0);
}

/* Sessions from before a reset are neither used nor destroyed. */
static void vck_session_generation(struct kunit *test)
{
	struct vck_device *vck = vck_create(test);
	struct crypto_skcipher *tfm = vck_tfm(test, VCK_CBC, 16);
	struct crypto_skcipher *idle = vck_tfm(test, VCK_CBC, 24);
	u32 generation = vck_driver(vck)->ctrlq.generation;
	unsigned int created;

	KUNIT_EXPECT_EQ(test, vck_encrypt(vck_small(test, tfm)), 0);
	KUNIT_EXPECT_EQ(test, vck_encrypt(vck_small(test, idle)), 0);
	vck_needs_reset(vck);
	VCK_WAIT(test, READ_ONCE(vck_driver(vck)->ctrlq.generation) != generation);
	VCK_WAIT(test, READ_ONCE(vck_driver(vck)->state) == VIRTCRYPTO_DEV_READY);
	VCK_WAIT(test, virtcrypto_support_any(&vck_driver(vck)->support));
	created = vck->created;
	vck_until_device(test, tfm);
	KUNIT_EXPECT_EQ(test, vck->created, created + 1);
	vck_put_tfm(test, idle);
	vck_put_tfm(test, tfm);
	VCK_WAIT(test, !vck_live_sessions(vck));
	KUNIT_EXPECT_EQ(test, vck->unknown, 0);
}

static struct kunit_case vck_session_cases[] = {
	KUNIT_CASE(vck_session_first_need),
	KUNIT_CASE(vck_session_shared),
	KUNIT_CASE(vck_session_parking),
	KUNIT_CASE(vck_session_parking_busy),
	KUNIT_CASE(vck_session_ordered),
	KUNIT_CASE(vck_session_why),
	KUNIT_CASE(vck_session_restart),
	KUNIT_CASE_SLOW(vck_session_slow_reset),
	KUNIT_CASE(vck_session_ring_full),
	KUNIT_CASE(vck_session_evict),
	KUNIT_CASE(vck_session_rekey),
	KUNIT_CASE(vck_session_ids),
	KUNIT_CASE_PARAM(vck_session_refused, vck_refusal_gen_params),
	KUNIT_CASE(vck_session_full),
	KUNIT_CASE(vck_session_late),
	KUNIT_CASE(vck_session_never),
	KUNIT_CASE(vck_session_unwanted),
	KUNIT_CASE(vck_session_no_memory),
	KUNIT_CASE(vck_session_not_ready),
	KUNIT_CASE(vck_session_generation),
	{}
};

static struct kunit_suite vck_session_suite = {
	.name = "virtio_crypto_session",
	.exit = vck_exit,
	.test_cases = vck_session_cases,
};

kunit_test_suite(vck_session_suite);
