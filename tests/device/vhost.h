/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The vhost-user protocol, from the back end's side: who is asked for features and
 * configuration, is given memory and queues, and runs a thread for each queue.
 *
 * The thread that calls vhost_serve() speaks the protocol.  Each queue has a thread,
 * which holds the queue's lock while it looks at the ring or at memory; the protocol's
 * thread holds it while it changes any of that.  vhost.c owns rings and memory; who
 * keeps a chain beyond the call of serve() loses it when the queue stops, which the
 * stopped() call tells.
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
 * @ring: locked by @lock
 * @notified, @signalled: notifications received and interrupts sent
 * @wake: an eventfd of ours: makes the thread look at the queue without a notification
 */
struct vqueue {
	struct vhost *vhost;
	unsigned int index;
	struct ring ring;
	pthread_mutex_t lock;
	pthread_t thread;
	bool have_size, have_addr, enabled, live;
	uint64_t desc_addr, driver_addr, device_addr;
	uint32_t base;
	int kick, call, err, wake;

	_Atomic uint64_t notified, signalled;
};

/*
 * struct vhost_ops - what a device brings; opaque is vhost.opaque
 * @features: device features that are offered, besides those of the ring
 * @config: writes size bytes of the configuration from offset
 * @negotiated: the driver has accepted these
 * @serve: a chain came, with the queue's lock held.  True: give it back now, with
 *	*written bytes written.  False: it is kept, vqueue_complete() gives it back.
 * @poll: called with the queue's lock held after all chains that are there were taken;
 *	returns milliseconds after which to be called again at the latest, or -1
 * @fresh: a driver begins anew: nothing of before is to be known any more
 * @stopped: the queue stops: no chain of it can be given back
 */
struct vhost_ops {
	uint64_t (*features)(void *opaque);
	void (*config)(void *opaque, uint32_t offset, uint8_t *p, uint32_t size);
	void (*negotiated)(void *opaque, uint64_t features);
	bool (*serve)(void *opaque, struct vqueue *q, struct chain *chain, uint32_t *written);
	int (*poll)(void *opaque, struct vqueue *q);
	void (*fresh)(void *opaque);
	void (*stopped)(void *opaque, struct vqueue *q);
};

/* struct vhost_options - what the ring offers */
struct vhost_options {
	unsigned int nr_queues, ring_size;
	bool no_indirect, no_event_idx, packed, in_order, inband;
	unsigned int poll_us;
};

struct region {
	uint64_t guest, user, size, offset;
	uint8_t *mapped;
	uint64_t map_size;
};

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
	uint8_t status;
};

int vhost_init(struct vhost *vhost, const struct vhost_ops *ops, void *opaque,
	       const struct vhost_options *options);
/* Serves one front end on fd until it goes: 0, or -1 if it did not keep to the protocol */
int vhost_serve(struct vhost *vhost, int fd);
void vhost_exit(struct vhost *vhost);
/* Any thread: the configuration has changed, tell the driver */
void vhost_config_changed(struct vhost *vhost);
/* Any thread: have the queue's thread call ops->poll() */
void vqueue_wake(struct vqueue *q);
/* With the queue's lock held: gives back a chain that was kept; vqueue_flush() tells of it */
void vqueue_complete(struct vqueue *q, uint16_t id, uint16_t nr_descs, uint32_t written);
void vqueue_flush(struct vqueue *q);

#endif
