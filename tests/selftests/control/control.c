// SPDX-License-Identifier: GPL-2.0-only
/*
 * Control: who may ask the module for anything, and what it makes of requests
 * that no sane program sends. After each, the ruleset in force is the old one.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <grp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <unistd.h>
#include <linux/bulkhead.h>

#include "acts.h"
#include "control.h"
#include "event.h"
#include "host.h"
#include "malformed.h"
#include "suite.h"
#include "tap.h"
#include "trial.h"

#define SOL_NETLINK	270
#define SECRET		TOP "/secret"
#define NOBODY		65534

static const char controlled_yaml[] =
"bulkhead: 1\n"
"policy: controlled\n"
"presets: {except: [sys-firmware]}\n"
"mode: enforce\n"
"match:\n"
"  - cgroup: /bh-forming\n"
"file:\n"
"  default: allow\n"
"  rules:\n"
"    - deny r " SECRET "\n";

/* Becoming somebody who has no business here. */
static int be_root(void)
{
	return 0;
}

static int be_unprivileged(void)
{
	return setgroups(0, NULL) || setresgid(NOBODY, NOBODY, NOBODY) ||
	       setresuid(NOBODY, NOBODY, NOBODY) ? errno : 0;
}

static int be_userns_root(void)
{
	int error = unshare(CLONE_NEWUSER) ? errno : 0;

	write_file("/proc/self/setgroups", "deny");
	return error ? error : write_file("/proc/self/uid_map", "0 0 1");
}

static int be_elsewhere(void)
{
	return unshare(CLONE_NEWNET) ? errno : 0;
}

static int be_in_cgroupns(void)
{
	return unshare(CLONE_NEWCGROUP) ? errno : 0;
}

static int (*const personas[])(void) = {
	be_root, be_unprivileged, be_userns_root, be_elsewhere, be_in_cgroupns,
};

enum { ROOT, UNPRIVILEGED, USERNS_ROOT, ELSEWHERE, IN_CGROUPNS };

#define NO_CAPABILITY	"needs CAP_MAC_ADMIN in the initial user namespace"
#define NO_NETNS	"needs the initial network namespace"
#define NO_CGROUPNS	"needs the initial cgroup namespace"
#define IN_CGROUP	"refused to a process inside a bound cgroup"

/* The reason that came with the last refusal; shared with the children. */
static char *reason;

static bool is_dump(uint8_t cmd)
{
	return cmd == BULKHEAD_CMD_DOMAINS || cmd == BULKHEAD_CMD_FORMING;
}

/* Every attribute that any command wants, so that none is refused for less. */
static int ask(struct genl *g, uint8_t cmd)
{
	struct request r;

	request_start(&r, g, cmd);
	if (is_dump(cmd))
		((struct nlmsghdr *)r.buf)->nlmsg_flags |= NLM_F_DUMP;
	request_put_u32(&r, BULKHEAD_A_IMAGE_SIZE, 4096);
	request_put_u32(&r, BULKHEAD_A_OFFSET, 0);
	request_put(&r, BULKHEAD_A_CHUNK, "12345678", 8);
	request_put_u64(&r, BULKHEAD_A_CGROUP_ID, 1);
	request_put_string(&r, BULKHEAD_A_POLICY, "controlled");
	request_put_u32(&r, BULKHEAD_A_PID, 1);
	return genl_call(g, &r, NULL, NULL);
}

/*
 * Return: whether it is refused, and with the same reason as those before.
 * Older kernels do not hand on what the start of a dump gives as one.
 */
static bool is_refused(struct genl *g, uint8_t cmd)
{
	if (ask(g, cmd) != EPERM)
		return false;
	if (cmd == BULKHEAD_CMD_VERSION)
		strcpy(reason, g->why);
	return !strcmp(reason, g->why) || (is_dump(cmd) && !*g->why);
}

/*
 * As persona n[0], every command in turn; n[1]: become it only once the socket
 * is there. Return: EPERM if that was the answer to each, or to finding us.
 */
static int act_ask_all(const struct args *a)
{
	struct genl g;
	int error = a->n[1] ? 0 : personas[a->n[0]]();
	uint8_t cmd;

	if (error)
		return error;
	error = genl_open(&g);
	if (error)
		return error == ENOENT ? EPERM : error;
	if (a->n[1])
		error = personas[a->n[0]]();
	for (cmd = BULKHEAD_CMD_VERSION; !error && cmd < BULKHEAD_CMD_EVENT; cmd++)
		error = is_refused(&g, cmd) ? 0 : 200 + cmd;
	return error ? error : EPERM;
}

static int act_subscribe(const struct args *a)
{
	int error = personas[a->n[0]]();
	struct genl g;

	if (error)
		return error;
	error = genl_open(&g);
	if (error)
		return error == ENOENT ? EPERM : error;
	return setsockopt(g.fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &g.denied,
			  sizeof(g.denied)) ? errno : 0;
}

static int act_disarm(const struct args *a)
{
	(void)a;
	return write_file(ARMED, "0");
}

/* `bulkhead status` as persona n[0]: its exit status. */
static int act_status_command(const struct args *a)
{
	char out[2048];
	int error = personas[a->n[0]]();

	return error ? 255 : RUN(out, "bulkhead", "status");
}

/* One point: every request was refused, for this reason ("": no family). */
static void refusals(int error, const char *why, const char *who)
{
	if (!ok(error == EPERM && !strcmp(reason, why),
		"%s: every request is refused", who))
		diag("%d, \"%s\"", error, reason);
	*reason = 0;
}

/* @first: the reason if it becomes that before it has a socket, else @after. */
static void refused(const char *who, long persona, const char *first,
		    const char *after)
{
	const struct args before = { .n = { persona } };
	const struct args then = { .n = { persona, 1 } };
	char text[128];

	refusals(forked(act_ask_all, &before, NULL), first, who);
	snprintf(text, sizeof(text), "%s by a socket from before", who);
	refusals(forked(act_ask_all, &then, NULL), after, text);
}

static void deaf(const char *who, long persona)
{
	const struct args args = { .n = { persona } };

	ok(forked(act_subscribe, &args, NULL) == EPERM, "%s: no events", who);
}

/* No rule says so, but it is told. */
static void deaf_inside(struct box *b)
{
	const struct args root = { .n = { ROOT } };
	struct event e;
	pid_t pid;

	events_open();
	ok(box_do(b, act_subscribe, &root, &pid) == EPERM && event_next(&e, 5000) &&
	   e.act == BULKHEAD_ACT_SOCKET && e.reason == BULKHEAD_REASON_CONTROL &&
	   e.verdict == BULKHEAD_VERDICT_DENY && e.family == AF_NETLINK &&
	   e.protocol == NETLINK_GENERIC && e.cgroup == b->id &&
	   e.pid == (uint32_t)pid && !*e.text,
	   "confined root: no events, and an event says so");
	ok(!event_next(&e, 100), "and no more than that");
	events_close();
}

/* Neither may a task that is only on its way to being confined. */
static void forming(void)
{
	const struct args root = { .n = { ROOT } };
	struct box b;

	box_open(&b, "bh-forming");
	ok(!control_forming(b.pid), "a task forms");
	refusals(box_do(&b, act_ask_all, &root, NULL), IN_CGROUP, "a forming task");
	box_close(&b);
}

static void who_may(struct box *b)
{
	const struct args root = { .n = { ROOT } };
	struct control_status status;

	ok(!control_status(&status), "root of the host may ask");
	ok(!forked(act_subscribe, &root, NULL), "root of the host may listen");
	refused("an unprivileged user", UNPRIVILEGED, NO_CAPABILITY, NO_CAPABILITY);
	deaf("an unprivileged user", UNPRIVILEGED);
	refused("root of a user namespace", USERNS_ROOT, NO_CAPABILITY, NO_CAPABILITY);
	deaf("root of a user namespace", USERNS_ROOT);
	refused("another network namespace", ELSEWHERE, "", NO_NETNS);
	deaf("another network namespace", ELSEWHERE);
	refused("another cgroup namespace", IN_CGROUPNS, NO_CGROUPNS, NO_CGROUPNS);
	refusals(box_do(b, act_ask_all, &root, NULL), IN_CGROUP, "confined root");
	deaf_inside(b);
	forming();
	ok(box_do(b, act_disarm, &root, NULL) == EPERM, "confined root does not disarm");
}
#define WHO_POINTS	19

/* Bind the cgroup n[0] to the policy. */
static int act_bind_cgroup(const struct args *a)
{
	struct request r;
	struct genl g;
	int error = genl_open(&g);

	if (error)
		return error;
	request_start(&r, &g, BULKHEAD_CMD_BIND);
	request_put_u64(&r, BULKHEAD_A_CGROUP_ID, a->n[0]);
	request_put_string(&r, BULKHEAD_A_POLICY, "controlled");
	error = genl_call(&g, &r, NULL, NULL);
	strcpy(reason, g.why);
	return error;
}

/* Who bound itself could not ask for anything any more. */
static void itself(void)
{
	const struct args secret = { SECRET };
	struct args bind = { 0 };
	struct control_domain d;
	struct box b;

	box_open(&b, "bh-itself");
	bind.n[0] = b.id;
	ok(box_do(&b, act_bind_cgroup, &bind, NULL) == EPERM &&
	   !strcmp(reason, "this would confine the caller, who could not undo it"),
	   "bind: refused to whom it would confine");
	ok(control_domain(b.id, &d) == ENOENT && !box_do(&b, act_read, &secret, NULL),
	   "it is as free as before");
	ok(!outside_do(act_bind_cgroup, &bind) &&
	   box_do(&b, act_read, &secret, NULL) == EACCES,
	   "somebody else binds it, and it is held");
	box_close(&b);
}
#define ITSELF_POINTS	3

/* Without a cgroup v2 hierarchy a ruleset would be in force for nobody. */
static void no_hierarchy(void)
{
	char out[2048];

	if (umount2(CGROUPS, 0))
		bail("umount " CGROUPS ": %m");
	ok(RUN(out, "bulkhead", "apply", POLICIES) == 1 &&
	   strstr(out, "no cgroup v2 hierarchy is mounted on this host"),
	   "apply: refused, 1, where no cgroup v2 hierarchy is mounted");
	diag("%s", out);
	mount_at("cgroup2", CGROUPS, "cgroup2", 0, NULL);
}
#define HIERARCHY_POINTS	1

static void command(struct box *b)
{
	const struct args root = { .n = { ROOT } }, nobody = { .n = { UNPRIVILEGED } };
	char out[2048];

	ok(RUN(out, "bulkhead", "status") == 0, "status: whole, 0");
	ok(forked(act_status_command, &nobody, NULL) == 4,
	   "status: not permitted, 4, to a user");
	ok(box_do(b, act_status_command, &root, NULL) == 4,
	   "status: not permitted, 4, to confined root");
	make_dir(TOP "/broken");
	put_file(TOP "/broken/broken.yaml", "bulkhead: 1\npolicy: broken\n"
		 "mode: enforce\nfile: {default: maybe}\n");
	ok(RUN(out, "bulkhead", "apply", TOP "/broken") == 1 &&
	   strstr(out, "broken.yaml:4:"),
	   "apply: a broken policy is refused, 1, by line");
}
#define COMMAND_POINTS	5

static void not_loaded(void)
{
	char out[2048];

	ok(RUN(out, "bulkhead", "status") == 3, "status: not loaded, 3");
}

unsigned int suite_points(void)
{
	return WHO_POINTS + COMMAND_POINTS + HIERARCHY_POINTS +
	       ITSELF_POINTS + malformed_points + 2;
}

void suite(void)
{
	const struct args secret = { SECRET };
	struct control_status status;
	struct box b;

	reason = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	put_file(SECRET, "secret\n");
	apply("controlled", controlled_yaml);
	box_open(&b, "bh-control");
	box_confine(&b, "controlled");
	who_may(&b);
	malformed();
	command(&b);
	itself();
	no_hierarchy();
	ok(!control_status(&status) && status.generation == generation,
	   "the generation is the old one");
	ok(box_do(&b, act_read, &secret, NULL) == EACCES, "and it is enforced");
	box_close(&b);
	if (module_remove())
		bail("the module does not go");
	not_loaded();
}
