/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The virtio_crypto authors
 *
 * Writes messages and requests like a driver, in every form.  It was written from the
 * specification separately, and shares nothing with the parser.
 *
 * A job is what the device has to do.  A form is the format of the request.  The caller
 * owns the bytes that a job points to.
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
 * stateless modes, but in sessions.  STATELESS: without sessions.
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

/* struct text - bytes that somebody else owns */
struct text {
	const uint8_t *p;
	uint32_t len;
};

/*
 * struct job - what the device has to do
 * @op: OP_ENCRYPT ... OP_VERIFY; it also gives the direction of the session
 * @digest: for VERIFY, whose @in is the signature
 * @out_len: room for the result, without @hash_len
 * @hash_len: room for the result of a hash, a MAC or a chain
 * @chain: it is a chain, with the fields after this one
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
/* Bytes that the device may write as the answer to a request, including the status */
size_t job_room(const struct job *job);

/* Returns the status, and the id if it is VC_OK; UINT32_MAX without an answer */
uint32_t send_create(struct front *front, const struct bytes *b, uint64_t *id);
/* Returns the status; 255 without an answer */
unsigned int send_destroy(struct front *front, unsigned int service, uint64_t id,
			  enum shape form);
/*
 * Returns the status, or 255 without an answer.  in: room bytes, initially FRONT_UNWRITTEN,
 * with what the device wrote; used, unless NULL: the length that it says it wrote
 */
unsigned int send_request(struct front *front, const struct bytes *b, uint8_t *in, size_t room,
			  int64_t *used);
/*
 * Does a whole job: creates the session, sends the request, and destroys the session.
 * Return: the first status that is not VC_OK; in and used as above
 */
uint32_t do_job(struct front *front, const struct job *job, enum shape form, uint8_t *in,
		int64_t *used);

/* Settings of a device that can do everything */
struct settings all_settings(void);

#endif
