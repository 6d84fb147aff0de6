/* SPDX-License-Identifier: GPL-2.0-only */
/* Addresses of unexported symbols, found with exported means alone. */
#ifndef BKH_ATTACH_SYMBOLS_H
#define BKH_ATTACH_SYMBOLS_H

#include <linux/types.h>

/**
 * bkh_symbol_find - find a symbol that lies near an exported one
 * @name: exact name
 * @near: address of the exported symbol to search outward from
 * @size: if not NULL, set to the distance to the next symbol
 *
 * Symbols are walked upwards and downwards by sprint_symbol(), which sees all
 * of kallsyms. Nothing is called by pointer, so this holds on hardware that
 * enforces IBT. May sleep.
 *
 * Return: the address, 0 if there is none within reach.
 */
unsigned long bkh_symbol_find(const char *name, const void *near, size_t *size);

/* Whether a symbol called @name begins at @addr. Doesn't sleep. */
bool bkh_symbol_is(const char *name, const void *addr);

#endif /* BKH_ATTACH_SYMBOLS_H */
