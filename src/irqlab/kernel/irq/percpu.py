"""Lines that each CPU has its own of: one descriptor, no lock, and here one CPU (kernel/irq/manage.c, chip.c, irqdesc.c).

Nothing of the core's state follows them but ``percpu_enabled``: MASKED and DISABLED stay what they were.
``percpu_dev_id`` is a per-CPU pointer; with one CPU it is the pointer.  6.1.192 and 6.12.117 agree.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from irqlab.kernel.context import in_hardirq
from irqlab.kernel.core import core
from irqlab.kernel.errno import EINVAL
from irqlab.kernel.irq.chip import irq_chip_pm_put
from irqlab.kernel.irq.desc import (
    IrqAction,
    IrqDesc,
    chip_bus_lock,
    chip_bus_sync_unlock,
    chip_of,
    desc_lock,
    irq_to_desc,
    percpu_desc,
)
from irqlab.kernel.irq.flags import (
    IRQ_NOAUTOEN,
    IRQ_NOPROBE,
    IRQ_NOTHREAD,
    IRQ_PER_CPU,
    IRQ_PER_CPU_DEVID,
    IRQ_TYPE_NONE,
    IRQ_TYPE_SENSE_MASK,
    IRQF_NO_SUSPEND,
    IRQF_PERCPU,
    IRQF_TIMER,
)
from irqlab.kernel.irq.handle import __handle_irq_event_percpu, call_nmi_handler, handle_irq_event_percpu
from irqlab.kernel.irq.manage import Handler, _kfree, _module_put, _request
from irqlab.kernel.irq.setup import irq_set_status_flags
from irqlab.kernel.irq.state import trigger_of
from irqlab.kernel.irq.trigger import __irq_set_trigger as set_trigger
from irqlab.kernel.locking import irqsave
from irqlab.kernel.pointer import Pointer
from irqlab.state import atomic, kernel

if TYPE_CHECKING:
    from irqlab.kernel.kernel import Kernel


@kernel
def irq_set_percpu_devid(k: Kernel, irq: int) -> int:
    """``irq_set_percpu_devid()``: -EINVAL for a number without descriptor, and the second time."""
    desc = irq_to_desc(k, irq)
    if desc is None or percpu_desc(k, irq) is not None:
        return -EINVAL
    irq_set_status_flags(k, irq, IRQ_NOAUTOEN | IRQ_PER_CPU | IRQ_NOTHREAD | IRQ_NOPROBE | IRQ_PER_CPU_DEVID)
    return 0


# -- request and free --------------------------------------------------------------------------------------------------


@core
@kernel
def request_percpu_irq(k: Kernel, irq: int, handler: Handler, name: str, dev_id: Pointer, flags: int = 0) -> int:
    """``request_percpu_irq()``, ``__request_percpu_irq()``: 0 or a negative errno; nothing is enabled.  May sleep."""
    if not dev_id:
        return -EINVAL
    desc = irq_to_desc(k, irq)
    if desc is None or not _requestable(desc) or flags not in (0, IRQF_TIMER):
        return -EINVAL
    return _request(k, desc, (handler, None, flags | IRQF_PERCPU | IRQF_NO_SUSPEND, name, dev_id))


@atomic
def _requestable(desc: IrqDesc) -> bool:
    return not desc.norequest and bool(desc.settings & IRQ_PER_CPU_DEVID)


@core
@kernel
def free_percpu_irq(k: Kernel, irq: int, dev_id: Pointer) -> None:
    """``free_percpu_irq()``: waits for nobody, deactivates nothing; refused while the line is enabled.  May sleep."""
    desc = percpu_desc(k, irq)
    if desc is None:
        return
    chip_bus_lock(k, desc)
    action = __free_percpu_irq(k, desc, dev_id)
    if action is not None:
        _kfree(k, action)
    chip_bus_sync_unlock(k, desc)


@kernel
def __free_percpu_irq(k: Kernel, desc: IrqDesc, dev_id: Pointer) -> IrqAction | None:  # noqa: N807
    """``__free_percpu_irq()``: under ``desc->lock``, which ends that it is an NMI; then ``irq_chip_pm_put()`` and the module."""
    if in_hardirq(k):
        k.warn(f"Trying to free IRQ {desc.irq} from IRQ context!")
    with irqsave(k, desc_lock(k, desc)):
        refusal = _refusal(desc, dev_id)
        if refusal:
            k.warn(refusal)
            return None
        action = _unlink(k, desc)
    irq_chip_pm_put(k, desc.irq_data)
    _module_put(k, desc)
    return action


@atomic
def _refusal(desc: IrqDesc, dev_id: Pointer) -> str:
    """What ``free_percpu_irq()`` warns of; nothing if the action may go."""
    if not desc.actions or desc.actions[0].dev_id != dev_id:
        return f"Trying to free already-free IRQ {desc.irq}"
    return f"percpu IRQ {desc.irq} still enabled on CPU0!" if desc.percpu_enabled else ""


@atomic
def _unlink(k: Kernel, desc: IrqDesc) -> IrqAction:
    action = desc.actions[0]
    desc.actions, desc.nmi = (), False
    k.world.trace("action", irq=desc.irq, name=action.name, added=False)
    return action


# -- enable and disable ------------------------------------------------------------------------------------------------


@atomic
def _enabled(desc: IrqDesc) -> bool:
    return desc.percpu_enabled


@atomic
def _set_enabled(desc: IrqDesc, value: bool) -> None:
    desc.percpu_enabled = value


@kernel
def irq_percpu_enable(k: Kernel, desc: IrqDesc) -> None:
    """``irq_percpu_enable()``: ``irq_enable`` of the chip, or ``irq_unmask``."""
    chip = chip_of(desc)
    chip.call(k, "irq_enable" if chip.has("irq_enable") else "irq_unmask", desc.irq_data)
    _set_enabled(desc, True)


@kernel
def irq_percpu_disable(k: Kernel, desc: IrqDesc) -> None:
    """``irq_percpu_disable()``: ``irq_disable`` of the chip, or ``irq_mask``: never lazy."""
    chip = chip_of(desc)
    chip.call(k, "irq_disable" if chip.has("irq_disable") else "irq_mask", desc.irq_data)
    _set_enabled(desc, False)


@core
@kernel
def enable_percpu_irq(k: Kernel, irq: int, type_: int = IRQ_TYPE_NONE) -> None:
    """``enable_percpu_irq()``: on this CPU; sets the trigger type, or the line's default.  ``desc->lock``, no bus lock."""
    desc = percpu_desc(k, irq)
    if desc is None:
        return
    with irqsave(k, desc_lock(k, desc)):
        type_ = type_ & IRQ_TYPE_SENSE_MASK or trigger_of(desc.irq_data)
        if type_ != IRQ_TYPE_NONE and set_trigger(k, desc, type_):
            k.warn(f"failed to set type for IRQ{irq}")
        else:
            irq_percpu_enable(k, desc)


@core
@kernel
def disable_percpu_irq(k: Kernel, irq: int) -> None:
    """``disable_percpu_irq()``: on this CPU; waits for nobody."""
    desc = percpu_desc(k, irq)
    if desc is None:
        return
    with irqsave(k, desc_lock(k, desc)):
        irq_percpu_disable(k, desc)


@kernel
def irq_percpu_is_enabled(k: Kernel, irq: int) -> bool:
    """``irq_percpu_is_enabled()``."""
    desc = percpu_desc(k, irq)
    return desc is not None and _enabled(desc)


# -- flow handlers -----------------------------------------------------------------------------------------------------


@kernel
def handle_percpu_irq(k: Kernel, desc: IrqDesc) -> None:
    """``handle_percpu_irq()``: ``irq_ack`` if there is one, all actions, ``irq_eoi`` if there is one; no lock, no state."""
    chip = chip_of(desc)
    if chip.has("irq_ack"):
        chip.call(k, "irq_ack", desc.irq_data)
    handle_irq_event_percpu(k, desc)
    if chip.has("irq_eoi"):
        chip.call(k, "irq_eoi", desc.irq_data)


@kernel
def handle_percpu_devid_irq(k: Kernel, desc: IrqDesc) -> None:
    """``handle_percpu_devid_irq()``: the same; a line without action is disabled on this CPU if it was enabled."""
    chip = chip_of(desc)
    if chip.has("irq_ack"):
        chip.call(k, "irq_ack", desc.irq_data)
    if _requested(desc):
        __handle_irq_event_percpu(k, desc)
    else:
        enabled = _enabled(desc)
        if enabled:
            irq_percpu_disable(k, desc)
        unmasked = " and unmasked" if enabled else ""
        k.world.trace("printk", text=f"Spurious{unmasked} percpu IRQ{desc.irq} on CPU0")
    if chip.has("irq_eoi"):
        chip.call(k, "irq_eoi", desc.irq_data)


@kernel
def handle_percpu_devid_fasteoi_nmi(k: Kernel, desc: IrqDesc) -> None:
    """``handle_percpu_devid_fasteoi_nmi()``: the one action, without any lock; ``irq_eoi`` if there is one."""
    call_nmi_handler(k, desc)
    chip = chip_of(desc)
    if chip.has("irq_eoi"):
        chip.call(k, "irq_eoi", desc.irq_data)


@atomic
def _requested(desc: IrqDesc) -> bool:
    return desc.actions != ()
