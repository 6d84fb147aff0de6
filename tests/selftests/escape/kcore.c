// SPDX-License-Identifier: GPL-2.0-only
/*
 * /proc/kcore is the host's memory as a file, for whoever has CAP_SYS_RAWIO.
 * Reading it yields the keys of all tenants. Engines mask it for that.
 * Brad Spengler, "False Boundaries and Arbitrary Code Execution", 2011
 * (CAP_SYS_RAWIO).
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "escape.h"

static int attempt(const struct args *a)
{
	char head[SELFMAG] = "";
	int fd = open("/proc/kcore", O_RDONLY);

	(void)a;
	if (fd < 0)
		return errno;
	if (read(fd, head, sizeof(head)) < 0)
		return errno;
	return memcmp(head, ELFMAG, SELFMAG) ? EIO : 0;
}

const struct escape kcore[] = {
	{ "the host's memory by /proc/kcore", { .caps = ALL_CAPS },
	  .attempt = attempt, .error = EACCES, .act = BULKHEAD_ACT_OPEN,
	  .rule = "preset proc-kernel" },
	{ NULL }
};
