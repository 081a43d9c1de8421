// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The virtio_crypto authors
 *
 * vctest - uses a skcipher of any driver in ways that no client does, and
 * compares with software.
 *
 *   insmod vctest.ko test=shapes alg=cbc-aes-virtio
 *
 * runs one test. Loading succeeds if it passed: the module then stays loaded
 * until rmmod. Loading fails with an error if the test failed. The log has KTAP
 * lines. See README.md.
 */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/cpumask.h>
#include <linux/debugfs.h>
#include <linux/module.h>
#include <linux/random.h>
#include <linux/rcupdate.h>
#include <linux/seq_file.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "vctest.h"

struct vct_params vct = {
	.depth = 4096,
	.limit = 524280,
	.frags = 1,
	.secs = 5,
	.timeout = 60,
};

module_param_named(test, vct.test, charp, 0444);
MODULE_PARM_DESC(test, "which test to run");
module_param_named(alg, vct.alg, charp, 0444);
MODULE_PARM_DESC(alg, "transform to test, by driver or algorithm name");
module_param_named(ref, vct.ref, charp, 0444);
MODULE_PARM_DESC(ref, "algorithm of the software reference (default: what alg implements)");
module_param_named(fill, vct.fill, charp, 0444);
MODULE_PARM_DESC(fill, "skcipher whose requests, which may wait, fill the queue");
module_param_named(seed, vct.seed, ulong, 0444);
MODULE_PARM_DESC(seed, "seed of all that is random (default: a new one)");
module_param_named(loops, vct.loops, uint, 0444);
MODULE_PARM_DESC(loops, "rounds of a test (default: by test)");
module_param_named(count, vct.count, uint, 0444);
MODULE_PARM_DESC(count, "transforms or requests (default: by test)");
module_param_named(depth, vct.depth, uint, 0444);
MODULE_PARM_DESC(depth, "requests in flight");
module_param_named(len, vct.len, uint, 0444);
MODULE_PARM_DESC(len, "bytes per request (default: random, for speed 4096)");
module_param_named(keylen, vct.keylen, uint, 0444);
MODULE_PARM_DESC(keylen, "bytes of a key (default: all valid lengths)");
module_param_named(limit, vct.limit, uint, 0444);
MODULE_PARM_DESC(limit, "longest request that the device takes");
module_param_named(frags, vct.frags, uint, 0444);
MODULE_PARM_DESC(frags, "sizes: fragments of source and destination");
module_param_named(secs, vct.secs, uint, 0444);
MODULE_PARM_DESC(secs, "seconds of load");
module_param_named(threads, vct.threads, uint, 0444);
MODULE_PARM_DESC(threads, "threads (default: one per online CPU, at least 2)");
module_param_named(timeout, vct.timeout, uint, 0444);
MODULE_PARM_DESC(timeout, "seconds after which a request counts as lost");
module_param_named(backlog, vct.backlog, uint, 0444);
MODULE_PARM_DESC(backlog, "order: none (0), all (1), or every other request (2) may wait");
module_param_named(pace, vct.pace, uint, 0444);
MODULE_PARM_DESC(pace, "order: microseconds from one request to the next (0: none)");
module_param_named(empty, vct.empty, uint, 0444);
MODULE_PARM_DESC(empty, "order: every so manieth request has no text");
module_param_named(allow_eio, vct.allow_eio, bool, 0444);
MODULE_PARM_DESC(allow_eio, "in-place requests may fail with -EIO");
module_param_named(need_full, vct.need_full, bool, 0444);
MODULE_PARM_DESC(need_full, "ring: fail if no queue was ever full");

static bool running_bg;
static char verdict[128] = "not run";
static struct dentry *debugfs_dir;

static const struct {
	const char *name;
	int (*run)(struct rnd_state *rng);
} tests[] = {
	{ "shapes", vct_test_shapes },
	{ "sizes", vct_test_sizes },
	{ "ring", vct_test_ring },
	{ "many", vct_test_many },
	{ "setkey", vct_test_setkey },
	{ "rekey", vct_test_rekey },
	{ "rekey_race", vct_test_rekey_race },
	{ "atomic", vct_test_atomic },
	{ "starve", vct_test_starve },
	{ "order", vct_test_order },
	{ "load", vct_test_load },
	{ "load_bg", vct_load_bg_start },
	{ "speed", vct_test_speed },
};

static void set_verdict(int err)
{
	if (err)
		snprintf(verdict, sizeof(verdict), "not ok %s %s (%d)",
			 vct.test, vct.alg, err);
	else
		snprintf(verdict, sizeof(verdict), "ok %s %s", vct.test, vct.alg);
	pr_info("1..%u\n", vct_nr_results());
	pr_info("%s\n", verdict);
}

static int result_show(struct seq_file *s, void *unused)
{
	seq_printf(s, "%s\n", running_bg ? "running" : verdict);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(result);

/* Waits for the last request; then the file result has the result. */
static void stop_bg(void)
{
	static DEFINE_MUTEX(lock);

	mutex_lock(&lock);
	if (running_bg) {
		set_verdict(vct_load_bg_stop());
		running_bg = false;
	}
	mutex_unlock(&lock);
}

static ssize_t control_write(struct file *file, const char __user *buf,
			     size_t count, loff_t *pos)
{
	char word[8] = "";

	if (copy_from_user(word, buf, min(count, sizeof(word) - 1)))
		return -EFAULT;
	if (strcmp(strim(word), "stop"))
		return -EINVAL;
	stop_bg();
	return count;
}

static const struct file_operations control_fops = {
	.owner = THIS_MODULE,
	.write = control_write,
};

static int run_test(void)
{
	struct rnd_state rng;
	unsigned int i;

	if (!vct.seed)
		vct.seed = get_random_u32();
	if (!vct.threads)
		vct.threads = max(2U, num_online_cpus());
	vct_rnd_init(&rng, 0);

	for (i = 0; i < ARRAY_SIZE(tests); i++) {
		if (strcmp(tests[i].name, vct.test))
			continue;
		pr_info("KTAP version 1\n");
		vct_note("test=%s alg=%s seed=%lu", vct.test, vct.alg, vct.seed);
		return tests[i].run(&rng);
	}
	pr_err("no test %s\n", vct.test);
	return -EINVAL;
}

static int __init vctest_init(void)
{
	int err;

	if (!vct.test || !vct.alg || !vct.timeout) {
		pr_err("test= and alg= are needed\n");
		return -EINVAL;
	}

	err = run_test();
	if (!strcmp(vct.test, "load_bg") && !err)
		running_bg = true;
	else
		set_verdict(err);
	if (err) {
		/* Callbacks that were running when a request was given up. */
		synchronize_rcu();
		/* insmod would explain -ENOENT as an unknown symbol. */
		return err == -ENOENT ? -ENODEV : err;
	}

	debugfs_dir = debugfs_create_dir("vctest", NULL);
	debugfs_create_file("result", 0444, debugfs_dir, NULL, &result_fops);
	debugfs_create_file("control", 0200, debugfs_dir, NULL, &control_fops);
	return 0;
}
module_init(vctest_init);

static void __exit vctest_exit(void)
{
	stop_bg();
	debugfs_remove(debugfs_dir);
	synchronize_rcu();
}
module_exit(vctest_exit);

MODULE_DESCRIPTION("Tests of a skcipher driver against software");
MODULE_LICENSE("GPL");
