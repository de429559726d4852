"""Drivers, consumers and boards written only for tests lie in ``tests/drivers``."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
