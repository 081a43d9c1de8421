/* SPDX-License-Identifier: GPL-2.0 */
/* Copyright (C) 2026 The virtio_crypto authors */
/*
 * A session at a device, or what stands for one in a stateless mode.
 */
#ifndef VIRTIO_CRYPTO_SESSION_H
#define VIRTIO_CRYPTO_SESSION_H

#include <linux/kref.h>
#include <linux/list.h>
#include <linux/rcupdate.h>
#include <linux/spinlock.h>

#include "virtio_crypto_common.h"
#include "virtio_crypto_ctrlq.h"

struct virtcrypto_device;
struct virtcrypto_req;

/**
 * struct virtcrypto_session - a session at a device
 * @kref: for the memory: one while @users is not zero, one for the pointer in
 *	virtcrypto_slot, one for the device's list, one while @msg is on its way
 * @users: one for the slot, given up by virtcrypto_session_revoke(), and one
 *	per request; when it falls to zero the session is destroyed
 * @flags: see virtio_crypto_session.c
 * @lock: guards the fields up to @parked
 * @state: see virtio_crypto_session.c
 * @unused: @users has fallen to zero
 * @nr_parked: length of @parked
 * @parked: requests that wait for the session to be created
 * @parks: requests may wait for it
 * @dev: the device, held
 * @generation: of the device, before anything else of it was read
 * @id: the device's name for it, as it came: any 64 bits
 * @stateless: there is none at the device, each request brings @out, the keys
 * @form: how its requests are laid out
 * @params: what it is for; without the keys' lengths unless @stateless
 * @dir: its direction
 * @row: the algorithm's number among all tables
 * @trial: it is for a trial
 * @keys_len: bytes of @out if @stateless, else 0
 * @uses: requests that it was given to, if @stateless
 * @node: in virtcrypto_device.sessions
 * @last_used: jiffies of the last request
 * @rcu: readers may look at a session that is being freed
 * @msg: the message that creates it, later the one that destroys it
 * @out: buffer of @msg, or the keys
 */
struct virtcrypto_session {
	struct kref kref;
	atomic_t users;
	unsigned long flags;
	spinlock_t lock;		/* see above */
	int state;
	bool unused;
	unsigned int nr_parked;
	struct list_head parked;
	bool parks;
	struct virtcrypto_device *dev;
	u32 generation;
	__le64 id;
	bool stateless;
	enum virtcrypto_form form;
	struct virtcrypto_params params;
	u32 dir;
	unsigned int row;
	bool trial;
	unsigned int keys_len;
	atomic_t uses;
	struct list_head node;
	unsigned long last_used;
	struct rcu_head rcu;
	struct virtcrypto_ctrl_msg msg;
	u8 out[] __aligned(CRYPTO_DMA_ALIGN);
};

/**
 * struct virtcrypto_session_want - what a session is wanted for
 * @row: the algorithm's number among all tables
 * @params: what it is for
 * @bytes: the keys
 * @dir: the direction
 * @aad_len: of an AEAD, bytes of associated data in the first request
 * @trial: it is for a trial
 * @parks: requests may wait for it
 */
struct virtcrypto_session_want {
	unsigned int row;
	const struct virtcrypto_params *params;
	const u8 *bytes;
	u32 dir;
	u32 aad_len;
	bool trial;
	bool parks;
};

struct virtcrypto_session *
virtcrypto_session_pretend(struct virtcrypto_device *dev,
			   const struct virtcrypto_session_want *want);
struct virtcrypto_session *
virtcrypto_session_create(struct virtcrypto_device *dev,
			  const struct virtcrypto_session_want *want);
void virtcrypto_session_put(struct virtcrypto_session *sess);
void virtcrypto_session_put_user(struct virtcrypto_session *sess);
void virtcrypto_session_revoke(struct virtcrypto_session *sess);
bool virtcrypto_session_get_ready(struct virtcrypto_session *sess);
struct virtcrypto_session *
virtcrypto_session_get_busy(struct virtcrypto_session *sess);
int virtcrypto_session_join(struct virtcrypto_session *sess,
			    struct virtcrypto_req *vr, bool ordered);
int virtcrypto_session_submit(struct virtcrypto_session *sess,
			      struct virtcrypto_req *vr, bool accepted);
int virtcrypto_session_settle(struct virtcrypto_session *sess,
			      struct virtcrypto_req *vr, int err);
void virtcrypto_session_open(struct virtcrypto_device *dev);
void virtcrypto_session_destroy_all(struct virtcrypto_device *dev);
void virtcrypto_session_abandon_all(struct virtcrypto_device *dev);
bool virtcrypto_session_all_gone(struct virtcrypto_device *dev);

#endif /* VIRTIO_CRYPTO_SESSION_H */
