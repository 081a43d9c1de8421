#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The virtio_crypto authors
# run: --device "reference:--stateless cipher,hash,mac,aead,akcipher" --no-load --kernel 6.1,6.12,7 --qemu 11 --timeout 300
# quick: --device "reference:--stateless cipher,hash,mac,aead,akcipher" --no-load --kernel uml-lean --timeout 200
# files: vcvectors.ko
#
# Published vectors, those of the reference device's own tests, through the driver's
# algorithms: in stateless mode, in the mode that starts like that and then uses sessions,
# with revision 1, and in the legacy format.  In this order, because the transport of
# User-Mode Linux never again offers a feature that a driver has declined.
#
# The numbers are exact, so a vector that is no longer used is a failure.

. /lib/guest.sh

# vectors - runs the module once; the log then contains only its lines
vectors() {
	dmesg -c >/dev/null
	insmod /lib/modules/test/vcvectors.ko && rmmod vcvectors
}

# sums KIND - the module's numbers of one kind
sums() { dmesg | sed -n "s/.*vcvectors: # $1: //p" | tail -n 1; }

# failed KIND - how many of that kind failed
failed() { sums "$1" | sed 's/.*failed //'; }

# passed - how many of all kinds passed
passed() { dmesg | sed -n 's/.*vcvectors: # .*: passed \([0-9]*\),.*/\1/p' | awk '{ n += $1 } END { print n + 0 }'; }

# expect KIND PASSED SKIPPED
expect() { equal "vectors, $1" "$(sums "$1")" "passed $2, skipped $3, failed 0"; }

# expect_all - skipped are: ARC4, SHAKE, HMACs of empty messages as chains, RSA with MD2 and
# MD4, P-224, signatures that are BER but not DER, and on 6.1 all of ECDSA
expect_all() {
	expect cipher 76 2
	expect hash 25 2
	expect mac 69 0
	expect aead 90 0
	expect chain 90 2
	expect rsa 4 0
	expect pkcs1 34 2
	case $KERNEL in
	6.1) expect ecdsa 0 41 ;;
	*) expect ecdsa 28 13 ;;
	esac
}

# The driver leaves these to the fallback: empty texts of AEADs, and empty messages.  On 6.12
# also signatures that are not DER; newer kernels decode them before the driver sees them.
case $KERNEL in
6.12) SOFTWARE=56 ;;
*) SOFTWARE=44 ;;
esac

# all PARAM... - loads the driver with these parameters and tests all vectors
all() {
	local offloaded left software
	modprobe virtio_crypto "$@"
	wait_for 60 all_registered || fail "not all algorithms are registered with ${*:-no parameter}"
	pass "registered with ${*:-no parameter} ($(registered))"
	equal "self-tests that did not pass" "$(not_passed)" ""
	offloaded=$(alg_sum offloaded) left=$(alg_sum 'fb_length|fb_parts') software=$(by_software)
	vectors || {
		dmesg | grep 'vcvectors: not ok'
		fail "vectors with ${*:-no parameter}"
	}
	expect_all
	equal "left to the fallback for these reasons" $(($(alg_sum 'fb_length|fb_parts') - left)) $SOFTWARE
	equal "left to the fallback for any reason" $(($(by_software) - software)) $SOFTWARE
	# some vectors are several requests
	at_least "done by the device" $(($(alg_sum offloaded) - offloaded)) $(($(passed) - SOFTWARE))
	equal "requirements that the driver broke" "$(vcdev violations)" 0
}

all session_mode=stateless
equal "features" "$(negotiated)" 111111
equal "sessions created" "$(stat_of sessions_created)" 0
unload_driver

all session_mode=auto
equal "features" "$(negotiated)" 111111
unload_driver

all revision_1=1
equal "features" "$(negotiated)" 100000
at_least "sessions created" "$(stat_of sessions_created)" 300
unload_driver

# A device that gives no sessions is used without them, whatever the parameter says.
case $KERNEL in
uml-*) ;;
*)
	vcdev fault full >/dev/null
	all session_mode=sessions
	equal "features" "$(negotiated)" 111111
	equal "sessions" "$(stat_of sessions)" 0
	unload_driver
	vcdev well >/dev/null
	;;
esac

all
equal "features" "$(negotiated)" 000000
at_least "sessions created" "$(stat_of sessions_created)" 300

#
# The negative controls: a device with wrong results, and a device that accepts every
# signature and tag; for signatures, only the second shows anything.
#
vcdev fault wrong >/dev/null
check_fails "vectors on a device with wrong results" vectors 2>/dev/null
for kind in cipher hash mac aead chain rsa pkcs1; do
	at_least "of these, $kind" "$(failed $kind)" 4
done
vcdev well >/dev/null
vcdev fault status=0 >/dev/null
check_fails "vectors on a device that accepts everything" vectors 2>/dev/null
at_least "of these, aead" "$(failed aead)" 10
[ "$KERNEL" = 6.1 ] || at_least "of these, ecdsa" "$(failed ecdsa)" 4
vcdev well >/dev/null
check "correct results again" vectors
expect_all
unload_driver
