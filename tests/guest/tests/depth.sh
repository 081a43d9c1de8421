#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The virtio_crypto authors
# run: --device reference --no-load --kernel 6.12 --qemu 11
# run: --kernel uml-debug --device reference --no-load --append cryptomgr.fuzz_iterations=0
# files: vctest.ko
#
# A device that takes 20 ms for a request, but does many requests at the same time, gets
# all requests that exist, and not one after another: with N in flight, it does nearly N
# times as many requests as with one.  tests/guest/bench-depth.sh measures this.

. /lib/guest.sh

vcdev violations >/dev/null
modprobe virtio_crypto
wait_for 100 all_registered || fail "not all algorithms are registered"
vcdev set delay=20000 >/dev/null

# ops DEPTH - requests per second
ops() {
	dmesg -c >/dev/null
	vctest speed cbc-aes-virtio "depth=$1" threads=1 len=512 secs=2 || fail "speed"
	dmesg | sed -n 's/.* \([0-9]*\) ops.*/\1/p'
}

# enough DEPTH TENTHS - at DEPTH, the device does at least TENTHS tenths of the requests that
# it does one after another; prints both numbers
enough() {
	local one
	one=$(ops 1)
	tenths=$((10 * $(ops "$1") / one))
	say "depth 1: $one requests per second; depth $1: $tenths tenths of that"
	[ "$tenths" -ge "$2" ]
}

for want in 2:15 4:27 8:40; do
	depth=${want%:*} want=${want#*:} tries=3
	# on a busy machine, several requests may also take longer
	until enough "$depth" "$want" || [ $tries = 1 ]; do
		tries=$((tries - 1))
	done
	at_least "depth $depth: tenths of one after another" "$tenths" "$want"
done
equal "requirements that the driver broke" "$(vcdev violations)" 0
