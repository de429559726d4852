"""Device tree nodes as irqlab sees them: read only, with the lookups of ``drivers/of``.

Property values are the bytes of the flattened tree, so a node is the same whether it came as text or as a blob.

Tests: ``tests/board/test_node.py``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NoReturn

from irqlab.board import address, nexus
from irqlab.errors import BoardError
from irqlab.state import Static

Reference = tuple["Node", tuple[int, ...]]
References = tuple[Reference, ...]


@dataclass(frozen=True, eq=False, repr=False)
class Node(Static):
    """One node.

    :ivar name: full node name with unit address, such as ``interrupt-controller@32e2d000``; ``/`` for the root.
    :ivar source: the file it was read from, for messages.
    """

    name: str
    path: str
    parent: Node | None
    labels: tuple[str, ...]
    properties: Mapping[str, bytes]
    source: str
    _children: list[Node] = field(default_factory=list)
    _phandles: dict[int, Node] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"<Node {self.path}>"

    @property
    def label(self) -> str:
        """The first label, or nothing."""
        return self.labels[0] if self.labels else ""

    @property
    def children(self) -> tuple[Node, ...]:
        """The nodes directly below, in the tree's order."""
        return tuple(self._children)

    @property
    def root(self) -> Node:
        """The root of the tree."""
        node = self
        while node.parent is not None:
            node = node.parent
        return node

    def child(self, name: str) -> Node | None:
        """The child of that name (``of_get_child_by_name()``), with or without its unit address."""
        return next((child for child in self._children if name in (child.name, child.name.partition("@")[0])), None)

    def find(self, path: str) -> Node | None:
        """The node at a path, from the root; the path may begin with an alias (``of_find_node_by_path()``)."""
        root = self.root
        first, _, rest = path.partition("/")
        if first:
            aliases = root.child("aliases")
            names = aliases.strings(first) if aliases is not None else ()
            if not names or not names[0].startswith("/"):
                return None
            path = "/".join((names[0], rest))
        node: Node | None = root
        for name in path.split("/"):
            node = node.child(name) if name and node is not None else node
        return node

    @property
    def phandle(self) -> int:
        """The number others refer to it by; 0 if there is none."""
        for prop in ("phandle", "linux,phandle"):
            value = self.prop_bytes(prop)
            if len(value) == 4:
                return int.from_bytes(value, "big")
        return 0

    def by_phandle(self, phandle: int) -> Node | None:
        """The node of the tree that others refer to by a number (``of_find_node_by_phandle()``)."""
        return self._phandles.get(phandle)

    def walk(self) -> Iterator[Node]:
        """This node and all below it, in the tree's order."""
        waiting = [self]
        while waiting:
            node = waiting.pop()
            yield node
            waiting.extend(reversed(node._children))

    def fail(self, what: str) -> NoReturn:
        """Raises :class:`~irqlab.errors.BoardError` for this node; ``what`` says what is wrong and what to do."""
        raise BoardError(f"{self.source}: {self.path}: {what}")

    # -- properties ----------------------------------------------------------------------------------------

    def has(self, prop: str) -> bool:
        """Whether the node has a property (``of_property_present``); how booleans are written."""
        return prop in self.properties

    def prop_bytes(self, prop: str) -> bytes:
        """The bytes of a property; none when it is absent."""
        return self.properties.get(prop, b"")

    def prop_u32s(self, prop: str) -> tuple[int, ...]:
        """The 32-bit cells of a property; none when it is absent."""
        value = self.properties.get(prop, b"")
        if len(value) % 4:
            self.fail(f"{prop} has {len(value)} bytes, which are no 32-bit cells: write it as <...>")
        return tuple(int.from_bytes(value[at : at + 4], "big") for at in range(0, len(value), 4))

    def prop_u32(self, prop: str, default: int | None = None) -> int:
        """The one cell of a property; ``default`` when it is absent, an error without one."""
        cells = self.prop_u32s(prop)
        if len(cells) == 1:
            return cells[0]
        if self.has(prop) or default is None:
            self.fail(f"{prop} needs one 32-bit cell and has {len(cells)}: write {prop} = <N>")
        return default

    def prop_strings(self, prop: str) -> tuple[str, ...]:
        """The strings of a property; none when it is absent."""
        value = self.properties.get(prop, b"")
        if not value:
            return ()
        try:
            text = value.decode()
        except UnicodeDecodeError:
            text = ""
        if not text.endswith("\0"):
            self.fail(f'{prop} is no string: write {prop} = "..."')
        return tuple(text[:-1].split("\0"))

    def strings(self, prop: str) -> tuple[str, ...]:
        """The strings of a property, whatever its bytes are: as the kernel reads them, and nothing fails."""
        value = self.prop_bytes(prop)
        return tuple(part.decode(errors="replace") for part in value.removesuffix(b"\0").split(b"\0")) if value else ()

    def is_compatible(self, *names: str) -> bool:
        """Whether it is one of these (``of_device_is_compatible()``); nothing fails."""
        return not set(names).isdisjoint(self.strings("compatible"))

    @property
    def compatible(self) -> tuple[str, ...]:
        """What the node is, most specific first."""
        return self.prop_strings("compatible")

    @property
    def status(self) -> str:
        """``okay`` when nothing is said."""
        return next(iter(self.prop_strings("status")), "okay")

    @property
    def available(self) -> bool:
        """Whether the node and all above it are in use (``of_device_is_available``)."""
        node: Node | None = self
        while node is not None:
            if node.status not in ("okay", "ok"):
                return False
            node = node.parent
        return True

    # -- references ----------------------------------------------------------------------------------------

    def _target(self, prop: str, phandle: int) -> Node:
        if phandle not in self._phandles:
            self.fail(f"{prop} refers to phandle {phandle:#x}, which no node has: correct the reference")
        return self._phandles[phandle]

    def phandle_args(self, prop: str, cells_prop: str) -> References:
        """The references of a property (``of_parse_phandle_with_args``): the node and its specifier cells.

        A phandle 0 stands for nothing and is left out.
        """
        return tuple(self._phandle_args(prop, cells_prop))

    def readable_args(self, prop: str, cells_prop: str) -> tuple[References, str]:
        """The same as far as it can be read, and what is wrong with the next; empty if all is well."""
        return self._as_far(self._phandle_args(prop, cells_prop))

    def _phandle_args(self, prop: str, cells_prop: str) -> Iterator[Reference]:
        cells = self.prop_u32s(prop)
        at = 0
        while at < len(cells):
            if cells[at] == 0:
                at += 1
                continue
            target = self._target(prop, cells[at])
            count = target.prop_u32(cells_prop)
            arguments = cells[at + 1 : at + 1 + count]
            if len(arguments) < count:
                missing = count - len(arguments)
                self.fail(f"{prop} ends within the reference to {target.path}, which takes {count} cells: add {missing}")
            yield target, arguments
            at += 1 + count

    def interrupt_parent(self) -> Node | None:
        """Where ``interrupts`` leads (``of_irq_find_parent``): the nearest node with ``#interrupt-cells``."""
        node: Node | None = self
        seen: list[Node] = []
        while node is not None and node not in seen:
            seen.append(node)
            if node.has("interrupt-parent"):
                node = node._target("interrupt-parent", node.prop_u32("interrupt-parent"))
            else:
                node = node.parent
            if node is not None and node.has("#interrupt-cells"):
                return node
        return None

    @property
    def controller(self) -> Node | None:
        """Its interrupt parent; None also where a tree makes no sense (what :meth:`interrupt_parent` raises for)."""
        try:
            return self.interrupt_parent()
        except BoardError:
            return None

    def interrupts(self) -> References:
        """The interrupts the node sends: (controller, specifier), ``interrupts-extended`` before ``interrupts``.

        Where one passes an ``interrupt-map``, its end.
        """
        return tuple(self._interrupts())

    def readable_interrupts(self) -> tuple[References, str]:
        """The same as far as it can be read, and what is wrong with the next; empty if all is well."""
        return self._as_far(self._interrupts())

    def _interrupts(self) -> Iterator[Reference]:
        if self.has("interrupts-extended"):
            for controller, specifier in self._phandle_args("interrupts-extended", "#interrupt-cells"):
                yield nexus.resolve(self, controller, specifier)
            return
        cells = self.prop_u32s("interrupts")
        if not cells:
            return
        parent = self.interrupt_parent()
        if parent is None:
            self.fail("interrupts leads nowhere: add interrupt-parent = <&controller>")
        count = parent.prop_u32("#interrupt-cells")
        if count == 0 or len(cells) % count:
            self.fail(f"interrupts has {len(cells)} cells, but {parent.path} takes {count} for each: correct it")
        for at in range(0, len(cells), count):
            yield nexus.resolve(self, parent, cells[at : at + count])

    def _as_far(self, found: Iterator[Reference]) -> tuple[References, str]:
        read: list[Reference] = []
        try:
            for reference in found:
                read.append(reference)  # noqa: PERF402 (what is read before an error counts)
        except BoardError as error:
            return tuple(read), str(error).removeprefix(f"{self.source}: ").removeprefix(f"{self.path}: ")
        return tuple(read), ""

    # -- addresses -----------------------------------------------------------------------------------------

    @property
    def reg(self) -> tuple[tuple[int, int], ...]:
        """(address, size) of each entry of ``reg``, as the bus above counts."""
        return address.reg(self)

    def address(self, index: int = 0) -> tuple[int, int] | None:
        """Where the CPU sees entry ``index`` of ``reg``: (base, size), through every ``ranges`` above; None if it cannot."""
        return address.address(self, index)
