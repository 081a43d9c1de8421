/* SPDX-License-Identifier: GPL-2.0 */
/* Copyright (C) 2026 The virtio_crypto authors */
/*
 * Numbers that devices write, which may be shorter than their place.
 */
#ifndef VIRTIO_CRYPTO_NUMBER_H
#define VIRTIO_CRYPTO_NUMBER_H

#include <linux/types.h>

void virtcrypto_number_expect(u8 *buf, unsigned int size);
int virtcrypto_number_place(u8 *buf, unsigned int size, unsigned int used);

#endif /* VIRTIO_CRYPTO_NUMBER_H */
