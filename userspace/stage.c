// SPDX-License-Identifier: GPL-2.0-only
/* The two tasks of the doctor, and the things that they lay hands on. */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/keyctl.h>
#include <linux/mount.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "stage.h"

#ifndef OPEN_TREE_CLONE
#define OPEN_TREE_CLONE 1
#endif

/* Of one act, and of the answer; a VM without KVM is slow. */
#define ACT_SECONDS 10
#define ANSWER_SECONDS 20

/* A word on how the setting up went; @what is the child's, same address in both. */
struct report {
	int error;
	const char *what;
	pid_t pid;
};

static const char *const files[] = {
	"open", "receive", "append", "map", "protect", "unlink", "rename", "linked",
	"truncate", "ftruncate", "chmod", "chown", "execute",
	"times", "xattr", "no-xattr", "acl", "no-acl", "flags", "setattr",
};

static const char *const folders[] = { "rmdir", "mount", "umount", "moved" };

static int make_file(int dir, const char *name)
{
	int fd cleanup_close = openat(dir, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0700);

	/* Neither a program nor a script. */
	return fd < 0 || write(fd, "doctor\n", 7) != 7 ? -errno : 0;
}

static int make_files(void)
{
	int dir cleanup_close = -1;
	size_t i;
	int err;

	if (mkdir(DOCTOR_DIR, 0700))
		return -errno;
	dir = open(DOCTOR_DIR, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return -errno;
	for (i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		if (mkdirat(dir, folders[i], 0700))
			return -errno;
	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		err = make_file(dir, files[i]);
		if (err)
			return err;
	}
	return 0;
}

/* They stay open until the end. */
static int make_socket(int type, const char *path)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

	snprintf(at.sun_path, sizeof(at.sun_path), "%s", path);
	if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof(at)))
		return -errno;
	return type == SOCK_STREAM && listen(fd, 1) ? -errno : 0;
}

static int make_objects(void)
{
	int err = make_files();

	if (!err)
		err = make_socket(SOCK_STREAM, DOCTOR_STREAM);
	if (!err)
		err = make_socket(SOCK_DGRAM, DOCTOR_DATAGRAM);
	if (err)
		return err;
	/* Not all can have it. */
	setxattr(DOCTOR_DIR "/no-xattr", DOCTOR_XATTR, "x", 1, 0);
	/* A keyring that both find; hosts without keys find none in either. */
	syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL);
	return mount("bulkhead", DOCTOR_DIR "/umount", "tmpfs", 0, NULL) ? -errno : 0;
}

/* Nothing of this is seen by anybody else, and it ends with the two tasks. */
static int make_mounts(void)
{
	if (unshare(CLONE_NEWNS) || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("bulkhead", DOCTOR_MOUNT, "tmpfs", 0, "mode=700"))
		return -errno;
	return make_objects();
}

static int open_tun(void)
{
	struct ifreq ifr = { .ifr_name = DOCTOR_TUN, .ifr_flags = DOCTOR_TUN_FLAGS };
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);

	return fd >= 0 && ioctl(fd, TUNSETIFF, &ifr) ? -1 : fd;
}

/* Its first queue is the device's life; hosts without tun have none to try. */
static int make_tun(void)
{
	struct ifreq ifr = { .ifr_flags = IFF_DETACH_QUEUE };
	int fd;

	if (access(TUN_CLASS, F_OK) || open_tun() < 0)
		return -1;
	fd = open_tun();
	return fd >= 0 && ioctl(fd, TUNSETQUEUE, &ifr) ? -1 : fd;
}

static int make_network(struct scene *s)
{
	struct ifreq ifr = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };
	int fd cleanup_close = -1;

	s->host_raw = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);
	if (s->host_raw < 0 || unshare(CLONE_NEWNET))
		return -errno;
	s->tun = make_tun();
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	return fd < 0 || ioctl(fd, SIOCSIFFLAGS, &ifr) ? -errno : 0;
}

static int open_file(const char *name, int flags)
{
	return open(name, flags | O_CLOEXEC);
}

/* What has to be open before the one task is confined. */
static int open_files(struct scene *s)
{
	s->append = open_file(DOCTOR_DIR "/append", O_WRONLY | O_APPEND);
	s->ftruncate = open_file(DOCTOR_DIR "/ftruncate", O_WRONLY);
	s->map = open_file(DOCTOR_DIR "/map", O_RDONLY);
	s->protect = open_file(DOCTOR_DIR "/protect", O_RDONLY);
	if (s->append < 0 || s->ftruncate < 0 || s->map < 0 || s->protect < 0)
		return -errno;
	s->detached = syscall(SYS_open_tree, AT_FDCWD, DOCTOR_DIR,
			      OPEN_TREE_CLONE | O_CLOEXEC);
	return s->detached < 0 ? -errno : 0;
}

static int open_cgroup(struct scene *s, const struct cgroup *cg)
{
	s->cgroup = open_file(cg->dir, O_RDONLY | O_DIRECTORY);
	if (s->cgroup < 0)
		return -errno;
	s->freezer = openat(s->cgroup, "cgroup.freeze", O_WRONLY | O_CLOEXEC);
	return s->freezer < 0 ? -errno : 0;
}

/* A descriptor of a file that the confined task may not read, on its way. */
static int post(int *mail)
{
	int fd cleanup_close = open_file(DOCTOR_DIR "/receive", O_RDONLY);
	char room[CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec iov = { (void *)"", 1 };
	struct msghdr m = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = room, .msg_controllen = sizeof(room),
	};
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);
	int pair[2];

	if (fd < 0 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
		return -errno;
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	/* The sending end stays open, or there would be an end of file to read. */
	if (sendmsg(pair[0], &m, 0) != 1)
		return -errno;
	*mail = pair[1];
	return 0;
}

/* What is used up by trying; a task's own. */
static int make_own(struct scene *s)
{
	s->context = syscall(SYS_fspick, AT_FDCWD, DOCTOR_MOUNT, FSPICK_CLOEXEC);
	return s->context < 0 ? -errno : post(&s->mail);
}

static int do_attempt(const struct attempt *a, const struct scene *s, const struct cgroup *enter)
{
	pid_t pid = fork();
	int status, err;

	if (!pid) {
		alarm(ACT_SECONDS);
		err = enter ? -cgroup_enter(enter) : 0;
		_exit(err ? err : a->run(s));
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
}

/* What the doctor asks for; the address is good in all three processes. */
struct order {
	const struct attempt *attempt;
	bool enter;
};

static void __attribute__((noreturn))
serve(int sock, const struct scene *s, const struct cgroup *cg)
{
	struct order o;
	int error;

	while (recv(sock, &o, sizeof(o), 0) == sizeof(o)) {
		error = do_attempt(o.attempt, s, o.enter ? cg : NULL);
		if (send(sock, &error, sizeof(error), MSG_NOSIGNAL) != sizeof(error))
			break;
	}
	_exit(0);
}

/* Signals of the terminal are the doctor's affair. */
static void belong_to(pid_t parent)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	signal(SIGINT, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
}

static int prepare(struct scene *s, const struct cgroup *cg, const char **what)
{
	int err;

	*what = "a mount namespace";
	err = make_mounts();
	if (err)
		return err;
	*what = "a network namespace";
	err = make_network(s);
	if (err)
		return err;
	*what = "files in " DOCTOR_DIR;
	err = open_files(s);
	if (err)
		return err;
	*what = "the throwaway cgroup";
	return open_cgroup(s, cg);
}

static void tell(int sock, int err, const char *what)
{
	struct report r = { err, what, getpid() };

	if (send(sock, &r, sizeof(r), MSG_NOSIGNAL) != sizeof(r) || err)
		_exit(1);
}

static void __attribute__((noreturn))
confined(int sock, struct scene *s, const struct cgroup *cg)
{
	int err;

	belong_to(s->outsider);
	err = make_own(s);
	if (!err)
		err = cgroup_enter(cg);
	tell(sock, err, "a task in the throwaway cgroup");
	serve(sock, s, NULL);
}

static void __attribute__((noreturn))
keeper(pid_t doctor, int outside, int inside, const struct cgroup *cg)
{
	struct scene s = { .outsider = getpid() };
	const char *what = "";
	int err;

	belong_to(doctor);
	err = prepare(&s, cg, &what);
	if (!err)
		err = make_own(&s);
	tell(outside, err, what);
	switch (fork()) {
	case 0:
		close(outside);
		confined(inside, &s, cg);
	case -1:
		tell(inside, -errno, "a process");
	}
	close(inside);
	serve(outside, &s, cg);
}

static int heard(int sock, pid_t *pid, const char **what)
{
	struct report r;

	if (recv(sock, &r, sizeof(r), 0) != sizeof(r)) {
		*what = "the tasks to try it by";
		return -ECONNRESET;
	}
	if (r.error)
		*what = r.what;
	*pid = r.pid;
	return r.error;
}

/* Ours has patience, but not without end. */
static int make_pair(int pair[2])
{
	struct timeval patience = { .tv_sec = ANSWER_SECONDS };

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		return -errno;
	setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	return 0;
}

int stage_open(struct stage *st, const struct cgroup *cg, const char **what)
{
	int outside[2], inside[2], err;
	pid_t self = getpid();

	*what = "sockets";
	err = make_pair(outside);
	if (err)
		return err;
	err = make_pair(inside);
	if (err) {
		close(outside[0]);
		close(outside[1]);
		return err;
	}
	st->keeper = fork();
	if (!st->keeper) {
		close(outside[0]);
		close(inside[0]);
		keeper(self, outside[1], inside[1], cg);
	}
	close(outside[1]);
	close(inside[1]);
	st->outside = outside[0];
	st->inside = inside[0];
	*what = "a process";
	if (st->keeper < 0)
		return -errno;
	err = heard(st->outside, &st->keeper, what);
	return err ? err : heard(st->inside, &st->confined, what);
}

void stage_close(struct stage *st)
{
	if (st->outside >= 0)
		close(st->outside);
	if (st->inside >= 0)
		close(st->inside);
	if (st->keeper > 0) {
		kill(st->keeper, SIGKILL);
		waitpid(st->keeper, NULL, 0);
	}
	*st = STAGE_CLOSED;
}

int stage_try(struct stage *st, const struct attempt *a, bool confined, int *error)
{
	const struct order o = { a, confined && a->enters };
	int sock = confined && !a->enters ? st->inside : st->outside;
	ssize_t n;

	if (send(sock, &o, sizeof(o), MSG_NOSIGNAL) != sizeof(o))
		return -ECONNRESET;
	n = recv(sock, error, sizeof(*error), 0);
	if (n == sizeof(*error))
		return 0;
	return n < 0 && errno == EAGAIN ? -ETIMEDOUT : n < 0 && errno == EINTR ? -EINTR : -ECONNRESET;
}
