"""Checks that several tests look at, made once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from irqlab.board import load
from irqlab.drivers import controller
from irqlab.explore.check import Checked, Setup, Told, check
from irqlab.explore.findings import Finding
from irqlab.explore.graph import Step
from irqlab.explore.origin import Linked, Origin
from irqlab.explore.scope import SCOPES, Scope
from irqlab.explore.search import Bounds
from irqlab.explore.trace import BREAKS, CALL, Event, Trace, TraceStep
from irqlab.guest.types import Place
from irqlab.kernel.kernel import Config
from irqlab.kernel.release import release
from irqlab.properties import Breach
from irqlab.verdict.compare import Comparison, both, compare
from irqlab.verdict.cures import Cured, cured

#: The source of the driver of :func:`small`.
SOURCE = "drivers/irqchip/irq-x.c"

Make = Callable[..., Checked]


def setup(driver: str, kernel: str, scope: Scope = SCOPES["small"], output: str = "low", arch: str = "arm64") -> Setup:
    board = load("intmux" if driver.startswith("intmux") else "irqsteer")
    return Setup(controller(driver), release(kernel), Config(arch=arch), board, scope, output)


@pytest.fixture(scope="session")
def make() -> Make:
    def made(driver: str, kernel: str, states: int | None = None, **more: object) -> Checked:
        return check(setup(driver, kernel, **more), Bounds(states=states), memo=True)  # type: ignore[arg-type]

    return made


@pytest.fixture(scope="session")
def unlinked(make: Make) -> Checked:
    """The driver the thread is about."""
    return make("irqsteer@unlinked-2020", "6.1")


@pytest.fixture(scope="session")
def storming(make: Make) -> Checked:
    """A consumer whose handler never quiets its device."""
    return make("irqsteer@mainline-2020", "6.1", scope=SCOPES["small"].but(consumers=(("a", "never-quiet"),), crash=()))


@pytest.fixture(scope="session")
def kept(make: Make) -> Checked:
    """Nothing happens, nothing breaks."""
    return make("irqsteer@6.11", "6.12", scope=SCOPES["small"].but(crash=(), raises=False))


@pytest.fixture(scope="session")
def small(kept: Checked) -> Checked:
    """A result that fits on a page: a compiled driver, one broken promise, one note, two steps."""
    linked = Linked("drivers/irqchip/irq-x.o", "1" * 64)
    origin = Origin(linked, "arm64", SOURCE, "6.12.117", target="/here/irq-x.c", tree="/here")
    text = f"x_mask reads MASK0 of x at {SOURCE}:91 on the crash path, but clock ipg is stopped."
    why = "the driver touches its registers without resuming its device"
    breach = Breach("dead-register-access", "x_mask", ("on the crash path",), text, "driver", why)
    note = Breach(
        "armed-at-handover", "x", ("after a crash",), "A line of x is unmasked in hardware.", "architecture", "so it is", True
    )
    dead = {"register": "MASK0", "block": "x", "access": "read", "reason": "clock ipg is stopped", "bus": "hang"}
    read = {"register": "MASK0", "block": "x", "value": 1}
    places = Place("x_unmask", SOURCE, 70), Place("x_mask", SOURCE, 91)
    begins = (
        Event(0, CALL, "request_threaded_irq", "irqlab.kernel.irq.manage"),
        Event(1, CALL, "x_unmask", "irqlab.guest:irq-x"),
        Event(2, "read", facts=tuple(read.items()), chain=places[:1]),
    )
    ends = (
        Event(0, CALL, "crash_kexec", "irqlab.kernel.crash", open=True),
        Event(1, CALL, "x_mask", "irqlab.guest:irq-x", open=True),
        Event(2, "dead-access", facts=tuple(dead.items()), chain=places[1:], breach=breach),
    )
    steps = (
        TraceStep(1, "task a: request", "task a", (Step("task a: request"),), begins),
        TraceStep(2, "crash (sysrq)", "panic", (Step("crash (sysrq)"),), ends),
    )
    trace = Trace(steps, (), BREAKS, (), "0" * 64, ())
    finding = Finding(breach, (Step("task a: request"), Step("crash (sysrq)")), (), "sysrq")
    broken = (Told(finding, trace, "low"),)
    notes = (Told(Finding(note, (), (), ""), replace(trace, steps=steps[:1]), "low"),)
    driver = replace(kept.setup.driver, name="irq-x")
    return replace(kept, setup=replace(kept.setup, driver=driver, origin=origin), broken=broken, notes=notes)


@pytest.fixture(scope="session")
def named(small: Checked) -> Callable[[str], Checked]:
    """:func:`small` with a driver of any name, and its functions too."""

    def made(name: str) -> Checked:
        told, source = small.broken[0], f"drivers/irqchip/{name}.c"
        place, breach = Place(name, source, 91), replace(told.breach, place=name, text=f"{name} reads", cause=(name,))
        first, last = told.trace.steps
        call, entered, dead = last.events
        events = (call, replace(entered, name=name), replace(dead, chain=(place,), breach=breach))
        trace = replace(told.trace, steps=(first, replace(last, context=f"task {name}", events=events)))
        assert small.setup.origin is not None
        origin = replace(small.setup.origin, driver=Linked(f"drivers/irqchip/{name}.o", "1" * 64), source=source)
        setup = replace(small.setup, driver=replace(small.setup.driver, name=name), origin=origin, notes=(name,))
        broken = (replace(told, trace=trace, finding=replace(told.finding, breach=breach)),)
        return replace(small, setup=setup, broken=broken, unknown=((name, 2),))

    return made


#: No line rises, so that nothing but power is at stake.
QUIET = SCOPES["small"].but(raises=False)


@pytest.fixture(scope="session")
def healing() -> Cured:
    """The thread's argument: the patch, the PM device, both."""
    return cured(setup("irqsteer@unlinked-2020", "6.1", QUIET), ("skip-masked", "pm-device", "mask-in-shutdown"))


@pytest.fixture(scope="session")
def dear() -> Cured:
    """A cure that heals everything and breaks other promises."""
    return cured(setup("irqsteer@5.19", "6.12", QUIET), ("stays-on",))


@pytest.fixture(scope="session")
def compared() -> Comparison:
    """A driver before and after 6.14's started check."""
    before = setup("irqsteer@5.19", "6.12", QUIET)
    found = both(before, replace(before, release=before.release.with_("kexec-started-check")))
    assert found is not None
    return found


@pytest.fixture(scope="session")
def cut(compared: Comparison) -> Comparison:
    """The same, of which not all was looked at afterwards."""
    return compare(compared.before, check(compared.after.setup, Bounds(states=40), memo=True))
