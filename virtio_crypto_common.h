/* SPDX-License-Identifier: GPL-2.0 */
/* Copyright (C) 2026 The virtio_crypto authors */
/*
 * What every part of the driver may know: how requests of a service are laid
 * out, and what a session and a request are for.
 */

/**
 * DOC: Layers
 *
 * Each part of the driver is a file virtio_crypto_<part>.c with a header of its
 * own, which holds what others may use of it.  So the includes of a file show
 * what it calls.  They form no circle, which ``make style`` checks.  From the
 * bottom up::
 *
 *   compat, wire      differences between kernels; bytes on the wire
 *   common            types that all parts share
 *   params            module parameters
 *   wq, watch, bh     workqueues and threads, arming the watchdog, bottom halves
 *   choice            a device or software, by what they take
 *   format            encodes requests and messages
 *   req               one data request
 *   dataq, ctrlq      one data queue; the control queue
 *   support           what a device has been shown to support
 *   device            a device: configuration, queues, state
 *   mgr               all devices, and the choice among them
 *   session           a session at a device
 *   key               a transform's key, from which sessions are made
 *   row, table        the head of a row of any algorithm table; a table
 *   sync              a request that somebody waits for
 *   fallback, number  software that does what no device does; numbers of RSA
 *   *_algs            the algorithms: setkey, encrypt, decrypt, trial
 *   trial, algs       trials of all algorithms; registration
 *
 * A request goes down from ``*_algs`` over ``key`` and ``session`` to
 * ``dataq``.
 *
 * Control comes from outside and enters the same parts from above::
 *
 *   life              start, stop, watchdog and recovery of a device
 *   debugfs           statistics
 *   core              the module: probe, remove, power management, reboot
 *
 * What goes up are events, through function pointers: virtcrypto_req.complete
 * and virtcrypto_req.done for a request, virtcrypto_ctrl_msg.event for a
 * message, and what virtcrypto_life_init() was given for a device that has
 * become ready.
 */

/**
 * DOC: Locks
 *
 * Outermost first.  None is taken in hard interrupts, so ``_bh`` is enough; the
 * interrupt handlers only mask their virtqueue and schedule a softirq::
 *
 *   virtcrypto_device.lifecycle      mutex: one start, stop or change of state
 *   virtcrypto_key.lock              a transform's key and its session pointers
 *   virtcrypto_session.lock          a session's state and its parked requests
 *   virtcrypto_session_table.lock    a device's list of sessions
 *   virtcrypto_ctrlq.lock            the control queue, and the generation
 *   virtcrypto_dataq.lock            a data queue's ring, backlog and requests
 *
 * The last two are leaves.  So are virtcrypto_choice.lock, which is taken with
 * none of the others, and the lock of the manager's list, which is taken under
 * virtcrypto_key.lock.
 *
 * Two locks are held while the fallback works, with none of the others:
 * virtcrypto_key.redo, and virtcrypto_key.slow_redo where the fallback sleeps.
 * The mutex virtcrypto_registry_lock is taken by the work that runs trials,
 * with none of the others.
 *
 * Requests are completed, and events delivered, with no lock held and with
 * bottom halves disabled.
 */
#ifndef VIRTIO_CRYPTO_COMMON_H
#define VIRTIO_CRYPTO_COMMON_H

#include <linux/types.h>

#include "virtio_crypto_compat.h"
#include "virtio_crypto_wire.h"

/* Algorithms that there may be in all tables together. */
#define VIRTCRYPTO_MAX_ROWS		128

/**
 * enum virtcrypto_form - how requests and messages of a service are laid out
 * @VIRTCRYPTO_FORM_LEGACY: padded to one length
 * @VIRTCRYPTO_FORM_REVISION_1: not padded
 * @VIRTCRYPTO_FORM_STATELESS: requests have room for a session's parameters
 *
 * See the head of virtio_crypto_wire.h.
 */
enum virtcrypto_form {
	VIRTCRYPTO_FORM_LEGACY,
	VIRTCRYPTO_FORM_REVISION_1,
	VIRTCRYPTO_FORM_STATELESS,
};

/**
 * struct virtcrypto_params - what a session is for, but for its direction
 * @service: the service
 * @algo: the algorithm's number on the wire
 * @mac: of a chain, the number of the MAC that goes with the cipher @algo
 * @result_len: bytes of a hash, a MAC or a tag
 * @aad_len: of an AEAD, bytes of associated data in the first request
 * @key_len: bytes of the key of a cipher, an AEAD or a public-key algorithm
 * @auth_key_len: bytes of the key of a MAC; it follows the other
 * @key_type: public or private
 * @padding: of RSA, what pads messages
 * @hash: of RSA, what hashes messages to be signed
 * @curve: of ECDSA, the curve
 */
struct virtcrypto_params {
	u32 service;
	u32 algo;
	u32 mac;
	u32 result_len;
	u32 aad_len;
	u32 key_len;
	u32 auth_key_len;
	u32 key_type;
	u32 padding;
	u32 hash;
	u32 curve;
};

static inline unsigned int
virtcrypto_keys_len(const struct virtcrypto_params *params)
{
	return params->key_len + params->auth_key_len;
}

/**
 * struct virtcrypto_op - what a request is to do, but for the parameters
 * @code: the low byte of its opcode
 * @iv_len: bytes of iv
 * @src_len: bytes of source
 * @dst_len: bytes of destination
 * @aad_len: bytes of an AEAD's associated data, which follows the source
 * @result_len: bytes of a hash, a MAC or a tag
 * @cipher_start: of a chain, where the part of the source begins that is
 *	ciphered
 * @cipher_len: and its length
 */
struct virtcrypto_op {
	u8 code;
	u32 iv_len;
	u32 src_len;
	u32 dst_len;
	u32 aad_len;
	u32 result_len;
	u32 cipher_start;
	u32 cipher_len;
};

#endif /* VIRTIO_CRYPTO_COMMON_H */
