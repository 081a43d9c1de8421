/* SPDX-License-Identifier: GPL-2.0 */
/* Copyright (C) 2026 The virtio_crypto authors */
/*
 * Statistics in debugfs.
 */
#ifndef VIRTIO_CRYPTO_DEBUGFS_H
#define VIRTIO_CRYPTO_DEBUGFS_H

struct virtcrypto_device;

void virtcrypto_debugfs_init(void);
void virtcrypto_debugfs_exit(void);
void virtcrypto_debugfs_add(struct virtcrypto_device *dev);
void virtcrypto_debugfs_del(struct virtcrypto_device *dev);

#endif /* VIRTIO_CRYPTO_DEBUGFS_H */
