// SPDX-License-Identifier: GPL-2.0-only
/*
 * The root controller as the tree's own core sees it: a chip and a domain in C, whose registers are irqlab's GIC
 * (irqlab/core/root.py, irqlab/drivers/gic.py); and what the core asks of a power domain and of drivers in Python.
 */
#include <linux/device.h>
#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/irqdomain.h>
#include <linux/of.h>
#include <linux/pm_domain.h>
#include <linux/preempt.h>
#include <linux/version.h>

/* As many controllers may irqlab's GIC stand in for. */
#define ROOTS 8

extern void irqlab_root_mask(unsigned int hwirq);
extern void irqlab_root_unmask(unsigned int hwirq);
extern void irqlab_root_eoi(unsigned int hwirq);
extern int irqlab_root_set_type(unsigned int hwirq, unsigned int type);
extern int irqlab_root_get_state(unsigned int hwirq, unsigned int which);
extern int irqlab_root_set_state(unsigned int hwirq, unsigned int which, unsigned int value);
extern void irqlab_root_retrigger(unsigned int hwirq);
extern int irqlab_root_translate(struct fwnode_handle *fwnode, u32 *cells, unsigned int count, unsigned long *hwirq,
				 unsigned int *type);

static void root_mask(struct irq_data *d) { irqlab_root_mask(d->hwirq); }
static void root_unmask(struct irq_data *d) { irqlab_root_unmask(d->hwirq); }
static void root_eoi(struct irq_data *d) { irqlab_root_eoi(d->hwirq); }
static int root_set_type(struct irq_data *d, unsigned int type) { return irqlab_root_set_type(d->hwirq, type); }

static int root_get_state(struct irq_data *d, enum irqchip_irq_state which, bool *value)
{
	int found = irqlab_root_get_state(d->hwirq, which);

	if (found < 0)
		return found;
	*value = found;
	return 0;
}

static int root_set_state(struct irq_data *d, enum irqchip_irq_state which, bool value)
{
	return irqlab_root_set_state(d->hwirq, which, value);
}

static int root_retrigger(struct irq_data *d)
{
	irqlab_root_retrigger(d->hwirq);
	return 1;
}

struct irq_chip irqlab_root = {
	.name = "GICv3",
	.irq_mask = root_mask,
	.irq_unmask = root_unmask,
	.irq_eoi = root_eoi,
	.irq_set_type = root_set_type,
	.irq_get_irqchip_state = root_get_state,
	.irq_set_irqchip_state = root_set_state,
	.irq_retrigger = root_retrigger,
	.flags = IRQCHIP_SET_TYPE_MASKED | IRQCHIP_SKIP_SET_WAKE | IRQCHIP_MASK_ON_SUSPEND,
};

/* -- the domain ---------------------------------------------------------------------------------------------------- */

static int root_translate(struct irq_domain *domain, struct irq_fwspec *fwspec, unsigned long *hwirq, unsigned int *type)
{
	return irqlab_root_translate(fwspec->fwnode, fwspec->param, fwspec->param_count, hwirq, type);
}

static int root_alloc(struct irq_domain *domain, unsigned int irq, unsigned int count, void *argument)
{
	irq_hw_number_t hwirq;
	unsigned int type = IRQ_TYPE_NONE, at;
	int error = root_translate(domain, argument, &hwirq, &type);

	if (error)
		return error;
	for (at = 0; at < count; at++) {
		irq_domain_set_info(domain, irq + at, hwirq + at, &irqlab_root, NULL, handle_fasteoi_irq, NULL, NULL);
		irqd_set_single_target(irq_desc_get_irq_data(irq_to_desc(irq + at)));
		irqd_set_handle_enforce_irqctx(irq_get_irq_data(irq + at));
	}
	return 0;
}

static void root_free(struct irq_domain *domain, unsigned int irq, unsigned int count)
{
	unsigned int at;

	for (at = 0; at < count; at++) {
		struct irq_data *d = irq_domain_get_irq_data(domain, irq + at);

		irq_set_handler(irq + at, NULL);
		irq_domain_reset_irq_data(d);
	}
}

static int root_select(struct irq_domain *domain, struct irq_fwspec *fwspec, enum irq_domain_bus_token token)
{
	unsigned long hwirq;
	unsigned int type;

	if (fwspec->fwnode != domain->fwnode)
		return 0;
	if (!fwspec->param_count)
		return domain->bus_token == token;
	return !root_translate(domain, fwspec, &hwirq, &type);
}

static const struct irq_domain_ops root_ops = {
	.translate = root_translate, .alloc = root_alloc, .free = root_free, .select = root_select
};
static struct irq_domain *roots[ROOTS];

/* A controller that irqlab's GIC is, or stands in for. */
int irqlab_root_init(struct fwnode_handle *fwnode)
{
	unsigned int at;

	for (at = 0; at < ROOTS; at++) {
		if (roots[at])
			continue;
		roots[at] = irq_domain_create_tree(fwnode, &root_ops, NULL);
		if (!roots[at])
			return -ENOMEM;
		irq_domain_update_bus_token(roots[at], DOMAIN_BUS_WIRED);
		return 0;
	}
	return -ENOSPC;
}

/* The CPU has acknowledged an interrupt: 0, or nobody knows it. */
int irqlab_root_handle(unsigned int hwirq)
{
	int at, error = -EINVAL;

	preempt_count_add(HARDIRQ_OFFSET);
	for (at = ROOTS - 1; at >= 0; at--) {
		if (!roots[at] || (at && !irq_find_mapping(roots[at], hwirq)))
			continue;
		error = generic_handle_domain_irq(roots[at], hwirq);
		break;
	}
	preempt_count_sub(HARDIRQ_OFFSET);
	return error;
}

/* -- devices ------------------------------------------------------------------------------------------------------- */

extern int irqlab_genpd_suspend(struct device *dev);
extern int irqlab_genpd_resume(struct device *dev);

/* Of every device that is in a power domain. */
struct dev_pm_domain irqlab_genpd = {
	.ops = { .runtime_suspend = irqlab_genpd_suspend, .runtime_resume = irqlab_genpd_resume }
};

/* Of every device whose driver is in Python: none of these has runtime callbacks. */
struct device_driver irqlab_driver = { .name = "irqlab" };
