// SPDX-License-Identifier: GPL-2.0-only
/*
 * To confined tasks a forming one is outside the domain: what an entry point
 * could do to the next `docker exec` is how runtimes were taken over. So is
 * everybody else.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>
#include <linux/bulkhead.h>

#include "control.h"
#include "parts.h"

/* Seizing stops nobody, and ends with the tracer. */
static int act_ptrace(const struct args *a)
{
	return ptrace(PTRACE_SEIZE, a->n[0], 0, 0) ? errno : 0;
}

/* A signal that is ignored by default. */
static int act_kill(const struct args *a)
{
	return kill(a->n[0], SIGURG) ? errno : 0;
}

static int act_readv(const struct args *a)
{
	char word[8];
	struct iovec here = { word, sizeof(word) };
	struct iovec there = { (void *)act_readv, sizeof(word) };

	return process_vm_readv(a->n[0], &here, 1, &there, 1, 0) < 0 ? errno : 0;
}

static int act_getfd(const struct args *a)
{
	int pidfd = syscall(SYS_pidfd_open, a->n[0], 0);

	return pidfd < 0 || syscall(SYS_pidfd_getfd, pidfd, 3, 0) < 0 ? errno : 0;
}

static int act_root(const struct args *a)
{
	char path[64], target[64];

	snprintf(path, sizeof(path), "/proc/%ld/root", a->n[0]);
	return readlink(path, target, sizeof(target)) < 0 ? errno : 0;
}

static int act_mem(const struct args *a)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%ld/mem", a->n[0]);
	return open(path, O_RDWR) < 0 ? errno : 0;
}

#define TRIALS	6
const unsigned int guard_points = 3 * TRIALS * TRIAL_POINTS + 4;

/* @who: a forming task of the same cgroup, or one outside of the domain. */
static void strangers(struct box *b, pid_t who, const char *names[TRIALS])
{
	const struct args target = { .n = { who } };
	const struct want ptrace_ = {
		.act = BULKHEAD_ACT_PTRACE, .reason = BULKHEAD_REASON_PRESET,
		.rule = "preset ptrace", .target = who,
	};
	const struct want signal_ = {
		.act = BULKHEAD_ACT_SIGNAL, .reason = BULKHEAD_REASON_PRESET,
		.rule = "preset signal", .target = who,
	};
	const struct trial t[TRIALS] = {
		{ names[0], act_ptrace, target, EPERM, ptrace_ },
		{ names[1], act_kill, target, EPERM, signal_ },
		{ names[2], act_readv, target, EPERM, ptrace_ },
		{ names[3], act_getfd, target, EPERM, ptrace_ },
		{ names[4], act_root, target, EACCES, ptrace_ },
		{ names[5], act_mem, target, EACCES, ptrace_ },
	};

	trials_run(b, "bound", t, TRIALS);
}

/* A neighbour of one's own domain is nothing to guard. */
static void equals(struct box *b, pid_t pid)
{
	const struct args target = { .n = { pid } };
	const struct trial t[TRIALS] = {
		{ "ptrace a confined neighbour", act_ptrace, target },
		{ "signal a confined neighbour", act_kill, target },
		{ "read its memory", act_readv, target },
		{ "take its descriptor", act_getfd, target },
		{ "its /proc/PID/root", act_root, target },
		{ "its /proc/PID/mem", act_mem, target },
	};

	trials_run(b, "bound", t, TRIALS);
}

void guard(void)
{
	static const char *of_forming[TRIALS] = {
		"ptrace a forming task", "signal a forming task",
		"read a forming task's memory", "take a forming task's descriptor",
		"/proc/PID/root of a forming task", "/proc/PID/mem of a forming task",
	};
	static const char *of_outside[TRIALS] = {
		"ptrace a task outside", "signal a task outside",
		"read its memory", "take its descriptor",
		"/proc/PID/root of a task outside", "/proc/PID/mem of a task outside",
	};
	struct box confined_box, forming, outside;

	box_open(&confined_box, "bh-pat-g");
	ok(!box_exec(&confined_box, HELPER), "a confined task");
	box_open(&forming, "bh-pat-g");
	ok(!control_forming(forming.pid), "and a forming one in its cgroup");
	strangers(&confined_box, forming.pid, of_forming);
	box_open(&outside, NULL);
	strangers(&confined_box, outside.pid, of_outside);
	box_close(&outside);
	ok(!box_exec(&forming, HELPER), "the forming one executes");
	equals(&confined_box, forming.pid);
	confined(&forming, "and is confined");
	close(forming.fd);
	box_close(&confined_box);
}
