/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The virtio_crypto authors
 *
 * The device's side of one virtqueue: split or packed, with indirect descriptors, EVENT_IDX
 * and IN_ORDER as negotiated.
 *
 * A ring belongs to one thread at a time; vhost.c ensures that.  The memory belongs to the
 * guest and may change while it is read: each field is read once, and checked afterwards.
 */
#ifndef VCDEV_RING_H
#define VCDEV_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#define RING_MAX	32768

/*
 * struct guest_memory - translates guest addresses
 * @find: returns our address of len bytes at a guest address; NULL if not all of them exist
 */
struct guest_memory {
	void *(*find)(void *opaque, uint64_t addr, uint64_t len);
	void *opaque;
};

/*
 * struct chain - a buffer that the driver offered
 * @id: split: index of its first descriptor; packed: the driver's number for it
 * @nr_descs: packed: places that it takes in the ring
 * @table: entries of the indirect table, if it begins with one; otherwise 0
 * @nr_out, @nr_in: elements of @iov that the device reads, and then writes
 * @out_len, @in_len: bytes of these
 * @iov: the elements
 * @room: allocated elements of @iov
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
 * struct ring - what vhost.c sets up, and then the current position
 * @queue: its number, for reports
 * @num: its size
 * @desc, @driver, @device: its three parts, in our memory; driver is also called avail,
 *	device used
 * @next_avail, @avail_wrap: position of the next available entry
 * @next_used, @used_wrap: position of the next used entry
 * @given: places given back since the last call of ring_wants_signal()
 * @told: it was called since the start; before, it is unknown what the driver has seen
 * @batches: one used entry for several chains, if in_order
 * @batch: chains that were given back, but are in no used entry yet, with @batch_descs
 *	places; @batch_id and @batch_written are those of the last chain
 * @misplaces: split: used entries are written where DPDK's vhost-crypto writes them; that is
 *	correct only if the chains' first descriptors are used in the order of the ring
 * @busy: by id: the device has this chain
 * @broken: the driver wrote something invalid; no more chains are taken
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

/* Starts at base, in vhost-user's format (packed: wrap bits 15 and 31); 0 or -ENOMEM */
int ring_start(struct ring *ring, uint32_t base);
/* The answer to GET_VRING_BASE */
uint32_t ring_base(const struct ring *ring);
void ring_stop(struct ring *ring);

/* 1: the next chain is in *chain; 0: none; -1: the ring is broken, which was reported */
int ring_pop(struct ring *ring, struct chain *chain);
/*
 * Gives back a chain, of which written bytes were written.  Any id is accepted, because a
 * device may give a wrong one.  whole: everything that may be written was written; a driver
 * assumes this for a chain without a used entry of its own.
 */
void ring_push(struct ring *ring, uint32_t id, uint16_t nr_descs, uint32_t written, bool whole);
/* Writes outstanding used entries */
void ring_flush(struct ring *ring);
/* After ring_push() and ring_flush(): does the driver want an interrupt? */
bool ring_wants_signal(struct ring *ring);
/*
 * Enables or disables notifications.  After enabling them, call ring_pop() again.  If there
 * is a chain, enable them again, because they are enabled for the next chain only.
 */
void ring_notifications(struct ring *ring, bool wanted);
void chain_free(struct chain *chain);

#endif
