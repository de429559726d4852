"""One line a finding, which an editor jumps from."""

from __future__ import annotations

from dataclasses import replace

from irqlab.explore.check import Checked
from irqlab.report.lines import plain
from irqlab.report.short import short


def test_a_finding_of_a_compiled_driver_is_at_its_line(small: Checked):
    assert plain(short(small)) == (
        "drivers/irqchip/irq-x.c:91:1: error: [dead-register-access] x_mask reads MASK0 of x at drivers/irqchip/irq-x.c:91 "
        "on the crash path, but clock ipg is stopped.\n"
        "drivers/irqchip/irq-x.c:70:1: note: [armed-at-handover] A line of x is unmasked in hardware.\n"
    )


def test_a_driver_in_python_is_named_or_its_file(storming: Checked):
    [first, *_] = plain(short(storming)).splitlines()
    assert first.startswith("irqsteer@mainline-2020: ")
    mine = replace(storming, setup=replace(storming.setup, driver_file="my/driver.py"))
    assert plain(short(mine)).startswith("my/driver.py: ")


def test_where_nothing_is_wrong_nothing_is_said(kept: Checked):
    assert plain(short(kept)) == ""


def test_what_is_not_decided_is_no_silence(kept: Checked):
    cut = replace(kept, unknown=(("a lock\nof x", 1),))
    assert plain(short(cut)) == "irqsteer@6.11: note: not decided: not modelled: a lock of x (seen in 1 way)\n"


def test_a_driver_of_which_no_line_is_known_is_at_its_first(small: Checked):
    told = small.broken[0]
    bare = replace(told, finding=replace(told.finding, breach=replace(told.breach, text="It breaks.")))
    nowhere = replace(bare, trace=replace(told.trace, steps=()))
    [line] = plain(short(replace(small, broken=(nowhere,), notes=()))).splitlines()
    assert line == "drivers/irqchip/irq-x.c:1:1: error: [dead-register-access] It breaks."
