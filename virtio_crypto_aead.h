/* SPDX-License-Identifier: GPL-2.0 */
/* Copyright (C) 2026 The virtio_crypto authors */
/*
 * What virtio_crypto_chain_algs.c has for virtio_crypto_aead_algs.c: chains are
 * AEADs of the crypto API whose keys and requests differ on the wire.
 */
#ifndef VIRTIO_CRYPTO_AEAD_H
#define VIRTIO_CRYPTO_AEAD_H

#include <crypto/hash.h>
#include <crypto/internal/aead.h>
#include <linux/scatterlist.h>

#include "virtio_crypto_req.h"
#include "virtio_crypto_row.h"
#include "virtio_crypto_trial.h"

/*
 * authencesn: where the upper half of the sequence number is, and its length.
 */
#define VIRTCRYPTO_ESN_AT		4
#define VIRTCRYPTO_ESN_LEN		4

/*
 * Bytes of associated data that fit into our own buffer: dm-crypt has 24, ESP
 * 28.
 */
#define VIRTCRYPTO_AEAD_SPARE		64

/* How the caller's iv becomes that of the wire. */
enum virtcrypto_iv_kind {
	VIRTCRYPTO_IV_PLAIN,
	VIRTCRYPTO_IV_CCM,	/* a byte that says how long the nonce is, and that */
	VIRTCRYPTO_IV_RFC3686,	/* between a nonce that came with the key and a counter */
	VIRTCRYPTO_IV_ESP,	/* behind such a nonce, and also in the associated data */
};

/**
 * struct virtcrypto_aead - a row of the table
 * @row: what all algorithms have
 * @max_key: longest key of the cipher
 * @min_key: shortest key of the cipher
 * @iv: bytes of the caller's iv
 * @iv_kind: what becomes of it
 * @salt: bytes of nonce that come with the key, behind it
 * @block: bytes that are ciphered at a time
 * @max_tag: longest tag
 * @inner: of a chain, the hash that makes a short key of HMAC out of a long one
 * @esn: extended sequence numbers
 * @alg: made from the rest by virtcrypto_aead_add()
 */
struct virtcrypto_aead {
	struct virtcrypto_row row;
	u8 max_key;
	u8 min_key;
	u8 iv;
	u8 iv_kind;
	u8 salt;
	u8 block;
	u8 max_tag;
	const char *inner;
	bool esn;
	struct aead_alg alg;
};

/**
 * struct virtcrypto_aead_spare - a destination for associated data
 * @sg: list of @buf
 * @buf: the buffer, alone in its cache lines
 */
struct virtcrypto_aead_spare {
	struct scatterlist sg;
	u8 buf[VIRTCRYPTO_AEAD_SPARE] __aligned(CRYPTO_DMA_ALIGN);
} __aligned(CRYPTO_DMA_ALIGN);

/**
 * struct virtcrypto_aead_call - what the crypto API asks for
 * @dir: the direction
 * @src: associated data, text, and to decrypt the tag
 * @dst: associated data, text, and to encrypt the tag
 * @aad_len: bytes of associated data
 * @text_len: bytes of text
 * @tag_len: bytes of the tag
 * @iv: the caller's iv
 * @nonce: what came with the key
 * @spare: of a chain, where the device writes associated data if it fits
 */
struct virtcrypto_aead_call {
	u32 dir;
	struct scatterlist *src;
	struct scatterlist *dst;
	unsigned int aad_len;
	unsigned int text_len;
	unsigned int tag_len;
	const u8 *iv;
	const u8 *nonce;
	struct virtcrypto_aead_spare *spare;
};

static inline struct virtcrypto_aead *
virtcrypto_aead_row_of(const struct virtcrypto_row *r)
{
	return container_of((struct virtcrypto_row *)r,
			    struct virtcrypto_aead, row);
}

static inline bool virtcrypto_aead_is_chain(const struct virtcrypto_aead *row)
{
	return row->row.params.mac;
}

/**
 * struct virtcrypto_chain - a row of the table of chains, which is made
 * @aead: the row
 * @name: the crypto API's name
 * @driver_name: ours
 */
struct virtcrypto_chain {
	struct virtcrypto_aead aead;
	char name[CRYPTO_MAX_ALG_NAME];
	char driver_name[CRYPTO_MAX_ALG_NAME];
};

/* All ciphers with all MACs, once for each of the kernel's two templates. */
#define VIRTCRYPTO_NR_CHAINS	(4 * 6 * 2)

/* virtio_crypto_chain_algs.c */
extern struct virtcrypto_chain virtcrypto_chains[VIRTCRYPTO_NR_CHAINS];
void virtcrypto_chain_setup(void);
int virtcrypto_chain_prepare(struct virtcrypto_req *vr, u8 *tag,
			     const struct virtcrypto_aead *row,
			     const struct virtcrypto_aead_call *call);
int virtcrypto_chain_keys(const struct virtcrypto_aead *row,
			  struct crypto_shash *inner,
			  struct virtcrypto_params *params, u8 *out, u8 *nonce,
			  const u8 *bytes, unsigned int len);

#endif /* VIRTIO_CRYPTO_AEAD_H */
