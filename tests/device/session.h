/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The virtio_crypto authors
 *
 * Sessions: what they are made with, what libcrypto made of it, and the table of them.
 *
 * The table is under a lock of its own.  Sessions are counted: the table has a reference
 * and so has each request that uses one, so that who looks one up puts it.
 *
 * A session that the device has forgotten on command stays in the table under its id,
 * forgotten, until the driver destroys it or a driver begins anew: its use is not the
 * driver's fault.
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
 * struct session - a session, or what one would be for a request without one
 * @params: without keys, which are in what libcrypto made of them
 * @refs: the table's, and one for each request until it is answered
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
 * @max: sessions that there is room for
 * @alive, @most_alive: without forgotten ones; the latter since the beginning
 */
struct sessions {
	pthread_mutex_t lock;
	uint64_t next_id, max;
	struct session *buckets[SESSION_BUCKETS];

	_Atomic uint64_t alive, most_alive;
};

/* Makes of parameters what libcrypto needs; VC_OK, or nothing is left */
enum vc_status session_init(struct session *s, const struct params *params);
void session_clear(struct session *s);

void sessions_init(struct sessions *table, uint64_t first_id, uint64_t max);
void sessions_limit(struct sessions *table, uint64_t max);
/* VC_OK, VC_NOSPC, or session_init()'s status; use_id, unless NULL, becomes its id */
enum vc_status session_create(struct sessions *table, const struct params *params,
			      const uint64_t *use_id, uint64_t *id);
/* NULL: there is none; forgotten ones are given, too */
struct session *session_get(struct sessions *table, uint64_t id);
void session_put(struct session *s);
/* Takes one out of the table, forgotten or not; the caller has the table's reference then */
struct session *session_take(struct sessions *table, uint64_t id);
void session_forget(struct sessions *table, uint64_t id);
/* The old id is forgotten */
void session_change_id(struct sessions *table, uint64_t id, uint64_t new_id);
void sessions_forget_all(struct sessions *table);
/* Without a trace */
void sessions_clear(struct sessions *table);

#endif
