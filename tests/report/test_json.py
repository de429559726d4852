"""A finding file says everything, stands alone, and is not believed before it was checked."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from irqlab.drivers import CONTROLLERS
from irqlab.errors import FindingError
from irqlab.explore.check import Checked, Setup
from irqlab.explore.origin import Linked, Origin
from irqlab.explore.trace import Event
from irqlab.guest.types import Place
from irqlab.kernel.kernel import Config
from irqlab.report.board import embedded
from irqlab.report.json import document, dumps, schema, seal
from irqlab.report.loading import Given, load
from irqlab.report.reading import MAX_BYTES


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
    setup = replace(unlinked.setup, release=release, config=Config("arm", False, "off", 3, 2))
    loaded = load(write(tmp_path, document(replace(unlinked, setup=setup))))
    assert (loaded.setup.release, loaded.setup.config) == (release, Config("arm", False, "off", 3, 2))


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
        "origin",
        "notes",
    }  # a new field must be written to finding files too
    assert set(document(unlinked)["setup"]) == {"driver", "kernel", "config", "board", "scope", "output_when_gated"}


# -- compiled drivers ------------------------------------------------------------------------------------------------

ORIGIN = Origin(
    Linked("drivers/irqchip/irq-x.o", "1" * 64),
    "arm64",
    "drivers/irqchip/irq-x.c",
    "6.12.117",
    "2" * 64,
    (Linked("lib/sort.o", "3" * 64),),
)


def compiled(checked: Checked) -> Checked:
    """The same result, as if the driver had been compiled, with a line of it in the trace."""
    told = checked.told[0]
    [first, *rest] = told.trace.steps
    place = Place("x_mask", "drivers/irqchip/irq-x.c", 70)
    events = (*first.events, Event(0, "read", facts=(("register", "MASK"), ("block", "x"), ("value", 1)), chain=(place,)))
    trace = replace(told.trace, steps=(replace(first, events=events), *rest))
    setup = replace(checked.setup, origin=replace(ORIGIN, target="/here/irq-x.o", tree="/linux"), notes=("the moon is full",))
    return replace(checked, setup=setup, broken=(replace(told, trace=trace),), notes=())


def given(origin: Origin) -> Given:
    """The user gives an object, which is this."""
    return Given(compiled=lambda expected: (CONTROLLERS["irqsteer@unlinked-2020"], origin))


def test_a_compiled_driver_is_kept_as_what_it_was_not_where_it_lay(unlinked: Checked, tmp_path: Path):
    checked = compiled(unlinked)
    data = document(checked)
    Draft202012Validator(schema()).validate(data)
    assert "/here" not in json.dumps(data) and "/linux" not in json.dumps(data)
    assert data["assumptions"][0] == "the moon is full"
    loaded = load(write(tmp_path, data), given(checked.setup.origin))
    assert loaded.setup.origin is checked.setup.origin
    assert loaded.built == ORIGIN
    assert loaded.setup.notes == ("the moon is full",)
    assert not loaded.differs


def test_events_of_compiled_code_have_their_places(unlinked: Checked):
    [finding] = document(compiled(unlinked))["findings"]
    assert finding["events"] == [
        {
            "step": 1,
            "kind": "read",
            "what": "MASK read 0x00000001",
            "places": [{"function": "x_mask", "file": "drivers/irqchip/irq-x.c", "line": 70}],
        }
    ]
    assert "events" not in document(unlinked)["findings"][0]


@pytest.mark.parametrize(
    "other",
    [
        replace(ORIGIN, driver=Linked("drivers/irqchip/irq-x.o", "4" * 64)),
        replace(ORIGIN, also=()),
        replace(ORIGIN, also=(Linked("lib/sort.o", "4" * 64),)),
    ],
    ids=["another driver", "nothing beside it", "something else beside it"],
)
def test_another_build_is_told_from_the_one_the_finding_was_made_with(unlinked: Checked, tmp_path: Path, other: Origin):
    assert load(write(tmp_path, document(compiled(unlinked))), given(other)).differs


def test_the_same_build_under_another_name_is_the_same(unlinked: Checked, tmp_path: Path):
    other = replace(ORIGIN, driver=Linked("elsewhere.o", "1" * 64), source="", version="")
    assert not load(write(tmp_path, document(compiled(unlinked))), given(other)).differs


def test_code_is_never_taken_from_a_finding_file(unlinked: Checked, tmp_path: Path):
    path = write(tmp_path, document(compiled(unlinked)))
    with pytest.raises(
        FindingError, match=r"/setup/driver/compiled: the driver was compiled from drivers/irqchip/irq-x\.c: give --tree"
    ):
        load(path)
    with pytest.raises(FindingError, match="/setup/driver: the driver was compiled from .*: leave --driver-file away"):
        load(path, Given(file="x.py"))
    with pytest.raises(FindingError, match="/setup/driver/compiled/arch: is arm64, and irq-x.o is for arm: give one for arm64"):
        load(path, given(replace(ORIGIN, arch="arm", target="irq-x.o")))
    with pytest.raises(FindingError, match="/setup/driver: the finding is of a driver in Python: leave --tree and --object away"):
        load(write(tmp_path, document(unlinked)), given(ORIGIN))


@pytest.mark.parametrize("source", ["/etc/passwd", "../x.c", "x.c\n", "drivers/x.o"])
def test_a_source_outside_a_tree_is_no_source(unlinked: Checked, tmp_path: Path, source: str):
    data = document(compiled(unlinked))
    data["setup"]["driver"]["compiled"]["source"] = source
    with pytest.raises(FindingError, match="/setup/driver/compiled/source: is .*, which breaks pattern"):
        load(write(tmp_path, data), given(ORIGIN))


def test_a_board_of_a_compiled_driver_is_the_part_it_needs(unlinked: Checked, tmp_path: Path):
    checked = compiled(unlinked)
    dts = _dts().replace("arm,gic-v3", "arm,gic-400")  # no board of irqlab's own, but one of a tree
    setup = replace(checked.setup, board_file="arch/arm64/boot/dts/x.dts", dts=dts)
    loaded = load(write(tmp_path, document(replace(checked, setup=setup))), given(ORIGIN))
    assert (loaded.setup.board.name, loaded.setup.board_file) == ("irqsteer", "arch/arm64/boot/dts/x.dts")
    assert any("(arm,gic-400) is taken as a GICv3" in assumption for assumption in loaded.setup.board.assumptions)
