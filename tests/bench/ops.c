// SPDX-License-Identifier: GPL-2.0-only
/* The operations that are measured, but for those on the network. */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

static void open_close(const char *path)
{
	int fd = open(path, O_RDONLY);

	if (fd < 0)
		die("open %s: %m", path);
	close(fd);
}

static long run_open_5(int reps)
{
	for (int i = 0; i < reps; i++)
		open_close(FILE_5);
	return reps;
}

static char own[sizeof(FILE_OWN) + 8];

static void prepare_open_own(void)
{
	snprintf(own, sizeof(own), FILE_OWN "%d", cpu);
}

static long run_open_own(int reps)
{
	for (int i = 0; i < reps; i++)
		open_close(own);
	return reps;
}

static long run_open_12(int reps)
{
	for (int i = 0; i < reps; i++)
		open_close(FILE_12);
	return reps;
}

static long run_open_overlay(int reps)
{
	for (int i = 0; i < reps; i++)
		open_close(FILE_OVERLAY);
	return reps;
}

static long run_create(int reps)
{
	for (int i = 0; i < reps; i++) {
		int fd = open(FILE_NEW, O_WRONLY | O_CREAT | O_EXCL, 0600);

		if (fd < 0)
			die("create %s: %m", FILE_NEW);
		close(fd);
		if (unlink(FILE_NEW))
			die("unlink %s: %m", FILE_NEW);
	}
	return reps;
}

static long run_exec(int reps)
{
	char *argv[] = { PROGRAM, NULL }, *envp[] = { NULL };

	for (int i = 0; i < reps; i++) {
		int status;
		pid_t pid;

		errno = posix_spawn(&pid, PROGRAM, NULL, NULL, argv, envp);
		if (errno || waitpid(pid, &status, 0) != pid)
			die("spawn %s: %m", PROGRAM);
		if (status)
			die("%s ended with %#x", PROGRAM, status);
	}
	return reps;
}

static int library;

static void prepare_mmap(void)
{
	library = open(FILE_LIBRARY, O_RDONLY);
	if (library < 0)
		die("open %s: %m", FILE_LIBRARY);
}

static long run_mmap(int reps)
{
	for (int i = 0; i < reps; i++) {
		void *p = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, library, 0);

		if (p == MAP_FAILED)
			die("mmap %s: %m", FILE_LIBRARY);
		munmap(p, 4096);
	}
	return reps;
}

/* No such capability can be dropped, but CAP_SETPCAP is asked for first. */
static long run_capable(int reps)
{
	for (int i = 0; i < reps; i++)
		if (prctl(PR_CAPBSET_DROP, 9999, 0, 0, 0) != -1 || errno != EINVAL)
			die("prctl: %m");
	return reps;
}

static int read_fd, write_fd;

static void prepare_read(void)
{
	read_fd = open(FILE_5, O_RDONLY);
	if (read_fd < 0)
		die("open %s: %m", FILE_5);
}

static long run_read(int reps)
{
	char byte;

	for (int i = 0; i < reps; i++)
		if (pread(read_fd, &byte, 1, 0) != 1)
			die("read: %m");
	return reps;
}

static void prepare_write(void)
{
	write_fd = open(FILE_NEW, O_WRONLY | O_CREAT, 0600);
	if (write_fd < 0)
		die("create %s: %m", FILE_NEW);
	unlink(FILE_NEW);
}

static long run_write(int reps)
{
	for (int i = 0; i < reps; i++)
		if (pwrite(write_fd, "", 1, 0) != 1)
			die("write: %m");
	return reps;
}

const struct op ops[] = {
	{ "open-5", 40, NULL, run_open_5 },
	{ "open-12", 30, NULL, run_open_12 },
	{ "open-overlay", 30, NULL, run_open_overlay },
	{ "create-unlink", 12, NULL, run_create },
	{ "exec", 2, NULL, run_exec },
	{ "mmap-exec", 30, prepare_mmap, run_mmap },
	{ "capable", 400, NULL, run_capable },
	{ "read", 200, prepare_read, run_read },
	{ "write", 100, prepare_write, run_write },
	{ "tcp-connect", 8, NULL, run_connect, tidy_connect },
	{ "udp", 40, prepare_udp, run_udp },
	{ "udp-2", 40, prepare_udp, run_udp_two },
	{ "tcp-pingpong", 10, prepare_stream, run_pingpong },
	{ "tcp-bulk", 1, prepare_stream, run_bulk },
	{ "tcp-packet", 1, prepare_stream, run_packets },
	{ "open-own", 40, prepare_open_own, run_open_own, .named = true },
	{ "open-same", 40, NULL, run_open_5, .named = true },
};

const size_t nr_ops = ARRAY_SIZE(ops);
