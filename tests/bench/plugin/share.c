// SPDX-License-Identifier: GPL-2.0-only
/*
 * A plugin of QEMU that finds stores of the kernel to cache lines that another CPU of the guest wrote last, or has read since,
 * between two marks in a program of the guest; it counts the instructions there, too.
 *
 * Arguments: begin=ADDRESS, end=ADDRESS (functions of the program that it calls around a batch), next=ADDRESS (it calls that
 * one between two phases, when nobody is in a batch), out=FILE. Lines of FILE, by tabs:
 *	batch, phase, CPU, instructions		for each batch
 *	store, phase, address, number		stores by the instruction there to lines that had to come from another CPU
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api.h"

#define CPUS	8
#define SLOTS	(1U << 16)
#define LINES	(1U << 24)
#define KERNEL	(1ULL << 63)	/* with five levels of page tables memory begins at 0xff11... */
#define LINE	64

struct place {
	uint64_t address;
	uint64_t count;
};

/* Its own, so nothing here is locked. */
struct cpu {
	bool open;
	uint64_t instructions;
	struct place *stores;	/* by address of the instruction */
};

EXPORT int qemu_plugin_version = PLUGIN_API_VERSION;

static struct cpu cpus[CPUS];
static uint64_t begin_at, end_at, next_at;
/* By hash of the line: the CPU that wrote it last, from 1, and whether others read it since. Two lines in one slot are rare. */
#define READ	0x80
static unsigned char *lines;
static unsigned int phase;
static FILE *out;

static struct place *place_of(struct cpu *c, uint64_t address)
{
	uint32_t i = (address * 0x9e3779b97f4a7c15ULL) >> 48;

	while (c->stores[i].address && c->stores[i].address != address)
		i = (i + 1) % SLOTS;
	c->stores[i].address = address;
	return &c->stores[i];
}

static unsigned char *line_of(uint64_t address)
{
	return &lines[(address / LINE * 0x9e3779b97f4a7c15ULL) >> 40];
}

static void see(unsigned int cpu, uint64_t address)
{
	unsigned char *line = line_of(address), is = __atomic_load_n(line, __ATOMIC_RELAXED);

	if (is && is != cpu + 1 && !(is & READ))
		__atomic_store_n(line, is | READ, __ATOMIC_RELAXED);
}

/* Return: whether the line had to be fetched from another CPU, or taken from one. */
static bool take(unsigned int cpu, uint64_t address)
{
	unsigned char *line = line_of(address), is = __atomic_load_n(line, __ATOMIC_RELAXED);

	if (is == cpu + 1)
		return false;
	__atomic_store_n(line, cpu + 1, __ATOMIC_RELAXED);
	return is;
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
		see(cpu, address);
}

static void on_store(unsigned int cpu, plugin_mem info, uint64_t address, void *data)
{
	(void)info;
	if (cpus[cpu].open && address >= KERNEL && take(cpu, address))
		place_of(&cpus[cpu], (uintptr_t)data)->count++;
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

static void tell_stores(unsigned int cpu)
{
	for (uint32_t i = 0; i < SLOTS; i++) {
		const struct place *p = &cpus[cpu].stores[i];

		if (p->count)
			fprintf(out, "store\t%u\t%016" PRIx64 "\t%" PRIu64 "\n", phase, p->address, p->count);
	}
}

static void on_next(unsigned int cpu, void *data)
{
	(void)cpu;
	(void)data;
	for (unsigned int i = 0; i < CPUS; i++) {
		tell_stores(i);
		memset(cpus[i].stores, 0, SLOTS * sizeof(*cpus[i].stores));
	}
	memset(lines, 0, LINES);
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

int qemu_plugin_install(plugin_id id, const void *info, int argc, char **argv)
{
	(void)info;
	begin_at = plugin_address_of(argc, argv, "begin");
	end_at = plugin_address_of(argc, argv, "end");
	next_at = plugin_address_of(argc, argv, "next");
	out = plugin_out(argc, argv);
	if (!begin_at || !end_at || !next_at || !out)
		return -1;
	lines = calloc(LINES, 1);
	if (!lines)
		return -1;
	for (unsigned int i = 0; i < CPUS; i++) {
		cpus[i].stores = calloc(SLOTS, sizeof(*cpus[i].stores));
		if (!cpus[i].stores)
			return -1;
	}
	qemu_plugin_register_vcpu_tb_trans_cb(id, on_translation);
	qemu_plugin_register_atexit_cb(id, on_end_of_guest, NULL);
	return 0;
}
