"""The boards that come with irqlab, and boards given as files.

Tests: ``tests/board/test_boards.py``.
"""

from __future__ import annotations

import os
import re
from importlib.resources import files
from pathlib import Path

from irqlab.board.board import Board
from irqlab.board.devicetree import parse, read
from irqlab.errors import BoardError


def names() -> tuple[str, ...]:
    """The names of the boards that come with irqlab."""
    entries = (files("irqlab.board") / "boards").iterdir()
    return tuple(sorted(entry.name.removesuffix(".dts") for entry in entries if entry.name.endswith(".dts")))


def load(name_or_path: str | Path) -> Board:
    """A board by its name, or by the path of a .dts or .dtb."""
    wanted = str(name_or_path)
    if wanted in names():
        file = files("irqlab.board") / "boards" / f"{wanted}.dts"
        return Board.of(wanted, parse(file.read_bytes(), f"{wanted}.dts"))
    if re.fullmatch(r"[\w-]*", wanted) and not os.path.exists(wanted):
        raise BoardError(f"there is no board {wanted!r}: take {', '.join(names())}, or the path of a .dts or .dtb")
    return Board.of(Path(wanted).stem, read(wanted))
