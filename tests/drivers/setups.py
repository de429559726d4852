"""What tests explore: a driver under a kernel in a scope, in one line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from irqlab.board import load
from irqlab.drivers import controller
from irqlab.explore.findings import Findings, collect
from irqlab.explore.linux import LinuxModel
from irqlab.explore.scope import Scope
from irqlab.explore.search import Bounds, Exploration, explore
from irqlab.kernel.device import Driver
from irqlab.kernel.kernel import Config
from irqlab.kernel.release import release
from irqlab.properties import CHECKS

#: One consumer that requests and frees, its line rises, runtime PM runs, and a crash by sysrq.
SMALL = Scope("test")
#: The same, and the consumer never lets go.
KEEPS = SMALL.but(calls=("request",))
#: Nobody uses a line.
UNUSED = SMALL.but(calls=(), raises=False)


def linux(
    driver: str | Driver, kernel: str, scope: Scope = SMALL, *with_: str, board: str = "", arch: str = "arm64", **config: Any
) -> LinuxModel:
    """A model; the board is the one of the driver's family, or a file beside this one."""
    chosen = controller(driver) if isinstance(driver, str) else driver
    board = board or ("intmux" if chosen.name.startswith("intmux") else "irqsteer")
    beside = Path(__file__).parent / f"{board}.dts"
    if beside.exists():
        board = str(beside)
    return LinuxModel(chosen, release(kernel).with_(*with_), load(board), scope, Config(arch=arch, **config), checks=CHECKS)


def explored(model: LinuxModel, **bounds: int) -> tuple[Exploration, Findings]:
    """Everything reached, and what was found."""
    exploration = explore(model, Bounds(**bounds), memo=True)
    return exploration, collect(model, exploration)
