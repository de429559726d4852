"""The pages of ``docs`` that irqlab writes itself: ``python -m manual`` writes them all again.

A page a rule, a page a sub-command, how to read a trace, and the thread.  What they show was printed by irqlab; a test holds
what is committed against what is written now (``tests/docs/test_manual.py``).
"""

from __future__ import annotations

from collections.abc import Callable

from irqlab.report.thread import markdown
from irqlab.verdict.thread import settle
from manual import commands, reading, rules

#: Every page, by its path below ``docs``, and what writes it.
PAGES: dict[str, Callable[[], str]] = {
    **commands.PAGES,
    **rules.PAGES,
    "reading-a-trace.md": reading.page,
    "thread.md": lambda: markdown(settle()),
}
