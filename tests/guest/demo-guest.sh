#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The virtio_crypto authors
#
# tests/guest/demo runs this in its guests: once with our module and once with the
# in-tree one.  Lines that begin with @ are for demo, all others for people.

# shellcheck source=lib.sh
. /lib/guest.sh

CIPHER=aes-cbc-essiv:sha256
MIB=8			# bytes of one timed transfer
PAIRS=5			# timed transfers of each kind, of which the median counts

step=0
title() {
	step=$((step + 1))
	printf '\n%s. %s\n' "$step" "$*"
}
note() { printf '   %s\n' "$*"; }
indent() { sed 's/^/   | /'; }

# fails MSG - ends the demonstration
fails() {
	echo "   FAILED: $*"
	exit 1
}

# volume NAME DISK - creates, opens and mounts a LUKS2 volume with a file system.  The
# key derivation is cheap, because it is not the subject here.
volume() {
	echo -n demonstration | cryptsetup luksFormat --batch-mode --type luks2 --cipher "$CIPHER" \
		--key-size 256 --pbkdf pbkdf2 --pbkdf-force-iterations 1000 "$2" -
	volume_open "$1" "$2"
	# leave no work for the background, because its requests would be counted, too
	mkfs.ext4 -q -E lazy_itable_init=0,lazy_journal_init=0 "/dev/mapper/$1"
	mkdir -p "/mnt/$1"
	mount -o noatime "/dev/mapper/$1" "/mnt/$1"
	# so that the timed transfers overwrite it and allocate nothing
	dd if=/dev/zero of="/mnt/$1/timed" bs=1M count=$MIB 2>/dev/null
	sync
}
volume_open() { echo -n demonstration | cryptsetup open "$2" "$1" -; }

# held - the crypto API's name of the newest implementation of the volume's cipher;
# dm-crypt asks for essiv(cbc(aes),sha256)
held() {
	awk '/^name/ { wanted = $3 == "essiv(cbc(aes),sha256)" }
		/^driver/ && wanted { print $3; exit }' /proc/crypto
}

# timed write|read NAME - prints microseconds.  O_DIRECT bypasses the page cache.
timed() {
	local start
	start=${EPOCHREALTIME/./}
	if [ "$1" = write ]; then
		dd if=/dev/zero of="/mnt/$2/timed" bs=1M count=$MIB conv=notrunc oflag=direct 2>/dev/null
	else
		dd if="/mnt/$2/timed" of=/dev/null bs=1M iflag=direct 2>/dev/null
	fi
	echo $((${EPOCHREALTIME/./} - start))
}

# median FILE - the median of the microseconds in it, as MB/s
median() {
	sort -n "$1" | sed -n "$((PAIRS / 2 + 1))p" |
		awk -v bytes=$((MIB * 1048576)) '{ printf "%.1f", bytes / $1 }'
}

# still --freeze|--unfreeze NAME VOLUME... - freezes the file systems of the other volumes,
# so that their own writes are not counted as NAME's
still() {
	local how=$1 but=$2 v
	shift 2
	for v; do
		[ "$v" = "$but" ] || fsfreeze "$how" "/mnt/$v"
	done
}

# race NAME... - times the volumes in turns, so that other work on this machine affects
# them equally; prints a line for each
race() {
	local i what v before
	rm -f /tmp/*.write /tmp/*.read /tmp/*.ops
	for ((i = 0; i < PAIRS; i++)); do
		for what in write read; do
			for v; do
				sync
				still --freeze "$v" "$@"
				before=$(device_ops)
				timed $what "$v" >>"/tmp/$v.$what"
				echo $(($(device_ops) - before)) >>"/tmp/$v.ops"
				still --unfreeze "$v" "$@"
			done
		done
	done
	for v; do
		note "$v: write $(median "/tmp/$v.write") MB/s, read $(median "/tmp/$v.read") MB/s," \
			"$(ops "$v") requests by the device"
	done
}
ops() { awk '{ n += $1 } END { print n + 0 }' "/tmp/$1.ops"; }

# row NAME LABEL DRIVER WHO - prints a line for demo's table
row() {
	echo "@row|$2|$3|$(median "/tmp/$1.write")|$(median "/tmp/$1.read")|$(ops "$1")|$4"
}

# fallbacks - requests for cbc-aes-virtio that the fallback did
fallbacks() {
	awk '$2 == "cbc-aes-virtio" {
		for (i = 3; i <= NF; i++) if (split($i, kv, "=") == 2 && kv[1] ~ /^(fb_|eio)/) n += kv[2]
	} END { print n + 0 }' /sys/kernel/debug/virtio_crypto/algs
}

# tree_write NAME, tree_compare NAME - copies the guest's own programs, libraries and
# modules to the volume, and compares them
TREE="bin etc lib root usr"
tree_write() {
	mkdir "/mnt/$1/tree"
	# shellcheck disable=SC2086 # directories are words
	tar -C / -cf - $TREE | tar -C "/mnt/$1/tree" -xf -
	sync
	# shellcheck disable=SC2086
	(cd / && find $TREE -type f | sort | xargs sha256sum) >/tmp/sums
	note "$(wc -l </tmp/sums) files and $(find "/mnt/$1/tree" -type l | wc -l) links," \
		"$(du -sm "/mnt/$1/tree" | cut -f1) MiB, are on the volume"
}
tree_compare() {
	echo 3 >/proc/sys/vm/drop_caches
	[ "$(wc -l </tmp/sums)" -ge 100 ] || fails "too few files to compare"
	(cd "/mnt/$1/tree" && sha256sum -c /tmp/sums) >/tmp/compared 2>&1 || {
		grep -v ': OK$' /tmp/compared | head -5
		fails "checksums differ"
	}
	note "sha256 of $(grep -c ': OK$' /tmp/compared) of $(wc -l </tmp/sums) files equal"
}

proc_crypto_of() {
	awk -v name="$1" -v RS= '$0 ~ "driver *: " name {
		n = split($0, line, "\n")
		for (i = 1; i <= n; i++)
			if (line[i] ~ /^(name|driver|module|priority|refcnt|selftest) /) print line[i]
		exit }' /proc/crypto | indent
}

guest() {
	title "The guest"
	note "Linux $(uname -r), QEMU $QEMU, $(nproc) CPUs, $(
		if grep -qw aes /proc/cpuinfo; then echo with; else echo without; fi) AES instructions"
	note "(with them, the CPU has the higher priority, unless cipher_priority is raised)"
	note "disks are RAM disks of the guest, so the cipher takes most of the time"
	need dm_crypt ext4
	modprobe brd rd_nr=3 rd_size=98304
	[ "$(device_ops)" -ge 0 ]
}

# software_volume - creates the volume to compare with; sets soft
software_volume() {
	title "A volume for comparison, opened before the driver is loaded"
	volume software /dev/ram1
	soft=$(held)
	note "$(dmsetup table software | cut -d' ' -f1-5)"
	note "dm-crypt uses $soft"
}

#
# With our module
#

ours() {
	local soft dev before fell served calls

	guest
	software_volume
	title "modprobe virtio_crypto: this project's module on the guest's own kernel"
	load_driver
	note "$(modinfo -F filename virtio_crypto)"
	note "the device does cbc(aes), and has passed a trial and the kernel's self-test:"
	proc_crypto_of cbc-aes-virtio

	title "cryptsetup luksFormat --cipher $CIPHER, open, mkfs.ext4, copy files"
	before=$(device_ops) calls=$(alg_stat cbc-aes-virtio offloaded) fell=$(fallbacks)
	volume device /dev/ram0
	tree_write device
	dev=$(held)
	note "dmsetup table: $(dmsetup table device | sed -E 's/(:logon:)[^ ]*/\1.../')"
	note "the driver in use, from /proc/crypto:"
	proc_crypto_of 'essiv[(]cbc-aes-virtio'
	case $dev in *cbc-aes-virtio*) ;; *) fails "dm-crypt holds $dev" ;; esac
	served=$(($(device_ops) - before))
	calls=$(($(alg_stat cbc-aes-virtio offloaded) - calls))
	fell=$(($(fallbacks) - fell))
	note "QEMU counted $served requests; the driver $calls by the device, $fell by the fallback"
	# the volume's sectors have 4 KiB, and each sector is a request
	[ "$calls" -ge $(($(du -sk /mnt/device/tree | cut -f1) / 4)) ] || fails "the device did too little"
	[ "$served" -ge "$calls" ] || fails "QEMU counted too little"
	[ $((fell * 20)) -le "$calls" ] || fails "the fallback did too much"

	title "umount, cryptsetup close, open again, compare"
	umount /mnt/device
	cryptsetup close device
	before=$(device_ops)
	volume_open device /dev/ram0
	mount -o noatime /dev/mapper/device /mnt/device
	tree_compare device
	served=$(($(device_ops) - before))
	note "read through the device: QEMU counted $served requests"
	[ "$served" -gt 1000 ] || fails "the device was not used"

	title "Device against software: $PAIRS times $MIB MiB each way, in turns, medians"
	race device software
	[ "$(ops device)" -ge $((PAIRS * 2 * MIB * 256)) ] || fails "the device did too little"
	[ "$(ops software)" = 0 ] || fails "the device was used for the software volume"
	note "the driver's own figures:"
	grep -E '^(state|failures|sessions|sessions_created|submitted|completed|dataq0_errors|dataq0_notified) ' \
		"/sys/kernel/debug/virtio_crypto/$(virtio_of)/stats" | paste -sd' ' | indent
	grep cbc-aes-virtio /sys/kernel/debug/virtio_crypto/algs | tr ' ' '\n' | grep -v '=0$' |
		paste -sd' ' | indent
	row device "this module" "$dev" "the device"
	row software "no module" "$soft" "the guest's CPU"

	title "rmmod virtio_crypto, then read the device's volume with software only"
	umount /mnt/device
	cryptsetup close device
	modprobe -r virtio_crypto
	before=$(device_ops)
	volume_open device /dev/ram0
	mount -o noatime /dev/mapper/device /mnt/device
	note "dm-crypt uses $(held)"
	tree_compare device
	[ "$(device_ops)" = "$before" ] || fails "the device was used without a driver"
	note "so the device's data is standard AES-CBC with ESSIV"
	umount /mnt/device /mnt/software
	cryptsetup close device
	cryptsetup close software
}

#
# With the in-tree module
#

in_tree() {
	local soft size said held before

	guest
	software_volume
	title "modprobe virtio_crypto: the module that came with the kernel"
	load_driver
	note "$(modinfo -F filename virtio_crypto)"
	proc_crypto_of virtio_crypto_aes_cbc

	title "dm-crypt with this driver, by its name"
	size=$(blockdev --getsz /dev/ram2)
	said=$(dmsetup create named --table "0 $size crypt capi:virtio_crypto_aes_cbc-plain64 \
$(printf '%064d' 1) 0 /dev/ram2 0" 2>&1) && fails "dm-crypt accepted it"
	note "refused: ${said%%$'\n'*}"
	dmesg | grep 'device-mapper.*crypt' | tail -1 | sed 's/^\[[^]]*\] //' | indent
	note "the driver allocates memory for each request (CRYPTO_ALG_ALLOCATES_MEMORY), and"
	note "storage that waits for memory can deadlock: dm-crypt accepts no such driver"

	title "cryptsetup luksFormat --cipher $CIPHER, open, mkfs.ext4, copy files"
	before=$(device_ops)
	volume in-tree /dev/ram0
	held=$(held)
	tree_write in-tree
	note "dm-crypt uses $held"
	umount /mnt/in-tree
	cryptsetup close in-tree
	volume_open in-tree /dev/ram0
	mount -o noatime /dev/mapper/in-tree /mnt/in-tree
	tree_compare in-tree
	note "equal; QEMU counted $(($(device_ops) - before)) requests, so software did the work"
	[ "$(device_ops)" = "$before" ] || fails "the device was used after all"

	title "The same transfers"
	race in-tree software
	row in-tree "in-tree module" "$held" "the guest's CPU"
	row software "no module" "$soft" "the guest's CPU"
	umount /mnt/in-tree /mnt/software
	cryptsetup close in-tree
	cryptsetup close software
}

if [ "$MODULE" = in-tree ]; then in_tree; else ours; fi
