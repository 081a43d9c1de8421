// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The virtio_crypto authors
 *
 * Random invalid input: requests and descriptors with random errors, and messages of the
 * protocol that nobody would send.  The device may report anything.  It has to answer or
 * stop the queue, must not use memory outside of its buffers, and has to work again when it
 * is started again.  The random numbers are the same in every run.
 */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "report.h"
#include "tap.h"
#include "util.h"
#include "vectors.h"
#include "wire_job.h"
#include "wire_test.h"

#define ROUNDS	400

static uint32_t state = 4711;

static uint32_t number(uint32_t below)
{
	state = state * 1664525 + 1013904223;
	return (state >> 8) % below;
}

static uint32_t odd_number(void)
{
	static const uint32_t some[] = { 0, 1, 15, 16, 17, 255, 256, 4096, 0x7fffffff, 0x80000000,
					 0xfffffff0, 0xffffffff };

	return number(4) ? some[number(ARRAY_SIZE(some))] : number(1 << 20) * 4099;
}

/* Does the device still work? */
static bool alive(struct front *f, enum shape form)
{
	struct job j = { .service = SERVICE_HASH, .algo = HASH_SHA_256, .hash_len = 32,
			 .in = { (const uint8_t *)"abc", 3 } };
	uint8_t in[64];

	return do_job(f, &j, form, in, NULL) == VC_OK && in[0] == 0xba;
}

static struct job some_job(void)
{
	static uint8_t key[2048], iv[16], mac_key[16], in[1024];
	struct job j = {
		.service = number(NR_SERVICES), .algo = number(8), .op = number(4),
		.key = { key, number(40) }, .mac_key = { mac_key, number(16) },
		.iv = { iv, number(17) }, .in = { in, number(200) }, .hash_len = number(40),
		.out_len = number(200), .tag_len = number(18), .chain = number(2),
		.order = number(3), .hash_mode = number(4), .hash_algo = number(7),
		.cipher_at = number(20), .cipher_len = number(100), .hash_at = number(20),
		.hash_over = number(100), .key_type = number(3), .param1 = number(4),
		.param2 = number(11),
	};

	/* half of them are nearly correct */
	if (number(2)) {
		j.service = SERVICE_CIPHER;
		j.algo = CIPHER_AES_CBC;
		j.op = number(2);
		j.key.len = 16;
		j.iv.len = 16;
		j.in.len = 112;
		j.out_len = 112;
		j.cipher_len = 96;
	} else if (number(4) == 0) {
		j.service = SERVICE_AKCIPHER;
		j.algo = 1 + number(3);
		vector_copy(j.algo == AKCIPHER_RSA ? RSA_PRIVATE : ec_keys[2].private, key);
		j.key.len = vector_len(j.algo == AKCIPHER_RSA ? RSA_PRIVATE : ec_keys[2].private);
		j.key_type = KEY_PRIVATE;
		j.param1 = j.algo == AKCIPHER_RSA ? number(2) : 3;
	}
	return j;
}

static void damage(struct bytes *b, size_t *room)
{
	unsigned int n;

	for (n = number(4); n; n--)
		put_le32(b->p + 4 * number(b->len / 4), odd_number());
	for (n = number(3); n; n--)
		b->p[number(b->len)] ^= 1 << number(8);
	if (number(6) == 0)
		b->len = 1 + number(b->len);
	if (number(6) == 0)
		*room = number(300);
}

static void bad_requests(enum shape form, bool packed)
{
	struct vhost_options ring = { .packed = packed };
	struct settings settings = all_settings();
	struct front *f;
	static struct bytes b;
	unsigned int i, answers = 0;
	bool overrun = false;
	uint8_t in[512];
	uint64_t id;
	size_t room;

	settings.max_sessions = 1 << 20;
	f = front_new(&settings, &ring, form_features(form));
	if (!ok(f, "device for bad requests, %s", form_names[form]))
		return;
	for (i = 0; i < ROUNDS; i++) {
		struct job j = some_job();

		write_create(&b, &j, form);
		room = CREATE_RESULT;
		if (number(2))
			damage(&b, &room);
		answers += front_send(f, f->nr_queues - 1, b.p, b.len, in, room) >= 0;
		id = number(3) ? le64(in) : number(2000);
		overrun = overrun || front_overrun(f);
		write_request(&b, &j, form, id);
		room = job_room(&j);
		if (number(4))
			damage(&b, &room);
		answers += front_send(f, i & 1, b.p, b.len, in, room) >= 0;
		overrun = overrun || front_overrun(f);
	}
	ok(answers == 2 * ROUNDS && !overrun,
	   "%s: %u of %u bad requests are answered, nothing else is written",
	   form_names[form], answers, 2 * ROUNDS);
	ok(alive(f, form), "%s: correct ones, too", form_names[form]);
	report_reset();
	front_free(f);
}

static void bad_descriptors(bool packed)
{
	struct vhost_options ring = { .packed = packed };
	struct settings settings = all_settings();
	struct front *f = front_new(&settings, &ring, 0);
	struct front_desc descs[8];
	unsigned int i, n, nr;
	bool good = true;
	uint64_t base;

	if (!ok(f, "device for bad descriptors"))
		return;
	base = front_guest(f, front_buffers(f));
	for (i = 0; i < ROUNDS / 2 && good; i++) {
		nr = 1 + number(8);
		for (n = 0; n < 0x400; n++)
			front_buffers(f)[n] = number(256);
		for (n = 0; n < nr; n++)
			descs[n] = (struct front_desc){
				.addr = number(5) ? base + 16 * number(64) : base + odd_number(),
				.len = number(4) ? 16 * number(32) : odd_number(),
				.flags = number(8) | (n < nr - 1 && number(3) ? 1 : 0),
				.next = number(4) ? n + 1 : number(1 << 16),
			};
		front_raw(f, 0, descs, nr, number(4) ? 0 : number(1 << 16),
			  number(8) ? 1 : number(1 << 16), 2);
		good = front_come_back(f, true) && alive(f, LEGACY);
	}
	ok(good, "%u bad chains in a %s ring", i, packed ? "packed" : "split");
	report_reset();
	front_free(f);
}

static void bad_messages(void)
{
	struct vhost_options ring = { 0 };
	struct settings settings = all_settings();
	struct front *f = front_new(&settings, &ring, 0);
	uint32_t message[64];
	uint32_t addr[10] = { 0 };
	unsigned int i, j;
	bool good = true;

	if (!ok(f, "device for bad messages"))
		return;
	for (i = 0; i < ROUNDS && good; i++) {
		for (j = 0; j < ARRAY_SIZE(message); j++)
			message[j] = number(3) ? number(4) : odd_number();
		message[0] = i % 48;
		message[1] = number(8) ? 1 : odd_number();
		message[2] = number(8) ? 4 * number(ARRAY_SIZE(message) - 3) : odd_number();
		if (message[2] > sizeof(message) - 12)
			send(f->fd, message, 12, MSG_NOSIGNAL);
		else
			send(f->fd, message, 12 + message[2], MSG_NOSIGNAL);
		good = front_come_back(f, true) && alive(f, LEGACY);
	}
	ok(good, "%u bad messages", i);

	/* with file descriptors, which none of them has, and for running queues */
	for (i = 0; i < 48 && good; i++) {
		for (j = 0; j < ARRAY_SIZE(message); j++)
			message[j] = number(3);
		front_message(f, i, message, 4 * number(20), f->memfd);
		good = front_come_back(f, true) && alive(f, LEGACY);
	}
	ok(good, "%u messages with a descriptor", i);

	/* a ring beyond the memory, and a ring that is not aligned */
	for (i = 0; i < 4 && good; i++) {
		uint64_t at = (uintptr_t)front_desc(f, 0) + (i == 0 ? 1ull << 40 : i);

		memcpy(addr + 2, &at, 8);
		memcpy(addr + 4, &at, 8);
		memcpy(addr + 6, &at, 8);
		front_message(f, FRONT_SET_ADDR, addr, sizeof(addr), -1);
		good = front_come_back(f, true) && alive(f, LEGACY);
	}
	ok(good, "%u rings at bad addresses", i);
	report_reset();
	front_free(f);
}

void test_bad(void)
{
	enum shape form;

	report_quiet(true);
	for (form = LEGACY; form < NR_FORMS; form++)
		bad_requests(form, form & 1);
	bad_descriptors(false);
	bad_descriptors(true);
	bad_messages();
	report_quiet(false);
}
