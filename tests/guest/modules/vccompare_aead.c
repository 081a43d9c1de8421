// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The virtio_crypto authors
 *
 * vccompare: AEADs.
 *
 * A forgery has one wrong bit, anywhere in associated data, ciphertext or tag.
 *
 * Drivers may leave messages without text, and MACs without a key, to software.
 * Such requests avoid what software does wrong: the kernel's hashes stop at a
 * list's first entry of length zero, and its authencesn writes beyond a
 * destination.
 */

#include <linux/err.h>
#include <linux/string.h>
#include <crypto/aead.h>

#include "vccompare.h"

#define MAX_TEXT	4096
#define MAX_AAD		64
#define MAX_LONG_AAD	700
#define MIN_ESN_AAD	8

/* With shorter tags, a forgery may be valid by chance. */
#define SAFE_TAG	4

/*
 * In a decryption, the software for extended sequence numbers writes this many
 * bytes after the text, where the tag is if the request is in place.
 */
#define ESN_BEYOND	4

/* Length of plaintext that does not occur by chance. */
#define LEAK		8

enum { ENCRYPT, DECRYPT, FORGED };

static const char * const kinds[] = { "encrypt", "decrypt", "forged", NULL };

/**
 * struct aead_slot - a request
 * @slot: first
 * @req: the request
 * @aad_len: bytes of associated data
 * @text_len: bytes of text
 * @tag_len: bytes of the tag
 * @flipped: bit of the source that is wrong
 * @sent: associated data as submitted, then what was in the destination there
 * @kept: the request as it was submitted
 *
 * slot->want is associated data, result, and for an encryption the tag; slot->keep
 * is associated data and plaintext.
 */
struct aead_slot {
	struct vcc_slot slot;
	struct aead_request *req;
	unsigned int aad_len;
	unsigned int text_len;
	unsigned int tag_len;
	unsigned int flipped;
	u8 sent[2 * MAX_LONG_AAD];
	struct aead_request kept;
};

struct aead_writer {
	struct vcc_writer writer;
	struct crypto_aead *tfm;
	struct crypto_aead *ref;
	unsigned int key_len;
	bool soft_key;
};

static struct aead_slot *to_aead(const struct vcc_slot *slot)
{
	return container_of(slot, struct aead_slot, slot);
}

static struct aead_writer *to_writer(struct vcc_writer *w)
{
	return container_of(w, struct aead_writer, writer);
}

static struct crypto_aead *tfm_of(const struct vcc_slot *slot)
{
	return to_writer(slot->writer)->tfm;
}

static const char *alg_name(struct crypto_aead *tfm)
{
	return crypto_tfm_alg_name(crypto_aead_tfm(tfm));
}

static bool is_soft_esn(struct crypto_aead *tfm)
{
	return vcc_soft && strstarts(alg_name(tfm), "authencesn");
}

/* Both have to return the same for any length. */
static int new_authsize(struct aead_writer *a)
{
	struct rnd_state *rng = &a->writer.rng;
	unsigned int len;
	int tries, err = -EINVAL, soft_err = -EINVAL;

	for (tries = 0; tries < 200 && err; tries++) {
		len = 1 + vct_rnd(rng, crypto_aead_maxauthsize(a->ref) + 1);
		if (is_soft_esn(a->tfm))
			len = max(len, 1U * ESN_BEYOND);
		soft_err = crypto_aead_setauthsize(a->ref, len);
		err = crypto_aead_setauthsize(a->tfm, len);
		if (err != soft_err) {
			vct_fault("tag of %u bytes: %d, software says %d",
				  len, err, soft_err);
			return -EIO;
		}
	}
	return err;
}

static int aead_rekey(struct vcc_writer *w)
{
	struct aead_writer *a = to_writer(w);
	u8 key[VCT_ANY_KEY];
	int err, soft_err;

	a->key_len = vct_any_key(alg_name(a->tfm), &w->rng, key, vcc_nokey,
				 &a->soft_key);
	soft_err = crypto_aead_setkey(a->ref, key, a->key_len);
	/* It may be called before or after setkey. */
	err = vct_rnd(&w->rng, 2) ? new_authsize(a) : 0;
	if (err)
		return err;
	err = crypto_aead_setkey(a->tfm, key, a->key_len);
	if (err || soft_err) {
		vct_fault("setkey with %u bytes: %d, software says %d",
			  a->key_len, err, soft_err);
		return err ?: soft_err;
	}
	return new_authsize(a);
}

static int aead_open(struct vcc_writer *w)
{
	struct aead_writer *a = to_writer(w);
	struct crypto_aead *tfm, *ref;
	const char *name;

	tfm = crypto_alloc_aead(vct.alg, 0, 0);
	a->tfm = tfm;
	if (IS_ERR(tfm)) {
		vct_fault("cannot allocate %s: %ld", vct.alg, PTR_ERR(tfm));
		return PTR_ERR(tfm);
	}
	name = vct.ref ?: alg_name(tfm);
	ref = crypto_alloc_aead(name, 0, VCC_REF_MASK);
	a->ref = ref;
	if (IS_ERR(ref)) {
		vct_fault("no software %s: %ld", name, PTR_ERR(ref));
		return PTR_ERR(ref);
	}
	if (crypto_aead_blocksize(tfm) != crypto_aead_blocksize(ref) ||
	    crypto_aead_ivsize(tfm) != crypto_aead_ivsize(ref) ||
	    crypto_aead_maxauthsize(tfm) != crypto_aead_maxauthsize(ref)) {
		vct_fault("%s and %s differ in block, iv or tag size", vct.alg,
			  name);
		return -EINVAL;
	}
	return aead_rekey(w);
}

static void aead_close(struct vcc_writer *w)
{
	struct aead_writer *a = to_writer(w);

	if (!IS_ERR_OR_NULL(a->tfm))
		crypto_free_aead(a->tfm);
	if (!IS_ERR_OR_NULL(a->ref))
		crypto_free_aead(a->ref);
}

static int aead_init_slot(struct vcc_slot *slot)
{
	struct aead_slot *a = to_aead(slot);

	a->req = aead_request_alloc(tfm_of(slot), GFP_KERNEL);
	return a->req ? 0 : -ENOMEM;
}

static void aead_exit_slot(struct vcc_slot *slot)
{
	struct aead_slot *a = to_aead(slot);

	if (a->req)
		aead_request_free(a->req);
}

/* As in ESP: the iv is also the end of the associated data, and is not hashed. */
static bool is_esp(struct crypto_aead *tfm)
{
	return strstarts(alg_name(tfm), "rfc4106(") ||
	       strstarts(alg_name(tfm), "rfc4309(");
}

static void random_lengths(struct aead_slot *a, struct rnd_state *rng)
{
	struct crypto_aead *tfm = tfm_of(&a->slot);

	a->text_len = vcc_random_len(MAX_TEXT, crypto_aead_blocksize(tfm), rng);
	a->tag_len = crypto_aead_authsize(tfm);
	/* Lists share only little of it. */
	if (vcc_same_ends || vct_rnd(rng, 8))
		a->aad_len = vct_rnd(rng, MAX_AAD + 1);
	else
		a->aad_len = vct_rnd(rng, MAX_LONG_AAD + 1);
	if (is_esp(tfm))
		a->aad_len = vct_rnd(rng, 2) ? 16 : 20;
	if (!strstarts(alg_name(tfm), "authencesn"))
		return;
	/* It writes four bytes after the text, even in a decryption. */
	a->text_len = max(a->text_len, crypto_aead_blocksize(tfm));
	a->aad_len = max(a->aad_len, 1U * MIN_ESN_AAD);
}

/* Encrypt slot->want with software. */
static int reference(struct aead_slot *a)
{
	struct crypto_aead *ref = to_writer(a->slot.writer)->ref;
	struct aead_request *req;
	u8 iv[VCT_MAX_IV];
	struct scatterlist sg;
	int err;

	req = aead_request_alloc(ref, GFP_KERNEL);
	if (!req)
		return -ENOMEM;
	memcpy(iv, a->slot.iv, crypto_aead_ivsize(ref));
	sg_init_one(&sg, a->slot.want, a->aad_len + a->text_len + a->tag_len);
	aead_request_set_callback(req, CRYPTO_TFM_REQ_MAY_SLEEP, NULL, NULL);
	aead_request_set_crypt(req, &sg, &sg, a->text_len, iv);
	aead_request_set_ad(req, a->aad_len);
	err = crypto_aead_encrypt(req);
	aead_request_free(req);
	if (err)
		vct_fault("software says %d", err);
	return err;
}

static void forge(struct aead_slot *a, u8 *message, struct rnd_state *rng)
{
	struct crypto_aead *tfm = tfm_of(&a->slot);
	unsigned int hashed = a->aad_len;
	unsigned int begin, end;

	if (is_esp(tfm))
		hashed -= crypto_aead_ivsize(tfm);
	/* The tag, if the chosen part does not exist. */
	begin = a->aad_len + a->text_len;
	end = begin + a->tag_len;
	switch (a->tag_len < SAFE_TAG ? 0 : vct_rnd(rng, 3)) {
	case 1:
		if (!a->text_len)
			break;
		begin = a->aad_len;
		end = begin + a->text_len;
		break;
	case 2:
		if (!hashed)
			break;
		begin = 0;
		end = hashed;
	}
	a->flipped = 8 * begin + vct_rnd(rng, 8 * (end - begin));
	message[a->flipped / 8] ^= 1 << a->flipped % 8;
}

/* The message to be decrypted goes into the source. */
static void give_message(struct aead_slot *a, struct rnd_state *rng)
{
	struct vcc_slot *slot = &a->slot;

	if (slot->kind == FORGED)
		forge(a, slot->want, rng);
	vct_layout_write(slot->layout, slot->want,
			 a->aad_len + a->text_len + a->tag_len);
	memcpy(slot->want, slot->keep, a->aad_len + a->text_len);
}

/* One memory for associated data and tag, another for what is encrypted. */
static void same_ends(struct aead_slot *a)
{
	struct vct_shape *s = &a->slot.shape;

	s->mode = VCT_SAME_ENDS;
	s->head = a->aad_len;
	s->len = a->text_len;
	s->dst_len = 0;
	s->foot = a->tag_len;
	s->tail = 0;
	s->paged = false;
}

static int aead_prepare(struct vcc_slot *slot, struct rnd_state *rng)
{
	struct crypto_aead *tfm = tfm_of(slot);
	struct aead_slot *a = to_aead(slot);
	unsigned int len, in_len, out_len;
	int err;

	random_lengths(a, rng);
	slot->hardware = a->text_len && !to_writer(slot->writer)->soft_key;
	len = a->aad_len + a->text_len;
	in_len = len + (slot->kind == ENCRYPT ? 0 : a->tag_len);
	out_len = len + (slot->kind == ENCRYPT ? a->tag_len : 0);
	vcc_random_shape(slot, in_len, out_len ?: 1, rng);
	if (!a->text_len || to_writer(slot->writer)->soft_key)
		slot->shape.empty = false;
	if (is_soft_esn(tfm)) {
		slot->shape.mode = VCT_IN_PLACE;
		slot->shape.len = max(in_len, out_len);
		slot->shape.dst_len = 0;
	}
	if (vcc_same_ends)
		same_ends(a);
	err = vcc_make_layout(slot, rng);
	if (err)
		return err;
	vcc_random_iv(slot, crypto_aead_ivsize(tfm), rng);
	if (strstarts(alg_name(tfm), "ccm("))
		slot->iv[0] = 1 + vct_rnd(rng, 7);

	vct_layout_read(slot->layout, slot->want, len);
	if (is_esp(tfm)) {
		unsigned int iv_len = crypto_aead_ivsize(tfm);

		memcpy(slot->want + a->aad_len - iv_len, slot->iv, iv_len);
		vct_layout_write(slot->layout, slot->want, len);
	}
	memcpy(slot->keep, slot->want, len);
	err = reference(a);
	if (err)
		return err;
	if (slot->kind != ENCRYPT)
		give_message(a, rng);
	vct_layout_read(slot->layout, a->sent, a->aad_len);
	vct_layout_read_dst(slot->layout, a->sent + a->aad_len, a->aad_len);

	aead_request_set_callback(a->req, slot->flags, vcc_call_done,
				  &slot->call);
	aead_request_set_crypt(a->req, vct_layout_src(slot->layout),
			       vct_layout_dst(slot->layout),
			       in_len - a->aad_len, slot->iv);
	aead_request_set_ad(a->req, a->aad_len);
	a->kept = *a->req;
	return 0;
}

static void aead_submit(struct vcc_slot *slot)
{
	struct aead_slot *a = to_aead(slot);

	vcc_call_begin(&slot->call, &a->req->base);
	slot->call.ret = slot->kind == ENCRYPT ? crypto_aead_encrypt(a->req) :
						 crypto_aead_decrypt(a->req);
}

static int check_fields(const struct aead_slot *a)
{
	if (a->req->cryptlen == a->kept.cryptlen &&
	    a->req->assoclen == a->kept.assoclen &&
	    a->req->iv == a->kept.iv && a->req->src == a->kept.src &&
	    a->req->dst == a->kept.dst)
		return 0;
	vct_fault("fields of the request were changed");
	return -EPROTO;
}

/*
 * The destination's associated data may be the source's, or unchanged. @got is
 * what the request left there.
 */
static int check_aad(const struct aead_slot *a, const u8 *got)
{
	unsigned int i;

	for (i = 0; i < a->aad_len; i++) {
		if (got[i] == a->sent[i] || got[i] == a->sent[a->aad_len + i])
			continue;
		vct_fault("wrong byte %u in the destination's associated data", i);
		return -EIO;
	}
	return 0;
}

/* Text that is not authentic must not be visible; software ignores this. */
static int check_leak(const struct aead_slot *a, const u8 *got)
{
	const u8 *text = a->slot.keep + a->aad_len;
	unsigned int i;

	for (i = 0; !vcc_soft && a->text_len >= 2 * LEAK && i <= a->text_len - LEAK; i++) {
		if (memcmp(got + a->aad_len + i, text + i, LEAK))
			continue;
		vct_fault("plaintext of a forgery at byte %u", i);
		return -EIO;
	}
	return 0;
}

static int check_memory(struct aead_slot *a)
{
	unsigned int len = a->aad_len + a->text_len;
	struct vcc_slot *slot = &a->slot;
	u8 *got;
	int err;

	got = kmalloc(len + 1, GFP_KERNEL);
	if (!got)
		return -ENOMEM;
	vct_layout_read_dst(slot->layout, got, len);
	err = check_aad(a, got);
	if (slot->kind != ENCRYPT && is_soft_esn(tfm_of(slot)))
		vct_layout_forgive(slot->layout, len + ESN_BEYOND);
	if (slot->kind == FORGED) {
		err = err ?: check_leak(a, got);
		vct_layout_forgive(slot->layout, len);
	} else {
		memcpy(slot->want, got, a->aad_len);
		if (slot->kind == ENCRYPT)
			len += a->tag_len;
		vct_layout_expect(slot->layout, slot->want, len);
	}
	kfree(got);
	if (!vct_layout_matches(slot->layout))
		return -EIO;
	return err;
}

static int aead_finish(struct vcc_slot *slot, int err)
{
	struct aead_slot *a = to_aead(slot);
	int wanted = slot->kind == FORGED ? -EBADMSG : 0;

	if (err != wanted) {
		vct_fault("result is %d, has to be %d", err, wanted);
		return err ?: -EIO;
	}
	/* Software counts in it, which is allowed. */
	vcc_allow_iv(slot, crypto_aead_ivsize(tfm_of(slot)));
	return check_fields(a) ?: vcc_check_iv(slot) ?: check_memory(a);
}

static void aead_describe(const struct vcc_slot *slot)
{
	const struct aead_slot *a = to_aead(slot);

	vct_fault("... key of %u bytes, associated data %u, text %u, tag %u%s%u",
		  to_writer(slot->writer)->key_len, a->aad_len, a->text_len,
		  a->tag_len,
		  slot->kind == FORGED ? ", wrong bit " : ", iv[0] ",
		  slot->kind == FORGED ? a->flipped : slot->iv ? slot->iv[0] : 0);
}

const struct vcc_type vcc_aead = {
	.name = "aead",
	.kinds = kinds,
	.pattern = "012",
	.count = 450,
	.writer_size = sizeof(struct aead_writer),
	.slot_size = sizeof(struct aead_slot),
	.open = aead_open,
	.close = aead_close,
	.rekey = aead_rekey,
	.init_slot = aead_init_slot,
	.exit_slot = aead_exit_slot,
	.prepare = aead_prepare,
	.submit = aead_submit,
	.finish = aead_finish,
	.describe = aead_describe,
};
