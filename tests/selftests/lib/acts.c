// SPDX-License-Identifier: GPL-2.0-only
/* Acts that several suites try. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "acts.h"
#include "host.h"
#include "addr.h"
#include "tap.h"

struct sockaddr_storage addr(const char *text, unsigned int port)
{
	struct sockaddr_storage s = { 0 };
	struct sockaddr_in *v4 = (void *)&s;
	struct sockaddr_in6 *v6 = (void *)&s;

	if (inet_pton(AF_INET, text, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons(port);
	} else if (inet_pton(AF_INET6, text, &v6->sin6_addr) == 1) {
		v6->sin6_family = AF_INET6;
		v6->sin6_port = htons(port);
	} else {
		bail("no address: %s", text);
	}
	return s;
}

socklen_t addr_unix(struct sockaddr_un *un, const char *name)
{
	memset(un, 0, sizeof(*un));
	un->sun_family = AF_UNIX;
	if ((size_t)snprintf(un->sun_path, sizeof(un->sun_path), "%s", name) >=
	    sizeof(un->sun_path))
		bail("too long for a socket: %s", name);
	if (*name == '@')
		un->sun_path[0] = 0;
	return offsetof(struct sockaddr_un, sun_path) + strlen(name) + (*name != '@');
}

static int result(long r)
{
	return r < 0 ? errno : 0;
}

int act_nothing(const struct args *a)
{
	(void)a;
	return 0;
}

int act_open(const struct args *a)
{
	return result(open(a->path, a->n[0], 0644));
}

int act_read(const struct args *a)
{
	return result(open(a->path, O_RDONLY));
}

int act_exec(const struct args *a)
{
	execl(a->path, a->path, "exit", "0", NULL);
	return errno;
}

int act_ld_so(const struct args *a)
{
	int null = open("/dev/null", O_WRONLY);

	dup2(null, 1);
	dup2(null, 2);
	execl(LD_SO, LD_SO, a->path, "help", NULL);
	return errno;
}

int act_socket(const struct args *a)
{
	return result(socket(a->n[0], a->n[1], a->n[2]));
}

/* A refused packet must not make the test wait for retransmissions. */
int act_connect(const struct args *a)
{
	int fd = socket(a->addr.ss_family, SOCK_STREAM | SOCK_NONBLOCK, a->n[0]);
	struct pollfd p = { fd, POLLOUT, 0 };
	socklen_t len = sizeof(int);
	int error = 0;

	if (fd < 0)
		return errno;
	if (!connect(fd, (void *)&a->addr, addr_len(&a->addr)))
		return 0;
	if (errno != EINPROGRESS)
		return errno;
	if (poll(&p, 1, 5000 * slowness()) != 1)
		return ETIMEDOUT;
	getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len);
	return error;
}

int act_sendto(const struct args *a)
{
	int fd = socket(a->addr.ss_family, SOCK_DGRAM, a->n[1]);
	struct sockaddr_in from = {
		.sin_family = AF_INET,
		.sin_port = htons(a->n[0]),
	};

	if (fd < 0)
		return errno;
	if (a->n[0] && bind(fd, (void *)&from, sizeof(from)))
		return errno;
	return result(sendto(fd, "x", 1, 0, (void *)&a->addr, addr_len(&a->addr)));
}

int act_bind(const struct args *a)
{
	int fd = socket(a->addr.ss_family, a->n[0], a->n[1]), one = 1;

	if (fd < 0)
		return errno;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (a->addr.ss_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one));
	return result(bind(fd, (void *)&a->addr, addr_len(&a->addr)));
}

int act_reap(const struct args *a)
{
	(void)a;
	while (wait(NULL) > 0)
		;
	return 0;
}

int act_hostname(const struct args *a)
{
	char name[256];

	(void)a;
	if (gethostname(name, sizeof(name)))
		return errno;
	return result(sethostname(name, strlen(name)));
}
