"""Managed lines: the core keeps them to their CPUs, and shut down while none is online (chip.c, manage.c, irqdesc.c).

6.1.192 and 6.12.117 agree; 6.18 is 6.12 with what 788019eb559f and 2b32fc8ff08d (6.16) made of the disable depth.
"""

from __future__ import annotations

import pytest
from cpurig import BOTH, CPU0, CPU1, managed, marks, router, routes, smp, switch
from irqrig import BUS, FRESH, RUNNING, chip, demux

from irqlab.kernel.errno import EBUSY, EINVAL, ENOMEM
from irqlab.kernel.irq import affinity
from irqlab.kernel.irq import chip as core
from irqlab.kernel.irq.desc import IrqDesc, irq_alloc_descs
from irqlab.kernel.irq.flags import (
    IRQ_NO_BALANCING,
    IRQCHIP_AFFINITY_PRE_STARTUP,
    IRQD_AFFINITY_ON_ACTIVATE,
    IRQD_MANAGED_SHUTDOWN,
)
from irqlab.kernel.irq.manage import disable_irq, enable_irq
from irqlab.kernel.irq.setup import irq_set_chained_handler_and_data, irq_set_status_flags
from irqlab.kernel.irq.state import has_flag, set_flag
from irqlab.kernel.release import release as named

RELEASES = pytest.mark.parametrize("release", ["6.1", "6.12", "6.18"])
NO_CPU = "__irq_startup_managed: no CPU of the line is online"


# -- irq_alloc_descs() -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wanted", "mask", "noted"),
    [
        ((), BOTH, ""),
        (((CPU1, False),), CPU1, "SET"),
        (((CPU1, True),), CPU1, "MANAGED SHUTDOWN SET"),
    ],
)
def test_irq_alloc_descs_notes_the_affinity_and_that_a_managed_line_is_not_started(irqs, wanted, mask, noted):
    """desc_smp_init(): every CPU where nothing is asked for.  The depth is 1 as ever, and nothing is activated."""
    rig = smp(irqs)
    irq = irq_alloc_descs(rig.k, -1, 1, affinity=wanted)
    assert (routes(rig, irq), marks(rig, irq), rig.core(irq)) == ((mask, 0), noted, FRESH)


def test_irq_alloc_descs_has_an_affinity_for_each_and_refuses_one_without_cpu(irqs):
    rig = smp(irqs)
    assert irq_alloc_descs(rig.k, -1, 2, affinity=((CPU0, True), (0, True))) == -EINVAL
    assert not rig.world.keys(IrqDesc)
    first = irq_alloc_descs(rig.k, -1, 2, affinity=((CPU0, True), (CPU1, False)))
    assert [routes(rig, first + i)[0] for i in (0, 1)] == [CPU0, CPU1]
    assert [marks(rig, first + i) for i in (0, 1)] == ["MANAGED SHUTDOWN SET", "SET"]


def test_a_machine_with_one_cpu_says_cpu_0_everywhere(irqs):
    rig = irqs()
    irq = rig.line(router())
    assert rig.request(irq) == 0 and routes(rig, irq) == (CPU0, CPU0) and marks(rig, irq) == ""


# -- irq_startup() -----------------------------------------------------------------------------------------------------


@RELEASES
@pytest.mark.parametrize(
    ("is_managed", "flags", "calls"),
    [
        (True, 0, ("activate", "irq_set_affinity 10", "irq_unmask")),
        (True, IRQCHIP_AFFINITY_PRE_STARTUP, ("activate", "irq_set_affinity 10", "irq_unmask")),
        (False, 0, ("activate", "irq_unmask", "irq_set_affinity 10")),
        (False, IRQCHIP_AFFINITY_PRE_STARTUP, ("activate", "irq_set_affinity 10", "irq_unmask")),
    ],
)
def test_irq_startup_routes_a_managed_line_before_it_opens_whatever_the_chip_says(irqs, release, is_managed, flags, calls):
    rig = smp(irqs, release)
    irq = managed(rig, CPU1, router(flags=flags), is_managed=is_managed)
    assert rig.request(irq) == 0 and rig.entries() == calls
    assert (rig.core(irq), routes(rig, irq)) == (RUNNING, (CPU1, CPU1))
    assert marks(rig, irq) == ("MANAGED SET" if is_managed else "SET")


@RELEASES
def test_irq_startup_without_a_cpu_leaves_a_managed_line_shut_down_and_the_request_succeeds(irqs, release):
    """IRQ_STARTUP_ABORT: the chip is not called, nor is the line activated.  Up to 6.15 its depth says it is enabled."""
    rig = smp(irqs, release, online=CPU0)
    irq = managed(rig, CPU1)
    assert rig.request(irq) == 0 and rig.entries() == () and rig.warnings() == []
    assert rig.core(irq) == f"DISABLED MASKED depth={1 if release == '6.18' else 0}" and not rig.open(irq)
    assert (marks(rig, irq), routes(rig, irq)) == ("MANAGED SHUTDOWN SET", (CPU1, 0))


@RELEASES
def test_irq_startup_with_one_of_the_cpus_gives_the_chip_this_one_and_keeps_the_others_in_mind(irqs, release):
    rig = smp(irqs, release, online=CPU0)
    irq = managed(rig, BOTH)
    assert rig.request(irq) == 0 and rig.entries() == ("activate", "irq_set_affinity 1", "irq_unmask")
    assert (rig.core(irq), routes(rig, irq), marks(rig, irq)) == (RUNNING, (BOTH, CPU0), "MANAGED SET")


@RELEASES
def test_irq_startup_without_a_cpu_starts_a_line_that_is_not_managed_elsewhere(irqs, release):
    """irq_setup_affinity(): what was asked for is forgotten."""
    rig = smp(irqs, release, online=CPU0)
    irq = managed(rig, CPU1, is_managed=False)
    assert rig.request(irq) == 0 and rig.entries() == ("activate", "irq_unmask", "irq_set_affinity 1")
    assert (rig.core(irq), routes(rig, irq), marks(rig, irq)) == (RUNNING, (CPU0, CPU0), "")


@pytest.mark.parametrize(("forced", "mask", "noted"), [(False, BOTH, "SET"), (True, CPU0, "")])
def test_irq_setup_affinity_keeps_what_user_space_has_set_while_a_cpu_of_it_is_online(irqs, forced, mask, noted):
    """The chip gets those that are online, and they become the affinity; of a mask without any nothing is kept."""
    rig = smp(irqs)
    irq = rig.line(router())
    assert affinity.irq_set_affinity(rig.k, irq, CPU1 if forced else BOTH) == 0
    switch(rig, CPU0 if forced else BOTH)
    assert rig.request(irq) == 0 and (routes(rig, irq)[0], marks(rig, irq)) == (mask, noted)


@RELEASES
def test_enable_irq_of_a_managed_line_without_a_cpu_warns_and_starts_nothing(irqs, release):
    """IRQ_START_FORCE.  Up to 6.15 the depth is 0 at once, so a driver's first enable_irq() is unbalanced as well."""
    rig = smp(irqs, release, online=CPU0)
    irq = managed(rig, CPU1)
    rig.request(irq)
    enable_irq(rig.k, irq)
    kept = release == "6.18"
    assert (rig.unbalanced(), rig.warnings()) == ((0, [NO_CPU]) if kept else (1, []))
    disable_irq(rig.k, irq)
    enable_irq(rig.k, irq)
    assert rig.core(irq) == f"DISABLED MASKED depth={int(kept)}" and rig.entries() == ()
    assert rig.warnings() == [NO_CPU]  # 6.18: from before; of a depth of 2 nobody tries to start anything


@pytest.mark.parametrize(("online", "warned"), [(CPU0, [NO_CPU]), (BOTH, [])])
def test_a_chained_handler_on_a_managed_line_warns_without_a_cpu(irqs, online, warned):
    """irq_activate_and_startup()."""
    rig = smp(irqs, online=online)
    irq = managed(rig, CPU1)
    irq_set_chained_handler_and_data(rig.k, irq, demux, None)
    assert rig.warnings() == warned and rig.data(irq).started is not bool(warned)


@RELEASES
@pytest.mark.parametrize("is_managed", [True, False])
def test_a_domain_that_cannot_activate_fails_the_request_but_not_that_of_a_managed_line(irqs, release, is_managed):
    """irq_activate() leaves managed lines to irq_startup(), which can only warn."""
    rig = smp(irqs, release)
    irq = managed(rig, CPU1, is_managed=is_managed)
    rig.answer("activate", -ENOMEM)
    assert rig.request(irq) == (0 if is_managed else -ENOMEM) and rig.entries() == ("activate",)
    assert not rig.data(irq).activated and not rig.data(irq).started
    assert rig.warnings() == (["__irq_startup_managed: irq_domain_activate_irq() failed"] if is_managed else [])
    assert marks(rig, irq) == ("MANAGED SHUTDOWN SET" if is_managed else "SET")


def test_irq_activate_leaves_managed_lines_alone(irqs):
    rig = smp(irqs)
    theirs, other = managed(rig, CPU1), managed(rig, CPU1, hwirq=4, is_managed=False)
    assert core.irq_activate(rig.k, rig.desc(theirs)) == 0 and rig.entries() == ()
    assert core.irq_activate(rig.k, rig.desc(other)) == 0 and rig.entries() == ("activate",)


def test_free_irq_of_a_managed_line_does_not_make_it_a_managed_shutdown(irqs):
    """Only a CPU that goes, or a start without one, makes it that."""
    rig = smp(irqs)
    irq = managed(rig, CPU1)
    rig.request(irq)
    rig.entries()
    rig.free(irq)
    assert rig.entries() == ("irq_mask", "deactivate") and marks(rig, irq) == "MANAGED SET"
    assert rig.request(irq) == 0 and rig.core(irq) == RUNNING


# -- disable depth -----------------------------------------------------------------------------------------------------


@RELEASES
@pytest.mark.parametrize("disables", [0, 1, 3])
def test_irq_shutdown_forgets_how_often_a_line_was_disabled_until_6_15(irqs, release, disables):
    """788019eb559f: depth + 1, managed or not."""
    rig = smp(irqs, release)
    irq = managed(rig, CPU1)
    rig.request(irq)
    for _ in range(disables):
        disable_irq(rig.k, irq)
    core.irq_shutdown_and_deactivate(rig.k, rig.desc(irq))
    depth = disables + 1 if release == "6.18" else 1
    assert rig.core(irq) == f"DISABLED MASKED depth={depth}"
    core.irq_shutdown_and_deactivate(rig.k, rig.desc(irq))
    assert rig.desc(irq).depth == depth  # not started: nothing


@pytest.mark.parametrize(("disables", "core_state"), [(0, RUNNING), (1, "DISABLED MASKED depth=1")])
@pytest.mark.parametrize("once", [True, False])
def test_irq_startup_managed_starts_only_what_nobody_else_has_disabled(irqs, disables, core_state, once):
    """Since 2b32fc8ff08d the managed shutdown is over even for a line that stays disabled."""
    rig = smp(irqs, "6.18")
    rig.k.release = named("6.18") if once else named("6.18").without("managed-depth-once")
    irq = managed(rig, CPU1)
    rig.request(irq)
    if disables:
        disable_irq(rig.k, irq)
    rig.data(irq).flags |= IRQD_MANAGED_SHUTDOWN
    core.irq_shutdown_and_deactivate(rig.k, rig.desc(irq))
    core.irq_startup_managed(rig.k, rig.desc(irq))
    assert rig.core(irq) == core_state
    assert has_flag(rig.data(irq), IRQD_MANAGED_SHUTDOWN) is (bool(disables) and not once)


# -- irq_set_affinity() and user space ---------------------------------------------------------------------------------


@pytest.mark.parametrize("is_managed", [True, False])
def test_irq_set_affinity_moves_a_managed_line_but_user_space_may_not(irqs, is_managed):
    rig = smp(irqs)
    irq = managed(rig, CPU1, is_managed=is_managed)
    rig.request(irq)
    rig.entries()
    assert affinity.irq_can_set_affinity(rig.k, irq)
    assert affinity.irq_can_set_affinity_usr(rig.k, irq) is not is_managed
    assert affinity.irq_set_affinity(rig.k, irq, BOTH) == 0 and rig.places() == ("irq_set_affinity 11: desc",)
    assert routes(rig, irq) == (BOTH, CPU0)


def test_irq_can_set_affinity_needs_a_chip_that_can_and_a_line_that_is_balanced(irqs):
    rig = smp(irqs)
    unable, fixed = rig.line(chip()), rig.line(router(), hwirq=4)
    irq_set_status_flags(rig.k, fixed, IRQ_NO_BALANCING)
    for irq in (unable, fixed, 99):
        assert not affinity.irq_can_set_affinity(rig.k, irq) and not affinity.irq_can_set_affinity_usr(rig.k, irq)


@pytest.mark.parametrize(
    ("answer", "mask"),
    [(0, CPU1), (2, CPU1), (1, BOTH), (-EINVAL, BOTH)],
    ids=["OK", "DONE", "NOCOPY", "an error"],
)
def test_irq_do_set_affinity_notes_the_mask_unless_the_chip_has_or_refuses(irqs, answer, mask):
    rig = smp(irqs)
    irq = rig.line(router())
    rig.answer("irq_set_affinity 10", answer)
    assert affinity.irq_set_affinity(rig.k, irq, CPU1) == min(answer, 0)
    assert rig.data(irq).affinity == mask


@RELEASES
@pytest.mark.parametrize(("on_activate", "calls", "sent"), [(True, (), BOTH), (False, ("irq_set_affinity 11",), CPU0)])
def test_irq_set_affinity_of_a_line_that_is_not_activated_is_only_noted_if_the_chip_says_so(
    irqs, release, on_activate, calls, sent
):
    """irq_set_affinity_deactivated(): the mask stands for where the chip will send the line."""
    rig = smp(irqs, release)
    irq = managed(rig, CPU1)
    set_flag(rig.data(irq), IRQD_AFFINITY_ON_ACTIVATE, on_activate)
    assert affinity.irq_set_affinity(rig.k, irq, BOTH) == 0 and rig.entries() == calls
    assert routes(rig, irq) == (BOTH, sent)


# -- irq_update_affinity_desc() ----------------------------------------------------------------------------------------


@RELEASES
@pytest.mark.parametrize(
    ("activated", "is_managed", "calls", "noted"),
    [
        (False, True, ("irq_bus_lock", "irq_bus_sync_unlock"), "MANAGED SHUTDOWN"),
        (False, False, ("irq_bus_lock", "irq_bus_sync_unlock"), ""),
        (True, True, ("irq_bus_lock", "deactivate", "activate", "irq_bus_sync_unlock"), "MANAGED SHUTDOWN"),
    ],
)
def test_irq_update_affinity_desc_manages_a_line_that_is_there(irqs, release, activated, is_managed, calls, noted):
    rig = smp(irqs, release)
    irq = rig.line(router(*BUS))
    if activated:
        core.irq_activate(rig.k, rig.desc(irq))
        rig.entries()
    assert affinity.irq_update_affinity_desc(rig.k, irq, (CPU1, is_managed)) == 0
    assert rig.entries() == calls and (routes(rig, irq), marks(rig, irq)) == ((CPU1, 0), noted)
    assert rig.data(irq).activated is activated


def test_irq_update_affinity_desc_refuses_lines_that_are_started_or_managed(irqs):
    rig = smp(irqs)
    started, already = rig.line(router()), managed(rig, CPU1, hwirq=4)
    rig.request(started)
    assert affinity.irq_update_affinity_desc(rig.k, started, (CPU1, True)) == -EBUSY
    assert affinity.irq_update_affinity_desc(rig.k, already, (CPU0, True)) == -EBUSY
    assert affinity.irq_update_affinity_desc(rig.k, 99, (CPU0, True)) == -EINVAL
    assert (marks(rig, started), routes(rig, already)[0]) == ("", CPU1)
