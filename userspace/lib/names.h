/* SPDX-License-Identifier: GPL-2.0-only */
/* Names and numbers: all words of the policy language and of events. */
#ifndef BULKHEAD_NAMES_H
#define BULKHEAD_NAMES_H

#include <stddef.h>
#include <stdint.h>

/* @names is indexed by number; there may be holes. */
struct names {
	const char *const *names;
	size_t n;
};

extern const struct names names_capability;	/* CAP_* */
extern const struct names names_family;		/* AF_* */
extern const struct names names_type;		/* SOCK_* */
extern const struct names names_preset;		/* enum bkh_preset */
extern const struct names names_section;	/* enum bkh_section */
extern const struct names names_mode;		/* enum bkh_mode */
extern const struct names names_proto;		/* enum bkh_proto */
extern const struct names names_action;		/* allow, deny */
extern const struct names names_verdict;	/* enum bulkhead_verdict */
extern const struct names names_reason;		/* enum bulkhead_reason */
extern const struct names names_act;		/* enum bulkhead_act */
extern const struct names names_perm;		/* by bit: read, write, ... */

/* Return: the number of a name of @len bytes, or -1. */
int names_find(const struct names *t, const char *s, size_t len);

/* Return: the name of a number, or null. */
const char *names_get(const struct names *t, unsigned long number);

/* Return: the name that @s was likely meant to be, or null. */
const char *names_nearest(const struct names *t, const char *s, size_t len);

/* Return: BULKHEAD_PERM_* of a letter, or 0. */
uint32_t perm_of_letter(char c);

/* Letters of a set of permissions, as a rule writes them. */
#define PERM_LETTERS_MAX	11
const char *perm_letters(uint32_t perms, char out[PERM_LETTERS_MAX]);

#endif /* BULKHEAD_NAMES_H */
