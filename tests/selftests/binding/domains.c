// SPDX-License-Identifier: GPL-2.0-only
/* Domains: explicit bindings, nesting, and the death of cgroups. */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include <linux/bulkhead.h>

#include "control.h"
#include "parts.h"

#define OTHER_RULE	"deny r " OTHER
#define INNER_RULE	"deny r " INNER

/* Shared with the tasks of forking(). */
static struct shared {
	_Atomic bool bound, stop;
	_Atomic unsigned long tried, worked;
} *shared;

/* Return: whether the cgroup has just these flags and policies. */
static bool domain_is(uint64_t id, uint32_t flags, const char *policy,
		      const char *second)
{
	struct control_domain d;
	int error = control_domain(id, &d);

	if (!error && d.flags == flags && d.policies == 1U + !!second &&
	    !strcmp(d.policy[0], policy) &&
	    (!second || !strcmp(d.policy[1], second)))
		return true;
	diag("error %d flags %#x policies %u: %s %s", error, d.flags, d.policies,
	     d.policy[0], d.policy[1]);
	return false;
}

static void over_running(void)
{
	struct box first, second;

	box_open(&first, "bh-run");
	box_open(&second, "bh-run");
	unconfined(&first, "no binding: nothing is denied");
	ok(!control_bind(first.id, "bound"), "bind over running tasks");
	confined(&first, "the first is confined at once");
	confined(&second, "so is the second");
	ok(domain_is(first.id, BULKHEAD_DOMAIN_EXPLICIT, "bound", NULL),
	   "the domain is listed as explicit");
	ok(!control_unbind(first.id), "unbind");
	unconfined(&first, "the first is free");
	unconfined(&second, "so is the second");
	ok(control_unbind(first.id), "there is nothing left to unbind");
	close(second.fd);
	box_close(&first);
}

/*
 * Of the task: fork and fork. Every child that begins when the binding is made
 * is confined, whatever its parent was doing.
 */
static int act_fork_on(const struct args *a)
{
	int fd;

	if (fork())
		return 0;
	while (!shared->stop) {
		if (fork()) {
			wait(NULL);
			continue;
		}
		if (shared->bound) {
			fd = open(a->path, O_RDONLY);
			shared->tried++;
			shared->worked += fd >= 0 || errno != EACCES;
		}
		_exit(0);
	}
	_exit(0);
}

static void forking(void)
{
	const struct args secret = { SECRET };
	unsigned int round;
	struct box b;

	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	box_open(&b, "bh-fork");
	box_become(&b, act_fork_on, &secret);
	box_become(&b, act_fork_on, &secret);
	for (round = 0; round < 10; round++) {
		sleep_ms(20);
		box_confine(&b, "bound");
		shared->bound = true;
		sleep_ms(50 * slowness());
		shared->bound = false;
		sleep_ms(50 * slowness());
		control_unbind(b.id);
	}
	shared->stop = true;
	ok(shared->tried > 10 && !shared->worked,
	   "bound while they fork: %lu tried, %lu got through", shared->tried,
	   shared->worked);
	box_close(&b);
	events_drop(300);
}

static void alternatives(void)
{
	struct box b;

	box_open(&b, "bh-pat-a");
	box_exec(&b, HELPER);
	confined(&b, "the pattern's policy holds");
	ok(!control_bind(b.id, "other"), "bind an alternative that it lists");
	denied(&b, OTHER, "other", OTHER_RULE, "the alternative holds");
	unconfined(&b, "in its place");
	ok(!control_bind(b.id, "inner"), "bind a policy that it does not list");
	denied(&b, INNER, "inner", INNER_RULE, "that policy holds");
	confined(&b, "beside the pattern's");
	ok(!control_unbind(b.id), "unbind");
	confined(&b, "the pattern's policy is back");
	ok(control_bind(b.id, "nothing"), "no binding to a policy that is none");
	box_close(&b);
}

static void nested(void)
{
	struct box b;

	cgroup_make("bh-pat-n");
	cgroup_make("bh-pat-n/in");
	box_open(&b, "bh-pat-n/in/leaf");
	ok(!control_bind(cgroup_id("bh-pat-n/in"), "inner"), "bind the inner cgroup");
	ok(domain_is(b.id, BULKHEAD_DOMAIN_INHERITED, "bound", "inner"),
	   "a descendant inherits both policies");
	box_exec(&b, HELPER);
	confined(&b, "nested: the outer policy denies");
	denied(&b, INNER, "inner", INNER_RULE, "nested: the inner policy denies");
	allowed(&b, OTHER, "nested: what both allow works");
	box_close(&b);
	cgroup_remove("bh-pat-n/in");
	cgroup_remove("bh-pat-n");
}

static void remade(void)
{
	struct control_domain d;
	uint64_t first;
	struct box b;

	box_open(&b, "bh-again");
	box_confine(&b, "bound");
	confined(&b, "an explicit binding");
	first = b.id;
	box_close(&b);
	box_open(&b, "bh-again");
	ok(b.id != first && control_domain(b.id, &d) == ENOENT,
	   "a cgroup remade under the same name is another");
	unconfined(&b, "the binding did not outlive its cgroup");
	box_close(&b);
	box_open(&b, "bh-pat-r");
	box_close(&b);
	box_open(&b, "bh-pat-r");
	box_exec(&b, HELPER);
	confined(&b, "a pattern binds a cgroup that is remade");
	box_close(&b);
}

static void patterns(void)
{
	struct box b;

	cgroup_make("bh-deep");
	cgroup_make("bh-deep/1");
	cgroup_make("bh-deep/1/2");
	box_open(&b, "bh-deep/1/2/leaf");
	box_exec(&b, HELPER);
	confined(&b, "a pattern of any depth");
	box_close(&b);
	box_open(&b, "bh-deep/1/2/leaves");
	box_exec(&b, HELPER);
	unconfined(&b, "a cgroup that no pattern matches");
	box_close(&b);
	cgroup_remove("bh-deep/1/2");
	cgroup_remove("bh-deep/1");
	cgroup_remove("bh-deep");
}

static void classes(void)
{
	static const struct {
		const char *name;
		bool bound;
	} cgroups[] = {
		{ "bh-class-b1?", true }, { "bh-class-d1?", false },
		{ "bh-class-by?", false }, { "bh-class-b1", false },
		{ "bh-odd-],?", true }, { "bh-odd-],x", false },
		{ "bh-odd-].?", false }, { "bh-pat", true },
	};
	struct box b;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cgroups); i++) {
		box_open(&b, cgroups[i].name);
		box_exec(&b, HELPER);
		if (cgroups[i].bound)
			confined(&b, cgroups[i].name);
		else
			unconfined(&b, cgroups[i].name);
		box_close(&b);
	}
}

#define LATER(match, rule)						\
	"bulkhead: 1\npolicy: later\nmode: enforce\n" match		\
	"file:\n  default: allow\n  rules: [" rule "]\n"

/* What a new ruleset says holds for the tasks that are there. */
static void replaced(void)
{
	char out[1024];
	struct box b;

	box_open(&b, "bh-later");
	apply("later", LATER("match: [{cgroup: /bh-later}]\n", "deny r " OTHER));
	denied(&b, OTHER, "later", OTHER_RULE, "a new pattern confines running tasks");
	apply("later", LATER("match: [{cgroup: /bh-later}]\n", "deny r " INNER));
	denied(&b, INNER, "later", INNER_RULE, "another ruleset: its rules hold");
	allowed(&b, OTHER, "and no longer the old ones");
	apply("later", LATER("", "deny r " INNER));
	allowed(&b, INNER, "a ruleset without the pattern sets them free");
	box_confine(&b, "later");
	make_dir(TOP "/less");
	put_file(TOP "/less/less.yaml", "bulkhead: 1\npolicy: less\nmode: enforce\n");
	ok(RUN(out, "bulkhead", "apply", TOP "/less") == 1,
	   "no ruleset without a policy that a cgroup is bound to");
	denied(&b, INNER, "later", INNER_RULE, "the old ruleset is in force");
	box_close(&b);
}

void domains(void)
{
	over_running();
	forking();
	alternatives();
	nested();
	remade();
	patterns();
	classes();
	replaced();
}
