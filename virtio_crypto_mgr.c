// SPDX-License-Identifier: GPL-2.0
// Copyright (C) 2026 The virtio_crypto authors
/*
 * The devices, and the choice among them.
 *
 * A device is added in probe, not ready yet, and deleted first in remove.  It
 * is chosen only after its trial has shown that something works.  The lock
 * guards the list.  It also makes sure that a device in the list can be
 * referenced, since the list holds no reference of its own.
 */
#include <linux/limits.h>
#include <linux/topology.h>

#include "virtio_crypto_device.h"
#include "virtio_crypto_mgr.h"

static LIST_HEAD(virtcrypto_table);
static DEFINE_SPINLOCK(virtcrypto_table_lock);
/* The next device's; under the lock. */
static unsigned int virtcrypto_table_number;

/**
 * virtcrypto_mgr_add() - let transforms find a device
 * @dev: the device, fully set up
 */
void virtcrypto_mgr_add(struct virtcrypto_device *dev)
{
	spin_lock_bh(&virtcrypto_table_lock);
	dev->number = virtcrypto_table_number++;
	list_add_tail(&dev->node, &virtcrypto_table);
	spin_unlock_bh(&virtcrypto_table_lock);
}

/**
 * virtcrypto_mgr_del() - let no transform find a device any more
 * @dev: the device
 */
void virtcrypto_mgr_del(struct virtcrypto_device *dev)
{
	spin_lock_bh(&virtcrypto_table_lock);
	list_del_init(&dev->node);
	spin_unlock_bh(&virtcrypto_table_lock);
}

static bool virtcrypto_mgr_suits(struct virtcrypto_device *dev,
				 unsigned int row,
				 const struct virtcrypto_params *params)
{
	return virtcrypto_device_ready(dev) &&
	       !READ_ONCE(dev->watch.overdue) &&
	       virtcrypto_support_works(&dev->support, row) &&
	       virtcrypto_device_takes(dev, params);
}

/* Should another device be asked for a session, if there is one? */
static bool virtcrypto_mgr_full(struct virtcrypto_device *dev)
{
	const struct virtcrypto_session_table *table = &dev->sessions;

	return !virtcrypto_ctrlq_answers(&dev->ctrlq) ||
	       (READ_ONCE(table->nr) >= READ_ONCE(table->limit) &&
		time_before(jiffies, READ_ONCE(table->limit_until)));
}

/**
 * virtcrypto_mgr_get() - choose a device for a key
 * @row: the algorithm's number among all tables
 * @params: the key's lengths, and what it is for
 * @avoid: devices that are not to be chosen, see virtcrypto_device_bit()
 *
 * Chooses the nearest device that does the algorithm and has room for a
 * session, and among equally near ones that with the fewest keys.  Devices that
 * have been silent for a while are left out.
 *
 * Context: any but hard interrupts.
 * Return: a device with a reference for the caller, or NULL.
 */
struct virtcrypto_device *virtcrypto_mgr_get(unsigned int row,
					     const struct virtcrypto_params *params,
					     u64 avoid)
{
	struct virtcrypto_device *dev, *best = NULL;
	int node = numa_node_id();
	int best_distance = INT_MAX;
	bool best_full = true;

	spin_lock_bh(&virtcrypto_table_lock);
	list_for_each_entry(dev, &virtcrypto_table, node) {
		/* A device without a node counts as local. */
		int distance = dev->numa_node == NUMA_NO_NODE ? LOCAL_DISTANCE :
			       node_distance(node, dev->numa_node);
		bool full = virtcrypto_mgr_full(dev);

		if (!virtcrypto_mgr_suits(dev, row, params) ||
		    avoid & virtcrypto_device_bit(dev))
			continue;
		if (best && full > best_full)
			continue;
		if (best && full == best_full &&
		    (distance > best_distance ||
		     (distance == best_distance &&
		      atomic_read(&dev->sessions.nr_bound) >=
		      atomic_read(&best->sessions.nr_bound))))
			continue;
		best = dev;
		best_distance = distance;
		best_full = full;
	}
	if (best && !kref_get_unless_zero(&best->kref))
		best = NULL;
	spin_unlock_bh(&virtcrypto_table_lock);
	return best;
}
