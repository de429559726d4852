"""The report of cures: the verdict first, each finding by one number everywhere, prices in words; and the same as JSON."""

from __future__ import annotations

import json

from irqlab.report.cures import dumps, plain, report
from irqlab.report.lines import WIDTH
from irqlab.report.lines import plain as text_of
from irqlab.verdict.compare import keyed
from irqlab.verdict.cures import Cured


def text(result: Cured) -> str:
    return text_of(report(result))


def test_the_verdict_names_the_fewest_cures_that_heal_everything(healing: Cured) -> None:
    assert text(healing).startswith(
        "CURED  skip-masked + pm-device: heals everything and breaks nothing in irqsteer@unlinked-2020 on\n"
        "       Linux 6.1, arm64, board irqsteer, scope small raises=off\n"
        "  without a cure: 9 promises broken\n"
        "  exhausted: 3957 states, 10633 successors, depth 40\n"
        "  explored again: 2 with one cure, 1 with two together\n"
    )


def test_a_cure_that_was_not_tried_says_why(healing: Cured) -> None:
    assert "\n  mask-in-shutdown  driver  not tried: the scope has no orderly kexec\n" in text(healing)


def test_the_table_has_cures_down_and_rules_across(healing: Cured) -> None:
    assert (
        "                           dead-\n"
        "                           register-\n"
        "                           access     deadlock\n"
        "  without a cure           8          1\n"
        "  skip-masked              6          1\n"
        "  pm-device                2          healed\n"
        "  skip-masked + pm-device  healed     healed\n"
    ) in text(healing)


def test_what_each_heals_leaves_and_breaks_is_by_the_numbers_of_the_list_below(healing: Cured) -> None:
    said = text(healing)
    assert "\n  skip-masked: heals 1, 4; leaves 2, 3, 5-9; breaks nothing\n" in said
    assert "\n  pm-device: heals 2, 3, 5-9; leaves 1, 4; breaks nothing\n" in said
    assert "\n  skip-masked + pm-device: heals everything, breaks nothing\n" in said
    listed = said.partition("Broken without a cure\n")[2]
    assert [line.split()[0] for line in listed.splitlines() if line[:4].strip()] == [str(number) for number in range(1, 10)]


def test_the_price_is_told_in_words(healing: Cured) -> None:
    said = " ".join(text(healing).split())
    assert (
        "without a cure: costs the chip can be off whether a line is requested or not; nobody resumes it at run time; the mask "
        "loop makes at most 5 register accesses, 4 for lines masked already, 0 resumes and 0 calls that may sleep"
    ) in said
    assert (
        "skip-masked + pm-device: heals everything, breaks nothing costs the chip can be off only while no line is requested; "
        "resumed by request_irq(); the mask loop makes at most 3 register accesses, 0 for lines masked already"
    ) in said


def test_what_a_cure_breaks_is_numbered_on_and_has_its_trace(dear: Cured) -> None:
    said = text(dear)
    assert said.startswith("NOT CURED  no cure that was tried heals everything and breaks nothing in irqsteer@5.19 on Linux\n")
    assert "\n  closest: stays-on: heals 1, 2; leaves nothing; breaks 3, 4\n" in said
    assert (
        "\nBroken with cures only\n"
        "   3  never-suspends in interrupt-controller@32e2d000; blames the driver\n"
        "      runtime PM is enabled, first kernel\n"
        "      with stays-on\n"
        "   4  pm-reference-leak in interrupt-controller@32e2d000; blames the driver\n"
        "      while the kernel runs, runtime PM is enabled\n"
        "      with stays-on\n"
    ) in said
    assert "\n4. pm-reference-leak in interrupt-controller@32e2d000\n" in said
    assert said.endswith("  repeat    irqlab replay finding.json --finding 2\n")  # its number in the check that makes it


def test_nothing_is_wider_than_a_page(healing: Cured, dear: Cured) -> None:
    assert max(len(line) for result in (healing, dear) for line in text(result).splitlines()) <= WIDTH


def test_the_json_says_the_same(healing: Cured, dear: Cured) -> None:
    said = json.loads(dumps(healing))
    assert {key: said[key] for key in ("irqlab", "version", "decided", "smallest", "refused")} == {
        "irqlab": "cures",
        "version": 1,
        "decided": True,
        "smallest": [["skip-masked", "pm-device"]],
        "refused": [{"cure": "mask-in-shutdown", "why": "the scope has no orderly kexec"}],
    }
    names = ("cures", "heals", "leaves", "breaks")
    assert [[outcome[name] for name in names] for outcome in said["outcomes"]] == [
        [["skip-masked"], [1, 4], [1, 2, 3, 4, 5, 6, 7], []],
        [["pm-device"], [2, 3, 5, 6, 7, 8, 9], [1, 2], []],
        [["skip-masked", "pm-device"], [1, 2, 3, 4, 5, 6, 7, 8, 9], [], []],
    ]
    assert said["costs"] == {
        "off_unused": True,
        "off_used": True,
        "resumers": [],
        "accesses": 5,
        "masked": 4,
        "resumes": 0,
        "sleeps": 0,
        "loops": 144,
    }
    [outcome] = json.loads(dumps(dear))["outcomes"]
    assert [outcome[name] for name in names] == [["stays-on"], [1, 2], [], [1, 2]]


def test_numbers_in_the_json_are_those_of_the_check_they_are_of(healing: Cured) -> None:
    said = plain(healing)
    bare = [finding["number"] for finding in said["bare"]["findings"]]
    assert bare == list(range(1, len(keyed(healing.bare.broken)) + 1))
    for outcome in said["outcomes"]:
        assert outcome["heals"] == sorted(set(outcome["heals"])) and set(outcome["heals"]) <= set(bare)
        assert outcome["leaves"] == [finding["number"] for finding in outcome["check"]["findings"]]
