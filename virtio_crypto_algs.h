/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Between the files about algorithms: virtio_crypto_*_algs.c have the tables
 * and serve callers, virtio_crypto_algs.c does what goes for all tables,
 * virtio_crypto_trial.c finds out what a device really does.
 */
#ifndef VIRTIO_CRYPTO_ALGS_H
#define VIRTIO_CRYPTO_ALGS_H

#include <linux/completion.h>
#include <linux/percpu.h>
#include <linux/scatterlist.h>
#include <linux/workqueue.h>

#include "virtio_crypto_common.h"

/* Software that may do a request instead of us, from where we were called. */
#define VIRTCRYPTO_FALLBACK_MASK (CRYPTO_ALG_ASYNC | CRYPTO_ALG_NEED_FALLBACK | \
				  CRYPTO_ALG_ALLOCATES_MEMORY)

/* What all our algorithms are. */
#define VIRTCRYPTO_ALG_FLAGS	(CRYPTO_ALG_ASYNC | CRYPTO_ALG_NEED_FALLBACK | \
				 CRYPTO_ALG_KERN_DRIVER_ONLY)

/* Who did a request, and if not a device, why. */
enum virtcrypto_count {
	VIRTCRYPTO_OFFLOADED,
	VIRTCRYPTO_FB_NODEV,	/* there is no usable device */
	VIRTCRYPTO_FB_NOSESSION,	/* the device gives no session now */
	VIRTCRYPTO_FB_FRAGS,	/* too many fragments for a ring */
	VIRTCRYPTO_FB_SIZE,	/* more than max_size */
	VIRTCRYPTO_FB_LENGTH,	/* the device does not take such a length */
	VIRTCRYPTO_FB_NOMEM,	/* could not be mapped */
	VIRTCRYPTO_FB_BUSY,	/* too many wait, and this one may not */
	VIRTCRYPTO_FB_LOST,	/* the device went away, or refused the request */
	VIRTCRYPTO_FB_ERROR,	/* the device failed at it */
	VIRTCRYPTO_FB_PARTS,	/* it came in parts, or with nothing to do */
	VIRTCRYPTO_EIO,		/* the device failed; the input, or the key, is gone */
	VIRTCRYPTO_NR_COUNTS
};

/* Has software do a caller's request; @flags tell whether it may sleep. */
typedef int (*virtcrypto_soft_t)(struct crypto_async_request *base, u32 flags);

/**
 * struct virtcrypto_redo - what software does later, where it may sleep
 * @work: does it
 * @row: the algorithm
 * @vr: the request
 * @why: why not a device
 * @soft: how software does it
 */
struct virtcrypto_redo {
	struct work_struct work;
	const struct virtcrypto_row *row;
	struct virtcrypto_req *vr;
	enum virtcrypto_count why;
	virtcrypto_soft_t soft;
};

struct virtcrypto_counts {
	u64 count[VIRTCRYPTO_NR_COUNTS];
};

/**
 * struct virtcrypto_row - an algorithm: the head of a row of any table
 * @name: the crypto API's name of it
 * @driver_name: ours
 * @params: what sessions of it are for, but for what comes with a key
 * @id: number among all rows of all tables
 * @counts: who did the requests
 * @registered: known to the crypto API; under the registry's lock
 */
struct virtcrypto_row {
	const char *name;
	const char *driver_name;
	struct virtcrypto_params params;
	unsigned int id;
	struct virtcrypto_counts __percpu *counts;
	bool registered;
};

/**
 * struct virtcrypto_sync - a request that somebody waits for
 * @vr: the request
 * @base: stands for the caller's request, which there is none of
 * @done: the request was completed
 * @err: with this error
 */
struct virtcrypto_sync {
	struct virtcrypto_req vr;
	struct crypto_async_request base;
	struct completion done;
	int err;
} __aligned(CRYPTO_DMA_ALIGN);

/* The longest nonce that comes with a key. */
#define VIRTCRYPTO_MAX_SALT	4

/* Bytes that a trial works on, and the longest key that is not a constant. */
#define VIRTCRYPTO_TRIAL_ROOM	256
#define VIRTCRYPTO_TRIAL_KEY	256

/**
 * struct virtcrypto_trial - requests with a known answer, for a device to do
 * @sync: the request
 * @key: the key and its sessions, at the device on trial
 * @soft: the software that knows the answer
 * @src: list of @in
 * @dst: list of @out
 * @bytes: room for the key, filled with something
 * @bytes_len: its length, if software gets it later
 * @iv: the iv, filled with something
 * @nonce: what came with the key
 * @want: the answer
 * @in: what the device gets, filled with something
 * @in2: what it gets back
 * @out: what the device returns
 */
struct virtcrypto_trial {
	struct virtcrypto_sync sync;
	struct virtcrypto_key key;
	void *soft;
	struct scatterlist src;
	struct scatterlist dst;
	u8 bytes[VIRTCRYPTO_TRIAL_KEY];
	unsigned int bytes_len;
	u8 iv[VIRTCRYPTO_MAX_IV_SIZE];
	u8 nonce[VIRTCRYPTO_MAX_SALT];
	u8 want[VIRTCRYPTO_TRIAL_ROOM];
	u8 in[VIRTCRYPTO_TRIAL_ROOM] __aligned(CRYPTO_DMA_ALIGN);
	u8 in2[VIRTCRYPTO_TRIAL_ROOM] __aligned(CRYPTO_DMA_ALIGN);
	u8 out[VIRTCRYPTO_TRIAL_ROOM] __aligned(CRYPTO_DMA_ALIGN);
} __aligned(CRYPTO_DMA_ALIGN);

/**
 * struct virtcrypto_class - a table
 * @rows: the first row; each begins with a struct virtcrypto_row
 * @size: bytes of a row
 * @nr: number of rows
 * @setup: make the rows, of a table that has to be made
 * @trial_init: make the software and give both it and trial->key the longest
 *	key that the device takes; -EOPNOTSUPP if it takes none
 * @trial_key: give them a key of another length, the first, second and so on
 *	that there are; -ENOENT if there is none
 * @trial_run: have one queue do some requests, with odd lengths if @tail
 * @trial_exit: free the software
 * @has_tails: are there odd lengths, that a device may not do?
 * @add: make a row known to the crypto API
 * @del: and unknown again
 */
struct virtcrypto_class {
	void *rows;
	size_t size;
	unsigned int nr;
	void (*setup)(void);
	int (*trial_init)(struct virtcrypto_trial *trial,
			  const struct virtcrypto_row *row);
	int (*trial_key)(struct virtcrypto_trial *trial,
			 const struct virtcrypto_row *row, unsigned int nth);
	int (*trial_run)(struct virtcrypto_trial *trial,
			 const struct virtcrypto_row *row,
			 struct virtcrypto_dataq *q, bool tail);
	void (*trial_exit)(struct virtcrypto_trial *trial);
	bool (*has_tails)(const struct virtcrypto_row *row);
	int (*add)(struct virtcrypto_row *row);
	void (*del)(struct virtcrypto_row *row);
};

/* Lengths of keys to be tried, the longest first; 0 if there are no more. */
static inline unsigned int virtcrypto_trial_key_len(unsigned int min,
						    unsigned int max,
						    unsigned int nth)
{
	switch (nth) {
	case 0:
		return max;
	case 1:
		return min == max ? 0 : min;
	case 2:
		/* AES has one in between; two keys of AES, in XTS, have not. */
		return max - min == 16 ? min + 8 : 0;
	default:
		return 0;
	}
}

static inline void virtcrypto_row_count(const struct virtcrypto_row *row,
					enum virtcrypto_count what)
{
	this_cpu_inc(row->counts->count[what]);
}

/* The tables. */
extern const struct virtcrypto_class virtcrypto_skcipher_class;
extern const struct virtcrypto_class virtcrypto_hash_class;
extern const struct virtcrypto_class virtcrypto_akcipher_class;
extern const struct virtcrypto_class virtcrypto_sig_class;
extern const struct virtcrypto_class virtcrypto_aead_class;
extern const struct virtcrypto_class virtcrypto_chain_class;

/* virtio_crypto_algs.c */
void virtcrypto_alg_init(struct crypto_alg *base,
			 const struct virtcrypto_row *row, int priority);
enum virtcrypto_count virtcrypto_why(int err, bool accepted);
int virtcrypto_redo(const struct virtcrypto_row *row, struct virtcrypto_req *vr,
		    int err, virtcrypto_soft_t soft);
void virtcrypto_redo_later(struct virtcrypto_redo *redo,
			   const struct virtcrypto_row *row,
			   struct virtcrypto_req *vr, enum virtcrypto_count why,
			   virtcrypto_soft_t soft);
int virtcrypto_slow_soft(struct virtcrypto_redo *redo,
			 const struct virtcrypto_row *row,
			 struct virtcrypto_req *vr, int err,
			 virtcrypto_soft_t soft);
void virtcrypto_number_expect(u8 *buf, unsigned int size);
int virtcrypto_number_place(u8 *buf, unsigned int size, unsigned int used);
void virtcrypto_sync_begin(struct virtcrypto_sync *sync,
			   struct virtcrypto_dataq *q);
int virtcrypto_sync_submit(struct virtcrypto_sync *sync,
			   struct virtcrypto_key *key, u32 dir);

/* virtio_crypto_trial.c */
int virtcrypto_trial(struct virtcrypto_device *dev,
		     const struct virtcrypto_class *class,
		     const struct virtcrypto_row *row, bool *tails);

#endif /* VIRTIO_CRYPTO_ALGS_H */
