# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The virtio_crypto authors
#
# Turns the lines of summary.awk into a script for gnuplot, with a panel for each target:
# cbc(aes) with one thread, by requests in flight, with a line for each size of each
# alternative.  `what` is rate, with minimum and maximum, or latency, with the median and
# up to the 99th percentile.  Writes `out`.svg and `out`.png.

BEGIN {
	FS = "\t"
	# safe for colour-blind people
	colour["software"] = "#7f7f7f"
	colour["device"] = "#0072b2"
	colour["fastest"] = "#009e73"
	colour["in-tree"] = "#d55e00"
}

$2 == "cbc" && $5 == 1 && $10 != "-" {
	if (!($1 in nr_lines))
		targets[++nr_targets] = $1
	line = $1 FS $3 FS $6
	if (!(line in points)) {
		lines[$1, ++nr_lines[$1]] = line
		if (!($3 in shape))
			shape[$3] = ++nr_shapes
	}
	if (what == "rate")
		points[line] = points[line] $4 " " $10 " " $11 " " $12 "\n"
	else
		points[line] = points[line] $4 " " $16 / 1000 " " $16 / 1000 " " $19 / 1000 "\n"
}

# the points of a gnuplot data block, whose name may have only letters and digits
function block(t, l) { return "$t" t "l" l }

function panels(title,	t, l, target, part, sep)
{
	printf "set multiplot layout 1,%d title \"%s\"\n", nr_targets, title
	for (t = 1; t <= nr_targets; t++) {
		target = targets[t]
		printf "set title '%s'\nplot ", target
		sep = ""
		for (l = 1; l <= nr_lines[target]; l++) {
			split(lines[target, l], part, FS)
			printf "%s%s with yerrorlines linecolor rgb '%s' pointtype %d title '%s, %d B'", sep,
				block(t, l), colour[part[3]], 2 * shape[part[2]] + 2, part[3], part[2]
			sep = ", \\\n\t"
		}
		print ""
	}
	print "unset multiplot"
}

END {
	if (!nr_targets)
		exit
	for (t = 1; t <= nr_targets; t++)
		for (l = 1; l <= nr_lines[targets[t]]; l++)
			printf "%s << END\n%sEND\n", block(t, l), points[lines[targets[t], l]]
	title = "latency in microseconds: median and 99th percentile"
	if (what == "rate")
		title = "requests per second: median, minimum, maximum"
	title = "cbc(aes), by requests in flight\\n" title
	print "set logscale x 2"
	print "set logscale y 10"
	print "set xrange [0.8:320]"
	print "set grid"
	print "set key below font ',8' maxcols 3 samplen 2 width -1"
	size = 600 * nr_targets ",760"
	printf "set terminal svg size %s background 'white'\nset output '%s.svg'\n", size, out
	panels(title)
	printf "set terminal pngcairo size %s\nset output '%s.png'\n", size, out
	panels(title)
	print "set output"
}
