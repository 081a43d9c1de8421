#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The virtio_crypto authors
# run: --kernel 6.1,6.12,7 --qemu 11 --timeout 300
# files: vctest.ko
#
# A slow or stalled device, by throttling QEMU's backend (7.2 cannot do that).  Slow:
# unbinding it, or removing the module during its trial, waits a limited time for the
# requests at the device, and all of them complete.  Stalled: the driver declares the device
# failed, the fallback does the requests, and the driver uses the device again when it has
# recovered; until then, attempts become rarer, and the module can still be unloaded.
#
# QEMU keeps throttled requests when the device is reset: once released, they write to the
# addresses that they were given.  The stalled device is therefore released only while the
# memory of its requests still exists (vctest's speed, which never works in place), and
# before the next attempt; at the end, it is never released.

. /lib/guest.sh

dev=virtio0
driver=/sys/bus/virtio/drivers/virtio_crypto

throttle() { # ops|bps N; 0 ends it
	qmp "{\"execute\":\"qom-set\",\"arguments\":{\"path\":\"/objects/cd0\",\"property\":\"throttle-$1\",\"value\":$2}}" >/tmp/qmp ||
		fail "throttle-$1: $(cat /tmp/qmp)"
}
busy() { [ "$(stat_of dataq0_inflight)" -gt "$1" ]; }
state_is() { [ "$(stat_of state 2>/dev/null)" = "$1" ]; }
rose() { [ "$(stat_of completed)" -ge "$1" ]; }
software_rose() { [ "$(by_software)" -ge "$1" ]; }
failed_times() { [ "$(stat_of failures)" -ge "$1" ]; }
now() { cut -d. -f1 /proc/uptime; }
# within SECONDS MSG COMMAND... - COMMAND succeeds within that time
within() {
	local seconds=$1 msg=$2 begun
	shift 2
	begun=$(now)
	check "$msg" "$@"
	at_least "$msg: seconds left of $seconds" $((begun + seconds - $(now))) 0
}

#
# Slow
#
insmod /lib/modules/test/vctest.ko test=load_bg alg=cbc-aes-virtio
throttle ops 50
wait_for 10 busy 50 || fail "nothing is in flight"
unbind() { echo $dev >$driver/unbind; }
within 25 "unbound with requests at the device" unbind
equal "lost at the device" "$(alg_sum 'fb_error|eio')" 0
echo $dev >$driver/bind
wait_for 10 state_is ready || fail "not ready"
throttle ops 0
wait_for 10 rose 500 || fail "the device is not used again"
echo stop >/sys/kernel/debug/vctest/control
equal "load" "$(cat /sys/kernel/debug/vctest/result)" "ok load_bg cbc-aes-virtio"
rmmod vctest

# A new device gets a trial, which takes some requests; the algorithm is registered already,
# and nobody uses it.
for i in 1 2 3; do
	echo $dev >$driver/unbind
	throttle ops 1
	echo $dev >$driver/bind
	wait_for 10 busy 0 || fail "no trial"
	within 10 "module removed with a trial under way, round $i" rmmod virtio_crypto
	throttle ops 0
	load_driver
done
unload_driver

#
# Stalled
#
MODPARAMS=timeout=2 load_driver
insmod /lib/modules/test/vctest.ko test=speed alg=cbc-aes-virtio depth=16 len=512 secs=20 &
speed=$!
wait_for 20 rose 1000 || fail "no load"
# read now, because the device may be back soon
before=$(by_software)
throttle bps 1
wait_for 15 state_is failed || fail "the driver does not detect the stall: $(stat_of state)"
throttle bps 0
pass "declared failed"
wait_for 10 software_rose $((before + 20)) || fail "the fallback does nothing"
wait_for 20 state_is ready || fail "no recovery: $(stat_of state)"
wait_for 10 rose $(($(stat_of completed) + 500)) || fail "the device is not used after recovery"
say "failures: $(stat_of failures)"
check "all requests completed" wait $speed
rmmod vctest
at_least "requests that the fallback repeated" "$(alg_sum 'fb_lost|fb_error')" 1
equal "failed" "$(alg_sum eio)" 0
by_device "after recovery" 500 vctest load cbc-aes-virtio secs=2

#
# Stalled permanently
#
failures=$(stat_of failures)
insmod /lib/modules/test/vctest.ko test=speed alg=cbc-aes-virtio depth=16 len=512 secs=25 &
speed=$!
throttle bps 1
wait_for 15 failed_times $((failures + 1)) || fail "the driver does not detect the stall"
first=$(now)
wait_for 20 failed_times $((failures + 2)) || fail "no second attempt"
second=$(now)
wait_for 30 failed_times $((failures + 3)) || fail "no third attempt"
say "attempts after $((second - first)) s and $(($(now) - second)) s"
at_least "seconds by which the pause has grown" $(($(now) - second - (second - first))) 1
check "all requests completed" wait $speed
rmmod vctest
within 10 "module unloads" unload_driver
