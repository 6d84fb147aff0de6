// SPDX-License-Identifier: GPL-2.0-only
/* UNIX sockets with a name in the file system: connecting and sending take w. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <linux/bulkhead.h>

#include "acts.h"
#include "addr.h"
#include "host.h"
#include "suite.h"
#include "tap.h"
#include "trial.h"

#define OPEN	TOP "/open"
#define SHUT	TOP "/shut"
#define BOUND	TOP "/bound"	/* another name of SHUT */
#define DENIED(file, r)	.error = EACCES, .want = {			\
	.act = BULKHEAD_ACT_UNIX, .perms = BULKHEAD_PERM_WRITE,		\
	.path = file, .rule = r }
#define DENY_SHUT	"deny w " SHUT "/**"
#define DEFAULT		"default: deny"

static const char unix_yaml[] =
"bulkhead: 1\n"
"policy: unix\n"
"mode: enforce\n"
"presets: {except: [runtime-socket, mount]}\n"
"file:\n"
"  default: deny\n"
"  rules:\n"
"    - allow rwxmcd " OPEN "/**, /proc/**, /dev/**, " HELPER "\n"
"    - allow rwcd " TOP "/**\n"
"    - deny w " SHUT "/**\n";

/* connect(path) by a socket of type n[0]. */
static int act_unix_connect(const struct args *a)
{
	struct sockaddr_un un;
	int len = addr_unix(&un, a->path);
	int fd = socket(AF_UNIX, a->n[0], 0);
	int error = 0;

	if (fd < 0 || connect(fd, (struct sockaddr *)&un, len))
		error = errno;
	close(fd);
	return error;
}

/* sendto(path), without a connection. */
static int act_unix_send(const struct args *a)
{
	struct sockaddr_un un;
	int len = addr_unix(&un, a->path);
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	int error = 0;

	if (fd < 0 || sendto(fd, "x", 1, MSG_DONTWAIT, (struct sockaddr *)&un, len) != 1)
		error = errno;
	close(fd);
	return error;
}

/* Connected first, then one send: judged once. */
static int act_unix_connect_send(const struct args *a)
{
	struct sockaddr_un un;
	int len = addr_unix(&un, a->path);
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	int error = 0;

	if (fd < 0 || connect(fd, (struct sockaddr *)&un, len) ||
	    send(fd, "x", 1, MSG_DONTWAIT) != 1)
		error = errno;
	close(fd);
	return error;
}

/* A server of type @type at @path, for as long as the suite lives. */
static int serve(const char *path, int type)
{
	struct sockaddr_un un;
	int len = addr_unix(&un, path);
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&un, len) || chmod(path, 0666))
		bail("%s: %s", path, strerror(errno));
	if (type != SOCK_DGRAM && listen(fd, 64))
		bail("listen: %s", strerror(errno));
	return fd;
}

/* The server's datagrams are taken out, or the next one would have to wait. */
static int servers[6];

static void drain(const struct args *a)
{
	char c[8];
	unsigned int i;

	(void)a;
	for (i = 0; i < ARRAY_SIZE(servers); i++)
		while (recv(servers[i], c, sizeof(c), MSG_DONTWAIT) > 0)
			;
}

static const struct trial trials[] = {
	{ "stream, allowed name", act_unix_connect,
	  { .path = OPEN "/stream", .n = { SOCK_STREAM } } },
	{ "seqpacket, allowed name", act_unix_connect,
	  { .path = OPEN "/packet", .n = { SOCK_SEQPACKET } } },
	{ "datagram, allowed name", act_unix_send, { .path = OPEN "/dgram" }, .again = drain },
	{ "connected datagrams, allowed name", act_unix_connect_send,
	  { .path = OPEN "/dgram" }, .again = drain },
	{ "stream, denied by rule", act_unix_connect,
	  { .path = SHUT "/stream", .n = { SOCK_STREAM } },
	  DENIED(SHUT "/stream", DENY_SHUT) },
	{ "seqpacket, denied by rule", act_unix_connect,
	  { .path = SHUT "/packet", .n = { SOCK_SEQPACKET } },
	  DENIED(SHUT "/packet", DENY_SHUT) },
	{ "datagram, denied by rule", act_unix_send, { .path = SHUT "/dgram" },
	  DENIED(SHUT "/dgram", DENY_SHUT), .again = drain },
	{ "connecting for datagrams, denied by rule", act_unix_connect_send,
	  { .path = SHUT "/dgram" }, DENIED(SHUT "/dgram", DENY_SHUT), .again = drain },
	{ "under another name that allows it: the denied one counts, too",
	  act_unix_connect, { .path = BOUND "/stream", .n = { SOCK_STREAM } },
	  DENIED(ANY_PATH, DENY_SHUT) },
};

static int act_pair_send(const struct args *a)
{
	int pair[2];

	if (socketpair(AF_UNIX, a->n[0], 0, pair) || write(pair[0], "x", 1) != 1)
		return errno;
	return 0;
}

static const struct trial nameless[] = {
	{ "a pair of streams", act_pair_send, { .n = { SOCK_STREAM } } },
	{ "a pair for datagrams", act_pair_send, { .n = { SOCK_DGRAM } } },
};

unsigned int suite_points(void)
{
	return TRIAL_POINTS * (ARRAY_SIZE(trials) + ARRAY_SIZE(nameless)) + 1;
}

void suite(void)
{
	struct box b;
	unsigned int i;

	make_dir(OPEN);
	make_dir(SHUT);
	make_dir(BOUND);
	mount_at(SHUT, BOUND, NULL, MS_BIND, NULL);
	servers[0] = serve(OPEN "/stream", SOCK_STREAM);
	servers[1] = serve(OPEN "/packet", SOCK_SEQPACKET);
	servers[2] = serve(OPEN "/dgram", SOCK_DGRAM);
	servers[3] = serve(SHUT "/stream", SOCK_STREAM);
	servers[4] = serve(SHUT "/packet", SOCK_SEQPACKET);
	servers[5] = serve(SHUT "/dgram", SOCK_DGRAM);
	apply("unix", unix_yaml);
	events_open();
	box_open(&b, "bh-unix");
	box_confine(&b, "unix");
	trials_run(&b, "unix", trials, ARRAY_SIZE(trials));
	trials_run(&b, "unix", nameless, ARRAY_SIZE(nameless));
	box_close(&b);
	no_more_events();
	events_close();
	for (i = 0; i < ARRAY_SIZE(servers); i++)
		close(servers[i]);
	umount2(BOUND, MNT_DETACH);
}
