"""What is committed in ``docs`` is what irqlab writes: every page again, and no page that nobody writes."""

from __future__ import annotations

import pytest
from manual import PAGES
from manual.__main__ import DOCS
from manual.examples import COMPILED, EXAMPLES
from manual.session import session

from irqlab.properties import RULES

#: ``docs/thread.md`` is held against its claims in ``tests/verdict/test_thread.py``.
ELSEWHERE = {"thread.md"}


@pytest.mark.parametrize("name", sorted(set(PAGES) - ELSEWHERE))
def test_a_page_is_as_it_is_written_now(name: str) -> None:
    assert (DOCS / name).read_text() == PAGES[name](), f"write it again: python -m manual {name}"


@pytest.mark.parametrize("folder", ["rules", "commands"])
def test_no_page_is_left_of_what_is_gone(folder: str) -> None:
    assert {f"{folder}/{path.name}" for path in (DOCS / folder).glob("*.md")} == {
        name for name in PAGES if name.startswith(f"{folder}/")
    }


@pytest.mark.parametrize("name", sorted(name for name in PAGES if name.startswith("commands/")))
def test_a_page_of_a_command_has_no_empty_part(name: str) -> None:
    lines = PAGES[name]().splitlines()
    assert not [line for line in lines if line.endswith(": None")]
    assert not [at for at, line in enumerate(lines[1:], 1) if line.startswith("```") and lines[at - 1].startswith("```")]
    assert not [at for at in range(len(lines) - 2) if not any(lines[at : at + 2])]


def test_every_rule_has_an_example_that_breaks_it_and_a_neighbour_that_does_not() -> None:
    assert set(EXAMPLES) | set(COMPILED) == set(RULES) and not set(EXAMPLES) & set(COMPILED)
    for rule, example in EXAMPLES.items():
        assert rule in session(f"irqlab check {example.breaks}").names
        neighbour = session(f"irqlab check {example.keeps}")
        assert rule not in neighbour.names and "\n  exhausted: " in neighbour.output


def test_every_driver_file_of_the_examples_is_used() -> None:
    used = " ".join(example.breaks for example in EXAMPLES.values())
    assert all(f"/{path.name} " in used for path in (DOCS / "rules" / "examples").glob("*.py"))
