/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * The ABI between the Bulkhead module and its command: generic netlink.
 *
 * Every request needs CAP_MAC_ADMIN in the initial user namespace, comes from
 * the initial network namespace, and from a process outside every domain.
 * Userspace asks for BULKHEAD_CMD_VERSION first and stops unless the ABI is
 * one it knows.
 */
#ifndef _UAPI_LINUX_BULKHEAD_H
#define _UAPI_LINUX_BULKHEAD_H

#include <linux/types.h>

#define BULKHEAD_ABI		1
#define BULKHEAD_GENL_NAME	"bulkhead"
#define BULKHEAD_GENL_VERSION	1

/*
 * Two groups, so that a flood of audit events fills another socket buffer
 * than the one that denials arrive in.
 */
#define BULKHEAD_MCGRP_DENIED	"denied"
#define BULKHEAD_MCGRP_AUDITED	"audited"

/* Bytes of the image in one APPEND request or READ reply, at most. */
#define BULKHEAD_CHUNK_MAX	32768

/**
 * enum bulkhead_cmd - requests, and the one notification
 * @BULKHEAD_CMD_VERSION: reply: ABI, MODULE_VERSION
 * @BULKHEAD_CMD_STATUS: reply: GENERATION, IMAGE_SIZE, the counters, HOOKS_*
 * @BULKHEAD_CMD_BEGIN: open a transaction: IMAGE_SIZE. One at a time on the
 *	host (-EBUSY); it belongs to the sending socket and dies with it
 * @BULKHEAD_CMD_APPEND: OFFSET, CHUNK; chunks come in order, without gaps
 * @BULKHEAD_CMD_COMMIT: verify and publish as one generation; reply:
 *	GENERATION. Optional EXPECT_GENERATION: -ESTALE if another was applied
 * @BULKHEAD_CMD_ABORT: drop the transaction
 * @BULKHEAD_CMD_READ: OFFSET; reply: GENERATION, IMAGE_SIZE, OFFSET, CHUNK of
 *	the image in force. -ENODATA while none is
 * @BULKHEAD_CMD_DOMAINS: dump; a message per bound cgroup
 * @BULKHEAD_CMD_BIND: CGROUP_ID, POLICY: bind this cgroup explicitly
 * @BULKHEAD_CMD_UNBIND: CGROUP_ID: drop the explicit binding
 * @BULKHEAD_CMD_FORMING: dump; a message per forming task
 * @BULKHEAD_CMD_ARM: PID: confine a forming task now
 * @BULKHEAD_CMD_EVENT: notification; see &enum bulkhead_attr, events
 */
enum bulkhead_cmd {
	BULKHEAD_CMD_UNSPEC,
	BULKHEAD_CMD_VERSION,
	BULKHEAD_CMD_STATUS,
	BULKHEAD_CMD_BEGIN,
	BULKHEAD_CMD_APPEND,
	BULKHEAD_CMD_COMMIT,
	BULKHEAD_CMD_ABORT,
	BULKHEAD_CMD_READ,
	BULKHEAD_CMD_DOMAINS,
	BULKHEAD_CMD_BIND,
	BULKHEAD_CMD_UNBIND,
	BULKHEAD_CMD_FORMING,
	BULKHEAD_CMD_ARM,
	BULKHEAD_CMD_EVENT,
	__BULKHEAD_CMD_MAX,
};
#define BULKHEAD_CMD_MAX (__BULKHEAD_CMD_MAX - 1)

/**
 * enum bulkhead_attr - attributes of all commands; type in brackets
 * @BULKHEAD_A_PAD: padding of 64-bit attributes
 * @BULKHEAD_A_ABI: [u32] BULKHEAD_ABI of the module
 * @BULKHEAD_A_MODULE_VERSION: [string]
 * @BULKHEAD_A_GENERATION: [u64] 0 while nothing was ever applied
 * @BULKHEAD_A_EXPECT_GENERATION: [u64]
 * @BULKHEAD_A_IMAGE_SIZE: [u32] bytes
 * @BULKHEAD_A_OFFSET: [u32] bytes from the start of the image
 * @BULKHEAD_A_CHUNK: [binary] at most BULKHEAD_CHUNK_MAX bytes
 * @BULKHEAD_A_HOOKS_PLANTED: [u32] LSM hooks that answer to us now
 * @BULKHEAD_A_HOOKS_WANTED: [u32] enforcement is whole when both agree
 * @BULKHEAD_A_POLICIES: [u32] policies in force
 * @BULKHEAD_A_BINDINGS: [u32] patterns and explicit bindings in force
 * @BULKHEAD_A_NR_DOMAINS: [u32] live cgroups with a policy
 * @BULKHEAD_A_NR_FORMING: [u32] forming tasks
 * @BULKHEAD_A_NR_FORMING_OLD: [u32] those older than ten seconds
 * @BULKHEAD_A_DENIED: [u64] denials, of a domain or of the host
 * @BULKHEAD_A_AUDITED: [u64] acts that an audit policy would have denied
 * @BULKHEAD_A_LOST: [u64] events that were counted above but not sent
 * @BULKHEAD_A_CLOSED: [u64] denials for want of memory or of a path
 * @BULKHEAD_A_CGROUP_ID: [u64]
 * @BULKHEAD_A_CGROUP_PATH: [string] from the root of the cgroup v2 tree
 * @BULKHEAD_A_DOMAIN_FLAGS: [u32] BULKHEAD_DOMAIN_*
 * @BULKHEAD_A_POLICY: [string] name; in DOMAINS one attribute per policy
 * @BULKHEAD_A_PID: [u32] in the initial pid namespace: the thread
 * @BULKHEAD_A_AGE: [u64] milliseconds
 * @BULKHEAD_A_VERDICT: [u8] enum bulkhead_verdict
 * @BULKHEAD_A_RULE: [u32] index into the policy's rule table
 * @BULKHEAD_A_RULE_FILE: [string] policy file that holds the rule
 * @BULKHEAD_A_RULE_LINE: [u32] its line, from 1; 0: no line of any file
 * @BULKHEAD_A_RULE_TEXT: [string] the rule as written
 * @BULKHEAD_A_REASON: [u8] enum bulkhead_reason
 * @BULKHEAD_A_ACT: [u16] enum bulkhead_act
 * @BULKHEAD_A_PERMS: [u32] the BULKHEAD_PERM_* that were refused
 * @BULKHEAD_A_PATH: [binary] object of a file act; no terminating zero
 * @BULKHEAD_A_CAPABILITY: [u32] CAP_*
 * @BULKHEAD_A_FAMILY: [u16] AF_*
 * @BULKHEAD_A_SOCK_TYPE: [u16] SOCK_*
 * @BULKHEAD_A_PROTOCOL: [u16] IPPROTO_*
 * @BULKHEAD_A_ADDRESS: [binary] 4 or 16 bytes, network order
 * @BULKHEAD_A_PORT: [u16] host order; the type for ICMP
 * @BULKHEAD_A_TARGET_PID: [u32] object of ptrace and signal
 * @BULKHEAD_A_COMM: [string] of the acting thread
 * @BULKHEAD_A_TIME: [u64] nanoseconds since the epoch
 * @BULKHEAD_A_SEQUENCE: [u64] of the domain's events, without gaps but for
 *	the lost ones; what two threads do at once may come in either order
 */
enum bulkhead_attr {
	BULKHEAD_A_UNSPEC,
	BULKHEAD_A_PAD,
	BULKHEAD_A_ABI,
	BULKHEAD_A_MODULE_VERSION,
	BULKHEAD_A_GENERATION,
	BULKHEAD_A_EXPECT_GENERATION,
	BULKHEAD_A_IMAGE_SIZE,
	BULKHEAD_A_OFFSET,
	BULKHEAD_A_CHUNK,
	BULKHEAD_A_HOOKS_PLANTED,
	BULKHEAD_A_HOOKS_WANTED,
	BULKHEAD_A_POLICIES,
	BULKHEAD_A_BINDINGS,
	BULKHEAD_A_NR_DOMAINS,
	BULKHEAD_A_NR_FORMING,
	BULKHEAD_A_NR_FORMING_OLD,
	BULKHEAD_A_DENIED,
	BULKHEAD_A_AUDITED,
	BULKHEAD_A_LOST,
	BULKHEAD_A_CLOSED,
	BULKHEAD_A_CGROUP_ID,
	BULKHEAD_A_CGROUP_PATH,
	BULKHEAD_A_DOMAIN_FLAGS,
	BULKHEAD_A_POLICY,
	BULKHEAD_A_PID,
	BULKHEAD_A_AGE,
	BULKHEAD_A_VERDICT,
	BULKHEAD_A_RULE,
	BULKHEAD_A_RULE_FILE,
	BULKHEAD_A_RULE_LINE,
	BULKHEAD_A_RULE_TEXT,
	BULKHEAD_A_REASON,
	BULKHEAD_A_ACT,
	BULKHEAD_A_PERMS,
	BULKHEAD_A_PATH,
	BULKHEAD_A_CAPABILITY,
	BULKHEAD_A_FAMILY,
	BULKHEAD_A_SOCK_TYPE,
	BULKHEAD_A_PROTOCOL,
	BULKHEAD_A_ADDRESS,
	BULKHEAD_A_PORT,
	BULKHEAD_A_TARGET_PID,
	BULKHEAD_A_COMM,
	BULKHEAD_A_TIME,
	BULKHEAD_A_SEQUENCE,
	__BULKHEAD_A_MAX,
};
#define BULKHEAD_A_MAX (__BULKHEAD_A_MAX - 1)

/* BULKHEAD_A_DOMAIN_FLAGS */
#define BULKHEAD_DOMAIN_PATTERN		(1U << 0) /* own pattern matched */
#define BULKHEAD_DOMAIN_EXPLICIT	(1U << 1) /* bound by BULKHEAD_CMD_BIND */
#define BULKHEAD_DOMAIN_INHERITED	(1U << 2) /* policies of an ancestor */
#define BULKHEAD_DOMAIN_CLOSED		(1U << 3) /* denies all: no memory */
#define BULKHEAD_DOMAIN_DEAD		(1U << 4) /* cgroup removed, sockets live */

enum bulkhead_verdict {
	BULKHEAD_VERDICT_ALLOW,
	BULKHEAD_VERDICT_DENY,
	BULKHEAD_VERDICT_AUDIT,		/* allowed; enforce would deny */
};

/* Why a verdict fell; BULKHEAD_REASON_RULE: the named rule or default says so. */
enum bulkhead_reason {
	BULKHEAD_REASON_RULE,
	BULKHEAD_REASON_DRIFT,		/* changed after the domain was born */
	BULKHEAD_REASON_PRESET,		/* the rule entry names the preset */
	BULKHEAD_REASON_UNREACHABLE,	/* no path in the task's mount namespace */
	BULKHEAD_REASON_TOO_LONG,	/* deeper or longer than limits.h allows */
	BULKHEAD_REASON_SUBTREE,	/* rules below old and new name differ */
	BULKHEAD_REASON_WIDER,		/* a link or rename would widen permissions */
	BULKHEAD_REASON_MEMORY,		/* out of memory: closed */
	BULKHEAD_REASON_FILELESS,	/* memfd and the like: nothing to judge by */
	BULKHEAD_REASON_CONTROL,	/* for the administrator: no rule allows it */
	BULKHEAD_REASON_UNWATCHED,	/* its network namespace takes no hook of ours */
	__BULKHEAD_REASON_MAX,
};

enum bulkhead_act {
	BULKHEAD_ACT_UNSPEC,
	BULKHEAD_ACT_OPEN,
	BULKHEAD_ACT_EXEC,
	BULKHEAD_ACT_MMAP,
	BULKHEAD_ACT_CREATE,
	BULKHEAD_ACT_MKDIR,
	BULKHEAD_ACT_MKNOD,
	BULKHEAD_ACT_SYMLINK,
	BULKHEAD_ACT_UNLINK,
	BULKHEAD_ACT_RMDIR,
	BULKHEAD_ACT_RENAME,
	BULKHEAD_ACT_LINK,
	BULKHEAD_ACT_TRUNCATE,
	BULKHEAD_ACT_CHMOD,
	BULKHEAD_ACT_CHOWN,
	BULKHEAD_ACT_CHROOT,
	BULKHEAD_ACT_FCNTL,
	BULKHEAD_ACT_RECEIVE,
	BULKHEAD_ACT_CAPABLE,
	BULKHEAD_ACT_SOCKET,
	BULKHEAD_ACT_CONNECT,
	BULKHEAD_ACT_SEND,
	BULKHEAD_ACT_PACKET,
	BULKHEAD_ACT_BIND,
	BULKHEAD_ACT_LISTEN,
	BULKHEAD_ACT_CGROUP,
	BULKHEAD_ACT_PTRACE,
	BULKHEAD_ACT_SIGNAL,
	BULKHEAD_ACT_MOUNT,
	BULKHEAD_ACT_UMOUNT,
	BULKHEAD_ACT_PIVOT_ROOT,
	BULKHEAD_ACT_SETNS,
	BULKHEAD_ACT_USERNS,
	BULKHEAD_ACT_MODULE,
	BULKHEAD_ACT_KEXEC,
	BULKHEAD_ACT_BPF,
	BULKHEAD_ACT_PERF,
	BULKHEAD_ACT_IO_URING,
	BULKHEAD_ACT_KEY,
	BULKHEAD_ACT_HANDLE,
	BULKHEAD_ACT_UNIX,
	BULKHEAD_ACT_SYSLOG,
	BULKHEAD_ACT_TAMPER,
	BULKHEAD_ACT_WRITE,		/* by an append-only descriptor */
	BULKHEAD_ACT_SETATTR,		/* times, xattrs, ACLs, inode flags */
	__BULKHEAD_ACT_MAX,
};

/* File permissions, as the letters of a rule name them. */
#define BULKHEAD_PERM_READ	(1U << 0)	/* r */
#define BULKHEAD_PERM_WRITE	(1U << 1)	/* w */
#define BULKHEAD_PERM_APPEND	(1U << 2)	/* a */
#define BULKHEAD_PERM_EXEC	(1U << 3)	/* x */
#define BULKHEAD_PERM_MMAP	(1U << 4)	/* m */
#define BULKHEAD_PERM_CREATE	(1U << 5)	/* c */
#define BULKHEAD_PERM_DELETE	(1U << 6)	/* d */
#define BULKHEAD_PERM_LINK	(1U << 7)	/* l */
#define BULKHEAD_PERM_NODE	(1U << 8)	/* n */
#define BULKHEAD_PERM_OWN	(1U << 9)	/* o */
#define BULKHEAD_PERM_ALL	((1U << 10) - 1)
#define BULKHEAD_PERM_COUNT	10

#endif /* _UAPI_LINUX_BULKHEAD_H */
