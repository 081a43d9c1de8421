// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The virtio_crypto authors
 *
 * vcbench - measures a skcipher or an AEAD.
 *
 *   insmod vcbench.ko alg=cbc-aes-virtio len=4096 depth=16
 *
 * keeps @depth encryptions in flight for @msecs. Loading succeeds if none of
 * them failed, and the log then has one line with the result. See README.md.
 *
 * A worker is a thread bound to a CPU with a fixed set of requests (slots). The
 * callback puts a completed slot on the worker's lock-free list; only the
 * worker counts it and submits it again. Nothing is allocated, locked or shared
 * between workers meanwhile, except for the transform.
 */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/llist.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/random.h>
#include <linux/rtnetlink.h>
#include <linux/scatterlist.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/wait.h>
#include <crypto/aead.h>
#include <crypto/authenc.h>
#include <crypto/skcipher.h>

#include "vcbench.h"
#include "vctest.h"

static char *alg;
module_param(alg, charp, 0444);
MODULE_PARM_DESC(alg, "skcipher or AEAD, by driver or algorithm name");
static uint len = 4096;
module_param(len, uint, 0444);
MODULE_PARM_DESC(len, "bytes to encrypt per request");
static uint depth = 1;
module_param(depth, uint, 0444);
MODULE_PARM_DESC(depth, "requests in flight, of all threads together");
static uint threads = 1;
module_param(threads, uint, 0444);
MODULE_PARM_DESC(threads, "submitting threads");
static uint msecs = 1000;
module_param(msecs, uint, 0444);
MODULE_PARM_DESC(msecs, "milliseconds to measure, after a tenth of that to warm up");
static uint keylen = 16;
module_param(keylen, uint, 0444);
MODULE_PARM_DESC(keylen, "bytes of the cipher's key");
static bool churn;
module_param(churn, bool, 0444);
MODULE_PARM_DESC(churn, "each thread has a new transform and key for each request");

/* Sizes as ESP has them. */
#define ASSOC_LEN	8
#define TAG_LEN		16
#define MAC_KEY_LEN	32

#define MAX_KEY		64
#define MAX_IV		32

/* A request that takes longer is lost. */
#define LOST		(10 * HZ)

enum phase { WARM_UP, MEASURE, STOP };
static enum phase phase;

/* Either is NULL. */
struct cipher {
	struct crypto_skcipher *sk;
	struct crypto_aead *aead;
};

struct slot {
	struct worker *worker;
	struct skcipher_request *sk;
	struct aead_request *aead;
	struct llist_node done;
	u64 start;
	u64 end;
	int err;
	u8 iv[MAX_IV];
	u8 *src;
	u8 *dst;
	struct scatterlist src_sg;
	struct scatterlist dst_sg;
};

struct worker {
	struct task_struct *task;
	struct slot *slot;
	struct slot **idle;		/* a stack */
	unsigned int nr_slots;
	unsigned int nr_idle;
	int err;
	bool lost;

	struct vcb_hist hist;

	/* written by completions */
	struct llist_head done ____cacheline_aligned;
	wait_queue_head_t wait;
};

static struct cipher shared;
static struct worker *workers;

static void count(struct worker *w, u64 ns)
{
	vcb_count(&w->hist, ns, READ_ONCE(phase) == MEASURE);
}

/*
 * Transforms
 */

static int cipher_open(struct cipher *c)
{
	int err;

	c->aead = NULL;
	c->sk = crypto_alloc_skcipher(alg, 0, 0);
	if (!IS_ERR(c->sk))
		return 0;
	c->sk = NULL;
	c->aead = crypto_alloc_aead(alg, 0, 0);
	if (IS_ERR(c->aead)) {
		err = PTR_ERR(c->aead);
		c->aead = NULL;
		return err;
	}
	err = crypto_aead_setauthsize(c->aead, TAG_LEN);
	if (err) {
		crypto_free_aead(c->aead);
		c->aead = NULL;
	}
	return err;
}

static void cipher_close(struct cipher *c)
{
	if (c->sk)
		crypto_free_skcipher(c->sk);
	if (c->aead)
		crypto_free_aead(c->aead);
}

static const char *cipher_driver(const struct cipher *c)
{
	if (c->sk)
		return crypto_tfm_alg_driver_name(crypto_skcipher_tfm(c->sk));
	return crypto_tfm_alg_driver_name(crypto_aead_tfm(c->aead));
}

static bool is_chain(const struct cipher *c)
{
	return c->aead &&
	       strstarts(crypto_tfm_alg_name(crypto_aead_tfm(c->aead)), "authenc");
}

/* A chain's key: a header, then the key of the MAC, then that of the cipher. */
static unsigned int chain_key(u8 *key)
{
	struct {
		struct rtattr rta;
		struct crypto_authenc_key_param param;
	} head = {
		.rta.rta_len = sizeof(head),
		.rta.rta_type = CRYPTO_AUTHENC_KEYA_PARAM,
		.param.enckeylen = cpu_to_be32(keylen),
	};

	memcpy(key, &head, sizeof(head));
	get_random_bytes(key + sizeof(head), MAC_KEY_LEN + keylen);
	return sizeof(head) + MAC_KEY_LEN + keylen;
}

static int cipher_new_key(struct cipher *c)
{
	u8 key[RTA_SPACE(sizeof(struct crypto_authenc_key_param)) +
	       MAC_KEY_LEN + MAX_KEY];
	unsigned int n = keylen;

	if (is_chain(c))
		n = chain_key(key);
	else
		get_random_bytes(key, n);
	if (c->sk)
		return crypto_skcipher_setkey(c->sk, key, n);
	return crypto_aead_setkey(c->aead, key, n);
}

/*
 * Slots
 */

static int slot_alloc(struct slot *s, struct worker *w)
{
	unsigned int room = ASSOC_LEN + len + TAG_LEN;

	s->worker = w;
	s->src = kzalloc(room, GFP_KERNEL);
	s->dst = kzalloc(room, GFP_KERNEL);
	if (!s->src || !s->dst)
		return -ENOMEM;
	sg_init_one(&s->src_sg, s->src, room);
	sg_init_one(&s->dst_sg, s->dst, room);
	get_random_bytes(s->iv, sizeof(s->iv));
	return 0;
}

/* The request is out of place, as dm-crypt writes. */
static int slot_open(struct slot *s, struct cipher *c, crypto_completion_t done,
		     void *data)
{
	u32 flags = CRYPTO_TFM_REQ_MAY_BACKLOG | CRYPTO_TFM_REQ_MAY_SLEEP;

	if (c->sk) {
		s->sk = skcipher_request_alloc(c->sk, GFP_KERNEL);
		if (!s->sk)
			return -ENOMEM;
		skcipher_request_set_callback(s->sk, flags, done, data);
		skcipher_request_set_crypt(s->sk, &s->src_sg, &s->dst_sg, len,
					   s->iv);
		return 0;
	}
	s->aead = aead_request_alloc(c->aead, GFP_KERNEL);
	if (!s->aead)
		return -ENOMEM;
	aead_request_set_callback(s->aead, flags, done, data);
	aead_request_set_ad(s->aead, ASSOC_LEN);
	aead_request_set_crypt(s->aead, &s->src_sg, &s->dst_sg, len, s->iv);
	return 0;
}

static int slot_encrypt(struct slot *s)
{
	if (s->sk)
		return crypto_skcipher_encrypt(s->sk);
	return crypto_aead_encrypt(s->aead);
}

static void slot_close(struct slot *s)
{
	skcipher_request_free(s->sk);
	aead_request_free(s->aead);
	s->sk = NULL;
	s->aead = NULL;
}

static void slot_done(VCT_CB_ARG *arg, int err)
{
	struct slot *s = vct_cb_data(arg);

	/* a place in the queue was found for it; it was never refused */
	if (err == -EINPROGRESS)
		return;
	s->end = ktime_get_ns();
	s->err = err;
	if (llist_add(&s->done, &s->worker->done))
		wake_up(&s->worker->wait);
}

/*
 * Workers
 */

static void finished(struct worker *w, struct slot *s)
{
	w->idle[w->nr_idle++] = s;
	if (s->err)
		w->err = s->err;
	else
		count(w, s->end - s->start);
}

static void collect(struct worker *w)
{
	struct slot *s, *next;

	if (llist_empty(&w->done))
		return;
	llist_for_each_entry_safe(s, next, llist_del_all(&w->done), done)
		finished(w, s);
}

static void submit(struct worker *w)
{
	struct slot *s = w->idle[--w->nr_idle];
	int err;

	s->start = ktime_get_ns();
	err = slot_encrypt(s);
	if (err == -EINPROGRESS || err == -EBUSY)
		return;
	s->end = ktime_get_ns();
	s->err = err;
	finished(w, s);
}

static bool worker_goes_on(const struct worker *w)
{
	return READ_ONCE(phase) != STOP && !w->err && !w->lost;
}

static bool wait_for_one(struct worker *w)
{
	w->lost = !wait_event_timeout(w->wait, !llist_empty(&w->done), LOST);
	return !w->lost;
}

static int worker_main(void *data)
{
	struct worker *w = data;

	while (worker_goes_on(w)) {
		if (w->nr_idle)
			submit(w);
		else
			wait_for_one(w);
		collect(w);
		cond_resched();
	}
	while (w->nr_idle < w->nr_slots && wait_for_one(w))
		collect(w);
	return 0;
}

/* With a new transform and key. */
static int churn_once(struct slot *s)
{
	DECLARE_CRYPTO_WAIT(wait);
	struct cipher c;
	int err;

	err = cipher_open(&c);
	if (err)
		return err;
	err = cipher_new_key(&c) ?: slot_open(s, &c, crypto_req_done, &wait);
	if (!err)
		err = crypto_wait_req(slot_encrypt(s), &wait);
	slot_close(s);
	cipher_close(&c);
	return err;
}

static int churn_main(void *data)
{
	struct worker *w = data;
	u64 start;

	while (worker_goes_on(w)) {
		start = ktime_get_ns();
		w->err = churn_once(&w->slot[0]);
		if (!w->err)
			count(w, ktime_get_ns() - start);
		cond_resched();
	}
	return 0;
}

static void worker_free(struct worker *w)
{
	unsigned int i;

	for (i = 0; w->slot && i < w->nr_slots; i++) {
		slot_close(&w->slot[i]);
		kfree(w->slot[i].src);
		kfree(w->slot[i].dst);
	}
	kfree(w->slot);
	kvfree(w->idle);
}

static int worker_init(struct worker *w, unsigned int nr_slots)
{
	struct slot *s;
	int err;

	init_llist_head(&w->done);
	init_waitqueue_head(&w->wait);
	w->nr_slots = nr_slots;
	w->slot = kcalloc(nr_slots, sizeof(*w->slot), GFP_KERNEL);
	w->idle = kvcalloc(nr_slots, sizeof(*w->idle), GFP_KERNEL);
	if (!w->slot || !w->idle)
		return -ENOMEM;
	for (s = w->slot; s < w->slot + nr_slots; s++) {
		err = slot_alloc(s, w);
		if (!err && !churn)
			err = slot_open(s, &shared, slot_done, s);
		if (err)
			return err;
		w->idle[w->nr_idle++] = s;
	}
	return 0;
}

static int worker_start(struct worker *w, unsigned int cpu)
{
	struct task_struct *task;

	task = kthread_create(churn ? churn_main : worker_main, w, "vcbench");
	if (IS_ERR(task))
		return PTR_ERR(task);
	w->task = get_task_struct(task);
	kthread_bind(task, cpu);
	wake_up_process(task);
	return 0;
}

static void worker_stop(struct worker *w)
{
	if (!w->task)
		return;
	kthread_stop(w->task);
	put_task_struct(w->task);
}

static unsigned int nth_cpu(unsigned int n)
{
	unsigned int cpu = cpumask_first(cpu_online_mask);

	for (n %= num_online_cpus(); n; n--)
		cpu = cpumask_next(cpu, cpu_online_mask);
	return cpu;
}

static int report(const char *driver, const struct vcb_stamp *from,
		  const struct vcb_stamp *to)
{
	struct vcb_hist *sum;
	unsigned int i;
	char buf[160];
	int err;

	sum = kvzalloc(sizeof(*sum), GFP_KERNEL);
	if (!sum)
		return -ENOMEM;
	for (i = 0; i < threads; i++)
		vcb_add(sum, &workers[i].hist);
	err = vcb_format(buf, sizeof(buf), sum, from, to);
	if (!err)
		pr_info("driver=%s %s\n", driver, buf);
	kvfree(sum);
	return err;
}

static int measure(void)
{
	struct vcb_stamp from, to;
	unsigned int i;
	int err = 0;

	for (i = 0; !err && i < threads; i++)
		err = worker_start(&workers[i], nth_cpu(i));
	if (!err) {
		msleep(msecs / 10);
		from = vcb_stamp();
		WRITE_ONCE(phase, MEASURE);
		msleep(msecs);
		to = vcb_stamp();
	}
	WRITE_ONCE(phase, STOP);
	for (i = 0; i < threads; i++) {
		worker_stop(&workers[i]);
		err = err ?: workers[i].err;
	}
	return err ?: report(cipher_driver(&shared), &from, &to);
}

static bool lost(void)
{
	unsigned int i;

	for (i = 0; i < threads; i++)
		if (workers[i].lost)
			return true;
	return false;
}

static int prepare(void)
{
	unsigned int i;
	int err;

	err = cipher_open(&shared);
	if (err)
		return err;
	err = cipher_new_key(&shared);
	/* the first threads have what is left after the division */
	for (i = 0; !err && i < threads; i++)
		err = worker_init(&workers[i],
				  churn ? 1 : (depth + threads - 1 - i) / threads);
	return err;
}

static int __init vcbench_init(void)
{
	unsigned int i;
	int err;

	if (!alg || !len || !threads || depth < threads || !msecs ||
	    keylen > MAX_KEY)
		return -EINVAL;
	workers = kvcalloc(threads, sizeof(*workers), GFP_KERNEL);
	if (!workers)
		return -ENOMEM;
	err = prepare() ?: measure();
	if (err)
		pr_err("%s: error %d\n", alg, err);
	if (lost()) {
		/* the driver may still use the memory and call back */
		pr_err("%s: lost a request\n", alg);
		__module_get(THIS_MODULE);
		return 0;
	}
	for (i = 0; i < threads; i++)
		worker_free(&workers[i]);
	kvfree(workers);
	cipher_close(&shared);
	return err;
}
module_init(vcbench_init);

static void __exit vcbench_exit(void)
{
}
module_exit(vcbench_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Measures a skcipher or an AEAD");
