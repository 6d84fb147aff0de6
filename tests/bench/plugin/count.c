// SPDX-License-Identifier: GPL-2.0-only
/*
 * A plugin of QEMU that counts executed instructions by address, between two marks in a program of the guest.
 *
 * Arguments: begin=ADDRESS, end=ADDRESS (functions of the program that it calls around a batch), out=FILE. Writes a line for
 * each address and window: number of the window, address, count. What the guest's programs execute counts as address 0.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api.h"

#define BUCKETS	(1 << 16)
#define KERNEL	0xffff800000000000ULL

struct place {
	uint64_t address;
	uint64_t count;
	struct place *next;
};

EXPORT int qemu_plugin_version = PLUGIN_API_VERSION;

static struct place *places[BUCKETS];
static uint64_t begin_at, end_at;
static unsigned int window;
static bool open;
static FILE *out;

static struct place *place_get(uint64_t address)
{
	struct place **bucket = &places[(address ^ address >> 16) % BUCKETS];
	struct place *p;

	for (p = *bucket; p; p = p->next)
		if (p->address == address)
			return p;
	p = calloc(1, sizeof(*p));
	if (!p)
		abort();
	p->address = address;
	p->next = *bucket;
	*bucket = p;
	return p;
}

static void on_instruction(unsigned int cpu, void *data)
{
	struct place *p = data;

	(void)cpu;
	p->count += open;
}

static void on_begin(unsigned int cpu, void *data)
{
	(void)cpu;
	(void)data;
	open = true;
}

static void on_end(unsigned int cpu, void *data)
{
	(void)cpu;
	(void)data;
	open = false;
	for (size_t i = 0; i < BUCKETS; i++)
		for (struct place *p = places[i]; p; p = p->next) {
			if (p->count)
				fprintf(out, "%u\t%016" PRIx64 "\t%" PRIu64 "\n", window, p->address, p->count);
			p->count = 0;
		}
	window++;
}

static void on_translation(plugin_id id, struct qemu_plugin_tb *tb)
{
	(void)id;
	for (size_t i = 0; i < qemu_plugin_tb_n_insns(tb); i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
		uint64_t address = qemu_plugin_insn_vaddr(insn);

		if (address == begin_at)
			qemu_plugin_register_vcpu_insn_exec_cb(insn, on_begin, PLUGIN_CB_NO_REGS, NULL);
		else if (address == end_at)
			qemu_plugin_register_vcpu_insn_exec_cb(insn, on_end, PLUGIN_CB_NO_REGS, NULL);
		else
			qemu_plugin_register_vcpu_insn_exec_cb(insn, on_instruction, PLUGIN_CB_NO_REGS,
							       place_get(address >= KERNEL ? address : 0));
	}
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
	out = plugin_out(argc, argv);
	if (!begin_at || !end_at || !out)
		return -1;
	qemu_plugin_register_vcpu_tb_trans_cb(id, on_translation);
	qemu_plugin_register_atexit_cb(id, on_end_of_guest, NULL);
	return 0;
}
