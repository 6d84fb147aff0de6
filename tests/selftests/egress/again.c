// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel remembers per CPU what it permitted last. So all of this is done
 * on one CPU: first what is permitted, then what differs in one respect.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <linux/bulkhead.h>
#include <linux/membarrier.h>

#include "acts.h"
#include "addr.h"
#include "again.h"
#include "event.h"
#include "host.h"
#include "tap.h"
#include "trial.h"

#define WORLD		"10.9.0.2"
#define WORLD_TOO	"10.9.0.3"
#define WORLD6		"fd09::2"
#define MAPPED		"::ffff:10.9.0.2"
#define DEFAULT		"default: deny # of egress"
#define TO(a, p)	{ .addr = addr(a, p) }
#define DENIED(a)	.error = EACCES, \
	.want = { .act = BULKHEAD_ACT_##a, .rule = DEFAULT }
#define CGROUPS_USED	24

static const char open_yaml[] =
"bulkhead: 1\n"
"policy: again-open\n"
"mode: enforce\n"
"match:\n"
"  - cgroup: /bh-again-open\n"
"egress: {default: allow}\n";

static const char shut_yaml[] =
"bulkhead: 1\n"
"policy: again-shut\n"
"mode: enforce\n"
"match:\n"
"  - cgroup: /bh-again-shut\n"
"egress: {default: deny}\n";

void again_prepare(void)
{
	copy_self(HELPER);
	add_policy("again-open", open_yaml);
	add_policy("again-shut", shut_yaml);
}

static int pin(void)
{
	cpu_set_t first;

	CPU_ZERO(&first);
	CPU_SET(0, &first);
	return sched_setaffinity(0, sizeof(first), &first) ? errno : 0;
}

static int act_send_pinned(const struct args *a)
{
	int error = pin();

	return error ? error : act_sendto(a);
}

/* A datagram that is allowed, twice; the second one may be recalled. */
static int prime(void)
{
	const struct args good = TO(WORLD, 53);
	int error = act_send_pinned(&good);

	return error ? error : act_sendto(&good);
}

static int act_send_primed(const struct args *a)
{
	int error = prime();

	return error ? error : act_sendto(a);
}

static int act_connect_primed(const struct args *a)
{
	int error = prime();

	return error ? error : act_connect(a);
}

/* By a socket that was connected before the memory of another's destination. */
static int act_connected_primed(const struct args *a)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	int error = pin();

	if (error || fd < 0 || connect(fd, (void *)&a->addr, addr_len(&a->addr)))
		return error ? error : errno;
	error = prime();
	if (error)
		return error;
	return send(fd, "x", 1, 0) == 1 && send(fd, "x", 1, 0) == 1 ? 0 : errno;
}

static void in_one_respect(struct box *b)
{
	const struct trial t[] = {
		{ "again: the same", act_send_primed, TO(WORLD, 53) },
		{ "again: the same, IPv4-mapped", act_send_primed, TO(MAPPED, 53) },
		{ "again: another port", act_send_primed, TO(WORLD, 9000), DENIED(SEND) },
		{ "again: another address", act_send_primed, TO(WORLD_TOO, 53),
		  DENIED(SEND) },
		{ "again: another protocol", act_connect_primed, TO(WORLD, 53),
		  DENIED(CONNECT), .outside = ECONNREFUSED },
		{ "again: connected", act_connected_primed, TO(WORLD, 53) },
	};

	trials_run(b, "only", t, ARRAY_SIZE(t));
}

/* What another cgroup, or the last binding, was permitted. */
static void for_others(struct box *strict, struct box *lax)
{
	const struct args too = TO(WORLD_TOO, 53);
	const struct trial t[] = {
		{ "again: what another may", act_send_pinned, TO(WORLD_TOO, 53),
		  DENIED(SEND) },
	};

	if (box_do(lax, act_send_pinned, &too, NULL))
		bail("the lax box may not send");
	trials_run(strict, "only", t, 1);
	box_confine(strict, "but");
	ok(!box_do(strict, act_send_pinned, &too, NULL), "again: bound otherwise");
	box_confine(strict, "only");
	ok(box_do(strict, act_send_pinned, &too, NULL) == EACCES,
	   "again: not what the last binding permitted");
	events_drop(1000);
}

void again(struct box *strict, struct box *lax)
{
	in_one_respect(strict);
	for_others(strict, lax);
}

static long dying(void)
{
	char text[256];
	const char *at;

	errno = read_file(CGROUPS "/cgroup.stat", text, sizeof(text));
	at = errno ? NULL : strstr(text, "nr_dying_descendants ");
	if (!at)
		bail("count dying cgroups: %m");
	return atol(strchr(at, ' '));
}

/*
 * Until its memory is free, a grace period behind its end. Its maker's CPU is
 * the one that frees it, and takes that memory for the next one as a rule.
 */
static void await_end(long before)
{
	unsigned int tries, i;

	for (tries = 0; dying() > before; tries++) {
		if (tries == 5000 * slowness())
			bail("a cgroup doesn't end");
		sleep_ms(1);
	}
	for (i = 0; i < 2; i++)
		if (syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0))
			bail("await a grace period: %m");
}

/* In a cgroup of its own, which is gone when this returns. */
static int send_in(const char *cgroup)
{
	const struct args a = TO("127.0.0.1", 53);
	struct box b;
	long before;
	int error;

	box_open(&b, cgroup);
	errno = box_exec(&b, HELPER);
	if (errno)
		bail("execute the helper in %s: %m", cgroup);
	error = box_do(&b, act_send_pinned, &a, NULL);
	before = dying();
	box_close(&b);
	await_end(before);
	return error;
}

/* A cgroup takes the place of one that is gone, in memory, too. */
void reuse(void)
{
	int i, open = 0, shut = 0;
	cpu_set_t all;

	if (sched_getaffinity(0, sizeof(all), &all) || pin())
		bail("stay on one CPU: %m");
	for (i = 0; i < CGROUPS_USED; i++) {
		open += !send_in("bh-again-open");
		shut += send_in("bh-again-shut") == EACCES;
	}
	if (sched_setaffinity(0, sizeof(all), &all))
		bail("leave the one CPU: %m");
	ok(open == CGROUPS_USED, "a cgroup after a cgroup: %d may send", open);
	ok(shut == CGROUPS_USED, "a cgroup after a cgroup: %d may not", shut);
	events_drop(1000);
}
