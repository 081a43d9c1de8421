// SPDX-License-Identifier: GPL-2.0
// Copyright (C) 2026 The virtio_crypto authors
/*
 * Module parameters: what the guest's administrator decides.  They are
 * described in Documentation/admin-guide.rst.
 */
#include <linux/moduleparam.h>
#include <linux/module.h>
#include <linux/string.h>
#include <linux/sysfs.h>

#include "virtio_crypto_params.h"

/**
 * struct virtcrypto_word - a parameter that is one of some words
 * @value: the word's number
 * @names: the words
 * @nr: how many there are
 */
struct virtcrypto_word {
	unsigned int *value;
	const char * const *names;
	size_t nr;
};

static int virtcrypto_set_word(const char *val, const struct kernel_param *kp)
{
	const struct virtcrypto_word *word = kp->arg;
	int nth = __sysfs_match_string(word->names, word->nr, val);

	if (nth < 0)
		return nth;
	*word->value = nth;
	return 0;
}

static int virtcrypto_get_word(char *buffer, const struct kernel_param *kp)
{
	const struct virtcrypto_word *word = kp->arg;

	return sysfs_emit(buffer, "%s\n", word->names[*word->value]);
}

static const struct kernel_param_ops virtcrypto_ops_word = {
	.set = virtcrypto_set_word,
	.get = virtcrypto_get_word,
};

/* Who does a request: whoever is faster, or a device. */
bool virtcrypto_fastest[VIRTCRYPTO_NR_KINDS];

static const char * const virtcrypto_choice_names[] = { "device", "fastest" };

static const char * const virtcrypto_kind_names[] = {
	[VIRTCRYPTO_KIND_CIPHER] = "cipher",
	[VIRTCRYPTO_KIND_HASH] = "hash",
	[VIRTCRYPTO_KIND_AEAD] = "aead",
	[VIRTCRYPTO_KIND_CHAIN] = "chain",
};

static_assert(ARRAY_SIZE(virtcrypto_kind_names) == VIRTCRYPTO_NR_KINDS);

/* One part of the parameter, which may change @val. */
static int virtcrypto_parse_choice(char *val, bool *fastest)
{
	char *choice = strim(val), *kind = strsep(&choice, ":");
	int nth, which;

	if (!choice) {
		choice = kind;
		kind = NULL;
	}
	which = sysfs_match_string(virtcrypto_choice_names, choice);
	if (which < 0)
		return which;
	if (!kind) {
		memset(fastest, which, VIRTCRYPTO_NR_KINDS);
		return 0;
	}
	nth = sysfs_match_string(virtcrypto_kind_names, kind);
	if (nth < 0)
		return nth;
	fastest[nth] = which;
	return 0;
}

static int virtcrypto_set_choice(const char *val, const struct kernel_param *kp)
{
	bool fastest[VIRTCRYPTO_NR_KINDS];
	char buf[128], *next = buf;
	unsigned int i;
	int err = 0;

	if (strscpy(buf, val, sizeof(buf)) < 0)
		return -EINVAL;
	memcpy(fastest, virtcrypto_fastest, sizeof(fastest));
	while (next && !err)
		err = virtcrypto_parse_choice(strsep(&next, ","), fastest);
	if (err)
		return err;
	for (i = 0; i < VIRTCRYPTO_NR_KINDS; i++)
		WRITE_ONCE(virtcrypto_fastest[i], fastest[i]);
	return 0;
}

static int virtcrypto_get_choice(char *buffer, const struct kernel_param *kp)
{
	unsigned int i;
	int len = 0;

	for (i = 0; i < VIRTCRYPTO_NR_KINDS; i++)
		len += sysfs_emit_at(buffer, len, "%s%s:%s", i ? "," : "",
				     virtcrypto_kind_names[i],
				     virtcrypto_choice_names[virtcrypto_fastest[i]]);
	return len + sysfs_emit_at(buffer, len, "\n");
}

static const struct kernel_param_ops virtcrypto_ops_choice = {
	.set = virtcrypto_set_choice,
	.get = virtcrypto_get_choice,
};

module_param_cb(choice, &virtcrypto_ops_choice, NULL, 0644);
MODULE_PARM_DESC(choice, "Who does a request: device, or fastest, which is the device or the CPU by measurement; for one kind with cipher:, hash:, aead: or chain: in front, separated by commas (default device)");

#define VIRTCRYPTO_PARAM(name, lowest, highest)				\
static int virtcrypto_set_##name(const char *val,			\
				 const struct kernel_param *kp)		\
{									\
	return param_set_uint_minmax(val, kp, lowest, highest);		\
}									\
static const struct kernel_param_ops virtcrypto_ops_##name = {		\
	.set = virtcrypto_set_##name,					\
	.get = param_get_uint,						\
}

unsigned int virtcrypto_timeout = 30;
VIRTCRYPTO_PARAM(timeout, 1, 3600);
module_param_cb(timeout, &virtcrypto_ops_timeout, &virtcrypto_timeout, 0644);
MODULE_PARM_DESC(timeout, "Seconds without an answer after which a device counts as stalled (1-3600, default 30)");

unsigned int virtcrypto_queue_limit = 1024;
VIRTCRYPTO_PARAM(queue_limit, 1, 1U << 20);
module_param_cb(queue_limit, &virtcrypto_ops_queue_limit,
		&virtcrypto_queue_limit, 0644);
MODULE_PARM_DESC(queue_limit, "Requests that may wait for each full data queue (1-1048576, default 1024)");

unsigned int virtcrypto_notify_batch = 16;
VIRTCRYPTO_PARAM(notify_batch, 1, 1024);
module_param_cb(notify_batch, &virtcrypto_ops_notify_batch,
		&virtcrypto_notify_batch, 0644);
MODULE_PARM_DESC(notify_batch, "Requests that a busy queue gathers before it notifies the device (1-1024, default 16)");

unsigned int virtcrypto_poll_us = 100;
VIRTCRYPTO_PARAM(poll_us, 0, 1000);
module_param_cb(poll_us, &virtcrypto_ops_poll_us, &virtcrypto_poll_us, 0644);
MODULE_PARM_DESC(poll_us, "Microseconds for which an idle CPU polls for an answer at most (0-1000, default 100)");

unsigned int virtcrypto_cipher_priority = 150;
VIRTCRYPTO_PARAM(cipher_priority, 0, 100000);
module_param_cb(cipher_priority, &virtcrypto_ops_cipher_priority,
		&virtcrypto_cipher_priority, 0444);
MODULE_PARM_DESC(cipher_priority, "Priority of ciphers; generic C code has 100, CPU instructions 300 and more (0-100000, default 150)");

unsigned int virtcrypto_ctr_priority = 90;
VIRTCRYPTO_PARAM(ctr_priority, 0, 100000);
module_param_cb(ctr_priority, &virtcrypto_ops_ctr_priority,
		&virtcrypto_ctr_priority, 0444);
MODULE_PARM_DESC(ctr_priority, "Priority of ctr(aes), of which the kernel makes gcm(aes) and ccm(aes) where it has no better (0-100000, default 90)");

unsigned int virtcrypto_hash_priority = 150;
VIRTCRYPTO_PARAM(hash_priority, 0, 100000);
module_param_cb(hash_priority, &virtcrypto_ops_hash_priority,
		&virtcrypto_hash_priority, 0444);
MODULE_PARM_DESC(hash_priority, "Priority of hashes and MACs (0-100000, default 150)");

unsigned int virtcrypto_aead_priority = 150;
VIRTCRYPTO_PARAM(aead_priority, 0, 100000);
module_param_cb(aead_priority, &virtcrypto_ops_aead_priority,
		&virtcrypto_aead_priority, 0444);
MODULE_PARM_DESC(aead_priority, "Priority of AEADs (0-100000, default 150)");

unsigned int virtcrypto_chain_priority = 2000;
VIRTCRYPTO_PARAM(chain_priority, 0, 100000);
module_param_cb(chain_priority, &virtcrypto_ops_chain_priority,
		&virtcrypto_chain_priority, 0444);
MODULE_PARM_DESC(chain_priority, "Priority of authenc() and authencesn(), which for software is ten times that of the cipher and more: C code has about 1100, CPU instructions 4000 (0-100000, default 2000)");

unsigned int virtcrypto_akcipher_priority = 80;
VIRTCRYPTO_PARAM(akcipher_priority, 0, 100000);
module_param_cb(akcipher_priority, &virtcrypto_ops_akcipher_priority,
		&virtcrypto_akcipher_priority, 0444);
MODULE_PARM_DESC(akcipher_priority, "Priority of RSA and ECDSA; above 100 the host checks the kernel's signatures (0-100000, default 80)");

bool virtcrypto_indirect_desc;
module_param_named(indirect_desc, virtcrypto_indirect_desc, bool, 0444);
MODULE_PARM_DESC(indirect_desc, "Use indirect descriptors: more requests per ring, an allocation for each (default N)");

bool virtcrypto_split_header;
module_param_named(split_header, virtcrypto_split_header, bool, 0444);
MODULE_PARM_DESC(split_header, "Give header and iv of a request a descriptor each, for devices that insist (default N)");

bool virtcrypto_revision_1;
module_param_named(revision_1, virtcrypto_revision_1, bool, 0444);
MODULE_PARM_DESC(revision_1, "Use the formats of VIRTIO_CRYPTO_F_REVISION_1 where a device offers them (default N: only if it insists)");

unsigned int virtcrypto_session_mode = VIRTCRYPTO_MODE_SESSIONS;
static const char * const virtcrypto_mode_names[] = {
	[VIRTCRYPTO_MODE_SESSIONS] = "sessions",
	[VIRTCRYPTO_MODE_STATELESS] = "stateless",
	[VIRTCRYPTO_MODE_AUTO] = "auto",
};

static struct virtcrypto_word virtcrypto_mode_word = {
	&virtcrypto_session_mode, virtcrypto_mode_names,
	ARRAY_SIZE(virtcrypto_mode_names)
};

module_param_cb(session_mode, &virtcrypto_ops_word, &virtcrypto_mode_word, 0444);
MODULE_PARM_DESC(session_mode, "Where keys are kept, if a device offers the choice: sessions (by the device), stateless (here, each request brings its key), auto (stateless until a key is used a lot); default sessions");

bool virtcrypto_try_unadvertised;
module_param_named(try_unadvertised, virtcrypto_try_unadvertised, bool, 0444);
MODULE_PARM_DESC(try_unadvertised, "Try algorithms that the device does not advertise too; QEMU does more than it says (default N)");

unsigned int virtcrypto_vhost_user = VIRTCRYPTO_GUESS_AUTO;
static const char * const virtcrypto_guess_names[] = {
	[VIRTCRYPTO_GUESS_AUTO] = "auto",
	[VIRTCRYPTO_GUESS_YES] = "y",
	[VIRTCRYPTO_GUESS_NO] = "n",
};

static struct virtcrypto_word virtcrypto_guess_word = {
	&virtcrypto_vhost_user, virtcrypto_guess_names,
	ARRAY_SIZE(virtcrypto_guess_names)
};

module_param_cb(vhost_user, &virtcrypto_ops_word, &virtcrypto_guess_word, 0444);
MODULE_PARM_DESC(vhost_user, "Keep to what DPDK's vhost-crypto takes: y, n, or auto, which is with QEMU's cryptodev-vhost-user (default auto)");
