"""How well conform sees: mutants of the kernel in Python, made automatically, that it must tell from the tree's own core.

``python -m bench.mutants TREE [--sample N] [--seed N] [--steps N] [--orders SEED] [--only TEXT] [--jobs N]`` prints a line a
mutant and the share that was killed.

A mutant is one small change of one function: a comparison turned round, ``and`` for ``or``, a condition negated, a number one
more, a statement left out.  It is made in the code of the running process (a fork of one that has what is needed loaded), so
nothing is written and nothing is built again.

The tree's core does not change, so it goes through the orders once, and what is seen of it is kept; a mutant goes only through
those orders in which the kernel in Python comes to what it changes.  It is **killed** by a difference, by an exception that the
kernel in Python does not raise, or because it hangs; it **survives** orders that come to it (``not told apart``) or because none
does (``never run``).  What fails before the first order, in the tool, is neither: it ends the run.

``--seed`` draws the sample: by names, so that a change of one function leaves the others drawn as they were.
"""

from __future__ import annotations

import argparse
import ast
import importlib
import inspect
import os
import signal
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from types import CodeType, FrameType, FunctionType
from typing import Any

import irqlab
from irqlab.conform.compare import Pair
from irqlab.conform.orders import Order, order
from irqlab.conform.step import Seen
from irqlab.state.tape import Unwind

HOME = Path(irqlab.__file__).parent

#: What is mutated: the rooms that conform compares.
MODULES = tuple(
    f"irqlab.kernel.{name}"
    for name in (
        *("irq.chip", "irq.flow", "irq.handle", "irq.manage", "irq.thread", "irq.synchronize", "irq.resend", "irq.pm"),
        *("irq.setup", "irq.state", "irq.trigger", "irq.kexec", "irq.percpu", "irq.nmi", "irq.irqchip_state", "irq.desc"),
        *("irq.affinity", "irq.activate", "irq.cpuhotplug", "irq.hierarchy", "irq.mapping", "irq.parent", "irq.revmap"),
        *("irq.spurious", "pm.runtime", "pm.rpm", "pm.look", "pm.control", "pm.power", "pm.force", "pm.wakeirq", "pm.wakeup"),
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

#: Calls that only tell, or are where others may act.
_TELLING = (".trace", "might_sleep", "point")

#: The lines of a file.
Lines = frozenset[tuple[str, int]]


@dataclass(frozen=True)
class Mutant:
    """One change: the ``number``-th that is possible in a function, in the statement on ``lines`` (first, last)."""

    module: str
    function: str
    number: int
    lines: tuple[int, int]
    what: str

    def __str__(self) -> str:
        return f"{self.module.removeprefix('irqlab.kernel.')}:{self.lines[0]} {self.function}(): {self.what}"

    def drawn(self, seed: int) -> str:
        """Where it stands among those that a seed draws."""
        return sha256(f"{seed} {self.module} {self.function} {self.number} {self.what}".encode()).hexdigest()

    def is_run(self, ran: Lines) -> bool:
        """Whether its statement is among the lines that were run."""
        path = str(_path(self.module))
        return any((path, line) in ran for line in range(self.lines[0], self.lines[1] + 1))


# -- what can be changed -------------------------------------------------------------------------------------------------


def changes(function: ast.FunctionDef) -> Iterator[tuple[tuple[int, int], str, Callable[[], None]]]:
    """Every change of a function: the lines of its statement, what it is, and how to make it (in place)."""
    for statement in ast.walk(function):
        if isinstance(statement, ast.stmt) and statement is not function and not _tells(statement):
            lines = _lines(statement)
            for node in _header(statement):
                for what, make in _changes_of(node):
                    yield lines, what, make
        for name in ("body", "orelse"):
            block = getattr(statement, name, None)
            if isinstance(block, list):
                for at, one in enumerate(block):
                    if _may_go(one):
                        yield _lines(one), f"without {ast.unparse(one).splitlines()[0]}", _leave_out(block, at)


def _header(statement: ast.stmt) -> Iterator[ast.AST]:
    """The nodes of a statement but for the statements in it, and for what is only said of types."""
    waiting: list[ast.AST] = [statement]
    while waiting:
        node = waiting.pop(0)
        yield node
        for name, value in ast.iter_fields(node):
            if name not in ("annotation", "returns"):
                children = value if isinstance(value, list) else [value]
                waiting += [child for child in children if isinstance(child, ast.AST) and not isinstance(child, ast.stmt)]


def _lines(statement: ast.stmt) -> tuple[int, int]:
    """The lines of a statement up to the first statement in it."""
    inner = [one.lineno for one in ast.walk(statement) if isinstance(one, ast.stmt) and one is not statement]
    last = min(inner) - 1 if inner else statement.end_lineno or statement.lineno
    return statement.lineno, max(statement.lineno, last)


def _changes_of(node: ast.AST) -> Iterator[tuple[str, Callable[[], None]]]:
    if isinstance(node, ast.Compare) and type(node.ops[0]) in _TURNED:
        yield f"{ast.unparse(node)}, turned round", _turn(node)
    elif isinstance(node, ast.BoolOp):
        other = ast.Or if isinstance(node.op, ast.And) else ast.And
        yield f"{ast.unparse(node)}, with {other.__name__.lower()}", _set(node, "op", other())
    elif isinstance(node, ast.BinOp) and type(node.op) in _SWAPPED and not isinstance(node.left, ast.JoinedStr):
        yield f"{ast.unparse(node)}, another operator", _set(node, "op", _SWAPPED[type(node.op)]())
    elif isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield f"{node.value} for {not node.value}", _set(node, "value", not node.value)
    elif isinstance(node, ast.Constant) and isinstance(node.value, int):
        yield f"{node.value + 1} for {node.value}", _set(node, "value", node.value + 1)
    elif isinstance(node, ast.If):
        yield f"if not ({ast.unparse(node.test)})", _set(node, "test", ast.UnaryOp(ast.Not(), node.test))


def _tells(statement: ast.stmt) -> bool:
    """Whether a statement is a call that only tells."""
    call = statement.value if isinstance(statement, ast.Expr) else None
    return isinstance(call, ast.Call) and ast.unparse(call.func).endswith(_TELLING)


def _may_go(statement: ast.stmt) -> bool:
    """Whether leaving a statement out leaves a function: a call (none that only tells), or a field that is set."""
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        return not _tells(statement)
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


def mutants() -> list[Mutant]:
    """All there are, in order."""
    found = []
    for module in MODULES:
        for function in _functions(_parsed(module)):
            for number, (lines, what, _) in enumerate(changes(function)):
                found.append(Mutant(module, function.name, number, lines, what))
    return found


def _path(module: str) -> Path:
    return HOME.parent / (module.replace(".", "/") + ".py")


def _parsed(module: str) -> ast.Module:
    path = _path(module)
    return ast.parse(path.read_text(), str(path))


def make(mutant: Mutant) -> None:
    """Changes the running process."""
    tree = _parsed(mutant.module)
    function = next(node for node in _functions(tree) if node.name == mutant.function)
    _, _, change = list(changes(function))[mutant.number]
    change()
    ast.fix_missing_locations(tree)
    code = compile(tree, mutant.module, "exec", dont_inherit=True)
    wanted = next(one for one in code.co_consts if isinstance(one, CodeType) and one.co_name == mutant.function)
    target = inspect.unwrap(getattr(importlib.import_module(mutant.module), mutant.function))
    assert isinstance(target, FunctionType)
    target.__code__ = wanted


# -- what is known without mutants -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Known:
    """One order: what was seen of the tree's core after each step, and the lines of the kernel in Python that it runs."""

    order: Order
    seen: tuple[Seen, ...]
    ran: Lines


def known(pair: Pair, steps: int, seed: int) -> list[Known]:
    """Orders of so many steps."""
    found: list[Known] = []
    while sum(len(one.seen) for one in found) < steps:
        found.append(_known(pair, order(seed, len(found))))
    return found


def _known(pair: Pair, wanted: Order) -> Known:
    """An order gone through on both cores, which agree; then once more on the kernel in Python, its lines written down."""
    seen: list[Seen] = []
    pair.begin(wanted)
    for step in wanted.steps:
        seen.append(pair.linux.run(step))
        if pair.model.run(step).differences(seen[-1]):
            raise SystemExit(f"{wanted.name}: a difference without any mutant, which irqlab conform shows")
        if pair.linux.stuck or pair.model.stuck:
            break
    with _Lines() as lines:
        for _ in zip(seen, _model(pair, wanted), strict=False):
            pass
    return Known(wanted, tuple(seen), frozenset(lines.ran))


def _model(pair: Pair, wanted: Order) -> Iterator[Seen]:
    """What is seen of the kernel in Python alone."""
    pair.boot(pair.model, wanted)
    yield from (pair.model.run(step) for step in wanted.steps)


class _Lines:
    """Which lines of the modules are run meanwhile."""

    def __init__(self) -> None:
        self.ran: set[tuple[str, int]] = set()
        self._paths = {str(_path(module)) for module in MODULES}

    def __enter__(self) -> _Lines:
        sys.settrace(self._call)
        return self

    def __exit__(self, *_: object) -> None:
        sys.settrace(None)

    def _call(self, frame: FrameType, event: str, argument: Any) -> Any:
        return self._line if frame.f_code.co_filename in self._paths else None

    def _line(self, frame: FrameType, event: str, argument: Any) -> Any:
        self.ran.add((frame.f_code.co_filename, frame.f_lineno))
        return self._line


# -- one mutant --------------------------------------------------------------------------------------------------------------


def judge(pair: Pair, mutant: Mutant, orders: list[Known], seconds: float) -> str:
    """How a mutant is killed, and where; empty if it is not.  Changes the running process, and ends it if the mutant hangs."""
    make(mutant)
    for one in orders:
        signal.setitimer(signal.ITIMER_VIRTUAL, seconds)  # without a handler
        try:
            for at, (theirs, mine) in enumerate(zip(one.seen, _model(pair, one.order), strict=False)):
                facts = mine.differences(theirs)
                if facts:
                    return f"killed by a difference|{facts[0][0]}, {one.order.name}, step {at}"
        except (Exception, Unwind) as error:
            return f"killed by an exception|{type(error).__name__}, {one.order.name}"
    return f"survived, not told apart|{len(orders)} orders come to it"


def verdict(pair: Pair, mutant: Mutant, orders: list[Known], seconds: float) -> tuple[str, str]:
    """What becomes of a mutant, made in a process of its own, and where."""
    reached = [one for one in orders if mutant.is_run(one.ran)]
    if not reached:
        return "survived, never run", "no order comes to it"
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.write(writer, judge(pair, mutant, reached, seconds).encode())
        finally:
            os._exit(0)
    os.close(writer)
    with open(reader, "rb") as pipe:
        how, _, where = pipe.read().decode().partition("|")
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGVTALRM:
        return "killed by a hang", f"an order takes more than {seconds:g} s"
    if not how:
        raise SystemExit(f"{mutant}: cannot be made")
    return how, where


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.mutants", description=__doc__)
    parser.add_argument("tree")
    parser.add_argument("--sample", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1, help="which mutants")
    parser.add_argument("--steps", type=int, default=15000)
    parser.add_argument("--orders", type=int, default=1, help="the seed of the orders")
    parser.add_argument("--only", default="", help="mutants with this in their line")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--seconds", type=float, default=20, help="of CPU time for an order; one that needs more hangs")
    args = parser.parse_args()
    from irqlab.conform.real import image_of
    from irqlab.kernel.release import release
    from irqlab.tree import open_tree

    tree = open_tree(args.tree)
    pair = Pair(release(".".join(tree.version.split(".")[:2])), image_of(tree))
    every = [mutant for mutant in mutants() if args.only in str(mutant)]
    chosen = sorted(every, key=lambda mutant: mutant.drawn(args.seed))[: args.sample]
    print(f"{len(every)} mutants, {len(chosen)} of them tried, {args.steps} steps each, Linux {tree.version}", flush=True)
    orders = known(pair, args.steps, args.orders)
    count: Counter[str] = Counter()
    chosen.sort(key=every.index)
    with ThreadPoolExecutor(args.jobs) as pool:
        for mutant, (how, where) in zip(
            chosen, pool.map(lambda one: verdict(pair, one, orders, args.seconds), chosen), strict=True
        ):
            count[how] += 1
            print(f"{how:24} {mutant}: {where}", flush=True)
    killed = sum(number for how, number in count.items() if how.startswith("killed"))
    print(f"{killed} of {len(chosen)} killed ({100 * killed / max(len(chosen), 1):.0f} %)")
    for how, number in sorted(count.items()):
        print(f"  {how}: {number}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
