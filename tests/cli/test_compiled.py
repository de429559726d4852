"""What is wrong with a compiled target is one line, wherever it is seen; nothing here needs a compiler."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from irqlab.cli.compiled import configured, is_compiled, name
from irqlab.report.json import seal

Irqlab = Callable[..., Any]


@pytest.fixture
def linux(tmp_path: Path) -> Path:
    """What looks like a kernel tree with one driver, and can build nothing."""
    top = tmp_path / "linux"
    for directory in ("arch", "include", "scripts", "drivers/irqchip"):
        (top / directory).mkdir(parents=True)
    for file in ("Kbuild", "Kconfig", "drivers/irqchip/irq-mine.c", "drivers/irqchip/irq-mine.S"):
        (top / file).touch()
    (top / "Makefile").write_text("VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 117\n")
    return top


@pytest.mark.parametrize(
    ("target", "compiled"),
    [
        ("irq-imx-irqsteer.c", True),
        ("drivers/irqchip/irq-imx-irqsteer.o", True),
        ("irq-mine.ko", True),
        ("irqsteer@6.11", False),
        ("mine.py", False),
        ("", False),
    ],
)
def test_a_target_is_compiled_if_its_name_ends_so(target: str, compiled: bool):
    assert is_compiled(target) is compiled


def test_a_driver_is_called_after_its_file():
    assert name("/x/irq-imx-irqsteer.c") == "irq-imx-irqsteer"


@pytest.mark.parametrize(
    ("config", "pm"), [("CONFIG_PM=y\n", True), ("# CONFIG_PM is not set\n", False), ("CONFIG_PM_SLEEP=y\n", False), ("", None)]
)
def test_what_a_build_directory_says_of_pm(tmp_path: Path, config: str, pm: bool | None):
    (tmp_path / ".config").write_text(config)
    assert configured(tmp_path) is pm


def test_without_a_build_directory_nothing_says():
    assert configured(None) is None
    assert configured(Path("/nowhere")) is None


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("none.c",), "none.c: there is no such file: give the path of a source, or --tree, the kernel tree it is in"),
        (("none.o", "--kernel", "6.12"), "none.o: cannot be read (No such file or directory): give the path of an object"),
        (("none.ko", "--kernel", "6.12"), "none.ko: cannot be read (No such file or directory): give the path of an object"),
        (("none.c", "--tree", "/nowhere"), "/nowhere: there is no such directory: give the top of a kernel source tree"),
        (("none.c", "--tree", "/usr"), "/usr: is no kernel tree: it has no Makefile"),
        (("none.c", "--tree", "TREE"), "none.c: there is no such source in TREE: give a .c file of the tree"),
        (("OUTSIDE/irq-mine.c", "--tree", "TREE"), "irq-mine.c: lies outside the kernel tree TREE: give a source of that tree"),
        (("OUTSIDE/irq-mine.c",), "irq-mine.c: lies in no kernel tree: give --tree, the top of the tree it belongs to"),
        (("drivers/irqchip/irq-mine.c", "--tree", "TREE", "--kernel", "2.4"), "there is no kernel '2.4'"),
        (("drivers/irqchip/irq-mine.c", "--tree", "TREE", "--scope", "big"), "there is no scope 'big'"),
        (("drivers/irqchip/irq-mine.c", "--tree", "TREE", "--arch", "mips"), "--arch 'mips' is not known: take one of arm64,"),
        (("drivers/irqchip/irq-mine.c", "--tree", "TREE"), "Linux 6.12.117 has no arch/arm64: take another architecture"),
        (("TREE/drivers/irqchip/irq-mine.c", "--arch", "riscv64"), "Linux 6.12.117 has no arch/riscv: take another architecture"),
        (("TEXT.o", "--kernel", "6.12"), "TEXT.o: is no ELF file: give an object that the kernel's build made (.o or .ko)"),
        (("LINKED.ko", "--kernel", "6.12"), "LINKED.ko: is linked already (e_type 2): give the relocatable object (.o or .ko)"),
        (("CUT.o", "--kernel", "6.12"), "CUT.o: has no sections: give an object that the kernel's build made"),
        (("TEXT.o", "--driver-file", "x.py"), "check: give a driver (a name, a .c, a .o) or --driver-file FILE.py, one of them"),
    ],
)
def test_what_is_wrong_with_a_target_is_one_line(irqlab: Irqlab, linux: Path, tmp_path: Path, words: tuple[str, ...], said: str):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "irq-mine.c").touch()
    (tmp_path / "TEXT.o").write_text("no object" * 20)
    for file, kind in (("LINKED.ko", 2), ("CUT.o", 1)):
        header = b"\x7fELF\x02\x01\x01".ljust(16, b"\0") + struct.pack("<HH", kind, 183)
        (tmp_path / file).write_bytes(header.ljust(64, b"\0"))
    places = {"TREE": str(linux), "OUTSIDE": str(outside)}

    def filled(word: str) -> str:
        word = str(tmp_path / word) if word.startswith(("TEXT", "LINKED", "CUT")) else word
        for short, path in places.items():
            word = word.replace(short, path)
        return word

    ran = irqlab("check", *map(filled, words))
    assert (ran.status, ran.out) == (2, "")
    for short, path in places.items():
        said = said.replace(short, path)
    assert said in ran.err, ran.err
    assert ran.err.startswith("irqlab: ") and ran.err.count("\n") == 1


def test_a_place_that_cannot_be_written_is_refused_before_anything_is_compiled(irqlab: Irqlab, linux: Path, tmp_path: Path):
    ran = irqlab("check", str(linux / "drivers/irqchip/irq-mine.c"), "--json", str(tmp_path / "none" / "out.json"))
    assert (ran.status, ran.out) == (2, "") and "there is no directory" in ran.err


def test_a_finding_of_a_driver_in_python_takes_no_object(irqlab: Irqlab, finding: Path):
    ran = irqlab("replay", str(finding), "--object", "x.o")
    assert (ran.status, ran.out) == (2, "")
    assert "/setup/driver: the finding is of a driver in Python: leave --tree and --object away" in ran.err
    assert ran.err.count("\n") == 1


def test_a_finding_of_a_compiled_driver_wants_it_again(irqlab: Irqlab, finding: Path, tmp_path: Path):
    data = json.loads(finding.read_text())
    linked = {"path": "drivers/irqchip/irq-mine.o", "sha256": "0" * 64}
    origin = {"source": "drivers/irqchip/irq-mine.c", "version": "6.12.117", "config": "", "also": []}
    data["setup"]["driver"] = {"name": "irq-mine", "compiled": {"object": linked, "arch": "arm64", **origin}}
    path = tmp_path / "compiled.json"
    path.write_text(json.dumps(data | {"seal": seal(data)}))
    ran = irqlab("replay", str(path))
    assert (ran.status, ran.out) == (2, "")
    assert "the driver was compiled from drivers/irqchip/irq-mine.c: give --tree DIR, its kernel tree, or --object" in ran.err
    ran = irqlab("replay", str(path), "--tree", str(tmp_path))
    assert (ran.status, ran.out) == (2, "")
    assert ran.err == f"irqlab: {tmp_path}: is no kernel tree: it has no Makefile: give the top of a kernel source tree\n"


def test_a_driver_in_python_runs_on_the_kernel_in_python(irqlab: Irqlab):
    ran = irqlab("check", "irqsteer@6.11", "--kernel", "6.12", "--core", "linux")
    assert (ran.status, ran.out) == (2, "")
    assert ran.err == "irqlab: --core linux: is for compiled drivers: give a .c or .o, and --tree\n"
