#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The virtio_crypto authors
# run: --device "reference:--stateless cipher,hash,mac,aead,akcipher" --no-load --kernel uml-debug --smp 2 --timeout 600
# files: vccompare.ko
#
# Compares every algorithm of the driver with the kernel's software, on random input, while
# the device does the work: in stateless mode, in the mode that starts like that and then
# uses sessions, with revision 1, and in the legacy format.  In this order, because the
# transport of User-Mode Linux never again offers a feature that a driver has declined.
# It can also be run by hand on stock kernels with QEMU 11, in about 90 s each.

. /lib/guest.sh

# requests for each algorithm; they are slow in a kernel with sanitizers
COUNT=48
[ "$KERNEL" != uml-debug ] || COUNT=16
algs=/sys/kernel/debug/virtio_crypto/algs

# listed - driver name and type of all registered algorithms
listed() {
	awk -v algs=$algs '
		BEGIN { while ((getline line <algs) > 0) if (line ~ / registered=1 /) {
			split(line, word, " "); ours[word[2]] } }
		$1 == "driver" { name = $3 }
		$1 == "type" && name in ours { print name, $3 }' /proc/crypto
}

# vccompare DRIVERNAME TYPE [PARAM...] - TYPE as in /proc/crypto
vccompare() {
	local alg=$1 type=$2
	shift 2
	[ "$type" != ahash ] || type="hash"
	if insmod /lib/modules/test/vccompare.ko type="$type" alg="$alg" "$@"; then
		rmmod vccompare
		return
	fi
	return 1
}

# compare DRIVERNAME TYPE [COUNT] - the default COUNT depends on the type; the device must
# do exactly those requests of which no part is for the fallback
compare() {
	local count=${3:-$COUNT} before did
	[ "$2" != akcipher ] || count=21
	before=$(alg_stat "$1" offloaded)
	dmesg -c >/dev/null
	vccompare "$1" "$2" "count=$count" nokey=0 2>/run/error || {
		cat /run/error
		dmesg | grep vccompare: | tail -n 40
		fail "$1"
	}
	did=$(($(alg_stat "$1" offloaded) - before))
	[ $did = "$(compared '\([0-9]*\) requests of which')" ] || {
		dmesg | grep vccompare:
		fail "$1: the device did $did"
	}
}

trouble() { alg_sum 'eio|fb_error|fb_lost'; }

# all PARAM... - loads the driver with these parameters and compares all algorithms
all() {
	local alg type before n=0
	modprobe virtio_crypto "$@"
	wait_for 60 all_registered || fail "not all algorithms are registered with ${*:-no parameter}"
	pass "registered with ${*:-no parameter} ($(registered))"
	equal "self-tests that did not pass" "$(not_passed)" ""
	# /proc/crypto is read in several parts, and no longer changes now
	listed >/run/listed
	equal "algorithms in /proc/crypto" "$(wc -l </run/listed)" "$(registered)"
	before=$(trouble)
	while read -r alg type; do
		case $type/$alg in
		skcipher/* | aead/* | ahash/* | akcipher/rsa-virtio) ;;
		*) continue ;;	# signatures
		esac
		compare "$alg" "$type"
		n=$((n + 1))
	done </run/listed
	at_least "algorithms with the same results as software" $n 83
	equal "requests lost or failed" $(($(trouble) - before)) 0
	equal "requirements that the driver broke" "$(vcdev violations)" 0
}

all session_mode=stateless
equal "features" "$(negotiated)" 111111
equal "sessions created" "$(stat_of sessions_created)" 0
unload_driver

all session_mode=auto
equal "features" "$(negotiated)" 111111
at_least "sessions created" "$(stat_of sessions_created)" 10
unload_driver

all revision_1=1
equal "features" "$(negotiated)" 100000
at_least "sessions created" "$(stat_of sessions_created)" 200
unload_driver

all
equal "features" "$(negotiated)" 000000
at_least "sessions created" "$(stat_of sessions_created)" 200

# The driver leaves some of these requests to the fallback.
check "HMAC without a key" vccompare hmac-sha1-virtio ahash count=100
check "a chain with an HMAC without a key" vccompare authenc-hmac-sha256-cbc-aes-virtio aead count=100

#
# Answers out of order.  The device holds some back, for up to a second.
#
vcdev fault reorder=4 >/dev/null
for alg in authencesn-hmac-sha1-cbc-aes-virtio hmac-sha256-virtio; do
	compare $alg "$(awk -v alg=$alg '$1 == alg { print $2 }' /run/listed)" 32
	at_least "$alg out of order: overtaken" \
		"$(compared '.*flight, \([0-9]*\) overtaken')" 3
done
vcdev well >/dev/null

#
# The negative control: a device with wrong results
#
vcdev fault wrong >/dev/null
for alg in cbc-aes-virtio ctr-aes-virtio gcm-aes-virtio authenc-hmac-sha256-cbc-aes-virtio \
	sha256-virtio hmac-sha1-virtio rsa-virtio; do
	type=$(awk -v alg=$alg '$1 == alg { print $2 }' /run/listed)
	[ -n "$type" ] || continue
	check_fails "$alg of a device with wrong results" vccompare $alg "$type" count=21 nokey=0 2>/dev/null
done
vcdev well >/dev/null
compare cbc-aes-virtio skcipher
pass "correct results again"
unload_driver
