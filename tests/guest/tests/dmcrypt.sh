#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The virtio_crypto authors
# run: --modparam try_unadvertised=1 --kernel 6.1,6.12,7 --qemu 11 --timeout 300
# run: --modparam try_unadvertised=1 --kernel 6.1 --qemu 7.2 --timeout 300
# files: dmsetup cryptsetup mke2fs
#
# An encrypted disk.  Compares dm-crypt over the driver, by its own name and by the generic
# name that distributions use, with dm-crypt over software: both write the same bytes for
# the same data, and each reads what the other wrote, with every key size, several keys,
# and sectors of 512 and 4096 bytes.  Then a filesystem, and LUKS with cryptsetup.  The
# device does all of the work, and the fallback none.

. /lib/guest.sh

SIZE=$((1 << 19))	# of a volume, in bytes
need dm_mod dm_crypt md5 sha256 ext4
modprobe brd rd_nr=3 rd_size=24576

# key BYTES - a key in hexadecimal, the same each time
key() { seq 1 $(($1 / 2 + 1)) | awk '{ printf "%02x%02x", $1 * 7 % 256, $1 * 13 % 256 }' | cut -c1-$(($1 * 2)); }

# volume NAME DISK SPEC KEYBYTES [OPTION...] - opens DISK, such as /dev/ram0, encrypted, as
# /dev/mapper/NAME
volume() {
	local name=$1 disk=$2 spec=$3 bytes=$4
	shift 4
	dmsetup create "$name" --table "0 $((SIZE >> 9)) crypt $spec $(key "$bytes") 0 $disk 0 $# $*"
}

# warm NAME - reads a little of a volume and writes it back.  While the sessions of a key
# are being created, few requests may wait for them, and the fallback would do the others.
warm() { dd if="/dev/mapper/$1" of="/dev/mapper/$1" bs=64k count=1 conv=notrunc,fsync 2>/dev/null; }

# put FILE DISK SPEC ... - writes FILE to a volume; get: reads a volume into FILE
put() {
	local file=$1
	shift
	volume vol "$@"
	warm vol
	dd if="$file" of=/dev/mapper/vol bs=64k conv=fsync 2>/dev/null
	dmsetup remove --retry vol
}
get() {
	local file=$1
	shift
	volume vol "$@"
	warm vol
	blockdev --flushbufs /dev/mapper/vol
	dd if=/dev/mapper/vol of="$file" bs=64k 2>/dev/null
	dmsetup remove --retry vol
}

dd if=/dev/urandom of=/tmp/plain bs=64k count=$((SIZE >> 16)) 2>/dev/null

# compare MSG SPEC SOFTSPEC KEYBYTES [OPTION...]
compare() {
	local msg=$1 spec=$2 soft=$3 before
	shift 3
	# each sector is a request
	by_device "$msg: written" $((SIZE / SECTOR)) put /tmp/plain /dev/ram0 "$spec" "$@"
	before=$(served)
	put /tmp/plain /dev/ram1 "$soft" "$@"
	equal "$msg: served for software" $(($(served) - before)) 0
	check "$msg: software wrote the same" cmp -n $SIZE /dev/ram0 /dev/ram1
	check_fails "$msg: it is encrypted" cmp -s -n $SIZE /dev/ram0 /tmp/plain
	get /tmp/read /dev/ram0 "$soft" "$@"
	check "$msg: software reads it" cmp /tmp/read /tmp/plain
	rm /tmp/read
	by_device "$msg: read" $((SIZE / SECTOR)) get /tmp/read /dev/ram1 "$spec" "$@"
	check "$msg: the device reads what software wrote" cmp /tmp/read /tmp/plain
	rm /tmp/read
}

# the drivers of the software to compare with
cbc=$(software_of 'cbc(aes)') xts=$(software_of 'xts(aes)') sha256=$(software_of 'sha256')
say "software is $cbc, $xts, $sha256"
check "all of these exist" [ -n "$cbc" -a -n "$xts" -a -n "$sha256" ]

SECTOR=512
compare "cbc 128" capi:cbc-aes-virtio-plain64 "capi:$cbc-plain64" 16
compare "cbc 192, queues off" capi:cbc-aes-virtio-plain64 "capi:$cbc-plain64" 24 \
	no_read_workqueue no_write_workqueue
compare "cbc 256, generic name" aes-cbc-plain64 "capi:$cbc-plain64" 32
compare "essiv 256" aes-cbc-essiv:sha256 "capi:$cbc-essiv:$sha256" 32
compare "64 keys" aes:64-cbc-lmk "capi:$cbc-lmk" 1024
SECTOR=4096
compare "cbc 256, sectors of 4096" aes-cbc-plain64 "capi:$cbc-plain64" 32 sector_size:4096
compare "essiv 128, sectors of 4096" aes-cbc-essiv:sha256 "capi:$cbc-essiv:$sha256" 16 \
	sector_size:4096 iv_large_sectors
compare "xts 512, sectors of 4096" aes-xts-plain64 "capi:$xts-plain64" 64 sector_size:4096

#
# Without its work queues, dm-crypt writes from our completions.  If these ran in softirqs
# that interrupt a task which is submitting bios, bios would be lost: in one of 5 to 30
# rounds.  This is for users who use the option in spite of the documentation: it works on
# a RAM disk, which accepts bios at once, but not if a submission may sleep (disk.sh).
#
SIZE=$((2 << 20))
dd if=/dev/urandom of=/tmp/plain bs=64k count=$((SIZE >> 16)) 2>/dev/null
volume vol /dev/ram0 aes-cbc-plain64 32 no_read_workqueue no_write_workqueue
i=0
while [ $i -lt 40 ]; do
	i=$((i + 1))
	rm -f /tmp/done
	{
		dd if=/tmp/plain of=/dev/mapper/vol bs=64k conv=fsync 2>/dev/null
		touch /tmp/done
	} &
	wait_for 20 [ -e /tmp/done ] || fail "no work queues: writing hangs in round $i"
done
pass "no work queues: written $i times"
dmsetup remove --retry vol
SIZE=$((1 << 19))

#
# LUKS, and a filesystem on it: the default cipher and the one that QEMU advertises
#
tree=/lib/modules/$(uname -r)/kernel/crypto
sums() { (cd "$1" && find . -type f -exec sha256sum {} + | sort); }
sums "$tree" >/tmp/sums
at_least "files" "$(wc -l </tmp/sums)" 20

luks_open() {
	echo secret | cryptsetup open --disable-keyring --key-file - /dev/ram2 vault
	warm vault
}
luks_write() {
	luks_open
	mke2fs -q -t ext4 /dev/mapper/vault
	mount -t ext4 /dev/mapper/vault /mnt
	cp -r "$tree/." /mnt
	umount /mnt
	cryptsetup close vault
}
luks_read() {
	luks_open
	mount -t ext4 -o ro /dev/mapper/vault /mnt
	sums /mnt >/tmp/sums.read
	umount /mnt
	cryptsetup close vault
}

mkdir -p /mnt
for cipher in aes-cbc-essiv:sha256 aes-xts-plain64; do
	dd if=/dev/zero of=/dev/ram2 bs=1M count=24 2>/dev/null
	echo secret | cryptsetup luksFormat --batch-mode --type luks2 --cipher "$cipher" \
		--key-size 256 --pbkdf pbkdf2 --pbkdf-force-iterations 1000 \
		--disable-keyring --key-file - /dev/ram2
	by_device "LUKS $cipher: filesystem made and files written" 1000 luks_write
	by_device "LUKS $cipher: opened again and read" 500 luks_read
	check "LUKS $cipher: the files are unchanged" cmp /tmp/sums /tmp/sums.read
done
check_fails "wrong passphrase" sh -c 'echo wrong | cryptsetup open --key-file - /dev/ram2 vault 2>/dev/null'
