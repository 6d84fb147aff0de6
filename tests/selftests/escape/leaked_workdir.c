// SPDX-License-Identifier: GPL-2.0-only
/*
 * The runtime leaves a descriptor of a host's directory open and takes it for
 * the working directory: from there ".." leads to the host's root. It lies in
 * the host's mount namespace, and no path leads there from the container's root.
 * CVE-2024-21626 ("Leaky Vessels"); CVE-2016-9962 before it.
 */
#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "addr.h"
#include "escape.h"
#include "host.h"
#include "tap.h"

static void make_folder(struct args *a)
{
	make_secret(a);
	make_dir(TOP "/kept");
}

static int attempt(const struct args *a)
{
	(void)a;
	return write_file("../secret", SPOILT_TEXT);
}

static int attempt_rename(const struct args *a)
{
	(void)a;
	return rename("../secret", "../secret.gone") ? errno : 0;
}

static bool secret_gone(void)
{
	return !unlink(SECRET ".gone");
}

#define SOCKET	TOP "/socket"

static int service;

static void make_socket(struct args *a)
{
	struct sockaddr_un un;
	socklen_t len = addr_unix(&un, SOCKET);

	make_folder(a);
	service = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (service < 0 || bind(service, (void *)&un, len) || listen(service, 1))
		bail("listen at " SOCKET ": %m");
}

static int attempt_connect(const struct args *a)
{
	struct sockaddr_un un;
	socklen_t len = addr_unix(&un, "../socket");
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)a;
	return fd < 0 || connect(fd, (void *)&un, len) ? errno : 0;
}

static bool service_reached(void)
{
	int fd = accept(service, NULL, NULL);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static void remove_socket(void)
{
	close(service);
	unlink(SOCKET);
}

const struct escape leaked_workdir[] = {
	{ "a working directory on the host", { .workdir = TOP "/kept" },
	  make_folder, .attempt = attempt, .escaped = secret_spoilt,
	  .error = EACCES, .act = BULKHEAD_ACT_OPEN, .rule = "preset setns" },
	{ "a working directory on the host, where files have rules",
	  { .workdir = TOP "/kept" }, make_folder, .attempt = attempt,
	  .escaped = secret_spoilt, .policy = "files", .error = EACCES,
	  .act = BULKHEAD_ACT_OPEN, .rule = "default: allow",
	  .reason = BULKHEAD_REASON_UNREACHABLE },
	{ "a file moved out of a working directory on the host",
	  { .workdir = TOP "/kept" }, make_folder, .attempt = attempt_rename,
	  .escaped = secret_gone, .error = EACCES, .act = BULKHEAD_ACT_RENAME,
	  .rule = "preset setns" },
	{ "a service of the host by a working directory on the host",
	  { .workdir = TOP "/kept" }, make_socket, .attempt = attempt_connect,
	  .escaped = service_reached, .restore = remove_socket, .error = EACCES,
	  .act = BULKHEAD_ACT_UNIX, .rule = "preset setns" },
	{ NULL }
};
