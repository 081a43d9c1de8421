/* SPDX-License-Identifier: GPL-2.0 */
/* Copyright (C) 2026 The virtio_crypto authors */
/*
 * The bytes of requests and messages, in each form that was negotiated.
 */
#ifndef VIRTIO_CRYPTO_FORMAT_H
#define VIRTIO_CRYPTO_FORMAT_H

#include "virtio_crypto_common.h"

unsigned int virtcrypto_format_create(struct virtcrypto_wire_create *out,
				      enum virtcrypto_form form,
				      const struct virtcrypto_params *p, u32 dir);
unsigned int virtcrypto_format_destroy(struct virtcrypto_wire_destroy *out,
				       enum virtcrypto_form form, u32 service,
				       __le64 id);
unsigned int virtcrypto_format_data(struct virtcrypto_wire_data *out,
				    enum virtcrypto_form form,
				    const struct virtcrypto_params *p, u32 dir,
				    const struct virtcrypto_op *op,
				    bool stateless, __le64 id);

#endif /* VIRTIO_CRYPTO_FORMAT_H */
