#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The virtio_crypto authors
#
# The part of tests/bench/run in the guest.  For each round and each alternative, loads
# the alternative's module and measures all cells of /root/plan, which has
#
#	rounds N
#	msecs N
#	cell WORKLOAD LEN DEPTH THREADS
#
# Alternatives are compared in the same guest, one after the other and in reverse order
# every other round, so that a machine that becomes slower is not to the disadvantage of
# one of them.  Prints a line for each measurement:
#
#	bench: ROUND ALTERNATIVE WORKLOAD LEN DEPTH THREADS NAME=VALUE...
#
# or `failed` instead of the values.  Prints nothing if an alternative does not have the
# algorithm.

. /lib/guest.sh

# The bench measures; what else is in the log does not matter.
dmesg -n 1

# alternatives - what this guest can compare
alternatives() {
	echo software device fastest
	if [ -e /tmp/in-tree.ko ]; then echo in-tree; fi
	echo bare
}

choice=/sys/module/virtio_crypto/parameters/choice

# load ALTERNATIVE - has that one loaded, in the place of the one before
load() {
	case $1 in
	software | bare)
		unload
		return
		;;
	device | fastest)
		# one module, and loading takes time
		if [ -e $choice ]; then
			echo "$1" >$choice
			return
		fi
		unload && modprobe virtio_crypto "choice=$1" || return 1
		;;
	in-tree)
		unload || return 1
		# modprobe knows only one module of this name
		modinfo -F depends /tmp/in-tree.ko | tr , '\n' | xargs -r -n1 modprobe || return 1
		insmod /tmp/in-tree.ko || return 1
		;;
	esac
	wait_for 60 selftests_done 1
}

unload() { [ ! -e /sys/module/virtio_crypto ] || rmmod virtio_crypto; }

# algorithm WORKLOAD - its name in the kernel, and the bytes of the cipher's key
algorithm() {
	case $1 in
	cbc | churn | null) echo 'cbc(aes)' 16 ;;
	xts) echo 'xts(aes)' 64 ;;
	gcm) echo 'gcm(aes)' 16 ;;
	authenc) echo 'authenc(hmac(sha256),cbc(aes))' 16 ;;
	*) fail "unknown workload $1" ;;
	esac
}

# driver_of NAME - the driver of the loaded module for it, or nothing
driver_of() {
	awk -v alg="$1" '$1 == "name" { ours = ($3 == alg) }
		$1 == "driver" { driver = $3 }
		$1 == "module" && ours && $3 == "virtio_crypto" { print driver; exit }' /proc/crypto
}

# soft - requests that this project's driver did not give to a device
soft() { [ ! -e /sys/kernel/debug/virtio_crypto/algs ] || by_software; }

# irqs - the interrupts of virtio devices, of which there is one
irqs() {
	awk '/virtio/ { for (i = 2; i <= NF && $i ~ /^[0-9]+$/; i++) n += $i } END { print n + 0 }' \
		/proc/interrupts
}

# result INTERRUPTS SOFT - the values in the log, and what has been counted since then.
# Interrupts are for 100 requests.
result() {
	local values all irqs soft
	values=$(dmesg | sed -n 's/.*: driver=/driver=/p')
	all=${values#* all=}
	irqs=$(irqs) soft=$(soft)
	case $values in
	*irqs=*) ;;
	*) values="$values irqs=$((100 * (irqs - $1) / ${all%% *}))" ;;
	esac
	echo "$values${soft:+ soft=$((soft - $2))}"
}

# one_cell ALTERNATIVE WORKLOAD LEN DEPTH THREADS - prints NAME=VALUE..., or `failed`
one_cell() {
	local who=$1 workload=$2 name keylen driver irqs soft
	shift 2
	set -- "len=$1" "depth=$2" "threads=$3" "msecs=$msecs"
	read -r name keylen <<-END
		$(algorithm "$workload")
	END
	driver=$name
	case $who in
	software | bare) ;;
	*) driver=$(driver_of "$name") ;;
	esac
	case $who,$workload in
	software,null) return ;;
	bare,null) set -- vcring "$1" "$2" "$4" ;;
	bare,*) return ;;
	*,churn) set -- vcbench "$@" "alg=$driver" "keylen=$keylen" churn=1 ;;
	*) set -- vcbench "$@" "alg=$driver" "keylen=$keylen" ;;
	esac
	[ -n "$driver" ] || return 0
	irqs=$(irqs) soft=$(soft)
	dmesg -c >/dev/null
	if modprobe "$@" 2>/dev/null && rmmod "$1"; then
		result "$irqs" "$soft"
	else
		dmesg | grep "$1:" >&2 || true
		echo failed
	fi
}

# measure ALTERNATIVE WORKLOAD... - the same.  While the device computes nothing, it would
# not pass the trial of a driver that is being loaded.
measure() {
	if [ "$2" = null ]; then vcdev set null=1 >/dev/null; fi
	one_cell "$@"
	if [ "$2" = null ]; then vcdev set null=0 >/dev/null; fi
}

# run would have installed a file with this suffix in the place of the other module
if [ -e in-tree.module ]; then ln -s /root/in-tree.module /tmp/in-tree.ko; fi

rounds=$(sed -n 's/^rounds //p' plan)
msecs=$(sed -n 's/^msecs //p' plan)
sed -n 's/^cell //p' plan >/tmp/cells

round=0
while [ $round -lt "$rounds" ]; do
	alternatives | xargs -n1 | if [ $((round % 2)) = 0 ]; then cat; else tac; fi >/tmp/order
	while read -r who <&3; do
		load "$who" || fail "$who does not load"
		while read -r workload len depth threads <&4; do
			line=$(measure "$who" "$workload" "$len" "$depth" "$threads")
			[ -z "$line" ] || echo "bench: $round $who $workload $len $depth $threads $line"
		done 4</tmp/cells
	done 3</tmp/order
	round=$((round + 1))
	say "round $round of $rounds"
done
