#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The virtio_crypto authors
# run: --device reference --no-load --kernel 6.1,7 --qemu 11
# run: --kernel uml-debug --device reference --no-load --append cryptomgr.fuzz_iterations=0
# files: vctest.ko
#
# With choice=fastest requests are done by the device or by software, whichever is faster:
# a slow device is left alone, and found again when it has become fast.  Requests of an
# AEAD's key keep their order when both do some.

. /lib/guest.sh

ALG=cbc-aes-virtio
choice=/sys/module/virtio_crypto/parameters/choice

vcdev violations >/dev/null
modprobe virtio_crypto
wait_for 100 all_registered || fail "not all algorithms are registered"

#
# The parameter
#
equal "by default the device does all requests" "$(cat $choice)" \
	cipher:device,hash:device,aead:device,chain:device
echo fastest >$choice
equal "for all kinds" "$(cat $choice)" cipher:fastest,hash:fastest,aead:fastest,chain:fastest
echo hash:device,chain:device >$choice
equal "for some kinds" "$(cat $choice)" cipher:fastest,hash:device,aead:fastest,chain:device
for bad in '' quickest cipher fastest: :fastest cipher:fastest:device hash:device,x:device \
	'fastest,' ',fastest'; do
	check_fails "choice=$bad is refused" sh -c "echo '$bad' >$choice 2>/dev/null"
done
equal "and changes nothing" "$(cat $choice)" \
	cipher:fastest,hash:device,aead:fastest,chain:device

# load - keeps the driver busy while /tmp/load exists
load() {
	while [ -e /tmp/load ]; do
		vctest speed $ALG depth=64 threads=1 len=4096 secs=2
	done
}

# shares SECONDS - how many requests the device and software have done in that time, as
# $device and $software
shares() {
	device=$(alg_stat $ALG offloaded) software=$(alg_stat $ALG fb_choice)
	sleep "$1"
	device=$(($(alg_stat $ALG offloaded) - device))
	software=$(($(alg_stat $ALG fb_choice) - software))
	say "    device $device, software $software"
}

# most WHOM - does it do most requests?
most() {
	shares 0.5
	case $1 in
	device) [ $((device)) -gt $((3 * software)) ] ;;
	software) [ $((software)) -gt $((3 * device)) ] ;;
	esac
}

#
# The choice follows the device
#
: >/tmp/load
load &
load=$!
check "a fast device does most requests" wait_for 10 most device
vcdev set delay=50000 >/dev/null
check "a slow one does not" wait_for 5 most software
vcdev set delay=0 >/dev/null
check "one that is fast again is found" wait_for 25 most device
echo device >$choice
shares 1
equal "no request is chosen for software" "$software" 0
rm /tmp/load
wait $load
grep "^$ALG bytes=4096 choice=[a-z]* software_ns=[1-9][0-9]* device_ns=[1-9]" \
	/sys/kernel/debug/virtio_crypto/choices >/dev/null ||
	fail "$(cat /sys/kernel/debug/virtio_crypto/choices)"

#
# Order, while both do requests
#
echo fastest >$choice
for alg in gcm-aes-virtio authenc-hmac-sha256-cbc-aes-virtio; do
	before=$(alg_stat $alg fb_choice) offloaded=$(alg_stat $alg offloaded)
	check "order, $alg" vctest order $alg count=20000 pace=20
	at_least "by software" $(($(alg_stat $alg fb_choice) - before)) 1
	at_least "by the device" $(($(alg_stat $alg offloaded) - offloaded)) 1
done
equal "requirements that the driver broke" "$(vcdev violations)" 0
