// SPDX-License-Identifier: GPL-2.0-only
/* The process that watches whether the policy is in force at any time. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "addr.h"
#include "box.h"
#include "tap.h"
#include "watch.h"

#define CGROUP	ROOM "/c-watch"

struct watch *watch;
static pid_t watcher;

int watch_map(void)
{
	return map_shared(WATCH, sizeof(*watch), (void **)&watch);
}

void watch_set_up(void)
{
	put_file(SECRET, "secret\n");
	put_file(PUBLIC, "public\n");
	put_file(WATCH, "");
	if (truncate(WATCH, sizeof(*watch)))
		bail("make " WATCH ": %m");
	errno = watch_map();
	if (errno)
		bail("map " WATCH ": %m");
}

static int try_open(const char *path)
{
	int file = open(path, O_RDONLY | O_CLOEXEC);

	if (file < 0)
		return errno;
	close(file);
	return 0;
}

static int try_connect(int port)
{
	struct sockaddr_storage to = addr("127.0.0.1", port);
	int sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int error;

	if (sock < 0)
		return errno;
	error = connect(sock, (void *)&to, addr_len(&to)) ? errno : 0;
	close(sock);
	return error;
}

static void make_round(void)
{
	watch->through += try_open(SECRET) != EACCES;
	watch->held_back += !!try_open(PUBLIC);
	watch->through += try_connect(FORBIDDEN_PORT) != EACCES;
	watch->held_back += !!try_connect(ALLOWED_PORT);
	watch->rounds++;
}

static int act_watch(const struct args *a)
{
	int error = watch_map();

	(void)a;
	while (!error && !watch->stop) {
		watch->pausing = watch->pause;
		if (!watch->pause)
			make_round();
		usleep(1000);
	}
	return error;
}

void watch_start(void)
{
	char function[32];

	watch->stop = false;
	cgroup_make(CGROUP);
	snprintf(function, sizeof(function), "%lx", (unsigned long)act_watch);
	watcher = fork();
	if (!watcher) {
		errno = write_file(CGROUPS "/" CGROUP "/cgroup.procs", "0");
		if (!errno)
			execl(HELPER, HELPER, "call", function, "0", NULL);
		_exit(errno);
	}
}

void watch_stop(void)
{
	int status;

	watch->stop = true;
	if (waitpid(watcher, &status, 0) != watcher || status)
		bail("the watch ended with status %#x", status);
	watcher = 0;
	cgroup_remove(CGROUP);
}

static void await(bool (*come)(unsigned long), unsigned long since)
{
	unsigned int tries;

	for (tries = 0; !come(since); tries++) {
		if (tries == 10000)
			bail("the watch doesn't move");
		sleep_ms(2);
	}
}

static bool pausing(unsigned long since)
{
	return watch->pausing == !!since;
}

void watch_pause(bool pause)
{
	watch->pause = pause;
	await(pausing, pause);
}

/* The round that was under way, and one more. */
static bool went_round(unsigned long since)
{
	return watch->rounds > since + 1;
}

bool watch_is_well(void)
{
	if (watcher && !watch->pause)
		await(went_round, watch->rounds);
	if (!watch->through && !watch->held_back)
		return true;
	diag("%lu forbidden acts worked, %lu allowed ones failed", watch->through,
	     watch->held_back);
	watch->through = 0;
	watch->held_back = 0;
	return false;
}
