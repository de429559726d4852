"""Booting (init/main.c): the same for the first kernel and for its successor, over whatever hardware there is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from irqlab.kernel.clk import clk_disable_unused, clk_register_all
from irqlab.kernel.context import Context, Cpu, cpu, local_irq_disable, local_irq_enable, point, start, step
from irqlab.kernel.dd import bus_probe_devices
from irqlab.kernel.device import of_platform_populate
from irqlab.kernel.kernel import BOOT, RUNNING, Budget, System
from irqlab.kernel.pm.domain import genpd_power_off_unused, genpd_register_all
from irqlab.state import atomic, kernel

if TYPE_CHECKING:
    from irqlab.kernel.kernel import Kernel


@kernel
def init_IRQ(k: Kernel) -> None:  # noqa: N802
    """``init_IRQ()``, ``irqchip_init()``: controllers declared with ``IRQCHIP_DECLARE()``."""
    for part in k.board.parts:
        for irqchip in k.irqchips:
            if set(irqchip.compatible) & set(part.node.compatible):
                irqchip.init(k, part.name)


@kernel
def start_kernel(k: Kernel) -> None:
    """``start_kernel()`` and ``kernel_init()``: interrupts are off until the root controller is set up."""
    local_irq_disable(k)
    init_IRQ(k)
    clk_register_all(k)
    genpd_register_all(k)
    local_irq_enable(k)
    point(k, "interrupts on")
    of_platform_populate(k)
    bus_probe_devices(k)
    point(k, "late_initcall")
    clk_disable_unused(k)
    if k.config.pm:
        genpd_power_off_unused(k)
    _running(k)


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
        if not step(k, context):
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


def next_kernel(k: Kernel) -> None:
    """The successor begins: of the first kernel only the hardware is left, as it was left."""
    hardware = k.hardware
    k.world.drop_all(keep=lambda record: type(record) in hardware)
    k.world.new(System, boot=1, phase=BOOT)
    k.world.new(Cpu)
    k.world.trace("next-kernel")
    context = start(k, "init", start_kernel)
    context.irqs_off = True
    cpu(k.world).stack = (context,)
