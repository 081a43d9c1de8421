/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The virtio_crypto authors
 *
 * Reports about the driver, and their counters.
 *
 * A violation is a requirement of the specification that the driver broke.  Each is
 * counted.  Only the first ones of each kind are printed to standard error, with the number
 * of the requirement, so that a driver that repeats them does not fill the disk.
 */
#ifndef VCDEV_REPORT_H
#define VCDEV_REPORT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/*
 * Requirements on the driver, in the order of the specification's chapter, and those of the
 * general chapters whose violation a device can see.  Each has its section and a sentence.
 */
#define CONFIG_SECTION	"Device configuration layout"
#define OPERATION_SECTION	"Device Operation"

#define REQUIREMENTS(R)								\
	R(READY, CONFIG_SECTION, "no request while HW_READY is clear") \
	R(ALL_QUEUES, "Device Initialization",	\
	  "all virtqueues are set up, the control queue too") \
	R(FEATURES, "2.2 Feature Bits",	\
	  "only features that were offered, with what they need") \
	R(MAX_SIZE, CONFIG_SECTION, "the variable part of a request is within max_size") \
	R(MAX_CIPHER_KEY, CONFIG_SECTION, "a key is within max_cipher_key_len") \
	R(MAX_AUTH_KEY, CONFIG_SECTION, "an authentication key is within max_auth_key_len") \
	R(OPCODE, OPERATION_SECTION, "the opcode is one of the queue's") \
	R(SERVICE, CONFIG_SECTION, "the service is one that the device offers") \
	R(ALGORITHM, CONFIG_SECTION, "the algorithm is one that the device offers") \
	R(HEADER_ALGO, OPERATION_SECTION, "the header's algorithm is the request's") \
	R(RESERVED, OPERATION_SECTION, "reserved fields and padding are zero") \
	R(LAYOUT, OPERATION_SECTION,	\
	  "the parts of a request have the lengths that it states") \
	R(RESULT_ROOM, OPERATION_SECTION, "there is room for the result and the status") \
	R(DIRECTION, OPERATION_SECTION,	\
	  "the operation is encryption or decryption, as the session") \
	R(OP_TYPE, OPERATION_SECTION, "op_type is a cipher or a chain, and the session's") \
	R(PARAMETER, OPERATION_SECTION,	\
	  "a parameter has one of the values that it may have") \
	R(SESSION_ID, OPERATION_SECTION, "the session exists, and is the service's") \
	R(DESTROY_IDLE, OPERATION_SECTION, "a session is destroyed when no request uses it") \
	R(FLAG, OPERATION_SECTION, "the flag says session or stateless, as negotiated") \
	R(RSA_RAW_SIGN, OPERATION_SECTION, "a raw RSA session neither signs nor verifies") \
	R(SIGNATURE, OPERATION_SECTION, "an ECDSA signature is DER of two numbers") \
	R(DESC_ORDER, "2.7.4", "writable descriptors follow readable ones") \
	R(DESC_INDEX, "2.7.5", "descriptors are of the ring, and form no loop") \
	R(DESC_BUSY, "2.7", "a buffer is not offered again before it was used") \
	R(DESC_ADDR, "2.7", "addresses are of the guest's memory") \
	R(DESC_EMPTY, "2.7.5", "descriptors have a length") \
	R(INDIRECT, "2.7.5.3",	\
	  "indirect tables only as negotiated, no longer than the ring") \
	R(AVAIL_IDX, "2.7.6", "no more buffers are offered than the ring has")

enum requirement {
#define R(name, section, text) REQ_##name,
	REQUIREMENTS(R)
#undef R
	NR_REQUIREMENTS
};

/* The place of the violation, for the report; queue -1: none. */
void violation(enum requirement what, int queue, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
uint64_t violations(void);
uint64_t violations_of(enum requirement what);
const char *requirement_name(enum requirement what);
/* Whether sentences and complaints are printed to standard error; counting continues. */
void report_quiet(bool quiet);
void report_reset(void);

/* Errors of the device's environment, not of the driver. */
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));
void trace(const char *format, ...) __attribute__((format(printf, 1, 2)));
extern bool report_verbose;

#endif
