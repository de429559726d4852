"""The reply of a review: verdict first, a table, the one trace that tells it, how to see it again; never wider than mail."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from irqlab.explore.check import Checked, check_each
from irqlab.explore.search import Bounds
from irqlab.report.lines import plain
from irqlab.report.review import dumps, reply
from irqlab.verdict.compare import compare
from irqlab.verdict.experiment import setup
from irqlab.verdict.review import Judged, Review
from irqlab.verdict.thread import CRASH

SOURCE = "drivers/irqchip/irq-imx-irqsteer.c"
COMMAND = ("irqlab", "review", "--tree", "linux", "fix.patch")


def checked(driver: str, *switches: str, states: int | None = None) -> Checked:
    return check_each([setup(driver, "6.12", CRASH, with_=switches)], Bounds(states), memo=True)[0]


def review(before: Checked, after: Checked, **more: object) -> Review:
    return replace(Review("fix.patch", "genirq: Fix it", (Judged(SOURCE, False, compare(before, after)),)), **more)


def text(one: Review) -> str:
    said = plain(reply(one, COMMAND))
    assert all(len(line) <= 72 for line in said.splitlines())
    return said


@pytest.fixture(scope="module")
def papers() -> Review:
    """The thread's patch."""
    return review(checked("irqsteer@unlinked-2020"), checked("irqsteer@unlinked-2020", "kexec-skip-masked"))


def test_the_verdict_comes_first_then_what_was_done_and_the_table(papers: Review) -> None:
    assert text(papers).startswith(
        "PAPERS OVER: 2 broken promises are gone, but only in one order of\n"
        "  events: in another the same function breaks the same promise.\n"
        "\n"
        'irqlab ran the compiled driver without and with "genirq: Fix it" on\n'
        "Linux 6.12 (arm64, irqlab's model of 6.12), and went through every order\n"
        "of events in scope thread.\n"
        "\n"
        "  driver                              before  gone  left   new\n"
        "  drivers/irqchip/irq-imx-irqsteer.c       9     2     7     0\n"
        "\n"
    )


def test_the_trace_is_that_of_what_is_still_broken_and_the_command_is_last(papers: Review) -> None:
    said = text(papers)
    assert said.count("in which it is still broken with the patch:\n\ndead-register-access in imx_irqsteer_irq_mask\n") == 1
    assert said.count("\n!!") == 1
    assert said.endswith("\nTo see it again:\n  irqlab review --tree linux fix.patch\n  (irqlab 0.1.0)\n")


def test_a_cure_shows_what_it_cures(papers: Review) -> None:
    said = text(review(checked("irqsteer@5.19"), checked("irqsteer@5.19", "kexec-started-check")))
    assert said.startswith("CURES: 2 broken promises are gone, and nothing new is broken.\n")
    assert "The shortest order of events that was broken without the patch:\n" in said and "\nLeft:\n" not in said


def test_what_is_broken_anew_comes_before_what_is_gone() -> None:
    said = text(review(checked("irqsteer@5.19"), checked("irqsteer@6.11")))
    assert said.startswith("BREAKS: with the patch 5 broken promises are new; 2 broken promises are\n  gone.\n")
    assert said.index("\nNew:\n") < said.index("\nGone:\n") and "The shortest order of events that breaks what was kept:" in said


def test_what_was_not_looked_at_is_said() -> None:
    cut = review(checked("irqsteer@5.19"), checked("irqsteer@5.19", states=40))
    said = text(cut)
    assert said.startswith("NOT DECIDED: not everything could be looked at")
    assert "\nNot looked at:\n  - with it: stopped: --max-states 40 reached" in said


def test_what_is_not_judged_says_why_and_notes_are_told() -> None:
    same = checked("irqsteer@5.19")
    more = {"left_out": (("Documentation/x.rst", "it is a document"),), "notes": ("the tree is not as B",)}
    said = text(review(same, same, **more))
    assert said.startswith("CHANGES NOTHING: 2 broken promises are left, as without the patch, and\n  nothing new.\n")
    assert (
        "\nNot judged:\n  - Documentation/x.rst: it is a document\n" in said
        and "\nGood to know:\n  - the tree is not as B\n" in said
    )


def test_what_does_not_compile_has_no_numbers() -> None:
    said = text(Review("fix.patch", "", (Judged(SOURCE, True, None, f"{SOURCE}:91:13: error: expected '}}'"),)))
    assert said.startswith(f"DOES NOT COMPILE: {SOURCE}:\n  {SOURCE}:91:13: error: expected '}}'\n")
    assert f"  {SOURCE}  does not compile\n" in said and "irqlab compiled the driver with fix.patch." in said


def test_a_hostile_subject_stays_on_its_line(papers: Review) -> None:
    said = text(replace(papers, subject="x\x1b[31m\r\nBcc: all@example.org\x00"))
    assert "\x1b" not in said and "\r" not in said and "\x00" not in said


def test_json_has_both_checks_and_the_verdict(papers: Review) -> None:
    found = json.loads(dumps(papers))
    assert (found["irqlab"], found["version"], found["verdict"], found["patch"]) == ("review", 1, "PAPERS OVER", "fix.patch")
    (driver,) = found["drivers"]
    assert (driver["source"], driver["core"], driver["verdict"], driver["error"]) == (SOURCE, "model", "PAPERS OVER", "")
    assert {name: len(driver["comparison"][name]) for name in ("gone", "left", "new")} == {"gone": 2, "left": 7, "new": 0}
