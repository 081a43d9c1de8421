// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The virtio_crypto authors
 *
 * vctest: scatterlists of every shape, and requests of every size.
 */

#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "vctest.h"

#define MAX_FRAGS	200

/* Compute the result of the software for a request. */
struct expected {
	u8 *data;
	u8 iv[VCT_MAX_IV];
	int err;
};

static void describe(const struct vct_shape *s, bool enc, u32 flags)
{
	vct_fault("... %s, %s, len %u+%u, %u/%u fragments%s%s%s, flags %#x",
		  enc ? "encrypt" : "decrypt", vct_mode_name[s->mode], s->len,
		  s->tail, s->src_frags, s->dst_frags,
		  s->empty ? ", empty entries" : "",
		  s->chained ? ", chained" : "", s->paged ? ", pages" : "",
		  flags);
}

static int compare(const struct vct_pair *pair, const struct vct_shape *s,
		   int err, const u8 *iv, const struct expected *expected,
		   struct vct_layout *layout)
{
	if (err != expected->err) {
		vct_fault("result is %d, software says %d", err, expected->err);
		return err == -ETIMEDOUT ? err : -EIO;
	}
	if (err)
		vct_layout_forgive(layout, s->len);
	if (!vct_layout_matches(layout))
		return -EIO;
	if (!err && pair->checks_iv && memcmp(iv, expected->iv, pair->ivsize)) {
		vct_fault("wrong iv afterwards");
		return -EIO;
	}
	return 0;
}

/* Send one request of this shape to both, and compare everything. */
static int check_layout(const struct vct_pair *pair, struct vct_layout *layout,
			const struct vct_shape *s, bool enc, u32 flags,
			struct rnd_state *rng)
{
	struct expected expected;
	u8 iv[VCT_MAX_IV];
	int err;

	vct_random_iv(pair, rng, iv);
	memcpy(expected.iv, iv, sizeof(iv));
	expected.data = kvmalloc(s->len + 1, GFP_KERNEL);
	if (!expected.data)
		return -ENOMEM;

	vct_layout_read(layout, expected.data, s->len);
	expected.err = vct_reference(pair, enc, expected.data, s->len,
				     expected.iv);
	if (!expected.err)
		vct_layout_expect(layout, expected.data, s->len);
	kvfree(expected.data);

	err = vct_crypt(pair, enc, flags, vct_layout_src(layout),
			vct_layout_dst(layout), s->len, iv);
	return compare(pair, s, err, iv, &expected, layout);
}

static int check_shape(const struct vct_pair *pair, const struct vct_shape *s,
		       bool enc, struct rnd_state *rng)
{
	u32 flags = 0;
	struct vct_layout *layout;
	int err;

	if (vct_rnd(rng, 2))
		flags |= CRYPTO_TFM_REQ_MAY_SLEEP;
	if (vct_rnd(rng, 2))
		flags |= CRYPTO_TFM_REQ_MAY_BACKLOG;

	layout = vct_layout_make(s, rng);
	if (!layout)
		return -ENOMEM;
	err = check_layout(pair, layout, s, enc, flags, rng);
	if (err)
		describe(s, enc, flags);
	vct_layout_free(layout);
	return err;
}

static int check_both_ways(const struct vct_pair *pair,
			   const struct vct_shape *s, struct rnd_state *rng)
{
	int err;

	err = check_shape(pair, s, true, rng);
	if (vct_stuck)
		return err;
	return check_shape(pair, s, false, rng) ?: err;
}

/* Each number of fragments. */
static int test_fragments(const struct vct_pair *pair, enum vct_mode mode,
			  struct rnd_state *rng)
{
	struct vct_shape s = { .mode = mode };
	unsigned int n;
	int err = 0;

	for (n = 1; n <= MAX_FRAGS && !vct_stuck; n++) {
		s.src_frags = n;
		s.dst_frags = vct_rnd(rng, 2) ? n : 1 + vct_rnd(rng, MAX_FRAGS);
		s.len = round_up(MAX_FRAGS + n * (1 + vct_rnd(rng, 100)),
				 pair->blocksize);
		err = check_both_ways(pair, &s, rng) ?: err;
	}
	return err;
}

static int test_lengths(const struct vct_pair *pair, const unsigned int *len,
			unsigned int nr, struct rnd_state *rng)
{
	struct vct_shape s = { .tail = 7 };
	unsigned int i;
	int err = 0;

	for (i = 0; i < nr * VCT_MODES && !vct_stuck; i++) {
		s.mode = i % VCT_MODES;
		s.len = len[i / VCT_MODES];
		s.src_frags = 1 + vct_rnd(rng, 5);
		s.dst_frags = 1 + vct_rnd(rng, 5);
		err = check_both_ways(pair, &s, rng) ?: err;
	}
	return err;
}

/* None, one, and many blocks. */
static int test_good_lengths(const struct vct_pair *pair, struct rnd_state *rng)
{
	unsigned int bs = pair->blocksize;
	const unsigned int len[] = {
		0, bs, 2 * bs, 3 * bs, 15 * bs, 16 * bs, 17 * bs,
		PAGE_SIZE - bs, PAGE_SIZE, PAGE_SIZE + bs, 65536 - bs, 65536,
	};

	return test_lengths(pair, len, ARRAY_SIZE(len), rng);
}

/* These are errors for some algorithms: then the errors must be equal. */
static int test_odd_lengths(const struct vct_pair *pair, struct rnd_state *rng)
{
	const unsigned int len[] = {
		1, 7, 15, 17, 31, 33, 100, PAGE_SIZE - 1, PAGE_SIZE + 1, 65535,
	};

	return test_lengths(pair, len, ARRAY_SIZE(len), rng);
}

static void random_shape(const struct vct_pair *pair, struct vct_shape *s,
			 struct rnd_state *rng)
{
	s->mode = vct_rnd(rng, VCT_MODES);
	s->len = vct_random_len(pair, rng, vct_rnd(rng, 8) ? 2000 : 40000);
	s->src_frags = 1 + vct_rnd(rng, vct_rnd(rng, 4) ? 8 : MAX_FRAGS);
	s->dst_frags = 1 + vct_rnd(rng, vct_rnd(rng, 4) ? 8 : MAX_FRAGS);
	s->tail = vct_rnd(rng, 3) ? 0 : vct_rnd(rng, 300);
	s->empty = !vct_rnd(rng, 3);
	s->chained = !vct_rnd(rng, 3);
	s->paged = !vct_rnd(rng, 10);
}

/* @fix changes a random shape, unless it is NULL. */
static int test_random(struct vct_pair *pair, void (*fix)(struct vct_shape *s),
		       unsigned int loops, struct rnd_state *rng)
{
	struct vct_shape s;
	int err = 0;

	for (; loops && !vct_stuck; loops--) {
		if (!vct_rnd(rng, 10)) {
			err = vct_pair_new_key(pair, rng);
			if (err)
				return err;
		}
		random_shape(pair, &s, rng);
		if (fix)
			fix(&s);
		err = check_shape(pair, &s, vct_rnd(rng, 2), rng) ?: err;
	}
	return err;
}

static void fix_empty(struct vct_shape *s)
{
	s->empty = true;
	s->paged = false;
	s->src_frags += 5;
}

static void fix_chained(struct vct_shape *s)
{
	s->chained = true;
	s->src_frags += 5;
	s->dst_frags += 5;
}

static void fix_tail(struct vct_shape *s)
{
	s->tail = 1 + s->len / 2;
}

static void fix_paged(struct vct_shape *s)
{
	s->paged = true;
}

/* A message in several requests, each with the output iv of the one before. */
static int chain_once(const struct vct_pair *pair, bool enc, u8 *got, u8 *want,
		      unsigned int len, struct rnd_state *rng)
{
	u8 iv[VCT_MAX_IV], ref_iv[VCT_MAX_IV];
	unsigned int done, n;
	int err;

	vct_random_iv(pair, rng, iv);
	memcpy(ref_iv, iv, sizeof(iv));
	prandom_bytes_state(rng, got, len);
	memcpy(want, got, len);
	err = vct_reference(pair, enc, want, len, ref_iv);

	for (done = 0; done < len && !err; done += n) {
		n = 16 * (1 + vct_rnd(rng, 20));
		n = min(n, len - done);
		err = vct_crypt_flat(pair, enc, got + done, n, iv);
	}
	if (err)
		return err;
	if (memcmp(got, want, len) || memcmp(iv, ref_iv, pair->ivsize)) {
		vct_fault("wrong result of a chain");
		return -EIO;
	}
	return 0;
}

static int test_iv_chain(const struct vct_pair *pair, struct rnd_state *rng)
{
	unsigned int len = 4096, loops;
	u8 *buf;
	int err = 0;

	buf = kmalloc(2 * len, GFP_KERNEL);
	if (!buf)
		return -ENOMEM;
	for (loops = 0; loops < 20 && !vct_stuck; loops++)
		err = chain_once(pair, loops & 1, buf, buf + len, len, rng) ?: err;
	if (!vct_stuck)
		kfree(buf);
	return err;
}

/**
 * vct_test_shapes() - scatterlists of every shape
 * @rng: source of randomness
 *
 * Return: 0 or the first error.
 */
int vct_test_shapes(struct rnd_state *rng)
{
	unsigned int loops = vct.loops ?: 300;
	struct vct_pair pair;
	unsigned int mode;
	int err;

	err = vct_pair_open(&pair, vct.alg);
	if (err)
		return err;
	err = vct_pair_new_key(&pair, rng);
	if (err)
		goto close;

	for (mode = 0; mode < VCT_MODES && !vct_stuck; mode++)
		err = vct_result(test_fragments(&pair, mode, rng),
				 "1 to %u fragments, %s", MAX_FRAGS,
				 vct_mode_name[mode]) ?: err;
	if (!vct_stuck)
		err = vct_result(test_good_lengths(&pair, rng),
				 "no, one and many blocks") ?: err;
	if (!vct_stuck)
		err = vct_result(test_odd_lengths(&pair, rng),
				 "lengths that are no multiple of a block") ?: err;
	if (!vct_stuck)
		err = vct_result(test_random(&pair, fix_empty, 60, rng),
				 "entries of length zero") ?: err;
	if (!vct_stuck)
		err = vct_result(test_random(&pair, fix_chained, 60, rng),
				 "chained tables") ?: err;
	if (!vct_stuck)
		err = vct_result(test_random(&pair, fix_tail, 60, rng),
				 "lists longer than the request") ?: err;
	if (!vct_stuck)
		err = vct_result(test_random(&pair, fix_paged, 60, rng),
				 "pages of vmalloc'd memory") ?: err;
	if (!vct_stuck && pair.checks_iv)
		err = vct_result(test_iv_chain(&pair, rng),
				 "a message in several requests") ?: err;
	if (!vct_stuck)
		err = vct_result(test_random(&pair, NULL, loops, rng),
				 "%u random shapes", loops) ?: err;
close:
	vct_pair_close(&pair);
	return err;
}

static int test_size(const struct vct_pair *pair, unsigned int len,
		     struct rnd_state *rng)
{
	struct vct_shape s = {
		.len = len,
		.src_frags = vct.frags,
		.dst_frags = vct.frags,
	};
	int err = 0;
	int i;

	for (i = 0; i < 4 && !vct_stuck; i++) {
		s.mode = i & 1 ? VCT_IN_PLACE : VCT_OUT_OF_PLACE;
		s.paged = i & 2;
		err = check_both_ways(pair, &s, rng) ?: err;
	}
	return err;
}

/**
 * vct_test_sizes() - requests below, at and above the device's limit
 * @rng: source of randomness
 *
 * Return: 0 or the first error.
 */
int vct_test_sizes(struct rnd_state *rng)
{
	struct vct_pair pair;
	unsigned int most, i;
	int err;

	err = vct_pair_open(&pair, vct.alg);
	if (err)
		return err;
	err = vct_pair_new_key(&pair, rng);
	if (err)
		goto close;

	most = rounddown(vct.limit, pair.blocksize);
	{
		const unsigned int len[] = {
			most - 2 * pair.blocksize, most - pair.blocksize, most,
			most + pair.blocksize, most + 2 * pair.blocksize,
			2 * most, SZ_1M, SZ_1M + pair.blocksize, 3 * SZ_1M,
		};

		for (i = 0; i < ARRAY_SIZE(len) && !vct_stuck; i++)
			err = vct_result(test_size(&pair, len[i], rng),
					 "%u bytes", len[i]) ?: err;
	}
close:
	vct_pair_close(&pair);
	return err;
}
