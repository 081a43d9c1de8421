#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The virtio_crypto authors
# run: --device reference --queues 2 --no-load --kernel 6.1,6.12,7 --qemu 11 --timeout 420
# run: --kernel uml-debug --device reference --smp 2 --queues 2 --no-load --append cryptomgr.fuzz_iterations=0 --timeout 500
# files: vctest.ko vccompare.ko
#
# Requests that may not wait, as IPsec sends them.  The requests of a key complete in the
# order in which they were submitted, also while its session is being created, and whether
# the device or the fallback does them.  None is refused because a queue is full, neither of
# such requests nor of requests that may wait.

. /lib/guest.sh

COUNT=3000
[ "$KERNEL" != uml-debug ] || COUNT=1500
limit=/sys/module/virtio_crypto/parameters/queue_limit

vcdev violations >/dev/null
modprobe virtio_crypto
wait_for 100 all_registered || fail "not all algorithms are registered"

# order MSG ALG [PARAM...] - requests right after setkey
order() {
	local msg=$1 alg=$2
	shift 2
	dmesg -c >/dev/null
	check "$msg, $alg" vctest order "$alg" "count=$COUNT" "$@"
	dmesg | sed -n 's/.*vctest: # \([a-z]*crypt:\)/    \1/p'
}

# Creating a session takes 20 ms.  The fallback does the requests before; or all of them
# wait, if the first request may.
vcdev fault ctrl-delay=20 >/dev/null
for alg in gcm-aes-virtio rfc4106-gcm-aes-virtio authenc-hmac-sha256-cbc-aes-virtio; do
	order "as fast as possible" $alg
	offloaded=$(alg_stat $alg offloaded) before=$(by_software)
	order "one in 20 us" $alg pace=20
	at_least "by the fallback" $(($(by_software) - before)) 1
	at_least "by the device" $(($(alg_stat $alg offloaded) - offloaded)) 1
done
before=$(by_software)
order "requests that may wait" gcm-aes-virtio backlog=1
equal "by the fallback" $(($(by_software) - before)) 0
order "every other may wait" authenc-hmac-sha256-cbc-aes-virtio pace=20 backlog=2
order "some only for software" authenc-hmac-sha256-cbc-aes-virtio pace=20 empty=7

# More requests than ring and backlog can hold
saved=$(cat $limit)
echo 16 >$limit
order "a short queue" gcm-aes-virtio
order "a short queue" authenc-hmac-sha256-cbc-aes-virtio
echo "$saved" >$limit

# Sessions that cannot be created
vcdev fault ctrl-status=1*2 >/dev/null
order "a session that is refused" gcm-aes-virtio
vcdev well >/dev/null
vcdev fault forget*1 >/dev/null
order "a session that is lost" gcm-aes-virtio pace=20 allow_eio=1
vcdev well >/dev/null

#
# Requests that may wait fill the whole queue
#
echo 128 >$limit
vcdev set throttle=1000 >/dev/null
check "requests of ciphers are not refused" vctest starve cbc-aes-virtio depth=800
check "requests of AEADs, which keep their order, are not refused" \
	vctest order gcm-aes-virtio fill=cbc-aes-virtio depth=800 count=200 pace=100
insmod /lib/modules/test/vctest.ko test=load_bg alg=cbc-aes-virtio fill=cbc-aes-virtio depth=800
for alg in skcipher:cbc-aes-virtio aead:authenc-hmac-sha256-cbc-aes-virtio \
	hash:hmac-sha256-virtio akcipher:rsa-virtio; do
	type=${alg%%:*} alg=${alg#*:}
	before=$(stat_of dataq0_backlogged)
	insmod /lib/modules/test/vccompare.ko type="$type" alg="$alg" count=42 nokey=0 soft=1 nowait=1 || {
		dmesg | grep vccompare: | tail -n 20
		fail "$alg: refused"
	}
	rmmod vccompare
	pass "$alg: not refused"
	at_least "requests that waited" $(($(stat_of dataq0_backlogged) - before)) 1
done
vcdev set throttle=0 >/dev/null
echo stop >/sys/kernel/debug/vctest/control
equal "requests that may wait" "$(cat /sys/kernel/debug/vctest/result)" "ok load_bg cbc-aes-virtio"
rmmod vctest
equal "requirements that the driver broke" "$(vcdev violations)" 0
