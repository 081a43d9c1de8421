// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The virtio_crypto authors
 *
 * vctest: a transform under test, a software transform with the same key, and
 * single requests to either.
 *
 * The reference works in place on linear memory, so it does not use the handling
 * of scatterlists that is under test.
 */

#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include "vctest.h"

/* Never a hardware driver, nor anything built on one. */
#define VCT_REF_MASK	(CRYPTO_ALG_ASYNC | CRYPTO_ALG_NEED_FALLBACK | \
			 CRYPTO_ALG_KERN_DRIVER_ONLY)

/**
 * vct_pair_open() - allocate both transforms
 * @pair: to fill in; without a key
 * @alg: the one under test, by driver or algorithm name
 *
 * Return: 0 or an error.
 */
int vct_pair_open(struct vct_pair *pair, const char *alg)
{
	const char *name;

	memset(pair, 0, sizeof(*pair));
	pair->tfm = crypto_alloc_skcipher(alg, 0, 0);
	if (IS_ERR(pair->tfm)) {
		vct_fault("cannot allocate %s: %ld", alg, PTR_ERR(pair->tfm));
		return PTR_ERR(pair->tfm);
	}

	name = crypto_tfm_alg_name(crypto_skcipher_tfm(pair->tfm));
	if (vct.ref && alg == vct.alg)
		name = vct.ref;
	pair->ref = crypto_alloc_skcipher(name, 0, VCT_REF_MASK);
	if (IS_ERR(pair->ref)) {
		vct_fault("no software %s: %ld", name, PTR_ERR(pair->ref));
		crypto_free_skcipher(pair->tfm);
		return PTR_ERR(pair->ref);
	}

	pair->blocksize = crypto_skcipher_blocksize(pair->tfm);
	pair->ivsize = crypto_skcipher_ivsize(pair->tfm);
	if (pair->blocksize != crypto_skcipher_blocksize(pair->ref) ||
	    pair->ivsize != crypto_skcipher_ivsize(pair->ref) ||
	    pair->ivsize > VCT_MAX_IV ||
	    crypto_skcipher_max_keysize(pair->tfm) > VCT_MAX_KEY) {
		vct_fault("%s and %s differ in block, iv or key size",
			  alg, name);
		vct_pair_close(pair);
		return -EINVAL;
	}
	name = crypto_tfm_alg_name(crypto_skcipher_tfm(pair->tfm));
	pair->checks_iv = strstarts(name, "cbc(") || strstarts(name, "ctr(");
	return 0;
}

/**
 * vct_pair_close() - free both transforms
 * @pair: opened
 */
void vct_pair_close(struct vct_pair *pair)
{
	if (vct_stuck)
		return;
	crypto_free_skcipher(pair->tfm);
	crypto_free_skcipher(pair->ref);
}

/**
 * vct_ref_new_key() - give the reference a random key of a valid length
 * @pair: opened; the transform under test does not get the key
 * @rng: source of randomness
 *
 * Return: 0 or an error.
 */
int vct_ref_new_key(struct vct_pair *pair, struct rnd_state *rng)
{
	unsigned int min = crypto_skcipher_min_keysize(pair->ref);
	unsigned int max = crypto_skcipher_max_keysize(pair->ref);
	int tries, err = -EINVAL;

	for (tries = 0; tries < 100 && err; tries++) {
		pair->keylen = vct.keylen;
		if (!pair->keylen)
			pair->keylen = min + 8 * vct_rnd(rng, (max - min) / 8 + 1);
		if (pair->keylen > VCT_MAX_KEY)
			return -EINVAL;
		prandom_bytes_state(rng, pair->key, pair->keylen);
		err = crypto_skcipher_setkey(pair->ref, pair->key, pair->keylen);
	}
	if (err)
		vct_fault("reference takes no key: %d", err);
	return err;
}

/**
 * vct_pair_new_key() - give both transforms the same random key
 * @pair: opened
 * @rng: source of randomness
 *
 * Return: 0 or an error.
 */
int vct_pair_new_key(struct vct_pair *pair, struct rnd_state *rng)
{
	int err;

	err = vct_ref_new_key(pair, rng);
	if (err)
		return err;

	err = crypto_skcipher_setkey(pair->tfm, pair->key, pair->keylen);
	if (err)
		vct_fault("setkey with %u bytes: %d", pair->keylen, err);
	return err;
}

/**
 * vct_random_iv() - choose an iv, sometimes one whose counter will wrap
 * @pair: opened
 * @rng: source of randomness
 * @iv: VCT_MAX_IV bytes
 */
void vct_random_iv(const struct vct_pair *pair, struct rnd_state *rng, u8 *iv)
{
	unsigned int ones;

	prandom_bytes_state(rng, iv, VCT_MAX_IV);
	if (!pair->ivsize || vct_rnd(rng, 4))
		return;
	ones = 1 + vct_rnd(rng, pair->ivsize);
	memset(iv + pair->ivsize - ones, 0xff, ones);
}

/**
 * vct_random_len() - choose a length that the algorithm accepts
 * @pair: opened
 * @rng: source of randomness
 * @max: upper limit, at least a block
 *
 * Return: a multiple of the block size; for stream ciphers any length from 1.
 */
unsigned int vct_random_len(const struct vct_pair *pair, struct rnd_state *rng,
			    unsigned int max)
{
	return pair->blocksize * (1 + vct_rnd(rng, max / pair->blocksize));
}

/* A table of the pages of any kernel memory. */
static int sg_of_memory(struct sg_table *table, u8 *buf, unsigned int len)
{
	struct scatterlist *sg;
	unsigned int i;
	int err;

	err = sg_alloc_table(table, DIV_ROUND_UP(offset_in_page(buf) + len,
						 PAGE_SIZE), GFP_KERNEL);
	if (err)
		return err;

	for_each_sgtable_sg(table, sg, i) {
		unsigned int n = min_t(unsigned int, len,
				       PAGE_SIZE - offset_in_page(buf));

		sg_set_page(sg, is_vmalloc_addr(buf) ? vmalloc_to_page(buf) :
			    virt_to_page(buf), n, offset_in_page(buf));
		buf += n;
		len -= n;
	}
	return 0;
}

/**
 * vct_reference() - compute the expected result
 * @pair: its reference is used
 * @enc: encrypt, or decrypt
 * @buf: data, replaced by the result
 * @len: its length
 * @iv: replaced by the iv afterwards
 *
 * Return: the return value of the software.
 */
int vct_reference(const struct vct_pair *pair, bool enc, u8 *buf,
		  unsigned int len, u8 *iv)
{
	struct skcipher_request *req;
	struct sg_table table;
	int err;

	req = skcipher_request_alloc(pair->ref, GFP_KERNEL);
	if (!req)
		return -ENOMEM;
	err = sg_of_memory(&table, buf, len ?: 1);
	if (err)
		goto free_req;

	skcipher_request_set_callback(req, CRYPTO_TFM_REQ_MAY_SLEEP, NULL, NULL);
	skcipher_request_set_crypt(req, table.sgl, table.sgl, len, iv);
	err = enc ? crypto_skcipher_encrypt(req) : crypto_skcipher_decrypt(req);

	sg_free_table(&table);
free_req:
	skcipher_request_free(req);
	return err;
}

static void call_done(VCT_CB_ARG *arg, int err)
{
	struct vct_call *call = vct_cb_data(arg);

	vct_check_context();
	if (err == -EINPROGRESS) {
		atomic_inc(&call->notified);
		return;
	}
	call->err = err;
	if (atomic_inc_return(&call->finals) == 1)
		complete(&call->wait.completion);
}

/**
 * vct_abandon() - give up a request that does not complete
 * @req: request at the driver; its callback's data begins with a crypto_wait
 * @ours: our callback
 *
 * This module may be gone when the driver completes the request in the end.
 * From here on, a completion therefore calls a function of the kernel that only
 * uses the crypto_wait, which is leaked. This does not help if a driver has put
 * its own callback into the request.
 */
void vct_abandon(struct crypto_async_request *req, crypto_completion_t ours)
{
	vct_stuck = true;
	if (cmpxchg(&req->complete, ours, crypto_req_done) != ours) {
		vct_fault("cannot take a callback back, so vctest stays");
		__module_get(THIS_MODULE);
	}
}

/**
 * vct_call_new() - allocate a request
 * @pair: its transform under test is used
 *
 * Return: the request, or NULL without memory.
 */
struct vct_call *vct_call_new(const struct vct_pair *pair)
{
	static atomic_t turn;
	struct vct_call *call;

	call = kzalloc_obj(*call);
	if (!call)
		return NULL;
	call->req = skcipher_request_alloc(pair->tfm, GFP_KERNEL);
	if (!call->req) {
		kfree(call);
		return NULL;
	}
	/* Callers do not have to align the iv. */
	call->iv = call->iv_room + (atomic_inc_return(&turn) & 15);
	return call;
}

/**
 * vct_call_free() - free a request, unless the driver may still use it
 * @call: may be NULL
 */
void vct_call_free(struct vct_call *call)
{
	if (!call || vct_stuck)
		return;
	skcipher_request_free(call->req);
	kfree(call);
}

/**
 * vct_call_submit() - hand a request to the driver
 * @call: not in flight; call->iv is set
 * @enc: encrypt, or decrypt
 * @flags: CRYPTO_TFM_REQ_*
 * @src: source
 * @dst: destination
 * @len: number of bytes
 *
 * Context: any that the crypto API allows.
 */
void vct_call_submit(struct vct_call *call, bool enc, u32 flags,
		     struct scatterlist *src, struct scatterlist *dst,
		     unsigned int len)
{
	struct skcipher_request *req = call->req;

	crypto_init_wait(&call->wait);
	atomic_set(&call->notified, 0);
	atomic_set(&call->finals, 0);
	skcipher_request_set_callback(req, flags, call_done, call);
	skcipher_request_set_crypt(req, src, dst, len, call->iv);
	call->src = src;
	call->dst = dst;
	call->len = len;
	call->ret = enc ? crypto_skcipher_encrypt(req) :
			  crypto_skcipher_decrypt(req);
}

/* Check what the API guarantees to the caller at the end of a request. */
static int check_rules(const struct vct_call *call)
{
	const struct skcipher_request *req = call->req;
	bool accepted = call->ret == -EINPROGRESS || call->ret == -EBUSY;

	if (atomic_read(&call->finals) != accepted ||
	    atomic_read(&call->notified) != (call->ret == -EBUSY)) {
		vct_fault("request returned %d, was notified %d times, completed %d times",
			  call->ret, atomic_read(&call->notified),
			  atomic_read(&call->finals));
		return -EPROTO;
	}
	if (req->cryptlen != call->len || req->src != call->src ||
	    req->dst != call->dst || req->iv != call->iv ||
	    req->base.complete != call_done || req->base.data != call) {
		vct_fault("fields of the request were changed");
		return -EPROTO;
	}
	return 0;
}

/**
 * vct_call_wait() - wait for the end of a request
 * @call: submitted
 *
 * Return: what the driver returned or completed with; -ETIMEDOUT when it
 * never did (vct_stuck is set then), -EPROTO when it broke the API's rules.
 */
int vct_call_wait(struct vct_call *call)
{
	bool accepted = call->ret == -EINPROGRESS || call->ret == -EBUSY;
	int err;

	if (accepted && !wait_for_completion_timeout(&call->wait.completion,
						     vct_timeout())) {
		vct_fault("a request did not complete in %u s", vct.timeout);
		vct_abandon(&call->req->base, call_done);
		return -ETIMEDOUT;
	}
	err = check_rules(call);
	if (err)
		return err;
	return accepted ? call->err : call->ret;
}

/**
 * vct_crypt() - one request to the transform under test
 * @pair: with a key
 * @enc: encrypt, or decrypt
 * @flags: CRYPTO_TFM_REQ_*
 * @src: source
 * @dst: destination
 * @len: number of bytes
 * @iv: VCT_MAX_IV bytes, replaced by the iv afterwards
 *
 * Return: as vct_call_wait().
 */
int vct_crypt(const struct vct_pair *pair, bool enc, u32 flags,
	      struct scatterlist *src, struct scatterlist *dst,
	      unsigned int len, u8 *iv)
{
	struct vct_call *call;
	int err;

	call = vct_call_new(pair);
	if (!call)
		return -ENOMEM;
	memcpy(call->iv, iv, VCT_MAX_IV);
	vct_call_submit(call, enc, flags, src, dst, len);
	err = vct_call_wait(call);
	memcpy(iv, call->iv, VCT_MAX_IV);
	vct_call_free(call);
	return err;
}

/**
 * vct_crypt_flat() - one in-place request with linear memory
 * @pair: with a key
 * @enc: encrypt, or decrypt
 * @buf: kmalloc'd data, replaced by the result
 * @len: number of bytes
 * @iv: VCT_MAX_IV bytes, replaced by the iv afterwards
 *
 * Return: as vct_call_wait().
 */
int vct_crypt_flat(const struct vct_pair *pair, bool enc, u8 *buf,
		   unsigned int len, u8 *iv)
{
	struct scatterlist *sg;
	int err;

	sg = kzalloc_obj(*sg);
	if (!sg)
		return -ENOMEM;
	sg_init_one(sg, buf, len);
	err = vct_crypt(pair, enc, CRYPTO_TFM_REQ_MAY_BACKLOG |
			CRYPTO_TFM_REQ_MAY_SLEEP, sg, sg, len, iv);
	if (!vct_stuck)
		kfree(sg);
	return err;
}
