// SPDX-License-Identifier: GPL-2.0-only
/*
 * bulkhead doctor: tries what is forbidden, in a throwaway cgroup, and says for
 * each hook whether it was stopped and reported, and left alone outside.
 *
 * What is in force stays as it is: its image holds the policy that the cgroup
 * is bound to, so nothing is applied, and an apply beside us isn't disturbed.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "attempt.h"
#include "cgroup_arg.h"
#include "findings.h"
#include "lib/cleanup.h"
#include "lib/event.h"
#include "output.h"
#include "stage.h"

/* The one that `bulkhead run` makes its cgroups below, too. */
#define PARENT "/bulkhead"
#define CGROUP PARENT "/doctor"

/* An event that is later than this is as good as none. */
#define EVENT_MS 3000

/* For root alone: what containers see, their root could hold for ever. */
#define LOCK "/run/bulkhead-doctor.lock"
#define LOCK_SECONDS 15

static const struct attempt *const topics[] = {
	attempts_file, attempts_attr, attempts_exec, attempts_net, attempts_guard, attempts_preset,
};

struct doctor {
	struct client c;
	struct event_source events;
	struct cgroup cg;
	struct stage stage;
	int lock;
	bool bound;
	struct findings found;
};

static volatile sig_atomic_t interrupted;

static void on_signal(int number)
{
	interrupted = number;
}

/* Without SA_RESTART: whatever waits comes back to see. */
static void catch_signals(void)
{
	struct sigaction sa = { .sa_handler = on_signal };

	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGHUP, &sa, NULL);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

/* Empties the cgroup before it unbinds it: nothing may live on unconfined. */
static void doctor_end(struct doctor *d)
{
	int err = 0;

	stage_close(&d->stage);
	if (d->cg.dir) {
		err = cgroup_kill(&d->cg);
		if (!err && d->bound)
			client_unbind(&d->c, d->cg.id);
		if (!err)
			err = cgroup_remove(&d->cg);
	}
	if (err && err != -ENOENT) {
		warn("can't remove %s: %s", d->cg.dir, strerror(-err));
		advise("it is confined, and the next run of this command tries again");
	}
	cgroup_clear(&d->cg);
	event_unsubscribe(&d->events);
	client_close(&d->c);
	if (d->lock >= 0)
		close(d->lock);
}

/* Is there something to try, and does it know of us? */
static int check_force(struct doctor *d)
{
	struct image img cleanup_with(image_close) = { 0 };
	uint64_t generation;
	struct client_status state;
	int err, status;

	err = client_status(&d->c, &state);
	if (err)
		return complain_client(&d->c, err, "can't read the module's state");
	d->found.hooks_planted = state.hooks_planted;
	d->found.hooks_wanted = state.hooks_wanted;
	if (!state.image_size) {
		complain(STATUS_REFUSED, "no policy is in force, so nothing is");
		advise("apply some: bulkhead apply /etc/bulkhead");
		return STATUS_REFUSED;
	}
	status = open_kernel_image(&d->c, &img, &generation);
	if (status || image_policy(&img, DOCTOR_POLICY))
		return status;
	complain(STATUS_REFUSED, "the policies in force were applied by another version");
	advise("apply them again with this one: bulkhead apply /etc/bulkhead");
	return STATUS_REFUSED;
}

/* One doctor at a time: whoever holds this may take the cgroup for a leftover. */
static int take_lock(struct doctor *d)
{
	const struct timespec moment = { .tv_nsec = 50 * 1000 * 1000 };
	double end = now() + LOCK_SECONDS;

	d->lock = open(LOCK, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
	if (d->lock < 0)
		return complain(STATUS_REFUSED, "can't open " LOCK ": %s", strerror(errno));
	while (flock(d->lock, LOCK_EX | LOCK_NB)) {
		if (errno != EWOULDBLOCK)
			return complain(STATUS_REFUSED, "can't lock " LOCK ": %s", strerror(errno));
		if (interrupted)
			return complain(STATUS_REFUSED, "interrupted");
		if (now() >= end) {
			complain(STATUS_REFUSED, "another doctor has been at work for %d seconds",
				 LOCK_SECONDS);
			advise("or somebody else holds " LOCK ": see lslocks");
			return STATUS_REFUSED;
		}
		nanosleep(&moment, NULL);
	}
	return STATUS_OK;
}

/* Of a doctor that was killed. */
static int remove_leftover(const char *mount)
{
	struct cgroup old cleanup_with(cgroup_clear) = { 0 };
	int err = cgroup_find(&old, mount, CGROUP, NULL);

	if (err)
		return err == -ENOENT ? 0 : err;
	err = cgroup_kill(&old);
	return err ? err : cgroup_remove(&old);
}

static int make_cgroup(struct doctor *d)
{
	struct cgroup parent cleanup_with(cgroup_clear) = { 0 };
	char *mount cleanup_free = NULL;
	int err, status = find_mount(&mount);

	if (status)
		return status;
	err = cgroup_create(&parent, mount, PARENT);
	if (!err || err == -EEXIST)
		err = remove_leftover(mount);
	if (!err)
		err = cgroup_create(&d->cg, mount, CGROUP);
	if (!err)
		return STATUS_OK;
	complain(STATUS_REFUSED, "can't make cgroup %s" CGROUP ": %s", mount, strerror(-err));
	advise("is cgroup v2 mounted writable at %s, and are you root?", mount);
	return STATUS_REFUSED;
}

static int subscribe(struct doctor *d)
{
	int err = event_subscribe(&d->events, BULKHEAD_MCGRP_DENIED);

	if (!err)
		return STATUS_OK;
	complain(err == -EPERM ? STATUS_NOT_PERMITTED : STATUS_REFUSED,
		 "can't listen to events: %s", strerror(-err));
	advise("CAP_SYS_ADMIN in the initial user namespace is needed");
	return err == -EPERM ? STATUS_NOT_PERMITTED : STATUS_REFUSED;
}

/* From here on the one task is confined. */
static int set_stage(struct doctor *d)
{
	const char *what = "";
	int err = stage_open(&d->stage, &d->cg, &what);

	if (err) {
		complain(STATUS_REFUSED, "can't set up %s: %s", what, strerror(-err));
		advise("this takes all rights of root on the host");
		return STATUS_REFUSED;
	}
	err = client_bind(&d->c, d->cg.id, DOCTOR_POLICY);
	d->bound = !err;
	if (err)
		return complain_client(&d->c, err, "can't bind the throwaway cgroup");
	/* It is forming if the administrator's patterns had bound the cgroup already. */
	client_arm(&d->c, d->stage.confined);
	return STATUS_OK;
}

/* An event of ours on its way into a finding. */
struct awaited {
	struct finding *f;
	uint64_t cgroup_id;
	bool came;
	bool other;	/* of an act on the way, by a policy that isn't ours */
};

/*
 * By the rule that forbids the act. Where the administrator's own patterns hold
 * the cgroup, too, their policies may come first, and even stop acts that lead
 * up to this one.
 */
static void look_at(const struct event *ev, void *arg)
{
	struct awaited *w = arg;
	const struct attempt *a = w->f->attempt;

	if (w->came || ev->cgroup_id != w->cgroup_id || ev->verdict != BULKHEAD_VERDICT_DENY)
		return;
	snprintf(w->f->policy, sizeof(w->f->policy), "%s", ev->policy ? ev->policy : "");
	snprintf(w->f->rule, sizeof(w->f->rule), "%s", ev->rule_text ? ev->rule_text : "");
	if (!*w->f->policy)
		return;
	w->other = !finding_is_ours(w->f) && ev->act != a->act;
	w->came = !finding_is_ours(w->f) || (ev->act == a->act && !strcmp(w->f->rule, a->rule));
}

static struct awaited await_event(struct doctor *d, struct finding *f)
{
	struct pollfd p = { .fd = event_fd(&d->events), .events = POLLIN };
	struct awaited w = { .f = f, .cgroup_id = d->cg.id };
	double end = now() + EVENT_MS / 1000.0;
	int left;

	while (!w.came && !interrupted) {
		left = (int)((end - now()) * 1000);
		if (left <= 0 || poll(&p, 1, left) == 0)
			break;
		event_receive(&d->events, look_at, &w);
	}
	return w;
}

/* Of the attempt before, late or doubled: none of them may count for this one. */
static void drop_events(struct doctor *d)
{
	struct pollfd p = { .fd = event_fd(&d->events), .events = POLLIN };
	struct finding nobody = { .attempt = &attempts_file[0] };
	struct awaited w = { .f = &nobody };

	while (poll(&p, 1, 0) > 0)
		event_receive(&d->events, look_at, &w);
}

static void fail(struct finding *f, const char *why)
{
	f->outcome = OUTCOME_FAILED;
	if (!*f->why)
		snprintf(f->why, sizeof(f->why), "%s", why);
}

static void judge(struct doctor *d, struct finding *f)
{
	const struct attempt *a = f->attempt;
	struct awaited w = { 0 };

	if (a->optional && f->outside != a->works && f->inside == f->outside) {
		f->outcome = OUTCOME_UNTRIED;
		return;
	}
	if (a->rule && f->inside != a->works)
		w = await_event(d, f);
	if (w.other)
		f->outcome = OUTCOME_UNTRIED;
	else if (f->inside != a->refused)
		fail(f, f->inside == a->works ? "not stopped" : "stopped by something else");
	else if (a->rule && !w.came)
		fail(f, *f->rule ? "reported by another rule" : "stopped, but no event came");
	if (f->outside != a->works)
		fail(f, "doesn't work outside either");
}

static int try_one(struct doctor *d, const struct attempt *a)
{
	struct finding *f = &d->found.list[d->found.n++];
	int err;

	f->attempt = a;
	drop_events(d);
	err = stage_try(&d->stage, a, true, &f->inside);
	if (!err)
		err = stage_try(&d->stage, a, false, &f->outside);
	if (err)
		return err;
	judge(d, f);
	d->found.count[f->outcome]++;
	return 0;
}

static int try_all(struct doctor *d)
{
	const struct attempt *a;
	double start = now();
	size_t i;
	int err = 0;

	for (i = 0; i < sizeof(topics) / sizeof(topics[0]); i++)
		for (a = topics[i]; a->hook && d->found.n < FINDINGS_MAX && !err && !interrupted; a++)
			err = try_one(d, a);
	d->found.seconds = now() - start;
	if (interrupted)
		return complain(STATUS_REFUSED, "interrupted");
	if (err)
		return complain(STATUS_REFUSED, "%s: %s", d->found.list[d->found.n - 1].attempt->hook,
				strerror(-err));
	return STATUS_OK;
}

static int run_doctor(int argc, char **argv)
{
	struct doctor d cleanup_with(doctor_end) = { .stage = STAGE_CLOSED, .lock = -1 };
	int status = no_flags(&cmd_doctor, argc, argv);

	if (status >= 0)
		return status;
	if (argc - optind == 1 && !strcmp(argv[optind], FORMING_OPERAND))
		return attempt_formed();
	if (optind < argc)
		return usage_error(&cmd_doctor, "takes no operand");
	catch_signals();
	status = open_module(&d.c);
	if (!status)
		status = check_force(&d);
	if (!status)
		status = take_lock(&d);
	if (!status)
		status = make_cgroup(&d);
	if (!status)
		status = subscribe(&d);
	if (!status)
		status = set_stage(&d);
	if (!status)
		status = try_all(&d);
	if (status)
		return status;
	return want_json ? findings_print_json(&d.found) : findings_print(&d.found);
}

const struct command cmd_doctor = {
	.name = "doctor",
	.args = "",
	.what = "Try on this host, in a throwaway cgroup, whether what is forbidden is stopped.\n"
		"\n"
		"One act for each hook, by a confined task and by one that isn't. What is in force\n"
		"stays so. Exit status 0: each was stopped and reported, and worked outside.",
	.run = run_doctor,
};
