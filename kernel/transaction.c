// SPDX-License-Identifier: GPL-2.0-only
/* The image on its way in. `mutex` guards the one transaction. */
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "limits.h"
#include "transaction.h"

static DEFINE_MUTEX(mutex);

static struct {
	u32 portid;		/* of the socket; 0: no transaction */
	u32 size;
	u32 filled;
	void *data;
} transaction;

static void end_locked(void)
{
	lockdep_assert_held(&mutex);
	kvfree(transaction.data);
	memset(&transaction, 0, sizeof(transaction));
}

/* While it is applied there are two: this one and the one in force. */
static bool exceeds_host(u32 size)
{
	return size >> PAGE_SHIFT > totalram_pages() / BKH_IMAGE_HOST_SHARE;
}

static int begin_locked(u32 portid, u32 size, const char **why)
{
	*why = "another transaction is open";
	if (transaction.portid)
		return -EBUSY;
	*why = "no memory for the ruleset";
	/* Rather no new ruleset than others short of memory, or killed for it. */
	if (size >> PAGE_SHIFT > si_mem_available() / 2)
		return -ENOMEM;
	transaction.data = kvzalloc(size, GFP_KERNEL | __GFP_NOWARN |
					  __GFP_RETRY_MAYFAIL);
	if (!transaction.data)
		return -ENOMEM;
	transaction.portid = portid;
	transaction.size = size;
	return 0;
}

int bkh_transaction_begin(u32 portid, u32 size, const char **why)
{
	int err;

	*why = "size of the ruleset is out of range";
	if (!size || size > BKH_IMAGE_MAX)
		return -EINVAL;
	*why = "the ruleset would take more than an eighth of the host's memory";
	if (exceeds_host(size))
		return -E2BIG;
	mutex_lock(&mutex);
	err = begin_locked(portid, size, why);
	mutex_unlock(&mutex);
	return err;
}

static int append_locked(u32 portid, u32 offset, const void *chunk, u32 len,
			 const char **why)
{
	*why = "no transaction of this socket";
	if (transaction.portid != portid)
		return -EINVAL;
	*why = "chunk is out of order";
	if (offset != transaction.filled)
		return -EINVAL;
	*why = "chunk exceeds the ruleset";
	if (!len || len > transaction.size - transaction.filled)
		return -EINVAL;
	memcpy(transaction.data + offset, chunk, len);
	transaction.filled += len;
	return 0;
}

int bkh_transaction_append(u32 portid, u32 offset, const void *chunk, u32 len,
			   const char **why)
{
	int err;

	mutex_lock(&mutex);
	err = append_locked(portid, offset, chunk, len, why);
	mutex_unlock(&mutex);
	return err;
}

void *bkh_transaction_take(u32 portid, u32 *size, const char **why)
{
	void *data = NULL;

	mutex_lock(&mutex);
	*why = "no transaction of this socket";
	if (transaction.portid == portid) {
		*why = "the ruleset is not complete";
		if (transaction.filled == transaction.size) {
			swap(data, transaction.data);
			*size = transaction.size;
		}
		end_locked();
	}
	mutex_unlock(&mutex);
	return data;
}

int bkh_transaction_abort(u32 portid, const char **why)
{
	int err = -EINVAL;

	mutex_lock(&mutex);
	*why = "no transaction of this socket";
	if (transaction.portid == portid) {
		end_locked();
		err = 0;
	}
	mutex_unlock(&mutex);
	return err;
}

void bkh_transaction_drop(void)
{
	mutex_lock(&mutex);
	end_locked();
	mutex_unlock(&mutex);
}
