// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The virtio_crypto authors
 *
 * All faults as a front end sees them, all other commands, and the counters.  Commands go
 * through the same function as those from the socket.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "control.h"
#include "report.h"
#include "tap.h"
#include "util.h"
#include "vectors.h"
#include "wire_job.h"
#include "wire_test.h"

#define ABC	"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define ROOM	33

/*
 * struct stage - a device with a session, and a request of it
 * @id: id of the session, which is for SHA-256
 * @answer: answer to the last command
 */
struct stage {
	struct front *f;
	enum shape form;
	struct job job;
	uint64_t id;
	uint8_t in[256];
	int64_t used;
	char answer[8192];
};

static bool make_session(struct stage *s)
{
	static struct bytes b;

	write_create(&b, &s->job, s->form);
	return send_create(s->f, &b, &s->id) == VC_OK;
}

static bool begin_on(struct stage *s, enum shape form, const struct vhost_options *ring)
{
	struct settings settings = all_settings();

	*s = (struct stage){
		.form = form,
		.f = front_new(&settings, ring,
			       form_features(form) | (ring->in_order ? 1ull << 35 : 0)),
		.job = { .service = SERVICE_HASH, .algo = HASH_SHA_256, .hash_len = 32,
			 .in = { (const uint8_t *)"abc", 3 } },
	};
	return ok(s->f && make_session(s), "device for faults");
}

static bool begin(struct stage *s, enum shape form)
{
	return begin_on(s, form, &(struct vhost_options){ 0 });
}

/* The device keeps the request, so its place must not be used again. */
static void begin_anew(struct stage *s)
{
	if (!front_come_back(s->f, true) || !make_session(s))
		ok(false, "a driver that starts the device again");
}

static bool command(struct stage *s, const char *line)
{
	FILE *f = fmemopen(s->answer, sizeof(s->answer), "w");
	char copy[128];
	bool good;

	snprintf(copy, sizeof(copy), "%s", line);
	good = control_command(s->f->device, copy, f);
	fclose(f);
	return good;
}

/* Executes a command; true if it is valid */
static void say(struct stage *s, const char *line)
{
	if (!command(s, line) || strcmp(s->answer, "ok\n"))
		ok(false, "command '%s'", line);
}

/* Sends the request, with more room than it needs; returns its status */
static unsigned int ask_with(struct stage *s, unsigned int slack)
{
	static struct bytes b;

	write_request(&b, &s->job, s->form, s->id);
	memset(s->in, 0, sizeof(s->in));
	return send_request(s->f, &b, s->in, ROOM + slack, &s->used);
}

static unsigned int ask(struct stage *s)
{
	return ask_with(s, 0);
}

/* There is no answer to the request. */
static bool unanswered(struct stage *s)
{
	unsigned int patience = s->f->patience_ms;
	bool none;

	s->f->patience_ms = 300;
	none = ask(s) == 255 && s->used == -1;
	s->f->patience_ms = patience;
	return none;
}

static bool is_abc(const struct stage *s)
{
	uint8_t expected[32];

	vector_copy(ABC, expected);
	return !memcmp(s->in, expected, sizeof(expected));
}

static bool unwritten(const uint8_t *p, size_t len)
{
	while (len && *p == FRONT_UNWRITTEN) {
		p++;
		len--;
	}
	return !len;
}

static bool well(struct stage *s)
{
	return ask(s) == VC_OK && is_abc(s) && s->used == ROOM;
}

/* In several pieces, which the device has to find. */
static void spoiling(struct stage *s)
{
	static const uint8_t statuses[] = { 1, 3, 4, 0 };
	uint8_t garbage[32];
	bool good = true;
	char line[64];
	unsigned int i;

	memset(garbage, 0xbd, sizeof(garbage));
	s->f->pieces = 7;
	for (i = 0; i < ARRAY_SIZE(statuses); i++) {
		snprintf(line, sizeof(line), "fault spoil=%u*1", statuses[i]);
		say(s, line);
		good = good && ask(s) == statuses[i] && s->used == ROOM &&
		       !memcmp(s->in, garbage, sizeof(garbage)) && !front_overrun(s->f);
	}
	s->f->pieces = 1;
	ok(good && well(s) && !violations(), "garbage as the whole result, and any status");
	say(s, "set null=1");
	say(s, "fault spoil=3*1");
	ok(ask(s) == 3 && !memcmp(s->in, garbage, sizeof(garbage)), "garbage, without computing");
	say(s, "set null=0");
}

static void data_faults(struct stage *s)
{
	static const uint8_t statuses[] = { 1, 2, 3, 4, 5, 6, 7, 77, 254 };
	char line[64];
	bool good = true;
	uint64_t start;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(statuses); i++) {
		snprintf(line, sizeof(line), "fault status=%u*1", statuses[i]);
		say(s, line);
		good = good && ask(s) == statuses[i] && unwritten(s->in, 32);
	}
	ok(good && well(s), "any status, and only that many times");
	say(s, "fault no-status*1");
	ok(ask(s) == FRONT_UNWRITTEN && is_abc(s) && well(s), "no status");
	say(s, "fault drop*1");
	ok(unanswered(s), "no answer");
	begin_anew(s);
	say(s, "fault delay=300*1");
	start = now_us();
	ok(well(s) && now_us() - start > 250000, "a late answer");
	say(s, "fault used-len=4294967295*1");
	ok(ask(s) == VC_OK && s->used == 0xffffffff, "a used length that is too long");
	say(s, "fault used-len=0*1");
	ok(ask(s) == VC_OK && s->used == 0 && is_abc(s), "a used length of 0");
	say(s, "fault beyond=4*1");
	ok(ask(s) == VC_OK && s->used == ROOM + 4 && !front_overrun(s->f),
	   "beyond: a used length, where there is no room");
	say(s, "fault beyond=4*1");
	ok(ask_with(s, 6) == 0 && is_abc(s) && s->used == ROOM + 6 &&
	   s->in[32] == 0xbd && s->in[35] == 0xbd && s->in[36] == FRONT_UNWRITTEN,
	   "beyond: where the driver's buffer has room");
	report_reset();
	say(s, "fault short=5*1");
	ok(ask(s) == VC_OK && s->used == 6 && !unwritten(s->in, 5) && unwritten(s->in + 5, 27),
	   "short");
	say(s, "fault wrong*1");
	ok(ask(s) == VC_OK && !is_abc(s) && s->used == ROOM, "a wrong result");
	spoiling(s);
	say(s, "fault status=9");
	say(s, "fault drop");
	say(s, "well");
	ok(well(s), "no faults again");
	say(s, "fault status=9");
	say(s, "fault status*0");
	ok(well(s), "no faults again, one fault");
}

static void message_faults(struct stage *s)
{
	static struct bytes b;
	uint8_t in[32];
	uint64_t start;
	int64_t used;

	write_create(&b, &s->job, s->form);
	say(s, "fault ctrl-status=4294967295*1");
	used = front_send(s->f, 2, b.p, b.len, in, 16);
	ok(used == 16 && le32(in + 8) == 0xffffffff, "messages: any status");
	say(s, "fault ctrl-no-status*1");
	used = front_send(s->f, 2, b.p, b.len, in, 16);
	ok(used == 16 && unwritten(in, 16), "messages: no result");
	say(s, "fault ctrl-drop*1");
	s->f->patience_ms = 300;
	ok(front_send(s->f, 2, b.p, b.len, in, 16) == -1, "messages: no answer");
	s->f->patience_ms = 3000;
	begin_anew(s);
	write_create(&b, &s->job, s->form);
	say(s, "fault ctrl-delay=300*1");
	start = now_us();
	ok(front_send(s->f, 2, b.p, b.len, in, 16) == 16 && now_us() - start > 250000,
	   "messages: a late answer");
	say(s, "fault ctrl-used-len=99*1");
	ok(front_send(s->f, 2, b.p, b.len, in, 16) == 99, "messages: a wrong used length");
	say(s, "fault ctrl-beyond=8*1");
	ok(front_send(s->f, 2, b.p, b.len, in, 16) == 24 && !front_overrun(s->f),
	   "messages: beyond");
	ok(!command(s, "fault ctrl-short=1") && !command(s, "fault ctrl-full") &&
	   !command(s, "fault ctrl-session-delay=1"),
	   "messages: what there is for requests only");
	say(s, "well");
}

/*
 * Offers requests at descriptors 0, 2 and 4 at once, and waits that long for an interrupt.
 * Returns the previous index of the used ring.
 */
static uint16_t offer_three(struct stage *s, int ms)
{
	uint8_t *driver = front_driver(s->f, 0);
	uint8_t *buffers = front_buffers(s->f) + 0x80000;
	uint64_t base = front_guest(s->f, buffers);
	struct front_desc descs[6];
	static struct bytes b;
	uint16_t at = s->f->queues[0].avail, first = s->f->queues[0].used;
	unsigned int i;

	write_request(&b, &s->job, s->form, s->id);
	memcpy(buffers, b.p, b.len);
	for (i = 0; i < 3; i++) {
		descs[2 * i] = (struct front_desc){ base, b.len, 1, 2 * i + 1 };
		descs[2 * i + 1] = (struct front_desc){ base + 1024 * (i + 1), ROOM, 2, 0 };
		put_le32(driver + 4 + 2 * ((at + i) % FRONT_RING), 2 * i);
	}
	front_raw(s->f, 0, descs, 6, 0, 3, ms);
	return first;
}

static uint16_t used_index(const struct stage *s, unsigned int queue)
{
	return __atomic_load_n((uint16_t *)(front_device(s->f, queue) + 2), __ATOMIC_ACQUIRE);
}

/* Reads the ids of three requests from the used ring */
static void three(struct stage *s, uint32_t ids[4])
{
	uint8_t *used = front_device(s->f, 0) + 4;
	uint16_t first = offer_three(s, 3000);
	unsigned int i;

	usleep(50000);
	for (i = 0; i < 4; i++)
		ids[i] = le32(used + 8 * ((first + i) % FRONT_RING));
	s->f->queues[0].used = used_index(s, 0);
}

static void wait_for_three(struct stage *s, uint16_t first)
{
	uint64_t end = now_us() + 5000000;

	while ((uint16_t)(used_index(s, 0) - first) < 3 && now_us() < end)
		usleep(1000);
	s->f->queues[0].used = used_index(s, 0);
}

/* Returns the milliseconds until three requests are answered; 5000 if they are not */
static unsigned int time_of_three(struct stage *s)
{
	uint64_t start = now_us();

	wait_for_three(s, offer_three(s, 0));
	return (now_us() - start) / 1000;
}

static void order_faults(struct stage *s)
{
	uint32_t ids[4];

	three(s, ids);
	ok(ids[0] == 0 && ids[1] == 2 && ids[2] == 4, "three answers in order");
	begin_anew(s);
	say(s, "fault reorder=3*3");
	three(s, ids);
	ok(ids[0] == 4 && ids[1] == 2 && ids[2] == 0, "three answers, last first");
	begin_anew(s);
	say(s, "fault reorder=9*2");
	three(s, ids);
	ok(ids[0] == 4, "fewer than are to be held: the one that is not");
	usleep(1100000);
	ok(le32(front_device(s->f, 0) + 4 + 8) == 2 && le32(front_device(s->f, 0) + 4 + 16) == 0,
	   "less than are to be held: the others, in the end");
	begin_anew(s);
	say(s, "fault duplicate*1");
	three(s, ids);
	ok(ids[0] == 0 && ids[1] == 0 && ids[2] == 2 && ids[3] == 4, "an id twice");
	begin_anew(s);
	say(s, "fault unknown-id=4294967295*1");
	three(s, ids);
	ok(ids[0] == 0xffffffff && ids[1] == 0 && ids[2] == 2, "an id that does not exist");
	begin_anew(s);
}

/* Used entries for several requests */
static void batches(void)
{
	struct vhost_options ring = { .in_order = true, .batches = true };
	uint32_t ids[4];
	uint8_t *used;
	struct stage s;

	if (!begin_on(&s, LEGACY, &ring))
		return;
	used = front_device(s.f, 0) + 4;
	three(&s, ids);
	ok(ids[0] == 4 && !ids[1] && !ids[2] && used_index(&s, 0) == 3 && le32(used + 4) == ROOM,
	   "one used entry for three answers");
	three(&s, ids);
	ok(ids[0] == 4 && !ids[1] && !ids[2] && used_index(&s, 0) == 6,
	   "the next one is where the first of them would be");
	begin_anew(&s);
	say(&s, "fault used-len=5*1");
	three(&s, ids);
	ok(ids[0] == 0 && le32(used + 4) == 5 && ids[1] == 4 && le32(used + 12) == ROOM &&
	   !ids[2] && used_index(&s, 0) == 3, "what did not use all of its buffer ends a batch");
	front_free(s.f);
}

static void session_faults(struct stage *s)
{
	uint64_t id = s->id;
	static struct bytes b;

	say(s, "fault forget*1");
	ok(ask(s) == VC_INVSESS && ask(s) == VC_INVSESS && !violations(), "a forgotten session");
	ok(send_destroy(s->f, SERVICE_HASH, id, s->form) == VC_ERR && !violations(),
	   "a forgotten session is destroyed");
	ok(make_session(s) && well(s), "another session");
	say(s, "forget");
	ok(ask(s) == VC_INVSESS && !violations(), "all sessions are forgotten");
	make_session(s);
	id = s->id;
	say(s, "fault change-id=0*1");
	ok(ask(s) == VC_INVSESS && !violations(), "a session's id changes");
	s->id = 0;
	ok(well(s), "a session's id changes: the new one");
	s->id = id;
	ok(send_destroy(s->f, SERVICE_HASH, 0, s->form) == VC_OK &&
	   send_destroy(s->f, SERVICE_HASH, id, s->form) == VC_ERR && !violations(),
	   "a session's id changes: both are destroyed");
	say(s, "fault session-id=0*1");
	ok(make_session(s) && s->id == 0 && well(s), "id 0");
	say(s, "fault session-id=18446744073709551615*1");
	ok(make_session(s) && s->id == UINT64_MAX && well(s), "id 2^64-1");
	write_create(&b, &s->job, s->form);
	say(s, "fault full*1");
	ok(send_create(s->f, &b, &id) == (s->form == LEGACY ? VC_ERR : VC_NOSPC),
	   "no room, for once");
	say(s, "set sessions=0");
	ok(send_create(s->f, &b, &id) == (s->form == LEGACY ? VC_ERR : VC_NOSPC), "no room");
	say(s, "set sessions=4");
	while (send_create(s->f, &b, &id) == VC_OK)
		;
	ok(send_destroy(s->f, SERVICE_HASH, 0, s->form) == VC_OK && make_session(s),
	   "one that goes makes room for one");
}

/*
 * Offers two messages at once: one at descriptor 0 creates a session, one at 2 destroys
 * another.  Then does a request of a third session.  ids are set to those on the used ring.
 * Return: milliseconds until both were answered, or 0 if the request was answered later
 */
static unsigned int create_and_destroy(struct stage *s, uint32_t ids[2])
{
	uint8_t *used = front_device(s->f, 2), *buffers = front_buffers(s->f) + 0x80000;
	struct front_queue *q = &s->f->queues[2];
	uint64_t base = front_guest(s->f, buffers), start;
	struct front_desc descs[4];
	static struct bytes b;
	unsigned int i;
	bool before;

	write_destroy(&b, SERVICE_HASH, s->id, s->form);
	memcpy(buffers + 1024, b.p, b.len);
	descs[2] = (struct front_desc){ base + 1024, b.len, 1, 3 };
	descs[3] = (struct front_desc){ base + 3072, 1, 2, 0 };
	make_session(s);
	write_create(&b, &s->job, s->form);
	memcpy(buffers, b.p, b.len);
	descs[0] = (struct front_desc){ base, b.len, 1, 1 };
	descs[1] = (struct front_desc){ base + 2048, CREATE_RESULT, 2, 0 };
	put_le32(front_driver(s->f, 2) + 4 + 2 * ((q->avail + 1) % FRONT_RING), 2);
	say(s, "fault session-delay=1000");
	start = now_us();
	front_raw(s->f, 2, descs, 4, 0, 2, 0);
	before = well(s) && used_index(s, 2) != q->avail;
	while (used_index(s, 2) != q->avail && now_us() < start + 5000000)
		usleep(1000);
	say(s, "well");
	for (i = 0; i < 2; i++)
		ids[i] = le32(used + 4 + 8 * (q->used++ % FRONT_RING));
	return before ? (now_us() - start) / 1000 : 0;
}

static void late_sessions(void)
{
	struct vhost_options ring = { 0 };
	struct stage s;
	uint32_t ids[2];

	if (!begin_on(&s, LEGACY, &ring))
		return;
	ok(create_and_destroy(&s, ids) >= 1000, "a session late, and a request in time");
	ok(ids[0] == 2 && ids[1] == 0, "a session late, and the end of another in time");
	ok(make_session(&s) && well(&s) && !violations(), "a session in time");
	front_free(s.f);
	ring.in_order = true;
	if (!begin_on(&s, LEGACY, &ring))
		return;
	ok(create_and_destroy(&s, ids) >= 1000 && ids[0] == 0 && ids[1] == 2,
	   "a session late, in order: so is the end of another");
	front_free(s.f);
}

static void disappearing(struct stage *s)
{
	uint64_t id = s->id;

	say(s, "disconnect 7");
	ok(front_ask(s->f, FRONT_GET_STATUS, 0) == UINT64_MAX && control_away() == 7 &&
	   !control_away(), "the device disappears");
	ok(front_come_back(s->f, false) && well(s), "it comes back, and knows its sessions");
	say(s, "forget");
	say(s, "fault disconnect*1");
	ok(unanswered(s), "it disappears instead of an answer");
	ok(front_come_back(s->f, false) && ask(s) == VC_INVSESS && !violations(),
	   "it comes back, and knows nothing");
	ok(front_come_back(s->f, true) && make_session(s) && well(s),
	   "a driver starts the device again");
	s->id = id;
	ok(ask(s) == VC_INVSESS && violations_of(REQ_SESSION_ID) == 1,
	   "a driver begins anew: nothing is left");
	report_reset();
	make_session(s);
	say(s, "needs-reset");
	ok(front_ask(s->f, FRONT_GET_STATUS, 0) == 0x40 && unanswered(s), "it needs a reset");
	ok(front_come_back(s->f, true) && front_ask(s->f, FRONT_GET_STATUS, 0) == 0 &&
	   make_session(s) && well(s), "it was reset");
	say(s, "fault needs-reset*1");
	ok(unanswered(s) && front_ask(s->f, FRONT_GET_STATUS, 0) & 0x40,
	   "it needs a reset instead of an answer");
	begin_anew(s);
}

/* Was there a configuration interrupt? */
static bool notified(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	uint32_t header[3];

	return poll(&p, 1, 100) == 1 && read(fd, header, sizeof(header)) == sizeof(header) &&
	       header[0] == 2;
}

static uint32_t config32(struct stage *s, uint32_t offset)
{
	uint8_t p[4] = { 0 };

	front_config(s->f, offset, p, sizeof(p));
	return le32(p);
}

static void readiness(struct stage *s)
{
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds) ||
	    front_message(s->f, FRONT_SET_BACKEND_FD, NULL, 0, fds[1])) {
		ok(false, "connection for configuration interrupts");
		return;
	}
	say(s, "not-ready");
	ok(notified(fds[0]) && config32(s, CFG_STATUS) == 0, "not ready");
	say(s, "ready");
	ok(notified(fds[0]) && config32(s, CFG_STATUS) == 1, "ready");
	say(s, "not-ready quietly");
	ok(!notified(fds[0]) && config32(s, CFG_STATUS) == 0, "not ready, without an interrupt");
	say(s, "ready quietly");
	ok(!notified(fds[0]) && config32(s, CFG_STATUS) == 1, "ready, without an interrupt");
	say(s, "config status=4294967295");
	ok(!notified(fds[0]) && config32(s, CFG_STATUS) == 0xffffffff, "unknown status bits");
	say(s, "notify");
	ok(notified(fds[0]), "an interrupt for nothing");
	say(s, "needs-reset");
	ok(notified(fds[0]), "an interrupt for a reset that is needed");
	say(s, "ready quietly");
	close(fds[0]);
	close(fds[1]);
	begin_anew(s);
}

static void configuration(struct stage *s)
{
	static const struct {
		const char *field;
		uint32_t offset, size;
	} fields[] = {
		{ "status", CFG_STATUS, 4 }, { "max_dataqueues", CFG_MAX_DATAQUEUES, 4 },
		{ "crypto_services", CFG_CRYPTO_SERVICES, 4 },
		{ "cipher_algo", CFG_CIPHER_ALGO_L, 8 }, { "hash_algo", CFG_HASH_ALGO, 4 },
		{ "mac_algo", CFG_MAC_ALGO_L, 8 }, { "aead_algo", CFG_AEAD_ALGO, 4 },
		{ "max_cipher_key_len", CFG_MAX_CIPHER_KEY_LEN, 4 },
		{ "max_auth_key_len", CFG_MAX_AUTH_KEY_LEN, 4 },
		{ "akcipher_algo", CFG_AKCIPHER_ALGO, 4 }, { "max_size", CFG_MAX_SIZE, 8 },
	};
	static const uint64_t values[] = { UINT64_MAX, 1, 0 };
	uint8_t in[CFG_SIZE + 8], expected[8];
	unsigned int i, j;
	char line[64];
	bool good;

	ok(front_config(s->f, 0, in, CFG_SIZE) && le32(in) == 1 && le32(in + 4) == 2 &&
	   le32(in + 8) == 0x1f && le32(in + 36) == 64 && le32(in + 40) == 256 &&
	   le64(in + 48) == 1 << 20, "configuration");
	ok(front_config(s->f, 48, in, 16) && le64(in) == 1 << 20 && le64(in + 8) == 0,
	   "beyond its end are zeroes");
	for (i = 0; i < ARRAY_SIZE(fields); i++) {
		good = true;
		for (j = 0; j < ARRAY_SIZE(values); j++) {
			snprintf(line, sizeof(line), "config %s=%llu", fields[i].field,
				 (unsigned long long)values[j]);
			say(s, line);
			put_le64(expected, values[j]);
			good = good && front_config(s->f, fields[i].offset, in, fields[i].size) &&
			       !memcmp(in, expected, fields[i].size);
		}
		ok(good, "%s: all ones, 1 and 0", fields[i].field);
	}
	say(s, "ready quietly");
	config32(s, CFG_STATUS);
	ok(well(s) && !violations(), "lower limits do not bind a driver that has read higher ones");
	front_come_back(s->f, true);
	ok(!make_session(s) && violations_of(REQ_SERVICE) == 1, "they bind the next driver");
	report_reset();
	say(s, "config crypto_services=31");
	say(s, "config hash_algo=4294967295");
	say(s, "config max_size=34");
	ok(make_session(s), "higher limits take effect at once");
	ok(ask(s) == VC_ERR && violations_of(REQ_MAX_SIZE) == 1, "max_size, one byte too small");
	report_reset();
	say(s, "config max_size=35");
	ok(well(s) && !violations(), "max_size, just enough");
	say(s, "config max_size=18446744073709551615");
	ok(well(s) && !violations(), "max_size of 2^64-1");
}

/* A busy machine may need several attempts to be below that. */
static unsigned int best_time_of_three(struct stage *s, unsigned int below)
{
	unsigned int i, ms = time_of_three(s);

	for (i = 0; i < 4 && ms >= below; i++)
		ms = time_of_three(s);
	return ms;
}

/* The largest number of requests that the first queue has had at the same time */
static unsigned int deepest(struct stage *s)
{
	const char *p = command(s, "counts") ? strstr(s->answer, "\"deepest\":") : NULL;

	return p ? strtoul(p + strlen("\"deepest\":"), NULL, 10) : 0;
}

/* Does the device want notifications while it works on three requests? */
static bool wants_notification(struct stage *s, unsigned int ms)
{
	uint16_t first = offer_three(s, 0);
	bool wants;

	usleep(1000 * ms / 2);
	wants = !(front_device(s->f, 0)[0] & 1);
	wait_for_three(s, first);
	return wants;
}

/* How many requests are done at the same time, and what the device does then */
static void workers(void)
{
	struct stage stage, *s = &stage;
	uint64_t start, best = UINT64_MAX;
	unsigned int i, ms;
	bool good = true;

	if (!begin(s, LEGACY))
		return;
	say(s, "set delay=300");
	for (i = 0; i < 100; i++) {
		start = now_us();
		good = good && well(s);
		best = now_us() - start < best ? now_us() - start : best;
	}
	ok(good && best >= 300 && best < 900, "answers late by less than a millisecond");
	say(s, "set delay=300000");
	say(s, "set workers=1");
	ms = time_of_three(s);
	ok(ms >= 890 && deepest(s) == 1, "one request at a time: %u ms", ms);
	ok(!wants_notification(s, 300), "no worker is free: no notifications");
	usleep(50000);
	ok(!(front_device(s->f, 0)[0] & 1), "all workers are free: it waits for a notification");
	say(s, "set workers=2");
	ms = best_time_of_three(s, 890);
	ok(ms >= 590 && ms < 890 && deepest(s) == 2, "two requests at a time: %u ms", ms);
	say(s, "set workers=4");
	ok(wants_notification(s, 300), "one worker is free: it wants notifications");
	say(s, "set workers=0");
	ms = best_time_of_three(s, 590);
	ok(ms >= 290 && ms < 590 && deepest(s) == 3, "all requests at the same time: %u ms", ms);
	ok(wants_notification(s, 300), "it wants notifications");
	say(s, "set delay=0");
	say(s, "set workers=1");
	ok(well(s) && well(s), "one worker without delay");
	/* the first of two requests to be reordered waits for the second */
	say(s, "fault reorder=2*2");
	ok(time_of_three(s) < 900, "one worker, answers are reordered");
	say(s, "set workers=0");
	ok(well(s), "no limit on workers");
	front_free(s->f);
}

static void knobs(struct stage *s)
{
	uint64_t start;

	say(s, "set null=1");
	ok(ask(s) == VC_OK && unwritten(s->in, 32), "without computing");
	say(s, "set null=0");
	say(s, "set delay=200000");
	start = now_us();
	ok(well(s) && now_us() - start > 190000, "each answer is late");
	say(s, "set delay=0");
	say(s, "set throttle=5");
	well(s);
	start = now_us();
	ok(well(s) && now_us() - start > 100000, "five answers per second");
	say(s, "set throttle=0");
	ok(well(s), "a fast device");
	say(s, "set features=63");
}

static void wrong_commands(struct stage *s)
{
	static const char * const lines[] = {
		"", " ", "nothing", "fault", "fault ", "fault nothing", "fault drop=",
		"fault drop=x", "fault drop*", "fault drop*-1", "fault drop=1*2*3", "fault drop=1x",
		"fault drop=18446744073709551616", "config", "config x=1", "config status",
		"config status=", "config status=1 ", "set", "set null", "set x=1", "well enough",
		"ready loudly", "not-ready loudly", "notify x", "forget x", "needs-reset x",
		"disconnect x", "disconnect -1", "disconnect 99999999999", "COUNTS",
		"fault a-word-that-is-longer-than-any-word-that-there-is=1",
	};
	bool good = true;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(lines); i++) {
		if (command(s, lines[i]) || strncmp(s->answer, "error: ", 7) ||
		    strchr(s->answer, '\n') != strrchr(s->answer, '\n')) {
			printf("# taken: '%s'\n", lines[i]);
			good = false;
		}
	}
	ok(good && well(s), "invalid commands, each with an answer of one line");
	ok(command(s, "violations") && !strcmp(s->answer, "0\n"), "violations");
	ok(command(s, "help") && strstr(s->answer, "change-id") && strstr(s->answer, "max_size"),
	   "help");
}

static void counting(void)
{
	struct stage s;
	uint32_t ids[4];

	if (!begin(&s, LEGACY))
		return;
	three(&s, ids);
	ok(command(&s, "counts") && strchr(s.answer, '\n') == strrchr(s.answer, '\n'),
	   "counts, in one line");
	ok(strstr(s.answer, "\"sessions\":{\"created\":1,\"refused\":0,\"destroyed\":0,"
			    "\"alive\":1,\"most_alive\":1}"), "sessions are counted");
	ok(strstr(s.answer, "\"queues\":[{\"requests\":3,\"bytes\":9,\"errors\":0,\"notified\":1,"
			    "\"interrupts\":1,\"deepest\":3,\"batches\":[0,1,0,0,0,0,0,0],"
			    "\"kinds\":{\"hash\":3}},{\"requests\":0"),
	   "three requests with one notification have one interrupt");
	ok(strstr(s.answer, "\"kinds\":{\"hash-create\":1}}],\"violations\":{}}"),
	   "messages are counted");
	/* there is one interrupt for held answers, too */
	say(&s, "set delay=50000");
	begin_anew(&s);
	three(&s, ids);
	ok(command(&s, "counts") && strstr(s.answer, "\"requests\":6,\"bytes\":18,\"errors\":0,"
						     "\"notified\":2,\"interrupts\":"),
	   "all of the device's life is counted");
	front_free(s.f);
}

static bool one_answer(FILE *out, FILE *in, const char *line, const char *expected)
{
	char answer[256];

	fprintf(out, "%s\n", line);
	fflush(out);
	return fgets(answer, sizeof(answer), in) && !strcmp(answer, expected);
}

/* Several connections at the same time, and streams; their threads end with the process. */
static void channels(struct stage *s)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	socklen_t len = sizeof(addr);
	int listener = socket(AF_UNIX, SOCK_STREAM, 0), fd[2], to[2], from[2];
	FILE *out[3], *in[3];
	unsigned int i;
	bool good = true;

	/* the kernel chooses an address */
	if (bind(listener, (struct sockaddr *)&addr, sizeof(addr.sun_family)) ||
	    getsockname(listener, (struct sockaddr *)&addr, &len) || listen(listener, 2) ||
	    control_start(s->f->device, listener) || pipe(to) || pipe(from) ||
	    control_start_streams(s->f->device, fdopen(to[0], "r"), fdopen(from[1], "w"))) {
		ok(false, "channels");
		return;
	}
	for (i = 0; i < 2; i++) {
		fd[i] = socket(AF_UNIX, SOCK_STREAM, 0);
		good = good && !connect(fd[i], (struct sockaddr *)&addr, len);
		out[i] = fdopen(dup(fd[i]), "w");
		in[i] = fdopen(fd[i], "r");
	}
	out[2] = fdopen(to[1], "w");
	in[2] = fdopen(from[0], "r");
	for (i = 0; i < 6; i++)
		good = good && one_answer(out[i % 3], in[i % 3], "fault status=9*1", "ok\n") &&
		       ask(s) == 9 &&
		       one_answer(out[i % 3], in[i % 3], "violations\r", "0\n");
	ok(good, "two connections and a pair of streams at once");
	for (i = 0; i < 3; i++) {
		fclose(out[i]);
		if (i != 1)
			fclose(in[i]);
	}
	ok(well(s), "the device survives their end");
	fclose(in[1]);
}

void test_faults(void)
{
	enum shape form;
	struct stage s;

	report_quiet(true);
	for (form = LEGACY; form <= REVISION_1; form++) {
		if (!begin(&s, form))
			return;
		data_faults(&s);
		message_faults(&s);
		begin_anew(&s);
		order_faults(&s);
		session_faults(&s);
		front_free(s.f);
	}
	if (!begin(&s, LEGACY))
		return;
	disappearing(&s);
	readiness(&s);
	configuration(&s);
	knobs(&s);
	wrong_commands(&s);
	front_free(s.f);
	workers();
	counting();
	late_sessions();
	batches();
	/* this test is the last one, because its threads still use the device */
	if (begin(&s, LEGACY))
		channels(&s);
	front_free(s.f);
	report_quiet(false);
}
