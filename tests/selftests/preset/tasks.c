// SPDX-License-Identifier: GPL-2.0-only
/* ptrace and signal: upon a task outside, by every call that reaches one. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>
#include <asm/sockios.h>
#include <linux/kcmp.h>

#include "preset.h"
#include "tap.h"

#define CONSOLE		"/dev/tty1"

#define IA32_KILL	37
#define IA32_PTRACE	26
#define IOPRIO_BE_4	(2 << 13 | 4)

static pid_t stranger;

/* n[0] is the stranger's number in all of these. */
static int pidfd_of(const struct args *a)
{
	return syscall(SYS_pidfd_open, a->n[0], 0);
}

static int act_seize(const struct args *a)
{
	return errno_of(ptrace(PTRACE_SEIZE, a->n[0], 0, 0));
}

/* Attaching stops; the end of the tracer lets go. */
static int act_attach(const struct args *a)
{
	if (ptrace(PTRACE_ATTACH, a->n[0], 0, 0))
		return errno;
	waitpid(a->n[0], NULL, __WALL);
	return errno_of(ptrace(PTRACE_DETACH, a->n[0], 0, 0));
}

static long word_of_stranger = 1;

static int act_poke(const struct args *a)
{
	long word;

	if (ptrace(PTRACE_ATTACH, a->n[0], 0, 0))
		return errno;
	waitpid(a->n[0], NULL, __WALL);
	if (ptrace(PTRACE_POKEDATA, a->n[0], &word_of_stranger, 2L))
		return errno;
	word = ptrace(PTRACE_PEEKDATA, a->n[0], &word_of_stranger, 0);
	ptrace(PTRACE_POKEDATA, a->n[0], &word_of_stranger, 1L);
	if (ptrace(PTRACE_DETACH, a->n[0], 0, 0))
		return errno;
	return word == 2 ? 0 : EIO;
}

static int act_ptrace_32(const struct args *a)
{
	return errno_of(ia32_call(IA32_PTRACE, PTRACE_SEIZE, a->n[0], 0, 0, 0));
}

static int act_readv(const struct args *a)
{
	char word[8];
	struct iovec here = { word, sizeof(word) };
	struct iovec there = { (void *)act_readv, sizeof(word) };

	return errno_of(process_vm_readv(a->n[0], &here, 1, &there, 1, 0));
}

static long scribble;

static int act_writev(const struct args *a)
{
	struct iovec v = { &scribble, sizeof(scribble) };

	return errno_of(process_vm_writev(a->n[0], &v, 1, &v, 1, 0));
}

static int act_getfd(const struct args *a)
{
	return errno_of(syscall(SYS_pidfd_getfd, pidfd_of(a), 0, 0));
}

static int act_kcmp(const struct args *a)
{
	return errno_of(syscall(SYS_kcmp, getpid(), (pid_t)a->n[0], KCMP_VM, 0, 0));
}

static int act_madvise(const struct args *a)
{
	struct iovec v = { (void *)((uintptr_t)&scribble & ~4095UL), 4096 };

	return errno_of(syscall(SYS_process_madvise, pidfd_of(a), &v, 1UL, 20 /* COLD */,
				0));
}

/* path: a file of /proc/PID; n[1]: how to open it */
static int act_proc(const struct args *a)
{
	char path[600];

	snprintf(path, sizeof(path), "/proc/%ld/%s", a->n[0], a->path);
	return errno_of(open(path, a->n[1]));
}

static int act_proc_link(const struct args *a)
{
	char path[600], target[64];

	snprintf(path, sizeof(path), "/proc/%ld/%s", a->n[0], a->path);
	return errno_of(readlink(path, target, sizeof(target)));
}

static int act_prlimit(const struct args *a)
{
	const struct rlimit limit = { 100, 100 };

	return errno_of(prlimit(a->n[0], RLIMIT_NOFILE, &limit, NULL));
}

static int act_setpriority(const struct args *a)
{
	return errno_of(setpriority(PRIO_PROCESS, a->n[0], 1));
}

static int act_ioprio(const struct args *a)
{
	return errno_of(syscall(SYS_ioprio_set, 1, (int)a->n[0], IOPRIO_BE_4));
}

static int act_scheduler(const struct args *a)
{
	const struct sched_param param = { 0 };

	return errno_of(sched_setscheduler(a->n[0], SCHED_BATCH, &param));
}

static int act_affinity(const struct args *a)
{
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(0, &cpus);
	return errno_of(sched_setaffinity(a->n[0], sizeof(cpus), &cpus));
}

static int act_move_pages(const struct args *a)
{
	void *page = (void *)((uintptr_t)&scribble & ~4095UL);
	int node = 0, status;

	return errno_of(syscall(SYS_move_pages, (int)a->n[0], 1UL, &page, &node,
				&status, 2 /* MPOL_MF_MOVE */));
}

static int act_migrate_pages(const struct args *a)
{
	unsigned long node = 1;

	return errno_of(syscall(SYS_migrate_pages, (int)a->n[0], 64UL, &node, &node));
}

/* Into a terminal of its own: whose it is can't be seen. */
static int act_type(const struct args *a)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY);
	char name[64];
	int fd;

	if (master < 0 || unlockpt(master) || ptsname_r(master, name, sizeof(name)))
		return errno;
	fd = open(name, O_RDWR | O_NOCTTY);
	return fd < 0 ? errno : errno_of(ioctl(fd, a->n[1], "x"));
}

/* What stands on a console is marked by a mouse, and typed there again. */
struct __attribute__((packed)) marking {
	char call;
	uint16_t left, top, right, bottom, mode;
};

#define MARK	2	/* of TIOCLINUX */
#define TYPE	3

static int act_type_by_mouse(const struct args *a)
{
	struct marking mark = { MARK, 1, 1, 5, 1, 0 };
	char type = TYPE, text[6] = "";
	struct termios t;
	int fd = open(CONSOLE, O_RDWR | O_NOCTTY | O_NONBLOCK);

	(void)a;
	if (fd < 0 || tcgetattr(fd, &t))
		return errno;
	cfmakeraw(&t);
	if (tcsetattr(fd, TCSAFLUSH, &t) || write(fd, "\33[2J\33[Htyped", 12) != 12 ||
	    ioctl(fd, TIOCLINUX, &mark) || ioctl(fd, TIOCLINUX, &type))
		return errno;
	if (read(fd, text, 5) != 5)
		return ENODATA;
	return strcmp(text, "typed") ? EIO : 0;
}

#define PTRACE_DENIED	DENIED(EPERM, PTRACE, "ptrace")
#define FILE_DENIED	DENIED(EACCES, PTRACE, "ptrace")
#define TAMPER_DENIED	DENIED(EPERM, TAMPER, "ptrace")

static struct trial ptrace_trials[] = {
	{ "ptrace: seize", act_seize, { "" }, PTRACE_DENIED },
	{ "ptrace: attach", act_attach, { "" }, PTRACE_DENIED },
	{ "ptrace: poke", act_poke, { "" }, PTRACE_DENIED },
	{ "ptrace by the 32-bit gate", act_ptrace_32, { "" }, PTRACE_DENIED },
	{ "process_vm_readv", act_readv, { "" }, PTRACE_DENIED },
	{ "process_vm_writev", act_writev, { "" }, PTRACE_DENIED },
	{ "pidfd_getfd", act_getfd, { "" }, PTRACE_DENIED },
	{ "kcmp", act_kcmp, { "" }, PTRACE_DENIED },
	{ "process_madvise", act_madvise, { "" }, FILE_DENIED },
	{ "/proc/PID/mem", act_proc, { "mem", "", { 0, O_RDWR } }, FILE_DENIED },
	{ "/proc/PID/environ", act_proc, { "environ" }, FILE_DENIED },
	{ "/proc/PID/maps", act_proc, { "maps" }, FILE_DENIED },
	{ "/proc/PID/cmdline", act_proc, { "cmdline" }, FILE_DENIED },
	{ "/proc/PID/oom_score_adj", act_proc, { "oom_score_adj", "", { 0, O_WRONLY } },
	  FILE_DENIED },
	{ "/proc/PID/net", act_proc, { "net/tcp" }, FILE_DENIED },
	{ "/proc/PID/task", act_proc, { "task" }, FILE_DENIED },
	{ "/proc/PID/root/etc", act_proc, { "root/etc" }, FILE_DENIED },
	{ "/proc/PID/cwd", act_proc, { "cwd" }, FILE_DENIED },
	{ "/proc/PID/exe", act_proc, { "exe" }, FILE_DENIED },
	{ "/proc/PID/fd/0", act_proc, { "fd/0" }, FILE_DENIED },
	{ "/proc/PID/ns/mnt", act_proc, { "ns/mnt" }, FILE_DENIED },
	{ "the name of /proc/PID/exe", act_proc_link, { "exe" }, FILE_DENIED },
	{ "prlimit", act_prlimit, { "" }, TAMPER_DENIED },
	{ "setpriority", act_setpriority, { "" }, TAMPER_DENIED },
	{ "ioprio_set", act_ioprio, { "" }, TAMPER_DENIED },
	{ "sched_setscheduler", act_scheduler, { "" }, TAMPER_DENIED },
	{ "sched_setaffinity", act_affinity, { "" }, TAMPER_DENIED },
	{ "ioctl TIOCSTI", act_type, { "", "", { 0, TIOCSTI } }, TAMPER_DENIED },
	{ "ioctl TIOCCONS", act_type, { "", "", { 0, TIOCCONS } }, TAMPER_DENIED },
	{ "ioctl TIOCLINUX", act_type_by_mouse, { "" }, TAMPER_DENIED },
	{ "move_pages", act_move_pages, { "" }, PTRACE_DENIED },
	{ "migrate_pages", act_migrate_pages, { "" }, PTRACE_DENIED },
};

/* A signal that is ignored by default, so that the stranger lives on. */
static int act_kill(const struct args *a)
{
	return errno_of(kill(a->n[0], SIGURG));
}

static int act_kill_group(const struct args *a)
{
	return errno_of(kill(-a->n[0], SIGURG));
}

static int act_kill_32(const struct args *a)
{
	return errno_of(ia32_call(IA32_KILL, a->n[0], SIGURG, 0, 0, 0));
}

static int act_tkill(const struct args *a)
{
	return errno_of(syscall(SYS_tkill, (int)a->n[0], SIGURG));
}

static int act_tgkill(const struct args *a)
{
	return errno_of(syscall(SYS_tgkill, (int)a->n[0], (int)a->n[0], SIGURG));
}

static siginfo_t queued(void)
{
	siginfo_t info = { .si_signo = SIGURG, .si_code = SI_QUEUE };

	return info;
}

static int act_sigqueue(const struct args *a)
{
	siginfo_t info = queued();

	return errno_of(syscall(SYS_rt_sigqueueinfo, (int)a->n[0], SIGURG, &info));
}

static int act_tgsigqueue(const struct args *a)
{
	siginfo_t info = queued();

	return errno_of(syscall(SYS_rt_tgsigqueueinfo, (int)a->n[0], (int)a->n[0],
				SIGURG, &info));
}

static int act_pidfd_signal(const struct args *a)
{
	return errno_of(syscall(SYS_pidfd_send_signal, pidfd_of(a), SIGURG, NULL, 0));
}

static int ends(void)
{
	int fds[2];

	return socketpair(AF_UNIX, SOCK_STREAM, 0, fds) ? -1 : fds[0];
}

static int act_setown(const struct args *a)
{
	return errno_of(fcntl(ends(), F_SETOWN, a->n[0]));
}

static int act_setown_ex(const struct args *a)
{
	struct f_owner_ex owner = { a->n[1], a->n[0] };

	return errno_of(fcntl(ends(), F_SETOWN_EX, &owner));
}

/* n[1]: the request */
static int act_ioctl_own(const struct args *a)
{
	int pid = a->n[0];

	return errno_of(ioctl(ends(), a->n[1], &pid));
}

#define SIGNAL_DENIED	DENIED(EPERM, SIGNAL, "signal")

static struct trial signal_trials[] = {
	{ "kill", act_kill, { "" }, SIGNAL_DENIED },
	{ "kill of a process group", act_kill_group, { "" }, SIGNAL_DENIED },
	{ "kill by the 32-bit gate", act_kill_32, { "" }, SIGNAL_DENIED },
	{ "tkill", act_tkill, { "" }, SIGNAL_DENIED },
	{ "tgkill", act_tgkill, { "" }, SIGNAL_DENIED },
	{ "rt_sigqueueinfo", act_sigqueue, { "" }, SIGNAL_DENIED },
	{ "rt_tgsigqueueinfo", act_tgsigqueue, { "" }, SIGNAL_DENIED },
	{ "pidfd_send_signal", act_pidfd_signal, { "" }, SIGNAL_DENIED },
	{ "fcntl F_SETOWN", act_setown, { "" }, SIGNAL_DENIED },
	{ "fcntl F_SETOWN_EX: a process", act_setown_ex,
	  { "", "", { 0, F_OWNER_PID } }, SIGNAL_DENIED },
	{ "fcntl F_SETOWN_EX: a thread", act_setown_ex,
	  { "", "", { 0, F_OWNER_TID } }, SIGNAL_DENIED },
	{ "fcntl F_SETOWN_EX: a group", act_setown_ex,
	  { "", "", { 0, F_OWNER_PGRP } }, SIGNAL_DENIED },
	{ "ioctl FIOSETOWN", act_ioctl_own, { "", "", { 0, FIOSETOWN } },
	  SIGNAL_DENIED },
	{ "ioctl SIOCSPGRP", act_ioctl_own, { "", "", { 0, SIOCSPGRP } },
	  SIGNAL_DENIED },
};

static void name_stranger(struct trial *t, unsigned int n)
{
	for (; n; n--, t++)
		t->args.n[0] = stranger;
}

/* A group of its own: whoever signals that reaches nobody else. */
static void start_stranger(void)
{
	int fds[2];
	char c;

	if (pipe2(fds, O_CLOEXEC))
		bail("pipe: %m");
	stranger = fork();
	if (!stranger) {
		setpgid(0, 0);
		if (write(fds[1], "", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	if (stranger < 0 || read(fds[0], &c, 1) != 1)
		bail("start a stranger: %m");
	close(fds[0]);
	close(fds[1]);
	name_stranger(ptrace_trials, ARRAY_SIZE(ptrace_trials));
	name_stranger(signal_trials, ARRAY_SIZE(signal_trials));
}

static void end_stranger(void)
{
	kill(stranger, SIGKILL);
	waitpid(stranger, NULL, 0);
}

const struct guard task_guards[2] = {
	{ GUARD("ptrace", ptrace_trials), start_stranger, end_stranger },
	{ GUARD("signal", signal_trials), start_stranger, end_stranger },
};
