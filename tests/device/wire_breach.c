// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The virtio_crypto authors
 *
 * Errors of drivers.  Each requirement on drivers whose violation a device can see, as the
 * specification lists them (D1 to D50 of the project's notes), is broken once, in every
 * service that has it.  The device has to report it once, and nothing else.
 *
 * A device cannot see what a driver reads: D1, D3 to D6, D12, D13.  D10 and D43 forbid
 * nothing.  D45 to D50 are about IPsec, which is not offered, so its opcodes are unknown.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "report.h"
#include "tap.h"
#include "util.h"
#include "vectors.h"
#include "wire_job.h"
#include "wire_test.h"

enum kind { CBC, CHAIN, PLAIN, HASH, MAC, AEAD, RAW, PKCS1, ECDSA, NR_KINDS };

#define UNCHANGED	(-1)
#define NO_ANSWER	255

/*
 * struct breach - an error in a message or request that is correct otherwise
 * @rule: the number of the requirement in the notes
 * @control: in the message that creates a session, otherwise in a request
 * @offset, @value: the word at offset is set to value; UNCHANGED: no word is
 * @out, @in: bytes that are added or, if negative, removed
 */
struct breach {
	const char *rule, *what;
	enum kind kind;
	enum shape form;
	bool control;
	int offset;
	uint32_t value;
	int out, in;
	enum requirement broken;
	unsigned int status;
};

#define CTRL(rule, what, kind, form, offset, value, broken, status)	\
	{ rule, what, kind, form, true, offset, value, 0, 0, REQ_##broken, VC_##status }
#define DATA(rule, what, kind, form, offset, value, broken, status)	\
	{ rule, what, kind, form, false, offset, value, 0, 0, REQ_##broken, VC_##status }

static const struct breach breaches[] = {
	/* Limits */
	{ "D7", "more than max_size", CBC, LEGACY, false, 32, 3000, 0, 3000 - 32, REQ_MAX_SIZE,
	  VC_ERR },
	{ "D8", "cipher key", CBC, LEGACY, true, 20, 80, 64, 0, REQ_MAX_CIPHER_KEY, VC_ERR },
	{ "D8", "AEAD key", AEAD, REVISION_1, true, 20, 80, 64, 0, REQ_MAX_CIPHER_KEY, VC_ERR },
	{ "D8", "cipher key", CBC, STATELESS, false, 28, 80, 64, 0, REQ_MAX_CIPHER_KEY, VC_ERR },
	{ "D8", "AEAD key", AEAD, STATELESS, false, 28, 80, 64, 0, REQ_MAX_CIPHER_KEY, VC_ERR },
	{ "D9", "MAC key", MAC, LEGACY, true, 24, 304, 300, 0, REQ_MAX_AUTH_KEY, VC_ERR },
	{ "D9", "chain's MAC key", CHAIN, LEGACY, true, 48, 304, 300, 0, REQ_MAX_AUTH_KEY, VC_ERR },
	{ "D9", "MAC key", MAC, STATELESS, false, 28, 304, 300, 0, REQ_MAX_AUTH_KEY, VC_ERR },
	/* Services and algorithms that are offered */
	CTRL("D5", "cipher", CBC, LEGACY, 16, 12, ALGORITHM, NOTSUPP),
	CTRL("D5", "cipher 64", CBC, LEGACY, 16, 64, ALGORITHM, NOTSUPP),
	CTRL("D5", "chain's cipher", CHAIN, LEGACY, 24, 12, ALGORITHM, NOTSUPP),
	CTRL("D5", "chain's MAC", CHAIN, LEGACY, 40, 28, ALGORITHM, NOTSUPP),
	CTRL("D5", "chain's hash", PLAIN, LEGACY, 40, 31, ALGORITHM, NOTSUPP),
	CTRL("D5", "hash", HASH, LEGACY, 16, 13, ALGORITHM, NOTSUPP),
	CTRL("D5", "MAC", MAC, LEGACY, 16, 41, ALGORITHM, NOTSUPP),
	CTRL("D5", "AEAD", AEAD, LEGACY, 16, 4, ALGORITHM, NOTSUPP),
	CTRL("D5", "public key", PKCS1, LEGACY, 16, 7, ALGORITHM, NOTSUPP),
	DATA("D5", "public key", PKCS1, STATELESS, 24, 7, ALGORITHM, NOTSUPP),
	DATA("D5", "hash", HASH, STATELESS, 24, 13, ALGORITHM, NOTSUPP),
	DATA("D5", "MAC", MAC, STATELESS, 24, 41, ALGORITHM, NOTSUPP),
	DATA("D5", "AEAD", AEAD, STATELESS, 24, 4, ALGORITHM, NOTSUPP),
	DATA("D5", "chain's MAC", CHAIN, STATELESS, 44, 28, ALGORITHM, NOTSUPP),
	DATA("D18", "hash mode 4, stateless", CHAIN, STATELESS, 52, 4, PARAMETER, ERR),
	DATA("D20", "no such padding, stateless", PKCS1, STATELESS, 36, 2, PARAMETER, ERR),
	DATA("D22", "curve 6, stateless", ECDSA, STATELESS, 36, 6, PARAMETER, ERR),
	DATA("D5", "cipher", CBC, STATELESS, 24, 12, ALGORITHM, NOTSUPP),
	/* Sessions */
	CTRL("D15", "opcode of no service", CBC, LEGACY, 0, 0x0902, OPCODE, NOTSUPP),
	CTRL("D15", "opcode of IPsec", CBC, LEGACY, 0, 0x0502, OPCODE, NOTSUPP),
	CTRL("D15", "opcode of a request", CBC, LEGACY, 0, 0x0000, OPCODE, NOTSUPP),
	CTRL("D15", "AKCIPHER with others' operation", PKCS1, LEGACY, 0, 0x0402, OPCODE, NOTSUPP),
	CTRL("D15", "HASH with AKCIPHER's operation", HASH, LEGACY, 0, 0x0104, OPCODE, NOTSUPP),
	CTRL("D16", "another algorithm in the header", CBC, LEGACY, 4, 2, HEADER_ALGO, OK),
	CTRL("D16", "a key longer than the message", CBC, LEGACY, 20, 32, LAYOUT, ERR),
	{ "D16", "a key shorter than the message", CBC, LEGACY, true, UNCHANGED, 0, 1, 0,
	  REQ_LAYOUT, VC_OK },
	{ "D16", "a message cut short", CBC, LEGACY, true, UNCHANGED, 0, -40, 0, REQ_LAYOUT,
	  VC_ERR },
	{ "D16", "a message cut short", HASH, REVISION_1, true, UNCHANGED, 0, -1, 0, REQ_LAYOUT,
	  VC_ERR },
	{ "D16", "less than a header", HASH, REVISION_1, true, UNCHANGED, 0, -9, 0, REQ_LAYOUT,
	  VC_ERR },
	{ "D16", "padding with revision 1", HASH, REVISION_1, true, UNCHANGED, 0, 48, 0,
	  REQ_LAYOUT, VC_OK },
	{ "D16", "too little room for the result", CBC, LEGACY, true, UNCHANGED, 0, 0, -1,
	  REQ_RESULT_ROOM, NO_ANSWER },
	{ "D16", "too much room for the result", CBC, LEGACY, true, UNCHANGED, 0, 0, 1,
	  REQ_RESULT_ROOM, VC_OK },
	CTRL("D17", "flag", CBC, LEGACY, 8, 1, RESERVED, OK),
	CTRL("D17", "reserved word", CBC, LEGACY, 12, 1, RESERVED, OK),
	CTRL("D17", "reserved word, revision 1", HASH, REVISION_1, 12, 0x80000000, RESERVED, OK),
	CTRL("D17", "padding of a cipher", CBC, LEGACY, 28, 7, RESERVED, OK),
	CTRL("D17", "rest of the union", CBC, LEGACY, 60, 7 << 24, RESERVED, OK),
	CTRL("D17", "padding behind op_type", CBC, LEGACY, 68, 7, RESERVED, OK),
	CTRL("D17", "padding of a hash", HASH, LEGACY, 24, 7, RESERVED, OK),
	CTRL("D17", "padding of a MAC", MAC, REVISION_1, 28, 7, RESERVED, OK),
	CTRL("D17", "padding of an AEAD", AEAD, REVISION_1, 36, 7, RESERVED, OK),
	CTRL("D17", "padding of a chain", CHAIN, LEGACY, 36, 7, RESERVED, OK),
	CTRL("D18", "hash mode 0", CHAIN, LEGACY, 20, 0, PARAMETER, ERR),
	CTRL("D18", "hash mode 4", CHAIN, LEGACY, 20, 4, PARAMETER, ERR),
	CTRL("D18", "no order", CHAIN, LEGACY, 16, 0, PARAMETER, ERR),
	CTRL("D18", "a MAC's key length for a hash", PLAIN, LEGACY, 48, 16, RESERVED, OK),
	CTRL("D19", "op_type 0", CBC, LEGACY, 64, 0, OP_TYPE, ERR),
	CTRL("D19", "op_type 3", CHAIN, LEGACY, 64, 3, OP_TYPE, ERR),
	CTRL("D19", "no direction", CBC, LEGACY, 24, 3, DIRECTION, ERR),
	CTRL("D19", "no direction of a chain", CHAIN, LEGACY, 32, 0, DIRECTION, ERR),
	CTRL("D19", "no direction of an AEAD", AEAD, LEGACY, 32, 0, DIRECTION, ERR),
	CTRL("D20", "no such padding", PKCS1, LEGACY, 28, 2, PARAMETER, ERR),
	CTRL("D20", "no such hash", PKCS1, LEGACY, 32, 10, PARAMETER, ERR),
	CTRL("D20", "no such type of key", PKCS1, LEGACY, 20, 3, PARAMETER, ERR),
	CTRL("D20", "rest of RSA's parameters", PKCS1, LEGACY, 36, 1, RESERVED, OK),
	CTRL("D20", "rest of ECDSA's parameters", ECDSA, LEGACY, 32, 1, RESERVED, OK),
	DATA("D21", "raw RSA signs", RAW, LEGACY, 0, 0x0402, RSA_RAW_SIGN, NOTSUPP),
	CTRL("D22", "curve 0", ECDSA, LEGACY, 28, 0, PARAMETER, ERR),
	CTRL("D22", "curve 6", ECDSA, LEGACY, 28, 6, PARAMETER, ERR),
	/* Session ids */
	DATA("D25", "HASH", HASH, LEGACY, 8, 5, SESSION_ID, INVSESS),
	DATA("D28", "MAC", MAC, REVISION_1, 8, 5, SESSION_ID, INVSESS),
	DATA("D31", "CIPHER", CBC, LEGACY, 8, 5, SESSION_ID, INVSESS),
	DATA("D31", "CIPHER, the upper half", CBC, LEGACY, 12, 1, SESSION_ID, INVSESS),
	DATA("D31", "chain", CHAIN, MIXED, 8, 5, SESSION_ID, INVSESS),
	DATA("D37", "AEAD", AEAD, REVISION_1, 8, 5, SESSION_ID, INVSESS),
	DATA("D40", "AKCIPHER", PKCS1, LEGACY, 8, 5, SESSION_ID, INVSESS),
	/* Flags and modes */
	DATA("D26", "HASH, stateless unasked", HASH, REVISION_1, 16, 0, FLAG, ERR),
	DATA("D29", "MAC, stateless unasked", MAC, REVISION_1, 16, 0, FLAG, ERR),
	DATA("D32", "CIPHER, stateless unasked", CBC, REVISION_1, 16, 0, FLAG, ERR),
	DATA("D38", "AEAD, stateless unasked", AEAD, REVISION_1, 16, 0, FLAG, ERR),
	DATA("D41", "AKCIPHER, stateless unasked", PKCS1, REVISION_1, 16, 0, FLAG, ERR),
	DATA("D26", "HASH, stateless with a session", HASH, STATELESS, 8, 5, FLAG, OK),
	DATA("D29", "MAC, stateless with a session", MAC, STATELESS, 8, 5, FLAG, OK),
	DATA("D32", "CIPHER, stateless with a session", CBC, STATELESS, 8, 5, FLAG, OK),
	DATA("D38", "AEAD, stateless with a session", AEAD, STATELESS, 8, 5, FLAG, OK),
	DATA("D41", "AKCIPHER, stateless with a session", PKCS1, STATELESS, 8, 5, FLAG, OK),
	DATA("D32", "unknown flag", CBC, LEGACY, 16, 2, FLAG, OK),
	DATA("D32", "unknown flag, revision 1", CBC, REVISION_1, 16, 0x80000001, FLAG, OK),
	/* Opcodes */
	DATA("D27", "HASH, op 1", HASH, LEGACY, 0, 0x0101, OPCODE, NOTSUPP),
	DATA("D30", "MAC, op 1", MAC, LEGACY, 0, 0x0201, OPCODE, NOTSUPP),
	DATA("D33", "CIPHER, op 2", CBC, LEGACY, 0, 0x0002, OPCODE, NOTSUPP),
	DATA("D33", "CIPHER, the other direction", CBC, LEGACY, 0, 0x0001, DIRECTION, ERR),
	DATA("D33", "chain, the other direction", CHAIN, LEGACY, 0, 0x0001, DIRECTION, ERR),
	DATA("D39", "AEAD, op 2", AEAD, LEGACY, 0, 0x0302, OPCODE, NOTSUPP),
	DATA("D39", "AEAD, the other direction", AEAD, LEGACY, 0, 0x0301, DIRECTION, ERR),
	DATA("D42", "AKCIPHER, op 4", PKCS1, LEGACY, 0, 0x0404, OPCODE, NOTSUPP),
	DATA("D50", "IPsec", CBC, LEGACY, 0, 0x0500, OPCODE, NOTSUPP),
	DATA("D33", "no service", CBC, LEGACY, 0, 0x0700, OPCODE, NOTSUPP),
	/* Parts of a request */
	DATA("D34", "another algorithm in the header", CBC, LEGACY, 4, 2, HEADER_ALGO, OK),
	DATA("D34", "padding of the header", CBC, LEGACY, 20, 1, RESERVED, OK),
	DATA("D34", "padding of the fixed part", CBC, LEGACY, 40, 1, RESERVED, OK),
	DATA("D34", "padding of the end", HASH, LEGACY, 68, 1 << 24, RESERVED, OK),
	DATA("D34", "padding of an AEAD's", AEAD, REVISION_1, 44, 1, RESERVED, OK),
	DATA("D34", "padding of a hash's, stateless", HASH, STATELESS, 36, 1, RESERVED, OK),
	DATA("D34", "source longer than the request", CBC, LEGACY, 28, 64, LAYOUT, ERR),
	DATA("D34", "source of 4 GiB", CBC, LEGACY, 28, 0xffffffff, LAYOUT, ERR),
	{ "D34", "iv of another length", CBC, LEGACY, false, 24, 8, -8, 0, REQ_PARAMETER, VC_ERR },
	{ "D34", "request cut short", CBC, LEGACY, false, UNCHANGED, 0, -80, 0, REQ_LAYOUT,
	  VC_ERR },
	{ "D34", "less than a header", CBC, LEGACY, false, UNCHANGED, 0, -100, 0, REQ_LAYOUT,
	  VC_ERR },
	{ "D34", "bytes after the last part", CBC, LEGACY, false, UNCHANGED, 0, 3, 0, REQ_LAYOUT,
	  VC_OK },
	{ "D34", "no room for the result", CBC, LEGACY, false, UNCHANGED, 0, 0, -1,
	  REQ_RESULT_ROOM, VC_ERR },
	{ "D34", "more room than said", CBC, LEGACY, false, UNCHANGED, 0, 0, 5, REQ_RESULT_ROOM,
	  VC_OK },
	{ "D34", "no room for an AEAD's tag", AEAD, LEGACY, false, 36, 8, 0, -24, REQ_RESULT_ROOM,
	  VC_ERR },
	DATA("D35", "cipher's range", CHAIN, LEGACY, 40, 64, LAYOUT, ERR),
	DATA("D35", "cipher's range, overflowing", CHAIN, LEGACY, 36, 0xffffffff, LAYOUT, ERR),
	DATA("D35", "hash's range", CHAIN, LEGACY, 44, 17, LAYOUT, ERR),
	DATA("D35", "hash's range, overflowing", CHAIN, LEGACY, 48, 0xffffffff, LAYOUT, ERR),
	DATA("D35", "two lengths of associated data", CHAIN, STATELESS, 84, 1, PARAMETER, OK),
	DATA("D36", "op_type 0", CBC, LEGACY, 64, 0, OP_TYPE, ERR),
	DATA("D36", "op_type 3, stateless", CBC, STATELESS, 96, 3, OP_TYPE, ERR),
	DATA("D36", "a chain in a cipher's session", CBC, LEGACY, 64, 2, OP_TYPE, ERR),
	DATA("D44", "a signature that is no DER", ECDSA, LEGACY, 72, 0, SIGNATURE, KEY_REJECTED),
};

static struct text text_at(uint8_t *p, const char *vector)
{
	vector_copy(vector, p);
	return (struct text){ p, vector_len(vector) };
}

/* A correct request of each kind */
static struct job job_of(enum kind kind)
{
	static uint8_t key[1024], iv[16], in[256], mac_key[32];
	struct job j = { .key = text_at(key, "2b7e151628aed2a6abf7158809cf4f3c") };

	switch (kind) {
	case CHAIN:
	case PLAIN:
		j.chain = true;
		j.order = CIPHER_THEN_HASH;
		j.hash_mode = kind == CHAIN ? CHAIN_AUTH : CHAIN_PLAIN;
		j.hash_algo = kind == CHAIN ? MAC_HMAC_SHA1 : HASH_SHA1;
		if (kind == CHAIN)
			j.mac_key = text_at(mac_key, "=Jefe");
		j.hash_len = 20;
		j.cipher_len = 32;
		j.hash_over = 16;
		/* fall through */
	case CBC:
		j.algo = CIPHER_AES_CBC;
		j.iv = text_at(iv, "00*16");
		j.in = text_at(in, "00*32");
		j.out_len = 32;
		break;
	case HASH:
	case MAC:
		j.service = kind == HASH ? SERVICE_HASH : SERVICE_MAC;
		j.algo = kind == HASH ? HASH_SHA_256 : MAC_HMAC_SHA_256;
		j.key.len = 0;
		if (kind == MAC)
			j.mac_key = text_at(mac_key, "=Jefe");
		j.in = text_at(in, "=abc");
		j.hash_len = 32;
		break;
	case AEAD:
		j.service = SERVICE_AEAD;
		j.algo = AEAD_GCM;
		j.iv = text_at(iv, "00*12");
		j.in = text_at(in, "00*16");
		j.tag_len = 16;
		j.out_len = 32;
		break;
	case RAW:
	case PKCS1:
		j.service = SERVICE_AKCIPHER;
		j.algo = AKCIPHER_RSA;
		j.key = text_at(key, RSA_PUBLIC);
		j.key_type = KEY_PUBLIC;
		j.param1 = kind == RAW ? RSA_RAW : RSA_PKCS1;
		j.param2 = RSA_HASH_SHA256;
		j.in = text_at(in, "42*32");
		j.out_len = 128;
		break;
	default:
		j.service = SERVICE_AKCIPHER;
		j.algo = AKCIPHER_ECDSA;
		j.op = OP_VERIFY;
		j.key = text_at(key, ec_keys[2].public);
		j.key_type = KEY_PUBLIC;
		j.param1 = CURVE_P256;
		j.in = text_at(in, ec_keys[2].sig);
		j.digest = text_at(iv, "00*16");
		break;
	}
	return j;
}

/* It was reported once, and nothing else was */
static bool once(enum requirement broken)
{
	return violations_of(broken) == 1 && violations() == 1;
}

static void judge(const char *rule, const char *what, enum requirement broken, bool good)
{
	ok(good && once(broken), "%s: %s: %s, %llu of %llu", rule, what, requirement_name(broken),
	   (unsigned long long)violations_of(broken), (unsigned long long)violations());
	report_reset();
}

static void one_breach(struct front *f, const struct breach *b)
{
	struct job j = job_of(b->kind);
	static struct bytes message;
	bool session = !b->control && b->form != STATELESS;
	uint64_t id = 0;
	uint8_t in[4096];
	unsigned int status;
	size_t room;

	if (session) {
		write_create(&message, &j, b->form);
		if (send_create(f, &message, &id) != VC_OK) {
			ok(false, "%s: %s: session", b->rule, b->what);
			return;
		}
	}
	if (b->control)
		write_create(&message, &j, b->form);
	else
		write_request(&message, &j, b->form, id);
	if (b->offset != UNCHANGED)
		put_le32(message.p + b->offset, b->value);
	if (b->out > 0)
		memset(message.p + message.len, 0, b->out);
	message.len += b->out;
	room = (b->control ? CREATE_RESULT : job_room(&j)) + b->in;
	front_send(f, b->control ? f->nr_queues - 1 : 0, message.p, message.len, in, room);
	if (b->control)
		status = room < CREATE_RESULT ? NO_ANSWER : le32(in + 8);
	else
		status = in[room - 1];
	judge(b->rule, b->what, b->broken, status == b->status && !front_overrun(f));
	if (b->control && status == VC_OK)
		send_destroy(f, j.service, le64(in), b->form);
	if (session)
		send_destroy(f, j.service, id, b->form);
	report_reset();
}

static void table(void)
{
	struct vhost_options ring = { 0 };
	struct settings settings = all_settings();
	enum shape form;
	unsigned int i;

	settings.max_size = 2048;
	for (form = LEGACY; form < NR_FORMS; form++) {
		struct front *f = front_new(&settings, &ring, form_features(form));

		if (!ok(f, "device for errors, %s", form_names[form]))
			return;
		for (i = 0; i < ARRAY_SIZE(breaches); i++)
			if (breaches[i].form == form)
				one_breach(f, &breaches[i]);
		front_free(f);
	}
}

/* Requirements that concern more than one message */
static void sessions(void)
{
	struct vhost_options ring = { 0 };
	struct settings settings = all_settings();
	struct front *f = front_new(&settings, &ring, 0);
	struct job j = job_of(CBC), other;
	static struct bytes b;
	static uint8_t in[4096];
	uint64_t id;

	if (!ok(f, "device for sessions"))
		return;
	judge("D24", "an id that nobody gave", REQ_SESSION_ID,
	      send_destroy(f, SERVICE_CIPHER, 4711, LEGACY) == VC_ERR);
	write_create(&b, &j, LEGACY);
	ok(send_create(f, &b, &id) == VC_OK, "session");
	other = job_of(AEAD);
	write_request(&b, &other, LEGACY, id);
	judge("D37", "a session of another service", REQ_SESSION_ID,
	      send_request(f, &b, in, job_room(&other), NULL) == VC_INVSESS);
	judge("D23", "the opcode of another service", REQ_SESSION_ID,
	      send_destroy(f, SERVICE_HASH, id, LEGACY) == VC_OK);
	judge("D24", "a session that was destroyed", REQ_SESSION_ID,
	      send_destroy(f, SERVICE_CIPHER, id, LEGACY) == VC_ERR);
	write_request(&b, &j, LEGACY, id);
	judge("D31", "a session that was destroyed", REQ_SESSION_ID,
	      send_request(f, &b, in, job_room(&j), NULL) == VC_INVSESS);
	front_free(f);
}

/* HW_READY, max_size and services that change or are missing */
static void configuration(void)
{
	struct vhost_options ring = { 0 };
	struct settings settings = all_settings();
	struct front *f;
	struct job j = job_of(CBC), big = job_of(HASH);
	static struct bytes b;
	static uint8_t in[4096];
	uint64_t id;

	settings.max_size = 2048;
	settings.services = 1 << SERVICE_CIPHER | 1 << SERVICE_HASH;
	f = front_new(&settings, &ring, 0);
	if (!ok(f, "device for the configuration"))
		return;
	big.in = (struct text){ in, 2048 - 31 };
	judge("D7", "a byte more than max_size", REQ_MAX_SIZE,
	      do_job(f, &big, LEGACY, in + 3000, NULL) == VC_ERR);
	big.in.len--;
	ok(do_job(f, &big, LEGACY, in + 3000, NULL) == VC_OK && !violations(), "max_size itself");
	big = job_of(MAC);
	write_create(&b, &big, LEGACY);
	judge("D4", "a service that is not offered", REQ_SERVICE,
	      send_create(f, &b, &id) == VC_NOTSUPP);
	write_request(&b, &big, LEGACY, 0);
	judge("D4", "a request to it", REQ_SERVICE,
	      send_request(f, &b, in, job_room(&big), NULL) == VC_NOTSUPP);

	device_set_status(f->device, 0, false);
	write_create(&b, &j, LEGACY);
	ok(front_config(f, 0, in, 4) && !le32(in), "HW_READY is clear");
	ok(send_create(f, &b, &id) == VC_OK && !violations(),
	   "a message that was under way is forgiven");
	usleep(1100000);
	write_request(&b, &j, LEGACY, id);
	judge("D2", "request while HW_READY is clear", REQ_READY,
	      send_request(f, &b, in, job_room(&j), NULL) == VC_OK);
	judge("D2", "message while HW_READY is clear", REQ_READY,
	      send_destroy(f, SERVICE_CIPHER, id, LEGACY) == VC_OK);
	front_free(f);
}

static void initialization(void)
{
	struct vhost_options ring = { 0 };
	struct settings settings = all_settings();
	struct front *f = front_new(&settings, &ring, 0);
	struct job j = job_of(HASH);
	uint64_t features;
	uint8_t in[64];

	if (!ok(f, "device for the beginning"))
		return;
	features = f->features | 1 << F_MAC_STATELESS;
	judge("D14", "stateless without revision 1", REQ_FEATURES,
	      !front_message(f, FRONT_SET_FEATURES, &features, sizeof(features), -1));
	features = f->features | 1ull << 23;
	judge("2.2", "a feature that was not offered", REQ_FEATURES,
	      !front_message(f, FRONT_SET_FEATURES, &features, sizeof(features), -1));
	features = f->features & ~(1ull << 32);
	judge("2.2", "no VERSION_1", REQ_FEATURES,
	      !front_message(f, FRONT_SET_FEATURES, &features, sizeof(features), -1));
	f->skip = 1;
	ok(front_come_back(f, true), "a driver that leaves out a queue");
	usleep(1100000);
	/* the test's requests go to the two queues in turn */
	do_job(f, &j, REVISION_1, in, NULL);
	ok(violations_of(REQ_ALL_QUEUES) == 1, "D11: not all queues: ALL_QUEUES");
	report_reset();
	front_free(f);
}

/* Descriptors: each error needs a new ring. */
struct ring_breach {
	const char *rule, *what;
	bool packed;
	enum requirement broken;
	struct front_desc descs[4];
	unsigned int nr;
	uint16_t head, count;
};

#define D_NEXT		1
#define D_WRITE		2
#define D_INDIRECT	4
#define OUT		0x1000
#define IN		0x2000
#define TABLE		0x3000

static const struct ring_breach shapes[] = {
	{ "G1", "readable after writable", false, REQ_DESC_ORDER,
	  { { IN, 1, D_WRITE | D_NEXT, 1 }, { OUT, 72, 0, 0 } }, 2, 0, 1 },
	{ "G1", "readable after writable", true, REQ_DESC_ORDER,
	  { { IN, 1, D_WRITE | D_NEXT, 1 }, { OUT, 72, 0, 1 } }, 2, 0, 1 },
	{ "2.7.5", "next beyond the ring", false, REQ_DESC_INDEX,
	  { { OUT, 72, D_NEXT, FRONT_RING } }, 1, 0, 1 },
	{ "2.7.5", "a loop", false, REQ_DESC_INDEX,
	  { { OUT, 72, D_NEXT, 1 }, { OUT, 72, D_NEXT, 0 } }, 2, 0, 1 },
	{ "2.7.5", "a head beyond the ring", false, REQ_DESC_INDEX, { { OUT, 72, 0, 0 } }, 1,
	  0xffff, 1 },
	{ "2.7", "memory that is not there", false, REQ_DESC_ADDR,
	  { { 0x7fffffffffffffff, 72, 0, 0 } }, 1, 0, 1 },
	{ "2.7", "memory that ends too soon", true, REQ_DESC_ADDR,
	  { { OUT, 0xffffffff, 0, 0 } }, 1, 0, 1 },
	{ "2.7", "an address that overflows", true, REQ_DESC_ADDR,
	  { { UINT64_MAX - 8, 72, 0, 0 } }, 1, 0, 1 },
	{ "2.7.6", "an index that jumps", false, REQ_AVAIL_IDX, { { OUT, 72, 0, 0 } }, 1, 0,
	  FRONT_RING + 1 },
	{ "2.7.5.3", "a table and a next", false, REQ_INDIRECT,
	  { { TABLE, 32, D_INDIRECT | D_NEXT, 1 }, { IN, 1, D_WRITE, 0 } }, 2, 0, 1 },
	{ "2.7.5.3", "a table of 17 bytes", false, REQ_INDIRECT,
	  { { TABLE, 17, D_INDIRECT, 0 } }, 1, 0, 1 },
	{ "2.7.5.3", "a table of nothing", true, REQ_INDIRECT,
	  { { TABLE, 0, D_INDIRECT, 0 } }, 1, 0, 1 },
	{ "2.7.5.3", "a table that is not there", true, REQ_DESC_ADDR,
	  { { 0x10, 32, D_INDIRECT, 0 } }, 1, 0, 1 },
};

/* Addresses in the table are relative to the buffers, if they are inside of them */
static void one_shape(const struct ring_breach *shape)
{
	struct vhost_options ring = { .packed = shape->packed };
	struct settings settings = all_settings();
	struct front *f = front_new(&settings, &ring, 0);
	struct front_desc descs[4];
	unsigned int i;

	if (!ok(f, "device for descriptors"))
		return;
	memset(front_buffers(f), 0, 0x4000);
	for (i = 0; i < shape->nr; i++) {
		descs[i] = shape->descs[i];
		if (descs[i].addr >= OUT && descs[i].addr < 0x4000)
			descs[i].addr += front_guest(f, front_buffers(f));
	}
	judge(shape->rule, shape->what, shape->broken,
	      !front_raw(f, 0, descs, shape->nr, shape->head, shape->count, 100));
	front_free(f);
}

/* Writes a table with these two entries to guest memory at TABLE */
static void table_with(struct front *f, const struct front_desc *entries)
{
	uint8_t *p = front_buffers(f) + TABLE;
	unsigned int i;

	for (i = 0; i < 2; i++) {
		put_le64(p + 16 * i, entries[i].addr);
		put_le32(p + 16 * i + 8, entries[i].len);
		put_le32(p + 16 * i + 12, entries[i].flags | (uint32_t)entries[i].next << 16);
	}
}

static void tables(void)
{
	static const struct {
		const char *what;
		enum requirement broken;
		struct front_desc entries[2];
	} cases[] = {
		{ "a table in a table", REQ_INDIRECT, { { TABLE, 16, D_INDIRECT, 0 } } },
		{ "next beyond the table", REQ_DESC_INDEX, { { OUT, 72, D_NEXT, 2 } } },
		{ "a loop in a table", REQ_DESC_INDEX, { { OUT, 72, D_NEXT, 0 } } },
	};
	struct vhost_options ring = { 0 };
	struct settings settings = all_settings();
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct front *f = front_new(&settings, &ring, 0);
		struct front_desc entries[2], head = { 0, 32, D_INDIRECT, 0 };
		uint64_t base;

		if (!ok(f, "device for tables"))
			return;
		base = front_guest(f, front_buffers(f));
		memcpy(entries, cases[i].entries, sizeof(entries));
		entries[0].addr += base;
		table_with(f, entries);
		head.addr = base + TABLE;
		judge("2.7.5.3", cases[i].what, cases[i].broken,
		      !front_raw(f, 0, &head, 1, 0, 1, 100));
		front_free(f);
	}
}

/* Empty descriptors and tables without negotiation do not stop a queue; busy ones do */
static void other_descriptors(void)
{
	struct vhost_options ring = { 0 };
	struct settings settings = all_settings();
	struct front *f = front_new(&settings, &ring, 0);
	struct front_desc descs[2], empty[2];
	uint64_t base;

	if (!ok(f, "device for other descriptors"))
		return;
	base = front_guest(f, front_buffers(f));
	memset(front_buffers(f), 0, 0x4000);
	put_le32(front_buffers(f) + OUT, 0x0700);
	descs[0] = (struct front_desc){ base + OUT, 72, D_NEXT, 1 };
	descs[1] = (struct front_desc){ base + IN, 1, D_WRITE, 0 };
	empty[0] = (struct front_desc){ base + OUT, 0, D_NEXT, 1 };
	empty[1] = descs[1];
	front_raw(f, 0, empty, 2, 0, 1, 1000);
	ok(violations_of(REQ_DESC_EMPTY) == 1, "2.7.5: an empty descriptor: DESC_EMPTY");
	report_reset();

	faults_set(device_faults(f->device), "drop*1");
	front_raw(f, 0, descs, 2, 0, 1, 100);
	report_reset();
	judge("2.7", "a buffer that the device has", REQ_DESC_BUSY,
	      !front_raw(f, 0, descs, 2, 0, 1, 100));
	front_free(f);

	ring.no_indirect = true;
	f = front_new(&settings, &ring, 0);
	if (!ok(f, "device without tables"))
		return;
	base = front_guest(f, front_buffers(f));
	memset(front_buffers(f), 0, 0x4000);
	put_le32(front_buffers(f) + OUT, 0x0700);
	descs[0].next = 1;
	table_with(f, descs);
	empty[0] = (struct front_desc){ base + TABLE, 32, D_INDIRECT, 0 };
	ok(front_raw(f, 0, empty, 1, 0, 1, 1000) && violations_of(REQ_INDIRECT) == 1,
	   "2.7.5.3: a table that is not negotiated: INDIRECT");
	report_reset();
	front_free(f);
}

/* A session whose request is not answered yet */
static void busy_session(void)
{
	struct vhost_options ring = { 0 };
	struct settings settings = all_settings();
	struct front *f = front_new(&settings, &ring, 0);
	struct job j = job_of(HASH);
	static struct bytes b;
	struct front_desc descs[2];
	uint64_t id, base;

	if (!ok(f, "device for a session in use"))
		return;
	write_create(&b, &j, LEGACY);
	ok(send_create(f, &b, &id) == VC_OK, "session");
	write_request(&b, &j, LEGACY, id);
	base = front_guest(f, front_buffers(f)) + 0x80000;
	memcpy(front_buffers(f) + 0x80000, b.p, b.len);
	descs[0] = (struct front_desc){ base, b.len, D_NEXT, 1 };
	descs[1] = (struct front_desc){ base + OUT, job_room(&j), D_WRITE, 0 };
	faults_set(device_faults(f->device), "delay=60000*1");
	front_raw(f, 0, descs, 2, 0, 1, 100);
	judge("D24", "a session in use", REQ_DESTROY_IDLE,
	      send_destroy(f, SERVICE_HASH, id, LEGACY) == VC_OK);
	front_free(f);
}

void test_breaches(void)
{
	unsigned int i;

	report_quiet(true);
	table();
	sessions();
	configuration();
	initialization();
	for (i = 0; i < ARRAY_SIZE(shapes); i++)
		one_shape(&shapes[i]);
	tables();
	other_descriptors();
	busy_session();
	report_quiet(false);
}
