/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * As much of the kernel as kernel/path.c, transaction.c and image.c ask for,
 * on one thread, and as the headers that netlink.c names do. Every kernel
 * header that they name stands for this one; netlink's own are in netlink.h.
 *
 * Others take part where it matters: before each read of a sequence count or
 * by READ_ONCE(), shim_elsewhere() does what another CPU might do then.
 * It may not while the locks are held, and that they are is checked.
 */
#ifndef FUZZ_SHIM_KERNEL_H
#define FUZZ_SHIM_KERNEL_H

#include <errno.h>
#include <limits.h>
#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include "blob.h"

typedef __s64 s64;

#undef __always_inline
#define __always_inline inline
#define noinline
#define likely(x) (x)
#define unlikely(x) __builtin_expect(!!(x), 0)
#define READ_ONCE(x) (shim_elsewhere(), *(const volatile __typeof__(x) *)&(x))
#define BUILD_BUG_ON(condition) _Static_assert(!(condition), #condition)
#define container_of(p, type, member) ((type *)((char *)(p) - offsetof(type, member)))
#define min(a, b) ((a) < (b) ? (a) : (b))
#define min_t(type, a, b) min((type)(a), (type)(b))
#define swap(a, b) do { __typeof__(a) tmp = (a); (a) = (b); (b) = tmp; } while (0)
#define struct_size(p, member, n) (sizeof(*(p)) + (n) * sizeof((p)->member[0]))

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

#define ERR_PTR(err) ((void *)(long)(err))
#define PTR_ERR(p) ((long)(p))
#define IS_ERR(p) ((unsigned long)(p) >= (unsigned long)-4095)
#define IS_ERR_OR_NULL(p) (!(p) || IS_ERR(p))

struct list_head {
	struct list_head *next, *prev;
};

struct hlist_node {
	struct hlist_node *next, **pprev;
};

struct hlist_head {
	struct hlist_node *first;
};

static inline void hlist_add_head(struct hlist_node *n, struct hlist_head *h)
{
	n->next = h->first;
	n->pprev = &h->first;
	if (n->next)
		n->next->pprev = &n->next;
	h->first = n;
}

static inline void hlist_del(struct hlist_node *n)
{
	*n->pprev = n->next;
	if (n->next)
		n->next->pprev = n->pprev;
}

#define hlist_entry_safe(p, type, member) ((p) ? container_of(p, type, member) : NULL)
#define hlist_for_each_entry_rcu(pos, head, member, ...) \
	for (pos = hlist_entry_safe((head)->first, __typeof__(*pos), member); pos; \
	     pos = hlist_entry_safe(pos->member.next, __typeof__(*pos), member))
#define GOLDEN_RATIO_32 0x61C88647

void shim_elsewhere(void);

/* Memory: all of it may run out, when the fuzzer says so. */
#define GFP_KERNEL 0
#define __GFP_NOWARN 0
#define __GFP_RETRY_MAYFAIL 0
#define PAGE_SHIFT 12
#define totalram_pages() (1UL << 24)
#define si_mem_available() (1L << 24)

bool shim_no_memory(size_t size);

static inline void *kvzalloc(size_t size, int flags)
{
	(void)flags;
	return shim_no_memory(size) ? NULL : calloc(1, size);
}

#define kvmalloc_node(size, flags, node) malloc(size)

static inline void *kmalloc(size_t size, int flags)
{
	(void)flags;
	return shim_no_memory(size) ? NULL : malloc(size);
}

static inline void kvfree(const void *p)
{
	free((void *)p);
}

#define kfree(p) kvfree(p)

typedef struct {
	int n;
} refcount_t, atomic_t;

#define atomic_read(a) READ_ONCE((a)->n)

static inline void refcount_set(refcount_t *r, int n)
{
	r->n = n;
}

static inline void refcount_inc(refcount_t *r)
{
	if (r->n++ <= 0)
		abort();
}

static inline bool refcount_dec_and_test(refcount_t *r)
{
	if (r->n <= 0)
		abort();
	return !--r->n;
}

/* Locks that only know whether they are held. */
struct mutex {
	bool held;
};

#define DEFINE_MUTEX(name) struct mutex name

static inline void mutex_lock(struct mutex *m)
{
	if (m->held)
		abort();
	m->held = true;
}

static inline void mutex_unlock(struct mutex *m)
{
	if (!m->held)
		abort();
	m->held = false;
}

#define lockdep_assert_held(m) do { if (!(m)->held) abort(); } while (0)

typedef struct mutex spinlock_t;

/* What is read under RCU is asked for under RCU. */
extern int shim_rcu;

struct rcu_head {
	void *next;
};

#define __rcu

static inline void rcu_read_lock(void)
{
	shim_rcu++;
}

static inline void rcu_read_unlock(void)
{
	if (--shim_rcu < 0)
		abort();
}

#define rcu_dereference(p) (shim_rcu > 0 ? (p) : (abort(), (p)))
#define DECLARE_STATIC_KEY_FALSE(name) extern bool name

typedef struct {
	unsigned int sequence;
} seqcount_t;

typedef struct {
	seqcount_t seqcount;
	bool held;
} seqlock_t;

static inline unsigned int read_seqcount_begin(const seqcount_t *s)
{
	shim_elsewhere();
	return s->sequence;
}

static inline bool read_seqcount_retry(const seqcount_t *s, unsigned int start)
{
	shim_elsewhere();
	return s->sequence != start;
}

static inline unsigned int raw_seqcount_begin(const seqcount_t *s)
{
	shim_elsewhere();
	return s->sequence & ~1U;
}

static inline unsigned int read_seqbegin(const seqlock_t *s)
{
	return read_seqcount_begin(&s->seqcount);
}

static inline bool read_seqretry(const seqlock_t *s, unsigned int start)
{
	return s->seqcount.sequence != start;
}

static inline void read_seqlock_excl(seqlock_t *s)
{
	if (s->held)
		abort();
	s->held = true;
}

static inline void read_sequnlock_excl(seqlock_t *s)
{
	if (!s->held)
		abort();
	s->held = false;
}

extern seqlock_t rename_lock;

/* One CPU, which is always this one. */
#define DEFINE_PER_CPU(type, name) type name
#define get_cpu_var(name) (name)
#define DECLARE_PER_CPU(type, name) extern type name
#define this_cpu_read(name) (name)
#define this_cpu_inc(name) ((name)++)
#define this_cpu_dec(name) ((name)--)
#define put_cpu_var(name) do { (void)(name); } while (0)
#define per_cpu(name, cpu) (*((void)(cpu), &(name)))
#define for_each_possible_cpu(cpu) for ((cpu) = 0; (cpu) < 1; (cpu)++)

/* Trees. A short name lies in its dentry, and a rename writes over it there. */
#define DNAME_INLINE_LEN 40

struct qstr {
	unsigned int len;
	const unsigned char *name;
};

struct super_block {
	unsigned long s_magic, s_flags;
};

#define SB_KERNMOUNT	(1UL << 22)
#define SB_NOUSER	(1UL << 31)

struct dentry {
	seqcount_t d_seq;
	struct super_block *d_sb;
	struct dentry *d_parent;
	struct qstr d_name;
	unsigned char d_iname[DNAME_INLINE_LEN];
};

#define IS_ROOT(d) ((d) == (d)->d_parent)

struct vfsmount {
	struct dentry *mnt_root;
	struct super_block *mnt_sb;
};

struct path {
	struct vfsmount *mnt;
	struct dentry *dentry;
};

struct ipc_namespace {
	struct vfsmount *mq_mnt;
};

struct nsproxy {
	const void *mnt_ns;
	struct ipc_namespace *ipc_ns;
	const struct net *net_ns;
	const void *cgroup_ns;
};

struct task_struct {
	struct nsproxy *nsproxy;
};

extern struct task_struct *current, init_task;

/* As attach/hooks.h and forming.h name them; nothing is hooked here. */
struct security_hook_list {
	void *hook;
};

#define BKH_PROBE_EXIT(FN) void FN(void *data, struct task_struct *task)

struct timespec64 {
	s64 tv_sec;
	long tv_nsec;
};

/* Cgroups have an id and an end. */
struct cgroup;
struct cgroup *cgroup_get_from_id(u64 cgid);
void cgroup_put(struct cgroup *cgrp);

struct notifier_block {
	int (*notifier_call)(struct notifier_block *nb, unsigned long action, void *data);
};

#define NOTIFY_DONE 0

#endif /* FUZZ_SHIM_KERNEL_H */
