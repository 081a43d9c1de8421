/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The virtio_crypto authors
 *
 * Sessions: their parameters, their objects of libcrypto, and the table of sessions.
 *
 * The table has its own lock.  Sessions are reference counted: the table has a reference,
 * and so has each request that uses a session.  Whoever looks one up has to put it.
 *
 * A session that the device has forgotten on command stays in the table, marked as
 * forgotten, until the driver destroys it or starts the device again.  Using it is not an
 * error of the driver.
 */
#ifndef VCDEV_SESSION_H
#define VCDEV_SESSION_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "algs.h"
#include "request.h"

#define SESSION_BUCKETS	1024

/*
 * struct session - a session, or the same data for a request without a session
 * @params: without the keys, which are in the objects of libcrypto
 * @refs: one for the table, and one for each request until it is answered
 */
struct session {
	uint64_t id;
	struct params params;
	struct alg_cipher *cipher;
	struct alg_mac *mac;
	struct alg_aead *aead;
	struct alg_key *key;
	atomic_uint refs;
	atomic_bool forgotten;
	struct session *next;
};

/*
 * struct sessions - the table
 * @max: the largest number of sessions
 * @alive, @most_alive: sessions that are not forgotten, now and at most
 */
struct sessions {
	pthread_mutex_t lock;
	uint64_t next_id, max;
	struct session *buckets[SESSION_BUCKETS];

	_Atomic uint64_t alive, most_alive;
};

/* Creates the objects of libcrypto from the parameters; on an error there are none */
enum vc_status session_init(struct session *s, const struct params *params);
void session_clear(struct session *s);

void sessions_init(struct sessions *table, uint64_t first_id, uint64_t max);
void sessions_limit(struct sessions *table, uint64_t max);
/* VC_OK, VC_NOSPC, or session_init()'s status; use_id, unless NULL, is its id */
enum vc_status session_create(struct sessions *table, const struct params *params,
			      const uint64_t *use_id, uint64_t *id);
/* NULL: there is none.  Also returns forgotten sessions */
struct session *session_get(struct sessions *table, uint64_t id);
void session_put(struct session *s);
/* Takes a session out of the table, forgotten or not; the caller gets the table's reference */
struct session *session_take(struct sessions *table, uint64_t id);
void session_forget(struct sessions *table, uint64_t id);
/* Marks the old id as forgotten */
void session_change_id(struct sessions *table, uint64_t id, uint64_t new_id);
void sessions_forget_all(struct sessions *table);
/* Removes all sessions, also forgotten ones */
void sessions_clear(struct sessions *table);

#endif
