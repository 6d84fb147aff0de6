#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# bulkhead doctor: what it finds where all is well and where not, and that it leaves the host as it was. For busybox.

CG=/sys/fs/cgroup
BOX=$CG/bulkhead/doctor
# shellcheck source=../lib/tap.sh
. /vm/tap.sh

# The table has a row of a hook, with this outcome.
row()
{
	awk -v "hook=$1" -v "outcome=$2" '$2 == hook && $3 == outcome { found = 1 } END { exit !found }' $T/out
	point $? "  $1: $2"
}

untried_is()
{
	[ "$(awk '$3 == "untried" { print $2 }' $T/out)" = "$1" ]
}

# file_setattr() came with 6.17.
missing_calls()
{
	uname -r | awk -F '[.-]' '$1 < 6 || $1 == 6 && $2 < 17 { print "inode_file_setattr" }'
}

# In the background, a lock that the doctor might want: hold FILE
hold()
{
	flock -o "$1" sleep 1000 &
	holder=$!
	for _ in $(seq 500); do
		grep -q " $holder " /proc/locks && return
		usleep 10000
	done
}

# What must be the same before and after: all but the counters of denials.
state()
{
	bulkhead status --json | grep -v -E '"(denied|closed|lost)"'
	bulkhead list | sed 's/  *[0-9]*  *[0-9]*  *[0-9]*$//'
	[ ! -d $BOX ] || echo $BOX
	grep -c . /proc/self/mountinfo
}

unchanged()
{
	state >$T/after
	cmp $T/before $T/after || { diff $T/before $T/after; false; }
}

# policy NAME PATTERN MODE REST
policy()
{
	printf 'bulkhead: 1\npolicy: %s\nmode: %s\nmatch: [{cgroup: %s}]\n%s\n' "$1" "$3" "$2" "$4" >$T/policies/"$1".yaml
}

# A doctor in the background, at work: its cgroup is bound.
begin()
{
	bulkhead doctor >$T/out 2>$T/err &
	doctor=$!
	for _ in $(seq 500); do
		[ -d $BOX ] && bulkhead list | grep -q '^/bulkhead/doctor .*@doctor' && return
		usleep 10000
	done
}

emptied()
{
	for _ in $(seq 500); do
		grep -qx 'populated 0' $BOX/cgroup.events && return
		usleep 10000
	done
	false
}

ended()
{
	wait $doctor
	[ $? -eq "$1" ]
}

mkdir -p $T/policies

want 3 'without the module' bulkhead doctor
insmod "$BULKHEAD_KO"
want 1 'without a policy' bulkhead doctor
says 'no policy is in force'
want 2 'with an operand' bulkhead doctor web

policy web /elsewhere enforce 'file: {default: allow}'
want 0 'apply' bulkhead apply $T/policies
state >$T/before
bulkhead monitor --quiet >$T/events &
monitor=$!
want 0 'where all is well' bulkhead doctor
says 'bulkhead  enforces'
that 'no act failed' grep -q ' stopped, 0 failed, ' $T/out
that 'each was tried, but what this kernel has no call for' untried_is "$(missing_calls)"
for hook in file_open inode_setattr inode_setxattr inode_set_acl path_rename mmap_file capable socket_connect \
	sctp_bind_connect nf-ipv4 nf-ipv4-host nf-ipv6 socket_setsockopt task_kill bprm_committing_creds tun_dev_create \
	tun_dev_open tun_dev_attach_queue path_notify inode_create inode_unlink; do
	row $hook stopped
done
sed -n 's/^attempts/# attempts/p' $T/out
kill $monitor
that 'its denials are shown as all others are' grep -q '@doctor(enforce) .* by built-in:[0-9]*: deny tcp 1$' $T/events
that 'what was in force is, and nothing is left' unchanged
want 0 'as JSON' bulkhead doctor --json
says '"enforces": true'
says '"failed": 0'
that 'the policy is no user'"'"'s' sh -c '! bulkhead list --json | grep -q "@doctor"'

# What somebody else stops outside is no proof.
nft add table ip other
nft add chain ip other out '{ type filter hook output priority 0; }'
nft add rule ip other out udp dport 2 drop
want 1 'where a firewall stops an act for all' bulkhead doctor
row nf-ipv4 stopped
row nf-ipv4-host FAILED
says "doesn't work outside either: deny udp 2"
says 'DOES NOT ENFORCE'
want 1 'the same as JSON' bulkhead doctor --json
says '"enforces": false'
nft delete table ip other

begin
kill -KILL $doctor
that 'killed: what it had confined dies with it' emptied
that 'and stays confined until then' sh -c 'bulkhead list | grep -q "^/bulkhead/doctor .*@doctor"'
want 0 'the next one cleans up' bulkhead doctor
that 'all of it' unchanged

begin
kill -INT $doctor
that 'interrupted: exit status 1' ended 1
says 'interrupted'
that 'it cleans up itself' unchanged

# Neither disturbs the other.
begin
for _ in 1 2 3 4 5; do
	bulkhead apply $T/policies || touch $T/refused
done >/dev/null 2>&1
that 'beside applies' ended 0
that 'which all succeed' test ! -e $T/refused
# Fifteen seconds, which is longer than the first one takes, but where everything is slow.
# shellcheck disable=SC2016	# for the inner shell
want 0 'a second one waits for the first' sh -c 'bulkhead doctor & left=$((BULKHEAD_SLOWNESS * BULKHEAD_SLOWNESS))
	until bulkhead doctor; do left=$((left - 1)); [ $left -gt 0 ] || exit; done
	wait $!'

# A container's root could hold what it sees.
hold $CG/bulkhead
want 0 'somebody locks the cgroup tree' bulkhead doctor
kill $holder
hold /run/bulkhead-doctor.lock
want 1 'somebody holds the lock for ever' bulkhead doctor
says 'another doctor has been at work for 15 seconds'
kill $holder
that 'the lock is for root alone' [ "$(stat -c %a:%u /run/bulkhead-doctor.lock)" = 600:0 ]
rm /run/bulkhead-doctor.lock
ln -s $T/elsewhere /run/bulkhead-doctor.lock
want 1 'a link is no lock' bulkhead doctor
says "can't open /run/bulkhead-doctor.lock"
that 'nor followed' test ! -e $T/elsewhere
rm /run/bulkhead-doctor.lock

# Other policies that hold the cgroup as well.
policy all '/bulkhead/**' audit 'file: {default: deny}
socket: {default: deny}
egress: {default: deny}'
want 0 'apply a policy that audits all cgroups' bulkhead apply $T/policies
want 0 'below it' bulkhead doctor
row file_open stopped
policy all '/bulkhead/**' enforce "file:
  default: allow
  rules: [deny r /mnt/bulkhead-doctor/open]
socket: {default: deny, allow: [inet, inet6, netlink]}"
want 0 'apply a policy that forbids more' bulkhead apply $T/policies
want 0 'below that' bulkhead doctor
says 'all: deny r /mnt/bulkhead-doctor/open'
says 'all: default: deny'
row unix_stream_connect untried

# In a cgroup that is held, nobody may ask.
policy all /held enforce 'file: {default: allow}'
want 0 'apply a policy for one cgroup' bulkhead apply $T/policies
mkdir $CG/held
want 4 'from inside' sh -c 'echo $$ >'$CG'/held/cgroup.procs; exec bulkhead doctor'
plan
