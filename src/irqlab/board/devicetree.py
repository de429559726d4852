"""Reads device trees: source (.dts, preprocessed) and blobs (.dtb).

Whatever is wrong with the input ends in a :class:`~irqlab.errors.BoardError` that names file, place and remedy.

Tests: ``tests/board/test_devicetree.py``.
"""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from types import MappingProxyType
from typing import Any

from devicetree import dtlib  # type: ignore[import-untyped]

from irqlab.board import blob
from irqlab.board.node import Node
from irqlab.errors import BoardError

#: The largest file that is read, in bytes (the kernel's largest board is under 0.5 MiB).
MAX_BYTES = 16 * 1024 * 1024

_COMMENT_OR_STRING = re.compile(r'"(?:\\.|[^"\\])*(?:"|\Z)|/\*.*?(?:\*/|\Z)|//[^\n]*', re.DOTALL)
_DIRECTIVE = re.compile(
    r"^[ \t]*(#[ \t]*(?:include|define|undef|if|ifdef|ifndef|elif|else|endif|pragma)(?![\w,.+?-]))|(/include/)", re.MULTILINE
)
_INCBIN = re.compile(r"/incbin/")


def read(path: Path | str) -> Node:
    """The root node of a device tree file; what it is, is seen by its first bytes."""
    source = str(path)
    try:
        if not Path(path).exists():
            raise BoardError(f"{source}: there is no such file: give the path of a .dts or .dtb")
        if not Path(path).is_file():
            raise BoardError(f"{source}: is no regular file: give the path of a .dts or .dtb")
        with open(path, "rb") as file:
            data = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        raise BoardError(f"{source}: cannot be read ({error}): give the path of a readable .dts or .dtb") from None
    return parse(data, source)


def parse(data: bytes, source: str) -> Node:
    """The root node of a device tree given as bytes; ``source`` names it in messages."""
    if len(data) > MAX_BYTES:
        raise BoardError(f"{source}: is larger than {MAX_BYTES // 2**20} MiB, which no device tree is: give a .dts or .dtb")
    if data.startswith(blob.MAGIC):
        return _nodes(_parse_text(blob.to_text(data, source), source), source)
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise BoardError(
            f"{source}: is neither a device tree blob nor text (byte {error.start} is no UTF-8): give a .dts or .dtb"
        ) from None
    if "\0" in text:
        raise BoardError(f"{source}: is neither a device tree blob nor text (it has zero bytes): give a .dts or .dtb")
    _refuse_directives(text, source)
    return _nodes(_parse_text(text, source), source)


def _refuse_directives(text: str, source: str) -> None:
    bare = _COMMENT_OR_STRING.sub(lambda found: "\n" * found[0].count("\n") or " ", text)
    if found := _DIRECTIVE.search(bare):
        line = bare.count("\n", 0, found.start(found.lastindex or 0)) + 1
        raise BoardError(
            f"{source}:{line}: {found[found.lastindex or 0]} must be resolved first: preprocess the file with "
            "cpp -nostdinc -undef -x assembler-with-cpp -I include, or give the .dtb the kernel's build made of it"
        )
    if found := _INCBIN.search(bare):
        line = bare.count("\n", 0, found.start()) + 1
        raise BoardError(f"{source}:{line}: /incbin/ is not read: give the .dtb that dtc makes of this file")


def _parse_text(text: str, source: str) -> dtlib.DT:
    with tempfile.TemporaryDirectory(prefix="irqlab-") as folder:
        copy = str(Path(folder, "board.dts"))  # dtlib reads files only
        Path(copy).write_text(text, encoding="utf-8", newline="")
        try:
            return _Tree(copy)
        except dtlib.DTError as error:
            message = str(error).replace(copy, source)
            raise BoardError(message if message.startswith(f"{source}:") else f"{source}: {message}") from None
        except RecursionError:
            raise BoardError(f"{source}: nodes or brackets are nested too deep: flatten them") from None
        except Exception as error:  # dtlib lets through what odd literals lead to
            raise BoardError(f"{source}: cannot be read as a device tree ({type(error).__name__}: {error}): correct it") from None


def _nodes(tree: dtlib.DT, source: str) -> Node:
    symbols = _symbols(tree)
    made: dict[str, Node] = {}
    root: Node | None = None
    waiting: list[tuple[Any, Node | None, str, int]] = [(tree.root, None, "/", 1)]
    while waiting:
        old, parent, path, depth = waiting.pop()
        if depth > blob.MAX_DEPTH:
            raise BoardError(f"{source}: {path}: nodes are nested more than {blob.MAX_DEPTH} deep: flatten them")
        node = Node(
            name=old.name,
            path=path,
            parent=parent,
            labels=tuple(old.labels) or symbols.get(path, ()),
            properties=MappingProxyType({name: bytes(prop.value) for name, prop in old.props.items()}),
            source=source,
            _phandles=root._phandles if root is not None else {},
        )
        root = root or node
        made[path] = node
        if parent is not None:
            parent._children.append(node)
        below = "/" if path == "/" else path + "/"
        waiting.extend((child, node, below + name, depth + 1) for name, child in reversed(list(old.nodes.items())))
    assert root is not None
    for phandle, target in sorted(tree.phandle2node.items()):
        root._phandles[phandle] = made[target.path]
    return root


class _Tree(dtlib.DT):  # type: ignore[misc]
    """A tree as dtlib reads it, whatever its aliases are called (boards of the kernel call some ``d_can0``)."""

    def _register_aliases(self) -> None:
        """dtlib's own table of aliases, which nobody here uses: :meth:`Node.find` reads the node."""


def _symbols(tree: dtlib.DT) -> dict[str, tuple[str, ...]]:
    """Labels of a blob made with ``dtc -@``: path → labels."""
    labels: dict[str, tuple[str, ...]] = {}
    holder = tree.root.nodes.get("__symbols__")
    for label, prop in holder.props.items() if holder is not None else ():
        path = prop.value.rstrip(b"\0").decode(errors="replace")
        labels[path] = (*labels.get(path, ()), label)
    return labels
