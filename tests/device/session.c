// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The virtio_crypto authors
 *
 * Sessions; see session.h.
 */
#include <stdlib.h>
#include <string.h>

#include "session.h"
#include "util.h"

void session_clear(struct session *s)
{
	alg_cipher_free(s->cipher);
	alg_mac_free(s->mac);
	alg_aead_free(s->aead);
	alg_key_free(s->key);
}

enum vc_status session_init(struct session *s, const struct params *p)
{
	enum vc_status status = VC_OK;

	s->params = *p;
	s->params.key = NULL;
	s->params.auth_key = NULL;
	switch (p->service) {
	case SERVICE_CIPHER:
		status = alg_cipher_new(&s->cipher, p->algo, p->dir == DIR_ENCRYPT, p->key,
					p->key_len);
		if (!status && p->sym == SYM_CHAIN && p->hash_mode == CHAIN_AUTH)
			status = alg_mac_new(&s->mac, p->hash_algo, p->auth_key,
					     p->auth_key_len);
		break;
	case SERVICE_HASH:
		break;
	case SERVICE_MAC:
		status = alg_mac_new(&s->mac, p->algo, p->auth_key, p->auth_key_len);
		break;
	case SERVICE_AEAD:
		status = alg_aead_new(&s->aead, p->algo, p->dir == DIR_ENCRYPT, p->key,
				      p->key_len);
		break;
	case SERVICE_AKCIPHER:
		status = alg_key_new(&s->key, p->algo, p->key_type, p->param1, p->param2, p->key,
				     p->key_len);
		break;
	}
	if (status)
		session_clear(s);
	return status;
}

void sessions_init(struct sessions *table, uint64_t first_id, uint64_t max)
{
	memset(table, 0, sizeof(*table));
	pthread_mutex_init(&table->lock, NULL);
	table->next_id = first_id;
	table->max = max;
}

void sessions_limit(struct sessions *table, uint64_t max)
{
	pthread_mutex_lock(&table->lock);
	table->max = max;
	pthread_mutex_unlock(&table->lock);
}

static struct session **bucket(struct sessions *table, uint64_t id)
{
	return &table->buckets[(id ^ id >> 32) % SESSION_BUCKETS];
}

/* The lock is held, here and in the next three functions. */
static void insert(struct sessions *table, struct session *s)
{
	struct session **head = bucket(table, s->id);

	s->next = *head;
	*head = s;
	if (!s->forgotten)
		raise_to(&table->most_alive, atomic_fetch_add(&table->alive, 1) + 1);
}

static struct session *find(struct sessions *table, uint64_t id)
{
	struct session *s = *bucket(table, id);

	while (s && s->id != id)
		s = s->next;
	return s;
}

static void take_out(struct sessions *table, struct session *s)
{
	struct session **p = bucket(table, s->id);

	while (*p != s)
		p = &(*p)->next;
	*p = s->next;
	if (!s->forgotten)
		atomic_fetch_sub(&table->alive, 1);
}

static void forget(struct sessions *table, struct session *s)
{
	if (s->forgotten)
		return;
	s->forgotten = true;
	atomic_fetch_sub(&table->alive, 1);
}

enum vc_status session_create(struct sessions *table, const struct params *p,
			      const uint64_t *use_id, uint64_t *id)
{
	struct session *s = calloc(1, sizeof(*s));
	enum vc_status status;

	if (!s)
		return VC_ERR;
	status = session_init(s, p);
	if (status) {
		free(s);
		return status;
	}
	atomic_init(&s->refs, 1);
	pthread_mutex_lock(&table->lock);
	if (table->alive >= table->max) {
		pthread_mutex_unlock(&table->lock);
		session_put(s);
		return VC_NOSPC;
	}
	s->id = use_id ? *use_id : table->next_id++;
	*id = s->id;
	insert(table, s);
	pthread_mutex_unlock(&table->lock);
	return VC_OK;
}

void session_put(struct session *s)
{
	if (atomic_fetch_sub(&s->refs, 1) != 1)
		return;
	session_clear(s);
	free(s);
}

struct session *session_get(struct sessions *table, uint64_t id)
{
	struct session *s;

	pthread_mutex_lock(&table->lock);
	s = find(table, id);
	if (s)
		atomic_fetch_add(&s->refs, 1);
	pthread_mutex_unlock(&table->lock);
	return s;
}

struct session *session_take(struct sessions *table, uint64_t id)
{
	struct session *s;

	pthread_mutex_lock(&table->lock);
	s = find(table, id);
	if (s)
		take_out(table, s);
	pthread_mutex_unlock(&table->lock);
	return s;
}

void session_forget(struct sessions *table, uint64_t id)
{
	struct session *s;

	pthread_mutex_lock(&table->lock);
	s = find(table, id);
	if (s)
		forget(table, s);
	pthread_mutex_unlock(&table->lock);
}

void session_change_id(struct sessions *table, uint64_t id, uint64_t new_id)
{
	struct session *s, *old = calloc(1, sizeof(*old));

	if (!old)
		return;
	pthread_mutex_lock(&table->lock);
	s = find(table, id);
	if (s && !s->forgotten) {
		old->id = id;
		old->params = s->params;
		old->forgotten = true;
		atomic_init(&old->refs, 1);
		take_out(table, s);
		s->id = new_id;
		insert(table, s);
		insert(table, old);
		old = NULL;
	}
	pthread_mutex_unlock(&table->lock);
	free(old);
}

void sessions_forget_all(struct sessions *table)
{
	struct session *s;
	unsigned int i;

	pthread_mutex_lock(&table->lock);
	for (i = 0; i < SESSION_BUCKETS; i++)
		for (s = table->buckets[i]; s; s = s->next)
			forget(table, s);
	pthread_mutex_unlock(&table->lock);
}

void sessions_clear(struct sessions *table)
{
	struct session *s;
	unsigned int i;

	pthread_mutex_lock(&table->lock);
	for (i = 0; i < SESSION_BUCKETS; i++) {
		while ((s = table->buckets[i])) {
			take_out(table, s);
			session_put(s);
		}
	}
	pthread_mutex_unlock(&table->lock);
}
