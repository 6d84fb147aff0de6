/* SPDX-License-Identifier: GPL-2.0-only */
/* What the host asks of the module, each on a socket of its own. */
#ifndef SELFTEST_CONTROL_H
#define SELFTEST_CONTROL_H

#include <stddef.h>
#include <stdint.h>

#include "genl.h"

struct control_status {
	uint64_t generation, denied, audited, lost, closed;
	uint32_t image_size, planned_hooks, planted_hooks;
	uint32_t policies, bindings, domains, forming, forming_old;
};

/* One cgroup, as DOMAINS shows it. */
struct control_domain {
	uint64_t id;
	uint32_t flags;
	unsigned int policies;
	char policy[4][64];
	char path[256];
};

/* All return 0 or an errno. */
int control_status(struct control_status *s);
int control_bind(uint64_t cgroup, const char *policy);
int control_unbind(uint64_t cgroup);
int control_arm(uint32_t pid);

/* ENOENT when the dump does not list it. */
int control_domain(uint64_t cgroup, struct control_domain *d);

/* Whether FORMING lists this task. */
int control_forming(uint32_t pid);

/* The transaction, step by step, for one socket. */
int control_begin(struct genl *g, uint32_t size);
int control_append(struct genl *g, uint32_t offset, const void *chunk, size_t len);
int control_commit(struct genl *g, uint64_t expect, uint64_t *generation);
int control_abort(struct genl *g);

/* All of it: begin, append in chunks, commit. */
int control_apply(const void *image, size_t size, uint64_t *generation);

/* The image in force; *@image is for free(). */
int control_read(void **image, size_t *size);

#endif /* SELFTEST_CONTROL_H */
