// SPDX-License-Identifier: GPL-2.0-only
/*
 * irqlab's own test chip: a level interrupt controller with one enable word at 0x0 and one status word at 0x4, and one
 * defect at a time, chosen with -DDEFECT=...
 */
#include <linux/bug.h>
#include <linux/io.h>
#include <linux/irq.h>
#include <linux/irqchip/chained_irq.h>
#include <linux/irqdomain.h>
#include <linux/module.h>
#include <linux/of.h>
#include <linux/of_irq.h>
#include <linux/platform_device.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

#define NONE		0
#define ENDLESS		1	/* probe never ends */
#define OVERFLOW	2	/* unmask recurses without end */
#define NOWHERE		3	/* unmask jumps to what is no code */
#define BEYOND		4	/* unmask writes behind its data */
#define FREED		5	/* unmask uses what probe freed */
#define UNWRITTEN	6	/* unmask reads what nobody wrote */
#define TWICE		7	/* remove frees what probe freed */
#define BUGGY		8	/* unmask: BUG() */
#define WARNING		9	/* unmask: WARN() */
#define HELD		10	/* unmask returns with its lock held */
#define LEAK		11	/* remove forgets what probe allocated */
#define WILD		12	/* unmask writes to what is no memory */
#define RODATA		13	/* unmask writes to what is read-only */
#define UNKNOWN		14	/* unmask calls what nobody models */
#define IRQSOFF		15	/* unmask turns interrupts on by itself */
#define NULLPTR		16	/* unmask reads through NULL */
#define PADDING		17	/* no defect: copies a struct with padding */
#define COPIED		18	/* unmask copies 32 bytes that nobody wrote, two words at a time */

#ifndef DEFECT
#define DEFECT NONE
#endif

#define ENABLE		0x0
#define STATUS		0x4

extern void irqlab_nobody_models_this(int reason);

struct chip {
	void __iomem *regs;
	raw_spinlock_t lock;
	struct irq_domain *domain;
	u32 *scratch;
	u32 parent;
};

struct pair {
	u8 small;
	u32 large;
};

static const u32 constant = 5;

static noinline int deeper(volatile int *above, int depth)
{
	volatile int here[32];

	here[depth & 31] = *above;
	return deeper(here, depth + 1) + here[0];
}

static noinline void defect(struct chip *chip)
{
	switch (DEFECT) {
	case OVERFLOW: {
		volatile int start = 1;

		deeper(&start, 0);
		break;
	}
	case NOWHERE:
		((void (*)(void))0x70000000)();
		break;
	case BEYOND:
		((volatile u8 *)chip)[sizeof(*chip)] = 1;
		break;
	case FREED:
	case UNWRITTEN:
		writel(*(volatile u32 *)chip->scratch, chip->regs + 0x8);
		break;
	case COPIED: {
		u64 copy[4];

		memcpy(copy, chip->scratch, sizeof(copy));
		OPTIMIZER_HIDE_VAR(chip);
		barrier_data(copy);
		break;
	}
	case BUGGY:
		BUG();
		break;
	case WARNING:
		WARN_ON(1);
		break;
	case HELD:
		raw_spin_lock(&chip->lock);
		break;
	case WILD:
		*(volatile u32 *)0x70000000 = 1;
		break;
	case RODATA:
		*(volatile u32 *)&constant = 1;
		break;
	case UNKNOWN:
		irqlab_nobody_models_this(3);
		break;
	case IRQSOFF:
		local_irq_enable();
		break;
	case NULLPTR:
		chip = NULL;
		OPTIMIZER_HIDE_VAR(chip);
		writel(chip->parent, NULL);
		break;
	case PADDING: {
		struct pair *from = kmalloc(sizeof(*from), GFP_ATOMIC), to;

		if (!from)
			break;
		from->small = 1;
		from->large = 2;
		to = *from;
		OPTIMIZER_HIDE_VAR(from);
		writel(to.large, chip->regs + 0x8);
		kfree(from);
		break;
	}
	}
}

static void chip_update(struct irq_data *d, bool on)
{
	struct chip *chip = irq_data_get_irq_chip_data(d);
	unsigned long flags;
	u32 val;

	raw_spin_lock_irqsave(&chip->lock, flags);
	val = readl_relaxed(chip->regs + ENABLE);
	if (on)
		val |= BIT(d->hwirq);
	else
		val &= ~BIT(d->hwirq);
	writel_relaxed(val, chip->regs + ENABLE);
	raw_spin_unlock_irqrestore(&chip->lock, flags);
}

static void chip_mask(struct irq_data *d)
{
	chip_update(d, false);
}

static void chip_unmask(struct irq_data *d)
{
	chip_update(d, true);
	defect(irq_data_get_irq_chip_data(d));
}

static struct irq_chip chip_irq_chip = {
	.name = "irqlab-test",
	.irq_mask = chip_mask,
	.irq_unmask = chip_unmask,
};

static int chip_map(struct irq_domain *domain, unsigned int irq, irq_hw_number_t hwirq)
{
	irq_set_chip_data(irq, domain->host_data);
	irq_set_chip_and_handler(irq, &chip_irq_chip, handle_level_irq);
	return 0;
}

static const struct irq_domain_ops chip_domain_ops = {
	.map = chip_map,
	.xlate = irq_domain_xlate_onecell,
};

static void chip_handler(struct irq_desc *desc)
{
	struct chip *chip = irq_desc_get_handler_data(desc);
	u32 status;

	chained_irq_enter(irq_desc_get_chip(desc), desc);
	status = readl_relaxed(chip->regs + STATUS);
	while (status) {
		generic_handle_domain_irq(chip->domain, __ffs(status));
		status &= status - 1;
	}
	chained_irq_exit(irq_desc_get_chip(desc), desc);
}

static int chip_probe(struct platform_device *pdev)
{
	struct chip *chip = kzalloc(sizeof(*chip), GFP_KERNEL);

	if (!chip)
		return -ENOMEM;
	chip->regs = devm_platform_ioremap_resource(pdev, 0);
	if (IS_ERR(chip->regs)) {
		kfree(chip);
		return PTR_ERR(chip->regs);
	}
	raw_spin_lock_init(&chip->lock);
	chip->scratch = kmalloc(64, GFP_KERNEL);
	if (!chip->scratch) {
		kfree(chip);
		return -ENOMEM;
	}
	if (DEFECT == FREED)
		kfree(chip->scratch);
	if (DEFECT == ENDLESS)
		for (;;)
			barrier();
	writel_relaxed(0, chip->regs + ENABLE);
	chip->domain = irq_domain_add_linear(pdev->dev.of_node, 32, &chip_domain_ops, chip);
	if (!chip->domain) {
		kfree(chip->scratch);
		kfree(chip);
		return -ENOMEM;
	}
	chip->parent = irq_of_parse_and_map(pdev->dev.of_node, 0);
	irq_set_chained_handler_and_data(chip->parent, chip_handler, chip);
	platform_set_drvdata(pdev, chip);
	return 0;
}

static void chip_remove(struct platform_device *pdev)
{
	struct chip *chip = platform_get_drvdata(pdev);

	irq_set_chained_handler_and_data(chip->parent, NULL, NULL);
	irq_domain_remove(chip->domain);
	if (DEFECT != LEAK && DEFECT != FREED)
		kfree(chip->scratch);
	if (DEFECT == TWICE)
		kfree(chip->scratch);
	kfree(chip);
}

static const struct of_device_id chip_of_match[] = {
	{ .compatible = "irqlab,test-chip" },
	{ }
};

static struct platform_driver chip_driver = {
	.driver = {
		.name = "irqlab-test",
		.of_match_table = chip_of_match,
	},
	.probe = chip_probe,
	.remove = chip_remove,
};
builtin_platform_driver(chip_driver);
