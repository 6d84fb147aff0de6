// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tasks on their way into a bound cgroup, and cgroups that are made below one.
 * Whoever comes in is confined once it executes, or it never came in.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <linux/sched.h>

#include "addr.h"
#include "inject.h"
#include "parts.h"
#include "tap.h"
#include "watch.h"

#define INSIDE	ROOM "/c-tasks"
#define NEWBORN	INSIDE "/newborn"
#define LATER	ROOM "/c-later"

static struct control_status was;
static uint64_t closed;		/* tasks confined at once for want of memory */

static void prepare(void)
{
	was = status_now();
	watch->left = MANY;
	watch->reported = 0;
}

static int move_to(const char *cgroup)
{
	char path[160];

	snprintf(path, sizeof(path), CGROUPS "/%s/cgroup.procs", cgroup);
	return write_file(path, "0");
}

static int move_in(void)
{
	return move_to(INSIDE);
}

/* Return: errno of the open, or of the execution. */
static int execute(void)
{
	execl(HELPER, HELPER, "read", SECRET, NULL);
	return errno;
}

/* Where the way in was refused, that; else what has to become of the act. */
static int outcome(pid_t pid)
{
	int status;

	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		bail("wait for a child: %m");
	if (watch->reported)
		return watch->reported;
	return refused(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}

/* The end of the faults, in a child that knows what it was told. */
static int end(int error)
{
	watch->left = fail_end();
	watch->reported = error;
	return error;
}

static int try_move(unsigned int n, unsigned int *left)
{
	pid_t pid = fork();
	int error;

	if (!pid) {
		fail_nth(n);
		_exit(end(move_in()) ? 0 : execute());
	}
	error = outcome(pid);
	*left = watch->left;
	return error;
}

/* Of a forming parent. */
static int try_fork(unsigned int n, unsigned int *left)
{
	pid_t pid = fork(), child;
	int error, status;

	if (!pid) {
		error = move_in();
		if (error)
			_exit(error);
		fail_nth(n);
		child = fork();
		if (!child)
			_exit(execute());
		if (end(child < 0 ? errno : 0))
			_exit(0);
		waitpid(child, &status, 0);
		_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
	}
	error = outcome(pid);
	*left = watch->left;
	return error;
}

static int try_clone(unsigned int n, unsigned int *left)
{
	int dir = open(CGROUPS "/" INSIDE, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct clone_args c = {
		.flags = CLONE_INTO_CGROUP, .exit_signal = SIGCHLD, .cgroup = dir,
	};
	int error = 0;
	pid_t pid;

	fail_nth(n);
	pid = syscall(SYS_clone3, &c, sizeof(c));
	if (!pid)
		_exit(execute());
	if (pid < 0)
		error = errno;
	*left = fail_end();
	close(dir);
	watch->reported = error;
	return error ? error : outcome(pid);
}

/* Without memory to note that it is forming, a task is confined at once. */
static bool never_loose(int error)
{
	struct control_status now = status_now();

	closed += now.closed - was.closed;
	return error != THROUGH && now.domains == was.domains && !now.forming &&
	       now.closed - was.closed <= 1;
}

/* Once faults are over, the act fails for the policy's sake and for no other. */
static bool held_in(int error)
{
	return error == watch->reported && never_loose(error);
}

static int make_cgroup(void)
{
	return mkdir(CGROUPS "/" NEWBORN, 0755) ? errno : 0;
}

static int try_mkdir(unsigned int n, unsigned int *left)
{
	return try_here(make_cgroup, n, left);
}

static bool holds(const char *cgroup)
{
	struct control_domain d;
	bool well;
	pid_t pid;

	well = !control_domain(cgroup_id(cgroup), &d) && d.policies == 1 &&
	       !strcmp(d.policy[0], POLICY);
	pid = fork();
	if (!pid)
		_exit(move_to(cgroup) ? THROUGH : execute());
	return !outcome(pid) && well;
}

bool newborn_is_bound(void)
{
	bool well;

	cgroup_make(LATER);
	well = holds(LATER);
	cgroup_remove(LATER);
	return well;
}

static bool born_bound(int error)
{
	struct stat st;
	bool well;

	if (error)
		return stat(CGROUPS "/" NEWBORN, &st) && errno == ENOENT;
	well = holds(NEWBORN);
	cgroup_remove(NEWBORN);
	return well && status_now().closed == was.closed;
}

/* What a runtime does on its way, then the entry point. */
static int start_container(void)
{
	if (unshare(CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWCGROUP) ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("tmpfs", "/mnt", "tmpfs", 0, NULL) || sethostname("box", 3))
		return errno;
	return execute();
}

static int try_start(unsigned int n, unsigned int *left)
{
	return refused(try_in_child(move_in, start_container, n, left));
}

/* With a header by hand: nothing but the packet is judged. */
static int act_packet(const struct args *a)
{
	const struct sockaddr_storage to = addr("127.0.0.1", 0);
	const struct udphdr udp = {
		.dest = htons(FORBIDDEN_PORT), .len = htons(sizeof(udp)),
	};
	int fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_UDP);

	(void)a;
	return fd < 0 || sendto(fd, &udp, sizeof(udp), 0, (const void *)&to,
				addr_len(&to)) < 0 ? errno : 0;
}

/* Return: errno of whatever kept the packet from being sent. */
static int send_confined(void)
{
	struct ifreq lo = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), error;
	char function[32];

	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &lo))
		return errno;
	error = move_in();
	if (error)
		return error;
	snprintf(function, sizeof(function), "%lx", (unsigned long)act_packet);
	execl(HELPER, HELPER, "call", function, "0", NULL);
	return errno;
}

static int try_network(unsigned int n, unsigned int *left)
{
	pid_t pid = fork();
	int error;

	if (!pid) {
		fail_nth(n);
		_exit(end(unshare(CLONE_NEWNET) ? errno : 0) ? 0 : send_confined());
	}
	error = outcome(pid);
	*left = watch->left;
	return error;
}

/* Where there is a namespace, its packets are judged. */
static bool network_watched(int error)
{
	return error == watch->reported && same_but_generation(&was);
}

void task_ordeals(void)
{
	static const struct ordeal ordeals[TASK_POINTS - 1] = {
		{ "move a task into a bound cgroup", prepare, try_move, held_in,
		  .ours = &closed },
		{ "clone a task into one", prepare, try_clone, held_in, .first = 20, .last = 80,
		  .ours = &closed },
		{ "fork in one before it executes", prepare, try_fork, held_in,
		  .first = 20, .last = 80, .ours = &closed },
		{ "start a container", prepare, try_start, never_loose, .first = 20, .last = 80 },
		/* Two of its thousand are ours, one behind the other, and nobody knows where. */
		{ "make a network namespace", prepare, try_network, network_watched,
		  .last = 2, .stride = 2 },
	};
	static const struct ordeal born = {
		"make a cgroup below a bound one", prepare, try_mkdir, born_bound,
	};
	unsigned int i;

	cgroup_make(INSIDE);
	ordeal(&born);
	for (i = 0; i < ARRAY_SIZE(ordeals); i++)
		ordeal(&ordeals[i]);
	diag("confined before they executed, for want of memory: %llu",
	     (unsigned long long)closed);
	cgroup_remove(INSIDE);
}
