/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The virtio_crypto authors
 *
 * Commands to a device that runs, one on a line, each with an answer of one line ("ok",
 * figures as JSON, or "error: why"), but for help.
 *
 * They come from any number of connections to a socket at once, each with a thread of its
 * own, or from standard input; the end of a connection or of the input ends just that.
 * All ends with the process.
 */
#ifndef VCDEV_CONTROL_H
#define VCDEV_CONTROL_H

#include <stdbool.h>
#include <stdio.h>

#include "device.h"

/* Serves a listening socket in threads of its own; 0 or -1 */
int control_start(struct device *device, int listener);
/* Serves two streams, which stay open, in a thread of its own; 0 or -1 */
int control_start_streams(struct device *device, FILE *in, FILE *out);
/* Does what a line says, which it overwrites, and writes the answer to f; false: error */
bool control_command(struct device *device, char *line, FILE *f);
/* Milliseconds that the last `disconnect` asked for, once; 0: come back at once */
unsigned int control_away(void);
void control_help(FILE *f);

#endif
