// SPDX-License-Identifier: GPL-2.0-only
/* Sections of a policy: their defaults, and their lists of rules or names. */
#include <string.h>
#include <linux/bulkhead.h>

#include "diag.h"
#include "parse.h"

/* What one key of a section needs to know. */
struct section_reader {
	struct section *section;
	enum bkh_section which;
};

static const char *section_name(const struct section_reader *r)
{
	return names_get(&names_section, r->which);
}

static struct rule *new_rule(struct parser *p, enum bkh_section which, uint8_t action,
			     struct loc loc, const char *text)
{
	struct rule *rule = arena_alloc(p->arena, sizeof(*rule));

	rule->loc = loc;
	rule->text = text;
	rule->section = which;
	rule->action = action;
	return rule;
}

static bool only_in_policy(struct parser *p, const struct yaml_node *key)
{
	if (p->doc->kind == DOCUMENT_POLICY)
		return true;
	diag_error(p->diag, &key->loc, "'%s' belongs to a policy, not to shared rules", key->text);
	return false;
}

static void read_default(struct parser *p, void *into, const struct yaml_node *key,
			 const struct yaml_node *value)
{
	struct section_reader *r = into;
	struct rule *rule;
	int action;

	if (!only_in_policy(p, key))
		return;
	action = parse_word(p, value, &names_action, "default");
	/* An error was told; a missing default must not be told as well. */
	rule = new_rule(p, r->which, action < 0 ? BULKHEAD_VERDICT_DENY : action, key->loc,
			action == BULKHEAD_VERDICT_ALLOW ? "default: allow" : "default: deny");
	rule->is_default = true;
	r->section->fallback = rule;
}

static void read_drift(struct parser *p, void *into, const struct yaml_node *key,
		       const struct yaml_node *value)
{
	struct section_reader *r = into;

	if (only_in_policy(p, key) &&
	    parse_word(p, value, &names_action, "drift") == BULKHEAD_VERDICT_DENY)
		r->section->drift = new_rule(p, r->which, BULKHEAD_VERDICT_DENY, key->loc,
					     "drift: deny");
}

static void read_rules(struct parser *p, void *into, const struct yaml_node *key,
		       const struct yaml_node *value)
{
	struct section_reader *r = into;
	size_t i;

	if (!parse_expect(p, value, YAML_SEQUENCE, key->text))
		return;
	for (i = 0; i < value->n; i++) {
		struct rule *rule;

		if (!parse_expect(p, value->items[i], YAML_SCALAR, "a rule"))
			continue;
		rule = rule_parse(p->arena, p->diag, r->which, value->items[i]);
		if (rule)
			*vec_push(p->arena, &r->section->rules) = rule;
	}
}

static bool parse_capability(struct parser *p, struct rule *rule, const struct yaml_node *node)
{
	int cap = parse_word(p, node, &names_capability, "capability");

	rule->number = cap;
	return cap >= 0;
}

/* family or family/type */
static bool parse_socket(struct parser *p, struct rule *rule, const struct yaml_node *node)
{
	const char *slash = strchr(node->text, '/');
	size_t len = slash ? (size_t)(slash - node->text) : node->len;
	int family = names_find(&names_family, node->text, len);
	int type = slash ? names_find(&names_type, slash + 1, strlen(slash + 1)) : 0;
	struct loc loc;

	if (family < 0) {
		loc = yaml_part(node, 0, len ?: 1);
		parse_unknown(p, &loc, &names_family, "socket family", node->text, len);
	}
	if (type < 0) {
		loc = yaml_part(node, len + 1, node->len - len - 1 ?: 1);
		parse_unknown(p, &loc, &names_type, "socket type", slash + 1, strlen(slash + 1));
	}
	rule->number = family;
	rule->types = slash ? 1U << (type & 15) : 0xffff;
	return family >= 0 && type >= 0;
}

static void warn_twice(struct parser *p, const struct section *section, const struct rule *rule)
{
	size_t i;

	for (i = 0; i < section->rules.n; i++) {
		const struct rule *old = section->rules.v[i];

		if (old->number == rule->number && old->types == rule->types &&
		    old->action == rule->action) {
			diag_warning(p->diag, &rule->loc, "named twice");
			return;
		}
	}
}

static void read_name(struct parser *p, struct section_reader *r, uint8_t action,
		      const struct yaml_node *node)
{
	bool cap = r->which == BKH_SECTION_CAPABILITY;
	struct rule *rule;

	if (!parse_expect(p, node, YAML_SCALAR, cap ? "a capability" : "a socket family"))
		return;
	rule = new_rule(p, r->which, action, node->loc,
			arena_printf(p->arena, "%s %s", names_get(&names_action, action),
				     node->text));
	if (cap ? !parse_capability(p, rule, node) : !parse_socket(p, rule, node))
		return;
	warn_twice(p, r->section, rule);
	*vec_push(p->arena, &r->section->rules) = rule;
}

/* More names than these can only be repetitions. */
#define NAMES_MAX	1024

static void read_names(struct parser *p, void *into, const struct yaml_node *key,
		       const struct yaml_node *value)
{
	uint8_t action = names_find(&names_action, key->text, key->len);
	size_t i;

	if (!parse_expect(p, value, YAML_SEQUENCE, key->text))
		return;
	if (value->n > NAMES_MAX) {
		diag_error(p->diag, &value->loc, "more than %d names", NAMES_MAX);
		return;
	}
	for (i = 0; i < value->n; i++)
		read_name(p, into, action, value->items[i]);
}

static const struct key rule_keys[] = {
	{ "default", read_default },
	{ "rules", read_rules },
};

static const struct key exec_keys[] = {
	{ "default", read_default },
	{ "drift", read_drift },
	{ "rules", read_rules },
};

static const struct key name_keys[] = {
	{ "default", read_default },
	{ "allow", read_names },
	{ "deny", read_names },
};

static const struct {
	const struct key *keys;
	size_t n;
} section_keys[] = {
	[BKH_SECTION_FILE] = { rule_keys, 2 },
	[BKH_SECTION_EXEC] = { exec_keys, 3 },
	[BKH_SECTION_CAPABILITY] = { name_keys, 3 },
	[BKH_SECTION_SOCKET] = { name_keys, 3 },
	[BKH_SECTION_EGRESS] = { rule_keys, 2 },
	[BKH_SECTION_LISTEN] = { rule_keys, 2 },
};

void parse_section(struct parser *p, enum bkh_section which, const struct yaml_node *key,
		   const struct yaml_node *value)
{
	struct section_reader r = { &p->doc->sections[which], which };

	r.section->present = true;
	r.section->loc = key->loc;
	if (!parse_expect(p, value, YAML_MAPPING, key->text))
		return;
	parse_keys(p, value, section_keys[which].keys, section_keys[which].n, &r,
		   section_name(&r));
	if (p->doc->kind == DOCUMENT_POLICY && !r.section->fallback)
		diag_error(p->diag, &key->loc,
			   "section '%s' needs 'default: deny' or 'default: allow'", key->text);
}
