// SPDX-License-Identifier: GPL-2.0
// Copyright (C) 2026 The virtio_crypto authors
/*
 * Public-key algorithms: raw RSA, on which the kernel builds its paddings and
 * signatures.
 *
 * Source and destination are copied, so that the device gets each of them in
 * one piece, padded as the specification requires, and the fallback can do the
 * request again.  If there is no memory for the copies, the fallback does it at
 * once.  The fallback may sleep: it is called from a work, unless the caller
 * may sleep.
 *
 * The algorithm with the highest priority checks the signatures of the kernel's
 * modules.  Ours has less than the kernel's software, unless the administrator
 * changes that.
 */
#include <crypto/akcipher.h>
#include <crypto/internal/akcipher.h>
#include <linux/kmod.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "virtio_crypto_device.h"
#include "virtio_crypto_fallback.h"
#include "virtio_crypto_key.h"
#include "virtio_crypto_number.h"
#include "virtio_crypto_params.h"
#include "virtio_crypto_req.h"
#include "virtio_crypto_sync.h"
#include "virtio_crypto_table.h"
#include "virtio_crypto_trial.h"
#include "virtio_crypto_vectors.h"

/* The longest modulus in bytes; the kernel's software supports 4096 bits. */
#define VIRTCRYPTO_RSA_MAX_BYTES	1024

/**
 * struct virtcrypto_akcipher - a row of the table
 * @row: what all algorithms have
 * @alg: made from the rest by virtcrypto_akcipher_add()
 */
struct virtcrypto_akcipher {
	struct virtcrypto_row row;
	struct akcipher_alg alg;
};

static struct virtcrypto_akcipher virtcrypto_akciphers[] = {
	{
		.row = {
			.name = "rsa",
			.driver_name = "rsa-virtio",
			.params = {
				.service = VIRTCRYPTO_SERVICE_AKCIPHER,
				.algo = VIRTCRYPTO_AKCIPHER_RSA,
				.padding = VIRTCRYPTO_RSA_RAW,
				.hash = VIRTCRYPTO_RSA_HASH_NONE,
			},
		},
	},
};

static struct virtcrypto_akcipher *
virtcrypto_akcipher_row_of(const struct virtcrypto_row *r)
{
	return container_of((struct virtcrypto_row *)r,
			    struct virtcrypto_akcipher, row);
}

/**
 * struct virtcrypto_akcipher_ctx - context of a transform
 * @row: the algorithm
 * @key: the key and its sessions
 * @fallback: software with the same key
 * @size: bytes of the modulus, 0 while there is no key
 * @private: the key is a private one
 */
struct virtcrypto_akcipher_ctx {
	struct virtcrypto_akcipher *row;
	struct virtcrypto_key key;
	struct crypto_akcipher *fallback;
	unsigned int size;
	bool private;
};

/**
 * struct virtcrypto_akcipher_req - context of a request
 * @vr: the request as the layers below know it
 * @src: list of the source's copy
 * @dst: list of the result
 * @buf: source and result
 * @size: bytes of each
 * @decrypt: the operation
 * @later: for the fallback, where it may sleep
 * @fallback: the same request for the fallback; its context follows
 */
struct virtcrypto_akcipher_req {
	struct virtcrypto_req vr;
	struct scatterlist src;
	struct scatterlist dst;
	u8 *buf;
	unsigned int size;
	bool decrypt;
	struct virtcrypto_fallback_work later;
	struct akcipher_request fallback;
};

/* The result begins in a cache line of its own. */
static unsigned int virtcrypto_akcipher_at(unsigned int size)
{
	return ALIGN(size, CRYPTO_DMA_ALIGN);
}

/* See virtcrypto_fallback_t; it sleeps for memory. */
static int virtcrypto_akcipher_fallback(struct crypto_async_request *base,
					u32 flags)
{
	struct akcipher_request *req =
		container_of(base, struct akcipher_request, base);
	struct crypto_akcipher *tfm = crypto_akcipher_reqtfm(req);
	struct virtcrypto_akcipher_ctx *ctx = akcipher_tfm_ctx(tfm);
	struct virtcrypto_akcipher_req *rctx = akcipher_request_ctx_dma(req);
	int err;

	akcipher_request_set_tfm(&rctx->fallback, ctx->fallback);
	akcipher_request_set_callback(&rctx->fallback,
				      flags & CRYPTO_TFM_REQ_MAY_SLEEP,
				      NULL, NULL);
	akcipher_request_set_crypt(&rctx->fallback, req->src, req->dst,
				   req->src_len, req->dst_len);
	err = rctx->decrypt ? crypto_akcipher_decrypt(&rctx->fallback) :
			      crypto_akcipher_encrypt(&rctx->fallback);
	/* The API promises this length, but rsa-generic does not set it. */
	if (err == -EOVERFLOW)
		req->dst_len = crypto_akcipher_maxsize(ctx->fallback);
	return err;
}

/* Return the number with leading zeros, as the kernel's software does. */
static int virtcrypto_akcipher_result(struct akcipher_request *req,
				      struct virtcrypto_akcipher_req *rctx)
{
	u8 *result = rctx->buf + virtcrypto_akcipher_at(rctx->size);
	unsigned int zeros = req->dst_len - rctx->size;
	int err;

	err = virtcrypto_number_place(result, rctx->size, rctx->vr.used);
	if (err)
		return err;
	/* The copy of the source lies before it and is not needed any more. */
	memset(result - zeros, 0, zeros);
	sg_copy_from_buffer(req->dst, sg_nents(req->dst), result - zeros,
			    req->dst_len);
	return 0;
}

static void virtcrypto_akcipher_done(struct virtcrypto_req *vr, int err)
{
	struct virtcrypto_akcipher_req *rctx =
		container_of(vr, struct virtcrypto_akcipher_req, vr);
	struct akcipher_request *req =
		container_of(vr->base, struct akcipher_request, base);
	struct crypto_akcipher *tfm = crypto_akcipher_reqtfm(req);
	struct virtcrypto_akcipher_ctx *ctx = akcipher_tfm_ctx(tfm);
	struct virtcrypto_row *row = &ctx->row->row;

	if (!err)
		err = virtcrypto_akcipher_result(req, rctx);
	kfree_sensitive(rctx->buf);
	rctx->buf = NULL;

	if (err) {
		virtcrypto_fallback_redo_later(&rctx->later, row, vr,
					       virtcrypto_fallback_reason(err, true),
					       virtcrypto_akcipher_fallback);
		return;
	}
	virtcrypto_row_count(row, VIRTCRYPTO_OFFLOADED);
	akcipher_request_complete(req, 0);
}

/*
 * Describe a request of @size bytes each way.  Specification: "AKCIPHER
 * Service Operation".
 */
static int virtcrypto_akcipher_prepare(struct virtcrypto_req *vr, u8 code,
				       struct scatterlist *src,
				       struct scatterlist *dst,
				       unsigned int size)
{
	vr->op.code = code;
	vr->op.src_len = size;
	vr->op.dst_len = size;
	return virtcrypto_req_src(vr, src, 0, size) ?:
	       virtcrypto_req_dst(vr, dst, 0, size);
}

/*
 * Copy the source.  Returns -EDOM if the fallback has to do it or to return the
 * error.
 */
static int virtcrypto_akcipher_copy(struct akcipher_request *req,
				    struct virtcrypto_akcipher_ctx *ctx,
				    struct virtcrypto_akcipher_req *rctx)
{
	unsigned int at = virtcrypto_akcipher_at(ctx->size);
	unsigned int zeros = ctx->size - req->src_len;

	/* The fallback handles operands that are missing, empty or too long. */
	if (!ctx->size || !req->src_len || req->src_len > ctx->size ||
	    req->dst_len < ctx->size || req->dst_len > 2 * ctx->size ||
	    (rctx->decrypt && !ctx->private))
		return -EDOM;
	rctx->size = ctx->size;
	rctx->buf = kmalloc(at + ctx->size,
			    req->base.flags & CRYPTO_TFM_REQ_MAY_SLEEP ?
			    GFP_KERNEL : GFP_ATOMIC);
	if (!rctx->buf)
		return -ENOMEM;
	memset(rctx->buf, 0, zeros);
	virtcrypto_number_expect(rctx->buf + at, ctx->size);
	if (sg_copy_to_buffer(req->src, sg_nents(req->src), rctx->buf + zeros,
			      req->src_len) != req->src_len)
		return -EDOM;
	/* The fallback refuses 0 and 1. */
	if (!memchr_inv(rctx->buf, 0, ctx->size - 1) &&
	    rctx->buf[ctx->size - 1] <= 1)
		return -EDOM;
	sg_init_one(&rctx->src, rctx->buf, ctx->size);
	sg_init_one(&rctx->dst, rctx->buf + at, ctx->size);
	return 0;
}

static int virtcrypto_akcipher_crypt(struct akcipher_request *req, bool decrypt)
{
	struct crypto_akcipher *tfm = crypto_akcipher_reqtfm(req);
	struct virtcrypto_akcipher_ctx *ctx = akcipher_tfm_ctx(tfm);
	struct virtcrypto_akcipher_req *rctx = akcipher_request_ctx_dma(req);
	int err;

	rctx->decrypt = decrypt;
	rctx->buf = NULL;
	virtcrypto_key_begin(&ctx->key, &rctx->vr, &req->base, 0,
			     virtcrypto_akcipher_done);
	err = virtcrypto_akcipher_copy(req, ctx, rctx) ?:
	      virtcrypto_akcipher_prepare(&rctx->vr, decrypt ?
					  VIRTCRYPTO_OP_DECRYPT :
					  VIRTCRYPTO_OP_ENCRYPT,
					  &rctx->src, &rctx->dst, rctx->size) ?:
	      virtcrypto_key_submit(&ctx->key, VIRTCRYPTO_DIR_ENCRYPT,
				    &rctx->vr);
	if (virtcrypto_req_accepted(err))
		return err;
	kfree_sensitive(rctx->buf);
	rctx->buf = NULL;
	return virtcrypto_fallback_sleeping(&rctx->later, &ctx->row->row,
					    &rctx->vr, err, virtcrypto_akcipher_fallback);
}

static int virtcrypto_akcipher_encrypt(struct akcipher_request *req)
{
	return virtcrypto_akcipher_crypt(req, false);
}

static int virtcrypto_akcipher_decrypt(struct akcipher_request *req)
{
	return virtcrypto_akcipher_crypt(req, true);
}

static int virtcrypto_akcipher_set_key(struct crypto_akcipher *tfm,
				       const void *bytes, unsigned int len,
				       bool private)
{
	struct virtcrypto_akcipher_ctx *ctx = akcipher_tfm_ctx(tfm);
	struct virtcrypto_params params = ctx->row->row.params;
	int err;

	/* The fallback checks the key and knows the length of the modulus. */
	virtcrypto_key_changing_slowly(&ctx->key);
	virtcrypto_key_forget(&ctx->key);
	ctx->size = 0;
	err = private ?
	      crypto_akcipher_set_priv_key(ctx->fallback, bytes, len) :
	      crypto_akcipher_set_pub_key(ctx->fallback, bytes, len);
	if (err)
		return err;
	params.key_type = private ? VIRTCRYPTO_KEY_PRIVATE :
				    VIRTCRYPTO_KEY_PUBLIC;
	params.key_len = len;
	err = virtcrypto_key_set(&ctx->key, &params, bytes, GFP_KERNEL);
	if (err)
		return err;
	ctx->private = private;
	ctx->size = crypto_akcipher_maxsize(ctx->fallback);
	/* Leave longer keys to the fallback alone. */
	if (ctx->size > VIRTCRYPTO_RSA_MAX_BYTES)
		ctx->size = 0;
	return 0;
}

static int virtcrypto_akcipher_set_pub_key(struct crypto_akcipher *tfm,
					   const void *bytes, unsigned int len)
{
	return virtcrypto_akcipher_set_key(tfm, bytes, len, false);
}

static int virtcrypto_akcipher_set_priv_key(struct crypto_akcipher *tfm,
					    const void *bytes, unsigned int len)
{
	return virtcrypto_akcipher_set_key(tfm, bytes, len, true);
}

static unsigned int virtcrypto_akcipher_max_size(struct crypto_akcipher *tfm)
{
	struct virtcrypto_akcipher_ctx *ctx = akcipher_tfm_ctx(tfm);

	return crypto_akcipher_maxsize(ctx->fallback);
}

/*
 * Allocate it by the driver's name, as some hardware drivers lack the flag for
 * asynchronous algorithms.  The module can be requested by the algorithm's name
 * only.
 */
static struct crypto_akcipher *virtcrypto_akcipher_alloc_fallback(void)
{
	if (!crypto_has_alg("rsa-generic", 0, 0))
		request_module("crypto-rsa");
	return crypto_alloc_akcipher("rsa-generic", 0, VIRTCRYPTO_FALLBACK_MASK);
}

static int virtcrypto_akcipher_init_tfm(struct crypto_akcipher *tfm)
{
	struct virtcrypto_akcipher_ctx *ctx = akcipher_tfm_ctx(tfm);
	struct virtcrypto_akcipher *row =
		container_of(crypto_akcipher_alg(tfm),
			     struct virtcrypto_akcipher, alg);

	ctx->row = row;
	ctx->fallback = virtcrypto_akcipher_alloc_fallback();
	if (IS_ERR(ctx->fallback))
		return PTR_ERR(ctx->fallback);
	virtcrypto_key_init(&ctx->key, row->row.id, &row->row.params);
	akcipher_set_reqsize_dma(tfm, sizeof(struct virtcrypto_akcipher_req) +
				      crypto_akcipher_reqsize(ctx->fallback));
	return 0;
}

static void virtcrypto_akcipher_exit_tfm(struct crypto_akcipher *tfm)
{
	struct virtcrypto_akcipher_ctx *ctx = akcipher_tfm_ctx(tfm);

	virtcrypto_key_wipe(&ctx->key);
	crypto_free_akcipher(ctx->fallback);
}

static int virtcrypto_akcipher_trial_init(struct virtcrypto_trial *trial,
					  const struct virtcrypto_row *r)
{
	struct virtcrypto_params params = r->params;
	struct crypto_akcipher *fallback;

	params.key_type = VIRTCRYPTO_KEY_PRIVATE;
	params.key_len = sizeof(virtcrypto_rsa_private);
	if (!virtcrypto_device_takes(trial->key.dev, &params))
		return -EOPNOTSUPP;
	if (!trial->fallback) {
		fallback = virtcrypto_akcipher_alloc_fallback();
		if (IS_ERR(fallback))
			return PTR_ERR(fallback);
		trial->fallback = fallback;
	}
	fallback = trial->fallback;
	return crypto_akcipher_set_priv_key(fallback, virtcrypto_rsa_private,
					    sizeof(virtcrypto_rsa_private)) ?:
	       virtcrypto_key_set(&trial->key, &params,
				  virtcrypto_rsa_private, GFP_KERNEL);
}

static void virtcrypto_akcipher_trial_exit(struct virtcrypto_trial *trial)
{
	crypto_free_akcipher(trial->fallback);
}

/* Have the fallback compute the expected result, in trial->want. */
static int virtcrypto_akcipher_answer(struct virtcrypto_trial *trial)
{
	struct akcipher_request *req;
	struct scatterlist src, dst;
	int err;

	req = akcipher_request_alloc(trial->fallback, GFP_KERNEL);
	if (!req)
		return -ENOMEM;
	sg_init_one(&src, trial->in, VIRTCRYPTO_RSA_TRIAL_LEN);
	sg_init_one(&dst, trial->want, VIRTCRYPTO_RSA_TRIAL_LEN);
	akcipher_request_set_callback(req, CRYPTO_TFM_REQ_MAY_SLEEP, NULL, NULL);
	akcipher_request_set_crypt(req, &src, &dst, VIRTCRYPTO_RSA_TRIAL_LEN,
				   VIRTCRYPTO_RSA_TRIAL_LEN);
	err = crypto_akcipher_encrypt(req);
	akcipher_request_free(req);
	return err;
}

static int virtcrypto_akcipher_trial_one(struct virtcrypto_trial *trial,
					 struct virtcrypto_dataq *q, u8 code,
					 void *from, const void *want)
{
	int err;

	virtcrypto_number_expect(trial->out, VIRTCRYPTO_RSA_TRIAL_LEN);
	sg_init_one(&trial->src, from, VIRTCRYPTO_RSA_TRIAL_LEN);
	sg_init_one(&trial->dst, trial->out, VIRTCRYPTO_RSA_TRIAL_LEN);
	virtcrypto_sync_begin(&trial->sync, q);
	err = virtcrypto_akcipher_prepare(&trial->sync.vr, code, &trial->src,
					  &trial->dst,
					  VIRTCRYPTO_RSA_TRIAL_LEN) ?:
	      virtcrypto_sync_submit(&trial->sync, &trial->key,
				     VIRTCRYPTO_DIR_ENCRYPT) ?:
	      virtcrypto_number_place(trial->out, VIRTCRYPTO_RSA_TRIAL_LEN,
				      trial->sync.vr.used);
	if (err)
		return err;
	return memcmp(trial->out, want, VIRTCRYPTO_RSA_TRIAL_LEN) ? -EBADMSG : 0;
}

/* Encrypt and decrypt. */
static int virtcrypto_akcipher_trial_run(struct virtcrypto_trial *trial,
					 const struct virtcrypto_row *r,
					 struct virtcrypto_dataq *q, bool tail)
{
	int err;

	/* Less than the modulus. */
	trial->in[0] = 0;
	err = virtcrypto_akcipher_answer(trial) ?:
	      virtcrypto_akcipher_trial_one(trial, q, VIRTCRYPTO_OP_ENCRYPT,
					    trial->in, trial->want);
	if (err)
		return err;
	memcpy(trial->in2, trial->want, VIRTCRYPTO_RSA_TRIAL_LEN);
	return virtcrypto_akcipher_trial_one(trial, q, VIRTCRYPTO_OP_DECRYPT,
					     trial->in2, trial->in);
}

static int virtcrypto_akcipher_add(struct virtcrypto_row *r)
{
	struct virtcrypto_akcipher *row = virtcrypto_akcipher_row_of(r);
	struct akcipher_alg *alg = &row->alg;

	*alg = (struct akcipher_alg) {
		.encrypt = virtcrypto_akcipher_encrypt,
		.decrypt = virtcrypto_akcipher_decrypt,
		.set_pub_key = virtcrypto_akcipher_set_pub_key,
		.set_priv_key = virtcrypto_akcipher_set_priv_key,
		.max_size = virtcrypto_akcipher_max_size,
		.init = virtcrypto_akcipher_init_tfm,
		.exit = virtcrypto_akcipher_exit_tfm,
		.base = {
			.cra_ctxsize = sizeof(struct virtcrypto_akcipher_ctx),
		},
	};
	virtcrypto_row_init_alg(r, &alg->base, virtcrypto_akcipher_priority);
	return crypto_register_akcipher(alg);
}

static void virtcrypto_akcipher_del(struct virtcrypto_row *r)
{
	crypto_unregister_akcipher(&virtcrypto_akcipher_row_of(r)->alg);
}

const struct virtcrypto_class virtcrypto_akcipher_class = {
	.rows = virtcrypto_akciphers,
	.size = sizeof(virtcrypto_akciphers[0]),
	.nr = ARRAY_SIZE(virtcrypto_akciphers),
	.trial_init = virtcrypto_akcipher_trial_init,
	.trial_run = virtcrypto_akcipher_trial_run,
	.trial_exit = virtcrypto_akcipher_trial_exit,
	.add = virtcrypto_akcipher_add,
	.del = virtcrypto_akcipher_del,
};
