"""Where the registers of a board are in a guest's address space."""

from __future__ import annotations

from symbol_rig import Rig

from irqlab.guest.ground import _pages
from irqlab.guest.layout import PAGE
from irqlab.hardware import RegisterFile
from irqlab.state import World


def blocks(*regions):
    world = World()
    made = []
    for at, (base, size) in enumerate(regions):
        block = RegisterFile(world, f"block {at}", size=size)
        block.place(base, size)
        made.append(block)
    return made


def test_pages_that_touch_stay_together():
    assert _pages(blocks((0x1000, 0x100), (0x1100, 0x100))) == [(0x1000, 0x2000)]
    assert _pages(blocks((0x1F00, 0x200), (0x3000, 4))) == [(0x1000, 0x4000)]
    assert _pages(blocks((0x5000, 4), (0x1000, 4))) == [(0x1000, 0x2000), (0x5000, 0x6000)]


def test_a_large_window_is_mapped_in_part():
    assert _pages(blocks((0, 0x8000_0000))) == [(0, 0x100_0000)]


def test_what_is_mapped_is_as_far_apart_as_on_the_bus():
    rig = Rig()
    one, two = rig.g.ioremap(0x4001_0000), rig.g.ioremap(0x4002_0000)
    assert rig.g.physical(one) == 0x4001_0000 and rig.g.physical(one + PAGE - 1) == 0x4001_0FFF
    assert rig.g.physical(one + PAGE) == -1  # a free page
    assert two != one and rig.g.ioremap(0x4001_1000) == 0


def test_an_access_goes_to_who_answers_there():
    rig = Rig()
    block, offset = rig.g.register_at(rig.g.ioremap(0x4002_0000) + 0x10)
    assert block is not None and (block.name, offset) == ("two@20000", 0x10)
    assert rig.g.register_at(rig.g.ioremap(0x4002_0000) + 0x800) == (None, 0)  # behind its 0x100 bytes
    assert rig.g.register_at(0x1000) == (None, 0)


def test_controllers_find_their_parents_as_of_irq_init_does():
    rig = Rig()
    assert rig.g.interrupt_parent(rig.node("mux")) is rig.node("gic")
    assert rig.g.interrupt_parent(rig.node("gic")) is None
