#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The virtio_crypto authors
# run: --device "reference:--revision-1 --sessions 8 --services cipher,mac,aead --algos cipher=3,13 --algos mac=1,2,3,4,5,6,26 --algos aead=1,3" --queues 2 --no-load --kernel uml-debug --smp 2 --timeout 400
# run: --device "reference:--revision-1 --sessions 8 --services cipher,mac,aead --algos cipher=3,13 --algos mac=1,2,3,4,5,6,26 --algos aead=1,3" --queues 2 --no-load --kernel 6.1 --qemu 11 --timeout 300
# files: vccompare.ko
#
# Few sessions, and no key is confused with another: many writers at once, each with its own
# transform and keys, on a device with 8 sessions.  Keys change while requests are in
# flight; each request must be done with the key that it was submitted with.  The fallback
# does requests without a session.  Then a device with enough sessions, which does all.

. /lib/guest.sh

WRITERS=24
case $KERNEL in
uml-debug) COUNT=20 ;;	# it is slow
*) COUNT=48 ;;
esac

# session WORD - one of the device's counters of sessions
session() { vcdev counts | sed -n "s/.*\"sessions\":{[^}]*\"$1\":\([0-9]*\).*/\1/p"; }
none_alive() { [ "$(session alive)" = 0 ]; }

figures() { alg_stat "$alg" "$1"; }
lost() { alg_sum 'fb_error|fb_lost'; }

# writers MSG TYPE DRIVERNAME [PARAM...] - all results must be correct, and a request may be
# lost only with -EIO, as vccompare's parameters allow.  Sets `served`, the requests that the
# device did, and adds to `crossed` those in flight while a key changed
crossed=0
writers() {
	local msg="$1 $3" type=$2 alg=$3 eio lost
	shift 3
	served=$(figures offloaded) eio=$(figures eio) lost=$(lost)
	dmesg -c >/dev/null
	insmod /lib/modules/test/vccompare.ko type="$type" alg="$alg" writers=$WRITERS \
		count=$COUNT nokey=0 rekey_busy=1 "$@" 2>/run/error || {
		cat /run/error
		dmesg | grep vccompare: | tail -n 40
		fail "$msg"
	}
	rmmod vccompare
	compared '\([0-9a].*\)'
	served=$(($(figures offloaded) - served))
	crossed=$((crossed + $(compared '.*keys, \([0-9]*\) requests')))
	equal "$msg: -EIO" $(($(figures eio) - eio)) "$(compared '.*meanwhile, \([0-9]*\) given up')"
	equal "$msg: lost for other reasons" $(($(lost) - lost)) 0
	wait_for 10 none_alive || fail "$msg: sessions are left at the device"
}

# few MSG TYPE DRIVERNAME [PARAM...] - with fewer sessions than transforms
few() {
	writers "$@" soft=1 allow_eio=1
	at_least "$1 $3: by the device" $served $((WRITERS * COUNT / 10))
}

# room TYPE DRIVERNAME - with a session for each transform, the device does all requests that
# it supports
room() {
	writers "room," "$@" soft=1
	equal "room, $2: by the device" $served "$(compared '\([0-9]*\) requests of which')"
}

load() {
	modprobe virtio_crypto "$@"
	wait_for 60 selftests_done 24 || fail "not all algorithms are registered"
	wait_for 10 none_alive || fail "sessions are left after self-tests"
}

# A device with revision 1 reports that it is full: idle sessions are given up.  It comes
# first, because User-Mode Linux never again offers a feature that was declined.
vcdev help >/dev/null # before the driver is loaded, see Documentation/testing.rst
load revision_1=1
few "revision 1," skcipher cbc-aes-virtio idle=1100
few "revision 1," skcipher xts-aes-virtio
few "revision 1," aead gcm-aes-virtio idle=1100
[ "$KERNEL" = uml-debug ] || {
	few "revision 1," aead rfc7539-chacha20-poly1305-virtio
	few "revision 1," aead authenc-hmac-sha256-cbc-aes-virtio
}
few "revision 1," aead authencesn-hmac-sha256-cbc-aes-virtio
few "revision 1," hash hmac-sha256-virtio idle=1100
few "revision 1," hash cmac-aes-virtio
at_least "sessions that were given up" "$(stat_of sessions_evicted)" 3
equal "sessions at once" "$(session most_alive)" 8
unload_driver
equal "sessions afterwards" "$(session alive)" 0

# A device without revision 1 returns ERR, which may mean anything.
load
few "legacy," skcipher cbc-aes-virtio
few "legacy," hash hmac-sha256-virtio
at_least "sessions refused" "$(stat_of sessions_failed)" 20
equal "sessions at once" "$(session most_alive)" 8
unload_driver
equal "sessions afterwards" "$(session alive)" 0

# With enough sessions, a change of keys must not cost anything.
vcdev set sessions=1024 >/dev/null
load
before=$(stat_of sessions_failed)
room aead authencesn-hmac-sha256-cbc-aes-virtio
room hash hmac-sha256-virtio
equal "sessions refused" $(($(stat_of sessions_failed) - before)) 0
at_least "in flight while a key changed" $crossed 50
equal "requirements that the driver broke" "$(vcdev violations)" 0
unload_driver
equal "sessions afterwards" "$(session alive)" 0
