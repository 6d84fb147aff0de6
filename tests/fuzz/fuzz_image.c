// SPDX-License-Identifier: GPL-2.0-only
/*
 * Images, mutated with an eye for their structure: the verifier never reads
 * out of bounds, and what it accepts, the matcher survives, whatever it is
 * asked. Past its first bytes, which are the question, the input is an image.
 */
#include <stdbool.h>

#include "ask.h"
#include "input.h"

#define QUESTION 64

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned int seed);

/* Components of any bytes but those that a name can't have. */
static void ask_question(const void *image, const uint8_t q[QUESTION])
{
	const struct bkh_image_hdr *h = image;
	struct bkh_policy p;
	char path[QUESTION] = "/";
	uint8_t addr[16];
	u32 i;

	for (i = 1; i < QUESTION - 17; i++) {
		path[i] = q[i + 17];
		if (!path[i] || (path[i] == '/' && path[i - 1] == '/'))
			path[i] = '*';
	}
	path[QUESTION - 18] = 0;
	memcpy(addr, q, sizeof(addr));
	for (i = 0; i < h->policies.count; i++) {
		policy_at(&p, image, i);
		ask_path(&p, path);
		ask_ports(&p, addr, q[16] & 1, q[17]);
	}
	for (i = 0; i < h->bindings.count; i++) {
		const struct bkh_binding *b = (const void *)((const u8 *)image + h->bindings.off);

		bkh_glob_match((const char *)image + h->strings.off + b[i].pattern, path);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *why = NULL;
	void *image;

	if (size < QUESTION)
		return 0;
	size -= QUESTION;
	image = malloc(size);
	memcpy(image, data + QUESTION, size);
	if (bkh_image_verify(image, size, &why)) {
		ask_all(image);
		ask_question(image, data);
	} else {
		must(why);
	}
	free(image);
	return 0;
}

static uint32_t next(unsigned int *seed)
{
	*seed = *seed * 1103515245 + 12345;
	return *seed >> 8;
}

static const uint32_t nasty[] = {
	0, 1, 2, 7, 8, 0x7fffffff, 0x80000000, 0xfffffff8, 0xfffffffe, 0xffffffff, 0x10000,
};

/* One number somewhere in @len bytes at @at: off by some, nasty, or another one of them. */
static void bend(uint8_t *at, size_t len, unsigned int *seed)
{
	uint32_t words = len / 4, value, slot;

	if (!words)
		return;
	slot = next(seed) % words;
	memcpy(&value, at + 4 * slot, 4);
	switch (next(seed) % 5) {
	case 0:
		value = nasty[next(seed) % (sizeof(nasty) / sizeof(nasty[0]))];
		break;
	case 1:
		value += next(seed) % 17 - 8;
		break;
	case 2:
		memcpy(&value, at + 4 * (next(seed) % words), 4);
		break;
	case 3:
		value ^= 1U << next(seed) % 32;
		break;
	case 4:
		at[4 * slot + next(seed) % 4] = next(seed);
		return;
	}
	memcpy(at + 4 * slot, &value, 4);
}

/* All that a blob's header points to. */
static const struct bkh_span *blob_span(const struct bkh_blob_hdr *h, unsigned int i)
{
	const struct bkh_span *const spans[] = {
		&h->strings, &h->rules, &h->states, &h->tables, &h->edges, &h->dfas,
		&h->accepts, &h->rule_list, &h->dfa_data, &h->socket_rules,
		&h->egress.prefixes, &h->egress.classes, &h->egress.tables, &h->egress.pages,
		&h->egress.verdicts, &h->listen.prefixes, &h->listen.classes, &h->listen.tables,
		&h->listen.pages, &h->listen.verdicts,
	};

	return spans[i % (sizeof(spans) / sizeof(spans[0]))];
}

/* The next table or the end bounds it, so a few records more may get bent. */
static void bend_table(uint8_t *base, size_t size, const struct bkh_span *span, unsigned int *seed)
{
	uint64_t len = (uint64_t)span->count * (1 + next(seed) % 16);

	if (span->off > size)
		return;
	bend(base + span->off, len < size - span->off ? len : size - span->off, seed);
}

static bool has_name(const struct bkh_blob_hdr *h, size_t size, const struct bkh_edge *e)
{
	return e->key != BKH_NONE && bkh_edge_len(e) && e->name < size - h->strings.off &&
	       bkh_edge_len(e) < size - h->strings.off - e->name;
}

/* To its home, or to the end of the chain from there while cells are left. */
static void put_edge(const struct bkh_blob_hdr *h, struct bkh_edge *cells, uint32_t *end,
		     uint64_t hash, struct bkh_edge edge)
{
	struct bkh_edge *cell = &cells[bkh_edge_slot(edge.key, hash) & (h->edge_homes - 1)];

	edge.chain = 0;
	if (cell->key != BKH_NONE) {
		while (cell->chain)
			cell += cell->chain;
		if (*end == h->edges.count)
			return;
		cell->chain = &cells[*end] - cell;
		cell = &cells[(*end)++];
	}
	*cell = edge;
}

/*
 * What a hash is over may have changed: everything to its place again. The cells
 * may lie anywhere, over the header even.
 */
static void rehash(uint8_t *blob, size_t size)
{
	const struct bkh_blob_hdr h = *(struct bkh_blob_hdr *)blob;
	struct bkh_edge *e = (void *)(blob + h.edges.off), *old;
	uint32_t i, n = h.edges.count, end = h.edge_homes;
	const uint8_t *names = blob + h.strings.off;

	if (h.edges.off & 3 || h.edges.off > size || h.strings.off > size ||
	    n > (size - h.edges.off) / sizeof(*e) || !end || end & (end - 1) || end > n)
		return;
	old = malloc(n * sizeof(*e));
	if (!old)
		abort();
	memcpy(old, e, n * sizeof(*e));
	for (i = 0; i < n; i++)
		e[i] = (struct bkh_edge){ .key = BKH_NONE };
	for (i = 0; i < n; i++)
		if (has_name(&h, size, &old[i]))
			put_edge(&h, e, &end, bkh_name_hash(names + old[i].name,
				 bkh_edge_len(&old[i])), old[i]);
	((struct bkh_blob_hdr *)blob)->edges.count = end;
	free(old);
}

static void bend_blob(uint8_t *blob, size_t size, unsigned int *seed)
{
	struct bkh_blob_hdr *h = (void *)blob;

	if (next(seed) % 4)
		bend_table(blob, size, blob_span(h, next(seed)), seed);
	else
		bend(blob, sizeof(*h), seed);
	if (next(seed) % 2)
		rehash(blob, size);
}

static void bend_image(uint8_t *image, size_t size, unsigned int *seed)
{
	struct bkh_image_hdr *h = (void *)image;
	const uint32_t *off = (void *)(image + h->policies.off);
	const struct bkh_span *spans[] = { &h->policies, &h->bindings, &h->list, &h->strings };
	uint32_t i;

	if (h->policies.count && next(seed) % 8 && !(h->policies.off & 3) &&
	    h->policies.off < size && h->policies.count <= (size - h->policies.off) / 4) {
		i = off[next(seed) % h->policies.count];
		if (!(i & 7) && i < size && size - i >= sizeof(struct bkh_blob_hdr)) {
			struct bkh_blob_hdr *blob = (void *)(image + i);
			size_t len = blob->size < size - i ? blob->size : size - i;

			if (len >= sizeof(*blob))
				bend_blob(image + i, len, seed);
			return;
		}
	}
	if (next(seed) % 2)
		bend(image, sizeof(*h), seed);
	else
		bend_table(image, size, spans[next(seed) % 4], seed);
}

/* Cut or padded, with the sizes put right: some tables end elsewhere then. */
static size_t resize(uint8_t *image, size_t size, size_t max, unsigned int *seed)
{
	size_t other = size + 8 * (next(seed) % 33) - 128;

	if (other < sizeof(struct bkh_image_hdr) || other > max)
		return size;
	if (other > size)
		memset(image + size, next(seed) % 2 ? 0 : 0xff, other - size);
	((struct bkh_image_hdr *)image)->size = other;
	return other;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned int seed)
{
	unsigned int rounds = 1 + next(&seed) % 4;
	size_t len = size - QUESTION;
	uint8_t *image;

	if (size < QUESTION + sizeof(struct bkh_image_hdr) || !(next(&seed) % 16))
		return LLVMFuzzerMutate(data, size, max);
	if (!(next(&seed) % 8))
		LLVMFuzzerMutate(data, QUESTION, QUESTION);
	/* At an address that the records may lie at. */
	image = malloc(max);
	memcpy(image, data + QUESTION, len);
	while (rounds--)
		bend_image(image, len, &seed);
	if (!(next(&seed) % 16))
		len = resize(image, len, max - QUESTION, &seed);
	memcpy(data + QUESTION, image, len);
	free(image);
	return QUESTION + len;
}
