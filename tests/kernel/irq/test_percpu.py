"""Lines per CPU (kernel/irq/manage.c, chip.c, irqdesc.c; 6.1.192 and 6.12.117), on one CPU.  NMIs are in ``test_nmi.py``."""

from __future__ import annotations

import pytest
from irqrig import BUS, FRESH, chip, handled, log

from irqlab.kernel.context import push_hardirq
from irqlab.kernel.errno import EINVAL
from irqlab.kernel.irq import manage, percpu
from irqlab.kernel.irq.desc import IrqAction
from irqlab.kernel.irq.flags import (
    IRQ_HANDLED,
    IRQ_NOPROBE,
    IRQ_NOTHREAD,
    IRQ_PER_CPU,
    IRQ_PER_CPU_DEVID,
    IRQD_PER_CPU,
    IRQF_NO_SUSPEND,
    IRQF_PERCPU,
    IRQF_SHARED,
    IRQF_TIMER,
)
from irqlab.kernel.irq.pm import suspend_device_irqs
from irqlab.kernel.irq.setup import irq_set_irq_type
from irqlab.kernel.irq.synchronize import synchronize_irq
from irqlab.kernel.irq.trigger import irq_set_irq_wake
from irqlab.state import kernel

RELEASES = pytest.mark.parametrize("release", ["6.1", "6.12"])
#: Activated by the request; never started.
REQUESTED = "DISABLED MASKED ACTIVATED depth=1"
COOKIE = 0x1000


def line(irqs, *callbacks, release="6.12", requested=True, flow=percpu.handle_percpu_devid_irq):
    """A line per CPU, its journal empty."""
    rig = irqs(release)
    irq = rig.line(chip(*callbacks), flow, level=False)
    assert percpu.irq_set_percpu_devid(rig.k, irq) == 0
    if requested:
        assert percpu.request_percpu_irq(rig.k, irq, handled, "timer", COOKIE) == 0
    rig.entries()
    return rig, irq


def test_irq_set_percpu_devid_once_and_what_it_settles(irqs):
    rig, irq = line(irqs, requested=False)
    desc = rig.desc(irq)
    assert desc.settings == IRQ_PER_CPU | IRQ_PER_CPU_DEVID | IRQ_NOTHREAD | IRQ_NOPROBE and desc.noautoen
    assert rig.data(irq).flags == IRQD_PER_CPU and rig.core(irq) == FRESH
    assert percpu.irq_set_percpu_devid(rig.k, irq) == -EINVAL  # the second time
    assert percpu.irq_set_percpu_devid(rig.k, 99) == -EINVAL


# -- request and free --------------------------------------------------------------------------------------------------


@RELEASES
def test_request_percpu_irq_activates_and_starts_nothing(irqs, release):
    rig, irq = line(irqs, *BUS, release=release, requested=False)
    rig.controller()
    assert percpu.request_percpu_irq(rig.k, irq, handled, "timer", COOKIE) == 0
    assert rig.entries() == ("resume ctl", "irq_bus_lock", "activate", "irq_bus_sync_unlock")
    assert rig.core(irq) == REQUESTED and rig.usage("ctl") == 1
    action = rig.action(irq)
    assert (action.flags, action.dev_id, action.thread) == (IRQF_PERCPU | IRQF_NO_SUSPEND, COOKIE, False)


@pytest.mark.parametrize(
    ("percpu_line", "dev_id", "flags", "result"),
    [(True, COOKIE, 0, 0), (True, COOKIE, IRQF_TIMER, 0), (True, COOKIE, IRQF_SHARED, -EINVAL), (True, None, 0, -EINVAL),
     (False, COOKIE, 0, -EINVAL)],
)  # fmt: skip
def test_request_percpu_irq_takes_lines_per_cpu_with_a_cookie(irqs, percpu_line, dev_id, flags, result):
    rig = irqs()
    irq = rig.line(chip(), percpu.handle_percpu_devid_irq)
    if percpu_line:
        percpu.irq_set_percpu_devid(rig.k, irq)
    assert percpu.request_percpu_irq(rig.k, irq, handled, "timer", dev_id, flags) == result


def test_request_percpu_irq_of_nothing_and_of_a_line_that_may_not_be_requested(irqs):
    rig, irq = line(irqs, requested=False)
    rig.set_desc(irq, norequest=True)
    assert percpu.request_percpu_irq(rig.k, irq, handled, "timer", COOKIE) == -EINVAL
    assert percpu.request_percpu_irq(rig.k, 99, handled, "timer", COOKIE) == -EINVAL


def test_request_irq_and_free_irq_warn_of_a_line_per_cpu(irqs):
    rig, irq = line(irqs)
    assert rig.request(irq) == -EINVAL
    manage.free_irq(rig.k, irq, COOKIE)
    assert len(rig.warnings()) == 2 and rig.action(irq).exists


def test_the_management_of_other_lines_does_not_know_a_line_per_cpu(irqs):
    """irq_get_desc_lock(IRQ_GET_DESC_CHECK_GLOBAL): -EINVAL or nothing, and no callback."""
    rig, irq = line(irqs, "irq_set_type", "irq_set_wake")
    manage.enable_irq(rig.k, irq)
    manage.disable_irq(rig.k, irq)
    assert manage.disable_irq_nosync(rig.k, irq) == -EINVAL
    assert (irq_set_irq_type(rig.k, irq, 4), irq_set_irq_wake(rig.k, irq, True)) == (-EINVAL, -EINVAL)
    synchronize_irq(rig.k, irq)
    assert rig.core(irq) == REQUESTED and rig.entries() == ()
    percpu.enable_percpu_irq(rig.k, plain := rig.line(chip(), hwirq=4))
    percpu.disable_percpu_irq(rig.k, plain)
    percpu.free_percpu_irq(rig.k, plain, COOKIE)
    assert rig.entries() == () and not percpu.irq_percpu_is_enabled(rig.k, plain)


@RELEASES
def test_free_percpu_irq_gives_power_back_and_deactivates_nothing(irqs, release):
    rig, irq = line(irqs, *BUS, release=release, requested=False)
    rig.controller()
    assert percpu.request_percpu_irq(rig.k, irq, handled, "timer", COOKIE) == 0
    rig.entries()
    percpu.free_percpu_irq(rig.k, irq, COOKIE)
    assert rig.entries() == BUS and (rig.usage("ctl"), rig.desc(irq).owner_refs) == (0, 0)
    assert rig.core(irq) == REQUESTED and rig.desc(irq).actions == ()
    assert not any(action.exists for action in rig.world.known(IrqAction))


@pytest.mark.parametrize(
    ("dev_id", "enabled", "warned"),
    [
        (COOKIE, True, ["percpu IRQ 1 still enabled on CPU0!"]),
        (0x2000, False, ["Trying to free already-free IRQ 1"]),
        (0x2000, True, ["Trying to free already-free IRQ 1"]),
        (COOKIE, False, []),
    ],
)
def test_free_percpu_irq_refuses_what_is_enabled_and_what_is_not_its_own(irqs, dev_id, enabled, warned):
    rig, irq = line(irqs)
    if enabled:
        percpu.enable_percpu_irq(rig.k, irq)
    percpu.free_percpu_irq(rig.k, irq, dev_id)
    assert rig.warnings() == warned and bool(rig.desc(irq).actions) is bool(warned)


def test_free_percpu_irq_in_a_hard_interrupt_warns(irqs):
    rig, irq = line(irqs)
    context = push_hardirq(rig.k, percpu.free_percpu_irq, (irq, COOKIE))
    while context.exists and rig.step(context):
        pass
    assert rig.warnings()[0] == f"Trying to free IRQ {irq} from IRQ context!"


# -- enable and disable ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("callbacks", "calls"),
    [((), ("irq_unmask", "irq_mask")), (("irq_enable", "irq_disable"), ("irq_enable", "irq_disable"))],
)
def test_enable_and_disable_percpu_irq_go_straight_to_the_chip(irqs, callbacks, calls):
    """No belief changes, no depth is counted, no bus lock is taken: twice is twice."""
    rig, irq = line(irqs, *callbacks, *BUS)
    for _ in range(2):
        percpu.enable_percpu_irq(rig.k, irq)
        assert percpu.irq_percpu_is_enabled(rig.k, irq) and rig.open(irq)
    percpu.disable_percpu_irq(rig.k, irq)
    assert not percpu.irq_percpu_is_enabled(rig.k, irq) and not rig.open(irq)
    assert rig.places() == (f"{calls[0]}: desc", f"{calls[0]}: desc", f"{calls[1]}: desc") and rig.core(irq) == REQUESTED


@pytest.mark.parametrize(
    ("default", "type_", "calls"),
    [(0, 0, ()), (4, 0, ("irq_set_type 4",)), (4, 1, ("irq_set_type 1",)), (0, 0x11, ("irq_set_type 1",))],
)
def test_enable_percpu_irq_sets_the_type_it_is_told_or_the_lines_default(irqs, default, type_, calls):
    rig, irq = line(irqs, "irq_set_type")
    rig.set_data(irq, trigger=default)
    percpu.enable_percpu_irq(rig.k, irq, type_)
    assert rig.entries() == (*calls, "irq_unmask")


def test_enable_percpu_irq_of_a_type_the_chip_refuses_warns_and_enables_nothing(irqs):
    rig, irq = line(irqs, "irq_set_type")
    rig.answer("irq_set_type 4", -EINVAL)
    percpu.enable_percpu_irq(rig.k, irq, 4)
    assert rig.entries() == ("irq_set_type 4",) and rig.warnings() == [f"failed to set type for IRQ{irq}"]
    assert not percpu.irq_percpu_is_enabled(rig.k, irq)


def test_a_line_per_cpu_stays_as_it_is_in_system_sleep(irqs):
    """IRQF_NO_SUSPEND comes with the request."""
    rig, irq = line(irqs)
    percpu.enable_percpu_irq(rig.k, irq)
    rig.entries()
    suspend_device_irqs(rig.k)
    assert rig.entries() == () and rig.core(irq) == REQUESTED


# -- flow handlers -----------------------------------------------------------------------------------------------------


@RELEASES
@pytest.mark.parametrize("flow", [percpu.handle_percpu_devid_irq, percpu.handle_percpu_irq])
@pytest.mark.parametrize("callbacks", [(), ("irq_ack",), ("irq_eoi",), ("irq_ack", "irq_eoi")])
def test_the_handlers_take_no_lock_and_ask_nothing(irqs, release, flow, callbacks):
    rig, irq = line(irqs, *callbacks, release=release, flow=flow)
    rig.set_data(irq, inprogress=True)
    rig.interrupt(irq)
    around = [[name] if name in callbacks else [] for name in ("irq_ack", "irq_eoi")]
    assert rig.places() == tuple(f"{call}:" for call in (*around[0], "handler", *around[1]))
    assert rig.core(irq) == "DISABLED MASKED ACTIVATED INPROGRESS depth=1"


@kernel
def telling(k, irq, dev_id):
    log(k, irq, f"dev_id {dev_id}")
    return IRQ_HANDLED


def test_handle_percpu_devid_irq_gives_its_handler_the_cookie(irqs):
    """raw_cpu_ptr(action->percpu_dev_id): of the one CPU."""
    rig, irq = line(irqs, requested=False)
    assert percpu.request_percpu_irq(rig.k, irq, telling, "timer", COOKIE) == 0
    percpu.enable_percpu_irq(rig.k, irq)
    rig.entries()
    rig.interrupt(irq)
    assert rig.entries() == (f"dev_id {COOKIE}",)


@pytest.mark.parametrize(("enabled", "calls"), [(True, ("irq_ack", "irq_mask", "irq_eoi")), (False, ("irq_ack", "irq_eoi"))])
def test_handle_percpu_devid_irq_of_a_line_nobody_has_requested_disables_it_if_it_was_enabled(irqs, enabled, calls):
    rig, irq = line(irqs, "irq_ack", "irq_eoi", requested=False)
    if enabled:
        percpu.enable_percpu_irq(rig.k, irq)
        rig.entries()
    rig.interrupt(irq)
    assert rig.entries() == calls and not percpu.irq_percpu_is_enabled(rig.k, irq)


@pytest.mark.parametrize(("flags", "result"), [(IRQF_SHARED | IRQF_PERCPU, 0), (IRQF_SHARED, -16)])
def test_all_actions_of_a_line_agree_on_being_per_cpu(irqs, flags, result):
    """__setup_irq(): IRQF_PERCPU of a line with one descriptor for all (handle_percpu_irq())."""
    rig = irqs()
    irq = rig.line(chip(), percpu.handle_percpu_irq, level=False)
    assert rig.request(irq, flags=IRQF_SHARED | IRQF_PERCPU) == 0
    assert rig.desc(irq).settings == IRQ_PER_CPU and rig.data(irq).flags == IRQD_PER_CPU
    assert rig.request(irq, flags=flags, who=1) == result
