// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The virtio_crypto authors
 *
 * vctest: output of a test in the log, and repeatable random numbers.
 */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/hardirq.h>
#include <linux/kernel.h>
#include <linux/prandom.h>
#include <linux/sched.h>

#include "vctest.h"

/* More would hide the first ones, which are the most important. */
#define MAX_FAULTS	20

bool vct_stuck;

static atomic_t faults;
static unsigned int results;
static atomic_t context_faults;

/**
 * vct_check_context() - record a completion in a wrong context
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
 * vct_note() - print information
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
 * vct_fault() - print details of a failure, for the first few failures
 * @fmt: text
 *
 * Includes the name of the thread, because there may be several.
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
 * @err: result of this part of the test; 0 if it passed
 * @fmt: what was tested
 *
 * It also fails because of completions in a wrong context since the last line.
 * Only one thread may call this.
 *
 * Return: @err, or an error that was found here.
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
 * vct_nr_results() - get the number of lines of the report
 *
 * Return: that number.
 */
unsigned int vct_nr_results(void)
{
	return results;
}

/**
 * vct_rnd_init() - initialise random numbers that depend only on the seed
 * @rng: to initialise
 * @stream: a different sequence for each number
 */
void vct_rnd_init(struct rnd_state *rng, u32 stream)
{
	prandom_seed_state(rng, vct.seed + stream * 0x9e3779b9ULL);
}
