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

#include <json-c/json.h>

#include "attempt.h"
#include "cgroup_arg.h"
#include "lib/cleanup.h"
#include "lib/event.h"
#include "lib/names.h"
#include "output.h"
#include "stage.h"

/* The one that `bulkhead run` makes its cgroups below, too. */
#define PARENT "/bulkhead"
#define CGROUP PARENT "/doctor"

/* An event that is later than this is as good as none. */
#define EVENT_MS 3000

#define ATTEMPTS_MAX 128

static const struct attempt *const topics[] = {
	attempts_file, attempts_exec, attempts_net, attempts_guard, attempts_preset,
};

enum outcome {
	OUTCOME_STOPPED,	/* inside, with its event; and not outside */
	OUTCOME_FAILED,
	OUTCOME_UNTRIED,	/* the host does it for nobody, or another policy was first */
};

static const char *const outcomes[] = { "stopped", "FAILED", "untried" };

/**
 * struct finding - how an attempt went
 * @inside, @outside: errno, or 0
 * @policy, @rule: of the event; empty if none came
 * @why: it failed; empty if not
 */
struct finding {
	const struct attempt *attempt;
	enum outcome outcome;
	int inside;
	int outside;
	char policy[BKH_NAME_MAX];
	char rule[256];
	char why[128];
};

struct doctor {
	struct client c;
	struct client_status status;
	struct event_source events;
	struct cgroup cg;
	struct stage stage;
	int lock;
	bool bound;
	struct finding findings[ATTEMPTS_MAX];
	size_t n;
	size_t count[3];	/* by outcome */
	double seconds;
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
	int err, status;

	err = client_status(&d->c, &d->status);
	if (err)
		return complain_client(&d->c, err, "can't read the module's state");
	if (!d->status.image_size) {
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
static int take_lock(struct doctor *d, const char *mount)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s" PARENT, mount);
	d->lock = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	while (d->lock >= 0 && flock(d->lock, LOCK_EX))
		if (errno != EINTR || interrupted)
			return -errno;
	return d->lock < 0 ? -errno : 0;
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
		err = take_lock(d, mount);
	if (!err)
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

static bool is_ours(const struct finding *f)
{
	return !strcmp(f->policy, DOCTOR_POLICY);
}

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
	w->other = !is_ours(w->f) && ev->act != a->act;
	w->came = !is_ours(w->f) || (ev->act == a->act && !strcmp(w->f->rule, a->rule));
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

static const char *error_name(int error)
{
	const char *name = error ? strerrorname_np(error) : "works";

	return name ? name : "?";
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
	struct finding *f = &d->findings[d->n++];
	int err;

	f->attempt = a;
	drop_events(d);
	err = stage_try(&d->stage, a, true, &f->inside);
	if (!err)
		err = stage_try(&d->stage, a, false, &f->outside);
	if (err)
		return err;
	judge(d, f);
	d->count[f->outcome]++;
	return 0;
}

static int try_all(struct doctor *d)
{
	const struct attempt *a;
	double start = now();
	size_t i;
	int err = 0;

	for (i = 0; i < sizeof(topics) / sizeof(topics[0]); i++)
		for (a = topics[i]; a->hook && d->n < ATTEMPTS_MAX && !err && !interrupted; a++)
			err = try_one(d, a);
	d->seconds = now() - start;
	if (interrupted)
		return complain(STATUS_REFUSED, "interrupted");
	if (err)
		return complain(STATUS_REFUSED, "%s: %s", d->findings[d->n - 1].attempt->hook,
				strerror(-err));
	return STATUS_OK;
}

static bool is_whole(const struct doctor *d)
{
	return !d->count[OUTCOME_FAILED] && d->status.hooks_wanted &&
	       d->status.hooks_planted == d->status.hooks_wanted;
}

static void print_findings(const struct doctor *d)
{
	static const char *const headings[] = { "ACT", "HOOK", "RESULT", "INSIDE", "OUTSIDE", "BY" };
	struct table t cleanup_table;
	const char *act;
	size_t i;

	table_init(&t, 6, headings);
	for (i = 0; i < d->n; i++) {
		const struct finding *f = &d->findings[i];

		act = names_get(&names_act, f->attempt->act);
		table_add(&t, act && f->attempt->act ? act : "-");
		table_add(&t, f->attempt->hook);
		table_add(&t, outcomes[f->outcome]);
		table_add(&t, error_name(f->inside));
		table_add(&t, error_name(f->outside));
		table_addf(&t, "%s%s%s%s%s", f->why, *f->why && *f->rule ? ": " : "",
			   is_ours(f) ? "" : f->policy, is_ours(f) || !*f->policy ? "" : ": ",
			   f->rule);
	}
	table_print(&t);
}

static int print_report(const struct doctor *d)
{
	bool whole = is_whole(d);

	print_findings(d);
	printf("\nhooks     %u of %u planted\nattempts  %zu: %zu stopped, %zu failed, %zu untried, in %.2f s\n",
	       d->status.hooks_planted, d->status.hooks_wanted, d->n, d->count[OUTCOME_STOPPED],
	       d->count[OUTCOME_FAILED], d->count[OUTCOME_UNTRIED], d->seconds);
	printf("bulkhead  ");
	print_colored(whole ? COLOR_GREEN : COLOR_RED, whole ? "enforces" : "DOES NOT ENFORCE");
	putchar('\n');
	if (whole)
		return STATUS_OK;
	warn("not all that is forbidden is stopped on this host");
	advise("see what the module says: dmesg | grep bulkhead; then reload it");
	return STATUS_REFUSED;
}

static struct json_object *finding_json(const struct finding *f)
{
	struct json_object *obj = json_object_new_object();
	const char *act = names_get(&names_act, f->attempt->act);

	json_add(obj, "act", act && f->attempt->act ? act : "");
	json_add(obj, "hook", f->attempt->hook);
	json_add(obj, "outcome", f->outcome == OUTCOME_FAILED ? "failed" : outcomes[f->outcome]);
	json_add(obj, "inside", error_name(f->inside));
	json_add(obj, "outside", error_name(f->outside));
	json_add(obj, "policy", f->policy);
	json_add(obj, "rule", f->rule);
	json_add(obj, "why", f->why);
	return obj;
}

static int print_report_json(const struct doctor *d)
{
	struct json_object *obj = json_object_new_object(), *list = json_object_new_array();
	bool whole = is_whole(d);
	size_t i;

	for (i = 0; i < d->n; i++)
		json_object_array_add(list, finding_json(&d->findings[i]));
	json_add_bool(obj, "enforces", whole);
	json_add_number(obj, "hooks_planted", d->status.hooks_planted);
	json_add_number(obj, "hooks_wanted", d->status.hooks_wanted);
	json_add_number(obj, "stopped", d->count[OUTCOME_STOPPED]);
	json_add_number(obj, "failed", d->count[OUTCOME_FAILED]);
	json_add_number(obj, "untried", d->count[OUTCOME_UNTRIED]);
	json_add_number(obj, "milliseconds", d->seconds * 1000);
	json_object_object_add(obj, "attempts", list);
	print_json(obj);
	return whole ? STATUS_OK : STATUS_REFUSED;
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
		status = make_cgroup(&d);
	if (!status)
		status = subscribe(&d);
	if (!status)
		status = set_stage(&d);
	if (!status)
		status = try_all(&d);
	if (status)
		return status;
	return want_json ? print_report_json(&d) : print_report(&d);
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
