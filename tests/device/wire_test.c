// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The virtio_crypto authors
 *
 * Tests of the device through its wire format, without a guest: a small front end in the
 * same process acts as the virtual machine monitor and as the driver.  Prints TAP; fails if
 * a test fails.  Arguments are the parts to run; without them, all parts run.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tap.h"
#include "util.h"
#include "wire_test.h"

static const struct {
	const char *name;
	void (*call)(void);
} parts[] = {
	{ "vectors", test_vectors },
	{ "breaches", test_breaches },
	{ "faults", test_faults },
	{ "dpdk", test_dpdk },
	{ "bad", test_bad },
	{ "stress", test_stress },
};

static bool chosen(const char *name, char **args)
{
	char **arg;

	for (arg = args; *arg; arg++)
		if (!strcmp(*arg, name))
			return true;
	return !*args;
}

int main(int argc, char **argv)
{
	unsigned int i;

	(void)argc;
	setvbuf(stdout, NULL, _IOLBF, 0);
	/* end the test if the device hangs */
	alarm(300);
	for (i = 0; i < ARRAY_SIZE(parts); i++)
		if (chosen(parts[i].name, argv + 1))
			parts[i].call();
	return tap_end();
}
