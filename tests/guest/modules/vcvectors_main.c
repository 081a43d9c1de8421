// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The virtio_crypto authors
 *
 * vcvectors - published test vectors through the algorithms of the driver.
 *
 *   insmod vcvectors.ko
 *
 * Loading succeeds if all results are as published: the module then stays loaded
 * until rmmod. Otherwise loading fails. The log has KTAP lines, one for each
 * operation with a vector, and the sums by kind. See README.md.
 *
 * Algorithms are requested by the names of the drivers, so that no other
 * implementation is used. The script that loads this module has to check with the
 * driver's counters that a device did the work.
 */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "vcvectors.h"

/* The texts of a vector, and its results. */
#define MAX_TEXTS	24

static const char * const kind_names[VCV_KINDS] = {
	[VCV_CIPHER] = "cipher",
	[VCV_HASH] = "hash",
	[VCV_MAC] = "mac",
	[VCV_AEAD] = "aead",
	[VCV_CHAIN] = "chain",
	[VCV_RSA] = "rsa",
	[VCV_PKCS1] = "pkcs1",
	[VCV_ECDSA] = "ecdsa",
};

static struct {
	unsigned int passed;
	unsigned int skipped;
	unsigned int failed;
} sums[VCV_KINDS];

static unsigned int results;

static void *texts[MAX_TEXTS];
static unsigned int nr_texts;

/**
 * vcv_room() - allocate bytes that were not written
 * @text: set to them; freed with the vector's result
 * @len: their number
 *
 * Return: 0 or -ENOMEM.
 */
int vcv_room(struct vcv_text *text, unsigned int len)
{
	if (WARN_ON_ONCE(nr_texts == MAX_TEXTS))
		return -ENOMEM;
	text->len = len;
	text->p = kmalloc(len ?: 1, GFP_KERNEL);
	if (!text->p)
		return -ENOMEM;
	texts[nr_texts++] = text->p;
	memset(text->p, VCV_UNWRITTEN, len);
	return 0;
}

/**
 * vcv_read() - get the bytes of a vector
 * @text: set to them; freed with the vector's result
 * @vector: as in vectors.h
 *
 * Return: 0 or -ENOMEM.
 */
int vcv_read(struct vcv_text *text, const char *vector)
{
	int err = vcv_room(text, vector_len(vector));

	if (!err)
		vector_copy(vector, text->p);
	return err;
}

/**
 * vcv_join() - concatenate two texts
 * @text: set to both; freed with the vector's result
 * @first: the first text
 * @second: the second text
 *
 * Return: 0 or -ENOMEM.
 */
int vcv_join(struct vcv_text *text, struct vcv_text first,
	     struct vcv_text second)
{
	int err = vcv_room(text, first.len + second.len);

	if (err)
		return err;
	memcpy(text->p, first.p, first.len);
	memcpy(text->p + first.len, second.p, second.len);
	return 0;
}

bool vcv_same(struct vcv_text a, struct vcv_text b)
{
	return a.len == b.len && !memcmp(a.p, b.p, a.len);
}

/**
 * vcv_hash_name() - get the crypto API's name of a hash
 * @algo: HASH_*, or MAC_HMAC_*, which has its hash's number
 *
 * Return: its name, or NULL if it has none.
 */
const char *vcv_hash_name(u32 algo)
{
	static const char * const names[] = {
		[HASH_MD5] = "md5",
		[HASH_SHA1] = "sha1",
		[HASH_SHA_224] = "sha224",
		[HASH_SHA_256] = "sha256",
		[HASH_SHA_384] = "sha384",
		[HASH_SHA_512] = "sha512",
		[HASH_SHA3_224] = "sha3-224",
		[HASH_SHA3_256] = "sha3-256",
		[HASH_SHA3_384] = "sha3-384",
		[HASH_SHA3_512] = "sha3-512",
	};

	return algo < ARRAY_SIZE(names) ? names[algo] : NULL;
}

static void free_texts(void)
{
	while (nr_texts)
		kfree(texts[--nr_texts]);
}

/**
 * vcv_skip() - report a vector that this kernel cannot do
 * @kind: its kind
 * @name: its name
 * @why: what is missing
 *
 * All texts are freed.
 */
void vcv_skip(enum vcv_kind kind, const char *name, const char *why)
{
	free_texts();
	sums[kind].skipped++;
	pr_info("ok %u - %s: %s # SKIP %s\n", ++results, kind_names[kind], name,
		why);
}

/**
 * vcv_result() - report the result of one operation with a vector
 * @kind: its kind
 * @err: 0 if the result was as published, -EILSEQ if not; -ENOENT if there is no such
 *	algorithm in the crypto API; or another error
 * @name: the vector's name
 * @more: the operation
 *
 * All texts are freed.
 */
void vcv_result(enum vcv_kind kind, int err, const char *name,
		const char *more)
{
	free_texts();
	if (err == -ENOENT) {
		vcv_skip(kind, name, "the driver has not registered the algorithm");
	} else if (err) {
		sums[kind].failed++;
		pr_info("not ok %u - %s: %s%s (%d)\n", ++results,
			kind_names[kind], name, more, err);
	} else {
		sums[kind].passed++;
		pr_info("ok %u - %s: %s%s\n", ++results, kind_names[kind], name,
			more);
	}
}

static int __init vcvectors_init(void)
{
	unsigned int i, failed = 0;

	pr_info("KTAP version 1\n");
	vcv_symmetric();
	vcv_keys();
	pr_info("1..%u\n", results);
	for (i = 0; i < VCV_KINDS; i++) {
		pr_info("# %s: passed %u, skipped %u, failed %u\n",
			kind_names[i], sums[i].passed, sums[i].skipped,
			sums[i].failed);
		failed += sums[i].failed;
	}
	return failed ? -EIO : 0;
}
module_init(vcvectors_init);

static void __exit vcvectors_exit(void)
{
}
module_exit(vcvectors_exit);

MODULE_DESCRIPTION("Published test vectors for the virtio crypto driver");
MODULE_LICENSE("GPL");
