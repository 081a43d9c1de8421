/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The virtio_crypto authors
 *
 * Functions that the C library does not have.
 */
#ifndef VCDEV_UTIL_H
#define VCDEV_UTIL_H

#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

/* Microseconds of a monotonic clock */
static inline uint64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000ull + t.tv_nsec / 1000;
}

/* Parses an unsigned number, decimal, octal or hexadecimal; *end is the rest */
static inline bool parse_number(const char *s, char **end, uint64_t *n)
{
	errno = 0;
	*n = strtoull(s, end, 0);
	return *end != s && !errno && *s != '-';
}

static inline void raise_to(_Atomic uint64_t *max, uint64_t value)
{
	uint64_t old = atomic_load(max);

	while (old < value && !atomic_compare_exchange_weak(max, &old, value))
		;
}

#endif
