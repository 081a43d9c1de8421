// SPDX-License-Identifier: GPL-2.0
// Copyright (C) 2026 The virtio_crypto authors
/*
 * Ciphers: a row in a table for each algorithm, and what all rows share.
 *
 * The output iv is computed here, as devices do not return one.  What it is
 * computed from is saved before a decryption in place could overwrite it.  The
 * caller's iv changes only if the request succeeds.
 */
#include <crypto/aes.h>
#include <crypto/algapi.h>
#include <crypto/des.h>
#include <crypto/internal/skcipher.h>
#include <crypto/scatterwalk.h>
#include <crypto/skcipher.h>
#include <crypto/xts.h>

#include "virtio_crypto_choice.h"
#include "virtio_crypto_device.h"
#include "virtio_crypto_fallback.h"
#include "virtio_crypto_key.h"
#include "virtio_crypto_params.h"
#include "virtio_crypto_req.h"
#include "virtio_crypto_sync.h"
#include "virtio_crypto_table.h"
#include "virtio_crypto_trial.h"

/* Bytes of a trial: whole blocks, and with a part of a block. */
#define VIRTCRYPTO_CIPHER_TRIAL_LEN	64
#define VIRTCRYPTO_CIPHER_TRIAL_TAIL	(VIRTCRYPTO_CIPHER_TRIAL_LEN - 3)

/* What the caller's iv holds after a request. */
enum virtcrypto_iv_rule {
	VIRTCRYPTO_IV_NONE,	/* no iv */
	VIRTCRYPTO_IV_KEEP,	/* what it held before */
	VIRTCRYPTO_IV_CHAIN,	/* the last block of ciphertext */
	VIRTCRYPTO_IV_COUNT,	/* the counter behind the last block */
};

/**
 * struct virtcrypto_cipher - a row of the table
 * @row: what all algorithms have
 * @min_key: shortest key
 * @max_key: longest key
 * @block: bytes that are ciphered at a time
 * @iv: bytes of the iv
 * @rule: what becomes of the iv
 * @min_len: shortest valid length, other than nothing at all if it is 0
 * @tail: lengths that are not whole blocks are valid
 * @no_key: a length of keys that the kernel has and a device has not, or 0
 * @part: the kernel makes AEADs of it where it has nothing better
 * @alg: made from the rest by virtcrypto_cipher_add()
 */
struct virtcrypto_cipher {
	struct virtcrypto_row row;
	u16 min_key;
	u16 max_key;
	u8 block;
	u8 iv;
	u8 rule;
	u8 min_len;
	bool tail;
	bool part;
	u8 no_key;
	struct skcipher_alg alg;
};

static struct virtcrypto_cipher virtcrypto_ciphers[] = {
	{
		.row = {
			.name = "ecb(aes)",
			.driver_name = "ecb-aes-virtio",
			.params = {
				.service = VIRTCRYPTO_SERVICE_CIPHER,
				.algo = VIRTCRYPTO_CIPHER_AES_ECB,
			},
		},
		.min_key = AES_MIN_KEY_SIZE, .max_key = AES_MAX_KEY_SIZE,
		.block = AES_BLOCK_SIZE, .iv = 0, .rule = VIRTCRYPTO_IV_NONE,
	}, {
		.row = {
			.name = "cbc(aes)",
			.driver_name = "cbc-aes-virtio",
			.params = {
				.service = VIRTCRYPTO_SERVICE_CIPHER,
				.algo = VIRTCRYPTO_CIPHER_AES_CBC,
			},
		},
		.min_key = AES_MIN_KEY_SIZE, .max_key = AES_MAX_KEY_SIZE,
		.block = AES_BLOCK_SIZE, .iv = AES_BLOCK_SIZE,
		.rule = VIRTCRYPTO_IV_CHAIN,
	}, {
		.row = {
			.name = "ctr(aes)",
			.driver_name = "ctr-aes-virtio",
			.params = {
				.service = VIRTCRYPTO_SERVICE_CIPHER,
				.algo = VIRTCRYPTO_CIPHER_AES_CTR,
			},
		},
		.min_key = AES_MIN_KEY_SIZE, .max_key = AES_MAX_KEY_SIZE,
		.block = AES_BLOCK_SIZE, .iv = AES_BLOCK_SIZE,
		.rule = VIRTCRYPTO_IV_COUNT, .tail = true, .part = true,
	}, {
		.row = {
			.name = "xts(aes)",
			.driver_name = "xts-aes-virtio",
			.params = {
				.service = VIRTCRYPTO_SERVICE_CIPHER,
				.algo = VIRTCRYPTO_CIPHER_AES_XTS,
			},
		},
		.min_key = 2 * AES_MIN_KEY_SIZE, .max_key = 2 * AES_MAX_KEY_SIZE,
		.block = AES_BLOCK_SIZE, .iv = AES_BLOCK_SIZE,
		.rule = VIRTCRYPTO_IV_KEEP, .tail = true,
		.min_len = XTS_BLOCK_SIZE, .no_key = 2 * AES_KEYSIZE_192,
	}, {
		.row = {
			.name = "ecb(des3_ede)",
			.driver_name = "ecb-des3_ede-virtio",
			.params = {
				.service = VIRTCRYPTO_SERVICE_CIPHER,
				.algo = VIRTCRYPTO_CIPHER_3DES_ECB,
			},
		},
		.min_key = DES3_EDE_KEY_SIZE, .max_key = DES3_EDE_KEY_SIZE,
		.block = DES3_EDE_BLOCK_SIZE, .iv = 0,
		.rule = VIRTCRYPTO_IV_NONE,
	}, {
		.row = {
			.name = "cbc(des3_ede)",
			.driver_name = "cbc-des3_ede-virtio",
			.params = {
				.service = VIRTCRYPTO_SERVICE_CIPHER,
				.algo = VIRTCRYPTO_CIPHER_3DES_CBC,
			},
		},
		.min_key = DES3_EDE_KEY_SIZE, .max_key = DES3_EDE_KEY_SIZE,
		.block = DES3_EDE_BLOCK_SIZE, .iv = DES3_EDE_BLOCK_SIZE,
		.rule = VIRTCRYPTO_IV_CHAIN,
	}, {
		.row = {
			.name = "ctr(des3_ede)",
			.driver_name = "ctr-des3_ede-virtio",
			.params = {
				.service = VIRTCRYPTO_SERVICE_CIPHER,
				.algo = VIRTCRYPTO_CIPHER_3DES_CTR,
			},
		},
		.min_key = DES3_EDE_KEY_SIZE, .max_key = DES3_EDE_KEY_SIZE,
		.block = DES3_EDE_BLOCK_SIZE, .iv = DES3_EDE_BLOCK_SIZE,
		.rule = VIRTCRYPTO_IV_COUNT, .tail = true,
	}, {
		.row = {
			.name = "ecb(des)",
			.driver_name = "ecb-des-virtio",
			.params = {
				.service = VIRTCRYPTO_SERVICE_CIPHER,
				.algo = VIRTCRYPTO_CIPHER_DES_ECB,
			},
		},
		.min_key = DES_KEY_SIZE, .max_key = DES_KEY_SIZE,
		.block = DES_BLOCK_SIZE, .iv = 0, .rule = VIRTCRYPTO_IV_NONE,
	}, {
		.row = {
			.name = "cbc(des)",
			.driver_name = "cbc-des-virtio",
			.params = {
				.service = VIRTCRYPTO_SERVICE_CIPHER,
				.algo = VIRTCRYPTO_CIPHER_DES_CBC,
			},
		},
		.min_key = DES_KEY_SIZE, .max_key = DES_KEY_SIZE,
		.block = DES_BLOCK_SIZE, .iv = DES_BLOCK_SIZE,
		.rule = VIRTCRYPTO_IV_CHAIN,
	},
};

static struct virtcrypto_cipher *
virtcrypto_cipher_row_of(const struct virtcrypto_row *r)
{
	return container_of((struct virtcrypto_row *)r,
			    struct virtcrypto_cipher, row);
}

/**
 * struct virtcrypto_cipher_ctx - context of a transform
 * @row: the algorithm
 * @key: the key and its sessions
 * @fallback: software with the same key
 */
struct virtcrypto_cipher_ctx {
	struct virtcrypto_cipher *row;
	struct virtcrypto_key key;
	struct crypto_skcipher *fallback;
};

/**
 * struct virtcrypto_cipher_req - context of a request
 * @vr: the request as the layers below know it
 * @iv_out: what the caller's iv is to hold
 * @encrypt: the direction
 * @fallback: the same request for the fallback; its context follows
 */
struct virtcrypto_cipher_req {
	struct virtcrypto_req vr;
	u8 iv_out[VIRTCRYPTO_MAX_IV_SIZE];
	bool encrypt;
	struct skcipher_request fallback;
};

/* See virtcrypto_fallback_t. */
static int virtcrypto_cipher_fallback(struct crypto_async_request *base,
				      u32 flags)
{
	struct skcipher_request *req = skcipher_request_cast(base);
	struct crypto_skcipher *tfm = crypto_skcipher_reqtfm(req);
	struct virtcrypto_cipher_ctx *ctx = crypto_skcipher_ctx(tfm);
	struct virtcrypto_cipher_req *rctx = skcipher_request_ctx_dma(req);

	skcipher_request_set_tfm(&rctx->fallback, ctx->fallback);
	skcipher_request_set_callback(&rctx->fallback,
				      flags & CRYPTO_TFM_REQ_MAY_SLEEP,
				      NULL, NULL);
	skcipher_request_set_crypt(&rctx->fallback, req->src, req->dst,
				   req->cryptlen, req->iv);
	return rctx->encrypt ? crypto_skcipher_encrypt(&rctx->fallback) :
			       crypto_skcipher_decrypt(&rctx->fallback);
}

/* Update the caller's iv after a device has done the request. */
static void virtcrypto_cipher_set_iv(struct skcipher_request *req,
				     struct virtcrypto_cipher *row,
				     struct virtcrypto_cipher_req *rctx)
{
	u64 blocks, low;
	u8 *last;

	switch (row->rule) {
	case VIRTCRYPTO_IV_CHAIN:
		if (rctx->encrypt)
			scatterwalk_map_and_copy(req->iv, req->dst,
						 req->cryptlen - row->iv,
						 row->iv, 0);
		else
			memcpy(req->iv, rctx->iv_out, row->iv);
		break;
	case VIRTCRYPTO_IV_COUNT:
		blocks = DIV_ROUND_UP(req->cryptlen, row->block);
		last = req->iv + row->iv - sizeof(low);
		low = get_unaligned_be64(last) + blocks;
		put_unaligned_be64(low, last);
		if (low < blocks && row->iv > sizeof(low))
			crypto_inc(req->iv, row->iv - sizeof(low));
		break;
	}
}

static void virtcrypto_cipher_done(struct virtcrypto_req *vr, int err)
{
	struct virtcrypto_cipher_req *rctx =
		container_of(vr, struct virtcrypto_cipher_req, vr);
	struct skcipher_request *req = skcipher_request_cast(vr->base);
	struct crypto_skcipher *tfm = crypto_skcipher_reqtfm(req);
	struct virtcrypto_cipher_ctx *ctx = crypto_skcipher_ctx(tfm);
	struct virtcrypto_cipher *row = ctx->row;

	if (!err) {
		virtcrypto_cipher_set_iv(req, row, rctx);
		virtcrypto_row_count(&row->row, VIRTCRYPTO_OFFLOADED);
	} else if (virtcrypto_req_spoiled(vr)) {
		/*
		 * The input may be overwritten, so the fallback cannot do it.
		 */
		virtcrypto_row_count(&row->row, VIRTCRYPTO_EIO);
		err = -EIO;
	} else {
		/* Bottom halves are disabled here, so it must not sleep. */
		err = virtcrypto_fallback_redo(&row->row, vr, err,
					       virtcrypto_cipher_fallback);
	}
	skcipher_request_complete(req, err);
}

/*
 * Describe a request; @len is not zero.  Specification: "Symmetric algorithms
 * Operation".
 */
static int virtcrypto_cipher_prepare(struct virtcrypto_req *vr,
				     const struct virtcrypto_cipher *row,
				     u32 dir, struct scatterlist *src,
				     struct scatterlist *dst, unsigned int len,
				     const u8 *iv)
{
	vr->op.code = dir == VIRTCRYPTO_DIR_ENCRYPT ? VIRTCRYPTO_OP_ENCRYPT :
						      VIRTCRYPTO_OP_DECRYPT;
	vr->op.iv_len = row->iv;
	vr->op.src_len = len;
	vr->op.dst_len = len;
	vr->tail = len % row->block;
	memcpy(vr->iv, iv, row->iv);
	return virtcrypto_req_src(vr, src, 0, len) ?:
	       virtcrypto_req_dst(vr, dst, 0, len);
}

static int virtcrypto_cipher_crypt(struct skcipher_request *req, bool encrypt)
{
	struct crypto_skcipher *tfm = crypto_skcipher_reqtfm(req);
	struct virtcrypto_cipher_ctx *ctx = crypto_skcipher_ctx(tfm);
	struct virtcrypto_cipher_req *rctx = skcipher_request_ctx_dma(req);
	u32 dir = encrypt ? VIRTCRYPTO_DIR_ENCRYPT : VIRTCRYPTO_DIR_DECRYPT;
	struct virtcrypto_cipher *row = ctx->row;
	int err;

	if (req->cryptlen < row->min_len)
		return -EINVAL;
	if (!row->tail && req->cryptlen % row->block)
		return -EINVAL;
	if (!req->cryptlen)
		return 0;

	rctx->encrypt = encrypt;
	virtcrypto_key_begin(&ctx->key, &rctx->vr, &req->base, req->cryptlen,
			     virtcrypto_cipher_done);
	if (virtcrypto_choice_is_software(rctx->vr.choice))
		return virtcrypto_fallback_do(&row->row, &rctx->vr, -ECANCELED,
					      virtcrypto_cipher_fallback);
	err = virtcrypto_cipher_prepare(&rctx->vr, row, dir, req->src, req->dst,
					req->cryptlen, req->iv);
	if (err)
		return err;
	if (row->rule == VIRTCRYPTO_IV_CHAIN && !encrypt)
		scatterwalk_map_and_copy(rctx->iv_out, req->src,
					 req->cryptlen - row->iv, row->iv, 0);

	err = virtcrypto_key_submit(&ctx->key, dir, &rctx->vr);
	if (virtcrypto_req_accepted(err))
		return err;
	return virtcrypto_fallback_do(&row->row, &rctx->vr, err,
				      virtcrypto_cipher_fallback);
}

static int virtcrypto_cipher_encrypt(struct skcipher_request *req)
{
	return virtcrypto_cipher_crypt(req, true);
}

static int virtcrypto_cipher_decrypt(struct skcipher_request *req)
{
	return virtcrypto_cipher_crypt(req, false);
}

static int virtcrypto_cipher_setkey(struct crypto_skcipher *tfm, const u8 *key,
				    unsigned int len)
{
	struct virtcrypto_cipher_ctx *ctx = crypto_skcipher_ctx(tfm);
	struct virtcrypto_params params = ctx->row->row.params;
	u32 flags = crypto_skcipher_get_flags(tfm);
	int err;

	virtcrypto_key_changing(&ctx->key);
	/* The fallback also checks the key, so that errors are the same. */
	crypto_skcipher_clear_flags(ctx->fallback, CRYPTO_TFM_REQ_MASK);
	crypto_skcipher_set_flags(ctx->fallback, flags & CRYPTO_TFM_REQ_MASK);
	err = crypto_skcipher_setkey(ctx->fallback, key, len);
	if (err)
		return err;
	if (len == ctx->row->no_key) {
		virtcrypto_key_forget(&ctx->key);
		return 0;
	}
	params.key_len = len;
	return virtcrypto_key_set(&ctx->key, &params, key,
				  flags & CRYPTO_TFM_REQ_MAY_SLEEP ?
				  GFP_KERNEL : GFP_ATOMIC);
}

static int virtcrypto_cipher_init_tfm(struct crypto_skcipher *tfm)
{
	struct virtcrypto_cipher_ctx *ctx = crypto_skcipher_ctx(tfm);
	struct virtcrypto_cipher *row = container_of(crypto_skcipher_alg(tfm),
						     struct virtcrypto_cipher,
						     alg);

	ctx->fallback = crypto_alloc_skcipher(row->row.name, 0,
					      VIRTCRYPTO_FALLBACK_MASK);
	if (IS_ERR(ctx->fallback))
		return PTR_ERR(ctx->fallback);
	ctx->row = row;
	virtcrypto_key_init(&ctx->key, row->row.id, &row->row.params);
	ctx->key.choices = virtcrypto_row_choices(&row->row,
						  &crypto_skcipher_alg(tfm)->base);
	crypto_skcipher_set_reqsize_dma(tfm,
					sizeof(struct virtcrypto_cipher_req) +
					crypto_skcipher_reqsize(ctx->fallback));
	return 0;
}

static void virtcrypto_cipher_exit_tfm(struct crypto_skcipher *tfm)
{
	struct virtcrypto_cipher_ctx *ctx = crypto_skcipher_ctx(tfm);

	virtcrypto_key_wipe(&ctx->key);
	crypto_free_skcipher(ctx->fallback);
}

static int virtcrypto_cipher_trial_set(struct virtcrypto_trial *trial,
				       const struct virtcrypto_row *row,
				       unsigned int len)
{
	struct virtcrypto_params params = row->params;

	params.key_len = len;
	if (!virtcrypto_device_takes(trial->key.dev, &params))
		return -EOPNOTSUPP;
	return crypto_skcipher_setkey(trial->fallback, trial->bytes, len) ?:
	       virtcrypto_key_set(&trial->key, &params, trial->bytes,
				  GFP_KERNEL);
}

static int virtcrypto_cipher_trial_key(struct virtcrypto_trial *trial,
				       const struct virtcrypto_row *r,
				       unsigned int nth)
{
	const struct virtcrypto_cipher *row = virtcrypto_cipher_row_of(r);
	unsigned int len = virtcrypto_trial_key_len(row->min_key, row->max_key,
						    nth);

	return len ? virtcrypto_cipher_trial_set(trial, r, len) : -ENOENT;
}

static int virtcrypto_cipher_trial_init(struct virtcrypto_trial *trial,
					const struct virtcrypto_row *r)
{
	const struct virtcrypto_cipher *row = virtcrypto_cipher_row_of(r);
	struct crypto_skcipher *fallback;
	int err;

	if (!trial->fallback) {
		fallback = crypto_alloc_skcipher(r->name, 0,
						 VIRTCRYPTO_FALLBACK_MASK);
		if (IS_ERR(fallback))
			return PTR_ERR(fallback);
		trial->fallback = fallback;
	}
	err = virtcrypto_cipher_trial_set(trial, r, row->max_key);
	if (err == -EOPNOTSUPP)
		err = virtcrypto_cipher_trial_set(trial, r, row->min_key);
	return err;
}

static void virtcrypto_cipher_trial_exit(struct virtcrypto_trial *trial)
{
	crypto_free_skcipher(trial->fallback);
}

/* Have the fallback compute the expected result, in trial->want. */
static int virtcrypto_cipher_answer(struct virtcrypto_trial *trial, u32 dir,
				    unsigned int len)
{
	struct skcipher_request *req;
	struct scatterlist sg;
	u8 iv[VIRTCRYPTO_MAX_IV_SIZE];
	int err;

	req = skcipher_request_alloc(trial->fallback, GFP_KERNEL);
	if (!req)
		return -ENOMEM;
	memcpy(iv, trial->iv, sizeof(iv));
	memcpy(trial->want, trial->in, len);
	sg_init_one(&sg, trial->want, len);
	skcipher_request_set_callback(req, CRYPTO_TFM_REQ_MAY_SLEEP, NULL, NULL);
	skcipher_request_set_crypt(req, &sg, &sg, len, iv);
	err = dir == VIRTCRYPTO_DIR_ENCRYPT ? crypto_skcipher_encrypt(req) :
					      crypto_skcipher_decrypt(req);
	skcipher_request_free(req);
	return err;
}

static int virtcrypto_cipher_trial_run(struct virtcrypto_trial *trial,
				       const struct virtcrypto_row *r,
				       struct virtcrypto_dataq *q, bool tail)
{
	const struct virtcrypto_cipher *row = virtcrypto_cipher_row_of(r);
	unsigned int len = tail ? VIRTCRYPTO_CIPHER_TRIAL_TAIL :
				  VIRTCRYPTO_CIPHER_TRIAL_LEN;
	u32 dir;
	int err;

	for (dir = VIRTCRYPTO_DIR_ENCRYPT; dir <= VIRTCRYPTO_DIR_DECRYPT; dir++) {
		err = virtcrypto_cipher_answer(trial, dir, len);
		if (err)
			return err;
		memset(trial->out, 0, sizeof(trial->out));
		sg_init_one(&trial->src, trial->in, len);
		sg_init_one(&trial->dst, trial->out, len);
		virtcrypto_sync_begin(&trial->sync, q);
		/* The trial finds out whether the device takes such lengths. */
		err = virtcrypto_cipher_prepare(&trial->sync.vr, row, dir,
						&trial->src, &trial->dst, len,
						trial->iv);
		trial->sync.vr.tail = false;
		err = err ?:
		      virtcrypto_sync_submit(&trial->sync, &trial->key, dir);
		if (err)
			return err;
		if (memcmp(trial->out, trial->want, len))
			return -EBADMSG;
	}
	return 0;
}

static bool virtcrypto_cipher_has_tails(const struct virtcrypto_row *r)
{
	return virtcrypto_cipher_row_of(r)->tail;
}

static int virtcrypto_cipher_add(struct virtcrypto_row *r)
{
	struct virtcrypto_cipher *row = virtcrypto_cipher_row_of(r);
	struct skcipher_alg *alg = &row->alg;

	*alg = (struct skcipher_alg) {
		.base = {
			.cra_blocksize = row->rule == VIRTCRYPTO_IV_COUNT ?
					 1 : row->block,
			.cra_ctxsize = sizeof(struct virtcrypto_cipher_ctx),
		},
		.init = virtcrypto_cipher_init_tfm,
		.exit = virtcrypto_cipher_exit_tfm,
		.setkey = virtcrypto_cipher_setkey,
		.encrypt = virtcrypto_cipher_encrypt,
		.decrypt = virtcrypto_cipher_decrypt,
		.min_keysize = row->min_key,
		.max_keysize = row->max_key,
		.ivsize = row->iv,
		.chunksize = row->block,
	};
	virtcrypto_row_init_alg(r, &alg->base,
				row->part ? virtcrypto_ctr_priority :
					    virtcrypto_cipher_priority);
	return crypto_register_skcipher(alg);
}

static void virtcrypto_cipher_del(struct virtcrypto_row *r)
{
	crypto_unregister_skcipher(&virtcrypto_cipher_row_of(r)->alg);
}

const struct virtcrypto_class virtcrypto_skcipher_class = {
	.kind = VIRTCRYPTO_KIND_CIPHER,
	.chooses = true,
	.rows = virtcrypto_ciphers,
	.size = sizeof(virtcrypto_ciphers[0]),
	.nr = ARRAY_SIZE(virtcrypto_ciphers),
	.trial_init = virtcrypto_cipher_trial_init,
	.trial_key = virtcrypto_cipher_trial_key,
	.trial_run = virtcrypto_cipher_trial_run,
	.trial_exit = virtcrypto_cipher_trial_exit,
	.has_tails = virtcrypto_cipher_has_tails,
	.add = virtcrypto_cipher_add,
	.del = virtcrypto_cipher_del,
};
