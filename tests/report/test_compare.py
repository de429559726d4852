"""The report of a comparison: what is gone, left and new, numbered through, each with the check that shows it; and as JSON."""

from __future__ import annotations

import json

from irqlab.report.compare import dumps, report
from irqlab.report.lines import WIDTH
from irqlab.report.lines import plain as text_of
from irqlab.verdict.compare import Comparison, compare


def text(comparison: Comparison) -> str:
    return text_of(report(comparison))


def test_the_verdict_counts_and_both_sides_say_what_they_covered(compared: Comparison) -> None:
    assert text(compared).startswith(
        "KEPT  2 gone, 0 left, 0 new, of 2 promises broken before\n"
        "  before  irqsteer@5.19 on Linux 6.12, arm64, board irqsteer, scope small raises=off\n"
        "          exhausted: 2859 states, 8972 successors, depth 100\n"
        "  after   irqsteer@5.19 on Linux 6.12 +kexec-started-check, arm64, board irqsteer, scope small\n"
        "          raises=off\n"
        "          exhausted: 2859 states, 8972 successors, depth 100\n"
    )


def test_what_is_gone_has_the_trace_and_the_command_of_before(compared: Comparison) -> None:
    said = text(compared)
    assert (
        "\nGone: broken before, not after\n"
        "   1  dead-register-access in imx_irqsteer_irq_mask; blames the architecture\n"
        "      machine_kexec_mask_interrupts, on the crash path, in the middle of a PM callback, unused,\n"
        "      masked, pm-device\n"
        "   2  dead-register-access in imx_irqsteer_irq_mask; blames the architecture\n"
        "      machine_kexec_mask_interrupts, on the crash path, suspended, unused, masked, pm-device\n"
    ) in said
    assert said.count("\n!!        CHANMASK1 of irqsteer: read while ") == 2
    assert "--with kexec-started-check" not in said
    assert said.endswith("  repeat    irqlab replay finding.json --finding 2\n")
    assert not any(head in said for head in ("\nLeft: ", "\nNew: ", "\nNot decided"))


def test_turned_round_what_was_gone_is_new_and_has_the_command_of_after(compared: Comparison) -> None:
    said = text(compare(compared.after, compared.before))
    assert said.startswith("BROKEN  0 gone, 0 left, 2 new, of 0 promises broken before\n")
    assert "\nNew: broken after, not before\n   1  dead-register-access in imx_irqsteer_irq_mask;" in said


def test_a_side_and_itself_leave_everything(compared: Comparison) -> None:
    said = text(compare(compared.before, compared.before))
    assert said.startswith("BROKEN  0 gone, 2 left, 0 new, of 2 promises broken before\n")
    assert "\nLeft: broken before and after\n   1  dead-register-access" in said


def test_what_a_bound_left_open_is_said_and_nothing_is_called_gone(cut: Comparison) -> None:
    said = text(cut)
    assert said.startswith("NOT DECIDED  0 gone, 0 left, 0 new, of 2 promises broken before\n")
    assert "          stopped: --max-states 40 reached after " in said
    assert "\nNot decided: broken before, not seen after, where not all was looked at\n   1  dead-register-access" in said


def test_nothing_is_wider_than_a_page(compared: Comparison, cut: Comparison) -> None:
    assert max(len(line) for one in (compared, cut) for line in text(one).splitlines()) <= WIDTH


def test_the_json_says_the_same_by_the_numbers_of_each_check(compared: Comparison, cut: Comparison) -> None:
    parts = ("irqlab", "version", "decided", "gone", "unsure", "left", "new", "unseen")
    said = json.loads(dumps(compared))
    assert [said[part] for part in parts] == ["comparison", 1, True, [1, 2], [], [], [], []]
    assert (said["before"]["verdict"], said["after"]["verdict"]) == ("broken", "kept")
    assert said["after"]["setup"]["kernel"] == {"release": "6.12", "with": ["kexec-started-check"], "without": []}
    said = json.loads(dumps(cut))
    assert [said[part] for part in parts] == ["comparison", 1, False, [], [1, 2], [], [], []]
    said = json.loads(dumps(compare(compared.after, compared.before)))
    assert [said[part] for part in parts] == ["comparison", 1, True, [], [], [], [1, 2], []]
