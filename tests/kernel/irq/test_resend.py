"""Resending (kernel/irq/resend.c).

Left out: the software resend (tasklet, 6.1's bitmap and 6.12's list), injection, hierarchies, nested parents.
"""

from __future__ import annotations

import pytest
from irqrig import chip

from irqlab.kernel.errno import EBUSY, EINVAL
from irqlab.kernel.irq.resend import check_irq_resend


@pytest.mark.parametrize("release", ["6.1", "6.12"])
@pytest.mark.parametrize(
    ("level", "replay", "pending", "result", "calls", "after"),
    [
        (True, False, True, -EINVAL, (), (False, False)),  # the hardware raises it again
        (True, False, False, -EINVAL, (), (False, False)),
        (True, True, True, -EINVAL, (), (False, True)),
        (False, True, True, -EBUSY, (), (True, True)),
        (False, True, False, -EBUSY, (), (False, True)),
        (False, False, False, 0, (), (False, False)),
        (False, False, True, 0, ("irq_retrigger",), (False, True)),
    ],
)
def test_check_irq_resend(irqs, release, level, replay, pending, result, calls, after):
    rig = irqs(release)
    irq = rig.line(chip("irq_retrigger"), level=level)
    rig.set_desc(irq, replay=replay, pending=pending)
    assert check_irq_resend(rig.k, rig.desc(irq)) == result
    assert rig.entries() == calls
    assert (rig.desc(irq).pending, rig.desc(irq).replay) == after


@pytest.mark.parametrize(("callbacks", "fails"), [((), False), (("irq_retrigger",), True)])
def test_what_would_need_the_software_resend_is_told(irqs, callbacks, fails):
    rig = irqs()
    irq = rig.line(chip(*callbacks), level=False)
    rig.answer("irq_retrigger", -1 if fails else 0)
    rig.set_desc(irq, pending=True)
    assert check_irq_resend(rig.k, rig.desc(irq)) == -EINVAL
    assert len(rig.signals("not-modelled")) == 1
    assert (rig.desc(irq).pending, rig.desc(irq).replay) == (False, False)


def test_a_replayed_interrupt_may_be_resent_again_after_it_has_run(irqs):
    rig = irqs()
    irq = rig.line(chip("irq_retrigger"), level=False)
    assert rig.request(irq) == 0
    for _ in range(2):
        rig.entries()
        rig.set_desc(irq, pending=True)
        assert check_irq_resend(rig.k, rig.desc(irq)) == 0
        assert rig.entries() == ("irq_retrigger",) and rig.desc(irq).replay
        rig.interrupt(irq)
        assert not rig.desc(irq).replay
