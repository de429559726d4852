"""``irqlab check`` and ``irqlab replay`` of compiled drivers: the driver's own lines, boards of the tree, other builds."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from real_rig import DEFECTS, HERE, INTMUX, IRQSTEER, built

from irqlab.cli import main
from irqlab.report.json import schema
from irqlab.tree import Tree, compile_text

LOW = ("--output-when-gated", "low")


@dataclass(frozen=True)
class Ran:
    """What one command did."""

    status: int
    out: str
    err: str

    @property
    def words(self) -> str:
        """All it printed, on one line."""
        return " ".join(self.out.split())


Irqlab = Callable[..., Ran]


@pytest.fixture
def irqlab(capsys: pytest.CaptureFixture[str]) -> Irqlab:
    def run(*words: object) -> Ran:
        capsys.readouterr()
        status = main(list(map(str, words)))
        return Ran(status, *capsys.readouterr())

    return run


@pytest.fixture(scope="module")
def irqsteer(linux: Tree) -> Path:
    """The object of irqsteer, in its build directory."""
    return built(IRQSTEER).object


def test_a_source_of_a_tree_is_compiled_checked_and_told_with_its_own_lines(irqlab: Irqlab, linux: Tree):
    ran = irqlab("check", IRQSTEER, "--tree", linux.path, *LOW)
    assert (ran.status, ran.err) == (1, "")
    assert ran.out.startswith(f"BROKEN  5 promises broken in {IRQSTEER} on Linux 6.12, arm64, board")
    assert f"driver drivers/irqchip/irq-imx-irqsteer.o of Linux {linux.version}, compiled for arm64 (sha256 " in ran.words
    assert "\n  board     irqsteer, of irqlab's own\n" in ran.out
    assert "imx_irqsteer_irq_bus_lock at drivers/irqchip/irq-imx-irqsteer.c:80 sleeps until" in ran.words
    lines = ran.out.splitlines()
    [saved] = {line for line in lines if "imx_irqsteer_save_regs" in line}
    assert saved.strip() == "imx_irqsteer_save_regs: CHANMASK0 read 0x00000000; CHANMASK1 read 0x00000000  irq-imx-irqsteer.c:272"
    assert any(line.split()[-1:] == ["irq-imx-irqsteer.c:291"] and "clk_disable" in line for line in lines)
    assert max(map(len, lines)) <= 130


def test_the_line_of_a_dead_register_is_in_the_headline(irqlab: Irqlab, linux: Tree):
    ran = irqlab("check", IRQSTEER, "--tree", linux.path, "--arch", "arm", *LOW)
    assert ran.status == 1
    assert (
        "imx_irqsteer_irq_mask reads CHANMASK1 of interrupt-controller@32e2d000 at drivers/irqchip/irq-imx-irqsteer.c:70 "
        "on the crash path, but power domain pd_mix is off"
    ) in ran.words
    [marked] = [line for line in ran.out.splitlines() if line.startswith("!!") and "pd_mix" in line]
    assert marked.split()[-1] == "irq-imx-irqsteer.c:70"


def test_an_object_and_its_source_are_checked_alike(irqlab: Irqlab, linux: Tree, irqsteer: Path):
    source = irqlab("check", IRQSTEER, "--tree", linux.path, *LOW)
    known = irqlab("check", irqsteer, *LOW)
    assert f"{irqsteer} of Linux {linux.version}, compiled for arm64" in known.words

    def findings(ran: Ran) -> list[str]:
        return [line for line in ran.out.splitlines() if not line.startswith(("  made by", "  repeat", "   ", "  driver"))]

    assert findings(known) == findings(source)


def test_a_finding_of_a_compiled_driver_is_replayed_with_the_tree_or_the_object(
    irqlab: Irqlab, linux: Tree, irqsteer: Path, tmp_path: Path
):
    path = tmp_path / "f.json"
    checked = irqlab("check", IRQSTEER, "--tree", linux.path, *LOW, "--json", path)
    data = json.loads(path.read_text())
    Draft202012Validator(schema()).validate(data)
    assert str(linux.path) not in path.read_text()
    places = [event["places"] for finding in data["findings"] for event in finding["events"]]
    assert {"function": "imx_irqsteer_save_regs", "file": IRQSTEER, "line": 272} in [place for chain in places for place in chain]
    again = irqlab("replay", path, "--tree", linux.path)
    assert (again.status, again.err) == (1, "")
    assert again.out[: again.out.rindex("\nreproduced: 5 findings ")] in checked.out
    known = irqlab("replay", path, "--finding", "1", "--object", irqsteer)
    assert (known.status, known.err) == (1, "")
    assert known.words.endswith("the same steps, the same breach, the same state")


def test_a_finding_made_on_the_tree_s_own_core_is_replayed_on_it(irqlab: Irqlab, linux: Tree, tmp_path: Path):
    path = tmp_path / "f.json"
    checked = irqlab("check", INTMUX, "--tree", linux.path, "--core", "linux", *LOW, "--json", path)
    assert (checked.status, checked.err) == (1, "")
    assert checked.out.startswith(f"BROKEN  2 promises broken in {INTMUX} on Linux 6.12 and its own core, arm64,")
    assert f"--tree {linux.path} --core linux --kernel 6.12" in " ".join(checked.words.replace(" \\", "").split())
    data = json.loads(path.read_text())
    Draft202012Validator(schema()).validate(data)
    core = [linked["path"] for linked in data["setup"]["driver"]["compiled"]["core"]]
    assert core[:2] == ["beneath.c", "root.c"] and "kernel/irq/manage.o" in core and "drivers/base/power/runtime.o" in core
    places = [place["file"] for finding in data["findings"] for event in finding["events"] for place in event["places"]]
    assert {INTMUX, "kernel/irq/kexec.c", "drivers/base/power/runtime.c"} <= set(places)
    again = irqlab("replay", path, "--tree", linux.path)
    assert (again.status, again.err) == (1, "")
    assert again.words.endswith("the same steps, the same breach, the same state")


@pytest.mark.parametrize(
    ("target", "words", "said"),
    [
        (INTMUX, ("--with", "kexec-started-check"), "--core linux: the core is as its source says"),
        (INTMUX, ("--spurious", "3"), "--core linux: its own threshold is 100 000 interrupts"),
        (INTMUX, ("--arch", "arm"), "--core linux: runs on arm64 only"),
    ],
)
def test_what_does_not_go_with_the_tree_s_own_core_is_one_line(
    irqlab: Irqlab, linux: Tree, target: str, words: tuple[str, ...], said: str
):
    ran = irqlab("check", target, "--tree", linux.path, "--core", "linux", *words)
    assert (ran.status, ran.out) == (2, "")
    assert said in ran.err and ran.err.count("\n") == 1


def test_an_object_needs_the_tree_whose_core_it_runs_on(irqlab: Irqlab, irqsteer: Path):
    ran = irqlab("check", irqsteer, "--core", "linux")
    assert (ran.status, ran.out) == (2, "")
    assert "--core linux needs the kernel tree whose core it is: give --tree" in ran.err


def test_a_tree_without_an_interrupt_core_is_one_line(irqlab: Irqlab, tmp_path: Path):
    """Another kernel's, or half of one."""
    for directory in ("arch", "include", "scripts", "drivers/irqchip"):
        (tmp_path / directory).mkdir(parents=True)
    for file in ("Kbuild", "Kconfig", "drivers/irqchip/irq-mine.c"):
        (tmp_path / file).touch()
    (tmp_path / "Makefile").write_text("VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 117\n")
    ran = irqlab("check", "drivers/irqchip/irq-mine.c", "--tree", tmp_path, "--core", "linux")
    assert (ran.status, ran.out, ran.err.count("\n")) == (2, "", 1)


def test_another_build_is_told_as_one_and_its_steps_are_tried(irqlab: Irqlab, linux: Tree, irqsteer: Path, tmp_path: Path):
    path, other = tmp_path / "f.json", tmp_path / "irq-imx-irqsteer.o"
    irqlab("check", IRQSTEER, "--tree", linux.path, *LOW, "--json", path)
    subprocess.run(["aarch64-linux-gnu-objcopy", "--remove-section=.comment", irqsteer, other], check=True)
    ran = irqlab("replay", path, "--object", other)
    assert ran.status == 1
    assert ran.err == (
        f"irqlab: {other}: is not the build the finding was made with (of Linux {linux.version}): "
        "its steps are tried, the states are not compared\n"
    )
    assert ran.words.endswith("the same steps, the same breach in another build")


def test_the_object_of_another_driver_is_refused(irqlab: Irqlab, linux: Tree, tmp_path: Path):
    path = tmp_path / "f.json"
    irqlab("check", IRQSTEER, "--tree", linux.path, *LOW, "--json", path)
    ran = irqlab("replay", path, "--object", built("drivers/irqchip/irq-imx-intmux.c").object)
    assert (ran.status, ran.out) == (2, "")
    assert "board 'irqsteer' has no node for driver 'irq-imx-intmux'" in ran.err


def test_a_board_of_the_tree_is_found_compiled_and_kept_in_the_finding(irqlab: Irqlab, linux: Tree, tmp_path: Path):
    path = tmp_path / "f.json"
    board = "arch/arm64/boot/dts/freescale/imx8mp-evk.dts"
    ran = irqlab("check", IRQSTEER, "--tree", linux.path, *LOW, "--board", board, "--max-states", "2000", "--json", path)
    assert ran.status == 1
    assert f"\n  board     {board}\n" in ran.out
    kept = json.loads(path.read_text())["setup"]["board"]
    assert (kept["name"], kept["file"]) == ("imx8mp-evk", board)
    assert kept["dts"].startswith("/dts-v1/;\n")
    assert irqlab("replay", path, "--object", built(IRQSTEER).object).status == 1  # without the tree


def test_an_example_of_a_binding_is_a_board(irqlab: Irqlab, linux: Tree):
    binding = "Documentation/devicetree/bindings/interrupt-controller/fsl,irqsteer.yaml"
    ran = irqlab("check", IRQSTEER, "--tree", linux.path, *LOW, "--board", binding, "--max-states", "500")
    assert f"board {binding}#0 kernel" in ran.words
    assert f"- the board is example 0 of {binding} - &clk is not in the example" in ran.words


def test_a_driver_of_no_board_of_irqlabs_is_put_on_one_of_its_tree_and_linked_with_what_it_needs(irqlab: Irqlab, linux: Tree):
    ran = irqlab("check", "drivers/irqchip/irq-sunxi-nmi.c", "--tree", linux.path, "--max-states", "200")
    assert ran.err == ""
    assert "linked kernel/irq/generic-chip.o (sha256 " in ran.words
    assert "board arch/arm64/boot/dts/allwinner/" in ran.words
    assert (
        "the board is arch/arm64/boot/dts/allwinner/" in ran.words and "in the tree with such a node: --board takes" in ran.words
    )


def modinfo(irqsteer: Path, place: Path, vermagic: str) -> Path:
    """The object as a module."""
    info, module = place / "modinfo", place / "irq-imx-irqsteer.ko"
    info.write_bytes(b"license=GPL\0vermagic=" + vermagic.encode() + b" SMP mod_unload\0")
    subprocess.run(["aarch64-linux-gnu-objcopy", f"--add-section=.modinfo={info}", irqsteer, module], check=True)
    return module


def test_a_module_says_itself_for_which_kernel_it_is(irqlab: Irqlab, linux: Tree, irqsteer: Path, tmp_path: Path):
    module = modinfo(irqsteer, tmp_path, "6.6.30-mine")
    ran = irqlab("check", module, *LOW, "--max-states", "300")
    assert "promises broken in drivers/irqchip/irq-imx-irqsteer.c on Linux 6.1, arm64" in ran.words
    assert "- Linux 6.6.30-mine is run as 6.1, the nearest modelled release at or below it" in ran.words
    assert "on Linux 6.12, arm64" in irqlab("check", module, *LOW, "--kernel", "6.12", "--max-states", "300").words
    other = irqlab("check", module, "--tree", linux.path)
    assert (other.status, other.out) == (2, "")
    assert f"was built from Linux 6.6.30-mine, and --tree is Linux {linux.version}" in other.err


def test_an_object_of_nobody_knows_which_kernel_asks_for_it(irqlab: Irqlab, irqsteer: Path, tmp_path: Path):
    alone = tmp_path / "irq-imx-irqsteer.o"
    shutil.copy(irqsteer, alone)
    ran = irqlab("check", alone)
    assert (ran.status, ran.out) == (2, "")
    assert ran.err == f"irqlab: {alone}: nothing says which kernel it was compiled for: give --kernel, or --tree\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--arch", "arm"), "was compiled for arm64, and --arch says arm: leave --arch away"),
        (("--board", "gic"), "board 'gic' has no node for driver 'irq-imx-irqsteer'"),
        (("--no-pm",), "was compiled with CONFIG_PM=y: leave --no-pm away, or configure its tree without"),
    ],
)
def test_what_does_not_fit_an_object_is_one_line(irqlab: Irqlab, irqsteer: Path, words: tuple[str, ...], said: str):
    ran = irqlab("check", irqsteer, *words)
    assert (ran.status, ran.out) == (2, "")
    assert said in ran.err and ran.err.count("\n") == 1


def test_an_object_without_a_device_is_refused(irqlab: Irqlab, linux: Tree):
    ran = irqlab("check", "kernel/irq/chip.c", "--tree", linux.path)
    assert (ran.status, ran.out) == (2, "")
    assert "has no table of compatible strings" in ran.err


def test_what_is_not_modelled_is_named_with_its_line_and_nothing_is_decided(irqlab: Irqlab, linux: Tree):
    text = (HERE / "chips" / "chip.c").read_text()
    made = compile_text(built(IRQSTEER), "chip.c", text, (f"-DDEFECT={DEFECTS.index('UNKNOWN')}",))
    options: tuple[Any, ...] = ("--set", "crash=", "--kernel", "6.12", "--board", HERE / "chips" / "chip.dts")
    ran = irqlab("check", made.object, *options)
    assert (ran.status, ran.err) == (3, "")
    assert ran.out.startswith("NOT DECIDED  no promise seen broken in ")
    assert "Not modelled, and reached - " in ran.words
    assert ", reached in defect() (chip.c:" in ran.words


def test_every_process_prints_the_same_bytes(irqlab: Irqlab, linux: Tree):
    first, second = (irqlab("check", IRQSTEER, "--tree", linux.path, *LOW, "--json").out for _ in range(2))
    assert first == second
