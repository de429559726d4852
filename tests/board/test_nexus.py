"""Interrupts that pass an ``interrupt-map``."""

from __future__ import annotations

from typing import Any

import pytest

from irqlab.errors import BoardError

TREE = """
	#address-cells = <1>; #size-cells = <1>;
	gic: gic { interrupt-controller; #interrupt-cells = <3>; #address-cells = <0>; };
	pic: pic { interrupt-controller; #interrupt-cells = <1>; #address-cells = <1>; };
	bridge: bridge {
		#address-cells = <1>; #size-cells = <0>; #interrupt-cells = <1>;
		interrupt-map-mask = <0xff 3>;
		interrupt-map = <0x10 1 &gic 0 40 4>, <0x10 2 &pic 0 9>;
		a@110 { reg = <0x110>; interrupts = <1>; };
		b@10 { reg = <0x10>; interrupts = <2>; };
		c@20 { reg = <0x20>; interrupts = <1>; };
	};
	extirq: extirq {
		compatible = "fsl,ls1021a-extirq"; interrupt-controller; #interrupt-cells = <2>; #address-cells = <0>;
		interrupt-map = <0 0 &gic 0 7 4>;
	};
	d { interrupts-extended = <&extirq 0 4>; };
	loop: loop { #interrupt-cells = <1>; #address-cells = <0>; interrupt-map = <1 &ring 1>; };
	ring: ring { #interrupt-cells = <1>; #address-cells = <0>; interrupt-map = <1 &loop 1>; };
	e { interrupts-extended = <&loop 1>; };
	short: short { #interrupt-cells = <1>; #address-cells = <0>; interrupt-map = <1 &gic 0 7>; };
	f { interrupts-extended = <&short 1>; };
	ghost: ghost { #interrupt-cells = <1>; #address-cells = <0>; interrupt-map = <1 99 0 7>; };
	g { interrupts-extended = <&ghost 1>; };
	stub: stub { #interrupt-cells = <1>; #address-cells = <0>; interrupt-map = <1>; };
	h { interrupts-extended = <&stub 1>; };
	own: own { #interrupt-cells = <1>; #address-cells = <0>; interrupt-map = <1 &own 5>; };
	i { interrupts-extended = <&own 1>; };
"""


def test_an_interrupt_ends_where_the_map_leads(tree: Any) -> None:
    root = tree(TREE)
    ends = {path: root.find(path).interrupts() for path in ("/bridge/a@110", "/bridge/b@10", "/d", "/i")}
    assert ends == {
        "/bridge/a@110": ((root.find("/gic"), (0, 40, 4)),),
        "/bridge/b@10": ((root.find("/pic"), (9,)),),
        "/d": ((root.find("/extirq"), (0, 4)),),
        "/i": ((root.find("/own"), (5,)),),
    }


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/bridge/c@20", "t.dts: /bridge/c@20: interrupt <1> has no line in the interrupt-map of /bridge: add one"),
        ("/e", "t.dts: /e: its interrupts go through too many maps: correct interrupt-map"),
        ("/f", "t.dts: /short: interrupt-map ends within the reference to /gic: correct it"),
        ("/g", "t.dts: /ghost: interrupt-map refers to phandle 0x63, which no node has: correct the reference"),
        ("/h", "t.dts: /stub: interrupt-map ends within an entry: correct it"),
    ],
)
def test_a_map_that_makes_no_sense_is_told(tree: Any, path: str, message: str) -> None:
    node = tree(TREE).find(path)
    with pytest.raises(BoardError) as caught:
        node.interrupts()
    assert str(caught.value) == message
    assert node.readable_interrupts() == ((), message.removeprefix("t.dts: ").removeprefix(f"{path}: "))
