/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The virtio_crypto authors
 *
 * vccompare - what the files of the module share.
 *
 * vccompare_main.c      parameters, results
 * vccompare_shared.c    what vctest has too
 * vccompare_ring.c      many requests in flight; keys; writers
 * the others            a kind of algorithm each
 */
#ifndef VCCOMPARE_H
#define VCCOMPARE_H

#include "vctest.h"

/* Requests in flight. */
#define VCC_RING	16

/* Room for all bytes of a request, flat. */
#define VCC_ROOM	(SZ_8K + SZ_1K)

#define VCC_IV_ROOM	64

/* Kinds of requests that a type may have. */
#define VCC_MAX_KINDS	8

/* Writers at once. */
#define VCC_MAX_WRITERS	64

/* Software that is neither hardware nor built on it, as vctest has it. */
#define VCC_REF_MASK	(CRYPTO_ALG_ASYNC | CRYPTO_ALG_NEED_FALLBACK | \
			 CRYPTO_ALG_KERN_DRIVER_ONLY)

/**
 * struct vcc_call - one asynchronous call
 * @wait: first, see vcc_call_wait()
 * @base: its request
 * @kept: the request as it was submitted
 * @ret: what submission returned
 * @err: what it completed with
 * @seq: the how manieth it is
 * @notified: completions with -EINPROGRESS
 * @finals: other completions
 */
struct vcc_call {
	struct crypto_wait wait;
	struct crypto_async_request *base;
	struct crypto_async_request kept;
	int ret;
	int err;
	unsigned int seq;
	atomic_t notified;
	atomic_t finals;
};

enum vcc_state { VCC_IDLE, VCC_READY, VCC_BUSY };

struct vcc_writer;

/**
 * struct vcc_slot - a place of the ring; types have more behind it
 * @call: the request
 * @writer: whose it is
 * @state: idle, made up, or submitted
 * @kind: which of the type's kinds it is
 * @number: the how manieth request
 * @key_nr: the how manieth key it was submitted with
 * @flags: CRYPTO_TFM_REQ_*
 * @hardware: set by the type: nothing about it is for a driver's software
 * @shape: of its memory
 * @layout: its memory
 * @want: VCC_ROOM bytes, what has to come out
 * @keep: VCC_ROOM bytes, for other things
 * @iv: in @iv_room, at any alignment
 * @iv_room: the iv and bytes around it
 * @iv_want: what @iv_room has to be in the end
 */
struct vcc_slot {
	struct vcc_call call;
	struct vcc_writer *writer;
	enum vcc_state state;
	unsigned int kind;
	unsigned int number;
	unsigned int key_nr;
	u32 flags;
	bool hardware;
	struct vct_shape shape;
	struct vct_layout *layout;
	u8 *want;
	u8 *keep;
	u8 *iv;
	u8 iv_room[VCC_IV_ROOM];
	u8 iv_want[VCC_IV_ROOM];
};

/**
 * struct vcc_tally - what came of the requests of a kind
 * @requests: how many there were
 * @given_up: of these, with -EIO because the key has changed, which is allowed
 * @err: the first error of the others
 */
struct vcc_tally {
	unsigned int requests;
	unsigned int given_up;
	int err;
};

/**
 * struct vcc_writer - a thread with a transform; types have more behind it
 * @type: of the algorithm
 * @rng: source of all that is random here
 * @slot: the ring
 * @tally: by kind of request
 * @key_nr: keys that there were
 * @crossed: requests in flight while a key was changed
 * @hardware: requests of which nothing is for a driver's software
 * @submitted: requests that there were
 * @newest: of those that are completed, the one that was submitted last
 * @overtaken: requests completed after one that was submitted later
 * @err: what kept it from going on
 * @done: its thread has ended
 */
struct vcc_writer {
	const struct vcc_type *type;
	struct rnd_state rng;
	struct vcc_slot *slot[VCC_RING];
	struct vcc_tally tally[VCC_MAX_KINDS];
	unsigned int key_nr;
	unsigned int crossed;
	unsigned int hardware;
	unsigned int submitted;
	unsigned int newest;
	atomic_t overtaken;
	int err;
	struct completion done;
};

/**
 * struct vcc_type - a kind of algorithms
 * @name: of the parameter type
 * @kinds: of requests, up to a NULL
 * @pattern: digits, which kinds in turn
 * @count: requests, if not told otherwise
 * @writer_size: of its writers, which begin with a struct vcc_writer
 * @slot_size: of its slots, which begin with a struct vcc_slot
 * @open: allocate transforms and key them
 * @close: free what open() has allocated, also when it failed
 * @rekey: new keys; what is in flight is to come out as with the old ones
 * @init_slot: allocate requests
 * @exit_slot: free them, also when init_slot() failed
 * @prepare: make up a request of slot->kind, with its answer, and set
 *           slot->hardware
 * @submit: submit it; what that said is in slot->call
 * @finish: compare; @err is what the driver came to
 * @describe: say what is special about a request that failed
 */
struct vcc_type {
	const char *name;
	const char * const *kinds;
	const char *pattern;
	unsigned int count;
	size_t writer_size;
	size_t slot_size;
	int (*open)(struct vcc_writer *w);
	void (*close)(struct vcc_writer *w);
	int (*rekey)(struct vcc_writer *w);
	int (*init_slot)(struct vcc_slot *slot);
	void (*exit_slot)(struct vcc_slot *slot);
	int (*prepare)(struct vcc_slot *slot, struct rnd_state *rng);
	void (*submit)(struct vcc_slot *slot);
	int (*finish)(struct vcc_slot *slot, int err);
	void (*describe)(const struct vcc_slot *slot);
};

/* vccompare_main.c */
extern bool vcc_nokey;
extern bool vcc_soft;
extern bool vcc_nowait;
extern uint vcc_writers;
extern uint vcc_idle;
extern bool vcc_rekey_busy;
extern bool vcc_same_ends;

extern const struct vcc_type vcc_skcipher;
extern const struct vcc_type vcc_aead;
extern const struct vcc_type vcc_hash;
extern const struct vcc_type vcc_akcipher;

/* vccompare_ring.c */
void vcc_call_done(VCT_CB_ARG *arg, int err);
void vcc_call_begin(struct vcc_call *call, struct crypto_async_request *base);
int vcc_call_wait(struct vcc_call *call);
void vcc_random_shape(struct vcc_slot *slot, unsigned int src_len,
		      unsigned int dst_len, struct rnd_state *rng);
int vcc_make_layout(struct vcc_slot *slot, struct rnd_state *rng);
void vcc_random_iv(struct vcc_slot *slot, unsigned int len,
		   struct rnd_state *rng);
void vcc_allow_iv(struct vcc_slot *slot, unsigned int len);
int vcc_check_iv(const struct vcc_slot *slot);
unsigned int vcc_random_len(unsigned int max, unsigned int step,
			    struct rnd_state *rng);
int vcc_ring(const struct vcc_type *type);

#endif /* VCCOMPARE_H */
