// SPDX-License-Identifier: GPL-2.0
// Copyright (C) 2026 The virtio_crypto authors
/*
 * Describing a request: which parts of the caller's lists the device reads and
 * writes.  A request lives in the context of the caller's request and points
 * into the caller's lists; nothing is allocated and nothing is locked here.
 */
#include <linux/bottom_half.h>
#include <linux/bug.h>
#include <linux/scatterlist.h>

#include "virtio_crypto_req.h"

/*
 * Find the entry that holds byte @skip of a list; @skip becomes the offset in
 * it.
 */
static struct scatterlist *virtcrypto_sg_skip(struct scatterlist *sg,
					      unsigned int *skip)
{
	while (sg && *skip >= sg->length) {
		*skip -= sg->length;
		sg = sg_next(sg);
	}
	return sg;
}

/*
 * Add a part of a list and count the entries that hold its data.  Entries of
 * length zero are left out, as a device may refuse them.
 */
static int virtcrypto_req_part(struct virtcrypto_req *vr,
			       struct virtcrypto_part *parts, u8 *nr,
			       struct scatterlist *sg, unsigned int skip,
			       unsigned int len)
{
	struct virtcrypto_part *part = &parts[*nr];
	unsigned int n = 0, left = len;

	if (!len)
		return 0;
	if (WARN_ON_ONCE(*nr >= VIRTCRYPTO_MAX_PARTS))
		return -EINVAL;

	sg = virtcrypto_sg_skip(sg, &skip);
	part->sg = sg;
	part->skip = skip;
	part->len = len;
	for (; left && sg; sg = sg_next(sg)) {
		if (sg->length == skip)
			continue;
		left -= min(left, sg->length - skip);
		skip = 0;
		n++;
	}
	if (left)
		return -EINVAL;
	vr->nents += n;
	vr->bytes += len;
	(*nr)++;
	return 0;
}

/**
 * virtcrypto_req_init() - begin to describe a request
 * @vr: the request
 * @base: the caller's request
 * @done: its completion
 *
 * The caller fills in @vr->op, the iv if there is one, and adds the parts of
 * source and destination.
 *
 * Context: any.
 */
void virtcrypto_req_init(struct virtcrypto_req *vr,
			 struct crypto_async_request *base,
			 void (*done)(struct virtcrypto_req *vr, int err))
{
	vr->base = base;
	vr->done = done;
	vr->key = NULL;
	vr->key_seq = 0;
	vr->sess = NULL;
	vr->choice = NULL;
	vr->dataq = NULL;
	memset(&vr->op, 0, sizeof(vr->op));
	vr->nr_src = 0;
	vr->nr_dst = 0;
	vr->nents = 0;
	vr->bytes = 0;
	vr->tail = false;
	vr->own_result = false;
	vr->verifies = false;
	vr->busy = false;
	vr->dirty = false;
	vr->settled = false;
	vr->overtaken = false;
}

/**
 * virtcrypto_req_src() - have a device read part of a list
 * @vr: the request
 * @sg: the list
 * @skip: bytes of it that come before
 * @len: bytes; with none nothing is added
 *
 * Context: any.
 * Return: 0, or -EINVAL if the list is too short.
 */
int virtcrypto_req_src(struct virtcrypto_req *vr, struct scatterlist *sg,
		       unsigned int skip, unsigned int len)
{
	return virtcrypto_req_part(vr, vr->src, &vr->nr_src, sg, skip, len);
}

/**
 * virtcrypto_req_dst() - have a device write part of a list
 * @vr: the request
 * @sg: the list
 * @skip: bytes of it that come before
 * @len: bytes; with none nothing is added
 *
 * Context: any.
 * Return: 0, or -EINVAL if the list is too short.
 */
int virtcrypto_req_dst(struct virtcrypto_req *vr, struct scatterlist *sg,
		       unsigned int skip, unsigned int len)
{
	return virtcrypto_req_part(vr, vr->dst, &vr->nr_dst, sg, skip, len);
}

/* How many bytes of an entry belong to a part with @left bytes left? */
static unsigned int virtcrypto_part_span(const struct scatterlist *sg,
					 unsigned int *skip, unsigned int *left,
					 phys_addr_t *at)
{
	unsigned int len = min(*left, sg->length - *skip);

	*at = sg_phys((struct scatterlist *)sg) + *skip;
	*left -= len;
	*skip = 0;
	return len;
}

/* Do two parts share any memory? */
static bool virtcrypto_parts_overlap(const struct virtcrypto_part *a,
				     const struct virtcrypto_part *b)
{
	unsigned int skip_a = a->skip, left_a = a->len;
	struct scatterlist *sa, *sb;
	phys_addr_t at_a, at_b;

	for (sa = a->sg; left_a; sa = sg_next(sa)) {
		unsigned int len_a = virtcrypto_part_span(sa, &skip_a, &left_a,
							  &at_a);
		unsigned int skip_b = b->skip, left_b = b->len;

		for (sb = b->sg; left_b; sb = sg_next(sb)) {
			unsigned int len_b = virtcrypto_part_span(sb, &skip_b,
								  &left_b,
								  &at_b);

			if (at_a < at_b + len_b && at_b < at_a + len_a)
				return true;
		}
	}
	return false;
}

/**
 * virtcrypto_req_spoiled() - may a device have overwritten a request's input?
 * @vr: the request, described and completed
 *
 * Compares what the device was given to write with what it was given to read.
 * The device may have written anything there, whatever it reports.
 *
 * Context: any.
 * Return: true if the request cannot be done again from its input.
 */
bool virtcrypto_req_spoiled(const struct virtcrypto_req *vr)
{
	unsigned int s, d;

	if (!vr->dirty)
		return false;
	for (s = 0; s < vr->nr_src; s++) {
		for (d = 0; d < vr->nr_dst; d++) {
			/* The common case: the request is in place. */
			if (vr->src[s].sg == vr->dst[d].sg &&
			    vr->src[s].skip == vr->dst[d].skip)
				return true;
			if (virtcrypto_parts_overlap(&vr->src[s], &vr->dst[d]))
				return true;
		}
	}
	return false;
}

/**
 * virtcrypto_req_resume() - tell a caller that got -EBUSY to go on
 * @vr: the request, in no list
 *
 * Context: any but hard interrupts, no lock held.
 */
void virtcrypto_req_resume(struct virtcrypto_req *vr)
{
	if (!vr->busy)
		return;
	vr->busy = false;
	local_bh_disable();
	crypto_request_complete(vr->base, -EINPROGRESS);
	local_bh_enable();
}

/**
 * virtcrypto_req_finish() - complete an accepted request
 * @vr: the request, in no list
 * @err: 0 or an error
 *
 * Context: any but hard interrupts, no lock held.
 */
void virtcrypto_req_finish(struct virtcrypto_req *vr, int err)
{
	local_bh_disable();
	virtcrypto_req_resume(vr);
	vr->complete(vr, err);
	local_bh_enable();
}

/**
 * virtcrypto_req_finish_list() - complete all requests of a list
 * @list: the requests, by their nodes; empty afterwards
 * @err: 0 or an error
 *
 * Context: any but hard interrupts, no lock held.
 */
void virtcrypto_req_finish_list(struct list_head *list, int err)
{
	struct virtcrypto_req *vr, *next;

	list_for_each_entry_safe(vr, next, list, node) {
		list_del(&vr->node);
		virtcrypto_req_finish(vr, err);
	}
}
