// SPDX-License-Identifier: GPL-2.0-only
/* Requests to the module. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <linux/bulkhead.h>

#include "control.h"

static int call_once(uint8_t cmd, uint64_t cgroup, const char *policy,
		     uint32_t pid, int flags, answer_fn answer, void *data)
{
	struct request r;
	struct genl g;
	int error = genl_open(&g);

	if (error)
		return error;
	request_start(&r, &g, cmd);
	((struct nlmsghdr *)r.buf)->nlmsg_flags |= flags;
	if (cgroup)
		request_put_u64(&r, BULKHEAD_A_CGROUP_ID, cgroup);
	if (policy)
		request_put_string(&r, BULKHEAD_A_POLICY, policy);
	if (pid)
		request_put_u32(&r, BULKHEAD_A_PID, pid);
	error = genl_call(&g, &r, answer, data);
	genl_close(&g);
	return error;
}

static void read_status(const struct nlattr *attrs, size_t len, void *data)
{
	struct control_status *s = data;

	s->generation = attr_number(attrs, len, BULKHEAD_A_GENERATION);
	s->denied = attr_number(attrs, len, BULKHEAD_A_DENIED);
	s->audited = attr_number(attrs, len, BULKHEAD_A_AUDITED);
	s->lost = attr_number(attrs, len, BULKHEAD_A_LOST);
	s->closed = attr_number(attrs, len, BULKHEAD_A_CLOSED);
	s->image_size = attr_number(attrs, len, BULKHEAD_A_IMAGE_SIZE);
	s->planted_hooks = attr_number(attrs, len, BULKHEAD_A_HOOKS_PLANTED);
	s->planned_hooks = attr_number(attrs, len, BULKHEAD_A_HOOKS_WANTED);
	s->policies = attr_number(attrs, len, BULKHEAD_A_POLICIES);
	s->bindings = attr_number(attrs, len, BULKHEAD_A_BINDINGS);
	s->domains = attr_number(attrs, len, BULKHEAD_A_NR_DOMAINS);
	s->forming = attr_number(attrs, len, BULKHEAD_A_NR_FORMING);
	s->forming_old = attr_number(attrs, len, BULKHEAD_A_NR_FORMING_OLD);
}

int control_status(struct control_status *s)
{
	memset(s, 0, sizeof(*s));
	return call_once(BULKHEAD_CMD_STATUS, 0, NULL, 0, 0, read_status, s);
}

int control_bind(uint64_t cgroup, const char *policy)
{
	return call_once(BULKHEAD_CMD_BIND, cgroup, policy, 0, 0, NULL, NULL);
}

int control_unbind(uint64_t cgroup)
{
	return call_once(BULKHEAD_CMD_UNBIND, cgroup, NULL, 0, 0, NULL, NULL);
}

int control_arm(uint32_t pid)
{
	return call_once(BULKHEAD_CMD_ARM, 0, NULL, pid, 0, NULL, NULL);
}

struct domain_search {
	uint64_t id;
	struct control_domain *found;
	int hits;
};

static void read_domain(const struct nlattr *attrs, size_t len, void *data)
{
	struct domain_search *s = data;
	struct control_domain *d = s->found;
	const struct nlattr *a;

	if (attr_number(attrs, len, BULKHEAD_A_CGROUP_ID) != s->id)
		return;
	s->hits++;
	d->id = s->id;
	d->flags = attr_number(attrs, len, BULKHEAD_A_DOMAIN_FLAGS);
	attr_string(attrs, len, BULKHEAD_A_CGROUP_PATH, d->path, sizeof(d->path));
	for (a = attrs; a && d->policies < 4; a = attr_next(a, &len))
		if ((a->nla_type & NLA_TYPE_MASK) == BULKHEAD_A_POLICY)
			strncpy(d->policy[d->policies++], attr_data(a),
				sizeof(d->policy[0]) - 1);
}

int control_domain(uint64_t cgroup, struct control_domain *d)
{
	struct domain_search s = { .id = cgroup, .found = d };
	int error;

	memset(d, 0, sizeof(*d));
	error = call_once(BULKHEAD_CMD_DOMAINS, 0, NULL, 0, NLM_F_DUMP,
			  read_domain, &s);
	return error ? error : s.hits ? 0 : ENOENT;
}

static void find_forming(const struct nlattr *attrs, size_t len, void *data)
{
	uint32_t *pid = data;

	if (attr_number(attrs, len, BULKHEAD_A_PID) == *pid)
		*pid = 0;
}

int control_forming(uint32_t pid)
{
	int error = call_once(BULKHEAD_CMD_FORMING, 0, NULL, 0, NLM_F_DUMP,
			      find_forming, &pid);

	return error ? error : pid ? ENOENT : 0;
}

int control_begin(struct genl *g, uint32_t size)
{
	struct request r;

	request_start(&r, g, BULKHEAD_CMD_BEGIN);
	request_put_u32(&r, BULKHEAD_A_IMAGE_SIZE, size);
	return genl_call(g, &r, NULL, NULL);
}

int control_append(struct genl *g, uint32_t offset, const void *chunk, size_t len)
{
	struct request r;

	request_start(&r, g, BULKHEAD_CMD_APPEND);
	request_put_u32(&r, BULKHEAD_A_OFFSET, offset);
	request_put(&r, BULKHEAD_A_CHUNK, chunk, len);
	return genl_call(g, &r, NULL, NULL);
}

static void read_generation(const struct nlattr *attrs, size_t len, void *data)
{
	*(uint64_t *)data = attr_number(attrs, len, BULKHEAD_A_GENERATION);
}

int control_commit(struct genl *g, uint64_t expect, uint64_t *generation)
{
	struct request r;
	uint64_t unused;

	request_start(&r, g, BULKHEAD_CMD_COMMIT);
	if (expect)
		request_put_u64(&r, BULKHEAD_A_EXPECT_GENERATION, expect);
	return genl_call(g, &r, read_generation, generation ? generation : &unused);
}

int control_abort(struct genl *g)
{
	struct request r;

	request_start(&r, g, BULKHEAD_CMD_ABORT);
	return genl_call(g, &r, NULL, NULL);
}

int control_apply(const void *image, size_t size, uint64_t *generation)
{
	struct genl g;
	size_t at, n;
	int error = genl_open(&g);

	if (error)
		return error;
	error = control_begin(&g, size);
	for (at = 0; !error && at < size; at += n) {
		n = size - at < BULKHEAD_CHUNK_MAX ? size - at : BULKHEAD_CHUNK_MAX;
		error = control_append(&g, at, (const char *)image + at, n);
	}
	if (!error)
		error = control_commit(&g, 0, generation);
	genl_close(&g);
	return error;
}

struct reading {
	char *image;
	size_t have, size;
};

static void read_chunk(const struct nlattr *attrs, size_t len, void *data)
{
	const struct nlattr *chunk = attr_find(attrs, len, BULKHEAD_A_CHUNK);
	struct reading *r = data;

	r->size = attr_number(attrs, len, BULKHEAD_A_IMAGE_SIZE);
	if (!chunk)
		return;
	r->image = realloc(r->image, r->have + attr_len(chunk));
	memcpy(r->image + r->have, attr_data(chunk), attr_len(chunk));
	r->have += attr_len(chunk);
}

int control_read(void **image, size_t *size)
{
	struct reading reading = { 0 };
	struct request r;
	struct genl g;
	size_t before;
	int error = genl_open(&g);

	if (error)
		return error;
	do {
		before = reading.have;
		request_start(&r, &g, BULKHEAD_CMD_READ);
		request_put_u32(&r, BULKHEAD_A_OFFSET, before);
		error = genl_call(&g, &r, read_chunk, &reading);
	} while (!error && reading.have > before && reading.have < reading.size);
	genl_close(&g);
	if (!error && reading.have != reading.size)
		error = EIO;
	if (error) {
		free(reading.image);
		return error;
	}
	*image = reading.image;
	*size = reading.size;
	return 0;
}
