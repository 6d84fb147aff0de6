# SPDX-License-Identifier: GPL-2.0-only
# Judges one program's TAP: prints "! reason" for each thing wrong, and last "PASSED FAILED".
# Variables: rc, the program's exit status. What isn't a plain "ok" counts as failed, a skip too.

function wrong(why)
{
	print "! " why
	failed++
}

function plan_ends()
{
	if (planned >= 0 && seen != planned)
		wrong("planned " planned " points, saw " seen)
}

BEGIN {
	planned = -1
	passed = failed = seen = plans = 0
}

{ sub(/\r$/, "") }

# cmocka plans each group of tests anew.
/^1\.\.[0-9]+/ {
	plan_ends()
	planned = substr($1, 4) + 0
	plans++
	if (plans > 1)
		seen = 0
	next
}

/^ok( |$)/ {
	seen++
	if (toupper($0) ~ /# *SKIP/ || toupper($0) ~ /# *TODO/)
		wrong("skipped: " $0)
	else
		passed++
	next
}

/^not ok( |$)/ {
	seen++
	wrong($0)
	next
}

/^Bail out!/ {
	bailed = 1
	wrong($0)
}

END {
	if (!plans)
		wrong("no plan")
	else if (!bailed)
		plan_ends()
	if (rc != 0 && !failed)
		wrong("exit status " rc " though every point passed")
	print passed + 0, failed + 0
}
