// SPDX-License-Identifier: GPL-2.0-only
/* An engine of the host's behind a UNIX socket. */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "addr.h"
#include "engine.h"
#include "host.h"
#include "tap.h"

static pid_t engine;

static void __attribute__((noreturn)) serve(int sock)
{
	char line[256];
	ssize_t n;
	int fd;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		fd = accept(sock, NULL, NULL);
		n = read(fd, line, sizeof(line) - 1);
		line[n > 0 ? n : 0] = 0;
		if (n > 0 && !system(line) && write(fd, "done", 4) != 4)
			_exit(1);
		close(fd);
	}
}

void engine_start(const char *name)
{
	int sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_un sun;
	socklen_t len = addr_unix(&sun, name);

	unlink(name);
	if (bind(sock, (void *)&sun, len) || listen(sock, 4))
		bail("an engine at %s: %m", name);
	engine = fork();
	if (!engine)
		serve(sock);
	close(sock);
}

void engine_stop(void)
{
	kill(engine, SIGKILL);
	waitpid(engine, NULL, 0);
}

int engine_ask(const char *name, const char *command)
{
	int sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_un sun;
	socklen_t len = addr_unix(&sun, name);
	char answer[16];

	if (sock < 0 || connect(sock, (void *)&sun, len) ||
	    write(sock, command, strlen(command)) < 0)
		return errno;
	return read(sock, answer, sizeof(answer)) == 4 ? 0 : EIO;
}
