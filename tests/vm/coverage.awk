# SPDX-License-Identifier: GPL-2.0-only
# The report of scripts/coverage, of tests/vm/uncovered and of the lines counted. `verdict` lists the verdict path's files.

BEGIN {
	n = split(verdict, word, " ")
	for (i = 1; i <= n; i++)
		judged[word[i]] = 1
}

FNR == NR {
	if ($0 !~ /^#/ && NF >= 4)
		reason[$1 "|" $2 "|" $3] = $4
	next
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
	if ($3 > 0) {
		ran[$1]++
	} else if ($1 in judged) {
		known = $1 "|" $4 "|" text
		if (known in reason) {
			explained[$1]++
			used[known] = 1
		} else {
			offences = offences sprintf("%s:%d in %s: %s\n", $1, $2, $4, text)
			bad++
		}
	}
}

function row(name, all, good, said)
{
	printf("%-28s %6d %6d %6.1f %%  %s\n", name, all, good, all ? 100 * good / all : 100, said)
}

END {
	printf("%-28s %6s %6s\n", "file", "lines", "ran")
	for (i = 1; i <= files; i++) {
		f = order[i]
		said = ""
		if (f in judged) {
			vl += lines[f]
			vr += ran[f]
			ve += explained[f]
			said = explained[f] ? explained[f] " explained" : ""
		}
		al += lines[f]
		ar += ran[f]
		row((f in judged ? "* " : "  ") f, lines[f], ran[f], said)
	}
	row("* the verdict path", vl, vr, ve + 0 " explained")
	row("all", al, ar, "")
	for (known in reason)
		if (!(known in used))
			printf("\nIn tests/vm/uncovered, but it ran, or is there no more: %s", known)
	for (f in judged)
		if (!(f in lines)) {
			printf("\nOf the verdict path, and not a line was counted: %s\n", f)
			exit 1
		}
	if (bad) {
		printf("\nOf the verdict path these never ran, and tests/vm/uncovered has no reason for them:\n%s", offences)
		exit 1
	}
	printf("\nEach line of the verdict path ran, or has its reason in tests/vm/uncovered.\n")
}
