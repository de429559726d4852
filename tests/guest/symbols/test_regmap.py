"""``drivers/base/regmap``, ``drivers/mfd/syscon.c`` as a driver calls them."""

from __future__ import annotations

from irqlab.kernel.device import devres_release_all
from irqlab.kernel.errno import EINVAL, EIO, ENODEV, ENOENT
from irqlab.kernel.regmap import Regmap


def error(pointer):
    """PTR_ERR(); 0 for a good pointer."""
    return pointer - (1 << 64) if pointer >> 63 else 0


def test_a_syscon_is_found_by_node_reference_and_string(rig):
    regmap = rig.call("syscon_node_to_regmap", rig.np("two"))
    assert error(regmap) == 0
    assert rig.call("device_node_to_regmap", rig.np("two")) == regmap
    assert rig.call("syscon_regmap_lookup_by_phandle", rig.np("one"), "syscon") == regmap
    assert rig.call("syscon_regmap_lookup_by_phandle", rig.np("two"), 0) == regmap
    assert rig.call("syscon_regmap_lookup_by_compatible", "irqlab,two") == regmap
    cells = rig.room(8)
    assert rig.call("syscon_regmap_lookup_by_phandle_args", rig.np("one"), "syscon", 1, cells) == regmap
    assert rig.numbers(cells, 1) == (0x10,)


def test_a_syscon_that_is_not_there(rig):
    assert error(rig.call("syscon_node_to_regmap", rig.np("one"))) == -EINVAL
    assert error(rig.call("syscon_regmap_lookup_by_phandle", rig.np("one"), "nothing")) == -ENODEV
    assert rig.call("syscon_regmap_lookup_by_phandle_optional", rig.np("one"), "nothing") == 0
    assert error(rig.call("syscon_regmap_lookup_by_compatible", "nothing")) == -ENODEV
    assert error(rig.call("syscon_regmap_lookup_by_phandle_args", rig.np("one"), "nothing", 1, rig.room())) == -ENOENT


def test_registers(rig):
    regmap, out = rig.call("syscon_node_to_regmap", rig.np("two")), rig.room(8)
    change = rig.room(8)
    assert rig.call("regmap_write", regmap, 4, 0xF0) == 0
    assert rig.call("regmap_read", regmap, 4, out) == 0
    assert rig.g.number(out, 4) == 0xF0
    assert rig.call("regmap_update_bits_base", regmap, 4, 0xFF, 0x0F, change, 0, 0) == 0
    assert (rig.g.number(change, 1), rig.k.machine.blocks["two@20000"].content(4)) == (1, 0x0F)
    assert rig.call("regmap_update_bits_base", regmap, 4, 0xFF, 0x0F, change, 0, 0) == 0
    assert rig.g.number(change, 1) == 0
    assert (rig.call("regmap_test_bits", regmap, 4, 3), rig.call("regmap_test_bits", regmap, 4, 0x11)) == (1, 0)
    assert rig.call("regmap_read", regmap, 0x100, out) == -EIO
    assert (rig.call("regmap_get_reg_stride", regmap), rig.call("regmap_get_max_register", regmap)) == (4, 0xFC)


def test_a_result_is_left_alone_when_a_read_fails(rig):
    regmap, out = rig.call("syscon_node_to_regmap", rig.np("two")), rig.put(b"\x55" * 4)
    assert rig.call("regmap_read", regmap, 1, out) == -EINVAL
    assert rig.g.read(out, 4) == b"\x55" * 4


def config(rig, **fields):
    given = {"reg_bits": 32, "val_bits": 32, "reg_stride": 4, "max_register": 4, **fields}
    return rig.struct("regmap_config", **given)


def test_a_map_of_the_drivers_own_goes_with_it(rig):
    dev, base = rig.dev("two"), rig.call("of_iomap", rig.np("two"), 0)
    made = rig.call("__devm_regmap_init_mmio_clk", dev, 0, base, config(rig), 0, 0)
    assert rig.call("dev_get_regmap", dev, 0) == made
    assert rig.call("regmap_write", made, 4, 5) == 0 and rig.call("regmap_write", made, 8, 5) == -EIO
    assert rig.k.machine.blocks["two@20000"].content(4) == 5
    devres_release_all(rig.k, dev)
    assert rig.world.all(Regmap) == () and rig.call("dev_get_regmap", dev, 0) == 0


def test_the_clock_of_a_map_is_prepared_as_long_as_it(rig):
    dev, base = rig.dev("one"), rig.call("of_iomap", rig.np("one"), 0)
    made = rig.call("__devm_regmap_init_mmio_clk", dev, "apb", base, config(rig), 0, 0)
    assert rig.clk("ipg:2") == (1, 0) and error(made) == 0
    devres_release_all(rig.k, dev)
    assert rig.clk("ipg:2") == (0, 0)
    assert error(rig.call("__devm_regmap_init_mmio_clk", dev, "x", base, config(rig), 0, 0)) == -ENOENT


def test_a_width_no_register_has_is_refused(rig):
    base = rig.call("of_iomap", rig.np("two"), 0)
    assert error(rig.call("__devm_regmap_init_mmio_clk", rig.dev("two"), 0, base, config(rig, val_bits=24), 0, 0)) == -EINVAL
    assert error(rig.call("__devm_regmap_init_mmio_clk", rig.dev("two"), 0, base, config(rig, reg_stride=2), 0, 0)) == -EINVAL


def test_a_cache_is_not_modelled(rig):
    base = rig.call("of_iomap", rig.np("two"), 0)
    [told] = rig.ends("__devm_regmap_init_mmio_clk", rig.dev("two"), 0, base, config(rig, cache_type=2), 0, 0)
    assert told.startswith("not-modelled: a register map with cache_type")


def test_what_is_no_map_is_wild(rig):
    [told] = rig.ends("regmap_read", 0x70000000, 0, rig.room())
    assert told.startswith("memory-error: wild")
