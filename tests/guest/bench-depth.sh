#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The virtio_crypto authors
#
# Measures requests per second, by the number of requests in flight, with devices that
# work in different ways, and with and without collecting notifications.  This is not a
# test: it prints one table, and takes about six minutes.
#
#   tests/uml/run lean --device reference --no-load --append cryptomgr.fuzz_iterations=0 \
#	--timeout 900 tests/guest/bench-depth.sh vctest.ko
#   tests/guest/run --kernel 6.12 --qemu 11 --device reference --no-load --timeout 1500 \
#	tests/guest/bench-depth.sh vctest.ko
#
# A cell has the median of RUNS runs of one second each, and in brackets the number of
# notifications for 100 requests.  Lines to be compared are measured in alternating order.

. /lib/guest.sh

RUNS=5
DEPTHS='1 2 4 8 16'
BATCHES='1 16'
# name, microseconds for each request, requests done at the same time (0: no limit)
DEVICES='all at a time,1000,0 all at a time,100,0 four at a time,1000,4 one by one,100,1 one by one,0,1'
param=/sys/module/virtio_crypto/parameters/notify_batch

vcdev violations >/dev/null
modprobe virtio_crypto
wait_for 100 all_registered || fail "not all algorithms are registered"

# measure DEVICE BATCH DEPTH - one run, as a line of /tmp/results
measure() {
	local notified completed
	echo "$2" >$param
	notified=$(stat_of dataq0_notified) completed=$(stat_of dataq0_completed)
	dmesg -c >/dev/null
	vctest speed cbc-aes-virtio "depth=$3" threads=1 len=512 secs=1 || fail "$*"
	notified=$(($(stat_of dataq0_notified) - notified))
	completed=$(($(stat_of dataq0_completed) - completed))
	echo "$1|$2|$3|$(dmesg | sed -n 's/.* \([0-9]*\) ops.*/\1/p')|$((100 * notified / completed))" >>/tmp/results
}

# turn N LIST - the words of LIST, in reverse order if N is odd
turn() {
	echo "$2" | tr ' ' '\n' | if [ $(($1 % 2)) = 0 ]; then cat; else tac; fi
}

run=0
while [ $run -lt $RUNS ]; do
	echo "$DEVICES" | sed 's/\([0-9]\) /\1\n/g' >/tmp/devices
	while IFS=, read -r name delay workers; do
		vcdev set "delay=$delay" >/dev/null
		vcdev set "workers=$workers" >/dev/null
		for depth in $DEPTHS; do
			for batch in $(turn $run "$BATCHES"); do
				measure "$name,$delay" "$batch" "$depth"
			done
		done
	done </tmp/devices
	run=$((run + 1))
	say "run $run of $RUNS"
done

sort -t'|' -k1,1 -k2,2n -k3,3n -k4,4n /tmp/results | awk -F'|' -v runs=$RUNS -v depths="$DEPTHS" '
	BEGIN {
		nr = split(depths, depth, " ")
		printf "%-24s %5s", "device", "batch"
		for (i = 1; i <= nr; i++) printf " %14s", "depth " depth[i]
		print ""
	}
	{
		line = $1 "|" $2
		if (!(line in seen)) { seen[line] = 1; lines[++n] = line }
		if (++count[line, $3] == int((runs + 1) / 2)) ops[line, $3] = $4
		sum[line, $3] += $5
	}
	END {
		for (l = 1; l <= n; l++) {
			split(lines[l], part, "|")
			sub(",", ", ", part[1])
			printf "%-24s %5s", part[1] " us", part[2]
			for (i = 1; i <= nr; i++)
				printf " %8d (%3d)", ops[lines[l], depth[i]], sum[lines[l], depth[i]] / runs
			print ""
		}
	}'
equal "requirements that the driver broke" "$(vcdev violations)" 0
