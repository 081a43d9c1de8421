/* SPDX-License-Identifier: GPL-2.0 */
/* Copyright (C) 2026 The virtio_crypto authors */
/*
 * Every difference between the kernels that this driver is built for.
 *
 * The driver is written against the newest kernel.  What an older one lacks is
 * supplied here, so that no other file tests for anything.  Kbuild finds out
 * what is there by looking into the kernel's headers; each block names the
 * kernel that brought the thing.
 */
#ifndef VIRTIO_CRYPTO_COMPAT_H
#define VIRTIO_CRYPTO_COMPAT_H

#include <crypto/algapi.h>
#include <crypto/hash.h>
#include <crypto/internal/aead.h>
#include <crypto/internal/akcipher.h>
#include <crypto/internal/hash.h>
#include <crypto/internal/skcipher.h>
#include <linux/interrupt.h>
#include <linux/kthread.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/version.h>
#include <linux/virtio.h>
#include <linux/virtio_config.h>
#include <linux/workqueue.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 1, 0)
#error "virtio_crypto needs Linux 6.1 or newer"
#endif

/* 6.12: get_unaligned() moved. */
#ifdef VC_HAVE_LINUX_UNALIGNED
#include <linux/unaligned.h>
#else
#include <asm/unaligned.h>
#endif

/* 6.19: allocation by type; Debian's 6.12 has it too. */
#ifndef kzalloc_obj
#define kzalloc_obj(obj, gfp)	kzalloc(sizeof(obj), gfp)
#endif

/* 6.11: virtio_find_vqs() takes one array of structures instead of two. */
#ifndef VC_HAVE_VIRTQUEUE_INFO
struct virtqueue_info {
	const char *name;
	vq_callback_t *callback;
	bool ctx;
};

static inline int vc_find_vqs(struct virtio_device *vdev, unsigned int nvqs,
			      struct virtqueue *vqs[],
			      struct virtqueue_info vqs_info[])
{
	vq_callback_t **callbacks;
	const char **names;
	unsigned int i;
	int err = -ENOMEM;

	callbacks = kcalloc(nvqs, sizeof(*callbacks), GFP_KERNEL);
	names = kcalloc(nvqs, sizeof(*names), GFP_KERNEL);
	if (callbacks && names) {
		for (i = 0; i < nvqs; i++) {
			callbacks[i] = vqs_info[i].callback;
			names[i] = vqs_info[i].name;
		}
		err = virtio_find_vqs(vdev, nvqs, vqs, callbacks, names, NULL);
	}
	kfree(names);
	kfree(callbacks);
	return err;
}
#else
static inline int vc_find_vqs(struct virtio_device *vdev, unsigned int nvqs,
			      struct virtqueue *vqs[],
			      struct virtqueue_info vqs_info[])
{
	return virtio_find_vqs(vdev, nvqs, vqs, vqs_info, NULL);
}
#endif

/* 6.17: a device may have more than 64 features; ours are among the first. */
static inline u64 vc_device_features(struct virtio_device *vdev)
{
#ifdef VC_HAVE_MANY_FEATURES
	u64 features[VIRTIO_FEATURES_U64S];

	virtio_get_features(vdev, features);
	return features[0];
#else
	return vdev->config->get_features(vdev);
#endif
}

/* 6.15: the core tells a driver about resets that others cause. */
#ifdef VC_HAVE_RESET_HOOKS
#define VC_RESET_HOOKS	1
#else
#define VC_RESET_HOOKS	0
#endif

/* 6.14: workers are not only created, but also started. */
#ifndef kthread_run_worker
#define kthread_run_worker	kthread_create_worker
#endif

/* 6.13: the scheduler may ask for the CPU in two ways. */
static inline bool vc_need_resched(void)
{
#ifdef TIF_NEED_RESCHED_LAZY
	if (test_thread_flag(TIF_NEED_RESCHED_LAZY))
		return true;
#endif
	return need_resched();
}

/* 6.9: work items that run in softirq; tasklets are on their way out. */
struct vc_bh {
#ifdef VC_HAVE_BH_WORKQUEUE
	struct work_struct work;
#else
	struct tasklet_struct tasklet;
#endif
	void (*func)(struct vc_bh *bh);
};

#ifdef VC_HAVE_BH_WORKQUEUE
static inline void vc_bh_run(struct work_struct *work)
{
	struct vc_bh *bh = container_of(work, struct vc_bh, work);

	bh->func(bh);
}

static inline void vc_bh_init(struct vc_bh *bh, void (*func)(struct vc_bh *bh))
{
	bh->func = func;
	INIT_WORK(&bh->work, vc_bh_run);
}

static inline void vc_bh_schedule(struct vc_bh *bh)
{
	queue_work(system_bh_wq, &bh->work);
}

static inline void vc_bh_kill(struct vc_bh *bh)
{
	cancel_work_sync(&bh->work);
}
#else
static inline void vc_bh_run(struct tasklet_struct *tasklet)
{
	struct vc_bh *bh = container_of(tasklet, struct vc_bh, tasklet);

	bh->func(bh);
}

static inline void vc_bh_init(struct vc_bh *bh, void (*func)(struct vc_bh *bh))
{
	bh->func = func;
	tasklet_setup(&bh->tasklet, vc_bh_run);
}

static inline void vc_bh_schedule(struct vc_bh *bh)
{
	tasklet_schedule(&bh->tasklet);
}

static inline void vc_bh_kill(struct vc_bh *bh)
{
	tasklet_kill(&bh->tasklet);
}
#endif

/* A kernel without block devices has no plugs. */
static inline bool vc_task_submits_io(const struct task_struct *task)
{
#ifdef CONFIG_BLOCK
	if (task->plug)
		return true;
#endif
	return task->bio_list;
}

/*
 * 6.3: request contexts aligned for DMA.  Before, a context had the alignment
 * of kmalloc(), which was that of DMA.
 */
#ifndef VC_HAVE_CTX_DMA
#define CRYPTO_DMA_ALIGN	ARCH_KMALLOC_MINALIGN

static inline void *skcipher_request_ctx_dma(struct skcipher_request *req)
{
	return skcipher_request_ctx(req);
}

static inline void crypto_skcipher_set_reqsize_dma(struct crypto_skcipher *tfm,
						   unsigned int reqsize)
{
	crypto_skcipher_set_reqsize(tfm, reqsize);
}

static inline void *ahash_request_ctx_dma(struct ahash_request *req)
{
	return ahash_request_ctx(req);
}

static inline void crypto_ahash_set_reqsize_dma(struct crypto_ahash *tfm,
						unsigned int reqsize)
{
	crypto_ahash_set_reqsize(tfm, reqsize);
}

static inline void *aead_request_ctx_dma(struct aead_request *req)
{
	return aead_request_ctx(req);
}

static inline void crypto_aead_set_reqsize_dma(struct crypto_aead *tfm,
					       unsigned int reqsize)
{
	crypto_aead_set_reqsize(tfm, reqsize);
}

static inline void *akcipher_request_ctx_dma(struct akcipher_request *req)
{
	return akcipher_request_ctx(req);
}

static inline void akcipher_set_reqsize_dma(struct crypto_akcipher *tfm,
					    unsigned int reqsize)
{
	akcipher_set_reqsize(tfm, reqsize);
}
#endif

/*
 * The template authenc() of older kernels does not pass on the -EINPROGRESS
 * that follows an -EBUSY, and takes the -EBUSY of its hash for the end of a
 * request, so that its caller waits for ever.  On these kernels nobody is told
 * -EBUSY. The fix is in no header; Debian's kernels since 6.3 have it.
 */
#ifdef VC_HAVE_CTX_DMA
#define VC_LOSES_EBUSY	false
#else
#define VC_LOSES_EBUSY	true
#endif

/* 6.16: the API allocates a fallback for asynchronous hashes. */
#ifndef CRYPTO_ALG_NO_FALLBACK
#define CRYPTO_ALG_NO_FALLBACK	0
#endif

#endif /* VIRTIO_CRYPTO_COMPAT_H */
