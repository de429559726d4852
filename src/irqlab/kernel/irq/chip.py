"""What the core does to a chip and what it then believes (kernel/irq/chip.c, first half).

All of it runs under ``desc->lock`` with interrupts off unless said otherwise.  The flow handlers are in
:mod:`irqlab.kernel.irq.flow`, what drivers of controllers set is in :mod:`irqlab.kernel.irq.setup`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from irqlab.kernel.cpumask import cpu_online_mask
from irqlab.kernel.device import Device
from irqlab.kernel.irq.activate import irq_domain_activate_irq, irq_domain_deactivate_irq
from irqlab.kernel.irq.affinity import affinity_of, irq_do_set_affinity, irq_setup_affinity
from irqlab.kernel.irq.desc import IrqData, IrqDesc, chip_of
from irqlab.kernel.irq.flags import (
    IRQCHIP_AFFINITY_PRE_STARTUP,
    IRQCHIP_EOI_THREADED,
    IRQD_AFFINITY_MANAGED,
    IRQD_MANAGED_SHUTDOWN,
)
from irqlab.kernel.irq.resend import check_irq_resend, clear_irq_resend
from irqlab.kernel.irq.state import (
    believe,
    has_flag,
    is_activated,
    is_disabled,
    is_masked,
    is_started,
    set_depth,
    set_flag,
    set_started,
)
from irqlab.kernel.pm.runtime import pm_runtime_get_sync, pm_runtime_put, pm_runtime_put_noidle, pm_runtime_resume_and_get
from irqlab.state import atomic, kernel

if TYPE_CHECKING:
    from irqlab.kernel.kernel import Kernel


# -- primitives ------------------------------------------------------------------------------------------------


@kernel
def mask_irq(k: Kernel, desc: IrqDesc) -> None:
    """``mask_irq()``: nothing when believed masked; a chip without ``irq_mask`` stays believed unmasked."""
    if is_masked(desc.irq_data):
        return
    chip = chip_of(desc)
    if chip.has("irq_mask"):
        chip.call(k, "irq_mask", desc.irq_data)
        believe(k, desc.irq_data, masked=True)


@kernel
def unmask_irq(k: Kernel, desc: IrqDesc) -> None:
    """``unmask_irq()``: nothing when believed unmasked."""
    if not is_masked(desc.irq_data):
        return
    chip = chip_of(desc)
    if chip.has("irq_unmask"):
        chip.call(k, "irq_unmask", desc.irq_data)
        believe(k, desc.irq_data, masked=False)


@kernel
def unmask_threaded_irq(k: Kernel, desc: IrqDesc) -> None:
    """``unmask_threaded_irq()``."""
    chip = chip_of(desc)
    if chip.flags & IRQCHIP_EOI_THREADED:
        chip.call(k, "irq_eoi", desc.irq_data)
    unmask_irq(k, desc)


@kernel
def mask_ack_irq(k: Kernel, desc: IrqDesc) -> None:
    """``mask_ack_irq()``: ``irq_mask_ack`` is called whatever the core believes."""
    chip = chip_of(desc)
    if chip.has("irq_mask_ack"):
        chip.call(k, "irq_mask_ack", desc.irq_data)
        believe(k, desc.irq_data, masked=True)
    else:
        mask_irq(k, desc)
        if chip.has("irq_ack"):
            chip.call(k, "irq_ack", desc.irq_data)


@kernel
def irq_enable(k: Kernel, desc: IrqDesc) -> None:
    """``irq_enable()``."""
    d = desc.irq_data
    if not is_disabled(d):
        unmask_irq(k, desc)
        return
    believe(k, d, disabled=False)
    chip = chip_of(desc)
    if chip.has("irq_enable"):
        chip.call(k, "irq_enable", d)
        believe(k, d, masked=False)
    else:
        unmask_irq(k, desc)


@kernel
def __irq_disable(k: Kernel, desc: IrqDesc, mask: bool) -> None:  # noqa: N807
    """``__irq_disable()``: without ``irq_disable`` and without ``mask`` nothing but a belief changes (lazy)."""
    d = desc.irq_data
    if is_disabled(d):
        if mask:
            mask_irq(k, desc)
        return
    believe(k, d, disabled=True)
    chip = chip_of(desc)
    if chip.has("irq_disable"):
        chip.call(k, "irq_disable", d)
        believe(k, d, masked=True)
    elif mask:
        mask_irq(k, desc)


@atomic
def _unlazy(desc: IrqDesc) -> bool:
    return desc.disable_unlazy


def irq_disable(k: Kernel, desc: IrqDesc) -> None:
    """``irq_disable()``: lazy unless ``IRQ_DISABLE_UNLAZY``."""
    __irq_disable(k, desc, _unlazy(desc))


def _startup(k: Kernel, desc: IrqDesc) -> int:
    """``__irq_startup()``: ``irq_startup`` of the chip, or enable; a part of ``irq_startup()``, so no traced call of its own."""
    d = desc.irq_data
    error = 0
    chip = chip_of(desc)
    if not is_activated(d):
        k.warn("irq_startup: !irqd_is_activated(d)")
    if chip.has("irq_startup"):
        error = int(chip.call(k, "irq_startup", d))
        believe(k, d, masked=False, disabled=False)
    else:
        irq_enable(k, desc)
    set_started(d, True)
    return error


#: What ``__irq_startup_managed()`` answers.
IRQ_STARTUP_NORMAL, IRQ_STARTUP_MANAGED, IRQ_STARTUP_ABORT = range(3)


@atomic
def _managed_case(k: Kernel, d: IrqData) -> int:
    """Whether a line is managed, and if so has a CPU; in either case its managed shutdown is over."""
    if not d.flags & IRQD_AFFINITY_MANAGED:
        return IRQ_STARTUP_NORMAL
    set_flag(d, IRQD_MANAGED_SHUTDOWN, False)
    return IRQ_STARTUP_MANAGED if d.affinity & cpu_online_mask(k) else IRQ_STARTUP_ABORT


def _startup_managed(k: Kernel, desc: IrqDesc, force: bool) -> int:
    """``__irq_startup_managed()``: a managed line is activated here, and only where one of its CPUs is online.

    WARNs where somebody insists on a line without CPU (``enable_irq()``, a chained handler).
    """
    case = _managed_case(k, desc.irq_data)
    if case == IRQ_STARTUP_ABORT and force:
        k.warn("__irq_startup_managed: no CPU of the line is online")
    if case == IRQ_STARTUP_MANAGED and irq_domain_activate_irq(k, desc):
        k.warn("__irq_startup_managed: irq_domain_activate_irq() failed")
        return IRQ_STARTUP_ABORT
    return case


@atomic
def _park(k: Kernel, desc: IrqDesc) -> None:
    """A managed line without CPU: it waits for one, since 788019eb559f (6.16) as disabled as its flags say."""
    if k.release.has("managed-depth"):
        set_depth(k, desc, 1)
    set_flag(desc.irq_data, IRQD_MANAGED_SHUTDOWN)


@kernel
def irq_startup(k: Kernel, desc: IrqDesc, resend: bool, force: bool = False) -> int:
    """``irq_startup()``: depth becomes 0; a line that was never started is given its CPU, others are enabled.

    The affinity is set before or (without AFFINITY_PRE_STARTUP) after the chip has opened the line; of a managed line
    always before.  ``force``: somebody insists (``IRQ_START_FORCE``), which starts nothing, but WARNs.
    """
    d = desc.irq_data
    error = 0
    set_depth(k, desc, 0)
    if is_started(d):
        irq_enable(k, desc)
    else:
        case = _startup_managed(k, desc, force)
        if case == IRQ_STARTUP_ABORT:
            _park(k, desc)
            return 0
        managed = case == IRQ_STARTUP_MANAGED
        early = chip_of(desc).flags & IRQCHIP_AFFINITY_PRE_STARTUP
        if managed:
            irq_do_set_affinity(k, desc, affinity_of(d), False)
        elif early:
            irq_setup_affinity(k, desc)
        error = _startup(k, desc)
        if not managed and not early:
            irq_setup_affinity(k, desc)
    if resend:
        check_irq_resend(k, desc)
    return error


@atomic
def _one_disable_less(k: Kernel, desc: IrqDesc) -> bool:
    """Takes back what the managed shutdown has added to the depth; True where nobody else has disabled the line."""
    if k.release.has("managed-depth-once"):
        set_flag(desc.irq_data, IRQD_MANAGED_SHUTDOWN, False)
    set_depth(k, desc, desc.depth - 1)
    return desc.depth == 0


@kernel
def irq_startup_managed(k: Kernel, desc: IrqDesc) -> None:
    """``irq_startup_managed()``: undoes a managed shutdown, but leaves a line disabled that is.  Since 788019eb559f (6.16).

    2b32fc8ff08d (6.16) makes that once a shutdown: before, every CPU of the line that came took one off the depth.
    """
    if _one_disable_less(k, desc):
        irq_startup(k, desc, True)


@atomic
def _count_shutdown(k: Kernel, desc: IrqDesc) -> None:
    """A shutdown disables once more since 788019eb559f (6.16); before, it forgot how often the line was disabled."""
    set_depth(k, desc, desc.depth + 1 if k.release.has("managed-depth") else 1)


@kernel
def irq_shutdown(k: Kernel, desc: IrqDesc) -> None:
    """``irq_shutdown()``: only what was started; ends masked, disabled, depth 1 (6.16: one more than it was)."""
    d = desc.irq_data
    if not is_started(d):
        return
    if k.release.has("resend-list"):
        clear_irq_resend(k, desc)
    _count_shutdown(k, desc)
    chip = chip_of(desc)
    if chip.has("irq_shutdown"):
        chip.call(k, "irq_shutdown", d)
        believe(k, d, masked=True, disabled=True)
    else:
        __irq_disable(k, desc, True)
    set_started(d, False)


@kernel
def irq_shutdown_and_deactivate(k: Kernel, desc: IrqDesc) -> None:
    """``irq_shutdown_and_deactivate()``."""
    irq_shutdown(k, desc)
    irq_domain_deactivate_irq(k, desc)


def irq_activate(k: Kernel, desc: IrqDesc) -> int:
    """``irq_activate()``: nothing for managed lines, which ``irq_startup()`` activates where they have a CPU."""
    return 0 if has_flag(desc.irq_data, IRQD_AFFINITY_MANAGED) else irq_domain_activate_irq(k, desc)


@kernel
def irq_activate_and_startup(k: Kernel, desc: IrqDesc, resend: bool) -> int:
    """``irq_activate_and_startup()``."""
    if irq_activate(k, desc):
        k.warn("irq_activate_and_startup: irq_activate() failed")
        return 0
    return irq_startup(k, desc, resend, force=True)


# -- the device behind the interrupt ----------------------------------------------------------------------------


@atomic
def irq_get_pm_device(k: Kernel, d: IrqData) -> Device | None:
    """The device ``irq_chip_pm_get()`` takes its reference on; None means *there is nothing to take it on*.

    ``chip->parent_device`` from be45beb2df69 (v4.8) to 5.17, the PM device of the outermost domain since
    1f8863bfb5ca (v5.18).  Parent domains are not asked.
    """
    if not k.config.pm:
        return None
    if k.release.has("domain-pm-device"):
        return d.domain.pm_dev if d.domain is not None else None
    if k.release.has("parent-device"):
        return d.chip.parent_device
    return None


@kernel
def irq_chip_pm_get(k: Kernel, d: IrqData) -> int:
    """``irq_chip_pm_get()``: 0, or a negative error with the reference dropped.  May sleep."""
    device = irq_get_pm_device(k, d)
    if device is None:
        k.world.trace("pm-get-nothing", irq=d.key[0])
        return 0
    if k.release.has("pm-get-unbalanced"):
        error = pm_runtime_get_sync(k, device)
        if error < 0:
            pm_runtime_put_noidle(k, device)
            return error
        return 0
    return min(pm_runtime_resume_and_get(k, device), 0)


@kernel
def irq_chip_pm_put(k: Kernel, d: IrqData) -> int:
    """``irq_chip_pm_put()``: asynchronous."""
    device = irq_get_pm_device(k, d)
    if device is None:
        k.world.trace("pm-put-nothing", irq=d.key[0])
        return 0
    return min(pm_runtime_put(k, device), 0)
