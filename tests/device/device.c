// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The virtio_crypto authors
 *
 * The crypto device; see device.h.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "device.h"
#include "report.h"
#include "session.h"
#include "util.h"

/* The largest size of a request; more than any driver sends. */
#define MAX_BYTES	(64u << 20)
/* Held requests that wait for others, to be reordered, are given back after this time. */
#define REORDER_MS	1000
#define BATCHES		8
/* Number of operations of opcodes, on both kinds of queues */
#define NR_OPS		6
/* Requests may be in flight when HW_READY is cleared, and QEMU reads it for the driver. */
#define GRACE_US	1000000
/* Limits of DPDK: bytes of data, descriptors in a table, and the header with its fixed part */
#define DPDK_BYTES	2176
#define DPDK_DESCS	32
#define DPDK_HEADER	72
/* Pattern written where nothing should be written */
#define GARBAGE		0xbd

/*
 * struct answer - the result of a request, and how it is given back
 * @iov: the driver's buffer for the result, with @nr_in elements
 * @result, @len: what is written there, from its beginning
 * @status, @status_len: the status, and its size; it is written at the end of the buffer
 * @used: the used length for the driver
 * @session: in use until the answer is given back, with a reference; or NULL
 * @due: when it has to be given back, in microseconds
 * @create: the answer is for a new session
 */
struct answer {
	uint16_t id, nr_descs;
	struct iovec *iov;
	unsigned int nr_in;
	size_t in_len;
	uint8_t *result;
	size_t len;
	uint8_t status;
	unsigned int status_len;
	uint32_t used;
	struct session *session;
	uint64_t due;
	bool reorder, control, create;
	struct answer *next;
};

/*
 * struct work - the state of a queue; its thread owns all fields that are not atomic
 * @out, @in: what the driver wrote, and what it gets
 * @held: answers that wait until they are due, in that order
 * @slot: when the last throttled request was accepted
 * @batch: requests since the queue was last empty; @batch_held: those of them that are held
 * @null, @like_dpdk: the settings when the last request was taken
 * @stuck: it tries one request forever, and does no other
 * @kinds: requests by service and operation; @others: requests that could not be parsed
 * @batches: how many batches had 1, 2-3, 4-7 ... requests
 */
struct work {
	uint8_t *out, *in;
	size_t out_room, in_room;
	struct answer *held;
	unsigned int nr_held, nr_reorder;
	uint64_t slot;
	uint64_t batch, batch_held;
	bool null, like_dpdk, stuck;

	_Atomic uint64_t requests, bytes, errors, deepest, others;
	_Atomic uint64_t kinds[NR_SERVICES][NR_OPS];
	_Atomic uint64_t batches[BATCHES];
};

/*
 * struct device - the device
 * @lock: protects @settings, @dialect and @unready_since
 * @dialect: the form of requests, for the parser
 * @unready_since: when the driver read that the device is not ready; 0: it did not
 * @complete: all queues are set up, or it was reported that they are not
 * @silent: it needs a reset and answers nothing
 * @done: data requests that were done, by service and operation
 */
struct device {
	struct settings settings;
	struct vhost vhost;
	pthread_mutex_t lock;
	struct dialect dialect;
	uint64_t unready_since;
	struct faults faults;
	struct sessions sessions;
	atomic_bool complete, silent;
	struct work *works;

	_Atomic uint64_t created, refused, destroyed, fresh;
	_Atomic uint64_t done[NR_SERVICES][4];
};

/*
 * Updates the limits for the parser; the lock is held.  A driver may have read them before
 * they changed, so they are raised at once, but lowered only for the next driver.
 */
static void set_dialect(struct device *dev, bool anew)
{
	const struct settings *s = &dev->settings;
	struct dialect *d = &dev->dialect;
	unsigned int i;

	if (anew) {
		d->services = 0;
		memset(d->algos, 0, sizeof(d->algos));
		d->max_cipher_key = 0;
		d->max_auth_key = 0;
		d->max_size = 0;
	}
	d->services |= s->services;
	for (i = 0; i < NR_SERVICES; i++)
		d->algos[i] |= s->algos[i];
	/* Linux's header and QEMU have another number for it */
	if (d->algos[SERVICE_AKCIPHER] >> AKCIPHER_ECDSA_UAPI & 1)
		d->algos[SERVICE_AKCIPHER] |= 1 << AKCIPHER_ECDSA;
	if (d->max_cipher_key < s->max_cipher_key)
		d->max_cipher_key = s->max_cipher_key;
	if (d->max_auth_key < s->max_auth_key)
		d->max_auth_key = s->max_auth_key;
	if (d->max_size < s->max_size)
		d->max_size = s->max_size;
}

/*
 * Sessions
 */

static enum vc_status create(struct device *dev, const struct dialect *dialect,
			     const struct params *p, uint64_t *id)
{
	enum vc_status status = VC_NOSPC;
	uint64_t use_id;
	bool other;

	if (!fault_now(&dev->faults, FAULT_FULL, false, NULL)) {
		other = fault_now(&dev->faults, FAULT_SESSION_ID, false, &use_id);
		status = session_create(&dev->sessions, p, other ? &use_id : NULL, id);
	}
	/* this status does not exist without revision 1 */
	if (status == VC_NOSPC && !(dialect->features & 1 << F_REVISION_1))
		status = VC_ERR;
	atomic_fetch_add(status ? &dev->refused : &dev->created, 1);
	return status;
}

static enum vc_status destroy(struct device *dev, int queue, const struct ctrl *ctrl)
{
	struct session *s = session_take(&dev->sessions, ctrl->session);
	enum vc_status status = VC_OK;

	if (!s) {
		violation(REQ_SESSION_ID, queue, "there is no session %" PRIu64 " to destroy",
			  ctrl->session);
		return VC_ERR;
	}
	if (s->params.service != ctrl->service)
		violation(REQ_SESSION_ID, queue, "session %" PRIu64 " is of service %u, not %u",
			  s->id, s->params.service, ctrl->service);
	if (s->forgotten)
		status = VC_ERR;
	else if (atomic_load(&s->refs) > 1)
		violation(REQ_DESTROY_IDLE, queue, "session %" PRIu64 " is in use", s->id);
	if (!status)
		atomic_fetch_add(&dev->destroyed, 1);
	session_put(s);
	return status;
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

/* Parses a non-negative INTEGER in its shortest form; false if there is none. */
static bool skip_integer(const uint8_t **p, size_t *len)
{
	const uint8_t *n = *p + 2;
	size_t size = *len < 3 ? 0 : (*p)[1];

	/* no supported curve needs a longer form */
	if (!size || size > 0x7f || size > *len - 2 || (*p)[0] != 0x02 || n[0] & 0x80 ||
	    (size > 1 && !n[0] && !(n[1] & 0x80)))
		return false;
	*p += 2 + size;
	*len -= 2 + size;
	return true;
}

/* Is it DER of a SEQUENCE of two INTEGERs, as a signature has to be? */
static bool is_signature(const uint8_t *p, size_t len)
{
	size_t head = len > 2 && p[1] == 0x81 ? 3 : 2;

	if (len < head || p[0] != 0x30 || p[head - 1] != len - head ||
	    head != (len - head < 0x80 ? 2 : 3))
		return false;
	p += head;
	len -= head;
	return skip_integer(&p, &len) && skip_integer(&p, &len) && !len;
}

static enum vc_status do_akcipher(const struct session *s, int queue, const struct data *q,
				  uint8_t *dst, size_t *len)
{
	if (s->params.algo == AKCIPHER_RSA && s->params.param1 == RSA_RAW &&
	    (q->op == OP_SIGN || q->op == OP_VERIFY))
		violation(REQ_RSA_RAW_SIGN, queue, "opcode %#x", q->opcode);
	if (s->params.algo != AKCIPHER_RSA && q->op == OP_VERIFY &&
	    !is_signature(q->src, q->src_len))
		violation(REQ_SIGNATURE, queue, "signature of %u bytes", q->src_len);
	*len = 0;
	if (q->op == OP_VERIFY)
		return alg_key_verify(s->key, q->src, q->src_len, q->digest, q->dst_len);
	*len = q->dst_len;
	return alg_key_do(s->key, q->op, q->src, q->src_len, dst, len);
}

/* Computes the result into dst; *len is set to its length, without the status. */
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

/* Returns the session of a request, with a reference; NULL: it has none. */
static struct session *session_of(struct device *dev, int queue, const struct data *q)
{
	struct session *s;
	uint64_t new_id;

	if (fault_now(&dev->faults, FAULT_FORGET, false, NULL))
		session_forget(&dev->sessions, q->session);
	if (fault_now(&dev->faults, FAULT_CHANGE_ID, false, &new_id))
		session_change_id(&dev->sessions, q->session, new_id);
	s = session_get(&dev->sessions, q->session);
	if (s && s->params.service == q->service && !s->forgotten)
		return s;
	if (!s || s->params.service != q->service)
		violation(REQ_SESSION_ID, queue, "there is no session %" PRIu64 " of service %u",
			  q->session, q->service);
	if (s)
		session_put(s);
	return NULL;
}

/* *session is set to the request's session, with a reference, if it has one. */
static enum vc_status do_data(struct device *dev, int queue, const struct data *q, uint8_t *dst,
			      size_t *len, struct session **session)
{
	struct session own = { 0 };
	enum vc_status status;

	if (q->stateless) {
		status = session_init(&own, &q->params);
		if (status)
			return status;
		status = compute(&own, queue, q, dst, len);
		session_clear(&own);
		return status;
	}
	*session = session_of(dev, queue, q);
	if (!*session)
		return VC_INVSESS;
	if (q->algo && q->algo != (*session)->params.algo)
		violation(REQ_HEADER_ALGO, queue, "header has %u, the session %u", q->algo,
			  (*session)->params.algo);
	return compute(*session, queue, q, dst, len);
}

/*
 * Queues
 */

/* Ensures room for size bytes.  The buffer is kept for the next request, its content not. */
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

/* Writes the answer and puts the buffer on the used ring. */
static void give_back(struct device *dev, struct vqueue *q, const struct answer *a)
{
	uint64_t value, used = a->used;
	bool whole;

	scatter(a->iov, a->nr_in, 0, a->result, a->len);
	if (a->status_len && a->in_len)
		scatter(a->iov, a->nr_in, a->in_len - 1, &a->status, 1);
	if (fault_now(&dev->faults, FAULT_UNKNOWN_ID, a->control, &value))
		vqueue_complete(q, value, 1, 1, false);
	fault_now(&dev->faults, FAULT_USED_LEN, a->control, &used);
	whole = used == a->in_len;
	if (fault_now(&dev->faults, FAULT_DUPLICATE, a->control, NULL))
		vqueue_complete(q, a->id, a->nr_descs, used, whole);
	vqueue_complete(q, a->id, a->nr_descs, used, whole);
}

static void answer_free(struct answer *a)
{
	if (a->session)
		session_put(a->session);
	free(a->iov);
	free(a->result);
	free(a);
}

/*
 * Keeps an answer, and its session, until it is due.  Answers that are due at the same time
 * stay in order.
 */
static void hold(struct work *w, struct answer *a)
{
	struct answer *copy = malloc(sizeof(*copy)), **p;

	if (!copy)
		return;
	*copy = *a;
	a->session = NULL;
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
	w->batch_held++;
	w->nr_reorder += a->reorder;
}

static void give_back_held(struct device *dev, struct vqueue *q, struct work *w,
			   struct answer **p)
{
	struct answer *a = *p;

	*p = a->next;
	w->nr_held--;
	w->nr_reorder -= a->reorder;
	give_back(dev, q, a);
	answer_free(a);
}

/* Gives back answers that wait for others, in reverse order. */
static void release_reordered(struct device *dev, struct vqueue *q, struct work *w)
{
	struct answer **p, **last;

	while (w->nr_reorder) {
		last = NULL;
		for (p = &w->held; *p; p = &(*p)->next)
			if ((*p)->reorder)
				last = p;
		give_back_held(dev, q, w, last);
	}
}

static void count_batch(struct work *w)
{
	unsigned int i = 0;

	if (!w->batch)
		return;
	while (i < BATCHES - 1 && w->batch >> (i + 1))
		i++;
	atomic_fetch_add(&w->batches[i], 1);
	w->batch = 0;
	w->batch_held = 0;
}

/*
 * vhost_ops.busy: all workers have a request, that is, as many requests are held.  Requests
 * that wait for others, to be reordered, do not count, because the others could not come.
 */
static bool device_busy(void *opaque, struct vqueue *q)
{
	struct device *dev = opaque;
	const struct work *w = &dev->works[q->index];
	uint64_t workers;

	if (q->index == dev->settings.data_queues)
		return false;
	pthread_mutex_lock(&dev->lock);
	workers = dev->settings.workers;
	pthread_mutex_unlock(&dev->lock);
	return workers && w->nr_held - w->nr_reorder >= workers;
}

/* vhost_ops.poll */
static int64_t device_poll(void *opaque, struct vqueue *q)
{
	struct device *dev = opaque;
	struct work *w = &dev->works[q->index];
	uint64_t now = now_us();

	count_batch(w);
	while (w->held && w->held->due <= now) {
		if (w->held->reorder)
			release_reordered(dev, q, w);
		else
			give_back_held(dev, q, w, &w->held);
	}
	return w->held ? (int64_t)(w->held->due - now) : -1;
}

static void device_stopped(void *opaque, struct vqueue *q, bool gone)
{
	struct device *dev = opaque;
	struct work *w = &dev->works[q->index];
	struct answer *a;

	count_batch(w);
	while (!gone && w->held)
		give_back_held(dev, q, w, &w->held);
	while ((a = w->held)) {
		w->held = a->next;
		answer_free(a);
	}
	w->nr_held = 0;
	w->nr_reorder = 0;
	w->stuck = false;
}

/* Returns when an answer is due; 0: at once. */
static uint64_t due(struct device *dev, struct work *w, struct answer *a)
{
	uint64_t now = now_us(), when = 0, value, delay, throttle;

	if (fault_now(&dev->faults, FAULT_DELAY, a->control, &value))
		when = now + value * 1000;
	if (a->create && fault_now(&dev->faults, FAULT_SESSION_DELAY, false, &value))
		when = now + value * 1000;
	if (!a->control) {
		pthread_mutex_lock(&dev->lock);
		delay = dev->settings.delay_us;
		throttle = dev->settings.throttle;
		pthread_mutex_unlock(&dev->lock);
		if (delay && now + delay > when)
			when = now + delay;
		if (throttle) {
			w->slot = (w->slot < now ? now : w->slot) + 1000000 / throttle;
			when = w->slot > when ? w->slot : when;
		}
	}
	return when;
}

/* Gives an answer, now or later, or drops it. */
static void finish(struct device *dev, struct vqueue *q, struct work *w, struct answer *a)
{
	const struct answer *last = w->held;
	uint64_t value;

	if (fault_now(&dev->faults, FAULT_DISCONNECT, a->control, NULL)) {
		vhost_disconnect(&dev->vhost);
		return;
	}
	if (fault_now(&dev->faults, FAULT_NEEDS_RESET, a->control, NULL)) {
		device_need_reset(dev);
		return;
	}
	if (fault_now(&dev->faults, FAULT_DROP, a->control, NULL))
		return;
	a->due = due(dev, w, a);
	if (fault_now(&dev->faults, FAULT_REORDER, a->control, &value)) {
		a->reorder = true;
		a->due = now_us() + REORDER_MS * 1000;
		hold(w, a);
		if (w->nr_reorder >= value)
			release_reordered(dev, q, w);
		return;
	}
	/* with IN_ORDER, it must not overtake held answers */
	while (last && q->ring.in_order) {
		if (a->due < last->due)
			a->due = last->due;
		last = last->next;
	}
	if (a->due)
		hold(w, a);
	else
		give_back(dev, q, a);
}

/* Bytes beyond a result: written if there is room, and counted in any case. */
static void go_beyond(struct device *dev, struct answer *a, size_t room)
{
	uint64_t value, n;

	if (!fault_now(&dev->faults, FAULT_BEYOND, a->control, &value))
		return;
	n = value < room - a->len ? value : room - a->len;
	memset(a->result + a->len, GARBAGE, n);
	a->len += n;
	a->used = a->in_len + value - n;
}

/*
 * DPDK 25.11's vhost-crypto behind QEMU's cryptodev-vhost-user.  QEMU handles the control
 * queue and asks DPDK for sessions; DPDK handles the data queues.
 */

void settings_like_dpdk(struct settings *s)
{
	memset(s->algos, 0, sizeof(s->algos));
	s->services = 1 << SERVICE_CIPHER | 1 << SERVICE_HASH | 1 << SERVICE_MAC;
	s->algos[SERVICE_CIPHER] = 1 << CIPHER_AES_CBC;
	s->algos[SERVICE_HASH] = 1 << HASH_SHA1;
	s->features = 0;
	s->max_cipher_key = 64;
	s->max_auth_key = 512;
	s->max_size = UINT64_MAX;
	s->first_id = 1;
	s->like_dpdk = true;
}

/* The status of a message that creates a session, before it is created */
static enum vc_status dpdk_session(struct device *dev, const struct ctrl *ctrl,
				   enum vc_status status)
{
	/* DPDK's process crashes on public keys */
	if (ctrl->service == SERVICE_AKCIPHER)
		dev->silent = true;
	if (status)
		return status;
	/* it offers a hash, but has none */
	return ctrl->params.sym == SYM_CIPHER ? VC_OK : VC_NOTSUPP;
}

/* Does it find the parts of a request?  It uses descriptors, not lengths. */
static bool dpdk_takes(const struct chain *chain, const struct data *q)
{
	const struct iovec *out = chain->iov, *in = out + chain->nr_out;

	return chain->table && chain->table <= DPDK_DESCS && chain->nr_out > 1 &&
	       q->service == SERVICE_CIPHER && q->src_len <= DPDK_BYTES &&
	       out[0].iov_len == DPDK_HEADER && out[1].iov_len == q->iv_len &&
	       chain->in_len == q->dst_len + 1 && in[chain->nr_in - 1].iov_len == 1;
}

static void serve_ctrl(struct device *dev, struct vqueue *q, struct work *w,
		       const struct dialect *dialect, const struct chain *chain,
		       struct answer *a)
{
	enum vc_status status;
	struct ctrl ctrl;
	uint64_t id = 0, value;

	status = parse_ctrl(dialect, q->index, w->out, chain->out_len, chain->in_len, &ctrl);
	if (status == VC_OK || ctrl.known)
		atomic_fetch_add(&w->kinds[ctrl.service][ctrl.opcode & 0xff], 1);
	else
		atomic_fetch_add(&w->others, 1);
	if (w->like_dpdk && ctrl.known && !ctrl.destroy)
		status = dpdk_session(dev, &ctrl, status);
	if (fault_now(&dev->faults, FAULT_STATUS, true, &value))
		status = value;
	else if (!status)
		status = ctrl.destroy ? destroy(dev, q->index, &ctrl) :
					create(dev, dialect, &ctrl.params, &id);
	if (status) {
		atomic_fetch_add(&w->errors, 1);
		trace("queue %u: message %#x: status %u", q->index, ctrl.opcode, status);
	}
	a->control = true;
	a->create = ctrl.known && !ctrl.destroy;
	a->result = w->in;
	if (ctrl.destroy) {
		w->in[0] = status;
		a->len = 1;
	} else {
		memset(w->in, 0, CREATE_RESULT);
		put_le64(w->in, id);
		put_le32(w->in + 8, status);
		a->len = CREATE_RESULT;
	}
	if (a->len > chain->in_len)
		a->len = chain->in_len;
	a->used = a->len;
	go_beyond(dev, a, chain->in_len);
	if (fault_now(&dev->faults, FAULT_NO_STATUS, true, NULL))
		a->len = 0;
}

static void serve_data(struct device *dev, struct vqueue *q, struct work *w,
		       const struct dialect *dialect, const struct chain *chain,
		       struct answer *a)
{
	size_t room = chain->in_len ? chain->in_len - 1 : 0, len;
	enum vc_status status;
	struct data data;
	uint64_t value;
	bool spoil, fault;

	/* return only results, and nothing else of our memory */
	memset(w->in, 0, room);
	status = parse_data(dialect, q->index, w->out, chain->out_len, chain->in_len, &data);
	if (status == VC_OK || data.known)
		atomic_fetch_add(&w->kinds[data.service][data.op], 1);
	else
		atomic_fetch_add(&w->others, 1);
	len = data.hash_len + (data.digest ? 0 : data.dst_len);
	if (!status && w->like_dpdk && !dpdk_takes(chain, &data))
		status = VC_ERR;
	spoil = fault_now(&dev->faults, FAULT_SPOIL, false, &value);
	fault = spoil || fault_now(&dev->faults, FAULT_STATUS, false, &value);
	if (fault)
		status = value;
	else if (!status && !w->null)
		status = do_data(dev, q->index, &data, w->in, &len, &a->session);
	/* DPDK only ever answers OK, and tries again what it cannot do */
	w->stuck = w->like_dpdk && status && !fault;
	atomic_fetch_add(&w->bytes, data.src_len);
	if (w->null || status)
		len = 0;
	if (spoil) {
		memset(w->in, GARBAGE, room);
		len = room;
	}
	if (status) {
		atomic_fetch_add(&w->errors, 1);
		trace("queue %u: request %#x: status %u", q->index, data.opcode, status);
	} else {
		atomic_fetch_add(&dev->done[data.service][data.op], 1);
	}
	a->result = w->in;
	a->len = len;
	a->status = status;
	a->status_len = 1;
	/* only this gives the length of a result that is shorter than its room */
	a->used = data.service == SERVICE_AKCIPHER && !status ? len + 1 : chain->in_len;
	if (fault_now(&dev->faults, FAULT_WRONG, false, NULL) && len)
		w->in[len / 2] ^= 0x10;
	if (fault_now(&dev->faults, FAULT_SHORT, false, &value) && value < len) {
		a->len = value;
		a->used = value + 1;
	}
	go_beyond(dev, a, room);
	if (fault_now(&dev->faults, FAULT_NO_STATUS, false, NULL))
		a->status_len = 0;
}

/*
 * A driver sets up all queues before it sends anything.  Front ends start them one by one,
 * the control queue last.  A request may arrive on another queue shortly before that.
 */
static void check_queues(struct device *dev, const struct vqueue *q)
{
	unsigned int i, nr = dev->settings.data_queues + 1, live = 0;

	if (dev->complete)
		return;
	for (i = 0; i < nr; i++)
		live += dev->vhost.queues[i].live;
	if (live < nr) {
		if (q->index != nr - 1 && now_us() < q->since + GRACE_US)
			return;
		violation(REQ_ALL_QUEUES, q->index, "%u of %u", live, nr);
	}
	dev->complete = true;
}

/* vhost_ops.serve */
static void device_serve(void *opaque, struct vqueue *q, struct chain *chain)
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

	atomic_fetch_add(&w->requests, 1);
	raise_to(&w->deepest, ++w->batch - w->batch_held + w->nr_held);
	if (dev->silent || w->stuck)
		return;
	check_queues(dev, q);
	if (!room_for(&w->out, &w->out_room, chain->out_len ?: 1) ||
	    !room_for(&w->in, &w->in_room, chain->in_len + CREATE_RESULT)) {
		complain("queue %u: %zu and %zu bytes are too much", q->index, chain->out_len,
			 chain->in_len);
		vqueue_complete(q, chain->id, chain->nr_descs, 0, false);
		return;
	}
	/* copy it once: the driver must not change it between check and use */
	gather(w->out, chain->iov, chain->nr_out);
	pthread_mutex_lock(&dev->lock);
	dialect = dev->dialect;
	if (!dialect.ready && dev->unready_since && now_us() < dev->unready_since + GRACE_US)
		dialect.ready = true;
	w->null = dev->settings.null;
	w->like_dpdk = dev->settings.like_dpdk;
	pthread_mutex_unlock(&dev->lock);

	if (q->index == dev->settings.data_queues) {
		serve_ctrl(dev, q, w, &dialect, chain, &a);
	} else {
		q->ring.misplaces = w->like_dpdk;
		serve_data(dev, q, w, &dialect, chain, &a);
	}
	if (!dev->silent && !w->stuck)
		finish(dev, q, w, &a);
	/* not if it is held */
	if (a.session)
		session_put(a.session);
}

/*
 * Configuration
 */

static uint64_t device_features(void *opaque)
{
	struct device *dev = opaque;
	uint64_t features;

	pthread_mutex_lock(&dev->lock);
	features = dev->settings.features;
	pthread_mutex_unlock(&dev->lock);
	return features;
}

static void device_config(void *opaque, uint32_t offset, uint8_t *p, uint32_t size)
{
	struct device *dev = opaque;
	const struct settings *s = &dev->settings;
	uint8_t config[CFG_SIZE];

	pthread_mutex_lock(&dev->lock);
	/* the driver reads it now */
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

	atomic_fetch_add(&dev->fresh, 1);
	sessions_clear(&dev->sessions);
	pthread_mutex_lock(&dev->lock);
	set_dialect(dev, true);
	pthread_mutex_unlock(&dev->lock);
	dev->silent = false;
	dev->complete = false;
}

void device_set_status(struct device *dev, uint32_t status, bool notify)
{
	pthread_mutex_lock(&dev->lock);
	dev->settings.config_status = status;
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
	set_dialect(dev, false);
	pthread_mutex_unlock(&dev->lock);
}

void device_set(struct device *dev, enum knob knob, uint64_t value)
{
	struct settings *s = &dev->settings;

	pthread_mutex_lock(&dev->lock);
	switch (knob) {
	case KNOB_NULL: s->null = value; break;
	case KNOB_THROTTLE: s->throttle = value; break;
	case KNOB_DELAY: s->delay_us = value; break;
	case KNOB_DPDK: s->like_dpdk = value; break;
	case KNOB_WORKERS: s->workers = value; break;
	case KNOB_SESSIONS: sessions_limit(&dev->sessions, value); break;
	case KNOB_FEATURES: s->features = value & 0xffffff; break;
	}
	pthread_mutex_unlock(&dev->lock);
}

void device_need_reset(struct device *dev)
{
	dev->silent = true;
	vhost_need_reset(&dev->vhost);
}

void device_forget(struct device *dev)
{
	sessions_forget_all(&dev->sessions);
}

struct faults *device_faults(struct device *dev)
{
	return &dev->faults;
}

static const struct vhost_ops device_ops = {
	.features = device_features,
	.config = device_config,
	.negotiated = device_negotiated,
	.serve = device_serve,
	.busy = device_busy,
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
	pthread_mutex_init(&dev->lock, NULL);
	faults_init(&dev->faults);
	sessions_init(&dev->sessions, settings->first_id, settings->max_sessions);
	set_dialect(dev, true);
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

	sessions_clear(&dev->sessions);
	for (i = 0; i <= dev->settings.data_queues; i++) {
		free(dev->works[i].out);
		free(dev->works[i].in);
	}
	vhost_exit(&dev->vhost);
	free(dev->works);
	free(dev);
}

static const char * const service_names[NR_SERVICES] = {
	"cipher", "hash", "mac", "aead", "akcipher",
};

/* Counters of the kinds of requests of a queue, without those that are 0 */
static void json_kinds(const struct work *w, bool control, FILE *f)
{
	static const char * const data[NR_OPS] = { "encrypt", "decrypt", "sign", "verify" };
	static const char * const ctrl[NR_OPS] = { NULL, NULL, "create", "destroy", "create",
						   "destroy" };
	const char *comma = "";
	unsigned int i, j;

	for (i = 0; i < NR_SERVICES; i++) {
		for (j = 0; j < NR_OPS; j++) {
			if (!w->kinds[i][j])
				continue;
			fprintf(f, "%s\"%s", comma, service_names[i]);
			/* the only operation of a hash or a MAC is not called encryption */
			if (control || (i != SERVICE_HASH && i != SERVICE_MAC))
				fprintf(f, "-%s", control ? ctrl[j] : data[j]);
			fprintf(f, "\":%" PRIu64, w->kinds[i][j]);
			comma = ",";
		}
	}
	if (w->others)
		fprintf(f, "%s\"unknown\":%" PRIu64, comma, w->others);
}

static void json_queue(struct device *dev, unsigned int index, FILE *f)
{
	const struct vqueue *q = &dev->vhost.queues[index];
	const struct work *w = &dev->works[index];
	unsigned int i;

	fprintf(f, "{\"requests\":%" PRIu64 ",\"bytes\":%" PRIu64 ",\"errors\":%" PRIu64
		",\"notified\":%" PRIu64 ",\"interrupts\":%" PRIu64 ",\"deepest\":%" PRIu64
		",\"batches\":[", w->requests, w->bytes, w->errors, q->notified, q->signalled,
		w->deepest);
	for (i = 0; i < BATCHES; i++)
		fprintf(f, "%s%" PRIu64, i ? "," : "", w->batches[i]);
	fprintf(f, "],\"kinds\":{");
	json_kinds(w, index == dev->settings.data_queues, f);
	fprintf(f, "}}");
}

void device_json(struct device *dev, FILE *f)
{
	const char *comma = "";
	unsigned int i;

	fprintf(f, "{\"sessions\":{\"created\":%" PRIu64 ",\"refused\":%" PRIu64
		",\"destroyed\":%" PRIu64 ",\"alive\":%" PRIu64 ",\"most_alive\":%" PRIu64
		"},\"fresh\":%" PRIu64 ",\"requests\":{", dev->created, dev->refused,
		dev->destroyed, dev->sessions.alive, dev->sessions.most_alive, dev->fresh);
	for (i = 0; i < NR_SERVICES; i++)
		fprintf(f, "%s\"%s\":[%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 "]",
			i ? "," : "", service_names[i], dev->done[i][0], dev->done[i][1],
			dev->done[i][2], dev->done[i][3]);
	fprintf(f, "},\"queues\":[");
	for (i = 0; i <= dev->settings.data_queues; i++) {
		fprintf(f, "%s", i ? "," : "");
		json_queue(dev, i, f);
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
