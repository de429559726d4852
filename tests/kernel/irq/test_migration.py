"""Moves that wait for the next interrupt of the line (kernel/irq/migration.c, manage.c; 6.1.192 and 6.12.117 agree).

CONFIG_GENERIC_PENDING_IRQ: x86 and ARC.  What a CPU that goes makes of them is in ``test_cpuhotplug.py``.
"""

from __future__ import annotations

import pytest
from cpurig import BOTH, CPU0, CPU1, managed, marks, router, routes, smp, switch
from irqrig import RUNNING

from irqlab.kernel.errno import EBUSY, EINVAL
from irqlab.kernel.irq.affinity import irq_force_affinity, irq_set_affinity
from irqlab.kernel.irq.flags import IRQD_MOVE_PCNTXT, IRQD_PER_CPU, IRQD_SETAFFINITY_PENDING
from irqlab.kernel.irq.manage import disable_irq
from irqlab.kernel.irq.migration import irq_move_irq, irq_move_masked_irq
from irqlab.kernel.irq.state import believe, set_flag

RELEASES = pytest.mark.parametrize("release", ["6.1", "6.12"])


def line(irqs, release="6.12", *, arch="arc", flags=0):
    """A line that was requested and is sent to CPU 0."""
    rig = smp(irqs, release, arch=arch)
    irq = managed(rig, CPU0, router(), is_managed=False)
    assert rig.request(irq) == 0
    set_flag(rig.data(irq), flags)
    rig.entries()
    return rig, irq


# -- irq_set_affinity() ------------------------------------------------------------------------------------------------


@RELEASES
@pytest.mark.parametrize(
    ("arch", "flags", "calls", "noted", "pending"),
    [
        ("arc", 0, (), "SET PENDING", CPU1),
        ("arc", IRQD_MOVE_PCNTXT, ("irq_set_affinity 10",), "SET", 0),
        ("arc", IRQD_MOVE_PCNTXT | IRQD_SETAFFINITY_PENDING, (), "SET PENDING", CPU1),  # behind one that waits
        ("arm64", 0, ("irq_set_affinity 10",), "SET", 0),
    ],
)
def test_irq_set_affinity_waits_for_the_interrupt_of_a_line_that_moves_only_there(
    irqs, release, arch, flags, calls, noted, pending
):
    rig, irq = line(irqs, release, arch=arch, flags=flags)
    assert irq_set_affinity(rig.k, irq, CPU1) == 0
    assert (rig.entries(), marks(rig, irq), rig.desc(irq).pending_mask) == (calls, noted, pending)
    assert routes(rig, irq) == ((CPU1, CPU1) if calls else (CPU0, CPU0))


@RELEASES
@pytest.mark.parametrize(
    ("arch", "force", "error", "result", "noted"),
    [
        ("arc", False, -EBUSY, 0, "SET PENDING"),
        ("arc", True, -EBUSY, -EBUSY, "SET"),
        ("arc", False, -EINVAL, -EINVAL, "SET"),
        ("arm64", False, -EBUSY, -EBUSY, "SET"),
    ],
)
def test_a_chip_that_is_busy_makes_the_move_wait(irqs, release, arch, force, error, result, noted):
    """irq_try_set_affinity()."""
    rig, irq = line(irqs, release, arch=arch, flags=IRQD_MOVE_PCNTXT)
    rig.answer(f"irq_set_affinity 10{' force' if force else ''}", error)
    assert (irq_force_affinity if force else irq_set_affinity)(rig.k, irq, CPU1) == result
    assert marks(rig, irq) == noted


# -- irq_move_irq() ----------------------------------------------------------------------------------------------------


@RELEASES
@pytest.mark.parametrize(
    ("state", "calls"),
    [
        ("open", ("irq_mask", "irq_set_affinity 10", "irq_unmask")),
        ("masked", ("irq_set_affinity 10",)),
        ("disabled", ()),
        ("nothing waits", ()),
    ],
)
def test_irq_move_irq_masks_around_the_move_what_is_not_masked(irqs, release, state, calls):
    """At the chip only: the core goes on to believe the line unmasked.  A disabled line is not moved."""
    rig, irq = line(irqs, release)
    if state != "nothing waits":
        irq_set_affinity(rig.k, irq, CPU1)
    if state == "masked":
        believe(rig.k, rig.data(irq), masked=True)
    if state == "disabled":
        disable_irq(rig.k, irq)
    before = rig.core(irq)
    irq_move_irq(rig.k, rig.data(irq))
    assert rig.entries() == calls and rig.core(irq) == before
    assert marks(rig, irq) == ("SET PENDING" if state == "disabled" else "SET")
    assert routes(rig, irq) == ((CPU1, CPU1) if calls else (CPU0, CPU0))


@RELEASES
@pytest.mark.parametrize(
    ("why", "calls", "noted", "pending"),
    [
        ("busy", ("irq_set_affinity 10",), "SET PENDING", CPU1),
        ("refused", ("irq_set_affinity 10",), "SET", 0),
        ("offline", (), "SET", 0),
        ("per CPU", (), "SET", CPU1),
    ],
)
def test_irq_move_masked_irq_waits_on_only_while_the_chip_is_busy(irqs, release, why, calls, noted, pending):
    rig, irq = line(irqs, release)
    irq_set_affinity(rig.k, irq, CPU1)
    if why in ("busy", "refused"):
        rig.answer("irq_set_affinity 10", -EBUSY if why == "busy" else -EINVAL)
    switch(rig, CPU0 if why == "offline" else BOTH)
    set_flag(rig.data(irq), IRQD_PER_CPU, why == "per CPU")
    irq_move_masked_irq(rig.k, rig.data(irq))
    assert (rig.entries(), marks(rig, irq), rig.desc(irq).pending_mask) == (calls, noted, pending)
    assert rig.warnings() == (["irq_move_masked_irq: the line is per CPU"] if why == "per CPU" else [])
    assert (rig.core(irq), routes(rig, irq)) == (RUNNING, (CPU0, CPU0))
