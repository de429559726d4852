"""Branches of static keys ask the key."""

from __future__ import annotations

import pytest
from irq_rig import IrqRig

from irqlab.guest.jumps import STEP, Jump, goes_to

HERE, THERE = 0x1000_0100, 0x1000_0200


@pytest.mark.parametrize(
    ("enabled", "inverted", "to"),
    [(0, False, HERE + STEP), (1, False, THERE), (0, True, THERE), (1, True, HERE + STEP), (3, False, THERE)],
)
def test_which_way_a_branch_goes(enabled: int, inverted: bool, to: int):
    rig = IrqRig()
    key = rig.put(enabled.to_bytes(16, "little"))
    assert goes_to(rig.g, HERE, Jump(THERE, key, inverted)) == to
