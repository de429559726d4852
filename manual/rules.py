"""A page a rule: the promise, who makes it, a shortest trace that breaks it, its nearest neighbour that does not, the cure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from irqlab.properties import RULES, Rule
from manual.examples import COMPILED, EXAMPLES, Example
from manual.session import CUT, console, session

#: What is said of a rule whose findings are notes.
_NOTE = "It is a note: nobody suffers yet, and the exit status stays 0."


def page(name: str) -> str:
    """The page of one rule."""
    rule = RULES[name]
    lines = [f"# {name}", "", f"**{rule.promise.text}**", "", f"Broken when {rule.broken_when}.", "", rule.matters, ""]
    lines += _origin(rule)
    if name in EXAMPLES:
        lines += _example(name, EXAMPLES[name])
    else:
        lines += ["", "## A trace that breaks it", "", COMPILED[name]]
    lines += ["", "## What usually cures it", "", rule.cure]
    lines += ["", "[All promises](README.md). [How to read a trace](../reading-a-trace.md). Written by `python -m manual`."]
    return "\n".join(lines) + "\n"


def index() -> str:
    """The page that leads to them."""
    lines = [
        "# Promises",
        "",
        "What irqlab checks: each rule is one promise, and its name is stable. Each page has a shortest trace that breaks it and",
        "the nearest check that does not; only memory-leak takes a compiler. Written by `python -m manual`.",
        "",
    ]
    lines += ["| rule | promise | made by |", "|---|---|---|"]
    lines += [f"| [{name}]({name}.md) | {rule.promise.text} | {rule.promise.by} |" for name, rule in RULES.items()]
    return "\n".join(lines) + "\n"


def _origin(rule: Rule) -> Iterator[str]:
    promise = rule.promise
    yield "| | |"
    yield "|---|---|"
    yield f"| promised by | {promise.by} |"
    yield f"| in the kernel | {', '.join(map(_code, promise.sources))} |"
    yield f"| since | {promise.since} |"


def _code(source: str) -> str:
    """``function() in file`` with the function as code."""
    function, _, file = source.partition(" in ")
    return f"`{function}` in {file}"


def _example(name: str, example: Example) -> Iterator[str]:
    broken, kept = session(f"irqlab check {example.breaks}"), session(f"irqlab check {example.keeps}")
    yield from ("", "## A trace that breaks it", "", example.why, "")
    yield from console(broken.command, [*broken.verdict, CUT, *broken.finding(name), CUT])
    if broken.status == 0:
        yield from ("", _NOTE)
    yield from ("", "## Its nearest neighbour that does not", "", f"{example.differs}{_beside(name, kept.names)}", "")
    yield from console(kept.command, [*kept.verdict, CUT])


def _beside(name: str, names: list[str]) -> str:
    """What the neighbour breaks instead; never the rule itself."""
    assert name not in names, f"the neighbour of {name} breaks it too"
    others = ", ".join(f"[{other}]({other}.md)" for other in names)
    return f" What is still broken is another promise: {others}." if others else ""


def _pages() -> Iterator[tuple[str, Callable[[], str]]]:
    for name in RULES:
        yield f"rules/{name}.md", partial(page, name)
    yield "rules/README.md", index


PAGES = dict(_pages())
