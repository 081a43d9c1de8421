// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The virtio_crypto authors
 *
 * vcvectors: RSA and ECDSA.
 *
 * The driver's RSA has no padding. For PKCS#1, kernels with signatures as a
 * separate type have the driver's pkcs1-rsa-HASH-virtio. On all kernels, the
 * kernel's templates build PKCS#1 from rsa-virtio, too.
 *
 * ECDSA signatures are DER. If signatures are a separate type, x962() accepts DER
 * and gives the numbers to the driver. The kernel's decoder, however, accepts BER,
 * and numbers without the leading zero that makes them positive. Software
 * therefore accepts signatures that Wycheproof wants refused only for such
 * reasons, and that is not an error of the driver.
 */

#include <linux/crypto.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/scatterlist.h>
#include <linux/string.h>
#include <crypto/akcipher.h>
#include <crypto/hash.h>
#ifdef VCVECTORS_SIG
#include <crypto/sig.h>
#endif

#include "vcvectors.h"

#define FLAGS	(CRYPTO_TFM_REQ_MAY_SLEEP | CRYPTO_TFM_REQ_MAY_BACKLOG)

/**
 * struct key_op - an operation with a key
 * @alg: name of the implementation
 * @op: OP_*
 * @private: it is a private key
 * @key: the key, in the kernel's format
 * @in: source; for a verification, the signature
 * @digest: for a verification, the signed digest
 * @out: the result; empty after an error
 */
struct key_op {
	const char *alg;
	unsigned int op;
	bool private;
	struct vcv_text key;
	struct vcv_text in;
	struct vcv_text digest;
	struct vcv_text out;
};

static int akcipher_call(struct akcipher_request *req, unsigned int op)
{
	switch (op) {
	case OP_ENCRYPT:
		return crypto_akcipher_encrypt(req);
	case OP_DECRYPT:
		return crypto_akcipher_decrypt(req);
#ifndef VCVECTORS_SIG
	case OP_SIGN:
		return crypto_akcipher_sign(req);
	case OP_VERIFY:
		return crypto_akcipher_verify(req);
#endif
	}
	return -EINVAL;
}

static int akcipher_request(struct crypto_akcipher *tfm, struct key_op *k)
{
	struct scatterlist src[2], dst;
	struct akcipher_request *req;
	DECLARE_CRYPTO_WAIT(wait);
	int err;

	req = akcipher_request_alloc(tfm, GFP_KERNEL);
	if (!req)
		return -ENOMEM;
	akcipher_request_set_callback(req, FLAGS, crypto_req_done, &wait);
	if (k->op == OP_VERIFY) {
		sg_init_table(src, 2);
		sg_set_buf(&src[0], k->in.p, k->in.len);
		sg_set_buf(&src[1], k->digest.p, k->digest.len);
		akcipher_request_set_crypt(req, src, NULL, k->in.len,
					   k->digest.len);
	} else {
		sg_init_one(src, k->in.p, k->in.len);
		sg_init_one(&dst, k->out.p, k->out.len);
		akcipher_request_set_crypt(req, src, &dst, k->in.len,
					   k->out.len);
	}
	err = crypto_wait_req(akcipher_call(req, k->op), &wait);
	if (!err && k->op != OP_VERIFY)
		k->out.len = min(k->out.len, req->dst_len);
	akcipher_request_free(req);
	return err;
}

static int akcipher_do(struct key_op *k)
{
	struct crypto_akcipher *tfm;
	int err;

	tfm = crypto_alloc_akcipher(k->alg, 0, 0);
	if (IS_ERR(tfm))
		return PTR_ERR(tfm);
	if (k->private)
		err = crypto_akcipher_set_priv_key(tfm, k->key.p, k->key.len);
	else
		err = crypto_akcipher_set_pub_key(tfm, k->key.p, k->key.len);
	/* The size of the buffer for RSA's result. */
	if (!err && k->op != OP_VERIFY)
		err = vcv_room(&k->out, crypto_akcipher_maxsize(tfm));
	err = err ?: akcipher_request(tfm, k);
	crypto_free_akcipher(tfm);
	return err;
}

#ifdef VCVECTORS_SIG
static const char rsa_plain[] = "pkcs1(rsa-virtio,none)";
static const char rsa_hashed[] = "pkcs1-rsa-%s-virtio";
static const char ecdsa_format[] = "x962(ecdsa-nist-%s-%s)";

static int sig_call(struct crypto_sig *tfm, struct key_op *k)
{
	int err;

	if (k->op == OP_VERIFY)
		return crypto_sig_verify(tfm, k->in.p, k->in.len, k->digest.p,
					 k->digest.len);
	err = vcv_room(&k->out, crypto_sig_maxsize(tfm));
	if (err)
		return err;
	err = crypto_sig_sign(tfm, k->in.p, k->in.len, k->out.p, k->out.len);
	if (err < 0)
		return err;
	k->out.len = min(k->out.len, 1U * err);
	return 0;
}

static int sig_do(struct key_op *k)
{
	struct crypto_sig *tfm;
	int err;

	tfm = crypto_alloc_sig(k->alg, 0, 0);
	if (IS_ERR(tfm))
		return PTR_ERR(tfm);
	if (k->private)
		err = crypto_sig_set_privkey(tfm, k->key.p, k->key.len);
	else
		err = crypto_sig_set_pubkey(tfm, k->key.p, k->key.len);
	err = err ?: sig_call(tfm, k);
	crypto_free_sig(tfm);
	return err;
}
#else
static const char rsa_plain[] = "pkcs1pad(rsa-virtio)";
static const char rsa_hashed[] = "pkcs1pad(rsa-virtio,%s)";
static const char ecdsa_format[] = "ecdsa-nist-%s-%s";

static int sig_do(struct key_op *k)
{
	return akcipher_do(k);
}
#endif

/* The errors for a wrong or malformed signature. */
static int refused(int err)
{
	switch (err) {
	case -EKEYREJECTED:
	case -EBADMSG:
	case -EINVAL:
		return 0;
	}
	return err ?: -EILSEQ;
}

/* With software; the driver's hashes are tested elsewhere. */
static int hash_of(u32 algo, struct vcv_text in, struct vcv_text *out)
{
	struct crypto_shash *tfm;
	int err;

	tfm = crypto_alloc_shash(vcv_hash_name(algo), 0, 0);
	if (IS_ERR(tfm))
		return -EPROTO;
	err = vcv_room(out, crypto_shash_digestsize(tfm)) ?:
	      crypto_shash_tfm_digest(tfm, in.p, in.len, out->p);
	crypto_free_shash(tfm);
	return err;
}

/* RSA without padding */

static int raw_gives(unsigned int op, bool private, const char *in,
		     const char *want)
{
	struct key_op k = { .alg = "rsa-virtio", .op = op, .private = private };
	struct vcv_text result;
	int err;

	err = vcv_read(&k.key, private ? RSA_PRIVATE : RSA_PUBLIC) ?:
	      vcv_read(&k.in, in) ?:
	      vcv_read(&result, want) ?:
	      akcipher_do(&k);
	if (!err && !vcv_same(k.out, result))
		err = -EILSEQ;
	return err;
}

static void raw_vectors(void)
{
	static const char name[] = "openssl's";

	vcv_result(VCV_RSA, raw_gives(OP_ENCRYPT, false, "42*128",
				      RSA_ENCRYPTED_RAW),
		   name, ", encrypt with the public key");
	vcv_result(VCV_RSA, raw_gives(OP_ENCRYPT, true, "42*128",
				      RSA_ENCRYPTED_RAW),
		   name, ", encrypt with the private key");
	vcv_result(VCV_RSA, raw_gives(OP_DECRYPT, true, RSA_ENCRYPTED_RAW,
				      "42*128"),
		   name, ", decrypt");
	vcv_result(VCV_RSA, raw_gives(OP_DECRYPT, true, "42*128",
				      RSA_DECRYPTED_RAW),
		   name, ", sign");
}

/* RSA with the padding of PKCS#1 */

static bool rsa_alg(char *alg, size_t size, u32 hash)
{
	static const char * const names[] = {
		[RSA_HASH_MD5] = "md5",
		[RSA_HASH_SHA1] = "sha1",
		[RSA_HASH_SHA224] = "sha224",
		[RSA_HASH_SHA256] = "sha256",
		[RSA_HASH_SHA384] = "sha384",
		[RSA_HASH_SHA512] = "sha512",
	};

	if (hash == RSA_HASH_NONE)
		strscpy(alg, rsa_plain, size);
	else if (hash < ARRAY_SIZE(names) && names[hash])
		snprintf(alg, size, rsa_hashed, names[hash]);
	else
		return false;
	return true;
}

/* The signed block of RFC 8017: 0 1 ff ... ff 0 head digest. */
static int signed_block(const struct rsa_head *head, struct vcv_text digest,
			struct vcv_text *block)
{
	struct vcv_text start;
	u8 *end;
	int err;

	err = vcv_read(&start, head->head) ?: vcv_room(block, RSA_BYTES);
	if (err)
		return err;
	end = block->p + RSA_BYTES - digest.len - start.len;
	memset(block->p, 0xff, RSA_BYTES);
	block->p[0] = 0;
	block->p[1] = 1;
	end[-1] = 0;
	memcpy(end, start.p, start.len);
	memcpy(end + start.len, digest.p, digest.len);
	return 0;
}

/*
 * The public key without padding gives the signed block of a signature. The
 * signature is valid, and with one bit changed it is not.
 */
static int rsa_signs(const struct rsa_head *head, const char *alg)
{
	struct key_op sign = { .alg = alg, .op = OP_SIGN, .private = true };
	struct key_op raw = { .alg = "rsa-virtio", .op = OP_ENCRYPT };
	struct key_op verify = { .alg = alg, .op = OP_VERIFY };
	struct vcv_text block;
	int err;

	err = vcv_read(&sign.key, RSA_PRIVATE) ?:
	      vcv_read(&raw.key, RSA_PUBLIC) ?:
	      vcv_read(&sign.in, SP800_38A_PLAIN);
	if (err)
		return err;
	sign.in.len = head->size;
	err = signed_block(head, sign.in, &block) ?: sig_do(&sign);
	if (err)
		return err;
	raw.in = sign.out;
	err = akcipher_do(&raw);
	if (err)
		return err;
	if (!vcv_same(raw.out, block))
		return -EILSEQ;
	verify.key = raw.key;
	verify.in = sign.out;
	verify.digest = sign.in;
	err = sig_do(&verify);
	if (err)
		return err;
	verify.in.p[100] ^= 4;
	return refused(sig_do(&verify));
}

/* Verify openssl's signatures, and compare them with ours. */
static int rsa_gives(u32 hash, struct vcv_text digest, const char *signature)
{
	char alg[CRYPTO_MAX_ALG_NAME];
	struct key_op sign = {
		.alg = alg, .op = OP_SIGN, .private = true, .in = digest
	};
	struct key_op verify = { .alg = alg, .op = OP_VERIFY, .digest = digest };
	int err;

	if (!rsa_alg(alg, sizeof(alg), hash))
		return -EPROTO;
	err = vcv_read(&sign.key, RSA_PRIVATE) ?:
	      vcv_read(&verify.key, RSA_PUBLIC) ?:
	      vcv_read(&verify.in, signature) ?:
	      sig_do(&sign);
	if (err)
		return err;
	if (!vcv_same(sign.out, verify.in))
		return -EILSEQ;
	return sig_do(&verify);
}

static int rsa_signs_message(u32 hash)
{
	struct vcv_text message, digest;

	if (hash == RSA_HASH_NONE)
		return vcv_read(&message, RSA_MESSAGE) ?:
		       rsa_gives(hash, message, RSA_SIGNED_PLAIN);
	return vcv_read(&message, RSA_MESSAGE) ?:
	       hash_of(HASH_SHA_256, message, &digest) ?:
	       rsa_gives(hash, digest, RSA_SIGNED_SHA256);
}

/* A template of the kernel, on all kernels. */
static int rsa_decrypts(struct vcv_text key, struct vcv_text in,
			struct vcv_text want)
{
	struct key_op k = {
		.alg = "pkcs1pad(rsa-virtio)", .op = OP_DECRYPT,
		.private = true, .key = key, .in = in
	};
	int err;

	err = akcipher_do(&k);
	if (!err && !vcv_same(k.out, want))
		err = -EILSEQ;
	return err;
}

static int rsa_decrypts_message(void)
{
	struct vcv_text key, in, want;

	return vcv_read(&key, RSA_PRIVATE) ?:
	       vcv_read(&in, RSA_ENCRYPTED_PKCS1) ?:
	       vcv_read(&want, RSA_MESSAGE) ?:
	       rsa_decrypts(key, in, want);
}

static int rsa_there_and_back(void)
{
	struct key_op k = { .alg = "pkcs1pad(rsa-virtio)", .op = OP_ENCRYPT };
	struct vcv_text private;

	return vcv_read(&k.key, RSA_PUBLIC) ?:
	       vcv_read(&private, RSA_PRIVATE) ?:
	       vcv_read(&k.in, RSA_MESSAGE) ?:
	       akcipher_do(&k) ?:
	       rsa_decrypts(private, k.out, k.in);
}

static void pkcs1_vectors(void)
{
	static const char name[] = "openssl's";
	char alg[CRYPTO_MAX_ALG_NAME];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rsa_heads); i++) {
		const struct rsa_head *head = &rsa_heads[i];

		if (rsa_alg(alg, sizeof(alg), head->hash))
			vcv_result(VCV_PKCS1, rsa_signs(head, alg), head->name,
				   ", sign and verify");
		else
			vcv_skip(VCV_PKCS1, head->name,
				 "the kernel has no name for it");
	}
	vcv_result(VCV_PKCS1, rsa_signs_message(RSA_HASH_SHA256), name,
		   ", sign and verify, SHA-256");
	vcv_result(VCV_PKCS1, rsa_signs_message(RSA_HASH_NONE), name,
		   ", sign and verify, no hash");
	vcv_result(VCV_PKCS1, rsa_decrypts_message(), name, ", decrypt");
	vcv_result(VCV_PKCS1, rsa_there_and_back(), name, ", encrypt and back");
}

/* ECDSA */

/* @whose: "virtio", or "generic", which is software */
static bool ecdsa_alg(char *alg, size_t size, u32 curve, const char *whose)
{
	static const char * const names[] = {
		[CURVE_P192] = "p192",
		[CURVE_P256] = "p256",
		[CURVE_P384] = "p384",
		[CURVE_P521] = "p521",
	};

	if (curve >= ARRAY_SIZE(names) || !names[curve])
		return false;
	snprintf(alg, size, ecdsa_format, names[curve], whose);
	return true;
}

static int verifies(const char *alg, const char *key, const char *sig,
		    const char *message, u32 hash, bool valid)
{
	struct key_op k = { .alg = alg, .op = OP_VERIFY };
	struct vcv_text in;
	int err;

	err = vcv_read(&k.key, key) ?:
	      vcv_read(&k.in, sig) ?:
	      vcv_read(&in, message) ?:
	      hash_of(hash, in, &k.digest);
	if (err)
		return err;
	err = sig_do(&k);
	return valid ? err : refused(err);
}

static void ecdsa_vectors(void)
{
	char alg[CRYPTO_MAX_ALG_NAME];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ec_keys); i++) {
		const struct ec_key_vector *v = &ec_keys[i];

		if (!ecdsa_alg(alg, sizeof(alg), v->curve, "virtio")) {
			vcv_skip(VCV_ECDSA, v->name,
				 "the kernel does not know the curve");
			continue;
		}
		vcv_result(VCV_ECDSA, verifies(alg, v->public, v->sig, "=sample",
					       v->hash, true),
			   v->name, ", RFC 6979");
		vcv_result(VCV_ECDSA, verifies(alg, v->public, v->sig, "=test",
					       v->hash, false),
			   v->name, ", another message refused");
	}
}

/* Wycheproof's vectors for both */

static int wycheproof_decrypts(const struct wycheproof_key *v)
{
	struct vcv_text key, in, want;
	int err;

	err = vcv_read(&key, v->key) ?:
	      vcv_read(&in, v->in) ?:
	      vcv_read(&want, v->out) ?:
	      rsa_decrypts(key, in, want);
	if (v->valid || err == -ENOENT)
		return err;
	return refused(err);
}

/* Does software accept it? */
static bool software_takes(const struct wycheproof_key *v)
{
	char alg[CRYPTO_MAX_ALG_NAME];

	return ecdsa_alg(alg, sizeof(alg), v->param1, "generic") &&
	       !verifies(alg, v->key, v->in, v->out, v->hash, true);
}

static void wycheproof_ecdsa(const struct wycheproof_key *v)
{
	char alg[CRYPTO_MAX_ALG_NAME];
	int err;

	if (!ecdsa_alg(alg, sizeof(alg), v->param1, "virtio")) {
		vcv_skip(VCV_ECDSA, v->name,
			 "the kernel does not know the curve");
		return;
	}
	err = verifies(alg, v->key, v->in, v->out, v->hash, v->valid);
	if (err == -EILSEQ && software_takes(v))
		vcv_skip(VCV_ECDSA, v->name,
			 "the kernel's decoder takes more than DER");
	else
		vcv_result(VCV_ECDSA, err, v->name,
			   v->valid ? "" : ", refused");
}

static void one_wycheproof_key(const struct wycheproof_key *v)
{
	const char *more = v->valid ? "" : ", refused";
	char alg[CRYPTO_MAX_ALG_NAME];

	if (v->algo == AKCIPHER_ECDSA)
		wycheproof_ecdsa(v);
	else if (v->op == OP_DECRYPT)
		vcv_result(VCV_PKCS1, wycheproof_decrypts(v), v->name, more);
	else if (!rsa_alg(alg, sizeof(alg), v->param2))
		vcv_skip(VCV_PKCS1, v->name, "the kernel has no name for it");
	else
		vcv_result(VCV_PKCS1, verifies(alg, v->key, v->in, v->out,
					       v->hash, v->valid),
			   v->name, more);
}

/**
 * vcv_keys() - all vectors of public keys
 */
void vcv_keys(void)
{
	unsigned int i;

	raw_vectors();
	pkcs1_vectors();
	ecdsa_vectors();
	for (i = 0; i < ARRAY_SIZE(wycheproof_keys); i++)
		one_wycheproof_key(&wycheproof_keys[i]);
}
