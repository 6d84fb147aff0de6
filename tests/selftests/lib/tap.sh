# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
# The points of a suite that is a script; the VM has it as /vm/tap.sh. Owns $n, $failed, $T/out and $T/err. For busybox.

T=/tmp/suite
n=0
failed=0
mkdir -p $T
: >$T/out
: >$T/err
echo 'TAP version 13'

# point STATUS NAME
point()
{
	n=$((n + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $n - $2"
		return
	fi
	failed=$((failed + 1))
	echo "not ok $n - $2"
	head -n 100 $T/out | sed 's/^/# out: /'
	head -n 20 $T/err | sed 's/^/# err: /'
}

# want STATUS NAME COMMAND...: its outputs stay in $T/out and $T/err.
want()
{
	status=$1 name=$2
	shift 2
	"$@" >$T/out 2>$T/err </dev/null
	got=$?
	[ $got -eq "$status" ]
	point $? "$name: exit status $status${got:+, got $got}"
}

# That either output of the last command has this, word for word.
says()
{
	grep -qF -e "$1" $T/out $T/err
	point $? "  says: $1"
}

says_not()
{
	! grep -qF -e "$1" $T/out $T/err
	point $? "  doesn't say: $1"
}

# that NAME COMMAND...: succeeds.
that()
{
	name=$1
	shift
	"$@" >>$T/out 2>>$T/err
	point $? "$name"
}

fails()
{
	! "$@"
}

# The last line of a suite.
plan()
{
	echo "1..$n"
	[ $failed -eq 0 ]
}
