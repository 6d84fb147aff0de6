// SPDX-License-Identifier: GPL-2.0-only
/* Remembers how many events each domain has lost. */
#include <search.h>
#include <stdlib.h>

#include "loss.h"

struct loss {
	uint64_t cgroup_id;
	uint64_t lost;
};

static int by_cgroup(const void *a, const void *b)
{
	const struct loss *x = a, *y = b;

	return x->cgroup_id < y->cgroup_id ? -1 : x->cgroup_id > y->cgroup_id;
}

static void remember(struct loss_table *t, struct loss what)
{
	struct loss *l = malloc(sizeof(*l));

	if (!l)
		return;
	*l = what;
	if (!tsearch(l, &t->root, by_cgroup))
		free(l);
}

/* The two groups overtake each other: a smaller number is merely an older one. */
uint64_t loss_since(struct loss_table *t, uint64_t cgroup_id, uint64_t lost)
{
	struct loss what = { cgroup_id, lost };
	struct loss **found = tfind(&what, &t->root, by_cgroup);
	uint64_t more;

	if (!found) {
		remember(t, what);
		return 0;
	}
	more = lost > (*found)->lost ? lost - (*found)->lost : 0;
	(*found)->lost += more;
	return more;
}

void loss_clear(struct loss_table *t)
{
	tdestroy(t->root, free);
	t->root = NULL;
}
