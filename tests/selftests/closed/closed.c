// SPDX-License-Identifier: GPL-2.0-only
/*
 * In doubt: a cgroup that more policies hold for than a domain has room for is
 * closed. Whatever would be judged is refused there, and each event says that
 * no rule did it; one policy fewer, and what all of them allow works. So is one
 * whose path is too long to be held to the patterns.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <linux/bulkhead.h>
#include <linux/limits.h>

#include "limits.h"

#include "acts.h"
#include "addr.h"
#include "control.h"
#include "event.h"
#include "host.h"
#include "netns.h"
#include "suite.h"
#include "tap.h"

#define CGROUP	"bh-closed"
#define PLAIN	TOP "/plain"
#define SERVER	TOP "/server"

/* Made while they may be: a socket is judged when it is used, too. */
#define FD_UNIX		100
#define FD_UDP		101
#define FD_SENDING	102
#define FD_TCP		103
#define FD_CODE		104

/* Sixteen by pattern, which is what there is room for; the last by hand. */
static void write_policies(void)
{
	char name[16], yaml[512];
	unsigned int i;

	for (i = 0; i <= BKH_STACK_MAX; i++) {
		snprintf(name, sizeof(name), "p%u", i);
		snprintf(yaml, sizeof(yaml),
			 "bulkhead: 1\npolicy: %s\nmode: enforce\n%s"
			 "presets: {except: [signal]}\n"
			 "file: {default: allow}\nexec: {default: allow}\n"
			 "capability: {default: allow}\nsocket: {default: allow}\n"
			 "egress: {default: allow}\nlisten: {default: allow}\n",
			 name, i < BKH_STACK_MAX ? "match: [{cgroup: /" CGROUP "}]\n" : "");
		add_policy(name, yaml);
	}
	apply(name, yaml);
}

static void place(int fd, int want)
{
	if (fd < 0 || dup2(fd, want) != want)
		_exit(errno);
	close(fd);
}

static int act_prepare(const struct args *a)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	place(socket(AF_UNIX, SOCK_DGRAM, 0), FD_UNIX);
	place(socket(AF_INET, SOCK_DGRAM, 0), FD_UDP);
	place(socket(AF_INET, SOCK_STREAM, 0), FD_TCP);
	place(open(HELPER, O_RDONLY), FD_CODE);
	if (connect(fd, (const struct sockaddr *)&a->addr, sizeof(struct sockaddr_in)))
		return errno;
	place(fd, FD_SENDING);
	return 0;
}

static int act_mkdir(const struct args *a)
{
	return mkdir(a->path, 0755) || rmdir(a->path) ? errno : 0;
}

static int act_rename(const struct args *a)
{
	return rename(a->path, a->path2) || rename(a->path2, a->path) ? errno : 0;
}

static int act_link(const struct args *a)
{
	return link(a->path, a->path2) || unlink(a->path2) ? errno : 0;
}

static int act_times(const struct args *a)
{
	return utimensat(AT_FDCWD, a->path, NULL, 0) ? errno : 0;
}

static int act_map_code(const struct args *a)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, FD_CODE, 0);

	(void)a;
	return p == MAP_FAILED ? errno : 0;
}

/* All children have the same sockets: what one does must not spare the next. */
static int act_unix(const struct args *a)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	struct sockaddr none = { .sa_family = AF_UNSPEC };

	strcpy(un.sun_path, a->path);
	return connect(FD_UNIX, (struct sockaddr *)&un, sizeof(un)) ||
	       connect(FD_UNIX, &none, sizeof(none)) ? errno : 0;
}

static int act_udp(const struct args *a)
{
	return connect(FD_UDP, (const struct sockaddr *)&a->addr,
		       sizeof(struct sockaddr_in)) ? errno : 0;
}

/* Judged as a packet alone: the socket's connection is from before. */
static int act_send(const struct args *a)
{
	(void)a;
	return send(FD_SENDING, "x", 1, 0) == 1 ? 0 : errno;
}

static int act_listen(const struct args *a)
{
	(void)a;
	return listen(FD_TCP, 1) ? errno : 0;
}

static int act_signal(const struct args *a)
{
	return kill(a->n[3], 0) ? errno : 0;
}

static const struct {
	const char *name;
	act_fn act;
	struct args args;
	int error;
	uint16_t as;
} acts[] = {
	{ "open", act_read, { PLAIN }, EACCES, BULKHEAD_ACT_OPEN },
	{ "make a folder", act_mkdir, { TOP "/new" }, EACCES, BULKHEAD_ACT_MKDIR },
	{ "rename", act_rename, { PLAIN, TOP "/other" }, EACCES, BULKHEAD_ACT_RENAME },
	{ "link", act_link, { PLAIN, TOP "/other" }, EACCES, BULKHEAD_ACT_LINK },
	{ "set times", act_times, { PLAIN }, EACCES, BULKHEAD_ACT_SETATTR },
	{ "execute", act_exec, { HELPER }, EACCES, BULKHEAD_ACT_EXEC },
	{ "map code", act_map_code, { HELPER }, EACCES, BULKHEAD_ACT_MMAP },
	{ "use a capability", act_hostname, { "" }, EPERM, BULKHEAD_ACT_CAPABLE },
	{ "make a socket", act_socket, { .n = { AF_UNIX, SOCK_STREAM, 0 } }, EACCES,
	  BULKHEAD_ACT_SOCKET },
	{ "connect to a socket's file", act_unix, { SERVER }, EACCES, BULKHEAD_ACT_UNIX },
	{ "connect to an address", act_udp, { "" }, EACCES, BULKHEAD_ACT_CONNECT },
	{ "send on what is connected", act_send, { "" }, EACCES, BULKHEAD_ACT_PACKET },
	{ "listen", act_listen, { "" }, EACCES, BULKHEAD_ACT_LISTEN },
	{ "signal what is outside", act_signal, { "" }, EPERM, BULKHEAD_ACT_SIGNAL },
};

static struct args args_of(unsigned int i)
{
	struct args a = acts[i].args;

	a.addr = addr("127.0.0.1", 9);
	a.n[3] = getpid();
	return a;
}

/* Return: whether the next event is of a closed domain, with no rule to name. */
static bool says_closed(const struct box *b, uint16_t act, pid_t pid)
{
	struct event e;

	if (!event_next(&e, 3000)) {
		diag("no event");
		return false;
	}
	if (e.verdict == BULKHEAD_VERDICT_DENY && e.reason == BULKHEAD_REASON_MEMORY &&
	    e.act == act && e.cgroup == b->id && e.pid == (uint32_t)pid &&
	    e.generation == generation && !*e.policy && !*e.file && !*e.text)
		return true;
	event_show(&e);
	return false;
}

static void each_refused(struct box *b)
{
	struct control_status before, after;
	unsigned int i;
	int error;
	pid_t pid;

	control_status(&before);
	for (i = 0; i < ARRAY_SIZE(acts); i++) {
		const struct args a = args_of(i);

		error = box_do(b, acts[i].act, &a, &pid);
		if (!ok(error == acts[i].error && says_closed(b, acts[i].as, pid),
			"closed: %s: refused, by no rule", acts[i].name))
			diag("%s", strerror(error));
		ok(!outside_do(acts[i].act, &a), "closed: %s: works outside", acts[i].name);
	}
	control_status(&after);
	ok(after.closed - before.closed == ARRAY_SIZE(acts) &&
	   after.denied - before.denied == ARRAY_SIZE(acts), "each is counted");
}

static void each_allowed(struct box *b, const char *when)
{
	unsigned int i, failed = 0;

	for (i = 0; i < ARRAY_SIZE(acts); i++) {
		const struct args a = args_of(i);
		int error = box_do(b, acts[i].act, &a, NULL);

		if (error)
			diag("%s: %s", acts[i].name, strerror(error));
		failed += !!error;
	}
	ok(!failed && !events_drop(300), "%s: all of it works, without a word", when);
}

static void is_told(void)
{
	char out[4096];

	ok(RUN(out, "bulkhead", "status") && strstr(out, "1 closed") &&
	   strstr(out, "/" CGROUP " is closed"), "bulkhead status fails, and says which one is");
}

/* Who comes in now is forming, and the first thing judged is what it executes. */
static void arming(void)
{
	struct box late;

	box_open(&late, CGROUP);
	ok(box_exec(&late, HELPER) == EACCES, "closed: an entry point is refused");
	events_drop(300);
	close(late.fd);
}

static int act_prepare_there(const struct args *a)
{
	int error = act_netns(a);

	return error ? error : act_prepare(a);
}

/*
 * On what the box connected there itself, before it was bound, nothing judges
 * it but the lack of room: no packet is seen.
 */
static void no_room(const char *last)
{
	const struct args a = { .path2 = TOP "/net/full", .addr = addr("127.0.0.1", 9) };
	struct box b;
	int error;
	pid_t pid;

	/* Hooks are planted when the first is bound: by what comes next, nobody is. */
	forget_policies();
	apply("spare", "bulkhead: 1\npolicy: spare\nmode: enforce\n");
	netns_make("full");
	netns_fill("full");
	box_open(&b, CGROUP);
	errno = box_become(&b, act_prepare_there, &a);
	if (errno)
		bail("move the box to the full namespace: %m");
	write_policies();
	ok(!control_bind(b.id, last), "in a namespace without room: one more is bound");
	error = box_do(&b, act_send, &a, &pid);
	if (!ok(error == EACCES && says_closed(&b, BULKHEAD_ACT_SEND, pid),
		"closed, without room: send on what is connected: refused, by no rule"))
		diag("%s", strerror(error));
	outside_enters(act_prepare_there, &a);
	ok(!outside_do(act_send, &a), "without room: send on what is connected: works outside");
	outside_enters(NULL, NULL);
	box_close(&b);
}

/* So many levels of such names have a path that fits; one more, or two, haven't. */
#define NAME		250
#define FITTING		(PATH_MAX / (NAME + 1))
#define DEPTH		(FITTING + 2)

static int levels[DEPTH + 1];
static char level_name[NAME + 1];

static void levels_make(void)
{
	unsigned int i;

	memset(level_name, 'd', NAME);
	levels[0] = open(CGROUPS, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	for (i = 1; i <= DEPTH; i++) {
		if (mkdirat(levels[i - 1], level_name, 0755))
			bail("cgroup of level %u: %m", i);
		levels[i] = openat(levels[i - 1], level_name,
				   O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	}
}

/* A task is out of its cgroup a moment after its parent knows that it ended. */
static void levels_remove(void)
{
	unsigned int i, tries = 0;

	for (i = DEPTH; i > 0; i--) {
		close(levels[i]);
		while (unlinkat(levels[i - 1], level_name, AT_REMOVEDIR)) {
			if (errno != EBUSY || tries++ == 200 * slowness())
				bail("remove the cgroup of level %u: %m", i);
			sleep_ms(10);
		}
	}
	close(levels[0]);
}

static void box_open_at(struct box *b, unsigned int level)
{
	struct stat st;
	int fd;

	box_open(b, NULL);
	fd = openat(levels[level], "cgroup.procs", O_WRONLY | O_CLOEXEC);
	if (dprintf(fd, "%d", b->pid) < 0 || fstat(levels[level], &st))
		bail("move a task to level %u: %m", level);
	close(fd);
	b->id = st.st_ino;
}

static void path_fits(const char *policy)
{
	const struct args plain = { PLAIN };
	struct control_domain d;
	struct box b;

	box_open_at(&b, FITTING);
	ok(control_domain(b.id, &d) == ENOENT && !box_do(&b, act_read, &plain, NULL),
	   "a path that just fits: no pattern is for it, and it is free");
	ok(!control_bind(b.id, policy) && !control_domain(b.id, &d) && d.policies == 1 &&
	   !strcmp(d.policy[0], policy) && !(d.flags & BULKHEAD_DOMAIN_CLOSED),
	   "it can be bound, and is shown");
	ok(!box_do(&b, act_read, &plain, NULL) && !events_drop(300),
	   "what its policy allows works, without a word");
	ok(!control_unbind(b.id), "and unbound");
	box_close(&b);
}

static void path_too_long(unsigned int level)
{
	const struct args plain = { PLAIN };
	struct control_status before, after;
	struct control_domain d;
	struct box b;
	int error;
	pid_t pid;

	control_status(&before);
	box_open_at(&b, level);
	ok(!control_domain(b.id, &d) && d.flags & BULKHEAD_DOMAIN_CLOSED &&
	   !d.policies && !*d.path, "level %u: a path too long for any pattern: closed", level);
	ok(!control_arm(b.pid), "level %u: who is in there is confined", level);
	error = box_do(&b, act_read, &plain, &pid);
	if (!ok(error == EACCES && says_closed(&b, BULKHEAD_ACT_OPEN, pid),
		"level %u: open: refused, by no rule", level))
		diag("%s", strerror(error));
	control_status(&after);
	ok(after.closed - before.closed == 1 && after.denied - before.denied == 1,
	   "level %u: and counted", level);
	ok(!outside_do(act_read, &plain), "level %u: open: works outside", level);
	box_close(&b);
}

static void too_deep(const char *policy)
{
	char out[4096];

	levels_make();
	path_fits(policy);
	path_too_long(FITTING + 1);
	path_too_long(FITTING + 2);
	ok(RUN(out, "bulkhead", "status") && strstr(out, "2 closed") &&
	   strstr(out, "a cgroup without a path is closed"),
	   "bulkhead status fails, and says that two are closed");
	levels_remove();
}
#define LEVEL_POINTS	15

static void begin(struct box *b)
{
	const struct args a = { .addr = addr("127.0.0.1", 9) };
	struct sockaddr_un un = { .sun_family = AF_UNIX, .sun_path = SERVER };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int ear = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	copy_self(HELPER);
	put_file(PLAIN, "plain\n");
	if (bind(fd, (struct sockaddr *)&un, sizeof(un)) ||
	    bind(ear, (const struct sockaddr *)&a.addr, sizeof(struct sockaddr_in)))
		bail("nobody to talk to: %m");
	if (act_prepare(&a))
		bail("no sockets: %m");
	write_policies();
	events_open();
	box_open(b, CGROUP);
	if (box_exec(b, HELPER) || box_become(b, act_prepare, &a))
		bail("the box is not ready");
}

unsigned int suite_points(void)
{
	return 2 * ARRAY_SIZE(acts) + 10 + LEVEL_POINTS;
}

void suite(void)
{
	char last[16];
	struct box b;

	begin(&b);
	snprintf(last, sizeof(last), "p%u", BKH_STACK_MAX);
	each_allowed(&b, "sixteen policies");
	ok(!control_bind(b.id, last), "one more is bound");
	is_told();
	each_refused(&b);
	arming();
	ok(!control_unbind(b.id), "and taken away again");
	each_allowed(&b, "sixteen again");
	box_close(&b);
	too_deep(last);
	no_room(last);
	events_close();
}
