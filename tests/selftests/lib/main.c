// SPDX-License-Identifier: GPL-2.0-only
/* A suite's entry: itself, or the helper that a task in a box executes. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "box.h"
#include "host.h"
#include "suite.h"
#include "tap.h"

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
	signal(SIGPIPE, SIG_IGN);
	tap_plan(suite_points());
	host_begin();
	suite();
	host_end();
	return tap_end();
}
