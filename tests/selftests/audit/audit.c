// SPDX-License-Identifier: GPL-2.0-only
/*
 * Audit mode: every act works, and is reported as one that enforcement would
 * deny. However much there is of that, no denial is displaced by it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>
#include <linux/bulkhead.h>
#include <linux/capability.h>

#include "acts.h"
#include "addr.h"
#include "control.h"
#include "host.h"
#include "suite.h"
#include "tap.h"
#include "trial.h"

#define LOOKED		TOP "/looked"
#define SECRET		TOP "/secret"
#define FLOOD		5000
#define BURST		256	/* of BKH_EVENT_BURST: what goes out at once */
#define RATE		128	/* of BKH_EVENT_RATE: and in a second */

#define AUDITED(a, r, ...) .want = { .act = BULKHEAD_ACT_##a, .rule = r, \
	.verdict = BULKHEAD_VERDICT_AUDIT, __VA_ARGS__ }

static const char audited_yaml[] =
"bulkhead: 1\n"
"policy: audited\n"
"mode: audit\n"
"presets: {except: []}\n"
"exec:\n"
"  default: deny # of exec\n"
"file:\n"
"  default: allow\n"
"  rules:\n"
"    - deny r " LOOKED "\n"
"capability: {default: allow, deny: [sys_admin]}\n"
"socket: {default: allow, deny: [packet]}\n"
"egress:\n"
"  default: deny # of egress\n"
"listen:\n"
"  default: deny # of listen\n";

static const char enforced_yaml[] =
"bulkhead: 1\n"
"policy: enforced\n"
"mode: enforce\n"
"file:\n"
"  default: allow\n"
"  rules:\n"
"    - deny r " SECRET "\n";

static int act_mkdir_cgroup(const struct args *a)
{
	make_dir("%s", a->path);
	return 0;
}

/* n[0] acts in a row, each audited. */
static int act_flood(const struct args *a)
{
	int fd;
	long n;

	for (n = 0; n < a->n[0]; n++) {
		fd = open(a->path, O_RDONLY);
		if (fd < 0)
			return errno;
		close(fd);
	}
	return 0;
}

static void remove_cgroup(const struct args *a)
{
	rmdir(a->path);
}

static void modes(struct box *b)
{
	const struct trial t[] = {
		{ "audit: read", act_read, { LOOKED },
		  AUDITED(OPEN, "deny r", .perms = BULKHEAD_PERM_READ) },
		{ "audit: execute", act_exec, { HELPER },
		  AUDITED(EXEC, "# of exec", .perms = BULKHEAD_PERM_EXEC) },
		{ "audit: capability", act_hostname, { "" },
		  AUDITED(CAPABLE, "deny: [sys_admin]", .capability = CAP_SYS_ADMIN) },
		{ "audit: socket", act_socket, { .n = { AF_PACKET, SOCK_RAW } },
		  AUDITED(SOCKET, "deny: [packet]", .family = AF_PACKET) },
		{ "audit: listen", act_bind,
		  { .addr = addr("127.0.0.1", 7777), .n = { SOCK_STREAM } },
		  AUDITED(BIND, "# of listen") },
		{ "audit: leave the cgroup's tree alone", act_mkdir_cgroup,
		  { CGROUPS "/bh-audit/new" },
		  AUDITED(CGROUP, "preset cgroup-escape",
			  .reason = BULKHEAD_REASON_PRESET,
			  .path = CGROUPS "/bh-audit/new"), .again = remove_cgroup },
	};

	trials_run(b, "audited", t, ARRAY_SIZE(t));
	remove_cgroup(&t[ARRAY_SIZE(t) - 1].args);
}
#define MODES	6

/* A datagram is judged at the call, and again as a packet: twice reported. */
static void datagram(struct box *b)
{
	const struct args args = { .addr = addr("127.0.0.1", 9) };
	struct want want = {
		.policy = "audited", .rule = "# of egress", .act = BULKHEAD_ACT_SEND,
		.verdict = BULKHEAD_VERDICT_AUDIT, .addr = args.addr, .cgroup = b->id,
	};
	int error = box_do(b, act_sendto, &args, &want.pid);

	ok(!error && event_wanted(&want), "audit: a datagram, at the call");
	want.act = BULKHEAD_ACT_PACKET;
	ok(event_wanted(&want), "audit: a datagram, as a packet");
}
#define DATAGRAM	2

static void flood(struct box *b)
{
	const struct args noise = { LOOKED, .n = { FLOOD } }, secret = { SECRET };
	struct want want = {
		.policy = "enforced", .rule = "deny r", .act = BULKHEAD_ACT_OPEN,
		.perms = BULKHEAD_PERM_READ, .path = SECRET, .cgroup = b->id,
	};
	struct control_status before, after;
	struct event e, denial = { 0 };
	unsigned int audits = 0, denials = 0;
	uint64_t audited, lost, first = ~0ULL, last = 0;
	double began = seconds();
	bool slow;
	int error;

	events_drop(100);
	control_status(&before);
	ok(!box_do(b, act_flood, &noise, NULL), "flood: every act works");
	/* Slower than what may go out: nothing need be lost. */
	slow = seconds() - began > FLOOD / 2 / RATE;
	error = box_do(b, act_read, &secret, &want.pid);
	while (event_next(&e, 500 * slowness())) {
		audits += e.audited;
		denials += !e.audited;
		first = e.sequence < first ? e.sequence : first;
		last = e.sequence > last ? e.sequence : last;
		if (!e.audited)
			denial = e;
	}
	control_status(&after);
	audited = after.audited - before.audited;
	lost = after.lost - before.lost;
	diag("flood: %u audits arrived, %llu counted, %llu lost", audits,
	     (unsigned long long)audited, (unsigned long long)lost);
	ok(error == EACCES && denials == 1 && event_is(&denial, &want),
	   "flood: the denial arrives");
	ok(audited == FLOOD, "flood: every audit is counted");
	ok(lost == audited - audits && (lost || slow), "flood: what did not arrive is counted as lost");
	ok(audits >= BURST && (slow || audits < FLOOD / 2), "flood: events are limited by rate");
	ok(last - first + 1 == FLOOD + 1, "flood: the gaps of the sequence are the lost");
	ok(after.denied == before.denied + 1, "flood: the denial is counted");
}
#define FLOOD_POINTS	7

unsigned int suite_points(void)
{
	return TRIAL_POINTS * MODES + DATAGRAM + FLOOD_POINTS + 1;
}

void suite(void)
{
	struct box b;

	put_file(LOOKED, "looked at\n");
	put_file(SECRET, "secret\n");
	copy_self(HELPER);
	apply("audited", audited_yaml);
	apply("enforced", enforced_yaml);
	events_open();
	sleep_ms(50);
	box_open(&b, "bh-audit");
	box_confine(&b, "audited");
	modes(&b);
	datagram(&b);
	box_close(&b);
	cgroup_make("bh-outer");
	control_bind(cgroup_id("bh-outer"), "audited");
	box_open(&b, "bh-outer/inner");
	box_confine(&b, "enforced");
	control_arm(b.pid);
	flood(&b);
	box_close(&b);
	cgroup_remove("bh-outer");
	no_more_events();
	events_close();
}
