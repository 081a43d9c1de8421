# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The virtio_crypto authors
#
# Helpers for scripts in a guest, as /lib/guest.sh.  A script begins with
#
#	#!/bin/sh
#	. /lib/guest.sh
#
# and its exit status is the result of the test.  Sourcing this file turns on `set -eu`,
# because a test must not pass if a command fails unnoticed.  The shell is dash, bash is
# available, and all other programs are busybox's or files of the run.

# shellcheck shell=sh
# shellcheck disable=SC3043 # dash has local

# say MSG - prints MSG with the guest's uptime, which shows slow steps
say() { echo "[$(cut -d' ' -f1 /proc/uptime)] $*"; }

# pass MSG, fail MSG - the result of one step; fail ends the script
pass() { say "ok $*"; }
fail() {
	say "FAIL $*"
	exit 1
}

# check MSG COMMAND... - COMMAND must succeed
check() {
	local msg="$1"
	shift
	if "$@"; then pass "$msg"; else fail "$msg: $* (status $?)"; fi
}

# check_fails MSG COMMAND... - COMMAND must fail
check_fails() {
	local msg="$1"
	shift
	if "$@"; then fail "$msg: $* succeeded"; else pass "$msg"; fi
}

# equal MSG GOT WANTED
equal() { if [ "$2" = "$3" ]; then pass "$1 ($2)"; else fail "$1: got '$2', wanted '$3'"; fi; }

# at_least MSG GOT MINIMUM
at_least() { if [ "$2" -ge "$3" ]; then pass "$1 ($2)"; else fail "$1: got $2, wanted at least $3"; fi; }

# wait_for SECONDS COMMAND... - waits until COMMAND succeeds; tries ten times a second
wait_for() {
	local end
	end=$(($(date +%s) + $1))
	shift
	until "$@"; do
		[ "$(date +%s)" -lt "$end" ] || return 1
		sleep 0.1
	done
}

# need MODULE... - loads stock modules and their dependencies
need() {
	local m
	for m; do
		modprobe "$m" || fail "module $m does not load"
	done
}

#
# The driver
#

# selftests_done [MINIMUM] - no algorithm of the driver waits for its self-test, and at
# least MINIMUM algorithms are registered
selftests_done() {
	awk -v minimum="${1:-0}" '
		/^name/ { ours = 0 }
		/^module *: virtio_crypto$/ { ours = 1; n++ }
		/^selftest *: unknown/ && ours { waiting = 1 }
		END { exit waiting || n < minimum }' /proc/crypto
}

# not_passed - the driver's algorithms whose self-test has not passed
not_passed() {
	awk '$1 == "driver" { name = $3 }
		$1 == "module" { ours = ($3 == "virtio_crypto") }
		$1 == "selftest" && ours && $3 != "passed" { print name }' /proc/crypto | xargs
}

# registered - the number of registered algorithms of the driver
registered() { grep -c ' registered=1 ' /sys/kernel/debug/virtio_crypto/algs; }

# load_driver - loads the module that run was told to use, with its parameters.  If the
# device is expected to work, waits for its algorithms.
load_driver() {
	local bound=15
	# it is slow, and runs more self-tests
	[ "${KERNEL-}" != uml-debug ] || bound=120
	# shellcheck disable=SC2086 # parameters are words
	modprobe virtio_crypto ${MODPARAMS-} || {
		echo "virtio_crypto does not load"
		return 1
	}
	if [ "${ALGS_EXPECTED-0}" -gt 0 ]; then
		wait_for $bound selftests_done "$ALGS_EXPECTED" && return
		echo "virtio_crypto registered nothing within $bound s, or its self-tests did not end"
	elif [ "${MODULE-}" = in-tree ]; then
		# its rsa fails if the host has no raw RSA, and remains "unknown"
		wait_for 2 selftests_done || true
		return
	else
		wait_for $bound selftests_done && return
		echo "virtio_crypto's self-tests did not end within $bound s"
	fi
	grep -B2 -A6 'module *: virtio_crypto' /proc/crypto
	return 1
}

# all_registered - all algorithms that the reference device and this kernel have are
# registered, and their self-tests are done
all_registered() { selftests_done "$(reference_algs)"; }
reference_algs() {
	case $KERNEL in
	6.1) echo 83 ;;		# no ECDSA
	6.12) echo 87 ;;
	*) echo 93 ;;		# RSA signatures, as separate algorithms
	esac
}

# qemu_signatures - driver names of the signatures that QEMU's device does: 7.2 has RSA
# with PKCS#1, for which the newest kernel has names
qemu_signatures() {
	case "$KERNEL $QEMU" in
	'7 7.2') printf 'pkcs1-rsa-%s-virtio\n' md5 sha1 sha256 sha512 ;;
	esac
}

# virtio_of - names of the virtio devices that are bound to the driver, such as virtio0
virtio_of() {
	local d
	for d in /sys/bus/virtio/drivers/virtio_crypto/virtio*; do
		[ ! -e "$d" ] || echo "${d##*/}"
	done
}

# negotiated - the device-specific features of the only device, as digits
negotiated() { cut -c 1-6 "/sys/bus/virtio/devices/$(virtio_of)/features"; }

# stat_of KEY [VIRTIO] - one item of a device's stats; default is the first device
stat_of() {
	local dev="${2:-$(virtio_of | head -n 1)}"
	awk -v key="$1" '$1 == key { print $2; found = 1 } END { exit !found }' \
		"/sys/kernel/debug/virtio_crypto/$dev/stats"
}

# alg_stat DRIVERNAME KEY - one counter of an algorithm
alg_stat() {
	awk -v name="$1" -v key="$2" '
		$2 == name {
			for (i = 3; i <= NF; i++)
				if (split($i, kv, "=") == 2 && kv[1] == key) { print kv[2]; found = 1 }
		}
		END { exit !found }' /sys/kernel/debug/virtio_crypto/algs
}

# compared PATTERN - what the \(group\) in PATTERN matches in vccompare's notes in the log
compared() { dmesg | sed -n "s/.*vccompare: # $1.*/\1/p"; }

# unload_driver - tries several times: rmmod is refused while the crypto API runs a self-test
unload_driver() { wait_for 30 rmmod virtio_crypto 2>/dev/null || fail "virtio_crypto is still in use"; }

# served - requests that the present devices have completed
served() { cat /sys/kernel/debug/virtio_crypto/virtio*/stats 2>/dev/null | awk '$1 == "completed" { n += $2 } END { print n + 0 }'; }

# alg_sum REGEX - the sum of the counters whose names match, over all algorithms
alg_sum() {
	awk -v regex="^($1)\$" '
		{ for (i = 3; i <= NF; i++) if (split($i, kv, "=") == 2 && kv[1] ~ regex) n += kv[2] }
		END { print n + 0 }' /sys/kernel/debug/virtio_crypto/algs
}

# by_software - requests that the fallback did, or that failed
by_software() { alg_sum 'fb_.*|eio'; }

# left REGEX - the same, without those whose reason matches
left() { echo $(($(by_software) - $(alg_sum "$1"))); }

# by_device MSG MINIMUM COMMAND... - COMMAND must succeed, with at least MINIMUM requests
# completed by the devices and none done by the fallback
by_device() {
	local msg=$1 minimum=$2 served offloaded software
	shift 2
	served=$(served) offloaded=$(alg_sum offloaded) software=$(by_software)
	"$@" || fail "$msg: $* (status $?)"
	served=$(($(served) - served)) offloaded=$(($(alg_sum offloaded) - offloaded))
	software=$(($(by_software) - software))
	if [ $served -lt "$minimum" ] || [ $offloaded -lt "$minimum" ] || [ $software != 0 ]; then
		cat /sys/kernel/debug/virtio_crypto/algs
		fail "$msg: the device completed $served requests, $offloaded were offloaded, wanted" \
			"at least $minimum; $software were left to the fallback, wanted 0"
	fi
	pass "$msg (device $served, fallback 0)"
}

# mostly MSG MINIMUM REASONS COMMAND... - like by_device, but requests may go to the
# fallback for REASONS (a regular expression of counters)
mostly() {
	local msg=$1 minimum=$2 reasons=$3 served other
	shift 3
	served=$(served) other=$(left "$reasons")
	"$@" || fail "$msg: $* (status $?)"
	served=$(($(served) - served)) other=$(($(left "$reasons") - other))
	if [ $served -lt "$minimum" ] || [ $other != 0 ]; then
		cat /sys/kernel/debug/virtio_crypto/algs
		fail "$msg: the device completed $served requests, wanted at least $minimum;" \
			"$other were left to the fallback for other reasons than $reasons"
	fi
	pass "$msg (device $served, fallback for other reasons than $reasons 0)"
}

# vctest TEST DRIVERNAME [PARAM...] - runs one test of the module vctest
vctest() {
	local test=$1 alg=$2
	shift 2
	if insmod /lib/modules/test/vctest.ko test="$test" alg="$alg" "$@"; then
		rmmod vctest
		return
	fi
	dmesg | grep vctest: | tail -n 40
	return 1
}

# interrupts - the number of interrupts of all virtio queues: a count of the device's work
# that does not come from the driver
interrupts() {
	awk '/virtio[0-9]+-(virtqueues|dataq|controlq)/ {
		for (i = 2; i <= NF && $i ~ /^[0-9]+$/; i++) n += $i } END { print n + 0 }' /proc/interrupts
}

# proc_crypto DRIVERNAME FIELD - one field of an algorithm in /proc/crypto
proc_crypto() {
	awk -v name="$1" -v field="$2" '
		$1 == "driver" { ours = ($3 == name) }
		ours && $1 == field { print $3; found = 1; exit }
		END { exit !found }' /proc/crypto
}

# software_of ALG - the name of the software driver of an algorithm; kernels differ in it
software_of() {
	awk -v alg="$1" '$1 == "name" { ours = ($3 == alg) }
		$1 == "driver" && ours && $3 !~ /virtio/ && $3 !~ /cryptd|__/ { print $3; exit }' /proc/crypto
}

# suspend_resume [SECONDS] - suspends to idle until all devices sleep, and resumes.  It
# uses pm_test, because nothing in QEMU's PC wakes a guest from this sleep.
suspend_resume() {
	echo "${1:-1}" >/sys/module/suspend/parameters/pm_test_delay
	echo platform >/sys/power/pm_test
	echo freeze >/sys/power/state
	echo none >/sys/power/pm_test
}

#
# QEMU's monitor
#

# qmp JSON - sends one command, prints the reply; fails if the reply is an error.  An id
# is inserted before the last brace of JSON, to find the reply among events.
qmp() {
	local id reply
	[ -e /run/qmp.ready ] || qmp_start
	id=g$$-$(cut -d' ' -f1 /proc/uptime)-$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')
	printf '%s\n' "${1%\}},\"id\":\"$id\"}" >/dev/ttyS2
	wait_for "${QMP_TIMEOUT:-20}" grep -q "\"id\": \"$id\"" /run/qmp || {
		echo "QMP gave no reply to $1" >&2
		return 1
	}
	reply=$(grep "\"id\": \"$id\"" /run/qmp | tr -d '\r')
	printf '%s\n' "$reply"
	case $reply in *'"error": {'*) return 1 ;; esac
}

# qmp_start - a new connection accepts only the command qmp_capabilities.  While the port
# was being opened, it may have echoed part of the greeting; the byte 0xff makes QEMU
# discard an incomplete command.  After a reboot, the guest finds the old connection.
qmp_start() {
	local try
	touch /run/qmp.ready
	for try in 1 2 3; do
		printf '\377\n' >/dev/ttyS2
		case $(QMP_TIMEOUT=$((try * 3)) qmp '{"execute":"qmp_capabilities"}' 2>/dev/null) in
		*'"return"'* | *'already complete'*) return ;;
		esac
	done
	fail "no contact with QEMU's monitor: $(tail -n 3 /run/qmp)"
}

# qmp_wait EVENT [SECONDS] - waits for an event and prints it.  Each event is returned
# once, even if it came before the call.
qmp_wait() {
	local seen=0
	[ ! -e "/run/qmp.$1" ] || seen=$(cat "/run/qmp.$1")
	wait_for "${2:-20}" qmp_has "$1" "$seen" || return 1
	echo $((seen + 1)) >"/run/qmp.$1"
	grep "\"event\": \"$1\"" /run/qmp | sed -n "$((seen + 1))p" | tr -d '\r'
}
qmp_has() { [ "$(grep -c "\"event\": \"$1\"" /run/qmp)" -gt "$2" ]; }

# vcdev COMMAND... - sends a command to the control socket of the reference device; prints
# the answer, and fails if it is an error
vcdev() {
	local before answer
	[ -e /run/vcdev ] || vcdev_start
	before=$(wc -l </run/vcdev)
	printf '%s\n' "$*" >/dev/ttyS3
	wait_for "${VCDEV_TIMEOUT:-10}" vcdev_answered "$before" || fail "no answer from the device to: $*"
	answer=$(sed -n "$((before + 1))p" /run/vcdev)
	echo "$answer"
	case $answer in error*) return 1 ;; esac
}
vcdev_answered() { [ "$(wc -l </run/vcdev)" -gt "$1" ]; }
# User-Mode Linux closes a port permanently when its last user closes it, so keep it open.
vcdev_start() {
	{
		exec <>/dev/ttyS3
		stty raw -echo
		exec cat >/run/vcdev
	} &
	wait_for 10 [ -e /run/vcdev ] || fail "the device's port does not open"
}

# dpdk COMMAND - sends a command to the keeper of a DPDK process, which is slow to start:
# kill, start, complaints (the number of unusual lines that it has logged)
dpdk() { VCDEV_TIMEOUT=60 vcdev "$@"; }

# device_ops - operations that QEMU counted for the cryptodev backends, in both
# directions.  QEMU 11 only; 7.2 does not count.
device_ops() {
	qmp '{"execute":"query-stats","arguments":{"target":"cryptodev"}}' |
		grep -oE '"name": "(sym|asym)-[a-z]+-ops", "value": [0-9]+|"value": [0-9]+, "name": "(sym|asym)-[a-z]+-ops"' |
		grep -oE '"value": [0-9]+' | awk '{ n += $2 } END { print n + 0 }'
}

[ $$ = 1 ] || set -eu
