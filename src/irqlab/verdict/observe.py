"""What can be observed of a state although no promise is broken by it: what claims are about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from irqlab.kernel.irq.desc import IrqDesc
from irqlab.kernel.kernel import RUNNING
from irqlab.kernel.pm.power import SUSPENDED, RpmState, RpmUsage
from irqlab.properties.balance import controllers, lines_in_use

if TYPE_CHECKING:
    from irqlab.kernel.kernel import Kernel

SUSPENDED_IN_USE = "a line is requested while its controller is runtime-suspended"
SUSPENDED_UNMASKED = "a controller is runtime-suspended while the core believes a line of it unmasked"
NO_REFERENCE = "a line is requested while the usage count of its controller is 0"
REFERENCE = "a line is requested while the usage count of its controller is above 0"
REST_SUSPENDED = "the controller is runtime-suspended and nobody uses a line"


def at_rest(k: Kernel) -> bool:
    """The first kernel is up and running, and no crash is under way."""
    system = k.system
    return system.exists and not system.hung and not system.crash and system.phase == RUNNING and system.boot == 0


def observe(k: Kernel) -> None:
    """Looks at a state of the first kernel in which no call is under way."""
    if not at_rest(k):
        return
    used = lines_in_use(k)
    for device in controllers(k):
        suspended = k.world.at(RpmState, device.name).status == SUSPENDED
        if used:
            usage = k.world.at(RpmUsage, device.name).usage_count
            k.world.signal("observed", what=REFERENCE if usage else NO_REFERENCE)
            if suspended:
                k.world.signal("observed", what=SUSPENDED_IN_USE)
        elif suspended:
            k.world.signal("observed", what=REST_SUSPENDED)
        if suspended and _unmasked(k, device.name):
            k.world.signal("observed", what=SUSPENDED_UNMASKED)


def _unmasked(k: Kernel, controller: str) -> bool:
    for desc in k.world.all(IrqDesc):
        domain = desc.irq_data.domain
        if domain is not None and domain.exists and domain.key[0] == controller and not desc.irq_data.masked:
            return True
    return False


class Deaf:
    """A recorder that hears nothing: what listens to one thing is made of it."""

    def call(self, name: str, args: tuple[Any, ...]) -> None:
        """A function is entered."""

    def reopen(self, name: str, args: tuple[Any, ...]) -> None:
        """A function goes on that was entered before."""

    def result(self, name: str, result: Any) -> None:
        """A function returns."""

    def note(self, kind: str, facts: dict[str, Any]) -> None:
        """Something happens."""


OBSERVATIONS = (("observe", observe),)
