"""``struct device_node._flags``."""

from __future__ import annotations

from treerig import TreeRig

from irqlab.kernel.device import Device, of_platform_populate
from irqlab.kernel.kernel import Irqchip
from irqlab.kernel.of.flags import is_populated, node_flags, set_node_flags


def test_a_node_is_populated_when_its_device_is_there():
    rig = TreeRig()
    assert node_flags(rig.k, rig.node("one")) == 0
    rig.populate()
    assert node_flags(rig.k, rig.node("one")) == 1 << 3
    assert node_flags(rig.k, rig.node("osc")) == 0


def test_a_declared_controller_is_populated_and_gets_no_device():
    rig = TreeRig()
    rig.k.irqchips = (Irqchip("declared", ("fsl,imx-irqsteer",), lambda k, name: None),)
    assert is_populated(rig.k, rig.node("mux"))
    rig.populate()
    assert not rig.dev("mux").exists and rig.dev("one").exists


def test_a_driver_that_clears_the_flag_gets_its_device_after_all():
    """irq-imx-gpcv2.c: of_node_clear_flag(node, OF_POPULATED)."""
    rig = TreeRig()
    rig.k.irqchips = (Irqchip("declared", ("fsl,imx-irqsteer",), lambda k, name: None),)
    set_node_flags(rig.k, rig.node("mux"), 0)
    of_platform_populate(rig.k)
    assert rig.world.at(Device, "mux@30000").exists
