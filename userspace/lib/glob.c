// SPDX-License-Identifier: GPL-2.0-only
/* Globs as rules write them: braces expanded, checked, split at the slashes. */
#include <string.h>

#include "arena.h"
#include "diag.h"
#include "glob.h"
#include "blob.h"
#include "yaml.h"

/* Keeps the depth of the expansion, and with it its cost, small. */
#define BRACES_MAX	32

/* Text of which each byte remembers where it was written. */
struct gtext {
	char *c;
	uint32_t *at;
	size_t n;
};

struct reader {
	struct arena *arena;
	struct diag *diag;
	const struct yaml_node *scalar;
	struct globs *out;
	size_t start, len;	/* of the glob as written */
	size_t left;		/* expansions it may still have */
	bool ok;
};

__attribute__((format(printf, 4, 5)))
static void error_at(struct reader *r, size_t off, size_t len, const char *fmt, ...)
{
	struct loc loc = yaml_part(r->scalar, off, len);
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	diag_error(r->diag, &loc, "%s", text);
	r->ok = false;
}

/* End of the class that starts at s[i], behind its bracket; 0 if it is open. */
static size_t class_end(const char *s, size_t n, size_t i)
{
	size_t first;

	i++;
	if (i < n && (s[i] == '!' || s[i] == '^'))
		i++;
	for (first = i; i < n; i++) {
		if (s[i] == ']' && i > first)
			return i + 1;
		if (s[i] == '\\')
			i++;
	}
	return 0;
}

/* The byte, escape or class at s[i]: what follows it. */
static size_t skip_one(const char *s, size_t n, size_t i)
{
	size_t end;

	if (s[i] == '\\')
		return i + 2 < n ? i + 2 : n;
	if (s[i] == '[') {
		end = class_end(s, n, i);
		return end ?: i + 1;
	}
	return i + 1;
}

static struct gtext gtext_new(struct arena *a, size_t cap)
{
	struct gtext t = { arena_alloc(a, cap + 1), arena_array(a, cap + 1, sizeof(uint32_t)), 0 };

	return t;
}

static void gtext_add(struct gtext *t, const struct gtext *from, size_t start, size_t end)
{
	memcpy(t->c + t->n, from->c + start, end - start);
	memcpy(t->at + t->n, from->at + start, (end - start) * sizeof(*t->at));
	t->n += end - start;
}

/* Bytes that an error about t[start] to t[end] should underline. */
static size_t written_len(const struct gtext *t, size_t start, size_t end)
{
	return end > start ? t->at[end - 1] - t->at[start] + 1 : 1;
}

static bool check_class(struct reader *r, const struct gtext *t, size_t start, size_t end)
{
	size_t i = start + 1;

	if (t->c[i] == '!' || t->c[i] == '^')
		i++;
	while (i < end - 1) {
		unsigned char lo, hi;
		size_t from = i;

		if (t->c[i] == '\\')
			i++;
		lo = hi = t->c[i++];
		if (i + 1 < end - 1 && t->c[i] == '-') {
			i++;
			if (t->c[i] == '\\')
				i++;
			hi = t->c[i++];
		}
		if (lo > hi) {
			error_at(r, t->at[from], written_len(t, from, i), "the range is reversed");
			return false;
		}
	}
	return true;
}

/* One component's bytes; false after an error. */
static bool check_component(struct reader *r, const struct gtext *t, size_t start, size_t end)
{
	size_t i = start, next;

	for (; i < end; i = next) {
		next = skip_one(t->c, end, i);
		if (t->c[i] == '\\' && i + 1 == end) {
			error_at(r, t->at[i], 1, "nothing follows the backslash");
			return false;
		}
		if (t->c[i] == '[' && next == i + 1) {
			error_at(r, t->at[i], 1, "'[' without its ']' in the same component");
			return false;
		}
		if (t->c[i] == '[' && !check_class(r, t, i, next))
			return false;
		if (t->c[i] == '*' && next < end && t->c[next] == '*' && end - start != 2) {
			error_at(r, t->at[i], 2, "'**' stands alone between slashes");
			return false;
		}
	}
	return true;
}

static bool is_special(char c)
{
	return c == '*' || c == '?' || c == '[';
}

static void set_literal(struct arena *a, struct glob_part *part, const char *s, size_t n)
{
	char *text = arena_alloc(a, n + 1);
	size_t i;

	part->kind = GLOB_LITERAL;
	for (i = 0; i < n; i++) {
		if (s[i] == '\\')
			i++;
		text[part->len++] = s[i];
	}
	part->text = text;
}

static struct glob_part make_part(struct arena *a, const char *s, size_t n)
{
	struct glob_part part = { .kind = GLOB_PATTERN, .text = s, .len = n };
	bool special = false;
	size_t i;

	for (i = 0; i < n; i = skip_one(s, n, i))
		special |= is_special(s[i]);
	if (n == 1 && s[0] == '*') {
		part.kind = GLOB_ANY;
	} else if (n == 2 && !memcmp(s, "**", 2)) {
		part.kind = GLOB_DEEP;
	} else if (!special) {
		part.len = 0;
		set_literal(a, &part, s, n);
	}
	return part;
}

static bool check_part(struct reader *r, const struct gtext *t, size_t start, size_t end,
		       const struct glob_part *part)
{
	if (part->kind != GLOB_LITERAL)
		return true;
	if (part->len > BKH_COMPONENT_MAX)
		error_at(r, t->at[start], written_len(t, start, end),
			 "a name of %zu bytes; no file system has more than %d", part->len,
			 BKH_COMPONENT_MAX);
	else if (!strcmp(part->text, ".") || !strcmp(part->text, ".."))
		error_at(r, t->at[start], written_len(t, start, end),
			 "'%s' never shows in a path that is looked up", part->text);
	return r->ok;
}

static size_t component_end(const struct gtext *t, size_t i)
{
	while (i < t->n && t->c[i] != '/')
		i += t->c[i] == '\\' && i + 1 < t->n ? 2 : 1;
	return i;
}

/* Splits t, which starts with a slash; null after an error. */
static struct glob *split(struct reader *r, const struct gtext *t)
{
	vec_of(struct glob_part) parts = { 0 };
	struct glob *glob = arena_alloc(r->arena, sizeof(*glob));
	size_t start, end;

	for (start = 1; start < t->n; start = end + 1) {
		struct glob_part part;

		end = component_end(t, start);
		if (end == start) {
			error_at(r, t->at[start - 1], 2, "'//' never shows in a path");
			return NULL;
		}
		if (end + 1 == t->n) {
			error_at(r, t->at[end], 1,
				 "a trailing slash; write '%.*s' or, with all below it, '%.*s/**'",
				 (int)end, t->c, (int)end, t->c);
			return NULL;
		}
		if (!check_component(r, t, start, end))
			return NULL;
		part = make_part(r->arena, t->c + start, end - start);
		if (!check_part(r, t, start, end, &part))
			return NULL;
		if (part.kind == GLOB_DEEP && parts.n && parts.v[parts.n - 1].kind == GLOB_DEEP)
			continue;
		*vec_push(r->arena, &parts) = part;
	}
	glob->text = t->c;
	glob->parts = parts.v;
	glob->n = parts.n;
	return glob;
}

static void finish(struct reader *r, struct gtext *t)
{
	struct glob *glob;

	if (!t->n || t->c[0] != '/') {
		error_at(r, r->start, r->len, "a path starts with '/'");
	} else if (t->n >= BKH_PATTERN_MAX) {
		error_at(r, r->start, r->len, "longer than any path");
	} else if (!r->left--) {
		error_at(r, r->start, r->len, "braces stand for more than %d paths",
			 GLOB_EXPANSIONS_MAX);
	} else {
		t->c[t->n] = '\0';
		glob = split(r, t);
		if (glob)
			*vec_push(r->arena, r->out) = glob;
	}
}

struct brace {
	size_t open, close;
	size_t commas[GLOB_EXPANSIONS_MAX + 1];
	size_t n;
};

/* Finds the brace that closes the one at b->open, and its own commas. */
static bool scan_brace(struct reader *r, const struct gtext *t, struct brace *b)
{
	size_t i, depth = 1;

	b->n = 0;
	for (i = b->open + 1; i < t->n; i = skip_one(t->c, t->n, i)) {
		if (t->c[i] == '{')
			depth++;
		else if (t->c[i] == '}' && !--depth)
			break;
		else if (t->c[i] == ',' && depth == 1 && b->n < GLOB_EXPANSIONS_MAX)
			b->commas[b->n++] = i;
	}
	b->close = i;
	if (i < t->n)
		return true;
	error_at(r, t->at[b->open], 1, "'{' without its '}'");
	return false;
}

/* First brace at or behind @i, t->n if there is none. */
static size_t find_brace(const struct gtext *t, size_t i)
{
	while (i < t->n && t->c[i] != '{' && t->c[i] != '}')
		i = skip_one(t->c, t->n, i);
	return i;
}

static void expand(struct reader *r, struct gtext *t, unsigned int depth);

static void expand_brace(struct reader *r, const struct gtext *t, struct brace *b,
			 unsigned int depth)
{
	size_t i, start = b->open + 1;

	b->commas[b->n] = b->close;
	for (i = 0; i <= b->n && r->ok; i++) {
		struct gtext next = gtext_new(r->arena, t->n);

		gtext_add(&next, t, 0, b->open);
		gtext_add(&next, t, start, b->commas[i]);
		gtext_add(&next, t, b->close + 1, t->n);
		start = b->commas[i] + 1;
		expand(r, &next, depth + 1);
	}
}

static void expand(struct reader *r, struct gtext *t, unsigned int depth)
{
	struct brace *b;
	size_t open = find_brace(t, 0);

	if (open == t->n) {
		finish(r, t);
		return;
	}
	if (t->c[open] == '}') {
		error_at(r, t->at[open], 1, "'}' without its '{'");
		return;
	}
	if (depth == BRACES_MAX) {
		error_at(r, t->at[open], 1, "more than %d braces in one path", BRACES_MAX);
		return;
	}
	b = arena_alloc(r->arena, sizeof(*b));
	b->open = open;
	if (scan_brace(r, t, b))
		expand_brace(r, t, b, depth);
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

/* End of the glob at @i: the comma outside braces, or the end. */
static size_t glob_end(const struct yaml_node *scalar, size_t i)
{
	const char *s = scalar->text;
	size_t depth = 0;

	for (; i < scalar->len; i = skip_one(s, scalar->len, i)) {
		if (s[i] == '{')
			depth++;
		else if (s[i] == '}' && depth)
			depth--;
		else if (s[i] == ',' && !depth)
			break;
	}
	return i;
}

static void read_one(struct reader *r, size_t start, size_t end)
{
	const char *s = r->scalar->text;
	struct gtext t;
	size_t i;

	while (start < end && is_space(s[start]))
		start++;
	while (end > start && is_space(s[end - 1]) && (end - 1 == start || s[end - 2] != '\\'))
		end--;
	if (start == end) {
		error_at(r, start, 1, "a path is missing here");
		return;
	}
	for (i = start; i < end; i = skip_one(s, end, i)) {
		if (is_space(s[i])) {
			error_at(r, i, 1, "a space; separate paths by commas, or write '\\ '");
			return;
		}
	}
	t = gtext_new(r->arena, end - start);
	for (i = start; i < end; i++) {
		t.c[t.n] = s[i];
		t.at[t.n++] = i;
	}
	r->start = start;
	r->len = end - start;
	r->left = GLOB_EXPANSIONS_MAX;
	expand(r, &t, 0);
}

bool glob_list(struct arena *a, struct diag *d, const struct yaml_node *scalar, size_t off,
	       struct globs *out)
{
	struct reader r = { .arena = a, .diag = d, .scalar = scalar, .out = out };
	bool ok = true;

	for (;; off++) {
		size_t end = glob_end(scalar, off);

		r.ok = true;
		read_one(&r, off, end);
		ok &= r.ok;
		off = end;
		if (off >= scalar->len)
			return ok;
	}
}

static void set_range(struct glob_element *e, unsigned char lo, unsigned char hi)
{
	unsigned int c;

	for (c = lo; c <= hi; c++)
		e->set[c / 32] |= 1U << (c % 32);
}

static void set_class(struct glob_element *e, const char *s, size_t n)
{
	bool negate = s[1] == '!' || s[1] == '^';
	size_t i = negate ? 2 : 1;

	while (i < n - 1) {
		unsigned char lo, hi;

		if (s[i] == '\\')
			i++;
		lo = hi = s[i++];
		if (i + 1 < n - 1 && s[i] == '-') {
			i++;
			if (s[i] == '\\')
				i++;
			hi = s[i++];
		}
		set_range(e, lo, hi);
	}
	for (i = 0; negate && i < 8; i++)
		e->set[i] = ~e->set[i];
}

size_t glob_elements(const struct glob_part *part, struct glob_element *out)
{
	const char *s = part->text;
	size_t i, next, n = 0;

	for (i = 0; i < part->len; i = next) {
		struct glob_element *e = &out[n++];

		next = skip_one(s, part->len, i);
		memset(e, 0, sizeof(*e));
		if (s[i] == '*')
			e->star = true;
		else if (s[i] == '?')
			set_range(e, 0, 255);
		else if (s[i] == '[')
			set_class(e, s + i, next - i);
		else
			set_range(e, s[next - 1], s[next - 1]);
	}
	return n;
}
