// SPDX-License-Identifier: GPL-2.0
// Copyright (C) 2026 The virtio_crypto authors
/*
 * Encodes requests and messages, in each form that a device and the driver can
 * agree on; see the head of virtio_crypto_wire.h.
 *
 * Each service of a device has a form, so the same request may be encoded in
 * different ways for different devices.  All bytes that are not filled in are
 * zero, including padding and reserved fields.
 *
 * A chain has no associated data of its own on the wire, because the two forms
 * of the specification and existing devices disagree about its place.  The
 * source includes it, and the ranges say what is encrypted.
 */
#include <linux/build_bug.h>
#include <linux/string.h>

#include "virtio_crypto_format.h"

static bool virtcrypto_is_chain(const struct virtcrypto_params *p)
{
	return p->service == VIRTCRYPTO_SERVICE_CIPHER && p->mac;
}

static __le32 virtcrypto_order(u32 dir)
{
	/* Encrypt then MAC, or check the MAC then decrypt. */
	return cpu_to_le32(dir == VIRTCRYPTO_DIR_ENCRYPT ?
			   VIRTCRYPTO_CIPHER_THEN_HASH :
			   VIRTCRYPTO_HASH_THEN_CIPHER);
}

static void virtcrypto_format_asym(union virtcrypto_wire_akcipher_params *out,
				   const struct virtcrypto_params *p)
{
	if (p->algo == VIRTCRYPTO_AKCIPHER_RSA) {
		out->rsa.padding = cpu_to_le32(p->padding);
		out->rsa.hash = cpu_to_le32(p->hash);
	} else {
		out->curve = cpu_to_le32(p->curve);
	}
}

static void virtcrypto_format_sym_create(struct virtcrypto_wire_sym_create *out,
					 const struct virtcrypto_params *p,
					 u32 dir)
{
	struct virtcrypto_wire_cipher_params *cipher = &out->cipher;

	out->op_type = cpu_to_le32(VIRTCRYPTO_SYM_OP_CIPHER);
	if (virtcrypto_is_chain(p)) {
		out->op_type = cpu_to_le32(VIRTCRYPTO_SYM_OP_CHAIN);
		out->chain.order = virtcrypto_order(dir);
		out->chain.hash_mode = cpu_to_le32(VIRTCRYPTO_HASH_MODE_AUTH);
		out->chain.mac.algo = cpu_to_le32(p->mac);
		out->chain.mac.result_len = cpu_to_le32(p->result_len);
		out->chain.mac.key_len = cpu_to_le32(p->auth_key_len);
		cipher = &out->chain.cipher;
	}
	cipher->algo = cpu_to_le32(p->algo);
	cipher->key_len = cpu_to_le32(p->key_len);
	cipher->op = cpu_to_le32(dir);
}

/**
 * virtcrypto_format_create() - the message that creates a session, less the
 * keys
 * @out: where to, zeroed
 * @form: the service's form
 * @p: what the session is for
 * @dir: its direction
 *
 * Specification: "Session operation: create session".
 *
 * Return: bytes; the keys follow.
 */
unsigned int virtcrypto_format_create(struct virtcrypto_wire_create *out,
				      enum virtcrypto_form form,
				      const struct virtcrypto_params *p, u32 dir)
{
	unsigned int len = sizeof(out->legacy);
	u32 op = VIRTCRYPTO_OP_CREATE;

	switch (p->service) {
	case VIRTCRYPTO_SERVICE_CIPHER:
		virtcrypto_format_sym_create(&out->sym, p, dir);
		break;
	case VIRTCRYPTO_SERVICE_HASH:
		len = sizeof(out->hash);
		out->hash.algo = cpu_to_le32(p->algo);
		out->hash.result_len = cpu_to_le32(p->result_len);
		break;
	case VIRTCRYPTO_SERVICE_MAC:
		len = sizeof(out->mac);
		out->mac.algo = cpu_to_le32(p->algo);
		out->mac.result_len = cpu_to_le32(p->result_len);
		out->mac.key_len = cpu_to_le32(p->auth_key_len);
		break;
	case VIRTCRYPTO_SERVICE_AEAD:
		len = sizeof(out->aead);
		out->aead.algo = cpu_to_le32(p->algo);
		out->aead.key_len = cpu_to_le32(p->key_len);
		out->aead.tag_len = cpu_to_le32(p->result_len);
		out->aead.aad_len = cpu_to_le32(p->aad_len);
		out->aead.op = cpu_to_le32(dir);
		break;
	case VIRTCRYPTO_SERVICE_AKCIPHER:
		op = VIRTCRYPTO_OP_AKCIPHER_CREATE;
		out->akcipher.algo = cpu_to_le32(p->algo);
		out->akcipher.key_type = cpu_to_le32(p->key_type);
		out->akcipher.key_len = cpu_to_le32(p->key_len);
		virtcrypto_format_asym(&out->akcipher.params, p);
		break;
	}
	out->header.opcode = cpu_to_le32(VIRTCRYPTO_OPCODE(p->service, op));
	out->header.algo = cpu_to_le32(p->algo);
	if (form == VIRTCRYPTO_FORM_LEGACY)
		len = sizeof(out->legacy);
	return sizeof(out->header) + len;
}

/**
 * virtcrypto_format_destroy() - the message that destroys a session
 * @out: where to, zeroed
 * @form: the service's form
 * @service: the session's service
 * @id: the session
 *
 * Specification: "Session operation: destroy session".
 *
 * Return: bytes.
 */
unsigned int virtcrypto_format_destroy(struct virtcrypto_wire_destroy *out,
				       enum virtcrypto_form form, u32 service,
				       __le64 id)
{
	u32 op = service == VIRTCRYPTO_SERVICE_AKCIPHER ?
		 VIRTCRYPTO_OP_AKCIPHER_DESTROY : VIRTCRYPTO_OP_DESTROY;

	out->header.opcode = cpu_to_le32(VIRTCRYPTO_OPCODE(service, op));
	out->session_id = id;
	if (form == VIRTCRYPTO_FORM_LEGACY)
		return sizeof(*out);
	return offsetofend(struct virtcrypto_wire_destroy, session_id);
}

static void virtcrypto_format_chain(struct virtcrypto_wire_chain_data *out,
				    const struct virtcrypto_op *op)
{
	out->iv_len = cpu_to_le32(op->iv_len);
	out->src_len = cpu_to_le32(op->src_len);
	out->dst_len = cpu_to_le32(op->dst_len);
	out->cipher_start = cpu_to_le32(op->cipher_start);
	out->cipher_len = cpu_to_le32(op->cipher_len);
	out->hash_len = cpu_to_le32(op->src_len);
	out->result_len = cpu_to_le32(op->result_len);
}

static void virtcrypto_format_sym(struct virtcrypto_wire_sym_data *out,
				  const struct virtcrypto_params *p,
				  const struct virtcrypto_op *op)
{
	if (!virtcrypto_is_chain(p)) {
		out->op_type = cpu_to_le32(VIRTCRYPTO_SYM_OP_CIPHER);
		out->cipher.iv_len = cpu_to_le32(op->iv_len);
		out->cipher.src_len = cpu_to_le32(op->src_len);
		out->cipher.dst_len = cpu_to_le32(op->dst_len);
		return;
	}
	out->op_type = cpu_to_le32(VIRTCRYPTO_SYM_OP_CHAIN);
	virtcrypto_format_chain(&out->chain, op);
}

static unsigned int virtcrypto_format_session(struct virtcrypto_wire_data *out,
					      const struct virtcrypto_params *p,
					      const struct virtcrypto_op *op)
{
	switch (p->service) {
	case VIRTCRYPTO_SERVICE_CIPHER:
		virtcrypto_format_sym(&out->sym, p, op);
		return sizeof(out->sym);
	case VIRTCRYPTO_SERVICE_HASH:
	case VIRTCRYPTO_SERVICE_MAC:
		out->hash.src_len = cpu_to_le32(op->src_len);
		out->hash.result_len = cpu_to_le32(op->result_len);
		return sizeof(out->hash);
	case VIRTCRYPTO_SERVICE_AEAD:
		out->aead.iv_len = cpu_to_le32(op->iv_len);
		out->aead.aad_len = cpu_to_le32(op->aad_len);
		out->aead.src_len = cpu_to_le32(op->src_len);
		out->aead.dst_len = cpu_to_le32(op->dst_len);
		out->aead.tag_len = cpu_to_le32(op->result_len);
		return sizeof(out->aead);
	default:
		out->akcipher.src_len = cpu_to_le32(op->src_len);
		out->akcipher.dst_len = cpu_to_le32(op->dst_len);
		return sizeof(out->akcipher);
	}
}

static void
virtcrypto_format_sym_stateless(struct virtcrypto_wire_sym_stateless *out,
				const struct virtcrypto_params *p, u32 dir,
				const struct virtcrypto_op *op)
{
	if (!virtcrypto_is_chain(p)) {
		out->op_type = cpu_to_le32(VIRTCRYPTO_SYM_OP_CIPHER);
		out->cipher.algo = cpu_to_le32(p->algo);
		out->cipher.key_len = cpu_to_le32(p->key_len);
		out->cipher.op = cpu_to_le32(dir);
		out->cipher.iv_len = cpu_to_le32(op->iv_len);
		out->cipher.src_len = cpu_to_le32(op->src_len);
		out->cipher.dst_len = cpu_to_le32(op->dst_len);
		return;
	}
	out->op_type = cpu_to_le32(VIRTCRYPTO_SYM_OP_CHAIN);
	out->chain.order = virtcrypto_order(dir);
	out->chain.cipher.algo = cpu_to_le32(p->algo);
	out->chain.cipher.key_len = cpu_to_le32(p->key_len);
	out->chain.cipher.op = cpu_to_le32(dir);
	out->chain.mac.algo = cpu_to_le32(p->mac);
	out->chain.mac.key_len = cpu_to_le32(p->auth_key_len);
	out->chain.mac.hash_mode = cpu_to_le32(VIRTCRYPTO_HASH_MODE_AUTH);
	virtcrypto_format_chain(&out->chain.data, op);
}

static unsigned int
virtcrypto_format_stateless(struct virtcrypto_wire_data *out,
			    const struct virtcrypto_params *p, u32 dir,
			    const struct virtcrypto_op *op)
{
	switch (p->service) {
	case VIRTCRYPTO_SERVICE_CIPHER:
		virtcrypto_format_sym_stateless(&out->sym_stateless, p, dir, op);
		return sizeof(out->sym_stateless);
	case VIRTCRYPTO_SERVICE_HASH:
		out->hash_stateless.algo = cpu_to_le32(p->algo);
		out->hash_stateless.src_len = cpu_to_le32(op->src_len);
		out->hash_stateless.result_len = cpu_to_le32(op->result_len);
		return sizeof(out->hash_stateless);
	case VIRTCRYPTO_SERVICE_MAC:
		out->mac_stateless.algo = cpu_to_le32(p->algo);
		out->mac_stateless.key_len = cpu_to_le32(p->auth_key_len);
		out->mac_stateless.src_len = cpu_to_le32(op->src_len);
		out->mac_stateless.result_len = cpu_to_le32(op->result_len);
		return sizeof(out->mac_stateless);
	case VIRTCRYPTO_SERVICE_AEAD:
		out->aead_stateless.algo = cpu_to_le32(p->algo);
		out->aead_stateless.key_len = cpu_to_le32(p->key_len);
		out->aead_stateless.op = cpu_to_le32(dir);
		out->aead_stateless.iv_len = cpu_to_le32(op->iv_len);
		out->aead_stateless.tag_len = cpu_to_le32(op->result_len);
		out->aead_stateless.aad_len = cpu_to_le32(op->aad_len);
		out->aead_stateless.src_len = cpu_to_le32(op->src_len);
		out->aead_stateless.dst_len = cpu_to_le32(op->dst_len);
		return sizeof(out->aead_stateless);
	default:
		out->akcipher_stateless.algo = cpu_to_le32(p->algo);
		out->akcipher_stateless.key_type = cpu_to_le32(p->key_type);
		out->akcipher_stateless.key_len = cpu_to_le32(p->key_len);
		virtcrypto_format_asym(&out->akcipher_stateless.params, p);
		out->akcipher_stateless.src_len = cpu_to_le32(op->src_len);
		out->akcipher_stateless.dst_len = cpu_to_le32(op->dst_len);
		return sizeof(out->akcipher_stateless);
	}
}

/**
 * virtcrypto_format_data() - header and body of a request on a data queue
 * @out: where to; at most VIRTCRYPTO_MAX_FIXED bytes are written
 * @form: the service's form
 * @p: what the session is for; in the stateless form, with keys only if the
 *	request brings them
 * @dir: the session's direction
 * @op: the request
 * @stateless: it has no session
 * @id: the session otherwise
 *
 * Specification: "Data Virtqueue" and the operations of each service.
 *
 * Return: bytes; keys, iv, source and associated data follow.
 */
unsigned int virtcrypto_format_data(struct virtcrypto_wire_data *out,
				    enum virtcrypto_form form,
				    const struct virtcrypto_params *p, u32 dir,
				    const struct virtcrypto_op *op,
				    bool stateless, __le64 id)
{
	unsigned int len;

	memset(out, 0, VIRTCRYPTO_MAX_FIXED);
	out->header.opcode = cpu_to_le32(VIRTCRYPTO_OPCODE(p->service,
							   op->code));
	out->header.algo = cpu_to_le32(p->algo);
	if (!stateless) {
		out->header.session_id = id;
		if (form != VIRTCRYPTO_FORM_LEGACY)
			out->header.flag = cpu_to_le32(VIRTCRYPTO_FLAG_SESSION);
	}
	if (form == VIRTCRYPTO_FORM_STATELESS)
		len = virtcrypto_format_stateless(out, p, dir, op);
	else
		len = virtcrypto_format_session(out, p, op);
	if (form == VIRTCRYPTO_FORM_LEGACY)
		len = sizeof(out->legacy);
	return sizeof(out->header) + len;
}
