// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The virtio_crypto authors
 *
 * The parser of what a driver writes; see request.h.
 */
#include <stdio.h>

#include "report.h"
#include "request.h"

/* Size of the fixed part after the header; 0: the service does not have it. */
struct form {
	uint8_t ctrl, data, stateless;
};

static const struct form forms[NR_SERVICES] = {
	[SERVICE_CIPHER]   = { 56, 48, 76 },
	[SERVICE_HASH]     = {  8,  8, 16 },
	[SERVICE_MAC]      = { 16,  8, 16 },
	[SERVICE_AEAD]     = { 24, 24, 32 },
	[SERVICE_AKCIPHER] = { 56,  8, 28 },
};

#define DESTROY_FORM	8
#define CTRL_PADDED	56
#define DATA_PADDED	48

static const char * const service_names[NR_SERVICES] = {
	"CIPHER", "HASH", "MAC", "AEAD", "AKCIPHER",
};

/*
 * struct reader - the bytes, and the current position
 * @queue: for reports
 */
struct reader {
	int queue;
	const uint8_t *p;
	size_t len, at;
};

static uint32_t field(const struct reader *r, unsigned int offset)
{
	return le32(r->p + offset);
}

/* Reads a part of the variable area; false if it is incomplete. */
static bool part(struct reader *r, const uint8_t **p, uint32_t len, const char *what)
{
	*p = r->p + r->at;
	if (len > r->len - r->at) {
		violation(REQ_LAYOUT, r->queue, "%s of %u bytes at %zu, of %zu in all", what,
			  len, r->at, r->len);
		return false;
	}
	r->at += len;
	return true;
}

static void zero(const struct reader *r, unsigned int from, unsigned int to)
{
	for (; from < to; from++) {
		if (r->p[from]) {
			violation(REQ_RESERVED, r->queue, "byte %u is %#x", from, r->p[from]);
			return;
		}
	}
}

static void end(const struct reader *r)
{
	if (r->at != r->len)
		violation(REQ_LAYOUT, r->queue, "%zu bytes after the last part",
			  r->len - r->at);
}

static bool has(const struct dialect *d, unsigned int feature)
{
	return d->features >> feature & 1;
}

static bool one_of(const struct reader *r, const char *what, uint32_t value, uint32_t low,
		   uint32_t high)
{
	if (value >= low && value <= high)
		return true;
	violation(REQ_PARAMETER, r->queue, "%s is %u", what, value);
	return false;
}

static enum vc_status check_algo(const struct dialect *d, const struct reader *r,
				 unsigned int service, uint32_t algo)
{
	if (algo < 64 && d->algos[service] >> algo & 1)
		return VC_OK;
	violation(REQ_ALGORITHM, r->queue, "%s algorithm %u is not offered",
		  service_names[service], algo);
	return VC_NOTSUPP;
}

/* Checks the limits on keys that the specification has for the service. */
static enum vc_status check_keys(const struct dialect *d, const struct reader *r,
				 const struct params *p)
{
	bool cipher = p->service == SERVICE_CIPHER || p->service == SERVICE_AEAD;

	if (cipher && p->key_len > d->max_cipher_key) {
		violation(REQ_MAX_CIPHER_KEY, r->queue, "key of %u bytes, %u are allowed",
			  p->key_len, d->max_cipher_key);
		return VC_ERR;
	}
	if (p->auth_key_len > d->max_auth_key) {
		violation(REQ_MAX_AUTH_KEY, r->queue, "key of %u bytes, %u are allowed",
			  p->auth_key_len, d->max_auth_key);
		return VC_ERR;
	}
	return VC_OK;
}

static enum vc_status check_dir(const struct reader *r, uint32_t dir)
{
	if (dir == DIR_ENCRYPT || dir == DIR_DECRYPT)
		return VC_OK;
	violation(REQ_DIRECTION, r->queue, "op is %u", dir);
	return VC_ERR;
}

/* Checks the algorithms of a chain: the cipher's and the hash's. */
static enum vc_status check_chain(const struct dialect *d, const struct reader *r,
				  const struct params *p)
{
	enum vc_status status;

	if (!one_of(r, "alg_chain_order", p->order, HASH_THEN_CIPHER, CIPHER_THEN_HASH) ||
	    !one_of(r, "hash_mode", p->hash_mode, CHAIN_PLAIN, CHAIN_NESTED))
		return VC_ERR;
	/* no parameter gives the order of nesting */
	if (p->hash_mode == CHAIN_NESTED)
		return VC_NOTSUPP;
	status = check_algo(d, r, SERVICE_CIPHER, p->algo);
	if (status)
		return status;
	return check_algo(d, r, p->hash_mode == CHAIN_AUTH ? SERVICE_MAC : SERVICE_HASH,
			  p->hash_algo);
}

/*
 * Control queue
 */

static enum vc_status create_sym(const struct dialect *d, struct reader *r, struct params *p)
{
	enum vc_status status;

	p->sym = field(r, 64);
	zero(r, 68, 72);
	switch (p->sym) {
	case SYM_CIPHER:
		p->algo = field(r, 16);
		p->key_len = field(r, 20);
		p->dir = field(r, 24);
		zero(r, 28, 64);
		status = check_algo(d, r, SERVICE_CIPHER, p->algo);
		break;
	case SYM_CHAIN:
		p->order = field(r, 16);
		p->hash_mode = field(r, 20);
		p->algo = field(r, 24);
		p->key_len = field(r, 28);
		p->dir = field(r, 32);
		zero(r, 36, 40);
		p->hash_algo = field(r, 40);
		p->hash_len = field(r, 44);
		if (p->hash_mode == CHAIN_AUTH)
			p->auth_key_len = field(r, 48);
		else if (p->hash_mode == CHAIN_PLAIN)
			zero(r, 48, 52);
		zero(r, 52, 56);
		p->aad_len = field(r, 56);
		zero(r, 60, 64);
		status = check_chain(d, r, p);
		break;
	default:
		violation(REQ_OP_TYPE, r->queue, "op_type is %u", p->sym);
		return VC_ERR;
	}
	return status ?: check_dir(r, p->dir);
}

/* Reads the type of a public key, and the parameters of its algorithm. */
static enum vc_status check_akcipher(const struct dialect *d, const struct reader *r,
				     const struct params *p)
{
	enum vc_status status = check_algo(d, r, SERVICE_AKCIPHER, p->algo);
	bool good;

	if (status)
		return status;
	if (p->algo == AKCIPHER_RSA)
		good = one_of(r, "padding_algo", p->param1, RSA_RAW, RSA_PKCS1) &&
		       one_of(r, "hash_algo", p->param2, RSA_HASH_NONE, RSA_HASH_SHA224);
	else
		good = one_of(r, "curve_id", p->param1, CURVE_P192, CURVE_P521);
	return good && one_of(r, "key_type", p->key_type, KEY_PUBLIC, KEY_PRIVATE) ? VC_OK : VC_ERR;
}

static enum vc_status create_akcipher(const struct dialect *d, struct reader *r,
				      struct params *p)
{
	enum vc_status status;

	p->algo = field(r, 16);
	p->key_type = field(r, 20);
	p->key_len = field(r, 24);
	p->param1 = field(r, 28);
	if (p->algo == AKCIPHER_RSA)
		p->param2 = field(r, 32);
	status = check_akcipher(d, r, p);
	if (!status)
		zero(r, p->algo == AKCIPHER_RSA ? 36 : 32, 72);
	return status;
}

static enum vc_status create(const struct dialect *d, struct reader *r, struct params *p)
{
	switch (p->service) {
	case SERVICE_CIPHER:
		return create_sym(d, r, p);
	case SERVICE_HASH:
		p->algo = field(r, 16);
		p->hash_len = field(r, 20);
		break;
	case SERVICE_MAC:
		p->algo = field(r, 16);
		p->hash_len = field(r, 20);
		p->auth_key_len = field(r, 24);
		zero(r, 28, 32);
		break;
	case SERVICE_AEAD:
		p->algo = field(r, 16);
		p->key_len = field(r, 20);
		p->tag_len = field(r, 24);
		p->aad_len = field(r, 28);
		p->dir = field(r, 32);
		zero(r, 36, 40);
		if (check_dir(r, p->dir))
			return VC_ERR;
		break;
	case SERVICE_AKCIPHER:
		return create_akcipher(d, r, p);
	}
	return check_algo(d, r, p->service, p->algo);
}

/* Service and operation of an opcode of the control queue; false if it is invalid. */
static bool ctrl_opcode(uint32_t opcode, unsigned int *service, bool *destroy)
{
	unsigned int base = OP_CREATE;

	*service = opcode >> 8;
	if (*service >= NR_SERVICES)
		return false;
	if (*service == SERVICE_AKCIPHER)
		base = OP_AK_CREATE;
	*destroy = (opcode & 0xff) == base + 1;
	return *destroy || (opcode & 0xff) == base;
}

enum vc_status parse_ctrl(const struct dialect *d, int queue, const uint8_t *out,
			  size_t out_len, size_t in_len, struct ctrl *ctrl)
{
	struct reader r = { .queue = queue, .p = out, .len = out_len };
	struct params *p = &ctrl->params;
	enum vc_status status;
	size_t used, fixed, room;

	memset(ctrl, 0, sizeof(*ctrl));
	if (!d->ready)
		violation(REQ_READY, queue, "message");
	if (out_len < CTRL_HEADER) {
		violation(REQ_LAYOUT, queue, "message of %zu bytes", out_len);
		return VC_ERR;
	}
	ctrl->opcode = field(&r, 0);
	if (!ctrl_opcode(ctrl->opcode, &ctrl->service, &ctrl->destroy)) {
		violation(REQ_OPCODE, queue, "opcode %#x", ctrl->opcode);
		return VC_NOTSUPP;
	}
	ctrl->known = true;
	if (!(d->services >> ctrl->service & 1)) {
		violation(REQ_SERVICE, queue, "%s", service_names[ctrl->service]);
		return VC_NOTSUPP;
	}
	used = ctrl->destroy ? DESTROY_FORM : forms[ctrl->service].ctrl;
	fixed = CTRL_HEADER + (has(d, F_REVISION_1) ? used : CTRL_PADDED);
	if (out_len < fixed) {
		violation(REQ_LAYOUT, queue, "opcode %#x: %zu bytes, the fixed part has %zu",
			  ctrl->opcode, out_len, fixed);
		return VC_ERR;
	}
	/* the flag and reserved fields; the padding of the fixed part */
	zero(&r, 8, 16);
	zero(&r, CTRL_HEADER + used, fixed);
	r.at = fixed;

	room = ctrl->destroy ? 1 : CREATE_RESULT;
	if (in_len != room) {
		violation(REQ_RESULT_ROOM, queue, "opcode %#x: %zu bytes for a result of %zu",
			  ctrl->opcode, in_len, room);
		if (in_len < room)
			return VC_ERR;
	}
	if (ctrl->destroy) {
		ctrl->session = le64(out + 16);
		end(&r);
		return VC_OK;
	}

	p->service = ctrl->service;
	status = create(d, &r, p);
	if (status)
		return status;
	if (field(&r, 4) != p->algo)
		violation(REQ_HEADER_ALGO, queue, "header has %u, the request %u", field(&r, 4),
			  p->algo);
	if (!part(&r, &p->key, p->key_len, "key") ||
	    !part(&r, &p->auth_key, p->auth_key_len, "authentication key"))
		return VC_ERR;
	end(&r);
	return check_keys(d, &r, p);
}

/*
 * Data queues
 */

/* Reads the fixed part in session mode; the variable part is read later. */
static enum vc_status session_fields(struct reader *r, struct data *q)
{
	switch (q->service) {
	case SERVICE_CIPHER:
		q->sym = field(r, 64);
		zero(r, 68, 72);
		q->iv_len = field(r, 24);
		q->src_len = field(r, 28);
		q->dst_len = field(r, 32);
		if (q->sym == SYM_CIPHER) {
			zero(r, 36, 64);
			return VC_OK;
		}
		if (q->sym != SYM_CHAIN) {
			violation(REQ_OP_TYPE, r->queue, "op_type is %u", q->sym);
			return VC_ERR;
		}
		q->cipher_at = field(r, 36);
		q->cipher_len = field(r, 40);
		q->hash_at = field(r, 44);
		q->hash_over = field(r, 48);
		q->aad_len = field(r, 52);
		q->hash_len = field(r, 56);
		zero(r, 60, 64);
		return VC_OK;
	case SERVICE_HASH:
	case SERVICE_MAC:
		q->src_len = field(r, 24);
		q->hash_len = field(r, 28);
		return VC_OK;
	case SERVICE_AEAD:
		q->iv_len = field(r, 24);
		q->aad_len = field(r, 28);
		q->src_len = field(r, 32);
		q->dst_len = field(r, 36);
		q->tag_len = field(r, 40);
		zero(r, 44, 48);
		return VC_OK;
	case SERVICE_AKCIPHER:
		q->src_len = field(r, 24);
		q->dst_len = field(r, 28);
		return VC_OK;
	}
	return VC_ERR;
}

static enum vc_status stateless_sym(const struct dialect *d, struct reader *r, struct data *q)
{
	struct params *p = &q->params;

	q->sym = field(r, 96);
	p->sym = q->sym;
	if (q->sym == SYM_CIPHER) {
		p->algo = field(r, 24);
		p->key_len = field(r, 28);
		p->dir = field(r, 32);
		q->iv_len = field(r, 36);
		q->src_len = field(r, 40);
		q->dst_len = field(r, 44);
		zero(r, 48, 96);
		return q->stateless ? check_algo(d, r, SERVICE_CIPHER, p->algo) ?:
				      check_dir(r, p->dir) : VC_OK;
	}
	if (q->sym != SYM_CHAIN) {
		violation(REQ_OP_TYPE, r->queue, "op_type is %u", q->sym);
		return VC_ERR;
	}
	p->order = field(r, 24);
	q->aad_len = field(r, 28);
	p->algo = field(r, 32);
	p->key_len = field(r, 36);
	p->dir = field(r, 40);
	p->hash_algo = field(r, 44);
	p->auth_key_len = field(r, 48);
	p->hash_mode = field(r, 52);
	q->iv_len = field(r, 56);
	q->src_len = field(r, 60);
	q->dst_len = field(r, 64);
	q->cipher_at = field(r, 68);
	q->cipher_len = field(r, 72);
	q->hash_at = field(r, 76);
	q->hash_over = field(r, 80);
	if (field(r, 84) != q->aad_len)
		violation(REQ_PARAMETER, r->queue, "aad_len is %u and %u", q->aad_len,
			  field(r, 84));
	q->hash_len = field(r, 88);
	zero(r, 92, 96);
	return q->stateless ? check_chain(d, r, p) ?: check_dir(r, p->dir) : VC_OK;
}

/* The same for stateless mode, which also has the parameters of a session. */
static enum vc_status stateless_fields(const struct dialect *d, struct reader *r,
				       struct data *q)
{
	struct params *p = &q->params;
	enum vc_status status;

	p->service = q->service;
	switch (q->service) {
	case SERVICE_CIPHER:
		return stateless_sym(d, r, q);
	case SERVICE_HASH:
		p->algo = field(r, 24);
		q->src_len = field(r, 28);
		q->hash_len = field(r, 32);
		zero(r, 36, 40);
		break;
	case SERVICE_MAC:
		p->algo = field(r, 24);
		p->auth_key_len = field(r, 28);
		q->src_len = field(r, 32);
		q->hash_len = field(r, 36);
		break;
	case SERVICE_AEAD:
		p->algo = field(r, 24);
		p->key_len = field(r, 28);
		p->dir = field(r, 32);
		q->iv_len = field(r, 36);
		q->tag_len = field(r, 40);
		q->aad_len = field(r, 44);
		q->src_len = field(r, 48);
		q->dst_len = field(r, 52);
		if (q->stateless && check_dir(r, p->dir))
			return VC_ERR;
		break;
	case SERVICE_AKCIPHER:
		p->algo = field(r, 24);
		p->key_type = field(r, 28);
		p->key_len = field(r, 32);
		p->param1 = field(r, 36);
		if (p->algo == AKCIPHER_RSA)
			p->param2 = field(r, 40);
		q->src_len = field(r, 44);
		q->dst_len = field(r, 48);
		status = q->stateless ? check_akcipher(d, r, p) : VC_OK;
		if (!status && p->algo != AKCIPHER_RSA)
			zero(r, 40, 44);
		return status;
	}
	return q->stateless ? check_algo(d, r, q->service, p->algo) : VC_OK;
}

/* Reads the variable part, in the order of the form. */
static bool variable_parts(struct reader *r, struct data *q, bool stateless_form)
{
	bool chain = q->service == SERVICE_CIPHER && q->sym == SYM_CHAIN;

	if (stateless_form && (!part(r, &q->params.key, q->params.key_len, "key") ||
			       !part(r, &q->params.auth_key, q->params.auth_key_len,
				     "authentication key")))
		return false;
	if (!part(r, &q->iv, q->iv_len, "iv"))
		return false;
	/* in a chain, associated data precedes the source in stateless mode only */
	if (chain && stateless_form && !part(r, &q->aad, q->aad_len, "associated data"))
		return false;
	if (!part(r, &q->src, q->src_len, "source"))
		return false;
	if (!(chain && stateless_form) && !part(r, &q->aad, q->aad_len, "associated data"))
		return false;
	if (q->service == SERVICE_AKCIPHER && q->op == OP_VERIFY)
		return part(r, &q->digest, q->dst_len, "digest");
	return true;
}

static bool within(const struct reader *r, const char *what, uint32_t at, uint32_t len,
		   uint32_t size)
{
	if (at <= size && len <= size - at)
		return true;
	violation(REQ_LAYOUT, r->queue, "%s range of %u bytes at %u of %u", what, len, at, size);
	return false;
}

/* Checks the room for results, and the sum that max_size limits. */
static enum vc_status check_sizes(const struct dialect *d, const struct reader *r,
				  size_t fixed, size_t in_len, const struct data *q)
{
	bool verify = q->service == SERVICE_AKCIPHER && q->op == OP_VERIFY;
	uint64_t room = 1 + (uint64_t)q->hash_len + (verify ? 0 : q->dst_len);
	uint64_t sum = r->len - fixed + room - 1;

	if (in_len != room) {
		violation(REQ_RESULT_ROOM, r->queue,
			  "opcode %#x: %zu bytes for results of %llu with the status",
			  q->opcode, in_len, (unsigned long long)room);
		if (in_len < room)
			return VC_ERR;
	}
	if (sum > d->max_size) {
		violation(REQ_MAX_SIZE, r->queue, "%llu bytes, %llu are allowed",
			  (unsigned long long)sum, (unsigned long long)d->max_size);
		return VC_ERR;
	}
	if (q->service == SERVICE_CIPHER && q->src_len != q->dst_len) {
		violation(REQ_LAYOUT, r->queue, "source of %u, result of %u bytes", q->src_len,
			  q->dst_len);
		return VC_ERR;
	}
	if (q->service == SERVICE_CIPHER && q->sym == SYM_CHAIN &&
	    (!within(r, "cipher", q->cipher_at, q->cipher_len, q->src_len) ||
	     !within(r, "hash", q->hash_at, q->hash_over, q->src_len)))
		return VC_ERR;
	return VC_OK;
}

static bool data_opcode(uint32_t opcode, unsigned int *service, unsigned int *op)
{
	static const uint8_t last[NR_SERVICES] = {
		[SERVICE_CIPHER] = OP_DECRYPT,
		[SERVICE_HASH] = OP_ENCRYPT,
		[SERVICE_MAC] = OP_ENCRYPT,
		[SERVICE_AEAD] = OP_DECRYPT,
		[SERVICE_AKCIPHER] = OP_VERIFY,
	};

	*service = opcode >> 8;
	*op = opcode & 0xff;
	return *service < NR_SERVICES && *op <= last[*service];
}

/* Checks the flag, and determines the mode. */
static enum vc_status check_flag(const struct dialect *d, const struct reader *r,
				 struct data *q, bool stateless_form)
{
	uint32_t flag = field(r, 16);

	if (flag & ~FLAG_SESSION_MODE)
		violation(REQ_FLAG, r->queue, "flag is %#x", flag);
	q->stateless = has(d, F_REVISION_1) && !(flag & FLAG_SESSION_MODE);
	if (q->stateless && !stateless_form) {
		violation(REQ_FLAG, r->queue, "stateless request, %s does not have that mode",
			  service_names[q->service]);
		return VC_ERR;
	}
	return VC_OK;
}

enum vc_status parse_data(const struct dialect *d, int queue, const uint8_t *out,
			  size_t out_len, size_t in_len, struct data *q)
{
	struct reader r = { .queue = queue, .p = out, .len = out_len };
	size_t used, fixed;
	bool stateless_form;
	enum vc_status status;

	memset(q, 0, sizeof(*q));
	if (!d->ready)
		violation(REQ_READY, queue, "request");
	if (out_len < DATA_HEADER) {
		violation(REQ_LAYOUT, queue, "request of %zu bytes", out_len);
		return VC_ERR;
	}
	q->opcode = field(&r, 0);
	q->algo = field(&r, 4);
	q->session = le64(out + 8);
	if (!data_opcode(q->opcode, &q->service, &q->op)) {
		violation(REQ_OPCODE, queue, "opcode %#x", q->opcode);
		return VC_NOTSUPP;
	}
	q->known = true;
	if (!(d->services >> q->service & 1)) {
		violation(REQ_SERVICE, queue, "%s", service_names[q->service]);
		return VC_NOTSUPP;
	}
	stateless_form = has(d, F_REVISION_1) && has(d, F_CIPHER_STATELESS + q->service);
	used = stateless_form ? forms[q->service].stateless : forms[q->service].data;
	fixed = DATA_HEADER + (has(d, F_REVISION_1) ? used : DATA_PADDED);
	if (out_len < fixed) {
		violation(REQ_LAYOUT, queue, "opcode %#x: %zu bytes, the fixed part has %zu",
			  q->opcode, out_len, fixed);
		return VC_ERR;
	}
	zero(&r, 20, 24);
	zero(&r, DATA_HEADER + used, fixed);
	r.at = fixed;
	status = check_flag(d, &r, q, stateless_form);
	if (status)
		return status;

	status = stateless_form ? stateless_fields(d, &r, q) : session_fields(&r, q);
	if (status)
		return status;
	if (q->stateless && q->session)
		violation(REQ_FLAG, queue, "stateless request for session %llu",
			  (unsigned long long)q->session);
	if (q->stateless && q->algo && q->algo != q->params.algo)
		violation(REQ_HEADER_ALGO, queue, "header has %u, the request %u", q->algo,
			  q->params.algo);
	if (!variable_parts(&r, q, stateless_form))
		return VC_ERR;
	end(&r);
	if (q->stateless) {
		status = check_keys(d, &r, &q->params);
		if (status)
			return status;
	}
	return check_sizes(d, &r, fixed, in_len, q);
}
