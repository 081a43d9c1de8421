// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The virtio_crypto authors
 *
 * vcbroken - a driver with bugs on demand, to see whether tests detect them.
 *
 *   insmod vcbroken.ko
 *   echo data > /sys/module/vcbroken/parameters/bug
 *
 * It registers cbc(aes) as cbc-aes-broken, which does its work in software
 * from a workqueue, correctly until a bug is chosen. Then every 16th request
 * (setkey, for a bug of setkey) is wrong.
 */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/atomic.h>
#include <linux/module.h>
#include <linux/scatterlist.h>
#include <linux/string.h>
#include <linux/workqueue.h>
#include <crypto/aes.h>
#include <crypto/internal/skcipher.h>
#include <crypto/scatterwalk.h>

#define EVERY	16

static char bug[16] = "none";
module_param_string(bug, bug, sizeof(bug), 0644);
MODULE_PARM_DESC(bug, "none; in data: data, iv, beyond, source, error; in rules: lost, twice, context, unnotified, refused; in setkey: length, oldkey");

static atomic_t turn;

/* Whether this request gets this bug. */
static bool has_bug(const char *name, bool now)
{
	return now && sysfs_streq(bug, name);
}

static bool my_turn(void)
{
	return atomic_inc_return(&turn) % EVERY == 0;
}

struct broken_request {
	struct work_struct work;
	struct skcipher_request *req;
	bool enc;
	bool spoil;
	struct skcipher_request sub;	/* last, followed by its context */
};

static struct crypto_skcipher *software_of(struct crypto_skcipher *tfm)
{
	return *(struct crypto_skcipher **)crypto_skcipher_ctx(tfm);
}

static void flip(struct scatterlist *sg, unsigned int pos)
{
	u8 byte;

	scatterwalk_map_and_copy(&byte, sg, pos, 1, 0);
	byte ^= 0x10;
	scatterwalk_map_and_copy(&byte, sg, pos, 1, 1);
}

static size_t list_bytes(struct scatterlist *sg)
{
	size_t n = 0;

	for (; sg; sg = sg_next(sg))
		n += sg->length;
	return n;
}

static void spoil_result(struct broken_request *broken, int *err)
{
	struct skcipher_request *req = broken->req;

	if (has_bug("data", req->cryptlen))
		flip(req->dst, req->cryptlen / 2);
	if (has_bug("iv", true))
		req->iv[0] ^= 1;
	if (has_bug("beyond", list_bytes(req->dst) > req->cryptlen))
		flip(req->dst, req->cryptlen);
	if (has_bug("source", req->cryptlen))
		flip(req->src, 0);
	if (has_bug("error", true))
		*err = -EIO;
}

static void complete_broken(struct skcipher_request *req, bool spoil, int err)
{
	if (has_bug("lost", spoil))
		return;
	if (has_bug("context", spoil)) {
		skcipher_request_complete(req, err);
		return;
	}
	local_bh_disable();
	if (has_bug("twice", spoil))
		skcipher_request_complete(req, err);
	skcipher_request_complete(req, err);
	local_bh_enable();
}

static void do_request(struct work_struct *work)
{
	struct broken_request *broken =
		container_of(work, struct broken_request, work);
	struct skcipher_request *req = broken->req;
	int err;

	err = broken->enc ? crypto_skcipher_encrypt(&broken->sub) :
			    crypto_skcipher_decrypt(&broken->sub);
	if (broken->spoil && !err)
		spoil_result(broken, &err);
	complete_broken(req, broken->spoil, err);
}

static int start_request(struct skcipher_request *req, bool enc)
{
	struct crypto_skcipher *tfm = crypto_skcipher_reqtfm(req);
	struct broken_request *broken = skcipher_request_ctx(req);
	bool spoil = my_turn();

	broken->req = req;
	broken->enc = enc;
	broken->spoil = spoil;
	INIT_WORK(&broken->work, do_request);
	skcipher_request_set_tfm(&broken->sub, software_of(tfm));
	skcipher_request_set_callback(&broken->sub, 0, NULL, NULL);
	skcipher_request_set_crypt(&broken->sub, req->src, req->dst,
				   req->cryptlen, req->iv);
	if (has_bug("refused", spoil)) {
		complete_broken(req, false, 0);
		return -ENOSPC;
	}
	schedule_work(&broken->work);
	return has_bug("unnotified", spoil) ? -EBUSY : -EINPROGRESS;
}

static int broken_encrypt(struct skcipher_request *req)
{
	return start_request(req, true);
}

static int broken_decrypt(struct skcipher_request *req)
{
	return start_request(req, false);
}

static int broken_setkey(struct crypto_skcipher *tfm, const u8 *key,
			 unsigned int len)
{
	struct crypto_skcipher *software = software_of(tfm);
	bool spoil = my_turn();
	int err;

	if (has_bug("oldkey", spoil))
		return 0;
	crypto_skcipher_clear_flags(software, CRYPTO_TFM_REQ_MASK);
	crypto_skcipher_set_flags(software, crypto_skcipher_get_flags(tfm) &
				  CRYPTO_TFM_REQ_MASK);
	err = crypto_skcipher_setkey(software, key, len);
	return err && has_bug("length", spoil) ? -EIO : err;
}

static int broken_init(struct crypto_skcipher *tfm)
{
	struct crypto_skcipher **software = crypto_skcipher_ctx(tfm);

	*software = crypto_alloc_skcipher("cbc(aes)", 0, CRYPTO_ALG_ASYNC |
					  CRYPTO_ALG_NEED_FALLBACK);
	if (IS_ERR(*software))
		return PTR_ERR(*software);
	crypto_skcipher_set_reqsize(tfm, sizeof(struct broken_request) +
				    crypto_skcipher_reqsize(*software));
	return 0;
}

static void broken_exit(struct crypto_skcipher *tfm)
{
	crypto_free_skcipher(software_of(tfm));
}

static struct skcipher_alg broken_alg = {
	.base.cra_name = "cbc(aes)",
	.base.cra_driver_name = "cbc-aes-broken",
	.base.cra_priority = 1,
	.base.cra_flags = CRYPTO_ALG_ASYNC | CRYPTO_ALG_NEED_FALLBACK |
			  CRYPTO_ALG_KERN_DRIVER_ONLY,
	.base.cra_blocksize = AES_BLOCK_SIZE,
	.base.cra_ctxsize = sizeof(struct crypto_skcipher *),
	.base.cra_module = THIS_MODULE,
	.min_keysize = AES_MIN_KEY_SIZE,
	.max_keysize = AES_MAX_KEY_SIZE,
	.ivsize = AES_BLOCK_SIZE,
	.setkey = broken_setkey,
	.encrypt = broken_encrypt,
	.decrypt = broken_decrypt,
	.init = broken_init,
	.exit = broken_exit,
};

static int __init vcbroken_init(void)
{
	return crypto_register_skcipher(&broken_alg);
}
module_init(vcbroken_init);

static void __exit vcbroken_exit(void)
{
	crypto_unregister_skcipher(&broken_alg);
}
module_exit(vcbroken_exit);

MODULE_DESCRIPTION("A skcipher driver that does wrong on demand");
MODULE_LICENSE("GPL");
