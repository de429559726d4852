"""The help is the same everywhere, and each command says what its exit statuses mean and shows commands that can be typed."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from typing import Any

import pytest

from irqlab.cli.arguments import COMMANDS, parser
from irqlab.report.lines import WIDTH

Irqlab = Callable[..., Any]

NAMES = (
    *("check", "cures", "compare", "review", "replay", "list", "explain", "survey", "conform", "kbuild", "b4-check"),
    *("thread", "tree"),
)


@pytest.mark.parametrize("name", ["", *NAMES])
def test_help_has_one_width_whatever_the_terminal(irqlab: Irqlab, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    said = set()
    for columns in ("40", "200"):
        monkeypatch.setenv("COLUMNS", columns)
        ran = irqlab(*([name] if name else []), "--help")
        assert (ran.status, ran.err) == (0, "")
        said.add(ran.out)
    assert len(said) == 1
    assert WIDTH - 30 < max(map(len, said.pop().splitlines())) <= WIDTH


def test_the_statuses_and_examples_of_every_command_are_in_its_help(irqlab: Irqlab) -> None:
    for name, module in zip(NAMES, COMMANDS, strict=True):
        said = irqlab(name, "--help").out
        for status, meaning in module.HELP.statuses.items():
            assert f"\n  {status}  {meaning[:60]}" in said
        for example in module.HELP.examples:
            assert f"\n  {example}\n" in said


@pytest.mark.parametrize("example", [example for module in COMMANDS for example in module.HELP.examples])
def test_every_example_is_a_command(example: str) -> None:
    program, *words = shlex.split(example)
    assert program == "irqlab" and parser().parse_args(words).run
