"""The checker of a kernel build: quick and silent where it has nothing to say, one line where it is called wrongly."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from irqlab.cli import isolated
from irqlab.cli.answer import Answer
from irqlab.errors import GuestError
from irqlab.report.lines import Line

CHIP = "static struct irq_chip x_chip __ro_after_init = {\n};\nstatic const struct of_device_id x_ids[] = {};\n"

#: The beginning of kbuild's line, without options in ``CF``, and with.
LINE = ("-D__linux__", "-Wbitwise", "--arch=arm64", "-m64", "-Wp,-MMD,.x.o.d", "-O2")


def cf(*words: str) -> tuple[str, ...]:
    return (*LINE[:2], *words, *LINE[2:])


@pytest.fixture
def driver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], str]:
    """Makes the one source of a build, in the directory of the build."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SRCARCH", "arm64")
    monkeypatch.setenv("srctree", "src")

    def make(text: str) -> str:
        (tmp_path / "irq-x.c").write_text(text)
        return "irq-x.c"

    return make


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Sequence[str]]:
    """What children were asked, who answer with one warning."""
    found: list[Sequence[str]] = []

    def ask(words: Sequence[str], name: str, *more: Any) -> tuple[Answer, str]:
        found.append(words)
        return Answer.of(0, [Line("irq-x.c:3:1: warning: [deadlock] It waits.")]), ""

    monkeypatch.setattr(isolated, "ask", ask)
    return found


@pytest.mark.parametrize(
    ("text", "concerned"),
    [
        ("int main;\n", False),
        ("struct irq_chip *chip = irq_desc_get_chip(desc);\nstruct of_device_id ids[];\n", False),
        (CHIP.splitlines()[0], False),
        (CHIP, True),
        ("static struct irq_chip chips[2] = {};\nstruct of_device_id ids[];\n", True),
        ("IRQCHIP_DECLARE(x, x, x_init);\n", True),
        ("IRQCHIP_PLATFORM_DRIVER_BEGIN(x)\n", True),
        ("irq_alloc_domain_generic_chips(d, 32, 1);\nstruct of_device_id ids[];\n", True),
    ],
)
def test_only_interrupt_controllers_are_looked_at(irqlab: Any, driver: Any, asked: Any, text: str, concerned: bool):
    ran = irqlab("kbuild", *LINE, driver(text))
    said = "irq-x.c:3:1: warning: [deadlock] It waits.\n" if concerned else ""
    assert (ran.status, ran.out, ran.err, len(asked)) == (0, "", said, concerned)


def test_an_architecture_nothing_is_compiled_for_is_silence(
    irqlab: Any, driver: Any, asked: Any, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("SRCARCH", "x86")
    ran = irqlab("kbuild", *LINE, driver(CHIP))
    assert (ran.status, ran.out, ran.err, asked) == (0, "", "", [])


def test_a_child_gets_the_line_as_it_is(irqlab: Any, driver: Any, asked: Any):
    words = cf("--scope", "small sleep=on", "--max-seconds=3")
    irqlab("kbuild", *words, driver(CHIP))
    [(command, option, scratch, *rest)] = asked
    assert (command, option, rest) == ("kbuild", "--scratch", [*words, "irq-x.c"])
    assert not Path(scratch).exists()


def test_what_goes_wrong_on_the_way_is_a_note_and_no_failure(
    irqlab: Any, driver: Any, asked: Any, monkeypatch: pytest.MonkeyPatch
):
    def crash(words: Sequence[str], name: str) -> tuple[Answer, str]:
        raise GuestError(f"{words[2]}/ab/{name}.o: the emulator crashed")

    monkeypatch.setattr(isolated, "ask", crash)
    ran = irqlab("kbuild", *LINE, driver(CHIP))
    assert (ran.status, ran.out) == (0, "")
    assert ran.err == "irq-x.c:1:1: note: irqlab: not decided: ab/irq-x.o: the emulator crashed\n"
    monkeypatch.setattr(isolated, "ask", lambda words, name: (Answer(0), "it was killed"))
    assert irqlab("kbuild", *LINE, "irq-x.c").err == "irq-x.c:1:1: note: irqlab: it was killed\n"


def test_a_full_disk_fails_no_build(irqlab: Any, driver: Any, asked: Any, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("tempfile.tempdir", "/nowhere")
    ran = irqlab("kbuild", *LINE, driver(CHIP))
    assert (ran.status, ran.out) == (0, "")
    assert ran.err.startswith("irq-x.c:1:1: note: irqlab: not decided: [Errno 2] No such file or directory: '/nowhere/")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--scop", "small"), "kbuild: CF: there is no option --scop (see 'irqlab kbuild --help')"),
        (("--scope", "small", "sleep=on"), "kbuild: CF: 'sleep=on' belongs to no option: write --max-seconds 30, and in quotes "),
        (("max-seconds=30",), "kbuild: CF: 'max-seconds=30' belongs to no option: "),
        (("deep",), "kbuild: CF: 'deep' belongs to no option: "),
        (("-scope", "deep"), "kbuild: CF: there is no option -scope: did you mean --scope? (see 'irqlab kbuild --help')"),
        (("-max-seconds=30",), "kbuild: CF: there is no option -max-seconds: did you mean --max-seconds? "),
        (("-max-second=30",), "kbuild: CF: there is no option -max-second (see "),
        (("-fw-devlink=on",), "kbuild: CF: there is no option -fw-devlink: did you mean --fw-devlink? "),
        (("-fw-devlin=on",), "kbuild: CF: there is no option -fw-devlin (see "),
        (("-maxseconds=3",), "kbuild: CF: there is no option -maxseconds (see "),
        (("-memo",), "kbuild: CF: there is no option -memo: did you mean --memo? "),
        (("-no-pm",), "kbuild: CF: there is no option -no-pm: did you mean --no-pm? "),
        (("-s",), "kbuild: CF: there is no option -s (see "),
        (("--arch=riscv64",), "kbuild: CF: tree, driver, architecture and core are those of the build: "),
        (("--arch=arm64",), "kbuild: CF: tree, driver, architecture and core are those of the build: "),
        (
            ("--board", "irqster"),
            "there is no board 'irqster': give the path of a .dts or .dtb, or a name: did you mean 'irqsteer'",
        ),
        (("--board", "x/y.dts"), "--board x/y.dts: there is no such file, here or in the tree: "),
        (("--board", "x.yaml#1"), "--board x.yaml#1: there is no such file, here or in the tree: "),
        (("--with", "no-such"), "there is no switch 'no-such': take one of "),
        (("--without", "no-such"), "there is no switch 'no-such': take one of "),
        (("--scope", "smal"), "there is no scope 'smal': did you mean 'small'?"),
        (("--kernel", "1.0"), "there is no kernel '1.0': take one of "),
        (("--max-seconds", "x"), "argument --max-seconds: 'x' is no time in seconds above 0 (see 'irqlab kbuild --help')"),
        (("--core", "linux"), "kbuild: CF: tree, driver, architecture and core are those of the build: "),
        (("--tree", "."), "kbuild: CF: tree, driver, architecture and core are those of the build: "),
    ],
)
def test_wrong_options_are_one_line_and_end_the_build(irqlab: Any, driver: Any, asked: Any, words: tuple[str, ...], said: str):
    ran = irqlab("kbuild", *cf(*words), driver(CHIP))
    assert (ran.status, ran.out, asked) == (2, "", [])
    assert ran.err.startswith(f"irqlab: {said}") and ran.err.count("\n") == 1


@pytest.mark.parametrize(
    "words",
    [
        ("-D__CHECK_ENDIAN__", "-Wsparse-all", "-Wno-decl", "-fdiagnostic-prefix=x", "-ftabstop=8", "-fmax-warnings=9", "-v"),
        ("-D", "X=1", "-I", "include", "-include", "x.h", "-isystem", "y", "-nostdinc", "-O2", "-std=gnu11"),
        ("-msize-long", "-m32", "-mbig-endian", "-mlittle-endian", "-mcmodel=large", "-DMBIG", "-D__riscv_xlen=64"),
        ("--board", "mine.dts"),
        ("--board", "of/tree.dts"),
        ("--board", "of/tree.dts#2", "-D__x__"),
        ("--board", "irqsteer"),
    ],
)
def test_words_for_sparse_and_boards_that_are_there_are_no_mistake(irqlab: Any, driver: Any, asked: Any, words: tuple[str, ...]):
    Path("mine.dts").touch()
    Path("src/of").mkdir(parents=True)
    Path("src/of/tree.dts").touch()
    ran = irqlab("kbuild", *cf(*words), driver(CHIP))
    assert (ran.status, len(asked)) == (0, 1)


@pytest.mark.parametrize("words", [(), ("x.c",), ("-O2", "x.c"), (*LINE, "x.o")])
def test_who_calls_it_by_hand_is_told_how_it_is_called(irqlab: Any, driver: Any, words: tuple[str, ...]):
    ran = irqlab("kbuild", *words)
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith("irqlab: kbuild: this is no line of a compiler that ends with a .c: call it as kbuild does: ")


def test_help_says_how(irqlab: Any):
    ran = irqlab("kbuild", "--help")
    assert ran.status == 0
    assert ran.out.startswith("usage: make C=1 CHECK='irqlab kbuild' [CF='OPTIONS'] TARGET\n") and "--scope" in ran.out
    refused = ("--tree", "--driver-file", "--arch", "--core")
    assert not any(f"{option} " in ran.out for option in refused)


def test_nothing_is_imported_for_the_other_files_of_a_kernel(tmp_path: Path):
    (tmp_path / "x.c").write_text("int main;\n")
    code = "import sys; from irqlab.cli import main; print(main(sys.argv[1:]), {'argparse', 'numpy', 'unicorn'} & {*sys.modules})"
    ran = subprocess.run([sys.executable, "-c", code, "kbuild", *LINE, str(tmp_path / "x.c")], capture_output=True, text=True)
    assert (ran.stdout, ran.stderr) == ("0 set()\n", "")
