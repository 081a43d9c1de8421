// SPDX-License-Identifier: GPL-2.0
/* The crypto device; see device.h. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "algs.h"
#include "device.h"
#include "report.h"
#include "util.h"

#define BUCKETS		1024
/* What a request may have in all; more than any driver sends. */
#define MAX_BYTES	(64u << 20)
/* Held requests that wait for others to be reordered with go after this. */
#define REORDER_MS	1000
#define BATCHES		8
/* Requests may be under way when HW_READY is cleared, and QEMU reads it for the driver. */
#define GRACE_US	1000000
/* Sessions that were forgotten on command, whose use is not the driver's fault. */
#define FORGOTTEN	64

/*
 * struct session - parameters and what libcrypto made of the keys
 * @refs: the table and each request that uses it
 */
struct session {
	uint64_t id;
	struct params params;
	struct alg_cipher *cipher;
	struct alg_mac *mac;
	struct alg_aead *aead;
	struct alg_key *key;
	atomic_uint refs;
	struct session *next;
};

/*
 * struct answer - a request that was computed, and how it is given back
 * @iov: where the driver wants the result, with @nr_in elements
 * @result, @len: what is written there from its beginning; the status is apart
 * @status_len: bytes of @status, at the end of the elements
 * @due: microseconds, when it is given back
 */
struct answer {
	uint16_t id, nr_descs;
	struct iovec *iov;
	unsigned int nr_in;
	size_t in_len;
	uint8_t *result;
	size_t len;
	uint8_t status[CREATE_RESULT];
	unsigned int status_len;
	uint32_t used;
	uint64_t due;
	bool reorder, control;
	struct answer *next;
};

/* struct work - what a queue's thread needs, and nobody else touches */
struct work {
	uint8_t *out, *in;
	size_t out_room, in_room;
	struct answer *held;
	unsigned int nr_held, nr_reorder;
	uint64_t slot;
	uint64_t batch;
	struct queue_counts counts;

	_Atomic uint64_t batches[BATCHES];
};

/* struct turn - a fault: what it takes, and for how many more requests */
struct turn {
	uint64_t value, times;
};

struct device {
	struct settings settings;
	struct vhost vhost;
	pthread_mutex_t lock;		/* settings, faults, dialect */
	struct dialect dialect;
	uint64_t unready_since;		/* 0: it was never ready */
	struct turn faults[NR_FAULTS];
	atomic_bool misbehaves;		/* spares the lock */
	pthread_mutex_t table_lock;	/* sessions */
	struct session *table[BUCKETS];
	unsigned int nr_sessions;
	uint64_t next_id;
	uint64_t forgotten[FORGOTTEN];
	unsigned int nr_forgotten;
	struct work *works;
	struct counts counts;
};

static const struct {
	const char *word, *text;
} fault_words[NR_FAULTS] = {
#define F(name, word, text) [FAULT_##name] = { word, text },
	FAULTS(F)
#undef F
};

static void raise_to(_Atomic uint64_t *max, uint64_t value)
{
	uint64_t old = atomic_load(max);

	while (old < value && !atomic_compare_exchange_weak(max, &old, value))
		;
}

/*
 * Faults
 */

bool device_find_fault(const char *word, enum fault *fault)
{
	unsigned int i;

	for (i = 0; i < NR_FAULTS; i++) {
		if (!strcmp(word, fault_words[i].word)) {
			*fault = i;
			return true;
		}
	}
	return false;
}

void device_fault(struct device *dev, enum fault fault, uint64_t value, uint64_t times)
{
	pthread_mutex_lock(&dev->lock);
	dev->faults[fault].value = value;
	dev->faults[fault].times = times;
	pthread_mutex_unlock(&dev->lock);
	if (times)
		atomic_store(&dev->misbehaves, true);
}

void device_clear_faults(struct device *dev)
{
	pthread_mutex_lock(&dev->lock);
	memset(dev->faults, 0, sizeof(dev->faults));
	pthread_mutex_unlock(&dev->lock);
	atomic_store(&dev->misbehaves, false);
}

/* Is it this one's turn?  Uses it up. */
static bool faulty(struct device *dev, enum fault fault, uint64_t *value)
{
	bool hit = false;

	if (!atomic_load(&dev->misbehaves))
		return false;
	pthread_mutex_lock(&dev->lock);
	if (dev->faults[fault].times) {
		dev->faults[fault].times--;
		if (value)
			*value = dev->faults[fault].value;
		hit = true;
	}
	pthread_mutex_unlock(&dev->lock);
	return hit;
}

/*
 * Sessions
 */

static struct session **bucket(struct device *dev, uint64_t id)
{
	return &dev->table[(id ^ id >> 32) % BUCKETS];
}

static void session_clear(struct session *s)
{
	alg_cipher_free(s->cipher);
	alg_mac_free(s->mac);
	alg_aead_free(s->aead);
	alg_key_free(s->key);
}

static void session_put(struct session *s)
{
	if (atomic_fetch_sub(&s->refs, 1) != 1)
		return;
	session_clear(s);
	free(s);
}

static struct session *session_get(struct device *dev, uint64_t id)
{
	struct session *s;

	pthread_mutex_lock(&dev->table_lock);
	for (s = *bucket(dev, id); s && s->id != id; s = s->next)
		;
	if (s)
		atomic_fetch_add(&s->refs, 1);
	pthread_mutex_unlock(&dev->table_lock);
	return s;
}

/* Takes a session out of the table; its caller has the table's reference then. */
static struct session *session_take(struct device *dev, uint64_t id)
{
	struct session **p, *s;

	pthread_mutex_lock(&dev->table_lock);
	for (p = bucket(dev, id); *p && (*p)->id != id; p = &(*p)->next)
		;
	s = *p;
	if (s) {
		*p = s->next;
		dev->nr_sessions--;
		atomic_fetch_sub(&dev->counts.alive, 1);
	}
	pthread_mutex_unlock(&dev->table_lock);
	return s;
}

static void session_forget(struct device *dev, uint64_t id)
{
	struct session *s = session_take(dev, id);

	if (!s)
		return;
	session_put(s);
	pthread_mutex_lock(&dev->table_lock);
	dev->forgotten[dev->nr_forgotten++ % FORGOTTEN] = id;
	pthread_mutex_unlock(&dev->table_lock);
}

static bool was_forgotten(struct device *dev, uint64_t id)
{
	unsigned int i;
	bool was = false;

	pthread_mutex_lock(&dev->table_lock);
	for (i = 0; i < FORGOTTEN && i < dev->nr_forgotten; i++)
		was = was || dev->forgotten[i] == id;
	pthread_mutex_unlock(&dev->table_lock);
	return was;
}

static void forget_all(struct device *dev)
{
	struct session *s;
	unsigned int i;

	for (i = 0; i < BUCKETS; i++)
		while ((s = dev->table[i]) && (s = session_take(dev, s->id)))
			session_put(s);
}

/* What libcrypto makes of keys; on failure nothing is left. */
static enum vc_status make_objects(struct session *s, const struct params *p)
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

static enum vc_status session_create(struct device *dev, const struct params *p, uint64_t *id)
{
	struct session *s = calloc(1, sizeof(*s));
	enum vc_status status;
	bool full;

	if (!s)
		return VC_ERR;
	status = make_objects(s, p);
	if (status) {
		free(s);
		return status;
	}
	atomic_init(&s->refs, 1);
	full = faulty(dev, FAULT_FULL, NULL);
	pthread_mutex_lock(&dev->table_lock);
	if (full || dev->nr_sessions >= dev->settings.max_sessions) {
		pthread_mutex_unlock(&dev->table_lock);
		session_put(s);
		/* without revision 1 there is no such status */
		return dev->dialect.features & 1 << F_REVISION_1 ? VC_NOSPC : VC_ERR;
	}
	s->id = dev->next_id++;
	faulty(dev, FAULT_SESSION_ID, &s->id);
	*id = s->id;
	s->next = *bucket(dev, s->id);
	*bucket(dev, s->id) = s;
	dev->nr_sessions++;
	raise_to(&dev->counts.most_alive, atomic_fetch_add(&dev->counts.alive, 1) + 1);
	pthread_mutex_unlock(&dev->table_lock);
	return VC_OK;
}

static enum vc_status session_destroy(struct device *dev, int queue, const struct ctrl *ctrl)
{
	struct session *s = session_take(dev, ctrl->session);

	if (!s) {
		if (!was_forgotten(dev, ctrl->session))
			violation(REQ_SESSION_ID, queue,
				  "there is no session %" PRIu64 " to destroy", ctrl->session);
		return VC_ERR;
	}
	if (s->params.service != ctrl->service)
		violation(REQ_SESSION_ID, queue, "session %" PRIu64 " is of service %u, not %u",
			  s->id, s->params.service, ctrl->service);
	if (atomic_load(&s->refs) > 1)
		violation(REQ_DESTROY_IDLE, queue, "session %" PRIu64 " is in use", s->id);
	session_put(s);
	return VC_OK;
}

/*
 * Requests
 */

/* The hash or MAC of a chain, over its associated data and a range of its data. */
static enum vc_status chain_hash(const struct session *s, const struct data *q,
				 const uint8_t *data, uint8_t *result)
{
	size_t len = (size_t)q->aad_len + q->hash_over;
	uint8_t *all = malloc(len ?: 1);
	enum vc_status status;

	if (!all)
		return VC_ERR;
	if (q->aad_len)
		memcpy(all, q->aad, q->aad_len);
	memcpy(all + q->aad_len, data + q->hash_at, q->hash_over);
	if (s->params.hash_mode == CHAIN_AUTH)
		status = alg_mac_do(s->mac, all, len, result, q->hash_len);
	else
		status = alg_hash_do(s->params.hash_algo, all, len, result, q->hash_len);
	free(all);
	return status;
}

static enum vc_status do_sym(const struct session *s, int queue, const struct data *q,
			     uint8_t *dst)
{
	bool encrypt = s->params.dir == DIR_ENCRYPT, chain = q->sym == SYM_CHAIN;
	uint32_t at = chain ? q->cipher_at : 0, len = chain ? q->cipher_len : q->src_len;
	enum vc_status status;

	if (q->op != (encrypt ? OP_ENCRYPT : OP_DECRYPT)) {
		violation(REQ_DIRECTION, queue, "opcode %#x in a session that %scrypts",
			  q->opcode, encrypt ? "en" : "de");
		return VC_ERR;
	}
	if (q->sym != s->params.sym) {
		violation(REQ_OP_TYPE, queue, "op_type %u in a session of %u", q->sym,
			  s->params.sym);
		return VC_ERR;
	}
	if (q->iv_len != alg_cipher_iv(s->cipher)) {
		violation(REQ_PARAMETER, queue, "iv of %u bytes, not %zu", q->iv_len,
			  alg_cipher_iv(s->cipher));
		return VC_ERR;
	}
	if (chain && s->params.order == HASH_THEN_CIPHER) {
		status = chain_hash(s, q, q->src, dst + q->dst_len);
		if (status)
			return status;
	}
	memcpy(dst, q->src, at);
	memcpy(dst + at + len, q->src + at + len, q->src_len - at - len);
	status = alg_cipher_do(s->cipher, q->iv, q->src + at, len, dst + at);
	if (!status && chain && s->params.order == CIPHER_THEN_HASH)
		status = chain_hash(s, q, dst, dst + q->dst_len);
	return status;
}

static enum vc_status do_aead(const struct session *s, int queue, const struct data *q,
			      uint8_t *dst)
{
	bool encrypt = s->params.dir == DIR_ENCRYPT;
	size_t tag = q->tag_len ?: s->params.tag_len;
	uint64_t need;

	if (q->op != (encrypt ? OP_ENCRYPT : OP_DECRYPT)) {
		violation(REQ_DIRECTION, queue, "opcode %#x in a session that %scrypts",
			  q->opcode, encrypt ? "en" : "de");
		return VC_ERR;
	}
	if (!encrypt && q->src_len < tag) {
		violation(REQ_LAYOUT, queue, "source of %u bytes, with a tag of %zu", q->src_len,
			  tag);
		return VC_ERR;
	}
	need = encrypt ? (uint64_t)q->src_len + tag : q->src_len - tag;
	if (q->dst_len < need) {
		violation(REQ_RESULT_ROOM, queue, "%u bytes for a result of %" PRIu64,
			  q->dst_len, need);
		return VC_ERR;
	}
	return alg_aead_do(s->aead, q->iv, q->iv_len, q->aad, q->aad_len, q->src, q->src_len,
			   dst, tag);
}

static enum vc_status do_akcipher(const struct session *s, int queue, const struct data *q,
				  uint8_t *dst, size_t *len)
{
	if (s->params.algo == AKCIPHER_RSA && s->params.param1 == RSA_RAW &&
	    (q->op == OP_SIGN || q->op == OP_VERIFY))
		violation(REQ_RSA_RAW_SIGN, queue, "opcode %#x", q->opcode);
	*len = 0;
	if (q->op == OP_VERIFY)
		return alg_key_verify(s->key, q->src, q->src_len, q->digest, q->dst_len);
	*len = q->dst_len;
	return alg_key_do(s->key, q->op, q->src, q->src_len, dst, len);
}

/* Computes into dst; *len becomes the length of the result, without the status. */
static enum vc_status compute(const struct session *s, int queue, const struct data *q,
			      uint8_t *dst, size_t *len)
{
	switch (q->service) {
	case SERVICE_CIPHER:
		return do_sym(s, queue, q, dst);
	case SERVICE_HASH:
		return alg_hash_do(s->params.algo, q->src, q->src_len, dst, q->hash_len);
	case SERVICE_MAC:
		return alg_mac_do(s->mac, q->src, q->src_len, dst, q->hash_len);
	case SERVICE_AEAD:
		return do_aead(s, queue, q, dst);
	case SERVICE_AKCIPHER:
		return do_akcipher(s, queue, q, dst, len);
	}
	return VC_ERR;
}

static enum vc_status do_data(struct device *dev, int queue, const struct data *q, uint8_t *dst,
			      size_t *len)
{
	struct session own = { 0 }, *s = &own;
	enum vc_status status;

	if (q->stateless) {
		status = make_objects(&own, &q->params);
		if (status)
			return status;
	} else {
		if (faulty(dev, FAULT_FORGET, NULL)) {
			session_forget(dev, q->session);
			return VC_INVSESS;
		}
		s = session_get(dev, q->session);
		if (!s || s->params.service != q->service) {
			if (s || !was_forgotten(dev, q->session))
				violation(REQ_SESSION_ID, queue, "there is no session %" PRIu64
					  " of service %u", q->session, q->service);
			if (s)
				session_put(s);
			return VC_INVSESS;
		}
		if (q->algo && q->algo != s->params.algo)
			violation(REQ_HEADER_ALGO, queue, "header has %u, the session %u",
				  q->algo, s->params.algo);
	}
	status = compute(s, queue, q, dst, len);
	if (q->stateless)
		session_clear(&own);
	else
		session_put(s);
	return status;
}

/*
 * Queues
 */

/* size bytes of room, kept for the next request; the contents are not. */
static bool room_for(uint8_t **p, size_t *room, size_t size)
{
	if (size <= *room)
		return true;
	free(*p);
	*room = 0;
	*p = size <= MAX_BYTES ? malloc(size) : NULL;
	if (!*p)
		return false;
	*room = size;
	return true;
}

static void gather(uint8_t *to, const struct iovec *iov, unsigned int nr)
{
	for (; nr; nr--, iov++) {
		memcpy(to, iov->iov_base, iov->iov_len);
		to += iov->iov_len;
	}
}

static void scatter(const struct iovec *iov, unsigned int nr, size_t at, const uint8_t *from,
		    size_t len)
{
	size_t n;

	for (; nr && len; nr--, iov++) {
		if (at >= iov->iov_len) {
			at -= iov->iov_len;
			continue;
		}
		n = iov->iov_len - at < len ? iov->iov_len - at : len;
		memcpy((uint8_t *)iov->iov_base + at, from, n);
		from += n;
		len -= n;
		at = 0;
	}
}

/* Writes what the driver gets and puts the buffer on the used ring. */
static void give_back(struct device *dev, struct vqueue *q, const struct answer *a)
{
	uint64_t value = a->used;

	scatter(a->iov, a->nr_in, 0, a->result, a->len);
	if (a->status_len <= a->in_len)
		scatter(a->iov, a->nr_in, a->in_len - a->status_len, a->status, a->status_len);
	if (!a->control) {
		if (faulty(dev, FAULT_UNKNOWN_ID, &value))
			vqueue_complete(q, value, 1, 1);
		value = a->used;
		faulty(dev, FAULT_USED_LEN, &value);
		if (faulty(dev, FAULT_DUPLICATE, NULL))
			vqueue_complete(q, a->id, a->nr_descs, value);
	}
	vqueue_complete(q, a->id, a->nr_descs, value);
}

static void answer_free(struct answer *a)
{
	free(a->iov);
	free(a->result);
	free(a);
}

/* Keeps an answer until it is due; those that are due at the same time stay in order. */
static void hold(struct work *w, const struct answer *a)
{
	struct answer *copy = malloc(sizeof(*copy)), **p;

	if (!copy)
		return;
	*copy = *a;
	copy->iov = calloc(a->nr_in + 1, sizeof(*a->iov));
	copy->result = malloc(a->len ?: 1);
	if (!copy->iov || !copy->result) {
		answer_free(copy);
		complain("no memory to hold an answer: it is lost");
		return;
	}
	memcpy(copy->iov, a->iov, a->nr_in * sizeof(*a->iov));
	if (a->len)
		memcpy(copy->result, a->result, a->len);
	for (p = &w->held; *p && (*p)->due <= copy->due; p = &(*p)->next)
		;
	copy->next = *p;
	*p = copy;
	w->nr_held++;
	w->nr_reorder += a->reorder;
}

/* Gives back those that wait for others, last first; they are together at a time. */
static bool release_reordered(struct device *dev, struct vqueue *q, struct work *w)
{
	struct answer **p, **last, *a;

	while (w->nr_reorder) {
		last = NULL;
		for (p = &w->held; *p; p = &(*p)->next)
			if ((*p)->reorder)
				last = p;
		if (!last)
			break;
		a = *last;
		*last = a->next;
		w->nr_held--;
		w->nr_reorder--;
		give_back(dev, q, a);
		answer_free(a);
	}
	return true;
}

/* vhost_ops.poll */
static int device_poll(void *opaque, struct vqueue *q)
{
	struct device *dev = opaque;
	struct work *w = &dev->works[q->index];
	uint64_t now = now_us();
	struct answer *a;
	bool gave = false;
	unsigned int i = 0;

	if (w->batch) {
		while (i < BATCHES - 1 && w->batch >> (i + 1))
			i++;
		atomic_fetch_add(&w->batches[i], 1);
		raise_to(&w->counts.deepest, w->batch);
		w->batch = 0;
	}
	while ((a = w->held) && a->due <= now) {
		gave = true;
		if (a->reorder) {
			release_reordered(dev, q, w);
			continue;
		}
		w->held = a->next;
		w->nr_held--;
		give_back(dev, q, a);
		answer_free(a);
	}
	if (gave)
		vqueue_flush(q);
	return w->held ? (int)((w->held->due - now + 999) / 1000) : -1;
}

static void device_stopped(void *opaque, struct vqueue *q)
{
	struct device *dev = opaque;
	struct work *w = &dev->works[q->index];
	struct answer *a;

	while ((a = w->held)) {
		w->held = a->next;
		answer_free(a);
	}
	w->nr_held = 0;
	w->nr_reorder = 0;
}

/* When is an answer due?  0: at once. */
static uint64_t due(struct device *dev, struct work *w, struct answer *a)
{
	uint64_t now = now_us(), when = 0, value;

	if (faulty(dev, a->control ? FAULT_CTRL_DELAY : FAULT_DELAY, &value))
		when = now + value * 1000;
	if (a->control)
		return when;
	if (dev->settings.delay_us)
		when = now + dev->settings.delay_us;
	if (dev->settings.throttle) {
		if (w->slot < now)
			w->slot = now;
		w->slot += 1000000 / dev->settings.throttle;
		when = w->slot > when ? w->slot : when;
	}
	if (faulty(dev, FAULT_REORDER, &value)) {
		a->reorder = true;
		when = now + REORDER_MS * 1000;
	}
	return when;
}

/* False: it is dropped or held. */
static bool finish(struct device *dev, struct vqueue *q, struct work *w, struct answer *a)
{
	uint64_t value;

	if (faulty(dev, a->control ? FAULT_CTRL_DROP : FAULT_DROP, NULL))
		return false;
	a->due = due(dev, w, a);
	/* who must keep the order keeps it behind what is held */
	if (!a->due && w->held && q->ring.in_order)
		a->due = w->held->due;
	if (!a->due) {
		give_back(dev, q, a);
		return true;
	}
	value = 0;
	if (a->reorder) {
		pthread_mutex_lock(&dev->lock);
		value = dev->faults[FAULT_REORDER].value;
		pthread_mutex_unlock(&dev->lock);
	}
	hold(w, a);
	if (a->reorder && w->nr_reorder >= value)
		return release_reordered(dev, q, w);
	return false;
}

static void serve_ctrl(struct device *dev, struct vqueue *q, struct work *w,
		       const struct dialect *dialect, const struct chain *chain,
		       struct answer *a)
{
	uint64_t id = 0, value;
	enum vc_status status;
	struct ctrl ctrl;

	status = parse_ctrl(dialect, q->index, w->out, chain->out_len, chain->in_len, &ctrl);
	if (faulty(dev, FAULT_CTRL_STATUS, &value)) {
		status = value;
	} else if (!status) {
		status = ctrl.destroy ? session_destroy(dev, q->index, &ctrl) :
					session_create(dev, &ctrl.params, &id);
		if (status)
			atomic_fetch_add(&dev->counts.refused, !ctrl.destroy);
		else if (ctrl.destroy)
			atomic_fetch_add(&dev->counts.destroyed, 1);
		else
			atomic_fetch_add(&dev->counts.created, 1);
	}
	if (status)
		trace("queue %u: message %#x: status %u", q->index, ctrl.opcode, status);
	a->control = true;
	if (ctrl.destroy) {
		a->status[0] = status;
		a->status_len = 1;
	} else {
		put_le64(a->status, id);
		put_le32(a->status + 8, status);
		a->status_len = CREATE_RESULT;
	}
	a->used = a->status_len;
	if (faulty(dev, FAULT_CTRL_NO_STATUS, NULL))
		a->status_len = 0;
}

static void serve_data(struct device *dev, struct vqueue *q, struct work *w,
		       const struct dialect *dialect, const struct chain *chain,
		       struct answer *a)
{
	size_t len = chain->in_len ? chain->in_len - 1 : 0;
	enum vc_status status;
	struct data data;
	uint64_t value;

	/* nothing but results goes back, whatever is in our memory */
	memset(w->in, 0, len);
	status = parse_data(dialect, q->index, w->out, chain->out_len, chain->in_len, &data);
	if (faulty(dev, FAULT_STATUS, &value))
		status = value;
	else if (!status && !dev->settings.null)
		status = do_data(dev, q->index, &data, w->in, &len);
	if (dev->settings.null || status)
		len = 0;
	if (!status)
		atomic_fetch_add(&dev->counts.by_service[data.service][data.op], 1);
	atomic_fetch_add(&w->counts.requests, 1);
	atomic_fetch_add(&w->counts.bytes, data.src_len);
	atomic_fetch_add(&w->counts.errors, status != VC_OK);
	if (status)
		trace("queue %u: request %#x: status %u", q->index, data.opcode, status);
	if (faulty(dev, FAULT_WRONG, NULL) && len)
		w->in[len / 2] ^= 0x10;
	if (faulty(dev, FAULT_SHORT, &value) && value < len)
		len = value;
	a->result = w->in;
	a->len = len;
	a->status[0] = status;
	a->status_len = 1;
	/* the length of a result that is shorter than its room is told by this alone */
	a->used = data.service == SERVICE_AKCIPHER && !status ? len + 1 : chain->in_len;
	if (faulty(dev, FAULT_NO_STATUS, NULL))
		a->status_len = 0;
}

/* vhost_ops.serve: answers are put on the ring here, so that it never asks for that. */
static bool device_serve(void *opaque, struct vqueue *q, struct chain *chain, uint32_t *written)
{
	struct device *dev = opaque;
	struct work *w = &dev->works[q->index];
	struct dialect dialect;
	struct answer a = {
		.id = chain->id,
		.nr_descs = chain->nr_descs,
		.iov = chain->iov + chain->nr_out,
		.nr_in = chain->nr_in,
		.in_len = chain->in_len,
	};

	*written = 0;
	if (!room_for(&w->out, &w->out_room, chain->out_len ?: 1) ||
	    !room_for(&w->in, &w->in_room, chain->in_len ?: 1)) {
		complain("queue %u: %zu and %zu bytes are too much", q->index, chain->out_len,
			 chain->in_len);
		return true;
	}
	/* one copy: what is checked is what is used, whatever the driver does meanwhile */
	gather(w->out, chain->iov, chain->nr_out);
	pthread_mutex_lock(&dev->lock);
	dialect = dev->dialect;
	if (!dialect.ready && dev->unready_since && now_us() < dev->unready_since + GRACE_US)
		dialect.ready = true;
	pthread_mutex_unlock(&dev->lock);

	if (q->index == dev->settings.data_queues) {
		serve_ctrl(dev, q, w, &dialect, chain, &a);
	} else {
		w->batch++;
		serve_data(dev, q, w, &dialect, chain, &a);
	}
	if (finish(dev, q, w, &a))
		vqueue_flush(q);
	return false;
}

/*
 * Configuration
 */

static uint64_t device_features(void *opaque)
{
	struct device *dev = opaque;

	return dev->settings.features;
}

static void device_config(void *opaque, uint32_t offset, uint8_t *p, uint32_t size)
{
	struct device *dev = opaque;
	const struct settings *s = &dev->settings;
	uint8_t config[CFG_SIZE];

	pthread_mutex_lock(&dev->lock);
	/* from now on the driver knows */
	if (offset == CFG_STATUS) {
		bool ready = s->config_status & STATUS_HW_READY;

		if (dev->dialect.ready && !ready)
			dev->unready_since = now_us();
		dev->dialect.ready = ready;
	}
	put_le32(config + CFG_STATUS, s->config_status);
	put_le32(config + CFG_MAX_DATAQUEUES, s->config_queues);
	put_le32(config + CFG_CRYPTO_SERVICES, s->services);
	put_le64(config + CFG_CIPHER_ALGO_L, s->algos[SERVICE_CIPHER]);
	put_le32(config + CFG_HASH_ALGO, s->algos[SERVICE_HASH]);
	put_le64(config + CFG_MAC_ALGO_L, s->algos[SERVICE_MAC]);
	put_le32(config + CFG_AEAD_ALGO, s->algos[SERVICE_AEAD]);
	put_le32(config + CFG_MAX_CIPHER_KEY_LEN, s->max_cipher_key);
	put_le32(config + CFG_MAX_AUTH_KEY_LEN, s->max_auth_key);
	put_le32(config + CFG_AKCIPHER_ALGO, s->algos[SERVICE_AKCIPHER]);
	put_le64(config + CFG_MAX_SIZE, s->max_size);
	pthread_mutex_unlock(&dev->lock);

	if (offset < CFG_SIZE)
		memcpy(p, config + offset, size < CFG_SIZE - offset ? size : CFG_SIZE - offset);
}

/* What the parser judges by; the lock is held. */
static void set_dialect(struct device *dev)
{
	struct dialect *d = &dev->dialect;

	d->services = dev->settings.services;
	memcpy(d->algos, dev->settings.algos, sizeof(d->algos));
	/* the header of Linux and QEMU numbers it otherwise */
	if (d->algos[SERVICE_AKCIPHER] >> AKCIPHER_ECDSA_UAPI & 1)
		d->algos[SERVICE_AKCIPHER] |= 1 << AKCIPHER_ECDSA;
	d->max_cipher_key = dev->settings.max_cipher_key;
	d->max_auth_key = dev->settings.max_auth_key;
	d->max_size = dev->settings.max_size;
}

static void device_negotiated(void *opaque, uint64_t features)
{
	struct device *dev = opaque;

	if (features & 0x3e && !(features & 1 << F_REVISION_1))
		violation(REQ_FEATURES, -1, "stateless modes %#" PRIx64 " without revision 1",
			  features & 0x3e);
	pthread_mutex_lock(&dev->lock);
	dev->dialect.features = features;
	pthread_mutex_unlock(&dev->lock);
}

static void device_fresh(void *opaque)
{
	struct device *dev = opaque;

	atomic_fetch_add(&dev->counts.fresh, 1);
	forget_all(dev);
}

void device_set_status(struct device *dev, uint32_t status, bool notify)
{
	pthread_mutex_lock(&dev->lock);
	dev->settings.config_status = status;
	set_dialect(dev);
	pthread_mutex_unlock(&dev->lock);
	if (notify)
		vhost_config_changed(&dev->vhost);
}

void device_set_config(struct device *dev, unsigned int offset, uint64_t value)
{
	struct settings *s = &dev->settings;

	pthread_mutex_lock(&dev->lock);
	switch (offset) {
	case CFG_STATUS: s->config_status = value; break;
	case CFG_MAX_DATAQUEUES: s->config_queues = value; break;
	case CFG_CRYPTO_SERVICES: s->services = value; break;
	case CFG_CIPHER_ALGO_L: s->algos[SERVICE_CIPHER] = value; break;
	case CFG_HASH_ALGO: s->algos[SERVICE_HASH] = value; break;
	case CFG_MAC_ALGO_L: s->algos[SERVICE_MAC] = value; break;
	case CFG_AEAD_ALGO: s->algos[SERVICE_AEAD] = value; break;
	case CFG_MAX_CIPHER_KEY_LEN: s->max_cipher_key = value; break;
	case CFG_MAX_AUTH_KEY_LEN: s->max_auth_key = value; break;
	case CFG_AKCIPHER_ALGO: s->algos[SERVICE_AKCIPHER] = value; break;
	case CFG_MAX_SIZE: s->max_size = value; break;
	}
	set_dialect(dev);
	pthread_mutex_unlock(&dev->lock);
}

static const struct vhost_ops device_ops = {
	.features = device_features,
	.config = device_config,
	.negotiated = device_negotiated,
	.serve = device_serve,
	.poll = device_poll,
	.fresh = device_fresh,
	.stopped = device_stopped,
};

struct vhost *device_vhost(struct device *dev)
{
	return &dev->vhost;
}

struct device *device_new(const struct settings *settings, const struct vhost_options *ring)
{
	struct vhost_options options = *ring;
	struct device *dev = calloc(1, sizeof(*dev));

	if (!dev)
		return NULL;
	dev->settings = *settings;
	dev->next_id = settings->first_id;
	pthread_mutex_init(&dev->lock, NULL);
	pthread_mutex_init(&dev->table_lock, NULL);
	set_dialect(dev);
	options.nr_queues = settings->data_queues + 1;
	dev->works = calloc(options.nr_queues, sizeof(*dev->works));
	if (!dev->works || vhost_init(&dev->vhost, &device_ops, dev, &options)) {
		free(dev->works);
		free(dev);
		return NULL;
	}
	return dev;
}

void device_free(struct device *dev)
{
	unsigned int i;

	forget_all(dev);
	for (i = 0; i <= dev->settings.data_queues; i++) {
		free(dev->works[i].out);
		free(dev->works[i].in);
	}
	vhost_exit(&dev->vhost);
	free(dev->works);
	free(dev);
}

void device_json(struct device *dev, FILE *f)
{
	static const char * const services[] = { "cipher", "hash", "mac", "aead", "akcipher" };
	const struct counts *c = &dev->counts;
	const char *comma = "";
	unsigned int i, j;

	fprintf(f, "{\"sessions\":{\"created\":%" PRIu64 ",\"refused\":%" PRIu64
		",\"destroyed\":%" PRIu64 ",\"alive\":%" PRIu64 ",\"most_alive\":%" PRIu64
		"},\"fresh\":%" PRIu64 ",\"requests\":{", c->created, c->refused, c->destroyed,
		c->alive, c->most_alive, c->fresh);
	for (i = 0; i < NR_SERVICES; i++)
		fprintf(f, "%s\"%s\":[%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 "]",
			i ? "," : "", services[i], c->by_service[i][0], c->by_service[i][1],
			c->by_service[i][2], c->by_service[i][3]);
	fprintf(f, "},\"queues\":[");
	for (i = 0; i <= dev->settings.data_queues; i++) {
		struct vqueue *q = &dev->vhost.queues[i];
		struct work *w = &dev->works[i];

		fprintf(f, "%s{\"requests\":%" PRIu64 ",\"bytes\":%" PRIu64 ",\"errors\":%" PRIu64
			",\"notified\":%" PRIu64 ",\"interrupts\":%" PRIu64 ",\"deepest\":%" PRIu64
			",\"batches\":[", i ? "," : "", w->counts.requests, w->counts.bytes,
			w->counts.errors, q->notified, q->signalled, w->counts.deepest);
		for (j = 0; j < BATCHES; j++)
			fprintf(f, "%s%" PRIu64, j ? "," : "", w->batches[j]);
		fprintf(f, "]}");
	}
	fprintf(f, "],\"violations\":{");
	for (i = 0; i < NR_REQUIREMENTS; i++) {
		if (!violations_of(i))
			continue;
		fprintf(f, "%s\"%s\":%" PRIu64, comma, requirement_name(i), violations_of(i));
		comma = ",";
	}
	fprintf(f, "}}\n");
}
