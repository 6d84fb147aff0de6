/* SPDX-License-Identifier: GPL-2.0-only */
/* A ruleset from within: policies, each with the shared rules it uses. */
#ifndef BULKHEAD_LOAD_H
#define BULKHEAD_LOAD_H

#include "arena.h"
#include "document.h"
#include "ruleset.h"

/* @docs[0] is the policy's own file; then what it uses, each file once. */
struct policy {
	const char *name;
	const struct document *own;
	vec_of(const struct document *) docs;
};

/* A file that was read; @doc is null if it had errors. */
struct loaded {
	const char *path;	/* as realpath() has it */
	const struct document *doc;
	bool visiting;
};

/**
 * struct ruleset - all that the compiler needs
 * @arena: owner of everything
 * @files: in order of reading
 * @roots: directories where shared rules are sought
 * @policies: ascending by name, SETUP_POLICY and DOCTOR_POLICY among them
 */
struct ruleset {
	struct arena arena;
	vec_of(struct loaded *) files;
	vec_of(const char *) roots;
	vec_of(struct policy) policies;
};

/* The policy of that name, or null. */
const struct policy *ruleset_find(const struct ruleset *rs, const char *name);

/* Add what @policy uses to its docs. */
struct loader {
	struct ruleset *rs;
	struct diag *diag;
};

void resolve_uses(struct loader *l, struct policy *policy);

/* Read a file, or find it among those already read. Null if it can't be. */
struct loaded *load_file(struct loader *l, const char *path, int *err);

/*
 * A ruleset of one file that is in memory, without host settings: for tests
 * and fuzzers. @name says where `use` starts to seek.
 */
int ruleset_load_text(struct ruleset **out, const char *name, const char *text, size_t size,
		      struct diag *d);

/* Host settings for when the user gave none. */
extern const char setup_builtin[];

#endif /* BULKHEAD_LOAD_H */
