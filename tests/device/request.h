/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The virtio_crypto authors
 *
 * What a driver wrote, taken apart: messages of the control queue and requests of the
 * data queues, in every form that the specification has for them: without revision 1
 * (fixed parts padded to 56 and 48 bytes), with it, session mode and stateless mode.
 *
 * The parser is strict.  What breaks a requirement is reported, whether or not the
 * request can be done all the same.  It looks at bytes only and keeps nothing, so that
 * it can be tested and fuzzed by itself.
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
 * struct dialect - what was offered and accepted
 * @features: negotiated, the device's own bits
 * @ready: HW_READY was set when the driver last read it
 * @services, @algos: the configuration's masks, the latter by service
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
 * struct params - what a session is made with, or a stateless request brings
 * @algo: of the service; for a chain, of its cipher
 * @dir: DIR_ENCRYPT, DIR_DECRYPT, or 0 where there is none
 * @sym: SYM_CIPHER or SYM_CHAIN, for the service CIPHER
 * @order, @hash_mode, @hash_algo: of a chain; hash_algo is a MAC's with CHAIN_AUTH
 * @key_type, @param1, @param2: of AKCIPHER: RSA's padding and hash, or the curve
 * @aad_len, @tag_len, @hash_len: as stated, not binding for requests
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
 * struct ctrl - a message; @params only if @destroy is not set, else @session
 * @known: the opcode is one, whatever else is wrong
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
 * @known: the opcode is one, whatever else is wrong
 * @op: OP_ENCRYPT ... OP_VERIFY
 * @stateless: by its flag; then @params are its own
 * @session: else
 * @sym: op_type of the service CIPHER
 * @src, @iv, @aad, @digest: what the device reads; digest is VERIFY's, and its length
 *	is dst_len
 * @dst_len, @hash_len: room for results, before the status
 * @cipher_at, @cipher_len, @hash_at, @hash_over: ranges of src, of a chain
 * @tag_len: of AEAD
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
 * out: all that the device reads, in one piece; in_len: bytes that it may write, the
 * status among them.  VC_OK: it is taken apart.  Else: what the driver is to be told.
 */
enum vc_status parse_ctrl(const struct dialect *dialect, int queue, const uint8_t *out,
			  size_t out_len, size_t in_len, struct ctrl *ctrl);
enum vc_status parse_data(const struct dialect *dialect, int queue, const uint8_t *out,
			  size_t out_len, size_t in_len, struct data *data);

#endif
