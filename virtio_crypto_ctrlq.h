/* SPDX-License-Identifier: GPL-2.0 */
/* Copyright (C) 2026 The virtio_crypto authors */
/*
 * The control queue.
 */
#ifndef VIRTIO_CRYPTO_CTRLQ_H
#define VIRTIO_CRYPTO_CTRLQ_H

#include <linux/spinlock.h>

#include "virtio_crypto_bh.h"
#include "virtio_crypto_common.h"

struct virtcrypto_watch;
struct virtqueue;

/**
 * struct virtcrypto_ctrlq - the control queue
 * @lock: guards all below but @bh and @watch
 * @vq: the virtqueue, valid while @running
 * @inflight: messages in the ring, the oldest first
 * @pending: messages that wait for room in the ring or for HW_READY, likewise
 * @late: messages in the ring whose owners have given up
 * @pending_late: the same of those that wait, all older than @pending
 * @indirect: a message takes one place of the ring
 * @running: messages may be sent
 * @ready: the device has HW_READY set; until then messages wait
 * @stalled: a message has timed out and the device has answered none since
 * @sent: messages put on the ring
 * @timeouts: messages that were not answered in time
 * @bh: softirq half of the interrupt handler
 * @watch: the device's watchdog
 * @generation: of the device; rises in virtcrypto_ctrlq_close(), whenever the
 *	sessions of before may be gone.  A session of another generation is
 *	never used nor destroyed.  Others read it without the lock, for each
 *	request, so that it is not on the lock's cache line.
 */
struct virtcrypto_ctrlq {
	spinlock_t lock;		/* see above */
	struct virtqueue *vq;
	struct list_head inflight;
	struct list_head pending;
	struct list_head late;
	struct list_head pending_late;
	bool indirect;
	bool running;
	bool ready;
	bool stalled;
	u64 sent;
	u64 timeouts;
	struct virtcrypto_bh bh;
	struct virtcrypto_watch *watch;
	u32 generation;
};

/**
 * struct virtcrypto_ctrl_msg - one message on the control queue
 * @node: in one of the lists of virtcrypto_ctrlq
 * @queued: jiffies when it was sent
 * @event: told what becomes of the message, with bottom halves disabled:
 *	-ETIMEDOUT, at most once, when the answer is late and the buffers still
 *	are the device's; and in any case once, as the last thing, 0 for an
 *	answer or -ENODEV for a message that the device will not answer
 * @out: what the device reads
 * @out_len: its length
 * @in_len: length of what the device writes: the start of @result
 * @timed_out: @event has heard -ETIMEDOUT
 * @result: what the device writes, alone in its cache lines
 */
struct virtcrypto_ctrl_msg {
	struct list_head node;
	unsigned long queued;
	void (*event)(struct virtcrypto_ctrl_msg *msg, int err);
	void *out;
	unsigned int out_len;
	unsigned int in_len;
	bool timed_out;
	union {
		struct virtcrypto_wire_create_result create;
		struct virtcrypto_wire_destroy_result destroy;
	} result __aligned(CRYPTO_DMA_ALIGN);
} __aligned(CRYPTO_DMA_ALIGN);

void virtcrypto_ctrlq_init(struct virtcrypto_ctrlq *cq,
			   struct virtcrypto_watch *watch);
void virtcrypto_ctrlq_start(struct virtcrypto_ctrlq *cq, struct virtqueue *vq);
void virtcrypto_ctrlq_set_ready(struct virtcrypto_ctrlq *cq, bool ready);
void virtcrypto_ctrlq_close(struct virtcrypto_ctrlq *cq);
void virtcrypto_ctrlq_drop(struct virtcrypto_ctrlq *cq);
int virtcrypto_ctrlq_send(struct virtcrypto_ctrlq *cq,
			  struct virtcrypto_ctrl_msg *msg, u32 generation);
bool virtcrypto_ctrlq_answers(const struct virtcrypto_ctrlq *cq);
bool virtcrypto_ctrlq_stalled(const struct virtcrypto_ctrlq *cq);
bool virtcrypto_ctrlq_idle(struct virtcrypto_ctrlq *cq);
void virtcrypto_ctrlq_forgive(struct virtcrypto_ctrlq *cq, unsigned long gap);
bool virtcrypto_ctrlq_check(struct virtcrypto_ctrlq *cq, bool *busy,
			    bool *overdue);

#endif /* VIRTIO_CRYPTO_CTRLQ_H */
