#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The virtio_crypto authors
# run: --reboot --kernel 6.1,6.12 --qemu 7.2,11
# run: --reboot --kernel 7 --qemu 11
# files: dmsetup
#
# Reboots with many sessions in use.  QEMU keeps them over the reset and allows 256 in
# total: unless the driver tells the device to end them, it is full in the third boot.
#
# With QEMU 7.2, kernel 7.3 sometimes dies 2 s after a reset, of a breakpoint that its own
# code patching has set, long before any module is loaded.

. /lib/guest.sh

# QEMU's objects survive a reboot, so they can count the boots
boot=$(qmp '{"execute":"qom-list","arguments":{"path":"/objects"}}' | grep -o '"name": "boot[0-9]*"' | wc -l)
qmp "{\"execute\":\"object-add\",\"arguments\":{\"qom-type\":\"iothread\",\"id\":\"boot$boot\"}}" >/dev/null
say "boot $boot"

need dm_mod dm_crypt md5
modprobe brd rd_nr=1 rd_size=4096
key=$(seq 1 1024 | awk '{ printf "%02x", $1 * 7 % 256 }')
dmsetup create vol --table "0 8192 crypt capi:cbc-aes-virtio-lmk $key 0 /dev/ram0 0"
rewrite() { dd if=/dev/urandom of=/dev/mapper/vol bs=64k count=4 conv=fsync 2>/dev/null; }
verify() { dd if=/dev/mapper/vol of=/dev/null iflag=direct bs=64k count=4 2>/dev/null; }
by_device "written" 512 rewrite
by_device "read" 512 verify
at_least "sessions, two for a key" "$(stat_of sessions)" 128
equal "sessions that the device refused" "$(stat_of sessions_failed)" 0
[ "$boot" -ge 2 ] || reboot -f
at_least "boots before this one" "$boot" 2
