#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2016
# Everything the command says and returns, without and with a live module. For busybox.

CG=/sys/fs/cgroup
P=/tmp/suite/policies
# shellcheck source=../lib/tap.sh
. /vm/tap.sh

# A reader of the JSON grammar; each value that the file holds has to be whole.
JSON='
function token(re) {
	if (!match(s, "^[ \t\n]*(" re ")"))
		return 0
	s = substr(s, RLENGTH + 1)
	return 1
}
function list(close_, pairs) {
	if (token(close_))
		return 1
	do {
		if (pairs && !(token(STRING) && token(":")))
			return 0
		if (!value())
			return 0
	} while (token(","))
	return token(close_)
}
function value() {
	if (token("\\{"))
		return list("\\}", 1)
	if (token("\\["))
		return list("\\]", 0)
	return token(STRING) || token(NUMBER) || token("true|false|null")
}
BEGIN {
	HEX = "[0-9a-fA-F]"
	STRING = "\"([^\"\\\\[:cntrl:]]|\\\\[\"\\\\/bfnrt]|\\\\u" HEX HEX HEX HEX ")*\""
	NUMBER = "-?(0|[1-9][0-9]*)([.][0-9]+)?([eE][-+]?[0-9]+)?"
}
{ s = s $0 "\n" }
END {
	for (values = 0; s !~ /^[ \t\n]*$/; values++)
		if (!value()) {
			print "# no JSON at: " substr(s, 1, 60)
			exit 1
		}
	exit !values
}'

is_json()
{
	awk "$JSON" "$1"
}

json()
{
	is_json $T/out
	point $? "  and that is JSON"
}

# Only what a terminal shows as it stands: no escape sequence, no broken UTF-8.
is_plain()
{
	[ -s "$1" ] && [ "$(tr -d '\n\040-\176' <"$1" | wc -c)" -eq 0 ]
}

number()
{
	sed -n "s/.*\"$1\": \([0-9]*\).*/\1/p" $T/out
}

write_policies()
{
	mkdir -p $P
	cat >$P/t.yaml <<-'Y'
		bulkhead: 1
		policy: t
		mode: enforce
		match:
		  - cgroup: /pat-*
		exec: {default: deny, rules: ["allow /bin/**, /usr/bin/**, /sbin/**, /usr/sbin/**", "allow /lib/**, /lib64/**"]}
		file:
		  default: allow
		  rules:
		    - deny r /etc/secret
		    - deny rw /tmp/ev*
		capability: {default: allow, deny: [net_admin]}
	Y
	cat >$P/a.yaml <<-'Y'
		bulkhead: 1
		policy: aud
		mode: audit
		file: {default: allow, rules: [deny r /etc/passwd]}
		egress: {default: deny}
	Y
	cat >$T/bad.yaml <<-'Y'
		bulkhead: 1
		policy: bad
		mode: enforce
		capability: {default: deny, allow: [net_bind_servce]}
	Y
	echo secret >/etc/secret
}

make_hostile()
{
	hostile=$(printf '/tmp/ev\033[31m\n\377x')
	echo hi >"$hostile"
}

without_module()
{
	want 3 'status without the module' bulkhead status
	says "the kernel module isn't loaded"
	says 'modprobe bulkhead'
	for command in "list" "show t" "bind /x t" "unbind /x" "arm 1" "monitor" "run t -- /bin/true" "apply $P"; do
		# shellcheck disable=SC2086	# words
		want 3 "${command%% *} without it" bulkhead $command
	done
	want 0 'version without it' bulkhead version
	says 'not loaded'
	want 0 'version --json without it' bulkhead version --json
	says '"module": null'
	json
	want 0 'explain asks files' bulkhead explain -p t $P read /etc/hosts
	says "allowed by t(enforce): $P/t.yaml:8: default: allow"
	want 1 'explain: denied' bulkhead explain $P/t.yaml read /etc/secret
	says "denied by t(enforce): $P/t.yaml:10: deny r /etc/secret"
}

checking()
{
	want 0 'check' bulkhead check $P
	says '2 policies, no errors'
	want 0 'check --json' bulkhead check --json $P
	says '"severity": "warning"'
	json
	want 1 'check of errors' bulkhead check $T/bad.yaml
	says "$T/bad.yaml:4:37: error: unknown capability 'net_bind_servce'; did you mean 'net_bind_service'?"
	says '^~~~~~~~~~~~~~~'
	want 1 'check --json of errors' bulkhead check --json $T/bad.yaml
	says '"line": 4'
	says '"column": 37'
	json
	want 1 'check of a file that is not there' bulkhead check $T/none.yaml
	says "$T/none.yaml"
}

usage()
{
	for wrong in "" nonsense check apply "apply --nonsense $P" "apply --expect-generation x $P" "status x" \
		"list x" show "show a b" bind "bind /x" unbind "arm x" arm "explain read /etc/secret" \
		"explain $P nonsense /x" "monitor x" "monitor --count x" run "run t" "run t --" "help nonsense" \
		"version x"; do
		# shellcheck disable=SC2086	# words
		want 2 "wrong usage: '$wrong'" bulkhead $wrong
	done
	want 0 'help' bulkhead help
	says 'monitor'
	want 0 'help --json' bulkhead --json help
	json
	want 0 'help of one command' bulkhead help run
	says 'POLICY -- COMMAND'
	want 0 '--help of it' bulkhead run --help
	says 'POLICY -- COMMAND'
	want 0 'the command table' bulkhead help --commands
	says 'apply --dry-run --expect-generation'
}

before_policies()
{
	want 0 'version' bulkhead version
	says 'ABI 1'
	want 0 'version --json' bulkhead version --json
	json
	want 1 'status before any policy' bulkhead status
	says 'NOT ENFORCED'
	says 'no policy is in force'
	want 1 'and in JSON' bulkhead status --json
	says '"enforced": false'
	json
	want 0 'list before any policy' bulkhead list
	says 'no policy is in force'
	want 1 'show before any policy' bulkhead show t
	want 1 'run before any policy' bulkhead run t -- /bin/true
}

applying()
{
	want 0 'apply --dry-run' bulkhead apply --dry-run $P
	says 'policy t (enforce): added'
	want 1 'which applied nothing' bulkhead status
	want 0 'apply' bulkhead apply $P
	says 'generation 1 is in force (policies: 2'
	says 'bytes read back, equal'
	want 1 'apply, expecting a wrong generation' bulkhead apply --expect-generation 7 $P
	want 0 'and the right one' bulkhead apply --json --expect-generation 1 $P
	says '"generation": 2'
	says '"read_back": true'
	json
	want 1 'apply of errors' bulkhead apply $P $T/bad.yaml
	want 0 'status' bulkhead status --json
	says '"generation": 2'
	says '"enforced": true'
	json
	want 0 'status, in words' bulkhead status
	says 'bulkhead    enforced'
	want 0 'dry run of the same' bulkhead apply --dry-run $P
	says 'policy t (enforce): unchanged'
	sed -i 's/deny: \[net_admin\]/deny: [net_raw]/' $P/t.yaml
	want 0 'dry run of a change' bulkhead apply --dry-run $P
	says 'policy t (enforce): changed'
	says "+ capability: $P/t.yaml:12: "
	want 0 'and in JSON' bulkhead apply --dry-run --json $P
	json
	sed -i 's/deny: \[net_raw\]/deny: [net_admin]/' $P/t.yaml
	want 1 'output that can not be written' sh -c 'bulkhead status >/dev/full'
}

showing()
{
	want 0 'list' bulkhead list
	says 'POLICY'
	says 'aud'
	want 0 'show a policy' bulkhead show t
	says "$P/t.yaml:10: deny r /etc/secret"
	says 'socket: not governed'
	says 'bound by  /pat-*'
	want 0 'show --json' bulkhead show --json t
	says '"text": "deny r /etc/secret"'
	json
	want 1 'show what is neither' bulkhead show nope
	want 0 'explain asks the kernel' bulkhead explain -p t read /etc/hosts
	says 'allowed by t(enforce)'
	want 1 'explain: denied' bulkhead explain -p t capable net_admin
	says "$P/t.yaml:12: "
	want 1 'explain --json' bulkhead explain --json -p t exec /tmp/x
	says '"verdict": "deny"'
	json
	want 0 'explain: audited' bulkhead explain -p aud connect tcp 10.0.0.1:80
	says 'audited by aud(audit)'
	want 2 'explain of no policy' bulkhead explain -p nope read /etc/secret
}

CTR=docker-01234567%scdef0123456789abcdef0123456789abcdef0123456789abcdef.scope

make_cgroups()
{
	# shellcheck disable=SC2059	# the name is the format
	mkdir $CG/pat-1 $CG/pat-1/sub $CG/other $CG/"$(printf $CTR 89ab)" $CG/"$(printf $CTR ffff)" \
		$CG/libpod-conmon-fedc456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef.scope
}

binding()
{
	want 0 'list of domains' bulkhead list
	says '/pat-1/sub'
	says 'inherited'
	want 0 'bind a path' bulkhead bind /other aud
	says 'aud bound to /other'
	want 0 'show a cgroup' bulkhead show /other
	says 'explicit'
	want 0 'show one by its folder' bulkhead show $CG/pat-1/sub
	want 1 'bind: an id that two containers have' bulkhead bind 0123 t
	says 'more than one'
	want 0 'bind by id' bulkhead bind --json 0123456789 t
	says '"policy": "t"'
	json
	want 1 'bind: conmon is no container' bulkhead bind fedc4567 t
	want 1 'bind to no policy' bulkhead bind /other zzz
	says 'no such policy'
	want 1 'bind no cgroup' bulkhead bind /nono t
	want 0 'list --json' bulkhead list --json
	says '"cgroup": "/other"'
	json
	want 0 'explain --cgroup' bulkhead explain -c 0123456789 exec /bin/ls
	want 1 'explain --cgroup: denied' bulkhead explain -c 0123456789 exec /tmp/ls
	want 1 'explain --cgroup where nothing holds' bulkhead explain -c / read /x
	want 0 'unbind' bulkhead unbind 0123456789
	want 1 'unbind again' bulkhead unbind 0123456789
	says 'not bound explicitly'
	mv $P/a.yaml $T/
	want 1 'apply without a policy that is bound' bulkhead apply $P
	says 'bound explicitly to a policy that the new ruleset lacks'
	want 0 'unbind --json' bulkhead unbind --json /other
	json
	want 0 'apply without it' bulkhead apply $P
	says 'generation 3 is in force'
}

running()
{
	want 0 'run' bulkhead run t -- /bin/true
	want 3 'run: the exit status' bulkhead run t -- /bin/sh -c 'exit 3'
	want 137 'run: ended by a signal' bulkhead run t -- /bin/sh -c 'kill -9 $$'
	want 127 'run: not found' bulkhead run t -- /bin/nonono
	cp /bin/busybox $T/evil
	want 126 'run: not allowed' bulkhead run t -- $T/evil true
	says "can't execute '$T/evil': Permission denied"
	want 1 'run by no policy' bulkhead run nope -- /bin/true
	says 'no such policy'
	want 1 'run: confined' bulkhead run t -- /bin/cat /etc/secret
	says 'Permission denied'
	want 0 'run passes input and output' sh -c 'echo through | bulkhead run t -- /bin/cat'
	says 'through'
	want 0 'run --json' bulkhead run --json t -- /bin/true
	says '"policy":"t"'
	says '"status":0'
	that '  and that is JSON' is_json $T/err
	want 0 'run kills what is left' sh -c "bulkhead run t -- /bin/sh -c 'sleep 1000 >/dev/null & echo \$!' >$T/left
		! kill -0 \$(cat $T/left)"
	that 'and leaves no cgroup' sh -c "! ls -d $CG/bulkhead/run-*"
}

# signal_run SIGNAL STATUS: one that the command catches, by a status of its own.
signal_run()
{
	rm -f $T/ready
	bulkhead run t -- /bin/sh -c "trap 'exit 9' USR1; : >$T/ready; while :; do sleep 0.1; done" &
	pid=$!
	wait_for 100 test -e $T/ready
	kill -s "$1" $pid
	wait $pid
	[ $? -eq "$2" ]
	point $? "run hands on SIG$1: exit status $2"
}

# wait_for TENTHS COMMAND...
wait_for()
{
	left=$1
	shift
	until "$@" 2>/dev/null; do
		[ "$left" -gt 0 ] || return 1
		left=$((left - 1))
		sleep 0.1
	done
}

# Starts a monitor as $1 with the other words; returns when it listens.
listen()
{
	file=$1
	shift
	bulkhead monitor "$@" >"$file" 2>"$file.err" &
	wait_for 100 grep -q listening "$file.err"
}

ended()
{
	wait "$1"
	[ $? -eq "$2" ]
	point $? "$3"
}

monitoring()
{
	listen $T/mon --count 3 --timeout 60
	plain=$!
	listen $T/monj --json --count 3 --timeout 60
	json=$!
	bulkhead run t -- /bin/cat /etc/secret
	bulkhead run t -- /bin/cat "$hostile"
	bulkhead run t -- $T/evil
	ended $plain 0 'monitor ends after --count'
	ended $json 0 'monitor --json, too'
	cp $T/mon $T/out
	says "open r /etc/secret  by $P/t.yaml:10: deny r /etc/secret"
	says "open r \"/tmp/ev\\x1b[31m\\n\\xffx\"  by $P/t.yaml:11: deny rw /tmp/ev*"
	says "exec x $T/evil  by $P/t.yaml:6: default: deny"
	that 'a line each' test "$(grep -c '^[0-9:]* DENY  t(enforce) [a-z]*\[[0-9]*\] ' $T/mon)" -eq 3
	that 'nothing that a terminal obeys' is_plain $T/mon
	cp $T/monj $T/out
	says '"path":"/tmp/ev\u001b[31m\u000a\ufffdx"'
	says '"path_hex":"2f746d702f65761b5b33316d0aff78"'
	says '"rule":{"index":'
	json
	that 'nothing but ASCII' is_plain $T/monj
	that 'an object a line' test "$(grep -c '^{.*}$' $T/monj)" -eq 3
	want 1 'monitor: too few within --timeout' bulkhead monitor --count 1 --timeout 1
	want 0 'monitor: --timeout alone' bulkhead monitor --quiet --timeout 1
	says_not listening
}

# Far beyond the rate; one more when there is credit again tells of those lost. Whoever takes three seconds for the 600
# is no faster than the rate, and loses none.
losses()
{
	listen $T/mon --timeout $((60 * BULKHEAD_SLOWNESS))
	pid=$!
	began=$(date +%s)
	bulkhead run t -- /bin/sh -c 'i=0
		while [ $i -lt 600 ]; do true </etc/secret; i=$((i + 1)); done
		sleep 2
		true </etc/secret' 2>/dev/null
	took=$(($(date +%s) - began - 2))
	wait_for 50 grep -q LOSS $T/mon
	kill $pid
	wait $pid
	slow=false
	[ $took -lt 3 ] || grep -q LOSS $T/mon || slow=true
	grep LOSS $T/mon >$T/out
	$slow || says 'events beyond its rate were counted, but not sent'
	sent=$(grep -c DENY $T/mon)
	lost=$(sed -n 's/.*: \([0-9]*\) events beyond.*/\1/p' $T/mon | awk '{ n += $1 } END { print n + 0 }')
	that "none is missing: $sent sent, $lost told of as lost" test $((sent + lost)) -eq 601
	want 0 'status after losses' bulkhead status
	if $slow; then says_not 'counted but not delivered'; else says 'counted but not delivered'; fi
}

sleeps()
{
	grep -qx 'Name:.sleep' "/proc/$1/status" && grep -q '^State:.S' "/proc/$1/status"
}

# A task that executes nothing any more: that would end its forming.
sleeper()
{
	sleep 1000 &
	pid=$!
	wait_for 50 sleeps $pid
}

forming()
{
	sleeper
	echo $pid >$CG/pat-1/cgroup.procs
	want 0 'status while a task has just come' bulkhead status --json
	says "\"pid\": $pid"
	says '"cgroup": "/pat-1"'
	json
	want 0 'arm' bulkhead arm $pid
	says "task $pid is confined"
	want 1 'arm again' bulkhead arm $pid
	says 'not forming'
	want 1 'arm what is not there' bulkhead arm 999999
	kill $pid
	sleeper
	echo $pid >$CG/pat-1/cgroup.procs
	sleep 10.5
	want 1 'status while one is forming for long' bulkhead status
	says 'NOT ENFORCED'
	says "bulkhead arm $pid"
	want 1 'and in JSON' bulkhead status --json
	says '"forming_old": 1'
	want 0 'arm --json' bulkhead arm --json $pid
	json
	want 0 'and all is enforced again' bulkhead status
	kill $pid
}

refusals()
{
	inside="echo 0 >$CG/pat-1/cgroup.procs; exec /bin/sh -c"
	for command in status list "apply $P" "bind /other t" "monitor --timeout 1" "run t -- /bin/true"; do
		want 4 "confined: ${command%% *}" sh -c "$inside 'bulkhead $command; exit \$?'"
		says_not 'is in force'
	done
	want 3 'in another network namespace' unshare -n bulkhead status
	says 'in the initial network namespace only'
	want 4 'root of a user namespace' unshare -Ur bulkhead status
	want 4 'an ordinary user' su -s /bin/sh nobody -c 'bulkhead status'
	says 'CAP_MAC_ADMIN'
	want 4 'an ordinary user: monitor' su -s /bin/sh nobody -c 'bulkhead monitor --timeout 1'
	want 0 'version, to anybody' su -s /bin/sh nobody -c 'bulkhead version'
}

# Many chunks a transaction; and one transaction at a time.
large()
{
	{
		printf 'bulkhead: 1\npolicy: big\nmode: enforce\nfile:\n  default: allow\n  rules:\n'
		awk 'BEGIN { for (i = 0; i < 4000; i++) print "    - deny r /big/dir" i "/file" i }'
	} >$P/big.yaml
	want 0 'apply 4000 rules' bulkhead apply $P
	want 1 'which the kernel holds' bulkhead explain -p big read /big/dir3999/file3999
	says "$P/big.yaml:4006: "
	bulkhead status --json >$T/out
	before=$(number generation)
	pids=
	for i in 1 2 3 4; do
		bulkhead apply $P >$T/apply$i 2>&1 &
		pids="$pids $!"
	done
	# shellcheck disable=SC2086	# words
	wait $pids
	cat $T/apply[1-4] >$T/out
	applied=$(grep -cE 'is in force \(|somebody else applied meanwhile' $T/out)
	refused=$(grep -c 'another transaction is open' $T/out)
	that "four at once: $applied applied, $refused refused" test $((applied + refused)) -eq 4
	want 0 'status after that' bulkhead status --json
	that 'each that applied is a generation' test "$(number generation)" -eq $((before + applied))
}

auditing()
{
	mv $T/a.yaml $P/
	want 0 'apply an auditing policy, too' bulkhead apply $P
	listen $T/mon --policy aud --count 2 --timeout 60
	pid=$!
	bulkhead run t -- /bin/cat /etc/secret
	bulkhead run aud -- /bin/sh -c 'cat /etc/passwd >/dev/null; nc -w 1 127.0.0.9 99'
	ended $pid 0 'monitor of one policy'
	cp $T/mon $T/out
	says "open r /etc/passwd  by $P/a.yaml:4: deny r /etc/passwd"
	says "connect tcp 127.0.0.9:99  by $P/a.yaml:5: default: deny"
	that 'both are audits' test "$(grep -c ' AUDIT aud(audit) ' $T/mon)" -eq 2
}

rm -rf $T
mkdir -p $T
: >$T/out
: >$T/err
write_policies
make_hostile
without_module
checking
usage
that 'insmod' insmod "$BULKHEAD_KO"
before_policies
applying
showing
make_cgroups
binding
running
signal_run USR1 9
signal_run TERM 143
monitoring 2>/dev/null
losses
forming
refusals
large
auditing 2>/dev/null
rm -f /etc/secret "$hostile"
plan
