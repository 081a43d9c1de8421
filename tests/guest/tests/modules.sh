#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The virtio_crypto authors
# run: --no-load --kernel 6.1,6.12,7 --qemu 11 --timeout 300
# run: --no-load --kernel 6.1,7 --qemu 7.2 --timeout 300
#
# Loading and unloading the module.  Parameters: each of them is described, bad values are
# refused, and priorities reach the crypto API.  Registration: with QEMU's device, cbc(aes)
# only, which passes its self-tests on the device, and nothing that the device does not
# advertise, or advertises and does not do.  QEMU 7.2's device also does RSA with PKCS#1,
# which is registered if the kernel has a name for it.  Repetition: loading and unloading
# many times leaves no algorithm, no memory, and no session at the device, which has 256.

. /lib/guest.sh

# registered - the names of our drivers in the crypto API
registered() { awk '$1 == "driver" && $3 ~ /-virtio$/ { print $3 }' /proc/crypto; }

# memory - kB in use, without memory that the kernel can reclaim
memory() {
	echo 3 >/proc/sys/vm/drop_caches
	echo 1 >/proc/sys/vm/compact_memory	# frees the lists of the CPUs
	awk '/^(MemFree|SReclaimable|Cached|Buffers):/ { free += $2 }
		/^MemTotal:/ { total = $2 } END { print total - free }' /proc/meminfo
}

#
# Parameters
#
params="timeout queue_limit notify_batch poll_us choice cipher_priority ctr_priority aead_priority
	chain_priority hash_priority akcipher_priority session_mode revision_1
	indirect_desc split_header try_unadvertised vhost_user"
# shellcheck disable=SC2086 # words
equal "parameters" "$(modinfo -F parm virtio_crypto | sed 's/:.*//' | sort | xargs)" \
	"$(printf '%s\n' $params | sort | xargs)"
for p in $params; do
	check "$p is described" sh -c "modinfo -p virtio_crypto | grep -q '^$p:[A-Z].*default'"
done
for bad in timeout=0 timeout=3601 timeout=-1 queue_limit=0 queue_limit=1048577 \
	notify_batch=0 notify_batch=1025 notify_batch=many poll_us=1001 poll_us=-1 \
	choice=never choice=x:device cipher_priority=100001 ctr_priority=-1 \
	aead_priority=x chain_priority=100001 hash_priority=100001 \
	akcipher_priority=100001 session_mode=never session_mode= revision_1=2 \
	indirect_desc=2 split_header=x try_unadvertised=maybe vhost_user=maybe; do
	check_fails "$bad is refused" modprobe -q virtio_crypto "$bad"
done

MODPARAMS='cipher_priority=777 timeout=7 notify_batch=1' load_driver
equal "priority" "$(proc_crypto cbc-aes-virtio priority)" 777
p=/sys/module/virtio_crypto/parameters
equal "timeout" "$(cat $p/timeout)" 7
check "timeout can be changed" sh -c "echo 9 >$p/timeout"
check_fails "timeout 0 is refused at run time, too" sh -c "echo 0 >$p/timeout" 2>/dev/null
equal "timeout" "$(cat $p/timeout)" 9
unload_driver

#
# What is registered by default
#
load_driver
want=$({ echo cbc-aes-virtio && qemu_signatures; } | xargs)
# shellcheck disable=SC2086 # words
set -- $want
wait_for 10 selftests_done $# || fail "not all algorithms are registered"
equal "registered" "$(registered | sort | xargs)" "$want"
equal "default mode" "$(cat /sys/module/virtio_crypto/parameters/session_mode)" sessions
equal "self-test" "$(proc_crypto cbc-aes-virtio selftest)" passed
equal "module" "$(proc_crypto cbc-aes-virtio module)" virtio_crypto
at_least "offloaded by the self-tests" "$(alg_stat cbc-aes-virtio offloaded)" 50
equal "done by the fallback" "$(by_software)" 0
equal "state" "$(stat_of state)" ready
unload_driver
equal "registered afterwards" "$(registered)" ""

#
# 100 times, and 40 times with the older QEMU.  Every tenth time, the self-tests are awaited;
# otherwise the module is unloaded as soon as the crypto API allows it.
#
i=0
again() { # N - repeats until the Nth time
	while [ $i -lt "$1" ]; do
		i=$((i + 1))
		if [ $((i % 10)) = 0 ]; then
			load_driver || fail "load $i"
		else
			modprobe virtio_crypto || fail "load $i"
		fi
		unload_driver
	done
}
# The kernel frees some memory late, on 6.12 megabytes at once: if the amount in use was
# once as low as at the beginning, nothing has leaked.
case $QEMU in
7.2) times=40 ;;
*) times=100 ;;
esac
again 20
before=$(memory)
again $times
pass "loaded and unloaded $i times"
while after=$(memory) && [ "$after" -gt $((before + 10 * (i - 20))) ] && [ $i -lt 500 ]; do
	again $((i + 10))
done
say "memory in use: $before kB after 20 times, $after kB after $i"
at_least "kB below a growth of 10 kB each time" $((before + 10 * (i - 20) - after)) 0
equal "registered afterwards" "$(registered)" ""
check "no device is bound" [ -z "$(virtio_of)" ]

# If sessions had been left at the device, it would refuse new ones now.
load_driver
equal "self-test, in the end" "$(proc_crypto cbc-aes-virtio selftest)" passed
equal "sessions refused" "$(stat_of sessions_failed)" 0
