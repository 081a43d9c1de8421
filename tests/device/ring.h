/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The virtio_crypto authors
 *
 * One virtqueue, from the device's side: split or packed, with indirect descriptors,
 * EVENT_IDX and IN_ORDER as negotiated.
 *
 * A ring belongs to one thread at a time; vhost.c sees to that.  Memory is the guest's,
 * and changes while it is read: each field is read once, and checked after that.
 */
#ifndef VCDEV_RING_H
#define VCDEV_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#define RING_MAX	32768

/*
 * struct guest_memory - gives our address of len bytes at a guest's address
 * @find: NULL if they are not all there
 */
struct guest_memory {
	void *(*find)(void *opaque, uint64_t addr, uint64_t len);
	void *opaque;
};

/*
 * struct chain - a buffer that the driver offered
 * @id: split: index of its first descriptor; packed: the driver's number for it
 * @nr_descs: packed: places that it takes in the ring
 * @table: entries of the indirect table, if it begins with one; else 0
 * @nr_out, @nr_in: elements of @iov that the device reads, and then writes
 * @out_len, @in_len: bytes of these
 * @iov: the elements
 * @room: elements that @iov has room for
 */
struct chain {
	uint16_t id;
	uint16_t nr_descs;
	uint32_t table;
	unsigned int nr_out, nr_in;
	size_t out_len, in_len;
	struct iovec *iov;
	unsigned int room;
};

/*
 * struct ring - what vhost.c sets up, then where we are
 * @queue: its number, for reports
 * @num: its size
 * @desc, @driver, @device: its three parts, in our memory; driver is also called avail,
 *	device used
 * @next_avail, @avail_wrap: what is taken next
 * @next_used, @used_wrap: what is given back next
 * @given: places given back since ring_wants_signal() was last asked
 * @told: it was asked since the start; before, nobody knows what the driver has seen
 * @batches: one used entry is for several chains, if in_order
 * @batch: chains that were given back and are in no used entry yet, @batch_descs places;
 *	@batch_id and @batch_written are of the last of them
 * @misplaces: split: a used entry is where DPDK's vhost-crypto writes it, which is the right
 *	place only if the chains' first descriptors are used in the order of the ring
 * @busy: by chain's id: is with us
 * @broken: the driver wrote what cannot be understood, nothing more is taken
 */
struct ring {
	int queue;
	uint32_t num;
	bool packed, event_idx, indirect, in_order, batches, misplaces;
	uint8_t *desc, *driver, *device;
	struct guest_memory memory;

	uint16_t next_avail, next_used;
	uint32_t given;
	uint32_t batch, batch_descs, batch_id, batch_written;
	bool avail_wrap, used_wrap, told, broken;
	bool *busy;
};

/* Begins at base as vhost-user gives it (packed: wrap bits 15 and 31); 0 or -ENOMEM */
int ring_start(struct ring *ring, uint32_t base);
/* What GET_VRING_BASE answers */
uint32_t ring_base(const struct ring *ring);
void ring_stop(struct ring *ring);

/* 1: the next chain is in *chain; 0: none; -1: the ring is broken, as was reported */
int ring_pop(struct ring *ring, struct chain *chain);
/*
 * Gives back a chain; written bytes of it were written.  Any id goes: devices lie.  whole:
 * all that may be written was, which is what a driver takes it for if the chain gets no
 * used entry of its own
 */
void ring_push(struct ring *ring, uint32_t id, uint16_t nr_descs, uint32_t written, bool whole);
/* Writes what is left to write of what was given back */
void ring_flush(struct ring *ring);
/* After some ring_push() and ring_flush(): does the driver want an interrupt? */
bool ring_wants_signal(struct ring *ring);
/*
 * Asks for notifications or not.  After asking, look at ring_pop() once more, and if that
 * gives anything, ask once more: what is asked for is a notification of the next chain.
 */
void ring_notifications(struct ring *ring, bool wanted);
void chain_free(struct chain *chain);

#endif
