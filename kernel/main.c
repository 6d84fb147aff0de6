// SPDX-License-Identifier: GPL-2.0-only
/* Order of start and unwind. */
#include <linux/module.h>
#include <linux/workqueue.h>

#include "attach/tracepoints.h"
#include "attach/vfs.h"
#include "domain.h"
#include "event.h"
#include "forming.h"
#include "hooks.h"
#include "judge.h"
#include "limits.h"
#include "log.h"
#include "main.h"
#include "netlink.h"
#include "nets.h"
#include "path.h"
#include "ruleset.h"

struct bkh_hook_set *const bkh_hook_sets[] = {
	&bkh_file_hooks, &bkh_attr_hooks, &bkh_exec_hooks, &bkh_cap_hooks,
	&bkh_socket_hooks, &bkh_guard_hooks, &bkh_kernel_hooks, &bkh_mount_hooks,
	&bkh_unix_hooks, &bkh_ioctl_hooks,
};
const unsigned int bkh_hook_set_count = ARRAY_SIZE(bkh_hook_sets);

static struct bkh_probe probes[] = {
	{ .name = "cgroup_mkdir", .probe = bkh_on_cgroup_mkdir },
	{ .name = "cgroup_rmdir", .probe = bkh_on_cgroup_rmdir },
	{ .name = "cgroup_release", .probe = bkh_on_cgroup_release },
	{ .name = "cgroup_attach_task", .probe = bkh_on_attach_task },
	{ .name = "sched_process_fork", .probe = bkh_on_fork },
	{ .name = "sched_process_exit", .probe = bkh_on_exit },
};

void bkh_count_hooks(unsigned int *planted, unsigned int *wanted)
{
	unsigned int i;

	*planted = bkh_hooks_count_planted(bkh_hook_sets, bkh_hook_set_count);
	*wanted = 0;
	for (i = 0; i < bkh_hook_set_count; i++)
		*wanted += bkh_hook_sets[i]->count;
}

/* Inside a bound cgroup nobody may, not even a task that is still forming. */
bool bkh_current_may_control(void)
{
	struct bkh_subject s;
	bool bound;

	rcu_read_lock();
	bound = bkh_subject_of(task_dfl_cgroup(current), &s);
	rcu_read_unlock();
	return !bound;
}

/* A host where nobody asks for the status shall hear of a lost hook, too. */
static void check_hooks(struct work_struct *work)
{
	bkh_hooks_count_planted(bkh_hook_sets, bkh_hook_set_count);
	schedule_delayed_work(to_delayed_work(work),
			      msecs_to_jiffies(BKH_HOOKS_CHECK_MS));
}

static DECLARE_DELAYED_WORK(check_work, check_hooks);

static int start(void)
{
	int err;

	err = bkh_vfs_attach();
	if (err)
		return err;
	err = bkh_hooks_plant(bkh_hook_sets, bkh_hook_set_count);
	if (err)
		return err;
	err = bkh_probes_attach(probes, ARRAY_SIZE(probes));
	if (err)
		goto unplant;
	err = bkh_netlink_init();
	if (err)
		goto detach;
	schedule_delayed_work(&check_work, msecs_to_jiffies(BKH_HOOKS_CHECK_MS));
	return 0;
detach:
	bkh_probes_detach(probes, ARRAY_SIZE(probes));
unplant:
	bkh_hooks_unplant(bkh_hook_sets, bkh_hook_set_count);
	return err;
}

static void stop(void)
{
	/* In this order: no more verdicts, no more events, no more requests. */
	cancel_delayed_work_sync(&check_work);
	bkh_ruleset_drop();
	bkh_event_exit();
	bkh_netlink_exit();
	bkh_probes_detach(probes, ARRAY_SIZE(probes));
	bkh_hooks_unplant(bkh_hook_sets, bkh_hook_set_count);
}

int bkh_disarm(void)
{
	if (!bkh_hooks_can_unplant(bkh_hook_sets, bkh_hook_set_count))
		return -EBUSY;
	stop();
	return 0;
}

void bkh_free(void)
{
	bkh_nets_exit();
	bkh_forming_exit();
	bkh_domains_exit();
	bkh_path_exit();
}

int bkh_arm(void)
{
	int err;

	bkh_event_init();
	err = bkh_path_init();
	if (err)
		return err;
	err = bkh_forming_init();
	if (err)
		goto path;
	err = bkh_nets_init();
	if (err)
		goto forming;
	err = start();
	if (err)
		bkh_free();
	return err;
forming:
	bkh_forming_exit();
path:
	bkh_path_exit();
	return err;
}

MODULE_DESCRIPTION("Per-container file, capability and port policy");
MODULE_AUTHOR("The Bulkhead maintainers");
MODULE_VERSION(BKH_VERSION);
MODULE_LICENSE("GPL");
