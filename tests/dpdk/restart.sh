#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The virtio_crypto authors
# run: --device dpdk --kernel 6.1,6.12,7 --qemu 11 --timeout 500
# run: --device dpdk:in_order=on --kernel 7 --qemu 11 --timeout 500
# files: dmsetup vctest.ko
#
# DPDK is killed under load and started again.  Every request completes, the fallback works
# in the meantime, all data is correct, and the device is used again.  Requests in place
# that were at the device may fail, because their input may be overwritten.

. /lib/guest.sh

cbc='cbc-aes-virtio'
state_is() { [ "$(stat_of state)" = "$1" ]; }
rose() { [ "$(stat_of completed)" -ge "$1" ]; }
software_rose() { [ "$(by_software)" -ge "$1" ]; }
# works - waits until the device has completed 100 more requests
works() { wait_for 60 rose $(($(stat_of completed) + 100)) || fail "the device is not used: $(stat_of state)"; }

need dm_mod dm_crypt
modprobe brd rd_nr=1 rd_size=8192
dmsetup create vol --table "0 16384 crypt capi:$cbc-plain64 $(seq 101 132 | awk '{ printf "%02x", $1 }') 0 /dev/ram0 0"
vol=/dev/mapper/vol

# disk_read - reads back what disk_load has written, twice if necessary
disk_read() {
	blockdev --flushbufs $vol
	dd if=$vol of=/tmp/back bs=64k skip=16 count=4 2>/tmp/dd && return
	echo "$(cat /tmp/reads 2>/dev/null) $1" >/tmp/reads
	blockdev --flushbufs $vol
	dd if=$vol of=/tmp/back bs=64k skip=16 count=4 2>/tmp/dd
}

# disk_load - writes and reads the volume until /tmp/stop exists; the result is in /tmp/disk
disk_load() {
	local n=0
	while [ ! -e /tmp/stop ]; do
		n=$((n + 1))
		dd if=/dev/urandom of=/tmp/data bs=64k count=4 2>/dev/null
		if ! dd if=/tmp/data of=$vol bs=64k seek=16 conv=fsync 2>/tmp/dd; then
			echo "write $n failed: $(cat /tmp/dd)" >/tmp/disk
		elif ! disk_read $n; then
			echo "read $n failed twice: $(cat /tmp/dd)" >/tmp/disk
		elif ! cmp /tmp/data /tmp/back; then
			echo "round $n: wrong data" >/tmp/disk
		else
			continue
		fi
		return
	done
	echo "ok, $n rounds" >/tmp/disk
}

# the driver detects a dead process after this many seconds
echo 5 >/sys/module/virtio_crypto/parameters/timeout
disk_load &
insmod /lib/modules/test/vctest.ko test=load_bg alg=$cbc depth=16 allow_eio=1
works

for i in 1 2 3; do
	failures=$(stat_of failures)
	equal "round $i" "$(dpdk kill)" killed
	wait_for 30 state_is failed || fail "its end is not detected: $(stat_of state)"
	software=$(by_software)
	wait_for 20 software_rose $((software + 50)) || fail "the fallback does not work"
	pass "round $i: the fallback works"
	equal "round $i" "$(dpdk start)" started
	wait_for 60 state_is ready || fail "it does not come back: $(stat_of state)"
	works
	pass "round $i: it is back"
	at_least "round $i: failures" $(($(stat_of failures) - failures)) 1
done

touch /tmp/stop
wait_for 60 [ -e /tmp/disk ] || fail "dm-crypt hangs"
say "dm-crypt: $(cat /tmp/disk); reads that had to be repeated:$(cat /tmp/reads 2>/dev/null || echo " none")"
check "dm-crypt" grep -q ^ok /tmp/disk
echo stop >/sys/kernel/debug/vctest/control
equal "load" "$(cat /sys/kernel/debug/vctest/result)" "ok load_bg $cbc"
dmesg | grep 'vctest: #'
rmmod vctest
say "left to the fallback: $(grep -o '\(fb_[a-z]*\|eio\)=[1-9][0-9]*' /sys/kernel/debug/virtio_crypto/algs | xargs)"

complaints=$(dpdk complaints)
by_device "in the end" 100 vctest load $cbc secs=3 depth=16
equal "complaints of DPDK during that" $(($(dpdk complaints) - complaints)) 0
equal "requests in flight" "$(($(stat_of dataq0_inflight) + $(stat_of dataq0_backlog)))" 0
dmsetup remove --retry vol
unload_driver
