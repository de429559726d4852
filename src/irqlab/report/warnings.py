"""A warning a broken promise, as a compiler says it beside its own: ``FILE:LINE:1: warning: [rule] text``.

What a compiler's user suffers from is said, notes are not; what was not decided is one ``note:``.

Tests: ``tests/report/test_warnings.py``.
"""

from __future__ import annotations

from collections.abc import Iterator

from irqlab.explore.check import Checked
from irqlab.report.lines import PLAIN, WARN, Line, one_line
from irqlab.report.outcome import NOTE, WARNING, undecided
from irqlab.report.places import inside
from irqlab.report.spot import spot
from irqlab.report.text import prose


def warnings(checked: Checked, file: str) -> Iterator[Line]:
    """The broken promises and what was not decided; nothing where there is nothing to say.

    :param file: the driver's source as the compiler was given it: other files are named the same way.
    """
    assert checked.setup.origin is not None
    own = checked.setup.origin.source
    before = file.removesuffix(own) if file.endswith(own) else ""
    for told in checked.broken:
        name, number = spot(checked.setup, told) or (own, 1)
        where = file if name == own else before + inside(name)
        yield Line(one_line(f"{where}:{number}:1: {WARNING}: [{told.breach.rule}] {prose(told.breach.text)}"), WARN)
    if not checked.decided:
        yield note(file, f"not decided: {undecided(checked)}")


def note(file: str, text: str) -> Line:
    """What is to be known of a file as a whole."""
    return Line(one_line(f"{file}:1:1: {NOTE}: irqlab: {text}"), PLAIN)
