/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The crypto device: what it offers, its sessions, and the requests of its queues; and
 * how it misbehaves when it is told to.
 *
 * Sessions are in one table, under a lock of its own, and counted: a request keeps its
 * session while it computes.  Settings and faults are under another lock and may change
 * at any time.  Queues are vhost.c's.
 */
#ifndef VCDEV_DEVICE_H
#define VCDEV_DEVICE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "request.h"
#include "vhost.h"

/*
 * Ways to misbehave.  Each has a number of requests that it is for, and a value whose
 * meaning is in the text.
 */
#define FAULTS(F)									\
	F(STATUS, "status", "data requests get status VALUE, nothing is computed")	\
	F(CTRL_STATUS, "ctrl-status", "messages get status VALUE")			\
	F(DROP, "drop", "data requests are never answered")				\
	F(CTRL_DROP, "ctrl-drop", "messages are never answered")			\
	F(DELAY, "delay", "data requests are answered VALUE milliseconds late")	\
	F(CTRL_DELAY, "ctrl-delay", "messages are answered VALUE milliseconds late")	\
	F(REORDER, "reorder", "VALUE data requests are held, and answered last first")	\
	F(DUPLICATE, "duplicate", "data requests are given back twice")		\
	F(UNKNOWN_ID, "unknown-id", "a buffer VALUE that is none is given back first")	\
	F(USED_LEN, "used-len", "data requests are given back with length VALUE")	\
	F(NO_STATUS, "no-status", "the status of data requests is not written")	\
	F(CTRL_NO_STATUS, "ctrl-no-status", "the result of messages is not written")	\
	F(SHORT, "short", "only VALUE bytes of the result are written")		\
	F(WRONG, "wrong", "one bit of the result is wrong")				\
	F(SESSION_ID, "session-id", "new sessions get the id VALUE")			\
	F(FORGET, "forget", "the session is forgotten before a data request is done")	\
	F(FULL, "full", "sessions are refused as if there were no room")

enum fault {
#define F(name, word, text) FAULT_##name,
	FAULTS(F)
#undef F
	NR_FAULTS
};

/* struct settings - what the device offers; masks are cut to what libcrypto can do */
struct settings {
	uint32_t services;
	uint64_t algos[NR_SERVICES];
	uint64_t features;
	unsigned int data_queues;
	uint32_t max_cipher_key, max_auth_key;
	uint64_t max_size;
	unsigned int max_sessions;
	uint32_t config_status;		/* HW_READY, and whatever else is to be seen */
	uint32_t config_queues;		/* what max_dataqueues says, if not data_queues */
	bool null;			/* answers at once, without arithmetic */
	unsigned int throttle;		/* data requests a second, 0: all */
	unsigned int delay_us;		/* of each data request */
	uint64_t first_id;		/* of sessions */
};

struct queue_counts {
	_Atomic uint64_t requests, bytes, errors, deepest;
};

struct counts {
	_Atomic uint64_t created, refused, destroyed, alive, most_alive, fresh;
	_Atomic uint64_t by_service[NR_SERVICES][4];
};

struct device;

struct device *device_new(const struct settings *settings, const struct vhost_options *ring);
void device_free(struct device *device);
struct vhost *device_vhost(struct device *device);

/* From any thread, at run time */
void device_fault(struct device *device, enum fault fault, uint64_t value, uint64_t times);
void device_clear_faults(struct device *device);
bool device_find_fault(const char *word, enum fault *fault);
void device_set_status(struct device *device, uint32_t status, bool notify);
void device_set_config(struct device *device, unsigned int offset, uint64_t value);
/* All figures, as one JSON object */
void device_json(struct device *device, FILE *f);

#endif
