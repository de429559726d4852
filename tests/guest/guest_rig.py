"""An image without a driver: memory, mirrors and exports can be tried where there is no compiler."""

from __future__ import annotations

from pathlib import Path
from typing import cast

from irqlab.guest.abi import ARM64, Abi
from irqlab.guest.image import Image
from irqlab.guest.layout import IMAGE
from irqlab.guest.types import Types


def bare(abi: Abi = ARM64, code: bytes = b"", data: bytes = b"") -> Image:
    """A page of code, a page of data."""
    return Image(
        name="bare",
        path=Path("bare.o"),
        abi=abi,
        content=code.ljust(0x1000, b"\0") + data.ljust(0x1000, b"\0"),
        data=IMAGE + 0x1000,
        end=IMAGE + 0x2000,
        externs=(),
        common=IMAGE + 0xF00,
        back=IMAGE + 0xF10,
        gates=IMAGE + 0xF20,
        symbols={},
        functions=(),
        variables=(),
        types=cast(Types, None),
        irqchips=(),
        initcalls=(),
        compatible=(),
        bugs={},
        jumps={},
        modinfo=(),
    )
