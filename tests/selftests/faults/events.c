// SPDX-License-Identifier: GPL-2.0-only
/*
 * Denials and audits. An act is refused whether or not there is memory to tell
 * of it; each is counted, and told or counted as lost.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "acts.h"
#include "addr.h"
#include "event.h"
#include "genl.h"
#include "inject.h"
#include "parts.h"
#include "tap.h"
#include "watch.h"

#define SOL_NETLINK	270
#define FLOOD		600

static struct box box, heard;
static struct control_status was;

static void prepare(void)
{
	was = status_now();
	events_drop(0);
}

/* Return: whether @due were counted, and told of or counted as lost. */
static bool told(uint64_t due)
{
	struct control_status now;
	unsigned int seen = 0, tries;
	struct event e;

	for (tries = 0; tries < 20; tries++) {
		now = status_now();
		if (seen + now.lost - was.lost >= due)
			break;
		seen += event_next(&e, 200);
	}
	if (now.denied + now.audited - was.denied - was.audited == due &&
	    seen + now.lost - was.lost == due && now.closed == was.closed)
		return true;
	diag("due %llu: denied %llu, audited %llu, lost %llu, seen %u",
	     (unsigned long long)due, (unsigned long long)(now.denied - was.denied),
	     (unsigned long long)(now.audited - was.audited),
	     (unsigned long long)(now.lost - was.lost), seen);
	return false;
}

static int try_open(unsigned int n, unsigned int *left)
{
	const struct args secret = { SECRET };

	return refused(try_in_box(&box, act_read, &secret, n, left));
}

static int try_send(unsigned int n, unsigned int *left)
{
	struct args a = { .addr = addr("127.0.0.1", FORBIDDEN_PORT) };

	return refused(try_in_box(&box, act_sendto, &a, n, left));
}

static bool counted_once(int error)
{
	return told(!error) && error != THROUGH;
}

static int try_audited(unsigned int n, unsigned int *left)
{
	const struct args secret = { SECRET };

	return try_in_box(&heard, act_read, &secret, n, left);
}

/* It was told of though the file could not be opened in the end, perhaps. */
static bool audited_once(int error)
{
	return told(status_now().audited - was.audited) &&
	       (error || status_now().audited == was.audited + 1) && error != EACCES;
}

static int subscribe(void)
{
	struct genl g;
	uint32_t id;
	int error = genl_open(&g);

	if (error)
		return error;
	id = g.denied;
	if (setsockopt(g.fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &id, sizeof(id)))
		error = errno;
	genl_close(&g);
	return error;
}

static int try_subscribe(unsigned int n, unsigned int *left)
{
	return try_here(subscribe, n, left);
}

/* The others are told all the same. */
static bool others_told(int error)
{
	const struct args secret = { SECRET };

	(void)error;
	return box_do(&box, act_read, &secret, NULL) == EACCES && told(1);
}

static int act_flood(const struct args *a)
{
	unsigned int i;

	for (i = 0; i < FLOOD; i++)
		if (act_read(a) != EACCES)
			return THROUGH;
	return 0;
}

static int listen_apart(void)
{
	struct genl g;
	uint32_t id;

	errno = genl_open(&g);
	id = g.denied;
	if (errno || setsockopt(g.fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &id, sizeof(id)))
		bail("listen: %m");
	return g.fd;
}

/* Return: how many messages came. @overruns: how often some were missing. */
static unsigned int take_all(int sock, unsigned int *overruns)
{
	unsigned int seen = 0;
	char buf[16384];

	for (;;) {
		if (recv(sock, buf, sizeof(buf), MSG_DONTWAIT) >= 0)
			seen++;
		else if (errno == ENOBUFS)
			++*overruns;
		else
			return seen;
	}
}

/* Who tells of it has no memory to tell it twice. */
static void starve_workers(void)
{
	const struct args secret = { SECRET };
	unsigned int seen, overruns = 0;
	int listeners[2], error;
	uint64_t counted, lost;

	prepare();
	listeners[0] = listen_apart();
	listeners[1] = listen_apart();
	fail_all_of("kworker", true);
	error = box_do(&box, act_flood, &secret, NULL);
	sleep_ms(500);
	fail_all_of("kworker", false);
	seen = take_all(listeners[0], &overruns) + take_all(listeners[1], &overruns);
	close(listeners[0]);
	close(listeners[1]);
	counted = status_now().denied - was.denied;
	lost = status_now().lost - was.lost;
	diag("denied %llu, lost %llu, seen %u, overruns %u", (unsigned long long)counted,
	     (unsigned long long)lost, seen, overruns);
	events_drop(1000 * slowness());
	prepare();
	ok(!error && counted == FLOOD && overruns && others_told(0),
	   "a flood of denials while no worker has memory: refused and counted all the same");
}

void event_ordeals(void)
{
	static const struct ordeal ordeals[] = {
		{ "open what is denied", prepare, try_open, counted_once },
		{ "send where it is denied", prepare, try_send, counted_once },
		{ "open what is audited", prepare, try_audited, audited_once },
		{ "listen to events", prepare, try_subscribe, others_told },
	};
	unsigned int i;

	box_open(&box, ROOM "/c-event");
	box_open(&heard, ROOM "/audited");
	errno = box_exec(&box, HELPER);
	if (!errno)
		errno = box_exec(&heard, HELPER);
	if (errno)
		bail("execute in a box: %m");
	watch_pause(true);
	events_open();
	for (i = 0; i < ARRAY_SIZE(ordeals); i++)
		ordeal(&ordeals[i]);
	starve_workers();
	events_close();
	watch_pause(false);
	box_close(&heard);
	box_close(&box);
}
