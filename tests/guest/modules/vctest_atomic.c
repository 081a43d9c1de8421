// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The virtio_crypto authors
 *
 * vctest: requests from a softirq, as IPsec sends them, without MAY_SLEEP or
 * MAY_BACKLOG: right after setkey, before the device can know the key; and while
 * requests that may wait fill the queue.
 */

#include <linux/delay.h>
#include <linux/err.h>
#include <linux/interrupt.h>
#include <linux/jiffies.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "vctest.h"

#define DATA_LEN	1024
#define SHOTS		16

struct shot {
	struct vct_call *call;
	struct scatterlist sg;
	bool enc;
	u8 *buf;
	u8 *want;
};

struct volley {
	struct tasklet_struct tasklet;
	struct completion fired;
	struct vct_pair pair;
	struct shot shot[SHOTS];
};

static void fire_shots(struct tasklet_struct *tasklet)
{
	struct volley *v = container_of(tasklet, struct volley, tasklet);
	int i;

	for (i = 0; i < SHOTS; i++)
		vct_call_submit(v->shot[i].call, v->shot[i].enc, 0,
				&v->shot[i].sg, &v->shot[i].sg, DATA_LEN);
	complete(&v->fired);
}

static int load_shot(struct volley *v, struct shot *shot, struct rnd_state *rng)
{
	u8 iv[VCT_MAX_IV];

	shot->enc = vct_rnd(rng, 2);
	sg_init_one(&shot->sg, shot->buf, DATA_LEN);
	prandom_bytes_state(rng, shot->buf, DATA_LEN);
	memcpy(shot->want, shot->buf, DATA_LEN);
	vct_random_iv(&v->pair, rng, iv);
	memcpy(shot->call->iv, iv, VCT_MAX_IV);
	return vct_reference(&v->pair, shot->enc, shot->want, DATA_LEN, iv);
}

/* A full queue may refuse requests, as with IPsec; all other errors are failures. */
static int check_shot(const struct shot *shot, unsigned int *refused)
{
	int err = vct_call_wait(shot->call);

	if (err == -ENOSPC) {
		(*refused)++;
		return 0;
	}
	if (err) {
		vct_fault("request failed: %d", err);
		return err;
	}
	if (memcmp(shot->buf, shot->want, DATA_LEN)) {
		vct_fault("wrong data");
		return -EIO;
	}
	return 0;
}

static int one_volley(struct volley *v, bool new_key, unsigned int *refused,
		      struct rnd_state *rng)
{
	int i, err = 0;

	/* The reference gets the key first, so that the requests follow setkey directly. */
	if (new_key)
		err = vct_ref_new_key(&v->pair, rng);
	for (i = 0; i < SHOTS && !err; i++)
		err = load_shot(v, &v->shot[i], rng);
	if (!err && new_key)
		err = crypto_skcipher_setkey(v->pair.tfm, v->pair.key,
					     v->pair.keylen);
	if (err)
		return err;
	reinit_completion(&v->fired);
	tasklet_schedule(&v->tasklet);
	wait_for_completion(&v->fired);
	tasklet_unlock_wait(&v->tasklet);

	for (i = 0; i < SHOTS && !vct_stuck; i++)
		err = check_shot(&v->shot[i], refused) ?: err;
	return err;
}

static int fire_volleys(struct volley *v, struct rnd_state *rng)
{
	unsigned int loops = vct.loops ?: 200, refused = 0, i;
	int err = 0;

	for (i = 0; i < loops && !vct_stuck; i++)
		err = one_volley(v, true, &refused, rng) ?: err;
	vct_note("%u requests, %u refused with -ENOSPC", loops * SHOTS, refused);
	if (refused == loops * SHOTS)
		err = err ?: -ENODATA;
	return vct_result(err, "requests from a softirq right after setkey");
}

/* Some bursts, each while other requests wait. */
static int fire_at_full(struct volley *v, struct vct_engine *engine,
			unsigned int *refused, struct rnd_state *rng)
{
	unsigned int loops = vct.loops ?: 12, i;
	unsigned long end = jiffies + vct_timeout();
	int err = 0;

	for (i = 0; i < loops && !vct_stuck; i++) {
		while (!vct_engine_waits(engine)) {
			if (time_after(jiffies, end)) {
				vct_fault("the queue is not full any more");
				return -ENODATA;
			}
			usleep_range(500, 1000);
		}
		err = one_volley(v, false, refused, rng) ?: err;
	}
	vct_note("%u requests, %u refused with -ENOSPC", i * SHOTS, *refused);
	return err ?: *refused ? -ENOSPC : 0;
}

static int fill_and_fire(struct volley *v, struct rnd_state *rng)
{
	struct vct_engine *engine;
	unsigned int refused = 0;
	int err, i;

	/* The device has to know the key for later requests. */
	err = vct_pair_new_key(&v->pair, rng);
	for (i = 0; i < 4 && !err; i++)
		err = one_volley(v, false, &refused, rng);
	if (err)
		return vct_result(err, "requests before others wait");
	engine = vct_fill_start(rng);
	if (IS_ERR(engine))
		return vct_result(PTR_ERR(engine), "requests that fill the queue");

	refused = 0;
	err = fire_at_full(v, engine, &refused, rng);
	err = vct_result(err, "requests from a softirq while others wait");
	return vct_result(vct_fill_stop(engine), "those who may wait") ?: err;
}

static int test_volleys(int (*fire)(struct volley *v, struct rnd_state *rng),
			struct rnd_state *rng)
{
	struct volley *v;
	int i, err;

	v = kzalloc_obj(*v);
	if (!v)
		return -ENOMEM;
	tasklet_setup(&v->tasklet, fire_shots);
	init_completion(&v->fired);
	err = vct_pair_open(&v->pair, vct.alg);
	if (err)
		goto free;

	for (i = 0; i < SHOTS; i++) {
		v->shot[i].call = vct_call_new(&v->pair);
		v->shot[i].buf = kmalloc(2 * DATA_LEN, GFP_KERNEL);
		if (!v->shot[i].call || !v->shot[i].buf)
			err = -ENOMEM;
		v->shot[i].want = v->shot[i].buf + DATA_LEN;
	}
	if (!err)
		err = fire(v, rng);
	tasklet_kill(&v->tasklet);
	if (vct_stuck)
		return err;

	for (i = 0; i < SHOTS; i++) {
		vct_call_free(v->shot[i].call);
		kfree(v->shot[i].buf);
	}
	vct_pair_close(&v->pair);
free:
	kfree(v);
	return err;
}

/**
 * vct_test_atomic() - requests from a softirq
 * @rng: source of randomness
 *
 * Return: 0 or the first error.
 */
int vct_test_atomic(struct rnd_state *rng)
{
	return test_volleys(fire_volleys, rng);
}

/**
 * vct_test_starve() - the same while requests that may wait fill the queue
 * @rng: source of randomness
 *
 * Return: 0 or the first error.
 */
int vct_test_starve(struct rnd_state *rng)
{
	if (!vct.fill)
		vct.fill = vct.alg;
	return test_volleys(fill_and_fire, rng);
}
