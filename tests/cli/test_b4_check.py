"""What ``b4 review`` gets: always an array, whatever the mail is and wherever it is run."""

from __future__ import annotations

import io
import json
import subprocess
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import pytest

from irqlab.cli import b4_check, isolated
from irqlab.cli.answer import Answer
from irqlab.cli.b4_check import SETTINGS, _options
from irqlab.cli.settings import settings
from irqlab.core.build import IRQ, POWER
from irqlab.errors import GuestError, InputError
from irqlab.report.mail import Result

DRIVER = "drivers/irqchip/irq-x.c"
STEER = SETTINGS["driver"]
CHIP = "IRQCHIP_DECLARE(x, x, x_init);\n"


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with what makes a kernel's, and nobody's configuration; the current directory."""
    core = [*(f"kernel/irq/{name}.c" for name in IRQ), *(f"drivers/base/power/{name}.c" for name in POWER)]
    for name in ("Kbuild", "Kconfig", "arch/arm64/Kconfig", "include/x.h", "scripts/x", "lib/x.c", DRIVER, STEER, *core):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("one\n")
    (tmp_path / DRIVER).write_text(CHIP)
    (tmp_path / "Makefile").write_text("VERSION = 6\nPATCHLEVEL = 12\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    subprocess.run(["git", "init", "--quiet"], check=True)
    return tmp_path


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The mails children were given."""
    found: list[bytes] = []

    def ask(words: Sequence[str], name: str, *more: Any) -> tuple[Answer, str]:
        assert words[:2] == ("b4-check", "--mail")
        found.append(Path(words[2]).read_bytes())
        return Answer(0, texts={"json": '["judged"]\n'}), ""

    monkeypatch.setattr(isolated, "ask", ask)
    return found


def mail(path: str, before: str = "one", after: str = "two") -> bytes:
    return f"Subject: [PATCH] x\n\nText.\n---\n--- a/{path}\n+++ b/{path}\n@@ -1 +1 @@\n-{before}\n+{after}\n".encode()


class Given:
    """Standard input that is a pipe, or a terminal."""

    def __init__(self, data: bytes, terminal: bool = False) -> None:
        self.buffer = io.BytesIO(data)
        self.isatty = lambda: terminal


def checked(irqlab: Any, monkeypatch: pytest.MonkeyPatch, data: bytes) -> Any:
    monkeypatch.setattr("sys.stdin", Given(data))
    ran = irqlab("b4-check")
    assert (ran.status, ran.err) == (0, "")
    return json.loads(ran.out)


@pytest.mark.parametrize(
    "data",
    [b"", b"Subject: Re: [PATCH] x\n\nReviewed-by: A\n", mail("lib/x.c"), mail("include/x.h"), b"\xff\0"],
    ids=["nothing", "no patch", "no driver", "a header", "no mail"],
)
def test_where_there_is_nothing_to_say_the_array_is_empty(tree: Path, asked: Any, irqlab: Any, monkeypatch: Any, data: bytes):
    assert checked(irqlab, monkeypatch, data) == []
    assert asked == []


def test_a_repository_that_is_no_kernel_has_nothing_to_say(tree: Path, asked: Any, irqlab: Any, monkeypatch: Any):
    (tree / "Kbuild").unlink()
    assert checked(irqlab, monkeypatch, mail(DRIVER, CHIP.strip(), CHIP.strip() + "//")) == []


@pytest.mark.parametrize(
    "data",
    [
        mail(DRIVER, CHIP.strip(), CHIP.strip() + "//"),
        mail("kernel/irq/chip.c"),
        mail("drivers/base/power/runtime.c"),
        f"--- /dev/null\n+++ b/drivers/irqchip/irq-new.c\n@@ -0,0 +1 @@\n+{CHIP}".encode(),
    ],
    ids=["a driver", "the core", "runtime PM", "a new driver"],
)
def test_a_driver_and_the_core_are_judged_in_a_child(tree: Path, asked: Any, irqlab: Any, monkeypatch: Any, data: bytes):
    assert checked(irqlab, monkeypatch, data) == ["judged"]
    assert asked == [data]
    assert (tree / DRIVER).read_text() == CHIP and not (tree / "drivers/irqchip/irq-new.c").exists()


def test_a_patch_that_does_not_apply_is_a_warning(tree: Path, asked: Any, irqlab: Any, monkeypatch: Any):
    [entry] = checked(irqlab, monkeypatch, mail(DRIVER, "three"))
    said = f"not judged: the patch does not apply to Linux 6.12: patch failed: {DRIVER}:1: give the tree it was made for"
    assert entry == {"tool": "irqlab", "status": "warn", "summary": said, "url": "", "details": ""}


def test_what_goes_wrong_in_the_child_is_a_warning(tree: Path, irqlab: Any, monkeypatch: Any):
    def crash(words: Sequence[str], name: str) -> tuple[Answer, str]:
        raise GuestError("the emulator crashed")

    monkeypatch.setattr(isolated, "ask", crash)
    [entry] = checked(irqlab, monkeypatch, mail("kernel/irq/chip.c"))
    assert (entry["status"], entry["summary"]) == ("warn", "not judged: the emulator crashed")


def test_a_terminal_is_no_mail(tree: Path, irqlab: Any, monkeypatch: Any):
    monkeypatch.setattr("sys.stdin", Given(b"", terminal=True))
    ran = irqlab("b4-check")
    assert (ran.status, ran.out) == (2, "") and ran.err.startswith("irqlab: b4-check: reads a mail from standard input")


def test_settings_are_gits(tree: Path):
    assert settings(tree, SETTINGS) == SETTINGS
    subprocess.run(["git", "config", "irqlab.scope", "small sleep=on"], check=True)
    subprocess.run(["git", "config", "irqlab.seconds", "5"], check=True)
    assert settings(tree, SETTINGS) == {**SETTINGS, "scope": "small sleep=on", "seconds": "5"}
    subprocess.run(["git", "config", "irqlab.scpoe", "small"], check=True)
    with pytest.raises(
        InputError, match=r"^git config irqlab.scpoe: is no setting: did you mean 'scope' or 'core'\? \(docs/b4.md\)$"
    ):
        settings(tree, SETTINGS)


def test_a_configuration_git_cannot_read_is_not_the_defaults(tree: Path):
    with (tree / ".git/config").open("a") as file:
        file.write("[irqlab\n")
    with pytest.raises(InputError, match=r"^git config: bad config line \d+ in file .git/config: mend it$"):
        settings(tree, SETTINGS)


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("scope", "smal", "there is no scope 'smal': did you mean 'small'?"),
        ("seconds", "soon", "'soon' is no time in seconds above 0"),
        ("core", "lnux", "'lnux' is not known: did you mean 'linux'?"),
        ("arch", "loongarch", "'loongarch' is not known: take one of arm64, arm, riscv64"),
        ("board", "irqster", "there is no board 'irqster': give the path of a .dts or .dtb, or a name: did you mean 'irqsteer'?"),
    ],
)
def test_a_wrong_value_names_its_setting_and_the_page(name: str, value: str, why: str):
    with pytest.raises(InputError) as error:
        _options({**SETTINGS, name: value}, "linux", 2)
    assert str(error.value) == f"git config irqlab.{name}: {why} (docs/b4.md)"


def test_the_time_is_for_all_explorations(tree: Path):
    args = _options({**SETTINGS, "scope": "small sleep=on"}, "linux", 4)
    assert (args.scope, args.arch, args.core, args.max_seconds) == ("small sleep=on", "arm64", "linux", 15)


def answered(data: bytes, tree: Path, monkeypatch: Any) -> tuple[list[tuple[str, str]], Any]:
    """The sources that the child judges, each with its core, and what it answers."""
    jobs: list[tuple[str, str]] = []

    def judged(work: Any, name: str, core: str, *more: Any) -> Result:
        jobs.append((name, core))
        return Result("pass", name)

    monkeypatch.setattr(b4_check, "_judged", judged)
    (tree / "mail").write_bytes(data)
    told = b4_check.answer(Namespace(mail=str(tree / "mail")), cast(Any, None), cast(Any, None))
    return jobs, json.loads(told.texts["json"])


def test_what_is_not_judged_is_told_with_the_rest(tree: Path, monkeypatch: Any):
    data = mail(DRIVER, CHIP.strip(), CHIP.strip() + "//") + mail("Kconfig") + mail("lib/x.c") + mail("include/x.h")
    jobs, [entry] = answered(data, tree, monkeypatch)
    assert jobs == [(DRIVER, "model")]
    assert entry["details"] == (
        "not judged: Kconfig: it decides what is compiled, and irqlab takes that from the tree as it is\n"
        "not judged: lib/x.c: it is neither a driver nor kernel/irq nor runtime PM"
    )


def test_the_core_is_judged_under_the_driver_of_the_setting(tree: Path, monkeypatch: Any):
    both = mail(DRIVER, CHIP.strip(), CHIP.strip() + "//") + mail("kernel/irq/chip.c")
    assert answered(both, tree, monkeypatch)[0] == [(DRIVER, "model"), (STEER, "linux")]
    subprocess.run(["git", "config", "irqlab.driver", DRIVER], check=True)
    assert answered(mail("kernel/irq/chip.c"), tree, monkeypatch)[0] == [(DRIVER, "linux")]


def test_a_driver_of_the_setting_that_is_none_is_a_warning(tree: Path, irqlab: Any, monkeypatch: Any):
    subprocess.run(["git", "config", "irqlab.driver", "drivers/irqchip/irq-y.c"], check=True)
    [entry] = checked(irqlab, monkeypatch, mail("kernel/irq/chip.c"))
    assert entry["status"] == "warn"
    assert entry["summary"].startswith(
        "not judged: git config irqlab.driver: drivers/irqchip/irq-y.c: there is no such source in "
    )
    assert entry["summary"].endswith(" (docs/b4.md)")
