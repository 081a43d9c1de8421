// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The virtio_crypto authors
 *
 * vccompare - compares an asynchronous implementation of any kind with the
 * kernel's software, on random input.
 *
 *   insmod vccompare.ko type=aead alg=gcm-aes-virtio
 *
 * Loading succeeds if everything was equal: the module then stays loaded until
 * rmmod. Otherwise loading fails. The log has KTAP lines. See README.md.
 */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/random.h>
#include <linux/rcupdate.h>
#include <linux/string.h>

#include "vccompare.h"

struct vct_params vct = {
	.timeout = 60,
};

bool vcc_nokey = true;
bool vcc_soft;
bool vcc_nowait;
uint vcc_writers = 1;
uint vcc_idle;
bool vcc_rekey_busy;
bool vcc_same_ends;

static char *type;
module_param(type, charp, 0444);
MODULE_PARM_DESC(type, "skcipher, aead, hash or akcipher");
module_param_named(alg, vct.alg, charp, 0444);
MODULE_PARM_DESC(alg, "transform to test, by driver name");
module_param_named(ref, vct.ref, charp, 0444);
MODULE_PARM_DESC(ref, "algorithm of the software (default: what alg implements)");
module_param_named(count, vct.count, uint, 0444);
MODULE_PARM_DESC(count, "requests of each writer (default: by type)");
module_param_named(writers, vcc_writers, uint, 0444);
MODULE_PARM_DESC(writers, "threads with transforms and keys of their own");
module_param_named(rekey_busy, vcc_rekey_busy, bool, 0444);
MODULE_PARM_DESC(rekey_busy, "change keys while requests are in flight, too");
module_param_named(allow_eio, vct.allow_eio, bool, 0444);
MODULE_PARM_DESC(allow_eio, "-EIO is allowed where the key has changed in flight");
module_param_named(idle, vcc_idle, uint, 0444);
MODULE_PARM_DESC(idle, "milliseconds, and up to half more, that a writer does nothing at half-time");
module_param_named(seed, vct.seed, ulong, 0444);
MODULE_PARM_DESC(seed, "seed of all that is random (default: a new one)");
module_param_named(nokey, vcc_nokey, bool, 0444);
MODULE_PARM_DESC(nokey, "HMAC now and then has a key of no bytes");
module_param_named(soft, vcc_soft, bool, 0444);
MODULE_PARM_DESC(soft, "anything may be left to software, which gets nothing that it does wrong");
module_param_named(nowait, vcc_nowait, bool, 0444);
MODULE_PARM_DESC(nowait, "requests may not wait for a full queue, and may not be refused for it");
module_param_named(same_ends, vcc_same_ends, bool, 0444);
MODULE_PARM_DESC(same_ends, "lists of AEADs share associated data and tag, and no text");
module_param_named(timeout, vct.timeout, uint, 0444);
MODULE_PARM_DESC(timeout, "seconds after which a request counts as lost");

static const struct vcc_type * const types[] = {
	&vcc_skcipher, &vcc_aead, &vcc_hash, &vcc_akcipher,
};

static int run(const struct vcc_type *t)
{
	int err;

	if (!vct.seed)
		vct.seed = get_random_u32();
	if (!vct.count)
		vct.count = t->count;
	pr_info("KTAP version 1\n");
	vct_note("type=%s alg=%s count=%u writers=%u seed=%lu", type, vct.alg,
		 vct.count, vcc_writers, vct.seed);
	err = vcc_ring(t);
	pr_info("1..%u\n", vct_nr_results());
	if (err)
		pr_info("not ok %s %s (%d)\n", type, vct.alg, err);
	else
		pr_info("ok %s %s\n", type, vct.alg);
	return err;
}

static int __init vccompare_init(void)
{
	unsigned int i;
	int err;

	if (!type || !vct.alg || !vct.timeout) {
		pr_err("type= and alg= are needed\n");
		return -EINVAL;
	}
	if (!vcc_writers || vcc_writers > VCC_MAX_WRITERS) {
		pr_err("1 to %u writers\n", VCC_MAX_WRITERS);
		return -EINVAL;
	}
	for (i = 0; i < ARRAY_SIZE(types); i++) {
		if (strcmp(type, types[i]->name))
			continue;
		err = run(types[i]);
		/* Callbacks that were running when a request was given up. */
		synchronize_rcu();
		/* insmod would explain -ENOENT as an unknown symbol. */
		return err == -ENOENT ? -ENODEV : err;
	}
	pr_err("no type %s\n", type);
	return -EINVAL;
}
module_init(vccompare_init);

static void __exit vccompare_exit(void)
{
}
module_exit(vccompare_exit);

MODULE_DESCRIPTION("Comparison of a driver with the kernel's software");
MODULE_LICENSE("GPL");
