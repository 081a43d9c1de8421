// SPDX-License-Identifier: GPL-2.0
/*
 * VIRTIO crypto driver: module parameters, probe and remove, power management,
 * resets, reboot.  What they do to a device is in virtio_crypto_device.c.
 */
#include <linux/err.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/notifier.h>
#include <linux/reboot.h>
#include <linux/string.h>
#include <linux/sysfs.h>
#include <linux/virtio.h>
#include <linux/virtio_config.h>
#include <linux/virtio_ring.h>

#include "virtio_crypto_common.h"

/* Module parameters: what the guest's administrator decides. */

/**
 * struct virtcrypto_word - a parameter that is one of some words
 * @value: the word's number
 * @names: the words
 * @nr: how many there are
 */
struct virtcrypto_word {
	unsigned int *value;
	const char * const *names;
	size_t nr;
};

static int virtcrypto_set_word(const char *val, const struct kernel_param *kp)
{
	const struct virtcrypto_word *word = kp->arg;
	int nth = __sysfs_match_string(word->names, word->nr, val);

	if (nth < 0)
		return nth;
	*word->value = nth;
	return 0;
}

static int virtcrypto_get_word(char *buffer, const struct kernel_param *kp)
{
	const struct virtcrypto_word *word = kp->arg;

	return sysfs_emit(buffer, "%s\n", word->names[*word->value]);
}

static const struct kernel_param_ops virtcrypto_ops_word = {
	.set = virtcrypto_set_word,
	.get = virtcrypto_get_word,
};

#define VIRTCRYPTO_PARAM(name, lowest, highest)				\
static int virtcrypto_set_##name(const char *val,			\
				 const struct kernel_param *kp)		\
{									\
	return param_set_uint_minmax(val, kp, lowest, highest);		\
}									\
static const struct kernel_param_ops virtcrypto_ops_##name = {		\
	.set = virtcrypto_set_##name,					\
	.get = param_get_uint,						\
}

unsigned int virtcrypto_timeout = 30;
VIRTCRYPTO_PARAM(timeout, 1, 3600);
module_param_cb(timeout, &virtcrypto_ops_timeout, &virtcrypto_timeout, 0644);
MODULE_PARM_DESC(timeout, "Seconds without an answer after which a device counts as stalled (1-3600, default 30)");

unsigned int virtcrypto_queue_limit = 1024;
VIRTCRYPTO_PARAM(queue_limit, 1, 1U << 20);
module_param_cb(queue_limit, &virtcrypto_ops_queue_limit,
		&virtcrypto_queue_limit, 0644);
MODULE_PARM_DESC(queue_limit, "Requests that may wait for each full data queue (1-1048576, default 1024)");

unsigned int virtcrypto_notify_batch = 16;
VIRTCRYPTO_PARAM(notify_batch, 1, 1024);
module_param_cb(notify_batch, &virtcrypto_ops_notify_batch,
		&virtcrypto_notify_batch, 0644);
MODULE_PARM_DESC(notify_batch, "Requests that a busy queue gathers before it notifies the device (1-1024, default 16)");

unsigned int virtcrypto_cipher_priority = 150;
VIRTCRYPTO_PARAM(cipher_priority, 0, 100000);
module_param_cb(cipher_priority, &virtcrypto_ops_cipher_priority,
		&virtcrypto_cipher_priority, 0444);
MODULE_PARM_DESC(cipher_priority, "Priority of ciphers; generic C code has 100, CPU instructions 300 and more (0-100000, default 150)");

unsigned int virtcrypto_ctr_priority = 90;
VIRTCRYPTO_PARAM(ctr_priority, 0, 100000);
module_param_cb(ctr_priority, &virtcrypto_ops_ctr_priority,
		&virtcrypto_ctr_priority, 0444);
MODULE_PARM_DESC(ctr_priority, "Priority of ctr(aes), of which the kernel makes gcm(aes) and ccm(aes) where it has no better (0-100000, default 90)");

unsigned int virtcrypto_hash_priority = 150;
VIRTCRYPTO_PARAM(hash_priority, 0, 100000);
module_param_cb(hash_priority, &virtcrypto_ops_hash_priority,
		&virtcrypto_hash_priority, 0444);
MODULE_PARM_DESC(hash_priority, "Priority of hashes and MACs (0-100000, default 150)");

unsigned int virtcrypto_aead_priority = 150;
VIRTCRYPTO_PARAM(aead_priority, 0, 100000);
module_param_cb(aead_priority, &virtcrypto_ops_aead_priority,
		&virtcrypto_aead_priority, 0444);
MODULE_PARM_DESC(aead_priority, "Priority of AEADs (0-100000, default 150)");

unsigned int virtcrypto_chain_priority = 2000;
VIRTCRYPTO_PARAM(chain_priority, 0, 100000);
module_param_cb(chain_priority, &virtcrypto_ops_chain_priority,
		&virtcrypto_chain_priority, 0444);
MODULE_PARM_DESC(chain_priority, "Priority of authenc() and authencesn(), which for software is ten times that of the cipher and more: C code has about 1100, CPU instructions 4000 (0-100000, default 2000)");

unsigned int virtcrypto_akcipher_priority = 80;
VIRTCRYPTO_PARAM(akcipher_priority, 0, 100000);
module_param_cb(akcipher_priority, &virtcrypto_ops_akcipher_priority,
		&virtcrypto_akcipher_priority, 0444);
MODULE_PARM_DESC(akcipher_priority, "Priority of RSA and ECDSA; above 100 the host checks the kernel's signatures (0-100000, default 80)");

bool virtcrypto_indirect_desc;
module_param_named(indirect_desc, virtcrypto_indirect_desc, bool, 0444);
MODULE_PARM_DESC(indirect_desc, "Use indirect descriptors: more requests per ring, an allocation for each (default N)");

bool virtcrypto_split_header;
module_param_named(split_header, virtcrypto_split_header, bool, 0444);
MODULE_PARM_DESC(split_header, "Give header and iv of a request a descriptor each, for devices that insist (default N)");

bool virtcrypto_revision_1;
module_param_named(revision_1, virtcrypto_revision_1, bool, 0444);
MODULE_PARM_DESC(revision_1, "Use the formats of VIRTIO_CRYPTO_F_REVISION_1 where a device offers them (default N: only if it insists)");

unsigned int virtcrypto_session_mode = VIRTCRYPTO_MODE_SESSIONS;
static const char * const virtcrypto_mode_names[] = {
	[VIRTCRYPTO_MODE_SESSIONS] = "sessions",
	[VIRTCRYPTO_MODE_STATELESS] = "stateless",
	[VIRTCRYPTO_MODE_AUTO] = "auto",
};

static struct virtcrypto_word virtcrypto_mode_word = {
	&virtcrypto_session_mode, virtcrypto_mode_names,
	ARRAY_SIZE(virtcrypto_mode_names)
};

module_param_cb(session_mode, &virtcrypto_ops_word, &virtcrypto_mode_word, 0444);
MODULE_PARM_DESC(session_mode, "Where keys are kept, if a device offers the choice: sessions (by the device), stateless (here, each request brings its key), auto (stateless until a key is used a lot); default sessions");

bool virtcrypto_try_unadvertised;
module_param_named(try_unadvertised, virtcrypto_try_unadvertised, bool, 0444);
MODULE_PARM_DESC(try_unadvertised, "Try algorithms that the device does not advertise too; QEMU does more than it says (default N)");

unsigned int virtcrypto_vhost_user = VIRTCRYPTO_GUESS_AUTO;
static const char * const virtcrypto_guess_names[] = {
	[VIRTCRYPTO_GUESS_AUTO] = "auto",
	[VIRTCRYPTO_GUESS_YES] = "y",
	[VIRTCRYPTO_GUESS_NO] = "n",
};

static struct virtcrypto_word virtcrypto_guess_word = {
	&virtcrypto_vhost_user, virtcrypto_guess_names,
	ARRAY_SIZE(virtcrypto_guess_names)
};

module_param_cb(vhost_user, &virtcrypto_ops_word, &virtcrypto_guess_word, 0444);
MODULE_PARM_DESC(vhost_user, "Keep to what DPDK's vhost-crypto takes: y, n, or auto, which is with QEMU's cryptodev-vhost-user (default auto)");

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
 * Does a device refuse what is chosen now?  There is no way to know but to ask,
 * as the core is about to, and to begin anew.
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
 * Devices in the field speak the legacy form, and some offer revision 1 without
 * knowing it: it is used when that was asked for, and when a device insists.
 * Returns whether the device was reset.
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
	 * Without it no request needs memory, see CRYPTO_ALG_ALLOCATES_MEMORY.
	 * A vhost-user back end answers nothing else.
	 */
	if (!virtcrypto_indirect_desc && !virtcrypto_is_vhost_user(vdev))
		__virtio_clear_bit(vdev, VIRTIO_RING_F_INDIRECT_DESC);
	/* The core does it again only if it sees a change. */
	return reset ? vdev->config->finalize_features(vdev) : 0;
}

static void virtcrypto_config_changed(struct virtio_device *vdev)
{
	virtcrypto_device_changed(vdev->priv);
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

	/* It is of no use to anybody before it has proven something. */
	virtcrypto_mgr_add(dev);
	err = virtcrypto_device_start(dev);
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
	virtcrypto_device_remove(dev);
	vdev->priv = NULL;
	virtcrypto_device_put(dev);
}

#if defined(CONFIG_PM_SLEEP) || defined(VC_HAVE_RESET_HOOKS)
static int virtcrypto_freeze(struct virtio_device *vdev)
{
	virtcrypto_device_stop(vdev->priv);
	return 0;
}

static int virtcrypto_restore(struct virtio_device *vdev)
{
	virtcrypto_device_restart(vdev->priv);
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
#ifdef VC_HAVE_RESET_HOOKS
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
		virtcrypto_device_stop(dev);
	device_unlock(device);
	return 0;
}

/*
 * Devices may keep sessions over a reset, and run out of them after a few
 * reboots.  Besides, the core is about to reset the device under us.
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

	err = virtcrypto_devices_init();
	if (err)
		return err;
	err = virtcrypto_algs_init();
	if (err)
		goto exit_devices;
	virtcrypto_debugfs_init();
	err = register_virtio_driver(&virtcrypto_driver);
	if (err)
		goto exit_algs;
	err = register_reboot_notifier(&virtcrypto_reboot_nb);
	if (err)
		goto unregister_driver;
	/*
	 * Whoever loads the module wants its algorithms, an initramfs that is
	 * about to open the root volume in particular.
	 */
	virtcrypto_devices_wait();
	return 0;

unregister_driver:
	unregister_virtio_driver(&virtcrypto_driver);
exit_algs:
	virtcrypto_debugfs_exit();
	virtcrypto_algs_exit();
exit_devices:
	virtcrypto_devices_exit();
	return err;
}

static void __exit virtcrypto_exit(void)
{
	unregister_reboot_notifier(&virtcrypto_reboot_nb);
	unregister_virtio_driver(&virtcrypto_driver);
	virtcrypto_algs_exit();
	virtcrypto_debugfs_exit();
	virtcrypto_devices_exit();
}

module_init(virtcrypto_init);
module_exit(virtcrypto_exit);

MODULE_DESCRIPTION("VIRTIO crypto device driver");
MODULE_LICENSE("GPL");
/* Software that stands in; an initramfs has to have it too. */
MODULE_SOFTDEP("pre: crypto-aes crypto-ecb crypto-cbc crypto-ctr crypto-xts crypto-des3_ede");
