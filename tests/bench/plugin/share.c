// SPDX-License-Identifier: GPL-2.0-only
/*
 * A plugin of QEMU that finds cache lines which one CPU of the guest writes and another one touches, between two marks in
 * a program of the guest; it counts the instructions there, too.
 *
 * Arguments: begin=ADDRESS, end=ADDRESS (functions of the program that it calls around a batch), next=ADDRESS (it calls that
 * one between two phases, when nobody is in a batch), out=FILE. Lines of FILE, by tabs:
 *	batch, phase, CPU, instructions		for each batch
 *	store, phase, address, number		stores by the instruction there to lines that others touch
 * Each CPU has tables of its own, so nothing here is locked.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api.h"

#define EXPORT	__attribute__((visibility("default")))
#define CPUS	8
#define SLOTS	(1U << 20)
#define KERNEL	(1ULL << 63)	/* with five levels of page tables memory begins at 0xff11... */
#define LINE	64

/* What was touched, or by which instruction; 0: empty. */
struct touch {
	uint64_t line;
	uint64_t by;
	uint64_t count;
};

struct cpu {
	bool open;
	uint64_t instructions;
	struct touch *lines;	/* by line; @by: 0 */
	struct touch *stores;	/* by line and instruction */
};

EXPORT int qemu_plugin_version = PLUGIN_API_VERSION;

static struct cpu cpus[CPUS];
static uint64_t begin_at, end_at, next_at;
static unsigned int phase;
static FILE *out;

static struct touch *slot_of(struct touch *table, uint64_t line, uint64_t by)
{
	uint64_t hash = (line * 0x9e3779b97f4a7c15ULL) ^ (by * 0xc2b2ae3d27d4eb4fULL);
	uint32_t i, n;

	for (i = hash >> 44, n = 0; n < SLOTS; n++, i++) {
		struct touch *t = &table[i % SLOTS];

		if (!t->line || (t->line == line && t->by == by))
			return t;
	}
	abort();
}

static void note(struct touch *table, uint64_t line, uint64_t by)
{
	struct touch *t = slot_of(table, line, by);

	t->line = line;
	t->by = by;
	t->count++;
}

static void on_block(unsigned int cpu, void *data)
{
	if (cpus[cpu].open)
		cpus[cpu].instructions += (uintptr_t)data;
}

static void on_load(unsigned int cpu, plugin_mem info, uint64_t address, void *data)
{
	(void)info;
	(void)data;
	if (cpus[cpu].open && address >= KERNEL)
		note(cpus[cpu].lines, address / LINE, 0);
}

static void on_store(unsigned int cpu, plugin_mem info, uint64_t address, void *data)
{
	(void)info;
	if (!cpus[cpu].open || address < KERNEL)
		return;
	note(cpus[cpu].lines, address / LINE, 0);
	note(cpus[cpu].stores, address / LINE, (uintptr_t)data);
}

static void on_begin(unsigned int cpu, void *data)
{
	(void)data;
	cpus[cpu].instructions = 0;
	cpus[cpu].open = true;
}

static void on_end(unsigned int cpu, void *data)
{
	(void)data;
	cpus[cpu].open = false;
	fprintf(out, "batch\t%u\t%u\t%" PRIu64 "\n", phase, cpu, cpus[cpu].instructions);
}

static bool others_touch(unsigned int cpu, uint64_t line)
{
	for (unsigned int i = 0; i < CPUS; i++)
		if (i != cpu && slot_of(cpus[i].lines, line, 0)->line)
			return true;
	return false;
}

static void tell_stores(unsigned int cpu)
{
	for (uint32_t i = 0; i < SLOTS; i++) {
		const struct touch *t = &cpus[cpu].stores[i];

		if (t->line && others_touch(cpu, t->line))
			fprintf(out, "store\t%u\t%016" PRIx64 "\t%" PRIu64 "\n", phase, t->by, t->count);
	}
}

static void on_next(unsigned int cpu, void *data)
{
	(void)cpu;
	(void)data;
	for (unsigned int i = 0; i < CPUS; i++)
		tell_stores(i);
	for (unsigned int i = 0; i < CPUS; i++) {
		memset(cpus[i].lines, 0, SLOTS * sizeof(struct touch));
		memset(cpus[i].stores, 0, SLOTS * sizeof(struct touch));
	}
	phase++;
}

static void watch(struct qemu_plugin_insn *insn)
{
	uint64_t address = qemu_plugin_insn_vaddr(insn);

	if (address == begin_at)
		qemu_plugin_register_vcpu_insn_exec_cb(insn, on_begin, PLUGIN_CB_NO_REGS, NULL);
	else if (address == end_at)
		qemu_plugin_register_vcpu_insn_exec_cb(insn, on_end, PLUGIN_CB_NO_REGS, NULL);
	else if (address == next_at)
		qemu_plugin_register_vcpu_insn_exec_cb(insn, on_next, PLUGIN_CB_NO_REGS, NULL);
	else if (address >= KERNEL) {
		qemu_plugin_register_vcpu_mem_cb(insn, on_load, PLUGIN_CB_NO_REGS, PLUGIN_MEM_R, NULL);
		qemu_plugin_register_vcpu_mem_cb(insn, on_store, PLUGIN_CB_NO_REGS, PLUGIN_MEM_W, (void *)address);
	}
}

static void on_translation(plugin_id id, struct qemu_plugin_tb *tb)
{
	size_t n = qemu_plugin_tb_n_insns(tb);

	(void)id;
	qemu_plugin_register_vcpu_tb_exec_cb(tb, on_block, PLUGIN_CB_NO_REGS, (void *)n);
	for (size_t i = 0; i < n; i++)
		watch(qemu_plugin_tb_get_insn(tb, i));
}

static void on_end_of_guest(plugin_id id, void *data)
{
	(void)id;
	(void)data;
	fclose(out);
}

static const char *value_of(const char *argument, const char *key)
{
	size_t length = strlen(key);

	return strncmp(argument, key, length) || argument[length] != '=' ? NULL : argument + length + 1;
}

EXPORT int qemu_plugin_install(plugin_id id, const void *info, int argc, char **argv);

int qemu_plugin_install(plugin_id id, const void *info, int argc, char **argv)
{
	(void)info;
	for (int i = 0; i < argc; i++) {
		const char *v;

		if ((v = value_of(argv[i], "begin")))
			begin_at = strtoull(v, NULL, 16);
		else if ((v = value_of(argv[i], "end")))
			end_at = strtoull(v, NULL, 16);
		else if ((v = value_of(argv[i], "next")))
			next_at = strtoull(v, NULL, 16);
		else if ((v = value_of(argv[i], "out")))
			out = fopen(v, "w");
	}
	if (!begin_at || !end_at || !next_at || !out)
		return -1;
	for (unsigned int i = 0; i < CPUS; i++) {
		cpus[i].lines = calloc(SLOTS, sizeof(struct touch));
		cpus[i].stores = calloc(SLOTS, sizeof(struct touch));
		if (!cpus[i].lines || !cpus[i].stores)
			return -1;
	}
	qemu_plugin_register_vcpu_tb_trans_cb(id, on_translation);
	qemu_plugin_register_atexit_cb(id, on_end_of_guest, NULL);
	return 0;
}
