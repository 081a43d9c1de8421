// SPDX-License-Identifier: GPL-2.0
// Copyright (C) 2026 The virtio_crypto authors
/*
 * Requests: any scatterlist, what is too much for the device, every status, full rings with
 * and without a backlog, notifications, answers in any order.
 */
#include <linux/completion.h>
#include <linux/crypto.h>
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/percpu.h>

#include "../../virtio_crypto_choice.h"
#include "../../virtio_crypto_fallback.h"
#include "../../virtio_crypto_key.h"
#include "../../virtio_crypto_number.h"
#include "../../virtio_crypto_req.h"
#include "vck.h"

/* The fallback did the request, correctly, and it is counted under @why. */
static void vck_expect_software(struct kunit *test, struct vck_req *vr, const char *why)
{
	u64 before = vck_count(test, VCK_CBC, why);

	KUNIT_EXPECT_EQ(test, vck_encrypt(vr), 0);
	KUNIT_EXPECT_TRUE(test, vck_right(test, vr, "cbc(aes)", true));
	KUNIT_EXPECT_EQ_MSG(test, vck_count(test, VCK_CBC, why), before + 1, "%s", why);
}

static void vck_expect_device(struct kunit *test, struct vck_req *vr)
{
	u64 before = vck_count(test, VCK_CBC, "offloaded");

	KUNIT_EXPECT_EQ(test, vck_encrypt(vr), 0);
	KUNIT_EXPECT_TRUE(test, vck_right(test, vr, "cbc(aes)", true));
	KUNIT_EXPECT_EQ(test, vck_count(test, VCK_CBC, "offloaded"), before + 1);
}

/*
 * Scatterlists
 */

static int vck_nents(struct virtcrypto_req *vr, struct scatterlist *sg, unsigned int skip,
		     unsigned int len)
{
	virtcrypto_req_init(vr, NULL, NULL);
	return virtcrypto_req_src(vr, sg, skip, len) ?: (int)vr->nents;
}

static void vck_data_parts(struct kunit *test)
{
	struct virtcrypto_req *vr = kunit_kzalloc(test, sizeof(*vr), GFP_KERNEL);
	u8 *p = kunit_kzalloc(test, 64, GFP_KERNEL);
	struct scatterlist sg[4];
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, p);
	KUNIT_ASSERT_NOT_NULL(test, vr);
	sg_init_table(sg, 4);
	sg_set_buf(&sg[0], p, 16);
	sg_set_buf(&sg[1], p, 0);
	sg_set_buf(&sg[2], p + 16, 7);
	sg_set_buf(&sg[3], p + 23, 9);
	KUNIT_EXPECT_EQ(test, vck_nents(vr, sg, 0, 0), 0);
	KUNIT_EXPECT_EQ(test, vr->nr_src, 0);
	KUNIT_EXPECT_EQ(test, vck_nents(vr, sg, 0, 1), 1);
	KUNIT_EXPECT_EQ(test, vck_nents(vr, sg, 0, 16), 1);
	KUNIT_EXPECT_EQ(test, vck_nents(vr, sg, 0, 17), 2);
	KUNIT_EXPECT_EQ(test, vck_nents(vr, sg, 0, 24), 3);
	KUNIT_EXPECT_EQ(test, vck_nents(vr, sg, 0, 32), 3);
	KUNIT_EXPECT_EQ(test, vr->bytes, 32);
	KUNIT_EXPECT_EQ(test, vck_nents(vr, sg, 0, 33), -EINVAL);
	KUNIT_EXPECT_EQ(test, vck_nents(vr, NULL, 0, 1), -EINVAL);

	/* from the middle on */
	KUNIT_EXPECT_EQ(test, vck_nents(vr, sg, 15, 1), 1);
	KUNIT_EXPECT_EQ(test, vck_nents(vr, sg, 15, 2), 2);
	KUNIT_EXPECT_EQ(test, vck_nents(vr, sg, 16, 7), 1);
	KUNIT_EXPECT_PTR_EQ(test, vr->src[0].sg, &sg[2]);
	KUNIT_EXPECT_EQ(test, vr->src[0].skip, 0);
	KUNIT_EXPECT_EQ(test, vck_nents(vr, sg, 17, 15), 2);
	KUNIT_EXPECT_EQ(test, vr->src[0].skip, 1);
	KUNIT_EXPECT_EQ(test, vck_nents(vr, sg, 17, 16), -EINVAL);
	KUNIT_EXPECT_EQ(test, vck_nents(vr, sg, 32, 0), 0);
	KUNIT_EXPECT_EQ(test, vck_nents(vr, sg, 32, 1), -EINVAL);

	/* parts add up */
	virtcrypto_req_init(vr, NULL, NULL);
	for (i = 1; i <= VIRTCRYPTO_MAX_PARTS; i++) {
		KUNIT_EXPECT_EQ(test, virtcrypto_req_dst(vr, sg, 8, 10), 0);
		KUNIT_EXPECT_EQ(test, vr->nr_dst, i);
		KUNIT_EXPECT_EQ(test, vr->nents, 2 * i);
		KUNIT_EXPECT_EQ(test, vr->bytes, 10 * i);
	}
}

/* The device sees each fragment that holds data, and not a byte behind the request. */
static void vck_data_lists(struct kunit *test)
{
	struct vck_device *vck = vck_create(test);
	struct crypto_skcipher *tfm = vck_tfm(test, VCK_CBC, 16);
	struct vck_req *vr = vck_request(test, tfm, 64, 3, false, 0);
	unsigned int i, n;

	vck_expect_device(test, vr);
	KUNIT_EXPECT_EQ(test, vck->last.nr_out, 1 + 3);
	KUNIT_EXPECT_EQ(test, vck->last.nr_in, 3 + 1);

	/* an empty fragment, and a list that is longer than the request */
	vr = vck_request(test, tfm, 96, 3, false, 0);
	vr->src[1].length = 0;
	vr->len = 48;
	sg_set_buf(&vr->src[2], vr->in + 32, 64);
	skcipher_request_set_crypt(vr->req, vr->src, vr->dst, 48, vr->iv);
	vck_expect_device(test, vr);
	KUNIT_EXPECT_EQ(test, vck->last.nr_out, 1 + 2);
	KUNIT_EXPECT_EQ(test, vck->last_data_len, 72 + 16 + 48);
	KUNIT_EXPECT_EQ(test, vck->last.in_len, 48 + 1);

	/* a list that is too short */
	vr = vck_request(test, tfm, 64, 2, false, 0);
	skcipher_request_set_crypt(vr->req, vr->src, vr->dst, 80, vr->iv);
	KUNIT_EXPECT_EQ(test, vck_encrypt(vr), -EINVAL);
	vr = vck_request(test, tfm, 64, 2, false, 0);
	sg_init_one(vr->dst, vr->out, 48);
	KUNIT_EXPECT_EQ(test, vck_encrypt(vr), -EINVAL);

	/* as many fragments as the ring takes, and one more */
	n = (VCK_RING - 2) / 2;
	for (i = n - 1; i <= n; i++)
		vck_expect_device(test, vck_request(test, tfm, n * 16, i, false, 0));
	vck_expect_software(test, vck_request(test, tfm, n * 16 + 16, n + 1, false, 0), "fb_frags");
	KUNIT_EXPECT_EQ(test, vck->unknown, 0);
}

static void vck_data_sizes(struct kunit *test)
{
	struct vck_device *vck = vck_create(test);
	struct crypto_skcipher *tfm = vck_tfm(test, VCK_CBC, 16), *ctr;
	struct vck_req *vr;
	unsigned int i;
	u64 before;

	/* payload: iv, both data, status */
	vck_driver(vck)->dataqs[0].setup.max_size = 16 + 2 * 512 + 1;
	vck_expect_device(test, vck_request(test, tfm, 512, 1, false, 0));
	vck_expect_software(test, vck_request(test, tfm, 528, 1, false, 0), "fb_size");

	KUNIT_EXPECT_EQ(test, vck_encrypt(vck_request(test, tfm, 17, 1, false, 0)), -EINVAL);
	vr = vck_request(test, tfm, 16, 1, false, 0);
	skcipher_request_set_crypt(vr->req, vr->src, vr->dst, 0, vr->iv);
	KUNIT_EXPECT_EQ(test, vck_encrypt(vr), 0);
	tfm = vck_tfm(test, "xts-aes-virtio", 32);
	KUNIT_EXPECT_EQ(test, vck_encrypt(vck_request(test, tfm, 15, 1, false, 0)), -EINVAL);

	/* a device that does whole blocks only */
	ctr = vck_tfm(test, "ctr-aes-virtio", 16);
	before = vck_count(test, "ctr-aes-virtio", "offloaded");
	KUNIT_EXPECT_EQ(test, vck_encrypt(vck_request(test, ctr, 77, 1, false, 0)), 0);
	KUNIT_EXPECT_EQ(test, vck_count(test, "ctr-aes-virtio", "offloaded"), before + 1);
	for (i = 0; i < VIRTCRYPTO_MAX_ROWS; i++)
		vck_driver(vck)->support.rows[i].tails = false;
	before = vck_count(test, "ctr-aes-virtio", "fb_length");
	KUNIT_EXPECT_EQ(test, vck_encrypt(vck_request(test, ctr, 77, 1, false, 0)), 0);
	KUNIT_EXPECT_EQ(test, vck_count(test, "ctr-aes-virtio", "fb_length"), before + 1);
}

/* Output ivs: the next counter carries from the low half into the high half. */
static void vck_data_ivs(struct kunit *test)
{
	static const u8 next[16] = { 0, 0, 0, 0, 0, 0, 0, 1 };
	struct vck_req *vr;

	vck_create(test);
	vr = vck_request(test, vck_tfm(test, "ctr-aes-virtio", 16), 64, 1, false, 0);
	memset(vr->iv, 0, 8);
	memset(vr->iv + 8, 0xff, 8);
	vr->iv[15] = 0xfc;
	KUNIT_EXPECT_EQ(test, vck_encrypt(vr), 0);
	KUNIT_EXPECT_MEMEQ(test, vr->iv, next, 16);

	vr = vck_request(test, vck_tfm(test, VCK_CBC, 16), 64, 1, true, 0);
	KUNIT_EXPECT_EQ(test, vck_decrypt(vr), 0);
	KUNIT_EXPECT_TRUE(test, vck_right(test, vr, "cbc(aes)", false));
}

/*
 * Status
 */

static const struct vck_status_case {
	const char *name;
	u8 status;
	const char *why;	/* counter, with input and output apart */
	int in_place;		/* error with both in one */
} vck_statuses[] = {
	{ "ERR", 1, "fb_error", -EIO },
	{ "BADMSG", 2, "fb_error", -EIO },
	/*
	 * these mean that nothing was done, which the driver must not rely on
	 */
	{ "NOTSUPP", 3, "fb_lost", -EIO },
	{ "INVSESS", 4, "fb_lost", -EIO },
	{ "NOSPC", 5, "fb_error", -EIO },
	{ "KEY_REJECTED", 6, "fb_error", -EIO },
	{ "none that is known", 99, "fb_error", -EIO },
};

static void vck_status_desc(const struct vck_status_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(vck_status, vck_statuses, vck_status_desc);

static void vck_data_status(struct kunit *test)
{
	const struct vck_status_case *c = test->param_value;
	struct vck_device *vck = vck_create(test);
	struct crypto_skcipher *tfm = vck_tfm(test, VCK_CBC, 16);
	struct vck_fault *fault = &vck->status_byte;
	struct vck_req *vr;
	unsigned int pass;
	u64 errors;
	u8 iv[16];

	for (pass = 0; pass < 2; pass++) {
		errors = vck_driver(vck)->dataqs[0].errors;
		fault->value = c->status;
		fault->times = 1;
		vr = vck_request(test, tfm, 64, 1, pass, 0);
		memcpy(iv, vr->iv, sizeof(iv));
		if (!pass) {
			vck_expect_software(test, vr, c->why);
		} else {
			KUNIT_EXPECT_EQ(test, vck_encrypt(vr), c->in_place);
			if (c->in_place)
				KUNIT_EXPECT_MEMEQ(test, vr->iv, iv, sizeof(iv));
		}
		KUNIT_EXPECT_EQ(test, fault->times, 0);
		KUNIT_EXPECT_EQ(test, vck_driver(vck)->dataqs[0].errors, errors + 1);
		/* the key gets a session again after a pause */
		VCK_WAIT(test, vck_offloads(test, tfm));
	}
	KUNIT_EXPECT_EQ(test, (int)vck_driver(vck)->recovery.failures, 0);
}

/*
 * A request that comes back without a status may still belong to the device.  It
 * is completed only after the device was reset.
 */
static void vck_data_unwritten(struct kunit *test)
{
	struct vck_device *vck = vck_create(test);
	struct crypto_skcipher *tfm = vck_tfm(test, VCK_CBC, 16);
	struct vck_req *apart = vck_request(test, tfm, 64, 1, false, 0);
	struct vck_req *in_place = vck_request(test, tfm, 64, 1, true, 0);
	struct virtcrypto_device *dev = vck_driver(vck);
	int err[2];

	vck_expect_device(test, vck_request(test, tfm, 64, 1, false, 0));
	/* the device cannot be stopped while the mutex is held */
	mutex_lock(&dev->lifecycle);
	vck->unwritten.times = 2;
	err[0] = crypto_skcipher_encrypt(apart->req);
	err[1] = crypto_skcipher_encrypt(in_place->req);
	msleep(50);
	KUNIT_EXPECT_EQ(test, vck->unwritten.times, 0);
	KUNIT_EXPECT_FALSE(test, completion_done(&apart->done));
	KUNIT_EXPECT_FALSE(test, completion_done(&in_place->done));
	mutex_unlock(&dev->lifecycle);
	KUNIT_EXPECT_EQ(test, vck_wait_req(apart, err[0]), 0);
	KUNIT_EXPECT_TRUE(test, vck_right(test, apart, "cbc(aes)", true));
	KUNIT_EXPECT_EQ(test, vck_wait_req(in_place, err[1]), -EIO);
	KUNIT_EXPECT_EQ(test, (int)dev->recovery.failures, 1);
	VCK_WAIT(test, vck_offloads(test, tfm));
}

/* Used lengths are ignored. */
static void vck_data_used_len(struct kunit *test)
{
	struct vck_device *vck = vck_create(test);
	struct crypto_skcipher *tfm = vck_tfm(test, VCK_CBC, 16);

	vck->used_len = (struct vck_fault) { .times = 1, .value = 0 };
	vck_expect_device(test, vck_request(test, tfm, 64, 1, false, 0));
	vck->used_len = (struct vck_fault) { .times = 1, .value = 1 };
	vck_expect_device(test, vck_request(test, tfm, 64, 1, false, 0));
}

/*
 * A request that fails after its key was changed is not done with the new key.
 * The same holds if the new key was refused or equals the old one.
 */
static void vck_data_rekeyed(struct kunit *test)
{
	static const struct {
		u8 key[17];
		unsigned int len;
		int err;
	} keys[] = { { { 42 }, 16, 0 }, { { 1, 4, 7, 10, 13, 16, 19, 22, 25, 28, 31, 34, 37,
					   40, 43, 46 }, 16, 0 }, { { }, 17, -EINVAL } };
	struct vck_device *vck = vck_create(test);
	struct crypto_skcipher *tfm;
	struct vck_req *vr;
	unsigned int i;
	int err;

	for (i = 0; i < ARRAY_SIZE(keys); i++) {
		tfm = vck_tfm(test, VCK_CBC, 16);
		vr = vck_request(test, tfm, 64, 1, false, 0);
		vck->vqs[0].hold = true;
		err = crypto_skcipher_encrypt(vr->req);
		KUNIT_EXPECT_EQ(test, err, -EINPROGRESS);
		VCK_WAIT(test, vck->vqs[0].nr_held == 1);
		KUNIT_EXPECT_EQ(test, crypto_skcipher_setkey(tfm, keys[i].key, keys[i].len),
				keys[i].err);
		vck->status_byte = (struct vck_fault) {
			.times = 1, .value = VIRTCRYPTO_STATUS_ERR,
		};
		vck_release(vck);
		KUNIT_EXPECT_EQ_MSG(test, vck_wait_req(vr, err), -EIO, "key %u", i);
	}
}

/* A request that the fallback does again, slowly. */
struct vck_redo {
	struct virtcrypto_row row;
	struct virtcrypto_key key;
	struct virtcrypto_req vr;
	struct virtcrypto_fallback_work later;
	struct crypto_async_request base;
	struct completion begun;
	struct completion done;
	bool ended;
	int err;
};

static int vck_redo_soft(struct crypto_async_request *base, u32 flags)
{
	struct vck_redo *r = container_of(base, struct vck_redo, base);

	complete(&r->begun);
	mdelay(100);
	WRITE_ONCE(r->ended, true);
	return flags;
}

static void vck_redo_done(void *data, int err)
{
	struct vck_redo *r = data;

	r->err = err;
	complete(&r->done);
}

static int vck_redo_thread(void *data)
{
	struct vck_redo *r = data;

	vck_redo_done(r, virtcrypto_fallback_redo(&r->row, &r->vr, -EIO, vck_redo_soft));
	return 0;
}

static void vck_redo_start(struct kunit *test, struct vck_redo *r, bool slow)
{
	r->ended = false;
	if (slow)
		virtcrypto_fallback_redo_later(&r->later, &r->row, &r->vr, VIRTCRYPTO_FB_ERROR,
					       vck_redo_soft);
	else
		KUNIT_ASSERT_FALSE(test, IS_ERR(kthread_run(vck_redo_thread, r, "vck")));
}

/*
 * The fallback gets another key only when it is not at work with the old one.
 */
static void vck_data_key_waits(struct kunit *test)
{
	struct vck_redo *r = kunit_kzalloc(test, sizeof(*r), GFP_KERNEL);
	int slow;

	KUNIT_ASSERT_NOT_NULL(test, r);
	r->row.counts = alloc_percpu(struct virtcrypto_counts);
	KUNIT_ASSERT_NOT_NULL(test, r->row.counts);
	r->base.complete = vck_redo_done;
	r->base.data = r;
	init_completion(&r->begun);
	init_completion(&r->done);
	virtcrypto_key_init(&r->key, r->row.id, &r->row.params);
	for (slow = 0; slow < 2; slow++) {
		virtcrypto_key_begin(&r->key, &r->vr, &r->base, 0, NULL);
		vck_redo_start(test, r, slow);
		wait_for_completion(&r->begun);
		if (slow)
			virtcrypto_key_changing_slowly(&r->key);
		else
			virtcrypto_key_changing(&r->key);
		KUNIT_EXPECT_TRUE(test, READ_ONCE(r->ended));
		wait_for_completion(&r->done);
		KUNIT_EXPECT_EQ(test, r->err, slow ? CRYPTO_TFM_REQ_MAY_SLEEP : 0);

		/* the request is for the old key */
		vck_redo_start(test, r, slow);
		wait_for_completion(&r->done);
		KUNIT_EXPECT_EQ(test, r->err, -EIO);
		KUNIT_EXPECT_FALSE(test, r->ended);
	}
	virtcrypto_key_wipe(&r->key);
	free_percpu(r->row.counts);
}

/*
 * A result of RSA may come without leading zeros.  If its length is unknown, a
 * number whose last byte may be unwritten is refused.
 */
static void vck_data_number(struct kunit *test)
{
	static const struct {
		unsigned int written;
		unsigned int used;
		int err;
		u8 want[4];
	} cases[] = {
		{ 4, 5, 0, { 1, 2, 3, 4 } }, { 3, 4, 0, { 0, 1, 2, 3 } },
		{ 1, 2, 0, { 0, 0, 0, 1 } },
		/* that would be more than there is */
		{ 4, 6, 0, { 1, 2, 3, 4 } }, { 4, UINT_MAX, 0, { 1, 2, 3, 4 } },
		/* not known */
		{ 4, 0, 0, { 1, 2, 3, 4 } }, { 4, 1, 0, { 1, 2, 3, 4 } },
		{ 3, 0, -EIO }, { 1, 1, -EIO },
	};
	static const u8 number[] = { 1, 2, 3, 4 };
	unsigned int i;
	u8 buf[4];

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		virtcrypto_number_expect(buf, sizeof(buf));
		memcpy(buf, number, cases[i].written);
		KUNIT_EXPECT_EQ_MSG(test, cases[i].err,
				    virtcrypto_number_place(buf, sizeof(buf), cases[i].used),
				    "case %u", i);
		if (!cases[i].err)
			KUNIT_EXPECT_MEMEQ_MSG(test, buf, cases[i].want, sizeof(buf),
					       "case %u", i);
	}
}

/*
 * Full rings
 */

static void vck_data_backlog(struct kunit *test)
{
	unsigned int per_ring = VCK_RING / 4, i, n;
	struct vck_device *vck = vck_create(test);
	struct crypto_skcipher *tfm = vck_tfm(test, VCK_CBC, 16);
	struct virtcrypto_dataq *q = &vck_driver(vck)->dataqs[0];
	struct vck_req *vr[VCK_RING / 4 + 5];
	int err[VCK_RING / 4 + 5], first;

	/* a session first, so that nothing is parked */
	vck_expect_device(test, vck_request(test, tfm, 64, 1, false, 0));
	virtcrypto_queue_limit = 2;
	vck->vqs[0].hold = true;
	n = per_ring + 5;
	for (i = 0; i < n; i++)
		vr[i] = vck_request(test, tfm, 64, 1, false,
				    i >= n - 3 ? CRYPTO_TFM_REQ_MAY_BACKLOG : 0);
	for (i = 0; i < n - 3; i++) {
		err[i] = crypto_skcipher_encrypt(vr[i]->req);
		KUNIT_EXPECT_EQ_MSG(test, err[i], -EINPROGRESS, "request %u", i);
	}
	KUNIT_EXPECT_EQ(test, q->nr_inflight, per_ring);
	KUNIT_EXPECT_EQ(test, q->nr_backlog, 2);

	/*
	 * requests that may not wait go to the fallback now; others are told to
	 * pause
	 */
	vck_expect_software(test, vck_request(test, tfm, 64, 1, false, 0), "fb_busy");
	KUNIT_EXPECT_EQ(test, (int)q->refused, 1);
	for (i = n - 3; i < n; i++) {
		err[i] = crypto_skcipher_encrypt(vr[i]->req);
		KUNIT_EXPECT_EQ(test, err[i], i == n - 1 ? -EBUSY : -EINPROGRESS);
	}
	KUNIT_EXPECT_EQ(test, vr[n - 1]->in_progress, 0);
	KUNIT_EXPECT_EQ(test, q->nr_backlog, 5);
	KUNIT_EXPECT_EQ(test, q->nr_nowait, 2);

	/* one answer makes room for one */
	first = atomic_read(&vck_serial);
	vck_answer(vck, 0, 1);
	KUNIT_EXPECT_EQ(test, vck_wait_req(vr[0], err[0]), 0);
	VCK_WAIT(test, q->nr_backlog == 4);
	vck_release(vck);
	for (i = 1; i < n; i++)
		KUNIT_EXPECT_EQ_MSG(test, vck_wait_req(vr[i], err[i]), 0, "request %u", i);
	for (i = 0; i < n; i++) {
		KUNIT_EXPECT_EQ(test, vr[i]->serial, first + 1 + (int)i);
		KUNIT_EXPECT_EQ(test, vr[i]->in_progress, i == n - 1);
		KUNIT_EXPECT_TRUE(test, vck_right(test, vr[i], "cbc(aes)", true));
	}
	KUNIT_EXPECT_EQ(test, q->nr_inflight + q->nr_backlog, 0);
}

/* The fallback does what waits when the device is not ready any more. */
static void vck_data_backlog_lost(struct kunit *test)
{
	unsigned int per_ring = VCK_RING / 4, i;
	struct vck_device *vck = vck_create(test);
	struct crypto_skcipher *tfm = vck_tfm(test, VCK_CBC, 16);
	struct vck_req *vr[VCK_RING / 4 + 2];
	int err[VCK_RING / 4 + 2];
	u64 lost;

	vck_expect_device(test, vck_request(test, tfm, 64, 1, false, 0));
	virtcrypto_queue_limit = 1;
	vck->vqs[0].hold = true;
	for (i = 0; i < per_ring + 2; i++) {
		vr[i] = vck_request(test, tfm, 64, 1, false, CRYPTO_TFM_REQ_MAY_BACKLOG);
		err[i] = crypto_skcipher_encrypt(vr[i]->req);
	}
	KUNIT_EXPECT_EQ(test, err[per_ring], -EINPROGRESS);
	KUNIT_EXPECT_EQ(test, err[per_ring + 1], -EBUSY);
	lost = vck_count(test, VCK_CBC, "fb_lost");
	vck_ready(vck, false);
	for (i = per_ring; i < per_ring + 2; i++)
		KUNIT_EXPECT_EQ(test, vck_wait_req(vr[i], err[i]), 0);
	KUNIT_EXPECT_EQ(test, vr[per_ring + 1]->in_progress, 1);
	KUNIT_EXPECT_EQ(test, vck_count(test, VCK_CBC, "fb_lost"), lost + 2);
	KUNIT_EXPECT_FALSE(test, completion_done(&vr[0]->done));
	vck_expect_software(test, vck_request(test, tfm, 64, 1, false, 0), "fb_nodev");

	/* the device may still answer the requests that it has */
	vck_release(vck);
	for (i = 0; i < per_ring; i++)
		KUNIT_EXPECT_EQ(test, vck_wait_req(vr[i], err[i]), 0);
	KUNIT_EXPECT_EQ(test, vck_count(test, VCK_CBC, "fb_lost"), lost + 2);
}

/* The ring takes nothing, neither at once nor later. */
static void vck_data_add_fails(struct kunit *test)
{
	struct vck_device *vck = vck_create(test);
	struct crypto_skcipher *tfm = vck_tfm(test, VCK_CBC, 16);
	struct virtcrypto_dataq *q = &vck_driver(vck)->dataqs[0];
	unsigned int i, per_ring = VCK_RING / 4;
	struct vck_req *vr[VCK_RING / 4 + 2];
	int err[VCK_RING / 4 + 2];
	u64 before;

	vck_expect_device(test, vck_request(test, tfm, 64, 1, false, 0));
	vck_fail(VCK_ADD, 0, 1, -ENOMEM);
	vck_expect_software(test, vck_request(test, tfm, 64, 1, false, 0), "fb_nomem");
	KUNIT_EXPECT_EQ(test, vck_fail_end(), 1);
	vck_fail(VCK_ADD, 0, 1, -ENOSPC);
	vck_expect_software(test, vck_request(test, tfm, 64, 1, false, 0), "fb_nodev");
	KUNIT_EXPECT_EQ(test, vck_fail_end(), 1);
	/* which the packed ring says if it cannot be mapped */
	vck_fail(VCK_ADD, 0, 1, -EIO);
	vck_expect_software(test, vck_request(test, tfm, 64, 1, false, 0), "fb_nomem");
	KUNIT_EXPECT_EQ(test, vck_fail_end(), 1);

	/* while others are at the device it waits, whatever the ring returns */
	vck->vqs[0].hold = true;
	for (i = 0; i < per_ring + 2; i++) {
		vr[i] = vck_request(test, tfm, 64, 1, false, 0);
		err[i] = crypto_skcipher_encrypt(vr[i]->req);
		KUNIT_EXPECT_EQ(test, err[i], -EINPROGRESS);
	}
	KUNIT_EXPECT_EQ(test, q->nr_backlog, 2);
	vck_fail(VCK_ADD, 0, 1, -ENOMEM);
	vck_answer(vck, 0, 1);
	KUNIT_EXPECT_EQ(test, vck_wait_req(vr[0], err[0]), 0);
	KUNIT_EXPECT_EQ(test, vck_fail_end(), 1);
	/*
	 * the watchdog may have retried by now, but there was room for one only
	 */
	KUNIT_EXPECT_GE(test, READ_ONCE(q->nr_backlog), 1);
	before = vck_count(test, VCK_CBC, "fb_nomem");
	vck_fail(VCK_ADD, 0, 1, -EIO);
	vck_answer(vck, 0, 1);
	KUNIT_EXPECT_EQ(test, vck_wait_req(vr[1], err[1]), 0);
	KUNIT_EXPECT_EQ(test, vck_fail_end(), 1);
	KUNIT_EXPECT_EQ(test, vck_count(test, VCK_CBC, "fb_nomem"), before);
	KUNIT_EXPECT_GE(test, READ_ONCE(q->nr_backlog), 1);
	KUNIT_EXPECT_EQ(test, (int)vck_driver(vck)->recovery.failures, 0);
	vck_release(vck);
	for (i = 2; i < per_ring + 2; i++)
		KUNIT_EXPECT_EQ(test, vck_wait_req(vr[i], err[i]), 0);
}

/*
 * The device is notified when as many requests have gathered as it has, at the
 * latest at 4.
 */
static void vck_data_notify(struct kunit *test)
{
	static const u8 after[8] = { 1, 2, 2, 3, 3, 3, 3, 4 };
	unsigned int notified, i;
	struct vck_device *vck = vck_create(test);
	struct crypto_skcipher *tfm = vck_tfm(test, VCK_CBC, 16);
	struct vck_req *vr[10];
	int err[10];

	vck_expect_device(test, vck_request(test, tfm, 64, 1, false, 0));
	virtcrypto_notify_batch = 4;
	vck->vqs[0].hold = true;
	notified = vck->vqs[0].notified;
	for (i = 0; i < 8; i++) {
		vr[i] = vck_request(test, tfm, 64, 1, false, 0);
		err[i] = crypto_skcipher_encrypt(vr[i]->req);
		KUNIT_EXPECT_EQ_MSG(test, vck->vqs[0].notified, notified + after[i],
				    "after request %u", i);
	}
	/* the device does not know of two; the first completion notifies it */
	for (i = 8; i < 10; i++) {
		vr[i] = vck_request(test, tfm, 64, 1, false, 0);
		err[i] = crypto_skcipher_encrypt(vr[i]->req);
	}
	KUNIT_EXPECT_EQ(test, vck->vqs[0].notified, notified + 4);
	vck_answer(vck, 0, 1);
	VCK_WAIT(test, vck->vqs[0].notified == notified + 5);
	vck_release(vck);
	for (i = 0; i < 10; i++)
		KUNIT_EXPECT_EQ(test, vck_wait_req(vr[i], err[i]), 0);
}

/* A caller that submits its next request when one is completed. */
struct vck_next {
	struct vck_req *first;
	struct vck_req *next;
	int err;
};

static void vck_submit_next(void *data, int err)
{
	struct vck_next *n = data;

	n->first->err = err;
	n->err = crypto_skcipher_encrypt(n->next->req);
	complete(&n->first->done);
}

/* The device is notified at once of what callers submit from completions. */
static void vck_data_notify_next(struct kunit *test)
{
	struct vck_device *vck = vck_create(test);
	struct crypto_skcipher *tfm = vck_tfm(test, VCK_CBC, 16);
	unsigned int i, notified;
	struct vck_next n;
	struct vck_req *vr[8];

	vck_expect_device(test, vck_request(test, tfm, 64, 1, false, 0));
	vck->vqs[0].hold = true;
	for (i = 0; i < 8; i++) {
		vr[i] = vck_request(test, tfm, 64, 1, false, 0);
		if (!i) {
			n.first = vr[i];
			n.next = vck_request(test, tfm, 64, 1, false, 0);
			skcipher_request_set_callback(vr[i]->req, 0, vck_submit_next, &n);
		}
		KUNIT_EXPECT_EQ(test, crypto_skcipher_encrypt(vr[i]->req), -EINPROGRESS);
	}
	KUNIT_EXPECT_EQ(test, vck->vqs[0].nr_held, 8);
	notified = vck->vqs[0].notified;
	vck_answer(vck, 0, 1);
	KUNIT_EXPECT_EQ(test, vck_wait_req(vr[0], -EINPROGRESS), 0);
	/* long before the watchdog runs */
	msleep(50);
	KUNIT_EXPECT_EQ(test, vck->vqs[0].notified, notified + 1);
	KUNIT_EXPECT_EQ(test, vck->vqs[0].nr_held, 8);
	vck_release(vck);
	for (i = 1; i < 8; i++)
		KUNIT_EXPECT_EQ(test, vck_wait_req(vr[i], -EINPROGRESS), 0);
	KUNIT_EXPECT_EQ(test, vck_wait_req(n.next, n.err), 0);
}

/* A lost answer takes its caller one timeout, and not several. */
static void vck_data_overtaken(struct kunit *test)
{
	struct vck_device *vck = vck_create(test);
	struct crypto_skcipher *tfm = vck_tfm(test, VCK_CBC, 16);
	struct virtcrypto_device *dev = vck_driver(vck);
	struct vck_req *lost, *vr;
	unsigned long begun;

	vck_expect_device(test, vck_request(test, tfm, 64, 1, false, 0));
	lost = vck_request(test, tfm, 64, 1, false, 0);
	virtcrypto_timeout = 2;
	vck->vqs[0].hold = true;
	KUNIT_EXPECT_EQ(test, crypto_skcipher_encrypt(lost->req), -EINPROGRESS);
	VCK_WAIT(test, vck->vqs[0].nr_held == 1);
	begun = jiffies;
	/* the device goes on answering all others */
	while (!completion_done(&lost->done) && time_before(jiffies, begun + 10 * HZ)) {
		vr = vck_request(test, tfm, 64, 1, false, 0);
		if (crypto_skcipher_encrypt(vr->req) == -EINPROGRESS) {
			VCK_WAIT(test, vck->vqs[0].nr_held == 2 ||
				 READ_ONCE(dev->recovery.failures));
			if (!READ_ONCE(dev->recovery.failures))
				vck_answer_one(vck, 0, 1);
			KUNIT_EXPECT_EQ(test, vck_wait_req(vr, -EINPROGRESS), 0);
		}
		msleep(50);
	}
	KUNIT_EXPECT_TRUE(test, time_before(jiffies, begun + 6 * HZ));
	KUNIT_EXPECT_EQ(test, vck_wait_req(lost, -EINPROGRESS), 0);
	KUNIT_EXPECT_TRUE(test, vck_right(test, lost, "cbc(aes)", true));
	KUNIT_EXPECT_EQ(test, (int)dev->recovery.failures, 1);
}

/*
 * Can the fallback do a request again?  What the device writes is compared with
 * what it reads, and with nothing else of the lists.
 */
static void vck_data_spoiled(struct kunit *test)
{
	struct virtcrypto_req *vr = kunit_kzalloc(test, sizeof(*vr), GFP_KERNEL);
	u8 *p = kunit_kzalloc(test, 256, GFP_KERNEL);
	struct scatterlist src[3], dst[3];

	KUNIT_ASSERT_NOT_NULL(test, p);
	KUNIT_ASSERT_NOT_NULL(test, vr);
	/* as in dm-crypt: associated data and tag shared, text apart */
	sg_init_table(src, 3);
	sg_set_buf(&src[0], p, 24);
	sg_set_buf(&src[1], p + 32, 64);
	sg_set_buf(&src[2], p + 24, 8);
	sg_init_table(dst, 3);
	sg_set_buf(&dst[0], p, 24);
	sg_set_buf(&dst[1], p + 128, 64);
	sg_set_buf(&dst[2], p + 24, 8);

	/* an AEAD's encryption */
	virtcrypto_req_init(vr, NULL, NULL);
	KUNIT_EXPECT_EQ(test, virtcrypto_req_src(vr, src, 24, 64), 0);
	KUNIT_EXPECT_EQ(test, virtcrypto_req_src(vr, src, 0, 24), 0);
	KUNIT_EXPECT_EQ(test, virtcrypto_req_dst(vr, dst, 24, 72), 0);
	KUNIT_EXPECT_FALSE(test, virtcrypto_req_spoiled(vr));
	vr->dirty = true;
	KUNIT_EXPECT_FALSE(test, virtcrypto_req_spoiled(vr));
	/* its decryption, which reads the tag and writes none */
	virtcrypto_req_init(vr, NULL, NULL);
	KUNIT_EXPECT_EQ(test, virtcrypto_req_src(vr, src, 24, 72), 0);
	KUNIT_EXPECT_EQ(test, virtcrypto_req_src(vr, src, 0, 24), 0);
	KUNIT_EXPECT_EQ(test, virtcrypto_req_dst(vr, dst, 24, 64), 0);
	vr->dirty = true;
	KUNIT_EXPECT_FALSE(test, virtcrypto_req_spoiled(vr));
	/* one that writes its associated data */
	KUNIT_EXPECT_EQ(test, virtcrypto_req_dst(vr, dst, 0, 24), 0);
	KUNIT_EXPECT_TRUE(test, virtcrypto_req_spoiled(vr));
	/* in place, and with one byte in common */
	virtcrypto_req_init(vr, NULL, NULL);
	KUNIT_EXPECT_EQ(test, virtcrypto_req_src(vr, src, 24, 64), 0);
	KUNIT_EXPECT_EQ(test, virtcrypto_req_dst(vr, src, 24, 64), 0);
	vr->dirty = true;
	KUNIT_EXPECT_TRUE(test, virtcrypto_req_spoiled(vr));
	sg_set_buf(&dst[1], p + 32 + 63, 64);
	vr->nr_dst = 0;
	KUNIT_EXPECT_EQ(test, virtcrypto_req_dst(vr, dst, 24, 64), 0);
	KUNIT_EXPECT_TRUE(test, virtcrypto_req_spoiled(vr));
	sg_set_buf(&dst[1], p + 32 + 64, 64);
	KUNIT_EXPECT_FALSE(test, virtcrypto_req_spoiled(vr));
	vr->dirty = false;
	KUNIT_EXPECT_FALSE(test, virtcrypto_req_spoiled(vr));
}

/*
 * A request of an ordered key that the fallback does, between two of the
 * device.
 */
struct vck_ordered {
	struct virtcrypto_req vr;
	struct crypto_async_request base;
	int serial;
	int err;
};

static void vck_ordered_done(void *data, int err)
{
	struct vck_ordered *o = data;

	o->err = err;
	o->serial = atomic_inc_return(&vck_serial);
}

/* The fallback's result of such a request is returned in its turn. */
static void vck_data_settle(struct kunit *test)
{
	struct vck_ordered *o = kunit_kzalloc(test, 4 * sizeof(*o), GFP_KERNEL);
	unsigned int per_ring = VCK_RING / 4, i, n = 0;
	struct vck_device *vck = vck_create(test);
	struct crypto_skcipher *tfm = vck_tfm(test, VCK_CBC, 16);
	struct virtcrypto_dataq *q = &vck_driver(vck)->dataqs[0];
	struct vck_req *vr[VCK_RING / 4 + 2];
	struct virtcrypto_key *key;

	KUNIT_ASSERT_NOT_NULL(test, o);
	for (i = 0; i < 4; i++) {
		o[i].base.complete = vck_ordered_done;
		o[i].base.data = &o[i];
		virtcrypto_req_init(&o[i].vr, NULL, NULL);
		o[i].vr.base = &o[i].base;
	}
	vck_expect_device(test, vck_request(test, tfm, 64, 1, false, 0));
	vck->vqs[0].hold = true;
	for (i = 0; i < per_ring + 2; i++)
		vr[i] = vck_request(test, tfm, 64, 1, false, 0);
	KUNIT_EXPECT_EQ(test, crypto_skcipher_encrypt(vr[n++]->req), -EINPROGRESS);
	key = list_first_entry(&q->inflight, struct virtcrypto_req, node)->key;
	KUNIT_EXPECT_EQ(test, virtcrypto_key_settle(key, VIRTCRYPTO_DIR_ENCRYPT, &o[0].vr, 0),
			-EINPROGRESS);
	while (n < per_ring + 1)
		KUNIT_EXPECT_EQ(test, crypto_skcipher_encrypt(vr[n++]->req), -EINPROGRESS);
	KUNIT_EXPECT_EQ(test, q->nr_backlog, 1);
	/* behind the backlog */
	KUNIT_EXPECT_EQ(test, virtcrypto_key_settle(key, VIRTCRYPTO_DIR_ENCRYPT, &o[1].vr,
						    -EBADMSG), -EINPROGRESS);
	KUNIT_EXPECT_EQ(test, crypto_skcipher_encrypt(vr[n++]->req), -EINPROGRESS);
	KUNIT_EXPECT_EQ(test, q->nr_backlog, 2);
	KUNIT_EXPECT_EQ(test, o[0].serial + o[1].serial, 0);
	vck_answer(vck, 0, 1);
	KUNIT_EXPECT_EQ(test, vck_wait_req(vr[0], -EINPROGRESS), 0);
	VCK_WAIT(test, READ_ONCE(o[0].serial));
	KUNIT_EXPECT_EQ(test, o[0].serial, vr[0]->serial + 1);
	vck_release(vck);
	for (i = 1; i < n; i++)
		KUNIT_EXPECT_EQ(test, vck_wait_req(vr[i], -EINPROGRESS), 0);
	KUNIT_EXPECT_EQ(test, vr[1]->serial, o[0].serial + 1);
	KUNIT_EXPECT_EQ(test, o[1].serial, vr[n - 2]->serial + 1);
	KUNIT_EXPECT_EQ(test, vr[n - 1]->serial, o[1].serial + 1);
	KUNIT_EXPECT_EQ(test, o[0].err, 0);
	KUNIT_EXPECT_EQ(test, o[1].err, -EBADMSG);

	/*
	 * with nothing under way it does not wait; if the device fails it is
	 * given back
	 */
	KUNIT_EXPECT_EQ(test, virtcrypto_key_settle(key, VIRTCRYPTO_DIR_ENCRYPT, &o[2].vr, -4), -4);
	vck->vqs[0].hold = true;
	vr[0] = vck_request(test, tfm, 64, 1, false, 0);
	KUNIT_EXPECT_EQ(test, crypto_skcipher_encrypt(vr[0]->req), -EINPROGRESS);
	KUNIT_EXPECT_EQ(test, virtcrypto_key_settle(key, VIRTCRYPTO_DIR_ENCRYPT, &o[3].vr, 0),
			-EINPROGRESS);
	vck_needs_reset(vck);
	KUNIT_EXPECT_EQ(test, vck_wait_req(vr[0], -EINPROGRESS), 0);
	VCK_WAIT(test, READ_ONCE(o[3].serial));
	KUNIT_EXPECT_EQ(test, o[3].err, 0);
	vck_put_tfm(test, tfm);
}

/* Requests stay within the limits of DPDK behind QEMU. */
static void vck_data_vhost_user(struct kunit *test)
{
	struct vck_device *vck = vck_new(test);
	struct virtcrypto_dataq *q;
	struct crypto_skcipher *tfm;
	struct vck_req *vr[3];
	unsigned int i;
	int err[3];

	vck_config(vck, CONFIG_AT(max_size), U32_MAX);
	vck_config(vck, CONFIG_AT(max_size) + 4, U32_MAX);
	/* without indirect descriptors it would not answer */
	vck->features = BIT_ULL(VIRTIO_F_VERSION_1);
	KUNIT_ASSERT_EQ(test, 0, vck_plug(vck));
	KUNIT_EXPECT_NULL(test, vck_driver(vck));
	vck_unplug(vck);
	virtcrypto_vhost_user = VIRTCRYPTO_GUESS_NO;
	KUNIT_ASSERT_EQ(test, 0, vck_plug(vck));
	KUNIT_ASSERT_NOT_NULL(test, vck_driver(vck));
	KUNIT_EXPECT_FALSE(test, vck_driver(vck)->vhost_user);
	vck_unplug(vck);

	virtcrypto_vhost_user = VIRTCRYPTO_GUESS_AUTO;
	vck->features |= BIT_ULL(VIRTIO_RING_F_INDIRECT_DESC);
	KUNIT_ASSERT_EQ(test, 0, vck_plug(vck));
	KUNIT_ASSERT_NOT_NULL(test, vck_driver(vck));
	VCK_WAIT(test, virtcrypto_support_any(&vck_driver(vck)->support));
	q = &vck_driver(vck)->dataqs[0];
	tfm = vck_tfm(test, VCK_CBC, 16);
	vck_expect_device(test, vck_request(test, tfm, 2176, 1, false, 0));
	KUNIT_EXPECT_TRUE(test, q->indirect);
	KUNIT_EXPECT_EQ(test, vck->last.nr_out, 3);
	KUNIT_EXPECT_EQ(test, vck->last.part[0].len, 72);
	vck_expect_software(test, vck_request(test, tfm, 2192, 1, false, 0), "fb_size");
	/* header, iv and status besides */
	vck_expect_device(test, vck_request(test, tfm, 14 * 16, 14, false, 0));
	vck_expect_software(test, vck_request(test, tfm, 15 * 16, 15, false, 0), "fb_frags");

	/*
	 * a length of zero after other lengths shows that its used ring cannot
	 * be relied on
	 */
	KUNIT_EXPECT_EQ(test, q->max_inflight, UINT_MAX);
	vck->used_len = (struct vck_fault) { .times = 1, .value = 0 };
	vck_expect_device(test, vck_request(test, tfm, 64, 1, false, 0));
	vck->vqs[0].hold = true;
	for (i = 0; i < 3; i++) {
		vr[i] = vck_request(test, tfm, 64, 1, false, 0);
		err[i] = crypto_skcipher_encrypt(vr[i]->req);
		KUNIT_EXPECT_EQ(test, err[i], -EINPROGRESS);
	}
	KUNIT_EXPECT_EQ(test, q->nr_inflight, 1);
	KUNIT_EXPECT_EQ(test, q->nr_backlog, 2);
	vck_release(vck);
	for (i = 0; i < 3; i++)
		KUNIT_EXPECT_EQ(test, vck_wait_req(vr[i], err[i]), 0);
}

/* More completions than one round handles. */
static void vck_data_many(struct kunit *test)
{
	struct vck_device *vck = vck_new(test);
	struct crypto_skcipher *tfm;
	struct vck_req *vr[100];
	int err[100];
	unsigned int i;

	virtcrypto_indirect_desc = true;
	KUNIT_ASSERT_EQ(test, 0, vck_plug(vck));
	VCK_WAIT(test, virtcrypto_support_any(&vck_driver(vck)->support));
	KUNIT_EXPECT_TRUE(test, vck_driver(vck)->dataqs[0].indirect);
	tfm = vck_tfm(test, VCK_CBC, 16);
	vck_expect_device(test, vck_request(test, tfm, 64, 1, false, 0));
	vck->vqs[0].hold = true;
	for (i = 0; i < ARRAY_SIZE(vr); i++) {
		vr[i] = vck_request(test, tfm, 64, 1, false, 0);
		err[i] = crypto_skcipher_encrypt(vr[i]->req);
	}
	KUNIT_EXPECT_EQ(test, vck_driver(vck)->dataqs[0].nr_inflight, VCK_RING);
	vck_release(vck);
	for (i = 0; i < ARRAY_SIZE(vr); i++)
		KUNIT_EXPECT_EQ(test, vck_wait_req(vr[i], err[i]), 0);
}

/* Does the choice fall on software, for each of @nr requests? */
static bool vck_all_software(struct virtcrypto_choice *choice, unsigned int nr)
{
	bool all = true;

	while (nr--)
		all &= virtcrypto_choice_is_software(choice);
	return all;
}

/* A look at the other side is due. */
static void vck_choice_due(struct virtcrypto_choice *choice)
{
	choice->look_at = jiffies;
}

/* The choice follows what both sides take, and looks at the other side. */
static void vck_data_choice(struct kunit *test)
{
	struct virtcrypto_choice *choices, *choice;
	unsigned int i;

	choices = virtcrypto_choice_alloc(VIRTCRYPTO_KIND_CIPHER);
	KUNIT_ASSERT_NOT_NULL(test, choices);
	KUNIT_EXPECT_NULL(test, virtcrypto_choice_of(choices, 64));
	KUNIT_EXPECT_FALSE(test, virtcrypto_choice_is_software(NULL));
	virtcrypto_fastest[VIRTCRYPTO_KIND_CIPHER] = true;
	KUNIT_EXPECT_NULL(test, virtcrypto_choice_of(NULL, 64));
	KUNIT_EXPECT_PTR_EQ(test, virtcrypto_choice_of(choices, 0), &choices[0]);
	KUNIT_EXPECT_PTR_EQ(test, virtcrypto_choice_of(choices, 64), &choices[0]);
	KUNIT_EXPECT_PTR_EQ(test, virtcrypto_choice_of(choices, 65), &choices[1]);
	KUNIT_EXPECT_PTR_EQ(test, virtcrypto_choice_of(choices, 4096), &choices[6]);
	KUNIT_EXPECT_PTR_EQ(test, virtcrypto_choice_of(choices, 32769), &choices[10]);
	KUNIT_EXPECT_PTR_EQ(test, virtcrypto_choice_of(choices, UINT_MAX), &choices[10]);
	virtcrypto_fastest[VIRTCRYPTO_KIND_CIPHER] = false;

	/* Software is measured first, then the device. */
	choice = &choices[6];
	KUNIT_EXPECT_TRUE(test, vck_all_software(choice, 1));
	virtcrypto_choice_software_took(choice, 20000);
	KUNIT_EXPECT_FALSE(test, vck_all_software(choice, 1));
	virtcrypto_choice_device_took(choice, 10000);
	KUNIT_EXPECT_FALSE(test, choice->software);
	KUNIT_EXPECT_FALSE(test, vck_all_software(choice, 1));

	/* One request of many shows what software takes. */
	vck_choice_due(choice);
	KUNIT_EXPECT_TRUE(test, vck_all_software(choice, 1));
	KUNIT_EXPECT_FALSE(test, vck_all_software(choice, 1));

	/* A device that has become ten times slower. */
	for (i = 0; i < 16; i++)
		virtcrypto_choice_device_took(choice, 100000);
	KUNIT_EXPECT_TRUE(test, choice->software);
	KUNIT_EXPECT_TRUE(test, vck_all_software(choice, 100));
	/* Some requests go there to see, and it is slow still. */
	vck_choice_due(choice);
	KUNIT_EXPECT_FALSE(test, vck_all_software(choice, 1));
	for (i = 0; i < 1000 && choice->tries; i++)
		KUNIT_EXPECT_FALSE(test, virtcrypto_choice_is_software(choice));
	KUNIT_EXPECT_EQ(test, choice->tries, 0);
	virtcrypto_choice_device_took(choice, 100000);
	KUNIT_EXPECT_TRUE(test, vck_all_software(choice, 100));
	/* It has become fast. */
	vck_choice_due(choice);
	KUNIT_EXPECT_FALSE(test, vck_all_software(choice, 1));
	virtcrypto_choice_device_took(choice, 10000);
	KUNIT_EXPECT_FALSE(test, choice->software);

	/* Nearly as fast is fast enough, and one late answer is no reason. */
	for (i = 0; i < 100; i++)
		virtcrypto_choice_device_took(choice, 20500);
	KUNIT_EXPECT_FALSE(test, choice->software);
	for (i = 0; i < 100; i++)
		virtcrypto_choice_device_took(choice, 10000);
	virtcrypto_choice_device_took(choice, U64_MAX);
	KUNIT_EXPECT_FALSE(test, choice->software);
	kfree(choices);
}

/* With choice=fastest, requests go to software and to the device. */
static void vck_data_fastest(struct kunit *test)
{
	struct vck_device *vck = vck_create(test);
	struct crypto_skcipher *tfm = vck_tfm(test, VCK_CBC, 16);

	vck_expect_device(test, vck_request(test, tfm, 64, 1, false, 0));
	virtcrypto_fastest[VIRTCRYPTO_KIND_CIPHER] = true;
	/* The first two of this size ever. */
	vck_expect_software(test, vck_request(test, tfm, 64, 1, false, 0), "fb_choice");
	vck_expect_device(test, vck_request(test, tfm, 64, 1, false, 0));
	virtcrypto_fastest[VIRTCRYPTO_KIND_CIPHER] = false;
	vck_expect_device(test, vck_request(test, tfm, 64, 1, false, 0));
	KUNIT_EXPECT_EQ(test, vck_driver(vck)->recovery.failures, 0);
}

static struct kunit_case vck_data_cases[] = {
	KUNIT_CASE(vck_data_parts),
	KUNIT_CASE(vck_data_lists),
	KUNIT_CASE(vck_data_sizes),
	KUNIT_CASE(vck_data_ivs),
	KUNIT_CASE_PARAM(vck_data_status, vck_status_gen_params),
	KUNIT_CASE(vck_data_unwritten),
	KUNIT_CASE(vck_data_used_len),
	KUNIT_CASE(vck_data_rekeyed),
	KUNIT_CASE(vck_data_key_waits),
	KUNIT_CASE(vck_data_number),
	KUNIT_CASE(vck_data_backlog),
	KUNIT_CASE(vck_data_backlog_lost),
	KUNIT_CASE(vck_data_add_fails),
	KUNIT_CASE(vck_data_notify),
	KUNIT_CASE(vck_data_notify_next),
	KUNIT_CASE_SLOW(vck_data_overtaken),
	KUNIT_CASE(vck_data_spoiled),
	KUNIT_CASE(vck_data_settle),
	KUNIT_CASE(vck_data_vhost_user),
	KUNIT_CASE(vck_data_many),
	KUNIT_CASE(vck_data_choice),
	KUNIT_CASE(vck_data_fastest),
	{}
};

static struct kunit_suite vck_data_suite = {
	.name = "virtio_crypto_data",
	.exit = vck_exit,
	.test_cases = vck_data_cases,
};

kunit_test_suite(vck_data_suite);
