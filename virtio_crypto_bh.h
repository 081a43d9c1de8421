/* SPDX-License-Identifier: GPL-2.0 */
/* Copyright (C) 2026 The virtio_crypto authors */
/*
 * Bottom halves of the interrupt handlers.
 */
#ifndef VIRTIO_CRYPTO_BH_H
#define VIRTIO_CRYPTO_BH_H

#include <linux/workqueue.h>

#include "virtio_crypto_compat.h"

/**
 * struct virtcrypto_bh - a bottom half, see virtio_crypto_bh.c
 * @soft: runs in softirqs
 * @work: runs instead when it must not
 * @away: the work is queued or runs
 * @killed: virtcrypto_bh_kill() is at work: neither starts the other
 * @func: what it does
 */
struct virtcrypto_bh {
	struct vc_bh soft;
	struct work_struct work;
	bool away;
	bool killed;
	void (*func)(struct virtcrypto_bh *bh);
};

void virtcrypto_bh_init(struct virtcrypto_bh *bh,
			void (*func)(struct virtcrypto_bh *bh));
void virtcrypto_bh_schedule(struct virtcrypto_bh *bh);
void virtcrypto_bh_kill(struct virtcrypto_bh *bh);

#endif /* VIRTIO_CRYPTO_BH_H */
