/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The virtio_crypto authors
 *
 * The back end's side of the vhost-user protocol: it answers requests for features and
 * configuration, receives memory and queues, and runs a thread for each queue.
 *
 * The thread that calls vhost_serve() handles the protocol.  Each live queue has a thread,
 * which owns its ring and holds the queue's lock while it works.  The protocol's thread
 * holds that lock while it replaces anything that it may replace in a live queue.  It
 * changes everything else only while no queue has a thread.
 *
 * vhost.c owns rings, memory and descriptors.  If a device keeps a chain after serve(), it
 * has to give it back or forget it in stopped().
 */
#ifndef VCDEV_VHOST_H
#define VCDEV_VHOST_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "ring.h"

#define VHOST_MAX_QUEUES	256
#define VHOST_MAX_REGIONS	64

struct vhost;

/*
 * struct vqueue - a queue, for the code that serves it
 * @ring: belongs to the thread while @live
 * @lock: protects @call
 * @have_size, @have_addr, @enabled: what the front end has sent; all are needed to start
 * @anew: @base was set to the ring's beginning
 * @told: @base was sent to the front end
 * @used: something was taken from the ring since its beginning
 * @since: time of its start, in microseconds
 * @given: something was given back, and an interrupt may be needed
 * @wake: an eventfd that makes the thread check the queue without a notification
 * @notified, @signalled: notifications received and interrupts sent
 */
struct vqueue {
	struct vhost *vhost;
	unsigned int index;
	struct ring ring;
	pthread_mutex_t lock;
	pthread_t thread;
	atomic_bool live;
	bool have_size, have_addr, enabled, anew, told, used, given;
	uint64_t desc_addr, driver_addr, device_addr;
	uint32_t base;
	uint64_t since;
	int kick, call, err, wake;

	_Atomic uint64_t notified, signalled;
};

/*
 * struct vhost_ops - the functions of a device; opaque is vhost.opaque
 * @features: returns the device features to offer, in addition to those of the ring
 * @config: writes size bytes of the configuration from offset
 * @negotiated: the driver has accepted these features
 * @serve: handles a new chain.  Gives it back with vqueue_complete(), at once or in a later
 *	call; the elements no longer exist then.
 * @busy: the device accepts no more chains until poll() has given one back.  It may be true
 *	only while poll() returns a time
 * @poll: called after all acceptable chains were taken; returns the microseconds after which
 *	it has to be called again at the latest, or -1
 * @fresh: a driver starts the device again: forget everything from before
 * @stopped: the queue stops.  Chains that were kept have to be given back now, or are lost;
 *	gone: they can only be lost.
 *
 * serve(), busy(), poll() and stopped() have exclusive access to the queue.  Interrupts for
 * what they give back are sent after them.
 */
struct vhost_ops {
	uint64_t (*features)(void *opaque);
	void (*config)(void *opaque, uint32_t offset, uint8_t *p, uint32_t size);
	void (*negotiated)(void *opaque, uint64_t features);
	void (*serve)(void *opaque, struct vqueue *q, struct chain *chain);
	bool (*busy)(void *opaque, struct vqueue *q);
	int64_t (*poll)(void *opaque, struct vqueue *q);
	void (*fresh)(void *opaque);
	void (*stopped)(void *opaque, struct vqueue *q, bool gone);
};

/*
 * struct vhost_options - what the ring offers
 * @ring_size: the largest size that is accepted, 0: as in the specification
 * @batches: with IN_ORDER, one used entry for everything that is given back at once
 * @poll_us: how long a thread polls its queue before it sleeps
 */
struct vhost_options {
	unsigned int nr_queues, ring_size;
	bool no_indirect, no_event_idx, packed, in_order, batches, inband;
	unsigned int poll_us;
};

struct region {
	uint64_t guest, user, size, offset;
	uint8_t *mapped;
	uint64_t map_size;
};

/*
 * struct vhost - the back end
 * @fd, @backend_fd: the connection, and the one for our messages to the front end; other
 *	threads than the protocol's use them under @backend_lock
 * @gone: the front end is gone, so its memory must not be written any more
 * @status: as set by SET_STATUS, and NEEDS_RESET
 */
struct vhost {
	const struct vhost_ops *ops;
	void *opaque;
	struct vhost_options options;
	int fd, backend_fd;
	pthread_mutex_t backend_lock;
	uint64_t features, protocol_features;
	struct region regions[VHOST_MAX_REGIONS];
	unsigned int nr_regions;
	struct vqueue *queues;
	bool gone;
	_Atomic uint8_t status;
};

/* 0, or -1 without memory or descriptors */
int vhost_init(struct vhost *vhost, const struct vhost_ops *ops, void *opaque,
	       const struct vhost_options *options);
/* Serves one front end on fd until it disconnects: 0, or -1 if it broke the protocol */
int vhost_serve(struct vhost *vhost, int fd);
void vhost_exit(struct vhost *vhost);

/* Any thread: tells the driver that the configuration has changed */
void vhost_config_changed(struct vhost *vhost);
/* Any thread: ends the connection; false: there is none */
bool vhost_disconnect(struct vhost *vhost);
/* Any thread: sets DEVICE_NEEDS_RESET, for front ends that ask for the status */
void vhost_need_reset(struct vhost *vhost);
/* Any thread: makes the queue's thread call ops->poll() */
void vqueue_wake(struct vqueue *q);
/* For serve(), poll() and stopped(): gives back a chain, like ring_push() */
void vqueue_complete(struct vqueue *q, uint32_t id, uint16_t nr_descs, uint32_t written,
		     bool whole);

#endif
