// SPDX-License-Identifier: GPL-2.0-only
/*
 * Two trees swap names over and over, one that may be read and one that may
 * not. While the secret one goes by the allowed name its leaf goes by another,
 * so that no path of the secret is allowed at any moment: only who takes one
 * half from before and the other from after finds one.
 *
 * 10,000 opens, fewer where all is slow, or BULKHEAD_STORM_TRIES of the
 * environment: what the kernel's command line has of such a name becomes that.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
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
/* One act of a box; it may take no longer than 20, however slow the machine. */
#define SECONDS_AT_ONCE	2

/* What came of the tries, and how much went on beside them; of all processes. */
static struct {
	long allowed, denied, absent, secret;
	long exchanges, mounts;
} *tally;

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
		tally->exchanges += 2;
	}
}

/* Walks watch the mounts, too. */
static void __attribute__((noreturn)) mount_for_ever(void)
{
	for (;;) {
		if (mount("storm", S "/mnt", "tmpfs", 0, NULL) ||
		    umount2(S "/mnt", 0))
			_exit(errno);
		tally->mounts++;
		sleep_ms(20);
	}
}

/* Return: 0, EBUSY if it is the secret, or an errno that nobody expects. */
static int try_one(int at, const char *name)
{
	int fd = openat(at, name, O_RDONLY);
	char c = 0;
	ssize_t n;

	if (fd < 0) {
		tally->denied += errno == EACCES;
		tally->absent += errno == ENOENT;
		return errno == EACCES || errno == ENOENT ? 0 : errno;
	}
	n = read(fd, &c, 1);
	close(fd);
	if (n == 1 && c == 'p') {
		tally->allowed++;
		return 0;
	}
	tally->secret += n == 1 && c == 'S';
	return n == 1 && c == 'S' ? EBUSY : EIO;
}

static long tries_done(void)
{
	return tally->allowed + tally->denied;
}

/*
 * Open for a while, or until n[0] in all have found something: by path and from
 * the secret folder, by either name of what is in there. EBUSY if the secret
 * was read.
 */
static int act_read_storm(const struct args *a)
{
	static char open_leaf[4000], closed_leaf[4000];
	time_t end = time(NULL) + SECONDS_AT_ONCE;
	int error = 0;
	long n;

	name(open_leaf, "open", "leaf");
	name(closed_leaf, "closed", "leaf");
	for (n = 0; !error && tries_done() < a->n[0] && time(NULL) < end; n++)
		error = try_one(a->fd, n % 64 == 1 ? open_leaf :
				n % 64 == 2 ? closed_leaf :
				n % 2 ? "hidden" : "leaf");
	return error;
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

	return text && atol(text) > 0 ? atol(text) : TRIES / slowness();
}

void storm_ready(void)
{
	tally = mmap(NULL, sizeof(*tally), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (tally == MAP_FAILED)
		bail("map the tally: %m");
}

static void tell(void)
{
	diag("%ld tries: %ld allowed, %ld denied, %ld of the secret; beside them %ld exchanges, %ld mounts, %ld opens of a name that was gone",
	     tries_done(), tally->allowed, tally->denied, tally->secret,
	     tally->exchanges, tally->mounts, tally->absent);
}

/* Else there was no storm. */
static bool was_stormy(long tries)
{
	return tally->allowed && tally->denied && tally->absent &&
	       tries_done() >= tries &&
	       tally->exchanges && tally->mounts;
}

void storm(struct box *b)
{
	const long tries = wanted_tries();
	const struct args args = { .n = { tries } };
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
	while (tries_done() < tries && !error) {
		error = box_do_fd(b, act_read_storm, &args, secret, NULL);
		events_drop(0);
	}
	kill(mounter, SIGKILL);
	waitpid(mounter, NULL, 0);
	kill(mover, SIGKILL);
	waitpid(mover, &status, 0);
	ok(!error && !tally->secret && WIFSIGNALED(status),
	   "renames beside %ld opens: the secret was never read (%d)", tries_done(), error);
	tell();
	ok(was_stormy(tries), "some were allowed, some denied, and names changed beside them");
	close(secret);
	umount2(S "/mnt", MNT_DETACH);
	events_drop(500);
}
