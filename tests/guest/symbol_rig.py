"""A guest without a driver: exported functions are called as a driver would, with numbers in registers.

Layouts of structs are given by hand here, for there is no debug info; with a compiler's, the same functions are called by
a driver in C in ``tests/real/test_user.py``.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from guest_rig import bare
from treerig import TreeRig

import irqlab.guest.symbols
from irqlab.board import Node
from irqlab.guest.abi import signed
from irqlab.guest.devices import absent_pointer, device_pointer, platform_pointer
from irqlab.guest.exports import EXPORTS
from irqlab.guest.guest import Guest
from irqlab.guest.layout import IMAGE
from irqlab.guest.nodes import fwnode_pointer, node_pointer
from irqlab.guest.types import Member
from irqlab.kernel.device import Device, Driver
from irqlab.state.tape import Unwind

assert irqlab.guest.symbols.MODULES

#: Structs as a kernel for arm64 might lay them out: (field, bytes), one behind the other; one without a name is padding.
LAYOUTS: dict[str, tuple[tuple[str, int], ...]] = {
    "of_phandle_args": (("np", 8), ("args_count", 4), ("args", 64)),
    "irq_fwspec": (("fwnode", 8), ("param_count", 4), ("param", 64)),
    "resource": (("start", 8), ("end", 8), ("name", 8), ("flags", 8), ("desc", 8)),
    "of_device_id": (("name", 32), ("type", 32), ("compatible", 128), ("data", 8)),
    "clk_bulk_data": (("id", 8), ("clk", 8)),
    "property": (("name", 8), ("length", 4), ("", 4), ("value", 8), ("next", 8)),
    "fwnode_reference_args": (("fwnode", 8), ("nargs", 8), ("args", 64)),
    "regmap_config": (
        *(("reg_bits", 4), ("reg_stride", 4), ("pad_bits", 4), ("val_bits", 4), ("max_register", 4), ("cache_type", 4)),
        *(("use_raw_spinlock", 1), ("val_format_endian", 4), ("max_register_is_0", 1)),
    ),
    "device_node": (
        *(("name", 8), ("phandle", 4), ("", 4), ("full_name", 8), ("fwnode", 16), ("properties", 8)),
        *(("parent", 8), ("child", 8), ("sibling", 8), ("_flags", 8)),
    ),
    "platform_device": (("name", 8), ("id", 4), ("", 4), ("dev", 64), ("num_resources", 4), ("", 4), ("resource", 8)),
    "platform_driver": (("probe", 8), ("driver", 0), ("driver.name", 8), ("driver.of_match_table", 8)),
    "device": (("parent", 8), ("driver_data", 8), ("of_node", 8), ("fwnode", 8), ("driver", 8)),
    "of_phandle_iterator": (
        *(("cells_name", 8), ("cell_count", 4), ("", 4), ("parent", 8), ("list_end", 8), ("phandle_end", 8), ("cur", 8)),
        *(("cur_count", 4), ("phandle", 4), ("node", 8)),
    ),
}


class Layouts:
    """Stands where :class:`irqlab.guest.types.Types` stands, for :data:`LAYOUTS`."""

    def has(self, struct: str) -> bool:
        return struct in LAYOUTS

    def size(self, struct: str) -> int:
        return sum(size for _, size in LAYOUTS[struct])

    def member(self, struct: str, path: str) -> Member | None:
        at = 0
        for name, size in LAYOUTS.get(struct, ()):
            if name == path:
                return Member(at, size, signed=path == "cell_count")
            at += size
        return None

    def offset(self, struct: str, path: str) -> int:
        found = self.member(struct, path)
        assert found is not None
        return found.offset

    def members(self, struct: str) -> list[str]:
        return [name for name, _ in LAYOUTS[struct] if name]

    def field_at(self, struct: str, offset: int) -> str:
        return f"+{offset:#x}"

    def places(self, address: int) -> tuple[()]:
        return ()


class Rig(TreeRig):
    """A kernel with devices, and a guest without a driver."""

    def __init__(self, release: str = "6.12", *, devices: bool = True) -> None:
        super().__init__(release)
        if devices:
            self.populate()

    def prepare(self) -> None:
        image = replace(bare(), types=Layouts(), symbols={"iomem_resource": IMAGE + 0x1800})  # type: ignore[arg-type]
        self.g = self.k.guest = Guest(self.k, image)

    # -- calling -----------------------------------------------------------------------------------------------

    def call(self, symbol: str, *arguments: int | str | bytes | Node | Device | None, which: int = 0) -> int:
        """Calls an exported function with what C has in its registers; an int as it comes back, signed."""
        export = EXPORTS[symbol][which]
        raw = tuple(self.raw(argument) for argument in arguments)
        value = export.call(self.g, raw)
        size = export.result.size or 8 if export.result is not None else 8
        return signed(value or 0, 8 * size) if export.result is not None and export.result.signed else value or 0

    def ends(self, symbol: str, *arguments: int | str | bytes | Node | Device | None) -> list[str]:
        """What was told by a call that the kernel does not survive."""
        with pytest.raises(Unwind):
            self.call(symbol, *arguments)
        return [f"{kind}: {dict(facts).get('what') or dict(facts).get('text')}" for kind, facts in self.world.signals]

    def raw(self, argument: int | str | bytes | Node | Device | None) -> int:
        """A register's content: nodes, devices and strings as pointers."""
        match argument:
            case None:
                return 0
            case int():
                return argument & 0xFFFF_FFFF_FFFF_FFFF
            case str():
                return self.put(argument.encode() + b"\0")
            case bytes():
                return self.put(argument)
            case Device():
                return device_pointer(self.g, argument)
        return node_pointer(self.g, argument)

    def put(self, data: bytes) -> int:
        """The address of new memory with these bytes."""
        address = self.room(len(data))
        self.g.write(address, data)
        return address

    def room(self, size: int = 64) -> int:
        """The address of new memory, zeroed."""
        return self.g.allocate(size, zero=True)

    def pointers(self, *addresses: int) -> int:
        """A list of pointers that ends with NULL."""
        return self.put(b"".join(address.to_bytes(8, "little") for address in (*addresses, 0)))

    def numbers(self, address: int, count: int, size: int = 4) -> tuple[int, ...]:
        return tuple(self.g.number(address + at * size, size) for at in range(count))

    def struct(self, name: str, **fields: int | str) -> int:
        """A new struct with these fields."""
        types = self.g.image.types
        address = self.room(types.size(name))
        for field, value in fields.items():
            if isinstance(value, str):
                member = types.member(name, field)
                assert member is not None
                self.g.write(address + member.offset, value.encode().ljust(member.size, b"\0"))
            else:
                self.g.set_field(address, name, field, value)
        return address

    def text(self, address: int) -> str:
        return self.g.text(address)

    # -- what there is -----------------------------------------------------------------------------------------

    def pdev(self, label: str) -> int:
        return platform_pointer(self.g, self.dev(label))

    def np(self, path: str | None) -> int:
        return node_pointer(self.g, self.node(path)) if path is not None else 0

    def fwnode(self, path: str) -> int:
        return fwnode_pointer(self.g, self.node(path))

    def absent(self, path: str) -> int:
        return absent_pointer(self.g, self.node(path))

    def drives(self, label: str, table: int = 0) -> int:
        """Gives a device a driver of the guest, with a table of ``struct of_device_id``: its ``struct platform_driver``."""
        address = self.struct("platform_driver", **{"driver.of_match_table": table})
        self.dev(label).driver = self.g.statics["driver", address] = Driver(f"driver of {label}")
        return address
