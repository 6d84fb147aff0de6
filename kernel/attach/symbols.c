// SPDX-License-Identifier: GPL-2.0-only
/* Addresses of unexported symbols, found with exported means alone. */
#include <linux/kallsyms.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "attach/symbols.h"

/*
 * The tables sought lie 10 to 90 symbols from their neighbours on the kernels
 * tried; beyond this the layout is one that nobody looked at.
 */
#define STEPS_MAX 1000

struct symbol {
	unsigned long start;
	unsigned long size;
};

/* Parses "name+0x10/0x20 [module]"; @buf keeps the name, cut off at the plus. */
static bool symbol_at(unsigned long addr, char *buf, struct symbol *sym)
{
	unsigned long off;
	char *plus;

	sprint_symbol(buf, addr);
	plus = strrchr(buf, '+');
	if (!plus || sscanf(plus, "+%lx/%lx", &off, &sym->size) != 2)
		return false;
	*plus = '\0';
	sym->start = addr - off;
	return sym->size;
}

static unsigned long walk(const char *name, unsigned long addr, bool down,
			  char *buf, size_t *size)
{
	struct symbol sym;
	int i;

	for (i = 0; i < STEPS_MAX; i++) {
		if (!symbol_at(addr, buf, &sym))
			return 0;
		if (!strcmp(buf, name)) {
			if (size)
				*size = sym.size;
			return sym.start;
		}
		addr = down ? sym.start - 1 : sym.start + sym.size;
	}
	return 0;
}

bool bkh_symbol_is(const char *name, const void *addr)
{
	char buf[KSYM_SYMBOL_LEN];
	struct symbol sym;

	return symbol_at((unsigned long)addr, buf, &sym) &&
	       sym.start == (unsigned long)addr && !strcmp(buf, name);
}

unsigned long bkh_symbol_find(const char *name, const void *near, size_t *size)
{
	char buf[KSYM_SYMBOL_LEN];
	unsigned long addr;

	addr = walk(name, (unsigned long)near, false, buf, size);
	return addr ? addr : walk(name, (unsigned long)near, true, buf, size);
}
