"""HTML as a tree of elements: whatever is put into it is text and nothing else.

Tests: ``tests/report/html/test_markup.py``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any
from xml.etree import ElementTree

from irqlab.report.lines import printable

Element = ElementTree.Element

#: What an element may hold.
Content = str | Element | Iterable["str | Element"]

#: What would end a script or begin anything else in one, and what no page may hold.
_UNSAFE = {ord(letter): f"\\u{ord(letter):04x}" for letter in "<>&\x7f"}


def tag(name: str, attributes: dict[str, str] | None = None, *content: Content) -> Element:
    """An element; text in it loses what a browser could trip over."""
    element = Element(name, {key: printable(value) for key, value in (attributes or {}).items()})
    for one in content:
        put(element, one)
    return element


def put(parent: Element, content: Content) -> None:
    """Adds something at the end of an element."""
    if isinstance(content, str):
        text = printable(content)
        if len(parent):
            parent[-1].tail = (parent[-1].tail or "") + text
        else:
            parent.text = (parent.text or "") + text
    elif isinstance(content, Element):
        parent.append(content)
    else:
        for one in content:
            put(parent, one)


def data(value: Any, **attributes: str) -> Element:
    """Values for a script, in ASCII: no value can end it."""
    text = json.dumps(value, allow_nan=False, separators=(",", ":")).translate(_UNSAFE)
    return raw("script", text, {"type": "application/json", **attributes})


def raw(name: str, text: str, attributes: dict[str, str] | None = None) -> Element:
    """An element whose text a browser takes as it is: a script or a style of our own.

    :raises ValueError: the text would end the element.
    """
    if f"</{name}" in text.lower() or "<!--" in text:
        raise ValueError(f"a {name} holds what ends it")
    element = Element(name, attributes or {})
    element.text = text
    return element


def document(root: Element) -> str:
    """The text of a file."""
    return f"<!DOCTYPE html>\n{ElementTree.tostring(root, encoding='unicode', method='html')}\n"
