// SPDX-License-Identifier: GPL-2.0-only
/* An act in a box, and its twin outside. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <linux/bulkhead.h>

#include "tap.h"
#include "trial.h"

static bool is_net(uint16_t act)
{
	switch (act) {
	case BULKHEAD_ACT_CONNECT:
	case BULKHEAD_ACT_SEND:
	case BULKHEAD_ACT_PACKET:
	case BULKHEAD_ACT_BIND:
	case BULKHEAD_ACT_LISTEN:
		return true;
	}
	return false;
}

static bool is_file(uint16_t act)
{
	return (act >= BULKHEAD_ACT_OPEN && act <= BULKHEAD_ACT_FCNTL) ||
	       act == BULKHEAD_ACT_WRITE || act == BULKHEAD_ACT_SETATTR;
}

/* The object is what the act was called with, unless the trial says other. */
static struct want complete(const struct trial *t, const struct box *b,
			    const char *policy, pid_t pid)
{
	struct want w = t->want;

	if (!w.policy)
		w.policy = policy;
	if (!w.cgroup)
		w.cgroup = b->id;
	if (!w.pid)
		w.pid = pid;
	if (!w.path && is_file(w.act))
		w.path = t->args.path;
	if (!w.addr.ss_family && is_net(w.act))
		w.addr = t->args.addr;
	return w;
}

/* What one trial did wrong must not be held against the next. */
static void resync(void)
{
	struct event e;

	while (event_next(&e, 100))
		event_show(&e);
}

static int handed(const struct trial *t)
{
	int fd = t->hand ? t->hand() : t->fd;

	if (fd < 0)
		bail("%s: no descriptor to hand over: %m", t->name);
	return fd > 0 ? fd : -1;
}

static void take_back(const struct trial *t, int fd)
{
	if (t->hand)
		close(fd);
}

static void inside(struct box *b, const char *policy, const struct trial *t)
{
	int error, fd;
	pid_t pid;
	bool said = true;

	if (t->again)
		t->again(&t->args);
	fd = handed(t);
	error = box_do_fd(b, t->act, &t->args, fd, &pid);
	take_back(t, fd);
	if (error != t->error)
		diag("inside: %s, want %s", error ? strerror(error) : "success",
		     t->error ? strerror(t->error) : "success");
	if (t->want.rule) {
		struct want w = complete(t, b, policy, pid);

		said = event_wanted(&w);
	}
	if (t->after)
		said &= t->after(t);
	if (!ok(error == t->error && said, "%s: %s", t->name,
		t->want.rule ? "denied, and says by which rule" : "allowed"))
		resync();
}

static void twin(const struct trial *t)
{
	struct trial free = *t;
	int error;

	free.want = (struct want){ 0 };
	if (t->again)
		t->again(&t->args);
	free.args.fd = handed(t);
	error = outside_do(t->act, &free.args);
	take_back(t, free.args.fd);
	if (error != t->outside)
		diag("outside: %s", error ? strerror(error) : "success");
	ok((!t->after || t->after(&free)) && error == t->outside, "%s: works outside", t->name);
}

void trial_allowed(struct box *b, const struct trial *t)
{
	struct trial lifted = *t;

	lifted.error = t->outside;
	lifted.want = (struct want){ 0 };
	inside(b, "", &lifted);
}

/* What the kernel hasn't got it refuses everybody alike, without a word of ours. */
static struct trial as_kernel_has(const struct trial *t)
{
	struct trial seen = *t;
	int fd;

	if (!t->lacks)
		return seen;
	if (t->again)
		t->again(&t->args);
	fd = handed(t);
	seen.args.fd = fd;
	if (outside_do(t->act, &seen.args) == t->lacks) {
		diag("%s: this kernel has no such call", t->name);
		seen.error = t->lacks;
		seen.outside = t->lacks;
		seen.want = (struct want){ 0 };
		seen.after = NULL;
	}
	take_back(t, fd);
	return seen;
}

void trials_run(struct box *b, const char *policy, const struct trial *t,
		unsigned int n)
{
	for (; n; n--, t++) {
		const struct trial seen = as_kernel_has(t);

		inside(b, policy, &seen);
		twin(&seen);
	}
}

void no_more_events(void)
{
	unsigned int n = 0;
	struct event e;

	while (event_next(&e, 300)) {
		n++;
		event_show(&e);
	}
	ok(!n, "no event that nobody waited for");
}
