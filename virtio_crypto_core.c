// SPDX-License-Identifier: GPL-2.0
// Copyright (C) 2026 The virtio_crypto authors
/*
 * VIRTIO crypto driver: probe and remove, power management,
 * resets, reboot.  What they do to a device is in virtio_crypto_life.c.
 */
#include <linux/err.h>
#include <linux/module.h>
#include <linux/notifier.h>
#include <linux/reboot.h>
#include <linux/virtio.h>
#include <linux/virtio_config.h>
#include <linux/virtio_ring.h>

#include "virtio_crypto_algs.h"
#include "virtio_crypto_debugfs.h"
#include "virtio_crypto_device.h"
#include "virtio_crypto_life.h"
#include "virtio_crypto_mgr.h"
#include "virtio_crypto_params.h"
#include "virtio_crypto_wq.h"

static const unsigned int virtcrypto_features[] = {
	VIRTCRYPTO_F_REVISION_1,
	VIRTCRYPTO_F_CIPHER_STATELESS,
	VIRTCRYPTO_F_HASH_STATELESS,
	VIRTCRYPTO_F_MAC_STATELESS,
	VIRTCRYPTO_F_AEAD_STATELESS,
	VIRTCRYPTO_F_AKCIPHER_STATELESS,
};

static void virtcrypto_decline(struct virtio_device *vdev)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(virtcrypto_features); i++)
		__virtio_clear_bit(vdev, virtcrypto_features[i]);
}

/*
 * Does a device refuse the features that are chosen now?  The only way to know
 * is to negotiate, as the core is about to, and to start over.
 */
static bool virtcrypto_refused(struct virtio_device *vdev)
{
	bool refused = vdev->config->finalize_features(vdev);

	if (!refused) {
		virtio_add_status(vdev, VIRTIO_CONFIG_S_FEATURES_OK);
		refused = !(vdev->config->get_status(vdev) &
			    VIRTIO_CONFIG_S_FEATURES_OK);
	}
	virtio_reset_device(vdev);
	virtio_add_status(vdev, VIRTIO_CONFIG_S_ACKNOWLEDGE);
	virtio_add_status(vdev, VIRTIO_CONFIG_S_DRIVER);
	return refused;
}

/*
 * Existing devices use the legacy form, and some offer revision 1 without
 * implementing it.  So it is used only if the administrator asks for it or the
 * device insists on it.  Returns whether the device was reset.
 */
static bool virtcrypto_choose_form(struct virtio_device *vdev)
{
	bool offered = virtio_has_feature(vdev, VIRTCRYPTO_F_REVISION_1);

	if (offered && virtcrypto_session_mode != VIRTCRYPTO_MODE_SESSIONS)
		return false;
	/* The others depend on the first. */
	virtcrypto_decline(vdev);
	if (!offered)
		return false;
	if (virtcrypto_revision_1) {
		__virtio_set_bit(vdev, VIRTCRYPTO_F_REVISION_1);
		return false;
	}
	if (virtcrypto_refused(vdev))
		__virtio_set_bit(vdev, VIRTCRYPTO_F_REVISION_1);
	return true;
}

static int virtcrypto_validate(struct virtio_device *vdev)
{
	bool reset = virtcrypto_choose_form(vdev);

	/*
	 * Without indirect descriptors no request allocates memory, see
	 * CRYPTO_ALG_ALLOCATES_MEMORY. A vhost-user back end needs them.
	 */
	if (!virtcrypto_indirect_desc && !virtcrypto_device_is_vhost_user(vdev))
		__virtio_clear_bit(vdev, VIRTIO_RING_F_INDIRECT_DESC);
	/* The core does it again only if it sees a change. */
	return reset ? vdev->config->finalize_features(vdev) : 0;
}

static void virtcrypto_config_changed(struct virtio_device *vdev)
{
	virtcrypto_life_config_changed(vdev->priv);
}

static int virtcrypto_probe(struct virtio_device *vdev)
{
	struct virtcrypto_device *dev;
	int err;

	if (!virtio_has_feature(vdev, VIRTIO_F_VERSION_1)) {
		dev_err(&vdev->dev, "device does not offer VIRTIO_F_VERSION_1\n");
		return -ENODEV;
	}
	if (!vdev->config->get) {
		dev_err(&vdev->dev, "device has no configuration\n");
		return -EINVAL;
	}

	dev = virtcrypto_device_alloc(vdev);
	if (IS_ERR(dev))
		return PTR_ERR(dev);
	vdev->priv = dev;

	/* It is not chosen before its trial has shown that something works. */
	virtcrypto_mgr_add(dev);
	err = virtcrypto_life_start(dev);
	if (err) {
		virtcrypto_mgr_del(dev);
		vdev->priv = NULL;
		virtcrypto_device_put(dev);
		return err;
	}
	virtcrypto_debugfs_add(dev);
	return 0;
}

static void virtcrypto_remove(struct virtio_device *vdev)
{
	struct virtcrypto_device *dev = vdev->priv;

	virtcrypto_mgr_del(dev);
	virtcrypto_debugfs_del(dev);
	virtcrypto_life_remove(dev);
	vdev->priv = NULL;
	virtcrypto_device_put(dev);
}

#if defined(CONFIG_PM_SLEEP) || VC_RESET_HOOKS
static int virtcrypto_freeze(struct virtio_device *vdev)
{
	virtcrypto_life_stop(vdev->priv);
	return 0;
}

static int virtcrypto_restore(struct virtio_device *vdev)
{
	virtcrypto_life_restart(vdev->priv);
	return 0;
}
#endif

static const struct virtio_device_id virtcrypto_id_table[] = {
	{ VIRTCRYPTO_DEVICE_ID, VIRTIO_DEV_ANY_ID },
	{ 0 },
};
MODULE_DEVICE_TABLE(virtio, virtcrypto_id_table);

static struct virtio_driver virtcrypto_driver = {
	.driver.name = KBUILD_MODNAME,
	.driver.owner = THIS_MODULE,
	.id_table = virtcrypto_id_table,
	.feature_table = virtcrypto_features,
	.feature_table_size = ARRAY_SIZE(virtcrypto_features),
	.validate = virtcrypto_validate,
	.probe = virtcrypto_probe,
	.remove = virtcrypto_remove,
	.config_changed = virtcrypto_config_changed,
#ifdef CONFIG_PM_SLEEP
	.freeze = virtcrypto_freeze,
	.restore = virtcrypto_restore,
#endif
#if VC_RESET_HOOKS
	.reset_prepare = virtcrypto_freeze,
	.reset_done = virtcrypto_restore,
#endif
};

static int virtcrypto_shutdown(struct device *device, void *unused)
{
	struct virtcrypto_device *dev;

	/* Keeps it from being removed. */
	device_lock(device);
	dev = dev_to_virtio(device)->priv;
	if (dev)
		virtcrypto_life_stop(dev);
	device_unlock(device);
	return 0;
}

/*
 * Some devices keep sessions over a reset, and run out of them after a few
 * reboots.  Also, the core is about to reset the device.
 */
static int virtcrypto_reboot(struct notifier_block *nb, unsigned long action,
			     void *unused)
{
	int err = driver_for_each_device(&virtcrypto_driver.driver, NULL, NULL,
					 virtcrypto_shutdown);

	return notifier_from_errno(err);
}

static struct notifier_block virtcrypto_reboot_nb = {
	.notifier_call = virtcrypto_reboot,
};

static int __init virtcrypto_init(void)
{
	int err;

	err = virtcrypto_wq_init();
	if (err)
		return err;
	err = virtcrypto_algs_init();
	if (err)
		goto exit_wq;
	virtcrypto_life_init(virtcrypto_algs_ready);
	virtcrypto_debugfs_init();
	err = register_virtio_driver(&virtcrypto_driver);
	if (err)
		goto exit_algs;
	err = register_reboot_notifier(&virtcrypto_reboot_nb);
	if (err)
		goto unregister_driver;
	/*
	 * Whoever loads the module wants to use its algorithms, for instance an
	 * initramfs that opens the root volume next.
	 */
	virtcrypto_life_wait();
	return 0;

unregister_driver:
	unregister_virtio_driver(&virtcrypto_driver);
exit_algs:
	virtcrypto_debugfs_exit();
	virtcrypto_algs_exit();
exit_wq:
	virtcrypto_wq_exit();
	rcu_barrier();
	return err;
}

static void __exit virtcrypto_exit(void)
{
	unregister_reboot_notifier(&virtcrypto_reboot_nb);
	unregister_virtio_driver(&virtcrypto_driver);
	virtcrypto_algs_exit();
	virtcrypto_debugfs_exit();
	virtcrypto_wq_exit();
	/* Sessions, and with them devices, are freed after a grace period. */
	rcu_barrier();
}

module_init(virtcrypto_init);
module_exit(virtcrypto_exit);

MODULE_DESCRIPTION("VIRTIO crypto device driver");
MODULE_LICENSE("GPL");
/* The fallbacks, which an initramfs has to contain too. */
MODULE_SOFTDEP("pre: crypto-aes crypto-ecb crypto-cbc crypto-ctr crypto-xts crypto-des3_ede");
