"""Lines that are delivered as NMI, global ones and those of each CPU (kernel/irq/manage.c; 6.1.192 and 6.12.117 agree).

What makes a line an NMI is its chip's business (``irq_nmi_setup``); the core refuses what cannot be one: lines that are
shared, stacked, behind a slow bus, or started by the request.  Here it comes like every other interrupt, never while
interrupts are off.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from irqlab.kernel.context import preemptible
from irqlab.kernel.errno import EINVAL, ENOTCONN
from irqlab.kernel.irq.chip import irq_chip_pm_put, irq_shutdown_and_deactivate
from irqlab.kernel.irq.desc import IrqAction, IrqDesc, chip_of, desc_lock, irq_to_desc, percpu_desc
from irqlab.kernel.irq.flags import (
    IRQ_NOTCONNECTED,
    IRQ_PER_CPU_DEVID,
    IRQ_TYPE_NONE,
    IRQCHIP_SUPPORTS_NMI,
    IRQF_COND_SUSPEND,
    IRQF_IRQPOLL,
    IRQF_NO_AUTOEN,
    IRQF_NO_SUSPEND,
    IRQF_NO_THREAD,
    IRQF_NOBALANCING,
    IRQF_PERCPU,
    IRQF_SHARED,
)
from irqlab.kernel.irq.manage import Handler, _clear_unlazy, _kfree, _module_put, _request, disable_irq_nosync, enable_irq
from irqlab.kernel.irq.percpu import __free_percpu_irq as _free_percpu_irq
from irqlab.kernel.irq.percpu import disable_percpu_irq, enable_percpu_irq
from irqlab.kernel.irq.state import has_setting, is_nmi
from irqlab.kernel.locking import irqsave
from irqlab.kernel.pointer import Pointer
from irqlab.state import atomic, kernel

if TYPE_CHECKING:
    from irqlab.kernel.kernel import Kernel


# -- what both kinds need ----------------------------------------------------------------------------------------------


@atomic
def irq_supports_nmi(desc: IrqDesc) -> bool:
    """``irq_supports_nmi()``: IRQCHIP_SUPPORTS_NMI, the only chip of the line, and no bus lock."""
    chip = desc.irq_data.chip
    slow = chip.has("irq_bus_lock") or chip.has("irq_bus_sync_unlock")
    return desc.irq_data.parent_data is None and not slow and bool(chip.flags & IRQCHIP_SUPPORTS_NMI)


@kernel
def irq_nmi_setup(k: Kernel, desc: IrqDesc) -> int:
    """``irq_nmi_setup()``: -EINVAL of a chip that has no such callback.  ``desc->lock`` held."""
    chip = chip_of(desc)
    return int(chip.call(k, "irq_nmi_setup", desc.irq_data)) if chip.has("irq_nmi_setup") else -EINVAL


@kernel
def irq_nmi_teardown(k: Kernel, desc: IrqDesc) -> None:
    """``irq_nmi_teardown()``: nothing of a chip that has no such callback.  ``desc->lock`` held."""
    chip = chip_of(desc)
    if chip.has("irq_nmi_teardown"):
        chip.call(k, "irq_nmi_teardown", desc.irq_data)


@atomic
def _set_nmi(desc: IrqDesc, on: bool) -> None:
    """``IRQS_NMI``."""
    desc.nmi = on


@atomic
def _may_request(desc: IrqDesc) -> bool:
    return not desc.norequest


@atomic
def _may_autoenable(desc: IrqDesc) -> bool:
    return not desc.noautoen


# -- lines of the system -----------------------------------------------------------------------------------------------


@kernel
def request_nmi(k: Kernel, irq: int, handler: Handler | None, flags: int, name: str, dev_id: Pointer) -> int:
    """``request_nmi()``: 0 or a negative errno; the line is disabled.  May sleep.

    The flags say IRQF_PERCPU, and IRQF_NO_AUTOEN unless the line does.  If the chip refuses, it is -EINVAL whatever it says.
    """
    if irq == IRQ_NOTCONNECTED:
        return -ENOTCONN
    if flags & (IRQF_SHARED | IRQF_COND_SUSPEND | IRQF_IRQPOLL) or not flags & IRQF_PERCPU or handler is None:
        return -EINVAL
    desc = irq_to_desc(k, irq)
    if desc is None or (_may_autoenable(desc) and not flags & IRQF_NO_AUTOEN) or not _may_request(desc):
        return -EINVAL
    if has_setting(desc, IRQ_PER_CPU_DEVID):
        k.warn(f"request_nmi: irq {irq} is per CPU")
        return -EINVAL
    if not irq_supports_nmi(desc):
        return -EINVAL
    error = _request(k, desc, (handler, None, flags | IRQF_NO_THREAD | IRQF_NOBALANCING, name, dev_id))
    if error:
        return error
    with irqsave(k, desc_lock(k, desc)):
        _set_nmi(desc, True)
        if irq_nmi_setup(k, desc):
            __cleanup_nmi(k, desc)
            error = -EINVAL
    return error


@kernel
def free_nmi(k: Kernel, irq: int, dev_id: Pointer) -> None:
    """``free_nmi()``: disables a line that is still enabled, with a WARN; waits for no handler, asks for no cookie."""
    desc = irq_to_desc(k, irq)
    if desc is None:
        return
    if not is_nmi(desc):
        k.warn(f"free_nmi: irq {irq} is no NMI")
        return
    if has_setting(desc, IRQ_PER_CPU_DEVID):
        k.warn(f"free_nmi: irq {irq} is per CPU")
        return
    if _is_enabled(desc):
        k.warn(f"free_nmi: irq {irq} is still enabled")
        disable_nmi_nosync(k, irq)
    with irqsave(k, desc_lock(k, desc)):
        irq_nmi_teardown(k, desc)
        __cleanup_nmi(k, desc)


@atomic
def _is_enabled(desc: IrqDesc) -> bool:
    return desc.depth == 0


@kernel
def __cleanup_nmi(k: Kernel, desc: IrqDesc) -> None:  # noqa: N807
    """``__cleanup_nmi()``: all that ``__free_irq()`` does in three steps, here under ``desc->lock`` with interrupts off.

    So ``irq_release_resources`` may not sleep, and the device behind the line is put under a raw spinlock.
    """
    action = _take_action(desc)
    if action is None:
        k.warn(f"__cleanup_nmi: irq {desc.irq} has no action")
    else:
        k.world.trace("action", irq=desc.irq, name=action.name, added=False)
        _kfree(k, action)
    _clear_unlazy(desc)
    irq_shutdown_and_deactivate(k, desc)
    chip = chip_of(desc)
    if chip.has("irq_release_resources"):
        chip.call(k, "irq_release_resources", desc.irq_data)
    irq_chip_pm_put(k, desc.irq_data)
    _module_put(k, desc)


@atomic
def _take_action(desc: IrqDesc) -> IrqAction | None:
    desc.nmi = False
    action = desc.actions[0] if desc.actions else None
    desc.actions = ()
    return action


@kernel
def enable_nmi(k: Kernel, irq: int) -> None:
    """``enable_nmi()``: is ``enable_irq()``."""
    enable_irq(k, irq)


@kernel
def disable_nmi_nosync(k: Kernel, irq: int) -> None:
    """``disable_nmi_nosync()``: is ``disable_irq_nosync()``; there is none that waits."""
    disable_irq_nosync(k, irq)


# -- lines of each CPU -------------------------------------------------------------------------------------------------


@kernel
def request_percpu_nmi(k: Kernel, irq: int, handler: Handler | None, name: str, dev_id: Pointer) -> int:
    """``request_percpu_nmi()``: 0 or a negative errno; each CPU has to prepare and enable it.  May sleep."""
    if handler is None:
        return -EINVAL
    desc = percpu_desc(k, irq)
    if desc is None or not _may_request(desc) or _may_autoenable(desc) or not irq_supports_nmi(desc) or is_nmi(desc):
        return -EINVAL
    flags = IRQF_PERCPU | IRQF_NO_SUSPEND | IRQF_NO_THREAD | IRQF_NOBALANCING
    error = _request(k, desc, (handler, None, flags, name, dev_id))
    if not error:
        with irqsave(k, desc_lock(k, desc)):
            _set_nmi(desc, True)
    return error


@kernel
def free_percpu_nmi(k: Kernel, irq: int, dev_id: Pointer) -> None:
    """``free_percpu_nmi()``: as ``free_percpu_irq()``, without the bus lock that no such line has.  May sleep."""
    desc = percpu_desc(k, irq)
    if desc is None:
        return
    if not is_nmi(desc):
        k.warn(f"free_percpu_nmi: irq {irq} is no NMI")
        return
    action = _free_percpu_irq(k, desc, dev_id)
    if action is not None:
        _kfree(k, action)


@kernel
def prepare_percpu_nmi(k: Kernel, irq: int) -> int:
    """``prepare_percpu_nmi()``: the chip makes this CPU's line an NMI; what the chip says, or -EINVAL.  Not preemptible."""
    if preemptible(k):
        k.warn("prepare_percpu_nmi: preemptible")
    desc = percpu_desc(k, irq)
    if desc is None:
        return -EINVAL
    with irqsave(k, desc_lock(k, desc)):
        if not is_nmi(desc):
            k.warn(f"prepare_percpu_nmi called for a non-NMI interrupt: irq {irq}")
            return -EINVAL
        return irq_nmi_setup(k, desc)


@kernel
def teardown_percpu_nmi(k: Kernel, irq: int) -> None:
    """``teardown_percpu_nmi()``: undoes ``prepare_percpu_nmi()`` on this CPU.  Not preemptible."""
    if preemptible(k):
        k.warn("teardown_percpu_nmi: preemptible")
    desc = percpu_desc(k, irq)
    if desc is None:
        return
    with irqsave(k, desc_lock(k, desc)):
        if is_nmi(desc):
            irq_nmi_teardown(k, desc)
        else:
            k.warn(f"teardown_percpu_nmi: irq {irq} is no NMI")


@kernel
def enable_percpu_nmi(k: Kernel, irq: int, type_: int = IRQ_TYPE_NONE) -> None:
    """``enable_percpu_nmi()``: is ``enable_percpu_irq()``."""
    enable_percpu_irq(k, irq, type_)


@kernel
def disable_percpu_nmi(k: Kernel, irq: int) -> None:
    """``disable_percpu_nmi()``: is ``disable_percpu_irq()``."""
    disable_percpu_irq(k, irq)
