// SPDX-License-Identifier: GPL-2.0
// Copyright (C) 2026 The virtio_crypto authors
/*
 * A request that somebody waits for: signatures, which are synchronous, and
 * trials.
 */
#include <linux/errno.h>

#include "virtio_crypto_key.h"
#include "virtio_crypto_req.h"
#include "virtio_crypto_sync.h"

static void virtcrypto_sync_done(struct virtcrypto_req *vr, int err)
{
	struct virtcrypto_sync *sync =
		container_of(vr, struct virtcrypto_sync, vr);

	sync->err = err;
	complete(&sync->done);
}

/**
 * virtcrypto_sync_begin() - begin to describe a request that is waited for
 * @sync: the request
 * @q: the queue that is to do it, NULL for that of the CPU
 *
 * The caller describes the rest of @sync->vr as for virtcrypto_req_init().
 */
void virtcrypto_sync_begin(struct virtcrypto_sync *sync,
			   struct virtcrypto_dataq *q)
{
	virtcrypto_req_init(&sync->vr, &sync->base, virtcrypto_sync_done);
	sync->base.flags = 0;
	sync->vr.dataq = q;
	init_completion(&sync->done);
}

/**
 * virtcrypto_sync_submit() - have a device do a request, and wait for it
 * @sync: the request, described
 * @key: the key
 * @dir: the direction
 *
 * Context: process; waits for the device.
 * Return: what the request was completed with, or why it was not accepted.
 */
int virtcrypto_sync_submit(struct virtcrypto_sync *sync,
			   struct virtcrypto_key *key, u32 dir)
{
	int err;

	err = virtcrypto_key_submit(key, dir, &sync->vr);
	if (err != -EINPROGRESS)
		return err;
	/* Whatever the device does, the watchdog ends this. */
	wait_for_completion(&sync->done);
	return sync->err;
}
