/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The image on its way in: begun, appended to and taken by one netlink socket.
 * There is one transaction on the host at a time.
 *
 * Functions may sleep. On failure @why is set to a static sentence.
 */
#ifndef BKH_TRANSACTION_H
#define BKH_TRANSACTION_H

#include <linux/types.h>

/* Return: 0, -EINVAL (size out of range), -EBUSY (another is open), -ENOMEM. */
int bkh_transaction_begin(u32 portid, u32 size, const char **why);

/* Chunks come in order, without gaps. Return: 0 or -EINVAL. */
int bkh_transaction_append(u32 portid, u32 offset, const void *chunk, u32 len,
			   const char **why);

/**
 * bkh_transaction_take - end the transaction and take its bytes
 * @portid: socket that began it
 * @size: set to the number of bytes
 * @why: as above
 *
 * Ends it as well when bytes are missing.
 *
 * Return: memory for the caller to kvfree(), or NULL.
 */
void *bkh_transaction_take(u32 portid, u32 *size, const char **why);

/* Return: 0, or -EINVAL: that socket has none. */
int bkh_transaction_abort(u32 portid, const char **why);

/* Drop whatever is there. */
void bkh_transaction_drop(void);

#endif /* BKH_TRANSACTION_H */
