"""How well conform sees: mutants of the kernel in Python, made automatically, that it must tell from the tree's own core.

``python -m bench.mutants TREE [--sample N] [--steps N] [--jobs N] [--module NAME]`` prints a line a mutant and the share that
was killed.

A mutant is one small change of one function: a comparison turned round, ``and`` for ``or``, a condition negated, a number one
more, a statement left out.  It is made in the code of the running process (a fork of one that has the core loaded), so nothing
is written and nothing is built again.
"""

from __future__ import annotations

import argparse
import ast
import importlib
import inspect
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from random import Random
from types import CodeType, FunctionType
from typing import Any

import irqlab
from irqlab.state.tape import Unwind

HOME = Path(irqlab.__file__).parent

#: What is mutated: the rooms that conform compares.
MODULES = tuple(
    f"irqlab.kernel.{name}"
    for name in (
        *("irq.chip", "irq.flow", "irq.handle", "irq.manage", "irq.thread", "irq.synchronize", "irq.resend", "irq.pm"),
        *("irq.setup", "irq.state", "irq.trigger", "irq.kexec", "irq.percpu", "irq.nmi", "irq.irqchip_state", "irq.desc"),
        *("irq.affinity", "irq.activate", "irq.cpuhotplug", "irq.hierarchy", "irq.mapping", "irq.parent", "irq.revmap"),
        *("pm.runtime", "pm.rpm", "pm.look", "pm.control", "pm.power", "pm.force"),
    )
)

_TURNED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.GtE,
    ast.GtE: ast.Lt,
    ast.Gt: ast.LtE,
    ast.LtE: ast.Gt,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
_SWAPPED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
}


@dataclass(frozen=True)
class Mutant:
    """One change: the ``number``-th that is possible in a function."""

    module: str
    function: str
    number: int
    line: int
    what: str

    def __str__(self) -> str:
        return f"{self.module.removeprefix('irqlab.kernel.')}:{self.line} {self.function}(): {self.what}"


def changes(function: ast.FunctionDef) -> Iterator[tuple[int, str, Callable[[], None]]]:
    """Every change of a function: its line, what it is, and how to make it (in place)."""
    for node in _walk(function):
        if isinstance(node, ast.Compare) and type(node.ops[0]) in _TURNED:
            yield node.lineno, f"{ast.unparse(node)}, turned round", _turn(node)
        elif isinstance(node, ast.BoolOp):
            other = ast.Or if isinstance(node.op, ast.And) else ast.And
            yield node.lineno, f"{ast.unparse(node)}, with {other.__name__.lower()}", _set(node, "op", other())
        elif isinstance(node, ast.BinOp) and type(node.op) in _SWAPPED and not isinstance(node.left, ast.JoinedStr):
            yield node.lineno, f"{ast.unparse(node)}, another operator", _set(node, "op", _SWAPPED[type(node.op)]())
        elif isinstance(node, ast.Constant) and isinstance(node.value, bool):
            yield node.lineno, f"{node.value} for {not node.value}", _set(node, "value", not node.value)
        elif isinstance(node, ast.Constant) and isinstance(node.value, int):
            yield node.lineno, f"{node.value + 1} for {node.value}", _set(node, "value", node.value + 1)
        elif isinstance(node, ast.If):
            negated = ast.UnaryOp(ast.Not(), node.test)
            yield node.lineno, f"if not ({ast.unparse(node.test)})", _set(node, "test", negated)
        for name in ("body", "orelse"):
            block = getattr(node, name, None)
            if isinstance(block, list):
                for at, statement in enumerate(block):
                    if _may_go(statement):
                        yield statement.lineno, f"without {ast.unparse(statement).splitlines()[0]}", _leave_out(block, at)


def _walk(node: ast.AST) -> Iterator[ast.AST]:
    """All that runs: annotations do not."""
    yield node
    for name, value in ast.iter_fields(node):
        if name not in ("annotation", "returns", "decorator_list"):
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST):
                    yield from _walk(child)


def _may_go(statement: ast.stmt) -> bool:
    """Whether leaving a statement out leaves a function: a call (none that only tells), or a field that is set."""
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        return not ast.unparse(statement.value.func).endswith((".trace", "might_sleep", "point"))
    targets = statement.targets if isinstance(statement, ast.Assign) else []
    return isinstance(statement, ast.AugAssign) or any(isinstance(target, ast.Attribute) for target in targets)


def _turn(node: ast.Compare) -> Callable[[], None]:
    def make() -> None:
        node.ops[0] = _TURNED[type(node.ops[0])]()

    return make


def _set(node: ast.AST, name: str, value: Any) -> Callable[[], None]:
    return lambda: setattr(node, name, value)


def _leave_out(block: list[ast.stmt], at: int) -> Callable[[], None]:
    def make() -> None:
        block[at] = ast.copy_location(ast.Pass(), block[at])

    return make


def _functions(tree: ast.Module) -> Iterator[ast.FunctionDef]:
    return (node for node in tree.body if isinstance(node, ast.FunctionDef))


def mutants(modules: Sequence[str] = MODULES) -> list[Mutant]:
    """All there are, in order."""
    found = []
    for module in modules:
        for function in _functions(_parsed(module)):
            for number, (line, what, _) in enumerate(changes(function)):
                found.append(Mutant(module, function.name, number, line, what))
    return found


def _parsed(module: str) -> ast.Module:
    path = HOME.parent / (module.replace(".", "/") + ".py")
    return ast.parse(path.read_text(), str(path))


def make(mutant: Mutant) -> None:
    """Changes the running process."""
    tree = _parsed(mutant.module)
    function = next(node for node in _functions(tree) if node.name == mutant.function)
    _, _, change = list(changes(function))[mutant.number]
    change()
    tree = deepcopy(tree)
    ast.fix_missing_locations(tree)
    code = compile(tree, mutant.module, "exec", dont_inherit=True)
    wanted = next(one for one in code.co_consts if isinstance(one, CodeType) and one.co_name == mutant.function)
    target = inspect.unwrap(getattr(importlib.import_module(mutant.module), mutant.function))
    assert isinstance(target, FunctionType)
    target.__code__ = wanted


def judge(pair: Any, mutant: Mutant, steps: int, seed: int) -> str:
    """How conform sees a mutant; empty if it does not.  Changes the running process."""
    from irqlab.conform.compare import Tally
    from irqlab.conform.orders import order

    make(mutant)
    tally, number = Tally(), 0
    try:
        while tally.steps < steps:
            found = pair.run(order(seed, number), tally)
            if found is not None:
                return f"{found.facts[0][0]} after {tally.steps} steps"
            number += 1
    except Exception as error:  # whatever a mutant does wrong tells it from the kernel
        return f"{type(error).__name__} after {tally.steps} steps"
    return ""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.mutants", description=__doc__)
    parser.add_argument("tree")
    parser.add_argument("--sample", type=int, default=200)
    parser.add_argument("--steps", type=int, default=6000)
    parser.add_argument("--seconds", type=int, default=90, help="that one mutant may take: it hangs then, and is killed")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--module", action="append", help="only of this one: irq.mapping")
    args = parser.parse_args()
    from irqlab.conform.compare import Pair
    from irqlab.conform.real import image_of
    from irqlab.kernel.release import release
    from irqlab.tree import open_tree

    tree = open_tree(args.tree)
    pair = Pair(release(".".join(tree.version.split(".")[:2])), image_of(tree))
    every = mutants([f"irqlab.kernel.{name}" for name in args.module or ()] or MODULES)
    chosen = sorted(Random(args.seed).sample(range(len(every)), min(args.sample, len(every))))
    print(f"{len(every)} mutants, {len(chosen)} of them tried, {args.steps} steps each, Linux {tree.version}", flush=True)
    running: dict[int, tuple[Mutant, int, float]] = {}
    waiting = [every[at] for at in chosen]
    survived: Counter[str] = Counter()
    killed = 0
    while waiting or running:
        while waiting and len(running) < args.jobs:
            mutant = waiting.pop(0)
            reader, writer = os.pipe()
            child = os.fork()
            if not child:
                os.close(reader)
                try:
                    os.write(writer, judge(pair, mutant, args.steps, args.seed).encode() or b"-")
                except Unwind:
                    os.write(writer, b"an oops where nothing may stop")
                finally:
                    os._exit(0)
            os.close(writer)
            running[child] = (mutant, reader, time.monotonic())
        child, _ = os.waitpid(-1, os.WNOHANG)
        if not child:
            time.sleep(0.05)
            for pid, (_, _, began) in running.items():
                if time.monotonic() - began > args.seconds:
                    os.kill(pid, 9)
            continue
        mutant, reader, _ = running.pop(child)
        with open(reader, "rb") as pipe:
            said = pipe.read().decode()
        if said == "-":
            survived[mutant.module] += 1
            print(f"survived  {mutant}", flush=True)
        else:
            killed += 1
            print(f"killed    {mutant}: {said or 'hangs'}", flush=True)
    print(f"{killed} of {len(chosen)} killed ({100 * killed / max(len(chosen), 1):.0f} %)")
    for module, count in sorted(survived.items()):
        print(f"  {module.removeprefix('irqlab.kernel.')}: {count} survived")
    return 0


if __name__ == "__main__":
    sys.exit(main())
