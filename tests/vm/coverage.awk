# SPDX-License-Identifier: GPL-2.0-only
# The report of scripts/coverage: which lines ran, which didn't, and whether that is explained for those of the verdict
# path. `part` says what a file is, fields are separated by bars:
#
#   sources	one of the module's files, below kernel/
#   beside	tests/vm/beside
#   reasons	tests/vm/uncovered
#   lines	FILE|LINE|COUNT|FUNCTION|TEXT, by file and line
#
# Exits 1 if a line of the verdict path neither ran nor has a reason, or if one of the two lists says what isn't so.

BEGIN { FS = "|" }

function fault(text)
{
	faults = faults "  " text "\n"
}

# A header without a function has nothing to count.
part == "sources" {
	if (FNR == 1) {
		file = FILENAME
		sub(/^(.*\/)?kernel\//, "", file)
		exists[file] = 1
	}
	if (file ~ /\.c$/ || /^static .*inline/)
		has_code[file] = 1
	next
}

/^#/ || NF == 0 { next }

part == "beside" {
	key = $1 "|" $2
	if (NF != 3)
		fault("tests/vm/beside: not FILE|FUNCTION|REASON: " $0)
	else if (key in beside)
		fault("tests/vm/beside: twice: " key)
	beside[key] = 0
	next
}

part == "reasons" {
	key = $1 "|" $2 "|" $3 "|" $4
	if (NF != 5)
		fault("tests/vm/uncovered: not FILE|FUNCTION|TEXT|NTH|REASON: " $0)
	else if (key in reason)
		fault("tests/vm/uncovered: twice: " key)
	if ($5 != "As the line before.")
		last = $5
	reason[key] = last
	next
}

# Of the verdict path is what isn't named as being beside it, so that new code is.
function is_beside(file, name)
{
	if ((file "|" name) in beside)
		beside[file "|" name] = 1
	else if (!((file "|*") in beside))
		return 0
	return 1
}

{
	# The text may have bars of its own.
	text = $0
	for (i = 1; i <= 4; i++)
		sub(/^[^|]*\|/, "", text)
	gsub(/\|/, "!", text)
	if (!($1 in lines))
		order[++files] = $1
	lines[$1]++
	key = $1 "|" $4 "|" text
	key = key "|" ++nth[key]
	off = is_beside($1, $4)
	if (!off)
		path_lines[$1]++
	if ($3 > 0) {
		ran[$1]++
		if (!off)
			path_ran[$1]++
	} else if (off) {
		idle[$1 "|" $4] = idle[$1 "|" $4] " " $2
		if (!seen[$1 "|" $4]++)
			idle_order[++idles] = $1 "|" $4
	} else if (key in reason) {
		explained[$1]++
		used[key] = 1
		excused = excused sprintf("  %s:%d in %s: %s\n    %s\n", $1, $2, $4, text, reason[key])
	} else {
		fault(sprintf("%s:%d in %s: never ran: %s (tests/vm/uncovered would say %s)", $1, $2, $4, text, key))
	}
}

# "7 8 9 12" as "7-9 12".
function ranges(numbers,	word, n, i, from, s)
{
	n = split(numbers, word, " ")
	for (i = 1; i <= n; i++) {
		from = word[i]
		while (i < n && word[i + 1] == word[i] + 1)
			i++
		s = s " " (from == word[i] ? from : from "-" word[i])
	}
	return s
}

function row(name, all, good, of_path, path_good, said)
{
	printf("%-26s %6d %6d %6.1f %%   %6d %6d  %s\n", name, all, good, all ? 100 * good / all : 100, of_path, path_good,
	       said ? said " explained" : "")
}

function print_table(	i, f, al, ar, vl, vr, ve)
{
	printf("%-26s %6s %6s %8s   %6s %6s\n", "", "lines", "ran", "", "of the", "verdict path")
	for (i = 1; i <= files; i++) {
		f = order[i]
		al += lines[f]
		ar += ran[f]
		vl += path_lines[f]
		vr += path_ran[f]
		ve += explained[f]
		row(f, lines[f], ran[f], path_lines[f], path_ran[f], explained[f])
	}
	row("all", al, ar, vl, vr, ve)
}

# By file and function: what is beside the verdict path.
function print_idle(	i, file, word)
{
	for (i = 1; i <= idles; i++) {
		split(idle_order[i], word, "|")
		if (word[1] != file)
			print "  " word[1]
		file = word[1]
		print "    " (word[2] == "" ? "(in none)" : word[2]) ":" ranges(idle[idle_order[i]])
	}
}

# What the lists say has to be so.
function check_lists(	key, word)
{
	for (key in reason)
		if (!(key in used))
			fault("tests/vm/uncovered: it ran, or is there no more: " key)
	for (key in beside) {
		split(key, word, "|")
		if (!(word[1] in exists) || (word[2] != "*" && !beside[key]))
			fault("tests/vm/beside: there is no such thing: " key)
	}
	for (key in has_code)
		if (!(key in lines) && !((key "|*") in beside))
			fault(key ": not a line of it was counted, and tests/vm/beside doesn't have it")
}

END {
	print_table()
	print "\nNever ran, beside the verdict path:"
	print_idle()
	print "\nNever ran, of the verdict path, with the reason in tests/vm/uncovered:"
	printf("%s", excused)
	check_lists()
	if (faults != "") {
		printf("\nNot as it should be:\n%s", faults)
		exit 1
	}
	print "\nEach line of the verdict path ran, or has its reason."
}
