"""Clocks: prepare and enable counts over the machine's gates (``drivers/clk/clk.c``, the common clock framework).

A ``struct clk *`` is the clock's name on the board; the empty name is the NULL clock, which is always fine.  Counts
belong to one kernel; gates belong to the hardware: the next kernel begins with counts of 0 over the gates as they were
left (:func:`clk_register_all`), and turns off what nobody enabled late in its boot (:func:`clk_disable_unused`).

*Prepare* takes a global mutex and may sleep; *enable* takes a global ``spinlock_t`` and may not.  Rates, runtime PM of
clock providers and ``CLK_IS_CRITICAL`` are not modelled.  6.1.192 and 6.12.117 agree in what is modelled.

Tests: ``tests/kernel/test_clk.py``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from irqlab.kernel.context import current, might_sleep, point
from irqlab.kernel.errno import EIO, ESHUTDOWN
from irqlab.kernel.locking import Mutex, SpinLock, irqsave, mutex_lock, mutex_unlock
from irqlab.state import Record, atomic, kernel

if TYPE_CHECKING:
    from irqlab.kernel.kernel import Kernel


class Clk(Record, counted=True):
    """``struct clk_core`` of this kernel.  Key: the clock's name."""

    prepare_count: int = 0
    enable_count: int = 0

    @property
    def name(self) -> str:
        return str(self.key[0])


class PrepareRefcnt(Record):
    """``prepare_refcnt``: how often the owner of ``prepare_lock`` has taken it *again*; absent at 0."""

    count: int = 1


def clk_core(k: Kernel, clk: str) -> Clk:
    """The counts of a clock."""
    return k.world.at(Clk, clk)


@atomic
def _parent(k: Kernel, clk: str) -> str | None:
    gate = k.machine.clocks[clk].parent
    return None if gate is None else gate.name


@atomic
def clk_register_all(k: Kernel) -> None:
    """``clk_register()`` of every clock of the machine: counts 0 over the hardware as it was left."""
    for name in sorted(k.machine.clocks):
        k.world.new(Clk, name)


# -- prepare ---------------------------------------------------------------------------------------------------


@atomic
def _owned(k: Kernel, lock: Mutex) -> bool:
    """Whether the caller holds ``prepare_lock`` already; then it is counted."""
    context = current(k.world)
    me = (context.instead_of or context.name) if context is not None else "boot"
    if not lock.held.exists or lock.held.owner != me:
        return False
    again = k.world.at(PrepareRefcnt)
    if again.exists:
        again.count += 1
    else:
        k.world.new(PrepareRefcnt)
    return True


@atomic
def _nested(k: Kernel) -> bool:
    """Gives back one of the owner's further holds; False if there is none."""
    again = k.world.at(PrepareRefcnt)
    if not again.exists:
        return False
    again.count -= 1
    if not again.count:
        k.world.drop(again)
    return True


class prepare_lock:  # noqa: N801
    """``clk_prepare_lock()`` … ``clk_prepare_unlock()``: one mutex for all clocks, recursive for its owner."""

    __slots__ = ("k", "lock")

    def __init__(self, k: Kernel) -> None:
        self.k = k
        lock = k.lock(Mutex, "clk prepare_lock")
        assert isinstance(lock, Mutex)
        self.lock = lock

    def __enter__(self) -> None:
        if not _owned(self.k, self.lock):
            mutex_lock(self.k, self.lock)

    def __exit__(self, kind: object, *exc: object) -> None:
        if kind is not None:
            return  # the stack is thrown away, or irqlab has a defect: the lock stays held
        if not _nested(self.k):
            mutex_unlock(self.k, self.lock)


@atomic
def _count_prepare(k: Kernel, clk: str) -> None:
    core = clk_core(k, clk)
    core.prepare_count += 1
    k.world.trace("clk_prepare", clk=clk, count=core.prepare_count)


@atomic
def _is_prepared(k: Kernel, clk: str) -> bool:
    return clk_core(k, clk).prepare_count > 0


@atomic
def _uncount_prepare(k: Kernel, clk: str) -> bool:
    """One prepare less; whether it was the last."""
    core = clk_core(k, clk)
    if core.prepare_count == 0:
        k.signal("pm-reference-underflow", what="prepare count", clk=clk, silent=False, text=f"{clk} already unprepared")
        return False
    core.prepare_count -= 1
    k.world.trace("clk_unprepare", clk=clk, count=core.prepare_count)
    if core.prepare_count:
        return False
    if core.enable_count:
        text = f"Unpreparing enabled {clk}"
        k.warn(text)
    return True


@kernel
def clk_core_prepare(k: Kernel, clk: str) -> int:
    """``clk_core_prepare()``: the parents first.  Called with the prepare lock held."""
    if not _is_prepared(k, clk):
        parent = _parent(k, clk)
        if parent is not None:
            error = clk_core_prepare(k, parent)
            if error:
                return error
        if k.fails("clk_prepare"):
            if parent is not None:
                clk_core_unprepare(k, parent)
            return -EIO
    _count_prepare(k, clk)
    return 0


@kernel
def clk_core_unprepare(k: Kernel, clk: str) -> None:
    """``clk_core_unprepare()``: WARNs at 0 and leaves it there.  Called with the prepare lock held."""
    if _uncount_prepare(k, clk):
        parent = _parent(k, clk)
        if parent is not None:
            clk_core_unprepare(k, parent)


@kernel
def clk_prepare(k: Kernel, clk: str) -> int:
    """``clk_prepare()``: process context; it may sleep by contract, although only a contended mutex says so."""
    if not clk:
        return 0
    might_sleep(k, f"clk_prepare({clk})")
    with prepare_lock(k):
        return clk_core_prepare(k, clk)


@kernel
def clk_unprepare(k: Kernel, clk: str) -> None:
    """``clk_unprepare()``: process context."""
    if not clk:
        return
    might_sleep(k, f"clk_unprepare({clk})")
    with prepare_lock(k):
        clk_core_unprepare(k, clk)


# -- enable ----------------------------------------------------------------------------------------------------


def _enable_lock(k: Kernel) -> SpinLock:
    lock = k.lock(SpinLock, "clk enable_lock")
    assert isinstance(lock, SpinLock)
    return lock


@atomic
def _may_enable(k: Kernel, clk: str) -> bool:
    if clk_core(k, clk).prepare_count:
        return True
    text = f"Enabling unprepared {clk}"
    k.warn(text)
    return False


@atomic
def _is_enabled(k: Kernel, clk: str) -> bool:
    return clk_core(k, clk).enable_count > 0


@atomic
def _count_enable(k: Kernel, clk: str) -> None:
    core = clk_core(k, clk)
    core.enable_count += 1
    k.world.trace("clk_enable", clk=clk, count=core.enable_count)


@atomic
def _uncount_enable(k: Kernel, clk: str) -> bool:
    """One enable less; whether it was the last."""
    core = clk_core(k, clk)
    if core.enable_count == 0:
        k.signal("pm-reference-underflow", what="enable count", clk=clk, silent=False, text=f"{clk} already disabled")
        return False
    core.enable_count -= 1
    k.world.trace("clk_disable", clk=clk, count=core.enable_count)
    return core.enable_count == 0


@kernel
def clk_core_enable(k: Kernel, clk: str) -> int:
    """``clk_core_enable()``: the parents first, then the gate.  Called with the enable lock held."""
    if not _may_enable(k, clk):
        return -ESHUTDOWN
    if not _is_enabled(k, clk):
        parent = _parent(k, clk)
        if parent is not None:
            error = clk_core_enable(k, parent)
            if error:
                return error
        if k.fails("clk_enable"):
            if parent is not None:
                clk_core_disable(k, parent)
            return -EIO
        point(k, f"writel clock gate {clk}")
        k.machine.clock_on(clk)
    _count_enable(k, clk)
    return 0


@kernel
def clk_core_disable(k: Kernel, clk: str) -> None:
    """``clk_core_disable()``: WARNs at 0 and leaves it there.  Called with the enable lock held."""
    if _uncount_enable(k, clk):
        point(k, f"writel clock gate {clk}")
        k.machine.clock_off(clk)
        parent = _parent(k, clk)
        if parent is not None:
            clk_core_disable(k, parent)


@kernel
def clk_enable(k: Kernel, clk: str) -> int:
    """``clk_enable()``: does not sleep; ``-ESHUTDOWN`` if it is not prepared."""
    if not clk:
        return 0
    with irqsave(k, _enable_lock(k)):
        return clk_core_enable(k, clk)


@kernel
def clk_disable(k: Kernel, clk: str) -> None:
    """``clk_disable()``: does not sleep."""
    if not clk:
        return
    with irqsave(k, _enable_lock(k)):
        clk_core_disable(k, clk)


# -- both ------------------------------------------------------------------------------------------------------


@kernel
def clk_prepare_enable(k: Kernel, clk: str) -> int:
    """``clk_prepare_enable()``: process context; balanced on error."""
    error = clk_prepare(k, clk)
    if error:
        return error
    error = clk_enable(k, clk)
    if error:
        clk_unprepare(k, clk)
    return error


@kernel
def clk_disable_unprepare(k: Kernel, clk: str) -> None:
    """``clk_disable_unprepare()``: process context."""
    clk_disable(k, clk)
    clk_unprepare(k, clk)


@atomic
def _children_first(k: Kernel) -> tuple[str, ...]:
    gates = sorted(k.machine.clocks.values(), key=lambda gate: (-len(gate.chain()), gate.name))
    return tuple(gate.name for gate in gates)


@atomic
def _disable_if_unused(k: Kernel, clk: str) -> None:
    gate = k.machine.clocks[clk]
    if clk_core(k, clk).enable_count == 0 and gate.on and not gate.fixed:
        k.world.trace("clk_disable_unused", clk=clk)
        k.machine.clock_off(clk)


@kernel
def clk_disable_unused(k: Kernel) -> None:
    """``clk_disable_unused()`` (late_initcall_sync): closes gates that are open and that nobody enabled, children first."""
    with prepare_lock(k):
        for clk in _children_first(k):
            with irqsave(k, _enable_lock(k)):
                _disable_if_unused(k, clk)
