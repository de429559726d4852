"""Blobs, token by token: what they hold, and what is wrong with those that hold nothing."""

from __future__ import annotations

import pytest

from irqlab.board import parse
from irqlab.board.blob import to_text
from irqlab.errors import BoardError


def node(name: bytes, *inside: bytes) -> bytes:
    name += b"\0" * (4 - len(name) % 4)
    return b"\0\0\0\1" + name + b"".join(inside) + b"\0\0\0\2"


def prop(name: int, value: bytes) -> bytes:
    return b"\0\0\0\3" + len(value).to_bytes(4, "big") + name.to_bytes(4, "big") + value + b"\0" * (-len(value) % 4)


END, NOP = b"\0\0\0\11", b"\0\0\0\4"


def made(*structure: bytes, names: bytes = b"p\0q\0", version: int = 17, end: bytes = END) -> bytes:
    """A blob of these tokens; ``p`` is the name at 0, ``q`` at 2."""
    block = b"".join(structure) + end
    size = 40 + 16 + len(block) + len(names)
    header = (0xD00DFEED, size, 56, 56 + len(block), 40, version, 16, 0, len(names), len(block))
    return b"".join(word.to_bytes(4, "big") for word in header) + bytes(16) + block + names


def test_values_are_written_as_the_bytes_they_have() -> None:
    values = (b"", b"one\0two\0", b"\0\0\0\1", b"no end", b"\0", b"a\0\0", b'q"\\\0', b"\xc3\xa9\0")
    blob = made(node(b"", *(node(b"n@%d" % at, prop(0, value)) for at, value in enumerate(values))))
    assert [child.properties["p"] for child in parse(blob, "b.dtb").children] == list(values)
    assert to_text(blob, "b.dtb").splitlines()[2:8] == ["n@0 {", "p;", "};", "n@1 {", 'p = "one", "two";', "};"]


def test_tokens_that_say_nothing_are_skipped() -> None:
    blob = made(NOP, node(b"", NOP, prop(2, b"x\0"), node(b"a", NOP)), NOP)
    assert to_text(blob, "b.dtb") == '/dts-v1/;\n/ {\nq = "x";\na {\n};\n};\n'


@pytest.mark.parametrize(
    ("blob", "what"),
    [
        (made(), "it has no root node"),
        (made(node(b""), node(b"")), "it has two root nodes"),
        (made(prop(0, b"")), "token 0x3 stands at 0x38"),
        (made(b"\0\0\0\2"), "token 0x2 stands at 0x38"),
        (made(node(b"", b"\0\0\0\7")), "token 0x7 stands at 0x40"),
        (made(node(b"")[:-4]), "/ does not end"),
        (made(node(b""), end=b"", names=b""), "there is nothing at 0x44"),
        (made(node(b"", prop(9, b""))), "the name at 0x5d is none"),
        (made(node(b"", node(b""))), "the name at 0x44 is none"),
        (made(node(b"", node(b"a b"))), "the name at 0x44 is none"),
        (made(node(b"", node(b"x" * 300))), "the name at 0x44 is none"),
        (made(node(b"", prop(0, b"")), names=b'a;/include/"/etc/passwd"\0'), "the name at 0x54 is none"),
        (made(node(b"", b"\0\0\0\3\0\0\1\0\0\0\0\0")), "p is cut off"),
        (made(node(b""), version=3), "it is of version 3, and 16 is the oldest that is read"),
        (b"\xd0\x0d\xfe\xed\0\0\0\x08", "there is nothing at 0xc"),
    ],
)
def test_what_is_damaged_is_told(blob: bytes, what: str) -> None:
    with pytest.raises(BoardError) as caught:
        to_text(blob, "b.dtb")
    remedy = "make it anew with dtc -I dts -O dtb, or give the .dts"
    assert str(caught.value) == f"b.dtb: the device tree blob is damaged ({what}): {remedy}"


def test_a_table_of_reserved_memory_without_an_end_is_not_read() -> None:
    """Nobody here needs it, and it may be as long as the file."""
    blob = bytearray(made(node(b"")))
    blob[40:56] = b"\xff" * 16
    assert to_text(bytes(blob), "b.dtb") == "/dts-v1/;\n/ {\n};\n"
