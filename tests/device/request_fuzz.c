// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The virtio_crypto authors
 *
 * libFuzzer's target: any bytes as a message or request.  The parser must not read anything
 * else, and all parts that it returns must exist.
 */
#include <stdlib.h>

#include "report.h"
#include "request.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* Reads a whole part, so that the sanitizer checks it. */
static unsigned int touch(const uint8_t *p, uint32_t len)
{
	unsigned int sum = 0;

	while (len--)
		sum += *p++;
	return sum;
}

static unsigned int touch_data(const struct data *q)
{
	const struct params *p = &q->params;
	unsigned int sum = touch(q->iv, q->iv_len) + touch(q->src, q->src_len) +
			   touch(q->aad, q->aad_len);

	if (q->stateless)
		sum += touch(p->key, p->key_len) + touch(p->auth_key, p->auth_key_len);
	if (q->service == SERVICE_AKCIPHER && q->op == OP_VERIFY)
		sum += touch(q->digest, q->dst_len);
	if (q->sym == SYM_CHAIN)
		sum += touch(q->src + q->cipher_at, q->cipher_len) +
		       touch(q->src + q->hash_at, q->hash_over);
	return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct dialect d = { .ready = true, .services = 0x1f, .max_size = 1 << 16 };
	volatile unsigned int sum = 0;
	struct ctrl ctrl;
	struct data data;
	unsigned int i;
	size_t in_len;

	if (size < 4)
		return 0;
	report_quiet(true);
	d.features = bytes[0] & 0x3f;
	d.max_cipher_key = bytes[1];
	d.max_auth_key = bytes[1];
	for (i = 0; i < NR_SERVICES; i++)
		d.algos[i] = ~0ull;
	in_len = bytes[2] | (bytes[3] & 0x7f) << 8;
	if (bytes[3] & 0x80) {
		if (!parse_ctrl(&d, 0, bytes + 4, size - 4, in_len, &ctrl) && !ctrl.destroy)
			sum += touch(ctrl.params.key, ctrl.params.key_len) +
			       touch(ctrl.params.auth_key, ctrl.params.auth_key_len);
	} else if (!parse_data(&d, 0, bytes + 4, size - 4, in_len, &data)) {
		if (data.dst_len + data.hash_len >= in_len && data.op != OP_VERIFY)
			abort();
		sum += touch_data(&data);
	}
	return 0;
}
