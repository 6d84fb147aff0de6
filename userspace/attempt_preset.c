// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the doctor tries: what the presets guard. Where success would change the
 * host, the request makes no sense, and the kernel says so to whom it permits it.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/ioprio.h>
#include <linux/keyctl.h>
#include <linux/mount.h>
#include <linux/perf_event.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/fanotify.h>
#include <sys/ioctl.h>
#include <sys/klog.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <unistd.h>

#include "attempt.h"

#ifndef FIOSETOWN
#define FIOSETOWN 0x8901	/* of linux/sockios.h */
#endif

#define NONSENSE 0x7fff

static int result(long r)
{
	return r < 0 ? errno : 0;
}

static int try_mount(const struct scene *s)
{
	(void)s;
	return result(mount("bulkhead", DOCTOR_DIR "/mount", "tmpfs", 0, NULL));
}

/* Of the newer mount API, this has no hook but the capability's. */
static int try_fsopen(const struct scene *s)
{
	(void)s;
	return result(syscall(SYS_fsopen, "tmpfs", 0));
}

/* As it is already. */
static int try_remount(const struct scene *s)
{
	(void)s;
	return result(mount("bulkhead", DOCTOR_MOUNT, NULL, MS_REMOUNT, "mode=700"));
}

static int try_reconfigure(const struct scene *s)
{
	return result(syscall(SYS_fsconfig, s->context, FSCONFIG_CMD_RECONFIGURE, NULL, NULL, 0));
}

static int try_umount(const struct scene *s)
{
	(void)s;
	return result(umount(DOCTOR_DIR "/umount"));
}

static int try_move_mount(const struct scene *s)
{
	return result(syscall(SYS_move_mount, s->detached, "", AT_FDCWD, DOCTOR_DIR "/moved",
			      MOVE_MOUNT_F_EMPTY_PATH));
}

/* The folder is no mount. */
static int try_pivot_root(const struct scene *s)
{
	(void)s;
	return result(syscall(SYS_pivot_root, DOCTOR_DIR, DOCTOR_DIR));
}

/* To where it is already. */
static int try_setns(const struct scene *s)
{
	int fd = open("/proc/self/ns/uts", O_RDONLY | O_CLOEXEC);

	(void)s;
	return fd < 0 ? errno : result(setns(fd, CLONE_NEWUTS));
}

static int try_userns(const struct scene *s)
{
	(void)s;
	return result(unshare(CLONE_NEWUSER));
}

static int try_module(const struct scene *s)
{
	(void)s;
	return result(syscall(SYS_finit_module, -1, "", 0));
}

static int try_kexec(const struct scene *s)
{
	(void)s;
	return result(syscall(SYS_kexec_load, 0UL, (unsigned long)NONSENSE, NULL,
			      (unsigned long)NONSENSE));
}

static int try_bpf(const struct scene *s)
{
	char attr[128] = { 0 };

	(void)s;
	return result(syscall(SYS_bpf, NONSENSE, attr, sizeof(attr)));
}

static int try_perf(const struct scene *s)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE, .size = sizeof(attr),
		.config = PERF_COUNT_SW_DUMMY, .disabled = 1, .exclude_kernel = 1,
	};

	(void)s;
	return result(syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0UL));
}

/* The parameters are wider than any version of them. */
static int try_io_uring(const struct scene *s)
{
	char params[512] = { 0 };

	(void)s;
	return result(syscall(SYS_io_uring_setup, 1, params));
}

/* In a keyring that ends with the process. */
static int try_add_key(const struct scene *s)
{
	(void)s;
	return result(syscall(SYS_add_key, "user", "bulkhead-doctor", "x", 1UL,
			      KEY_SPEC_PROCESS_KEYRING));
}

/* One that was there before. */
static int try_keyring(const struct scene *s)
{
	(void)s;
	return result(syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0));
}

/* Opened, and nothing is written. */
static int try_core_pattern(const struct scene *s)
{
	(void)s;
	return result(open("/proc/sys/kernel/core_pattern", O_WRONLY | O_CLOEXEC));
}

static int try_sysrq(const struct scene *s)
{
	(void)s;
	return result(open("/proc/sysrq-trigger", O_WRONLY | O_CLOEXEC));
}

static int try_kallsyms(const struct scene *s)
{
	(void)s;
	return result(open("/proc/kallsyms", O_RDONLY | O_CLOEXEC));
}

static int try_firmware(const struct scene *s)
{
	(void)s;
	return result(open("/sys/firmware", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

/* How large the kernel's log is. */
static int try_syslog(const struct scene *s)
{
	(void)s;
	return result(klogctl(10, NULL, 0));
}

/* Of no disk that there is. */
static int try_disk(const struct scene *s)
{
	(void)s;
	return result(mknod(DOCTOR_DIR "/disk", S_IFBLK | 0600, makedev(0, 0)));
}

static int reach(int type, const char *path)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

	snprintf(to.sun_path, sizeof(to.sun_path), "%s", path);
	if (fd < 0)
		return errno;
	if (type == SOCK_STREAM)
		return result(connect(fd, (struct sockaddr *)&to, sizeof(to)));
	return result(sendto(fd, "", 1, MSG_DONTWAIT, (struct sockaddr *)&to, sizeof(to)));
}

static int try_runtime(const struct scene *s)
{
	(void)s;
	return reach(SOCK_STREAM, DOCTOR_STREAM);
}

static int try_runtime_datagram(const struct scene *s)
{
	(void)s;
	return reach(SOCK_DGRAM, DOCTOR_DATAGRAM);
}

/* No route leads there from this network namespace. */
static int try_metadata(const struct scene *s)
{
	struct sockaddr_in to = {
		.sin_family = AF_INET, .sin_port = htons(80),
		.sin_addr.s_addr = htonl(0xa9fea9fe),
	};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	(void)s;
	return fd < 0 ? errno : result(connect(fd, (struct sockaddr *)&to, sizeof(to)));
}

static int try_handle(const struct scene *s)
{
	union {
		struct file_handle handle;
		char space[sizeof(struct file_handle) + MAX_HANDLE_SZ];
	} u = { .handle.handle_bytes = MAX_HANDLE_SZ };
	int dir = open(DOCTOR_DIR, O_RDONLY | O_DIRECTORY | O_CLOEXEC), mount;

	(void)s;
	if (dir < 0 || name_to_handle_at(dir, "", &u.handle, &mount, AT_EMPTY_PATH))
		return errno == EPERM ? EIO : errno;
	return result(open_by_handle_at(dir, &u.handle, O_RDONLY | O_CLOEXEC));
}

/* Whatever is opened in that file system, the listener gets opened as well. */
static int try_fanotify(const struct scene *s)
{
	int fd = fanotify_init(FAN_CLASS_NOTIF | FAN_CLOEXEC, O_RDONLY);

	(void)s;
	return fd < 0 ? errno : result(fanotify_mark(fd, FAN_MARK_ADD | FAN_MARK_FILESYSTEM,
						     FAN_OPEN, AT_FDCWD, DOCTOR_MOUNT));
}

/* To what it is already, here and below: the other task is ours as well. */
static int try_setrlimit(const struct scene *s)
{
	struct rlimit limit;

	if (prlimit(s->outsider, RLIMIT_CORE, NULL, &limit))
		return errno == EPERM ? EIO : errno;
	return result(prlimit(s->outsider, RLIMIT_CORE, &limit, NULL));
}

static int try_setnice(const struct scene *s)
{
	return result(setpriority(PRIO_PROCESS, s->outsider,
				  getpriority(PRIO_PROCESS, s->outsider)));
}

static int try_setioprio(const struct scene *s)
{
	return result(syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, s->outsider, 0));
}

static int try_setscheduler(const struct scene *s)
{
	struct sched_param none = { 0 };

	return result(sched_setscheduler(s->outsider, SCHED_OTHER, &none));
}

/* Whom the kernel is to signal for a descriptor. */
static int try_owner(const struct scene *s)
{
	int pid = s->outsider;

	return result(ioctl(s->mail, FIOSETOWN, &pid));
}

#ifdef __x86_64__

static void no_such_call(int number)
{
	(void)number;
	_exit(ENOSYS);
}

/* The same as a 32-bit program does it. A kernel without those ends us instead. */
static int try_owner_32(const struct scene *s)
{
	int *pid = mmap(NULL, sizeof(*pid), PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	long r = 54;	/* ioctl() */

	if (pid == MAP_FAILED)
		return errno;
	*pid = s->outsider;
	signal(SIGSEGV, no_such_call);
	__asm__ volatile("int $0x80" : "+a"(r) : "b"(s->mail), "c"(FIOSETOWN), "d"(pid)
			 : "memory", "r8", "r9", "r10", "r11");
	return (int)r < 0 ? -(int)r : 0;
}

#endif

#define ATTEMPT(a, h, preset, e, f, ...) { \
	.act = BULKHEAD_ACT_##a, .hook = h, .run = f, .rule = "preset " preset, .refused = e, \
	__VA_ARGS__ }
#define OPTIONAL .optional = true

const struct attempt attempts_preset[] = {
	ATTEMPT(MOUNT, "sb_mount", "mount", EPERM, try_mount),
	ATTEMPT(MOUNT, "capable", "mount", EPERM, try_fsopen),
	ATTEMPT(MOUNT, "sb_mount", "mount", EPERM, try_remount),
	ATTEMPT(MOUNT, "capable", "mount", EPERM, try_reconfigure),
	ATTEMPT(UMOUNT, "sb_umount", "mount", EPERM, try_umount),
	ATTEMPT(MOUNT, "move_mount", "mount", EPERM, try_move_mount),
	ATTEMPT(PIVOT_ROOT, "sb_pivotroot", "pivot-root", EPERM, try_pivot_root, .works = EINVAL),
	ATTEMPT(SETNS, "capable", "setns", EPERM, try_setns),
	ATTEMPT(USERNS, "userns_create", "userns", EPERM, try_userns, OPTIONAL),
	ATTEMPT(MODULE, "capable", "module", EPERM, try_module, OPTIONAL, .works = EBADF),
	ATTEMPT(KEXEC, "capable", "kexec", EPERM, try_kexec, OPTIONAL, .works = EINVAL),
	ATTEMPT(BPF, "bpf", "bpf", EPERM, try_bpf, OPTIONAL, .works = EINVAL),
	ATTEMPT(PERF, "perf_event_open", "perf", EPERM, try_perf, OPTIONAL),
	ATTEMPT(IO_URING, "inode_init_security_anon", "io-uring", EPERM, try_io_uring, OPTIONAL),
	ATTEMPT(KEY, "key_alloc", "keyring", EPERM, try_add_key, OPTIONAL),
	ATTEMPT(KEY, "key_permission", "keyring", EPERM, try_keyring, OPTIONAL),
	ATTEMPT(OPEN, "file_open", "core-pattern", EACCES, try_core_pattern, OPTIONAL),
	ATTEMPT(OPEN, "file_open", "sysrq", EACCES, try_sysrq, OPTIONAL),
	ATTEMPT(OPEN, "file_open", "proc-kernel", EACCES, try_kallsyms, OPTIONAL),
	ATTEMPT(OPEN, "file_open", "sys-firmware", EACCES, try_firmware, OPTIONAL),
	ATTEMPT(SYSLOG, "syslog", "proc-kernel", EPERM, try_syslog),
	ATTEMPT(MKNOD, "path_mknod", "raw-disk", EACCES, try_disk),
	ATTEMPT(UNIX, "unix_stream_connect", "runtime-socket", EACCES, try_runtime),
	ATTEMPT(UNIX, "unix_may_send", "runtime-socket", EACCES, try_runtime_datagram),
	ATTEMPT(CONNECT, "socket_connect", "metadata-service", EACCES, try_metadata,
		.works = ENETUNREACH),
	ATTEMPT(HANDLE, "capable", "open-by-handle", EPERM, try_handle),
	ATTEMPT(HANDLE, "path_notify", "open-by-handle", EPERM, try_fanotify, OPTIONAL),
	ATTEMPT(TAMPER, "task_setrlimit", "ptrace", EPERM, try_setrlimit),
	ATTEMPT(TAMPER, "task_setnice", "ptrace", EPERM, try_setnice),
	ATTEMPT(TAMPER, "task_setioprio", "ptrace", EPERM, try_setioprio),
	ATTEMPT(TAMPER, "task_setscheduler", "ptrace", EPERM, try_setscheduler),
	ATTEMPT(SIGNAL, "file_ioctl", "signal", EPERM, try_owner),
#ifdef __x86_64__
	ATTEMPT(SIGNAL, "file_ioctl_compat", "signal", EPERM, try_owner_32, OPTIONAL),
#endif
	{ 0 },
};
