"""``drivers/base/devres.c``, ``lib/devres.c`` as a driver calls them: what is given back when it goes."""

from __future__ import annotations

from irqlab.guest.layout import IMAGE
from irqlab.guest.memory import Allocation
from irqlab.kernel.device import devres_release_all
from irqlab.kernel.errno import EBUSY, EINVAL, ENOMEM
from irqlab.kernel.resource import BusyRegion

IOMEM = IMAGE + 0x1800


def error(pointer):
    """PTR_ERR(); 0 for a good pointer."""
    return pointer - (1 << 64) if pointer >> 63 else 0


def test_memory_goes_with_the_driver(rig):
    dev = rig.dev("one")
    before = rig.world.keys(Allocation)
    address = rig.call("devm_kmalloc", dev, 24, 0)
    assert rig.g.memory.size_of(address) == 24
    devres_release_all(rig.k, dev)
    assert rig.world.keys(Allocation) == before and dev.devres == ()


def test_no_bytes_are_no_memory(rig):
    assert rig.call("devm_kmalloc", rig.dev("one"), 0, 0) == 16
    rig.call("devm_kfree", rig.dev("one"), 16)
    rig.call("devm_kfree", rig.dev("one"), 0)
    assert rig.dev("one").devres == () and rig.told("warning") == []


def test_memory_may_be_given_back_before(rig):
    first, second = (rig.call("devm_kmalloc", rig.dev("one"), 8, 0) for _ in range(2))
    rig.call("devm_kfree", rig.dev("one"), first)
    assert (rig.g.memory.size_of(first), rig.g.memory.size_of(second)) == (-1, 8)
    rig.call("devm_kfree", rig.dev("one"), first)
    rig.call("devm_kfree", rig.dev("two"), second)
    assert len(rig.told("warning")) == 2


def test_memory_runs_out(rig):
    rig.failing()
    assert rig.call("devm_kmalloc", rig.dev("one"), 8, 0) == 0
    assert rig.dev("one").devres == ()


def test_copies(rig):
    dev = rig.dev("one")
    assert rig.g.read(rig.call("devm_kmemdup", dev, rig.put(b"1234"), 4, 0), 4) == b"1234"
    assert rig.text(rig.call("devm_kstrdup", dev, "copied", 0)) == "copied"
    assert rig.call("devm_kstrdup", dev, 0, 0) == 0
    bitmap = rig.call("devm_bitmap_zalloc", dev, 65, 0)
    assert rig.g.memory.size_of(bitmap) == 16 and rig.g.read(bitmap, 16) == bytes(16)
    assert len(dev.devres) == 3


def test_a_window_is_claimed_mapped_and_given_back(rig):
    dev, resource = rig.dev("one"), rig.struct("resource", start=0x4001_0000, end=0x4001_0FFF, flags=0x200)
    base = rig.call("devm_ioremap_resource", dev, resource)
    assert rig.g.physical(base) == 0x4001_0000
    assert error(rig.call("devm_ioremap_resource", rig.dev("two"), resource)) == -EBUSY
    devres_release_all(rig.k, dev)
    assert rig.world.all(BusyRegion) == ()
    assert error(rig.call("devm_ioremap_resource", rig.dev("two"), resource)) == 0


def test_what_is_no_memory_is_refused(rig):
    assert error(rig.call("devm_ioremap_resource", rig.dev("one"), 0)) == -EINVAL
    irq = rig.struct("resource", start=5, end=5, flags=0x400)
    assert error(rig.call("devm_ioremap_resource", rig.dev("one"), irq)) == -EINVAL


def test_a_mapping_that_fails_gives_the_claim_back(rig):
    resource = rig.struct("resource", start=0x4001_0000, end=0x4001_0FFF, flags=0x200)
    answers = iter((0, 1))
    rig.failing()
    rig.world.next_choice = lambda options, what: next(answers)
    assert error(rig.call("devm_ioremap_resource", rig.dev("one"), resource)) == -ENOMEM
    assert rig.world.all(BusyRegion) == () and rig.dev("one").devres == ()


def test_a_region_of_a_device(rig):
    dev = rig.dev("one")
    assert rig.call("__devm_request_region", dev, IOMEM, 0x5000, 0x10, "x") != 0
    rig.call("__devm_release_region", dev, IOMEM, 0x5000, 0x10)
    assert rig.world.all(BusyRegion) == () and dev.devres == ()
    rig.call("__devm_release_region", dev, IOMEM, 0x5000, 0x10)
    assert len(rig.told("warning")) == 1


def test_an_action_is_kept_with_its_data(rig):
    dev, function = rig.dev("one"), IMAGE + 0x40
    assert rig.call("__devm_add_action", dev, function, 0x1234, "name") == 0
    assert [arguments for _, *arguments in dev.devres] == [[0x1234]]
    assert dev.devres[0][0] is rig.g.function(function, "void")
    rig.call("devm_remove_action", dev, function, 0x9999)
    assert len(rig.told("warning")) == 1
    rig.call("devm_remove_action", dev, function, 0x1234)
    assert dev.devres == ()


def test_a_device_that_is_none_is_the_drivers_error(rig):
    [told] = rig.ends("devm_kmalloc", 0, 8, 0)
    assert told.startswith("null-pointer")


def test_a_device_the_board_does_not_have_is_not_modelled(rig):
    [told] = rig.ends("devm_kmalloc", rig.absent("/soc"), 8, 0)
    assert told.startswith("not-modelled: the device of /soc, which is none of the board's")
