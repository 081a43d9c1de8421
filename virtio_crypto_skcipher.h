/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Between the two files about ciphers: virtio_crypto_skcipher_algs.c has the
 * table and serves callers, virtio_crypto_skcipher_trial.c finds out what a
 * device really does.
 */
#ifndef VIRTIO_CRYPTO_SKCIPHER_H
#define VIRTIO_CRYPTO_SKCIPHER_H

#include <crypto/internal/skcipher.h>
#include <linux/percpu.h>

#include "virtio_crypto_common.h"

/* Software that may do a request instead of us, from where we were called. */
#define VIRTCRYPTO_FALLBACK_MASK (CRYPTO_ALG_ASYNC | CRYPTO_ALG_NEED_FALLBACK | \
				  CRYPTO_ALG_ALLOCATES_MEMORY)

/* What the caller's iv holds after a request. */
enum virtcrypto_iv_rule {
	VIRTCRYPTO_IV_NONE,	/* no iv */
	VIRTCRYPTO_IV_KEEP,	/* what it held before */
	VIRTCRYPTO_IV_CHAIN,	/* the last block of ciphertext */
	VIRTCRYPTO_IV_COUNT,	/* the counter behind the last block */
};

/* Who did a request, and if not a device, why. */
enum virtcrypto_count {
	VIRTCRYPTO_OFFLOADED,
	VIRTCRYPTO_FB_NODEV,	/* there is no usable device */
	VIRTCRYPTO_FB_NOSESSION,	/* the device gives no session now */
	VIRTCRYPTO_FB_FRAGS,	/* too many fragments for a ring */
	VIRTCRYPTO_FB_SIZE,	/* more than max_size */
	VIRTCRYPTO_FB_LENGTH,	/* the device does whole blocks only */
	VIRTCRYPTO_FB_NOMEM,	/* could not be mapped */
	VIRTCRYPTO_FB_LOST,	/* the device went away, or refused the request */
	VIRTCRYPTO_FB_ERROR,	/* the device failed at it */
	VIRTCRYPTO_EIO,		/* the device failed and took the input with it */
	VIRTCRYPTO_NR_COUNTS
};

struct virtcrypto_counts {
	u64 count[VIRTCRYPTO_NR_COUNTS];
};

/**
 * struct virtcrypto_cipher - a row of the table
 * @name: the crypto API's name of the algorithm
 * @driver_name: ours
 * @algo: number on the wire
 * @min_key: shortest key
 * @max_key: longest key
 * @block: bytes that are ciphered at a time
 * @iv: bytes of the iv
 * @rule: what becomes of the iv
 * @min_len: shortest valid length, other than nothing at all if it is 0
 * @tail: lengths that are not whole blocks are valid
 * @counts: who did the requests
 * @registered: @alg is known to the crypto API
 * @alg: made from the rest by virtcrypto_cipher_register()
 */
struct virtcrypto_cipher {
	const char *name;
	const char *driver_name;
	u32 algo;
	u8 min_key;
	u8 max_key;
	u8 block;
	u8 iv;
	u8 rule;
	u8 min_len;
	bool tail;
	struct virtcrypto_counts __percpu *counts;
	bool registered;
	struct skcipher_alg alg;
};

/* virtio_crypto_skcipher_algs.c */
int virtcrypto_cipher_prepare(struct virtcrypto_req *vr,
			      const struct virtcrypto_cipher *row,
			      bool encrypt, struct scatterlist *src,
			      struct scatterlist *dst, unsigned int len,
			      const u8 *iv);

/* virtio_crypto_skcipher_trial.c */
int virtcrypto_cipher_trial(struct virtcrypto_device *dev,
			    const struct virtcrypto_cipher *row, bool *tails);

#endif /* VIRTIO_CRYPTO_SKCIPHER_H */
