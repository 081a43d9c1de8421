/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The virtio_crypto authors
 *
 * Numbers and layouts of the VIRTIO 1.4 crypto device chapter, for a device.
 *
 * Written from the specification, and not shared with the driver, so that a mistake in one
 * of the two becomes visible.  Nothing depends on the machine's byte order or on padding by
 * the compiler: fields are offsets into byte arrays, and le32() and le64() read them.
 */
#ifndef VCDEV_SPEC_H
#define VCDEV_SPEC_H

/* A kernel module uses the vectors, too. */
#ifdef __KERNEL__
#include <linux/string.h>
#include <linux/types.h>
#else
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#endif

/* Services; opcode = service << 8 | operation */
enum {
	SERVICE_CIPHER = 0,
	SERVICE_HASH = 1,
	SERVICE_MAC = 2,
	SERVICE_AEAD = 3,
	SERVICE_AKCIPHER = 4,
	NR_SERVICES,
};

#define OPCODE(service, op)	((service) << 8 | (op))
/* Operations on data queues; HASH and MAC use ENCRYPT's number */
enum { OP_ENCRYPT = 0, OP_DECRYPT = 1, OP_SIGN = 2, OP_VERIFY = 3 };
/* Operations on the control queue; AKCIPHER uses 4 and 5 */
enum { OP_CREATE = 2, OP_DESTROY = 3, OP_AK_CREATE = 4, OP_AK_DESTROY = 5 };

/* Features */
enum {
	F_REVISION_1 = 0,
	F_CIPHER_STATELESS = 1,
	F_HASH_STATELESS = 2,
	F_MAC_STATELESS = 3,
	F_AEAD_STATELESS = 4,
	F_AKCIPHER_STATELESS = 5,
};

/* Configuration space */
enum {
	CFG_STATUS = 0,
	CFG_MAX_DATAQUEUES = 4,
	CFG_CRYPTO_SERVICES = 8,
	CFG_CIPHER_ALGO_L = 12,
	CFG_CIPHER_ALGO_H = 16,
	CFG_HASH_ALGO = 20,
	CFG_MAC_ALGO_L = 24,
	CFG_MAC_ALGO_H = 28,
	CFG_AEAD_ALGO = 32,
	CFG_MAX_CIPHER_KEY_LEN = 36,
	CFG_MAX_AUTH_KEY_LEN = 40,
	CFG_AKCIPHER_ALGO = 44,
	CFG_MAX_SIZE = 48,
	CFG_SIZE = 56,
};

#define STATUS_HW_READY		1u

/* Results */
enum vc_status {
	VC_OK = 0,
	VC_ERR = 1,
	VC_BADMSG = 2,
	VC_NOTSUPP = 3,
	VC_INVSESS = 4,
	VC_NOSPC = 5,
	VC_KEY_REJECTED = 6,
};

/* Algorithms: the number in requests is the bit in the configuration's mask */
enum {
	CIPHER_ARC4 = 1,
	CIPHER_AES_ECB = 2,
	CIPHER_AES_CBC = 3,
	CIPHER_AES_CTR = 4,
	CIPHER_DES_ECB = 5,
	CIPHER_DES_CBC = 6,
	CIPHER_3DES_ECB = 7,
	CIPHER_3DES_CBC = 8,
	CIPHER_3DES_CTR = 9,
	CIPHER_AES_XTS = 13,
};

enum {
	HASH_MD5 = 1,
	HASH_SHA1 = 2,
	HASH_SHA_224 = 3,
	HASH_SHA_256 = 4,
	HASH_SHA_384 = 5,
	HASH_SHA_512 = 6,
	HASH_SHA3_224 = 7,
	HASH_SHA3_256 = 8,
	HASH_SHA3_384 = 9,
	HASH_SHA3_512 = 10,
	HASH_SHAKE128 = 11,
	HASH_SHAKE256 = 12,
};

enum {
	MAC_HMAC_MD5 = 1,
	MAC_HMAC_SHA1 = 2,
	MAC_HMAC_SHA_224 = 3,
	MAC_HMAC_SHA_256 = 4,
	MAC_HMAC_SHA_384 = 5,
	MAC_HMAC_SHA_512 = 6,
	MAC_CMAC_3DES = 25,
	MAC_CMAC_AES = 26,
	MAC_CBCMAC_AES = 49,
	MAC_XCBC_AES = 53,
};

enum { AEAD_GCM = 1, AEAD_CCM = 2, AEAD_CHACHA20_POLY1305 = 3 };

/* ECDSA is 3 in Linux's header and in QEMU, and 2 in the specification */
enum { AKCIPHER_RSA = 1, AKCIPHER_ECDSA = 2, AKCIPHER_ECDSA_UAPI = 3 };
enum { KEY_PUBLIC = 1, KEY_PRIVATE = 2 };
enum { RSA_RAW = 0, RSA_PKCS1 = 1 };
enum {
	RSA_HASH_NONE = 0,
	RSA_HASH_MD2 = 1,
	RSA_HASH_MD3 = 2,
	RSA_HASH_MD4 = 3,
	RSA_HASH_MD5 = 4,
	RSA_HASH_SHA1 = 5,
	RSA_HASH_SHA256 = 6,
	RSA_HASH_SHA384 = 7,
	RSA_HASH_SHA512 = 8,
	RSA_HASH_SHA224 = 9,
};

enum { CURVE_P192 = 1, CURVE_P224 = 2, CURVE_P256 = 3, CURVE_P384 = 4, CURVE_P521 = 5 };

enum { DIR_ENCRYPT = 1, DIR_DECRYPT = 2 };
enum { SYM_NONE = 0, SYM_CIPHER = 1, SYM_CHAIN = 2 };
enum { HASH_THEN_CIPHER = 1, CIPHER_THEN_HASH = 2 };
enum { CHAIN_PLAIN = 1, CHAIN_AUTH = 2, CHAIN_NESTED = 3 };

#define FLAG_SESSION_MODE	1u

static inline uint32_t le32(const uint8_t *p)
{
	return p[0] | p[1] << 8 | p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline uint64_t le64(const uint8_t *p)
{
	return le32(p) | (uint64_t)le32(p + 4) << 32;
}

static inline void put_le32(uint8_t *p, uint32_t v)
{
	p[0] = v;
	p[1] = v >> 8;
	p[2] = v >> 16;
	p[3] = v >> 24;
}

static inline void put_le64(uint8_t *p, uint64_t v)
{
	put_le32(p, v);
	put_le32(p + 4, v >> 32);
}

#endif
