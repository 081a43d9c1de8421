// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The virtio_crypto authors
 *
 * Reports about the driver; see report.h.
 */
#include <stdarg.h>
#include <stdatomic.h>
#include <string.h>

#include "report.h"

/* Violations of one requirement that are printed; the rest is only counted. */
#define TOLD	5

static const struct {
	const char *name, *section, *text;
} requirements[NR_REQUIREMENTS] = {
#define R(name, section, text) [REQ_##name] = { #name, section, text },
	REQUIREMENTS(R)
#undef R
};

static _Atomic uint64_t counts[NR_REQUIREMENTS];
static atomic_bool quietly;
bool report_verbose;

static void say(const char *prefix, const char *format, va_list args)
{
	char line[512];
	int n;

	n = snprintf(line, sizeof(line), "vcdev: %s", prefix);
	vsnprintf(line + n, sizeof(line) - n, format, args);
	/* one call, so that the lines of threads are not mixed */
	fprintf(stderr, "%s\n", line);
}

void violation(enum requirement what, int queue, const char *format, ...)
{
	uint64_t before = atomic_fetch_add(&counts[what], 1);
	char prefix[160], where[24] = "";
	va_list args;

	if (atomic_load(&quietly) || before >= TOLD)
		return;
	if (queue >= 0)
		snprintf(where, sizeof(where), "queue %d, ", queue);
	snprintf(prefix, sizeof(prefix), "VIOLATION %s (%s%s: %s): ",
		 requirements[what].name, where, requirements[what].section,
		 requirements[what].text);
	va_start(args, format);
	say(prefix, format, args);
	va_end(args);
	if (before == TOLD - 1)
		fprintf(stderr, "vcdev: VIOLATION %s: further ones are only counted\n",
			requirements[what].name);
}

uint64_t violations(void)
{
	uint64_t sum = 0;
	unsigned int i;

	for (i = 0; i < NR_REQUIREMENTS; i++)
		sum += atomic_load(&counts[i]);
	return sum;
}

uint64_t violations_of(enum requirement what)
{
	return atomic_load(&counts[what]);
}

const char *requirement_name(enum requirement what)
{
	return requirements[what].name;
}

void report_quiet(bool quiet)
{
	atomic_store(&quietly, quiet);
}

void report_reset(void)
{
	unsigned int i;

	for (i = 0; i < NR_REQUIREMENTS; i++)
		atomic_store(&counts[i], 0);
}

void complain(const char *format, ...)
{
	va_list args;

	if (atomic_load(&quietly))
		return;
	va_start(args, format);
	say("", format, args);
	va_end(args);
}

void trace(const char *format, ...)
{
	va_list args;

	if (!report_verbose)
		return;
	va_start(args, format);
	say("", format, args);
	va_end(args);
}
