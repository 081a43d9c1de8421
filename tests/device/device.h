/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The virtio_crypto authors
 *
 * The crypto device: what it offers, and the requests of its queues; and how it
 * misbehaves when it is told to.
 *
 * Settings may change at any time, under a lock.  Sessions and faults have locks of their
 * own, which nest in none.  Queues, and the memory of requests, are vhost.c's.
 */
#ifndef VCDEV_DEVICE_H
#define VCDEV_DEVICE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "fault.h"
#include "request.h"
#include "vhost.h"

/*
 * struct settings - what the device offers
 * @algos: by service; the caller cuts them to what libcrypto can do
 * @features: the device's own, whether or not they make sense
 * @config_status: HW_READY, and whatever else is to be seen
 * @config_queues: what max_dataqueues says
 * @null: answers at once, without arithmetic
 * @like_dpdk: does and leaves what DPDK's vhost-crypto does and leaves
 * @throttle: data requests a second for each queue, 0: all
 * @delay_us: of each data request
 * @workers: data requests that are in work at a time, for each queue, 0: all
 * @first_id: of sessions
 */
struct settings {
	uint32_t services;
	uint64_t algos[NR_SERVICES];
	uint64_t features;
	unsigned int data_queues;
	uint32_t max_cipher_key, max_auth_key;
	uint64_t max_size;
	uint64_t max_sessions;
	uint32_t config_status;
	uint32_t config_queues;
	bool null, like_dpdk;
	uint64_t throttle, delay_us, workers;
	uint64_t first_id;
};

/* What can be set at run time, besides the configuration's fields */
enum knob {
	KNOB_NULL, KNOB_THROTTLE, KNOB_DELAY, KNOB_WORKERS, KNOB_DPDK, KNOB_SESSIONS,
	KNOB_FEATURES,
};

struct device;

/* What QEMU's cryptodev-vhost-user offers, and @like_dpdk */
void settings_like_dpdk(struct settings *settings);
struct device *device_new(const struct settings *settings, const struct vhost_options *ring);
void device_free(struct device *device);
struct vhost *device_vhost(struct device *device);
struct faults *device_faults(struct device *device);

/* From any thread, at run time */
void device_set_status(struct device *device, uint32_t status, bool notify);
/* A field of the configuration, by its offset; tells the driver nothing */
void device_set_config(struct device *device, unsigned int offset, uint64_t value);
void device_set(struct device *device, enum knob knob, uint64_t value);
/* Answers nothing from now on, until a driver begins anew */
void device_need_reset(struct device *device);
/* Knows no session any more */
void device_forget(struct device *device);
/* All figures, as one JSON object in one line */
void device_json(struct device *device, FILE *f);

#endif
