// SPDX-License-Identifier: GPL-2.0-only
/* A cgroup and a task in it that does acts when told to. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>
#include <linux/sched.h>

#include "box.h"
#include "control.h"
#include "host.h"
#include "tap.h"

/* An act that hangs is over after this; the suite waits a little longer. */
#define ACT_SECONDS	20

/* errnos fit an exit status beside the 128 + signal of a shell. */
_Static_assert(EHWPOISON < 254, "an errno has to fit an exit status");

struct order {
	act_fn act;
	bool in_place;
	bool with_fd;
	bool exec;
	struct args args;
};

struct answer {
	int error;
	pid_t pid;
};

static void cgroup_path(char *path, size_t size, const char *name,
			const char *file)
{
	snprintf(path, size, CGROUPS "/%s%s%s", name, *file ? "/" : "", file);
}

uint64_t cgroup_id(const char *name)
{
	char path[256];
	struct stat st;

	cgroup_path(path, sizeof(path), name, "");
	if (stat(path, &st))
		bail("stat %s: %m", path);
	return st.st_ino;
}

uint64_t cgroup_make(const char *name)
{
	char path[256];

	cgroup_path(path, sizeof(path), name, "");
	if (mkdir(path, 0755) && errno != EEXIST)
		bail("mkdir %s: %m", path);
	return cgroup_id(name);
}

/* The last task's way out of a cgroup ends a moment after its parent knows. */
void cgroup_remove(const char *name)
{
	char path[256];
	unsigned int tries;

	cgroup_path(path, sizeof(path), name, "");
	for (tries = 0; rmdir(path); tries++) {
		if (errno != EBUSY || tries == 200 * slowness())
			bail("rmdir %s: %m", path);
		sleep_ms(10);
	}
}

int forked(act_fn act, const struct args *args, pid_t *pid)
{
	pid_t child = fork();
	int status;

	if (!child) {
		alarm(ACT_SECONDS * slowness());
		_exit(act(args));
	}
	if (pid)
		*pid = child;
	if (child < 0)
		return errno;
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static act_fn enter_act;
static struct args enter_args;
static act_fn entered_act;

void outside_enters(act_fn enter, const struct args *args)
{
	enter_act = enter;
	if (enter)
		enter_args = *args;
}

static int enter_and_act(const struct args *args)
{
	int error = enter_act(&enter_args);

	return error ? error : entered_act(args);
}

int outside_do(act_fn act, const struct args *args)
{
	entered_act = act;
	return forked(enter_act ? enter_and_act : act, args, NULL);
}

static int send_order(int sock, const struct order *o, int fd)
{
	char room[CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec iov = { (void *)o, sizeof(*o) };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *c;

	if (fd >= 0) {
		m.msg_control = room;
		m.msg_controllen = sizeof(room);
		c = CMSG_FIRSTHDR(&m);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	}
	return sendmsg(sock, &m, MSG_NOSIGNAL) < 0 ? errno : 0;
}

/* A file that the policy keeps from us does not arrive: fd is -1 then. */
static bool receive_order(int sock, struct order *o)
{
	char room[CMSG_SPACE(sizeof(int))];
	struct iovec iov = { o, sizeof(*o) };
	struct msghdr m = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = room, .msg_controllen = sizeof(room),
	};
	struct cmsghdr *c;

	if (recvmsg(sock, &m, MSG_CMSG_CLOEXEC) != sizeof(*o))
		return false;
	o->args.fd = -1;
	c = CMSG_FIRSTHDR(&m);
	if (c && c->cmsg_type == SCM_RIGHTS && c->cmsg_len >= CMSG_LEN(sizeof(int)))
		memcpy(&o->args.fd, CMSG_DATA(c), sizeof(int));
	return true;
}

static int exec_serve(int sock, const char *program)
{
	char number[16];

	snprintf(number, sizeof(number), "%d", sock);
	execl(program, program, "serve", number, NULL);
	return errno;
}

int box_serve(int sock)
{
	struct answer answer;
	struct order o;

	/* Whoever has just executed us waits for this. */
	answer = (struct answer){ .pid = getpid() };
	while (send(sock, &answer, sizeof(answer), MSG_NOSIGNAL) > 0 &&
	       receive_order(sock, &o)) {
		answer = (struct answer){ .pid = getpid() };
		if (o.exec)
			answer.error = exec_serve(sock, o.args.path);
		else if (o.in_place)
			answer.error = o.act(&o.args);
		else
			answer.error = forked(o.act, &o.args, &answer.pid);
		if (o.args.fd >= 0)
			close(o.args.fd);
	}
	return 0;
}

static struct answer read_answer(struct box *b)
{
	struct answer answer;
	ssize_t n = recv(b->fd, &answer, sizeof(answer), 0);

	if (n != sizeof(answer))
		bail("the task in %s is gone: %zd, %m", b->cgroup, n);
	return answer;
}

static int order(struct box *b, const struct order *o, int fd, pid_t *pid)
{
	struct answer answer;

	errno = send_order(b->fd, o, fd);
	if (errno)
		bail("tell the task in %s: %m", b->cgroup);
	answer = read_answer(b);
	if (pid)
		*pid = answer.pid;
	return answer.error;
}

int box_do_fd(struct box *b, act_fn act, const struct args *args, int fd,
	      pid_t *pid)
{
	struct order o = { .act = act, .args = *args, .with_fd = fd >= 0 };

	return order(b, &o, fd, pid);
}

int box_do(struct box *b, act_fn act, const struct args *args, pid_t *pid)
{
	return box_do_fd(b, act, args, -1, pid);
}

int box_become(struct box *b, act_fn act, const struct args *args)
{
	struct order o = { .act = act, .args = *args, .in_place = true };

	return order(b, &o, -1, NULL);
}

int box_exec(struct box *b, const char *program)
{
	struct order o = { .exec = true };

	snprintf(o.args.path, sizeof(o.args.path), "%s", program);
	return order(b, &o, -1, NULL);
}

/* The task serves on the lowest number there is, and holds nothing else. */
static void __attribute__((noreturn)) task(int sock)
{
	if (sock != 3)
		dup2(sock, 3);
	close_range(4, ~0U, 0);
	_exit(box_serve(3));
}

static pid_t clone_into(int cgroup)
{
	struct clone_args c = {
		.flags = cgroup < 0 ? 0 : CLONE_INTO_CGROUP,
		.exit_signal = SIGCHLD,
		.cgroup = cgroup < 0 ? 0 : cgroup,
	};

	return syscall(SYS_clone3, &c, sizeof(c));
}

static void start(struct box *b, const char *cgroup, bool cloned)
{
	struct timeval patience = { .tv_sec = ACT_SECONDS * slowness() + 10 };
	int socks[2], dir = -1;

	memset(b, 0, sizeof(*b));
	if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, socks))
		bail("socketpair: %m");
	if (cgroup) {
		b->id = cgroup_make(cgroup);
		snprintf(b->cgroup, sizeof(b->cgroup), "%s", cgroup);
	}
	if (cloned) {
		char path[256];

		cgroup_path(path, sizeof(path), cgroup, "");
		dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	}
	b->pid = clone_into(dir);
	if (!b->pid)
		task(socks[1]);
	if (b->pid < 0)
		bail("start a task in %s: %m", b->cgroup);
	close(socks[1]);
	if (dir >= 0)
		close(dir);
	fcntl(socks[0], F_SETFD, FD_CLOEXEC);
	setsockopt(socks[0], SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	b->fd = socks[0];
	read_answer(b);
}

void box_open(struct box *b, const char *cgroup)
{
	char path[256], pid[16];

	start(b, cgroup, false);
	if (!cgroup)
		return;
	cgroup_path(path, sizeof(path), cgroup, "cgroup.procs");
	snprintf(pid, sizeof(pid), "%d", b->pid);
	errno = write_file(path, pid);
	if (errno)
		bail("move a task into %s: %m", path);
}

void box_open_cloned(struct box *b, const char *cgroup)
{
	start(b, cgroup, true);
}

void box_confine(struct box *b, const char *policy)
{
	errno = control_bind(b->id, policy);
	if (errno)
		bail("bind %s to %s: %m", b->cgroup, policy);
}

void box_close(struct box *b)
{
	close(b->fd);
	if (waitpid(b->pid, NULL, 0) != b->pid)
		bail("wait for the task in %s: %m", b->cgroup);
	if (*b->cgroup)
		cgroup_remove(b->cgroup);
}
