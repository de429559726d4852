"""Devices that may wake the system: wakeup sources and the wake irqs attached to them (``drivers/base/power/wakeup.c``).

A device *can* wake the system (``power.can_wakeup``) and *may* once it has a wakeup source (``power/wakeup`` is
``enabled``).  Event counts are left out: user space here never writes ``/sys/power/wakeup_count``, and without that
(``events_check_enabled``) only hard events abort a sleep.

Tests: ``tests/kernel/irq/test_wakeirq.py``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from irqlab.kernel.errno import EEXIST, EINVAL, ENOMEM
from irqlab.kernel.locking import irq, irqsave
from irqlab.kernel.pm.power import WakeIrq, WakeupSource, power_lock, setup
from irqlab.state import Record, atomic, kernel

if TYPE_CHECKING:
    from irqlab.kernel.device import Device
    from irqlab.kernel.kernel import Kernel


class WakeupSources(Record):
    """``wakeup_sources``, the newest first; absent while there is none."""

    sources: tuple[WakeupSource, ...]


@atomic
def wakeup_sources(k: Kernel) -> tuple[WakeupSource, ...]:
    """The wakeup sources in the order the kernel goes through them."""
    known = k.world.at(WakeupSources)
    return known.sources if known.exists else ()


@atomic
def _register(k: Kernel, dev: Device) -> WakeupSource:
    """``wakeup_source_register()``."""
    number = 0
    while k.world.at(WakeupSource, dev.name, number).exists:
        number += 1
    source = k.world.new(WakeupSource, dev.name, number)
    known = k.world.at(WakeupSources)
    if known.exists:
        known.sources = (source, *known.sources)
    else:
        k.world.new(WakeupSources, sources=(source,))
    return source


@atomic
def _unregister(k: Kernel, source: WakeupSource | None) -> None:
    """``wakeup_source_unregister()``; None is allowed."""
    if source is None:
        return
    known = k.world.at(WakeupSources)
    known.sources = tuple(other for other in known.sources if other is not source)
    if not known.sources:
        k.world.drop(known)
    k.world.drop(source)


@atomic
def device_wakeup_attach_irq(k: Kernel, dev: Device, wirq: WakeIrq) -> None:
    """``device_wakeup_attach_irq()``: a device that has no wakeup source gets it attached with its source.  ``power.lock``."""
    source = setup(dev).wakeup
    if source is not None:
        source.wakeirq = wirq


@atomic
def device_wakeup_detach_irq(k: Kernel, dev: Device) -> None:
    """``device_wakeup_detach_irq()``.  ``power.lock`` held."""
    source = setup(dev).wakeup
    if source is not None:
        source.wakeirq = None


@atomic
def _attach(k: Kernel, dev: Device, source: WakeupSource) -> int:
    settings = setup(dev)
    if settings.wakeup is not None:
        return -EEXIST
    settings.wakeup = source
    source.wakeirq = settings.wakeirq
    return 0


@atomic
def _detach(k: Kernel, dev: Device) -> WakeupSource | None:
    settings = setup(dev)
    source, settings.wakeup = settings.wakeup, None
    return source


@atomic
def device_can_wakeup(k: Kernel, dev: Device) -> bool:
    """``device_can_wakeup()``."""
    return setup(dev).can_wakeup


@atomic
def device_may_wakeup(k: Kernel, dev: Device) -> bool:
    """``device_may_wakeup()``: it can, and has a wakeup source."""
    settings = setup(dev)
    return settings.can_wakeup and settings.wakeup is not None


@atomic
def device_set_wakeup_capable(k: Kernel, dev: Device, capable: bool) -> None:
    """``device_set_wakeup_capable()``: a wakeup source, if there is one, stays."""
    if k.config.pm:
        setup(dev).can_wakeup = capable


@kernel
def device_wakeup_enable(k: Kernel, dev: Device) -> int:
    """``device_wakeup_enable()``: 0, -EINVAL if the device cannot, -EEXIST if it has a source.  Process context."""
    if not k.config.pm or not device_can_wakeup(k, dev):
        return -EINVAL
    if k.fails("wakeup_source_register()"):
        return -ENOMEM
    source = _register(k, dev)
    with irq(k, power_lock(k, dev)):
        error = _attach(k, dev, source)
    if error:
        _unregister(k, source)
    return error


@kernel
def device_wakeup_disable(k: Kernel, dev: Device) -> int:
    """``device_wakeup_disable()``: the wakeup source goes, a wake irq stays with the device.

    -EINVAL for a device that cannot wake the system in 6.1; 6.12 returns nothing (switch ``wakeup-disable-void``).
    """
    if not device_can_wakeup(k, dev):
        return 0 if k.release.has("wakeup-disable-void") else -EINVAL
    with irq(k, power_lock(k, dev)):
        source = _detach(k, dev)
    _unregister(k, source)
    return 0


@kernel
def device_set_wakeup_enable(k: Kernel, dev: Device, enable: bool) -> int:
    """``device_set_wakeup_enable()``; also what writing ``power/wakeup`` does."""
    return device_wakeup_enable(k, dev) if enable else device_wakeup_disable(k, dev)


@kernel
def device_init_wakeup(k: Kernel, dev: Device, enable: bool) -> int:
    """``device_init_wakeup()``."""
    if enable:
        device_set_wakeup_capable(k, dev, True)
        return device_wakeup_enable(k, dev)
    device_wakeup_disable(k, dev)
    device_set_wakeup_capable(k, dev, False)
    return 0


@kernel
def pm_wakeup_event(k: Kernel, dev: Device) -> None:
    """``pm_wakeup_event(dev, 0)``: a soft event, counted where there is a source; it aborts no sleep here.  Any context."""
    with irqsave(k, power_lock(k, dev)):
        _report(k, dev)


@atomic
def _report(k: Kernel, dev: Device) -> None:
    if setup(dev).wakeup is not None:
        k.world.trace("wakeup-event", device=dev.name)


@kernel
def device_wakeup_arm_wake_irqs(k: Kernel) -> None:
    """``device_wakeup_arm_wake_irqs()``: every wakeup source's wake irq, before interrupts of devices are suspended."""
    from irqlab.kernel.pm.wakeirq import dev_pm_arm_wake_irq

    for source in wakeup_sources(k):
        dev_pm_arm_wake_irq(k, _wakeirq(source))


@kernel
def device_wakeup_disarm_wake_irqs(k: Kernel) -> None:
    """``device_wakeup_disarm_wake_irqs()``: after interrupts of devices were resumed."""
    from irqlab.kernel.pm.wakeirq import dev_pm_disarm_wake_irq

    for source in wakeup_sources(k):
        dev_pm_disarm_wake_irq(k, _wakeirq(source))


@atomic
def _wakeirq(source: WakeupSource) -> WakeIrq | None:
    return source.wakeirq
