/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the parts of the verifier share, blob.c, blob_net.c and blob_image.c;
 * nobody else's business.
 */
#ifndef BKH_BLOB_VERIFY_H
#define BKH_BLOB_VERIFY_H

#ifdef __KERNEL__
#include <linux/sched.h>
#include <linux/string.h>
#define relax() cond_resched()
#else
#include <string.h>
#ifndef relax
#define relax() do { } while (0)
#endif
#endif

#include <linux/bulkhead.h>

#include "blob.h"
#include "match.h"

/*
 * Longest way to a literal or a prefix in its hash; it takes a few steps.
 * In all no more than the blob has bytes, which an entry has sixteen of.
 */
#define PROBE_MAX 256

/* Let others run now and then: at step @i of a loop that may be long. */
#define relax_at(i) do { if (!((i) & 1023)) relax(); } while (0)

struct bkh_verifier {
	const u8 *base;
	const struct bkh_blob_hdr *hdr;
	u64 dfa_work;
	u64 probes;
	const char *why;
};

static inline bool fail(struct bkh_verifier *v, const char *why)
{
	v->why = why;
	return false;
}

static inline bool span_fits(u32 size, const struct bkh_span *s, size_t record)
{
	return !(s->off & 7) && s->off <= size &&
	       s->count <= (size - s->off) / record;
}

static inline const void *span_at(const struct bkh_verifier *v,
				  const struct bkh_span *s)
{
	return v->base + s->off;
}

static inline bool rule_ok(const struct bkh_verifier *v, u32 rule)
{
	return rule < v->hdr->rules.count;
}

static inline bool is_power_of_two(u32 n)
{
	return n && !(n & (n - 1));
}

/* In blob_net.c: the ports and addresses of a section. */
bool bkh_net_verify(struct bkh_verifier *v, const struct bkh_net *net,
		    enum bkh_section section);

#endif /* BKH_BLOB_VERIFY_H */
