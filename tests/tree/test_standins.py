"""Whatever an example does not have gets a node with as many cells as it is asked for, and is said aloud."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from irqlab.tree import standins
from irqlab.tree.blob import Node, parse

OPEN = "0xffffffff"

Plugin = Callable[..., Node]


@pytest.fixture
def plugin(dtb: Callable[[str], bytes]) -> Plugin:
    """Makes a blob as dtc makes it of a plugin: ``label="/path:property:offset …"``."""

    def make(body: str, **fixups: str) -> Node:
        said = "".join(f"{label} = {', '.join(map(quoted, places.split()))};" for label, places in fixups.items())
        return parse(dtb(f"{body} __fixups__ {{ {said} }};"))

    return make


def quoted(text: str) -> str:
    return f'"{text}"'


def asked(root: Node) -> dict[str, Any]:
    return {one.label: one.cells for one in standins.stand_ins(root)}


def test_cells_are_counted_up_to_the_next_reference(plugin: Plugin):
    root = plugin(f"a {{ clocks = <{OPEN} 7 {OPEN} 8 9>; }};", clk="/a:clocks:0", pll="/a:clocks:8")
    assert asked(root) == {"clk": {"#clock-cells": 1}, "pll": {"#clock-cells": 2}}


def test_a_reference_the_example_can_resolve_ends_the_cells_too(plugin: Plugin):
    body = f"a {{ clocks = <{OPEN} 7 1>; }}; __local_fixups__ {{ a {{ clocks = <8>; }}; }};"
    assert asked(plugin(body, clk="/a:clocks:0")) == {"clk": {"#clock-cells": 1}}


def test_the_fewest_cells_win_because_of_holes(plugin: Plugin):
    body = f"a {{ clocks = <{OPEN} 7 0 0>; }}; b {{ clocks = <{OPEN} 7>; }};"
    assert asked(plugin(body, clk="/a:clocks:0 /b:clocks:0")) == {"clk": {"#clock-cells": 1}}


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("clocks", "#clock-cells"),
        ("assigned-clocks", "#clock-cells"),
        ("assigned-clock-parents", "#clock-cells"),
        ("resets", "#reset-cells"),
        ("power-domains", "#power-domain-cells"),
        ("interrupts-extended", "#interrupt-cells"),
        ("gpios", "#gpio-cells"),
        ("reset-gpios", "#gpio-cells"),
        ("enable-gpio", "#gpio-cells"),
        ("dmas", "#dma-cells"),
        ("phys", "#phy-cells"),
        ("mboxes", "#mbox-cells"),
        ("iommus", "#iommu-cells"),
        ("io-channels", "#io-channel-cells"),
        ("hwlocks", "#hwlock-cells"),
        ("nvmem-cells", "#nvmem-cell-cells"),
        ("sound-dai", "#sound-dai-cells"),
    ],
)
def test_each_kind_of_provider_has_its_cells(plugin: Plugin, name: str, cells: str):
    assert asked(plugin(f"a {{ {name} = <{OPEN} 5>; }};", x=f"/a:{name}:0")) == {"x": {cells: 1}}


@pytest.mark.parametrize("name", ["vdd-supply", "pinctrl-0", "fsl,syscon", "memory-region", "remote-endpoint"])
def test_what_is_only_pointed_at_has_no_cells(plugin: Plugin, name: str):
    assert asked(plugin(f"a {{ {name} = <{OPEN} 5>; }};", x=f"/a:{name}:0")) == {"x": {}}


@pytest.mark.parametrize(
    ("nodes", "cells"),
    [
        ("interrupts = <0 30 4>;", 3),
        ("interrupts = <0 30 4 0 31 4>;", 3),
        ("interrupts = <30 4 31 4>;", 2),
        ("interrupts = <5>;", 1),
        ("interrupts = <1 2 3 4 5>;", 1),
        ('interrupts = <1 2 3 4 5 6>; interrupt-names = "a", "b", "c";', 2),
        ("interrupts = <0 30 4 0 31 4>; b { interrupts = <1 2>; };", 2),
        ("b { interrupts = <0 30 4>; c { interrupt-parent = <1>; interrupts = <1>; }; };", 3),
        ("", 1),
    ],
)
def test_the_cells_of_an_interrupt_are_those_all_nodes_agree_with(plugin: Plugin, nodes: str, cells: int):
    root = plugin(f"a {{ interrupt-parent = <{OPEN}>; {nodes} }};", gic="/a:interrupt-parent:0")
    assert asked(root) == {"gic": {"#interrupt-cells": cells}}


def test_an_interrupt_map_begins_with_the_childs_cells(plugin: Plugin):
    body = (
        f"a {{ #address-cells = <3>; #interrupt-cells = <1>; interrupt-map = <0 0 0 1 {OPEN} 0 10 4 0 0 0 2 {OPEN} 0 11 4>; }};"
    )
    assert asked(plugin(body, gic="/a:interrupt-map:16 /a:interrupt-map:48")) == {"gic": {"#interrupt-cells": 3}}
    first, second = asked(plugin(body, a="/a:interrupt-map:16", b="/a:interrupt-map:48")).values()
    assert first == second == {"#interrupt-cells": 3}


def test_one_controller_of_three_cells_is_taken_as_the_gic_that_is_called_so_first(plugin: Plugin):
    body = f"a {{ interrupts-extended = <{OPEN} 0 1 4 {OPEN} 0 2 4>; }};"
    root = plugin(body, axi="/a:interrupts-extended:0", mygic="/a:interrupts-extended:16")
    assert {one.label: one.gic for one in standins.stand_ins(root)} == {"axi": False, "mygic": True}


def test_an_example_with_a_gic_gets_no_other(plugin: Plugin):
    body = f'gic {{ compatible = "arm,gic-400"; }}; a {{ interrupts-extended = <{OPEN} 0 1 4>; }};'
    assert [one.gic for one in standins.stand_ins(plugin(body, x="/a:interrupts-extended:0"))] == [False]


def test_a_stand_in_says_what_it_is(plugin: Plugin):
    root = plugin(f"a {{ interrupts-extended = <{OPEN} 0 1 4>; clocks = <{OPEN} 2>; }};",
                  my_gic="/a:interrupts-extended:0", clk="/a:clocks:0")  # fmt: skip
    clk, gic = standins.stand_ins(root)
    assert clk.sentence() == "&clk is not in the example: a node with #clock-cells = <1> stands in for it"
    assert gic.sentence() == (
        "&my_gic is not in the example: a node with #interrupt-cells = <3> stands in for it, taken as arm,gic-v3"
    )
    assert gic.source() == (
        "\tmy_gic: stand-in-my-gic {\n\t\t#interrupt-cells = <3>;\n\t\tinterrupt-controller;\n"
        '\t\tcompatible = "arm,gic-v3";\n\t};\n'
    )
    assert standins.StandIn("x").sentence() == "&x is not in the example: a node with no cells stands in for it"


FAKE = """\
/dts-v1/;
/plugin/; // silence any missing phandle references
/{
    example-0 {
        interrupt-parent = <&fake_intc0>;
        fake_intc0: fake-interrupt-controller {
            interrupt-controller;
            #interrupt-cells = < 3 >;
        };
        dev { interrupts = <0 1 4>; };
    };
};
"""


def test_dtschemas_controller_is_taken_as_a_gic_if_it_is_needed(plugin: Plugin):
    text, said = standins.completed(FAKE, plugin("example-0 { dev { interrupts = <0 1 4>; }; };"))
    assert "/plugin/" not in text and 'compatible = "arm,gic-v3";' in text
    assert said == ["the example names no interrupt parent: a controller with 3 cells stands in for it, taken as arm,gic-v3"]


def test_dtschemas_controller_goes_if_every_node_names_its_own(plugin: Plugin):
    body = "example-0 { bus { interrupt-parent = <1>; dev { interrupts = <0 1 4>; }; }; };"
    text, said = standins.completed(FAKE, plugin(body))
    assert "fake" not in text and said == []


def test_one_stand_in_does_for_all(plugin: Plugin):
    body = f"example-0 {{ dev {{ interrupts = <0 1 4>; }}; b {{ interrupts-extended = <{OPEN} 0 2 4>; }}; }};"
    text, said = standins.completed(FAKE, plugin(body, gic="/example-0/b:interrupts-extended:0"))
    assert "fake" not in text and "interrupt-parent = <&gic>;" in text
    assert text.startswith("/dts-v1/;\n/ {\n\tgic: stand-in-gic {\n")
    assert said == [
        "&gic is not in the example: a node with #interrupt-cells = <3> stands in for it, taken as arm,gic-v3",
        "the example does not say where the interrupts of dev go: they go to &gic",
    ]


def test_two_cells_are_no_gic(plugin: Plugin):
    text, said = standins.completed(FAKE.replace("< 3 >", "< 2 >"), plugin("example-0 { dev { interrupts = <1 4>; }; };"))
    assert "arm,gic-v3" not in text
    assert said == ["the example names no interrupt parent: a controller with 2 cells stands in for it"]
