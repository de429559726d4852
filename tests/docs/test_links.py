"""Links between pages lead somewhere: the file is there, and the heading in it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def links(text: str) -> list[str]:
    """Where a page's links lead; not what only looks like one, in code."""
    prose = re.sub(r"^```.*?^```$|`[^`\n]*`", "", text, flags=re.DOTALL | re.MULTILINE)
    return re.findall(r"\]\(([^)\s]+)\)", prose)


def anchors(text: str) -> set[str]:
    """What a page's headings are called in links, as forges call them."""
    prose = re.sub(r"^```.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE)
    heads = [re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in re.findall(r"^#+ (.+)$", prose, re.MULTILINE)]
    return {f"{head}-{heads[:at].count(head)}" if head in heads[:at] else head for at, head in enumerate(heads)}


def wrong(page: Path, text: str) -> list[str]:
    """The links of a page that lead nowhere."""
    found = []
    for link in links(text):
        if re.match(r"\w+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        inside = target.is_relative_to(ROOT) and target.exists()
        if not inside or (anchor and anchor not in anchors(text if target == page else target.read_text())):
            found.append(link)
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    assert wrong(page, page.read_text()) == []


def test_a_link_that_leads_nowhere_is_found() -> None:
    text = (
        "# One two\n[a](gone.md) [b](#one-two) [c](#three) [d](rules/README.md#promises) [e](rules/README.md#none) [f](../../x)"
    )
    assert wrong(ROOT / "docs" / "README.md", text) == ["gone.md", "#three", "rules/README.md#none", "../../x"]


def test_every_page_is_reached_from_the_readme() -> None:
    reached, waiting = set[Path](), [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page in reached or page.suffix != ".md":
            continue
        reached.add(page)
        targets = [link.partition("#")[0] for link in links(page.read_text()) if not re.match(r"\w+:", link)]
        waiting += [(page.parent / target).resolve() for target in targets if target]
    assert set(PAGES) - reached == set()
