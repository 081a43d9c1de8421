#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The virtio_crypto authors
# run: --no-load --kernel 6.1,6.12,7 --qemu 11 --timeout 420
# run: --no-load --kernel 6.1 --qemu 7.2 --timeout 420
# files: vctest.ko
#
# Requests as no client sends them, from our test module: scatterlists of every shape,
# requests at and over the device's max_size, a full ring with and without MAY_BACKLOG,
# more transforms than the device has sessions, keys that change while requests are in
# flight, bad keys, requests from softirqs right after setkey.  All results are compared
# with software's.  The device does the work; where it cannot, the counters show why.
#
# Then some of it with indirect descriptors, a split header, and batched notifications.

. /lib/guest.sh

MODPARAMS=try_unadvertised=1 load_driver
wait_for 15 selftests_done 7
cbc='cbc-aes-virtio'

by_device shapes 1000 vctest shapes $cbc loops=100
# QEMU accepts whole blocks only, even in counter mode, and no keys of 48 bytes for xts
for load in ecb-aes ctr-aes "xts-aes keylen=64" cbc-des3_ede; do
	# shellcheck disable=SC2086 # words
	by_device "load $load" 200 vctest load ${load%% *}-virtio secs=1 len=512 ${load#"${load%% *}"}
done
mostly "load ctr-aes, any length" 100 fb_length vctest load ctr-aes-virtio secs=1
by_device rekey 500 vctest rekey $cbc loops=200
by_device atomic 1000 vctest atomic $cbc loops=100
by_device setkey 5 vctest setkey $cbc
mostly "setkey xts" 1 'fb_nosession|fb_lost' vctest setkey xts-aes-virtio
by_device "setkey 3des" 5 vctest setkey cbc-des3_ede-virtio

# QEMU 11 accepts 1 MiB of iv, source, destination and status together, QEMU 7.2 as much as
# fits into the ring
case $QEMU in
7.2) too_large=fb_frags ;;
*) too_large=fb_size ;;
esac
before=$(alg_sum fb_size)
mostly sizes 8 $too_large vctest sizes $cbc
case $QEMU in
7.2) equal "requests over max_size" $(($(alg_sum fb_size) - before)) 0 ;;
*) at_least "requests over max_size" $(($(alg_sum fb_size) - before)) 8 ;;
esac

# 256 sessions: other transforms get theirs in turn, or use the fallback
before=$(stat_of sessions_failed)
mostly many 500 fb_nosession vctest many $cbc count=400 loops=1
say "refused by the device: $(($(stat_of sessions_failed) - before)), evicted: $(stat_of sessions_evicted)"
equal "sessions afterwards" "$(stat_of sessions)" 0
by_device "sessions are available again" 5 vctest load $cbc secs=1

# a short queue, because QEMU may be too fast to fill a long one
echo 128 >/sys/module/virtio_crypto/parameters/queue_limit
before=$(stat_of dataq0_refused)
# nobody is told to pause on kernels whose templates lose that information
case $KERNEL in
6.1) need_full=0 ;;
*) need_full=1 ;;
esac
mostly ring 5000 'fb_nosession|fb_busy' vctest ring $cbc need_full=$need_full depth=4096 len=256
at_least "requests refused" $(($(stat_of dataq0_refused) - before)) 1
equal "requests in flight" "$(($(stat_of dataq0_inflight) + $(stat_of dataq0_backlog)))" 0
unload_driver

#
# Other ways to build descriptors
#
MODPARAMS='indirect_desc=1 split_header=1 notify_batch=64 queue_limit=128' load_driver
by_device "indirect, split: shapes" 500 vctest shapes $cbc loops=50
mostly "indirect, split: ring" 5000 'fb_nosession|fb_busy' vctest ring $cbc depth=4096 len=64
by_device "indirect, split: load" 500 vctest load $cbc secs=2
unload_driver

MODPARAMS='split_header=1 queue_limit=1 notify_batch=1' load_driver
mostly "split, short queue: load" 500 fb_busy vctest load $cbc secs=2
mostly "split, short queue: sizes" 8 $too_large vctest sizes $cbc
