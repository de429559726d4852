"""Register maps over memory-mapped registers (``drivers/base/regmap`` of 6.12.117)."""

from __future__ import annotations

from treerig import TreeRig

from irqlab.board import Board, parse
from irqlab.kernel.errno import EINVAL, EIO
from irqlab.kernel.regmap import Regmap, regmap_read, regmap_update_bits_base, regmap_write

TEXT = """/dts-v1/; / { #address-cells = <1>; #size-cells = <1>;
    gic { compatible = "arm,gic-v3"; interrupt-controller; #interrupt-cells = <3>; };
    clk: clk { compatible = "irqlab,clock-gate"; #clock-cells = <0>; };
    ctl@1000 { compatible = "irqlab,test"; reg = <0x1000 0x100>; interrupt-controller; #interrupt-cells = <1>;
        clocks = <&clk>; clock-names = "bus"; };
};"""


def rig_of(clocked=False):
    text = TEXT if clocked else TEXT.replace('clocks = <&clk>; clock-names = "bus";', "")
    rig = TreeRig(board=Board.for_driver("maps", parse(text.encode(), "maps.dts"), ("irqlab,test",)))
    rig.populate()
    return rig


def made(rig, **fields):
    return rig.world.new(Regmap, "map", **{"base": 0x1000, "max_register": 0xFC, **fields})


def test_what_is_written_is_read():
    rig = rig_of()
    regmap = made(rig)
    assert regmap_write(rig.k, regmap, 8, 0x1_2345_6789) == 0
    assert regmap_read(rig.k, regmap, 8) == (0, 0x2345_6789)
    assert rig.k.machine.blocks["ctl@1000"].content(8) == 0x2345_6789


def test_the_end_and_the_stride_are_kept():
    rig = rig_of()
    regmap = made(rig)
    assert regmap_read(rig.k, regmap, 0x100) == (-EIO, 0)
    assert regmap_write(rig.k, regmap, 0x100, 1) == -EIO
    assert regmap_read(rig.k, regmap, 2) == (-EINVAL, 0)
    assert regmap_write(rig.k, regmap, 2, 1) == -EINVAL


def test_bits_are_updated_and_written_only_if_they_change():
    rig = rig_of()
    regmap = made(rig)
    regmap_write(rig.k, regmap, 4, 0xF0F0)
    assert regmap_update_bits_base(rig.k, regmap, 4, 0xFF, 0x0F, False) == (0, True)
    assert regmap_read(rig.k, regmap, 4) == (0, 0xF00F)
    assert regmap_update_bits_base(rig.k, regmap, 4, 0xFF, 0x0F, False) == (0, False)
    assert regmap_update_bits_base(rig.k, regmap, 4, 0xFF, 0x0F, True) == (0, True)  # regmap_write_bits()
    assert regmap_update_bits_base(rig.k, regmap, 0x200, 1, 1, False) == (-EIO, False)


def test_narrow_registers_and_bytes_the_other_way_round():
    rig = rig_of()
    regmap = made(rig, width=2, stride=2, big_endian=True)
    assert regmap_write(rig.k, regmap, 2, 0x1234) == 0
    assert rig.k.machine.blocks["ctl@1000"].read(2, 2) == 0x3412
    assert regmap_read(rig.k, regmap, 2) == (0, 0x1234)


def test_a_clock_runs_as_long_as_an_access():
    rig = rig_of(clocked=True)
    regmap = made(rig, clk="clk")
    assert regmap_write(rig.k, regmap, 0, 5) < 0  # nobody has prepared the clock
    from irqlab.kernel.clk import clk_prepare

    clk_prepare(rig.k, "clk")
    assert regmap_write(rig.k, regmap, 0, 5) == 0
    assert regmap_read(rig.k, regmap, 0) == (0, 5)
    assert rig.clk("clk") == (1, 0) and not rig.k.machine.clocks["clk"].on
    assert rig.told("dead-access") == []
