// SPDX-License-Identifier: GPL-2.0-only
/* Names and numbers: all words of the policy language and of events. */
#include <string.h>
#include <strings.h>
#include <linux/bulkhead.h>

#include "blob.h"
#include "names.h"

#define TABLE(what)				\
	const struct names names_##what = {	\
		what##_names, sizeof(what##_names) / sizeof(what##_names[0]) }

/* By CAP_*: the numbers are ABI. */
static const char *const capability_names[] = {
	"chown", "dac_override", "dac_read_search", "fowner", "fsetid", "kill", "setgid",
	"setuid", "setpcap", "linux_immutable", "net_bind_service", "net_broadcast", "net_admin",
	"net_raw", "ipc_lock", "ipc_owner", "sys_module", "sys_rawio", "sys_chroot", "sys_ptrace",
	"sys_pacct", "sys_admin", "sys_boot", "sys_nice", "sys_resource", "sys_time",
	"sys_tty_config", "mknod", "lease", "audit_write", "audit_control", "setfcap",
	"mac_override", "mac_admin", "syslog", "wake_alarm", "block_suspend", "audit_read",
	"perfmon", "bpf", "checkpoint_restore",
};
TABLE(capability);

/* By AF_*: the numbers are ABI. */
static const char *const family_names[] = {
	[1] = "unix", "inet", "ax25", "ipx", "appletalk", "netrom", "bridge", "atmpvc", "x25",
	"inet6", "rose", "decnet", "netbeui", "security", "key", "netlink", "packet", "ash",
	"econet", "atmsvc", "rds", "sna", "irda", "pppox", "wanpipe", "llc", "ib", "mpls", "can",
	"tipc", "bluetooth", "iucv", "rxrpc", "isdn", "phonet", "ieee802154", "caif", "alg", "nfc",
	"vsock", "kcm", "qipcrtr", "smc", "xdp", "mctp",
};
TABLE(family);
_Static_assert(sizeof(family_names) / sizeof(family_names[0]) == 46, "AF_MCTP is 45");

static const char *const type_names[] = {
	[1] = "stream", [2] = "dgram", [3] = "raw", [4] = "rdm", [5] = "seqpacket",
	[6] = "dccp", [10] = "packet",
};
TABLE(type);

static const char *const preset_names[] = {
	[BKH_PRESET_MOUNT] = "mount",
	[BKH_PRESET_PIVOT_ROOT] = "pivot-root",
	[BKH_PRESET_PTRACE] = "ptrace",
	[BKH_PRESET_SIGNAL] = "signal",
	[BKH_PRESET_SETNS] = "setns",
	[BKH_PRESET_USERNS] = "userns",
	[BKH_PRESET_MODULE] = "module",
	[BKH_PRESET_KEXEC] = "kexec",
	[BKH_PRESET_BPF] = "bpf",
	[BKH_PRESET_PERF] = "perf",
	[BKH_PRESET_IO_URING] = "io-uring",
	[BKH_PRESET_KEYRING] = "keyring",
	[BKH_PRESET_CGROUP_ESCAPE] = "cgroup-escape",
	[BKH_PRESET_CORE_PATTERN] = "core-pattern",
	[BKH_PRESET_RELEASE_AGENT] = "release-agent",
	[BKH_PRESET_SYSRQ] = "sysrq",
	[BKH_PRESET_PROC_KERNEL] = "proc-kernel",
	[BKH_PRESET_SYS_FIRMWARE] = "sys-firmware",
	[BKH_PRESET_RAW_DISK] = "raw-disk",
	[BKH_PRESET_RUNTIME_SOCKET] = "runtime-socket",
	[BKH_PRESET_METADATA_SERVICE] = "metadata-service",
	[BKH_PRESET_OPEN_BY_HANDLE] = "open-by-handle",
};
TABLE(preset);
_Static_assert(sizeof(preset_names) / sizeof(preset_names[0]) == __BKH_PRESET_MAX, "a name each");

static const char *const section_names[] = {
	[BKH_SECTION_FILE] = "file",
	[BKH_SECTION_EXEC] = "exec",
	[BKH_SECTION_CAPABILITY] = "capability",
	[BKH_SECTION_SOCKET] = "socket",
	[BKH_SECTION_EGRESS] = "egress",
	[BKH_SECTION_LISTEN] = "listen",
	[BKH_SECTION_PRESET] = "preset",
};
TABLE(section);

static const char *const mode_names[] = {
	[BKH_MODE_ENFORCE] = "enforce",
	[BKH_MODE_AUDIT] = "audit",
};
TABLE(mode);

static const char *const proto_names[] = {
	[BKH_PROTO_TCP] = "tcp",
	[BKH_PROTO_UDP] = "udp",
	[BKH_PROTO_UDPLITE] = "udplite",
	[BKH_PROTO_SCTP] = "sctp",
	[BKH_PROTO_ICMP] = "icmp",
};
TABLE(proto);

static const char *const action_names[] = {
	[BULKHEAD_VERDICT_ALLOW] = "allow",
	[BULKHEAD_VERDICT_DENY] = "deny",
};
TABLE(action);

static const char *const verdict_names[] = {
	[BULKHEAD_VERDICT_ALLOW] = "allow",
	[BULKHEAD_VERDICT_DENY] = "deny",
	[BULKHEAD_VERDICT_AUDIT] = "audit",
};
TABLE(verdict);

static const char *const reason_names[] = {
	[BULKHEAD_REASON_RULE] = "rule",
	[BULKHEAD_REASON_DRIFT] = "drift",
	[BULKHEAD_REASON_PRESET] = "preset",
	[BULKHEAD_REASON_UNREACHABLE] = "unreachable",
	[BULKHEAD_REASON_TOO_LONG] = "too-long",
	[BULKHEAD_REASON_SUBTREE] = "subtree",
	[BULKHEAD_REASON_WIDER] = "wider",
	[BULKHEAD_REASON_MEMORY] = "memory",
	[BULKHEAD_REASON_FILELESS] = "fileless",
	[BULKHEAD_REASON_CONTROL] = "control",
	[BULKHEAD_REASON_UNWATCHED] = "unwatched",
};
TABLE(reason);

static const char *const act_names[] = {
	[BULKHEAD_ACT_OPEN] = "open",
	[BULKHEAD_ACT_EXEC] = "exec",
	[BULKHEAD_ACT_MMAP] = "mmap",
	[BULKHEAD_ACT_CREATE] = "create",
	[BULKHEAD_ACT_MKDIR] = "mkdir",
	[BULKHEAD_ACT_MKNOD] = "mknod",
	[BULKHEAD_ACT_SYMLINK] = "symlink",
	[BULKHEAD_ACT_UNLINK] = "unlink",
	[BULKHEAD_ACT_RMDIR] = "rmdir",
	[BULKHEAD_ACT_RENAME] = "rename",
	[BULKHEAD_ACT_LINK] = "link",
	[BULKHEAD_ACT_TRUNCATE] = "truncate",
	[BULKHEAD_ACT_CHMOD] = "chmod",
	[BULKHEAD_ACT_CHOWN] = "chown",
	[BULKHEAD_ACT_CHROOT] = "chroot",
	[BULKHEAD_ACT_FCNTL] = "fcntl",
	[BULKHEAD_ACT_RECEIVE] = "receive",
	[BULKHEAD_ACT_CAPABLE] = "capable",
	[BULKHEAD_ACT_SOCKET] = "socket",
	[BULKHEAD_ACT_CONNECT] = "connect",
	[BULKHEAD_ACT_SEND] = "send",
	[BULKHEAD_ACT_PACKET] = "packet",
	[BULKHEAD_ACT_BIND] = "bind",
	[BULKHEAD_ACT_LISTEN] = "listen",
	[BULKHEAD_ACT_CGROUP] = "cgroup",
	[BULKHEAD_ACT_PTRACE] = "ptrace",
	[BULKHEAD_ACT_SIGNAL] = "signal",
	[BULKHEAD_ACT_MOUNT] = "mount",
	[BULKHEAD_ACT_UMOUNT] = "umount",
	[BULKHEAD_ACT_PIVOT_ROOT] = "pivot_root",
	[BULKHEAD_ACT_SETNS] = "setns",
	[BULKHEAD_ACT_USERNS] = "userns",
	[BULKHEAD_ACT_MODULE] = "module",
	[BULKHEAD_ACT_KEXEC] = "kexec",
	[BULKHEAD_ACT_BPF] = "bpf",
	[BULKHEAD_ACT_PERF] = "perf",
	[BULKHEAD_ACT_IO_URING] = "io_uring",
	[BULKHEAD_ACT_KEY] = "key",
	[BULKHEAD_ACT_HANDLE] = "open_by_handle",
	[BULKHEAD_ACT_UNIX] = "unix",
	[BULKHEAD_ACT_SYSLOG] = "syslog",
	[BULKHEAD_ACT_TAMPER] = "tamper",
	[BULKHEAD_ACT_WRITE] = "write",
	[BULKHEAD_ACT_SETATTR] = "setattr",
};
TABLE(act);

static const char *const perm_names[] = {
	"read", "write", "append", "exec", "mmap", "create", "delete", "link", "node", "own",
};
TABLE(perm);

static const char letters[] = "rwaxmcdlno";
_Static_assert(sizeof(letters) - 1 == BULKHEAD_PERM_COUNT, "a letter each");

int names_find(const struct names *t, const char *s, size_t len)
{
	size_t i;

	for (i = 0; i < t->n; i++)
		if (t->names[i] && strlen(t->names[i]) == len && !memcmp(t->names[i], s, len))
			return i;
	return -1;
}

const char *names_get(const struct names *t, unsigned long number)
{
	return number < t->n ? t->names[number] : NULL;
}

#define WORD_MAX	40

static size_t min3(size_t a, size_t b, size_t c)
{
	if (b < a)
		a = b;
	return c < a ? c : a;
}

/* Edits (insert, delete, change, swap neighbours) from one word to the other. */
static size_t distance(const char *a, size_t na, const char *b, size_t nb)
{
	size_t d[WORD_MAX + 1][WORD_MAX + 1];
	size_t i, j;

	for (i = 0; i <= na; i++)
		d[i][0] = i;
	for (j = 0; j <= nb; j++)
		d[0][j] = j;
	for (i = 1; i <= na; i++) {
		for (j = 1; j <= nb; j++) {
			size_t change = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);

			d[i][j] = min3(d[i - 1][j] + 1, d[i][j - 1] + 1, change);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    d[i - 2][j - 2] + 1 < d[i][j])
				d[i][j] = d[i - 2][j - 2] + 1;
		}
	}
	return d[na][nb];
}

/* People write CAP_NET_ADMIN and io_uring: compare what they mean. */
static size_t normalize(char out[WORD_MAX], const char *s, size_t len)
{
	size_t i;

	if (len > 4 && !strncasecmp(s, "cap_", 4)) {
		s += 4;
		len -= 4;
	} else if (len > 3 && !strncmp(s, "AF_", 3)) {
		s += 3;
		len -= 3;
	}
	for (i = 0; i < len; i++) {
		out[i] = s[i] >= 'A' && s[i] <= 'Z' ? s[i] + 32 : s[i];
		if (out[i] == '-')
			out[i] = '_';
	}
	return len;
}

const char *names_nearest(const struct names *t, const char *s, size_t len)
{
	char want[WORD_MAX], have[WORD_MAX];
	const char *best = NULL;
	size_t i, best_distance;

	if (!len || len > WORD_MAX)
		return NULL;
	len = normalize(want, s, len);
	best_distance = (len + 1) / 3 + 1;
	for (i = 0; i < t->n; i++) {
		size_t n, edits;

		if (!t->names[i] || strlen(t->names[i]) > WORD_MAX)
			continue;
		n = normalize(have, t->names[i], strlen(t->names[i]));
		edits = distance(want, len, have, n);
		/* A word all of whose letters change is no suggestion. */
		if (edits < best_distance && edits < (n > len ? n : len)) {
			best = t->names[i];
			best_distance = edits;
		}
	}
	return best;
}

uint32_t perm_of_letter(char c)
{
	const char *p = c ? strchr(letters, c) : NULL;

	return p ? 1U << (p - letters) : 0;
}

const char *perm_letters(uint32_t perms, char out[PERM_LETTERS_MAX])
{
	size_t i, n = 0;

	for (i = 0; i < BULKHEAD_PERM_COUNT; i++)
		if (perms & (1U << i))
			out[n++] = letters[i];
	out[n] = '\0';
	return out;
}
