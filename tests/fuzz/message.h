/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Netlink messages from a fuzzer's bytes. An even first byte: the rest are the
 * attributes as they stand. Odd: attributes are built, lengths right, of a
 * byte for the type, one for the length (255: two more follow), the payload.
 */
#ifndef FUZZ_MESSAGE_H
#define FUZZ_MESSAGE_H

#include <linux/netlink.h>

#include "input.h"

#define FUZZ_FAMILY 30

/* In memory of exactly its size; for free(). */
struct nlmsghdr *message_new(struct input *in, size_t len, uint8_t cmd);

/*
 * One of its attributes is lost, cut, grown, or lies about itself: a byte of
 * input for what takes many in place. Zero: none. Takes over @nlh.
 */
struct nlmsghdr *message_bend(struct nlmsghdr *nlh, uint8_t how);

#endif /* FUZZ_MESSAGE_H */
