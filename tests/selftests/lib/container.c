// SPDX-License-Identifier: GPL-2.0-only
/* A container, set up the way that runc does it, by a task inside its cgroup. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>
#include <linux/capability.h>
#include <linux/keyctl.h>

#include "container.h"
#include "host.h"
#include "netns.h"
#include "tap.h"

/* What Docker and Podman leave to root. */
#define ENGINE_CAPS	(CAP(CAP_CHOWN) | CAP(CAP_DAC_OVERRIDE) |	\
			 CAP(CAP_FSETID) | CAP(CAP_FOWNER) |		\
			 CAP(CAP_MKNOD) | CAP(CAP_NET_RAW) |		\
			 CAP(CAP_SETGID) | CAP(CAP_SETUID) |		\
			 CAP(CAP_SETFCAP) | CAP(CAP_SETPCAP) |		\
			 CAP(CAP_NET_BIND_SERVICE) |			\
			 CAP(CAP_SYS_CHROOT) | CAP(CAP_KILL) |		\
			 CAP(CAP_AUDIT_WRITE))

/* The task forks from the suite, and finds here what it has to set up. */
static const struct container_spec *spec;

static const char *const read_only[] = {
	"proc/bus", "proc/fs", "proc/irq", "proc/sys", "proc/sysrq-trigger", "sys",
};

static const char *const masked[] = {
	"proc/kcore", "proc/keys", "proc/timer_list",
};

static int hide(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(read_only); i++)
		if (mount(read_only[i], read_only[i], NULL, MS_BIND | MS_REC, NULL) ||
		    mount(NULL, read_only[i], NULL,
			  MS_BIND | MS_REMOUNT | MS_RDONLY, NULL))
			return errno;
	for (i = 0; i < ARRAY_SIZE(masked); i++)
		if (!access(masked[i], F_OK) &&
		    mount("dev/null", masked[i], NULL, MS_BIND, NULL))
			return errno;
	return 0;
}

static int make_devices(void)
{
	static const struct { const char *path; int major, minor; } nodes[] = {
		{ "dev/null", 1, 3 }, { "dev/zero", 1, 5 }, { "dev/urandom", 1, 9 },
	};
	unsigned int i;

	if (mount("tmpfs", "dev", "tmpfs", MS_NOSUID, "mode=755"))
		return errno;
	for (i = 0; i < ARRAY_SIZE(nodes); i++)
		if (mknod(nodes[i].path, S_IFCHR | 0666,
			  makedev(nodes[i].major, nodes[i].minor)))
			return errno;
	return 0;
}

/* A volume's place is a folder or a file, as its source is. */
static int bind_volume(const char *from, const char *to)
{
	struct stat st;
	int fd;

	if (stat(from, &st))
		return errno;
	if (S_ISDIR(st.st_mode)) {
		mkdir(to, 0755);
	} else {
		fd = open(to, O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
		close(fd);
	}
	return mount(from, to, NULL, MS_BIND | MS_REC, NULL) ? errno : 0;
}

static int bind_volumes(void)
{
	const char *const *v;
	int error = 0;

	for (v = spec->volumes; !error && *v; v += 2)
		error = bind_volume(v[0], v[1] + 1);
	return error;
}

static int make_root(void)
{
	int error;

	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount(CONTAINER_ROOT, CONTAINER_ROOT, NULL, MS_BIND, NULL) ||
	    chdir(CONTAINER_ROOT) ||
	    mount("proc", "proc", "proc", MS_NOSUID | MS_NODEV, NULL) ||
	    mount("sysfs", "sys", "sysfs", MS_NOSUID | MS_NODEV, NULL))
		return errno;
	error = make_devices();
	if (!error)
		error = bind_volumes();
	return error || spec->caps == ALL_CAPS ? error : hide();
}

static int drop_capabilities(void)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2] = { 0 };
	uint64_t keep = ENGINE_CAPS | spec->caps;
	unsigned int cap;

	if (spec->caps == ALL_CAPS)
		return 0;
	for (cap = 0; cap <= CAP_LAST_CAP; cap++)
		if (!(keep >> cap & 1) && prctl(PR_CAPBSET_DROP, cap))
			return errno;
	data[0].effective = data[0].permitted = keep;
	data[1].effective = data[1].permitted = keep >> 32;
	return syscall(SYS_capset, &head, data) ? errno : 0;
}

/* The first process of the container, still the runtime's. */
static int set_up(void)
{
	const struct args net = { .path2 = "" };
	int dir = -1, error;

	if (spec->netns) {
		struct args a = net;

		snprintf(a.path2, sizeof(a.path2), "%s", spec->netns);
		error = act_netns(&a);
		if (error)
			return error;
	}
	/* What CVE-2024-21626 was about: runc kept such a one open. */
	if (spec->workdir)
		dir = open(spec->workdir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	error = make_root();
	if (error)
		return error;
	if (syscall(SYS_pivot_root, ".", ".") || umount2(".", MNT_DETACH) ||
	    chdir("/") || sethostname("box", 3))
		return errno;
	syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL);
	if (dir >= 0 && (fchdir(dir) || close(dir)))
		return errno;
	return drop_capabilities();
}

/* Waits outside of the cgroup for its container to end, as conmon does. */
static void __attribute__((noreturn)) monitor(pid_t pid)
{
	write_file(CGROUPS "/cgroup.procs", "0");
	close_range(0, ~0U, 0);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	_exit(0);
}

/* Of the box's task: the container's first process serves on in its place. */
static int act_contain(const struct args *a)
{
	unsigned long flags = CLONE_NEWNS | CLONE_NEWUTS | SIGCHLD;
	pid_t pid;

	(void)a;
	if (!spec->host_pid)
		flags |= CLONE_NEWPID;
	if (!spec->host_net && !spec->netns)
		flags |= CLONE_NEWNET;
	if (!spec->host_ipc)
		flags |= CLONE_NEWIPC;
	if (!spec->host_cgroup)
		flags |= CLONE_NEWCGROUP;
	pid = syscall(SYS_clone, flags, NULL, NULL, NULL, NULL);
	if (pid < 0)
		return errno;
	if (pid)
		monitor(pid);
	return set_up();
}

void container_open(struct box *b, const char *cgroup,
		    const struct container_spec *s)
{
	static const char *const folders[] = {
		"proc", "sys", "dev", "tmp", "run", "etc", "mnt",
	};
	const struct args none = { 0 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(folders); i++)
		make_dir(CONTAINER_ROOT "/%s", folders[i]);
	copy_self(CONTAINER_ROOT "/helper");
	/* As coarse as a timer tick are change times: else it may count as drift. */
	sleep_ms(20);
	spec = s;
	box_open(b, cgroup);
	errno = box_become(b, act_contain, &none);
	if (errno)
		bail("set a container up in %s: %m", cgroup);
	errno = box_exec(b, "/helper");
	if (errno)
		bail("execute the entry point in %s: %m", cgroup);
}

void container_close(struct box *b)
{
	char out[256];

	box_close(b);
	RUN(out, "rm", "-rf", CONTAINER_ROOT);
}
