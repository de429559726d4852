"""``drivers/clk`` as a driver calls it."""

from __future__ import annotations

from symbol_rig import Rig

from irqlab.kernel.device import devres_release_all
from irqlab.kernel.errno import EINVAL, ENOENT, EPROBE_DEFER, ESHUTDOWN


def error(pointer):
    """PTR_ERR(); 0 for a good pointer."""
    return pointer - (1 << 64) if pointer >> 63 else 0


def test_one_clock_is_one_pointer(rig):
    apb = rig.call("clk_get", rig.dev("one"), "apb")
    assert apb == rig.call("devm_clk_get", rig.dev("one"), 0) == rig.call("of_clk_get", rig.np("one"), 0)
    assert rig.call("of_clk_get_by_name", rig.np("one"), "ref") == rig.call("of_clk_get", rig.np("one"), 1)
    assert rig.call("of_clk_get_parent_count", rig.np("one")) == 2
    assert rig.call("of_clk_get_parent_count", rig.np("two")) == 0


def test_a_clock_that_is_not_there(rig):
    assert error(rig.call("clk_get", rig.dev("one"), "x")) == -ENOENT
    assert error(rig.call("clk_get", 0, "x")) == -ENOENT
    assert error(rig.call("of_clk_get_by_name", rig.np("one"), "x")) == -EINVAL
    assert rig.call("devm_clk_get_optional", rig.dev("one"), "x") == 0
    assert error(rig.call("of_clk_get", rig.np("two"), 0)) == -ENOENT


def test_before_there_are_clocks_they_are_waited_for():
    rig = Rig(devices=False)
    assert error(rig.call("of_clk_get", rig.np("one"), 0)) == -EPROBE_DEFER


def test_counts(rig):
    clk = rig.call("clk_get", rig.dev("one"), "apb")
    assert rig.call("clk_enable", clk) == -ESHUTDOWN
    assert (rig.call("clk_prepare", clk), rig.call("clk_enable", clk)) == (0, 0)
    assert rig.clk("ipg:2") == (1, 1)
    rig.call("clk_disable", clk)
    rig.call("clk_unprepare", clk)
    assert rig.clk("ipg:2") == (0, 0)


def test_no_clock_is_fine_and_an_error_pointer_is_not(rig):
    assert (rig.call("clk_prepare", 0), rig.call("clk_enable", 0)) == (0, 0)
    rig.call("clk_put", -ENOENT)
    [told] = rig.ends("clk_prepare", -ENOENT)
    assert told == "memory-error: wild: read of 8 bytes at 0xfffffffffffffffe, as struct clk *"


def test_a_clock_that_is_on_as_long_as_the_driver(rig):
    dev = rig.dev("one")
    assert error(rig.call("devm_clk_get_enabled", dev, "apb")) == 0
    assert rig.clk("ipg:2") == (1, 1)
    devres_release_all(rig.k, dev)
    assert rig.clk("ipg:2") == (0, 0)
    assert rig.call("devm_clk_get_optional_enabled", dev, "x") == 0
    assert error(rig.call("devm_clk_get_prepared", dev, "apb")) == 0
    assert rig.clk("ipg:2") == (1, 0) and len(dev.devres) == 1


def bulk(rig, *names):
    size = rig.g.image.types.size("clk_bulk_data")
    start = rig.room(size * len(names))
    for at, name in enumerate(names):
        rig.g.set_field(start + at * size, "clk_bulk_data", "id", rig.raw(name))
    return start


def test_several_at_once(rig):
    data = bulk(rig, "apb", "ref")
    assert rig.call("devm_clk_bulk_get", rig.dev("one"), 2, data) == 0
    assert rig.numbers(data, 4, 8)[1::2] == tuple(rig.call("of_clk_get", rig.np("one"), at) for at in (0, 1))
    assert (rig.call("clk_bulk_prepare", 2, data), rig.call("clk_bulk_enable", 2, data)) == (0, 0)
    assert (rig.clk("ipg:2"), rig.clk("osc")[1] >= 1) == ((1, 1), True)
    rig.call("clk_bulk_disable", 2, data)
    rig.call("clk_bulk_unprepare", 2, data)
    assert (rig.clk("ipg:2"), rig.clk("osc")) == ((0, 0), (0, 0))


def test_all_of_several_or_none(rig):
    data = bulk(rig, "apb", "x")
    assert rig.call("clk_bulk_get", rig.dev("one"), 2, data) == -ENOENT
    assert rig.numbers(data, 4, 8)[1::2] == (0, 0)
    assert rig.call("clk_bulk_get_optional", rig.dev("one"), 2, data) == 0
    assert rig.numbers(data, 4, 8)[3] == 0
    assert rig.call("clk_bulk_enable", 2, data) == -ESHUTDOWN
    assert rig.call("clk_bulk_prepare", 2, data) == 0


def test_a_rate_is_that_of_the_oscillator(rig):
    assert rig.call("clk_get_rate", rig.call("of_clk_get", rig.np("one"), 1)) == 24_000_000
    assert rig.call("clk_get_rate", 0) == 0
