"""``irqlab conform``: the kernel in Python held against the tree's own, in random orders that a seed repeats.

The emulator runs in a child process, as for ``irqlab check`` of compiled drivers.

Tests: ``tests/cli/test_conform.py``, ``tests/real/test_conform.py``.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from irqlab.cli import isolated
from irqlab.cli.answer import Answer
from irqlab.cli.child import Request
from irqlab.cli.guard import COMPILED_PATIENCE, Watchdog, guarded
from irqlab.cli.help import Help
from irqlab.cli.link import Link
from irqlab.cli.options import count
from irqlab.cli.progress import Progress
from irqlab.cli.status import BROKEN, KEPT, NOT_DECIDED
from irqlab.cli.versions import modelled
from irqlab.kernel.release import release

if TYPE_CHECKING:
    from argparse import _SubParsersAction

    from irqlab.conform.compare import Pair

HELP = Help(
    {
        0: "no difference",
        1: "a difference",
        2: "the input or the command is wrong: one line says what, where, and what to do",
        3: "not decided",
    },
    ("irqlab conform --tree ~/linux", "irqlab conform --tree ~/linux --steps 100000 --seed 7"),
)


def add(commands: _SubParsersAction[Any]) -> None:
    """Adds the sub-command."""
    command = commands.add_parser(
        "conform",
        help="hold the kernel in Python against the tree's own kernel/irq and runtime PM",
        description=(
            "Builds kernel/irq and runtime PM of a kernel tree, runs them in an emulated CPU beside the kernel in Python, does "
            "the same to both in random orders, and compares after each step what they return, believe and call. A "
            "difference is made short and printed."
        ),
        epilog=HELP.epilog(),
        allow_abbrev=False,
    )
    option = command.add_argument
    option("--tree", metavar="PATH", required=True, help="the top of a kernel tree ('irqlab tree get')")
    option("--steps", metavar="N", type=count, default=10_000, help="how many steps; 10000 if not given")
    option("--seed", metavar="N", type=int, default=1, help="which orders; 1 if not given")
    option("--order", metavar="N", type=int, help="only this order of the seed, as a difference names it")
    command.set_defaults(run=run, answer=answer)


def run(args: argparse.Namespace) -> int:
    """Runs the sub-command."""
    from irqlab.tree import open_tree

    open_tree(args.tree)  # said before a child begins
    return isolated.run(args.words, "the tree's core")


def answer(args: argparse.Namespace, link: Link, request: Request) -> Answer:
    """What the child does."""
    from irqlab.conform.compare import Pair, Tally
    from irqlab.conform.real import image_of
    from irqlab.report.conform import report
    from irqlab.tree import open_tree

    tree = open_tree(args.tree)
    name, assumed = modelled(tree.version)
    link.tell(f"building kernel/irq of Linux {tree.version}")
    image = image_of(tree)
    if assumed:
        link.send(warning=assumed)
    tally, watchdog, progress = Tally(), Watchdog(COMPILED_PATIENCE), Progress(link)
    watchdog.moves = lambda: (tally.steps, tally.runs)
    with guarded("the tree's core", compiled=True), link.watching(watchdog), progress:
        pair = Pair(release(name), image)
        found = _search(args, pair, tally, link, progress)
    lines = report(found, tally, tree.version, name)
    if found is not None and found.linux.not_modelled:
        return Answer.of(NOT_DECIDED, lines)
    if found is not None:
        return Answer.of(BROKEN, lines)
    return Answer.of(NOT_DECIDED if progress.interrupted else KEPT, lines)


def _search(args: argparse.Namespace, pair: Pair, tally: Any, link: Link, progress: Progress) -> Any:
    from irqlab.conform.orders import order
    from irqlab.conform.shrink import shrink

    number = args.order if args.order is not None else 0
    while tally.steps < args.steps and not progress.interrupted:
        found = pair.run(order(args.seed, number), tally)
        if found is not None:
            link.tell(f"a difference after {tally.steps} steps: making it short")
            return shrink(pair, found, tally)
        if args.order is not None:
            break
        number += 1
        link.tell(f"{tally.steps} of {args.steps} steps, {tally.orders} orders, no difference")
    return None
