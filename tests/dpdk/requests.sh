#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The virtio_crypto authors
# run: --device dpdk --kernel 6.1,6.12,7 --qemu 11 --timeout 500
# run: --device dpdk:in_order=on --kernel 7 --qemu 11 --timeout 500
# files: vctest.ko vccompare.ko cryptsetup
#
# DPDK does the requests that it can do, and is sent no others: it never answers requests
# with more than 2176 bytes or 32 descriptors.  It cannot return requests in an order other
# than that of their descriptors, so it gets one at a time unless the queue is in order.
# The driver detects all of this by itself.

. /lib/guest.sh

cbc='cbc-aes-virtio'
large='fb_size|fb_frags'

# VIRTIO_F_IN_ORDER, a feature of the transport
in_order=$(cut -c 36 "/sys/bus/virtio/devices/$(virtio_of)/features")
say "in order: $in_order"

# parted MSG DEVICE FALLBACK COMMAND... - of COMMAND's requests, DEVICE are done by the
# device, and FALLBACK by the fallback because they are too large
parted() {
	local msg=$1 device=$2 software=$3 offloaded too_large other
	shift 3
	offloaded=$(alg_sum offloaded) too_large=$(alg_sum "$large") other=$(left "$large")
	"$@" || fail "$msg: $* (status $?)"
	equal "$msg: by the device" $(($(alg_sum offloaded) - offloaded)) "$device"
	equal "$msg: too large" $(($(alg_sum "$large") - too_large)) "$software"
	equal "$msg: left to the fallback for other reasons" $(($(left "$large") - other)) 0
}

equal "registered" "$(awk '$1 == "driver" && $3 ~ /-virtio$/ { print $3 }' /proc/crypto)" $cbc
equal "self-test" "$(proc_crypto $cbc selftest)" passed
at_least "self-test: by the device" "$(alg_stat $cbc offloaded)" 50

#
# Loads
#
before=$(interrupts)
by_device "one at a time" 100 vctest load $cbc secs=3 depth=1 threads=1
at_least "interrupts" $(($(interrupts) - before)) 100
by_device "one at a time, 2 KiB" 100 vctest load $cbc secs=3 depth=1 threads=1 len=2048
by_device "16 at a time" 100 vctest load $cbc secs=3 depth=16
by_device "64 at a time" 100 vctest load $cbc secs=3 depth=64
by_device "64 at a time, 2176 bytes" 100 vctest load $cbc secs=3 depth=64 len=2176
before=$(alg_sum offloaded)
mostly "64 at a time, 4 KiB" 0 fb_size vctest load $cbc secs=1 depth=64 len=4096
equal "64 at a time, 4 KiB: by the device" $(($(alg_sum offloaded) - before)) 0

# most_inflight - the highest number of requests at the device, in 30 samples
most_inflight() {
	local most=0 now i=0
	while [ $i -lt 30 ]; do
		i=$((i + 1))
		now=$(stat_of dataq0_inflight)
		[ "$now" -le "$most" ] || most=$now
	done
	echo "$most"
}
insmod /lib/modules/test/vctest.ko test=load_bg alg=$cbc depth=64
most=$(most_inflight)
echo stop >/sys/kernel/debug/vctest/control
equal "load" "$(cat /sys/kernel/debug/vctest/result)" "ok load_bg $cbc"
rmmod vctest
case $in_order in
1) at_least "at the device at once" "$most" 2 ;;
0) equal "at the device at once" "$most" 1 ;;
esac

#
# Limits.  3 of 9 lengths are within the limit.  Each is tried 8 times, half of them in few
# pages.  Header, iv and status have a descriptor each.
#
parted "sizes" 24 48 vctest sizes $cbc limit=2176
parted "31 descriptors" 24 48 vctest sizes $cbc limit=2176 frags=14
parted "33 descriptors" 12 60 vctest sizes $cbc limit=2176 frags=15
mostly shapes 200 "$large" vctest shapes $cbc loops=100

#
# Transforms, keys, and another comparison with software
#
mostly many 100 fb_nosession vctest many $cbc count=50 loops=1
by_device rekey 200 vctest rekey $cbc loops=100
by_device setkey 5 vctest setkey $cbc
comparison() { insmod /lib/modules/test/vccompare.ko type=skcipher alg=$cbc && rmmod vccompare; }
mostly comparison 100 "$large" comparison

#
# LUKS: the device does sectors of 512 bytes, the fallback those of 4096 bytes
#
need dm_mod dm_crypt sha256
modprobe brd rd_nr=2 rd_size=20480
dd if=/dev/urandom of=/tmp/plain bs=64k count=8 2>/dev/null

luks_format() { # DISK SECTOR
	echo secret | cryptsetup luksFormat --batch-mode --type luks2 --cipher aes-cbc-essiv:sha256 \
		--key-size 256 --sector-size "$2" --pbkdf pbkdf2 --pbkdf-force-iterations 1000 \
		--disable-keyring --key-file - "$1"
}
luks_open() { echo secret | cryptsetup open --disable-keyring --key-file - "$1" vault; }
luks_write() { # DISK
	luks_open "$1"
	dd if=/tmp/plain of=/dev/mapper/vault bs=64k conv=fsync 2>/dev/null
	cryptsetup close vault
}
luks_read() { # DISK
	luks_open "$1"
	dd if=/dev/mapper/vault of=/tmp/back bs=64k count=8 2>/dev/null
	cryptsetup close vault
	cmp /tmp/plain /tmp/back
}

luks_format /dev/ram0 512
by_device "LUKS, sectors of 512: written" 1024 luks_write /dev/ram0
by_device "LUKS, sectors of 512: read" 1024 luks_read /dev/ram0
luks_format /dev/ram1 4096
before=$(alg_stat $cbc fb_size)
mostly "LUKS, sectors of 4096: written" 0 fb_size luks_write /dev/ram1
mostly "LUKS, sectors of 4096: read" 0 fb_size luks_read /dev/ram1
at_least "sectors too large for the device" $(($(alg_stat $cbc fb_size) - before)) 256

#
# Nothing was lost, and DPDK has not complained
#
equal "state" "$(stat_of state)" ready
equal "failures" "$(stat_of failures)" 0
equal "messages without an answer" "$(stat_of ctrl_timeouts)" 0
equal "requests that failed or were lost" "$(alg_sum 'eio|fb_lost|fb_error')" 0
equal "requests in flight" "$(($(stat_of dataq0_inflight) + $(stat_of dataq0_backlog)))" 0
equal "complaints of DPDK" "$(dpdk complaints)" 0

# software reads what the device wrote
unload_driver
check "LUKS without the driver" luks_read /dev/ram0
