"""Fields of kernel objects that only compiled code looks into: they are kept for it, and mean nothing to the kernel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from irqlab.guest.mirror import Field
from irqlab.state import Record, atomic

if TYPE_CHECKING:
    from irqlab.guest.guest import Guest
    from irqlab.kernel.kernel import Kernel


class Kept(Record, counted=True):
    """One such field.  Key: the struct, the field, and the key of the object.  Absent while it is 0."""

    value: int


def field(struct: str, path: str) -> Field:
    """A field that is as it was written; 0 at first."""

    def get(g: Guest, record: Any) -> int:
        return value(g.k, struct, path, record)

    def put(g: Guest, record: Any, number: int) -> None:
        keep(g.k, struct, path, record, number)

    return Field(path, get, put)


@atomic
def value(k: Kernel, struct: str, path: str, record: Record) -> int:
    """What was written last."""
    known = k.world.at(Kept, struct, path, *record.key)
    return known.value if known.exists else 0


@atomic
def keep(k: Kernel, struct: str, path: str, record: Record, number: int) -> None:
    """Writes it."""
    known = k.world.at(Kept, struct, path, *record.key)
    if known.exists:
        k.world.drop(known)
    if number:
        k.world.new(Kept, struct, path, *record.key, value=number)


@atomic
def forget(k: Kernel, struct: str, record: Record) -> None:
    """The object is gone."""
    for known in k.world.all(Kept):
        if known.key[0] == struct and known.key[2:] == record.key:
            k.world.drop(known)
