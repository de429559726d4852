"""What irqlab does not know: named, counted and located, never passed over."""

from __future__ import annotations

from irqlab.kernel.errno import errno_name
from irqlab.properties.rule import Facts

KINDS = ("not-modelled", "unknown-register", "unprobed", "irqchip-failed")


def tell(kind: str, facts: Facts) -> str:
    """One line about something that was reached and is not modelled."""
    if kind == "unknown-register":
        return f"register at offset {facts['offset']:#x} of {facts['block']} was never described; it reads as 0"
    if kind == "unprobed":
        return f"driver '{facts['driver']}' did not bind to {facts['device']} at boot, so nothing of it was explored"
    if kind == "irqchip-failed":
        return f"the IRQCHIP_DECLARE() of {facts['device']} failed ({errno_name(facts['error'])}), so nothing of it was explored"
    what = str(facts["what"])
    return what if ", reached in " in what else f"{what} is not modelled"
