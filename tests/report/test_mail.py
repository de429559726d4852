"""One result a mail: the worst of what its sources have, in one line, with the traces of what is new."""

from __future__ import annotations

from dataclasses import replace

from irqlab.explore.check import Checked
from irqlab.report.mail import added, compared, entries, refused
from irqlab.verdict.compare import compare

NAME = "drivers/irqchip/irq-x.c"


def clean(checked: Checked) -> Checked:
    return replace(checked, broken=(), notes=())


def test_what_is_new_fails_with_its_trace(small: Checked):
    result = compared(NAME, compare(clean(small), small))
    assert (result.status, result.summary) == ("fail", f"{NAME}: promises broken: 1 new")
    assert result.details.startswith("New: broken after, not before\n   1  dead-register-access in x_mask")
    assert "\n\n1. dead-register-access in x_mask\n" in result.details and "blames the driver" in result.details


def test_what_is_left_or_gone_passes_without_a_trace(small: Checked):
    left, gone = compared(NAME, compare(small, small)), compared(NAME, compare(small, clean(small)))
    assert (left.status, left.summary) == ("pass", f"{NAME}: promises broken: 1 left")
    assert (gone.status, gone.summary) == ("pass", f"{NAME}: promises broken: 1 gone")
    assert "\n1. " not in left.details + gone.details
    nothing = compared(NAME, compare(clean(small), clean(small)))
    assert (nothing.status, nothing.summary, nothing.details) == ("pass", f"{NAME}: no promise broken, before or after", "")


def test_what_was_not_looked_at_is_a_warning(small: Checked):
    cut = replace(clean(small), unknown=(("foo()", 1),))
    result = compared(NAME, compare(small, cut))
    assert (result.status, result.summary) == ("warn", f"{NAME}: promises broken: 1 undecided; not all was looked at")
    assert result.details.startswith("not decided after: not modelled: foo() (seen in 1 way)\n\nNot decided: broken before")
    unseen = compared(NAME, compare(cut, small))
    assert unseen.status == "warn" and "\n1. dead-register-access" in unseen.details


def test_a_new_source_has_nothing_before_it(small: Checked):
    result = added(NAME, small)
    assert (result.status, result.summary) == ("fail", f"{NAME} (new): 1 promise broken")
    assert result.details.startswith("1. dead-register-access in x_mask\n")
    assert (added(NAME, clean(small)).status, added(NAME, clean(small)).summary) == ("pass", f"{NAME} (new): no promise broken")
    cut = added(NAME, replace(clean(small), unknown=(("foo()", 1),)))
    assert (cut.status, cut.summary) == ("warn", f"{NAME} (new): no promise broken; not all was looked at")


def test_a_mail_has_one_result_or_none(small: Checked):
    assert entries([]) == []
    good, bad = compared("a.c", compare(small, small)), compared("b.c", compare(clean(small), small))
    [entry] = entries([good, refused("c.h", "one\ntwo"), bad])
    assert entry == {
        "tool": "irqlab",
        "status": "fail",
        "summary": f"{bad.summary}; c.h: not judged: one two; {good.summary}",
        "url": "",
        "details": f"{bad.details}\n{good.details}",
    }
    assert entries([refused("", "it does not apply")])[0]["status"] == "warn"


def test_files_that_are_not_judged_are_told_last(small: Checked):
    left = compared("a.c", compare(small, small))
    [entry] = entries([left], [("Kconfig", "it decides"), ("b.c", "it is\nno driver")])
    assert entry["details"] == f"{left.details}\nnot judged: Kconfig: it decides\nnot judged: b.c: it is no driver"
    [entry] = entries([refused("a.c", "why")], [("Kconfig", "it decides")])
    assert entry["details"] == "not judged: Kconfig: it decides"
    assert entries([], [("Kconfig", "it decides")]) == []
