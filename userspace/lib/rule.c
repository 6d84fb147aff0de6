// SPDX-License-Identifier: GPL-2.0-only
/* Rules of one line: exec and file here, egress and listen in netrule.c. */
#include <string.h>
#include <linux/bulkhead.h>

#include "diag.h"
#include "document.h"
#include "names.h"
#include "words.h"
#include "yaml.h"

static bool parse_action(struct words *w, struct rule *rule)
{
	struct word word = words_next(w);
	const char *near;
	struct loc loc;
	int action = names_find(&names_action, word.s, word.len);

	if (action >= 0) {
		rule->action = action;
		return true;
	}
	loc = word_loc(w, &word);
	near = names_nearest(&names_action, word.s, word.len);
	if (near)
		diag_error(w->diag, &loc, "unknown action '%.*s'; did you mean '%s'?",
			   (int)word.len, word.s, near);
	else if (word.len && (word.s[0] == '/' || (word.s[0] >= '0' && word.s[0] <= '9')))
		diag_error(w->diag, &loc,
			   "a rule starts with 'allow' or 'deny'; inside [...] quote a rule that has commas");
	else
		diag_error(w->diag, &loc, "a rule starts with 'allow' or 'deny'");
	return false;
}

static bool parse_perms(struct words *w, struct rule *rule)
{
	struct word word = words_next(w);
	struct loc loc;
	size_t i;

	for (i = 0; i < word.len; i++) {
		uint32_t perm = perm_of_letter(word.s[i]);

		if (perm && !(rule->perms & perm)) {
			rule->perms |= perm;
			continue;
		}
		loc = word_part(w, &word, i, 1);
		if (word.s[0] == '/')
			loc = word_loc(w, &word);
		if (perm)
			diag_error(w->diag, &loc, "permission '%c' twice", word.s[i]);
		else if (word.s[0] == '/')
			diag_error(w->diag, &loc, "permissions are missing: some of 'rwaxmcdlno'");
		else
			diag_error(w->diag, &loc, "unknown permission '%c'; known are 'rwaxmcdlno'",
				   word.s[i]);
		return false;
	}
	if (word.len)
		return true;
	loc = word_loc(w, &word);
	diag_error(w->diag, &loc, "permissions are missing: some of 'rwaxmcdlno'");
	return false;
}

/* Who may write may append, and who may execute may map executable. */
static uint32_t widen(const struct rule *rule)
{
	uint32_t perms = rule->perms;

	if (perms & BULKHEAD_PERM_WRITE)
		perms |= BULKHEAD_PERM_APPEND;
	if (perms & BULKHEAD_PERM_APPEND && rule->action == BULKHEAD_VERDICT_DENY)
		perms |= BULKHEAD_PERM_WRITE;
	if (perms & BULKHEAD_PERM_EXEC)
		perms |= BULKHEAD_PERM_MMAP;
	return perms;
}

/* `allow rx /bin/sh` belongs to the file section. */
static bool refuse_perms(struct words *w)
{
	struct word word = words_peek(w);
	struct loc loc;
	size_t i;

	for (i = 0; i < word.len; i++)
		if (!perm_of_letter(word.s[i]))
			return true;
	if (!word.len)
		return true;
	loc = word_loc(w, &word);
	diag_error(w->diag, &loc, "a rule of 'exec' names no permissions, paths alone");
	return false;
}

static bool parse_path_rule(struct words *w, struct rule *rule)
{
	rule->perms = BULKHEAD_PERM_EXEC;
	if (rule->section == BKH_SECTION_FILE) {
		rule->perms = 0;
		if (!parse_perms(w, rule))
			return false;
	}
	if (rule->section == BKH_SECTION_EXEC && !refuse_perms(w))
		return false;
	rule->perms = widen(rule);
	return glob_list(w->arena, w->diag, w->scalar, w->off, &rule->globs);
}

struct rule *rule_parse(struct arena *a, struct diag *d, enum bkh_section section,
			const struct yaml_node *scalar)
{
	struct words w = { .arena = a, .diag = d, .scalar = scalar };
	struct rule *rule = arena_alloc(a, sizeof(*rule));
	bool ok;

	rule->loc = scalar->loc;
	rule->text = scalar->text;
	rule->section = section;
	if (!parse_action(&w, rule))
		return NULL;
	if (section == BKH_SECTION_EGRESS || section == BKH_SECTION_LISTEN)
		ok = net_rule_parse(a, d, rule, scalar, w.off);
	else
		ok = parse_path_rule(&w, rule);
	return ok ? rule : NULL;
}
