// SPDX-License-Identifier: GPL-2.0-only
/*
 * A driver of ours that asks its node for everything a driver may ask for, and writes each answer into the next of its
 * registers: test_user.py knows them by their order.
 */
#include <linux/bits.h>
#include <linux/clk.h>
#include <linux/err.h>
#include <linux/interrupt.h>
#include <linux/io.h>
#include <linux/irq.h>
#include <linux/irqdomain.h>
#include <linux/mfd/syscon.h>
#include <linux/mod_devicetable.h>
#include <linux/module.h>
#include <linux/of.h>
#include <linux/of_address.h>
#include <linux/of_irq.h>
#include <linux/platform_device.h>
#include <linux/property.h>
#include <linux/regmap.h>
#include <linux/reset.h>
#include <linux/slab.h>

struct asker {
	void __iomem *base;
	unsigned int next;
};

static void tell(struct asker *user, u32 answer)
{
	writel_relaxed(answer, user->base + 4 * user->next++);
}

static void gone(void *data)
{
	struct asker *user = data;

	writel_relaxed(0x60e, user->base);
}

static void properties(struct asker *user, struct device_node *np)
{
	struct property *prop;
	const char *text;
	u32 cells[4] = {};
	u64 wide = 0;
	u32 cell;

	tell(user, of_property_read_u32(np, "one", &cells[0]) ? 0 : cells[0]);		/* 0 */
	tell(user, of_property_read_u32_array(np, "three", cells, 3));
	tell(user, cells[2]);
	tell(user, of_property_read_u32_array(np, "three", cells, 4));
	tell(user, of_property_read_bool(np, "empty"));
	tell(user, of_property_read_bool(np, "nothing"));				/* 5 */
	tell(user, of_property_count_u32_elems(np, "three"));
	tell(user, of_property_read_u64(np, "wide", &wide) ? 0 : upper_32_bits(wide));
	tell(user, of_property_read_string_index(np, "text", 1, &text) ? 0 : text[0]);
	tell(user, of_property_match_string(np, "text", "there"));
	tell(user, of_property_read_variable_u32_array(np, "three", cells, 1, 2));	/* 10 */
	cell = 0;
	of_property_for_each_u32(np, "three", cells[3])
		cell += cells[3];
	tell(user, cell);
	cell = 0;
	of_property_for_each_string(np, "text", prop, text)
		cell = 31 * cell + text[0];
	tell(user, cell);
	prop = of_find_property(np, "three", NULL);
	tell(user, prop->length);
	tell(user, ((u8 *)prop->value)[11]);
}

static void nodes(struct asker *user, struct device *dev)
{
	struct device_node *np = dev->of_node, *child;
	struct of_phandle_args args;
	u32 sum = 0;

	for_each_child_of_node(np, child)						/* 15 */
		sum = 31 * sum + child->name[0];
	tell(user, sum);
	sum = 0;
	for_each_available_child_of_node(np, child)
		sum = 31 * sum + child->full_name[0];
	tell(user, sum);
	tell(user, is_of_node(dev_fwnode(dev)) && to_of_node(dev_fwnode(dev)) == np);
	tell(user, !strcmp(np->parent->name, "soc"));
	tell(user, of_parse_phandle_with_args(np, "refs", "#ref-cells", 1, &args));
	tell(user, args.args_count == 2 ? args.args[1] : 0);				/* 20 */
	tell(user, args.np == of_find_node_by_path("/soc/other@20000"));
	tell(user, of_count_phandle_with_args(np, "refs", "#ref-cells"));
	tell(user, of_device_is_compatible(args.np, "syscon") > 0);
	tell(user, of_node_name_eq(np, "user"));
	tell(user, of_find_compatible_node(NULL, NULL, "irqlab,test-user") == np);	/* 25 */
	tell(user, of_alias_get_id(np, "serial"));
	tell(user, of_machine_is_compatible("irqlab,machine"));
	tell(user, (uintptr_t)of_device_get_match_data(dev));
	tell(user, device_property_read_u32(dev, "one", &sum) ? 0 : sum);
	tell(user, device_property_count_u32(dev, "three"));				/* 30 */
	tell(user, of_get_property(np, "nothing", NULL) == NULL);
}

static void resources(struct asker *user, struct platform_device *pdev)
{
	struct device_node *np = pdev->dev.of_node;
	struct of_phandle_args args;
	struct resource *found, second;

	tell(user, pdev->num_resources);						/* 32 */
	found = platform_get_resource_byname(pdev, IORESOURCE_MEM, "more");
	tell(user, found->start);
	tell(user, resource_size(found));
	tell(user, found == platform_get_resource(pdev, IORESOURCE_MEM, 1));		/* 35 */
	tell(user, of_address_to_resource(np, 1, &second));
	tell(user, second.end);
	tell(user, second.name == found->name || !strcmp(second.name, found->name));
	tell(user, of_irq_parse_one(np, 1, &args));
	tell(user, args.args[1]);							/* 40 */
	tell(user, platform_irq_count(pdev));
	tell(user, platform_get_irq(pdev, 0) > 0);
	tell(user, irq_get_irq_data(platform_get_irq_byname(pdev, "last"))->hwirq);
	tell(user, platform_get_irq_optional(pdev, 2));
	tell(user, of_irq_find_parent(np) == args.np);					/* 45 */
}

static int supplies(struct asker *user, struct device *dev)
{
	struct clk_bulk_data clks[] = { { .id = "bus" }, { .id = "ref" } };
	struct reset_control *reset;
	struct regmap *map;
	u32 value = 0;
	bool changed;
	int held;

	tell(user, devm_clk_bulk_get(dev, ARRAY_SIZE(clks), clks));			/* 46 */
	tell(user, clk_bulk_prepare_enable(ARRAY_SIZE(clks), clks));
	tell(user, clk_get_rate(clks[1].clk));
	tell(user, PTR_ERR(devm_clk_get(dev, "none")));
	tell(user, devm_clk_get_optional(dev, "none") == NULL);				/* 50 */
	clk_bulk_disable_unprepare(ARRAY_SIZE(clks), clks);
	reset = devm_reset_control_get_exclusive(dev, "main");
	tell(user, IS_ERR(reset));
	held = reset_control_assert(reset) ? 0 : reset_control_status(reset);
	tell(user, reset_control_deassert(reset));
	tell(user, held);
	tell(user, reset_control_status(reset));
	tell(user, devm_reset_control_get_optional_exclusive(dev, "none") == NULL);	/* 55 */
	map = syscon_regmap_lookup_by_phandle(dev->of_node, "syscon");
	tell(user, IS_ERR(map));
	tell(user, regmap_write(map, 8, 0xf0f0));
	tell(user, regmap_update_bits_check(map, 8, 0xff, 0x0f, &changed));
	tell(user, changed);
	tell(user, regmap_read(map, 8, &value) ? 0 : value);				/* 60 */
	tell(user, regmap_read(map, 0x1000, &value));
	return devm_add_action_or_reset(dev, gone, user);
}

static int user_probe(struct platform_device *pdev)
{
	struct device *dev = &pdev->dev;
	struct asker *user;
	char *name;

	user = devm_kzalloc(dev, sizeof(*user), GFP_KERNEL);
	if (!user)
		return -ENOMEM;
	user->base = devm_platform_ioremap_resource(pdev, 0);
	if (IS_ERR(user->base))
		return PTR_ERR(user->base);
	platform_set_drvdata(pdev, user);
	properties(user, dev->of_node);
	nodes(user, dev);
	resources(user, pdev);
	supplies(user, dev);
	name = devm_kasprintf(dev, GFP_KERNEL, "user-%d", 7);			/* 62 */
	tell(user, name ? name[5] : 0);
	name = devm_kmemdup(dev, name, 4, GFP_KERNEL);
	tell(user, name[0]);
	devm_kfree(dev, name);
	tell(user, !IS_ERR(devm_ioremap(dev, platform_get_resource(pdev, IORESOURCE_MEM, 1)->start, 4)));
	tell(user, PTR_ERR(devm_platform_ioremap_resource(pdev, 0)));			/* 65 */
	tell(user, PTR_ERR(devm_platform_ioremap_resource(pdev, 2)));
	tell(user, 0xd0e);
	return 0;
}

static const struct of_device_id user_match[] = {
	{ .compatible = "irqlab,test-device", .data = (void *)5 },
	{ .compatible = "irqlab,test-user", .data = (void *)7 },
	{}
};
MODULE_DEVICE_TABLE(of, user_match);

static struct platform_driver user_driver = {
	.driver = { .name = "irqlab-user", .of_match_table = user_match },
	.probe = user_probe,
};
module_platform_driver(user_driver);
MODULE_LICENSE("GPL");
