"""``drivers/base/power``: runtime PM.  The inline functions of ``pm_runtime.h`` come down to a few with flags."""

from __future__ import annotations

from irqlab.guest.ctypes import Dev
from irqlab.guest.exports import Bool, Int, UInt, export
from irqlab.guest.guest import Guest
from irqlab.kernel.pm import control, force, runtime
from irqlab.kernel.pm.power import ACTIVE, SUSPENDED
from irqlab.kernel.pm.rpm import pm_runtime_idle_flags, pm_runtime_resume_flags, pm_runtime_suspend_flags

#: ``enum rpm_status``.
_STATUS = {0: ACTIVE, 2: SUSPENDED}


@export()
def __pm_runtime_idle(g: Guest, dev: Dev, flags: Int) -> Int:  # noqa: N807
    return pm_runtime_idle_flags(g.k, dev, flags)


@export()
def __pm_runtime_suspend(g: Guest, dev: Dev, flags: Int) -> Int:  # noqa: N807
    return pm_runtime_suspend_flags(g.k, dev, flags)


@export()
def __pm_runtime_resume(g: Guest, dev: Dev, flags: Int) -> Int:  # noqa: N807
    return pm_runtime_resume_flags(g.k, dev, flags)


@export()
def __pm_runtime_set_status(g: Guest, dev: Dev, status: UInt) -> Int:  # noqa: N807
    return control.pm_runtime_set_status(g.k, dev, _STATUS.get(status, ACTIVE))


@export("pm_runtime_enable")
def _pm_runtime_enable(g: Guest, dev: Dev) -> None:
    control.pm_runtime_enable(g.k, dev)


@export()
def __pm_runtime_disable(g: Guest, dev: Dev, check_resume: Bool) -> None:  # noqa: N807
    control.pm_runtime_disable(g.k, dev, check_resume)


@export("pm_runtime_force_suspend")
def _pm_runtime_force_suspend(g: Guest, dev: Dev) -> Int:
    return force.pm_runtime_force_suspend(g.k, dev)


@export("pm_runtime_force_resume")
def _pm_runtime_force_resume(g: Guest, dev: Dev) -> Int:
    return force.pm_runtime_force_resume(g.k, dev)


@export("pm_runtime_set_autosuspend_delay")
def _pm_runtime_set_autosuspend_delay(g: Guest, dev: Dev, delay: Int) -> None:
    runtime.pm_runtime_set_autosuspend_delay(g.k, dev, delay)


@export("__pm_runtime_use_autosuspend")
def __pm_runtime_use_autosuspend(g: Guest, dev: Dev, use: Bool) -> None:  # noqa: N807
    (runtime.pm_runtime_use_autosuspend if use else runtime.pm_runtime_dont_use_autosuspend)(g.k, dev)
