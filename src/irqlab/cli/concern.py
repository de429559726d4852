"""Whether a source is an interrupt controller's that irqlab may know a device for: asked of every file of a kernel build.

So it is asked of the text, and nothing of irqlab is imported for it.

Tests: ``tests/cli/test_kbuild.py``.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

#: What irqlab calls the architectures that kbuild has sources of, below ``arch/``.
ARCHES = {"arm64": "arm64", "arm": "arm", "riscv": "riscv64"}

_DECLARED = re.compile(r"\bIRQCHIP_(?:DECLARE|MATCH|PLATFORM_DRIVER_BEGIN)\s*\(")
_CHIP = re.compile(r"\bstruct\s+irq_chip\s+\w[\w\s]*(?:\[\w*\]\s*)?[=;]|\birq_alloc(?:_domain)?_generic_chips?\s*\(")
_MATCHED = re.compile(r"\bstruct\s+of_device_id\b")


def concerns(words: Sequence[str]) -> bool:
    """Whether there may be something to say of the source at the end of kbuild's line."""
    if not words or not words[-1].endswith(".c"):
        return True  # no line of kbuild's: that is to be said
    if os.environ.get("SRCARCH", "arm64") not in ARCHES:
        return False
    try:
        text = Path(words[-1]).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return True
    return is_controller(text)


def is_controller(text: str) -> bool:
    """Whether the text of a source is that of a driver of an interrupt controller, one that names its device."""
    return bool(_DECLARED.search(text) or (_CHIP.search(text) and _MATCHED.search(text)))
