// SPDX-License-Identifier: GPL-2.0-only
/*
 * For tests, on kernels before 6.12: another module at the lists of LSM hooks.
 *
 *   insmod rival.ko table=ADDRESS mode=cut	takes the last entry off the list
 *						of a hook until unloaded; for
 *						good with keep=1
 *
 * It is hook=NAME, file_open if none is named.
 *
 * ADDRESS is that of security_hook_heads in /proc/kallsyms.
 */
#include <linux/lsm_hooks.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

static unsigned long table;
module_param(table, ulong, 0400);

static char *mode = "";
module_param(mode, charp, 0400);

static char *hook = "file_open";
module_param(hook, charp, 0400);

static bool keep;
module_param(keep, bool, 0400);

static const struct {
	const char *name;
	size_t offset;
} hooks[] = {
#define LSM_HOOK(RET, DEFAULT, NAME, ...) \
	{ #NAME, offsetof(struct security_hook_heads, NAME) },
#include <linux/lsm_hook_defs.h>
#undef LSM_HOOK
};

static struct hlist_node **link, *entry;

/* The kernel's own lists and entries are read-only after boot. */
static int write_link(struct hlist_node *node)
{
	struct page *page = pfn_to_page(__pa(link) >> PAGE_SHIFT);
	void *alias = vmap(&page, 1, VM_MAP, PAGE_KERNEL);

	if (!alias)
		return -ENOMEM;
	WRITE_ONCE(*(struct hlist_node **)(alias + offset_in_page(link)), node);
	vunmap(alias);
	return 0;
}

static struct hlist_head *list(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(hooks); i++)
		if (!strcmp(hooks[i].name, hook))
			return (void *)(table + hooks[i].offset);
	return NULL;
}

static int __init rival_init(void)
{
	struct hlist_head *head = list();

	if (!table || strcmp(mode, "cut") || !head || hlist_empty(head))
		return -EINVAL;
	for (link = &head->first; (*link)->next; link = &(*link)->next)
		;
	entry = *link;
	return write_link(NULL);
}

static void __exit rival_exit(void)
{
	if (!keep)
		WARN_ON(write_link(entry));
}

module_init(rival_init);
module_exit(rival_exit);

MODULE_DESCRIPTION("Takes the LSM hook entries that Bulkhead has");
MODULE_LICENSE("GPL");
