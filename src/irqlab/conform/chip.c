// SPDX-License-Identifier: GPL-2.0-only
/*
 * The chip, the consumer and the device that conform runs on the tree's own interrupt core: every callback and handler is
 * irqlab's to answer (irqlab/conform/), and what the core believes is read out with the tree's own headers.
 */
#include <linux/device.h>
#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/irqchip/chained_irq.h>
#include <linux/irqdomain.h>
#include <linux/kernel.h>
#include <linux/pm_runtime.h>
#include <linux/pm_wakeirq.h>
#include <linux/suspend.h>
#include <linux/version.h>

#include "../kernel/irq/internals.h"
#include "../drivers/base/power/power.h"

#define LINES 8
#define DEVICES 3
#define LINKS 3

extern int irqlab_callback(const char *what, unsigned int hwirq, unsigned long argument);
extern int irqlab_power_callback(const char *what, unsigned int device);
extern int irqlab_handler(unsigned int irq, unsigned long user, int thread);

extern void irqlab_passes(u64 until);
extern bool irqlab_hrtimer(struct hrtimer *t);

/* -- the chip --------------------------------------------------------------------------------------------------- */

#define VOID(name) static void c_##name(struct irq_data *d) { irqlab_callback("irq_" #name, d->hwirq, 0); }
VOID(shutdown)
VOID(enable)
VOID(disable)
VOID(ack)
VOID(mask)
VOID(mask_ack)
VOID(unmask)
VOID(eoi)
VOID(bus_lock)
VOID(bus_sync_unlock)
VOID(release_resources)
VOID(nmi_teardown)

#define GIVES(name) static int c_##name(struct irq_data *d) { return irqlab_callback("irq_" #name, d->hwirq, 0); }
GIVES(retrigger)
GIVES(request_resources)
GIVES(nmi_setup)

static unsigned int c_startup(struct irq_data *d) { return irqlab_callback("irq_startup", d->hwirq, 0); }
static int c_set_type(struct irq_data *d, unsigned int type) { return irqlab_callback("irq_set_type", d->hwirq, type); }
static int c_set_wake(struct irq_data *d, unsigned int on) { return irqlab_callback("irq_set_wake", d->hwirq, on); }

static int c_set_affinity(struct irq_data *d, const struct cpumask *mask, bool force)
{
	int error = irqlab_callback("irq_set_affinity", d->hwirq, cpumask_bits(mask)[0]);

	if (error >= 0)
		irq_data_update_effective_affinity(d, mask);
	return error;
}

static int c_get_state(struct irq_data *d, enum irqchip_irq_state which, bool *state)
{
	int found = irqlab_callback("irq_get_irqchip_state", d->hwirq, which);

	if (found < 0)
		return found;
	*state = found;
	return 0;
}

static int c_set_state(struct irq_data *d, enum irqchip_irq_state which, bool state)
{
	return irqlab_callback("irq_set_irqchip_state", d->hwirq, which << 1 | state);
}

static struct irq_chip chips[LINES];
static irq_flow_handler_t flows[LINES];

static irq_flow_handler_t flow_of(unsigned int flow)
{
	switch (flow) {
	case 0: return handle_level_irq;
	case 1: return handle_edge_irq;
	case 2: return handle_fasteoi_irq;
	case 3: return handle_simple_irq;
	case 4: return handle_untracked_irq;
	case 5: return handle_percpu_irq;
	case 6: return handle_percpu_devid_irq;
	case 7: return handle_fasteoi_nmi;
	case 8: return handle_percpu_devid_fasteoi_nmi;
	case 9: return handle_fasteoi_ack_irq;
	case 10: return handle_fasteoi_mask_irq;
	}
	return handle_bad_irq;
}

/* Bit n of callbacks: the n-th of irqlab.conform.chip.CALLBACKS. */
#define HAS(bit, member, function) chip->member = callbacks >> bit & 1 ? function : NULL

static void fill(struct irq_chip *chip, unsigned long callbacks, unsigned long flags)
{
	HAS(0, irq_startup, c_startup);
	HAS(1, irq_shutdown, c_shutdown);
	HAS(2, irq_enable, c_enable);
	HAS(3, irq_disable, c_disable);
	HAS(4, irq_ack, c_ack);
	HAS(5, irq_mask, c_mask);
	HAS(6, irq_mask_ack, c_mask_ack);
	HAS(7, irq_unmask, c_unmask);
	HAS(8, irq_eoi, c_eoi);
	HAS(9, irq_retrigger, c_retrigger);
	HAS(10, irq_set_type, c_set_type);
	HAS(11, irq_set_wake, c_set_wake);
	HAS(12, irq_bus_lock, c_bus_lock);
	HAS(13, irq_bus_sync_unlock, c_bus_sync_unlock);
	HAS(14, irq_request_resources, c_request_resources);
	HAS(15, irq_release_resources, c_release_resources);
	HAS(16, irq_get_irqchip_state, c_get_state);
	HAS(17, irq_set_irqchip_state, c_set_state);
	HAS(18, irq_set_affinity, c_set_affinity);
	HAS(19, irq_nmi_setup, c_nmi_setup);
	HAS(20, irq_nmi_teardown, c_nmi_teardown);
	chip->name = "conform";
	chip->flags = flags;
}

/* -- the domain --------------------------------------------------------------------------------------------------- */

static int d_map(struct irq_domain *domain, unsigned int irq, irq_hw_number_t hwirq)
{
	int error = irqlab_callback("map", hwirq, 0);

	if (!error)
		irq_set_chip_and_handler(irq, &chips[hwirq], flows[hwirq]);
	return error;
}

static int d_activate(struct irq_domain *domain, struct irq_data *d, bool reserve)
{
	return irqlab_callback("activate", d->hwirq, reserve);
}

static void d_deactivate(struct irq_domain *domain, struct irq_data *d) { irqlab_callback("deactivate", d->hwirq, 0); }

static const struct irq_domain_ops ops = { .map = d_map, .activate = d_activate, .deactivate = d_deactivate };
static struct irq_domain *domain;

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

/* -- setting up ----------------------------------------------------------------------------------------------------- */

int conform_boot(int device)
{
	domain = irq_domain_add_linear(NULL, LINES, &ops, NULL);
	if (!domain)
		return -ENOMEM;
	if (device >= 0)
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 2, 0)
		domain->pm_dev = &devices[device];
#else
		domain->dev = &devices[device];
#endif
	return 0;
}

unsigned int conform_map(unsigned int hwirq, unsigned long callbacks, unsigned long flags, unsigned int flow)
{
	fill(&chips[hwirq], callbacks, flags);
	flows[hwirq] = flow_of(flow);
	return irq_create_mapping(domain, hwirq);
}

/* -- the consumer --------------------------------------------------------------------------------------------------- */

static irqreturn_t primary(int irq, void *user) { return irqlab_handler(irq, (unsigned long)user, 0); }
static irqreturn_t threaded(int irq, void *user) { return irqlab_handler(irq, (unsigned long)user, 1); }

/* The name ends up in that of the thread: irq/3-user1. */
static const char *const names[] = { "user0", "user1", "user2", "user3", "user4", "user5", "user6", "user7" };

int conform_request(unsigned int irq, bool handler, bool thread, unsigned long flags, unsigned long user)
{
	return request_threaded_irq(irq, handler ? primary : NULL, thread ? threaded : NULL, flags, names[user & 7], (void *)user);
}

int conform_request_any(unsigned int irq, unsigned long flags, unsigned long user)
{
	return request_any_context_irq(irq, primary, flags, names[user & 7], (void *)user);
}

int conform_request_percpu(unsigned int irq, unsigned long user)
{
	return request_percpu_irq(irq, primary, names[user & 7], (void __percpu *)user);
}

int conform_request_percpu_nmi(unsigned int irq, unsigned long user)
{
	return request_percpu_nmi(irq, primary, names[user & 7], (void __percpu *)user);
}

void conform_free_percpu_nmi(unsigned int irq, unsigned long user) { free_percpu_nmi(irq, (void __percpu *)user); }

void conform_free_percpu(unsigned int irq, unsigned long user) { free_percpu_irq(irq, (void __percpu *)user); }

int conform_request_nmi(unsigned int irq, unsigned long flags, unsigned long user)
{
	return request_nmi(irq, primary, flags, names[user & 7], (void *)user);
}

bool conform_free(unsigned int irq, unsigned long user) { return free_irq(irq, (void *)user); }

static void demux(struct irq_desc *desc)
{
	struct irq_chip *chip = irq_desc_get_chip(desc);

	chained_irq_enter(chip, desc);
	irqlab_callback("demux", irq_desc_get_irq_data(desc)->hwirq, 0);
	chained_irq_exit(chip, desc);
}

void conform_chain(unsigned int irq, bool install)
{
	irq_set_chained_handler_and_data(irq, install ? demux : NULL, NULL);
}

/* -- the machine ---------------------------------------------------------------------------------------------------- */

int conform_interrupt(unsigned int irq)
{
	struct irq_desc *desc = irq_to_desc(irq);
	unsigned long flags;
	int error;

	if ((desc->handle_irq == handle_fasteoi_nmi || desc->handle_irq == handle_percpu_devid_fasteoi_nmi) && !desc->action)
		return -ENOENT; /* these flows take it for granted */
	local_irq_save(flags);
	preempt_count_add(HARDIRQ_OFFSET);
	error = generic_handle_irq(irq);
	preempt_count_sub(HARDIRQ_OFFSET);
	local_irq_restore(flags);
	return error;
}

void conform_status(unsigned int irq, unsigned long clear, unsigned long set) { irq_modify_status(irq, clear, set); }

int conform_get_state(unsigned int irq, unsigned int which)
{
	bool state = false;
	int error = irq_get_irqchip_state(irq, which, &state);

	return error < 0 ? error : state;
}

int conform_set_affinity(unsigned int irq, unsigned long mask)
{
	struct cpumask wanted = { { mask } };

	return irq_set_affinity(irq, &wanted);
}

/* The window of spurious detection is nearly full. */
void conform_spurious(unsigned int irq, unsigned int count, unsigned int unhandled)
{
	irq_to_desc(irq)->irq_count = count;
	irq_to_desc(irq)->irqs_unhandled = unhandled;
	irq_to_desc(irq)->last_unhandled = jiffies;
}

/* No interrupt comes for a second. */
void conform_age(void) { jiffies += HZ; }

bool conform_pm_work(unsigned int number) { return flush_work(&devices[number].power.work); }

unsigned int conform_irq(unsigned int hwirq) { return irq_find_mapping(domain, hwirq); }

int conform_inject(unsigned int irq)
{
#ifdef CONFIG_GENERIC_IRQ_INJECTION
	return irq_inject_interrupt(irq);
#else
	return -ENOSYS;
#endif
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

/* -- what the core believes --------------------------------------------------------------------------------------- */

#define SEEN 48
#define ACTIONS 20

void conform_see(unsigned int irq, unsigned long *out)
{
	struct irq_desc *desc = irq_to_desc(irq);
	struct irqaction *action;
	int at = ACTIONS;

	if (!desc)
		return;
	out[0] = 1;
	out[1] = desc->irq_common_data.state_use_accessors;
	out[2] = desc->istate;
	out[3] = desc->depth;
	out[4] = desc->wake_depth;
	out[5] = atomic_read(&desc->threads_active);
	out[6] = desc->threads_oneshot;
	out[7] = desc->status_use_accessors;
	out[8] = desc->nr_actions;
	out[9] = desc->no_suspend_depth;
	out[10] = desc->cond_suspend_depth;
	out[11] = desc->force_resume_depth;
	out[12] = desc->percpu_enabled ? cpumask_bits(desc->percpu_enabled)[0] : 0;
	out[13] = desc->irq_data.hwirq;
	out[14] = desc->action && desc->action->handler != primary && !desc->action->dev_id;
	out[16] = desc->irq_count;
	out[17] = desc->irqs_unhandled;
	out[18] = desc->threads_handled_last >> 31 & 1;
	out[19] = (atomic_read(&desc->threads_handled) ^ desc->threads_handled_last) << 1 != 0;
	for (action = desc->action; action && at + 2 < SEEN; action = action->next) {
		out[at++] = (unsigned long)action->dev_id ?: (unsigned long)action->percpu_dev_id;
		out[at++] = action->flags;
		out[at++] = action->thread_mask << 2 | !!action->thread << 1 | (action->thread_flags & 1);
	}
	out[15] = at;
}

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
	out[13] = power->can_wakeup << 2 | (power->wakeup && power->wakeup->wakeirq) << 1 | !!power->wakeup;
	out[14] = power->needs_force_resume;
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
