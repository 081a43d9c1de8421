// SPDX-License-Identifier: GPL-2.0
// Copyright (C) 2026 The virtio_crypto authors
/*
 * Signatures, for kernels in which they are a type of their own: PKCS#1 with a
 * hash, and verification of ECDSA.  For older ones see
 * virtio_crypto_ecdsa_algs.c.
 *
 * The type is synchronous, so each call waits for the device; the watchdog
 * bounds the wait.  The fallback does what the device does not do.
 *
 * If a device says that a signature is valid, that is believed.  So the
 * priority is less than that of the kernel's software, unless the administrator
 * changes that.
 */
/* crypto/internal/ecc.h needs it */
#include <linux/math.h>
#include <crypto/internal/ecc.h>
#include <crypto/internal/sig.h>
#include <crypto/sha1.h>
#include <crypto/sha2.h>
#include <crypto/md5.h>
#include <crypto/sig.h>
#include <linux/slab.h>
#include <linux/unaligned.h>

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

/* Longest number of an ECDSA signature in DER, and longest signature. */
#define VIRTCRYPTO_EC_MAX_INTEGER	(2 + 1 + ECC_MAX_BYTES)
#define VIRTCRYPTO_EC_MAX_DER		(3 + 2 * VIRTCRYPTO_EC_MAX_INTEGER)

/* Longest modulus, signature or digest that is sent to a device. */
#define VIRTCRYPTO_SIG_MAX_BYTES	1024

/**
 * struct virtcrypto_sig - a row of the table
 * @row: what all algorithms have
 * @digest: of RSA, bytes of the hash
 * @point: of ECDSA, a public key for the trial
 * @point_len: bytes of @point
 * @signature: and a signature of virtcrypto_ec_digest
 * @signature_len: bytes of @signature
 * @alg: made from the rest by virtcrypto_sig_add()
 */
struct virtcrypto_sig {
	struct virtcrypto_row row;
	u8 digest;
	const u8 *point;
	u8 point_len;
	const u8 *signature;
	u8 signature_len;
	struct sig_alg alg;
};

static struct virtcrypto_sig virtcrypto_sigs[] = {
	{
		.row = {
			.name = "pkcs1(rsa,md5)",
			.driver_name = "pkcs1-rsa-md5-virtio",
			.params = { .hash = VIRTCRYPTO_RSA_HASH_MD5 },
		},
		.digest = MD5_DIGEST_SIZE,
	}, {
		.row = {
			.name = "pkcs1(rsa,sha1)",
			.driver_name = "pkcs1-rsa-sha1-virtio",
			.params = { .hash = VIRTCRYPTO_RSA_HASH_SHA1 },
		},
		.digest = SHA1_DIGEST_SIZE,
	}, {
		.row = {
			.name = "pkcs1(rsa,sha224)",
			.driver_name = "pkcs1-rsa-sha224-virtio",
			.params = { .hash = VIRTCRYPTO_RSA_HASH_SHA224 },
		},
		.digest = SHA224_DIGEST_SIZE,
	}, {
		.row = {
			.name = "pkcs1(rsa,sha256)",
			.driver_name = "pkcs1-rsa-sha256-virtio",
			.params = { .hash = VIRTCRYPTO_RSA_HASH_SHA256 },
		},
		.digest = SHA256_DIGEST_SIZE,
	}, {
		.row = {
			.name = "pkcs1(rsa,sha384)",
			.driver_name = "pkcs1-rsa-sha384-virtio",
			.params = { .hash = VIRTCRYPTO_RSA_HASH_SHA384 },
		},
		.digest = SHA384_DIGEST_SIZE,
	}, {
		.row = {
			.name = "pkcs1(rsa,sha512)",
			.driver_name = "pkcs1-rsa-sha512-virtio",
			.params = { .hash = VIRTCRYPTO_RSA_HASH_SHA512 },
		},
		.digest = SHA512_DIGEST_SIZE,
	},
	{ VIRTCRYPTO_CURVE_ROW(192) },
	{ VIRTCRYPTO_CURVE_ROW(256) },
	{ VIRTCRYPTO_CURVE_ROW(384) },
	{ VIRTCRYPTO_CURVE_ROW(521) },
};

static struct virtcrypto_sig *
virtcrypto_sig_row_of(const struct virtcrypto_row *r)
{
	return container_of((struct virtcrypto_row *)r,
			    struct virtcrypto_sig, row);
}

/**
 * struct virtcrypto_sig_ctx - context of a transform
 * @row: the algorithm
 * @key: the key and its sessions
 * @fallback: software with the same key
 * @size: bytes of a signature by RSA, or of a coordinate; 0 while there is no
 *	key
 * @private: the key is a private one
 */
struct virtcrypto_sig_ctx {
	struct virtcrypto_sig *row;
	struct virtcrypto_key key;
	struct crypto_sig *fallback;
	unsigned int size;
	bool private;
};

/**
 * struct virtcrypto_sig_call - a call that waits for a device
 * @sync: the request
 * @src: list of what the device reads
 * @dst: list of what it writes
 * @buf: both
 */
struct virtcrypto_sig_call {
	struct virtcrypto_sync sync;
	struct scatterlist src;
	struct scatterlist dst;
	u8 buf[] __aligned(CRYPTO_DMA_ALIGN);
};

static bool virtcrypto_sig_is_ec(const struct virtcrypto_sig *row)
{
	return row->point;
}

/*
 * Specification: "AKCIPHER Service Operation", VERIFY: the signature and what
 * was signed are both read by the device.
 */
static int virtcrypto_sig_ask_verify(struct virtcrypto_key *key,
				     struct virtcrypto_dataq *q,
				     const u8 *sig, unsigned int sig_len,
				     const u8 *digest, unsigned int digest_len)
{
	struct virtcrypto_sig_call *call;
	struct virtcrypto_req *vr;
	int err;

	call = kmalloc(struct_size(call, buf, sig_len + digest_len), GFP_KERNEL);
	if (!call)
		return -ENOMEM;
	memcpy(call->buf, sig, sig_len);
	memcpy(call->buf + sig_len, digest, digest_len);
	sg_init_one(&call->src, call->buf, sig_len + digest_len);
	virtcrypto_sync_begin(&call->sync, q);
	vr = &call->sync.vr;
	vr->op.code = VIRTCRYPTO_OP_VERIFY;
	vr->op.src_len = sig_len;
	vr->op.dst_len = digest_len;
	vr->verifies = true;
	err = virtcrypto_req_src(vr, &call->src, 0, sig_len) ?:
	      virtcrypto_req_src(vr, &call->src, sig_len, digest_len) ?:
	      virtcrypto_sync_submit(&call->sync, key, VIRTCRYPTO_DIR_ENCRYPT);
	kfree(call);
	/* Devices return one of two errors for this. */
	return err == -EBADMSG ? -EKEYREJECTED : err;
}

static int virtcrypto_sig_ask_sign(struct virtcrypto_key *key,
				   struct virtcrypto_dataq *q,
				   const u8 *digest, unsigned int digest_len,
				   u8 *sig, unsigned int sig_len)
{
	unsigned int at = ALIGN(digest_len, CRYPTO_DMA_ALIGN);
	struct virtcrypto_sig_call *call;
	struct virtcrypto_req *vr;
	int err;

	call = kzalloc(struct_size(call, buf, at + sig_len), GFP_KERNEL);
	if (!call)
		return -ENOMEM;
	memcpy(call->buf, digest, digest_len);
	virtcrypto_number_expect(call->buf + at, sig_len);
	sg_init_one(&call->src, call->buf, digest_len);
	sg_init_one(&call->dst, call->buf + at, sig_len);
	virtcrypto_sync_begin(&call->sync, q);
	vr = &call->sync.vr;
	vr->op.code = VIRTCRYPTO_OP_SIGN;
	vr->op.src_len = digest_len;
	vr->op.dst_len = sig_len;
	err = virtcrypto_req_src(vr, &call->src, 0, digest_len) ?:
	      virtcrypto_req_dst(vr, &call->dst, 0, sig_len) ?:
	      virtcrypto_sync_submit(&call->sync, key, VIRTCRYPTO_DIR_ENCRYPT) ?:
	      virtcrypto_number_place(call->buf + at, sig_len, vr->used);
	if (!err)
		memcpy(sig, call->buf + at, sig_len);
	kfree(call);
	return err;
}

/* Encode a number of @nr digits in DER. Returns its length. */
static unsigned int virtcrypto_der_integer(u8 *out, const u64 *digits,
					   unsigned int nr)
{
	unsigned int i, first = 0, len = 1 + nr * sizeof(*digits);
	u8 bytes[1 + ECC_MAX_BYTES] = { };

	for (i = 0; i < nr; i++)
		put_unaligned_be64(digits[nr - 1 - i],
				   bytes + 1 + i * sizeof(*digits));
	/*
	 * Its first bit is clear, and there are no superfluous leading zeros.
	 */
	while (first < len - 1 && !bytes[first] && !(bytes[first + 1] & 0x80))
		first++;
	len -= first;
	out[0] = 0x02;
	out[1] = len;
	memcpy(out + 2, bytes + first, len);
	return 2 + len;
}

/* Encode again what the kernel has decoded: Ecdsa-Sig-Value in DER. */
static unsigned int virtcrypto_der_signature(u8 *out,
					     const struct ecdsa_raw_sig *raw,
					     unsigned int nr)
{
	u8 numbers[2 * VIRTCRYPTO_EC_MAX_INTEGER];
	unsigned int len, at = 0;

	len = virtcrypto_der_integer(numbers, raw->r, nr);
	len += virtcrypto_der_integer(numbers + len, raw->s, nr);
	out[at++] = 0x30;
	if (len >= 0x80)
		out[at++] = 0x81;
	out[at++] = len;
	memcpy(out + at, numbers, len);
	return at + len;
}

/* Returns -EDOM if the fallback has to do it or to return the error. */
static int virtcrypto_sig_try_verify(struct virtcrypto_sig_ctx *ctx,
				     const void *src, unsigned int slen,
				     const void *digest, unsigned int dlen)
{
	u8 der[VIRTCRYPTO_EC_MAX_DER];

	if (!ctx->size || !dlen || dlen > VIRTCRYPTO_SIG_MAX_BYTES)
		return -EDOM;
	if (!virtcrypto_sig_is_ec(ctx->row)) {
		if (slen != ctx->size || dlen != ctx->row->digest)
			return -EDOM;
	} else {
		if (slen != sizeof(struct ecdsa_raw_sig))
			return -EDOM;
		slen = virtcrypto_der_signature(der, src,
						DIV_ROUND_UP(ctx->size,
							     sizeof(u64)));
		src = der;
	}
	return virtcrypto_sig_ask_verify(&ctx->key, NULL, src, slen, digest,
					 dlen);
}

static int virtcrypto_sig_verify(struct crypto_sig *tfm,
				 const void *src, unsigned int slen,
				 const void *digest, unsigned int dlen)
{
	struct virtcrypto_sig_ctx *ctx = crypto_sig_ctx(tfm);
	struct virtcrypto_row *row = &ctx->row->row;
	int err;

	err = virtcrypto_sig_try_verify(ctx, src, slen, digest, dlen);
	if (!err || err == -EKEYREJECTED) {
		virtcrypto_row_count(row, VIRTCRYPTO_OFFLOADED);
		return err;
	}
	virtcrypto_row_count(row, virtcrypto_fallback_reason(err, false));
	return crypto_sig_verify(ctx->fallback, src, slen, digest, dlen);
}

static int virtcrypto_sig_sign(struct crypto_sig *tfm,
			       const void *src, unsigned int slen,
			       void *dst, unsigned int dlen)
{
	struct virtcrypto_sig_ctx *ctx = crypto_sig_ctx(tfm);
	struct virtcrypto_row *row = &ctx->row->row;
	int err = -EDOM;

	if (ctx->size && ctx->private && slen == ctx->row->digest &&
	    dlen >= ctx->size)
		err = virtcrypto_sig_ask_sign(&ctx->key, NULL, src, slen, dst,
					      ctx->size);
	if (!err) {
		virtcrypto_row_count(row, VIRTCRYPTO_OFFLOADED);
		return ctx->size;
	}
	virtcrypto_row_count(row, virtcrypto_fallback_reason(err, false));
	return crypto_sig_sign(ctx->fallback, src, slen, dst, dlen);
}

static int virtcrypto_sig_set_key(struct crypto_sig *tfm, const void *bytes,
				  unsigned int len, bool private)
{
	struct virtcrypto_sig_ctx *ctx = crypto_sig_ctx(tfm);
	struct virtcrypto_params params = ctx->row->row.params;
	unsigned int size;
	int err;

	/* The fallback checks the key and knows its length. */
	ctx->size = 0;
	err = private ? crypto_sig_set_privkey(ctx->fallback, bytes, len) :
			crypto_sig_set_pubkey(ctx->fallback, bytes, len);
	if (err)
		return err;
	params.key_type = private ? VIRTCRYPTO_KEY_PRIVATE :
				    VIRTCRYPTO_KEY_PUBLIC;
	params.key_len = len;
	err = virtcrypto_key_set(&ctx->key, &params, bytes, GFP_KERNEL);
	if (err)
		return err;
	ctx->private = private;
	size = DIV_ROUND_UP(crypto_sig_keysize(ctx->fallback), 8);
	if (size <= VIRTCRYPTO_SIG_MAX_BYTES)
		ctx->size = size;
	return 0;
}

static int virtcrypto_sig_set_pub_key(struct crypto_sig *tfm,
				      const void *bytes, unsigned int len)
{
	return virtcrypto_sig_set_key(tfm, bytes, len, false);
}

static int virtcrypto_sig_set_priv_key(struct crypto_sig *tfm,
				       const void *bytes, unsigned int len)
{
	return virtcrypto_sig_set_key(tfm, bytes, len, true);
}

static unsigned int virtcrypto_sig_key_size(struct crypto_sig *tfm)
{
	struct virtcrypto_sig_ctx *ctx = crypto_sig_ctx(tfm);

	return crypto_sig_keysize(ctx->fallback);
}

static unsigned int virtcrypto_sig_digest_size(struct crypto_sig *tfm)
{
	struct virtcrypto_sig_ctx *ctx = crypto_sig_ctx(tfm);

	return crypto_sig_digestsize(ctx->fallback);
}

static unsigned int virtcrypto_sig_max_size(struct crypto_sig *tfm)
{
	struct virtcrypto_sig_ctx *ctx = crypto_sig_ctx(tfm);

	return crypto_sig_maxsize(ctx->fallback);
}

/* Signatures have no ASYNC flag; NEED_FALLBACK excludes our own ones. */
static struct crypto_sig *virtcrypto_sig_alloc_fallback(const char *name)
{
	return crypto_alloc_sig(name, 0, CRYPTO_ALG_NEED_FALLBACK);
}

static int virtcrypto_sig_init_tfm(struct crypto_sig *tfm)
{
	struct virtcrypto_sig_ctx *ctx = crypto_sig_ctx(tfm);
	struct virtcrypto_sig *row = container_of(crypto_sig_alg(tfm),
						  struct virtcrypto_sig, alg);

	ctx->row = row;
	ctx->fallback = virtcrypto_sig_alloc_fallback(row->row.name);
	if (IS_ERR(ctx->fallback))
		return PTR_ERR(ctx->fallback);
	virtcrypto_key_init(&ctx->key, row->row.id, &row->row.params);
	return 0;
}

static void virtcrypto_sig_exit_tfm(struct crypto_sig *tfm)
{
	struct virtcrypto_sig_ctx *ctx = crypto_sig_ctx(tfm);

	virtcrypto_key_wipe(&ctx->key);
	crypto_free_sig(ctx->fallback);
}

static void virtcrypto_sig_setup(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(virtcrypto_sigs); i++) {
		struct virtcrypto_sig *row = &virtcrypto_sigs[i];
		struct virtcrypto_params *params = &row->row.params;

		params->service = VIRTCRYPTO_SERVICE_AKCIPHER;
		params->algo = virtcrypto_sig_is_ec(row) ?
			       VIRTCRYPTO_AKCIPHER_ECDSA :
			       VIRTCRYPTO_AKCIPHER_RSA;
		if (!virtcrypto_sig_is_ec(row))
			params->padding = VIRTCRYPTO_RSA_PKCS1;
	}
}

static int virtcrypto_sig_trial_init(struct virtcrypto_trial *trial,
				     const struct virtcrypto_row *r)
{
	const struct virtcrypto_sig *row = virtcrypto_sig_row_of(r);
	struct virtcrypto_params params = r->params;
	const u8 *key;

	if (virtcrypto_sig_is_ec(row)) {
		params.key_type = VIRTCRYPTO_KEY_PUBLIC;
		params.key_len = row->point_len;
		key = row->point;
	} else {
		params.key_type = VIRTCRYPTO_KEY_PRIVATE;
		params.key_len = sizeof(virtcrypto_rsa_private);
		key = virtcrypto_rsa_private;
	}
	if (!virtcrypto_device_takes(trial->key.dev, &params))
		return -EOPNOTSUPP;
	return virtcrypto_key_set(&trial->key, &params, key, GFP_KERNEL);
}

static void virtcrypto_sig_trial_exit(struct virtcrypto_trial *trial)
{
	crypto_free_sig(trial->fallback);
}

/* Check that a signature is accepted and rejected for another digest. */
static int virtcrypto_sig_trial_verify(struct virtcrypto_key *key,
				       struct virtcrypto_dataq *q,
				       const u8 *sig, unsigned int sig_len,
				       u8 *digest, unsigned int digest_len)
{
	int err;

	err = virtcrypto_sig_ask_verify(key, q, sig, sig_len, digest,
					digest_len);
	if (err)
		return err == -EKEYREJECTED ? -EBADMSG : err;
	digest[0] ^= 1;
	err = virtcrypto_sig_ask_verify(key, q, sig, sig_len, digest,
					digest_len);
	digest[0] ^= 1;
	if (!err)
		return -EBADMSG;
	return err == -EKEYREJECTED ? 0 : err;
}

/* Allocate the fallback last, see virtcrypto_aead_trial_fallback(). */
static int virtcrypto_sig_trial_fallback(struct virtcrypto_trial *trial,
					 const struct virtcrypto_sig *row)
{
	struct crypto_sig *fallback;

	if (trial->fallback)
		return 0;
	fallback = virtcrypto_sig_alloc_fallback(row->row.name);
	if (IS_ERR(fallback))
		return PTR_ERR(fallback);
	trial->fallback = fallback;
	if (virtcrypto_sig_is_ec(row))
		return 0;
	return crypto_sig_set_privkey(fallback, virtcrypto_rsa_private,
				      sizeof(virtcrypto_rsa_private));
}

static int virtcrypto_sig_trial_run(struct virtcrypto_trial *trial,
				    const struct virtcrypto_row *r,
				    struct virtcrypto_dataq *q, bool tail)
{
	const struct virtcrypto_sig *row = virtcrypto_sig_row_of(r);
	struct virtcrypto_params params = r->params;
	struct virtcrypto_key *public;
	int err;

	if (virtcrypto_sig_is_ec(row)) {
		memcpy(trial->in, virtcrypto_ec_digest,
		       sizeof(virtcrypto_ec_digest));
		return virtcrypto_sig_trial_verify(&trial->key, q,
						   row->signature,
						   row->signature_len,
						   trial->in,
						   sizeof(virtcrypto_ec_digest)) ?:
		       virtcrypto_sig_trial_fallback(trial, row);
	}

	err = virtcrypto_sig_ask_sign(&trial->key, q, trial->in, row->digest,
				      trial->out, VIRTCRYPTO_RSA_TRIAL_LEN) ?:
	      virtcrypto_sig_trial_fallback(trial, row);
	if (err)
		return err;
	err = crypto_sig_sign(trial->fallback, trial->in, row->digest, trial->want,
			      sizeof(trial->want));
	if (err < 0)
		return err;
	if (memcmp(trial->out, trial->want, VIRTCRYPTO_RSA_TRIAL_LEN))
		return -EBADMSG;

	public = kzalloc_obj(*public, GFP_KERNEL);
	if (!public)
		return -ENOMEM;
	virtcrypto_key_init(public, r->id, &r->params);
	public->dev = trial->key.dev;
	params.key_type = VIRTCRYPTO_KEY_PUBLIC;
	params.key_len = sizeof(virtcrypto_rsa_public);
	err = virtcrypto_key_set(public, &params, virtcrypto_rsa_public,
				 GFP_KERNEL) ?:
	      virtcrypto_sig_trial_verify(public, q, trial->want,
					  VIRTCRYPTO_RSA_TRIAL_LEN, trial->in,
					  row->digest);
	virtcrypto_key_wipe(public);
	kfree(public);
	return err;
}

static int virtcrypto_sig_add(struct virtcrypto_row *r)
{
	struct virtcrypto_sig *row = virtcrypto_sig_row_of(r);
	struct sig_alg *alg = &row->alg;

	*alg = (struct sig_alg) {
		.verify = virtcrypto_sig_verify,
		.set_pub_key = virtcrypto_sig_set_pub_key,
		.key_size = virtcrypto_sig_key_size,
		.digest_size = virtcrypto_sig_digest_size,
		.max_size = virtcrypto_sig_max_size,
		.init = virtcrypto_sig_init_tfm,
		.exit = virtcrypto_sig_exit_tfm,
		.base = {
			.cra_ctxsize = sizeof(struct virtcrypto_sig_ctx),
		},
	};
	/* The kernel's ECDSA does not sign. */
	if (!virtcrypto_sig_is_ec(row)) {
		alg->sign = virtcrypto_sig_sign;
		alg->set_priv_key = virtcrypto_sig_set_priv_key;
	}
	virtcrypto_row_init_alg(r, &alg->base, virtcrypto_akcipher_priority);
	alg->base.cra_flags &= ~CRYPTO_ALG_ASYNC;
	return crypto_register_sig(alg);
}

static void virtcrypto_sig_del(struct virtcrypto_row *r)
{
	crypto_unregister_sig(&virtcrypto_sig_row_of(r)->alg);
}

const struct virtcrypto_class virtcrypto_sig_class = {
	.rows = virtcrypto_sigs,
	.size = sizeof(virtcrypto_sigs[0]),
	.nr = ARRAY_SIZE(virtcrypto_sigs),
	.setup = virtcrypto_sig_setup,
	.trial_init = virtcrypto_sig_trial_init,
	.trial_run = virtcrypto_sig_trial_run,
	.trial_exit = virtcrypto_sig_trial_exit,
	.add = virtcrypto_sig_add,
	.del = virtcrypto_sig_del,
};
