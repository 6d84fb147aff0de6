// SPDX-License-Identifier: GPL-2.0-only
/* A BPF LSM program by hand: no library of BPF's has to be there. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <linux/bpf.h>
#include <linux/btf.h>

#include "bpf_lsm.h"
#include "host.h"
#include "tap.h"

#define BTF_VMLINUX	"/sys/kernel/btf/vmlinux"
#define KIND_ENUM64	19	/* newer than some headers */

static int sys_bpf(int cmd, union bpf_attr *attr)
{
	return syscall(SYS_bpf, cmd, attr, sizeof(*attr));
}

/* Bytes that follow a type's head. */
static size_t tail_of(const struct btf_type *t)
{
	size_t n = BTF_INFO_VLEN(t->info);

	switch (BTF_INFO_KIND(t->info)) {
	case BTF_KIND_INT:
		return sizeof(uint32_t);
	case BTF_KIND_ARRAY:
		return sizeof(struct btf_array);
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return n * sizeof(struct btf_member);
	case BTF_KIND_ENUM:
		return n * sizeof(struct btf_enum);
	case BTF_KIND_FUNC_PROTO:
		return n * sizeof(struct btf_param);
	case BTF_KIND_VAR:
		return sizeof(struct btf_var);
	case BTF_KIND_DATASEC:
		return n * sizeof(struct btf_var_secinfo);
	case BTF_KIND_DECL_TAG:
		return sizeof(struct btf_decl_tag);
	case KIND_ENUM64:
		return n * 3 * sizeof(uint32_t);
	}
	return 0;
}

static uint32_t find_function(const struct btf_header *h, const char *name)
{
	const char *types = (const char *)h + h->hdr_len + h->type_off;
	const char *strings = (const char *)h + h->hdr_len + h->str_off;
	const char *at = types;
	uint32_t id;

	for (id = 1; at < types + h->type_len; id++) {
		const struct btf_type *t = (const void *)at;

		if (BTF_INFO_KIND(t->info) == BTF_KIND_FUNC &&
		    !strcmp(strings + t->name_off, name))
			return id;
		at += sizeof(*t) + tail_of(t);
	}
	return 0;
}

/* The function that BPF attaches to for this hook. */
static uint32_t hook_id(const char *hook)
{
	int fd = open(BTF_VMLINUX, O_RDONLY | O_CLOEXEC);
	char name[64];
	struct stat st;
	size_t have = 0;
	uint32_t id;
	ssize_t n;
	char *btf;

	if (fd < 0 || fstat(fd, &st))
		bail("%s: %m", BTF_VMLINUX);
	btf = malloc(st.st_size);
	while (btf && (n = read(fd, btf + have, st.st_size - have)) > 0)
		have += n;
	close(fd);
	if (have != (size_t)st.st_size)
		bail("read %s: %zu bytes of %zu", BTF_VMLINUX, have, (size_t)st.st_size);
	snprintf(name, sizeof(name), "bpf_lsm_%s", hook);
	id = find_function((const void *)btf, name);
	free(btf);
	if (!id)
		bail("%s has no %s", BTF_VMLINUX, name);
	return id;
}

static int make_map(void)
{
	union bpf_attr attr = {
		.map_type = BPF_MAP_TYPE_ARRAY,
		.key_size = sizeof(uint32_t),
		.value_size = sizeof(struct bpf_shared),
		.max_entries = 1,
		.map_flags = BPF_F_MMAPABLE,
	};

	return sys_bpf(BPF_MAP_CREATE, &attr);
}

#define INSN(c, d, s, o, i)	{ .code = (c), .dst_reg = (d), .src_reg = (s), .off = (o), .imm = (i) }

/* shared->runs++; return current->tgid == shared->deny ? -EPERM : 0; */
static int load_program(int map, uint32_t hook, char *log, size_t size)
{
	const struct bpf_insn insns[] = {
		INSN(BPF_LD | BPF_DW | BPF_IMM, 6, BPF_PSEUDO_MAP_VALUE, 0, map),
		INSN(0, 0, 0, 0, 0),
		INSN(BPF_ALU64 | BPF_MOV | BPF_K, 1, 0, 0, 1),
		INSN(BPF_STX | BPF_DW | BPF_ATOMIC, 6, 1, 0, BPF_ADD),
		INSN(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_get_current_pid_tgid),
		INSN(BPF_ALU64 | BPF_RSH | BPF_K, 0, 0, 0, 32),
		INSN(BPF_LDX | BPF_DW | BPF_MEM, 1, 6, 8, 0),
		INSN(BPF_JMP | BPF_JEQ | BPF_X, 0, 1, 2, 0),
		INSN(BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 0),
		INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0),
		INSN(BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, -EPERM),
		INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0),
	};
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_LSM,
		.expected_attach_type = BPF_LSM_MAC,
		.attach_btf_id = hook,
		.insns = (uintptr_t)insns,
		.insn_cnt = ARRAY_SIZE(insns),
		.license = (uintptr_t)"GPL",
		.log_buf = (uintptr_t)log,
		.log_size = size,
		.log_level = 1,
	};

	return sys_bpf(BPF_PROG_LOAD, &attr);
}

static int attach_program(int prog)
{
	union bpf_attr attr = { .raw_tracepoint.prog_fd = prog };

	return sys_bpf(BPF_RAW_TRACEPOINT_OPEN, &attr);
}

int bpf_lsm_attach(struct bpf_lsm *p, const char *hook)
{
	static char log[16384];
	int map, prog, error = 0;
	void *shared;

	map = make_map();
	if (map < 0)
		bail("a BPF map: %m");
	shared = mmap(NULL, sizeof(*p->shared), PROT_READ | PROT_WRITE, MAP_SHARED, map, 0);
	if (shared == MAP_FAILED)
		bail("map a BPF map: %m");
	prog = load_program(map, hook_id(hook), log, sizeof(log));
	if (prog < 0) {
		diag("the verifier on %s: %m: %s", hook, log);
		bail("no BPF program for %s", hook);
	}
	*p = (struct bpf_lsm){ .shared = shared, .link = attach_program(prog) };
	if (p->link < 0)
		error = errno;
	close(prog);
	close(map);
	return error;
}

void bpf_lsm_detach(struct bpf_lsm *p)
{
	if (p->link >= 0)
		close(p->link);
	munmap((void *)p->shared, sizeof(*p->shared));
}
