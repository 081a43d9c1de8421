/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The virtio_crypto authors
 *
 * vcvectors - shared by the files of the module.
 *
 * vcvectors_main.c    results, and the bytes of vectors
 * vcvectors_sym.c     ciphers, hashes, MACs, AEADs, chains of a cipher and a MAC
 * vcvectors_key.c     RSA and ECDSA
 *
 * The vectors are those of the reference device's own tests.
 */
#ifndef VCVECTORS_H
#define VCVECTORS_H

#include <linux/types.h>

#include "../../device/vectors.h"
#include "../../device/wycheproof.h"

/* Content of memory that was not written. */
#define VCV_UNWRITTEN	0xaa

enum vcv_kind {
	VCV_CIPHER,
	VCV_HASH,
	VCV_MAC,
	VCV_AEAD,
	VCV_CHAIN,
	VCV_RSA,
	VCV_PKCS1,
	VCV_ECDSA,
	VCV_KINDS
};

/**
 * struct vcv_text - bytes; each text has a separate allocation
 * @p: the bytes
 * @len: their number
 */
struct vcv_text {
	u8 *p;
	unsigned int len;
};

/* vcvectors_main.c */
int vcv_room(struct vcv_text *text, unsigned int len);
int vcv_read(struct vcv_text *text, const char *vector);
int vcv_join(struct vcv_text *text, struct vcv_text first,
	     struct vcv_text second);
bool vcv_same(struct vcv_text a, struct vcv_text b);
const char *vcv_hash_name(u32 algo);
void vcv_result(enum vcv_kind kind, int err, const char *name,
		const char *more);
void vcv_skip(enum vcv_kind kind, const char *name, const char *why);

/* vcvectors_sym.c */
void vcv_symmetric(void);

/* vcvectors_key.c */
void vcv_keys(void);

#endif /* VCVECTORS_H */
