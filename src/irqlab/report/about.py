"""What was checked, a line each: driver, kernel, switches, configuration, scope, names, lines.

Tests: ``tests/report/test_text.py``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from irqlab.explore.check import Checked, Setup
from irqlab.kernel.kernel import Config
from irqlab.kernel.release import Release
from irqlab.report.scope import title

#: How many digits of a digest are told.
_DIGITS = 12


def about(checked: Checked) -> Iterator[tuple[str, str]]:
    """A label and a text each."""
    setup = checked.setup
    release, config = setup.release, setup.config
    devlink = config.fw_devlink or ("rpm" if release.has("fw-devlink-rpm") else "on")
    parts = [part for part in setup.board.parts if part.label and part.label != part.name]
    rows = [
        *_compiled(setup),
        ("kernel", f"{release.name}: {release.claim}"),
        ("switches", _switches(setup)),
        ("config", f"{config.arch}, CONFIG_PM={'y' if config.pm else 'n'}, fw_devlink={devlink}{_detection(config)}"),
        ("scope", f"{title(setup.scope)}: {setup.scope}"),
        ("names", ", ".join(f"{part.label} = {part.name}" for part in parts)),
        ("lines", "; ".join(f"irq {irq} = {what}" for irq, what in checked.lines)),
    ]
    yield from ((label, text) for label, text in rows if text)


def _detection(config: Config) -> str:
    """What looks for stuck lines, if anything does."""
    if not config.spurious:
        return ""
    return f", stuck after {config.spurious} unhandled interrupts" + ("", ", irqfixup", ", irqpoll")[config.irqfixup]


def _compiled(setup: Setup) -> Iterator[tuple[str, str]]:
    """Where a compiled driver and its board come from."""
    origin = setup.origin
    if origin is None:
        return
    of = f" of Linux {origin.version}" if origin.version else ""
    config = f", config {origin.config[:_DIGITS]}" if origin.config else ""
    yield "driver", f"{origin.driver.path}{of}, compiled for {origin.arch} (sha256 {origin.driver.sha256[:_DIGITS]}{config})"
    yield "linked", ", ".join(f"{linked.path} (sha256 {linked.sha256[:_DIGITS]})" for linked in origin.also)
    if origin.beneath:
        whole = hashlib.sha256("".join(linked.sha256 for linked in origin.beneath).encode()).hexdigest()
        core = f"the tree's own: kernel/irq and drivers/base/power/runtime.c{of}, {len(origin.beneath)} objects"
        yield "core", f"{core} (sha256 of all {whole[:_DIGITS]})"
    yield "board", setup.board_file or f"{setup.board.name}, of irqlab's own"


def _switches(setup: Setup) -> str:
    """What is switched in the kernel in Python; of the tree's own core its source says it."""
    if setup.origin is not None and setup.origin.beneath:
        return "as the tree's source has it"
    return ", ".join(sorted(setup.release.switches)) + _changed(setup.release)


def _changed(release: Release) -> str:
    said = [f"+{name} by --with" for name in release.added] + [f"-{name} by --without" for name in release.removed]
    return f" ({', '.join(said)})" if said else ""
