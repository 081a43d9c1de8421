/* SPDX-License-Identifier: GPL-2.0 */
/* Copyright (C) 2026 The virtio_crypto authors */
/*
 * Trials: requests with a known answer, before an algorithm is registered.
 */
#ifndef VIRTIO_CRYPTO_TRIAL_H
#define VIRTIO_CRYPTO_TRIAL_H

#include <linux/scatterlist.h>

#include "virtio_crypto_key.h"
#include "virtio_crypto_sync.h"

struct virtcrypto_class;
struct virtcrypto_device;
struct virtcrypto_row;

/* The longest nonce that comes with a key. */
#define VIRTCRYPTO_MAX_SALT	4

/* Bytes of a trial's buffers, and of its longest generated key. */
#define VIRTCRYPTO_TRIAL_ROOM	256
#define VIRTCRYPTO_TRIAL_KEY	256

/**
 * struct virtcrypto_trial - requests with a known answer, for a device to do
 * @sync: the request
 * @key: the key and its sessions, at the device on trial
 * @fallback: software that computes the expected result
 * @src: list of @in
 * @dst: list of @out
 * @bytes: room for the key, filled with something
 * @bytes_len: its length, if the fallback gets it later
 * @iv: the iv, filled with something
 * @nonce: what came with the key
 * @want: the expected result
 * @in: what the device gets, filled with something
 * @in2: what it gets back
 * @out: what the device returns
 */
struct virtcrypto_trial {
	struct virtcrypto_sync sync;
	struct virtcrypto_key key;
	void *fallback;
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

/* The nth length of keys to try, the longest first; 0 if there is none. */
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
		/* AES has a length in between; the two keys of XTS do not. */
		return max - min == 16 ? min + 8 : 0;
	default:
		return 0;
	}
}

int virtcrypto_trial(struct virtcrypto_device *dev,
		     const struct virtcrypto_class *class,
		     const struct virtcrypto_row *row, bool *tails);

#endif /* VIRTIO_CRYPTO_TRIAL_H */
