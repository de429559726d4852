"""Runtime PM at the edges: system sleep, probe and unbind, suppliers (the end of ``drivers/base/power/runtime.c``).

:mod:`irqlab.kernel.pm.runtime` exports all of it.

Tests: ``tests/kernel/test_runtime_pm.py``, ``tests/kernel/test_device.py``, ``tests/kernel/test_sleep.py``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from irqlab.kernel.core import core
from irqlab.kernel.device_link import DeviceLink, pm_suppliers, supplier_links
from irqlab.kernel.locking import irq
from irqlab.kernel.pm.control import pm_runtime_disable, pm_runtime_enable, pm_runtime_set_suspended
from irqlab.kernel.pm.look import parent_of, rpm_get_callback
from irqlab.kernel.pm.power import (
    ACTIVE,
    RPM_ASYNC,
    RPM_GET_PUT,
    SUSPENDED,
    mark_busy,
    power_lock,
    set_status,
    setup,
    state,
    status_of,
    usage,
)
from irqlab.kernel.pm.rpm import (
    call_back,
    pm_runtime_idle_flags,
    pm_runtime_release_supplier,
    pm_runtime_resume_flags,
)
from irqlab.kernel.pm.wakeirq import (
    dev_pm_disable_wake_irq_check,
    dev_pm_enable_wake_irq_check,
    dev_pm_enable_wake_irq_complete,
)
from irqlab.state import atomic, kernel

if TYPE_CHECKING:
    from irqlab.kernel.device import Device
    from irqlab.kernel.kernel import Kernel


@atomic
def pm_runtime_enabled(k: Kernel, dev: Device) -> bool:
    """``pm_runtime_enabled()``."""
    return k.config.pm and setup(dev).disable_depth == 0


@atomic
def pm_runtime_active(k: Kernel, dev: Device) -> bool:
    """``pm_runtime_active()``: status active, or runtime PM disabled."""
    return not k.config.pm or state(dev).status == ACTIVE or setup(dev).disable_depth > 0


@atomic
def pm_runtime_suspended(k: Kernel, dev: Device) -> bool:
    """``pm_runtime_suspended()``: status suspended *and* runtime PM enabled."""
    return k.config.pm and state(dev).status == SUSPENDED and setup(dev).disable_depth == 0


@atomic
def pm_runtime_status_suspended(k: Kernel, dev: Device) -> bool:
    """``pm_runtime_status_suspended()``: status suspended, enabled or not."""
    return k.config.pm and state(dev).status == SUSPENDED


@atomic
def pm_runtime_need_not_resume(k: Kernel, dev: Device) -> bool:
    """``pm_runtime_need_not_resume()``: nobody but the sleep in progress (+1 from prepare) uses the device."""
    counters = usage(dev)
    return counters.usage_count <= 1 and (counters.child_count == 0 or setup(dev).ignore_children)


@atomic
def _forced(k: Kernel, dev: Device) -> None:
    set_status(k, dev, SUSPENDED)
    setup(dev).needs_force_resume = True


@core
@kernel
def pm_runtime_force_suspend(k: Kernel, dev: Device) -> int:
    """``pm_runtime_force_suspend()``: the runtime callback as a system-sleep callback.  Runtime PM stays disabled."""
    if not k.config.pm:
        return 0
    pm_runtime_disable(k, dev)
    if pm_runtime_status_suspended(k, dev):
        return 0
    dev_pm_enable_wake_irq_check(k, dev, True)
    error = call_back(k, dev, rpm_get_callback(k, dev, "runtime_suspend"))
    if error:
        dev_pm_disable_wake_irq_check(k, dev, True)
        pm_runtime_enable(k, dev)
        return error
    dev_pm_enable_wake_irq_complete(k, dev)
    if pm_runtime_need_not_resume(k, dev):
        pm_runtime_set_suspended(k, dev)
    else:
        _forced(k, dev)
    return 0


@atomic
def _force_resume_begins(k: Kernel, dev: Device) -> bool:
    if state(dev).status != SUSPENDED or not setup(dev).needs_force_resume:
        return False
    set_status(k, dev, ACTIVE)
    return True


@atomic
def _force_resume_ends(k: Kernel, dev: Device) -> None:
    setup(dev).needs_force_resume = False


@core
@kernel
def pm_runtime_force_resume(k: Kernel, dev: Device) -> int:
    """``pm_runtime_force_resume()``: resumes only what force_suspend found in use; always enables runtime PM."""
    if not k.config.pm:
        return 0
    error = 0
    if _force_resume_begins(k, dev):
        dev_pm_disable_wake_irq_check(k, dev, False)
        error = call_back(k, dev, rpm_get_callback(k, dev, "runtime_resume"))
        if error:
            pm_runtime_set_suspended(k, dev)
            dev_pm_enable_wake_irq_check(k, dev, False)
        else:
            mark_busy(k, dev)
    _force_resume_ends(k, dev)
    pm_runtime_enable(k, dev)
    return error


@atomic
def _clear_irq_safe(k: Kernel, dev: Device) -> bool:
    settings = setup(dev)
    was, settings.irq_safe = settings.irq_safe, False
    return was


@core
@kernel
def pm_runtime_reinit(k: Kernel, dev: Device) -> None:
    """``pm_runtime_reinit()``: after unbind; does nothing if the driver left runtime PM enabled."""
    if not k.config.pm or pm_runtime_enabled(k, dev):
        return
    if status_of(k, dev) == ACTIVE:
        pm_runtime_set_suspended(k, dev)
    if _clear_irq_safe(k, dev):
        parent = parent_of(k, dev)
        if parent is not None:
            pm_runtime_idle_flags(k, parent, RPM_GET_PUT | RPM_ASYNC)
    _force_resume_ends(k, dev)


# -- suppliers at probe ----------------------------------------------------------------------------------------


@atomic
def _preactivate(k: Kernel, link: DeviceLink, on: bool) -> bool:
    was, link.supplier_preactivated = link.supplier_preactivated, on
    return was


@core
@kernel
def pm_runtime_get_suppliers(k: Kernel, dev: Device) -> None:
    """``pm_runtime_get_suppliers()``: suppliers are resumed and held while the consumer is being probed."""
    if not k.config.pm:
        return
    for link in pm_suppliers(k, dev):
        _preactivate(k, link, True)
        pm_runtime_resume_flags(k, link.supplier, RPM_GET_PUT)


@core
@kernel
def pm_runtime_put_suppliers(k: Kernel, dev: Device) -> None:
    """``pm_runtime_put_suppliers()``."""
    if not k.config.pm:
        return
    for link in supplier_links(k, dev):
        if _preactivate(k, link, False):
            pm_runtime_idle_flags(k, link.supplier, RPM_GET_PUT | RPM_ASYNC)


@atomic
def _count_links(k: Kernel, dev: Device, change: int) -> None:
    setup(dev).links_count += change


@core
@kernel
def pm_runtime_new_link(k: Kernel, dev: Device) -> None:
    """``pm_runtime_new_link()``."""
    with irq(k, power_lock(k, dev)):
        _count_links(k, dev, 1)


@core
@kernel
def pm_runtime_drop_link(k: Kernel, link: DeviceLink) -> None:
    """``pm_runtime_drop_link()``: the link goes, and every reference it holds with it."""
    with irq(k, power_lock(k, link.consumer)):
        _count_links(k, link.consumer, -1)
    pm_runtime_release_supplier(k, link)
    pm_runtime_idle_flags(k, link.supplier, RPM_ASYNC)
