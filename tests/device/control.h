/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The virtio_crypto authors
 *
 * Commands to a running device, one per line.  Each has an answer of one line ("ok",
 * counters as JSON, or "error: why"), except help.
 *
 * They come from any number of connections to a socket, each with its own thread, or from
 * standard input.  The end of a connection or of the input ends only that thread.  All of
 * them end with the process.
 */
#ifndef VCDEV_CONTROL_H
#define VCDEV_CONTROL_H

#include <stdbool.h>
#include <stdio.h>

#include "device.h"

/* Serves a listening socket in new threads; 0 or -1 */
int control_start(struct device *device, int listener);
/* Serves two streams, which stay open, in a new thread; 0 or -1 */
int control_start_streams(struct device *device, FILE *in, FILE *out);
/* Executes a line, which it overwrites, and writes the answer to f; false: error */
bool control_command(struct device *device, char *line, FILE *f);
/* Milliseconds that the last `disconnect` gave, once; 0: reconnect at once */
unsigned int control_away(void);
void control_help(FILE *f);

#endif
