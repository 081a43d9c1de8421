/* SPDX-License-Identifier: GPL-2.0 */
/* Copyright (C) 2026 The virtio_crypto authors */
/*
 * A transform's key, and the sessions made of it.
 */
#ifndef VIRTIO_CRYPTO_KEY_H
#define VIRTIO_CRYPTO_KEY_H

#include <linux/crypto.h>
#include <linux/rwsem.h>
#include <linux/spinlock.h>

#include "virtio_crypto_common.h"

struct virtcrypto_choice;
struct virtcrypto_device;
struct virtcrypto_req;
struct virtcrypto_session;

/**
 * struct virtcrypto_slot - where a key keeps its session for one direction
 * @sess: the session, or NULL; written under virtcrypto_key.lock
 * @former: the one before, if requests must not overtake each other; under the
 *	same lock
 * @retry_at: jiffies before which no new session is asked for, if @failures
 * @failures: attempts that failed in a row
 * @why: the error of the last one, never 0
 * @avoid: devices that have refused the key, see virtcrypto_device_bit()
 * @proved: the key is used enough to get a session
 */
struct virtcrypto_slot {
	struct virtcrypto_session __rcu *sess;
	struct virtcrypto_session *former;
	unsigned long retry_at;
	unsigned int failures;
	int why;
	u64 avoid;
	bool proved;
};

/**
 * struct virtcrypto_key - a transform's key and the sessions made of it
 * @lock: guards the fields up to @slots
 * @row: the algorithm's number among all tables
 * @params: what sessions are made for
 * @dev: the device to use, NULL for the best that there is
 * @ordered: requests must not overtake each other
 * @set: there is a key, or none is wanted
 * @bytes: the keys, kept so that sessions can be made anew
 * @slots: sessions by direction: [0] encrypt, or the only one; [1] decrypt
 * @choices: see virtcrypto_row_choices()
 * @redo: read-locked while the fallback does what a device has not done
 * @slow_redo: the same for a fallback that sleeps; a kind of algorithms uses
 *	one of the two
 * @seq: changes before the fallback gets another key, under @redo or @slow_redo
 */
struct virtcrypto_key {
	spinlock_t lock;		/* see above */
	unsigned int row;
	struct virtcrypto_params params;
	struct virtcrypto_device *dev;
	bool ordered;
	bool set;
	u8 *bytes;
	struct virtcrypto_slot slots[2];
	struct virtcrypto_choice *choices;
	rwlock_t redo;			/* see above */
	struct rw_semaphore slow_redo;
	unsigned int seq;
};

void virtcrypto_key_init(struct virtcrypto_key *key, unsigned int row,
			 const struct virtcrypto_params *params);
int virtcrypto_key_set(struct virtcrypto_key *key,
		       const struct virtcrypto_params *params, const u8 *bytes,
		       gfp_t gfp);
void virtcrypto_key_changing(struct virtcrypto_key *key);
void virtcrypto_key_changing_slowly(struct virtcrypto_key *key);
void virtcrypto_key_forget(struct virtcrypto_key *key);
void virtcrypto_key_set_result_len(struct virtcrypto_key *key, u32 len);
void virtcrypto_key_wipe(struct virtcrypto_key *key);
void virtcrypto_key_begin(struct virtcrypto_key *key, struct virtcrypto_req *vr,
			  struct crypto_async_request *base, unsigned int len,
			  void (*done)(struct virtcrypto_req *vr, int err));
int virtcrypto_key_submit(struct virtcrypto_key *key, u32 dir,
			  struct virtcrypto_req *vr);
int virtcrypto_key_settle(struct virtcrypto_key *key, u32 dir,
			  struct virtcrypto_req *vr, int err);

#endif /* VIRTIO_CRYPTO_KEY_H */
