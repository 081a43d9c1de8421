// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The virtio_crypto authors
 *
 * The device's side of one virtqueue; see ring.h.
 */
#include <endian.h>
#include <errno.h>
#include <stdlib.h>

#include "report.h"
#include "ring.h"

/* Descriptors, split and packed, are 16 bytes: address, length, then these */
#define DESC_SIZE	16
#define D_NEXT		1
#define D_WRITE		2
#define D_INDIRECT	4
#define D_AVAIL		(1 << 7)
#define D_USED		(1 << 15)

/* Split: flags of the avail and of the used ring */
#define AVAIL_NO_INTERRUPT	1
#define USED_NO_NOTIFY		1
/* Packed: flags of the event suppression areas */
#define EVENT_ENABLE	0
#define EVENT_DISABLE	1
#define EVENT_DESC	2

struct desc {
	uint64_t addr;
	uint32_t len;
	uint16_t flags, next;	/* packed: next is the buffer's id */
};

static uint16_t load16(const uint8_t *p)
{
	return le16toh(__atomic_load_n((const uint16_t *)p, __ATOMIC_ACQUIRE));
}

static void store16(uint8_t *p, uint16_t v)
{
	__atomic_store_n((uint16_t *)p, htole16(v), __ATOMIC_RELEASE);
}

static uint32_t load32(const uint8_t *p)
{
	return le32toh(__atomic_load_n((const uint32_t *)p, __ATOMIC_RELAXED));
}

static void store32(uint8_t *p, uint32_t v)
{
	__atomic_store_n((uint32_t *)p, htole32(v), __ATOMIC_RELAXED);
}

static uint64_t load64(const uint8_t *p)
{
	return le64toh(__atomic_load_n((const uint64_t *)p, __ATOMIC_RELAXED));
}

/* Split: u16 flags, u16 idx, u16 ring[num], u16 used_event */
static uint8_t *avail_entry(const struct ring *ring, uint16_t i)
{
	return ring->driver + 4 + 2 * (i & (ring->num - 1));
}

static uint8_t *used_event(const struct ring *ring)
{
	return ring->driver + 4 + 2 * ring->num;
}

/* Split: u16 flags, u16 idx, {u32 id, u32 len} ring[num], u16 avail_event */
static uint8_t *used_entry(const struct ring *ring, uint16_t i)
{
	return ring->device + 4 + 8 * (i & (ring->num - 1));
}

static uint8_t *avail_event(const struct ring *ring)
{
	return ring->device + 4 + 8 * ring->num;
}

int ring_start(struct ring *ring, uint32_t base)
{
	ring->busy = calloc(1 << 16, sizeof(*ring->busy));
	if (!ring->busy)
		return -ENOMEM;
	ring->broken = false;
	ring->given = 0;
	ring->batch = 0;
	ring->batch_descs = 0;
	ring->told = false;
	if (ring->packed) {
		ring->next_avail = base & 0x7fff;
		ring->avail_wrap = base >> 15 & 1;
		ring->next_used = base >> 16 & 0x7fff;
		ring->used_wrap = base >> 31;
	} else {
		ring->next_avail = base;
		/* everything that was taken before was given back, or is lost */
		ring->next_used = load16(ring->device + 2);
	}
	return 0;
}

uint32_t ring_base(const struct ring *ring)
{
	if (!ring->packed)
		return ring->next_avail;
	return ring->next_avail | ring->avail_wrap << 15 |
	       (uint32_t)ring->next_used << 16 | (uint32_t)ring->used_wrap << 31;
}

void ring_stop(struct ring *ring)
{
	free(ring->busy);
	ring->busy = NULL;
}

static int broken(struct ring *ring)
{
	ring->broken = true;
	return -1;
}

static struct desc load_desc(const uint8_t *p)
{
	struct desc d = {
		.addr = load64(p),
		.len = load32(p + 8),
		.flags = load16(p + 12),
		.next = load16(p + 14),
	};

	return d;
}

/* Packed: id comes before flags */
static struct desc load_packed(const uint8_t *p)
{
	struct desc d = {
		.addr = load64(p),
		.len = load32(p + 8),
		.next = load16(p + 12),
		.flags = load16(p + 14),
	};

	return d;
}

/* Adds an element to a chain; -1 if that is not possible. */
static int add(struct ring *ring, struct chain *chain, const struct desc *d)
{
	unsigned int n = chain->nr_out + chain->nr_in;
	bool in = d->flags & D_WRITE;
	void *p;

	if (!d->len) {
		violation(REQ_DESC_EMPTY, ring->queue, "descriptor of length 0 at %#llx",
			  (unsigned long long)d->addr);
		return 0;
	}
	if (!in && chain->nr_in) {
		violation(REQ_DESC_ORDER, ring->queue,
			  "readable descriptor after %u writable ones", chain->nr_in);
		return -1;
	}
	p = ring->memory.find(ring->memory.opaque, d->addr, d->len);
	if (!p) {
		violation(REQ_DESC_ADDR, ring->queue, "%u bytes at %#llx", d->len,
			  (unsigned long long)d->addr);
		return -1;
	}
	if (n == chain->room) {
		unsigned int room = n ? 2 * n : 64;
		struct iovec *iov = realloc(chain->iov, room * sizeof(*iov));

		if (!iov) {
			complain("no memory for %u descriptors", room);
			return -1;
		}
		chain->iov = iov;
		chain->room = room;
	}
	chain->iov[n] = (struct iovec){ p, d->len };
	if (in) {
		chain->nr_in++;
		chain->in_len += d->len;
	} else {
		chain->nr_out++;
		chain->out_len += d->len;
	}
	return 0;
}

/* Reads an indirect table, which is the only or the last descriptor of a chain */
static int add_table(struct ring *ring, struct chain *chain, const struct desc *head)
{
	uint32_t i = 0, seen = 0, nr = head->len / DESC_SIZE;
	const uint8_t *table;
	struct desc d;

	if (!ring->indirect || head->len % DESC_SIZE || !nr || nr > ring->num ||
	    head->flags & D_NEXT) {
		violation(REQ_INDIRECT, ring->queue,
			  "table of %u bytes, flags %#x, %snegotiated, ring of %u",
			  head->len, head->flags, ring->indirect ? "" : "not ", ring->num);
		/* a table that is only too long can be read nevertheless */
		if (head->len % DESC_SIZE || !nr || head->flags & D_NEXT || nr > RING_MAX)
			return -1;
	}
	table = ring->memory.find(ring->memory.opaque, head->addr, head->len);
	if (!table) {
		violation(REQ_DESC_ADDR, ring->queue, "table of %u bytes at %#llx", head->len,
			  (unsigned long long)head->addr);
		return -1;
	}
	if (!chain->nr_out && !chain->nr_in)
		chain->table = nr;
	for (;;) {
		d = ring->packed ? load_packed(table + i * DESC_SIZE) :
				   load_desc(table + i * DESC_SIZE);
		if (d.flags & D_INDIRECT) {
			violation(REQ_INDIRECT, ring->queue, "table in a table");
			return -1;
		}
		if (add(ring, chain, &d))
			return -1;
		if (ring->packed) {
			/* entries are consecutive, and do not need NEXT */
			if (++i == nr)
				return 0;
			continue;
		}
		if (!(d.flags & D_NEXT))
			return 0;
		if (d.next >= nr || ++seen >= nr) {
			violation(REQ_DESC_INDEX, ring->queue, "next is %u in a table of %u",
				  d.next, nr);
			return -1;
		}
		i = d.next;
	}
}

static int pop_split(struct ring *ring, struct chain *chain)
{
	uint16_t idx = load16(ring->driver + 2), i;
	uint32_t seen = 0;
	struct desc d;

	if (idx == ring->next_avail)
		return 0;
	if ((uint16_t)(idx - ring->next_avail) > ring->num) {
		violation(REQ_AVAIL_IDX, ring->queue, "idx is %u, %u were taken, ring of %u",
			  idx, ring->next_avail, ring->num);
		return broken(ring);
	}
	i = load16(avail_entry(ring, ring->next_avail));
	if (i >= ring->num) {
		violation(REQ_DESC_INDEX, ring->queue, "descriptor %u of %u", i, ring->num);
		return broken(ring);
	}
	chain->id = i;
	chain->nr_descs = 1;
	if (ring->busy[i]) {
		violation(REQ_DESC_BUSY, ring->queue, "descriptor %u", i);
		return broken(ring);
	}
	for (;;) {
		d = load_desc(ring->desc + i * DESC_SIZE);
		if (d.flags & D_INDIRECT ? add_table(ring, chain, &d) : add(ring, chain, &d))
			return broken(ring);
		if (d.flags & D_INDIRECT || !(d.flags & D_NEXT))
			break;
		if (d.next >= ring->num || ++seen >= ring->num) {
			violation(REQ_DESC_INDEX, ring->queue, "next is %u in a ring of %u",
				  d.next, ring->num);
			return broken(ring);
		}
		i = d.next;
	}
	ring->busy[chain->id] = true;
	ring->next_avail++;
	return 1;
}

static int pop_packed(struct ring *ring, struct chain *chain)
{
	uint16_t i = ring->next_avail, flags;
	bool wrap = ring->avail_wrap;
	struct desc d;

	flags = load16(ring->desc + i * DESC_SIZE + 14);
	if (!(flags & D_AVAIL) != !wrap || !(flags & D_USED) != wrap)
		return 0;
	chain->nr_descs = 0;
	for (;;) {
		d = load_packed(ring->desc + i * DESC_SIZE);
		chain->id = d.next;
		if (d.flags & D_INDIRECT ? add_table(ring, chain, &d) : add(ring, chain, &d))
			return broken(ring);
		chain->nr_descs++;
		if (++i == ring->num) {
			i = 0;
			wrap = !wrap;
		}
		if (d.flags & D_INDIRECT || !(d.flags & D_NEXT))
			break;
		if (chain->nr_descs >= ring->num) {
			violation(REQ_DESC_INDEX, ring->queue, "chain without an end");
			return broken(ring);
		}
	}
	if (ring->busy[chain->id]) {
		violation(REQ_DESC_BUSY, ring->queue, "buffer id %u", chain->id);
		return broken(ring);
	}
	ring->busy[chain->id] = true;
	ring->next_avail = i;
	ring->avail_wrap = wrap;
	return 1;
}

int ring_pop(struct ring *ring, struct chain *chain)
{
	chain->table = 0;
	chain->nr_out = 0;
	chain->nr_in = 0;
	chain->out_len = 0;
	chain->in_len = 0;
	if (ring->broken)
		return -1;
	return ring->packed ? pop_packed(ring, chain) : pop_split(ring, chain);
}

/* Writes one used entry at the place of the first of a batch, with the id of the last. */
void ring_flush(struct ring *ring)
{
	uint16_t at = ring->next_used;
	uint8_t *p;

	if (!ring->batch)
		return;
	if (!ring->packed) {
		/* DPDK uses the number of a descriptor as a place in the available ring */
		if (ring->misplaces) {
			at = load16(avail_entry(ring, ring->batch_id));
			ring->batch_id = load16(avail_entry(ring, at));
		}
		p = used_entry(ring, at);
		store32(p, ring->batch_id);
		store32(p + 4, ring->batch_written);
		ring->next_used += ring->batch;
		ring->given += ring->batch;
		store16(ring->device + 2, ring->next_used);
	} else {
		p = ring->desc + at * DESC_SIZE;
		store32(p + 8, ring->batch_written);
		store16(p + 12, ring->batch_id);
		store16(p + 14, (ring->used_wrap ? D_AVAIL | D_USED : 0) |
				(ring->batch_written ? D_WRITE : 0));
		ring->given += ring->batch_descs;
		ring->next_used += ring->batch_descs;
		if (ring->next_used >= ring->num) {
			ring->next_used -= ring->num;
			ring->used_wrap = !ring->used_wrap;
		}
	}
	ring->batch = 0;
	ring->batch_descs = 0;
}

void ring_push(struct ring *ring, uint32_t id, uint16_t nr_descs, uint32_t written, bool whole)
{
	/* do not exceed the ring, even if a chain is given back twice */
	if (ring->batch_descs + nr_descs > ring->num)
		ring_flush(ring);
	ring->busy[id & 0xffff] = false;
	ring->batch++;
	ring->batch_descs += nr_descs;
	ring->batch_id = id;
	ring->batch_written = written;
	if (!ring->batches || ring->misplaces || !whole)
		ring_flush(ring);
}

/* For a packed ring: how many places is event (a place and its wrap) behind? */
static int32_t behind(const struct ring *ring, uint16_t event)
{
	int32_t n = ring->next_used - (event & 0x7fff);

	return event >> 15 == ring->used_wrap ? n : n + (int32_t)ring->num;
}

bool ring_wants_signal(struct ring *ring)
{
	uint32_t given = ring->given;
	uint16_t event, flags;
	bool told = ring->told;
	int32_t n;

	/* used entries must be visible before the event index or flag is read */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	ring->given = 0;
	ring->told = true;

	if (!ring->packed) {
		if (!ring->event_idx)
			return !(load16(ring->driver) & AVAIL_NO_INTERRUPT);
		event = load16(used_event(ring));
		return !told || (uint16_t)(ring->next_used - event - 1) < given;
	}

	/* the driver writes the place before the flag that makes it valid */
	flags = load16(ring->driver + 2) & 3;
	event = load16(ring->driver);
	if (flags != EVENT_DESC || !ring->event_idx)
		return flags != EVENT_DISABLE;
	/* places can be compared within one round; more than that passes all of them */
	n = behind(ring, event);
	return !told || given >= ring->num || (n > 0 && n <= (int32_t)given);
}

void ring_notifications(struct ring *ring, bool wanted)
{
	if (ring->packed) {
		store16(ring->device + 2, wanted ? EVENT_ENABLE : EVENT_DISABLE);
	} else if (ring->event_idx) {
		/* to disable, leave it where it is, because the driver has passed that place */
		if (wanted)
			store16(avail_event(ring), ring->next_avail);
	} else {
		store16(ring->device, wanted ? 0 : USED_NO_NOTIFY);
	}
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

void chain_free(struct chain *chain)
{
	free(chain->iov);
	*chain = (struct chain){ 0 };
}
