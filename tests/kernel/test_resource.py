"""Claimed addresses (``kernel/resource.c``)."""

from __future__ import annotations

from treerig import TreeRig

from irqlab.kernel.resource import BusyRegion, __release_region, __request_region


def test_nobody_gets_what_another_has_any_of():
    rig = TreeRig()
    first = __request_region(rig.k, 0x1000, 0x100, "a")
    assert first is not None and (first.start, first.end, first.name) == (0x1000, 0x10FF, "a")
    assert __request_region(rig.k, 0x10FF, 1, "b") is None
    assert __request_region(rig.k, 0xF00, 0x101, "b") is None
    assert __request_region(rig.k, 0xF00, 0x1000, "b") is None
    assert __request_region(rig.k, 0x1100, 0x10, "b") is not None
    assert __request_region(rig.k, 0xF00, 0x100, "b") is not None


def test_what_is_given_back_may_be_had_again():
    rig = TreeRig()
    assert __request_region(rig.k, 0x1000, 0x100, "a") is not None
    __release_region(rig.k, 0x1000, 0x80)  # not what was claimed: it stays
    assert __request_region(rig.k, 0x1000, 0x100, "b") is None
    __release_region(rig.k, 0x1000, 0x100)
    again = __request_region(rig.k, 0x1000, 0x100, "b")
    assert again is not None and again.name == "b"
    assert [region.key for region in rig.world.all(BusyRegion)] == [(0,)]


def test_claiming_may_fail():
    rig = TreeRig()
    rig.failing()
    assert __request_region(rig.k, 0x1000, 0x100, "a") is None
    assert __request_region(rig.k, 0x1000, 0x100, "a") is not None
