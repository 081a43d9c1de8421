// SPDX-License-Identifier: GPL-2.0
/*
 * Every byte of every message and request, against the offsets of the specification as they
 * stand in its text: numbers here are not those of virtio_crypto_wire.h.
 */
#include <linux/unaligned.h>

#include "vck.h"

/* "Session operation" and "Data Virtqueue", without VIRTIO_CRYPTO_F_REVISION_1 */
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
	struct vck_device *vck = vck_create(test);
	struct vck_req *vr = vck_request(test, vck_tfm(test, "cbc-aes-virtio", 16), 48, 1, true, 0);

	virtcrypto_split_header = true;
	KUNIT_EXPECT_EQ(test, vck_encrypt(vr), 0);
	KUNIT_EXPECT_TRUE(test, vck_right(test, vr, "cbc(aes)", true));
	KUNIT_ASSERT_EQ(test, vck->last.nr_out, 3);
	KUNIT_EXPECT_EQ(test, vck->last.part[0].len, FIXED);
	KUNIT_EXPECT_EQ(test, vck->last.part[1].len, 16);
	KUNIT_EXPECT_EQ(test, vck->last.part[2].len, 48);
}

static struct kunit_case vck_wire_cases[] = {
	KUNIT_CASE_PARAM(vck_wire_cipher, vck_wire_gen_params),
	KUNIT_CASE(vck_wire_split),
	{}
};

static struct kunit_suite vck_wire_suite = {
	.name = "virtio_crypto_wire",
	.exit = vck_exit,
	.test_cases = vck_wire_cases,
};

kunit_test_suite(vck_wire_suite);
