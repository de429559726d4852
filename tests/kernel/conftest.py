"""What the kernel's tests share; :mod:`pmrig` beside this file is found by them."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
def boot() -> Callable[..., Any]:
    """Boots a kernel on a small board: see :func:`pmrig.make_rig`."""
    from pmrig import make_rig

    return make_rig
