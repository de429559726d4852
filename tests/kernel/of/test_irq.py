"""``drivers/of/irq.c`` of 6.12.117: what is parsed.  What is mapped is in ``tests/kernel/test_platform.py``."""

from __future__ import annotations

from irqlab.kernel.errno import EINVAL, ENOENT, EOVERFLOW
from irqlab.kernel.of.irq import of_irq_count, of_irq_find_parent, of_irq_parse_one

TREE = """
    #address-cells = <1>; #size-cells = <1>;
    interrupt-parent = <&gic>;
    gic: gic { interrupt-controller; #interrupt-cells = <3>; };
    ctl: ctl { interrupt-controller; #interrupt-cells = <1>; plain { interrupts = <4>, <5>; }; };
    plain: plain { interrupts = <0 1 4>, <0 2 4>; };
    cut: cut { interrupts = <0 1 4>, <0 2>; };
    both: both { interrupts = <0 9 9>; interrupts-extended = <&ctl 6>, <0>, <&gic 1 2 3>; };
    none: none { };
    own: own { interrupt-parent = <&ctl>; interrupts = <7>; };
    lost: lost { interrupt-parent = <0x99>; interrupts = <7>; };
    map: map {
        #address-cells = <1>; #interrupt-cells = <2>;
        interrupt-map = <1 0 0 &gic 0 40 4>, <2 0 0 &ctl 3>, <2 1 0 &off 1>;
        interrupt-map-mask = <0xf 1 0>;
    };
    off: off { interrupt-controller; #interrupt-cells = <1>; status = "disabled"; };
    through: through@12 { reg = <0x12 1>; interrupt-parent = <&map>; interrupts = <0 77>, <1 77>; };
    other: other@21 { reg = <0x21 1>; interrupts-extended = <&map 0 5>; };
    miss: miss@3 { reg = <3 1>; interrupt-parent = <&map>; interrupts = <0 0>; };
    bridge: bridge { #interrupt-cells = <3>; };
    over: over { interrupt-parent = <&bridge>; interrupts = <0 8 4>; };
    abuser: abuser {
        compatible = "renesas,rza1-irqc"; interrupt-controller; #interrupt-cells = <2>; #address-cells = <0>;
        interrupt-map = <0 0 &gic 0 50 4>;
    };
    under: under { interrupt-parent = <&abuser>; interrupts = <3 4>; };
    round: round { #interrupt-cells = <1>; #address-cells = <0>; interrupt-map = <1 &round 2>; };
    loop: loop { interrupt-parent = <&round>; interrupts = <1>; };
"""


def look(tree):
    root = tree(TREE)
    by_label = {node.label or node.path: node for node in root.walk()}

    def one(label, index=0):
        found = of_irq_parse_one(by_label[label], index)
        return found if isinstance(found, int) else (found[0].name, *found[1])

    return by_label, one


def test_the_parent_is_the_nearest_that_takes_interrupts(tree):
    nodes, _ = look(tree)
    assert of_irq_find_parent(nodes["plain"]) is nodes["gic"]
    assert of_irq_find_parent(nodes["/ctl/plain"]) is nodes["ctl"]
    assert of_irq_find_parent(nodes["own"]) is nodes["ctl"]
    assert of_irq_find_parent(nodes["lost"]) is None
    assert of_irq_find_parent(nodes["/"]) is nodes["gic"]
    assert of_irq_find_parent(None) is None


def test_interrupts_are_cut_into_specifiers_of_the_parent(tree):
    nodes, one = look(tree)
    assert (one("plain"), one("plain", 1)) == (("gic", 0, 1, 4), ("gic", 0, 2, 4))
    assert (one("/ctl/plain", 1), one("own")) == (("ctl", 5), ("ctl", 7))
    assert one("plain", 2) == -EOVERFLOW
    assert one("none") == -EINVAL
    assert one("lost") == -EINVAL
    assert (of_irq_count(nodes["plain"]), of_irq_count(nodes["none"]), of_irq_count(None)) == (2, 0, 0)


def test_a_list_that_ends_early_counts_as_far_as_it_goes(tree):
    nodes, one = look(tree)
    assert one("cut") == ("gic", 0, 1, 4)
    assert one("cut", 1) == -EOVERFLOW
    assert of_irq_count(nodes["cut"]) == 1


def test_the_extended_list_comes_first_and_keeps_its_numbers(tree):
    """An empty entry is none; what is behind it keeps its number, so of_irq_count() ends there."""
    nodes, one = look(tree)
    assert (one("both", 0), one("both", 2)) == (("ctl", 6), ("gic", 1, 2, 3))
    assert one("both", 1) == -EOVERFLOW  # -ENOENT, and then the second of `interrupts`, of which there is one
    assert of_irq_count(nodes["both"]) == 1


def test_a_map_is_passed_by_unit_address_and_specifier(tree):
    _, one = look(tree)
    assert one("through") == ("ctl", 3)  # unit 0x12 under the mask 0xf is 2
    assert one("other") == ("gic", 0, 40, 4)  # 0x21 is 1


def test_a_line_of_a_map_to_a_disabled_controller_does_not_count(tree):
    _, one = look(tree)
    assert one("through", 1) == -EINVAL
    assert one("miss") == -EINVAL


def test_what_is_no_controller_hands_on_to_its_parent(tree):
    _, one = look(tree)
    assert one("over") == ("gic", 0, 8, 4)


def test_some_controllers_read_their_map_themselves(tree):
    _, one = look(tree)
    assert one("under") == ("abuser", 3, 4)


def test_a_map_may_end_at_its_own_node(tree):
    _, one = look(tree)
    assert one("loop") == ("round", 2)


def test_the_top_without_a_controller_leads_nowhere(tree):
    top = tree("a: a { #interrupt-cells = <1>; b: b { interrupts = <1>; }; };")
    assert of_irq_parse_one(top.children[0].children[0], 0) == -ENOENT
