/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The virtio_crypto authors
 *
 * Latencies, counted without an allocation or a lock, and CPU time, for vcbench
 * and vcring.
 */
#ifndef VCBENCH_H
#define VCBENCH_H

#include <linux/bitops.h>
#include <linux/cpumask.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/kernel_stat.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/tick.h>
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

/* The time, and how long all CPUs have been busy until then. */
struct vcb_stamp {
	u64 now;
	s64 busy;
};

static inline struct vcb_stamp vcb_stamp(void)
{
	struct vcb_stamp s = { .now = ktime_get_ns() };
	unsigned int cpu;

	for_each_online_cpu(cpu)
		s.busy += s.now -
			  get_cpu_idle_time_us(cpu, NULL) * NSEC_PER_USEC;
	return s;
}

/* Writes the result to @buf, in the form that tests/bench reads. */
static inline int vcb_format(char *buf, size_t size, const struct vcb_hist *h,
			     const struct vcb_stamp *from,
			     const struct vcb_stamp *to)
{
	int n;

	if (!h->count)
		return -ENODATA;
	n = scnprintf(buf, size,
		      "all=%llu rate=%llu mean=%llu p50=%llu p99=%llu max=%llu",
		      h->all,
		      div64_u64(h->count * NSEC_PER_SEC, to->now - from->now),
		      div64_u64(h->sum, h->count), vcb_percentile(h, 50),
		      vcb_percentile(h, 99), h->max);
	/* User-Mode Linux counts interrupts as idle time. */
	if (!IS_ENABLED(CONFIG_UML))
		scnprintf(buf + n, size - n, " cpu=%llu",
			  div64_u64(max(to->busy - from->busy, 0LL), h->count));
	return 0;
}

#endif /* VCBENCH_H */
