"""What exported functions read and write of a guest's memory.

Each is one answer of the log of the call it is made in: a replay does not look again.  A wrong address is the driver's
error, told and an oops.
"""

from __future__ import annotations

from irqlab.guest.abi import signed
from irqlab.guest.memory import Fault
from irqlab.guest.whole import Whole
from irqlab.state import atomic


class Access(Whole):
    """A guest's memory, for the kernel's functions."""

    @atomic
    def read(self, address: int, size: int) -> bytes:
        """Bytes of the guest's memory; a wrong address is the driver's error, told and an oops."""
        content = self.memory.load(address, size)
        if isinstance(content, Fault):
            self.broken(content)
            return bytes(size)
        return content

    @atomic
    def write(self, address: int, data: bytes) -> None:
        """Writes bytes of the guest's memory."""
        fault = self.memory.store(address, data)
        if fault is not None:
            self.broken(fault)

    def number(self, address: int, size: int = 0, signed_: bool = False) -> int:
        """A number in the guest's memory; of a pointer's size if none is given."""
        size = size or self.abi.word
        value = int.from_bytes(self.read(address, size), "little")
        return signed(value, 8 * size) if signed_ else value

    def set_number(self, address: int, value: int, size: int = 0) -> None:
        """Writes a number."""
        size = size or self.abi.word
        self.write(address, (value & (1 << 8 * size) - 1).to_bytes(size, "little"))

    def field(self, address: int, struct: str, path: str) -> int:
        """A field of a struct in the guest's memory; 0 where this kernel's struct has none of that name."""
        member = self.image.types.member(struct, path)
        if member is None:
            return 0
        value = self.number(address + member.offset, member.size, member.signed and member.bits is None)
        if member.bits is not None:
            value = value >> member.bits[0] & (1 << member.bits[1]) - 1
        return value

    def set_field(self, address: int, struct: str, path: str, value: int) -> None:
        """Writes a field; nothing happens where this kernel's struct has none of that name."""
        member = self.image.types.member(struct, path)
        if member is None:
            return
        if member.bits is not None:
            mask = (1 << member.bits[1]) - 1 << member.bits[0]
            old = self.number(address + member.offset, member.size)
            value = old & ~mask | value << member.bits[0] & mask
        self.set_number(address + member.offset, value, member.size)

    @atomic
    def text(self, address: int, limit: int = 4096) -> str:
        """A C string in the guest's memory."""
        found = bytearray()
        while len(found) < limit:
            step = 64 - (address + len(found)) % 64
            content = self.memory.load(address + len(found), step)
            if isinstance(content, Fault):
                content = self.memory.load(address + len(found), 1)
                if isinstance(content, Fault):
                    self.broken(content)
                    break
            end = content.find(b"\0")
            if end >= 0:
                return (found + content[:end]).decode("utf-8", "replace")
            found += content
        return found.decode("utf-8", "replace")

    def intern(self, text: str) -> int:
        """The address of a constant string of the kernel's."""
        return self.memory.intern(text)

    @atomic
    def allocate(self, size: int, zero: bool) -> int:
        """``kmalloc()``; 0 when memory runs out."""
        return self.memory.allocate(size, zero, self.where())

    @atomic
    def release(self, address: int) -> bool:
        """``kfree()``; False if nothing was allocated there."""
        return self.memory.release(address)

    @atomic
    def copy(self, to: int, source: int, size: int) -> None:
        """``memcpy()``: what is known of each byte moves with it."""
        content = self.memory.load(source, size)
        if isinstance(content, Fault):
            self.broken(content)
            return
        fault = self.memory.store(to, content, self.memory.known(source, size))
        if fault is not None:
            self.broken(fault)
