// SPDX-License-Identifier: GPL-2.0-only
/* Bulkhead as a module: load, unload, and the one parameter: armed. */
#include <linux/capability.h>
#include <linux/module.h>
#include <linux/mutex.h>

#include "log.h"
#include "main.h"

/* Guards @armed: planting at load, disarming by the parameter. */
static DEFINE_MUTEX(armed_mutex);
static bool armed;

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
		err = wanted ? -EINVAL : bkh_disarm();
		if (!err) {
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

static int __init bulkhead_init(void)
{
	int err;

	mutex_lock(&armed_mutex);
	err = bkh_arm();
	armed = !err;
	mutex_unlock(&armed_mutex);
	if (err)
		return err;
	/* Planted hooks hold the module; disarming lets go. */
	__module_get(THIS_MODULE);
	bkh_info("version %s, armed\n", BKH_VERSION);
	return 0;
}

static void __exit bulkhead_exit(void)
{
	bkh_free();
}

module_init(bulkhead_init);
module_exit(bulkhead_exit);
