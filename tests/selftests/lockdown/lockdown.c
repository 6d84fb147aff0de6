// SPDX-License-Identifier: GPL-2.0-only
/*
 * A kernel in lockdown, as its command line asks: a module without a signature
 * that it trusts is refused, ours is signed and enforces. BPF programs that
 * look into the kernel are what lockdown=confidentiality stops.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <linux/bpf.h>

#include <linux/bulkhead.h>

#include "acts.h"
#include "control.h"
#include "event.h"
#include "host.h"
#include "suite.h"
#include "tap.h"
#include "trial.h"

#define SECRET	TOP "/secret"
/* The kernel's include/linux/module_signature.h: what a signed module ends in. */
#define MAGIC	"~Module signature appended~\n"

static const char policy_yaml[] =
"bulkhead: 1\n"
"policy: locked\n"
"mode: enforce\n"
"file:\n"
"  default: allow\n"
"  rules:\n"
"    - deny r " SECRET "\n";

struct signature_tail {
	uint8_t kind[8];
	uint32_t length;	/* big endian */
	char magic[sizeof(MAGIC) - 1];
} __attribute__((packed));

static char *read_module(size_t *size)
{
	int fd = open(getenv("BULKHEAD_KO"), O_RDONLY | O_CLOEXEC);
	struct stat st;
	char *ko;

	if (fd < 0 || fstat(fd, &st))
		bail("open the module: %m");
	ko = malloc(st.st_size);
	if (!ko || read(fd, ko, st.st_size) != st.st_size)
		bail("read the module: %m");
	close(fd);
	*size = st.st_size;
	return ko;
}

static size_t signature_size(const char *ko, size_t size)
{
	struct signature_tail tail;

	if (size < sizeof(tail))
		return 0;
	memcpy(&tail, ko + size - sizeof(tail), sizeof(tail));
	if (memcmp(tail.magic, MAGIC, sizeof(tail.magic)))
		return 0;
	return sizeof(tail) + ntohl(tail.length);
}

/* Return: 0 or an errno. */
static int init_module_from(const void *ko, size_t size)
{
	return syscall(SYS_init_module, ko, size, "") ? errno : 0;
}

static void signatures(void)
{
	size_t size, tail;
	char *ko = read_module(&size);
	int error;

	tail = signature_size(ko, size);
	ok(tail && tail < size, "the module is signed");
	error = init_module_from(ko, size - tail);
	ok(error == EPERM && !module_loaded(), "without its signature: EPERM (%d)", error);
	/* Somewhere in the code: the ELF header stays whole. */
	ko[size / 2] ^= 1;
	error = init_module_from(ko, size);
	ok(error == EKEYREJECTED && !module_loaded(), "with another bit in it: EKEYREJECTED (%d)",
	   error);
	free(ko);
}
#define SIGNATURES	3

/* A kprobe program that reads kernel memory, as tracing tools do. */
static int load_reader(void)
{
	const struct bpf_insn code[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = 1, .src_reg = 10 },
		{ .code = BPF_ALU64 | BPF_ADD | BPF_K, .dst_reg = 1, .imm = -8 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 2, .imm = 8 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 3, .imm = 0 },
		{ .code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_probe_read_kernel },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .imm = 0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_KPROBE,
		.insns = (uintptr_t)code,
		.insn_cnt = ARRAY_SIZE(code),
		.license = (uintptr_t)"GPL",
	};
	int fd = syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));

	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

static void enforced(void)
{
	const struct trial secret[] = {
		{ "read a secret", act_read, { SECRET }, EACCES,
		  { .act = BULKHEAD_ACT_OPEN, .rule = "deny r " SECRET,
		    .perms = BULKHEAD_PERM_READ } },
	};
	struct control_status status;
	struct box b;

	ok(!control_status(&status) && status.planned_hooks &&
	   status.planted_hooks == status.planned_hooks, "every hook is planted");
	put_file(SECRET, "secret\n");
	apply("locked", policy_yaml);
	events_open();
	box_open(&b, "bh-locked");
	box_confine(&b, "locked");
	trials_run(&b, "locked", secret, ARRAY_SIZE(secret));
	box_close(&b);
	no_more_events();
	events_close();
}
#define ENFORCED	4

unsigned int suite_points(void)
{
	return 1 + SIGNATURES + 1 + 1 + ENFORCED;
}

void suite(void)
{
	char line[4096], is[128], *level;
	bool confidential;
	int error;

	if (read_file("/proc/cmdline", line, sizeof(line)))
		bail("no command line");
	level = strstr(line, "lockdown=");
	if (!level)
		bail("the kernel was booted without lockdown=");
	level = strtok(level + strlen("lockdown="), " \n");
	confidential = !strcmp(level, "confidentiality");
	snprintf(line, sizeof(line), "[%s]", level);
	ok(!read_file("/sys/kernel/security/lockdown", is, sizeof(is)) && strstr(is, line),
	   "the kernel is locked down: %s", is);
	if (module_remove())
		bail("the module does not go");
	signatures();
	error = load_reader();
	ok(confidential ? error : !error, "BPF that reads kernel memory: %s",
	   error ? strerror(error) : "loaded");
	ok(!module_insert(), "the signed module loads");
	enforced();
}
