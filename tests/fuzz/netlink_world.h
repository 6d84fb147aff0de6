/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What lies behind kernel/netlink.c, for fuzz_netlink.c: plain lists in place
 * of rulesets, domains, cgroups and forming tasks. It notes what it was called
 * with, fails when it is told to, and has whatever it hands out given back.
 */
#ifndef FUZZ_NETLINK_WORLD_H
#define FUZZ_NETLINK_WORLD_H

#include "input.h"

#define ENTRIES_MAX 256

struct cgroup {
	u64 id;
	unsigned int path_len;
	bool gone;
	int refs;
};

struct world_domain {
	struct bkh_domain d;
	struct bkh_stack stack;
	struct bkh_policy policies[BKH_STACK_MAX];
	struct cgroup cgrp;
};

static struct {
	struct bkh_image *image;
	u64 generation;
	struct world_domain *domains[ENTRIES_MAX];
	unsigned int n_domains;
	struct bkh_forming_info formings[ENTRIES_MAX];
	unsigned int n_formings;
	unsigned int changes;		/* of the two lists */
	bool confined;
	/* Trouble: what is behind answers so; this many allocations work yet. */
	int answer;
	unsigned int allocations;
	bool failed;			/* one of them did */
} world;

/* What the last message led to. */
static struct {
	unsigned int n;
	u64 cgid, expect;
	bool has_expect, has_name;
	char name[BKH_NAME_MAX];
	pid_t pid;
} called;

#define PLENTY 1000000

DEFINE_MUTEX(bkh_ruleset_mutex);
struct hlist_head bkh_domain_hash[1 << BKH_DOMAIN_BITS];
unsigned int bkh_epoch;
int shim_rcu, shim_skbs;
struct net init_net, other_net;
struct genl_family *shim_family;
struct notifier_block *shim_notifier;
static char namespaces[2];
static struct nsproxy host = { .net_ns = &init_net, .cgroup_ns = &namespaces[0] };
static struct nsproxy here;
struct task_struct init_task = { &host };
static struct task_struct self = { &here };
struct task_struct *current = &self;

void shim_elsewhere(void)
{
}

/* What is too much for a fuzzer isn't for the kernel. */
bool shim_no_memory(size_t size)
{
	bool none = !world.allocations || size > 4 * 65536;

	world.failed |= none;
	world.allocations -= !!world.allocations;
	return none;
}

static int answer(const char **why)
{
	if (world.answer)
		*why = "because";
	return world.answer;
}

static struct world_domain *world_find(u64 cgid)
{
	unsigned int i;

	for (i = 0; i < world.n_domains; i++)
		if (world.domains[i]->d.cgid == cgid)
			return world.domains[i];
	return NULL;
}

/* Where a cgroup is gone, kernels of both kinds. */
struct cgroup *cgroup_get_from_id(u64 cgid)
{
	struct world_domain *w = world_find(cgid);

	if (!w || w->cgrp.gone)
		return cgid & 1 ? ERR_PTR(-ENOENT) : NULL;
	w->cgrp.refs++;
	return &w->cgrp;
}

void cgroup_put(struct cgroup *cgrp)
{
	must(cgrp->refs-- > 0);
}

/* Of a path that is too long a part is there. */
bool bkh_cgroup_path(struct cgroup *cgrp, char *path)
{
	size_t len = cgrp->path_len < PATH_MAX ? cgrp->path_len : PATH_MAX - 1;

	memset(path, '/', len);
	path[len] = 0;
	return len < PATH_MAX - 1;
}

static void name_policy(struct bkh_policy *p, unsigned int len, char letter)
{
	struct bkh_blob_hdr *hdr = calloc(1, sizeof(*hdr));

	memset(hdr->name, letter, len);
	p->hdr = hdr;
}

/* @slots: those of the two in which it is bound. */
static struct world_domain *world_add(u64 cgid, unsigned int slots)
{
	struct world_domain *w;

	if (world.n_domains == ENTRIES_MAX || world_find(cgid))
		return NULL;
	w = calloc(1, sizeof(*w));
	w->d.cgid = cgid;
	w->d.stack[0] = slots & 1 ? &w->stack : NULL;
	w->d.stack[1] = slots & 2 ? &w->stack : NULL;
	w->d.denied = cgid + 1;
	w->d.audited = ~cgid;
	w->d.lost = cgid * 3;
	w->d.forming.n = cgid & 3;
	w->d.flags[0] = BULKHEAD_DOMAIN_PATTERN;
	w->d.flags[1] = BULKHEAD_DOMAIN_EXPLICIT;
	w->cgrp.id = cgid;
	w->cgrp.path_len = 1;
	hlist_add_head(&w->d.node, bkh_domain_bucket(cgid));
	world.domains[world.n_domains++] = w;
	world.changes++;
	return w;
}

static void world_remove(struct world_domain *w)
{
	unsigned int i;

	must(!w->cgrp.refs);
	for (i = 0; world.domains[i] != w; i++)
		;
	world.domains[i] = world.domains[--world.n_domains];
	hlist_del(&w->d.node);
	for (i = 0; i < w->stack.count; i++)
		free((void *)w->policies[i].hdr);
	free(w);
	world.changes++;
}

static void world_push(struct world_domain *w, unsigned int len, char letter)
{
	u32 i = w->stack.count;

	if (i == BKH_STACK_MAX)
		return;
	name_policy(&w->policies[i], len % BKH_NAME_MAX, letter);
	w->stack.policies[i] = &w->policies[i];
	w->stack.count++;
}

/* Some at once. Ids whose lower halves are alike share a bucket. */
static void world_add_domains(struct input *in)
{
	unsigned int n = 1 + in_u8(in) % 48, policies = in_u8(in) % (BKH_STACK_MAX + 1);
	unsigned int len = in_u8(in), path_len = in_u16(in) % 5000, kind = in_u8(in), k;
	u64 cgid = in_u8(in);

	while (n--) {
		struct world_domain *w = world_add(cgid, kind);

		cgid += kind & 4 ? 1ULL << 32 : 1;
		if (!w)
			continue;
		w->cgrp.path_len = path_len;
		w->cgrp.gone = kind & 8;
		w->d.dead = kind & 16;
		for (k = 0; k < policies; k++)
			world_push(w, len + k, 'a' + k);
	}
}

static void world_add_formings(struct input *in)
{
	unsigned int n = 1 + in_u8(in) % 64;
	pid_t pid = in_u16(in);

	world.changes++;
	for (; n-- && world.n_formings < ENTRIES_MAX; pid++)
		world.formings[world.n_formings++] = (struct bkh_forming_info){
			pid, pid * 0x123456789ULL, pid * 77777ULL,
		};
}

/* Bytes to read, and no policy in them: reading doesn't ask what it reads. */
static void world_set_image(u32 size)
{
	struct bkh_image *image = calloc(1, sizeof(*image));
	u8 *data = malloc(size);
	u32 i;

	for (i = 0; i < size; i++)
		data[i] = i * 7 >> 3;
	refcount_set(&image->refs, 1);
	image->size = size;
	image->hdr = (const struct bkh_image_hdr *)data;
	bkh_image_put(world.image);
	world.image = image;
}

int bkh_ruleset_apply(struct bkh_image *image, const u64 *expect, u64 *generation,
		      const char **why)
{
	int err = answer(why);

	called.n++;
	called.has_expect = expect;
	called.expect = expect ? *expect : 0;
	must(image->refs.n == 1);
	if (!err && expect && *expect != world.generation) {
		*why = "another was applied";
		err = -ESTALE;
	}
	if (err)
		return err;
	bkh_image_put(world.image);
	world.image = image;
	*generation = ++world.generation;
	return 0;
}

int bkh_ruleset_bind(u64 cgid, const char *name, const char **why)
{
	int err = answer(why);
	struct world_domain *w;

	called.n++;
	called.cgid = cgid;
	called.has_name = name;
	must(!name || strlen(name) < BKH_NAME_MAX);
	snprintf(called.name, sizeof(called.name), "%s", name ? name : "");
	if (err)
		return err;
	w = world_find(cgid);
	if (w)
		world_remove(w);
	w = name ? world_add(cgid, 3) : NULL;
	if (w)
		world_push(w, strlen(name), 'n');
	return 0;
}

struct bkh_image *bkh_ruleset_image(u64 *generation)
{
	*generation = world.generation;
	return world.image ? bkh_image_get(world.image) : NULL;
}

int bkh_forming_arm(pid_t pid)
{
	unsigned int i;

	called.n++;
	called.pid = pid;
	for (i = 0; i < world.n_formings && world.formings[i].pid != pid; i++)
		;
	if (i == world.n_formings)
		return -ESRCH;
	world.formings[i] = world.formings[--world.n_formings];
	world.changes++;
	return 0;
}

unsigned int bkh_forming_list(unsigned int skip, struct bkh_forming_info *info, unsigned int room)
{
	unsigned int n = 0;

	while (skip + n < world.n_formings && n < room) {
		info[n] = world.formings[skip + n];
		n++;
	}
	return n;
}

bool bkh_current_may_control(void)
{
	return !world.confined;
}

/* Numbers that tell which of them is which. */
void bkh_ruleset_info(struct bkh_ruleset_info *info)
{
	*info = (struct bkh_ruleset_info){ world.generation, 11, 12, 13 };
}

unsigned int bkh_domains_count(void)
{
	return 14;
}

void bkh_forming_count(unsigned int *all, unsigned int *old)
{
	*all = 15;
	*old = 16;
}

void bkh_count_hooks(unsigned int *planted, unsigned int *wanted)
{
	*planted = 17;
	*wanted = 18;
}

void bkh_event_totals(struct bkh_event_totals *totals)
{
	*totals = (struct bkh_event_totals){ 1ULL << 40, 20, 21, 22 };
}

static void world_end(void)
{
	while (world.n_domains)
		world_remove(world.domains[0]);
	must(!world.image || world.image->refs.n == 1);
	bkh_image_put(world.image);
	bkh_epoch = 0;
	memset(&world, 0, sizeof(world));
}

#endif /* FUZZ_NETLINK_WORLD_H */
