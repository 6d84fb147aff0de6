// SPDX-License-Identifier: GPL-2.0-only
/*
 * Replacement: one ruleset after another while eight processes try what both
 * deny and what both allow. There is no moment when the one works or the other
 * fails, and no cgroup that is made in between without its policy.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <linux/bulkhead.h>

#include "acts.h"
#include "addr.h"
#include "control.h"
#include "host.h"
#include "netns.h"
#include "replace.h"
#include "suite.h"
#include "tap.h"

#define REPLACEMENTS	150
#define HAMMERS		4	/* of each kind */

#define CROWD		200

#define HEAD							\
"bulkhead: 1\n"							\
"policy: hammered\n"						\
"mode: enforce\n"						\
"match:\n"							\
"  - cgroup: /" FIRST "/new*\n"					\
"  - cgroup: /" SECOND "/*\n"

static const char first_yaml[] =
HEAD
"file: {default: deny, rules: [\"allow rx " TOP "/public, " HELPER "\"]}\n"
"egress: {default: deny, rules: [allow tcp 443, allow udp 53]}\n";

static const char second_yaml[] =
HEAD
"file:\n"
"  default: allow\n"
"  rules:\n"
"    - deny r " SECRET "\n"
"    - deny rwx /nowhere/**\n"
"egress:\n"
"  default: allow\n"
"  rules: [deny tcp 8080, deny udp 9000, deny tcp 1-10 to 10.0.0.0/8]\n";

/* Shared with the hammers. */
static struct shared {
	_Atomic bool stop;
	_Atomic unsigned long opens, connects, cgroups;
	_Atomic unsigned long let_through, held_back;	/* what may not be */
	_Atomic int last;				/* errno of such */
} *shared;

static void saw(bool wrong, _Atomic unsigned long *which, int error)
{
	if (!wrong)
		return;
	(*which)++;
	shared->last = error;
}

static void hammer_open(void)
{
	int fd;

	while (!shared->stop) {
		fd = open(PUBLIC, O_RDONLY);
		saw(fd < 0, &shared->held_back, errno);
		close(fd);
		fd = open(SECRET, O_RDONLY);
		saw(fd >= 0 || errno != EACCES, &shared->let_through, errno);
		close(fd);
		shared->opens++;
	}
}

static int try_connect(int type, int port)
{
	struct sockaddr_storage to = addr("127.0.0.1", port);
	int fd = socket(AF_INET, type, 0);
	struct linger now = { 1, 0 };
	int error = connect(fd, (void *)&to, addr_len(&to)) ? errno : 0;

	/* A reset leaves no port waiting. */
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	close(fd);
	return error;
}

static void hammer_connect(int type, int good, int bad)
{
	int error;

	while (!shared->stop) {
		error = try_connect(type, good);
		saw(error, &shared->held_back, error);
		error = try_connect(type, bad);
		saw(error != EACCES, &shared->let_through, error);
		shared->connects++;
	}
}

/* Of the task itself: eight children that stay. */
static int act_hammer(const struct args *a)
{
	int i;

	(void)a;
	for (i = 0; i < 2 * HAMMERS; i++) {
		if (fork())
			continue;
		/* Who makes cgroups needs more of the CPUs. */
		errno = 0;
		if (nice(10) == -1 && errno)
			_exit(1);
		if (i < HAMMERS)
			hammer_open();
		else if (i % 2)
			hammer_connect(SOCK_STREAM, 443, 8080);
		else
			hammer_connect(SOCK_DGRAM, 53, 9000);
		_exit(0);
	}
	return 0;
}

/* A cgroup that the pattern binds, and at once a program in it that reads. */
static int read_in_new_cgroup(unsigned long n)
{
	char name[64], path[128];
	int status;

	snprintf(name, sizeof(name), FIRST "/new%lu", n);
	cgroup_make(name);
	snprintf(path, sizeof(path), CGROUPS "/%s/cgroup.procs", name);
	if (!fork()) {
		write_file(path, "0");
		execl(HELPER, HELPER, "read", SECRET, NULL);
		_exit(errno);
	}
	wait(&status);
	cgroup_remove(name);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Made in this order, which is the order of walks. */
static void make_crowd(void)
{
	char name[64];
	int i;

	cgroup_make(FIRST);
	cgroup_make(SECOND);
	for (i = 0; i < CROWD; i++) {
		snprintf(name, sizeof(name), SECOND "/%d", i);
		cgroup_make(name);
	}
}

static void remove_crowd(void)
{
	char name[64];
	int i;

	for (i = 0; i < CROWD; i++) {
		snprintf(name, sizeof(name), SECOND "/%d", i);
		cgroup_remove(name);
	}
	cgroup_remove(SECOND);
	cgroup_remove(FIRST);
}

static pid_t start_maker(void)
{
	pid_t pid = fork();
	int error;

	if (pid)
		return pid;
	while (!shared->stop) {
		error = read_in_new_cgroup(shared->cgroups);
		saw(error != EACCES, &shared->let_through, error);
		shared->cgroups++;
	}
	_exit(0);
}

#define POINTS	9

unsigned int suite_points(void)
{
	return POINTS + STARVED_POINTS;
}

/* Return: how many were refused. */
static unsigned int replace(void *const images[2], const size_t sizes[2],
			    uint64_t *last)
{
	unsigned int i, failed = 0;

	for (i = 0; i < REPLACEMENTS; i++) {
		failed += !!control_apply(images[i % 2], sizes[i % 2], last);
		sleep_ms(2);
	}
	return failed;
}

static void judge(void)
{
	diag("%lu opens, %lu connects, %lu cgroups", shared->opens,
	     shared->connects, shared->cgroups);
	if (shared->let_through || shared->held_back)
		diag("let through %lu, held back %lu; last errno %d",
		     shared->let_through, shared->held_back, shared->last);
	ok(!shared->let_through, "what is denied never works");
	ok(!shared->held_back, "what is allowed never fails");
	ok(shared->opens > REPLACEMENTS, "files were opened all the while");
	ok(shared->connects > REPLACEMENTS, "connections were made all the while");
	ok(shared->cgroups > 3, "cgroups were made meanwhile");
}

void suite(void)
{
	static const struct server_port ports[] = {
		{ SOCK_STREAM, 0, 443 }, { SOCK_STREAM, 0, 8080 },
	};
	const struct args none = { 0 };
	struct control_status status;
	struct server server;
	void *images[2];
	size_t sizes[2];
	uint64_t last = 0;
	struct box b;
	pid_t maker;

	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	put_file(SECRET, "secret\n");
	put_file(PUBLIC, "public\n");
	copy_self(HELPER);
	make_crowd();
	server_start(&server, NULL, ports, ARRAY_SIZE(ports));
	images[0] = apply_image("hammered", first_yaml, &sizes[0]);
	images[1] = apply_image("hammered", second_yaml, &sizes[1]);
	box_open(&b, "bh-hammer");
	box_confine(&b, "hammered");
	ok(!box_become(&b, act_hammer, &none), "eight processes hammer");
	maker = start_maker();
	ok(!replace(images, sizes, &last), "every replacement works");
	shared->stop = true;
	ok(!box_become(&b, act_reap, &none) && waitpid(maker, NULL, 0) == maker,
	   "the processes end");
	judge();
	ok(last == generation + REPLACEMENTS && !control_status(&status) &&
	   status.generation == last, "each made one generation");
	box_close(&b);
	starved();
	remove_crowd();
	server_stop(&server);
	free(images[0]);
	free(images[1]);
}
