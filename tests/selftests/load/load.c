// SPDX-License-Identifier: GPL-2.0-only
/*
 * Loading and unloading: fifty times while processes open, connect and
 * execute; never twice at once. Beside others: see neighbours.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "acts.h"
#include "addr.h"
#include "control.h"
#include "host.h"
#include "suite.h"
#include "tap.h"

#define SECRET		TOP "/secret"
#define CYCLES		50

static const char loaded_yaml[] =
"bulkhead: 1\n"
"policy: loaded\n"
"mode: enforce\n"
"match:\n"
"  - cgroup: /bh-load\n"
"file:\n"
"  default: allow\n"
"  rules:\n"
"    - deny r " SECRET "\n"
"egress: {default: deny}\n";

static const struct args secret = { SECRET };

static struct shared {
	_Atomic bool stop;
	_Atomic unsigned long rounds;
} *shared;

static void open_and_connect(void)
{
	struct sockaddr_storage to = addr("127.0.0.1", 9);
	int fd = open(SECRET, O_RDONLY);

	if (fd >= 0)
		close(fd);
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	if (!connect(fd, (void *)&to, addr_len(&to)))
		send(fd, "x", 1, 0);
	close(fd);
}

static void execute(void)
{
	pid_t pid = fork();

	if (!pid) {
		execl(HELPER, HELPER, "exit", "0", NULL);
		_exit(1);
	}
	waitpid(pid, NULL, 0);
}

/* Of the task itself: four children that stay. */
static int act_load(const struct args *a)
{
	int i;

	(void)a;
	for (i = 0; i < 4; i++) {
		if (fork())
			continue;
		while (!shared->stop) {
			if (i % 2)
				execute();
			else
				open_and_connect();
			shared->rounds++;
		}
		_exit(0);
	}
	return 0;
}

/* What one cycle did wrong, or NULL. */
static const char *cycle(struct box *b, const void *image, size_t size)
{
	uint64_t first;

	if (module_insert())
		return "insmod";
	if (control_apply(image, size, &first) || first != 1)
		return "apply";
	if (box_do(b, act_read, &secret, NULL) != EACCES)
		return "a denial";
	if (module_remove())
		return "disarm and rmmod";
	if (box_do(b, act_read, &secret, NULL))
		return "freedom after rmmod";
	return NULL;
}

static void cycles(struct box *b, const void *image, size_t size)
{
	const char *wrong = NULL;
	double begin = seconds();
	int n;

	for (n = 0; n < CYCLES && !wrong; n++)
		wrong = cycle(b, image, size);
	diag("%d cycles in %.1f s, %lu rounds of load", n, seconds() - begin,
	     shared->rounds);
	ok(!wrong, "fifty times: insmod, apply, deny, disarm, rmmod, allow: %s",
	   wrong ? wrong : "all worked");
	ok(shared->rounds > CYCLES, "the load went on all the while");
}

/* While armed: no second load, no unload; disarming ends enforcement. */
static void once(struct box *b, const void *image, size_t size)
{
	struct control_status status;
	char out[512];

	ok(!module_insert() && !control_apply(image, size, NULL), "load and apply");
	ok(module_insert() && !control_status(&status) && status.generation == 1,
	   "a second insmod fails, and nothing else does");
	ok(RUN(out, "rmmod", "bulkhead"), "rmmod fails while armed");
	ok(box_do(b, act_read, &secret, NULL) == EACCES, "still enforced");
	ok(status.planted_hooks == status.planned_hooks && status.planted_hooks,
	   "every hook is planted");
	ok(!write_file(ARMED, "0"), "disarm");
	ok(!box_do(b, act_read, &secret, NULL), "disarmed: nothing is denied");
	ok(write_file(ARMED, "1") == EINVAL, "arming is for insmod");
	ok(RUN(out, "rmmod", "bulkhead") == 0 && !module_loaded(), "rmmod");
}
#define ONCE	9

/* What was forming is nothing to the module that comes next. */
static void forming(const void *image, size_t size)
{
	struct box b;

	ok(!module_insert() && !control_apply(image, size, NULL), "load and apply");
	box_open(&b, "bh-load");
	ok(!control_forming(b.pid) && !box_do(&b, act_read, &secret, NULL),
	   "a task that is moved in forms");
	ok(!module_remove() && !box_do(&b, act_read, &secret, NULL),
	   "disarm and rmmod while it does");
	ok(!module_insert() && !control_apply(image, size, NULL), "load and apply again");
	ok(control_forming(b.pid) == ENOENT &&
	   box_do(&b, act_read, &secret, NULL) == EACCES,
	   "it was there already: confined at once");
	ok(!module_remove(), "disarm and rmmod");
	close(b.fd);
	waitpid(b.pid, NULL, 0);
}
#define FORMING	6

static int apply_on(const void *image, size_t size)
{
	int error;

	do
		error = control_apply(image, size, NULL);
	while (!error);
	return error;
}

/* Return: what ends whoever applies the same again and again; ENOENT: it wasn't there any more. */
static int apply_while_removed(const void *image, size_t size)
{
	struct control_status status;
	pid_t pid;
	int end;

	if (module_insert())
		bail("insert the module");
	pid = fork();
	if (!pid)
		_exit(apply_on(image, size));
	while (!control_status(&status) && !status.generation)
		sleep_ms(10);
	if (module_remove())
		bail("remove the module");
	waitpid(pid, &end, 0);
	return WIFEXITED(end) ? WEXITSTATUS(end) : EINTR;
}

/* What waits for its turn while the last ruleset is dropped may not put another into force. */
static void late(struct box *b, const void *image, size_t size)
{
	unsigned int tries = 0;
	int error;

	do
		error = apply_while_removed(image, size);
	while (error == ENOENT && ++tries < 20);
	if (!ok(error == ENODEV, "an apply that comes while it is disarmed is refused"))
		diag("%s after %u tries", strerror(error), tries);
	ok(!box_do(b, act_read, &secret, NULL), "nothing is denied by it");
}
#define LATE	2

unsigned int suite_points(void)
{
	return ONCE + FORMING + LATE + 5;
}

void suite(void)
{
	const struct args none = { 0 };
	void *image;
	size_t size;
	struct box b;

	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	put_file(SECRET, "secret\n");
	copy_self(HELPER);
	image = apply_image("loaded", loaded_yaml, &size);
	if (module_remove())
		bail("remove the module: %m");
	box_open(&b, "bh-load");
	once(&b, image, size);
	forming(image, size);
	late(&b, image, size);
	ok(!box_become(&b, act_load, &none), "four processes make load");
	cycles(&b, image, size);
	shared->stop = true;
	ok(!box_become(&b, act_reap, &none), "and end");
	ok(!module_insert() && !module_remove(), "once more, and all is idle");
	box_close(&b);
	free(image);
}
