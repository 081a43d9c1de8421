// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The virtio_crypto authors
 *
 * vctest: what a test says in the log, and how a run is repeated.
 */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/hardirq.h>
#include <linux/kernel.h>
#include <linux/prandom.h>
#include <linux/sched.h>

#include "vctest.h"

/* More would bury the first, which matter most. */
#define MAX_FAULTS	20

bool vct_stuck;

static atomic_t faults;
static unsigned int results;
static atomic_t context_faults;

/**
 * vct_check_context() - note a completion from where none may come
 *
 * Callers of the crypto API take locks for which softirqs are disabled.
 *
 * Context: a completion callback.
 */
void vct_check_context(void)
{
	if (in_hardirq() || !softirq_count())
		atomic_inc(&context_faults);
}

/**
 * vct_note() - something worth knowing
 * @fmt: text
 */
void vct_note(const char *fmt, ...)
{
	struct va_format vaf;
	va_list args;

	va_start(args, fmt);
	vaf.fmt = fmt;
	vaf.va = &args;
	pr_info("# %pV\n", &vaf);
	va_end(args);
}

/**
 * vct_fault() - details of what went wrong; the first few are printed
 * @fmt: text
 *
 * With the name of the thread, for there may be several.
 */
void vct_fault(const char *fmt, ...)
{
	struct va_format vaf;
	va_list args;

	if (atomic_inc_return(&faults) > MAX_FAULTS)
		return;
	va_start(args, fmt);
	vaf.fmt = fmt;
	vaf.va = &args;
	pr_info("# FAULT %s: %pV\n", in_task() ? current->comm : "softirq", &vaf);
	va_end(args);
}

/**
 * vct_result() - one line of the report
 * @err: what the part of the test came to; 0 when it passed
 * @fmt: what was tested
 *
 * Completions from a wrong context since the last line make it fail, too.
 * Only one thread may call this.
 *
 * Return: @err, or an error when it was found here.
 */
int vct_result(int err, const char *fmt, ...)
{
	unsigned int context = atomic_xchg(&context_faults, 0);
	struct va_format vaf;
	va_list args;

	if (context) {
		vct_fault("%u completions neither in a softirq nor with softirqs disabled",
			  context);
		err = err ?: -EPROTO;
	}

	va_start(args, fmt);
	vaf.fmt = fmt;
	vaf.va = &args;
	if (err)
		pr_info("not ok %u - %pV (%d)\n", ++results, &vaf, err);
	else
		pr_info("ok %u - %pV\n", ++results, &vaf);
	va_end(args);
	return err;
}

/**
 * vct_nr_results() - how many lines the report has
 *
 * Return: their number.
 */
unsigned int vct_nr_results(void)
{
	return results;
}

/**
 * vct_rnd_init() - random numbers that the seed determines
 * @rng: to initialise
 * @stream: a different sequence for each number
 */
void vct_rnd_init(struct rnd_state *rng, u32 stream)
{
	prandom_seed_state(rng, vct.seed + stream * 0x9e3779b9ULL);
}
