// SPDX-License-Identifier: GPL-2.0-only
/* bulkhead apply: make policies the ones in force, and prove that they are. */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "diff.h"
#include "lib/cleanup.h"
#include "policy_files.h"
#include "output.h"

struct applied {
	uint64_t generation;
	struct client_status status;
};

/* The kernel must hold, to the byte, what it was given. */
static int check_readback(struct client *c, const struct loaded *l, uint64_t generation)
{
	void *data cleanup_free = NULL;
	uint64_t in_force = 0;
	size_t size = 0;
	int err;

	err = client_read(c, &data, &size, &in_force);
	if (err)
		return complain_client(c, err, "applied, but the kernel's image can't be read");
	if (in_force != generation) {
		complain(STATUS_REFUSED, "generation %llu was applied, but %llu is in force now",
			 (unsigned long long)generation, (unsigned long long)in_force);
		advise("somebody else applied meanwhile; see: bulkhead list");
		return STATUS_REFUSED;
	}
	if (size == l->size && !memcmp(data, l->data, size))
		return STATUS_OK;
	complain(STATUS_REFUSED, "the kernel holds another image than it was given");
	advise("don't rely on generation %llu; apply again, and report this",
	       (unsigned long long)generation);
	return STATUS_REFUSED;
}

/* An image in force means little while hooks don't answer to the module. */
static int check_whole(struct client *c, struct client_status *s)
{
	int err = client_status(c, s);

	if (err)
		return complain_client(c, err, "applied, but the module's state can't be read");
	if (s->hooks_planted == s->hooks_wanted)
		return STATUS_OK;
	complain(STATUS_REFUSED, "applied, but not enforced: %u of %u hooks are planted",
		 s->hooks_planted, s->hooks_wanted);
	advise("see what the module says: dmesg | grep bulkhead; then reload it");
	return STATUS_REFUSED;
}

static int apply(struct client *c, const struct loaded *l, const uint64_t *expect,
		 struct applied *out)
{
	int err, status;

	err = client_apply(c, l->data, l->size, expect, &out->generation);
	if (err)
		return complain_client(c, err, "the kernel refused the policies; nothing changed");
	status = check_readback(c, l, out->generation);
	return status ? status : check_whole(c, &out->status);
}

static int report_applied(const struct loaded *l, const struct applied *a)
{
	struct json_object *obj;

	if (!want_json) {
		printf("generation %llu is in force (policies: %u, bindings: %u, domains: %u); "
		       "%zu bytes read back, equal\n",
		       (unsigned long long)a->generation, a->status.policies, a->status.bindings,
		       a->status.domains, l->size);
		return STATUS_OK;
	}
	obj = json_object_new_object();
	json_add_number(obj, "generation", a->generation);
	json_add_number(obj, "policies", a->status.policies);
	json_add_number(obj, "bindings", a->status.bindings);
	json_add_number(obj, "domains", a->status.domains);
	json_add_number(obj, "bytes", l->size);
	json_add_bool(obj, "read_back", true);
	return print_json(obj);
}

/* The image in force, or none while there isn't any. */
static int open_current(struct client *c, struct image *img, uint64_t *generation)
{
	struct client_status s;
	int err = client_status(c, &s);

	if (err)
		return complain_client(c, err, "can't read the module's state");
	*generation = s.generation;
	return s.image_size ? open_kernel_image(c, img, generation) : STATUS_OK;
}

static int report_diff(const struct image *from, const struct image *to, uint64_t generation)
{
	struct json_object *obj;

	if (want_json) {
		obj = diff_json(from, to);
		json_add_number(obj, "generation", generation);
		return print_json(obj);
	}
	printf("would replace generation %llu:\n", (unsigned long long)generation);
	print_diff(from, to);
	return STATUS_OK;
}

/* Takes @l's image. */
static int dry_run(struct client *c, struct loaded *l)
{
	struct image from cleanup_with(image_close) = { 0 };
	struct image to cleanup_with(image_close) = { 0 };
	uint64_t generation = 0;
	const char *why = "";
	int status;

	if (image_open(&to, l->data, l->size, &why))
		return complain(STATUS_REFUSED, "the compiled image doesn't verify: %s", why);
	l->data = NULL;
	status = open_current(c, &from, &generation);
	return status ? status : report_diff(&from, &to, generation);
}

struct apply_options {
	bool dry;
	bool expects;
	uint64_t expect;
};

static int parse_apply(int argc, char **argv, struct apply_options *o)
{
	unsigned long number;
	char *value;
	int key;

	while ((key = next_flag(&cmd_apply, argc, argv, &value)) != FLAG_END) {
		switch (key) {
		case 'n':
			o->dry = true;
			break;
		case 'g':
			if (!parse_number(&cmd_apply, value, UINT64_MAX, &number))
				return STATUS_USAGE;
			o->expects = true;
			o->expect = number;
			break;
		default:
			return flag_status(key);
		}
	}
	return optind < argc ? -1 : usage_error(&cmd_apply, "no file or directory named");
}

static int run_apply(int argc, char **argv)
{
	struct client c cleanup_with(client_close) = { 0 };
	struct apply_options o = { 0 };
	struct loaded l = { 0 };
	struct applied done;
	int status;

	status = parse_apply(argc, argv, &o);
	if (status >= 0)
		return status;
	status = load_policies(argv + optind, argc - optind, &l);
	if (!status)
		status = open_module(&c);
	if (!status && o.dry)
		status = dry_run(&c, &l);
	else if (!status)
		status = apply(&c, &l, o.expects ? &o.expect : NULL, &done);
	if (!status && !o.dry)
		status = report_applied(&l, &done);
	free(l.data);
	return status;
}

static const struct flag apply_flags[] = {
	{ "dry-run", NULL, "show what would change, and change nothing", 'n' },
	{ "expect-generation", "N", "refuse if another generation than N is in force", 'g' },
	{ 0 },
};

const struct command cmd_apply = {
	.name = "apply",
	.args = "[--dry-run] [--expect-generation N] FILE|DIR...",
	.what = "Make these policies, and no others, the ones in force; read them back and compare.",
	.flags = apply_flags,
	.run = run_apply,
};
