"""Random lives of lines in a stack of three domains: what was freed or has failed leaves nothing, what is left is whole."""

from __future__ import annotations

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from stackrig import LEVELS, make_stack

from irqlab.kernel.errno import EPERM
from irqlab.kernel.irq.hierarchy import irq_domain_alloc_irqs, irq_domain_free_irqs
from irqlab.kernel.irq.mapping import irq_create_fwspec_mapping, irq_dispose_mapping, irq_find_mapping

#: Where a line may enter the stack, and how many levels it then has.
ENTRIES = {"top": 3, "mid": 2, "root": 1}


class Lines(RuleBasedStateMachine):
    """Lines come and go; numbers of a level are never given twice."""

    @initialize(release=st.sampled_from(["6.1", "6.12"]), size=st.sampled_from([0, 400]))
    def begin(self, release, size):
        self.stack = make_stack(release, sizes=dict.fromkeys(LEVELS, size))
        #: Linux number: the level it came in at, its number there, how many levels it has.
        self.lines: dict[int, tuple[str, int, int]] = {}
        self.next = 0
        self.used: set[int] = set()

    def _hwirq(self, level, count):
        first, self.next = self.next, self.next + count
        return first + {"top": 0, "mid": 100, "root": 200}[level]

    def _fail(self, level):
        for name in LEVELS:
            self.stack.rig.answer(f"{name} alloc", -EPERM if name == level else 0)

    @rule(entry=st.sampled_from(LEVELS), count=st.integers(1, 3), failing=st.sampled_from([None, *LEVELS]))
    def alloc(self, entry, count, failing):
        if self.next > 60:
            return
        self._fail(failing)
        hwirq = self._hwirq(entry, count)
        irq = irq_domain_alloc_irqs(self.stack.k, self.stack.domains[entry], count, (entry, (hwirq,)))
        if failing in LEVELS[LEVELS.index(entry) :]:
            assert irq == -EPERM
            return
        taken = set(self.lines)
        assert irq == next(n for n in range(1, 99) if not taken & set(range(n, n + count)))
        for i in range(count):
            self.lines[irq + i] = (entry, hwirq + i, ENTRIES[entry])

    @rule(entry=st.sampled_from(LEVELS), type_=st.sampled_from([0, 1, 4]))
    def map(self, entry, type_):
        if self.next > 60:
            return
        self._fail(None)
        hwirq = self._hwirq(entry, 1)
        irq = irq_create_fwspec_mapping(self.stack.k, (entry, (hwirq, type_)))
        assert irq not in self.lines and self.stack.rig.data(irq).trigger == type_
        assert irq_create_fwspec_mapping(self.stack.k, (entry, (hwirq, type_))) == irq
        self.lines[irq] = (entry, hwirq, ENTRIES[entry])

    @rule()
    def cut(self):
        """A line that has no level at the root."""
        if self.next > 60:
            return
        self._fail(None)
        self.stack.rig.answer("root chip", 2)
        hwirq = self._hwirq("top", 1)
        irq = irq_domain_alloc_irqs(self.stack.k, self.stack.top, 1, ("top", (hwirq,)))
        self.stack.rig.answer("root chip", 0)
        self.lines[irq] = ("top", hwirq, 2)

    @precondition(lambda self: self.lines)
    @rule(data=st.data(), dispose=st.booleans())
    def free(self, data, dispose):
        irq = data.draw(st.sampled_from(sorted(self.lines)))
        if dispose:
            irq_dispose_mapping(self.stack.k, irq)
        else:
            irq_domain_free_irqs(self.stack.k, irq, 1)
        del self.lines[irq]

    @precondition(lambda self: self.lines)
    @rule(data=st.data())
    def use(self, data):
        """Requested and freed again: the levels' bits are one."""
        irq = data.draw(st.sampled_from(sorted(self.lines)))
        if self.lines[irq][0] != "top":
            return
        assert self.stack.rig.request(irq) == 0
        d = self.stack.rig.data(irq)
        while d is not None:
            assert d.started and not d.masked
            d = d.parent_data
        self.stack.rig.free(irq)

    @invariant()
    def nothing_is_left_over(self):
        if not hasattr(self, "stack"):
            return
        levels = sum(count for _, _, count in self.lines.values())
        assert self.stack.left() == (len(self.lines), levels - len(self.lines), levels)
        for irq, (entry, hwirq, count) in self.lines.items():
            own = LEVELS[LEVELS.index(entry) :][:count]
            assert [(name, number) for name, number, _ in self.stack.chain(irq)] == [
                (name, hwirq + 100 * i) for i, name in enumerate(own)
            ]
            for i, name in enumerate(own):
                assert irq_find_mapping(self.stack.k, self.stack.domains[name], hwirq + 100 * i) == irq
        assert self.stack.rig.warnings() == []


TestLines = Lines.TestCase
TestLines.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
