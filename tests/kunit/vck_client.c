// SPDX-License-Identifier: GPL-2.0
// Copyright (C) 2026 The virtio_crypto authors
/*
 * Callers of the driver: transforms and requests, freed with the test that made them.
 */
#include <crypto/skcipher.h>
#include <linux/seq_file.h>

#include "../../virtio_crypto_algs.h"
#include "vck.h"

/* Counts completions, so that a test can tell their order. */
atomic_t vck_serial = ATOMIC_INIT(0);

static void vck_free_tfm(void *tfm)
{
	crypto_free_skcipher(tfm);
}

static void vck_free_req(void *req)
{
	skcipher_request_free(req);
}

/**
 * vck_tfm() - a transform of the driver's, with a key
 * @test: the test
 * @driver: the driver's name for the algorithm
 * @key_len: bytes of the key, 0 for none
 *
 * Return: the transform; the test ends if there is none.
 */
struct crypto_skcipher *vck_tfm(struct kunit *test, const char *driver, unsigned int key_len)
{
	struct crypto_skcipher *tfm = crypto_alloc_skcipher(driver, 0, 0);
	u8 key[64];
	unsigned int i;

	KUNIT_ASSERT_FALSE_MSG(test, IS_ERR(tfm), "no %s: %pe", driver, tfm);
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, vck_free_tfm, tfm));
	for (i = 0; i < sizeof(key); i++)
		key[i] = i * 3 + 1;
	if (key_len)
		KUNIT_ASSERT_EQ(test, 0, crypto_skcipher_setkey(tfm, key, key_len));
	return tfm;
}

/**
 * vck_put_tfm() - free a transform before the end of the test
 * @test: the test
 * @tfm: what vck_tfm() returned
 */
void vck_put_tfm(struct kunit *test, struct crypto_skcipher *tfm)
{
	kunit_release_action(test, vck_free_tfm, tfm);
}

static void vck_done(void *data, int err)
{
	struct vck_req *vr = data;

	if (err == -EINPROGRESS) {
		vr->in_progress++;
		return;
	}
	vr->err = err;
	vr->serial = atomic_inc_return(&vck_serial);
	complete(&vr->done);
}

static struct scatterlist *vck_list(struct kunit *test, u8 *p, unsigned int len,
				    unsigned int frags)
{
	struct scatterlist *sg = kunit_kcalloc(test, frags, sizeof(*sg), GFP_KERNEL);
	unsigned int i, part = len / frags;

	KUNIT_ASSERT_NOT_NULL(test, sg);
	sg_init_table(sg, frags);
	for (i = 0; i < frags; i++) {
		sg_set_buf(&sg[i], p, i == frags - 1 ? len : part);
		p += part;
		len -= part;
	}
	return sg;
}

/**
 * vck_request() - a request, not submitted yet
 * @test: the test
 * @tfm: the transform
 * @len: bytes
 * @frags: entries of each of its lists
 * @in_place: input and output are the same
 * @flags: CRYPTO_TFM_REQ_*
 *
 * Return: the request; the test ends if there is no memory.
 */
struct vck_req *vck_request(struct kunit *test, struct crypto_skcipher *tfm,
			    unsigned int len, unsigned int frags, bool in_place, u32 flags)
{
	struct vck_req *vr = kunit_kzalloc(test, sizeof(*vr), GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, vr);
	init_completion(&vr->done);
	vr->len = len;
	vr->in = kunit_kzalloc(test, len + 1, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, vr->in);
	vr->out = in_place ? vr->in : kunit_kzalloc(test, len + 1, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, vr->out);
	for (i = 0; i < len; i++)
		vr->in[i] = i * 7 + 5;
	for (i = 0; i < sizeof(vr->iv); i++)
		vr->iv[i] = i * 11 + 3;
	vr->src = vck_list(test, vr->in, len, frags);
	vr->dst = in_place ? vr->src : vck_list(test, vr->out, len, frags);
	vr->req = skcipher_request_alloc(tfm, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, vr->req);
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, vck_free_req, vr->req));
	skcipher_request_set_callback(vr->req, flags, vck_done, vr);
	skcipher_request_set_crypt(vr->req, vr->src, vr->dst, len, vr->iv);
	return vr;
}

/**
 * vck_small() - a request of two blocks, input and output apart, not submitted yet
 * @test: the test
 * @tfm: the transform
 *
 * Return: the request; the test ends if there is no memory.
 */
struct vck_req *vck_small(struct kunit *test, struct crypto_skcipher *tfm)
{
	return vck_request(test, tfm, 32, 1, false, 0);
}

/**
 * vck_wait_req() - wait until a request is completed
 * @vr: the request
 * @err: what submitting it returned
 *
 * Return: its error, or -ETIMEDOUT after 30 seconds.
 */
int vck_wait_req(struct vck_req *vr, int err)
{
	if (err != -EINPROGRESS && err != -EBUSY)
		return err;
	if (!wait_for_completion_timeout(&vr->done, 30 * HZ))
		return -ETIMEDOUT;
	return vr->err;
}

/**
 * vck_encrypt() - submit a request, and wait for it
 * @vr: the request
 *
 * Return: its error.
 */
int vck_encrypt(struct vck_req *vr)
{
	return vck_wait_req(vr, crypto_skcipher_encrypt(vr->req));
}

/**
 * vck_decrypt() - submit a request, and wait for it
 * @vr: the request
 *
 * Return: its error.
 */
int vck_decrypt(struct vck_req *vr)
{
	return vck_wait_req(vr, crypto_skcipher_decrypt(vr->req));
}

/**
 * vck_right() - is what a request of vck_request() returned right?
 * @test: the test
 * @vr: the request, completed; its transform has the key of vck_tfm()
 * @alg: the crypto API's name of the algorithm
 * @encrypt: the direction
 *
 * Return: whether data and iv are those of software.
 */
bool vck_right(struct kunit *test, struct vck_req *vr, const char *alg, bool encrypt)
{
	unsigned int key_len = crypto_skcipher_min_keysize(crypto_skcipher_reqtfm(vr->req));
	struct crypto_skcipher *soft = crypto_alloc_skcipher(alg, 0, CRYPTO_ALG_ASYNC);
	struct skcipher_request *req;
	u8 key[64], iv[VIRTCRYPTO_MAX_IV_SIZE];
	struct scatterlist sg;
	unsigned int i;
	bool right;
	u8 *data;

	KUNIT_ASSERT_FALSE(test, IS_ERR(soft));
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, vck_free_tfm, soft));
	req = skcipher_request_alloc(soft, GFP_KERNEL);
	data = kunit_kzalloc(test, vr->len, GFP_KERNEL);
	KUNIT_ASSERT_TRUE(test, req && data);
	for (i = 0; i < sizeof(key); i++)
		key[i] = i * 3 + 1;
	for (i = 0; i < sizeof(iv); i++)
		iv[i] = i * 11 + 3;
	for (i = 0; i < vr->len; i++)
		data[i] = i * 7 + 5;
	crypto_skcipher_setkey(soft, key, key_len);
	sg_init_one(&sg, data, vr->len);
	skcipher_request_set_crypt(req, &sg, &sg, vr->len, iv);
	if (encrypt)
		crypto_skcipher_encrypt(req);
	else
		crypto_skcipher_decrypt(req);
	right = !memcmp(data, vr->out, vr->len) &&
		!memcmp(iv, vr->iv, crypto_skcipher_ivsize(soft));
	skcipher_request_free(req);
	return right;
}

/**
 * vck_count() - one of an algorithm's counters, as debugfs shows it
 * @test: the test
 * @driver: the driver's name for the algorithm
 * @what: the counter's name
 *
 * Return: its value; the test ends if there is none of the name.
 */
u64 vck_count(struct kunit *test, const char *driver, const char *what)
{
	struct seq_file m = { .size = 65536 };
	char *line, *word, *value;
	u64 n = 0;

	m.buf = kunit_kzalloc(test, m.size, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, m.buf);
	virtcrypto_algs_show(&m);
	KUNIT_ASSERT_LT(test, m.count, m.size);
	m.buf[m.count] = 0;
	line = strstr(m.buf, driver);
	KUNIT_ASSERT_NOT_NULL(test, line);
	line = strsep(&line, "\n");
	while ((word = strsep(&line, " "))) {
		value = strchr(word, '=');
		if (!value)
			continue;
		*value++ = 0;
		if (!strcmp(word, what)) {
			KUNIT_ASSERT_EQ(test, 0, kstrtou64(value, 10, &n));
			return n;
		}
	}
	KUNIT_FAIL_AND_ABORT(test, "no counter %s", what);
	return n;
}

/**
 * vck_offloads() - does a device do a request?
 * @test: the test
 * @tfm: transform of VCK_CBC
 *
 * Return: whether one was encrypted now, and not by software.
 */
bool vck_offloads(struct kunit *test, struct crypto_skcipher *tfm)
{
	u64 before = vck_count(test, VCK_CBC, "offloaded");

	return !vck_encrypt(vck_small(test, tfm)) &&
	       vck_count(test, VCK_CBC, "offloaded") > before;
}
