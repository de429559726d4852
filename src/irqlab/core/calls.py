"""How the kernel in Python calls the tree's own core: each function by the name it has here.

Arguments become what C takes: Records pointers, names numbers, functions gates.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from irqlab.core import deferred
from irqlab.core.power import STATUS, link_pointer
from irqlab.core.views import domain_at
from irqlab.guest.devices import device_pointer
from irqlab.guest.domainops import fwspec_bytes
from irqlab.guest.guest import INT, VOID, WORD
from irqlab.guest.nodes import node_pointer
from irqlab.kernel.device import Device
from irqlab.kernel.device_link import DeviceLink
from irqlab.kernel.irq.domain import Fwspec, IrqDomain
from irqlab.kernel.irq.flags import DOMAIN_BUS_ANY
from irqlab.kernel.pm import power
from irqlab.kernel.pointer import Pointer
from irqlab.state import atomic

if TYPE_CHECKING:
    from irqlab.core.linux import LinuxCore
    from irqlab.kernel.kernel import Kernel

#: ``MAX_PHANDLE_ARGS``.
_CELLS = 16

CALLS: dict[str, Callable[..., Any]] = {}


def _called(function: Callable[..., Any]) -> Callable[..., Any]:
    CALLS[function.__name__] = function
    return function


def _of_nothing(symbol: str) -> None:
    CALLS[symbol] = lambda c: c.run(symbol, VOID)


def _of_irq(symbol: str, result: str = VOID) -> None:
    CALLS[symbol] = lambda c, irq: c.run(symbol, result, irq)


def _of_device(name: str, result: str = VOID, symbol: str = "") -> None:
    CALLS[name] = lambda c, dev, *flags: c.run(symbol or name, result, device_pointer(c.g, dev), *map(int, flags))


for _name in ("suspend_device_irqs", "resume_device_irqs", "machine_kexec_mask_interrupts"):
    _of_nothing(_name)
for _name in ("disable_irq", "enable_irq", "synchronize_irq", "disable_percpu_irq"):
    _of_irq(_name)
for _name in ("pm_runtime_enable", "pm_runtime_reinit", "pm_runtime_get_suppliers", "pm_runtime_put_suppliers"):
    _of_device(_name)
for _name in ("pm_runtime_barrier", "pm_runtime_force_suspend", "pm_runtime_force_resume"):
    _of_device(_name, INT)
_of_device("pm_runtime_new_link")
_of_device("pm_runtime_idle_flags", INT, "__pm_runtime_idle")
_of_device("pm_runtime_suspend_flags", INT, "__pm_runtime_suspend")
_of_device("pm_runtime_resume_flags", INT, "__pm_runtime_resume")


# -- interrupts --------------------------------------------------------------------------------------------------------


@_called
def early_irq_init(c: LinuxCore) -> None:
    """What ``start_kernel()`` does before ``init_IRQ()``; statistics of spurious interrupts are off (``noirqdebug``)."""
    for name in ("maple_tree_init", "radix_tree_init", "early_irq_init"):
        if name in c.g.image.symbols:
            c.run(name, INT)
    c.g.set_number(c.g.image.symbols["noirqdebug"], 1, 1)


@_called
def request_threaded_irq(
    c: LinuxCore, irq: int, handler: Any, thread_fn: Any, flags: int, name: str, dev_id: Pointer, owner: Any = None
) -> int:
    return int(
        c.run(
            "request_threaded_irq",
            INT,
            irq,
            c.handler(handler),
            c.handler(thread_fn),
            flags,
            c.g.intern(name),
            c.pointer(dev_id),
        )
    )


@_called
def request_any_context_irq(c: LinuxCore, irq: int, handler: Any, flags: int, name: str, dev_id: Pointer) -> int:
    return int(c.run("request_any_context_irq", INT, irq, c.handler(handler), flags, c.g.intern(name), c.pointer(dev_id)))


@_called
def free_irq(c: LinuxCore, irq: int, dev_id: Pointer) -> None:
    c.run("free_irq", VOID, irq, c.pointer(dev_id))


@_called
def request_percpu_irq(c: LinuxCore, irq: int, handler: Any, name: str, dev_id: Pointer) -> int:
    return int(c.run("__request_percpu_irq", INT, irq, c.handler(handler), 0, c.g.intern(name), c.pointer(dev_id)))


@_called
def free_percpu_irq(c: LinuxCore, irq: int, dev_id: Pointer) -> None:
    c.run("free_percpu_irq", VOID, irq, c.pointer(dev_id))


@_called
def enable_percpu_irq(c: LinuxCore, irq: int, type_: int = 0) -> None:
    c.run("enable_percpu_irq", VOID, irq, type_)


@_called
def irq_find_matching_fwspec(c: LinuxCore, fwspec: Fwspec, bus_token: int = DOMAIN_BUS_ANY) -> IrqDomain | None:
    address = int(c.run("irq_find_matching_fwspec", WORD, fwspec_bytes(c.g, fwspec), bus_token))
    return _domain(c.k, address) if address else None


@atomic
def _domain(k: Kernel, address: int) -> IrqDomain | None:
    return domain_at(k.guest, address)


@_called
def irq_modify_status(c: LinuxCore, irq: int, clear: int, set_: int) -> None:
    c.run("irq_modify_status", VOID, irq, clear, set_)


@_called
def irq_create_of_mapping(c: LinuxCore, name: str, cells: tuple[int, ...]) -> int:
    """``struct of_phandle_args`` is the node, how many cells, the cells."""
    word = c.g.abi.word
    node = node_pointer(c.g, c.g.node_named(name)).to_bytes(word, "little")
    args = (len(cells), *cells[:_CELLS], *(0,) * (_CELLS - len(cells)))
    return int(c.run("irq_create_of_mapping", INT, node + b"".join(cell.to_bytes(4, "little") for cell in args)))


# -- runtime PM --------------------------------------------------------------------------------------------------------


@_called
def pm_runtime_init(c: LinuxCore, dev: Device) -> None:
    """The Records, and ``pm_runtime_init()`` on them."""
    power.new_power(c.k, dev)
    c.run("pm_runtime_init", VOID, device_pointer(c.g, dev))


@_called
def pm_runtime_disable(c: LinuxCore, dev: Device, check_resume: bool = True) -> None:
    c.run("__pm_runtime_disable", VOID, device_pointer(c.g, dev), int(check_resume))


@_called
def pm_runtime_set_status(c: LinuxCore, dev: Device, status: str) -> int:
    return int(c.run("__pm_runtime_set_status", INT, device_pointer(c.g, dev), STATUS[status]))


@_called
def pm_runtime_block_if_disabled(c: LinuxCore, dev: Device) -> None:
    """Not in every release."""
    if "pm_runtime_block_if_disabled" in c.g.image.symbols:
        c.run("pm_runtime_block_if_disabled", VOID, device_pointer(c.g, dev))


@_called
def pm_runtime_unblock(c: LinuxCore, dev: Device) -> None:
    """Not in every release."""
    if "pm_runtime_unblock" in c.g.image.symbols:
        c.run("pm_runtime_unblock", VOID, device_pointer(c.g, dev))


@_called
def pm_runtime_drop_link(c: LinuxCore, link: DeviceLink) -> None:
    c.run("pm_runtime_drop_link", VOID, link_pointer(c.g, link))


@_called
def pm_runtime_work(c: LinuxCore, dev: Device) -> None:
    deferred.run_work(c.k, dev)


@_called
def pm_suspend_timer_fn(c: LinuxCore, dev: Device) -> None:
    deferred.run_timer(c.k, dev)
