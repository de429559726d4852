"""What a driver says of itself."""

from __future__ import annotations

import sys

from irqlab.kernel.device import Driver


def paragraphs(driver: Driver) -> list[str]:
    """The paragraphs of the text at the head of a driver's module."""
    module = sys.modules.get(getattr(driver.probe, "__module__", ""))
    text = (module.__doc__ or "") if module is not None else ""
    return [" ".join(paragraph.replace("``", "").split()) for paragraph in text.strip().split("\n\n") if paragraph.strip()]


def about(driver: Driver) -> str:
    """One line about a driver."""
    said = paragraphs(driver)
    return said[0] if said else ", ".join(driver.compatible)
