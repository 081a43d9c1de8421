// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The virtio_crypto authors
 *
 * Rings under load.  Each queue has a driver in a separate thread, which notifies only when
 * the device asks for it and sleeps until it gets an interrupt, with pauses of all lengths.
 * At the same time, the front end replaces descriptors for interrupts, stops and starts
 * queues and shares its memory again.  Each request has to be answered, and each answer has
 * to be signalled, within seconds.
 *
 * A request has 2 descriptors.  A slot belongs to a request: its number, its buffers, and in
 * a split ring its descriptors.  Each thread uses only its queue.
 */
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "algs.h"
#include "front.h"
#include "tap.h"
#include "util.h"
#include "wire_test.h"

#define SLOTS		(FRONT_RING / 2)
#define OUT_BYTES	88
#define IN_BYTES	33
#define SLOT_BYTES	256
#define PATIENCE_MS	4000
#define UNWRITTEN	0xa5

#define D_NEXT		1
#define D_WRITE		2
#define D_AVAIL		(1 << 7)
#define D_USED		(1 << 15)

/* What the front end does at the same time */
enum disturbance { NOTHING, CALLS, QUEUES };

struct scene {
	const char *name;
	bool packed, event_idx, in_order, batches;
	enum disturbance disturbance;
	unsigned int delay_us, workers, poll_us;
};

/*
 * struct load - the driver's side of a queue
 * @calls: descriptors for interrupts; the device has one of them at a time
 * @busy: slots that the device has, @nr_busy of them
 * @order: the same, in the order in which they were offered, from @done to @offered
 * @entries: number of used entries
 * @why: the failure
 */
struct load {
	struct front *f;
	const struct scene *scene;
	unsigned int queue, requests;
	uint32_t seed;
	int calls[2];
	uint16_t avail, used;
	bool avail_wrap, used_wrap;
	bool busy[SLOTS];
	unsigned int nr_busy;
	uint8_t order[SLOTS];
	unsigned int offered;
	unsigned int kicks, sleeps, done, entries;
	const char *why;
	atomic_bool *ended;
};

static unsigned int chance(struct load *l, unsigned int n)
{
	l->seed = l->seed * 1664525 + 1013904223;
	return (l->seed >> 8) % n;
}

static uint16_t get16(const uint8_t *p)
{
	return __atomic_load_n((const uint16_t *)p, __ATOMIC_ACQUIRE);
}

static void set16(uint8_t *p, uint16_t v)
{
	__atomic_store_n((uint16_t *)p, v, __ATOMIC_RELEASE);
}

static uint8_t *slot_out(struct load *l, unsigned int slot)
{
	return front_buffers(l->f) + (l->queue * SLOTS + slot) * SLOT_BYTES;
}

static uint8_t *slot_in(struct load *l, unsigned int slot)
{
	return slot_out(l, slot) + 128;
}

static bool control(const struct load *l)
{
	return l->queue == l->f->nr_queues - 1;
}

/* Writes a request for a hash, or a session for it, without revision 1 */
static void fill(struct load *l, unsigned int slot)
{
	uint8_t *out = slot_out(l, slot);

	memset(out, 0, OUT_BYTES);
	if (control(l)) {
		put_le32(out, OPCODE(SERVICE_HASH, OP_CREATE));
		put_le32(out + 4, HASH_SHA_256);
		put_le32(out + 16, HASH_SHA_256);
		put_le32(out + 20, 32);
	} else {
		put_le32(out, OPCODE(SERVICE_HASH, OP_ENCRYPT));
		put_le32(out + 24, OUT_BYTES - 72);
		put_le32(out + 28, 32);
	}
	memset(slot_in(l, slot), UNWRITTEN, IN_BYTES);
}

static void put(uint8_t *desc, uint64_t addr, uint32_t len, uint16_t a, uint16_t b)
{
	put_le64(desc, addr);
	put_le32(desc + 8, len);
	set16(desc + 12, a);
	set16(desc + 14, b);
}

/* Puts a request into the ring; the caller writes the index of a split ring. */
static void offer(struct load *l, unsigned int slot)
{
	uint8_t *desc = front_desc(l->f, l->queue), *head;
	uint64_t out = front_guest(l->f, slot_out(l, slot));
	uint64_t in = front_guest(l->f, slot_in(l, slot));
	uint32_t out_len = control(l) ? 72 : OUT_BYTES, in_len = control(l) ? 16 : IN_BYTES;
	uint16_t flags;

	fill(l, slot);
	l->busy[slot] = true;
	l->nr_busy++;
	l->order[l->offered++ % SLOTS] = slot;
	if (!l->scene->packed) {
		put(desc + 32 * slot, out, out_len, D_NEXT, 2 * slot + 1);
		put(desc + 32 * slot + 16, in, in_len, D_WRITE, 0);
		set16(front_driver(l->f, l->queue) + 4 + 2 * (l->avail++ % FRONT_RING), 2 * slot);
		return;
	}
	/* requests are pairs of descriptors; no pair crosses the end of the ring */
	head = desc + 16 * l->avail;
	flags = l->avail_wrap ? D_AVAIL : D_USED;
	put(head + 16, in, in_len, slot, D_WRITE | flags);
	put(head, out, out_len, slot, D_NEXT | flags);
	l->avail += 2;
	if (l->avail == FRONT_RING) {
		l->avail = 0;
		l->avail_wrap = !l->avail_wrap;
	}
}

/* Does the device want a notification for the requests since old? */
static bool wanted(struct load *l, uint16_t old)
{
	const uint8_t *device = front_device(l->f, l->queue);
	uint16_t event;

	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (l->scene->packed)
		return get16(device + 2) != 1;
	if (!l->scene->event_idx)
		return !(get16(device) & 1);
	event = get16(device + 4 + 8 * FRONT_RING);
	return (uint16_t)(l->avail - event - 1) < (uint16_t)(l->avail - old);
}

static void notify(struct load *l, uint16_t old)
{
	uint64_t one = 1;

	if (!l->scene->packed)
		set16(front_driver(l->f, l->queue) + 2, l->avail);
	if (!wanted(l, old))
		return;
	l->kicks++;
	if (write(l->f->queues[l->queue].kick, &one, sizeof(one)) < 0)
		l->why = "cannot notify";
}

/* Sends up to that many requests, with one notification. */
static void send_some(struct load *l, unsigned int nr)
{
	uint16_t old = l->avail;
	unsigned int slot;

	for (slot = 0; slot < SLOTS && nr; slot++) {
		if (l->busy[slot])
			continue;
		offer(l, slot);
		nr--;
	}
	notify(l, old);
}

static bool any_used(struct load *l)
{
	uint16_t flags;

	if (!l->scene->packed)
		return get16(front_device(l->f, l->queue) + 2) != l->used;
	flags = get16(front_desc(l->f, l->queue) + 16 * l->used + 14);
	return !(flags & D_AVAIL) == !l->used_wrap && !(flags & D_USED) == !l->used_wrap;
}

static void take_one(struct load *l, unsigned int slot)
{
	const uint8_t *status = slot_in(l, slot) + (control(l) ? 11 : IN_BYTES - 1);

	if (*status != 0)
		l->why = "a wrong answer";
	l->busy[slot] = false;
	l->nr_busy--;
	l->done++;
}

/* The number of requests of a used entry */
static unsigned int batch_of(const struct load *l, unsigned int slot)
{
	unsigned int n = 1;

	while (l->scene->batches && l->order[(l->done + n - 1) % SLOTS] != slot)
		n++;
	return n;
}

static void take_back(struct load *l)
{
	unsigned int slot, n;

	while (any_used(l)) {
		if (l->scene->packed)
			slot = get16(front_desc(l->f, l->queue) + 16 * l->used + 12);
		else
			slot = get16(front_device(l->f, l->queue) + 4 +
				     8 * (l->used % FRONT_RING)) / 2;
		if (slot >= SLOTS || !l->busy[slot]) {
			l->why = "an answer to nothing";
			return;
		}
		n = batch_of(l, slot);
		if (l->scene->in_order && l->order[(l->done + n - 1) % SLOTS] != slot)
			l->why = "answers are not in order";
		l->entries++;
		l->used += l->scene->packed ? 2 * n : n;
		if (l->scene->packed && l->used >= FRONT_RING) {
			l->used -= FRONT_RING;
			l->used_wrap = !l->used_wrap;
		}
		for (; n > 1; n--)
			take_one(l, l->order[l->done % SLOTS]);
		take_one(l, slot);
	}
}

/* Enables an interrupt, at once or after some more answers. */
static void ask(struct load *l, bool wish)
{
	uint8_t *driver = front_driver(l->f, l->queue);
	uint16_t more = wish && chance(l, 4) == 0 ? l->nr_busy * 3 / 4 : 0;

	if (l->scene->packed && l->scene->event_idx && wish) {
		uint16_t at = l->used + 2 * more;
		bool wrap = l->used_wrap;

		if (at >= FRONT_RING) {
			at -= FRONT_RING;
			wrap = !wrap;
		}
		set16(driver, at | wrap << 15);
		set16(driver + 2, 2);
	} else if (l->scene->packed) {
		set16(driver + 2, wish ? 0 : 1);
	} else if (!l->scene->event_idx) {
		set16(driver, wish ? 0 : 1);
	} else if (wish) {
		set16(driver + 4 + 2 * FRONT_RING, l->used + more);
	}
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

static void sleep_until_interrupt(struct load *l)
{
	struct pollfd fds[2] = { { l->calls[0], POLLIN, 0 }, { l->calls[1], POLLIN, 0 } };
	uint64_t n;
	unsigned int i;

	ask(l, true);
	if (any_used(l))
		return;
	l->sleeps++;
	if (poll(fds, 2, PATIENCE_MS) == 0)
		l->why = any_used(l) ? "an interrupt is missing" : "a request is not answered";
	for (i = 0; i < 2; i++)
		if (fds[i].revents & POLLIN && read(l->calls[i], &n, sizeof(n)) < 0)
			l->why = "cannot read a call";
	ask(l, false);
}

static void pause_somehow(struct load *l)
{
	unsigned int n = chance(l, 16);
	volatile unsigned int spin;

	if (n == 0)
		usleep(chance(l, 100));
	else if (n < 8)
		for (spin = chance(l, 3000); spin; spin--)
			;
}

static void *drive(void *arg)
{
	struct load *l = arg;
	unsigned int sent = 0, free_slots, n;

	ask(l, false);
	while (!l->why && l->done < l->requests) {
		free_slots = SLOTS - l->nr_busy;
		n = 1 + (chance(l, 4) ? 0 : chance(l, 8));
		if (n > free_slots)
			n = free_slots;
		if (n > l->requests - sent)
			n = l->requests - sent;
		if (n)
			send_some(l, n);
		sent += n;
		pause_somehow(l);
		take_back(l);
		if (!l->why && l->nr_busy && (!n || chance(l, 3) == 0)) {
			sleep_until_interrupt(l);
			take_back(l);
		}
	}
	atomic_store(l->ended, true);
	return NULL;
}

/* Does what a front end does when a guest masks interrupts, or its memory changes */
static void disturb(struct front *f, struct load *loads, const struct scene *scene,
		    unsigned int round)
{
	unsigned int queue = round % f->nr_queues;
	uint64_t index = queue;
	uint32_t enable[2] = { queue, 0 };

	if (scene->disturbance == NOTHING)
		return;
	if (front_message(f, FRONT_SET_CALL, &index, sizeof(index),
			  loads[queue].calls[round / f->nr_queues % 2]))
		ok(false, "descriptor for interrupts is replaced");
	if (scene->disturbance == CALLS || round % 4)
		return;
	if (front_message(f, FRONT_SET_ENABLE, enable, sizeof(enable), -1))
		ok(false, "queue is disabled");
	enable[1] = 1;
	if (front_message(f, FRONT_SET_ENABLE, enable, sizeof(enable), -1))
		ok(false, "queue is enabled");
	if (round % 16 == 0 && front_share(f))
		ok(false, "memory is shared again");
}

static bool all_ended(const atomic_bool *ended, unsigned int nr)
{
	while (nr && ended[nr - 1])
		nr--;
	return !nr;
}

static void one_scene(const struct scene *scene, unsigned int requests)
{
	struct vhost_options ring = {
		.packed = scene->packed,
		.in_order = scene->in_order,
		.batches = scene->batches,
		.poll_us = scene->poll_us,
	};
	struct settings settings = {
		.services = 1 << SERVICE_HASH,
		.algos[SERVICE_HASH] = 1 << HASH_SHA_256,
		.data_queues = 2,
		.config_queues = 2,
		.max_size = 4096,
		.max_sessions = 4,
		.config_status = STATUS_HW_READY,
		.null = true,
		.delay_us = scene->delay_us,
		.workers = scene->workers,
	};
	uint64_t features = (scene->event_idx ? 1ull << 29 : 0) |
			    (scene->in_order ? 1ull << 35 : 0);
	struct front *f = front_new(&settings, &ring, features);
	struct load loads[FRONT_QUEUES + 1] = { 0 };
	pthread_t threads[FRONT_QUEUES + 1];
	atomic_bool ended[FRONT_QUEUES + 1] = { 0 };
	unsigned int i, round = 0, kicks = 0, sleeps = 0, done = 0, entries = 0;
	const char *why = NULL;

	if (!f) {
		ok(false, "stress: %s: device", scene->name);
		return;
	}
	for (i = 0; i < f->nr_queues; i++) {
		uint64_t index = i;

		loads[i] = (struct load){ .f = f, .scene = scene, .queue = i, .seed = 1 + i,
					  .requests = requests, .avail_wrap = true,
					  .used_wrap = true, .ended = &ended[i] };
		loads[i].calls[0] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		loads[i].calls[1] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		front_message(f, FRONT_SET_CALL, &index, sizeof(index), loads[i].calls[0]);
	}
	for (i = 0; i < f->nr_queues; i++)
		pthread_create(&threads[i], NULL, drive, &loads[i]);
	while (!all_ended(ended, f->nr_queues)) {
		usleep(500 + round * 7919 % 3000);
		disturb(f, loads, scene, ++round);
	}
	for (i = 0; i < f->nr_queues; i++) {
		pthread_join(threads[i], NULL);
		kicks += loads[i].kicks;
		sleeps += loads[i].sleeps;
		done += loads[i].done;
		entries += loads[i].entries;
		why = why ?: loads[i].why;
	}
	if (scene->batches && entries == done)
		why = why ?: "no batches";
	ok(!why, "stress: %s: %u requests, %u used entries, %u notifications, %u sleeps%s%s",
	   scene->name, done, entries, kicks, sleeps, why ? ": " : "", why ?: "");
	for (i = 0; i < f->nr_queues; i++) {
		close(loads[i].calls[0]);
		close(loads[i].calls[1]);
	}
	front_free(f);
}

void test_stress(void)
{
	static const struct scene scenes[] = {
		{ .name = "split" },
		{ .name = "split, event index", .event_idx = true },
		{ .name = "split, event index, in order", .event_idx = true, .in_order = true },
		{ .name = "split, event index, calls replaced", .event_idx = true,
		  .disturbance = CALLS },
		{ .name = "split, event index, late, all disturbed", .event_idx = true,
		  .disturbance = QUEUES, .delay_us = 300 },
		{ .name = "split, event index, looking longer", .event_idx = true, .poll_us = 50 },
		{ .name = "split, event index, batches", .event_idx = true, .in_order = true,
		  .batches = true },
		{ .name = "split, batches, late, all disturbed", .in_order = true, .batches = true,
		  .disturbance = QUEUES, .delay_us = 300 },
		{ .name = "split, one worker", .delay_us = 50, .workers = 1 },
		{ .name = "split, event index, two workers, all disturbed", .event_idx = true,
		  .disturbance = QUEUES, .delay_us = 100, .workers = 2 },
		{ .name = "packed", .packed = true },
		{ .name = "packed, event index", .packed = true, .event_idx = true },
		{ .name = "packed, event index, in order", .packed = true, .event_idx = true,
		  .in_order = true },
		{ .name = "packed, event index, batches", .packed = true, .event_idx = true,
		  .in_order = true, .batches = true },
		{ .name = "packed, batches, late, all disturbed", .packed = true, .in_order = true,
		  .batches = true, .disturbance = QUEUES, .delay_us = 300 },
		{ .name = "packed, event index, calls replaced", .packed = true, .event_idx = true,
		  .disturbance = CALLS },
		{ .name = "packed, event index, late, all disturbed", .packed = true,
		  .event_idx = true, .disturbance = QUEUES, .delay_us = 300 },
		{ .name = "packed, event index, one worker, looking longer", .packed = true,
		  .event_idx = true, .delay_us = 50, .workers = 1, .poll_us = 50 },
		{ .name = "packed, event index, two workers", .packed = true, .event_idx = true,
		  .delay_us = 100, .workers = 2 },
	};
	const char *more = getenv("STRESS");
	unsigned int i, requests = more ? strtoul(more, NULL, 10) : 5000;

	for (i = 0; i < ARRAY_SIZE(scenes); i++)
		one_scene(&scenes[i], requests);
}
