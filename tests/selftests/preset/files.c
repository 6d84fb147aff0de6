// SPDX-License-Identifier: GPL-2.0-only
/*
 * Presets that guard files: cgroup-escape, core-pattern, release-agent, sysrq,
 * proc-kernel, sys-firmware, raw-disk. By whatever mount, descriptor or call.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/fanotify.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>
#include <linux/btrfs.h>
#include <linux/openat2.h>
#include <linux/sched.h>

#include "preset.h"
#include "tap.h"
#include "volumes.h"

#define PROC		TOP "/proc"	/* the same proc by another mount */
#define V1		TOP "/v1"
#define FREE		CGROUPS "/bh-free"
#define BINFMT		TOP "/binfmt"
#define DEBUG		TOP "/debug"
#define BPF		TOP "/bpf"
#define CONFIG		TOP "/config"
#define CRASHES		TOP "/pstore"
#define NODE		TOP "/node"
#define KEPT_NODE	TOP "/kept-node"
#define MAPPER		TOP "/mapper"
#define KEYBOARD	TOP "/keyboard"
#define KEYS		TOP "/keys"	/* an event device that nobody plugged in */
#define UHID		TOP "/uhid"
#define PORT		TOP "/port"
#define KMEM		TOP "/kmem"
#define REGISTERS	TOP "/msr"
#define SCSI		TOP "/sg"

/* The receiver's event: that is the box's task, which the act forks from. */
#define HANDED_DENIED(a, p)	.error = EBADF, .want = {		\
	.act = BULKHEAD_ACT_##a, .reason = BULKHEAD_REASON_PRESET,	\
	.rule = "preset " p, .path = ANY_PATH, .pid = ANY_PID }

#define READ		{ O_RDONLY }
#define WRITE		{ O_WRONLY }
#define READ_WRITE	{ O_RDWR }

static int act_openat2(const struct args *a)
{
	struct open_how how = { .flags = a->n[0] };

	return errno_of(syscall(SYS_openat2, AT_FDCWD, a->path, &how, sizeof(how)));
}

/* First a descriptor that opens nothing, then the file by it. */
static int act_reopen(const struct args *a)
{
	int fd = open(a->path, O_PATH);
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return fd < 0 ? errno : errno_of(open(path, a->n[0]));
}

/* By a descriptor of its folder. */
static int act_openat(const struct args *a)
{
	int dir = open(a->path, O_PATH | O_DIRECTORY);

	return dir < 0 ? errno : errno_of(openat(dir, a->path2, a->n[0]));
}

static int act_write(const struct args *a)
{
	return write_file(a->path, a->path2);
}

static int act_truncate(const struct args *a)
{
	return errno_of(truncate(a->path, 0));
}

static int act_chmod(const struct args *a)
{
	struct stat st;

	return stat(a->path, &st) ? errno : errno_of(chmod(a->path, st.st_mode & 07777));
}

static int act_chown(const struct args *a)
{
	return errno_of(chown(a->path, 0, 0));
}

static int kept = -1;

/* Of the box itself, before it is confined. */
static int act_keep(const struct args *a)
{
	kept = open(a->path, O_WRONLY | O_CLOEXEC);
	return errno_of(kept);
}

static int act_write_kept(const struct args *a)
{
	return errno_of(write(kept, a->path2, strlen(a->path2)));
}

/* What somebody outside opened: it doesn't come. */
static int act_write_handed(const struct args *a)
{
	return errno_of(write(a->fd, a->path2, strlen(a->path2)));
}

static int act_mkdir(const struct args *a)
{
	return errno_of(mkdir(a->path, 0755));
}

static int act_rmdir(const struct args *a)
{
	return errno_of(rmdir(a->path));
}

static int act_rename(const struct args *a)
{
	return errno_of(rename(a->path, a->path2));
}

static int act_clone_into(const struct args *a)
{
	int dir = open(a->path, O_PATH | O_DIRECTORY);
	struct clone_args c = {
		.flags = CLONE_INTO_CGROUP, .exit_signal = SIGCHLD, .cgroup = dir,
	};
	pid_t pid = dir < 0 ? -1 : syscall(SYS_clone3, &c, sizeof(c));

	if (!pid)
		_exit(0);
	return pid < 0 || waitpid(pid, NULL, 0) != pid ? errno : 0;
}

/* path2: the attribute */
static int act_xattr(const struct args *a)
{
	return errno_of(setxattr(a->path, a->path2, "x", 1, 0));
}

static int act_fxattr(const struct args *a)
{
	int fd = open(a->path, O_RDONLY);

	return fd < 0 ? errno : errno_of(fsetxattr(fd, a->path2, "x", 1, 0));
}

static int act_no_xattr(const struct args *a)
{
	return errno_of(removexattr(a->path, a->path2));
}

static void xattr_there(const struct args *a)
{
	if (setxattr(a->path, a->path2, "x", 1, 0))
		bail("setxattr %s: %m", a->path);
}

static int act_touch(const struct args *a)
{
	return errno_of(utimensat(AT_FDCWD, a->path, NULL, 0));
}

static void folder_there(const struct args *a)
{
	mkdir(a->path, 0755);
}

static void folder_gone(const struct args *a)
{
	rmdir(a->path);
}

static void folder_renamed(const struct args *a)
{
	rename(a->path2, a->path);
}

static int open_procs(void)
{
	return open(FREE "/cgroup.procs", O_WRONLY | O_CLOEXEC);
}

#define CGROUP_DENIED	DENIED(EACCES, CGROUP, "cgroup-escape")

static struct trial cgroup_trials[] = {
	{ "cgroup.procs", act_write, { FREE "/cgroup.procs", "0" }, CGROUP_DENIED },
	{ "cgroup.threads", act_open, { FREE "/cgroup.threads", "", WRITE },
	  CGROUP_DENIED },
	{ "cgroup.kill", act_open, { FREE "/cgroup.kill", "", WRITE }, CGROUP_DENIED },
	{ "cgroup.freeze", act_write, { FREE "/cgroup.freeze", "0" }, CGROUP_DENIED },
	{ "cgroup.subtree_control", act_open,
	  { CGROUPS "/cgroup.subtree_control", "", READ_WRITE }, CGROUP_DENIED },
	{ "cgroup.procs by openat2", act_openat2,
	  { FREE "/cgroup.procs", "", WRITE }, CGROUP_DENIED },
	{ "cgroup.procs by its folder", act_openat,
	  { FREE, "cgroup.procs", WRITE }, CGROUP_DENIED },
	{ "cgroup.procs by /proc/self/fd", act_reopen,
	  { FREE "/cgroup.procs", "", WRITE }, CGROUP_DENIED },
	{ "cgroup.procs that was opened before", act_write_kept, { "", "0" },
	  CGROUP_DENIED },
	{ "cgroup.procs by a descriptor from outside", act_write_handed, { "", "0" },
	  HANDED_DENIED(CGROUP, "cgroup-escape"), .hand = open_procs },
	{ "mkdir", act_mkdir, { FREE "/new" }, CGROUP_DENIED, .again = folder_gone },
	{ "rmdir", act_rmdir, { FREE "/new" }, CGROUP_DENIED, .again = folder_there },
	{ "chown of cgroup.procs", act_chown, { FREE "/cgroup.procs" },
	  CGROUP_DENIED },
	{ "chmod of cgroup.procs", act_chmod, { FREE "/cgroup.procs" },
	  CGROUP_DENIED },
	{ "an xattr of a cgroup", act_xattr, { FREE, "user.bh" }, CGROUP_DENIED },
	{ "a trusted xattr of a cgroup", act_xattr, { FREE, "trusted.delegate" },
	  CGROUP_DENIED },
	{ "an xattr of cgroup.procs by descriptor", act_fxattr,
	  { FREE "/cgroup.procs", "user.bh" }, CGROUP_DENIED },
	{ "remove an xattr of a cgroup", act_no_xattr, { FREE, "user.bh" },
	  CGROUP_DENIED, .again = xattr_there },
	{ "times of a cgroup", act_touch, { FREE }, CGROUP_DENIED },
	{ "clone3 into a cgroup", act_clone_into, { FREE }, CGROUP_DENIED },
};

static void make_free(void)
{
	cgroup_make("bh-free");
}

static void remove_free(void)
{
	rmdir(FREE "/new");
	cgroup_remove("bh-free");
}

#define CORE_DENIED	DENIED(EACCES, OPEN, "core-pattern")
#define CORE(file)	"/proc/sys/kernel/" file

static struct trial core_trials[] = {
	{ "core_pattern", act_open, { CORE("core_pattern"), "", WRITE }, CORE_DENIED },
	{ "core_pattern to read and write", act_open,
	  { CORE("core_pattern"), "", READ_WRITE }, CORE_DENIED },
	{ "core_pattern by another mount", act_open,
	  { PROC "/sys/kernel/core_pattern", "", WRITE }, CORE_DENIED },
	{ "core_pattern by openat2", act_openat2, { CORE("core_pattern"), "", WRITE },
	  CORE_DENIED },
	{ "core_pattern by its folder", act_openat,
	  { CORE(""), "core_pattern", WRITE }, CORE_DENIED },
	{ "core_pattern by /proc/self/fd", act_reopen,
	  { CORE("core_pattern"), "", WRITE }, CORE_DENIED },
	{ "core_pattern truncated", act_truncate, { CORE("core_pattern") },
	  DENIED(EACCES, TRUNCATE, "core-pattern") },
	{ "core_pipe_limit", act_write, { CORE("core_pipe_limit"), "0" }, CORE_DENIED },
	{ "core_uses_pid", act_write, { CORE("core_uses_pid"), "0" }, CORE_DENIED },
};

static void mount_proc(void)
{
	mount_at("proc", PROC, "proc", 0, NULL);
}

static void umount_proc(void)
{
	umount2(PROC, MNT_DETACH);
}

static int open_agent(void)
{
	return open(V1 "/release_agent", O_WRONLY | O_CLOEXEC);
}

#define AGENT_DENIED	DENIED(EACCES, OPEN, "release-agent")

static struct trial agent_trials[] = {
	{ "release_agent", act_write, { V1 "/release_agent", "\n" }, AGENT_DENIED },
	{ "release_agent by /proc/self/fd", act_reopen,
	  { V1 "/release_agent", "", WRITE }, AGENT_DENIED },
	{ "notify_on_release", act_write, { V1 "/notify_on_release", "0" },
	  AGENT_DENIED },
	{ "notify_on_release of a group", act_write, { V1 "/x/notify_on_release", "0" },
	  AGENT_DENIED },
	{ "release_agent that was opened before", act_write_kept, { "", "\n" },
	  DENIED(EACCES, CGROUP, "release-agent") },
	{ "release_agent by a descriptor from outside", act_write_handed, { "", "\n" },
	  HANDED_DENIED(RECEIVE, "release-agent"), .hand = open_agent },
};

static void mount_v1(void)
{
	mount_at("cgroup", V1, "cgroup", 0, "none,name=bh-preset");
	make_dir(V1 "/x");
}

static void umount_v1(void)
{
	rmdir(V1 "/x");
	umount2(V1, MNT_DETACH);
}

/* n[0]: type; n[1], n[2]: number */
static int act_mknod(const struct args *a)
{
	return errno_of(mknod(a->path, a->n[0] | 0600, makedev(a->n[1], a->n[2])));
}

static int act_mknodat(const struct args *a)
{
	int dir = open(TOP, O_PATH | O_DIRECTORY);

	return errno_of(mknodat(dir, "node", a->n[0] | 0600,
				makedev(a->n[1], a->n[2])));
}

static void node_gone(const struct args *a)
{
	unlink(a->path);
}

#define SYSRQ_DENIED	DENIED(EACCES, OPEN, "sysrq")

static struct trial sysrq_trials[] = {
	{ "sysrq-trigger", act_open, { "/proc/sysrq-trigger", "", WRITE },
	  SYSRQ_DENIED },
	{ "sysrq-trigger by another mount", act_open,
	  { PROC "/sysrq-trigger", "", WRITE }, SYSRQ_DENIED },
	{ "kernel.sysrq", act_open, { "/proc/sys/kernel/sysrq", "", WRITE },
	  SYSRQ_DENIED },
	{ "mknod of uinput", act_mknod, { NODE, "", { S_IFCHR, 10, 223 } },
	  DENIED(EACCES, MKNOD, "sysrq"), .again = node_gone },
	{ "mknod of uhid", act_mknod, { NODE, "", { S_IFCHR, 10, 239 } },
	  DENIED(EACCES, MKNOD, "sysrq"), .again = node_gone },
	{ "a keyboard by uhid", act_open, { UHID, "", READ_WRITE }, SYSRQ_DENIED },
	{ "a keyboard of one's own making", act_open, { KEYBOARD, "", WRITE },
	  SYSRQ_DENIED, ENODEV },
	{ "type by a real one", act_open, { KEYS, "", WRITE }, SYSRQ_DENIED, ENXIO },
	{ "listen to a real one", act_open, { KEYS, "", READ }, ENXIO,
	  .outside = ENXIO },
};

/* The kernel asks for each key whether it may be seen. */
static int act_read_keys(const struct args *a)
{
	int fd = open(a->path, O_RDONLY);
	char text[64];
	ssize_t n = fd < 0 ? fd : read(fd, text, sizeof(text));

	return n ? errno_of(n) : ENODATA;
}

/*
 * A sysctl of the host's, found before the task went into a namespace of its
 * own: n[0]. From there the path looks like one's own.
 */
static int act_carry(const struct args *a)
{
	int fd = open(a->path, O_PATH);
	char path[64];

	if (fd < 0 || unshare(a->n[0]))
		return errno;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return errno_of(open(path, O_WRONLY));
}

/* In a pid namespace of its own. What this kernel doesn't have is no harm. */
static int act_open_in_pidns(const struct args *a)
{
	if (access(a->path, F_OK))
		return 0;
	return unshare(CLONE_NEWPID) ? errno : forked(act_open, a, NULL);
}

static int act_syslog(const struct args *a)
{
	static char text[4096];

	return errno_of(syscall(SYS_syslog, (int)a->n[0], text, sizeof(text)));
}

#define PROC_DENIED	DENIED(EACCES, OPEN, "proc-kernel")
#define PROC_READ(f)	{ "read " f, act_open, { f, "", READ }, PROC_DENIED }
#define PROC_WRITE(f)	{ "write " f, act_open, { f, "", WRITE }, PROC_DENIED }
#define SYSLOG_DENIED(e) .error = e, .want = {				\
	.act = BULKHEAD_ACT_SYSLOG, .reason = BULKHEAD_REASON_PRESET,	\
	.rule = "preset proc-kernel" }

static struct trial proc_trials[] = {
	PROC_READ("/proc/kcore"), PROC_READ("/proc/kallsyms"),
	{ "read what /proc/keys says", act_read_keys, { "/proc/keys" }, PROC_DENIED },
	PROC_READ("/proc/key-users"), PROC_READ("/proc/kpagecount"),
	PROC_READ("/proc/kpageflags"), PROC_READ("/proc/kpagecgroup"),
	PROC_READ("/proc/timer_list"), PROC_READ("/proc/slabinfo"),
	PROC_READ("/proc/vmallocinfo"), PROC_READ("/proc/pagetypeinfo"),
	PROC_READ("/proc/iomem"), PROC_READ("/proc/ioports"),
	PROC_READ("/proc/kmsg"), PROC_READ("/proc/acpi"),
	PROC_READ("/proc/mtrr"), PROC_READ("/proc/bus/pci/devices"),
	PROC_WRITE("/proc/net/dev_snmp6/lo"), PROC_WRITE("/proc/self/net/dev_snmp6/lo"),
	PROC_WRITE("/proc/thread-self/net/dev_snmp6/lo"),
	{ "syslog: read all", act_syslog, { "", "", { 3 } }, SYSLOG_DENIED(EPERM) },
	{ "syslog: how much there is", act_syslog, { "", "", { 10 } },
	  SYSLOG_DENIED(EPERM) },
	PROC_WRITE("/proc/sys/kernel/modprobe"),
	PROC_WRITE("/proc/sys/kernel/panic"), PROC_WRITE("/proc/sys/vm/drop_caches"),
	PROC_WRITE("/proc/sys/fs/file-max"), PROC_WRITE("/proc/sys/fs/protected_hardlinks"),
	PROC_WRITE("/proc/sys/net/ipv4/ip_forward"),
	PROC_WRITE("/proc/sys/kernel/hostname"), PROC_WRITE("/proc/sys/kernel/shmmax"),
	PROC_WRITE("/proc/sys/kernel/yama/ptrace_scope"),
	PROC_WRITE("/proc/sys/kernel/pid_max"), PROC_WRITE("/proc/sys/kernel/ns_last_pid"),
	PROC_WRITE("/proc/sys/user/max_user_namespaces"),
	PROC_WRITE("/proc/irq/default_smp_affinity"), PROC_WRITE("/proc/mtrr"),
	PROC_WRITE(PROC "/sys/kernel/modprobe"),
	{ "modprobe by openat2", act_openat2,
	  { "/proc/sys/kernel/modprobe", "", WRITE }, PROC_DENIED },
	{ "modprobe by /proc/self/fd", act_reopen,
	  { "/proc/sys/kernel/modprobe", "", WRITE }, PROC_DENIED },
	{ "modprobe by its folder", act_openat,
	  { "/proc/sys/kernel", "modprobe", WRITE }, PROC_DENIED },
	{ "a host's net sysctl, carried into another namespace", act_carry,
	  { "/proc/sys/net/ipv4/ip_forward", "", { CLONE_NEWNET } }, PROC_DENIED },
	{ "a host's ipc sysctl, carried into another namespace", act_carry,
	  { "/proc/sys/kernel/shmmax", "", { CLONE_NEWIPC } }, PROC_DENIED },
	{ "the host's pid_max, from another pid namespace", act_open_in_pidns,
	  { "/proc/sys/kernel/pid_max", "", WRITE }, .error = EACCES, .want = {
		.act = BULKHEAD_ACT_OPEN, .reason = BULKHEAD_REASON_PRESET,
		.rule = "preset proc-kernel", .path = ANY_PATH, .pid = ANY_PID } },
	{ "times of a sysctl", act_touch, { "/proc/sys/kernel/modprobe" },
	  DENIED(EACCES, SETATTR, "proc-kernel") },
	{ "binfmt_misc", act_open, { BINFMT "/register", "", WRITE }, PROC_DENIED },
	{ "binfmt_misc's switch", act_write, { BINFMT "/status", "1" }, PROC_DENIED },
};

/* Since 6.14 each pid namespace has one of its own. */
static void judge_pid_max(void)
{
	struct utsname name;
	int major, minor;
	struct trial *t;

	if (uname(&name) || sscanf(name.release, "%d.%d", &major, &minor) != 2)
		bail("uname: %m");
	if (major < 6 || (major == 6 && minor < 14))
		return;
	for (t = proc_trials; t < proc_trials + ARRAY_SIZE(proc_trials); t++)
		if (t->act == act_open_in_pidns)
			*t = (struct trial){ "its own pid_max", t->act, t->args };
}

static void mount_procs(void)
{
	judge_pid_max();
	mount_proc();
	mount_at("binfmt_misc", BINFMT, "binfmt_misc", 0, NULL);
}

static void umount_procs(void)
{
	umount2(BINFMT, MNT_DETACH);
	umount_proc();
}

#define SYS_DENIED	DENIED(EACCES, OPEN, "sys-firmware")

static struct trial sys_trials[] = {
	{ "read /sys/firmware", act_open,
	  { "/sys/firmware/acpi/tables/DSDT", "", READ }, SYS_DENIED },
	{ "list /sys/firmware", act_open, { "/sys/firmware", "", READ }, SYS_DENIED },
	{ "write to sysfs", act_open,
	  { "/sys/kernel/mm/transparent_hugepage/enabled", "", WRITE }, SYS_DENIED },
	{ "write to a device's file", act_open,
	  { "/sys/devices/virtual/mem/null/uevent", "", WRITE }, SYS_DENIED },
	{ "write to a link's file", act_open,
	  { "/sys/class/net/lo/mtu", "", READ_WRITE }, SYS_DENIED },
	{ "an xattr of sysfs", act_xattr, { "/sys/kernel", "trusted.bh" },
	  DENIED(EACCES, SETATTR, "sys-firmware") },
	{ "read tracefs", act_open, { "/sys/kernel/tracing/tracing_on", "", READ },
	  SYS_DENIED },
	{ "write to tracefs", act_open,
	  { "/sys/kernel/tracing/kprobe_events", "", WRITE }, SYS_DENIED },
	{ "read debugfs", act_open, { DEBUG, "", READ }, SYS_DENIED },
	{ "write to securityfs", act_open,
	  { "/sys/kernel/security/lockdown", "", WRITE }, SYS_DENIED },
	{ "a folder in bpffs", act_mkdir, { BPF "/new" },
	  DENIED(EACCES, MKDIR, "sys-firmware"), .again = folder_gone },
	{ "rename a folder in bpffs", act_rename, { BPF "/old", BPF "/renamed" },
	  DENIED(EACCES, RENAME, "sys-firmware"), .again = folder_renamed },
	/* At its top the kernel itself allows none. */
	{ "a folder in configfs", act_mkdir, { CONFIG "/new" },
	  DENIED(EACCES, MKDIR, "sys-firmware"), EPERM, .again = folder_gone },
	{ "list pstore", act_open, { CRASHES, "", READ }, SYS_DENIED },
};

/* Where a kernel has no such file system, a folder of that name is any other. */
static void mount_if_known(const char *type, const char *at)
{
	struct trial *t;

	make_dir("%s", at);
	if (!mount(type, at, type, 0, NULL))
		return;
	if (errno != ENODEV)
		bail("mount %s: %m", type);
	diag("this kernel has no %s", type);
	for (t = sys_trials; t < sys_trials + ARRAY_SIZE(sys_trials); t++)
		if (!strncmp(t->args.path, at, strlen(at)))
			*t = (struct trial){ t->name, t->act, t->args, .again = t->again };
}

static void mount_systems(void)
{
	mount_at("debugfs", DEBUG, "debugfs", 0, NULL);
	mount_at("bpf", BPF, "bpf", 0, NULL);
	make_dir(BPF "/old");
	mount_if_known("configfs", CONFIG);
	mount_if_known("pstore", CRASHES);
}

static void umount_systems(void)
{
	rmdir(BPF "/new");
	umount2(CRASHES, MNT_DETACH);
	umount2(CONFIG, MNT_DETACH);
	umount2(BPF, MNT_DETACH);
	umount2(DEBUG, MNT_DETACH);
}

/* Nobody knows the call on tmpfs. */
static int act_fs_call(const struct args *a)
{
	static char room[4096];
	int fd = open(a->path, O_RDONLY | O_DIRECTORY);

	return fd < 0 ? errno : errno_of(ioctl(fd, a->n[0], room));
}

#define DISK_DENIED	DENIED(EACCES, OPEN, "raw-disk")
#define NODE_DENIED	DENIED(EACCES, MKNOD, "raw-disk")

#define DISK_CALL(name, nr) { "btrfs: " name, act_fs_call,		\
			      { TOP, "", { nr } },			\
			      DENIED(EPERM, HANDLE, "raw-disk"), ENOTTY }

static struct trial disk_trials[] = {
	{ "read a disk", act_open, { "/dev/ram0", "", READ }, DISK_DENIED },
	{ "write to a disk", act_open, { "/dev/ram0", "", WRITE }, DISK_DENIED },
	{ "a disk by openat2", act_openat2, { "/dev/ram0", "", READ }, DISK_DENIED },
	{ "a disk by /proc/self/fd", act_reopen, { "/dev/ram0", "", READ },
	  DISK_DENIED },
	{ "a disk by a node elsewhere", act_open, { KEPT_NODE, "", READ_WRITE },
	  DISK_DENIED },
	{ "/dev/mem", act_open, { "/dev/mem", "", READ }, DISK_DENIED },
	{ "/dev/port", act_open, { PORT, "", READ_WRITE }, DISK_DENIED },
	{ "a processor's registers", act_open, { REGISTERS, "", READ }, DISK_DENIED },
	/* The kernel has forgotten the one, and knows no disk for the other. */
	{ "/dev/kmem", act_open, { KMEM, "", READ }, DISK_DENIED, ENXIO },
	{ "a SCSI device", act_open, { SCSI, "", READ_WRITE }, DISK_DENIED, ENXIO },
	{ "mknod of a disk", act_mknod, { NODE, "", { S_IFBLK, 1, 0 } }, NODE_DENIED,
	  .again = node_gone },
	{ "mknod of a disk that isn't there", act_mknod,
	  { NODE, "", { S_IFBLK, 259, 77 } }, NODE_DENIED, .again = node_gone },
	{ "mknod of /dev/mem", act_mknod, { NODE, "", { S_IFCHR, 1, 1 } },
	  NODE_DENIED, .again = node_gone },
	{ "mknod of /dev/port", act_mknod, { NODE, "", { S_IFCHR, 1, 4 } },
	  NODE_DENIED, .again = node_gone },
	{ "mknod of a processor's registers", act_mknod,
	  { NODE, "", { S_IFCHR, 202, 0 } }, NODE_DENIED, .again = node_gone },
	{ "mknod of a SCSI device", act_mknod, { NODE, "", { S_IFCHR, 21, 0 } },
	  NODE_DENIED, .again = node_gone },
	{ "mknod of the hibernation image", act_mknod,
	  { NODE, "", { S_IFCHR, 10, 231 } }, NODE_DENIED, .again = node_gone },
	{ "mknod of the device mapper", act_mknod,
	  { NODE, "", { S_IFCHR, 10, 236 } }, NODE_DENIED, .again = node_gone },
	{ "the device mapper", act_open, { MAPPER, "", READ_WRITE }, DISK_DENIED,
	  ENODEV },
	{ "btrfs: add a disk", act_add_disk, { "" },
	  DENIED(EPERM, HANDLE, "raw-disk"), .again = disk_absent },
	DISK_CALL("replace a disk", BTRFS_IOC_DEV_REPLACE),
	DISK_CALL("remove a disk", BTRFS_IOC_RM_DEV),
	DISK_CALL("remove a disk by its number", BTRFS_IOC_RM_DEV_V2),
	DISK_CALL("resize a disk", BTRFS_IOC_RESIZE),
	DISK_CALL("balance disks", BTRFS_IOC_BALANCE_V2),
	{ "mknodat of a disk", act_mknodat, { NODE, "", { S_IFBLK, 1, 0 } },
	  NODE_DENIED, .again = node_gone },
};

static const struct {
	const char *path;
	mode_t type;
	unsigned int major, minor;
} nodes[] = {
	{ KEPT_NODE, S_IFBLK, 1, 0 }, { PORT, S_IFCHR, 1, 4 }, { KMEM, S_IFCHR, 1, 2 },
	{ REGISTERS, S_IFCHR, 202, 0 }, { SCSI, S_IFCHR, 21, 0 },
	{ UHID, S_IFCHR, 10, 239 },
	/* The drivers of these aren't there: outside the kernel says so. */
	{ MAPPER, S_IFCHR, 10, 236 }, { KEYBOARD, S_IFCHR, 10, 223 },
	{ KEYS, S_IFCHR, 13, 95 },
};

static void make_nodes(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(nodes); i++)
		if (mknod(nodes[i].path, nodes[i].type | 0600,
			  makedev(nodes[i].major, nodes[i].minor)))
			bail("mknod %s: %m", nodes[i].path);
}

static void remove_nodes(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(nodes); i++)
		unlink(nodes[i].path);
	unlink(NODE);
}

/* Not every kernel has each driver; then it is said so, once it is asked. */
static void judge_driver(struct trial *t)
{
	t->outside = outside_do(t->act, &t->args);
	if (!t->outside)
		return;
	if (t->outside != ENXIO && t->outside != ENODEV)
		bail("%s: %s", t->name, strerror(t->outside));
	diag("this kernel has no driver for %s", t->name);
}

static void judge_drivers(struct trial *t, unsigned int n, const char *path)
{
	for (; n; n--, t++)
		if (t->act == act_open && !strcmp(t->args.path, path))
			judge_driver(t);
}

static void ready_disks(void)
{
	struct trial *t;

	make_nodes();
	judge_drivers(disk_trials, ARRAY_SIZE(disk_trials), PORT);
	judge_drivers(disk_trials, ARRAY_SIZE(disk_trials), REGISTERS);
	volume_begin();
	for (t = disk_trials; t < disk_trials + ARRAY_SIZE(disk_trials); t++)
		if (t->act == act_add_disk)
			snprintf(t->args.path, sizeof(t->args.path), "%s", spare_disk());
}

static void end_disks(void)
{
	volume_end();
	remove_nodes();
}

static void ready_sysrq(void)
{
	make_nodes();
	judge_drivers(sysrq_trials, ARRAY_SIZE(sysrq_trials), UHID);
	mount_proc();
}

static void end_sysrq(void)
{
	umount_proc();
	remove_nodes();
}

const struct guard file_guards[7] = {
	{ GUARD("cgroup-escape", cgroup_trials), make_free, remove_free,
	  act_keep, { FREE "/cgroup.procs" } },
	{ GUARD("core-pattern", core_trials), mount_proc, umount_proc },
	{ GUARD("release-agent", agent_trials), mount_v1, umount_v1,
	  act_keep, { V1 "/release_agent" } },
	{ GUARD("sysrq", sysrq_trials), ready_sysrq, end_sysrq },
	{ GUARD("proc-kernel", proc_trials), mount_procs, umount_procs },
	{ GUARD("sys-firmware", sys_trials), mount_systems, umount_systems },
	{ GUARD("raw-disk", disk_trials), ready_disks, end_disks },
};

/* n[0]: unshare this first */
static int act_open_own(const struct args *a)
{
	return unshare(a->n[0]) ? errno : errno_of(open(a->path, O_WRONLY));
}

static int act_setown_self(const struct args *a)
{
	int fds[2];

	(void)a;
	return pipe(fds) ? errno : errno_of(fcntl(fds[0], F_SETOWN, getpid()));
}

static int act_mark_file(const struct args *a)
{
	int fd = fanotify_init(FAN_CLASS_NOTIF, O_RDONLY);

	return fd < 0 ? errno :
	       errno_of(fanotify_mark(fd, FAN_MARK_ADD, FAN_OPEN, AT_FDCWD, a->path));
}

#define HARMLESS_READ(f) { "read " f, act_open, { f, "", READ } }

const struct trial harmless[] = {
	{ "its own pids' sysctl", act_open_in_pidns,
	  { "/proc/sys/kernel/ns_last_pid", "", WRITE } },
	{ "its own memfds' sysctl", act_open_in_pidns,
	  { "/proc/sys/vm/memfd_noexec", "", WRITE } },
	HARMLESS_READ("/proc/meminfo"), HARMLESS_READ("/proc/cpuinfo"),
	HARMLESS_READ("/proc/self/status"), HARMLESS_READ("/proc/self/maps"),
	HARMLESS_READ("/proc/sys/kernel/core_pattern"),
	HARMLESS_READ("/proc/sys/kernel/modprobe"), HARMLESS_READ("/proc/mounts"),
	HARMLESS_READ("/proc/net/tcp"), HARMLESS_READ("/proc/loadavg"),
	HARMLESS_READ("/sys/class/net/lo/mtu"),
	HARMLESS_READ("/sys/devices/system/cpu/online"),
	HARMLESS_READ(CGROUPS "/cgroup.controllers"), HARMLESS_READ("/dev/urandom"),
	{ "write /dev/null", act_open, { "/dev/null", "", READ_WRITE } },
	{ "write its own oom_score_adj", act_write, { "/proc/self/oom_score_adj", "10" } },
	{ "its own net sysctl", act_open_own,
	  { "/proc/sys/net/ipv4/ip_forward", "", { CLONE_NEWNET } } },
	{ "its own hostname's sysctl", act_open_own,
	  { "/proc/sys/kernel/hostname", "", { CLONE_NEWUTS } } },
	{ "its own ipc sysctl", act_open_own,
	  { "/proc/sys/kernel/shmmax", "", { CLONE_NEWIPC } } },
	{ "mknod of a FIFO", act_mknod, { NODE, "", { S_IFIFO } }, .again = node_gone },
	{ "mknod of /dev/null", act_mknod, { NODE, "", { S_IFCHR, 1, 3 } },
	  .again = node_gone },
	{ "a new mount namespace", act_open_own,
	  { "/dev/null", "", { CLONE_NEWNS | CLONE_NEWPID } } },
	{ "fanotify_mark of a file", act_mark_file, { TOP } },
	{ "own signals by F_SETOWN", act_setown_self, { "" } },
};

const unsigned int harmless_count = ARRAY_SIZE(harmless);

void harmless_begin(void)
{
	unlink(NODE);
}

void harmless_end(void)
{
	unlink(NODE);
}
