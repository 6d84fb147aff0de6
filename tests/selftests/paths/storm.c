// SPDX-License-Identifier: GPL-2.0-only
/*
 * Two trees swap names over and over, one that may be read and one that may
 * not. While the secret one goes by the allowed name its leaf goes by another,
 * so that no path of the secret is allowed at any moment: only who takes one
 * half from before and the other from after finds one.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <linux/bulkhead.h>

#include "event.h"
#include "host.h"
#include "storm.h"
#include "tap.h"

#define S		P "/storm"
/* So far that both names can change while a walk is on its way. */
#define LEVELS		1900
#define TRIES		10000
#define TRIES_VARIABLE	"BULKHEAD_STORM_TRIES"
/* One act of a box takes no longer than it lets it. */
#define TRIES_AT_ONCE	5000

/* Path of what is so many levels below a tree. */
static void name(char *path, const char *tree, const char *leaf)
{
	int i, len = sprintf(path, S "/%s", tree);

	for (i = 0; i < LEVELS; i++)
		len += sprintf(path + len, "/d");
	sprintf(path + len, "/%s", leaf);
}

static int exchange(const char *a, const char *b)
{
	return syscall(SYS_renameat2, AT_FDCWD, a, AT_FDCWD, b, 2);
}

/* @secret: the folder that holds the leaf, whatever its name is. */
static void __attribute__((noreturn)) rename_for_ever(int secret)
{
	for (;;) {
		if (renameat(secret, "leaf", secret, "hidden") ||
		    exchange(S "/open", S "/closed") ||
		    exchange(S "/open", S "/closed") ||
		    renameat(secret, "hidden", secret, "leaf"))
			_exit(errno);
	}
}

/* Walks watch the mounts, too. */
static void __attribute__((noreturn)) mount_for_ever(void)
{
	for (;;) {
		if (mount("storm", S "/mnt", "tmpfs", 0, NULL) ||
		    umount2(S "/mnt", 0))
			_exit(errno);
		sleep_ms(20);
	}
}

static int reads_secret(int at, const char *name)
{
	int fd = openat(at, name, O_RDONLY);
	char c = 0;
	ssize_t n;

	if (fd < 0)
		return errno == EACCES || errno == ENOENT ? 0 : errno;
	n = read(fd, &c, 1);
	close(fd);
	return n == 1 && c == 'S' ? EBUSY : 0;
}

/*
 * Open n[0] times, by path and from the secret folder, whatever its name is:
 * EBUSY if the secret was read.
 */
static int act_read_storm(const struct args *a)
{
	static char open_leaf[4000], closed_leaf[4000];
	int error;
	long n;

	name(open_leaf, "open", "leaf");
	name(closed_leaf, "closed", "leaf");
	for (n = 0; n < a->n[0]; n++) {
		error = reads_secret(a->fd, n % 128 == 1 ? open_leaf :
				     n % 128 == 2 ? closed_leaf :
				     n % 8 == 3 ? "hidden" : "leaf");
		if (error)
			return error;
	}
	return 0;
}

static int act_open_leaf(const struct args *a)
{
	char path[4000];

	name(path, a->path, "leaf");
	return open(path, O_RDONLY) < 0 ? errno : 0;
}

/* Return: the folder that holds the leaf. */
static int make_tree(const char *tree, const char *content)
{
	char path[4000], *slash;
	int at;

	name(path, tree, "");
	for (slash = path + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = 0;
		mkdir(path, 0755);
		*slash = '/';
	}
	at = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (at < 0)
		bail("a tree of %d levels: %m", LEVELS);
	name(path, tree, "leaf");
	put_file(path, content);
	return at;
}

static long wanted_tries(void)
{
	const char *text = getenv(TRIES_VARIABLE);

	return text && atol(text) > 0 ? atol(text) : TRIES;
}

void storm(struct box *b)
{
	const struct args args = { .n = { TRIES_AT_ONCE } };
	long done, tries = wanted_tries();
	int error = 0, status, secret;
	const struct args allowed = { "open" };
	pid_t mover, mounter;

	close(make_tree("open", "public\n"));
	secret = make_tree("closed", "SECRET\n");
	make_dir(S "/mnt");
	ok(!box_do(b, act_open_leaf, &allowed, NULL), "what is allowed can be read");
	mover = fork();
	if (!mover)
		rename_for_ever(secret);
	mounter = fork();
	if (!mounter)
		mount_for_ever();
	for (done = 0; done < tries && !error; done += TRIES_AT_ONCE) {
		error = box_do_fd(b, act_read_storm, &args, secret, NULL);
		events_drop(0);
	}
	kill(mounter, SIGKILL);
	waitpid(mounter, NULL, 0);
	kill(mover, SIGKILL);
	waitpid(mover, &status, 0);
	ok(!error && WIFSIGNALED(status),
	   "renames beside %ld opens: the secret was never read (%d)", done, error);
	close(secret);
	umount2(S "/mnt", MNT_DETACH);
	events_drop(500);
}
