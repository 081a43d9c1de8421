// SPDX-License-Identifier: GPL-2.0
// Copyright (C) 2026 The virtio_crypto authors
/*
 * Every byte of every message and request, against the offsets of the specification as they
 * stand in its text: numbers here are not those of virtio_crypto_wire.h.
 */
#include <linux/unaligned.h>

#include "../../virtio_crypto_format.h"
#include "vck.h"

/*
 * The device here does ciphers in sessions, in the legacy form.
 *
 * "Session operation" and "Data Virtqueue", without VIRTIO_CRYPTO_F_REVISION_1
 */
#define CTRL_OPCODE	0
#define CTRL_ALGO	4
#define CREATE_ALGO	16
#define CREATE_KEY_LEN	20
#define CREATE_OP	24
#define CREATE_OP_TYPE	64
#define CREATE_KEY	72
#define DESTROY_ID	16
#define DATA_OPCODE	0
#define DATA_ALGO	4
#define DATA_ID		8
#define DATA_IV_LEN	24
#define DATA_SRC_LEN	28
#define DATA_DST_LEN	32
#define DATA_OP_TYPE	64
#define FIXED		72

static const struct vck_wire_case {
	const char *driver;
	u32 algo;
	unsigned int key_len;
	unsigned int iv_len;
} vck_wire_ciphers[] = {
	{ "ecb-aes-virtio", 2, 16, 0 },
	{ "ecb-aes-virtio", 2, 24, 0 },
	{ "ecb-aes-virtio", 2, 32, 0 },
	{ "cbc-aes-virtio", 3, 16, 16 },
	{ "cbc-aes-virtio", 3, 32, 16 },
	{ "ctr-aes-virtio", 4, 24, 16 },
	{ "ecb-des-virtio", 5, 8, 0 },
	{ "cbc-des-virtio", 6, 8, 8 },
	{ "ecb-des3_ede-virtio", 7, 24, 0 },
	{ "cbc-des3_ede-virtio", 8, 24, 8 },
	{ "ctr-des3_ede-virtio", 9, 24, 8 },
	{ "xts-aes-virtio", 13, 32, 16 },
	{ "xts-aes-virtio", 13, 64, 16 },
};

static void vck_wire_desc(const struct vck_wire_case *c, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%s, %u bits", c->driver, c->key_len * 8);
}

KUNIT_ARRAY_PARAM(vck_wire, vck_wire_ciphers, vck_wire_desc);

static void vck_expect_create(struct kunit *test, struct vck_device *vck,
			      const struct vck_wire_case *c, u32 op)
{
	u8 want[FIXED + 64] = {};
	unsigned int i;

	put_unaligned_le32(2, want + CTRL_OPCODE);
	put_unaligned_le32(c->algo, want + CTRL_ALGO);
	put_unaligned_le32(c->algo, want + CREATE_ALGO);
	put_unaligned_le32(c->key_len, want + CREATE_KEY_LEN);
	put_unaligned_le32(op, want + CREATE_OP);
	put_unaligned_le32(1, want + CREATE_OP_TYPE);
	for (i = 0; i < c->key_len; i++)
		want[CREATE_KEY + i] = i * 3 + 1;
	KUNIT_EXPECT_EQ(test, vck->last_ctrl_len, CREATE_KEY + c->key_len);
	KUNIT_EXPECT_MEMEQ(test, vck->last_ctrl, want, CREATE_KEY + c->key_len);
	KUNIT_EXPECT_EQ(test, vck->last_in_len, 16);
}

static void vck_expect_destroy(struct kunit *test, struct vck_device *vck, u64 id)
{
	u8 want[FIXED] = {};

	put_unaligned_le32(3, want + CTRL_OPCODE);
	put_unaligned_le64(id, want + DESTROY_ID);
	KUNIT_EXPECT_EQ(test, vck->last_ctrl_len, FIXED);
	KUNIT_EXPECT_MEMEQ(test, vck->last_ctrl, want, FIXED);
	KUNIT_EXPECT_EQ(test, vck->last_in_len, 1);
}

static void vck_expect_data(struct kunit *test, struct vck_device *vck,
			    const struct vck_wire_case *c, u32 opcode, u64 id,
			    unsigned int len)
{
	u8 want[FIXED + 16 + 64] = {};
	unsigned int i;

	put_unaligned_le32(opcode, want + DATA_OPCODE);
	put_unaligned_le32(c->algo, want + DATA_ALGO);
	put_unaligned_le64(id, want + DATA_ID);
	put_unaligned_le32(c->iv_len, want + DATA_IV_LEN);
	put_unaligned_le32(len, want + DATA_SRC_LEN);
	put_unaligned_le32(len, want + DATA_DST_LEN);
	put_unaligned_le32(1, want + DATA_OP_TYPE);
	for (i = 0; i < c->iv_len; i++)
		want[FIXED + i] = i * 11 + 3;
	for (i = 0; i < len; i++)
		want[FIXED + c->iv_len + i] = i * 7 + 5;
	KUNIT_EXPECT_EQ(test, vck->last_data_len, FIXED + c->iv_len + len);
	KUNIT_EXPECT_MEMEQ(test, vck->last_data, want, FIXED + c->iv_len + len);
	KUNIT_EXPECT_EQ(test, vck->last.in_len, len + 1);
	/* two elements to read and two to write, the status byte by itself */
	KUNIT_EXPECT_EQ(test, vck->last.nr_out, 2);
	KUNIT_EXPECT_EQ(test, vck->last.nr_in, 2);
	KUNIT_EXPECT_EQ(test, vck->last.part[0].len, FIXED + c->iv_len);
	KUNIT_EXPECT_EQ(test, vck->last.part[3].len, 1);
}

static void vck_wire_cipher(struct kunit *test)
{
	const struct vck_wire_case *c = test->param_value;
	struct vck_device *vck = vck_create(test);
	struct crypto_skcipher *tfm = vck_tfm(test, c->driver, c->key_len);
	struct vck_req *vr = vck_request(test, tfm, 64, 1, false, 0);

	KUNIT_ASSERT_EQ(test, vck_live_sessions(vck), 0);
	/* the first free of the device's numbers */
	KUNIT_ASSERT_EQ(test, vck_encrypt(vr), 0);
	vck_expect_create(test, vck, c, 1);
	vck_expect_data(test, vck, c, 0, 1000, 64);

	vr = vck_request(test, tfm, 64, 1, false, 0);
	KUNIT_ASSERT_EQ(test, vck_decrypt(vr), 0);
	vck_expect_create(test, vck, c, 2);
	vck_expect_data(test, vck, c, 1, 1001, 64);

	vck_put_tfm(test, tfm);
	VCK_WAIT(test, !vck_live_sessions(vck));
	vck_expect_destroy(test, vck, 1001);
	KUNIT_EXPECT_EQ(test, vck->unknown, 0);
}

/* Header and iv apart, for devices that insist. */
static void vck_wire_split(struct kunit *test)
{
	struct vck_device *vck;
	struct vck_req *vr;

	virtcrypto_split_header = true;
	vck = vck_create(test);
	vr = vck_request(test, vck_tfm(test, "cbc-aes-virtio", 16), 48, 1, true, 0);
	KUNIT_EXPECT_EQ(test, vck_encrypt(vr), 0);
	KUNIT_EXPECT_TRUE(test, vck_right(test, vr, "cbc(aes)", true));
	KUNIT_ASSERT_EQ(test, vck->last.nr_out, 3);
	KUNIT_EXPECT_EQ(test, vck->last.part[0].len, FIXED);
	KUNIT_EXPECT_EQ(test, vck->last.part[1].len, 16);
	KUNIT_EXPECT_EQ(test, vck->last.part[2].len, 48);
}

/*
 * All services in all forms: what is at which offset, everything else being 0.
 */

#define VCK_WORDS	20

struct vck_word {
	u8 at;
	u32 is;
};

struct vck_format_case {
	const char *what;
	struct virtcrypto_params params;
	u32 dir;
	struct virtcrypto_op op;
	/* bytes before the keys: legacy, revision 1; of requests stateless, too */
	u8 create_len[2];
	u8 data_len[3];
	struct vck_word create[VCK_WORDS];
	struct vck_word data[VCK_WORDS];
	struct vck_word stateless[VCK_WORDS];
};

static const struct vck_format_case vck_formats[] = {
	{
		.what = "CIPHER",
		.params = { .service = 0, .algo = 3, .key_len = 16 },
		.dir = 1,
		.op = { .code = 0, .iv_len = 16, .src_len = 1000, .dst_len = 1000 },
		.create_len = { 72, 72 },
		.data_len = { 72, 72, 100 },
		.create = { { 0, 0x0002 }, { 4, 3 }, { 16, 3 }, { 20, 16 }, { 24, 1 }, { 64, 1 } },
		.data = { { 0, 0x0000 }, { 4, 3 }, { 24, 16 }, { 28, 1000 }, { 32, 1000 },
			  { 64, 1 } },
		.stateless = { { 0, 0x0000 }, { 4, 3 }, { 24, 3 }, { 28, 16 }, { 32, 1 },
			       { 36, 16 }, { 40, 1000 }, { 44, 1000 }, { 96, 1 } },
	}, {
		.what = "CIPHER, to decrypt",
		.params = { .service = 0, .algo = 13, .key_len = 64 },
		.dir = 2,
		.op = { .code = 1, .iv_len = 16, .src_len = 512, .dst_len = 512 },
		.create_len = { 72, 72 },
		.data_len = { 72, 72, 100 },
		.create = { { 0, 0x0002 }, { 4, 13 }, { 16, 13 }, { 20, 64 }, { 24, 2 },
			    { 64, 1 } },
		.data = { { 0, 0x0001 }, { 4, 13 }, { 24, 16 }, { 28, 512 }, { 32, 512 },
			  { 64, 1 } },
		.stateless = { { 0, 0x0001 }, { 4, 13 }, { 24, 13 }, { 28, 64 }, { 32, 2 },
			       { 36, 16 }, { 40, 512 }, { 44, 512 }, { 96, 1 } },
	}, {
		.what = "chain",
		.params = { .service = 0, .algo = 3, .mac = 4, .result_len = 32, .key_len = 24,
			    .auth_key_len = 48 },
		.dir = 1,
		.op = { .code = 0, .iv_len = 16, .src_len = 80, .dst_len = 81, .result_len = 12,
			.cipher_start = 16, .cipher_len = 64 },
		.create_len = { 72, 72 },
		.data_len = { 72, 72, 100 },
		.create = { { 0, 0x0002 }, { 4, 3 }, { 16, 2 }, { 20, 2 }, { 24, 3 }, { 28, 24 },
			    { 32, 1 }, { 40, 4 }, { 44, 32 }, { 48, 48 }, { 64, 2 } },
		.data = { { 0, 0x0000 }, { 4, 3 }, { 24, 16 }, { 28, 80 }, { 32, 81 }, { 36, 16 },
			  { 40, 64 }, { 48, 80 }, { 56, 12 }, { 64, 2 } },
		.stateless = { { 0, 0x0000 }, { 4, 3 }, { 24, 2 }, { 32, 3 }, { 36, 24 },
			       { 40, 1 }, { 44, 4 }, { 48, 48 }, { 52, 2 }, { 56, 16 }, { 60, 80 },
			       { 64, 81 }, { 68, 16 }, { 72, 64 }, { 80, 80 }, { 88, 12 },
			       { 96, 2 } },
	}, {
		.what = "chain, to decrypt",
		.params = { .service = 0, .algo = 8, .mac = 2, .result_len = 20, .key_len = 24,
			    .auth_key_len = 20 },
		.dir = 2,
		.op = { .code = 1, .iv_len = 8, .src_len = 40, .dst_len = 40, .result_len = 20,
			.cipher_start = 8, .cipher_len = 32 },
		.create_len = { 72, 72 },
		.data_len = { 72, 72, 100 },
		.create = { { 0, 0x0002 }, { 4, 8 }, { 16, 1 }, { 20, 2 }, { 24, 8 }, { 28, 24 },
			    { 32, 2 }, { 40, 2 }, { 44, 20 }, { 48, 20 }, { 64, 2 } },
		.data = { { 0, 0x0001 }, { 4, 8 }, { 24, 8 }, { 28, 40 }, { 32, 40 }, { 36, 8 },
			  { 40, 32 }, { 48, 40 }, { 56, 20 }, { 64, 2 } },
		.stateless = { { 0, 0x0001 }, { 4, 8 }, { 24, 1 }, { 32, 8 }, { 36, 24 },
			       { 40, 2 }, { 44, 2 }, { 48, 20 }, { 52, 2 }, { 56, 8 }, { 60, 40 },
			       { 64, 40 }, { 68, 8 }, { 72, 32 }, { 80, 40 }, { 88, 20 },
			       { 96, 2 } },
	}, {
		.what = "HASH",
		.params = { .service = 1, .algo = 4, .result_len = 32 },
		.dir = 1,
		.op = { .code = 0, .src_len = 300, .result_len = 32 },
		.create_len = { 72, 24 },
		.data_len = { 72, 32, 40 },
		.create = { { 0, 0x0102 }, { 4, 4 }, { 16, 4 }, { 20, 32 } },
		.data = { { 0, 0x0100 }, { 4, 4 }, { 24, 300 }, { 28, 32 } },
		.stateless = { { 0, 0x0100 }, { 4, 4 }, { 24, 4 }, { 28, 300 }, { 32, 32 } },
	}, {
		.what = "MAC",
		.params = { .service = 2, .algo = 53, .result_len = 16, .auth_key_len = 16 },
		.dir = 1,
		.op = { .code = 0, .src_len = 33, .result_len = 16 },
		.create_len = { 72, 32 },
		.data_len = { 72, 32, 40 },
		.create = { { 0, 0x0202 }, { 4, 53 }, { 16, 53 }, { 20, 16 }, { 24, 16 } },
		.data = { { 0, 0x0200 }, { 4, 53 }, { 24, 33 }, { 28, 16 } },
		.stateless = { { 0, 0x0200 }, { 4, 53 }, { 24, 53 }, { 28, 16 }, { 32, 33 },
			       { 36, 16 } },
	}, {
		.what = "AEAD",
		.params = { .service = 3, .algo = 1, .result_len = 16, .aad_len = 20,
			    .key_len = 32 },
		.dir = 1,
		.op = { .code = 0, .iv_len = 12, .src_len = 64, .dst_len = 80, .aad_len = 20,
			.result_len = 16 },
		.create_len = { 72, 40 },
		.data_len = { 72, 48, 56 },
		.create = { { 0, 0x0302 }, { 4, 1 }, { 16, 1 }, { 20, 32 }, { 24, 16 }, { 28, 20 },
			    { 32, 1 } },
		.data = { { 0, 0x0300 }, { 4, 1 }, { 24, 12 }, { 28, 20 }, { 32, 64 }, { 36, 80 },
			  { 40, 16 } },
		.stateless = { { 0, 0x0300 }, { 4, 1 }, { 24, 1 }, { 28, 32 }, { 32, 1 },
			       { 36, 12 }, { 40, 16 }, { 44, 20 }, { 48, 64 }, { 52, 80 } },
	}, {
		.what = "AEAD, to decrypt",
		.params = { .service = 3, .algo = 3, .result_len = 16, .aad_len = 8,
			    .key_len = 32 },
		.dir = 2,
		.op = { .code = 1, .iv_len = 12, .src_len = 80, .dst_len = 64, .aad_len = 8,
			.result_len = 16 },
		.create_len = { 72, 40 },
		.data_len = { 72, 48, 56 },
		.create = { { 0, 0x0302 }, { 4, 3 }, { 16, 3 }, { 20, 32 }, { 24, 16 }, { 28, 8 },
			    { 32, 2 } },
		.data = { { 0, 0x0301 }, { 4, 3 }, { 24, 12 }, { 28, 8 }, { 32, 80 }, { 36, 64 },
			  { 40, 16 } },
		.stateless = { { 0, 0x0301 }, { 4, 3 }, { 24, 3 }, { 28, 32 }, { 32, 2 },
			       { 36, 12 }, { 40, 16 }, { 44, 8 }, { 48, 80 }, { 52, 64 } },
	}, {
		.what = "RSA",
		.params = { .service = 4, .algo = 1, .key_len = 600, .key_type = 2, .padding = 1,
			    .hash = 6 },
		.dir = 1,
		.op = { .code = 2, .src_len = 32, .dst_len = 128 },
		.create_len = { 72, 72 },
		.data_len = { 72, 32, 52 },
		.create = { { 0, 0x0404 }, { 4, 1 }, { 16, 1 }, { 20, 2 }, { 24, 600 }, { 28, 1 },
			    { 32, 6 } },
		.data = { { 0, 0x0402 }, { 4, 1 }, { 24, 32 }, { 28, 128 } },
		.stateless = { { 0, 0x0402 }, { 4, 1 }, { 24, 1 }, { 28, 2 }, { 32, 600 },
			       { 36, 1 }, { 40, 6 }, { 44, 32 }, { 48, 128 } },
	}, {
		.what = "ECDSA",
		.params = { .service = 4, .algo = 2, .key_len = 65, .key_type = 1, .curve = 3,
			    .padding = 77, .hash = 78 },
		.dir = 1,
		.op = { .code = 3, .src_len = 70, .dst_len = 32 },
		.create_len = { 72, 72 },
		.data_len = { 72, 32, 52 },
		.create = { { 0, 0x0404 }, { 4, 2 }, { 16, 2 }, { 20, 1 }, { 24, 65 }, { 28, 3 } },
		.data = { { 0, 0x0403 }, { 4, 2 }, { 24, 70 }, { 28, 32 } },
		.stateless = { { 0, 0x0403 }, { 4, 2 }, { 24, 2 }, { 28, 1 }, { 32, 65 },
			       { 36, 3 }, { 44, 70 }, { 48, 32 } },
	},
};

static void vck_format_desc(const struct vck_format_case *c, char *desc)
{
	strscpy(desc, c->what, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(vck_format, vck_formats, vck_format_desc);

static void vck_put_words(u8 *to, const struct vck_word *words)
{
	unsigned int i;

	for (i = 0; i < VCK_WORDS; i++)
		if (words[i].is)
			put_unaligned_le32(words[i].is, to + words[i].at);
}

/* In a session the stateless form says that no keys follow. */
static void vck_forget_keys(u8 *want, const struct virtcrypto_params *params)
{
	switch (params->service) {
	case 0:
		put_unaligned_le32(0, want + (params->mac ? 36 : 28));
		if (params->mac)
			put_unaligned_le32(0, want + 48);
		break;
	case 2:
	case 3:
		put_unaligned_le32(0, want + 28);
		break;
	case 4:
		put_unaligned_le32(0, want + 32);
		break;
	}
}

static void vck_wire_create(struct kunit *test)
{
	const struct vck_format_case *c = test->param_value;
	u8 want[sizeof(struct virtcrypto_wire_create)] = {};
	struct virtcrypto_wire_create out;
	enum virtcrypto_form form;
	unsigned int len;

	vck_put_words(want, c->create);
	for (form = VIRTCRYPTO_FORM_LEGACY; form <= VIRTCRYPTO_FORM_STATELESS; form++) {
		memset(&out, 0, sizeof(out));
		len = virtcrypto_format_create(&out, form, &c->params, c->dir);
		KUNIT_EXPECT_EQ(test, len, c->create_len[form != VIRTCRYPTO_FORM_LEGACY]);
		KUNIT_EXPECT_MEMEQ(test, (u8 *)&out, want, sizeof(want));
	}
}

static void vck_wire_destroy(struct kunit *test)
{
	const struct vck_format_case *c = test->param_value;
	u8 want[sizeof(struct virtcrypto_wire_destroy)] = {};
	u32 service = c->params.service;
	struct virtcrypto_wire_destroy out;
	enum virtcrypto_form form;
	unsigned int len;

	put_unaligned_le32(service << 8 | (service == 4 ? 5 : 3), want);
	put_unaligned_le64(0xfedcba9876543210, want + 16);
	for (form = VIRTCRYPTO_FORM_LEGACY; form <= VIRTCRYPTO_FORM_STATELESS; form++) {
		memset(&out, 0, sizeof(out));
		len = virtcrypto_format_destroy(&out, form, service,
						cpu_to_le64(0xfedcba9876543210));
		KUNIT_EXPECT_EQ(test, len, form == VIRTCRYPTO_FORM_LEGACY ? 72 : 24);
		KUNIT_EXPECT_MEMEQ(test, (u8 *)&out, want, sizeof(want));
	}
}

static void vck_wire_data(struct kunit *test)
{
	const struct vck_format_case *c = test->param_value;
	struct virtcrypto_params no_keys = c->params;
	const struct virtcrypto_params *params;
	struct virtcrypto_wire_data out;
	u8 want[sizeof(out)];
	enum virtcrypto_form form;
	bool stateless = false;
	unsigned int len, i;

	/* what a session has */
	no_keys.key_len = 0;
	no_keys.auth_key_len = 0;
	/* in a session in each form, and without one */
	for (i = 0; i < 4; i++) {
		form = min_t(unsigned int, i, VIRTCRYPTO_FORM_STATELESS);
		stateless = i == 3;
		params = stateless ? &c->params : &no_keys;
		memset(want, 0, sizeof(want));
		vck_put_words(want, form == VIRTCRYPTO_FORM_STATELESS ? c->stateless : c->data);
		if (!stateless) {
			put_unaligned_le64(0xfedcba9876543210, want + 8);
			if (form != VIRTCRYPTO_FORM_LEGACY)
				put_unaligned_le32(1, want + 16);
		}
		if (form == VIRTCRYPTO_FORM_STATELESS && !stateless)
			vck_forget_keys(want, &c->params);

		memset(&out, 0xa5, sizeof(out));
		len = virtcrypto_format_data(&out, form, params, c->dir, &c->op, stateless,
					     cpu_to_le64(0xfedcba9876543210));
		KUNIT_EXPECT_EQ(test, len, c->data_len[form]);
		KUNIT_EXPECT_MEMEQ(test, (u8 *)&out, want, len);
	}
}

static struct kunit_case vck_wire_cases[] = {
	KUNIT_CASE_PARAM(vck_wire_cipher, vck_wire_gen_params),
	KUNIT_CASE(vck_wire_split),
	KUNIT_CASE_PARAM(vck_wire_create, vck_format_gen_params),
	KUNIT_CASE_PARAM(vck_wire_destroy, vck_format_gen_params),
	KUNIT_CASE_PARAM(vck_wire_data, vck_format_gen_params),
	{}
};

static struct kunit_suite vck_wire_suite = {
	.name = "virtio_crypto_wire",
	.exit = vck_exit,
	.test_cases = vck_wire_cases,
};

kunit_test_suite(vck_wire_suite);
