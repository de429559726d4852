"""A small board, a kernel on it, and drivers that say what is done to them.

The board: a controller ``ctl`` (clock ``ipg`` under the gate ``bus``, power domain ``mix``), two consumers ``a`` and
``b`` on its lines, and a device ``d`` inside ``c``.  Hardware and board are the real ones.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from irqlab.board import Board, parse
from irqlab.kernel.clk import clk_core, clk_disable_unprepare, clk_prepare_enable, clk_register_all
from irqlab.kernel.context import Context, Cpu, start, step
from irqlab.kernel.dd import device_bind
from irqlab.kernel.device import Device, DevPmOps, Driver, of_platform_populate
from irqlab.kernel.kernel import Budget, Config, Kernel, System
from irqlab.kernel.pm.domain import Genpd, genpd_of, genpd_register_all
from irqlab.kernel.pm.power import RpmSetup, RpmState, RpmUsage, setup, state, usage
from irqlab.kernel.pm.runtime import (
    pm_runtime_disable,
    pm_runtime_enable,
    pm_runtime_force_resume,
    pm_runtime_force_suspend,
    pm_runtime_set_active,
    pm_runtime_work,
    work_pending,
)
from irqlab.kernel.release import RELEASES
from irqlab.state import Record, World, atomic, kernel

DTS = """/dts-v1/;
/ {
	interrupt-parent = <&gic>;
	gic: gic@0 { compatible = "arm,gic-v3"; interrupt-controller; #interrupt-cells = <3>; };
	osc: osc { compatible = "fixed-clock"; #clock-cells = <0>; };
	bus: bus { compatible = "irqlab,clock-gate"; #clock-cells = <0>; clocks = <&osc>; };
	ipg: ipg { compatible = "irqlab,clock-gate"; #clock-cells = <0>; clocks = <&bus>; };
	mix: mix { compatible = "irqlab,power-domain"; #power-domain-cells = <0>; };
	a: a { compatible = "irqlab,peripheral"; interrupt-parent = <&ctl>; interrupts = <8>; };
	b: b { compatible = "irqlab,peripheral"; interrupt-parent = <&ctl>; interrupts = <9>; };
	ctl: ctl {
		compatible = "fsl,imx-irqsteer";
		interrupts = <0 18 4>;
		clocks = <&ipg>; clock-names = "ipg";
		power-domains = <&mix>;
		fsl,channel = <0>; fsl,num-irqs = <64>;
		interrupt-controller; #interrupt-cells = <1>;
	};
	c: c {
		compatible = "irqlab,peripheral";
		interrupts = <0 20 4>;
		d: d { compatible = "irqlab,peripheral"; interrupts = <0 21 4>; };
	};
};
"""

BOARD = Board.of("test", parse(DTS.encode(), "test.dts"))


class Journal(Record):
    """What was done to the drivers of the tests, in order, and what their callbacks shall return."""

    entries: tuple[str, ...] = ()
    answers: tuple[tuple[str, int], ...] = ()


@atomic
def note(k: Kernel, dev: Device, what: str) -> int:
    """Writes ``what device`` down; returns what the test wants of it."""
    journal = k.world.at(Journal)
    journal.entries = (*journal.entries, f"{what} {dev.name}")
    return dict(journal.answers).get(f"{what} {dev.name}", 0)


@kernel
def plain_suspend(k: Kernel, dev: Device) -> int:
    return note(k, dev, "suspend")


@kernel
def plain_resume(k: Kernel, dev: Device) -> int:
    return note(k, dev, "resume")


@kernel
def plain_idle(k: Kernel, dev: Device) -> int:
    return note(k, dev, "idle")


@kernel
def plain_probe(k: Kernel, dev: Device) -> int:
    """A device that starts suspended with runtime PM enabled."""
    error = note(k, dev, "probe")
    if not error:
        pm_runtime_enable(k, dev)
    return error


@kernel
def plain_remove(k: Kernel, dev: Device) -> int:
    pm_runtime_disable(k, dev)
    return note(k, dev, "remove")


@kernel
def plain_shutdown(k: Kernel, dev: Device) -> None:
    note(k, dev, "shutdown")


@kernel
def clocked_probe(k: Kernel, dev: Device) -> int:
    """As irqsteer: the clock on, status active, runtime PM enabled."""
    error = clk_prepare_enable(k, "ipg")
    if error:
        return error
    pm_runtime_set_active(k, dev)
    pm_runtime_enable(k, dev)
    return note(k, dev, "probe")


@kernel
def clocked_remove(k: Kernel, dev: Device) -> None:
    """As irqsteer: the clock is given back whatever runtime PM did with it."""
    note(k, dev, "remove")
    clk_disable_unprepare(k, "ipg")


@kernel
def clocked_suspend(k: Kernel, dev: Device) -> int:
    error = note(k, dev, "suspend")
    if not error:
        clk_disable_unprepare(k, "ipg")
    return error


@kernel
def clocked_resume(k: Kernel, dev: Device) -> int:
    error = note(k, dev, "resume")
    return error or clk_prepare_enable(k, "ipg")


PLAIN = Driver(
    "plain",
    ("irqlab,peripheral",),
    probe=plain_probe,
    remove=plain_remove,
    shutdown=plain_shutdown,
    pm=DevPmOps("plain", runtime_suspend=plain_suspend, runtime_resume=plain_resume),
)
ASKED = Driver(
    "asked",
    probe=plain_probe,
    remove=plain_remove,
    pm=DevPmOps("asked", runtime_suspend=plain_suspend, runtime_resume=plain_resume, runtime_idle=plain_idle),
)
CLOCKED = Driver(
    "clocked",
    ("fsl,imx-irqsteer",),
    probe=clocked_probe,
    remove=clocked_remove,
    pm=DevPmOps(
        "clocked",
        runtime_suspend=clocked_suspend,
        runtime_resume=clocked_resume,
        suspend_noirq=pm_runtime_force_suspend,
        resume_noirq=pm_runtime_force_resume,
    ),
)


@dataclass
class Rig:
    """A kernel and short ways to look at it."""

    k: Kernel

    @property
    def world(self) -> World:
        return self.k.world

    def dev(self, name: str) -> Device:
        return self.world.at(Device, name)

    def bind(self, name: str, driver: Driver) -> Device:
        assert device_bind(self.k, self.dev(name), driver) == 0
        return self.dev(name)

    def usage(self, name: str) -> int:
        return self.counters(name).usage_count

    def counters(self, name: str) -> RpmUsage:
        return usage(self.dev(name))

    def state(self, name: str) -> RpmState:
        return state(self.dev(name))

    def status(self, name: str) -> str:
        return self.state(name).status

    def setup(self, name: str) -> RpmSetup:
        return setup(self.dev(name))

    def clk(self, name: str = "ipg") -> tuple[int, int]:
        core = clk_core(self.k, name)
        return core.prepare_count, core.enable_count

    def genpd(self) -> Genpd:
        return genpd_of(self.k, "mix")

    def work(self) -> None:
        """Lets ``pm_wq`` run until nothing of runtime PM is queued."""
        while pending := [dev for dev in self.world.all(Device) if work_pending(self.k, dev)]:
            pm_runtime_work(self.k, pending[0])

    def entries(self) -> tuple[str, ...]:
        """What the drivers wrote down since the last look."""
        journal = self.world.at(Journal)
        entries, journal.entries = journal.entries, ()
        return entries

    def answer(self, what: str, value: int) -> None:
        journal = self.world.at(Journal)
        journal.answers = (*(pair for pair in journal.answers if pair[0] != what), (what, value))

    def signals(self, kind: str) -> list[dict[str, Any]]:
        return [dict(facts) for name, facts in self.world.signals if name == kind]

    def warnings(self) -> list[str]:
        return [str(facts["text"]) for facts in self.signals("warning")]

    def start(self, name: str, entry: Callable[..., Any], *args: Any) -> Context:
        """A call that may be stopped."""
        return start(self.k, name, entry, args)

    def step(self, context: Context) -> bool:
        """One segment; its signals are kept."""
        signals = self.world.signals
        self.world.begin()
        went = step(self.k, context)
        self.world.signals = signals + self.world.signals
        self.world.commit()
        return went

    def run(self, context: Context, until: Callable[[], bool] = lambda: False) -> None:
        """Steps until the call is over, waits, or ``until`` holds."""
        while context.exists and not until() and self.step(context) and not (context.exists and context.waits_for):
            pass


def make_rig(release: str = "6.12", *, pm: bool = True, fw_devlink: str = "off", failures: int = 0, board: Board = BOARD) -> Rig:
    """A kernel up to the point where devices exist and none is bound."""
    world = World()
    config = Config(pm=pm, fw_devlink=fw_devlink)
    k = Kernel(world, board.build(world), board, RELEASES[release], config, (PLAIN, CLOCKED))
    world.new(System)
    world.new(Cpu)
    world.new(Budget, left=failures)
    world.new(Journal)
    clk_register_all(k)
    genpd_register_all(k)
    of_platform_populate(k)
    world.begin()
    return Rig(k)
