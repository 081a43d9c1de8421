/* SPDX-License-Identifier: GPL-2.0 */
/* Copyright (C) 2026 The virtio_crypto authors */
/*
 * One data request, of any algorithm: what it is, from the caller's lists on.
 * A request says everything that a data queue has to know.
 */
#ifndef VIRTIO_CRYPTO_REQ_H
#define VIRTIO_CRYPTO_REQ_H

#include <linux/crypto.h>
#include <linux/list.h>
#include <linux/scatterlist.h>

#include "virtio_crypto_common.h"

struct virtcrypto_choice;
struct virtcrypto_dataq;
struct virtcrypto_key;
struct virtcrypto_session;

/**
 * struct virtcrypto_part - a stretch of a caller's list
 * @sg: the list
 * @skip: bytes of it that come before
 * @len: bytes
 */
struct virtcrypto_part {
	struct scatterlist *sg;
	unsigned int skip;
	unsigned int len;
};

/* Associated data that the hash wants in another order comes in three. */
#define VIRTCRYPTO_MAX_PARTS		3

/**
 * struct virtcrypto_req - a data request, of any algorithm
 * @node: in a queue's inflight list or backlog, or parked on a session
 * @notify_node: in the list of callers who are owed -EINPROGRESS
 * @base: the caller's request
 * @done: the algorithm's completion, with bottom halves disabled and no lock
 *	held; called exactly once for each request that was accepted.  0 is
 *	success; with any error the fallback may do the request, unless the
 *	device may have overwritten its input
 * @complete: what a queue calls in its place, set by whoever submits the
 *	request; lets go of @sess and calls @done
 * @sess: the session, held from when it is known to completion
 * @key: the transform's, if the fallback may have to do the request
 * @key_seq: which of its keys it is for: virtcrypto_key.seq
 * @choice: to be told what the request has taken, or NULL
 * @dataq: the queue to use, NULL for that of the CPU until it is submitted
 * @op: what to do
 * @src: what the device reads, behind the iv
 * @dst: what the device writes, before the result
 * @nr_src: parts of @src
 * @nr_dst: parts of @dst
 * @nents: entries of both that hold data
 * @bytes: bytes of both
 * @generation: of the device, that the request is for
 * @keys: keys that go with the request, or NULL
 * @keys_len: bytes of @keys
 * @fixed: bytes of @header without the iv
 * @used: bytes that the device says it has written; 0 if that is not known
 * @queued: jiffies when it entered the ring, or when it was first overtaken
 * @overtaken: a later request was answered before
 * @err: what it is to be completed with, while the queue hands it back
 * @settled: the fallback has done it, it only waits for its turn
 * @outcome: of @settled, what the fallback returned
 * @tail: the length is not a multiple of the cipher's block
 * @bad_length: and the device does not take such a length
 * @own_result: the device writes @op.result_len bytes to @result
 * @verifies: the device may find that the input is not authentic
 * @busy: the caller was told -EBUSY and is owed -EINPROGRESS
 * @dirty: it was in a ring: the device may have written to @dst
 * @iv: the iv
 * @header: header and body, read by the device
 * @header_iv: the same, and room for the iv behind them
 * @result: the hash or MAC, written by the device
 * @status: written by the device, with @result alone in its cache lines
 *
 * It lives in the context of the caller's request, which is DMA-able memory.
 */
struct virtcrypto_req {
	struct list_head node;
	struct list_head notify_node;
	struct crypto_async_request *base;
	void (*done)(struct virtcrypto_req *vr, int err);
	void (*complete)(struct virtcrypto_req *vr, int err);
	struct virtcrypto_session *sess;
	struct virtcrypto_key *key;
	unsigned int key_seq;
	struct virtcrypto_choice *choice;
	struct virtcrypto_dataq *dataq;
	struct virtcrypto_op op;
	struct virtcrypto_part src[VIRTCRYPTO_MAX_PARTS];
	struct virtcrypto_part dst[VIRTCRYPTO_MAX_PARTS];
	u8 nr_src;
	u8 nr_dst;
	u8 fixed;
	bool tail;
	bool bad_length;
	bool own_result;
	bool verifies;
	bool busy;
	bool dirty;
	unsigned int nents;
	u64 bytes;
	u32 generation;
	unsigned int keys_len;
	u8 *keys;
	unsigned int used;
	unsigned long queued;
	bool overtaken;
	int err;
	bool settled;
	int outcome;
	u8 iv[VIRTCRYPTO_MAX_IV_SIZE];

	union {
		struct virtcrypto_wire_data header;
		u8 header_iv[VIRTCRYPTO_MAX_FIXED + VIRTCRYPTO_MAX_IV_SIZE];
	} __aligned(CRYPTO_DMA_ALIGN);

	u8 result[VIRTCRYPTO_MAX_RESULT_SIZE] __aligned(CRYPTO_DMA_ALIGN);
	u8 status;
} __aligned(CRYPTO_DMA_ALIGN);

void virtcrypto_req_init(struct virtcrypto_req *vr,
			 struct crypto_async_request *base,
			 void (*done)(struct virtcrypto_req *vr, int err));
int virtcrypto_req_src(struct virtcrypto_req *vr, struct scatterlist *sg,
		       unsigned int skip, unsigned int len);
int virtcrypto_req_dst(struct virtcrypto_req *vr, struct scatterlist *sg,
		       unsigned int skip, unsigned int len);
bool virtcrypto_req_spoiled(const struct virtcrypto_req *vr);
void virtcrypto_req_resume(struct virtcrypto_req *vr);
void virtcrypto_req_finish(struct virtcrypto_req *vr, int err);
void virtcrypto_req_finish_list(struct list_head *list, int err);

/* Can the caller be told to pause, with -EBUSY? */
static inline bool virtcrypto_req_may_wait(const struct virtcrypto_req *vr)
{
	return vr->base->flags & CRYPTO_TFM_REQ_MAY_BACKLOG;
}

/* Will the request be completed?  If not, the fallback has to do it. */
static inline bool virtcrypto_req_accepted(int err)
{
	return err == -EINPROGRESS || err == -EBUSY;
}

#endif /* VIRTIO_CRYPTO_REQ_H */
