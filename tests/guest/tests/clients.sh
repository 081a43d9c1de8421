#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The virtio_crypto authors
# run: --kernel 6.1,6.12,7 --qemu 7.2,11 --timeout 300
# files: ip ping
#
# Clients in the kernel that choose the driver by its priority.  IPsec between two network
# namespaces: requests from softirqs, which may neither sleep nor wait in a backlog.
# tcrypt: essiv, and many requests at once.

. /lib/guest.sh

#
# ESP
#
need esp4 xfrm_user veth authenc cbc echainiv sha256 hmac
modprobe -q drbg || true	# built in, or a module with another name
ip netns add left
ip netns add right
ip link add name vl type veth peer name vr
ip link set vl netns left
ip link set vr netns right

# side NS DEV ADDR PEER
side() {
	local enc auth
	enc=0x000102030405060708090a0b0c0d0e0f
	auth=0x000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f
	ip -n "$1" addr add "$3/24" dev "$2"
	ip -n "$1" link set "$2" up
	ip -n "$1" link set lo up
	ip -n "$1" xfrm state add src "$3" dst "$4" proto esp spi "0x10${3##*.}" mode transport \
		auth-trunc 'hmac(sha256)' $auth 128 enc 'cbc(aes)' $enc
	ip -n "$1" xfrm state add src "$4" dst "$3" proto esp spi "0x10${4##*.}" mode transport \
		auth-trunc 'hmac(sha256)' $auth 128 enc 'cbc(aes)' $enc
	ip -n "$1" xfrm policy add src "$3" dst "$4" dir out tmpl proto esp mode transport
	ip -n "$1" xfrm policy add src "$4" dst "$3" dir in tmpl proto esp mode transport
}
side left vl 10.0.0.1 10.0.0.2
side right vr 10.0.0.2 10.0.0.1

pings() { ip netns exec left ping -q -c "$1" -i 0.002 -W 5 -s "$2" 10.0.0.2 >/tmp/ping && grep -q " 0% packet loss" /tmp/ping; }
check "first packet" pings 1 56	# resolves addresses, and creates the sessions
# each ping is encrypted and decrypted, and so is its answer
by_device "300 pings" 1200 pings 300 56
by_device "100 pings in fragments" 400 pings 100 6000
at_least "packets of the security association" \
	"$(ip -n left -s xfrm state get src 10.0.0.1 dst 10.0.0.2 proto esp spi 0x101 |
		sed -n 's/.*, \([0-9]*\)(packets).*/\1/p' | head -n 1)" 400
ip netns del left
ip netns del right

#
# tcrypt; it never stays loaded, and logs the reason
#
tcrypt() {
	modprobe tcrypt "$@" 2>/tmp/tcrypt && return 1
	grep -q 'temporarily unavailable' /tmp/tcrypt
}
by_device "tcrypt: essiv" 300 tcrypt mode=220 sec=0
# 6.1 has no alg= here, and does all modes of aes
case $KERNEL in
6.1) set -- ;;
*) set -- alg=cbc-aes-virtio klen=16 ;;
esac
by_device "tcrypt: 32 requests at once" 2000 tcrypt mode=600 sec=0 num_mb=32 "$@"
