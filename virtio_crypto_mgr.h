/* SPDX-License-Identifier: GPL-2.0 */
/* Copyright (C) 2026 The virtio_crypto authors */
/*
 * The devices that there are, and the choice among them.
 */
#ifndef VIRTIO_CRYPTO_MGR_H
#define VIRTIO_CRYPTO_MGR_H

#include "virtio_crypto_common.h"

struct virtcrypto_device;

void virtcrypto_mgr_add(struct virtcrypto_device *dev);
void virtcrypto_mgr_del(struct virtcrypto_device *dev);
struct virtcrypto_device *virtcrypto_mgr_get(unsigned int row,
					     const struct virtcrypto_params *params,
					     u64 avoid);

#endif /* VIRTIO_CRYPTO_MGR_H */
