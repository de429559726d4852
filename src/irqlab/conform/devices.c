// SPDX-License-Identifier: GPL-2.0-only
/*
 * The devices that conform has on the tree's own runtime PM, the links between them, what wakes them, and their time: every
 * callback is irqlab's to answer (irqlab/conform/).
 */
#include <linux/device.h>
#include <linux/hrtimer.h>
#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/kernel.h>
#include <linux/pm_runtime.h>
#include <linux/pm_wakeirq.h>
#include <linux/pm_wakeup.h>
#include <linux/suspend.h>
#include <linux/version.h>
#include <linux/workqueue.h>

#include "../drivers/base/power/power.h"

#define DEVICES 3
#define LINKS 3

extern int irqlab_power_callback(const char *what, unsigned int device);
extern void irqlab_passes(u64 until);
extern bool irqlab_hrtimer(struct hrtimer *t);

/* -- the devices ---------------------------------------------------------------------------------------------------- */

static struct device devices[DEVICES];

static int r_suspend(struct device *dev) { return irqlab_power_callback("runtime_suspend", dev - devices); }
static int r_resume(struct device *dev) { return irqlab_power_callback("runtime_resume", dev - devices); }
static int r_idle(struct device *dev) { return irqlab_power_callback("runtime_idle", dev - devices); }

static const struct dev_pm_ops plain = { .runtime_suspend = r_suspend, .runtime_resume = r_resume };
static const struct dev_pm_ops asked = { .runtime_suspend = r_suspend, .runtime_resume = r_resume, .runtime_idle = r_idle };
static struct device_driver drivers[2] = { { .name = "plain", .pm = &plain }, { .name = "asked", .pm = &asked } };

static const char *const device_names[DEVICES] = { "d0", "d1", "d2" };

void conform_device(unsigned int number, int parent, bool idle)
{
	struct device *dev = &devices[number];

	INIT_LIST_HEAD(&dev->links.consumers);
	INIT_LIST_HEAD(&dev->links.suppliers);
	spin_lock_init(&dev->power.lock);
	pm_runtime_init(dev);
	dev->init_name = device_names[number];
	dev->driver = &drivers[idle];
	dev->parent = parent >= 0 ? &devices[parent] : NULL;
}

struct device *conform_device_at(unsigned int number) { return &devices[number]; }

/* -- links: what device_link_add() and device_link_del() do that runtime PM sees ------------------------------------- */

static struct device_link links[LINKS];

/* Bit 0 of how: with DL_FLAG_PM_RUNTIME; bit 1: with DL_FLAG_RPM_ACTIVE too. */
int conform_link(unsigned int number, unsigned int consumer, unsigned int supplier, unsigned int how)
{
	struct device_link *link = &links[number];

	if (link->supplier)
		return -EEXIST;
	memset(link, 0, sizeof(*link));
	if (how == 3) {
		if (pm_runtime_get_sync(&devices[supplier]) < 0) {
			pm_runtime_put_noidle(&devices[supplier]);
			return -EIO;
		}
	}
	link->supplier = &devices[supplier];
	link->consumer = &devices[consumer];
	link->flags = how & 1 ? DL_FLAG_PM_RUNTIME : 0;
	refcount_set(&link->rpm_active, how == 3 ? 2 : 1);
	if (how & 1)
		pm_runtime_new_link(link->consumer);
	list_add_tail(&link->s_node, &link->supplier->links.consumers);
	list_add_tail(&link->c_node, &link->consumer->links.suppliers);
	return 0;
}

int conform_unlink(unsigned int number)
{
	struct device_link *link = &links[number];

	if (!link->supplier)
		return -ENOENT;
	pm_runtime_drop_link(link);
	list_del(&link->s_node);
	list_del(&link->c_node);
	link->supplier = NULL;
	return 0;
}

/* -- time ----------------------------------------------------------------------------------------------------------- */

/* The autosuspend delay of a device runs out, and that of no other. */
static void passes(struct device *dev)
{
	bool runs[DEVICES];
	int at;

	for (at = 0; at < DEVICES; at++)
		runs[at] = dev != &devices[at] && pm_runtime_autosuspend_expiration(&devices[at]);
	irqlab_passes(max(pm_runtime_autosuspend_expiration(dev), dev->power.timer_expires));
	for (at = 0; at < DEVICES; at++)
		if (runs[at])
			pm_runtime_mark_last_busy(&devices[at]);
}

int conform_timer(unsigned int number)
{
	struct device *dev = &devices[number];

	if (!dev->power.timer_expires)
		return 0;
	passes(dev);
	return irqlab_hrtimer(&dev->power.suspend_timer);
}

int conform_delay(unsigned int number)
{
	struct device *dev = &devices[number];

	if (dev->power.timer_expires || !pm_runtime_autosuspend_expiration(dev))
		return 0;
	passes(dev);
	return 1;
}

/* A device that was busy while nothing looked at the delay was so long ago. */
static void forgets(struct device *dev)
{
	if (!pm_runtime_autosuspend_expiration(dev))
		dev->power.last_busy = 0;
}

bool conform_pm_work(unsigned int number) { return flush_work(&devices[number].power.work); }

/* -- wakeup --------------------------------------------------------------------------------------------------------- */

int conform_wake_irq(unsigned int irq, unsigned int number, unsigned int how)
{
	switch (how) {
	case 0: return dev_pm_set_wake_irq(&devices[number], irq);
	case 1: return dev_pm_set_dedicated_wake_irq(&devices[number], irq);
	}
	return dev_pm_set_dedicated_wake_irq_reverse(&devices[number], irq);
}

void conform_clear_wake_irq(unsigned int number) { dev_pm_clear_wake_irq(&devices[number]); }

int conform_wakeup(unsigned int number, unsigned int what)
{
	struct device *dev = &devices[number];

	switch (what) {
	case 0: device_set_wakeup_capable(dev, false); return 0;
	case 1: device_set_wakeup_capable(dev, true); return 0;
	case 2: return device_set_wakeup_enable(dev, false);
	case 3: return device_set_wakeup_enable(dev, true);
	case 4: return device_init_wakeup(dev, false);
	case 5: return device_init_wakeup(dev, true);
	}
	pm_wakeup_event(dev, 0);
	return 0;
}

/* Whether the system was woken since it was asked last. */
bool conform_woken(void)
{
	bool woken = pm_wakeup_pending();

	pm_wakeup_clear(0);
	return woken;
}

/* -- what is believed of them ------------------------------------------------------------------------------------ */

void conform_see_device(unsigned int number, unsigned long *out)
{
	struct dev_pm_info *power = &devices[number].power;

	out[0] = atomic_read(&power->usage_count);
	out[1] = atomic_read(&power->child_count);
	out[2] = power->disable_depth;
	out[3] = power->runtime_status;
	out[4] = power->runtime_error;
	out[5] = power->request_pending ? power->request : RPM_REQ_NONE;
	out[6] = power->deferred_resume;
	out[7] = power->idle_notification;
	out[8] = power->timer_expires != 0;
	out[9] = power->last_status;
	out[10] = pm_runtime_autosuspend_expiration(&devices[number]) != 0;
	out[11] = power->links_count;
	out[12] = power->wakeirq ? 0x100 | power->wakeirq->status : 0;
	out[13] = device_may_wakeup(&devices[number]) << 3 | power->can_wakeup << 2 | (power->wakeup && power->wakeup->wakeirq) << 1 | !!power->wakeup;
	out[14] = power->needs_force_resume;
	out[15] = power->runtime_auto;
}

/* What the core allocates, by its size: the order of irqlab.conform.step.KINDS. */
void conform_see_sizes(unsigned int count, unsigned long *out)
{
	out[0] = sizeof(struct irqaction);
	out[1] = sizeof(struct irq_data);
	out[2] = sizeof(struct wake_irq);
	out[3] = sizeof(struct wakeup_source);
}

void conform_see_link(unsigned int number, unsigned long *out)
{
	struct device_link *link = &links[number];

	out[0] = !!link->supplier;
	out[1] = link->supplier ? refcount_read(&link->rpm_active) - 1 : 0;
	out[2] = link->supplier && link->supplier_preactivated;
}

/* -- runtime PM's inline functions ---------------------------------------------------------------------------------- */

int conform_pm(unsigned int number, unsigned int what)
{
	struct device *dev = &devices[number];

	switch (what) {
	case 0: return pm_runtime_get_sync(dev);
	case 1: return pm_runtime_resume_and_get(dev);
	case 2: return pm_runtime_get(dev);
	case 3: pm_runtime_get_noresume(dev); return 0;
	case 4: pm_runtime_put_noidle(dev); return 0;
	case 5: return pm_runtime_put(dev);
	case 6: return pm_runtime_put_sync(dev);
	case 7: return pm_runtime_put_sync_suspend(dev);
	case 8: return pm_runtime_suspend(dev);
	case 9: return pm_runtime_resume(dev);
	case 10: return pm_runtime_idle(dev);
	case 11: return pm_request_idle(dev);
	case 12: return pm_request_resume(dev);
	case 13: pm_runtime_enable(dev); return 0;
	case 14: pm_runtime_disable(dev); return 0;
	case 15: return pm_runtime_set_active(dev);
	case 16: return pm_runtime_set_suspended(dev);
	case 17: return pm_runtime_get_if_in_use(dev);
	case 18: return pm_runtime_get_if_active(dev
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 9, 0)
			, true
#endif
			);
	case 19: return pm_runtime_barrier(dev);
	case 20: return pm_runtime_force_suspend(dev);
	case 21: return pm_runtime_force_resume(dev);
	case 22: return pm_runtime_put_autosuspend(dev);
	case 23: pm_runtime_forbid(dev); return 0;
	case 24: pm_runtime_allow(dev); return 0;
	case 25: forgets(dev); pm_runtime_use_autosuspend(dev); return 0;
	case 26: pm_runtime_dont_use_autosuspend(dev); return 0;
	case 27: forgets(dev); pm_runtime_set_autosuspend_delay(dev, 100); return 0;
	case 28: pm_runtime_set_autosuspend_delay(dev, 0); return 0;
	case 29: pm_runtime_set_autosuspend_delay(dev, -1); return 0;
	case 30: pm_runtime_mark_last_busy(dev); return 0;
	case 31: pm_runtime_irq_safe(dev); return 0;
	case 32: pm_suspend_ignore_children(dev, true); return 0;
	case 33: pm_suspend_ignore_children(dev, false); return 0;
	case 34: return pm_runtime_put_sync_autosuspend(dev);
	case 35: pm_runtime_no_callbacks(dev); return 0;
	case 36: pm_runtime_get_suppliers(dev); return 0;
	case 37: pm_runtime_put_suppliers(dev); return 0;
	case 38: pm_runtime_reinit(dev); return 0;
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0)
	case 39: pm_runtime_block_if_disabled(dev); return 0;
	case 40: pm_runtime_unblock(dev); return 0;
#else
	case 39: return 0;
	case 40: return 0;
#endif
	case 41: return pm_runtime_active(dev);
	case 42: return pm_runtime_suspended(dev);
	case 43: return pm_runtime_status_suspended(dev);
	case 44: return pm_runtime_enabled(dev);
	}
	return -ENOSYS;
}
