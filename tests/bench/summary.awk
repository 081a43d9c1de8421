# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The virtio_crypto authors
#
# Reads the lines of all measurements:
#
#	TARGET ROUND ALTERNATIVE WORKLOAD LEN DEPTH THREADS NAME=VALUE... (or failed)
#
# and prints a line for each alternative in each cell, with tabs between:
#
#	TARGET WORKLOAD LEN DEPTH THREADS ALTERNATIVE DRIVER RUNS FAILED, and for each of the
#	METRICS its median, minimum and maximum (or - if all runs failed)

BEGIN {
	OFS = "\t"
	nr_metrics = split("rate mean p50 p99 max cpu irqs soft", metric, " ")
	nr_whos = split("software device fastest in-tree bare", whos, " ")
}

{
	cell = $1 OFS $4 OFS $5 OFS $6 OFS $7
	if (!(cell in seen)) {
		seen[cell] = 1
		cells[++nr_cells] = cell
	}
	key = cell OFS $3
	runs[key]++
	if ($8 == "failed") {
		failed[key]++
		next
	}
	for (i = 8; i <= NF; i++) {
		eq = index($i, "=")
		name = substr($i, 1, eq - 1)
		if (name == "driver")
			driver[key] = substr($i, eq + 1)
		else
			value[key, name, ++count[key, name]] = substr($i, eq + 1) + 0
	}
}

# sorts value[key, name, 1 ... n]; there are only a few
function sort(key, name, n,	i, j, v)
{
	for (i = 2; i <= n; i++) {
		v = value[key, name, i]
		for (j = i - 1; j >= 1 && value[key, name, j] > v; j--)
			value[key, name, j + 1] = value[key, name, j]
		value[key, name, j + 1] = v
	}
}

function spread(key, name,	n, half)
{
	n = count[key, name]
	if (!n)
		return "-" OFS "-" OFS "-"
	sort(key, name, n)
	half = int((n + 1) / 2)
	return sprintf("%d", (value[key, name, half] + value[key, name, n + 1 - half]) / 2) OFS \
		value[key, name, 1] OFS value[key, name, n]
}

END {
	for (c = 1; c <= nr_cells; c++)
		for (w = 1; w <= nr_whos; w++) {
			key = cells[c] OFS whos[w]
			if (!(key in runs))
				continue
			line = key OFS (key in driver ? driver[key] : "-") OFS runs[key] OFS failed[key] + 0
			for (m = 1; m <= nr_metrics; m++)
				line = line OFS spread(key, metric[m])
			print line
		}
}
