// SPDX-License-Identifier: GPL-2.0
/*
 * The device through its wire format, without a guest: published vectors in each form
 * that a request may have, on each kind of ring, and all that a driver can do wrong, each
 * with the requirement that is to be reported and the status that is to be given.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "algs.h"
#include "device.h"
#include "front.h"
#include "report.h"
#include "util.h"

static unsigned int tests, failed;

static bool ok(bool good, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static bool ok(bool good, const char *format, ...)
{
	va_list args;

	printf("%sok %u - ", good ? "" : "not ", ++tests);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf("\n");
	failed += !good;
	return good;
}

/* struct bytes - a message or request that is being written */
struct bytes {
	uint8_t p[8192];
	size_t len;
};

static void add(struct bytes *b, const void *p, size_t len)
{
	memcpy(b->p + b->len, p, len);
	b->len += len;
}

static void add32(struct bytes *b, uint32_t v)
{
	put_le32(b->p + b->len, v);
	b->len += 4;
}

static void add64(struct bytes *b, uint64_t v)
{
	put_le64(b->p + b->len, v);
	b->len += 8;
}

static void pad_to(struct bytes *b, size_t len)
{
	memset(b->p + b->len, 0, len - b->len);
	b->len = len;
}

/* Forms of requests: what is negotiated */
enum shape { LEGACY, REVISION_1, STATELESS };

static const char * const form_names[] = { "without revision 1", "revision 1", "stateless" };

static uint64_t form_features(enum shape form)
{
	return form == LEGACY ? 0 : form == REVISION_1 ? 1 : 0x3f;
}

/* The fixed part's end, after header and used bytes */
static void end_fixed(struct bytes *b, enum shape form, size_t header, size_t padded)
{
	if (form == LEGACY)
		pad_to(b, header + padded);
}

/*
 * One test vector; what a service does not have is NULL or 0.
 */
struct vector {
	const char *name;
	unsigned int service;
	uint32_t algo;
	const char *key, *iv, *aad, *in, *out;
	uint32_t tag_len;
};

static const struct vector vectors[] = {
	/* SP 800-38A, F.1.1, F.2.1, F.5.1 */
	{ "AES-ECB", SERVICE_CIPHER, CIPHER_AES_ECB, "2b7e151628aed2a6abf7158809cf4f3c", "", NULL,
	  "6bc1bee22e409f96e93d7e117393172a", "3ad77bb40d7a3660a89ecaf32466ef97", 0 },
	{ "AES-CBC", SERVICE_CIPHER, CIPHER_AES_CBC, "2b7e151628aed2a6abf7158809cf4f3c",
	  "000102030405060708090a0b0c0d0e0f", NULL,
	  "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51",
	  "7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b2", 0 },
	{ "AES-CTR", SERVICE_CIPHER, CIPHER_AES_CTR, "2b7e151628aed2a6abf7158809cf4f3c",
	  "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff", NULL,
	  "6bc1bee22e409f96e93d7e117393172a", "874d6191b620e3261bef6864990db6ce", 0 },
	/* FIPS 180-4 and FIPS 202: "abc" */
	{ "SHA-256", SERVICE_HASH, HASH_SHA_256, NULL, NULL, NULL, "616263",
	  "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", 0 },
	{ "SHA3-256", SERVICE_HASH, HASH_SHA3_256, NULL, NULL, NULL, "616263",
	  "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532", 0 },
	/* RFC 4231, test 2 */
	{ "HMAC-SHA-256", SERVICE_MAC, MAC_HMAC_SHA_256, "4a656665", NULL, NULL,
	  "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
	  "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843", 0 },
	/* RFC 4493, example 2 */
	{ "CMAC-AES", SERVICE_MAC, MAC_CMAC_AES, "2b7e151628aed2a6abf7158809cf4f3c", NULL, NULL,
	  "6bc1bee22e409f96e93d7e117393172a", "070a16b46b4d4144f79bdd9dd04a287c", 0 },
	/* McGrew and Viega, test case 4 */
	{ "AES-GCM", SERVICE_AEAD, AEAD_GCM, "feffe9928665731c6d6a8f9467308308",
	  "cafebabefacedbaddecaf888", "feedfacedeadbeeffeedfacedeadbeefabaddad2",
	  "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
	  "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
	  "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e"
	  "21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091"
	  "5bc94fbc3221a5db94fae95ae7121a47", 16 },
};

static size_t unhex(const char *hex, uint8_t *p)
{
	size_t n = 0;
	char byte[3] = "";

	for (; hex && *hex; hex += 2, n++) {
		memcpy(byte, hex, 2);
		p[n] = strtoul(byte, NULL, 16);
	}
	return n;
}

/* struct loaded - a vector, as bytes */
struct loaded {
	const struct vector *v;
	uint8_t key[64], iv[16], aad[64], in[256], out[256];
	uint32_t key_len, iv_len, aad_len, in_len, out_len;
};

static void load(struct loaded *l, const struct vector *v)
{
	l->v = v;
	l->key_len = unhex(v->key, l->key);
	l->iv_len = unhex(v->iv, l->iv);
	l->aad_len = unhex(v->aad, l->aad);
	l->in_len = unhex(v->in, l->in);
	l->out_len = unhex(v->out, l->out);
}

static void turn(struct loaded *l)
{
	uint8_t t[sizeof(l->in)];
	uint32_t len = l->in_len;

	memcpy(t, l->in, sizeof(t));
	memcpy(l->in, l->out, sizeof(t));
	memcpy(l->out, t, sizeof(t));
	l->in_len = l->out_len;
	l->out_len = len;
}

static bool has_directions(const struct vector *v)
{
	return v->service == SERVICE_CIPHER || v->service == SERVICE_AEAD;
}

static void create_message(struct bytes *b, const struct loaded *l, enum shape form, bool encrypt)
{
	const struct vector *v = l->v;
	uint32_t dir = encrypt ? DIR_ENCRYPT : DIR_DECRYPT;

	b->len = 0;
	add32(b, OPCODE(v->service, OP_CREATE));
	add32(b, v->algo);
	add64(b, 0);
	add32(b, v->algo);
	switch (v->service) {
	case SERVICE_CIPHER:
		add32(b, l->key_len);
		add32(b, dir);
		pad_to(b, 64);
		add32(b, SYM_CIPHER);
		pad_to(b, 72);
		break;
	case SERVICE_HASH:
		add32(b, l->out_len);
		break;
	case SERVICE_MAC:
		add32(b, l->out_len);
		add32(b, l->key_len);
		add32(b, 0);
		break;
	case SERVICE_AEAD:
		add32(b, l->key_len);
		add32(b, v->tag_len);
		add32(b, l->aad_len);
		add32(b, dir);
		add32(b, 0);
		break;
	}
	end_fixed(b, form, CTRL_HEADER, 56);
	add(b, l->key, l->key_len);
}

static void destroy_message(struct bytes *b, unsigned int service, uint64_t id, enum shape form)
{
	b->len = 0;
	add32(b, OPCODE(service, OP_DESTROY));
	pad_to(b, 16);
	add64(b, id);
	end_fixed(b, form, CTRL_HEADER, 56);
}

/* Room for the result, with the status */
static size_t result_room(const struct loaded *l)
{
	return l->out_len + 1;
}

static void session_request(struct bytes *b, const struct loaded *l, enum shape form, bool encrypt,
			    uint64_t id)
{
	const struct vector *v = l->v;

	b->len = 0;
	add32(b, OPCODE(v->service, encrypt ? OP_ENCRYPT : OP_DECRYPT));
	add32(b, v->algo);
	add64(b, id);
	add32(b, form == LEGACY ? 0 : FLAG_SESSION_MODE);
	add32(b, 0);
	switch (v->service) {
	case SERVICE_CIPHER:
		add32(b, l->iv_len);
		add32(b, l->in_len);
		add32(b, l->out_len);
		pad_to(b, 64);
		add32(b, SYM_CIPHER);
		pad_to(b, 72);
		break;
	case SERVICE_HASH:
	case SERVICE_MAC:
		add32(b, l->in_len);
		add32(b, l->out_len);
		break;
	case SERVICE_AEAD:
		add32(b, l->iv_len);
		add32(b, l->aad_len);
		add32(b, l->in_len);
		add32(b, l->out_len);
		add32(b, v->tag_len);
		add32(b, 0);
		break;
	}
	end_fixed(b, form, DATA_HEADER, 48);
	add(b, l->iv, l->iv_len);
	add(b, l->in, l->in_len);
	add(b, l->aad, l->aad_len);
}

static void stateless_request(struct bytes *b, const struct loaded *l, bool encrypt)
{
	const struct vector *v = l->v;
	uint32_t dir = encrypt ? DIR_ENCRYPT : DIR_DECRYPT;

	b->len = 0;
	add32(b, OPCODE(v->service, encrypt ? OP_ENCRYPT : OP_DECRYPT));
	add32(b, v->algo);
	pad_to(b, 24);
	add32(b, v->algo);
	switch (v->service) {
	case SERVICE_CIPHER:
		add32(b, l->key_len);
		add32(b, dir);
		add32(b, l->iv_len);
		add32(b, l->in_len);
		add32(b, l->out_len);
		pad_to(b, 96);
		add32(b, SYM_CIPHER);
		break;
	case SERVICE_HASH:
		add32(b, l->in_len);
		add32(b, l->out_len);
		add32(b, 0);
		break;
	case SERVICE_MAC:
		add32(b, l->key_len);
		add32(b, l->in_len);
		add32(b, l->out_len);
		break;
	case SERVICE_AEAD:
		add32(b, l->key_len);
		add32(b, dir);
		add32(b, l->iv_len);
		add32(b, v->tag_len);
		add32(b, l->aad_len);
		add32(b, l->in_len);
		add32(b, l->out_len);
		break;
	}
	add(b, l->key, l->key_len);
	add(b, l->iv, l->iv_len);
	add(b, l->in, l->in_len);
	add(b, l->aad, l->aad_len);
}

static struct settings all(void)
{
	struct settings s = {
		.services = (1 << NR_SERVICES) - 1,
		.features = 0x3f,
		.data_queues = 2,
		.config_queues = 2,
		.max_cipher_key = 64,
		.max_auth_key = 256,
		.max_size = 4096,
		.max_sessions = 4,
		.config_status = STATUS_HW_READY,
		.first_id = 1000,
	};
	unsigned int i;

	for (i = 0; i < NR_SERVICES; i++)
		s.algos[i] = alg_mask(i);
	return s;
}

/* Creates a session: VC_OK and its number, or the status. */
static uint32_t create(struct front *f, const struct bytes *b, uint64_t *id)
{
	uint8_t in[CREATE_RESULT];

	if (front_send(f, f->nr_queues - 1, b->p, b->len, in, sizeof(in)) != sizeof(in))
		return UINT32_MAX;
	*id = le64(in);
	return le32(in + 8);
}

static unsigned int destroy(struct front *f, unsigned int service, uint64_t id, enum shape form)
{
	struct bytes b;
	uint8_t in;

	destroy_message(&b, service, id, form);
	if (front_send(f, f->nr_queues - 1, b.p, b.len, &in, 1) != 1)
		return 255;
	return in;
}

/* Sends a request: its status; the result is in @in */
static unsigned int request(struct front *f, const struct bytes *b, uint8_t *in, size_t room)
{
	memset(in, 0xee, room);
	if (front_send(f, tests % (f->nr_queues - 1), b->p, b->len, in, room) < 1)
		return 255;
	return in[room - 1];
}

static bool one_vector(struct front *f, const struct loaded *l, enum shape form, bool encrypt)
{
	uint8_t in[512];
	struct bytes b;
	uint64_t id = 0;
	bool good;

	if (form == STATELESS) {
		stateless_request(&b, l, encrypt);
	} else {
		create_message(&b, l, form, encrypt);
		if (create(f, &b, &id) != VC_OK)
			return false;
		session_request(&b, l, form, encrypt, id);
	}
	good = request(f, &b, in, result_room(l)) == VC_OK && !memcmp(in, l->out, l->out_len) &&
	       !front_overrun(f);
	if (form != STATELESS)
		good = destroy(f, l->v->service, id, form) == VC_OK && good;
	return good;
}

static void test_vectors(enum shape form, bool packed, bool indirect, unsigned int pieces)
{
	struct vhost_options ring = { .ring_size = FRONT_RING, .packed = packed };
	struct settings settings = all();
	struct front *f = front_new(&settings, &ring, form_features(form));
	struct loaded l;
	unsigned int i;
	bool good;

	if (!ok(f, "device: %s, %s", form_names[form], packed ? "packed" : "split"))
		return;
	f->indirect = indirect;
	f->pieces = pieces;
	for (i = 0; i < ARRAY_SIZE(vectors); i++) {
		load(&l, &vectors[i]);
		good = one_vector(f, &l, form, true);
		if (has_directions(l.v)) {
			turn(&l);
			good = one_vector(f, &l, form, false) && good;
		}
		ok(good, "%s, %s, %s%s, %u pieces", l.v->name, form_names[form],
		   packed ? "packed" : "split", indirect ? ", indirect" : "", pieces);
	}
	ok(!violations(), "no violation is seen (%" PRIu64 ")", violations());
	report_reset();
	front_free(f);
}

/*
 * What a driver can do wrong with a request that is right otherwise: AES-CBC, one session.
 */
struct mistake {
	const char *name;
	enum requirement broken;
	unsigned int status;
	bool control;
	int offset;		/* the word there becomes value; -1: none */
	uint32_t value;
	int out, in;		/* bytes more than it should have */
};

static const struct mistake mistakes[] = {
	{ "opcode of no service", REQ_OPCODE, VC_NOTSUPP, true, 0, 0x0902, 0, 0 },
	{ "data opcode as message", REQ_OPCODE, VC_NOTSUPP, true, 0, 0x0000, 0, 0 },
	{ "algorithm that is not offered", REQ_ALGORITHM, VC_NOTSUPP, true, 16, 12, 0, 0 },
	{ "another algorithm in the header", REQ_HEADER_ALGO, VC_OK, true, 4, 2, 0, 0 },
	{ "flag in a message", REQ_RESERVED, VC_OK, true, 8, 1, 0, 0 },
	{ "reserved word in a message", REQ_RESERVED, VC_OK, true, 12, 1, 0, 0 },
	{ "padding of a session", REQ_RESERVED, VC_OK, true, 28, 7, 0, 0 },
	{ "rest of the union", REQ_RESERVED, VC_OK, true, 40, 7, 0, 0 },
	{ "no direction", REQ_DIRECTION, VC_ERR, true, 24, 3, 0, 0 },
	{ "no op_type", REQ_OP_TYPE, VC_ERR, true, 64, 0, 0, 0 },
	{ "key longer than the message", REQ_LAYOUT, VC_ERR, true, 20, 32, 0, 0 },
	{ "key shorter than the message", REQ_LAYOUT, VC_OK, true, -1, 0, 1, 0 },
	{ "key longer than allowed", REQ_MAX_CIPHER_KEY, VC_ERR, true, 20, 80, 64, 0 },
	{ "message cut short", REQ_LAYOUT, VC_ERR, true, -1, 0, -40, 0 },
	{ "result cut short", REQ_RESULT_ROOM, 255, true, -1, 0, 0, -1 },

	{ "opcode of no service, data", REQ_OPCODE, VC_NOTSUPP, false, 0, 0x0702, 0, 0 },
	{ "message's opcode as data", REQ_OPCODE, VC_NOTSUPP, false, 0, 0x0002, 0, 0 },
	{ "a session that is not there", REQ_SESSION_ID, VC_INVSESS, false, 8, 5, 0, 0 },
	{ "decryption in a session that encrypts", REQ_DIRECTION, VC_ERR, false, 0, 1, 0, 0 },
	{ "another algorithm in the header, data", REQ_HEADER_ALGO, VC_OK, false, 4, 2, 0, 0 },
	{ "unknown flag", REQ_FLAG, VC_OK, false, 16, 2, 0, 0 },
	{ "reserved word", REQ_RESERVED, VC_OK, false, 20, 1, 0, 0 },
	{ "padding of the fixed part", REQ_RESERVED, VC_OK, false, 40, 1, 0, 0 },
	{ "no op_type, data", REQ_OP_TYPE, VC_ERR, false, 64, 0, 0, 0 },
	{ "a chain in a cipher's session", REQ_OP_TYPE, VC_ERR, false, 64, 2, 0, 0 },
	{ "iv of another length", REQ_PARAMETER, VC_ERR, false, 24, 8, -8, 0 },
	{ "source longer than the request", REQ_LAYOUT, VC_ERR, false, 28, 64, 0, 0 },
	{ "source shorter than the request", REQ_LAYOUT, VC_ERR, false, 28, 16, 0, 0 },
	{ "result of another length", REQ_RESULT_ROOM, VC_ERR, false, 32, 16, 0, 0 },
	{ "request cut short", REQ_LAYOUT, VC_ERR, false, -1, 0, -80, 0 },
	{ "no room for the result", REQ_RESULT_ROOM, VC_ERR, false, -1, 0, 0, -1 },
	{ "more room than said", REQ_RESULT_ROOM, VC_OK, false, -1, 0, 0, 5 },
};

static void one_mistake(struct front *f, const struct loaded *l, uint64_t id,
			const struct mistake *m)
{
	size_t room = m->control ? CREATE_RESULT : result_room(l);
	unsigned int status;
	uint8_t in[512];
	struct bytes b;

	if (m->control)
		create_message(&b, l, LEGACY, true);
	else
		session_request(&b, l, LEGACY, true, id);
	if (m->offset >= 0)
		put_le32(b.p + m->offset, m->value);
	if (m->out > 0)
		pad_to(&b, b.len + m->out);
	b.len += m->out < 0 ? m->out : 0;
	room += m->in;
	memset(in, 0xee, sizeof(in));
	report_reset();
	report_quiet(true);
	front_send(f, m->control ? f->nr_queues - 1 : 0, b.p, b.len, in, room);
	report_quiet(false);
	status = !m->control ? in[room - 1] : room == CREATE_RESULT ? le32(in + 8) : 255;
	ok(violations_of(m->broken) && status == m->status && !front_overrun(f),
	   "%s: %s (%" PRIu64 " times), status %u", m->name, requirement_name(m->broken),
	   violations_of(m->broken), status);
	if (m->control && status == VC_OK)
		destroy(f, SERVICE_CIPHER, le64(in), LEGACY);
	report_reset();
}

static void test_mistakes(void)
{
	struct vhost_options ring = { .ring_size = FRONT_RING };
	struct settings settings = all();
	struct front *f = front_new(&settings, &ring, 0);
	uint8_t in[CREATE_RESULT];
	struct loaded l;
	struct bytes b;
	uint64_t id;
	unsigned int i;

	if (!ok(f, "device for mistakes"))
		return;
	load(&l, &vectors[1]);
	create_message(&b, &l, LEGACY, true);
	if (!ok(create(f, &b, &id) == VC_OK, "session"))
		return;
	for (i = 0; i < ARRAY_SIZE(mistakes); i++)
		one_mistake(f, &l, id, &mistakes[i]);

	report_quiet(true);
	ok(destroy(f, SERVICE_CIPHER, 4711, LEGACY) == VC_ERR &&
	   violations_of(REQ_SESSION_ID) == 1, "a session that is not there is not destroyed");
	report_reset();
	device_set_status(f->device, 0, false);
	ok(front_config(f, 0, in, 4) && !le32(in), "HW_READY is clear");
	create_message(&b, &l, LEGACY, true);
	create(f, &b, &id);
	ok(violations_of(REQ_READY) == 0, "a message that was under way is forgiven");
	usleep(1100000);
	create_message(&b, &l, LEGACY, true);
	create(f, &b, &id);
	ok(violations_of(REQ_READY) == 1, "message while HW_READY is clear");
	report_reset();
	report_quiet(false);
	front_free(f);
}

static void test_sessions(void)
{
	struct vhost_options ring = { .ring_size = FRONT_RING };
	struct settings settings = all();
	enum shape form;

	for (form = LEGACY; form <= REVISION_1; form++) {
		struct front *f = front_new(&settings, &ring, form_features(form));
		uint64_t id, last = 0;
		struct loaded l;
		struct bytes b;
		unsigned int i;
		bool good = true;

		if (!ok(f, "device for sessions"))
			return;
		load(&l, &vectors[1]);
		create_message(&b, &l, form, true);
		for (i = 0; i < settings.max_sessions; i++) {
			good = good && create(f, &b, &id) == VC_OK && id != last;
			last = id;
		}
		ok(good, "%u sessions, %s", i, form_names[form]);
		ok(create(f, &b, &id) == (form == LEGACY ? VC_ERR : VC_NOSPC),
		   "no more are taken, %s", form_names[form]);
		ok(destroy(f, SERVICE_CIPHER, last, form) == VC_OK && create(f, &b, &id) == VC_OK,
		   "one that goes makes room, %s", form_names[form]);
		front_free(f);
	}
}

static void test_faults(void)
{
	struct vhost_options ring = { .ring_size = FRONT_RING };
	struct settings settings = all();
	struct front *f = front_new(&settings, &ring, 0);
	struct loaded l;
	struct bytes b;
	uint8_t in[64];
	uint64_t id;
	size_t room;

	if (!ok(f, "device for faults"))
		return;
	load(&l, &vectors[1]);
	room = result_room(&l);
	create_message(&b, &l, LEGACY, true);
	ok(create(f, &b, &id) == VC_OK, "session");
	session_request(&b, &l, LEGACY, true, id);
	device_fault(f->device, FAULT_STATUS, 77, 1);
	ok(request(f, &b, in, room) == 77, "status");
	ok(request(f, &b, in, room) == VC_OK, "and only once");
	device_fault(f->device, FAULT_NO_STATUS, 0, 1);
	ok(request(f, &b, in, room) == 0xa5, "no status is written");
	device_fault(f->device, FAULT_WRONG, 0, 1);
	ok(request(f, &b, in, room) == VC_OK && memcmp(in, l.out, l.out_len), "wrong result");
	device_fault(f->device, FAULT_USED_LEN, 123456, 1);
	ok(front_send(f, 0, b.p, b.len, in, room) == 123456, "wrong length");
	device_fault(f->device, FAULT_DELAY, 300, 1);
	ok(request(f, &b, in, room) == VC_OK && !memcmp(in, l.out, l.out_len), "late answer");
	device_fault(f->device, FAULT_FORGET, 0, 1);
	ok(request(f, &b, in, room) == VC_INVSESS, "session forgotten");
	device_fault(f->device, FAULT_DROP, 0, 1);
	ok(front_send(f, 0, b.p, b.len, in, room) == -1, "no answer");
	report_reset();
	front_free(f);
}

static void test_config(void)
{
	struct vhost_options ring = { .ring_size = FRONT_RING };
	struct settings settings = all();
	struct front *f = front_new(&settings, &ring, 0);
	uint8_t config[CFG_SIZE + 8];

	if (!ok(f, "device for configuration"))
		return;
	ok(front_config(f, 0, config, CFG_SIZE) && le32(config) == 1 && le32(config + 4) == 2 &&
	   le32(config + 8) == 0x1f && le32(config + 36) == 64 && le32(config + 40) == 256 &&
	   le64(config + 48) == 4096, "configuration");
	ok(front_config(f, 48, config, 16) && le64(config) == 4096 && le64(config + 8) == 0,
	   "beyond its end are zeroes");
	front_free(f);
}

int main(void)
{
	enum shape form;

	/* a device that hangs must not hang whoever runs the tests */
	alarm(120);
	for (form = LEGACY; form <= STATELESS; form++) {
		test_vectors(form, false, false, 1);
		test_vectors(form, false, true, 3);
		test_vectors(form, true, false, 5);
		test_vectors(form, true, true, 2);
	}
	test_config();
	test_sessions();
	test_mistakes();
	test_faults();
	printf("1..%u\n", tests);
	return failed != 0;
}
