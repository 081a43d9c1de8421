/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The virtio_crypto authors
 *
 * vccompare - shared by the files of the module.
 *
 * vccompare_main.c      parameters, results
 * vccompare_shared.c    files that vctest has, too
 * vccompare_ring.c      many requests in flight; keys; writers
 * the others            one kind of algorithm each
 */
#ifndef VCCOMPARE_H
#define VCCOMPARE_H

#include "vctest.h"

/* Requests in flight. */
#define VCC_RING	16

/* Linear buffer for all bytes of a request. */
#define VCC_ROOM	(SZ_8K + SZ_1K)

#define VCC_IV_ROOM	64

/* Kinds of requests that a type may have. */
#define VCC_MAX_KINDS	8

/* Writers at once. */
#define VCC_MAX_WRITERS	64

/* Software only: no hardware driver, and nothing built on one, as in vctest. */
#define VCC_REF_MASK	(CRYPTO_ALG_ASYNC | CRYPTO_ALG_NEED_FALLBACK | \
			 CRYPTO_ALG_KERN_DRIVER_ONLY)

/**
 * struct vcc_call - one asynchronous call
 * @wait: first, see vcc_call_wait()
 * @base: its request
 * @kept: the request as it was submitted
 * @ret: return value of the submission
 * @err: error of the completion
 * @seq: sequence number of the submission
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
 * struct vcc_slot - a place of the ring; types add more after it
 * @call: the request
 * @writer: its writer
 * @state: idle, prepared, or submitted
 * @kind: index of its kind among the type's kinds
 * @number: sequence number of the request
 * @key_nr: number of the key that it was submitted with
 * @flags: CRYPTO_TFM_REQ_*
 * @hardware: set by the type: nothing of the request is for a driver's software
 * @shape: shape of its memory
 * @layout: its memory
 * @want: VCC_ROOM bytes, the expected result
 * @keep: VCC_ROOM bytes, for other data
 * @iv: in @iv_room, at any alignment
 * @iv_room: the iv and bytes around it
 * @iv_want: expected content of @iv_room afterwards
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
 * struct vcc_tally - results of the requests of a kind
 * @requests: number of requests
 * @given_up: of these, failed with -EIO because the key has changed, which is allowed
 * @err: the first error of the others
 */
struct vcc_tally {
	unsigned int requests;
	unsigned int given_up;
	int err;
};

/**
 * struct vcc_writer - a thread with a transform; types add more after it
 * @type: type of the algorithm
 * @rng: source of all random values of the writer
 * @slot: the ring
 * @tally: by kind of request
 * @key_nr: number of keys so far
 * @crossed: requests in flight while a key was changed
 * @hardware: requests of which nothing is for a driver's software
 * @submitted: number of submitted requests
 * @newest: the last submitted of the completed requests
 * @overtaken: requests completed after one that was submitted later
 * @err: error that stopped it
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
 * @name: value of the parameter type
 * @kinds: kinds of requests, ending with NULL
 * @pattern: digits, the order of kinds
 * @count: default number of requests
 * @writer_size: size of its writers, which begin with a struct vcc_writer
 * @slot_size: size of its slots, which begin with a struct vcc_slot
 * @open: allocate transforms and set keys
 * @close: free what open() has allocated, even if it failed
 * @rekey: set new keys; requests in flight have to be done with the old ones
 * @init_slot: allocate requests
 * @exit_slot: free them, even if init_slot() failed
 * @prepare: prepare a request of slot->kind and its expected result, and set
 *           slot->hardware
 * @submit: submit it; the result of that is in slot->call
 * @finish: compare; @err is the result of the driver
 * @describe: describe a request that failed
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
