/* SPDX-License-Identifier: GPL-2.0 */
/* Copyright (C) 2026 The virtio_crypto authors */
/*
 * Module parameters: what the guest's administrator decides.
 */
#ifndef VIRTIO_CRYPTO_PARAMS_H
#define VIRTIO_CRYPTO_PARAMS_H

#include <linux/types.h>

/**
 * enum virtcrypto_mode - who keeps the keys of services that have a choice
 * @VIRTCRYPTO_MODE_SESSIONS: the device, in sessions
 * @VIRTCRYPTO_MODE_STATELESS: the driver, each request brings its keys
 * @VIRTCRYPTO_MODE_AUTO: the driver, until a key has proved to be used
 */
enum virtcrypto_mode {
	VIRTCRYPTO_MODE_SESSIONS,
	VIRTCRYPTO_MODE_STATELESS,
	VIRTCRYPTO_MODE_AUTO,
};

/**
 * enum virtcrypto_guess - is a device QEMU's cryptodev-vhost-user?
 * @VIRTCRYPTO_GUESS_AUTO: its configuration tells
 * @VIRTCRYPTO_GUESS_YES: the administrator says so
 * @VIRTCRYPTO_GUESS_NO: the administrator says that it is not
 */
enum virtcrypto_guess {
	VIRTCRYPTO_GUESS_AUTO,
	VIRTCRYPTO_GUESS_YES,
	VIRTCRYPTO_GUESS_NO,
};

/**
 * enum virtcrypto_kind - kinds of algorithms that have a choice of their own
 * @VIRTCRYPTO_KIND_CIPHER: ciphers
 * @VIRTCRYPTO_KIND_HASH: hashes and MACs
 * @VIRTCRYPTO_KIND_AEAD: AEADs
 * @VIRTCRYPTO_KIND_CHAIN: authenc() and authencesn()
 * @VIRTCRYPTO_NR_KINDS: how many there are
 */
enum virtcrypto_kind {
	VIRTCRYPTO_KIND_CIPHER,
	VIRTCRYPTO_KIND_HASH,
	VIRTCRYPTO_KIND_AEAD,
	VIRTCRYPTO_KIND_CHAIN,
	VIRTCRYPTO_NR_KINDS
};

extern bool virtcrypto_fastest[VIRTCRYPTO_NR_KINDS];
extern unsigned int virtcrypto_timeout;
extern unsigned int virtcrypto_queue_limit;
extern unsigned int virtcrypto_notify_batch;
extern unsigned int virtcrypto_poll_us;
extern bool virtcrypto_indirect_desc;
extern bool virtcrypto_split_header;
extern bool virtcrypto_try_unadvertised;
extern bool virtcrypto_revision_1;
extern unsigned int virtcrypto_session_mode;
extern unsigned int virtcrypto_vhost_user;
extern unsigned int virtcrypto_cipher_priority;
extern unsigned int virtcrypto_ctr_priority;
extern unsigned int virtcrypto_hash_priority;
extern unsigned int virtcrypto_aead_priority;
extern unsigned int virtcrypto_chain_priority;
extern unsigned int virtcrypto_akcipher_priority;

#endif /* VIRTIO_CRYPTO_PARAMS_H */
