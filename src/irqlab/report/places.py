"""Places in the source of a compiled driver: which of them a reader wants, and how they are written.

Tests: ``tests/report/test_places.py``.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from irqlab.guest.types import Place

#: How many lines of one file are named before it gets long.
_LINES = 4


def own(chain: tuple[Place, ...]) -> Place | None:
    """The innermost place in a file of the driver's own, not in a header it includes; a header where there is nothing else."""
    return next((place for place in chain if is_source(place)), chain[0] if chain else None)


def is_source(place: Place) -> bool:
    """Whether a place is in a source and not in a header."""
    return not place.file.endswith(".h")


def inside(path: str) -> str:
    """A path below the top of a tree as it is; of one that leads elsewhere only the name, which says nothing of a machine."""
    parts = PurePosixPath(path).parts
    return PurePosixPath(path).name if path.startswith("/") or ".." in parts else path


def frames(chain: tuple[Place, ...], entry: str) -> list[tuple[str, Place | None]]:
    """The functions of the driver's own that a chain leads through below ``entry``, outermost first, each with its call.

    Functions of headers are what they are called for: they are left out.
    """
    found: list[tuple[str, Place | None]] = []
    caller: Place | None = None
    for place in reversed(chain):
        if not is_source(place) or not place.function:
            continue
        # The compiler's copies of a function have a suffix: imx_irqsteer_irq_map.isra.0
        if found or caller is not None or place.function != entry.partition(".")[0]:
            found.append((place.function, caller))
        caller = place
    return found


def beside(places: Iterable[Place]) -> str:
    """``irq-imx-irqsteer.c:72,74``: a few places, in order, each once."""
    lines: dict[str, list[int]] = {}
    for place in places:
        known = lines.setdefault(place.file.rpartition("/")[2], [])
        if place.line not in known:
            known.append(place.line)
    return " ".join(f"{name}:{_listed(numbers)}" for name, numbers in lines.items())


def _listed(numbers: list[int]) -> str:
    shown = ",".join(map(str, numbers[:_LINES]))
    return f"{shown},…" if len(numbers) > _LINES else shown
