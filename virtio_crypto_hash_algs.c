// SPDX-License-Identifier: GPL-2.0
// Copyright (C) 2026 The virtio_crypto authors
/*
 * Hashes and MACs: a row in a table for each algorithm, and what all rows
 * share.
 *
 * A device hashes a whole message and returns no state.  So only digest() goes
 * to a device.  Messages that come in parts are left to the fallback, whose
 * state export() and import() pass on.
 *
 * The fallback is a synchronous hash on all kernels.  Newer kernels would
 * allocate one for an asynchronous algorithm, but not for MACs whose
 * implementation cannot export its state.
 */
#include <crypto/aes.h>
#include <crypto/des.h>
#include <crypto/hash.h>
#include <crypto/internal/hash.h>

#include "virtio_crypto_choice.h"
#include "virtio_crypto_device.h"
#include "virtio_crypto_fallback.h"
#include "virtio_crypto_key.h"
#include "virtio_crypto_params.h"
#include "virtio_crypto_req.h"
#include "virtio_crypto_sync.h"
#include "virtio_crypto_table.h"
#include "virtio_crypto_trial.h"

/* Bytes of a trial: more and less than a block of any hash. */
#define VIRTCRYPTO_HASH_TRIAL_LEN	200
#define VIRTCRYPTO_HASH_TRIAL_SHORT	61

/**
 * struct virtcrypto_hash - a row of the table
 * @row: what all algorithms have
 * @key_len: bytes of the key in a trial, 0 if there is none
 * @max_key: bytes of the longest key, if it is not that or any
 * @inner: of HMAC, the hash that makes a short key out of a long one
 * @alg: made from the rest by virtcrypto_hash_add()
 */
struct virtcrypto_hash {
	struct virtcrypto_row row;
	unsigned int key_len;
	unsigned int max_key;
	const char *inner;
	struct ahash_alg alg;
};

static struct virtcrypto_hash virtcrypto_hashes[] = {
	{
		.row = {
			.name = "md5",
			.driver_name = "md5-virtio",
			.params = {
				.service = VIRTCRYPTO_SERVICE_HASH,
				.algo = VIRTCRYPTO_HASH_MD5,
			},
		},
	}, {
		.row = {
			.name = "sha1",
			.driver_name = "sha1-virtio",
			.params = {
				.service = VIRTCRYPTO_SERVICE_HASH,
				.algo = VIRTCRYPTO_HASH_SHA1,
			},
		},
	}, {
		.row = {
			.name = "sha224",
			.driver_name = "sha224-virtio",
			.params = {
				.service = VIRTCRYPTO_SERVICE_HASH,
				.algo = VIRTCRYPTO_HASH_SHA_224,
			},
		},
	}, {
		.row = {
			.name = "sha256",
			.driver_name = "sha256-virtio",
			.params = {
				.service = VIRTCRYPTO_SERVICE_HASH,
				.algo = VIRTCRYPTO_HASH_SHA_256,
			},
		},
	}, {
		.row = {
			.name = "sha384",
			.driver_name = "sha384-virtio",
			.params = {
				.service = VIRTCRYPTO_SERVICE_HASH,
				.algo = VIRTCRYPTO_HASH_SHA_384,
			},
		},
	}, {
		.row = {
			.name = "sha512",
			.driver_name = "sha512-virtio",
			.params = {
				.service = VIRTCRYPTO_SERVICE_HASH,
				.algo = VIRTCRYPTO_HASH_SHA_512,
			},
		},
	}, {
		.row = {
			.name = "sha3-224",
			.driver_name = "sha3-224-virtio",
			.params = {
				.service = VIRTCRYPTO_SERVICE_HASH,
				.algo = VIRTCRYPTO_HASH_SHA3_224,
			},
		},
	}, {
		.row = {
			.name = "sha3-256",
			.driver_name = "sha3-256-virtio",
			.params = {
				.service = VIRTCRYPTO_SERVICE_HASH,
				.algo = VIRTCRYPTO_HASH_SHA3_256,
			},
		},
	}, {
		.row = {
			.name = "sha3-384",
			.driver_name = "sha3-384-virtio",
			.params = {
				.service = VIRTCRYPTO_SERVICE_HASH,
				.algo = VIRTCRYPTO_HASH_SHA3_384,
			},
		},
	}, {
		.row = {
			.name = "sha3-512",
			.driver_name = "sha3-512-virtio",
			.params = {
				.service = VIRTCRYPTO_SERVICE_HASH,
				.algo = VIRTCRYPTO_HASH_SHA3_512,
			},
		},
	}, {
		.row = {
			.name = "hmac(md5)",
			.driver_name = "hmac-md5-virtio",
			.params = {
				.service = VIRTCRYPTO_SERVICE_MAC,
				.algo = VIRTCRYPTO_MAC_HMAC_MD5,
			},
		},
		.key_len = 32, .inner = "md5",
	}, {
		.row = {
			.name = "hmac(sha1)",
			.driver_name = "hmac-sha1-virtio",
			.params = {
				.service = VIRTCRYPTO_SERVICE_MAC,
				.algo = VIRTCRYPTO_MAC_HMAC_SHA1,
			},
		},
		.key_len = 32, .inner = "sha1",
	}, {
		.row = {
			.name = "hmac(sha224)",
			.driver_name = "hmac-sha224-virtio",
			.params = {
				.service = VIRTCRYPTO_SERVICE_MAC,
				.algo = VIRTCRYPTO_MAC_HMAC_SHA_224,
			},
		},
		.key_len = 32, .inner = "sha224",
	}, {
		.row = {
			.name = "hmac(sha256)",
			.driver_name = "hmac-sha256-virtio",
			.params = {
				.service = VIRTCRYPTO_SERVICE_MAC,
				.algo = VIRTCRYPTO_MAC_HMAC_SHA_256,
			},
		},
		.key_len = 32, .inner = "sha256",
	}, {
		.row = {
			.name = "hmac(sha384)",
			.driver_name = "hmac-sha384-virtio",
			.params = {
				.service = VIRTCRYPTO_SERVICE_MAC,
				.algo = VIRTCRYPTO_MAC_HMAC_SHA_384,
			},
		},
		.key_len = 32, .inner = "sha384",
	}, {
		.row = {
			.name = "hmac(sha512)",
			.driver_name = "hmac-sha512-virtio",
			.params = {
				.service = VIRTCRYPTO_SERVICE_MAC,
				.algo = VIRTCRYPTO_MAC_HMAC_SHA_512,
			},
		},
		.key_len = 32, .inner = "sha512",
	}, {
		.row = {
			.name = "cmac(aes)",
			.driver_name = "cmac-aes-virtio",
			.params = {
				.service = VIRTCRYPTO_SERVICE_MAC,
				.algo = VIRTCRYPTO_MAC_CMAC_AES,
			},
		},
		.key_len = AES_MIN_KEY_SIZE, .max_key = AES_MAX_KEY_SIZE,
	}, {
		.row = {
			.name = "cmac(des3_ede)",
			.driver_name = "cmac-des3_ede-virtio",
			.params = {
				.service = VIRTCRYPTO_SERVICE_MAC,
				.algo = VIRTCRYPTO_MAC_CMAC_3DES,
			},
		},
		.key_len = DES3_EDE_KEY_SIZE,
	}, {
		.row = {
			.name = "cbcmac(aes)",
			.driver_name = "cbcmac-aes-virtio",
			.params = {
				.service = VIRTCRYPTO_SERVICE_MAC,
				.algo = VIRTCRYPTO_MAC_CBCMAC_AES,
			},
		},
		.key_len = AES_MIN_KEY_SIZE, .max_key = AES_MAX_KEY_SIZE,
	}, {
		.row = {
			.name = "xcbc(aes)",
			.driver_name = "xcbc-aes-virtio",
			.params = {
				.service = VIRTCRYPTO_SERVICE_MAC,
				.algo = VIRTCRYPTO_MAC_XCBC_AES,
			},
		},
		.key_len = AES_KEYSIZE_128,
	},
};

static struct virtcrypto_hash *
virtcrypto_hash_row_of(const struct virtcrypto_row *r)
{
	return container_of((struct virtcrypto_row *)r,
			    struct virtcrypto_hash, row);
}

/**
 * struct virtcrypto_hash_ctx - context of a transform
 * @row: the algorithm
 * @key: the key and its sessions
 * @fallback: software with the same key
 * @inner: of HMAC, the hash
 */
struct virtcrypto_hash_ctx {
	struct virtcrypto_hash *row;
	struct virtcrypto_key key;
	struct crypto_shash *fallback;
	struct crypto_shash *inner;
};

/**
 * struct virtcrypto_hash_req - context of a request
 * @vr: the request as the layers below know it
 * @desc: for the fallback; its context follows
 */
struct virtcrypto_hash_req {
	struct virtcrypto_req vr;
	struct shash_desc desc;
};

/* The fallback's part of a request. */
static struct shash_desc *virtcrypto_hash_desc(struct ahash_request *req)
{
	struct crypto_ahash *tfm = crypto_ahash_reqtfm(req);
	struct virtcrypto_hash_ctx *ctx = crypto_ahash_ctx(tfm);
	struct virtcrypto_hash_req *rctx = ahash_request_ctx_dma(req);

	rctx->desc.tfm = ctx->fallback;
	return &rctx->desc;
}

static struct virtcrypto_row *virtcrypto_hash_row(struct ahash_request *req)
{
	struct virtcrypto_hash_ctx *ctx =
		crypto_ahash_ctx(crypto_ahash_reqtfm(req));

	return &ctx->row->row;
}

static int virtcrypto_hash_init(struct ahash_request *req)
{
	virtcrypto_row_count(virtcrypto_hash_row(req), VIRTCRYPTO_FB_PARTS);
	return crypto_shash_init(virtcrypto_hash_desc(req));
}

static int virtcrypto_hash_update(struct ahash_request *req)
{
	return shash_ahash_update(req, virtcrypto_hash_desc(req));
}

static int virtcrypto_hash_final(struct ahash_request *req)
{
	return crypto_shash_final(virtcrypto_hash_desc(req), req->result);
}

static int virtcrypto_hash_finup(struct ahash_request *req)
{
	return shash_ahash_finup(req, virtcrypto_hash_desc(req));
}

static int virtcrypto_hash_export(struct ahash_request *req, void *out)
{
	return crypto_shash_export(virtcrypto_hash_desc(req), out);
}

static int virtcrypto_hash_import(struct ahash_request *req, const void *in)
{
	return crypto_shash_import(virtcrypto_hash_desc(req), in);
}

/* A message in one piece; see virtcrypto_fallback_t. */
static int virtcrypto_hash_digest_fallback(struct crypto_async_request *base,
					   u32 flags)
{
	struct ahash_request *req = ahash_request_cast(base);
	u32 caller_flags = base->flags;
	int err;

	/*
	 * Keep the other flags, which tell how to read the caller's addresses.
	 */
	base->flags = (caller_flags & ~CRYPTO_TFM_REQ_MAY_SLEEP) | flags;
	err = shash_ahash_digest(req, virtcrypto_hash_desc(req));
	base->flags = caller_flags;
	return err;
}

static void virtcrypto_hash_done(struct virtcrypto_req *vr, int err)
{
	struct ahash_request *req = ahash_request_cast(vr->base);
	struct crypto_ahash *tfm = crypto_ahash_reqtfm(req);
	struct virtcrypto_hash_ctx *ctx = crypto_ahash_ctx(tfm);
	struct virtcrypto_row *row = &ctx->row->row;

	if (!err) {
		memcpy(req->result, vr->result, vr->op.result_len);
		virtcrypto_row_count(row, VIRTCRYPTO_OFFLOADED);
	} else {
		/* Bottom halves are disabled here, so it must not sleep. */
		err = virtcrypto_fallback_redo(row, vr, err,
					       virtcrypto_hash_digest_fallback);
	}
	ahash_request_complete(req, err);
}

/*
 * Describe a request.  Specification: "HASH Service Operation", "MAC Service
 * Operation".
 */
static int virtcrypto_hash_prepare(struct virtcrypto_req *vr,
				   struct scatterlist *src, unsigned int len,
				   unsigned int result_len)
{
	vr->op.code = VIRTCRYPTO_OP_DIGEST;
	vr->op.src_len = len;
	vr->op.result_len = result_len;
	vr->own_result = true;
	/* Do not leak old data if the device does not write it. */
	memset(vr->result, 0, result_len);
	return virtcrypto_req_src(vr, src, 0, len);
}

static int virtcrypto_hash_digest(struct ahash_request *req)
{
	struct crypto_ahash *tfm = crypto_ahash_reqtfm(req);
	struct virtcrypto_hash_ctx *ctx = crypto_ahash_ctx(tfm);
	struct virtcrypto_hash_req *rctx = ahash_request_ctx_dma(req);
	struct virtcrypto_row *row = &ctx->row->row;
	int err;

	/* Do not rely on a device to take an empty message. */
	if (!req->nbytes) {
		virtcrypto_row_count(row, VIRTCRYPTO_FB_PARTS);
		return shash_ahash_digest(req, virtcrypto_hash_desc(req));
	}

	virtcrypto_key_begin(&ctx->key, &rctx->vr, &req->base, req->nbytes,
			     virtcrypto_hash_done);
	if (virtcrypto_choice_is_software(rctx->vr.choice))
		return virtcrypto_fallback_do(row, &rctx->vr, -ECANCELED,
					      virtcrypto_hash_digest_fallback);
	err = virtcrypto_hash_prepare(&rctx->vr, req->src, req->nbytes,
				      crypto_ahash_digestsize(tfm));
	if (err)
		return err;
	err = virtcrypto_key_submit(&ctx->key, VIRTCRYPTO_DIR_ENCRYPT,
				    &rctx->vr);
	if (virtcrypto_req_accepted(err))
		return err;
	return virtcrypto_fallback_do(row, &rctx->vr, err,
				      virtcrypto_hash_digest_fallback);
}

static int virtcrypto_hash_setkey(struct crypto_ahash *tfm, const u8 *bytes,
				  unsigned int len)
{
	struct virtcrypto_hash_ctx *ctx = crypto_ahash_ctx(tfm);
	struct virtcrypto_params params = ctx->row->row.params;
	u8 hashed[VIRTCRYPTO_MAX_RESULT_SIZE];
	u32 flags = crypto_ahash_get_flags(tfm);
	int err;

	virtcrypto_key_changing(&ctx->key);
	/* The fallback also checks the key, so that errors are the same. */
	crypto_shash_clear_flags(ctx->fallback, CRYPTO_TFM_REQ_MASK);
	crypto_shash_set_flags(ctx->fallback, flags & CRYPTO_TFM_REQ_MASK);
	err = crypto_shash_setkey(ctx->fallback, bytes, len);
	if (err)
		return err;

	/* HMAC hashes long keys too, and devices have a limit. */
	if (ctx->inner && len > crypto_shash_blocksize(ctx->inner)) {
		err = crypto_shash_tfm_digest(ctx->inner, bytes, len, hashed);
		if (err)
			return err;
		bytes = hashed;
		len = crypto_shash_digestsize(ctx->inner);
	}
	/* Do not rely on what a device does with an empty key. */
	if (!len) {
		virtcrypto_key_forget(&ctx->key);
		return 0;
	}
	params.auth_key_len = len;
	params.result_len = crypto_ahash_digestsize(tfm);
	err = virtcrypto_key_set(&ctx->key, &params, bytes,
				 flags & CRYPTO_TFM_REQ_MAY_SLEEP ?
				 GFP_KERNEL : GFP_ATOMIC);
	memzero_explicit(hashed, sizeof(hashed));
	return err;
}

static struct crypto_shash *virtcrypto_hash_alloc_fallback(const char *name)
{
	return crypto_alloc_shash(name, 0, CRYPTO_ALG_NEED_FALLBACK |
					   CRYPTO_ALG_ALLOCATES_MEMORY);
}

static int virtcrypto_hash_init_tfm(struct crypto_ahash *tfm)
{
	struct virtcrypto_hash_ctx *ctx = crypto_ahash_ctx(tfm);
	struct hash_alg_common *alg = crypto_hash_alg_common(tfm);
	struct virtcrypto_hash *row = container_of(alg, struct virtcrypto_hash,
						   alg.halg);
	int err;

	ctx->row = row;
	ctx->fallback = virtcrypto_hash_alloc_fallback(row->row.name);
	if (IS_ERR(ctx->fallback))
		return PTR_ERR(ctx->fallback);
	/* The fallback may be another one than at registration. */
	err = -ENOENT;
	if (crypto_shash_statesize(ctx->fallback) > alg->statesize)
		goto free_fallback;
	if (row->inner) {
		ctx->inner = virtcrypto_hash_alloc_fallback(row->inner);
		err = PTR_ERR_OR_ZERO(ctx->inner);
		if (err)
			goto free_fallback;
	}
	virtcrypto_key_init(&ctx->key, row->row.id, &row->row.params);
	ctx->key.choices = virtcrypto_row_choices(&row->row, &alg->base);
	ctx->key.params.result_len = crypto_ahash_digestsize(tfm);
	crypto_ahash_set_reqsize_dma(tfm, sizeof(struct virtcrypto_hash_req) +
					  crypto_shash_descsize(ctx->fallback));
	return 0;

free_fallback:
	crypto_free_shash(ctx->fallback);
	return err;
}

static void virtcrypto_hash_exit_tfm(struct crypto_ahash *tfm)
{
	struct virtcrypto_hash_ctx *ctx = crypto_ahash_ctx(tfm);

	virtcrypto_key_wipe(&ctx->key);
	crypto_free_shash(ctx->inner);
	crypto_free_shash(ctx->fallback);
}

static int virtcrypto_hash_trial_set(struct virtcrypto_trial *trial,
				     const struct virtcrypto_row *row,
				     unsigned int len)
{
	struct virtcrypto_params params = row->params;
	int err = 0;

	params.auth_key_len = len;
	params.result_len = crypto_shash_digestsize(trial->fallback);
	if (!virtcrypto_device_takes(trial->key.dev, &params) ||
	    params.result_len > sizeof(trial->sync.vr.result))
		return -EOPNOTSUPP;
	if (len)
		err = crypto_shash_setkey(trial->fallback, trial->bytes, len);
	return err ?: virtcrypto_key_set(&trial->key, &params, trial->bytes,
					 GFP_KERNEL);
}

static int virtcrypto_hash_trial_key(struct virtcrypto_trial *trial,
				     const struct virtcrypto_row *r,
				     unsigned int nth)
{
	const struct virtcrypto_hash *row = virtcrypto_hash_row_of(r);
	unsigned int len = virtcrypto_trial_key_len(row->key_len,
						    row->max_key ?: row->key_len,
						    nth);

	return len ? virtcrypto_hash_trial_set(trial, r, len) : -ENOENT;
}

static int virtcrypto_hash_trial_init(struct virtcrypto_trial *trial,
				      const struct virtcrypto_row *r)
{
	const struct virtcrypto_hash *row = virtcrypto_hash_row_of(r);
	struct crypto_shash *fallback;
	int err;

	if (!trial->fallback) {
		fallback = virtcrypto_hash_alloc_fallback(r->name);
		if (IS_ERR(fallback))
			return PTR_ERR(fallback);
		trial->fallback = fallback;
	}
	err = virtcrypto_hash_trial_set(trial, r, row->max_key ?: row->key_len);
	if (err == -EOPNOTSUPP && row->max_key)
		err = virtcrypto_hash_trial_set(trial, r, row->key_len);
	return err;
}

static void virtcrypto_hash_trial_exit(struct virtcrypto_trial *trial)
{
	crypto_free_shash(trial->fallback);
}

static int virtcrypto_hash_trial_one(struct virtcrypto_trial *trial,
				     struct virtcrypto_dataq *q,
				     unsigned int len)
{
	unsigned int result_len = crypto_shash_digestsize(trial->fallback);
	int err;

	err = crypto_shash_tfm_digest(trial->fallback, trial->in, len, trial->want);
	if (err)
		return err;
	sg_init_one(&trial->src, trial->in, len);
	virtcrypto_sync_begin(&trial->sync, q);
	err = virtcrypto_hash_prepare(&trial->sync.vr, &trial->src, len,
				      result_len) ?:
	      virtcrypto_sync_submit(&trial->sync, &trial->key,
				     VIRTCRYPTO_DIR_ENCRYPT);
	if (err)
		return err;
	return memcmp(trial->sync.vr.result, trial->want, result_len) ? -EBADMSG : 0;
}

static int virtcrypto_hash_trial_run(struct virtcrypto_trial *trial,
				     const struct virtcrypto_row *r,
				     struct virtcrypto_dataq *q, bool tail)
{
	return virtcrypto_hash_trial_one(trial, q, VIRTCRYPTO_HASH_TRIAL_LEN) ?:
	       virtcrypto_hash_trial_one(trial, q, VIRTCRYPTO_HASH_TRIAL_SHORT);
}

static int virtcrypto_hash_add(struct virtcrypto_row *r)
{
	struct virtcrypto_hash *row = virtcrypto_hash_row_of(r);
	struct ahash_alg *alg = &row->alg;
	struct crypto_shash *fallback;

	/* Take over its sizes. */
	fallback = virtcrypto_hash_alloc_fallback(r->name);
	if (IS_ERR(fallback))
		return PTR_ERR(fallback);

	*alg = (struct ahash_alg) {
		.init = virtcrypto_hash_init,
		.update = virtcrypto_hash_update,
		.final = virtcrypto_hash_final,
		.finup = virtcrypto_hash_finup,
		.digest = virtcrypto_hash_digest,
		.export = virtcrypto_hash_export,
		.import = virtcrypto_hash_import,
		.setkey = row->key_len ? virtcrypto_hash_setkey : NULL,
		.init_tfm = virtcrypto_hash_init_tfm,
		.exit_tfm = virtcrypto_hash_exit_tfm,
		.halg = {
			.digestsize = crypto_shash_digestsize(fallback),
			.statesize = crypto_shash_statesize(fallback),
			.base = {
				.cra_blocksize = crypto_shash_blocksize(fallback),
				.cra_ctxsize = sizeof(struct virtcrypto_hash_ctx),
			},
		},
	};
	crypto_free_shash(fallback);
	virtcrypto_row_init_alg(r, &alg->halg.base, virtcrypto_hash_priority);
	/* Newer kernels would allocate a fallback themselves. */
	alg->halg.base.cra_flags &= ~CRYPTO_ALG_NEED_FALLBACK;
	alg->halg.base.cra_flags |= CRYPTO_ALG_NO_FALLBACK;
	return crypto_register_ahash(alg);
}

static void virtcrypto_hash_del(struct virtcrypto_row *r)
{
	crypto_unregister_ahash(&virtcrypto_hash_row_of(r)->alg);
}

const struct virtcrypto_class virtcrypto_hash_class = {
	.kind = VIRTCRYPTO_KIND_HASH,
	.chooses = true,
	.rows = virtcrypto_hashes,
	.size = sizeof(virtcrypto_hashes[0]),
	.nr = ARRAY_SIZE(virtcrypto_hashes),
	.trial_init = virtcrypto_hash_trial_init,
	.trial_key = virtcrypto_hash_trial_key,
	.trial_run = virtcrypto_hash_trial_run,
	.trial_exit = virtcrypto_hash_trial_exit,
	.add = virtcrypto_hash_add,
	.del = virtcrypto_hash_del,
};
