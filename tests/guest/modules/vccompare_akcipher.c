// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The virtio_crypto authors
 *
 * vccompare: RSA without padding, with one key.
 *
 * Numbers are smaller than the modulus and larger than 1, because newer kernels
 * refuse others. Neither list has entries of length zero: the kernel's own RSA
 * writes beyond them.
 */

#include <linux/err.h>
#include <linux/string.h>
#include <crypto/akcipher.h>

#include "vccompare.h"
#include "vccompare_rsa.h"

/* A source may be longer than the modulus by that many zeros. */
#define MORE_ZEROS	20

enum { ENCRYPT, DECRYPT, DECRYPT_ANY, TOO_SHORT };

static const char * const kinds[] = {
	"encrypt", "decrypt what was encrypted", "decrypt anything",
	"result without room", NULL
};

enum { PUBLIC, PRIVATE, NR_KEYS };

static const char * const key_name[] = { "public", "private" };

/**
 * struct rsa_slot - a request
 * @slot: first
 * @req: a request for each key
 * @key: index of the key
 * @in_len: bytes of the source
 * @out_len: bytes of the destination
 *
 * slot->want is the result of software, as long as the modulus.
 */
struct rsa_slot {
	struct vcc_slot slot;
	struct akcipher_request *req[NR_KEYS];
	unsigned int key;
	unsigned int in_len;
	unsigned int out_len;
};

struct rsa_writer {
	struct vcc_writer writer;
	struct crypto_akcipher *tfm[NR_KEYS];
	struct crypto_akcipher *ref;
};

static struct rsa_slot *to_rsa(const struct vcc_slot *slot)
{
	return container_of(slot, struct rsa_slot, slot);
}

static struct rsa_writer *to_writer(struct vcc_writer *w)
{
	return container_of(w, struct rsa_writer, writer);
}

static int rsa_rekey(struct vcc_writer *w)
{
	struct crypto_akcipher **tfm = to_writer(w)->tfm;
	int err;

	err = crypto_akcipher_set_pub_key(tfm[PUBLIC], vcc_rsa_public,
					  sizeof(vcc_rsa_public)) ?:
	      crypto_akcipher_set_priv_key(tfm[PRIVATE], vcc_rsa_private,
					   sizeof(vcc_rsa_private));
	if (err) {
		vct_fault("key is refused: %d", err);
		return err;
	}
	if (crypto_akcipher_maxsize(tfm[PUBLIC]) != VCC_RSA_SIZE ||
	    crypto_akcipher_maxsize(tfm[PRIVATE]) != VCC_RSA_SIZE) {
		vct_fault("maxsize is %u and %u",
			  crypto_akcipher_maxsize(tfm[PUBLIC]),
			  crypto_akcipher_maxsize(tfm[PRIVATE]));
		return -EIO;
	}
	return 0;
}

static int rsa_open(struct vcc_writer *w)
{
	const char *name = vct.ref ?: "rsa-generic";
	struct crypto_akcipher **tfm = to_writer(w)->tfm;
	struct crypto_akcipher *ref;
	unsigned int i;
	int err;

	for (i = 0; i < NR_KEYS; i++) {
		tfm[i] = crypto_alloc_akcipher(vct.alg, 0, 0);
		if (!IS_ERR(tfm[i]))
			continue;
		vct_fault("cannot allocate %s: %ld", vct.alg, PTR_ERR(tfm[i]));
		return PTR_ERR(tfm[i]);
	}
	ref = crypto_alloc_akcipher(name, 0, 0);
	to_writer(w)->ref = ref;
	if (IS_ERR(ref)) {
		vct_fault("no software %s: %ld", name, PTR_ERR(ref));
		return PTR_ERR(ref);
	}
	err = crypto_akcipher_set_priv_key(ref, vcc_rsa_private,
					   sizeof(vcc_rsa_private));
	return err ?: rsa_rekey(w);
}

static void rsa_close(struct vcc_writer *w)
{
	struct rsa_writer *r = to_writer(w);
	unsigned int i;

	for (i = 0; i < NR_KEYS; i++)
		if (!IS_ERR_OR_NULL(r->tfm[i]))
			crypto_free_akcipher(r->tfm[i]);
	if (!IS_ERR_OR_NULL(r->ref))
		crypto_free_akcipher(r->ref);
}

static int rsa_init_slot(struct vcc_slot *slot)
{
	struct rsa_slot *r = to_rsa(slot);
	unsigned int i;

	for (i = 0; i < NR_KEYS; i++) {
		r->req[i] = akcipher_request_alloc(to_writer(slot->writer)->tfm[i],
						   GFP_KERNEL);
		if (!r->req[i])
			return -ENOMEM;
	}
	return 0;
}

static void rsa_exit_slot(struct vcc_slot *slot)
{
	struct rsa_slot *r = to_rsa(slot);
	unsigned int i;

	for (i = 0; i < NR_KEYS; i++)
		if (r->req[i])
			akcipher_request_free(r->req[i]);
}

/* Compute the result of software for @len bytes at @in, in slot->want. */
static int reference(struct rsa_slot *r, bool encrypt, u8 *in, unsigned int len)
{
	struct akcipher_request *req;
	struct scatterlist src, dst;
	DECLARE_CRYPTO_WAIT(wait);
	int err;

	req = akcipher_request_alloc(to_writer(r->slot.writer)->ref, GFP_KERNEL);
	if (!req)
		return -ENOMEM;
	sg_init_one(&src, in, len);
	sg_init_one(&dst, r->slot.want, VCC_RSA_SIZE);
	akcipher_request_set_callback(req, CRYPTO_TFM_REQ_MAY_SLEEP,
				      crypto_req_done, &wait);
	akcipher_request_set_crypt(req, &src, &dst, len, VCC_RSA_SIZE);
	err = crypto_wait_req(encrypt ? crypto_akcipher_encrypt(req) :
					crypto_akcipher_decrypt(req), &wait);
	if (!err && req->dst_len != VCC_RSA_SIZE)
		err = -EINVAL;
	akcipher_request_free(req);
	if (err)
		vct_fault("software says %d", err);
	return err;
}

/* Any number, in slot->keep: short, long, with leading zeros. */
static void random_number(struct rsa_slot *r, struct rnd_state *rng)
{
	unsigned int zeros = 0, len = VCC_RSA_SIZE;
	u8 *in = r->slot.keep;

	switch (vct_rnd(rng, 5)) {
	case 0:
		len = 1 + vct_rnd(rng, VCC_RSA_SIZE);
		break;
	case 1:
		zeros = vct_rnd(rng, VCC_RSA_SIZE);
		break;
	case 2:
		len += 1 + vct_rnd(rng, MORE_ZEROS);
		zeros = len - VCC_RSA_SIZE;
	}
	r->in_len = len;
	prandom_bytes_state(rng, in, len);
	memset(in, 0, zeros);
	in[len - 1] |= 2;
	if (len - zeros == VCC_RSA_SIZE)
		in[zeros] = vct_rnd(rng, vcc_rsa_public[VCC_RSA_MODULUS]);
}

/* The source is in slot->keep, the expected result in slot->want. */
static int make_input(struct rsa_slot *r, struct rnd_state *rng)
{
	struct vcc_slot *slot = &r->slot;
	u8 *number = slot->keep + VCC_ROOM / 2;
	int err;

	random_number(r, rng);
	if (slot->kind == ENCRYPT || slot->kind == TOO_SHORT)
		return reference(r, true, slot->keep, r->in_len);
	if (slot->kind == DECRYPT_ANY)
		return reference(r, false, slot->keep, r->in_len);

	/* Decryption returns the number, as long as the modulus. */
	memset(number, 0, VCC_RSA_SIZE);
	if (r->in_len < VCC_RSA_SIZE)
		memcpy(number + VCC_RSA_SIZE - r->in_len, slot->keep, r->in_len);
	else
		memcpy(number, slot->keep + r->in_len - VCC_RSA_SIZE,
		       VCC_RSA_SIZE);
	err = reference(r, true, slot->keep, r->in_len);
	memcpy(slot->keep, slot->want, VCC_RSA_SIZE);
	memcpy(slot->want, number, VCC_RSA_SIZE);
	r->in_len = VCC_RSA_SIZE;
	return err;
}

static int rsa_prepare(struct vcc_slot *slot, struct rnd_state *rng)
{
	struct rsa_slot *r = to_rsa(slot);
	struct akcipher_request *req;
	int err;

	err = make_input(r, rng);
	if (err)
		return err;
	slot->hardware = slot->kind != TOO_SHORT && r->in_len <= VCC_RSA_SIZE;
	r->key = slot->kind == ENCRYPT ? vct_rnd(rng, NR_KEYS) : PRIVATE;
	r->out_len = VCC_RSA_SIZE;
	if (slot->kind == TOO_SHORT)
		r->out_len -= 1 + vct_rnd(rng, VCC_RSA_SIZE - 1);
	else if (!vct_rnd(rng, 4))
		r->out_len += 1 + vct_rnd(rng, 20);
	vcc_random_shape(slot, r->in_len, r->out_len, rng);
	slot->shape.mode = VCT_OUT_OF_PLACE;
	slot->shape.len = r->in_len;
	slot->shape.dst_len = r->out_len;
	slot->shape.empty = false;
	err = vcc_make_layout(slot, rng);
	if (err)
		return err;
	vct_layout_write(slot->layout, slot->keep, r->in_len);

	req = r->req[r->key];
	akcipher_request_set_callback(req, slot->flags, vcc_call_done,
				      &slot->call);
	akcipher_request_set_crypt(req, vct_layout_src(slot->layout),
				   vct_layout_dst(slot->layout), r->in_len,
				   r->out_len);
	return 0;
}

static void rsa_submit(struct vcc_slot *slot)
{
	struct rsa_slot *r = to_rsa(slot);
	struct akcipher_request *req = r->req[r->key];

	vcc_call_begin(&slot->call, &req->base);
	if (slot->kind == ENCRYPT || slot->kind == TOO_SHORT)
		slot->call.ret = crypto_akcipher_encrypt(req);
	else
		slot->call.ret = crypto_akcipher_decrypt(req);
}

/*
 * A buffer that is longer than the modulus: software writes leading zeros, others
 * leave the rest unchanged and return the length.
 */
static void expect(struct rsa_slot *r, unsigned int len)
{
	u8 *out = r->slot.keep;

	memset(out, 0, len - VCC_RSA_SIZE);
	memcpy(out + len - VCC_RSA_SIZE, r->slot.want, VCC_RSA_SIZE);
	vct_layout_expect(r->slot.layout, out, len);
}

static int rsa_finish(struct vcc_slot *slot, int err)
{
	struct rsa_slot *r = to_rsa(slot);
	const struct akcipher_request *req = r->req[r->key];
	int wanted = slot->kind == TOO_SHORT ? -EOVERFLOW : 0;

	if (err != wanted) {
		vct_fault("result is %d, has to be %d", err, wanted);
		return err ?: -EIO;
	}
	if (req->dst_len != VCC_RSA_SIZE &&
	    (err || req->dst_len != r->out_len)) {
		vct_fault("dst_len is %u", req->dst_len);
		return -EIO;
	}
	if (req->src != vct_layout_src(slot->layout) ||
	    req->dst != vct_layout_dst(slot->layout) ||
	    req->src_len != r->in_len) {
		vct_fault("fields of the request were changed");
		return -EPROTO;
	}
	if (!err)
		expect(r, req->dst_len);
	return vct_layout_matches(slot->layout) ? 0 : -EIO;
}

static void rsa_describe(const struct vcc_slot *slot)
{
	const struct rsa_slot *r = to_rsa(slot);

	vct_fault("... %s key, source %u, destination %u", key_name[r->key],
		  r->in_len, r->out_len);
}

const struct vcc_type vcc_akcipher = {
	.name = "akcipher",
	.kinds = kinds,
	.pattern = "0102013",
	.count = 70,
	.writer_size = sizeof(struct rsa_writer),
	.slot_size = sizeof(struct rsa_slot),
	.open = rsa_open,
	.close = rsa_close,
	.rekey = rsa_rekey,
	.init_slot = rsa_init_slot,
	.exit_slot = rsa_exit_slot,
	.prepare = rsa_prepare,
	.submit = rsa_submit,
	.finish = rsa_finish,
	.describe = rsa_describe,
};
