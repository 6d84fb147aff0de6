// SPDX-License-Identifier: GPL-2.0-only
/* `use`: where shared rules are sought, and in which order they count. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "diag.h"
#include "load.h"

/* Deeper chains are a mistake, and recursion is bounded. */
#define USE_DEPTH_MAX	32

static const char *const system_dirs[] = { "/etc/bulkhead", "/usr/share/bulkhead" };

static const char *try_dir(struct loader *l, const char *dir, size_t len, const char *name)
{
	const char *path = arena_printf(&l->rs->arena, "%.*s/%s.yaml", (int)len, dir, name);

	return access(path, F_OK) ? NULL : path;
}

/* The using file's directory, and the one above: policies.d/ lies beside base/. */
static const char *try_beside(struct loader *l, const char *file, const char *name)
{
	const char *slash = strrchr(file, '/');
	const char *path;
	size_t len;

	if (!slash)
		return NULL;
	len = slash - file;
	path = try_dir(l, file, len, name);
	if (path)
		return path;
	while (len && file[len - 1] != '/')
		len--;
	return len ? try_dir(l, file, len - 1, name) : NULL;
}

static const char *try_environment(struct loader *l, const char *name)
{
	const char *dirs = getenv("BULKHEAD_PATH");
	const char *path = NULL;

	while (dirs && *dirs && !path) {
		size_t len = strcspn(dirs, ":");

		if (len)
			path = try_dir(l, dirs, len, name);
		dirs += len + (dirs[len] == ':');
	}
	return path;
}

static const char *find_shared(struct loader *l, const char *from, const char *name)
{
	const char *path = try_beside(l, from, name);
	size_t i;

	for (i = 0; i < l->rs->roots.n && !path; i++)
		path = try_dir(l, l->rs->roots.v[i], strlen(l->rs->roots.v[i]), name);
	if (!path)
		path = try_environment(l, name);
	for (i = 0; i < 2 && !path; i++)
		path = try_dir(l, system_dirs[i], strlen(system_dirs[i]), name);
	return path;
}

static struct loaded *load_shared(struct loader *l, const struct mention *use)
{
	const char *path = find_shared(l, use->loc.src->name, use->name);
	struct loaded *file;
	int err = 0;

	if (!path) {
		diag_error(l->diag, &use->loc,
			   "no shared rules '%s': no %s.yaml beside this file, in BULKHEAD_PATH, in /etc/bulkhead or in /usr/share/bulkhead",
			   use->name, use->name);
		return NULL;
	}
	file = load_file(l, path, &err);
	if (!file) {
		diag_error(l->diag, &use->loc, "can't read '%s': %s", path, strerror(-err));
		return NULL;
	}
	if (!file->doc)
		return NULL;	/* its errors were told */
	if (file->doc->kind != DOCUMENT_SHARED) {
		diag_error(l->diag, &use->loc, "'%s' has no shared rules ('rules: NAME')", path);
		return NULL;
	}
	if (strcmp(file->doc->name.name, use->name)) {
		diag_error(l->diag, &use->loc, "'%s' holds '%s', not '%s'", path,
			   file->doc->name.name, use->name);
		return NULL;
	}
	return file;
}

static bool has_doc(const struct policy *policy, const struct document *doc)
{
	size_t i;

	for (i = 0; i < policy->docs.n; i++)
		if (policy->docs.v[i] == doc)
			return true;
	return false;
}

static void add_uses(struct loader *l, struct policy *policy, const struct document *doc,
		     unsigned int depth)
{
	size_t i;

	for (i = 0; i < doc->uses.n; i++) {
		const struct mention *use = &doc->uses.v[i];
		struct loaded *file = load_shared(l, use);

		if (!file)
			continue;
		if (file->visiting || depth == USE_DEPTH_MAX) {
			diag_error(l->diag, &use->loc, "'%s' uses itself, directly or not",
				   use->name);
			continue;
		}
		if (has_doc(policy, file->doc))
			continue;
		*vec_push(&l->rs->arena, &policy->docs) = file->doc;
		file->visiting = true;
		add_uses(l, policy, file->doc, depth + 1);
		file->visiting = false;
	}
}

void resolve_uses(struct loader *l, struct policy *policy)
{
	*vec_push(&l->rs->arena, &policy->docs) = policy->own;
	add_uses(l, policy, policy->own, 0);
}
