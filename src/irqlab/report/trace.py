"""The layout of a trace: numbered steps, under each the calls as chains and what happened in them.

A chain of calls stands on one line (``request_irq > request_threaded_irq > irq_chip_pm_get: no PM device …``), what
happened in one call is one paragraph, and what broke the promise stands alone, marked ``!!``.

Tests: ``tests/report/test_trace.py``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import takewhile

from irqlab.explore.check import Setup, Told
from irqlab.explore.trace import BREAKS, CALL, CIRCLES, PANIC, SEEN, Event, Trace, TraceStep
from irqlab.kernel.errno import errno_name
from irqlab.report.lines import BAD, DIM, HEAD, WARN, Line, wrap
from irqlab.report.words import Say, action, function, ours, told

#: Calls that are left out where nothing happened in them.
_QUIET = frozenset(
    {
        "chip_bus_lock",
        "chip_bus_sync_unlock",
        "check_irq_resend",
        "irq_domain_activate_irq",
        "irq_domain_deactivate_irq",
        "irq_resolve_mapping",
        "handle_irq_desc",
        "irq_may_run",
        "chained_irq_enter",
        "mask_ack_irq",
        "rpm_put_suppliers",
        "rpm_get_suppliers",
        "rpm_suspend_suppliers",
        "pm_runtime_get_suppliers",
        "pm_runtime_put_suppliers",
        "genpd_power_off",
        "genpd_power_on",
        "readl",
        "writel",
        "rpm_callback",
        "rpm_run_callback",
        "pm_runtime_barrier",
        "__synchronize_hardirq",
        "suspend_device_irq",
        "resume_irq",
        "device_prepare",
        "device_complete",
        "device_suspend",
        "device_suspend_late",
        "device_suspend_noirq",
        "device_resume",
        "device_resume_early",
        "device_resume_noirq",
        "genpd_prepare",
        "genpd_complete",
    }
)

#: Calls that are never worth a word: what happens in them is told where they are called.
_SILENT = frozenset(
    {
        "spin_lock",
        "spin_unlock",
        "mutex_lock",
        "mutex_unlock",
        "readl",
        "writel",
        "clk_core_enable",
        "clk_core_disable",
        "clk_core_prepare",
        "clk_core_unprepare",
        "rpm_run_callback",
        "handle_irq_desc",
        "__handle_irq_event_percpu",
    }
)

#: Notes that have the call that follows inside them.
_OPENING = frozenset({"callback", "pm_callback"})

#: Notes that say no more than the title of the step they begin.
_TITLES = frozenset({"raise", "interrupt", "crash"})

_CLK = frozenset({"clk_enable", "clk_disable", "clk_prepare", "clk_unprepare"})

#: Columns before the events of a step.
_MARGIN = 6


@dataclass
class Node:
    """A call with what happened in it, or something that happened."""

    event: Event
    parts: list[Node] = field(default_factory=list)

    @property
    def opens(self) -> bool:
        return self.event.kind == CALL or self.event.kind in _OPENING


def tree(events: Iterable[Event]) -> list[Node]:
    """The events as calls within calls."""
    top: list[Node] = []
    path: list[list[Node]] = [top]
    for event in events:
        del path[event.depth + 1 :]
        node = Node(event)
        path[-1].append(node)
        if event.kind == CALL:
            path.append(node.parts)
    return top


def visible(nodes: Iterable[Node], hidden: frozenset[str]) -> list[Node]:
    """The nodes a reader wants: plumbing gives way to what is in it, and callbacks take in the call they make."""
    shown: list[Node] = []
    for node in nodes:
        event = node.event
        if event.kind != CALL:
            if event.kind == "power" and shown and shown[-1].event.kind == "genpd" and shown[-1].event["domain"] == event["name"]:
                shown.pop()  # genpd says the same of its own bookkeeping
            if not (event.kind in _CLK and str(event["clk"]) in hidden):
                shown.append(Node(event))
            continue
        parts = visible(node.parts, hidden)
        if ours(event) or event.name in _SILENT:
            shown.extend(parts)
        elif event.reopened:
            shown.extend(parts)  # the step's title says where it goes on
        elif parts or event.name not in _QUIET:
            shown.append(Node(event, parts))
    merged: list[Node] = []
    for node in shown:
        if merged and merged[-1].event.kind in _OPENING and not merged[-1].parts and node.event.kind == CALL:
            merged[-1].parts.append(node)
        else:
            merged.append(node)
    return merged


def _goes_on(node: Node) -> bool:
    """Whether a node is the beginning of a chain, not a fact."""
    return node.event.kind == CALL or (node.opens and bool(node.parts))


def _is_fact(node: Node) -> bool:
    return not _goes_on(node) and node.event.breach is None


def _failed(event: Event) -> str:
    """``= -EINVAL`` after a call that returned an error; empty for any other."""
    result = event.result
    if isinstance(result, int) and not isinstance(result, bool) and -4096 < result < 0:
        return f" = {errno_name(result)}"
    return ""


# -- layout ------------------------------------------------------------------------------------------------------


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
        """One step: its title, what happened, and where it stands unless the promise is broken there."""
        title = self.title(step)
        size = len(step.raw)
        yield from wrap(title + (f"  ({size} segments)" if size > 1 else ""), HEAD, first=f"{step.number:>4}  ")
        events = step.events[1:] if step.events and step.events[0].kind in _TITLES else step.events
        yield from self.nodes(visible(tree(events), self.hidden), 0)
        if step.stands and not broken:
            yield from wrap(self.say(step.stands), DIM, first=" " * _MARGIN + "… ")

    def title(self, step: TraceStep) -> str:
        """Who does what."""
        title = action(step.action, self.say)
        if title == f"{PANIC} goes on":
            title = "the crash path goes on"
        inside = [function(e.name) for e in step.events if e.reopened and not ours(e) and e.name not in _SILENT]
        if inside:
            where = inside if len(inside) <= 3 else [inside[0], "…", inside[-2], inside[-1]]
            title += f", in {' > '.join(where)}"
        return title

    def nodes(self, nodes: list[Node], level: int) -> Iterator[Line]:
        """What happened, one paragraph a call; facts in a row share a line."""
        facts: list[Event] = []
        for node in nodes:
            if node.event.breach is not None and not node.opens:
                yield from self._facts(facts, level)
                facts = []
                yield from self._mark(node.event, level)
            elif _goes_on(node):
                yield from self._facts(facts, level)
                facts = []
                yield from self._chain(node, level)
            else:
                facts.append(node.event)
        yield from self._facts(facts, level)

    def _chain(self, node: Node, level: int) -> Iterator[Line]:
        names: list[str] = []
        while True:
            label, node = self._label(node)
            names.append(label)
            if len(node.parts) != 1 or not _goes_on(node.parts[0]):
                break
            node = node.parts[0]
        chain = " > ".join(names)
        leading = list(takewhile(_is_fact, node.parts))
        if leading:
            chain += ": " + self._joined([part.event for part in leading])
        yield from self._paragraph(chain, level)
        yield from self.nodes(node.parts[len(leading) :], level + 1)

    def _label(self, node: Node) -> tuple[str, Node]:
        """What a call is called, and the node that holds what happened in it."""
        event = node.event
        if event.kind == "pm_callback" and len(node.parts) == 1:
            call = node.parts[0]
            if call.event.kind == CALL and str(event["callback"]).endswith("." + call.event.name):
                return f"{function(call.event.name)}({self.say(event['device'])}){_failed(call.event)}", call
        if event.kind != CALL:
            return told(event, self.say), node
        return function(event.name) + _failed(event), node

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

    def _facts(self, facts: list[Event], level: int) -> Iterator[Line]:
        if facts:
            yield from self._paragraph(self._joined(facts), level)

    def _paragraph(self, text: str, level: int) -> Iterator[Line]:
        indent = " " * (_MARGIN + 2 * level)
        yield from wrap(text, first=indent, rest=indent + "    ")

    def _mark(self, event: Event, level: int) -> Iterator[Line]:
        assert event.breach is not None
        mine = event.breach.key == self.key
        mark, style = ("!!", BAD) if mine else ("! ", WARN)
        indent = " " * (_MARGIN + 2 * level - 2)
        rule = "" if mine else f"  [{event.breach.rule}]"
        yield from wrap(told(event, self.say) + rule, style, first=f"{mark}{indent}", rest=f"  {indent}    ")


def layout(trace: Trace, key: tuple[str, ...], hidden: frozenset[str] = frozenset()) -> list[Line]:
    """The lines of a trace."""
    form = Layout(Say(trace.short), key, hidden)
    last = len(trace.steps) if trace.ending == BREAKS else 0
    lines = [line for step in trace.steps for line in form.step(step, step.number == last)]
    indent = " " * _MARGIN
    if trace.ending == BREAKS:
        return lines
    if trace.ending == SEEN:
        lines += [Line(f"{indent}and now that no call is under way:", HEAD)]
        for event in trace.seen:
            if event.breach is not None:
                lines += form._mark(event, 0)
        return lines
    if trace.ending == CIRCLES:
        lines += [Line(f"{indent}and then for ever:", HEAD)]
        lines += [line for step in trace.circle for line in form.step(step)]
        lines += [Line(f"{indent}and again from step {trace.circle[0].number}", HEAD)]
        return lines
    return [*lines, Line(f"!!{indent[2:]}and there it rests: nothing the kernel does by itself leads on", BAD)]


def trace_lines(setup: Setup, told: Told) -> list[Line]:
    """The lines of a finding's trace; counts of clocks without a gate are left out."""
    return layout(told.trace, told.breach.key, frozenset(clock.name for clock in setup.board.clocks if clock.fixed))
