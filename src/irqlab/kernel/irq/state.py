"""What the core notes of a line: the ``irqd_*()`` and ``irq_settings_*()`` accessors (include/linux/irq.h, settings.h).

The bits are common to all chips of a line: asked of a parent's ``irq_data`` they are those of the outermost one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from irqlab.kernel.irq.desc import IrqData, IrqDesc
from irqlab.kernel.irq.flags import (
    IRQ_DISABLE_UNLAZY,
    IRQ_LEVEL,
    IRQ_MOVE_PCNTXT,
    IRQ_NO_BALANCING,
    IRQ_NOAUTOEN,
    IRQ_NOREQUEST,
    IRQ_PER_CPU,
    IRQ_TYPE_SENSE_MASK,
    IRQD_ACTIVATED,
    IRQD_DEFAULT_TRIGGER_SET,
    IRQD_IRQ_DISABLED,
    IRQD_IRQ_ENABLED_ON_SUSPEND,
    IRQD_IRQ_INPROGRESS,
    IRQD_IRQ_MASKED,
    IRQD_IRQ_STARTED,
    IRQD_LEVEL,
    IRQD_MOVE_PCNTXT,
    IRQD_NO_BALANCING,
    IRQD_PER_CPU,
    IRQD_RESEND_WHEN_IN_PROGRESS,
    IRQD_TRIGGER_MASK,
    IRQD_WAKEUP_ARMED,
    IRQD_WAKEUP_STATE,
    IRQF_MODIFY_MASK,
)
from irqlab.state import atomic

if TYPE_CHECKING:
    from irqlab.kernel.kernel import Kernel

#: The bits that have a field of their own in :class:`IrqData`; the rest is its ``flags``.
_FIELDS = (
    (IRQD_ACTIVATED, "activated"),
    (IRQD_LEVEL, "level"),
    (IRQD_WAKEUP_STATE, "wakeup_state"),
    (IRQD_IRQ_DISABLED, "disabled"),
    (IRQD_IRQ_MASKED, "masked"),
    (IRQD_IRQ_INPROGRESS, "inprogress"),
    (IRQD_WAKEUP_ARMED, "wakeup_armed"),
    (IRQD_IRQ_STARTED, "started"),
    (IRQD_DEFAULT_TRIGGER_SET, "trigger_set"),
    (IRQD_IRQ_ENABLED_ON_SUSPEND, "enabled_on_suspend"),
    (IRQD_RESEND_WHEN_IN_PROGRESS, "resend_when_in_progress"),
)
#: What ``irq_modify_status()`` makes of settings.
_PASSED_ON = (
    (IRQ_NO_BALANCING, IRQD_NO_BALANCING),
    (IRQ_PER_CPU, IRQD_PER_CPU),
    (IRQ_MOVE_PCNTXT, IRQD_MOVE_PCNTXT),
)
_WITH_FIELD = IRQD_TRIGGER_MASK | sum(bit for bit, _ in _FIELDS)


@atomic
def is_masked(d: IrqData) -> bool:
    """``irqd_irq_masked()``."""
    return d.masked


@atomic
def is_disabled(d: IrqData) -> bool:
    """``irqd_irq_disabled()``."""
    return d.disabled


@atomic
def is_started(d: IrqData) -> bool:
    """``irqd_is_started()``."""
    return d.started


@atomic
def is_activated(d: IrqData) -> bool:
    """``irqd_is_activated()``."""
    return d.activated


@atomic
def is_inprogress(d: IrqData) -> bool:
    """``irqd_irq_inprogress()``."""
    return d.inprogress


@atomic
def trigger_of(d: IrqData) -> int:
    """``irqd_get_trigger_type()``."""
    return d.trigger


@atomic
def irq_get_trigger_type(k: Kernel, irq: int) -> int:
    """``irq_get_trigger_type()``: ``IRQ_TYPE_NONE`` of a number without descriptor."""
    desc = k.world.at(IrqDesc, irq)
    return desc.irq_data.trigger if desc.exists else 0


@atomic
def set_trigger_type(d: IrqData, type_: int) -> None:
    """``irqd_set_trigger_type()``: the default of the line, when it is mapped or first shared."""
    d.trigger, d.trigger_set = type_ & IRQD_TRIGGER_MASK, True


@atomic
def has_flag(d: IrqData, bit: int) -> bool:
    """Whether one of the ``IRQD_*`` bits is set that have no field of their own."""
    return bool(d.flags & bit)


@atomic
def set_flag(d: IrqData, bit: int, on: bool = True) -> None:
    """``irqd_set()``, ``irqd_clear()`` of an ``IRQD_*`` bit that has no field of its own."""
    d.flags = d.flags | bit if on else d.flags & ~bit


@atomic
def irqd_state(d: IrqData) -> int:
    """``irq_common_data.state_use_accessors``: every ``IRQD_*`` bit of the line."""
    return d.flags | d.trigger | sum(bit for bit, field in _FIELDS if getattr(d, field))


@atomic
def set_irqd_state(d: IrqData, value: int) -> None:
    """Makes ``irq_common_data.state_use_accessors`` what somebody has written there (inline accessors of a driver)."""
    d.flags, d.trigger = value & ~_WITH_FIELD, value & IRQD_TRIGGER_MASK
    for bit, field in _FIELDS:
        if getattr(d, field) is not bool(value & bit):
            setattr(d, field, bool(value & bit))


@atomic
def has_setting(desc: IrqDesc, flag: int) -> bool:
    """Whether one of the ``IRQ_*`` settings is on that have no field of their own."""
    return bool(desc.settings & flag)


@atomic
def is_nmi(desc: IrqDesc) -> bool:
    """``irq_is_nmi()``."""
    return desc.nmi


@atomic
def add_settings(desc: IrqDesc, flags: int) -> None:
    """``irq_settings_set_*()`` of settings that have no field of their own."""
    desc.settings |= flags


@atomic
def modify_settings(k: Kernel, desc: IrqDesc, clear: int, set_: int) -> None:
    """``irq_settings_clr_and_set()``, and what of it ``irq_modify_status()`` passes on to the ``IRQD_*`` bits.

    The trigger type among the settings takes the place of the line's; without one the line keeps its own.
    """
    d = desc.irq_data
    if desc.depth == 0 and set_ & IRQ_NOAUTOEN:
        k.warn("irq_modify_status: IRQ_NOAUTOEN of an enabled interrupt")
    clear, set_ = clear & IRQF_MODIFY_MASK, set_ & IRQF_MODIFY_MASK
    changed = clear | set_
    for flag, field, record in (
        (IRQ_LEVEL, "level", d),
        (IRQ_NOREQUEST, "norequest", desc),
        (IRQ_NOAUTOEN, "noautoen", desc),
        (IRQ_DISABLE_UNLAZY, "disable_unlazy", desc),
    ):
        if changed & flag:
            setattr(record, field, bool(set_ & flag))
    rest = changed & ~(IRQ_LEVEL | IRQ_NOREQUEST | IRQ_NOAUTOEN | IRQ_DISABLE_UNLAZY)
    if rest:
        desc.settings = desc.settings & ~clear | set_ & rest
        for flag, bit in _PASSED_ON:
            set_flag(d, bit, bool(desc.settings & flag))
    trigger = desc.settings & IRQ_TYPE_SENSE_MASK
    if trigger and trigger != d.trigger:
        d.trigger = trigger


@atomic
def believe(k: Kernel, d: IrqData, *, masked: bool | None = None, disabled: bool | None = None) -> None:
    """Sets ``IRQD_IRQ_MASKED`` and ``IRQD_IRQ_DISABLED`` (``irq_state_set_masked()`` and its like)."""
    if masked is not None and d.masked is not masked:
        d.masked = masked
        k.world.trace("belief", irq=d.key[0], masked=masked)
    if disabled is not None and d.disabled is not disabled:
        d.disabled = disabled
        k.world.trace("belief", irq=d.key[0], disabled=disabled)


@atomic
def set_depth(k: Kernel, desc: IrqDesc, depth: int) -> None:
    """``desc->depth = depth``."""
    if desc.depth != depth:
        k.world.trace("depth", irq=desc.key[0], depth=depth)
        desc.depth = depth


@atomic
def set_started(d: IrqData, started: bool) -> None:
    """``irq_state_set_started()``, ``irq_state_clr_started()``."""
    d.started = started
