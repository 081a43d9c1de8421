/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The virtio_crypto authors
 *
 * vctest - shared by the files of the module.
 *
 * vctest_main.c    parameters, the table of tests
 * vctest_report.c  results, random numbers
 * vctest_cipher.c  a transform and its software reference; one request
 * vctest_layout.c  memory and scatterlists of every shape, with guards
 * vctest_anykey.c  keys for algorithms of any kind
 * vctest_engine.c  many requests in flight from several threads
 * the others       tests
 */
#ifndef VCTEST_H
#define VCTEST_H

#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/llist.h>
#include <linux/prandom.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>
#include <linux/wait.h>
#include <crypto/skcipher.h>

/* 6.19: allocation by type; Debian's 6.12 has it, too. */
#ifndef kzalloc_obj
#define kzalloc_obj(obj)	kzalloc(sizeof(obj), GFP_KERNEL)
#define kvzalloc_obj(obj)	kvzalloc(sizeof(obj), GFP_KERNEL)
#endif

/* Longest key of the skciphers under test: xts with AES-256. */
#define VCT_MAX_KEY	64
#define VCT_MAX_IV	32

/* Size of a buffer for any key: an AEAD has two keys and a header. */
#define VCT_ANY_KEY	300

/* vctest_main.c */

/* Module parameters; README.md says which test uses which. */
struct vct_params {
	char *test;
	char *alg;
	char *ref;
	char *fill;
	ulong seed;
	uint loops;
	uint count;
	uint depth;
	uint len;
	uint keylen;
	uint limit;
	uint frags;
	uint secs;
	uint threads;
	uint timeout;
	uint backlog;
	uint pace;
	uint empty;
	bool allow_eio;
	bool need_full;
};

extern struct vct_params vct;

/* vctest_report.c */

/*
 * Set when a request did not complete in time: from then on, nothing that the
 * driver may still access is freed, and the test ends.
 */
extern bool vct_stuck;

__printf(1, 2) void vct_note(const char *fmt, ...);
__printf(1, 2) void vct_fault(const char *fmt, ...);
__printf(2, 3) int vct_result(int err, const char *fmt, ...);
unsigned int vct_nr_results(void);
void vct_rnd_init(struct rnd_state *rng, u32 stream);
void vct_check_context(void);

static inline u32 vct_rnd(struct rnd_state *rng, u32 below)
{
	return prandom_u32_state(rng) % below;
}

static inline unsigned long vct_timeout(void)
{
	return vct.timeout * HZ;
}

/* vctest_cipher.c */

/* Since 6.3, a completion callback gets the data instead of the request. */
#ifdef VCTEST_COMPLETION_TAKES_DATA
#define VCT_CB_ARG		void
#define vct_cb_data(arg)	(arg)
#else
#define VCT_CB_ARG		struct crypto_async_request
#define vct_cb_data(arg)	((arg)->data)
#endif

/**
 * struct vct_pair - a transform under test and a software one with its key
 * @tfm: under test
 * @ref: synchronous, never hardware
 * @blocksize: of both
 * @ivsize: of both
 * @checks_iv: whether the iv after a request is defined for this mode
 * @key: the current key of both
 * @keylen: its length
 */
struct vct_pair {
	struct crypto_skcipher *tfm;
	struct crypto_skcipher *ref;
	unsigned int blocksize;
	unsigned int ivsize;
	bool checks_iv;
	u8 key[VCT_MAX_KEY];
	unsigned int keylen;
};

/**
 * struct vct_call - one request that somebody waits for
 * @wait: first, see vct_abandon()
 * @req: the request
 * @iv: its iv, VCT_MAX_IV bytes at any alignment
 * @ret: what submission returned
 * @src: as submitted, to see whether the driver changes it
 * @dst: likewise
 * @len: likewise
 * @err: what it completed with
 * @notified: completions with -EINPROGRESS
 * @finals: other completions
 * @iv_room: where @iv is
 */
struct vct_call {
	struct crypto_wait wait;
	struct skcipher_request *req;
	u8 *iv;
	int ret;
	struct scatterlist *src;
	struct scatterlist *dst;
	unsigned int len;
	int err;
	atomic_t notified;
	atomic_t finals;
	u8 iv_room[VCT_MAX_IV + 16];
};

struct vct_call *vct_call_new(const struct vct_pair *pair);
void vct_call_free(struct vct_call *call);
void vct_call_submit(struct vct_call *call, bool enc, u32 flags,
		     struct scatterlist *src, struct scatterlist *dst,
		     unsigned int len);
int vct_call_wait(struct vct_call *call);
int vct_pair_open(struct vct_pair *pair, const char *alg);
void vct_pair_close(struct vct_pair *pair);
int vct_pair_new_key(struct vct_pair *pair, struct rnd_state *rng);
int vct_ref_new_key(struct vct_pair *pair, struct rnd_state *rng);
void vct_random_iv(const struct vct_pair *pair, struct rnd_state *rng, u8 *iv);
unsigned int vct_random_len(const struct vct_pair *pair, struct rnd_state *rng,
			    unsigned int max);
int vct_reference(const struct vct_pair *pair, bool enc, u8 *buf,
		  unsigned int len, u8 *iv);
int vct_crypt(const struct vct_pair *pair, bool enc, u32 flags,
	      struct scatterlist *src, struct scatterlist *dst,
	      unsigned int len, u8 *iv);
int vct_crypt_flat(const struct vct_pair *pair, bool enc, u8 *buf,
		   unsigned int len, u8 *iv);
void vct_abandon(struct crypto_async_request *req, crypto_completion_t ours);

/* vctest_layout.c */

/* The place of the result. */
enum vct_mode {
	VCT_OUT_OF_PLACE,
	VCT_IN_PLACE,		/* one list */
	VCT_IN_PLACE_TWO_LISTS,	/* two lists of the same memory, with different fragments */
	VCT_MIXED,		/* dst is partly src's memory */
	VCT_MODES,		/* any request may have these; the others are for AEADs */
	VCT_SAME_ENDS = VCT_MODES, /* two lists with the same memory at both ends */
	VCT_ALL_MODES
};

extern const char * const vct_mode_name[VCT_ALL_MODES];

/**
 * struct vct_shape - description of the lists of a request
 * @mode: place of the result
 * @len: bytes to encrypt or decrypt
 * @dst_len: bytes that a separate destination has instead, if not 0
 * @head: with VCT_SAME_ENDS, bytes before these, in the same place for both lists
 * @foot: the same, after them
 * @tail: bytes that the lists have beyond these
 * @src_frags: number of fragments of the source
 * @dst_frags: number of fragments of the destination, if it is separate
 * @empty: put entries of length zero in the middle
 * @chained: chain several tables
 * @paged: pages of vmalloc'd memory instead of fragments
 */
struct vct_shape {
	enum vct_mode mode;
	unsigned int len;
	unsigned int dst_len;
	unsigned int head;
	unsigned int foot;
	unsigned int tail;
	unsigned int src_frags;
	unsigned int dst_frags;
	bool empty;
	bool chained;
	bool paged;
};

struct vct_frag;

struct vct_list {
	struct vct_frag *frag;
	unsigned int nr;
	unsigned int room;
	struct scatterlist *sg;
};

struct vct_layout {
	struct list_head regions;
	struct vct_list src;
	struct vct_list dst;
	bool same;
};

struct vct_layout *vct_layout_make(const struct vct_shape *shape,
				   struct rnd_state *rng);
struct scatterlist *vct_layout_src(const struct vct_layout *layout);
struct scatterlist *vct_layout_dst(const struct vct_layout *layout);
void vct_layout_read(const struct vct_layout *layout, u8 *buf, unsigned int len);
void vct_layout_read_dst(const struct vct_layout *layout, u8 *buf,
			 unsigned int len);
void vct_layout_write(struct vct_layout *layout, const u8 *buf, unsigned int len);
void vct_layout_expect(struct vct_layout *layout, const u8 *buf, unsigned int len);
void vct_layout_forgive(struct vct_layout *layout, unsigned int len);
bool vct_layout_matches(const struct vct_layout *layout);
void vct_layout_free(struct vct_layout *layout);

/* vctest_anykey.c */

unsigned int vct_any_key(const char *name, struct rnd_state *rng, u8 *key,
			 bool nokey, bool *soft);

/* vctest_engine.c */

/* What a worker does when the driver is full. */
enum vct_backlog {
	VCT_NO_BACKLOG,		/* -ENOSPC: try again later */
	VCT_POLITE,		/* -EBUSY: stop until notified */
	VCT_PUSHY,		/* -EBUSY: ignore it */
	VCT_ALTERNATING,	/* worker by worker, one of the three */
};

/**
 * struct vct_load - description of the load of an engine
 * @pairs: transforms to use, with keys
 * @nr_pairs: number of these
 * @workers: threads, each bound to a CPU
 * @depth: total number of requests in flight
 * @len: bytes per request; 0 for random lengths
 * @backlog: behaviour at a full queue
 * @requests: total number of requests; 0 to continue until told to stop
 * @timeout: jiffies after which requests count as lost
 * @verify: compare results, overwrite buffers between requests
 * @allow_eio: an in-place request may fail with -EIO
 */
struct vct_load {
	struct vct_pair *pairs;
	unsigned int nr_pairs;
	unsigned int workers;
	unsigned int depth;
	unsigned int len;
	enum vct_backlog backlog;
	u64 requests;
	unsigned long timeout;
	bool verify;
	bool allow_eio;
};

/* Results. vct_engine_stop() fills them in. */
struct vct_counts {
	u64 done;		/* completed with success, whether correct or wrong */
	u64 bytes;
	u64 immediate;		/* of these, without a callback */
	u64 busy;		/* -EBUSY returned */
	u64 notified;		/* -EINPROGRESS delivered */
	u64 nospc;		/* -ENOSPC returned */
	u64 eio;		/* -EIO that was allowed */
	u64 wrong;		/* wrong data or iv */
	u64 errors;		/* any other error */
	u64 contract;		/* broken rules of the crypto API */
	u64 lost;		/* never completed */
	s64 usecs;
};

struct vct_engine;

struct vct_engine *vct_engine_start(const struct vct_load *load);
bool vct_engine_finished(struct vct_engine *engine);
bool vct_engine_waits(struct vct_engine *engine);
void vct_engine_stop(struct vct_engine *engine, struct vct_counts *counts);
int vct_counts_verdict(const struct vct_counts *c);
void vct_counts_print(const char *what, const struct vct_counts *c);

/* vctest_load.c */

struct vct_engine *vct_fill_start(struct rnd_state *rng);
int vct_fill_stop(struct vct_engine *engine);

/* Tests: 0 or the first error, results reported with vct_result(). */

int vct_test_shapes(struct rnd_state *rng);
int vct_test_sizes(struct rnd_state *rng);
int vct_test_many(struct rnd_state *rng);
int vct_test_setkey(struct rnd_state *rng);
int vct_test_rekey(struct rnd_state *rng);
int vct_test_rekey_race(struct rnd_state *rng);
int vct_test_ring(struct rnd_state *rng);
int vct_test_atomic(struct rnd_state *rng);
int vct_test_starve(struct rnd_state *rng);
int vct_test_order(struct rnd_state *rng);
int vct_test_load(struct rnd_state *rng);
int vct_test_speed(struct rnd_state *rng);

/* The load that continues while the module is loaded. */
int vct_load_bg_start(struct rnd_state *rng);
int vct_load_bg_stop(void);

#endif /* VCTEST_H */
