// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rulesets that take each other's place, bindings that come and go. After
 * each failure the old ruleset is in force whole: its rules, its bindings, and
 * where it draws the border around a container.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/bulkhead.h>

#include "acts.h"
#include "inject.h"
#include "parts.h"
#include "stepper.h"
#include "tap.h"
#include "watch.h"

#define FIRST	TOP "/first"	/* what the first ruleset denies */
#define SECOND	TOP "/second"

#define RULES(denied, more)						\
"bulkhead: 1\n"								\
"policy: " POLICY "\n"							\
"mode: enforce\n"							\
"match:\n"								\
"  - cgroup: /" ROOM "/c*\n"						\
more									\
"file: {default: allow, rules: [\"deny r " SECRET ", " denied "\"]}\n"	\
"egress: {default: allow, rules: [deny udp 9000]}\n"

static const char heard_yaml[] =
"bulkhead: 1\n"
"policy: " AUDITED "\n"
"mode: audit\n"
"match:\n"
"  - cgroup: /" ROOM "/audited\n"
"file: {default: allow, rules: [deny r " SECRET "]}\n";

/* The second ends the container at its inner cgroups: siblings are outside. */
static const char *const yaml[] = {
	RULES(FIRST, "  - cgroup: /" ROOM "/none\n"),
	RULES(SECOND, "  - cgroup: /" ROOM "/c*/in*\n"),
};

static struct {
	void *image;
	size_t size;
} images[2];

static unsigned int in_force;
static bool lied;	/* something else was said than what is in force */
static struct control_status was;
static struct box box, sibling, loose;
static struct genl genl;

void ruleset_set_up(void)
{
	unsigned int i;

	put_file(FIRST, "first\n");
	put_file(SECOND, "second\n");
	cgroup_make(ROOM);
	cgroup_make(ROOM "/c-box");
	add_policy(AUDITED, heard_yaml);
	for (i = 2; i-- > 0;)
		images[i].image = apply_image(POLICY, yaml[i], &images[i].size);
}

void ruleset_put(void)
{
	uint64_t made;

	errno = control_apply(images[0].image, images[0].size, &made);
	if (errno)
		bail("apply an image: %m");
}

static int act_signal(const struct args *a)
{
	return kill(a->n[0], 0) ? errno : 0;
}

/* 0: the box may; EPERM: it is outside of its border. */
static int may_signal(pid_t pid)
{
	const struct args a = { .n = { pid } };

	return box_do(&box, act_signal, &a, NULL);
}

static bool is_in_force(unsigned int which)
{
	bool first = denied(&box, FIRST), second = denied(&box, SECOND);
	int near = may_signal(sibling.pid), far = may_signal(getpid());

	if (first == !which && second == !!which && near == (which ? EPERM : 0) &&
	    far == EPERM)
		return true;
	diag("ruleset %u: first denied %d, second denied %d, signals %d and %d", which,
	     first, second, near, far);
	return false;
}

/*
 * What was reported and what is in force agree. The kernel may have no memory
 * for the answer alone: that is ENOBUFS, and whoever asked has to look.
 */
static bool replaced_or_not(int error)
{
	bool renewed = status_now().generation != was.generation;
	bool well;

	genl_close(&genl);
	if (renewed)
		in_force = !in_force;
	well = is_in_force(in_force) & same_but_generation(&was);
	if (renewed == !error || (renewed && error == ENOBUFS))
		return well;
	diag("renewed: %d", renewed);
	return false;
}

static void prepare_replace(void)
{
	was = status_now();
	errno = genl_open(&genl);
	if (errno)
		bail("a socket: %m");
}

static int replace(void)
{
	const char *image = images[!in_force].image;
	size_t size = images[!in_force].size, at, n;
	uint64_t made;
	int error = control_begin(&genl, size);

	for (at = 0; !error && at < size; at += n) {
		n = size - at < BULKHEAD_CHUNK_MAX ? size - at : BULKHEAD_CHUNK_MAX;
		error = control_append(&genl, at, image + at, n);
	}
	return error ? error : control_commit(&genl, was.generation, &made);
}

static int try_replace(unsigned int n, unsigned int *left)
{
	return try_here(replace, n, left);
}

static void prepare_status(void)
{
	was = status_now();
}

static bool same_state(int error)
{
	(void)error;
	return is_in_force(in_force) & same_but_generation(&was) & !lied;
}

/* What only asks: the status, the image, the domains. */
static int ask(void)
{
	struct control_status s;
	struct control_domain d;
	size_t size;
	void *image;
	int error = control_status(&s);

	if (error)
		return error;
	lied |= s.generation != was.generation;
	error = control_read(&image, &size);
	if (error)
		return error;
	lied |= size != images[in_force].size || memcmp(image, images[in_force].image, size);
	free(image);
	return control_domain(box.id, &d);
}

static int try_ask(unsigned int n, unsigned int *left)
{
	return try_here(ask, n, left);
}

static bool is_bound(void)
{
	struct control_domain d;

	return !control_domain(loose.id, &d) && d.flags & BULKHEAD_DOMAIN_EXPLICIT;
}

static void prepare_bind(void)
{
	if (is_bound() && control_unbind(loose.id))
		bail("unbind");
}

static int bind_loose(void)
{
	return control_bind(loose.id, POLICY);
}

static int try_bind(unsigned int n, unsigned int *left)
{
	return try_here(bind_loose, n, left);
}

static bool bound_or_not(int error)
{
	bool bound = is_bound();

	return denied(&loose, SECRET) == bound &&
	       (bound == !error || (bound && error == ENOBUFS)) &&
	       is_in_force(in_force);
}

static void prepare_unbind(void)
{
	if (!is_bound() && bind_loose())
		bail("bind");
}

static int unbind_loose(void)
{
	return control_unbind(loose.id);
}

static int try_unbind(unsigned int n, unsigned int *left)
{
	return try_here(unbind_loose, n, left);
}

static bool unbound_or_not(int error)
{
	bool bound = is_bound();

	return denied(&loose, SECRET) == bound &&
	       (!bound == !error || (!bound && error == ENOBUFS)) &&
	       is_in_force(in_force);
}

#define SAID	TOP "/said"

static void prepare_command(void)
{
	add_policy(POLICY, yaml[!in_force]);
	was = status_now();
}

/* `bulkhead apply`, from its first netlink socket on. Return: its exit status. */
static int try_command(unsigned int n, unsigned int *left)
{
	static const char *const command[] = { "bulkhead", "apply", POLICIES, NULL };
	pid_t pid = lead_to_netlink(command, SAID);
	siginfo_t info;
	int status;

	fail_nth_of(pid, n);
	let_go(pid);
	if (waitid(P_PID, pid, &info, WEXITED | WNOWAIT))
		bail("wait for the command: %m");
	*left = fail_left_of(pid);
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static bool command_told(int status)
{
	bool renewed = status_now().generation != was.generation;
	char said[4096] = "";
	bool well;

	if (renewed)
		in_force = !in_force;
	well = is_in_force(in_force) & same_but_generation(&was);
	read_file(SAID, said, sizeof(said));
	if (!status ? renewed : status < 128 && *said)
		return well;
	diag("exit status %d, renewed: %d, said: %s", status, renewed, said);
	return false;
}

void ruleset_ordeals(void)
{
	static const struct ordeal ordeals[RULESET_POINTS] = {
		{ "replace the ruleset", prepare_replace, try_replace, replaced_or_not,
		  .first = 80, .last = 40 },
		{ "replace the ruleset", prepare_replace, try_replace, replaced_or_not,
		  .onward = true },
		{ "ask for the state", prepare_status, try_ask, same_state },
		{ "bind a cgroup", prepare_bind, try_bind, bound_or_not, .first = 40, .last = 40 },
		{ "unbind a cgroup", prepare_unbind, try_unbind, unbound_or_not,
		  .first = 40, .last = 40 },
		{ "bulkhead apply", prepare_command, try_command, command_told,
		  .first = 20, .last = 50 },
	};
	unsigned int i;

	box_open(&box, ROOM "/c-box/in1");
	box_open(&sibling, ROOM "/c-box/in2");
	box_open(&loose, ROOM "/loose");
	errno = box_exec(&box, HELPER);
	if (!errno)
		errno = box_exec(&sibling, HELPER);
	if (errno)
		bail("execute in a box: %m");
	for (i = 0; i < ARRAY_SIZE(ordeals); i++)
		ordeal(&ordeals[i]);
	box_close(&loose);
	box_close(&sibling);
	box_close(&box);
}
