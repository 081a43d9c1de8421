# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The virtio_crypto authors
#
# The reference device (tests/device) for a guest.  It is built in the chroot of QEMU 11,
# the only QEMU that can use it, cached, and run beside QEMU.  Sourced by run.

# shellcheck shell=bash
# shellcheck disable=SC2154 # variables of run

# device_program - builds vcdev if necessary, prints its path
device_program() {
	local hash out work
	hash=$(cd "$TOP/tests/device" && cat -- *.[ch] Makefile | sha256sum | cut -c1-16)
	out=$CACHE/build/device-$hash
	if [ ! -e "$out/vcdev" ]; then
		mkdir -p "$CACHE/build"
		work=$(mktemp -d "$CACHE/build/tmp.XXXXXX")
		cp "$TOP"/tests/device/*.[ch] "$TOP/tests/device/Makefile" "$work/"
		in_root trixie make -s -C "/mnt/build/${work##*/}" O=. ./vcdev >"$work/log" 2>&1 </dev/null || {
			cat "$work/log" >&2
			rm -rf "$work"
			return 1
		}
		chmod 755 "$work"
		# another run may have created it in the meantime
		mv -T "$work" "$out" 2>/dev/null || rm -rf "$work"
	fi
	touch "$out"
	echo "$out/vcdev"
}

# control_args - sets up the source of its commands: a socket, whose client is QEMU as the
# guest's ttyS3, or two pipes for User-Mode Linux, which are its file descriptors 6 and 7.
# The pipes are opened for both directions, so that no open() waits for the other end.
control_args() {
	if [ "$qemu" != none ]; then
		control=$tmp/vcctl
		sockets+=("$control")
		return
	fi
	mkfifo "$tmp/answers" "$tmp/commands"
	exec 6<>"$tmp/answers" 7<>"$tmp/commands"
	control=- in=$tmp/commands out=$tmp/answers
}

# start_device - starts it in the background, as device_pid, and waits for its sockets
start_device() {
	local program switches words root control in=/dev/null out=/dev/null sockets=("$tmp/vc") s pinned=()
	program=$(device_program) || die "the reference device does not build"
	root=$CACHE/root-trixie
	switches=${device#reference}
	read -ra words <<<"${switches#:}"
	control_args
	[ -z "$pin" ] || pinned=(taskset -c "${pin#*,}")
	"${pinned[@]}" "$root/lib64/ld-linux-x86-64.so.2" \
		--library-path "$root/lib/x86_64-linux-gnu:$root/usr/lib/x86_64-linux-gnu" \
		"$program" --queues "$queues" --control "$control" --json "$tmp/vcdev.json" --once \
		"${words[@]}" "$tmp/vc" 2>"$tmp/vcdev.log" <"$in" >"$out" 5>&- 8>&- &
	device_pid=$!
	for s in "${sockets[@]}"; do
		until [ -S "$s" ]; do
			kill -0 "$device_pid" 2>/dev/null || die "the reference device ended: $(cat "$tmp/vcdev.log")"
			sleep 0.05
		done
	done
}

# device_args - QEMU's arguments for it; its control socket is the guest's ttyS3
device_args() {
	args+=(-object "memory-backend-memfd,id=vcmem,size=$mem,share=on" -machine memory-backend=vcmem
		-chardev "socket,id=vc,path=$tmp/vc"
		-device "vhost-user-test-device-pci,id=vc0,chardev=vc,virtio-id=20,num_vqs=$((queues + 1)),config_size=56,vq_size=256"
		-chardev "socket,id=vcctl,path=$tmp/vcctl" -serial chardev:vcctl)
}

# end_device - called after the guest has ended; fails if the driver broke a requirement.
# A device to which nothing has ever connected does not end by itself.
end_device() {
	local status=0 i
	for ((i = 0; i < 50; i++)); do
		kill -0 "$device_pid" 2>/dev/null || break
		sleep 0.1
	done
	kill "$device_pid" 2>/dev/null || true
	wait "$device_pid" || status=$?
	device_pid=''
	[ "$status" != 0 ] || return 0
	say "run: the reference device says:"
	cat "$tmp/vcdev.log" >&2
	return 125
}
