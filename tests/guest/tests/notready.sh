#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The virtio_crypto authors
# run: --device "-chardev socket,id=ch0,path=@TMP@/vu,server=on,wait=off -object cryptodev-vhost-user,id=cd0,chardev=ch0,queues=4 -device virtio-crypto-pci,id=vc0,cryptodev=cd0,vectors=0" --kernel 6.1,6.12,7 --qemu 7.2,11 --timeout 300
# files: vctest.ko
#
# A device whose HW_READY is clear.  With QEMU, that is a vhost-user device without a
# process behind it.  It probes with all of its five queues, gets no requests, registers
# nothing, survives suspend and can be removed.  A ready device beside it is used.

. /lib/guest.sh

state_is() { [ "$(stat_of state "$2" 2>/dev/null)" = "$1" ]; }
registered() { awk '$1 == "driver" && $3 ~ /-virtio$/ { print $3 }' /proc/crypto; }
idle() { # MSG
	equal "$1: state" "$(stat_of state virtio0)" not-ready
	equal "$1: data queues" "$(stat_of dataqs virtio0)" 4
	equal "$1: messages and requests" "$(stat_of ctrl_sent virtio0) $(stat_of submitted virtio0)" "0 0"
}

check "bound" [ "$(virtio_of)" = virtio0 ]
idle "after probe"
# 1 + 2 + 4 + 8: acknowledged, driver, driver ok, features ok; 64 and 128 would be errors
equal "status" "$(cat /sys/bus/virtio/devices/virtio0/status)" 0x0000000f
for q in 0 1 2 3 4; do
	desc=$(qmp "{\"execute\":\"x-query-virtio-queue-status\",\"arguments\":{\"path\":\"/machine/peripheral/vc0/virtio-backend\",\"queue\":$q}}" |
		grep -o '"vring-desc": [0-9]*' | grep -o '[0-9]*$')
	check "queue $q has memory: $desc" [ "${desc:-0}" -gt 0 ]
done
equal "registered" "$(registered)" ""
check_fails "no transform can be allocated" vctest load cbc-aes-virtio secs=1 2>/dev/null >/dev/null

echo devices >/sys/power/pm_test
echo 0 >/sys/module/suspend/parameters/pm_test_delay
echo freeze >/sys/power/state
idle "after suspend"
echo virtio0 >/sys/bus/virtio/drivers/virtio_crypto/unbind
echo virtio0 >/sys/bus/virtio/drivers/virtio_crypto/bind
idle "after unbind and bind"

unload_driver
equal "registered afterwards" "$(registered)" ""
load_driver
idle "loaded again"

# a ready device beside it
qmp '{"execute":"object-add","arguments":{"qom-type":"cryptodev-backend-builtin","id":"cd1"}}' >/dev/null
qmp '{"execute":"device_add","arguments":{"driver":"virtio-crypto-pci","id":"vc1","cryptodev":"cd1"}}' >/dev/null
wait_for 20 state_is ready virtio1 || fail "the second device is not ready"
wait_for 20 selftests_done 1 || fail "the second device's algorithm is not registered"
equal "registered" "$(registered | sort | xargs)" \
	"$({ echo cbc-aes-virtio && qemu_signatures; } | xargs)"
by_device "load" 500 vctest load cbc-aes-virtio secs=1
idle "beside a ready one"
unload_driver
