// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The virtio_crypto authors
 *
 * vctestmgr - the kernel's own crypto/testmgr.c, in full, as a module.
 *
 * Debian's kernels have the self-tests that run at registration, but not the
 * fuzzing against the generic implementation. This module is the unchanged file
 * of the same kernel, compiled with the fuzzing enabled. It tests one driver when
 * it is loaded:
 *
 *   insmod vctestmgr.ko driver=cbc-aes-virtio alg='cbc(aes)' fuzz_iterations=100
 *
 * It has the file's own parameters, too (fuzz_iterations, noextratests or
 * noslowtests). Loading fails with alg_test()'s error. A test that would test
 * nothing (no such driver, no vectors, no generic implementation to compare
 * with) also fails, although alg_test() itself returns 0.
 */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

/* Options for the full tests: their names in 6.1 and 6.12, then in 7.x. */
#define CONFIG_CRYPTO_MANAGER_EXTRA_TESTS 1
#undef CONFIG_CRYPTO_MANAGER_DISABLE_TESTS
#ifndef CONFIG_CRYPTO_SELFTESTS
#define CONFIG_CRYPTO_SELFTESTS 1
#endif
#define CONFIG_CRYPTO_SELFTESTS_FULL 1

#include <linux/module.h>
#include <linux/percpu.h>
#include <crypto/internal/simd.h>

/*
 * A kernel without the full tests does not have this switch. Ours only affects
 * the code of this module, so requests "without SIMD" are ordinary ones.
 */
#define crypto_simd_disabled_for_test vctestmgr_simd_disabled
DECLARE_PER_CPU(bool, crypto_simd_disabled_for_test);
DEFINE_PER_CPU(bool, crypto_simd_disabled_for_test);

/* This is not the kernel's alg_test(), and it is not exported. */
#define alg_test vctestmgr_alg_test
#undef EXPORT_SYMBOL_GPL
#define EXPORT_SYMBOL_GPL(sym)

/*
 * The return value reports a failed test. With a backtrace, a test that expects
 * a failure would look like a kernel bug. WARN_ON() stays.
 */
#undef WARN
#define WARN(condition, fmt, ...) ({				\
	bool __failed = !!(condition);				\
								\
	if (__failed)						\
		pr_err(fmt "\n", ##__VA_ARGS__);		\
	__failed;						\
})

#include "testmgr.c"

static char *driver;
module_param(driver, charp, 0444);
MODULE_PARM_DESC(driver, "driver name of the implementation to test");

static char *alg;
module_param(alg, charp, 0444);
MODULE_PARM_DESC(alg, "algorithm whose test vectors to use");

static uint type;
module_param(type, uint, 0444);
MODULE_PARM_DESC(type, "crypto type for the lookup (0: any)");

static uint mask;
module_param(mask, uint, 0444);
MODULE_PARM_DESC(mask, "crypto mask for the lookup");

static bool generic = true;
module_param(generic, bool, 0444);
MODULE_PARM_DESC(generic, "fail if the generic implementation is not there to compare with");

/* Tests of these types compare with the generic implementation. */
static bool compares_with_generic(const struct alg_test_desc *desc)
{
	return desc->test == alg_test_skcipher || desc->test == alg_test_aead ||
	       desc->test == alg_test_hash;
}

/* Templates such as essiv are instantiated only for a given type and mask. */
static bool has_generic(const struct alg_test_desc *desc, const char *name)
{
	if (desc->test == alg_test_skcipher)
		return crypto_has_skcipher(name, 0, 0);
	if (desc->test == alg_test_aead)
		return crypto_has_alg(name, CRYPTO_ALG_TYPE_AEAD,
				      CRYPTO_ALG_TYPE_MASK);
	return crypto_has_alg(name, 0, 0);
}

/* Whether alg_test() would test anything; if not, print what is missing. */
static int check_testable(void)
{
	char name[CRYPTO_MAX_ALG_NAME];
	const struct alg_test_desc *desc;
	const char *generic_driver;
	int i, err;

	if (!driver || !alg) {
		pr_err("driver= and alg= are needed\n");
		return -EINVAL;
	}

	i = alg_find_test(alg);
	if (i < 0 || alg_test_descs[i].test == alg_test_null) {
		pr_err("testmgr has no vectors for %s\n", alg);
		return -ENODATA;
	}
	desc = &alg_test_descs[i];

	if (!crypto_has_alg(driver, type, mask)) {
		pr_err("no driver %s\n", driver);
		return -ENODEV;
	}

	if (!generic || !compares_with_generic(desc))
		return 0;

	generic_driver = desc->generic_driver;
	if (!generic_driver) {
		err = build_generic_driver_name(alg, name);
		if (err)
			return err;
		generic_driver = name;
	}
	if (!has_generic(desc, generic_driver)) {
		pr_err("no %s to compare %s with\n", generic_driver, driver);
		return -ENODATA;
	}
	return 0;
}

static int __init vctestmgr_init(void)
{
	ktime_t start = ktime_get();
	int err;

	err = check_testable();
	if (!err)
		err = alg_test(driver, alg, type, mask);

	pr_info("%s %s as %s: %d, %lld ms\n", err ? "not ok" : "ok",
		driver ?: "?", alg ?: "?", err, ktime_ms_delta(ktime_get(), start));
	return err;
}
module_init(vctestmgr_init);

static void __exit vctestmgr_exit(void)
{
}
module_exit(vctestmgr_exit);

MODULE_DESCRIPTION("The kernel's full crypto self-tests for one driver");
MODULE_LICENSE("GPL");
