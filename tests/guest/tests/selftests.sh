#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The virtio_crypto authors
# run: --kernel uml-debug --smp 2 --queues 2 --no-load --device "reference:--stateless cipher,hash,mac,aead,akcipher" --timeout 400
#
# The kernel's full self-tests of all algorithms: vectors in many layouts, and random input
# compared with software, with KASAN, lockdep and kmemleak enabled; in stateless mode, with
# revision 1, and in the legacy format.  (In this order, because the transport of User-Mode
# Linux never again offers a feature that a driver has declined.)

. /lib/guest.sh

fuzz=/sys/module/cryptomgr/parameters/fuzz_iterations

# do not run KUnit suites that the module may contain; they are another test
[ ! -e /sys/module/kunit ] || echo none >/sys/module/kunit/parameters/filter_glob
# loading waits for the first trials, and these wait for self-tests of software
echo 0 >/proc/sys/kernel/hung_task_timeout_secs
# Open the port while an interrupt is still available for it.
equal "requirements that the driver broke" "$(vcdev violations)" 0

# The fallback is not under test here, so its self-tests are short.
modprobe virtio_crypto session_mode=stateless
wait_for 100 all_registered || fail "not all algorithms are registered"
unload_driver
echo 100 >$fuzz

for params in session_mode=stateless revision_1=1 ''; do
	what=${params:-legacy}
	# shellcheck disable=SC2086 # none or one
	modprobe virtio_crypto $params
	wait_for 200 all_registered || fail "$what: not all algorithms are registered"
	pass "$what: $(registered) algorithms registered"
	equal "$what: self-tests that did not pass" "$(not_passed)" ''
	at_least "$what: requests that the device did" "$(alg_sum offloaded)" 50000
	equal "$what: requests that the device failed at" "$(alg_sum 'fb_error|fb_lost|eio')" 0
	case $params in
	*=stateless) equal "$what: sessions" "$(stat_of sessions_created)" 0 ;;
	*) at_least "$what: sessions" "$(stat_of sessions_created)" 300 ;;
	esac
	unload_driver
done

equal "requirements that the driver broke" "$(vcdev violations)" 0
# twice, because the first scan may report memory that was just freed
echo scan >/sys/kernel/debug/kmemleak
echo scan >/sys/kernel/debug/kmemleak
equal "memory that leaked" "$(grep -c 'virtcrypto' /sys/kernel/debug/kmemleak)" 0
