/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The virtio_crypto authors
 *
 * A small vhost-user front end for tests.  It shares memory with a device in the same
 * process, sets up split or packed rings, and sends one request at a time.  Tests that do
 * something else with a ring can access its parts.
 *
 * Only one thread may use a front end and its device.  Rings are an exception: each queue
 * may be used by a different thread.
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
/* Initial content of memory that the device may write to */
#define FRONT_UNWRITTEN	0xa5

struct front_queue {
	int kick, call;
	uint16_t avail, used;
	bool avail_wrap, used_wrap;
};

/*
 * struct front - the front end, and the device behind it
 * @pieces: descriptors that readable and writable parts are cut into, 1 or more
 * @indirect: use an indirect table
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

/* Creates a device and connects to it, accepting these features; NULL if that fails. */
struct front *front_new(const struct settings *settings, const struct vhost_options *ring,
			uint64_t features);
void front_free(struct front *front);
/* Reads from the configuration */
bool front_config(struct front *front, uint32_t offset, void *p, uint32_t size);
/*
 * Sends out and waits for the answer, which is copied to in.  Return: the length that the
 * device says it has written, or -1 if there was no answer in time.
 */
int64_t front_send(struct front *front, unsigned int queue, const uint8_t *out, size_t out_len,
		   uint8_t *in, size_t in_len);
/* struct front_desc - a descriptor in the ring; packed: next is its id */
struct front_desc {
	uint64_t addr;
	uint32_t len;
	uint16_t flags, next;
};

/*
 * Writes descriptors unchanged to the queue's next places (split: its first places), offers
 * them with head, and waits for an answer; split: the index advances by count.  Return:
 * whether there was an answer within ms.  The queue must not be used afterwards.
 */
bool front_raw(struct front *front, unsigned int queue, const struct front_desc *descs,
	       unsigned int nr, uint16_t head, uint16_t count, int ms);
/* Sends a message of the protocol that is to be acknowledged; 0 if it was accepted */
int front_message(struct front *front, uint32_t request, const void *payload, uint32_t size,
		  int fd);
/* Asks for a number, with GET_STATUS or similar; UINT64_MAX if there is no answer */
uint64_t front_ask(struct front *front, uint32_t request, uint64_t payload);
/* Shares the memory again */
int front_share(struct front *front);
/*
 * Starts a queue at base, as front_new() does for each queue at 0.  front_base() is where a
 * queue continues if no request is in flight.
 */
int front_start_queue(struct front *front, unsigned int queue, uint32_t base);
uint32_t front_base(struct front *front, unsigned int queue);
/*
 * Connects again: as a driver that starts the device again (anew), or as a front end whose
 * guest has not noticed anything
 */
bool front_come_back(struct front *front, bool anew);
/* Addresses of the parts of a queue's ring, and of buffers of FRONT_BUFFER bytes */
uint8_t *front_desc(struct front *front, unsigned int queue);
uint8_t *front_driver(struct front *front, unsigned int queue);
uint8_t *front_device(struct front *front, unsigned int queue);
uint8_t *front_buffers(struct front *front);
/* The guest address of something in that memory */
uint64_t front_guest(struct front *front, const void *p);
/* The device has written to memory that it must not write since the last front_send() */
bool front_overrun(struct front *front);

#endif
