"""Interrupts in system sleep (kernel/irq/pm.c; 6.1.170 and 6.12.117 agree).

Tests: ``tests/kernel/irq/test_pm.py``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from irqlab.kernel.core import core
from irqlab.kernel.irq.desc import IrqDesc, buslock, chip_of, desc_lock, global_desc
from irqlab.kernel.irq.flags import (
    IRQ_NESTED_THREAD,
    IRQCHIP_ENABLE_WAKEUP_ON_SUSPEND,
    IRQCHIP_MASK_ON_SUSPEND,
    IRQF_COND_SUSPEND,
    IRQF_EARLY_RESUME,
    IRQF_FORCE_RESUME,
    IRQF_NO_SUSPEND,
)
from irqlab.kernel.locking import irqsave
from irqlab.kernel.syscore import Syscore, register_syscore, registered
from irqlab.state import atomic, kernel

if TYPE_CHECKING:
    from irqlab.kernel.kernel import Kernel


@atomic
def _mixed(desc: IrqDesc) -> tuple[bool, bool]:
    """Whether only some actions of a line say FORCE_RESUME, and whether NO_SUSPEND meets an action that does not agree.

    The kernel counts with ``nr_actions``, ``force_resume_depth``, ``no_suspend_depth`` and ``cond_suspend_depth``.
    """
    flags = [action.flags for action in desc.actions]
    forced = [flag & IRQF_FORCE_RESUME for flag in flags]
    stays = [flag & IRQF_NO_SUSPEND for flag in flags]
    agrees = [flag & (IRQF_NO_SUSPEND | IRQF_COND_SUSPEND) for flag in flags]
    return any(forced) and not all(forced), any(stays) and not all(agrees)


@atomic
def _register_once(k: Kernel, desc: IrqDesc) -> None:
    if any(action.flags & IRQF_EARLY_RESUME for action in desc.actions) and IRQ_PM not in registered(k):
        register_syscore(k, IRQ_PM)


@kernel
def irq_pm_install_action(k: Kernel, desc: IrqDesc) -> None:
    """``irq_pm_install_action()``: WARNs where the actions of a line disagree.  ``desc->lock`` held.

    ``irq_pm_init_ops()`` registers its syscore operations at device_initcall time; here the first EARLY_RESUME action does.
    """
    _register_once(k, desc)
    force_resume, no_suspend = _mixed(desc)
    if force_resume:
        k.warn("irq_pm_install_action: only some actions have IRQF_FORCE_RESUME")
    if no_suspend:
        k.warn("irq_pm_install_action: IRQF_NO_SUSPEND shared with an action that has neither it nor IRQF_COND_SUSPEND")


@atomic
def _suspend_case(desc: IrqDesc) -> str:
    """What ``suspend_device_irq()`` does with a line: nothing, arm it as a wake-up source, or suspend it."""
    actions = desc.actions
    if not actions or actions[0].chained:
        return "untouched"
    if any(action.flags & IRQF_NO_SUSPEND for action in actions):
        return "untouched"
    if desc.irq_data.wakeup_state:
        return "arm"
    return "suspend"


@atomic
def _arm(k: Kernel, desc: IrqDesc) -> None:
    desc.irq_data.wakeup_armed = True
    k.world.trace("wakeup-armed", irq=desc.irq)


@atomic
def _set_enabled_on_suspend(desc: IrqDesc, value: bool) -> None:
    desc.irq_data.enabled_on_suspend = value


@atomic
def _set_suspended(k: Kernel, desc: IrqDesc, value: bool) -> None:
    desc.suspended = value
    k.world.trace("irq-suspended", irq=desc.irq, value=value)


@kernel
def suspend_device_irq(k: Kernel, desc: IrqDesc) -> bool:
    """``suspend_device_irq()``: disabled *lazily*, so the chip is not touched unless MASK_ON_SUSPEND.

    A wake-up source stays as it is; an ENABLE_WAKEUP_ON_SUSPEND chip's is enabled for the sleep.
    """
    from irqlab.kernel.irq.chip import mask_irq
    from irqlab.kernel.irq.manage import __disable_irq as disable
    from irqlab.kernel.irq.manage import __enable_irq as enable
    from irqlab.kernel.irq.state import is_disabled

    case = _suspend_case(desc)
    if case == "untouched":
        return False
    if case == "arm":
        _arm(k, desc)
        if chip_of(desc).flags & IRQCHIP_ENABLE_WAKEUP_ON_SUSPEND and is_disabled(desc.irq_data):
            enable(k, desc)
            _set_enabled_on_suspend(desc, True)
        return True
    _set_suspended(k, desc, True)
    disable(k, desc)
    if chip_of(desc).flags & IRQCHIP_MASK_ON_SUSPEND:
        mask_irq(k, desc)
    return True


@atomic
def _line_after(k: Kernel, irq: int) -> IrqDesc | None:
    """The next line of ``for_each_irq_desc()`` that is not nested (``irq_settings_is_nested_thread()``), as it is now."""
    return next((desc for desc in k.world.all(IrqDesc) if desc.irq > irq and not desc.settings & IRQ_NESTED_THREAD), None)


@core
@kernel
def suspend_device_irqs(k: Kernel) -> None:
    """``suspend_device_irqs()``: every line but nested ones, whose lock is not taken; then waits for the handlers of each."""
    from irqlab.kernel.irq.synchronize import synchronize_desc

    desc = _line_after(k, 0)
    while desc is not None:
        with irqsave(k, desc_lock(k, desc)):
            sync = suspend_device_irq(k, desc)
        if sync:
            synchronize_desc(k, desc)
        desc = _line_after(k, desc.irq)


@atomic
def _disarm(desc: IrqDesc) -> bool:
    """Clears WAKEUP_ARMED; True for a line that was enabled for the sleep."""
    if desc.irq_data.wakeup_armed:
        desc.irq_data.wakeup_armed = False
    return desc.irq_data.enabled_on_suspend


@atomic
def _resume_case(desc: IrqDesc) -> str:
    if desc.suspended:
        return "suspended"
    if any(action.flags & IRQF_FORCE_RESUME for action in desc.actions):
        return "forced"
    return "untouched"


@kernel
def resume_irq(k: Kernel, desc: IrqDesc) -> None:
    """``resume_irq()``: ``__enable_irq()``, which unmasks only what is believed masked."""
    from irqlab.kernel.irq.manage import __disable_irq as disable
    from irqlab.kernel.irq.manage import __enable_irq as enable
    from irqlab.kernel.irq.manage import _bump_depth
    from irqlab.kernel.irq.state import believe

    if _disarm(desc):
        disable(k, desc)
        _set_enabled_on_suspend(desc, False)
    case = _resume_case(desc)
    if case == "untouched":
        return
    if case == "forced":
        _bump_depth(k, desc)
        believe(k, desc.irq_data, disabled=True, masked=True)
    else:
        _set_suspended(k, desc, False)
    enable(k, desc)


@atomic
def _early(desc: IrqDesc) -> bool:
    return bool(desc.actions) and bool(desc.actions[0].flags & IRQF_EARLY_RESUME)


@kernel
def resume_irqs(k: Kernel, want_early: bool) -> None:
    """``resume_irqs()``: only lines whose first action says EARLY_RESUME, or every line; nested ones never."""
    desc = _line_after(k, 0)
    while desc is not None:
        if not want_early or _early(desc):
            with irqsave(k, desc_lock(k, desc)):
                resume_irq(k, desc)
        desc = _line_after(k, desc.irq)


@kernel
def irq_pm_syscore_resume(k: Kernel) -> None:
    """``irq_pm_syscore_resume()``: EARLY_RESUME lines, before the noirq callbacks, interrupts off.

    A sleep that is given up in the noirq phase, before ``syscore_suspend()``, comes by without it.
    """
    resume_irqs(k, True)


#: ``irq_pm_syscore``.
IRQ_PM = Syscore("irq_pm", resume=irq_pm_syscore_resume)


@atomic
def _rearm(k: Kernel, desc: IrqDesc) -> bool:
    if not desc.suspended or not desc.irq_data.wakeup_state:
        return False
    desc.suspended = False
    desc.irq_data.wakeup_armed = True
    k.world.trace("wakeup-armed", irq=desc.irq)
    return True


@kernel
def rearm_wake_irq(k: Kernel, irq: int) -> None:
    """``rearm_wake_irq()``: a line that has woken the system may do so once more (suspend-to-idle, ACPI).

    Nothing happens to a line that is not suspended, or that is no wake-up source.  Bus lock and ``desc->lock``.
    """
    from irqlab.kernel.irq.manage import __enable_irq as enable

    desc = global_desc(k, irq)
    if desc is None:
        return
    with buslock(k, desc):
        if _rearm(k, desc):
            enable(k, desc)


@core
@kernel
def resume_device_irqs(k: Kernel) -> None:
    """``resume_device_irqs()``."""
    resume_irqs(k, False)


@atomic
def _wakeup(k: Kernel, desc: IrqDesc) -> bool:
    if not desc.irq_data.wakeup_armed:
        return False
    desc.irq_data.wakeup_armed = False
    desc.suspended = True
    desc.pending = True
    desc.depth += 1
    k.world.trace("depth", irq=desc.key[0], depth=desc.depth)
    return True


@kernel
def irq_pm_check_wakeup(k: Kernel, desc: IrqDesc) -> bool:
    """``irq_pm_check_wakeup()``: an armed line wakes the system and is disabled.  ``desc->lock`` held."""
    from irqlab.kernel.irq.chip import irq_disable
    from irqlab.kernel.pm.sleep import pm_system_wakeup

    if not _wakeup(k, desc):
        return False
    irq_disable(k, desc)
    pm_system_wakeup(k)
    k.world.trace("system-wakeup", irq=desc.irq)
    return True
