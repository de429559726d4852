"""Makes an order in which the cores differ short: what is left out makes no difference."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from irqlab.conform.compare import Difference, Pair, Tally
from irqlab.conform.orders import Order
from irqlab.conform.step import Line, Step

#: Runs that may be spent on it.
PATIENCE = 600


def shrink(pair: Pair, found: Difference, tally: Tally | None = None, patience: int = PATIENCE) -> Difference:
    """The shortest order that removing steps, answers, handlers and flags one by one leads to, about the same difference."""
    best = replace(found, order=replace(found.order, steps=found.order.steps[: found.at + 1]))
    again = True
    while again and patience > 0:
        again = False
        for smaller in _smaller(best.order):
            patience -= 1
            if tally is not None:
                tally.runs += 1
            if patience <= 0:
                break
            other = pair.run(smaller)
            if other is not None and _kind(other) == _kind(found):
                best = replace(other, order=replace(other.order, steps=other.order.steps[: other.at + 1]))
                again = True
                break
    return best


def _kind(difference: Difference) -> str:
    """What differs, whichever line or device it is."""
    return " ".join(sorted({name.split()[0] for name, _, _ in difference.facts}))


def _smaller(order: Order) -> Iterator[Order]:
    """Orders with something left out, the most first."""
    steps = order.steps
    size = max(1, len(steps) // 2)
    while size:
        for at in range(len(steps) - size, -1, -size):
            yield replace(order, steps=steps[:at] + steps[at + size :])
        size //= 2
    for at, step in enumerate(steps):
        for simpler in _simpler(step):
            yield replace(order, steps=(*steps[:at], simpler, *steps[at + 1 :]))
    for at, line in enumerate(order.setup.lines):
        for bit in range(20):
            if line.flags >> bit & 1:
                yield _with_line(order, at, replace(line, flags=line.flags & ~(1 << bit)))
            if line.settings >> bit & 1:
                yield _with_line(order, at, replace(line, settings=line.settings & ~(1 << bit)))
        for name in line.callbacks:
            if name not in ("irq_mask", "irq_unmask", "irq_eoi", "irq_ack"):
                yield _with_line(order, at, replace(line, callbacks=tuple(one for one in line.callbacks if one != name)))
        for plainer in _plainer(line):
            yield _with_line(order, at, plainer)
    for plain in ({"cpus": 1}, {"hierarchy": False}, {"inactive": 0}, {"absent": ()}):
        setup = replace(order.setup, **plain)
        if setup != order.setup:
            yield replace(order, setup=setup)
    if order.setup.power >= 0:
        yield replace(order, setup=replace(order.setup, power=-1))
    if any(order.setup.idle):
        yield replace(order, setup=replace(order.setup, idle=(False,) * len(order.setup.idle)))
    if order.setup.fixup:
        yield replace(order, setup=replace(order.setup, fixup=0))


def _plainer(line: Line) -> Iterator[Line]:
    """A line without what it has below, or without its place."""
    if line.affinity:
        yield replace(line, affinity=())
    if line.below_flags:
        yield replace(line, below_flags=0)
    for mark in line.marks:
        yield replace(line, marks=tuple(one for one in line.marks if one != mark))
    for name in line.passes:
        yield replace(line, passes=tuple(one for one in line.passes if one != name))


def _with_line(order: Order, at: int, line: Line) -> Order:
    lines = list(order.setup.lines)
    lines[at] = line
    return replace(order, setup=replace(order.setup, lines=tuple(lines)))


def _simpler(step: Step) -> Iterator[Step]:
    if step.answers:
        yield replace(step, answers=())
        for at in range(len(step.answers)):
            yield replace(step, answers=step.answers[:at] + step.answers[at + 1 :])
    if step.handlers:
        yield replace(step, handlers=())
        yield replace(step, handlers=step.handlers[:-1])
    for at, (ops, result, sleeps) in enumerate(step.handlers):
        yield from (Step("task", op) for op in ops)  # the same without a handler
        for simpler in ((ops[1:], result, sleeps), (ops[:-1], result, sleeps), (ops, 1, sleeps), (ops, result, False)):
            if simpler != (ops, result, sleeps):
                yield replace(step, handlers=(*step.handlers[:at], simpler, *step.handlers[at + 1 :]))
    name, args = step.op
    if name == "request":
        for bit in range(22):
            if args[3] >> bit & 1:
                yield replace(step, op=(name, (*args[:3], args[3] & ~(1 << bit), *args[4:])))
