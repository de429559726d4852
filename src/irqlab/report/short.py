"""One line a finding, as compilers write them: ``drivers/irqchip/irq-x.c:91:1: error: [rule] text``.

Debug information has no columns that could be relied on: each is 1.  A driver in Python has no line: its name, or its file,
stands there alone.

Tests: ``tests/report/test_short.py``.
"""

from __future__ import annotations

from collections.abc import Iterator

from irqlab.explore.check import Checked, Setup, Told
from irqlab.report.lines import BAD, PLAIN, WARN, Line, one_line
from irqlab.report.outcome import ERROR, NOTE, WARNING, level, undecided
from irqlab.report.places import inside
from irqlab.report.spot import spot
from irqlab.report.text import prose, title_of

_STYLES = {ERROR: BAD, WARNING: WARN, NOTE: PLAIN}


def short(checked: Checked) -> Iterator[Line]:
    """The findings, and what was not decided; nothing where there is nothing to say."""
    setup = checked.setup
    for told in checked.told:
        how = level(told.breach)
        text = f"{_where(setup, told)}: {how}: [{told.breach.rule}] {prose(told.breach.text)}"
        yield Line(one_line(text), _STYLES[how])
    if not checked.decided:
        yield Line(one_line(f"{setup.driver_file or title_of(setup)}: {NOTE}: not decided: {undecided(checked)}"))


def _where(setup: Setup, told: Told) -> str:
    if setup.origin is None:
        return setup.driver_file or title_of(setup)
    file, line = spot(setup, told) or (title_of(setup), 1)
    return f"{inside(file)}:{line}:1"
