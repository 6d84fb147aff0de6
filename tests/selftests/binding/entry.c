// SPDX-License-Identifier: GPL-2.0-only
/*
 * Entry points that only look as if they were the runtime's own doing. Each
 * is judged; refused ones arm nobody.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>
#include <linux/bulkhead.h>

#include "control.h"
#include "parts.h"

#define SHELL		TOP "/shell"	/* a link to a memfd, as laid in an image */
#define GATE_RULE	"default: deny"
#define KEPT		9

/* A memfd with the helper at number 9; n[0]: in a mount namespace of its own. */
static int act_hold_memfd(const struct args *a)
{
	int fd = memfd_create("image", 0), error = copy_to(HELPER, fd);

	if (error)
		return error;
	/* Scripts are open for writing nowhere, or they would be busy. */
	if (dup2(fd, KEPT) < 0 || close(fd))
		return errno;
	return a->n[0] && unshare(CLONE_NEWNS) ? errno : 0;
}

/* A box that forms in bh-gate and holds the memfd. */
static void gate_open(struct box *b, long own_namespace)
{
	const struct args args = { .n = { own_namespace } };
	char target[64];

	box_open(b, "bh-gate");
	errno = box_become(b, act_hold_memfd, &args);
	if (errno)
		bail("a memfd: %m");
	snprintf(target, sizeof(target), "/proc/%d/fd/%d", b->pid, KEPT);
	unlink(SHELL);
	if (symlink(target, SHELL))
		bail("symlink: %m");
}

/* Two points: @program is refused as one without a path, and arms nobody. */
static void fileless(struct box *b, const char *program, const char *what)
{
	const struct want want = {
		.policy = "gate", .rule = GATE_RULE, .path = ANY_PATH,
		.act = BULKHEAD_ACT_EXEC, .reason = BULKHEAD_REASON_FILELESS,
		.cgroup = b->id, .pid = b->pid,
	};

	ok(box_exec(b, program) == EACCES && event_wanted(&want), "%s", what);
	ok(!control_forming(b->pid), "it forms still");
}

static void script(const char *interpreter)
{
	char text[256];

	snprintf(text, sizeof(text), "#!%s serve\n", interpreter);
	put_file(SCRIPT, text);
	chmod(SCRIPT, 0755);
}

static void links(void)
{
	struct box b;

	gate_open(&b, 1);
	fileless(&b, SHELL, "own mount namespace: a link to a memfd");
	fileless(&b, "/proc/self/fd/9", "own mount namespace: its own memfd");
	box_close(&b);
	gate_open(&b, 0);
	fileless(&b, SHELL, "the host's mount namespace: a link to a memfd");
	box_close(&b);
}

/* The script is on the list, and arms: what it leads to is judged as well. */
static void interpreters(void)
{
	struct want want = {
		.policy = "gate", .rule = GATE_RULE, .path = TOP "/runtime",
		.act = BULKHEAD_ACT_EXEC, .perms = BULKHEAD_PERM_EXEC,
	};
	struct box b;

	gate_open(&b, 0);
	script("/proc/self/fd/9");
	fileless(&b, SCRIPT, "a script whose interpreter is its own memfd");
	script(SHELL);
	fileless(&b, SCRIPT, "a script whose interpreter is a link to a memfd");
	script(TOP "/runtime");
	want.cgroup = b.id;
	want.pid = b.pid;
	ok(box_exec(&b, SCRIPT) == EACCES && event_wanted(&want),
	   "a script whose interpreter is a setup program");
	ok(!box_exec(&b, HELPER), "after all that it executes the entry point");
	denied(&b, SECRET, "gate", CONFINED_RULE, "and is confined");
	box_close(&b);
}

void entry(void)
{
	links();
	interpreters();
	unlink(SHELL);
}
