"""``drivers/of/address.c``, ``mm/ioremap.c``, ``kernel/resource.c`` as a driver calls them."""

from __future__ import annotations

from irqlab.guest.layout import IMAGE
from irqlab.kernel.errno import EBUSY, EINVAL
from irqlab.kernel.resource import BusyRegion

IOMEM = IMAGE + 0x1800


def error(pointer):
    """PTR_ERR(); 0 for a good pointer."""
    return pointer - (1 << 64) if pointer >> 63 else 0


def test_a_window_as_a_resource(rig):
    out = rig.struct("resource", desc=5)
    assert rig.call("of_address_to_resource", rig.np("one"), 0, out) == 0
    fields = {name: rig.g.field(out, "resource", name) for name in ("start", "end", "flags", "desc")}
    assert fields == {"start": 0x4001_0000, "end": 0x4001_0FFF, "flags": 0x200, "desc": 0}
    assert rig.text(rig.g.field(out, "resource", "name")) == "main"
    assert rig.call("of_address_to_resource", rig.np("one"), 1, out) == -EINVAL


def test_mapped_registers_are_those_of_the_block(rig):
    base = rig.call("of_iomap", rig.np("two"), 0)
    block, offset = rig.g.register_at(base + 0x14)
    assert (block.name, offset) == ("two@20000", 0x14)
    assert rig.g.physical(base) == 0x4002_0000
    assert rig.call("of_iomap", rig.np("two"), 1) == 0
    assert rig.call("ioremap", 0x4002_0010, 4) == base + 0x10
    rig.call("iounmap", base)


def test_a_mapping_may_fail(rig):
    rig.failing()
    assert rig.call("of_iomap", rig.np("two"), 0) == 0
    assert rig.call("of_iomap", rig.np("two"), 0) != 0


def test_what_is_no_register_is_not_modelled(rig):
    [told] = rig.ends("ioremap", 0x1234_0000, 0x1000)
    assert told.startswith("not-modelled: ioremap() of 0x12340000, where the board has no registers")


def test_a_window_is_claimed_once(rig):
    assert error(rig.call("of_io_request_and_map", rig.np("one"), 0, "mine")) == 0
    [region] = rig.world.all(BusyRegion)
    assert (region.start, region.end, region.name) == (0x4001_0000, 0x4001_0FFF, "mine")
    assert error(rig.call("of_io_request_and_map", rig.np("one"), 0, 0)) == -EBUSY
    assert error(rig.call("of_io_request_and_map", rig.np("one"), 1, 0)) == -EINVAL


def test_claiming_and_giving_back_by_address(rig):
    region = rig.call("__request_region", IOMEM, 0x5000, 0x100, "x", 0)
    assert rig.g.field(region, "resource", "start") == 0x5000
    assert rig.text(rig.g.field(region, "resource", "name")) == "x"
    assert rig.call("__request_region", IOMEM, 0x50FF, 1, "y", 0) == 0
    rig.call("__release_region", IOMEM, 0x5000, 0x100)
    assert rig.call("__request_region", IOMEM, 0x50FF, 1, "y", 0) != 0


def test_a_region_that_was_given_back_is_gone(rig):
    region = rig.call("__request_region", IOMEM, 0x5000, 0x100, "x", 0)
    rig.call("__release_region", IOMEM, 0x5000, 0x100)
    assert rig.g.memory.load(region, 8).what == "use-after-free"


def test_ports_are_not_modelled(rig):
    [told] = rig.ends("__request_region", IMAGE + 0x1900, 0x60, 1, "port", 0)
    assert told.startswith("not-modelled: __request_region() of I/O ports")


def test_an_entry_of_reg_and_where_the_cpu_sees_it(rig):
    size, flags = rig.room(8), rig.room(8)
    entry = rig.call("__of_get_address", rig.np("one"), 0, -1, size, flags)
    assert rig.g.read(entry, 4) == bytes.fromhex("00010000")
    assert (rig.g.number(size), rig.g.number(flags, 4)) == (0x1000, 0x200)
    assert rig.call("of_translate_address", rig.np("one"), entry) == 0x4001_0000
    assert rig.call("__of_get_address", rig.np("one"), 1, -1, size, flags) == 0
    outside = rig.put(bytes.fromhex("00200000"))
    assert rig.call("of_translate_address", rig.np("one"), outside) == 0xFFFF_FFFF_FFFF_FFFF


def test_reg_as_it_stands(rig):
    address, size = rig.room(8), rig.room(8)
    assert rig.call("of_property_read_reg", rig.np("two"), 0, address, size) == 0
    assert (rig.g.number(address), rig.g.number(size)) == (0x20000, 0x100)
    assert rig.call("of_property_read_reg", rig.np("two"), 1, address, size) == -EINVAL
