// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of algs.c on its own: published vectors, each way in and out of place, what must
 * be refused, and objects that threads share.  Prints TAP; fails if a test does.
 *
 * Every buffer is exactly as long as what it holds, so that a sanitizer sees each byte
 * that is read or written too many; an empty one is NULL.
 */
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "algs.h"
#include "util.h"

/* --- Results and buffers --- */

static unsigned int nr_tests, nr_failed;

static void __attribute__((format(printf, 2, 3))) ok(bool good, const char *what, ...)
{
	va_list args;

	nr_tests++;
	if (!good)
		nr_failed++;
	printf("%sok %u - ", good ? "" : "not ", nr_tests);
	va_start(args, what);
	vprintf(what, args);
	va_end(args);
	putchar('\n');
}

static void skip(const char *what, const char *why)
{
	printf("ok %u - %s # SKIP %s\n", ++nr_tests, what, why);
}

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

/* Memory until forget_all(); what nobody writes to is 0xee */
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

static unsigned int digit(char c)
{
	return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
}

/* "6162": hex digits; "61*1000": a byte many times; "=ab": text; NULL: nothing */
static struct bytes data(const char *text)
{
	size_t len = text ? strlen(text) / 2 : 0;
	struct bytes b;

	if (text && text[0] == '=')
		return copy_of(text + 1, strlen(text + 1));
	if (len > 1 && text[2] == '*') {
		b = room(strtoul(text + 3, NULL, 10));
		memset(b.p, digit(text[0]) << 4 | digit(text[1]), b.len);
		return b;
	}
	b = room(len);
	for (size_t i = 0; i < len; i++)
		b.p[i] = digit(text[2 * i]) << 4 | digit(text[2 * i + 1]);
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

/* Bytes without a pattern, the same in every run */
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

#define SP800_38A_PLAIN	\
	"6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51" \
	"30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710"
#define SP800_38A_KEY128	"2b7e151628aed2a6abf7158809cf4f3c"
#define SP800_38A_KEY192	"8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b"
#define SP800_38A_KEY256	"603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4"
#define SP800_38A_IV		"000102030405060708090a0b0c0d0e0f"
#define SP800_38A_COUNTER	"f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff"
#define FIPS81_PLAIN		"=Now is the time for all "
#define SP800_67_KEY		"0123456789abcdef23456789abcdef01456789abcdef0123"

static const struct cipher_vector {
	const char *name;
	uint32_t algo;
	const char *key, *iv, *plain, *cipher;
} cipher_vectors[] = {
	{ "SP 800-38A F.1.1 ECB-AES128", CIPHER_AES_ECB, SP800_38A_KEY128, NULL, SP800_38A_PLAIN,
	  "3ad77bb40d7a3660a89ecaf32466ef97f5d3d58503b9699de785895a96fdbaaf"
	  "43b1cd7f598ece23881b00e3ed0306887b0c785e27e8ad3f8223207104725dd4" },
	{ "SP 800-38A F.1.3 ECB-AES192", CIPHER_AES_ECB, SP800_38A_KEY192, NULL, SP800_38A_PLAIN,
	  "bd334f1d6e45f25ff712a214571fa5cc974104846d0ad3ad7734ecb3ecee4eef"
	  "ef7afd2270e2e60adce0ba2face6444e9a4b41ba738d6c72fb16691603c18e0e" },
	{ "SP 800-38A F.1.5 ECB-AES256", CIPHER_AES_ECB, SP800_38A_KEY256, NULL, SP800_38A_PLAIN,
	  "f3eed1bdb5d2a03c064b5a7e3db181f8591ccb10d410ed26dc5ba74a31362870"
	  "b6ed21b99ca6f4f9f153e7b1beafed1d23304b7a39f9f3ff067d8d8f9e24ecc7" },
	{ "FIPS 197 C.1 AES128", CIPHER_AES_ECB, "000102030405060708090a0b0c0d0e0f", NULL,
	  "00112233445566778899aabbccddeeff", "69c4e0d86a7b0430d8cdb78070b4c55a" },
	{ "FIPS 197 C.2 AES192", CIPHER_AES_ECB,
	  "000102030405060708090a0b0c0d0e0f1011121314151617", NULL,
	  "00112233445566778899aabbccddeeff", "dda97ca4864cdfe06eaf70a0ec0d7191" },
	{ "FIPS 197 C.3 AES256", CIPHER_AES_ECB,
	  "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", NULL,
	  "00112233445566778899aabbccddeeff", "8ea2b7ca516745bfeafc49904b496089" },
	{ "SP 800-38A F.2.1 CBC-AES128", CIPHER_AES_CBC, SP800_38A_KEY128, SP800_38A_IV,
	  SP800_38A_PLAIN,
	  "7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b2"
	  "73bed6b8e3c1743b7116e69e222295163ff1caa1681fac09120eca307586e1a7" },
	{ "SP 800-38A F.2.3 CBC-AES192", CIPHER_AES_CBC, SP800_38A_KEY192, SP800_38A_IV,
	  SP800_38A_PLAIN,
	  "4f021db243bc633d7178183a9fa071e8b4d9ada9ad7dedf4e5e738763f69145a"
	  "571b242012fb7ae07fa9baac3df102e008b0e27988598881d920a9e64f5615cd" },
	{ "SP 800-38A F.2.5 CBC-AES256", CIPHER_AES_CBC, SP800_38A_KEY256, SP800_38A_IV,
	  SP800_38A_PLAIN,
	  "f58c4c04d6e5f1ba779eabfb5f7bfbd69cfc4e967edb808d679f777bc6702c7d"
	  "39f23369a9d9bacfa530e26304231461b2eb05e2c39be9fcda6c19078c6a9d1b" },
	{ "SP 800-38A F.5.1 CTR-AES128", CIPHER_AES_CTR, SP800_38A_KEY128, SP800_38A_COUNTER,
	  SP800_38A_PLAIN,
	  "874d6191b620e3261bef6864990db6ce9806f66b7970fdff8617187bb9fffdff"
	  "5ae4df3edbd5d35e5b4f09020db03eab1e031dda2fbe03d1792170a0f3009cee" },
	{ "SP 800-38A F.5.3 CTR-AES192", CIPHER_AES_CTR, SP800_38A_KEY192, SP800_38A_COUNTER,
	  SP800_38A_PLAIN,
	  "1abc932417521ca24f2b0459fe7e6e0b090339ec0aa6faefd5ccc2c6f4ce8e94"
	  "1e36b26bd1ebc670d1bd1d665620abf74f78a7f6d29809585a97daec58c6b050" },
	{ "SP 800-38A F.5.5 CTR-AES256", CIPHER_AES_CTR, SP800_38A_KEY256, SP800_38A_COUNTER,
	  SP800_38A_PLAIN,
	  "601ec313775789a5b7a7f504bbf3d228f443e3ca4d62b59aca84e990cacaf5c5"
	  "2b0930daa23de94ce87017ba2d84988ddfc9c58db67aada613c2dd08457941a6" },
	{ "CTR-AES128, the last block not whole", CIPHER_AES_CTR, SP800_38A_KEY128,
	  SP800_38A_COUNTER, "6bc1bee22e409f96e93d7e117393172aae2d8a",
	  "874d6191b620e3261bef6864990db6ce9806f6" },
	{ "IEEE 1619 vector 1: XTS-AES128, equal halves", CIPHER_AES_XTS, "00*32", "00*16",
	  "00*32", "917cf69ebd68b2ec9b9fe9a3eadda692cd43d2f59598ed858c02c2652fbf922e" },
	{ "IEEE 1619 vector 2: XTS-AES128", CIPHER_AES_XTS,
	  "1111111111111111111111111111111122222222222222222222222222222222",
	  "33333333330000000000000000000000", "44*32",
	  "c454185e6a16936e39334038acef838bfb186fff7480adc4289382ecd6d394f0" },
	{ "IEEE 1619 vector 3: XTS-AES128", CIPHER_AES_XTS,
	  "fffefdfcfbfaf9f8f7f6f5f4f3f2f1f022222222222222222222222222222222",
	  "33333333330000000000000000000000", "44*32",
	  "af85336b597afc1a900b2eb21ec949d292df4c047e0b21532186a5971a227a89" },
	{ "NIST XTSGenAES128, 128 bits", CIPHER_AES_XTS,
	  "a1b90cba3f06ac353b2c343876081762090923026e91771815f29dab01932f2f",
	  "4faef7117cda59c66e4b92013e768ad5", "ebabce95b14d3c8d6fb350390790311c",
	  "778ae8b43cb98d5a825081d5be471c63" },
	{ "NIST XTSGenAES256, 256 bits", CIPHER_AES_XTS,
	  "1ea661c58d943a0e4801e42f4b0947149e7f9f8e3e68d0c7505210bd311a0e7c"
	  "d6e13ffdf2418d8d1911c004cda58da3d619b7e2b9141e58318eea392cf41b08",
	  "adf8d92627464ad2f0428e84a9f87564",
	  "2eedea52cd8215e1acc647e810bbc3642e87287f8d2e57e36c0a24fbc12a202e",
	  "cbaad0e2f6cea3f50b37f934d46a9b130b9d54f07e34f36af793e86f73c6d7db" },
	{ "IEEE 1619 vector 15: XTS-AES128, 17 bytes", CIPHER_AES_XTS,
	  "fffefdfcfbfaf9f8f7f6f5f4f3f2f1f0bfbebdbcbbbab9b8b7b6b5b4b3b2b1b0",
	  "9a785634120000000000000000000000", "000102030405060708090a0b0c0d0e0f10",
	  "6c1625db4671522d3d7599601de7ca09ed" },
	{ "IEEE 1619 vector 16: XTS-AES128, 18 bytes", CIPHER_AES_XTS,
	  "fffefdfcfbfaf9f8f7f6f5f4f3f2f1f0bfbebdbcbbbab9b8b7b6b5b4b3b2b1b0",
	  "9a785634120000000000000000000000", "000102030405060708090a0b0c0d0e0f1011",
	  "d069444b7a7e0cab09e24447d24deb1fedbf" },
	{ "IEEE 1619 vector 17: XTS-AES128, 19 bytes", CIPHER_AES_XTS,
	  "fffefdfcfbfaf9f8f7f6f5f4f3f2f1f0bfbebdbcbbbab9b8b7b6b5b4b3b2b1b0",
	  "9a785634120000000000000000000000", "000102030405060708090a0b0c0d0e0f101112",
	  "e5df1351c0544ba1350b3363cd8ef4beedbf9d" },
	{ "IEEE 1619 vector 18: XTS-AES128, 20 bytes", CIPHER_AES_XTS,
	  "fffefdfcfbfaf9f8f7f6f5f4f3f2f1f0bfbebdbcbbbab9b8b7b6b5b4b3b2b1b0",
	  "9a785634120000000000000000000000", "000102030405060708090a0b0c0d0e0f10111213",
	  "9d84c813f719aa2c7be3f66171c7c5c2edbf9dac" },
	{ "FIPS 81 DES-ECB", CIPHER_DES_ECB, "0123456789abcdef", NULL, FIPS81_PLAIN,
	  "3fa40e8a984d48156a271787ab8883f9893d51ec4b563b53" },
	{ "NBS SP 500-20 DES, substitution table", CIPHER_DES_ECB, "7ca110454a1a6e57", NULL,
	  "01a1d6d039776742", "690f5b0d9a26939b" },
	{ "FIPS 81 DES-CBC", CIPHER_DES_CBC, "0123456789abcdef", "1234567890abcdef", FIPS81_PLAIN,
	  "e5c7cdde872bf27c43e934008c389c0f683788499a7c05f6" },
	{ "SP 800-67 B.1 TDEA-ECB", CIPHER_3DES_ECB, SP800_67_KEY, NULL,
	  "=The qufck brown fox jump", "a826fd8ce53b855fcce21c8112256fe668d5c05dd9b6b900" },
	{ "TDEA-CBC, one key thrice: FIPS 81", CIPHER_3DES_CBC,
	  "0123456789abcdef0123456789abcdef0123456789abcdef", "1234567890abcdef", FIPS81_PLAIN,
	  "e5c7cdde872bf27c43e934008c389c0f683788499a7c05f6" },
	{ "RFC 6229 ARC4, 40 bits", CIPHER_ARC4, "0102030405", NULL, "00*32",
	  "b2396305f03dc027ccc3524a0a1118a86982944f18fc82d589c403a47a0d0919" },
	{ "RFC 6229 ARC4, 128 bits", CIPHER_ARC4, "0102030405060708090a0b0c0d0e0f10", NULL, "00*32",
	  "9ac7cc9a609d1ef7b2932899cde41b975248c4959014126a6e8a84f11d1a9e1c" },
};

/* In place and not; used twice, because use must not change the object */
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

/* The modes as their definitions have them, by blocks of ECB that the vectors have proved */
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

/* XTS is ours: libcrypto's own is a second opinion for every length of the last block */
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

/* The definition, for keys as long as there are */
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

#define MSG56	"=abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"
#define MSG112	"=abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnop" \
		"qklmnopqrlmnopqrsmnopqrstnopqrstu"

static const struct hash_vector {
	const char *name;
	uint32_t algo;
	const char *in, *out;
} hash_vectors[] = {
	{ "RFC 1321 MD5, nothing", HASH_MD5, NULL, "d41d8cd98f00b204e9800998ecf8427e" },
	{ "RFC 1321 MD5, abc", HASH_MD5, "=abc", "900150983cd24fb0d6963f7d28e17f72" },
	{ "RFC 1321 MD5, message digest", HASH_MD5, "=message digest",
	  "f96b697d7cb7938d525a2f31aaf161d0" },
	{ "RFC 1321 MD5, 80 digits", HASH_MD5,
	  "=12345678901234567890123456789012345678901234567890123456789012345678901234567890",
	  "57edf4a22be3c955ac49da2e2107b67a" },
	{ "RFC 3174 SHA-1, abc", HASH_SHA1, "=abc", "a9993e364706816aba3e25717850c26c9cd0d89d" },
	{ "RFC 3174 SHA-1, 56 bytes", HASH_SHA1, MSG56,
	  "84983e441c3bd26ebaae4aa1f95129e5e54670f1" },
	{ "RFC 3174 SHA-1, a million bytes", HASH_SHA1, "61*1000000",
	  "34aa973cd4c4daa4f61eeb2bdbad27316534016f" },
	{ "FIPS 180-4 SHA-224, abc", HASH_SHA_224, "=abc",
	  "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7" },
	{ "FIPS 180-4 SHA-224, 56 bytes", HASH_SHA_224, MSG56,
	  "75388b16512776cc5dba5da1fd890150b0c6455cb4f58b1952522525" },
	{ "FIPS 180-4 SHA-256, nothing", HASH_SHA_256, NULL,
	  "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
	{ "FIPS 180-4 SHA-256, abc", HASH_SHA_256, "=abc",
	  "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
	{ "FIPS 180-4 SHA-256, 56 bytes", HASH_SHA_256, MSG56,
	  "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
	{ "FIPS 180-4 SHA-256, a million bytes", HASH_SHA_256, "61*1000000",
	  "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0" },
	{ "FIPS 180-4 SHA-384, abc", HASH_SHA_384, "=abc",
	  "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
	  "8086072ba1e7cc2358baeca134c825a7" },
	{ "FIPS 180-4 SHA-384, 112 bytes", HASH_SHA_384, MSG112,
	  "09330c33f71147e83d192fc782cd1b4753111b173b3b05d22fa08086e3b0f712"
	  "fcc7c71a557e2db966c3e9fa91746039" },
	{ "FIPS 180-4 SHA-512, abc", HASH_SHA_512, "=abc",
	  "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
	  "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f" },
	{ "FIPS 180-4 SHA-512, 112 bytes", HASH_SHA_512, MSG112,
	  "8e959b75dae313da8cf4f72814fc143f8f7779c6eb9f7fa17299aeadb6889018"
	  "501d289e4900f7e4331b99dec4b5433ac7d329eeb6dd26545e96e55b874be909" },
	{ "FIPS 202 SHA3-224, nothing", HASH_SHA3_224, NULL,
	  "6b4e03423667dbb73b6e15454f0eb1abd4597f9a1b078e3f5b5a6bc7" },
	{ "FIPS 202 SHA3-224, abc", HASH_SHA3_224, "=abc",
	  "e642824c3f8cf24ad09234ee7d3c766fc9a3a5168d0c94ad73b46fdf" },
	{ "FIPS 202 SHA3-256, nothing", HASH_SHA3_256, NULL,
	  "a7ffc6f8bf1ed76651c14756a061d662f580ff4de43b49fa82d80a4b80f8434a" },
	{ "FIPS 202 SHA3-256, abc", HASH_SHA3_256, "=abc",
	  "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532" },
	{ "FIPS 202 SHA3-384, nothing", HASH_SHA3_384, NULL,
	  "0c63a75b845e4f7d01107d852e4c2485c51a50aaaa94fc61995e71bbee983a2a"
	  "c3713831264adb47fb6bd1e058d5f004" },
	{ "FIPS 202 SHA3-384, abc", HASH_SHA3_384, "=abc",
	  "ec01498288516fc926459f58e2c6ad8df9b473cb0fc08c2596da7cf0e49be4b2"
	  "98d88cea927ac7f539f1edf228376d25" },
	{ "FIPS 202 SHA3-512, nothing", HASH_SHA3_512, NULL,
	  "a69f73cca23a9ac5c8b567dc185a756e97c982164fe25859e0d1dcc1475c80a6"
	  "15b2123af1f5f94c11e3e9402c3ac558f500199d95b6d3e301758586281dcd26" },
	{ "FIPS 202 SHA3-512, abc", HASH_SHA3_512, "=abc",
	  "b751850b1a57168a5693cd924b6b096e08f621827444f70d884f5d0240d2712e"
	  "10e116e9192af3c91a7ec57647e3934057340b4cf408d5a56592f8274eec53f0" },
	{ "FIPS 202 SHAKE128, 32 bytes of nothing", HASH_SHAKE128, NULL,
	  "7f9c2ba4e88f827d616045507605853ed73b8093f6efbc88eb1a6eacfa66ef26" },
	{ "FIPS 202 SHAKE256, 64 bytes of nothing", HASH_SHAKE256, NULL,
	  "46b9dd2b0ba88d13233b3feb743eeb243fcd52ea62b81b82b50c27646ed5762f"
	  "d75dc4ddd8c0f200cb05019d67b592f6fc821c49479ab48640292eacb3b7c4be" },
};

static void test_hash_vectors(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(hash_vectors); i++) {
		const struct hash_vector *v = &hash_vectors[i];
		struct bytes in = data(v->in), full = data(v->out);
		size_t size = alg_hash_size(v->algo);
		bool good = !size || size == full.len;

		/* The full size, and each way to cut it */
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
	ok(good, "hashes: no result that is longer than full");
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

#define HI_THERE	"=Hi There"
#define JEFE		"=what do ya want for nothing?"
#define LARGE_KEY	"=Test Using Larger Than Block-Size Key - Hash Key First"
#define SP800_38B_TDEA	"8aa83bf8cbda10620bc1bf19fbb6cd58bc313d4a371ca8b5"
#define RFC3566_KEY	"000102030405060708090a0b0c0d0e0f"

static const struct mac_vector {
	const char *name;
	uint32_t algo;
	const char *key, *in, *out;
} mac_vectors[] = {
	{ "RFC 2202 HMAC-MD5 1", MAC_HMAC_MD5, "0b*16", HI_THERE,
	  "9294727a3638bb1c13f48ef8158bfc9d" },
	{ "RFC 2202 HMAC-MD5 2", MAC_HMAC_MD5, "=Jefe", JEFE, "750c783e6ab0b503eaa86e310a5db738" },
	{ "RFC 2202 HMAC-MD5 6", MAC_HMAC_MD5, "aa*80", LARGE_KEY,
	  "6b1ab7fe4bd7bf8f0b62e6ce61b9d0cd" },
	{ "HMAC-MD5, nothing with an empty key", MAC_HMAC_MD5, NULL, NULL,
	  "74e6f7298a9c2d168935f58c001bad88" },
	{ "RFC 2202 HMAC-SHA1 1", MAC_HMAC_SHA1, "0b*20", HI_THERE,
	  "b617318655057264e28bc0b6fb378c8ef146be00" },
	{ "RFC 2202 HMAC-SHA1 2", MAC_HMAC_SHA1, "=Jefe", JEFE,
	  "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79" },
	{ "RFC 2202 HMAC-SHA1 6", MAC_HMAC_SHA1, "aa*80", LARGE_KEY,
	  "aa4ae5e15272d00e95705637ce8a3b55ed402112" },
	{ "RFC 4231 HMAC-SHA-224 1", MAC_HMAC_SHA_224, "0b*20", HI_THERE,
	  "896fb1128abbdf196832107cd49df33f47b4b1169912ba4f53684b22" },
	{ "RFC 4231 HMAC-SHA-224 2", MAC_HMAC_SHA_224, "=Jefe", JEFE,
	  "a30e01098bc6dbbf45690f3a7e9e6d0f8bbea2a39e6148008fd05e44" },
	{ "RFC 4231 HMAC-SHA-224 6", MAC_HMAC_SHA_224, "aa*131", LARGE_KEY,
	  "95e9a0db962095adaebe9b2d6f0dbce2d499f112f2d2b7273fa6870e" },
	{ "RFC 4231 HMAC-SHA-256 1", MAC_HMAC_SHA_256, "0b*20", HI_THERE,
	  "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7" },
	{ "RFC 4231 HMAC-SHA-256 2", MAC_HMAC_SHA_256, "=Jefe", JEFE,
	  "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843" },
	{ "RFC 4231 HMAC-SHA-256 6", MAC_HMAC_SHA_256, "aa*131", LARGE_KEY,
	  "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54" },
	{ "HMAC-SHA-256, nothing with an empty key", MAC_HMAC_SHA_256, NULL, NULL,
	  "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad" },
	{ "RFC 4231 HMAC-SHA-384 1", MAC_HMAC_SHA_384, "0b*20", HI_THERE,
	  "afd03944d84895626b0825f4ab46907f15f9dadbe4101ec682aa034c7cebc59c"
	  "faea9ea9076ede7f4af152e8b2fa9cb6" },
	{ "RFC 4231 HMAC-SHA-384 2", MAC_HMAC_SHA_384, "=Jefe", JEFE,
	  "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e"
	  "8e2240ca5e69e2c78b3239ecfab21649" },
	{ "RFC 4231 HMAC-SHA-384 6", MAC_HMAC_SHA_384, "aa*131", LARGE_KEY,
	  "4ece084485813e9088d2c63a041bc5b44f9ef1012a2b588f3cd11f05033ac4c6"
	  "0c2ef6ab4030fe8296248df163f44952" },
	{ "RFC 4231 HMAC-SHA-512 1", MAC_HMAC_SHA_512, "0b*20", HI_THERE,
	  "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cde"
	  "daa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854" },
	{ "RFC 4231 HMAC-SHA-512 2", MAC_HMAC_SHA_512, "=Jefe", JEFE,
	  "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
	  "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737" },
	{ "RFC 4231 HMAC-SHA-512 6", MAC_HMAC_SHA_512, "aa*131", LARGE_KEY,
	  "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f352"
	  "6b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598" },
	{ "RFC 4493 AES-CMAC 1", MAC_CMAC_AES, SP800_38A_KEY128, NULL,
	  "bb1d6929e95937287fa37d129b756746" },
	{ "RFC 4493 AES-CMAC 2", MAC_CMAC_AES, SP800_38A_KEY128,
	  "6bc1bee22e409f96e93d7e117393172a", "070a16b46b4d4144f79bdd9dd04a287c" },
	{ "RFC 4493 AES-CMAC 3", MAC_CMAC_AES, SP800_38A_KEY128,
	  "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411",
	  "dfa66747de9ae63030ca32611497c827" },
	{ "RFC 4493 AES-CMAC 4", MAC_CMAC_AES, SP800_38A_KEY128, SP800_38A_PLAIN,
	  "51f0bebf7e3b9d92fc49741779363cfe" },
	{ "SP 800-38B CMAC-AES192, nothing", MAC_CMAC_AES, SP800_38A_KEY192, NULL,
	  "d17ddf46adaacde531cac483de7a9367" },
	{ "SP 800-38B CMAC-AES192, 64 bytes", MAC_CMAC_AES, SP800_38A_KEY192, SP800_38A_PLAIN,
	  "a1d5df0eed790f794d77589659f39a11" },
	{ "SP 800-38B CMAC-AES256, nothing", MAC_CMAC_AES, SP800_38A_KEY256, NULL,
	  "028962f61b7bf89efc6b551f4667d983" },
	{ "SP 800-38B CMAC-AES256, 64 bytes", MAC_CMAC_AES, SP800_38A_KEY256, SP800_38A_PLAIN,
	  "e1992190549f6ed5696a2c056c315410" },
	{ "SP 800-38B CMAC-TDEA, nothing", MAC_CMAC_3DES, SP800_38B_TDEA, NULL,
	  "b7a688e122ffaf95" },
	{ "SP 800-38B CMAC-TDEA, 8 bytes", MAC_CMAC_3DES, SP800_38B_TDEA, "6bc1bee22e409f96",
	  "8e8f293136283797" },
	{ "SP 800-38B CMAC-TDEA, 20 bytes", MAC_CMAC_3DES, SP800_38B_TDEA,
	  "6bc1bee22e409f96e93d7e117393172aae2d8a57", "743ddbe0ce2dc2ed" },
	{ "SP 800-38B CMAC-TDEA, 32 bytes", MAC_CMAC_3DES, SP800_38B_TDEA,
	  "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51",
	  "33e6b1092400eae5" },
	{ "RFC 3566 AES-XCBC-MAC 1, nothing", MAC_XCBC_AES, RFC3566_KEY, NULL,
	  "75f0251d528ac01c4573dfd584d79f29" },
	{ "RFC 3566 AES-XCBC-MAC 2, 3 bytes", MAC_XCBC_AES, RFC3566_KEY, "000102",
	  "5b376580ae2f19afe7219ceef172756f" },
	{ "RFC 3566 AES-XCBC-MAC 3, 16 bytes", MAC_XCBC_AES, RFC3566_KEY,
	  "000102030405060708090a0b0c0d0e0f", "d2a246fa349b68a79998a4394ff7a263" },
	{ "RFC 3566 AES-XCBC-MAC 4, 20 bytes", MAC_XCBC_AES, RFC3566_KEY,
	  "000102030405060708090a0b0c0d0e0f10111213", "47f51b4564966215b8985c63055ed308" },
	{ "RFC 3566 AES-XCBC-MAC 5, 32 bytes", MAC_XCBC_AES, RFC3566_KEY,
	  "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
	  "f54f0ec8d2b9f3d36807734bd5283fd4" },
	{ "RFC 3566 AES-XCBC-MAC 6, 34 bytes", MAC_XCBC_AES, RFC3566_KEY,
	  "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f2021",
	  "becbb3bccdb518a30677d5481fb6b4d8" },
	{ "RFC 3566 AES-XCBC-MAC 7, 1000 bytes", MAC_XCBC_AES, RFC3566_KEY, "00*1000",
	  "f0dafee895db30253761103b5d84528f" },
	{ "CBC-MAC-AES, nothing is zero, as in Linux", MAC_CBCMAC_AES, SP800_38A_KEY128, NULL,
	  "00*16" },
	{ "CBC-MAC-AES, one block: SP 800-38A ECB", MAC_CBCMAC_AES, SP800_38A_KEY256,
	  "6bc1bee22e409f96e93d7e117393172a", "f3eed1bdb5d2a03c064b5a7e3db181f8" },
};

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

/* The last block of CBC with an iv of zero, after zeros that make blocks whole */
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
	ok(good, "CBC-MAC-AES: as by CBC, with zeros for what is missing");
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

#define GCM_KEY	 "feffe9928665731c6d6a8f9467308308"
#define GCM_IV	 "cafebabefacedbaddecaf888"
#define GCM_AAD	 "feedfacedeadbeeffeedfacedeadbeefabaddad2"
#define GCM_TEXT "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72" \
		 "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39"
#define CCM_KEY	 "c0c1c2c3c4c5c6c7c8c9cacbcccdcecf"
#define CCM_KEY2 "404142434445464748494a4b4c4d4e4f"
#define CHACHA_KEY "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f"

static const struct aead_vector {
	const char *name;
	uint32_t algo;
	size_t tag_len;
	const char *key, *nonce, *aad, *plain, *cipher;
} aead_vectors[] = {
	{ "GCM test case 1", AEAD_GCM, 16, "00*16", "00*12", NULL, NULL,
	  "58e2fccefa7e3061367f1d57a4e7455a" },
	{ "GCM test case 2", AEAD_GCM, 16, "00*16", "00*12", NULL, "00*16",
	  "0388dace60b6a392f328c2b971b2fe78ab6e47d42cec13bdf53a67b21257bddf" },
	{ "GCM test case 3", AEAD_GCM, 16, GCM_KEY, GCM_IV, NULL, GCM_TEXT "1aafd255",
	  "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e"
	  "21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091473f5985"
	  "4d5c2af327cd64a62cf35abd2ba6fab4" },
	{ "GCM test case 4", AEAD_GCM, 16, GCM_KEY, GCM_IV, GCM_AAD, GCM_TEXT,
	  "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e"
	  "21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091"
	  "5bc94fbc3221a5db94fae95ae7121a47" },
	{ "GCM test case 10", AEAD_GCM, 16, GCM_KEY "feffe9928665731c", GCM_IV, GCM_AAD, GCM_TEXT,
	  "3980ca0b3c00e841eb06fac4872a2757859e1ceaa6efd984628593b40ca1e19c"
	  "7d773d00c144c525ac619d18c84a3f4718e2448b2fe324d9ccda2710"
	  "2519498e80f1478f37ba55bd6d27618c" },
	{ "GCM test case 13", AEAD_GCM, 16, "00*32", "00*12", NULL, NULL,
	  "530f8afbc74536b9a963b4f1c4cb738b" },
	{ "GCM test case 14", AEAD_GCM, 16, "00*32", "00*12", NULL, "00*16",
	  "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919" },
	{ "GCM test case 16", AEAD_GCM, 16, GCM_KEY GCM_KEY, GCM_IV, GCM_AAD, GCM_TEXT,
	  "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
	  "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
	  "76fc6ece0f4e1768cddf8853bb2d551b" },
	{ "RFC 3610 CCM packet vector 1", AEAD_CCM, 8, CCM_KEY, "00000003020100a0a1a2a3a4a5",
	  "0001020304050607", "08090a0b0c0d0e0f101112131415161718191a1b1c1d1e",
	  "588c979a61c663d2f066d0c2c0f989806d5f6b61dac38417e8d12cfdf926e0" },
	{ "RFC 3610 CCM packet vector 2", AEAD_CCM, 8, CCM_KEY, "00000004030201a0a1a2a3a4a5",
	  "0001020304050607", "08090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
	  "72c91a36e135f8cf291ca894085c87e3cc15c439c9e43a3ba091d56e10400916" },
	{ "RFC 3610 CCM packet vector 3", AEAD_CCM, 8, CCM_KEY, "00000005040302a0a1a2a3a4a5",
	  "0001020304050607", "08090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20",
	  "51b1e5f44a197d1da46b0f8e2d282ae871e838bb64da8596574adaa76fbd9fb0c5" },
	{ "SP 800-38C CCM example 1", AEAD_CCM, 4, CCM_KEY2, "10111213141516",
	  "0001020304050607", "20212223", "7162015b4dac255d" },
	{ "SP 800-38C CCM example 2", AEAD_CCM, 6, CCM_KEY2, "1011121314151617",
	  "000102030405060708090a0b0c0d0e0f", "202122232425262728292a2b2c2d2e2f",
	  "d2a1f0e051ea5f62081a7792073d593d1fc64fbfaccd" },
	{ "SP 800-38C CCM example 3", AEAD_CCM, 8, CCM_KEY2, "101112131415161718191a1b",
	  "000102030405060708090a0b0c0d0e0f10111213",
	  "202122232425262728292a2b2c2d2e2f3031323334353637",
	  "e3b201a9f5b71a7a9b1ceaeccd97e70b6176aad9a4428aa5484392fbc1b09951" },
	{ "NIST CCM DVPT128, nothing", AEAD_CCM, 4, "4ae701103c63deca5b5a3939d7d05992",
	  "5a8aa485c316e9", NULL, NULL, "02209f55" },
	{ "RFC 8439 2.8.2 ChaCha20-Poly1305", AEAD_CHACHA20_POLY1305, 16, CHACHA_KEY,
	  "070000004041424344454647", "50515253c0c1c2c3c4c5c6c7",
	  "=Ladies and Gentlemen of the class of '99: If I could offer you only one tip for "
	  "the future, sunscreen would be it.",
	  "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d6"
	  "3dbea45e8ca9671282fafb69da92728b1a71de0a9e060b2905d6a5b67ecd3b36"
	  "92ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc"
	  "3ff4def08e4b7a9de576d26586cec64b61161ae10b594f09e26a7e902ecbd0600691" },
};

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

/* With a bit changed in @in, nothing must come out, and what is in place must stay */
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

/* Lengths of additional data are written in another way from 65280 on */
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
	ok(good, "CCM: nothing but additional data, as by CBC-MAC");
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

/* Every length of nonce and tag: works both ways, or is refused both ways */
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
	ok(good && untouched(out), "AEAD %u: nothing shorter than a tag", algo);
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

/* Made for this test with `openssl genrsa -traditional 1024`, and of no other use */
#define RSA_KEY_N \
	"02818100a5f95ebbc1f234f2d619a0704029b2f6b4a3d7e455ad8458125f4f4d49ee5e3bac9b9a9f1a29" \
	"b28ce946a2fd73bbc86602b584ed48691bedc9a98f02a2dd37fc0854b1ac6d8597ddf6b0765b3a95212a" \
	"89a3cd00d788c617c13171da3264db7642dced442b04b1d6375337e20e188d065d6364a97137ad8ae0ef" \
	"07a3a0e7c993"
#define RSA_KEY_E "0203010001"
#define RSA_KEY_D \
	"0281806ac763462241a404f2ef2bc3ebd3a7fa863ebe9f7ceb943061298648701ef5eb28623778d2892f" \
	"00eef76dd6e785512927e7062cee200942d331cdfae132b757d9a712f6441d5dda4fdb9f8b012f7eefbb" \
	"e8e7a330a0cba6b092c6f0ee2022ce5fc4a26161edea988c492832a5b513950b7a0c6058a0507d3a5dcc" \
	"fb5b65a359"
#define RSA_KEY_PRIMES \
	"024100d8cb9a6ed1958fe919b0788ae0f7c0d316e9d6e5f9cc16dd76ba86c2ab6f5f5f30528b397dc34b" \
	"a23dca507badc5ba9a5d8660487e6cb383eb6c1a4fc83dee0f024100c3fd08204e88363348273c800601" \
	"37dc3fad8f46455cc64d9d9b7140de6a381a3d0497bd4f439e4737730e1a193080cb25f7f6ce5db4796e" \
	"9123f21c6d88f03d"
#define RSA_KEY_CRT \
	"02407f558f1e79f14bb691052ab7ff8ce56fd6ac803151b802d20f335d85a7a5e1b18a33615ce2363c0d" \
	"4e17af90052ff6fb45e5705604139a98e844f56b58e4af1702403a3fbbe88e2ea19d4036991e9baa4505" \
	"eacf14a417fd68daac9b045ff93aac8defd0aba0922c50a06df47e1e779a18cd47ed98a6e0e6c0a881ee" \
	"a3089bed75290240111b382d1a50bd8214f5c70f4cb2a7a337ada6ce283224c99b0fd14ff26a2dac58fa" \
	"7b12847445b51aa3e4e78fb625fe558e7ef4d94718efed0ea57945ef7be7"
#define RSA_NO_CRT "020100020100020100020100020100"

#define RSA_PUBLIC  "308189" RSA_KEY_N RSA_KEY_E
#define RSA_PRIVATE "3082025b" "020100" RSA_KEY_N RSA_KEY_E RSA_KEY_D RSA_KEY_PRIMES RSA_KEY_CRT
#define RSA_BYTES   128

/* What `openssl pkeyutl` and `openssl dgst` made with that key */
#define RSA_MESSAGE "=virtio crypto device"
#define RSA_SIGNED_PLAIN \
	"8be4b2845133980087a4238f03ea0d21d95f50353c396ceafee44d1067de25618d1ea5f6cc73f4ae5d25" \
	"e2496f69418520c71b9a0da41357952091ec7620340db5aca3e0dd68e2d993c71ef0d6ffd44137fbb009" \
	"c2569fb652287840de2df99fa61b828812bafce0bb8a0e82f9ae11d1e8f7a4ffbdf82365907506e4b10d" \
	"2142"
#define RSA_SIGNED_SHA256 \
	"27f4403f20de6f22d75f96615dd587ab76b3a937a46dee9ede65c03f9c973b79390c3f36eeda71016718" \
	"0ab7f008c957d9bf67776cb7f28d4eb2f4da4a2e5ec4e8cd3467d7f1a2dbd884fea80fad08517d2f8213" \
	"550356f03352ac6a2445427974e4bed1321511e7892b54d25f2d656d349cbced092b07a7fd44bb740c8f" \
	"711c"
#define RSA_ENCRYPTED_PKCS1 \
	"6bf8c49d97fd95f7d53dec0173b2dc8014410c28c38996d918d94839e841746e1c2d269656a987009e1b" \
	"baf8d433d0e12f2080e414985f206aa7d0e8f8488e9b5ed10b6d1d6c70b944acb55bd7f4d3abc8117700" \
	"023797540a6ec99311c12ad139ac4c701199335d2b03e7009c057e521edc3c1843e40e2a2a9b697124b8" \
	"702d"
#define RSA_ENCRYPTED_RAW \
	"4b000695c74e8101582627e3cb227ef3b06d9187cabfd443e8129b5912e4ecbb511208189d508bab65a8" \
	"ebd38caa37f7623c024abb2cc9a99adfb3f2a362c8985f3da832c40161b5e328f078b4c08d71a8183960" \
	"1e484fccefb448a3392fc00ffab9ba647034f14446788715d91d86ec298c3884b441abb7b38e72e5b05a" \
	"d3c8"
#define RSA_DECRYPTED_RAW \
	"81d1a28d86d75ebfc418a73946c6bd4a691c5ec43c1e13339951587d18bacd661baadca3dfb6767132a1" \
	"fbf92c5f640eb77c113bff9a48851e25e2068ff0bf425d3391089f7b5c0e469e2218e3d55b70fb08eef5" \
	"2e56d6cebb43c7c1375be5546aa7865ca86f6d21d0523082fa5154f5ed1004118bb1ec7b5f8bc656376b" \
	"d16a"

static struct alg_key *rsa_key(const char *der, uint32_t type, uint32_t padding, uint32_t hash)
{
	struct bytes bytes = data(der);
	struct alg_key *key;

	if (alg_key_new(&key, AKCIPHER_RSA, type, padding, hash, bytes.p, bytes.len) != VC_OK)
		return NULL;
	return key;
}

/* The result of an operation in a buffer that has just as much room; or empty */
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

/* Whatever the bytes say, it ends; a key that is not refused is used */
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
	ok(true, "RSA: keys that were damaged anywhere");
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

/* What is in an encrypted message, or signature, seen by a raw key */
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

/* Whether decryption of a block that somebody has padded gives an error */
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
	ok(!key_result(public, OP_ENCRYPT, data("42*118")).len, "RSA PKCS#1: no longer one");
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
	/* The padding is random: sooner or later there is a zero that might be left out */
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

/* RFC 8017 9.2, and RFC 3447 for MD4: what stands before the digest */
static const struct {
	const char *name;
	uint32_t hash;
	size_t size;
	const char *head;
} rsa_heads[] = {
	{ "no hash", RSA_HASH_NONE, 20, NULL },
	{ "MD2", RSA_HASH_MD2, 16, "3020300c06082a864886f70d020205000410" },
	{ "MD4", RSA_HASH_MD4, 16, "3020300c06082a864886f70d020405000410" },
	{ "MD5", RSA_HASH_MD5, 16, "3020300c06082a864886f70d020505000410" },
	{ "SHA-1", RSA_HASH_SHA1, 20, "3021300906052b0e03021a05000414" },
	{ "SHA-224", RSA_HASH_SHA224, 28, "302d300d06096086480165030402040500041c" },
	{ "SHA-256", RSA_HASH_SHA256, 32, "3031300d060960864801650304020105000420" },
	{ "SHA-384", RSA_HASH_SHA384, 48, "3041300d060960864801650304020205000430" },
	{ "SHA-512", RSA_HASH_SHA512, 64, "3051300d060960864801650304020305000440" },
};

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

/* RFC 6979 A.2.3 to A.2.7, message "sample", made into DER */
static const struct {
	const char *name;
	uint32_t curve, hash;
	const char *public, *private, *sig;
} ec_keys[] = {
	{ "P-192", CURVE_P192, HASH_SHA_256,
	  "04ac2c77f529f91689fea0ea5efec7f210d8eea0b9e047ed563bc723e57670bd4887ebc732c523063d0a"
	  "7c957bc97c1c43",
	  "305f02010104186fab034934e4c0fc9ae67f5b5659a9d7d1fefd187ee09fd4a00a06082a8648ce3d0301"
	  "01a13403320004ac2c77f529f91689fea0ea5efec7f210d8eea0b9e047ed563bc723e57670bd4887ebc7"
	  "32c523063d0a7c957bc97c1c43",
	  "303502184b0b8ce98a92866a2820e20aa6b75b56382e0f9bfd5ecb55021900ccdb006926ea9565cbadc8"
	  "40829d8c384e06de1f1e381b85" },
	{ "P-224", CURVE_P224, HASH_SHA_256,
	  "0400cf08da5ad719e42707fa431292dea11244d64fc51610d94b130d6ceeab6f3debe455e3dbf85416f7"
	  "030cbd94f34f2d6f232c69f3c1385a",
	  "3068020101041cf220266e1105bfe3083e03ec7a3a654651f45e37167e88600bf257c1a00706052b8104"
	  "0021a13c033a000400cf08da5ad719e42707fa431292dea11244d64fc51610d94b130d6ceeab6f3debe4"
	  "55e3dbf85416f7030cbd94f34f2d6f232c69f3c1385a",
	  "303d021c61aa3da010e8e8406c656bc477a7a7189895e7e840cdfe8ff42307ba021d00bc814050dab5d2"
	  "3770879494f9e0a680dc1af7161991bde692b10101" },
	{ "P-256", CURVE_P256, HASH_SHA_256,
	  "0460fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb67903fe1008b8bc99a4"
	  "1ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299",
	  "30770201010420c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721a00a06"
	  "082a8648ce3d030107a1440342000460fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce66962"
	  "2e60f29fb67903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299",
	  "3046022100efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716022100f7cb"
	  "1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8" },
	{ "P-384", CURVE_P384, HASH_SHA_384,
	  "04ec3a4e415b4e19a4568618029f427fa5da9a8bc4ae92e02e06aae5286b300c64def8f0ea9055866064"
	  "a254515480bc138015d9b72d7d57244ea8ef9ac0c621896708a59367f9dfb9f54ca84b3f1c9db1288b23"
	  "1c3ae0d4fe7344fd2533264720",
	  "3081a402010104306b9d3dad2e1b8c1c05b19875b6659f4de23c3b667bf297ba9aa47740787137d896d5"
	  "724e4c70a825f872c9ea60d2edf5a00706052b81040022a16403620004ec3a4e415b4e19a4568618029f"
	  "427fa5da9a8bc4ae92e02e06aae5286b300c64def8f0ea9055866064a254515480bc138015d9b72d7d57"
	  "244ea8ef9ac0c621896708a59367f9dfb9f54ca84b3f1c9db1288b231c3ae0d4fe7344fd2533264720",
	  "306602310094edbb92a5ecb8aad4736e56c691916b3f88140666ce9fa73d64c4ea95ad133c81a648152e"
	  "44acf96e36dd1e80fabe4602310099ef4aeb15f178cea1fe40db2603138f130e740a19624526203b6351"
	  "d0a3a94fa329c145786e679e7b82c71a38628ac8" },
	{ "P-521", CURVE_P521, HASH_SHA_512,
	  "0401894550d0785932e00eaa23b694f213f8c3121f86dc97a04e5a7167db4e5bcd371123d46e45db6b5d"
	  "5370a7f20fb633155d38ffa16d2bd761dcac474b9a2f5023a400493101c962cd4d2fddf782285e645841"
	  "39c2f91b47f87ff82354d6630f746a28a0db25741b5b34a828008b22acc23f924faafbd4d33f81ea6695"
	  "6dfeaa2bfdfcf5",
	  "3081dc020101044200fad06daa62ba3b25d2fb40133da757205de67f5bb0018fee8c86e1b68c7e75caa8"
	  "96eb32f1f47c70855836a6d16fcc1466f6d8fbec67db89ec0c08b0e996b83538a00706052b81040023a1"
	  "8189038186000401894550d0785932e00eaa23b694f213f8c3121f86dc97a04e5a7167db4e5bcd371123"
	  "d46e45db6b5d5370a7f20fb633155d38ffa16d2bd761dcac474b9a2f5023a400493101c962cd4d2fddf7"
	  "82285e64584139c2f91b47f87ff82354d6630f746a28a0db25741b5b34a828008b22acc23f924faafbd4"
	  "d33f81ea66956dfeaa2bfdfcf5",
	  "308187024200c328fafcbd79dd77850370c46325d987cb525569fb63c5d3bc53950e6d4c5f174e25a1ee"
	  "9017b5d450606add152b534931d7d4e8455cc91f9b15bf05ec36e377fa0241617cce7cf5064806c467f6"
	  "78d3b4080d6f1cc50af26ca209417308281b68af282623eaa63e5b5c0723d8b8c37ff0777b1a20f8ccb1"
	  "dccc43997f1ee0e44da4a67a" },
};

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
	ok(true, "EC %s: keys that were damaged anywhere", ec_keys[i].name);
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

/* --- What there is, and what there is not --- */

static void test_masks(void)
{
	const uint64_t arc4 = 1ULL << CIPHER_ARC4;

	ok((alg_mask(SERVICE_CIPHER) | arc4) == 0x23fe, "mask of ciphers, but for ARC4");
	ok(alg_mask(SERVICE_HASH) == 0x1ffe, "mask of hashes");
	ok(alg_mask(SERVICE_MAC) == (0x7e | 3ULL << 25 | 1ULL << 49 | 1ULL << 53), "mask of MACs");
	ok(alg_mask(SERVICE_AEAD) == 0xe, "mask of AEADs");
	ok(alg_mask(SERVICE_AKCIPHER) == 0xe, "mask of public keys");
	ok(!alg_mask(NR_SERVICES) && !alg_mask(255) && !alg_mask(-1U), "mask of no service");
}

/* Numbers that are not in a mask, bigger than any mask, and such that shifts wrap */
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
	ok(good && untouched(out), "algorithms that there are not");
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

/* One object of each kind, and what each of them gave to a single thread */
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
	printf("1..%u\n", nr_tests);
	return nr_failed != 0;
}
