/* SPDX-License-Identifier: GPL-2.0 */
/* Copyright (C) 2026 The virtio_crypto authors */
/*
 * All algorithms together.
 */
#ifndef VIRTIO_CRYPTO_ALGS_H
#define VIRTIO_CRYPTO_ALGS_H

#include <linux/types.h>

struct seq_file;
struct virtcrypto_device;

int virtcrypto_algs_init(void);
void virtcrypto_algs_exit(void);
bool virtcrypto_algs_ready(struct virtcrypto_device *dev, bool *again);
void virtcrypto_algs_show_choices(struct seq_file *m);
void virtcrypto_algs_show(struct seq_file *m);

#endif /* VIRTIO_CRYPTO_ALGS_H */
