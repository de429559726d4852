"""Trigger types and wake-up (kernel/irq/manage.c, irq_set_irq_type() of chip.c; the same in 6.1.192 and 6.12.117).

Left out: NMI lines, which may not wake; trigger types of hierarchies.
"""

from __future__ import annotations

import pytest
from irqrig import BUS, FRESH, chip

from irqlab.kernel.errno import EINVAL, ENXIO
from irqlab.kernel.irq.flags import IRQ_TYPE_EDGE_RISING, IRQ_TYPE_LEVEL_HIGH, IRQCHIP_SET_TYPE_MASKED, IRQCHIP_SKIP_SET_WAKE
from irqlab.kernel.irq.setup import irq_set_irq_type
from irqlab.kernel.irq.trigger import irq_set_irq_wake


def prepared(irqs, *callbacks, flags=0, opened=False, **beliefs):
    """A line with beliefs put in place."""
    rig = irqs()
    irq = rig.line(chip(*callbacks, flags=flags))
    rig.set_data(irq, **beliefs)
    rig.set_line(irq, open=opened)
    return rig, irq


# -- trigger types -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("flags", "disabled", "masked", "calls", "after"),
    [
        (0, False, False, ("irq_set_type 4",), (False, False)),
        (IRQCHIP_SET_TYPE_MASKED, False, False, ("irq_mask", "irq_set_type 4", "irq_unmask"), (False, False)),
        (IRQCHIP_SET_TYPE_MASKED, True, False, ("irq_mask", "irq_set_type 4"), (True, True)),
        (IRQCHIP_SET_TYPE_MASKED, True, True, ("irq_set_type 4",), (True, True)),
        (IRQCHIP_SET_TYPE_MASKED, False, True, ("irq_set_type 4", "irq_unmask"), (False, False)),
    ],
)
def test_irq_set_irq_type_masks_around_the_change_where_the_chip_says_so(irqs, flags, disabled, masked, calls, after):
    """__irq_set_trigger(): unmasked afterwards unless DISABLED, masked or not before."""
    rig, irq = prepared(irqs, "irq_set_type", flags=flags, opened=not masked, disabled=disabled, masked=masked)
    assert irq_set_irq_type(rig.k, irq, IRQ_TYPE_LEVEL_HIGH) == 0
    assert rig.entries() == calls and (rig.data(irq).disabled, rig.data(irq).masked) == after
    assert (rig.data(irq).trigger, rig.data(irq).level, rig.data(irq).trigger_set) == (4, True, False)


@pytest.mark.parametrize(
    ("answer", "error", "trigger", "level"), [(0, 0, 1, False), (2, 0, 1, False), (1, 0, 0, False), (-22, -22, 0, True)]
)
def test_what_irq_set_type_answers_says_what_is_noted(irqs, answer, error, trigger, level):
    """OK, OK_DONE: noted; OK_NOCOPY: the type stays, IRQ_LEVEL follows it; an error: nothing."""
    rig, irq = prepared(irqs, "irq_set_type")
    rig.answer("irq_set_type 1", answer)
    assert irq_set_irq_type(rig.k, irq, IRQ_TYPE_EDGE_RISING) == error
    assert (rig.data(irq).trigger, rig.data(irq).level) == (trigger, level)


def test_irq_set_irq_type_of_a_chip_without_irq_set_type_succeeds_and_notes_nothing(irqs):
    rig, irq = prepared(irqs, flags=IRQCHIP_SET_TYPE_MASKED, masked=False)
    assert irq_set_irq_type(rig.k, irq, IRQ_TYPE_EDGE_RISING) == 0
    assert rig.entries() == () and (rig.data(irq).trigger, rig.data(irq).level) == (0, True)


def test_irq_set_irq_type_takes_the_bus_lock_and_no_reference(irqs):
    rig = irqs()
    irq = rig.line(chip("irq_set_type", "irq_bus_lock", "irq_bus_sync_unlock"))
    rig.controller()
    irq_set_irq_type(rig.k, irq, IRQ_TYPE_LEVEL_HIGH)
    assert rig.places() == ("irq_bus_lock:", "irq_set_type 4: bus desc", "irq_bus_sync_unlock: bus")
    assert (rig.usage("ctl"), rig.status("ctl")) == (0, "suspended")


# -- irq_set_irq_wake -------------------------------------------------------------------------------


def test_irq_set_irq_wake_is_counted_and_calls_the_chip_at_the_edges_only(irqs):
    rig = irqs()
    irq = rig.line(chip("irq_set_wake", *BUS))
    seen = []
    for on in (True, True, False, False):
        assert irq_set_irq_wake(rig.k, irq, on) == 0
        seen.append((rig.places()[1:-1], rig.desc(irq).wake_depth, rig.data(irq).wakeup_state))
    assert seen == [
        (("irq_set_wake on: bus desc",), 1, True),
        ((), 2, True),
        ((), 1, True),
        (("irq_set_wake off: bus desc",), 0, False),
    ]
    assert rig.core(irq) == FRESH and rig.warnings() == []


def test_irq_set_irq_wake_off_without_on_warns(irqs):
    rig = irqs()
    irq = rig.line(chip("irq_set_wake"))
    assert irq_set_irq_wake(rig.k, irq, False) == 0
    assert rig.warnings() == [f"Unbalanced IRQ {irq} wake disable"]
    assert (rig.entries(), rig.desc(irq).wake_depth) == ((), 0)


@pytest.mark.parametrize(
    ("callbacks", "flags", "result"),
    [((), 0, -ENXIO), ((), IRQCHIP_SKIP_SET_WAKE, 0), (("irq_set_wake",), IRQCHIP_SKIP_SET_WAKE, 0), (("irq_set_wake",), 0, 0)],
)
def test_irq_set_irq_wake_of_chips_that_cannot_or_need_not(irqs, callbacks, flags, result):
    rig = irqs()
    irq = rig.line(chip(*callbacks, flags=flags))
    assert irq_set_irq_wake(rig.k, irq, True) == result
    assert (rig.desc(irq).wake_depth, rig.data(irq).wakeup_state) == ((0, False) if result else (1, True))
    assert rig.entries() == (("irq_set_wake on",) if callbacks and not flags else ())


@pytest.mark.parametrize(("on", "depth"), [(True, 0), (False, 1)])
def test_an_irq_set_wake_that_fails_leaves_the_count_and_the_state(irqs, on, depth):
    rig = irqs()
    irq = rig.line(chip("irq_set_wake"))
    if not on:
        assert irq_set_irq_wake(rig.k, irq, True) == 0
    rig.answer(f"irq_set_wake {'on' if on else 'off'}", -5)
    assert irq_set_irq_wake(rig.k, irq, on) == -5
    assert (rig.desc(irq).wake_depth, rig.data(irq).wakeup_state) == (depth, not on)


def test_irq_set_irq_wake_has_nothing_to_do_with_enabled_and_takes_no_reference(irqs):
    rig = irqs()
    rig.controller()
    irq = rig.line(chip(flags=IRQCHIP_SKIP_SET_WAKE))
    assert irq_set_irq_wake(rig.k, irq, True) == 0
    assert rig.core(irq) == "DISABLED MASKED WAKEUP depth=1" and (rig.usage("ctl"), rig.status("ctl")) == (0, "suspended")
    assert irq_set_irq_wake(rig.k, 99, True) == -EINVAL
