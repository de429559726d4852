"""The frame of a page: one file that asks nobody for anything, with its style and its scripts inside.

The policy in its head names what may run by digest, so that not even a mistake in escaping would run anything else.

Tests: ``tests/report/html/test_page.py``, ``tests/browser/``.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from irqlab import version
from irqlab.report.html.markup import Element, document, raw, tag

#: The page's scripts, in the order in which they run.
SCRIPTS = ("theme.js", "lanes.js", "page.js")

STYLES = ("page.css", "timeline.css")

#: How a verdict looks.
BROKEN, KEPT, UNDECIDED = "broken", "kept", "undecided"

_HELP = (
    (("←", "→"), "previous, next step"),
    (("Home", "End"), "first, last step"),
    (("↑", "↓"), "lane above, below, once a cell has the focus"),
    (("n", "p"), "next, previous finding"),
    (("a",), "all steps as text, or one"),
    (("?",), "this help"),
)


@dataclass(frozen=True)
class Verdict:
    """What a page says first.

    :ivar word: one word for it, ``tone`` how it looks, ``said`` the sentence that goes with it.
    :ivar covered: what was explored, and how far, a sentence each.
    :ivar facts: what a reader has to know besides, by label.
    :ivar commands: how to make it again, by label.
    """

    word: str
    tone: str
    said: str
    covered: tuple[str, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    commands: tuple[tuple[str, str], ...] = ()


@cache
def asset(*names: str) -> str:
    """The text of files that lie beside this one."""
    return "".join((files("irqlab.report.html") / name).read_text(encoding="utf-8") for name in names)


def page(title: str, verdict: Verdict, nav: Element | None, parts: Iterable[Element]) -> str:
    """A whole page.

    :param nav: where what is where; None where there is nothing to find.
    :param parts: what follows the verdict.
    """
    style, script = raw("style", asset(*STYLES)), raw("script", asset(*SCRIPTS))
    head = tag(
        "head",
        {},
        tag("meta", {"charset": "utf-8"}),
        tag("meta", {"http-equiv": "Content-Security-Policy", "content": policy(style, script)}),
        tag("meta", {"name": "viewport", "content": "width=device-width, initial-scale=1"}),
        tag("meta", {"name": "color-scheme", "content": "light dark"}),
        tag("meta", {"name": "referrer", "content": "no-referrer"}),
        tag("meta", {"name": "generator", "content": f"irqlab {version()}"}),
        tag("link", {"rel": "icon", "href": "data:,"}),
        tag("title", {}, title),
        style,
    )
    body = tag(
        "body",
        {},
        tag("a", {"class": "skip", "href": "#main"}, "Skip to the findings" if nav is not None else "Skip to the report"),
        _banner(verdict),
        tag("div", {"class": "columns"}, *([nav] if nav is not None else []), tag("main", {"id": "main"}, *parts)),
        tag("footer", {}, tag("p", {}, f"Written by irqlab {version()}. This file asks nobody for anything.")),
        _help(),
        tag("div", {"id": "tip", "role": "tooltip", "hidden": ""}),
        tag("p", {"id": "heard", "class": "unseen", "aria-live": "polite"}),
        script,
    )
    return document(tag("html", {"lang": "en"}, head, body))


def policy(style: Element, script: Element) -> str:
    """What the page may do: show itself."""
    rest = "img-src data:; base-uri 'none'; form-action 'none'"
    return f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; {rest}"


def _digest(element: Element) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256((element.text or '').encode()).digest()).decode()}"


def _banner(verdict: Verdict) -> Element:
    commands = [tag("div", {}, tag("dt", {}, label), tag("dd", {}, tag("code", {}, text))) for label, text in verdict.commands]
    facts = [tag("div", {}, tag("dt", {}, label), tag("dd", {}, text)) for label, text in verdict.facts]
    return tag(
        "header",
        {"class": f"verdict {verdict.tone}"},
        tag("div", {"class": "bar"}, tag("p", {"class": "irqlab"}, "irqlab"), _tools()),
        tag("h1", {}, tag("strong", {}, verdict.word), " ", verdict.said),
        *([tag("ul", {"class": "covered"}, [tag("li", {}, one) for one in verdict.covered])] if verdict.covered else []),
        *([tag("dl", {"class": "commands"}, commands)] if commands else []),
        *([tag("details", {}, tag("summary", {}, "What was checked"), tag("dl", {"class": "facts"}, facts))] if facts else []),
    )


def _tools() -> Element:
    """Buttons that only a script makes work: without one they stay hidden."""
    return tag(
        "div",
        {"class": "tools", "hidden": ""},
        tag("button", {"type": "button", "id": "theme"}, "Theme: system"),
        tag("button", {"type": "button", "id": "keys", "aria-keyshortcuts": "?"}, "Keys ", tag("kbd", {}, "?")),
    )


def _help() -> Element:
    rows = [
        tag("tr", {}, tag("th", {"scope": "row"}, [tag("kbd", {}, key) for key in keys]), tag("td", {}, what))
        for keys, what in _HELP
    ]
    return tag(
        "dialog",
        {"id": "help", "aria-labelledby": "help-title"},
        tag("h2", {"id": "help-title"}, "Keys"),
        tag("table", {}, tag("tbody", {}, rows)),
        tag("button", {"type": "button", "id": "close"}, "Close"),
    )


def listed(head: str, items: Sequence[str], name: str) -> Element:
    """A section that is a list."""
    return tag(
        "section",
        {"class": "listed", "aria-labelledby": name},
        tag("h2", {"id": name}, head),
        tag("ul", {}, [tag("li", {}, item) for item in items]),
    )
