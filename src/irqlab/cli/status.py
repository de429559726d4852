"""Exit statuses, and what cuts a command short."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from irqlab.explore.check import Checked

KEPT, BROKEN, WRONG, NOT_DECIDED = 0, 1, 2, 3


class Interrupted(BaseException):
    """Ctrl-C was pressed a second time: nothing is kept."""


def status(checked: Checked) -> int:
    """The exit status of a check: a broken promise wins over what is not decided."""
    if checked.broken:
        return BROKEN
    return KEPT if checked.decided else NOT_DECIDED
