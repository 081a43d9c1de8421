# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The virtio_crypto authors
#
# Prints the lines of summary.awk, of measurements in `rounds` rounds, as a table for people.

function us(ns) { return ns == "-" ? "-" : sprintf(ns < 99950 ? "%.1f" : "%.0f", ns / 1000) }
function per(a, b) { return a == "-" || b == "-" || !b ? "-" : sprintf("%.3g", a / b) }

# a line of a cell, with the ratios that need all alternatives of it
function flush_cell(	i, f, len)
{
	for (i = 1; i <= n; i++) {
		split(line[i], f, FS)
		len = f[3]
		if (i > 1)
			f[1] = f[2] = f[3] = f[4] = f[5] = ""
		printf "%-8s %-8s %6s %6s %3s  %-9s", f[1], f[2], f[3], f[4], f[5], f[6]
		if (f[10] == "-") {
			print " failed"
			continue
		}
		printf "%9d (%7d-%7d) %7.1f %6s %6s %6s %7s %7s %8s %7s %6s %4s%s\n", f[10], f[11], f[12],
			f[10] * len / 1e6, per(f[10], rate["software"]), per(f[10], rate["in-tree"]),
			per(f[10], rate["bare"]),
			us(f[13]), us(f[16]), us(f[19]), us(f[22]), us(f[25]), f[28],
			(f[8] - f[9] < rounds ? "  " f[8] - f[9] " of " rounds " rounds" : "")
	}
	n = 0
	split("", rate)
}

BEGIN {
	FS = "\t"
	printf "%-35s  %-9s %-27s %7s %20s %31s %6s\n", "", "", "requests per second", "", "times",
		"latency, us", "cpu,"
	printf "%-8s %-8s %6s %6s %3s  %-9s %9s (%7s-%7s) %7s %6s %6s %6s %7s %7s %8s %7s %6s %4s\n",
		"target", "workload", "bytes", "flight", "thr", "", "median", "min", "max", "MB/s",
		"softw.", "in-tr.", "bare", "mean", "p50", "p99", "max", "us", "irqs"
}

{
	cell = $1 FS $2 FS $3 FS $4 FS $5
	if (cell != last)
		flush_cell()
	last = cell
	line[++n] = $0
	rate[$6] = $10
	if ($2 == "xts" && $3 == 4096 && $4 == 1 && $5 == 1 && $10 != "-")
		xts = xts sprintf("  %-8s  %-9s %7.1f  %s\n", $1, $6, $10 * $3 / 1e6, $7)
}

END {
	flush_cell()
	print ""
	print "One thread, one 4 KiB request at a time, xts(aes) with 256 bits, MB/s:"
	printf "%s", xts
	print ""
	print "Times: requests per second, divided by those of software, of the in-tree driver and of"
	print "the bare queue."
	print "Latency, cpu (the time of all CPUs of the guest for one request) and irqs (interrupts for"
	print "100 requests) are medians of the rounds."
}
