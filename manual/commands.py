"""A page a sub-command, made of its parser and of what its module says of itself."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from functools import partial

from irqlab.cli import kbuild
from irqlab.cli.arguments import COMMANDS, parser
from irqlab.cli.help import Help

#: Where more is said of a command: below ``docs``, and in which words.
MORE = {
    "check": (
        ("tutorial.md", "a driver of your own"),
        ("reading-a-trace.md", "how to read what it prints"),
        ("compiled.md", "in C"),
    ),
    "cures": (("rules/README.md", "what usually cures each promise"),),
    "compare": (("rules/README.md", "the promises"),),
    "review": (("review/README.md", "three patches, and what it replies"),),
    "replay": (("reading-a-trace.md", "what is repeated, and what a seal is"),),
    "list": (("rules/README.md", "the promises"), ("commands/README.md", "the commands")),
    "explain": (("rules/README.md", "the same of each promise, with a trace"),),
    "survey": (("survey-6.12.md", "every irqchip driver of 6.12"),),
    "conform": (("fidelity.md", "what it found"), ("core.md", "the tree's own core")),
    "kbuild": (("kbuild.md", "how it is set up"),),
    "b4-check": (("b4.md", "how it is set up"),),
    "thread": (("thread.md", "what it prints, as a page"),),
    "tree": (("compiled.md", "what the sources are for"),),
}

#: What writes JSON of a published format, and where its schema is.
SCHEMAS = {"check": "finding-1", "cures": "cures-1", "compare": "comparison-1", "review": "review-1"}

Action = argparse.Action
Sub = argparse._SubParsersAction


def page(name: str) -> str:
    """The page of one sub-command."""
    command, said = _parsers()[name], _said()[name]
    lines = [f"# irqlab {name}", "", _sentence(command), "", *_usage(command)]
    for action in command._actions:
        if isinstance(action, Sub):
            for which, below in action.choices.items():
                lines += ["", f"## irqlab {name} {which}", "", _sentence(below), "", *_usage(below)]
    lines += ["", "## Exit status", "", *(f"* {status}: {meaning}" for status, meaning in said.statuses.items())]
    if said.examples:
        lines += ["", "## Examples", "", "```sh", *said.examples, "```"]
    if said.notes:
        lines += ["", said.notes]
    if name in SCHEMAS:
        schema = f"{SCHEMAS[name]}.schema.json"
        lines += ["", f"Its JSON is as [{schema}](../../src/irqlab/report/{schema}) says."]
    more = [f"[{words}](../{path})" for path, words in MORE[name]]
    lines += ["", f"More: {', '.join(more)}. Written by `python -m manual`."]
    return "\n".join(lines) + "\n"


def index() -> str:
    """The page that leads to them."""
    lines = ["# Commands", "", "Each page is made of the command's own `--help`. Written by `python -m manual`.", ""]
    lines += ["| command | does |", "|---|---|"]
    helps = {choice.dest: choice.help for choice in _subparsers()._choices_actions}
    lines += [f"| [`irqlab {name}`]({name}.md) | {helps[name]} |" for name in _parsers()]
    lines += [
        "",
        "Whatever is wrong with a command or a file ends in one line on standard error (what, where, what to do) and status 2.",
        "Ctrl-C ends an exploration with what it has: what was not looked at is not decided (3, or 1 if something is broken).",
        "Reports are plain text of at most 100 columns in a pipe, with colour on a terminal.",
    ]
    return "\n".join(lines) + "\n"


# -- parts ---------------------------------------------------------------------------------------------------------


def _usage(command: argparse.ArgumentParser) -> list[str]:
    """What is typed, then what each word means."""
    known = [action for action in command._actions if action.help != argparse.SUPPRESS and action.dest != "help"]
    options = [action for action in known if action.option_strings]
    words = [_spelled(option) for option in options if option.required]
    words += ["[OPTION…]"] if any(not option.required for option in options) else []
    words += [_place(action) for action in known if not action.option_strings]
    lines = ["```", command.usage or " ".join([command.prog, *words]), "```"]
    rows = [*(action for action in known if not action.option_strings and not isinstance(action, Sub)), *options]
    return [*lines, "", *map(_row, rows)] if rows else lines


def _row(action: Action) -> str:
    name = _spelled(action) if action.option_strings else _place(action).strip("[]")
    return f"* `{name}`: {str(action.help).replace('%%', '%')}"


def _spelled(option: Action) -> str:
    """``--json [FILE]``, ``--memo, --no-memo``."""
    names = ", ".join(option.option_strings)
    if option.nargs == 0:
        return names
    what = option.metavar or "|".join(map(str, option.choices or ()))
    return f"{names} [{what}]" if option.nargs == "?" else f"{names} {what}"


def _place(action: Action) -> str:
    """``TARGET``, ``[TARGET]``."""
    name = str(action.metavar or action.dest)
    return f"[{name}]" if action.nargs == "?" else name


def _sentence(command: argparse.ArgumentParser) -> str:
    return " ".join((command.description or "").split())


def _subparsers() -> argparse._SubParsersAction[argparse.ArgumentParser]:
    return next(action for action in parser()._actions if isinstance(action, Sub))


def _parsers() -> dict[str, argparse.ArgumentParser]:
    return {**_subparsers().choices, "kbuild": kbuild.options()}  # it reads kbuild's lines, so its own parser has no options


def _said() -> dict[str, Help]:
    return dict(zip(_parsers(), (module.HELP for module in COMMANDS), strict=True))


def _pages() -> Iterator[tuple[str, Callable[[], str]]]:
    for name in _parsers():
        yield f"commands/{name}.md", partial(page, name)
    yield "commands/README.md", index


PAGES = dict(_pages())
