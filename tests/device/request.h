/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The virtio_crypto authors
 *
 * The parser of what a driver writes: messages of the control queue and requests of the
 * data queues, in every form of the specification: without revision 1 (fixed parts padded
 * to 56 and 48 bytes), with it, in session mode and in stateless mode.
 *
 * The parser is strict.  It reports everything that breaks a requirement, even if the
 * request can be done nevertheless.  It depends only on its input and has no state, so it
 * can be tested and fuzzed separately.
 */
#ifndef VCDEV_REQUEST_H
#define VCDEV_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "spec.h"

#define CTRL_HEADER	16
#define DATA_HEADER	24
#define CREATE_RESULT	16

/*
 * struct dialect - the negotiated form of requests
 * @features: the negotiated device-specific features
 * @ready: HW_READY was set when the driver last read it
 * @services, @algos: the configuration's masks; @algos by service
 */
struct dialect {
	uint64_t features;
	bool ready;
	uint32_t services;
	uint64_t algos[NR_SERVICES];
	uint32_t max_cipher_key, max_auth_key;
	uint64_t max_size;
};

/*
 * struct params - the parameters of a session or of a stateless request
 * @algo: algorithm of the service; for a chain, of its cipher
 * @dir: DIR_ENCRYPT, DIR_DECRYPT, or 0 if there is none
 * @sym: SYM_CIPHER or SYM_CHAIN, for the service CIPHER
 * @order, @hash_mode, @hash_algo: of a chain; hash_algo is a MAC's with CHAIN_AUTH
 * @key_type, @param1, @param2: of AKCIPHER: RSA's padding and hash, or the curve
 * @aad_len, @tag_len, @hash_len: as given; requests may differ
 */
struct params {
	unsigned int service;
	uint32_t algo, dir, sym, order, hash_mode, hash_algo;
	uint32_t key_type, param1, param2;
	uint32_t aad_len, tag_len, hash_len;
	const uint8_t *key, *auth_key;
	uint32_t key_len, auth_key_len;
};

/*
 * struct ctrl - a message; it has @session if @destroy is set, otherwise @params
 * @known: the opcode is valid, whatever else is wrong
 */
struct ctrl {
	uint32_t opcode;
	bool known, destroy;
	unsigned int service;
	uint64_t session;
	struct params params;
};

/*
 * struct data - a request
 * @known: the opcode is valid, whatever else is wrong
 * @op: OP_ENCRYPT ... OP_VERIFY
 * @stateless: by its flag; then it has @params
 * @session: otherwise
 * @sym: op_type of the service CIPHER
 * @src, @iv, @aad, @digest: what the device reads; VERIFY has @digest, and its length is
 *	dst_len
 * @dst_len, @hash_len: room for results, before the status
 * @cipher_at, @cipher_len, @hash_at, @hash_over: the ranges of src in a chain
 * @tag_len: length of the tag of an AEAD
 */
struct data {
	uint32_t opcode, algo;
	unsigned int service, op;
	bool known, stateless;
	uint64_t session;
	struct params params;
	uint32_t sym;
	const uint8_t *src, *iv, *aad, *digest;
	uint32_t src_len, iv_len, aad_len, dst_len, hash_len, tag_len;
	uint32_t cipher_at, cipher_len, hash_at, hash_over;
};

/*
 * out: everything that the device reads, contiguous; in_len: bytes that it may write,
 * including the status.  VC_OK: it was parsed.  Otherwise: the status for the driver.
 */
enum vc_status parse_ctrl(const struct dialect *dialect, int queue, const uint8_t *out,
			  size_t out_len, size_t in_len, struct ctrl *ctrl);
enum vc_status parse_data(const struct dialect *dialect, int queue, const uint8_t *out,
			  size_t out_len, size_t in_len, struct data *data);

#endif
