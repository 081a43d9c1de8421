// SPDX-License-Identifier: GPL-2.0
// Copyright (C) 2026 The virtio_crypto authors
/*
 * A device's object: its configuration, its queues, which CPU uses which of
 * them, and its state.  What happens to it, from probe to remove, is in
 * virtio_crypto_life.c.
 *
 * The object outlives the virtio device: a session holds a reference, and
 * virtcrypto_device_release() frees it when the last one is gone.
 */
#include <linux/err.h>
#include <linux/slab.h>
#include <linux/virtio.h>
#include <linux/virtio_config.h>
#include <linux/virtio_ring.h>

#include "virtio_crypto_device.h"
#include "virtio_crypto_params.h"

static const char * const virtcrypto_dev_states[] = {
	[VIRTCRYPTO_DEV_STOPPED] = "stopped",
	[VIRTCRYPTO_DEV_NOT_READY] = "not-ready",
	[VIRTCRYPTO_DEV_READY] = "ready",
	[VIRTCRYPTO_DEV_FAILED] = "failed",
	[VIRTCRYPTO_DEV_REMOVED] = "removed",
};

/**
 * virtcrypto_device_state_name() - a device's state, for people
 * @dev: the device
 *
 * Return: a word.
 */
const char *virtcrypto_device_state_name(struct virtcrypto_device *dev)
{
	/* It is ready, but not used before its trial is over. */
	if (virtcrypto_device_ready(dev) &&
	    READ_ONCE(dev->support.running) &&
	    !virtcrypto_support_any(&dev->support))
		return "trial";
	return virtcrypto_dev_states[READ_ONCE(dev->state)];
}

/**
 * virtcrypto_device_set_state() - change a device's state
 * @dev: the device
 * @state: the state, see enum virtcrypto_dev_state
 *
 * Context: process, under the device's lifecycle mutex.
 */
void virtcrypto_device_set_state(struct virtcrypto_device *dev,
				 enum virtcrypto_dev_state state)
{
	lockdep_assert_held(&dev->lifecycle);
	/*
	 * Publish what was set up before READY. Pairs with the second barrier
	 * in virtcrypto_session_alloc().
	 */
	smp_wmb();
	WRITE_ONCE(dev->state, state);
	/*
	 * Publish the state before the next generation.  Pairs with the first
	 * barrier there.
	 */
	smp_wmb();
}

/**
 * virtcrypto_device_read_caps() - read and bound a device's configuration
 * @vdev: the virtio device
 * @caps: where to
 *
 * Specification: "Device configuration layout".
 *
 * Context: process.
 * Return: 0, or -EINVAL with a message if it makes no sense.
 */
int virtcrypto_device_read_caps(struct virtio_device *vdev,
				struct virtcrypto_caps *caps)
{
	u32 low, high;

	memset(caps, 0, sizeof(*caps));
	virtio_cread_le(vdev, struct virtcrypto_wire_config, max_dataqueues,
			&caps->nr_dataqs);
	if (!caps->nr_dataqs)
		caps->nr_dataqs = 1;
	if (caps->nr_dataqs > VIRTCRYPTO_MAX_DATAQS) {
		dev_err(&vdev->dev, "%u data queues are more than %u\n",
			caps->nr_dataqs, VIRTCRYPTO_MAX_DATAQS);
		return -EINVAL;
	}

	virtio_cread_le(vdev, struct virtcrypto_wire_config, crypto_services,
			&caps->services);
	caps->services &= BIT(VIRTCRYPTO_NR_SERVICES) - 1;
	if (caps->services & BIT(VIRTCRYPTO_SERVICE_CIPHER)) {
		virtio_cread_le(vdev, struct virtcrypto_wire_config,
				cipher_algo_l, &low);
		virtio_cread_le(vdev, struct virtcrypto_wire_config,
				cipher_algo_h, &high);
		caps->algos[VIRTCRYPTO_SERVICE_CIPHER] = (u64)high << 32 | low;
	}
	if (caps->services & BIT(VIRTCRYPTO_SERVICE_HASH)) {
		virtio_cread_le(vdev, struct virtcrypto_wire_config, hash_algo,
				&low);
		caps->algos[VIRTCRYPTO_SERVICE_HASH] = low;
	}
	if (caps->services & BIT(VIRTCRYPTO_SERVICE_MAC)) {
		virtio_cread_le(vdev, struct virtcrypto_wire_config, mac_algo_l,
				&low);
		virtio_cread_le(vdev, struct virtcrypto_wire_config, mac_algo_h,
				&high);
		caps->algos[VIRTCRYPTO_SERVICE_MAC] = (u64)high << 32 | low;
	}
	if (caps->services & BIT(VIRTCRYPTO_SERVICE_AEAD)) {
		virtio_cread_le(vdev, struct virtcrypto_wire_config, aead_algo,
				&low);
		caps->algos[VIRTCRYPTO_SERVICE_AEAD] = low;
	}
	/* The field was reserved before the service existed. */
	if (caps->services & BIT(VIRTCRYPTO_SERVICE_AKCIPHER)) {
		virtio_cread_le(vdev, struct virtcrypto_wire_config,
				akcipher_algo, &low);
		caps->algos[VIRTCRYPTO_SERVICE_AKCIPHER] = low;
	}
	virtio_cread_le(vdev, struct virtcrypto_wire_config,
			max_cipher_key_len, &caps->max_cipher_key_len);
	virtio_cread_le(vdev, struct virtcrypto_wire_config, max_auth_key_len,
			&caps->max_auth_key_len);
	virtio_cread_le(vdev, struct virtcrypto_wire_config, max_size,
			&caps->max_size);
	return 0;
}

/**
 * virtcrypto_device_is_vhost_user() - is a device QEMU's cryptodev-vhost-user?
 * @vdev: the device, whose configuration can be read
 *
 * Its max_size is all ones; QEMU's other devices have a limit.  Behind it is
 * DPDK's vhost-crypto.
 *
 * Context: process.
 * Return: true if it is, or the administrator says so.
 */
bool virtcrypto_device_is_vhost_user(struct virtio_device *vdev)
{
	u64 max_size = 0;

	if (virtcrypto_vhost_user != VIRTCRYPTO_GUESS_AUTO)
		return virtcrypto_vhost_user == VIRTCRYPTO_GUESS_YES;
	if (vdev->config->get)
		virtio_cread_le(vdev, struct virtcrypto_wire_config, max_size,
				&max_size);
	return max_size == U64_MAX;
}

/**
 * virtcrypto_device_set_forms() - how each service's requests are laid out
 * @dev: the device, its features negotiated
 *
 * Context: process, before the device is started.
 */
void virtcrypto_device_set_forms(struct virtcrypto_device *dev)
{
	unsigned int i;

	for (i = 0; i < VIRTCRYPTO_NR_SERVICES; i++) {
		enum virtcrypto_form form = VIRTCRYPTO_FORM_LEGACY;

		if (virtio_has_feature(dev->vdev, VIRTCRYPTO_F_REVISION_1)) {
			form = VIRTCRYPTO_FORM_REVISION_1;
			if (virtio_has_feature(dev->vdev,
					       VIRTCRYPTO_F_STATELESS(i)))
				form = VIRTCRYPTO_FORM_STATELESS;
		}
		dev->forms[i] = form;
	}
}

static bool virtcrypto_caps_have(const struct virtcrypto_caps *caps,
				 u32 service, u32 algo)
{
	return caps->services & BIT(service) &&
	       caps->algos[service] & BIT_ULL(algo);
}

/**
 * virtcrypto_device_offers() - does a device say that it has an algorithm?
 * @dev: the device
 * @params: the algorithm
 *
 * A bit in an algorithm mask counts only together with the bit of its service.
 * The MAC of a chain has to be offered by the MAC service.  A device may offer
 * more than it does, see struct virtcrypto_support.
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
 * The specification has no limit for keys of public-key algorithms; QEMU
 * applies max_size.
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
 * virtcrypto_device_map() - spread the CPUs over the queues that work
 * @dev: the device
 *
 * Queues beyond the number of CPUs are set up, because the control queue comes
 * after them, but never used.
 *
 * Context: any.
 */
void virtcrypto_device_map(struct virtcrypto_device *dev)
{
	unsigned int cpu, q, next = 0, nr = dev->caps.nr_dataqs;

	for_each_possible_cpu(cpu) {
		for (q = 0; q < nr; q++)
			if (!dev->dataqs[(next + q) % nr].mute)
				break;
		next = (next + q) % nr;
		WRITE_ONCE(dev->cpu_to_dataq[cpu], next);
		next = (next + 1) % nr;
	}
}

/**
 * virtcrypto_device_mute() - have no CPU use a data queue
 * @dev: the device
 * @q: the queue
 *
 * Takes effect with the next virtcrypto_device_map().
 *
 * Context: any.
 */
void virtcrypto_device_mute(struct virtcrypto_device *dev,
			    struct virtcrypto_dataq *q)
{
	q->mute = true;
}

static int virtcrypto_device_alloc_queues(struct virtcrypto_device *dev)
{
	unsigned int i, nr = dev->caps.nr_dataqs;

	dev->dataqs = kvcalloc(nr, sizeof(*dev->dataqs), GFP_KERNEL);
	dev->cpu_to_dataq = kcalloc(nr_cpu_ids, sizeof(*dev->cpu_to_dataq),
				    GFP_KERNEL);
	dev->support.queue_hangs = kcalloc(nr, sizeof(*dev->support.queue_hangs),
					   GFP_KERNEL);
	if (!dev->dataqs || !dev->cpu_to_dataq || !dev->support.queue_hangs)
		return -ENOMEM;
	for (i = 0; i < nr; i++)
		virtcrypto_dataq_init(&dev->dataqs[i], i, &dev->watch);
	return 0;
}

/**
 * virtcrypto_device_release() - free a device that nobody refers to any more
 * @kref: its reference count
 *
 * Context: any but hard interrupts.
 */
void virtcrypto_device_release(struct kref *kref)
{
	struct virtcrypto_device *dev =
		container_of(kref, struct virtcrypto_device, kref);

	kfree(dev->support.queue_hangs);
	kfree(dev->cpu_to_dataq);
	kvfree(dev->dataqs);
	kfree_const(dev->name);
	kfree(dev);
}

/**
 * virtcrypto_device_alloc() - make an object for a device, not started
 * @vdev: the virtio device, its features negotiated
 *
 * Context: process.
 * Return: the object with a reference for the caller, or an ERR_PTR().
 */
struct virtcrypto_device *virtcrypto_device_alloc(struct virtio_device *vdev)
{
	struct virtcrypto_device *dev = kzalloc_obj(*dev, GFP_KERNEL);
	int err = -ENOMEM;

	if (!dev)
		return ERR_PTR(-ENOMEM);
	kref_init(&dev->kref);
	dev->vdev = vdev;
	dev->numa_node = dev_to_node(vdev->dev.parent);
	mutex_init(&dev->lifecycle);
	spin_lock_init(&dev->sessions.lock);
	INIT_LIST_HEAD(&dev->node);
	INIT_LIST_HEAD(&dev->sessions.list);
	virtcrypto_ctrlq_init(&dev->ctrlq, &dev->watch);

	dev->name = kstrdup_const(dev_name(&vdev->dev), GFP_KERNEL);
	if (!dev->name)
		goto put;
	err = virtcrypto_device_read_caps(vdev, &dev->caps);
	if (err)
		goto put;
	dev->vhost_user = virtcrypto_device_is_vhost_user(vdev);
	if (dev->vhost_user &&
	    !virtio_has_feature(vdev, VIRTIO_RING_F_INDIRECT_DESC)) {
		dev_err(&vdev->dev,
			"a vhost-user back end needs indirect descriptors, which the device does not offer; vhost_user=n tries it without\n");
		err = -ENODEV;
		goto put;
	}
	err = virtcrypto_device_alloc_queues(dev);
	if (err)
		goto put;
	return dev;

put:
	virtcrypto_device_put(dev);
	return ERR_PTR(err);
}
