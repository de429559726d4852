"""Boards given as files, kept as text, so that a finding file stands alone.

Tests: ``tests/report/test_json.py``.
"""

from __future__ import annotations

from pathlib import Path

from irqlab.board import Board, blob, parse
from irqlab.board.devicetree import MAX_BYTES
from irqlab.errors import BoardError
from irqlab.kernel.device import Driver


def embedded(path: str) -> tuple[Board, str]:
    """The board of a device tree file, and its text (a blob's is what it was made of)."""
    data = contents(path)
    board = Board.of(Path(path).stem, parse(data, path))
    return board, blob.to_text(data, path) if data.startswith(blob.MAGIC) else data.decode()


def contents(path: str) -> bytes:
    """What is in a device tree file; :class:`~irqlab.errors.BoardError` if it cannot be read."""
    try:
        if Path(path).is_dir():
            raise BoardError(f"{path}: is a directory: give the name of a board, or the path of a .dts or .dtb")
        if not Path(path).is_file():
            raise BoardError(f"{path}: there is no such file: give the name of a board, or the path of a .dts or .dtb")
        with open(path, "rb") as file:
            return file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise BoardError(f"{path}: cannot be read ({reason}): give the path of a readable .dts or .dtb") from None


def from_text(name: str, text: str, source: str) -> Board:
    """The board a finding file carries."""
    return Board.of(name, parse(text.encode(), source))


def for_driver(name: str, text: str, source: str, driver: Driver) -> Board:
    """The part of a board that a compiled driver needs; the tree was made for something else."""
    return Board.for_driver(name, parse(text.encode(), source), driver.compatible)
