// SPDX-License-Identifier: GPL-2.0-only
/*
 * BPF programs, as rivals, by hand: no compiler and no library of BPF's has to be there. On the cgroup: `connect4` and `skb`,
 * which look a port up in a set; for the whole host, but doing nothing elsewhere: `lsm`, which looks up the whole path of
 * what is opened in a hash of 1,000, capabilities in a mask, and ports in the set.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <arpa/inet.h>
#include <linux/bpf.h>
#include <linux/btf.h>

#include "bench.h"

#define PATH_BYTES	256
#define RULES		1000
#define PORTS		100
#define FLAVOUR_ENUM64	19	/* newer than some headers */

static int sys_bpf(int cmd, union bpf_attr *attr)
{
	return syscall(SYS_bpf, cmd, attr, sizeof(*attr));
}

static int make_map(int type, int key, int value, int entries)
{
	union bpf_attr attr = { .map_type = type, .key_size = key, .value_size = value, .max_entries = entries };
	int map = sys_bpf(BPF_MAP_CREATE, &attr);

	if (map < 0)
		die("a BPF map: %m");
	return map;
}

static void put(int map, const void *key)
{
	char value = 1;
	union bpf_attr attr = { .map_fd = map, .key = (uintptr_t)key, .value = (uintptr_t)&value };

	if (sys_bpf(BPF_MAP_UPDATE_ELEM, &attr))
		die("an element of a BPF map: %m");
}

/* Ports as they stand in headers. */
static int make_ports(void)
{
	int map = make_map(BPF_MAP_TYPE_HASH, 4, 1, PORTS);

	for (int i = 0; i < PORTS; i++) {
		uint32_t port = htons(i == 0 ? PORT_TCP : i == 1 ? PORT_UDP : 8000 + i);

		put(map, &port);
	}
	return map;
}

static int make_paths(void)
{
	/* The last two are what the layers behind the overlay are called. */
	static const char *const needed[] = {
		FILE_5, FILE_12, FILE_OVERLAY, FILE_NEW, FILE_LIBRARY, PROGRAM,
		"/etc/nginx/nginx.conf", "/run/lower/etc/nginx/nginx.conf",
	};
	int map = make_map(BPF_MAP_TYPE_HASH, PATH_BYTES, 1, RULES);

	for (size_t i = 0; i < RULES; i++) {
		char path[PATH_BYTES] = "";

		if (i < ARRAY_SIZE(needed))
			strcpy(path, needed[i]);
		else
			snprintf(path, sizeof(path), "/opt/app%zu/share/locale/messages%zu.mo", i % 97, i);
		put(map, path);
	}
	return map;
}

/* Bytes that follow a type's head. */
static size_t tail_of(const struct btf_type *t)
{
	size_t n = BTF_INFO_VLEN(t->info);

	switch (BTF_INFO_KIND(t->info)) {
	case BTF_KIND_INT:
	case BTF_KIND_VAR:
	case BTF_KIND_DECL_TAG:
		return sizeof(uint32_t);
	case BTF_KIND_ARRAY:
		return sizeof(struct btf_array);
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
	case BTF_KIND_DATASEC:
	case FLAVOUR_ENUM64:
		return n * 3 * sizeof(uint32_t);
	case BTF_KIND_ENUM:
	case BTF_KIND_FUNC_PROTO:
		return n * 2 * sizeof(uint32_t);
	}
	return 0;
}

static const struct btf_header *kernel_types(void)
{
	static char *all;
	struct stat st;
	size_t have = 0;
	ssize_t n;
	int fd;

	if (all)
		return (const void *)all;
	fd = open("/sys/kernel/btf/vmlinux", O_RDONLY);
	if (fd < 0 || fstat(fd, &st))
		die("types of the kernel: %m");
	all = malloc(st.st_size);
	while (all && (n = read(fd, all + have, st.st_size - have)) > 0)
		have += n;
	close(fd);
	return (const void *)all;
}

/* The type of that kind and name; sets its number. */
static const struct btf_type *find_type(unsigned int kind, const char *name, uint32_t *number)
{
	const struct btf_header *h = kernel_types();
	const char *types = (const char *)h + h->hdr_len + h->type_off;
	const char *strings = (const char *)h + h->hdr_len + h->str_off;
	const char *at = types;

	for (*number = 1; at < types + h->type_len; ++*number) {
		const struct btf_type *t = (const void *)at;

		if (BTF_INFO_KIND(t->info) == kind && !strcmp(strings + t->name_off, name))
			return t;
		at += sizeof(*t) + tail_of(t);
	}
	die("the kernel has no %s", name);
}

static int offset_in(const char *name, const char *field)
{
	const struct btf_header *h = kernel_types();
	const char *strings = (const char *)h + h->hdr_len + h->str_off;
	uint32_t number;
	const struct btf_type *t = find_type(BTF_KIND_STRUCT, name, &number);
	const struct btf_member *m = (const void *)(t + 1);

	for (size_t i = 0; i < BTF_INFO_VLEN(t->info); i++)
		if (!strcmp(strings + m[i].name_off, field))
			return BTF_MEMBER_BIT_OFFSET(m[i].offset) / 8;
	die("struct %s has no %s", name, field);
}

/* A program under construction. */
struct code {
	struct bpf_insn insns[128];
	int count;
};

static void emit(struct code *c, int op, int dst, int src, int off, int imm)
{
	c->insns[c->count++] = (struct bpf_insn){ .code = op, .dst_reg = dst, .src_reg = src, .off = off, .imm = imm };
}

#define LOAD(SIZE, DST, SRC, OFF)	emit(c, BPF_LDX | BPF_MEM | (SIZE), DST, SRC, OFF, 0)
#define STORE(SIZE, DST, OFF, SRC)	emit(c, BPF_STX | BPF_MEM | (SIZE), DST, SRC, OFF, 0)
#define ZERO(SIZE, DST, OFF)		emit(c, BPF_ST | BPF_MEM | (SIZE), DST, 0, OFF, 0)
#define MOVE(DST, SRC)			emit(c, BPF_ALU64 | BPF_MOV | BPF_X, DST, SRC, 0, 0)
#define SET(DST, IMM)			emit(c, BPF_ALU64 | BPF_MOV | BPF_K, DST, 0, 0, IMM)
#define ADD(DST, IMM)			emit(c, BPF_ALU64 | BPF_ADD | BPF_K, DST, 0, 0, IMM)
#define CALL(FUNCTION)			emit(c, BPF_JMP | BPF_CALL, 0, 0, 0, FUNCTION)
#define JUMP(OP, DST, IMM, OFF)		emit(c, BPF_JMP | (OP) | BPF_K, DST, 0, OFF, IMM)
#define EXIT()				emit(c, BPF_JMP | BPF_EXIT, 0, 0, 0, 0)
#define RETURN(IMM)			do { SET(0, IMM); EXIT(); } while (0)

static void wide(struct code *c, int dst, int src, uint64_t value)
{
	emit(c, BPF_LD | BPF_DW | BPF_IMM, dst, src, 0, (uint32_t)value);
	emit(c, 0, 0, 0, 0, value >> 32);
}

/* r0: the element that the key at r10 - 4 names. */
static void look_up(struct code *c, int map)
{
	wide(c, 1, BPF_PSEUDO_MAP_FD, map);
	MOVE(2, 10);
	ADD(2, -4);
	CALL(BPF_FUNC_map_lookup_elem);
}

/* Returns @no unless the port in r2 is in the set. */
static void require_port(struct code *c, int no)
{
	STORE(BPF_W, 10, -4, 2);
	look_up(c, make_ports());
	JUMP(BPF_JNE, 0, 0, 2);
	RETURN(no);
}

static int load(struct code *c, int type, int attach, uint32_t function)
{
	static char log[65536];
	union bpf_attr attr = {
		.prog_type = type,
		.expected_attach_type = attach,
		.attach_btf_id = function,
		.insns = (uintptr_t)c->insns,
		.insn_cnt = c->count,
		.license = (uintptr_t)"GPL",
		.log_buf = (uintptr_t)log,
		.log_size = sizeof(log),
		.log_level = 1,
	};
	int prog = sys_bpf(BPF_PROG_LOAD, &attr);

	if (prog < 0)
		die("a BPF program: %m: %s", log);
	return prog;
}

static int own_cgroup(uint64_t *id)
{
	char line[256] = "", path[512];
	FILE *f = fopen("/proc/self/cgroup", "r");
	struct stat st;
	int fd;

	if (!f || !fgets(line, sizeof(line), f) || strncmp(line, "0::", 3))
		die("which cgroup?");
	fclose(f);
	line[strcspn(line, "\n")] = '\0';
	snprintf(path, sizeof(path), "/sys/fs/cgroup%s", line + 3);
	fd = open(path, O_RDONLY);
	if (fd < 0 || fstat(fd, &st))
		die("%s: %m", path);
	*id = st.st_ino;
	return fd;
}

static void attach_to_cgroup(struct code *c, int type, int attach)
{
	uint64_t id;
	union bpf_attr attr = {
		.link_create.prog_fd = load(c, type, attach, 0),
		.link_create.target_fd = own_cgroup(&id),
		.link_create.attach_type = attach,
	};

	if (sys_bpf(BPF_LINK_CREATE, &attr) < 0)
		die("attach to the cgroup: %m");
}

static void confine_connect(void)
{
	struct code code = { .count = 0 }, *c = &code;

	LOAD(BPF_W, 2, 1, offsetof(struct bpf_sock_addr, user_port));
	require_port(c, 0);
	RETURN(1);
	attach_to_cgroup(c, BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_INET4_CONNECT);
}

/* To a port of the set, or from one: a reply. */
static void confine_packets(void)
{
	struct code code = { .count = 0 }, *c = &code;
	int ports = make_ports();

	SET(2, 20);
	MOVE(3, 10);
	ADD(3, -8);
	SET(4, 4);
	CALL(BPF_FUNC_skb_load_bytes);
	JUMP(BPF_JEQ, 0, 0, 2);
	RETURN(0);
	LOAD(BPF_H, 2, 10, -6);
	LOAD(BPF_H, 6, 10, -8);
	STORE(BPF_W, 10, -4, 2);
	look_up(c, ports);
	JUMP(BPF_JEQ, 0, 0, 2);
	RETURN(1);
	MOVE(2, 6);
	STORE(BPF_W, 10, -4, 2);
	look_up(c, ports);
	JUMP(BPF_JEQ, 0, 0, 1);
	SET(0, 1);
	EXIT();
	attach_to_cgroup(c, BPF_PROG_TYPE_CGROUP_SKB, BPF_CGROUP_INET_EGRESS);
}

/* What isn't ours passes. r6 is the hook's argument @index. */
static void begin_lsm(struct code *c, int index)
{
	static uint64_t id;

	/* Once: an earlier program may have closed the files. */
	if (!id)
		close(own_cgroup(&id));
	LOAD(BPF_DW, 6, 1, index * 8);
	CALL(BPF_FUNC_get_current_cgroup_id);
	wide(c, 1, 0, id);
	emit(c, BPF_JMP | BPF_JEQ | BPF_X, 0, 1, 2, 0);
	RETURN(0);
}

static void attach_lsm(struct code *c, const char *hook)
{
	union bpf_attr attr = { .raw_tracepoint.name = 0 };
	char name[64];
	uint32_t function;

	snprintf(name, sizeof(name), "bpf_lsm_%s", hook);
	find_type(BTF_KIND_FUNC, name, &function);
	attr.raw_tracepoint.prog_fd = load(c, BPF_PROG_TYPE_LSM, BPF_LSM_MAC, function);
	if (sys_bpf(BPF_RAW_TRACEPOINT_OPEN, &attr) < 0)
		die("attach to %s: %m", hook);
}

static void confine_open(void)
{
	struct code code = { .count = 0 }, *c = &code;
	int buffer = make_map(BPF_MAP_TYPE_PERCPU_ARRAY, 4, 2 * PATH_BYTES, 1);
	int paths = make_paths();

	begin_lsm(c, 0);
	ZERO(BPF_W, 10, -4);
	look_up(c, buffer);
	JUMP(BPF_JNE, 0, 0, 2);
	RETURN(-EACCES);
	MOVE(7, 0);
	for (int i = 0; i < PATH_BYTES; i += 8)
		ZERO(BPF_DW, 7, i);
	MOVE(1, 6);
	ADD(1, offset_in("file", "f_path"));
	MOVE(2, 7);
	ADD(2, PATH_BYTES);
	SET(3, PATH_BYTES);
	CALL(BPF_FUNC_d_path);
	JUMP(BPF_JSGT, 0, 0, 2);
	RETURN(-EACCES);
	/* It leaves rubbish behind the end; the key has zeros there. */
	MOVE(1, 7);
	SET(2, PATH_BYTES);
	MOVE(3, 7);
	ADD(3, PATH_BYTES);
	CALL(BPF_FUNC_probe_read_kernel_str);
	wide(c, 1, BPF_PSEUDO_MAP_FD, paths);
	MOVE(2, 7);
	CALL(BPF_FUNC_map_lookup_elem);
	JUMP(BPF_JNE, 0, 0, 2);
	RETURN(-EACCES);
	RETURN(0);
	attach_lsm(c, "file_open");
}

/* CAP_SETPCAP (8), CAP_NET_BIND_SERVICE (10), CAP_NET_ADMIN (12) */
static void confine_capabilities(void)
{
	struct code code = { .count = 0 }, *c = &code;

	begin_lsm(c, 2);
	JUMP(BPF_JEQ, 6, 8, 4);
	JUMP(BPF_JEQ, 6, 10, 3);
	JUMP(BPF_JEQ, 6, 12, 2);
	RETURN(-EPERM);
	RETURN(0);
	attach_lsm(c, "capable");
}

static void confine_destinations(void)
{
	struct code code = { .count = 0 }, *c = &code;

	begin_lsm(c, 1);
	ADD(6, 2);
	ZERO(BPF_DW, 10, -16);
	MOVE(1, 10);
	ADD(1, -16);
	SET(2, 2);
	MOVE(3, 6);
	CALL(BPF_FUNC_probe_read_kernel);
	LOAD(BPF_H, 2, 10, -16);
	require_port(c, -EPERM);
	RETURN(0);
	attach_lsm(c, "socket_connect");
}

void bpf_confine(const char *kind)
{
	if (!strcmp(kind, "connect4")) {
		confine_connect();
	} else if (!strcmp(kind, "skb")) {
		confine_packets();
	} else {
		/* The last one refuses what loading another would take. */
		confine_destinations();
		confine_open();
		confine_capabilities();
	}
}
