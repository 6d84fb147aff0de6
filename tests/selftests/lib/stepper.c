// SPDX-License-Identifier: GPL-2.0-only
/* Leads a program from system call to system call by ptrace. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <linux/ptrace.h>

#include "stepper.h"
#include "tap.h"

static void __attribute__((noreturn)) become(const char *const argv[],
					     const char *out)
{
	int fd = open(out, O_RDWR | O_CREAT | O_TRUNC, 0644);

	dup2(fd, 1);
	dup2(fd, 2);
	if (!ptrace(PTRACE_TRACEME, 0, NULL, NULL))
		execvp(argv[0], (char *const *)argv);
	_exit(127);
}

/* Return: false when it has ended. */
static bool next_stop(pid_t pid, int *status)
{
	if (ptrace(PTRACE_SYSCALL, pid, NULL, NULL) && errno != ESRCH)
		bail("lead a program: %m");
	if (waitpid(pid, status, 0) != pid)
		bail("wait for a program: %m");
	return WIFSTOPPED(*status);
}

/* Whether it stands before a system call; @netlink: before the one that counts. */
static bool at_entry(pid_t pid, bool *netlink)
{
	struct ptrace_syscall_info info;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) < 0)
		bail("look at a system call: %m");
	if (info.op != PTRACE_SYSCALL_INFO_ENTRY)
		return false;
	*netlink = info.entry.nr == SYS_socket && info.entry.args[0] == AF_NETLINK;
	return true;
}

static void kill_it(pid_t pid, const struct stepping *s, int *status)
{
	if (s->within) {
		ptrace(PTRACE_CONT, pid, NULL, NULL);
		usleep(s->delay_us);
	}
	kill(pid, SIGKILL);
	if (waitpid(pid, status, 0) != pid)
		bail("wait for a killed program: %m");
}

static pid_t start(const char *const argv[], const char *out, int *status)
{
	pid_t pid = fork();

	if (!pid)
		become(argv, out);
	if (waitpid(pid, status, 0) != pid || !WIFSTOPPED(*status))
		bail("start a program: status %#x", *status);
	ptrace(PTRACE_SETOPTIONS, pid, NULL, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL);
	return pid;
}

static bool is_call(int status)
{
	return WSTOPSIG(status) == (SIGTRAP | 0x80);
}

bool step_to(const struct stepping *s, int *status)
{
	bool counting = s->from_start, netlink = false;
	unsigned int step = 0;
	pid_t pid = start(s->argv, "/dev/null", status);

	while (next_stop(pid, status)) {
		if (!is_call(*status) || !at_entry(pid, &netlink))
			continue;
		counting |= netlink;
		step += counting;
		if (!counting || step < s->step)
			continue;
		kill_it(pid, s, status);
		return WIFSIGNALED(*status);
	}
	return false;
}

pid_t lead_to_netlink(const char *const argv[], const char *out)
{
	bool netlink = false;
	int status;
	pid_t pid = start(argv, out, &status);

	while (!netlink && next_stop(pid, &status))
		if (is_call(status))
			at_entry(pid, &netlink);
	if (!netlink)
		bail("%s ended without a netlink socket: status %#x", argv[0], status);
	return pid;
}

void let_go(pid_t pid)
{
	if (ptrace(PTRACE_DETACH, pid, NULL, NULL))
		bail("let a program go: %m");
}
