"""Formats of the kernel, with arguments out of registers."""

from __future__ import annotations

import pytest
from irq_rig import IrqRig

from irqlab.guest.format import formatted


@pytest.mark.parametrize(
    ("text", "arguments", "told"),
    [
        ("\x013%d of %u\n", (0xFFFF_FFFF, 7), "-1 of 7"),
        ("%08x %#x %lx", (0xAB, 0xAB, 1 << 40), "000000ab 0xab 10000000000"),
        ("%5d|%-5d|", (7, 7), "7|7    |"),
        ("100%% %c", (0x41,), "100% A"),
        ("%d %d", (1,), "1 %d"),
        ("%pe", (-22 & 0xFFFF_FFFF_FFFF_FFFF,), "-EINVAL"),
        ("%s", (0,), "(null)"),
        ("%*ph", (4, 0x1000), "%*ph"),
    ],
)
def test_numbers_and_errors(text: str, arguments: tuple[int, ...], told: str):
    assert formatted(IrqRig().g, text, arguments) == told


def test_strings_nodes_and_symbols():
    rig = IrqRig()
    name, node = rig.put(b"eic\0"), rig.np("mux")
    assert formatted(rig.g, "%s at %pOF", (name, node)) == "eic at /soc/mux@30000"
    assert formatted(rig.g, "%ps", (rig.function("gives_7"),)) == "gives_7+0x0"
