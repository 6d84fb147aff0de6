// SPDX-License-Identifier: GPL-2.0-only
/*
 * Drift: what was written after the container started can't run, whichever way
 * it got there and whichever way it is run. What the image brought can.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <linux/bulkhead.h>

#include "acts.h"
#include "host.h"
#include "image.h"
#include "suite.h"
#include "tap.h"
#include "trial.h"
#include "ways.h"

#define FILELESS(a)	.error = EACCES, .want = { .act = BULKHEAD_ACT_##a,	\
	.rule = "default: allow", .reason = BULKHEAD_REASON_FILELESS,		\
	.path = ANY_PATH }

static const char drift_yaml[] =
"bulkhead: 1\n"
"policy: drift\n"
"mode: enforce\n"
"presets: {except: [mount, io-uring]}\n"
"exec:\n"
"  default: allow\n"
"  drift: deny\n";

/* As a service manager in a container needs it: it makes cgroups. */
static const char nests_yaml[] =
"bulkhead: 1\n"
"policy: nests\n"
"mode: enforce\n"
"presets: {except: [cgroup-escape]}\n"
"exec:\n"
"  default: allow\n"
"  drift: deny\n";

static int result(long r)
{
	return r < 0 ? errno : 0;
}

static int exec_fd(int fd)
{
	char *argv[] = { "fd", "exit", "0", NULL }, *envp[] = { NULL };

	syscall(SYS_execveat, fd, "", argv, envp, AT_EMPTY_PATH);
	return errno;
}

/* Write a program of one's own, as malware does, and run it. */
static int act_copy_exec(const struct args *a)
{
	int out, error;

	unlink(a->path);
	out = open(a->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755);
	error = copy_to(a->path2, out);
	close(out);
	return error ? error : act_exec(a);
}

static int act_change_exec(const struct args *a)
{
	int fd = open(a->path, O_WRONLY | O_APPEND | O_CLOEXEC);

	if (fd < 0 || write(fd, "x", 1) != 1)
		return errno;
	close(fd);
	return act_exec(a);
}

static int act_change_backdate_exec(const struct args *a)
{
	const struct timespec old[2] = { { 1000000, 0 }, { 1000000, 0 } };
	int fd = open(a->path, O_WRONLY | O_APPEND | O_CLOEXEC);

	if (fd < 0 || write(fd, "x", 1) != 1 || futimens(fd, old))
		return errno;
	close(fd);
	return act_exec(a);
}

/* By stores into memory. tmpfs takes no notice if the page was read before. */
static int act_store_exec(const struct args *a)
{
	int fd = open(a->path, O_RDWR | O_CLOEXEC);
	struct stat st;
	char *p;

	if (fd < 0 || fstat(fd, &st))
		return errno;
	p = mmap(NULL, st.st_size, PROT_READ | (a->n[0] ? 0 : PROT_WRITE),
		 MAP_SHARED, fd, 0);
	if (p == MAP_FAILED ||
	    (a->n[0] && mprotect(p, st.st_size, PROT_READ | PROT_WRITE)))
		return errno;
	p[st.st_size - 1] = *(volatile char *)&p[st.st_size - 1] + 1;
	munmap(p, st.st_size);
	close(fd);
	return act_exec(a);
}

static int act_map_reading_exec(const struct args *a)
{
	int fd = open(a->path, O_RDONLY | O_CLOEXEC);
	char *p = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);

	return p == MAP_FAILED ? errno : act_exec(a);
}

static int act_rename_exec(const struct args *a)
{
	return rename(a->path2, a->path) ? errno : act_exec(a);
}

static int act_link_exec(const struct args *a)
{
	return link(a->path2, a->path) ? errno : act_exec(a);
}

static int act_chmod_exec(const struct args *a)
{
	return chmod(a->path, 0755) ? errno : act_exec(a);
}

static int act_bind_exec(const struct args *a)
{
	int error;

	if (mount(a->path2, a->path, NULL, MS_BIND, NULL))
		return errno;
	error = forked(act_exec, a, NULL);
	umount2(a->path, MNT_DETACH);
	return error;
}

static int act_fexec(const struct args *a)
{
	int fd = open(a->path, O_PATH);

	return fd < 0 ? errno : exec_fd(fd);
}

static int act_memfd_exec(const struct args *a)
{
	int fd = memfd_create("program", 0);
	int error = copy_to(a->path, fd);

	return error ? error : exec_fd(fd);
}

/* A file without a name, opened again since nobody may have it open to write. */
static int act_tmpfile_exec(const struct args *a)
{
	int again, fd = open(a->path, O_TMPFILE | O_RDWR | O_CLOEXEC, 0755);
	int error = copy_to(a->path2, fd);
	char link[64];

	if (error)
		return error;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	again = open(link, O_RDONLY);
	close(fd);
	return again < 0 ? errno : exec_fd(again);
}

static int act_map(const struct args *a)
{
	int fd = open(a->path, O_RDONLY);
	void *p = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);

	return p == MAP_FAILED ? errno : 0;
}

static int act_mprotect(const struct args *a)
{
	int fd = open(a->path, O_RDONLY);
	void *p = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0);

	if (p == MAP_FAILED)
		return errno;
	return result(mprotect(p, 4096, PROT_READ | PROT_EXEC));
}

/* Set the clock back by an hour, write and run; forward again in between. */
static int set_clock(long seconds)
{
	struct timespec now;

	if (clock_gettime(CLOCK_REALTIME, &now))
		return errno;
	now.tv_sec += seconds;
	return result(clock_settime(CLOCK_REALTIME, &now));
}

static int act_clock_exec(const struct args *a)
{
	int out, error = set_clock(-3600);

	if (error)
		return error;
	unlink(a->path);
	out = open(a->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755);
	error = copy_to(a->path2, out);
	close(out);
	if (a->n[0])
		set_clock(3600);
	if (!error)
		error = forked(act_exec, a, NULL);
	if (!a->n[0])
		set_clock(3600);
	return error;
}

/* The host's doing, on what the container sees. */
static void by_host(const struct args *a)
{
	unlink(a->path);
	copy_self(a->path);
}

static void absent(const struct args *a)
{
	remove(a->path);
}

static void moved_back(const struct args *a)
{
	rename(a->path, a->path2);
}

static void changed_by_host(const struct args *a)
{
	int fd = open(a->path, O_WRONLY | O_APPEND | O_CLOEXEC);

	if (fd < 0 || write(fd, "x", 1) != 1)
		bail("change %s: %m", a->path);
	close(fd);
}

static const struct trial of_image[] = {
	{ "of the image: execute", act_exec, { OLD } },
	{ "of the image: by descriptor", act_fexec, { OLD } },
	{ "of the image: map", act_map, { OLD } },
	{ "of the image: mprotect", act_mprotect, { OLD } },
	{ "of the image: a script", act_exec, { D_ "/old/script" } },
	{ "of the image: by ld.so", act_ld_so, { D_ "/old/dynamic" } },
	{ "of the image: by a bind mount", act_bind_exec, { D_ "/bound", OLD } },
	{ "of the image: in an overlay", act_exec, { D_ "/ov/allowed" } },
	{ "of the image: on a disk", act_exec, { D_ "/disk/allowed" } },
	{ "of the image: by binfmt_misc", act_exec, { D_ "/old/data" } },
	{ "of the image: mapped to be read", act_map_reading_exec, { OLD } },
};

static const struct trial written[] = {
	{ "written: execute", act_copy_exec, { D_ "/new/1", OLD },
	  DRIFTED(EXEC, EXEC) },
	{ "written on a disk", act_copy_exec, { D_ "/disk/new", OLD },
	  DRIFTED(EXEC, EXEC) },
	{ "written in an overlay", act_copy_exec, { D_ "/ov/new", OLD },
	  DRIFTED(EXEC, EXEC) },
	{ "written by the host", act_exec, { D_ "/new/2" }, DRIFTED(EXEC, EXEC),
	  .again = by_host },
	{ "written: by descriptor", act_fexec, { D_ "/new/2" },
	  DRIFTED(EXEC, EXEC) },
	{ "written: map", act_map, { D_ "/new/2" }, DRIFTED(MMAP, MMAP) },
	{ "written: mprotect", act_mprotect, { D_ "/new/2" }, DRIFTED(MMAP, MMAP) },
	{ "written: a script", act_exec, { D_ "/old/changed.sh" },
	  DRIFTED(EXEC, EXEC), .again = changed_by_host },
	{ "written: a script's interpreter", act_exec, { D_ "/old/script2" },
	  DRIFTED_AT(EXEC, EXEC, D_ "/new/2") },
	{ "written: what binfmt_misc runs", act_exec, { D_ "/old/data2" },
	  DRIFTED_AT(EXEC, EXEC, D_ "/new/2") },
	{ "written: what is run by binfmt_misc", act_exec, { D_ "/old/data3" },
	  DRIFTED(EXEC, EXEC), .again = changed_by_host },
	{ "written: by ld.so", act_ld_so, { D_ "/old/dynamic2" },
	  .again = changed_by_host, .error = LD_SO_FAILS,
	  .want = { .act = BULKHEAD_ACT_MMAP, .rule = RULE,
		    .reason = BULKHEAD_REASON_DRIFT } },
	{ "a memfd", act_memfd_exec, { OLD }, FILELESS(EXEC) },
	{ "a file without a name", act_tmpfile_exec, { D_ "/new", OLD },
	  DRIFTED_AT(EXEC, EXEC, ANY_PATH) },
	{ "changed", act_change_exec, { D_ "/old/a" }, DRIFTED(EXEC, EXEC) },
	{ "changed and backdated", act_change_backdate_exec, { D_ "/old/b" },
	  DRIFTED(EXEC, EXEC) },
	{ "changed in memory", act_store_exec, { D_ "/old/c" },
	  DRIFTED(EXEC, EXEC) },
	{ "changed in memory, made writable later", act_store_exec,
	  { D_ "/old/d", .n = { 1 } }, DRIFTED(EXEC, EXEC) },
	{ "changed in memory, in an overlay", act_store_exec, { D_ "/ov/upper" },
	  DRIFTED(EXEC, EXEC) },
	{ "changed in memory, on a disk", act_store_exec, { D_ "/disk/c" },
	  DRIFTED(EXEC, EXEC) },
	{ "copied up by chmod", act_chmod_exec, { D_ "/ov/lower" },
	  DRIFTED(EXEC, EXEC) },
	{ "another name by link", act_link_exec, { D_ "/new/linked", D_ "/old/e" },
	  DRIFTED(EXEC, EXEC), .again = absent },
	{ "another name by rename", act_rename_exec,
	  { D_ "/new/renamed", D_ "/old/f" }, DRIFTED(EXEC, EXEC),
	  .again = moved_back },
	{ "written, by a bind mount", act_bind_exec, { D_ "/bound", D_ "/new/2" },
	  DRIFTED(EXEC, EXEC), .want.pid = ANY_PID },
	{ "the clock set back", act_clock_exec, { D_ "/new/3", OLD },
	  DRIFTED_AT(EXEC, EXEC, D_ "/new/3"), .want.pid = ANY_PID },
	{ "the clock set back and forward again", act_clock_exec,
	  { D_ "/new/4", OLD, .n = { 1 } },
	  DRIFTED_AT(EXEC, EXEC, D_ "/new/4"), .want.pid = ANY_PID },
	{ "a file system that keeps no change times", act_exec,
	  { D_ "/fat/allowed" }, DRIFTED(EXEC, EXEC) },
};

/* Before anything was set or written, of a box that begins anew. */
static const struct trial coarse[] = {
	{ "changed in the second of the birth, where seconds count",
	  act_change_exec, { D_ "/disk/coarse" }, DRIFTED(EXEC, EXEC) },
};

#define NEST	"bh-nests/own"
#define GIVEN	"bh-nests/given"

static int act_make_nest(const struct args *a)
{
	(void)a;
	return result(mkdir(CGROUPS "/" NEST, 0755));
}

/* Move into cgroup path2, and execute path. */
static int act_exec_nested(const struct args *a)
{
	char procs[160];
	int error;

	snprintf(procs, sizeof(procs), CGROUPS "/%.100s/cgroup.procs", a->path2);
	error = write_file(procs, "0");
	return error ? error : act_exec(a);
}

/* A cgroup that a container makes for itself is as old as the container. */
static void nested(void)
{
	const struct args own = { D_ "/new/nested", NEST };
	const struct args given = { D_ "/new/nested", GIVEN };
	struct want want = {
		.policy = "nests", .rule = "drift: deny", .act = BULKHEAD_ACT_EXEC,
		.perms = BULKHEAD_PERM_EXEC, .reason = BULKHEAD_REASON_DRIFT,
		.path = own.path,
	};
	struct box b;

	box_open(&b, "bh-nests");
	box_confine(&b, "nests");
	copy_self(own.path);
	sleep_ms(50);
	ok(!box_do(&b, act_make_nest, &own, NULL), "a cgroup within the container");
	want.cgroup = cgroup_id(NEST);
	ok(box_do(&b, act_exec_nested, &own, &want.pid) == EACCES && event_wanted(&want),
	   "is as old as the container: what was written since doesn't run there");
	cgroup_make(GIVEN);
	ok(!box_do(&b, act_exec_nested, &given, NULL) && !forked(act_exec, &own, NULL),
	   "one that the host makes is younger, and outside it runs");
	cgroup_remove(GIVEN);
	cgroup_remove(NEST);
	box_close(&b);
}
#define NESTED	3

unsigned int suite_points(void)
{
	return TRIAL_POINTS * (ARRAY_SIZE(of_image) + ARRAY_SIZE(written) +
			       ARRAY_SIZE(coarse) + brought_count +
			       placed_count) + NESTED + 1;
}

static void script(const char *path, const char *interpreter)
{
	char text[256];

	snprintf(text, sizeof(text), "#!%s exit\n", interpreter);
	put_file(path, text);
	chmod(path, 0755);
}

static void make_programs(void)
{
	static const char *const programs[] = {
		"old/allowed", "old/a", "old/b", "old/c", "old/d", "old/e",
		"old/f", "lower/allowed", "lower/lower", "up/upper",
		"disk/allowed", "disk/c", "disk/coarse", "fat/allowed",
	};
	char path[128];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(programs); i++) {
		snprintf(path, sizeof(path), D_ "/%s", programs[i]);
		copy_self(path);
	}
	script(D_ "/old/script", OLD);
	script(D_ "/old/changed.sh", OLD);
	script(D_ "/old/script2", D_ "/new/2");
	put_file(D_ "/bound", "");
}

static void copy_file(const char *from, const char *to)
{
	int out = open(to, O_WRONLY | O_CREAT | O_CLOEXEC, 0755);

	errno = copy_to(from, out);
	if (errno)
		bail("copy %s to %s: %m", from, to);
	close(out);
}

static void make_others(void)
{
	copy_file("/usr/sbin/bulkhead", D_ "/old/dynamic");
	copy_file("/usr/sbin/bulkhead", D_ "/old/dynamic2");
	binfmt_open();
	binfmt_add("bulkhead1", "BHOLD", D_ "/old/interpreter");
	binfmt_add("bulkhead2", "BHNEW", D_ "/old/interpreter2");
	put_file(D_ "/old/data", "BHOLD");
	put_file(D_ "/old/data2", "BHNEW");
	put_file(D_ "/old/data3", "BHOLD");
	chmod(D_ "/old/data", 0755);
	chmod(D_ "/old/data2", 0755);
	chmod(D_ "/old/data3", 0755);
	script(D_ "/old/interpreter", OLD);
	script(D_ "/old/interpreter2", D_ "/new/2");
}

/* Some way into a second, with most of it to come. */
static void early_in_a_second(void)
{
	struct timespec now;

	do {
		sleep_ms(20);
		clock_gettime(CLOCK_REALTIME, &now);
	} while (now.tv_nsec < 100000000 || now.tv_nsec > 300000000);
}

static void box_trials(const struct trial *t, unsigned int n)
{
	struct box b;

	box_open(&b, "bh-drift");
	box_confine(&b, "drift");
	trials_run(&b, "drift", t, n);
	box_close(&b);
}

static void in_the_same_second(void)
{
	struct timespec before, after;
	struct box b;

	early_in_a_second();
	clock_gettime(CLOCK_REALTIME, &before);
	box_open(&b, "bh-drift");
	box_confine(&b, "drift");
	trials_run(&b, "drift", coarse, 1);
	clock_gettime(CLOCK_REALTIME, &after);
	diag("that took from second %ld to %ld", before.tv_sec % 100,
	     after.tv_sec % 100);
	box_close(&b);
}

void suite(void)
{
	static const char *const folders[] = {
		"old", "new", "lower", "up", "work", "ov",
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(folders); i++)
		make_dir(D_ "/%s", folders[i]);
	image_mount(D_ "/disk.img", "ext2", D_ "/disk");
	image_mount(D_ "/fat.img", "vfat", D_ "/fat");
	make_programs();
	make_others();
	ways_begin();
	mount_at("overlay", D_ "/ov", "overlay", 0, "lowerdir=" D_ "/lower,upperdir="
		 D_ "/up,workdir=" D_ "/work");
	add_policy("nests", nests_yaml);
	apply("drift", drift_yaml);
	events_open();
	/* Change times are as coarse as seconds here. */
	sleep_ms(1100);
	box_trials(of_image, ARRAY_SIZE(of_image));
	box_trials(brought, brought_count);
	in_the_same_second();
	sleep_ms(50);
	nested();
	box_trials(written, ARRAY_SIZE(written));
	box_trials(placed, placed_count);
	no_more_events();
	umount2(D_ "/ov", MNT_DETACH);
	image_umount(D_ "/disk.img", D_ "/disk");
	image_umount(D_ "/fat.img", D_ "/fat");
	ways_end();
	binfmt_close();
	events_close();
}
