/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The virtio_crypto authors
 *
 * Messages and requests as a driver writes them, in every form; written from the
 * specification once more, and sharing nothing with the parser.
 *
 * A job is what is asked of the device.  How it is asked is the form.  Bytes that a job
 * points to are the caller's.
 */
#ifndef VCDEV_WIRE_JOB_H
#define VCDEV_WIRE_JOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "front.h"
#include "spec.h"

/*
 * LEGACY: without revision 1.  REVISION_1: with it.  MIXED: with revision 1 and all
 * stateless modes, in sessions nevertheless.  STATELESS: without sessions.
 */
enum shape { LEGACY, REVISION_1, MIXED, STATELESS, NR_FORMS };

extern const char * const form_names[NR_FORMS];
/* The device's features that a form needs */
uint64_t form_features(enum shape form);

/* struct bytes - what is being written */
struct bytes {
	uint8_t p[FRONT_BUFFER];
	size_t len;
};

/* struct text - bytes of somebody else's */
struct text {
	const uint8_t *p;
	uint32_t len;
};

/*
 * struct job - what is asked of the device
 * @op: OP_ENCRYPT ... OP_VERIFY; a session is for one direction, as this says
 * @digest: of VERIFY, where in is the signature
 * @out_len: room for the result, not counting @hash_len, which is a hash's, a MAC's and
 *	a chain's
 * @chain: op_type, and then the fields after it
 */
struct job {
	unsigned int service;
	uint32_t algo;
	unsigned int op;
	struct text key, mac_key, iv, aad, in, digest;
	uint32_t out_len, hash_len, tag_len;
	bool chain;
	uint32_t order, hash_mode, hash_algo;
	uint32_t cipher_at, cipher_len, hash_at, hash_over;
	uint32_t key_type, param1, param2;
};

void write_create(struct bytes *b, const struct job *job, enum shape form);
void write_destroy(struct bytes *b, unsigned int service, uint64_t id, enum shape form);
void write_request(struct bytes *b, const struct job *job, enum shape form, uint64_t id);
/* Bytes that the device may write in answer to a request, with the status */
size_t job_room(const struct job *job);

/* The status, and the id if that is VC_OK; UINT32_MAX without an answer */
uint32_t send_create(struct front *front, const struct bytes *b, uint64_t *id);
/* The status; 255 without an answer */
unsigned int send_destroy(struct front *front, unsigned int service, uint64_t id,
			  enum shape form);
/*
 * The status, or 255 without an answer.  in: what the device wrote, with room bytes, first
 * FRONT_UNWRITTEN; used, unless NULL: what it says it wrote
 */
unsigned int send_request(struct front *front, const struct bytes *b, uint8_t *in, size_t room,
			  int64_t *used);
/*
 * All of a job: its session, the request, and the end of the session.  Return: the status
 * of the first of them that is not VC_OK; in and used as above
 */
uint32_t do_job(struct front *front, const struct job *job, enum shape form, uint8_t *in,
		int64_t *used);

/* Settings of a device that can do everything */
struct settings all_settings(void);

#endif
