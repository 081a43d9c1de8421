// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The virtio_crypto authors
 *
 * Published vectors through the wire format: each service, in each form of a request, over
 * rings of each kind.  Everything that is sent here is correct, so a violation that the
 * device reports is a failure, too.
 *
 * If there are no published vectors for an algorithm of the specification, they are composed
 * of others: chains from those of a cipher and of a hash, RSA signatures from the results of
 * a raw key.
 */
#include <stdio.h>
#include <string.h>

#include "algs.h"
#include "report.h"
#include "tap.h"
#include "util.h"
#include "vectors.h"
#include "wire_job.h"
#include "wire_test.h"
#include "wycheproof.h"

#define RESULT_MAX	4096

enum row {
	ROW_CIPHER, ROW_PLAIN, ROW_AUTH, ROW_NESTED, ROW_HASH, ROW_MAC, ROW_AEAD, ROW_RAW,
	ROW_PKCS1, ROW_ECDSA, NR_ROWS,
};

static const char * const row_names[NR_ROWS] = {
	"CIPHER", "chain, plain hash", "chain, authenticated", "chain, nested (refused)", "HASH",
	"MAC", "AEAD", "RSA, raw", "RSA, PKCS#1", "ECDSA",
};

static unsigned int passed[NR_ROWS][NR_FORMS];

/* Buffers for the bytes of a vector, until the next one */
static uint8_t arena[4 << 20];
static size_t arena_used;

static uint8_t *some_bytes(size_t len)
{
	uint8_t *p = arena + arena_used;

	if (len > sizeof(arena) - arena_used) {
		puts("Bail out! vectors are too long");
		exit(1);
	}
	arena_used += len;
	return p;
}

static struct text text_of(const char *vector)
{
	struct text t = { some_bytes(vector_len(vector)), vector_len(vector) };

	vector_copy(vector, (uint8_t *)t.p);
	return t;
}

static bool same(const uint8_t *p, struct text text)
{
	return !text.len || !memcmp(p, text.p, text.len);
}

/* struct scene - the device, and the form of requests to it */
struct scene {
	struct front *f;
	enum shape form;
	uint8_t in[RESULT_MAX];
	int64_t used;
};

static uint32_t run(struct scene *s, const struct job *j)
{
	return do_job(s->f, j, s->form, s->in, &s->used);
}

static void result(struct scene *s, enum row which, bool good, const char *name, const char *more)
{
	uint64_t broken = violations();

	good = good && !broken && !front_overrun(s->f);
	ok(good, "%s: %s%s, %s", row_names[which], name, more, form_names[s->form]);
	passed[which][s->form] += good;
	report_reset();
	arena_used = 0;
}

/*
 * Ciphers, hashes, MACs and AEADs
 */

static bool cipher_gives(struct scene *s, const struct cipher_vector *v, unsigned int op)
{
	struct text in = text_of(op == OP_ENCRYPT ? v->plain : v->cipher);
	struct job j = {
		.service = SERVICE_CIPHER, .algo = v->algo, .op = op, .key = text_of(v->key),
		.iv = text_of(v->iv), .in = in, .out_len = in.len,
	};

	return run(s, &j) == VC_OK && s->used == in.len + 1 &&
	       same(s->in, text_of(op == OP_ENCRYPT ? v->cipher : v->plain));
}

static void cipher_rows(struct scene *s)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cipher_vectors); i++) {
		const struct cipher_vector *v = &cipher_vectors[i];

		if (!(alg_mask(SERVICE_CIPHER) >> v->algo & 1))
			continue;
		result(s, ROW_CIPHER, cipher_gives(s, v, OP_ENCRYPT), v->name, ", encrypt");
		result(s, ROW_CIPHER, cipher_gives(s, v, OP_DECRYPT), v->name, ", decrypt");
	}
}

static bool hash_gives(struct scene *s, const struct hash_vector *v, uint32_t len)
{
	struct job j = {
		.service = SERVICE_HASH, .algo = v->algo, .in = text_of(v->in), .hash_len = len,
	};
	struct text out = text_of(v->out);

	out.len = len;
	return run(s, &j) == VC_OK && s->used == len + 1 && same(s->in, out);
}

static void hash_rows(struct scene *s)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(hash_vectors); i++) {
		const struct hash_vector *v = &hash_vectors[i];

		if (!(alg_mask(SERVICE_HASH) >> v->algo & 1))
			continue;
		result(s, ROW_HASH, hash_gives(s, v, vector_len(v->out)), v->name, "");
		result(s, ROW_HASH, hash_gives(s, v, 10), v->name, ", cut");
	}
}

static bool mac_gives(struct scene *s, uint32_t algo, const char *key, const char *in,
		      const char *out, bool equal)
{
	struct job j = {
		.service = SERVICE_MAC, .algo = algo, .mac_key = text_of(key), .in = text_of(in),
		.hash_len = vector_len(out),
	};

	return run(s, &j) == VC_OK && s->used == j.hash_len + 1 &&
	       same(s->in, text_of(out)) == equal;
}

static void mac_rows(struct scene *s)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(mac_vectors); i++) {
		const struct mac_vector *v = &mac_vectors[i];

		if (alg_mask(SERVICE_MAC) >> v->algo & 1)
			result(s, ROW_MAC, mac_gives(s, v->algo, v->key, v->in, v->out, true),
			       v->name, "");
	}
}

/* struct aead - a vector from either table */
struct aead {
	const char *name;
	uint32_t algo, tag_len;
	const char *key, *iv, *aad, *plain, *cipher;
};

/* slack: for decryption, also room for the tag, to which nothing is written */
static uint32_t do_aead(struct scene *s, const struct aead *v, unsigned int op,
			unsigned int slack)
{
	struct text in = text_of(op == OP_ENCRYPT ? v->plain : v->cipher);
	struct job j = {
		.service = SERVICE_AEAD, .algo = v->algo, .op = op, .key = text_of(v->key),
		.iv = text_of(v->iv), .aad = text_of(v->aad), .in = in, .tag_len = v->tag_len,
		.out_len = op == OP_ENCRYPT ? in.len + v->tag_len : in.len - v->tag_len + slack,
	};

	return run(s, &j);
}

static bool aead_gives(struct scene *s, const struct aead *v, unsigned int op,
		       unsigned int slack)
{
	return do_aead(s, v, op, slack) == VC_OK &&
	       same(s->in, text_of(op == OP_ENCRYPT ? v->cipher : v->plain));
}

static bool aead_refused(struct scene *s, const struct aead *v)
{
	size_t i, len = vector_len(v->cipher) - v->tag_len;

	if (do_aead(s, v, OP_DECRYPT, 0) != VC_BADMSG)
		return false;
	for (i = 0; i < len; i++)
		if (s->in[i] != FRONT_UNWRITTEN)
			return false;
	return true;
}

static void one_aead(struct scene *s, const struct aead *v, bool valid)
{
	if (!valid) {
		result(s, ROW_AEAD, aead_refused(s, v), v->name, ", refused");
		return;
	}
	result(s, ROW_AEAD, aead_gives(s, v, OP_ENCRYPT, 0), v->name, ", encrypt");
	result(s, ROW_AEAD, aead_gives(s, v, OP_DECRYPT, 0), v->name, ", decrypt");
	result(s, ROW_AEAD, aead_gives(s, v, OP_DECRYPT, v->tag_len), v->name,
	       ", decrypt with room for the tag");
}

static void aead_rows(struct scene *s)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(aead_vectors); i++) {
		const struct aead_vector *v = &aead_vectors[i];
		struct aead aead = { v->name, v->algo, v->tag_len, v->key, v->nonce, v->aad,
				     v->plain, v->cipher };

		one_aead(s, &aead, true);
	}
}

static void wycheproof_rows(struct scene *s)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(wycheproofs); i++) {
		const struct wycheproof *v = &wycheproofs[i];
		struct aead aead = { v->name, v->algo, v->tag_len, v->key, v->iv, v->aad, v->in,
				     v->out };
		struct cipher_vector cipher = { v->name, v->algo, v->key, v->iv, v->in, v->out };

		switch (v->service) {
		case SERVICE_AEAD:
			one_aead(s, &aead, v->valid);
			break;
		case SERVICE_MAC:
			result(s, ROW_MAC, mac_gives(s, v->algo, v->key, v->in, v->out, v->valid),
			       v->name, "");
			break;
		case SERVICE_CIPHER:
			result(s, ROW_CIPHER, cipher_gives(s, &cipher, OP_ENCRYPT), v->name,
			       ", encrypt");
			result(s, ROW_CIPHER, cipher_gives(s, &cipher, OP_DECRYPT), v->name,
			       ", decrypt");
			break;
		}
	}
}

/*
 * Chains
 */

/*
 * Encrypts a message with AES-CTR and the key and counter of SP 800-38A F.5.1, whose
 * plaintext and ciphertext give the first 64 bytes of the key stream.
 */
static struct text under_ctr(struct text message)
{
	struct text plain = text_of(SP800_38A_PLAIN);
	struct text cipher = text_of("874d6191b620e3261bef6864990db6ce"
				     "9806f66b7970fdff8617187bb9fffdff"
				     "5ae4df3edbd5d35e5b4f09020db03eab"
				     "1e031dda2fbe03d1792170a0f3009cee");
	uint8_t *p = some_bytes(message.len);
	uint32_t i;

	for (i = 0; i < message.len; i++)
		p[i] = message.p[i] ^ plain.p[i] ^ cipher.p[i];
	return (struct text){ p, message.len };
}

/* A chain of that cipher and of a published hash or MAC of message */
struct chained {
	enum row which;
	const char *name;
	uint32_t hash_mode, hash_algo;
	const char *mac_key, *message, *hash;
};

/*
 * The message is hashed, whether it is the input or the output of the cipher.  Around the
 * encrypted bytes are others that are neither encrypted nor hashed.
 */
static bool chain_gives(struct scene *s, const struct chained *c, unsigned int op, uint32_t order)
{
	struct text message = text_of(c->message), other = under_ctr(message), out;
	bool hash_first = order == HASH_THEN_CIPHER;
	struct text from = hash_first ? message : other, to = hash_first ? other : message;
	uint8_t *src = some_bytes(message.len + 5), *dst = some_bytes(message.len + 5);
	struct job j = {
		.service = SERVICE_CIPHER, .algo = CIPHER_AES_CTR, .op = op,
		.key = text_of(SP800_38A_KEY128), .iv = text_of(SP800_38A_COUNTER),
		.in = { src, message.len + 5 }, .out_len = message.len + 5,
		.hash_len = vector_len(c->hash), .chain = true, .order = order,
		.hash_mode = c->hash_mode, .hash_algo = c->hash_algo,
		.mac_key = text_of(c->mac_key), .cipher_at = 3, .cipher_len = message.len,
		.hash_at = 3, .hash_over = message.len,
	};

	memset(src, 0x5a, message.len + 5);
	memset(dst, 0x5a, message.len + 5);
	memcpy(src + 3, from.p, from.len);
	memcpy(dst + 3, to.p, to.len);
	out = text_of(c->hash);
	return run(s, &j) == VC_OK && same(s->in, (struct text){ dst, j.out_len }) &&
	       same(s->in + j.out_len, out);
}

/* Nothing is encrypted; the message is associated data, in two parts */
static bool chain_of_aad(struct scene *s, const struct chained *c)
{
	struct text message = text_of(c->message);
	uint32_t half = message.len / 2;
	struct job j = {
		.service = SERVICE_CIPHER, .algo = CIPHER_AES_CTR,
		.key = text_of(SP800_38A_KEY128), .iv = text_of(SP800_38A_COUNTER),
		.aad = { message.p, half }, .in = { message.p + half, message.len - half },
		.out_len = message.len - half, .hash_len = vector_len(c->hash), .chain = true,
		.order = CIPHER_THEN_HASH, .hash_mode = c->hash_mode, .hash_algo = c->hash_algo,
		.mac_key = text_of(c->mac_key), .hash_over = message.len - half,
	};

	return run(s, &j) == VC_OK && same(s->in, j.in) &&
	       same(s->in + j.out_len, text_of(c->hash));
}

static void one_chain(struct scene *s, const struct chained *c)
{
	if (vector_len(c->message) > 64)
		return;
	result(s, c->which, chain_gives(s, c, OP_ENCRYPT, HASH_THEN_CIPHER), c->name,
	       ", hash, then encrypt");
	result(s, c->which, chain_gives(s, c, OP_ENCRYPT, CIPHER_THEN_HASH), c->name,
	       ", encrypt, then hash");
	result(s, c->which, chain_gives(s, c, OP_DECRYPT, HASH_THEN_CIPHER), c->name,
	       ", hash, then decrypt");
	result(s, c->which, chain_gives(s, c, OP_DECRYPT, CIPHER_THEN_HASH), c->name,
	       ", decrypt, then hash");
	result(s, c->which, chain_of_aad(s, c), c->name, ", associated data");
}

/* Encrypts and then authenticates, or authenticates and then decrypts */
static bool cbc_hmac_gives(struct scene *s, const struct wycheproof_chain *v, unsigned int op)
{
	struct text aad = text_of(v->aad), iv = text_of(v->iv), in = text_of(v->in);
	struct text out = text_of(v->out), tag = text_of(v->tag);
	uint8_t *all_aad = some_bytes(aad.len + iv.len), *src = some_bytes(out.len + 8);
	uint8_t *plain = some_bytes(out.len), missing = out.len - in.len;
	struct job j = {
		.service = SERVICE_CIPHER, .algo = CIPHER_AES_CBC, .op = op,
		.key = text_of(v->key), .mac_key = text_of(v->mac_key), .iv = iv,
		.aad = { all_aad, aad.len + iv.len }, .in = { src, out.len + 8 },
		.out_len = out.len + 8, .hash_len = tag.len, .chain = true,
		.order = op == OP_ENCRYPT ? CIPHER_THEN_HASH : HASH_THEN_CIPHER,
		.hash_mode = CHAIN_AUTH, .hash_algo = v->mac, .cipher_len = out.len,
		.hash_over = out.len + 8,
	};

	memcpy(all_aad, aad.p, aad.len);
	memcpy(all_aad + aad.len, iv.p, iv.len);
	memset(plain, missing, out.len);
	memcpy(plain, in.p, in.len);
	memcpy(src, op == OP_ENCRYPT ? plain : out.p, out.len);
	memset(src + out.len, 0, 8);
	src[out.len + 6] = aad.len * 8 >> 8;
	src[out.len + 7] = aad.len * 8;
	return run(s, &j) == VC_OK && same(s->in + j.out_len, tag) &&
	       same(s->in, (struct text){ op == OP_ENCRYPT ? out.p : plain, out.len });
}

static void chain_rows(struct scene *s)
{
	struct job nested = {
		.service = SERVICE_CIPHER, .algo = CIPHER_AES_CBC, .chain = true,
		.order = HASH_THEN_CIPHER, .hash_mode = CHAIN_NESTED, .hash_algo = HASH_SHA_256,
		.hash_len = 32,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(hash_vectors); i++) {
		const struct hash_vector *v = &hash_vectors[i];
		struct chained c = { ROW_PLAIN, v->name, CHAIN_PLAIN, v->algo, NULL, v->in,
				     v->out };

		if (alg_mask(SERVICE_HASH) >> v->algo & 1)
			one_chain(s, &c);
	}
	for (i = 0; i < ARRAY_SIZE(mac_vectors); i++) {
		const struct mac_vector *v = &mac_vectors[i];
		struct chained c = { ROW_AUTH, v->name, CHAIN_AUTH, v->algo, v->key, v->in,
				     v->out };

		if (alg_mask(SERVICE_MAC) >> v->algo & 1)
			one_chain(s, &c);
	}
	for (i = 0; i < ARRAY_SIZE(wycheproof_chains); i++) {
		const struct wycheproof_chain *v = &wycheproof_chains[i];

		result(s, ROW_AUTH, cbc_hmac_gives(s, v, OP_ENCRYPT), v->name, ", encrypt");
		result(s, ROW_AUTH, cbc_hmac_gives(s, v, OP_DECRYPT), v->name, ", decrypt");
	}
	nested.key = text_of(SP800_38A_KEY128);
	nested.iv = text_of(SP800_38A_IV);
	nested.in = text_of("00*16");
	nested.out_len = 16;
	result(s, ROW_NESTED, run(s, &nested) == VC_NOTSUPP, "nobody can say how", "");
}

/*
 * Public keys
 */

static struct job key_job(uint32_t algo, unsigned int op, uint32_t key_type, uint32_t param1,
			  uint32_t param2, const char *key)
{
	return (struct job){
		.service = SERVICE_AKCIPHER, .algo = algo, .op = op, .key_type = key_type,
		.param1 = param1, .param2 = param2, .key = text_of(key),
	};
}

/* A result that is as long as the device says, in a larger buffer */
static bool key_gives(struct scene *s, struct job *j, struct text in, struct text *out)
{
	uint8_t *p;

	j->in = in;
	j->out_len = 600;
	if (run(s, j) != VC_OK || s->used < 1 || s->used > j->out_len + 1)
		return false;
	p = some_bytes(s->used - 1);
	memcpy(p, s->in, s->used - 1);
	*out = (struct text){ p, s->used - 1 };
	return true;
}

static bool key_gives_this(struct scene *s, struct job *j, struct text in, struct text expected)
{
	struct text out;

	return key_gives(s, j, in, &out) && out.len == expected.len && same(out.p, expected);
}

static uint32_t verify(struct scene *s, struct job *j, struct text sig, struct text digest)
{
	j->op = OP_VERIFY;
	j->out_len = 0;
	j->in = sig;
	j->digest = digest;
	return run(s, j);
}

static void rsa_raw_rows(struct scene *s)
{
	struct job public = key_job(AKCIPHER_RSA, OP_ENCRYPT, KEY_PUBLIC, RSA_RAW, 0, RSA_PUBLIC);
	struct text in = text_of("42*128"), out = text_of(RSA_ENCRYPTED_RAW);
	struct job private;

	result(s, ROW_RAW, key_gives_this(s, &public, in, out), "openssl's, encrypt",
	       ", public key");
	private = key_job(AKCIPHER_RSA, OP_ENCRYPT, KEY_PRIVATE, RSA_RAW, 0, RSA_PRIVATE);
	result(s, ROW_RAW, key_gives_this(s, &private, text_of("42*128"),
					  text_of(RSA_ENCRYPTED_RAW)),
	       "openssl's, encrypt", ", private key");
	private = key_job(AKCIPHER_RSA, OP_DECRYPT, KEY_PRIVATE, RSA_RAW, 0, RSA_PRIVATE);
	result(s, ROW_RAW, key_gives_this(s, &private, text_of(RSA_ENCRYPTED_RAW),
					  text_of("42*128")), "openssl's, decrypt", "");
	private = key_job(AKCIPHER_RSA, OP_DECRYPT, KEY_PRIVATE, RSA_RAW, 0, RSA_PRIVATE);
	result(s, ROW_RAW, key_gives_this(s, &private, text_of("42*128"),
					  text_of(RSA_DECRYPTED_RAW)), "openssl's, sign", "");
}

/* The signed block of RFC 8017: 0 1 ff ... ff 0 head digest */
static struct text signed_block(const struct rsa_head *head, struct text digest)
{
	struct text start = text_of(head->head);
	uint8_t *p = some_bytes(RSA_BYTES), *end = p + RSA_BYTES - digest.len - start.len;

	memset(p, 0xff, RSA_BYTES);
	p[0] = 0;
	p[1] = 1;
	end[-1] = 0;
	memcpy(end, start.p, start.len);
	memcpy(end + start.len, digest.p, digest.len);
	return (struct text){ p, RSA_BYTES };
}

static bool rsa_signs(struct scene *s, const struct rsa_head *head)
{
	struct text digest = { text_of(SP800_38A_PLAIN).p, head->size }, sig, block;
	struct job private = key_job(AKCIPHER_RSA, OP_SIGN, KEY_PRIVATE, RSA_PKCS1, head->hash,
				     RSA_PRIVATE);
	struct job public = key_job(AKCIPHER_RSA, OP_VERIFY, KEY_PUBLIC, RSA_PKCS1, head->hash,
				    RSA_PUBLIC);
	struct job raw = key_job(AKCIPHER_RSA, OP_ENCRYPT, KEY_PUBLIC, RSA_RAW, 0, RSA_PUBLIC);
	uint8_t *bad;

	if (!key_gives(s, &private, digest, &sig) || sig.len != RSA_BYTES ||
	    verify(s, &public, sig, digest) != VC_OK)
		return false;
	block = signed_block(head, digest);
	if (!key_gives_this(s, &raw, sig, block))
		return false;
	bad = some_bytes(sig.len);
	memcpy(bad, sig.p, sig.len);
	bad[100] ^= 4;
	return verify(s, &public, (struct text){ bad, sig.len }, digest) == VC_KEY_REJECTED;
}

static struct text hash_of(uint32_t algo, struct text in)
{
	struct text out = { some_bytes(64), alg_hash_size(algo) };

	alg_hash_do(algo, in.p, in.len, (uint8_t *)out.p, out.len);
	return out;
}

static void rsa_pkcs1_rows(struct scene *s)
{
	struct job private, public;
	struct text message, out;
	bool good;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rsa_heads); i++)
		result(s, ROW_PKCS1, rsa_signs(s, &rsa_heads[i]), "sign and verify, ",
		       rsa_heads[i].name);
	private = key_job(AKCIPHER_RSA, OP_SIGN, KEY_PRIVATE, RSA_PKCS1, RSA_HASH_SHA256,
			  RSA_PRIVATE);
	message = text_of(RSA_MESSAGE);
	result(s, ROW_PKCS1, key_gives_this(s, &private, hash_of(HASH_SHA_256, message),
					    text_of(RSA_SIGNED_SHA256)),
	       "openssl's, sign", ", SHA-256");
	private = key_job(AKCIPHER_RSA, OP_SIGN, KEY_PRIVATE, RSA_PKCS1, RSA_HASH_NONE,
			  RSA_PRIVATE);
	result(s, ROW_PKCS1, key_gives_this(s, &private, text_of(RSA_MESSAGE),
					    text_of(RSA_SIGNED_PLAIN)),
	       "openssl's, sign", ", no hash");
	private = key_job(AKCIPHER_RSA, OP_DECRYPT, KEY_PRIVATE, RSA_PKCS1, RSA_HASH_SHA1,
			  RSA_PRIVATE);
	result(s, ROW_PKCS1, key_gives_this(s, &private, text_of(RSA_ENCRYPTED_PKCS1),
					    text_of(RSA_MESSAGE)), "openssl's, decrypt", "");
	public = key_job(AKCIPHER_RSA, OP_ENCRYPT, KEY_PUBLIC, RSA_PKCS1, RSA_HASH_SHA1,
			 RSA_PUBLIC);
	private = key_job(AKCIPHER_RSA, OP_DECRYPT, KEY_PRIVATE, RSA_PKCS1, RSA_HASH_SHA1,
			  RSA_PRIVATE);
	message = text_of(RSA_MESSAGE);
	good = key_gives(s, &public, message, &out) && out.len == RSA_BYTES &&
	       key_gives_this(s, &private, out, message);
	result(s, ROW_PKCS1, good, "encrypt", ", and back");
}

static void ecdsa_rows(struct scene *s)
{
	struct job private, public;
	struct text digest, sig;
	unsigned int i;
	bool good;

	for (i = 0; i < ARRAY_SIZE(ec_keys); i++) {
		const struct ec_key_vector *v = &ec_keys[i];

		public = key_job(AKCIPHER_ECDSA, OP_VERIFY, KEY_PUBLIC, v->curve, 0, v->public);
		good = verify(s, &public, text_of(v->sig),
			      hash_of(v->hash, text_of("=sample"))) == VC_OK;
		result(s, ROW_ECDSA, good, v->name, ", RFC 6979, verify");

		public = key_job(AKCIPHER_ECDSA, OP_VERIFY, KEY_PUBLIC, v->curve, 0, v->public);
		good = verify(s, &public, text_of(v->sig),
			      hash_of(v->hash, text_of("=test"))) == VC_KEY_REJECTED;
		result(s, ROW_ECDSA, good, v->name, ", another message");

		public = key_job(AKCIPHER_ECDSA, OP_VERIFY, KEY_PUBLIC, v->curve, 0, v->public);
		private = key_job(AKCIPHER_ECDSA, OP_SIGN, KEY_PRIVATE, v->curve, 0, v->private);
		digest = hash_of(v->hash, text_of("=sample"));
		good = key_gives(s, &private, digest, &sig) &&
		       verify(s, &public, sig, digest) == VC_OK;
		result(s, ROW_ECDSA, good, v->name, ", sign and verify");
	}
}

static void wycheproof_key_rows(struct scene *s)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(wycheproof_keys); i++) {
		const struct wycheproof_key *v = &wycheproof_keys[i];
		struct job j = key_job(v->algo, v->op, v->key_type, v->param1, v->param2, v->key);
		enum row which = v->algo == AKCIPHER_RSA ? ROW_PKCS1 : ROW_ECDSA;
		struct text in = text_of(v->in);
		uint32_t status;
		bool good;

		if (v->op == OP_VERIFY) {
			status = verify(s, &j, in, hash_of(v->hash, text_of(v->out)));
			good = status == (v->valid ? VC_OK : VC_KEY_REJECTED);
			/* sending one that is not DER is an error of the driver, here on purpose */
			if (!v->valid && violations() == violations_of(REQ_SIGNATURE))
				report_reset();
		} else if (v->valid) {
			good = key_gives_this(s, &j, in, text_of(v->out));
		} else {
			j.in = in;
			j.out_len = 600;
			good = run(s, &j) == VC_ERR;
		}
		result(s, which, good, v->name, v->valid ? "" : ", refused");
	}
}

static void all_rows(enum shape form)
{
	static const struct {
		bool packed, indirect;
		unsigned int pieces;
	} rings[NR_FORMS] = {
		[LEGACY] = { false, false, 1 },
		[REVISION_1] = { true, true, 2 },
		[MIXED] = { false, true, 3 },
		[STATELESS] = { true, false, 5 },
	};
	struct vhost_options ring = { .packed = rings[form].packed };
	struct settings settings = all_settings();
	struct scene s = { .form = form };

	s.f = front_new(&settings, &ring, form_features(form));
	if (!ok(s.f, "device, %s", form_names[form]))
		return;
	s.f->indirect = rings[form].indirect;
	s.f->pieces = rings[form].pieces;
	report_quiet(true);
	cipher_rows(&s);
	chain_rows(&s);
	hash_rows(&s);
	mac_rows(&s);
	aead_rows(&s);
	wycheproof_rows(&s);
	rsa_raw_rows(&s);
	rsa_pkcs1_rows(&s);
	ecdsa_rows(&s);
	wycheproof_key_rows(&s);
	report_quiet(false);
	front_free(s.f);
}

/* Vectors of a cipher over each kind of ring, cut into each number of pieces */
static void all_rings(void)
{
	struct settings settings = all_settings();
	unsigned int kind, pieces, i;

	for (kind = 0; kind < 4; kind++) {
		struct vhost_options ring = { .packed = kind & 1 };
		struct scene s = { .form = LEGACY };
		bool good = true;

		s.f = front_new(&settings, &ring, 0);
		if (!ok(s.f, "device, %s", kind & 1 ? "packed" : "split"))
			return;
		s.f->indirect = kind & 2;
		for (pieces = 1; pieces <= FRONT_RING / 2 - 1; pieces += 3) {
			s.f->pieces = pieces;
			for (i = 0; i < 12; i++) {
				good = cipher_gives(&s, &cipher_vectors[i], OP_ENCRYPT) && good;
				arena_used = 0;
			}
		}
		ok(good && !violations(), "%s ring%s, requests in 2 to %u pieces",
		   kind & 1 ? "packed" : "split", kind & 2 ? ", indirect" : "", 2 * pieces - 6);
		report_reset();
		front_free(s.f);
	}
}

static void print_matrix(void)
{
	unsigned int row, form;

	printf("# %-24s %12s %12s %12s %12s\n", "vectors passed", "session,", "session,",
	       "session,", "stateless");
	printf("# %-24s %12s %12s %12s\n", "", "legacy", "revision 1", "mixed");
	for (row = 0; row < NR_ROWS; row++) {
		printf("# %-24s", row_names[row]);
		for (form = 0; form < NR_FORMS; form++)
			printf(" %12u", passed[row][form]);
		putchar('\n');
	}
}

void test_vectors(void)
{
	enum shape form;

	all_rings();
	for (form = LEGACY; form < NR_FORMS; form++)
		all_rows(form);
	print_matrix();
}
