#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The virtio_crypto authors
# run: --device "reference:--services cipher --algos cipher=3,13" --disk 64M --kernel 6.1,6.12,7 --qemu 11
# files: dmsetup cryptsetup cmp
#
# An encrypted disk that makes writers wait: a blk-mq disk with four tags and no scheduler.
# dm-crypt gets its requests back in our completion, which runs with bottom halves disabled
# and must not sleep.  dm-crypt therefore has to leave the submission to a thread.  It does
# so unless the option no_write_workqueue is given, which must not be used with any
# asynchronous cipher: with it, the kernel dies here within a second.
#
# Data is written by the device and read by software, and the other way round.

. /lib/guest.sh

[ "$DISK" != /dev/vda ] || need virtio_blk
need dm_mod dm_crypt md5 sha256 essiv
wait_for 60 selftests_done 2 || fail "no ciphers"
queue=/sys/block/${DISK##*/}/queue
echo none >"$queue/scheduler"
echo 4 >"$queue/nr_requests"
equal "tags" "$(cat "$queue/nr_requests")" 4

MIB=4
dd if=/dev/urandom of=/tmp/plain bs=1M count=$MIB 2>/dev/null

cbc=$(software_of 'cbc(aes)') xts=$(software_of 'xts(aes)') sha256=$(software_of 'sha256')
say "software is $cbc, $xts, $sha256"

# volume SPEC KEYBYTES [OPTION...] - opens the disk, encrypted, as /dev/mapper/vol
volume() {
	local spec=$1 bytes=$2
	shift 2
	dmsetup create vol --table "0 $((MIB << 11)) crypt $spec \
		$(seq 101 $((100 + bytes)) | awk '{ printf "%02x", $1 }') 0 $DISK 0 $# $*"
	# While sessions are being created, few requests wait for them; the fallback does others.
	dd if=/dev/mapper/vol of=/tmp/first bs=4k count=1 iflag=direct 2>/dev/null
	dd if=/tmp/first of=/dev/mapper/vol bs=4k count=1 oflag=direct 2>/dev/null
}

put() {
	volume "$@"
	dd if=/tmp/plain of=/dev/mapper/vol bs=1M conv=fsync 2>/dev/null
	dmsetup remove --retry vol
}
get() {
	volume "$@"
	blockdev --flushbufs /dev/mapper/vol
	dd if=/dev/mapper/vol of=/tmp/read bs=1M 2>/dev/null
	dmsetup remove --retry vol
}
# both at once: writes one half and reads the other
mixed() {
	local half=$((MIB / 2))
	volume "$@"
	dd if=/tmp/plain of=/dev/mapper/vol bs=1M count=$half conv=fsync 2>/dev/null &
	dd if=/dev/mapper/vol of=/tmp/read bs=1M skip=$half 2>/dev/null
	wait $!
	dmsetup remove --retry vol
	tail -c +$(((half << 20) + 1)) /tmp/plain | cmp - /tmp/read
}

# compare MSG SPEC SOFTSPEC KEYBYTES SECTOR [OPTION...]
compare() {
	local msg=$1 spec=$2 soft=$3 bytes=$4 requests=$(((MIB << 20) / $5))
	shift 5
	by_device "$msg: written" $requests put "$spec" "$bytes" "$@"
	get "$soft" "$bytes" "$@"
	check "$msg: software reads it" cmp /tmp/read /tmp/plain
	dd if=/dev/zero of="$DISK" bs=1M count=$MIB conv=fsync 2>/dev/null
	put "$soft" "$bytes" "$@"
	by_device "$msg: read" $requests get "$spec" "$bytes" "$@"
	check "$msg: the device reads what software wrote" cmp /tmp/read /tmp/plain
	by_device "$msg: written and read" $requests mixed "$spec" "$bytes" "$@"
}

compare "essiv 256" aes-cbc-essiv:sha256 "capi:$cbc-essiv:$sha256" 32 512
compare "essiv 256, where it was encrypted" aes-cbc-essiv:sha256 "capi:$cbc-essiv:$sha256" 32 512 \
	same_cpu_crypt submit_from_crypt_cpus
compare "xts 512, sectors of 4096" aes-xts-plain64 "capi:$xts-plain64" 64 4096 sector_size:4096
equal "requirements that the driver broke" "$(vcdev violations)" 0

#
# Swap on an encrypted disk.  Pages are read in place, so a process may die if the device is
# lost; README.md says to use a software driver for swap.  A group of processes that is
# limited to 2 MiB has a file of 4 MiB.
#
mount -t cgroup2 none /sys/fs/cgroup
echo +memory >/sys/fs/cgroup/cgroup.subtree_control
mkdir /sys/fs/cgroup/small
echo 0 >/proc/sys/vm/page-cluster
echo 2M >/sys/fs/cgroup/small/memory.max

in_small() { (sh -c 'echo $PPID' >/sys/fs/cgroup/small/cgroup.procs && "$@"); }
swap_used() { awk '$1 == "SwapTotal:" { n += $2 } $1 == "SwapFree:" { n -= $2 } END { print n }' /proc/meminfo; }

# swap MSG CIPHER - does the same as crypttab's plain,swap,size=512,sector-size=4096
swap() {
	cryptsetup open --type plain --cipher "$2" --key-size 512 --sector-size 4096 --key-file /dev/urandom "$DISK" swap
	mkswap /dev/mapper/swap >/dev/null
	swapon /dev/mapper/swap
	check "swap, $1: written" in_small cp /tmp/plain /dev/shm/file
	at_least "swap, $1: KiB swapped" "$(swap_used)" 2048
	check "swap, $1: read" in_small cmp /tmp/plain /dev/shm/file
	rm /dev/shm/file
	swapoff /dev/mapper/swap
	cryptsetup close swap
}
served=$(served)
swap "by the device" aes-xts-plain64
at_least "swap: served" $(($(served) - served)) 1000
served=$(served)
swap "by software" "capi:$xts-plain64"
equal "swap by software: served" $(($(served) - served)) 0
