// SPDX-License-Identifier: GPL-2.0
// Copyright (C) 2026 The virtio_crypto authors
/*
 * Which device does a key's requests, and what a device's configuration makes of the table
 * of algorithms; references of devices that are gone.
 */
#include "../../virtio_crypto_algs.h"
#include "../../virtio_crypto_mgr.h"
#include "vck.h"

static struct virtcrypto_device *vck_get(unsigned int row, unsigned int key_len)
{
	struct virtcrypto_params params = { .key_len = key_len };
	struct virtcrypto_device *dev;

	dev = virtcrypto_mgr_get(row, &params, 0);
	if (dev)
		virtcrypto_device_put(dev);
	return dev;
}

static unsigned int vck_nr_working(struct vck_device *vck)
{
	return vck_driver(vck)->support.nr_working;
}

static void vck_mgr_none(struct kunit *test)
{
	struct vck_device *vck = vck_create(test);
	struct crypto_skcipher *tfm = vck_tfm(test, VCK_CBC, 16);
	u64 before;

	vck_unplug(vck);
	KUNIT_EXPECT_PTR_EQ(test, vck_get(VCK_ROW_CBC_AES, 16), NULL);
	before = vck_count(test, VCK_CBC, "fb_nodev");
	KUNIT_EXPECT_EQ(test, vck_encrypt(vck_small(test, tfm)), 0);
	KUNIT_EXPECT_EQ(test, vck_count(test, VCK_CBC, "fb_nodev"), before + 1);
}

/* Equally near devices share the sessions. */
static void vck_mgr_two(struct kunit *test)
{
	struct vck_device *a = vck_create(test), *b = vck_create(test);
	struct crypto_skcipher *tfm[6];
	unsigned int i;

	for (i = 0; i < 6; i++) {
		tfm[i] = vck_tfm(test, VCK_CBC, 16);
		KUNIT_EXPECT_EQ(test, vck_encrypt(vck_small(test, tfm[i])), 0);
	}
	KUNIT_EXPECT_EQ(test, vck_live_sessions(a), 3);
	KUNIT_EXPECT_EQ(test, vck_live_sessions(b), 3);

	/* one goes: its keys move to the other */
	vck_unplug(a);
	for (i = 0; i < 6; i++)
		KUNIT_EXPECT_EQ(test, vck_encrypt(vck_small(test, tfm[i])), 0);
	VCK_WAIT(test, vck_live_sessions(b) == 6);
	KUNIT_EXPECT_EQ(test, b->unknown, 0);
}

static void vck_mgr_suits(struct kunit *test)
{
	struct vck_device *a = vck_new(test), *b;

	/* short keys only, and only some ciphers */
	vck_config(a, CONFIG_AT(max_cipher_key_len), 16);
	vck_config(a, CONFIG_AT(cipher_algo_l),
		   BIT(VIRTCRYPTO_CIPHER_AES_CBC) | BIT(VIRTCRYPTO_CIPHER_3DES_CBC));
	KUNIT_ASSERT_EQ(test, 0, vck_plug(a));
	VCK_WAIT(test, virtcrypto_support_any(&vck_driver(a)->support));
	/* the keys of 3DES are longer, so it was not tried */
	KUNIT_EXPECT_EQ(test, vck_nr_working(a), 1);
	KUNIT_EXPECT_TRUE(test, virtcrypto_support_works(&vck_driver(a)->support, VCK_ROW_CBC_AES));
	KUNIT_EXPECT_PTR_EQ(test, vck_get(VCK_ROW_CBC_AES, 16), vck_driver(a));
	KUNIT_EXPECT_PTR_EQ(test, vck_get(VCK_ROW_CBC_AES, 32), NULL);
	KUNIT_EXPECT_PTR_EQ(test, vck_get(VCK_ROW_ECB_AES, 16), NULL);

	b = vck_create(test);
	KUNIT_EXPECT_PTR_EQ(test, vck_get(VCK_ROW_CBC_AES, 32), vck_driver(b));
	KUNIT_EXPECT_PTR_EQ(test, vck_get(VCK_ROW_ECB_AES, 16), vck_driver(b));

	vck_ready(b, false);
	VCK_WAIT(test, !vck_get(VCK_ROW_CBC_AES, 32));
	KUNIT_EXPECT_PTR_EQ(test, vck_get(VCK_ROW_CBC_AES, 16), vck_driver(a));
}

/*
 * A device that is full or does not answer is chosen only if there is no other.
 */
static void vck_mgr_full(struct kunit *test)
{
	struct vck_device *a = vck_create(test), *b = vck_create(test);
	struct virtcrypto_device *da = vck_driver(a), *db = vck_driver(b);

	da->sessions.nr += 5;
	atomic_add(5, &da->sessions.nr_bound);
	atomic_add(9, &db->sessions.nr_bound);
	KUNIT_EXPECT_PTR_EQ(test, vck_get(VCK_ROW_CBC_AES, 16), da);
	da->sessions.limit = 5;
	da->sessions.limit_until = jiffies + 60 * HZ;
	KUNIT_EXPECT_PTR_EQ(test, vck_get(VCK_ROW_CBC_AES, 16), db);
	db->ctrlq.stalled = true;
	KUNIT_EXPECT_PTR_EQ(test, vck_get(VCK_ROW_CBC_AES, 16), da);
	da->sessions.limit_until = jiffies - 1;
	KUNIT_EXPECT_PTR_EQ(test, vck_get(VCK_ROW_CBC_AES, 16), da);
	db->ctrlq.stalled = false;
	da->sessions.nr -= 5;
	atomic_sub(5, &da->sessions.nr_bound);
	atomic_sub(9, &db->sessions.nr_bound);
}

/* Keys leave a device that is not ready for one that is, without a request lost. */
static void vck_mgr_not_ready(struct kunit *test)
{
	struct vck_device *a = vck_create(test), *b = vck_create(test);
	struct crypto_skcipher *tfm = vck_tfm(test, VCK_CBC, 16);

	KUNIT_EXPECT_EQ(test, vck_encrypt(vck_small(test, tfm)), 0);
	KUNIT_EXPECT_EQ(test, vck_live_sessions(a), 1);
	vck_ready(a, false);
	VCK_WAIT(test, READ_ONCE(vck_driver(a)->state) == VIRTCRYPTO_DEV_NOT_READY);
	KUNIT_EXPECT_TRUE(test, vck_offloads(test, tfm));
	KUNIT_EXPECT_EQ(test, vck_live_sessions(b), 1);
	/* its mask is not read before it is ready */
	KUNIT_EXPECT_EQ(test, vck_live_sessions(a), 1);
	vck_ready(a, true);
	VCK_WAIT(test, !vck_live_sessions(a));
	KUNIT_EXPECT_EQ(test, a->unknown + b->unknown, 0);
}

/*
 * If a device refuses a key, or fails at a request, the other is asked at once.
 */
static void vck_mgr_refused(struct kunit *test)
{
	struct vck_device *a = vck_create(test), *b = vck_create(test);
	struct crypto_skcipher *tfm = vck_tfm(test, VCK_CBC, 16);

	a->ctrl_status = (struct vck_fault) { .times = UINT_MAX, .value = VIRTCRYPTO_STATUS_ERR };
	KUNIT_EXPECT_FALSE(test, vck_offloads(test, tfm));
	KUNIT_EXPECT_TRUE(test, vck_offloads(test, tfm));
	KUNIT_EXPECT_EQ(test, vck_live_sessions(b), 1);

	/* the session at b fails, and a takes the key now */
	a->ctrl_status.times = 0;
	b->status_byte = (struct vck_fault) { .times = 1, .value = VIRTCRYPTO_STATUS_ERR };
	KUNIT_EXPECT_FALSE(test, vck_offloads(test, tfm));
	VCK_WAIT(test, vck_offloads(test, tfm));
	KUNIT_EXPECT_EQ(test, vck_live_sessions(a) + vck_live_sessions(b), 1);

	/* a device that has refused is asked again when there is no other */
	a->ctrl_status.times = 1;
	KUNIT_EXPECT_EQ(test, crypto_skcipher_setkey(tfm, "0123456789abcdef", 16), 0);
	VCK_WAIT(test, vck_offloads(test, tfm));
	vck_unplug(b);
	VCK_WAIT(test, vck_offloads(test, tfm));
	KUNIT_EXPECT_EQ(test, vck_live_sessions(a), 1);
}

/* Keys without sessions are distributed too. */
static void vck_mgr_stateless(struct kunit *test)
{
	struct vck_device *dev[2] = { vck_new(test), vck_new(test) };
	struct vck_req *vr[6];
	unsigned int i;
	int err[6];

	/* registers the cipher, if this test is the first */
	vck_unplug(vck_create(test));
	virtcrypto_session_mode = VIRTCRYPTO_MODE_STATELESS;
	for (i = 0; i < 2; i++) {
		dev[i]->features |= BIT_ULL(VIRTCRYPTO_F_REVISION_1) |
				    BIT_ULL(VIRTCRYPTO_F_CIPHER_STATELESS);
		KUNIT_ASSERT_EQ(test, 0, vck_plug(dev[i]));
		KUNIT_ASSERT_NOT_NULL(test, vck_driver(dev[i]));
		VCK_WAIT(test, READ_ONCE(vck_driver(dev[i])->support.rounds));
		/*
		 * this device has sessions only; it is enough that it gets the
		 * requests
		 */
		dev[i]->vqs[0].hold = true;
		virtcrypto_support_set(&vck_driver(dev[i])->support, VCK_ROW_CBC_AES,
				       true, false);
	}
	for (i = 0; i < 6; i++) {
		vr[i] = vck_small(test, vck_tfm(test, VCK_CBC, 16));
		err[i] = crypto_skcipher_encrypt(vr[i]->req);
	}
	KUNIT_EXPECT_EQ(test, atomic_read(&vck_driver(dev[0])->sessions.nr_bound),
			atomic_read(&vck_driver(dev[1])->sessions.nr_bound));
	for (i = 0; i < 2; i++)
		vck_release(dev[i]);
	for (i = 0; i < 6; i++)
		KUNIT_EXPECT_EQ(test, vck_wait_req(vr[i], err[i]), 0);
}

/* A silent device gets no new keys, long before it counts as stalled. */
static void vck_mgr_overdue(struct kunit *test)
{
	struct vck_device *a = vck_create(test), *b;
	struct crypto_skcipher *tfm = vck_tfm(test, VCK_CBC, 16);
	struct vck_req *vr = vck_small(test, tfm);

	KUNIT_EXPECT_TRUE(test, vck_offloads(test, tfm));
	a->vqs[0].hold = true;
	KUNIT_EXPECT_EQ(test, crypto_skcipher_encrypt(vr->req), -EINPROGRESS);
	KUNIT_EXPECT_PTR_EQ(test, vck_get(VCK_ROW_CBC_AES, 16), vck_driver(a));
	VCK_WAIT(test, !vck_get(VCK_ROW_CBC_AES, 16));
	b = vck_create(test);
	KUNIT_EXPECT_PTR_EQ(test, vck_get(VCK_ROW_CBC_AES, 16), vck_driver(b));
	vck_unplug(b);
	vck_release(a);
	KUNIT_EXPECT_EQ(test, vck_wait_req(vr, -EINPROGRESS), 0);
	KUNIT_EXPECT_PTR_EQ(test, vck_get(VCK_ROW_CBC_AES, 16), vck_driver(a));
	KUNIT_EXPECT_EQ(test, (int)vck_driver(a)->recovery.failures, 0);
}

/* The object of a device that is gone stays while sessions refer to it. */
static void vck_mgr_refcount(struct kunit *test)
{
	struct vck_device *vck = vck_create(test);
	struct virtcrypto_device *dev = vck_driver(vck);
	struct crypto_skcipher *tfm = vck_tfm(test, VCK_CBC, 16);

	kref_get(&dev->kref);
	/* sessions of the trial */
	rcu_barrier();
	KUNIT_EXPECT_EQ(test, kref_read(&dev->kref), 2);
	KUNIT_EXPECT_EQ(test, vck_encrypt(vck_small(test, tfm)), 0);
	KUNIT_EXPECT_EQ(test, kref_read(&dev->kref), 3);
	vck_unplug(vck);
	rcu_barrier();
	/* the transform's slot still has the session */
	KUNIT_EXPECT_EQ(test, kref_read(&dev->kref), 2);
	KUNIT_EXPECT_EQ(test, (int)dev->state, VIRTCRYPTO_DEV_REMOVED);
	KUNIT_EXPECT_EQ(test, vck_encrypt(vck_small(test, tfm)), 0);
	rcu_barrier();
	KUNIT_EXPECT_EQ(test, kref_read(&dev->kref), 1);
	virtcrypto_device_put(dev);
}

/* What a configuration offers. */
static void vck_mgr_offers(struct kunit *test)
{
	const struct virtcrypto_params high = { .algo = 35 };
	const struct virtcrypto_params cbc = { .algo = VIRTCRYPTO_CIPHER_AES_CBC };
	const struct virtcrypto_params chain = {
		.algo = VIRTCRYPTO_CIPHER_AES_CBC, .mac = VIRTCRYPTO_MAC_HMAC_SHA1,
	};
	struct vck_device *vck = vck_new(test);
	struct virtcrypto_device *dev;

	/* ciphers without their service, and an unknown service */
	vck_config(vck, CONFIG_AT(crypto_services), BIT(VIRTCRYPTO_SERVICE_HASH) | BIT(31));
	KUNIT_ASSERT_EQ(test, 0, vck_plug(vck));
	dev = vck_driver(vck);
	KUNIT_ASSERT_NOT_NULL(test, dev);
	KUNIT_EXPECT_EQ(test, dev->caps.services, BIT(VIRTCRYPTO_SERVICE_HASH));
	KUNIT_EXPECT_FALSE(test, virtcrypto_device_offers(dev, &cbc));
	flush_work(&dev->support.work.work);
	KUNIT_EXPECT_EQ(test, vck->created, 0);
	KUNIT_EXPECT_EQ(test, vck->requests, 0);
	vck_unplug(vck);

	/* a mask's upper half */
	vck_config(vck, CONFIG_AT(crypto_services), BIT(VIRTCRYPTO_SERVICE_CIPHER));
	vck_config(vck, CONFIG_AT(cipher_algo_l), 0);
	vck_config(vck, CONFIG_AT(cipher_algo_h), BIT(3));
	KUNIT_ASSERT_EQ(test, 0, vck_plug(vck));
	dev = vck_driver(vck);
	KUNIT_ASSERT_NOT_NULL(test, dev);
	KUNIT_EXPECT_TRUE(test, virtcrypto_device_offers(dev, &high));
	KUNIT_EXPECT_FALSE(test, virtcrypto_device_offers(dev, &cbc));
	flush_work(&dev->support.work.work);
	KUNIT_EXPECT_EQ(test, vck->created, 0);
	vck_unplug(vck);

	/* the MAC of a chain has to be offered too, by its service */
	vck_config(vck, CONFIG_AT(cipher_algo_l), BIT(VIRTCRYPTO_CIPHER_AES_CBC));
	KUNIT_ASSERT_EQ(test, 0, vck_plug(vck));
	dev = vck_driver(vck);
	KUNIT_ASSERT_NOT_NULL(test, dev);
	KUNIT_EXPECT_TRUE(test, virtcrypto_device_offers(dev, &cbc));
	KUNIT_EXPECT_FALSE(test, virtcrypto_device_offers(dev, &chain));
	flush_work(&dev->support.work.work);
	/* both directions of the cipher, and nothing that was not offered */
	KUNIT_EXPECT_EQ(test, vck->created, 2);
	dev->caps.algos[VIRTCRYPTO_SERVICE_MAC] = BIT(VIRTCRYPTO_MAC_HMAC_SHA1);
	KUNIT_EXPECT_FALSE(test, virtcrypto_device_offers(dev, &chain));
	dev->caps.services |= BIT(VIRTCRYPTO_SERVICE_MAC);
	KUNIT_EXPECT_TRUE(test, virtcrypto_device_offers(dev, &chain));
	vck_unplug(vck);
	vck_config(vck, CONFIG_AT(cipher_algo_l), 0);

	/* nothing advertised, all tried */
	virtcrypto_try_unadvertised = true;
	vck_config(vck, CONFIG_AT(cipher_algo_h), 0);
	KUNIT_ASSERT_EQ(test, 0, vck_plug(vck));
	VCK_WAIT(test, virtcrypto_support_any(&vck_driver(vck)->support));
	KUNIT_EXPECT_EQ(test, vck_nr_working(vck), 9);
}

/* What fails in its trial is not used, whatever the mask says. */
static void vck_mgr_trials(struct kunit *test)
{
	struct vck_device *vck = vck_new(test);
	/*
	 * the first answers to the first and the second row, to a request and a
	 * message
	 */
	vck->wrong.times = 1;
	KUNIT_ASSERT_EQ(test, 0, vck_plug(vck));
	VCK_WAIT(test, virtcrypto_support_any(&vck_driver(vck)->support));
	KUNIT_EXPECT_EQ(test, vck_nr_working(vck), 8);
	KUNIT_EXPECT_FALSE(test, virtcrypto_support_works(&vck_driver(vck)->support,
							  VCK_ROW_ECB_AES));
	vck_unplug(vck);

	/*
	 * after an error it is tried again, later and when the device becomes
	 * ready again
	 */
	vck->ctrl_status = (struct vck_fault) { .times = 1, .value = VIRTCRYPTO_STATUS_NOTSUPP };
	KUNIT_ASSERT_EQ(test, 0, vck_plug(vck));
	VCK_WAIT(test, virtcrypto_support_any(&vck_driver(vck)->support));
	KUNIT_EXPECT_EQ(test, vck_nr_working(vck), 8);
	VCK_WAIT(test, delayed_work_pending(&vck_driver(vck)->support.work));
	mod_delayed_work(system_percpu_wq, &vck_driver(vck)->support.work, 0);
	VCK_WAIT(test, vck_nr_working(vck) == 9);
	vck_unplug(vck);

	vck->status_byte = (struct vck_fault) { .times = 1, .value = VIRTCRYPTO_STATUS_ERR };
	KUNIT_ASSERT_EQ(test, 0, vck_plug(vck));
	VCK_WAIT(test, vck_nr_working(vck) == 8);
	vck_ready(vck, false);
	VCK_WAIT(test, READ_ONCE(vck_driver(vck)->state) == VIRTCRYPTO_DEV_NOT_READY);
	vck_ready(vck, true);
	VCK_WAIT(test, vck_nr_working(vck) == 9);
	vck_unplug(vck);

	/* a full device says nothing about the cipher, so it is asked again */
	vck->max_sessions = 0;
	KUNIT_ASSERT_EQ(test, 0, vck_plug(vck));
	VCK_WAIT(test, READ_ONCE(vck->full) == 9);
	flush_work(&vck_driver(vck)->support.work.work);
	KUNIT_EXPECT_EQ(test, vck_nr_working(vck), 0);
	vck->max_sessions = VCK_SESSIONS;
	mod_delayed_work(system_percpu_wq, &vck_driver(vck)->support.work, 0);
	VCK_WAIT(test, vck_nr_working(vck) == 9);
}

static bool vck_gives_up(struct virtcrypto_device *dev, unsigned int row)
{
	return virtcrypto_support_given_up(&dev->support.rows[row].hangs);
}

/* A cipher in whose trial the device hangs twice is given up for a while. */
static void vck_mgr_deadly(struct kunit *test)
{
	struct vck_device *vck = vck_new(test);
	struct virtcrypto_device *dev;

	virtcrypto_timeout = 1;
	vck->deadly_algo = VIRTCRYPTO_CIPHER_AES_ECB;
	KUNIT_ASSERT_EQ(test, 0, vck_plug(vck));
	dev = vck_driver(vck);
	VCK_WAIT(test, READ_ONCE(dev->recovery.failures) == 1);
	KUNIT_EXPECT_FALSE(test, vck_gives_up(dev, VCK_ROW_ECB_AES));
	VCK_WAIT(test, READ_ONCE(dev->recovery.failures) == 2);
	VCK_WAIT(test, virtcrypto_support_any(&dev->support));
	KUNIT_EXPECT_TRUE(test, vck_gives_up(dev, VCK_ROW_ECB_AES));
	KUNIT_EXPECT_FALSE(test, vck_gives_up(dev, VCK_ROW_CBC_AES));
	KUNIT_EXPECT_EQ(test, dev->support.nr_working, 8);

	/* later it is tried again, and used if it works */
	vck->deadly_algo = 0;
	dev->support.rows[VCK_ROW_ECB_AES].hangs.at -= 601 * HZ;
	vck_needs_reset(vck);
	VCK_WAIT(test, vck_nr_working(vck) == 9);
	KUNIT_EXPECT_EQ(test, dev->support.rows[VCK_ROW_ECB_AES].hangs.times, 0);
}

/* If a device is down for long, no cipher is given up. */
static void vck_mgr_standstill(struct kunit *test)
{
	struct vck_device *vck = vck_create(test);
	struct virtcrypto_device *dev = vck_driver(vck);
	unsigned int i;

	VCK_WAIT(test, vck_nr_working(vck) == 9);
	virtcrypto_timeout = 1;
	vck->vqs[0].hold = true;
	vck_needs_reset(vck);
	/* every recovery ends in a trial that is not answered */
	for (i = 2; i < 5; i++) {
		VCK_WAIT(test, READ_ONCE(dev->recovery.failures) == i);
		KUNIT_EXPECT_STREQ(test, virtcrypto_device_state_name(dev), "failed");
		mod_delayed_work(system_percpu_wq, &dev->recovery.work, 0);
		VCK_WAIT(test, !strcmp(virtcrypto_device_state_name(dev), "trial"));
	}
	for (i = 0; i < 9; i++)
		KUNIT_EXPECT_EQ(test, dev->support.rows[i].hangs.times, 0);
	vck_release(vck);
	VCK_WAIT(test, vck_nr_working(vck) == 9);
	KUNIT_EXPECT_STREQ(test, virtcrypto_device_state_name(dev), "ready");
}

static struct kunit_case vck_mgr_cases[] = {
	KUNIT_CASE(vck_mgr_none),
	KUNIT_CASE(vck_mgr_two),
	KUNIT_CASE(vck_mgr_suits),
	KUNIT_CASE(vck_mgr_full),
	KUNIT_CASE(vck_mgr_not_ready),
	KUNIT_CASE(vck_mgr_refused),
	KUNIT_CASE(vck_mgr_stateless),
	KUNIT_CASE_SLOW(vck_mgr_overdue),
	KUNIT_CASE(vck_mgr_refcount),
	KUNIT_CASE(vck_mgr_offers),
	KUNIT_CASE(vck_mgr_trials),
	KUNIT_CASE_SLOW(vck_mgr_deadly),
	KUNIT_CASE_SLOW(vck_mgr_standstill),
	{}
};

static struct kunit_suite vck_mgr_suite = {
	.name = "virtio_crypto_mgr",
	.exit = vck_exit,
	.test_cases = vck_mgr_cases,
};

kunit_test_suite(vck_mgr_suite);
