"""What belongs to no device and still has to sleep and wake (``drivers/base/syscore.c``, ``kernel/cpu_pm.c``).

Interrupt controllers without a device save their registers here: one CPU, interrupts off.  A kernel in which nobody has
registered anything does nothing here, and is nowhere preempted for it.

Left out: CPU idle, which calls the notifiers of ``cpu_pm`` too.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from irqlab.kernel.context import local_irq_disable, local_irq_enable
from irqlab.kernel.errno import EBUSY
from irqlab.state import Record, Static, atomic, kernel

if TYPE_CHECKING:
    from irqlab.kernel.kernel import Kernel

Op = Callable[..., Any]

#: ``enum cpu_pm_event``.
CPU_PM_ENTER, CPU_PM_ENTER_FAILED, CPU_PM_EXIT, CPU_CLUSTER_PM_ENTER, CPU_CLUSTER_PM_ENTER_FAILED, CPU_CLUSTER_PM_EXIT = range(6)

#: What a notifier answers: go on with the next; its error is in the low bits.
NOTIFY_STOP_MASK = 0x8000


class Syscore(Static):
    """``struct syscore`` with its ``struct syscore_ops`` (``struct syscore_ops`` up to 6.12.y's rework).

    ``suspend`` takes ``(k)`` and returns 0 or a negative errno; ``resume`` and ``shutdown`` take the same.
    """

    def __init__(self, name: str, suspend: Op | None = None, resume: Op | None = None, shutdown: Op | None = None) -> None:
        self.name, self.suspend, self.resume, self.shutdown = name, suspend, resume, shutdown


class SyscoreList(Record):
    """``syscore_list``; absent while it is empty."""

    registered: tuple[Syscore, ...] = ()


class CpuPmNotifiers(Record):
    """``cpu_pm_notifier.chain``: each takes ``(k, event)``; absent while it is empty."""

    notifiers: tuple[Op, ...] = ()


# -- syscore -----------------------------------------------------------------------------------------------------------


@atomic
def register_syscore(k: Kernel, ops: Syscore) -> None:
    """``register_syscore()`` (``register_syscore_ops()``): to the end of the list."""
    known = k.world.at(SyscoreList)
    if not known.exists:
        k.world.new(SyscoreList)
    known.registered = (*known.registered, ops)


@atomic
def unregister_syscore(k: Kernel, ops: Syscore) -> bool:
    """``unregister_syscore()``; False if it is not in the list."""
    known = k.world.at(SyscoreList)
    if not known.exists or ops not in known.registered:
        return False
    known.registered = tuple(other for other in known.registered if other is not ops)
    return True


@atomic
def registered(k: Kernel) -> tuple[Syscore, ...]:
    """``syscore_list``."""
    known = k.world.at(SyscoreList)
    return known.registered if known.exists else ()


@atomic
def _set_asleep(k: Kernel, asleep: bool) -> None:
    k.system.asleep = asleep


@kernel
def syscore_suspend(k: Kernel) -> int:
    """``syscore_suspend()``: the newest first; 0, or the error of one, and those behind it are resumed.

    ``arch_suspend_disable_irqs()`` comes with it: interrupts are off from here to :func:`syscore_resume`, and the system
    is SYSTEM_SUSPEND.
    """
    from irqlab.kernel.pm.sleep import pm_wakeup_pending

    everyone = registered(k)
    if not everyone:
        return 0
    local_irq_disable(k)
    _set_asleep(k, True)
    error = -EBUSY if pm_wakeup_pending(k) else 0
    for at in reversed(range(len(everyone))):
        if error:
            break
        suspend = everyone[at].suspend
        error = int(suspend(k)) if suspend is not None else 0
        if error:
            _resume(k, everyone[at + 1 :])
    if error:
        _set_asleep(k, False)
        local_irq_enable(k)
    return error


@kernel
def syscore_resume(k: Kernel) -> None:
    """``syscore_resume()``: the oldest first; then ``arch_suspend_enable_irqs()``."""
    everyone = registered(k)
    if not everyone:
        return
    _resume(k, everyone)
    _set_asleep(k, False)
    local_irq_enable(k)


@kernel
def _resume(k: Kernel, some: tuple[Syscore, ...]) -> None:
    for ops in some:
        if ops.resume is not None:
            ops.resume(k)


@kernel
def syscore_shutdown(k: Kernel) -> None:
    """``syscore_shutdown()``: the newest first.  Process context."""
    for ops in reversed(registered(k)):
        if ops.shutdown is not None:
            ops.shutdown(k)


# -- cpu_pm ------------------------------------------------------------------------------------------------------------


@atomic
def _add(k: Kernel, notifier: Op) -> bool:
    """Adds a notifier; True if it is the first."""
    known = k.world.at(CpuPmNotifiers)
    first = not known.exists
    if first:
        k.world.new(CpuPmNotifiers)
    known.notifiers = (*known.notifiers, notifier)
    return first


@kernel
def cpu_pm_register_notifier(k: Kernel, notifier: Op) -> int:
    """``cpu_pm_register_notifier()`` of one with the usual priority (0): behind those that are there.

    ``cpu_pm_init()`` registers its syscore operations at core_initcall time; here it is with the first notifier.
    """
    if _add(k, notifier):
        register_syscore(k, CPU_PM)
    return 0


@atomic
def _notifiers(k: Kernel) -> tuple[Op, ...]:
    known = k.world.at(CpuPmNotifiers)
    return known.notifiers if known.exists else ()


@kernel
def _notify(k: Kernel, event: int, failed: int) -> int:
    """``cpu_pm_notify_robust()``, ``cpu_pm_notify()``: 0, or the error of the notifier that stopped it."""
    everyone = _notifiers(k)
    for at, notifier in enumerate(everyone):
        answer = int(notifier(k, event))
        if answer & NOTIFY_STOP_MASK:
            if failed >= 0:
                for other in everyone[:at]:
                    other(k, failed)
            return 1 - (answer & ~NOTIFY_STOP_MASK) if answer & ~NOTIFY_STOP_MASK > 1 else 0
    return 0


@kernel
def cpu_pm_suspend(k: Kernel) -> int:
    """``cpu_pm_suspend()``: the CPU enters a low power state, then its cluster."""
    return _notify(k, CPU_PM_ENTER, CPU_PM_ENTER_FAILED) or _notify(k, CPU_CLUSTER_PM_ENTER, CPU_CLUSTER_PM_ENTER_FAILED)


@kernel
def cpu_pm_resume(k: Kernel) -> None:
    """``cpu_pm_resume()``."""
    _notify(k, CPU_CLUSTER_PM_EXIT, -1)
    _notify(k, CPU_PM_EXIT, -1)


#: ``cpu_pm_syscore``.
CPU_PM = Syscore("cpu_pm", cpu_pm_suspend, cpu_pm_resume)
