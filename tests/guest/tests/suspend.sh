#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The virtio_crypto authors
# run: --kernel 6.1,6.12,7 --qemu 11 --timeout 300
# run: --kernel 6.1 --qemu 7.2 --timeout 300
# files: dmsetup vctest.ko
#
# Suspend to idle and resume, with an open dm-crypt volume that uses 64 keys.  Its data stays
# correct, and the device is used again afterwards, with new sessions.  The old ones are not
# left at the device, which has only 256 and keeps them over a reset.
#
# Most rounds use the kernel's own pm_test, which suspends and resumes devices without
# sleeping; one round really sleeps.

. /lib/guest.sh

need dm_mod dm_crypt md5
modprobe brd rd_nr=1 rd_size=4096
key=$(seq 1 1024 | awk '{ printf "%02x", $1 * 7 % 256 }')
dmsetup create vol --table "0 8192 crypt capi:cbc-aes-virtio-lmk $key 0 /dev/ram0 0"
vol=/dev/mapper/vol

# rewrite N - writes other data to the whole volume
rewrite() {
	dd if=/dev/urandom of=/tmp/data bs=64k count=4 2>/dev/null
	dd if=/tmp/data of=$vol bs=64k conv=fsync 2>/dev/null
}
verify() { blockdev --flushbufs $vol && cmp -n 262144 /tmp/data $vol; }

# sleep_test, sleep_really - one suspend and resume
sleep_test() {
	echo devices >/sys/power/pm_test
	echo freeze >/sys/power/state
}
# A key of the keyboard wakes the guest: QEMU releases it after 4 s.  (The alarm of the clock
# does not: in QEMU 7.2 and 11 it wakes the guest from deeper sleep only.)
sleep_really() {
	echo none >/sys/power/pm_test
	for wakeup in /sys/devices/platform/i8042/serio*/power/wakeup; do
		echo enabled >"$wakeup"
	done
	qmp '{"execute":"send-key","arguments":{"hold-time":4000,"keys":[{"type":"qcode","data":"ctrl"}]}}' >/dev/null
	echo freeze >/sys/power/state
}

echo 0 >/sys/module/suspend/parameters/pm_test_delay
by_device "before" 512 rewrite
by_device "before, read" 512 verify
# more requests are in flight all the time
insmod /lib/modules/test/vctest.ko test=load_bg alg=cbc-aes-virtio

# round MSG COMMAND
round() {
	local generation
	generation=$(stat_of generation)
	dd if=/dev/urandom of=$vol bs=64k seek=8 count=32 conv=fsync 2>/dev/null &
	check "$1: suspend and resume" "$2"
	wait $!
	equal "$1: state" "$(stat_of state)" ready
	at_least "$1: generation" "$(stat_of generation)" $((generation + 1))
	check "$1: data written before is correct" verify
	served=$(served)
	rewrite
	check "$1: data written afterwards is correct" verify
	at_least "$1: served by the device" $(($(served) - served)) 900
	at_least "$1: sessions, two for a key" "$(stat_of sessions)" 64
}

for i in 1 2 3 4 5 6; do
	round "round $i" sleep_test
done
round "asleep" sleep_really

echo stop >/sys/kernel/debug/vctest/control
equal "load" "$(cat /sys/kernel/debug/vctest/result)" "ok load_bg cbc-aes-virtio"
rmmod vctest
by_device "at the end" 512 rewrite
by_device "at the end, read" 512 verify
equal "sessions that the device refused" "$(stat_of sessions_failed)" 0
equal "failures" "$(stat_of failures)" 0
say "left to the fallback while suspended: $(by_software), of these lost: $(alg_sum 'fb_lost|fb_error'), EIO: $(alg_sum eio)"
equal "failed" "$(alg_sum eio)" 0
dmsetup remove vol
