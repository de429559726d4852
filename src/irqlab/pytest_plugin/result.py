"""What an exploration found, for a test to ask; what it may not rely on ends the test with the reason.

Tests: ``tests/pytest_plugin/test_plugin.py``.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from irqlab.cli.names import find
from irqlab.errors import InputError
from irqlab.explore.check import Checked, Told
from irqlab.properties import RULES
from irqlab.report.lines import Line, plain
from irqlab.report.outcome import undecided
from irqlab.report.text import counted, overview, place_of, proof, subject

#: Findings told with their traces; of others only a line.
_TRACES = 3


@dataclass(frozen=True)
class Result:
    """One driver, explored.

    :ivar checked: everything that is known, for who wants more.
    """

    checked: Checked = field(repr=False)
    undecided: str = "fail"

    def keeps(self) -> Result:
        """The driver keeps every promise in scope; else the test fails with the traces."""
        __tracebackhide__ = True
        if self.checked.broken:
            pytest.fail(self.report, pytrace=False)
        self._must_be_decided()
        return self

    def breaks(self, rule: str, where: str = "") -> bool:
        """Whether a promise is seen broken.

        :param rule: one of ``irqlab list rules``; ``where`` is the function, if only that counts.
        """
        __tracebackhide__ = True
        message = ""
        try:
            find("rule", rule, RULES)
        except InputError as error:
            message = f"irqlab: {error}"
        if message:  # outside, or pytest prints the error too
            pytest.fail(message, pytrace=False)
        breaches = [told.breach for told in self.checked.broken if told.breach.rule == rule]
        if any(where in ("", breach.place, place_of(breach)) for breach in breaches):
            return True
        self._must_be_decided()
        return False

    @property
    def decided(self) -> bool:
        """Everything in scope was looked at, and everything that was reached is modelled."""
        return self.checked.decided

    @property
    def rules(self) -> frozenset[str]:
        """The rules that are broken, and no others: of an exploration that is decided."""
        __tracebackhide__ = True
        self._must_be_decided()
        return self._seen

    @property
    def _seen(self) -> frozenset[str]:
        return frozenset(told.breach.rule for told in self.checked.broken)

    @property
    def report(self) -> str:
        """What is broken, the first with their traces."""
        broken = self.checked.broken
        if not broken:
            return self._line("keeps every promise") if self.decided else self._not_decided()
        lines = [Line(self._line(f"{counted(len(broken), 'promise')} broken")), Line()]
        for number, told in enumerate(broken[:_TRACES], 1):
            lines += [*proof(self.checked.setup, number, told), Line()]
        return plain([*lines, *self._rest(broken[_TRACES:])]).rstrip("\n")

    def _rest(self, more: tuple[Told, ...]) -> list[Line]:
        return [Line("Without their traces:"), *overview(more, _TRACES + 1)] if more else []

    def _line(self, what: str) -> str:
        return f"irqlab: {subject(self.checked.setup)}: {what}"

    def _not_decided(self) -> str:
        seen = f"; seen broken: {', '.join(sorted(self._seen))}" if self._seen else ""
        return self._line(f"not decided: {undecided(self.checked)}{seen}")

    def _must_be_decided(self) -> None:
        """A promise of which nothing says whether it is kept is no promise kept."""
        __tracebackhide__ = True
        if not self.checked.decided:
            if self.undecided == "xfail":
                pytest.xfail(self._not_decided())
            pytest.fail(self._not_decided(), pytrace=False)
