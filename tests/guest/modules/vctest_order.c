// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The virtio_crypto authors
 *
 * vctest: order. Requests with one key are submitted one after another from one
 * CPU, without waiting for any of them, as IPsec does with its packets, starting
 * right after setkey. They have to complete in this order: a receiver takes a
 * packet that is too late for a replay, and drops it.
 *
 * This is for AEADs, which IPsec uses.
 */

#include <linux/completion.h>
#include <linux/cpumask.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <crypto/aead.h>

#include "vctest.h"

/* Number of messages; requests use them in turn. */
#define MESSAGES	32

#define DEFAULT_COUNT	3000
#define DEFAULT_LEN	256
/* Associated data as in ESP with rfc4106: a header and an iv. */
#define AAD_LEN		16

enum { BACKLOG_NONE, BACKLOG_ALL, BACKLOG_MIXED };

/**
 * struct message - what a request encrypts or decrypts
 * @iv: its iv
 * @len: bytes of text
 * @plain: associated data and text
 * @sealed: associated data, ciphertext and tag
 */
struct message {
	u8 iv[VCT_MAX_IV];
	unsigned int len;
	u8 *plain;
	u8 *sealed;
};

/**
 * struct parcel - a request
 * @wait: first, see vct_abandon()
 * @req: the request
 * @order: its burst
 * @message: its message
 * @serial: its number, from 1
 * @ret: return value of the submission
 * @err: error of the completion
 * @notified: completions with -EINPROGRESS
 * @finals: other completions
 * @in_place: source and destination are the same list
 * @iv: its iv
 * @src: the source, in @mem
 * @dst: the destination, after it
 * @mem: memory of this request
 */
struct parcel {
	struct crypto_wait wait;
	struct aead_request *req;
	struct order *order;
	const struct message *message;
	unsigned int serial;
	int ret;
	int err;
	atomic_t notified;
	atomic_t finals;
	bool in_place;
	u8 iv[VCT_MAX_IV];
	struct scatterlist src;
	struct scatterlist dst;
	u8 *mem;
};

/**
 * struct order - a burst of requests
 * @tfm: under test
 * @ref: software with the same key
 * @tag_len: bytes of a tag
 * @enc: all encrypt, or all decrypt
 * @message: the messages; the last one is empty
 * @parcel: all requests
 * @count: number of requests
 * @lock: protects the next three
 * @newest: highest serial number of the requests that are done
 * @late: requests done after one that was submitted later
 * @worst: the largest difference between two such numbers
 * @immediate: requests done without a callback
 * @refused: requests that got -ENOSPC
 * @longest: longest time of a submission, in nanoseconds
 * @submitted: all requests are submitted
 */
struct order {
	struct crypto_aead *tfm;
	struct crypto_aead *ref;
	unsigned int tag_len;
	bool enc;
	struct message message[MESSAGES + 1];
	struct parcel *parcel;
	unsigned int count;
	spinlock_t lock;	/* protects the next three */
	unsigned int newest;
	unsigned int late;
	unsigned int worst;
	unsigned int immediate;
	unsigned int refused;
	s64 longest;
	struct completion submitted;
};

static bool accepted(const struct parcel *p)
{
	return p->ret == -EINPROGRESS || p->ret == -EBUSY;
}

/* A request is done, and its caller learns of it now. */
static void record(struct parcel *p)
{
	struct order *o = p->order;
	unsigned long flags;

	spin_lock_irqsave(&o->lock, flags);
	if (p->serial > o->newest) {
		o->newest = p->serial;
	} else {
		if (!o->late++)
			vct_fault("request %u was done after %u", p->serial,
				  o->newest);
		o->worst = max(o->worst, o->newest - p->serial);
	}
	spin_unlock_irqrestore(&o->lock, flags);
}

static void parcel_done(VCT_CB_ARG *arg, int err)
{
	struct parcel *p = vct_cb_data(arg);

	vct_check_context();
	if (err == -EINPROGRESS) {
		atomic_inc(&p->notified);
		return;
	}
	p->err = err;
	if (atomic_inc_return(&p->finals) != 1)
		return;
	record(p);
	complete(&p->wait.completion);
}

/* Bottom halves are disabled, as they are where packets are sent and received. */
static void submit(struct order *o, struct parcel *p)
{
	ktime_t begun;
	s64 took;

	local_bh_disable();
	begun = ktime_get();
	p->ret = o->enc ? crypto_aead_encrypt(p->req) :
			  crypto_aead_decrypt(p->req);
	took = ktime_to_ns(ktime_sub(ktime_get(), begun));
	if (p->ret == -ENOSPC)
		o->refused++;
	else if (!accepted(p))
		record(p);
	local_bh_enable();

	o->longest = max(o->longest, took);
	o->immediate += !p->ret;
}

static int submit_all(void *arg)
{
	struct order *o = arg;
	ktime_t begun = ktime_get();
	unsigned int i;

	for (i = 0; i < o->count; i++) {
		while (vct.pace && ktime_us_delta(ktime_get(), begun) <
				   (s64)i * vct.pace)
			cpu_relax();
		submit(o, &o->parcel[i]);
		cond_resched();
	}
	complete(&o->submitted);
	return 0;
}

/* From the first CPU or from the last one. */
static int submit_from(struct order *o, bool last)
{
	struct task_struct *task;
	unsigned int cpu;

	cpu = last ? cpumask_last(cpu_online_mask) :
		     cpumask_first(cpu_online_mask);
	task = kthread_create(submit_all, o, "vctest/%u", cpu);
	if (IS_ERR(task))
		return PTR_ERR(task);
	get_task_struct(task);
	kthread_bind(task, cpu);
	wake_up_process(task);
	wait_for_completion(&o->submitted);
	kthread_stop(task);
	put_task_struct(task);
	return 0;
}

/* Requests that have not completed are given up. */
static void abandon_all(struct order *o)
{
	unsigned int i, lost = 0;

	for (i = 0; i < o->count; i++) {
		struct parcel *p = &o->parcel[i];

		if (!accepted(p) || atomic_read(&p->finals))
			continue;
		lost++;
		vct_abandon(&p->req->base, parcel_done);
	}
	vct_fault("%u requests never completed", lost);
}

static int wait_for_all(struct order *o)
{
	unsigned long end = jiffies + vct_timeout();
	unsigned int i;

	for (i = 0; i < o->count; i++) {
		struct parcel *p = &o->parcel[i];
		long left = end - jiffies;

		if (accepted(p) &&
		    !wait_for_completion_timeout(&p->wait.completion,
						 max(left, 1L))) {
			abandon_all(o);
			return -ETIMEDOUT;
		}
	}
	/* The last callbacks may not have returned yet. */
	synchronize_rcu();
	return 0;
}

static int check_parcel(const struct order *o, const struct parcel *p)
{
	const struct message *m = p->message;
	const u8 *got = p->in_place ? p->mem : p->mem + p->src.length;
	int err = accepted(p) ? p->err : p->ret;

	if (atomic_read(&p->finals) != accepted(p) ||
	    atomic_read(&p->notified) != (p->ret == -EBUSY)) {
		vct_fault("request returned %d, was notified %d times, completed %d times",
			  p->ret, atomic_read(&p->notified),
			  atomic_read(&p->finals));
		return -EPROTO;
	}
	if (p->ret == -ENOSPC || (err == -EIO && p->in_place && vct.allow_eio))
		return 0;
	if (err) {
		vct_fault("request %u failed: %d", p->serial, err);
		return err;
	}
	if (memcmp(got + AAD_LEN, (o->enc ? m->sealed : m->plain) + AAD_LEN,
		   m->len + (o->enc ? o->tag_len : 0))) {
		vct_fault("request %u has a wrong result", p->serial);
		return -EIO;
	}
	return 0;
}

static int check_all(const struct order *o)
{
	unsigned int i, busy = 0;
	int err = 0;

	for (i = 0; i < o->count; i++) {
		err = check_parcel(o, &o->parcel[i]) ?: err;
		busy += o->parcel[i].ret == -EBUSY;
	}
	vct_note("%s: %u requests, %u done at once, %u EBUSY, %u ENOSPC, longest call %lld us",
		 o->enc ? "encrypt" : "decrypt", o->count, o->immediate, busy,
		 o->refused, div_s64(o->longest, 1000));
	vct_note("%s: %u late, by %u at most", o->enc ? "encrypt" : "decrypt",
		 o->late, o->worst);
	if (o->late)
		err = err ?: -EILSEQ;
	return err ?: o->refused ? -ENOSPC : 0;
}

static int init_parcel(struct order *o, unsigned int i)
{
	unsigned int nr = i % MESSAGES, serial = i + 1, src_len, dst_len;
	bool waits = vct.backlog == BACKLOG_ALL ||
		     (vct.backlog == BACKLOG_MIXED && serial % 2);
	struct parcel *p = &o->parcel[i];
	const struct message *m;

	if (vct.empty && serial % vct.empty == 0)
		nr = MESSAGES;
	m = &o->message[nr];
	crypto_init_wait(&p->wait);
	p->order = o;
	p->message = m;
	p->serial = serial;
	p->in_place = serial % 3 == 0;
	memcpy(p->iv, m->iv, sizeof(p->iv));

	src_len = AAD_LEN + m->len + (o->enc ? 0 : o->tag_len);
	/* For a decryption, authencesn's software needs room after the text, too. */
	dst_len = AAD_LEN + m->len + o->tag_len;
	if (p->in_place)
		src_len = dst_len;
	p->req = aead_request_alloc(o->tfm, GFP_KERNEL);
	p->mem = kzalloc(src_len + dst_len, GFP_KERNEL);
	if (!p->req || !p->mem)
		return -ENOMEM;
	sg_init_one(&p->src, p->mem, src_len);
	sg_init_one(&p->dst, p->mem + src_len, dst_len);
	memcpy(p->mem, o->enc ? m->plain : m->sealed,
	       AAD_LEN + m->len + (o->enc ? 0 : o->tag_len));
	aead_request_set_callback(p->req,
				  waits ? CRYPTO_TFM_REQ_MAY_BACKLOG : 0,
				  parcel_done, p);
	aead_request_set_crypt(p->req, &p->src, p->in_place ? &p->src : &p->dst,
			       m->len + (o->enc ? 0 : o->tag_len), p->iv);
	aead_request_set_ad(p->req, AAD_LEN);
	return 0;
}

static void free_parcels(struct order *o)
{
	unsigned int i;

	if (vct_stuck)
		return;
	for (i = 0; o->parcel && i < o->count; i++) {
		if (o->parcel[i].req)
			aead_request_free(o->parcel[i].req);
		kfree(o->parcel[i].mem);
	}
	kvfree(o->parcel);
	o->parcel = NULL;
}

/* Encrypt a message with software. */
static int seal(struct order *o, struct message *m)
{
	struct aead_request *req;
	struct scatterlist sg;
	u8 iv[VCT_MAX_IV];
	int err;

	req = aead_request_alloc(o->ref, GFP_KERNEL);
	if (!req)
		return -ENOMEM;
	memcpy(iv, m->iv, sizeof(iv));
	memcpy(m->sealed, m->plain, AAD_LEN + m->len);
	sg_init_one(&sg, m->sealed, AAD_LEN + m->len + o->tag_len);
	aead_request_set_callback(req, CRYPTO_TFM_REQ_MAY_SLEEP, NULL, NULL);
	aead_request_set_crypt(req, &sg, &sg, m->len, iv);
	aead_request_set_ad(req, AAD_LEN);
	err = crypto_aead_encrypt(req);
	aead_request_free(req);
	return err;
}

static int make_message(struct order *o, unsigned int nr, struct rnd_state *rng)
{
	unsigned int iv_len = crypto_aead_ivsize(o->tfm);
	unsigned int block = crypto_aead_blocksize(o->tfm);
	struct message *m = &o->message[nr];

	m->len = nr == MESSAGES ? 0 : vct.len ?: DEFAULT_LEN;
	m->len -= m->len % block;
	if (!m->plain) {
		m->plain = kmalloc(AAD_LEN + m->len, GFP_KERNEL);
		m->sealed = kmalloc(AAD_LEN + m->len + o->tag_len, GFP_KERNEL);
	}
	if (!m->plain || !m->sealed)
		return -ENOMEM;
	prandom_bytes_state(rng, m->iv, sizeof(m->iv));
	prandom_bytes_state(rng, m->plain, AAD_LEN + m->len);
	/* CCM's iv gives the size of the length field. The others ignore this. */
	m->iv[0] = 3;
	/* If the iv is part of the associated data, it is at its end. */
	if (iv_len <= AAD_LEN)
		memcpy(m->plain + AAD_LEN - iv_len, m->iv, iv_len);
	return seal(o, m);
}

/* Software gets the key first, so that the requests follow setkey directly. */
static int one_burst(struct order *o, struct rnd_state *rng)
{
	const char *name = crypto_tfm_alg_name(crypto_aead_tfm(o->tfm));
	unsigned int i, key_len;
	u8 key[VCT_ANY_KEY];
	bool soft;
	int err;

	key_len = vct_any_key(name, rng, key, false, &soft);
	err = crypto_aead_setkey(o->ref, key, key_len);
	for (i = 0; i <= MESSAGES && !err; i++)
		err = make_message(o, i, rng);
	if (err) {
		vct_fault("software says %d", err);
		return err;
	}

	o->newest = 0;
	o->late = 0;
	o->worst = 0;
	o->immediate = 0;
	o->refused = 0;
	o->longest = 0;
	reinit_completion(&o->submitted);
	o->parcel = kvcalloc(o->count, sizeof(*o->parcel), GFP_KERNEL);
	err = o->parcel ? 0 : -ENOMEM;
	for (i = 0; i < o->count && !err; i++)
		err = init_parcel(o, i);
	if (!err)
		err = crypto_aead_setkey(o->tfm, key, key_len);
	if (!err)
		err = submit_from(o, !o->enc);
	if (!err)
		err = wait_for_all(o);
	if (!err)
		err = check_all(o);
	free_parcels(o);
	return err;
}

static int open_order(struct order *o)
{
	const char *name;

	spin_lock_init(&o->lock);
	init_completion(&o->submitted);
	o->count = vct.count ?: DEFAULT_COUNT;
	o->tfm = crypto_alloc_aead(vct.alg, 0, 0);
	if (IS_ERR(o->tfm)) {
		vct_fault("cannot allocate %s: %ld", vct.alg, PTR_ERR(o->tfm));
		return PTR_ERR(o->tfm);
	}
	name = vct.ref ?: crypto_tfm_alg_name(crypto_aead_tfm(o->tfm));
	o->ref = crypto_alloc_aead(name, 0, CRYPTO_ALG_ASYNC |
				   CRYPTO_ALG_NEED_FALLBACK |
				   CRYPTO_ALG_KERN_DRIVER_ONLY);
	if (IS_ERR(o->ref)) {
		vct_fault("no software %s: %ld", name, PTR_ERR(o->ref));
		crypto_free_aead(o->tfm);
		return PTR_ERR(o->ref);
	}
	/* A new transform has the longest tag. */
	o->tag_len = crypto_aead_authsize(o->tfm);
	return 0;
}

static void close_order(struct order *o)
{
	unsigned int i;

	if (vct_stuck)
		return;
	for (i = 0; i <= MESSAGES; i++) {
		kfree(o->message[i].plain);
		kfree(o->message[i].sealed);
	}
	crypto_free_aead(o->tfm);
	crypto_free_aead(o->ref);
}

/**
 * vct_test_order() - do requests complete in the order of their submission?
 * @rng: source of randomness
 *
 * Return: 0 or the first error.
 */
int vct_test_order(struct rnd_state *rng)
{
	struct vct_engine *engine = NULL;
	struct order *o;
	int err, ret;

	o = kzalloc_obj(*o);
	if (!o)
		return -ENOMEM;
	err = open_order(o);
	if (err)
		goto free;
	if (vct.fill)
		engine = vct_fill_start(rng);
	ret = PTR_ERR_OR_ZERO(engine);

	for (o->enc = true; !ret && !vct_stuck; o->enc = false) {
		err = vct_result(one_burst(o, rng), "%u %s in order", o->count,
				 o->enc ? "encryptions" : "decryptions") ?: err;
		if (!o->enc)
			break;
	}
	if (vct.fill && !ret)
		ret = vct_fill_stop(engine);
	if (vct.fill)
		err = vct_result(ret, "those who may wait") ?: err;
	close_order(o);
free:
	if (!vct_stuck)
		kfree(o);
	return err;
}
