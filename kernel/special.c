// SPDX-License-Identifier: GPL-2.0-only
/* Special files: which preset guards which file of proc, sysfs and their kin. */
#include <linux/dcache.h>
#include <linux/ctype.h>
#include <linux/ipc_namespace.h>
#include <linux/kdev_t.h>
#include <linux/major.h>
#include <linux/miscdevice.h>
#include <linux/nsproxy.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/proc_fs.h>
#include <linux/string.h>
#include <linux/user_namespace.h>
#include <linux/utsname.h>
#include <net/net_namespace.h>

#include "special.h"

/* Disks behind many bridges have the longest; what is longer is refused. */
#define SPECIAL_PATH_MAX 384

#define READ_PERMS (BULKHEAD_PERM_READ | BULKHEAD_PERM_EXEC | BULKHEAD_PERM_MMAP)

/*
 * What the kernel tells of itself and of other containers: its memory, its
 * log, addresses, keys, and timers.
 */
static const char *const proc_secrets[] = {
	"/kcore", "/kmsg", "/kallsyms", "/keys", "/key-users", "/kpagecount",
	"/kpageflags", "/kpagecgroup", "/timer_list", "/sched_debug",
	"/latency_stats", "/slabinfo", "/vmallocinfo", "/pagetypeinfo",
	"/iomem", "/ioports", "/asound", "/acpi", "/scsi",
	/* Whose ioctls write by a descriptor that only reads. */
	"/mtrr", "/bus/pci",
};

/* Sysctls that belong to the ipc namespace. */
static const char *const ipc_sysctls[] = {
	"/sys/fs/mqueue", "/sys/kernel/shmmax", "/sys/kernel/shmall",
	"/sys/kernel/shmmni", "/sys/kernel/shm_rmid_forced",
	"/sys/kernel/msgmax", "/sys/kernel/msgmni", "/sys/kernel/msgmnb",
	"/sys/kernel/auto_msgmni", "/sys/kernel/sem",
	"/sys/kernel/msg_next_id", "/sys/kernel/shm_next_id",
	"/sys/kernel/sem_next_id",
};

static const char *const uts_sysctls[] = {
	"/sys/kernel/hostname", "/sys/kernel/domainname",
};

/* And to the pid namespace; the kernel sets them for the one who writes. */
static const char *const pid_sysctls[] = {
	"/sys/kernel/ns_last_pid", "/sys/vm/memfd_noexec",
#ifdef BKH_HAVE_PIDNS_PID_MAX
	"/sys/kernel/pid_max",
#endif
};

static const char *const core_sysctls[] = {
	"/sys/kernel/core_pattern", "/sys/kernel/core_pipe_limit",
	"/sys/kernel/core_uses_pid", "/sys/kernel/core_file_note_size_limit",
};

static const char *const sysrq_files[] = {
	"/sysrq-trigger", "/sys/kernel/sysrq",
};

/* What the firmware and the processor's power meters tell. */
static const char *const sysfs_secrets[] = {
	"/firmware", "/devices/virtual/powercap", "/class/powercap",
};

static bool is_write(const struct bkh_request *r)
{
	return r->perms & ~READ_PERMS;
}

/* @path is @top or lies below it. */
static bool lies_below(const char *path, const char *top)
{
	size_t len = strlen(top);

	return !strncmp(path, top, len) && (!path[len] || path[len] == '/');
}

static bool lies_below_any(const char *path, const char *const *tops, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (lies_below(path, tops[i]))
			return true;
	return false;
}

#define BELOW_ANY(PATH, TOPS) lies_below_any(PATH, TOPS, ARRAY_SIZE(TOPS))

/*
 * The task would find this sysctl by its name. It need not be of the task's
 * namespaces where it was found before the task went into those.
 */
static bool is_seen(const struct dentry *dentry)
{
	const struct dentry_operations *ops = dentry->d_op;

	return ops && ops->d_compare &&
	       !ops->d_compare(dentry, dentry->d_name.len, dentry->d_name.name,
			       &dentry->d_name);
}

/* A sysctl of a namespace that the task doesn't share with the host. */
static bool is_own_sysctl(const struct dentry *dentry, const char *path)
{
	const struct nsproxy *own = current->nsproxy;
	const struct nsproxy *host = init_task.nsproxy;

	if (!own || !lies_below(path, "/sys") || !is_seen(dentry))
		return false;
	if (lies_below(path, "/sys/net"))
		return own->net_ns != &init_net;
	if (BELOW_ANY(path, ipc_sysctls))
		return own->ipc_ns != host->ipc_ns;
	if (BELOW_ANY(path, uts_sysctls))
		return own->uts_ns != host->uts_ns;
	if (lies_below(path, "/sys/user"))
		return current_user_ns() != &init_user_ns;
	if (BELOW_ANY(path, pid_sysctls))
		return task_active_pid_ns(current) != &init_pid_ns;
	return false;
}

/*
 * Whose directory of proc the path leads into; NULL if the process is gone.
 * Under RCU.
 */
static struct task_struct *process_of(const struct dentry *dentry,
				      const char *path)
{
	char digits[12];
	int nr;

	strscpy(digits, path + 1, min(strcspn(path + 1, "/") + 1, sizeof(digits)));
	if (kstrtoint(digits, 10, &nr))
		return NULL;
	return pid_task(find_pid_ns(nr, proc_pid_ns(dentry->d_sb)), PIDTYPE_PID);
}

/* The root, and the links that lead to a process of one's own. */
static bool is_own_link(const char *path)
{
	return !path[1] || lies_below(path, "/self") ||
	       lies_below(path, "/thread-self");
}

/* Below /PID/net or /PID/task/TID/net: how the kernel serves NFS and the like. */
static bool is_net_control(const char *path)
{
	const char *rest = path + 1 + strcspn(path + 1, "/");

	if (lies_below(rest, "/task")) {
		rest += strlen("/task");
		if (*rest)
			rest += 1 + strcspn(rest + 1, "/");
	}
	return lies_below(rest, "/net");
}

static enum bkh_preset process_preset(const struct bkh_subject *s,
				      struct bkh_request *r, const char *path)
{
	struct task_struct *task = process_of(r->path->dentry, path);

	/* A folder that is held open outlives its process. */
	if (!task || bkh_is_within(s, task))
		return is_write(r) && is_net_control(path) ?
		       BKH_PRESET_PROC_KERNEL : BKH_PRESET_NONE;
	r->act = BULKHEAD_ACT_PTRACE;
	r->target = task->pid;
	return BKH_PRESET_PTRACE;
}

static enum bkh_preset proc_preset(const struct bkh_subject *s,
				   struct bkh_request *r, const char *path)
{
	bool writes = is_write(r);

	if (isdigit(path[1]))
		return process_preset(s, r, path);
	if (is_own_link(path))
		return BKH_PRESET_NONE;
	if (!writes)
		return BELOW_ANY(path, proc_secrets) ? BKH_PRESET_PROC_KERNEL :
						       BKH_PRESET_NONE;
	if (BELOW_ANY(path, core_sysctls))
		return BKH_PRESET_CORE_PATTERN;
	if (BELOW_ANY(path, sysrq_files))
		return BKH_PRESET_SYSRQ;
	return is_own_sysctl(r->path->dentry, path) ? BKH_PRESET_NONE :
						      BKH_PRESET_PROC_KERNEL;
}

static enum bkh_preset sysfs_preset(const struct bkh_subject *s,
				    struct bkh_request *r, const char *path)
{
	return is_write(r) || BELOW_ANY(path, sysfs_secrets) ?
	       BKH_PRESET_SYS_FIRMWARE : BKH_PRESET_NONE;
}

/* May say more of the request than the path does. */
typedef enum bkh_preset (*preset_of)(const struct bkh_subject *s,
				     struct bkh_request *r, const char *path);

/* By the path within the file system, wherever that is mounted. */
static enum bkh_preset by_path(const struct bkh_subject *s,
			       struct bkh_request *r, preset_of of,
			       enum bkh_preset too_long)
{
	char buf[SPECIAL_PATH_MAX];
	const char *path = dentry_path_raw(r->path->dentry, buf, sizeof(buf));

	return IS_ERR(path) ? too_long : of(s, r, path);
}

enum bkh_preset bkh_cgroupfs_preset(const struct dentry *dentry)
{
	const char *name = dentry->d_name.name;

	/* No cgroup file is ever renamed, so the name holds still. */
	if (dentry->d_sb->s_magic == CGROUP_SUPER_MAGIC &&
	    (!strcmp(name, "release_agent") ||
	     !strcmp(name, "notify_on_release")))
		return BKH_PRESET_RELEASE_AGENT;
	return BKH_PRESET_CGROUP_ESCAPE;
}

static enum bkh_preset cgroupfs_preset(struct bkh_request *r)
{
	enum bkh_preset preset;

	if (!is_write(r))
		return BKH_PRESET_NONE;
	preset = bkh_cgroupfs_preset(r->path->dentry);
	if (preset == BKH_PRESET_CGROUP_ESCAPE)
		r->act = BULKHEAD_ACT_CGROUP;
	return preset;
}

static enum bkh_preset tree_preset(const struct bkh_subject *s,
				   struct bkh_request *r)
{
	switch (r->path->dentry->d_sb->s_magic) {
	case PROC_SUPER_MAGIC:
		return by_path(s, r, proc_preset,
			       BKH_PRESET_PROC_KERNEL);
	case SYSFS_MAGIC:
		return by_path(s, r, sysfs_preset,
			       BKH_PRESET_SYS_FIRMWARE);
	case CGROUP_SUPER_MAGIC:
	case CGROUP2_SUPER_MAGIC:
		return cgroupfs_preset(r);
	case BINFMTFS_MAGIC:
		return is_write(r) ? BKH_PRESET_PROC_KERNEL : BKH_PRESET_NONE;
	case SECURITYFS_MAGIC:
	case SELINUX_MAGIC:
	case SMACK_MAGIC:
	case RDTGROUP_SUPER_MAGIC:
	case BPF_FS_MAGIC:
	case BKH_CONFIGFS_MAGIC:
		return is_write(r) ? BKH_PRESET_SYS_FIRMWARE : BKH_PRESET_NONE;
	case DEBUGFS_MAGIC:
	case TRACEFS_MAGIC:
	case EFIVARFS_MAGIC:
	case PSTOREFS_MAGIC:
		return BKH_PRESET_SYS_FIRMWARE;
	default:
		return BKH_PRESET_NONE;
	}
}

static enum bkh_preset misc_preset(unsigned int minor)
{
	switch (minor) {
	/* An image of all memory; and disks made out of others. */
	case SNAPSHOT_MINOR:
	case MAPPER_CTRL_MINOR:
		return BKH_PRESET_RAW_DISK;
	/* Keyboards that type to the host, SysRq as well. */
	case UINPUT_MINOR:
	case UHID_MINOR:
		return BKH_PRESET_SYSRQ;
	default:
		return BKH_PRESET_NONE;
	}
}

static bool is_raw_minor(unsigned int minor)
{
	/* mem, kmem, port */
	return minor == 1 || minor == 2 || minor == 4;
}

enum bkh_preset bkh_device_preset(umode_t mode, dev_t dev)
{
	if (S_ISBLK(mode))
		return BKH_PRESET_RAW_DISK;
	if (!S_ISCHR(mode))
		return BKH_PRESET_NONE;
	switch (MAJOR(dev)) {
	case MEM_MAJOR:
		return is_raw_minor(MINOR(dev)) ? BKH_PRESET_RAW_DISK :
						  BKH_PRESET_NONE;
	case MISC_MAJOR:
		return misc_preset(MINOR(dev));
	case SCSI_GENERIC_MAJOR:
	/* The processor's own registers, and flash without a file system. */
	case MSR_MAJOR:
	case MTD_CHAR_MAJOR:
		return BKH_PRESET_RAW_DISK;
	default:
		return BKH_PRESET_NONE;
	}
}

/* A device node's permissions and name may change; that opens nothing. */
static bool uses_content(u32 perms)
{
	return perms & (BULKHEAD_PERM_READ | BULKHEAD_PERM_WRITE |
			BULKHEAD_PERM_APPEND | BULKHEAD_PERM_MMAP);
}

/* Who writes to a keyboard types by it, SysRq as well. */
static bool is_typing(const struct inode *inode, u32 perms)
{
	return S_ISCHR(inode->i_mode) && imajor(inode) == INPUT_MAJOR &&
	       (perms & (BULKHEAD_PERM_WRITE | BULKHEAD_PERM_APPEND));
}

static enum bkh_preset special_preset(const struct bkh_subject *s,
				      struct bkh_request *r)
{
	const struct inode *inode = d_inode(r->path->dentry);
	enum bkh_preset preset = BKH_PRESET_NONE;

	if (inode && is_typing(inode, r->perms))
		return BKH_PRESET_SYSRQ;

	if (inode && uses_content(r->perms))
		preset = bkh_device_preset(inode->i_mode, inode->i_rdev);
	return preset == BKH_PRESET_NONE ? tree_preset(s, r) : preset;
}

int bkh_judge_special(const struct bkh_subject *s, const struct bkh_request *r)
{
	struct bkh_request guarded = *r;
	enum bkh_preset preset = special_preset(s, &guarded);

	if (preset == BKH_PRESET_NONE)
		return 0;
	if (!guarded.path->mnt)
		guarded.path = NULL;
	return bkh_judge_guard(s, preset, &guarded);
}
