// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The virtio_crypto authors
 *
 * vctest: loads. A full ring, background load over several transforms, and
 * speed.
 */

#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/string.h>

#include "vctest.h"

#define PAIRS		4
/* A load ends within its time and 40 s more. */
#define LOAD_TIMEOUT	(35 * HZ)

/* Several transforms with their own keys. */
static struct vct_pair pairs[PAIRS];

static int open_pairs(unsigned int nr, struct rnd_state *rng)
{
	unsigned int i;
	int err;

	for (i = 0; i < nr; i++) {
		err = vct_pair_open(&pairs[i], vct.alg);
		if (err)
			goto close;
		err = vct_pair_new_key(&pairs[i], rng);
		if (err) {
			i++;
			goto close;
		}
	}
	return 0;
close:
	while (i--)
		vct_pair_close(&pairs[i]);
	return err;
}

static void close_pairs(unsigned int nr)
{
	while (nr--)
		vct_pair_close(&pairs[nr]);
}

/* Let a load run until it ends by itself, or for @secs. */
static int run_load(const struct vct_load *load, unsigned int secs,
		    struct vct_counts *counts)
{
	struct vct_engine *engine;
	unsigned long end;

	engine = vct_engine_start(load);
	if (IS_ERR(engine))
		return PTR_ERR(engine);
	end = jiffies + secs * HZ;
	while (!vct_engine_finished(engine) &&
	       (!secs || time_before(jiffies, end)))
		msleep(20);
	vct_engine_stop(engine, counts);
	if (!counts->done) {
		vct_fault("nothing was done");
		return vct_counts_verdict(counts) ?: -ENODATA;
	}
	return vct_counts_verdict(counts);
}

/**
 * vct_test_ring() - more requests in flight than any ring holds
 * @rng: source of randomness
 *
 * Return: 0 or the first error.
 */
int vct_test_ring(struct rnd_state *rng)
{
	static const char * const name[] = {
		[VCT_NO_BACKLOG] = "without MAY_BACKLOG",
		[VCT_POLITE] = "with MAY_BACKLOG, waiting when busy",
		[VCT_PUSHY] = "with MAY_BACKLOG, going on when busy",
	};
	struct vct_load load = {
		.pairs = pairs,
		.nr_pairs = 2,
		.workers = vct.threads,
		.depth = vct.depth,
		.len = vct.len,
		.requests = vct.count ?: 4 * vct.depth,
		.timeout = vct_timeout(),
		.verify = true,
	};
	struct vct_counts counts;
	int err, ret = 0;

	err = open_pairs(load.nr_pairs, rng);
	if (err)
		return err;

	for (load.backlog = 0; load.backlog < ARRAY_SIZE(name) && !vct_stuck;
	     load.backlog++) {
		memset(&counts, 0, sizeof(counts));
		err = run_load(&load, 0, &counts);
		vct_counts_print(name[load.backlog], &counts);
		/* the fallback does at once what may not wait for a full queue */
		if (!err && vct.need_full && !counts.busy && !counts.immediate) {
			vct_fault("no queue was ever full");
			err = -ENODATA;
		}
		ret = vct_result(err, "%u in flight, %s", load.depth,
				 name[load.backlog]) ?: ret;
	}
	close_pairs(load.nr_pairs);
	return ret;
}

static struct vct_load background(void)
{
	return (struct vct_load) {
		.pairs = pairs,
		.nr_pairs = PAIRS,
		.workers = vct.threads,
		.depth = min(vct.depth, 256U),
		.len = vct.len,
		.backlog = VCT_ALTERNATING,
		.timeout = min_t(unsigned long, vct_timeout(), LOAD_TIMEOUT),
		.verify = true,
		.allow_eio = vct.allow_eio,
	};
}

static int report_load(int err, const struct vct_counts *counts)
{
	vct_counts_print("load", counts);
	return vct_result(err, "load");
}

/**
 * vct_test_load() - load for some seconds
 * @rng: source of randomness
 *
 * Return: 0 or the first error.
 */
int vct_test_load(struct rnd_state *rng)
{
	struct vct_load load = background();
	struct vct_counts counts = {};
	int err;

	err = open_pairs(PAIRS, rng);
	if (err)
		return err;
	err = report_load(run_load(&load, vct.secs, &counts), &counts);
	close_pairs(PAIRS);
	return err;
}

static struct vct_engine *bg_engine;

/**
 * vct_load_bg_start() - start a load that continues after insmod
 * @rng: source of randomness
 *
 * Return: 0 or an error.
 */
int vct_load_bg_start(struct rnd_state *rng)
{
	struct vct_load load = background();
	int err;

	if (vct.fill) {
		bg_engine = vct_fill_start(rng);
		return PTR_ERR_OR_ZERO(bg_engine);
	}
	err = open_pairs(PAIRS, rng);
	if (err)
		return err;
	bg_engine = vct_engine_start(&load);
	if (IS_ERR(bg_engine)) {
		close_pairs(PAIRS);
		return PTR_ERR(bg_engine);
	}
	return 0;
}

/**
 * vct_load_bg_stop() - end the load and get its result
 *
 * Return: 0 or an error.
 */
int vct_load_bg_stop(void)
{
	struct vct_counts counts;
	int err;

	if (vct.fill)
		return vct_result(vct_fill_stop(bg_engine), "load");
	vct_engine_stop(bg_engine, &counts);
	err = report_load(vct_counts_verdict(&counts), &counts);
	close_pairs(PAIRS);
	return err;
}

static struct vct_pair filler;

/**
 * vct_fill_start() - fill the queue with requests that may wait
 * @rng: source of randomness
 *
 * From all CPUs, like a busy dm-crypt volume, with the algorithm vct.fill.
 *
 * Return: the engine, with all of its workers waiting; or an ERR_PTR().
 */
struct vct_engine *vct_fill_start(struct rnd_state *rng)
{
	struct vct_load load = {
		.pairs = &filler,
		.nr_pairs = 1,
		.workers = num_online_cpus(),
		.depth = vct.depth,
		.len = 512,
		.backlog = VCT_PUSHY,
		.timeout = vct_timeout(),
		.verify = true,
	};
	unsigned long end = jiffies + vct_timeout();
	struct vct_engine *engine;
	int err;

	err = vct_pair_open(&filler, vct.fill);
	if (err)
		return ERR_PTR(err);
	err = vct_pair_new_key(&filler, rng);
	if (err)
		goto close;
	engine = vct_engine_start(&load);
	err = PTR_ERR_OR_ZERO(engine);
	if (err)
		goto close;
	while (!vct_engine_waits(engine)) {
		if (time_after(jiffies, end)) {
			vct_fault("%u requests do not fill a queue", load.depth);
			vct_fill_stop(engine);
			return ERR_PTR(-ENODATA);
		}
		msleep(20);
	}
	return engine;
close:
	vct_pair_close(&filler);
	return ERR_PTR(err);
}

/**
 * vct_fill_stop() - end that load, and get its result
 * @engine: started
 *
 * Return: 0 or an error.
 */
int vct_fill_stop(struct vct_engine *engine)
{
	struct vct_counts counts;

	vct_engine_stop(engine, &counts);
	vct_counts_print("those who may wait", &counts);
	vct_pair_close(&filler);
	return vct_counts_verdict(&counts);
}

/**
 * vct_test_speed() - operations and bytes per second
 * @rng: source of randomness
 *
 * Return: 0 or an error; the speed does not matter.
 */
int vct_test_speed(struct rnd_state *rng)
{
	struct vct_load load = {
		.pairs = pairs,
		.nr_pairs = 1,
		.workers = min(vct.threads, max(vct.depth, 1U)),
		.depth = vct.depth,
		.len = vct.len ?: 4096,
		.backlog = VCT_POLITE,
		.timeout = vct_timeout(),
	};
	struct vct_counts c = {};
	u64 ms;
	int err;

	err = open_pairs(1, rng);
	if (err)
		return err;
	err = run_load(&load, vct.secs, &c);
	ms = max_t(u64, div_u64(c.usecs, 1000), 1);
	vct_note("speed: len %u depth %u threads %u: %llu ops/s, %llu.%llu MB/s",
		 load.len, load.depth, load.workers,
		 div64_u64(c.done * 1000, ms), div64_u64(c.bytes, ms * 1000),
		 div64_u64(c.bytes * 10, ms * 1000) % 10);
	err = vct_result(err, "speed");
	close_pairs(1);
	return err;
}
