# SPDX-License-Identifier: GPL-2.0-only
# gcov's texts, many of them for a header: "FILE|LINE|COUNT|FUNCTION|TEXT" for each line below `top` that can run.

FNR == 1 {
	ours = 0
	function_ = ""
}

{
	count = $0
	sub(/:.*/, "", count)
	gsub(/[ *]/, "", count)
	rest = $0
	sub(/^[^:]*:/, "", rest)
	line = rest + 0
	sub(/^[^:]*:/, "", rest)
}

line == 0 && rest ~ /^Source:/ {
	sub(/^Source:/, "", rest)
	ours = index(rest, top) == 1
	file = substr(rest, length(top) + 1)
	next
}

!ours || line == 0 { next }

# A definition begins at the first column; where its type has a line of its own, the name comes later.
rest ~ /^[A-Za-z_].*\(/ && rest !~ /;$/ {
	function_ = rest
	if (match(function_, /[A-Za-z0-9_]+\(/))
		function_ = substr(function_, RSTART, RLENGTH - 1)
}

count != "-" {
	key = file "|" line
	sum[key] += count ~ /^[0-9]/ ? count : 0
	gsub(/^[ \t]+|[ \t]+$/, "", rest)
	text[key] = function_ "|" rest
}

END {
	for (key in sum)
		print key "|" sum[key] "|" text[key]
}
