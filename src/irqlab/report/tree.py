"""What happened in a step, as calls within calls, cut down to what a reader wants.

* irqlab's plumbing, locks and register accessors give way to what is in them;
* a call in which nothing happened is left out, unless that is what it says (``mask_irq`` of what is believed masked);
* a callback takes in the function it calls; counts that go up and down again in a row are left out;
* functions that a compiled function calls, or that the compiler put into it, are calls like others.

Tests: ``tests/report/test_trace.py``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from irqlab.explore.trace import CALL, Event
from irqlab.report.places import frames
from irqlab.report.words import consumers, ours

if TYPE_CHECKING:
    from irqlab.guest.types import Place

#: Calls that are never worth a word: what happens in them is told where they are called.
SILENT = frozenset(
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

#: Calls that say something even where nothing happened in them.
TELLING = frozenset({"mask_irq", "unmask_irq", "irq_set_irqchip_state", "synchronize_irq"})

#: Notes that have the call that follows inside them.
_OPENING = frozenset({"callback", "pm_callback"})

_CLK = frozenset({"clk_enable", "clk_disable", "clk_prepare", "clk_unprepare"})

#: Counts of which a rise and a fall in a row say nothing.
_PASSING = frozenset({"rpm_usage"})


@dataclass
class Node:
    """A call with what happened in it, or something that happened.

    :ivar caller: where a function within compiled code is called.
    """

    event: Event
    parts: list[Node] = field(default_factory=list)
    caller: Place | None = None

    @property
    def opens(self) -> bool:
        """Whether other nodes may be in it."""
        return self.event.kind == CALL or self.event.kind in _OPENING

    @property
    def is_fact(self) -> bool:
        """Something that happened, with nothing in it and nothing broken."""
        return self.event.breach is None and self.event.kind != CALL and not self.parts


def tree(events: Iterable[Event]) -> list[Node]:
    """The events as calls within calls."""
    top = Node(Event(-1, CALL))
    path: list[Node] = [top]
    for event in events:
        del path[event.depth + 1 :]
        node = Node(event)
        _within(path[-1], event).append(node)
        if event.kind == CALL:
            path.append(node)
    return top.parts


def _within(call: Node, event: Event) -> list[Node]:
    """Where in a call an event belongs: deeper where compiled code did it in a function that the kernel did not call."""
    parts = call.parts
    if not event.chain or not call.event.compiled:
        return parts
    for name, caller in frames(event.chain, call.event.name):
        last = parts[-1] if parts else None
        if last is None or last.event.kind != CALL or (last.event.name, last.caller) != (name, caller):
            last = Node(Event(event.depth, CALL, name, call.event.module), caller=caller)
            parts.append(last)
        parts = last.parts
    return parts


def shaped(events: Iterable[Event], hidden: frozenset[str] = frozenset()) -> list[Node]:
    """The nodes a reader wants of a step.

    :param hidden: clocks whose counts nobody asks for, for they have no gate.
    """
    nodes = tree(events)
    return _without_passing(_callbacks(_visible(nodes, hidden, top=True)))


def _visible(nodes: list[Node], hidden: frozenset[str], *, top: bool) -> list[Node]:
    shown: list[Node] = []
    for node in nodes:
        event = node.event
        if event.kind != CALL:
            _add_fact(shown, node, hidden)
            continue
        through = ours(event) or event.name in SILENT or event.reopened
        parts = _visible(node.parts, hidden, top=top and through and not event.reopened)
        if through:
            if not parts and consumers(event) and shown and shown[-1].event.kind == "pm_callback":
                shown.pop()  # a consumer's callback that has nothing to do
            shown.extend(_placed(parts, event))
        elif parts or top or event.name in TELLING or event.open or not event.module.startswith("irqlab.kernel."):
            shown.append(Node(event, parts, node.caller))
    return shown


def _placed(parts: list[Node], through: Event) -> list[Node]:
    """What happened in a call that is not shown, at the place of that call."""
    if not through.chain or through.name not in SILENT:
        return parts
    for node in parts:
        if not node.event.chain:
            node.event = replace(node.event, chain=through.chain)
    return parts


def _add_fact(shown: list[Node], node: Node, hidden: frozenset[str]) -> None:
    event = node.event
    before = shown[-1].event if shown else None
    if event.kind in _CLK and str(event["clk"]) in hidden:
        return
    if event.kind == "hang" and before is not None and before.kind == "stuck":
        return  # the rule has said so
    if event.kind == "power" and before is not None and before.kind == "genpd" and before["domain"] == event["name"]:
        shown.pop()  # genpd says the same of its own bookkeeping
    shown.append(Node(event))


def _callbacks(nodes: list[Node]) -> list[Node]:
    """A callback takes in the function it calls."""
    merged: list[Node] = []
    for node in nodes:
        node.parts = _callbacks(node.parts)
        if merged and merged[-1].event.kind in _OPENING and not merged[-1].parts and node.event.kind == CALL:
            merged[-1].parts.append(node)
        else:
            merged.append(node)
    return merged


def _without_passing(nodes: list[Node]) -> list[Node]:
    """Without references that are taken and given back in a row, and calls in which nothing else happened."""
    kept: list[Node] = []
    for node in nodes:
        emptied = bool(node.parts)
        node.parts = _without_passing(node.parts)
        emptied = emptied and not node.parts
        if emptied and node.event.name not in TELLING and not node.event.open:
            continue
        if kept and _undoes(node.event, kept[-1].event):
            kept.pop()
            continue
        kept.append(node)
    return kept


def _undoes(event: Event, before: Event) -> bool:
    if event.kind not in _PASSING or event.kind != before.kind or event["device"] != before["device"]:
        return False
    return event["usage"] == before["was"] and before["was"] is not None
