/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The virtio_crypto authors
 *
 * Results of tests, in the Test Anything Protocol, on standard output; for one thread.
 */
#ifndef VCDEV_TAP_H
#define VCDEV_TAP_H

#include <stdbool.h>

extern unsigned int tap_tests, tap_failed;

/* Prints the result of one test; returns good */
bool ok(bool good, const char *format, ...) __attribute__((format(printf, 2, 3)));
void skip(const char *what, const char *why);
/* Prints the plan, at the end; returns the exit status */
int tap_end(void);

#endif
