"""``drivers/base/syscore.c`` and ``kernel/cpu_pm.c``: sleep and wake of what is no device."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from irqlab.guest.exports import Int, Ptr, export
from irqlab.guest.guest import INT, VOID, Guest
from irqlab.kernel import syscore
from irqlab.kernel.errno import EINVAL
from irqlab.kernel.kernel import Kernel
from irqlab.kernel.syscore import Syscore


def _operations(g: Guest, address: int, table: int, takes_data: bool) -> Syscore:
    """The operations of a ``struct syscore`` (or, before there was one, ``struct syscore_ops``) at ``address``."""
    key = ("syscore", address)
    if key not in g.statics:

        def operation(name: str, result: str) -> Callable[..., Any] | None:
            function = g.field(table, "syscore_ops", name)
            if not function:
                return None

            def run(k: Kernel) -> int:
                arguments = (g.field(address, "syscore", "data"),) if takes_data else ()
                return int(g.function(function, result)(k, *arguments) or 0)

            return g.named(run, g.function(function, result))

        g.statics[key] = Syscore(
            g.image.describe(address), operation("suspend", INT), operation("resume", VOID), operation("shutdown", VOID)
        )
    found = g.statics[key]
    assert isinstance(found, Syscore)
    return found


@export("register_syscore")
def _register_syscore(g: Guest, entry: Ptr) -> None:
    syscore.register_syscore(g.k, _operations(g, entry, g.field(entry, "syscore", "ops"), True))


@export("register_syscore_ops")
def _register_syscore_ops(g: Guest, ops: Ptr) -> None:
    syscore.register_syscore(g.k, _operations(g, ops, ops, False))


@export("unregister_syscore")
def _unregister_syscore(g: Guest, entry: Ptr) -> None:
    if not syscore.unregister_syscore(g.k, _operations(g, entry, g.field(entry, "syscore", "ops"), True)):
        g.unknown("unregister_syscore() of what is not registered")


@export("unregister_syscore_ops")
def _unregister_syscore_ops(g: Guest, ops: Ptr) -> None:
    if not syscore.unregister_syscore(g.k, _operations(g, ops, ops, False)):
        g.unknown("unregister_syscore_ops() of what is not registered")


@export("cpu_pm_register_notifier")
def _cpu_pm_register_notifier(g: Guest, block: Ptr) -> Int:
    function = g.field(block, "notifier_block", "notifier_call")
    if not function:
        return -EINVAL
    if g.field(block, "notifier_block", "priority"):
        g.unknown("cpu_pm_register_notifier() with a priority")
    key = ("cpu_pm", block)
    if key not in g.statics:

        def run(k: Kernel, event: int) -> int:
            return int(g.function(function)(k, block, event, 0))

        g.statics[key] = g.named(run, g.function(function))
    found = g.statics[key]
    assert callable(found)
    return syscore.cpu_pm_register_notifier(g.k, found)
