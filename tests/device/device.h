/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The virtio_crypto authors
 *
 * The crypto device: what it offers, the requests of its queues, and how it misbehaves
 * on command.
 *
 * Settings may change at any time, under a lock.  Sessions and faults have their own locks;
 * no lock is taken while another one is held.  vhost.c owns queues and requests' memory.
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
 * @algos: by service; the caller removes those that libcrypto does not have
 * @features: device-specific features, whether or not they make sense
 * @config_status: HW_READY, and any other bits for the driver to see
 * @config_queues: value of max_dataqueues
 * @null: answers at once, without computing anything
 * @like_dpdk: behaves like DPDK's vhost-crypto, also in what it does not do
 * @throttle: data requests per second for each queue, 0: no limit
 * @delay_us: delay of each data request
 * @workers: data requests that are done at the same time, for each queue, 0: no limit
 * @first_id: id of the first session
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

/* Values that can be set at run time, besides the configuration's fields */
enum knob {
	KNOB_NULL, KNOB_THROTTLE, KNOB_DELAY, KNOB_WORKERS, KNOB_DPDK, KNOB_SESSIONS,
	KNOB_FEATURES,
};

struct device;

/* Sets what QEMU's cryptodev-vhost-user offers, and @like_dpdk */
void settings_like_dpdk(struct settings *settings);
struct device *device_new(const struct settings *settings, const struct vhost_options *ring);
void device_free(struct device *device);
struct vhost *device_vhost(struct device *device);
struct faults *device_faults(struct device *device);

/* From any thread, at run time */
void device_set_status(struct device *device, uint32_t status, bool notify);
/* Sets a field of the configuration, by its offset; does not notify the driver */
void device_set_config(struct device *device, unsigned int offset, uint64_t value);
void device_set(struct device *device, enum knob knob, uint64_t value);
/* Answers nothing from now on, until a driver starts the device again */
void device_need_reset(struct device *device);
/* Forgets all sessions */
void device_forget(struct device *device);
/* Writes all counters, as one JSON object in one line */
void device_json(struct device *device, FILE *f);

#endif
