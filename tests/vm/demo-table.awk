# SPDX-License-Identifier: GPL-2.0-only
# The demo's table, out of what was to be tried (attempts) and what the VM said (said). Exits 1 unless all came out as said.

function trim(s)
{
	gsub(/^ +| +$/, "", s)
	return s
}

# The value of a string or a number in a flat piece of JSON.
function field(json, name,    at, rest)
{
	at = match(json, "\"" name "\" *: *")
	if (!at)
		return ""
	rest = substr(json, at + RLENGTH)
	if (substr(rest, 1, 1) == "\"") {
		rest = substr(rest, 2)
		sub(/".*/, "", rest)
	} else {
		sub(/[,} ].*/, "", rest)
	}
	return rest
}

# File, line and text of the rule behind the first denial that looks like this.
function blame(pattern,    i)
{
	for (i = 0; i < events; i++)
		if (event[i] ~ pattern && field(event[i], "verdict") == "deny")
			return field(event[i], "file") ":" field(event[i], "line") ": " field(event[i], "text")
	return ""
}

BEGIN {
	FS = "|"
	while ((getline line < said) > 0) {
		split(line, word, " ")
		if (word[1] == "phase")
			phase = word[2]
		else if (word[1] == "try")
			result[phase, word[2]] = word[3]
		else if (word[1] == "event")
			event[events++] = substr(line, 7)
	}
	printf "\n%-42s %-12s %-10s %s\n", "attempt", "unconfined", "confined", "denied by"
}

/^#/ {
	next
}

{
	id = trim($1)
	want = trim($3)
	plain = result["plain", id]
	web = mode == "bare" ? want : result["web", id]
	by = want == "ok" || mode == "bare" ? "" : blame(trim($5))
	mark = ""
	if (plain != "ok" || web != want || (want != "ok" && mode != "bare" && by == "")) {
		mark = "  <-- expected ok and " want (by == "" && want != "ok" ? ", and an event" : "")
		bad++
	}
	printf "%-42s %-12s %-10s %s%s\n", trim($2), plain, mode == "bare" ? "-" : web, by, mark
}

END {
	print bad ? "\n" bad " came out otherwise." : "\nEach came out as the policy says."
	exit bad > 0
}
