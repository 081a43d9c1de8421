// SPDX-License-Identifier: GPL-2.0
/*
 * Ciphers: a row in a table for each algorithm, and what all rows share.
 *
 * A cipher is registered when a first device has proved that it really does
 * it, and unregistered when the module goes: transforms outlive devices, and
 * most kernels cannot unregister an algorithm that is in use.  That no caller
 * sees a device come or go is the work of the fallback, a software transform
 * beside each of ours, keyed alike.  virtcrypto_registry_lock guards the
 * registering.
 *
 * The output iv is computed here, as devices do not return one: from what was
 * saved before a decryption in place could destroy it, and into the caller's
 * request only when all went well.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <crypto/aes.h>
#include <crypto/algapi.h>
#include <crypto/des.h>
#include <crypto/internal/skcipher.h>
#include <crypto/scatterwalk.h>
#include <crypto/skcipher.h>
#include <crypto/xts.h>
#include <linux/module.h>
#include <linux/seq_file.h>

#include "virtio_crypto_skcipher.h"

static const char * const virtcrypto_count_names[] = {
	[VIRTCRYPTO_OFFLOADED] = "offloaded",
	[VIRTCRYPTO_FB_NODEV] = "fb_nodev",
	[VIRTCRYPTO_FB_NOSESSION] = "fb_nosession",
	[VIRTCRYPTO_FB_FRAGS] = "fb_frags",
	[VIRTCRYPTO_FB_SIZE] = "fb_size",
	[VIRTCRYPTO_FB_LENGTH] = "fb_length",
	[VIRTCRYPTO_FB_NOMEM] = "fb_nomem",
	[VIRTCRYPTO_FB_LOST] = "fb_lost",
	[VIRTCRYPTO_FB_ERROR] = "fb_error",
	[VIRTCRYPTO_EIO] = "eio",
};

static struct virtcrypto_cipher virtcrypto_ciphers[] = {
	{
		.name = "ecb(aes)", .driver_name = "ecb-aes-virtio",
		.algo = VIRTCRYPTO_CIPHER_AES_ECB,
		.min_key = AES_MIN_KEY_SIZE, .max_key = AES_MAX_KEY_SIZE,
		.block = AES_BLOCK_SIZE, .iv = 0, .rule = VIRTCRYPTO_IV_NONE,
	}, {
		.name = "cbc(aes)", .driver_name = "cbc-aes-virtio",
		.algo = VIRTCRYPTO_CIPHER_AES_CBC,
		.min_key = AES_MIN_KEY_SIZE, .max_key = AES_MAX_KEY_SIZE,
		.block = AES_BLOCK_SIZE, .iv = AES_BLOCK_SIZE,
		.rule = VIRTCRYPTO_IV_CHAIN,
	}, {
		.name = "ctr(aes)", .driver_name = "ctr-aes-virtio",
		.algo = VIRTCRYPTO_CIPHER_AES_CTR,
		.min_key = AES_MIN_KEY_SIZE, .max_key = AES_MAX_KEY_SIZE,
		.block = AES_BLOCK_SIZE, .iv = AES_BLOCK_SIZE,
		.rule = VIRTCRYPTO_IV_COUNT, .tail = true,
	}, {
		.name = "xts(aes)", .driver_name = "xts-aes-virtio",
		.algo = VIRTCRYPTO_CIPHER_AES_XTS,
		.min_key = 2 * AES_MIN_KEY_SIZE, .max_key = 2 * AES_MAX_KEY_SIZE,
		.block = AES_BLOCK_SIZE, .iv = AES_BLOCK_SIZE,
		.rule = VIRTCRYPTO_IV_KEEP, .tail = true,
		.min_len = XTS_BLOCK_SIZE,
	}, {
		.name = "ecb(des3_ede)", .driver_name = "ecb-des3_ede-virtio",
		.algo = VIRTCRYPTO_CIPHER_3DES_ECB,
		.min_key = DES3_EDE_KEY_SIZE, .max_key = DES3_EDE_KEY_SIZE,
		.block = DES3_EDE_BLOCK_SIZE, .iv = 0,
		.rule = VIRTCRYPTO_IV_NONE,
	}, {
		.name = "cbc(des3_ede)", .driver_name = "cbc-des3_ede-virtio",
		.algo = VIRTCRYPTO_CIPHER_3DES_CBC,
		.min_key = DES3_EDE_KEY_SIZE, .max_key = DES3_EDE_KEY_SIZE,
		.block = DES3_EDE_BLOCK_SIZE, .iv = DES3_EDE_BLOCK_SIZE,
		.rule = VIRTCRYPTO_IV_CHAIN,
	}, {
		.name = "ctr(des3_ede)", .driver_name = "ctr-des3_ede-virtio",
		.algo = VIRTCRYPTO_CIPHER_3DES_CTR,
		.min_key = DES3_EDE_KEY_SIZE, .max_key = DES3_EDE_KEY_SIZE,
		.block = DES3_EDE_BLOCK_SIZE, .iv = DES3_EDE_BLOCK_SIZE,
		.rule = VIRTCRYPTO_IV_COUNT, .tail = true,
	}, {
		.name = "ecb(des)", .driver_name = "ecb-des-virtio",
		.algo = VIRTCRYPTO_CIPHER_DES_ECB,
		.min_key = DES_KEY_SIZE, .max_key = DES_KEY_SIZE,
		.block = DES_BLOCK_SIZE, .iv = 0, .rule = VIRTCRYPTO_IV_NONE,
	}, {
		.name = "cbc(des)", .driver_name = "cbc-des-virtio",
		.algo = VIRTCRYPTO_CIPHER_DES_CBC,
		.min_key = DES_KEY_SIZE, .max_key = DES_KEY_SIZE,
		.block = DES_BLOCK_SIZE, .iv = DES_BLOCK_SIZE,
		.rule = VIRTCRYPTO_IV_CHAIN,
	},
};

static DEFINE_MUTEX(virtcrypto_registry_lock);

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
 * @key_seq: which of the transform's keys it is for
 * @fallback: the same request for software; its context follows
 */
struct virtcrypto_cipher_req {
	struct virtcrypto_req vr;
	u8 iv_out[VIRTCRYPTO_MAX_IV_SIZE];
	bool encrypt;
	unsigned int key_seq;
	struct skcipher_request fallback;
};

static void virtcrypto_cipher_count(struct virtcrypto_cipher *row,
				    enum virtcrypto_count what)
{
	this_cpu_inc(row->counts->count[what]);
}

/* Have software do a request; @flags tell whether it may sleep. */
static int virtcrypto_cipher_soft(struct skcipher_request *req, u32 flags)
{
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

/* Does any memory of the first @len bytes belong to both lists? */
static bool virtcrypto_sg_overlap(struct scatterlist *a, struct scatterlist *b,
				  unsigned int len)
{
	unsigned int left_a, left_b;
	struct scatterlist *sb;

	if (a == b)
		return true;
	for (left_a = len; left_a && a; a = sg_next(a)) {
		unsigned int len_a = min(left_a, a->length);

		left_a -= len_a;
		for (sb = b, left_b = len; left_b && sb; sb = sg_next(sb)) {
			unsigned int len_b = min(left_b, sb->length);

			left_b -= len_b;
			if (len_a && len_b &&
			    sg_phys(a) < sg_phys(sb) + len_b &&
			    sg_phys(sb) < sg_phys(a) + len_a)
				return true;
		}
	}
	return false;
}

/* Move the caller's iv on, after a device has done the request. */
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

/* Why software does a request; @accepted: a device was to do it before. */
static enum virtcrypto_count virtcrypto_cipher_why(int err, bool accepted)
{
	switch (err) {
	case -ENODEV:
		return accepted ? VIRTCRYPTO_FB_LOST : VIRTCRYPTO_FB_NODEV;
	case -EOPNOTSUPP:
	case -ENOKEY:
		return VIRTCRYPTO_FB_LOST;
	case -EIO:
		return VIRTCRYPTO_FB_ERROR;
	case -E2BIG:
		return VIRTCRYPTO_FB_FRAGS;
	case -EMSGSIZE:
		return VIRTCRYPTO_FB_SIZE;
	case -EDOM:
		return VIRTCRYPTO_FB_LENGTH;
	case -ENOMEM:
		return VIRTCRYPTO_FB_NOMEM;
	default:
		return VIRTCRYPTO_FB_NOSESSION;
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
		virtcrypto_cipher_count(row, VIRTCRYPTO_OFFLOADED);
	} else if (vr->dirty &&
		   virtcrypto_sg_overlap(req->src, req->dst, req->cryptlen)) {
		/* The input may be gone: there is nothing to do it anew from. */
		virtcrypto_cipher_count(row, VIRTCRYPTO_EIO);
		err = -EIO;
	} else if (rctx->key_seq != READ_ONCE(ctx->key.seq)) {
		/* Software has another key by now. */
		virtcrypto_cipher_count(row, VIRTCRYPTO_EIO);
		err = -EIO;
	} else {
		virtcrypto_cipher_count(row, virtcrypto_cipher_why(err, true));
		/* Bottom halves are disabled here, whatever the caller may. */
		err = virtcrypto_cipher_soft(req, 0);
	}
	skcipher_request_complete(req, err);
}

/**
 * virtcrypto_cipher_prepare() - describe a request for the layers below
 * @vr: the request; its base and done are the caller's to set
 * @row: the algorithm
 * @encrypt: the direction
 * @src: the input
 * @dst: room for the output, may be the same memory
 * @len: bytes of both, not zero
 * @iv: the iv; a copy is made
 *
 * Specification: "Symmetric algorithms Operation".
 *
 * Context: any.
 * Return: 0, or -EINVAL if a list is shorter than @len.
 */
int virtcrypto_cipher_prepare(struct virtcrypto_req *vr,
			      const struct virtcrypto_cipher *row,
			      bool encrypt, struct scatterlist *src,
			      struct scatterlist *dst, unsigned int len,
			      const u8 *iv)
{
	struct virtcrypto_wire_cipher_data *header = &vr->header;
	int src_nents = virtcrypto_count_sg(src, len);
	int dst_nents = src == dst ? src_nents : virtcrypto_count_sg(dst, len);

	if (src_nents < 0 || dst_nents < 0)
		return -EINVAL;

	vr->dataq = NULL;
	vr->src = src;
	vr->dst = dst;
	vr->src_len = len;
	vr->dst_len = len;
	vr->src_nents = src_nents;
	vr->dst_nents = dst_nents;
	vr->iv_len = row->iv;
	vr->tail = len % row->block;
	vr->busy = false;
	vr->dirty = false;

	memset(header, 0, sizeof(*header));
	header->header.opcode = cpu_to_le32(encrypt ?
					    VIRTCRYPTO_OP_CIPHER_ENCRYPT :
					    VIRTCRYPTO_OP_CIPHER_DECRYPT);
	header->header.algo = cpu_to_le32(row->algo);
	header->iv_len = cpu_to_le32(row->iv);
	header->src_data_len = cpu_to_le32(len);
	header->dst_data_len = cpu_to_le32(len);
	header->op_type = cpu_to_le32(VIRTCRYPTO_SYM_OP_CIPHER);
	memcpy(vr->iv, iv, row->iv);
	return 0;
}

static int virtcrypto_cipher_crypt(struct skcipher_request *req, bool encrypt)
{
	struct crypto_skcipher *tfm = crypto_skcipher_reqtfm(req);
	struct virtcrypto_cipher_ctx *ctx = crypto_skcipher_ctx(tfm);
	struct virtcrypto_cipher_req *rctx = skcipher_request_ctx_dma(req);
	struct virtcrypto_cipher *row = ctx->row;
	int err;

	if (req->cryptlen < row->min_len)
		return -EINVAL;
	if (!row->tail && req->cryptlen % row->block)
		return -EINVAL;
	if (!req->cryptlen)
		return 0;

	rctx->encrypt = encrypt;
	rctx->key_seq = READ_ONCE(ctx->key.seq);
	err = virtcrypto_cipher_prepare(&rctx->vr, row, encrypt, req->src,
					req->dst, req->cryptlen, req->iv);
	if (err)
		return err;
	rctx->vr.base = &req->base;
	rctx->vr.done = virtcrypto_cipher_done;
	if (row->rule == VIRTCRYPTO_IV_CHAIN && !encrypt)
		scatterwalk_map_and_copy(rctx->iv_out, req->src,
					 req->cryptlen - row->iv, row->iv, 0);

	err = virtcrypto_key_submit(&ctx->key, encrypt, &rctx->vr);
	if (err == -EINPROGRESS || err == -EBUSY || err == -ENOSPC)
		return err;
	virtcrypto_cipher_count(row, virtcrypto_cipher_why(err, false));
	return virtcrypto_cipher_soft(req, req->base.flags);
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
	u32 flags = crypto_skcipher_get_flags(tfm);
	int err;

	/* Software also judges the key, so that nobody sees a difference. */
	crypto_skcipher_clear_flags(ctx->fallback, CRYPTO_TFM_REQ_MASK);
	crypto_skcipher_set_flags(ctx->fallback, flags & CRYPTO_TFM_REQ_MASK);
	err = crypto_skcipher_setkey(ctx->fallback, key, len);
	if (err)
		return err;
	return virtcrypto_key_set(&ctx->key, key, len,
				  flags & CRYPTO_TFM_REQ_MAY_SLEEP ?
				  GFP_KERNEL : GFP_ATOMIC);
}

static int virtcrypto_cipher_init_tfm(struct crypto_skcipher *tfm)
{
	struct virtcrypto_cipher_ctx *ctx = crypto_skcipher_ctx(tfm);
	struct virtcrypto_cipher *row = container_of(crypto_skcipher_alg(tfm),
						     struct virtcrypto_cipher,
						     alg);

	ctx->fallback = crypto_alloc_skcipher(row->name, 0,
					      VIRTCRYPTO_FALLBACK_MASK);
	if (IS_ERR(ctx->fallback))
		return PTR_ERR(ctx->fallback);
	ctx->row = row;
	virtcrypto_key_init(&ctx->key, VIRTCRYPTO_SERVICE_CIPHER, row->algo);
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

static int virtcrypto_cipher_register(struct virtcrypto_cipher *row)
{
	struct skcipher_alg *alg = &row->alg;
	int err;

	if (row->registered)
		return 0;

	*alg = (struct skcipher_alg) {
		.base = {
			.cra_priority = virtcrypto_cipher_priority,
			.cra_flags = CRYPTO_ALG_ASYNC |
				     CRYPTO_ALG_KERN_DRIVER_ONLY |
				     CRYPTO_ALG_NEED_FALLBACK,
			.cra_blocksize = row->rule == VIRTCRYPTO_IV_COUNT ?
					 1 : row->block,
			.cra_ctxsize = sizeof(struct virtcrypto_cipher_ctx),
			.cra_module = THIS_MODULE,
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
	strscpy(alg->base.cra_name, row->name, CRYPTO_MAX_ALG_NAME);
	strscpy(alg->base.cra_driver_name, row->driver_name,
		CRYPTO_MAX_ALG_NAME);

	err = crypto_register_skcipher(alg);
	row->registered = !err;
	return err;
}

/* Register what is proven and not registered yet. */
static void virtcrypto_skcipher_register(u64 works)
{
	unsigned int i;
	int err;

	mutex_lock(&virtcrypto_registry_lock);
	for (i = 0; i < ARRAY_SIZE(virtcrypto_ciphers); i++) {
		struct virtcrypto_cipher *row = &virtcrypto_ciphers[i];

		if (!(works & BIT_ULL(row->algo)))
			continue;
		err = virtcrypto_cipher_register(row);
		if (err)
			pr_err_ratelimited("cannot register %s: %d\n",
					   row->driver_name, err);
	}
	mutex_unlock(&virtcrypto_registry_lock);
}

/**
 * virtcrypto_skcipher_trial() - try a device's ciphers, register what works
 * @dev: a device that is ready
 * @again: set to true if it is worth to try again later
 *
 * An algorithm that the device does not do, or does wrongly, is none of its
 * algorithms; that is said in the log only once it matters.  Nothing is entrusted
 * to the device before all trials are over, since one of them may be its end.
 *
 * Context: process; waits for the device and, on some kernels, for self-tests.
 * Return: true if any cipher works.
 */
bool virtcrypto_skcipher_trial(struct virtcrypto_device *dev, bool *again)
{
	u32 generation = READ_ONCE(dev->generation);
	u64 judged = 0, works = 0, tailed = 0;
	unsigned int i;
	bool tails;
	int err;

	for (i = 0; i < ARRAY_SIZE(virtcrypto_ciphers); i++) {
		struct virtcrypto_cipher *row = &virtcrypto_ciphers[i];

		if (READ_ONCE(dev->state) != VIRTCRYPTO_DEV_READY)
			return false;
		if (!virtcrypto_try_unadvertised &&
		    !virtcrypto_device_offers(dev, VIRTCRYPTO_SERVICE_CIPHER,
					      row->algo))
			continue;
		err = virtcrypto_cipher_trial(dev, row, &tails);
		if (err == -EAGAIN) {
			*again = true;
			continue;
		}
		judged |= BIT_ULL(row->algo);
		if (err)
			continue;
		works |= BIT_ULL(row->algo);
		if (tails)
			tailed |= BIT_ULL(row->algo);
	}
	if (!virtcrypto_device_proves(dev, generation,
				      VIRTCRYPTO_SERVICE_CIPHER, judged, works,
				      tailed))
		return false;
	virtcrypto_skcipher_register(works);
	return READ_ONCE(dev->proven[VIRTCRYPTO_SERVICE_CIPHER]);
}

/**
 * virtcrypto_skcipher_show() - print who did the requests of each cipher
 * @m: where to
 */
void virtcrypto_skcipher_show(struct seq_file *m)
{
	unsigned int i, what, cpu;

	for (i = 0; i < ARRAY_SIZE(virtcrypto_ciphers); i++) {
		struct virtcrypto_cipher *row = &virtcrypto_ciphers[i];

		seq_printf(m, "%s %s registered=%d", row->name,
			   row->driver_name, row->registered);
		for (what = 0; what < VIRTCRYPTO_NR_COUNTS; what++) {
			u64 sum = 0;

			for_each_possible_cpu(cpu)
				sum += per_cpu_ptr(row->counts, cpu)->count[what];
			seq_printf(m, " %s=%llu", virtcrypto_count_names[what],
				   sum);
		}
		seq_putc(m, '\n');
	}
}

/**
 * virtcrypto_skcipher_init() - make the table usable
 *
 * Return: 0 or -ENOMEM.
 */
int virtcrypto_skcipher_init(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(virtcrypto_ciphers); i++) {
		virtcrypto_ciphers[i].counts =
			alloc_percpu(struct virtcrypto_counts);
		if (!virtcrypto_ciphers[i].counts) {
			virtcrypto_skcipher_exit();
			return -ENOMEM;
		}
	}
	return 0;
}

/**
 * virtcrypto_skcipher_exit() - unregister all ciphers
 *
 * Context: process, at the end of the module: no transform is left.
 */
void virtcrypto_skcipher_exit(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(virtcrypto_ciphers); i++) {
		struct virtcrypto_cipher *row = &virtcrypto_ciphers[i];

		if (row->registered)
			crypto_unregister_skcipher(&row->alg);
		row->registered = false;
		free_percpu(row->counts);
		row->counts = NULL;
	}
}
