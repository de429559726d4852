"""How much memory there is."""

from __future__ import annotations

import os
from pathlib import Path

from irqlab.explore.search import resident


def three_quarters() -> int | None:
    """75 % of what this process may have, in MiB; None where nobody says."""
    free = [value for value in (_machine(), _group()) if value is not None]
    return resident() + min(free) * 3 // 4 if free else None


def _machine() -> int | None:
    """What the machine has available, in MiB."""
    try:
        with open("/proc/meminfo", encoding="ascii") as meminfo:
            for line in meminfo:
                if line.startswith("MemAvailable:"):
                    return int(line.split()[1]) >> 10
    except (OSError, ValueError, IndexError):
        pass
    try:
        return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") >> 20
    except (OSError, ValueError):
        return None


def _group() -> int | None:
    """What the control group has left, in MiB; None where it sets no limit."""
    for limit, used in (
        ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current"),
        ("/sys/fs/cgroup/memory/memory.limit_in_bytes", "/sys/fs/cgroup/memory/memory.usage_in_bytes"),
    ):
        try:
            return max(0, int(Path(limit).read_text()) - int(Path(used).read_text())) >> 20
        except (OSError, ValueError):
            continue
    return None
