/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Paths as the mount namespace of the current task sees them, without
 * building a string: dentries walked from leaf to root.
 */
#ifndef BKH_PATH_H
#define BKH_PATH_H

#include <linux/fs.h>
#include <linux/path.h>
#include <linux/types.h>
#include <linux/bulkhead.h>

#include "limits.h"

struct bkh_stack;

/**
 * bkh_path_states - match a path against every policy of a stack
 * @path: mount and dentry; the dentry may be negative
 * @stack: policies
 * @states: set to a state per policy, in the stack's order
 *
 * The walk ignores chroot: it ends at the root of the mount tree, which has to
 * be that of the current task's mount namespace. Caller holds
 * rcu_read_lock(). Process context; never sleeps; takes no lock unless a
 * rename or a mount interferes.
 *
 * Return: BULKHEAD_REASON_RULE, or why there is no path to match.
 */
enum bulkhead_reason bkh_path_states(const struct path *path,
				     const struct bkh_stack *stack,
				     u32 states[BKH_STACK_MAX]);

/**
 * struct bkh_names - what a file is called in a mount namespace
 * @mnt: by policy: the mount of the name that @states speaks of
 * @states: by policy: of the first name that it doesn't allow, or of some name
 * @any: some mount that the file is on, of whichever namespace; or NULL
 */
struct bkh_names {
	struct vfsmount *mnt[BKH_STACK_MAX];
	u32 states[BKH_STACK_MAX];
	struct vfsmount *any;
};

/**
 * bkh_path_names - match all names of a file against every policy of a stack
 * @dentry: the file, of which no mount is known
 * @stack: policies
 * @perms: what each name is asked for
 * @names: set for each policy of the stack; @names->any in any case
 *
 * Names are those by mounts of the current task's namespace. Takes the locks
 * of mounts and renames. Else as bkh_path_states().
 *
 * Return: BULKHEAD_REASON_UNREACHABLE if there is no name at all.
 */
enum bulkhead_reason bkh_path_names(struct dentry *dentry,
				    const struct bkh_stack *stack, u32 perms,
				    struct bkh_names *names);

/**
 * bkh_path_permits - whether every policy of a stack allows an act on a path
 * @mnt: mount
 * @dentry: may be negative
 * @stack: policies
 * @perms: BULKHEAD_PERM_*
 *
 * Takes no lock. Preemption is off; process context.
 *
 * Return: false also if there is no path to match, a rename interfered, or
 * the stack is closed.
 */
bool bkh_path_permits(struct vfsmount *mnt, struct dentry *dentry,
		      const struct bkh_stack *stack, u32 perms);

/**
 * bkh_path_print - write a path out, for events
 * @path: mount and dentry
 * @buf: room for @size bytes; not zero-terminated
 * @size: at least 4; a path that is longer ends in "..."
 *
 * As far as it can be followed, where it isn't reachable. Context as
 * bkh_path_states().
 *
 * Return: bytes written.
 */
u32 bkh_path_print(const struct path *path, char *buf, u32 size);

/* The current task is in the mount namespace that the host booted with. */
bool bkh_current_on_host(void);

/*
 * On a mount that the kernel keeps to itself, which no name leads to: pipes,
 * memfds, the layers behind an overlay.
 */
bool bkh_path_is_internal(const struct path *path);

/* What nobody can mount is a task's own and has no name. */
bool bkh_sb_is_internal(const struct super_block *sb);

/* As ipc/mqueue.c has it, for itself. */
#define BKH_MQUEUE_MAGIC 0x19800202

/* Set @path to a message queue of the current task's ipc namespace, if it is. */
bool bkh_path_of_queue(struct dentry *dentry, struct path *path);

int bkh_path_init(void);

/* No walk is under way. */
void bkh_path_exit(void);

#endif /* BKH_PATH_H */
