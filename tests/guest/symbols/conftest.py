"""What the tests of exported functions share."""

from __future__ import annotations

import pytest
from symbol_rig import Rig


@pytest.fixture
def rig() -> Rig:
    """A guest without a driver, on the board of :mod:`treerig`, whose kernel has devices."""
    return Rig()
