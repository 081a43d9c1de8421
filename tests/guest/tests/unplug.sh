#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The virtio_crypto authors
# run: --kernel 6.1,6.12,7 --qemu 11 --timeout 300
# run: --kernel 6.1 --qemu 7.2 --timeout 300
# files: dmsetup vctest.ko
#
# Devices appear and disappear under load: dm-crypt and our test module keep requests in
# flight while the device is unbound, unplugged by QEMU and plugged in again.  Two devices
# are both used; one device does all the work when the other is gone, and the fallback does
# it without any device.  No request is lost, no write fails, all data is correct, and a new
# device is used.  (A request in place that is at a device when the device is lost may fail,
# because its input may be overwritten; but an orderly unplug waits for requests.)

. /lib/guest.sh

need dm_mod dm_crypt
modprobe brd rd_nr=1 rd_size=16384
dmsetup create vol --table "0 32768 crypt capi:cbc-aes-virtio-plain64 $(seq 101 132 | awk '{ printf "%02x", $1 }') 0 /dev/ram0 0"
vol=/dev/mapper/vol
driver=/sys/bus/virtio/drivers/virtio_crypto

# disk_load - writes and reads the volume until /tmp/stop exists; the result is in /tmp/disk
disk_load() {
	local n=0
	while [ ! -e /tmp/stop ]; do
		n=$((n + 1))
		dd if=/dev/urandom of=/tmp/data bs=64k count=16 2>/dev/null
		dd if=/tmp/data of=$vol bs=64k seek=16 conv=fsync 2>/tmp/dd || {
			echo "write $n failed: $(cat /tmp/dd)" >/tmp/disk
			return
		}
		blockdev --flushbufs $vol
		dd if=$vol bs=64k skip=16 count=16 2>/tmp/dd >/tmp/back || {
			echo "read $n failed: $(cat /tmp/dd)" >/tmp/disk
			return
		}
		cmp /tmp/data /tmp/back || {
			echo "round $n: wrong data" >/tmp/disk
			return
		}
	done
	echo ok >/tmp/disk
}

load_start() {
	rm -f /tmp/stop /tmp/disk
	disk_load &
	insmod /lib/modules/test/vctest.ko test=load_bg alg=cbc-aes-virtio allow_eio=1
}
load_stop() {
	touch /tmp/stop
	wait_for 60 [ -e /tmp/disk ] || fail "dm-crypt hangs"
	equal "dm-crypt" "$(cat /tmp/disk)" ok
	echo stop >/sys/kernel/debug/vctest/control
	equal "load" "$(cat /sys/kernel/debug/vctest/result)" "ok load_bg cbc-aes-virtio"
	rmmod vctest
}

# works [VIRTIO] - waits until a device is ready and has completed 200 more requests
rose() { [ "$(stat_of completed "$2" 2>/dev/null || echo 0)" -ge "$1" ]; }
works() {
	local dev=$1 now
	wait_for 20 ready "$dev" || fail "$dev is not ready"
	now=$(stat_of completed "$dev")
	wait_for 20 rose $((now + 200)) "$dev" || fail "$dev is not used: $(stat_of completed "$dev") after $now"
}
ready() { [ "$(stat_of state "$1" 2>/dev/null)" = ready ]; }
gone() { [ ! -e "$driver/$1" ]; }
bound() { [ "$(virtio_of | wc -l)" = "$1" ]; }
newest() { virtio_of | sort -t o -k 2 -n | tail -n 1; }

# software - waits until the fallback has done requests without a device
software() {
	local fell
	fell=$(alg_stat cbc-aes-virtio fb_nodev)
	wait_for 20 software_rose $((fell + 20)) || fail "the fallback does nothing without a device"
}
software_rose() { [ "$(by_software)" -ge "$1" ]; }

# qmpq JSON - prints errors only
qmpq() { qmp "$1" >/tmp/qmp || fail "$1: $(cat /tmp/qmp)"; }

plug() { # N - device vcN with backend cdN
	qmpq "{\"execute\":\"object-add\",\"arguments\":{\"qom-type\":\"cryptodev-backend-builtin\",\"id\":\"cd$1\"}}"
	qmpq "{\"execute\":\"device_add\",\"arguments\":{\"driver\":\"virtio-crypto-pci\",\"id\":\"vc$1\",\"cryptodev\":\"cd$1\"}}"
}
unplug() { # N - waits until QEMU has removed it
	qmpq "{\"execute\":\"device_del\",\"arguments\":{\"id\":\"vc$1\"}}"
	# there is another such event, for the bus inside the device
	wait_for 40 grep -q "\"DEVICE_DELETED\".*\"device\": \"vc$1\"" /run/qmp || fail "vc$1 is not removed"
	qmpq "{\"execute\":\"object-del\",\"arguments\":{\"id\":\"cd$1\"}}"
}

load_start
works "$(newest)"

#
# Unbind and bind
#
dev=$(newest)
for i in 1 2 3 4 5; do
	echo "$dev" >$driver/unbind
	software
	echo "$dev" >$driver/bind
	works "$dev"
	pass "unbound and bound, round $i"
done
# and quickly, while the trial of the device is running
i=0
while [ $i -lt 20 ]; do
	i=$((i + 1))
	echo "$dev" >$driver/unbind
	echo "$dev" >$driver/bind
done
works "$dev"
pass "unbound and bound $i times"

#
# Unplug and replug
#
for i in 1 2 3; do
	dev=$(newest)
	unplug $((i - 1))
	check "round $i: $dev is gone" gone "$dev"
	software
	plug $i
	wait_for 20 bound 1 || fail "no new device"
	works "$(newest)"
	pass "unplugged and plugged in, round $i"
done

#
# Two devices
#
first=$(newest)
plug 4
wait_for 20 bound 2 || fail "no second device"
second=$(newest)
wait_for 20 ready "$second"
# existing transforms keep their device, new ones use the device with fewer sessions
load_stop
load_start
works "$first"
works "$second"
pass "two devices: both are used"
unplug 4
check "$second is gone" gone "$second"
works "$first"
pass "two devices: the first does all the work"
plug 5
wait_for 20 bound 2 || fail "no second device"
second=$(newest)
wait_for 20 ready "$second"
unplug 3
check "$first is gone" gone "$first"
works "$second"
pass "two devices: the second does all the work"
unplug 5
check "no device is left" bound 0
software
pass "both devices gone: the fallback does all the work"
plug 6
wait_for 20 bound 1 || fail "no new device"
works "$(newest)"

load_stop
say "left to the fallback: $(grep -o 'fb_[a-z]*=[1-9][0-9]*' /sys/kernel/debug/virtio_crypto/algs | xargs)"
equal "failed" "$(alg_sum eio)" 0
equal "failed at the device" "$(alg_sum fb_error)" 0
by_device "at the end" 200 vctest load cbc-aes-virtio secs=1
equal "requests in flight" "$(($(stat_of dataq0_inflight) + $(stat_of dataq0_backlog)))" 0
dmsetup remove --retry vol
unload_driver
