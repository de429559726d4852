"""``drivers/base/platform.c``, ``drivers/of/device.c``, ``platform.c`` as a driver calls them."""

from __future__ import annotations

import pytest

from irqlab.kernel.errno import EBUSY, EINVAL, ENXIO, EPROBE_DEFER
from irqlab.kernel.kernel import Irqchip


def error(pointer):
    """PTR_ERR(); 0 for a good pointer."""
    return pointer - (1 << 64) if pointer >> 63 else 0


def test_resources_by_number_and_by_name(rig):
    found = rig.call("platform_get_resource", rig.pdev("one"), 0x200, 0)
    assert rig.g.field(rig.pdev("one"), "platform_device", "resource") == found
    assert rig.g.field(rig.pdev("one"), "platform_device", "num_resources") == 1
    assert (rig.g.field(found, "resource", "start"), rig.g.field(found, "resource", "end")) == (0x4001_0000, 0x4001_0FFF)
    assert rig.call("platform_get_resource_byname", rig.pdev("one"), 0x200, "main") == found
    assert rig.call("platform_get_resource_byname", rig.pdev("one"), 0x200, "other") == 0
    assert rig.call("platform_get_resource", rig.pdev("one"), 0x200, 1) == 0
    assert rig.call("platform_get_resource", rig.pdev("one"), 0x400, 0) == 0  # interrupts are no resources any more


def test_registers_are_claimed_and_mapped(rig):
    out = rig.room(8)
    base = rig.call("devm_platform_get_and_ioremap_resource", rig.pdev("one"), 0, out)
    assert rig.g.physical(base) == 0x4001_0000
    assert rig.g.number(out) == rig.call("platform_get_resource", rig.pdev("one"), 0x200, 0)
    assert error(rig.call("devm_platform_ioremap_resource", rig.pdev("one"), 0)) == -EBUSY
    assert error(rig.call("devm_platform_ioremap_resource", rig.pdev("one"), 1)) == -EINVAL
    assert error(rig.call("devm_platform_ioremap_resource_byname", rig.pdev("two"), "main")) == -EINVAL


def test_interrupts(rig):
    assert rig.call("platform_get_irq", rig.pdev("one"), 0) == -EPROBE_DEFER
    rig.domain("gic")
    assert rig.call("platform_get_irq", rig.pdev("one"), 0) == 1
    assert rig.call("platform_get_irq_byname", rig.pdev("one"), "second") == 2
    assert rig.call("platform_get_irq_optional", rig.pdev("one"), 2) == -ENXIO
    assert rig.call("platform_get_irq_byname_optional", rig.pdev("one"), "third") == -ENXIO
    assert rig.call("platform_irq_count", rig.pdev("one")) == 2


def table(rig, *entries):
    size = rig.g.image.types.size("of_device_id")
    start = rig.room(size * (len(entries) + 1))
    for at, (compatible, data) in enumerate(entries):
        rig.g.write(start + at * size + 64, compatible.encode())
        rig.g.set_field(start + at * size, "of_device_id", "data", data)
    return start


def test_the_data_of_the_entry_that_fits_best(rig):
    matches = table(rig, ("irqlab,peripheral", 1), ("irqlab,one", 2))
    rig.drives("one", matches)
    assert rig.call("of_device_get_match_data", rig.dev("one")) == 2
    assert rig.call("device_get_match_data", rig.dev("two")) == 0  # it has no driver
    assert rig.call("of_match_device", matches, rig.dev("two")) == matches


def test_the_device_of_a_node(rig):
    assert rig.call("of_find_device_by_node", rig.np("one")) == rig.pdev("one")
    assert rig.call("of_find_device_by_node", rig.np("/chosen")) == 0
    assert rig.call("of_find_device_by_node", 0) == 0
    assert rig.call("of_find_device_by_node", rig.np("gic")) == 0  # set up by IRQCHIP_DECLARE()


def test_a_declared_controller_is_no_device(rig):
    rig.k.irqchips = (Irqchip("declared", ("fsl,imx-irqsteer",), lambda k, name: None),)
    rig.world.drop(rig.dev("mux"))
    assert rig.call("of_find_device_by_node", rig.np("mux")) == 0


def test_a_device_that_the_kernel_would_have_is_not_denied(rig):
    [told] = rig.ends("of_find_device_by_node", rig.np("/soc/one@10000/child-c"))
    assert told.startswith("not-modelled: the platform device of /soc/one@10000/child-c")


def test_references_of_a_device_are_none(rig):
    assert rig.call("get_device", rig.dev("one")) == rig.raw(rig.dev("one"))
    assert rig.call("get_device", 0) == 0
    rig.call("put_device", rig.dev("one"))
    assert rig.text(rig.call("dev_driver_string", rig.dev("one"))) == "platform"


@pytest.mark.parametrize("symbol", ["platform_get_irq", "devm_platform_ioremap_resource"])
def test_no_device_is_an_oops(rig, symbol):
    [told] = rig.ends(symbol, 0, 0)
    assert told.startswith("null-pointer")
