// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The virtio_crypto authors
 *
 * vccompare: requests of any type, many in flight; random keys and memory;
 * many writers at once.
 *
 * Requests are prepared first and then submitted in bursts, so that many are in
 * flight. The next slot, and so the request to wait for, is random. Requests that
 * complete out of order thus meet others in any state.
 *
 * A writer is a thread with its own ring, transform, reference, keys and random
 * numbers, so that no two writers have the same key. The expected result of a
 * request is computed before it is submitted, with the current key. Any other
 * result, with whatever key, is a fault.
 */

#include <linux/delay.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "vccompare.h"

/* A new key after about this many requests; the largest number of fragments. */
#define REKEY_EVERY	20
#define MAX_FRAGS	8

/* Out of this many changes of keys, one is always made with nothing in flight. */
#define CALM_EVERY	4

/* All writers start at the same time. */
static DECLARE_COMPLETION(start);

/* Totals of all writers. */
static atomic_t in_flight;
static atomic_t most_in_flight;

/**
 * vcc_call_done() - callback of all requests
 * @arg: see VCT_CB_ARG; its data is a struct vcc_call
 * @err: -EINPROGRESS, or the result of the request
 */
void vcc_call_done(VCT_CB_ARG *arg, int err)
{
	struct vcc_call *call = vct_cb_data(arg);
	struct vcc_writer *w = container_of(call, struct vcc_slot, call)->writer;

	vct_check_context();
	if (err == -EINPROGRESS) {
		atomic_inc(&call->notified);
		return;
	}
	if (call->seq < READ_ONCE(w->newest))
		atomic_inc(&w->overtaken);
	else
		WRITE_ONCE(w->newest, call->seq);
	atomic_dec(&in_flight);
	call->err = err;
	if (atomic_inc_return(&call->finals) == 1)
		complete(&call->wait.completion);
}

/**
 * vcc_call_begin() - prepare a call for submission
 * @call: not in flight
 * @base: its request, with vcc_call_done() as its callback
 */
void vcc_call_begin(struct vcc_call *call, struct crypto_async_request *base)
{
	struct vcc_writer *w = container_of(call, struct vcc_slot, call)->writer;
	int now = atomic_inc_return(&in_flight);
	int most = atomic_read(&most_in_flight);

	while (most < now &&
	       !atomic_try_cmpxchg(&most_in_flight, &most, now))
		;
	crypto_init_wait(&call->wait);
	atomic_set(&call->notified, 0);
	atomic_set(&call->finals, 0);
	call->seq = ++w->submitted;
	call->base = base;
	call->kept = *base;
}

static bool accepted(const struct vcc_call *call)
{
	return call->ret == -EINPROGRESS || call->ret == -EBUSY;
}

static bool pending(const struct vcc_call *call)
{
	return accepted(call) && !atomic_read(&call->finals);
}

/*
 * Give up a request. This module may be gone when it completes in the end: see
 * vct_abandon().
 */
static void abandon(struct vcc_call *call)
{
	if (cmpxchg(&call->base->complete, vcc_call_done, crypto_req_done) !=
	    vcc_call_done) {
		vct_fault("cannot take a callback back, so vccompare stays");
		__module_get(THIS_MODULE);
	}
}

/* Check what the API guarantees to the caller at the end of a request. */
static int check_rules(const struct vcc_call *call)
{
	if (atomic_read(&call->finals) != accepted(call) ||
	    atomic_read(&call->notified) != (call->ret == -EBUSY)) {
		vct_fault("request returned %d, was notified %d times, completed %d times",
			  call->ret, atomic_read(&call->notified),
			  atomic_read(&call->finals));
		return -EPROTO;
	}
	if (call->base->complete != call->kept.complete ||
	    call->base->data != call->kept.data ||
	    call->base->tfm != call->kept.tfm ||
	    call->base->flags != call->kept.flags) {
		vct_fault("callback, transform or flags of the request were changed");
		return -EPROTO;
	}
	return 0;
}

/**
 * vcc_call_wait() - wait for the end of a request
 * @call: submitted
 *
 * Return: what the driver returned or completed with; -ETIMEDOUT when it
 * never did (vct_stuck is set then), -EPROTO when it broke the API's rules.
 */
int vcc_call_wait(struct vcc_call *call)
{
	int err;

	if (!accepted(call)) {
		atomic_dec(&in_flight);
	} else if (!wait_for_completion_timeout(&call->wait.completion,
						vct_timeout())) {
		vct_fault("a request did not complete in %u s", vct.timeout);
		vct_stuck = true;
		abandon(call);
		return -ETIMEDOUT;
	}
	err = check_rules(call);
	if (err)
		return err;
	return accepted(call) ? call->err : call->ret;
}

/**
 * vcc_random_shape() - memory of any shape for a request
 * @slot: its slot
 * @src_len: bytes of the source
 * @dst_len: bytes of the destination; 0 if there is none
 * @rng: source of randomness
 */
void vcc_random_shape(struct vcc_slot *slot, unsigned int src_len,
		      unsigned int dst_len, struct rnd_state *rng)
{
	struct vct_shape *s = &slot->shape;

	*s = (struct vct_shape) {
		.mode = vct_rnd(rng, VCT_MODES),
		.len = max(src_len, dst_len),
		.tail = vct_rnd(rng, 4) ? 0 : 1 + vct_rnd(rng, 100),
		.src_frags = 1 + vct_rnd(rng, MAX_FRAGS),
		.dst_frags = 1 + vct_rnd(rng, MAX_FRAGS),
		.empty = !vct_rnd(rng, 3) && !vcc_soft,
		.chained = !vct_rnd(rng, 3),
		.paged = !vct_rnd(rng, 10),
	};
	if (!dst_len) {
		s->mode = VCT_IN_PLACE;
	} else if (s->mode == VCT_OUT_OF_PLACE) {
		s->len = src_len;
		s->dst_len = dst_len;
	}
}

/**
 * vcc_make_layout() - memory of this shape, filled at random
 * @slot: of a request; has a shape
 * @rng: source of randomness
 *
 * Return: 0 or -ENOMEM.
 */
int vcc_make_layout(struct vcc_slot *slot, struct rnd_state *rng)
{
	slot->layout = vct_layout_make(&slot->shape, rng);
	return slot->layout ? 0 : -ENOMEM;
}

/**
 * vcc_random_iv() - an iv at any alignment, sometimes one whose counter will wrap
 * @slot: slot for it, and for its expected value
 * @len: its length, at most 16
 * @rng: source of randomness
 */
void vcc_random_iv(struct vcc_slot *slot, unsigned int len,
		   struct rnd_state *rng)
{
	unsigned int ones;

	prandom_bytes_state(rng, slot->iv_room, VCC_IV_ROOM);
	slot->iv = slot->iv_room + 16 + vct_rnd(rng, 16);
	if (len && !vct_rnd(rng, 4)) {
		ones = 1 + vct_rnd(rng, len);
		memset(slot->iv + len - ones, 0xff, ones);
	}
	memcpy(slot->iv_want, slot->iv_room, VCC_IV_ROOM);
}

/**
 * vcc_allow_iv() - accept any iv after a request, but no change around it
 * @slot: completed
 * @len: length of the iv
 */
void vcc_allow_iv(struct vcc_slot *slot, unsigned int len)
{
	memcpy(slot->iv_want + (slot->iv - slot->iv_room), slot->iv, len);
}

/**
 * vcc_check_iv() - compare the iv, and the bytes around it
 * @slot: completed
 *
 * Return: 0 or -EIO.
 */
int vcc_check_iv(const struct vcc_slot *slot)
{
	if (!memcmp(slot->iv_room, slot->iv_want, VCC_IV_ROOM))
		return 0;
	vct_fault("wrong iv afterwards, or bytes around it");
	return -EIO;
}

/**
 * vcc_random_len() - a length; short lengths and 0 are not rare
 * @max: the longest
 * @step: the length is a multiple of this
 * @rng: source of randomness
 *
 * Return: the length.
 */
unsigned int vcc_random_len(unsigned int max, unsigned int step,
			    struct rnd_state *rng)
{
	switch (vct_rnd(rng, 16)) {
	case 0:
		return 0;
	case 1 ... 5:
		max = min(max, 300U);
	}
	return rounddown(step + vct_rnd(rng, max - step + 1), step);
}

static int new_slots(struct vcc_writer *w)
{
	const struct vcc_type *type = w->type;
	struct vcc_slot *slot;
	unsigned int i;
	int err;

	for (i = 0; i < VCC_RING; i++) {
		slot = kzalloc(type->slot_size, GFP_KERNEL);
		w->slot[i] = slot;
		if (!slot)
			return -ENOMEM;
		slot->writer = w;
		slot->want = kmalloc(VCC_ROOM, GFP_KERNEL);
		slot->keep = kmalloc(VCC_ROOM, GFP_KERNEL);
		if (!slot->want || !slot->keep)
			return -ENOMEM;
		err = type->init_slot(slot);
		if (err)
			return err;
	}
	return 0;
}

/* The end of a writer, whatever its result. */
static void end_writer(struct vcc_writer *w)
{
	unsigned int i;

	for (i = 0; i < VCC_RING && w->slot[i]; i++) {
		struct vcc_slot *slot = w->slot[i];

		if (vct_stuck) {
			/* It may be another writer's; these had no time then. */
			if (slot->state == VCC_BUSY && pending(&slot->call))
				abandon(&slot->call);
			continue;
		}
		w->type->exit_slot(slot);
		kfree(slot->want);
		kfree(slot->keep);
		kfree(slot);
	}
	if (!vct_stuck)
		w->type->close(w);
}

static void describe(const struct vcc_slot *slot)
{
	const struct vcc_writer *w = slot->writer;
	const struct vct_shape *s = &slot->shape;

	w->type->describe(slot);
	vct_fault("... request %u: %s, %s, %u/%u+%u bytes, %u/%u fragments%s%s%s, flags %#x",
		  slot->number, w->type->kinds[slot->kind],
		  vct_mode_name[s->mode], s->len, s->dst_len ?: s->len, s->tail,
		  s->src_frags, s->dst_frags, s->empty ? ", empty entries" : "",
		  s->chained ? ", chained" : "", s->paged ? ", pages" : "",
		  slot->flags);
	vct_fault("... key number %u, and now number %u", slot->key_nr,
		  w->key_nr);
}

static void end_slot(struct vcc_slot *slot, int err)
{
	struct vcc_tally *tally = &slot->writer->tally[slot->kind];

	if (err) {
		describe(slot);
		tally->err = tally->err ?: err;
	}
	if (slot->layout)
		vct_layout_free(slot->layout);
	slot->layout = NULL;
	slot->state = VCC_IDLE;
}

/* If it cannot be done with its key, it must not be done with another. */
static bool may_fail(const struct vcc_slot *slot, int err)
{
	return err == -EIO && vct.allow_eio &&
	       slot->key_nr != slot->writer->key_nr;
}

static void finish_slot(struct vcc_slot *slot)
{
	struct vcc_writer *w = slot->writer;
	int err;

	if (slot->state != VCC_BUSY || vct_stuck)
		return;
	err = vcc_call_wait(&slot->call);
	if (may_fail(slot, err)) {
		w->tally[slot->kind].given_up++;
		err = 0;
	} else if (err != -ETIMEDOUT && err != -EPROTO) {
		err = w->type->finish(slot, err);
	}
	end_slot(slot, err);
}

static void submit_all(struct vcc_writer *w)
{
	unsigned int i;

	for (i = 0; i < VCC_RING; i++) {
		if (w->slot[i]->state != VCC_READY)
			continue;
		w->slot[i]->state = VCC_BUSY;
		w->slot[i]->key_nr = w->key_nr;
		w->hardware += w->slot[i]->hardware;
		w->type->submit(w->slot[i]);
	}
}

static void drain(struct vcc_writer *w)
{
	unsigned int i;

	submit_all(w);
	for (i = 0; i < VCC_RING; i++)
		finish_slot(w->slot[i]);
}

/* Prepared requests are for the old key, so submit them before it changes. */
static int new_key(struct vcc_writer *w)
{
	unsigned int i;

	if (!vcc_rekey_busy || !vct_rnd(&w->rng, CALM_EVERY))
		drain(w);
	else
		submit_all(w);
	if (vct_stuck)
		return 0;
	for (i = 0; i < VCC_RING; i++)
		w->crossed += w->slot[i]->state == VCC_BUSY &&
			      pending(&w->slot[i]->call);
	w->key_nr++;
	return w->type->rekey(w);
}

/* Choose a slot that does not wait for submission; there is always one. */
static struct vcc_slot *any_slot(struct vcc_writer *w)
{
	unsigned int i = vct_rnd(&w->rng, VCC_RING);

	while (w->slot[i]->state == VCC_READY)
		i = (i + 1) % VCC_RING;
	return w->slot[i];
}

static void next_request(struct vcc_slot *slot, unsigned int number)
{
	struct vcc_writer *w = slot->writer;
	const char *pattern = w->type->pattern;
	int err;

	slot->number = number;
	slot->kind = pattern[number % strlen(pattern)] - '0';
	slot->flags = vcc_nowait ? 0 : CRYPTO_TFM_REQ_MAY_BACKLOG;
	if (vct_rnd(&w->rng, 2))
		slot->flags |= CRYPTO_TFM_REQ_MAY_SLEEP;
	w->tally[slot->kind].requests++;
	err = w->type->prepare(slot, &w->rng);
	if (err)
		end_slot(slot, err);
	else
		slot->state = VCC_READY;
}

static int go_round(struct vcc_writer *w)
{
	unsigned int i, ready = 0, burst = VCC_RING;
	struct vcc_slot *slot;
	int err;

	for (i = 0; i < vct.count && !vct_stuck; i++) {
		if (vcc_idle && i == vct.count / 2) {
			drain(w);
			ready = 0;
			msleep(vcc_idle + vct_rnd(&w->rng, vcc_idle / 2 + 1));
		}
		if (!vct_rnd(&w->rng, REKEY_EVERY)) {
			err = new_key(w);
			if (err)
				return err;
			ready = 0;
		}
		if (ready == burst) {
			submit_all(w);
			burst = 1 + vct_rnd(&w->rng, VCC_RING);
			ready = 0;
		}
		slot = any_slot(w);
		finish_slot(slot);
		if (vct_stuck)
			break;
		next_request(slot, i);
		ready++;
	}
	drain(w);
	return 0;
}

static int writer_thread(void *arg)
{
	struct vcc_writer *w = arg;

	wait_for_completion(&start);
	w->err = go_round(w);
	/* While others are still working. */
	end_writer(w);
	/* The module may go as soon as this is known. */
	kthread_complete_and_exit(&w->done, 0);
}

static int report_kind(const struct vcc_type *type, struct vcc_writer **writer,
		       unsigned int kind)
{
	unsigned int i, requests = 0;
	int err = 0;

	for (i = 0; i < vcc_writers; i++) {
		requests += writer[i]->tally[kind].requests;
		err = err ?: writer[i]->tally[kind].err;
	}
	return vct_result(requests ? err : -ENODATA, "%s, %u requests",
			  type->kinds[kind], requests);
}

static int report(const struct vcc_type *type, struct vcc_writer **writer)
{
	unsigned int i, kind, keys = 0, crossed = 0, given_up = 0, hardware = 0;
	int overtaken = 0, err = 0;

	for (i = 0; i < vcc_writers; i++) {
		overtaken += atomic_read(&writer[i]->overtaken);
		keys += writer[i]->key_nr;
		crossed += writer[i]->crossed;
		hardware += writer[i]->hardware;
		for (kind = 0; type->kinds[kind]; kind++)
			given_up += writer[i]->tally[kind].given_up;
	}
	vct_note("at most %d requests in flight, %d overtaken by others",
		 atomic_read(&most_in_flight), overtaken);
	vct_note("%u changes of keys, %u requests in flight meanwhile, %u given up",
		 keys, crossed, given_up);
	vct_note("%u requests of which nothing is for software", hardware);
	for (kind = 0; type->kinds[kind]; kind++)
		err = report_kind(type, writer, kind) ?: err;
	return err;
}

static int open_writer(const struct vcc_type *type, struct vcc_writer **writer,
		       unsigned int number)
{
	struct vcc_writer *w;

	w = kzalloc(type->writer_size, GFP_KERNEL);
	if (!w)
		return -ENOMEM;
	*writer = w;
	w->type = type;
	init_completion(&w->done);
	vct_rnd_init(&w->rng, number);
	return type->open(w) ?: new_slots(w);
}

/* The function of the thread; it is called directly if there is none. */
static int start_writer(struct vcc_writer *w, unsigned int number, int err)
{
	struct task_struct *task;

	if (!err) {
		/* vct_fault() uses this name. */
		task = kthread_run(writer_thread, w, "vccompare/%u", number);
		err = PTR_ERR_OR_ZERO(task);
	}
	if (err) {
		end_writer(w);
		complete(&w->done);
	}
	return err;
}

/**
 * vcc_ring() - the whole test
 * @type: of the algorithm
 *
 * Return: 0 or an error.
 */
int vcc_ring(const struct vcc_type *type)
{
	struct vcc_writer **writer;
	unsigned int i;
	int err = 0;

	writer = kcalloc(vcc_writers, sizeof(*writer), GFP_KERNEL);
	if (!writer)
		return -ENOMEM;
	for (i = 0; i < vcc_writers && !err; i++)
		err = open_writer(type, &writer[i], i);
	for (i = 0; i < vcc_writers && writer[i]; i++)
		err = start_writer(writer[i], i, err);
	complete_all(&start);
	for (i = 0; i < vcc_writers && writer[i]; i++) {
		wait_for_completion(&writer[i]->done);
		err = err ?: writer[i]->err;
	}
	if (err)
		err = vct_result(err, "transforms, keys and memory");
	else
		err = report(type, writer);
	for (i = 0; i < vcc_writers && !vct_stuck; i++)
		kfree(writer[i]);
	kfree(writer);
	return err;
}
