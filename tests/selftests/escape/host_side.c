// SPDX-License-Identifier: GPL-2.0-only
/* The host that the attackers are after: a secret, a process, a disk. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "escape.h"
#include "host.h"
#include "image.h"
#include "tap.h"

#define IMAGE	TOP "/disk.img"

static const char payload[] = "#!/bin/sh\necho mine >" OWNED "\n";

volatile long victim_word;
static pid_t victim;

int drop_payload(void)
{
	int fd = open(PAYLOAD, O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0755);
	ssize_t n;

	if (fd < 0)
		return errno;
	n = write(fd, payload, sizeof(payload) - 1);
	close(fd);
	return n < 0 ? errno : 0;
}

bool owned(void)
{
	return !access(OWNED, F_OK);
}

void make_secret(struct args *a)
{
	(void)a;
	put_file(SECRET, SECRET_TEXT);
}

bool secret_spoilt(void)
{
	char text[64];

	errno = read_file(SECRET, text, sizeof(text));
	if (errno)
		bail("read " SECRET ": %m");
	return strcmp(text, SECRET_TEXT);
}

int is_secret(const char *text)
{
	return strncmp(text, SECRET_TEXT, sizeof(SECRET_TEXT) - 1) ? EIO : 0;
}

void victim_confesses(void)
{
	int fd = open(OWNED, O_CREAT | O_WRONLY, 0644);

	close(fd);
	_exit(0);
}

static void __attribute__((noreturn)) victim_lives(int ready)
{
	int keep = open(SECRET, O_RDONLY);

	/* Where pidfd_getfd() will look for it. */
	dup2(keep, 99);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (write(ready, "", 1) != 1)
		_exit(1);
	for (;;)
		pause();
}

void victim_start(struct args *a)
{
	int fds[2];
	char c;

	make_secret(a);
	if (pipe2(fds, O_CLOEXEC))
		bail("pipe: %m");
	victim = fork();
	if (!victim)
		victim_lives(fds[1]);
	close(fds[1]);
	if (victim < 0 || read(fds[0], &c, 1) != 1)
		bail("start a victim: %m");
	close(fds[0]);
	a->n[0] = victim;
}

void victim_stop(void)
{
	if (!victim)
		return;
	kill(victim, SIGKILL);
	waitpid(victim, NULL, 0);
	victim = 0;
}

bool victim_is_dead(void)
{
	if (!victim)
		return true;
	if (waitpid(victim, NULL, WNOHANG) != victim)
		return false;
	victim = 0;
	return true;
}

bool victim_word_spoilt(void)
{
	long word = 0;
	struct iovec here = { &word, sizeof(word) };
	struct iovec there = { (void *)&victim_word, sizeof(word) };

	if (process_vm_readv(victim, &here, 1, &there, 1, 0) != sizeof(word))
		bail("read the victim's memory: %m");
	return word;
}

void disk_make(struct args *a)
{
	char out[512];

	(void)a;
	if (RUN(out, "mke2fs", DISK, "2048"))
		bail("mke2fs " DISK ": %s", out);
	mount_at(DISK, DISK_MOUNT, "ext4", 0, NULL);
	put_file(DISK_SECRET, SECRET_TEXT);
	put_file(DISK_MOUNT "/hosts", "127.0.0.1 localhost\n");
	sync();
}

void image_make(const char *type)
{
	image_mount(IMAGE, type, DISK_MOUNT);
	put_file(DISK_SECRET, SECRET_TEXT);
	put_file(DISK_MOUNT "/hosts", "127.0.0.1 localhost\n");
	make_dir(DISK_MOUNT "/shared");
	sync();
}

void disk_remove(void)
{
	if (umount2(DISK_MOUNT, 0))
		bail("umount " DISK_MOUNT ": %m");
}

/* Past the page cache of the file, which knows nothing of it. */
bool disk_spoilt(void)
{
	char text[64];
	bool spoilt;

	if (umount2(DISK_MOUNT, 0))
		bail("umount " DISK_MOUNT ": %m");
	mount_at(DISK, DISK_MOUNT, "ext4", 0, NULL);
	errno = read_file(DISK_SECRET, text, sizeof(text));
	if (errno)
		bail("read " DISK_SECRET ": %m");
	spoilt = strcmp(text, SECRET_TEXT);
	return spoilt;
}
