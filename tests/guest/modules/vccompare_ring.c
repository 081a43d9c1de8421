// SPDX-License-Identifier: GPL-2.0
/*
 * vccompare: requests of any type, many in flight; random keys and memory.
 *
 * Requests are made up first and submitted in bursts, so that many are in
 * flight. Which slot is next, and so which request is waited for, is random:
 * what completes out of order meets others in any state.
 */

#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <crypto/authenc.h>

#include "vccompare.h"

/* A new key after about so many requests, and so many fragments at most. */
#define REKEY_EVERY	20
#define MAX_FRAGS	8

/* Longer than a block of any hash. */
#define MAX_HMAC_KEY	200

#define MAX_KINDS	8

static atomic_t in_flight;
static atomic_t overtaken;
static unsigned int most_in_flight;
static unsigned int submitted;
static unsigned int newest;

/**
 * vcc_call_done() - callback of all requests
 * @arg: see VCT_CB_ARG; its data is a struct vcc_call
 * @err: -EINPROGRESS, or what the request came to
 */
void vcc_call_done(VCT_CB_ARG *arg, int err)
{
	struct vcc_call *call = vct_cb_data(arg);

	vct_check_context();
	if (err == -EINPROGRESS) {
		atomic_inc(&call->notified);
		return;
	}
	if (call->seq < READ_ONCE(newest))
		atomic_inc(&overtaken);
	else
		WRITE_ONCE(newest, call->seq);
	atomic_dec(&in_flight);
	call->err = err;
	if (atomic_inc_return(&call->finals) == 1)
		complete(&call->wait.completion);
}

/**
 * vcc_call_begin() - before submission
 * @call: not in flight
 * @base: its request, with vcc_call_done() as its callback
 */
void vcc_call_begin(struct vcc_call *call, struct crypto_async_request *base)
{
	unsigned int now = atomic_inc_return(&in_flight);

	most_in_flight = max(most_in_flight, now);
	crypto_init_wait(&call->wait);
	atomic_set(&call->notified, 0);
	atomic_set(&call->finals, 0);
	call->seq = ++submitted;
	call->base = base;
	call->kept = *base;
}

/*
 * Give up a request. This module may be gone when it completes after all: see
 * vct_abandon().
 */
static void abandon(struct vcc_call *call)
{
	vct_fault("a request did not complete in %u s", vct.timeout);
	vct_stuck = true;
	if (cmpxchg(&call->base->complete, vcc_call_done, crypto_req_done) !=
	    vcc_call_done) {
		vct_fault("cannot take a callback back, so vccompare stays");
		__module_get(THIS_MODULE);
	}
}

/* What the caller may rely on after the end of a request. */
static int check_rules(const struct vcc_call *call, bool accepted)
{
	if (atomic_read(&call->finals) != accepted ||
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
	bool accepted = call->ret == -EINPROGRESS || call->ret == -EBUSY;
	int err;

	if (!accepted) {
		atomic_dec(&in_flight);
	} else if (!wait_for_completion_timeout(&call->wait.completion,
						vct_timeout())) {
		abandon(call);
		return -ETIMEDOUT;
	}
	err = check_rules(call, accepted);
	if (err)
		return err;
	return accepted ? call->err : call->ret;
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
		.empty = !vct_rnd(rng, 3),
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
 * vcc_random_iv() - an iv anywhere, now and then one whose counter will wrap
 * @slot: where to; also what it is expected to be afterwards
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
 * vcc_allow_iv() - after a request the iv is undefined, what is around is not
 * @slot: completed
 * @len: length of the iv
 */
void vcc_allow_iv(struct vcc_slot *slot, unsigned int len)
{
	memcpy(slot->iv_want + (slot->iv - slot->iv_room), slot->iv, len);
}

/**
 * vcc_check_iv() - compare the iv, and what is around it
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

static unsigned int aes_key_len(struct rnd_state *rng)
{
	return 16 + 8 * vct_rnd(rng, 3);
}

static unsigned int hmac_key_len(struct rnd_state *rng)
{
	if (vcc_nokey && !vct_rnd(rng, 20))
		return 0;
	return 1 + vct_rnd(rng, MAX_HMAC_KEY);
}

static unsigned int cipher_key_len(const char *name, struct rnd_state *rng)
{
	if (strstarts(name, "rfc3686(") || strstarts(name, "rfc4106("))
		return aes_key_len(rng) + 4;
	if (strstarts(name, "rfc4309("))
		return aes_key_len(rng) + 3;
	if (strstarts(name, "xts("))
		return vct_rnd(rng, 2) ? 32 : 64;
	if (strstarts(name, "xcbc("))
		return 16;
	if (strstarts(name, "hmac("))
		return hmac_key_len(rng);
	if (strstarts(name, "rfc7539("))
		return 32;
	if (strstr(name, "(des3_ede)"))
		return 24;
	if (strstr(name, "(des)"))
		return 8;
	if (strstr(name, "(arc4)"))
		return 16;
	if (strstr(name, "(aes)"))
		return aes_key_len(rng);
	return 0;
}

/* What authenc takes: a header, the key of the MAC, the key of the cipher. */
static unsigned int authenc_header(u8 *key, unsigned int cipher_len)
{
	struct crypto_authenc_key_param param = {
		.enckeylen = cpu_to_be32(cipher_len),
	};
	struct rtattr rta = {
		.rta_type = CRYPTO_AUTHENC_KEYA_PARAM,
		.rta_len = RTA_LENGTH(sizeof(param)),
	};

	memcpy(key, &rta, sizeof(rta));
	memcpy(key + RTA_LENGTH(0), &param, sizeof(param));
	return RTA_SPACE(sizeof(param));
}

/**
 * vcc_random_key() - a valid key of any length
 * @name: algorithm, by the crypto API's name
 * @rng: source of randomness
 * @key: where to, VCC_MAX_KEY bytes
 * @soft: set to whether drivers may leave it to software: a MAC without a key
 *
 * Return: its length; 0 if the algorithm has no key, too.
 */
unsigned int vcc_random_key(const char *name, struct rnd_state *rng, u8 *key,
			    bool *soft)
{
	unsigned int len, mac_len, at;

	prandom_bytes_state(rng, key, VCC_MAX_KEY);
	if (!strstarts(name, "authenc")) {
		len = cipher_key_len(name, rng);
		*soft = !len;
		return len;
	}
	len = cipher_key_len(strchr(name, ',') + 1, rng);
	mac_len = hmac_key_len(rng);
	/* That software writes beyond a destination. */
	if (strstarts(name, "authencesn"))
		mac_len = max(mac_len, 1U);
	*soft = !mac_len;
	at = authenc_header(key, len);
	return at + len + mac_len;
}

/**
 * vcc_random_len() - a length; short ones, and none, are not too rare
 * @max: longest
 * @step: of which it is a multiple
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

/* What came of the requests of each kind. */
struct tally {
	unsigned int requests;
	int err;
};

static int new_slots(const struct vcc_type *type, struct vcc_slot **slots)
{
	struct vcc_slot *slot;
	unsigned int i;
	int err;

	for (i = 0; i < VCC_RING; i++) {
		slot = kzalloc(type->slot_size, GFP_KERNEL);
		slots[i] = slot;
		if (!slot)
			return -ENOMEM;
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

static void free_slots(const struct vcc_type *type, struct vcc_slot **slots)
{
	unsigned int i;

	if (vct_stuck)
		return;
	for (i = 0; i < VCC_RING && slots[i]; i++) {
		type->exit_slot(slots[i]);
		kfree(slots[i]->want);
		kfree(slots[i]->keep);
		kfree(slots[i]);
	}
}

static void describe(const struct vcc_type *type, const struct vcc_slot *slot)
{
	const struct vct_shape *s = &slot->shape;

	type->describe(slot);
	vct_fault("... request %u: %s, %s, %u/%u+%u bytes, %u/%u fragments%s%s%s, flags %#x",
		  slot->number, type->kinds[slot->kind], vct_mode_name[s->mode],
		  s->len, s->dst_len ?: s->len, s->tail, s->src_frags,
		  s->dst_frags, s->empty ? ", empty entries" : "",
		  s->chained ? ", chained" : "", s->paged ? ", pages" : "",
		  slot->flags);
}

static void end_slot(const struct vcc_type *type, struct vcc_slot *slot,
		     struct tally *tally, int err)
{
	if (err) {
		describe(type, slot);
		tally[slot->kind].err = tally[slot->kind].err ?: err;
	}
	if (slot->layout)
		vct_layout_free(slot->layout);
	slot->layout = NULL;
	slot->state = VCC_IDLE;
}

static void finish_slot(const struct vcc_type *type, struct vcc_slot *slot,
			struct tally *tally)
{
	int err;

	if (slot->state != VCC_BUSY || vct_stuck)
		return;
	err = vcc_call_wait(&slot->call);
	if (err != -ETIMEDOUT && err != -EPROTO)
		err = type->finish(slot, err);
	end_slot(type, slot, tally, err);
}

static void submit_all(const struct vcc_type *type,
		       struct vcc_slot **slots)
{
	unsigned int i;

	for (i = 0; i < VCC_RING; i++) {
		if (slots[i]->state != VCC_READY)
			continue;
		slots[i]->state = VCC_BUSY;
		type->submit(slots[i]);
	}
}

static void drain(const struct vcc_type *type, struct vcc_slot **slots,
		  struct tally *tally)
{
	unsigned int i;

	submit_all(type, slots);
	for (i = 0; i < VCC_RING; i++)
		finish_slot(type, slots[i], tally);
}

/* Any slot that does not wait for submission; there is always one. */
static struct vcc_slot *any_slot(struct vcc_slot **slots, struct rnd_state *rng)
{
	unsigned int i = vct_rnd(rng, VCC_RING);

	while (slots[i]->state == VCC_READY)
		i = (i + 1) % VCC_RING;
	return slots[i];
}

static void next_request(const struct vcc_type *type, struct vcc_slot *slot,
			 unsigned int number, struct tally *tally,
			 struct rnd_state *rng)
{
	int err;

	slot->number = number;
	slot->kind = type->pattern[number % strlen(type->pattern)] - '0';
	slot->flags = CRYPTO_TFM_REQ_MAY_BACKLOG;
	if (vct_rnd(rng, 2))
		slot->flags |= CRYPTO_TFM_REQ_MAY_SLEEP;
	tally[slot->kind].requests++;
	err = type->prepare(slot, rng);
	if (err)
		end_slot(type, slot, tally, err);
	else
		slot->state = VCC_READY;
}

static int go_round(const struct vcc_type *type, struct vcc_slot **slots,
		    struct tally *tally, struct rnd_state *rng)
{
	unsigned int i, ready = 0, burst = VCC_RING;
	struct vcc_slot *slot;
	int err;

	for (i = 0; i < vct.count && !vct_stuck; i++) {
		if (!vct_rnd(rng, REKEY_EVERY)) {
			drain(type, slots, tally);
			ready = 0;
			if (vct_stuck)
				break;
			err = type->rekey(rng);
			if (err)
				return err;
		}
		if (ready == burst) {
			submit_all(type, slots);
			burst = 1 + vct_rnd(rng, VCC_RING);
			ready = 0;
		}
		slot = any_slot(slots, rng);
		finish_slot(type, slot, tally);
		if (vct_stuck)
			break;
		next_request(type, slot, i, tally, rng);
		ready++;
	}
	drain(type, slots, tally);
	return 0;
}

static int report(const struct vcc_type *type, const struct tally *tally)
{
	unsigned int i;
	int err = 0;

	vct_note("at most %u requests in flight, %d overtaken by others",
		 most_in_flight, atomic_read(&overtaken));
	for (i = 0; type->kinds[i]; i++) {
		int this = tally[i].err;

		if (!tally[i].requests)
			this = -ENODATA;
		err = vct_result(this, "%s, %u requests", type->kinds[i],
				 tally[i].requests) ?: err;
	}
	return err;
}

/**
 * vcc_ring() - the whole test
 * @type: of the algorithm
 * @rng: source of randomness
 *
 * Return: 0 or an error.
 */
int vcc_ring(const struct vcc_type *type, struct rnd_state *rng)
{
	struct vcc_slot *slots[VCC_RING] = {};
	struct tally tally[MAX_KINDS] = {};
	int err;

	err = type->open(rng) ?: new_slots(type, slots);
	if (!err)
		err = go_round(type, slots, tally, rng);
	if (err)
		err = vct_result(err, "transforms, keys and memory");
	else
		err = report(type, tally);
	free_slots(type, slots);
	if (!vct_stuck)
		type->close();
	return err;
}
