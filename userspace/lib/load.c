// SPDX-License-Identifier: GPL-2.0-only
/* Files and directories to a ruleset. Owns the arena that holds all of it. */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "diag.h"
#include "doctor.h"
#include "load.h"
#include "names.h"

/* A directory with the real path of @path's, so that events are unambiguous. */
static const char *absolute(struct arena *a, const char *path)
{
	const char *slash = strrchr(path, '/');
	char real[PATH_MAX];
	const char *dir = slash ? arena_strndup(a, path, slash == path ? 1 : slash - path) : ".";

	if (!realpath(dir, real))
		return arena_strdup(a, path);
	return arena_printf(a, "%s/%s", strcmp(real, "/") ? real : "", slash ? slash + 1 : path);
}

static struct loaded *find_loaded(struct ruleset *rs, const char *path)
{
	size_t i;

	for (i = 0; i < rs->files.n; i++)
		if (!strcmp(rs->files.v[i]->path, path))
			return rs->files.v[i];
	return NULL;
}

struct loaded *load_file(struct loader *l, const char *path, int *err)
{
	struct arena *a = &l->rs->arena;
	char real[PATH_MAX];
	struct loaded *file;
	struct source *src;

	if (!realpath(path, real)) {
		*err = -errno;
		return NULL;
	}
	file = find_loaded(l->rs, real);
	if (file)
		return file;
	*err = source_read(&src, a, absolute(a, path));
	if (*err)
		return NULL;
	file = arena_alloc(a, sizeof(*file));
	file->path = arena_strdup(a, real);
	src->shown = arena_strdup(a, path);
	*vec_push(a, &l->rs->files) = file;
	file->doc = document_parse(a, src, l->diag);
	return file;
}

static void add_policy(struct loader *l, const struct document *doc)
{
	struct policy *policy = vec_push(&l->rs->arena, &l->rs->policies);

	policy->own = doc;
	policy->name = doc->name.name;
}

static void add_file(struct loader *l, const char *path)
{
	size_t known = l->rs->files.n;
	struct loaded *file;
	int err = 0;

	file = load_file(l, path, &err);
	if (!file)
		diag_file_error(l->diag, path, "can't read: %s",
				err == -EFBIG ? "larger than 4 MiB" :
				err == -ENOTSUP ? "not a regular file" : strerror(-err));
	else if (l->rs->files.n > known && file->doc && file->doc->kind != DOCUMENT_SHARED)
		add_policy(l, file->doc);
}

static bool is_policy_file(const char *name)
{
	size_t len = strlen(name);

	if (name[0] == '.')
		return false;
	return (len > 5 && !strcmp(name + len - 5, ".yaml")) ||
	       (len > 4 && !strcmp(name + len - 4, ".yml"));
}

static int by_string(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

struct listing {
	const char **v;
	size_t n, cap;
};

/*
 * Names of policy files in an open directory, counted first and copied then:
 * the arena may jump away, and the descriptor must be closed in either case.
 */
static void list_names(struct arena *a, DIR *dir, struct listing *out)
{
	struct dirent *entry;
	jmp_buf outer;

	memcpy(&outer, &a->oom, sizeof(outer));
	if (arena_catch(a)) {
		closedir(dir);
		memcpy(&a->oom, &outer, sizeof(outer));
		longjmp(a->oom, 1);
	}
	while ((entry = readdir(dir)))
		if (is_policy_file(entry->d_name))
			*vec_push(a, out) = arena_strdup(a, entry->d_name);
	memcpy(&a->oom, &outer, sizeof(outer));
}

/* -ENOENT is for the caller to judge. */
static int add_directory(struct loader *l, const char *path)
{
	struct listing names = { 0 };
	DIR *dir = opendir(path);
	size_t i;

	if (!dir)
		return -errno;
	list_names(&l->rs->arena, dir, &names);
	closedir(dir);
	if (names.n)
		qsort(names.v, names.n, sizeof(*names.v), by_string);
	for (i = 0; i < names.n; i++)
		add_file(l, arena_printf(&l->rs->arena, "%s/%s", path, names.v[i]));
	return 0;
}

static void add_root(struct loader *l, const char *dir)
{
	char real[PATH_MAX];

	if (realpath(dir, real))
		*vec_push(&l->rs->arena, &l->rs->roots) = arena_strdup(&l->rs->arena, real);
}

static void add_path(struct loader *l, const char *path)
{
	struct arena *a = &l->rs->arena;
	size_t len = strlen(path);
	struct stat st;
	int err;

	if (stat(path, &st) || !S_ISDIR(st.st_mode)) {
		add_file(l, path);
		return;
	}
	while (len > 1 && path[len - 1] == '/')
		len--;
	path = arena_strndup(a, path, len);
	add_root(l, path);
	err = add_directory(l, path);
	if (err) {
		diag_file_error(l->diag, path, "can't read: %s", strerror(-err));
		return;
	}
	err = add_directory(l, arena_printf(a, "%s/policies.d", path));
	if (err && err != -ENOENT)
		diag_file_error(l->diag, path, "can't read policies.d: %s", strerror(-err));
}

static int by_name(const void *a, const void *b)
{
	const struct policy *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static void sort_policies(struct loader *l)
{
	struct ruleset *rs = l->rs;
	size_t i;

	if (rs->policies.n)
		qsort(rs->policies.v, rs->policies.n, sizeof(*rs->policies.v), by_name);
	for (i = 1; i < rs->policies.n; i++) {
		const struct document *first = rs->policies.v[i - 1].own;
		const struct document *again = rs->policies.v[i].own;

		if (strcmp(first->name.name, again->name.name))
			continue;
		if (first->kind == DOCUMENT_HOST)
			diag_error(l->diag, &again->name.loc, "host settings twice");
		else
			diag_error(l->diag, &again->name.loc, "policy '%s' twice", again->name.name);
		diag_note(l->diag, &first->name.loc, "the first one is here");
	}
	if (rs->policies.n > BKH_POLICIES_MAX)
		diag_error(l->diag, NULL, "more than %d policies", BKH_POLICIES_MAX);
}

const struct policy *ruleset_find(const struct ruleset *rs, const char *name)
{
	const struct policy key = { .name = name };

	return rs->policies.n ? bsearch(&key, rs->policies.v, rs->policies.n,
					sizeof(key), by_name) : NULL;
}

static void check_alternative(struct loader *l, const struct mention *m)
{
	struct ruleset *rs = l->rs;
	struct names names = { 0 };
	const char **all;
	const char *near;
	size_t i;

	if (ruleset_find(rs, m->name))
		return;
	all = arena_array(&rs->arena, rs->policies.n, sizeof(*all));
	for (i = 0; i < rs->policies.n; i++)
		all[i] = rs->policies.v[i].name;
	names = (struct names){ all, rs->policies.n };
	near = names_nearest(&names, m->name, strlen(m->name));
	if (near)
		diag_error(l->diag, &m->loc, "no policy '%s' among those given; did you mean '%s'?",
			   m->name, near);
	else
		diag_error(l->diag, &m->loc, "no policy '%s' among those given", m->name);
}

static void check_alternatives(struct loader *l, const struct document *doc)
{
	size_t i, k;

	for (i = 0; i < doc->matches.n; i++)
		for (k = 0; k < doc->matches.v[i].alternatives.n; k++)
			check_alternative(l, &doc->matches.v[i].alternatives.v[k]);
}

/* Absent sections govern nothing: that must not pass in silence. */
static void warn_absent(struct loader *l, const struct policy *policy)
{
	const struct document *doc = policy->own;
	char text[128] = "";
	size_t i, k, len = 0;

	for (i = 0; i < BKH_SECTION_PRESET; i++)
		if (!doc->sections[i].present)
			len += snprintf(text + len, sizeof(text) - len, "%s%s", len ? ", " : "",
					names_get(&names_section, i));
	if (len)
		diag_warning(l->diag, &doc->name.loc,
			     "policy '%s' governs none of: %s (no such section)", doc->name.name,
			     text);
	for (i = 1; i < policy->docs.n; i++) {
		const struct document *used = policy->docs.v[i];

		for (k = 0; k < BKH_SECTION_PRESET; k++)
			if (used->sections[k].present && !doc->sections[k].present)
				diag_warning(l->diag, &used->sections[k].loc,
					     "no effect in policy '%s', which has no section '%s'",
					     doc->name.name, names_get(&names_section, k));
	}
}

static bool has_host_settings(const struct ruleset *rs)
{
	size_t i;

	for (i = 0; i < rs->policies.n; i++)
		if (rs->policies.v[i].own->kind == DOCUMENT_HOST)
			return true;
	return false;
}

static void add_host_settings(struct loader *l)
{
	static const char *const places[] = {
		"/etc/bulkhead/bulkhead.yaml", "/usr/share/bulkhead/bulkhead.yaml",
	};
	struct arena *a = &l->rs->arena;
	struct document *doc;
	struct stat st;
	size_t i;

	for (i = 0; i < 2 && !has_host_settings(l->rs); i++)
		if (!stat(places[i], &st))
			add_file(l, places[i]);
	if (has_host_settings(l->rs))
		return;
	doc = document_parse(a, source_new(a, "built-in", setup_builtin, strlen(setup_builtin)),
			     l->diag);
	if (doc)
		add_policy(l, doc);
}

static void add_doctor(struct loader *l)
{
	struct arena *a = &l->rs->arena;
	struct document *doc;

	doc = document_parse(a, source_new(a, "built-in", doctor_builtin, strlen(doctor_builtin)),
			     l->diag);
	if (!doc)
		return;
	doc->name.name = DOCTOR_POLICY;
	add_policy(l, doc);
}

/* What depends on all files being there. */
static void resolve(struct loader *l)
{
	struct ruleset *rs = l->rs;
	size_t i;

	for (i = 0; i < rs->policies.n; i++)
		resolve_uses(l, &rs->policies.v[i]);
	sort_policies(l);
	for (i = 0; i < rs->policies.n; i++) {
		if (rs->policies.v[i].own->kind != DOCUMENT_POLICY)
			continue;
		check_alternatives(l, rs->policies.v[i].own);
		if (!diag_has_errors(l->diag))
			warn_absent(l, &rs->policies.v[i]);
	}
}

/* What to load: a text that has a name, or else files and folders. */
struct sources {
	const char *const *paths;
	size_t n;
	const char *name;
	const char *text;
	size_t size;
};

static void load_paths(struct loader *l, const struct sources *from)
{
	size_t i;

	for (i = 0; i < from->n; i++)
		add_path(l, from->paths[i]);
	if (!l->rs->files.n && !diag_has_errors(l->diag))
		diag_error(l->diag, NULL, "no policy files there");
	if (!diag_has_errors(l->diag)) {
		add_host_settings(l);
		add_doctor(l);
	}
}

static void load_text(struct loader *l, const struct sources *from)
{
	struct arena *a = &l->rs->arena;
	char *copy = arena_strndup(a, from->text, from->size);
	struct document *doc;

	doc = document_parse(a, source_new(a, arena_strdup(a, from->name), copy, from->size),
			     l->diag);
	if (doc && doc->kind != DOCUMENT_SHARED)
		add_policy(l, doc);
}

static int load(struct ruleset **out, const struct sources *from, struct diag *d)
{
	struct ruleset *rs = calloc(1, sizeof(*rs));
	struct loader l = { rs, d };
	size_t before = d->errors;

	if (!rs)
		return -ENOMEM;
	if (arena_catch(&rs->arena)) {
		ruleset_free(rs);
		return -ENOMEM;
	}
	if (from->name)
		load_text(&l, from);
	else
		load_paths(&l, from);
	resolve(&l);
	if (d->errors != before) {
		ruleset_free(rs);
		return -EINVAL;
	}
	*out = rs;
	return 0;
}

int ruleset_load(struct ruleset **out, const char *const *paths, size_t n, struct diag *d)
{
	const struct sources from = { .paths = paths, .n = n };

	return load(out, &from, d);
}

int ruleset_load_text(struct ruleset **out, const char *name, const char *text, size_t size,
		      struct diag *d)
{
	const struct sources from = { .name = name, .text = text, .size = size };

	return load(out, &from, d);
}

size_t ruleset_policies(const struct ruleset *rs)
{
	size_t i, n = 0;

	for (i = 0; i < rs->policies.n; i++)
		n += rs->policies.v[i].name[0] != '@';
	return n;
}

const char *ruleset_file(const struct ruleset *rs, size_t i)
{
	return i < rs->files.n ? rs->files.v[i]->path : NULL;
}

void ruleset_free(struct ruleset *rs)
{
	if (!rs)
		return;
	arena_free(&rs->arena);
	free(rs);
}
