// SPDX-License-Identifier: GPL-2.0
/*
 * Trials: requests with a known answer, before an algorithm is registered.
 *
 * A bit in a device's configuration proves nothing: devices advertise what
 * they answer NOTSUPP to, and a wrong answer would be found by the self-test
 * of an algorithm that is registered already and stays so, useless, with a
 * warning in the log.  The known answer is that of the software which would
 * stand in for the device, so that without it there is no algorithm either.
 *
 * A trial goes the way of all requests and is ended by the same watchdog.
 */
#include <crypto/aes.h>
#include <crypto/skcipher.h>
#include <linux/completion.h>
#include <linux/slab.h>

#include "virtio_crypto_skcipher.h"

/* Bytes of a trial: some blocks, and a part of one where that is tried. */
#define VIRTCRYPTO_TRIAL_LEN	64
#define VIRTCRYPTO_TRIAL_TAIL	(VIRTCRYPTO_TRIAL_LEN - 3)

/**
 * struct virtcrypto_trial - requests with a known answer, for a device to do
 * @vr: the request
 * @base: stands for the caller's request, which there is none of
 * @key: the key and its sessions, at the device on trial
 * @src: list of @in
 * @dst: list of @out
 * @done: the request was completed
 * @err: with this error
 * @bytes: the key
 * @iv: the iv
 * @want: the answer
 * @in: what the device gets
 * @out: what the device returns
 */
struct virtcrypto_trial {
	struct virtcrypto_req vr;
	struct crypto_async_request base;
	struct virtcrypto_key key;
	struct scatterlist src;
	struct scatterlist dst;
	struct completion done;
	int err;
	u8 bytes[2 * AES_MAX_KEY_SIZE];
	u8 iv[VIRTCRYPTO_MAX_IV_SIZE];
	u8 want[VIRTCRYPTO_TRIAL_LEN];
	u8 in[VIRTCRYPTO_TRIAL_LEN] __aligned(CRYPTO_DMA_ALIGN);
	u8 out[VIRTCRYPTO_TRIAL_LEN] __aligned(CRYPTO_DMA_ALIGN);
} __aligned(CRYPTO_DMA_ALIGN);

static void virtcrypto_trial_done(struct virtcrypto_req *vr, int err)
{
	struct virtcrypto_trial *trial =
		container_of(vr, struct virtcrypto_trial, vr);

	trial->err = err;
	complete(&trial->done);
}

/* The answer, from the software that would stand in for the device. */
static int virtcrypto_trial_answer(struct virtcrypto_trial *trial,
				   struct crypto_skcipher *soft, bool encrypt,
				   unsigned int len)
{
	struct skcipher_request *req;
	struct scatterlist sg;
	u8 iv[VIRTCRYPTO_MAX_IV_SIZE];
	int err;

	req = skcipher_request_alloc(soft, GFP_KERNEL);
	if (!req)
		return -ENOMEM;
	memcpy(iv, trial->iv, sizeof(iv));
	memcpy(trial->want, trial->in, len);
	sg_init_one(&sg, trial->want, len);
	skcipher_request_set_callback(req, CRYPTO_TFM_REQ_MAY_SLEEP, NULL, NULL);
	skcipher_request_set_crypt(req, &sg, &sg, len, iv);
	err = encrypt ? crypto_skcipher_encrypt(req) :
			crypto_skcipher_decrypt(req);
	skcipher_request_free(req);
	return err;
}

/* One request of a trial, through one queue. */
static int virtcrypto_trial_run(struct virtcrypto_trial *trial,
				struct crypto_skcipher *soft,
				const struct virtcrypto_cipher *row,
				struct virtcrypto_dataq *q, bool encrypt,
				unsigned int len)
{
	int err;

	err = virtcrypto_trial_answer(trial, soft, encrypt, len);
	if (err)
		return err;

	memset(trial->out, 0, sizeof(trial->out));
	sg_init_one(&trial->src, trial->in, len);
	sg_init_one(&trial->dst, trial->out, len);
	err = virtcrypto_cipher_prepare(&trial->vr, row, encrypt, &trial->src,
					&trial->dst, len, trial->iv);
	if (err)
		return err;
	init_completion(&trial->done);
	trial->vr.base = &trial->base;
	trial->vr.done = virtcrypto_trial_done;
	trial->vr.dataq = q;
	/* Whether the device does these is what is to be found out. */
	trial->vr.tail = false;

	err = virtcrypto_key_submit(&trial->key, encrypt, &trial->vr);
	if (err != -EINPROGRESS)
		return err;
	/* Whatever the device does, the watchdog ends this. */
	wait_for_completion(&trial->done);
	if (trial->err)
		return trial->err;
	return memcmp(trial->out, trial->want, len) ? -EBADMSG : 0;
}

static int virtcrypto_trial_both(struct virtcrypto_trial *trial,
				 struct crypto_skcipher *soft,
				 const struct virtcrypto_cipher *row,
				 struct virtcrypto_dataq *q, unsigned int len)
{
	return virtcrypto_trial_run(trial, soft, row, q, true, len) ?:
	       virtcrypto_trial_run(trial, soft, row, q, false, len);
}

/* Has the device failed, so that the step just taken may be to blame? */
static bool virtcrypto_trial_fatal(struct virtcrypto_device *dev)
{
	return READ_ONCE(dev->state) == VIRTCRYPTO_DEV_FAILED;
}

/* Once may be chance, or somebody else's request: it is convicted when it did so twice. */
static void virtcrypto_trial_accuse(u64 *suspect, u64 *deadly, u64 bit)
{
	if (*suspect & bit)
		*deadly |= bit;
	*suspect |= bit;
}

/* Does the error say nothing about the device, so that it may go better later? */
static bool virtcrypto_trial_undecided(int err)
{
	return err == -ENOMEM || err == -EAGAIN || err == -ENOSPC ||
	       err == -ETIMEDOUT;
}

/* Find the queues that do not work, with a cipher that does. */
static void virtcrypto_trial_queues(struct virtcrypto_device *dev,
				    struct virtcrypto_trial *trial,
				    struct crypto_skcipher *soft,
				    const struct virtcrypto_cipher *row)
{
	unsigned int i, nr = min(dev->caps.nr_dataqs, nr_cpu_ids);

	for (i = 1; i < nr; i++) {
		struct virtcrypto_dataq *q = &dev->dataqs[i];

		if (q->dead)
			continue;
		switch (virtcrypto_trial_run(trial, soft, row, q, true,
					     VIRTCRYPTO_TRIAL_LEN)) {
		case 0:
			break;
		case -EOPNOTSUPP:
		case -ENOKEY:
		case -EIO:
		case -EBADMSG:
			q->mute = true;
			break;
		default:
			if (virtcrypto_trial_fatal(dev)) {
				q->dead = q->suspect;
				q->suspect = true;
			}
			return;
		}
	}
	virtcrypto_dataqs_map(dev);
	dev->queues_tried = true;
}

/* All steps of a row's trial, but those that have cost us the device twice. */
static int virtcrypto_trial_row(struct virtcrypto_device *dev,
				struct virtcrypto_trial *trial,
				struct crypto_skcipher *soft,
				const struct virtcrypto_cipher *row, bool *tails)
{
	struct virtcrypto_dataq *first = &dev->dataqs[0];
	u64 bit = BIT_ULL(row->algo);
	int err;

	err = virtcrypto_trial_both(trial, soft, row, first,
				    VIRTCRYPTO_TRIAL_LEN);
	if (err) {
		if (virtcrypto_trial_fatal(dev))
			virtcrypto_trial_accuse(&dev->suspect, &dev->deadly,
						bit);
		return err;
	}
	if (!dev->queues_tried)
		virtcrypto_trial_queues(dev, trial, soft, row);
	if (row->tail && !(dev->deadly_tails & bit)) {
		err = virtcrypto_trial_both(trial, soft, row, first,
					    VIRTCRYPTO_TRIAL_TAIL);
		*tails = !err;
		if (err && virtcrypto_trial_fatal(dev))
			virtcrypto_trial_accuse(&dev->suspect_tails,
						&dev->deadly_tails, bit);
		if (virtcrypto_trial_undecided(err))
			return -EAGAIN;
	}
	return 0;
}

/**
 * virtcrypto_cipher_trial() - does a device really do what a row says?
 * @dev: the device
 * @row: the algorithm
 * @tails: set to whether it takes lengths that are not whole blocks
 *
 * The first cipher that works also shows which of the queues do.
 *
 * Context: process; waits for the device.
 * Return: 0 if it does; -EAGAIN if that is not known yet; -EBADMSG if its
 *	answers are wrong, or another error.
 */
int virtcrypto_cipher_trial(struct virtcrypto_device *dev,
			    const struct virtcrypto_cipher *row, bool *tails)
{
	struct virtcrypto_trial *trial;
	struct crypto_skcipher *soft;
	unsigned int i, len;
	int err;

	*tails = false;
	if (dev->deadly & BIT_ULL(row->algo))
		return -EOPNOTSUPP;
	soft = crypto_alloc_skcipher(row->name, 0, VIRTCRYPTO_FALLBACK_MASK);
	if (IS_ERR(soft))
		return PTR_ERR(soft);
	err = -ENOMEM;
	trial = kzalloc_obj(*trial, GFP_KERNEL);
	if (!trial)
		goto free_soft;

	for (i = 0; i < sizeof(trial->bytes); i++)
		trial->bytes[i] = i * 29 + 7;
	for (i = 0; i < sizeof(trial->in); i++)
		trial->in[i] = i * 37 + 11;
	for (i = 0; i < sizeof(trial->iv); i++)
		trial->iv[i] = i * 41 + 13;

	/* The longest key that both can take; without any there is no trial. */
	len = min_t(u32, row->max_key, dev->caps.max_cipher_key_len);
	err = -EOPNOTSUPP;
	if (len < row->min_key)
		goto free_trial;
	if (len < row->max_key)
		len = row->min_key;
	virtcrypto_key_init(&trial->key, VIRTCRYPTO_SERVICE_CIPHER, row->algo);
	trial->key.dev = dev;
	err = crypto_skcipher_setkey(soft, trial->bytes, len);
	if (err)
		goto free_trial;
	err = virtcrypto_key_set(&trial->key, trial->bytes, len, GFP_KERNEL);
	if (err)
		goto free_trial;

	err = virtcrypto_trial_row(dev, trial, soft, row, tails);
	virtcrypto_key_wipe(&trial->key);
free_trial:
	kfree_sensitive(trial);
free_soft:
	crypto_free_skcipher(soft);
	return virtcrypto_trial_undecided(err) ? -EAGAIN : err;
}
