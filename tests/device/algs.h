/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The virtio_crypto authors
 *
 * What the device can compute: every algorithm, by libcrypto alone.
 *
 * Knows the specification's numbers of algorithms and nothing of its layouts.  An
 * object made from a key is not changed by use: any number of threads may use it at
 * once.  Buffers are contiguous; in and out may be the same, and overlap in no other
 * way.  Results are the specification's status codes.
 */
#ifndef VCDEV_ALGS_H
#define VCDEV_ALGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "spec.h"

/* Bits of the configuration's masks that this libcrypto can do, by service; 64 bits */
uint64_t alg_mask(unsigned int service);

/*
 * Ciphers.  alg_cipher_new() gives VC_NOTSUPP for an algorithm that is not in the mask
 * and VC_ERR for a key of wrong length; in both cases *cipher is NULL.
 * alg_cipher_block(): bytes of a block; a length must be a multiple of it (CTR and
 * ARC4: 1; XTS: 1, but no less than 16: ciphertext stealing).  alg_cipher_iv(): bytes of
 * the iv, 0 for ECB and ARC4.
 */
struct alg_cipher;
enum vc_status alg_cipher_new(struct alg_cipher **cipher, uint32_t algo, bool encrypt,
			      const uint8_t *key, size_t key_len);
size_t alg_cipher_block(const struct alg_cipher *cipher);
size_t alg_cipher_iv(const struct alg_cipher *cipher);
enum vc_status alg_cipher_do(const struct alg_cipher *cipher, const uint8_t *iv,
			     const uint8_t *in, size_t len, uint8_t *out);
void alg_cipher_free(struct alg_cipher *cipher);

/*
 * Hashes and MACs.  A result may be cut by whoever asks: out_len is at most the full
 * size; SHAKE gives any length.  alg_hash_size() is 0 for SHAKE and for what is unknown.
 */
size_t alg_hash_size(uint32_t algo);
enum vc_status alg_hash_do(uint32_t algo, const uint8_t *in, size_t len,
			   uint8_t *out, size_t out_len);

struct alg_mac;
enum vc_status alg_mac_new(struct alg_mac **mac, uint32_t algo,
			   const uint8_t *key, size_t key_len);
size_t alg_mac_size(const struct alg_mac *mac);
enum vc_status alg_mac_do(const struct alg_mac *mac, const uint8_t *in, size_t len,
			  uint8_t *out, size_t out_len);
void alg_mac_free(struct alg_mac *mac);

/*
 * AEADs.  The tag follows the ciphertext: encryption writes len + tag_len bytes,
 * decryption reads len bytes with the tag and writes len - tag_len, nothing at all if it
 * gives VC_BADMSG.  Nonce and tag lengths that the algorithm does not have give VC_ERR.
 */
struct alg_aead;
enum vc_status alg_aead_new(struct alg_aead **aead, uint32_t algo, bool encrypt,
			    const uint8_t *key, size_t key_len);
enum vc_status alg_aead_do(const struct alg_aead *aead,
			   const uint8_t *nonce, size_t nonce_len,
			   const uint8_t *aad, size_t aad_len,
			   const uint8_t *in, size_t len, uint8_t *out, size_t tag_len);
void alg_aead_free(struct alg_aead *aead);

/*
 * Public keys.  RSA keys are DER of RSAPrivateKey or RSAPublicKey (PKCS#1); an ECDSA
 * private key is DER of ECPrivateKey (RFC 5915), a public one the point as 0x04 X Y.
 * param1: RSA padding, or the curve; param2: RSA hash.
 *
 * ENCRYPT, DECRYPT, SIGN: *out_len has room, then the length; raw RSA results have
 * leading zeros to the size of the modulus, and so may inputs.  SIGN: in is a digest
 * (PKCS#1: of the key's hash; without one, whatever fits), the signature is written;
 * ECDSA signatures are DER of {r, s}.  alg_key_verify(): VC_OK, VC_KEY_REJECTED if the
 * signature is not right, or VC_ERR.  Operations that a key, or raw padding, does not
 * allow give VC_NOTSUPP; an out that is too small, a key that cannot be read, or a
 * key_type that is none give VC_ERR.
 */
struct alg_key;
enum vc_status alg_key_new(struct alg_key **key, uint32_t algo, uint32_t key_type,
			   uint32_t param1, uint32_t param2,
			   const uint8_t *bytes, size_t len);
size_t alg_key_max_out(const struct alg_key *key);
enum vc_status alg_key_do(const struct alg_key *key, unsigned int op,
			  const uint8_t *in, size_t len, uint8_t *out, size_t *out_len);
enum vc_status alg_key_verify(const struct alg_key *key, const uint8_t *sig, size_t sig_len,
			      const uint8_t *digest, size_t digest_len);
void alg_key_free(struct alg_key *key);

#endif
