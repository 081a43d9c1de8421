/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The control socket: commands to a device that runs, one on a line, each with an answer
 * of one line: "ok", figures as JSON, or "error: why".
 */
#ifndef VCDEV_CONTROL_H
#define VCDEV_CONTROL_H

#include <stdbool.h>
#include <stdio.h>

#include "device.h"

/* Serves a listening socket in a thread of its own, until the process ends. */
int control_start(struct device *device, int listener);
/* WORD[=VALUE][*TIMES]; false if it cannot be understood */
bool control_fault(struct device *device, const char *text);
void control_help(FILE *f);

#endif
