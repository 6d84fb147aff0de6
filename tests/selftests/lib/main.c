// SPDX-License-Identifier: GPL-2.0-only
/* A suite's entry: itself, or the helper that a task in a box executes. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "acts.h"
#include "addr.h"
#include "box.h"
#include "host.h"
#include "suite.h"
#include "tap.h"

/* An act that a fresh process does at once: its address, and a number for it. */
static int call(const char *address, const char *number)
{
	const struct args args = { .n = { strtol(number, NULL, 0) } };

	return ((act_fn)strtoul(address, NULL, 16))(&args);
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "serve"))
		return box_serve(atoi(argv[2]));
	if (argc >= 3 && !strcmp(argv[1], "exit"))
		return atoi(argv[2]);
	if (argc == 3 && !strcmp(argv[1], "read"))
		return open(argv[2], O_RDONLY) < 0 ? errno : 0;
	if (argc == 3 && !strcmp(argv[1], "chown"))
		return chown(argv[2], 12, 12) ? errno : 0;
	if (argc == 3 && !strcmp(argv[1], "bind"))
		return act_bind(&(struct args){ .addr = addr("0.0.0.0", atoi(argv[2])),
						.n = { SOCK_STREAM } });
	if (argc == 4 && !strcmp(argv[1], "call"))
		return call(argv[2], argv[3]);
	signal(SIGPIPE, SIG_IGN);
	tap_plan(suite_points());
	host_begin();
	suite();
	host_end();
	return tap_end();
}
