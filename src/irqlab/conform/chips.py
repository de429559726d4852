"""The chips and domains of the Python kernel's side: one domain, or one above another (chip.c has the same of them)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from irqlab.conform.script import callback, script
from irqlab.conform.side import Bench
from irqlab.conform.step import CALLBACKS, CUT, FLOWS, STRIDE, Line, Setup
from irqlab.kernel.device import Device
from irqlab.kernel.irq import flow, mapping, parent, percpu, setup
from irqlab.kernel.irq.activate import parent_of
from irqlab.kernel.irq.affinity import irq_data_update_effective_affinity
from irqlab.kernel.irq.desc import IrqChip, IrqData, irq_get_irq_data, irq_to_desc
from irqlab.kernel.irq.domain import (
    Fwspec,
    IrqDomain,
    IrqDomainOps,
    Op,
    Translated,
    irq_domain_add_linear,
    irq_domain_add_tree,
    irq_set_default_host,
)
from irqlab.kernel.irq.flags import (
    IRQCHIP_STATE_ACTIVE,
    IRQCHIP_STATE_LINE_LEVEL,
    IRQCHIP_STATE_MASKED,
    IRQCHIP_STATE_PENDING,
    IRQD_AFFINITY_ON_ACTIVATE,
    IRQD_HANDLE_ENFORCE_IRQCTX,
    IRQD_SINGLE_TARGET,
)
from irqlab.kernel.irq.hierarchy import (
    irq_domain_alloc_irqs,
    irq_domain_alloc_irqs_parent,
    irq_domain_create_hierarchy,
    irq_domain_disconnect_hierarchy,
    irq_domain_free_irqs_common,
    irq_domain_free_irqs_top,
    irq_domain_get_irq_data,
    irq_domain_set_hwirq_and_chip,
    irq_domain_set_info,
)
from irqlab.kernel.irq.state import has_flag, set_flag
from irqlab.kernel.kernel import Kernel
from irqlab.kernel.module import Module
from irqlab.state import atomic, kernel

STATES = (IRQCHIP_STATE_PENDING, IRQCHIP_STATE_ACTIVE, IRQCHIP_STATE_MASKED, IRQCHIP_STATE_LINE_LEVEL)

#: What ``irq_set_affinity`` and the state's callbacks leave to the chip below has names of its own.
_PARENT: dict[str, Callable[..., Any]] = {
    "irq_retrigger": parent.irq_chip_retrigger_hierarchy,
    "irq_get_irqchip_state": parent.irq_chip_get_parent_state,
    "irq_set_irqchip_state": parent.irq_chip_set_parent_state,
}

#: Marks of a line that are bits of its state.
_BITS = {
    "single_target": IRQD_SINGLE_TARGET,
    "affinity_on_activate": IRQD_AFFINITY_ON_ACTIVATE,
    "enforce_irqctx": IRQD_HANDLE_ENFORCE_IRQCTX,
}

_FLOWS: dict[str, Callable[..., Any]] = {name: getattr(percpu if "percpu" in name else flow, name) for name in FLOWS}


class Wired(Bench):
    """A core in Python with the chips and domains of an order.

    :ivar lines: what the lines of the order are once they are mapped; ``chips`` and ``below`` are theirs.
    """

    def wire(self, wanted: Setup) -> None:
        """Makes chips and domains."""
        k = self.k
        self.lines = wanted.lines
        for at, line in enumerate(wanted.lines):
            self.world.new(Module, f"owner {at}", going="going" in line.marks)
        self.chips = [IrqChip(f"conform {at}", flags=line.flags, **_callbacks(line)) for at, line in enumerate(wanted.lines)]
        self.below = [IrqChip(f"below {at}", flags=line.below_flags, **_below(line)) for at, line in enumerate(wanted.lines)]
        if wanted.hierarchy:
            inner = irq_domain_add_tree(k, "below", BELOW[wanted.inactive >> 1], None)
            domain = irq_domain_create_hierarchy(k, inner, 0, 8 * STRIDE, "conform", STACKED[wanted.inactive & 1], None)
        else:
            domain = irq_domain_add_linear(k, "conform", 8 * STRIDE, OPS[wanted.inactive & 1], None)
        assert domain is not None
        irq_set_default_host(k, domain)
        if wanted.power >= 0:
            domain.pm_dev = self.world.at(Device, f"d{wanted.power}")

    @property
    def domain(self) -> IrqDomain:
        """The domain of the lines."""
        return self.world.at(IrqDomain, "conform", 0)

    def owner(self, number: int) -> Module:
        """The module a line belongs to."""
        return self.world.at(Module, f"owner {number}")

    @property
    def irqs(self) -> tuple[int, ...]:
        """The Linux numbers of the lines; 0 where one is not mapped."""
        return tuple(mapping.irq_find_mapping(self.k, self.domain, at * STRIDE) for at in range(len(self.lines)))


def wired(k: Kernel) -> Wired:
    """The side that runs."""
    side = script(k).side
    assert isinstance(side, Wired)
    return side


def line_of(d: IrqData) -> int:
    """Which line of the order it is."""
    return d.hwirq // STRIDE


@kernel
def map_line(k: Kernel, number: int, specified: int, type_: int) -> int:
    """Maps a line, if it is not, from a specifier or directly; its Linux number, or what went wrong."""
    side = wired(k)
    line, domain, wanted = side.lines[number], side.domain, ("", (number * STRIDE, type_))
    known = mapping.irq_find_mapping(k, domain, number * STRIDE)
    if specified:
        irq = mapping.irq_create_fwspec_mapping(k, wanted)
    elif _inner(domain) is None:
        irq = mapping.irq_create_mapping_affinity(k, domain, number * STRIDE, line.affinity)
    else:
        irq = known or irq_domain_alloc_irqs(k, domain, 1, wanted, affinity=line.affinity)
    if irq <= 0 or known:
        return irq
    _belongs(k, irq, side.owner(number))
    if "percpu_devid" in line.flow:
        percpu.irq_set_percpu_devid(k, irq)
    setup.irq_modify_status(k, irq, 0, line.settings)
    return irq


@atomic
def _belongs(k: Kernel, irq: int, owner: Module) -> None:
    desc = irq_to_desc(k, irq)
    assert desc is not None
    desc.owner = owner


@atomic
def _inner(domain: IrqDomain) -> IrqDomain | None:
    return domain.parent


# -- callbacks of the outer chip: some go on to the one below ------------------------------------------------------------


def _passes(k: Kernel, d: IrqData, name: str) -> bool:
    return name in wired(k).lines[line_of(d)].passes and parent_of(d) is not None


def _goes_on(name: str) -> Callable[..., Any]:
    """``irq_chip_*_parent()``; nothing for a callback that has none."""
    known: Callable[..., Any] | None = getattr(parent, f"irq_chip_{name.removeprefix('irq_')}_parent", None)
    return _PARENT.get(name) or known or (lambda k, d, *arguments: 0)


def _callback(name: str) -> Callable[..., Any]:
    """Written down; where the step says nothing of it, the chip below is asked."""
    goes_on = _goes_on(name)

    def outer(k: Kernel, d: IrqData, *arguments: Any) -> Any:
        answer = callback(k, name, line_of(d), _argument(name, arguments))
        if not answer and _passes(k, d, name):
            return goes_on(k, d, *arguments)
        return _answer(name, answer)

    outer.__name__ = outer.__qualname__ = name
    return kernel(outer)


def _argument(name: str, arguments: tuple[Any, ...]) -> int:
    """The arguments of a callback as one number."""
    match name:
        case "irq_get_irqchip_state":
            return STATES.index(arguments[0])
        case "irq_set_irqchip_state":
            return STATES.index(arguments[0]) << 1 | int(arguments[1])
        case "irq_set_affinity":
            return int(arguments[0]) << 1 | int(arguments[1])
    return int(arguments[0]) if arguments else 0


def _answer(name: str, answer: int) -> Any:
    return bool(answer) if name == "irq_get_irqchip_state" and answer >= 0 else answer


@kernel
def irq_set_affinity(k: Kernel, d: IrqData, mask: int, force: bool) -> int:
    error = callback(k, "irq_set_affinity", line_of(d), mask << 1 | force)
    if not error and _passes(k, d, "irq_set_affinity"):
        error = parent.irq_chip_set_affinity_parent(k, d, mask, force)
    if error >= 0 and "untold" not in wired(k).lines[line_of(d)].marks:
        irq_data_update_effective_affinity(k, d, mask & -mask if has_flag(d, IRQD_SINGLE_TARGET) else mask)
    return error


_CHIP = {**{name: _callback(name) for name in CALLBACKS}, "irq_set_affinity": irq_set_affinity}


def _callbacks(line: Line) -> dict[str, Any]:
    return {name: _CHIP[name] for name in line.callbacks}


# -- of the chip below -----------------------------------------------------------------------------------------------------


def _inner_callback(name: str) -> Callable[..., Any]:
    def inner(k: Kernel, d: IrqData, *arguments: Any) -> Any:
        return _answer(name, callback(k, f"parent {name}", line_of(d), _argument(name, arguments)))

    inner.__name__ = inner.__qualname__ = f"parent_{name}"
    return kernel(inner)


_INNER = {name: _inner_callback(name) for name in CALLBACKS}


def _below(line: Line) -> dict[str, Any]:
    return {name: _INNER[name] for name in line.below}


# -- the domains -----------------------------------------------------------------------------------------------------------


def _flow(k: Kernel, number: int) -> Callable[..., Any]:
    return _FLOWS[wired(k).lines[number].flow]


@kernel
def _mark(k: Kernel, irq: int) -> None:
    d = irq_get_irq_data(k, irq)
    assert d is not None
    for mark in wired(k).lines[line_of(d)].marks:
        if mark in _BITS:
            set_flag(d, _BITS[mark])


@kernel
def domain_map(k: Kernel, domain: IrqDomain, irq: int, hwirq: int) -> int:
    number = hwirq // STRIDE
    error = callback(k, "map", number, 0)
    if not error:
        setup.irq_set_chip_and_handler(k, irq, wired(k).chips[number], _flow(k, number))
        _mark(k, irq)
    return error


@kernel
def domain_unmap(k: Kernel, domain: IrqDomain, irq: int) -> None:
    callback(k, "unmap", _number(k, domain, irq), 0)


@atomic
def _number(k: Kernel, domain: IrqDomain, irq: int) -> int:
    d = irq_domain_get_irq_data(k, domain, irq)
    assert d is not None
    return line_of(d)


@kernel
def domain_translate(k: Kernel, domain: IrqDomain, fwspec: Fwspec) -> Translated:
    hwirq, type_ = fwspec[1]
    return callback(k, "translate", hwirq // STRIDE, type_), hwirq, type_


@kernel
def domain_activate(k: Kernel, domain: IrqDomain, d: IrqData, reserve: bool) -> int:
    return callback(k, "activate", line_of(d), int(reserve))


@kernel
def domain_deactivate(k: Kernel, domain: IrqDomain, d: IrqData) -> None:
    callback(k, "deactivate", line_of(d), 0)


@kernel
def stacked_alloc(k: Kernel, domain: IrqDomain, irq: int, count: int, fwspec: Fwspec) -> int:
    number = fwspec[1][0] // STRIDE
    error = callback(k, "alloc", number, 0) or irq_domain_alloc_irqs_parent(k, domain, irq, count, fwspec)
    if error:
        return error
    irq_domain_set_info(k, domain, irq, number * STRIDE, wired(k).chips[number], None, _flow(k, number), None)
    _mark(k, irq)
    return 0


@kernel
def stacked_free(k: Kernel, domain: IrqDomain, irq: int, count: int) -> None:
    callback(k, "free", _number(k, domain, irq), 0)
    irq_domain_free_irqs_top(k, domain, irq, count)


@kernel
def below_alloc(k: Kernel, domain: IrqDomain, irq: int, count: int, fwspec: Fwspec) -> int:
    number = fwspec[1][0] // STRIDE
    how = callback(k, "parent alloc", number, 0)
    if how == CUT:
        return irq_domain_disconnect_hierarchy(k, domain, irq)
    if how:
        return min(how, 0)
    return irq_domain_set_hwirq_and_chip(k, domain, irq, number * STRIDE, wired(k).below[number], None)


@kernel
def below_free(k: Kernel, domain: IrqDomain, irq: int, count: int) -> None:
    callback(k, "parent free", _number(k, domain, irq), 0)
    irq_domain_free_irqs_common(k, domain, irq, count)


@kernel
def below_activate(k: Kernel, domain: IrqDomain, d: IrqData, reserve: bool) -> int:
    return callback(k, "parent activate", line_of(d), int(reserve))


@kernel
def below_deactivate(k: Kernel, domain: IrqDomain, d: IrqData) -> None:
    callback(k, "parent deactivate", line_of(d), 0)


def _with_and_without(name: str, activate: Op, deactivate: Op, **ops: Op) -> tuple[IrqDomainOps, IrqDomainOps]:
    """The callbacks of a domain, with those of activation and without."""
    return IrqDomainOps(name, activate=activate, deactivate=deactivate, **ops), IrqDomainOps(f"inactive {name}", **ops)


OPS = _with_and_without(
    "conform", domain_activate, domain_deactivate, map=domain_map, unmap=domain_unmap, translate=domain_translate
)
STACKED = _with_and_without(
    "stacked", domain_activate, domain_deactivate, alloc=stacked_alloc, free=stacked_free, translate=domain_translate
)
BELOW = _with_and_without("below", below_activate, below_deactivate, alloc=below_alloc, free=below_free)


__all__ = ["STATES", "Wired", "line_of", "map_line", "wired"]
