// SPDX-License-Identifier: GPL-2.0
// Copyright (C) 2026 The virtio_crypto authors
/*
 * The fallback: software that does what no device does.  Each transform has
 * one, a software transform of the same algorithm with the same key; how it is
 * called is in virtio_crypto_*_algs.c.
 *
 * While the fallback works, virtcrypto_key.redo or .slow_redo keeps it from
 * getting another key.
 */
#include <linux/bottom_half.h>
#include <linux/errno.h>
#include <linux/ktime.h>

#include "virtio_crypto_choice.h"
#include "virtio_crypto_fallback.h"
#include "virtio_crypto_key.h"
#include "virtio_crypto_req.h"
#include "virtio_crypto_wq.h"

/**
 * virtcrypto_fallback_reason() - why does the fallback do a request?
 * @err: what the layers below said
 * @accepted: a device was to do it before
 *
 * Return: the reason, to be counted.
 */
enum virtcrypto_count virtcrypto_fallback_reason(int err, bool accepted)
{
	switch (err) {
	case -ECANCELED:
		return VIRTCRYPTO_FB_CHOICE;
	case -ENODEV:
		return accepted ? VIRTCRYPTO_FB_LOST : VIRTCRYPTO_FB_NODEV;
	case -EOPNOTSUPP:
		return VIRTCRYPTO_FB_LOST;
	case -ENOKEY:
		return accepted ? VIRTCRYPTO_FB_LOST : VIRTCRYPTO_FB_NOSESSION;
	case -EIO:
		return VIRTCRYPTO_FB_ERROR;
	case -E2BIG:
		return VIRTCRYPTO_FB_FRAGS;
	case -EMSGSIZE:
		return VIRTCRYPTO_FB_SIZE;
	case -EDOM:
		return VIRTCRYPTO_FB_LENGTH;
	case -ENOMEM:
		return VIRTCRYPTO_FB_NOMEM;
	case -ENOSPC:
		return VIRTCRYPTO_FB_BUSY;
	default:
		return VIRTCRYPTO_FB_NOSESSION;
	}
}

/**
 * virtcrypto_fallback_do() - have the fallback do a request that no device was
 * given
 * @row: the algorithm, where it is counted
 * @vr: the request
 * @err: why not a device; -ECANCELED if software is expected to be faster
 * @func: how the fallback does it; it may sleep if the caller may
 *
 * Context: any but hard interrupts.
 * Return: what the fallback returns.
 */
int virtcrypto_fallback_do(const struct virtcrypto_row *row,
			   struct virtcrypto_req *vr, int err,
			   virtcrypto_fallback_t func)
{
	u64 began;

	virtcrypto_row_count(row, virtcrypto_fallback_reason(err, false));
	if (err != -ECANCELED || !virtcrypto_choice_samples(vr->choice))
		return func(vr->base, vr->base->flags);
	began = ktime_get_ns();
	err = func(vr->base, vr->base->flags);
	virtcrypto_choice_software_took(vr->choice, ktime_get_ns() - began);
	return err;
}

/*
 * The fallback has the transform's newest key only, and must not do a request
 * for an older one.  Called under the lock that keeps the key from changing.
 */
static int virtcrypto_fallback_locked(const struct virtcrypto_row *row,
				      struct virtcrypto_req *vr,
				      enum virtcrypto_count why,
				      virtcrypto_fallback_t func, u32 flags)
{
	if (vr->key_seq != vr->key->seq) {
		virtcrypto_row_count(row, VIRTCRYPTO_EIO);
		return -EIO;
	}
	virtcrypto_row_count(row, why);
	return func(vr->base, flags);
}

/**
 * virtcrypto_fallback_redo() - have the fallback do a request that a device has
 * not done
 * @row: the algorithm, where it is counted
 * @vr: the request, as it was submitted; its input is still there
 * @err: why the device did not do it
 * @func: how the fallback does it, without sleeping
 *
 * Context: any but hard interrupts.
 * Return: what the fallback returns; -EIO if the key has changed.
 */
int virtcrypto_fallback_redo(const struct virtcrypto_row *row,
			     struct virtcrypto_req *vr, int err,
			     virtcrypto_fallback_t func)
{
	enum virtcrypto_count why = virtcrypto_fallback_reason(err, true);

	read_lock_bh(&vr->key->redo);
	err = virtcrypto_fallback_locked(row, vr, why, func, 0);
	read_unlock_bh(&vr->key->redo);
	return err;
}

static void virtcrypto_fallback_run(struct work_struct *work)
{
	struct virtcrypto_fallback_work *later =
		container_of(work, struct virtcrypto_fallback_work, work);
	struct virtcrypto_req *vr = later->vr;
	int err;

	down_read(&vr->key->slow_redo);
	err = virtcrypto_fallback_locked(later->row, vr, later->why, later->func,
					 CRYPTO_TFM_REQ_MAY_SLEEP);
	up_read(&vr->key->slow_redo);
	local_bh_disable();
	crypto_request_complete(vr->base, err);
	local_bh_enable();
}

/**
 * virtcrypto_fallback_redo_later() - have the fallback do a request where it
 * may sleep
 * @later: in the request's context
 * @row: the algorithm
 * @vr: the request; it is completed when the fallback has done it
 * @why: why not a device
 * @func: how the fallback does it
 *
 * Fails if the key has changed, as virtcrypto_fallback_redo().
 *
 * Context: any.
 */
void virtcrypto_fallback_redo_later(struct virtcrypto_fallback_work *later,
				    const struct virtcrypto_row *row,
				    struct virtcrypto_req *vr,
				    enum virtcrypto_count why,
				    virtcrypto_fallback_t func)
{
	later->row = row;
	later->vr = vr;
	later->why = why;
	later->func = func;
	INIT_WORK(&later->work, virtcrypto_fallback_run);
	queue_work(virtcrypto_slow_wq, &later->work);
}

/**
 * virtcrypto_fallback_sleeping() - have the fallback do a request that no
 * device was given
 * @later: in the request's context
 * @row: the algorithm
 * @vr: the request
 * @err: why not a device
 * @func: how the fallback does it, sleeping
 *
 * Context: any but hard interrupts; sleeps if the request says that it may.
 * Return: what the fallback returns; -EINPROGRESS if it is yet to do it.
 */
int virtcrypto_fallback_sleeping(struct virtcrypto_fallback_work *later,
				 const struct virtcrypto_row *row,
				 struct virtcrypto_req *vr, int err,
				 virtcrypto_fallback_t func)
{
	enum virtcrypto_count why = virtcrypto_fallback_reason(err, false);

	if (!(vr->base->flags & CRYPTO_TFM_REQ_MAY_SLEEP)) {
		virtcrypto_fallback_redo_later(later, row, vr, why, func);
		return -EINPROGRESS;
	}
	virtcrypto_row_count(row, why);
	return func(vr->base, CRYPTO_TFM_REQ_MAY_SLEEP);
}
