/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The virtio_crypto authors
 *
 * The device's algorithms, all of them by libcrypto.
 *
 * This part uses the specification's numbers of algorithms, but none of its layouts.
 * Using an object that was made from a key does not change it, so any number of threads
 * may use it at the same time.  Buffers are contiguous; in and out may be the same, but
 * must not overlap otherwise.  Results are the specification's status codes.
 */
#ifndef VCDEV_ALGS_H
#define VCDEV_ALGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "spec.h"

/* The algorithms of a service that this libcrypto has, as a mask of the configuration */
uint64_t alg_mask(unsigned int service);

/*
 * Ciphers.  alg_cipher_new() returns VC_NOTSUPP for an algorithm that is not in the mask
 * and VC_ERR for a key of the wrong length; in both cases *cipher is NULL.
 * alg_cipher_block(): bytes of a block; lengths must be a multiple of it (CTR and ARC4: 1;
 * XTS: 1, but lengths must be at least 16, for ciphertext stealing).  alg_cipher_iv():
 * bytes of the iv, 0 for ECB and ARC4.
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
 * Hashes and MACs.  The caller may ask for a truncated result: out_len is at most the full
 * size; SHAKE has any length.  alg_hash_size() is 0 for SHAKE and for unknown algorithms.
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
 * decryption reads len bytes including the tag and writes len - tag_len bytes, or nothing
 * if it returns VC_BADMSG.  It is VC_ERR if the algorithm does not have the length of nonce
 * or tag.
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
 * private key is DER of ECPrivateKey (RFC 5915), a public key is the point as 0x04 X Y.
 * param1: RSA padding, or the curve; param2: RSA hash.
 *
 * ENCRYPT, DECRYPT, SIGN: *out_len is the size of the buffer, then the length of the
 * result.  Results of raw RSA have leading zeros up to the size of the modulus; inputs may
 * have them, too.  SIGN: in is a digest (PKCS#1: of the key's hash; without a hash, anything
 * that fits), and the signature is written; ECDSA signatures are DER of {r, s}.
 * alg_key_verify(): VC_OK, VC_KEY_REJECTED if the signature is wrong, or VC_ERR.  It is
 * VC_NOTSUPP if the key or raw padding does not allow the operation.  It is VC_ERR if out is
 * too small, the key cannot be parsed, or key_type is invalid.
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
