// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writing to /proc/PID/mem of a host's process, which needs a shared pid
 * namespace. The file ignores page protections: CVE-2012-0056 ("mempodipper")
 * began there.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>
#include <linux/capability.h>

#include "escape.h"

static int attempt(const struct args *a)
{
	const long word = SPOILT_WORD;
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%ld/mem", a->n[0]);
	fd = open(path, O_RDWR);
	if (fd < 0)
		return errno;
	return pwrite(fd, &word, sizeof(word), (off_t)&victim_word) < 0 ? errno : 0;
}

const struct escape proc_mem[] = {
	{ "/proc/PID/mem of a host's process",
	  { .caps = CAP(CAP_SYS_PTRACE), .host_pid = true }, victim_start,
	  .attempt = attempt, .escaped = victim_word_spoilt,
	  .restore = victim_stop, .error = EACCES, .act = BULKHEAD_ACT_PTRACE,
	  .rule = "preset ptrace" },
	{ NULL }
};
