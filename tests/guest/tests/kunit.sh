#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The virtio_crypto authors
# run: --kernel uml-debug --smp 2 --module kunit --no-load --device none --timeout 400
# quick: --kernel uml-lean --module kunit --no-load --device none --timeout 200
#
# The KUnit suites of tests/kunit, run by loading the module that has them; the results are
# in the kernel's log, as KTAP.

. /lib/guest.sh

need aes ecb cbc ctr xts des_generic
# the suites run while the module is loaded, which takes longer than tasks should be blocked
[ ! -e /proc/sys/kernel/hung_task_timeout_secs ] ||
	echo 0 >/proc/sys/kernel/hung_task_timeout_secs
# tells nothing of how the suites went
modprobe virtio_crypto
results() { cat /sys/kernel/debug/kunit/virtio_crypto_*/results; }
results
at_least "suites" "$(results | grep -cE '^(not )?ok ')" 5
equal "suites that failed" "$(results | grep -c '^not ok')" 0
at_least "cases" "$(results | grep -cE '^ +ok ')" 110
equal "cases that failed" "$(results | grep -cE '^ +not ok')" 0
unload_driver

# Loading with each of its own steps failing; afterwards, it loads.  No suite is run.
echo none >/sys/module/kunit/parameters/filter_glob
n=1
until modprobe virtio_crypto fail_nth=$n 2>/dev/null; do
	n=$((n + 1))
	[ $n -lt 100 ] || fail "loading still fails at step $n"
done
at_least "steps of loading that can fail" $((n - 1)) 13
unload_driver
[ ! -e /sys/kernel/debug/kmemleak ] || {
	# twice: what was just freed may be seen once
	echo scan >/sys/kernel/debug/kmemleak
	echo scan >/sys/kernel/debug/kmemleak
	equal "memory that leaked" "$(grep -c 'virtcrypto\|vck_' /sys/kernel/debug/kmemleak)" 0
}
