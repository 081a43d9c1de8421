// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The virtio_crypto authors
 *
 * Writes messages and requests like a driver; see wire_job.h.
 */
#include <string.h>

#include "algs.h"
#include "wire_job.h"

/* Sizes of the parts after the headers without revision 1 */
#define CTRL_PADDED	56
#define DATA_PADDED	48

const char * const form_names[NR_FORMS] = {
	"without revision 1", "revision 1", "sessions despite stateless modes", "stateless",
};

uint64_t form_features(enum shape form)
{
	return form == LEGACY ? 0 : form == REVISION_1 ? 1 : 0x3f;
}

static void add(struct bytes *b, struct text text)
{
	if (text.len)
		memcpy(b->p + b->len, text.p, text.len);
	b->len += text.len;
}

static void add32(struct bytes *b, uint32_t v)
{
	put_le32(b->p + b->len, v);
	b->len += 4;
}

static void pad_to(struct bytes *b, size_t len)
{
	memset(b->p + b->len, 0, len - b->len);
	b->len = len;
}

static uint32_t direction(const struct job *j)
{
	return j->op == OP_ENCRYPT ? DIR_ENCRYPT : DIR_DECRYPT;
}

static void header(struct bytes *b, unsigned int service, unsigned int op, uint32_t algo)
{
	b->len = 0;
	add32(b, OPCODE(service, op));
	add32(b, algo);
}

static void create_sym(struct bytes *b, const struct job *j)
{
	if (j->chain) {
		add32(b, j->order);
		add32(b, j->hash_mode);
	}
	add32(b, j->algo);
	add32(b, j->key.len);
	add32(b, direction(j));
	add32(b, 0);
	if (j->chain) {
		add32(b, j->hash_algo);
		add32(b, j->hash_len);
		add32(b, j->hash_mode == CHAIN_AUTH ? j->mac_key.len : 0);
		pad_to(b, 56);
		add32(b, j->aad.len);
	}
	pad_to(b, 64);
	add32(b, j->chain ? SYM_CHAIN : SYM_CIPHER);
	add32(b, 0);
}

void write_create(struct bytes *b, const struct job *j, enum shape form)
{
	header(b, j->service, j->service == SERVICE_AKCIPHER ? OP_AK_CREATE : OP_CREATE, j->algo);
	pad_to(b, CTRL_HEADER);
	switch (j->service) {
	case SERVICE_CIPHER:
		create_sym(b, j);
		break;
	case SERVICE_HASH:
		add32(b, j->algo);
		add32(b, j->hash_len);
		break;
	case SERVICE_MAC:
		add32(b, j->algo);
		add32(b, j->hash_len);
		add32(b, j->mac_key.len);
		add32(b, 0);
		break;
	case SERVICE_AEAD:
		add32(b, j->algo);
		add32(b, j->key.len);
		add32(b, j->tag_len);
		add32(b, j->aad.len);
		add32(b, direction(j));
		add32(b, 0);
		break;
	case SERVICE_AKCIPHER:
		add32(b, j->algo);
		add32(b, j->key_type);
		add32(b, j->key.len);
		add32(b, j->param1);
		add32(b, j->algo == AKCIPHER_RSA ? j->param2 : 0);
		pad_to(b, CTRL_HEADER + 56);
		break;
	}
	if (form == LEGACY)
		pad_to(b, CTRL_HEADER + CTRL_PADDED);
	add(b, j->key);
	add(b, j->mac_key);
}

void write_destroy(struct bytes *b, unsigned int service, uint64_t id, enum shape form)
{
	header(b, service, service == SERVICE_AKCIPHER ? OP_AK_DESTROY : OP_DESTROY, 0);
	pad_to(b, CTRL_HEADER);
	add32(b, id);
	add32(b, id >> 32);
	if (form == LEGACY)
		pad_to(b, CTRL_HEADER + CTRL_PADDED);
}

/* For VERIFY, the field is about something that the device reads */
static uint32_t dst_len(const struct job *j)
{
	return j->op == OP_VERIFY ? j->digest.len : j->out_len;
}

/* The lengths in a symmetric request, in a session and without */
static void sym_lengths(struct bytes *b, const struct job *j)
{
	add32(b, j->iv.len);
	add32(b, j->in.len);
	add32(b, j->out_len);
	if (j->chain) {
		add32(b, j->cipher_at);
		add32(b, j->cipher_len);
		add32(b, j->hash_at);
		add32(b, j->hash_over);
		add32(b, j->aad.len);
		add32(b, j->hash_len);
	}
}

static void session_fields(struct bytes *b, const struct job *j)
{
	switch (j->service) {
	case SERVICE_CIPHER:
		sym_lengths(b, j);
		pad_to(b, 64);
		add32(b, j->chain ? SYM_CHAIN : SYM_CIPHER);
		add32(b, 0);
		break;
	case SERVICE_HASH:
	case SERVICE_MAC:
		add32(b, j->in.len);
		add32(b, j->hash_len);
		break;
	case SERVICE_AEAD:
		add32(b, j->iv.len);
		add32(b, j->aad.len);
		add32(b, j->in.len);
		add32(b, j->out_len);
		add32(b, j->tag_len);
		add32(b, 0);
		break;
	case SERVICE_AKCIPHER:
		add32(b, j->in.len);
		add32(b, dst_len(j));
		break;
	}
}

static void stateless_sym(struct bytes *b, const struct job *j, uint32_t key_len,
			  uint32_t mac_key_len)
{
	if (j->chain) {
		add32(b, j->order);
		add32(b, j->aad.len);
	}
	add32(b, j->algo);
	add32(b, key_len);
	add32(b, direction(j));
	if (j->chain) {
		add32(b, j->hash_algo);
		add32(b, mac_key_len);
		add32(b, j->hash_mode);
	}
	sym_lengths(b, j);
	pad_to(b, 96);
	add32(b, j->chain ? SYM_CHAIN : SYM_CIPHER);
}

/* In a session, the lengths of keys are zero. */
static void stateless_fields(struct bytes *b, const struct job *j, bool session)
{
	uint32_t key_len = session ? 0 : j->key.len, mac_key_len = session ? 0 : j->mac_key.len;

	switch (j->service) {
	case SERVICE_CIPHER:
		stateless_sym(b, j, key_len, mac_key_len);
		break;
	case SERVICE_HASH:
		add32(b, j->algo);
		add32(b, j->in.len);
		add32(b, j->hash_len);
		add32(b, 0);
		break;
	case SERVICE_MAC:
		add32(b, j->algo);
		add32(b, mac_key_len);
		add32(b, j->in.len);
		add32(b, j->hash_len);
		break;
	case SERVICE_AEAD:
		add32(b, j->algo);
		add32(b, key_len);
		add32(b, direction(j));
		add32(b, j->iv.len);
		add32(b, j->tag_len);
		add32(b, j->aad.len);
		add32(b, j->in.len);
		add32(b, j->out_len);
		break;
	case SERVICE_AKCIPHER:
		add32(b, j->algo);
		add32(b, j->key_type);
		add32(b, key_len);
		add32(b, j->param1);
		add32(b, j->algo == AKCIPHER_RSA ? j->param2 : 0);
		add32(b, j->in.len);
		add32(b, dst_len(j));
		break;
	}
}

void write_request(struct bytes *b, const struct job *j, enum shape form, uint64_t id)
{
	bool stateless_form = form == STATELESS || form == MIXED;

	header(b, j->service, j->op, j->algo);
	add32(b, id);
	add32(b, id >> 32);
	add32(b, form == REVISION_1 || form == MIXED ? FLAG_SESSION_MODE : 0);
	add32(b, 0);
	if (stateless_form)
		stateless_fields(b, j, form == MIXED);
	else
		session_fields(b, j);
	if (form == LEGACY)
		pad_to(b, DATA_HEADER + DATA_PADDED);
	if (form == STATELESS) {
		add(b, j->key);
		add(b, j->mac_key);
	}
	add(b, j->iv);
	if (j->chain && stateless_form)
		add(b, j->aad);
	add(b, j->in);
	if (!(j->chain && stateless_form))
		add(b, j->aad);
	add(b, j->digest);
}

size_t job_room(const struct job *j)
{
	return (size_t)j->out_len + j->hash_len + 1;
}

uint32_t send_create(struct front *f, const struct bytes *b, uint64_t *id)
{
	uint8_t in[CREATE_RESULT];

	if (front_send(f, f->nr_queues - 1, b->p, b->len, in, sizeof(in)) != sizeof(in))
		return UINT32_MAX;
	*id = le64(in);
	return le32(in + 8);
}

unsigned int send_destroy(struct front *f, unsigned int service, uint64_t id, enum shape form)
{
	static struct bytes b;
	uint8_t in;

	write_destroy(&b, service, id, form);
	if (front_send(f, f->nr_queues - 1, b.p, b.len, &in, 1) != 1)
		return 255;
	return in;
}

unsigned int send_request(struct front *f, const struct bytes *b, uint8_t *in, size_t room,
			  int64_t *used)
{
	static unsigned int turn;
	int64_t n;

	n = front_send(f, turn++ % (f->nr_queues - 1), b->p, b->len, in, room);
	if (used)
		*used = n;
	return n < 0 ? 255 : in[room - 1];
}

uint32_t do_job(struct front *f, const struct job *j, enum shape form, uint8_t *in,
		int64_t *used)
{
	static struct bytes b;
	uint32_t status, destroyed = VC_OK;
	uint64_t id = 0;

	if (form != STATELESS) {
		write_create(&b, j, form);
		status = send_create(f, &b, &id);
		if (status)
			return status;
	}
	write_request(&b, j, form, id);
	status = send_request(f, &b, in, job_room(j), used);
	if (form != STATELESS)
		destroyed = send_destroy(f, j->service, id, form);
	return status ?: destroyed;
}

struct settings all_settings(void)
{
	struct settings s = {
		.services = (1 << NR_SERVICES) - 1,
		.features = 0x3f,
		.data_queues = 2,
		.config_queues = 2,
		.max_cipher_key = 64,
		.max_auth_key = 256,
		.max_size = 1 << 20,
		.max_sessions = 4,
		.config_status = STATUS_HW_READY,
		.first_id = 1000,
	};
	unsigned int i;

	for (i = 0; i < NR_SERVICES; i++)
		s.algos[i] = alg_mask(i);
	return s;
}
