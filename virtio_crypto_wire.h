/* SPDX-License-Identifier: GPL-2.0 */
/* Copyright (C) 2026 The virtio_crypto authors */
/*
 * Every byte that crosses between the driver and a VIRTIO crypto device.
 *
 * This is the only file that knows offsets and numbers of the crypto device
 * chapter of the VIRTIO specification (1.3/1.4, section "Crypto Device");
 * virtio_crypto_format.c fills these structures in.
 *
 * A request begins with a header and a body.  The body has one of three forms,
 * by what was negotiated:
 *
 *   legacy      without VIRTIO_CRYPTO_F_REVISION_1: padded with zeros to 56
 *               bytes on the control queue and to 48 on a data queue
 *   revision 1  with it: not padded
 *   stateless   with the service's VIRTIO_CRYPTO_F_..._STATELESS_MODE: as
 *               revision 1, and requests on data queues have room for
 *               the parameters of a session, in sessions too
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

/* "Feature bits"; the stateless modes depend on the first. */
#define VIRTCRYPTO_F_REVISION_1		0
#define VIRTCRYPTO_F_CIPHER_STATELESS	1
#define VIRTCRYPTO_F_HASH_STATELESS	2
#define VIRTCRYPTO_F_MAC_STATELESS	3
#define VIRTCRYPTO_F_AEAD_STATELESS	4
#define VIRTCRYPTO_F_AKCIPHER_STATELESS	5
/* The bits come in the order of the services. */
#define VIRTCRYPTO_F_STATELESS(service)	(VIRTCRYPTO_F_CIPHER_STATELESS + (service))

/* Opcodes: a service, and what to do. */
#define VIRTCRYPTO_OPCODE(service, op)	((service) << 8 | (op))

/* On a data queue. */
#define VIRTCRYPTO_OP_ENCRYPT		0
#define VIRTCRYPTO_OP_DIGEST		0	/* HASH and MAC */
#define VIRTCRYPTO_OP_DECRYPT		1
#define VIRTCRYPTO_OP_SIGN		2	/* AKCIPHER */
#define VIRTCRYPTO_OP_VERIFY		3

/* On the control queue; AKCIPHER has its own numbers. */
#define VIRTCRYPTO_OP_CREATE		2
#define VIRTCRYPTO_OP_DESTROY		3
#define VIRTCRYPTO_OP_AKCIPHER_CREATE	4
#define VIRTCRYPTO_OP_AKCIPHER_DESTROY	5

/*
 * Algorithm numbers: value in requests, bit number in the service's mask.
 *
 * CIPHER, which also carries algorithm chaining.
 */
#define VIRTCRYPTO_CIPHER_AES_ECB	2
#define VIRTCRYPTO_CIPHER_AES_CBC	3
#define VIRTCRYPTO_CIPHER_AES_CTR	4
#define VIRTCRYPTO_CIPHER_DES_ECB	5
#define VIRTCRYPTO_CIPHER_DES_CBC	6
#define VIRTCRYPTO_CIPHER_3DES_ECB	7
#define VIRTCRYPTO_CIPHER_3DES_CBC	8
#define VIRTCRYPTO_CIPHER_3DES_CTR	9
#define VIRTCRYPTO_CIPHER_AES_XTS	13

#define VIRTCRYPTO_HASH_MD5		1
#define VIRTCRYPTO_HASH_SHA1		2
#define VIRTCRYPTO_HASH_SHA_224		3
#define VIRTCRYPTO_HASH_SHA_256		4
#define VIRTCRYPTO_HASH_SHA_384		5
#define VIRTCRYPTO_HASH_SHA_512		6
#define VIRTCRYPTO_HASH_SHA3_224	7
#define VIRTCRYPTO_HASH_SHA3_256	8
#define VIRTCRYPTO_HASH_SHA3_384	9
#define VIRTCRYPTO_HASH_SHA3_512	10

#define VIRTCRYPTO_MAC_HMAC_MD5		1
#define VIRTCRYPTO_MAC_HMAC_SHA1	2
#define VIRTCRYPTO_MAC_HMAC_SHA_224	3
#define VIRTCRYPTO_MAC_HMAC_SHA_256	4
#define VIRTCRYPTO_MAC_HMAC_SHA_384	5
#define VIRTCRYPTO_MAC_HMAC_SHA_512	6
#define VIRTCRYPTO_MAC_CMAC_3DES	25
#define VIRTCRYPTO_MAC_CMAC_AES		26
#define VIRTCRYPTO_MAC_CBCMAC_AES	49
#define VIRTCRYPTO_MAC_XCBC_AES		53

#define VIRTCRYPTO_AEAD_GCM		1
#define VIRTCRYPTO_AEAD_CCM		2
#define VIRTCRYPTO_AEAD_CHACHA20_POLY1305	3

#define VIRTCRYPTO_AKCIPHER_RSA		1
#define VIRTCRYPTO_AKCIPHER_ECDSA	2

#define VIRTCRYPTO_KEY_PUBLIC		1
#define VIRTCRYPTO_KEY_PRIVATE		2

#define VIRTCRYPTO_RSA_RAW		0
#define VIRTCRYPTO_RSA_PKCS1		1

#define VIRTCRYPTO_RSA_HASH_NONE	0
#define VIRTCRYPTO_RSA_HASH_MD5		4
#define VIRTCRYPTO_RSA_HASH_SHA1	5
#define VIRTCRYPTO_RSA_HASH_SHA256	6
#define VIRTCRYPTO_RSA_HASH_SHA384	7
#define VIRTCRYPTO_RSA_HASH_SHA512	8
#define VIRTCRYPTO_RSA_HASH_SHA224	9

#define VIRTCRYPTO_CURVE_P192		1
#define VIRTCRYPTO_CURVE_P256		3
#define VIRTCRYPTO_CURVE_P384		4
#define VIRTCRYPTO_CURVE_P521		5

/* Direction of a session. */
#define VIRTCRYPTO_DIR_ENCRYPT		1
#define VIRTCRYPTO_DIR_DECRYPT		2

/* op_type of a symmetric request. */
#define VIRTCRYPTO_SYM_OP_CIPHER	1
#define VIRTCRYPTO_SYM_OP_CHAIN		2

/* What a chain does first, and what its second algorithm is. */
#define VIRTCRYPTO_HASH_THEN_CIPHER	1
#define VIRTCRYPTO_CIPHER_THEN_HASH	2
#define VIRTCRYPTO_HASH_MODE_AUTH	2

/* flag of a request. */
#define VIRTCRYPTO_FLAG_SESSION		1

/* Status codes: le32 in a create result, u8 in destroy and data results. */
#define VIRTCRYPTO_STATUS_OK		0
#define VIRTCRYPTO_STATUS_ERR		1
#define VIRTCRYPTO_STATUS_BADMSG	2
#define VIRTCRYPTO_STATUS_NOTSUPP	3
#define VIRTCRYPTO_STATUS_INVSESS	4
#define VIRTCRYPTO_STATUS_NOSPC		5
#define VIRTCRYPTO_STATUS_KEY_REJECTED	6
/* Not a status of devices: a result holds this until the device writes it. */
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

/*
 * Control queue: "Session operation".
 */
struct virtcrypto_wire_ctrl_header {
	__le32 opcode;
	__le32 algo;
	__le32 flag;
	/*
	 * Must be zero; in older texts and devices it is the number of the
	 * queue.
	 */
	__le32 reserved;
};

static_assert(sizeof(struct virtcrypto_wire_ctrl_header) == 16);

struct virtcrypto_wire_cipher_params {
	__le32 algo;
	__le32 key_len;
	__le32 op;
	__le32 padding;
};

struct virtcrypto_wire_chain_params {
	__le32 order;
	__le32 hash_mode;
	struct virtcrypto_wire_cipher_params cipher;
	struct {
		__le32 algo;
		__le32 result_len;
		__le32 key_len;
		__le32 padding;
	} mac;
	__le32 aad_len;
	__le32 padding;
};

static_assert(offsetof(struct virtcrypto_wire_chain_params, mac) == 24);
static_assert(sizeof(struct virtcrypto_wire_chain_params) == 48);

struct virtcrypto_wire_sym_create {
	union {
		struct virtcrypto_wire_cipher_params cipher;
		struct virtcrypto_wire_chain_params chain;
	};
	__le32 op_type;
	__le32 padding;
};

static_assert(offsetof(struct virtcrypto_wire_sym_create, op_type) == 48);
static_assert(sizeof(struct virtcrypto_wire_sym_create) == 56);

struct virtcrypto_wire_hash_create {
	__le32 algo;
	__le32 result_len;
};

static_assert(sizeof(struct virtcrypto_wire_hash_create) == 8);

struct virtcrypto_wire_mac_create {
	__le32 algo;
	__le32 result_len;
	__le32 key_len;
	__le32 padding;
};

static_assert(sizeof(struct virtcrypto_wire_mac_create) == 16);

struct virtcrypto_wire_aead_create {
	__le32 algo;
	__le32 key_len;
	__le32 tag_len;
	__le32 aad_len;
	__le32 op;
	__le32 padding;
};

static_assert(sizeof(struct virtcrypto_wire_aead_create) == 24);

/* Also in stateless requests.  RSA has two fields, ECDSA a curve. */
union virtcrypto_wire_akcipher_params {
	struct {
		__le32 padding;
		__le32 hash;
	} rsa;
	__le32 curve;
};

struct virtcrypto_wire_akcipher_create {
	__le32 algo;
	__le32 key_type;
	__le32 key_len;
	union virtcrypto_wire_akcipher_params params;
	u8 unused[36];
};

static_assert(offsetof(struct virtcrypto_wire_akcipher_create, params) == 12);
static_assert(sizeof(struct virtcrypto_wire_akcipher_create) == 56);

/* Create a session; the keys follow the body at once. */
struct virtcrypto_wire_create {
	struct virtcrypto_wire_ctrl_header header;
	union {
		u8 legacy[56];
		struct virtcrypto_wire_sym_create sym;
		struct virtcrypto_wire_hash_create hash;
		struct virtcrypto_wire_mac_create mac;
		struct virtcrypto_wire_aead_create aead;
		struct virtcrypto_wire_akcipher_create akcipher;
	};
};

static_assert(sizeof(struct virtcrypto_wire_create) == 72);

/* Destroy a session of any service. */
struct virtcrypto_wire_destroy {
	struct virtcrypto_wire_ctrl_header header;
	union {
		u8 legacy[56];
		__le64 session_id;
	};
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

/*
 * Data queues: "Data Virtqueue" and the operations of each service.
 */
struct virtcrypto_wire_data_header {
	__le32 opcode;
	__le32 algo;
	__le64 session_id;
	__le32 flag;
	__le32 padding;
};

static_assert(offsetof(struct virtcrypto_wire_data_header, session_id) == 8);
static_assert(sizeof(struct virtcrypto_wire_data_header) == 24);

struct virtcrypto_wire_cipher_data {
	__le32 iv_len;
	__le32 src_len;
	__le32 dst_len;
	__le32 padding;
};

/* The ranges are offsets into the source. */
struct virtcrypto_wire_chain_data {
	__le32 iv_len;
	__le32 src_len;
	__le32 dst_len;
	__le32 cipher_start;
	__le32 cipher_len;
	__le32 hash_start;
	__le32 hash_len;
	__le32 aad_len;
	__le32 result_len;
	__le32 reserved;
};

struct virtcrypto_wire_sym_data {
	union {
		struct virtcrypto_wire_cipher_data cipher;
		struct virtcrypto_wire_chain_data chain;
	};
	__le32 op_type;
	__le32 padding;
};

static_assert(offsetof(struct virtcrypto_wire_sym_data, op_type) == 40);
static_assert(sizeof(struct virtcrypto_wire_sym_data) == 48);

/* HASH and MAC. */
struct virtcrypto_wire_hash_data {
	__le32 src_len;
	__le32 result_len;
};

static_assert(sizeof(struct virtcrypto_wire_hash_data) == 8);

struct virtcrypto_wire_aead_data {
	__le32 iv_len;
	__le32 aad_len;
	__le32 src_len;
	__le32 dst_len;
	__le32 tag_len;
	__le32 reserved;
};

static_assert(sizeof(struct virtcrypto_wire_aead_data) == 24);

struct virtcrypto_wire_akcipher_data {
	__le32 src_len;
	__le32 dst_len;
};

static_assert(sizeof(struct virtcrypto_wire_akcipher_data) == 8);

/* The same with the parameters of a session. */
struct virtcrypto_wire_cipher_stateless {
	__le32 algo;
	__le32 key_len;
	__le32 op;
	__le32 iv_len;
	__le32 src_len;
	__le32 dst_len;
};

struct virtcrypto_wire_chain_stateless {
	__le32 order;
	__le32 session_aad_len;
	struct {
		__le32 algo;
		__le32 key_len;
		__le32 op;
	} cipher;
	struct {
		__le32 algo;
		__le32 key_len;
		__le32 hash_mode;
	} mac;
	struct virtcrypto_wire_chain_data data;
};

static_assert(offsetof(struct virtcrypto_wire_chain_stateless, data) == 32);
static_assert(sizeof(struct virtcrypto_wire_chain_stateless) == 72);

struct virtcrypto_wire_sym_stateless {
	union {
		struct virtcrypto_wire_cipher_stateless cipher;
		struct virtcrypto_wire_chain_stateless chain;
	};
	__le32 op_type;
};

static_assert(offsetof(struct virtcrypto_wire_sym_stateless, op_type) == 72);
static_assert(sizeof(struct virtcrypto_wire_sym_stateless) == 76);

struct virtcrypto_wire_hash_stateless {
	__le32 algo;
	__le32 src_len;
	__le32 result_len;
	__le32 reserved;
};

static_assert(sizeof(struct virtcrypto_wire_hash_stateless) == 16);

struct virtcrypto_wire_mac_stateless {
	__le32 algo;
	__le32 key_len;
	__le32 src_len;
	__le32 result_len;
};

static_assert(sizeof(struct virtcrypto_wire_mac_stateless) == 16);

struct virtcrypto_wire_aead_stateless {
	__le32 algo;
	__le32 key_len;
	__le32 op;
	__le32 iv_len;
	__le32 tag_len;
	__le32 aad_len;
	__le32 src_len;
	__le32 dst_len;
};

static_assert(sizeof(struct virtcrypto_wire_aead_stateless) == 32);

struct virtcrypto_wire_akcipher_stateless {
	__le32 algo;
	__le32 key_type;
	__le32 key_len;
	union virtcrypto_wire_akcipher_params params;
	__le32 src_len;
	__le32 dst_len;
};

static_assert(sizeof(struct virtcrypto_wire_akcipher_stateless) == 28);

/*
 * A request on a data queue.  Behind the body come, each if there is one, the
 * keys of a stateless request, the iv, the source and the associated data.
 */
struct virtcrypto_wire_data {
	struct virtcrypto_wire_data_header header;
	union {
		u8 legacy[48];
		struct virtcrypto_wire_sym_data sym;
		struct virtcrypto_wire_hash_data hash;
		struct virtcrypto_wire_aead_data aead;
		struct virtcrypto_wire_akcipher_data akcipher;
		struct virtcrypto_wire_sym_stateless sym_stateless;
		struct virtcrypto_wire_hash_stateless hash_stateless;
		struct virtcrypto_wire_mac_stateless mac_stateless;
		struct virtcrypto_wire_aead_stateless aead_stateless;
		struct virtcrypto_wire_akcipher_stateless akcipher_stateless;
	};
};

static_assert(offsetof(struct virtcrypto_wire_data, legacy) == 24);

/* Longest header and body of a request: those of a stateless symmetric one. */
#define VIRTCRYPTO_MAX_FIXED \
	offsetofend(struct virtcrypto_wire_data, sym_stateless)
static_assert(VIRTCRYPTO_MAX_FIXED == 100);

/* The widest iv of any algorithm. */
#define VIRTCRYPTO_MAX_IV_SIZE		16

/* The longest hash or MAC. */
#define VIRTCRYPTO_MAX_RESULT_SIZE	64

#endif /* VIRTIO_CRYPTO_WIRE_H */
