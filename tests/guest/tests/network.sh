#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The virtio_crypto authors
# run: --device reference --queues 2 --no-load --kernel 6.1,6.12,7 --qemu 11 --timeout 200
# files: ip ping openssl taskset
#
# Networking with a device that does chains and AEADs; the driver is chosen by its priority.
# IPsec between two network namespaces: cipher and MAC in one request, also with extended
# sequence numbers, GCM and CCM; each packet is one request when it is sent and one when it
# is received.  TLS in the kernel: openssl's server and client give it their keys.

. /lib/guest.sh

vcdev violations >/dev/null
modprobe virtio_crypto
wait_for 60 all_registered || fail "not all algorithms are registered"
need esp4 xfrm_user veth authenc authencesn gcm ccm seqiv echainiv tls
modprobe -q drbg || true	# built in, or a module with another name

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

# secure ALGORITHMS... - all traffic between the two uses these from now on
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

# done_by DRIVERNAME - this driver, and no other, processes the packets
done_by() {
	local before
	check "$1: first packet" pings 1 56	# resolves addresses, and creates the sessions
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
# On 7, the priority of software's CCM is 205, half of the sum of its CTR and its CBC-MAC, and
# is above ours.
case $KERNEL in
6.*)
	secure aead 'rfc4309(ccm(aes))' ${enc}aabbcc 128
	done_by rfc4309-ccm-aes-virtio
	;;
esac

# The first packets of a new key, of which some hundred are sent while its sessions are being
# created.  A receiver takes a packet that others have overtaken for a replay, and drops it.
for f in /proc/sys/net/core/[rw]mem_*; do
	echo $((32 << 20)) >"$f"
done
echo 10000 >/proc/sys/net/core/netdev_max_backlog
# errors - the error counters of both, of any kind
errors() {
	for ns in left right; do
		ip netns exec $ns cat /proc/net/xfrm_stat
	done | awk '$2 { print $1, $2 }' | xargs
}
# icmp NAMESPACE FIELD - a counter of all ICMP messages, as /proc/net/snmp names it
icmp() {
	ip netns exec "$1" cat /proc/net/snmp | awk -v field="$2" '
		$1 == "Icmp:" && at { print $at }
		$1 == "Icmp:" { for (i = 2; i <= NF; i++) if ($i == field) at = i }'
}
# all_arrived - no echo request was lost, nor any reply
all_arrived() {
	[ "$(icmp right InEchos)" -ge 1500 ] &&
		[ "$(icmp right InEchos)" = "$(icmp left OutEchos)" ] &&
		[ "$(icmp left InEchoReps)" = "$(icmp right OutEchoReps)" ]
}
# first_packets DRIVERNAME ALGORITHMS...
first_packets() {
	local alg=$1 offloaded software
	shift
	offloaded=$(alg_stat "$alg" offloaded) software=$(by_software)
	vcdev fault ctrl-delay=100 >/dev/null
	secure "$@" replay-window 64
	# The driver keeps the order of what one CPU sends.  With -w, ping sends until 1500
	# are answered; otherwise it waits only twice as long as for the slowest one so far.
	taskset 1 ip netns exec left ping -q -f -l 1500 -c 1500 -w 30 10.0.0.2 >/tmp/ping || true
	vcdev well >/dev/null
	wait_for 10 all_arrived || fail "$alg: first packets were lost: $(tail -n 3 /tmp/ping);" \
		"errors: $(errors); echoes: left $(icmp left OutEchos), right $(icmp right InEchos);" \
		"replies: right $(icmp right OutEchoReps), left $(icmp left InEchoReps)"
	equal "$alg: lost of the first packets" "$(errors)" ""
	at_least "$alg: first packets that were answered" \
		"$(sed -n 's/.* transmitted, \([0-9]*\) received.*/\1/p' /tmp/ping)" 1500
	equal "$alg: requests that are left" \
		"$(cat /sys/kernel/debug/virtio_crypto/virtio*/stats | awk '/_inflight|_backlog / { n += $2 } END { print n + 0 }')" 0
	at_least "$alg: by the device" $(($(alg_stat "$alg" offloaded) - offloaded)) 1000
	at_least "$alg: by the fallback, until there was a session" $(($(by_software) - software)) 100
}
first_packets rfc4106-gcm-aes-virtio aead 'rfc4106(gcm(aes))' ${enc}aabbccdd 128
first_packets authenc-hmac-sha256-cbc-aes-virtio auth-trunc 'hmac(sha256)' $auth 128 enc 'cbc(aes)' $enc

# GMAC is GCM of associated data alone, which the driver leaves to the fallback.
secure aead 'rfc4543(gcm(aes))' ${enc}aabbccdd 128
before=$(alg_stat gcm-aes-virtio fb_length)
check "rfc4543(gcm(aes)) on top: pings" pings 50 56
at_least "rfc4543(gcm(aes)) on top: requests" \
	$(($(alg_stat gcm-aes-virtio fb_length) - before)) 200

ip netns del left
ip netns del right

#
# TLS
#
export OPENSSL_CONF=/tmp/openssl.cnf
cat >$OPENSSL_CONF <<-END
	openssl_conf = init
	[init]
	ssl_conf = ssl
	[ssl]
	system_default = all
	[all]
	Options = KTLS
	[req]
	distinguished_name = name
	[name]
END
mkdir /tmp/www
cd /tmp/www || exit
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=guest \
	-keyout /tmp/key -out /tmp/cert 2>/dev/null
dd if=/dev/urandom of=file bs=16k count=64 2>/dev/null

tls_stat() { awk -v key="$1" '$1 == key { print $2 }' /proc/net/tls_stat; }

# fetch OPTION... - fetches a file over a new connection
fetch() {
	printf 'GET /file HTTP/1.0\r\n\r\n' |
		openssl s_client -quiet -connect 127.0.0.1:443 "$@" 2>/tmp/client.err |
		tail -c $((1 << 20)) >/tmp/fetched
	cmp -s file /tmp/fetched
}

# tls MSG DRIVERNAME WAYS OPTION... - the OPTIONs are for both openssl processes.  WAYS is 2
# if openssl leaves receiving to the kernel, too: that of bookworm does so with TLS 1.2 only.
tls() {
	local msg=$1 alg=$2 ways=$3 before sent received server
	shift 3
	openssl s_server -WWW -quiet -accept 443 -cert /tmp/cert -key /tmp/key "$@" >/tmp/server.out 2>&1 &
	server=$!
	wait_for 30 grep -q ':01BB ' /proc/net/tcp /proc/net/tcp6 || fail "$msg: no server: $(cat /tmp/server.out)"
	sent=$(tls_stat TlsTxSw) received=$(tls_stat TlsRxSw) before=$(alg_stat "$alg" offloaded)
	# 64 records of 16 KiB, and some small ones
	by_device "$msg: a file" $((64 * ways)) fetch "$@"
	at_least "$msg: by $alg" $(($(alg_stat "$alg" offloaded) - before)) $((64 * ways))
	at_least "$msg: processes that send through the kernel" $(($(tls_stat TlsTxSw) - sent)) 2
	at_least "$msg: processes that receive through the kernel" $(($(tls_stat TlsRxSw) - received)) $((2 * ways - 2))
	kill $server
	wait $server || true
}
tls "TLS 1.2, GCM" gcm-aes-virtio 2 -tls1_2 -cipher ECDHE-ECDSA-AES128-GCM-SHA256
tls "TLS 1.3, GCM" gcm-aes-virtio 1 -tls1_3 -ciphersuites TLS_AES_256_GCM_SHA384

equal "requirements that the driver broke" "$(vcdev violations)" 0
