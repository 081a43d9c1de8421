/* SPDX-License-Identifier: GPL-2.0 */
/* Copyright (C) 2026 The virtio_crypto authors */
/*
 * What the KUnit suites share: a VIRTIO crypto device inside the kernel that they run in.
 *
 * It is a virtio transport of its own, so that the driver is probed as for any device and
 * meets the kernel's own virtio_ring; behind the ring is no process but vck_device.c, which
 * answers at once from within the notification, or when a test has it answer.  Its ciphers
 * are the kernel's software: here the driver's logic is on trial and not its arithmetic,
 * which tests/device checks against another implementation.
 *
 * vck_inject.c makes what the driver calls fail.
 */
#ifndef VCK_H
#define VCK_H

#include <crypto/skcipher.h>
#include <kunit/test.h>
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/scatterlist.h>
#include <linux/virtio.h>
#include <linux/virtio_config.h>
#include <linux/virtio_ring.h>

#include "../../virtio_crypto_device.h"
#include "../../virtio_crypto_params.h"

/* the driver's name for the cipher that most tests use */
#define VCK_CBC		"cbc-aes-virtio"

/* Numbers of rows: the first table's order. */
#define VCK_ROW_ECB_AES	0
#define VCK_ROW_CBC_AES	1

#define CONFIG_AT(field)	offsetof(struct virtcrypto_wire_config, field)

#define VCK_MAX_VQS	4
#define VCK_RING	64
#define VCK_SESSIONS	64
#define VCK_ALGOS	16
#define VCK_MAX_PARTS	(VCK_RING + 2)
#define VCK_MAX_DATA	(VCK_RING * 64)

/**
 * struct vck_part - a descriptor as the device sees it
 * @p: its memory
 * @len: its length
 */
struct vck_part {
	u8 *p;
	unsigned int len;
};

/**
 * struct vck_buf - one chain of descriptors
 * @head: the number that it goes back by
 * @nr_out: descriptors that the device reads
 * @nr_in: descriptors that the device writes, behind the others in @part
 * @out_len: bytes to read
 * @in_len: bytes to write
 * @part: the descriptors
 */
struct vck_buf {
	u16 head;
	unsigned int nr_out;
	unsigned int nr_in;
	unsigned int out_len;
	unsigned int in_len;
	struct vck_part part[VCK_MAX_PARTS];
};

struct vck_vq {
	struct virtqueue *vq;
	struct vring_desc *desc;
	struct vring_avail *avail;
	struct vring_used *used;
	unsigned int num;
	u16 last_avail;
	unsigned int notified;
	int cpu;		/* that its interrupts go to, -1 if nobody asked */
	bool hold;		/* answers are given when a test asks for them */
	unsigned int nr_held;
	struct vck_buf *held;	/* VCK_RING of them, the oldest first */
};

struct vck_session {
	bool used;
	bool encrypt;
	u32 algo;
	unsigned int key_len;
	u8 key[64];
};

/**
 * struct vck_fault - something that the device does wrong
 * @times: how often it still does
 * @value: what it answers then, if it is that kind of fault
 */
struct vck_fault {
	unsigned int times;
	u32 value;
};

/**
 * struct vck_device - the device; see vck_create()
 * @node: in the list of all
 * @vdev: what the driver is bound to
 * @parent: device in the tree above it
 * @lock: guards the rings and what is behind them
 * @ring: entries of each ring
 * @features: offered
 * @config: configuration space
 * @config_len: bytes of it that are there
 * @status: virtio's
 * @gone: unplugged without a word: everything reads as ones
 * @leaving: being unregistered
 * @deaf: notifications fail, and break the queue
 * @lose_interrupts: answers are given, and nobody is told
 * @wrong_queue: a data queue that answers wrongly, if it is not 0
 * @deadly_algo: no request of that algorithm is answered, if it is not 0
 * @refuse_features: FEATURES_OK does not stay set
 * @insists: neither does it without VIRTIO_CRYPTO_F_REVISION_1
 * @revision_1: that was accepted
 * @finalize_err: what finalize_features() returns
 * @find_err: what find_vqs() returns
 * @find_halfway: find_vqs() fails after the first queue, which has interrupted
 * @resets: how often the device was reset
 * @reset_ms: how long that takes
 * @in_reset: it is under way
 * @keeps_sessions: over a reset
 * @max_sessions: how many it takes
 * @id_base: the first session's number, the others follow
 * @ctrl_status: fault: that status of a message
 * @ctrl_drop: fault: no answer to a message
 * @status_byte: fault: that status of a request
 * @drop: fault: no answer to a request
 * @wrong: fault: wrong data
 * @unwritten: fault: no status
 * @used_len: fault: that length
 * @created: sessions that were made
 * @full: sessions that there was no room for
 * @destroyed: sessions that were destroyed
 * @unknown: messages and requests that name no session, or make no sense
 * @requests: data requests
 * @last_ctrl: the last message as it came
 * @last_ctrl_len: its length
 * @last_in_len: room for the answer to it
 * @last_data: what the device read of the last data request
 * @last_data_len: bytes of it
 * @last: descriptors of the last data request
 * @nr_vqs: queues
 * @vqs: the queues, the control queue last
 * @sessions: by number less @id_base
 * @soft: software, by algorithm
 * @work: data at work
 * @buf: chain at work
 */
struct vck_device {
	struct list_head node;
	struct virtio_device vdev;
	struct device *parent;
	spinlock_t lock;		/* see above */
	unsigned int ring;
	u64 features;
	u8 config[sizeof(struct virtcrypto_wire_config)];
	unsigned int config_len;
	u8 status;
	bool gone;
	bool leaving;
	bool deaf;
	bool lose_interrupts;
	unsigned int wrong_queue;
	u32 deadly_algo;
	bool refuse_features;
	bool insists;
	bool revision_1;
	int finalize_err;
	int find_err;
	bool find_halfway;
	unsigned int resets;
	unsigned int reset_ms;
	bool in_reset;
	bool keeps_sessions;
	unsigned int max_sessions;
	u64 id_base;
	struct vck_fault ctrl_status;
	struct vck_fault ctrl_drop;
	struct vck_fault status_byte;
	struct vck_fault drop;
	struct vck_fault wrong;
	struct vck_fault unwritten;
	struct vck_fault used_len;

	unsigned int created;
	unsigned int full;
	unsigned int destroyed;
	unsigned int unknown;
	unsigned int requests;
	u8 last_ctrl[256];
	unsigned int last_ctrl_len;
	unsigned int last_in_len;
	u8 last_data[VCK_MAX_DATA + 256];
	unsigned int last_data_len;
	struct vck_buf last;

	unsigned int nr_vqs;
	struct vck_vq vqs[VCK_MAX_VQS];
	struct vck_session sessions[VCK_SESSIONS];
	struct crypto_sync_skcipher *soft[VCK_ALGOS];
	u8 work[VCK_MAX_DATA];
	struct vck_buf buf;
};

/* vck_device.c */
struct vck_device *vck_new(struct kunit *test);
int vck_plug(struct vck_device *vck);
void vck_unplug(struct vck_device *vck);
void vck_free(struct vck_device *vck);
struct vck_device *vck_create(struct kunit *test);
void vck_exit(struct kunit *test);
void vck_config(struct vck_device *vck, unsigned int offset, u32 value);
void vck_ready(struct vck_device *vck, bool ready);
void vck_needs_reset(struct vck_device *vck);
unsigned int vck_answer(struct vck_device *vck, unsigned int index, unsigned int n);
void vck_answer_one(struct vck_device *vck, unsigned int index, unsigned int nth);
void vck_release(struct vck_device *vck);
void vck_interrupt(struct vck_device *vck, unsigned int index);
unsigned int vck_live_sessions(struct vck_device *vck);

static inline struct virtcrypto_device *vck_driver(struct vck_device *vck)
{
	return vck->vdev.priv;
}

/* the control queue comes last */
static inline unsigned int vck_ctrlq(struct vck_device *vck)
{
	return vck->nr_vqs - 1;
}

/* vck_client.c */
struct vck_req {
	struct skcipher_request *req;
	struct completion done;
	int err;
	unsigned int in_progress;	/* -EINPROGRESS that came */
	int serial;			/* order of completions */
	unsigned int len;
	unsigned int nr_sg;
	struct scatterlist *src;
	struct scatterlist *dst;
	u8 *in;
	u8 *out;
	u8 iv[VIRTCRYPTO_MAX_IV_SIZE];
};

extern atomic_t vck_serial;

struct crypto_skcipher *vck_tfm(struct kunit *test, const char *driver, unsigned int key_len);
void vck_put_tfm(struct kunit *test, struct crypto_skcipher *tfm);
struct vck_req *vck_request(struct kunit *test, struct crypto_skcipher *tfm,
			    unsigned int len, unsigned int frags, bool in_place,
			    u32 flags);
struct vck_req *vck_small(struct kunit *test, struct crypto_skcipher *tfm);
int vck_wait_req(struct vck_req *vr, int err);
int vck_encrypt(struct vck_req *vr);
int vck_decrypt(struct vck_req *vr);
bool vck_offloads(struct kunit *test, struct crypto_skcipher *tfm);
bool vck_right(struct kunit *test, struct vck_req *vr, const char *alg, bool encrypt);
u64 vck_count(struct kunit *test, const char *driver, const char *what);

/*
 * Wait until @cond holds, as works, softirqs and pauses of the driver take
 * time.
 */
#define VCK_WAIT(test, cond)							\
do {										\
	unsigned long vck_end = jiffies + 20 * HZ;				\
	bool vck_met;								\
										\
	while (!(vck_met = (cond)) && time_before(jiffies, vck_end))		\
		usleep_range(500, 1000);					\
	KUNIT_ASSERT_TRUE_MSG(test, vck_met, "waited 20 s for " #cond);		\
} while (0)

/* vck_inject.c */
enum vck_point {
	VCK_ALLOC,	/* memory */
	VCK_ADD,	/* virtqueue_add_sgs() */
	VCK_SOFT,	/* software ciphers */
	VCK_REGISTER,	/* with the crypto API, the virtio bus, for reboots */
	VCK_NR_POINTS
};

/*
 * Calls that can be made to fail, by kind, and what they return then.  Kbuild
 * reads the names.
 */
#define VCK_WRAPPED(F)						\
	F(VCK_ALLOC, __kmalloc_noprof, 0)			\
	F(VCK_ALLOC, __kmalloc_cache_noprof, 0)			\
	F(VCK_ALLOC, __kvmalloc_node_noprof, 0)			\
	F(VCK_ALLOC, kmemdup_noprof, 0)				\
	F(VCK_ALLOC, kstrdup_const, 0)				\
	F(VCK_ALLOC, pcpu_alloc_noprof, 0)			\
	F(VCK_ALLOC, alloc_workqueue_noprof, 0)			\
	F(VCK_ADD, virtqueue_add_sgs, err)			\
	F(VCK_SOFT, crypto_alloc_skcipher, err)			\
	F(VCK_SOFT, crypto_skcipher_setkey, err)		\
	F(VCK_SOFT, crypto_skcipher_encrypt, err)		\
	F(VCK_REGISTER, crypto_register_skcipher, err)		\
	F(VCK_REGISTER, __register_virtio_driver, err)		\
	F(VCK_REGISTER, register_reboot_notifier, err)

#define VCK_PROTOTYPES(point, name, failure)				\
	unsigned long __real_##name(unsigned long a, unsigned long b,	\
				    unsigned long c, unsigned long d,	\
				    unsigned long e, unsigned long f);	\
	unsigned long __wrap_##name(unsigned long a, unsigned long b,	\
				    unsigned long c, unsigned long d,	\
				    unsigned long e, unsigned long f);

VCK_WRAPPED(VCK_PROTOTYPES)

extern void (*vck_alloc_hook)(void);
void vck_fail(enum vck_point point, unsigned int skip, unsigned int times, int err);
void vck_fail_nth(unsigned int n);
unsigned int vck_fail_end(void);

#endif /* VCK_H */
