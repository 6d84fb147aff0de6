#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Bulkhead built into the kernel: a security module as any other if lsm= names it, else silent in words and deeds.

# shellcheck source=../lib/tap.sh
. /vm/tap.sh

# status CODE WORDS: the exit status, and words of what it says
status()
{
	bulkhead status >$T/out 2>&1
	[ $? -eq "$1" ] && grep -q "$2" $T/out
}

logged()
{
	dmesg | grep -q "$1"
}

listed()
{
	grep -q "bulkhead" /sys/kernel/security/lsm
}

is_missing()
{
	[ ! -e "$1" ]
}

whole()
{
	bulkhead status 2>/dev/null | awk '$1 == "hooks" { whole = $2 == $4 && $2 } END { exit !whole }'
}

if grep -q 'lsm=' /proc/cmdline; then
	that 'not named: not in the list of security modules' fails listed
	that 'said so at boot' logged 'bulkhead: built in, but not named in lsm='
	that 'status: 3, and what to do' status 3 'add bulkhead to lsm='
	that 'a policy is not applied' fails bulkhead apply /usr/share/bulkhead/bulkhead.yaml
else
	that 'in the list of security modules' listed
	that 'said so at boot' logged 'bulkhead: version .*, built in'
	that 'it can not be disarmed' is_missing /sys/module/bulkhead/parameters/armed
	that 'every hook is planted' whole
	that 'a policy is applied' bulkhead apply /usr/share/bulkhead/bulkhead.yaml
fi
plan
