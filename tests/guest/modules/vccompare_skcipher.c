// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The virtio_crypto authors
 *
 * vccompare: ciphers.
 */

#include <linux/err.h>
#include <linux/string.h>
#include <crypto/skcipher.h>

#include "vccompare.h"

#define MAX_LEN		4096

enum { ENCRYPT, DECRYPT };

static const char * const kinds[] = { "encrypt", "decrypt", NULL };

struct cipher_slot {
	struct vcc_slot slot;
	struct skcipher_request *req;
	struct skcipher_request kept;
};

struct cipher_writer {
	struct vcc_writer writer;
	struct crypto_skcipher *tfm;
	struct crypto_skcipher *ref;
	unsigned int key_len;
};

static struct cipher_slot *to_cipher(const struct vcc_slot *slot)
{
	return container_of(slot, struct cipher_slot, slot);
}

static struct cipher_writer *to_writer(struct vcc_writer *w)
{
	return container_of(w, struct cipher_writer, writer);
}

static struct crypto_skcipher *tfm_of(const struct vcc_slot *slot)
{
	return to_writer(slot->writer)->tfm;
}

static const char *alg_name(struct crypto_skcipher *tfm)
{
	return crypto_tfm_alg_name(crypto_skcipher_tfm(tfm));
}

static int cipher_rekey(struct vcc_writer *w)
{
	struct cipher_writer *c = to_writer(w);
	u8 key[VCT_ANY_KEY];
	int err, soft_err;
	bool soft;

	c->key_len = vct_any_key(alg_name(c->tfm), &w->rng, key, vcc_nokey,
				 &soft);
	soft_err = crypto_skcipher_setkey(c->ref, key, c->key_len);
	err = crypto_skcipher_setkey(c->tfm, key, c->key_len);
	if (err || soft_err)
		vct_fault("setkey with %u bytes: %d, software says %d",
			  c->key_len, err, soft_err);
	return err ?: soft_err;
}

static int cipher_open(struct vcc_writer *w)
{
	struct cipher_writer *c = to_writer(w);
	struct crypto_skcipher *tfm, *ref;
	const char *name;

	tfm = crypto_alloc_skcipher(vct.alg, 0, 0);
	c->tfm = tfm;
	if (IS_ERR(tfm)) {
		vct_fault("cannot allocate %s: %ld", vct.alg, PTR_ERR(tfm));
		return PTR_ERR(tfm);
	}
	name = vct.ref ?: alg_name(tfm);
	ref = crypto_alloc_skcipher(name, 0, VCC_REF_MASK);
	c->ref = ref;
	if (IS_ERR(ref)) {
		vct_fault("no software %s: %ld", name, PTR_ERR(ref));
		return PTR_ERR(ref);
	}
	if (crypto_skcipher_blocksize(tfm) != crypto_skcipher_blocksize(ref) ||
	    crypto_skcipher_ivsize(tfm) != crypto_skcipher_ivsize(ref)) {
		vct_fault("%s and %s differ in block or iv size", vct.alg, name);
		return -EINVAL;
	}
	return cipher_rekey(w);
}

static void cipher_close(struct vcc_writer *w)
{
	struct cipher_writer *c = to_writer(w);

	if (!IS_ERR_OR_NULL(c->tfm))
		crypto_free_skcipher(c->tfm);
	if (!IS_ERR_OR_NULL(c->ref))
		crypto_free_skcipher(c->ref);
}

static int cipher_init_slot(struct vcc_slot *slot)
{
	struct cipher_slot *c = to_cipher(slot);

	c->req = skcipher_request_alloc(tfm_of(slot), GFP_KERNEL);
	return c->req ? 0 : -ENOMEM;
}

static void cipher_exit_slot(struct vcc_slot *slot)
{
	skcipher_request_free(to_cipher(slot)->req);
}

/* Compute the result of software for @len bytes of slot->want, and the iv. */
static int reference(struct vcc_slot *slot, unsigned int len)
{
	struct skcipher_request *req;
	struct scatterlist sg;
	int err;

	req = skcipher_request_alloc(to_writer(slot->writer)->ref, GFP_KERNEL);
	if (!req)
		return -ENOMEM;
	sg_init_one(&sg, slot->want, len ?: 1);
	skcipher_request_set_callback(req, CRYPTO_TFM_REQ_MAY_SLEEP, NULL, NULL);
	skcipher_request_set_crypt(req, &sg, &sg, len, slot->iv_want +
				   (slot->iv - slot->iv_room));
	err = slot->kind == ENCRYPT ? crypto_skcipher_encrypt(req) :
				      crypto_skcipher_decrypt(req);
	skcipher_request_free(req);
	if (err)
		vct_fault("software says %d", err);
	return err;
}

static unsigned int cipher_len(struct crypto_skcipher *tfm,
			       struct rnd_state *rng)
{
	/* Any length of at least a block. */
	if (strstarts(alg_name(tfm), "xts("))
		return 16 + vcc_random_len(MAX_LEN - 16, 1, rng);
	return vcc_random_len(MAX_LEN, crypto_skcipher_blocksize(tfm), rng);
}

static int cipher_prepare(struct vcc_slot *slot, struct rnd_state *rng)
{
	struct cipher_slot *c = to_cipher(slot);
	unsigned int len = cipher_len(tfm_of(slot), rng);
	int err;

	slot->hardware = len;
	vcc_random_shape(slot, len, len, rng);
	err = vcc_make_layout(slot, rng);
	if (err)
		return err;
	vcc_random_iv(slot, crypto_skcipher_ivsize(tfm_of(slot)), rng);
	vct_layout_read(slot->layout, slot->want, len);
	err = reference(slot, len);
	if (err)
		return err;
	vct_layout_expect(slot->layout, slot->want, len);

	skcipher_request_set_callback(c->req, slot->flags, vcc_call_done,
				      &slot->call);
	skcipher_request_set_crypt(c->req, vct_layout_src(slot->layout),
				   vct_layout_dst(slot->layout), len, slot->iv);
	c->kept = *c->req;
	return 0;
}

static void cipher_submit(struct vcc_slot *slot)
{
	struct cipher_slot *c = to_cipher(slot);

	vcc_call_begin(&slot->call, &c->req->base);
	slot->call.ret = slot->kind == ENCRYPT ? crypto_skcipher_encrypt(c->req) :
						 crypto_skcipher_decrypt(c->req);
}

static int cipher_finish(struct vcc_slot *slot, int err)
{
	const struct cipher_slot *c = to_cipher(slot);
	const char *name = alg_name(tfm_of(slot));

	if (err) {
		vct_fault("result is %d", err);
		return err;
	}
	if (c->req->cryptlen != c->kept.cryptlen || c->req->iv != c->kept.iv ||
	    c->req->src != c->kept.src || c->req->dst != c->kept.dst) {
		vct_fault("fields of the request were changed");
		return -EPROTO;
	}
	if (!vct_layout_matches(slot->layout))
		return -EIO;
	/* It is undefined after any other mode. */
	if (!strstarts(name, "cbc(") && !strstarts(name, "ctr("))
		vcc_allow_iv(slot, crypto_skcipher_ivsize(tfm_of(slot)));
	return vcc_check_iv(slot);
}

static void cipher_describe(const struct vcc_slot *slot)
{
	vct_fault("... key of %u bytes", to_writer(slot->writer)->key_len);
}

const struct vcc_type vcc_skcipher = {
	.name = "skcipher",
	.kinds = kinds,
	.pattern = "01",
	.count = 400,
	.writer_size = sizeof(struct cipher_writer),
	.slot_size = sizeof(struct cipher_slot),
	.open = cipher_open,
	.close = cipher_close,
	.rekey = cipher_rekey,
	.init_slot = cipher_init_slot,
	.exit_slot = cipher_exit_slot,
	.prepare = cipher_prepare,
	.submit = cipher_submit,
	.finish = cipher_finish,
	.describe = cipher_describe,
};
