"""The layout of a trace: numbered steps, under each the calls as chains and what happened in them.

A chain of calls stands on one line (``request_irq > request_threaded_irq > irq_chip_pm_get: no PM device …``), what
happened in one call is one paragraph, and what broke the promise stands alone, marked ``!!``.

Tests: ``tests/report/test_trace.py``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby, takewhile
from typing import TYPE_CHECKING

from irqlab.explore.check import Setup, Told
from irqlab.explore.trace import BOOTS, BREAKS, CALL, CIRCLES, SEEN, Event, Trace, TraceStep
from irqlab.kernel.errno import errno_name
from irqlab.report.lines import BAD, DIM, HEAD, PLAIN, WARN, WIDTH, Line, wrap
from irqlab.report.places import beside, own
from irqlab.report.tree import SILENT, Node, shaped
from irqlab.report.words import Say, action, function, ours, told

if TYPE_CHECKING:
    from irqlab.guest.types import Place

#: Notes that say no more than the title of the step they begin.
_TITLES = frozenset({"raise", "interrupt", "crash"})

#: Columns before the events of a step.
_MARGIN = 6


def _failed(event: Event) -> str:
    """``= -EINVAL`` after a call that returned an error; empty for any other."""
    result = event.result
    if isinstance(result, int) and not isinstance(result, bool) and -4096 < result < 0:
        return f" = {errno_name(result)}"
    return ""


# -- layout ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Chain:
    """Calls one within the other, what happened in the innermost, and the calls that follow in it.

    A fact is a chain of no calls.  ``breaks`` is set, and different for each, where a promise is broken.

    :ivar places: where compiled code makes the calls.
    """

    names: tuple[str, ...]
    facts: tuple[Event, ...]
    rest: list[Node]
    breaks: Event | None = None
    places: tuple[Place, ...] = ()

    @classmethod
    def of(cls, node: Node, say: Say) -> _Chain:
        if node.event.breach is not None:
            return cls((), (node.event,), [], node.event)
        if node.is_fact:
            return cls((), (node.event,), [])
        names: list[str] = []
        places: tuple[Place, ...] = ()
        error = ""
        while True:
            places += _places((node.event,))
            label, failed, node = _label(node, say)
            names.append(label + (failed if failed != error else ""))
            error = failed
            if len(node.parts) != 1 or node.parts[0].is_fact or node.parts[0].event.breach is not None:
                break
            node = node.parts[0]
        leading = list(takewhile(lambda part: part.is_fact, node.parts))
        return cls(tuple(names), tuple(part.event for part in leading), node.parts[len(leading) :], None, places)


def _places(events: Iterable[Event]) -> tuple[Place, ...]:
    """Where compiled code does each of these, if it does."""
    found = (own(event.chain) for event in events)
    return tuple(place for place in found if place is not None)


def _label(node: Node, say: Say) -> tuple[str, str, Node]:
    """What a call is called, the error it returned, and the node that holds what happened in it."""
    event = node.event
    if event.kind == "pm_callback" and len(node.parts) == 1:
        call = node.parts[0]
        if call.event.kind == CALL and str(event["callback"]).endswith("." + call.event.name):
            return f"{function(call.event.name)}({say(event['device'])})", _failed(call.event), call
    if event.kind != CALL:
        return told(event, say), "", node
    idle = ": nothing to do" if event.name in ("mask_irq", "unmask_irq") and not node.parts and not event.open else ""
    return function(event.name) + idle, _failed(event), node


@dataclass(frozen=True)
class Paragraph:
    """One thing a trace says, before it is broken into lines.

    :ivar first: what its first line begins with, and ``rest`` the others.
    :ivar tail: what stands behind it for those who look at lines.
    :ivar places: where compiled code does it.
    :ivar level: how many calls are around it; 0 for the title of a step.
    """

    text: str
    style: str = PLAIN
    first: str = ""
    rest: str | None = None
    tail: str = ""
    places: tuple[Place, ...] = ()
    level: int = 0

    def lines(self, width: int = WIDTH) -> list[Line]:
        """As lines, with the places beside the last; behind the text where there is no room beside it."""
        aside = beside(self.places)
        if width == WIDTH:
            return wrap(self.text + self.tail, self.style, first=self.first, rest=self.rest, aside=aside)
        text = self.text + self.tail + (f"  ({aside})" if aside else "")
        return wrap(text, self.style, first=self.first, rest=self.rest, width=width)


@dataclass(frozen=True)
class Layout:
    """How one trace is laid out.

    :ivar key: the breach the trace is there for; others on the way are marked less.
    :ivar hidden: clocks whose counts nobody asks for, for they have no gate.
    """

    say: Say
    key: tuple[str, ...] = ()
    hidden: frozenset[str] = frozenset()

    def step(self, step: TraceStep, broken: bool = False) -> Iterator[Line]:
        """The lines of one step."""
        return (line for paragraph in self.paragraphs(step, broken) for line in paragraph.lines())

    def paragraphs(self, step: TraceStep, broken: bool = False) -> Iterator[Paragraph]:
        """One step: its title, what happened, and where it stands unless the promise is broken there."""
        title = self.title(step)
        size = len(step.raw)
        yield Paragraph(title, HEAD, f"{step.number:>4}  ", tail=f"  ({size} segments)" if size > 1 else "")
        events = step.events[1:] if step.events and step.events[0].kind in _TITLES else step.events
        yield from self.nodes(shaped(events, self.hidden), 0)
        if step.stands and not broken:
            at = own(step.at)
            yield Paragraph(self.say(step.stands), DIM, " " * _MARGIN + "… ", places=(at,) if at else (), level=1)

    def title(self, step: TraceStep) -> str:
        """Who does what."""
        title = action(step.action, self.say)
        inside = [function(e.name) for e in step.events if e.reopened and not ours(e) and e.name not in SILENT]
        if inside:
            where = inside if len(inside) <= 3 else [inside[0], "…", inside[-2], inside[-1]]
            title += f", in {' > '.join(where)}"
        return title

    def nodes(self, nodes: list[Node], level: int) -> Iterator[Paragraph]:
        """What happened, one paragraph a call; facts in a row share a line, and so do calls that look the same."""
        chains = [_Chain.of(node, self.say) for node in nodes]
        for (names, breaks), alike in groupby(chains, key=lambda chain: (chain.names, chain.breaks)):
            group = list(alike)
            if breaks is not None:
                for chain in group:
                    yield self.mark(chain.facts[0], level)
                continue
            pending: list[Event] = []
            places: list[Place] = []
            bare = 0
            for chain in group:
                pending += chain.facts
                places += [*chain.places, *_places(chain.facts)]
                bare += not chain.facts
                if chain.rest or chain is group[-1]:
                    often = f" ({bare} times)" if bare > 1 else ""
                    yield self._paragraph(names, pending, level, often, places)
                    pending, places, bare = [], [], 0
                    yield from self.nodes(chain.rest, level + 1)

    def _joined(self, events: list[Event]) -> str:
        """Facts in a row; what is read and written of one register stands together."""
        words: list[str] = []
        register = None
        for event in events:
            text = told(event, self.say)
            if event.kind in ("read", "write"):
                if register is not None and register == (event["block"], event["register"]):
                    words[-1] += f", {text.partition(' ')[2]}"
                    continue
                register = event["block"], event["register"]
            else:
                register = None
            words.append(text)
        return "; ".join(words)

    def _paragraph(self, names: tuple[str, ...], facts: list[Event], level: int, often: str, places: list[Place]) -> Paragraph:
        text = ": ".join(part for part in (" > ".join(names) + often, self._joined(facts)) if part)
        indent = " " * (_MARGIN + 2 * level)
        return Paragraph(text, first=indent, rest=indent + "    ", places=tuple(places), level=level + 1)

    def mark(self, event: Event, level: int) -> Paragraph:
        """What breaks a promise, on a line of its own."""
        assert event.breach is not None
        mine = event.breach.key == self.key
        mark, style = ("!!", BAD) if mine else ("! ", WARN)
        indent = " " * (_MARGIN + 2 * level - 2)
        rule = "" if mine else f"  [{event.breach.rule}]"
        text = told(event, self.say) + rule
        return Paragraph(text, style, f"{mark}{indent}", f"  {indent}    ", places=_places((event,)), level=level + 1)


def paragraphs(trace: Trace, key: tuple[str, ...], hidden: frozenset[str]) -> Iterator[tuple[TraceStep | None, Paragraph]]:
    """What a trace says, with the step that says it; None for how it ends."""
    form = Layout(Say(trace.short), key, hidden)
    last = len(trace.steps) if trace.ending == BREAKS else 0
    for step in trace.steps:
        yield from ((step, paragraph) for paragraph in form.paragraphs(step, step.number == last))
    indent = " " * _MARGIN
    if trace.ending in (SEEN, BOOTS):
        when = "and now that no call is under way:" if trace.ending == SEEN else "while the first kernel boots:"
        yield None, Paragraph(when, HEAD, indent)
        yield from ((None, form.mark(event, 0)) for event in trace.seen if event.breach is not None)
    elif trace.ending == CIRCLES:
        yield None, Paragraph("and then for ever:", HEAD, indent)
        for step in trace.circle:
            yield from ((step, paragraph) for paragraph in form.paragraphs(step))
        yield None, Paragraph(f"and again from step {trace.circle[0].number}", HEAD, indent)
    elif trace.ending != BREAKS:
        yield None, Paragraph("and there it rests: nothing the kernel does by itself leads on", BAD, f"!!{indent[2:]}")


def layout(trace: Trace, key: tuple[str, ...], hidden: frozenset[str] = frozenset()) -> list[Line]:
    """The lines of a trace."""
    return [line for _, paragraph in paragraphs(trace, key, hidden) for line in paragraph.lines()]


def trace_lines(setup: Setup, told: Told, width: int = WIDTH) -> list[Line]:
    """The lines of a finding's trace; counts of clocks without a gate are left out."""
    return [line for _, paragraph in trace_paragraphs(setup, told) for line in paragraph.lines(width)]


def trace_paragraphs(setup: Setup, told: Told) -> list[tuple[TraceStep | None, Paragraph]]:
    """The same before it is broken into lines, each with its step."""
    return list(paragraphs(told.trace, told.breach.key, _ungated(setup)))


def _ungated(setup: Setup) -> frozenset[str]:
    return frozenset(clock.name for clock in setup.board.clocks if clock.fixed)
