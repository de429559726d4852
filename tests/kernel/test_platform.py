"""Platform devices and their interrupts (``drivers/base/platform.c``, ``drivers/of/irq.c`` of 6.12.117)."""

from __future__ import annotations

from treerig import TreeRig

from irqlab.kernel.dd import device_bind
from irqlab.kernel.device import Driver, PlatformBus, platform_driver_register
from irqlab.kernel.errno import EINVAL, ENODATA, ENXIO, EOVERFLOW, EPROBE_DEFER
from irqlab.kernel.irq.desc import IrqData
from irqlab.kernel.of.irq import irq_of_parse_and_map, of_irq_get, of_irq_get_byname
from irqlab.kernel.platform import (
    platform_driver_unregister,
    platform_get_irq_byname_optional,
    platform_get_irq_optional,
    platform_irq_count,
)


def rig_of(*domains):
    rig = TreeRig()
    rig.populate()
    for label in domains:
        rig.domain(label)
    return rig


def test_an_interrupt_is_mapped_when_it_is_asked_for():
    rig = rig_of("gic")
    first, second = (platform_get_irq_optional(rig.k, rig.dev("one"), index) for index in (0, 1))
    assert (first, second) == (1, 2)
    assert [rig.world.at(IrqData, irq).hwirq for irq in (first, second)] == [18, 19]
    assert rig.world.at(IrqData, second).trigger == 1
    assert platform_get_irq_optional(rig.k, rig.dev("one"), 0) == first


def test_behind_the_last_there_is_none():
    rig = rig_of("gic")
    assert platform_get_irq_optional(rig.k, rig.dev("one"), 2) == -ENXIO
    assert of_irq_get(rig.k, rig.node("one"), 2) == -EOVERFLOW
    assert irq_of_parse_and_map(rig.k, rig.node("one"), 2) == 0
    assert platform_irq_count(rig.k, rig.dev("one")) == 2


def test_a_domain_that_is_not_there_yet_is_waited_for():
    rig = rig_of("gic")
    assert platform_get_irq_optional(rig.k, rig.dev("two"), 1) == -EPROBE_DEFER
    assert platform_irq_count(rig.k, rig.dev("two")) == -EPROBE_DEFER
    assert irq_of_parse_and_map(rig.k, rig.node("two"), 1) == 0
    rig.domain("mux")
    assert platform_irq_count(rig.k, rig.dev("two")) == 2


def test_an_interrupt_by_its_name():
    rig = rig_of("gic")
    assert platform_get_irq_byname_optional(rig.k, rig.dev("one"), "second") > 0
    assert platform_get_irq_byname_optional(rig.k, rig.dev("one"), "third") == -ENXIO
    assert of_irq_get_byname(rig.k, rig.node("one"), "third") == -ENODATA
    assert of_irq_get_byname(rig.k, rig.node("two"), "first") == -EINVAL


def test_a_driver_that_goes_releases_its_devices():
    rig = rig_of()
    driver = Driver("d", compatible=("irqlab,two",))
    platform_driver_register(rig.k, driver)
    device_bind(rig.k, rig.dev("two"), driver)
    assert rig.dev("two").bound
    platform_driver_unregister(rig.k, driver)
    assert not rig.dev("two").bound and rig.world.at(PlatformBus).drivers == ()
