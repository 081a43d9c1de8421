/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The virtio_crypto authors
 *
 * A small vhost-user front end, for tests: shares memory with a device in the same
 * process, sets up split or packed rings, and sends one request at a time.  Tests that
 * want to do something else with a ring find its parts here.
 *
 * A front end and its device belong to one thread, but for rings: those of different
 * queues may be used by one thread each.
 */
#ifndef VCDEV_FRONT_H
#define VCDEV_FRONT_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "device.h"

/* Messages of the protocol that tests send themselves */
enum {
	FRONT_SET_FEATURES = 2, FRONT_SET_MEM_TABLE = 5, FRONT_SET_NUM = 8, FRONT_SET_ADDR = 9,
	FRONT_SET_BASE = 10, FRONT_GET_BASE = 11, FRONT_SET_KICK = 12, FRONT_SET_CALL = 13,
	FRONT_SET_PROTOCOL = 16, FRONT_SET_ENABLE = 18, FRONT_SET_BACKEND_FD = 21,
	FRONT_GET_CONFIG = 24, FRONT_SET_STATUS = 39, FRONT_GET_STATUS = 40,
};

#define FRONT_RING	64
#define FRONT_QUEUES	4
#define FRONT_BUFFER	(1u << 20)
/* What memory that the device may write to has in it before */
#define FRONT_UNWRITTEN	0xa5

struct front_queue {
	int kick, call;
	uint16_t avail, used;
	bool avail_wrap, used_wrap;
};

/*
 * struct front - the front end, and the device behind it
 * @pieces: descriptors that readable and writable parts are cut into, 1 or more
 * @indirect: by an indirect table
 * @patience_ms: how long front_send() waits for an answer
 * @skip: a queue that is not set up, by its number + 1
 */
struct front {
	struct device *device;
	pthread_t server;
	int fd, server_fd, memfd;
	uint8_t *memory;
	size_t size;
	unsigned int nr_queues;
	uint64_t features;
	bool packed, indirect;
	unsigned int pieces, patience_ms, skip;
	size_t in_len;
	struct front_queue queues[FRONT_QUEUES + 1];
};

/* Makes a device and connects to it, with these of its features; NULL if that fails. */
struct front *front_new(const struct settings *settings, const struct vhost_options *ring,
			uint64_t features);
void front_free(struct front *front);
/* Reads from the configuration */
bool front_config(struct front *front, uint32_t offset, void *p, uint32_t size);
/*
 * Sends out and waits for the answer, which is copied to in.  Return: the length that
 * the device says it has written, or -1 if nothing came in time.
 */
int64_t front_send(struct front *front, unsigned int queue, const uint8_t *out, size_t out_len,
		   uint8_t *in, size_t in_len);
/* struct front_desc - a descriptor as it stands in the ring; packed: next is its id */
struct front_desc {
	uint64_t addr;
	uint32_t len;
	uint16_t flags, next;
};

/*
 * Writes descriptors as they are to the queue's next places (split: its first ones),
 * offers them by head, and waits for an answer; split: index moves by count.  Return:
 * whether one came within ms.  Not for a queue that is to be used further.
 */
bool front_raw(struct front *front, unsigned int queue, const struct front_desc *descs,
	       unsigned int nr, uint16_t head, uint16_t count, int ms);
/* A message of the protocol, acknowledged: 0 if the device took it */
int front_message(struct front *front, uint32_t request, const void *payload, uint32_t size,
		  int fd);
/* Asks for a number: GET_STATUS and the like; UINT64_MAX if there is no answer */
uint64_t front_ask(struct front *front, uint32_t request, uint64_t payload);
/* Shares the memory, once more */
int front_share(struct front *front);
/*
 * Has a queue start from base, as front_new() does for each at 0.  front_base() is where a
 * queue goes on if nothing is under way.
 */
int front_start_queue(struct front *front, unsigned int queue, uint32_t base);
uint32_t front_base(struct front *front, unsigned int queue);
/*
 * Connects once more: as a driver that begins anew, or as a front end whose guest has
 * noticed nothing
 */
bool front_come_back(struct front *front, bool anew);
/* Parts of a queue's ring, in our memory; and buffers of our own, FRONT_BUFFER bytes */
uint8_t *front_desc(struct front *front, unsigned int queue);
uint8_t *front_driver(struct front *front, unsigned int queue);
uint8_t *front_device(struct front *front, unsigned int queue);
uint8_t *front_buffers(struct front *front);
/* The guest's address of something in that memory */
uint64_t front_guest(struct front *front, const void *p);
/* Memory that was not to be written was written since the last front_send() */
bool front_overrun(struct front *front);

#endif
