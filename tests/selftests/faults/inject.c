// SPDX-License-Identifier: GPL-2.0-only
/* Lets allocations fail, one after another. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/rseq.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host.h"
#include "inject.h"
#include "tap.h"
#include "watch.h"

#define DEBUGFS	TOP "/debug"

static bool full;
static bool onward;	/* where one fails, all that come after it do */

static void set(const char *which, const char *name, const char *value)
{
	char path[160];

	snprintf(path, sizeof(path), DEBUGFS "/%s/%s", which, name);
	errno = write_file(path, value);
	if (errno)
		bail("%s: %m", path);
}

static void set_both(const char *name, const char *value)
{
	set("failslab", name, value);
	set("fail_page_alloc", name, value);
}

/*
 * The kernel kills a task whose area of these it can't write, and a page of it
 * may be one of the allocations that fail. So neither we nor what we execute
 * have any. The area was registered with a size that not all libraries tell.
 */
static void forgo_restartable_sequences(void)
{
	void *area = (char *)__builtin_thread_pointer() + __rseq_offset;

	if (__rseq_size && syscall(SYS_rseq, area, 32, RSEQ_FLAG_UNREGISTER, RSEQ_SIG))
		bail("go without restartable sequences: %m");
	if (setenv("GLIBC_TUNABLES", "glibc.pthread.rseq=0", 1))
		bail("have others go without them: %m");
}

void inject_set_up(void)
{
	char line[4096] = "";

	forgo_restartable_sequences();
	mount_at("debugfs", DEBUGFS, "debugfs", 0, NULL);
	set_both("probability", "0");
	set_both("verbose", "0");
	set_both("ignore-gfp-wait", "0");
	set("fail_page_alloc", "ignore-gfp-highmem", "0");
	set("fail_page_alloc", "min-order", "0");
	read_file("/proc/cmdline", line, sizeof(line));
	full = strstr(line, "bulkhead.long=1");
}

/* All allocations fail of tasks that are marked for it, or none. */
static void fail_marked(bool fail)
{
	set_both("probability", "0");
	set_both("task-filter", fail ? "1" : "0");
	set_both("times", fail ? "-1" : "1");
	set_both("probability", fail ? "100" : "0");
}

void fail_all_of(const char *name, bool fail)
{
	char path[64], comm[64];
	struct dirent *e;
	DIR *proc = opendir("/proc");

	set_both("probability", "0");
	while ((e = readdir(proc))) {
		snprintf(path, sizeof(path), "/proc/%.20s/comm", e->d_name);
		if (atoi(e->d_name) <= 0 || read_file(path, comm, sizeof(comm)) ||
		    strncmp(comm, name, strlen(name)))
			continue;
		snprintf(path, sizeof(path), "/proc/%.20s/make-it-fail", e->d_name);
		write_file(path, fail ? "1" : "0");
	}
	closedir(proc);
	fail_marked(fail);
}

static int fd = -1, mark = -1;

/* The files are open before anything may fail; what is marked fails after the nth. */
void fail_nth(unsigned int n)
{
	char number[16];

	mark = open("/proc/thread-self/make-it-fail", O_WRONLY | O_CLOEXEC);
	fd = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
	snprintf(number, sizeof(number), "%u", n);
	if (mark < 0 || fd < 0 || write(fd, number, strlen(number)) < 0 ||
	    (onward && write(mark, "1", 1) != 1))
		bail("let an allocation fail: %m");
}

unsigned int fail_end(void)
{
	char text[16] = "";
	ssize_t n = write(mark, "0", 1);

	if (n == 1)
		n = pread(fd, text, sizeof(text) - 1, 0);
	if (write(fd, "0", 1) != 1 || n <= 0)
		bail("let allocations work: %m");
	close(fd);
	close(mark);
	return atoi(text);
}

void fail_nth_of(pid_t pid, unsigned int n)
{
	char path[64], number[16];

	snprintf(path, sizeof(path), "/proc/%d/fail-nth", pid);
	snprintf(number, sizeof(number), "%u", n);
	errno = write_file(path, number);
	if (errno)
		bail("let an allocation of another fail: %m");
}

unsigned int fail_left_of(pid_t pid)
{
	char path[64], text[16] = "";

	snprintf(path, sizeof(path), "/proc/%d/fail-nth", pid);
	errno = read_file(path, text, sizeof(text));
	if (errno)
		bail("%s: %m", path);
	return atoi(text);
}

int try_here(int (*act)(void), unsigned int n, unsigned int *left)
{
	int error;

	fail_nth(n);
	error = act();
	*left = fail_end();
	return error;
}

int try_in_child(int (*before)(void), int (*act)(void), unsigned int n,
		 unsigned int *left)
{
	int status;
	siginfo_t info;
	pid_t pid = fork();

	if (pid < 0)
		bail("fork: %m");
	if (!pid) {
		int error = before ? before() : 0;

		if (error)
			_exit(error);
		fail_nth(n);
		_exit(act());
	}
	if (waitid(P_PID, pid, &info, WEXITED | WNOWAIT))
		bail("wait for a child: %m");
	*left = fail_left_of(pid);
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* n[2]: the act; n[3]: which allocation. The act finds n[0] and n[1] its own. */
static int act_with_fault(const struct args *a)
{
	int error = watch_map();

	if (error)
		return error;
	fail_nth(a->n[3]);
	error = ((act_fn)a->n[2])(a);
	watch->left = fail_end();
	return error;
}

int try_in_box(struct box *b, act_fn act, const struct args *args, unsigned int n,
	       unsigned int *left)
{
	struct args a = *args;
	int error;

	a.n[2] = (long)act;
	a.n[3] = n;
	watch->left = MANY;
	error = box_do(b, act_with_fault, &a, NULL);
	*left = watch->left;
	return error;
}

/* From one allocation to the next that is tried, @all of them being made. */
static unsigned int step(const struct ordeal *o, unsigned int n, unsigned int all)
{
	unsigned int stride = o->stride ? o->stride : STRIDE;

	if (full || !o->last || n < o->first || n + o->last + stride > all)
		return 1;
	return stride;
}

static unsigned int count(const struct ordeal *o)
{
	unsigned int left;
	int error;

	o->prepare();
	error = o->attempt(MANY, &left);
	if (error || !o->judge(error))
		bail("%s: wrong before anything fails: errno %d", o->what, error);
	return MANY - left;
}

struct tally {
	unsigned int tried, failed, reported, wrong;
	unsigned int left;	/* of the last try */
	int error;
};

static void try_nth(const struct ordeal *o, unsigned int n, struct tally *t)
{
	o->prepare();
	t->error = o->attempt(n, &t->left);
	t->tried++;
	t->failed += !t->left;
	t->reported += !t->left && t->error;
	if (o->judge(t->error) && watch_is_well())
		return;
	diag("%s: wrong when allocation %u fails; reported: %d", o->what, n, t->error);
	t->wrong++;
}

#define SEARCHES	200
#define SEARCHED	16

/*
 * There may be a few more or fewer of them each time, so that the one wanted,
 * among the last ones, is passed by.
 */
static bool search_ours(const struct ordeal *o, unsigned int all, uint64_t before,
			struct tally *t)
{
	unsigned int i;

	for (i = 0; o->ours && *o->ours == before && i < SEARCHES; i++)
		if (all > i % SEARCHED)
			try_nth(o, all - i % SEARCHED, t);
	return !o->ours || *o->ours != before;
}

/* Allocations are fewer where another has left something behind, but not by many. */
static bool is_full(const struct tally *t)
{
	return t->failed > t->tried / 2 && t->reported && !t->wrong && !t->error;
}

/* Pages of the programs' own are spared: without them the kernel tries for ever. */
static void go_onward(bool begin)
{
	onward = begin;
	fail_marked(begin);
	set("fail_page_alloc", "ignore-gfp-highmem", begin ? "1" : "0");
}

void ordeal(const struct ordeal *o)
{
	uint64_t before = o->ours ? *o->ours : 0;
	unsigned int all = count(o), n;
	double began = seconds();
	struct tally t = { 0 };
	bool found, well;

	go_onward(o->onward);
	for (n = 1;; n += step(o, n, all)) {
		try_nth(o, n, &t);
		if ((t.left && n >= all) || t.wrong > 10)
			break;
	}
	well = is_full(&t);
	found = search_ours(o, all, before, &t);
	go_onward(false);
	if (!found)
		diag("%s: none of the module's own failed", o->what);
	diag("%s: %u allocations, %u tried, %u failed, %u of them were reported, %.0f s",
	     o->what, all, t.tried, t.failed, t.reported, seconds() - began);
	ok(well && !t.wrong && found, "%s, %sallocations failing in turn%s, then none",
	   o->what, full || !o->last ? "all " : "",
	   o->onward ? " with all that come after" : "");
}
