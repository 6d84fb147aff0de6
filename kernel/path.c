// SPDX-License-Identifier: GPL-2.0-only
/*
 * Walks dentries from leaf to root and remembers the components.
 *
 * The walk runs under RCU, with the sequence counts of rename_lock and
 * mount_lock: nothing global is written. What is read is only believed, and a
 * match is only used, if neither count moved; the second try takes both locks,
 * so a storm of renames can delay a walk but never starve or fool it.
 */
#include <linux/dcache.h>
#include <linux/fs.h>
#include <linux/ipc_namespace.h>
#include <linux/magic.h>
#include <linux/mm.h>
#include <linux/mount.h>
#include <linux/nsproxy.h>
#include <linux/percpu.h>
#include <linux/sched.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "attach/vfs.h"
#include "match.h"
#include "match_names.h"
#include "path.h"
#include "ruleset.h"

/* Walks take spinning locks with preemption off, and so do the probes. */
#ifdef CONFIG_PREEMPT_RT
#error "Bulkhead does not run on PREEMPT_RT kernels"
#endif

/* Owned by whoever has preemption off on the CPU, in process context. */
struct walk {
	union {
		struct bkh_name names[BKH_DEPTH_MAX];
		const struct dentry *dentries[BKH_DEPTH_MAX];
	};
	u32 depth;
	enum bulkhead_reason reason;
};

/* Too large for the module's own per-CPU data. */
static DEFINE_PER_CPU(struct walk *, walks);

/* A reading of the tree: fills the walk and whatever @arg points to. */
typedef void (*reading)(struct walk *w, void *arg);

/*
 * Read until nothing moved meanwhile. What the first reading left is stale if
 * a rename or a mount came in between; the second one has both locks.
 */
static __always_inline void read_stable(reading read, void *arg)
{
	struct walk *w = get_cpu_var(walks);
	unsigned int mounts = read_seqbegin(bkh_mount_lock);
	unsigned int renames = read_seqbegin(&rename_lock);

	read(w, arg);
	if (unlikely(read_seqretry(&rename_lock, renames) ||
		     read_seqretry(bkh_mount_lock, mounts))) {
		read_seqlock_excl(bkh_mount_lock);
		read_seqlock_excl(&rename_lock);
		read(w, arg);
		read_sequnlock_excl(&rename_lock);
		read_sequnlock_excl(bkh_mount_lock);
	}
	put_cpu_var(walks);
}

/* Where what is read is more than a path: nothing moves from the start. */
static void read_locked(reading read, void *arg)
{
	struct walk *w = get_cpu_var(walks);

	read_seqlock_excl(bkh_mount_lock);
	read_seqlock_excl(&rename_lock);
	read(w, arg);
	read_sequnlock_excl(&rename_lock);
	read_sequnlock_excl(bkh_mount_lock);
	put_cpu_var(walks);
}

/*
 * Name and parent of a dentry, consistent with each other. The name stays
 * readable under RCU even if a rename changes its bytes a moment later.
 */
static struct dentry *read_dentry(struct dentry *dentry, struct bkh_name *name)
{
	struct dentry *parent;
	unsigned int seq;

	do {
		seq = read_seqcount_begin(&dentry->d_seq);
		parent = READ_ONCE(dentry->d_parent);
		name->name = READ_ONCE(dentry->d_name.name);
		name->len = READ_ONCE(dentry->d_name.len);
	} while (read_seqcount_retry(&dentry->d_seq, seq));
	return parent;
}

/* Components from @path up to the root of its tree, or as far as that goes. */
static enum bulkhead_reason climb(struct bkh_name *names,
				  const struct path *path, u32 *depth)
{
	const struct bkh_mount *mnt = bkh_real_mount(path->mnt);
	const struct bkh_name *end = names + BKH_DEPTH_MAX;
	struct dentry *dentry = path->dentry, *above;
	enum bulkhead_reason reason = BULKHEAD_REASON_RULE;
	struct bkh_name *name = names;

	for (;;) {
		if (dentry == mnt->mnt.mnt_root) {
			const struct bkh_mount *parent;

			parent = READ_ONCE(mnt->mnt_parent);
			if (parent == mnt)
				break;
			dentry = READ_ONCE(mnt->mnt_mountpoint);
			mnt = parent;
			continue;
		}
		if (unlikely(name == end)) {
			reason = BULKHEAD_REASON_TOO_LONG;
			break;
		}
		above = read_dentry(dentry, name);
		/* Above the root of its mount: a bind mount's source moved. */
		if (unlikely(above == dentry)) {
			reason = BULKHEAD_REASON_UNREACHABLE;
			break;
		}
		name++;
		dentry = above;
	}
	*depth = name - names;
	return reason;
}

static void walk_up(struct walk *w, const struct path *path)
{
	w->reason = climb(w->names, path, &w->depth);
}

/*
 * POSIX message queues are on a mount that their IPC namespace keeps, which is
 * in no tree. mq_open() goes there; to anybody who looks it is at /dev/mqueue.
 */
static bool walk_queue(struct walk *w, const struct path *path)
{
	static const struct bkh_name above[] = {
		{ .name = (const u8 *)"mqueue", .len = 6 },
		{ .name = (const u8 *)"dev", .len = 3 },
	};
	const struct nsproxy *nsproxy = current->nsproxy;

	if (!nsproxy || path->mnt != nsproxy->ipc_ns->mq_mnt ||
	    path->dentry == path->mnt->mnt_root)
		return false;
	read_dentry(path->dentry, &w->names[0]);
	w->names[1] = above[0];
	w->names[2] = above[1];
	w->depth = 3;
	w->reason = BULKHEAD_REASON_RULE;
	return true;
}

/* Must not lie in another namespace's tree, nor on a detached mount. */
static void walk_current(struct walk *w, const struct path *path)
{
	const struct bkh_mount *mnt = bkh_real_mount(path->mnt);
	const struct nsproxy *nsproxy = current->nsproxy;

	if (unlikely(walk_queue(w, path)))
		return;
	w->depth = 0;
	w->reason = BULKHEAD_REASON_UNREACHABLE;
	/* An exiting task has no namespaces any more. */
	if (nsproxy && bkh_mount_ns(mnt) == nsproxy->mnt_ns)
		walk_up(w, path);
}

struct states_reading {
	const struct path *path;
	const struct bkh_stack *stack;
	u32 *states;
	enum bulkhead_reason reason;
};

static void read_states(struct walk *w, void *arg)
{
	struct states_reading *r = arg;
	u32 i;

	walk_current(w, r->path);
	r->reason = w->reason;
	if (w->reason != BULKHEAD_REASON_RULE)
		return;
	for (i = 0; i < r->stack->count; i++)
		r->states[i] = bkh_match_path(r->stack->policies[i], w->names,
					      w->depth);
}

enum bulkhead_reason bkh_path_states(const struct path *path,
				     const struct bkh_stack *stack,
				     u32 states[BKH_STACK_MAX])
{
	struct states_reading r = {
		.path = path,
		.stack = stack,
		.states = states,
	};

	read_stable(read_states, &r);
	return r.reason;
}

struct names_reading {
	struct dentry *dentry;
	const struct bkh_stack *stack;
	u32 perms;
	struct bkh_names *names;
	enum bulkhead_reason reason;
	u32 steps;
};

/* A name that a policy refuses stays the one to show. */
static void match_name(struct walk *w, const struct names_reading *r,
		       struct vfsmount *mnt)
{
	struct bkh_names *n = r->names;
	u32 i;

	for (i = 0; i < r->stack->count; i++) {
		const struct bkh_policy *p = r->stack->policies[i];

		if (n->mnt[i] && r->perms & ~bkh_path_perms(p, n->states[i]))
			continue;
		n->mnt[i] = mnt;
		n->states[i] = bkh_match_path(p, w->names, w->depth);
	}
}

/* A mount of ours that the file isn't on gives it no name. */
static void read_name(struct walk *w, struct names_reading *r,
		      const struct bkh_mount *m)
{
	const struct path path = {
		.mnt = (struct vfsmount *)&m->mnt,
		.dentry = r->dentry,
	};

	walk_current(w, &path);
	r->steps += w->depth;
	if (w->reason == BULKHEAD_REASON_UNREACHABLE)
		return;
	r->names->any = path.mnt;
	if (r->reason != BULKHEAD_REASON_TOO_LONG)
		r->reason = w->reason;
	if (w->reason == BULKHEAD_REASON_RULE)
		match_name(w, r, path.mnt);
}

/* No name of ours: what others call it, for the report. */
static void read_foreign(struct walk *w, struct names_reading *r,
			 const struct bkh_mount *m)
{
	const struct path path = {
		.mnt = (struct vfsmount *)&m->mnt,
		.dentry = r->dentry,
	};

	walk_up(w, &path);
	r->steps += w->depth;
	if (w->reason == BULKHEAD_REASON_RULE)
		r->names->any = path.mnt;
}

typedef void (*mount_reader)(struct walk *w, struct names_reading *r,
			     const struct bkh_mount *m);

static void each_mount(struct walk *w, struct names_reading *r,
		       mount_reader read)
{
	const struct bkh_mount *m;

	for (m = bkh_mounts_first(r->dentry->d_sb); m; m = bkh_mounts_next(m)) {
		if (++r->steps > BKH_NAMES_STEPS_MAX) {
			r->reason = BULKHEAD_REASON_TOO_LONG;
			return;
		}
		read(w, r, m);
	}
}

static void read_names(struct walk *w, void *arg)
{
	struct names_reading *r = arg;

	each_mount(w, r, read_name);
	if (r->reason == BULKHEAD_REASON_UNREACHABLE)
		each_mount(w, r, read_foreign);
}

enum bulkhead_reason bkh_path_names(struct dentry *dentry,
				    const struct bkh_stack *stack, u32 perms,
				    struct bkh_names *names)
{
	struct names_reading r = {
		.dentry = dentry,
		.stack = stack,
		.perms = perms,
		.names = names,
		.reason = BULKHEAD_REASON_UNREACHABLE,
	};

	memset(names, 0, sizeof(*names));
	read_locked(read_names, &r);
	return r.reason;
}

/*
 * As climb(), but dentries, and with no look at each one's own count: a rename
 * of any of them moves rename_lock's. A root that isn't its mount's is climbed
 * from for ever, so for too long.
 *
 * Return: false if it is too much; else @top is the end of what was found.
 */
static __always_inline bool
climb_quick(const struct dentry **at, const struct bkh_mount *mnt,
	    const struct dentry *dentry, const struct dentry ***top)
{
	const struct dentry **end = at + BKH_DEPTH_MAX;

	for (;;) {
		const struct bkh_mount *parent;

		while (dentry != mnt->mnt.mnt_root) {
			if (unlikely(at == end))
				return false;
			*at++ = dentry;
			dentry = READ_ONCE(dentry->d_parent);
		}
		parent = READ_ONCE(mnt->mnt_parent);
		if (parent == mnt)
			break;
		dentry = READ_ONCE(mnt->mnt_mountpoint);
		mnt = parent;
	}
	*top = at;
	return true;
}

static __always_inline struct bkh_name get_climbed(const void *at)
{
	const struct dentry *dentry = *(const struct dentry *const *)at;

	return (struct bkh_name){
		.name = READ_ONCE(dentry->d_name.name),
		.len = READ_ONCE(dentry->d_name.len),
	};
}

/* @context: rename_lock's count from before the climb. */
static __always_inline bool hold_climbed(const void *context)
{
	return !read_seqretry(&rename_lock, *(const unsigned int *)context);
}

static __always_inline bool
climbed_permits(const struct bkh_policy *p, const struct dentry **leaf,
		const struct dentry **end, unsigned int renames, u32 perms)
{
	const struct bkh_names_at at = {
		.size = sizeof(*leaf),
		.get = get_climbed,
		.hold = hold_climbed,
		.whole_words = true,
	};

	/* What lies outside of the dentry is longer yet. */
	BUILD_BUG_ON(DNAME_INLINE_LEN < 16);
	return likely(!(perms & ~bkh_path_perms(p,
						bkh_match_names(p, leaf, end, at,
								&renames))));
}

/* On its own: one policy is what most domains have, and needs all registers. */
static noinline bool each_permits(const struct bkh_stack *stack,
				  const struct dentry **leaf,
				  const struct dentry **end,
				  unsigned int renames, u32 perms)
{
	u32 i;

	for (i = 0; i < stack->count; i++)
		if (!climbed_permits(stack->policies[i], leaf, end, renames,
				     perms))
			return false;
	return stack->count;
}

bool bkh_path_permits(struct vfsmount *vfsmnt, struct dentry *dentry,
		      const struct bkh_stack *stack, u32 perms)
{
	unsigned int mounts = raw_seqcount_begin(&bkh_mount_lock->seqcount);
	unsigned int renames = raw_seqcount_begin(&rename_lock.seqcount);
	const struct dentry **leaf = this_cpu_read(walks)->dentries, **end;
	const struct bkh_mount *mnt = bkh_real_mount(vfsmnt);
	const struct nsproxy *nsproxy = current->nsproxy;
	bool yes;

	if (!nsproxy || bkh_mount_ns(mnt) != nsproxy->mnt_ns ||
	    !climb_quick(leaf, mnt, dentry, &end))
		return false;
	if (likely(stack->count == 1))
		yes = climbed_permits(stack->policies[0], leaf, end, renames,
				      perms);
	else
		yes = each_permits(stack, leaf, end, renames, perms);
	return yes && !read_seqretry(&rename_lock, renames) &&
	       !read_seqretry(bkh_mount_lock, mounts);
}

static u32 print(const struct walk *w, char *buf, u32 size)
{
	u32 used = 0;
	u32 i;

	if (!w->depth)
		buf[used++] = '/';
	for (i = w->depth; i-- > 0;) {
		u32 len = min_t(u32, w->names[i].len, NAME_MAX);

		if (used + 1 + len > size) {
			used = min(used, size - 3);
			memcpy(buf + used, "...", 3);
			return used + 3;
		}
		buf[used++] = '/';
		memcpy(buf + used, w->names[i].name, len);
		used += len;
	}
	return used;
}

struct print_reading {
	const struct path *path;
	char *buf;
	u32 size;
	u32 used;
};

static void read_print(struct walk *w, void *arg)
{
	struct print_reading *r = arg;

	/* No name leads there; what the kernel calls it has no slash. */
	if (bkh_path_is_internal(r->path)) {
		read_dentry(r->path->dentry, &w->names[0]);
		r->used = min(w->names[0].len, r->size);
		memcpy(r->buf, w->names[0].name, r->used);
		return;
	}
	if (!walk_queue(w, r->path))
		walk_up(w, r->path);
	r->used = print(w, r->buf, r->size);
}

u32 bkh_path_print(const struct path *path, char *buf, u32 size)
{
	struct print_reading r = { .path = path, .buf = buf, .size = size };

	read_stable(read_print, &r);
	return r.used;
}

bool bkh_current_on_host(void)
{
	const struct nsproxy *nsproxy = current->nsproxy;

	return nsproxy && nsproxy->mnt_ns == init_task.nsproxy->mnt_ns;
}

/*
 * For memory in huge pages: memfds and shared segments. Those that are mounted
 * have a file system of their own.
 */
static bool is_huge_memory(const struct super_block *sb)
{
	return sb->s_magic == HUGETLBFS_MAGIC && (sb->s_flags & SB_KERNMOUNT);
}

bool bkh_path_is_internal(const struct path *path)
{
	const void *ns = bkh_mount_ns(bkh_real_mount(path->mnt));
	const struct super_block *sb = path->dentry->d_sb;

	/* Before 6.17 that one's mount looks like one that was detached. */
	if (!ns)
		return is_huge_memory(sb);
	/* Message queues have names; since 6.17 their mount is internal, too. */
	return IS_ERR(ns) && sb->s_magic != BKH_MQUEUE_MAGIC;
}

bool bkh_sb_is_internal(const struct super_block *sb)
{
	return (sb->s_flags & SB_NOUSER) || is_huge_memory(sb);
}

bool bkh_path_of_queue(struct dentry *dentry, struct path *path)
{
	const struct nsproxy *nsproxy = current->nsproxy;

	if (!nsproxy || nsproxy->ipc_ns->mq_mnt->mnt_sb != dentry->d_sb)
		return false;
	*path = (struct path){
		.mnt = nsproxy->ipc_ns->mq_mnt, .dentry = dentry,
	};
	return true;
}

void bkh_path_exit(void)
{
	int cpu;

	for_each_possible_cpu(cpu)
		kvfree(per_cpu(walks, cpu));
}

int bkh_path_init(void)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		struct walk *w = kvmalloc_node(sizeof(*w), GFP_KERNEL,
					       cpu_to_node(cpu));

		if (!w) {
			bkh_path_exit();
			return -ENOMEM;
		}
		per_cpu(walks, cpu) = w;
	}
	return 0;
}
