"""``irq_chip_*_parent()``: what a stacked chip leaves to the chip below it (kernel/irq/chip.c, last part).

They are chip callbacks: ``desc->lock`` is held.  What happens when the parent lacks the callback differs:

| lacks it | helpers |
|---|---|
| a NULL pointer, an oops | ``mask``, ``unmask``, ``ack``, ``mask_ack``, ``eoi`` |
| ``irq_unmask``, ``irq_mask`` is called, or an oops | ``enable``, ``disable`` |
| -ENOSYS | ``set_affinity``, ``set_type``, ``set_vcpu_affinity``, ``set_wake`` |
| 0 | ``request_resources``, ``release_resources``, ``set_parent_state``, ``get_parent_state``, ``retrigger_hierarchy`` |

Without a level below (a trimmed hierarchy) it is an oops too, but for the two of the state and the retrigger.
6.1.192 and 6.12.117 agree.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from irqlab.kernel.errno import ENOSYS
from irqlab.kernel.irq.activate import parent_of
from irqlab.kernel.irq.desc import IrqChip, IrqData, disconnected_chip, null_chip
from irqlab.kernel.irq.flags import IRQCHIP_SKIP_SET_WAKE
from irqlab.kernel.pointer import Pointer
from irqlab.state import atomic, kernel

if TYPE_CHECKING:
    from irqlab.kernel.kernel import Kernel


@atomic
def _parent(k: Kernel, d: IrqData) -> IrqData:
    """``data = data->parent_data; data->chip->…``: an oops where there is none."""
    parent = k.deref(d.parent_data, IrqData, "data->parent_data")
    if parent.chip in (null_chip, disconnected_chip):
        k.deref(None, IrqData, "data->parent_data->chip")
    return parent


@atomic
def irq_data_get_irq_chip(d: IrqData) -> IrqChip:
    """``irq_data_get_irq_chip()``."""
    return d.chip


@kernel
def _call(k: Kernel, d: IrqData, callback: str, otherwise: str = "") -> None:
    parent = _parent(k, d)
    chip = irq_data_get_irq_chip(parent)
    chip.call(k, callback if chip.has(callback) or not otherwise else otherwise, parent)


@kernel
def irq_chip_mask_parent(k: Kernel, d: IrqData) -> None:
    """``irq_chip_mask_parent()``."""
    _call(k, d, "irq_mask")


@kernel
def irq_chip_unmask_parent(k: Kernel, d: IrqData) -> None:
    """``irq_chip_unmask_parent()``."""
    _call(k, d, "irq_unmask")


@kernel
def irq_chip_ack_parent(k: Kernel, d: IrqData) -> None:
    """``irq_chip_ack_parent()``."""
    _call(k, d, "irq_ack")


@kernel
def irq_chip_mask_ack_parent(k: Kernel, d: IrqData) -> None:
    """``irq_chip_mask_ack_parent()``."""
    _call(k, d, "irq_mask_ack")


@kernel
def irq_chip_eoi_parent(k: Kernel, d: IrqData) -> None:
    """``irq_chip_eoi_parent()``."""
    _call(k, d, "irq_eoi")


@kernel
def irq_chip_enable_parent(k: Kernel, d: IrqData) -> None:
    """``irq_chip_enable_parent()``: ``irq_unmask`` of a parent without ``irq_enable``."""
    _call(k, d, "irq_enable", "irq_unmask")


@kernel
def irq_chip_disable_parent(k: Kernel, d: IrqData) -> None:
    """``irq_chip_disable_parent()``: ``irq_mask`` of a parent without ``irq_disable``."""
    _call(k, d, "irq_disable", "irq_mask")


@kernel
def irq_chip_set_type_parent(k: Kernel, d: IrqData, type_: int) -> int:
    """``irq_chip_set_type_parent()``."""
    parent = _parent(k, d)
    chip = irq_data_get_irq_chip(parent)
    return int(chip.call(k, "irq_set_type", parent, type_)) if chip.has("irq_set_type") else -ENOSYS


@kernel
def irq_chip_set_affinity_parent(k: Kernel, d: IrqData, dest: int, force: bool) -> int:
    """``irq_chip_set_affinity_parent()``; ``dest`` is a mask of CPUs."""
    parent = _parent(k, d)
    chip = irq_data_get_irq_chip(parent)
    return int(chip.call(k, "irq_set_affinity", parent, dest, force)) if chip.has("irq_set_affinity") else -ENOSYS


@kernel
def irq_chip_set_vcpu_affinity_parent(k: Kernel, d: IrqData, vcpu_info: Pointer) -> int:
    """``irq_chip_set_vcpu_affinity_parent()``."""
    parent = _parent(k, d)
    chip = irq_data_get_irq_chip(parent)
    return int(chip.call(k, "irq_set_vcpu_affinity", parent, vcpu_info)) if chip.has("irq_set_vcpu_affinity") else -ENOSYS


@kernel
def irq_chip_set_wake_parent(k: Kernel, d: IrqData, on: bool) -> int:
    """``irq_chip_set_wake_parent()``: 0 without a call for SKIP_SET_WAKE parents."""
    parent = _parent(k, d)
    chip = irq_data_get_irq_chip(parent)
    if chip.flags & IRQCHIP_SKIP_SET_WAKE:
        return 0
    return int(chip.call(k, "irq_set_wake", parent, on)) if chip.has("irq_set_wake") else -ENOSYS


@kernel
def irq_chip_request_resources_parent(k: Kernel, d: IrqData) -> int:
    """``irq_chip_request_resources_parent()``: 0 if the parent needs none."""
    parent = _parent(k, d)
    chip = irq_data_get_irq_chip(parent)
    return int(chip.call(k, "irq_request_resources", parent)) if chip.has("irq_request_resources") else 0


@kernel
def irq_chip_release_resources_parent(k: Kernel, d: IrqData) -> None:
    """``irq_chip_release_resources_parent()``."""
    parent = _parent(k, d)
    chip = irq_data_get_irq_chip(parent)
    if chip.has("irq_release_resources"):
        chip.call(k, "irq_release_resources", parent)


@kernel
def irq_chip_set_parent_state(k: Kernel, d: IrqData, which: str, value: bool) -> int:
    """``irq_chip_set_parent_state()``: 0 where there is no parent, or none that can."""
    parent = parent_of(d)
    if parent is None:
        return 0
    chip = irq_data_get_irq_chip(parent)
    return int(chip.call(k, "irq_set_irqchip_state", parent, which, value)) if chip.has("irq_set_irqchip_state") else 0


@kernel
def irq_chip_get_parent_state(k: Kernel, d: IrqData, which: str) -> int:
    """``irq_chip_get_parent_state()``: the state, or a negative error; where nobody can say, success with no state: 0."""
    parent = parent_of(d)
    if parent is None:
        return 0
    chip = irq_data_get_irq_chip(parent)
    return int(chip.call(k, "irq_get_irqchip_state", parent, which)) if chip.has("irq_get_irqchip_state") else 0


@kernel
def irq_chip_retrigger_hierarchy(k: Kernel, d: IrqData) -> int:
    """``irq_chip_retrigger_hierarchy()``: ``irq_retrigger`` of the next chip further in that has it; 0 if none has."""
    parent = parent_of(d)
    while parent is not None:
        chip = irq_data_get_irq_chip(parent)
        if chip.has("irq_retrigger"):
            return int(chip.call(k, "irq_retrigger", parent))
        parent = parent_of(parent)
    return 0
