# SPDX-License-Identifier: GPL-2.0-only
# bench.tsv as a chart for the README: for some operations, what each way to confine adds. SVG, light and dark.

function bar(y, label, x, colour)
{
	printf "<text x=\"196\" y=\"%d\" text-anchor=\"end\">%s</text>", y + 11, label
	printf "<rect x=\"204\" y=\"%d\" width=\"%.1f\" height=\"13\" fill=\"%s\"/>", y, x * 460 / most, colour
	printf "<text x=\"%.1f\" y=\"%d\">%.0f</text>\n", 210 + x * 460 / most, y + 11, x
}
BEGIN {
	FS = "\t"
	n = split("open-5 open-12 create-unlink tcp-connect udp", ops, " ")
	split("open, 5 components|open, 12 components|create and unlink|TCP connect|UDP datagram, 64 bytes", titles, "|")
	m = split("confined apparmor-1000 landlock-1000 landlock-net bpf-lsm cgroup-skb nft-100", configs, " ")
	split("Bulkhead|AppArmor|Landlock, 1,000 rules|Landlock, with ports|BPF LSM, exact paths|BPF on the cgroup|nftables, by cgroup", names, "|")
}
{ added[$1, $2] = $4 }
END {
	for (o = 1; o <= n; o++)
		for (c = 1; c <= m; c++) {
			a = added[ops[o], configs[c]]
			# What doesn't judge an operation adds nothing to speak of.
			if (a >= 30) {
				rows++
				if (a > most) most = a
			}
		}
	height = rows * 17 + n * 34 + 30
	printf "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"760\" height=\"%d\" font-family=\"sans-serif\" font-size=\"12\">\n", height
	print "<!-- SPDX-License-Identifier: GPL-2.0-only -->"
	print "<style>text{fill:#24292f}@media(prefers-color-scheme:dark){text{fill:#e6edf3}}</style>"
	y = 8
	for (o = 1; o <= n; o++) {
		printf "<text x=\"8\" y=\"%d\" font-weight=\"bold\">%s</text>\n", y + 12, titles[o]
		y += 20
		for (c = 1; c <= m; c++)
			if (added[ops[o], configs[c]] >= 30) {
				bar(y, names[c], added[ops[o], configs[c]], c == 1 ? "#1a7f37" : "#8c959f")
				y += 17
			}
		y += 14
	}
	printf "<text x=\"8\" y=\"%d\">Instructions added to each operation; counted under QEMU, not timed.</text>\n", y + 8
	print "</svg>"
}
