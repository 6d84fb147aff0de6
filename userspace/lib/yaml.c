// SPDX-License-Identifier: GPL-2.0-only
/* YAML to a tree in which every node knows its place. */
#include <stdint.h>
#include <string.h>
#include <libfyaml.h>

#include "arena.h"
#include "diag.h"
#include "escape.h"
#include "yaml.h"

/* A policy needs five; beyond this it is no policy, and recursion is bounded. */
#define DEPTH_MAX	16

/* Twice what a policy has. */
#define KEYS_MAX	32

struct reader {
	struct arena *arena;
	const struct source *src;
	struct diag *diag;
	struct fy_parser *fyp;
	struct fy_event *live[DEPTH_MAX + 2];	/* one a level, for read_all() */
	unsigned int n_live;
	bool failed;
};

static struct yaml_node *read_node(struct reader *r, struct fy_event *event, unsigned int depth);

const char *yaml_kind_name(enum yaml_kind kind)
{
	static const char *const names[] = { "text", "a list", "a mapping" };

	return names[kind];
}

struct loc yaml_part(const struct yaml_node *scalar, size_t off, size_t len)
{
	return scalar->exact ? loc_part(scalar->loc, off, len) : scalar->loc;
}

/* Bytes of the token in the file, quotes included, up to the end of its line. */
static struct loc token_loc(const struct reader *r, struct fy_token *token)
{
	const struct fy_mark *start = fy_token_start_mark(token);
	const struct fy_mark *end = fy_token_end_mark(token);
	size_t off, len;

	if (!start || !end)
		return (struct loc){ r->src, 0, 0, 0 };
	off = start->input_pos < r->src->size ? start->input_pos : r->src->size;
	/* Of a folded text the mark is where its line starts. */
	while (off < end->input_pos && (r->src->text[off] == ' ' || r->src->text[off] == '\n'))
		off++;
	len = end->input_pos > off ? end->input_pos - off : 1;
	return source_loc(r->src, off, len);
}

static void refuse(struct reader *r, struct fy_token *token, const char *what)
{
	struct loc loc = token_loc(r, token);

	diag_error(r->diag, &loc, "%s are not part of the policy language", what);
}

static void refuse_extras(struct reader *r, struct fy_token *anchor, struct fy_token *tag)
{
	if (anchor)
		refuse(r, anchor, "anchors");
	if (tag)
		refuse(r, tag, "tags");
}

static struct yaml_node *new_node(struct reader *r, enum yaml_kind kind, struct fy_event *event)
{
	struct yaml_node *node = arena_alloc(r->arena, sizeof(*node));
	struct fy_token *token = fy_event_get_token(event);

	node->kind = kind;
	node->text = "";
	node->loc = token_loc(r, token);
	return node;
}

/* Does the file hold the text literally, perhaps behind a quote? */
static void find_exact(struct yaml_node *node)
{
	const char *file = node->loc.src->text;
	size_t off, skip, size = node->loc.src->size;

	if (!node->loc.line || memchr(node->text, '\n', node->len))
		return;
	off = node->loc.src->lines[node->loc.line - 1] + node->loc.col - 1;
	skip = off < size && (file[off] == '"' || file[off] == '\'');
	if (off + skip + node->len > size || memcmp(file + off + skip, node->text, node->len))
		return;
	node->exact = true;
	node->loc.col += skip;
	node->loc.len = node->len ?: 1;
}

static struct yaml_node *read_scalar(struct reader *r, struct fy_event *event)
{
	struct yaml_node *node = new_node(r, YAML_SCALAR, event);
	size_t len = 0;
	const char *text;

	refuse_extras(r, event->scalar.anchor, event->scalar.tag);
	text = event->scalar.value ? fy_token_get_text(event->scalar.value, &len) : NULL;
	if (!text)
		return node;
	node->text = arena_strndup(r->arena, text, len);
	node->len = len;
	find_exact(node);
	return node;
}

static struct fy_event *next_event(struct reader *r)
{
	struct fy_event *event = r->failed ? NULL : fy_parser_parse(r->fyp);

	if (event)
		r->live[r->n_live++] = event;
	else
		r->failed = true;
	return event;
}

static void event_done(struct reader *r)
{
	fy_parser_event_free(r->fyp, r->live[--r->n_live]);
}

/* A value that is not there has no place: say where it should be. */
static void place_missing(struct yaml_node *node, const struct yaml_node *near)
{
	if (node->kind == YAML_SCALAR && !node->len && !node->loc.line)
		node->loc = near->loc;
}

/* Reads nodes until @end; an arena vector is no leak if memory runs out. */
static void read_items(struct reader *r, struct yaml_node *node, enum fy_event_type end,
		       unsigned int depth)
{
	vec_of(struct yaml_node *) all = { 0 };
	size_t i;

	while (!r->failed) {
		struct fy_event *event = next_event(r);
		struct yaml_node *child = NULL;
		bool last = event && event->type == end;

		if (event && !last)
			child = read_node(r, event, depth + 1);
		if (event)
			event_done(r);
		if (last)
			break;
		if (child)
			*vec_push(r->arena, &all) = child;
	}
	if (node->kind == YAML_SEQUENCE) {
		node->items = all.v;
		node->n = all.n;
		for (i = 0; i < all.n; i++)
			place_missing(all.v[i], i ? all.v[i - 1] : node);
		return;
	}
	node->n = all.n / 2;
	node->keys = arena_array(r->arena, node->n, sizeof(*node->keys));
	node->items = arena_array(r->arena, node->n, sizeof(*node->items));
	for (i = 0; i < node->n; i++) {
		node->keys[i] = all.v[2 * i];
		node->items[i] = all.v[2 * i + 1];
		place_missing(node->keys[i], node);
		place_missing(node->items[i], node->keys[i]);
	}
}

static void check_keys(struct reader *r, const struct yaml_node *node)
{
	size_t i, j;

	if (node->n > KEYS_MAX) {
		diag_error(r->diag, &node->loc, "a mapping with more than %d keys", KEYS_MAX);
		r->failed = true;
		return;
	}
	for (i = 0; i < node->n; i++) {
		const struct yaml_node *key = node->keys[i];

		if (key->kind != YAML_SCALAR) {
			diag_error(r->diag, &key->loc, "a key is text, not %s",
				   yaml_kind_name(key->kind));
			r->failed = true;
			continue;
		}
		if (!strcmp(key->text, "<<")) {
			diag_error(r->diag, &key->loc,
				   "merge keys are not part of the policy language");
			r->failed = true;
		}
		for (j = 0; j < i; j++) {
			if (node->keys[j]->kind != YAML_SCALAR ||
			    strcmp(node->keys[j]->text, key->text))
				continue;
			diag_error(r->diag, &key->loc, "duplicate key '%s'", key->text);
			diag_note(r->diag, &node->keys[j]->loc, "the first one is here");
			break;
		}
	}
}

static struct yaml_node *read_collection(struct reader *r, struct fy_event *event,
					 unsigned int depth)
{
	bool map = event->type == FYET_MAPPING_START;
	struct yaml_node *node = new_node(r, map ? YAML_MAPPING : YAML_SEQUENCE, event);

	node->loc.len = 1;
	if (map)
		refuse_extras(r, event->mapping_start.anchor, event->mapping_start.tag);
	else
		refuse_extras(r, event->sequence_start.anchor, event->sequence_start.tag);
	if (depth == DEPTH_MAX) {
		diag_error(r->diag, &node->loc, "nested too deeply");
		r->failed = true;
		return node;
	}
	read_items(r, node, map ? FYET_MAPPING_END : FYET_SEQUENCE_END, depth);
	if (map && !r->failed)
		check_keys(r, node);
	return node;
}

static struct yaml_node *read_node(struct reader *r, struct fy_event *event, unsigned int depth)
{
	switch (event->type) {
	case FYET_SCALAR:
		return read_scalar(r, event);
	case FYET_MAPPING_START:
	case FYET_SEQUENCE_START:
		return read_collection(r, event, depth);
	case FYET_ALIAS:
		refuse(r, event->alias.anchor, "aliases");
		r->failed = true;	/* nothing stands in for what it means */
		return NULL;
	default:
		r->failed = true;
		return NULL;
	}
}

static void refuse_second(struct reader *r, struct fy_event *event)
{
	struct loc loc = token_loc(r, event->document_start.document_start);

	diag_error(r->diag, &loc, "a second document in one file; give it a file of its own");
	r->failed = true;
}

static struct yaml_node *read_stream(struct reader *r)
{
	struct yaml_node *root = NULL;
	unsigned int documents = 0;
	bool more = true;

	while (more && !r->failed) {
		struct fy_event *event = next_event(r);

		switch (event ? event->type : FYET_NONE) {
		case FYET_NONE:
		case FYET_STREAM_END:
			more = false;
			break;
		case FYET_STREAM_START:
		case FYET_DOCUMENT_END:
			break;
		case FYET_DOCUMENT_START:
			if (documents++)
				refuse_second(r, event);
			break;
		default:
			root = read_node(r, event, 0);
		}
		if (event)
			event_done(r);
	}
	return root;
}

static void tell_syntax_errors(struct reader *r, struct fy_diag *fyd)
{
	struct fy_diag_error *error;
	void *iter = NULL;

	while ((error = fy_diag_errors_iterate(fyd, &iter))) {
		struct loc loc = { r->src, 0, 0, 1 };

		if (error->type != FYET_ERROR)
			continue;
		if (error->line > 0 && (size_t)error->line <= r->src->n_lines) {
			loc.line = error->line;
			loc.col = error->column > 0 ? error->column : 1;
		}
		diag_error(r->diag, &loc, "not valid YAML: %s%s", error->msg,
			   strstr(error->msg, "missing comma in flow") ?
			   "; inside [...] quote what holds any of []{}," : "");
	}
}

/* Parser and events are ours to free, so memory running out passes through here. */
static struct yaml_node *read_all(struct reader *r, struct fy_diag *fyd)
{
	struct arena *a = r->arena;
	struct yaml_node *root;
	jmp_buf outer;

	memcpy(&outer, &a->oom, sizeof(outer));
	if (arena_catch(a)) {
		while (r->n_live)
			event_done(r);
		fy_parser_destroy(r->fyp);
		fy_diag_destroy(fyd);
		memcpy(&a->oom, &outer, sizeof(outer));
		longjmp(a->oom, 1);
	}
	root = read_stream(r);
	tell_syntax_errors(r, fyd);
	memcpy(&a->oom, &outer, sizeof(outer));
	return root;
}

static struct yaml_node *parse_text(struct reader *r)
{
	struct fy_parse_cfg cfg = { .flags = FYPCF_QUIET | FYPCF_JSON_NONE };
	struct fy_diag_cfg diag_cfg;
	struct yaml_node *root = NULL;
	struct fy_diag *fyd;

	fy_diag_cfg_default(&diag_cfg);
	diag_cfg.fp = NULL;
	fyd = fy_diag_create(&diag_cfg);
	if (!fyd)
		longjmp(r->arena->oom, 1);
	fy_diag_set_collect_errors(fyd, true);
	cfg.diag = fyd;
	r->fyp = fy_parser_create(&cfg);
	if (r->fyp && !fy_parser_set_string(r->fyp, r->src->text, r->src->size))
		root = read_all(r, fyd);
	else
		r->failed = true;
	fy_parser_destroy(r->fyp);
	fy_diag_destroy(fyd);
	return root;
}

/* The library need not stop there: in a directive it reads the same byte for ever. */
static const char *find_not_utf8(const struct source *src)
{
	const uint8_t *p = (const uint8_t *)src->text, *end = p + src->size;
	uint32_t code;
	size_t n;

	for (; p < end; p += n) {
		n = utf8_decode(p, end - p, &code);
		if (!n)
			return (const char *)p;
	}
	return NULL;
}

struct yaml_node *yaml_parse(struct arena *a, const struct source *src, struct diag *d)
{
	struct reader r = { .arena = a, .src = src, .diag = d };
	size_t before = d->errors;
	const char *zero = memchr(src->text, '\0', src->size);
	const char *wrong = find_not_utf8(src);
	struct yaml_node *root;
	struct loc loc;

	if (zero) {
		loc = source_loc(src, zero - src->text, 1);
		diag_error(d, &loc, "a zero byte: this is no text file");
		return NULL;
	}
	if (wrong) {
		loc = source_loc(src, wrong - src->text, 1);
		diag_error(d, &loc, "not UTF-8, which YAML is written in");
		return NULL;
	}
	root = parse_text(&r);
	if (r.failed && d->errors == before)
		diag_file_error(d, src->shown, "not valid YAML");
	if (d->errors == before && !root)
		diag_file_error(d, src->shown, "the file is empty");
	return r.failed ? NULL : root;
}
