// SPDX-License-Identifier: GPL-2.0
// Copyright (C) 2026 The virtio_crypto authors
/*
 * Who does a request: a device, or software, whichever is faster.
 */

/**
 * DOC: Choice
 *
 * For each algorithm and class of sizes the driver keeps two averages.
 * @software_ns is what the fallback takes for a request.  @device_ns is the
 * time from one answer of a device to the next while it is busy, or from a
 * request to its answer if it is the only one: with one request at a time that
 * is its latency, with many under way what each of them adds.  So the two say
 * which way more requests are done in the same time.
 *
 * If software was chosen, the device is tried again every
 * VIRTCRYPTO_CHOICE_PERIOD: for half a millisecond all requests go there, so
 * that as many are under way as the callers can have.  While that shows nothing
 * new the pauses grow, until one lasts a hundred times as long as what it
 * follows.  If a device was chosen, one
 * request goes to software now and then.  Where both are nearly equal, the
 * device does the work and leaves the CPU to others.
 */
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/percpu.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/time64.h>

#include "virtio_crypto_choice.h"
#include "virtio_crypto_compat.h"

/*
 * How often the device is tried, and the longest pause, to which it grows while
 * looks show nothing new.
 */
#define VIRTCRYPTO_CHOICE_PERIOD	(HZ / 20)
#define VIRTCRYPTO_CHOICE_PAUSE		(10 * HZ)
/* A look may take one part in so many of the time. */
#define VIRTCRYPTO_CHOICE_SHARE		100

/* How often software is measured while a device is chosen. */
#define VIRTCRYPTO_CHOICE_SOFTWARE	HZ

/* For how long a device is tried, and with how many requests. */
#define VIRTCRYPTO_CHOICE_TRY_NS	(500 * NSEC_PER_USEC)
#define VIRTCRYPTO_CHOICE_FIRST_TRIES	16
#define VIRTCRYPTO_CHOICE_MIN_TRIES	2U
#define VIRTCRYPTO_CHOICE_MAX_TRIES	512U

/* One in so many requests of software is timed. */
#define VIRTCRYPTO_CHOICE_SAMPLE	16

/* A measurement moves the average by one part in so many. */
#define VIRTCRYPTO_CHOICE_WEIGHT	8
/* A single one counts no more than so many times the average. */
#define VIRTCRYPTO_CHOICE_OUTLIER	4

static DEFINE_PER_CPU(unsigned int, virtcrypto_choice_count);

/**
 * virtcrypto_choice_alloc() - make an algorithm's choices
 * @kind: the algorithm's kind
 *
 * Context: process.
 * Return: VIRTCRYPTO_CHOICE_SIZES of them, for kfree(); or NULL.
 */
struct virtcrypto_choice *virtcrypto_choice_alloc(enum virtcrypto_kind kind)
{
	struct virtcrypto_choice *choices;
	unsigned int i;

	choices = kcalloc(VIRTCRYPTO_CHOICE_SIZES, sizeof(*choices), GFP_KERNEL);
	for (i = 0; choices && i < VIRTCRYPTO_CHOICE_SIZES; i++) {
		choices[i].kind = kind;
		choices[i].look_at = jiffies;
		spin_lock_init(&choices[i].lock);
	}
	return choices;
}

static void virtcrypto_choice_average(u32 *average, u64 ns, bool alone)
{
	u32 old = READ_ONCE(*average);
	s64 new = min_t(u64, ns, U32_MAX / VIRTCRYPTO_CHOICE_OUTLIER);

	if (old && !alone) {
		new = min_t(s64, new, (s64)old * VIRTCRYPTO_CHOICE_OUTLIER);
		new = old + div_s64(new - old, VIRTCRYPTO_CHOICE_WEIGHT);
	}
	WRITE_ONCE(*average, clamp_t(s64, new, 1, U32_MAX));
}

static void virtcrypto_choice_set(struct virtcrypto_choice *choice,
				  bool software)
{
	unsigned long pause = software ? VIRTCRYPTO_CHOICE_PERIOD :
					 VIRTCRYPTO_CHOICE_SOFTWARE;

	spin_lock_bh(&choice->lock);
	if (choice->software != software) {
		WRITE_ONCE(choice->software, software);
		WRITE_ONCE(choice->tries, 0);
		choice->looks = 0;
		WRITE_ONCE(choice->look_at, jiffies + pause);
	}
	spin_unlock_bh(&choice->lock);
}

static void virtcrypto_choice_decide(struct virtcrypto_choice *choice)
{
	u32 software = READ_ONCE(choice->software_ns);
	u32 device = READ_ONCE(choice->device_ns);

	if (!software || !device)
		return;
	if (READ_ONCE(choice->software)) {
		if (device < software)
			virtcrypto_choice_set(choice, false);
	} else if (device > software + software / 16) {
		virtcrypto_choice_set(choice, true);
	}
}

/**
 * virtcrypto_choice_samples() - is a request of software to be timed?
 * @choice: the choice
 *
 * Context: any.
 * Return: true if so.
 */
bool virtcrypto_choice_samples(const struct virtcrypto_choice *choice)
{
	return !READ_ONCE(choice->software) ||
	       !READ_ONCE(choice->software_ns) ||
	       this_cpu_inc_return(virtcrypto_choice_count) %
	       VIRTCRYPTO_CHOICE_SAMPLE == 0;
}

/**
 * virtcrypto_choice_software_took() - software has done a request
 * @choice: the choice
 * @ns: the time that it took
 *
 * Context: any but hard interrupts.
 */
void virtcrypto_choice_software_took(struct virtcrypto_choice *choice, u64 ns)
{
	virtcrypto_choice_average(&choice->software_ns, ns, false);
	virtcrypto_choice_decide(choice);
}

/**
 * virtcrypto_choice_device_took() - a device has done a request
 * @choice: the choice
 * @ns: the request's share of the time since the answer before
 *
 * Context: any but hard interrupts.
 */
void virtcrypto_choice_device_took(struct virtcrypto_choice *choice, u64 ns)
{
	bool fresh = READ_ONCE(choice->fresh);

	virtcrypto_choice_average(&choice->device_ns, ns, fresh);
	if (fresh)
		WRITE_ONCE(choice->fresh, false);
	virtcrypto_choice_decide(choice);
}

/*
 * How many requests show how fast a device is, without waiting for long?  What is
 * known of it may be its latency, and many requests take much less each.
 */
static unsigned int virtcrypto_choice_tries(const struct virtcrypto_choice *choice)
{
	u32 device = READ_ONCE(choice->device_ns);

	if (!device)
		return VIRTCRYPTO_CHOICE_FIRST_TRIES;
	return clamp_t(u32, 8 * VIRTCRYPTO_CHOICE_TRY_NS / device,
		       VIRTCRYPTO_CHOICE_MIN_TRIES, VIRTCRYPTO_CHOICE_MAX_TRIES);
}

/* How long is the pause after a look that has cost @ns? */
static unsigned long virtcrypto_choice_rest(u64 ns, unsigned long shortest,
					    unsigned long longest)
{
	unsigned long pause = nsecs_to_jiffies(ns * VIRTCRYPTO_CHOICE_SHARE);

	return clamp(pause, shortest, longest);
}

/* One more request goes to a device that is tried. */
static void virtcrypto_choice_try(struct virtcrypto_choice *choice)
{
	u64 now = ktime_get_ns(), cost;
	unsigned long pause, longest;
	u32 device;

	lockdep_assert_held(&choice->lock);

	if (!choice->tries) {
		WRITE_ONCE(choice->tries, virtcrypto_choice_tries(choice));
		WRITE_ONCE(choice->fresh, true);
		choice->tried = 0;
		choice->tries_began = now;
	}
	WRITE_ONCE(choice->tries, choice->tries - 1);
	choice->tried++;
	if (choice->tries &&
	    now - choice->tries_began < VIRTCRYPTO_CHOICE_TRY_NS)
		return;
	WRITE_ONCE(choice->tries, 0);
	device = READ_ONCE(choice->device_ns);
	/* Requests may have been sent faster than they are answered. */
	cost = max_t(u64, now - choice->tries_began,
		     (u64)choice->tried * device);
	longest = VIRTCRYPTO_CHOICE_PERIOD << choice->looks;
	if (!choice->former_ns ||
	    device < choice->former_ns - choice->former_ns / 4) {
		/* More requests show how much faster it has become. */
		pause = 1;
		choice->looks = 0;
	} else {
		/* Others may have taken the CPU from it during a few looks. */
		pause = virtcrypto_choice_rest(cost, VIRTCRYPTO_CHOICE_PERIOD,
					       longest);
		if (longest < VIRTCRYPTO_CHOICE_PAUSE)
			choice->looks++;
	}
	choice->former_ns = device;
	WRITE_ONCE(choice->look_at, jiffies + pause);
}

/**
 * virtcrypto_choice_look() - is it time to look at the other side?
 * @choice: the choice
 *
 * Context: any but hard interrupts.
 * Return: true if software is to do this request.
 */
bool virtcrypto_choice_look(struct virtcrypto_choice *choice)
{
	bool software;

	spin_lock_bh(&choice->lock);
	software = choice->software;
	if (!choice->tries && time_before(jiffies, choice->look_at)) {
		/* Somebody else has looked. */
	} else if (!choice->software_ns) {
		/* The first request of all. */
		WRITE_ONCE(choice->software, true);
		software = true;
	} else if (!software) {
		/* This request only. */
		WRITE_ONCE(choice->look_at, jiffies +
			   virtcrypto_choice_rest(choice->software_ns,
						  VIRTCRYPTO_CHOICE_SOFTWARE,
						  VIRTCRYPTO_CHOICE_PAUSE));
		software = true;
	} else {
		virtcrypto_choice_try(choice);
		software = false;
	}
	spin_unlock_bh(&choice->lock);
	return software;
}

/**
 * virtcrypto_choice_show() - print a choice
 * @m: where to
 * @name: the algorithm
 * @choices: its choices
 * @size: which of them; nothing is printed if it was never made
 */
void virtcrypto_choice_show(struct seq_file *m, const char *name,
			    const struct virtcrypto_choice *choices,
			    unsigned int size)
{
	const struct virtcrypto_choice *choice = &choices[size];

	if (!READ_ONCE(choice->software_ns))
		return;
	seq_printf(m, "%s bytes=%u%s choice=%s software_ns=%u device_ns=%u\n",
		   name, 1U << (size + VIRTCRYPTO_CHOICE_SHIFT),
		   size == VIRTCRYPTO_CHOICE_SIZES - 1 ? "+" : "",
		   READ_ONCE(choice->software) ? "software" : "device",
		   READ_ONCE(choice->software_ns), READ_ONCE(choice->device_ns));
}
