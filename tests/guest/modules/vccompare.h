/* SPDX-License-Identifier: GPL-2.0 */
/*
 * vccompare - what the files of the module share.
 *
 * vccompare_main.c      parameters, results
 * vccompare_shared.c    what vctest has too
 * vccompare_ring.c      many requests in flight; keys
 * the others            a kind of algorithm each
 */
#ifndef VCCOMPARE_H
#define VCCOMPARE_H

#include "vctest.h"

/* Requests in flight. */
#define VCC_RING	16

/* Room for all bytes of a request, flat. */
#define VCC_ROOM	(SZ_8K + SZ_1K)

/* Room for any key: an AEAD of two, with a header. */
#define VCC_MAX_KEY	300

#define VCC_IV_ROOM	64

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

/**
 * struct vcc_slot - a place of the ring; types have more behind it
 * @call: the request
 * @state: idle, made up, or submitted
 * @kind: which of the type's kinds it is
 * @number: the how manieth request
 * @flags: CRYPTO_TFM_REQ_*
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
	enum vcc_state state;
	unsigned int kind;
	unsigned int number;
	u32 flags;
	struct vct_shape shape;
	struct vct_layout *layout;
	u8 *want;
	u8 *keep;
	u8 *iv;
	u8 iv_room[VCC_IV_ROOM];
	u8 iv_want[VCC_IV_ROOM];
};

/**
 * struct vcc_type - a kind of algorithms
 * @name: of the parameter type
 * @kinds: of requests, up to a NULL
 * @pattern: digits, which kinds in turn
 * @count: requests, if not told otherwise
 * @slot_size: of its slots, which begin with a struct vcc_slot
 * @open: allocate transforms and key them
 * @close: free what open() has allocated, also when it failed
 * @rekey: new keys; nothing is in flight
 * @init_slot: allocate requests
 * @exit_slot: free them, also when init_slot() failed
 * @prepare: make up a request of slot->kind, with its answer
 * @submit: submit it; what that said is in slot->call
 * @finish: compare; @err is what the driver came to
 * @describe: say what is special about a request that failed
 */
struct vcc_type {
	const char *name;
	const char * const *kinds;
	const char *pattern;
	unsigned int count;
	size_t slot_size;
	int (*open)(struct rnd_state *rng);
	void (*close)(void);
	int (*rekey)(struct rnd_state *rng);
	int (*init_slot)(struct vcc_slot *slot);
	void (*exit_slot)(struct vcc_slot *slot);
	int (*prepare)(struct vcc_slot *slot, struct rnd_state *rng);
	void (*submit)(struct vcc_slot *slot);
	int (*finish)(struct vcc_slot *slot, int err);
	void (*describe)(const struct vcc_slot *slot);
};

/* vccompare_main.c */
extern bool vcc_nokey;

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
unsigned int vcc_random_key(const char *name, struct rnd_state *rng, u8 *key,
			    bool *soft);
unsigned int vcc_random_len(unsigned int max, unsigned int step,
			    struct rnd_state *rng);
int vcc_ring(const struct vcc_type *type, struct rnd_state *rng);

#endif /* VCCOMPARE_H */
