// SPDX-License-Identifier: GPL-2.0-only
/* setns, userns, module, kexec, bpf, perf, io-uring, keyring. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <linux/bpf.h>
#include <linux/if_alg.h>
#include <linux/io_uring.h>
#include <linux/kexec.h>
#include <linux/keyctl.h>
#include <linux/perf_event.h>
#include <linux/reboot.h>
#include <linux/sched.h>

#include "preset.h"
#include "tap.h"

/* As later kernels' headers have it. */
#define SET_KEY_BY_SERIAL	7

#define IA32_SETNS		346
#define IA32_UNSHARE		310
#define IA32_INIT_MODULE	128
#define IA32_DELETE_MODULE	129
#define IA32_FINIT_MODULE	350
#define IA32_KEXEC_LOAD		283
#define IA32_REBOOT		88
#define IA32_BPF		357
#define IA32_PERF_EVENT_OPEN	336
#define IA32_IO_URING_SETUP	425
#define IA32_ADD_KEY		286
#define IA32_REQUEST_KEY	287
#define IA32_KEYCTL		288

static char plain[] = TOP "/no-module";
static char garbage[64];

/* Another process with namespaces of its own, to enter. */
static pid_t other;

static int act_setns(const struct args *a)
{
	char path[64];
	int fd;

	/* Nobody with a file system shared may enter a mount namespace. */
	snprintf(path, sizeof(path), "/proc/self/ns/%s", a->path);
	fd = a->fd >= 0 ? a->fd : open(path, O_RDONLY);
	return fd < 0 ? errno : errno_of(setns(fd, 0));
}

static int act_setns_32(const struct args *a)
{
	return errno_of(ia32_call(IA32_SETNS, a->fd, 0, 0, 0, 0));
}

/* A pidfd of one's own: nobody else's task is in it. */
static int act_setns_pidfd(const struct args *a)
{
	int fd = syscall(SYS_pidfd_open, getpid(), 0);

	return fd < 0 ? errno : errno_of(setns(fd, a->n[0]));
}

static int ns_of_other(const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/ns/%s", other, name);
	return open(path, O_RDONLY | O_CLOEXEC);
}

#define NS(name) static int ns_##name(void) { return ns_of_other(#name); }
NS(uts) NS(ipc) NS(net) NS(mnt) NS(pid) NS(cgroup) NS(user) NS(time)

static void start_other(void)
{
	int fds[2];
	char c;

	if (pipe2(fds, O_CLOEXEC))
		bail("pipe: %m");
	other = fork();
	if (!other) {
		c = unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC |
			    CLONE_NEWNET | CLONE_NEWCGROUP) ? 'x' : '.';
		if (write(fds[1], &c, 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	if (other < 0 || read(fds[0], &c, 1) != 1 || c != '.')
		bail("start one with namespaces of its own: %m");
	close(fds[0]);
	close(fds[1]);
}

static void end_other(void)
{
	kill(other, SIGKILL);
	waitpid(other, NULL, 0);
}

#define SETNS_DENIED	DENIED(EPERM, SETNS, "setns")

static struct trial setns_trials[] = {
	{ "setns: uts", act_setns, { "uts" }, SETNS_DENIED, .hand = ns_uts },
	{ "setns: ipc", act_setns, { "ipc" }, SETNS_DENIED, .hand = ns_ipc },
	{ "setns: net", act_setns, { "net" }, SETNS_DENIED, .hand = ns_net },
	{ "setns: mnt", act_setns, { "mnt" }, SETNS_DENIED, .hand = ns_mnt },
	{ "setns: pid", act_setns, { "pid" }, SETNS_DENIED, .hand = ns_pid },
	{ "setns: cgroup", act_setns, { "cgroup" }, SETNS_DENIED, .hand = ns_cgroup },
	{ "setns: user", act_setns, { "user" }, SETNS_DENIED, .hand = ns_user },
	{ "setns: time", act_setns, { "time" }, SETNS_DENIED, .hand = ns_time },
	{ "setns: its own uts", act_setns, { "uts" }, SETNS_DENIED },
	{ "setns by a pidfd: uts", act_setns_pidfd, { "", "", { CLONE_NEWUTS } },
	  SETNS_DENIED },
	{ "setns by a pidfd: mnt and pid", act_setns_pidfd,
	  { "", "", { CLONE_NEWNS | CLONE_NEWPID } }, SETNS_DENIED },
	{ "setns by the 32-bit gate", act_setns_32, { "" }, SETNS_DENIED,
	  .hand = ns_uts },
};

static int act_unshare(const struct args *a)
{
	return errno_of(unshare(a->n[0]));
}

static int act_unshare_32(const struct args *a)
{
	return errno_of(ia32_call(IA32_UNSHARE, a->n[0], 0, 0, 0, 0));
}

static int wait_clone(pid_t pid)
{
	if (!pid)
		_exit(0);
	return pid < 0 || waitpid(pid, NULL, 0) != pid ? errno : 0;
}

static int act_clone(const struct args *a)
{
	return wait_clone(syscall(SYS_clone, a->n[0] | SIGCHLD, NULL, NULL, NULL, NULL));
}

static int act_clone3(const struct args *a)
{
	struct clone_args c = { .flags = a->n[0], .exit_signal = SIGCHLD };

	return wait_clone(syscall(SYS_clone3, &c, sizeof(c)));
}

#define USERNS_DENIED	DENIED(EPERM, USERNS, "userns")
#define ALL_NS	(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWPID)

static struct trial userns_trials[] = {
	{ "unshare", act_unshare, { "", "", { CLONE_NEWUSER } }, USERNS_DENIED },
	{ "unshare with others", act_unshare, { "", "", { ALL_NS } }, USERNS_DENIED },
	{ "unshare by the 32-bit gate", act_unshare_32, { "", "", { CLONE_NEWUSER } },
	  USERNS_DENIED },
	{ "clone", act_clone, { "", "", { CLONE_NEWUSER } }, USERNS_DENIED },
	{ "clone with others", act_clone, { "", "", { ALL_NS } }, USERNS_DENIED },
	{ "clone3", act_clone3, { "", "", { CLONE_NEWUSER } }, USERNS_DENIED },
};

static int act_finit(const struct args *a)
{
	int fd = open(plain, O_RDONLY);

	return errno_of(syscall(SYS_finit_module, fd, "", (int)a->n[0]));
}

static int act_finit_32(const struct args *a)
{
	int fd = open(plain, O_RDONLY);

	(void)a;
	return errno_of(ia32_call(IA32_FINIT_MODULE, fd, (long)plain, 0, 0, 0));
}

static int act_init(const struct args *a)
{
	(void)a;
	return errno_of(syscall(SYS_init_module, garbage, sizeof(garbage), ""));
}

static int act_init_32(const struct args *a)
{
	(void)a;
	return errno_of(ia32_call(IA32_INIT_MODULE, (long)garbage, sizeof(garbage),
				  (long)plain, 0, 0));
}

static int act_delete(const struct args *a)
{
	return errno_of(syscall(SYS_delete_module, a->path, O_NONBLOCK));
}

static int act_delete_32(const struct args *a)
{
	(void)a;
	return errno_of(ia32_call(IA32_DELETE_MODULE, (long)plain, O_NONBLOCK, 0, 0,
				  0));
}

#define MODULE_DENIED	DENIED(EPERM, MODULE, "module")

/* What is loaded here is none: the kernel says so where it gets to look. */
static struct trial module_trials[] = {
	{ "finit_module", act_finit, { "" }, MODULE_DENIED, ENOEXEC },
	{ "finit_module, versions ignored", act_finit, { "", "", { 3 } },
	  MODULE_DENIED, ENOEXEC },
	{ "finit_module by the 32-bit gate", act_finit_32, { "" }, MODULE_DENIED,
	  ENOEXEC },
	{ "init_module", act_init, { "" }, MODULE_DENIED, ENOEXEC },
	{ "init_module by the 32-bit gate", act_init_32, { "" }, MODULE_DENIED,
	  ENOEXEC },
	{ "delete_module", act_delete, { "bh_no_such" }, MODULE_DENIED, ENOENT },
	{ "delete_module by the 32-bit gate", act_delete_32, { "" }, MODULE_DENIED,
	  ENOENT },
};

static void write_garbage(void)
{
	put_file(plain, "this is no module, and nobody should take it for one\n");
}

/* Unloading what nobody loaded succeeds. */
static int act_kexec(const struct args *a)
{
	return errno_of(syscall(SYS_kexec_load, 0UL, 0UL, NULL, a->n[0]));
}

static int act_kexec_32(const struct args *a)
{
	(void)a;
	return errno_of(ia32_call(IA32_KEXEC_LOAD, 0, 0, 0, KEXEC_ARCH_386, 0));
}

static int act_kexec_file(const struct args *a)
{
	return errno_of(syscall(SYS_kexec_file_load, -1, -1, 0UL, NULL, a->n[0]));
}

static int act_kexec_image(const struct args *a)
{
	int fd = open(plain, O_RDONLY);

	(void)a;
	return errno_of(syscall(SYS_kexec_file_load, fd, -1, 1UL, "",
				KEXEC_FILE_NO_INITRAMFS));
}

static int act_reboot(const struct args *a)
{
	return errno_of(syscall(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2,
				a->n[0], NULL));
}

static int act_reboot_32(const struct args *a)
{
	return errno_of(ia32_call(IA32_REBOOT, (int)LINUX_REBOOT_MAGIC1,
				  LINUX_REBOOT_MAGIC2, a->n[0], 0, 0));
}

#define KEXEC_DENIED	DENIED(EPERM, KEXEC, "kexec")

static struct trial kexec_trials[] = {
	{ "kexec_load", act_kexec, { "" }, KEXEC_DENIED },
	{ "kexec_load for a crash", act_kexec, { "", "", { KEXEC_ON_CRASH } },
	  KEXEC_DENIED },
	{ "kexec_load by the 32-bit gate", act_kexec_32, { "" }, KEXEC_DENIED },
	{ "kexec_file_load: unload", act_kexec_file,
	  { "", "", { KEXEC_FILE_UNLOAD } }, KEXEC_DENIED },
	{ "kexec_file_load: no image", act_kexec_image, { "" }, KEXEC_DENIED,
	  ENOEXEC },
	{ "reboot: what Ctrl-Alt-Del does", act_reboot,
	  { "", "", { LINUX_REBOOT_CMD_CAD_OFF } }, KEXEC_DENIED },
	{ "reboot by the 32-bit gate", act_reboot_32,
	  { "", "", { LINUX_REBOOT_CMD_CAD_OFF } }, KEXEC_DENIED },
};

static int act_bpf_map(const struct args *a)
{
	union bpf_attr attr = {
		.map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 8,
		.max_entries = 1,
	};

	(void)a;
	return errno_of(syscall(SYS_bpf, BPF_MAP_CREATE, &attr, sizeof(attr)));
}

/* r0 = 0; exit */
static int act_bpf_prog(const struct args *a)
{
	const struct bpf_insn code[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_SOCKET_FILTER, .insn_cnt = 2,
		.insns = (uintptr_t)code, .license = (uintptr_t)"GPL",
	};

	(void)a;
	return errno_of(syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr)));
}

static int act_bpf_next(const struct args *a)
{
	union bpf_attr attr = { 0 };

	return errno_of(syscall(SYS_bpf, (int)a->n[0], &attr, sizeof(attr)));
}

static int act_bpf_32(const struct args *a)
{
	static union bpf_attr attr;

	(void)a;
	return errno_of(ia32_call(IA32_BPF, BPF_PROG_GET_NEXT_ID, (long)&attr,
				  sizeof(attr), 0, 0));
}

#define BPF_DENIED	DENIED(EPERM, BPF, "bpf")

static int a_map = -1, a_program = -1;

static struct trial bpf_trials[] = {
	{ "bpf: make a map", act_bpf_map, { "" }, BPF_DENIED },
	{ "bpf: load a program", act_bpf_prog, { "" }, BPF_DENIED },
	{ "bpf: find programs", act_bpf_next, { "", "", { BPF_PROG_GET_NEXT_ID } },
	  BPF_DENIED },
	{ "bpf: find maps", act_bpf_next, { "", "", { BPF_MAP_GET_NEXT_ID } },
	  BPF_DENIED },
	{ "bpf by the 32-bit gate", act_bpf_32, { "" }, BPF_DENIED },
};

/* There has to be something to find. */
static void make_bpf(void)
{
	union bpf_attr map = {
		.map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 8,
		.max_entries = 1,
	};
	const struct bpf_insn code[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr program = {
		.prog_type = BPF_PROG_TYPE_SOCKET_FILTER, .insn_cnt = 2,
		.insns = (uintptr_t)code, .license = (uintptr_t)"GPL",
	};

	a_map = syscall(SYS_bpf, BPF_MAP_CREATE, &map, sizeof(map));
	a_program = syscall(SYS_bpf, BPF_PROG_LOAD, &program, sizeof(program));
	if (a_map < 0 || a_program < 0)
		bail("make a map and a program: %m");
}

static void drop_bpf(void)
{
	close(a_map);
	close(a_program);
}

static struct perf_event_attr clock_event = {
	.type = PERF_TYPE_SOFTWARE, .size = sizeof(clock_event),
	.config = PERF_COUNT_SW_CPU_CLOCK, .disabled = 1,
};

/* n[0]: pid; n[1]: CPU */
static int act_perf(const struct args *a)
{
	return errno_of(syscall(SYS_perf_event_open, &clock_event, (int)a->n[0],
				(int)a->n[1], -1, 0UL));
}

static int act_perf_32(const struct args *a)
{
	(void)a;
	return errno_of(ia32_call(IA32_PERF_EVENT_OPEN, (long)&clock_event, 0, -1, -1,
				  0));
}

#define PERF_DENIED	DENIED(EPERM, PERF, "perf")

static struct trial perf_trials[] = {
	{ "perf_event_open of itself", act_perf, { "", "", { 0, -1 } }, PERF_DENIED },
	{ "perf_event_open of a CPU", act_perf, { "", "", { -1, 0 } }, PERF_DENIED },
	{ "perf_event_open by the 32-bit gate", act_perf_32, { "" }, PERF_DENIED },
};

static int act_ring(const struct args *a)
{
	struct io_uring_params p = { .flags = a->n[0], .sq_thread_idle = 1 };

	return errno_of(syscall(SYS_io_uring_setup, 4, &p));
}

static int act_ring_32(const struct args *a)
{
	static struct io_uring_params p;

	(void)a;
	memset(&p, 0, sizeof(p));
	return errno_of(ia32_call(IA32_IO_URING_SETUP, 4, (long)&p, 0, 0, 0));
}

static int kept_ring = -1;

/* Of the box itself, before it is confined. */
static int act_keep_ring(const struct args *a)
{
	struct io_uring_params p = { 0 };

	(void)a;
	kept_ring = syscall(SYS_io_uring_setup, 4, &p);
	return errno_of(kept_ring);
}

/* The kernel sends none by a socket any more; this takes what another has. */
static int act_take_ring(const struct args *a)
{
	int self = syscall(SYS_pidfd_open, getpid(), 0);

	(void)a;
	return self < 0 ? errno : errno_of(syscall(SYS_pidfd_getfd, self, kept_ring, 0));
}

#define RING_DENIED	DENIED(EPERM, IO_URING, "io-uring")

static struct trial ring_trials[] = {
	{ "io_uring_setup", act_ring, { "" }, RING_DENIED },
	{ "io_uring_setup with a kernel thread", act_ring,
	  { "", "", { IORING_SETUP_SQPOLL } }, RING_DENIED },
	{ "io_uring_setup by the 32-bit gate", act_ring_32, { "" }, RING_DENIED },
	{ "receive a ring", act_take_ring, { "" }, RING_DENIED },
};

static long host_key;

static int act_add_key(const struct args *a)
{
	return errno_of(syscall(SYS_add_key, "user", "bh-mine", "x", 1UL, (int)a->n[0]));
}

static int act_request_key(const struct args *a)
{
	(void)a;
	return errno_of(syscall(SYS_request_key, "user", "bh-theirs", NULL, 0));
}

static int act_keyctl(const struct args *a)
{
	static char room[256];

	return errno_of(syscall(SYS_keyctl, (int)a->n[0], (int)a->n[1], a->n[2],
				sizeof(room), 0));
}

static int act_key_buffer(const struct args *a)
{
	char room[256];

	return errno_of(syscall(SYS_keyctl, (int)a->n[0], (int)a->n[1], room,
				sizeof(room), 0));
}

static int act_key_search(const struct args *a)
{
	(void)a;
	return errno_of(syscall(SYS_keyctl, KEYCTL_SEARCH, KEY_SPEC_USER_KEYRING, "user",
				"bh-theirs", 0));
}

static char key_type[] = "user", key_name[] = "bh-theirs";

static int act_add_key_32(const struct args *a)
{
	(void)a;
	return errno_of(ia32_call(IA32_ADD_KEY, (long)key_type, (long)key_name,
				  (long)key_name, 4, KEY_SPEC_PROCESS_KEYRING));
}

static int act_request_key_32(const struct args *a)
{
	(void)a;
	return errno_of(ia32_call(IA32_REQUEST_KEY, (long)key_type, (long)key_name, 0,
				  0, 0));
}

static int act_keyctl_32(const struct args *a)
{
	static char room[256];

	(void)a;
	return errno_of(ia32_call(IA32_KEYCTL, KEYCTL_DESCRIBE, KEY_SPEC_USER_KEYRING,
				  (long)room, sizeof(room), 0));
}

/* A key as that of a socket's cipher. Since 6.2. */
static int act_key_of_socket(const struct args *a)
{
	struct sockaddr_alg hash = {
		.salg_family = AF_ALG, .salg_type = "hash", .salg_name = "hmac(sha256)",
	};
	int fd = socket(AF_ALG, SOCK_SEQPACKET, 0), serial = host_key;

	(void)a;
	if (fd < 0 || bind(fd, (void *)&hash, sizeof(hash)))
		return errno;
	return errno_of(setsockopt(fd, SOL_ALG, SET_KEY_BY_SERIAL, &serial,
				   sizeof(serial)));
}

#define KEY_DENIED	DENIED(EPERM, KEY, "keyring")
/* Where the kernel says that what may not be used isn't there. */
#define KEY_HIDDEN	DENIED(ENOKEY, KEY, "keyring")

static struct trial key_trials[] = {
	{ "add_key to a keyring of its own", act_add_key,
	  { "", "", { KEY_SPEC_PROCESS_KEYRING } }, KEY_DENIED },
	{ "add_key to the user's", act_add_key, { "", "", { KEY_SPEC_USER_KEYRING } },
	  KEY_HIDDEN },
	{ "add_key by the 32-bit gate", act_add_key_32, { "" }, KEY_DENIED },
	{ "request_key", act_request_key, { "" }, KEY_HIDDEN },
	{ "request_key by the 32-bit gate", act_request_key_32, { "" }, KEY_HIDDEN },
	{ "keyctl: a new session", act_keyctl,
	  { "", "", { KEYCTL_JOIN_SESSION_KEYRING } }, KEY_DENIED },
	{ "keyctl: a thread's keyring", act_keyctl,
	  { "", "", { KEYCTL_GET_KEYRING_ID, KEY_SPEC_THREAD_KEYRING, 1 } },
	  KEY_DENIED },
	{ "keyctl: describe", act_key_buffer,
	  { "", "", { KEYCTL_DESCRIBE, KEY_SPEC_USER_KEYRING } }, KEY_HIDDEN },
	{ "keyctl: read", act_key_buffer,
	  { "", "", { KEYCTL_READ, KEY_SPEC_USER_KEYRING } }, KEY_HIDDEN },
	{ "keyctl: search", act_key_search, { "" }, KEY_HIDDEN },
	{ "keyctl: link", act_keyctl,
	  { "", "", { KEYCTL_LINK, KEY_SPEC_USER_KEYRING, KEY_SPEC_USER_KEYRING + 0 } },
	  KEY_HIDDEN, EDEADLK },
	{ "keyctl by the 32-bit gate", act_keyctl_32, { "" }, KEY_HIDDEN },
	{ "a key for a socket of AF_ALG", act_key_of_socket, { "" },
	  DENIED(EACCES, KEY, "keyring") },
};

/* Where the kernel doesn't know the option, nothing asks for the key. */
static void judge_key_of_socket(void)
{
	struct trial *t = &key_trials[ARRAY_SIZE(key_trials) - 1];

	if (outside_do(act_key_of_socket, &t->args) != ENOPROTOOPT)
		return;
	diag("this kernel's sockets take no keys by number");
	*t = (struct trial){ t->name, t->act, .error = ENOPROTOOPT,
			     .outside = ENOPROTOOPT };
}

static void keep_key(void)
{
	host_key = syscall(SYS_add_key, "user", "bh-theirs", "x", 1UL,
			   KEY_SPEC_USER_KEYRING);
	if (host_key < 0)
		bail("add a key: %m");
	judge_key_of_socket();
}

static void drop_keys(void)
{
	long mine = syscall(SYS_keyctl, KEYCTL_SEARCH, KEY_SPEC_USER_KEYRING, "user",
			    "bh-mine", 0);

	syscall(SYS_keyctl, KEYCTL_UNLINK, mine, KEY_SPEC_USER_KEYRING);
	syscall(SYS_keyctl, KEYCTL_UNLINK, host_key, KEY_SPEC_USER_KEYRING);
}

const struct guard call_guards[8] = {
	{ GUARD("setns", setns_trials), start_other, end_other },
	{ GUARD("userns", userns_trials) },
	{ GUARD("module", module_trials), write_garbage },
	{ GUARD("kexec", kexec_trials), write_garbage },
	{ GUARD("bpf", bpf_trials), make_bpf, drop_bpf },
	{ GUARD("perf", perf_trials) },
	{ GUARD("io-uring", ring_trials), NULL, NULL, act_keep_ring },
	{ GUARD("keyring", key_trials), keep_key, drop_keys },
};
