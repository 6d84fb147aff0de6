// SPDX-License-Identifier: GPL-2.0-only
/*
 * The command against the module: what it says is what the kernel does, and
 * its exit status tells.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "acts.h"
#include "control.h"
#include "host.h"
#include "suite.h"
#include "tap.h"

#define SECRET		TOP "/secret"
#define PUBLIC		TOP "/public"
#define POLICY		POLICIES "/told.yaml"
#define NOT_FOUND	127
#define MANY		TOP "/many"
#define THOUSAND	1000

static const char told_yaml[] =
"bulkhead: 1\n"
"policy: told\n"
"mode: enforce\n"
"match:\n"
"  - cgroup: /bh-told\n"
"file:\n"
"  default: allow\n"
"  rules:\n"
"    - deny r " SECRET "\n";
#define RULE_AT		POLICY ":9"

static char out[16384];

/* One point: the exit status, and that the output holds @text, if any. */
#define says(want, text, ...) check(RUN(out, "bulkhead", __VA_ARGS__), want, text, #__VA_ARGS__)

static void check(int status, int want, const char *text, const char *args)
{
	if (!ok(status == want && (!text || strstr(out, text)), "bulkhead %s: %d", args, want))
		diag("exit status %d: %s", status, out);
}

static void files(void)
{
	put_file(TOP "/bad.yaml", "bulkhead: 1\npolicy: bad\nmode: enforce\n"
		 "capability: {default: deny, allow: [net_bind_servce]}\n");
	says(0, NULL, "check", POLICY);
	says(1, "bad.yaml:4:", "check", TOP "/bad.yaml");
	says(1, "net_bind_service", "check", TOP "/bad.yaml");
	says(1, NULL, "apply", TOP "/bad.yaml");
	says(2, NULL, "nonsense");
	says(2, NULL, "bind", "--nonsense");
	says(1, RULE_AT, "explain", POLICY, "read", SECRET);
	says(0, NULL, "explain", POLICY, "read", PUBLIC);
}
#define FILES		8

static void in_force(void)
{
	says(0, NULL, "apply", POLICIES);
	says(0, NULL, "status");
	says(0, "\"generation\"", "--json", "status");
	says(0, "told", "list");
	says(0, "KIB", "list");
	says(0, "\"told\"", "--json", "list");
	says(0, "deny r " SECRET, "show", "told");
	says(1, NULL, "show", "nothing");
	says(0, "ABI", "version");
	says(1, RULE_AT, "explain", "--policy", "told", "read", SECRET);
	says(0, NULL, "explain", "--policy", "told", "read", PUBLIC);
}
#define IN_FORCE	11

static void order(void)
{
	static const char *const names[] = { "bh-d", "bh-b", "bh-e", "bh-a", "bh-c" };
	const char *last = out;
	unsigned int i;
	char path[8];

	for (i = 0; i < 5; i++)
		control_bind(cgroup_make(names[i]), "told");
	says(0, NULL, "list");
	for (i = 0; i < 5 && last; i++) {
		snprintf(path, sizeof(path), "/bh-%c ", 'a' + i);
		last = strstr(last, path);
	}
	ok(last, "listed by path");
	for (i = 0; i < 5; i++)
		cgroup_remove(names[i]);
}
#define ORDER		2

static void bindings(void)
{
	const struct args secret = { SECRET };
	char pid[16];
	struct box b;

	box_open(&b, "bh-command");
	says(0, NULL, "bind", "/bh-command", "told");
	ok(box_do(&b, act_read, &secret, NULL) == EACCES, "bound: denied");
	says(0, "/bh-command", "list");
	says(1, RULE_AT, "explain", "--cgroup", "/bh-command", "read", SECRET);
	says(0, NULL, "unbind", "/bh-command");
	ok(!box_do(&b, act_read, &secret, NULL), "unbound: allowed");
	says(1, NULL, "unbind", "/bh-command");
	says(1, NULL, "bind", "/bh-command", "nothing");
	says(1, NULL, "bind", "/bh-nothing", "told");
	box_close(&b);
	box_open(&b, "bh-told");
	ok(!box_do(&b, act_read, &secret, NULL), "forming: allowed");
	snprintf(pid, sizeof(pid), "%d", b.pid);
	says(0, NULL, "arm", pid);
	ok(box_do(&b, act_read, &secret, NULL) == EACCES, "armed: denied");
	says(1, NULL, "arm", pid);
	box_close(&b);
}
#define BINDINGS	13

/* `run` answers with the exit status of what it runs. */
static void running(void)
{
	says(EACCES, NULL, "run", "told", "--", HELPER, "read", SECRET);
	says(0, NULL, "run", "told", "--", HELPER, "read", PUBLIC);
	says(7, NULL, "run", "told", "--", HELPER, "exit", "7");
	says(NOT_FOUND, NULL, "run", "told", "--", TOP "/nothing");
	says(1, NULL, "run", "nothing", "--", HELPER, "exit", "0");
}
#define RUNNING		5

/* `monitor` shows what was denied, by whom, and the rule with its line. */
static void monitor(bool json)
{
	static const char *const texts[] = { SECRET, "told", RULE_AT, NULL };
	static const char *const jsons[] = {
		"\"" SECRET "\"", "\"told\"", "\"" POLICY "\"", NULL,
	};
	const char *const *text = json ? jsons : texts;
	int fds[2], status;
	size_t have = 0;
	ssize_t n;
	pid_t pid;

	if (pipe2(fds, 0))
		bail("pipe: %m");
	pid = fork();
	if (!pid) {
		dup2(fds[1], 1);
		execlp("bulkhead", "bulkhead", "monitor", "-n", "1", "-t", "20",
		       json ? "--json" : NULL, NULL);
		_exit(NOT_FOUND);
	}
	close(fds[1]);
	sleep_ms(1500);
	{
		char unused[512];

		RUN(unused, "bulkhead", "run", "told", "--", HELPER, "read", SECRET);
	}
	while ((n = read(fds[0], out + have, sizeof(out) - 1 - have)) > 0)
		have += n;
	out[have] = 0;
	close(fds[0]);
	waitpid(pid, &status, 0);
	while (*text && strstr(out, *text))
		text++;
	if (!ok(!status && !*text, "bulkhead monitor%s", json ? " --json" : ""))
		diag("status %#x, no %s in: %s", status, *text ? *text : "", out);
}
#define MONITOR		2

static void write_thousand(void)
{
	char path[128], yaml[512];
	int i, k, n;

	make_dir(MANY);
	for (i = 0; i < THOUSAND; i++) {
		n = snprintf(yaml, sizeof(yaml), "bulkhead: 1\npolicy: many%d\nmode: enforce\nmatch:\n"
			     "  - cgroup: /bh-many%d\nfile:\n  default: deny\n  rules:\n", i, i);
		for (k = 0; k < 5; k++)
			n += snprintf(yaml + n, sizeof(yaml) - n, "    - allow rx /srv/%d/%d\n", i, k);
		snprintf(path, sizeof(path), MANY "/%d.yaml", i);
		put_file(path, yaml);
	}
}

/* A thousand policies come as one generation, and each of them holds. */
static void thousand(void)
{
	const struct args secret = { SECRET };
	struct control_status before, after;
	struct timespec start, end;
	struct box b;

	write_thousand();
	control_status(&before);
	clock_gettime(CLOCK_MONOTONIC, &start);
	says(0, NULL, "apply", MANY);
	clock_gettime(CLOCK_MONOTONIC, &end);
	diag("applied in %ld ms", (end.tv_sec - start.tv_sec) * 1000 +
	     (end.tv_nsec - start.tv_nsec) / 1000000);
	ok(!control_status(&after) && after.generation == before.generation + 1 &&
	   after.policies == THOUSAND, "%d policies, one generation", THOUSAND);
	box_open(&b, "bh-many777");
	ok(box_do(&b, act_read, &secret, NULL) == 0, "forming: allowed");
	ok(!control_arm(b.pid), "armed");
	ok(box_do(&b, act_read, &secret, NULL) == EACCES, "held by one of them: denied");
	box_close(&b);
	says(0, "many777", "show", "many777");
	says(0, NULL, "apply", POLICIES);
}
#define MANY_POINTS	7

static void without_module(void)
{
	if (module_remove())
		bail("the module does not go");
	says(0, NULL, "check", POLICY);
	says(1, RULE_AT, "explain", POLICY, "read", SECRET);
	says(3, NULL, "list");
	says(3, NULL, "apply", POLICIES);
	says(0, "not loaded", "version");
}
#define WITHOUT		5

unsigned int suite_points(void)
{
	return FILES + IN_FORCE + ORDER + BINDINGS + RUNNING + MONITOR + MANY_POINTS + WITHOUT;
}

void suite(void)
{
	put_file(SECRET, "secret\n");
	put_file(PUBLIC, "public\n");
	copy_self(HELPER);
	make_dir(POLICIES);
	put_file(POLICY, told_yaml);
	files();
	in_force();
	order();
	bindings();
	running();
	monitor(false);
	monitor(true);
	thousand();
	without_module();
}
