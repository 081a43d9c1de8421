// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The virtio_crypto authors
 *
 * vcring - what the transport of a crypto device can do: a bare loop of adding
 * to a data queue, kicking, and getting.
 *
 *   insmod vcring.ko len=64 depth=16
 *
 * is a driver for the first crypto device that has none, and keeps @depth
 * requests in its first data queue for @msecs. The requests look like those of
 * cbc(aes), but have no session: the device must not compute anything, as the
 * reference device with null=1. Loading succeeds if there was a device and no
 * request was lost, and the log then has one line, like that of vcbench.
 */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/scatterlist.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/virtio.h>
#include <linux/virtio_config.h>
#include <linux/virtio_ids.h>
#include <linux/wait.h>
#include <uapi/linux/virtio_crypto.h>
#include <uapi/linux/virtio_ring.h>

#include "vcbench.h"

static uint len = 64;
module_param(len, uint, 0444);
MODULE_PARM_DESC(len, "bytes per request");
static uint depth = 1;
module_param(depth, uint, 0444);
MODULE_PARM_DESC(depth, "requests in flight");
static uint msecs = 1000;
module_param(msecs, uint, 0444);
MODULE_PARM_DESC(msecs, "milliseconds to measure, after a tenth of that to warm up");

#define IV_LEN	16
#define LOST	(10 * HZ)

/* The same four elements as the driver has. */
struct slot {
	struct {
		struct virtio_crypto_op_data_req req;
		u8 iv[IV_LEN];
	} head;
	struct scatterlist sg[4];
	u64 start;
	u8 *data;
	u8 status ____cacheline_aligned;
};

static struct virtqueue *queue;
static DECLARE_WAIT_QUEUE_HEAD(wait);
static bool fired;
static u64 nr_fired;

static struct slot *slots;
static struct slot **idle;	/* a stack */
static unsigned int nr_idle;
static struct vcb_hist *hist;

static void queue_fired(struct virtqueue *vq)
{
	virtqueue_disable_cb(vq);
	nr_fired++;
	WRITE_ONCE(fired, true);
	wake_up(&wait);
}

static int slot_init(struct slot *s)
{
	struct virtio_crypto_cipher_para *para = &s->head.req.u.sym_req.u.cipher.para;

	/* source and destination */
	s->data = kzalloc(2 * len, GFP_KERNEL);
	if (!s->data)
		return -ENOMEM;
	s->head.req.header.opcode = cpu_to_le32(VIRTIO_CRYPTO_CIPHER_ENCRYPT);
	s->head.req.header.algo = cpu_to_le32(VIRTIO_CRYPTO_CIPHER_AES_CBC);
	s->head.req.u.sym_req.op_type = cpu_to_le32(VIRTIO_CRYPTO_SYM_OP_CIPHER);
	para->iv_len = cpu_to_le32(IV_LEN);
	para->src_data_len = cpu_to_le32(len);
	para->dst_data_len = cpu_to_le32(len);
	sg_init_one(&s->sg[0], &s->head, sizeof(s->head));
	sg_init_one(&s->sg[1], s->data, len);
	sg_init_one(&s->sg[2], s->data + len, len);
	sg_init_one(&s->sg[3], &s->status, sizeof(s->status));
	return 0;
}

static int fill(void)
{
	struct scatterlist *sgs[4];
	struct slot *s;
	unsigned int i;
	int err;

	if (!nr_idle)
		return 0;
	while (nr_idle) {
		s = idle[nr_idle - 1];
		for (i = 0; i < ARRAY_SIZE(sgs); i++)
			sgs[i] = &s->sg[i];
		s->start = ktime_get_ns();
		err = virtqueue_add_sgs(queue, sgs, 2, 2, s, GFP_KERNEL);
		if (err)
			return err;
		nr_idle--;
	}
	virtqueue_kick(queue);
	return 0;
}

/* Returns the number of requests that the device has done. */
static unsigned int drain(bool measuring)
{
	unsigned int room, n = 0;
	struct slot *s;

	while ((s = virtqueue_get_buf(queue, &room))) {
		vcb_count(hist, ktime_get_ns() - s->start, measuring);
		idle[nr_idle++] = s;
		n++;
	}
	return n;
}

/* Until there is something to drain. */
static int sleep(void)
{
	WRITE_ONCE(fired, false);
	if (!virtqueue_enable_cb(queue)) {
		virtqueue_disable_cb(queue);
		return 0;
	}
	if (!wait_event_timeout(wait, READ_ONCE(fired), LOST))
		return -ETIMEDOUT;
	return 0;
}

static int run_until(u64 end, bool measuring)
{
	int err = 0;

	while (!err && ktime_get_ns() < end) {
		err = fill();
		if (!err && !drain(measuring))
			err = sleep();
		cond_resched();
	}
	return err;
}

static int measure(void)
{
	struct vcb_stamp from, to;
	char buf[160];
	int err;

	virtqueue_disable_cb(queue);
	err = run_until(ktime_get_ns() + msecs * (NSEC_PER_MSEC / 10), false);
	if (err)
		return err;
	from = vcb_stamp();
	err = run_until(from.now + msecs * NSEC_PER_MSEC, true);
	if (err)
		return err;
	to = vcb_stamp();
	err = vcb_format(buf, sizeof(buf), hist, &from, &to);
	if (!err)
		/* /proc/interrupts forgets them with the queue */
		pr_info("driver=vcring %s irqs=%llu\n", buf,
			div64_u64(100 * READ_ONCE(nr_fired), hist->all));
	return err;
}

static int vcring_probe(struct virtio_device *vdev)
{
	struct virtqueue *vq;

	if (queue)
		return -EBUSY;
	vq = virtio_find_single_vq(vdev, queue_fired, "dataq");
	if (IS_ERR(vq))
		return PTR_ERR(vq);
	virtio_device_ready(vdev);
	queue = vq;
	return 0;
}

static void vcring_remove(struct virtio_device *vdev)
{
	virtio_reset_device(vdev);
	vdev->config->del_vqs(vdev);
	queue = NULL;
}

/* Indirect descriptors would be allocated for each request. */
static int vcring_validate(struct virtio_device *vdev)
{
	__virtio_clear_bit(vdev, VIRTIO_RING_F_INDIRECT_DESC);
	return 0;
}

static const struct virtio_device_id vcring_ids[] = {
	{ VIRTIO_ID_CRYPTO, VIRTIO_DEV_ANY_ID },
	{}
};

static struct virtio_driver vcring_driver = {
	.driver.name = KBUILD_MODNAME,
	.driver.owner = THIS_MODULE,
	.id_table = vcring_ids,
	.validate = vcring_validate,
	.probe = vcring_probe,
	.remove = vcring_remove,
};

static void free_all(void)
{
	unsigned int i;

	for (i = 0; slots && i < depth; i++)
		kfree(slots[i].data);
	kfree(slots);
	kvfree(idle);
	kvfree(hist);
}

static int alloc_all(void)
{
	int err;

	slots = kcalloc(depth, sizeof(*slots), GFP_KERNEL);
	idle = kvcalloc(depth, sizeof(*idle), GFP_KERNEL);
	hist = kvzalloc(sizeof(*hist), GFP_KERNEL);
	if (!slots || !idle || !hist)
		return -ENOMEM;
	for (; nr_idle < depth; nr_idle++) {
		err = slot_init(&slots[nr_idle]);
		if (err)
			return err;
		idle[nr_idle] = &slots[nr_idle];
	}
	return 0;
}

static int __init vcring_init(void)
{
	int err;

	if (!len || !depth || !msecs)
		return -EINVAL;
	err = alloc_all();
	if (err)
		goto out;
	err = register_virtio_driver(&vcring_driver);
	if (err)
		goto out;
	err = queue ? measure() : -ENODEV;
	if (err)
		pr_err("error %d\n", err);
	/* the reset ends the requests that are still in flight */
	unregister_virtio_driver(&vcring_driver);
out:
	free_all();
	return err;
}
module_init(vcring_init);

static void __exit vcring_exit(void)
{
}
module_exit(vcring_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Measures the transport of a crypto device");
