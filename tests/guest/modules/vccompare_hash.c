// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The virtio_crypto authors
 *
 * vccompare: hashes and MACs.
 *
 * Messages in one piece and in parts, in all ways of the API. Only the last call
 * of a message stays in flight. Messages in parts have no entries of length zero,
 * because the kernel's own hashes stop at the first one. Messages in one piece
 * have them, because the device hashes these.
 */

#include <linux/err.h>
#include <linux/string.h>
#include <crypto/hash.h>
#include <crypto/scatterwalk.h>

#include "vccompare.h"

#define MAX_LEN		SZ_8K
#define MAX_PARTS	4

enum { DIGEST, FINAL, FINUP, MOVED };

static const char * const kinds[] = {
	"in one piece", "update and final", "update and finup",
	"exported and imported", NULL
};

/**
 * struct hash_slot - a message
 * @slot: first
 * @req: the request
 * @other: a second one, to import into
 * @last: the one of the two that is used for the last call
 * @len: bytes of the message
 * @done: bytes that were hashed before the last call
 * @parts: calls of update()
 * @sg: the rest of the list
 * @result: the digest, and bytes around it
 *
 * slot->want is the message, then the expected @result; slot->keep is an exported
 * state.
 */
struct hash_slot {
	struct vcc_slot slot;
	struct ahash_request *req;
	struct ahash_request *other;
	struct ahash_request *last;
	unsigned int len;
	unsigned int done;
	unsigned int parts;
	struct scatterlist sg[2];
	u8 result[16 + HASH_MAX_DIGESTSIZE + 16];
};

struct hash_writer {
	struct vcc_writer writer;
	struct crypto_ahash *tfm;
	struct crypto_shash *ref;
	unsigned int key_len;
	bool soft_key;
};

static struct hash_slot *to_hash(const struct vcc_slot *slot)
{
	return container_of(slot, struct hash_slot, slot);
}

static struct hash_writer *to_writer(struct vcc_writer *w)
{
	return container_of(w, struct hash_writer, writer);
}

static int hash_rekey(struct vcc_writer *w)
{
	struct hash_writer *h = to_writer(w);
	const char *name = crypto_tfm_alg_name(crypto_ahash_tfm(h->tfm));
	u8 key[VCT_ANY_KEY];
	int err, soft_err;

	/* All algorithms with a key are instances of templates. */
	if (!strchr(name, '('))
		return 0;
	h->key_len = vct_any_key(name, &w->rng, key, vcc_nokey, &h->soft_key);
	soft_err = crypto_shash_setkey(h->ref, key, h->key_len);
	err = crypto_ahash_setkey(h->tfm, key, h->key_len);
	if (err || soft_err)
		vct_fault("setkey with %u bytes: %d, software says %d",
			  h->key_len, err, soft_err);
	return err ?: soft_err;
}

static int hash_open(struct vcc_writer *w)
{
	struct hash_writer *h = to_writer(w);
	struct crypto_ahash *tfm;
	struct crypto_shash *ref;
	const char *name;

	tfm = crypto_alloc_ahash(vct.alg, 0, 0);
	h->tfm = tfm;
	if (IS_ERR(tfm)) {
		vct_fault("cannot allocate %s: %ld", vct.alg, PTR_ERR(tfm));
		return PTR_ERR(tfm);
	}
	name = vct.ref ?: crypto_tfm_alg_name(crypto_ahash_tfm(tfm));
	ref = crypto_alloc_shash(name, 0, VCC_REF_MASK);
	h->ref = ref;
	if (IS_ERR(ref)) {
		vct_fault("no software %s: %ld", name, PTR_ERR(ref));
		return PTR_ERR(ref);
	}
	if (crypto_ahash_blocksize(tfm) != crypto_shash_blocksize(ref) ||
	    crypto_ahash_digestsize(tfm) != crypto_shash_digestsize(ref) ||
	    crypto_ahash_statesize(tfm) > VCC_ROOM) {
		vct_fault("%s and %s differ in block or digest size", vct.alg,
			  name);
		return -EINVAL;
	}
	return hash_rekey(w);
}

static void hash_close(struct vcc_writer *w)
{
	struct hash_writer *h = to_writer(w);

	if (!IS_ERR_OR_NULL(h->tfm))
		crypto_free_ahash(h->tfm);
	if (!IS_ERR_OR_NULL(h->ref))
		crypto_free_shash(h->ref);
}

static int hash_init_slot(struct vcc_slot *slot)
{
	struct crypto_ahash *tfm = to_writer(slot->writer)->tfm;
	struct hash_slot *h = to_hash(slot);

	h->req = ahash_request_alloc(tfm, GFP_KERNEL);
	h->other = ahash_request_alloc(tfm, GFP_KERNEL);
	return h->req && h->other ? 0 : -ENOMEM;
}

static void hash_exit_slot(struct vcc_slot *slot)
{
	struct hash_slot *h = to_hash(slot);

	if (h->req)
		ahash_request_free(h->req);
	if (h->other)
		ahash_request_free(h->other);
}

/* The next call of a message: @len bytes from @skip on; the last call needs the result. */
static void set_part(struct hash_slot *h, struct ahash_request *req,
		     unsigned int skip, unsigned int len, bool last)
{
	struct scatterlist *sg = vct_layout_src(h->slot.layout);

	if (skip && len)
		sg = scatterwalk_ffwd(h->sg, sg, skip);
	ahash_request_set_callback(req, h->slot.flags, vcc_call_done,
				   &h->slot.call);
	ahash_request_set_crypt(req, sg, last ? h->result + 16 : NULL, len);
	vcc_call_begin(&h->slot.call, &req->base);
	h->last = req;
}

static int init(struct hash_slot *h, struct ahash_request *req)
{
	set_part(h, req, 0, 0, false);
	h->slot.call.ret = crypto_ahash_init(req);
	return vcc_call_wait(&h->slot.call);
}

static int update(struct hash_slot *h, unsigned int skip, unsigned int len)
{
	set_part(h, h->last, skip, len, false);
	h->slot.call.ret = crypto_ahash_update(h->last);
	return vcc_call_wait(&h->slot.call);
}

/* Continue with the other request, while the first does something else. */
static int move(struct hash_slot *h)
{
	int err;

	err = crypto_ahash_export(h->req, h->slot.keep);
	if (err)
		return err;
	err = crypto_ahash_import(h->other, h->slot.keep);
	if (err)
		return err;
	err = init(h, h->req);
	h->last = h->other;
	return err;
}

/* All calls of a message except the last. */
static int begin_parts(struct hash_slot *h, struct rnd_state *rng)
{
	unsigned int i, len, move_at;
	int err;

	h->parts = vct_rnd(rng, MAX_PARTS + 1);
	move_at = vct_rnd(rng, h->parts + 1);
	err = init(h, h->req);
	for (i = 0; i <= h->parts && !err; i++) {
		if (h->slot.kind == MOVED && i == move_at)
			err = move(h);
		if (err || i == h->parts)
			break;
		len = vct_rnd(rng, h->len - h->done + 1);
		err = update(h, h->done, len);
		h->done += len;
	}
	/* final() has no bytes of its own. */
	if (!err && h->slot.kind != FINUP && h->done < h->len) {
		err = update(h, h->done, h->len - h->done);
		h->done = h->len;
	}
	if (err)
		vct_fault("init, update, export or import: %d", err);
	return err;
}

static int hash_prepare(struct vcc_slot *slot, struct rnd_state *rng)
{
	struct hash_writer *w = to_writer(slot->writer);
	struct hash_slot *h = to_hash(slot);
	int err;

	h->len = vcc_random_len(MAX_LEN, 1, rng);
	h->done = 0;
	h->parts = 0;
	slot->hardware = slot->kind == DIGEST && h->len && !w->soft_key;
	vcc_random_shape(slot, h->len, 0, rng);
	if (slot->kind != DIGEST || w->soft_key)
		slot->shape.empty = false;
	err = vcc_make_layout(slot, rng);
	if (err)
		return err;
	vct_layout_read(slot->layout, slot->want, h->len);
	prandom_bytes_state(rng, h->result, sizeof(h->result));
	memcpy(slot->want + MAX_LEN, h->result, sizeof(h->result));
	err = crypto_shash_tfm_digest(w->ref, slot->want, h->len,
				      slot->want + MAX_LEN + 16);
	if (err) {
		vct_fault("software says %d", err);
		return err;
	}

	h->last = h->req;
	return slot->kind == DIGEST ? 0 : begin_parts(h, rng);
}

static void hash_submit(struct vcc_slot *slot)
{
	struct hash_slot *h = to_hash(slot);
	int (*call)(struct ahash_request *req) = crypto_ahash_final;

	if (slot->kind == DIGEST)
		call = crypto_ahash_digest;
	else if (slot->kind == FINUP)
		call = crypto_ahash_finup;
	set_part(h, h->last, h->done, h->len - h->done, true);
	slot->call.ret = call(h->last);
}

static int hash_finish(struct vcc_slot *slot, int err)
{
	const struct hash_slot *h = to_hash(slot);

	if (err) {
		vct_fault("result is %d", err);
		return err;
	}
	if (memcmp(h->result, slot->want + MAX_LEN, sizeof(h->result))) {
		vct_fault("wrong digest, or bytes around it");
		return -EIO;
	}
	return vct_layout_matches(slot->layout) ? 0 : -EIO;
}

static void hash_describe(const struct vcc_slot *slot)
{
	const struct hash_slot *h = to_hash(slot);

	vct_fault("... key of %u bytes, message %u, updates %u",
		  to_writer(slot->writer)->key_len, h->len, h->parts);
}

const struct vcc_type vcc_hash = {
	.name = "hash",
	.kinds = kinds,
	.pattern = "010203",
	.count = 400,
	.writer_size = sizeof(struct hash_writer),
	.slot_size = sizeof(struct hash_slot),
	.open = hash_open,
	.close = hash_close,
	.rekey = hash_rekey,
	.init_slot = hash_init_slot,
	.exit_slot = hash_exit_slot,
	.prepare = hash_prepare,
	.submit = hash_submit,
	.finish = hash_finish,
	.describe = hash_describe,
};
