// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The virtio_crypto authors
 *
 * Results of tests; see tap.h.
 */
#include <stdarg.h>
#include <stdio.h>

#include "tap.h"

unsigned int tap_tests, tap_failed;

bool ok(bool good, const char *format, ...)
{
	va_list args;

	printf("%sok %u - ", good ? "" : "not ", ++tap_tests);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	tap_failed += !good;
	return good;
}

void skip(const char *what, const char *why)
{
	printf("ok %u - %s # SKIP %s\n", ++tap_tests, what, why);
}

int tap_end(void)
{
	printf("1..%u\n", tap_tests);
	return tap_failed != 0;
}
