// SPDX-License-Identifier: GPL-2.0-only
/*
 * A replacement for which there is no memory: it comes from a process whose
 * cgroup may take no more of it, and that the kernel may not kill instead. Each
 * try gets a little further than the one before, past cgroups that have got
 * the new ruleset already, while others come and go. What was in force stays:
 * its borders, its policies, and no domain more.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <linux/bulkhead.h>

#include "box.h"
#include "control.h"
#include "genl.h"
#include "host.h"
#include "replace.h"
#include "tap.h"

#define ROOM	"bh-hungry"
/* Walked before the crowd, for which memory runs out. */
#define WALL	FIRST "/wall"

/* What a try may take more than the one before, and the most. */
#define STEP	(4 << 10)
#define MOST	(4 << 20)

/* The whole of WALL is one container, and the crowd has no policy. */
static const char wide_yaml[] =
"bulkhead: 1\n"
"policy: hammered\n"
"mode: enforce\n"
"match: [{cgroup: /" WALL "}, {cgroup: /" FIRST "/new*}]\n"
"file: {default: allow, rules: [deny r " SECRET "]}\n";

/* Each cgroup below WALL is one. */
static const char narrow_yaml[] =
"bulkhead: 1\n"
"policy: hammered\n"
"mode: enforce\n"
"match: [{cgroup: /" WALL "/*}, {cgroup: /" FIRST "/new*}, {cgroup: /" SECOND "/*}]\n"
"file: {default: allow, rules: [deny r " SECRET "]}\n";

struct image {
	void *bytes;
	size_t size;
};

static int act_kill(const struct args *a)
{
	return kill(a->n[0], 0) ? errno : 0;
}

/* What each CPU keeps handy is given back by a worker, in its own time. */
static int settled(long *current)
{
	char text[32] = "";
	long last = -1;
	int error = 0, same = 0, tries;

	for (tries = 0; !error && same < 5 && tries < 200; tries++) {
		sleep_ms(10);
		error = read_file(CGROUPS "/" ROOM "/memory.current", text, sizeof(text));
		*current = atol(text);
		same = *current == last ? same + 1 : 0;
		last = *current;
	}
	return error;
}

/* So many bytes more than it has. */
static int limit(long room)
{
	char text[32];
	long current;
	int error;

	error = write_file(CGROUPS "/" ROOM "/memory.high", "0");
	if (!error)
		error = settled(&current);
	if (error)
		return error;
	snprintf(text, sizeof(text), "%ld", current + room);
	error = write_file(CGROUPS "/" ROOM "/memory.max", text);
	return error ? error : write_file(CGROUPS "/" ROOM "/memory.high", "max");
}

static int send_image(struct genl *g, const void *bytes, size_t size)
{
	uint64_t generation;
	size_t at, n;
	int error = control_begin(g, size);

	for (at = 0; !error && at < size; at += n) {
		n = size - at < BULKHEAD_CHUNK_MAX ? size - at : BULKHEAD_CHUNK_MAX;
		error = control_append(g, at, (const char *)bytes + at, n);
	}
	return error ? error : control_commit(g, 0, &generation);
}

/*
 * From when it says that it is ready, nothing of its own takes memory: all
 * pages are there, and so is what the C library wants, after a nonsense.
 */
static int apply_when_told(const struct image *img, int sock)
{
	void *nonsense = calloc(1, img->size);
	struct genl g;
	char c = 0;
	int error = genl_open(&g);

	if (!error)
		error = write_file("/proc/self/oom_score_adj", "-1000");
	if (!error)
		error = write_file(CGROUPS "/" ROOM "/cgroup.procs", "0");
	if (error || !nonsense || mlockall(MCL_CURRENT | MCL_FUTURE))
		return error ? error : errno;
	if (!send_image(&g, nonsense, img->size))
		return EPROTO;
	if (write(sock, &c, 1) != 1 || read(sock, &c, 1) != 1)
		return EPIPE;
	return send_image(&g, img->bytes, img->size);
}

static int try_within(const struct image *img, long room)
{
	int pair[2], status, error;
	char c;
	pid_t pid;

	error = write_file(CGROUPS "/" ROOM "/memory.max", "max");
	if (error || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
		return error ? error : errno;
	pid = fork();
	if (!pid) {
		close(pair[0]);
		alarm(60);
		_exit(apply_when_told(img, pair[1]));
	}
	close(pair[1]);
	if (read(pair[0], &c, 1) == 1)
		error = limit(room);
	if (error || write(pair[0], &c, 1) != 1)
		kill(pid, SIGKILL);
	close(pair[0]);
	waitpid(pid, &status, 0);
	if (error)
		return error;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* Of what a failed try must not touch. */
static bool is_as_before(const struct control_status *before, struct box *a,
			 const struct args *b)
{
	struct control_status now;

	return !control_status(&now) && now.generation == before->generation &&
	       now.domains == before->domains && !box_do(a, act_kill, b, NULL);
}

static volatile sig_atomic_t stop;

static void on_term(int signal)
{
	stop = signal;
}

/* Cgroups that get a domain by the one ruleset, and none by the other. */
static pid_t start_maker(void)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	signal(SIGTERM, on_term);
	while (!stop) {
		cgroup_make(SECOND "/brief");
		cgroup_remove(SECOND "/brief");
	}
	_exit(0);
}

/* Two tasks behind one wall. */
static void open_boxes(struct box *a, struct box *b)
{
	cgroup_make(WALL);
	box_open(a, WALL "/a");
	box_open(b, WALL "/b");
	errno = box_exec(a, HELPER);
	if (!errno)
		errno = box_exec(b, HELPER);
	if (errno)
		bail("execute the helper: %m");
}

void starved(void)
{
	struct control_status before, after;
	unsigned int refused = 0, changed = 0;
	struct image wide, narrow;
	struct args target = { 0 };
	struct box a, b;
	pid_t maker;
	int error = ENOMEM;
	long room;

	cgroup_make(ROOM);
	narrow.bytes = apply_image("hammered", narrow_yaml, &narrow.size);
	wide.bytes = apply_image("hammered", wide_yaml, &wide.size);
	open_boxes(&a, &b);
	target.n[0] = b.pid;
	ok(!box_do(&a, act_kill, &target, NULL), "behind one wall, signals arrive");
	control_status(&before);
	maker = start_maker();
	for (room = 0; room < MOST && error == ENOMEM; room += STEP) {
		error = try_within(&narrow, room);
		refused += error == ENOMEM;
		changed += error == ENOMEM && !is_as_before(&before, &a, &target);
	}
	diag("%u tries without memory, the last with %ld bytes more; then errno %d",
	     refused, room - STEP, error);
	ok(refused >= 3, "replacements without memory are refused");
	ok(!changed, "the borders, the domains, the generation are as before");
	ok(!error, "with memory it works");
	ok(box_do(&a, act_kill, &target, NULL) == EPERM, "and there are two walls");
	kill(maker, SIGTERM);
	waitpid(maker, NULL, 0);
	ok(!control_apply(wide.bytes, wide.size, NULL), "the first one again");
	ok(!control_status(&after) && after.domains == before.domains,
	   "and its domains are as many as before");
	box_close(&a);
	box_close(&b);
	cgroup_remove(WALL);
	cgroup_remove(ROOM);
	free(wide.bytes);
	free(narrow.bytes);
}
