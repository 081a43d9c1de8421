/* SPDX-License-Identifier: GPL-2.0 */
/* Copyright (C) 2026 The virtio_crypto authors */
/*
 * The fallback: software that does what no device does.
 */
#ifndef VIRTIO_CRYPTO_FALLBACK_H
#define VIRTIO_CRYPTO_FALLBACK_H

#include <linux/workqueue.h>

#include "virtio_crypto_row.h"

struct virtcrypto_req;

/* Flags that the software of a fallback must not have. */
#define VIRTCRYPTO_FALLBACK_MASK (CRYPTO_ALG_ASYNC | CRYPTO_ALG_NEED_FALLBACK | \
				  CRYPTO_ALG_ALLOCATES_MEMORY)

/* Has the fallback do a caller's request; @flags tell whether it may sleep. */
typedef int (*virtcrypto_fallback_t)(struct crypto_async_request *base,
				     u32 flags);

/**
 * struct virtcrypto_fallback_work - what the fallback does where it may sleep
 * @work: does it
 * @row: the algorithm
 * @vr: the request
 * @why: why not a device
 * @func: how the fallback does it
 */
struct virtcrypto_fallback_work {
	struct work_struct work;
	const struct virtcrypto_row *row;
	struct virtcrypto_req *vr;
	enum virtcrypto_count why;
	virtcrypto_fallback_t func;
};

enum virtcrypto_count virtcrypto_fallback_reason(int err, bool accepted);
int virtcrypto_fallback_do(const struct virtcrypto_row *row,
			   struct virtcrypto_req *vr, int err,
			   virtcrypto_fallback_t func);
int virtcrypto_fallback_redo(const struct virtcrypto_row *row,
			     struct virtcrypto_req *vr, int err,
			     virtcrypto_fallback_t func);
void virtcrypto_fallback_redo_later(struct virtcrypto_fallback_work *later,
				    const struct virtcrypto_row *row,
				    struct virtcrypto_req *vr,
				    enum virtcrypto_count why,
				    virtcrypto_fallback_t func);
int virtcrypto_fallback_sleeping(struct virtcrypto_fallback_work *later,
				 const struct virtcrypto_row *row,
				 struct virtcrypto_req *vr, int err,
				 virtcrypto_fallback_t func);

#endif /* VIRTIO_CRYPTO_FALLBACK_H */
