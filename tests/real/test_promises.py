"""The functions that promises name are where they say, in Linux 6.12 or in 6.1."""

from __future__ import annotations

import re

import pytest
from core_rig import RELEASES, tree

from irqlab.properties import RULES

SOURCES = sorted({source for rule in RULES.values() for source in rule.promise.sources})


def defined(function: str, path: str) -> bool:
    """Whether one of the trees defines a function in a file."""
    definition = rf"^\w[^;=]*\b{function}\([^;]*?\)\s*(?:__\w+\(.*\)\s*)*{{"
    files = [tree(kernel).path / path for kernel in RELEASES]
    return any(re.search(definition, file.read_text(), re.MULTILINE) for file in files if file.is_file())


@pytest.mark.parametrize("source", SOURCES)
def test_a_function_is_defined_in_the_file_that_is_named(source: str) -> None:
    function, _, path = source.partition("() in ")
    assert defined(function, path)


def test_one_that_is_only_called_there_is_not() -> None:
    assert not defined("note_interrupt", "kernel/irq/handle.c") and not defined("kfree", "kernel/irq/manage.c")
