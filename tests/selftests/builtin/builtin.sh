#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Bulkhead built into the kernel: a security module as any other if lsm= names it, else silent in words and deeds.

point=0

# point NAME COMMAND...: the command succeeds
point()
{
	name=$1
	shift
	point=$((point + 1))
	if "$@"; then
		echo "ok $point - $name"
	else
		echo "not ok $point - $name"
	fi
}

# status CODE WORDS: the exit status, and words of what it says
status()
{
	bulkhead status >/tmp/status 2>&1
	[ $? -eq "$1" ] && grep -q "$2" /tmp/status && return
	sed 's/^/# /' /tmp/status
	return 1
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

fails()
{
	! "$@"
}

echo 'TAP version 13'
if grep -q 'lsm=' /proc/cmdline; then
	echo 1..4
	point 'not named: not in the list of security modules' fails listed
	point 'said so at boot' logged 'bulkhead: built in, but not named in lsm='
	point 'status: 3, and what to do' status 3 'add bulkhead to lsm='
	point 'a policy is not applied' fails bulkhead apply /usr/share/bulkhead/bulkhead.yaml
else
	echo 1..5
	point 'in the list of security modules' listed
	point 'said so at boot' logged 'bulkhead: version .*, built in'
	point 'it can not be disarmed' is_missing /sys/module/bulkhead/parameters/armed
	point 'every hook is planted' whole
	point 'a policy is applied' bulkhead apply /usr/share/bulkhead/bulkhead.yaml
fi 2>/tmp/errors
sed 's/^/# /' /tmp/errors
