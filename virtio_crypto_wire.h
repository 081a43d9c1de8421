/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Every byte that crosses between the driver and a VIRTIO crypto device.
 *
 * This is the only file that knows offsets and numbers of the crypto device
 * chapter of the VIRTIO specification (1.3/1.4, section "Crypto Device").  The
 * layouts are those that hold while VIRTIO_CRYPTO_F_REVISION_1 is not
 * negotiated: the fixed part of each request is 72 bytes long on both kinds of
 * queue, and what an operation does not use of it is zero.
 *
 * All integers are little endian.  No layout here needs packing; the
 * assertions behind each structure keep it so.
 */
#ifndef VIRTIO_CRYPTO_WIRE_H
#define VIRTIO_CRYPTO_WIRE_H

#include <linux/build_bug.h>
#include <linux/stddef.h>
#include <linux/types.h>

#define VIRTCRYPTO_DEVICE_ID		20

/* Service numbers: bit numbers in crypto_services, high byte of opcodes. */
enum virtcrypto_service {
	VIRTCRYPTO_SERVICE_CIPHER	= 0,
	VIRTCRYPTO_SERVICE_HASH		= 1,
	VIRTCRYPTO_SERVICE_MAC		= 2,
	VIRTCRYPTO_SERVICE_AEAD		= 3,
	VIRTCRYPTO_SERVICE_AKCIPHER	= 4,
	VIRTCRYPTO_NR_SERVICES
};

/* Opcodes of the CIPHER service (which also carries algorithm chaining). */
#define VIRTCRYPTO_OP_CIPHER_ENCRYPT		0x0000
#define VIRTCRYPTO_OP_CIPHER_DECRYPT		0x0001
#define VIRTCRYPTO_OP_CIPHER_CREATE_SESSION	0x0002
#define VIRTCRYPTO_OP_CIPHER_DESTROY_SESSION	0x0003

/* Cipher numbers: value in requests, bit number in cipher_algo_l. */
#define VIRTCRYPTO_CIPHER_AES_ECB	2
#define VIRTCRYPTO_CIPHER_AES_CBC	3
#define VIRTCRYPTO_CIPHER_AES_CTR	4
#define VIRTCRYPTO_CIPHER_DES_ECB	5
#define VIRTCRYPTO_CIPHER_DES_CBC	6
#define VIRTCRYPTO_CIPHER_3DES_ECB	7
#define VIRTCRYPTO_CIPHER_3DES_CBC	8
#define VIRTCRYPTO_CIPHER_3DES_CTR	9
#define VIRTCRYPTO_CIPHER_AES_XTS	13

/* Direction of a cipher session. */
#define VIRTCRYPTO_DIR_ENCRYPT		1
#define VIRTCRYPTO_DIR_DECRYPT		2

/* op_type of a symmetric request. */
#define VIRTCRYPTO_SYM_OP_CIPHER	1

/* Status codes: le32 in a create result, u8 in destroy and data results. */
#define VIRTCRYPTO_STATUS_OK		0
#define VIRTCRYPTO_STATUS_ERR		1
#define VIRTCRYPTO_STATUS_BADMSG	2
#define VIRTCRYPTO_STATUS_NOTSUPP	3
#define VIRTCRYPTO_STATUS_INVSESS	4
#define VIRTCRYPTO_STATUS_NOSPC		5
#define VIRTCRYPTO_STATUS_KEY_REJECTED	6
/* Not the device's: what a result holds until the device has written it. */
#define VIRTCRYPTO_STATUS_UNWRITTEN	0xff

#define VIRTCRYPTO_S_HW_READY		0x1

/* Configuration space: "Device configuration layout". */
struct virtcrypto_wire_config {
	__le32 status;
	__le32 max_dataqueues;
	__le32 crypto_services;
	__le32 cipher_algo_l;
	__le32 cipher_algo_h;
	__le32 hash_algo;
	__le32 mac_algo_l;
	__le32 mac_algo_h;
	__le32 aead_algo;
	__le32 max_cipher_key_len;
	__le32 max_auth_key_len;
	__le32 akcipher_algo;
	__le64 max_size;
};

static_assert(offsetof(struct virtcrypto_wire_config, akcipher_algo) == 44);
static_assert(offsetof(struct virtcrypto_wire_config, max_size) == 48);
static_assert(sizeof(struct virtcrypto_wire_config) == 56);

/* Control queue: "Session operation". */
struct virtcrypto_wire_ctrl_header {
	__le32 opcode;
	__le32 algo;
	__le32 flag;
	/* Must be zero; older texts and devices call it the queue's number. */
	__le32 reserved;
};

static_assert(sizeof(struct virtcrypto_wire_ctrl_header) == 16);

/* Create a cipher session; the key follows the structure at once. */
struct virtcrypto_wire_cipher_create {
	struct virtcrypto_wire_ctrl_header header;
	__le32 algo;
	__le32 key_len;
	__le32 op;
	__le32 padding;
	u8 unused[32];
	__le32 op_type;
	__le32 padding2;
};

static_assert(offsetof(struct virtcrypto_wire_cipher_create, algo) == 16);
static_assert(offsetof(struct virtcrypto_wire_cipher_create, op_type) == 64);
static_assert(sizeof(struct virtcrypto_wire_cipher_create) == 72);

/* Destroy a session of any service. */
struct virtcrypto_wire_destroy {
	struct virtcrypto_wire_ctrl_header header;
	__le64 session_id;
	u8 unused[48];
};

static_assert(offsetof(struct virtcrypto_wire_destroy, session_id) == 16);
static_assert(sizeof(struct virtcrypto_wire_destroy) == 72);

/* What the device answers to a create request. */
struct virtcrypto_wire_create_result {
	__le64 session_id;
	__le32 status;
	__le32 padding;
};

static_assert(offsetof(struct virtcrypto_wire_create_result, status) == 8);
static_assert(sizeof(struct virtcrypto_wire_create_result) == 16);

/* What the device answers to a destroy request. */
struct virtcrypto_wire_destroy_result {
	u8 status;
};

static_assert(sizeof(struct virtcrypto_wire_destroy_result) == 1);

/* Data queues: "Data Virtqueue". */
struct virtcrypto_wire_data_header {
	__le32 opcode;
	__le32 algo;
	__le64 session_id;
	__le32 flag;
	__le32 padding;
};

static_assert(offsetof(struct virtcrypto_wire_data_header, session_id) == 8);
static_assert(sizeof(struct virtcrypto_wire_data_header) == 24);

/* "Symmetric algorithms Operation", op_type CIPHER, in a session. */
struct virtcrypto_wire_cipher_data {
	struct virtcrypto_wire_data_header header;
	__le32 iv_len;
	__le32 src_data_len;
	__le32 dst_data_len;
	__le32 padding;
	u8 unused[24];
	__le32 op_type;
	__le32 padding2;
};

static_assert(offsetof(struct virtcrypto_wire_cipher_data, iv_len) == 24);
static_assert(offsetof(struct virtcrypto_wire_cipher_data, op_type) == 64);
static_assert(sizeof(struct virtcrypto_wire_cipher_data) == 72);

/*
 * The widest iv of any cipher.  It follows the fixed part at once, so that one
 * device-readable element carries both.
 */
#define VIRTCRYPTO_MAX_IV_SIZE		16

#endif /* VIRTIO_CRYPTO_WIRE_H */
