// SPDX-License-Identifier: GPL-2.0-only
/* Equal bytes get equal numbers, from 0 up. Owns nothing: the arena does. */
#include <string.h>

#include "intern.h"

static uint32_t hash_bytes(const uint8_t *p, size_t len)
{
	uint64_t h = len * 0x9e3779b97f4a7c15ULL;
	uint64_t word;

	for (; len >= 8; p += 8, len -= 8) {
		memcpy(&word, p, 8);
		h = (h ^ word) * 0x9e3779b97f4a7c15ULL;
		h ^= h >> 29;
	}
	word = 0;
	if (len)
		memcpy(&word, p, len);
	h = (h ^ word) * 0x9e3779b97f4a7c15ULL;
	return h >> 32;
}

static void place(struct interner *in, uint32_t number)
{
	uint32_t i = in->all.v[number].hash & in->mask;

	while (in->slots[i])
		i = (i + 1) & in->mask;
	in->slots[i] = number + 1;
}

static void grow(struct interner *in)
{
	uint32_t size = in->slots ? (in->mask + 1) * 2 : 64;
	uint32_t i;

	in->slots = arena_array(in->arena, size, sizeof(*in->slots));
	in->mask = size - 1;
	for (i = 0; i < in->all.n; i++)
		place(in, i);
}

static uint32_t find(const struct interner *in, const void *data, size_t len, uint32_t hash)
{
	uint32_t i;

	if (!in->slots)
		return INTERN_NONE;
	for (i = hash & in->mask; in->slots[i]; i = (i + 1) & in->mask) {
		const struct interned *e = &in->all.v[in->slots[i] - 1];

		if (e->hash == hash && e->len == len && (!len || !memcmp(e->data, data, len)))
			return in->slots[i] - 1;
	}
	return INTERN_NONE;
}

uint32_t intern_find(const struct interner *in, const void *data, size_t len)
{
	return find(in, data, len, hash_bytes(data, len));
}

uint32_t intern(struct interner *in, const void *data, size_t len, bool *is_new)
{
	uint32_t hash = hash_bytes(data, len);
	uint32_t number = find(in, data, len, hash);
	struct interned *e;
	void *copy;

	if (is_new)
		*is_new = number == INTERN_NONE;
	if (number != INTERN_NONE)
		return number;
	if (!in->slots || in->all.n * 2 >= in->mask)
		grow(in);
	copy = arena_alloc(in->arena, len);
	if (len)
		memcpy(copy, data, len);
	e = vec_push(in->arena, &in->all);
	e->data = copy;
	e->len = len;
	e->hash = hash;
	place(in, in->all.n - 1);
	return in->all.n - 1;
}
