# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The virtio_crypto authors
#
# A DPDK process as the back end of QEMU's cryptodev-vhost-user, for a guest.  It is built
# by tests/dpdk/build and runs beside QEMU.  A keeper process kills and starts it on
# commands from the guest.  Sourced by run.

# shellcheck shell=bash
# shellcheck disable=SC2154 # variables of run

# Keeps the process's messages, but each line at most 20 times, ignoring numbers: DPDK
# repeats forever what it cannot do, with a message each time.
# shellcheck disable=SC2016 # perl's variables
dpdk_filter='$| = 1; while (<STDIN>) {
	$kind = s/[0-9a-f]*\d[0-9a-f]*//gr;
	print if $seen{$kind}++ < 20;
}'

# dpdk_start - in the keeper: starts the process, as dpdk_pid, and waits for its socket.
# Its plugins are given by path, because it would look for them in the chroot's paths.  One
# thread polls for requests, and a second one polls without use; it gets a low priority.
dpdk_start() {
	local root=$CACHE/root-forky lib=usr/lib/x86_64-linux-gnu plugins=() p i cpus
	for p in mempool_ring crypto_openssl; do
		plugins+=(-d "$(echo "$root/$lib"/dpdk/pmds-*/librte_"$p".so)")
	done
	cpus=$(sed -n 's/^Cpus_allowed_list:\s*//p' /proc/self/status)
	rm -f "$tmp/vhost"
	RUNTIME_DIRECTORY=$tmp setpriv --pdeathsig KILL nice -n 10 \
		"$root/lib64/ld-linux-x86-64.so.2" --library-path "$root/lib/x86_64-linux-gnu:$root/$lib" \
		"$dpdk" --no-huge -m 256 --no-pci --no-telemetry --in-memory --lcores "(0,1)@($cpus)" \
		"${plugins[@]}" --vdev crypto_openssl \
		-- --socket-file "1,$tmp/vhost" --config '(1,0,0)' \
		</dev/null &> >(perl -e "$dpdk_filter" >>"$tmp/dpdk.log") &
	dpdk_pid=$!
	for ((i = 0; i < 400; i++)); do
		dpdk_runs || return 1
		if [ -S "$tmp/vhost" ]; then
			renice -n 19 -p "$dpdk_pid" >/dev/null
			return
		fi
		sleep 0.05
	done
	return 1
}

dpdk_runs() { [ -n "$dpdk_pid" ] && kill -0 "$dpdk_pid" 2>/dev/null; }

dpdk_kill() {
	[ -n "$dpdk_pid" ] || return 0
	kill -KILL "$dpdk_pid" 2>/dev/null || true
	wait "$dpdk_pid" 2>/dev/null || true
	dpdk_pid=''
}

# Its messages in normal operation.  After a connection, it complains about an invalid
# queue until it is told the address of the queue.
dpdk_normal='^(EAL|VHOST_CONFIG): |^CRYPTODEV: (Creating|Initialisation)'
dpdk_normal+='|^USER1: (Processing|New Vhost-crypto|Vhost Crypto Device)|Session [0-9]+ (created|deleted)|Invalid virtqueue'

# dpdk_command WORD - executes a command from the guest; prints the answer
dpdk_command() {
	case $1 in
	kill) dpdk_kill && echo killed ;;
	start) dpdk_start && echo started ;;
	runs) dpdk_runs && echo yes || echo no ;;
	complaints) grep -cvE "$dpdk_normal" "$tmp/dpdk.log" || true ;;
	*) echo "error: no command '$1'" ;;
	esac
}

# dpdk_keep - the keeper: executes the guest's commands, one word a line, and answers each
# with a line.  On SIGTERM it ends, and fails if the process had ended by itself.
dpdk_keep() {
	local part word='' status dpdk_pid=''
	trap 'dpdk_kill 2>/dev/null' EXIT
	trap 'status=0; [ -z "$dpdk_pid" ] || dpdk_runs || status=1; exit $status' TERM
	dpdk_start || exit
	echo ready >"$tmp/dpdk.ready"
	while kill -0 $$ 2>/dev/null; do
		# after a timeout this is part of a line
		status=0
		read -r -t 5 part <&7 || status=$?
		word+=$part
		[ "$status" = 0 ] || continue
		dpdk_command "$word" >&6 || echo "error: $word failed" >&6
		word=''
	done
}

# start_dpdk - starts the keeper in the background, as device_pid, and waits for the process
start_dpdk() {
	dpdk=$("$TOP/tests/dpdk/build") || die "DPDK cannot be installed or built"
	mkfifo "$tmp/dpdkctl.in" "$tmp/dpdkctl.out"
	exec 6<>"$tmp/dpdkctl.in" 7<>"$tmp/dpdkctl.out"
	: >"$tmp/dpdk.log"
	dpdk_keep &
	device_pid=$!
	until [ -e "$tmp/dpdk.ready" ]; do
		kill -0 "$device_pid" 2>/dev/null || die "DPDK does not start: $(cat "$tmp/dpdk.log")"
		sleep 0.05
	done
}

# dpdk_args - QEMU's arguments for it.  Options after `dpdk:` are for the device itself.
# The keeper's pipes are the guest's ttyS3.
dpdk_args() {
	local options=${device#dpdk}
	args+=(-object "memory-backend-memfd,id=vcmem,size=$mem,share=on" -machine memory-backend=vcmem
		-chardev "socket,id=ch0,path=$tmp/vhost,reconnect-ms=200"
		-object cryptodev-vhost-user,id=cd0,chardev=ch0
		-device "virtio-crypto-pci,id=vc0,cryptodev=cd0${options:+,${options#:}}"
		-chardev "pipe,id=dpdkctl,path=$tmp/dpdkctl" -serial chardev:dpdkctl)
}

# end_dpdk - called after the guest has ended; prints the process's complaints, and fails
# if the process had ended before
end_dpdk() {
	local status=0
	kill "$device_pid" 2>/dev/null || true
	wait "$device_pid" || status=$?
	device_pid=''
	if grep -qvE "$dpdk_normal" "$tmp/dpdk.log"; then
		say "run: DPDK complained:"
		grep -vE "$dpdk_normal" "$tmp/dpdk.log" | uniq -c | head -n 20 >&2
	fi
	[ "$status" != 0 ] || return 0
	say "run: DPDK ended by itself; its last messages:"
	tail -n 30 "$tmp/dpdk.log" >&2
	return 125
}
