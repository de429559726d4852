"""``irqlab replay``: the same steps, the same end, to the byte; or what differs, in one line."""

from __future__ import annotations

import contextlib
import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from irqlab.cli import main
from irqlab.report.json import seal

Irqlab = Callable[..., Any]

UNLINKED = ("check", "irqsteer@unlinked-2020", "--kernel", "6.1", "--output-when-gated", "low")


def sealed(data: dict[str, Any]) -> str:
    return json.dumps(data | {"seal": seal(data)})


@pytest.mark.parametrize(
    "words",
    [
        UNLINKED,
        ("check", "irqsteer@6.11", "--kernel", "6.12"),
        ("check", "irqsteer@mainline-2020", "--kernel", "6.1", "--set", "consumers=a:never-quiet", "--set", "successor=on"),
        ("check", "irqsteer@5.19", "--kernel", "6.12", "--set", "failures=1", "--set", "kexec=on", "--max-states", "3000"),
        ("check", "intmux@6.12", "--kernel", "6.12", "--set", "consumers=a:threaded", "--set", "successor=on"),
    ],
    ids=["unlinked", "bus lock", "storm", "failures", "intmux"],
)
def test_replay_prints_what_check_printed(irqlab: Irqlab, words: tuple[str, ...], tmp_path: Path):
    path = str(tmp_path / "finding.json")
    checked = irqlab(*words, "--json", path)
    again = irqlab("replay", path)
    assert again.err == ""
    assert again.status == checked.status
    sections = again.out[: again.out.rindex("\nreproduced: ")]
    assert sections.startswith("1. ")
    assert sections in checked.out


def test_one_finding_can_be_chosen(irqlab: Irqlab, finding: Path):
    every = irqlab("replay", str(finding)).out
    for number in (1, 2):
        one = irqlab("replay", str(finding), "--finding", str(number))
        assert one.status == 1 and one.out.startswith(f"{number}. ")
        assert one.out[: one.out.rindex("\nreproduced: 1 finding ")] in every


def test_a_finding_that_is_not_there_is_refused(irqlab: Irqlab, finding: Path):
    ran = irqlab("replay", str(finding), "--finding", "99")
    assert (ran.status, ran.out) == (2, "")
    assert f"irqlab: {finding}: has no finding 99: take --finding 1 to " in ran.err


def test_a_file_without_findings_says_so(irqlab: Irqlab, finding: Path, tmp_path: Path):
    path = tmp_path / "none.json"
    path.write_text(sealed(json.loads(finding.read_text()) | {"findings": []}))
    ran = irqlab("replay", str(path))
    assert (ran.status, ran.out) == (2, "")
    assert "/findings: is empty" in ran.err


def _first(data: dict[str, Any]) -> dict[str, Any]:
    return data["findings"][0]  # type: ignore[no-any-return]


def _last(data: dict[str, Any]) -> dict[str, Any]:
    return data["findings"][-1]  # type: ignore[no-any-return]


Change = Callable[[dict[str, Any]], object]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda d: _first(d)["steps"].pop(), "finding 1: the steps lead to state "),
        (lambda d: _first(d)["steps"].pop(0), "finding 1: step 1: "),
        (
            lambda d: _first(d)["steps"].insert(0, {"action": "the moon falls"}),
            "finding 1: step 1: 'the moon falls' is no action here",
        ),
        (lambda d: _first(d)["steps"][0].update(choices=[1]), "has no choice [1]"),
        (lambda d: _first(d).update(digest="0" * 64), "finding 1: the steps lead to state "),
        (
            lambda d: _first(d).update(place="somewhere"),
            "finding 1: the steps can be run, but dead-register-access does not come of them",
        ),
        (lambda d: _first(d).update(rule="deadlock"), "finding 1: the steps can be run, but deadlock does not come of them"),
        (
            lambda d: _last(d).update(circle=[{"action": "task a: free"}]),
            "the circle does not lead back to where it began",
        ),
        (lambda d: d["setup"]["driver"].update(name="irqsteer@mainline-2020"), "finding 1: step 1: "),
        (lambda d: d["setup"]["driver"].update(name="irqsteer@vendor-2020"), "it needs 'parent-device'"),
        (lambda d: d["setup"]["board"].update(name="intmux"), "has no node for driver"),
        (lambda d: d["setup"]["scope"].update(consumers=[["zzz", "plain"]]), "has no peripheral 'zzz'"),
        (lambda d: d["setup"]["scope"].update(consumers=[["a", "zzz"]]), "no kind of consumer named 'zzz'"),
        (lambda d: d["setup"]["scope"].update(crash=[]), "'crash (sysrq)' is no action here"),
    ],
    ids=range(14),
)
def test_what_does_not_fit_is_said_in_one_line(irqlab: Irqlab, finding: Path, tmp_path: Path, change: Change, said: str):
    data = json.loads(finding.read_text())
    change(data)
    path = tmp_path / "changed.json"
    path.write_text(sealed(data))
    ran = irqlab("replay", str(path))
    assert (ran.status, ran.out) == (2, ""), ran.err
    assert said in ran.err and ran.err.startswith("irqlab: ") and ran.err.count("\n") == 1


quick = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def refused_in_one_line(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    status = main(["replay", str(path)])
    out, err = capsys.readouterr()
    assert (status, out) == (2, "")
    assert err.startswith("irqlab: ") and err.count("\n") == 1 and err.endswith("\n")


@quick
@given(data=st.data())
def test_a_damaged_file_is_refused_in_one_line(
    data: st.DataObject, finding: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    whole = finding.read_bytes()
    where = data.draw(st.integers(0, len(whole) - 1))
    length = data.draw(st.integers(0, 40))
    broken = whole[:where] + data.draw(st.binary(max_size=40)) + whole[where + length :]
    if data.draw(st.booleans()):
        broken = broken[: data.draw(st.integers(0, len(broken)))]
    with contextlib.suppress(ValueError, RecursionError):
        assume(json.loads(broken) != json.loads(whole))
    path = tmp_path / "damaged.json"
    path.write_bytes(broken)
    refused_in_one_line(path, capsys)


values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 1001),
    st.text(max_size=8),
    st.just([]),
    st.just({}),
    st.sampled_from(["task a goes on", "low"]),
)


@quick
@given(data=st.data(), value=values)
def test_a_file_with_a_true_seal_and_a_wrong_value_never_ends_in_a_traceback(
    data: st.DataObject, value: object, finding: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    document = copy.deepcopy(json.loads(finding.read_text()))
    document["findings"] = document["findings"][:1]
    node: Any = document
    while True:
        key = data.draw(st.sampled_from(sorted(node) if isinstance(node, dict) else range(len(node))))
        if isinstance(node[key], (dict, list)) and node[key] and data.draw(st.booleans()):
            node = node[key]
            continue
        break
    node[key] = value
    path = tmp_path / "changed.json"
    path.write_text(sealed(document))
    capsys.readouterr()
    status = main(["replay", str(path)])
    out, err = capsys.readouterr()
    assert status in (0, 1, 2)
    if status == 2:
        assert out == "" and err.startswith("irqlab: ") and err.count("\n") == 1
    else:
        assert err == ""
