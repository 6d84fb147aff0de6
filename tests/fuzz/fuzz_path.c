// SPDX-License-Identifier: GPL-2.0-only
/*
 * The path walker over random trees of dentries and mounts, while others
 * rename and move, against an oracle that builds the string. An op a byte,
 * then its arguments: see step().
 */
#include <linux/bulkhead.h>

#include "ask.h"
#include "input.h"
#include "load.h"
#include "oracle.h"

#include "kernel/path.c"

#define DENTRIES	4600
#define MOUNTS		24
#define NAME_LEN_MAX	255
#define STRING_MAX	(BKH_DEPTH_MAX * 256)
#define MOVES_MAX	4

/* What the oracle knows: numbers alone, and none of the walker's structures. */
static struct {
	unsigned int parent[DENTRIES], len[DENTRIES], n;
	char name[DENTRIES][NAME_LEN_MAX + 1];
	struct {
		unsigned int root, parent, at;
		int ns;
	} mounts[MOUNTS];
	unsigned int n_mounts;
	unsigned int queue;		/* mount of the message queues; MOUNTS: none */
	int ns;
} model;

/* The same for the walker. The field behind the mount's head is its namespace. */
struct shim_mount {
	struct bkh_mount head;
	const void *ns;
};

/* Each on its own, so that a byte too many of a name is told. */
static struct dentry *dentries[DENTRIES];
/* A long name is never written over: RCU keeps it. */
static char long_names[DENTRIES][4][NAME_LEN_MAX + 1];
static struct shim_mount mounts[MOUNTS];
/* By the number of the file system's root. */
static struct super_block supers[DENTRIES];
static char namespaces[2];

unsigned int bkh_mnt_ns_offset = offsetof(struct shim_mount, ns);
static seqlock_t mount_lock;
seqlock_t *bkh_mount_lock = &mount_lock;
seqlock_t rename_lock;
static struct ipc_namespace ipc;
static struct nsproxy here = { .ipc_ns = &ipc }, host = { .mnt_ns = &namespaces[0], .ipc_ns = &ipc };
struct task_struct init_task = { &host };
static struct task_struct self;
struct task_struct *current = &self;

/* Moves that others make while the walk is under way, each after so many steps. */
static struct {
	unsigned int steps;
	uint8_t args[8];
} moves[MOVES_MAX];
static unsigned int n_moves, next_move;

bool shim_no_memory(size_t size)
{
	(void)size;
	return false;
}

enum { NS_HERE, NS_ELSEWHERE, NS_DETACHED, NS_INTERNAL };

static const void *ns_pointer(int ns)
{
	static const void *const of[] = { &namespaces[0], &namespaces[1], NULL, ERR_PTR(-EINVAL) };

	return of[ns];
}

/* Names that rules speak of, and others; all lengths. */
static unsigned int pick_name(uint8_t kind, char out[NAME_LEN_MAX + 1])
{
	static const char *const known[] = {
		"a", "b", "etc", "passwd", "x.log", "private", "deleted", "...", "\xff\n", "ab",
		"nine-byte", "more-than-sixteen",
	};
	unsigned int len;

	if (kind < 200) {
		len = sprintf(out, "%s", known[kind % (sizeof(known) / sizeof(known[0]))]);
	} else {
		len = kind - 199 + (kind - 200) * 3;
		len = len > NAME_LEN_MAX ? NAME_LEN_MAX : len;
		memset(out, 'a' + kind % 26, len);
		out[len] = 0;
	}
	return len;
}

static void set_name(unsigned int d, uint8_t kind, unsigned int version)
{
	struct dentry *dentry = dentries[d];
	unsigned int len = pick_name(kind, model.name[d]);
	char *place = len < DNAME_INLINE_LEN ? (char *)dentry->d_iname : long_names[d][version];

	model.len[d] = len;
	memcpy(place, model.name[d], len + 1);
	dentry->d_name.name = (unsigned char *)place;
	dentry->d_name.len = len;
}

/* @parent: itself for the root of a file system. */
static void add_dentry(unsigned int parent, uint8_t kind)
{
	unsigned int d = model.n;

	if (d == DENTRIES)
		return;
	model.n++;
	model.parent[d] = parent;
	if (!dentries[d])
		dentries[d] = malloc(sizeof(*dentries[d]));
	memset(dentries[d], 0, sizeof(*dentries[d]));
	dentries[d]->d_parent = dentries[parent];
	dentries[d]->d_sb = parent == d ? &supers[d] : dentries[parent]->d_sb;
	set_name(d, kind, 0);
}

static unsigned int root_of(unsigned int d)
{
	while (model.parent[d] != d)
		d = model.parent[d];
	return d;
}

static bool below(unsigned int d, unsigned int above)
{
	for (; d != above; d = model.parent[d])
		if (model.parent[d] == d)
			return false;
	return true;
}

/* Where a mount hangs: below the one it is in, so that there is no circle. */
static void set_mount(unsigned int m, unsigned int parent, unsigned int at)
{
	model.mounts[m].parent = parent;
	model.mounts[m].at = at;
	mounts[m].head.mnt_parent = &mounts[parent].head;
	mounts[m].head.mnt_mountpoint = dentries[at];
}

static void add_mount(unsigned int root, unsigned int parent, unsigned int at, int ns)
{
	unsigned int m = model.n_mounts;

	if (m == MOUNTS)
		return;
	model.n_mounts++;
	model.mounts[m].root = root;
	model.mounts[m].ns = ns;
	mounts[m].head.mnt.mnt_root = dentries[root];
	mounts[m].head.mnt.mnt_sb = dentries[root]->d_sb;
	mounts[m].ns = ns_pointer(ns);
	set_mount(m, parent, at);
}

/* Message queues are on a mount that is in nobody's tree. */
static void pick_queue(bool wanted)
{
	unsigned int m = wanted ? model.n_mounts : 0;

	if (model.queue != MOUNTS)
		mounts[model.queue].head.mnt.mnt_root->d_sb->s_magic = 0;
	while (m && model.mounts[m - 1].ns < NS_DETACHED)
		m--;
	model.queue = m ? m - 1 : MOUNTS;
	ipc.mq_mnt = m ? &mounts[m - 1].head.mnt : NULL;
	if (m)
		ipc.mq_mnt->mnt_root->d_sb->s_magic = BKH_MQUEUE_MAGIC;
}

static const struct bkh_mount *next_of(const struct super_block *sb, unsigned int m)
{
	must(mount_lock.held);
	for (; m < model.n_mounts; m++)
		if (mounts[m].head.mnt.mnt_root->d_sb == sb)
			return &mounts[m].head;
	return NULL;
}

const struct bkh_mount *bkh_mounts_first(const struct super_block *sb)
{
	return next_of(sb, 0);
}

const struct bkh_mount *bkh_mounts_next(const struct bkh_mount *m)
{
	return next_of(m->mnt.mnt_root->d_sb, (const struct shim_mount *)m - mounts + 1);
}

/* As d_move() does it: under rename_lock, with the dentry's own count. */
static void rename_dentry(unsigned int d, unsigned int to, uint8_t kind, unsigned int version)
{
	if (model.parent[d] == d || below(to, d) || root_of(to) != root_of(d))
		return;
	must(!rename_lock.held);
	rename_lock.seqcount.sequence += 2;
	dentries[d]->d_seq.sequence += 2;
	model.parent[d] = to;
	dentries[d]->d_parent = dentries[to];
	set_name(d, kind, version);
}

static void move_mount(unsigned int m, unsigned int at)
{
	if (!m)
		return;
	must(!mount_lock.held);
	mount_lock.seqcount.sequence += 2;
	set_mount(m, at % m, at % model.n);
}

static void make_move(const uint8_t a[8], unsigned int version)
{
	unsigned int d = (a[1] | a[2] << 8) % model.n, to = (a[3] | a[4] << 8) % model.n;

	if (a[0] & 1)
		move_mount(a[1] % model.n_mounts, to);
	else
		rename_dentry(d, to, a[5], version);
}

/* Whoever wants to write waits while the locks are held. */
void shim_elsewhere(void)
{
	if (next_move == n_moves || rename_lock.held || mount_lock.held)
		return;
	if (moves[next_move].steps) {
		moves[next_move].steps--;
		return;
	}
	make_move(moves[next_move].args, 1 + next_move % 3);
	next_move++;
}

/* The string from its end; what lies above BKH_DEPTH_MAX components is left out. */
struct tale {
	char buf[STRING_MAX + 1];
	char *s;
	unsigned int depth;
	enum bulkhead_reason reason;
};

static struct tale tale;

static void tell_name(unsigned int d)
{
	tale.depth++;
	tale.s -= model.len[d];
	memcpy(tale.s, model.name[d], model.len[d]);
	*--tale.s = '/';
}

static enum bulkhead_reason tell(unsigned int m, unsigned int d)
{
	tale.s = tale.buf + STRING_MAX;
	*tale.s = 0;
	tale.depth = 0;
	for (;; d = model.mounts[m].at, m = model.mounts[m].parent) {
		for (; d != model.mounts[m].root; d = model.parent[d]) {
			if (tale.depth == BKH_DEPTH_MAX)
				return BULKHEAD_REASON_TOO_LONG;
			if (model.parent[d] == d)
				return BULKHEAD_REASON_UNREACHABLE;
			tell_name(d);
		}
		if (!m)
			return BULKHEAD_REASON_RULE;
	}
}

static bool is_queue(unsigned int m, unsigned int d)
{
	return current->nsproxy && m == model.queue && d != model.mounts[m].root;
}

/* As the task knows it, if it does. */
static enum bulkhead_reason tell_current(unsigned int m, unsigned int d)
{
	enum bulkhead_reason reason = tell(m, d);

	if (is_queue(m, d)) {
		tale.s = tale.buf + sprintf(tale.buf, "/dev/mqueue/");
		memcpy(tale.s, model.name[d], model.len[d] + 1);
		tale.s = tale.buf;
		tale.depth = 3;
		return BULKHEAD_REASON_RULE;
	}
	return current->nsproxy && model.mounts[m].ns == model.ns ?
	       reason : BULKHEAD_REASON_UNREACHABLE;
}

/* A mount that is in no tree, and that nobody can put into one. */
static bool is_internal(unsigned int m, unsigned int d)
{
	const struct super_block *sb = dentries[d]->d_sb;

	if (model.mounts[m].ns == NS_DETACHED)
		return sb->s_magic == HUGETLBFS_MAGIC && sb->s_flags & SB_KERNMOUNT;
	return model.mounts[m].ns == NS_INTERNAL && sb->s_magic != BKH_MQUEUE_MAGIC;
}

static const char policy_text[] =
	"bulkhead: 1\npolicy: p\nmode: enforce\nfile:\n  default: deny\n  rules:\n"
	"  - allow r /etc/**\n  - deny r /**/private/**\n  - allow w /a/*\n  - allow x /**/[a-b]?\n"
	"  - allow c /*/*.log\n  - deny x /b/**\n"
	"  - allow d /dev/mqueue/a*\n  - allow o /nine-byte/more-than-sixteen/**\n";

static const struct oracle_path_rule rules[] = {
	{ true, BULKHEAD_PERM_READ, { "/etc/**" }, 1, 7 },
	{ false, BULKHEAD_PERM_READ, { "/**/private/**" }, 1, 8 },
	{ true, BULKHEAD_PERM_WRITE, { "/a/*" }, 1, 9 },
	{ true, BULKHEAD_PERM_EXEC, { "/**/[a-b]?" }, 1, 10 },
	{ true, BULKHEAD_PERM_CREATE, { "/*/*.log" }, 1, 11 },
	{ false, BULKHEAD_PERM_EXEC, { "/b/**" }, 1, 12 },
	{ true, BULKHEAD_PERM_DELETE, { "/dev/mqueue/a*" }, 1, 13 },
	{ true, BULKHEAD_PERM_OWN, { "/nine-byte/more-than-sixteen/**" }, 1, 14 },
};

static struct bkh_policy policy;

/* The oracle recurses by component, which bounds what it may be asked. */
static void check_state(u32 state)
{
	const char *path = *tale.s ? tale.s : "/";
	unsigned int bit;

	must(state == match_path(&policy, path));
	for (bit = 0; tale.depth < 40 && bit < BULKHEAD_PERM_COUNT; bit++) {
		bool allow = false;

		oracle_path(rules, sizeof(rules) / sizeof(rules[0]), path, 1U << bit, &allow);
		must(bkh_path_verdict(&policy, state, 1U << bit).allow == allow);
	}
}

static void check_states(const struct path *path, unsigned int m, unsigned int d)
{
	const struct bkh_stack stack = { .count = 2, .policies = { &policy, &policy } };
	u32 states[BKH_STACK_MAX] = { ~0U, ~0U, ~0U };
	enum bulkhead_reason reason = bkh_path_states(path, &stack, states), want;

	want = tell_current(m, d);
	must(reason == want);
	must(states[2] == ~0U);
	if (reason != BULKHEAD_REASON_RULE)
		return;
	must(states[0] == states[1]);
	check_state(states[0]);
}

/* The short way may say no if something moved meanwhile, and never yes wrongly. */
static void check_permits(const struct path *path, unsigned int m, unsigned int d, u32 perms)
{
	const struct bkh_stack stack = { .count = 1, .policies = { &policy } };
	bool yes = bkh_path_permits(path->mnt, path->dentry, &stack, perms), want;

	want = current->nsproxy && model.mounts[m].ns == model.ns &&
	       tell(m, d) == BULKHEAD_REASON_RULE &&
	       !(perms & ~bkh_path_perms(&policy, match_path(&policy, *tale.s ? tale.s : "/")));
	must(yes ? want : !want || next_move);
}

/* Whole, or as many components as there is room for, or a part of the last. */
static void check_print(const struct path *path, unsigned int m, unsigned int d, uint32_t size)
{
	char *buf = malloc(size);
	uint32_t n = bkh_path_print(path, buf, size);
	size_t len;

	must(n <= size);
	if (is_internal(m, d)) {
		must(n == (model.len[d] < size ? model.len[d] : size) &&
		     !memcmp(buf, model.name[d], n));
		free(buf);
		return;
	}
	if (is_queue(m, d))
		tell_current(m, d);
	else
		tell(m, d);
	if (!*tale.s)
		*--tale.s = '/';
	len = strlen(tale.s);
	if (len <= size)
		must(n == len && !memcmp(buf, tale.s, n));
	else
		must(n >= 3 && n + NAME_LEN_MAX + 1 > size - 3 && !memcmp(buf, tale.s, n - 3) &&
		     !memcmp(buf + n - 3, "...", 3));
	free(buf);
}

/* One name that is refused is enough, whichever mount it is by. */
static void check_names(unsigned int d, u32 perms)
{
	const struct bkh_stack stack = { .count = 1, .policies = { &policy } };
	enum bulkhead_reason want = BULKHEAD_REASON_UNREACHABLE, one;
	bool named = false, refused = false;
	unsigned int m, steps = 0;
	struct bkh_names names;

	for (m = 0; m < model.n_mounts; m++) {
		if (root_of(model.mounts[m].root) != root_of(d))
			continue;
		tell(m, d);
		steps += 2 * (tale.depth + 1);
		one = tell_current(m, d);
		if (one == BULKHEAD_REASON_UNREACHABLE)
			continue;
		if (want != BULKHEAD_REASON_TOO_LONG)
			want = one;
		if (one != BULKHEAD_REASON_RULE)
			continue;
		named = true;
		refused |= perms & ~bkh_path_perms(&policy, match_path(&policy, *tale.s ? tale.s : "/"));
	}
	if (steps > BKH_NAMES_STEPS_MAX)
		return;
	must(bkh_path_names(dentries[d], &stack, perms, &names) == want);
	must(!!names.mnt[0] == named);
	must(!named || !!(perms & ~bkh_path_perms(&policy, names.states[0])) == refused);
	must(!named || names.any);
}

/* Each dentry of the queues' file system, and no other. */
static void check_queue(void)
{
	struct path path = { NULL, NULL };
	unsigned int d = model.n - 1;
	bool want;

	if (model.queue == MOUNTS)
		return;
	want = current->nsproxy && root_of(d) == root_of(model.mounts[model.queue].root);
	must(bkh_path_of_queue(dentries[d], &path) == want);
	must(!want || (path.mnt == ipc.mq_mnt && path.dentry == dentries[d]));
}

static void ask_walker(struct input *in, uint8_t how)
{
	unsigned int m = in_u8(in) % model.n_mounts, d = in_u16(in) % model.n, i, k;
	struct path path = { &mounts[m].head.mnt, dentries[d] };
	uint32_t size = how & 1 ? BKH_PATH_EVENT_MAX : 4 + in_u8(in);

	n_moves = (how >> 1) % (MOVES_MAX + 1);
	next_move = 0;
	for (i = 0; i < n_moves; i++) {
		moves[i].steps = in_u8(in);
		for (k = 0; k < 8; k++)
			moves[i].args[k] = in_u8(in);
	}
	if (how & 64 && size >= 200 && size < 260)
		check_names(d, 1U << size % BULKHEAD_PERM_COUNT);
	else if (how & 64 && size >= 100 && size < 200)
		check_permits(&path, m, d, 1U << size % BULKHEAD_PERM_COUNT);
	else if (how & 64)
		check_states(&path, m, d);
	else
		check_print(&path, m, d, size);
	must(!rename_lock.held && !mount_lock.held);
	n_moves = next_move = 0;
}

/* A directory as deep as that, names all alike. */
static void add_chain(unsigned int d, unsigned int n, uint8_t kind)
{
	while (n-- && model.n < DENTRIES) {
		add_dentry(d, kind);
		d = model.n - 1;
	}
}

static void step(struct input *in)
{
	uint8_t op = in_u8(in), args[8];
	unsigned int i;

	switch (op % 8) {
	case 0:
	case 1:
		add_dentry(in_u16(in) % model.n, in_u8(in));
		break;
	case 2:
		add_chain(in_u16(in) % model.n, in_u16(in) % 2100, in_u8(in));
		break;
	case 3:
		i = model.n % DENTRIES;
		add_dentry(i, in_u8(in));
		supers[i].s_magic = op & 64 ? HUGETLBFS_MAGIC : 0;
		supers[i].s_flags = op & 128 ? SB_KERNMOUNT : 0;
		break;
	case 4:
		i = in_u8(in) % model.n_mounts;
		add_mount(in_u16(in) % model.n, i, in_u16(in) % model.n, (op >> 3) % 16 < 12 ? 0 :
			  (op >> 3) % 4);
		break;
	case 5:
		for (i = 0; i < sizeof(args); i++)
			args[i] = in_u8(in);
		make_move(args, 0);
		break;
	default:
		current->nsproxy = op >= 248 ? NULL : &here;
		model.ns = op >= 240 ? NS_ELSEWHERE : NS_HERE;
		here.mnt_ns = ns_pointer(model.ns);
		pick_queue((op >> 3) % 4 == 3);
		check_queue();
		must(bkh_current_on_host() == (current->nsproxy && model.ns == NS_HERE));
		ask_walker(in, in_u8(in));
	}
}

static void make_policy(void)
{
	struct ruleset *rs;
	struct diag d;
	void *image;
	size_t size;

	diag_init(&d);
	must(!ruleset_load_text(&rs, "/fuzz/p.yaml", policy_text, sizeof(policy_text) - 1, &d));
	must(!ruleset_compile(rs, &image, &size, &d));
	ruleset_free(rs);
	diag_clear(&d);
	policy_at(&policy, image, 0);
	must(!bkh_path_init());
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = input_of(data, size);

	if (!policy.hdr)
		make_policy();
	model.n = model.n_mounts = 0;
	model.queue = MOUNTS;
	memset(supers, 0, sizeof(supers));
	add_dentry(0, 0);
	add_mount(0, 0, 0, NS_HERE);
	while (in_left(&in))
		step(&in);
	return 0;
}
