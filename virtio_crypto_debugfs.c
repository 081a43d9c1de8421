// SPDX-License-Identifier: GPL-2.0
// Copyright (C) 2026 The virtio_crypto authors
/*
 * What can be seen from outside: /sys/kernel/debug/virtio_crypto/
 *
 *   algs               a line for each algorithm: its names, whether it is
 *                      registered, and who did its requests
 *   choices            a line for each algorithm and class of sizes that is in
 *                      use: who does its requests, and what both sides take
 *   <device>/stats     a line for each figure of a device: name and value
 *
 * Figures are read without stopping anything, so that they may not add up at
 * the very moment.
 */
#include <linux/debugfs.h>
#include <linux/seq_file.h>

#include "virtio_crypto_algs.h"
#include "virtio_crypto_debugfs.h"
#include "virtio_crypto_device.h"

static struct dentry *virtcrypto_debugfs_root;

static void virtcrypto_show_dataq(struct seq_file *m, unsigned int i,
				  struct virtcrypto_dataq *q)
{
	spin_lock_bh(&q->lock);
	seq_printf(m, "dataq%u_submitted %llu\n", i, q->submitted);
	seq_printf(m, "dataq%u_completed %llu\n", i, q->completed);
	seq_printf(m, "dataq%u_errors %llu\n", i, q->errors);
	seq_printf(m, "dataq%u_notified %llu\n", i, q->notified);
	seq_printf(m, "dataq%u_backlogged %llu\n", i, q->backlogged);
	seq_printf(m, "dataq%u_refused %llu\n", i, q->refused);
	seq_printf(m, "dataq%u_inflight %u\n", i, q->nr_inflight);
	seq_printf(m, "dataq%u_backlog %u\n", i, q->nr_backlog);
	spin_unlock_bh(&q->lock);
}

static int virtcrypto_stats_show(struct seq_file *m, void *unused)
{
	struct virtcrypto_device *dev = m->private;
	struct virtcrypto_session_table *table = &dev->sessions;
	u64 submitted = 0, completed = 0;
	unsigned int i;

	seq_printf(m, "state %s\n", virtcrypto_device_state_name(dev));
	seq_printf(m, "generation %u\n", virtcrypto_device_generation(dev));
	seq_printf(m, "failures %llu\n", dev->recovery.failures);
	seq_printf(m, "algorithms %u\n",
		   READ_ONCE(dev->support.nr_working));
	seq_printf(m, "dataqs %u\n", dev->caps.nr_dataqs);
	seq_printf(m, "max_size %llu\n", dev->caps.max_size);

	spin_lock_bh(&table->lock);
	seq_printf(m, "sessions %u\n", table->nr);
	seq_printf(m, "sessions_created %llu\n", table->nr_created);
	seq_printf(m, "sessions_failed %llu\n", table->nr_failed);
	seq_printf(m, "sessions_evicted %llu\n", table->nr_evicted);
	spin_unlock_bh(&table->lock);

	spin_lock_bh(&dev->ctrlq.lock);
	seq_printf(m, "ctrl_sent %llu\n", dev->ctrlq.sent);
	seq_printf(m, "ctrl_timeouts %llu\n", dev->ctrlq.timeouts);
	spin_unlock_bh(&dev->ctrlq.lock);

	for (i = 0; i < dev->caps.nr_dataqs; i++) {
		submitted += READ_ONCE(dev->dataqs[i].submitted);
		completed += READ_ONCE(dev->dataqs[i].completed);
	}
	seq_printf(m, "submitted %llu\n", submitted);
	seq_printf(m, "completed %llu\n", completed);
	for (i = 0; i < dev->caps.nr_dataqs; i++)
		virtcrypto_show_dataq(m, i, &dev->dataqs[i]);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(virtcrypto_stats);

static int virtcrypto_debugfs_algs_show(struct seq_file *m, void *unused)
{
	virtcrypto_algs_show(m);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(virtcrypto_debugfs_algs);

static int virtcrypto_debugfs_choices_show(struct seq_file *m, void *unused)
{
	virtcrypto_algs_show_choices(m);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(virtcrypto_debugfs_choices);

/**
 * virtcrypto_debugfs_add() - show a device
 * @dev: the device
 *
 * Context: process.
 */
void virtcrypto_debugfs_add(struct virtcrypto_device *dev)
{
	dev->debugfs = debugfs_create_dir(dev->name, virtcrypto_debugfs_root);
	debugfs_create_file("stats", 0400, dev->debugfs, dev,
			    &virtcrypto_stats_fops);
}

/**
 * virtcrypto_debugfs_del() - show a device no more
 * @dev: the device
 *
 * Waits for readers, so that the device may be freed afterwards.
 *
 * Context: process.
 */
void virtcrypto_debugfs_del(struct virtcrypto_device *dev)
{
	debugfs_remove_recursive(dev->debugfs);
}

/**
 * virtcrypto_debugfs_init() - make the driver's directory
 */
void virtcrypto_debugfs_init(void)
{
	virtcrypto_debugfs_root = debugfs_create_dir(KBUILD_MODNAME, NULL);
	debugfs_create_file("algs", 0400, virtcrypto_debugfs_root, NULL,
			    &virtcrypto_debugfs_algs_fops);
	debugfs_create_file("choices", 0400, virtcrypto_debugfs_root, NULL,
			    &virtcrypto_debugfs_choices_fops);
}

/**
 * virtcrypto_debugfs_exit() - remove the driver's directory
 */
void virtcrypto_debugfs_exit(void)
{
	debugfs_remove_recursive(virtcrypto_debugfs_root);
}
