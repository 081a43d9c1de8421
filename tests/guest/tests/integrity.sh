#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The virtio_crypto authors
# run: --device "reference:--services cipher,mac,aead --algos cipher=3,13 --algos mac=4 --algos aead=1,3" --kernel 6.1,6.12,7 --qemu 11 --timeout 420
# files: dmsetup cryptsetup mke2fs cmp vccompare.ko
#
# Authenticated disks: dm-crypt with an AEAD or a chain, over dm-integrity, which stores the
# tags.  Software reads what the device wrote, and the other way round, and a change on the
# disk is detected.  The same with a queue so short that callers are told to pause all the
# time, and also with the kernel's own template authenc() over our cipher and our MAC.
# LUKS2 with a filesystem.
#
# Then the device is unbound, becomes not ready, fails, stalls and disappears while the disk
# is written.  No write hangs, no data is wrong, and no write fails in an orderly shutdown.

. /lib/guest.sh

# If data has a tag, dm-crypt copies it for a write and encrypts the copy in place: source
# and destination are the same memory, as in a read.  A request that the device may have
# started then fails.  Without tags, dm-crypt writes from one buffer to another (unplug.sh).
IN_PLACE_IS_LOST=yes

need dm_mod dm_crypt dm_integrity authenc sha256 hmac gcm ext4
modprobe brd rd_nr=1 rd_size=16384
proven() { [ "$(stat_of state)" = ready ] && [ "$(registered)" -ge 7 ]; }
wait_for 60 proven || fail "not all algorithms are registered"
wait_for 60 selftests_done || fail "self-tests do not end"
disk=/dev/ram0
SECTORS=2048	# of a volume
vol=/dev/mapper/vol
dd if=/dev/urandom of=/tmp/plain bs=512 count=$SECTORS 2>/dev/null
dd if=/dev/urandom of=/tmp/other bs=512 count=$SECTORS 2>/dev/null

# tags SIZE - creates an empty dm-integrity device on the disk, with a tag of SIZE bytes for
# each sector.  The first table formats the disk; then the disk contains its usable size.
tags() {
	local sectors
	dd if=/dev/zero of=$disk bs=4k count=1 conv=fsync 2>/dev/null
	dmsetup create tags --table "0 1 integrity $disk 0 $1 D 1 journal_sectors:64"
	dmsetup remove --retry tags
	sectors=$(dd if=$disk bs=8 skip=2 count=1 2>/dev/null | od -An -tu8 | tr -d ' ')
	dmsetup create tags --table "0 $sectors integrity $disk 0 $1 D 1 journal_sectors:64"
}

# volume SPEC KEYBYTES TAGBYTES - opens the encrypted volume as $vol
volume() {
	dmsetup create vol --table "0 $SECTORS crypt $1 \
		$(seq 1 "$2" | awk '{ printf "%02x", $1 * 7 % 256 }') 0 /dev/mapper/tags 0 1 integrity:$3:aead"
}
# warm FILE - uses the beginning of FILE, to create the sessions of the key
warm() {
	dd if="$1" of=$vol bs=4k count=1 oflag=direct 2>/dev/null
	dd if=$vol of=/dev/null bs=4k count=1 iflag=direct 2>/dev/null
}

# fill FILE and verify FILE - write the whole volume, and compare it
fill() { dd if="$1" of=$vol bs=64k conv=fsync 2>/tmp/dd; }
verify() {
	blockdev --flushbufs $vol
	dd if=$vol of=/tmp/read bs=64k 2>/tmp/dd && cmp /tmp/read "$1"
}

# compare MSG SPEC SOFTSPEC KEYBYTES TAGBYTES
compare() {
	local msg=$1 spec=$2 soft=$3 sizes="$4 $5" served
	tags "$5"
	# shellcheck disable=SC2086 # two words
	volume "$spec" $sizes
	warm /tmp/plain
	by_device "$msg: written" $SECTORS fill /tmp/plain
	dmsetup remove --retry vol
	# shellcheck disable=SC2086
	volume "$soft" $sizes
	served=$(served)
	check "$msg: software reads it" verify /tmp/plain
	check "$msg: software writes" fill /tmp/other
	equal "$msg: served for software" $(($(served) - served)) 0
	dmsetup remove --retry vol
	# shellcheck disable=SC2086
	volume "$spec" $sizes
	warm /tmp/other
	by_device "$msg: read" $SECTORS verify /tmp/other
	dmsetup remove --retry vol
	# change a bit of a sector in the middle
	flip /dev/mapper/tags 700000
	# shellcheck disable=SC2086
	volume "$spec" $sizes
	check_fails "$msg: a change on the disk is detected" verify /tmp/other
	dmsetup remove --retry vol
	dmsetup remove --retry tags
}
flip() {
	local byte
	byte=$(dd if="$1" bs=1 skip="$2" count=1 2>/dev/null | od -An -tu1 | tr -d ' ')
	# shellcheck disable=SC2059 # an octal number
	printf "\\$(printf %o $((byte ^ 1)))" | dd of="$1" bs=1 seek="$2" conv=notrunc,fsync 2>/dev/null
}

gcm=$(software_of 'gcm(aes)') chacha=$(software_of 'rfc7539(chacha20,poly1305)')
cbc=$(software_of 'cbc(aes)') xts=$(software_of 'xts(aes)') hmac=$(software_of 'hmac(sha256)')
# an instance of a template does not exist until somebody asks for it
[ -n "$hmac" ] || hmac="hmac($(software_of sha256))"
chain="authenc($hmac,$cbc)"
say "software is $gcm, $chacha, $chain, $xts"

# Ask for the chain by its general name: only then does dm-crypt use a key with two parts.
CHAIN='authenc(hmac(sha256),cbc(aes))'
equal "priority of the chain" "$(proc_crypto authenc-hmac-sha256-cbc-aes-virtio priority)" 2000
compare "gcm" capi:gcm-aes-virtio-random "capi:$gcm-random" 32 28
compare "chacha20-poly1305" capi:rfc7539-chacha20-poly1305-virtio-random "capi:$chacha-random" 32 28
compare "chain" "capi:$CHAIN-plain64" "capi:$chain-plain64" 64 32

#
# LUKS2.  On kernel 7, Debian 12's cryptsetup cannot create such a volume: it asks AF_ALG for
# the cipher, and AF_ALG of that kernel allows only some algorithms.
#
lost=$(alg_sum eio)
luks_open() { echo secret | cryptsetup open --disable-keyring --key-file - $disk vault; }
luks_format() {
	# this writes the whole volume, so that all tags exist
	echo secret | cryptsetup luksFormat --batch-mode --type luks2 --cipher aes-gcm-random --key-size 256 \
		--integrity aead --luks2-metadata-size 16k --luks2-keyslots-size 256k \
		--pbkdf pbkdf2 --pbkdf-force-iterations 1000 --disable-keyring --key-file - $disk >/dev/null
}
luks_write() {
	luks_open
	mke2fs -q -t ext4 /dev/mapper/vault
	mount -t ext4 /dev/mapper/vault /mnt
	cp /tmp/plain /tmp/other /mnt
	umount /mnt
	cryptsetup close vault
}
luks_read() {
	luks_open
	mount -t ext4 -o ro /dev/mapper/vault /mnt
	cmp /mnt/plain /tmp/plain
	cmp /mnt/other /tmp/other
	umount /mnt
	cryptsetup close vault
}
# luks MSG MINIMUM COMMAND... - the device does at least MINIMUM requests of COMMAND
luks() {
	local msg=$1 minimum=$2 before
	shift 2
	before=$(alg_stat gcm-aes-virtio offloaded)
	check "LUKS2: $msg" "$@"
	at_least "LUKS2: $msg, requests" $(($(alg_stat gcm-aes-virtio offloaded) - before)) "$minimum"
}
mkdir -p /mnt
[ "$KERNEL" = 7 ] || {
	luks "formatted" 2500 luks_format
	luks "files written" 500 luks_write
	luks "files read" 500 luks_read
}

#
# Full queues: callers get -EBUSY all the time, and wait for -EINPROGRESS.  authenc() of 6.1
# does not pass it on.
#
parameters=/sys/module/virtio_crypto/parameters
echo 1 >$parameters/queue_limit
# full MSG SPEC SOFTSPEC KEYBYTES TAGBYTES - all reads and writes succeed
full() {
	local served
	tags "$5"
	volume "$2" "$4" "$5"
	served=$(served)
	check "$1, full queue: written" ends fill /tmp/plain
	check "$1, full queue: read" ends verify /tmp/plain
	check "$1, full queue: written again" ends fill /tmp/other
	at_least "$1, full queue: served" $(($(served) - served)) $SECTORS
	dmsetup remove --retry vol
	volume "$3" "$4" "$5"
	check "$1, full queue: software reads it" verify /tmp/other
	dmsetup remove --retry vol
	dmsetup remove --retry tags
}
# ends COMMAND... - succeeds within 30 s
ends() {
	rm -f /tmp/ended
	{ if "$@"; then echo 0; else echo 1; fi >/tmp/ending; mv /tmp/ending /tmp/ended; } &
	wait_for 30 [ -e /tmp/ended ] || fail "$*: hangs"
	[ "$(cat /tmp/ended)" = 0 ] || { cat /tmp/dd; return 1; }
}
full chain "capi:$CHAIN-random" "capi:$chain-random" 64 48
full "authenc() of ours" "capi:authenc(hmac-sha256-virtio,xts-aes-virtio)-random" \
	"capi:authenc($hmac,$xts)-random" 96 48
echo 1024 >$parameters/queue_limit
equal "failed requests until here" $(($(alg_sum eio) - lost)) 0
equal "requirements that the driver broke" "$(vcdev violations)" 0

#
# A device that is removed, and one that fails
#
echo 2 >$parameters/timeout
driver=/sys/bus/virtio/drivers/virtio_crypto
dev=$(virtio_of)

# during COMMAND... - runs COMMAND while the volume is written repeatedly.  Sets `failures`
# to the number of writes that failed.
writes() {
	failures=0
	while [ ! -e /tmp/stop ]; do
		fill /tmp/plain || failures=$((failures + 1))
	done
	echo $failures >/tmp/failing
	mv /tmp/failing /tmp/failures
}
during() {
	rm -f /tmp/stop /tmp/failures
	writes &
	sleep 0.3
	"$@"
	sleep 0.5
	touch /tmp/stop
	wait_for 60 [ -e /tmp/failures ] || fail "$*: writing hangs"
	failures=$(cat /tmp/failures)
}

# orderly MSG COMMAND... - no request fails
orderly() {
	local msg=$1 eio
	shift
	eio=$(alg_sum eio)
	during "$@"
	equal "$msg: writes that failed" "$failures" 0
	equal "$msg: requests that failed" $(($(alg_sum eio) - eio)) 0
	whole "$msg"
}
# sudden MSG COMMAND... - writes fail only because of requests in place
sudden() {
	local msg=$1 eio
	shift
	eio=$(alg_sum eio)
	during "$@"
	eio=$(($(alg_sum eio) - eio))
	say "$msg: $failures writes failed, $eio requests"
	[ $IN_PLACE_IS_LOST = yes ] || eio=0
	at_least "$msg: failed requests, at least as many as failed writes" $eio "$failures"
	whole "$msg"
}
# whole MSG - the device is back, and data that is written now is correct
whole() {
	wait_for 40 proven || fail "$1: no recovery: $(stat_of state)"
	check "$1: written" fill /tmp/other
	check "$1: correct" verify /tmp/other
}

rebind() {
	echo "$dev" >$driver/unbind
	sleep 0.3
	echo "$dev" >$driver/bind
}
not_ready() {
	vcdev not-ready >/dev/null
	sleep 0.3
	vcdev ready >/dev/null
}
# ERR and INVSESS
errors() {
	vcdev fault "status=1*10" >/dev/null
	sleep 0.3
	vcdev fault "status=4*10" >/dev/null
	sleep 0.3
	vcdev well >/dev/null
}
stalls() {
	vcdev fault "drop*4" >/dev/null
	sleep 3
}
# All requests that are at the device when the driver is unbound are lost.
vanishes() {
	vcdev fault drop >/dev/null
	sleep 0.3
	echo "$dev" >$driver/unbind
	vcdev well >/dev/null
	echo "$dev" >$driver/bind
}

# shaken MSG SPEC SOFTSPEC KEYBYTES TAGBYTES WORD... - by each WORD
shaken() {
	local msg=$1 soft=$3 key=$4 tag=$5 word
	tags "$tag"
	volume "$2" "$key" "$tag"
	check "$msg: written" fill /tmp/plain
	shift 5
	for word; do
		case $word in
		rebind | not_ready) orderly "$msg, $word" "$word" ;;
		*) sudden "$msg, $word" "$word" ;;
		esac
	done
	by_device "$msg: the device is used again" $SECTORS fill /tmp/plain
	# Reads are in place, too: any may fail, and none may be wrong.
	vcdev fault "status=1*20" >/dev/null
	verify /tmp/plain || grep -q 'Input/output error' /tmp/dd || fail "$msg: wrong data"
	vcdev well >/dev/null
	wait_for 40 proven || fail "$msg: no recovery: $(stat_of state)"
	check "$msg: read" verify /tmp/plain
	dmsetup remove --retry vol
	volume "$soft" "$key" "$tag"
	check "$msg: software reads it" verify /tmp/plain
	dmsetup remove --retry vol
	dmsetup remove --retry tags
}
# Source and destination share associated data and tag, but no text: the fallback can repeat
# requests that the device failed at.
failed=$(alg_sum eio) redone=$(alg_sum 'fb_error|fb_lost')
for alg in gcm-aes-virtio rfc7539-chacha20-poly1305-virtio authenc-hmac-sha256-cbc-aes-virtio; do
	vcdev fault "status=1*10" >/dev/null
	check "$alg, lists with the same ends" insmod /lib/modules/test/vccompare.ko type=aead alg=$alg \
		count=60 nokey=0 soft=1 same_ends=1
	rmmod vccompare
done
vcdev well >/dev/null
equal "requests that failed" $(($(alg_sum eio) - failed)) 0
at_least "requests that the fallback repeated" $(($(alg_sum 'fb_error|fb_lost') - redone)) 10

shaken gcm capi:gcm-aes-virtio-random "capi:$gcm-random" 32 28 rebind not_ready errors stalls vanishes
shaken chain "capi:$CHAIN-plain64" "capi:$chain-plain64" 64 32 rebind errors vanishes
