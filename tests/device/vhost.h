/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The virtio_crypto authors
 *
 * The vhost-user protocol, from the back end's side: who is asked for features and
 * configuration, is given memory and queues, and runs a thread for each queue.
 *
 * The thread that calls vhost_serve() speaks the protocol.  Each queue that is live has a
 * thread, to which its ring belongs; it holds the queue's lock while it works, and the
 * protocol's thread while it replaces what may be replaced under it.  Everything else the
 * protocol's thread changes while no queue's thread exists.
 *
 * vhost.c owns rings, memory and descriptors.  Who keeps a chain beyond the call of
 * serve() has to give it back or forget it in stopped().
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
 * struct vqueue - a queue, for those who serve it
 * @ring: the thread's while @live
 * @lock: guards @call, against interrupts
 * @have_size, @have_addr, @enabled: what the front end has told, for it to start
 * @anew: @base was set to the ring's beginning
 * @told: @base was told to the front end
 * @used: anything was taken from the ring since its beginning
 * @since: when it was started, in microseconds
 * @given: something was given back, and the driver's wish is not looked at yet
 * @wake: an eventfd of ours: makes the thread look at the queue without a notification
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
 * struct vhost_ops - what a device brings; opaque is vhost.opaque
 * @features: device features that are offered, besides those of the ring
 * @config: writes size bytes of the configuration from offset
 * @negotiated: the driver has accepted these
 * @serve: a chain came.  Gives it back by vqueue_complete(), at once or in a later call;
 *	the elements are no longer there then.
 * @busy: no more chains are wanted until poll() has given one back.  Is only true while
 *	poll() says when that will be
 * @poll: called after all chains that were there and wanted were taken; returns
 *	microseconds after which to be called again at the latest, or -1
 * @fresh: a driver begins anew: nothing of before is to be known any more
 * @stopped: the queue stops.  What is kept is to be given back now, or lost; gone: it can
 *	only be lost.
 *
 * serve(), busy(), poll() and stopped() have the queue to themselves.  Interrupts for what they
 * give back are sent after them.
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
 * @ring_size: the largest that is accepted, 0: as the specification
 * @batches: in order, one used entry is for all that is given back at once
 * @poll_us: how long a queue is looked at before its thread sleeps
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
 * @fd, @backend_fd: the connection, and the one for our messages to the front end; others
 *	than the protocol's thread use them under @backend_lock
 * @gone: the front end is, and with it the right to write to its memory
 * @status: as SET_STATUS said, and NEEDS_RESET
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

/* 0, or -1 for want of memory or descriptors */
int vhost_init(struct vhost *vhost, const struct vhost_ops *ops, void *opaque,
	       const struct vhost_options *options);
/* Serves one front end on fd until it goes: 0, or -1 if it did not keep to the protocol */
int vhost_serve(struct vhost *vhost, int fd);
void vhost_exit(struct vhost *vhost);

/* Any thread: the configuration has changed, tell the driver */
void vhost_config_changed(struct vhost *vhost);
/* Any thread: ends the connection; false: there is none */
bool vhost_disconnect(struct vhost *vhost);
/* Any thread: sets DEVICE_NEEDS_RESET, for front ends that ask for the status */
void vhost_need_reset(struct vhost *vhost);
/* Any thread: have the queue's thread call ops->poll() */
void vqueue_wake(struct vqueue *q);
/* Of serve(), poll() and stopped(): gives back a chain, as ring_push() */
void vqueue_complete(struct vqueue *q, uint32_t id, uint16_t nr_descs, uint32_t written,
		     bool whole);

#endif
