"""Random sequences of calls on one line, against the rules written down a second time.

The oracle below is written from the facts (tables of sections 0 to 5) and knows nothing of :mod:`irqlab`: flags, a
depth, a mask bit and counts of warnings.  It covers 6.1 and 6.12, which do not differ here.
"""

from __future__ import annotations

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from irqrig import chip, make_irqs

from irqlab.kernel.irq import manage, pm
from irqlab.kernel.irq.flags import (
    IRQCHIP_MASK_ON_SUSPEND,
    IRQCHIP_SKIP_SET_WAKE,
    IRQF_FORCE_RESUME,
    IRQF_NO_AUTOEN,
    IRQF_NO_SUSPEND,
)
from irqlab.kernel.irq.trigger import irq_set_irq_wake
from irqlab.kernel.pm.sleep import pm_wakeup_clear, pm_wakeup_pending


class Oracle:
    """One level line, one action, no threads."""

    def __init__(self, own_disable: bool, mask_on_suspend: bool) -> None:
        self.own_disable, self.mask_on_suspend = own_disable, mask_on_suspend
        self.flags = {"DISABLED", "MASKED"}
        self.depth = 1
        self.open = False
        #: FORCE_RESUME has made the core believe a mask that nobody has written.
        self.pretended = False
        self.used = self.unlazy = self.no_suspend = self.force = False
        self.wake = self.unbalanced = self.not_activated = self.handled = self.woken = 0

    def is_(self, flag):
        return flag in self.flags

    def touch(self, opened):
        self.open, self.pretended = opened, False
        (self.flags.discard if opened else self.flags.add)("MASKED")

    def mask(self):
        if not self.is_("MASKED"):
            self.touch(False)

    def unmask(self):
        if self.is_("MASKED"):
            self.touch(True)

    def switch_off(self, mask):
        if self.is_("DISABLED"):
            if mask:
                self.mask()
            return
        self.flags.add("DISABLED")
        if self.own_disable:
            self.touch(False)
        elif mask:
            self.mask()

    def startup(self):
        self.depth = 0
        if not self.is_("STARTED") and not self.is_("ACTIVATED"):
            self.not_activated += 1
        self.flags.discard("DISABLED")
        self.unmask()
        self.flags.add("STARTED")
        self.flags.discard("PENDING")

    # -- calls

    def request(self, autoenable, no_suspend, force):
        self.used, self.no_suspend, self.force = True, no_suspend, force
        self.flags.add("ACTIVATED")
        if autoenable:
            self.startup()
        else:
            self.depth = 1

    def free(self):
        self.used = self.unlazy = self.no_suspend = self.force = False
        if self.is_("STARTED"):
            self.depth = 1
            self.switch_off(True)
            self.flags.discard("STARTED")
        self.flags.discard("ACTIVATED")

    def disable(self):
        self.depth += 1
        if self.depth == 1:
            self.switch_off(self.unlazy)

    def enable(self):
        if self.depth == 0 or (self.depth == 1 and self.is_("SUSPENDED")):
            self.unbalanced += 1
        elif self.depth == 1:
            self.startup()
        else:
            self.depth -= 1

    def interrupt(self):
        self.mask()
        if self.is_("ARMED"):
            self.flags.discard("ARMED")
            self.flags |= {"SUSPENDED", "PENDING"}
            self.depth += 1
            self.switch_off(self.unlazy)
            self.woken = 1
        elif not self.used or self.is_("DISABLED"):
            self.flags.add("PENDING")
        else:
            self.flags.discard("PENDING")
            self.handled += 1
            self.unmask()

    def suspend(self):
        if not self.used or self.no_suspend:
            return
        if self.wake:
            self.flags.add("ARMED")
            return
        self.flags.add("SUSPENDED")
        self.disable()
        if self.mask_on_suspend:
            self.mask()

    def resume(self):
        self.flags.discard("ARMED")
        if not self.is_("SUSPENDED"):
            if not self.force:
                return
            self.depth += 1
            self.flags |= {"DISABLED", "MASKED"}
            self.pretended = self.open
        self.flags.discard("SUSPENDED")
        self.enable()


class LineMachine(RuleBasedStateMachine):
    """request, free, disable, enable, interrupt, suspend, resume, wake, in any order the kernel allows."""

    @initialize(own_disable=st.booleans(), mask_on_suspend=st.booleans(), release=st.sampled_from(["6.1", "6.12"]))
    def boot(self, own_disable, mask_on_suspend, release):
        self.rig = make_irqs(release)
        flags = IRQCHIP_SKIP_SET_WAKE | (IRQCHIP_MASK_ON_SUSPEND if mask_on_suspend else 0)
        self.irq = self.rig.line(chip(*(("irq_disable",) if own_disable else ()), flags=flags))
        self.oracle = Oracle(own_disable, mask_on_suspend)
        self.asleep = False

    @precondition(lambda self: not self.oracle.used)
    @rule(autoenable=st.booleans(), no_suspend=st.booleans(), force=st.booleans())
    def request(self, autoenable, no_suspend, force):
        flags = (
            (0 if autoenable else IRQF_NO_AUTOEN) | (IRQF_NO_SUSPEND if no_suspend else 0) | (IRQF_FORCE_RESUME if force else 0)
        )
        assert self.rig.request(self.irq, flags=flags) == 0
        self.oracle.request(autoenable, no_suspend, force)

    @precondition(lambda self: self.oracle.used)
    @rule()
    def free(self):
        self.rig.free(self.irq)
        self.oracle.free()

    @rule()
    def set_unlazy(self):
        self.rig.set_desc(self.irq, disable_unlazy=True)
        self.oracle.unlazy = True

    @rule()
    def disable(self):
        manage.disable_irq(self.rig.k, self.irq)
        self.oracle.disable()

    @rule()
    def enable(self):
        manage.enable_irq(self.rig.k, self.irq)
        self.oracle.enable()

    @precondition(lambda self: self.oracle.open)
    @rule()
    def interrupt(self):
        self.rig.interrupt(self.irq)
        self.oracle.interrupt()

    @rule(on=st.booleans())
    def wake(self, on):
        if on or self.oracle.wake:
            irq_set_irq_wake(self.rig.k, self.irq, on)
            self.oracle.wake += 1 if on else -1

    @precondition(lambda self: not self.asleep)
    @rule()
    def suspend(self):
        pm_wakeup_clear(self.rig.k)
        self.oracle.woken = 0
        pm.suspend_device_irqs(self.rig.k)
        self.oracle.suspend()
        self.asleep = True

    @precondition(lambda self: self.asleep)
    @rule()
    def resume(self):
        pm.resume_device_irqs(self.rig.k)
        self.oracle.resume()
        self.asleep = False

    @invariant()
    def core_and_hardware_are_as_the_oracle_says(self):
        if not hasattr(self, "oracle"):
            return
        rig, oracle, irq = self.rig, self.oracle, self.irq
        words = set(rig.core(irq).split()) - {"WAKEUP"}
        assert words == oracle.flags | {f"depth={oracle.depth}"}
        assert rig.open(irq) == oracle.open
        assert rig.data(irq).wakeup_state is bool(oracle.wake) and rig.desc(irq).wake_depth == oracle.wake
        assert rig.unbalanced() == oracle.unbalanced
        assert rig.warnings() == ["irq_startup: !irqd_is_activated(d)"] * oracle.not_activated
        assert len(rig.signals("handler")) == oracle.handled
        assert pm_wakeup_pending(rig.k) is bool(oracle.woken)

    @invariant()
    def what_is_believed_masked_is_shut_unless_force_resume_pretended_it(self):
        if hasattr(self, "oracle") and self.rig.data(self.irq).masked:
            assert not self.rig.open(self.irq) or self.oracle.pretended

    @invariant()
    def an_unused_line_that_was_not_started_behind_its_back_is_believed_shut(self):
        if hasattr(self, "oracle") and not self.oracle.used and not self.rig.data(self.irq).started:
            assert self.rig.core(self.irq).startswith("DISABLED MASKED ")


LineMachine.TestCase.settings = settings(max_examples=200, stateful_step_count=40, deadline=None)
TestLine = LineMachine.TestCase
