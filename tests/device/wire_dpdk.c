// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The virtio_crypto authors
 *
 * The device when it behaves like DPDK's vhost-crypto: which requests it answers, and where
 * in the used ring.  The tests write descriptors and read used entries themselves, because a
 * driver that follows the specification does not work with it.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "algs.h"
#include "report.h"
#include "tap.h"
#include "util.h"
#include "wire_job.h"
#include "wire_test.h"

#define D_NEXT		1
#define D_WRITE		2
#define D_INDIRECT	4

#define HEADER		72
#define IV		16
#define LONGEST		4096
#define PIECES		40
/* Offsets in the buffers: parts of a request, and a table for each place of the ring */
#define OUT_AT		0
#define IN_AT		0x4000
#define TABLES_AT	0x10000
#define TABLE_BYTES	1024
/* The longest time for an answer, and the time to wait for an answer that must not come */
#define PATIENCE_MS	3000
#define DOUBT_MS	100

/*
 * struct scene - a device with a session for cbc(aes)
 * @used: index of the used ring, for each data queue
 */
struct scene {
	struct front *f;
	struct job job;
	uint64_t id;
	uint16_t avail[2], used[2];
};

/*
 * struct cut - the lengths of a request's descriptors, ending with 0: read, then written
 * @slack: bytes between the result and the status
 */
struct cut {
	uint32_t out[PIECES], in[PIECES], slack;
};

static const struct cut good_cut = { { HEADER, IV, 64 }, { 64, 1 }, 0 };

static const uint8_t key[16] = "0123456789abcdef", iv[IV] = "fedcba9876543210";
static uint8_t source[LONGEST];

static bool make_session(struct scene *s)
{
	static struct bytes b;

	write_create(&b, &s->job, LEGACY);
	return send_create(s->f, &b, &s->id) == VC_OK;
}

static bool begin(struct scene *s)
{
	struct vhost_options ring = { 0 };
	struct settings settings = all_settings();
	unsigned int i;

	for (i = 0; i < LONGEST; i++)
		source[i] = i * 7;
	settings_like_dpdk(&settings);
	*s = (struct scene){
		.f = front_new(&settings, &ring, 0),
		.job = { .service = SERVICE_CIPHER, .algo = CIPHER_AES_CBC, .key = { key, 16 },
			 .iv = { iv, IV } },
	};
	return ok(s->f && make_session(s), "device like DPDK");
}

static void begin_anew(struct scene *s)
{
	memset(s->avail, 0, sizeof(s->avail));
	memset(s->used, 0, sizeof(s->used));
	if (!front_come_back(s->f, true) || !make_session(s))
		ok(false, "a driver that starts the device again");
}

static void put_desc(uint8_t *p, uint64_t addr, uint32_t len, uint32_t flags, unsigned int next)
{
	put_le64(p, addr);
	put_le32(p + 8, len);
	put_le32(p + 12, flags | next << 16);
}

/* Writes descriptors for pieces of len bytes at p; returns the number of all descriptors. */
static unsigned int put_pieces(struct scene *s, uint8_t *descs, unsigned int first,
			       const uint8_t *p, const uint32_t *lens, uint32_t flags)
{
	unsigned int i;

	for (i = 0; lens[i]; i++) {
		put_desc(descs + 16 * (first + i), front_guest(s->f, p), lens[i], flags | D_NEXT,
			 first + i + 1);
		p += lens[i];
	}
	return first + i;
}

static uint32_t sum(const uint32_t *lens)
{
	uint32_t n = 0;

	while (*lens)
		n += *lens++;
	return n;
}

/* Builds a request that fills a cut, and offers it at place head. */
static void offer(struct scene *s, unsigned int queue, unsigned int head, const struct cut *cut,
		  bool direct)
{
	uint8_t *buffers = front_buffers(s->f), *table = buffers + TABLES_AT + head * TABLE_BYTES;
	uint8_t *ring = front_desc(s->f, queue), *driver = front_driver(s->f, queue);
	static struct bytes b;
	unsigned int nr;

	s->job.out_len = sum(cut->in) - cut->slack - 1;
	s->job.in = (struct text){ source, s->job.out_len };
	write_request(&b, &s->job, LEGACY, s->id);
	memcpy(buffers + OUT_AT, b.p, b.len);
	memset(buffers + IN_AT, FRONT_UNWRITTEN, sum(cut->in));
	if (direct)
		table = ring;
	nr = put_pieces(s, table, 0, buffers + OUT_AT, cut->out, 0);
	nr = put_pieces(s, table, nr, buffers + IN_AT, cut->in, D_WRITE);
	table[16 * (nr - 1) + 12] &= ~D_NEXT;
	if (!direct)
		put_desc(ring + 16 * head, front_guest(s->f, table), 16 * nr, D_INDIRECT, 0);
	put_le32(driver + 4 + 2 * (s->avail[queue] % FRONT_RING), head);
	__atomic_store_n((uint16_t *)(driver + 2), ++s->avail[queue], __ATOMIC_RELEASE);
}

/* Were that many requests answered in time? */
static bool answered(struct scene *s, unsigned int queue, unsigned int nr, unsigned int ms)
{
	const uint16_t *idx = (uint16_t *)(front_device(s->f, queue) + 2);
	uint64_t one = 1, end = now_us() + 1000 * ms;
	uint16_t wanted = s->used[queue] + nr;

	if (write(s->f->queues[queue].kick, &one, sizeof(one)) != sizeof(one))
		return false;
	while (__atomic_load_n(idx, __ATOMIC_ACQUIRE) != wanted && now_us() < end)
		usleep(1000);
	s->used[queue] = __atomic_load_n(idx, __ATOMIC_ACQUIRE);
	return s->used[queue] == wanted;
}

static bool is_right(struct scene *s)
{
	const uint8_t *in = front_buffers(s->f) + IN_AT;
	static uint8_t expected[LONGEST];
	struct alg_cipher *cipher;
	bool right;

	if (alg_cipher_new(&cipher, CIPHER_AES_CBC, true, key, sizeof(key)))
		return false;
	right = alg_cipher_do(cipher, iv, source, s->job.out_len, expected) == VC_OK &&
		!memcmp(in, expected, s->job.out_len) && in[s->job.out_len] == VC_OK;
	alg_cipher_free(cipher);
	return right;
}

/* Does the device answer a request with this cut, with the correct result? */
static void taken(struct scene *s, const char *what, const struct cut *cut)
{
	offer(s, 0, 0, cut, false);
	ok(answered(s, 0, 1, PATIENCE_MS) && is_right(s), "like DPDK: answered: %s", what);
	begin_anew(s);
}

/* It must answer neither this request nor the next one; another queue still works. */
static void left(struct scene *s, const char *what, const struct cut *cut, bool direct)
{
	bool none;

	offer(s, 0, 0, cut, direct);
	none = !answered(s, 0, 1, DOUBT_MS);
	/* after all places that a direct chain uses */
	offer(s, 0, PIECES, &good_cut, false);
	none = none && !answered(s, 0, 1, DOUBT_MS) && s->used[0] == 0;
	offer(s, 1, 0, &good_cut, false);
	ok(none && answered(s, 1, 1, PATIENCE_MS) && is_right(s), "like DPDK: not answered: %s",
	   what);
	begin_anew(s);
}

static void fill(uint32_t *lens, unsigned int nr, uint32_t len)
{
	while (nr--)
		*lens++ = len;
}

static void cuts(struct scene *s)
{
	static const struct {
		const char *what;
		struct cut cut;
	} others[] = {
		{ "2192 bytes", { { HEADER, IV, 2192 }, { 2192, 1 }, 0 } },
		{ "header and iv together", { { HEADER + IV, 16, 48 }, { 64, 1 }, 0 } },
		{ "a header in two", { { HEADER - 16, 16, IV, 64 }, { 64, 1 }, 0 } },
		{ "an iv in two", { { HEADER, 8, 8, 64 }, { 64, 1 }, 0 } },
		{ "iv and source together", { { HEADER, IV + 64 }, { 64, 1 }, 0 } },
		{ "all together", { { HEADER + IV + 64 }, { 65 }, 0 } },
		{ "result and status together", { { HEADER, IV, 64 }, { 65 }, 0 } },
		{ "a part of the result with the status",
		  { { HEADER, IV, 64 }, { 32, 33 }, 0 } },
		{ "no whole block", { { HEADER, IV, 17 }, { 17, 1 }, 0 } },
	};
	unsigned int i;
	struct cut many = { { HEADER, IV }, { 0 }, 0 };

	taken(s, "parts apart", &good_cut);
	taken(s, "data in pieces",
	      &(struct cut){ { HEADER, IV, 16, 40, 8 }, { 1, 30, 33, 1 }, 0 });
	taken(s, "2176 bytes", &(struct cut){ { HEADER, IV, 2176 }, { 2176, 1 }, 0 });
	/* 2, 14, 15 and 1 */
	fill(many.out + 2, 14, 16);
	fill(many.in, 14, 15);
	many.in[14] = 14;
	many.in[15] = 1;
	taken(s, "32 descriptors", &many);
	many.in[14] = 13;
	many.in[16] = 1;
	left(s, "33 descriptors", &many, false);
	left(s, "no table", &good_cut, true);
	for (i = 0; i < ARRAY_SIZE(others); i++)
		left(s, others[i].what, &others[i].cut, false);
	ok(!violations(), "like DPDK: none of this is against the specification");
	left(s, "room between result and status",
	     &(struct cut){ { HEADER, IV, 64 }, { 64, 6, 1 }, 6 }, false);
	ok(violations_of(REQ_RESULT_ROOM) == 1 && violations() == 1,
	   "like DPDK: what is against it is counted");
	report_reset();
	s->id++;
	offer(s, 0, 0, &good_cut, false);
	ok(!answered(s, 0, 1, DOUBT_MS) && violations_of(REQ_SESSION_ID) == 1,
	   "like DPDK: not answered: no such session");
	report_reset();
	begin_anew(s);
}

/* A fault applies even to requests that would not be answered. */
static void with_faults(struct scene *s)
{
	const uint8_t *status = front_buffers(s->f) + IN_AT + 64;

	faults_set(device_faults(s->f->device), "status=4*1");
	offer(s, 0, 0, &good_cut, false);
	ok(answered(s, 0, 1, PATIENCE_MS) && *status == 4, "like DPDK, with a fault");
	offer(s, 0, 0, &good_cut, false);
	ok(answered(s, 0, 1, PATIENCE_MS) && is_right(s), "like DPDK, after a fault");
	begin_anew(s);
}

static bool entry_is(struct scene *s, unsigned int at, uint32_t id, uint32_t len)
{
	const uint8_t *p = front_device(s->f, 0) + 4 + 8 * at;

	return le32(p) == id && le32(p + 4) == len;
}

static void used_entries(struct scene *s)
{
	unsigned int i;
	bool right = true;

	offer(s, 0, 0, &good_cut, false);
	offer(s, 0, 1, &good_cut, false);
	ok(answered(s, 0, 2, PATIENCE_MS) && entry_is(s, 0, 0, 65) && entry_is(s, 1, 1, 65),
	   "used entries of descriptors 0 and 1");
	/* like a driver that reuses the descriptors that it got back last */
	memset(front_device(s->f, 0) + 4, 0, 8 * FRONT_RING);
	offer(s, 0, 1, &good_cut, false);
	offer(s, 0, 0, &good_cut, false);
	ok(answered(s, 0, 2, PATIENCE_MS) && entry_is(s, 2, 0, 0) && entry_is(s, 3, 0, 0),
	   "used entries of descriptors 1 and 0: none where the driver looks");
	ok(entry_is(s, 0, 0, 65) && entry_is(s, 1, 1, 65), "they are where the first ones were");
	begin_anew(s);
	/* the place is the entry of the available ring at the descriptor's number */
	offer(s, 0, 5, &good_cut, false);
	ok(answered(s, 0, 1, PATIENCE_MS) && entry_is(s, 0, 5, 65), "used entry of descriptor 5");
	begin_anew(s);
	for (i = 0; i < 3 * FRONT_RING; i++) {
		memset(front_device(s->f, 0) + 4, 0xff, 8 * FRONT_RING);
		offer(s, 0, i % FRONT_RING, &good_cut, false);
		right = right && answered(s, 0, 1, PATIENCE_MS) && is_right(s) &&
			entry_is(s, i % FRONT_RING, i % FRONT_RING, 65);
	}
	ok(right, "used entries of descriptors in the order of the ring");
	begin_anew(s);
	device_set(s->f->device, KNOB_DPDK, 0);
	offer(s, 0, 0, &good_cut, true);
	ok(answered(s, 0, 1, PATIENCE_MS) && is_right(s), "no longer like DPDK: no table");
	offer(s, 0, 5, &good_cut, false);
	ok(answered(s, 0, 1, PATIENCE_MS) && entry_is(s, 1, 5, 65),
	   "no longer like DPDK: the used entry of descriptor 5");
	device_set(s->f->device, KNOB_DPDK, 1);
	begin_anew(s);
}

static void offers(struct scene *s)
{
	uint8_t config[CFG_SIZE];

	ok(front_config(s->f, 0, config, sizeof(config)) &&
	   le32(config + CFG_STATUS) == STATUS_HW_READY &&
	   le32(config + CFG_CRYPTO_SERVICES) == 7 && le64(config + CFG_CIPHER_ALGO_L) == 8 &&
	   le32(config + CFG_HASH_ALGO) == 4 && le64(config + CFG_MAC_ALGO_L) == 0 &&
	   le32(config + CFG_AEAD_ALGO) == 0 && le32(config + CFG_AKCIPHER_ALGO) == 0 &&
	   le32(config + CFG_MAX_CIPHER_KEY_LEN) == 64 &&
	   le32(config + CFG_MAX_AUTH_KEY_LEN) == 512 &&
	   le64(config + CFG_MAX_SIZE) == UINT64_MAX, "configuration of cryptodev-vhost-user");
	ok(s->id == 1, "the first session is 1");
}

/* QEMU handles the control queue, without the faults; DPDK handles sessions. */
static void sessions(struct scene *s)
{
	struct job hash = { .service = SERVICE_HASH, .algo = HASH_SHA1, .hash_len = 20 };
	struct job mac = { .service = SERVICE_MAC, .algo = MAC_HMAC_SHA1, .hash_len = 20 };
	struct job rsa = { .service = SERVICE_AKCIPHER, .algo = AKCIPHER_RSA };
	struct job chain = s->job;
	static struct bytes b;
	uint64_t id;

	ok(make_session(s) && make_session(s), "more sessions");
	write_create(&b, &hash, LEGACY);
	ok(send_create(s->f, &b, &id) == VC_NOTSUPP && !violations(),
	   "a hash is offered, and refused");
	chain.chain = true;
	chain.order = CIPHER_THEN_HASH;
	chain.hash_mode = CHAIN_PLAIN;
	chain.hash_algo = HASH_SHA1;
	write_create(&b, &chain, LEGACY);
	ok(send_create(s->f, &b, &id) == VC_NOTSUPP && !violations(), "so is a chain with it");
	write_create(&b, &mac, LEGACY);
	ok(send_create(s->f, &b, &id) == VC_NOTSUPP && violations_of(REQ_ALGORITHM) == 1,
	   "a MAC is not offered");
	report_reset();
	write_create(&b, &rsa, LEGACY);
	s->f->patience_ms = DOUBT_MS;
	ok(send_create(s->f, &b, &id) == UINT32_MAX && violations_of(REQ_SERVICE) == 1,
	   "a public key is the end");
	s->f->patience_ms = PATIENCE_MS;
	report_reset();
	offer(s, 0, 0, &good_cut, false);
	ok(!answered(s, 0, 1, DOUBT_MS), "there is no answer after the end");
	begin_anew(s);
	offer(s, 0, 0, &good_cut, false);
	ok(answered(s, 0, 1, PATIENCE_MS) && is_right(s), "an answer after a new start");
	begin_anew(s);
}

void test_dpdk(void)
{
	struct scene s;

	report_quiet(true);
	if (!begin(&s))
		return;
	offers(&s);
	cuts(&s);
	with_faults(&s);
	used_entries(&s);
	sessions(&s);
	ok(!violations(), "like DPDK: no other requirement is broken");
	front_free(s.f);
	report_quiet(false);
}
