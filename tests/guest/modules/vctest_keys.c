// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The virtio_crypto authors
 *
 * vctest: setkey's errors, and many transforms at once.
 */

#include <linux/err.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "vctest.h"

#define DATA_LEN	64

/* Give both the same key: same result, and same state afterwards. */
static int compare_setkey(struct vct_pair *pair, const u8 *key,
			  unsigned int len, bool forbid_weak, const char *what)
{
	u8 iv[VCT_MAX_IV] = {}, ref_iv[VCT_MAX_IV] = {};
	int got, want;
	u8 *data;

	crypto_skcipher_clear_flags(pair->tfm, CRYPTO_TFM_REQ_FORBID_WEAK_KEYS);
	crypto_skcipher_clear_flags(pair->ref, CRYPTO_TFM_REQ_FORBID_WEAK_KEYS);
	if (forbid_weak) {
		crypto_skcipher_set_flags(pair->tfm,
					  CRYPTO_TFM_REQ_FORBID_WEAK_KEYS);
		crypto_skcipher_set_flags(pair->ref,
					  CRYPTO_TFM_REQ_FORBID_WEAK_KEYS);
	}
	want = crypto_skcipher_setkey(pair->ref, key, len);
	got = crypto_skcipher_setkey(pair->tfm, key, len);
	if (got != want) {
		vct_fault("setkey, %u bytes, %s%s: %d, software says %d", len,
			  what, forbid_weak ? ", weak keys forbidden" : "",
			  got, want);
		return -EIO;
	}

	/* Software drivers differ in what remains of the old key then. */
	if (len < crypto_skcipher_min_keysize(pair->tfm) ||
	    len > crypto_skcipher_max_keysize(pair->tfm))
		return 0;

	data = kzalloc(2 * DATA_LEN, GFP_KERNEL);
	if (!data)
		return -ENOMEM;
	want = vct_reference(pair, true, data, DATA_LEN, ref_iv);
	got = vct_crypt_flat(pair, true, data + DATA_LEN, DATA_LEN, iv);
	if (vct_stuck)
		return got;
	if (got != want || memcmp(data, data + DATA_LEN, DATA_LEN)) {
		vct_fault("request after setkey with %u bytes, %s: %d, software says %d",
			  len, what, got, want);
		got = -EIO;
	} else {
		got = 0;
	}
	kfree(data);
	return got;
}

static int test_no_key(struct vct_pair *pair)
{
	u8 iv[VCT_MAX_IV] = {};
	u8 *data;
	int err;

	data = kzalloc(DATA_LEN, GFP_KERNEL);
	if (!data)
		return -ENOMEM;
	err = vct_crypt_flat(pair, true, data, DATA_LEN, iv);
	if (vct_stuck)
		return err;
	if (err != -ENOKEY)
		vct_fault("request without a key: %d", err);
	kfree(data);
	return err == -ENOKEY ? 0 : -EIO;
}

static int test_key_lengths(struct vct_pair *pair, struct rnd_state *rng)
{
	unsigned int len, most = crypto_skcipher_max_keysize(pair->tfm) + 20;
	u8 *key;
	int err = 0;

	key = kmalloc(most + 1, GFP_KERNEL);
	if (!key)
		return -ENOMEM;
	for (len = 0; len <= most && !vct_stuck; len++) {
		prandom_bytes_state(rng, key, most + 1);
		err = compare_setkey(pair, key + (len & 1), len, len & 2,
				     "random") ?: err;
	}
	kfree(key);
	return err;
}

/* Fill @len bytes of key with copies of its first @period bytes. */
static void repeat_key(u8 *key, unsigned int period, unsigned int len)
{
	unsigned int i;

	for (i = period; i < len; i++)
		key[i] = key[i - period];
}

/* Keys that des, des3_ede and xts may refuse; for aes they are ordinary keys. */
static int test_weak_keys(struct vct_pair *pair, struct rnd_state *rng)
{
	static const u8 des_weak[][8] = {
		{ 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01 },
		{ 0xfe, 0xfe, 0xfe, 0xfe, 0xfe, 0xfe, 0xfe, 0xfe },
		{ 0x1f, 0x1f, 0x1f, 0x1f, 0x0e, 0x0e, 0x0e, 0x0e },
		{ 0xe0, 0xe0, 0xe0, 0xe0, 0xf1, 0xf1, 0xf1, 0xf1 },
		{ 0x01, 0xfe, 0x01, 0xfe, 0x01, 0xfe, 0x01, 0xfe },
	};
	unsigned int min = crypto_skcipher_min_keysize(pair->tfm);
	unsigned int max = crypto_skcipher_max_keysize(pair->tfm);
	unsigned int i, len;
	u8 key[VCT_MAX_KEY];
	int err = 0;

	for (len = min; len <= max && !vct_stuck; len += 8) {
		for (i = 0; i < 2 * ARRAY_SIZE(des_weak); i++) {
			memcpy(key, des_weak[i / 2], 8);
			repeat_key(key, 8, len);
			err = compare_setkey(pair, key, len, i & 1,
					     "weak for des") ?: err;
		}
		for (i = 0; i < 2; i++) {
			prandom_bytes_state(rng, key, len);
			repeat_key(key, len / 2, len);
			err = compare_setkey(pair, key, len, i,
					     "equal halves") ?: err;

			prandom_bytes_state(rng, key, len);
			if (len < 24)
				continue;
			memcpy(key + 8, key, 8);
			err = compare_setkey(pair, key, len, i,
					     "first two thirds equal") ?: err;
			prandom_bytes_state(rng, key, len);
			memcpy(key + 16, key + 8, 8);
			err = compare_setkey(pair, key, len, i,
					     "last two thirds equal") ?: err;
		}
	}
	return err;
}

/**
 * vct_test_setkey() - setkey returns the same as software
 * @rng: source of randomness
 *
 * Return: 0 or the first error.
 */
int vct_test_setkey(struct rnd_state *rng)
{
	struct vct_pair pair;
	int err;

	err = vct_pair_open(&pair, vct.alg);
	if (err)
		return err;
	err = vct_result(test_no_key(&pair), "no key");
	if (!vct_stuck)
		err = vct_result(test_key_lengths(&pair, rng),
				 "keys of every length") ?: err;
	if (!vct_stuck)
		err = vct_result(test_weak_keys(&pair, rng), "weak keys") ?: err;
	vct_pair_close(&pair);
	return err;
}

/* Each direction of one of many transforms. */
static int check_transform(const struct vct_pair *pair, u8 *buf,
			   struct rnd_state *rng)
{
	u8 iv[VCT_MAX_IV], ref_iv[VCT_MAX_IV];
	int enc, err;

	for (enc = 0; enc < 2; enc++) {
		vct_random_iv(pair, rng, iv);
		memcpy(ref_iv, iv, sizeof(iv));
		prandom_bytes_state(rng, buf, DATA_LEN);
		memcpy(buf + DATA_LEN, buf, DATA_LEN);

		err = vct_reference(pair, enc, buf, DATA_LEN, ref_iv);
		if (!err)
			err = vct_crypt_flat(pair, enc, buf + DATA_LEN, DATA_LEN,
					     iv);
		if (err)
			return err;
		if (memcmp(buf, buf + DATA_LEN, DATA_LEN)) {
			vct_fault("wrong data");
			return -EIO;
		}
	}
	return 0;
}

static int check_transforms(const struct vct_pair *pairs, unsigned int count,
			    struct rnd_state *rng)
{
	unsigned int i;
	u8 *buf;
	int err = 0;

	buf = kmalloc(2 * DATA_LEN, GFP_KERNEL);
	if (!buf)
		return -ENOMEM;
	for (i = 0; i < count && !err; i++)
		err = check_transform(&pairs[i], buf, rng);
	if (err)
		vct_fault("transform %u of %u: %d", i, count, err);
	if (!vct_stuck)
		kfree(buf);
	return err;
}

static int new_keys(struct vct_pair *pairs, unsigned int count,
		    struct rnd_state *rng)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < count && !err; i++)
		err = vct_pair_new_key(&pairs[i], rng);
	if (err)
		vct_fault("transform %u of %u: %d", i, count, err);
	return err;
}

static void close_in_random_order(struct vct_pair *pairs, unsigned int count,
				  struct rnd_state *rng)
{
	while (count) {
		unsigned int i = vct_rnd(rng, count);

		vct_pair_close(&pairs[i]);
		pairs[i] = pairs[--count];
	}
}

static int round_of_many(struct vct_pair *pairs, unsigned int count,
			 struct rnd_state *rng)
{
	unsigned int nr;
	int err = 0;

	for (nr = 0; nr < count; nr++) {
		err = vct_pair_open(&pairs[nr], vct.alg);
		if (err)
			break;
	}
	if (!err)
		err = new_keys(pairs, nr, rng);
	/* Twice: sessions that others have evicted have to be created again. */
	if (!err)
		err = check_transforms(pairs, nr, rng);
	if (!err)
		err = check_transforms(pairs, nr, rng);
	if (!err)
		err = new_keys(pairs, nr, rng);
	if (!err)
		err = check_transforms(pairs, nr, rng);
	close_in_random_order(pairs, nr, rng);
	return err;
}

/**
 * vct_test_many() - more transforms at a time than a device has sessions
 * @rng: source of randomness
 *
 * Return: 0 or the first error.
 */
int vct_test_many(struct rnd_state *rng)
{
	unsigned int loops = vct.loops ?: 3, count = vct.count ?: 400, i;
	struct vct_pair *pairs;
	int err = 0;

	pairs = kvcalloc(count, sizeof(*pairs), GFP_KERNEL);
	if (!pairs)
		return -ENOMEM;
	for (i = 0; i < loops && !vct_stuck; i++)
		err = vct_result(round_of_many(pairs, count, rng),
				 "%u transforms, round %u", count, i + 1) ?: err;
	kvfree(pairs);
	return err;
}
