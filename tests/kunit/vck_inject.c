// SPDX-License-Identifier: GPL-2.0
// Copyright (C) 2026 The virtio_crypto authors
/*
 * Makes what the driver calls fail.  The linker's --wrap (see Kbuild) has the module call
 * the __wrap_ functions here, which ask vck_fails() and then call the real ones.
 *
 * vck_fail() has one kind of call fail for a while, vck_fail_nth() the nth of any: a test
 * that counts n up until nothing failed any more has been at every step.  The module
 * parameter "fail_nth" does that to the loading of the module itself.
 *
 * That goes for the whole module, the tests too: they make what they need before.
 */
#include <linux/module.h>
#include <linux/spinlock.h>

#include "vck.h"

static DEFINE_SPINLOCK(vck_inject_lock);

/* Guarded by the lock. */
static struct {
	unsigned int skip;
	unsigned int times;
	int err;
} vck_points[VCK_NR_POINTS];

static unsigned int vck_nth;
static unsigned int vck_failed;

static unsigned int vck_load_nth;
module_param_named(fail_nth, vck_load_nth, uint, 0444);
MODULE_PARM_DESC(fail_nth, "The nth call that can fail does so while the module is loaded");
static bool vck_loaded;

/* Called once, by the next allocation. */
void (*vck_alloc_hook)(void);

static const int vck_default_err[VCK_NR_POINTS] = {
	[VCK_ALLOC] = -ENOMEM,
	[VCK_ADD] = -ENOMEM,
	[VCK_SOFT] = -ENOENT,
	[VCK_REGISTER] = -ENOMEM,
};

/* 0, or the error that the call is to return */
static int vck_fails(enum vck_point point)
{
	void (*hook)(void) = NULL;
	unsigned long flags;
	int err = 0;

	spin_lock_irqsave(&vck_inject_lock, flags);
	if (point == VCK_ALLOC)
		swap(hook, vck_alloc_hook);
	if (!vck_loaded) {
		vck_loaded = true;
		vck_nth = vck_load_nth;
	}
	if (vck_nth && !--vck_nth)
		err = vck_default_err[point];
	if (vck_points[point].skip) {
		vck_points[point].skip--;
	} else if (vck_points[point].times) {
		vck_points[point].times--;
		err = vck_points[point].err;
	}
	if (err)
		vck_failed++;
	spin_unlock_irqrestore(&vck_inject_lock, flags);
	if (hook)
		hook();
	return err;
}

/**
 * vck_fail() - have calls of one kind fail
 * @point: the kind
 * @skip: so many that succeed before
 * @times: so many that fail
 * @err: what they return; memory is NULL whatever it says
 */
void vck_fail(enum vck_point point, unsigned int skip, unsigned int times, int err)
{
	spin_lock_irq(&vck_inject_lock);
	vck_points[point].skip = skip;
	vck_points[point].times = times;
	vck_points[point].err = err;
	vck_failed = 0;
	spin_unlock_irq(&vck_inject_lock);
}

/**
 * vck_fail_nth() - have one call fail, of any kind
 * @n: which, from 1 on
 */
void vck_fail_nth(unsigned int n)
{
	spin_lock_irq(&vck_inject_lock);
	vck_nth = n;
	vck_failed = 0;
	spin_unlock_irq(&vck_inject_lock);
}

/**
 * vck_fail_end() - nothing fails any more
 *
 * Return: how many calls have failed since vck_fail() or vck_fail_nth().
 */
unsigned int vck_fail_end(void)
{
	unsigned int n;

	spin_lock_irq(&vck_inject_lock);
	n = vck_failed;
	vck_nth = 0;
	memset(vck_points, 0, sizeof(vck_points));
	spin_unlock_irq(&vck_inject_lock);
	return n;
}

/*
 * The arguments are passed on in the registers that they came in, because the
 * prototypes of the wrapped functions differ between kernels.
 */
#define VCK_WRAP(point, name, failure)						\
	unsigned long __wrap_##name(unsigned long a, unsigned long b,		\
				    unsigned long c, unsigned long d,		\
				    unsigned long e, unsigned long f)		\
	{									\
		long err = vck_fails(point);					\
										\
		return err ? (failure) : __real_##name(a, b, c, d, e, f);	\
	}

VCK_WRAPPED(VCK_WRAP)
