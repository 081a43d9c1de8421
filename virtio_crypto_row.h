/* SPDX-License-Identifier: GPL-2.0 */
/* Copyright (C) 2026 The virtio_crypto authors */
/*
 * What all algorithms have in common: the head of a row of any table.
 */
#ifndef VIRTIO_CRYPTO_ROW_H
#define VIRTIO_CRYPTO_ROW_H

#include <linux/crypto.h>
#include <linux/percpu.h>

#include "virtio_crypto_common.h"

/* Who did a request, and why if it was not a device. */
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
	VIRTCRYPTO_FB_CHOICE,	/* it is expected to be faster */
	VIRTCRYPTO_FB_PARTS,	/* it came in parts, or with nothing to do */
	VIRTCRYPTO_EIO,		/* the device failed; the input, or the key, is gone */
	VIRTCRYPTO_NR_COUNTS
};

struct virtcrypto_choice;

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
 * @choices: who does requests of each class of sizes, or NULL if always a device
 * @registered: known to the crypto API; under the registry's lock
 */
struct virtcrypto_row {
	const char *name;
	const char *driver_name;
	struct virtcrypto_params params;
	unsigned int id;
	struct virtcrypto_counts __percpu *counts;
	struct virtcrypto_choice *choices;
	bool registered;
};

static inline void virtcrypto_row_count(const struct virtcrypto_row *row,
					enum virtcrypto_count what)
{
	this_cpu_inc(row->counts->count[what]);
}

/**
 * virtcrypto_row_choices() - who does requests of a transform
 * @row: the algorithm
 * @alg: the same for the crypto API
 *
 * Return: the choices, or NULL if a device is to do all that it can: the crypto
 * API's self-tests mean the device.
 */
static inline struct virtcrypto_choice *
virtcrypto_row_choices(const struct virtcrypto_row *row,
		       const struct crypto_alg *alg)
{
	return alg->cra_flags & CRYPTO_ALG_TESTED ? row->choices : NULL;
}

void virtcrypto_row_init_alg(const struct virtcrypto_row *row,
			     struct crypto_alg *base, int priority);

#endif /* VIRTIO_CRYPTO_ROW_H */
