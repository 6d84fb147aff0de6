# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2034
# Shell functions shared by the scripts; to be sourced. Owns the names of the cache and of the build tree.

TOP=$(cd "$(dirname "$0")" && while [ ! -f scripts/lib.sh ] && [ "$PWD" != / ]; do cd ..; done && pwd)
BUILD=$TOP/.build
CACHE=${BULKHEAD_CACHE:-${HOME:-/root}/.cache/bulkhead}
export CACHE

say()
{
	printf '%s\n' "$*" >&2
}

die()
{
	printf '%s: %s\n' "$(basename "$0")" "$*" >&2
	exit 1
}

have()
{
	command -v "$1" >/dev/null 2>&1
}

# A long command kept quiet: its output goes to a log that is shown only if it fails.
quietly()
{
	_log=$1
	shift
	mkdir -p "$(dirname "$_log")"
	"$@" >"$_log" 2>&1 </dev/null && return 0
	_rc=$?
	say "failed ($_rc): $*"
	tail -n 30 "$_log" >&2
	say "(whole log: $_log)"
	return "$_rc"
}
