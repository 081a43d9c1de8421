/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The virtio_crypto authors
 *
 * Latencies, counted without an allocation or a lock, for vcbench and vcring.
 */
#ifndef VCBENCH_H
#define VCBENCH_H

#include <linux/bitops.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/time64.h>
#include <linux/types.h>

/*
 * Each power of two is divided into 16 buckets, so a percentile is wrong by at
 * most 6 %.
 */
#define VCB_SUB_BITS	4
#define VCB_BUCKETS	((64 - VCB_SUB_BITS + 1) << VCB_SUB_BITS)

/*
 * One writer at a time. Times are in ns. @all has the requests before the
 * measurement, too, for what can only be counted from start to end.
 */
struct vcb_hist {
	u64 all;
	u64 count;
	u64 sum;
	u64 max;
	u32 bucket[VCB_BUCKETS];
};

static inline unsigned int vcb_bucket(u64 ns)
{
	unsigned int shift;

	if (ns < 1 << VCB_SUB_BITS)
		return ns;
	shift = fls64(ns) - VCB_SUB_BITS - 1;
	return (shift << VCB_SUB_BITS) + (ns >> shift);
}

static inline void vcb_count(struct vcb_hist *h, u64 ns, bool measuring)
{
	h->all++;
	if (!measuring)
		return;
	h->count++;
	h->sum += ns;
	h->max = max(h->max, ns);
	h->bucket[vcb_bucket(ns)]++;
}

static inline void vcb_add(struct vcb_hist *h, const struct vcb_hist *more)
{
	unsigned int i;

	h->all += more->all;
	h->count += more->count;
	h->sum += more->sum;
	h->max = max(h->max, more->max);
	for (i = 0; i < VCB_BUCKETS; i++)
		h->bucket[i] += more->bucket[i];
}

/* What @percent of the latencies do not exceed: the middle of its bucket. */
static inline u64 vcb_percentile(const struct vcb_hist *h, unsigned int percent)
{
	u64 left = div_u64(h->count * percent, 100);
	unsigned int i, shift;

	for (i = 0; i < VCB_BUCKETS - 1 && left >= h->bucket[i]; i++)
		left -= h->bucket[i];
	if (i < 2 << VCB_SUB_BITS)
		return i;
	shift = (i >> VCB_SUB_BITS) - 1;
	return min(((u64)(i - (shift << VCB_SUB_BITS)) << shift) +
		   (1ULL << shift) / 2, h->max);
}

/* Writes the result of @ns nanoseconds to @buf, as tests/bench reads it. */
static inline int vcb_format(char *buf, size_t size, const struct vcb_hist *h,
			     u64 ns)
{
	if (!h->count)
		return -ENODATA;
	snprintf(buf, size,
		 "all=%llu rate=%llu mean=%llu p50=%llu p99=%llu max=%llu",
		 h->all, div64_u64(h->count * NSEC_PER_SEC, ns),
		 div64_u64(h->sum, h->count), vcb_percentile(h, 50),
		 vcb_percentile(h, 99), h->max);
	return 0;
}

#endif /* VCBENCH_H */
