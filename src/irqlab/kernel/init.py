"""Booting (init/main.c): the same for the first kernel and for its successor, over whatever hardware there is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from irqlab.kernel.clk import clk_disable_unused, clk_register_all
from irqlab.kernel.context import Context, Cpu, cpu, local_irq_disable, local_irq_enable, point, start, step
from irqlab.kernel.dd import bus_probe_devices
from irqlab.kernel.device import of_platform_populate
from irqlab.kernel.irq.desc import early_irq_init
from irqlab.kernel.kernel import BOOT, RUNNING, Budget, Irqchip, System
from irqlab.kernel.pm.domain import genpd_power_off_unused, genpd_register_all
from irqlab.state import atomic, kernel

if TYPE_CHECKING:
    from irqlab.board import Part
    from irqlab.kernel.kernel import Kernel


#: Levels of initcalls that run before there are devices of the device tree.
EARLY = ("e", "0", "1", "2")


@kernel
def init_IRQ(k: Kernel) -> None:  # noqa: N802
    """``init_IRQ()``, ``irqchip_init()``: controllers declared with ``IRQCHIP_DECLARE()``, each after its parent."""
    for part, irqchip in declared(k):
        irqchip.init(k, part.name)


def declared(k: Kernel) -> tuple[tuple[Part, Irqchip], ...]:
    """What ``of_irq_init()`` sets up, in order; a controller whose parents go in a circle is none of it."""
    waiting = [(part, irqchip) for part in k.board.parts if (irqchip := k.irqchip_of(part)) is not None]
    ordered: list[tuple[Part, Irqchip]] = []
    while waiting:
        nodes = [part.node for part, _ in waiting]
        ready = [(part, irqchip) for part, irqchip in waiting if part.parent not in nodes]
        if not ready:
            break
        ordered.extend(ready)
        waiting = [pair for pair in waiting if pair not in ready]
    return tuple(ordered)


@kernel
def do_initcalls(k: Kernel, before: bool) -> None:
    """``do_initcalls()``: those that come before the devices of the device tree (``arch_initcall_sync``), or those after."""
    for level, initcall in k.initcalls:
        if (level[:1] in EARLY) is before:
            initcall(k)


@kernel
def start_kernel(k: Kernel) -> None:
    """``start_kernel()`` and ``kernel_init()``: interrupts are off until the root controller is set up."""
    local_irq_disable(k)
    _early(k, True)
    early_irq_init(k)
    init_IRQ(k)
    clk_register_all(k)
    genpd_register_all(k)
    _early(k, False)
    local_irq_enable(k)
    point(k, "interrupts on")
    if k.initcalls:
        do_initcalls(k, before=True)
    of_platform_populate(k)
    if k.initcalls:
        do_initcalls(k, before=False)
    bus_probe_devices(k)
    point(k, "late_initcall")
    clk_disable_unused(k)
    if k.config.pm:
        genpd_power_off_unused(k)
    _running(k)


@atomic
def _early(k: Kernel, early: bool) -> None:
    k.system.early = early


@atomic
def _running(k: Kernel) -> None:
    k.system.phase = RUNNING
    k.world.trace("phase", phase=RUNNING)


def first_boot(k: Kernel, failures: int) -> None:
    """Boots the first kernel in one go: nothing comes between, nothing fails.  What it signals stays in ``World.signals``."""
    world = k.world
    world.begin()
    world.new(System)
    world.new(Cpu)
    context = start(k, "init", start_kernel)
    quiet, k.quiet = k.quiet, True
    while context.exists:
        if not step(k, context) and not _others(k, context):
            k.signal("stuck", waits_for=context.waits_for)
            k.system.hung = f"boot: {context.waits_for}"
            world.drop(context)
    k.quiet = quiet
    panic = world.at(Context, "panic")
    if panic.exists:  # the boot crashed: nothing is loaded that could take over
        world.drop(panic)
        k.system.hung = "crashed while booting"
        cpu(world).stack = ()
    if failures:
        world.new(Budget, left=failures)
    world.commit()


def _others(k: Kernel, context: Context) -> bool:
    """Lets somebody else go on, who may be what the boot waits for: a thread of the tree's own core; whether anybody could."""
    if k.core is None:
        return False
    for other in k.world.all(Context):
        if other is not context and step(k, other):
            k.core.rest(other)
            return True
    return any(turn.run(turn.record) for turn in k.core.turns())


def next_kernel(k: Kernel) -> None:
    """The successor begins: of the first kernel only the hardware is left, as it was left."""
    k.world.drop_all(keep=k.hardware)
    k.world.new(System, boot=1, phase=BOOT)
    k.world.new(Cpu)
    k.world.trace("next-kernel")
    context = start(k, "init", start_kernel)
    context.irqs_off = True
    cpu(k.world).stack = (context,)
