# SPDX-License-Identifier: GPL-2.0-only
# Figures of tests/bench/run to a table: operation, configuration, instructions, added ones over `base`, median, highest.
#
# Instructions are those of the cheapest batch, which no timer and no slab refill has disturbed.

BEGIN { FS = OFS = "\t" }
NF == 6 {
	if (!($2 in op)) {
		op[$2]
		ops[++nr_ops] = $2
	}
	if (!($1 in config)) {
		config[$1]
		configs[++nr_configs] = $1
	}
	lowest[$2, $1] = $4 / 100
	median[$2, $1] = $3 / 100
	highest[$2, $1] = $5 / 100
}
END {
	print "operation", "configuration", "instructions", "added", "median", "highest"
	for (c = 1; c <= nr_configs; c++)
		for (o = 1; o <= nr_ops; o++) {
			k = ops[o] SUBSEP configs[c]
			if (k in lowest)
				printf "%s\t%s\t%.0f\t%.1f\t%.0f\t%.0f\n", ops[o], configs[c], lowest[k],
					lowest[k] - lowest[ops[o], "base"], median[k], highest[k]
		}
}
