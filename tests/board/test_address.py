"""Where registers are: ``reg`` through every ``ranges`` above."""

from __future__ import annotations

from typing import Any

import pytest

TREE = """
	#address-cells = <2>; #size-cells = <2>;
	soc {
		#address-cells = <1>; #size-cells = <1>;
		ranges = <0x0 0x8 0x10000000 0x1000>, <0x4000 0x9 0x0 0x2000>;
		flat { #address-cells = <1>; #size-cells = <1>; ranges; a@10 { reg = <0x10 0x20>, <0x4100 0x100>, <0x3000 4>; }; };
		i2c@100 { reg = <0x100 0x10>; #address-cells = <1>; #size-cells = <0>; b@20 { reg = <0x20>; }; };
		syscon@200 { reg = <0x200 0x10>; #address-cells = <1>; #size-cells = <1>; c@4 { reg = <4 4>; }; };
		d { reg = <0x10 0x0>, <0xfff 1>, <0x1000 1>; };
	};
	top@1234 { reg = <0x1 0x23450000 0x0 0x1000>; };
	bare { e { reg = <0x0 0x10 0x0 0x20>; }; };
	odd { #address-cells = <9>; f { reg = <1 2 3>; }; };
	pcie { device_type = "pci"; #address-cells = <3>; #size-cells = <2>; ranges; g { reg = <0 0 0 0 1>; }; };
	loose { #address-cells = <1>; #size-cells = <1>; ranges = [00 01]; h { reg = <1 2>; }; k { reg = [00]; }; };
	end { reg = <0xffffffff 0xffffff00 0 0x101>; };
"""


@pytest.mark.parametrize(
    ("path", "reg", "address"),
    [
        ("/top@1234", ((0x1_2345_0000, 0x1000),), [(0x1_2345_0000, 0x1000)]),
        (
            "/soc/flat/a@10",
            ((0x10, 0x20), (0x4100, 0x100), (0x3000, 4)),
            [(0x8_1000_0010, 0x20), (0x9_0000_0100, 0x100), None, None],
        ),
        ("/soc/i2c@100", ((0x100, 0x10),), [(0x8_1000_0100, 0x10)]),
        ("/soc/i2c@100/b@20", ((0x20, 0),), [None]),
        ("/soc/syscon@200/c@4", ((4, 4),), [None]),
        ("/soc/d", ((0x10, 0), (0xFFF, 1), (0x1000, 1)), [None, (0x8_1000_0FFF, 1), None]),
        ("/bare/e", ((0x10, 0x20),), [None]),
        ("/odd/f", (), [None]),
        ("/pcie/g", ((0, 1),), [None]),
        ("/loose/h", ((1, 2),), [None]),
        ("/loose/k", (), [None]),
        ("/end", ((0xFFFF_FFFF_FFFF_FF00, 0x101),), [None]),
        ("/soc", (), [None]),
    ],
)
def test_an_address_goes_through_every_ranges(
    tree: Any, path: str, reg: tuple[tuple[int, int], ...], address: list[tuple[int, int] | None]
) -> None:
    node = tree(TREE).find(path)
    assert node.reg == reg
    assert [node.address(index) for index in range(len(address))] == address


def test_the_root_has_no_address(tree: Any) -> None:
    assert tree("reg = <1 2>;").address() is None


def test_a_bus_that_does_not_count_counts_as_the_one_above(tree: Any) -> None:
    root = tree("#address-cells = <2>; #size-cells = <1>; soc { ranges; a { reg = <1 2 3>; }; };")
    assert root.find("/soc/a").address() == (0x1_0000_0002, 3)
