// SPDX-License-Identifier: GPL-2.0-only
/* One policy file, understood: the keys at its top. */
#include <string.h>
#include <linux/bulkhead.h>

#include "diag.h"
#include "parse.h"

bool parse_expect(struct parser *p, const struct yaml_node *node, enum yaml_kind kind,
		  const char *what)
{
	if (node->kind == kind)
		return true;
	if (node->kind == YAML_SCALAR && !node->len)
		diag_error(p->diag, &node->loc, "%s: %s is expected, nothing is there", what,
			   yaml_kind_name(kind));
	else
		diag_error(p->diag, &node->loc, "%s: %s is expected, not %s", what,
			   yaml_kind_name(kind), yaml_kind_name(node->kind));
	return false;
}

void parse_unknown(struct parser *p, const struct loc *loc, const struct names *names,
		   const char *what, const char *word, size_t len)
{
	const char *near = names_nearest(names, word, len);
	int shown = len < 64 ? len : 64;

	if (near)
		diag_error(p->diag, loc, "unknown %s '%.*s'; did you mean '%s'?", what, shown,
			   word, near);
	else
		diag_error(p->diag, loc, "unknown %s '%.*s'", what, shown, word);
}

int parse_word(struct parser *p, const struct yaml_node *node, const struct names *names,
	       const char *what)
{
	int number;

	if (!parse_expect(p, node, YAML_SCALAR, what))
		return -1;
	number = names_find(names, node->text, node->len);
	if (number < 0)
		parse_unknown(p, &node->loc, names, what, node->text, node->len);
	return number;
}

#define KEYS_MAX	20

void parse_keys(struct parser *p, const struct yaml_node *map, const struct key *keys, size_t n,
		void *into, const char *where)
{
	const char *all[KEYS_MAX];
	struct names names = { all, n };
	size_t i;

	for (i = 0; i < n; i++)
		all[i] = keys[i].name;
	for (i = 0; i < map->n; i++) {
		const struct yaml_node *key = map->keys[i];
		int found = names_find(&names, key->text, key->len);
		const char *what;

		if (found >= 0) {
			keys[found].read(p, into, key, map->items[i]);
			continue;
		}
		what = where ? arena_printf(p->arena, "key of '%s':", where) : "key";
		parse_unknown(p, &key->loc, &names, what, key->text, key->len);
	}
}

static bool is_name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
	       c == '-';
}

/* Return: offset of the first byte that spoils a policy name, or its length. */
static size_t check_policy_name(const char *s, size_t len)
{
	size_t i;

	for (i = 0; i < len && i < BKH_NAME_MAX - 1; i++)
		if (!is_name_char(s[i]) || (!i && strchr("._-", s[i])))
			break;
	return i;
}

static bool parse_policy_name(struct parser *p, struct mention *out, const struct yaml_node *node)
{
	size_t good;
	struct loc loc;

	if (!parse_expect(p, node, YAML_SCALAR, "a policy name"))
		return false;
	good = check_policy_name(node->text, node->len);
	out->name = node->text;
	out->loc = node->loc;
	if (node->len && good == node->len)
		return true;
	loc = yaml_part(node, good, 1);
	if (good == BKH_NAME_MAX - 1)
		diag_error(p->diag, &loc, "a policy name has at most %d bytes", BKH_NAME_MAX - 1);
	else
		diag_error(p->diag, &loc,
			   "a policy name is made of a-z, 0-9, '.', '_' and '-', a letter or digit first");
	return false;
}

/* base/runtime: the name is the end of a file name. */
static bool parse_shared_name(struct parser *p, struct mention *out, const struct yaml_node *node)
{
	const char *s, *end;
	struct loc loc;

	if (!parse_expect(p, node, YAML_SCALAR, "a name of shared rules"))
		return false;
	out->name = node->text;
	out->loc = node->loc;
	for (s = node->text;; s = end + 1) {
		for (end = s; is_name_char(*end); end++)
			;
		if (end == s || s[0] == '.' || (*end && *end != '/'))
			break;
		if (!*end)
			return true;
	}
	loc = yaml_part(node, end - node->text, 1);
	diag_error(p->diag, &loc,
		   "shared rules are named like base/runtime: a-z, 0-9, '.', '_', '-', no dot first");
	return false;
}

static void read_version(struct parser *p, void *into, const struct yaml_node *key,
			 const struct yaml_node *value)
{
	(void)into;
	(void)key;
	if (parse_expect(p, value, YAML_SCALAR, "bulkhead") && strcmp(value->text, "1"))
		diag_error(p->diag, &value->loc,
			   "this command knows version 1 of the policy language, not '%.20s'",
			   value->text);
}

static void read_name(struct parser *p, void *into, const struct yaml_node *key,
		      const struct yaml_node *value)
{
	(void)into;
	(void)key;
	parse_policy_name(p, &p->doc->name, value);
}

static void read_shared_name(struct parser *p, void *into, const struct yaml_node *key,
			     const struct yaml_node *value)
{
	(void)into;
	(void)key;
	parse_shared_name(p, &p->doc->name, value);
}

static void read_mode(struct parser *p, void *into, const struct yaml_node *key,
		      const struct yaml_node *value)
{
	int mode;

	(void)into;
	(void)key;
	if (value->kind == YAML_SCALAR && !strcmp(value->text, "learn")) {
		diag_error(p->diag, &value->loc, "mode 'learn' is not supported yet");
		return;
	}
	mode = parse_word(p, value, &names_mode, "mode");
	if (mode >= 0)
		p->doc->mode = mode;
}

static void read_cgroup(struct parser *p, void *into, const struct yaml_node *key,
			const struct yaml_node *value)
{
	struct match *match = into;

	if (parse_expect(p, value, YAML_SCALAR, key->text))
		glob_list(p->arena, p->diag, value, 0, &match->patterns);
}

typedef bool (*mention_parser)(struct parser *p, struct mention *out,
			       const struct yaml_node *node);

static void read_mentions(struct parser *p, const struct yaml_node *list,
			  mention_parser parse, struct mentions *into)
{
	size_t i;

	for (i = 0; i < list->n; i++) {
		struct mention name = { 0 };

		if (parse(p, &name, list->items[i]))
			*vec_push(p->arena, into) = name;
	}
}

static void read_alternatives(struct parser *p, void *into, const struct yaml_node *key,
			      const struct yaml_node *value)
{
	struct match *match = into;

	if (!parse_expect(p, value, YAML_SEQUENCE, key->text))
		return;
	if (value->n > BKH_ALTERNATIVES_MAX) {
		diag_error(p->diag, &value->loc, "more than %d alternatives",
			   BKH_ALTERNATIVES_MAX);
		return;
	}
	read_mentions(p, value, parse_policy_name, &match->alternatives);
}

static void read_image(struct parser *p, void *into, const struct yaml_node *key,
		       const struct yaml_node *value)
{
	(void)into;
	(void)value;
	diag_error(p->diag, &key->loc,
		   "'image' needs a hook that knows images; not supported yet");
}

static const struct key match_keys[] = {
	{ "cgroup", read_cgroup },
	{ "alternatives", read_alternatives },
	{ "image", read_image },
};

static bool has_key(const struct yaml_node *map, const char *name)
{
	size_t i;

	for (i = 0; i < map->n; i++)
		if (!strcmp(map->keys[i]->text, name))
			return true;
	return false;
}

static void read_match(struct parser *p, void *into, const struct yaml_node *key,
		       const struct yaml_node *value)
{
	size_t i;

	(void)into;
	if (!parse_expect(p, value, YAML_SEQUENCE, key->text))
		return;
	for (i = 0; i < value->n; i++) {
		const struct yaml_node *item = value->items[i];
		struct match match = { .loc = item->loc };

		if (!parse_expect(p, item, YAML_MAPPING, "an entry of 'match'"))
			continue;
		parse_keys(p, item, match_keys, 3, &match, "match");
		if (!has_key(item, "cgroup"))
			diag_error(p->diag, &item->loc, "an entry of 'match' needs 'cgroup'");
		*vec_push(p->arena, &p->doc->matches) = match;
	}
}

static void read_use(struct parser *p, void *into, const struct yaml_node *key,
		     const struct yaml_node *value)
{
	(void)into;
	if (parse_expect(p, value, YAML_SEQUENCE, key->text))
		read_mentions(p, value, parse_shared_name, &p->doc->uses);
}

static void read_except(struct parser *p, void *into, const struct yaml_node *key,
			const struct yaml_node *value)
{
	size_t i;

	(void)into;
	if (!parse_expect(p, value, YAML_SEQUENCE, key->text))
		return;
	for (i = 0; i < value->n; i++) {
		int preset = parse_word(p, value->items[i], &names_preset, "preset");

		if (preset >= 0)
			p->doc->presets &= ~(1ULL << preset);
	}
}

static const struct key preset_keys[] = {
	{ "except", read_except },
};

static void read_presets(struct parser *p, void *into, const struct yaml_node *key,
			 const struct yaml_node *value)
{
	p->doc->presets_loc = key->loc;
	if (parse_expect(p, value, YAML_MAPPING, key->text))
		parse_keys(p, value, preset_keys, 1, into, key->text);
}

static void read_section(struct parser *p, void *into, const struct yaml_node *key,
			 const struct yaml_node *value)
{
	(void)into;
	parse_section(p, names_find(&names_section, key->text, key->len), key, value);
}

static struct rule *setup_rule(struct parser *p, uint8_t action, struct loc loc, const char *text)
{
	struct rule *rule = arena_alloc(p->arena, sizeof(*rule));

	rule->section = BKH_SECTION_EXEC;
	rule->action = action;
	rule->loc = loc;
	rule->text = text;
	rule->perms = BULKHEAD_PERM_EXEC;
	return rule;
}

static void read_setup(struct parser *p, void *into, const struct yaml_node *key,
		       const struct yaml_node *value)
{
	struct section *exec = &p->doc->sections[BKH_SECTION_EXEC];
	struct rule *rule;
	size_t i;

	(void)into;
	rule = setup_rule(p, BULKHEAD_VERDICT_DENY, key->loc, "default: deny");
	rule->is_default = true;
	exec->present = true;
	exec->loc = key->loc;
	exec->fallback = rule;
	p->doc->name = (struct mention){ SETUP_POLICY, key->loc };
	p->doc->presets = 0;
	if (!parse_expect(p, value, YAML_SEQUENCE, key->text))
		return;
	for (i = 0; i < value->n; i++) {
		const struct yaml_node *item = value->items[i];

		if (!parse_expect(p, item, YAML_SCALAR, "a setup program"))
			continue;
		rule = setup_rule(p, BULKHEAD_VERDICT_ALLOW, item->loc, item->text);
		glob_list(p->arena, p->diag, item, 0, &rule->globs);
		*vec_push(p->arena, &exec->rules) = rule;
	}
}

#define SECTION_KEYS					\
	{ "exec", read_section },			\
	{ "file", read_section },			\
	{ "capability", read_section },			\
	{ "socket", read_section },			\
	{ "egress", read_section },			\
	{ "listen", read_section }

static const struct key policy_keys[] = {
	{ "bulkhead", read_version },
	{ "policy", read_name },
	{ "mode", read_mode },
	{ "match", read_match },
	{ "use", read_use },
	{ "presets", read_presets },
	SECTION_KEYS,
};

static const struct key shared_keys[] = {
	{ "bulkhead", read_version },
	{ "rules", read_shared_name },
	{ "use", read_use },
	SECTION_KEYS,
};

static const struct key host_keys[] = {
	{ "bulkhead", read_version },
	{ "setup", read_setup },
};

static const struct {
	const char *key;
	const struct key *keys;
	size_t n;
} kinds[] = {
	[DOCUMENT_POLICY] = { "policy", policy_keys, sizeof(policy_keys) / sizeof(struct key) },
	[DOCUMENT_SHARED] = { "rules", shared_keys, sizeof(shared_keys) / sizeof(struct key) },
	[DOCUMENT_HOST] = { "setup", host_keys, sizeof(host_keys) / sizeof(struct key) },
};

/* The key that only one kind of document has tells the kind. */
static void find_kind(struct parser *p, const struct yaml_node *root)
{
	int kind, found = -1;

	for (kind = DOCUMENT_HOST; kind >= DOCUMENT_POLICY; kind--)
		if (has_key(root, kinds[kind].key))
			found = kind;
	if (found < 0) {
		diag_error(p->diag, &root->loc,
			   "none of 'policy: NAME', 'rules: NAME' (shared) or 'setup: [...]' (host settings)");
		/* Read it as a policy: a slip in that one key must not hide the rest. */
		found = DOCUMENT_POLICY;
	}
	p->doc->kind = found;
}

static void check_required(struct parser *p, const struct yaml_node *root)
{
	if (!has_key(root, "bulkhead"))
		diag_error(p->diag, &root->loc, "'bulkhead: 1' is missing");
	if (p->doc->kind == DOCUMENT_POLICY && !has_key(root, "mode"))
		diag_error(p->diag, &root->loc, "'mode: enforce' or 'mode: audit' is missing");
}

struct document *document_parse(struct arena *a, const struct source *src, struct diag *d)
{
	struct document *doc = arena_alloc(a, sizeof(*doc));
	struct parser p = { a, d, doc };
	size_t before = d->errors;
	struct yaml_node *root = yaml_parse(a, src, d);

	if (!root || !parse_expect(&p, root, YAML_MAPPING, "a policy file"))
		return NULL;
	doc->src = src;
	doc->presets = (1ULL << __BKH_PRESET_MAX) - 1;
	find_kind(&p, root);
	check_required(&p, root);
	parse_keys(&p, root, kinds[doc->kind].keys, kinds[doc->kind].n, NULL, NULL);
	return d->errors == before ? doc : NULL;
}
