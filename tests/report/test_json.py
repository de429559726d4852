"""A finding file says everything, stands alone, and is not believed before it was checked."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from irqlab.errors import FindingError
from irqlab.explore.check import Checked, Setup
from irqlab.kernel.kernel import Config
from irqlab.report.board import embedded
from irqlab.report.json import MAX_BYTES, document, dumps, load, schema, seal


def write(tmp_path: Path, data: Any) -> str:
    path = tmp_path / "finding.json"
    path.write_text(data if isinstance(data, str) else json.dumps(data | {"seal": seal(data)}))
    return str(path)


def test_the_schema_is_a_schema():
    Draft202012Validator.check_schema(schema())


def test_every_property_of_the_schema_is_documented_or_says_what_it_is():
    def bare(node: Any) -> list[str]:
        return [name for name, value in node.get("properties", {}).items() if not value]

    assert bare(schema()) == []
    assert all(bare(part) == [] for part in schema()["$defs"].values())


@pytest.mark.parametrize("which", ["unlinked", "storming", "kept"])
def test_what_is_written_is_valid_and_is_read_back(which: str, request: pytest.FixtureRequest, tmp_path: Path):
    checked: Checked = request.getfixturevalue(which)
    Draft202012Validator(schema()).validate(document(checked))
    path = tmp_path / "out.json"
    path.write_text(dumps(checked))
    loaded = load(str(path))
    assert replace(loaded.setup, board=checked.setup.board) == checked.setup
    assert loaded.setup.board.name == checked.setup.board.name
    assert [(e.number, e.finding.steps, e.finding.circle, e.finding.breach.key, e.digest) for e in loaded.findings] == [
        (n, t.finding.steps, t.finding.circle, t.breach.key, t.trace.digest) for n, t in enumerate(checked.told, 1)
    ]


def test_a_board_given_as_a_file_is_in_the_file(unlinked: Checked, tmp_path: Path):
    source = tmp_path / "mine.dts"
    source.write_text(_dts())
    board, text = embedded(str(source))
    setup = replace(unlinked.setup, board=board, board_file=str(source), dts=text)
    path = write(tmp_path, document(replace(unlinked, setup=setup)))
    source.unlink()
    loaded = load(path)
    assert loaded.setup.dts == _dts() and loaded.setup.board.name == "mine"
    assert [part.name for part in loaded.setup.board.parts] == [part.name for part in board.parts]


def _dts() -> str:
    from importlib.resources import files

    return (files("irqlab.board") / "boards" / "irqsteer.dts").read_text()


def test_config_and_switches_come_back(unlinked: Checked, tmp_path: Path):
    release = unlinked.setup.release.with_("kexec-skip-masked").without("kexec-clear-active")
    setup = replace(unlinked.setup, release=release, config=Config("arm", False, "off"))
    loaded = load(write(tmp_path, document(replace(unlinked, setup=setup))))
    assert (loaded.setup.release, loaded.setup.config) == (release, Config("arm", False, "off"))


def test_there_are_no_numbers_that_json_does_not_have(unlinked: Checked):
    assert "NaN" not in dumps(unlinked) and "Infinity" not in dumps(unlinked)


Change = Callable[[dict[str, Any]], object]


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (lambda d: d.pop("setup"), "/: lacks 'setup'"),
        (lambda d: d.update(more=1), "/: has a key that is not known"),
        (lambda d: d["setup"]["kernel"].update(release="2.4"), "/setup/kernel/release: there is no kernel '2.4'"),
        (lambda d: d["setup"]["kernel"].update({"with": ["x"]}), "/setup/kernel/with/0: there is no switch 'x'"),
        (lambda d: d["setup"]["driver"].update(name="x"), "/setup/driver/name: there is no driver 'x'"),
        (lambda d: d["setup"]["board"].update(name="x"), "/setup/board/name: there is no board 'x'"),
        (lambda d: d["setup"]["board"].update(dts="x", file="y"), "/setup/board/dts:1 (column 1): parse error"),
        (
            lambda d: d["setup"]["board"].update(file="y"),
            "/setup/board: is {'name': 'irqsteer', 'file': 'y'}, which breaks dependentRequired",
        ),
        (lambda d: d["setup"]["scope"].update(depth=-1), "/setup/scope/depth: is -1, which breaks minimum 0"),
        (lambda d: d["setup"]["scope"].update(depth=True), "/setup/scope/depth: is True, not of type integer"),
        (lambda d: d["setup"]["config"].update(arch="x86"), "/setup/config/arch: is 'x86', not one of 'arm64', 'arm'"),
        (lambda d: d["findings"][0]["steps"][0].update(action=3), "/findings/0/steps/0/action: is 3, not of type string"),
        (lambda d: d["findings"][0].update(digest="0"), "/findings/0/digest: is '0', which breaks pattern"),
        (lambda d: d["findings"][0].update(number=7), "/findings/0/number: is 7 instead of 1"),
        (
            lambda d: d["setup"]["driver"].update(file="d.py", sha256="0" * 64),
            "/setup/driver/file: the driver is in d.py: give it with --driver-file d.py",
        ),
    ],
)
def test_what_does_not_fit_is_named_by_its_place(change: Change, where: str, unlinked: Checked, tmp_path: Path):
    data = json.loads(dumps(unlinked))
    change(data)
    path = write(tmp_path, data)
    with pytest.raises(FindingError) as error:
        load(path)
    assert str(error.value).startswith(f"{path}: {where}"), str(error.value)


def test_what_was_changed_after_it_was_written_is_refused(unlinked: Checked, tmp_path: Path):
    path = write(tmp_path, dumps(unlinked).replace("the bus", "the tram", 1).replace("runtime PM", "runtime AM", 1))
    with pytest.raises(FindingError, match="/seal: does not fit what is in the file"):
        load(path)


def test_a_newer_file_is_refused_with_the_reason(unlinked: Checked, tmp_path: Path):
    with pytest.raises(FindingError, match="/version: is 2, and this irqlab reads up to 1"):
        load(write(tmp_path, document(unlinked) | {"version": 2, "new": True}))


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "1:1: is no JSON"),
        ("{", ":1:2: is no JSON"),
        ("[]", "is no finding file of irqlab"),
        ("3", "is no finding file of irqlab"),
        ('{"irqlab": "trace"}', "is no finding file of irqlab"),
        ('{"irqlab": "finding", "irqlab": "finding"}', "has the key irqlab twice in one object"),
        ('{"irqlab": NaN}', "NaN is no JSON number"),
        ('{"irqlab": "finding", "version": 1e999}', "/: lacks 'setup'"),
        ('{"irqlab": "finding", "version": ' + "9" * 5000 + "}", "is no JSON that irqlab reads"),
        ('{"irqlab": "\\ud800"}', "half character"),
        ("[" * 100_000, "nested too deep"),
        ('{"irqlab": "finding", "setup": ' + '{"a":' * 100_000 + "1" + "}" * 100_001, "nested too deep"),
        ("\0", "is no JSON"),
        ("<html>", "is no JSON"),
    ],
    ids=range(14),
)
def test_what_is_no_finding_file_is_refused(text: str, what: str, tmp_path: Path):
    with pytest.raises(FindingError, match=what) as error:
        load(write(tmp_path, text))
    assert "\n" not in str(error.value) and len(str(error.value)) < 400


def test_bytes_that_are_no_text_and_files_that_are_too_large_are_refused(tmp_path: Path):
    path = tmp_path / "x.json"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(FindingError, match="byte 0 is no UTF-8"):
        load(str(path))
    with open(path, "wb") as file:
        file.truncate(MAX_BYTES + 1)
    with pytest.raises(FindingError, match="is larger than 64 MiB"):
        load(str(path))


def test_a_setup_is_kept_whole(unlinked: Checked):
    assert set(Setup.__dataclass_fields__) == {
        "driver",
        "release",
        "config",
        "board",
        "scope",
        "output",
        "driver_file",
        "board_file",
        "dts",
    }  # a new field must be written to finding files too
    assert set(document(unlinked)["setup"]) == {"driver", "kernel", "config", "board", "scope", "output_when_gated"}
