// SPDX-License-Identifier: GPL-2.0-only
/* Lists that the module dumps: domains and forming tasks. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <netlink/genl/genl.h>

#include "blob.h"
#include "cleanup.h"
#include "exchange.h"

/* Replies of one dump; no host has that many cgroups. */
#define DUMP_MAX (1U << 20)

/* Room for one more in a list of a dump, zeroed; doubles as it grows. */
static void *grow(void *listp, size_t *n, size_t size)
{
	void **list = listp;
	void *more;

	if (*n >= DUMP_MAX)
		return NULL;
	if (!(*n & (*n - 1))) {
		more = reallocarray(*list, *n ? *n * 2 : 1, size);
		if (!more)
			return NULL;
		*list = more;
	}
	return memset((char *)*list + (*n)++ * size, 0, size);
}

static char *dup_attr(struct nlattr *attr)
{
	return strdup(attr ? nla_get_string(attr) : "");
}

static int add_policies(struct client_domain *d, struct nlmsghdr *nlh)
{
	struct nlattr *attr;
	char **slot;
	int rem;

	nlmsg_for_each_attr(attr, nlh, GENL_HDRLEN, rem) {
		if (nla_type(attr) != BULKHEAD_A_POLICY)
			continue;
		if (d->n_policies >= BKH_STACK_MAX)
			return -EBADMSG;
		slot = grow(&d->policies, &d->n_policies, sizeof(*slot));
		if (!slot)
			return -ENOMEM;
		*slot = strdup(nla_get_string(attr));
		if (!*slot)
			return -ENOMEM;
	}
	return 0;
}

static int domain_reply(struct nlmsghdr *nlh, struct nlattr **attrs, void *arg)
{
	struct client_domains *all = arg;
	struct client_domain *d;

	if (!attrs[BULKHEAD_A_CGROUP_ID])
		return -EBADMSG;
	d = grow(&all->v, &all->n, sizeof(*d));
	if (!d)
		return -ENOMEM;
	d->cgroup_id = nla_get_u64(attrs[BULKHEAD_A_CGROUP_ID]);
	d->denied = netlink_u64(attrs[BULKHEAD_A_DENIED]);
	d->audited = netlink_u64(attrs[BULKHEAD_A_AUDITED]);
	d->lost = netlink_u64(attrs[BULKHEAD_A_LOST]);
	d->flags = netlink_u32(attrs[BULKHEAD_A_DOMAIN_FLAGS]);
	d->forming = netlink_u32(attrs[BULKHEAD_A_NR_FORMING]);
	d->path = dup_attr(attrs[BULKHEAD_A_CGROUP_PATH]);
	return d->path ? add_policies(d, nlh) : -ENOMEM;
}

void client_domains_free(struct client_domains *d)
{
	size_t i, j;

	for (i = 0; i < d->n; i++) {
		for (j = 0; j < d->v[i].n_policies; j++)
			free(d->v[i].policies[j]);
		free(d->v[i].policies);
		free(d->v[i].path);
	}
	free(d->v);
	*d = (struct client_domains){ 0 };
}

static int by_path(const void *a, const void *b)
{
	const struct client_domain *x = a, *y = b;

	return strcmp(x->path, y->path);
}

int client_domains(struct client *c, struct client_domains *out)
{
	struct client_domains all cleanup_with(client_domains_free) = { 0 };
	int err = -EAGAIN;
	int i;

	for (i = 0; i < RETRIES && err == -EAGAIN; i++) {
		client_domains_free(&all);
		err = request_ask(c, BULKHEAD_CMD_DOMAINS, NLM_F_DUMP, domain_reply, &all);
	}
	if (err)
		return err;
	/* The kernel's order is that of a hash. */
	if (all.n)
		qsort(all.v, all.n, sizeof(*all.v), by_path);
	*out = all;
	all = (struct client_domains){ 0 };
	return 0;
}

static int forming_reply(struct nlmsghdr *nlh, struct nlattr **attrs, void *arg)
{
	struct client_formings *all = arg;
	struct client_forming *f;

	(void)nlh;
	if (!attrs[BULKHEAD_A_PID])
		return -EBADMSG;
	f = grow(&all->v, &all->n, sizeof(*f));
	if (!f)
		return -ENOMEM;
	f->pid = nla_get_u32(attrs[BULKHEAD_A_PID]);
	f->age_ms = netlink_u64(attrs[BULKHEAD_A_AGE]);
	f->cgroup_id = netlink_u64(attrs[BULKHEAD_A_CGROUP_ID]);
	if (attrs[BULKHEAD_A_COMM])
		snprintf(f->comm, sizeof(f->comm), "%s", nla_get_string(attrs[BULKHEAD_A_COMM]));
	f->path = dup_attr(attrs[BULKHEAD_A_CGROUP_PATH]);
	return f->path ? 0 : -ENOMEM;
}

void client_formings_free(struct client_formings *f)
{
	size_t i;

	for (i = 0; i < f->n; i++)
		free(f->v[i].path);
	free(f->v);
	*f = (struct client_formings){ 0 };
}

int client_formings(struct client *c, struct client_formings *out)
{
	struct client_formings all cleanup_with(client_formings_free) = { 0 };
	int err = -EAGAIN;
	int i;

	for (i = 0; i < RETRIES && err == -EAGAIN; i++) {
		client_formings_free(&all);
		err = request_ask(c, BULKHEAD_CMD_FORMING, NLM_F_DUMP, forming_reply, &all);
	}
	if (err)
		return err;
	*out = all;
	all = (struct client_formings){ 0 };
	return 0;
}
