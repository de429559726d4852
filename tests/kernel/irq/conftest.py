"""What the tests of ``kernel/irq`` share; :mod:`irqrig` beside this file is found by them."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
def irqs() -> Callable[..., Any]:
    """Boots a kernel without controllers: see :func:`irqrig.make_irqs`."""
    from irqrig import make_irqs

    return make_irqs
