"""Lines that are delivered as NMI (kernel/irq/manage.c; 6.1.192 and 6.12.117 agree).  Left out: that they come anywhere."""

from __future__ import annotations

import pytest
from irqrig import BUS, FRESH, RUNNING, chip, handled, other
from stackrig import level_chip, make_stack

from irqlab.kernel.context import preempt_disable
from irqlab.kernel.errno import EBUSY, EINVAL, ENOTCONN
from irqlab.kernel.irq import nmi, percpu
from irqlab.kernel.irq.desc import IrqAction
from irqlab.kernel.irq.flags import (
    IRQ_NOTCONNECTED,
    IRQ_WAKE_THREAD,
    IRQCHIP_SUPPORTS_NMI,
    IRQF_COND_SUSPEND,
    IRQF_IRQPOLL,
    IRQF_NO_AUTOEN,
    IRQF_NO_SUSPEND,
    IRQF_NO_THREAD,
    IRQF_NOBALANCING,
    IRQF_PERCPU,
    IRQF_SHARED,
)
from irqlab.kernel.irq.flow import handle_fasteoi_irq, handle_fasteoi_nmi
from irqlab.kernel.irq.hierarchy import irq_domain_alloc_irqs
from irqlab.kernel.irq.manage import disable_irq, enable_irq
from irqlab.kernel.irq.trigger import irq_set_irq_wake
from irqlab.state import kernel

RELEASES = pytest.mark.parametrize("release", ["6.1", "6.12"])
FLAGS = IRQF_PERCPU | IRQF_NO_AUTOEN
SETUP, TEARDOWN = NMI = ("irq_nmi_setup", "irq_nmi_teardown")
RESOURCES = ("irq_request_resources", "irq_release_resources")
#: Requested: activated, never started.
REQUESTED = "DISABLED MASKED ACTIVATED depth=1"
COOKIE = 0x1000


def line(irqs, *callbacks, release="6.12", flags=IRQCHIP_SUPPORTS_NMI, flow=handle_fasteoi_irq, **more):
    rig = irqs(release, **more)
    return rig, rig.line(chip(*callbacks, flags=flags), flow, level=False)


def request(rig, irq, flags=FLAGS, handler=handled):
    return nmi.request_nmi(rig.k, irq, handler, flags, "pmu", COOKIE)


def nothing_left(rig, irq):
    desc = rig.desc(irq)
    none = not desc.nmi and desc.actions == () and desc.owner_refs == 0
    return none and not any(action.exists for action in rig.world.known(IrqAction))


# -- request_nmi ---------------------------------------------------------------------------------------------------------


@RELEASES
def test_request_nmi_sets_the_line_up_under_desc_lock_and_leaves_it_disabled(irqs, release):
    rig, irq = line(irqs, *NMI, *RESOURCES, release=release)
    rig.controller()
    assert request(rig, irq) == 0
    assert rig.places() == (
        "irq_request_resources: request_mutex",
        "activate: request_mutex desc",
        "irq_nmi_setup: desc",
    )
    desc, action = rig.desc(irq), rig.action(irq)
    assert desc.nmi and rig.core(irq) == REQUESTED and (rig.usage("ctl"), desc.owner_refs) == (1, 1)
    assert (action.flags, action.dev_id) == (FLAGS | IRQF_NO_THREAD | IRQF_NOBALANCING, COOKIE)
    nmi.enable_nmi(rig.k, irq)
    assert rig.entries() == ("irq_unmask",) and rig.core(irq) == RUNNING
    nmi.disable_nmi_nosync(rig.k, irq)
    assert rig.core(irq) == "DISABLED STARTED ACTIVATED depth=1"  # lazily


@pytest.mark.parametrize(
    ("flags", "result"),
    [
        (FLAGS, 0),
        (IRQF_PERCPU, -EINVAL),  # it would be started
        (IRQF_NO_AUTOEN, -EINVAL),
        (FLAGS | IRQF_SHARED, -EINVAL),
        (FLAGS | IRQF_COND_SUSPEND, -EINVAL),
        (FLAGS | IRQF_IRQPOLL, -EINVAL),
        (FLAGS | IRQF_NO_SUSPEND, 0),
    ],
)
def test_request_nmi_wants_a_line_of_its_own_that_it_does_not_start(irqs, flags, result):
    rig, irq = line(irqs, *NMI)
    assert request(rig, irq, flags) == result
    assert rig.entries() == (("activate", SETUP) if not result else ())


def test_request_nmi_of_a_line_that_is_not_enabled_by_requests_needs_no_flag(irqs):
    rig, irq = line(irqs, *NMI)
    rig.set_desc(irq, noautoen=True)
    assert request(rig, irq, IRQF_PERCPU) == 0


@pytest.mark.parametrize(
    ("callbacks", "flags", "result"),
    [
        (NMI, IRQCHIP_SUPPORTS_NMI, 0),
        ((SETUP,), IRQCHIP_SUPPORTS_NMI, 0),
        (NMI, 0, -EINVAL),
        ((*NMI, BUS[0]), IRQCHIP_SUPPORTS_NMI, -EINVAL),
        ((*NMI, BUS[1]), IRQCHIP_SUPPORTS_NMI, -EINVAL),
    ],
)
def test_irq_supports_nmi_says_which_chips_can(irqs, callbacks, flags, result):
    rig, irq = line(irqs, *callbacks, flags=flags)
    assert request(rig, irq) == result and rig.desc(irq).nmi is not bool(result)


def test_irq_supports_nmi_refuses_stacked_lines():
    """Only what the root controller drives itself; the same chip without a parent will do."""
    top = level_chip("top", *NMI, flags=IRQCHIP_SUPPORTS_NMI)
    stack = make_stack(chips={"top": top})
    irq = irq_domain_alloc_irqs(stack.k, stack.top, 1, ("top", (3,)))
    assert not nmi.irq_supports_nmi(stack.rig.desc(irq))
    stack.rig.set_data(irq, parent_data=None)
    assert nmi.irq_supports_nmi(stack.rig.desc(irq))


def test_request_nmi_refuses_what_is_no_line_or_may_not_be_requested(irqs):
    rig, irq = line(irqs, *NMI)
    assert request(rig, IRQ_NOTCONNECTED) == -ENOTCONN
    assert request(rig, 99) == -EINVAL
    assert request(rig, irq, handler=None) == -EINVAL
    rig.set_desc(irq, norequest=True)
    assert request(rig, irq) == -EINVAL
    rig.set_desc(irq, norequest=False)
    assert percpu.irq_set_percpu_devid(rig.k, irq) == 0
    assert request(rig, irq) == -EINVAL and rig.warnings() == [f"request_nmi: irq {irq} is per CPU"]
    assert rig.entries() == ()


@RELEASES
@pytest.mark.parametrize("callbacks", [NMI, (TEARDOWN,)])
def test_request_nmi_undoes_everything_if_the_chip_refuses(irqs, release, callbacks):
    """``-EINVAL`` whatever the chip says, or without the callback; the teardown is not called."""
    rig, irq = line(irqs, *callbacks, *RESOURCES, release=release)
    rig.controller()
    rig.answer(SETUP, -EBUSY)
    assert request(rig, irq) == -EINVAL
    assert [what for what in rig.entries() if what != "resume ctl"] == [
        "irq_request_resources",
        "activate",
        *([SETUP] if SETUP in callbacks else []),
        "deactivate",
        "irq_release_resources",
    ]
    assert nothing_left(rig, irq) and rig.core(irq) == FRESH and rig.usage("ctl") == 0


def test_request_nmi_gives_power_back_if_setup_irq_fails(irqs):
    rig, irq = line(irqs, *NMI)
    rig.controller()
    rig.answer("activate", -EBUSY)
    assert request(rig, irq) == -EBUSY
    assert nothing_left(rig, irq) and rig.usage("ctl") == 0 and SETUP not in rig.entries()


def test_request_nmi_fails_with_the_device_behind_the_line(irqs):
    rig, irq = line(irqs, *NMI)
    rig.controller()
    rig.answer("resume ctl", -EBUSY)
    assert request(rig, irq) == -EBUSY
    assert nothing_left(rig, irq) and rig.usage("ctl") == 0


def test_an_nmi_is_not_shared_whatever_the_flags_say(irqs):
    """``__setup_irq()``: -EINVAL for an NMI, -EBUSY for its neighbour that is not shared."""
    rig, irq = line(irqs, *NMI)
    assert request(rig, irq) == 0
    assert rig.request(irq, other, flags=IRQF_SHARED) == -EINVAL
    rig.set_desc(irq, nmi=False)
    assert rig.request(irq, other, flags=IRQF_SHARED) == -EBUSY


@RELEASES
def test_an_nmi_does_not_wake_the_system(irqs, release):
    rig, irq = line(irqs, *NMI, "irq_set_wake", release=release)
    assert request(rig, irq) == 0
    assert irq_set_irq_wake(rig.k, irq, True) == -EINVAL and rig.desc(irq).wake_depth == 0
    rig.set_desc(irq, nmi=False)
    assert irq_set_irq_wake(rig.k, irq, True) == 0 and rig.desc(irq).wake_depth == 1


# -- free_nmi --------------------------------------------------------------------------------------------------------------


@RELEASES
def test_free_nmi_does_everything_under_desc_lock(irqs, release):
    """And waits for no handler: an NMI can be freed while it runs."""
    rig, irq = line(irqs, *NMI, *RESOURCES, release=release)
    rig.controller()
    assert request(rig, irq) == 0
    rig.entries()
    rig.set_data(irq, inprogress=True)
    nmi.free_nmi(rig.k, irq, None)  # the cookie is not looked at
    rig.set_data(irq, inprogress=False)
    assert rig.places() == ("irq_nmi_teardown: desc", "deactivate: desc", "irq_release_resources: desc")
    assert nothing_left(rig, irq) and rig.core(irq) == FRESH and rig.usage("ctl") == 0 and rig.warnings() == []


def test_free_nmi_of_a_line_that_is_still_enabled_disables_it_with_a_warning(irqs):
    rig, irq = line(irqs, *NMI)
    assert request(rig, irq) == 0
    nmi.enable_nmi(rig.k, irq)
    rig.entries()
    nmi.free_nmi(rig.k, irq, COOKIE)
    assert rig.warnings() == [f"free_nmi: irq {irq} is still enabled"]
    assert rig.entries() == ("irq_nmi_teardown", "irq_mask", "deactivate") and rig.core(irq) == FRESH and not rig.open(irq)


def test_free_nmi_of_a_line_that_was_enabled_once_shuts_it_down(irqs):
    rig, irq = line(irqs, *NMI)
    assert request(rig, irq) == 0
    enable_irq(rig.k, irq)
    disable_irq(rig.k, irq)
    nmi.free_nmi(rig.k, irq, COOKIE)
    assert rig.warnings() == [] and rig.core(irq) == FRESH and nothing_left(rig, irq)


def test_free_nmi_of_another_line_warns_and_does_nothing(irqs):
    rig, irq = line(irqs, *NMI)
    assert rig.request(irq) == 0
    rig.entries()
    nmi.free_nmi(rig.k, irq, COOKIE)
    nmi.free_nmi(rig.k, 99, COOKIE)
    assert rig.warnings() == [f"free_nmi: irq {irq} is no NMI"] and rig.entries() == () and rig.core(irq) == RUNNING


# -- its handler -----------------------------------------------------------------------------------------------------------


@kernel
def waking(k, irq, dev_id):
    return IRQ_WAKE_THREAD


def test_flow_handlers_of_nmis_call_the_first_action_and_ask_nothing(irqs):
    """No thread is woken, nobody is told that there is none; a second action would not be called."""
    rig, irq = line(irqs, flow=handle_fasteoi_nmi)
    assert rig.request(irq, waking, handled, IRQF_SHARED) == rig.request(irq, other, flags=IRQF_SHARED, who=1) == 0
    rig.entries()
    rig.interrupt(irq)
    assert rig.entries() == () and not rig.action(irq).run_thread and not rig.action(irq).warned
    assert [facts["name"] for facts in rig.signals("handler")] == ["user0"]


# -- lines of each CPU -------------------------------------------------------------------------------------------------------


def percpu_line(irqs, *callbacks, flow=percpu.handle_percpu_devid_fasteoi_nmi, **more):
    rig, irq = line(irqs, *callbacks, flow=flow, **more)
    assert percpu.irq_set_percpu_devid(rig.k, irq) == 0
    return rig, irq


def request_percpu(rig, irq, handler=handled):
    return nmi.request_percpu_nmi(rig.k, irq, handler, "pmu", COOKIE)


@RELEASES
def test_request_percpu_nmi_leaves_the_chip_to_each_cpu(irqs, release):
    rig, irq = percpu_line(irqs, *NMI, "irq_eoi", release=release)
    rig.controller()
    assert request_percpu(rig, irq) == 0
    assert rig.places() == ("activate: request_mutex desc",)
    assert rig.desc(irq).nmi and rig.core(irq) == REQUESTED and rig.usage("ctl") == 1
    assert rig.action(irq).flags == IRQF_PERCPU | IRQF_NO_SUSPEND | IRQF_NO_THREAD | IRQF_NOBALANCING
    assert nmi.prepare_percpu_nmi(rig.k, irq) == 0
    nmi.enable_percpu_nmi(rig.k, irq)
    assert rig.places() == ("irq_nmi_setup: desc", "irq_unmask: desc")
    rig.interrupt(irq)
    assert rig.places() == ("handler:", "irq_eoi:")
    nmi.disable_percpu_nmi(rig.k, irq)
    nmi.teardown_percpu_nmi(rig.k, irq)
    assert rig.places() == ("irq_mask: desc", "irq_nmi_teardown: desc") and rig.desc(irq).nmi
    nmi.free_percpu_nmi(rig.k, irq, COOKIE)
    assert rig.entries() == () and nothing_left(rig, irq) and rig.usage("ctl") == 0 and rig.warnings() == []


def test_request_percpu_nmi_refuses_the_second_time_and_every_other_line(irqs):
    rig, irq = percpu_line(irqs, *NMI)
    assert request_percpu(rig, irq, None) == -EINVAL
    assert request_percpu(rig, 99) == -EINVAL
    rig.set_desc(irq, noautoen=False)  # a request would start it
    assert request_percpu(rig, irq) == -EINVAL
    rig.set_desc(irq, noautoen=True, norequest=True)
    assert request_percpu(rig, irq) == -EINVAL
    rig.set_desc(irq, norequest=False)
    assert request_percpu(rig, irq) == 0
    assert request_percpu(rig, irq) == -EINVAL
    plain = rig.line(chip(*NMI, flags=IRQCHIP_SUPPORTS_NMI), hwirq=4)
    assert request_percpu(rig, plain) == -EINVAL
    slow = rig.line(chip(*NMI, *BUS, flags=IRQCHIP_SUPPORTS_NMI), hwirq=5)
    assert percpu.irq_set_percpu_devid(rig.k, slow) == 0 and request_percpu(rig, slow) == -EINVAL
    assert rig.desc(irq).owner_refs == 1 and not rig.desc(plain).nmi and not rig.desc(slow).nmi


def test_free_percpu_nmi_refuses_other_lines_and_enabled_ones(irqs):
    rig, irq = percpu_line(irqs, *NMI)
    assert percpu.request_percpu_irq(rig.k, irq, handled, "timer", COOKIE) == 0
    nmi.free_percpu_nmi(rig.k, irq, COOKIE)
    assert rig.warnings() == [f"free_percpu_nmi: irq {irq} is no NMI"]
    percpu.free_percpu_irq(rig.k, irq, COOKIE)
    assert request_percpu(rig, irq) == 0
    nmi.enable_percpu_nmi(rig.k, irq)
    nmi.free_percpu_nmi(rig.k, irq, COOKIE)
    assert rig.warnings()[1:] == [f"percpu IRQ {irq} still enabled on CPU0!"] and rig.desc(irq).nmi


def test_free_percpu_irq_ends_an_nmi_too(irqs):
    rig, irq = percpu_line(irqs, *NMI)
    assert request_percpu(rig, irq) == 0
    percpu.free_percpu_irq(rig.k, irq, COOKIE)
    assert nothing_left(rig, irq) and rig.warnings() == []


@pytest.mark.parametrize(("callbacks", "answer", "result"), [(NMI, 0, 0), (NMI, -EBUSY, -EBUSY), ((TEARDOWN,), 0, -EINVAL)])
def test_prepare_percpu_nmi_says_what_the_chip_says(irqs, callbacks, answer, result):
    rig, irq = percpu_line(irqs, *callbacks)
    assert request_percpu(rig, irq) == 0
    rig.answer(SETUP, answer)
    assert nmi.prepare_percpu_nmi(rig.k, irq) == result and rig.desc(irq).nmi


def test_prepare_and_teardown_percpu_nmi_of_another_line_warn(irqs):
    rig, irq = percpu_line(irqs, *NMI)
    assert nmi.prepare_percpu_nmi(rig.k, 99) == -EINVAL
    nmi.teardown_percpu_nmi(rig.k, 99)
    assert rig.warnings() == []
    assert nmi.prepare_percpu_nmi(rig.k, irq) == -EINVAL
    nmi.teardown_percpu_nmi(rig.k, irq)
    assert len(rig.warnings()) == 2 and rig.entries() == ()


@kernel
def bring_up(k, irq, pinned):
    """What each CPU does."""
    if pinned:
        preempt_disable(k)
    nmi.prepare_percpu_nmi(k, irq)
    nmi.teardown_percpu_nmi(k, irq)


@pytest.mark.parametrize(
    ("pinned", "warned"), [(False, ["prepare_percpu_nmi: preemptible", "teardown_percpu_nmi: preemptible"]), (True, [])]
)
def test_prepare_percpu_nmi_is_for_one_cpu_and_so_not_preemptible(irqs, pinned, warned):
    rig, irq = percpu_line(irqs, *NMI)
    assert request_percpu(rig, irq) == 0
    rig.task("cpuhp", bring_up, irq, pinned)
    assert rig.warnings() == warned


@RELEASES
@pytest.mark.parametrize("power", [True, False])
def test_free_nmi_puts_the_device_behind_the_line_under_a_raw_spinlock(irqs, release, power):
    """``irq_chip_pm_put()`` takes the device's spinlock_t, which sleeps on PREEMPT_RT; ``free_irq()`` holds no lock there."""
    rig, irq = line(irqs, *NMI, release=release)
    if power:
        rig.controller()
    assert request(rig, irq) == 0
    rig.task("free", nmi.free_nmi, irq, COOKIE)
    assert nothing_left(rig, irq)
    assert [facts["lock"] for facts in rig.signals("wait-context")] == (["ctl power.lock"] if power else [])
