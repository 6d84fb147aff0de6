// SPDX-License-Identifier: GPL-2.0-only
/*
 * `bulkhead apply`, killed at each of its system calls: whenever it dies, the
 * kernel holds the old generation or the new one, whole, and the next apply
 * finds nothing in its way.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/bulkhead.h>

#include "acts.h"
#include "box.h"
#include "control.h"
#include "host.h"
#include "stepper.h"
#include "suite.h"
#include "tap.h"

#define OLD		TOP "/old"	/* what the old ruleset allows */
#define NEW		TOP "/new"
#define CGROUP		"bh-killed"
#define POLICY		"killed"

/* Long names make an image of several chunks that still compiles at once. */
#define FILLERS		60
#define COMPONENTS	8
#define LETTERS		200

#define STEPS_MAX	4000
#define DEATHS		100
#define HELD		(4U << 20)	/* bytes that each of them holds */

static const char *const command[] = { "bulkhead", "apply", POLICIES, NULL };

static struct {
	void *image;
	size_t size;
	char shown[4096];
} rulesets[2];

static struct box box;
static bool full;
static unsigned int torn, stuck, leaked, dumb;	/* kills after which it was wrong */

#define POINTS	9

unsigned int suite_points(void)
{
	return POINTS;
}

/* One rule of names that nobody has, a kilobyte and more long. */
static void put_filler(FILE *f, unsigned int n)
{
	unsigned int i, k;

	fputs("    - deny w ", f);
	for (i = 0; i < COMPONENTS; i++) {
		fprintf(f, "/%u-%u-", n, i);
		for (k = 0; k < LETTERS; k++)
			putc('a' + (n + i * k) % 26, f);
	}
	putc('\n', f);
}

static char *yaml_that_allows(const char *path)
{
	char *text;
	size_t size;
	FILE *f = open_memstream(&text, &size);
	unsigned int i;

	fprintf(f, "bulkhead: 1\npolicy: " POLICY "\nmode: enforce\nmatch:\n"
		"  - cgroup: /" CGROUP "\nfile:\n  default: deny\n  rules:\n"
		"    - allow rx " HELPER "\n    - allow r %s\n", path);
	for (i = 0; i < FILLERS; i++)
		put_filler(f, i);
	fclose(f);
	return text;
}

/* Bytes of what `show` says that are compared: the rules that differ come first. */
#define SHOWN		1000

/* All but the line with the generation, which is another each time. */
static void show(char *out, size_t size)
{
	const char *const argv[] = { "bulkhead", "show", POLICY, NULL };
	char *rest;

	if (run(out, size, argv))
		bail("bulkhead show: %s", out);
	rest = strchr(out, '\n');
	if (!rest)
		bail("bulkhead show says nothing of the policy");
	memmove(out, rest, strlen(rest) + 1);
	if (strlen(out) < SHOWN)
		bail("bulkhead show says little of the policy");
	out[SHOWN] = 0;
}

static void make_ruleset(unsigned int which, const char *path)
{
	char *yaml = yaml_that_allows(path);

	apply(POLICY, yaml);
	errno = control_read(&rulesets[which].image, &rulesets[which].size);
	if (errno)
		bail("read the image back: %m");
	show(rulesets[which].shown, sizeof(rulesets[which].shown));
	free(yaml);
}

static bool may_read(const char *path)
{
	struct args a = { 0 };
	int error;

	snprintf(a.path, sizeof(a.path), "%s", path);
	error = box_do(&box, act_read, &a, NULL);
	if (error && error != EACCES)
		bail("read %s in the box: %s", path, strerror(error));
	return !error;
}

static bool holds(unsigned int which)
{
	void *image;
	size_t size;
	bool same;

	if (control_read(&image, &size))
		return false;
	same = size == rulesets[which].size &&
	       !memcmp(image, rulesets[which].image, size);
	free(image);
	return same;
}

static uint64_t put_old(void)
{
	uint64_t made = 0;
	int error = control_apply(rulesets[0].image, rulesets[0].size, &made);

	if (error) {
		diag("the next apply: %s", strerror(error));
		stuck++;
		/* As long as the dead one's transaction may be open. */
		sleep_ms(500);
		error = control_apply(rulesets[0].image, rulesets[0].size, &made);
		if (error)
			bail("put the old ruleset back: %s", strerror(error));
	}
	return made;
}

/* What the command itself says of what it left. */
static void ask_command(unsigned int which)
{
	char out[4096];

	show(out, sizeof(out));
	if (strcmp(out, rulesets[which].shown) || RUN(out, "bulkhead", "status")) {
		dumb++;
		diag("said: %.200s", out);
	}
}

/* Return: whether the new ruleset is in force now, after @was. */
static bool judge_kill(const struct control_status *was, bool thorough)
{
	struct control_status now;
	unsigned int which;

	errno = control_status(&now);
	if (errno)
		bail("status: %m");
	which = now.generation - was->generation;
	if (which > 1 || !holds(which) || may_read(OLD) != !which ||
	    may_read(NEW) != !!which) {
		diag("generation %llu after %llu", (unsigned long long)now.generation,
		     (unsigned long long)was->generation);
		torn++;
	}
	if (now.domains != was->domains || now.policies != was->policies ||
	    now.bindings != was->bindings || now.forming || now.closed != was->closed ||
	    now.planted_hooks != now.planned_hooks)
		leaked++;
	if (thorough)
		ask_command(!!which);
	return which;
}

/* Return: false when the command ended first; @renewed: it had applied. */
static bool try_step(struct stepping *s, bool *renewed)
{
	struct control_status was;
	int status;
	bool killed;

	put_old();
	errno = control_status(&was);
	if (errno)
		bail("status: %m");
	killed = step_to(s, &status);
	if (!killed && (!WIFEXITED(status) || WEXITSTATUS(status)))
		bail("bulkhead apply ended with status %#x", status);
	*renewed = judge_kill(&was, full || s->step % 10 == 0 || !killed);
	return killed;
}

/* Return: the call that makes the new generation, 0 if none does. */
static unsigned int every_step(void)
{
	struct stepping s = { .argv = command, .from_start = full };
	unsigned int commit = 0, back = 0;
	bool renewed = false, killed = true;

	for (s.step = 1; killed && s.step < STEPS_MAX; s.step++) {
		killed = try_step(&s, &renewed);
		if (renewed && !commit)
			commit = s.step - 1;
		back += commit && !renewed;
	}
	diag("%u system calls; number %u makes the new generation", s.step - 2, commit);
	ok(!killed && renewed, "left alone, it applies");
	ok(commit && !back, "one call makes the generation, and none takes it back");
	return commit;
}

static void within_commit(unsigned int step)
{
	static const unsigned int delays[] = {
		0, 100, 300, 1000, 2000, 4000, 8000, 15000, 30000, 60000,
	};
	struct stepping s = {
		.argv = command, .from_start = full, .step = step, .within = true,
	};
	unsigned int i, before[2] = { torn, stuck }, made = 0;
	bool renewed;

	for (i = 0; i < ARRAY_SIZE(delays); i++) {
		s.delay_us = delays[i];
		try_step(&s, &renewed);
		made += renewed;
	}
	diag("killed within that call %u times, which made it %u times", i, made);
	ok(torn == before[0] && stuck == before[1],
	   "killed while the kernel replaces it: one or the other");
}

static unsigned long available(void)
{
	char text[4096], *at;

	read_file("/proc/meminfo", text, sizeof(text));
	at = strstr(text, "MemAvailable:");
	return at ? strtoul(at + 13, NULL, 10) << 10 : 0;
}

/* A transaction that holds much, given up by dying. */
static void hold_and_die(void)
{
	static const char chunk[BULKHEAD_CHUNK_MAX];
	struct genl g;

	if (genl_open(&g) || control_begin(&g, HELD) ||
	    control_append(&g, 0, chunk, sizeof(chunk)))
		_exit(1);
	kill(getpid(), SIGKILL);
	pause();
}

static void judge_memory(void)
{
	unsigned long before = available(), after;
	unsigned int i, died = 0;
	int status;
	pid_t pid;

	for (i = 0; i < DEATHS; i++) {
		pid = fork();
		if (!pid)
			hold_and_die();
		waitpid(pid, &status, 0);
		died += WIFSIGNALED(status);
	}
	after = available();
	diag("%lu MiB were available, %lu are", before >> 20, after >> 20);
	ok(died == DEATHS, "each of %d could begin, and died", DEATHS);
	ok(after + DEATHS * (unsigned long)HELD / 4 > before,
	   "what they held was freed");
}

void suite(void)
{
	char line[4096] = "";
	unsigned int commit, i;

	read_file("/proc/cmdline", line, sizeof(line));
	full = strstr(line, "bulkhead.long=1");
	put_file(OLD, "old\n");
	put_file(NEW, "new\n");
	copy_self(HELPER);
	make_ruleset(0, OLD);
	make_ruleset(1, NEW);
	diag("images of %zu bytes", rulesets[0].size);
	box_open(&box, CGROUP);
	errno = box_exec(&box, HELPER);
	if (errno)
		bail("execute in the box: %m");
	commit = every_step();
	within_commit(commit);
	ok(!torn, "after each kill the old ruleset is whole, or the new one");
	ok(!stuck, "after each kill the next apply works");
	ok(!leaked, "after each kill nothing more is there than before");
	ok(!dumb, "status and show agree");
	judge_memory();
	box_close(&box);
	for (i = 0; i < 2; i++)
		free(rulesets[i].image);
}
