"""A warning a broken promise, named as the compiler names the file; notes are no warnings, what is not decided is one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from irqlab.explore.check import Checked
from irqlab.report.lines import plain
from irqlab.report.warnings import note, warnings

TEXT = (
    ":91:1: warning: [dead-register-access] x_mask reads MASK0 of x at drivers/irqchip/irq-x.c:91 on the crash path, "
    "but clock ipg is stopped.\n"
)


@pytest.mark.parametrize("before", ["", "../linux/", "/here/linux/"])
def test_a_driver_is_named_as_kbuild_names_it(small: Checked, before: str):
    assert small.notes
    assert plain(warnings(small, f"{before}drivers/irqchip/irq-x.c")) == f"{before}drivers/irqchip/irq-x.c{TEXT}"


def test_a_module_of_elsewhere_is_told_too(small: Checked):
    assert small.setup.origin is not None
    origin = replace(small.setup.origin, source="/elsewhere/irq-x.c")
    mine = replace(small, setup=replace(small.setup, origin=origin))
    assert plain(warnings(mine, "/elsewhere/irq-x.c")) == f"drivers/irqchip/irq-x.c{TEXT}"


def test_what_was_not_decided_is_a_note_of_the_whole_file(small: Checked):
    cut = replace(small, broken=(), unknown=(("foo(),\nreached in x_probe()", 1),))
    said = "not decided: not modelled: foo(), reached in x_probe() (seen in 1 way)"
    assert plain(warnings(cut, "x/drivers/irqchip/irq-x.c")) == f"x/drivers/irqchip/irq-x.c:1:1: note: irqlab: {said}\n"


def test_where_nothing_is_broken_nothing_is_said(small: Checked):
    assert plain(warnings(replace(small, broken=()), "irq-x.c")) == ""
    assert note("a.c", "one\ntwo").text == "a.c:1:1: note: irqlab: one two"
