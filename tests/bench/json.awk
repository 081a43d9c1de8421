# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The virtio_crypto authors
#
# Prints JSON.  Reads a file with a line for each target (its name, the exit status of its
# guest, and what it is), then the lines of summary.awk.  Times are in nanoseconds; irqs is
# for 100 requests; a metric that was not measured is null.

function string(s)
{
	gsub(/\\/, "\\\\", s)
	gsub(/"/, "\\\"", s)
	gsub(/[[:cntrl:]]/, " ", s)
	return "\"" s "\""
}

function spread(i)
{
	if ($i == "-")
		return "null"
	return sprintf("{\"median\": %s, \"min\": %s, \"max\": %s}", $i, $(i + 1), $(i + 2))
}

BEGIN {
	FS = "\t"
	nr_metrics = split("rate mean p50 p99 max cpu irqs soft", metric, " ")
	print "{"
	printf "  \"host\": {\"cpu\": %s, \"cpus\": %d, \"kernel\": %s},\n", string(cpu), cpus, string(kernel)
	printf "  \"date\": %s,\n  \"commit\": %s,\n", string(date), string(commit)
	printf "  \"rounds\": %d,\n  \"milliseconds\": %d,\n", rounds, msecs
	print "  \"targets\": ["
}

FILENAME == ARGV[1] {
	printf "%s    {\"target\": %s, \"status\": %d, \"about\": %s}",
		(FNR > 1 ? ",\n" : ""), string($1), $2, string($3)
	next
}

{
	printf "%s    {\"target\": %s, \"workload\": %s, \"len\": %d, \"depth\": %d, \"threads\": %d,\n",
		(nr++ ? ",\n" : "\n  ],\n  \"cells\": [\n"), string($1), string($2), $3, $4, $5
	printf "     \"alternative\": %s, \"driver\": %s, \"runs\": %d, \"failed\": %d",
		string($6), string($7), $8, $9
	for (m = 1; m <= nr_metrics; m++)
		printf ",\n     \"%s\": %s", metric[m], spread(7 + 3 * m)
	printf "}"
}

END {
	if (!nr)
		printf "\n  ],\n  \"cells\": ["
	print "\n  ]\n}"
}
