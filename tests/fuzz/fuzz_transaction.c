// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the netlink handlers do with their attributes: transactions of three
 * sockets at once against a plain account of them, and a commit's image taken
 * over or refused. An op a byte, then its arguments.
 */
#include "ask.h"
#include "input.h"

#include "kernel/transaction.c"
#include "kernel/image.c"

#define SIZE_MAX_ 65536

static struct {
	uint32_t owner, size, filled;
	uint8_t *bytes;
} account;

static bool no_memory;

bool shim_no_memory(size_t size)
{
	/* Too much for a fuzzer, not for the kernel. */
	return no_memory || size > 4 * SIZE_MAX_;
}

void shim_elsewhere(void)
{
}

static void forget(void)
{
	free(account.bytes);
	memset(&account, 0, sizeof(account));
}

static void do_begin(struct input *in, uint32_t socket)
{
	uint32_t size = in_u8(in) & 1 ? in_u16(in) : in_u32(in);
	const char *why = NULL;
	int err = bkh_transaction_begin(socket, size, &why);

	if (!size || size > BKH_IMAGE_MAX)
		must(err == -EINVAL);
	else if (account.owner)
		must(err == -EBUSY);
	else
		must(err == (shim_no_memory(size) ? -ENOMEM : 0));
	must(!err || why);
	if (err)
		return;
	account.owner = socket;
	account.size = size;
	account.bytes = calloc(1, size);
}

static void do_append(struct input *in, uint32_t socket)
{
	uint32_t skip = in_u8(in), offset = skip < 224 ? account.filled : in_u32(in);
	size_t len = in_u16(in);
	const uint8_t *bytes = in_bytes(in, &len);
	bool good = account.owner == socket && offset == account.filled && len &&
		    len <= account.size - account.filled;
	const char *why = NULL;
	int err = bkh_transaction_append(socket, offset, bytes, len, &why);

	must(err == (good ? 0 : -EINVAL));
	must(!err || why);
	if (err)
		return;
	memcpy(account.bytes + offset, bytes, len);
	account.filled += len;
}

static void take_over(void *data, uint32_t size)
{
	const char *why = NULL;
	struct bkh_image *image = bkh_image_create(data, size, &why);
	uint32_t i;

	if (IS_ERR(image)) {
		must(no_memory || why);
		kvfree(data);
		return;
	}
	ask_all(data);
	for (i = 0; i < image->count; i++)
		must(bkh_image_find(image, image->policies[i].hdr->name) ==
		     (i == image->hdr->setup ? -ENOENT : (int)i));
	must(bkh_image_find(image, "~") == -ENOENT);
	bkh_image_put(bkh_image_get(image));
	bkh_image_put(image);
}

static void do_commit(uint32_t socket)
{
	bool mine = account.owner == socket;
	const char *why = NULL;
	uint32_t size = 0;
	void *data = bkh_transaction_take(socket, &size, &why);

	must(!data == !(mine && account.filled == account.size));
	must(data || why);
	if (data) {
		must(size == account.size && !memcmp(data, account.bytes, size));
		take_over(data, size);
	}
	if (mine)
		forget();
}

static void do_abort(uint32_t socket)
{
	const char *why = NULL;
	int err = bkh_transaction_abort(socket, &why);

	must(err == (account.owner == socket ? 0 : -EINVAL));
	if (!err)
		forget();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = input_of(data, size);

	while (in_left(&in)) {
		uint8_t op = in_u8(&in);
		uint32_t socket = 1 + (op >> 4) % 3;

		no_memory = op & 8;
		switch (op & 7) {
		case 0:
		case 1:
			do_begin(&in, socket);
			break;
		case 2:
		case 3:
		case 4:
			do_append(&in, socket);
			break;
		case 5:
		case 6:
			do_commit(socket);
			break;
		case 7:
			do_abort(socket);
			break;
		}
	}
	bkh_transaction_drop();
	forget();
	return 0;
}
