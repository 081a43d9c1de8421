#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The virtio_crypto authors
# run: --kernel uml-debug --smp 2 --module kunit --no-load --device none --timeout 400
# quick: --kernel uml-lean --module kunit --no-load --device none --timeout 200
#
# The KUnit suites of tests/kunit.  They run when their module is loaded; the results are in
# the kernel's log, as KTAP.

. /lib/guest.sh

need aes ecb cbc ctr xts des_generic
# the suites run while the module is being loaded, longer than the hung-task timeout
[ ! -e /proc/sys/kernel/hung_task_timeout_secs ] ||
	echo 0 >/proc/sys/kernel/hung_task_timeout_secs
# its exit status says nothing about the suites
modprobe virtio_crypto
results() { cat /sys/kernel/debug/kunit/virtio_crypto_*/results; }
results
at_least "suites" "$(results | grep -cE '^(not )?ok ')" 5
equal "suites that failed" "$(results | grep -c '^not ok')" 0
at_least "cases" "$(results | grep -cE '^ +ok ')" 110
equal "cases that failed" "$(results | grep -cE '^ +not ok')" 0
unload_driver

# Loading, with each of its steps failing once; afterwards, it succeeds.  No suite runs.
echo none >/sys/module/kunit/parameters/filter_glob
n=1
until modprobe virtio_crypto fail_nth=$n 2>/dev/null; do
	n=$((n + 1))
	[ $n -lt 100 ] || fail "loading still fails at step $n"
done
at_least "steps of loading that can fail" $((n - 1)) 13
unload_driver
[ ! -e /sys/kernel/debug/kmemleak ] || {
	# twice, because the first scan may report memory that was just freed
	echo scan >/sys/kernel/debug/kmemleak
	echo scan >/sys/kernel/debug/kmemleak
	equal "memory that leaked" "$(grep -c 'virtcrypto\|vck_' /sys/kernel/debug/kmemleak)" 0
}
