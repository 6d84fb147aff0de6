// SPDX-License-Identifier: GPL-2.0-only
/*
 * Storm: 64 containers live, act and die while policies are replaced, cgroups
 * come and go, CPUs leave and return, and memory runs out. Nothing forbidden
 * ever works, nothing allowed ever fails, and each denial is counted, then
 * either delivered or counted as lost.
 *
 * With bulkhead.long=1 on the kernel's command line: long enough for 1,000
 * replacements and 10,000 cgroups.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "control.h"
#include "netns.h"
#include "storm.h"
#include "suite.h"
#include "tap.h"

struct size {
	unsigned int replacements, cgroups, cpus, group_kills, global_kills;
};

static const struct size brief = { 40, 200, 5, 2, 1 };
static const struct size full = { 1000, 10000, 200, 30, 5 };

#define HEAD							\
"bulkhead: 1\n"							\
"policy: " POLICY "\n"						\
"mode: enforce\n"						\
"match:\n"							\
"  - cgroup: /" ROOM "/c*\n"

static const char first_yaml[] =
HEAD
"file:\n"
"  default: deny\n"
"  rules: [\"allow rx " PUBLIC ", " HELPER "\", allow rw " TALLY "]\n"
"egress: {default: deny, rules: [allow tcp 443, allow udp 53]}\n";

static const char second_yaml[] =
HEAD
"file:\n"
"  default: allow\n"
"  rules: [\"deny rx " SECRET ", " FORBIDDEN "\", deny c " NOWHERE "]\n"
"egress:\n"
"  default: allow\n"
"  rules: [deny tcp 8080, deny udp 9000, deny tcp 1-10 to 10.0.0.0/8]\n";

#define FLOOD	5000	/* denials: far more than a domain may tell of */
#define WEATHER	(-15)	/* the priority of all that isn't in a container */

static const struct size *size;
static struct control_status before, after;
static double began;
static bool missed;	/* by who never reads */
static unsigned int crashed;	/* processes that make the storm or are told of it */

#define POINTS	19

unsigned int suite_points(void)
{
	return POINTS;
}

static void set_up(void)
{
	char line[4096] = "";

	read_file("/proc/cmdline", line, sizeof(line));
	size = strstr(line, "bulkhead.long=1") ? &full : &brief;
	put_file(SECRET, "secret\n");
	put_file(PUBLIC, "public\n");
	put_file(TALLY, "");
	copy_self(HELPER);
	copy_self(FORBIDDEN);
	if (truncate(TALLY, sizeof(*tally)))
		bail("make the tally: %m");
	errno = tally_map();
	if (errno)
		bail("map the tally: %m");
	cgroup_make(ROOM);
	errno = write_file(CGROUPS "/" ROOM "/cgroup.subtree_control", "+memory");
	if (errno)
		bail("memory controller: %m");
	/* The suite, its server and its containers are not what memory runs out for. */
	errno = write_file("/proc/self/oom_score_adj", "-900");
	if (errno)
		bail("oom_score_adj: %m");
}

static bool is_enough(void)
{
	return tally->cgroups >= size->cgroups && tally->cpus >= size->cpus &&
	       tally->group_kills >= size->group_kills &&
	       tally->global_kills >= size->global_kills &&
	       tally->lives >= CONTAINERS;
}

static void report(void)
{
	diag("%.0f s: %lu forbidden acts refused, %lu allowed ones worked, %lu starved",
	     seconds() - began, tally->refused, tally->worked, tally->starved);
	diag("%lu containers, %lu cgroups, %lu replacements, CPUs gone %lu times",
	     tally->lives, tally->cgroups, tally->replaced, tally->cpus);
	diag("killed for a cgroup's limit: %lu, for the host's memory: %lu; %lu KiB are free",
	     tally->group_kills, tally->global_kills, free_kib());
	if (tally->wrong_act)
		diag("last wrong: act %c, errno %d", tally->wrong_act,
		     tally->wrong_error);
}

/* Return: how many replacements were refused, memory being there. */
static unsigned int replace(void *const images[2], const size_t sizes[2])
{
	double said = seconds();
	unsigned int failed = 0;
	uint64_t last = 0;
	int error;

	while (tally->replaced < size->replacements || !is_enough()) {
		error = control_apply(images[tally->replaced % 2],
				      sizes[tally->replaced % 2], &last);
		if (!error)
			tally->replaced++;
		else if (error != ENOMEM || !tally->scarce)
			failed++;
		sleep_ms(100);
		if (seconds() - said < 20)
			continue;
		report();
		said = seconds();
	}
	return failed;
}

/* Two processes of one domain, while nobody else slows them down. */
static void flood(void)
{
	pid_t pids[2];
	unsigned int i;
	int status;

	cgroup_make(ROOM "/c-flood");
	for (i = 0; i < ARRAY_SIZE(pids); i++)
		pids[i] = start_contained("c-flood", act_flood, FLOOD);
	for (i = 0; i < ARRAY_SIZE(pids); i++)
		if (pids[i] < 0 || waitpid(pids[i], &status, 0) != pids[i] || status)
			bail("a flood doesn't end well");
	cgroup_remove(ROOM "/c-flood");
}

/* Those that had a part in it, but are in no container. */
static void reap(const pid_t *pids, unsigned int n)
{
	unsigned int i;
	int status;

	for (i = 0; i < n; i++)
		if (waitpid(pids[i], &status, 0) != pids[i] || status) {
			diag("process %u of %u ended with status %#x", i, n, status);
			crashed++;
		}
}

static unsigned int storm(void *const images[2], const size_t sizes[2])
{
	pid_t children[CONTAINERS + 4];
	unsigned int i, n = 0, failed;

	if (setpriority(PRIO_PROCESS, 0, WEATHER))
		bail("priority: %m");
	flood();
	for (i = 0; i < CONTAINERS; i++)
		children[n++] = start_process(run_engine, i);
	children[n++] = start_process(run_maker, 0);
	children[n++] = start_process(run_cpus, 0);
	children[n++] = start_process(run_group_hogs, 0);
	children[n++] = start_process(run_global_hogs, size->global_kills);
	failed = replace(images, sizes);
	tally->stop = true;
	reap(children, n);
	return failed;
}

/* Deliveries are made by a work item: they end a while after the acts. */
static void settle(void)
{
	unsigned int tries;

	for (tries = 0; tries < 600; tries++) {
		errno = control_status(&after);
		if (errno)
			bail("status: %m");
		if (tally->delivered + after.lost - before.lost ==
		    after.denied - before.denied)
			break;
		sleep_ms(50);
	}
}

static void report_events(void)
{
	diag("denied %llu, delivered %lu, lost %llu; in doubt %lu, deaths %lu",
	     (unsigned long long)(after.denied - before.denied), tally->delivered,
	     (unsigned long long)(after.lost - before.lost),
	     tally->begun - tally->refused, tally->killed);
	diag("slow reader: %lu read, %lu overruns", tally->slow_read,
	     tally->slow_overruns);
}

static void judge_acts(void)
{
	uint64_t denied = after.denied - before.denied;

	ok(!tally->let_through, "what is forbidden never works");
	ok(tally->worked && !tally->held_back, "what is allowed never fails");
	ok(!tally->unfit, "nothing starves while there is memory");
	ok(tally->refused && tally->refused <= denied && denied <= tally->begun,
	   "each denial is counted once");
	ok(tally->begun - tally->refused <= tally->killed,
	   "no act is in doubt but of those who were killed in it");
	ok(after.closed == before.closed, "none was for want of memory or of a path");
}

static void judge_events(void)
{
	ok(tally->delivered && tally->delivered + after.lost - before.lost ==
	   after.denied - before.denied && !tally->overruns,
	   "each was delivered or counted as lost");
	ok(!tally->strange, "each says what was denied, and by which policy");
	ok(tally->slow_read && !tally->out_of_order,
	   "who reads slowly is told in order what each process did");
	ok(after.lost > before.lost && tally->slow_overruns && missed,
	   "there were more than could be told");
}

static void judge_end(void)
{
	ok(after.generation - before.generation == tally->replaced,
	   "each replacement made one generation");
	ok(after.planted_hooks == after.planned_hooks, "all hooks are planted");
	ok(!after.domains && !after.forming, "no domain and no forming task is left");
	ok(tally->group_kills >= size->group_kills &&
	   tally->global_kills >= size->global_kills,
	   "memory ran out in a cgroup, and on the host");
	ok(tally->cpus >= size->cpus, "CPUs went away and came back");
	ok(!crashed, "who made the storm, and who was told of it, ended well");
}

/* Planting and letting go concern all CPUs, those that are away among them. */
static void judge_reload(void)
{
	bool away, unloaded, loaded, back;
	int status;
	pid_t pid;

	away = !write_file(LAST_CPU, "0");
	unloaded = !module_remove();
	loaded = !module_insert();
	back = !write_file(LAST_CPU, "1");
	ok(away && unloaded && loaded && back, "the module goes and comes while a CPU is away");
	apply(POLICY, first_yaml);
	cgroup_make(ROOM "/c0");
	pid = start_contained("c0", act_read_there, 1);
	ok(waitpid(pid, &status, 0) == pid && WIFEXITED(status) &&
	   WEXITSTATUS(status) == EACCES, "the CPU that was away denies, too");
	cgroup_remove(ROOM "/c0");
}

void suite(void)
{
	static const struct server_port ports[] = {
		{ SOCK_STREAM, 0, 443 }, { SOCK_STREAM, 0, 8080 },
	};
	struct server server;
	void *images[2];
	size_t sizes[2];
	pid_t readers[2];
	int sleeper;

	set_up();
	server_start(&server, NULL, ports, ARRAY_SIZE(ports));
	images[0] = apply_image(POLICY, first_yaml, &sizes[0]);
	images[1] = apply_image(POLICY, second_yaml, &sizes[1]);
	errno = control_status(&before);
	if (errno)
		bail("status: %m");
	began = seconds();
	readers[0] = start_process(run_quick_reader, 32 << 20);
	readers[1] = start_process(run_slow_reader, 5);
	sleeper = sleeping_reader();
	ok(!storm(images, sizes), "every replacement works");
	settle();
	tally->drained = true;
	reap(readers, ARRAY_SIZE(readers));
	missed = overran(sleeper);
	close(sleeper);
	report();
	report_events();
	judge_acts();
	judge_events();
	judge_end();
	judge_reload();
	server_stop(&server);
	cgroup_remove(ROOM);
	free(images[0]);
	free(images[1]);
}
