"""Three controllers on top of each other, whose callbacks are written down: ``top`` on ``mid`` on ``root``.

``top`` line *n* is ``mid`` line *n* + 100, and ``root`` line *n* + 200.  Each ``alloc`` fills its own level, then asks the
one below; each ``free`` clears its own and goes on.  What the journal of :mod:`irqrig` answers to ``"mid alloc"`` and its
like is what the callback returns.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from irqrig import CALLBACKS, Irqs, Line, log, make_irqs

from irqlab.kernel.irq import parent as parents
from irqlab.kernel.irq.desc import IrqChip, IrqData, IrqDesc, ParentIrqData
from irqlab.kernel.irq.domain import IrqDomain, IrqDomainOps
from irqlab.kernel.irq.flags import IRQCHIP_SKIP_SET_WAKE
from irqlab.kernel.irq.flow import handle_level_irq
from irqlab.kernel.irq.hierarchy import (
    irq_domain_alloc_irqs_parent,
    irq_domain_create_hierarchy,
    irq_domain_disconnect_hierarchy,
    irq_domain_free_irqs_common,
    irq_domain_free_irqs_top,
    irq_domain_set_hwirq_and_chip,
    irq_domain_set_info,
)
from irqlab.kernel.irq.translate import irq_domain_translate_twocell
from irqlab.kernel.pointer import Pointer
from irqlab.state import atomic, kernel

#: From the device to the CPU.
LEVELS = ("top", "mid", "root")
OFFSET = {"top": 0, "mid": 100, "root": 200}


def logged(level: str, callback: str) -> Callable[..., Any]:
    """A chip callback that writes down its level, name and arguments."""

    def run(k: Any, d: IrqData, *args: Any) -> Any:
        words = " ".join([f"{level} {callback}", *map(str, args)])
        assert d.hwirq >= OFFSET[level], "given the irq_data of another level"
        return log(k, d.irq, words)

    run.__name__ = callback
    return kernel(run)


def level_chip(level: str, *callbacks: str, flags: int = 0, **more: Callable[..., Any]) -> IrqChip:
    """A chip of one level: callbacks named are written down, others are given."""
    return IrqChip(level, flags=flags, **{name: logged(level, name) for name in callbacks}, **more)


#: ``irq_chip_*_parent()`` by the callback they are for.
PASSED_ON: dict[str, Callable[..., Any]] = {
    "irq_mask": parents.irq_chip_mask_parent,
    "irq_unmask": parents.irq_chip_unmask_parent,
    "irq_ack": parents.irq_chip_ack_parent,
    "irq_mask_ack": parents.irq_chip_mask_ack_parent,
    "irq_eoi": parents.irq_chip_eoi_parent,
    "irq_enable": parents.irq_chip_enable_parent,
    "irq_disable": parents.irq_chip_disable_parent,
    "irq_set_type": parents.irq_chip_set_type_parent,
    "irq_set_affinity": parents.irq_chip_set_affinity_parent,
    "irq_set_vcpu_affinity": parents.irq_chip_set_vcpu_affinity_parent,
    "irq_set_wake": parents.irq_chip_set_wake_parent,
    "irq_request_resources": parents.irq_chip_request_resources_parent,
    "irq_release_resources": parents.irq_chip_release_resources_parent,
    "irq_set_irqchip_state": parents.irq_chip_set_parent_state,
    "irq_get_irqchip_state": parents.irq_chip_get_parent_state,
}


def passing(level: str, *callbacks: str) -> IrqChip:
    """A chip that leaves the callbacks named to its parent."""
    return IrqChip(level, **{name: PASSED_ON[name] for name in callbacks})


CHIPS = {level: level_chip(level, "irq_mask", "irq_unmask") for level in LEVELS}


@atomic
def chip_for(k: Any, level: str) -> IrqChip | None:
    line = k.world.at(Line, OFFSET[level])
    return line.chip if line.exists else None


@kernel
def fill(k: Any, domain: IrqDomain, irq: int, hwirq: int) -> None:
    """What a driver sets of its level; ``"mid chip"`` answers 1: nothing, 2: it wants the line cut off here."""
    level = str(domain.key[0])
    how = log(k, irq, f"{level} chip")
    if how == 2:
        irq_domain_disconnect_hierarchy(k, domain, irq)
    elif not how and level == "top":
        irq_domain_set_info(k, domain, irq, hwirq, chip_for(k, level), None, handle_level_irq, None, "level")
    elif not how:
        irq_domain_set_hwirq_and_chip(k, domain, irq, hwirq, chip_for(k, level), None)


@kernel
def alloc(k: Any, domain: IrqDomain, irq: int, nr_irqs: int, arg: Pointer | tuple[str, tuple[int, ...]]) -> int:
    """Fills the level, then asks the one below; ``arg`` is a specifier."""
    level = str(domain.key[0])
    error = log(k, irq, f"{level} alloc")
    if error:
        return error
    assert isinstance(arg, tuple)
    hwirq = arg[1][0]
    for i in range(nr_irqs):
        fill(k, domain, irq + i, hwirq + i)
    if level == "root":
        return 0
    return irq_domain_alloc_irqs_parent(k, domain, irq, nr_irqs, ("below", (hwirq + 100, *arg[1][1:])))


@kernel
def free(k: Any, domain: IrqDomain, irq: int, nr_irqs: int) -> None:
    level = str(domain.key[0])
    log(k, irq, f"{level} free {nr_irqs}")
    (irq_domain_free_irqs_top if level == "top" else irq_domain_free_irqs_common)(k, domain, irq, nr_irqs)


@kernel
def activate(k: Any, domain: IrqDomain, d: IrqData, reserve: bool) -> int:
    assert d.domain is domain and not reserve
    return log(k, d.irq, f"{domain.key[0]} activate")


@kernel
def deactivate(k: Any, domain: IrqDomain, d: IrqData) -> None:
    assert d.domain is domain
    log(k, d.irq, f"{domain.key[0]} deactivate")


STACK_OPS = IrqDomainOps(
    "stack", translate=irq_domain_translate_twocell, alloc=alloc, free=free, activate=activate, deactivate=deactivate
)


class Stack:
    """A kernel with the three controllers, and short ways to look at their lines."""

    def __init__(self, rig: Irqs, sizes: dict[str, int], ops: dict[str, IrqDomainOps], chips: dict[str, IrqChip]) -> None:
        self.rig, self.k, self.world = rig, rig.k, rig.world
        self.domains: dict[str, IrqDomain] = {}
        below: IrqDomain | None = None
        for level in reversed(LEVELS):
            self.world.new(Line, OFFSET[level], chip=chips.get(level, CHIPS[level]), flow=handle_level_irq)
            made = irq_domain_create_hierarchy(self.k, below, 0, sizes.get(level, 0), level, ops.get(level, STACK_OPS), None)
            assert made is not None
            below = self.domains[level] = made
        rig.entries()

    @property
    def top(self) -> IrqDomain:
        return self.domains["top"]

    def level(self, irq: int, level: str) -> IrqData:
        """The ``irq_data`` of one level, found by its domain."""
        d: IrqData | None = self.world.at(IrqData, irq)
        while d is not None and d.domain is not self.domains[level]:
            d = d.parent_data
        assert d is not None
        return d

    def chain(self, irq: int) -> tuple[tuple[str, int, str], ...]:
        """Domain, number and chip of each level, from the outermost inwards."""
        rows, d = [], self.world.at(IrqData, irq)
        while d is not None:
            assert d.domain is not None
            rows.append((str(d.domain.key[0]), d.hwirq, d.chip.name))
            d = d.parent_data
        return tuple(rows)

    def maps(self) -> dict[str, tuple[tuple[int, int], ...]]:
        return {level: self.domains[level].revmap for level in LEVELS}

    def left(self) -> tuple[int, int, int]:
        """How many descriptors, parents' ``irq_data`` and mappings there are."""
        inner = sum(d.exists for d in self.world.known(ParentIrqData))
        return len(self.world.all(IrqDesc)), inner, sum(map(len, self.maps().values()))

    def entries(self, *without: str) -> tuple[str, ...]:
        """The journal, without what ends so."""
        return tuple(entry for entry in self.rig.entries() if not entry.endswith(("chip", *without)))


def make_stack(
    release: str = "6.12",
    *,
    sizes: dict[str, int] | None = None,
    ops: dict[str, IrqDomainOps] | None = None,
    chips: dict[str, IrqChip] | None = None,
    **options: Any,
) -> Stack:
    """The three controllers; ``sizes`` are 0 (trees) unless said, ``chips`` those of :data:`CHIPS`."""
    return Stack(make_irqs(release, **options), sizes or {}, ops or {}, chips or {})


__all__ = ["CALLBACKS", "IRQCHIP_SKIP_SET_WAKE", "LEVELS", "Stack", "level_chip", "make_stack", "passing"]
