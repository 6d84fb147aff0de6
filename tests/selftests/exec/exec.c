// SPDX-License-Identifier: GPL-2.0-only
/*
 * Execution: only the programs on the list, as they were when the container
 * started, and no other way to get a program's code to run.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <linux/bulkhead.h>

#include "acts.h"
#include "host.h"
#include "suite.h"
#include "tap.h"
#include "trial.h"

#ifndef AT_EXECVE_CHECK
#define AT_EXECVE_CHECK	0x10000
#endif

#define X_		TOP "/x"
#define DEFAULT		"default: deny # of exec"
#define DENIED(a, r)	.error = EACCES, .want = { .act = BULKHEAD_ACT_##a,	\
	.perms = BULKHEAD_PERM_EXEC, .rule = r }
#define DENIED_MAP	.error = EACCES, .want = { .act = BULKHEAD_ACT_MMAP,	\
	.perms = BULKHEAD_PERM_MMAP, .rule = "default: deny # of file" }
#define DRIFTED(a, p)	.error = EACCES, .want = { .act = BULKHEAD_ACT_##a,	\
	.perms = BULKHEAD_PERM_##p, .rule = "drift: deny",			\
	.reason = BULKHEAD_REASON_DRIFT }

static const char execs_yaml[] =
"bulkhead: 1\n"
"policy: execs\n"
"mode: enforce\n"
"exec:\n"
"  default: deny # of exec\n"
"  drift: deny\n"
"  rules:\n"
"    - allow " X_ "/allowed, " X_ "/drifted, " X_ "/later\n"
"    - allow " X_ "/bin/**, " X_ "/script, " X_ "/script2, " X_ "/touched\n"
"    - deny " X_ "/bin/no\n"
"    - allow " X_ "/ov/old, " X_ "/ov/new, " X_ "/ov/changed\n"
"    - allow " X_ "/ov/copied, " X_ "/ov/patched, " X_ "/ov/below\n"
"    - allow " LD_SO ", " X_ "/dynamic, " X_ "/data1, " X_ "/data2\n"
"file:\n"
"  default: deny # of file\n"
"  rules:\n"
"    - allow rw " X_ "/**\n"
"    - allow rw /dev/null\n"
"    - allow r /etc/**\n"
"    - allow rm /{lib,lib64,usr/lib,usr/lib64}/**\n";

/* Execute a memfd that holds a program. */
static int act_memfd(const struct args *a)
{
	char *argv[] = { "memfd", "exit", "0", NULL }, *envp[] = { NULL };
	int fd = memfd_create("program", 0), error = copy_to(a->path, fd);

	if (error)
		return error;
	syscall(SYS_execveat, fd, "", argv, envp, AT_EMPTY_PATH);
	return errno;
}

/* Execute by a descriptor of the program: the path is the program's. */
static int act_fexec(const struct args *a)
{
	char *argv[] = { "fexec", "exit", "0", NULL }, *envp[] = { NULL };
	int fd = open(a->path, O_PATH);

	if (fd < 0)
		return errno;
	syscall(SYS_execveat, fd, "", argv, envp, AT_EMPTY_PATH);
	return errno;
}

/* Whether it might be executed, as interpreters ask of scripts; since 6.14. */
static int act_ask(const struct args *a)
{
	char *argv[] = { "ask", NULL }, *envp[] = { NULL };
	int fd = open(a->path, O_PATH);

	return fd < 0 || syscall(SYS_execveat, fd, "", argv, envp,
				 AT_EMPTY_PATH | AT_EXECVE_CHECK) ? errno : 0;
}

static int act_map(const struct args *a)
{
	int fd = open(a->path, O_RDONLY);
	void *p;

	if (fd < 0)
		return errno;
	p = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
	return p == MAP_FAILED ? errno : 0;
}

static int act_map_shared(const struct args *a)
{
	int fd = open(a->path, O_RDONLY);
	void *p;

	if (fd < 0)
		return errno;
	p = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_SHARED, fd, 0);
	return p == MAP_FAILED ? errno : 0;
}

/* Old programs have all executable that they may read, and say so. */
static int act_map_implied(const struct args *a)
{
	int fd = open(a->path, O_RDONLY);
	void *p;

	if (fd < 0 || personality(READ_IMPLIES_EXEC) < 0)
		return errno;
	p = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0);
	return p == MAP_FAILED ? errno : 0;
}

/* The same of what was mapped before it was said, and could be written to. */
static int act_remap_implied(const struct args *a)
{
	int fd = open(a->path, O_RDWR);
	void *p;

	if (fd < 0)
		return errno;
	p = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED || personality(READ_IMPLIES_EXEC) < 0)
		return errno;
	return syscall(SYS_remap_file_pages, p, 4096, 0, 0, 0) ? errno : 0;
}

/* Shared memory of System V. n[0]: how to attach it. */
static int act_shm(const struct args *a)
{
	int id = shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0700);
	void *p;
	int error;

	if (id < 0)
		return errno;
	p = shmat(id, NULL, a->n[0]);
	error = p == (void *)-1 ? errno : 0;
	shmctl(id, IPC_RMID, NULL);
	return error;
}

static int act_mprotect(const struct args *a)
{
	int fd = open(a->path, O_RDONLY);
	void *p;

	if (fd < 0)
		return errno;
	p = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0);
	if (p == MAP_FAILED)
		return errno;
	return mprotect(p, 4096, PROT_READ | PROT_EXEC) ? errno : 0;
}

/* A memfd mapped, rather than executed. */
static int act_map_memfd(const struct args *a)
{
	int fd = memfd_create("library", 0);
	void *p;

	(void)a;
	if (fd < 0 || ftruncate(fd, 4096))
		return errno;
	p = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
	return p == MAP_FAILED ? errno : 0;
}

/* Just-in-time compilers: memory that no file is behind. */
static int act_jit(const struct args *a)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
		       -1, 0);

	(void)a;
	return mprotect(p, 4096, PROT_READ | PROT_EXEC) ? errno : 0;
}

static void program_later(const struct args *a)
{
	unlink(a->path);
	copy_self(a->path);
}

/* Written to in place: the same inode, other content. */
static void program_changed(const struct args *a)
{
	int fd = open(a->path, O_WRONLY | O_APPEND | O_CLOEXEC);

	if (fd < 0 || write(fd, "x", 1) != 1)
		bail("change %s: %m", a->path);
	close(fd);
}

/* Its change time can't be set back as its modification time can. */
static void program_backdated(const struct args *a)
{
	const struct timespec old[2] = { { 1000000, 0 }, { 1000000, 0 } };

	program_changed(a);
	utimensat(AT_FDCWD, a->path, old, 0);
}

/*
 * Patched through a mapping: the overlay's own inode doesn't hear of it until
 * somebody reads.
 */
static int act_patch_and_map(const struct args *a)
{
	int fd = open(a->path, O_RDWR | O_NOATIME);
	char *p;

	if (fd < 0)
		return errno;
	p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		return errno;
	p[12] = 1;	/* no read before: tmpfs takes no note of a write after one */
	munmap(p, 4096);
	close(fd);
	return act_map(a);
}

/* Opened for writing, and no more: that makes it the upper layer's. */
static void copied_up(const struct args *a)
{
	int fd = open(a->path, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		bail("open %s: %m", a->path);
	close(fd);
}

/* In the layer itself, behind the overlay's back. */
static void lower_changed(const struct args *a)
{
	struct args lower = { X_ "/lower/below" };

	(void)a;
	program_changed(&lower);
}

static const struct trial trials[] = {
	{ "on the list", act_exec, { X_ "/allowed" } },
	{ "not on the list", act_exec, { X_ "/other" }, DENIED(EXEC, DEFAULT) },
	{ "deny beats allow", act_exec, { X_ "/bin/no" },
	  DENIED(EXEC, "deny " X_ "/bin/no") },
	{ "any other in that folder", act_exec, { X_ "/bin/yes" } },
	{ "by descriptor", act_fexec, { X_ "/allowed" } },
	{ "by descriptor, not on the list", act_fexec, { X_ "/other" },
	  DENIED(EXEC, DEFAULT) },
	{ "script", act_exec, { X_ "/script" } },
	{ "script whose interpreter is not on the list", act_exec, { X_ "/script2" },
	  .error = EACCES,
	  .want = { .act = BULKHEAD_ACT_EXEC, .perms = BULKHEAD_PERM_EXEC,
		    .rule = DEFAULT, .path = X_ "/other" } },
	{ "script that is not on the list", act_exec, { X_ "/script3" },
	  DENIED(EXEC, DEFAULT) },
	{ "by ld.so", act_ld_so, { X_ "/dynamic" } },
	{ "by ld.so, not on the list", act_ld_so, { X_ "/dynamic2" }, .error = LD_SO_FAILS,
	  .want = { .act = BULKHEAD_ACT_MMAP, .perms = BULKHEAD_PERM_MMAP,
		    .rule = "default: deny # of file" } },
	{ "by binfmt_misc", act_exec, { X_ "/data1" } },
	{ "by binfmt_misc, whose interpreter is not on the list", act_exec, { X_ "/data2" },
	  .error = EACCES,
	  .want = { .act = BULKHEAD_ACT_EXEC, .perms = BULKHEAD_PERM_EXEC,
		    .rule = DEFAULT, .path = X_ "/script3" } },
	{ "by binfmt_misc, not on the list", act_exec, { X_ "/data3" },
	  DENIED(EXEC, DEFAULT) },
	{ "memfd", act_memfd, { X_ "/allowed" }, .error = EACCES,
	  .want = { .act = BULKHEAD_ACT_EXEC, .rule = DEFAULT, .path = ANY_PATH,
		    .reason = BULKHEAD_REASON_FILELESS } },
	{ "map a memfd", act_map_memfd, { "" }, .error = EACCES,
	  .want = { .act = BULKHEAD_ACT_MMAP, .path = ANY_PATH,
		    .rule = "default: deny # of file",
		    .reason = BULKHEAD_REASON_FILELESS } },
	{ "map a program on the list", act_map, { X_ "/allowed" } },
	{ "map a library that is not", act_map, { X_ "/other" }, DENIED_MAP },
	{ "map it shared: on the list", act_map_shared, { X_ "/allowed" } },
	{ "map it shared: not on the list", act_map_shared, { X_ "/other" }, DENIED_MAP },
	{ "map it to be read, where that implies execution", act_map_implied,
	  { X_ "/allowed" } },
	{ "map it to be read, where that implies execution, not on the list",
	  act_map_implied, { X_ "/other" }, DENIED_MAP },
	{ "map it anew where it is mapped, not on the list", act_remap_implied,
	  { X_ "/other" }, DENIED_MAP },
	{ "shared memory", act_shm, { "" } },
	{ "shared memory to be executed", act_shm, { "", .n = { SHM_EXEC } },
	  .error = EACCES,
	  .want = { .act = BULKHEAD_ACT_MMAP, .path = ANY_PATH,
		    .rule = "default: deny # of file",
		    .reason = BULKHEAD_REASON_FILELESS } },
	{ "mprotect a file's mapping", act_mprotect, { X_ "/other" }, DENIED_MAP },
	{ "mprotect a program on the list", act_mprotect, { X_ "/allowed" } },
	{ "make anonymous memory executable", act_jit, { "" } },
	{ "drift: a program that came later", act_exec, { X_ "/later" },
	  DRIFTED(EXEC, EXEC), .again = program_later },
	{ "drift: a program that was changed", act_exec, { X_ "/drifted" },
	  DRIFTED(EXEC, EXEC), .again = program_changed },
	{ "drift: and backdated", act_exec, { X_ "/touched" },
	  DRIFTED(EXEC, EXEC), .again = program_backdated },
	{ "drift: map it", act_map, { X_ "/drifted" }, DRIFTED(MMAP, MMAP) },
	{ "overlayfs: on the list", act_exec, { X_ "/ov/old" } },
	{ "overlayfs: not on the list", act_exec, { X_ "/ov/other" },
	  DENIED(EXEC, DEFAULT) },
	{ "overlayfs: map", act_map, { X_ "/ov/old" } },
	{ "overlayfs: map what is not", act_map, { X_ "/ov/other" }, DENIED_MAP },
	{ "overlayfs: mprotect", act_mprotect, { X_ "/ov/old" } },
	{ "overlayfs: mprotect what is not", act_mprotect, { X_ "/ov/other" },
	  DENIED_MAP },
	{ "overlayfs: drift: a program that came later", act_exec, { X_ "/ov/new" },
	  DRIFTED(EXEC, EXEC), .again = program_later },
	{ "overlayfs: drift: a program that was changed", act_exec,
	  { X_ "/ov/changed" }, DRIFTED(EXEC, EXEC), .again = program_changed },
	{ "overlayfs: drift: a program that was copied up", act_exec,
	  { X_ "/ov/copied" }, DRIFTED(EXEC, EXEC), .again = copied_up },
	{ "overlayfs: drift: patched by a mapping, then mapped", act_patch_and_map,
	  { X_ "/ov/patched" }, DRIFTED(MMAP, MMAP) },
	{ "overlayfs: a program of the lower layer", act_exec, { X_ "/ov/below" } },
	{ "overlayfs: drift: changed in the lower layer", act_exec,
	  { X_ "/ov/below" }, DRIFTED(EXEC, EXEC), .again = lower_changed },
	{ "drift: mprotect it", act_mprotect, { X_ "/drifted" }, DRIFTED(MMAP, MMAP) },
};

/* Kernels that don't know the question say so to everybody. */
static void questions(struct box *b)
{
	const struct args allowed = { X_ "/allowed" };
	const int unknown = act_ask(&allowed);
	struct trial t[] = {
		{ "asked: on the list", act_ask, { X_ "/allowed" } },
		{ "asked: not on the list", act_ask, { X_ "/other" },
		  DENIED(EXEC, DEFAULT) },
		{ "asked: drifted", act_ask, { X_ "/drifted" }, DRIFTED(EXEC, EXEC) },
	};
	size_t i;

	for (i = 0; unknown == EINVAL && i < ARRAY_SIZE(t); i++)
		t[i] = (struct trial){ t[i].name, act_ask, t[i].args, .error = EINVAL,
				       .outside = EINVAL };
	trials_run(b, "execs", t, ARRAY_SIZE(t));
}
#define QUESTIONS	3

unsigned int suite_points(void)
{
	return TRIAL_POINTS * (ARRAY_SIZE(trials) + QUESTIONS) + 1;
}

/* What the host taught the kernel to run by the scripts above. */
static void data(const char *path, const char *magic)
{
	put_file(path, magic);
	chmod(path, 0755);
}

static void copy_dynamic(const char *path)
{
	char out[256];

	if (RUN(out, "cp", "/usr/sbin/bulkhead", path))
		bail("copy a program to %s: %s", path, out);
}

static void script(const char *path, const char *interpreter)
{
	char text[256];

	/* The interpreter is a suite: "exit" and the script's name, as 0. */
	snprintf(text, sizeof(text), "#!%s exit\n", interpreter);
	put_file(path, text);
	chmod(path, 0755);
}

void suite(void)
{
	static const char *const programs[] = {
		"allowed", "other", "drifted", "touched", "bin/yes", "bin/no",
		"lower/old", "lower/other", "lower/changed", "lower/copied",
		"lower/below", "upper/patched",
	};
	char path[128];
	struct box b;
	unsigned int i;

	make_dir(X_ "/bin");
	make_dir(X_ "/lower");
	make_dir(X_ "/upper");
	make_dir(X_ "/work");
	for (i = 0; i < ARRAY_SIZE(programs); i++) {
		snprintf(path, sizeof(path), X_ "/%s", programs[i]);
		copy_self(path);
	}
	script(X_ "/script", X_ "/allowed");
	script(X_ "/script2", X_ "/other");
	script(X_ "/script3", X_ "/allowed");
	copy_dynamic(X_ "/dynamic");
	copy_dynamic(X_ "/dynamic2");
	binfmt_open();
	binfmt_add("bulkhead1", "BHONE", X_ "/script");
	binfmt_add("bulkhead2", "BHTWO", X_ "/script3");
	data(X_ "/data1", "BHONE");
	data(X_ "/data2", "BHTWO");
	data(X_ "/data3", "BHONE");
	mount_at("overlay", X_ "/ov", "overlay", 0, "lowerdir=" X_ "/lower,upperdir="
		 X_ "/upper,workdir=" X_ "/work");
	apply("execs", execs_yaml);
	events_open();
	/* Change times are as coarse as the timer tick. */
	sleep_ms(50);
	box_open(&b, "bh-exec");
	box_confine(&b, "execs");
	sleep_ms(50);
	trials_run(&b, "execs", trials, ARRAY_SIZE(trials));
	questions(&b);
	box_close(&b);
	no_more_events();
	binfmt_close();
	umount2(X_ "/ov", MNT_DETACH);
	events_close();
}
