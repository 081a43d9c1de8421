// SPDX-License-Identifier: GPL-2.0
// Copyright (C) 2026 The virtio_crypto authors
/*
 * The life of a device: probe with each step failing, configurations that make no sense,
 * status, resets, stalls, suspend, and ends of all kinds.
 */
#include "../../virtio_crypto_bh.h"
#include "../../virtio_crypto_wq.h"
#include "vck.h"

static bool vck_in_state(struct vck_device *vck, enum virtcrypto_dev_state state)
{
	return READ_ONCE(vck_driver(vck)->state) == state;
}

static bool vck_any_works(struct vck_device *vck)
{
	return virtcrypto_support_any(&vck_driver(vck)->support);
}

/* The device does a request of a new key. */
static void vck_expect_well(struct kunit *test, struct vck_device *vck)
{
	struct crypto_skcipher *tfm = vck_tfm(test, VCK_CBC, 16);
	struct vck_req *vr = vck_small(test, tfm);
	unsigned int requests;

	VCK_WAIT(test, vck_any_works(vck));
	requests = vck->requests;
	KUNIT_EXPECT_EQ(test, vck_encrypt(vr), 0);
	KUNIT_EXPECT_TRUE(test, vck_right(test, vr, "cbc(aes)", true));
	KUNIT_EXPECT_GT(test, vck->requests, requests);
	vck_put_tfm(test, tfm);
}

static void vck_life_probe(struct kunit *test)
{
	struct vck_device *vck = vck_create(test);

	KUNIT_EXPECT_TRUE(test, vck_in_state(vck, VIRTCRYPTO_DEV_READY));
	KUNIT_EXPECT_STREQ(test, virtcrypto_device_state_name(vck_driver(vck)), "ready");
	/* indirect descriptors would be allocated for each request */
	KUNIT_EXPECT_FALSE(test, virtio_has_feature(&vck->vdev, VIRTIO_RING_F_INDIRECT_DESC));
	vck_expect_well(test, vck);
	vck_unplug(vck);
	/* everything was taken back */
	KUNIT_EXPECT_EQ(test, vck_live_sessions(vck), 0);
	KUNIT_EXPECT_EQ(test, vck->created, vck->destroyed);
	KUNIT_EXPECT_EQ(test, vck->unknown, 0);
}

/* Devices that are refused at once, and leave nothing behind. */
/*
 * Revision 1 is used if it was asked for, or if the device takes nothing else.
 */
static void vck_life_revision_1(struct kunit *test)
{
	struct vck_device *vck = vck_new(test);
	enum virtcrypto_form *forms;
	unsigned int i;

	/*
	 * a device that offers only what it must, so that nothing else changes
	 */
	vck->features = BIT_ULL(VIRTIO_F_VERSION_1) | BIT_ULL(VIRTCRYPTO_F_REVISION_1);
	for (i = 0; i < 4; i++) {
		vck->insists = i & 1;
		virtcrypto_revision_1 = i & 2;
		KUNIT_ASSERT_EQ(test, 0, vck_plug(vck));
		KUNIT_ASSERT_NOT_NULL(test, vck_driver(vck));
		forms = vck_driver(vck)->forms;
		KUNIT_EXPECT_EQ(test, forms[VIRTCRYPTO_SERVICE_CIPHER],
				i ? VIRTCRYPTO_FORM_REVISION_1 : VIRTCRYPTO_FORM_LEGACY);
		KUNIT_EXPECT_EQ(test, vck->revision_1, i > 0);
		VCK_WAIT(test, vck_any_works(vck));
		vck_unplug(vck);
	}
	virtcrypto_revision_1 = false;

	/* features that depend on it are not used without it */
	virtcrypto_session_mode = VIRTCRYPTO_MODE_STATELESS;
	vck->insists = false;
	vck->features = BIT_ULL(VIRTIO_F_VERSION_1) | BIT_ULL(VIRTCRYPTO_F_CIPHER_STATELESS);
	KUNIT_EXPECT_EQ(test, 0, vck_plug(vck));
	virtcrypto_session_mode = VIRTCRYPTO_MODE_SESSIONS;
	KUNIT_ASSERT_NOT_NULL(test, vck_driver(vck));
	KUNIT_EXPECT_EQ(test, vck_driver(vck)->forms[VIRTCRYPTO_SERVICE_CIPHER],
			VIRTCRYPTO_FORM_LEGACY);
}

/*
 * A device without sessions is used in its stateless modes, if it has any.  Only
 * the negotiation is tested here: all modes that are offered and no others.
 */
static void vck_life_sessionless(struct kunit *test)
{
	u64 modes = BIT_ULL(VIRTCRYPTO_F_CIPHER_STATELESS) | BIT_ULL(VIRTCRYPTO_F_MAC_STATELESS);
	struct vck_device *vck = vck_new(test);
	const enum virtcrypto_form *forms;

	vck->max_sessions = 0;
	vck->features = BIT_ULL(VIRTIO_F_VERSION_1) | modes;
	KUNIT_ASSERT_EQ(test, 0, vck_plug(vck));
	KUNIT_ASSERT_NOT_NULL(test, vck_driver(vck));
	VCK_WAIT(test, READ_ONCE(vck_driver(vck)->sessions.denied));
	flush_delayed_work(&vck_driver(vck)->support.work);
	/* nothing without the feature that they depend on */
	KUNIT_EXPECT_EQ(test, vck_driver(vck)->ctrlq.generation, 0);
	vck_unplug(vck);

	vck->features |= BIT_ULL(VIRTCRYPTO_F_REVISION_1);
	KUNIT_ASSERT_EQ(test, 0, vck_plug(vck));
	KUNIT_ASSERT_NOT_NULL(test, vck_driver(vck));
	forms = vck_driver(vck)->forms;
	VCK_WAIT(test, READ_ONCE(forms[VIRTCRYPTO_SERVICE_CIPHER]) == VIRTCRYPTO_FORM_STATELESS);
	KUNIT_EXPECT_EQ(test, forms[VIRTCRYPTO_SERVICE_MAC], VIRTCRYPTO_FORM_STATELESS);
	KUNIT_EXPECT_EQ(test, forms[VIRTCRYPTO_SERVICE_AEAD], VIRTCRYPTO_FORM_REVISION_1);
	KUNIT_EXPECT_TRUE(test, vck->revision_1);
	KUNIT_EXPECT_EQ(test, vck_driver(vck)->ctrlq.generation, 1);
	KUNIT_EXPECT_EQ(test, vck_driver(vck)->recovery.failures, 0);
	vck_unplug(vck);

	/* nor after it has given one, even if it gives no more */
	vck->max_sessions = 1;
	KUNIT_ASSERT_EQ(test, 0, vck_plug(vck));
	KUNIT_ASSERT_NOT_NULL(test, vck_driver(vck));
	VCK_WAIT(test, READ_ONCE(vck_driver(vck)->sessions.denied));
	flush_delayed_work(&vck_driver(vck)->support.work);
	KUNIT_EXPECT_EQ(test, vck_driver(vck)->ctrlq.generation, 0);
}

static void vck_life_refused(struct kunit *test)
{
	struct vck_device *vck = vck_new(test);
	static const u32 queues[] = { 1024, 0x10000, U32_MAX };
	unsigned int i;

	vck->features = BIT_ULL(VIRTIO_RING_F_INDIRECT_DESC);
	KUNIT_EXPECT_EQ(test, 0, vck_plug(vck));
	KUNIT_EXPECT_NULL(test, vck_driver(vck));
	vck_unplug(vck);
	vck->features = BIT_ULL(VIRTIO_F_VERSION_1);

	for (i = 0; i < ARRAY_SIZE(queues); i++) {
		vck_config(vck, CONFIG_AT(max_dataqueues), queues[i]);
		KUNIT_EXPECT_EQ(test, 0, vck_plug(vck));
		KUNIT_EXPECT_NULL(test, vck_driver(vck));
		vck_unplug(vck);
	}

	/* more than the transport has */
	vck_config(vck, CONFIG_AT(max_dataqueues), VCK_MAX_VQS);
	KUNIT_EXPECT_EQ(test, 0, vck_plug(vck));
	KUNIT_EXPECT_NULL(test, vck_driver(vck));
	vck_unplug(vck);

	/* no room for a request, or not even for a message */
	vck_config(vck, CONFIG_AT(max_dataqueues), 1);
	for (vck->ring = 1; vck->ring < 4; vck->ring *= 2) {
		KUNIT_EXPECT_EQ(test, 0, vck_plug(vck));
		KUNIT_EXPECT_NULL(test, vck_driver(vck));
		vck_unplug(vck);
	}
	vck->ring = VCK_RING;

	vck->find_err = -ENOENT;
	KUNIT_EXPECT_EQ(test, 0, vck_plug(vck));
	KUNIT_EXPECT_NULL(test, vck_driver(vck));
	vck_unplug(vck);
	vck->find_err = 0;
	KUNIT_EXPECT_EQ(test, vck->requests, 0);

	/* zero queues count as one */
	vck_config(vck, CONFIG_AT(max_dataqueues), 0);
	KUNIT_EXPECT_EQ(test, 0, vck_plug(vck));
	KUNIT_ASSERT_NOT_NULL(test, vck_driver(vck));
	KUNIT_EXPECT_EQ(test, vck_driver(vck)->caps.nr_dataqs, 1);
	vck_expect_well(test, vck);
}

/* Absurd values are accepted and do no harm. */
static void vck_life_absurd(struct kunit *test)
{
	static const struct {
		unsigned int offset;
		u32 value;
	} absurd[] = {
		{ CONFIG_AT(max_cipher_key_len), 0 },
		{ CONFIG_AT(max_cipher_key_len), U32_MAX },
		{ CONFIG_AT(max_auth_key_len), 0 },
		{ CONFIG_AT(max_size), 0 },
		{ CONFIG_AT(max_size), 1 },
		{ CONFIG_AT(max_size) + 4, U32_MAX },
		{ CONFIG_AT(crypto_services), 0 },
		{ CONFIG_AT(crypto_services), U32_MAX },
		{ CONFIG_AT(cipher_algo_l), 0 },
		{ CONFIG_AT(cipher_algo_l), U32_MAX },
		{ CONFIG_AT(cipher_algo_h), U32_MAX },
		{ CONFIG_AT(status), U32_MAX },
		{ CONFIG_AT(status), 2 },
	};
	struct vck_device *vck = vck_create(test);
	u8 sane[sizeof(vck->config)];
	unsigned int i;

	vck_unplug(vck);
	memcpy(sane, vck->config, sizeof(sane));
	for (i = 0; i < ARRAY_SIZE(absurd); i++) {
		struct crypto_skcipher *tfm = vck_tfm(test, VCK_CBC, 16);
		struct vck_req *vr = vck_small(test, tfm);

		memcpy(vck->config, sane, sizeof(sane));
		vck_config(vck, absurd[i].offset, absurd[i].value);
		KUNIT_EXPECT_EQ(test, 0, vck_plug(vck));
		KUNIT_ASSERT_NOT_NULL(test, vck_driver(vck));
		flush_work(&vck_driver(vck)->support.work.work);
		KUNIT_EXPECT_EQ(test, vck_encrypt(vr), 0);
		KUNIT_EXPECT_TRUE(test, vck_right(test, vr, "cbc(aes)", true));
		vck_put_tfm(test, tfm);
		vck_unplug(vck);
	}
	KUNIT_EXPECT_EQ(test, vck->unknown, 0);

	/* a short configuration reads as ones behind its end */
	memcpy(vck->config, sane, sizeof(sane));
	vck->config_len = CONFIG_AT(max_size);
	KUNIT_EXPECT_EQ(test, 0, vck_plug(vck));
	KUNIT_ASSERT_NOT_NULL(test, vck_driver(vck));
	vck_expect_well(test, vck);
}

/*
 * Each call that can fail fails once, from probe to the end of the first trial.
 */
static void vck_life_each_step(struct kunit *test)
{
	struct vck_device *vck = vck_new(test);
	unsigned int n, failed = 1, bound = 0;

	vck_config(vck, CONFIG_AT(max_dataqueues), 2);
	/*
	 * some of each kind, including chains with CBC, since all of them take
	 * minutes
	 */
	vck_config(vck, CONFIG_AT(cipher_algo_l),
		   BIT(VIRTCRYPTO_CIPHER_AES_CBC) | BIT(VIRTCRYPTO_CIPHER_AES_XTS));
	for (n = 1; failed; n++) {
		KUNIT_ASSERT_LT(test, n, 1000);
		vck_fail_nth(n);
		KUNIT_ASSERT_EQ(test, 0, vck_plug(vck));
		if (vck_driver(vck)) {
			bound++;
			flush_work(&vck_driver(vck)->support.work.work);
		}
		failed = vck_fail_end();
		vck_unplug(vck);
		KUNIT_ASSERT_EQ(test, vck_live_sessions(vck), 0);
	}
	kunit_info(test, "%u steps that can fail, %u of them after the probe\n", n - 2, bound - 1);
	KUNIT_EXPECT_GT(test, n, 20);
	KUNIT_EXPECT_GT(test, n - 1, bound);
}

/* The same for a key and a request, which is done correctly or refused. */
static void vck_life_each_step_request(struct kunit *test)
{
	struct vck_device *vck = vck_create(test);
	unsigned int n, failed = 1;

	for (n = 1; failed; n++) {
		struct crypto_skcipher *tfm = vck_tfm(test, VCK_CBC, 0);
		struct vck_req *vr = vck_small(test, tfm);
		u8 key[16];
		int err;

		KUNIT_ASSERT_LT(test, n, 100);
		for (unsigned int i = 0; i < sizeof(key); i++)
			key[i] = i * 3 + 1;
		vck_fail_nth(n);
		err = crypto_skcipher_setkey(tfm, key, sizeof(key));
		if (!err)
			err = vck_encrypt(vr);
		failed = vck_fail_end();
		if (!err)
			KUNIT_EXPECT_TRUE(test, vck_right(test, vr, "cbc(aes)", true));
		else
			KUNIT_EXPECT_EQ(test, failed, 1);
		vck_put_tfm(test, tfm);
	}
	VCK_WAIT(test, !vck_live_sessions(vck));
	KUNIT_EXPECT_EQ(test, vck->unknown, 0);
}

/* A transform cannot be made without its fallback. */
static void vck_life_no_fallback(struct kunit *test)
{
	struct crypto_skcipher *tfm;

	vck_create(test);
	/* the first call is the test's own */
	vck_fail(VCK_SOFT, 1, 1, -ENOENT);
	tfm = crypto_alloc_skcipher(VCK_CBC, 0, 0);
	KUNIT_EXPECT_EQ(test, vck_fail_end(), 1);
	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(tfm), -ENOENT);
	if (!IS_ERR(tfm))
		crypto_free_skcipher(tfm);
}

static void vck_life_ready(struct kunit *test)
{
	struct vck_device *vck = vck_new(test);

	vck_config(vck, CONFIG_AT(status), 0);
	KUNIT_ASSERT_EQ(test, 0, vck_plug(vck));
	KUNIT_ASSERT_NOT_NULL(test, vck_driver(vck));
	KUNIT_EXPECT_TRUE(test, vck_in_state(vck, VIRTCRYPTO_DEV_NOT_READY));
	msleep(20);
	KUNIT_EXPECT_EQ(test, vck->vqs[0].notified + vck->vqs[1].notified, 0);
	vck_ready(vck, true);
	VCK_WAIT(test, vck_in_state(vck, VIRTCRYPTO_DEV_READY));
	vck_expect_well(test, vck);
	vck_ready(vck, true);
	vck_ready(vck, false);
	VCK_WAIT(test, vck_in_state(vck, VIRTCRYPTO_DEV_NOT_READY));

	/* without an interrupt; undefined bits are ignored */
	vck_config(vck, CONFIG_AT(status), 0xffffffff);
	mod_delayed_work(system_percpu_wq, &vck_driver(vck)->recovery.work, 0);
	VCK_WAIT(test, vck_in_state(vck, VIRTCRYPTO_DEV_READY));
	vck_expect_well(test, vck);

	/*
	 * a device that is ready only after a reset, which must not hit its
	 * requests
	 */
	vck_ready(vck, false);
	VCK_WAIT(test, vck_in_state(vck, VIRTCRYPTO_DEV_NOT_READY));
	vck->resets = 0;
	vck_driver(vck)->dataqs[0].nr_inflight++;
	mod_delayed_work(system_percpu_wq, &vck_driver(vck)->recovery.work, 0);
	flush_work(&vck_driver(vck)->recovery.work.work);
	KUNIT_EXPECT_EQ(test, vck->resets, 0);
	vck_driver(vck)->dataqs[0].nr_inflight--;
	mod_delayed_work(system_percpu_wq, &vck_driver(vck)->recovery.work, 0);
	VCK_WAIT(test, vck->resets >= 1);
	vck_ready(vck, true);
	VCK_WAIT(test, vck_in_state(vck, VIRTCRYPTO_DEV_READY));
	vck_expect_well(test, vck);
	KUNIT_EXPECT_EQ(test, (int)vck_driver(vck)->recovery.failures, 0);
}

/* Not being ready is no failure and does not make later recoveries slower. */
static void vck_life_toggles(struct kunit *test)
{
	struct vck_device *vck = vck_create(test);
	struct virtcrypto_device *dev = vck_driver(vck);
	unsigned long begun;
	unsigned int i;

	for (i = 0; i < 10; i++) {
		vck_ready(vck, false);
		VCK_WAIT(test, vck_in_state(vck, VIRTCRYPTO_DEV_NOT_READY));
		KUNIT_EXPECT_EQ(test, dev->recovery.polls, 1);
		vck_ready(vck, true);
		VCK_WAIT(test, vck_in_state(vck, VIRTCRYPTO_DEV_READY));
		KUNIT_EXPECT_EQ(test, dev->recovery.polls, 0);
	}
	KUNIT_EXPECT_EQ(test, dev->recovery.attempts, 0);
	VCK_WAIT(test, vck_any_works(vck));
	begun = jiffies;
	vck_needs_reset(vck);
	VCK_WAIT(test, vck_in_state(vck, VIRTCRYPTO_DEV_FAILED));
	VCK_WAIT(test, vck_in_state(vck, VIRTCRYPTO_DEV_READY));
	KUNIT_EXPECT_TRUE(test, time_before(jiffies, begun + 4 * HZ));
}

/*
 * A device whose first queue interrupts and whose second cannot be set up.
 * Nothing is left of it after a probe or a recovery; KASAN checks the probe.
 */
static void vck_life_halfway(struct kunit *test)
{
	struct vck_device *vck = vck_new(test);
	struct virtcrypto_device *dev;
	unsigned int attempts;

	vck->find_halfway = true;
	KUNIT_EXPECT_EQ(test, 0, vck_plug(vck));
	KUNIT_EXPECT_NULL(test, vck_driver(vck));
	vck_unplug(vck);
	msleep(20);

	vck->find_halfway = false;
	KUNIT_ASSERT_EQ(test, 0, vck_plug(vck));
	dev = vck_driver(vck);
	VCK_WAIT(test, vck_any_works(vck));
	vck->find_halfway = true;
	vck_needs_reset(vck);
	VCK_WAIT(test, vck_in_state(vck, VIRTCRYPTO_DEV_FAILED));
	attempts = dev->recovery.attempts;
	VCK_WAIT(test, READ_ONCE(dev->recovery.attempts) > attempts);
	vck->find_halfway = false;
	mod_delayed_work(system_percpu_wq, &dev->recovery.work, 0);
	VCK_WAIT(test, vck_in_state(vck, VIRTCRYPTO_DEV_READY));
	vck_expect_well(test, vck);
}

static unsigned int vck_bh_ran, vck_bh_others, vck_bh_answers_at;

static void vck_bh_func(struct virtcrypto_bh *bh)
{
	vck_bh_ran++;
	/* Somebody else wants it while it runs. */
	if (vck_bh_others) {
		vck_bh_others--;
		atomic_inc(&bh->wanted);
	}
	if (vck_bh_ran == vck_bh_answers_at) {
		bh->found++;
		bh->busy = false;
	}
}

static struct virtcrypto_bh *vck_bh(struct kunit *test)
{
	struct virtcrypto_bh *bh = kunit_kzalloc(test, sizeof(*bh), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, bh);
	vck_bh_ran = 0;
	vck_bh_others = 0;
	vck_bh_answers_at = 0;
	virtcrypto_bh_init(bh, vck_bh_func);
	return bh;
}

/*
 * Whoever wants a bottom half while it runs has it run once more, unless it is
 * being killed.
 */
static void vck_life_bh(struct kunit *test)
{
	struct virtcrypto_bh *bh = vck_bh(test);

	vck_bh_others = 1;
	virtcrypto_bh_schedule(bh);
	VCK_WAIT(test, READ_ONCE(vck_bh_ran) == 2);
	bh->killed = true;
	vck_bh_others = 1;
	queue_work(virtcrypto_wq, &bh->work);
	flush_work(&bh->work);
	virtcrypto_bh_poll(bh);
	kthread_flush_work(&bh->poll);
	msleep(20);
	KUNIT_EXPECT_EQ(test, vck_bh_ran, 3);
	virtcrypto_bh_kill(bh);
	virtcrypto_bh_schedule(bh);
	VCK_WAIT(test, READ_ONCE(vck_bh_ran) == 4);
	virtcrypto_bh_kill(bh);
}

/*
 * Polls in vain, and an answer comes soon after.  Other tasks may end its
 * polling early, which says nothing.
 */
static void vck_bh_miss(struct kunit *test, struct virtcrypto_bh *bh)
{
	unsigned int i, ran;

	vck_bh_answers_at = 0;
	bh->busy = true;
	for (i = 0; i < 1000; i++) {
		virtcrypto_bh_poll(bh);
		kthread_flush_work(&bh->poll);
		if (bh->missed_ns)
			break;
	}
	KUNIT_ASSERT_GT(test, bh->missed_ns, 0);
	ran = READ_ONCE(vck_bh_ran);
	vck_bh_answers_at = ran + 1;
	virtcrypto_bh_schedule(bh);
	VCK_WAIT(test, READ_ONCE(vck_bh_ran) > ran);
	KUNIT_EXPECT_EQ(test, bh->missed_ns, 0);
}

/*
 * Polls for longer if answers come soon after it has ended, and not at all if
 * that happens again and again.
 */
static void vck_life_poll(struct kunit *test)
{
	struct virtcrypto_bh *bh = vck_bh(test);
	unsigned int i, pause = 0;

	for (i = 0; i < 3; i++) {
		bh->busy = true;
		bh->misses = 1;
		/* Once while it polls, and once to turn interrupts on. */
		vck_bh_answers_at = vck_bh_ran + 1;
		virtcrypto_bh_poll(bh);
		kthread_flush_work(&bh->poll);
		KUNIT_EXPECT_EQ(test, vck_bh_ran, 2 * (i + 1));
		KUNIT_EXPECT_EQ(test, bh->misses, 0);
		KUNIT_EXPECT_FALSE(test, bh->polling);
	}
	for (i = 0; i < 3; i++) {
		bh->pause = 0;
		vck_bh_miss(test, bh);
		KUNIT_EXPECT_GT(test, bh->window_ns, 1);
		KUNIT_EXPECT_LE(test, bh->window_ns,
				virtcrypto_poll_us * NSEC_PER_USEC);
		vck_bh_miss(test, bh);
		KUNIT_EXPECT_GT(test, bh->window_ns, 1);
		vck_bh_miss(test, bh);
		KUNIT_EXPECT_EQ(test, bh->window_ns, 0);
		/* The pause is longer each time. */
		KUNIT_EXPECT_GT(test, bh->pause, pause);
		pause = bh->pause;
	}
	vck_bh_ran = 0;
	virtcrypto_bh_poll(bh);
	kthread_flush_work(&bh->poll);
	KUNIT_EXPECT_EQ(test, vck_bh_ran, 0);
	KUNIT_EXPECT_EQ(test, bh->pause, pause - 1);
	virtcrypto_bh_kill(bh);
}

/*
 * DEVICE_NEEDS_RESET with requests at the device: the fallback does them, and
 * the device recovers.
 */
static void vck_life_needs_reset(struct kunit *test)
{
	struct vck_device *vck = vck_create(test);
	struct crypto_skcipher *tfm = vck_tfm(test, VCK_CBC, 16);
	struct vck_req *apart = vck_small(test, tfm);
	struct vck_req *in_place = vck_request(test, tfm, 32, 1, true, 0);
	u32 generation = vck_driver(vck)->ctrlq.generation;

	KUNIT_EXPECT_EQ(test, vck_encrypt(vck_small(test, tfm)), 0);
	vck->vqs[0].hold = true;
	KUNIT_EXPECT_EQ(test, crypto_skcipher_encrypt(apart->req), -EINPROGRESS);
	KUNIT_EXPECT_EQ(test, crypto_skcipher_encrypt(in_place->req), -EINPROGRESS);
	VCK_WAIT(test, vck_driver(vck)->dataqs[0].nr_inflight == 2);
	vck_needs_reset(vck);
	KUNIT_EXPECT_EQ(test, vck_wait_req(apart, -EINPROGRESS), 0);
	KUNIT_EXPECT_TRUE(test, vck_right(test, apart, "cbc(aes)", true));
	KUNIT_EXPECT_EQ(test, vck_wait_req(in_place, -EINPROGRESS), -EIO);
	vck->vqs[0].hold = false;
	/* the status of a failed device is not read */
	vck_needs_reset(vck);
	VCK_WAIT(test, vck_in_state(vck, VIRTCRYPTO_DEV_READY));
	vck_expect_well(test, vck);
	KUNIT_EXPECT_EQ(test, (int)vck_driver(vck)->recovery.failures, 1);
	KUNIT_EXPECT_EQ(test, vck_driver(vck)->ctrlq.generation, generation + 1);
}

/* Recoveries that fail at each step; another one is tried later. */
static void vck_life_recovery(struct kunit *test)
{
	struct vck_device *vck = vck_create(test);
	struct virtcrypto_device *dev = vck_driver(vck);
	unsigned int step;

	for (step = 0; step < 6; step++) {
		unsigned int attempts;

		vck->gone = step == 0;
		vck->finalize_err = step == 1 ? -EINVAL : 0;
		vck->refuse_features = step == 2;
		vck->find_err = step == 3 ? -ENOMEM : 0;
		vck_config(vck, CONFIG_AT(max_dataqueues), step == 4 ? 2 : step == 5 ? 5000 : 1);
		if (!step) {
			vck->gone = false;
			vck_needs_reset(vck);
			VCK_WAIT(test, vck_in_state(vck, VIRTCRYPTO_DEV_FAILED));
			vck->gone = true;
		}
		attempts = dev->recovery.attempts;
		mod_delayed_work(system_percpu_wq, &dev->recovery.work, 0);
		VCK_WAIT(test, READ_ONCE(dev->recovery.attempts) > attempts);
		KUNIT_EXPECT_TRUE(test, vck_in_state(vck, VIRTCRYPTO_DEV_FAILED));
	}
	vck_config(vck, CONFIG_AT(max_dataqueues), 1);
	mod_delayed_work(system_percpu_wq, &dev->recovery.work, 0);
	VCK_WAIT(test, vck_in_state(vck, VIRTCRYPTO_DEV_READY));
	vck_expect_well(test, vck);
	/* after working for long, pauses are short again */
	dev->support.worked_at = jiffies - 1000 * HZ;
	vck_needs_reset(vck);
	VCK_WAIT(test, vck_in_state(vck, VIRTCRYPTO_DEV_FAILED));
	VCK_WAIT(test, vck_in_state(vck, VIRTCRYPTO_DEV_READY));
	KUNIT_EXPECT_LE(test, dev->recovery.attempts, 2);
}

/* A transport that fails breaks the queue, which is noticed at once. */
static void vck_life_broken(struct kunit *test)
{
	struct vck_device *vck = vck_create(test);
	struct crypto_skcipher *tfm = vck_tfm(test, VCK_CBC, 16);
	struct vck_req *vr = vck_small(test, tfm);
	unsigned long begun = jiffies;

	KUNIT_EXPECT_EQ(test, vck_encrypt(vck_small(test, tfm)), 0);
	vck->deaf = true;
	KUNIT_EXPECT_EQ(test, vck_encrypt(vr), 0);
	KUNIT_EXPECT_TRUE(test, vck_right(test, vr, "cbc(aes)", true));
	KUNIT_EXPECT_TRUE(test, time_before(jiffies, begun + 10 * HZ));
	vck->deaf = false;
	VCK_WAIT(test, vck_driver(vck)->recovery.failures &&
		 vck_in_state(vck, VIRTCRYPTO_DEV_READY));
	vck_expect_well(test, vck);

	/* the same on the control queue, found by an interrupt */
	vck->deaf = true;
	vr = vck_small(test, vck_tfm(test, VCK_CBC, 24));
	virtio_break_device(&vck->vdev);
	vck_interrupt(vck, 0);
	vck_interrupt(vck, 1);
	KUNIT_EXPECT_EQ(test, vck_encrypt(vr), 0);
	vck->deaf = false;
	VCK_WAIT(test, vck_driver(vck)->recovery.failures >= 2 &&
		 vck_in_state(vck, VIRTCRYPTO_DEV_READY));
	vck_expect_well(test, vck);
}

/* A request that is never answered. */
static void vck_life_stall(struct kunit *test)
{
	struct vck_device *vck = vck_create(test);
	struct crypto_skcipher *tfm = vck_tfm(test, VCK_CBC, 16);
	struct vck_req *vr = vck_small(test, tfm);

	KUNIT_EXPECT_EQ(test, vck_encrypt(vck_small(test, tfm)), 0);
	vck->drop.times = 1;
	virtcrypto_timeout = 1;
	KUNIT_EXPECT_EQ(test, vck_encrypt(vr), 0);
	KUNIT_EXPECT_TRUE(test, vck_right(test, vr, "cbc(aes)", true));
	VCK_WAIT(test, vck_driver(vck)->recovery.failures == 1 &&
		 vck_in_state(vck, VIRTCRYPTO_DEV_READY));
	vck_expect_well(test, vck);
}

/* An answer whose interrupt is lost is found by the watchdog. */
static void vck_life_lost_interrupt(struct kunit *test)
{
	struct vck_device *vck = vck_create(test);
	struct crypto_skcipher *tfm = vck_tfm(test, VCK_CBC, 16);

	KUNIT_EXPECT_EQ(test, vck_encrypt(vck_small(test, tfm)), 0);
	vck->lose_interrupts = true;
	KUNIT_EXPECT_EQ(test, vck_encrypt(vck_small(test, tfm)), 0);
	KUNIT_EXPECT_EQ(test, vck_encrypt(vck_small(test, vck_tfm(test, VCK_CBC, 24))), 0);
	vck->lose_interrupts = false;
	KUNIT_EXPECT_EQ(test, (int)vck_driver(vck)->recovery.failures, 0);
	vck_expect_well(test, vck);
}

/* Make the watchdog believe that the machine was stopped. */
static void vck_gap(struct virtcrypto_device *dev)
{
	WRITE_ONCE(dev->watch.ran_at, jiffies - 100 * HZ);
	virtcrypto_watch_now(&dev->watch);
	flush_work(&dev->watch.work.work);
}

/* Time in which the machine was stopped does not count. */
static void vck_life_gap(struct kunit *test)
{
	struct vck_device *vck = vck_create(test);
	struct virtcrypto_device *dev = vck_driver(vck);
	struct crypto_skcipher *tfm = vck_tfm(test, VCK_CBC, 16);
	struct vck_req *vr = vck_small(test, tfm);
	struct virtcrypto_dataq *q = &dev->dataqs[0];

	KUNIT_EXPECT_EQ(test, vck_encrypt(vck_small(test, tfm)), 0);
	vck->vqs[0].hold = true;
	KUNIT_EXPECT_EQ(test, crypto_skcipher_encrypt(vr->req), -EINPROGRESS);
	VCK_WAIT(test, vck->vqs[0].nr_held == 1);
	spin_lock_bh(&q->lock);
	q->progress -= 100 * HZ;
	spin_unlock_bh(&q->lock);
	vck_gap(dev);
	KUNIT_EXPECT_EQ(test, (int)dev->recovery.failures, 0);
	vck_release(vck);
	KUNIT_EXPECT_EQ(test, vck_wait_req(vr, -EINPROGRESS), 0);
}

/* The same while the device is asked for a session. */
static void vck_life_gap_ctrl(struct kunit *test)
{
	struct vck_device *vck = vck_create(test);
	struct virtcrypto_device *dev = vck_driver(vck);
	struct virtcrypto_ctrlq *cq = &dev->ctrlq;
	struct vck_req *vr = vck_small(test, vck_tfm(test, VCK_CBC, 16));
	u64 before = vck_count(test, VCK_CBC, "offloaded");
	unsigned int ctrlq = vck_ctrlq(vck);
	struct virtcrypto_ctrl_msg *msg;

	vck->vqs[ctrlq].hold = true;
	KUNIT_EXPECT_EQ(test, crypto_skcipher_encrypt(vr->req), -EINPROGRESS);
	VCK_WAIT(test, vck->vqs[ctrlq].nr_held == 1);
	spin_lock_bh(&cq->lock);
	list_for_each_entry(msg, &cq->inflight, node)
		msg->queued -= 100 * HZ;
	spin_unlock_bh(&cq->lock);
	vck_gap(dev);
	/* owners of late messages are told in a softirq */
	msleep(50);
	vck_release(vck);
	KUNIT_EXPECT_EQ(test, vck_wait_req(vr, -EINPROGRESS), 0);
	KUNIT_EXPECT_EQ(test, (int)cq->timeouts, 0);
	KUNIT_EXPECT_EQ(test, (int)dev->recovery.failures, 0);
	KUNIT_EXPECT_EQ(test, vck_count(test, VCK_CBC, "offloaded"), before + 1);
}

/* Unplug with requests at the device ends in bounded time, whatever it does. */
static void vck_life_unplug(struct kunit *test)
{
	struct vck_device *vck = vck_create(test);
	struct crypto_skcipher *tfm = vck_tfm(test, VCK_CBC, 16);
	struct vck_req *vr = vck_small(test, tfm);
	unsigned long begun;

	KUNIT_EXPECT_EQ(test, vck_encrypt(vck_small(test, tfm)), 0);
	vck->vqs[0].hold = true;
	KUNIT_EXPECT_EQ(test, crypto_skcipher_encrypt(vr->req), -EINPROGRESS);
	virtcrypto_timeout = 1;
	begun = jiffies;
	vck_unplug(vck);
	KUNIT_EXPECT_TRUE(test, time_before(jiffies, begun + 10 * HZ));
	KUNIT_EXPECT_EQ(test, vck_wait_req(vr, -EINPROGRESS), 0);
	KUNIT_EXPECT_TRUE(test, vck_right(test, vr, "cbc(aes)", true));
	KUNIT_EXPECT_EQ(test, vck_encrypt(vck_small(test, tfm)), 0);

	/* without notice: nothing is waited for */
	vck->vqs[0].hold = false;
	virtcrypto_timeout = 30;
	KUNIT_ASSERT_EQ(test, 0, vck_plug(vck));
	/* the key asks for a device again after a pause */
	VCK_WAIT(test, vck_offloads(test, tfm));
	vck->vqs[0].hold = true;
	vr = vck_small(test, tfm);
	KUNIT_EXPECT_EQ(test, crypto_skcipher_encrypt(vr->req), -EINPROGRESS);
	VCK_WAIT(test, vck->vqs[0].nr_held == 1);
	vck->gone = true;
	virtio_break_device(&vck->vdev);
	begun = jiffies;
	vck_unplug(vck);
	KUNIT_EXPECT_TRUE(test, time_before(jiffies, begun + 10 * HZ));
	KUNIT_EXPECT_EQ(test, vck_wait_req(vr, -EINPROGRESS), 0);
	vck->gone = false;
}

/* Suspend and resume, or a reset by the transport. */
static void vck_life_suspend(struct kunit *test)
{
	struct vck_device *vck = vck_create(test);
	struct crypto_skcipher *tfm = vck_tfm(test, VCK_CBC, 16);
	u32 generation = vck_driver(vck)->ctrlq.generation;

	vck->keeps_sessions = true;
	KUNIT_EXPECT_EQ(test, vck_encrypt(vck_small(test, tfm)), 0);
	KUNIT_EXPECT_EQ(test, virtio_device_reset_prepare(&vck->vdev), 0);
	KUNIT_EXPECT_TRUE(test, vck_in_state(vck, VIRTCRYPTO_DEV_STOPPED));
	KUNIT_EXPECT_EQ(test, vck_live_sessions(vck), 0);
	KUNIT_EXPECT_EQ(test, vck_encrypt(vck_small(test, tfm)), 0);
	KUNIT_EXPECT_EQ(test, virtio_device_reset_done(&vck->vdev), 0);
	vck_expect_well(test, vck);
	KUNIT_EXPECT_GT(test, vck_driver(vck)->ctrlq.generation, generation);
#ifdef CONFIG_PM_SLEEP
	KUNIT_EXPECT_EQ(test, virtio_device_freeze(&vck->vdev), 0);
	KUNIT_EXPECT_TRUE(test, vck_in_state(vck, VIRTCRYPTO_DEV_STOPPED));
	KUNIT_EXPECT_EQ(test, virtio_device_restore(&vck->vdev), 0);
	vck_expect_well(test, vck);
#endif
	/* it comes back broken, and works later */
	KUNIT_EXPECT_EQ(test, virtio_device_reset_prepare(&vck->vdev), 0);
	vck->find_err = -ENOMEM;
	KUNIT_EXPECT_EQ(test, virtio_device_reset_done(&vck->vdev), 0);
	KUNIT_EXPECT_TRUE(test, vck_in_state(vck, VIRTCRYPTO_DEV_FAILED));
	vck->find_err = 0;
	VCK_WAIT(test, vck_in_state(vck, VIRTCRYPTO_DEV_READY));
	vck_expect_well(test, vck);
	KUNIT_EXPECT_EQ(test, vck->unknown, 0);
	/* and its interrupts are handled */
	vck_ready(vck, false);
	VCK_WAIT(test, vck_in_state(vck, VIRTCRYPTO_DEV_NOT_READY));
	vck_ready(vck, true);
	VCK_WAIT(test, vck_in_state(vck, VIRTCRYPTO_DEV_READY));
}

/* Spurious interrupts before, during and after use. */
static void vck_life_spurious(struct kunit *test)
{
	struct vck_device *vck = vck_create(test);
	unsigned int i;

	for (i = 0; i < 100; i++)
		vck_interrupt(vck, i % 2);
	vck_expect_well(test, vck);
	virtio_config_changed(&vck->vdev);
	vck_expect_well(test, vck);
	KUNIT_EXPECT_EQ(test, (int)vck_driver(vck)->recovery.failures, 0);
}

/* As many queues as there are CPUs are used, and tried. */
static void vck_life_queues(struct kunit *test)
{
	struct vck_device *vck = vck_new(test);
	unsigned int i, cpus = min(3, nr_cpu_ids);
	struct virtcrypto_device *dev;

	vck_config(vck, CONFIG_AT(max_dataqueues), 3);
	KUNIT_ASSERT_EQ(test, 0, vck_plug(vck));
	dev = vck_driver(vck);
	KUNIT_ASSERT_NOT_NULL(test, dev);
	VCK_WAIT(test, vck_any_works(vck));
	for (i = 0; i < 3; i++) {
		KUNIT_EXPECT_EQ(test, dev->dataqs[i].mute, i >= cpus);
		KUNIT_EXPECT_EQ(test, dev->dataqs[i].completed > 0, i < cpus);
		if (i < num_online_cpus())
			KUNIT_EXPECT_EQ(test, vck->vqs[i].cpu, i);
	}
	for (i = 0; i < nr_cpu_ids; i++)
		KUNIT_EXPECT_EQ(test, (unsigned int)dev->cpu_to_dataq[i], i % cpus);
	vck_expect_well(test, vck);
	vck_unplug(vck);

	/* the second queue returns wrong results, so its CPUs use another */
	if (cpus < 2)
		return;
	vck->wrong_queue = 1;
	KUNIT_ASSERT_EQ(test, 0, vck_plug(vck));
	dev = vck_driver(vck);
	VCK_WAIT(test, vck_any_works(vck));
	KUNIT_EXPECT_TRUE(test, dev->dataqs[1].mute);
	for (i = 0; i < nr_cpu_ids; i++)
		KUNIT_EXPECT_NE(test, (unsigned int)dev->cpu_to_dataq[i], 1);
	vck_unplug(vck);

	/* or does not answer, twice */
	vck->wrong_queue = 0;
	vck->vqs[1].hold = true;
	virtcrypto_timeout = 1;
	KUNIT_ASSERT_EQ(test, 0, vck_plug(vck));
	dev = vck_driver(vck);
	VCK_WAIT(test, READ_ONCE(dev->recovery.failures) == 2);
	VCK_WAIT(test, vck_any_works(vck));
	KUNIT_EXPECT_TRUE(test, virtcrypto_support_given_up(&dev->support.queue_hangs[1]));
	KUNIT_EXPECT_TRUE(test, dev->dataqs[1].mute);
}

static struct kunit_case vck_life_cases[] = {
	KUNIT_CASE(vck_life_probe),
	KUNIT_CASE(vck_life_refused),
	KUNIT_CASE(vck_life_revision_1),
	KUNIT_CASE(vck_life_sessionless),
	KUNIT_CASE(vck_life_absurd),
	KUNIT_CASE(vck_life_each_step),
	KUNIT_CASE(vck_life_each_step_request),
	KUNIT_CASE(vck_life_no_fallback),
	KUNIT_CASE(vck_life_ready),
	KUNIT_CASE_SLOW(vck_life_toggles),
	KUNIT_CASE_SLOW(vck_life_halfway),
	KUNIT_CASE(vck_life_bh),
	KUNIT_CASE(vck_life_poll),
	KUNIT_CASE(vck_life_needs_reset),
	KUNIT_CASE_SLOW(vck_life_recovery),
	KUNIT_CASE(vck_life_broken),
	KUNIT_CASE(vck_life_stall),
	KUNIT_CASE(vck_life_lost_interrupt),
	KUNIT_CASE(vck_life_gap),
	KUNIT_CASE(vck_life_gap_ctrl),
	KUNIT_CASE(vck_life_unplug),
	KUNIT_CASE(vck_life_suspend),
	KUNIT_CASE(vck_life_spurious),
	KUNIT_CASE_SLOW(vck_life_queues),
	{}
};

static struct kunit_suite vck_life_suite = {
	.name = "virtio_crypto_life",
	.exit = vck_exit,
	.test_cases = vck_life_cases,
};

kunit_test_suite(vck_life_suite);
