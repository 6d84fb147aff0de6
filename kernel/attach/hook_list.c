// SPDX-License-Identifier: GPL-2.0-only
/*
 * LSM hooks on kernels before 6.12: entries appended to the lists of
 * security_hook_heads. The lists are read-only after boot, so the one word
 * that links an entry in is written through a temporary writable mapping of
 * its page. No control register is touched; readers see either the old list
 * or the new one.
 */
#include <linux/delay.h>
#include <linux/mm.h>
#include <linux/rculist.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "attach/symbols.h"
#include "attach/table.h"
#include "log.h"

#ifndef BKH_STATIC_CALLS

/* Written and read with the module's load and unload, which are serialised. */
static void *heads;

static struct page *page_of(void *addr)
{
	unsigned long a = (unsigned long)addr;

	if (is_vmalloc_addr(addr) || (a >= MODULES_VADDR && a < MODULES_END))
		return vmalloc_to_page(addr);
	return pfn_to_page(__pa(addr) >> PAGE_SHIFT);
}

/* Store one aligned pointer where the kernel's own mapping is read-only. */
static int write_pointer(void *addr, void *value)
{
	struct page *page = page_of(addr);
	void *alias = vmap(&page, 1, VM_MAP, PAGE_KERNEL);

	if (!alias)
		return -ENOMEM;
	WRITE_ONCE(*(void **)(alias + offset_in_page(addr)), value);
	vunmap(alias);
	return READ_ONCE(*(void **)addr) == value ? 0 : -EIO;
}

int bkh_table_find(void)
{
	size_t size = 0;

	heads = (void *)bkh_symbol_find("security_hook_heads", &kmalloc_caches,
					&size);
	if (!heads) {
		bkh_err("security_hook_heads not found; no hook can be planted\n");
		return -ENOEXEC;
	}
	if (size != sizeof(struct security_hook_heads)) {
		bkh_err("security_hook_heads is %zu bytes, the headers say %zu\n",
			size, sizeof(struct security_hook_heads));
		heads = NULL;
		return -ENOEXEC;
	}
	return 0;
}

int bkh_table_plant(struct bkh_hook *hook)
{
	struct hlist_head *head = heads + hook->offset;
	struct hlist_node **link = &head->first;

	while (*link)
		link = &(*link)->next;
	hook->list.hook = hook->function;
	hook->list.lsm = "bulkhead";
	hook->list.head = head;
	hook->list.list.next = NULL;
	hook->list.list.pprev = link;
	/* The entry is whole before readers can reach it. */
	smp_wmb();
	return write_pointer(link, &hook->list.list);
}

/* What leads to our entry, wherever it stands now; NULL if nothing does. */
static struct hlist_node **link_to(const struct bkh_hook *hook)
{
	struct hlist_head *head = heads + hook->offset;
	struct hlist_node **link = &head->first;
	struct hlist_node *node;

	while ((node = READ_ONCE(*link))) {
		if (node == &hook->list.list)
			return link;
		link = &node->next;
	}
	return NULL;
}

/*
 * Our own ->next stays as it is: a reader may stand on the entry. Other code
 * may have cut it off before us; nothing that it left there is trusted.
 */
void bkh_table_cut(struct bkh_hook *hook)
{
	struct hlist_node **link = link_to(hook);
	struct hlist_node *next = hook->list.list.next;

	if (!link)
		return;
	while (write_pointer(link, next))
		msleep(100);
	if (next)
		while (write_pointer(&next->pprev, link))
			msleep(100);
}

void bkh_table_release(struct bkh_hook *hook)
{
}

bool bkh_hook_is_first(const struct bkh_hook *hook)
{
	return READ_ONCE(hook->list.head->first) == &hook->list.list;
}

/* In a list, who comes and goes doesn't touch the others. */
bool bkh_table_can_cut(const struct bkh_hook *hook)
{
	return true;
}

bool bkh_table_leads_to(const struct bkh_hook *hook)
{
	return link_to(hook);
}

#endif /* !BKH_STATIC_CALLS */
