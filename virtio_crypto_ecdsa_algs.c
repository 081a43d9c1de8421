// SPDX-License-Identifier: GPL-2.0
// Copyright (C) 2026 The virtio_crypto authors
/*
 * Verification of ECDSA signatures, for kernels in which it is an operation of
 * public-key algorithms.  For newer ones see virtio_crypto_sig_algs.c.
 *
 * The source holds the signature, in DER, and behind it what was signed, as the
 * device expects it.  It is copied, so that it is in one piece.  The fallback
 * may sleep and is called from a work.
 */
#include <crypto/akcipher.h>
#include <crypto/internal/akcipher.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "virtio_crypto_device.h"
#include "virtio_crypto_fallback.h"
#include "virtio_crypto_key.h"
#include "virtio_crypto_params.h"
#include "virtio_crypto_req.h"
#include "virtio_crypto_sync.h"
#include "virtio_crypto_table.h"
#include "virtio_crypto_trial.h"
#include "virtio_crypto_vectors.h"

/* Longest signature and digest together that are sent to a device. */
#define VIRTCRYPTO_ECDSA_MAX_BYTES	512

/**
 * struct virtcrypto_ecdsa - a row of the table
 * @row: what all algorithms have
 * @point: a public key for the trial
 * @point_len: bytes of @point
 * @signature: and a signature of virtcrypto_ec_digest
 * @signature_len: bytes of @signature
 * @alg: made from the rest by virtcrypto_ecdsa_add()
 */
struct virtcrypto_ecdsa {
	struct virtcrypto_row row;
	const u8 *point;
	u8 point_len;
	const u8 *signature;
	u8 signature_len;
	struct akcipher_alg alg;
};

static struct virtcrypto_ecdsa virtcrypto_ecdsas[] = {
	{ VIRTCRYPTO_CURVE_ROW(192) },
	{ VIRTCRYPTO_CURVE_ROW(256) },
	{ VIRTCRYPTO_CURVE_ROW(384) },
	{ VIRTCRYPTO_CURVE_ROW(521) },
};

static struct virtcrypto_ecdsa *
virtcrypto_ecdsa_row_of(const struct virtcrypto_row *r)
{
	return container_of((struct virtcrypto_row *)r,
			    struct virtcrypto_ecdsa, row);
}

/**
 * struct virtcrypto_ecdsa_ctx - context of a transform
 * @row: the algorithm
 * @key: the key and its sessions
 * @fallback: software with the same key
 */
struct virtcrypto_ecdsa_ctx {
	struct virtcrypto_ecdsa *row;
	struct virtcrypto_key key;
	struct crypto_akcipher *fallback;
};

/**
 * struct virtcrypto_ecdsa_req - context of a request
 * @vr: the request as the layers below know it
 * @src: list of @buf
 * @buf: the source's copy
 * @later: for the fallback, where it may sleep
 * @fallback: the same request for the fallback; its context follows
 */
struct virtcrypto_ecdsa_req {
	struct virtcrypto_req vr;
	struct scatterlist src;
	u8 *buf;
	struct virtcrypto_fallback_work later;
	struct akcipher_request fallback;
};

/* See virtcrypto_fallback_t; it sleeps for memory. */
static int virtcrypto_ecdsa_fallback(struct crypto_async_request *base,
				     u32 flags)
{
	struct akcipher_request *req =
		container_of(base, struct akcipher_request, base);
	struct crypto_akcipher *tfm = crypto_akcipher_reqtfm(req);
	struct virtcrypto_ecdsa_ctx *ctx = akcipher_tfm_ctx(tfm);
	struct virtcrypto_ecdsa_req *rctx = akcipher_request_ctx_dma(req);

	akcipher_request_set_tfm(&rctx->fallback, ctx->fallback);
	akcipher_request_set_callback(&rctx->fallback,
				      flags & CRYPTO_TFM_REQ_MAY_SLEEP,
				      NULL, NULL);
	akcipher_request_set_crypt(&rctx->fallback, req->src, NULL,
				   req->src_len, req->dst_len);
	return crypto_akcipher_verify(&rctx->fallback);
}

static void virtcrypto_ecdsa_done(struct virtcrypto_req *vr, int err)
{
	struct virtcrypto_ecdsa_req *rctx =
		container_of(vr, struct virtcrypto_ecdsa_req, vr);
	struct akcipher_request *req =
		container_of(vr->base, struct akcipher_request, base);
	struct crypto_akcipher *tfm = crypto_akcipher_reqtfm(req);
	struct virtcrypto_ecdsa_ctx *ctx = akcipher_tfm_ctx(tfm);
	struct virtcrypto_row *row = &ctx->row->row;

	kfree(rctx->buf);
	rctx->buf = NULL;
	/* Devices return one of two errors for this. */
	if (err == -EBADMSG)
		err = -EKEYREJECTED;
	if (err && err != -EKEYREJECTED) {
		virtcrypto_fallback_redo_later(&rctx->later, row, vr,
					       virtcrypto_fallback_reason(err, true),
					       virtcrypto_ecdsa_fallback);
		return;
	}
	virtcrypto_row_count(row, VIRTCRYPTO_OFFLOADED);
	akcipher_request_complete(req, err);
}

/* Specification: "AKCIPHER Service Operation", VERIFY. */
static int virtcrypto_ecdsa_prepare(struct virtcrypto_req *vr,
				    struct scatterlist *src,
				    unsigned int sig_len,
				    unsigned int digest_len)
{
	vr->op.code = VIRTCRYPTO_OP_VERIFY;
	vr->op.src_len = sig_len;
	vr->op.dst_len = digest_len;
	vr->verifies = true;
	return virtcrypto_req_src(vr, src, 0, sig_len) ?:
	       virtcrypto_req_src(vr, src, sig_len, digest_len);
}

/* Skip a number in DER that is not negative.  Returns NULL if there is none. */
static const u8 *virtcrypto_ecdsa_der_number(const u8 *p, const u8 *end)
{
	unsigned int len;

	if (end - p < 3 || p[0] != 0x02)
		return NULL;
	len = p[1];
	p += 2;
	/* No curve needs the long form, and leading zeros are not allowed. */
	if (!len || len > 0x7f || len > end - p || p[0] & 0x80 ||
	    (len > 1 && !p[0] && !(p[1] & 0x80)))
		return NULL;
	return p + len;
}

/*
 * Is it an Ecdsa-Sig-Value in DER, which a device has to be sent?  The fallback
 * accepts more than that.
 */
static bool virtcrypto_ecdsa_is_der(const u8 *p, unsigned int len)
{
	unsigned int head = len > 2 && p[1] == 0x81 ? 3 : 2;
	const u8 *end = p + len;

	if (len < head || p[0] != 0x30 || p[head - 1] != len - head ||
	    head != (len - head < 0x80 ? 2 : 3))
		return false;
	p = virtcrypto_ecdsa_der_number(p + head, end);
	return p && virtcrypto_ecdsa_der_number(p, end) == end;
}

/*
 * Copy the source.  Returns -EDOM if the fallback has to do it or to return the
 * error.
 */
static int virtcrypto_ecdsa_copy(struct akcipher_request *req,
				 struct virtcrypto_ecdsa_req *rctx)
{
	u64 len = (u64)req->src_len + req->dst_len;

	if (!req->src_len || !req->dst_len || len > VIRTCRYPTO_ECDSA_MAX_BYTES)
		return -EDOM;
	rctx->buf = kmalloc(len, req->base.flags & CRYPTO_TFM_REQ_MAY_SLEEP ?
				 GFP_KERNEL : GFP_ATOMIC);
	if (!rctx->buf)
		return -ENOMEM;
	if (sg_copy_to_buffer(req->src, sg_nents(req->src), rctx->buf, len) != len ||
	    !virtcrypto_ecdsa_is_der(rctx->buf, req->src_len))
		return -EDOM;
	sg_init_one(&rctx->src, rctx->buf, len);
	return 0;
}

static int virtcrypto_ecdsa_verify(struct akcipher_request *req)
{
	struct crypto_akcipher *tfm = crypto_akcipher_reqtfm(req);
	struct virtcrypto_ecdsa_ctx *ctx = akcipher_tfm_ctx(tfm);
	struct virtcrypto_ecdsa_req *rctx = akcipher_request_ctx_dma(req);
	int err;

	rctx->buf = NULL;
	virtcrypto_key_begin(&ctx->key, &rctx->vr, &req->base, 0,
			     virtcrypto_ecdsa_done);
	err = virtcrypto_ecdsa_copy(req, rctx) ?:
	      virtcrypto_ecdsa_prepare(&rctx->vr, &rctx->src, req->src_len,
				       req->dst_len) ?:
	      virtcrypto_key_submit(&ctx->key, VIRTCRYPTO_DIR_ENCRYPT,
				    &rctx->vr);
	if (virtcrypto_req_accepted(err))
		return err;
	kfree(rctx->buf);
	rctx->buf = NULL;
	return virtcrypto_fallback_sleeping(&rctx->later, &ctx->row->row,
					    &rctx->vr, err, virtcrypto_ecdsa_fallback);
}

static int virtcrypto_ecdsa_set_pub_key(struct crypto_akcipher *tfm,
					const void *bytes, unsigned int len)
{
	struct virtcrypto_ecdsa_ctx *ctx = akcipher_tfm_ctx(tfm);
	struct virtcrypto_params params = ctx->row->row.params;
	int err;

	/* Until the fallback has checked the key there is none. */
	virtcrypto_key_changing_slowly(&ctx->key);
	virtcrypto_key_forget(&ctx->key);
	err = crypto_akcipher_set_pub_key(ctx->fallback, bytes, len);
	if (err)
		return err;
	params.key_type = VIRTCRYPTO_KEY_PUBLIC;
	params.key_len = len;
	return virtcrypto_key_set(&ctx->key, &params, bytes, GFP_KERNEL);
}

static unsigned int virtcrypto_ecdsa_max_size(struct crypto_akcipher *tfm)
{
	struct virtcrypto_ecdsa_ctx *ctx = akcipher_tfm_ctx(tfm);

	return crypto_akcipher_maxsize(ctx->fallback);
}

static int virtcrypto_ecdsa_init_tfm(struct crypto_akcipher *tfm)
{
	struct virtcrypto_ecdsa_ctx *ctx = akcipher_tfm_ctx(tfm);
	struct virtcrypto_ecdsa *row =
		container_of(crypto_akcipher_alg(tfm), struct virtcrypto_ecdsa,
			     alg);

	ctx->row = row;
	ctx->fallback = crypto_alloc_akcipher(row->row.name, 0,
					      VIRTCRYPTO_FALLBACK_MASK);
	if (IS_ERR(ctx->fallback))
		return PTR_ERR(ctx->fallback);
	virtcrypto_key_init(&ctx->key, row->row.id, &row->row.params);
	akcipher_set_reqsize_dma(tfm, sizeof(struct virtcrypto_ecdsa_req) +
				      crypto_akcipher_reqsize(ctx->fallback));
	return 0;
}

static void virtcrypto_ecdsa_exit_tfm(struct crypto_akcipher *tfm)
{
	struct virtcrypto_ecdsa_ctx *ctx = akcipher_tfm_ctx(tfm);

	virtcrypto_key_wipe(&ctx->key);
	crypto_free_akcipher(ctx->fallback);
}

static void virtcrypto_ecdsa_setup(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(virtcrypto_ecdsas); i++) {
		struct virtcrypto_params *params =
			&virtcrypto_ecdsas[i].row.params;

		params->service = VIRTCRYPTO_SERVICE_AKCIPHER;
		params->algo = VIRTCRYPTO_AKCIPHER_ECDSA;
	}
}

static int virtcrypto_ecdsa_trial_init(struct virtcrypto_trial *trial,
				       const struct virtcrypto_row *r)
{
	const struct virtcrypto_ecdsa *row = virtcrypto_ecdsa_row_of(r);
	struct virtcrypto_params params = r->params;
	struct crypto_akcipher *fallback;

	params.key_type = VIRTCRYPTO_KEY_PUBLIC;
	params.key_len = row->point_len;
	if (!virtcrypto_device_takes(trial->key.dev, &params))
		return -EOPNOTSUPP;
	if (!trial->fallback) {
		fallback = crypto_alloc_akcipher(r->name, 0,
						 VIRTCRYPTO_FALLBACK_MASK);
		if (IS_ERR(fallback))
			return PTR_ERR(fallback);
		trial->fallback = fallback;
	}
	return virtcrypto_key_set(&trial->key, &params, row->point, GFP_KERNEL);
}

static void virtcrypto_ecdsa_trial_exit(struct virtcrypto_trial *trial)
{
	crypto_free_akcipher(trial->fallback);
}

static int virtcrypto_ecdsa_trial_one(struct virtcrypto_trial *trial,
				      const struct virtcrypto_ecdsa *row,
				      struct virtcrypto_dataq *q)
{
	unsigned int digest_len = sizeof(virtcrypto_ec_digest);

	sg_init_one(&trial->src, trial->in, row->signature_len + digest_len);
	virtcrypto_sync_begin(&trial->sync, q);
	return virtcrypto_ecdsa_prepare(&trial->sync.vr, &trial->src,
					row->signature_len, digest_len) ?:
	       virtcrypto_sync_submit(&trial->sync, &trial->key,
				      VIRTCRYPTO_DIR_ENCRYPT);
}

/* Check that a signature is accepted and rejected for another digest. */
static int virtcrypto_ecdsa_trial_run(struct virtcrypto_trial *trial,
				      const struct virtcrypto_row *r,
				      struct virtcrypto_dataq *q, bool tail)
{
	const struct virtcrypto_ecdsa *row = virtcrypto_ecdsa_row_of(r);
	int err;

	memcpy(trial->in, row->signature, row->signature_len);
	memcpy(trial->in + row->signature_len, virtcrypto_ec_digest,
	       sizeof(virtcrypto_ec_digest));
	err = virtcrypto_ecdsa_trial_one(trial, row, q);
	if (err)
		return err == -EKEYREJECTED ? -EBADMSG : err;
	trial->in[row->signature_len] ^= 1;
	err = virtcrypto_ecdsa_trial_one(trial, row, q);
	if (!err)
		return -EBADMSG;
	return err == -EKEYREJECTED || err == -EBADMSG ? 0 : err;
}

static int virtcrypto_ecdsa_add(struct virtcrypto_row *r)
{
	struct virtcrypto_ecdsa *row = virtcrypto_ecdsa_row_of(r);
	struct akcipher_alg *alg = &row->alg;

	*alg = (struct akcipher_alg) {
		.verify = virtcrypto_ecdsa_verify,
		.set_pub_key = virtcrypto_ecdsa_set_pub_key,
		.max_size = virtcrypto_ecdsa_max_size,
		.init = virtcrypto_ecdsa_init_tfm,
		.exit = virtcrypto_ecdsa_exit_tfm,
		.base = {
			.cra_ctxsize = sizeof(struct virtcrypto_ecdsa_ctx),
		},
	};
	virtcrypto_row_init_alg(r, &alg->base, virtcrypto_akcipher_priority);
	return crypto_register_akcipher(alg);
}

static void virtcrypto_ecdsa_del(struct virtcrypto_row *r)
{
	crypto_unregister_akcipher(&virtcrypto_ecdsa_row_of(r)->alg);
}

const struct virtcrypto_class virtcrypto_sig_class = {
	.rows = virtcrypto_ecdsas,
	.size = sizeof(virtcrypto_ecdsas[0]),
	.nr = ARRAY_SIZE(virtcrypto_ecdsas),
	.setup = virtcrypto_ecdsa_setup,
	.trial_init = virtcrypto_ecdsa_trial_init,
	.trial_run = virtcrypto_ecdsa_trial_run,
	.trial_exit = virtcrypto_ecdsa_trial_exit,
	.add = virtcrypto_ecdsa_add,
	.del = virtcrypto_ecdsa_del,
};
