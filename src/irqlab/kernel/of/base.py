"""Finding nodes, telling what they are, following phandles (``drivers/of/base.c``).

Tests: ``tests/kernel/of/test_base.py``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from irqlab.board.node import Node
from irqlab.kernel.errno import EINVAL, ENODEV, ENOENT
from irqlab.kernel.of.property import numbers, of_find_property, of_property_read_u32

#: A compatible string counts more than type and name, an earlier one more than a later.
_BEST = 0x7FFF_FFFF // 2

#: ``struct of_phandle_args`` holds this many cells.
MAX_PHANDLE_ARGS = 16


@dataclass(frozen=True)
class Match:
    """One entry of a table of ``struct of_device_id``; ``at`` is where it stands."""

    compatible: str = ""
    type: str = ""
    name: str = ""
    at: int = 0


@dataclass(frozen=True)
class Phandle:
    """One entry of a list of references: the node (None for an empty entry, or one nobody has), its cells, and what
    comes behind them, in cells."""

    phandle: int
    node: Node | None
    args: tuple[int, ...]
    end: int


# -- what a node is ------------------------------------------------------------------------------------------------


def of_node_name_eq(node: Node | None, name: str) -> bool:
    """``of_node_name_eq()``: whether a node is called that, its unit address left out."""
    return node is not None and node.name.strip("/").partition("@")[0] == name


def of_node_name_prefix(node: Node | None, prefix: str) -> bool:
    """``of_node_name_prefix()``."""
    return node is not None and node.name.strip("/").startswith(prefix)


def _first_string(node: Node | None, name: str) -> str | None:
    found = of_find_property(node, name)
    return None if found is None else found.partition(b"\0")[0].decode(errors="replace")


def of_node_is_type(node: Node | None, kind: str) -> bool:
    """``of_node_is_type()``: its ``device_type``."""
    return _first_string(node, "device_type") == kind


def compatible_score(node: Node | None, compatible: str, kind: str = "", name: str = "") -> int:
    """``__of_device_is_compatible()``: how well a node fits; 0 if not.  Case counts for nothing in compatible strings."""
    if node is None:
        return 0
    score = 0
    if compatible:
        known = [text.lower() for text in node.strings("compatible")]
        if compatible.lower() not in known:
            return 0
        score = _BEST - (known.index(compatible.lower()) << 2)
    if kind:
        if not of_node_is_type(node, kind):
            return 0
        score += 2
    if name:
        if not of_node_name_eq(node, name):
            return 0
        score += 1
    return score


def of_device_is_compatible(node: Node | None, compatible: str) -> int:
    """``of_device_is_compatible()``: a score, 0 for no."""
    return compatible_score(node, compatible)


def of_device_compatible_match(node: Node | None, compatibles: Sequence[str]) -> int:
    """``of_device_compatible_match()``: the best score of several."""
    return max((compatible_score(node, compatible) for compatible in compatibles), default=0)


def of_device_is_available(node: Node | None) -> bool:
    """``of_device_is_available()``: by its own status only, whatever is above it."""
    return node is not None and _first_string(node, "status") in (None, "okay", "ok")


def of_device_is_big_endian(node: Node | None) -> bool:
    """``of_device_is_big_endian()``, of a little-endian kernel."""
    return node is not None and node.has("big-endian")


def of_match_node(matches: Sequence[Match], node: Node | None) -> Match | None:
    """``of_match_node()``: the entry that fits best; the first of those that fit alike."""
    best, most = None, 0
    for match in matches:
        score = compatible_score(node, match.compatible, match.type, match.name)
        if score > most:
            best, most = match, score
    return best


# -- going through the tree ------------------------------------------------------------------------------------------


def following(root: Node, node: Node | None) -> Iterator[Node]:
    """``for_each_of_allnodes_from()``: the nodes behind one in the order of the tree; all of them for None."""
    for known in (walk := root.walk()):
        if node is None:
            yield known
        if node is None or known is node:
            break
    yield from walk


def next_child(node: Node | None, child: Node | None) -> Node | None:
    """``of_get_next_child()``: the child behind ``child``, the first for None."""
    siblings = child.parent.children if child is not None and child.parent is not None else () if node is None else node.children
    if child is None:
        return siblings[0] if siblings else None
    at = siblings.index(child) + 1 if child in siblings else len(siblings)
    return siblings[at] if at < len(siblings) else None


def of_get_child_by_name(node: Node | None, name: str) -> Node | None:
    """``of_get_child_by_name()``: the unit address is no part of it."""
    return next((child for child in (node.children if node is not None else ()) if of_node_name_eq(child, name)), None)


def of_get_compatible_child(node: Node | None, compatible: str) -> Node | None:
    """``of_get_compatible_child()``."""
    return next((child for child in (node.children if node is not None else ()) if compatible_score(child, compatible)), None)


def is_failing(node: Node) -> bool:
    """``__of_device_is_fail()``: status ``fail`` or ``fail-…``."""
    status = _first_string(node, "status") or ""
    return status == "fail" or status.startswith("fail-")


def is_reserved(node: Node) -> bool:
    """``__of_device_is_reserved()``."""
    return _first_string(node, "status") == "reserved"


def cpu_nodes(root: Node) -> tuple[Node, ...]:
    """``for_each_of_cpu_node()``."""
    cpus = of_find_node_by_path(root, "/cpus")
    children = cpus.children if cpus is not None else ()
    return tuple(c for c in children if not is_failing(c) and (of_node_name_eq(c, "cpu") or of_node_is_type(c, "cpu")))


def of_find_node_by_path(root: Node, path: str) -> Node | None:
    """``of_find_node_by_path()``: a full path, or one that begins with an alias; what follows a colon is an option."""
    path = path.partition(":")[0]
    node: Node | None = root
    if not path.startswith("/"):
        alias, slash, rest = path.partition("/")
        target = _first_string(of_find_node_by_path(root, "/aliases"), alias)
        node = of_find_node_by_path(root, target) if target is not None and target.startswith("/") else None
        path = slash + rest
    for name in path.split("/")[1:] if path not in ("", "/") else ():
        node = next((child for child in node.children if child.name == name and name), None) if node is not None else None
    return node


def aliases(root: Node) -> tuple[tuple[str, int, Node], ...]:
    """``of_alias_scan()``: (stem, number, node) of each alias that ends in a number."""
    found: list[tuple[str, int, Node]] = []
    holder = of_find_node_by_path(root, "/aliases")
    for name in holder.properties if holder is not None else ():
        stem = name.rstrip("0123456789")
        target = of_find_node_by_path(root, _first_string(holder, name) or "")
        if name not in ("name", "phandle", "linux,phandle") and stem != name and target is not None:
            found.append((stem, int(name[len(stem) :]), target))
    return tuple(found)


def of_alias_get_id(root: Node, node: Node | None, stem: str) -> int:
    """``of_alias_get_id()``: -ENODEV without an alias."""
    return next((number for known, number, target in aliases(root) if known == stem and target is node), -ENODEV)


def of_alias_get_highest_id(root: Node, stem: str) -> int:
    """``of_alias_get_highest_id()``: -ENODEV without an alias."""
    return max((number for known, number, _ in aliases(root) if known == stem), default=-ENODEV)


# -- references ------------------------------------------------------------------------------------------------------


def next_phandle(node: Node | None, prop: str, at: int, cells_name: str, cell_count: int) -> Phandle | int:
    """One step of ``of_phandle_iterator_next()``: the entry that begins at cell ``at``; -ENOENT behind the last, -EINVAL
    where it cannot be read.

    :param cells_name: the target's property that says how many cells follow; ``cell_count`` if it has none (-1: an error).
    """
    cells = numbers(of_find_property(node, prop) or b"", 4)
    if node is None or at >= len(cells):
        return -ENOENT
    phandle, count = cells[at], 0
    target = node.by_phandle(phandle) if phandle else None
    if phandle:
        count = cell_count
        if cells_name:
            if target is None:
                return -EINVAL
            said = of_property_read_u32(target, cells_name)
            count = cell_count if said is None else said
        if count < 0 or at + 1 + count > len(cells):
            return -EINVAL
    return Phandle(phandle, target, cells[at + 1 : at + 1 + count], at + 1 + count)


def of_parse_phandle_with_args(
    node: Node | None, prop: str, cells_name: str, cell_count: int, index: int
) -> tuple[Node | None, tuple[int, ...]] | int:
    """``__of_parse_phandle_with_args()``: entry ``index`` of a list of references.

    -ENOENT for an empty entry or none; -EINVAL where the list cannot be read that far.  Without ``cells_name`` a
    reference to nobody is a node of None, as in the kernel.
    """
    if index < 0 or (cell_count < 0 and not cells_name):
        return -EINVAL
    entry = next_phandle(node, prop, 0, cells_name, cell_count)
    for _ in range(index):
        if isinstance(entry, int):
            return entry
        entry = next_phandle(node, prop, entry.end, cells_name, cell_count)
    if isinstance(entry, int):
        return entry
    return (entry.node, entry.args[:MAX_PHANDLE_ARGS]) if entry.phandle else -ENOENT


def of_parse_phandle(node: Node | None, prop: str, index: int) -> Node | None:
    """``of_parse_phandle()``."""
    found = of_parse_phandle_with_args(node, prop, "", 0, index)
    return None if isinstance(found, int) else found[0]


def of_count_phandle_with_args(node: Node | None, prop: str, cells_name: str) -> int:
    """``of_count_phandle_with_args()``: empty entries count; -EINVAL where the list cannot be read."""
    if node is None or not node.has(prop):
        return -ENOENT
    if not cells_name:
        return len(node.prop_bytes(prop)) // 4
    at = count = 0
    while not isinstance(entry := next_phandle(node, prop, at, cells_name, -1), int):
        at, count = entry.end, count + 1
    return count if entry == -ENOENT else entry
