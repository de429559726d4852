// SPDX-License-Identifier: GPL-2.0-only
/*
 * The chip and the consumer that conform runs on the tree's own interrupt core: every callback and handler is
 * irqlab's to answer (irqlab/conform/), and what the core believes is read out with the tree's own headers.
 */
#include <linux/cpu.h>
#include <linux/device.h>
#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/irqchip/chained_irq.h>
#include <linux/irqdomain.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/nodemask.h>
#include <linux/version.h>

#include "../kernel/irq/internals.h"

#define LINES 8

/*
 * The core would have a line's Linux number be its hardware number modulo NR_IRQS: of multiples it takes the lowest that is
 * free, as the kernel in Python does.
 */
#define HWIRQ(line) ((line) * NR_IRQS)
#define LINE(d) ((d)->hwirq / NR_IRQS)

extern int irqlab_callback(const char *what, unsigned int hwirq, unsigned long argument);
extern int irqlab_handler(unsigned int irq, unsigned long user, int thread);
/* Whether irqlab has the caller in a hard interrupt; its other interrupts are only calls. */
extern bool irqlab_in_hardirq(void);
extern struct device *conform_device_at(unsigned int number);

/* -- the chip --------------------------------------------------------------------------------------------------- */

/* Bit n of a line: the n-th of irqlab.conform.step.CALLBACKS goes on to the chip below, where there is one. */
static unsigned long passes[LINES];

#define PASSES(d, bit) (passes[LINE(d)] >> (bit) & 1 && (d)->parent_data)

#define VOID(name) static void c_##name(struct irq_data *d) { irqlab_callback("irq_" #name, LINE(d), 0); }
VOID(shutdown)
VOID(bus_lock)
VOID(bus_sync_unlock)
VOID(nmi_teardown)

#define PASSED(bit, name) \
	static void c_##name(struct irq_data *d) \
	{ \
		irqlab_callback("irq_" #name, LINE(d), 0); \
		if (PASSES(d, bit)) \
			irq_chip_##name##_parent(d); \
	}
PASSED(2, enable)
PASSED(3, disable)
PASSED(4, ack)
PASSED(5, mask)
PASSED(6, mask_ack)
PASSED(7, unmask)
PASSED(8, eoi)
PASSED(15, release_resources)

static int c_nmi_setup(struct irq_data *d) { return irqlab_callback("irq_nmi_setup", LINE(d), 0); }
static unsigned int c_startup(struct irq_data *d) { return irqlab_callback("irq_startup", LINE(d), 0); }

static int c_retrigger(struct irq_data *d)
{
	int done = irqlab_callback("irq_retrigger", LINE(d), 0);

	return !done && PASSES(d, 9) ? irq_chip_retrigger_hierarchy(d) : done;
}

static int c_set_type(struct irq_data *d, unsigned int type)
{
	int error = irqlab_callback("irq_set_type", LINE(d), type);

	return !error && PASSES(d, 10) ? irq_chip_set_type_parent(d, type) : error;
}

static int c_set_wake(struct irq_data *d, unsigned int on)
{
	int error = irqlab_callback("irq_set_wake", LINE(d), on);

	return !error && PASSES(d, 11) ? irq_chip_set_wake_parent(d, on) : error;
}

static int c_request_resources(struct irq_data *d)
{
	int error = irqlab_callback("irq_request_resources", LINE(d), 0);

	return !error && PASSES(d, 14) ? irq_chip_request_resources_parent(d) : error;
}

/* A chip that sends a line to one CPU at a time takes the first; one that is untold does not say where it sends it. */
static unsigned long marks[LINES];

enum { SINGLE_TARGET = 1, AFFINITY_ON_ACTIVATE = 2, ENFORCE_IRQCTX = 4, UNTOLD = 8, GOING = 16 };

static void mark(struct irq_data *d)
{
	if (marks[LINE(d)] & SINGLE_TARGET)
		irqd_set_single_target(d);
	if (marks[LINE(d)] & AFFINITY_ON_ACTIVATE)
		irqd_set_affinity_on_activate(d);
	if (marks[LINE(d)] & ENFORCE_IRQCTX)
		irqd_set_handle_enforce_irqctx(d);
}

static void told(struct irq_data *d, const struct cpumask *mask)
{
	if (!(marks[LINE(d)] & UNTOLD))
		irq_data_update_effective_affinity(d, irqd_is_single_target(d) ? cpumask_of(cpumask_first(mask)) : mask);
}

static int c_set_affinity(struct irq_data *d, const struct cpumask *mask, bool force)
{
	int error = irqlab_callback("irq_set_affinity", LINE(d), cpumask_bits(mask)[0] << 1 | force);

	if (!error && PASSES(d, 18))
		error = irq_chip_set_affinity_parent(d, mask, force);
	if (error >= 0)
		told(d, mask);
	return error;
}

static int c_get_state(struct irq_data *d, enum irqchip_irq_state which, bool *state)
{
	int found = irqlab_callback("irq_get_irqchip_state", LINE(d), which);

	if (found < 0)
		return found;
	if (!found && PASSES(d, 16))
		return irq_chip_get_parent_state(d, which, state);
	*state = found;
	return 0;
}

static int c_set_state(struct irq_data *d, enum irqchip_irq_state which, bool state)
{
	int error = irqlab_callback("irq_set_irqchip_state", LINE(d), which << 1 | state);

	return !error && PASSES(d, 17) ? irq_chip_set_parent_state(d, which, state) : error;
}

static int c_set_vcpu_affinity(struct irq_data *d, void *info)
{
	int error = irqlab_callback("irq_set_vcpu_affinity", LINE(d), (unsigned long)info);

	return !error && PASSES(d, 21) ? irq_chip_set_vcpu_affinity_parent(d, info) : error;
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

/* Bit n of callbacks: the n-th of irqlab.conform.step.CALLBACKS. */
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
	HAS(21, irq_set_vcpu_affinity, c_set_vcpu_affinity);
	chip->name = "conform";
	chip->flags = flags;
}

/* -- the modules the lines belong to ------------------------------------------------------------------------------ */

static struct module owners[LINES];
static long references[LINES];

/* As kernel/module/main.c has it: a live module has one on itself that is not counted here. */
#define PUTTABLE(line) (references[line] + !(marks[line] & GOING) > 0)

bool try_module_get(struct module *module)
{
	unsigned int line = module - owners;

	if (!module)
		return true;
	if (marks[line] & GOING || !PUTTABLE(line))
		return false;
	references[line]++;
	return true;
}

void module_put(struct module *module)
{
	if (module && !WARN_ON(!PUTTABLE(module - owners)))
		references[module - owners]--;
}

/* -- the chip below it ------------------------------------------------------------------------------------------ */

#define BELOW(name) static void p_##name(struct irq_data *d) { irqlab_callback("parent irq_" #name, LINE(d), 0); }
BELOW(enable)
BELOW(disable)
BELOW(ack)
BELOW(mask)
BELOW(mask_ack)
BELOW(unmask)
BELOW(eoi)
BELOW(release_resources)

static int p_retrigger(struct irq_data *d) { return irqlab_callback("parent irq_retrigger", LINE(d), 0); }
static int p_request_resources(struct irq_data *d) { return irqlab_callback("parent irq_request_resources", LINE(d), 0); }
static int p_set_type(struct irq_data *d, unsigned int type) { return irqlab_callback("parent irq_set_type", LINE(d), type); }
static int p_set_wake(struct irq_data *d, unsigned int on) { return irqlab_callback("parent irq_set_wake", LINE(d), on); }

static int p_set_affinity(struct irq_data *d, const struct cpumask *mask, bool force)
{
	return irqlab_callback("parent irq_set_affinity", LINE(d), cpumask_bits(mask)[0] << 1 | force);
}

static int p_get_state(struct irq_data *d, enum irqchip_irq_state which, bool *state)
{
	int found = irqlab_callback("parent irq_get_irqchip_state", LINE(d), which);

	if (found < 0)
		return found;
	*state = found;
	return 0;
}

static int p_set_state(struct irq_data *d, enum irqchip_irq_state which, bool state)
{
	return irqlab_callback("parent irq_set_irqchip_state", LINE(d), which << 1 | state);
}

static int p_set_vcpu_affinity(struct irq_data *d, void *info)
{
	return irqlab_callback("parent irq_set_vcpu_affinity", LINE(d), (unsigned long)info);
}

static struct irq_chip parents[LINES];

static void fill_parent(struct irq_chip *chip, unsigned long callbacks, unsigned long flags)
{
	HAS(2, irq_enable, p_enable);
	HAS(3, irq_disable, p_disable);
	HAS(4, irq_ack, p_ack);
	HAS(5, irq_mask, p_mask);
	HAS(6, irq_mask_ack, p_mask_ack);
	HAS(7, irq_unmask, p_unmask);
	HAS(8, irq_eoi, p_eoi);
	HAS(9, irq_retrigger, p_retrigger);
	HAS(10, irq_set_type, p_set_type);
	HAS(11, irq_set_wake, p_set_wake);
	HAS(14, irq_request_resources, p_request_resources);
	HAS(15, irq_release_resources, p_release_resources);
	HAS(16, irq_get_irqchip_state, p_get_state);
	HAS(17, irq_set_irqchip_state, p_set_state);
	HAS(18, irq_set_affinity, p_set_affinity);
	HAS(21, irq_set_vcpu_affinity, p_set_vcpu_affinity);
	chip->name = "below";
	chip->flags = flags;
}

/* -- the domain --------------------------------------------------------------------------------------------------- */

static int d_map(struct irq_domain *domain, unsigned int irq, irq_hw_number_t hwirq)
{
	struct irq_data *d = irq_get_irq_data(irq);
	int error = irqlab_callback("map", LINE(d), 0);

	if (!error) {
		irq_set_chip_and_handler(irq, &chips[LINE(d)], flows[LINE(d)]);
		mark(d);
	}
	return error;
}

static void d_unmap(struct irq_domain *domain, unsigned int irq)
{
	irqlab_callback("unmap", LINE(irq_get_irq_data(irq)), 0);
}

static int d_activate(struct irq_domain *domain, struct irq_data *d, bool reserve)
{
	return irqlab_callback("activate", LINE(d), reserve);
}

static void d_deactivate(struct irq_domain *domain, struct irq_data *d) { irqlab_callback("deactivate", LINE(d), 0); }

/* A specifier is the hardware number and the trigger type, whatever that is. */
static int d_translate(struct irq_domain *domain, struct irq_fwspec *fwspec, unsigned long *hwirq, unsigned int *type)
{
	*hwirq = fwspec->param[0];
	*type = fwspec->param[1];
	return irqlab_callback("translate", *hwirq / NR_IRQS, *type);
}

static struct irq_domain_ops ops = {
	.map = d_map, .unmap = d_unmap, .translate = d_translate, .activate = d_activate, .deactivate = d_deactivate,
};

/* -- the domains of a hierarchy: the argument is a specifier ----------------------------------------------------------- */

static int s_alloc(struct irq_domain *domain, unsigned int irq, unsigned int count, void *argument)
{
	unsigned int line = ((struct irq_fwspec *)argument)->param[0] / NR_IRQS;
	int error = irqlab_callback("alloc", line, 0);

	if (!error)
		error = irq_domain_alloc_irqs_parent(domain, irq, count, argument);
	if (error)
		return error;
	irq_domain_set_info(domain, irq, HWIRQ(line), &chips[line], NULL, flows[line], NULL, NULL);
	mark(irq_get_irq_data(irq));
	return 0;
}

static void s_free(struct irq_domain *domain, unsigned int irq, unsigned int count)
{
	irqlab_callback("free", LINE(irq_domain_get_irq_data(domain, irq)), 0);
	irq_domain_free_irqs_top(domain, irq, count);
}

/* The level below is refused, there (0), not to be (CUT), or forgotten (FORGOTTEN). */
enum { CUT = 1, FORGOTTEN = 2 };

static int p_alloc(struct irq_domain *domain, unsigned int irq, unsigned int count, void *argument)
{
	unsigned int line = ((struct irq_fwspec *)argument)->param[0] / NR_IRQS;
	int how = irqlab_callback("parent alloc", line, 0);

	switch (how) {
	case 0: return irq_domain_set_hwirq_and_chip(domain, irq, HWIRQ(line), &parents[line], NULL);
	case CUT: return irq_domain_disconnect_hierarchy(domain, irq);
	case FORGOTTEN: return 0;
	}
	return how;
}

static void p_free(struct irq_domain *domain, unsigned int irq, unsigned int count)
{
	irqlab_callback("parent free", LINE(irq_domain_get_irq_data(domain, irq)), 0);
	irq_domain_free_irqs_common(domain, irq, count);
}

static int p_activate(struct irq_domain *domain, struct irq_data *d, bool reserve)
{
	return irqlab_callback("parent activate", LINE(d), reserve);
}

static void p_deactivate(struct irq_domain *domain, struct irq_data *d)
{
	irqlab_callback("parent deactivate", LINE(d), 0);
}

static struct irq_domain_ops stacked = {
	.alloc = s_alloc, .free = s_free, .translate = d_translate, .activate = d_activate, .deactivate = d_deactivate,
};
static struct irq_domain_ops below = {
	.alloc = p_alloc, .free = p_free, .activate = p_activate, .deactivate = p_deactivate,
};
static struct irq_domain *domain, *parent;

/* -- setting up ----------------------------------------------------------------------------------------------------- */

/* So many CPUs, all online, on one node: before anything else. */
void conform_cpus(unsigned int count)
{
	nr_cpu_ids = count;
	cpumask_bits(&__cpu_possible_mask)[0] = (1UL << count) - 1;
	cpumask_copy(&__cpu_present_mask, cpu_possible_mask);
	cpumask_copy(&__cpu_online_mask, cpu_possible_mask);
	if (alloc_cpumask_var(&node_to_cpumask_map[0], GFP_ATOMIC))
		cpumask_copy(node_to_cpumask_map[0], cpu_possible_mask);
}

/* Each domain may do without activation: bit 0 that of the lines, bit 1 the one below it. */
int conform_boot(int device, bool hierarchy, unsigned int inactive)
{
	if (inactive & 1)
		ops.activate = stacked.activate = NULL, ops.deactivate = stacked.deactivate = NULL;
	if (inactive & 2)
		below.activate = NULL, below.deactivate = NULL;
	if (hierarchy) {
		parent = irq_domain_add_tree(NULL, &below, NULL);
		domain = parent ? irq_domain_create_hierarchy(parent, 0, HWIRQ(LINES), NULL, &stacked, NULL) : NULL;
	} else {
		domain = irq_domain_add_linear(NULL, HWIRQ(LINES), &ops, NULL);
	}
	if (!domain)
		return -ENOMEM;
	irq_set_default_host(domain);
	if (device >= 0)
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 2, 0)
		domain->pm_dev = conform_device_at(device);
#else
		domain->dev = conform_device_at(device);
#endif
	return 0;
}

static unsigned long settings[LINES];
static unsigned int desired[LINES];
static bool devid[LINES];
static struct irq_affinity_desc affinities[LINES];

/* What a line is once it is mapped; affinity: a mask of CPUs, in bit 8 whether it is managed, or 0. */
void conform_line(unsigned int line, unsigned long callbacks, unsigned long flags, unsigned int flow, unsigned long status,
		  unsigned int affinity)
{
	fill(&chips[line], callbacks, flags);
	flows[line] = flow_of(flow);
	settings[line] = status;
	devid[line] = flows[line] == handle_percpu_devid_irq || flows[line] == handle_percpu_devid_fasteoi_nmi;
	desired[line] = affinity;
	cpumask_bits(&affinities[line].mask)[0] = affinity & 0xff;
	affinities[line].is_managed = affinity >> 8;
}

void conform_line_below(unsigned int line, unsigned long callbacks, unsigned long flags, unsigned long passed, unsigned long marked)
{
	fill_parent(&parents[line], callbacks, flags);
	passes[line] = passed;
	marks[line] = marked;
}

int conform_map(unsigned int line, bool specified, unsigned int type)
{
	const struct irq_affinity_desc *affinity = desired[line] ? &affinities[line] : NULL;
	struct irq_fwspec wanted = { .param_count = 2, .param = { HWIRQ(line), type } };
	int known = irq_find_mapping(domain, HWIRQ(line)), irq;

	if (specified)
		irq = irq_create_fwspec_mapping(&wanted);
	else if (!parent)
		irq = irq_create_mapping_affinity(domain, HWIRQ(line), affinity);
	else
		irq = known ?: __irq_domain_alloc_irqs(domain, -1, 1, NUMA_NO_NODE, &wanted, false, affinity);
	if (irq <= 0 || known)
		return irq;
	irq_to_desc(irq)->owner = &owners[line];
	if (devid[line])
		irq_set_percpu_devid(irq);
	irq_modify_status(irq, 0, settings[line]);
	return irq;
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
	irqlab_callback("demux", LINE(irq_desc_get_irq_data(desc)), 0);
	chained_irq_exit(chip, desc);
}

void conform_chain(unsigned int irq, bool install)
{
	irq_set_chained_handler_and_data(irq, install ? demux : NULL, (void *)(unsigned long)irq);
}

/* -- the machine ---------------------------------------------------------------------------------------------------- */

/* Whether the flow of a line relies on an action that is not there. */
static bool taken_for_granted(struct irq_desc *desc)
{
	return desc && !desc->action &&
	       (desc->handle_irq == handle_fasteoi_nmi || desc->handle_irq == handle_percpu_devid_fasteoi_nmi);
}

int conform_interrupt(unsigned int irq)
{
	int error, hardirq = irqlab_in_hardirq() ? HARDIRQ_OFFSET : 0;
	unsigned long flags;

	if (taken_for_granted(irq_to_desc(irq)))
		return -ENOENT;
	local_irq_save(flags);
	preempt_count_add(hardirq);
	error = generic_handle_irq(irq);
	preempt_count_sub(hardirq);
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
int conform_spurious(unsigned int irq, unsigned int count, unsigned int unhandled)
{
	struct irq_desc *desc = irq_to_desc(irq);

	if (!desc)
		return -EINVAL;
	desc->irq_count = count;
	desc->irqs_unhandled = unhandled;
	desc->last_unhandled = jiffies;
	return 0;
}

/* No interrupt comes for a second. */
void conform_age(void) { jiffies += HZ; }

int conform_inject(unsigned int irq)
{
#ifdef CONFIG_GENERIC_IRQ_INJECTION
	return irq_inject_interrupt(irq);
#else
	return -ENOSYS;
#endif
}

/* -- several CPUs --------------------------------------------------------------------------------------------------- */

int conform_force_affinity(unsigned int irq, unsigned long mask)
{
	struct cpumask wanted = { { mask } };

	return irq_force_affinity(irq, &wanted);
}

/* Mask 4 is none. */
int conform_hint(unsigned int irq, unsigned int mask, bool set)
{
	static const struct cpumask masks[] = { { { 0 } }, { { 1 } }, { { 2 } }, { { 3 } } };
	const struct cpumask *hint = mask < 4 ? &masks[mask] : NULL;

	return set ? irq_set_affinity_and_hint(irq, hint) : irq_update_affinity_hint(irq, hint);
}

int conform_manage(unsigned int irq, unsigned long mask, bool managed)
{
	struct irq_affinity_desc wanted = { .mask = { { mask } }, .is_managed = managed };

	return irq_update_affinity_desc(irq, &wanted);
}

static void run_on(unsigned int cpu)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0)
	current_thread_info()->cpu = cpu;
#else
	raw_cpu_write(cpu_number, cpu);
#endif
}

/* A CPU goes, or comes: 1 if it has already. */
int conform_offline(unsigned int cpu)
{
	unsigned long flags;

	if (!cpu_possible(cpu))
		return -EINVAL;
	if (!cpu_online(cpu))
		return 1;
	local_irq_save(flags);
	cpumask_clear_cpu(cpu, &__cpu_online_mask);
	run_on(cpu);
	irq_migrate_all_off_this_cpu();
	run_on(0);
	local_irq_restore(flags);
	return 0;
}

int conform_online(unsigned int cpu)
{
	if (!cpu_possible(cpu))
		return -EINVAL;
	if (cpu_online(cpu))
		return 1;
	cpumask_set_cpu(cpu, &__cpu_online_mask);
	return irq_affinity_online_cpu(cpu);
}

/* -- mapping -------------------------------------------------------------------------------------------------------- */

int conform_handle_domain(unsigned int line)
{
	int error, hardirq = irqlab_in_hardirq() ? HARDIRQ_OFFSET : 0;
	unsigned long flags;

	if (taken_for_granted(irq_to_desc(irq_find_mapping(domain, HWIRQ(line)))))
		return -ENOENT;
	local_irq_save(flags);
	preempt_count_add(hardirq);
	error = generic_handle_domain_irq(domain, HWIRQ(line));
	preempt_count_sub(hardirq);
	local_irq_restore(flags);
	return error;
}

int conform_vcpu(unsigned int irq, unsigned long info) { return irq_set_vcpu_affinity(irq, (void *)info); }

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

/*
 * Eight words a line: its number, that of its level below, affinity, effective affinity, hint, levels with chip and number,
 * references to its module, what its handler gets.
 */
void conform_see_lines(unsigned int count, unsigned long *out)
{
	unsigned long possible = cpumask_bits(cpu_possible_mask)[0];
	unsigned int line;

	for (line = 0; line < count; line++, out += 8) {
		unsigned int irq = irq_find_mapping(domain, HWIRQ(line)), shift = 0;
		struct irq_desc *desc = irq_to_desc(irq);
		struct irq_data *d;

		out[0] = irq;
		out[1] = parent ? irq_find_mapping(parent, HWIRQ(line)) : 0;
		out[5] = 0;
		out[6] = references[line];
		if (!irq || !desc)
			continue;
		out[2] = cpumask_bits(desc->irq_common_data.affinity)[0] & possible;
		out[3] = cpumask_bits(desc->irq_common_data.effective_affinity)[0] & possible;
		out[7] = (unsigned long)desc->irq_common_data.handler_data;
		out[4] = desc->affinity_hint ? cpumask_bits(desc->affinity_hint)[0] : 4;
		for (d = &desc->irq_data; d; d = d->parent_data, shift += 8)
			out[5] |= (LINE(d) + 1) << shift;
	}
}
