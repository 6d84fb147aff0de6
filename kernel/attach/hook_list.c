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
#include <linux/rcupdate.h>
#include <linux/rculist.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "attach/hooks.h"
#include "attach/symbols.h"
#include "log.h"

DEFINE_PER_CPU(long, bkh_hook_sleepers);

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

static int find_heads(void)
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

static int plant(struct bkh_hook *hook)
{
	struct hlist_head *head = heads + hook->head;
	struct hlist_node **link = &head->first;
	int err;

	while (*link)
		link = &(*link)->next;
	hook->list.head = head;
	hook->list.list.next = NULL;
	hook->list.list.pprev = link;
	/* The entry is whole before readers can reach it. */
	smp_wmb();
	err = write_pointer(link, &hook->list.list);
	if (err)
		bkh_err("hook %s could not be planted (%d)\n", hook->name, err);
	hook->planted = !err;
	return err;
}

/* Our own ->next stays as it is: a reader may stand on the entry. */
static void unplant(struct bkh_hook *hook)
{
	struct hlist_node *next = hook->list.list.next;
	struct hlist_node **link = hook->list.list.pprev;

	while (write_pointer(link, next))
		msleep(100);
	if (next)
		while (write_pointer(&next->pprev, link))
			msleep(100);
	hook->planted = false;
}

static long count_sleepers(void)
{
	long sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu(bkh_hook_sleepers, cpu));
	return sum;
}

/*
 * No new caller can reach us. Tasks that were preempted in a function of ours
 * pass with RCU-tasks, interrupts and idle CPUs with RCU, sleepers with their
 * count; the second round is for those preempted behind bkh_hook_exit().
 */
static void drain(void)
{
	synchronize_rcu_tasks();
	synchronize_rcu();
	while (count_sleepers())
		msleep(20);
	synchronize_rcu_tasks();
	synchronize_rcu();
}

void bkh_hooks_unplant(struct bkh_hook_set *const *sets, unsigned int count)
{
	unsigned int s, i;

	for (s = count; s-- > 0;)
		for (i = sets[s]->count; i-- > 0;)
			if (sets[s]->hooks[i].planted)
				unplant(&sets[s]->hooks[i]);
	drain();
}

int bkh_hooks_plant(struct bkh_hook_set *const *sets, unsigned int count)
{
	unsigned int s, i;
	int err;

	err = find_heads();
	if (err)
		return err;
	for (s = 0; s < count; s++)
		for (i = 0; i < sets[s]->count; i++) {
			err = plant(&sets[s]->hooks[i]);
			if (err) {
				bkh_hooks_unplant(sets, count);
				return err;
			}
		}
	return 0;
}

static bool is_linked(const struct bkh_hook *hook)
{
	const struct hlist_head *head = heads + hook->head;
	const struct hlist_node *node;

	if (!hook->planted)
		return false;
	for (node = READ_ONCE(head->first); node; node = READ_ONCE(node->next))
		if (node == &hook->list.list)
			return true;
	return false;
}

unsigned int bkh_hooks_count_planted(struct bkh_hook_set *const *sets,
				     unsigned int count)
{
	unsigned int n = 0;
	unsigned int s, i;

	if (!heads)
		return 0;
	for (s = 0; s < count; s++)
		for (i = 0; i < sets[s]->count; i++)
			n += is_linked(&sets[s]->hooks[i]);
	return n;
}
