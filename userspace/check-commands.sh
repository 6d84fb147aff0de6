#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Checks the man page and the completion against the command table of a built command.
#
#   userspace/check-commands.sh [BULKHEAD]

set -euo pipefail

here=$(dirname "$0")
bulkhead=${1:-$here/../.build/userspace/bulkhead}
man=$here/man/bulkhead.8
# shellcheck source=completion/bulkhead.bash
. "$here/completion/bulkhead.bash"

failed=0
complain()
{
	echo "check-commands: $*" >&2
	failed=1
}

# The man page's text, its font changes and escapes taken out.
plain()
{
	sed -e 's/\\f[A-Z]//g; s/\\-/-/g' "$man"
}

page=$(plain)
table=$("$bulkhead" help --commands)
while read -r command options; do
	grep -q "^\.SS $command\b" <<<"$page" || complain "the man page lacks '$command'"
	[ "${_bulkhead_options[$command]-none}" = "$options" ] ||
		complain "completion of '$command': '${_bulkhead_options[$command]-none}' is not '$options'"
	for option in $options; do
		awk -v "command=$command" -v "option=$option" '
			/^\.S[SH] / { inside = $2 == command }
			inside && index($0, option) { n++ }
			END { exit n < 2 }' <<<"$page" || complain "the man page's '$command' lacks '$option' in its head or its list"
	done
done <<<"$table"

names=$(cut -d ' ' -f 1 <<<"$table" | tr '\n' ' ')
[ "$_bulkhead_commands " = "$names" ] || complain "completion knows '$_bulkhead_commands', the command has '$names'"

# No section and no entry of the completion for what isn't there.
while read -r command; do
	[[ " $names" == *" $command "* ]] || complain "the man page has '$command', the command hasn't"
done < <(sed -n 's/^\.SS \([a-z]*\).*/\1/p' <<<"$page")
for command in "${!_bulkhead_options[@]}"; do
	[[ " $names" == *" $command "* ]] || complain "completion has options of '$command', which isn't there"
done

[ "$failed" -eq 0 ] && echo "check-commands: man page and completion agree with the command"
exit "$failed"
