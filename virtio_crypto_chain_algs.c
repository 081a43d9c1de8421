// SPDX-License-Identifier: GPL-2.0
// Copyright (C) 2026 The virtio_crypto authors
/*
 * Chains of a cipher and a MAC, which are the AEADs authenc() and authencesn()
 * of the crypto API: the rows of their table, their keys, and what is on the
 * wire.  All else is that of AEADs, see virtio_crypto_aead_algs.c.
 *
 * The associated data is part of the source; what is ciphered is a range of
 * that.  With extended sequence numbers (authencesn) the MAC covers the upper
 * half of the number last, so that the source comes in three parts, and the
 * destination likewise.
 *
 * The device of a chain writes the associated data back.  Callers such as
 * dm-crypt have one copy of it for source and destination, so that it goes to a
 * buffer of ours: what the device was to read is then still there if it fails.
 */
#include <crypto/aes.h>
#include <crypto/authenc.h>
#include <crypto/ctr.h>
#include <crypto/des.h>
#include <crypto/md5.h>
#include <crypto/scatterwalk.h>
#include <crypto/sha1.h>
#include <crypto/sha2.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "virtio_crypto_aead.h"

/*
 * Chains are all ciphers with all MACs, once for each of the kernel's two
 * templates: virtcrypto_chain_setup() makes the rows.
 */
static const struct virtcrypto_chain_cipher {
	const char *name;
	const char *driver_name;
	u32 algo;
	u8 min_key;
	u8 max_key;
	u8 iv;
	u8 iv_kind;
	u8 salt;
	u8 block;
} virtcrypto_chain_ciphers[] = {
	{
		.name = "cbc(aes)", .driver_name = "cbc-aes",
		.algo = VIRTCRYPTO_CIPHER_AES_CBC,
		.min_key = AES_MIN_KEY_SIZE, .max_key = AES_MAX_KEY_SIZE,
		.iv = AES_BLOCK_SIZE, .block = AES_BLOCK_SIZE,
	}, {
		.name = "cbc(des3_ede)", .driver_name = "cbc-des3_ede",
		.algo = VIRTCRYPTO_CIPHER_3DES_CBC,
		.min_key = DES3_EDE_KEY_SIZE, .max_key = DES3_EDE_KEY_SIZE,
		.iv = DES3_EDE_BLOCK_SIZE, .block = DES3_EDE_BLOCK_SIZE,
	}, {
		.name = "ctr(aes)", .driver_name = "ctr-aes",
		.algo = VIRTCRYPTO_CIPHER_AES_CTR,
		.min_key = AES_MIN_KEY_SIZE, .max_key = AES_MAX_KEY_SIZE,
		.iv = AES_BLOCK_SIZE, .block = 1,
	}, {
		.name = "rfc3686(ctr(aes))", .driver_name = "rfc3686-ctr-aes",
		.algo = VIRTCRYPTO_CIPHER_AES_CTR,
		.min_key = AES_MIN_KEY_SIZE, .max_key = AES_MAX_KEY_SIZE,
		.iv = CTR_RFC3686_IV_SIZE, .iv_kind = VIRTCRYPTO_IV_RFC3686,
		.salt = CTR_RFC3686_NONCE_SIZE, .block = 1,
	},
};

static const struct virtcrypto_chain_mac {
	const char *hash;
	u32 algo;
	u8 tag;
} virtcrypto_chain_macs[] = {
	{ .hash = "md5", .algo = VIRTCRYPTO_MAC_HMAC_MD5,
	  .tag = MD5_DIGEST_SIZE },
	{ .hash = "sha1", .algo = VIRTCRYPTO_MAC_HMAC_SHA1,
	  .tag = SHA1_DIGEST_SIZE },
	{ .hash = "sha224", .algo = VIRTCRYPTO_MAC_HMAC_SHA_224,
	  .tag = SHA224_DIGEST_SIZE },
	{ .hash = "sha256", .algo = VIRTCRYPTO_MAC_HMAC_SHA_256,
	  .tag = SHA256_DIGEST_SIZE },
	{ .hash = "sha384", .algo = VIRTCRYPTO_MAC_HMAC_SHA_384,
	  .tag = SHA384_DIGEST_SIZE },
	{ .hash = "sha512", .algo = VIRTCRYPTO_MAC_HMAC_SHA_512,
	  .tag = SHA512_DIGEST_SIZE },
};

static const char * const virtcrypto_chain_templates[] = {
	"authenc", "authencesn",
};

static_assert(VIRTCRYPTO_NR_CHAINS == ARRAY_SIZE(virtcrypto_chain_templates) *
				      ARRAY_SIZE(virtcrypto_chain_macs) *
				      ARRAY_SIZE(virtcrypto_chain_ciphers));

struct virtcrypto_chain virtcrypto_chains[VIRTCRYPTO_NR_CHAINS];

/*
 * Describe what the device writes: associated data and text, in the order of
 * the source.
 */
static int virtcrypto_chain_dst(struct virtcrypto_req *vr,
				const struct virtcrypto_aead *row,
				const struct virtcrypto_aead_call *call)
{
	unsigned int behind = VIRTCRYPTO_ESN_AT + VIRTCRYPTO_ESN_LEN;
	unsigned int len = call->aad_len + call->text_len;
	unsigned int last = row->esn ? VIRTCRYPTO_ESN_LEN : 0;
	struct scatterlist *spare = &call->spare->sg;

	if (call->aad_len <= sizeof(call->spare->buf)) {
		sg_init_one(spare, call->spare->buf, sizeof(call->spare->buf));
		return virtcrypto_req_dst(vr, spare, 0, call->aad_len - last) ?:
		       virtcrypto_req_dst(vr, call->dst, call->aad_len,
					  call->text_len) ?:
		       virtcrypto_req_dst(vr, spare, call->aad_len - last, last);
	}
	if (!row->esn)
		return virtcrypto_req_dst(vr, call->dst, 0, len);
	return virtcrypto_req_dst(vr, call->dst, 0, VIRTCRYPTO_ESN_AT) ?:
	       virtcrypto_req_dst(vr, call->dst, behind, len - behind) ?:
	       virtcrypto_req_dst(vr, call->dst, VIRTCRYPTO_ESN_AT,
				  VIRTCRYPTO_ESN_LEN);
}

/**
 * virtcrypto_chain_prepare() - describe a request of a chain
 * @vr: the request
 * @tag: where a tag goes that came with the message
 * @row: the algorithm
 * @call: what the crypto API asks for
 *
 * Specification: "Symmetric algorithms Operation", op_type ALGORITHM_CHAINING.
 *
 * Context: any.
 * Return: 0; -EDOM if the fallback is to say what is wrong; -EINVAL if a list
 *	is too short.
 */
int virtcrypto_chain_prepare(struct virtcrypto_req *vr, u8 *tag,
			     const struct virtcrypto_aead *row,
			     const struct virtcrypto_aead_call *call)
{
	unsigned int behind = VIRTCRYPTO_ESN_AT + VIRTCRYPTO_ESN_LEN;
	unsigned int len = call->aad_len + call->text_len;
	unsigned int i;

	if (row->esn && call->aad_len < behind)
		return -EDOM;
	vr->op.src_len = len;
	vr->op.dst_len = len;
	vr->op.cipher_start = call->aad_len;
	vr->op.cipher_len = call->text_len;
	vr->own_result = true;
	if (call->dir == VIRTCRYPTO_DIR_DECRYPT) {
		scatterwalk_map_and_copy(tag, call->src, len, call->tag_len, 0);
		/*
		 * If the device does not write the MAC, it must not compare
		 * equal.
		 */
		for (i = 0; i < call->tag_len; i++)
			vr->result[i] = ~tag[i];
	} else {
		memset(vr->result, 0, call->tag_len);
	}

	if (!row->esn)
		return virtcrypto_req_src(vr, call->src, 0, len) ?:
		       virtcrypto_chain_dst(vr, row, call);
	vr->op.cipher_start -= VIRTCRYPTO_ESN_LEN;
	return virtcrypto_req_src(vr, call->src, 0, VIRTCRYPTO_ESN_AT) ?:
	       virtcrypto_req_src(vr, call->src, behind, len - behind) ?:
	       virtcrypto_req_src(vr, call->src, VIRTCRYPTO_ESN_AT,
				  VIRTCRYPTO_ESN_LEN) ?:
	       virtcrypto_chain_dst(vr, row, call);
}

/**
 * virtcrypto_chain_keys() - take a key of the crypto API apart
 * @row: the algorithm
 * @inner: the hash that makes a short key of HMAC out of a long one
 * @params: the lengths go there
 * @out: the keys as the wire wants them, one behind the other; there is room
 *	for @len bytes and a hash
 * @nonce: what came with the cipher's key
 * @bytes: the key
 * @len: its length
 *
 * Context: any.
 * Return: 0 or an error.
 */
int virtcrypto_chain_keys(const struct virtcrypto_aead *row,
			  struct crypto_shash *inner,
			  struct virtcrypto_params *params, u8 *out, u8 *nonce,
			  const u8 *bytes, unsigned int len)
{
	struct crypto_authenc_keys keys;
	int err;

	err = crypto_authenc_extractkeys(&keys, bytes, len);
	if (err)
		return err;
	if (keys.enckeylen < row->salt)
		return -EINVAL;
	keys.enckeylen -= row->salt;
	memcpy(nonce, keys.enckey + keys.enckeylen, row->salt);
	memcpy(out, keys.enckey, keys.enckeylen);
	params->key_len = keys.enckeylen;
	out += keys.enckeylen;

	/* HMAC hashes long keys too, and devices have a limit. */
	if (keys.authkeylen > crypto_shash_blocksize(inner)) {
		params->auth_key_len = crypto_shash_digestsize(inner);
		return crypto_shash_tfm_digest(inner, keys.authkey,
					       keys.authkeylen, out);
	}
	memcpy(out, keys.authkey, keys.authkeylen);
	params->auth_key_len = keys.authkeylen;
	return 0;
}

/**
 * virtcrypto_chain_setup() - make the rows of the table of chains
 */
void virtcrypto_chain_setup(void)
{
	unsigned int i, nr_ciphers = ARRAY_SIZE(virtcrypto_chain_ciphers);
	unsigned int nr_macs = ARRAY_SIZE(virtcrypto_chain_macs);

	for (i = 0; i < ARRAY_SIZE(virtcrypto_chains); i++) {
		const struct virtcrypto_chain_cipher *cipher =
			&virtcrypto_chain_ciphers[i % nr_ciphers];
		const struct virtcrypto_chain_mac *mac =
			&virtcrypto_chain_macs[i / nr_ciphers % nr_macs];
		unsigned int esn = i / nr_ciphers / nr_macs;
		struct virtcrypto_chain *chain = &virtcrypto_chains[i];
		const char *template = virtcrypto_chain_templates[esn];

		snprintf(chain->name, sizeof(chain->name), "%s(hmac(%s),%s)",
			 template, mac->hash, cipher->name);
		snprintf(chain->driver_name, sizeof(chain->driver_name),
			 "%s-hmac-%s-%s-virtio", template, mac->hash,
			 cipher->driver_name);
		chain->aead = (struct virtcrypto_aead) {
			.row = {
				.name = chain->name,
				.driver_name = chain->driver_name,
				.params = {
					.service = VIRTCRYPTO_SERVICE_CIPHER,
					.algo = cipher->algo,
					.mac = mac->algo,
				},
			},
			.min_key = cipher->min_key,
			.max_key = cipher->max_key,
			.iv = cipher->iv,
			.iv_kind = cipher->iv_kind,
			.salt = cipher->salt,
			.block = cipher->block,
			.max_tag = mac->tag,
			.inner = mac->hash,
			.esn = esn,
		};
	}
}
