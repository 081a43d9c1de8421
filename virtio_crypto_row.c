// SPDX-License-Identifier: GPL-2.0
// Copyright (C) 2026 The virtio_crypto authors
/*
 * What all algorithms have in common, see virtio_crypto_row.h.
 */
#include <linux/module.h>
#include <linux/string.h>

#include "virtio_crypto_row.h"

/* What all our algorithms are. */
#define VIRTCRYPTO_ALG_FLAGS	(CRYPTO_ALG_ASYNC | CRYPTO_ALG_NEED_FALLBACK | \
				 CRYPTO_ALG_KERN_DRIVER_ONLY)

/**
 * virtcrypto_row_init_alg() - fill in what the crypto API wants of any
 * algorithm
 * @row: the algorithm
 * @base: where to
 * @priority: its priority
 */
void virtcrypto_row_init_alg(const struct virtcrypto_row *row,
			     struct crypto_alg *base, int priority)
{
	base->cra_priority = priority;
	base->cra_flags = VIRTCRYPTO_ALG_FLAGS;
	base->cra_module = THIS_MODULE;
	strscpy(base->cra_name, row->name, CRYPTO_MAX_ALG_NAME);
	strscpy(base->cra_driver_name, row->driver_name, CRYPTO_MAX_ALG_NAME);
}
