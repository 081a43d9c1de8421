#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The virtio_crypto authors
# run: --kernel 7 --qemu 11 --append swiotlb=256,force --device "-object cryptodev-backend-builtin,id=cd0 -device virtio-crypto-pci,id=vc0,cryptodev=cd0,iommu_platform=on,packed=on"
# run: --kernel 6.1,6.12 --qemu 11 --append swiotlb=256,force --device "-object cryptodev-backend-builtin,id=cd0 -device virtio-crypto-pci,id=vc0,cryptodev=cd0,iommu_platform=on"
# files: vctest.ko
#
# Little memory is visible to the device: 512 KiB of bounce buffers, for more requests than
# fit.  A request without a buffer waits for requests in flight, as it would for a full
# ring, and the device does all requests.
#
# A packed ring on 7 only, which returns -EIO where others return -ENOMEM.  On 6.1 and 6.12,
# such a ring shows the device the remains of a request that could not be mapped.

. /lib/guest.sh

wait_for 15 selftests_done 1 || fail "no algorithm is registered"
want=10
[ "$KERNEL" != 7 ] || want=11
equal "the device respects mappings; its rings are packed" \
	"$(cut -c 34,35 "/sys/bus/virtio/devices/$(virtio_of)/features")" $want

# slow, so that many requests are in flight
qmp '{"execute":"qom-set","arguments":{"path":"/objects/cd0","property":"throttle-ops","value":2000}}' >/tmp/qmp ||
	fail "throttle-ops: $(cat /tmp/qmp)"
for len in 512 4096; do
	dmesg -c >/dev/null
	by_device "$len bytes" 3000 vctest ring cbc-aes-virtio "len=$len" depth=512 count=1000
	at_least "no buffer was free" "$(dmesg | grep -c 'swiotlb buffer is full')" 1
	# the kernel prints that ten times in five seconds
	sleep 6
done
equal "state" "$(stat_of state)" ready
equal "failures" "$(stat_of failures)" 0
