"""Generic PM domains: power switches that follow the runtime PM of what is in them (genpd).

Stands for ``drivers/pmdomain/core.c`` (6.12) and ``drivers/base/power/domain.c`` (6.1), which agree in what is
modelled: domains that are not irq-safe (their lock is a mutex), without governor, idle states, performance states or
always-on flags.  A domain's status begins as its switch was left.

A device with runtime PM *disabled* counts as not suspended, so it keeps its domain on; while the system sleeps
(``prepared_count``) only the noirq phase turns a domain off, and then whatever the runtime statuses say.

Kernel's own action: :func:`genpd_power_off_work_fn` while :func:`genpd_work_pending`.

Tests: ``tests/kernel/test_genpd.py``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from irqlab.kernel.context import Context
from irqlab.kernel.errno import EAGAIN, EBUSY, EIO
from irqlab.kernel.locking import Mutex, mutex
from irqlab.kernel.pm.control import pm_wq_frozen
from irqlab.kernel.pm.force import pm_runtime_suspended
from irqlab.kernel.pm.power import irq_safe
from irqlab.kernel.pm.rpm import call_back
from irqlab.state import Record, atomic, kernel

if TYPE_CHECKING:
    from irqlab.kernel.device import Device
    from irqlab.kernel.kernel import Kernel


class Genpd(Record, counted=True):
    """``struct generic_pm_domain``.  Key: the domain's name on the board."""

    on: bool = False
    #: Names of the devices attached, sorted.
    devices: tuple[str, ...] = ()
    #: Devices between prepare and complete of a system sleep.
    prepared_count: int = 0
    #: Devices between their noirq suspend and resume.
    suspended_count: int = 0
    #: Subdomains that are on.
    sd_count: int = 0
    #: ``power_off_work`` is on ``pm_wq``.
    work: bool = False

    @property
    def name(self) -> str:
        return str(self.key[0])


def genpd_of(k: Kernel, name: str) -> Genpd:
    """The domain of that name."""
    return k.world.at(Genpd, name)


def _lock(k: Kernel, genpd: Genpd) -> Mutex:
    lock = k.lock(Mutex, f"{genpd.name} genpd lock")
    assert isinstance(lock, Mutex)
    return lock


@atomic
def _above(k: Kernel, genpd: Genpd) -> Genpd | None:
    parent = k.machine.domains[genpd.name].parent
    return None if parent is None else genpd_of(k, parent.name)


@atomic
def genpd_register_all(k: Kernel) -> None:
    """``pm_genpd_init()`` of every domain: no devices, the status as the switch was left."""
    for name in sorted(k.machine.domains):
        k.world.new(Genpd, name, on=k.machine.domains[name].on)
    for genpd in k.world.all(Genpd):
        parent = _above(k, genpd)
        if parent is not None and genpd.on:
            parent.sd_count += 1


# -- on and off ------------------------------------------------------------------------------------------------


@atomic
def _is_on(k: Kernel, genpd: Genpd) -> bool:
    return genpd.on


@atomic
def _switch(k: Kernel, genpd: Genpd, on: bool) -> None:
    genpd.on = on
    k.world.trace("genpd", domain=genpd.name, on=on)
    if on:
        k.machine.domain_on(genpd.name)
    else:
        k.machine.domain_off(genpd.name)


@atomic
def _sd_count(k: Kernel, genpd: Genpd, change: int) -> None:
    genpd.sd_count += change


@atomic
def _off_verdict(k: Kernel, genpd: Genpd, one_dev_on: bool) -> int:
    """1: turn it off; 0: nothing to do; negative: somebody needs it."""
    from irqlab.kernel.device import Device

    if not genpd.on or genpd.prepared_count:
        return 0
    if genpd.sd_count:
        return -EBUSY
    devices = tuple(k.world.at(Device, name) for name in genpd.devices)
    awake = sum(1 for dev in devices if irq_safe(k, dev) or not pm_runtime_suspended(k, dev))
    return -EBUSY if awake > int(one_dev_on) else 1


@kernel
def genpd_power_off(k: Kernel, genpd: Genpd, one_dev_on: bool) -> int:
    """``genpd_power_off()``: off if every device (but the one that is suspending now) is runtime suspended."""
    verdict = _off_verdict(k, genpd, one_dev_on)
    if verdict <= 0:
        return verdict
    _switch(k, genpd, False)
    above = _above(k, genpd)
    if above is not None:
        _sd_count(k, above, -1)
        with mutex(k, _lock(k, above)):
            genpd_power_off(k, above, False)
    return 0


@kernel
def genpd_power_on(k: Kernel, genpd: Genpd) -> int:
    """``genpd_power_on()``: the domains above first."""
    if _is_on(k, genpd):
        return 0
    above = _above(k, genpd)
    if above is not None:
        _sd_count(k, above, 1)
        with mutex(k, _lock(k, above)):
            error = genpd_power_on(k, above)
        if error:
            _sd_count(k, above, -1)
            return error
    if k.fails("genpd_power_on"):
        if above is not None:
            _sd_count(k, above, -1)
            with mutex(k, _lock(k, above)):
                genpd_power_off(k, above, False)
        return -EIO
    _switch(k, genpd, True)
    return 0


# -- runtime PM of a device in a domain ------------------------------------------------------------------------


@atomic
def _domain_of(k: Kernel, dev: Device) -> Genpd:
    name = dev.pm_domain
    assert name is not None
    return genpd_of(k, name)


@kernel
def genpd_runtime_suspend(k: Kernel, dev: Device) -> int:
    """``genpd_runtime_suspend()``: the driver's callback, then the domain if this was its last user."""
    error = call_back(k, dev, dev.driver_op("runtime_suspend"))
    if error:
        return error
    if irq_safe(k, dev):
        return 0
    genpd = _domain_of(k, dev)
    with mutex(k, _lock(k, genpd)):
        genpd_power_off(k, genpd, True)
    return 0


@kernel
def genpd_runtime_resume(k: Kernel, dev: Device) -> int:
    """``genpd_runtime_resume()``: the domain, then the driver's callback; the domain goes off again if that fails."""
    genpd = _domain_of(k, dev)
    sleeping_domain = not irq_safe(k, dev)
    if sleeping_domain:
        with mutex(k, _lock(k, genpd)):
            error = genpd_power_on(k, genpd)
        if error:
            return error
    error = call_back(k, dev, dev.driver_op("runtime_resume"))
    if error and sleeping_domain:
        with mutex(k, _lock(k, genpd)):
            genpd_power_off(k, genpd, True)
    return error


# -- attach and detach -----------------------------------------------------------------------------------------


@atomic
def _attach(k: Kernel, genpd: Genpd, dev: Device, attached: bool) -> int:
    if not attached and genpd.prepared_count:
        return -EAGAIN
    names = {*genpd.devices, dev.name} if attached else {*genpd.devices} - {dev.name}
    genpd.devices = tuple(sorted(names))
    dev.pm_domain = genpd.name if attached else None
    return 0


@kernel
def genpd_dev_pm_attach(k: Kernel, dev: Device, domain: str) -> int:
    """``genpd_dev_pm_attach()``, from ``dev_pm_domain_attach(dev, true)`` before probe: attached and powered on."""
    genpd = genpd_of(k, domain)
    with mutex(k, _lock(k, genpd)):
        _attach(k, genpd, dev, True)
    with mutex(k, _lock(k, genpd)):
        error = genpd_power_on(k, genpd)
    if error:
        with mutex(k, _lock(k, genpd)):
            _attach(k, genpd, dev, False)
    return error


@kernel
def genpd_dev_pm_detach(k: Kernel, dev: Device) -> None:
    """``genpd_dev_pm_detach()``: after remove; power-off is queued."""
    genpd = _domain_of(k, dev)
    with mutex(k, _lock(k, genpd)):
        _attach(k, genpd, dev, False)
    genpd_queue_power_off_work(k, genpd)


@kernel
def genpd_dev_pm_sync(k: Kernel, dev: Device) -> None:
    """``genpd_dev_pm_sync()``: after a successful probe, power-off is queued."""
    genpd_queue_power_off_work(k, _domain_of(k, dev))


# -- power-off work --------------------------------------------------------------------------------------------


@atomic
def genpd_queue_power_off_work(k: Kernel, genpd: Genpd) -> None:
    """``genpd_queue_power_off_work()``: on ``pm_wq``."""
    genpd.work = True


def genpd_worker_name(genpd: Genpd) -> str:
    """The name of the context in which :func:`genpd_power_off_work_fn` runs."""
    return f"kworker {genpd.name} off"


@atomic
def genpd_work_pending(k: Kernel, genpd: Genpd) -> bool:
    """Whether a worker may run :func:`genpd_power_off_work_fn` now."""
    return genpd.work and not pm_wq_frozen(k) and not k.world.at(Context, genpd_worker_name(genpd)).exists


@atomic
def _dequeue(k: Kernel, genpd: Genpd) -> None:
    genpd.work = False


@kernel
def genpd_power_off_work_fn(k: Kernel, genpd: Genpd) -> None:
    """``genpd_power_off_work_fn()``: one turn of a kworker.  An entry."""
    _dequeue(k, genpd)
    with mutex(k, _lock(k, genpd)):
        genpd_power_off(k, genpd, False)


@atomic
def genpd_power_off_unused(k: Kernel) -> None:
    """``genpd_power_off_unused()`` (late_initcall_sync): queues a power-off of every domain."""
    for genpd in k.world.all(Genpd):
        genpd_queue_power_off_work(k, genpd)


# -- system sleep ----------------------------------------------------------------------------------------------


@atomic
def _count_prepared(k: Kernel, genpd: Genpd, change: int) -> bool:
    genpd.prepared_count += change
    return genpd.prepared_count == 0


@kernel
def genpd_prepare(k: Kernel, dev: Device) -> int:
    """``genpd_prepare()``: from now on the domain is not turned off by runtime PM."""
    genpd = _domain_of(k, dev)
    with mutex(k, _lock(k, genpd)):
        _count_prepared(k, genpd, 1)
    return 0


@kernel
def genpd_complete(k: Kernel, dev: Device) -> None:
    """``genpd_complete()``: the last device of the domain queues its power-off."""
    genpd = _domain_of(k, dev)
    with mutex(k, _lock(k, genpd)):
        if _count_prepared(k, genpd, -1):
            genpd_queue_power_off_work(k, genpd)


@atomic
def _sync_off(k: Kernel, genpd: Genpd) -> None:
    """``genpd_sync_power_off()``: everybody in the domain went through noirq suspend."""
    if not genpd.on or genpd.suspended_count != len(genpd.devices) or genpd.sd_count:
        return
    _switch(k, genpd, False)
    above = _above(k, genpd)
    if above is not None:
        _sd_count(k, above, -1)
        _sync_off(k, above)


@atomic
def _sync_on(k: Kernel, genpd: Genpd) -> None:
    """``genpd_sync_power_on()``."""
    if genpd.on:
        return
    above = _above(k, genpd)
    if above is not None:
        _sd_count(k, above, 1)
        _sync_on(k, above)
    _switch(k, genpd, True)


@atomic
def _count_suspended(k: Kernel, genpd: Genpd, change: int) -> None:
    genpd.suspended_count += change


@kernel
def genpd_suspend_noirq(k: Kernel, dev: Device) -> int:
    """``genpd_suspend_noirq()``: the driver's callback; the last device turns the domain off, in use or not."""
    error = call_back(k, dev, dev.driver_op("suspend_noirq"))
    if error:
        return error
    genpd = _domain_of(k, dev)
    with mutex(k, _lock(k, genpd)):
        _count_suspended(k, genpd, 1)
        _sync_off(k, genpd)
    return 0


@kernel
def genpd_resume_noirq(k: Kernel, dev: Device) -> int:
    """``genpd_resume_noirq()``: the domain on, then the driver's callback."""
    genpd = _domain_of(k, dev)
    with mutex(k, _lock(k, genpd)):
        _sync_on(k, genpd)
        _count_suspended(k, genpd, -1)
    return call_back(k, dev, dev.driver_op("resume_noirq"))
