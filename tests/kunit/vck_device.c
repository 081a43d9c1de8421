// SPDX-License-Identifier: GPL-2.0
// Copyright (C) 2026 The virtio_crypto authors
/*
 * A VIRTIO crypto device inside the kernel, see vck.h.
 *
 * vck_new() makes one, to be changed as a test wants it, vck_plug() registers it, so that
 * the driver probes it, vck_unplug() unregisters it and vck_free() frees it; a test that
 * forgets the last two has them done for it at its end.
 *
 * vck_device.lock guards the rings and all state behind them; it is taken with bottom
 * halves disabled and never held over a call into the driver.
 */
#include <crypto/skcipher.h>
#include <kunit/device.h>
#include <linux/device.h>
#include <linux/io.h>
#include <linux/vmalloc.h>
#include <linux/virtio_config.h>
#include <linux/virtio_ring.h>
#include <uapi/linux/virtio_ids.h>

#include "vck.h"

static const char * const vck_algos[VCK_ALGOS] = {
	[VIRTCRYPTO_CIPHER_AES_ECB] = "ecb(aes)",
	[VIRTCRYPTO_CIPHER_AES_CBC] = "cbc(aes)",
	[VIRTCRYPTO_CIPHER_AES_CTR] = "ctr(aes)",
	[VIRTCRYPTO_CIPHER_AES_XTS] = "xts(aes)",
	[VIRTCRYPTO_CIPHER_DES_ECB] = "ecb(des)",
	[VIRTCRYPTO_CIPHER_DES_CBC] = "cbc(des)",
	[VIRTCRYPTO_CIPHER_3DES_ECB] = "ecb(des3_ede)",
	[VIRTCRYPTO_CIPHER_3DES_CBC] = "cbc(des3_ede)",
	[VIRTCRYPTO_CIPHER_3DES_CTR] = "ctr(des3_ede)",
};

/* All devices; tests run one after the other. */
static LIST_HEAD(vck_devices);

static struct vck_device *to_vck(struct virtio_device *vdev)
{
	return container_of(vdev, struct vck_device, vdev);
}

static bool vck_faulty(struct vck_fault *fault)
{
	if (!fault->times)
		return false;
	fault->times--;
	return true;
}

/*
 * The ring, from the device's side
 */

static void vck_part_add(struct vck_buf *buf, const struct vring_desc *desc)
{
	struct vck_part *part = &buf->part[buf->nr_out + buf->nr_in];

	part->p = phys_to_virt(le64_to_cpu((__force __le64)desc->addr));
	part->len = le32_to_cpu((__force __le32)desc->len);
	if (le16_to_cpu((__force __le16)desc->flags) & VRING_DESC_F_WRITE) {
		buf->nr_in++;
		buf->in_len += part->len;
	} else {
		buf->nr_out++;
		buf->out_len += part->len;
	}
}

static bool vck_pop(struct vck_vq *q, struct vck_buf *buf)
{
	const struct vring_desc *table = q->desc;
	unsigned int i;

	if (q->last_avail == le16_to_cpu((__force __le16)READ_ONCE(q->avail->idx)))
		return false;
	/* what the driver wrote before it published it */
	virt_rmb();
	memset(buf, 0, offsetof(struct vck_buf, part));
	buf->head = le16_to_cpu((__force __le16)q->avail->ring[q->last_avail++ % q->num]);
	i = buf->head;
	if (le16_to_cpu((__force __le16)table[i].flags) & VRING_DESC_F_INDIRECT) {
		table = phys_to_virt(le64_to_cpu((__force __le64)table[i].addr));
		i = 0;
	}
	for (;;) {
		vck_part_add(buf, &table[i]);
		if (!(le16_to_cpu((__force __le16)table[i].flags) & VRING_DESC_F_NEXT))
			return true;
		i = le16_to_cpu((__force __le16)table[i].next);
	}
}

static void vck_push(struct vck_vq *q, unsigned int head, u32 len)
{
	u16 idx = le16_to_cpu((__force __le16)q->used->idx);
	struct vring_used_elem *elem = &q->used->ring[idx % q->num];

	elem->id = (__force __virtio32)cpu_to_le32(head);
	elem->len = (__force __virtio32)cpu_to_le32(len);
	/* the answer is complete before it is published */
	virt_wmb();
	WRITE_ONCE(q->used->idx, (__force __virtio16)cpu_to_le16(idx + 1));
}

/* Bytes from the parts that the device reads, or those that it writes. */
static unsigned int vck_copy(struct vck_buf *buf, bool in, unsigned int skip, void *p,
			     unsigned int len)
{
	unsigned int i = in ? buf->nr_out : 0;
	unsigned int end = in ? buf->nr_out + buf->nr_in : buf->nr_out;
	unsigned int done = 0;

	for (; i < end && done < len; i++) {
		struct vck_part *part = &buf->part[i];
		unsigned int n;

		if (skip >= part->len) {
			skip -= part->len;
			continue;
		}
		n = min(part->len - skip, len - done);
		if (in)
			memcpy(part->p + skip, p + done, n);
		else
			memcpy(p + done, part->p + skip, n);
		done += n;
		skip = 0;
	}
	return done;
}

/* What the device does: ciphers in sessions, in the legacy form */

#define VCK_FIXED	offsetofend(struct virtcrypto_wire_data, legacy)

static u32 vck_open(struct vck_device *vck, unsigned int *index)
{
	const struct virtcrypto_wire_create *create = (void *)vck->last_ctrl;
	const struct virtcrypto_wire_cipher_params *cipher = &create->sym.cipher;
	unsigned int i, key_len = le32_to_cpu(cipher->key_len);

	for (i = 0; i < vck->max_sessions; i++)
		if (!vck->sessions[i].used)
			break;
	if (le32_to_cpu(create->sym.op_type) != VIRTCRYPTO_SYM_OP_CIPHER)
		return VIRTCRYPTO_STATUS_NOTSUPP;
	if (i == vck->max_sessions) {
		vck->full++;
		return VIRTCRYPTO_STATUS_NOSPC;
	}
	if (vck->last_ctrl_len != sizeof(*create) + key_len ||
	    key_len > sizeof(vck->sessions[i].key))
		return VIRTCRYPTO_STATUS_ERR;
	vck->sessions[i].used = true;
	vck->sessions[i].algo = le32_to_cpu(cipher->algo);
	vck->sessions[i].encrypt = le32_to_cpu(cipher->op) == VIRTCRYPTO_DIR_ENCRYPT;
	vck->sessions[i].key_len = key_len;
	memcpy(vck->sessions[i].key, vck->last_ctrl + sizeof(*create), key_len);
	vck->created++;
	*index = i;
	return VIRTCRYPTO_STATUS_OK;
}

static struct vck_session *vck_session(struct vck_device *vck, __le64 id)
{
	u64 index = le64_to_cpu(id) - vck->id_base;

	if (index >= VCK_SESSIONS || !vck->sessions[index].used) {
		vck->unknown++;
		return NULL;
	}
	return &vck->sessions[index];
}

static bool vck_control(struct vck_device *vck, struct vck_vq *q, struct vck_buf *buf)
{
	struct virtcrypto_wire_ctrl_header *header = (void *)vck->last_ctrl;
	struct virtcrypto_wire_create_result result = {};
	struct vck_session *sess;
	unsigned int index = 0;
	u32 status;
	u8 byte;

	vck->last_ctrl_len = vck_copy(buf, false, 0, vck->last_ctrl, sizeof(vck->last_ctrl));
	vck->last_in_len = buf->in_len;
	if (vck_faulty(&vck->ctrl_drop))
		return false;

	if (le32_to_cpu(header->opcode) == VIRTCRYPTO_OP_CREATE) {
		if (vck_faulty(&vck->ctrl_status))
			status = vck->ctrl_status.value;
		else
			status = vck_open(vck, &index);
		result.session_id = cpu_to_le64(vck->id_base + index);
		result.status = cpu_to_le32(status);
		vck_copy(buf, true, 0, &result, sizeof(result));
		vck_push(q, buf->head, sizeof(result));
		return true;
	}

	sess = vck_session(vck, ((struct virtcrypto_wire_destroy *)header)->session_id);
	if (sess) {
		sess->used = false;
		vck->destroyed++;
	}
	byte = sess ? VIRTCRYPTO_STATUS_OK : VIRTCRYPTO_STATUS_INVSESS;
	if (vck_faulty(&vck->ctrl_status))
		byte = vck->ctrl_status.value;
	vck_copy(buf, true, 0, &byte, 1);
	vck_push(q, buf->head, 1);
	return true;
}

static u8 vck_cipher(struct vck_device *vck, struct vck_session *sess, unsigned int len,
		     unsigned int iv_len)
{
	struct crypto_sync_skcipher *soft = sess->algo < VCK_ALGOS ? vck->soft[sess->algo] : NULL;
	const u8 *after = vck->last_data + VCK_FIXED;
	u8 iv[VIRTCRYPTO_MAX_IV_SIZE];
	struct scatterlist sg;
	int err;

	SYNC_SKCIPHER_REQUEST_ON_STACK(req, soft);

	if (!soft)
		return VIRTCRYPTO_STATUS_NOTSUPP;
	if (crypto_sync_skcipher_setkey(soft, sess->key, sess->key_len))
		return VIRTCRYPTO_STATUS_ERR;
	memcpy(iv, after, iv_len);
	memcpy(vck->work, after + iv_len, len);
	sg_init_one(&sg, vck->work, len);
	skcipher_request_set_sync_tfm(req, soft);
	skcipher_request_set_callback(req, 0, NULL, NULL);
	skcipher_request_set_crypt(req, &sg, &sg, len, iv);
	err = sess->encrypt ? crypto_skcipher_encrypt(req) : crypto_skcipher_decrypt(req);
	return err ? VIRTCRYPTO_STATUS_ERR : VIRTCRYPTO_STATUS_OK;
}

static bool vck_data(struct vck_device *vck, struct vck_vq *q, struct vck_buf *buf)
{
	struct virtcrypto_wire_data *data = (void *)vck->last_data;
	struct vck_session *sess;
	unsigned int len, iv_len;
	u8 status;

	vck->requests++;
	vck->last = *buf;
	vck->last_data_len = vck_copy(buf, false, 0, vck->last_data, sizeof(vck->last_data));
	if (vck_faulty(&vck->drop) ||
	    (vck->deadly_algo && le32_to_cpu(data->header.algo) == vck->deadly_algo))
		return false;

	len = le32_to_cpu(data->sym.cipher.src_len);
	iv_len = le32_to_cpu(data->sym.cipher.iv_len);
	sess = vck_session(vck, data->header.session_id);
	if (!sess) {
		status = VIRTCRYPTO_STATUS_INVSESS;
	} else if (iv_len > VIRTCRYPTO_MAX_IV_SIZE || len > VCK_MAX_DATA ||
		   vck->last_data_len != VCK_FIXED + iv_len + len ||
		   buf->in_len != le32_to_cpu(data->sym.cipher.dst_len) + 1) {
		vck->unknown++;
		status = VIRTCRYPTO_STATUS_ERR;
	} else {
		status = vck_cipher(vck, sess, len, iv_len);
		if (vck_faulty(&vck->wrong) ||
		    (vck->wrong_queue && q == &vck->vqs[vck->wrong_queue]))
			vck->work[0] ^= 1;
		if (vck_faulty(&vck->status_byte))
			status = vck->status_byte.value;
		if (status == VIRTCRYPTO_STATUS_OK)
			vck_copy(buf, true, 0, vck->work, len);
	}
	if (!vck_faulty(&vck->unwritten))
		vck_copy(buf, true, buf->in_len - 1, &status, 1);
	len = buf->in_len;
	if (vck_faulty(&vck->used_len))
		len = vck->used_len.value;
	vck_push(q, buf->head, len);
	return true;
}

static bool vck_serve(struct vck_device *vck, unsigned int index, struct vck_buf *buf)
{
	struct vck_vq *q = &vck->vqs[index];

	return index == vck_ctrlq(vck) ? vck_control(vck, q, buf) : vck_data(vck, q, buf);
}

/* Serve all requests in a queue.  Returns whether any was answered. */
static bool vck_work(struct vck_device *vck, unsigned int index)
{
	struct vck_vq *q = &vck->vqs[index];
	bool answered = false;

	lockdep_assert_held(&vck->lock);

	while (vck_pop(q, &vck->buf)) {
		if (q->hold)
			q->held[q->nr_held++] = vck->buf;
		else
			answered |= vck_serve(vck, index, &vck->buf);
	}
	return answered;
}

/**
 * vck_interrupt() - interrupt a queue
 * @vck: the device
 * @index: the queue's number
 */
void vck_interrupt(struct vck_device *vck, unsigned int index)
{
	unsigned long flags;

	if (vck->lose_interrupts)
		return;
	local_irq_save(flags);
	if (vck->vqs[index].vq)
		vring_interrupt(0, vck->vqs[index].vq);
	local_irq_restore(flags);
}

static bool vck_notify(struct virtqueue *vq)
{
	struct vck_device *vck = to_vck(vq->vdev);
	bool answered;

	if (vck->gone || vck->deaf)
		return false;
	spin_lock_bh(&vck->lock);
	vck->vqs[vq->index].notified++;
	answered = vck_work(vck, vq->index);
	spin_unlock_bh(&vck->lock);
	if (answered)
		vck_interrupt(vck, vq->index);
	return true;
}

/**
 * vck_answer() - answer some of the requests that are held
 * @vck: the device
 * @index: the queue's number
 * @n: how many, the oldest first
 *
 * Return: how many were answered.
 */
unsigned int vck_answer(struct vck_device *vck, unsigned int index, unsigned int n)
{
	struct vck_vq *q = &vck->vqs[index];
	unsigned int i;

	spin_lock_bh(&vck->lock);
	n = min(n, q->nr_held);
	for (i = 0; i < n; i++)
		vck_serve(vck, index, &q->held[i]);
	q->nr_held -= n;
	memmove(q->held, q->held + n, q->nr_held * sizeof(*q->held));
	spin_unlock_bh(&vck->lock);
	if (n)
		vck_interrupt(vck, index);
	return n;
}

/**
 * vck_answer_one() - answer one of the requests that are held
 * @vck: the device
 * @index: the queue's number
 * @nth: which, from 0 on, the oldest first
 */
void vck_answer_one(struct vck_device *vck, unsigned int index, unsigned int nth)
{
	struct vck_vq *q = &vck->vqs[index];

	spin_lock_bh(&vck->lock);
	vck_serve(vck, index, &q->held[nth]);
	q->nr_held--;
	memmove(q->held + nth, q->held + nth + 1, (q->nr_held - nth) * sizeof(*q->held));
	spin_unlock_bh(&vck->lock);
	vck_interrupt(vck, index);
}

/**
 * vck_release() - hold nothing any more, and answer what is held
 * @vck: the device
 */
void vck_release(struct vck_device *vck)
{
	unsigned int i;

	for (i = 0; i < vck->nr_vqs; i++) {
		vck->vqs[i].hold = false;
		vck_answer(vck, i, VCK_RING);
	}
}

/*
 * The transport
 */

static void vck_get(struct virtio_device *vdev, unsigned int offset, void *buf, unsigned int len)
{
	struct vck_device *vck = to_vck(vdev);

	memset(buf, 0xff, len);
	if (!vck->gone && offset + len <= vck->config_len)
		memcpy(buf, vck->config + offset, len);
}

static u8 vck_get_status(struct virtio_device *vdev)
{
	struct vck_device *vck = to_vck(vdev);

	/* the core waits for a reset, which a missing device cannot do */
	if (vck->leaving && !vck->vqs[0].vq)
		return 0;
	return vck->gone ? 0xff : vck->status;
}

static void vck_set_status(struct virtio_device *vdev, u8 status)
{
	struct vck_device *vck = to_vck(vdev);

	if (vck->refuse_features || (vck->insists && !vck->revision_1))
		status &= ~VIRTIO_CONFIG_S_FEATURES_OK;
	vck->status = status;
}

static void vck_reset(struct virtio_device *vdev)
{
	struct vck_device *vck = to_vck(vdev);
	unsigned int i;

	WRITE_ONCE(vck->in_reset, true);
	msleep(vck->reset_ms);
	WRITE_ONCE(vck->in_reset, false);
	spin_lock_bh(&vck->lock);
	vck->status = 0;
	vck->revision_1 = false;
	vck->resets++;
	for (i = 0; i < VCK_MAX_VQS; i++)
		vck->vqs[i].nr_held = 0;
	if (!vck->keeps_sessions)
		memset(vck->sessions, 0, sizeof(vck->sessions));
	spin_unlock_bh(&vck->lock);
}

static u64 vck_get_features(struct virtio_device *vdev)
{
	return to_vck(vdev)->features;
}

static int vck_finalize(struct virtio_device *vdev)
{
	vring_transport_features(vdev);
	to_vck(vdev)->revision_1 = virtio_has_feature(vdev, VIRTCRYPTO_F_REVISION_1);
	return to_vck(vdev)->finalize_err;
}

static void vck_del_vqs(struct virtio_device *vdev)
{
	struct vck_device *vck = to_vck(vdev);
	unsigned int i;

	for (i = 0; i < vck->nr_vqs; i++) {
		if (vck->vqs[i].vq)
			vring_del_virtqueue(vck->vqs[i].vq);
		vck->vqs[i].vq = NULL;
	}
}

static int vck_find_vqs(struct virtio_device *vdev, unsigned int nvqs, struct virtqueue *vqs[],
			struct virtqueue_info info[], struct irq_affinity *desc)
{
	struct vck_device *vck = to_vck(vdev);
	unsigned int i;

	if (vck->find_err)
		return vck->find_err;
	if (nvqs > VCK_MAX_VQS)
		return -ENOENT;
	vck->nr_vqs = nvqs;
	for (i = 0; i < nvqs; i++) {
		struct vck_vq *q = &vck->vqs[i];

		q->vq = vring_create_virtqueue(i, vck->ring, SMP_CACHE_BYTES, vdev, true, false,
					       false, vck_notify, info[i].callback, info[i].name);
		if (!q->vq) {
			vck_del_vqs(vdev);
			return -ENOMEM;
		}
		q->desc = phys_to_virt(virtqueue_get_desc_addr(q->vq));
		q->avail = phys_to_virt(virtqueue_get_avail_addr(q->vq));
		q->used = phys_to_virt(virtqueue_get_used_addr(q->vq));
		q->num = vck->ring;
		q->last_avail = 0;
		q->nr_held = 0;
		vqs[i] = q->vq;
		if (vck->find_halfway) {
			vck_interrupt(vck, i);
			vck_del_vqs(vdev);
			return -ENOENT;
		}
	}
	return 0;
}

static int vck_set_affinity(struct virtqueue *vq, const struct cpumask *mask)
{
	to_vck(vq->vdev)->vqs[vq->index].cpu = cpumask_first(mask);
	return 0;
}

static const char *vck_bus_name(struct virtio_device *vdev)
{
	return "vck";
}

static const struct virtio_config_ops vck_ops = {
	.get = vck_get,
	.get_status = vck_get_status,
	.set_status = vck_set_status,
	.reset = vck_reset,
	.find_vqs = vck_find_vqs,
	.del_vqs = vck_del_vqs,
	.get_features = vck_get_features,
	.finalize_features = vck_finalize,
	.bus_name = vck_bus_name,
	.set_vq_affinity = vck_set_affinity,
};

/**
 * vck_config() - change a field of the configuration, without telling the driver
 * @vck: the device
 * @offset: of the field
 * @value: of 32 bits
 */
void vck_config(struct vck_device *vck, unsigned int offset, u32 value)
{
	put_unaligned_le32(value, vck->config + offset);
}

/**
 * vck_ready() - set or clear HW_READY, and tell the driver
 * @vck: the device
 * @ready: what to
 */
void vck_ready(struct vck_device *vck, bool ready)
{
	vck_config(vck, CONFIG_AT(status), ready);
	virtio_config_changed(&vck->vdev);
}

/**
 * vck_needs_reset() - set DEVICE_NEEDS_RESET, and tell the driver
 * @vck: the device
 */
void vck_needs_reset(struct vck_device *vck)
{
	vck->status |= VIRTIO_CONFIG_S_NEEDS_RESET;
	virtio_config_changed(&vck->vdev);
}

/**
 * vck_live_sessions() - how many sessions are there at the device?
 * @vck: the device
 *
 * Return: the number.
 */
unsigned int vck_live_sessions(struct vck_device *vck)
{
	unsigned int i, n = 0;

	spin_lock_bh(&vck->lock);
	for (i = 0; i < VCK_SESSIONS; i++)
		n += vck->sessions[i].used;
	spin_unlock_bh(&vck->lock);
	return n;
}

static void vck_dev_release(struct device *dev)
{
	/* vck_free() does it: a test looks at the device after it is gone. */
}

static void vck_cleanup(void *vck)
{
	vck_free(vck);
}

/**
 * vck_new() - make a device, not plugged in yet: one data queue, all ciphers, ready
 * @test: the test
 *
 * Return: the device; the test ends if there is no memory.
 */
struct vck_device *vck_new(struct kunit *test)
{
	static atomic_t serial = ATOMIC_INIT(0);
	struct virtcrypto_wire_config *config;
	struct vck_device *vck = kzalloc_obj(*vck, GFP_KERNEL);
	unsigned int i;
	char name[16];

	KUNIT_ASSERT_NOT_NULL(test, vck);
	list_add(&vck->node, &vck_devices);
	snprintf(name, sizeof(name), "vck%d", atomic_inc_return(&serial));
	vck->parent = kunit_device_register(test, name);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, vck->parent);
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, vck_cleanup, vck));
	spin_lock_init(&vck->lock);
	vck->ring = VCK_RING;
	vck->features = BIT_ULL(VIRTIO_F_VERSION_1) | BIT_ULL(VIRTIO_RING_F_INDIRECT_DESC);
	vck->max_sessions = VCK_SESSIONS;
	vck->id_base = 1000;
	vck->config_len = sizeof(vck->config);
	for (i = 0; i < VCK_MAX_VQS; i++) {
		vck->vqs[i].cpu = -1;
		vck->vqs[i].held = vcalloc(VCK_RING, sizeof(*vck->vqs[i].held));
		KUNIT_ASSERT_NOT_NULL(test, vck->vqs[i].held);
	}
	for (i = 0; i < VCK_ALGOS; i++) {
		if (!vck_algos[i])
			continue;
		vck->soft[i] = crypto_alloc_sync_skcipher(vck_algos[i], 0, 0);
		KUNIT_ASSERT_FALSE(test, IS_ERR(vck->soft[i]));
	}

	config = (void *)vck->config;
	config->status = cpu_to_le32(VIRTCRYPTO_S_HW_READY);
	config->max_dataqueues = cpu_to_le32(1);
	config->crypto_services = cpu_to_le32(BIT(VIRTCRYPTO_SERVICE_CIPHER));
	config->cipher_algo_l = cpu_to_le32(0xffff);
	config->max_cipher_key_len = cpu_to_le32(64);
	config->max_size = cpu_to_le64(VCK_MAX_DATA);
	return vck;
}

/**
 * vck_plug() - plug a device in
 * @vck: the device
 *
 * Return: 0, also if the driver does not want it, or an error.
 */
int vck_plug(struct vck_device *vck)
{
	vck->vdev.dev.parent = vck->parent;
	vck->vdev.dev.release = vck_dev_release;
	vck->vdev.config = &vck_ops;
	vck->vdev.id.device = VIRTIO_ID_CRYPTO;
	return register_virtio_device(&vck->vdev);
}

/**
 * vck_unplug() - pull a device out
 * @vck: the device
 */
void vck_unplug(struct vck_device *vck)
{
	if (!vck->vdev.config)
		return;
	vck->leaving = true;
	unregister_virtio_device(&vck->vdev);
	vck->leaving = false;
	memset(&vck->vdev, 0, sizeof(vck->vdev));
}

/**
 * vck_free() - free a device, plugged in or not
 * @vck: the device
 */
void vck_free(struct vck_device *vck)
{
	unsigned int i;

	list_del(&vck->node);
	vck_unplug(vck);
	for (i = 0; i < VCK_ALGOS; i++)
		if (!IS_ERR_OR_NULL(vck->soft[i]))
			crypto_free_sync_skcipher(vck->soft[i]);
	for (i = 0; i < VCK_MAX_VQS; i++)
		vfree(vck->vqs[i].held);
	kfree(vck);
}

/*
 * With the first device the ciphers are registered, and self-tests run for a
 * while.
 */
static void vck_wait_selftests(struct kunit *test)
{
	unsigned long end = jiffies + 150 * HZ;
	static bool done;
	unsigned int i;

	for (i = 0; i < VCK_ALGOS && !done; i++) {
		struct crypto_skcipher *tfm;

		if (!vck_algos[i])
			continue;
		/*
		 * The only algorithm of that name that is asynchronous.  With
		 * the full self-tests and KASAN it is available late.
		 */
		for (;;) {
			tfm = crypto_alloc_skcipher(vck_algos[i], CRYPTO_ALG_ASYNC,
						    CRYPTO_ALG_ASYNC);
			if (!IS_ERR(tfm) || time_after(jiffies, end))
				break;
			msleep(100);
		}
		KUNIT_ASSERT_FALSE_MSG(test, IS_ERR(tfm), "no %s: %pe", vck_algos[i], tfm);
		crypto_free_skcipher(tfm);
	}
	done = true;
}

/**
 * vck_create() - make a device as vck_new(), plug it in and wait for its trial
 * @test: the test
 *
 * Return: the device; the test ends if the driver does not come to use it.
 */
struct vck_device *vck_create(struct kunit *test)
{
	struct vck_device *vck = vck_new(test);

	KUNIT_ASSERT_EQ(test, 0, vck_plug(vck));
	KUNIT_ASSERT_NOT_NULL(test, vck_driver(vck));
	VCK_WAIT(test, virtcrypto_support_any(&vck_driver(vck)->support));
	vck_wait_selftests(test);
	VCK_WAIT(test, !vck_live_sessions(vck));
	return vck;
}

/**
 * vck_exit() - what each test ends with, however it ended
 * @test: the test
 *
 * No request is under way afterwards, and parameters are what they were.
 */
void vck_exit(struct kunit *test)
{
	struct vck_device *vck;

	vck_fail_end();
	virtcrypto_timeout = 1;
	list_for_each_entry(vck, &vck_devices, node)
		vck_unplug(vck);
	virtcrypto_timeout = 30;
	virtcrypto_queue_limit = 1024;
	virtcrypto_notify_batch = 16;
	memset(virtcrypto_fastest, 0, sizeof(virtcrypto_fastest));
	virtcrypto_indirect_desc = false;
	virtcrypto_split_header = false;
	virtcrypto_try_unadvertised = false;
	virtcrypto_vhost_user = VIRTCRYPTO_GUESS_AUTO;
	virtcrypto_session_mode = VIRTCRYPTO_MODE_SESSIONS;
	vck_alloc_hook = NULL;
}
