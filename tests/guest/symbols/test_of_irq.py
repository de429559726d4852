"""``drivers/of/irq.c`` as a driver calls it."""

from __future__ import annotations

from irqlab.kernel.errno import EINVAL, ENODATA, EOVERFLOW, EPROBE_DEFER


def test_an_interrupt_is_parsed_into_its_controller_and_cells(rig):
    out = rig.struct("of_phandle_args")
    assert rig.call("of_irq_parse_one", rig.np("one"), 1, out) == 0
    assert rig.g.field(out, "of_phandle_args", "np") == rig.np("gic")
    assert rig.g.field(out, "of_phandle_args", "args_count") == 3
    assert rig.numbers(out + 12, 3) == (0, 19, 1)
    assert rig.call("of_irq_parse_one", rig.np("one"), 2, out) == -EOVERFLOW
    assert rig.call("of_irq_parse_one", rig.np("osc"), 0, out) == -EINVAL


def test_parents_and_numbers_of_interrupts(rig):
    assert rig.call("of_irq_find_parent", rig.np("one")) == rig.np("gic")
    assert rig.call("of_irq_find_parent", 0) == 0
    assert (rig.call("of_irq_count", rig.np("one")), rig.call("of_irq_count", rig.np("osc"))) == (2, 0)


def test_interrupts_are_mapped(rig):
    assert rig.call("of_irq_get", rig.np("one"), 0) == -EPROBE_DEFER
    rig.domain("gic")
    first = rig.call("of_irq_get", rig.np("one"), 0)
    assert first == rig.call("irq_of_parse_and_map", rig.np("one"), 0) == 1
    assert rig.call("of_irq_get_byname", rig.np("one"), "second") == 2
    assert rig.call("of_irq_get_byname", rig.np("one"), "third") == -ENODATA
    assert rig.call("of_irq_get_byname", rig.np("one"), 0) == -EINVAL
    assert rig.call("irq_of_parse_and_map", rig.np("one"), 7) == 0


def test_an_interrupt_as_a_resource_carries_its_trigger_and_name(rig):
    rig.domain("gic")
    out = rig.struct("resource")
    irq = rig.call("of_irq_to_resource", rig.np("one"), 1, out)
    assert (rig.g.field(out, "resource", "start"), rig.g.field(out, "resource", "end")) == (irq, irq)
    assert rig.g.field(out, "resource", "flags") == 0x400 | 1
    assert rig.text(rig.g.field(out, "resource", "name")) == "second"


def test_cells_as_a_specifier(rig):
    cells = rig.put(bytes.fromhex("05000000 06000000"))
    out = rig.struct("irq_fwspec")
    rig.call("of_phandle_args_to_fwspec", rig.np("mux"), cells, 2, out)
    assert rig.g.field(out, "irq_fwspec", "fwnode") == rig.fwnode("mux")
    assert rig.g.field(out, "irq_fwspec", "param_count") == 2
    assert rig.numbers(out + 12, 2) == (5, 6)


def test_more_cells_than_a_specifier_holds_are_not_modelled(rig):
    [told] = rig.ends("of_phandle_args_to_fwspec", rig.np("mux"), rig.room(), 17, rig.struct("irq_fwspec"))
    assert told.startswith("not-modelled: of_phandle_args_to_fwspec() of 17 cells")
