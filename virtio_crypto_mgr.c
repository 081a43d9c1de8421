// SPDX-License-Identifier: GPL-2.0
/*
 * The devices that there are, and the choice among them.
 *
 * A device enters the table in probe, not ready yet, and leaves it first in
 * remove; it is chosen only once its trial has proven something.  The table's
 * lock guards the list and, with it, the promise that a device found
 * in it can still be referenced: the table holds no reference of its own.
 */
#include <linux/limits.h>
#include <linux/topology.h>

#include "virtio_crypto_common.h"

static LIST_HEAD(virtcrypto_table);
static DEFINE_SPINLOCK(virtcrypto_table_lock);
/* The next device's; under the lock. */
static unsigned int virtcrypto_table_number;

/**
 * virtcrypto_mgr_add() - let transforms find a device
 * @dev: the device, whole
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

static bool virtcrypto_caps_have(const struct virtcrypto_caps *caps, u32 service,
				 u32 algo)
{
	return caps->services & BIT(service) &&
	       caps->algos[service] & BIT_ULL(algo);
}

/**
 * virtcrypto_device_offers() - does a device say that it has an algorithm?
 * @dev: the device
 * @params: the algorithm
 *
 * A bit in a mask means nothing without that of its service.  A chain's MAC is
 * one of the MAC service's numbers, and has to be offered there.  Saying so is
 * not proof, see virtcrypto_device.proven.
 *
 * Return: true if it does.
 */
bool virtcrypto_device_offers(const struct virtcrypto_device *dev,
			      const struct virtcrypto_params *params)
{
	const struct virtcrypto_caps *caps = &dev->caps;

	return virtcrypto_caps_have(caps, params->service, params->algo) &&
	       (!params->mac || virtcrypto_caps_have(caps,
						     VIRTCRYPTO_SERVICE_MAC,
						     params->mac));
}

/**
 * virtcrypto_device_takes() - are keys within a device's limits?
 * @dev: the device
 * @params: their lengths
 *
 * Keys of public-key algorithms are under no limit of the specification; QEMU
 * holds them to max_size.
 *
 * Return: true if they are.
 */
bool virtcrypto_device_takes(const struct virtcrypto_device *dev,
			     const struct virtcrypto_params *params)
{
	if (params->service == VIRTCRYPTO_SERVICE_AKCIPHER)
		return params->key_len <= dev->caps.max_size;
	return params->key_len <= dev->caps.max_cipher_key_len &&
	       params->auth_key_len <= dev->caps.max_auth_key_len;
}

/**
 * virtcrypto_device_proves() - enter the outcome of a trial
 * @dev: the device
 * @generation: of the device, when the trial began
 * @judged: the algorithms that it was about, as bits
 * @works: of these, those that the device does
 * @tails: of these, those that it does with lengths that are not whole blocks
 *
 * Context: any but hard interrupts.
 * Return: false if the device was stopped meanwhile, so that nothing is proven.
 */
bool virtcrypto_device_proves(struct virtcrypto_device *dev, u32 generation,
			      const unsigned long *judged,
			      const unsigned long *works,
			      const unsigned long *tails)
{
	unsigned int row;
	bool same;

	/* That lock is what generations end under. */
	spin_lock_bh(&dev->ctrlq.lock);
	same = dev->generation == generation;
	if (same) {
		for_each_set_bit(row, judged, VIRTCRYPTO_MAX_ROWS) {
			assign_bit(row, dev->tails, test_bit(row, tails));
			assign_bit(row, dev->proven, test_bit(row, works));
			set_bit(row, dev->judged);
		}
	}
	spin_unlock_bh(&dev->ctrlq.lock);
	return same;
}

static bool virtcrypto_mgr_suits(struct virtcrypto_device *dev,
				 unsigned int row,
				 const struct virtcrypto_params *params)
{
	return READ_ONCE(dev->state) == VIRTCRYPTO_DEV_READY &&
	       !READ_ONCE(dev->overdue) &&
	       test_bit(row, dev->proven) &&
	       virtcrypto_device_takes(dev, params);
}

/* Is it of no use to ask the device for a session, if there is another? */
static bool virtcrypto_mgr_full(struct virtcrypto_device *dev)
{
	return !virtcrypto_ctrlq_answers(&dev->ctrlq) ||
	       (READ_ONCE(dev->nr_sessions) >= READ_ONCE(dev->sess_limit) &&
		time_before(jiffies, READ_ONCE(dev->sess_limit_until)));
}

/**
 * virtcrypto_mgr_get() - choose a device for a key
 * @row: the algorithm's number among all tables
 * @params: the key's lengths, and what it is for
 * @avoid: devices that are not to be chosen, see virtcrypto_device_bit()
 *
 * The nearest of those that do the algorithm and have room for a session, and
 * of equally near ones that with the fewest keys.  A device that has been silent
 * for a while is none of them.
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
		/* A device that names no node is as near as one of ours. */
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
		      atomic_read(&dev->nr_bound) >=
		      atomic_read(&best->nr_bound))))
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
