/* SPDX-License-Identifier: GPL-2.0 */
/* Copyright (C) 2026 The virtio_crypto authors */
/*
 * One data queue.
 */
#ifndef VIRTIO_CRYPTO_DATAQ_H
#define VIRTIO_CRYPTO_DATAQ_H

#include <linux/scatterlist.h>
#include <linux/spinlock.h>

#include "virtio_crypto_bh.h"
#include "virtio_crypto_common.h"

struct virtcrypto_req;
struct virtcrypto_watch;
struct virtqueue;

/**
 * struct virtcrypto_dataq_setup - what a queue has to know of its device
 * @generation: requests for another one are refused
 * @max_size: limit for the variable-length parts of one request together
 * @vhost_user: DPDK's limits apply
 */
struct virtcrypto_dataq_setup {
	u32 generation;
	u64 max_size;
	bool vhost_user;
};

/**
 * struct virtcrypto_dataq - one data queue
 * @lock: guards all below but @watch, @name, @bh, @mute and what start sets up
 * @vq: the virtqueue, valid while @running
 * @sg: scratch list, long enough for a whole ring, for the duration of one add
 * @setup: what the device was started with
 * @max_descs: most descriptors of one request
 * @max_src: most bytes of source of one request
 * @max_inflight: most requests in the ring
 * @indirect: a request takes one place of the ring, its descriptors are
 *	elsewhere
 * @split: the iv has a descriptor of its own
 * @in_order: VIRTIO_F_IN_ORDER was negotiated
 * @had_len: the device has told a length other than 0
 * @failed: the device gave back a request without a status
 * @inflight: requests in the ring, the oldest first, and between them those
 *	that the fallback has done and that are completed in their turn
 * @backlog: requests that wait for room in the ring, or for their turn
 * @nr_inflight: requests in the ring
 * @nr_backlog: requests of @backlog that wait for room
 * @nr_nowait: of these, those whose callers cannot be told to pause
 * @unkicked: requests in the ring that the device has not been told of
 * @prompt: requests in a row that woke the device up and were answered at once
 * @progress: jiffies of the last completion, or of the first request after
 *	idleness
 * @since_ns: when the device was last seen to have nothing to do or to answer,
 *	or 0 if nobody has to know
 * @woke: no answer has come since then
 * @running: requests may be added
 * @mute: no CPU is to use the queue, see virtcrypto_device_mute()
 * @submitted: requests put on the ring
 * @completed: requests that the device gave back
 * @errors: of these, with a status other than OK
 * @notified: notifications sent
 * @backlogged: requests that had to wait
 * @refused: requests not accepted because the backlog was full
 * @bh: softirq half of the interrupt handler
 * @watch: the device's watchdog
 * @name: the virtqueue's name
 */
struct virtcrypto_dataq {
	spinlock_t lock;		/* see above */
	struct virtqueue *vq;
	struct scatterlist *sg;
	struct virtcrypto_dataq_setup setup;
	unsigned int max_descs;
	unsigned int max_src;
	unsigned int max_inflight;
	bool indirect;
	bool split;
	bool in_order;
	bool had_len;
	bool failed;
	struct list_head inflight;
	struct list_head backlog;
	unsigned int nr_inflight;
	unsigned int nr_backlog;
	unsigned int nr_nowait;
	unsigned int unkicked;
	unsigned int prompt;
	unsigned long progress;
	u64 since_ns;
	bool woke;
	bool running;
	bool mute;
	u64 submitted;
	u64 completed;
	u64 errors;
	u64 notified;
	u64 backlogged;
	u64 refused;
	struct virtcrypto_bh bh;
	struct virtcrypto_watch *watch;
	char name[24];
} ____cacheline_aligned_in_smp;

void virtcrypto_dataq_init(struct virtcrypto_dataq *q, unsigned int nr,
			   struct virtcrypto_watch *watch);
int virtcrypto_dataq_start(struct virtcrypto_dataq *q, struct virtqueue *vq,
			   const struct virtcrypto_dataq_setup *setup);
void virtcrypto_dataq_pause(struct virtcrypto_dataq *q);
void virtcrypto_dataq_resume(struct virtcrypto_dataq *q);
void virtcrypto_dataq_drop(struct virtcrypto_dataq *q);
int virtcrypto_dataq_submit(struct virtcrypto_req *vr, bool accepted);
int virtcrypto_dataq_settle(struct virtcrypto_req *vr, int err);
bool virtcrypto_dataq_idle(struct virtcrypto_dataq *q);
bool virtcrypto_dataq_check(struct virtcrypto_dataq *q, bool *busy,
			    bool *overdue);
void virtcrypto_dataq_forgive(struct virtcrypto_dataq *q, unsigned long gap);

#endif /* VIRTIO_CRYPTO_DATAQ_H */
