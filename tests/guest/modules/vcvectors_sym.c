// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The virtio_crypto authors
 *
 * vcvectors: algorithms with one secret key, or none.
 *
 * There are no published vectors for chains of a cipher and a MAC, authenc() in the
 * crypto API, that it can use. Wycheproof's authenticate the length of the
 * associated data, 8 bytes after the ciphertext. authenc() has nothing after the
 * ciphertext, and authencesn() only 4 bytes. So their two halves are tested one
 * after the other, and chains are composed of published halves, as in
 * tests/device/wire_vectors.c: a MAC's message is used as associated data followed
 * by a ciphertext of AES-CTR.
 */

#include <linux/crypto.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/rtnetlink.h>
#include <linux/scatterlist.h>
#include <linux/string.h>
#include <crypto/aead.h>
#include <crypto/authenc.h>
#include <crypto/hash.h>
#include <crypto/skcipher.h>

#include "vcvectors.h"

#define FLAGS	(CRYPTO_TFM_REQ_MAY_SLEEP | CRYPTO_TFM_REQ_MAY_BACKLOG)

/* Length of plaintext that does not occur by chance. */
#define LEAK	8

#define CCM_IV	16

/* Ciphers */

static const char *cipher_alg(u32 algo)
{
	static const char * const names[] = {
		[CIPHER_AES_ECB] = "ecb-aes-virtio",
		[CIPHER_AES_CBC] = "cbc-aes-virtio",
		[CIPHER_AES_CTR] = "ctr-aes-virtio",
		[CIPHER_DES_ECB] = "ecb-des-virtio",
		[CIPHER_DES_CBC] = "cbc-des-virtio",
		[CIPHER_3DES_ECB] = "ecb-des3_ede-virtio",
		[CIPHER_3DES_CBC] = "cbc-des3_ede-virtio",
		[CIPHER_3DES_CTR] = "ctr-des3_ede-virtio",
		[CIPHER_AES_XTS] = "xts-aes-virtio",
	};

	return algo < ARRAY_SIZE(names) ? names[algo] : NULL;
}

static int cipher_request(struct crypto_skcipher *tfm, unsigned int op,
			  struct vcv_text iv, struct vcv_text in,
			  struct vcv_text out)
{
	struct skcipher_request *req;
	struct scatterlist src, dst;
	DECLARE_CRYPTO_WAIT(wait);
	int err;

	if (crypto_skcipher_ivsize(tfm) != iv.len)
		return -EPROTO;
	req = skcipher_request_alloc(tfm, GFP_KERNEL);
	if (!req)
		return -ENOMEM;
	sg_init_one(&src, in.p, in.len);
	sg_init_one(&dst, out.p, out.len);
	skcipher_request_set_callback(req, FLAGS, crypto_req_done, &wait);
	skcipher_request_set_crypt(req, &src, &dst, in.len, iv.p);
	err = crypto_wait_req(op == OP_ENCRYPT ? crypto_skcipher_encrypt(req) :
						 crypto_skcipher_decrypt(req),
			      &wait);
	skcipher_request_free(req);
	return err;
}

static int cipher_gives(u32 algo, unsigned int op, struct vcv_text key,
			struct vcv_text iv, struct vcv_text in,
			struct vcv_text want)
{
	struct crypto_skcipher *tfm;
	struct vcv_text out;
	int err;

	err = vcv_room(&out, in.len);
	if (err)
		return err;
	tfm = crypto_alloc_skcipher(cipher_alg(algo), 0, 0);
	if (IS_ERR(tfm))
		return PTR_ERR(tfm);
	err = crypto_skcipher_setkey(tfm, key.p, key.len) ?:
	      cipher_request(tfm, op, iv, in, out);
	crypto_free_skcipher(tfm);
	if (!err && !vcv_same(out, want))
		err = -EILSEQ;
	return err;
}

static int cipher_vector_gives(const struct cipher_vector *v, unsigned int op)
{
	struct vcv_text key, iv, plain, cipher;

	return vcv_read(&key, v->key) ?:
	       vcv_read(&iv, v->iv) ?:
	       vcv_read(&plain, v->plain) ?:
	       vcv_read(&cipher, v->cipher) ?:
	       cipher_gives(v->algo, op, key, iv,
			    op == OP_ENCRYPT ? plain : cipher,
			    op == OP_ENCRYPT ? cipher : plain);
}

static void one_cipher(const struct cipher_vector *v)
{
	if (!cipher_alg(v->algo)) {
		vcv_skip(VCV_CIPHER, v->name, "the kernel has no name for it");
		return;
	}
	vcv_result(VCV_CIPHER, cipher_vector_gives(v, OP_ENCRYPT), v->name,
		   ", encrypt");
	vcv_result(VCV_CIPHER, cipher_vector_gives(v, OP_DECRYPT), v->name,
		   ", decrypt");
}

/* Hashes and MACs */

static int mac_alg(char *alg, size_t size, u32 algo)
{
	const char *other = NULL;

	switch (algo) {
	case MAC_HMAC_MD5 ... MAC_HMAC_SHA_512:
		snprintf(alg, size, "hmac-%s-virtio", vcv_hash_name(algo));
		return 0;
	case MAC_CMAC_3DES:
		other = "cmac-des3_ede-virtio";
		break;
	case MAC_CMAC_AES:
		other = "cmac-aes-virtio";
		break;
	case MAC_CBCMAC_AES:
		other = "cbcmac-aes-virtio";
		break;
	case MAC_XCBC_AES:
		other = "xcbc-aes-virtio";
		break;
	default:
		return -EINVAL;
	}
	return strscpy(alg, other, size) < 0 ? -EINVAL : 0;
}

static int hash_request(struct crypto_ahash *tfm, struct vcv_text in,
			struct vcv_text *out)
{
	struct ahash_request *req;
	DECLARE_CRYPTO_WAIT(wait);
	struct scatterlist src;
	int err;

	err = vcv_room(out, crypto_ahash_digestsize(tfm));
	if (err)
		return err;
	req = ahash_request_alloc(tfm, GFP_KERNEL);
	if (!req)
		return -ENOMEM;
	sg_init_one(&src, in.p, in.len);
	ahash_request_set_callback(req, FLAGS, crypto_req_done, &wait);
	ahash_request_set_crypt(req, &src, out->p, in.len);
	err = crypto_wait_req(crypto_ahash_digest(req), &wait);
	ahash_request_free(req);
	return err;
}

/* @key: NULL for a hash, which has no key, not even an empty one */
static int hash_makes(const char *alg, const struct vcv_text *key,
		      struct vcv_text in, struct vcv_text *out)
{
	struct crypto_ahash *tfm;
	int err = 0;

	tfm = crypto_alloc_ahash(alg, 0, 0);
	if (IS_ERR(tfm))
		return PTR_ERR(tfm);
	if (key)
		err = crypto_ahash_setkey(tfm, key->p, key->len);
	err = err ?: hash_request(tfm, in, out);
	crypto_free_ahash(tfm);
	return err;
}

static int hash_gives(const struct hash_vector *v)
{
	struct vcv_text in, out, want;
	char alg[CRYPTO_MAX_ALG_NAME];
	int err;

	snprintf(alg, sizeof(alg), "%s-virtio", vcv_hash_name(v->algo));
	err = vcv_read(&in, v->in) ?:
	      vcv_read(&want, v->out) ?:
	      hash_makes(alg, NULL, in, &out);
	if (!err && !vcv_same(out, want))
		err = -EILSEQ;
	return err;
}

static void one_hash(const struct hash_vector *v)
{
	if (vcv_hash_name(v->algo))
		vcv_result(VCV_HASH, hash_gives(v), v->name, "");
	else
		vcv_skip(VCV_HASH, v->name, "the kernel has no name for it");
}

/* The MAC, or its beginning. */
static int mac_makes(u32 algo, struct vcv_text key, struct vcv_text in,
		     struct vcv_text want, bool equal)
{
	char alg[CRYPTO_MAX_ALG_NAME];
	struct vcv_text out;
	int err;

	err = mac_alg(alg, sizeof(alg), algo) ?:
	      hash_makes(alg, &key, in, &out);
	if (err)
		return err;
	if (want.len > out.len)
		return -EPROTO;
	out.len = want.len;
	return vcv_same(out, want) == equal ? 0 : -EILSEQ;
}

static int mac_gives(const struct mac_vector *v, bool equal)
{
	struct vcv_text key, in, want;

	return vcv_read(&key, v->key) ?:
	       vcv_read(&in, v->in) ?:
	       vcv_read(&want, v->out) ?:
	       mac_makes(v->algo, key, in, want, equal);
}

/* AEADs */

/* struct aead - a vector of any table, and the data of its request */
struct aead {
	const char *alg;
	unsigned int op;
	struct vcv_text key;
	struct vcv_text iv;
	struct vcv_text aad;
	struct vcv_text in;
	unsigned int tag_len;
	struct vcv_text out;
};

/* @all: associated data and source; a->out: the same of the destination */
static int aead_request(struct crypto_aead *tfm, struct aead *a,
			struct vcv_text all)
{
	struct aead_request *req;
	struct scatterlist src, dst;
	DECLARE_CRYPTO_WAIT(wait);
	int err;

	if (crypto_aead_ivsize(tfm) != a->iv.len)
		return -EPROTO;
	req = aead_request_alloc(tfm, GFP_KERNEL);
	if (!req)
		return -ENOMEM;
	sg_init_one(&src, all.p, all.len);
	sg_init_one(&dst, a->out.p, a->out.len);
	aead_request_set_callback(req, FLAGS, crypto_req_done, &wait);
	aead_request_set_crypt(req, &src, &dst, a->in.len, a->iv.p);
	aead_request_set_ad(req, a->aad.len);
	err = crypto_wait_req(a->op == OP_ENCRYPT ? crypto_aead_encrypt(req) :
						    crypto_aead_decrypt(req),
			      &wait);
	aead_request_free(req);
	return err;
}

/* a->out is the result, without associated data. */
static int aead_makes(struct aead *a)
{
	struct crypto_aead *tfm;
	struct vcv_text all;
	unsigned int len = a->aad.len + a->in.len;
	int err;

	len += a->op == OP_ENCRYPT ? a->tag_len : -a->tag_len;
	err = vcv_join(&all, a->aad, a->in) ?: vcv_room(&a->out, len);
	if (err)
		return err;
	tfm = crypto_alloc_aead(a->alg, 0, 0);
	if (IS_ERR(tfm))
		return PTR_ERR(tfm);
	err = crypto_aead_setauthsize(tfm, a->tag_len) ?:
	      crypto_aead_setkey(tfm, a->key.p, a->key.len) ?:
	      aead_request(tfm, a, all);
	crypto_free_aead(tfm);
	a->out.p += a->aad.len;
	a->out.len -= a->aad.len;
	return err;
}

/* None of the plaintext may be visible. */
static int check_leak(struct vcv_text out, struct vcv_text plain)
{
	unsigned int i, piece = min(plain.len, 1U * LEAK);

	if (plain.len != out.len)
		return -EPROTO;
	for (i = 0; piece && i <= plain.len - piece; i++)
		if (!memcmp(out.p + i, plain.p + i, piece))
			return -EKEYREJECTED;
	return 0;
}

static int aead_refuses(struct aead *a, struct vcv_text plain)
{
	int err = aead_makes(a);

	if (err != -EBADMSG)
		return err ?: -EILSEQ;
	return check_leak(a->out, plain);
}

/* In the crypto API it is a block: size of the length field, nonce, zeros. */
static int ccm_iv(struct vcv_text *iv)
{
	struct vcv_text nonce = *iv;
	int err = vcv_room(iv, CCM_IV);

	if (err)
		return err;
	memset(iv->p, 0, CCM_IV);
	iv->p[0] = CCM_IV - 2 - nonce.len;
	memcpy(iv->p + 1, nonce.p, nonce.len);
	return 0;
}

static int aead_gives(const struct aead_vector *v, unsigned int op, bool valid)
{
	static const char * const algs[] = {
		[AEAD_GCM] = "gcm-aes-virtio",
		[AEAD_CCM] = "ccm-aes-virtio",
		[AEAD_CHACHA20_POLY1305] = "rfc7539-chacha20-poly1305-virtio",
	};
	struct aead a = {
		.alg = algs[v->algo],
		.op = op,
		.tag_len = v->tag_len,
	};
	struct vcv_text plain, cipher;
	int err;

	err = vcv_read(&a.key, v->key) ?:
	      vcv_read(&a.iv, v->nonce) ?:
	      vcv_read(&a.aad, v->aad) ?:
	      vcv_read(&plain, v->plain) ?:
	      vcv_read(&cipher, v->cipher) ?:
	      (v->algo == AEAD_CCM ? ccm_iv(&a.iv) : 0);
	if (err)
		return err;
	a.in = op == OP_ENCRYPT ? plain : cipher;
	if (!valid)
		return aead_refuses(&a, plain);
	err = aead_makes(&a);
	if (!err && !vcv_same(a.out, op == OP_ENCRYPT ? cipher : plain))
		err = -EILSEQ;
	return err;
}

static void one_aead(const struct aead_vector *v, bool valid)
{
	if (!valid) {
		vcv_result(VCV_AEAD, aead_gives(v, OP_DECRYPT, false), v->name,
			   ", refused");
		return;
	}
	vcv_result(VCV_AEAD, aead_gives(v, OP_ENCRYPT, true), v->name,
		   ", encrypt");
	vcv_result(VCV_AEAD, aead_gives(v, OP_DECRYPT, true), v->name,
		   ", decrypt");
}

static void one_wycheproof(const struct wycheproof *v)
{
	struct aead_vector aead = {
		v->name, v->algo, v->tag_len, v->key, v->iv, v->aad, v->in,
		v->out
	};
	struct mac_vector mac = { v->name, v->algo, v->key, v->in, v->out };
	struct cipher_vector cipher = {
		v->name, v->algo, v->key, v->iv, v->in, v->out
	};

	if (v->service == SERVICE_AEAD)
		one_aead(&aead, v->valid);
	else if (v->service == SERVICE_MAC)
		vcv_result(VCV_MAC, mac_gives(&mac, v->valid), v->name,
			   v->valid ? "" : ", differs");
	else
		one_cipher(&cipher);
}

/* Chains */

/* The two halves of Wycheproof's vectors; the first is the MAC. */
static int chain_mac_gives(const struct wycheproof_chain *v)
{
	struct vcv_text key, aad, iv, cipher, tag, bits, head, body, message;
	int err;

	err = vcv_read(&key, v->mac_key) ?:
	      vcv_read(&aad, v->aad) ?:
	      vcv_read(&iv, v->iv) ?:
	      vcv_read(&cipher, v->out) ?:
	      vcv_read(&tag, v->tag) ?:
	      vcv_room(&bits, sizeof(u64));
	if (err)
		return err;
	*(__be64 *)bits.p = cpu_to_be64(8 * aad.len);
	return vcv_join(&head, aad, iv) ?:
	       vcv_join(&body, cipher, bits) ?:
	       vcv_join(&message, head, body) ?:
	       mac_makes(v->mac, key, message, tag, true);
}

static int chain_cipher_gives(const struct wycheproof_chain *v, unsigned int op)
{
	struct vcv_text key, iv, text, padding, plain, cipher;
	unsigned int missing;
	int err;

	err = vcv_read(&key, v->key) ?:
	      vcv_read(&iv, v->iv) ?:
	      vcv_read(&text, v->in) ?:
	      vcv_read(&cipher, v->out);
	if (err)
		return err;
	missing = cipher.len - text.len;
	err = vcv_room(&padding, missing);
	if (err)
		return err;
	memset(padding.p, missing, missing);
	return vcv_join(&plain, text, padding) ?:
	       cipher_gives(CIPHER_AES_CBC, op, key, iv,
			    op == OP_ENCRYPT ? plain : cipher,
			    op == OP_ENCRYPT ? cipher : plain);
}

static void one_wycheproof_chain(const struct wycheproof_chain *v)
{
	vcv_result(VCV_CHAIN, chain_mac_gives(v), v->name, ", MAC alone");
	vcv_result(VCV_CHAIN, chain_cipher_gives(v, OP_ENCRYPT), v->name,
		   ", cipher alone, encrypt");
	vcv_result(VCV_CHAIN, chain_cipher_gives(v, OP_DECRYPT), v->name,
		   ", cipher alone, decrypt");
}

/* A key of authenc: a header, the key of the MAC, the key of the cipher. */
static int authenc_key(struct vcv_text *key, struct vcv_text mac_key,
		       struct vcv_text cipher_key)
{
	struct crypto_authenc_key_param *param;
	struct vcv_text header, both;
	struct rtattr *rta;
	int err;

	err = vcv_room(&header, RTA_SPACE(sizeof(*param)));
	if (err)
		return err;
	rta = (struct rtattr *)header.p;
	rta->rta_type = CRYPTO_AUTHENC_KEYA_PARAM;
	rta->rta_len = RTA_LENGTH(sizeof(*param));
	param = RTA_DATA(rta);
	param->enckeylen = cpu_to_be32(cipher_key.len);
	return vcv_join(&both, mac_key, cipher_key) ?:
	       vcv_join(key, header, both);
}

/* The first published vector of AES-CTR. */
static const struct cipher_vector *ctr_vector(void)
{
	const struct cipher_vector *v = cipher_vectors;

	while (v->algo != CIPHER_AES_CTR)
		v++;
	return v;
}

/*
 * One half of the message is associated data, the other a ciphertext of AES-CTR.
 * Its plaintext is computed from the first bytes of the key stream, which are
 * known from a published plaintext and its ciphertext.
 */
static int chain_texts(struct aead *a, const struct mac_vector *v,
		       struct vcv_text *plain, struct vcv_text *cipher)
{
	const struct cipher_vector *ctr = ctr_vector();
	struct vcv_text mac_key, cipher_key, message, tag, from, to, text;
	unsigned int i;
	int err;

	err = vcv_read(&mac_key, v->key) ?:
	      vcv_read(&message, v->in) ?:
	      vcv_read(&tag, v->out) ?:
	      vcv_read(&cipher_key, ctr->key) ?:
	      vcv_read(&a->iv, ctr->iv) ?:
	      vcv_read(&from, ctr->plain) ?:
	      vcv_read(&to, ctr->cipher) ?:
	      authenc_key(&a->key, mac_key, cipher_key);
	if (err)
		return err;
	a->tag_len = tag.len;
	a->aad = (struct vcv_text) { message.p, message.len / 2 };
	text.p = message.p + a->aad.len;
	text.len = message.len - a->aad.len;
	if (text.len > from.len)
		return -EPROTO;
	err = vcv_join(cipher, text, tag) ?: vcv_room(plain, text.len);
	if (err)
		return err;
	for (i = 0; i < text.len; i++)
		plain->p[i] = text.p[i] ^ from.p[i] ^ to.p[i];
	return 0;
}

static int chain_gives(const struct mac_vector *v, unsigned int op, bool valid)
{
	char alg[CRYPTO_MAX_ALG_NAME];
	struct aead a = { .alg = alg, .op = op };
	struct vcv_text plain, cipher;
	int err;

	snprintf(alg, sizeof(alg), "authenc-hmac-%s-ctr-aes-virtio",
		 vcv_hash_name(v->algo));
	err = chain_texts(&a, v, &plain, &cipher);
	if (err)
		return err;
	a.in = op == OP_ENCRYPT ? plain : cipher;
	if (!valid) {
		cipher.p[cipher.len - 1] ^= 1;
		return aead_refuses(&a, plain);
	}
	err = aead_makes(&a);
	if (!err && !vcv_same(a.out, op == OP_ENCRYPT ? cipher : plain))
		err = -EILSEQ;
	return err;
}

static void one_chain(const struct mac_vector *v)
{
	if (v->algo > MAC_HMAC_SHA_512)
		return;
	if (!vector_len(v->in)) {
		vcv_skip(VCV_CHAIN, v->name, "no bytes for a cipher");
		return;
	}
	vcv_result(VCV_CHAIN, chain_gives(v, OP_ENCRYPT, true), v->name,
		   ", encrypt");
	vcv_result(VCV_CHAIN, chain_gives(v, OP_DECRYPT, true), v->name,
		   ", decrypt");
	vcv_result(VCV_CHAIN, chain_gives(v, OP_DECRYPT, false), v->name,
		   ", wrong tag refused");
}

/**
 * vcv_symmetric() - all vectors of ciphers, hashes, MACs, AEADs and chains
 */
void vcv_symmetric(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cipher_vectors); i++)
		one_cipher(&cipher_vectors[i]);
	for (i = 0; i < ARRAY_SIZE(hash_vectors); i++)
		one_hash(&hash_vectors[i]);
	for (i = 0; i < ARRAY_SIZE(mac_vectors); i++)
		vcv_result(VCV_MAC, mac_gives(&mac_vectors[i], true),
			   mac_vectors[i].name, "");
	for (i = 0; i < ARRAY_SIZE(aead_vectors); i++)
		one_aead(&aead_vectors[i], true);
	for (i = 0; i < ARRAY_SIZE(wycheproofs); i++)
		one_wycheproof(&wycheproofs[i]);
	for (i = 0; i < ARRAY_SIZE(mac_vectors); i++)
		one_chain(&mac_vectors[i]);
	for (i = 0; i < ARRAY_SIZE(wycheproof_chains); i++)
		one_wycheproof_chain(&wycheproof_chains[i]);
}
