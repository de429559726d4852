"""Devices and resources as structs in a guest's memory."""

from __future__ import annotations

import pytest
from symbol_rig import Rig

from irqlab.guest.devices import absent_at, device_at, set_resource
from irqlab.kernel.of.address import Resource


@pytest.fixture
def rig() -> Rig:
    return Rig()


def field(rig, label, name):
    return rig.g.field(rig.raw(rig.dev(label)), "device", name)


def test_a_device_is_inside_its_platform_device(rig):
    assert rig.raw(rig.dev("one")) == rig.pdev("one") + 16
    assert device_at(rig.g, rig.pdev("one")) is device_at(rig.g, rig.pdev("one") + 16) is rig.dev("one")
    assert device_at(rig.g, rig.pdev("one") + 8) is None
    assert rig.text(rig.g.field(rig.pdev("one"), "platform_device", "name")) == "one@10000"
    assert rig.g.field(rig.pdev("one"), "platform_device", "id") == -1 & 0xFFFF_FFFF


def test_a_device_knows_its_node_and_keeps_its_drivers_data(rig):
    assert (field(rig, "one", "of_node"), field(rig, "one", "fwnode")) == (rig.np("one"), rig.fwnode("one"))
    assert field(rig, "one", "driver_data") == 0
    rig.g.set_field(rig.raw(rig.dev("one")), "device", "driver_data", 0x1234)
    assert (field(rig, "one", "driver_data"), rig.dev("one").drvdata) == (0x1234, 0x1234)


def test_every_device_has_a_parent_but_not_every_parent_is_modelled(rig):
    parent = field(rig, "one", "parent")
    assert parent == rig.absent("/soc")
    absent = absent_at(rig.g, parent)
    assert absent is not None and absent.label == "the device of /soc, which is none of the board's"
    fault = rig.g.memory.load(parent, 8)
    assert fault.what == "not-modelled" and fault.detail.endswith("the device of /soc, which is none of the board's")


def test_a_driver_of_the_guest_is_where_it_lies(rig):
    assert field(rig, "one", "driver") == 0
    driver = rig.drives("one")
    assert field(rig, "one", "driver") == driver + 8


def test_a_resource_is_written_whole(rig):
    out = rig.struct("resource", desc=9)
    set_resource(rig.g, out, Resource(0x10, 0x1F, 0x200, "name"))
    assert [rig.g.field(out, "resource", name) for name in ("start", "end", "flags", "desc")] == [0x10, 0x1F, 0x200, 0]


def test_behind_the_last_resource_is_none(rig):
    size = rig.g.image.types.size("resource")
    first = rig.g.field(rig.pdev("one"), "platform_device", "resource")
    assert rig.g.memory.load(first + size, 8).what == "wild"
    assert rig.g.field(rig.pdev("mux"), "platform_device", "num_resources") == 1


def test_a_device_that_is_not_there_is_freed_memory(rig):
    pointer = rig.raw(rig.dev("two"))
    rig.world.drop(rig.dev("two"))
    assert rig.g.memory.load(pointer, 8).what == "use-after-free"
