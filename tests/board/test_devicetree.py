"""Reading files: sources, blobs, and everything that is neither."""

from __future__ import annotations

import os
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import fdt  # type: ignore[import-untyped]
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from irqlab.board import Board, Node, parse, read
from irqlab.board.devicetree import MAX_BYTES
from irqlab.errors import BoardError

SOURCE = (files("irqlab.board") / "boards" / "irqsteer.dts").read_bytes()


def made_blob() -> bytes:
    """A blob with all kinds of values."""
    tree = fdt.FDT(entries=[])  # its own default is one list for all
    tree.header.version = 17
    tree.root.append(fdt.PropWords("#address-cells", 1))
    soc = fdt.Node("soc")
    soc.append(fdt.PropStrings("odd", 'a"b\\c', "tab\there"))
    soc.append(fdt.PropBytes("mac", 1, 2, 3))
    soc.append(fdt.PropWords("phandle", 7))
    soc.append(fdt.Property("empty"))
    symbols = fdt.Node("__symbols__")
    symbols.append(fdt.PropStrings("chip", "/soc"))
    tree.root.append(soc)
    tree.root.append(symbols)
    return bytes(tree.to_dtb())


BLOB = made_blob()


def test_a_blob_reads_as_the_bytes_it_holds() -> None:
    root = parse(BLOB, "b.dtb")
    soc = root.children[0]
    assert dict(root.properties) == {"#address-cells": b"\0\0\0\1"}
    assert dict(soc.properties) == {
        "odd": b'a"b\\c\0tab\there\0',
        "mac": b"\1\2\3",
        "phandle": b"\0\0\0\7",
        "empty": b"",
    }
    assert (soc.path, soc.labels) == ("/soc", ("chip",))


def test_source_and_blob_of_a_board_are_the_same_board(as_blob: Callable[[Node], bytes]) -> None:
    root = parse(SOURCE, "irqsteer.dts")
    again = parse(as_blob(root), "irqsteer.dtb")
    assert [(n.path, dict(n.properties)) for n in again.walk()] == [(n.path, dict(n.properties)) for n in root.walk()]
    one, two = Board.of("b", root), Board.of("b", again)
    assert [(p.name, p.kind, p.wires) for p in two.parts] == [(p.name, p.kind, p.wires) for p in one.parts]
    assert [c.name for c in one.clocks] == ["osc24m", "ipg"]
    assert [c.name for c in two.clocks] == ["clock-24m", "clock-ipg"]


def refused(path: Path | str) -> str:
    with pytest.raises(BoardError) as caught:
        read(path)
    return str(caught.value)


def test_what_cannot_be_opened_is_told(tmp_path: Path) -> None:
    assert refused(tmp_path / "no.dts") == f"{tmp_path}/no.dts: there is no such file: give the path of a .dts or .dtb"
    assert refused(tmp_path) == f"{tmp_path}: is no regular file: give the path of a .dts or .dtb"
    assert "is no regular file" in refused("/dev/zero")
    os.mkfifo(tmp_path / "pipe")
    assert "is no regular file" in refused(tmp_path / "pipe")
    assert "there is no such file" in refused("a\0b.dts")
    assert "cannot be read" in refused("x" * 5000)


def test_a_huge_file_is_refused_before_it_is_parsed(tmp_path: Path) -> None:
    huge = tmp_path / "huge.dts"
    huge.write_bytes(b" " * (MAX_BYTES + 1))
    assert refused(huge) == f"{huge}: is larger than 16 MiB, which no device tree is: give a .dts or .dtb"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "t.dts:1 (column 1): parse error: expected '/dts-v1/;' at start of file"),
        (b"\xff\xfe", "t.dts: is neither a device tree blob nor text (byte 0 is no UTF-8): give a .dts or .dtb"),
        (b"a\0b", "t.dts: is neither a device tree blob nor text (it has zero bytes): give a .dts or .dtb"),
        (b"/dts-v1/;\n/ { a = <&nowhere>; };", "t.dts: /: undefined node label 'nowhere'"),
        (b"/dts-v1/;\n/ {\n x };", "t.dts:3 (column 4): parse error: expected '{', '=', or ';'"),
        (b"/dts-v1/;\n/* x\n*/ #include <a.h>\n/ { };", "t.dts:3: #include must be resolved first: preprocess the file with"),
        (b'/dts-v1/;\n/include/ "/etc/passwd"\n/ { };', "t.dts:2: /include/ must be resolved first: preprocess the file with"),
        (b'/dts-v1/;\n/ { a = /incbin/("/etc/passwd"); };', "t.dts:2: /incbin/ is not read: give the .dtb that dtc makes"),
        (b"/dts-v1/;\n/ {" + b"a {" * 65 + b"};" * 65 + b"};", "nodes are nested more than 64 deep: flatten them"),
        (b"/dts-v1/;\n/ {" + b"a {" * 9999 + b"};" * 9999 + b"};", "t.dts: nodes or brackets are nested too deep: flatten them"),
        (b"/dts-v1/;\n/ { a = <" + b"(" * 9999 + b"1" + b")" * 9999 + b">; };", "nested too deep"),
        (b"/dts-v1/;\n/ { a = <" + b"9" * 9999 + b">; };", "t.dts"),
    ],
)
def test_a_bad_source_is_told_with_its_place(data: bytes, message: str) -> None:
    with pytest.raises(BoardError) as caught:
        parse(data, "t.dts")
    assert message in str(caught.value)


def test_a_directive_in_a_comment_or_a_string_is_none() -> None:
    text = b'/dts-v1/;\n/* \n#include <a.h>\n */ / { #include-cells = <1>; s = "/incbin/"; // #define x\n };'
    assert parse(text, "t.dts").prop_strings("s") == ("/incbin/",)


def test_a_preprocessed_file_is_told_by_its_own_lines() -> None:
    with pytest.raises(BoardError, match=r"^t.dts: mine.dtsi:7 \(column 5\): parse error"):
        parse(b'# 1 "mine.dts"\n/dts-v1/;\n# 7 "mine.dtsi"\n/ { ( };\n', "t.dts")


def test_a_blob_cut_off_is_told() -> None:
    assert parse(BLOB, "b.dtb").path == "/"
    with pytest.raises(BoardError, match=f"b.dtb: the device tree blob is cut off after {len(BLOB) - 1} bytes: make it anew"):
        parse(BLOB[:-1], "b.dtb")


def deep_blob() -> bytes:
    struct = b"\0\0\0\1" + bytes(4) + b"\0\0\0\1a\0\0\0" * 5000 + b"\0\0\0\2" * 5001 + b"\0\0\0\11"
    header = (0xD00DFEED, 56 + len(struct), 56, 56, 40, 17, 16, 0, 0, len(struct))
    return b"".join(word.to_bytes(4, "big") for word in header) + bytes(16) + struct


def test_a_blob_nested_too_deep_is_told() -> None:
    with pytest.raises(BoardError, match="nodes are nested more than 64 deep"):
        parse(deep_blob(), "b.dtb")


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(at=st.integers(0, len(BLOB) - 1), value=st.integers(0, 255), end=st.integers(0, len(BLOB)))
def test_a_damaged_blob_is_read_or_refused(at: int, value: int, end: int) -> None:
    damaged = bytearray(BLOB)
    damaged[at] = value
    for data in (bytes(damaged), bytes(damaged[:end])):
        try:
            assert parse(data, "b.dtb").path == "/"
        except BoardError as error:
            assert str(error).startswith("b.dtb")


@settings(deadline=None, max_examples=150)
@given(
    at=st.integers(0, len(SOURCE) - 1), junk=st.sampled_from(["{", "}", ";", "<", ">", "&", '"', "/", "1", "\\", "(", "é", "\n"])
)
def test_a_damaged_source_is_a_board_or_refused(at: int, junk: str) -> None:
    data = SOURCE[:at] + junk.encode() + SOURCE[at + 1 :]
    try:
        Board.of("b", parse(data, "b.dts"))
    except BoardError as error:
        assert str(error).startswith("b.dts")
