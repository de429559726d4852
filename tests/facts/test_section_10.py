"""Facts, section 10: what the kernel's own unit tests promise of the disable depth, and in which release it holds.

The cases are those of ``kernel/irq/irq_test.c`` (66067c3c8a1e, 6.17), told again: the chip does nothing, but says where it
sends a line; the flow handler is ``handle_simple_irq()``.  Where a release does not keep a promise, what it does is asserted.

| case | 6.1 | 6.12 | 6.18 |
|---|---|---|---|
| ``irq_disable_depth_test`` | holds | holds | holds |
| ``irq_free_disabled_test`` | holds | holds | holds |
| ``irq_shutdown_depth_test`` | enabled behind the driver's back | the same | holds |
| ``irq_cpuhotplug_test`` | enabled behind the driver's back | the same | holds |
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from pmrig import make_rig

from irqlab.kernel.cpu import add_cpu, remove_cpu
from irqlab.kernel.cpumask import Cpus
from irqlab.kernel.irq.affinity import irq_data_update_effective_affinity
from irqlab.kernel.irq.chip import irq_activate, irq_shutdown_and_deactivate, irq_startup, irq_startup_managed
from irqlab.kernel.irq.desc import AffinityDesc, IrqChip, IrqData, IrqDesc, desc_lock, irq_alloc_descs, noop
from irqlab.kernel.irq.flags import IRQ_HANDLED, IRQ_NOREQUEST, IRQCHIP_SKIP_SET_WAKE, IRQD_AFFINITY_MANAGED
from irqlab.kernel.irq.flow import handle_simple_irq
from irqlab.kernel.irq.manage import disable_irq, enable_irq, free_irq, request_irq
from irqlab.kernel.irq.setup import irq_clear_status_flags, irq_set_chip_and_handler
from irqlab.kernel.irq.state import has_flag
from irqlab.kernel.locking import irqsave
from irqlab.state import kernel

RELEASES = pytest.mark.parametrize("release", ["6.1", "6.12", "6.18"])
CPU1, BOTH = 0b10, 0b11

#: ACTIVATED, STARTED and the disable depth.
RUNS, RESTS = (True, True, 0), (False, False, 1)


@kernel
def noop_handler(k: Any, irq: int, dev_id: Any) -> int:
    return IRQ_HANDLED


@kernel
def noop_affinity(k: Any, d: IrqData, mask: int, force: bool) -> int:
    irq_data_update_effective_affinity(k, d, mask)
    return 0


_NOOPS = ("irq_startup", "irq_shutdown", "irq_enable", "irq_disable", "irq_ack", "irq_mask", "irq_unmask")
FAKE = IrqChip("fake", flags=IRQCHIP_SKIP_SET_WAKE, irq_set_affinity=noop_affinity, **dict.fromkeys(_NOOPS, noop))


@dataclass
class Line:
    """One line of the fake chip on a machine with two CPUs."""

    rig: Any
    irq: int

    @property
    def k(self) -> Any:
        return self.rig.k

    @property
    def desc(self) -> IrqDesc:
        return self.k.world.at(IrqDesc, self.irq)

    def state(self) -> tuple[bool, bool, int]:
        d = self.desc.irq_data
        return d.activated, d.started, self.desc.depth

    def request(self) -> None:
        assert request_irq(self.k, self.irq, noop_handler, 0, "test_irq", None) == 0

    def unbalanced(self) -> int:
        return len(self.rig.signals("unbalanced-enable"))


def line(release: str, affinity: AffinityDesc | None = None) -> Line:
    rig = make_rig(release)
    rig.world.new(Cpus, possible=BOTH, online=BOTH)
    irq = irq_alloc_descs(rig.k, -1, 1, affinity=(affinity,) if affinity is not None else ())
    irq_set_chip_and_handler(rig.k, irq, FAKE, handle_simple_irq)
    irq_clear_status_flags(rig.k, irq, IRQ_NOREQUEST)
    return Line(rig, irq)


def managed(release: str, mask: int) -> Line:
    """A managed line that runs, and has been disabled once."""
    made = line(release, (mask, True))
    made.request()
    assert made.state() == RUNS and has_flag(made.desc.irq_data, IRQD_AFFINITY_MANAGED)
    disable_irq(made.k, made.irq)
    assert made.state() == (True, True, 1)
    return made


def keeps_depth(release: str) -> bool:
    """788019eb559f and what mended it: 6.16."""
    return release == "6.18"


@RELEASES
def test_irq_disable_depth(release: str) -> None:
    """request 0, disable 1, enable 0."""
    made = line(release)
    made.request()
    assert made.desc.depth == 0
    disable_irq(made.k, made.irq)
    assert made.desc.depth == 1
    enable_irq(made.k, made.irq)
    assert made.desc.depth == 0 and made.unbalanced() == 0


@RELEASES
def test_irq_free_disabled(release: str) -> None:
    """A line that is freed while it is disabled stays so, and the next request enables it; 6.18 counts the shutdown too."""
    made = line(release)
    made.request()
    disable_irq(made.k, made.irq)
    free_irq(made.k, made.irq, None)
    assert made.desc.depth == (2 if keeps_depth(release) else 1)
    made.request()
    assert made.desc.depth == 0 and made.unbalanced() == 0


@RELEASES
def test_irq_shutdown_depth(release: str) -> None:
    """A line that is disabled stays so over shutdown and start; before 6.16 there is only irq_startup(), which enables it."""
    made = managed(release, BOTH)
    with irqsave(made.k, desc_lock(made.k, made.desc)):
        irq_shutdown_and_deactivate(made.k, made.desc)
    assert made.state() == (False, False, 2 if keeps_depth(release) else 1)
    assert irq_activate(made.k, made.desc) == 0 and not made.desc.irq_data.activated  # irq_startup() does it
    if keeps_depth(release):
        irq_startup_managed(made.k, made.desc)
        assert made.state() == RESTS
    else:
        irq_startup(made.k, made.desc, True)
        assert made.state() == RUNS
    enable_irq(made.k, made.irq)
    assert made.state() == RUNS and made.unbalanced() == (0 if keeps_depth(release) else 1)
    free_irq(made.k, made.irq, None)


@RELEASES
def test_irq_cpuhotplug(release: str) -> None:
    """A line that is disabled stays so while its only CPU goes and comes; before 6.16 the CPU brings it back enabled."""
    made = managed(release, CPU1)
    assert remove_cpu(made.k, 1) == 0
    assert made.state() == (False, False, 2 if keeps_depth(release) else 1)
    assert add_cpu(made.k, 1) == 0
    assert made.state() == (RESTS if keeps_depth(release) else RUNS)
    enable_irq(made.k, made.irq)
    assert made.state() == RUNS and made.unbalanced() == (0 if keeps_depth(release) else 1)
    free_irq(made.k, made.irq, None)


@RELEASES
@pytest.mark.parametrize("case", ["shutdown", "hotplug"])
def test_a_line_that_is_not_disabled_runs_again_in_every_release(release: str, case: str) -> None:
    """The nearest neighbour of the last two: without disable_irq() all releases agree."""
    made = line(release, (CPU1, True))
    made.request()
    if case == "shutdown":
        irq_shutdown_and_deactivate(made.k, made.desc)
        assert made.state() == RESTS
        if keeps_depth(release):
            irq_startup_managed(made.k, made.desc)
        else:
            irq_startup(made.k, made.desc, True)
    else:
        remove_cpu(made.k, 1)
        assert made.state() == RESTS
        add_cpu(made.k, 1)
    assert made.state() == RUNS and made.unbalanced() == 0
