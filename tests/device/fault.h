/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The virtio_crypto authors
 *
 * Ways to misbehave, and the requests that they apply to.
 *
 * A fault applies to a number of requests of the data queues or, with "ctrl-" before its
 * word, messages of the control queue.  Faults can change at any time and have a lock.
 */
#ifndef VCDEV_FAULT_H
#define VCDEV_FAULT_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* Name, word, whether messages have it, too, and what it does; VALUE is its value. */
#define FAULTS(F)									\
	F(STATUS, "status", true, "the status is VALUE, and nothing is done")		\
	F(DROP, "drop", true, "it is never answered")					\
	F(DELAY, "delay", true, "the answer is VALUE milliseconds late")		\
	F(REORDER, "reorder", true, "VALUE answers are held, and given in reverse")	\
	F(DUPLICATE, "duplicate", true, "the buffer is given back twice")		\
	F(UNKNOWN_ID, "unknown-id", true, "a nonexistent buffer VALUE is given back first") \
	F(USED_LEN, "used-len", true, "the used length is VALUE")			\
	F(NO_STATUS, "no-status", true, "the status is not written")			\
	F(BEYOND, "beyond", true,							\
	  "VALUE bytes are written beyond the result; the used length counts them")	\
	F(DISCONNECT, "disconnect", true, "the connection is closed instead of an answer") \
	F(NEEDS_RESET, "needs-reset", true, "the device needs a reset instead")	\
	F(SHORT, "short", false, "only VALUE bytes of the result are written, and counted") \
	F(WRONG, "wrong", false, "one bit of the result is wrong")			\
	F(SPOIL, "spoil", false, "the whole result is garbage, and VALUE the status")	\
	F(FORGET, "forget", false, "its session is forgotten before it is done")	\
	F(CHANGE_ID, "change-id", false, "its session gets the id VALUE before it is done") \
	F(SESSION_ID, "session-id", false, "a new session gets the id VALUE")		\
	F(SESSION_DELAY, "session-delay", false,					\
	  "the answer with a new session is VALUE milliseconds late")			\
	F(FULL, "full", false, "a new session is refused as if there were no room")

enum fault {
#define F(name, word, both, text) FAULT_##name,
	FAULTS(F)
#undef F
	NR_FAULTS
};

/* struct turn - the value of a fault, and the number of requests left for it */
struct turn {
	uint64_t value, times;
};

/*
 * struct faults - all faults
 * @turns: for data requests, and for messages
 * @any: there is any fault; saves taking the lock
 */
struct faults {
	pthread_mutex_t lock;
	struct turn turns[2][NR_FAULTS];
	atomic_bool any;
};

void faults_init(struct faults *faults);
/* Parses WORD[=VALUE][*TIMES]; without TIMES it lasts forever.  False: invalid */
bool faults_set(struct faults *faults, const char *text);
void faults_clear(struct faults *faults);
/* Does the fault apply to this request?  Counts it.  *value, if any, is set to its value */
bool fault_now(struct faults *faults, enum fault fault, bool control, uint64_t *value);
void faults_help(FILE *f);

#endif
