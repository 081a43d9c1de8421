#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The virtio_crypto authors
# run: --modparam try_unadvertised=1 --allow-log "alg: .*cbc-aes-virtio .*failed" --kernel 6.1,6.12,7 --qemu 7.2,11 --timeout 300
# files: vctestmgr.ko
#
# Correct results.  QEMU's builtin backend does more ciphers than it advertises: with
# try_unadvertised=1, all of them are registered and pass the kernel's self-tests, and no
# others are registered.  Then each passes the kernel's full testmgr, which fuzzes it
# against the generic implementation; so do cts, essiv and authenc on top of the driver.
# A wrong algorithm must fail, which shows that the test can fail.
#
# QEMU does not do single DES.

. /lib/guest.sh

does="ecb-aes cbc-aes ctr-aes xts-aes ecb-des3_ede cbc-des3_ede ctr-des3_ede"

wait_for 30 selftests_done 7 || true
# shellcheck disable=SC2086 # words
equal "registered" "$(awk '$1 == "driver" && $3 ~ /-virtio$/ { print $3 }' /proc/crypto | sort | xargs)" \
	"$({ printf '%s-virtio\n' $does && qemu_signatures; } | sort | xargs)"
for alg in $does; do
	equal "$alg: self-test" "$(proc_crypto "$alg-virtio" selftest)" passed
	at_least "$alg: offloaded by the self-tests" "$(alg_stat "$alg-virtio" offloaded)" 10
done
for alg in ecb-des cbc-des; do
	equal "$alg: registered" "$(alg_stat "$alg-virtio" registered)" 0
done
# QEMU requires whole blocks, even in counter mode and in xts
equal "left to the fallback for other reasons than length" "$(left fb_length)" 0

# requests of the driver's own
trials() { echo $(($(served) - $(alg_sum offloaded))); }
before_all=$(trials)

need md5 sha1 sha256 hmac authenc essiv cts des_generic

# testmgr DRIVER ALG [PARAM...]
testmgr() {
	local driver=$1 alg=$2
	shift 2
	if insmod /lib/modules/test/vctestmgr.ko driver="$driver" alg="$alg" "$@" 2>/dev/null; then
		rmmod vctestmgr
		return
	fi
	return 1
}

# full DRIVER ALG [REASONS] - the device must do most of the work, and the fallback the
# rest for REASONS (a regular expression of counters)
full() {
	local driver=$1 alg=$2 reasons=${3:-fb_length} before others
	before=$(alg_sum offloaded)
	others=$(left "$reasons")
	testmgr "$driver" "$alg" fuzz_iterations=$ITERATIONS || {
		dmesg | grep -E 'alg:|vctestmgr' | tail -n 20
		fail "full testmgr of $driver"
	}
	pass "full testmgr of $driver ($(dmesg | sed -n 's/.*vctestmgr: .*, \([0-9]* ms\)$/\1/p' | tail -n 1))"
	at_least "$driver: offloaded" $(($(alg_sum offloaded) - before)) 300
	equal "$driver: left to the fallback for other reasons than $reasons" \
		$(($(left "$reasons") - others)) 0
}
ITERATIONS=100

for alg in $does; do
	case $alg in
	# QEMU refuses keys of 48 bytes, the fallback accepts them
	xts-*) reasons='fb_length|fb_nosession' ;;
	*) reasons=fb_length ;;
	esac
	# cbc-aes-virtio is cbc(aes), and so on
	full "$alg-virtio" "${alg%%-*}(${alg#*-})" "$reasons"
done

# template MSG TYPE MASK NAME PATTERN ALG - makes the crypto API create NAME on top of the
# driver; its driver name matches PATTERN.  Here tcrypt only looks the name up.
template() {
	local driver
	modprobe -q tcrypt mode=0 type="$2" mask="$3" alg="$4" 2>/dev/null || true
	driver=$(awk -v pattern="$5" '$1 == "driver" && $3 ~ pattern { print $3; exit }' /proc/crypto)
	check "$1 is created: ${driver:-no $5}" [ -n "$driver" ]
	full "$driver" "$6"
}
# the type and mask that the API itself uses when a client asks for an skcipher
case $KERNEL in
6.1) skcipher='5 15' ;;
*) skcipher='5 14' ;;
esac
# shellcheck disable=SC2086 # words
template cts $skcipher 'cts(cbc-aes-virtio)' '^cts[(]cbc-aes-virtio[)]' 'cts(cbc(aes))'
# shellcheck disable=SC2086 # words
template essiv $skcipher 'essiv(cbc(aes),sha256)' '^essiv[(]cbc-aes-virtio' 'essiv(cbc(aes),sha256)'
template authenc 3 15 'authenc(hmac(sha1),cbc(aes))' '^authenc[(]hmac.*cbc-aes-virtio' \
	'authenc(hmac(sha1),cbc(aes))'

#
# The negative control
#
before=$(alg_sum offloaded)
need camellia_generic
check_fails "cbc-aes-virtio is not cbc(camellia)" testmgr cbc-aes-virtio 'cbc(camellia)'
check "the reason was a wrong result" sh -c "dmesg | tail -n 20 | grep -q 'alg: .*failed'"
at_least "offloaded" $(($(alg_sum offloaded) - before)) 1

# The driver does not try again what the device says that it does not support: the test
# has lasted twice as long as the pause before a retry.  QEMU 7.2 reports an error instead,
# which may be temporary, so the driver tries again, in at most five more rounds.
while [ "$(cut -d. -f1 /proc/uptime)" -lt 26 ]; do sleep 1; done
case $QEMU in
7.2*) at_least "requests of trials: left of five rounds" $((before_all + 10 - $(trials))) 0 ;;
*) equal "requests of trials" "$(trials)" "$before_all" ;;
esac
