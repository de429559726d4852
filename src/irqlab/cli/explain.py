"""``irqlab explain``: what a rule, switch, cure, driver, kernel, scope, board or kind of consumer is."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from irqlab.board import load, names
from irqlab.cli.help import READS, Help
from irqlab.cli.names import close
from irqlab.cli.output import show
from irqlab.cli.status import KEPT
from irqlab.cli.words import paragraphs
from irqlab.drivers import CONTROLLERS
from irqlab.drivers.consumer import KINDS
from irqlab.errors import InputError
from irqlab.explore.scope import SCOPES
from irqlab.kernel.release import RELEASES, SWITCHES
from irqlab.properties import RULES
from irqlab.report.lines import HEAD, Line, wrap
from irqlab.verdict.cures import CURES

if TYPE_CHECKING:
    from argparse import _SubParsersAction

Rows = list[tuple[str, str]]


def _rule(name: str) -> Rows:
    rule = RULES[name]
    promise = rule.promise
    return [
        ("promise", promise.text),
        ("made by", promise.by),
        ("since", promise.since),
        *(("in the kernel", source) for source in promise.sources),
        ("broken when", rule.broken_when),
        ("why it matters", rule.matters),
        ("usual cure", rule.cure),
        ("with a trace", f"docs/rules/{name}.md, in irqlab's sources"),
    ]


def _switch(name: str) -> Rows:
    switch = SWITCHES[name]
    where = [release.name for release in RELEASES.values() if release.has(name)]
    needs = [driver.name for driver in CONTROLLERS.values() if name in driver.needs]
    return [
        ("what", switch.what),
        ("origin", switch.origin),
        ("set in", ", ".join(where) or "no release: set it with --with"),
        ("needed by", ", ".join(needs) or "no driver"),
    ]


def _driver(name: str) -> Rows:
    driver = CONTROLLERS[name]
    rows = [("what", text) for text in paragraphs(driver)]
    rows.append(("compatible", ", ".join(driver.compatible)))
    rows += [("needs", f"{need}: {SWITCHES[need].what} [{SWITCHES[need].origin}]") for need in driver.needs]
    rows += [("not with", f"{other}: {SWITCHES[other].what} [{SWITCHES[other].origin}]") for other in driver.forbids]
    fits = [r.name for r in RELEASES.values() if all(map(r.has, driver.needs)) and not any(map(r.has, driver.forbids))]
    return [*rows, ("kernels", ", ".join(fits) or "none without switches")]


def _kernel(name: str) -> Rows:
    release = RELEASES[name]
    return [("claim", release.claim), *((switch, SWITCHES[switch].what) for switch in sorted(release.switches))]


def _cure(name: str) -> Rows:
    cure = CURES[name]
    takers = [driver.name for driver in CONTROLLERS.values() if name in driver.takes]
    how = f"the switch {cure.switch}: --with {cure.switch}" if cure.switch else f"DRIVER+{name}"
    rows = [("what", cure.what), ("origin", cure.origin), ("reach", cure.reach), ("how", how)]
    return rows if cure.switch else [*rows, ("taken by", ", ".join(takers) or "no driver")]


def _scope(name: str) -> Rows:
    return [("what may happen", part) for part in str(SCOPES[name]).split("; ")]


def _board(name: str) -> Rows:
    board = load(name)
    parts = [
        (part.label or part.name, f"{part.kind}, {', '.join(part.node.compatible)}, {part.node.path}") for part in board.parts
    ]
    return [*parts, *(("assumed", text) for text in board.assumptions)]


def _consumer(name: str) -> Rows:
    return [("what", KINDS[name].what), ("how", f"--set consumers=a:{name}")]


def kinds() -> dict[str, tuple[Mapping[str, Any], Callable[[str], Rows]]]:
    """Everything that can be explained."""
    return {
        "rule": (RULES, _rule),
        "switch": (SWITCHES, _switch),
        "driver": (CONTROLLERS, _driver),
        "kernel": (RELEASES, _kernel),
        "cure": (CURES, _cure),
        "scope": (SCOPES, _scope),
        "board": (dict.fromkeys(names()), _board),
        "consumer": (KINDS, _consumer),
    }


HELP = Help(READS, ("irqlab explain dead-register-access", "irqlab explain irqsteer@6.11"))


def add(commands: _SubParsersAction[Any]) -> None:
    """Adds the sub-command."""
    command = commands.add_parser(
        "explain",
        help="what a rule, switch, cure, driver, kernel, scope, board or kind of consumer is",
        description="What a rule, switch, cure, driver, kernel, scope, board or kind of consumer is.",
        epilog=HELP.epilog(),
        allow_abbrev=False,
    )
    command.add_argument("name", metavar="NAME", help="a name that 'irqlab list' shows")
    command.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Runs the sub-command."""
    lines: list[Line] = []
    known: list[str] = []
    for kind, (table, rows) in kinds().items():
        known += table
        if args.name in table:
            lines += [*([Line()] if lines else []), Line(f"{kind} {args.name}", HEAD)]
            said = rows(args.name)
            width = max(len(label) for label, _ in said)
            last = ""
            for label, text in said:
                lines += wrap(text, first=f"  {label if label != last else '':<{width}}  ")
                last = label
    if not lines:
        raise InputError(f"there is nothing named '{args.name}': {close(args.name, known)}")
    show(lines)
    return KEPT
