"""CPUs that go and come, and the lines that were sent to them (kernel/irq/cpuhotplug.c; kernel/cpu.c as far as that).

6.1.192 and 6.12.117; 6.18 is 6.12 with what 788019eb559f, 2b32fc8ff08d and 72218d74c9c5 (6.16) have changed.
"""

from __future__ import annotations

from typing import Any

import pytest
from cpurig import BOTH, CPU0, CPU1, managed, marks, router, routes, smp, switch
from irqrig import BUS, LAZY, MASKED, RUNNING, IrqChip, chip, demux, log

from irqlab.kernel.context import irqs_disabled
from irqlab.kernel.cpu import add_cpu, remove_cpu
from irqlab.kernel.cpumask import cpu_online_mask
from irqlab.kernel.errno import EBUSY, EINVAL, ENOSPC, EPERM
from irqlab.kernel.irq import pm
from irqlab.kernel.irq.cpuhotplug import irq_needs_fixup, migrate_one_irq
from irqlab.kernel.irq.flags import (
    IRQD_AFFINITY_ON_ACTIVATE,
    IRQD_MOVE_PCNTXT,
    IRQD_SETAFFINITY_PENDING,
    IRQD_SINGLE_TARGET,
    IRQF_PERCPU,
)
from irqlab.kernel.irq.manage import disable_irq, enable_irq
from irqlab.kernel.irq.setup import irq_set_chained_handler_and_data
from irqlab.kernel.irq.state import set_flag
from irqlab.kernel.release import release as named
from irqlab.state import kernel

RELEASES = pytest.mark.parametrize("release", ["6.1", "6.12", "6.18"])
CPU2, ALL = 0b100, 0b111


class Notes(list[str]):
    """What a trace would have lines of."""

    def note(self, kind: str, facts: dict[str, Any]) -> None:
        self.append(kind)


def running(irqs, mask, release="6.12", *, is_managed=True, possible=BOTH, arch="arm64", which=None):
    """A line that was requested with its own affinity."""
    rig = smp(irqs, release, possible=possible, online=possible, arch=arch)
    irq = managed(rig, mask, which, is_managed=is_managed)
    assert rig.request(irq) == 0
    rig.entries()
    return rig, irq


# -- remove_cpu(), add_cpu() -------------------------------------------------------------------------------------------


def test_a_cpu_goes_and_comes_once_and_cpu_0_stays(irqs):
    rig = smp(irqs)
    assert (remove_cpu(rig.k, 1), cpu_online_mask(rig.k)) == (0, CPU0)
    assert (remove_cpu(rig.k, 1), cpu_online_mask(rig.k)) == (1, CPU0)
    assert (add_cpu(rig.k, 1), cpu_online_mask(rig.k)) == (0, BOTH)
    assert (add_cpu(rig.k, 1), cpu_online_mask(rig.k)) == (1, BOTH)
    assert (remove_cpu(rig.k, 0), remove_cpu(rig.k, 2), add_cpu(rig.k, 2)) == (-EPERM, -EINVAL, -EINVAL)
    assert cpu_online_mask(rig.k) == BOTH


def test_a_machine_with_one_cpu_has_no_other(irqs):
    rig = irqs()
    assert (remove_cpu(rig.k, 0), add_cpu(rig.k, 0)) == (-EPERM, 1)
    assert (remove_cpu(rig.k, 1), add_cpu(rig.k, 1), cpu_online_mask(rig.k)) == (-EINVAL, -EINVAL, CPU0)


@kernel
def telling(k: Any, d: Any, mask: int, force: bool) -> int:
    return log(k, d.irq, f"interrupts {'off' if irqs_disabled(k) else 'on'}, sent to {mask:b}")


def test_lines_move_with_interrupts_off_and_come_back_under_desc_lock_and_no_bus_lock(irqs):
    """stop_machine() on the way down; raw_spin_lock_irq() of one line after the other on the way up."""
    rig = smp(irqs)
    irq = managed(rig, BOTH, IrqChip("telling", **{**router(*BUS).callbacks, "irq_set_affinity": telling}))
    rig.request(irq)
    rig.set_data(irq, effective_affinity=CPU1)
    rig.entries()
    rig.task("down", remove_cpu, 1)
    rig.task("up", add_cpu, 1)
    assert rig.places() == ("interrupts off, sent to 1: desc", "interrupts off, sent to 11: desc")


# -- irq_needs_fixup() -------------------------------------------------------------------------------------------------


@RELEASES
@pytest.mark.parametrize(
    ("effective", "allowed", "needs", "said"),
    [
        (CPU1, ALL, True, False),
        (CPU0, ALL, False, False),
        (CPU0 | CPU1, ALL, True, False),
        (CPU2, ALL, True, True),  # offline: somebody has missed to move it
        (CPU1 | CPU2, ALL, True, True),
        (CPU0 | CPU2, ALL, False, False),  # one of them is online
        (0, CPU1, True, False),  # the chip has not said: where it may be sent
        (0, CPU0, False, False),
        (0, CPU2, True, True),
    ],
)
def test_irq_needs_fixup_looks_at_where_the_chip_sends_the_line(irqs, release, effective, allowed, needs, said):
    """CPU 1 goes, CPU 2 is offline already.  A line that only CPUs had that were offline before is told of."""
    rig = smp(irqs, release, possible=ALL, online=CPU0)
    irq = managed(rig, allowed)
    rig.set_data(irq, effective_affinity=effective)
    rig.world.recorder = kept = Notes()
    assert irq_needs_fixup(rig.k, rig.data(irq), 1) is needs and kept == ["printk"] * said


# -- migrate_one_irq() -------------------------------------------------------------------------------------------------


@RELEASES
@pytest.mark.parametrize(
    ("allowed", "broken", "after"),
    [(CPU1, True, CPU0), (CPU1 | CPU2, True, CPU0), (CPU0 | CPU1, False, CPU0 | CPU1)],
)
def test_migrate_one_irq_moves_a_line_to_any_cpu_where_none_of_its_own_is_left(irqs, release, allowed, broken, after):
    """CPU 2 is offline too.  A line that may be sent to CPU 0 still may be sent to CPU 1 again."""
    rig, irq = running(irqs, allowed, release, is_managed=False, possible=ALL)
    rig.set_data(irq, effective_affinity=CPU1)
    switch(rig, CPU0)
    assert migrate_one_irq(rig.k, rig.desc(irq), 1) is broken
    assert rig.entries() == ("irq_set_affinity 1",) and routes(rig, irq) == (after, CPU0)
    assert rig.core(irq) == RUNNING


@RELEASES
@pytest.mark.parametrize("why", ["per CPU", "not started", "sent elsewhere", "no setter"])
def test_migrate_one_irq_leaves_alone_what_has_not_to_move(irqs, release, why):
    rig = smp(irqs, release)
    irq = managed(rig, CPU1, chip() if why == "no setter" else router(), is_managed=False)
    if why != "not started":
        rig.request(irq, flags=IRQF_PERCPU if why == "per CPU" else 0)
    rig.set_data(irq, effective_affinity=CPU0 if why == "sent elsewhere" else CPU1)
    rig.entries()
    before = (rig.core(irq), marks(rig, irq), routes(rig, irq))
    assert remove_cpu(rig.k, 1) == 0 and rig.entries() == ()
    assert (rig.core(irq), marks(rig, irq), routes(rig, irq)) == before


@RELEASES
def test_chained_lines_move_too(irqs, release):
    rig = smp(irqs, release)
    irq = managed(rig, CPU1, is_managed=False)
    irq_set_chained_handler_and_data(rig.k, irq, demux, None)
    rig.entries()
    remove_cpu(rig.k, 1)
    assert rig.places() == ("irq_set_affinity 1: desc",) and rig.core(irq) == RUNNING


@RELEASES
def test_disabled_lines_move_too_and_stay_as_they_are(irqs, release):
    rig, irq = running(irqs, CPU1, release, is_managed=False)
    disable_irq(rig.k, irq)
    remove_cpu(rig.k, 1)
    assert rig.entries() == ("irq_set_affinity 1",) and rig.core(irq) == LAZY


@RELEASES
def test_a_managed_line_whose_last_cpu_goes_is_shut_down_and_keeps_its_affinity(irqs, release):
    rig, irq = running(irqs, CPU1, release)
    remove_cpu(rig.k, 1)
    assert rig.entries() == ("irq_mask", "deactivate")
    assert rig.core(irq) == "DISABLED MASKED depth=1" and not rig.open(irq)
    assert (marks(rig, irq), routes(rig, irq)) == ("MANAGED SHUTDOWN SET", (CPU1, CPU1))


@RELEASES
def test_a_managed_line_with_another_cpu_moves_to_it(irqs, release):
    rig, irq = running(irqs, CPU1 | CPU2, release, possible=ALL)
    remove_cpu(rig.k, 1)
    assert rig.entries() == ("irq_set_affinity 100",) and rig.core(irq) == RUNNING
    assert (marks(rig, irq), routes(rig, irq)) == ("MANAGED SET", (CPU1 | CPU2, CPU2))


@RELEASES
@pytest.mark.parametrize(
    ("arch", "flags", "masked", "calls"),
    [
        ("arc", 0, False, ("irq_mask", "irq_set_affinity 1", "irq_unmask")),
        ("arc", 0, True, ("irq_set_affinity 1",)),
        ("arc", IRQD_MOVE_PCNTXT, False, ("irq_set_affinity 1",)),
        ("arm64", 0, False, ("irq_set_affinity 1",)),
    ],
)
def test_migrate_one_irq_masks_around_the_move_behind_the_back_of_the_beliefs(irqs, release, arch, flags, masked, calls):
    """Only lines that move in their own interrupt (CONFIG_GENERIC_PENDING_IRQ), and of those what is believed unmasked."""
    rig, irq = running(irqs, CPU1, release, is_managed=False, arch=arch)
    set_flag(rig.data(irq), flags)
    if masked:
        rig.set_desc(irq, disable_unlazy=True)
        disable_irq(rig.k, irq)
        rig.entries()
    rig.world.recorder = kept = Notes()
    remove_cpu(rig.k, 1)
    assert rig.entries() == calls and rig.core(irq) == (MASKED if masked else RUNNING)
    assert "callback" in kept and "belief" not in kept


@RELEASES
def test_a_managed_line_that_is_shut_down_is_masked_twice_where_moves_are_masked_around(irqs, release):
    """The mask before the move is none the core knows of, so irq_shutdown() masks again, and nobody unmasks."""
    rig, irq = running(irqs, CPU1, release, arch="arc")
    remove_cpu(rig.k, 1)
    assert rig.entries() == ("irq_mask", "irq_mask", "deactivate") and not rig.open(irq)


@pytest.mark.parametrize(
    ("release", "is_managed", "error", "calls", "broken"),
    [
        ("6.1", False, -ENOSPC, ("irq_set_affinity 100",), False),
        ("6.12", False, -ENOSPC, ("irq_set_affinity 100", "irq_set_affinity 101"), True),
        ("6.18", False, -ENOSPC, ("irq_set_affinity 100", "irq_set_affinity 101"), True),
        ("6.12", True, -ENOSPC, ("irq_set_affinity 100",), False),
        ("6.12", False, -EBUSY, ("irq_set_affinity 100",), False),
        ("6.12", False, 0, ("irq_set_affinity 100",), False),
    ],
)
def test_migrate_one_irq_tries_every_cpu_when_the_own_have_no_vector_left(irqs, release, is_managed, error, calls, broken):
    """88d724e2301a (6.10): -ENOSPC of a line that is not managed.  A move that fails leaves the line on the CPU that goes."""
    rig, irq = running(irqs, CPU1 | CPU2, release, is_managed=is_managed, possible=ALL)
    rig.answer("irq_set_affinity 100", error)
    switch(rig, CPU0 | CPU2)
    assert migrate_one_irq(rig.k, rig.desc(irq), 1) is broken and rig.entries() == calls
    moved = CPU0 if broken else CPU1 if error else CPU2
    assert routes(rig, irq) == (CPU0 | CPU2 if broken else CPU1 | CPU2, moved)


@RELEASES
def test_migrate_one_irq_does_not_try_twice_what_was_every_cpu_already(irqs, release):
    rig, irq = running(irqs, CPU1, release, is_managed=False)
    rig.answer("irq_set_affinity 1", -ENOSPC)
    switch(rig, CPU0)
    assert migrate_one_irq(rig.k, rig.desc(irq), 1) is False
    assert rig.entries() == ("irq_set_affinity 1",) and routes(rig, irq) == (CPU1, CPU1)


@RELEASES
@pytest.mark.parametrize(
    ("pending", "sent", "calls", "noted"),
    [
        (CPU2, CPU1, ("irq_set_affinity 100",), "SET"),  # made now
        (CPU1, CPU1, ("irq_set_affinity 1",), "SET"),  # cannot be made any more: where the line may be sent
        (CPU2, CPU0, (), "SET PENDING"),  # the line need not move: it waits on
        (CPU1, CPU0, (), "SET"),  # nor could it: forgotten
    ],
)
def test_migrate_one_irq_makes_the_move_that_waits_or_forgets_it(irqs, release, pending, sent, calls, noted):
    rig, irq = running(irqs, CPU0 | CPU1, release, is_managed=False, possible=ALL, arch="arc")
    set_flag(rig.data(irq), IRQD_SETAFFINITY_PENDING | IRQD_MOVE_PCNTXT)
    rig.set_desc(irq, pending_mask=pending)
    rig.set_data(irq, effective_affinity=sent)
    remove_cpu(rig.k, 1)
    assert rig.entries() == calls and marks(rig, irq) == noted


def test_migrate_one_irq_knows_of_no_move_that_waits_where_none_can(irqs):
    """irq_fixup_move_pending() without CONFIG_GENERIC_PENDING_IRQ looks at no bit, whoever has set it."""
    rig, irq = running(irqs, CPU0 | CPU1, is_managed=False, possible=ALL)
    set_flag(rig.data(irq), IRQD_SETAFFINITY_PENDING)
    rig.set_desc(irq, pending_mask=CPU2)
    rig.set_data(irq, effective_affinity=CPU1)
    remove_cpu(rig.k, 1)
    assert rig.entries() == ("irq_set_affinity 1",) and marks(rig, irq) == "SET PENDING"


# -- irq_restore_affinity_of_irq() -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("release", "calls"),
    [
        ("6.1", ("activate", "irq_set_affinity 10", "irq_unmask")),
        ("6.12", ("activate", "irq_set_affinity 10", "irq_unmask", "irq_set_affinity 10")),
        ("6.18", ("activate", "irq_set_affinity 10", "irq_unmask", "irq_set_affinity 10")),
    ],
)
def test_a_managed_line_starts_again_with_its_cpu(irqs, release, calls):
    """a60dd06af674 (6.10) goes on to set the affinity that irq_startup() has just set."""
    rig, irq = running(irqs, CPU1, release)
    remove_cpu(rig.k, 1)
    rig.entries()
    assert add_cpu(rig.k, 1) == 0 and rig.entries() == calls
    assert (rig.core(irq), marks(rig, irq), routes(rig, irq)) == (RUNNING, "MANAGED SET", (CPU1, CPU1))


@RELEASES
def test_a_managed_line_that_was_requested_without_a_cpu_starts_with_it(irqs, release):
    rig = smp(irqs, release, online=CPU0)
    irq = managed(rig, CPU1)
    rig.request(irq)
    assert add_cpu(rig.k, 1) == 0 and rig.core(irq) == RUNNING and rig.open(irq)


@RELEASES
@pytest.mark.parametrize("why", ["not managed", "no action", "another CPU"])
def test_what_a_cpu_that_comes_does_not_concern(irqs, release, why):
    rig = smp(irqs, release, online=CPU0)
    irq = managed(rig, CPU0 if why == "another CPU" else BOTH, is_managed=why != "not managed")
    if why != "no action":
        rig.request(irq)
        rig.entries()
    before = (rig.core(irq), marks(rig, irq), routes(rig, irq))
    assert add_cpu(rig.k, 1) == 0 and rig.entries() == ()
    assert (rig.core(irq), marks(rig, irq), routes(rig, irq)) == before


@RELEASES
@pytest.mark.parametrize(("single", "calls"), [(False, ("irq_set_affinity 11",)), (True, ())])
def test_a_managed_line_that_runs_is_spread_unless_it_has_one_target(irqs, release, single, calls):
    rig, irq = running(irqs, BOTH, release)
    remove_cpu(rig.k, 1)
    set_flag(rig.data(irq), IRQD_SINGLE_TARGET, single)
    rig.entries()
    add_cpu(rig.k, 1)
    assert rig.entries() == calls and rig.core(irq) == RUNNING


# -- disabled in between -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("release", "gone", "back"),
    [
        ("6.1", "DISABLED MASKED depth=1", RUNNING),
        ("6.12", "DISABLED MASKED depth=1", RUNNING),
        ("6.18", "DISABLED MASKED depth=2", "DISABLED MASKED depth=1"),
    ],
)
def test_a_line_that_was_disabled_comes_back_enabled_until_6_15(irqs, release, gone, back):
    """788019eb559f.  The driver that has disabled it gets interrupts, and its enable_irq() is unbalanced."""
    rig, irq = running(irqs, CPU1, release)
    disable_irq(rig.k, irq)
    remove_cpu(rig.k, 1)
    assert rig.core(irq) == gone
    add_cpu(rig.k, 1)
    assert rig.core(irq) == back and rig.open(irq) is (back == RUNNING)
    enable_irq(rig.k, irq)
    assert (rig.core(irq), rig.unbalanced()) == (RUNNING, 1 if back == RUNNING else 0)


@pytest.mark.parametrize(("on_activate", "calls"), [(False, ("irq_set_affinity 10",)), (True, ())])
def test_a_line_that_comes_back_disabled_is_routed_all_the_same(irqs, on_activate, calls):
    """6.18: not activated, and the chip is called, unless it has said that it cannot be (IRQD_AFFINITY_ON_ACTIVATE)."""
    rig, irq = running(irqs, CPU1, "6.18")
    set_flag(rig.data(irq), IRQD_AFFINITY_ON_ACTIVATE, on_activate)
    disable_irq(rig.k, irq)
    remove_cpu(rig.k, 1)
    rig.entries()
    add_cpu(rig.k, 1)
    assert rig.entries() == calls and not rig.data(irq).activated


@pytest.mark.parametrize(("once", "depths", "unbalanced"), [(True, [1, 1, 2, 1, 1], 0), (False, [1, 1, 2, 1, 0], 1)])
def test_each_cpu_that_comes_took_one_off_the_depth_until_2b32fc8ff08d(irqs, once, depths, unbalanced):
    """irq_startup_managed(), 6.16-rc: the line of CPUs 1 and 2 that a driver has disabled is enabled by the second."""
    rig, irq = running(irqs, CPU1 | CPU2, "6.18", possible=ALL)
    rig.k.release = named("6.18") if once else named("6.18").without("managed-depth-once")
    disable_irq(rig.k, irq)
    seen = [rig.desc(irq).depth]
    for step, cpu in ((remove_cpu, 1), (remove_cpu, 2), (add_cpu, 2), (add_cpu, 1)):
        assert step(rig.k, cpu) == 0
        seen.append(rig.desc(irq).depth)
    assert seen == depths
    enable_irq(rig.k, irq)
    assert (rig.core(irq), rig.unbalanced()) == (RUNNING, unbalanced)


# -- system sleep ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("release", "asleep", "between"),
    [
        ("6.1", "SUSPENDED depth=1", "STARTED ACTIVATED SUSPENDED depth=0"),
        ("6.12", "SUSPENDED depth=1", "DISABLED MASKED SUSPENDED depth=1"),
        ("6.18", "SUSPENDED depth=2", "DISABLED MASKED SUSPENDED depth=1"),
    ],
)
def test_a_suspended_line_starts_with_its_cpu_in_6_1_and_in_resume_device_irqs_since(irqs, release, asleep, between):
    """a60dd06af674 (6.10) skips it; 72218d74c9c5 (6.16) counts instead.  6.1 lets interrupts in before drivers have resumed."""
    rig, irq = running(irqs, CPU1, release)
    pm.suspend_device_irqs(rig.k)
    remove_cpu(rig.k, 1)
    assert rig.core(irq) == f"DISABLED MASKED {asleep}"
    add_cpu(rig.k, 1)
    assert rig.core(irq) == between and rig.open(irq) is (release == "6.1")
    pm.resume_device_irqs(rig.k)
    assert rig.core(irq) == RUNNING and rig.open(irq)
    assert (rig.unbalanced(), rig.warnings()) == (1 if release == "6.1" else 0, [])


@pytest.mark.parametrize(("skips", "depth", "core"), [(False, 1, RUNNING), (True, 2, "DISABLED MASKED depth=1")])
def test_to_skip_and_to_count_leaves_a_suspended_line_disabled_for_good(irqs, skips, depth, core):
    """788019eb559f without 72218d74c9c5 (6.16-rc): the CPU takes nothing off, and resume_device_irqs() only one."""
    rig, irq = running(irqs, CPU1, "6.18")
    if skips:
        rig.k.release = named("6.18").with_("restore-skips-suspended")
    pm.suspend_device_irqs(rig.k)
    remove_cpu(rig.k, 1)
    add_cpu(rig.k, 1)
    assert rig.desc(irq).depth == depth
    pm.resume_device_irqs(rig.k)
    assert rig.core(irq) == core
