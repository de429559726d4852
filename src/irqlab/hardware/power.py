"""Power domains: parts of the chip whose supply can be switched.

Tests: ``tests/hardware/test_supplies.py``.
"""

from __future__ import annotations

from irqlab.state import Record, atomic


class PowerDomain(Record):
    """One power domain; key: its name.  Blocks in it lose their registers when it goes off, unless they retain.

    :ivar on: whether its own switch is closed.
    :ivar parent: the domain it is nested in; fixed when the board is built.
    """

    on: bool = False
    parent: PowerDomain | None = None

    @property
    def name(self) -> str:
        """The domain's name on the board."""
        return str(self.key[0])

    @atomic
    def powered(self) -> bool:
        """Whether what is in the domain has power: its switch is closed, and so are those above it."""
        if not self.on:
            return False
        parent = self.parent
        return parent is None or parent.powered()

    def chain(self) -> tuple[PowerDomain, ...]:
        """This domain and all it is nested in, innermost first (asked once, while the machine is built)."""
        parent = self.parent
        return (self, *(parent.chain() if parent is not None else ()))
