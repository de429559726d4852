"""Names the user gives: found, or refused with the closest there is."""

from __future__ import annotations

import difflib
import types
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TypeVar

from irqlab.board import Board, blob, load, names, parse
from irqlab.cli.guard import guarded
from irqlab.drivers import CONTROLLERS
from irqlab.errors import BoardError, DriverError, InputError
from irqlab.kernel.device import Driver

T = TypeVar("T")

#: The largest driver file that is read, in bytes.
MAX_DRIVER = 1 << 20


def close(name: str, known: Iterable[str]) -> str:
    """``; did you mean 'x'?``, or nothing."""
    near = difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)
    return f"; did you mean '{near[0]}'?" if near else ""


def find(kind: str, name: str, table: Mapping[str, T]) -> T:
    """What is called ``name``; :class:`~irqlab.errors.InputError` with the closest name otherwise."""
    if name in table:
        return table[name]
    plural = "switches" if kind == "switch" else f"{kind}s"
    raise InputError(f"there is no {kind} '{name}'{close(name, table) or f': take one of {chr(32).join(table)}'} ('irqlab list {plural}')")
