"""``struct platform_driver`` in a guest's memory, as a driver of the kernel's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from irqlab.guest.guest import INT, VOID, Guest
from irqlab.guest.matches import match_table
from irqlab.guest.objects import device_pointer, platform_pointer
from irqlab.kernel.device import Device, DevPmOps, Driver
from irqlab.kernel.kernel import Kernel
from irqlab.kernel.pm.force import pm_runtime_force_resume, pm_runtime_force_suspend

#: Fields of ``struct dev_pm_ops`` that the model of system sleep calls.
_PM = (
    "runtime_suspend",
    "runtime_resume",
    "runtime_idle",
    "suspend",
    "resume",
    "suspend_late",
    "resume_early",
    "suspend_noirq",
    "resume_noirq",
)

#: Functions of the kernel that stand in a driver's table of operations.
DEVICE_CALLBACKS: dict[str, Callable[..., Any]] = {
    "pm_runtime_force_suspend": pm_runtime_force_suspend,
    "pm_runtime_force_resume": pm_runtime_force_resume,
}


def platform_driver(g: Guest, address: int) -> Driver:
    """The driver behind a ``struct platform_driver *``: the same object for the same address."""
    key = ("driver", address)
    if key not in g.statics:
        g.statics[key] = _platform_driver(g, address)
    found = g.statics[key]
    assert isinstance(found, Driver)
    return found


def driver_address(g: Guest, dev: Device) -> int:
    """The ``struct platform_driver *`` of the driver a device has; 0 for one in Python, or none."""
    driver = dev.driver
    found = (address for (kind, address), known in g.statics.items() if kind == "driver" and known is driver)
    return next(found, 0) if driver is not None else 0


def _platform_driver(g: Guest, address: int) -> Driver:
    def callback(path: str, result: str) -> Any:
        function = g.field(address, "platform_driver", path)
        if not function:
            return None
        if function in g.image.by_address:
            return _kernel_callback(g, g.image.by_address[function].name, path)

        def run(k: Kernel, dev: Device) -> int:
            return int(g.function(function, result)(k, platform_pointer(g, dev)) or 0)

        return g.named(run, g.function(function, result))

    name = g.text(g.field(address, "platform_driver", "driver.name"))
    table = match_table(g, g.field(address, "platform_driver", "driver.of_match_table"))
    remove = INT if g.remove_returns_int else VOID
    return Driver(
        name,
        compatible=tuple(match.compatible for match in table if match.compatible),
        probe=callback("probe", INT),
        remove=callback("remove", remove) or callback("remove_new", VOID),
        shutdown=callback("shutdown", VOID),
        pm=_pm_ops(g, g.field(address, "platform_driver", "driver.pm"), name),
    )


def _pm_ops(g: Guest, address: int, name: str) -> DevPmOps | None:
    if not address:
        return None
    found: dict[str, Any] = {}
    for field in _PM:
        function = g.field(address, "dev_pm_ops", field)
        if function:
            found[field] = _device_callback(g, function, field)
    return DevPmOps(name, **found)


def _device_callback(g: Guest, function: int, field: str) -> Any:
    if function in g.image.by_address:
        return _kernel_callback(g, g.image.by_address[function].name, field)

    def run(k: Kernel, dev: Device) -> int:
        return int(g.function(function, INT)(k, device_pointer(g, dev)))

    return g.named(run, g.function(function, INT))


def _kernel_callback(g: Guest, symbol: str, field: str) -> Any:
    """A callback of a driver that is a function of the kernel's."""
    known = DEVICE_CALLBACKS.get(symbol)
    if known is None:
        g.unknown(f"{symbol}() as {field}")
    return known
