/* SPDX-License-Identifier: GPL-2.0 */
/* What the C library lacks. */
#ifndef VCDEV_UTIL_H
#define VCDEV_UTIL_H

#include <stdint.h>
#include <time.h>

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

/* Microseconds of a clock that only goes forward */
static inline uint64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000ull + t.tv_nsec / 1000;
}

#endif
