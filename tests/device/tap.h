/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The virtio_crypto authors
 *
 * Results of tests, in the Test Anything Protocol, on standard output; one thread's.
 */
#ifndef VCDEV_TAP_H
#define VCDEV_TAP_H

#include <stdbool.h>

extern unsigned int tap_tests, tap_failed;

/* One test; returns whether it is good */
bool ok(bool good, const char *format, ...) __attribute__((format(printf, 2, 3)));
void skip(const char *what, const char *why);
/* The plan, at the end; returns the exit status */
int tap_end(void);

#endif
