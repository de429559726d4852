"""Blobs are read as they are, by a second reader's writing."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from irqlab.errors import TreeError
from irqlab.tree.blob import Reference, missing, parse, resolved

Blob = Callable[[str], bytes]


def test_nodes_and_the_bytes_of_properties_are_read(dtb: Blob):
    root = parse(dtb('empty; text = "a", "bc"; a@1 { cells = <1 2>; b { }; }; c { };'))
    assert [path for path, _ in root.walk()] == ["/", "/a@1", "/a@1/b", "/c"]
    assert root.properties == {"empty": b"", "text": b"a\0bc\0"}
    assert root.at("/a@1").properties == {"cells": b"\0\0\0\1\0\0\0\2"}
    assert root.strings("text") == ["a", "bc"] and root.strings("none") == []
    assert root.at("/") is root
    with pytest.raises(KeyError):
        root.at("/a@1/none")


def test_what_a_plugin_leaves_open_is_read(dtb: Blob):
    root = parse(
        dtb(
            "a { clocks = <0xffffffff 3 1>; };\n"
            '__fixups__ { clk = "/a:clocks:0", "/b:clocks:8"; };\n'
            "__local_fixups__ { a { clocks = <8>; }; };"
        )
    )
    assert missing(root) == {"clk": [Reference("/a", "clocks", 0), Reference("/b", "clocks", 8)]}
    assert resolved(root) == [Reference("/a", "clocks", 8)]
    assert missing(parse(dtb("a { };"))) == {} and resolved(parse(dtb("a { };"))) == []


@pytest.mark.parametrize("length", [0, 3, 39, 60, -1, -9])
def test_a_damaged_blob_is_refused(dtb: Blob, length: int):
    data = dtb('a { text = "value"; };')
    # Keep the strings, which come last, out of reach too.
    with pytest.raises(TreeError, match="the device tree blob is damaged"):
        parse(data[:length] if length != -1 else b"\0" + data)
