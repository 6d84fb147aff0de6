// SPDX-License-Identifier: GPL-2.0-only
/* The host around the tests: files, commands and the module. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "host.h"
#include "tap.h"

#define CGROUP2_MAGIC	0x63677270

void make_dir(const char *fmt, ...)
{
	char path[512], *slash;
	va_list args;

	va_start(args, fmt);
	vsnprintf(path, sizeof(path), fmt, args);
	va_end(args);
	for (slash = path + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = 0;
		mkdir(path, 0755);
		*slash = '/';
	}
	if (mkdir(path, 0755) && errno != EEXIST)
		bail("mkdir %s: %m", path);
}

static int write_flags(const char *path, const char *text, int flags)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC | flags, 0644);
	ssize_t n;
	int error;

	if (fd < 0)
		return errno;
	n = write(fd, text, strlen(text));
	error = n < 0 ? errno : n < (ssize_t)strlen(text) ? EIO : 0;
	close(fd);
	return error;
}

int write_file(const char *path, const char *text)
{
	return write_flags(path, text, 0);
}

void put_file(const char *path, const char *text)
{
	errno = write_flags(path, text, O_CREAT | O_TRUNC);
	if (errno)
		bail("write %s: %m", path);
}

int read_file(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t have = 0;
	ssize_t n;

	if (fd < 0)
		return errno;
	while ((n = read(fd, text + have, size - 1 - have)) > 0)
		have += n;
	text[have] = 0;
	close(fd);
	return 0;
}

void make_files(const char *top, const char *const *files, unsigned int n)
{
	char path[256];
	unsigned int i;

	for (i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "%s/%s", top, files[i]);
		*strrchr(path, '/') = 0;
		make_dir("%s", path);
		snprintf(path, sizeof(path), "%s/%s", top, files[i]);
		if (strcmp(strrchr(path, '/'), "/."))
			put_file(path, "content of a file\n");
	}
}

int copy_to(const char *path, int fd)
{
	int in, error = fd < 0 ? errno : 0;
	char buf[65536];
	ssize_t n;

	if (error)
		return error;
	in = open(path, O_RDONLY | O_CLOEXEC);
	if (in < 0)
		return errno;
	while (!error && (n = read(in, buf, sizeof(buf))))
		if (n < 0 || write(fd, buf, n) != n)
			error = errno;
	close(in);
	return error;
}

void copy_self(const char *path)
{
	int out = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);

	errno = copy_to("/proc/self/exe", out);
	if (errno)
		bail("copy the suite to %s: %m", path);
	close(out);
}

void mount_at(const char *source, const char *target, const char *type,
	      unsigned long flags, const char *data)
{
	make_dir("%s", target);
	if (mount(source, target, type, flags, data))
		bail("mount %s at %s: %m", source, target);
}

int run(char *out, size_t size, const char *const argv[])
{
	size_t have = 0;
	int fds[2], status;
	char spill[256];
	ssize_t n;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC))
		bail("pipe: %m");
	pid = fork();
	if (!pid) {
		dup2(fds[1], 1);
		dup2(fds[1], 2);
		execvp(argv[0], (char *const *)argv);
		_exit(127);
	}
	close(fds[1]);
	while ((n = have < size - 1 ? read(fds[0], out + have, size - 1 - have) :
				      read(fds[0], spill, sizeof(spill))) > 0)
		if (have < size - 1)
			have += n;
	out[have] = 0;
	close(fds[0]);
	if (waitpid(pid, &status, 0) != pid)
		bail("wait for %s: %m", argv[0]);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

bool module_loaded(void)
{
	return !access("/sys/module/bulkhead", F_OK);
}

#define BINFMT "/proc/sys/fs/binfmt_misc"

void binfmt_open(void)
{
	mount_at("binfmt_misc", BINFMT, "binfmt_misc", 0, NULL);
}

void binfmt_add(const char *name, const char *magic, const char *interpreter)
{
	char text[256];

	snprintf(text, sizeof(text), ":%s:M::%s::%s:", name, magic, interpreter);
	errno = write_file(BINFMT "/register", text);
	if (errno)
		bail("binfmt_misc: %m");
}

void binfmt_close(void)
{
	write_file(BINFMT "/status", "-1");
	umount2(BINFMT, MNT_DETACH);
}

int module_insert(void)
{
	const char *ko = getenv("BULKHEAD_KO");
	char out[512];
	int status;

	status = RUN(out, "insmod", ko ? ko : "/lib/bulkhead/bulkhead.ko");
	if (status)
		diag("insmod: %s", out);
	return status;
}

int module_remove(void)
{
	char out[512];
	int status = write_file(ARMED, "0");

	if (status) {
		diag("disarm: %s", strerror(status));
		return status;
	}
	status = RUN(out, "rmmod", "bulkhead");
	if (status)
		diag("rmmod: %s", out);
	return status;
}

unsigned int slowness(void)
{
	const char *told = getenv("BULKHEAD_SLOWNESS");

	return told ? strtoul(told, NULL, 10) : 1;
}

int map_shared(const char *path, size_t size, void **at)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);
	void *p;

	if (fd < 0)
		return errno;
	p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (p == MAP_FAILED)
		return errno;
	*at = p;
	return 0;
}

double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec + now.tv_nsec / 1e9;
}

void sleep_ms(unsigned int ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000L };

	while (nanosleep(&t, &t) && errno == EINTR)
		;
}

void host_begin(void)
{
	struct statfs fs;

	mount_at("tmpfs", TOP, "tmpfs", 0, "mode=0755");
	mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
	if (statfs(CGROUPS, &fs) || fs.f_type != CGROUP2_MAGIC)
		bail("no cgroup2 at " CGROUPS);
	if (!module_loaded() && module_insert())
		bail("the module does not load");
}

void host_end(void)
{
	forget_policies();
	umount2(TOP, MNT_DETACH);
}
