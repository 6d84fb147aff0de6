/* SPDX-License-Identifier: GPL-2.0-only */
/* A BPF LSM program that counts the calls of its hook and can be told to deny. */
#ifndef SELFTEST_BPF_LSM_H
#define SELFTEST_BPF_LSM_H

#include <stdint.h>

/* The program's memory and ours; a child of the suite shares it, too. */
struct bpf_shared {
	uint64_t runs;
	uint64_t deny;		/* process that is refused with EPERM */
};

struct bpf_lsm {
	volatile struct bpf_shared *shared;
	int link;
};

/* @hook: "file_open", say. Return: 0 or an errno. */
int bpf_lsm_attach(struct bpf_lsm *p, const char *hook);
void bpf_lsm_detach(struct bpf_lsm *p);

#endif /* SELFTEST_BPF_LSM_H */
