/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A small vhost-user front end, for tests: shares memory with a device in the same
 * process, sets up split or packed rings, and sends one request at a time.
 */
#ifndef VCDEV_FRONT_H
#define VCDEV_FRONT_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "device.h"

#define FRONT_RING	64
#define FRONT_QUEUES	4
#define FRONT_BUFFER	(1u << 20)

struct front_queue {
	int kick, call;
	uint16_t avail, used;
	bool avail_wrap, used_wrap;
};

/*
 * struct front - the front end, and the device behind it
 * @pieces: descriptors that readable and writable parts are cut into, 1 or more
 * @indirect: by an indirect table
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
	unsigned int pieces;
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
 * the device says it has written, or -1 if nothing came within two seconds.
 */
int64_t front_send(struct front *front, unsigned int queue, const uint8_t *out, size_t out_len,
		   uint8_t *in, size_t in_len);
/* Memory that was not to be written was written since the last front_send() */
bool front_overrun(struct front *front);

#endif
