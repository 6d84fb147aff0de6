// SPDX-License-Identifier: GPL-2.0-only
/* Who makes the containers, and the weather around them; all of it outside. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "storm.h"
#include "tap.h"

/*
 * KiB that are left to the host, above what the kernel keeps for itself; and
 * where it looks for mistakes it keeps what is freed, too, for a while.
 */
#define LEFT		((64 << 10) * slowness())

#define HUGE_PAGES	"/proc/sys/vm/nr_hugepages"
#define BOOST		"/proc/sys/vm/watermark_boost_factor"
#define FILLINGS	TOP "/fillings"
#define FILLING		FILLINGS "/all"

pid_t start_process(void (*what)(unsigned int), unsigned int n)
{
	pid_t pid = fork();

	if (pid < 0)
		bail("fork: %m");
	if (!pid) {
		what(n);
		_exit(0);
	}
	return pid;
}

/* Said by a process of the storm; the suite's plan is kept all the same. */
static void held_back(int act, int error)
{
	tally->held_back++;
	tally->wrong_act = act;
	tally->wrong_error = error;
}

pid_t start_contained(const char *name, act_fn act, unsigned int n)
{
	char procs[160], number[16], function[32];
	pid_t pid = fork();

	if (pid)
		return pid;
	/*
	 * What makes the weather goes first. Nobody is put far behind: a reader
	 * that doesn't run holds up all who wait for a grace period.
	 */
	errno = act == act_work && setpriority(PRIO_PROCESS, 0, 0) ? errno : 0;
	/* Whoever eats the host's memory is the first to go, and he alone. */
	if (act == act_hog && n)
		errno = write_file("/proc/self/oom_score_adj", "1000");
	if (errno)
		_exit(errno);
	snprintf(procs, sizeof(procs), CGROUPS "/" ROOM "/%s/cgroup.procs", name);
	snprintf(function, sizeof(function), "%lx", (unsigned long)act);
	snprintf(number, sizeof(number), "%u", n);
	errno = write_file(procs, "0");
	if (!errno)
		execl(HELPER, HELPER, "call", function, number, NULL);
	_exit(errno);
}

/* Waits for its end, or brings it about: while it does what it does. */
static void end_contained(pid_t pid, const char *name, bool early, unsigned int ms)
{
	char path[160];
	int status;

	if (early) {
		sleep_ms(ms);
		snprintf(path, sizeof(path), CGROUPS "/" ROOM "/%s/cgroup.kill", name);
		tally->killed++;
		write_file(path, "1");
	}
	waitpid(pid, &status, 0);
	if (WIFEXITED(status) && WEXITSTATUS(status))
		held_back('L', WEXITSTATUS(status));
	else if (WIFSIGNALED(status) && !early)
		held_back('K', WTERMSIG(status));
}

void run_engine(unsigned int n)
{
	unsigned int life, seed = n;
	char name[64], path[80];
	pid_t pid;

	snprintf(name, sizeof(name), "c%u", n);
	snprintf(path, sizeof(path), ROOM "/%s", name);
	for (life = 0; !tally->stop; life++) {
		cgroup_make(path);
		tally->cgroups++;
		pid = start_contained(name, act_work, n + CONTAINERS * life);
		if (pid > 0) {
			end_contained(pid, name, rand_r(&seed) % 4 == 0,
				      rand_r(&seed) % 3000);
			tally->lives++;
		}
		cgroup_remove(path);
	}
}

void run_maker(unsigned int n)
{
	char outer[64], inner[80];

	for (; !tally->stop; n++) {
		snprintf(outer, sizeof(outer), ROOM "/c-new%u", n);
		snprintf(inner, sizeof(inner), "%s/inner", outer);
		cgroup_make(outer);
		cgroup_make(inner);
		cgroup_remove(inner);
		cgroup_remove(outer);
		tally->cgroups += 2;
		sleep_ms(5);
	}
}

/* Weather that never clears would be all there is, where everything is slow. */
static void clear_up(unsigned int ms)
{
	sleep_ms(ms * slowness());
}

void run_cpus(unsigned int n)
{
	(void)n;
	while (!tally->stop) {
		if (write_file(LAST_CPU, "0"))
			break;
		sleep_ms(300);
		if (write_file(LAST_CPU, "1"))
			break;
		tally->cpus++;
		clear_up(500);
	}
	write_file(LAST_CPU, "1");
}

/* Return: whether one was killed for its hunger. */
static bool feed(const char *name, unsigned int n)
{
	pid_t pid = start_contained(name, act_hog, n);
	int status;

	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return false;
	tally->killed++;
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}

void run_group_hogs(unsigned int n)
{
	(void)n;
	cgroup_make(ROOM "/c-hog");
	errno = write_file(CGROUPS "/" ROOM "/c-hog/memory.max", "4194304");
	if (errno)
		bail("limit the memory of a cgroup: %m");
	while (!tally->stop) {
		if (feed("c-hog", 0))
			tally->group_kills++;
		clear_up(100);
	}
	cgroup_remove(ROOM "/c-hog");
}

unsigned long free_kib(void)
{
	char text[4096], kept[24], *at;
	unsigned long free, min;

	read_file("/proc/meminfo", text, sizeof(text));
	at = strstr(text, "MemFree:");
	free = at ? strtoul(at + 8, NULL, 10) : 0;
	/* Where there are huge pages it is large, and grows when there are more. */
	read_file("/proc/sys/vm/min_free_kbytes", kept, sizeof(kept));
	min = strtoul(kept, NULL, 10);
	return free > min ? free - min : 0;
}

static int reserve_pages(unsigned long kib)
{
	char number[24];

	snprintf(number, sizeof(number), "%lu", kib / 2048);
	return write_file(HUGE_PAGES, number);
}

/* Where there are no huge pages, or no more: a file, which takes longer. */
static int reserve_file(unsigned long kib)
{
	int fd = open(FILLING, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	int error;

	if (fd < 0)
		return errno;
	error = kib && fallocate(fd, 0, 0, kib * 1024) ? errno : 0;
	close(fd);
	return error == ENOSPC || error == ENOMEM ? 0 : error;
}

static unsigned long spare_kib(void)
{
	unsigned long kib = free_kib();

	return kib > LEFT ? kib - LEFT : 0;
}

/*
 * All but the last of what is free becomes huge pages, which costs nothing and
 * can't be had by anybody: one can eat the rest in no time. Memory in pieces
 * makes few of them.
 */
static void reserve(bool all)
{
	errno = 0;
	if (!access(HUGE_PAGES, F_OK))
		errno = reserve_pages(all ? spare_kib() : 0);
	if (!errno)
		errno = reserve_file(all ? spare_kib() : 0);
	if (errno)
		bail("reserve memory: %m");
}

void run_global_hogs(unsigned int n)
{
	char boost[24];

	/* Or the kernel keeps more for itself at times than was seen to be free. */
	errno = read_file(BOOST, boost, sizeof(boost));
	if (!errno)
		errno = write_file(BOOST, "0");
	if (errno)
		bail("keep watermarks where they are: %m");
	mount_at("tmpfs", FILLINGS, "tmpfs", 0, "size=100%");
	cgroup_make(ROOM "/c-glut");
	while (n--) {
		tally->scarce = true;
		reserve(true);
		if (feed("c-glut", 1))
			tally->global_kills++;
		reserve(false);
		tally->scarce = false;
		clear_up(1000);
	}
	cgroup_remove(ROOM "/c-glut");
	/* For the suites after this one. */
	errno = write_file(BOOST, boost);
	if (errno)
		bail("let watermarks be raised: %m");
}
