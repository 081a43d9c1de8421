#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The virtio_crypto authors
# run: --device reference --no-load --kernel 6.1,6.12,7 --qemu 11 --timeout 300
#
# The kernel's own tcrypt with generic names, as somebody would measure the driver: ciphers,
# AEADs and hashes, one request at a time and many.  The results are not compared; the device
# must do all requests, of all lengths and key sizes, without errors.

. /lib/guest.sh

modprobe virtio_crypto cipher_priority=6000 ctr_priority=6000 hash_priority=6000 \
	aead_priority=6000
wait_for 60 all_registered || fail "not all algorithms are registered"

# tcrypt MODE DRIVERNAME... - runs that mode, which must use these drivers without errors; the
# fallback does hashes that come in parts
tcrypt() {
	local mode=$1 driver before
	shift
	before=$(left fb_parts)
	for driver in "$@"; do
		alg_stat "$driver-virtio" offloaded >"/run/$driver"
	done
	dmesg -c >/dev/null
	# after the measurement, it always refuses to load
	modprobe tcrypt "mode=$mode" sec=0 num_mb=8 2>/dev/null && fail "tcrypt has loaded"
	dmesg | grep -iE 'fail|error|timeout' && fail "mode $mode: see above"
	for driver in "$@"; do
		dmesg | grep -q "($driver-virtio)" || fail "mode $mode: does not use $driver-virtio"
		at_least "mode $mode: $driver-virtio" \
			$(($(alg_stat "$driver-virtio" offloaded) - $(cat "/run/$driver"))) 20
	done
	equal "mode $mode: left to the fallback" $(($(left fb_parts) - before)) 0
}

# one at a time
tcrypt 500 ecb-aes cbc-aes xts-aes ctr-aes
tcrypt 501 ecb-des3_ede cbc-des3_ede
tcrypt 502 ecb-des cbc-des
tcrypt 211 rfc4106-gcm-aes gcm-aes
tcrypt 212 rfc4309-ccm-aes
# many
tcrypt 600 ecb-aes cbc-aes xts-aes ctr-aes
tcrypt 601 ecb-des3_ede cbc-des3_ede
tcrypt 602 ecb-des cbc-des
tcrypt 215 rfc4106-gcm-aes gcm-aes
tcrypt 216 rfc4309-ccm-aes
tcrypt 402 md5
tcrypt 403 sha1
tcrypt 404 sha256
tcrypt 405 sha384
tcrypt 406 sha512
tcrypt 413 sha224
tcrypt 418 sha3-224
tcrypt 421 sha3-512
equal "requirements that the driver broke" "$(vcdev violations)" 0
unload_driver
