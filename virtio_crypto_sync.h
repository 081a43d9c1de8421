/* SPDX-License-Identifier: GPL-2.0 */
/* Copyright (C) 2026 The virtio_crypto authors */
/*
 * A request that somebody waits for.
 */
#ifndef VIRTIO_CRYPTO_SYNC_H
#define VIRTIO_CRYPTO_SYNC_H

#include <linux/completion.h>
#include <linux/crypto.h>

#include "virtio_crypto_req.h"

struct virtcrypto_dataq;
struct virtcrypto_key;

/**
 * struct virtcrypto_sync - a request that somebody waits for
 * @vr: the request
 * @base: in place of a caller's request
 * @done: the request was completed
 * @err: with this error
 */
struct virtcrypto_sync {
	struct virtcrypto_req vr;
	struct crypto_async_request base;
	struct completion done;
	int err;
} __aligned(CRYPTO_DMA_ALIGN);

void virtcrypto_sync_begin(struct virtcrypto_sync *sync,
			   struct virtcrypto_dataq *q);
int virtcrypto_sync_submit(struct virtcrypto_sync *sync,
			   struct virtcrypto_key *key, u32 dir);

#endif /* VIRTIO_CRYPTO_SYNC_H */
