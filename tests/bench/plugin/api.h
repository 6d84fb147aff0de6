/* SPDX-License-Identifier: GPL-2.0-only */
/* The few functions of QEMU's plugin interface that counting takes, as no package of Debian has its header; how our plugins begin. */
#ifndef BENCH_PLUGIN_API_H
#define BENCH_PLUGIN_API_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PLUGIN_API_VERSION	4	/* QEMU 10 */
#define PLUGIN_CB_NO_REGS	0
#define PLUGIN_MEM_R		1
#define PLUGIN_MEM_W		2

typedef uint64_t plugin_id;
typedef uint32_t plugin_mem;

struct qemu_plugin_tb;
struct qemu_plugin_insn;

typedef void (*plugin_tb_cb)(plugin_id id, struct qemu_plugin_tb *tb);
typedef void (*plugin_exec_cb)(unsigned int cpu, void *data);
typedef void (*plugin_mem_cb)(unsigned int cpu, plugin_mem info, uint64_t address, void *data);
typedef void (*plugin_exit_cb)(plugin_id id, void *data);

void qemu_plugin_register_vcpu_tb_trans_cb(plugin_id id, plugin_tb_cb cb);
void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *tb, plugin_exec_cb cb, int flags, void *data);
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn, plugin_exec_cb cb, int flags, void *data);
void qemu_plugin_register_vcpu_mem_cb(struct qemu_plugin_insn *insn, plugin_mem_cb cb, int flags, int rw, void *data);
void qemu_plugin_register_atexit_cb(plugin_id id, plugin_exit_cb cb, void *data);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t index);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *insn);

#define EXPORT	__attribute__((visibility("default")))

EXPORT int qemu_plugin_install(plugin_id id, const void *info, int argc, char **argv);

/* Of an argument KEY=VALUE; NULL if there is none with that key. */
static inline const char *plugin_value_of(int argc, char **argv, const char *key)
{
	size_t length = strlen(key);

	for (int i = 0; i < argc; i++)
		if (!strncmp(argv[i], key, length) && argv[i][length] == '=')
			return argv[i] + length + 1;
	return NULL;
}

/* From KEY=HEXADECIMAL; 0 if there is none. */
static inline uint64_t plugin_address_of(int argc, char **argv, const char *key)
{
	const char *value = plugin_value_of(argc, argv, key);

	return value ? strtoull(value, NULL, 16) : 0;
}

/* The file of out=FILE for writing, to be closed by the caller; NULL if there is none. */
static inline FILE *plugin_out(int argc, char **argv)
{
	const char *value = plugin_value_of(argc, argv, "out");

	return value ? fopen(value, "w") : NULL;
}

#endif /* BENCH_PLUGIN_API_H */
