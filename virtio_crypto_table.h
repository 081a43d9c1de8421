/* SPDX-License-Identifier: GPL-2.0 */
/* Copyright (C) 2026 The virtio_crypto authors */
/*
 * Tables of algorithms, one for each kind.  A file of algorithms defines one;
 * all else is done through this structure.
 */
#ifndef VIRTIO_CRYPTO_TABLE_H
#define VIRTIO_CRYPTO_TABLE_H

#include "virtio_crypto_params.h"
#include "virtio_crypto_row.h"

struct virtcrypto_dataq;
struct virtcrypto_trial;

/**
 * struct virtcrypto_class - a table
 * @rows: the first row; each begins with a struct virtcrypto_row
 * @size: bytes of a row
 * @nr: number of rows
 * @kind: of the algorithms, if they have a choice
 * @chooses: they have one: software may do their requests
 * @setup: fill in the rows, if the table is not constant
 * @trial_init: allocate the fallback and give it and trial->key the longest key
 *	that the device takes; -EOPNOTSUPP if it takes none
 * @trial_key: give them a key of another length, the first, second and so on
 *	that there are; -ENOENT if there is none
 * @trial_run: have one queue do some requests, with odd lengths if @tail
 * @trial_exit: free the fallback
 * @has_tails: are there odd lengths, which a device may not take?
 * @add: make a row known to the crypto API
 * @del: and unknown again
 */
struct virtcrypto_class {
	void *rows;
	size_t size;
	unsigned int nr;
	enum virtcrypto_kind kind;
	bool chooses;
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

/* The tables. */
extern const struct virtcrypto_class virtcrypto_skcipher_class;
extern const struct virtcrypto_class virtcrypto_hash_class;
extern const struct virtcrypto_class virtcrypto_akcipher_class;
extern const struct virtcrypto_class virtcrypto_sig_class;
extern const struct virtcrypto_class virtcrypto_aead_class;
extern const struct virtcrypto_class virtcrypto_chain_class;

#endif /* VIRTIO_CRYPTO_TABLE_H */
