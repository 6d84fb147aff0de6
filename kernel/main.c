// SPDX-License-Identifier: GPL-2.0-only
/* Order of start and unwind, and the one parameter: armed. */
#include <linux/module.h>
#include <linux/mutex.h>
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
#include "netfilter.h"
#include "netlink.h"
#include "path.h"
#include "ruleset.h"

static struct bkh_hook_set *const hook_sets[] = {
	&bkh_file_hooks, &bkh_attr_hooks, &bkh_exec_hooks, &bkh_cap_hooks,
	&bkh_socket_hooks, &bkh_guard_hooks, &bkh_kernel_hooks, &bkh_mount_hooks,
	&bkh_unix_hooks,
};

static struct bkh_probe probes[] = {
	{ .name = "cgroup_mkdir", .probe = bkh_on_cgroup_mkdir },
	{ .name = "cgroup_rmdir", .probe = bkh_on_cgroup_rmdir },
	{ .name = "cgroup_release", .probe = bkh_on_cgroup_release },
	{ .name = "cgroup_attach_task", .probe = bkh_on_attach_task },
	{ .name = "sched_process_fork", .probe = bkh_on_fork },
	{ .name = "sched_process_exit", .probe = bkh_on_exit },
};

/* Guards @armed: planting at load, disarming by the parameter. */
static DEFINE_MUTEX(armed_mutex);
static bool armed;

void bkh_count_hooks(unsigned int *planted, unsigned int *wanted)
{
	unsigned int i;

	*planted = bkh_hooks_count_planted(hook_sets, ARRAY_SIZE(hook_sets));
	*wanted = 0;
	for (i = 0; i < ARRAY_SIZE(hook_sets); i++)
		*wanted += hook_sets[i]->count;
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
	bkh_hooks_count_planted(hook_sets, ARRAY_SIZE(hook_sets));
	schedule_delayed_work(to_delayed_work(work),
			      msecs_to_jiffies(BKH_HOOKS_CHECK_MS));
}

static DECLARE_DELAYED_WORK(check_work, check_hooks);

static int arm(void)
{
	int err;

	err = bkh_vfs_attach();
	if (err)
		return err;
	err = bkh_hooks_plant(hook_sets, ARRAY_SIZE(hook_sets));
	if (err)
		return err;
	err = bkh_netfilter_init();
	if (err)
		goto unplant;
	err = bkh_probes_attach(probes, ARRAY_SIZE(probes));
	if (err)
		goto unfilter;
	err = bkh_netlink_init();
	if (err)
		goto detach;
	schedule_delayed_work(&check_work, msecs_to_jiffies(BKH_HOOKS_CHECK_MS));
	return 0;
detach:
	bkh_probes_detach(probes, ARRAY_SIZE(probes));
unfilter:
	bkh_netfilter_exit();
unplant:
	bkh_hooks_unplant(hook_sets, ARRAY_SIZE(hook_sets));
	return err;
}

static void disarm(void)
{
	/* In this order: no more verdicts, no more events, no more requests. */
	cancel_delayed_work_sync(&check_work);
	bkh_ruleset_drop();
	bkh_event_exit();
	bkh_netlink_exit();
	bkh_probes_detach(probes, ARRAY_SIZE(probes));
	bkh_netfilter_exit();
	bkh_hooks_unplant(hook_sets, ARRAY_SIZE(hook_sets));
}

/* Only ever switched off, ahead of unloading; loading arms. */
static int armed_set(const char *value, const struct kernel_param *param)
{
	bool wanted;
	int err;

	err = kstrtobool(value, &wanted);
	if (err)
		return err;
	if (!capable(CAP_MAC_ADMIN) || !bkh_current_may_control())
		return -EPERM;
	mutex_lock(&armed_mutex);
	if (wanted != armed) {
		err = wanted ? -EINVAL : 0;
		if (!err && !bkh_hooks_can_unplant(hook_sets,
						   ARRAY_SIZE(hook_sets)))
			err = -EBUSY;
		if (!err) {
			disarm();
			armed = false;
			bkh_info("disarmed\n");
			module_put(THIS_MODULE);
		}
	}
	mutex_unlock(&armed_mutex);
	return err;
}

static const struct kernel_param_ops armed_ops = {
	.set = armed_set,
	.get = param_get_bool,
};

module_param_cb(armed, &armed_ops, &armed, 0600);
MODULE_PARM_DESC(armed, "1 while the hooks are planted; write 0 before rmmod");

static void free_all(void)
{
	bkh_forming_exit();
	bkh_domains_exit();
	bkh_path_exit();
}

static int __init bulkhead_init(void)
{
	int err;

	bkh_event_init();
	err = bkh_path_init();
	if (err)
		return err;
	err = bkh_forming_init();
	if (err) {
		bkh_path_exit();
		return err;
	}
	mutex_lock(&armed_mutex);
	err = arm();
	armed = !err;
	mutex_unlock(&armed_mutex);
	if (err) {
		free_all();
		return err;
	}
	/* Planted hooks hold the module; disarming lets go. */
	__module_get(THIS_MODULE);
	bkh_info("version %s, armed\n", BKH_VERSION);
	return 0;
}

static void __exit bulkhead_exit(void)
{
	free_all();
}

module_init(bulkhead_init);
module_exit(bulkhead_exit);

MODULE_DESCRIPTION("Per-container file, capability and port policy");
MODULE_AUTHOR("The Bulkhead maintainers");
MODULE_VERSION(BKH_VERSION);
MODULE_LICENSE("GPL");
