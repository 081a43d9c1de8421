#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# run: --device reference --queues 2 --no-load --kernel 6.1,6.12,7 --qemu 11 --timeout 200
# files: ip ping
#
# IPsec between two network namespaces with a device that does chains and AEADs: cipher and
# MAC in one request, with extended sequence numbers too, and GCM.  The driver is chosen by
# its priority, and does each packet once on its way out and once on its way in.

. /lib/guest.sh

vcdev violations >/dev/null
modprobe virtio_crypto
wait_for 60 selftests_done 81 || fail "not all algorithms are registered"
need esp4 xfrm_user veth authenc authencesn gcm seqiv echainiv
modprobe -q drbg || true	# built in, or a module by another name

ip netns add left
ip netns add right
ip link add name vl type veth peer name vr
ip link set vl netns left
ip link set vr netns right
for side in left:vl:10.0.0.1 right:vr:10.0.0.2; do
	ns=${side%%:*} dev=${side#*:}
	addr=${dev#*:} dev=${dev%:*}
	ip -n "$ns" addr add "$addr/24" dev "$dev"
	ip -n "$ns" link set "$dev" up
	ip -n "$ns" link set lo up
done

# secure ALGORITHMS... - of what is between the two, all is done so from now on
secure() {
	for ns in left right; do
		ip -n $ns xfrm state flush
		ip -n $ns xfrm policy flush
		ip -n $ns xfrm state add src 10.0.0.1 dst 10.0.0.2 proto esp spi 0x101 mode transport "$@"
		ip -n $ns xfrm state add src 10.0.0.2 dst 10.0.0.1 proto esp spi 0x102 mode transport "$@"
	done
	ip -n left xfrm policy add src 10.0.0.1 dst 10.0.0.2 dir out tmpl proto esp mode transport
	ip -n left xfrm policy add src 10.0.0.2 dst 10.0.0.1 dir in tmpl proto esp mode transport
	ip -n right xfrm policy add src 10.0.0.2 dst 10.0.0.1 dir out tmpl proto esp mode transport
	ip -n right xfrm policy add src 10.0.0.1 dst 10.0.0.2 dir in tmpl proto esp mode transport
}

pings() { ip netns exec left ping -q -c "$1" -i 0.002 -W 5 -s "$2" 10.0.0.2 >/tmp/ping && grep -q " 0% packet loss" /tmp/ping; }

# done_by DRIVERNAME - packets of that security are its work, and nobody else's
done_by() {
	local before
	check "$1: first packet" pings 1 56	# finds the way, and has the sessions made
	before=$(alg_stat "$1" offloaded)
	by_device "$1: 100 pings" 400 pings 100 56
	by_device "$1: 50 pings in fragments" 200 pings 50 6001
	equal "$1: requests" $(($(alg_stat "$1" offloaded) - before)) 600
}

enc=0x000102030405060708090a0b0c0d0e0f
auth=0x000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f

secure auth-trunc 'hmac(sha256)' $auth 128 enc 'cbc(aes)' $enc
done_by authenc-hmac-sha256-cbc-aes-virtio
secure auth-trunc 'hmac(sha1)' 0x000102030405060708090a0b0c0d0e0f10111213 96 \
	enc 'rfc3686(ctr(aes))' ${enc}aabbccdd
done_by authenc-hmac-sha1-rfc3686-ctr-aes-virtio
secure auth-trunc 'hmac(sha512)' ${auth}${auth#0x} 256 enc 'cbc(aes)' $enc \
	replay-window 64 flag esn
done_by authencesn-hmac-sha512-cbc-aes-virtio
secure aead 'rfc4106(gcm(aes))' ${enc}aabbccdd 128
done_by rfc4106-gcm-aes-virtio

equal "requirements that the driver broke" "$(vcdev violations)" 0
