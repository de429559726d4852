"""``irqlab cures``: its statuses, what it says of them, and bad input on one line."""

from __future__ import annotations

import json

import pytest

from irqlab.cli import main

AWAKE = ["--kernel", "6.1", "--scope", "small raises=off", "--output-when-gated", "low"]
UNLINKED = ["cures", "irqsteer@unlinked-2020", *AWAKE]


def test_cures_that_heal_everything_are_named_and_the_status_is_0(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*UNLINKED, "--only", "skip-masked", "--only", "pm-device"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("CURED  skip-masked + pm-device: heals everything and breaks nothing in irqsteer@unlinked-2020 on")
    assert "  explored again: 2 with one cure, 1 with two together\n" in out
    assert "irqlab check irqsteer@unlinked-2020" not in out  # nothing new is broken, so there is no trace


def test_where_none_does_that_is_said_with_the_closest_and_the_status_is_1(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*UNLINKED, "--only", "bus-lock"]) == 1
    out = capsys.readouterr().out
    assert out.startswith("NOT CURED  no cure that was tried heals everything")
    assert "  closest: bus-lock: heals 1-9; leaves nothing; breaks 10-14\n" in out
    assert "irqlab check irqsteer@unlinked-2020+bus-lock --kernel 6.1" in out


def test_the_check_that_a_trace_names_finds_it_again(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "irqsteer@unlinked-2020+bus-lock", *AWAKE]) == 1
    assert "deadlock in imx_irqsteer_irq_bus_lock" in capsys.readouterr().out


def test_a_bound_leaves_it_undecided_and_the_status_is_3(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*UNLINKED, "--only", "skip-masked", "--max-states", "60"]) == 3
    out = capsys.readouterr().out
    assert out.startswith("NOT DECIDED") and "healed" not in out and "--max-states 60 reached" in out


def test_the_json_says_the_same_by_the_numbers_of_each_check(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*UNLINKED, "--only", "skip-masked", "--only", "pm-device", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["irqlab"], said["version"], said["decided"]) == ("cures", 1, True)
    assert said["smallest"] == [["skip-masked", "pm-device"]]
    patch = said["outcomes"][0]
    assert patch["cures"] == ["skip-masked"] and len(patch["leaves"]) == len(patch["check"]["findings"])
    assert len(patch["heals"]) + len(patch["leaves"]) == len(said["bare"]["findings"])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["irqsteer@unlinked-2021", "--kernel", "6.1"], "there is no driver 'irqsteer@unlinked-2021': did you mean"),
        (["irqsteer@unlinked-2020"], "give --kernel"),
        (["irqsteer@unlinked-2020", "--kernel", "6.1", "--only", "prayer"], "there is no cure 'prayer': take one of skip-masked"),
        (["irqsteer@unlinked-2020", "--kernel", "6.1", "--together", "0"], "'0' is no number above 0"),
        (["irqsteer@unlinked-2020", "--kernel", "6.1", "--scope", "smal"], "there is no scope 'smal'"),
        (["irqsteer@5.19", "--kernel", "5.8"], "it needs 'domain-pm-device'"),
        (["irqsteer@5.19+prayer", "--kernel", "6.1"], "there is no gift that 'irqsteer@5.19' takes, named 'prayer'"),
        (["intmux@6.12+pm-device", "--kernel", "6.1"], "takes no gift"),
        ([], "give a driver"),
    ],
)
def test_bad_input_is_one_line_and_status_2(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cures", *words]) == 2
    err = capsys.readouterr().err
    assert said in err and err.count("\n") == 1
