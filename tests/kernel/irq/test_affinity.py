"""Affinity on one CPU (kernel/irq/manage.c; 6.1.192 and 6.12.117).

Managed lines are in ``test_managed.py``, moves that have to wait in ``test_migration.py``, more than one CPU in both and in
``test_cpuhotplug.py``.  Left out: notifiers, threads' affinity.
"""

from __future__ import annotations

import pytest
from irqrig import CALLBACKS, IrqChip, chip, demux, handled, log

from irqlab.kernel.errno import EINVAL
from irqlab.kernel.irq import affinity
from irqlab.kernel.irq.flags import (
    IRQ_NO_BALANCING,
    IRQ_SET_MASK_OK,
    IRQ_SET_MASK_OK_DONE,
    IRQ_SET_MASK_OK_NOCOPY,
    IRQCHIP_AFFINITY_PRE_STARTUP,
    IRQD_AFFINITY_ON_ACTIVATE,
    IRQD_AFFINITY_SET,
    IRQF_NOBALANCING,
    IRQF_PERCPU,
)
from irqlab.kernel.irq.manage import disable_irq, enable_irq, free_irq
from irqlab.kernel.irq.setup import irq_set_chained_handler_and_data, irq_set_status_flags
from irqlab.kernel.irq.state import set_flag
from irqlab.state import kernel

RELEASES = pytest.mark.parametrize("release", ["6.1", "6.12"])
FORCED = 0b10


@kernel
def irq_set_affinity(k, d, mask, force):
    answer = log(k, d.irq, f"irq_set_affinity {mask} {force}")
    if answer >= 0:
        affinity.irq_data_update_effective_affinity(k, d, 1)
    return answer


def moving(flags=0, **more):
    """A chip with ``irq_set_affinity``."""
    callbacks = {name: CALLBACKS[name] for name in ("irq_mask", "irq_unmask")}
    return IrqChip("moving", flags=flags, irq_set_affinity=irq_set_affinity, **callbacks, **more)


def line(irqs, release="6.12", flags=0):
    rig = irqs(release)
    irq = rig.line(moving(flags))
    return rig, irq


# -- irq_set_affinity() ------------------------------------------------------------------------------------------------


@RELEASES
@pytest.mark.parametrize(
    ("mask", "force", "calls", "result"),
    [
        (0b1, False, ("irq_set_affinity 1 False: desc",), 0),
        (0b11, False, ("irq_set_affinity 1 False: desc",), 0),  # only CPUs that are online
        (0b10, False, (), -EINVAL),
        (0b10, True, ("irq_set_affinity 2 True: desc",), 0),
        (0b11, True, ("irq_set_affinity 3 True: desc",), 0),
    ],
)
def test_irq_set_affinity_and_irq_force_affinity(irqs, release, mask, force, calls, result):
    rig, irq = line(irqs, release)
    function = affinity.irq_force_affinity if force else affinity.irq_set_affinity
    assert function(rig.k, irq, mask) == result and rig.places() == calls
    assert rig.data(irq).effective_affinity == (0 if result else 1)
    assert rig.data(irq).flags == IRQD_AFFINITY_SET  # whether it went well or not


@RELEASES
def test_a_hint_is_kept_and_one_that_is_applied_moves_the_line(irqs, release):
    """irq_update_affinity_hint() and irq_set_affinity_and_hint() of 6.1 and 6.12: 0 though the line cannot go there."""
    rig, irq = line(irqs, release)
    assert affinity.irq_update_affinity_hint(rig.k, irq, 0b1) == 0 and rig.places() == ()
    assert affinity.irq_set_affinity_and_hint(rig.k, irq, 0b1) == 0 and rig.places() == ("irq_set_affinity 1 False: desc",)
    assert affinity.irq_set_affinity_and_hint(rig.k, irq, 0b10) == 0 and rig.places() == ()
    assert rig.desc(irq).affinity_hint == 0b10
    assert affinity.irq_set_affinity_and_hint(rig.k, irq, None) == 0 and rig.desc(irq).affinity_hint is None
    assert affinity.irq_update_affinity_hint(rig.k, 77, None) == -EINVAL


@RELEASES
def test_a_driver_that_frees_a_line_with_a_hint_is_warned(irqs, release):
    """__free_irq() of 6.1 and 6.12: the hint is forgotten, whoever else has the line."""
    rig, irq = line(irqs, release)
    rig.request(irq, handled)
    affinity.irq_update_affinity_hint(rig.k, irq, 0b1)
    free_irq(rig.k, irq, rig.desc(irq).actions[0].dev_id)
    assert len(rig.warnings()) == 1 and rig.desc(irq).affinity_hint is None


@pytest.mark.parametrize(
    ("answer", "result"),
    [(IRQ_SET_MASK_OK, 0), (IRQ_SET_MASK_OK_NOCOPY, 0), (IRQ_SET_MASK_OK_DONE, 0), (-EINVAL, -EINVAL)],
)
def test_irq_set_affinity_answers_what_the_chip_says(irqs, answer, result):
    rig, irq = line(irqs)
    rig.answer("irq_set_affinity 1 False", answer)
    assert affinity.irq_set_affinity(rig.k, irq, 1) == result


def test_irq_set_affinity_of_nothing_and_of_a_chip_that_cannot(irqs):
    rig = irqs()
    irq = rig.line(chip())
    assert affinity.irq_set_affinity(rig.k, irq, 1) == -EINVAL and rig.data(irq).flags == 0
    assert affinity.irq_set_affinity(rig.k, 99, 1) == -EINVAL


@pytest.mark.parametrize(("activated", "calls"), [(False, ()), (True, ("irq_set_affinity 1 False",))])
def test_affinity_on_activate_lines_are_only_noted_before(irqs, activated, calls):
    rig, irq = line(irqs)
    set_flag(rig.data(irq), IRQD_AFFINITY_ON_ACTIVATE)
    rig.set_data(irq, activated=activated)
    assert affinity.irq_set_affinity(rig.k, irq, 1) == 0 and rig.entries() == calls
    assert rig.data(irq).effective_affinity == 1 and rig.data(irq).flags & IRQD_AFFINITY_SET


# -- irq_startup() -----------------------------------------------------------------------------------------------------


@RELEASES
@pytest.mark.parametrize(
    ("flags", "calls"),
    [
        (0, ("irq_unmask", "irq_set_affinity 1 False")),
        (IRQCHIP_AFFINITY_PRE_STARTUP, ("irq_set_affinity 1 False", "irq_unmask")),
    ],
)
def test_irq_startup_gives_the_line_its_cpu_once(irqs, release, flags, calls):
    """irq_setup_affinity(): at the first start only, before or after the chip opens the line."""
    rig, irq = line(irqs, release, flags)
    assert rig.request(irq) == 0
    assert rig.entries() == ("activate", *calls)
    disable_irq(rig.k, irq)
    enable_irq(rig.k, irq)
    assert rig.entries() == ()
    rig.free(irq)
    rig.entries()
    assert rig.request(irq) == 0 and rig.entries() == ("activate", *calls)


@pytest.mark.parametrize("why", ["per CPU", "not balanced", "a setting", "chained"])
def test_irq_setup_affinity_leaves_lines_alone_that_are_not_balanced(irqs, why):
    """Chained lines are: their first start sets the affinity too."""
    rig, irq = line(irqs)
    if why == "chained":
        irq_set_chained_handler_and_data(rig.k, irq, demux, None)
        assert rig.entries() == ("activate", "irq_unmask", "irq_set_affinity 1 False")
        return
    if why == "a setting":
        irq_set_status_flags(rig.k, irq, IRQ_NO_BALANCING)
    assert rig.request(irq, handled, flags={"per CPU": IRQF_PERCPU, "not balanced": IRQF_NOBALANCING}.get(why, 0)) == 0
    assert rig.entries() == ("activate", "irq_unmask")


def test_irq_startup_goes_on_when_the_affinity_is_refused(irqs):
    rig, irq = line(irqs)
    rig.answer("irq_set_affinity 1 False", -EINVAL)
    assert rig.request(irq) == 0 and rig.core(irq) == "STARTED ACTIVATED depth=0"
