"""Users of an interrupt line: small drivers of a peripheral that do one thing each.

A consumer's calls are tasks of the explorer: ``request``, ``free``, ``disable``, ``enable``, ``synchronize``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from irqlab.hardware.peripheral import CONTROL, STATUS
from irqlab.kernel.context import in_hardirq, wait_event
from irqlab.kernel.device import Device, DevPmOps, Driver, dev_get_drvdata, dev_set_drvdata
from irqlab.kernel.errno import EPROBE_DEFER
from irqlab.kernel.io import readl, writel
from irqlab.kernel.irq.flags import (
    IRQ_HANDLED,
    IRQ_NONE,
    IRQ_WAKE_THREAD,
    IRQF_NO_AUTOEN,
    IRQF_NO_SUSPEND,
    IRQF_ONESHOT,
    IRQF_SHARED,
)
from irqlab.kernel.irq.manage import disable_irq, enable_irq, free_irq, request_any_context_irq, request_threaded_irq
from irqlab.kernel.irq.percpu import disable_percpu_irq, enable_percpu_irq, free_percpu_irq, request_percpu_irq
from irqlab.kernel.irq.synchronize import synchronize_irq
from irqlab.kernel.of.device import irq_of_parse_and_map, regs
from irqlab.kernel.pm.runtime import pm_runtime_disable, pm_runtime_enable, pm_runtime_put_sync, pm_runtime_resume_and_get
from irqlab.state import Record, atomic, kernel

if TYPE_CHECKING:
    from irqlab.kernel.kernel import Kernel


class Consumer(Record, counted=True):
    """What a consumer's driver knows.  Key: the device's name."""

    dev: Device
    irq: int = 0
    requested: bool = False
    #: A call is under way; the driver is going away (what a subsystem's open and close locks keep apart).
    busy: bool = False
    leaving: bool = False
    #: Calls of disable_irq() that enable_irq() has not undone.
    disabled: int = 0


@kernel
def served(k: Kernel, irq: int, dev_id: Consumer) -> int:
    """A hard handler that quiets its device; IRQ_NONE if it was not this one."""
    block = regs(k, dev_id.dev)
    events = readl(k, block, STATUS)
    if not events:
        return IRQ_NONE
    writel(k, block, STATUS, events)
    return IRQ_HANDLED


@kernel
def never_quiet(k: Kernel, irq: int, dev_id: Consumer) -> int:
    """A hard handler that does not quiet its device."""
    return IRQ_HANDLED


@kernel
def wake(k: Kernel, irq: int, dev_id: Consumer) -> int:
    """A hard handler that leaves the work to its thread (``irq_default_primary_handler()``)."""
    assert in_hardirq(k)
    return IRQ_WAKE_THREAD


@dataclass(frozen=True)
class Kind:
    """One kind of consumer."""

    name: str
    what: str
    handler: Callable[..., Any] | None = served
    thread_fn: Callable[..., Any] | None = None
    flags: int = 0
    #: Takes a runtime PM reference on its own device while the line is requested.
    runtime_pm: bool = False
    #: Frees its line when the system goes to sleep and requests it again afterwards.
    releases: bool = False
    #: Uses the line as one that is per CPU: ``request_percpu_irq()``, enabled on this one.
    percpu: bool = False
    #: Does not care where its handler runs: ``request_any_context_irq()``, which makes it the thread of a nested line.
    any_context: bool = False


KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("plain", "requests and frees its line; the handler quiets the device"),
        Kind("threaded", "a ONESHOT line whose thread quiets the device", None, served, IRQF_ONESHOT),
        Kind("runtime-pm", "runtime-active while its line is requested", runtime_pm=True),
        Kind("releases", "frees its line when the system suspends, requests it on resume", releases=True),
        Kind("never-quiet", "its handler does not quiet the device", never_quiet),
        Kind("no-suspend", "IRQF_NO_SUSPEND: its line stays enabled in system sleep", flags=IRQF_NO_SUSPEND),
        Kind("shared", "IRQF_SHARED: its line may have other users", flags=IRQF_SHARED),
        Kind("no-autoen", "IRQF_NO_AUTOEN: requested disabled", flags=IRQF_NO_AUTOEN),
        Kind("percpu", "a line that is per CPU, requested and enabled as such", percpu=True),
        Kind("any-context", "its handler runs wherever the line allows: in a thread behind a sleeping bus", any_context=True),
    )
}


# -- calls ---------------------------------------------------------------------------------------------------------


@kernel
def request(k: Kernel, consumer: Consumer) -> None:
    """``request_threaded_irq()`` of the consumer's line."""
    kind = kind_of(k, consumer)
    if kind.runtime_pm and pm_runtime_resume_and_get(k, _dev(consumer)) < 0:
        return
    irq, name = _irq(consumer), _name(k, consumer)
    if kind.percpu:
        error = request_percpu_irq(k, irq, kind.handler or served, name, consumer)
    elif kind.any_context:
        error = min(request_any_context_irq(k, irq, kind.handler or served, kind.flags, name, consumer), 0)
    else:
        error = request_threaded_irq(k, irq, kind.handler, kind.thread_fn, kind.flags, name, consumer)
    if error and kind.runtime_pm:
        pm_runtime_put_sync(k, _dev(consumer))
    if error == 0:
        _note(consumer, requested=True, disabled=1 if kind.flags & IRQF_NO_AUTOEN else 0)
        if kind.percpu:
            enable_percpu_irq(k, irq)
        writel(k, regs(k, _dev(consumer)), CONTROL, 1)


@kernel
def free(k: Kernel, consumer: Consumer) -> None:
    """``free_irq()`` of the consumer's line."""
    _note(consumer, requested=False, disabled=0)
    writel(k, regs(k, _dev(consumer)), CONTROL, 0)
    if kind_of(k, consumer).percpu:
        disable_percpu_irq(k, _irq(consumer))
        free_percpu_irq(k, _irq(consumer), consumer)
    else:
        free_irq(k, _irq(consumer), consumer)
    if kind_of(k, consumer).runtime_pm:
        pm_runtime_put_sync(k, _dev(consumer))


@kernel
def disable(k: Kernel, consumer: Consumer) -> None:
    """``disable_irq()`` of the consumer's line."""
    _deeper(consumer, 1)
    (disable_percpu_irq if kind_of(k, consumer).percpu else disable_irq)(k, _irq(consumer))


@kernel
def enable(k: Kernel, consumer: Consumer) -> None:
    """``enable_irq()`` of the consumer's line."""
    _deeper(consumer, -1)
    (enable_percpu_irq if kind_of(k, consumer).percpu else enable_irq)(k, _irq(consumer))


@kernel
def synchronize(k: Kernel, consumer: Consumer) -> None:
    """``synchronize_irq()`` of the consumer's line."""
    synchronize_irq(k, _irq(consumer))


#: What a task may do with a consumer.
CALLS: dict[str, Callable[..., Any]] = {
    "request": request,
    "free": free,
    "disable": disable,
    "enable": enable,
    "synchronize": synchronize,
}


@kernel
def call(k: Kernel, consumer: Consumer, which: str) -> None:
    """One call of a task: an entry."""
    if not _begin(consumer):
        return
    CALLS[which](k, consumer)
    _end(consumer)


@atomic
def _begin(consumer: Consumer) -> bool:
    if consumer.leaving:
        return False
    consumer.busy = True
    return True


@atomic
def _end(consumer: Consumer) -> None:
    consumer.busy = False


@atomic
def _leave(consumer: Consumer) -> None:
    consumer.leaving = True


def kind_of(k: Kernel, consumer: Consumer) -> Kind:
    """The kind of a consumer (fixed by the scope)."""
    return KINDS[k.consumers[str(consumer.key[0])]]


@atomic
def _note(consumer: Consumer, requested: bool, disabled: int) -> None:
    consumer.requested = requested
    consumer.disabled = disabled


@atomic
def _deeper(consumer: Consumer, by: int) -> None:
    consumer.disabled += by


def _name(k: Kernel, consumer: Consumer) -> str:
    """What ``/proc/interrupts`` would show: the label of the device."""
    part = k.board.part(str(consumer.key[0]))
    return part.label or part.name


@atomic
def _dev(consumer: Consumer) -> Device:
    return consumer.dev


@atomic
def _irq(consumer: Consumer) -> int:
    return consumer.irq


@atomic
def _requested(consumer: Consumer) -> bool:
    return consumer.requested


# -- the driver ------------------------------------------------------------------------------------------------------


@kernel
def consumer_probe(k: Kernel, pdev: Device) -> int:
    irq = irq_of_parse_and_map(k, pdev, 0)
    if not irq:
        return -EPROBE_DEFER
    consumer = _alloc(k, pdev, irq)
    dev_set_drvdata(k, pdev, consumer)
    if kind_of(k, consumer).runtime_pm:
        pm_runtime_enable(k, pdev)
    return 0


@atomic
def _alloc(k: Kernel, pdev: Device, irq: int) -> Consumer:
    return k.world.new(Consumer, str(pdev.key[0]), dev=pdev, irq=irq)


@kernel
def consumer_remove(k: Kernel, pdev: Device) -> int:
    consumer = _drvdata(k, pdev)
    _leave(consumer)
    wait_event(k, lambda: not consumer.busy, f"the users of {pdev.key[0]} are gone")
    if _requested(consumer):
        free(k, consumer)
    if kind_of(k, consumer).runtime_pm:
        pm_runtime_disable(k, pdev)
    _forget(k, consumer)
    return 0


@atomic
def _forget(k: Kernel, consumer: Consumer) -> None:
    k.world.drop(consumer)


@atomic
def _drvdata(k: Kernel, dev: Device) -> Consumer:
    return k.deref(dev_get_drvdata(k, dev), Consumer, "dev_get_drvdata(dev)")


class Released(Record):
    """A consumer's line was freed for the time of system sleep.  Key: the device's name."""

    disabled: int = 0


@kernel
def consumer_suspend(k: Kernel, dev: Device) -> int:
    consumer = _drvdata(k, dev)
    if kind_of(k, consumer).releases and _requested(consumer):
        k.world.new(Released, str(dev.key[0]))
        free(k, consumer)
    return 0


@kernel
def consumer_resume(k: Kernel, dev: Device) -> int:
    released = k.world.at(Released, str(dev.key[0]))
    if released.exists:
        k.world.drop(released)
        request(k, _drvdata(k, dev))
    return 0


driver = Driver(
    "consumer",
    compatible=("irqlab,peripheral",),
    probe=consumer_probe,
    remove=consumer_remove,
    pm=DevPmOps("consumer", suspend=consumer_suspend, resume=consumer_resume),
)
