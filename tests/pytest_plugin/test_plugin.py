"""The plugin as its users have it: pytest runs, and what it says."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from xml.etree import ElementTree

import pytest

from irqlab import board  # both imported once: pytester forgets modules, and numpy cannot come twice
from irqlab.pytest_plugin.explore import SETTINGS

EXAMPLE = Path(__file__).parents[2] / "examples" / "my-intc"

#: A finding of irqsteer's in a scope of an instant.
HEAD = """
import pytest
pytestmark = pytest.mark.irqlab(kernel="6.1", board="irqsteer")
"""

#: These tests have imported irqlab before the plugin does, of which pytest would warn.
PLUGIN = (
    *("-p", "irqlab.pytest_plugin", "-p", "no:cacheprovider", "--strict-markers"),
    *("-W", "ignore::pytest.PytestAssertRewriteWarning"),
)


def outcome(pytester: pytest.Pytester, body: str, *words: str) -> tuple[dict[str, int], str]:
    """What a file of tests came to, and what pytest printed."""
    pytester.makepyfile(HEAD + body)
    ran = pytester.runpytest_inprocess(*PLUGIN, *words)
    return ran.parseoutcomes(), ran.stdout.str()


def the_only_line(printed: str) -> str:
    """What pytest says of the one test that failed, which is all that it says: no code, no error before it."""
    between = printed.split("= FAILURES =")[1].split("= short test summary info =")[0]
    [_, title, line, _] = between.splitlines()
    assert title.strip("_ ") == "test_it"
    return line


def test_a_kept_promise_passes(pytester: pytest.Pytester) -> None:
    body = """
@pytest.mark.irqlab(kernel="6.12", scope="small crash= raises=off")
def test_it(irqlab_check):
    result = irqlab_check("irqsteer@6.11")
    assert result.decided and not result.rules and "keeps every promise" in result.report
"""
    assert outcome(pytester, body)[0] == {"passed": 1}


def test_a_broken_promise_fails_with_its_trace_and_nothing_of_irqlabs_inside(pytester: pytest.Pytester) -> None:
    body = """
def test_it(irqlab_check):
    irqlab_check("irqsteer@unlinked-2020")
"""
    counts, said = outcome(pytester, body)
    assert counts == {"failed": 1}
    assert "irqlab: irqsteer@unlinked-2020 on Linux 6.1, arm64, board irqsteer, scope small: " in said
    assert "1. dead-register-access in imx_irqsteer_irq_" in said and "   1  task a calls request_irq()" in said
    assert "!!        CHANMASK1 of irqsteer: read while" in said
    assert "Without their traces:\n   4  " in said and "\n4. " not in said
    assert "pytest_plugin" not in said and "Traceback" not in said and ".py:" not in said.split("test summary")[0]


def test_an_expected_break_is_asserted(pytester: pytest.Pytester) -> None:
    body = """
def test_it(irqlab_explore):
    result = irqlab_explore("irqsteer@unlinked-2020")
    assert result.breaks("dead-register-access") and result.breaks("dead-register-access", "imx_irqsteer_irq_unmask")
    assert not result.breaks("dead-register-access", "imx_irqsteer_probe") and not result.breaks("memory-leak")

def test_it_is_none(irqlab_explore):
    assert irqlab_explore("irqsteer@unlinked-2020").breaks("memory-leak")

def test_no_rule(irqlab_explore):
    irqlab_explore("irqsteer@unlinked-2020").breaks("dead")
"""
    counts, said = outcome(pytester, body)
    assert counts == {"passed": 1, "failed": 2}
    assert "irqlab: there is no rule 'dead': did you mean 'dead-register-access' or 'deadlock'?" in said


UNDECIDED = """
@pytest.mark.irqlab(kernel="6.12", scope="normal crash= kexec=off", seconds=0.01)
def test_it(irqlab_check):
    irqlab_check("irqsteer@6.11")

@pytest.mark.irqlab(kernel="6.12", scope="normal crash= kexec=off", seconds=0.01)
def test_no_break(irqlab_explore):
    irqlab_explore("irqsteer@6.11").breaks("memory-leak")
"""


def test_what_is_not_decided_is_no_promise_kept(pytester: pytest.Pytester) -> None:
    counts, said = outcome(pytester, UNDECIDED)
    assert counts == {"failed": 2}
    assert said.count(": not decided: output when gated low: stopped: --max-seconds") >= 2


UNDECIDED_RULES = """
from dataclasses import replace

@pytest.mark.irqlab(kernel="6.12", scope="normal crash= kexec=off", seconds=0.01)
def test_none(irqlab_explore):
    assert not irqlab_explore("irqsteer@6.11").rules

def test_some(irqlab_explore):
    result = irqlab_explore("irqsteer@unlinked-2020")
    assert "dead-register-access" in result.rules
    runs = tuple(replace(run, stopped="--max-seconds 60 reached") for run in result.checked.runs)
    result = replace(result, checked=replace(result.checked, runs=runs))
    assert not result.decided and result.breaks("dead-register-access")
    result.rules
"""


def test_rules_of_what_is_not_decided_are_not_all(pytester: pytest.Pytester) -> None:
    counts, said = outcome(pytester, UNDECIDED_RULES)
    assert counts == {"failed": 2} and "pytest_plugin" not in said
    [none, some] = [line for line in said.splitlines() if line.startswith("irqlab: ")]
    assert ": not decided: " in none and "seen broken" not in none
    assert ": not decided: " in some and "; seen broken: " in some and "dead-register-access" in some


def test_a_project_may_expect_that_of_rules_too(pytester: pytest.Pytester) -> None:
    counts, _ = outcome(pytester, UNDECIDED_RULES, "-o", "irqlab_undecided=xfail")
    assert counts == {"xfailed": 2}


def test_a_project_may_expect_that(pytester: pytest.Pytester) -> None:
    counts, said = outcome(pytester, UNDECIDED, "-o", "irqlab_undecided=xfail", "-rx")
    assert counts == {"xfailed": 2} and ": not decided: " in said


@pytest.mark.parametrize(
    ("marker", "call", "said"),
    [
        ('kernel="6.12", scpe="small"', '"irqsteer@6.11"', "there is no setting 'scpe': did you mean 'scope'?"),
        ('kernel=""', '"irqsteer@6.11"', "no kernel is given: @pytest.mark.irqlab(kernel=…), a release"),
        ('kernel="6.2"', '"irqsteer@6.11"', "there is no kernel '6.2': did you mean"),
        ('scope="smal"', '"irqsteer@6.11"', "there is no scope 'smal': did you mean 'small'?"),
        ('board="no.dts"', '"irqsteer@6.11"', "no.dts: there is no such file"),
        ("faults=0", '"irqster"', "there is no driver 'irqster': did you mean"),
        ("faults=0", "7", "7 is no driver: give an irqlab.kernel.device.Driver, or a name ('irqlab list drivers')"),
        ('"6.12"', '"irqsteer@6.11"', "the marker takes names only, not '6.12': write kernel=…"),
    ],
)
def test_what_is_wrong_is_one_line(pytester: pytest.Pytester, marker: str, call: str, said: str) -> None:
    counts, printed = outcome(
        pytester, f"@pytest.mark.irqlab({marker})\ndef test_it(irqlab_explore):\n    irqlab_explore({call})\n"
    )
    assert counts == {"failed": 1}
    assert said in the_only_line(printed)


WRONG_KINDS = [
    ("kernel=6.12", "kernel=6.12: 'kernel' takes a release in quotes, such as '6.12' ('irqlab list kernels')"),
    ("kernel=None", "kernel=None: 'kernel' takes a release in quotes"),
    ("scope=None", "scope=None: 'scope' takes a name, such as 'small sleep=on', or a Scope"),
    ("board=None", "board=None: 'board' takes a name, or the path of a .dts or .dtb"),
    ("arch=None", "arch=None: 'arch' takes one of 'arm64', "),
    ("arch=[]", "arch=[]: 'arch' takes one of 'arm64', "),
    ("with_=None", "with_=None: 'with_' takes a switch in quotes, or several in a tuple ('irqlab list switches')"),
    ("without=(1,)", "without=(1,): 'without' takes a switch in quotes"),
    ('faults="two"', "faults='two': 'faults' takes a whole number from 0 to 1000"),
    ("faults=-3", "faults=-3: 'faults' takes a whole number from 0 to 1000"),
    ("faults=1.5", "faults=1.5: 'faults' takes a whole number"),
    ("faults=True", "faults=True: 'faults' takes a whole number"),
    ('seconds="abc"', "seconds='abc': 'seconds' takes a number of seconds above 0"),
    ("seconds=None", "seconds=None: 'seconds' takes a number of seconds above 0"),
    ("seconds=0", "seconds=0: 'seconds' takes a number of seconds above 0"),
    ('seconds=float("nan")', "seconds=nan: 'seconds' takes"),
    ('board=type("B", (), {"__repr__": lambda self: "two\\nlines"})()', "board=two lines: 'board' takes"),
]


@pytest.mark.parametrize(("marker", "said"), WRONG_KINDS)
def test_a_setting_of_the_wrong_kind_is_one_line_that_says_what_it_takes(
    pytester: pytest.Pytester, marker: str, said: str
) -> None:
    body = f'@pytest.mark.irqlab({marker})\ndef test_it(irqlab_check):\n    irqlab_check("irqsteer@6.11")\n'
    counts, printed = outcome(pytester, body)
    assert counts == {"failed": 1}
    assert the_only_line(printed).startswith(f"irqlab: {said}")


@pytest.mark.parametrize("setting", ["with_", "without"])
def test_text_is_one_switch(pytester: pytest.Pytester, setting: str) -> None:
    body = f"""
@pytest.mark.irqlab({setting}="kexec-started")
def test_it(irqlab_explore):
    irqlab_explore("irqsteer@6.11")
"""
    assert "there is no switch 'kexec-started': did you mean 'kexec-started-check'" in the_only_line(outcome(pytester, body)[1])


def test_no_rule_is_one_line(pytester: pytest.Pytester) -> None:
    body = """
@pytest.mark.irqlab(seconds=0.01)
def test_it(irqlab_explore):
    irqlab_explore("irqsteer@6.11").breaks("dead")
"""
    assert "there is no rule 'dead': did you mean" in the_only_line(outcome(pytester, body)[1])


def test_a_switch_and_a_path_are_taken(pytester: pytest.Pytester) -> None:
    own = Path(board.__file__).parent / "boards" / "irqsteer.dts"
    (pytester.path / "board.dts").write_bytes(own.read_bytes())
    body = """
import pathlib

@pytest.mark.irqlab(with_="kexec-started-check", board=pathlib.Path("board.dts"), seconds=0.01)
def test_it(irqlab_explore):
    setup = irqlab_explore("irqsteer@6.11").checked.setup
    assert "kexec-started-check" in setup.release.switches and setup.board_file.endswith("board.dts")
"""
    assert outcome(pytester, body)[0] == {"passed": 1}


def test_the_marker_says_what_there_is(pytester: pytest.Pytester) -> None:
    printed = pytester.runpytest_inprocess(*PLUGIN, "--markers").stdout.str()
    assert f"@pytest.mark.irqlab({', '.join(SETTINGS)}): " in printed


def test_a_wrong_setting_of_the_project_is_said_at_once(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_it(): pass")
    ran = pytester.runpytest_inprocess(*PLUGIN, "-o", "irqlab_undecided=skip")
    assert ran.ret == pytest.ExitCode.USAGE_ERROR
    ran.stderr.fnmatch_lines(["ERROR: irqlab_undecided = skip: take one of fail, xfail"])


@pytest.fixture
def example(pytester: pytest.Pytester) -> pytest.Pytester:
    """A copy of the example."""
    for file in EXAMPLE.iterdir():
        if file.is_file():
            (pytester.path / file.name).write_bytes(file.read_bytes())
    return pytester


def test_the_example_passes_also_with_several_workers(example: pytest.Pytester) -> None:
    ran = example.runpytest_subprocess(*PLUGIN, "-n2")
    ran.assert_outcomes(passed=3)


def test_a_driver_that_is_changed_for_the_worse_fails_in_junit_too(example: pytest.Pytester) -> None:
    file = example.path / "my_intc.py"
    file.write_text(file.read_text().replace("pm_device=True", "pm_device=False"))
    ran = example.runpytest_subprocess(*PLUGIN, "--junitxml=junit.xml", "-k", "keeps_every_promise")
    ran.assert_outcomes(failed=1, deselected=2)
    [failure] = ElementTree.parse(example.path / "junit.xml").iter("failure")
    assert failure.text is not None and "1. dead-register-access in my_intc_irq_" in failure.text
    assert "   1  task a calls request_irq()" in failure.text


def test_a_driver_that_raises_is_named_with_its_line(example: pytest.Pytester) -> None:
    file = example.path / "my_intc.py"
    broken = file.read_text().replace("    intc = _alloc(k, pdev)\n", "    intc = _alloc(k, pdev)\n    1 / 0\n")
    file.write_text(broken)
    line = broken.splitlines().index("    1 / 0") + 1
    ran = example.runpytest_subprocess(*PLUGIN, "-k", "keeps_every_promise")
    ran.assert_outcomes(failed=1, deselected=2)
    ran.stdout.fnmatch_lines([f"irqlab: *my_intc.py:{line}, in my_intc_probe(): driver 'my-intc' raised ZeroDivisionError: *"])


def test_a_project_that_does_not_use_it_imports_nothing_of_irqlab(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(
        "import sys\ndef test_it():\n"
        "    mine = {name for name in sys.modules if name.startswith('irqlab')}\n"
        "    assert mine == {'irqlab', 'irqlab.pytest_plugin'} and 'numpy' not in sys.modules\n"
    )
    command = [sys.executable, "-m", "pytest", *PLUGIN, "-q", "--rootdir", str(tmp_path), "-c", "/dev/null", "test_it.py"]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_the_example_asks_no_registry_for_irqlab_which_is_not_there() -> None:
    project = tomllib.loads((EXAMPLE / "pyproject.toml").read_text())["project"]
    assert project["dependencies"] == ["pytest"]
    [install] = re.findall("^pip install (.*)$", (EXAMPLE / "README.md").read_text(), flags=re.MULTILINE)
    assert install.startswith("/path/to/irqlab pytest ")
