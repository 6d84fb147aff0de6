// SPDX-License-Identifier: GPL-2.0-only
/* bulkhead explain: what would happen, and by which rule. Nothing is tried. */
#include <errno.h>
#include <getopt.h>
#include <string.h>

#include <json-c/json.h>
#include <linux/bulkhead.h>

#include "cgroup_arg.h"
#include "lib/cleanup.h"
#include "lib/explain.h"
#include "lib/names.h"
#include "policy_files.h"
#include "output.h"

#define NAMES_MAX 64

static const char left_out[] =
	"by the rules alone: drift, presets, loopback, and whether the path can be reached are "
	"known only when it happens";

struct question {
	const char *names[NAMES_MAX];	/* --policy; none: all of them */
	size_t n_names;
	const char *cgroup;
	char **files;
	size_t n_files;
	char **words;
	size_t n_words;
	struct request request;
};

static int take_option(struct question *q, int key, const char *value)
{
	switch (key) {
	case 'p':
		if (q->n_names == NAMES_MAX)
			return usage_error(&cmd_explain, "more than %d policies", NAMES_MAX);
		q->names[q->n_names++] = value;
		return -1;
	case 'c':
		q->cgroup = value;
		return -1;
	default:
		return flag_status(key);
	}
}

static int parse_question(int argc, char **argv, struct question *q)
{
	char why[REQUEST_WHY_MAX] = "";
	char *value;
	int key, status;

	while ((key = next_flag(&cmd_explain, argc, argv, &value)) != FLAG_END) {
		status = take_option(q, key, value);
		if (status >= 0)
			return status;
	}
	q->n_words = request_words(argv + optind, argc - optind);
	if (!q->n_words)
		return usage_error(&cmd_explain,
				   "no act and object at the end, such as 'read /etc/shadow', "
				   "'connect tcp 10.0.0.53:443', 'capable net_admin'");
	q->words = argv + argc - q->n_words;
	q->files = argv + optind;
	q->n_files = argc - optind - q->n_words;
	if (q->cgroup && q->n_files)
		return usage_error(&cmd_explain, "--cgroup asks the kernel: name no files");
	if (request_parse(&q->request, q->words, q->n_words, why))
		return complain(STATUS_USAGE, "%s", why);
	return -1;
}

/* The policies in force for a cgroup, in place of --policy. */
static int policies_of_cgroup(struct question *q, struct client *c, struct client_domains *domains)
{
	struct cgroup cg cleanup_with(cgroup_clear) = { 0 };
	int err, status = find_cgroup(&cg, q->cgroup);
	const struct client_domain *d = NULL;
	size_t i;

	if (status)
		return status;
	err = client_domains(c, domains);
	if (err)
		return complain_client(c, err, "can't read the domains");
	for (i = 0; i < domains->n && !d; i++)
		if (domains->v[i].cgroup_id == cg.id)
			d = &domains->v[i];
	if (!d)
		return complain(STATUS_REFUSED, "no policy is in force for %s", cg.path);
	q->n_names = d->n_policies;
	for (i = 0; i < d->n_policies; i++)
		q->names[i] = d->policies[i];
	return STATUS_OK;
}

/* Of one policy; an auditing one lets pass what its rules refuse. */
static enum bulkhead_verdict verdict_of(const struct bkh_policy *p, const struct explanation *e)
{
	if (e->verdict.allow)
		return BULKHEAD_VERDICT_ALLOW;
	return p->hdr->mode == BKH_MODE_AUDIT ? BULKHEAD_VERDICT_AUDIT : BULKHEAD_VERDICT_DENY;
}

static void print_answer(const struct bkh_policy *p, const struct explanation *e)
{
	static const char *const words[] = {
		[BULKHEAD_VERDICT_ALLOW] = "allowed",
		[BULKHEAD_VERDICT_DENY] = "denied",
		[BULKHEAD_VERDICT_AUDIT] = "audited",
	};
	static const char *const colors[] = { COLOR_GREEN, COLOR_RED, COLOR_YELLOW };
	enum bulkhead_verdict verdict = verdict_of(p, e);

	print_colored(colors[verdict], words[verdict]);
	printf(" by %s(%s): ", p->hdr->name, names_get(&names_mode, p->hdr->mode));
	print_rule(p, e->verdict.rule, "");
	if (!e->governed)
		printf("it has no section '%s'", names_get(&names_section, e->section));
	putchar('\n');
}

static struct json_object *answer_json(const struct bkh_policy *p, const struct explanation *e)
{
	struct json_object *obj = json_object_new_object();

	json_add(obj, "policy", p->hdr->name);
	json_add(obj, "mode", names_get(&names_mode, p->hdr->mode));
	json_add(obj, "verdict", names_get(&names_verdict, verdict_of(p, e)));
	json_add(obj, "section", names_get(&names_section, e->section));
	json_add_bool(obj, "governed", e->governed);
	json_add_bool(obj, "by_default", e->verdict.by_default);
	json_object_object_add(obj, "rule", rule_json(p, e->verdict.rule));
	return obj;
}

/* Answers so far: what one policy denies, all of them deny. */
struct answers {
	struct json_object *list;
	bool denied;
	size_t n;
};

static int answer(struct answers *a, const struct bkh_policy *p, const struct request *r)
{
	struct explanation e;
	int err = explain(p, r, &e);

	if (err)
		return complain(STATUS_REFUSED, "can't judge that path: %s", strerror(-err));
	a->denied |= verdict_of(p, &e) == BULKHEAD_VERDICT_DENY;
	a->n++;
	if (a->list)
		json_object_array_add(a->list, answer_json(p, &e));
	else
		print_answer(p, &e);
	return STATUS_OK;
}

static int answer_named(struct answers *a, const struct image *img, const struct question *q)
{
	const struct bkh_policy *p;
	size_t i;
	int status = STATUS_OK;

	for (i = 0; i < q->n_names && !status; i++) {
		p = image_policy(img, q->names[i]);
		if (!p)
			return complain(STATUS_USAGE, "no policy '%s' there", q->names[i]);
		status = answer(a, p, &q->request);
	}
	return status;
}

static int answer_all(struct answers *a, const struct image *img, const struct question *q)
{
	int status = STATUS_OK;
	size_t i;

	for (i = 0; i < img->n && !status; i++)
		if (!policy_is_hidden(&img->policies[i]))
			status = answer(a, &img->policies[i], &q->request);
	if (!status && !a->n)
		return complain(STATUS_REFUSED, "there is no policy to ask");
	return status;
}

static int finish_json(struct answers *a)
{
	struct json_object *obj = json_object_new_object();

	json_add(obj, "verdict", a->denied ? "deny" : "allow");
	json_object_object_add(obj, "policies", a->list);
	json_add(obj, "note", left_out);
	return print_json(obj);
}

static int judge(const struct image *img, const struct question *q)
{
	struct answers a = { .list = want_json ? json_object_new_array() : NULL };
	int status;

	status = q->n_names ? answer_named(&a, img, q) : answer_all(&a, img, q);
	if (status)
		return status;
	if (want_json)
		finish_json(&a);
	else
		printf("(%s)\n", left_out);
	return a.denied ? STATUS_REFUSED : STATUS_OK;
}

static int ask_kernel(struct question *q, struct image *img, struct client *c,
		      struct client_domains *domains)
{
	uint64_t generation;
	int status;

	if (!q->n_names && !q->cgroup)
		return usage_error(&cmd_explain, "name policy files, --policy, or --cgroup");
	status = open_module(c);
	if (!status)
		status = open_kernel_image(c, img, &generation);
	if (!status && q->cgroup)
		status = policies_of_cgroup(q, c, domains);
	return status;
}

static void close_image(struct image *img)
{
	if (img->hdr)
		image_close(img);
}

static int run_explain(int argc, char **argv)
{
	struct client_domains domains cleanup_with(client_domains_free) = { 0 };
	struct client c cleanup_with(client_close) = { 0 };
	struct image img cleanup_with(close_image) = { 0 };
	struct question q = { 0 };
	int status = parse_question(argc, argv, &q);

	if (status >= 0)
		return status;
	if (q.n_files)
		status = load_image(q.files, q.n_files, &img);
	else
		status = ask_kernel(&q, &img, &c, &domains);
	return status ? status : judge(&img, &q);
}

static const struct flag explain_flags[] = {
	{ "policy", "NAME", "ask this policy only; may be given again", 'p' },
	{ "cgroup", "CGROUP", "ask the policies in force for a cgroup or container", 'c' },
	{ 0 },
};

const struct command cmd_explain = {
	.name = "explain",
	.args = "[--policy NAME]... [--cgroup CGROUP] [FILE|DIR...] ACT OBJECT",
	.what = "Say what would happen, and by which rule: asks policy files, or the kernel's image.\n"
		"\n"
		"  read|write|append|exec|mmap|create|delete|link|node|own PATH\n"
		"  open PERMS PATH        letters, as in a rule: rwaxmcdlno\n"
		"  connect PROTO ADDRESS:PORT, or [ADDRESS]:PORT\n"
		"  listen PROTO [ADDRESS:]PORT\n"
		"  capable CAPABILITY\n"
		"  socket FAMILY/TYPE",
	.flags = explain_flags,
	.run = run_explain,
};
