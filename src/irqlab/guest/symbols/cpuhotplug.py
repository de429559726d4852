"""``kernel/cpu.c``: callbacks for CPUs that come.  There is one CPU, and it has come all the way."""

from __future__ import annotations

from irqlab.guest.exports import Bool, Int, Ptr, UInt, export
from irqlab.guest.guest import INT, Guest
from irqlab.kernel.context import local_irq_restore, local_irq_save
from irqlab.kernel.errno import EBUSY, EINVAL, ENOSPC
from irqlab.kernel.kernel import Kernel
from irqlab.state import Record, atomic


class CpuhpStep(Record, counted=True):
    """``struct cpuhp_step``.  Key: ``enum cpuhp_state``."""

    #: Functions of the guest, as addresses.
    startup: int = 0
    teardown: int = 0


def _constant(g: Guest, name: str) -> int:
    value = g.image.types.constant(name)
    if value is None:
        g.unknown(f"{name}, which the driver's debug info does not have")
    assert value is not None
    return value


@atomic
def _reserve(k: Kernel, state: int, end: int) -> int:
    """``cpuhp_reserve_state()``: the first state from here on that is free; -ENOSPC beyond ``end``."""
    while k.world.at(CpuhpStep, state).exists:
        state += 1
    return state if state <= end else -ENOSPC


@atomic
def _install(k: Kernel, state: int, startup: int, teardown: int) -> bool:
    """False if the state is taken."""
    if k.world.at(CpuhpStep, state).exists:
        return False
    k.world.new(CpuhpStep, state, startup=startup, teardown=teardown)
    return True


@atomic
def _remove(k: Kernel, state: int) -> int:
    """Removes a state; returns its teardown function, 0 without one."""
    known = k.world.at(CpuhpStep, state)
    if not known.exists:
        return 0
    teardown = known.teardown
    k.world.drop(known)
    return teardown


def _invoke(g: Guest, state: int, function: int) -> int:
    """``cpuhp_issue_call()`` for CPU 0; states of the starting CPU are called with interrupts off."""
    starting = _constant(g, "CPUHP_AP_IDLE_DEAD") <= state < _constant(g, "CPUHP_AP_ONLINE")
    flags = local_irq_save(g.k) if starting else False
    error = int(g.function(function, INT)(g.k, 0))
    if starting:
        local_irq_restore(g.k, flags)
    return error


@export("__cpuhp_setup_state", "__cpuhp_setup_state_cpuslocked")
def _cpuhp_setup_state(g: Guest, state: UInt, name: Ptr, invoke: Bool, startup: Ptr, teardown: Ptr, multi: Bool) -> Int:
    if not name or not _constant(g, "CPUHP_OFFLINE") < state < _constant(g, "CPUHP_ONLINE"):
        return -EINVAL
    if multi:
        g.unknown("a CPU hotplug state with several instances")
    dynamic = next((kind for kind in ("CPUHP_AP_ONLINE_DYN", "CPUHP_BP_PREPARE_DYN") if state == _constant(g, kind)), "")
    if dynamic:
        state = _reserve(g.k, state, _constant(g, f"{dynamic}_END"))
        if state < 0:
            return state
    if not _install(g.k, state, startup, teardown):
        return -EBUSY
    error = _invoke(g, state, startup) if invoke and startup else 0
    if error:
        _remove(g.k, state)
        return error
    return state if dynamic else 0


@export("__cpuhp_remove_state", "__cpuhp_remove_state_cpuslocked")
def _cpuhp_remove_state(g: Guest, state: UInt, invoke: Bool) -> None:
    teardown = _remove(g.k, state)
    if invoke and teardown:
        _invoke(g, state, teardown)
