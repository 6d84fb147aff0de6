/* SPDX-License-Identifier: GPL-2.0-only */
/* A fuzzer's bytes, taken from the front; zeroes once they are used up. */
#ifndef FUZZ_INPUT_H
#define FUZZ_INPUT_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct input {
	const uint8_t *p, *end;
};

static inline struct input input_of(const uint8_t *data, size_t size)
{
	return (struct input){ data, data + size };
}

static inline size_t in_left(const struct input *in)
{
	return in->end - in->p;
}

static inline uint8_t in_u8(struct input *in)
{
	return in->p < in->end ? *in->p++ : 0;
}

static inline uint16_t in_u16(struct input *in)
{
	uint16_t low = in_u8(in);

	return low | in_u8(in) << 8;
}

static inline uint32_t in_u32(struct input *in)
{
	uint32_t low = in_u16(in);

	return low | (uint32_t)in_u16(in) << 16;
}

/* At most @n bytes; sets how many. */
static inline const uint8_t *in_bytes(struct input *in, size_t *n)
{
	const uint8_t *p = in->p;

	if (*n > in_left(in))
		*n = in_left(in);
	in->p += *n;
	return p;
}

/* A promise of the code under test was broken: a crash for libFuzzer to keep. */
#define must(what) do { \
	if (!(what)) { \
		fprintf(stderr, "%s:%d: broken: %s\n", __FILE__, __LINE__, #what); \
		abort(); \
	} \
} while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif /* FUZZ_INPUT_H */
