#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The virtio_crypto authors
# run: --device "reference:--stateless cipher,hash,mac,aead,akcipher" --no-load --kernel 6.1,6.12,7 --qemu 11 --timeout 300
# quick: --device "reference:--stateless cipher,hash,mac,aead,akcipher" --no-load --kernel uml-lean --timeout 200
# files: vcvectors.ko
#
# Published vectors, those of the reference device's own tests, through the driver's
# algorithms: in stateless mode, in the mode that begins like that and goes over to
# sessions, with revision 1, and in the legacy format.  In this order, because the
# transport of User-Mode Linux never offers again what a driver has once declined.
#
# Numbers are exact: a vector that nobody asks for any more is a failure.

. /lib/guest.sh

# vectors - the module, once, whose lines are the log from then on
vectors() {
	dmesg -c >/dev/null
	insmod /lib/modules/test/vcvectors.ko && rmmod vcvectors
}

# sums KIND - the module's, of one kind
sums() { dmesg | sed -n "s/.*vcvectors: # $1: //p" | tail -n 1; }

# failed KIND - of which that many failed
failed() { sums "$1" | sed 's/.*failed //'; }

# passed - the same of all kinds, what passed
passed() { dmesg | sed -n 's/.*vcvectors: # .*: passed \([0-9]*\),.*/\1/p' | awk '{ n += $1 } END { print n + 0 }'; }

# expect KIND PASSED SKIPPED
expect() { equal "vectors, $1" "$(sums "$1")" "passed $2, skipped $3, failed 0"; }

# expect_all - what is skipped: ARC4, SHAKE, HMACs of nothing as chains, MD2 and MD4 with RSA;
# P-224, what is BER but not DER, and on 6.1 all of ECDSA
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

# All that the driver leaves to software: an AEAD's text, and messages, of no bytes.  On 6.12
# also the signatures that are no DER; newer kernels decode them before the driver sees them.
case $KERNEL in
6.12) SOFTWARE=56 ;;
*) SOFTWARE=44 ;;
esac

# all PARAM... - the driver with these parameters
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
	equal "left to software" $(($(alg_sum 'fb_length|fb_parts') - left)) $SOFTWARE
	equal "done by software at all" $(($(by_software) - software)) $SOFTWARE
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

# A device that gives no sessions is used without, whatever was asked for.
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
# The negative controls: a device that is wrong, and one that finds everything to be right,
# which alone is what a signature can tell.
#
vcdev fault wrong >/dev/null
check_fails "vectors of a device that is wrong" vectors 2>/dev/null
for kind in cipher hash mac aead chain rsa pkcs1; do
	at_least "of these, $kind" "$(failed $kind)" 4
done
vcdev well >/dev/null
vcdev fault status=0 >/dev/null
check_fails "vectors of a device that finds all right" vectors 2>/dev/null
at_least "of these, aead" "$(failed aead)" 10
[ "$KERNEL" = 6.1 ] || at_least "of these, ecdsa" "$(failed ecdsa)" 4
vcdev well >/dev/null
check "well again" vectors
expect_all
unload_driver
