/* SPDX-License-Identifier: GPL-2.0 */
/* Copyright (C) 2026 The virtio_crypto authors */
/*
 * Who does a request: a device, or software, whichever is faster.
 */
#ifndef VIRTIO_CRYPTO_CHOICE_H
#define VIRTIO_CRYPTO_CHOICE_H

#include <linux/bitops.h>
#include <linux/jiffies.h>
#include <linux/minmax.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#include "virtio_crypto_params.h"

struct seq_file;

/* Classes of sizes: up to 64 bytes, 128 and so on to 32 KiB, and more. */
#define VIRTCRYPTO_CHOICE_SIZES		11
#define VIRTCRYPTO_CHOICE_SHIFT		6

/**
 * struct virtcrypto_choice - the choice for one algorithm and class of sizes
 * @kind: of the algorithm
 * @software: software is chosen
 * @fresh: the next measurement of a device counts alone
 * @software_ns: what software takes for a request
 * @device_ns: what a device takes for one, with as many under way as there are
 * @look_at: jiffies when to look at the other side
 * @tries: requests that are still to go to a device to see how fast it is
 * @tried: requests that went there for that
 * @looks: that have shown nothing new, in a row
 * @former_ns: what a device took when it was tried before
 * @tries_began: nanoseconds when the first did
 * @lock: serializes those who change the choice
 *
 * The two times are written by anybody and without a lock, as an error of one
 * request does not matter.
 */
struct virtcrypto_choice {
	u8 kind;
	bool software;
	bool fresh;
	u32 software_ns;
	u32 device_ns;
	unsigned long look_at;
	unsigned int tries;
	unsigned int tried;
	unsigned int looks;
	u32 former_ns;
	u64 tries_began;
	spinlock_t lock;		/* see above */
};

struct virtcrypto_choice *virtcrypto_choice_alloc(enum virtcrypto_kind kind);
bool virtcrypto_choice_look(struct virtcrypto_choice *choice);
bool virtcrypto_choice_samples(const struct virtcrypto_choice *choice);
void virtcrypto_choice_software_took(struct virtcrypto_choice *choice, u64 ns);
void virtcrypto_choice_device_took(struct virtcrypto_choice *choice, u64 ns);
void virtcrypto_choice_show(struct seq_file *m, const char *name,
			    const struct virtcrypto_choice *choices,
			    unsigned int size);

/**
 * virtcrypto_choice_of() - the choice for a request
 * @choices: the algorithm's, or NULL if there is none to be made
 * @len: bytes of source
 *
 * Return: the choice, or NULL if a device is to do it.
 */
static inline struct virtcrypto_choice *
virtcrypto_choice_of(struct virtcrypto_choice *choices, unsigned int len)
{
	unsigned int size;

	if (!choices || !READ_ONCE(virtcrypto_fastest[choices->kind]))
		return NULL;
	size = fls((len - !!len) >> VIRTCRYPTO_CHOICE_SHIFT);
	return &choices[min(size, VIRTCRYPTO_CHOICE_SIZES - 1U)];
}

/**
 * virtcrypto_choice_is_software() - is software to do a request?
 * @choice: the choice, or NULL
 *
 * Context: any but hard interrupts.
 * Return: true if it is expected to be faster, or to be measured.
 */
static inline bool virtcrypto_choice_is_software(struct virtcrypto_choice *choice)
{
	if (!choice)
		return false;
	if (!READ_ONCE(choice->tries) &&
	    time_before(jiffies, READ_ONCE(choice->look_at)))
		return READ_ONCE(choice->software);
	return virtcrypto_choice_look(choice);
}

#endif /* VIRTIO_CRYPTO_CHOICE_H */
