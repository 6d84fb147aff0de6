// SPDX-License-Identifier: GPL-2.0-only
/*
 * Others that judge or watch at the places where we do: the boot's list of
 * LSMs, BPF LSM programs before and after us, tracers, probes. What we deny
 * stays denied, they go on working, and unloading between them is clean.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <linux/bulkhead.h>
#include <linux/landlock.h>

#include "acts.h"
#include "addr.h"
#include "bpf_lsm.h"
#include "control.h"
#include "host.h"
#include "suite.h"
#include "tap.h"
#include "tracers.h"
#include "trial.h"

#define SECRET		TOP "/secret"
#define PUBLIC		TOP "/public"
#define SELINUX		TOP "/selinux"
#define POLICY		"beside"
#define CGROUP		"bh-neighbours"

static const char beside_yaml[] =
"bulkhead: 1\n"
"policy: " POLICY "\n"
"mode: enforce\n"
"file:\n"
"  default: allow\n"
"  rules:\n"
"    - deny r " SECRET "\n"
"egress:\n"
"  default: deny # of egress\n"
"  rules:\n"
"    - allow udp 9\n";

static int act_udp_connect(const struct args *a)
{
	int fd = socket(a->addr.ss_family, SOCK_DGRAM, 0);

	if (fd < 0)
		return errno;
	return connect(fd, (void *)&a->addr, addr_len(&a->addr)) ? errno : 0;
}

#define ROUND	(4 * TRIAL_POINTS + 1)

/* What holds at all times, whoever is beside us. */
static void enforced(struct box *b, const char *beside)
{
	const struct trial trials[] = {
		{ "read what a rule denies", act_read, { SECRET }, .error = EACCES,
		  .want = { .act = BULKHEAD_ACT_OPEN, .perms = BULKHEAD_PERM_READ,
			    .rule = "deny r " SECRET } },
		{ "read what is allowed", act_read, { PUBLIC } },
		{ "connect to a port that is not allowed", act_udp_connect,
		  { .addr = addr("127.0.0.1", 10) }, .error = EACCES,
		  .want = { .act = BULKHEAD_ACT_CONNECT, .rule = "default: deny # of egress" } },
		{ "connect to one that is", act_udp_connect,
		  { .addr = addr("127.0.0.1", 9) } },
	};
	struct control_status status;
	unsigned int i;

	ok(!control_status(&status) && status.planted_hooks == status.planned_hooks,
	   "%s: every hook is called", beside);
	for (i = 0; i < ARRAY_SIZE(trials); i++) {
		struct trial t = trials[i];
		char name[128];

		snprintf(name, sizeof(name), "%s: %s", beside, t.name);
		t.name = name;
		trials_run(b, POLICY, &t, 1);
	}
}

/* ---- the list of LSMs ---- */

static char lsms[256];

static bool in_list(const char *list, const char *name)
{
	size_t len = strlen(name);
	const char *at;

	for (at = list; (at = strstr(at, name)); at += len)
		if ((at == list || at[-1] == ',') && (!at[len] || strchr(", \n", at[len])))
			return true;
	return false;
}

/* That it is the one which was booted with is what the harness sees to. */
static void boot_list(void)
{
	if (read_file("/sys/kernel/security/lsm", lsms, sizeof(lsms)))
		bail("no list of LSMs: %m");
	ok(in_list(lsms, "capability"), "the boot's list of LSMs: %s", lsms);
}
#define BOOT_LIST	1

/* A tree of its own, by which it is switched off. */
static void selinux_tree(struct box *b)
{
	bool there = in_list(lsms, "selinux");
	const struct trial t = {
		"write to selinuxfs", act_open, { SELINUX "/enforce", .n = { O_WRONLY } },
		.error = there ? EACCES : ENOENT, .outside = there ? 0 : ENOENT,
		.want = { .act = BULKHEAD_ACT_OPEN, .reason = BULKHEAD_REASON_PRESET,
			  .rule = there ? "preset sys-firmware" : NULL },
	};

	if (there)
		mount_at("selinuxfs", SELINUX, "selinuxfs", 0, NULL);
	else
		diag("no SELinux in this boot");
	trials_run(b, POLICY, &t, 1);
	umount2(SELINUX, MNT_DETACH);
}
#define SELINUX_TREE	TRIAL_POINTS

/* Deny oneself access n[0], then read. */
static int act_landlock(const struct args *a)
{
	struct landlock_ruleset_attr attr = { .handled_access_fs = a->n[0] };
	int fd = syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);

	if (fd < 0)
		return errno;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    syscall(SYS_landlock_restrict_self, fd, 0))
		return errno;
	return act_read(a);
}

/* Either may refuse; ours is told of when it is the one that did. */
static void beside_landlock(struct box *b)
{
	bool there = in_list(lsms, "landlock");
	const struct trial trials[] = {
		{ "refused by Landlock, by us", act_landlock,
		  { PUBLIC, .n = { LANDLOCK_ACCESS_FS_READ_FILE } },
		  .error = there ? EACCES : EOPNOTSUPP,
		  .outside = there ? EACCES : EOPNOTSUPP },
		{ "allowed by Landlock, by us", act_landlock,
		  { PUBLIC, .n = { LANDLOCK_ACCESS_FS_MAKE_DIR } },
		  .error = there ? 0 : EOPNOTSUPP, .outside = there ? 0 : EOPNOTSUPP },
		{ "not refused by Landlock, by us", there ? act_landlock : act_read,
		  { SECRET, .n = { LANDLOCK_ACCESS_FS_MAKE_DIR } }, .error = EACCES,
		  .want = { .act = BULKHEAD_ACT_OPEN, .perms = BULKHEAD_PERM_READ,
			    .rule = "deny r " SECRET } },
	};

	trials_run(b, POLICY, trials, ARRAY_SIZE(trials));
}
#define LANDLOCK	(3 * TRIAL_POINTS)

/* ---- BPF LSM ---- */

enum { BEFORE, AFTER, CONNECT, BPFS };

static const char *const bpf_names[BPFS] = {
	"file_open, there before us", "file_open, come after us", "socket_connect",
};

static struct bpf_lsm bpfs[BPFS];

/* Where the boot's list lacks it, it attaches and never runs. */
static bool bpf_runs(void)
{
	return in_list(lsms, "bpf");
}

static void bpf_attach(int which, const char *hook)
{
	int error = bpf_lsm_attach(&bpfs[which], hook);

	ok(!error || !bpf_runs(), "BPF LSM on %s: %s", bpf_names[which],
	   error ? strerror(error) : "attached");
}

static uint64_t runs_before[BPFS];

static void bpf_mark(void)
{
	int i;

	for (i = 0; i < BPFS; i++)
		runs_before[i] = bpfs[i].shared->runs;
}

/* Since the mark each hook was called twice at least. */
static void bpf_ran(const char *when)
{
	int i;

	for (i = 0; i < BPFS; i++) {
		uint64_t runs = bpfs[i].shared->runs;

		ok(bpf_runs() ? runs >= runs_before[i] + 2 : !runs, "%s: BPF LSM on %s %s",
		   when, bpf_names[i], bpf_runs() ? "ran" : "never runs with this list");
	}
}

static int act_bpf_refused(const struct args *a)
{
	bpfs[a->n[0]].shared->deny = getpid();
	return act_read(a);
}

static void bpf_refuses(struct box *b)
{
	int error = bpf_runs() ? EPERM : 0;
	const struct trial trials[] = {
		{ "refused by BPF LSM, there before us, by us", act_bpf_refused,
		  { PUBLIC, .n = { BEFORE } }, .error = error, .outside = error },
		{ "refused by BPF LSM, come after us, by us", act_bpf_refused,
		  { PUBLIC, .n = { AFTER } }, .error = error, .outside = error },
	};

	trials_run(b, POLICY, trials, ARRAY_SIZE(trials));
	bpfs[BEFORE].shared->deny = 0;
	bpfs[AFTER].shared->deny = 0;
}

static void beside_bpf(struct box *b)
{
	bpf_mark();
	enforced(b, "beside BPF LSM");
	bpf_ran("beside BPF LSM");
	bpf_refuses(b);
}
#define BPF_ATTACHED	BPFS
#define BPF		(BPFS + ROUND + 2 * TRIAL_POINTS)

/* ---- tracers ---- */

static void beside_tracer(struct box *b, const char *tracer)
{
	ok(!tracer_set(tracer), "tracer %s", tracer);
	enforced(b, tracer);
	ok(tracer_saw(true), "the tracer saw it");
}
#define TRACER		(ROUND + 2)

static void beside_probes(struct box *b)
{
	unsigned long hits;

	ok(!probes_set(), "kprobe and kretprobe");
	enforced(b, "kprobe");
	hits = probes_hit();
	ok(hits >= 2, "all were hit");
	ok(!write_file(KPROBES_ENABLED, "0"), "kprobes/enabled=0");
	hits = probes_hit();
	enforced(b, "kprobes off");
	ok(probes_hit() == hits, "nothing was hit");
	ok(!write_file(KPROBES_ENABLED, "1"), "kprobes/enabled=1");
}
#define PROBES		(2 * ROUND + 5)

/* What the switch says while nobody is there: some kernels have it no more. */
static int ftrace_refusal;

static void try_ftrace(void)
{
	ftrace_refusal = write_file(FTRACE_ENABLED, "0");
	ok(!write_file(FTRACE_ENABLED, "1"), "ftrace_enabled, nobody there: %s",
	   ftrace_refusal ? strerror(ftrace_refusal) : "a switch");
}

/*
 * Others lose their hooks by this switch, BPF LSM among them; kernels may
 * refuse it as long as a BPF LSM program is attached.
 */
static void without_ftrace(struct box *b, bool may_be_busy)
{
	int error = write_file(FTRACE_ENABLED, "0"), tries;

	/* A program's end follows the closing of its link. */
	for (tries = 0; error == EBUSY && !may_be_busy && tries < 50; tries++) {
		sleep_ms(100);
		error = write_file(FTRACE_ENABLED, "0");
	}
	ok(error == ftrace_refusal || (error == EBUSY && may_be_busy), "ftrace_enabled=0: %s",
	   error ? strerror(error) : "done");
	enforced(b, "ftrace off");
	ok(!write_file(FTRACE_ENABLED, "1"), "ftrace_enabled=1");
}
#define NO_FTRACE	(ROUND + 2)

static void ftrace_back(struct box *b)
{
	bpf_mark();
	enforced(b, "ftrace on again");
	bpf_ran("ftrace on again");
}
#define FTRACE_BACK	(ROUND + BPFS)

/* ---- unloading between them ---- */

static void listen_again(struct box *b)
{
	apply(POLICY, beside_yaml);
	events_open();
	box_confine(b, POLICY);
}

static void reload(struct box *b)
{
	const struct args secret = { SECRET }, port = { .addr = addr("127.0.0.1", 10) };
	bool denied;

	events_close();
	ok(!module_remove(), "unload while all of them are attached");
	bpf_mark();
	tracer_forget();
	denied = box_do(b, act_read, &secret, NULL) || box_do(b, act_read, &secret, NULL) ||
		 box_do(b, act_udp_connect, &port, NULL) ||
		 box_do(b, act_udp_connect, &port, NULL);
	ok(!denied, "nothing is denied then");
	bpf_ran("without us");
	ok(tracer_saw(false), "the tracer goes on");
	ok(!module_insert(), "load beside all of them");
	listen_again(b);
	bpf_mark();
	enforced(b, "loaded last");
	bpf_ran("loaded last");
}
#define RELOAD		(4 + ROUND + 2 * BPFS)

static void alone(struct box *b)
{
	int i;

	ok(!tracer_set("nop") && !probes_clear(), "no tracer, no probe");
	for (i = 0; i < BPFS; i++)
		bpf_lsm_detach(&bpfs[i]);
	without_ftrace(b, false);
	enforced(b, "alone again");
}
#define ALONE		(1 + NO_FTRACE + ROUND)

unsigned int suite_points(void)
{
	return BOOT_LIST + SELINUX_TREE + BPF_ATTACHED + LANDLOCK + BPF + 2 * TRACER + PROBES +
	       NO_FTRACE + FTRACE_BACK + RELOAD + ALONE + 3;
}

void suite(void)
{
	struct box b;

	put_file(SECRET, "secret\n");
	put_file(PUBLIC, "public\n");
	tracers_mount();
	boot_list();
	if (module_remove())
		bail("the module does not go");
	try_ftrace();
	bpf_attach(BEFORE, "file_open");
	ok(!module_insert(), "load after a BPF LSM program");
	apply(POLICY, beside_yaml);
	bpf_attach(AFTER, "file_open");
	bpf_attach(CONNECT, "socket_connect");
	/* The box comes now: its tasks share the programs' memory. */
	box_open(&b, CGROUP);
	events_open();
	box_confine(&b, POLICY);
	selinux_tree(&b);
	beside_landlock(&b);
	beside_bpf(&b);
	beside_tracer(&b, "function");
	beside_probes(&b);
	without_ftrace(&b, true);
	ftrace_back(&b);
	beside_tracer(&b, "function_graph");
	reload(&b);
	alone(&b);
	no_more_events();
	box_close(&b);
	events_close();
}
