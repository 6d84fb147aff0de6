// SPDX-License-Identifier: GPL-2.0-only
/* bulkhead status: whether all is enforced. The exit status says so, too. */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>
#include <linux/bulkhead.h>

#include "lib/cgroup.h"
#include "lib/cleanup.h"
#include "output.h"

#define FORMING_OLD_MS BKH_FORMING_OLD_MS

struct state {
	struct client_status s;
	struct client_domains domains;
	struct client_formings formings;
	size_t closed;		/* domains that deny all */
	size_t old;		/* forming tasks that should have executed by now */
};

static void state_clear(struct state *st)
{
	client_domains_free(&st->domains);
	client_formings_free(&st->formings);
}

static bool hooks_whole(const struct state *st)
{
	return st->s.hooks_wanted && st->s.hooks_planted == st->s.hooks_wanted;
}

/* The module names numbers only; what is gone meanwhile stays nameless. */
static void name_forming(struct client_forming *f, const char *mount)
{
	char path[64];
	FILE *in cleanup_file = NULL;

	snprintf(path, sizeof(path), "/proc/%u/comm", f->pid);
	in = f->comm[0] ? NULL : fopen(path, "re");
	if (in && fgets(f->comm, sizeof(f->comm), in))
		f->comm[strcspn(f->comm, "\n")] = 0;
	if (!f->path[0] && mount) {
		free(f->path);
		f->path = cgroup_path_of(mount, f->cgroup_id);
		if (!f->path)
			f->path = strdup("");
		if (!f->path)
			exit(complain_oom());
	}
}

static void name_formings(struct client_formings *all)
{
	char *mount cleanup_free = NULL;
	size_t i;

	cgroup_mount(&mount);
	for (i = 0; i < all->n; i++)
		name_forming(&all->v[i], mount);
}

static int gather(struct client *c, struct state *st)
{
	size_t i;
	int err;

	err = client_status(c, &st->s);
	if (!err)
		err = client_domains(c, &st->domains);
	if (!err)
		err = client_formings(c, &st->formings);
	if (err)
		return complain_client(c, err, "can't read the module's state");
	for (i = 0; i < st->domains.n; i++)
		st->closed += !!(st->domains.v[i].flags & BULKHEAD_DOMAIN_CLOSED);
	for (i = 0; i < st->formings.n; i++)
		st->old += st->formings.v[i].age_ms > FORMING_OLD_MS;
	name_formings(&st->formings);
	return STATUS_OK;
}

/* An image that binds nothing is in force, too. */
static bool in_force(const struct state *st)
{
	return st->s.generation && st->s.image_size;
}

static bool enforced(const struct state *st)
{
	return hooks_whole(st) && in_force(st) && !st->closed && !st->old;
}

static void print_counters(const struct state *st)
{
	printf("hooks       %u of %u planted\n", st->s.hooks_planted, st->s.hooks_wanted);
	printf("generation  %llu (policies: %u, bindings: %u, bytes: %u)\n",
	       (unsigned long long)st->s.generation, st->s.policies, st->s.bindings,
	       st->s.image_size);
	printf("domains     %u, %zu closed\n", st->s.domains, st->closed);
	printf("forming     %u, %zu older than %d seconds\n", st->s.forming, st->old,
	       FORMING_OLD_MS / 1000);
	printf("events      %llu denied, %llu audited, %llu lost\n",
	       (unsigned long long)st->s.denied, (unsigned long long)st->s.audited,
	       (unsigned long long)st->s.lost);
	printf("closed      %llu denied for want of memory or of a path\n",
	       (unsigned long long)st->s.closed);
}

static void warn_forming(const struct client_forming *f)
{
	char *comm cleanup_free = printable(f->comm);
	char *path cleanup_free = printable(f->path);

	if (f->age_ms <= FORMING_OLD_MS)
		return;
	warn("task %u (%s) in %s hasn't executed for %llu seconds and isn't confined", f->pid, comm,
	     f->path[0] ? path : "a bound cgroup", (unsigned long long)f->age_ms / 1000);
	advise("confine it now: bulkhead arm %u", f->pid);
}

static void warn_closed(const struct client_domain *d)
{
	char *path cleanup_free = printable(d->path);

	if (!(d->flags & BULKHEAD_DOMAIN_CLOSED))
		return;
	warn("%s is closed, and all is denied there: memory ran out, or its policies are too many, or its path too long",
	     d->path[0] ? path : "a cgroup without a path");
	advise("free memory, then apply again, or restart that container");
}

static void print_warnings(const struct state *st)
{
	size_t i;

	if (!hooks_whole(st)) {
		warn("not all hooks are planted: nothing is enforced reliably");
		advise("see what the module says: dmesg | grep bulkhead; then reload it");
	}
	if (!in_force(st)) {
		warn("no policy is in force");
		advise("apply some: bulkhead apply /etc/bulkhead");
	}
	for (i = 0; i < st->domains.n; i++)
		warn_closed(&st->domains.v[i]);
	for (i = 0; i < st->formings.n; i++)
		warn_forming(&st->formings.v[i]);
	if (st->s.lost) {
		warn("%llu events were counted but not delivered",
		     (unsigned long long)st->s.lost);
		advise("see which domains lost them: bulkhead list");
	}
}

static int print_state(const struct client *c, const struct state *st)
{
	bool ok = enforced(st);

	printf("bulkhead    ");
	print_colored(ok ? COLOR_GREEN : COLOR_RED, ok ? "enforced" : "NOT ENFORCED");
	printf(", module %s\n", c->version[0] ? c->version : "of unknown version");
	print_counters(st);
	print_warnings(st);
	return ok ? STATUS_OK : STATUS_REFUSED;
}

static struct json_object *formings_json(const struct client_formings *all)
{
	struct json_object *list = json_object_new_array(), *obj;
	size_t i;

	for (i = 0; i < all->n; i++) {
		obj = json_object_new_object();
		json_add_number(obj, "pid", all->v[i].pid);
		json_add(obj, "comm", all->v[i].comm);
		json_add_number(obj, "age_ms", all->v[i].age_ms);
		json_add_number(obj, "cgroup_id", all->v[i].cgroup_id);
		json_add(obj, "cgroup", all->v[i].path);
		json_object_array_add(list, obj);
	}
	return list;
}

static int print_state_json(const struct client *c, const struct state *st)
{
	struct json_object *obj = json_object_new_object();
	bool ok = enforced(st);

	json_add_bool(obj, "enforced", ok);
	json_add(obj, "module", c->version);
	json_add_number(obj, "abi", c->abi);
	json_add_number(obj, "hooks_planted", st->s.hooks_planted);
	json_add_number(obj, "hooks_wanted", st->s.hooks_wanted);
	json_add_number(obj, "generation", st->s.generation);
	json_add_number(obj, "image_size", st->s.image_size);
	json_add_number(obj, "policies", st->s.policies);
	json_add_number(obj, "bindings", st->s.bindings);
	json_add_number(obj, "domains", st->s.domains);
	json_add_number(obj, "domains_closed", st->closed);
	json_add_number(obj, "forming_old", st->old);
	json_add_number(obj, "denied", st->s.denied);
	json_add_number(obj, "audited", st->s.audited);
	json_add_number(obj, "lost", st->s.lost);
	json_add_number(obj, "closed", st->s.closed);
	json_object_object_add(obj, "forming", formings_json(&st->formings));
	print_json(obj);
	return ok ? STATUS_OK : STATUS_REFUSED;
}

static int run_status(int argc, char **argv)
{
	struct client c cleanup_with(client_close) = { 0 };
	struct state st cleanup_with(state_clear) = { 0 };
	int status = no_flags(&cmd_status, argc, argv);

	if (status >= 0)
		return status;
	if (optind < argc)
		return usage_error(&cmd_status, "takes no operand");
	status = open_module(&c);
	if (!status)
		status = gather(&c, &st);
	if (status)
		return status;
	return want_json ? print_state_json(&c, &st) : print_state(&c, &st);
}

const struct command cmd_status = {
	.name = "status",
	.args = "",
	.what = "Say whether all is enforced, and count what was denied. The exit status says it too.",
	.run = run_status,
};
