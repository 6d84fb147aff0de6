# SPDX-License-Identifier: GPL-2.0-only
# bench.tsv as a table for people: a row for each configuration, added instructions; the first row is absolute.

BEGIN { FS = "\t" }
NR == 1 { next }
{
	if (!($1 in op)) { op[$1]; ops[++o] = $1 }
	if (!($2 in config)) { config[$2]; configs[++c] = $2 }
	value[$1, $2] = $2 == "base" ? $3 : $4
}
END {
	printf "%-16s", "configuration"
	for (i = 1; i <= o; i++)
		printf " %13s", ops[i]
	print ""
	for (j = 1; j <= c; j++) {
		printf "%-16s", configs[j]
		for (i = 1; i <= o; i++)
			printf configs[j] == "base" ? " %13.0f" : " %+13.0f", value[ops[i], configs[j]]
		print ""
	}
	print "Guest instructions, counted; they don't tell of cache misses and mispredicted branches."
}
