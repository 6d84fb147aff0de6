// SPDX-License-Identifier: GPL-2.0-only
/* bulkhead monitor: events as they happen, a line each. */
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <string.h>
#include <time.h>

#include <json-c/json.h>
#include <linux/bulkhead.h>

#include "lib/cgroup.h"
#include "lib/cleanup.h"
#include "lib/event.h"
#include "lib/loss.h"
#include "output.h"

#define GROUPS 2
#define SECONDS_MAX 31536000UL

static const char *const groups[GROUPS] = { BULKHEAD_MCGRP_DENIED, BULKHEAD_MCGRP_AUDITED };
static const char *const events[GROUPS] = { "denials", "audited acts" };

struct monitor {
	struct event_source sources[GROUPS];
	const char *policy;	/* null: of all */
	unsigned long count;	/* 0: without end */
	unsigned long seen;
	unsigned long timeout;	/* seconds; 0: none */
	struct loss_table losses;
	char *mount;		/* of cgroup v2, if there is one */
	bool quiet;
	bool color;
};

static void monitor_close(struct monitor *m)
{
	int i;

	for (i = 0; i < GROUPS; i++)
		event_unsubscribe(&m->sources[i]);
	loss_clear(&m->losses);
	free(m->mount);
}

static int parse_monitor(int argc, char **argv, struct monitor *m)
{
	char *value;
	int key;

	while ((key = next_flag(&cmd_monitor, argc, argv, &value)) != FLAG_END) {
		if (key == 'n' && parse_number(&cmd_monitor, value, UINT32_MAX, &m->count))
			continue;
		if (key == 't' && parse_number(&cmd_monitor, value, SECONDS_MAX, &m->timeout))
			continue;
		if (key != 'p' && key != 'q')
			return key < 0 ? flag_status(key) : STATUS_USAGE;
		if (key == 'p')
			m->policy = value;
		else
			m->quiet = true;
	}
	return optind == argc ? -1 : usage_error(&cmd_monitor, "takes no operand");
}

/* The request socket says, in words, what a subscription would fail by. */
static int subscribe(struct monitor *m)
{
	struct client c cleanup_with(client_close) = { 0 };
	int i, err, status = open_module(&c);

	for (i = 0; i < GROUPS && !status; i++) {
		err = event_subscribe(&m->sources[i], groups[i]);
		if (err)
			status = complain_client(&c, err, "can't listen to events");
	}
	return status;
}

/* What never arrived is as much news as what did. */
static void report_loss(const char *where, const char *what)
{
	struct json_object *obj;

	if (!want_json) {
		printf("--:--:-- LOSS  %s: %s\n", where, what);
		return;
	}
	obj = json_object_new_object();
	json_add(obj, "loss", what);
	json_add(obj, "where", where);
	print_json_line(obj);
}

static void check_loss(struct monitor *m, const struct event *ev)
{
	uint64_t more = loss_since(&m->losses, ev->cgroup_id, ev->lost);
	char *path cleanup_free = NULL;
	char what[80];

	if (!more)
		return;
	snprintf(what, sizeof(what), "%llu events beyond its rate were counted, but not sent",
		 (unsigned long long)more);
	path = printable(ev->cgroup_path[0] ? ev->cgroup_path : "a removed cgroup");
	report_loss(path, what);
}

static void show(const struct monitor *m, const struct event *ev)
{
	struct json_object *obj;

	if (!want_json) {
		event_print(ev, stdout, m->color);
		return;
	}
	obj = event_json(ev);
	if (obj)
		print_json_line(obj);
}

/* The kernel names the cgroup by number; its path is for us to find. */
static void on_event(const struct event *seen, void *arg)
{
	char *path cleanup_free = NULL;
	struct event ev = *seen;
	struct monitor *m = arg;

	if (m->count && m->seen >= m->count)
		return;
	if (m->mount && !event_has(&ev, BULKHEAD_A_CGROUP_PATH))
		path = cgroup_path_of(m->mount, ev.cgroup_id);
	if (path) {
		ev.cgroup_path = path;
		ev.has |= 1ULL << BULKHEAD_A_CGROUP_PATH;
	}
	check_loss(m, &ev);
	if (m->policy && strcmp(m->policy, ev.policy))
		return;
	m->seen++;
	show(m, &ev);
}

static int receive(struct monitor *m, int i)
{
	int err = event_receive(&m->sources[i], on_event, m);

	switch (err) {
	case 0:
		return STATUS_OK;
	case -ENOBUFS:
		report_loss(events[i], "more came than could be received, some are lost");
		return STATUS_OK;
	case -EBADMSG:
		report_loss(events[i], "a malformed one was dropped");
		return STATUS_OK;
	default:
		return complain(STATUS_REFUSED, "can't receive events: %s", strerror(-err));
	}
}

static long long now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000LL + ts.tv_nsec / 1000000;
}

/* Milliseconds to wait, -1 for ever, 0 when the time is up. */
static int time_left(long long end)
{
	long long left;

	if (end < 0)
		return -1;
	left = end - now_ms();
	return left < 0 ? 0 : left > INT32_MAX ? INT32_MAX : left;
}

static int receive_ready(struct monitor *m, const struct pollfd *fds)
{
	int i, status = STATUS_OK;

	for (i = 0; i < GROUPS && !status; i++)
		if (fds[i].revents)
			status = receive(m, i);
	return status;
}

static bool is_done(const struct monitor *m)
{
	return m->count && m->seen >= m->count;
}

static int watch(struct monitor *m)
{
	long long end = m->timeout ? now_ms() + (long long)m->timeout * 1000 : -1;
	struct pollfd fds[GROUPS];
	int i, n, status = STATUS_OK;

	for (i = 0; i < GROUPS; i++)
		fds[i] = (struct pollfd){ .fd = event_fd(&m->sources[i]), .events = POLLIN };
	while (!status && !is_done(m)) {
		n = poll(fds, GROUPS, time_left(end));
		if (n < 0 && errno != EINTR)
			return complain(STATUS_REFUSED, "can't wait for events: %s",
					strerror(errno));
		if (!n)
			break;
		if (n > 0)
			status = receive_ready(m, fds);
		if (ferror(stdout))
			break;
	}
	if (status)
		return status;
	return m->count && !is_done(m) ? STATUS_REFUSED : STATUS_OK;
}

static int run_monitor(int argc, char **argv)
{
	struct monitor m cleanup_with(monitor_close) = { 0 };
	int status = parse_monitor(argc, argv, &m);

	if (status >= 0)
		return status;
	status = subscribe(&m);
	if (status)
		return status;
	cgroup_mount(&m.mount);
	setvbuf(stdout, NULL, _IOLBF, 0);
	m.color = use_color(stdout);
	if (!m.quiet)
		fputs("bulkhead: listening for events\n", stderr);
	return watch(&m);
}

static const struct flag monitor_flags[] = {
	{ "count", "N", "end after N events", 'n' },
	{ "policy", "NAME", "events of this policy only", 'p' },
	{ "timeout", "SECONDS", "end after so long; with --count, exit status 1 if fewer came", 't' },
	{ "quiet", NULL, "don't say on stderr when listening has begun", 'q' },
	{ 0 },
};

const struct command cmd_monitor = {
	.name = "monitor",
	.args = "[--count N] [--policy NAME] [--timeout SECONDS] [--quiet]",
	.what = "Show each denial, and each act that an auditing policy would deny, as it happens.",
	.flags = monitor_flags,
	.run = run_monitor,
};
