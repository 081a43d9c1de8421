// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The virtio_crypto authors
 *
 * vctest: many requests in flight from several threads.
 *
 * A worker is a thread bound to a CPU with a fixed set of requests (slots).
 * It submits idle slots and takes back completed ones, which the callback
 * puts on a lock-free list. The correct results are computed once, before the
 * start. Only the worker accesses a slot that is not in flight.
 */

#include <linux/cpumask.h>
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "vctest.h"

#define PIECES		3
#define DEFAULT_LEN	512

struct vct_slot {
	struct crypto_wait wait;	/* first, see vct_abandon() */
	struct skcipher_request *req;
	struct vct_worker *worker;
	const struct vct_pair *pair;
	struct list_head idle;
	struct llist_node done;
	bool enc;
	bool in_place;
	bool in_flight;
	unsigned int len;
	u8 *mem;			/* the four below, one allocation */
	u8 *given;
	u8 *want;
	u8 *src;
	u8 *dst;
	u8 given_iv[VCT_MAX_IV];
	u8 want_iv[VCT_MAX_IV];
	u8 iv[VCT_MAX_IV];
	struct scatterlist src_sg[PIECES];
	struct scatterlist dst_sg[PIECES];

	int ret;			/* return value of the submission */
	int err;			/* error of the completion */
	atomic_t notified;		/* completions with -EINPROGRESS */
	atomic_t finals;		/* other completions */
	int notified_at_end;		/* @notified when it completed */
};

struct vct_worker {
	struct vct_engine *engine;
	struct task_struct *task;
	struct vct_slot *slot;
	unsigned int nr_slots;
	enum vct_backlog backlog;
	struct list_head idle;
	struct llist_head done;
	wait_queue_head_t wq;
	unsigned int in_flight;
	atomic_t busy;			/* -EBUSY, not notified yet */
	unsigned long progress;		/* jiffies */
	struct vct_counts counts;
	bool finished;
};

struct vct_engine {
	struct vct_load load;
	struct vct_worker *worker;
	atomic64_t tickets;		/* requests still to submit */
	ktime_t start;
	bool stop;
};

static void slot_done(VCT_CB_ARG *arg, int err)
{
	struct vct_slot *slot = vct_cb_data(arg);
	struct vct_worker *w = slot->worker;

	vct_check_context();
	if (err == -EINPROGRESS) {
		atomic_inc(&slot->notified);
		atomic_dec(&w->busy);
		wake_up(&w->wq);
		return;
	}
	/* After a second completion, it may be on the list already. */
	if (atomic_inc_return(&slot->finals) != 1)
		return;
	slot->notified_at_end = atomic_read(&slot->notified);
	slot->err = err;
	llist_add(&slot->done, &w->done);
	wake_up(&w->wq);
}

/* Whether the data and iv of a successful request are correct. */
static bool slot_right(const struct vct_slot *slot)
{
	const u8 *result = slot->in_place ? slot->src : slot->dst;

	if (memcmp(result, slot->want, slot->len)) {
		vct_fault("wrong data, %s, %u bytes",
			  slot->in_place ? "in place" : "out of place", slot->len);
		return false;
	}
	if (!slot->in_place && memcmp(slot->src, slot->given, slot->len)) {
		vct_fault("source was changed");
		return false;
	}
	if (slot->pair->checks_iv &&
	    memcmp(slot->iv, slot->want_iv, slot->pair->ivsize)) {
		vct_fault("wrong iv afterwards");
		return false;
	}
	return true;
}

static void slot_finished(struct vct_worker *w, struct vct_slot *slot, int err)
{
	const struct vct_load *load = &w->engine->load;
	struct vct_counts *c = &w->counts;

	w->progress = jiffies;
	if (!err) {
		c->done++;
		c->bytes += slot->len;
		if (load->verify && !slot_right(slot))
			c->wrong++;
	} else if (err == -EIO && slot->in_place && load->allow_eio) {
		c->eio++;
	} else {
		vct_fault("request failed: %d, %s", err,
			  slot->in_place ? "in place" : "out of place");
		c->errors++;
	}
}

static void contract_fault(struct vct_worker *w, const struct vct_slot *slot,
			   const char *what)
{
	w->counts.contract++;
	vct_fault("%s: returned %d, notified %d times, completed %d times", what,
		  slot->ret, atomic_read(&slot->notified),
		  atomic_read(&slot->finals));
}

/* Take a completed slot back. */
static void reap_slot(struct vct_worker *w, struct vct_slot *slot)
{
	if (!slot->in_flight) {
		contract_fault(w, slot, "completed, but not accepted");
		atomic_set(&slot->finals, 0);
		return;
	}
	if (slot->notified_at_end != (slot->ret == -EBUSY))
		contract_fault(w, slot, "wrong notifications");
	if (atomic_read(&slot->finals) != 1)
		contract_fault(w, slot, "completed more than once");

	w->counts.notified += slot->notified_at_end;
	slot_finished(w, slot, slot->err);
	slot->in_flight = false;
	w->in_flight--;
	list_add_tail(&slot->idle, &w->idle);
}

static void reap(struct vct_worker *w)
{
	struct llist_node *done = llist_del_all(&w->done);
	struct vct_slot *slot, *next;

	llist_for_each_entry_safe(slot, next, done, done)
		reap_slot(w, slot);
}

static void slot_prepare(struct vct_slot *slot, bool verify)
{
	memcpy(slot->iv, slot->given_iv, sizeof(slot->iv));
	atomic_set(&slot->notified, 0);
	atomic_set(&slot->finals, 0);
	if (!verify)
		return;
	memcpy(slot->src, slot->given, slot->len);
	if (!slot->in_place)
		memset(slot->dst, 0x5a, slot->len);
}

/* Return: whether the driver accepted it, or did it at once. */
static bool submit(struct vct_worker *w, struct vct_slot *slot)
{
	struct vct_counts *c = &w->counts;
	bool backlog = w->backlog != VCT_NO_BACKLOG;
	int ret;

	slot_prepare(slot, w->engine->load.verify);
	skcipher_request_set_callback(slot->req, backlog ?
				      CRYPTO_TFM_REQ_MAY_BACKLOG : 0,
				      slot_done, slot);
	skcipher_request_set_crypt(slot->req, slot->src_sg, slot->in_place ?
				   slot->src_sg : slot->dst_sg, slot->len,
				   slot->iv);
	ret = slot->enc ? crypto_skcipher_encrypt(slot->req) :
			  crypto_skcipher_decrypt(slot->req);
	slot->ret = ret;

	if (ret == -EBUSY) {
		c->busy++;
		atomic_inc(&w->busy);
		if (!backlog)
			contract_fault(w, slot, "-EBUSY without MAY_BACKLOG");
	}
	if (ret == -EINPROGRESS || ret == -EBUSY) {
		slot->in_flight = true;
		w->in_flight++;
		list_del(&slot->idle);
		return true;
	}

	if (atomic_read(&slot->finals) || atomic_read(&slot->notified))
		contract_fault(w, slot, "called back, but not accepted");
	if (ret == -ENOSPC) {
		c->nospc++;
		if (backlog)
			contract_fault(w, slot, "-ENOSPC with MAY_BACKLOG");
		return false;
	}
	c->immediate++;
	slot_finished(w, slot, ret);
	list_move_tail(&slot->idle, &w->idle);
	return true;
}

static bool take_ticket(struct vct_engine *engine)
{
	return !engine->load.requests ||
	       atomic64_dec_if_positive(&engine->tickets) >= 0;
}

static bool held_back(const struct vct_worker *w)
{
	return w->backlog == VCT_POLITE && atomic_read(&w->busy) > 0;
}

static bool stalled(const struct vct_worker *w)
{
	return time_after(jiffies, w->progress + w->engine->load.timeout);
}

/* Submit until told to stop, out of tickets, or nothing comes back. */
static void submit_all(struct vct_worker *w)
{
	struct vct_engine *engine = w->engine;
	struct vct_slot *slot;

	while (!READ_ONCE(engine->stop) && !vct_stuck) {
		reap(w);
		if (stalled(w)) {
			w->counts.errors++;
			vct_fault("no progress");
			return;
		}
		slot = list_first_entry_or_null(&w->idle, struct vct_slot, idle);
		if (!slot || held_back(w)) {
			wait_event_timeout(w->wq, !llist_empty(&w->done) ||
					   (slot && !held_back(w)), HZ / 10);
			continue;
		}
		if (!take_ticket(engine))
			return;
		if (!submit(w, slot)) {
			atomic64_inc(&engine->tickets);
			wait_event_timeout(w->wq, !llist_empty(&w->done), 1);
		}
		cond_resched();
	}
}

/* Wait for the last requests; those that do not complete are given up. */
static void drain(struct vct_worker *w)
{
	unsigned long deadline = jiffies + w->engine->load.timeout;
	unsigned int i;

	while (w->in_flight && time_before(jiffies, deadline)) {
		wait_event_timeout(w->wq, !llist_empty(&w->done), HZ / 10);
		reap(w);
	}
	if (!w->in_flight)
		return;

	for (i = 0; i < w->nr_slots; i++)
		if (w->slot[i].in_flight)
			vct_abandon(&w->slot[i].req->base, slot_done);
	synchronize_rcu();
	w->counts.lost = w->in_flight;
	vct_fault("%u requests never completed", w->in_flight);
}

static int worker_thread(void *arg)
{
	struct vct_worker *w = arg;

	w->progress = jiffies;
	submit_all(w);
	drain(w);
	w->counts.usecs = ktime_us_delta(ktime_get(), w->engine->start);
	WRITE_ONCE(w->finished, true);
	return 0;
}

/* A list of one to PIECES entries over linear memory. */
static void cut(struct scatterlist *sg, u8 *buf, unsigned int len,
		struct rnd_state *rng)
{
	unsigned int n, i, nr = 1 + vct_rnd(rng, PIECES);

	nr = min(nr, len);
	sg_init_table(sg, nr);
	for (i = 0; i < nr; i++) {
		n = i == nr - 1 ? len : 1 + vct_rnd(rng, len - (nr - 1 - i));
		sg_set_buf(&sg[i], buf, n);
		buf += n;
		len -= n;
	}
}

static int slot_init(struct vct_slot *slot, struct vct_worker *w,
		     struct rnd_state *rng)
{
	const struct vct_load *load = &w->engine->load;

	crypto_init_wait(&slot->wait);
	slot->worker = w;
	slot->pair = &load->pairs[vct_rnd(rng, load->nr_pairs)];
	slot->len = load->len ?: vct_random_len(slot->pair, rng, DEFAULT_LEN);
	slot->enc = !load->verify || vct_rnd(rng, 2);
	slot->in_place = load->verify && vct_rnd(rng, 2);
	slot->req = skcipher_request_alloc(slot->pair->tfm, GFP_KERNEL);
	slot->mem = kmalloc(4 * slot->len + 64, GFP_KERNEL);
	if (!slot->req || !slot->mem)
		return -ENOMEM;

	slot->given = slot->mem;
	slot->want = slot->given + slot->len;
	slot->src = slot->want + slot->len + vct_rnd(rng, 16);
	slot->dst = slot->src + slot->len + vct_rnd(rng, 16);
	cut(slot->src_sg, slot->src, slot->len, rng);
	cut(slot->dst_sg, slot->dst, slot->len, rng);
	list_add_tail(&slot->idle, &w->idle);

	prandom_bytes_state(rng, slot->given, slot->len);
	vct_random_iv(slot->pair, rng, slot->given_iv);
	memcpy(slot->src, slot->given, slot->len);
	if (!load->verify)
		return 0;
	memcpy(slot->want, slot->given, slot->len);
	memcpy(slot->want_iv, slot->given_iv, VCT_MAX_IV);
	return vct_reference(slot->pair, slot->enc, slot->want, slot->len,
			     slot->want_iv);
}

static int worker_init(struct vct_worker *w, struct vct_engine *engine,
		       unsigned int nr)
{
	const struct vct_load *load = &engine->load;
	struct rnd_state rng;
	unsigned int i;
	int err = 0;

	vct_rnd_init(&rng, 1 + nr);
	w->engine = engine;
	w->backlog = load->backlog == VCT_ALTERNATING ? nr % 3 : load->backlog;
	INIT_LIST_HEAD(&w->idle);
	init_llist_head(&w->done);
	init_waitqueue_head(&w->wq);
	w->nr_slots = max(1U, load->depth / load->workers);
	w->slot = kvcalloc(w->nr_slots, sizeof(*w->slot), GFP_KERNEL);
	if (!w->slot)
		return -ENOMEM;
	for (i = 0; i < w->nr_slots && !err; i++)
		err = slot_init(&w->slot[i], w, &rng);
	return err;
}

static int worker_start(struct vct_worker *w, unsigned int nr)
{
	unsigned int cpu;

	w->task = kthread_create(worker_thread, w, "vctest/%u", nr);
	if (IS_ERR(w->task)) {
		w->task = NULL;
		return -ENOMEM;
	}
	get_task_struct(w->task);

	nr %= num_online_cpus();
	for_each_online_cpu(cpu)
		if (!nr--)
			kthread_bind(w->task, cpu);
	return 0;
}

static void engine_free(struct vct_engine *engine)
{
	unsigned int i, k;

	if (vct_stuck)
		return;
	for (i = 0; i < engine->load.workers; i++) {
		struct vct_worker *w = &engine->worker[i];

		for (k = 0; w->slot && k < w->nr_slots; k++) {
			skcipher_request_free(w->slot[k].req);
			kfree(w->slot[k].mem);
		}
		kvfree(w->slot);
	}
	kfree(engine->worker);
	kfree(engine);
}

/**
 * vct_engine_start() - prepare all requests and start the workers
 * @load: description of the load; copied
 *
 * Return: the engine, or an ERR_PTR().
 */
struct vct_engine *vct_engine_start(const struct vct_load *load)
{
	struct vct_engine *engine;
	unsigned int i;
	int err = -ENOMEM;

	engine = kzalloc_obj(*engine);
	if (!engine)
		return ERR_PTR(-ENOMEM);
	engine->load = *load;
	atomic64_set(&engine->tickets, load->requests);
	engine->worker = kcalloc(load->workers, sizeof(*engine->worker),
				 GFP_KERNEL);
	if (!engine->worker) {
		kfree(engine);
		return ERR_PTR(-ENOMEM);
	}

	for (i = 0; i < load->workers; i++) {
		err = worker_init(&engine->worker[i], engine, i);
		if (!err)
			err = worker_start(&engine->worker[i], i);
		if (err)
			goto stop;
	}
	engine->start = ktime_get();
	for (i = 0; i < load->workers; i++)
		wake_up_process(engine->worker[i].task);
	return engine;
stop:
	/* A thread that has not run yet will not call its function. */
	for (i = 0; i < load->workers && engine->worker[i].task; i++) {
		kthread_stop(engine->worker[i].task);
		put_task_struct(engine->worker[i].task);
	}
	engine_free(engine);
	return ERR_PTR(err);
}

/**
 * vct_engine_finished() - check whether all requests are done
 * @engine: started
 *
 * Return: true if every worker has ended by itself.
 */
bool vct_engine_finished(struct vct_engine *engine)
{
	unsigned int i;

	for (i = 0; i < engine->load.workers; i++)
		if (!READ_ONCE(engine->worker[i].finished))
			return false;
	return true;
}

/**
 * vct_engine_waits() - check whether all workers have filled their queue
 * @engine: started
 *
 * Return: true if each got -EBUSY, and nothing since.  If the driver never returns
 * -EBUSY and accepts all requests instead, true if nearly all of them are in flight;
 * there have to be more of them than a queue can hold.
 */
bool vct_engine_waits(struct vct_engine *engine)
{
	unsigned int i;

	for (i = 0; i < engine->load.workers; i++) {
		struct vct_worker *w = &engine->worker[i];

		if (atomic_read(&w->busy) <= 0 &&
		    READ_ONCE(w->in_flight) < w->nr_slots - w->nr_slots / 8)
			return false;
	}
	return true;
}

static void add_counts(struct vct_counts *sum, const struct vct_counts *c)
{
	sum->done += c->done;
	sum->bytes += c->bytes;
	sum->immediate += c->immediate;
	sum->busy += c->busy;
	sum->notified += c->notified;
	sum->nospc += c->nospc;
	sum->eio += c->eio;
	sum->wrong += c->wrong;
	sum->errors += c->errors;
	sum->contract += c->contract;
	sum->lost += c->lost;
	sum->usecs = max(sum->usecs, c->usecs);
}

/* Completions that came after the slot had completed. */
static void look_for_late(struct vct_worker *w)
{
	unsigned int i;

	reap(w);
	for (i = 0; i < w->nr_slots; i++) {
		struct vct_slot *slot = &w->slot[i];
		bool accepted = slot->ret == -EINPROGRESS || slot->ret == -EBUSY;

		/* One that was never submitted has ret 0. */
		if (atomic_read(&slot->finals) != accepted ||
		    atomic_read(&slot->notified) != (slot->ret == -EBUSY))
			contract_fault(w, slot, "called back after its end");
	}
}

/**
 * vct_engine_stop() - stop submitting, wait for requests in flight, free everything
 * @engine: started; freed afterwards
 * @counts: the results
 */
void vct_engine_stop(struct vct_engine *engine, struct vct_counts *counts)
{
	unsigned int i;

	memset(counts, 0, sizeof(*counts));
	WRITE_ONCE(engine->stop, true);
	for (i = 0; i < engine->load.workers; i++) {
		kthread_stop(engine->worker[i].task);
		put_task_struct(engine->worker[i].task);
	}
	/* The last callbacks may not have returned yet. */
	synchronize_rcu();
	for (i = 0; i < engine->load.workers; i++) {
		if (!vct_stuck)
			look_for_late(&engine->worker[i]);
		add_counts(counts, &engine->worker[i].counts);
	}
	engine_free(engine);
}

/**
 * vct_counts_verdict() - get the result of a load
 * @c: its counts
 *
 * Return: 0 if nothing was wrong.
 */
int vct_counts_verdict(const struct vct_counts *c)
{
	if (c->lost)
		return -ETIMEDOUT;
	if (c->contract)
		return -EPROTO;
	return c->wrong || c->errors ? -EIO : 0;
}

/**
 * vct_counts_print() - two lines with all counts
 * @what: name of the load
 * @c: its counts
 */
void vct_counts_print(const char *what, const struct vct_counts *c)
{
	vct_note("%s: ops %llu immediate %llu EBUSY %llu EINPROGRESS %llu ENOSPC %llu, %lld ms",
		 what, c->done, c->immediate, c->busy, c->notified, c->nospc,
		 div_s64(c->usecs, 1000));
	vct_note("%s: EIO %llu wrong %llu errors %llu contract %llu lost %llu",
		 what, c->eio, c->wrong, c->errors, c->contract, c->lost);
}
