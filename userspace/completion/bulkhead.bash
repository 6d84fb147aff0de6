# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# bash completion for bulkhead(8). Its tables are checked by userspace/check-commands.sh.

_bulkhead_commands='check apply status list show bind unbind arm explain monitor run doctor version help'

declare -A _bulkhead_options=(
	[check]=''
	[apply]='--dry-run --expect-generation'
	[status]=''
	[list]=''
	[show]=''
	[bind]=''
	[unbind]=''
	[arm]=''
	[explain]='--policy --cgroup'
	[monitor]='--count --policy --timeout --quiet'
	[run]=''
	[doctor]=''
	[version]=''
	[help]='--commands'
)

# Names in force, if we may ask the module.
_bulkhead_policies()
{
	bulkhead list 2>/dev/null | awk '!NF { exit } NR > 1 { print $1 }'
}

_bulkhead_cgroups()
{
	bulkhead list 2>/dev/null | awk 'below && $1 != "CGROUP" { print $1 } !NF { below = 1 }'
}

# Words that may stand where the cursor is, by command and number of operands before it.
_bulkhead_operands()
{
	case $1 in
	check | apply) compgen -f -- "$3" ;;
	show) compgen -W "$(_bulkhead_policies) $(_bulkhead_cgroups)" -- "$3" ;;
	unbind) compgen -W "$(_bulkhead_cgroups)" -- "$3" ;;
	bind) [ "$2" -eq 0 ] || compgen -W "$(_bulkhead_policies)" -- "$3" ;;
	run) if [ "$2" -eq 0 ]; then compgen -W "$(_bulkhead_policies)" -- "$3"; else compgen -c -- "$3"; fi ;;
	help) compgen -W "$_bulkhead_commands" -- "$3" ;;
	explain)
		compgen -f -- "$3"
		compgen -W 'read write append exec mmap create delete link node own open connect listen capable socket' -- "$3"
		;;
	esac
}

_bulkhead()
{
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} command='' operands=0 word
	for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
		case $word in
		-*) ;;
		*) if [ -z "$command" ]; then command=$word; else operands=$((operands + 1)); fi ;;
		esac
	done
	if [ -z "$command" ]; then
		mapfile -t COMPREPLY < <(compgen -W "$_bulkhead_commands --json" -- "$cur")
		return
	fi
	case $prev in
	--policy) mapfile -t COMPREPLY < <(compgen -W "$(_bulkhead_policies)" -- "$cur") ;;
	--cgroup) mapfile -t COMPREPLY < <(compgen -W "$(_bulkhead_cgroups)" -- "$cur") ;;
	*)
		if [[ $cur == -* ]]; then
			mapfile -t COMPREPLY < <(compgen -W "${_bulkhead_options[$command]} --json --help" -- "$cur")
		else
			mapfile -t COMPREPLY < <(_bulkhead_operands "$command" "$operands" "$cur")
		fi
		;;
	esac
}

complete -o filenames -F _bulkhead bulkhead
