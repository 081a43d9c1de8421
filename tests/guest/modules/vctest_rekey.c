// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The virtio_crypto authors
 *
 * vctest: setkey on a transform that others use.
 *
 * Every thread encrypts the same data, so the result shows which key was used.
 * Keys are numbered in the order in which they are set. A request is correct if
 * its key was set, or was being set, while the request was submitted.
 */

#include <linux/delay.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/rwsem.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "vctest.h"

#define KEYS		8
#define DATA_LEN	256
#define BATCH		8
#define MAX_THREADS	16

/* What a thread holds the lock for, to exclude a change of the key. */
enum serialised {
	WHOLE_REQUEST,		/* none is in flight when the key changes */
	SUBMISSION,		/* requests in flight keep their key */
	NOTHING,
};

struct rekey {
	struct vct_pair pair;
	enum serialised serialised;
	struct rw_semaphore lock;
	unsigned int started;	/* number of the last key ... */
	unsigned int finished;	/* ... and of the last one whose setkey has returned */
	u8 key[KEYS][VCT_MAX_KEY];
	unsigned int keylen[KEYS];
	u8 iv[VCT_MAX_IV];
	u8 data[DATA_LEN];
	u8 want[KEYS][DATA_LEN];
	atomic_t requests;
	atomic_t rekeyed;	/* requests during which the key changed */
	atomic_t wrong_key;
	atomic_t garbage;
	atomic_t errors;
};

/* One of a batch of requests. */
struct shot {
	struct vct_call *call;
	struct scatterlist sg;
	unsigned int from;
	unsigned int to;
	u8 buf[DATA_LEN];
};

/* Number of a key that explains the result, or -1. */
static int key_of(const struct rekey *r, const u8 *result)
{
	int i;

	for (i = 0; i < KEYS; i++)
		if (!memcmp(result, r->want[i], DATA_LEN))
			return i;
	return -1;
}

static void judge(struct rekey *r, const struct shot *shot, int err)
{
	unsigned int n;
	int key;

	atomic_inc(&r->requests);
	if (err) {
		if (!atomic_fetch_inc(&r->errors))
			vct_fault("request failed: %d", err);
		return;
	}
	key = key_of(r, shot->buf);
	if (key < 0) {
		atomic_inc(&r->garbage);
		return;
	}
	for (n = shot->from; n != shot->to + 1; n++)
		if (n % KEYS == key)
			return;
	atomic_inc(&r->wrong_key);
}

static void fire(struct rekey *r, struct shot *shot)
{
	memcpy(shot->buf, r->data, DATA_LEN);
	memcpy(shot->call->iv, r->iv, VCT_MAX_IV);
	sg_init_one(&shot->sg, shot->buf, DATA_LEN);

	/* Pairs with set_key(): that key and later ones can be used. */
	shot->from = smp_load_acquire(&r->finished);
	vct_call_submit(shot->call, true, CRYPTO_TFM_REQ_MAY_BACKLOG, &shot->sg,
			&shot->sg, DATA_LEN);
	/* The key was looked up before this. */
	smp_mb();
	shot->to = READ_ONCE(r->started);
}

static void collect(struct rekey *r, struct shot *shot)
{
	for (; shot->call; shot++) {
		int err = vct_call_wait(shot->call);

		if (vct_stuck) {
			atomic_inc(&r->errors);
			return;
		}
		if (shot->from != READ_ONCE(r->started))
			atomic_inc(&r->rekeyed);
		judge(r, shot, err);
	}
}

static void one_batch(struct rekey *r, struct shot *shots)
{
	struct shot *shot;

	if (r->serialised != NOTHING)
		down_read(&r->lock);
	for (shot = shots; shot->call; shot++)
		fire(r, shot);
	if (r->serialised == WHOLE_REQUEST)
		collect(r, shots);
	if (r->serialised != NOTHING)
		up_read(&r->lock);
	if (r->serialised != WHOLE_REQUEST)
		collect(r, shots);
}

static int user_thread(void *arg)
{
	struct rekey *r = arg;
	struct shot *shots;
	unsigned int i;

	/* An additional entry, whose call is NULL, marks the end. */
	shots = kcalloc(BATCH + 1, sizeof(*shots), GFP_KERNEL);
	for (i = 0; shots && i < BATCH; i++) {
		shots[i].call = vct_call_new(&r->pair);
		if (!shots[i].call)
			break;
	}
	if (!shots || !shots[0].call)
		atomic_inc(&r->errors);
	else
		while (!kthread_should_stop() && !vct_stuck) {
			one_batch(r, shots);
			cond_resched();
		}

	if (vct_stuck)
		return 0;
	for (i = 0; shots && i < BATCH; i++)
		vct_call_free(shots[i].call);
	kfree(shots);
	return 0;
}

static int set_key(struct rekey *r, unsigned int n)
{
	int err;

	if (r->serialised != NOTHING)
		down_write(&r->lock);
	WRITE_ONCE(r->started, n);
	/* Announced before it can be used. */
	smp_mb();
	err = crypto_skcipher_setkey(r->pair.tfm, r->key[n % KEYS],
				     r->keylen[n % KEYS]);
	/* Pairs with fire(): no earlier key can be used from here on. */
	smp_store_release(&r->finished, n);
	if (r->serialised != NOTHING)
		up_write(&r->lock);
	return err;
}

/* Keys, data, and the result with each key. */
static int prepare(struct rekey *r, struct rnd_state *rng)
{
	u8 iv[VCT_MAX_IV];
	int i, err = 0;

	init_rwsem(&r->lock);
	prandom_bytes_state(rng, r->data, DATA_LEN);
	vct_random_iv(&r->pair, rng, r->iv);
	for (i = 0; i < KEYS && !err; i++) {
		err = vct_ref_new_key(&r->pair, rng);
		if (err)
			break;
		memcpy(r->key[i], r->pair.key, r->pair.keylen);
		r->keylen[i] = r->pair.keylen;
		memcpy(iv, r->iv, sizeof(iv));
		memcpy(r->want[i], r->data, DATA_LEN);
		err = vct_reference(&r->pair, true, r->want[i], DATA_LEN, iv);
	}
	return err ?: set_key(r, 0);
}

static int rekey_while_used(struct rekey *r, struct rnd_state *rng)
{
	unsigned int loops = vct.loops ?: 300, nr, n;
	struct task_struct *task[MAX_THREADS];
	int err = 0;

	for (nr = 0; nr < min_t(uint, vct.threads, MAX_THREADS); nr++) {
		task[nr] = kthread_run(user_thread, r, "vctest/%u", nr);
		if (IS_ERR(task[nr])) {
			err = PTR_ERR(task[nr]);
			break;
		}
		get_task_struct(task[nr]);
	}
	for (n = 1; n <= loops && !err && !vct_stuck; n++) {
		err = set_key(r, n);
		usleep_range(50, 50 + vct_rnd(rng, 1000));
	}
	while (nr--) {
		kthread_stop(task[nr]);
		put_task_struct(task[nr]);
	}
	return err;
}

static int test_rekey(enum serialised serialised, struct rnd_state *rng)
{
	struct rekey *r;
	int err;

	r = kvzalloc_obj(*r);
	if (!r)
		return -ENOMEM;
	r->serialised = serialised;
	err = vct_pair_open(&r->pair, vct.alg);
	if (err)
		goto free;
	err = prepare(r, rng) ?: rekey_while_used(r, rng);

	vct_note("requests %d, over a change of key %d, with a wrong key %d, garbage %d, errors %d",
		 atomic_read(&r->requests), atomic_read(&r->rekeyed),
		 atomic_read(&r->wrong_key), atomic_read(&r->garbage),
		 atomic_read(&r->errors));
	if (atomic_read(&r->wrong_key) || atomic_read(&r->garbage) ||
	    atomic_read(&r->errors) || !atomic_read(&r->requests))
		err = err ?: -EIO;
	vct_pair_close(&r->pair);
free:
	if (!vct_stuck)
		kvfree(r);
	return err;
}

/**
 * vct_test_rekey() - change keys between requests and between submissions
 * @rng: source of randomness
 *
 * Return: 0 or the first error.
 */
int vct_test_rekey(struct rnd_state *rng)
{
	int err;

	err = vct_result(test_rekey(WHOLE_REQUEST, rng),
			 "keys changed while nothing is in flight");
	if (vct_stuck)
		return err;
	return vct_result(test_rekey(SUBMISSION, rng),
			  "keys changed while requests are in flight") ?: err;
}

/**
 * vct_test_rekey_race() - change keys at any time
 * @rng: source of randomness
 *
 * In the crypto API, callers have to avoid this, and software fails here.
 *
 * Return: 0 or the first error.
 */
int vct_test_rekey_race(struct rnd_state *rng)
{
	return vct_result(test_rekey(NOTHING, rng), "keys changed at any time");
}
