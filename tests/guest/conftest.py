"""A World with a segment open, and the memory of an image without a driver."""

from __future__ import annotations

import pytest
from guest_rig import bare

from irqlab.guest.memory import Memory
from irqlab.state import World


@pytest.fixture
def world() -> World:
    """A World with a segment open."""
    made = World()
    made.begin()
    return made


@pytest.fixture
def memory(world: World) -> Memory:
    """The memory of an image whose data begin with 01 02 03 04."""
    return Memory(world, bare(data=bytes((1, 2, 3, 4))))
