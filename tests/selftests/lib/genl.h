/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Generic netlink by hand: a second reading of the ABI, apart from the
 * command's, and one that can send what no library would build.
 */
#ifndef SELFTEST_GENL_H
#define SELFTEST_GENL_H

#include <stddef.h>
#include <stdint.h>
#include <linux/netlink.h>

struct genl {
	int fd;
	uint16_t family;
	uint32_t denied, audited;	/* multicast groups */
	uint32_t seq;
	char why[256];			/* the last refusal's extack message */
};

/* A request being built. Attributes beyond the space are a bug: abort(). */
struct request {
	uint32_t len;
	_Alignas(8) char buf[80000];
};

/* Return: 0 or an errno: ENOENT where the family is not to be seen. */
int genl_open(struct genl *g);
void genl_close(struct genl *g);

void request_start(struct request *r, const struct genl *g, uint8_t cmd);
void request_put(struct request *r, uint16_t type, const void *data, size_t len);
void request_put_u32(struct request *r, uint16_t type, uint32_t value);
void request_put_u64(struct request *r, uint16_t type, uint64_t value);
void request_put_string(struct request *r, uint16_t type, const char *value);

/*
 * Send, and read answers until the acknowledgement. @answer is called for
 * every message of ours that comes with it; may be NULL.
 * Return: 0 or the errno that the kernel answered.
 */
typedef void (*answer_fn)(const struct nlattr *attrs, size_t len, void *data);
int genl_call(struct genl *g, struct request *r, answer_fn answer, void *data);

/* Walk attributes. Return: the one of this type, or NULL. */
const struct nlattr *attr_find(const struct nlattr *attrs, size_t len,
			       uint16_t type);
const struct nlattr *attr_next(const struct nlattr *a, size_t *left);
static inline const void *attr_data(const struct nlattr *a)
{
	return (const char *)a + NLA_HDRLEN;
}

static inline size_t attr_len(const struct nlattr *a)
{
	return a->nla_len - NLA_HDRLEN;
}

/* 0 where there is none; any width from one to eight bytes. */
uint64_t attr_number(const struct nlattr *attrs, size_t len, uint16_t type);
void attr_string(const struct nlattr *attrs, size_t len, uint16_t type,
		 char *out, size_t size);

#endif /* SELFTEST_GENL_H */
