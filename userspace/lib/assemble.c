// SPDX-License-Identifier: GPL-2.0-only
/* Blobs and bindings to one image, which the kernel's own verifier must accept. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "blobout.h"
#include "compile.h"
#include "diag.h"

/* What one policy needs while it is compiled is freed before the next. */
struct assembly {
	struct arena arena;
	struct arena scratch;
	const struct ruleset *rs;
	struct diag *diag;
	struct bkh_image_hdr hdr;
	struct blobout out;
	struct set offsets;
	vec_of(struct bkh_binding) bindings;
	struct set list;
	struct pool strings;
};

static uint32_t index_of(const struct assembly *s, const char *name)
{
	return ruleset_find(s->rs, name) - s->rs->policies.v;
}

static struct bkh_span put_alternatives(struct assembly *s, const struct match *match)
{
	struct bkh_span span = { s->list.n, match->alternatives.n };
	size_t i;

	for (i = 0; i < match->alternatives.n; i++)
		set_add(&s->arena, &s->list, index_of(s, match->alternatives.v[i].name));
	return span;
}

static void put_match(struct assembly *s, uint32_t policy, const struct match *match)
{
	struct bkh_span alternatives = put_alternatives(s, match);
	size_t i;

	for (i = 0; i < match->patterns.n; i++)
		*vec_push(&s->arena, &s->bindings) = (struct bkh_binding){
			.pattern = pool_add(&s->strings, &s->arena, match->patterns.v[i]->text),
			.policy = policy,
			.alternatives = alternatives,
		};
}

static bool put_policy(struct assembly *s, uint32_t index)
{
	const struct policy *policy = &s->rs->policies.v[index];
	struct bkh_span span;
	const void *blob;
	size_t size, i;
	bool ok = compile_policy(&s->scratch, policy, &blob, &size, s->diag);

	if (ok)
		span = blobout_table(&s->out, blob, size, 1);
	arena_free(&s->scratch);
	if (!ok)
		return false;
	set_add(&s->arena, &s->offsets, span.off);
	if (policy->own->kind == DOCUMENT_HOST)
		s->hdr.setup = index;
	for (i = 0; i < policy->own->matches.n; i++)
		put_match(s, index, &policy->own->matches.v[i]);
	return true;
}

static bool check_size(struct assembly *s)
{
	if (s->bindings.n > BKH_BINDINGS_MAX) {
		diag_error(s->diag, NULL, "more than %d cgroup patterns", BKH_BINDINGS_MAX);
		return false;
	}
	if (s->out.size > BKH_IMAGE_MAX - (1U << 20)) {
		diag_error(s->diag, NULL, "the compiled policies take more than %u MiB",
			   BKH_IMAGE_MAX >> 20);
		return false;
	}
	return true;
}

/* Not inlined, so that nothing of it lives beside the setjmp(). */
__attribute__((noinline))
static bool put_all(struct assembly *s)
{
	bool ok = true;
	uint32_t i;

	s->hdr.setup = BKH_NONE;
	blobout_table(&s->out, &s->hdr, 1, sizeof(s->hdr));
	for (i = 0; i < s->rs->policies.n && (!ok || check_size(s)); i++)
		ok &= put_policy(s, i);
	if (!ok || !check_size(s))
		return false;
	pool_add(&s->strings, &s->arena, "");
	s->hdr.magic = BKH_IMAGE_MAGIC;
	s->hdr.version = BKH_BLOB_VERSION;
	s->hdr.policies = blobout_table(&s->out, s->offsets.v, s->offsets.n, sizeof(u32));
	s->hdr.bindings = blobout_table(&s->out, s->bindings.v, s->bindings.n,
					sizeof(*s->bindings.v));
	s->hdr.list = blobout_table(&s->out, s->list.v, s->list.n, sizeof(u32));
	s->hdr.strings = blobout_table(&s->out, s->strings.bytes.v, s->strings.bytes.n, 1);
	s->hdr.size = s->out.size;
	memcpy(s->out.bytes, &s->hdr, sizeof(s->hdr));
	return true;
}

static int finish(struct assembly *s, void **image, size_t *size)
{
	const char *why = "";
	void *copy;

	if (!bkh_image_verify(s->out.bytes, s->out.size, &why)) {
		diag_error(s->diag, NULL,
			   "internal error: the compiled policies don't pass verification: %s",
			   why);
		return -EINVAL;
	}
	copy = malloc(s->out.size);
	if (!copy)
		return -ENOMEM;
	memcpy(copy, s->out.bytes, s->out.size);
	*image = copy;
	*size = s->out.size;
	return 0;
}

int ruleset_compile(const struct ruleset *rs, void **image, size_t *size, struct diag *d)
{
	struct assembly *s = calloc(1, sizeof(*s));
	int err;

	if (!s)
		return -ENOMEM;
	s->rs = rs;
	s->diag = d;
	s->out.arena = &s->arena;
	if (arena_catch(&s->arena)) {
		err = -ENOMEM;
	} else {
		arena_share_catch(&s->scratch, &s->arena);
		err = put_all(s) ? finish(s, image, size) : -EINVAL;
	}
	arena_free(&s->scratch);
	arena_free(&s->arena);
	free(s);
	return err;
}
