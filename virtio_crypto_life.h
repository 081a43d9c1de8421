/* SPDX-License-Identifier: GPL-2.0 */
/* Copyright (C) 2026 The virtio_crypto authors */
/*
 * The life of a device, from probe to remove.
 */
#ifndef VIRTIO_CRYPTO_LIFE_H
#define VIRTIO_CRYPTO_LIFE_H

#include <linux/types.h>

struct virtcrypto_device;

int virtcrypto_life_start(struct virtcrypto_device *dev);
void virtcrypto_life_restart(struct virtcrypto_device *dev);
void virtcrypto_life_stop(struct virtcrypto_device *dev);
void virtcrypto_life_remove(struct virtcrypto_device *dev);
void virtcrypto_life_config_changed(struct virtcrypto_device *dev);
void virtcrypto_life_init(bool (*on_ready)(struct virtcrypto_device *dev,
					   bool *again));
void virtcrypto_life_wait(void);

#endif /* VIRTIO_CRYPTO_LIFE_H */
