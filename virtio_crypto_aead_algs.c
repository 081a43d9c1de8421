// SPDX-License-Identifier: GPL-2.0
/*
 * AEADs: a row in a table for each algorithm, and what all rows share.
 *
 * There are two kinds.  Those of the device's AEAD service bring a tag that
 * the device verifies.  The others are chains of a cipher and a MAC: there a
 * device only ever computes the MAC, and it is compared here.  What is not
 * authentic is wiped, whatever the device has written.
 *
 * A request's lists have the associated data in front.  On the wire of the
 * AEAD service it comes behind the source, which is a matter of which part of
 * the list is named first.  For a chain it is part of the source; what is
 * ciphered is a range of that.  With extended sequence numbers (authencesn)
 * the MAC covers the upper half of the number last, so that the source comes
 * in three parts, and the destination likewise.
 *
 * The device of a chain writes the associated data back.  Callers such as
 * dm-crypt have one copy of it for source and destination, so that it goes to a
 * buffer of ours: what the device was to read is then still there if it fails.
 */
#include <crypto/aead.h>
#include <crypto/aes.h>
#include <crypto/algapi.h>
#include <crypto/authenc.h>
#include <crypto/chacha.h>
#include <crypto/ctr.h>
#include <crypto/des.h>
#include <crypto/gcm.h>
#include <crypto/hash.h>
#include <crypto/internal/aead.h>
#include <crypto/poly1305.h>
#include <crypto/scatterwalk.h>
#include <crypto/sha1.h>
#include <crypto/sha2.h>
#include <crypto/md5.h>
#include <linux/kernel.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>

#include "virtio_crypto_algs.h"

/* Bytes of a trial: two lengths of associated data, and a text. */
#define VIRTCRYPTO_AEAD_TRIAL_AAD	16
#define VIRTCRYPTO_AEAD_TRIAL_AAD2	20
#define VIRTCRYPTO_AEAD_TRIAL_LEN	64
#define VIRTCRYPTO_AEAD_TRIAL_ODD	61

/* authencesn: where the upper half of the sequence number is, and its length. */
#define VIRTCRYPTO_ESN_AT		4
#define VIRTCRYPTO_ESN_LEN		4

/* Associated data that fits into our own buffer: dm-crypt has 24 bytes, ESP 28. */
#define VIRTCRYPTO_AEAD_SPARE		64

/* There are no names for them. */
#define VIRTCRYPTO_RFC7539_IV_SIZE	12
#define VIRTCRYPTO_RFC4309_IV_SIZE	8

/* How the caller's iv becomes that of the wire. */
enum virtcrypto_iv_kind {
	VIRTCRYPTO_IV_PLAIN,
	VIRTCRYPTO_IV_CCM,	/* a byte that says how long the nonce is, and that */
	VIRTCRYPTO_IV_RFC3686,	/* between a nonce that came with the key and a counter */
	VIRTCRYPTO_IV_ESP,	/* behind such a nonce, and also in the associated data */
};

/**
 * struct virtcrypto_aead - a row of the table
 * @row: what all algorithms have
 * @max_key: longest key of the cipher
 * @min_key: shortest key of the cipher
 * @iv: bytes of the caller's iv
 * @iv_kind: what becomes of it
 * @salt: bytes of nonce that come with the key, behind it
 * @block: bytes that are ciphered at a time
 * @max_tag: longest tag
 * @inner: of a chain, the hash that makes a short key of HMAC out of a long one
 * @esn: extended sequence numbers
 * @alg: made from the rest by virtcrypto_aead_add()
 */
struct virtcrypto_aead {
	struct virtcrypto_row row;
	u8 max_key;
	u8 min_key;
	u8 iv;
	u8 iv_kind;
	u8 salt;
	u8 block;
	u8 max_tag;
	const char *inner;
	bool esn;
	struct aead_alg alg;
};

static struct virtcrypto_aead virtcrypto_aeads[] = {
	{
		.row = {
			"gcm(aes)", "gcm-aes-virtio",
			{ VIRTCRYPTO_SERVICE_AEAD, VIRTCRYPTO_AEAD_GCM },
		},
		.min_key = AES_MIN_KEY_SIZE, .max_key = AES_MAX_KEY_SIZE,
		.iv = GCM_AES_IV_SIZE, .block = 1, .max_tag = AES_BLOCK_SIZE,
	}, {
		.row = {
			"ccm(aes)", "ccm-aes-virtio",
			{ VIRTCRYPTO_SERVICE_AEAD, VIRTCRYPTO_AEAD_CCM },
		},
		.min_key = AES_MIN_KEY_SIZE, .max_key = AES_MAX_KEY_SIZE,
		.iv = AES_BLOCK_SIZE, .iv_kind = VIRTCRYPTO_IV_CCM,
		.block = 1, .max_tag = AES_BLOCK_SIZE,
	}, {
		/* The kernel has these two itself, not as templates, since 7.3. */
		.row = {
			"rfc4106(gcm(aes))", "rfc4106-gcm-aes-virtio",
			{ VIRTCRYPTO_SERVICE_AEAD, VIRTCRYPTO_AEAD_GCM },
		},
		.min_key = AES_MIN_KEY_SIZE, .max_key = AES_MAX_KEY_SIZE,
		.iv = GCM_RFC4106_IV_SIZE, .iv_kind = VIRTCRYPTO_IV_ESP,
		.salt = 4, .block = 1, .max_tag = AES_BLOCK_SIZE,
	}, {
		.row = {
			"rfc4309(ccm(aes))", "rfc4309-ccm-aes-virtio",
			{ VIRTCRYPTO_SERVICE_AEAD, VIRTCRYPTO_AEAD_CCM },
		},
		.min_key = AES_MIN_KEY_SIZE, .max_key = AES_MAX_KEY_SIZE,
		.iv = VIRTCRYPTO_RFC4309_IV_SIZE, .iv_kind = VIRTCRYPTO_IV_ESP,
		.salt = 3, .block = 1, .max_tag = AES_BLOCK_SIZE,
	}, {
		.row = {
			"rfc7539(chacha20,poly1305)",
			"rfc7539-chacha20-poly1305-virtio",
			{ VIRTCRYPTO_SERVICE_AEAD,
			  VIRTCRYPTO_AEAD_CHACHA20_POLY1305 },
		},
		.min_key = CHACHA_KEY_SIZE, .max_key = CHACHA_KEY_SIZE,
		.iv = VIRTCRYPTO_RFC7539_IV_SIZE, .block = 1,
		.max_tag = POLY1305_DIGEST_SIZE,
	},
};

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
	{ "md5", VIRTCRYPTO_MAC_HMAC_MD5, MD5_DIGEST_SIZE },
	{ "sha1", VIRTCRYPTO_MAC_HMAC_SHA1, SHA1_DIGEST_SIZE },
	{ "sha224", VIRTCRYPTO_MAC_HMAC_SHA_224, SHA224_DIGEST_SIZE },
	{ "sha256", VIRTCRYPTO_MAC_HMAC_SHA_256, SHA256_DIGEST_SIZE },
	{ "sha384", VIRTCRYPTO_MAC_HMAC_SHA_384, SHA384_DIGEST_SIZE },
	{ "sha512", VIRTCRYPTO_MAC_HMAC_SHA_512, SHA512_DIGEST_SIZE },
};

static const char * const virtcrypto_chain_templates[] = {
	"authenc", "authencesn",
};

#define VIRTCRYPTO_NR_CHAINS	(ARRAY_SIZE(virtcrypto_chain_templates) * \
				 ARRAY_SIZE(virtcrypto_chain_macs) *	\
				 ARRAY_SIZE(virtcrypto_chain_ciphers))

/**
 * struct virtcrypto_chain - a row of a table that is made
 * @aead: the row
 * @name: the crypto API's name
 * @driver_name: ours
 */
struct virtcrypto_chain {
	struct virtcrypto_aead aead;
	char name[CRYPTO_MAX_ALG_NAME];
	char driver_name[CRYPTO_MAX_ALG_NAME];
};

static struct virtcrypto_chain virtcrypto_chains[VIRTCRYPTO_NR_CHAINS];

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
 * struct virtcrypto_aead_spare - a destination for associated data
 * @sg: list of @buf
 * @buf: the buffer, alone in its cache lines
 */
struct virtcrypto_aead_spare {
	struct scatterlist sg;
	u8 buf[VIRTCRYPTO_AEAD_SPARE] __aligned(CRYPTO_DMA_ALIGN);
} __aligned(CRYPTO_DMA_ALIGN);

/**
 * struct virtcrypto_aead_req - context of a request
 * @vr: the request as the layers below know it
 * @tag: of a chain, what came with the message
 * @dir: the direction
 * @spare: where the device of a chain writes associated data
 * @fallback: the same request for software; its context follows
 */
struct virtcrypto_aead_req {
	struct virtcrypto_req vr;
	u8 tag[VIRTCRYPTO_MAX_RESULT_SIZE];
	u32 dir;
	struct virtcrypto_aead_spare spare;
	struct aead_request fallback;
};

/**
 * struct virtcrypto_aead_call - what the crypto API asks for
 * @dir: the direction
 * @src: associated data, text, and to decrypt the tag
 * @dst: associated data, text, and to encrypt the tag
 * @aad_len: bytes of associated data
 * @text_len: bytes of text
 * @tag_len: bytes of the tag
 * @iv: the caller's iv
 * @nonce: what came with the key
 * @spare: of a chain, where the device writes associated data if it fits
 */
struct virtcrypto_aead_call {
	u32 dir;
	struct scatterlist *src;
	struct scatterlist *dst;
	unsigned int aad_len;
	unsigned int text_len;
	unsigned int tag_len;
	const u8 *iv;
	const u8 *nonce;
	struct virtcrypto_aead_spare *spare;
};

static bool virtcrypto_aead_is_chain(const struct virtcrypto_aead *row)
{
	return row->row.params.mac;
}

/* See virtcrypto_soft_t. */
static int virtcrypto_aead_soft(struct crypto_async_request *base, u32 flags)
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

/* The iv of the wire.  Returns its length, or 0 for software to say what is wrong. */
static unsigned int virtcrypto_aead_iv(u8 *out,
				       const struct virtcrypto_aead *row,
				       const struct virtcrypto_aead_call *call)
{
	unsigned int lsize;

	switch (row->iv_kind) {
	case VIRTCRYPTO_IV_CCM:
		/* What is left of a block is the length of the text. */
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
		/* What ESP authenticates, and its iv, which is not. */
		if (crypto_ipsec_check_assoclen(aad_len))
			return -EDOM;
		aad_len -= row->iv;
	}
	vr->op.src_len = src_len;
	vr->op.aad_len = aad_len;
	vr->op.dst_len = call->text_len + call->tag_len;
	/*
	 * The text of the specification has room for a tag behind the result
	 * of a decryption, too, where nobody wants it.
	 */
	vr->own_result = !encrypt;
	vr->verifies = !encrypt;
	return virtcrypto_req_src(vr, call->src, call->aad_len, src_len) ?:
	       virtcrypto_req_src(vr, call->src, 0, aad_len) ?:
	       virtcrypto_req_dst(vr, call->dst, call->aad_len, dst_len);
}

/*
 * What the device of a chain writes: associated data and text, in the order of
 * the source.
 */
static int virtcrypto_aead_chain_dst(struct virtcrypto_req *vr,
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

/*
 * Specification: "Symmetric algorithms Operation", op_type ALGORITHM_CHAINING.
 * A tag that came with the message goes to @tag.
 */
static int virtcrypto_aead_prepare_chain(struct virtcrypto_req *vr, u8 *tag,
					 const struct virtcrypto_aead *row,
					 const struct virtcrypto_aead_call *call)
{
	unsigned int behind = VIRTCRYPTO_ESN_AT + VIRTCRYPTO_ESN_LEN;
	unsigned int len = call->aad_len + call->text_len;
	unsigned int i;

	vr->op.src_len = len;
	vr->op.dst_len = len;
	vr->op.cipher_start = call->aad_len;
	vr->op.cipher_len = call->text_len;
	vr->own_result = true;
	if (call->dir == VIRTCRYPTO_DIR_DECRYPT) {
		scatterwalk_map_and_copy(tag, call->src, len, call->tag_len, 0);
		/* A device that leaves it as it was must not be right. */
		for (i = 0; i < call->tag_len; i++)
			vr->result[i] = ~tag[i];
	} else {
		memset(vr->result, 0, call->tag_len);
	}

	if (!row->esn)
		return virtcrypto_req_src(vr, call->src, 0, len) ?:
		       virtcrypto_aead_chain_dst(vr, row, call);
	vr->op.cipher_start -= VIRTCRYPTO_ESN_LEN;
	return virtcrypto_req_src(vr, call->src, 0, VIRTCRYPTO_ESN_AT) ?:
	       virtcrypto_req_src(vr, call->src, behind, len - behind) ?:
	       virtcrypto_req_src(vr, call->src, VIRTCRYPTO_ESN_AT,
				  VIRTCRYPTO_ESN_LEN) ?:
	       virtcrypto_aead_chain_dst(vr, row, call);
}

/*
 * Describe a request for the layers below.  -EDOM: software should do it, or
 * say what is wrong.
 */
static int virtcrypto_aead_prepare(struct virtcrypto_req *vr, u8 *tag,
				   const struct virtcrypto_aead *row,
				   const struct virtcrypto_aead_call *call)
{
	vr->op.code = call->dir == VIRTCRYPTO_DIR_ENCRYPT ?
		      VIRTCRYPTO_OP_ENCRYPT : VIRTCRYPTO_OP_DECRYPT;
	vr->op.result_len = call->tag_len;
	vr->op.iv_len = virtcrypto_aead_iv(vr->iv, row, call);
	/* A cipher with nothing to do is nothing to be tried out with data. */
	if (!vr->op.iv_len || !call->tag_len || !call->text_len ||
	    call->text_len % row->block)
		return -EDOM;
	if (!virtcrypto_aead_is_chain(row))
		return virtcrypto_aead_prepare_aead(vr, row, call);
	if (row->esn && call->aad_len < VIRTCRYPTO_ESN_AT + VIRTCRYPTO_ESN_LEN)
		return -EDOM;
	return virtcrypto_aead_prepare_chain(vr, tag, row, call);
}

/* Nobody gets to see what was not authentic. */
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

/* Callers may look for associated data in the destination, as it is in the source. */
static void virtcrypto_aead_copy_aad(struct aead_request *req,
				     struct virtcrypto_aead_req *rctx)
{
	u8 *buf = rctx->spare.buf;

	if (req->src == req->dst || req->assoclen > sizeof(rctx->spare.buf))
		return;
	scatterwalk_map_and_copy(buf, req->src, 0, req->assoclen, 0);
	scatterwalk_map_and_copy(buf, req->dst, 0, req->assoclen, 1);
}

/* Send or check the MAC of a chain. */
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
		/* The input may be gone: there is nothing to do it anew from. */
		virtcrypto_row_count(row, VIRTCRYPTO_EIO);
		err = -EIO;
	} else {
		err = virtcrypto_redo(row, vr, err, virtcrypto_aead_soft);
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
	struct virtcrypto_row *row = &ctx->row->row;
	int err;

	rctx->dir = dir;
	if (dir == VIRTCRYPTO_DIR_DECRYPT) {
		/* The crypto API has seen to it that there is room for a tag. */
		call.text_len -= call.tag_len;
	}
	virtcrypto_req_init(&rctx->vr, &ctx->key, virtcrypto_aead_done);
	rctx->vr.base = &req->base;
	err = virtcrypto_aead_prepare(&rctx->vr, rctx->tag, ctx->row, &call);
	if (!err) {
		err = virtcrypto_key_submit(&ctx->key, dir, &rctx->vr);
		if (err == -EINPROGRESS || err == -EBUSY)
			return err;
	} else if (err != -EDOM) {
		return err;
	}
	virtcrypto_row_count(row, virtcrypto_why(err, false));
	err = virtcrypto_aead_soft(&req->base, req->base.flags);
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

/*
 * The keys of a chain as the wire wants them, one behind the other in @out, and
 * the nonce that came with them.
 */
static int virtcrypto_aead_chain_keys(const struct virtcrypto_aead *row,
				      struct crypto_shash *inner,
				      struct virtcrypto_params *params, u8 *out,
				      u8 *nonce, const u8 *bytes,
				      unsigned int len)
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

	/* HMAC itself would do so; the device has a limit for keys. */
	if (keys.authkeylen > crypto_shash_blocksize(inner)) {
		params->auth_key_len = crypto_shash_digestsize(inner);
		return crypto_shash_tfm_digest(inner, keys.authkey,
					       keys.authkeylen, out);
	}
	memcpy(out, keys.authkey, keys.authkeylen);
	params->auth_key_len = keys.authkeylen;
	return 0;
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
	/* Software also judges the key, so that nobody sees a difference. */
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
		/* No part is longer than the whole, or than a hash. */
		keys = kmalloc(len + VIRTCRYPTO_MAX_RESULT_SIZE, gfp);
		if (!keys)
			return -ENOMEM;
		err = virtcrypto_aead_chain_keys(ctx->row, ctx->inner, &params,
						 keys, ctx->nonce, bytes, len);
	}
	/* A key of no bytes is nothing to be tried out with data. */
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
	virtcrypto_key_init(&ctx->key, &row->row);
	/* ESP's packets must not overtake each other by much. */
	ctx->key.ordered = true;
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

/* The key of a trial as the crypto API has it; returns its length. */
static unsigned int virtcrypto_aead_trial_key(const struct virtcrypto_aead *row,
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
 * Software comes last.  Of a chain it is an instance of a template, which would
 * stay behind, be found by its name, and keep the kernel from making one of our
 * ciphers, if the device does those and no chains.
 */
static int virtcrypto_aead_trial_soft(struct virtcrypto_trial *trial,
				      const struct virtcrypto_aead *row)
{
	struct crypto_aead *soft = trial->soft;
	int err;

	if (!soft) {
		soft = crypto_alloc_aead(row->row.name, 0,
					 VIRTCRYPTO_FALLBACK_MASK);
		if (IS_ERR(soft))
			return PTR_ERR(soft);
		trial->soft = soft;
		err = crypto_aead_setauthsize(soft, row->max_tag);
		if (err)
			return err;
	}
	return crypto_aead_setkey(soft, trial->bytes, trial->bytes_len);
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
	trial->bytes_len = virtcrypto_aead_trial_key(row, key_len,
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
	err = virtcrypto_aead_chain_keys(row, inner, &params, keys,
					 trial->nonce, trial->bytes,
					 trial->bytes_len) ?:
	      virtcrypto_key_set(&trial->key, &params, keys, GFP_KERNEL);
	crypto_free_shash(inner);
	return err;
}

static int virtcrypto_aead_trial_next(struct virtcrypto_trial *trial,
				      const struct virtcrypto_row *r,
				      unsigned int nth)
{
	const struct virtcrypto_aead *row =
		container_of(r, struct virtcrypto_aead, row);
	unsigned int len = virtcrypto_trial_key_len(row->min_key, row->max_key,
						    nth);

	return len ? virtcrypto_aead_trial_set(trial, row, len) : -ENOENT;
}

static int virtcrypto_aead_trial_init(struct virtcrypto_trial *trial,
				      const struct virtcrypto_row *r)
{
	const struct virtcrypto_aead *row =
		container_of(r, struct virtcrypto_aead, row);
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
	crypto_free_aead(trial->soft);
}

/* What software makes of the input, in trial->want. */
static int virtcrypto_aead_answer(struct virtcrypto_trial *trial,
				  const struct virtcrypto_aead *row,
				  unsigned int aad_len, unsigned int text_len)
{
	u8 iv[VIRTCRYPTO_MAX_IV_SIZE];
	struct aead_request *req;
	struct scatterlist sg;
	int err;

	err = virtcrypto_aead_trial_soft(trial, row);
	if (err)
		return err;
	req = aead_request_alloc(trial->soft, GFP_KERNEL);
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

/* There and back again, and that a forgery is found out. */
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

	/* The device reads it, so that it has to be where devices may read. */
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
	const struct virtcrypto_aead *row =
		container_of(r, struct virtcrypto_aead, row);

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
	struct virtcrypto_aead *row =
		container_of(r, struct virtcrypto_aead, row);
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
	virtcrypto_alg_init(&alg->base, r, virtcrypto_aead_is_chain(row) ?
					   virtcrypto_chain_priority :
					   virtcrypto_aead_priority);
	return crypto_register_aead(alg);
}

static void virtcrypto_aead_del(struct virtcrypto_row *r)
{
	crypto_unregister_aead(&container_of(r, struct virtcrypto_aead,
					     row)->alg);
}

static void virtcrypto_chain_setup(void)
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

const struct virtcrypto_class virtcrypto_aead_class = {
	.rows = virtcrypto_aeads,
	.size = sizeof(virtcrypto_aeads[0]),
	.nr = ARRAY_SIZE(virtcrypto_aeads),
	.trial_init = virtcrypto_aead_trial_init,
	.trial_key = virtcrypto_aead_trial_next,
	.trial_run = virtcrypto_aead_trial_run,
	.trial_exit = virtcrypto_aead_trial_exit,
	.add = virtcrypto_aead_add,
	.del = virtcrypto_aead_del,
};

const struct virtcrypto_class virtcrypto_chain_class = {
	.rows = virtcrypto_chains,
	.size = sizeof(virtcrypto_chains[0]),
	.nr = ARRAY_SIZE(virtcrypto_chains),
	.setup = virtcrypto_chain_setup,
	.trial_init = virtcrypto_aead_trial_init,
	.trial_key = virtcrypto_aead_trial_next,
	.trial_run = virtcrypto_aead_trial_run,
	.trial_exit = virtcrypto_aead_trial_exit,
	.add = virtcrypto_aead_add,
	.del = virtcrypto_aead_del,
};
