"""What is compiled for the tests of this directory, and the explorations they look at."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

from irqlab.board import Board, load, parse
from irqlab.explore.findings import Findings, collect
from irqlab.explore.linux import LinuxModel
from irqlab.explore.scope import Scope
from irqlab.explore.search import Bounds, Search
from irqlab.guest.image import load as load_image
from irqlab.guest.module import Compiled
from irqlab.kernel.kernel import Config
from irqlab.kernel.release import release
from irqlab.properties import CHECKS
from irqlab.tree import Built, Tree, build, compile_text, get, lay, open_tree
from irqlab.tree import patched as apply

HERE = Path(__file__).parent
IRQSTEER = "drivers/irqchip/irq-imx-irqsteer.c"
INTMUX = "drivers/irqchip/irq-imx-intmux.c"

#: The defects of chips/chip.c, by number.
DEFECTS = (
    *("NONE", "ENDLESS", "OVERFLOW", "NOWHERE", "BEYOND", "FREED", "UNWRITTEN", "TWICE", "BUGGY"),
    *("WARNING", "HELD", "LEAK", "WILD", "RODATA", "UNKNOWN", "IRQSOFF", "NULLPTR", "PADDING", "COPIED"),
)


@cache
def tree() -> Tree:
    """Linux 6.12: Debian's, or the one that IRQLAB_TREE_6_12 names."""
    named = os.environ.get("IRQLAB_TREE_6_12")
    return open_tree(named) if named else get("6.12")


@cache
def built(source: str, arch: str = "arm64") -> Built:
    return build(tree(), source, arch)


@cache
def driver(source: str, arch: str = "arm64") -> Compiled:
    """A driver of the tree, as it is."""
    made = built(source, arch)
    return Compiled.of(load_image(made.object))


@cache
def chip(defect: str, arch: str = "arm64") -> Compiled:
    """Our own test chip, with one defect."""
    text = (HERE / "chips" / "chip.c").read_text()
    made = compile_text(built(IRQSTEER, arch), "chip.c", text, (f"-DDEFECT={DEFECTS.index(defect)}",))
    return Compiled.of(load_image(made.object))


@cache
def chip_board() -> Board:
    data = (HERE / "chips" / "chip.dts").read_bytes()
    return Board.for_driver("chip", parse(data, "chip.dts"), ("irqlab,test-chip",))


def model(which: Compiled, board: Board | str, scope: Scope, arch: str = "arm64", kernel: str = "6.12") -> LinuxModel:
    """A driver under Linux on a board."""
    soldered = load(board) if isinstance(board, str) else board
    return LinuxModel(which, release(kernel), soldered, scope, Config(arch=arch), checks=CHECKS)


def explored(made: LinuxModel, states: int = 200_000) -> Findings:
    """Everything in scope, which must be exhausted."""
    exploration = Search(made, Bounds(states=states), memo=True).run()
    assert not exploration.stopped, exploration.stopped
    return collect(made, exploration)


def rules(found: Findings) -> set[tuple[str, str]]:
    """(rule, function) of every broken promise."""
    return {(finding.breach.rule, finding.breach.place) for finding in found.broken}


@cache
def patched(patch: str, source: str, arch: str = "arm64") -> Compiled:
    """A driver of the tree with one of our patches: compiled as it is, from a patched copy."""
    changes = apply(tree(), (HERE / "patches" / patch).read_bytes()).files
    changed = lay(tree(), {path: after for path, (_, after) in changes.items()})
    return Compiled.of(load_image(build(changed, source, arch).object))
