// SPDX-License-Identifier: GPL-2.0
// Copyright (C) 2026 The virtio_crypto authors
/*
 * AEADs: a row in a table for each algorithm, and what all rows share.
 *
 * There are two kinds of rows.  Those of the device's AEAD service bring a tag
 * that the device verifies.  The others are chains of a cipher and a MAC, see
 * virtio_crypto_chain_algs.c: there a device only ever computes the MAC, and it
 * is compared here.  What is not authentic is wiped, whatever the device has
 * written.
 *
 * A request's lists have the associated data in front.  On the wire of the AEAD
 * service it comes behind the source, which is a matter of which part of the
 * list is named first.
 */
#include <crypto/aead.h>
#include <crypto/aes.h>
#include <crypto/algapi.h>
#include <crypto/authenc.h>
#include <crypto/chacha.h>
#include <crypto/ctr.h>
#include <crypto/gcm.h>
#include <crypto/hash.h>
#include <crypto/internal/aead.h>
#include <crypto/poly1305.h>
#include <crypto/scatterwalk.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>

#include "virtio_crypto_aead.h"
#include "virtio_crypto_choice.h"
#include "virtio_crypto_device.h"
#include "virtio_crypto_fallback.h"
#include "virtio_crypto_key.h"
#include "virtio_crypto_params.h"
#include "virtio_crypto_req.h"
#include "virtio_crypto_sync.h"
#include "virtio_crypto_table.h"
#include "virtio_crypto_trial.h"

/* Bytes of a trial: two lengths of associated data, and a text. */
#define VIRTCRYPTO_AEAD_TRIAL_AAD	16
#define VIRTCRYPTO_AEAD_TRIAL_AAD2	20
#define VIRTCRYPTO_AEAD_TRIAL_LEN	64
#define VIRTCRYPTO_AEAD_TRIAL_ODD	61

/* The kernel has no names for these. */
#define VIRTCRYPTO_RFC7539_IV_SIZE	12
#define VIRTCRYPTO_RFC4309_IV_SIZE	8

static struct virtcrypto_aead virtcrypto_aeads[] = {
	{
		.row = {
			.name = "gcm(aes)",
			.driver_name = "gcm-aes-virtio",
			.params = {
				.service = VIRTCRYPTO_SERVICE_AEAD,
				.algo = VIRTCRYPTO_AEAD_GCM,
			},
		},
		.min_key = AES_MIN_KEY_SIZE, .max_key = AES_MAX_KEY_SIZE,
		.iv = GCM_AES_IV_SIZE, .block = 1, .max_tag = AES_BLOCK_SIZE,
	}, {
		.row = {
			.name = "ccm(aes)",
			.driver_name = "ccm-aes-virtio",
			.params = {
				.service = VIRTCRYPTO_SERVICE_AEAD,
				.algo = VIRTCRYPTO_AEAD_CCM,
			},
		},
		.min_key = AES_MIN_KEY_SIZE, .max_key = AES_MAX_KEY_SIZE,
		.iv = AES_BLOCK_SIZE, .iv_kind = VIRTCRYPTO_IV_CCM,
		.block = 1, .max_tag = AES_BLOCK_SIZE,
	}, {
		/*
		 * The kernel has these two itself, not as templates, since 7.3.
		 */
		.row = {
			.name = "rfc4106(gcm(aes))",
			.driver_name = "rfc4106-gcm-aes-virtio",
			.params = {
				.service = VIRTCRYPTO_SERVICE_AEAD,
				.algo = VIRTCRYPTO_AEAD_GCM,
			},
		},
		.min_key = AES_MIN_KEY_SIZE, .max_key = AES_MAX_KEY_SIZE,
		.iv = GCM_RFC4106_IV_SIZE, .iv_kind = VIRTCRYPTO_IV_ESP,
		.salt = 4, .block = 1, .max_tag = AES_BLOCK_SIZE,
	}, {
		.row = {
			.name = "rfc4309(ccm(aes))",
			.driver_name = "rfc4309-ccm-aes-virtio",
			.params = {
				.service = VIRTCRYPTO_SERVICE_AEAD,
				.algo = VIRTCRYPTO_AEAD_CCM,
			},
		},
		.min_key = AES_MIN_KEY_SIZE, .max_key = AES_MAX_KEY_SIZE,
		.iv = VIRTCRYPTO_RFC4309_IV_SIZE, .iv_kind = VIRTCRYPTO_IV_ESP,
		.salt = 3, .block = 1, .max_tag = AES_BLOCK_SIZE,
	}, {
		.row = {
			.name = "rfc7539(chacha20,poly1305)",
			.driver_name = "rfc7539-chacha20-poly1305-virtio",
			.params = {
				.service = VIRTCRYPTO_SERVICE_AEAD,
				.algo = VIRTCRYPTO_AEAD_CHACHA20_POLY1305,
			},
		},
		.min_key = CHACHA_KEY_SIZE, .max_key = CHACHA_KEY_SIZE,
		.iv = VIRTCRYPTO_RFC7539_IV_SIZE, .block = 1,
		.max_tag = POLY1305_DIGEST_SIZE,
	},
};

/**
 * struct virtcrypto_aead_ctx - context of a transform
 * @row: the algorithm
 * @key: the key and its sessions
 * @fallback: software with the same key and length of tag
 * @inner: of a chain, the hash
 * @nonce: what came with the key
 */
struct virtcrypto_aead_ctx {
	struct virtcrypto_aead *row;
	struct virtcrypto_key key;
	struct crypto_aead *fallback;
	struct crypto_shash *inner;
	u8 nonce[VIRTCRYPTO_MAX_SALT];
};

/**
 * struct virtcrypto_aead_req - context of a request
 * @vr: the request as the layers below know it
 * @tag: of a chain, what came with the message
 * @dir: the direction
 * @spare: where the device of a chain writes associated data
 * @fallback: the same request for the fallback; its context follows
 */
struct virtcrypto_aead_req {
	struct virtcrypto_req vr;
	u8 tag[VIRTCRYPTO_MAX_RESULT_SIZE];
	u32 dir;
	struct virtcrypto_aead_spare spare;
	struct aead_request fallback;
};

/* See virtcrypto_fallback_t. */
static int virtcrypto_aead_fallback(struct crypto_async_request *base,
				    u32 flags)
{
	struct aead_request *req = container_of(base, struct aead_request, base);
	struct crypto_aead *tfm = crypto_aead_reqtfm(req);
	struct virtcrypto_aead_ctx *ctx = crypto_aead_ctx(tfm);
	struct virtcrypto_aead_req *rctx = aead_request_ctx_dma(req);

	aead_request_set_tfm(&rctx->fallback, ctx->fallback);
	aead_request_set_callback(&rctx->fallback,
				  flags & CRYPTO_TFM_REQ_MAY_SLEEP, NULL, NULL);
	aead_request_set_crypt(&rctx->fallback, req->src, req->dst,
			       req->cryptlen, req->iv);
	aead_request_set_ad(&rctx->fallback, req->assoclen);
	return rctx->dir == VIRTCRYPTO_DIR_ENCRYPT ?
	       crypto_aead_encrypt(&rctx->fallback) :
	       crypto_aead_decrypt(&rctx->fallback);
}

/*
 * Make the iv as the wire wants it.  Returns its length, or 0 if the fallback
 * is to return the error.
 */
static unsigned int virtcrypto_aead_iv(u8 *out,
				       const struct virtcrypto_aead *row,
				       const struct virtcrypto_aead_call *call)
{
	unsigned int lsize;

	switch (row->iv_kind) {
	case VIRTCRYPTO_IV_CCM:
		/* The rest of the block holds the length of the text. */
		lsize = call->iv[0] + 1;
		if (lsize < 2 || lsize > 8 ||
		    (lsize < 4 && call->text_len >> (8 * lsize)))
			return 0;
		memcpy(out, call->iv + 1, AES_BLOCK_SIZE - 1 - lsize);
		return AES_BLOCK_SIZE - 1 - lsize;
	case VIRTCRYPTO_IV_RFC3686:
		memcpy(out, call->nonce, CTR_RFC3686_NONCE_SIZE);
		memcpy(out + CTR_RFC3686_NONCE_SIZE, call->iv,
		       CTR_RFC3686_IV_SIZE);
		put_unaligned_be32(1, out + CTR_RFC3686_NONCE_SIZE +
				      CTR_RFC3686_IV_SIZE);
		return CTR_RFC3686_BLOCK_SIZE;
	default:
		memcpy(out, call->nonce, row->salt);
		memcpy(out + row->salt, call->iv, row->iv);
		return row->salt + row->iv;
	}
}

/* Specification: "AEAD Service Operation". */
static int virtcrypto_aead_prepare_aead(struct virtcrypto_req *vr,
					const struct virtcrypto_aead *row,
					const struct virtcrypto_aead_call *call)
{
	unsigned int aad_len = call->aad_len;
	bool encrypt = call->dir == VIRTCRYPTO_DIR_ENCRYPT;
	unsigned int src_len = call->text_len + (encrypt ? 0 : call->tag_len);
	unsigned int dst_len = call->text_len + (encrypt ? call->tag_len : 0);

	if (row->iv_kind == VIRTCRYPTO_IV_ESP) {
		/*
		 * Associated data of ESP has the iv behind it, which is not
		 * authenticated.
		 */
		if (crypto_ipsec_check_assoclen(aad_len))
			return -EDOM;
		aad_len -= row->iv;
	}
	vr->op.src_len = src_len;
	vr->op.aad_len = aad_len;
	vr->op.dst_len = call->text_len + call->tag_len;
	/*
	 * The specification has room for a tag behind the result of a
	 * decryption too.  It is not used.
	 */
	vr->own_result = !encrypt;
	vr->verifies = !encrypt;
	return virtcrypto_req_src(vr, call->src, call->aad_len, src_len) ?:
	       virtcrypto_req_src(vr, call->src, 0, aad_len) ?:
	       virtcrypto_req_dst(vr, call->dst, call->aad_len, dst_len);
}

/*
 * Describe a request.  Returns -EDOM if the fallback has to do it or to return
 * the error.
 */
static int virtcrypto_aead_prepare(struct virtcrypto_req *vr, u8 *tag,
				   const struct virtcrypto_aead *row,
				   const struct virtcrypto_aead_call *call)
{
	vr->op.code = call->dir == VIRTCRYPTO_DIR_ENCRYPT ?
		      VIRTCRYPTO_OP_ENCRYPT : VIRTCRYPTO_OP_DECRYPT;
	vr->op.result_len = call->tag_len;
	vr->op.iv_len = virtcrypto_aead_iv(vr->iv, row, call);
	/* Do not rely on what a device does with a text of no bytes. */
	if (!vr->op.iv_len || !call->tag_len || !call->text_len ||
	    call->text_len % row->block)
		return -EDOM;
	if (!virtcrypto_aead_is_chain(row))
		return virtcrypto_aead_prepare_aead(vr, row, call);
	return virtcrypto_chain_prepare(vr, tag, row, call);
}

/* Wipe what is not authentic. */
static void virtcrypto_aead_wipe(struct scatterlist *sg, unsigned int skip,
				 unsigned int len)
{
	while (sg && len) {
		unsigned int part = sg->length - min(skip, sg->length);

		part = min(part, len);
		if (part)
			sg_zero_buffer(sg, 1, part, skip);
		skip -= min(skip, sg->length);
		len -= part;
		sg = sg_next(sg);
	}
}

/* Callers may expect the associated data in the destination too. */
static void virtcrypto_aead_copy_aad(struct aead_request *req,
				     struct virtcrypto_aead_req *rctx)
{
	u8 *buf = rctx->spare.buf;

	if (req->src == req->dst || req->assoclen > sizeof(rctx->spare.buf))
		return;
	scatterwalk_map_and_copy(buf, req->src, 0, req->assoclen, 0);
	scatterwalk_map_and_copy(buf, req->dst, 0, req->assoclen, 1);
}

/* Append the MAC of a chain, or compare it. */
static int virtcrypto_aead_chain_done(struct aead_request *req,
				      struct virtcrypto_aead_req *rctx)
{
	unsigned int tag_len = rctx->vr.op.result_len;

	virtcrypto_aead_copy_aad(req, rctx);
	if (rctx->dir == VIRTCRYPTO_DIR_ENCRYPT) {
		scatterwalk_map_and_copy(rctx->vr.result, req->dst,
					 req->assoclen + req->cryptlen,
					 tag_len, 1);
		return 0;
	}
	return crypto_memneq(rctx->vr.result, rctx->tag, tag_len) ? -EBADMSG : 0;
}

static void virtcrypto_aead_done(struct virtcrypto_req *vr, int err)
{
	struct virtcrypto_aead_req *rctx =
		container_of(vr, struct virtcrypto_aead_req, vr);
	struct aead_request *req =
		container_of(vr->base, struct aead_request, base);
	struct crypto_aead *tfm = crypto_aead_reqtfm(req);
	struct virtcrypto_aead_ctx *ctx = crypto_aead_ctx(tfm);
	struct virtcrypto_row *row = &ctx->row->row;
	bool wipe = vr->dirty && rctx->dir == VIRTCRYPTO_DIR_DECRYPT;

	if (!err && virtcrypto_aead_is_chain(ctx->row))
		err = virtcrypto_aead_chain_done(req, rctx);

	if (!err) {
		virtcrypto_row_count(row, VIRTCRYPTO_OFFLOADED);
		wipe = false;
	} else if (err == -EBADMSG) {
		virtcrypto_row_count(row, VIRTCRYPTO_OFFLOADED);
	} else if (virtcrypto_req_spoiled(vr)) {
		/*
		 * The input may be overwritten, so the fallback cannot do it.
		 */
		virtcrypto_row_count(row, VIRTCRYPTO_EIO);
		err = -EIO;
	} else {
		err = virtcrypto_fallback_redo(row, vr, err,
					       virtcrypto_aead_fallback);
		wipe &= !!err;
	}
	if (wipe)
		virtcrypto_aead_wipe(req->dst, req->assoclen,
				     req->cryptlen - vr->op.result_len);
	aead_request_complete(req, err);
}

static int virtcrypto_aead_crypt(struct aead_request *req, u32 dir)
{
	struct crypto_aead *tfm = crypto_aead_reqtfm(req);
	struct virtcrypto_aead_ctx *ctx = crypto_aead_ctx(tfm);
	struct virtcrypto_aead_req *rctx = aead_request_ctx_dma(req);
	struct virtcrypto_aead_call call = {
		.dir = dir,
		.src = req->src,
		.dst = req->dst,
		.aad_len = req->assoclen,
		.text_len = req->cryptlen,
		.tag_len = crypto_aead_authsize(tfm),
		.iv = req->iv,
		.nonce = ctx->nonce,
		.spare = &rctx->spare,
	};
	int err;

	rctx->dir = dir;
	if (dir == VIRTCRYPTO_DIR_DECRYPT) {
		/* The crypto API has checked that there is a tag. */
		call.text_len -= call.tag_len;
	}
	virtcrypto_key_begin(&ctx->key, &rctx->vr, &req->base, call.text_len,
			     virtcrypto_aead_done);
	if (virtcrypto_choice_is_software(rctx->vr.choice))
		err = -ECANCELED;
	else
		err = virtcrypto_aead_prepare(&rctx->vr, rctx->tag, ctx->row,
					      &call);
	if (!err) {
		err = virtcrypto_key_submit(&ctx->key, dir, &rctx->vr);
		if (virtcrypto_req_accepted(err))
			return err;
	} else if (err != -EDOM && err != -ECANCELED) {
		return err;
	}
	err = virtcrypto_fallback_do(&ctx->row->row, &rctx->vr, err,
				     virtcrypto_aead_fallback);
	return virtcrypto_key_settle(&ctx->key, dir, &rctx->vr, err);
}

static int virtcrypto_aead_encrypt(struct aead_request *req)
{
	return virtcrypto_aead_crypt(req, VIRTCRYPTO_DIR_ENCRYPT);
}

static int virtcrypto_aead_decrypt(struct aead_request *req)
{
	return virtcrypto_aead_crypt(req, VIRTCRYPTO_DIR_DECRYPT);
}

static int virtcrypto_aead_setkey(struct crypto_aead *tfm, const u8 *bytes,
				  unsigned int len)
{
	struct virtcrypto_aead_ctx *ctx = crypto_aead_ctx(tfm);
	struct virtcrypto_params params = ctx->row->row.params;
	u32 flags = crypto_aead_get_flags(tfm);
	gfp_t gfp = flags & CRYPTO_TFM_REQ_MAY_SLEEP ? GFP_KERNEL : GFP_ATOMIC;
	u8 *keys = NULL;
	int err;

	virtcrypto_key_changing(&ctx->key);
	/* The fallback also checks the key, so that errors are the same. */
	crypto_aead_clear_flags(ctx->fallback, CRYPTO_TFM_REQ_MASK);
	crypto_aead_set_flags(ctx->fallback, flags & CRYPTO_TFM_REQ_MASK);
	err = crypto_aead_setkey(ctx->fallback, bytes, len);
	if (err)
		return err;

	params.key_len = len - ctx->row->salt;
	params.result_len = crypto_aead_authsize(tfm);
	if (!virtcrypto_aead_is_chain(ctx->row)) {
		memcpy(ctx->nonce, bytes + params.key_len, ctx->row->salt);
	} else {
		/* The keys are no longer than @len bytes and a hash. */
		keys = kmalloc(len + VIRTCRYPTO_MAX_RESULT_SIZE, gfp);
		if (!keys)
			return -ENOMEM;
		err = virtcrypto_chain_keys(ctx->row, ctx->inner, &params,
					    keys, ctx->nonce, bytes, len);
	}
	/* Do not rely on what a device does with an empty key. */
	if (!err && keys && !params.auth_key_len)
		virtcrypto_key_forget(&ctx->key);
	else if (!err)
		err = virtcrypto_key_set(&ctx->key, &params, keys ?: bytes, gfp);
	kfree_sensitive(keys);
	return err;
}

static int virtcrypto_aead_setauthsize(struct crypto_aead *tfm,
				       unsigned int authsize)
{
	struct virtcrypto_aead_ctx *ctx = crypto_aead_ctx(tfm);
	int err;

	virtcrypto_key_changing(&ctx->key);
	err = crypto_aead_setauthsize(ctx->fallback, authsize);
	if (!err)
		virtcrypto_key_set_result_len(&ctx->key, authsize);
	return err;
}

static int virtcrypto_aead_init_tfm(struct crypto_aead *tfm)
{
	struct virtcrypto_aead_ctx *ctx = crypto_aead_ctx(tfm);
	struct virtcrypto_aead *row = container_of(crypto_aead_alg(tfm),
						   struct virtcrypto_aead, alg);

	ctx->row = row;
	ctx->fallback = crypto_alloc_aead(row->row.name, 0,
					  VIRTCRYPTO_FALLBACK_MASK);
	if (IS_ERR(ctx->fallback))
		return PTR_ERR(ctx->fallback);
	if (row->inner) {
		ctx->inner = crypto_alloc_shash(row->inner, 0,
						CRYPTO_ALG_NEED_FALLBACK);
		if (IS_ERR(ctx->inner)) {
			crypto_free_aead(ctx->fallback);
			return PTR_ERR(ctx->inner);
		}
	}
	virtcrypto_key_init(&ctx->key, row->row.id, &row->row.params);
	/* Packets of ESP must not overtake each other by much. */
	ctx->key.ordered = true;
	ctx->key.choices = virtcrypto_row_choices(&row->row,
						  &crypto_aead_alg(tfm)->base);
	crypto_aead_set_reqsize_dma(tfm, sizeof(struct virtcrypto_aead_req) +
					 crypto_aead_reqsize(ctx->fallback));
	return 0;
}

static void virtcrypto_aead_exit_tfm(struct crypto_aead *tfm)
{
	struct virtcrypto_aead_ctx *ctx = crypto_aead_ctx(tfm);

	virtcrypto_key_wipe(&ctx->key);
	memzero_explicit(ctx->nonce, sizeof(ctx->nonce));
	crypto_free_shash(ctx->inner);
	crypto_free_aead(ctx->fallback);
}

/* Make a key for a trial, in the crypto API's format.  Returns its length. */
static unsigned int virtcrypto_aead_fill_key(const struct virtcrypto_aead *row,
					     unsigned int key_len,
					     unsigned int auth_key_len, u8 *out)
{
	struct crypto_authenc_key_param *param;
	struct rtattr *rta = (void *)out;
	unsigned int i, len = key_len + row->salt, at = 0;

	if (virtcrypto_aead_is_chain(row)) {
		rta->rta_type = CRYPTO_AUTHENC_KEYA_PARAM;
		rta->rta_len = RTA_LENGTH(sizeof(*param));
		param = RTA_DATA(rta);
		param->enckeylen = cpu_to_be32(len);
		at = RTA_SPACE(sizeof(*param));
		len += auth_key_len;
	}
	for (i = 0; i < len; i++)
		out[at + i] = i * 29 + 7;
	return at + len;
}

/*
 * Allocate the fallback only after the device has done the request.  For a
 * chain it is an instance of a template, which stays registered.  If the device
 * does no chains but our ciphers, that instance would keep the kernel from
 * making one of our ciphers.
 */
static int virtcrypto_aead_trial_fallback(struct virtcrypto_trial *trial,
					  const struct virtcrypto_aead *row)
{
	struct crypto_aead *fallback = trial->fallback;
	int err;

	if (!fallback) {
		fallback = crypto_alloc_aead(row->row.name, 0,
					     VIRTCRYPTO_FALLBACK_MASK);
		if (IS_ERR(fallback))
			return PTR_ERR(fallback);
		trial->fallback = fallback;
		err = crypto_aead_setauthsize(fallback, row->max_tag);
		if (err)
			return err;
	}
	return crypto_aead_setkey(fallback, trial->bytes, trial->bytes_len);
}

static int virtcrypto_aead_trial_set(struct virtcrypto_trial *trial,
				     const struct virtcrypto_aead *row,
				     unsigned int key_len)
{
	struct virtcrypto_params params = row->row.params;
	u8 keys[VIRTCRYPTO_TRIAL_KEY];
	struct crypto_shash *inner;
	int err;

	params.key_len = key_len;
	params.auth_key_len = row->inner ? row->max_tag : 0;
	params.result_len = row->max_tag;
	if (!virtcrypto_device_takes(trial->key.dev, &params))
		return -EOPNOTSUPP;
	trial->bytes_len = virtcrypto_aead_fill_key(row, key_len,
						    params.auth_key_len,
						    trial->bytes);
	if (!row->inner) {
		memcpy(trial->nonce, trial->bytes + key_len, row->salt);
		return virtcrypto_key_set(&trial->key, &params, trial->bytes,
					  GFP_KERNEL);
	}

	inner = crypto_alloc_shash(row->inner, 0, CRYPTO_ALG_NEED_FALLBACK);
	if (IS_ERR(inner))
		return PTR_ERR(inner);
	err = virtcrypto_chain_keys(row, inner, &params, keys,
				    trial->nonce, trial->bytes,
				    trial->bytes_len) ?:
	      virtcrypto_key_set(&trial->key, &params, keys, GFP_KERNEL);
	crypto_free_shash(inner);
	return err;
}

static int virtcrypto_aead_trial_key(struct virtcrypto_trial *trial,
				     const struct virtcrypto_row *r,
				     unsigned int nth)
{
	const struct virtcrypto_aead *row = virtcrypto_aead_row_of(r);
	unsigned int len = virtcrypto_trial_key_len(row->min_key, row->max_key,
						    nth);

	return len ? virtcrypto_aead_trial_set(trial, row, len) : -ENOENT;
}

static int virtcrypto_aead_trial_init(struct virtcrypto_trial *trial,
				      const struct virtcrypto_row *r)
{
	const struct virtcrypto_aead *row = virtcrypto_aead_row_of(r);
	int err;

	/* The first byte of CCM's iv says how long the nonce is. */
	trial->iv[0] = row->iv_kind == VIRTCRYPTO_IV_CCM ? 3 : 0x42;
	err = virtcrypto_aead_trial_set(trial, row, row->max_key);
	if (err == -EOPNOTSUPP)
		err = virtcrypto_aead_trial_set(trial, row, row->min_key);
	return err;
}

static void virtcrypto_aead_trial_exit(struct virtcrypto_trial *trial)
{
	crypto_free_aead(trial->fallback);
}

/* Have the fallback compute the expected result, in trial->want. */
static int virtcrypto_aead_answer(struct virtcrypto_trial *trial,
				  const struct virtcrypto_aead *row,
				  unsigned int aad_len, unsigned int text_len)
{
	u8 iv[VIRTCRYPTO_MAX_IV_SIZE];
	struct aead_request *req;
	struct scatterlist sg;
	int err;

	err = virtcrypto_aead_trial_fallback(trial, row);
	if (err)
		return err;
	req = aead_request_alloc(trial->fallback, GFP_KERNEL);
	if (!req)
		return -ENOMEM;
	memcpy(iv, trial->iv, sizeof(iv));
	memcpy(trial->want, trial->in, aad_len + text_len);
	sg_init_one(&sg, trial->want,
		    aad_len + text_len + row->max_tag);
	aead_request_set_callback(req, CRYPTO_TFM_REQ_MAY_SLEEP, NULL, NULL);
	aead_request_set_crypt(req, &sg, &sg, text_len, iv);
	aead_request_set_ad(req, aad_len);
	err = crypto_aead_encrypt(req);
	aead_request_free(req);
	return err;
}

/* One request of a trial, from @from to trial->out. */
static int virtcrypto_aead_trial_one(struct virtcrypto_trial *trial,
				     const struct virtcrypto_aead *row,
				     struct virtcrypto_dataq *q, u32 dir,
				     unsigned int aad_len, unsigned int text_len,
				     u8 *from)
{
	struct virtcrypto_aead_spare *spare;
	unsigned int tag_len = row->max_tag;
	unsigned int whole = aad_len + text_len + tag_len;
	struct virtcrypto_aead_call call = {
		.dir = dir,
		.src = &trial->src,
		.dst = &trial->dst,
		.aad_len = aad_len,
		.text_len = text_len,
		.tag_len = tag_len,
		.iv = trial->iv,
		.nonce = trial->nonce,
	};
	u8 tag[VIRTCRYPTO_MAX_RESULT_SIZE];
	int err;

	spare = kzalloc_obj(*spare, GFP_KERNEL);
	if (!spare)
		return -ENOMEM;
	call.spare = spare;
	memset(trial->out, 0, sizeof(trial->out));
	sg_init_one(&trial->src, from, whole);
	sg_init_one(&trial->dst, trial->out, whole);
	virtcrypto_sync_begin(&trial->sync, q);
	err = virtcrypto_aead_prepare(&trial->sync.vr, tag, row, &call) ?:
	      virtcrypto_sync_submit(&trial->sync, &trial->key, dir);
	kfree(spare);
	if (err || !virtcrypto_aead_is_chain(row))
		return err;
	if (dir == VIRTCRYPTO_DIR_DECRYPT)
		return memcmp(trial->sync.vr.result, tag, tag_len) ? -EBADMSG : 0;
	memcpy(trial->out + whole - tag_len, trial->sync.vr.result, tag_len);
	return 0;
}

/* Encrypt, decrypt, and check that a forgery is rejected. */
static int virtcrypto_aead_trial_all(struct virtcrypto_trial *trial,
				     const struct virtcrypto_aead *row,
				     struct virtcrypto_dataq *q,
				     unsigned int aad_len, unsigned int text_len)
{
	unsigned int tag_len = row->max_tag;
	u8 *text = trial->out + aad_len;
	int err;

	err = virtcrypto_aead_trial_one(trial, row, q, VIRTCRYPTO_DIR_ENCRYPT,
					aad_len, text_len, trial->in) ?:
	      virtcrypto_aead_answer(trial, row, aad_len, text_len);
	if (err)
		return err;
	if (memcmp(text, trial->want + aad_len,
		   text_len + tag_len))
		return -EBADMSG;

	/* Copy it to memory that devices may read. */
	memcpy(trial->in2, trial->want, sizeof(trial->in2));
	err = virtcrypto_aead_trial_one(trial, row, q, VIRTCRYPTO_DIR_DECRYPT,
					aad_len, text_len, trial->in2);
	if (err)
		return err;
	if (memcmp(text, trial->in + aad_len, text_len))
		return -EBADMSG;

	trial->in2[0] ^= 1;
	err = virtcrypto_aead_trial_one(trial, row, q, VIRTCRYPTO_DIR_DECRYPT,
					aad_len, text_len, trial->in2);
	if (!err)
		return -EBADMSG;
	return err == -EBADMSG ? 0 : err;
}

static int virtcrypto_aead_trial_run(struct virtcrypto_trial *trial,
				     const struct virtcrypto_row *r,
				     struct virtcrypto_dataq *q, bool tail)
{
	const struct virtcrypto_aead *row = virtcrypto_aead_row_of(r);

	return virtcrypto_aead_trial_all(trial, row, q,
					 VIRTCRYPTO_AEAD_TRIAL_AAD,
					 VIRTCRYPTO_AEAD_TRIAL_LEN) ?:
	       virtcrypto_aead_trial_all(trial, row, q,
					 VIRTCRYPTO_AEAD_TRIAL_AAD2,
					 row->block == 1 ?
					 VIRTCRYPTO_AEAD_TRIAL_ODD :
					 VIRTCRYPTO_AEAD_TRIAL_LEN);
}

static int virtcrypto_aead_add(struct virtcrypto_row *r)
{
	struct virtcrypto_aead *row = virtcrypto_aead_row_of(r);
	struct aead_alg *alg = &row->alg;

	*alg = (struct aead_alg) {
		.base = {
			.cra_blocksize = row->block,
			.cra_ctxsize = sizeof(struct virtcrypto_aead_ctx),
		},
		.init = virtcrypto_aead_init_tfm,
		.exit = virtcrypto_aead_exit_tfm,
		.setkey = virtcrypto_aead_setkey,
		.setauthsize = virtcrypto_aead_setauthsize,
		.encrypt = virtcrypto_aead_encrypt,
		.decrypt = virtcrypto_aead_decrypt,
		.ivsize = row->iv,
		.maxauthsize = row->max_tag,
		.chunksize = row->block == 1 ? AES_BLOCK_SIZE : row->block,
	};
	virtcrypto_row_init_alg(r, &alg->base, virtcrypto_aead_is_chain(row) ?
					   virtcrypto_chain_priority :
					   virtcrypto_aead_priority);
	return crypto_register_aead(alg);
}

static void virtcrypto_aead_del(struct virtcrypto_row *r)
{
	crypto_unregister_aead(&virtcrypto_aead_row_of(r)->alg);
}

/* What the tables of AEADs and of chains have in common. */
#define VIRTCRYPTO_AEAD_CLASS				\
	.chooses = true,				\
	.trial_init = virtcrypto_aead_trial_init,	\
	.trial_key = virtcrypto_aead_trial_key,		\
	.trial_run = virtcrypto_aead_trial_run,		\
	.trial_exit = virtcrypto_aead_trial_exit,	\
	.add = virtcrypto_aead_add,			\
	.del = virtcrypto_aead_del

const struct virtcrypto_class virtcrypto_aead_class = {
	.kind = VIRTCRYPTO_KIND_AEAD,
	.rows = virtcrypto_aeads,
	.size = sizeof(virtcrypto_aeads[0]),
	.nr = ARRAY_SIZE(virtcrypto_aeads),
	VIRTCRYPTO_AEAD_CLASS,
};

const struct virtcrypto_class virtcrypto_chain_class = {
	.kind = VIRTCRYPTO_KIND_CHAIN,
	.rows = virtcrypto_chains,
	.size = sizeof(virtcrypto_chains[0]),
	.nr = ARRAY_SIZE(virtcrypto_chains),
	.setup = virtcrypto_chain_setup,
	VIRTCRYPTO_AEAD_CLASS,
};
