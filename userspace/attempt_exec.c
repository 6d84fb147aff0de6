// SPDX-License-Identifier: GPL-2.0-only
/* What the doctor tries: executing, and mapping code. */
#include <errno.h>
#include <limits.h>
#include <sys/mman.h>
#include <unistd.h>

#include "attempt.h"

#define PAGE 4096

/* No program at all, which the kernel finds out once it has asked us. */
static int try_execute(const struct scene *s)
{
	static char name[] = DOCTOR_DIR "/execute";
	char *argv[] = { name, NULL };

	(void)s;
	execv(name, argv);
	return errno;
}

static int try_map(const struct scene *s)
{
	void *at = mmap(NULL, PAGE, PROT_READ | PROT_EXEC, MAP_PRIVATE, s->map, 0);

	return at == MAP_FAILED ? errno : 0;
}

static int try_protect(const struct scene *s)
{
	void *at = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, s->protect, 0);

	if (at == MAP_FAILED)
		return errno == EACCES ? EIO : errno;
	return mprotect(at, PAGE, PROT_READ | PROT_EXEC) ? errno : 0;
}

/*
 * Executing confines a task that came into the cgroup from outside. By name:
 * what /proc/self/exe leads to lies in the mount namespace that we came from.
 */
static int try_forming(const struct scene *s)
{
	char self[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);

	(void)s;
	if (len < 0)
		return errno;
	self[len] = '\0';
	execl(self, "bulkhead", "doctor", FORMING_OPERAND, NULL);
	/* Not what is to be refused. */
	return errno == EACCES ? ENOEXEC : errno;
}

const struct attempt attempts_exec[] = {
	{ .act = BULKHEAD_ACT_EXEC, .hook = "bprm_check_security", .run = try_execute,
	  .rule = "deny " DOCTOR_DIR "/execute", .refused = EACCES, .works = ENOEXEC },
	{ .act = BULKHEAD_ACT_OPEN, .hook = "bprm_committing_creds", .run = try_forming,
	  .rule = "deny r " DOCTOR_DIR "/open", .refused = EACCES, .enters = true },
	{ .act = BULKHEAD_ACT_MMAP, .hook = "mmap_file", .run = try_map,
	  .rule = "deny m " DOCTOR_DIR "/map", .refused = EACCES },
	{ .act = BULKHEAD_ACT_MMAP, .hook = "file_mprotect", .run = try_protect,
	  .rule = "deny m " DOCTOR_DIR "/protect", .refused = EACCES },
	{ 0 },
};
