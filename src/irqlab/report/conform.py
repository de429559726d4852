"""What conform has to say: how much was compared, or the shortest order in which the cores part, side by side.

Tests: ``tests/report/test_conform.py``.
"""

from __future__ import annotations

from irqlab.conform.compare import Difference, Tally
from irqlab.conform.orders import OPERATIONS
from irqlab.conform.step import POWER, Line, Setup, Step
from irqlab.report.lines import BAD, DIM, GOOD, HEAD, WARN, wrap
from irqlab.report.lines import Line as Text


def report(found: Difference | None, tally: Tally, version: str, release: str) -> list[Text]:
    """The report, as lines."""
    compared = f"{tally.steps} steps in {tally.orders} orders on Linux {version} and on the kernel in Python ({release})"
    if found is None:
        return [Text(f"No difference: {compared}", GOOD), *_operations(tally)]
    if found.linux.not_modelled:
        said = dict(found.linux.facts)["hung"]
        lines = [Text("Not decided: the tree's core reached what irqlab does not model", WARN), *wrap(said, WARN, first="  ")]
    else:
        lines = [Text(f"The cores differ: after {compared}", BAD)]
    lines += [Text(), Text(f"{found.order.name}, made short", HEAD)]
    for number, line in enumerate(found.order.setup.lines, 1):
        lines += wrap(_line(line), DIM, first=f"  irq {number}  ")
    power = found.order.setup.power
    lines.append(Text(f"  PM device of the lines: {f'device {power}' if power >= 0 else 'none'}", DIM))
    lines += [Text(f"  {text}", DIM) for text in _around(found.order.setup)]
    for number, step in enumerate(found.order.steps, 1):
        lines += wrap(_step(step), first=f"{number:4}  ")
    lines.append(Text())
    for what, model, linux in found.facts:
        lines.append(Text(what, HEAD))
        lines += wrap(model or "nothing", first="  model  ")
        lines += wrap(linux or "nothing", first="  linux  ")
    return lines


def _operations(tally: Tally) -> list[Text]:
    counts = ", ".join(f"{name} {tally.operations[name]}" for name in OPERATIONS)
    return wrap(counts, DIM, first="  operations: ")


def _around(setup: Setup) -> list[str]:
    """What of a set-up is not as in most."""
    told = [f"{setup.cpus} CPUs"] * (setup.cpus > 1)
    told += ["a domain below that of the lines"] * setup.hierarchy
    told += ["no activation of the lines' domain"] * (setup.inactive & 1)
    told += ["no activation of the domain below"] * (setup.inactive >> 1 & setup.hierarchy)
    told += [f"line {at} is not mapped" for at in setup.absent]
    return told


def _line(line: Line) -> str:
    flags = [f"IRQCHIP flags {line.flags:#x}"] * bool(line.flags) + [f"settings {line.settings:#x}"] * bool(line.settings)
    flags += [mark.replace("_", " ") for mark in line.marks]
    flags += [f"{'managed' if managed else 'affine'} to {mask:#x}" for mask, managed in line.affinity]
    flags += [f"passes on {' '.join(line.passes)}"] * bool(line.passes)
    flags += [f"below {' '.join(line.below)}"] * bool(line.below)
    flags += [f"flags below {line.below_flags:#x}"] * bool(line.below_flags)
    return ", ".join([line.flow, " ".join(line.callbacks), *flags])


def _step(step: Step) -> str:
    name, args = step.op
    if name == "pm":
        told = f"pm_runtime_{POWER[args[1]]}(device {args[0]})"
    elif name == "request":
        irq, handler, thread, flags, user = args
        told = f"request_threaded_irq(irq {irq}, {'handler' if handler else 'NULL'}, {'thread_fn' if thread else 'NULL'}, "
        told += f"{flags:#x}, user {user})"
    else:
        told = f"{name}({', '.join(map(str, args))})"
    told = f"{told} in a hard interrupt" if step.how == "hardirq" else told
    answers = ", ".join(f"{what} of {number} answers {value}" for what, number, value in step.answers)
    handlers = "; ".join(_handling(*handling) for handling in step.handlers)
    return "; ".join(part for part in (told, answers, f"handlers: {handlers}" if handlers else "") if part)


def _handling(ops: tuple[tuple[str, tuple[int, ...]], ...], result: int, sleeps: bool) -> str:
    does = [f"{name}({', '.join(map(str, args))})" for name, args in ops]
    names = {0: "IRQ_NONE", 1: "IRQ_HANDLED", 2: "IRQ_WAKE_THREAD", 3: "IRQ_HANDLED|IRQ_WAKE_THREAD"}
    return ", ".join([*does, *["sleeps in a thread"] * sleeps, f"returns {names.get(result, result)}"])
