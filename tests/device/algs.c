// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The virtio_crypto authors
 *
 * The device's algorithms, all of them by libcrypto.
 *
 * Objects contain contexts of libcrypto that have been given their key and nothing else.
 * A request works on a copy, so any number of threads may use one object.  Written for
 * libcrypto 3.0 and newer, without its deprecated functions.
 *
 * Three things are implemented here: 3DES in counter mode and raw CBC-MACs, which libcrypto
 * does not have, and XTS, because libcrypto refuses keys whose halves are equal.  The first
 * vectors of IEEE 1619, which drivers use for self-tests, have such keys.
 */
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/param_build.h>
#include <openssl/params.h>
#include <openssl/provider.h>
#include <openssl/rsa.h>

#include "algs.h"
#include "util.h"

/* libcrypto uses int for lengths of data, and sometimes adds a block */
#define MAX_LEN		((size_t)1 << 30)

#define AES_BLOCK	16
#define DES_BLOCK	8
#define DES_KEY		8
#define TDES_KEY	24

static const struct hash {
	const char *name;
	size_t size;		/* 0: any length */
} hashes[] = {
	[HASH_MD5]	= { "MD5", 16 },
	[HASH_SHA1]	= { "SHA1", 20 },
	[HASH_SHA_224]	= { "SHA2-224", 28 },
	[HASH_SHA_256]	= { "SHA2-256", 32 },
	[HASH_SHA_384]	= { "SHA2-384", 48 },
	[HASH_SHA_512]	= { "SHA2-512", 64 },
	[HASH_SHA3_224]	= { "SHA3-224", 28 },
	[HASH_SHA3_256]	= { "SHA3-256", 32 },
	[HASH_SHA3_384]	= { "SHA3-384", 48 },
	[HASH_SHA3_512]	= { "SHA3-512", 64 },
	[HASH_SHAKE128]	= { "SHAKE-128", 0 },
	[HASH_SHAKE256]	= { "SHAKE-256", 0 },
};

#define NR_HASHES	ARRAY_SIZE(hashes)

/*
 * A separate library context, so that results do not depend on a configuration file, and
 * loading the legacy provider does not affect others in the process.  It is never freed,
 * because threads may use it until the process ends.
 */
static struct {
	OSSL_LIB_CTX *ctx;
	EVP_MAC *hmac;
	EVP_MAC *cmac;
	uint64_t mask[NR_SERVICES];
} lib;

static EVP_MD *lib_md[NR_HASHES];
static pthread_once_t lib_once = PTHREAD_ONCE_INIT;

static bool has_cipher(const char *name)
{
	EVP_CIPHER *cipher = EVP_CIPHER_fetch(lib.ctx, name, NULL);
	bool has = cipher;

	EVP_CIPHER_free(cipher);
	return has;
}

static bool has_key_type(const char *name)
{
	EVP_KEYMGMT *keymgmt = EVP_KEYMGMT_fetch(lib.ctx, name, NULL);
	bool has = keymgmt;

	EVP_KEYMGMT_free(keymgmt);
	return has;
}

static void offer(unsigned int service, uint32_t algo, bool has)
{
	if (has)
		lib.mask[service] |= (uint64_t)1 << algo;
}

static void lib_init_ciphers(void)
{
	bool aes_ecb = has_cipher("AES-256-ECB");
	bool aes_cbc = has_cipher("AES-256-CBC");
	bool tdes_ecb = has_cipher("DES-EDE3-ECB");
	bool tdes_cbc = has_cipher("DES-EDE3-CBC");

	offer(SERVICE_CIPHER, CIPHER_ARC4, has_cipher("RC4"));
	offer(SERVICE_CIPHER, CIPHER_AES_ECB, aes_ecb);
	offer(SERVICE_CIPHER, CIPHER_AES_CBC, aes_cbc);
	offer(SERVICE_CIPHER, CIPHER_AES_CTR, has_cipher("AES-256-CTR"));
	offer(SERVICE_CIPHER, CIPHER_AES_XTS, aes_ecb);
	offer(SERVICE_CIPHER, CIPHER_DES_ECB, tdes_ecb);
	offer(SERVICE_CIPHER, CIPHER_DES_CBC, tdes_cbc);
	offer(SERVICE_CIPHER, CIPHER_3DES_ECB, tdes_ecb);
	offer(SERVICE_CIPHER, CIPHER_3DES_CBC, tdes_cbc);
	offer(SERVICE_CIPHER, CIPHER_3DES_CTR, tdes_ecb);

	offer(SERVICE_MAC, MAC_CMAC_3DES, lib.cmac && tdes_cbc);
	offer(SERVICE_MAC, MAC_CMAC_AES, lib.cmac && aes_cbc);
	offer(SERVICE_MAC, MAC_CBCMAC_AES, aes_cbc);
	offer(SERVICE_MAC, MAC_XCBC_AES, aes_ecb && aes_cbc);

	offer(SERVICE_AEAD, AEAD_GCM, has_cipher("AES-256-GCM"));
	offer(SERVICE_AEAD, AEAD_CCM, has_cipher("AES-256-CCM"));
	offer(SERVICE_AEAD, AEAD_CHACHA20_POLY1305, has_cipher("ChaCha20-Poly1305"));
}

static void lib_init(void)
{
	lib.ctx = OSSL_LIB_CTX_new();
	if (!lib.ctx)
		return;
	/* A loaded provider stays loaded, so nobody needs its handle */
	OSSL_PROVIDER_load(lib.ctx, "default");
	OSSL_PROVIDER_load(lib.ctx, "legacy");

	lib.hmac = EVP_MAC_fetch(lib.ctx, "HMAC", NULL);
	lib.cmac = EVP_MAC_fetch(lib.ctx, "CMAC", NULL);
	for (uint32_t algo = 0; algo < NR_HASHES; algo++) {
		if (!hashes[algo].name)
			continue;
		lib_md[algo] = EVP_MD_fetch(lib.ctx, hashes[algo].name, NULL);
		offer(SERVICE_HASH, algo, lib_md[algo]);
		/* The numbers of HMACs are those of their hashes */
		if (algo >= MAC_HMAC_MD5 && algo <= MAC_HMAC_SHA_512)
			offer(SERVICE_MAC, algo, lib_md[algo] && lib.hmac);
	}
	lib_init_ciphers();
	offer(SERVICE_AKCIPHER, AKCIPHER_RSA, has_key_type("RSA"));
	offer(SERVICE_AKCIPHER, AKCIPHER_ECDSA, has_key_type("EC"));
	offer(SERVICE_AKCIPHER, AKCIPHER_ECDSA_UAPI, has_key_type("EC"));
	ERR_clear_error();
}

uint64_t alg_mask(unsigned int service)
{
	pthread_once(&lib_once, lib_init);
	return service < NR_SERVICES ? lib.mask[service] : 0;
}

static bool offered(unsigned int service, uint32_t algo)
{
	return algo < 64 && alg_mask(service) >> algo & 1;
}

/* Nobody reads libcrypto's list of errors, so it would only grow */
static enum vc_status ok_or_err(bool ok)
{
	if (ok)
		return VC_OK;
	ERR_clear_error();
	return VC_ERR;
}

static void xor_bytes(uint8_t *out, const uint8_t *a, const uint8_t *b, size_t len)
{
	uint64_t x, y;

	for (; len >= sizeof(x); len -= sizeof(x)) {
		memcpy(&x, a, sizeof(x));
		memcpy(&y, b, sizeof(y));
		x ^= y;
		memcpy(out, &x, sizeof(x));
		a += sizeof(x);
		b += sizeof(x);
		out += sizeof(x);
	}
	while (len--)
		*out++ = *a++ ^ *b++;
}

/*
 * Creates a context of @mode with a key of the correct length; the iv is zero.  Copying it
 * is cheaper than creating it, especially for DES and ARC4.
 */
static EVP_CIPHER_CTX *keyed_ctx(const char *mode, bool encrypt,
				 const uint8_t *key, size_t key_len)
{
	static const uint8_t zero_iv[EVP_MAX_IV_LENGTH];
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	EVP_CIPHER *cipher = EVP_CIPHER_fetch(lib.ctx, mode, NULL);
	bool ok = ctx && cipher &&
		  EVP_CipherInit_ex2(ctx, cipher, NULL, NULL, encrypt, NULL) &&
		  EVP_CIPHER_CTX_set_padding(ctx, 0) &&
		  EVP_CIPHER_CTX_set_key_length(ctx, key_len) > 0 &&
		  EVP_CipherInit_ex2(ctx, NULL, key, zero_iv, encrypt, NULL);

	EVP_CIPHER_free(cipher);
	if (ok)
		return ctx;
	EVP_CIPHER_CTX_free(ctx);
	return NULL;
}

static EVP_CIPHER_CTX *aes_ctx(const char *mode, bool encrypt,
			       const uint8_t *key, size_t key_len)
{
	char name[32];

	snprintf(name, sizeof(name), "AES-%zu-%s", key_len * 8, mode);
	return keyed_ctx(name, encrypt, key, key_len);
}

static EVP_CIPHER_CTX *copy_ctx(const EVP_CIPHER_CTX *ctx)
{
	EVP_CIPHER_CTX *copy = EVP_CIPHER_CTX_new();

	if (copy && EVP_CIPHER_CTX_copy(copy, ctx))
		return copy;
	EVP_CIPHER_CTX_free(copy);
	return NULL;
}

/* With whole blocks, or with a stream cipher, the context holds nothing back */
static bool update(EVP_CIPHER_CTX *ctx, const uint8_t *in, size_t len, uint8_t *out)
{
	int done;

	return !len || (EVP_CipherUpdate(ctx, out, &done, in, len) && (size_t)done == len);
}

static bool aes_key_len(size_t len)
{
	return len == 16 || len == 24 || len == 32;
}

/* --- Ciphers --- */

enum cipher_kind { KIND_NONE, KIND_AES, KIND_XTS, KIND_DES, KIND_3DES, KIND_3DES_CTR, KIND_ARC4 };

static const struct cipher_info {
	enum cipher_kind kind;
	const char *mode;	/* the part that libcrypto does; it may be only a part */
	size_t block;
	size_t iv;
} cipher_infos[] = {
	[CIPHER_ARC4]	  = { KIND_ARC4, "RC4", 1, 0 },
	[CIPHER_AES_ECB]  = { KIND_AES, "ECB", AES_BLOCK, 0 },
	[CIPHER_AES_CBC]  = { KIND_AES, "CBC", AES_BLOCK, AES_BLOCK },
	[CIPHER_AES_CTR]  = { KIND_AES, "CTR", 1, AES_BLOCK },
	[CIPHER_DES_ECB]  = { KIND_DES, "DES-EDE3-ECB", DES_BLOCK, 0 },
	[CIPHER_DES_CBC]  = { KIND_DES, "DES-EDE3-CBC", DES_BLOCK, DES_BLOCK },
	[CIPHER_3DES_ECB] = { KIND_3DES, "DES-EDE3-ECB", DES_BLOCK, 0 },
	[CIPHER_3DES_CBC] = { KIND_3DES, "DES-EDE3-CBC", DES_BLOCK, DES_BLOCK },
	[CIPHER_3DES_CTR] = { KIND_3DES_CTR, "DES-EDE3-ECB", 1, DES_BLOCK },
	[CIPHER_AES_XTS]  = { KIND_XTS, "ECB", 1, AES_BLOCK },
};

struct alg_cipher {
	const struct cipher_info *info;
	bool encrypt;
	EVP_CIPHER_CTX *ctx;
	EVP_CIPHER_CTX *tweak;	/* XTS: the second half of the key */
};

static bool cipher_key_len(enum cipher_kind kind, size_t len)
{
	switch (kind) {
	case KIND_AES:
		return aes_key_len(len);
	case KIND_XTS:
		return len == 32 || len == 64;
	case KIND_DES:
		return len == DES_KEY;
	case KIND_3DES:
	case KIND_3DES_CTR:
		return len == TDES_KEY;
	case KIND_ARC4:
		return len >= 1 && len <= 256;
	case KIND_NONE:
		break;
	}
	return false;
}

/* Only the legacy provider has single DES; 3DES with the same key three times is equal */
static EVP_CIPHER_CTX *des_ctx(const char *mode, bool encrypt, const uint8_t *key)
{
	uint8_t thrice[TDES_KEY];
	EVP_CIPHER_CTX *ctx;

	for (size_t i = 0; i < sizeof(thrice); i += DES_KEY)
		memcpy(thrice + i, key, DES_KEY);
	ctx = keyed_ctx(mode, encrypt, thrice, sizeof(thrice));
	OPENSSL_cleanse(thrice, sizeof(thrice));
	return ctx;
}

static bool cipher_set_key(struct alg_cipher *cipher, const uint8_t *key, size_t len)
{
	const char *mode = cipher->info->mode;

	switch (cipher->info->kind) {
	case KIND_AES:
		cipher->ctx = aes_ctx(mode, cipher->encrypt, key, len);
		break;
	case KIND_XTS:
		cipher->ctx = aes_ctx(mode, cipher->encrypt, key, len / 2);
		cipher->tweak = aes_ctx(mode, true, key + len / 2, len / 2);
		return cipher->ctx && cipher->tweak;
	case KIND_DES:
		cipher->ctx = des_ctx(mode, cipher->encrypt, key);
		break;
	case KIND_3DES_CTR:	/* decryption is the same as encryption */
		cipher->ctx = keyed_ctx(mode, true, key, len);
		break;
	default:
		cipher->ctx = keyed_ctx(mode, cipher->encrypt, key, len);
		break;
	}
	return cipher->ctx;
}

enum vc_status alg_cipher_new(struct alg_cipher **cipher, uint32_t algo, bool encrypt,
			      const uint8_t *key, size_t key_len)
{
	struct alg_cipher *new;

	*cipher = NULL;
	if (!offered(SERVICE_CIPHER, algo))
		return VC_NOTSUPP;
	if (!cipher_key_len(cipher_infos[algo].kind, key_len))
		return VC_ERR;
	new = OPENSSL_zalloc(sizeof(*new));
	if (!new)
		return VC_ERR;
	new->info = &cipher_infos[algo];
	new->encrypt = encrypt;
	if (!cipher_set_key(new, key, key_len)) {
		alg_cipher_free(new);
		return ok_or_err(false);
	}
	*cipher = new;
	return VC_OK;
}

size_t alg_cipher_block(const struct alg_cipher *cipher)
{
	return cipher->info->block;
}

size_t alg_cipher_iv(const struct alg_cipher *cipher)
{
	return cipher->info->iv;
}

void alg_cipher_free(struct alg_cipher *cipher)
{
	if (!cipher)
		return;
	EVP_CIPHER_CTX_free(cipher->ctx);
	EVP_CIPHER_CTX_free(cipher->tweak);
	OPENSSL_free(cipher);
}

/* The counter is the whole block, in big endian, as for AES */
static bool tdes_ctr(EVP_CIPHER_CTX *ctx, const uint8_t *iv,
		     const uint8_t *in, size_t len, uint8_t *out)
{
	uint8_t stream[512];
	uint64_t counter = 0;
	bool ok = true;

	for (size_t i = 0; i < DES_BLOCK; i++)
		counter = counter << 8 | iv[i];
	while (ok && len) {
		size_t n = len < sizeof(stream) ? len : sizeof(stream);
		size_t blocks = (n + DES_BLOCK - 1) / DES_BLOCK;

		for (size_t i = 0; i < blocks; i++, counter++)
			for (size_t j = 0; j < DES_BLOCK; j++)
				stream[i * DES_BLOCK + j] = counter >> (56 - 8 * j);
		ok = update(ctx, stream, blocks * DES_BLOCK, stream);
		if (ok)
			xor_bytes(out, in, stream, n);
		in += n;
		out += n;
		len -= n;
	}
	OPENSSL_cleanse(stream, sizeof(stream));
	return ok;
}

/* An element of GF(2^128), in XTS's order of bits: low has the first bytes */
struct tweak {
	uint64_t low;
	uint64_t high;
};

/* The tweak of the next block: multiplied by x */
static struct tweak tweak_next(struct tweak tweak)
{
	return (struct tweak) {
		.low = tweak.low << 1 ^ (tweak.high >> 63) * 0x87,
		.high = tweak.high << 1 | tweak.low >> 63,
	};
}

/* Does whole blocks; returns the tweak of the block after them */
static bool xts_blocks(EVP_CIPHER_CTX *ctx, struct tweak *tweak,
		       const uint8_t *in, size_t len, uint8_t *out)
{
	uint8_t tweaks[64 * AES_BLOCK];
	struct tweak now = *tweak;
	bool ok = true;

	while (ok && len) {
		size_t n = len < sizeof(tweaks) ? len : sizeof(tweaks);

		for (size_t i = 0; i < n; i += AES_BLOCK) {
			put_le64(tweaks + i, now.low);
			put_le64(tweaks + i + 8, now.high);
			now = tweak_next(now);
		}
		xor_bytes(out, in, tweaks, n);
		ok = update(ctx, out, n, out);
		xor_bytes(out, out, tweaks, n);
		in += n;
		out += n;
		len -= n;
	}
	*tweak = now;
	OPENSSL_cleanse(tweaks, sizeof(tweaks));
	return ok;
}

/* Does the last two blocks if the last one is not whole; they may be in place */
static bool xts_steal(EVP_CIPHER_CTX *ctx, bool encrypt, struct tweak tweak,
		      const uint8_t *in, size_t tail, uint8_t *out)
{
	struct tweak next = tweak_next(tweak);
	/* The order of the tweaks is that of encryption, in both directions */
	struct tweak first = encrypt ? tweak : next;
	struct tweak second = encrypt ? next : tweak;
	uint8_t block[AES_BLOCK], last[AES_BLOCK];
	bool ok = xts_blocks(ctx, &first, in, AES_BLOCK, block);

	if (ok) {
		memcpy(last, in + AES_BLOCK, tail);
		memcpy(last + tail, block + tail, AES_BLOCK - tail);
		memcpy(out + AES_BLOCK, block, tail);
		ok = xts_blocks(ctx, &second, last, AES_BLOCK, out);
	}
	OPENSSL_cleanse(block, sizeof(block));
	OPENSSL_cleanse(last, sizeof(last));
	return ok;
}

static bool xts(const struct alg_cipher *cipher, EVP_CIPHER_CTX *ctx, const uint8_t *iv,
		const uint8_t *in, size_t len, uint8_t *out)
{
	EVP_CIPHER_CTX *tweak_ctx = copy_ctx(cipher->tweak);
	size_t tail = len % AES_BLOCK;
	size_t whole = tail ? len - tail - AES_BLOCK : len;
	uint8_t bytes[AES_BLOCK];
	struct tweak tweak;
	bool ok = tweak_ctx && update(tweak_ctx, iv, AES_BLOCK, bytes);

	if (ok) {
		tweak.low = le64(bytes);
		tweak.high = le64(bytes + 8);
		ok = xts_blocks(ctx, &tweak, in, whole, out) &&
		     (!tail || xts_steal(ctx, cipher->encrypt, tweak, in + whole, tail,
					 out + whole));
	}
	OPENSSL_cleanse(bytes, sizeof(bytes));
	EVP_CIPHER_CTX_free(tweak_ctx);
	return ok;
}

static bool cipher_run(const struct alg_cipher *cipher, EVP_CIPHER_CTX *ctx,
		       const uint8_t *iv, const uint8_t *in, size_t len, uint8_t *out)
{
	switch (cipher->info->kind) {
	case KIND_XTS:
		return xts(cipher, ctx, iv, in, len, out);
	case KIND_3DES_CTR:
		return tdes_ctr(ctx, iv, in, len, out);
	default:
		if (cipher->info->iv && !EVP_CipherInit_ex2(ctx, NULL, NULL, iv, -1, NULL))
			return false;
		return update(ctx, in, len, out);
	}
}

enum vc_status alg_cipher_do(const struct alg_cipher *cipher, const uint8_t *iv,
			     const uint8_t *in, size_t len, uint8_t *out)
{
	EVP_CIPHER_CTX *ctx;
	bool ok;

	if (len > MAX_LEN || len % cipher->info->block)
		return VC_ERR;
	if (cipher->info->kind == KIND_XTS && len < AES_BLOCK)
		return VC_ERR;
	if (!len)
		return VC_OK;
	ctx = copy_ctx(cipher->ctx);
	ok = ctx && cipher_run(cipher, ctx, iv, in, len, out);
	EVP_CIPHER_CTX_free(ctx);
	return ok_or_err(ok);
}

/* --- Hashes --- */

size_t alg_hash_size(uint32_t algo)
{
	return algo < NR_HASHES ? hashes[algo].size : 0;
}

enum vc_status alg_hash_do(uint32_t algo, const uint8_t *in, size_t len,
			   uint8_t *out, size_t out_len)
{
	uint8_t full[EVP_MAX_MD_SIZE];
	EVP_MD_CTX *ctx;
	bool ok;

	if (!offered(SERVICE_HASH, algo))
		return VC_NOTSUPP;
	if (hashes[algo].size && out_len > hashes[algo].size)
		return VC_ERR;
	if (!out_len)
		return VC_OK;
	ctx = EVP_MD_CTX_new();
	ok = ctx && EVP_DigestInit_ex2(ctx, lib_md[algo], NULL) &&
	     (!len || EVP_DigestUpdate(ctx, in, len));
	if (ok && hashes[algo].size) {
		ok = EVP_DigestFinal_ex(ctx, full, NULL);
		if (ok)
			memcpy(out, full, out_len);
		OPENSSL_cleanse(full, sizeof(full));
	} else if (ok) {
		ok = EVP_DigestFinalXOF(ctx, out, out_len);
	}
	EVP_MD_CTX_free(ctx);
	return ok_or_err(ok);
}

/* --- MACs --- */

struct alg_mac {
	size_t size;
	EVP_MAC_CTX *mac;	/* for HMAC and CMAC; the others have: */
	EVP_CIPHER_CTX *cbc;
	bool xcbc;
	uint8_t k2[AES_BLOCK];	/* for XCBC: for a whole and for a partial last block */
	uint8_t k3[AES_BLOCK];
};

/* @param is the name of libcrypto's parameter that selects algorithm @name for @type */
static bool mac_set_key(struct alg_mac *mac, EVP_MAC *type, const char *param,
			const char *name, const uint8_t *key, size_t key_len)
{
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(param, (char *)name, 0),
		OSSL_PARAM_construct_end(),
	};

	mac->mac = EVP_MAC_CTX_new(type);
	/* A NULL key would mean no key, which is not the same as an empty key */
	return mac->mac && EVP_MAC_init(mac->mac, key_len ? key : (const uint8_t *)"",
					key_len, params);
}

static bool xcbc_set_key(struct alg_mac *mac, const uint8_t *key, size_t key_len)
{
	EVP_CIPHER_CTX *ecb = aes_ctx("ECB", true, key, key_len);
	uint8_t k1[AES_BLOCK];
	bool ok;

	memset(k1, 1, sizeof(k1));
	memset(mac->k2, 2, sizeof(mac->k2));
	memset(mac->k3, 3, sizeof(mac->k3));
	ok = ecb && update(ecb, k1, AES_BLOCK, k1) &&
	     update(ecb, mac->k2, AES_BLOCK, mac->k2) &&
	     update(ecb, mac->k3, AES_BLOCK, mac->k3);
	if (ok)
		mac->cbc = aes_ctx("CBC", true, k1, sizeof(k1));
	mac->xcbc = true;
	OPENSSL_cleanse(k1, sizeof(k1));
	EVP_CIPHER_CTX_free(ecb);
	return mac->cbc;
}

static bool mac_new_algo(struct alg_mac *mac, uint32_t algo, const uint8_t *key, size_t len)
{
	char name[32];

	switch (algo) {
	case MAC_CMAC_3DES:
		mac->size = DES_BLOCK;
		return len == TDES_KEY && mac_set_key(mac, lib.cmac, OSSL_MAC_PARAM_CIPHER,
						      "DES-EDE3-CBC", key, len);
	case MAC_CMAC_AES:
		mac->size = AES_BLOCK;
		snprintf(name, sizeof(name), "AES-%zu-CBC", len * 8);
		return aes_key_len(len) && mac_set_key(mac, lib.cmac, OSSL_MAC_PARAM_CIPHER,
						       name, key, len);
	case MAC_CBCMAC_AES:
		mac->size = AES_BLOCK;
		if (aes_key_len(len))
			mac->cbc = aes_ctx("CBC", true, key, len);
		return mac->cbc;
	case MAC_XCBC_AES:	/* RFC 3566 defines no other length of keys */
		mac->size = AES_BLOCK;
		return len == 16 && xcbc_set_key(mac, key, len);
	default:
		mac->size = hashes[algo].size;
		return mac_set_key(mac, lib.hmac, OSSL_MAC_PARAM_DIGEST, hashes[algo].name,
				   key, len);
	}
}

enum vc_status alg_mac_new(struct alg_mac **mac, uint32_t algo,
			   const uint8_t *key, size_t key_len)
{
	struct alg_mac *new;

	*mac = NULL;
	if (!offered(SERVICE_MAC, algo))
		return VC_NOTSUPP;
	new = OPENSSL_zalloc(sizeof(*new));
	if (!new)
		return VC_ERR;
	if (!mac_new_algo(new, algo, key, key_len)) {
		alg_mac_free(new);
		return ok_or_err(false);
	}
	*mac = new;
	return VC_OK;
}

size_t alg_mac_size(const struct alg_mac *mac)
{
	return mac->size;
}

void alg_mac_free(struct alg_mac *mac)
{
	if (!mac)
		return;
	EVP_MAC_CTX_free(mac->mac);
	EVP_CIPHER_CTX_free(mac->cbc);
	OPENSSL_clear_free(mac, sizeof(*mac));
}

/*
 * The raw CBC-MAC is Linux's cbcmac(aes): a partial last block is padded with zeros.
 * Nothing is encrypted for an empty message, so its MAC is zero.
 */
static bool cbc_mac(const struct alg_mac *mac, const uint8_t *in, size_t len, uint8_t *out)
{
	EVP_CIPHER_CTX *ctx = copy_ctx(mac->cbc);
	uint8_t unused[64 * AES_BLOCK], last[AES_BLOCK] = { 0 };
	bool ok = ctx;

	while (ok && len > AES_BLOCK) {
		size_t n = (len - 1) / AES_BLOCK * AES_BLOCK;

		if (n > sizeof(unused))
			n = sizeof(unused);
		ok = update(ctx, in, n, unused);
		in += n;
		len -= n;
	}
	if (len)
		memcpy(last, in, len < sizeof(last) ? len : sizeof(last));
	if (mac->xcbc) {
		if (len < sizeof(last))
			last[len] = 0x80;
		xor_bytes(last, last, len < sizeof(last) ? mac->k3 : mac->k2, sizeof(last));
	}
	if (!len && !mac->xcbc)
		memset(out, 0, AES_BLOCK);
	else
		ok = ok && update(ctx, last, sizeof(last), out);
	OPENSSL_cleanse(unused, sizeof(unused));
	OPENSSL_cleanse(last, sizeof(last));
	EVP_CIPHER_CTX_free(ctx);
	return ok;
}

static bool evp_mac(const struct alg_mac *mac, const uint8_t *in, size_t len, uint8_t *out)
{
	EVP_MAC_CTX *ctx = EVP_MAC_CTX_dup(mac->mac);
	size_t size;
	bool ok = ctx && (!len || EVP_MAC_update(ctx, in, len)) &&
		  EVP_MAC_final(ctx, out, &size, EVP_MAX_MD_SIZE) && size == mac->size;

	EVP_MAC_CTX_free(ctx);
	return ok;
}

enum vc_status alg_mac_do(const struct alg_mac *mac, const uint8_t *in, size_t len,
			  uint8_t *out, size_t out_len)
{
	uint8_t full[EVP_MAX_MD_SIZE];
	bool ok;

	if (out_len > mac->size)
		return VC_ERR;
	if (!out_len)
		return VC_OK;
	ok = mac->mac ? evp_mac(mac, in, len, full) : cbc_mac(mac, in, len, full);
	if (ok)
		memcpy(out, full, out_len);
	OPENSSL_cleanse(full, sizeof(full));
	return ok_or_err(ok);
}

/* --- AEADs --- */

#define TAG_MAX		16
#define AEAD_NONCE	12	/* not for CCM */

/*
 * The key is kept, and each request creates a context from it: libcrypto's CCM has to know
 * the lengths of tag and nonce when it gets the key.
 */
struct alg_aead {
	uint32_t algo;
	bool encrypt;
	EVP_CIPHER *cipher;
	size_t key_len;
	uint8_t key[32];
};

enum vc_status alg_aead_new(struct alg_aead **aead, uint32_t algo, bool encrypt,
			    const uint8_t *key, size_t key_len)
{
	struct alg_aead *new;
	char name[32];

	*aead = NULL;
	if (!offered(SERVICE_AEAD, algo))
		return VC_NOTSUPP;
	if (algo == AEAD_CHACHA20_POLY1305 ? key_len != 32 : !aes_key_len(key_len))
		return VC_ERR;
	new = OPENSSL_zalloc(sizeof(*new));
	if (!new)
		return VC_ERR;
	new->algo = algo;
	new->encrypt = encrypt;
	new->key_len = key_len;
	memcpy(new->key, key, key_len);
	if (algo == AEAD_CHACHA20_POLY1305)
		snprintf(name, sizeof(name), "ChaCha20-Poly1305");
	else
		snprintf(name, sizeof(name), "AES-%zu-%s", key_len * 8,
			 algo == AEAD_GCM ? "GCM" : "CCM");
	new->cipher = EVP_CIPHER_fetch(lib.ctx, name, NULL);
	if (!new->cipher) {
		alg_aead_free(new);
		return ok_or_err(false);
	}
	*aead = new;
	return VC_OK;
}

void alg_aead_free(struct alg_aead *aead)
{
	if (!aead)
		return;
	EVP_CIPHER_free(aead->cipher);
	OPENSSL_clear_free(aead, sizeof(*aead));
}

static bool aead_lengths(uint32_t algo, size_t nonce_len, size_t text_len, size_t tag_len)
{
	switch (algo) {
	case AEAD_GCM:
		return nonce_len == AEAD_NONCE && tag_len <= TAG_MAX &&
		       (tag_len >= 12 || tag_len == 8 || tag_len == 4);
	case AEAD_CCM:
		if (nonce_len < 7 || nonce_len > 13)
			return false;
		if (tag_len < 4 || tag_len > TAG_MAX || tag_len % 2)
			return false;
		/* The length of the text is in the rest of the block; MAX_LEN fits into 4 bytes */
		return nonce_len <= 15 - 4 || text_len < (size_t)1 << 8 * (15 - nonce_len);
	default:
		return nonce_len == AEAD_NONCE && tag_len == TAG_MAX;
	}
}

/*
 * Creates an EVP_CIPHER_CTX for one message.  CCM has to know the tag before it gets the
 * text, which is harmless for the others.
 */
static EVP_CIPHER_CTX *aead_ctx(const struct alg_aead *aead, const uint8_t *nonce,
				size_t nonce_len, const uint8_t *tag, size_t tag_len)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int enc = aead->encrypt;
	bool ok = ctx && EVP_CipherInit_ex2(ctx, aead->cipher, NULL, NULL, enc, NULL) &&
		  EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_IVLEN, nonce_len, NULL) > 0;

	if (ok && (tag || aead->algo == AEAD_CCM))
		ok = EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, tag_len,
					 (void *)tag) > 0;
	if (ok && EVP_CipherInit_ex2(ctx, NULL, aead->key, nonce, enc, NULL))
		return ctx;
	EVP_CIPHER_CTX_free(ctx);
	return NULL;
}

static bool aead_aad(const struct alg_aead *aead, EVP_CIPHER_CTX *ctx,
		     const uint8_t *aad, size_t aad_len, size_t text_len)
{
	int done;

	if (aead->algo == AEAD_CCM && !EVP_CipherUpdate(ctx, NULL, &done, NULL, text_len))
		return false;
	return !aad_len || EVP_CipherUpdate(ctx, NULL, &done, aad, aad_len);
}

/* CCM computes no tag if it does not get the text, even if that is empty */
static bool aead_text(EVP_CIPHER_CTX *ctx, const uint8_t *in, size_t len, uint8_t *out)
{
	uint8_t none = 0;
	int done;

	if (!len)
		return EVP_CipherUpdate(ctx, &none, &done, &none, 0);
	return EVP_CipherUpdate(ctx, out, &done, in, len) && (size_t)done == len;
}

static enum vc_status aead_encrypt(const struct alg_aead *aead,
				   const uint8_t *nonce, size_t nonce_len,
				   const uint8_t *aad, size_t aad_len,
				   const uint8_t *in, size_t len, uint8_t *out, size_t tag_len)
{
	EVP_CIPHER_CTX *ctx = aead_ctx(aead, nonce, nonce_len, NULL, tag_len);
	uint8_t rest[TAG_MAX];
	int done;
	bool ok = ctx && aead_aad(aead, ctx, aad, aad_len, len) &&
		  aead_text(ctx, in, len, out) && EVP_CipherFinal_ex(ctx, rest, &done) &&
		  EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, tag_len, out + len) > 0;

	EVP_CIPHER_CTX_free(ctx);
	return ok_or_err(ok);
}

static enum vc_status aead_decrypt(const struct alg_aead *aead,
				   const uint8_t *nonce, size_t nonce_len,
				   const uint8_t *aad, size_t aad_len,
				   const uint8_t *in, size_t len, uint8_t *out, size_t tag_len)
{
	EVP_CIPHER_CTX *ctx = aead_ctx(aead, nonce, nonce_len, in + len, tag_len);
	uint8_t *text = OPENSSL_malloc(len + 1), rest[TAG_MAX];
	enum vc_status status = VC_ERR;
	int done;

	/* out must not contain text that is not authentic, so use another buffer */
	if (ctx && text && aead_aad(aead, ctx, aad, aad_len, len)) {
		/* CCM checks the tag together with the text, the others at the end */
		if (aead_text(ctx, in, len, text) && EVP_CipherFinal_ex(ctx, rest, &done)) {
			if (len)
				memcpy(out, text, len);
			status = VC_OK;
		} else {
			status = VC_BADMSG;
		}
	}
	if (status != VC_OK)
		ERR_clear_error();
	OPENSSL_clear_free(text, len + 1);
	EVP_CIPHER_CTX_free(ctx);
	return status;
}

enum vc_status alg_aead_do(const struct alg_aead *aead,
			   const uint8_t *nonce, size_t nonce_len,
			   const uint8_t *aad, size_t aad_len,
			   const uint8_t *in, size_t len, uint8_t *out, size_t tag_len)
{
	size_t text_len = len;

	if (!aead->encrypt) {
		if (len < tag_len)
			return VC_ERR;
		text_len -= tag_len;
	}
	if (text_len > MAX_LEN || aad_len > MAX_LEN)
		return VC_ERR;
	if (!aead_lengths(aead->algo, nonce_len, text_len, tag_len))
		return VC_ERR;
	return aead->encrypt ?
	       aead_encrypt(aead, nonce, nonce_len, aad, aad_len, in, text_len, out, tag_len) :
	       aead_decrypt(aead, nonce, nonce_len, aad, aad_len, in, text_len, out, tag_len);
}

/* --- Public keys --- */

/* libcrypto refuses longer keys; shorter keys are insecure */
#define RSA_MAX_BYTES	2048
#define RSA_MIN_BITS	512

static const struct curve {
	int nid;
	size_t bytes;	/* bytes of a coordinate */
} curves[] = {
	[CURVE_P192] = { NID_X9_62_prime192v1, 24 },
	[CURVE_P224] = { NID_secp224r1, 28 },
	[CURVE_P256] = { NID_X9_62_prime256v1, 32 },
	[CURVE_P384] = { NID_secp384r1, 48 },
	[CURVE_P521] = { NID_secp521r1, 66 },
};

#define POINT_MAX	(1 + 2 * 66)

/*
 * The request contains the digest, so libcrypto does not need to have the hash.  MD3 was
 * never published, and signatures have no name for it.
 */
static const struct rsa_hash {
	int nid;
	size_t size;
} rsa_hashes[] = {
	[RSA_HASH_MD2]	  = { NID_md2, 16 },
	[RSA_HASH_MD4]	  = { NID_md4, 16 },
	[RSA_HASH_MD5]	  = { NID_md5, 16 },
	[RSA_HASH_SHA1]	  = { NID_sha1, 20 },
	[RSA_HASH_SHA256] = { NID_sha256, 32 },
	[RSA_HASH_SHA384] = { NID_sha384, 48 },
	[RSA_HASH_SHA512] = { NID_sha512, 64 },
	[RSA_HASH_SHA224] = { NID_sha224, 28 },
};

struct alg_key {
	EVP_PKEY *pkey;
	bool private;
	bool rsa;
	uint32_t padding;		/* RSA */
	const struct rsa_hash *hash;	/* RSA with PKCS#1; or NULL */
	size_t max_out;			/* RSA: bytes of the modulus */
};

/* The rest of a DER encoding */
struct der {
	const uint8_t *bytes;
	size_t len;
};

enum {
	DER_INTEGER = 0x02,
	DER_BIT_STRING = 0x03,
	DER_OCTET_STRING = 0x04,
	DER_NULL = 0x05,
	DER_OID = 0x06,
	DER_SEQUENCE = 0x30,
	DER_CONTEXT_0 = 0xa0,
	DER_CONTEXT_1 = 0xa1,
};

/* Reads a whole element with @tag into @content; does not move if there is none */
static bool der_take(struct der *der, uint8_t tag, struct der *content)
{
	size_t head = 2, len;

	if (der->len < head || der->bytes[0] != tag)
		return false;
	len = der->bytes[1];
	if (len & 0x80) {
		head += len & 0x7f;
		if (head == 2 || head > 2 + sizeof(uint32_t) || der->len < head)
			return false;
		len = 0;
		for (size_t i = 2; i < head; i++)
			len = len << 8 | der->bytes[i];
	}
	if (der->len - head < len)
		return false;
	content->bytes = der->bytes + head;
	content->len = len;
	der->bytes += head + len;
	der->len -= head + len;
	return true;
}

/*
 * Reads a number of any size, into memory that is cleansed.  Keys have no negative numbers:
 * if the first bit is 1, the leading zero was omitted, as in some of Linux's vectors.
 */
static BIGNUM *der_take_number(struct der *der)
{
	struct der content;
	BIGNUM *number;

	if (!der_take(der, DER_INTEGER, &content) || !content.len)
		return NULL;
	if (content.len > RSA_MAX_BYTES + 1)
		return NULL;
	number = BN_secure_new();
	if (number && !BN_bin2bn(content.bytes, content.len, number)) {
		BN_clear_free(number);
		return NULL;
	}
	return number;
}

static EVP_PKEY *pkey_make(const char *type, OSSL_PARAM_BLD *bld, bool private)
{
	OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(bld);
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(lib.ctx, type, NULL);
	EVP_PKEY *pkey = NULL;

	if (params && ctx && EVP_PKEY_fromdata_init(ctx) > 0)
		EVP_PKEY_fromdata(ctx, &pkey, private ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY,
				  params);
	EVP_PKEY_CTX_free(ctx);
	OSSL_PARAM_free(params);
	return pkey;
}

static const char *const rsa_params[] = {
	OSSL_PKEY_PARAM_RSA_N,
	OSSL_PKEY_PARAM_RSA_E,
	OSSL_PKEY_PARAM_RSA_D,
	OSSL_PKEY_PARAM_RSA_FACTOR1,
	OSSL_PKEY_PARAM_RSA_FACTOR2,
	OSSL_PKEY_PARAM_RSA_EXPONENT1,
	OSSL_PKEY_PARAM_RSA_EXPONENT2,
	OSSL_PKEY_PARAM_RSA_COEFFICIENT1,
};

enum { RSA_N, RSA_E, RSA_D, RSA_P, RSA_Q, RSA_NR = ARRAY_SIZE(rsa_params) };
enum { RSA_NR_PUBLIC = RSA_E + 1, RSA_NR_PLAIN = RSA_D + 1 };

static bool rsa_parse(struct der key, bool private, BIGNUM *numbers[RSA_NR])
{
	bool multi_prime = false;
	BIGNUM *version;
	struct der body;

	if (!der_take(&key, DER_SEQUENCE, &body) || key.len)
		return false;
	if (private) {
		version = der_take_number(&body);
		multi_prime = version && BN_is_one(version);
		if (!version || !(BN_is_zero(version) || multi_prime)) {
			BN_free(version);
			return false;
		}
		BN_free(version);
	}
	for (size_t i = 0; i < (private ? RSA_NR : RSA_NR_PUBLIC); i++) {
		numbers[i] = der_take_number(&body);
		if (!numbers[i])
			return false;
	}
	return !body.len || multi_prime;
}

/* Checks numbers that libcrypto does not always check before it uses them */
static bool rsa_sane(BIGNUM *const numbers[RSA_NR], bool private)
{
	const BIGNUM *n = numbers[RSA_N], *e = numbers[RSA_E];

	return BN_num_bits(n) >= RSA_MIN_BITS && BN_num_bytes(n) <= RSA_MAX_BYTES &&
	       BN_is_odd(n) && BN_is_odd(e) && BN_cmp(e, n) < 0 &&
	       (!private || BN_cmp(numbers[RSA_D], n) < 0);
}

/*
 * Whether the primes, and the numbers derived from them, can be used.  A key may have more
 * than two primes, or zeros instead of them; it works without them.
 */
static bool rsa_has_primes(BIGNUM *const numbers[RSA_NR])
{
	BN_CTX *ctx = BN_CTX_secure_new_ex(lib.ctx);
	BIGNUM *product = BN_secure_new();
	bool has = ctx && product &&
		   BN_mul(product, numbers[RSA_P], numbers[RSA_Q], ctx) &&
		   !BN_cmp(product, numbers[RSA_N]) &&
		   !BN_is_one(numbers[RSA_P]) && !BN_is_one(numbers[RSA_Q]);

	for (size_t i = RSA_NR_PLAIN; has && i < RSA_NR; i++)
		has = !BN_is_zero(numbers[i]) && BN_cmp(numbers[i], numbers[RSA_N]) < 0;
	BN_clear_free(product);
	BN_CTX_free(ctx);
	return has;
}

static EVP_PKEY *rsa_pkey(struct der der, bool private)
{
	OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
	BIGNUM *numbers[RSA_NR] = { NULL };
	size_t nr = RSA_NR_PUBLIC;
	EVP_PKEY *pkey = NULL;
	bool ok = bld && rsa_parse(der, private, numbers) && rsa_sane(numbers, private);

	if (ok && private)
		nr = rsa_has_primes(numbers) ? RSA_NR : RSA_NR_PLAIN;
	for (size_t i = 0; ok && i < nr; i++)
		ok = OSSL_PARAM_BLD_push_BN(bld, rsa_params[i], numbers[i]);
	if (ok)
		pkey = pkey_make("RSA", bld, private);
	OSSL_PARAM_BLD_free(bld);
	for (size_t i = 0; i < RSA_NR; i++)
		BN_clear_free(numbers[i]);
	return pkey;
}

/* Parameters and public key are optional in an ECPrivateKey, but have to match */
static bool ec_private_extras(struct der der, const struct curve *curve, const EC_GROUP *group,
			      const EC_POINT *point, BN_CTX *bn_ctx)
{
	const ASN1_OBJECT *name = OBJ_nid2obj(curve->nid);
	EC_POINT *other = EC_POINT_new(group);
	struct der outer, inner;
	bool ok = other;

	if (ok && der_take(&der, DER_CONTEXT_0, &outer))
		ok = der_take(&outer, DER_OID, &inner) && !outer.len &&
		     inner.len == OBJ_length(name) &&
		     !memcmp(inner.bytes, OBJ_get0_data(name), inner.len);
	if (ok && der_take(&der, DER_CONTEXT_1, &outer))
		ok = der_take(&outer, DER_BIT_STRING, &inner) && !outer.len &&
		     inner.len > 1 && inner.bytes[0] == 0 &&
		     EC_POINT_oct2point(group, other, inner.bytes + 1, inner.len - 1, bn_ctx) &&
		     !EC_POINT_cmp(group, other, point, bn_ctx);
	EC_POINT_free(other);
	return ok && !der.len;
}

static BIGNUM *ec_private_number(struct der *body, const EC_GROUP *group)
{
	BIGNUM *version = der_take_number(body);
	bool ok = version && BN_is_one(version);
	BIGNUM *number = BN_secure_new();
	struct der content;

	BN_free(version);
	if (ok && number && der_take(body, DER_OCTET_STRING, &content) && content.len &&
	    content.len <= RSA_MAX_BYTES && BN_bin2bn(content.bytes, content.len, number) &&
	    !BN_is_zero(number) && BN_cmp(number, EC_GROUP_get0_order(group)) < 0)
		return number;
	BN_clear_free(number);
	return NULL;
}

/* The private number of an ECPrivateKey, and its public point */
static BIGNUM *ec_parse_private(struct der der, const struct curve *curve,
				uint8_t point_bytes[POINT_MAX])
{
	EC_GROUP *group = EC_GROUP_new_by_curve_name_ex(lib.ctx, NULL, curve->nid);
	EC_POINT *point = group ? EC_POINT_new(group) : NULL;
	BN_CTX *bn_ctx = BN_CTX_secure_new_ex(lib.ctx);
	BIGNUM *number = NULL;
	struct der body;
	bool ok = false;

	if (point && bn_ctx && der_take(&der, DER_SEQUENCE, &body) && !der.len)
		number = ec_private_number(&body, group);
	if (number)
		ok = EC_POINT_mul(group, point, number, NULL, NULL, bn_ctx) &&
		     ec_private_extras(body, curve, group, point, bn_ctx) &&
		     EC_POINT_point2oct(group, point, POINT_CONVERSION_UNCOMPRESSED,
					point_bytes, POINT_MAX, bn_ctx);
	if (!ok) {
		BN_clear_free(number);
		number = NULL;
	}
	BN_CTX_free(bn_ctx);
	EC_POINT_free(point);
	EC_GROUP_free(group);
	return number;
}

static EVP_PKEY *ec_pkey(const struct curve *curve, struct der der, bool private)
{
	size_t point_len = 1 + 2 * curve->bytes;
	uint8_t point[POINT_MAX];
	OSSL_PARAM_BLD *bld;
	BIGNUM *number = NULL;
	EVP_PKEY *pkey = NULL;

	if (private) {
		number = ec_parse_private(der, curve, point);
		if (!number)
			return NULL;
	} else {
		if (der.len != point_len || der.bytes[0] != POINT_CONVERSION_UNCOMPRESSED)
			return NULL;
		memcpy(point, der.bytes, point_len);
	}
	bld = OSSL_PARAM_BLD_new();
	if (bld && OSSL_PARAM_BLD_push_utf8_string(bld, OSSL_PKEY_PARAM_GROUP_NAME,
						   OBJ_nid2sn(curve->nid), 0) &&
	    OSSL_PARAM_BLD_push_octet_string(bld, OSSL_PKEY_PARAM_PUB_KEY, point, point_len) &&
	    (!number || OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_PRIV_KEY, number)))
		pkey = pkey_make("EC", bld, private);
	OSSL_PARAM_BLD_free(bld);
	BN_clear_free(number);
	return pkey;
}

static enum vc_status rsa_set_params(struct alg_key *key, uint32_t padding, uint32_t hash)
{
	if (padding != RSA_RAW && padding != RSA_PKCS1)
		return VC_NOTSUPP;
	key->rsa = true;
	key->padding = padding;
	if (padding == RSA_RAW || hash == RSA_HASH_NONE)
		return VC_OK;
	if (hash >= ARRAY_SIZE(rsa_hashes) || !rsa_hashes[hash].size)
		return VC_NOTSUPP;
	key->hash = &rsa_hashes[hash];
	return VC_OK;
}

static bool curve_known(uint32_t curve)
{
	EC_GROUP *group;
	bool known;

	if (curve >= ARRAY_SIZE(curves) || !curves[curve].bytes)
		return false;
	/* Some distributions do not have the small curves */
	group = EC_GROUP_new_by_curve_name_ex(lib.ctx, NULL, curves[curve].nid);
	known = group;
	EC_GROUP_free(group);
	return known;
}

static enum vc_status key_init(struct alg_key *key, uint32_t algo, uint32_t param1,
			       uint32_t param2, struct der der)
{
	enum vc_status status;

	if (algo == AKCIPHER_RSA) {
		status = rsa_set_params(key, param1, param2);
		if (status != VC_OK)
			return status;
		key->pkey = rsa_pkey(der, key->private);
	} else {
		if (!curve_known(param1))
			return VC_NOTSUPP;
		key->pkey = ec_pkey(&curves[param1], der, key->private);
	}
	if (!key->pkey)
		return VC_ERR;
	key->max_out = EVP_PKEY_get_size(key->pkey);
	return VC_OK;
}

enum vc_status alg_key_new(struct alg_key **key, uint32_t algo, uint32_t key_type,
			   uint32_t param1, uint32_t param2,
			   const uint8_t *bytes, size_t len)
{
	struct der der = { bytes, len };
	enum vc_status status;
	struct alg_key *new;

	*key = NULL;
	if (!offered(SERVICE_AKCIPHER, algo))
		return VC_NOTSUPP;
	if ((key_type != KEY_PUBLIC && key_type != KEY_PRIVATE) || !len)
		return VC_ERR;
	new = OPENSSL_zalloc(sizeof(*new));
	if (!new)
		return VC_ERR;
	new->private = key_type == KEY_PRIVATE;
	status = key_init(new, algo, param1, param2, der);
	if (status != VC_OK) {
		ERR_clear_error();
		alg_key_free(new);
		return status;
	}
	*key = new;
	return VC_OK;
}

size_t alg_key_max_out(const struct alg_key *key)
{
	return key->max_out;
}

void alg_key_free(struct alg_key *key)
{
	if (!key)
		return;
	EVP_PKEY_free(key->pkey);
	OPENSSL_free(key);
}

static bool key_can(const struct alg_key *key, unsigned int op)
{
	switch (op) {
	case OP_ENCRYPT:
		return key->rsa;
	case OP_DECRYPT:
		return key->rsa && key->private;
	case OP_SIGN:
		return key->private && !(key->rsa && key->padding == RSA_RAW);
	default:
		return false;
	}
}

/* PKCS#1's DigestInfo, in which every length is less than 128 */
static size_t digest_info(const struct rsa_hash *hash, const uint8_t *digest, uint8_t *out)
{
	const ASN1_OBJECT *name = OBJ_nid2obj(hash->nid);
	size_t oid = OBJ_length(name);
	const uint8_t head[] = { DER_SEQUENCE, oid + hash->size + 8, DER_SEQUENCE, oid + 4,
				 DER_OID, oid };
	const uint8_t middle[] = { DER_NULL, 0, DER_OCTET_STRING, hash->size };

	memcpy(out, head, sizeof(head));
	out += sizeof(head);
	memcpy(out, OBJ_get0_data(name), oid);
	out += oid;
	memcpy(out, middle, sizeof(middle));
	out += sizeof(middle);
	memcpy(out, digest, hash->size);
	return sizeof(head) + oid + sizeof(middle) + hash->size;
}

/*
 * Converts the request's input to libcrypto's; false if its length cannot be correct.  @to
 * has RSA_MAX_BYTES, which is more than enough for ECDSA.
 */
static bool key_input(const struct alg_key *key, unsigned int op,
		      const uint8_t *in, size_t len, uint8_t *to, size_t *to_len)
{
	size_t zeros = 0;

	if (!key->rsa) {
		if (!len || len > RSA_MAX_BYTES)
			return false;
	} else if (len > key->max_out) {
		return false;
	} else if (key->padding == RSA_RAW) {
		zeros = key->max_out - len;
	} else if (op == OP_DECRYPT) {
		if (len != key->max_out)
			return false;
	} else if (op != OP_ENCRYPT && key->hash) {
		if (len != key->hash->size)
			return false;
		*to_len = digest_info(key->hash, in, to);
		return true;
	}
	memset(to, 0, zeros);
	if (len)
		memcpy(to + zeros, in, len);
	*to_len = zeros + len;
	return true;
}

static bool set_padding(const struct alg_key *key, EVP_PKEY_CTX *ctx)
{
	if (!key->rsa)
		return true;
	return EVP_PKEY_CTX_set_rsa_padding(ctx, key->padding == RSA_RAW ? RSA_NO_PADDING :
							 RSA_PKCS1_PADDING) > 0;
}

/*
 * Wrong padding has to be an error.  By default, libcrypto returns a random message instead
 * since 3.2.  3.0 ignores this parameter.
 */
static bool set_explicit_rejection(EVP_PKEY_CTX *ctx)
{
	unsigned int implicit = 0;
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_uint("implicit-rejection", &implicit),
		OSSL_PARAM_construct_end(),
	};

	return EVP_PKEY_CTX_set_params(ctx, params) > 0;
}

static bool key_run(const struct alg_key *key, EVP_PKEY_CTX *ctx, unsigned int op,
		    const uint8_t *in, size_t len, uint8_t *out, size_t *out_len)
{
	switch (op) {
	case OP_ENCRYPT:
		return EVP_PKEY_encrypt_init(ctx) > 0 && set_padding(key, ctx) &&
		       EVP_PKEY_encrypt(ctx, out, out_len, in, len) > 0;
	case OP_DECRYPT:
		return EVP_PKEY_decrypt_init(ctx) > 0 && set_padding(key, ctx) &&
		       set_explicit_rejection(ctx) &&
		       EVP_PKEY_decrypt(ctx, out, out_len, in, len) > 0;
	default:
		return EVP_PKEY_sign_init(ctx) > 0 && set_padding(key, ctx) &&
		       EVP_PKEY_sign(ctx, out, out_len, in, len) > 0;
	}
}

enum vc_status alg_key_do(const struct alg_key *key, unsigned int op,
			  const uint8_t *in, size_t len, uint8_t *out, size_t *out_len)
{
	uint8_t from[RSA_MAX_BYTES], to[RSA_MAX_BYTES];
	size_t from_len, to_len = sizeof(to);
	EVP_PKEY_CTX *ctx;
	bool ok;

	if (!key_can(key, op))
		return VC_NOTSUPP;
	if (!key_input(key, op, in, len, from, &from_len))
		return VC_ERR;
	ctx = EVP_PKEY_CTX_new_from_pkey(lib.ctx, key->pkey, NULL);
	ok = ctx && key_run(key, ctx, op, from, from_len, to, &to_len) && to_len <= *out_len;
	if (ok) {
		if (to_len)
			memcpy(out, to, to_len);
		*out_len = to_len;
	}
	EVP_PKEY_CTX_free(ctx);
	OPENSSL_cleanse(from, sizeof(from));
	OPENSSL_cleanse(to, sizeof(to));
	return ok_or_err(ok);
}

enum vc_status alg_key_verify(const struct alg_key *key, const uint8_t *sig, size_t sig_len,
			      const uint8_t *digest, size_t digest_len)
{
	uint8_t expected[RSA_MAX_BYTES];
	enum vc_status status = VC_ERR;
	size_t expected_len;
	EVP_PKEY_CTX *ctx;

	if (key->rsa && key->padding == RSA_RAW)
		return VC_NOTSUPP;
	if (!key_input(key, OP_VERIFY, digest, digest_len, expected, &expected_len))
		return VC_ERR;
	/* PKCS#1 requires exactly this length; libcrypto would accept less */
	if (!sig_len || (key->rsa && sig_len != key->max_out))
		return VC_KEY_REJECTED;
	ctx = EVP_PKEY_CTX_new_from_pkey(lib.ctx, key->pkey, NULL);
	if (ctx && EVP_PKEY_verify_init(ctx) > 0 && set_padding(key, ctx))
		status = EVP_PKEY_verify(ctx, sig, sig_len, expected, expected_len) > 0 ?
			 VC_OK : VC_KEY_REJECTED;
	if (status != VC_OK)
		ERR_clear_error();
	EVP_PKEY_CTX_free(ctx);
	return status;
}
