"""What happened in a step, as calls within calls, cut down to what a reader wants.

* irqlab's plumbing, locks and register accessors give way to what is in them;
* a call in which nothing happened is left out, unless that is what it says (``mask_irq`` of what is believed masked);
* a callback takes in the function it calls; counts that go up and down again in a row are left out.

Tests: ``tests/report/test_trace.py``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from irqlab.explore.trace import CALL, Event
from irqlab.report.words import consumers, ours

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
    """A call with what happened in it, or something that happened."""

    event: Event
    parts: list[Node] = field(default_factory=list)

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
    top: list[Node] = []
    path: list[list[Node]] = [top]
    for event in events:
        del path[event.depth + 1 :]
        node = Node(event)
        path[-1].append(node)
        if event.kind == CALL:
            path.append(node.parts)
    return top


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
            shown.extend(parts)
        elif parts or top or event.name in TELLING or event.open or not event.module.startswith("irqlab.kernel."):
            shown.append(Node(event, parts))
    return shown


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
