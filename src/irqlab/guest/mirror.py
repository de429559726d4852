"""Mirrors: kernel objects as structs in a guest's memory.

A field of a mirrored struct has no memory of its own: it is a Record's field, found by its name in the kernel's own
debug info, asked when the guest reads it and set when the guest writes it.  So a driver that looks at ``d->hwirq``
reads what the Python kernel believes, and nothing is kept twice.

A field that nobody has declared is not modelled: who touches it is told its name, and the path ends there.

Each kind of struct has a region; an object's place in it follows from its key alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from irqlab.guest.layout import MIRROR, MIRROR_SIZE
from irqlab.guest.memory import Fault

if TYPE_CHECKING:
    from irqlab.guest.guest import Guest

Get = Callable[["Guest", Any], int]
Set = Callable[["Guest", Any, int], None]

#: Bytes of each region.
REGION = 0x20_0000


@dataclass(frozen=True)
class Field:
    """One field: how it is read, and how it is written (None: a driver has no business to)."""

    path: str
    get: Get
    set: Set | None = None


@dataclass(frozen=True)
class Embedded:
    """A struct inside a mirrored one: ``path`` is where, ``fields`` are of ``struct`` itself."""

    struct: str
    path: str


@dataclass(frozen=True)
class Mirror:
    """One kind of struct.

    :ivar structs: the structs an object consists of: ``(struct, offset in the object)``; those the driver knows.
    :ivar stride: bytes between two objects; ``record(guest, index)`` gives the object, None where there is none.
    """

    name: str
    region: int
    stride: int
    index: Callable[[Guest, Any], int]
    record: Callable[[Guest, int], Any]
    exists: Callable[[Guest, Any], bool]
    structs: tuple[tuple[str, int], ...]
    fields: dict[str, tuple[Field, ...]]

    @property
    def base(self) -> int:
        return MIRROR + self.region * REGION

    def address(self, guest: Guest, obj: Any) -> int:
        """Where the object is."""
        return self.base + self.index(guest, obj) * self.stride


class Mirrors:
    """All mirrors of one guest: the window that answers for its mirrored memory."""

    def __init__(self, guest: Guest, mirrors: tuple[Mirror, ...]) -> None:
        self.guest = guest
        self.by_region = {mirror.region: mirror for mirror in mirrors}
        assert len(mirrors) <= MIRROR_SIZE // REGION
        self._layouts: dict[int, list[tuple[int, int, Field]]] = {m.region: self._layout(m) for m in mirrors}
        self._touched: dict[tuple[int, int, int], tuple[tuple[int, int, Field], ...]] = {}

    def _layout(self, mirror: Mirror) -> list[tuple[int, int, Field]]:
        """``(first bit, bits, field)`` of every declared field this kernel's structs have, by place."""
        types, found = self.guest.image.types, []
        for struct, offset in mirror.structs:
            for field in mirror.fields.get(struct, ()):
                member = types.member(struct, field.path)
                if member is not None:
                    first, width = member.bits or (0, 8 * member.size)
                    found.append((8 * (offset + member.offset) + first, width, field))
        return sorted(found, key=lambda row: row[0])

    def _at(self, mirror: Mirror, offset: int, size: int) -> tuple[tuple[int, int, Field], ...]:
        """The rows of a layout that an access touches; the first bits count from the access."""
        key = mirror.region, offset, size
        if key not in self._touched:
            self._touched[key] = tuple(
                (first - 8 * offset, width, field)
                for first, width, field in self._layouts[mirror.region]
                if first < 8 * (offset + size) and 8 * offset < first + width
            )
        return self._touched[key]

    def _find(self, address: int, size: int, write: bool) -> tuple[Mirror, Any, int] | Fault:
        mirror = self.by_region.get((address - MIRROR) // REGION)
        if mirror is None:
            return Fault("wild", address, size, write)
        index, offset = divmod(address - mirror.base, mirror.stride)
        obj = mirror.record(self.guest, index)
        if obj is None:
            return Fault("wild", address, size, write, f"no {mirror.name} is there")
        if not mirror.exists(self.guest, obj):
            return Fault("use-after-free", address, size, write, f"{self._name(mirror, offset)} of {_label(obj)}")
        return mirror, obj, offset

    def _name(self, mirror: Mirror, offset: int) -> str:
        types = self.guest.image.types
        for struct, start in sorted(mirror.structs, key=lambda row: -row[1]):
            if offset >= start and types.has(struct):
                return f"struct {struct}.{types.field_at(struct, offset - start)}"
        return f"{mirror.name}+{offset:#x}"

    def read(self, address: int, size: int) -> bytes | Fault:
        """What the guest reads there."""
        found = self._find(address, size, False)
        if isinstance(found, Fault):
            return found
        mirror, obj, offset = found
        rows = self._at(mirror, offset, size)
        if not rows:
            return Fault("not-modelled", address, size, False, f"{self._name(mirror, offset)} of {_label(obj)}")
        content = 0
        for first, width, field in rows:
            content |= _shifted(field.get(self.guest, obj) & (1 << width) - 1, first)
        return (content & (1 << 8 * size) - 1).to_bytes(size, "little")

    def write(self, address: int, data: bytes) -> Fault | None:
        """The guest writes there; who writes a bit of several writes its neighbours as they were."""
        size = len(data)
        found = self._find(address, size, True)
        if isinstance(found, Fault):
            return found
        mirror, obj, offset = found
        rows = self._at(mirror, offset, size)
        stored = int.from_bytes(data, "little")
        for first, width, field in rows:
            old = field.get(self.guest, obj) & (1 << width) - 1
            inside = _shifted((1 << 8 * size) - 1, -first) & (1 << width) - 1
            new = old & ~inside | _shifted(stored, -first) & inside
            if field.set is not None:
                field.set(self.guest, obj, new)
            elif new != old or width % 8 == 0:
                return Fault("not-modelled", address, size, True, f"a write of {self._name(mirror, offset)} of {_label(obj)}")
        if not rows:
            return Fault("not-modelled", address, size, True, f"a write of {self._name(mirror, offset)} of {_label(obj)}")
        return None


def _shifted(value: int, by: int) -> int:
    return value << by if by >= 0 else value >> -by


def _label(obj: Any) -> str:
    return str(getattr(obj, "label", "") or getattr(obj, "name", "") or obj)
