// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The virtio_crypto authors
 *
 * Tests of algs.c alone: published vectors, in both directions, in and out of place; input
 * that must be refused; and objects that threads share.  Prints TAP; fails if a test fails.
 *
 * Every buffer is exactly as long as its content, so that a sanitizer detects each byte read
 * or written beyond it; an empty buffer is NULL.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "algs.h"
#include "tap.h"
#include "util.h"
#include "vectors.h"

/* --- Results and buffers --- */

static bool can(unsigned int service, uint32_t algo)
{
	return alg_mask(service) >> algo & 1;
}

struct bytes {
	uint8_t *p;
	size_t len;
};

static void *kept[1 << 16];
static size_t nr_kept;

/* Allocates memory, filled with 0xee, until forget_all() */
static struct bytes room(size_t len)
{
	struct bytes b = { NULL, len };

	if (!len)
		return b;
	b.p = malloc(len);
	if (!b.p || nr_kept == ARRAY_SIZE(kept)) {
		puts("Bail out! out of memory");
		exit(1);
	}
	memset(b.p, 0xee, len);
	kept[nr_kept++] = b.p;
	return b;
}

static void forget_all(void)
{
	while (nr_kept)
		free(kept[--nr_kept]);
}

static struct bytes copy_of(const void *p, size_t len)
{
	struct bytes b = room(len);

	if (len)
		memcpy(b.p, p, len);
	return b;
}

/* A text of vectors.h */
static struct bytes data(const char *text)
{
	struct bytes b = room(vector_len(text));

	vector_copy(text, b.p);
	return b;
}

static bool same(struct bytes a, struct bytes b)
{
	return a.len == b.len && (!a.len || !memcmp(a.p, b.p, a.len));
}

static bool untouched(struct bytes b)
{
	for (size_t i = 0; i < b.len; i++)
		if (b.p[i] != 0xee)
			return false;
	return true;
}

/* Pseudo-random bytes, the same in every run */
static struct bytes noise(size_t len)
{
	static uint32_t state = 1;
	struct bytes b = room(len);

	for (size_t i = 0; i < len; i++) {
		state = state * 1664525 + 1013904223;
		b.p[i] = state >> 24;
	}
	return b;
}

/* --- Ciphers --- */

/* In place and not; twice, because use must not change the object */
static bool cipher_gives(uint32_t algo, bool encrypt, struct bytes key, struct bytes iv,
			 struct bytes in, struct bytes expected)
{
	struct bytes out = room(in.len), place = copy_of(in.p, in.len);
	struct alg_cipher *cipher;
	bool good;

	if (alg_cipher_new(&cipher, algo, encrypt, key.p, key.len) != VC_OK)
		return false;
	good = alg_cipher_iv(cipher) == iv.len && !(in.len % alg_cipher_block(cipher)) &&
	       alg_cipher_do(cipher, iv.p, in.p, in.len, out.p) == VC_OK &&
	       same(out, expected) &&
	       alg_cipher_do(cipher, iv.p, place.p, place.len, place.p) == VC_OK &&
	       same(place, expected);
	alg_cipher_free(cipher);
	return good;
}

static void test_cipher_vectors(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(cipher_vectors); i++) {
		const struct cipher_vector *v = &cipher_vectors[i];
		struct bytes key = data(v->key), iv = data(v->iv);
		struct bytes plain = data(v->plain), cipher = data(v->cipher);

		if (can(SERVICE_CIPHER, v->algo)) {
			ok(cipher_gives(v->algo, true, key, iv, plain, cipher), "%s", v->name);
			ok(cipher_gives(v->algo, false, key, iv, cipher, plain),
			   "%s, decrypt", v->name);
		} else {
			skip(v->name, "not in this libcrypto");
		}
		forget_all();
	}
}

static struct bytes ecb(uint32_t algo, struct bytes key, struct bytes in)
{
	struct bytes out = room(in.len);
	struct alg_cipher *cipher;

	if (alg_cipher_new(&cipher, algo, true, key.p, key.len) != VC_OK ||
	    alg_cipher_do(cipher, NULL, in.p, in.len, out.p) != VC_OK)
		out.len = 0;
	alg_cipher_free(cipher);
	return out;
}

/* The modes by their definitions, from blocks of ECB, which the vectors have verified */
static bool ctr_agrees(uint32_t algo, uint32_t by, size_t block, size_t key_len,
		       struct bytes iv, size_t len)
{
	struct bytes key = noise(key_len), in = noise(len), out = copy_of(in.p, in.len);
	struct bytes counter = copy_of(iv.p, iv.len);
	struct bytes stream;

	for (size_t i = 0; i < len; i++) {
		if (i % block == 0) {
			stream = ecb(by, key, counter);
			if (!stream.len)
				return false;
			for (size_t j = block; j-- && !++counter.p[j];)
				;
		}
		out.p[i] ^= stream.p[i % block];
	}
	return cipher_gives(algo, true, key, iv, in, out) &&
	       cipher_gives(algo, false, key, iv, out, in);
}

static bool cbc_agrees(uint32_t algo, uint32_t by, size_t block, size_t key_len, size_t len)
{
	struct bytes key = noise(key_len), in = noise(len), iv = noise(block);
	struct bytes out = room(len), last = copy_of(iv.p, iv.len);

	for (size_t i = 0; i < len; i += block) {
		for (size_t j = 0; j < block; j++)
			last.p[j] ^= in.p[i + j];
		last = ecb(by, key, last);
		if (!last.len)
			return false;
		memcpy(out.p + i, last.p, block);
	}
	return cipher_gives(algo, true, key, iv, in, out) &&
	       cipher_gives(algo, false, key, iv, out, in);
}

static void test_cipher_modes(void)
{
	static const size_t lens[] = { 1, 7, 8, 9, 15, 16, 17, 511, 512, 513, 1100 };
	bool des = true, aes = true;

	for (size_t i = 0; i < ARRAY_SIZE(lens); i++) {
		aes = ctr_agrees(CIPHER_AES_CTR, CIPHER_AES_ECB, 16, 32, data("ff*16"), lens[i]) &&
		      ctr_agrees(CIPHER_AES_CTR, CIPHER_AES_ECB, 16, 16,
				 data("00000000000000000000000fffffffff"), lens[i]) && aes;
		forget_all();
		des = ctr_agrees(CIPHER_3DES_CTR, CIPHER_3DES_ECB, 8, 24, data("ff*8"), lens[i]) &&
		      des;
		forget_all();
		des = ctr_agrees(CIPHER_3DES_CTR, CIPHER_3DES_ECB, 8, 24,
				 data("00000000fffffff0"), lens[i]) && des;
		forget_all();
	}
	ok(aes, "AES-CTR: as by ECB, any length, counters that carry to the first byte");
	ok(des, "3DES-CTR: as by ECB, any length, counters that carry to the first byte");
	ok(cbc_agrees(CIPHER_3DES_CBC, CIPHER_3DES_ECB, 8, 24, 1000), "3DES-CBC: as by ECB");
	forget_all();
	ok(cbc_agrees(CIPHER_DES_CBC, CIPHER_DES_ECB, 8, 8, 800), "DES-CBC: as by ECB");
	forget_all();
}

/* Compares our XTS with libcrypto's, for every length of the last block */
static bool xts_agrees(size_t key_len, size_t len)
{
	EVP_CIPHER *type = EVP_CIPHER_fetch(NULL, key_len == 32 ? "AES-128-XTS" : "AES-256-XTS",
					    NULL);
	struct bytes key = noise(key_len), iv = noise(16), in = noise(len), out = room(len);
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int done;
	bool good = type && ctx && EVP_EncryptInit_ex2(ctx, type, key.p, iv.p, NULL) &&
		    EVP_EncryptUpdate(ctx, out.p, &done, in.p, len) &&
		    cipher_gives(CIPHER_AES_XTS, true, key, iv, in, out) &&
		    cipher_gives(CIPHER_AES_XTS, false, key, iv, out, in);

	EVP_CIPHER_CTX_free(ctx);
	EVP_CIPHER_free(type);
	forget_all();
	return good;
}

static void test_xts(void)
{
	bool good = true;

	for (size_t len = 16; len < 100; len++)
		good = xts_agrees(32, len) && xts_agrees(64, len) && good;
	for (size_t len = 1000; len < 1100; len += 3)
		good = xts_agrees(32, len) && xts_agrees(64, len) && good;
	good = xts_agrees(64, 4096) && xts_agrees(64, 65536 + 5) && good;
	ok(good, "XTS: as libcrypto's own, with and without stealing");
}

/* The definition, for all lengths of keys */
static void test_arc4(void)
{
	struct bytes key = noise(256), in = noise(1000), out = copy_of(in.p, in.len);
	uint8_t s[256], i, j = 0, swap;

	if (!can(SERVICE_CIPHER, CIPHER_ARC4)) {
		skip("ARC4: a key of 256 bytes", "not in this libcrypto");
		return;
	}
	for (int n = 0; n < 256; n++)
		s[n] = n;
	for (int n = 0; n < 256; n++) {
		j += s[n] + key.p[n];
		swap = s[n];
		s[n] = s[j];
		s[j] = swap;
	}
	i = 0;
	j = 0;
	for (size_t n = 0; n < out.len; n++) {
		i++;
		j += s[i];
		swap = s[i];
		s[i] = s[j];
		s[j] = swap;
		out.p[n] ^= s[(uint8_t)(s[i] + s[j])];
	}
	ok(cipher_gives(CIPHER_ARC4, true, key, data(NULL), in, out), "ARC4: a key of 256 bytes");
	forget_all();
}

static const struct {
	uint32_t algo;
	size_t good[4];
} cipher_keys[] = {
	{ CIPHER_AES_ECB, { 16, 24, 32 } },
	{ CIPHER_AES_CBC, { 16, 24, 32 } },
	{ CIPHER_AES_CTR, { 16, 24, 32 } },
	{ CIPHER_AES_XTS, { 32, 64 } },
	{ CIPHER_DES_ECB, { 8 } },
	{ CIPHER_DES_CBC, { 8 } },
	{ CIPHER_3DES_ECB, { 24 } },
	{ CIPHER_3DES_CBC, { 24 } },
	{ CIPHER_3DES_CTR, { 24 } },
};

static void test_cipher_keys(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(cipher_keys); i++) {
		struct alg_cipher *cipher;
		bool good = true;

		for (size_t len = 0; len <= 70; len++) {
			enum vc_status status, expected = VC_ERR;
			struct bytes key = noise(len);

			for (size_t j = 0; len && j < ARRAY_SIZE(cipher_keys[i].good); j++)
				if (cipher_keys[i].good[j] == len)
					expected = VC_OK;
			status = alg_cipher_new(&cipher, cipher_keys[i].algo, true, key.p, len);
			good = good && status == expected && !cipher == (status != VC_OK);
			alg_cipher_free(cipher);
		}
		forget_all();
		ok(good, "cipher %u: its lengths of keys, and no other", cipher_keys[i].algo);
	}
}

static void test_cipher_lengths(void)
{
	struct bytes key = noise(64), iv = noise(16), in = noise(100), out = room(100);

	for (size_t i = 0; i < ARRAY_SIZE(cipher_keys); i++) {
		uint32_t algo = cipher_keys[i].algo;
		struct alg_cipher *cipher;
		bool good = true, refused = true;
		size_t block;

		if (alg_cipher_new(&cipher, algo, true, key.p, cipher_keys[i].good[0]) != VC_OK) {
			ok(false, "cipher %u: a key", algo);
			continue;
		}
		block = alg_cipher_block(cipher);
		for (size_t len = 1; len <= 100; len++) {
			bool fits = !(len % block) && !(algo == CIPHER_AES_XTS && len < 16);
			enum vc_status status;

			memset(out.p, 0xee, out.len);
			status = alg_cipher_do(cipher, iv.p, in.p, len, out.p);
			good = good && status == (fits ? VC_OK : VC_ERR);
			refused = refused && (fits || untouched(out));
		}
		ok(good && refused, "cipher %u: lengths that it has, and no other", algo);
		ok(alg_cipher_do(cipher, iv.p, NULL, 0, NULL) ==
		   (algo == CIPHER_AES_XTS ? VC_ERR : VC_OK), "cipher %u: nothing to do", algo);
		ok(alg_cipher_do(cipher, iv.p, in.p, SIZE_MAX - 15, out.p) == VC_ERR,
		   "cipher %u: too much to do", algo);
		alg_cipher_free(cipher);
	}
	forget_all();
}

/* --- Hashes --- */

static void test_hash_vectors(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(hash_vectors); i++) {
		const struct hash_vector *v = &hash_vectors[i];
		struct bytes in = data(v->in), full = data(v->out);
		size_t size = alg_hash_size(v->algo);
		bool good = !size || size == full.len;

		/* The full size, and every truncated size */
		for (size_t len = in.len > 1000 ? full.len : 0; good && len <= full.len; len++) {
			struct bytes out = room(len);

			good = alg_hash_do(v->algo, in.p, in.len, out.p, len) == VC_OK &&
			       (!len || !memcmp(out.p, full.p, len));
		}
		ok(good, "%s", v->name);
		forget_all();
	}
}

static void test_hash_refusals(void)
{
	bool good = true;

	for (uint32_t algo = HASH_MD5; algo <= HASH_SHA3_512; algo++) {
		struct bytes out = room(alg_hash_size(algo) + 1);

		good = good && alg_hash_do(algo, NULL, 0, out.p, out.len) == VC_ERR &&
		       untouched(out);
	}
	ok(good, "hashes: no result longer than the full size");
	ok(!alg_hash_size(HASH_SHAKE128) && !alg_hash_size(HASH_SHAKE256) && !alg_hash_size(0) &&
	   !alg_hash_size(13) && !alg_hash_size(UINT32_MAX), "hashes: those without a size");
	forget_all();
}

static void test_shake(void)
{
	struct bytes in = noise(300);

	for (uint32_t algo = HASH_SHAKE128; algo <= HASH_SHAKE256; algo++) {
		struct bytes out = room(10000), start = room(333);

		ok(alg_hash_do(algo, in.p, in.len, out.p, out.len) == VC_OK &&
		   alg_hash_do(algo, in.p, in.len, start.p, start.len) == VC_OK &&
		   !memcmp(out.p, start.p, start.len) && memcmp(out.p, out.p + 5000, 5000),
		   "hash %u: as long as one likes, with one beginning", algo);
	}
	forget_all();
}

/* --- MACs --- */

static bool mac_gives(uint32_t algo, struct bytes key, struct bytes in, struct bytes full)
{
	struct alg_mac *mac;
	bool good;

	if (alg_mac_new(&mac, algo, key.p, key.len) != VC_OK)
		return false;
	good = alg_mac_size(mac) == full.len;
	for (size_t len = 0; good && len <= full.len; len++) {
		struct bytes out = room(len);

		good = alg_mac_do(mac, in.p, in.len, out.p, len) == VC_OK &&
		       (!len || !memcmp(out.p, full.p, len));
	}
	if (good) {
		struct bytes out = room(full.len + 1);

		good = alg_mac_do(mac, in.p, in.len, out.p, out.len) == VC_ERR && untouched(out);
	}
	alg_mac_free(mac);
	return good;
}

static void test_mac_vectors(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(mac_vectors); i++) {
		const struct mac_vector *v = &mac_vectors[i];

		ok(mac_gives(v->algo, data(v->key), data(v->in), data(v->out)), "%s", v->name);
		forget_all();
	}
}

/* The last block of CBC with an iv of zero, padded with zeros to whole blocks */
static void test_cbc_mac(void)
{
	static const size_t lens[] = { 1, 15, 16, 17, 31, 32, 33, 1023, 1024, 1025, 1040, 5000 };
	struct bytes iv = data("00*16");
	bool good = true;

	for (size_t i = 0; i < ARRAY_SIZE(lens); i++) {
		size_t padded = (lens[i] + 15) / 16 * 16;
		struct bytes key = noise(24), in = room(padded), out = room(padded);
		struct alg_cipher *cipher = NULL;

		memset(in.p, 0, in.len);
		memcpy(in.p, noise(lens[i]).p, lens[i]);
		good = good &&
		       alg_cipher_new(&cipher, CIPHER_AES_CBC, true, key.p, key.len) == VC_OK &&
		       alg_cipher_do(cipher, iv.p, in.p, in.len, out.p) == VC_OK &&
		       mac_gives(MAC_CBCMAC_AES, key, copy_of(in.p, lens[i]),
				 copy_of(out.p + padded - 16, 16));
		alg_cipher_free(cipher);
	}
	ok(good, "CBC-MAC-AES: as by CBC, padded with zeros");
	forget_all();
}

static void test_mac_keys(void)
{
	static const struct {
		uint32_t algo;
		size_t good[3];
	} macs[] = {
		{ MAC_CMAC_3DES, { 24 } },
		{ MAC_CMAC_AES, { 16, 24, 32 } },
		{ MAC_CBCMAC_AES, { 16, 24, 32 } },
		{ MAC_XCBC_AES, { 16 } },
	};
	struct alg_mac *mac;
	bool good = true;

	for (size_t i = 0; i < ARRAY_SIZE(macs); i++) {
		for (size_t len = 0; len <= 40; len++) {
			enum vc_status status, expected = VC_ERR;

			for (size_t j = 0; len && j < ARRAY_SIZE(macs[i].good); j++)
				if (macs[i].good[j] == len)
					expected = VC_OK;
			status = alg_mac_new(&mac, macs[i].algo, noise(len).p, len);
			good = good && status == expected && !mac == (status != VC_OK);
			alg_mac_free(mac);
		}
	}
	ok(good, "MACs: their lengths of keys, and no other");
	good = true;
	for (uint32_t algo = MAC_HMAC_MD5; algo <= MAC_HMAC_SHA_512; algo++) {
		good = alg_mac_new(&mac, algo, noise(3000).p, 3000) == VC_OK && good;
		alg_mac_free(mac);
	}
	ok(good, "HMACs: a key of 3000 bytes");
	forget_all();
}

/* --- AEADs --- */

struct aead_case {
	uint32_t algo;
	size_t tag_len;
	struct bytes key, nonce, aad, plain, cipher;
};

static enum vc_status aead_once(const struct aead_case *c, bool encrypt, struct bytes in,
				uint8_t *out)
{
	struct alg_aead *aead;
	enum vc_status status = alg_aead_new(&aead, c->algo, encrypt, c->key.p, c->key.len);

	if (status == VC_OK)
		status = alg_aead_do(aead, c->nonce.p, c->nonce.len, c->aad.p, c->aad.len,
				     in.p, in.len, out, c->tag_len);
	alg_aead_free(aead);
	return status;
}

static bool aead_encrypts(const struct aead_case *c)
{
	struct bytes out = room(c->cipher.len), place = room(c->cipher.len);

	if (c->plain.len)
		memcpy(place.p, c->plain.p, c->plain.len);
	return aead_once(c, true, c->plain, out.p) == VC_OK && same(out, c->cipher) &&
	       aead_once(c, true, (struct bytes) { place.p, c->plain.len }, place.p) == VC_OK &&
	       same(place, c->cipher);
}

static bool aead_decrypts(const struct aead_case *c)
{
	struct bytes out = room(c->plain.len), place = copy_of(c->cipher.p, c->cipher.len);

	return aead_once(c, false, c->cipher, out.p) == VC_OK && same(out, c->plain) &&
	       aead_once(c, false, place, place.p) == VC_OK &&
	       (!out.len || !memcmp(place.p, out.p, out.len));
}

/* With a bit changed in @in, no text must be written, also not in place */
static bool aead_rejects(const struct aead_case *c, struct bytes in)
{
	struct bytes out = room(c->plain.len), place = copy_of(in.p, in.len);

	return aead_once(c, false, in, out.p) == VC_BADMSG && untouched(out) &&
	       aead_once(c, false, place, place.p) == VC_BADMSG && same(place, in);
}

static bool aead_rejects_changes(const struct aead_case *c)
{
	struct bytes in = copy_of(c->cipher.p, c->cipher.len);
	struct aead_case changed = *c;
	bool good = true;

	for (size_t i = 0; good && i < in.len; i++) {
		in.p[i] ^= 1 << i % 8;
		good = aead_rejects(c, in);
		in.p[i] ^= 1 << i % 8;
	}
	changed.nonce = copy_of(c->nonce.p, c->nonce.len);
	changed.nonce.p[c->nonce.len - 1] ^= 1;
	good = good && aead_rejects(&changed, in);
	changed.nonce = c->nonce;
	changed.aad = copy_of(c->aad.p, c->aad.len);
	if (c->aad.len)
		changed.aad.p[0] ^= 0x80;
	else
		changed.aad = data("00");
	return good && aead_rejects(&changed, in);
}

static void test_aead_vectors(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(aead_vectors); i++) {
		const struct aead_vector *v = &aead_vectors[i];
		struct aead_case c = {
			v->algo, v->tag_len, data(v->key), data(v->nonce), data(v->aad),
			data(v->plain), data(v->cipher),
		};

		ok(aead_encrypts(&c), "%s", v->name);
		ok(aead_decrypts(&c), "%s, decrypt", v->name);
		ok(aead_rejects_changes(&c), "%s, a change anywhere", v->name);
		forget_all();
	}
}

/* The encoding of the length of additional data is different from 65280 on */
static void test_ccm_long_aad(void)
{
	struct aead_case c = {
		AEAD_CCM, 14, data(CCM_KEY2), data("101112131415161718191a1b1c"), room(65536),
		data("202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f"),
		data("69915dad1e84c6376a68c2967e4dab615ae0fd1faec44cc484828529463ccf72"
		     "b4ac6bec93e8598e7f0dadbcea5b"),
	};

	for (size_t i = 0; i < c.aad.len; i++)
		c.aad.p[i] = i;
	ok(aead_encrypts(&c) && aead_decrypts(&c), "SP 800-38C CCM example 4");
	forget_all();
}

/* By definition: the CBC-MAC of the first block and the data, under counter zero */
static bool ccm_agrees(size_t aad_len)
{
	struct aead_case c = { .algo = AEAD_CCM, .tag_len = 16, .key = noise(16),
			       .nonce = noise(13), .aad = noise(aad_len) };
	struct bytes blocks = room(16 + (aad_len ? (2 + aad_len + 15) / 16 * 16 : 0));
	struct bytes counter = data("00*16");
	struct alg_mac *mac;
	bool good;

	memset(blocks.p, 0, blocks.len);
	blocks.p[0] = (aad_len ? 0x40 : 0) | (16 - 2) / 2 << 3 | (15 - 13 - 1);
	memcpy(blocks.p + 1, c.nonce.p, c.nonce.len);
	if (aad_len) {
		blocks.p[17] = aad_len;
		memcpy(blocks.p + 18, c.aad.p, aad_len);
	}
	counter.p[0] = 15 - 13 - 1;
	memcpy(counter.p + 1, c.nonce.p, c.nonce.len);
	counter = ecb(CIPHER_AES_ECB, c.key, counter);
	c.cipher = room(16);
	good = counter.len &&
	       alg_mac_new(&mac, MAC_CBCMAC_AES, c.key.p, c.key.len) == VC_OK &&
	       alg_mac_do(mac, blocks.p, blocks.len, c.cipher.p, 16) == VC_OK;
	if (!good)
		return false;
	alg_mac_free(mac);
	for (size_t i = 0; i < 16; i++)
		c.cipher.p[i] ^= counter.p[i];
	return aead_encrypts(&c) && aead_decrypts(&c) && aead_rejects_changes(&c);
}

static void test_ccm_no_text(void)
{
	bool good = true;

	for (size_t len = 0; len < 50; len++)
		good = ccm_agrees(len) && good;
	ok(good, "CCM: only additional data, as by CBC-MAC");
	forget_all();
}

static bool aead_lengths_right(uint32_t algo, size_t nonce_len, size_t tag_len)
{
	switch (algo) {
	case AEAD_GCM:
		return nonce_len == 12 && (tag_len == 4 || tag_len == 8 ||
					   (tag_len >= 12 && tag_len <= 16));
	case AEAD_CCM:
		return nonce_len >= 7 && nonce_len <= 13 && tag_len >= 4 && tag_len <= 16 &&
		       !(tag_len % 2);
	default:
		return nonce_len == 12 && tag_len == 16;
	}
}

/* Every length of nonce and tag works in both directions, or is refused in both */
static void test_aead_lengths(uint32_t algo)
{
	struct aead_case c = { .algo = algo, .key = noise(32), .aad = noise(5),
			       .plain = noise(33) };
	bool good = true;

	for (size_t nonce_len = 0; nonce_len <= 20; nonce_len++) {
		for (size_t tag_len = 0; tag_len <= 20; tag_len++) {
			struct bytes out = room(c.plain.len + tag_len);

			c.nonce = noise(nonce_len);
			c.tag_len = tag_len;
			c.cipher = out;
			if (aead_lengths_right(algo, nonce_len, tag_len))
				good = good && aead_once(&c, true, c.plain, out.p) == VC_OK &&
				       aead_encrypts(&c) && aead_decrypts(&c);
			else
				good = good && aead_once(&c, true, c.plain, out.p) == VC_ERR &&
				       untouched(out) &&
				       aead_once(&c, false, out, out.p) == VC_ERR;
			while (nr_kept > 3)
				free(kept[--nr_kept]);
		}
	}
	ok(good, "AEAD %u: its lengths of nonce and tag, and no other", algo);
	forget_all();
}

static void test_aead_refusals(uint32_t algo)
{
	struct bytes key = noise(40), nonce = noise(12), out = room(100);
	struct alg_aead *aead;
	bool good = true;

	for (size_t len = 0; len <= 40; len++) {
		bool aes = algo != AEAD_CHACHA20_POLY1305;
		bool fits = len == 32 || (aes && (len == 16 || len == 24));
		enum vc_status status = alg_aead_new(&aead, algo, true, key.p, len);

		good = good && status == (fits ? VC_OK : VC_ERR) && !aead == !fits;
		alg_aead_free(aead);
	}
	ok(good, "AEAD %u: its lengths of keys, and no other", algo);

	good = alg_aead_new(&aead, algo, false, key.p, 32) == VC_OK;
	if (!good) {
		ok(false, "AEAD %u: a key", algo);
		return;
	}
	for (size_t len = 0; good && len < 16; len++)
		good = alg_aead_do(aead, nonce.p, 12, NULL, 0, len ? key.p : NULL, len, out.p,
				   16) == VC_ERR;
	good = good && alg_aead_do(aead, nonce.p, 12, NULL, 0, key.p, 16, out.p, 16) == VC_BADMSG;
	ok(good && untouched(out), "AEAD %u: no input shorter than the tag", algo);
	ok(alg_aead_do(aead, nonce.p, 12, NULL, 0, key.p, SIZE_MAX, out.p, 16) == VC_ERR &&
	   alg_aead_do(aead, nonce.p, 12, key.p, SIZE_MAX, key.p, 20, out.p, 16) == VC_ERR,
	   "AEAD %u: too much to do", algo);
	alg_aead_free(aead);
	forget_all();
}

/* A nonce of 13 bytes leaves 16 bits for the length, and so on */
static void test_ccm_long_text(void)
{
	struct aead_case c = { .algo = AEAD_CCM, .tag_len = 16, .key = noise(16),
			       .nonce = noise(13), .plain = noise(65535) };
	struct bytes longer = noise(65536), out = room(65536 + 16);

	c.cipher = room(65535 + 16);
	ok(aead_once(&c, true, c.plain, c.cipher.p) == VC_OK && aead_encrypts(&c) &&
	   aead_decrypts(&c), "CCM: 65535 bytes with a nonce of 13");
	ok(aead_once(&c, true, longer, out.p) == VC_ERR && untouched(out) &&
	   aead_once(&c, false, out, out.p) == VC_ERR, "CCM: not 65536 bytes with a nonce of 13");
	c.nonce.len = 12;
	c.plain = longer;
	c.cipher = out;
	ok(aead_once(&c, true, c.plain, c.cipher.p) == VC_OK && aead_encrypts(&c) &&
	   aead_decrypts(&c), "CCM: 65536 bytes with a nonce of 12");
	forget_all();
}

static void test_aead_long_text(uint32_t algo)
{
	struct aead_case c = { .algo = algo, .tag_len = 16, .key = noise(32), .nonce = noise(12),
			       .aad = noise(1000), .plain = noise(100001) };

	c.cipher = room(c.plain.len + c.tag_len);
	ok(aead_once(&c, true, c.plain, c.cipher.p) == VC_OK && aead_encrypts(&c) &&
	   aead_decrypts(&c), "AEAD %u: 100001 bytes, there and back", algo);
	forget_all();
}

/* --- RSA --- */

static struct alg_key *rsa_key(const char *der, uint32_t type, uint32_t padding, uint32_t hash)
{
	struct bytes bytes = data(der);
	struct alg_key *key;

	if (alg_key_new(&key, AKCIPHER_RSA, type, padding, hash, bytes.p, bytes.len) != VC_OK)
		return NULL;
	return key;
}

/* Returns the result of an operation, in a buffer of exactly its size; or empty */
static struct bytes key_result(const struct alg_key *key, unsigned int op, struct bytes in)
{
	struct bytes out = room(key ? alg_key_max_out(key) : 0);

	if (!key || alg_key_do(key, op, in.p, in.len, out.p, &out.len) != VC_OK)
		out.len = 0;
	return out;
}

static bool rsa_works(struct alg_key *public, struct alg_key *private)
{
	struct bytes in = data("42*128");

	return public && private && alg_key_max_out(public) == RSA_BYTES &&
	       alg_key_max_out(private) == RSA_BYTES &&
	       same(key_result(public, OP_ENCRYPT, in), data(RSA_ENCRYPTED_RAW)) &&
	       same(key_result(private, OP_ENCRYPT, in), data(RSA_ENCRYPTED_RAW)) &&
	       same(key_result(private, OP_DECRYPT, in), data(RSA_DECRYPTED_RAW)) &&
	       same(key_result(private, OP_DECRYPT, data(RSA_ENCRYPTED_RAW)), in);
}

static void test_rsa_keys(void)
{
	static const struct {
		const char *name, *public, *private;
	} keys[] = {
		{ "all there is", RSA_PUBLIC, RSA_PRIVATE },
		{ "a modulus without its leading zero, as in Linux' vectors",
		  "308188"
		  "028180a5f95ebbc1f234f2d619a0704029b2f6b4a3d7e455ad8458125f4f4d49ee5e3bac9b9a9f1a29"
		  "b28ce946a2fd73bbc86602b584ed48691bedc9a98f02a2dd37fc0854b1ac6d8597ddf6b0765b3a9521"
		  "2a89a3cd00d788c617c13171da3264db7642dced442b04b1d6375337e20e188d065d6364a97137ad8a"
		  "e0ef07a3a0e7c993" RSA_KEY_E, RSA_PRIVATE },
		{ "zeros for primes, as in Linux' vectors", RSA_PUBLIC,
		  "3082011e" "020100" RSA_KEY_N RSA_KEY_E RSA_KEY_D RSA_NO_CRT },
		{ "zeros and another version, as in Linux' vectors", RSA_PUBLIC,
		  "3082011e" "020101" RSA_KEY_N RSA_KEY_E RSA_KEY_D RSA_NO_CRT },
		{ "other primes that follow", RSA_PUBLIC,
		  "30820120" "020101" RSA_KEY_N RSA_KEY_E RSA_KEY_D RSA_NO_CRT "3000" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		struct alg_key *public = rsa_key(keys[i].public, KEY_PUBLIC, RSA_RAW, 0);
		struct alg_key *private = rsa_key(keys[i].private, KEY_PRIVATE, RSA_RAW, 0);

		ok(rsa_works(public, private), "RSA keys: %s", keys[i].name);
		alg_key_free(public);
		alg_key_free(private);
		forget_all();
	}
}

static bool no_rsa_key(const char *der, uint32_t type)
{
	struct bytes bytes = data(der);
	struct alg_key *key;

	return alg_key_new(&key, AKCIPHER_RSA, type, RSA_PKCS1, RSA_HASH_SHA1, bytes.p,
			   bytes.len) == VC_ERR && !key;
}

static void test_rsa_bad_keys(void)
{
	static const struct {
		const char *name, *der;
		uint32_t type;
	} keys[] = {
		{ "nothing", NULL, KEY_PUBLIC },
		{ "an empty sequence", "3000", KEY_PUBLIC },
		{ "no sequence", RSA_KEY_N RSA_KEY_E, KEY_PUBLIC },
		{ "something behind it", RSA_PUBLIC "00", KEY_PUBLIC },
		{ "something in its end", "30818b" RSA_KEY_N RSA_KEY_E "0500", KEY_PUBLIC },
		{ "a private one for a public one", RSA_PRIVATE, KEY_PUBLIC },
		{ "a public one for a private one", RSA_PUBLIC, KEY_PRIVATE },
		{ "no such type", RSA_PUBLIC, 0 },
		{ "no such type either", RSA_PUBLIC, 3 },
		{ "no such version", "3082011e" "020102" RSA_KEY_N RSA_KEY_E RSA_KEY_D RSA_NO_CRT,
		  KEY_PRIVATE },
		{ "other primes in the wrong version",
		  "30820120" "020100" RSA_KEY_N RSA_KEY_E RSA_KEY_D RSA_NO_CRT "3000",
		  KEY_PRIVATE },
		{ "a number beyond the end",
		  "3082011e" "020101" RSA_KEY_N RSA_KEY_E RSA_KEY_D
		  "020100020100020100020100020500", KEY_PRIVATE },
		{ "a public exponent that is too big", "30820108" RSA_KEY_N RSA_KEY_N, KEY_PUBLIC },
		{ "a private exponent that is too big",
		  "3082011f" "020100" RSA_KEY_N RSA_KEY_E RSA_KEY_N RSA_NO_CRT, KEY_PRIVATE },
		{ "an even exponent", "308189" RSA_KEY_N "0203010000", KEY_PUBLIC },
		{ "an exponent that is no number", "308186" RSA_KEY_N "0200", KEY_PUBLIC },
		{ "a small modulus", "3008" "02030100dd" "020103", KEY_PUBLIC },
		{ "a modulus of zero", "3006" "020100" "020103", KEY_PUBLIC },
		{ "length without end", "3080" RSA_KEY_N RSA_KEY_E, KEY_PUBLIC },
		{ "length of five bytes", "30850000000089" RSA_KEY_N RSA_KEY_E, KEY_PUBLIC },
		{ "length of 4 GB", "3084ffffffff" RSA_KEY_N RSA_KEY_E, KEY_PUBLIC },
		{ "length that is missing", "3084", KEY_PUBLIC },
	};

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		ok(no_rsa_key(keys[i].der, keys[i].type), "bad RSA keys: %s", keys[i].name);
		forget_all();
	}
}

static bool no_prefix_is_key(const char *der, uint32_t algo, uint32_t type, uint32_t param1)
{
	struct bytes full = data(der);
	struct alg_key *key;
	bool good = true;

	for (size_t len = 0; good && len < full.len; len++) {
		uint8_t *part = len ? malloc(len) : NULL;

		if (len)
			memcpy(part, full.p, len);
		good = alg_key_new(&key, algo, type, param1, 0, part, len) == VC_ERR && !key;
		free(part);
	}
	forget_all();
	return good;
}

/* Any bytes: parsing must end; a key that is not refused is used */
static void poke_key(const char *der, uint32_t algo, uint32_t type, uint32_t param1)
{
	static const uint8_t masks[] = { 0x01, 0x80, 0xff };
	struct bytes bytes = data(der), in = data("00*20");
	uint8_t out[2048];
	struct alg_key *key;

	for (size_t i = 0; i < bytes.len * ARRAY_SIZE(masks); i++) {
		uint8_t mask = masks[i % ARRAY_SIZE(masks)];
		uint8_t *at = &bytes.p[i / ARRAY_SIZE(masks)];
		size_t out_len = sizeof(out);

		*at ^= mask;
		if (alg_key_new(&key, algo, type, param1, 0, bytes.p, bytes.len) == VC_OK) {
			alg_key_do(key, OP_DECRYPT, in.p, in.len, out, &out_len);
			out_len = sizeof(out);
			alg_key_do(key, OP_SIGN, in.p, in.len, out, &out_len);
			alg_key_verify(key, in.p, in.len, in.p, in.len);
		}
		alg_key_free(key);
		*at ^= mask;
	}
	forget_all();
}

static void test_rsa_damage(void)
{
	ok(no_prefix_is_key(RSA_PUBLIC, AKCIPHER_RSA, KEY_PUBLIC, RSA_RAW) &&
	   no_prefix_is_key(RSA_PRIVATE, AKCIPHER_RSA, KEY_PRIVATE, RSA_RAW),
	   "RSA: keys that were cut anywhere");
	poke_key(RSA_PUBLIC, AKCIPHER_RSA, KEY_PUBLIC, RSA_PKCS1);
	poke_key(RSA_PRIVATE, AKCIPHER_RSA, KEY_PRIVATE, RSA_RAW);
	ok(true, "RSA: keys damaged anywhere");
}

static void test_rsa_raw(void)
{
	struct alg_key *key = rsa_key(RSA_PRIVATE, KEY_PRIVATE, RSA_RAW, RSA_HASH_SHA256);
	struct bytes place = data(RSA_ENCRYPTED_RAW), out = room(RSA_BYTES);
	struct bytes modulus = data(RSA_KEY_N), three = room(RSA_BYTES);

	modulus = copy_of(modulus.p + 4, RSA_BYTES);
	memset(three.p, 0, three.len);
	three.p[RSA_BYTES - 1] = 3;
	ok(same(key_result(key, OP_DECRYPT, key_result(key, OP_ENCRYPT, data("03"))), three) &&
	   same(key_result(key, OP_DECRYPT, key_result(key, OP_ENCRYPT, data("000003"))), three),
	   "RSA raw: leading zeros come, and may be given");
	ok(same(key_result(key, OP_ENCRYPT, data(NULL)), data("00*128")) &&
	   same(key_result(key, OP_DECRYPT, data("00")), data("00*128")), "RSA raw: zero");
	ok(!key_result(key, OP_ENCRYPT, modulus).len && !key_result(key, OP_DECRYPT, modulus).len,
	   "RSA raw: not the modulus");
	ok(!key_result(key, OP_ENCRYPT, data("00*129")).len &&
	   !key_result(key, OP_ENCRYPT, data("00*5000")).len, "RSA raw: nothing longer");
	ok(alg_key_do(key, OP_DECRYPT, place.p, place.len, place.p, &place.len) == VC_OK &&
	   same(place, data("42*128")), "RSA raw: in place");
	out.len--;
	ok(alg_key_do(key, OP_DECRYPT, place.p, place.len, out.p, &out.len) == VC_ERR &&
	   untouched(out), "RSA raw: a byte too little room");
	ok(alg_key_do(key, OP_SIGN, place.p, 20, out.p, &out.len) == VC_NOTSUPP &&
	   alg_key_do(key, OP_VERIFY, place.p, 20, out.p, &out.len) == VC_NOTSUPP &&
	   alg_key_do(key, 4, place.p, 20, out.p, &out.len) == VC_NOTSUPP &&
	   alg_key_verify(key, place.p, place.len, place.p, 20) == VC_NOTSUPP,
	   "RSA raw: no signatures");
	alg_key_free(key);
	key = rsa_key(RSA_PUBLIC, KEY_PUBLIC, RSA_RAW, 0);
	ok(alg_key_do(key, OP_DECRYPT, place.p, place.len, place.p, &place.len) == VC_NOTSUPP,
	   "RSA raw: no decryption with a public key");
	alg_key_free(key);
	forget_all();
}

/* Applies a raw key to an encrypted message or a signature */
static struct bytes rsa_look(uint32_t type, struct bytes in)
{
	struct alg_key *key = rsa_key(RSA_PRIVATE, KEY_PRIVATE, RSA_RAW, 0);
	struct bytes out = key_result(key, type == KEY_PRIVATE ? OP_DECRYPT : OP_ENCRYPT, in);

	alg_key_free(key);
	return out;
}

static struct bytes pkcs1_block(uint8_t type, struct bytes head, struct bytes tail)
{
	struct bytes out = room(RSA_BYTES);

	memset(out.p, 0xff, out.len);
	out.p[0] = 0;
	out.p[1] = type;
	if (tail.len)
		memcpy(out.p + RSA_BYTES - tail.len, tail.p, tail.len);
	if (head.len)
		memcpy(out.p + RSA_BYTES - tail.len - head.len, head.p, head.len);
	out.p[RSA_BYTES - tail.len - head.len - 1] = 0;
	return out;
}

/* Whether decryption of a block with this padding returns an error */
static bool pkcs1_rejects(const struct alg_key *key, struct bytes block)
{
	struct bytes in = rsa_look(KEY_PUBLIC, block), out = room(RSA_BYTES);

	return alg_key_do(key, OP_DECRYPT, in.p, in.len, out.p, &out.len) == VC_ERR &&
	       untouched(out) && out.len == RSA_BYTES;
}

static void test_rsa_pkcs1_encrypt(void)
{
	struct alg_key *public = rsa_key(RSA_PUBLIC, KEY_PUBLIC, RSA_PKCS1, RSA_HASH_SHA1);
	struct alg_key *key = rsa_key(RSA_PRIVATE, KEY_PRIVATE, RSA_PKCS1, RSA_HASH_NONE);
	struct bytes message = data(RSA_MESSAGE), cipher = data(RSA_ENCRYPTED_PKCS1);
	struct bytes none = data(NULL), place = copy_of(cipher.p, cipher.len);
	struct bytes block, out;

	ok(same(key_result(key, OP_DECRYPT, cipher), message), "RSA PKCS#1: decrypt openssl's");
	ok(same(key_result(key, OP_DECRYPT, key_result(public, OP_ENCRYPT, message)), message),
	   "RSA PKCS#1: there and back");
	block = rsa_look(KEY_PRIVATE, key_result(public, OP_ENCRYPT, message));
	ok(block.len == RSA_BYTES && block.p[0] == 0 && block.p[1] == 2 &&
	   !memcmp(block.p + RSA_BYTES - message.len, message.p, message.len) &&
	   !block.p[RSA_BYTES - message.len - 1] &&
	   !memchr(block.p + 2, 0, RSA_BYTES - 3 - message.len), "RSA PKCS#1: padding of type 2");
	ok(same(key_result(key, OP_DECRYPT, key_result(public, OP_ENCRYPT, data("42*117"))),
		data("42*117")), "RSA PKCS#1: the longest message");
	ok(!key_result(public, OP_ENCRYPT, data("42*118")).len, "RSA PKCS#1: no longer message");
	out = room(RSA_BYTES);
	cipher = key_result(public, OP_ENCRYPT, none);
	ok(cipher.len == RSA_BYTES && out.len == RSA_BYTES &&
	   alg_key_do(key, OP_DECRYPT, cipher.p, cipher.len, out.p, &out.len) == VC_OK &&
	   out.len == 0, "RSA PKCS#1: an empty message");
	ok(alg_key_do(key, OP_DECRYPT, place.p, place.len, place.p, &place.len) == VC_OK &&
	   same(place, message), "RSA PKCS#1: in place");
	cipher = data(RSA_ENCRYPTED_PKCS1);
	out = room(message.len);
	ok(alg_key_do(key, OP_DECRYPT, cipher.p, cipher.len, out.p, &out.len) == VC_OK &&
	   same(out, message), "RSA PKCS#1: room for the message only");
	out = room(message.len - 1);
	ok(alg_key_do(key, OP_DECRYPT, cipher.p, cipher.len, out.p, &out.len) == VC_ERR &&
	   untouched(out), "RSA PKCS#1: a byte too little room");
	/* The padding is random, so some results begin with a zero that might get lost */
	for (size_t i = 0; i < 10000 && cipher.len && cipher.p[0]; i++)
		cipher = key_result(public, OP_ENCRYPT, message);
	ok(cipher.len && !cipher.p[0] && same(key_result(key, OP_DECRYPT, cipher), message) &&
	   !key_result(key, OP_DECRYPT, copy_of(cipher.p + 1, RSA_BYTES - 1)).len &&
	   !key_result(key, OP_DECRYPT, none).len, "RSA PKCS#1: no short cipher text");

	ok(same(key_result(key, OP_DECRYPT, rsa_look(KEY_PUBLIC, pkcs1_block(2, none, message))),
		message) &&
	   pkcs1_rejects(key, pkcs1_block(1, none, message)) &&
	   pkcs1_rejects(key, pkcs1_block(0, none, message)) &&
	   pkcs1_rejects(key, data("00*128")), "RSA PKCS#1: padding of another type");
	block = pkcs1_block(2, none, message);
	block.p[9] = 0;
	ok(pkcs1_rejects(key, block), "RSA PKCS#1: less than 8 bytes of padding");
	block = pkcs1_block(2, none, none);
	block.p[RSA_BYTES - 1] = 0xff;
	ok(pkcs1_rejects(key, block), "RSA PKCS#1: padding without end");
	block = pkcs1_block(2, none, message);
	block.p[0] = 1;
	ok(pkcs1_rejects(key, block), "RSA PKCS#1: no leading zero");
	ok(alg_key_do(public, OP_DECRYPT, cipher.p, cipher.len, out.p, &out.len) == VC_NOTSUPP &&
	   alg_key_do(public, OP_SIGN, cipher.p, 20, out.p, &out.len) == VC_NOTSUPP,
	   "RSA PKCS#1: what a public key cannot");
	alg_key_free(public);
	alg_key_free(key);
	forget_all();
}

static void test_rsa_signature(size_t i)
{
	struct alg_key *public = rsa_key(RSA_PUBLIC, KEY_PUBLIC, RSA_PKCS1, rsa_heads[i].hash);
	struct alg_key *key = rsa_key(RSA_PRIVATE, KEY_PRIVATE, RSA_PKCS1, rsa_heads[i].hash);
	struct bytes digest = noise(rsa_heads[i].size), sig = key_result(key, OP_SIGN, digest);
	const char *name = rsa_heads[i].name;
	bool good = public && key && sig.len;

	ok(good && same(rsa_look(KEY_PUBLIC, sig),
			pkcs1_block(1, data(rsa_heads[i].head), digest)), "RSA sign, %s", name);
	ok(good && alg_key_verify(public, sig.p, sig.len, digest.p, digest.len) == VC_OK &&
	   alg_key_verify(key, sig.p, sig.len, digest.p, digest.len) == VC_OK,
	   "RSA verify, %s", name);
	for (size_t at = 0; good && at < sig.len; at += 21) {
		sig.p[at] ^= 1;
		good = alg_key_verify(public, sig.p, sig.len, digest.p, digest.len) ==
		       VC_KEY_REJECTED;
		sig.p[at] ^= 1;
	}
	for (size_t at = 0; good && at < digest.len; at++) {
		digest.p[at] ^= 1;
		good = alg_key_verify(public, sig.p, sig.len, digest.p, digest.len) ==
		       VC_KEY_REJECTED;
		digest.p[at] ^= 1;
	}
	ok(good && alg_key_verify(public, sig.p, sig.len - 1, digest.p, digest.len) ==
	   VC_KEY_REJECTED && alg_key_verify(public, NULL, 0, digest.p, digest.len) ==
	   VC_KEY_REJECTED, "RSA verify, %s: changes", name);
	if (rsa_heads[i].hash != RSA_HASH_NONE)
		ok(good && alg_key_verify(public, sig.p, sig.len, digest.p, digest.len - 1) ==
		   VC_ERR && !key_result(key, OP_SIGN, noise(digest.len + 1)).len &&
		   !key_result(key, OP_SIGN, data(NULL)).len,
		   "RSA sign, %s: a digest of another length", name);
	alg_key_free(public);
	alg_key_free(key);
	forget_all();
}

static void test_rsa_signatures(void)
{
	struct alg_key *sha256 = rsa_key(RSA_PRIVATE, KEY_PRIVATE, RSA_PKCS1, RSA_HASH_SHA256);
	struct alg_key *plain = rsa_key(RSA_PRIVATE, KEY_PRIVATE, RSA_PKCS1, RSA_HASH_NONE);
	struct alg_key *sha1 = rsa_key(RSA_PUBLIC, KEY_PUBLIC, RSA_PKCS1, RSA_HASH_SHA1);
	struct bytes message = data(RSA_MESSAGE), digest = room(32), sig, place = room(RSA_BYTES);
	bool good = alg_hash_do(HASH_SHA_256, message.p, message.len, digest.p, 32) == VC_OK;

	ok(good && same(key_result(sha256, OP_SIGN, digest), data(RSA_SIGNED_SHA256)),
	   "RSA sign: as openssl, SHA-256");
	ok(same(key_result(plain, OP_SIGN, message), data(RSA_SIGNED_PLAIN)),
	   "RSA sign: as openssl, no hash");
	memcpy(place.p, digest.p, digest.len);
	ok(alg_key_do(sha256, OP_SIGN, place.p, 32, place.p, &place.len) == VC_OK &&
	   same(place, data(RSA_SIGNED_SHA256)), "RSA sign: in place");
	ok(key_result(plain, OP_SIGN, data("01*117")).len && !key_result(plain, OP_SIGN,
									 data("01*118")).len,
	   "RSA sign: no hash, the longest message");
	sig = key_result(sha256, OP_SIGN, digest);
	ok(alg_key_verify(sha1, sig.p, sig.len, digest.p, 20) == VC_KEY_REJECTED &&
	   alg_key_verify(plain, sig.p, sig.len, digest.p, 32) == VC_KEY_REJECTED &&
	   alg_key_verify(plain, sig.p, sig.len, NULL, 0) == VC_KEY_REJECTED,
	   "RSA verify: not with another hash");
	ok(alg_key_verify(sha256, data("ff*128").p, 128, digest.p, 32) == VC_KEY_REJECTED,
	   "RSA verify: a signature above the modulus");
	do
		sig = key_result(sha256, OP_SIGN, noise(32));
	while (sig.len && sig.p[0]);
	digest = rsa_look(KEY_PUBLIC, sig);
	digest = copy_of(digest.p + digest.len - 32, 32);
	ok(alg_key_verify(sha256, sig.p, sig.len, digest.p, 32) == VC_OK &&
	   alg_key_verify(sha256, sig.p + 1, sig.len - 1, digest.p, 32) == VC_KEY_REJECTED,
	   "RSA verify: a leading zero left out");
	sig = rsa_look(KEY_PRIVATE, pkcs1_block(2, data(rsa_heads[6].head), digest));
	ok(alg_key_verify(sha256, sig.p, sig.len, digest.p, 32) == VC_KEY_REJECTED,
	   "RSA verify: padding of type 2");
	alg_key_free(sha256);
	alg_key_free(plain);
	alg_key_free(sha1);
	forget_all();
	for (size_t i = 0; i < ARRAY_SIZE(rsa_heads); i++)
		test_rsa_signature(i);
}

static void test_rsa_params(void)
{
	struct bytes der = data(RSA_PUBLIC);
	struct alg_key *key;
	bool good = true;

	for (uint32_t hash = RSA_HASH_MD3; good && hash < 20; hash += hash == 2 ? 8 : 1)
		good = alg_key_new(&key, AKCIPHER_RSA, KEY_PUBLIC, RSA_PKCS1, hash, der.p,
				   der.len) == VC_NOTSUPP && !key;
	ok(good && alg_key_new(&key, AKCIPHER_RSA, KEY_PUBLIC, RSA_PKCS1, UINT32_MAX, der.p,
			       der.len) == VC_NOTSUPP && !key, "RSA: hashes that there are not");
	ok(alg_key_new(&key, AKCIPHER_RSA, KEY_PUBLIC, 2, 0, der.p, der.len) == VC_NOTSUPP && !key,
	   "RSA: a padding that there is not");
	forget_all();
}

/* --- ECDSA --- */

static struct alg_key *ec_key(uint32_t type, uint32_t curve, struct bytes bytes)
{
	struct alg_key *key;

	if (alg_key_new(&key, AKCIPHER_ECDSA, type, curve, 0, bytes.p, bytes.len) != VC_OK)
		return NULL;
	return key;
}

static void test_ecdsa(size_t i)
{
	struct bytes sample = data("=sample"), sig = data(ec_keys[i].sig), own, place;
	struct bytes digest = room(alg_hash_size(ec_keys[i].hash));
	struct alg_key *public = ec_key(KEY_PUBLIC, ec_keys[i].curve, data(ec_keys[i].public));
	struct alg_key *key = ec_key(KEY_PRIVATE, ec_keys[i].curve, data(ec_keys[i].private));
	const char *name = ec_keys[i].name;
	bool good = public && key;

	alg_hash_do(ec_keys[i].hash, sample.p, sample.len, digest.p, digest.len);
	ok(good && alg_key_verify(public, sig.p, sig.len, digest.p, digest.len) == VC_OK &&
	   alg_key_verify(key, sig.p, sig.len, digest.p, digest.len) == VC_OK,
	   "RFC 6979 ECDSA %s, verify", name);
	own = key_result(key, OP_SIGN, digest);
	ok(own.len && alg_key_verify(public, own.p, own.len, digest.p, digest.len) == VC_OK,
	   "ECDSA %s: sign", name);
	place = room(good ? alg_key_max_out(key) : 64);
	memcpy(place.p, digest.p, digest.len);
	ok(good && alg_key_do(key, OP_SIGN, place.p, digest.len, place.p, &place.len) == VC_OK &&
	   alg_key_verify(public, place.p, place.len, digest.p, digest.len) == VC_OK,
	   "ECDSA %s: sign in place", name);
	for (size_t at = 0; good && at < sig.len; at++) {
		sig.p[at] ^= 1;
		good = alg_key_verify(public, sig.p, sig.len, digest.p, digest.len) ==
		       VC_KEY_REJECTED;
		sig.p[at] ^= 1;
	}
	for (size_t len = 0; good && len < sig.len; len++)
		good = alg_key_verify(public, len ? copy_of(sig.p, len).p : NULL, len, digest.p,
				      digest.len) == VC_KEY_REJECTED;
	ok(good, "ECDSA %s: changes and cuts of the signature", name);
	digest.p[0] ^= 1;
	ok(good && alg_key_verify(public, sig.p, sig.len, digest.p, digest.len) ==
	   VC_KEY_REJECTED, "ECDSA %s: another digest", name);
	ok(good && alg_key_do(public, OP_SIGN, digest.p, digest.len, own.p, &own.len) ==
	   VC_NOTSUPP && alg_key_do(key, OP_ENCRYPT, digest.p, 20, own.p, &own.len) ==
	   VC_NOTSUPP && alg_key_do(key, OP_DECRYPT, digest.p, 20, own.p, &own.len) ==
	   VC_NOTSUPP, "ECDSA %s: what keys cannot", name);
	own.len = 8;
	ok(good && alg_key_do(key, OP_SIGN, digest.p, digest.len, own.p, &own.len) == VC_ERR &&
	   alg_key_do(key, OP_SIGN, NULL, 0, own.p, &own.len) == VC_ERR &&
	   alg_key_verify(public, sig.p, sig.len, NULL, 0) == VC_ERR,
	   "ECDSA %s: too little room, and no digest", name);
	alg_key_free(public);
	alg_key_free(key);
	forget_all();
}

static bool no_ec_key(uint32_t type, uint32_t curve, struct bytes bytes)
{
	struct alg_key *key = ec_key(type, curve, bytes);

	alg_key_free(key);
	return !key;
}

static void test_ec_public_keys(size_t i)
{
	struct bytes point = data(ec_keys[i].public), bytes = copy_of(point.p, point.len);
	bool good = true;

	for (uint32_t curve = 0; good && curve <= 6; curve++)
		good = curve == ec_keys[i].curve || no_ec_key(KEY_PUBLIC, curve, point);
	ok(good, "EC %s: not on another curve", ec_keys[i].name);
	bytes.p[bytes.len - 1] ^= 1;
	good = no_ec_key(KEY_PUBLIC, ec_keys[i].curve, bytes);
	memset(bytes.p + 1, 0xff, bytes.len - 1);
	good = good && no_ec_key(KEY_PUBLIC, ec_keys[i].curve, bytes);
	memset(bytes.p + 1, 0, bytes.len - 1);
	good = good && no_ec_key(KEY_PUBLIC, ec_keys[i].curve, bytes);
	ok(good, "EC %s: a point that is not on the curve", ec_keys[i].name);
	bytes = copy_of(point.p, point.len);
	bytes.p[0] = 6 + bytes.p[bytes.len - 1] % 2;
	good = no_ec_key(KEY_PUBLIC, ec_keys[i].curve, bytes);
	bytes.p[0] = 2 + bytes.p[bytes.len - 1] % 2;
	bytes.len = 1 + bytes.len / 2;
	good = good && no_ec_key(KEY_PUBLIC, ec_keys[i].curve, bytes) &&
	       no_ec_key(KEY_PUBLIC, ec_keys[i].curve, data("00")) &&
	       no_ec_key(KEY_PUBLIC, ec_keys[i].curve, data(NULL));
	bytes = room(point.len + 1);
	memcpy(bytes.p, point.p, point.len);
	ok(good && no_ec_key(KEY_PUBLIC, ec_keys[i].curve, bytes),
	   "EC %s: a point in another form", ec_keys[i].name);
	forget_all();
	ok(no_prefix_is_key(ec_keys[i].public, AKCIPHER_ECDSA, KEY_PUBLIC, ec_keys[i].curve) &&
	   no_prefix_is_key(ec_keys[i].private, AKCIPHER_ECDSA, KEY_PRIVATE, ec_keys[i].curve),
	   "EC %s: keys that were cut anywhere", ec_keys[i].name);
	poke_key(ec_keys[i].private, AKCIPHER_ECDSA, KEY_PRIVATE, ec_keys[i].curve);
	ok(true, "EC %s: keys damaged anywhere", ec_keys[i].name);
}

#define P256_X		"0420c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721"
#define P256_NAME	"a00a06082a8648ce3d030107"
#define P256_ORDER	"ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"

static void test_ec_private_keys(void)
{
	static const struct {
		const char *name, *der;
		bool good;
	} keys[] = {
		{ "the number only", "3025" "020101" P256_X, true },
		{ "the number with a name", "3031" "020101" P256_X P256_NAME, true },
		{ "a compressed point", "304b" "020101" P256_X "a12403220003"
		  "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6", true },
		{ "a short number", "3006" "020101" "040103", true },
		{ "another point", "304b" "020101" P256_X "a12403220002"
		  "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6", false },
		{ "the name of P-192", "3031" "020101" P256_X "a00a06082a8648ce3d030101", false },
		{ "the name of P-384", "302e" "020101" P256_X "a00706052b81040022", false },
		{ "no such version", "3025" "020100" P256_X, false },
		{ "zero", "3006" "020101" "040100", false },
		{ "no number", "3005" "020101" "0400", false },
		{ "the order", "3025" "020101" "0420" P256_ORDER, false },
		{ "something in its end", "3027" "020101" P256_X "0500", false },
		{ "something behind it", "3025" "020101" P256_X "00", false },
	};
	struct bytes digest = noise(32), sig;

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		struct alg_key *key = ec_key(KEY_PRIVATE, CURVE_P256, data(keys[i].der));

		sig = key_result(key, OP_SIGN, digest);
		ok(keys[i].good ? key && alg_key_verify(key, sig.p, sig.len, digest.p,
							digest.len) == VC_OK : !key,
		   "EC private keys: %s", keys[i].name);
		alg_key_free(key);
	}
	forget_all();
}

static void test_ec_params(void)
{
	struct bytes point = data(ec_keys[2].public);
	struct alg_key *key;

	ok(alg_key_new(&key, AKCIPHER_ECDSA, KEY_PUBLIC, 0, 0, point.p, point.len) == VC_NOTSUPP &&
	   !key && alg_key_new(&key, AKCIPHER_ECDSA, KEY_PUBLIC, 6, 0, point.p, point.len) ==
	   VC_NOTSUPP && !key, "EC: curves that there are not");
	ok(alg_key_new(&key, AKCIPHER_ECDSA_UAPI, KEY_PUBLIC, CURVE_P256, 0, point.p,
		       point.len) == VC_OK && key, "EC: under Linux' number as well");
	alg_key_free(key);
	ok(alg_key_new(&key, AKCIPHER_ECDSA, 0, CURVE_P256, 0, point.p, point.len) == VC_ERR &&
	   !key, "EC: no such type of key");
	forget_all();
}

/* --- Supported and unsupported algorithms --- */

static void test_masks(void)
{
	const uint64_t arc4 = 1ULL << CIPHER_ARC4;

	ok((alg_mask(SERVICE_CIPHER) | arc4) == 0x23fe, "mask of ciphers, without ARC4");
	ok(alg_mask(SERVICE_HASH) == 0x1ffe, "mask of hashes");
	ok(alg_mask(SERVICE_MAC) == (0x7e | 3ULL << 25 | 1ULL << 49 | 1ULL << 53), "mask of MACs");
	ok(alg_mask(SERVICE_AEAD) == 0xe, "mask of AEADs");
	ok(alg_mask(SERVICE_AKCIPHER) == 0xe, "mask of public keys");
	ok(!alg_mask(NR_SERVICES) && !alg_mask(255) && !alg_mask(-1U), "mask of no service");
}

/* Numbers that are not in a mask, beyond any mask, and so large that shifts wrap */
static void test_unknown(void)
{
	static const uint32_t numbers[] = { 63, 64, 66, 67, 96, 128 + 1, 1U << 31, UINT32_MAX };
	struct bytes bytes = noise(32), out = room(32);
	struct alg_cipher *cipher;
	struct alg_aead *aead;
	struct alg_key *key;
	struct alg_mac *mac;
	bool good = true;

	for (uint32_t i = 0; i < 64 + ARRAY_SIZE(numbers); i++) {
		uint32_t n = i < 64 ? i : numbers[i - 64];

		if (n > 63 || !can(SERVICE_CIPHER, n))
			good = good && !(alg_cipher_new(&cipher, n, true, bytes.p, 32) !=
					 VC_NOTSUPP || cipher);
		if (n > 63 || !can(SERVICE_HASH, n))
			good = good && alg_hash_do(n, NULL, 0, out.p, 1) == VC_NOTSUPP;
		if (n > 63 || !can(SERVICE_MAC, n))
			good = good && alg_mac_new(&mac, n, bytes.p, 32) == VC_NOTSUPP && !mac;
		if (n > 63 || !can(SERVICE_AEAD, n))
			good = good && alg_aead_new(&aead, n, true, bytes.p, 32) == VC_NOTSUPP &&
			       !aead;
		if (n > 63 || !can(SERVICE_AKCIPHER, n))
			good = good && alg_key_new(&key, n, KEY_PUBLIC, 0, 0, bytes.p, 32) ==
			       VC_NOTSUPP && !key;
	}
	ok(good && untouched(out), "unknown algorithms");
	alg_cipher_free(NULL);
	alg_mac_free(NULL);
	alg_aead_free(NULL);
	alg_key_free(NULL);
	ok(true, "nothing to free");
	forget_all();
}

/* --- Threads --- */

#define NR_THREADS	4
#define NR_ROUNDS	200
#define SHARED_LEN	1000

/* One object of each kind, and its result in a single thread */
static struct {
	struct alg_cipher *cipher[3];
	struct alg_mac *mac[3];
	struct alg_aead *seal, *open;
	struct alg_key *rsa, *ec;
	uint8_t in[SHARED_LEN];
	uint8_t cipher_out[3][SHARED_LEN];
	uint8_t hash_out[32];
	uint8_t mac_out[3][16];
	uint8_t sealed[SHARED_LEN + 16];
	uint8_t rsa_out[RSA_BYTES];
} shared;

static bool share_ciphers(uint8_t out[][SHARED_LEN])
{
	bool good = true;

	for (size_t i = 0; i < ARRAY_SIZE(shared.cipher); i++)
		good = good && alg_cipher_do(shared.cipher[i], shared.in, shared.in, SHARED_LEN,
					     out[i]) == VC_OK;
	return good;
}

static bool share_macs(uint8_t out[][16])
{
	bool good = true;

	for (size_t i = 0; i < ARRAY_SIZE(shared.mac); i++)
		good = good && alg_mac_do(shared.mac[i], shared.in, SHARED_LEN, out[i],
					  16) == VC_OK;
	return good;
}

static bool share_setup(void)
{
	static const uint32_t ciphers[] = { CIPHER_AES_CTR, CIPHER_AES_XTS, CIPHER_3DES_CTR };
	static const size_t key_lens[] = { 16, 32, 24 };
	static const uint32_t macs[] = { MAC_HMAC_SHA_256, MAC_CMAC_AES, MAC_XCBC_AES };
	size_t len = RSA_BYTES;
	bool good = true;

	memcpy(shared.in, noise(SHARED_LEN).p, SHARED_LEN);
	for (size_t i = 0; i < 3; i++)
		good = good && alg_cipher_new(&shared.cipher[i], ciphers[i], true, shared.in,
					      key_lens[i]) == VC_OK &&
		       alg_mac_new(&shared.mac[i], macs[i], shared.in, 16) == VC_OK;
	good = good && alg_aead_new(&shared.seal, AEAD_GCM, true, shared.in, 32) == VC_OK &&
	       alg_aead_new(&shared.open, AEAD_GCM, false, shared.in, 32) == VC_OK;
	shared.rsa = rsa_key(RSA_PRIVATE, KEY_PRIVATE, RSA_PKCS1, RSA_HASH_SHA256);
	shared.ec = ec_key(KEY_PRIVATE, CURVE_P256, data(ec_keys[2].private));
	return good && shared.rsa && shared.ec && share_ciphers(shared.cipher_out) &&
	       share_macs(shared.mac_out) &&
	       alg_hash_do(HASH_SHA_256, shared.in, SHARED_LEN, shared.hash_out, 32) == VC_OK &&
	       alg_aead_do(shared.seal, shared.in, 12, shared.in, 20, shared.in, SHARED_LEN,
			   shared.sealed, 16) == VC_OK &&
	       alg_key_do(shared.rsa, OP_SIGN, shared.hash_out, 32, shared.rsa_out, &len) == VC_OK;
}

static bool share_sym_once(void)
{
	uint8_t out[3][SHARED_LEN], macs[3][16], hash[32], sealed[SHARED_LEN + 16];

	return share_ciphers(out) && !memcmp(out, shared.cipher_out, sizeof(out)) &&
	       share_macs(macs) && !memcmp(macs, shared.mac_out, sizeof(macs)) &&
	       alg_hash_do(HASH_SHA_256, shared.in, SHARED_LEN, hash, 32) == VC_OK &&
	       !memcmp(hash, shared.hash_out, 32) &&
	       alg_aead_do(shared.seal, shared.in, 12, shared.in, 20, shared.in, SHARED_LEN,
			   sealed, 16) == VC_OK &&
	       !memcmp(sealed, shared.sealed, sizeof(sealed)) &&
	       alg_aead_do(shared.open, shared.in, 12, shared.in, 20, sealed, sizeof(sealed),
			   out[0], 16) == VC_OK && !memcmp(out[0], shared.in, SHARED_LEN) &&
	       alg_aead_do(shared.open, shared.in, 12, shared.in, 21, sealed, sizeof(sealed),
			   out[0], 16) == VC_BADMSG;
}

static bool share_keys_once(void)
{
	uint8_t sig[RSA_BYTES];
	size_t len = sizeof(sig);
	bool good = alg_key_do(shared.rsa, OP_SIGN, shared.hash_out, 32, sig, &len) == VC_OK &&
		    !memcmp(sig, shared.rsa_out, sizeof(sig)) &&
		    alg_key_verify(shared.rsa, sig, len, shared.hash_out, 32) == VC_OK;

	len = sizeof(sig);
	return good && alg_key_do(shared.ec, OP_SIGN, shared.hash_out, 32, sig, &len) == VC_OK &&
	       alg_key_verify(shared.ec, sig, len, shared.hash_out, 32) == VC_OK;
}

static void *share_thread(void *failed)
{
	for (int i = 0; i < NR_ROUNDS; i++)
		if (!share_sym_once() || (i % 10 == 0 && !share_keys_once()))
			++*(unsigned int *)failed;
	return NULL;
}

static void test_threads(void)
{
	unsigned int failed[NR_THREADS] = { 0 }, sum = 0;
	pthread_t threads[NR_THREADS];
	size_t nr = 0;

	if (share_setup())
		while (nr < NR_THREADS &&
		       !pthread_create(&threads[nr], NULL, share_thread, &failed[nr]))
			nr++;
	for (size_t i = 0; i < nr; i++) {
		pthread_join(threads[i], NULL);
		sum += failed[i];
	}
	ok(nr == NR_THREADS && !sum, "%d threads with one object of each kind", NR_THREADS);
	for (size_t i = 0; i < 3; i++) {
		alg_cipher_free(shared.cipher[i]);
		alg_mac_free(shared.mac[i]);
	}
	alg_aead_free(shared.seal);
	alg_aead_free(shared.open);
	alg_key_free(shared.rsa);
	alg_key_free(shared.ec);
	forget_all();
}

int main(void)
{
	test_masks();
	test_unknown();
	test_cipher_vectors();
	test_cipher_modes();
	test_xts();
	test_arc4();
	test_cipher_keys();
	test_cipher_lengths();
	test_hash_vectors();
	test_hash_refusals();
	test_shake();
	test_mac_vectors();
	test_cbc_mac();
	test_mac_keys();
	test_aead_vectors();
	test_ccm_no_text();
	test_ccm_long_aad();
	test_ccm_long_text();
	for (uint32_t algo = AEAD_GCM; algo <= AEAD_CHACHA20_POLY1305; algo++) {
		test_aead_lengths(algo);
		test_aead_refusals(algo);
		test_aead_long_text(algo);
	}
	test_rsa_keys();
	test_rsa_bad_keys();
	test_rsa_damage();
	test_rsa_raw();
	test_rsa_pkcs1_encrypt();
	test_rsa_signatures();
	test_rsa_params();
	for (size_t i = 0; i < ARRAY_SIZE(ec_keys); i++) {
		test_ecdsa(i);
		test_ec_public_keys(i);
	}
	test_ec_private_keys();
	test_ec_params();
	test_threads();
	return tap_end();
}
