// SPDX-License-Identifier: GPL-2.0-only
/*
 * Moves at awkward moments: of tasks that die, are being born or execute. A
 * confined one is never set free, and of none is more left than it was.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <linux/bulkhead.h>
#include <linux/sched.h>

#include "control.h"
#include "limits.h"
#include "parts.h"
#include "uring.h"

#define FIRST		"bh-pat-m1"
#define SECOND		"bh-pat-m2"
#define PLACE		"bh-in-place"
#define PROCS(c)	CGROUPS "/" c "/cgroup.procs"
#define DEBUGFS		TOP "/debug"
#define PREEMPTION	DEBUGFS "/sched/preempt"

/* Shared with the children. */
static struct shared {
	_Atomic bool stop, ended;
	_Atomic int last;		/* child's pid */
	_Atomic unsigned long tried, worked, moved;
} *shared;

static int move(pid_t pid, const char *procs)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", pid);
	return write_file(procs, text);
}

static unsigned int forming_now(void)
{
	struct control_status status;

	if (control_status(&status))
		bail("no status");
	return status.forming;
}

/* Its first thread has ended: what is left is a zombie and a second thread. */
static bool is_zombie(pid_t pid)
{
	char path[64], stat[512];

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	return !read_file(path, stat, sizeof(stat)) && strstr(stat, ") Z ");
}

static void await_zombie(pid_t pid)
{
	int tries;

	for (tries = 0; !is_zombie(pid); tries++) {
		if (tries == 1000)
			bail("%d does not end", pid);
		sleep_ms(10);
	}
}

static void zombie(unsigned int before)
{
	pid_t pid = fork();

	if (!pid)
		_exit(0);
	await_zombie(pid);
	move(pid, PROCS(FIRST));
	ok(forming_now() == before, "a zombie, moved in, does not form");
	waitpid(pid, NULL, 0);
	ok(forming_now() == before, "and leaves nothing behind");
}

static void *wait_on(void *unused)
{
	for (;;)
		pause();
	return unused;
}

static void dead_leader(unsigned int before)
{
	pthread_t thread;
	pid_t pid = fork();

	if (!pid) {
		pthread_create(&thread, NULL, wait_on, NULL);
		syscall(SYS_exit, 0);
	}
	await_zombie(pid);
	ok(!move(pid, PROCS(FIRST)) && forming_now() == before + 1,
	   "a process whose first thread has ended: the other one forms");
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	ok(forming_now() == before, "and leaves nothing behind");
}

static void *end_at_once(void *unused)
{
	return unused;
}

static void dying_threads(unsigned int before)
{
	pthread_attr_t detached;
	pthread_t thread;
	pid_t pid = fork();
	int i;

	if (!pid) {
		pthread_attr_init(&detached);
		pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
		for (;;)
			pthread_create(&thread, &detached, end_at_once, NULL);
	}
	for (i = 0; i < 50; i++) {
		move(pid, PROCS(FIRST));
		move(pid, CGROUPS "/cgroup.procs");
	}
	move(pid, PROCS(FIRST));
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	ok(forming_now() == before, "moved while its threads come and go: nothing is left");
}

/* Children of the task that read what is denied. */
static int act_fork_on(const struct args *a)
{
	cpu_set_t first;
	pid_t pid;
	int fd;

	if (fork())
		return 0;
	CPU_ZERO(&first);
	CPU_SET(0, &first);
	sched_setaffinity(0, sizeof(first), &first);
	while (!shared->stop) {
		pid = fork();
		if (!pid) {
			fd = open(a->path, O_RDONLY);
			shared->tried++;
			shared->worked += fd >= 0 || errno != EACCES;
			_exit(0);
		}
		waitpid(pid, NULL, 0);
		shared->last = pid;
	}
	shared->ended = true;
	_exit(0);
}

/*
 * Moves the next child as soon as it can be seen, which is before the fork has
 * ended: who waits for that moment goes first, on the same CPU.
 */
static void __attribute__((noreturn)) mover_of_children(void)
{
	const struct sched_param first_of_all = { 10 };
	pid_t next, done = 0;
	cpu_set_t first;

	CPU_ZERO(&first);
	CPU_SET(0, &first);
	sched_setaffinity(0, sizeof(first), &first);
	if (sched_setscheduler(0, SCHED_FIFO, &first_of_all))
		_exit(1);
	while (!shared->stop) {
		usleep(100 + shared->tried * 37 % 1000);
		next = shared->last + 1;
		if (next == 1 || next == done || move(next, PROCS(SECOND)))
			continue;
		done = next;
		shared->moved++;
	}
	_exit(0);
}

static void set_preemption(const char *how)
{
	errno = write_file(PREEMPTION, how);
	if (errno)
		bail("write %s to %s: %m", how, PREEMPTION);
}

/* @armed: the task that forks is confined, else it forms. */
static void children(unsigned int before, bool armed)
{
	const struct args secret = { SECRET };
	double begin = seconds();
	char preemption[64], *in_use;
	struct box b;
	pid_t mover;

	read_file(PREEMPTION, preemption, sizeof(preemption));
	in_use = strchr(preemption, '(');
	if (!in_use)
		bail("no preemption in use: %s", preemption);
	*strchrnul(in_use, ')') = 0;
	set_preemption("full");
	memset(shared, 0, sizeof(*shared));
	box_open(&b, FIRST);
	if (armed)
		control_arm(b.pid);
	box_become(&b, act_fork_on, &secret);
	mover = fork();
	if (!mover)
		mover_of_children();
	while (shared->moved < 60 && seconds() - begin < 20 * slowness())
		sleep_ms(100);
	shared->stop = true;
	waitpid(mover, NULL, 0);
	while (!shared->ended)
		sleep_ms(10);
	set_preemption(in_use + 1);
	/* For a moment of its move a forming one counts as confined. */
	ok(shared->moved >= 20 && (armed ? !shared->worked : shared->worked > 20),
	   "children of a %s task, moved while they are born, are what it is",
	   armed ? "confined" : "forming");
	diag("%lu moved of %lu, %lu got through", shared->moved, shared->tried,
	     shared->worked);
	close(b.fd);
	waitpid(b.pid, NULL, 0);
	events_drop(300);
	ok(forming_now() == before, "and nothing is left of them");
}

/* A second thread that is told to end, when the first executes, but waits. */
static int act_second_thread(const struct args *a)
{
	pthread_t thread;

	(void)a;
	return pthread_create(&thread, NULL, wait_on, NULL);
}

static pid_t second_thread(pid_t pid)
{
	char path[64];
	int n;

	for (n = pid + 1; n < pid + 100; n++) {
		snprintf(path, sizeof(path), "/proc/%d/task/%d", pid, n);
		if (!access(path, F_OK))
			return n;
	}
	bail("%d has no second thread", pid);
}

/* Runs while @b executes HELPER and can't come to its end. */
static void move_and_let_go(pid_t pid, pid_t thread, const char *procs)
{
	int status;

	if (waitpid(thread, &status, __WALL) != thread ||
	    status >> 8 != (SIGTRAP | PTRACE_EVENT_EXIT << 8))
		_exit(1);
	if (move(pid, procs) || ptrace(PTRACE_CONT, thread, 0, 0))
		_exit(2);
	_exit(0);
}

static void amid_execution(unsigned int before)
{
	const struct args none = { 0 };
	pid_t thread, tracer;
	struct box b;
	int ready[2], status;
	char byte;

	box_open(&b, FIRST);
	if (box_become(&b, act_second_thread, &none) || pipe(ready))
		bail("a second thread: %m");
	thread = second_thread(b.pid);
	tracer = fork();
	if (!tracer) {
		close(b.fd);
		if (ptrace(PTRACE_SEIZE, thread, 0, PTRACE_O_TRACEEXIT))
			_exit(3);
		write(ready[1], "x", 1);
		move_and_let_go(b.pid, thread, PROCS(SECOND));
	}
	close(ready[1]);
	read(ready[0], &byte, 1);
	close(ready[0]);
	ok(!box_exec(&b, HELPER) && waitpid(tracer, &status, 0) == tracer && !status,
	   "moved between two bound cgroups while it executes");
	b.id = cgroup_id(SECOND);
	confined(&b, "the execution has armed it");
	ok(forming_now() == before, "and it forms no more");
	close(b.fd);
	waitpid(b.pid, NULL, 0);
}

/*
 * A second thread executes, and takes the first one's place and number: to
 * take the old memory down, page by page, takes a while.
 */
static void *exec_helper(void *unused)
{
	execl(HELPER, HELPER, "serve", "3", NULL);
	return unused;
}

static int act_thread_exec_big(const struct args *a)
{
	size_t size = 768UL << 20, at;
	volatile char *m = mmap(NULL, size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS,
				-1, 0);
	pthread_t thread;
	char sum = 0;

	(void)a;
	if (m == MAP_FAILED)
		return errno;
	/* A kernel without huge pages doesn't know the word. */
	if (madvise((void *)m, size, MADV_NOHUGEPAGE) && errno != EINVAL)
		return errno;
	for (at = 0; at < size; at += 4096)
		sum |= m[at];
	if (sum || pthread_create(&thread, NULL, exec_helper, NULL))
		return EAGAIN;
	pthread_join(thread, NULL);
	return ENOEXEC;
}

static void __attribute__((noreturn)) mover_to_and_fro(pid_t pid)
{
	while (!shared->stop) {
		shared->moved += !move(pid, PROCS(SECOND));
		shared->moved += !move(pid, PROCS(FIRST));
	}
	_exit(0);
}

static void thread_execution(unsigned int before)
{
	const struct args none = { 0 };
	struct box b;
	pid_t mover;

	memset(shared, 0, sizeof(*shared));
	box_open(&b, FIRST);
	box_exec(&b, HELPER);
	mover = fork();
	if (!mover)
		mover_to_and_fro(b.pid);
	ok(!box_become(&b, act_thread_exec_big, &none),
	   "a second thread of a confined task executes");
	shared->stop = true;
	waitpid(mover, NULL, 0);
	diag("%lu moves meanwhile", shared->moved);
	move(b.pid, PROCS(FIRST));
	confined(&b, "and is confined, moved meanwhile or not");
	ok(forming_now() == before, "it does not form");
	close(b.fd);
	waitpid(b.pid, NULL, 0);
}

/* Open path, in a thread of the kernel's making. */
static int read_kept(const struct args *a, uint8_t flags)
{
	const struct io_uring_sqe sqe = {
		.opcode = IORING_OP_OPENAT,
		.flags = flags,
		.fd = AT_FDCWD,
		.addr = (uintptr_t)a->path,
		.open_flags = O_RDONLY,
	};
	int result = uring_do_kept(&sqe);

	return result < 0 ? -result : 0;
}

/* By a ring that is kept; n[0]: one that a thread polls. */
static int act_uring_keep(const struct args *a)
{
	int error = -uring_keep(a->n[0] ? IORING_SETUP_SQPOLL : 0);

	return error ? error : read_kept(a, a->n[0] ? 0 : IOSQE_ASYNC);
}

static int act_uring_read(const struct args *a)
{
	return read_kept(a, a->n[0] ? 0 : IOSQE_ASYNC);
}

/* Threads of io_uring are nobody's children, and never execute. */
static void workers(unsigned int before, long polls)
{
	const struct args secret = { SECRET, .n = { polls } };
	const struct args other = { OTHER, .n = { polls } };
	const struct want want = {
		.policy = "bound", .rule = CONFINED_RULE, .act = BULKHEAD_ACT_OPEN,
		.perms = BULKHEAD_PERM_READ, .path = SECRET, .pid = ANY_PID,
		.cgroup = cgroup_id(SECOND),
	};
	struct box b;

	box_open(&b, FIRST);
	box_exec(&b, HELPER);
	errno = box_become(&b, act_uring_keep, &other);
	if (errno)
		bail("io_uring: %m");
	ok(!move(b.pid, PROCS(SECOND)) && forming_now() == before,
	   "io_uring: its %s is moved, and does not form", polls ? "poller" : "worker");
	ok(box_become(&b, act_uring_read, &secret) == EACCES && event_wanted(&want),
	   "io_uring: it is confined still");
	close(b.fd);
	waitpid(b.pid, NULL, 0);
}

/* Started with a number of one's choice: it reads what is denied, when told to. */
static pid_t start_as(pid_t number, int told)
{
	struct clone_args c = {
		.exit_signal = SIGCHLD, .set_tid = (uintptr_t)&number, .set_tid_size = 1,
	};
	pid_t pid = syscall(SYS_clone3, &c, sizeof(c));
	char byte;

	if (!pid) {
		if (read(told, &byte, 1) != 1)
			_exit(EIO);
		_exit(open(SECRET, O_RDONLY) < 0 ? errno : 0);
	}
	if (pid < 0)
		bail("start a process as %d: %m", number);
	return pid;
}

/* Numbers come again; what was known of the one before is not of the next. */
static void same_number(void)
{
	const struct args none = { 0 };
	int told[2], status;
	struct box b;
	pid_t pid;

	box_open(&b, FIRST);
	box_exec(&b, HELPER);
	if (box_do(&b, act_nothing, &none, &pid) || pipe(told))
		bail("a confined child: %m");
	ok(start_as(pid, told[0]) == pid && !move(pid, PROCS(FIRST)) && !control_forming(pid),
	   "a new process with the number of a confined one that has ended: it forms");
	if (write(told[1], "x", 1) != 1)
		bail("write: %m");
	ok(waitpid(pid, &status, 0) == pid && !status, "and is not confined");
	close(told[0]);
	close(told[1]);
	close(b.fd);
	waitpid(b.pid, NULL, 0);
}

/* As many threads as there may be forming tasks. */
static int act_threads(const struct args *a)
{
	pthread_attr_t small;
	pthread_t thread;
	long n;

	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, 64 << 10);
	for (n = 0; n < a->n[0]; n++) {
		errno = pthread_create(&thread, &small, wait_on, NULL);
		if (errno)
			return errno;
	}
	return 0;
}

/* The table of them is full: whoever comes next is confined at once. */
static void too_many(unsigned int before)
{
	const struct args all = { .n = { BKH_FORMING_MAX } };
	struct control_status first, then;
	struct box many, late;

	box_open(&many, FIRST);
	control_status(&first);
	errno = box_become(&many, act_threads, &all);
	if (errno)
		bail("%d threads: %m", BKH_FORMING_MAX);
	control_status(&then);
	ok(then.forming == BKH_FORMING_MAX && then.closed > first.closed,
	   "no more tasks form than there may, and the rest is counted: %u", then.forming);
	box_open(&late, SECOND);
	confined(&late, "who comes then is confined at once");
	close(late.fd);
	waitpid(late.pid, NULL, 0);
	kill(many.pid, SIGKILL);
	close(many.fd);
	waitpid(many.pid, NULL, 0);
	ok(forming_now() == before, "and nothing is left of them");
}

/* Forming ends with the binding: another one finds running tasks. */
static void unbound_meanwhile(unsigned int before)
{
	struct box b;

	b.id = cgroup_make("bh-once");
	box_confine(&b, "bound");
	box_open(&b, "bh-once");
	unconfined(&b, "moved into a cgroup that is bound: it forms");
	ok(!control_unbind(b.id) && forming_now() == before,
	   "the cgroup is unbound: it forms no more");
	box_confine(&b, "bound");
	confined(&b, "bound again: it is confined at once");
	box_close(&b);
}

/* Moves whoever it is told of to where that one is already. */
static void __attribute__((noreturn)) mover_in_place(void)
{
	while (!shared->stop)
		shared->moved += shared->last && !move(shared->last, PROCS(PLACE));
	_exit(0);
}

/* As its own threads could: such a move is none into the container. */
static void bound_amid_moves(void)
{
	const struct args secret = { SECRET };
	unsigned int i, loose = 0;
	unsigned long moved;
	struct box b;
	pid_t mover;

	memset(shared, 0, sizeof(*shared));
	mover = fork();
	if (!mover)
		mover_in_place();
	for (i = 0; i < 20; i++) {
		box_open(&b, PLACE);
		moved = shared->moved;
		shared->last = b.pid;
		while (shared->moved == moved)
			sleep_ms(1);
		box_confine(&b, "bound");
		loose += box_do(&b, act_read, &secret, NULL) != EACCES;
		shared->last = 0;
		box_close(&b);
	}
	shared->stop = true;
	waitpid(mover, NULL, 0);
	diag("%lu moves, %u times it was loose", shared->moved, loose);
	events_drop(300);
	ok(!loose, "bound while it is moved to where it is: confined at once");
}

void moves(void)
{
	unsigned int before = forming_now();

	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	mount_at("debugfs", DEBUGFS, "debugfs", 0, NULL);
	if (mount(NULL, CGROUPS, NULL, MS_REMOUNT, "favordynmods"))
		bail("remount " CGROUPS ": %m");
	cgroup_make(FIRST);
	cgroup_make(SECOND);
	zombie(before);
	dead_leader(before);
	dying_threads(before);
	children(before, true);
	children(before, false);
	amid_execution(before);
	thread_execution(before);
	workers(before, 0);
	workers(before, 1);
	unbound_meanwhile(before);
	bound_amid_moves();
	same_number();
	too_many(before);
	cgroup_remove(FIRST);
	cgroup_remove(SECOND);
	umount2(DEBUGFS, MNT_DETACH);
	/* For the suites after this one, too. */
	if (mount(NULL, CGROUPS, NULL, MS_REMOUNT, NULL))
		bail("remount " CGROUPS ": %m");
}
