/* SPDX-License-Identifier: GPL-2.0 */
/* Copyright (C) 2026 The virtio_crypto authors */
/*
 * A VIRTIO crypto device: its object, configuration and state.
 */
#ifndef VIRTIO_CRYPTO_DEVICE_H
#define VIRTIO_CRYPTO_DEVICE_H

#include <linux/kref.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/virtio.h>
#include <linux/workqueue.h>

#include "virtio_crypto_common.h"
#include "virtio_crypto_ctrlq.h"
#include "virtio_crypto_dataq.h"
#include "virtio_crypto_support.h"
#include "virtio_crypto_watch.h"

struct dentry;

/*
 * More data queues than this and the device is refused: QEMU's limit for one
 * device, less the control queue.
 */
#define VIRTCRYPTO_MAX_DATAQS		1023

/**
 * DOC: Device states
 *
 * Only virtcrypto_device_set_state() changes the state, under the device's
 * lifecycle mutex::
 *
 *   STOPPED <-> NOT_READY <-> READY     start, suspend, HW_READY
 *   NOT_READY, READY -> FAILED          watchdog, DEVICE_NEEDS_RESET
 *   NOT_READY -> FAILED -> NOT_READY    a reset, in case that makes it ready
 *   STOPPED -> FAILED                   it did not start again
 *   FAILED -> NOT_READY, STOPPED        recovery, suspend
 *   any -> REMOVED                      remove
 *
 * Others read it without the mutex as a hint.  Whether a request is accepted
 * depends on virtcrypto_dataq.running, under the queue's lock.
 */

/**
 * enum virtcrypto_dev_state - what a device can be asked for
 * @VIRTCRYPTO_DEV_STOPPED: no queues: not probed yet, suspended or being reset
 * @VIRTCRYPTO_DEV_NOT_READY: queues are up, the device has HW_READY clear
 * @VIRTCRYPTO_DEV_READY: takes requests
 * @VIRTCRYPTO_DEV_FAILED: stalled, broken or asked for a reset; stopped, to be
 *	tried again
 * @VIRTCRYPTO_DEV_REMOVED: gone for good
 *
 * See "Device states".
 */
enum virtcrypto_dev_state {
	VIRTCRYPTO_DEV_STOPPED,
	VIRTCRYPTO_DEV_NOT_READY,
	VIRTCRYPTO_DEV_READY,
	VIRTCRYPTO_DEV_FAILED,
	VIRTCRYPTO_DEV_REMOVED,
};

/**
 * struct virtcrypto_caps - a device's configuration, read and bounded at start
 * @nr_dataqs: data queues, 1 to VIRTCRYPTO_MAX_DATAQS
 * @services: bit mask of enum virtcrypto_service
 * @algos: for each service, a bit mask of algorithm numbers
 * @max_cipher_key_len: longest cipher key in bytes
 * @max_auth_key_len: longest key of a MAC in bytes
 * @max_size: limit for the variable-length parts of one data request together
 */
struct virtcrypto_caps {
	u32 nr_dataqs;
	u32 services;
	u64 algos[VIRTCRYPTO_NR_SERVICES];
	u32 max_cipher_key_len;
	u32 max_auth_key_len;
	u64 max_size;
};

/**
 * struct virtcrypto_session_table - the sessions at a device
 * @lock: guards the fields up to @nr_evicted
 * @list: sessions that exist, or may exist, at the device
 * @nr: length of @list; also read without the lock
 * @limit: how many the device was seen to take; also read without the lock
 * @limit_until: jiffies when @limit is forgotten; also read without the lock
 * @closed: no more sessions are made
 * @nr_created: sessions ever asked for
 * @nr_failed: sessions that the device refused, but for those of trials
 * @nr_evicted: idle sessions that gave way to others
 * @given: since its last start the device has given a session
 * @denied: since then it has refused one
 * @nr_bound: keys that are used with the device, with a session or without
 *
 * Owner: virtio_crypto_session.c.
 */
struct virtcrypto_session_table {
	spinlock_t lock;		/* see above */
	struct list_head list;
	unsigned int nr;
	unsigned int limit;
	unsigned long limit_until;
	bool closed;
	u64 nr_created;
	u64 nr_failed;
	u64 nr_evicted;
	bool given;
	bool denied;
	atomic_t nr_bound;
};

/**
 * struct virtcrypto_recovery - starting a failed device again
 * @work: does it
 * @attempts: recoveries since the device last worked for long
 * @polls: looks at a device that is not ready, since it last was
 * @failures: times that the device was declared failed
 *
 * Owner: virtio_crypto_life.c, under the device's lifecycle mutex.
 */
struct virtcrypto_recovery {
	struct delayed_work work;
	unsigned int attempts;
	unsigned int polls;
	u64 failures;
};

/**
 * struct virtcrypto_device - one VIRTIO crypto device
 * @kref: one for probe..remove, one per session
 * @vdev: the virtio device; only what holds @lifecycle, runs from one of the
 *	works of the device or is between start and stop may use it
 * @name: for messages, good after removal too
 * @debugfs: the device's directory
 * @node: in the manager's table
 * @number: of the device, in the order of probing
 * @numa_node: for the choice of a device
 * @lifecycle: one start, stop or change of state at a time
 * @state: see enum virtcrypto_dev_state; written under @lifecycle
 * @config_work: follows the device's status
 * @recovery: starts a failed device again
 * @caps: what the device says that it can; changes only while it is stopped
 * @vhost_user: it is QEMU's cryptodev-vhost-user, behind which is DPDK
 * @forms: for each service, how its requests are laid out; set by each start
 * @watch: looks for stalled requests while there are any
 * @ctrlq: the control queue, and the device's generation
 * @dataqs: the data queues, array of caps.nr_dataqs
 * @cpu_to_dataq: for each CPU the number of its data queue
 * @sessions: the sessions at the device
 * @support: what the device has shown to support
 */
struct virtcrypto_device {
	struct kref kref;
	struct virtio_device *vdev;
	const char *name;
	struct dentry *debugfs;

	struct list_head node;
	unsigned int number;
	int numa_node;

	struct mutex lifecycle;		/* see above */
	enum virtcrypto_dev_state state;
	struct work_struct config_work;
	struct virtcrypto_recovery recovery;

	struct virtcrypto_caps caps;
	bool vhost_user;
	enum virtcrypto_form forms[VIRTCRYPTO_NR_SERVICES];

	struct virtcrypto_watch watch;
	struct virtcrypto_ctrlq ctrlq;
	struct virtcrypto_dataq *dataqs;
	u16 *cpu_to_dataq;

	struct virtcrypto_session_table sessions;
	struct virtcrypto_support support;
};

struct virtcrypto_device *virtcrypto_device_alloc(struct virtio_device *vdev);
void virtcrypto_device_release(struct kref *kref);
bool virtcrypto_device_is_vhost_user(struct virtio_device *vdev);
int virtcrypto_device_read_caps(struct virtio_device *vdev,
				struct virtcrypto_caps *caps);
void virtcrypto_device_set_forms(struct virtcrypto_device *dev);
void virtcrypto_device_set_state(struct virtcrypto_device *dev,
				 enum virtcrypto_dev_state state);
const char *virtcrypto_device_state_name(struct virtcrypto_device *dev);
bool virtcrypto_device_offers(const struct virtcrypto_device *dev,
			      const struct virtcrypto_params *params);
bool virtcrypto_device_takes(const struct virtcrypto_device *dev,
			     const struct virtcrypto_params *params);
void virtcrypto_device_map(struct virtcrypto_device *dev);
void virtcrypto_device_mute(struct virtcrypto_device *dev,
			    struct virtcrypto_dataq *q);

static inline void virtcrypto_device_put(struct virtcrypto_device *dev)
{
	kref_put(&dev->kref, virtcrypto_device_release);
}

/* May it be asked for something?  A hint, unless under @lifecycle. */
static inline bool virtcrypto_device_ready(const struct virtcrypto_device *dev)
{
	return READ_ONCE(dev->state) == VIRTCRYPTO_DEV_READY;
}

static inline u32
virtcrypto_device_generation(const struct virtcrypto_device *dev)
{
	return READ_ONCE(dev->ctrlq.generation);
}

/* The data queue of this CPU. */
static inline struct virtcrypto_dataq *
virtcrypto_device_dataq(struct virtcrypto_device *dev)
{
	unsigned int cpu = raw_smp_processor_id();

	return &dev->dataqs[READ_ONCE(dev->cpu_to_dataq[cpu])];
}

/* One of 64 bits for a device; with more devices some share one. */
static inline u64 virtcrypto_device_bit(const struct virtcrypto_device *dev)
{
	return BIT_ULL(dev->number % 64);
}

#endif /* VIRTIO_CRYPTO_DEVICE_H */
