"""Requesting, freeing, enabling, disabling, synchronising (kernel/irq/manage.c; 6.1.192 and 6.12.117).

Per-CPU lines, affinity and the state of the chips have files of their own.  So have NMIs and spurious
interrupts.  Left out: forced threads.
"""

from __future__ import annotations

import pytest
from irqrig import BUS, FRESH, LAZY, MASKED, RUNNING, chip, handled, other, threaded, waking

from irqlab.kernel.context import might_sleep, preempt_disable, preempt_enable_no_point
from irqlab.kernel.errno import EAGAIN, EBUSY, EINVAL, ENODEV, ENOMEM, ENOSYS, ENOTCONN
from irqlab.kernel.irq import manage
from irqlab.kernel.irq.desc import IrqChip, irq_alloc_desc, irq_alloc_descs
from irqlab.kernel.irq.flags import (
    IRQ_NOTCONNECTED,
    IRQ_TYPE_EDGE_RISING,
    IRQ_TYPE_LEVEL_HIGH,
    IRQC_IS_HARDIRQ,
    IRQC_IS_NESTED,
    IRQCHIP_ONESHOT_SAFE,
    IRQCHIP_STATE_ACTIVE,
    IRQF_COND_ONESHOT,
    IRQF_COND_SUSPEND,
    IRQF_FORCE_RESUME,
    IRQF_NO_AUTOEN,
    IRQF_NO_SUSPEND,
    IRQF_ONESHOT,
    IRQF_SHARED,
)
from irqlab.kernel.irq.irqchip_state import irq_set_irqchip_state
from irqlab.kernel.irq.manage import request_any_context_irq
from irqlab.kernel.irq.setup import irq_set_nested_thread
from irqlab.kernel.irq.state import set_trigger_type
from irqlab.kernel.irq.synchronize import synchronize_irq
from irqlab.kernel.irq.thread import irq_thread
from irqlab.kernel.module import Module, try_stop_module
from irqlab.kernel.release import RELEASES, SWITCHES, Release, Switch
from irqlab.state import kernel

ALL = ("irq_bus_lock", "irq_bus_sync_unlock", "irq_request_resources", "irq_release_resources")
EVERY_RELEASE = pytest.mark.parametrize("release", ["5.8", "6.1", "6.12"])


# -- request: order and end state -------------------------------------------------------------------------------


@EVERY_RELEASE
def test_request_irq_in_order_and_under_its_locks(irqs, release):
    """__setup_irq(): request_mutex, bus lock, resources, desc->lock, activate, startup."""
    rig = irqs(release)
    irq = rig.line(chip(*ALL))
    assert rig.request(irq) == 0
    assert rig.places() == (
        "irq_bus_lock: request_mutex",
        "irq_request_resources: request_mutex bus",
        "activate: request_mutex bus desc",
        "irq_unmask: request_mutex bus desc",
        "irq_bus_sync_unlock: request_mutex bus",
    )
    assert rig.core(irq) == RUNNING and rig.open(irq) and rig.desc(irq).owner_refs == 1


@EVERY_RELEASE
def test_free_irq_in_order_and_under_its_locks(irqs, release):
    """__free_irq(): shutdown under both locks, the bus lock dropped and taken again, deactivate, resources."""
    rig = irqs(release)
    irq = rig.line(chip(*ALL))
    assert rig.request(irq) == 0
    rig.entries()
    rig.free(irq)
    assert rig.places() == (
        "irq_bus_lock: request_mutex",
        "irq_mask: request_mutex bus desc",
        "irq_bus_sync_unlock: request_mutex bus",
        "irq_bus_lock: request_mutex",
        "deactivate: request_mutex bus desc",
        "irq_release_resources: request_mutex bus",
        "irq_bus_sync_unlock: request_mutex bus",
    )
    assert rig.core(irq) == FRESH and not rig.open(irq) and rig.desc(irq).owner_refs == 0
    assert rig.desc(irq).actions == () and not rig.action(irq).exists


@EVERY_RELEASE
def test_the_reference_is_taken_before_everything_and_given_back_after_everything(irqs, release):
    """irq_chip_pm_get() outside every lock; a freed line leaves the controller to suspend at once."""
    rig = irqs(release)
    ctl = rig.controller()
    irq = rig.line(chip(*BUS, parent_device=ctl))
    assert rig.request(irq) == 0
    assert rig.entries() == ("resume ctl", "irq_bus_lock", "activate", "irq_unmask", "irq_bus_sync_unlock")
    rig.work()
    assert rig.entries() == () and (rig.usage("ctl"), rig.status("ctl")) == (1, "active")
    rig.free(irq)
    rig.work()
    assert rig.entries() == (
        *("irq_bus_lock", "irq_mask", "irq_bus_sync_unlock"),
        *("irq_bus_lock", "deactivate", "irq_bus_sync_unlock"),
        "suspend ctl",
    )
    assert rig.core(irq) == FRESH and rig.usage("ctl") == 0


@pytest.mark.parametrize("disabled", [0, 1, 2])
def test_the_end_state_of_an_unused_line_is_always_the_same(irqs, disabled):
    """STARTED=0 DISABLED=1 MASKED=1 depth=1 ACTIVATED=0, masked at the chip: lazily disabled lines too."""
    rig = irqs()
    irq = rig.line(chip())
    rig.set_desc(irq, disable_unlazy=True)
    assert rig.request(irq) == 0
    rig.set_desc(irq, disable_unlazy=disabled == 2)
    for _ in range(disabled):
        manage.disable_irq(rig.k, irq)
    rig.entries()
    rig.free(irq)
    assert rig.entries() == ((() if disabled == 2 else ("irq_mask",)) + ("deactivate",))
    assert rig.core(irq) == FRESH and not rig.open(irq) and not rig.desc(irq).disable_unlazy


def test_a_line_requested_disabled_is_freed_without_touching_the_chip(irqs):
    """IRQF_NO_AUTOEN: never started, so irq_shutdown() does nothing; it is deactivated."""
    rig = irqs()
    irq = rig.line(chip())
    rig.set_desc(irq, depth=4)
    assert rig.request(irq, flags=IRQF_NO_AUTOEN) == 0
    assert rig.entries() == ("activate",) and rig.core(irq) == "DISABLED MASKED ACTIVATED depth=1"
    rig.free(irq)
    assert rig.entries() == ("deactivate",) and rig.core(irq) == FRESH


def test_a_new_request_resets_oneshot_and_in_progress_but_not_what_is_pending(irqs):
    """__setup_irq() clears IRQS_ONESHOT and INPROGRESS; PENDING of a level line goes with irq_startup()'s resend."""
    rig = irqs()
    irq = rig.line(chip())
    rig.set_desc(irq, oneshot=True, pending=True)
    rig.set_data(irq, inprogress=True)
    assert rig.request(irq, flags=IRQF_NO_AUTOEN) == 0
    assert rig.core(irq) == "DISABLED MASKED ACTIVATED PENDING depth=1"
    manage.enable_irq(rig.k, irq)
    assert rig.core(irq) == RUNNING


# -- request: what is refused -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("handler", "thread_fn", "flags", "error"),
    [
        (None, None, 0, -EINVAL),
        (None, threaded, 0, -EINVAL),
        (None, threaded, IRQF_ONESHOT, 0),
        (handled, threaded, 0, 0),
        (handled, None, IRQF_SHARED | IRQF_NO_AUTOEN, -EINVAL),
        (handled, None, IRQF_SHARED, 0),
        (handled, None, IRQF_NO_AUTOEN, 0),
        (handled, None, IRQF_COND_SUSPEND, -EINVAL),
        (handled, None, IRQF_COND_SUSPEND | IRQF_SHARED, 0),
        (handled, None, IRQF_COND_SUSPEND | IRQF_SHARED | IRQF_NO_SUSPEND, -EINVAL),
        (handled, None, IRQF_NO_SUSPEND, 0),
    ],
)
def test_what_request_threaded_irq_takes(irqs, handler, thread_fn, flags, error):
    rig = irqs()
    ctl = rig.controller()
    irq = rig.line(chip())
    assert rig.request(irq, handler, thread_fn, flags) == error
    assert rig.usage(ctl.name) == (0 if error else 1)
    if error:
        assert rig.core(irq) == FRESH and rig.desc(irq).actions == () and rig.desc(irq).owner_refs == 0


@pytest.mark.parametrize(("flags", "error"), [(IRQF_SHARED, -EINVAL), (0, 0)])
def test_a_shared_line_needs_a_dev_id(irqs, flags, error):
    rig = irqs()
    irq = rig.line(chip())
    assert manage.request_threaded_irq(rig.k, irq, handled, None, flags, "user", None) == error


@pytest.mark.parametrize(("flags", "error", "oneshot"), [(0, -EINVAL, False), (IRQCHIP_ONESHOT_SAFE, 0, False)])
def test_no_handler_and_no_oneshot_is_for_oneshot_safe_chips(irqs, flags, error, oneshot):
    rig = irqs()
    irq = rig.line(chip(flags=flags))
    assert rig.request(irq, None, threaded) == error
    assert rig.desc(irq).oneshot is oneshot


def test_a_oneshot_safe_chip_loses_the_flag(irqs):
    rig = irqs()
    irq = rig.line(chip(flags=IRQCHIP_ONESHOT_SAFE))
    assert rig.request(irq, None, threaded, IRQF_ONESHOT) == 0
    assert rig.core(irq) == RUNNING and rig.action(irq).thread_mask == 0 and not rig.action(irq).flags & IRQF_ONESHOT


def test_a_line_without_descriptor_or_chip(irqs):
    rig = irqs()
    assert rig.request(77) == -EINVAL
    irq = irq_alloc_desc(rig.k)
    assert rig.request(irq) == -ENOSYS and rig.core(irq) == FRESH and rig.desc(irq).owner_refs == 0


# -- request: failures give back what was taken -------------------------------------------------------------------------------


@pytest.mark.parametrize("what", ["irq_request_resources", "activate"])
def test_a_request_that_fails_gives_everything_back_in_order(irqs, what):
    """Resources are released under the bus lock, after desc->lock; the PM reference last."""
    rig = irqs()
    rig.controller()
    irq = rig.line(chip(*ALL))
    rig.answer(what, -ENOMEM)
    assert rig.request(irq) == -ENOMEM
    places = {
        "irq_request_resources": ("irq_bus_lock: request_mutex", "irq_request_resources: request_mutex bus"),
        "activate": (
            "irq_bus_lock: request_mutex",
            "irq_request_resources: request_mutex bus",
            "activate: request_mutex bus desc",
            "irq_release_resources: request_mutex bus",
        ),
    }
    assert rig.places() == (*places[what], "irq_bus_sync_unlock: request_mutex bus")
    assert rig.core(irq) == FRESH and rig.desc(irq).actions == () and rig.desc(irq).owner_refs == 0
    assert rig.usage("ctl") == 0
    rig.answer(what, 0)
    assert rig.request(irq) == 0 and rig.core(irq) == RUNNING and rig.usage("ctl") == 1


def test_a_handler_that_is_refused_under_desc_lock_releases_the_resources(irqs):
    rig = irqs()
    irq = rig.line(chip(*ALL))
    assert rig.request(irq, None, threaded) == -EINVAL
    assert rig.entries() == ("irq_bus_lock", "irq_request_resources", "irq_release_resources", "irq_bus_sync_unlock")


def test_a_mismatch_on_a_line_in_use_releases_nothing(irqs):
    rig = irqs()
    rig.controller()
    irq = rig.line(chip(*ALL))
    assert rig.request(irq) == 0
    rig.entries()
    assert rig.request(irq, other, who=1) == -EBUSY
    assert rig.entries() == ("irq_bus_lock", "irq_bus_sync_unlock")
    assert rig.core(irq) == RUNNING and len(rig.desc(irq).actions) == 1 and rig.usage("ctl") == 1
    assert rig.desc(irq).owner_refs == 1


def test_activation_survives_a_trigger_that_fails_never_and_a_failed_activation_always(irqs):
    """The trigger is set before activation: a chip that refuses it leaves the line untouched."""
    rig = irqs()
    irq = rig.line(chip("irq_set_type"))
    rig.answer("irq_set_type 1", -EINVAL)
    assert rig.request(irq, flags=IRQ_TYPE_EDGE_RISING) == -EINVAL
    assert rig.entries() == ("irq_set_type 1",) and rig.core(irq) == FRESH
    rig.answer("irq_set_type 1", 0)
    assert rig.request(irq, flags=IRQ_TYPE_EDGE_RISING) == 0
    assert rig.entries() == ("irq_set_type 1", "activate", "irq_unmask")


@pytest.mark.parametrize("fails", ["kzalloc(struct irqaction)", "kthread_create"])
def test_memory_that_runs_out_leaves_no_reference(irqs, monkeypatch, fails):
    rig = irqs()
    rig.controller()
    irq = rig.line(chip())
    monkeypatch.setattr(type(rig.k), "fails", lambda self, what: what == fails)
    assert rig.request(irq, handled, threaded) == -ENOMEM
    assert rig.usage("ctl") == 0 and rig.desc(irq).owner_refs == 0 and rig.core(irq) == FRESH
    assert rig.entries() == (("resume ctl",) if fails == "kthread_create" else ())


# -- sharing -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "second", "error"),
    [
        (IRQF_SHARED, IRQF_SHARED, 0),
        (IRQF_SHARED, 0, -EBUSY),
        (0, IRQF_SHARED, -EBUSY),
        (0, 0, -EBUSY),
        (IRQF_SHARED | IRQF_ONESHOT, IRQF_SHARED | IRQF_ONESHOT, 0),
        (IRQF_SHARED | IRQF_ONESHOT, IRQF_SHARED, -EBUSY),
        (IRQF_SHARED, IRQF_SHARED | IRQF_ONESHOT, -EBUSY),
        (IRQF_SHARED | IRQF_ONESHOT, IRQF_SHARED | IRQF_COND_ONESHOT, 0),
        (IRQF_SHARED, IRQF_SHARED | IRQF_COND_ONESHOT, 0),
    ],
)
def test_who_may_share_a_line(irqs, first, second, error):
    """6.12.117: all agree on IRQF_SHARED and on ONESHOT; IRQF_COND_ONESHOT adopts it."""
    rig = irqs()
    irq = rig.line(chip())
    assert rig.request(irq, handled, threaded, first) == 0
    assert rig.request(irq, other, threaded, second, who=1) == error
    masks = [action.thread_mask for action in rig.desc(irq).actions]
    assert masks == (([1, 2] if first & IRQF_ONESHOT else [0, 0])[: 1 if error else 2])


def test_irqf_cond_oneshot_means_nothing_where_it_is_not_known(irqs):
    """``__setup_irq()`` of 6.1.192 does not look at it, whoever sets the bit."""
    rig = irqs()
    rig.k.release = RELEASES["6.1"]
    irq = rig.line(chip())
    assert rig.request(irq, handled, threaded, IRQF_SHARED | IRQF_ONESHOT) == 0
    assert rig.request(irq, other, threaded, IRQF_SHARED | IRQF_COND_ONESHOT, who=1) == -EBUSY


@pytest.mark.parametrize(("has", "error"), [(True, 0), (False, -EBUSY)])
def test_request_irq_joins_a_oneshot_line_only_where_there_is_irqf_cond_oneshot(irqs, monkeypatch, has, error):
    """``request_irq()`` adds the flag in 6.12.117; 6.1.192 does not know it."""
    monkeypatch.setitem(SWITCHES, "cond-oneshot", Switch("cond-oneshot", "", ""))
    rig = irqs()
    rig.k.release = Release("test", (RELEASES["6.12"].switches - {"cond-oneshot"}) | ({"cond-oneshot"} if has else set()))
    irq = rig.line(chip())
    assert rig.request(irq, handled, threaded, IRQF_SHARED | IRQF_ONESHOT) == 0
    assert manage.request_irq(rig.k, irq, other, IRQF_SHARED, "user1", rig.who(1)) == error


@pytest.mark.parametrize(
    ("default", "first", "second", "error"),
    [
        # mapped from a device tree: the default has been said, be it NONE
        (0, 0, 0, 0),
        (IRQ_TYPE_LEVEL_HIGH, 0, 0, 0),
        (IRQ_TYPE_LEVEL_HIGH, 0, IRQ_TYPE_LEVEL_HIGH, 0),
        (IRQ_TYPE_LEVEL_HIGH, 0, IRQ_TYPE_EDGE_RISING, -EBUSY),
        (0, IRQ_TYPE_LEVEL_HIGH, IRQ_TYPE_LEVEL_HIGH, 0),
        (0, IRQ_TYPE_LEVEL_HIGH, 0, 0),
        (0, IRQ_TYPE_LEVEL_HIGH, IRQ_TYPE_EDGE_RISING, -EBUSY),
        # nobody has said one: the second becomes it, whatever the first asked for
        (None, IRQ_TYPE_LEVEL_HIGH, IRQ_TYPE_EDGE_RISING, 0),
        (None, IRQ_TYPE_LEVEL_HIGH, IRQ_TYPE_LEVEL_HIGH, 0),
    ],
)
def test_who_shares_a_line_agrees_on_its_trigger_type(irqs, default, first, second, error):
    rig = irqs()
    irq = rig.line(chip("irq_set_type"))
    if default is not None:
        set_trigger_type(rig.data(irq), default)
    assert rig.request(irq, flags=IRQF_SHARED | first) == 0
    assert rig.request(irq, other, flags=IRQF_SHARED | second, who=1) == error


def test_a_trigger_the_chip_cannot_set_is_not_noted_so_a_second_one_that_asks_for_it_is_refused(irqs):
    """Mapped as NONE, no irq_set_type: __irq_set_trigger() notes nothing, and the types are compared all the same."""
    rig = irqs()
    irq = rig.line(chip())
    set_trigger_type(rig.data(irq), 0)
    assert rig.request(irq, flags=IRQF_SHARED | IRQ_TYPE_LEVEL_HIGH) == 0
    assert rig.request(irq, other, flags=IRQF_SHARED | IRQ_TYPE_LEVEL_HIGH, who=1) == -EBUSY
    assert rig.request(irq, other, flags=IRQF_SHARED, who=1) == 0


def test_every_action_of_a_shared_line_takes_its_own_reference(irqs):
    rig = irqs()
    rig.controller()
    irq = rig.line(chip(*ALL))
    for who in range(3):
        assert rig.request(irq, flags=IRQF_SHARED, who=who) == 0
        assert (rig.usage("ctl"), rig.desc(irq).owner_refs) == (who + 1, who + 1)
    assert rig.entries().count("irq_request_resources") == 1
    for left, who in ((2, 1), (1, 0)):
        rig.free(irq, who)
        assert rig.usage("ctl") == left and rig.core(irq) == RUNNING and rig.open(irq)
        assert rig.entries() == ("irq_bus_lock", "irq_bus_sync_unlock")
    rig.free(irq, 2)
    assert rig.usage("ctl") == 0 and rig.core(irq) == FRESH and not rig.open(irq)


def test_sharing_a_disabled_line_leaves_it_disabled(irqs):
    rig = irqs()
    irq = rig.line(chip())
    assert rig.request(irq, flags=IRQF_SHARED) == 0
    manage.disable_irq(rig.k, irq)
    assert rig.request(irq, other, flags=IRQF_SHARED, who=1) == 0
    assert rig.core(irq) == LAZY


def test_the_bit_of_a_freed_oneshot_thread_is_given_again(irqs):
    rig = irqs()
    irq = rig.line(chip())
    flags = IRQF_SHARED | IRQF_ONESHOT
    for who in range(3):
        assert rig.request(irq, handled, threaded, flags, who) == 0
    rig.free(irq, 1)
    assert rig.request(irq, handled, threaded, flags, 3) == 0
    assert [action.thread_mask for action in rig.desc(irq).actions] == [1, 4, 2]


def test_freeing_what_is_not_requested_warns_and_touches_nothing(irqs):
    rig = irqs()
    rig.controller()
    irq = rig.line(chip(*BUS))
    rig.free(irq)
    assert rig.warnings() == [f"Trying to free already-free IRQ {irq}"]
    assert rig.places() == ("irq_bus_lock: request_mutex", "irq_bus_sync_unlock: request_mutex bus")
    assert rig.core(irq) == FRESH and rig.usage("ctl") == 0 and rig.signals("pm-reference-underflow") == []
    rig.free(99)
    assert len(rig.warnings()) == 1


# -- irq_pm_install_action -------------------------------------------------------------------------------

FORCED = "irq_pm_install_action: only some actions have IRQF_FORCE_RESUME"
STAYS = "irq_pm_install_action: IRQF_NO_SUSPEND shared with an action that has neither it nor IRQF_COND_SUSPEND"


@pytest.mark.parametrize(
    ("first", "second", "warned"),
    [
        (0, 0, []),
        (IRQF_NO_SUSPEND, IRQF_NO_SUSPEND, []),
        (IRQF_NO_SUSPEND, 0, [STAYS]),
        (0, IRQF_NO_SUSPEND, [STAYS]),
        (IRQF_NO_SUSPEND, IRQF_COND_SUSPEND, []),
        (IRQF_COND_SUSPEND, IRQF_NO_SUSPEND, []),
        (IRQF_COND_SUSPEND, 0, []),
        (IRQF_FORCE_RESUME, IRQF_FORCE_RESUME, []),
        (IRQF_FORCE_RESUME, 0, [FORCED]),
        (0, IRQF_FORCE_RESUME, [FORCED]),
        (IRQF_FORCE_RESUME | IRQF_NO_SUSPEND, 0, [FORCED, STAYS]),
    ],
)
def test_actions_of_a_line_agree_on_what_happens_in_system_sleep(irqs, first, second, warned):
    rig = irqs()
    irq = rig.line(chip())
    assert rig.request(irq, flags=IRQF_SHARED | first) == 0
    assert rig.warnings() == []
    assert rig.request(irq, other, flags=IRQF_SHARED | second, who=1) == 0
    assert rig.warnings() == warned


def test_removing_the_one_that_disagrees_makes_the_next_one_fine(irqs):
    rig = irqs()
    irq = rig.line(chip())
    for who, flags in ((0, 0), (1, IRQF_NO_SUSPEND)):
        assert rig.request(irq, flags=IRQF_SHARED | flags, who=who) == 0
    rig.free(irq, 0)
    assert rig.request(irq, flags=IRQF_SHARED | IRQF_NO_SUSPEND, who=2) == 0
    assert rig.warnings() == [STAYS]


# -- enable and disable -------------------------------------------------------------------------------


def test_disable_and_enable_nest_and_only_the_outermost_touch_anything(irqs):
    rig = irqs()
    irq = rig.line(chip("irq_disable", "irq_enable"))
    assert rig.request(irq) == 0
    rig.entries()
    for depth in (1, 2, 3):
        manage.disable_irq(rig.k, irq)
        assert rig.core(irq) == MASKED.replace("depth=1", f"depth={depth}")
    assert rig.entries() == ("irq_disable",)
    for depth in (2, 1):
        manage.enable_irq(rig.k, irq)
        assert rig.core(irq) == MASKED.replace("depth=1", f"depth={depth}") and rig.entries() == ()
    manage.enable_irq(rig.k, irq)
    assert rig.entries() == ("irq_enable",) and rig.core(irq) == RUNNING and rig.unbalanced() == 0


@pytest.mark.parametrize(
    ("depth", "suspended", "unbalanced", "after"),
    [(0, False, 1, 0), (1, True, 1, 1), (1, False, 0, 0), (2, True, 0, 1), (2, False, 0, 1)],
)
def test_an_unbalanced_enable_warns_and_changes_nothing(irqs, depth, suspended, unbalanced, after):
    """__enable_irq(): at depth 0, and at depth 1 while suspended."""
    rig = irqs()
    irq = rig.line(chip())
    assert rig.request(irq) == 0
    rig.set_desc(irq, depth=depth, suspended=suspended)
    rig.set_data(irq, disabled=depth > 0)
    rig.entries()
    manage.enable_irq(rig.k, irq)
    assert (rig.unbalanced(), rig.desc(irq).depth) == (unbalanced, after)
    assert rig.data(irq).disabled is (after > 0) and rig.entries() == ()


@pytest.mark.parametrize("call", [manage.disable_irq, manage.disable_irq_nosync, manage.enable_irq])
def test_disable_and_enable_take_the_bus_lock_and_desc_lock(irqs, call):
    rig = irqs()
    irq = rig.line(chip("irq_enable", "irq_disable", *BUS))
    assert rig.request(irq) == 0
    if call is manage.enable_irq:
        manage.disable_irq(rig.k, irq)
    rig.entries()
    call(rig.k, irq)
    what = "irq_enable" if call is manage.enable_irq else "irq_disable"
    assert rig.places() == ("irq_bus_lock:", f"{what}: bus desc", "irq_bus_sync_unlock: bus")


@kernel
def sleeping_bus_lock(k, d):
    """As an expander's: a mutex."""
    might_sleep(k, "mutex_lock()")


@kernel
def reenabling(k, irq, dev_id):
    manage.disable_irq_nosync(k, irq)
    manage.enable_irq(k, irq)
    return 1


@EVERY_RELEASE
@pytest.mark.parametrize("locks", [True, False])
def test_enable_irq_in_a_hard_interrupt_is_for_chips_without_a_bus_lock(irqs, release, locks):
    """enable_irq(), disable_irq_nosync(): nobody checks it, the bus lock sleeps."""
    rig = irqs(release)
    irq = rig.line(IrqChip("locking", **chip().callbacks, irq_bus_lock=sleeping_bus_lock if locks else None))
    assert not rig.task("task a", manage.request_irq, irq, reenabling, 0, "user", None).exists
    assert rig.signals("sleep-in-atomic") == []
    rig.interrupt(irq)
    assert [facts["what"] for facts in rig.signals("sleep-in-atomic")] == ["mutex_lock()"] * 2 * locks
    assert rig.core(irq) == RUNNING and rig.open(irq)


@pytest.mark.parametrize(("release", "told"), [("6.1", 0), ("6.12", 1)])
def test_disable_irq_says_that_it_may_sleep_in_6_12_only(irqs, release, told):
    """Under preempt_disable(): 6.12 complains always, 6.1 only if it really has to wait."""
    rig = irqs(release)
    irq = rig.line(chip())
    assert rig.request(irq) == 0
    rig.task("task a", disable_without_preemption, irq)
    assert len(rig.signals("sleep-in-atomic")) == told
    assert rig.core(irq) == LAZY


@kernel
def disable_without_preemption(k, irq):
    preempt_disable(k)
    manage.disable_irq(k, irq)
    preempt_enable_no_point(k)


# -- synchronise -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "waits"),
    [
        (manage.disable_irq, True),
        (synchronize_irq, True),
        (manage.disable_irq_nosync, False),
    ],
)
def test_disable_irq_waits_for_the_thread_and_disable_irq_nosync_does_not(irqs, call, waits):
    rig = irqs()
    irq = rig.line(chip())
    assert rig.request(irq, waking, threaded) == 0
    rig.interrupt(irq)
    context = rig.task("task a", call, irq)
    assert context.exists is waits
    if waits:
        assert context.waits_for == f"sleeps until the threads of irq {irq} are done"
        rig.task("irq thread", irq_thread, rig.action(irq))
        assert not rig.go_on(context).exists


@pytest.mark.parametrize(
    ("callbacks", "active", "inprogress", "waits"),
    [
        ((), True, False, False),
        (("irq_get_irqchip_state",), False, False, False),
        (("irq_get_irqchip_state",), True, False, True),
        ((), False, True, True),
    ],
)
def test_synchronize_irq_waits_for_what_is_in_progress_or_active_in_the_hardware(irqs, callbacks, active, inprogress, waits):
    """__synchronize_hardirq(desc, true): the chip is asked, if it can tell."""
    rig = irqs()
    irq = rig.line(chip(*callbacks))
    rig.set_line(irq, active=active)
    rig.set_data(irq, inprogress=inprogress)
    context = rig.task("task a", synchronize_irq, irq)
    assert context.exists is waits
    if waits:
        assert context.waits_for.startswith("spins until ")
        rig.set_line(irq, active=False)
        rig.set_data(irq, inprogress=False)
        assert not rig.go_on(context).exists


@pytest.mark.parametrize("release", ["6.1", "6.12"])
def test_free_irq_waits_until_its_thread_has_run_and_stops_it(irqs, release):
    rig = irqs(release)
    rig.controller()
    irq = rig.line(chip())
    assert rig.request(irq, waking, threaded, IRQF_ONESHOT) == 0
    rig.interrupt(irq)
    rig.entries()
    context = rig.task("task a", manage.free_irq, irq, rig.who())
    waits = f"the threads of irq {irq} are done" if release == "6.12" else f"thread irq/{irq}-0 has stopped"
    assert context.waits_for == f"sleeps until {waits}"
    # shut down (it was masked already), but neither deactivated nor given back
    assert rig.entries() == () and rig.core(irq) == "DISABLED MASKED ACTIVATED ONESHOT depth=1" and rig.usage("ctl") == 1
    rig.task("irq thread", irq_thread, rig.action(irq))
    assert rig.entries() == ("thread",)  # masked it stays: it is disabled
    assert not rig.go_on(context).exists
    assert rig.entries() == ("deactivate",) and rig.usage("ctl") == 0
    assert rig.core(irq) == "DISABLED MASKED ONESHOT depth=1" and not rig.action(irq).exists


@pytest.mark.parametrize(("release", "waits"), [("6.1", False), ("6.12", True)])
def test_freeing_one_action_waits_for_the_threads_of_all_in_6_12_only(irqs, release, waits):
    rig = irqs(release)
    irq = rig.line(chip())
    assert rig.request(irq, handled, None, IRQF_SHARED) == 0
    assert rig.request(irq, waking, threaded, IRQF_SHARED, who=1) == 0
    rig.interrupt(irq)
    assert rig.task("task a", manage.free_irq, irq, rig.who(0)).exists is waits


# -- irq_set_irqchip_state -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("callbacks", "answer", "result"),
    [((), 0, -EINVAL), (("irq_set_irqchip_state",), 0, 0), (("irq_set_irqchip_state",), -5, -5)],
)
def test_irq_set_irqchip_state_takes_the_bus_lock_whether_the_chip_can_or_not(irqs, callbacks, answer, result):
    rig = irqs()
    irq = rig.line(chip(*BUS, *callbacks))
    what = "irq_set_irqchip_state active False"
    rig.answer(what, answer)
    assert irq_set_irqchip_state(rig.k, irq, IRQCHIP_STATE_ACTIVE, False) == result
    inside = (f"{what}: bus desc",) if callbacks else ()
    assert rig.places() == ("irq_bus_lock:", *inside, "irq_bus_sync_unlock: bus")


def test_irq_set_irqchip_state_of_nothing(irqs):
    """A descriptor without chip has no_irq_chip, so no WARN and -EINVAL."""
    rig = irqs()
    irq = irq_alloc_desc(rig.k)
    assert irq_set_irqchip_state(rig.k, irq, IRQCHIP_STATE_ACTIVE, False) == -EINVAL
    assert irq_set_irqchip_state(rig.k, 99, IRQCHIP_STATE_ACTIVE, False) == -EINVAL
    assert rig.warnings() == []


# -- where free_irq() may be called -------------------------------------------------------------------------------


@kernel
def freeing(k, irq, dev_id):
    manage.free_irq(k, irq, dev_id)
    return 1


@pytest.mark.parametrize(("handler", "warned"), [(freeing, True), (handled, False)])
def test_free_irq_in_a_hard_interrupt_is_told(irqs, handler, warned):
    rig = irqs()
    irq = rig.line(chip())
    assert rig.request(irq, handler) == 0
    rig.k.quiet = True
    rig.interrupt(irq)
    assert rig.warnings() == ([f"Trying to free IRQ {irq} from IRQ context!"] if warned else [])


# -- nested lines ------------------------------------------------------------------------------------------------------


@EVERY_RELEASE
@pytest.mark.parametrize(("thread_fn", "flags", "result"), [(threaded, 0, 0), (threaded, IRQF_ONESHOT, 0), (None, 0, -EINVAL)])
def test_a_nested_line_is_requested_with_a_thread_function_and_gets_no_thread(irqs, release, thread_fn, flags, result):
    """__setup_irq(): handler NULL is fine without ONESHOT, the hard handler is replaced by one that warns."""
    rig = irqs(release)
    irq = rig.line(chip())
    irq_set_nested_thread(rig.k, irq, True)
    assert rig.request(irq, None if thread_fn else handled, thread_fn, flags) == result
    assert rig.action(irq).exists is not bool(result) and rig.desc(irq).owner_refs == (0 if result else 1)
    if result:
        return
    assert rig.core(irq).endswith("depth=0") and not rig.action(irq).thread
    rig.interrupt(irq)
    assert rig.warnings() == [f"Primary handler called for nested irq {irq}"]
    rig.free(irq)
    assert not rig.action(irq).exists


@pytest.mark.parametrize(("nested", "result"), [(False, IRQC_IS_HARDIRQ), (True, IRQC_IS_NESTED)])
def test_request_any_context_irq_says_which_kind_it_is(irqs, nested, result):
    rig = irqs()
    irq = rig.line(chip())
    irq_set_nested_thread(rig.k, irq, nested)
    assert request_any_context_irq(rig.k, irq, handled, 0, "user", None) == result
    action = rig.action(irq)
    assert (action.handler is handled, action.thread_fn is handled) == (not nested, nested)
    assert request_any_context_irq(rig.k, irq, handled, 0, "user", None) == -EBUSY
    assert request_any_context_irq(rig.k, 99, handled, 0, "user", None) == -EINVAL


def test_a_line_that_is_not_connected_cannot_be_requested(irqs):
    rig = irqs()
    assert request_any_context_irq(rig.k, IRQ_NOTCONNECTED, handled, 0, "user", None) == -ENOTCONN
    assert rig.request(IRQ_NOTCONNECTED) == -ENOTCONN


@EVERY_RELEASE
@pytest.mark.parametrize(("threads", "done"), [(0, True), (1, False)])
def test_disable_hardirq_waits_for_hard_handlers_only(irqs, release, threads, done):
    rig = irqs(release)
    irq = rig.line(chip())
    assert rig.request(irq) == 0
    rig.set_desc(irq, threads_active=threads)
    assert manage.disable_hardirq(rig.k, irq) is done and rig.core(irq) == LAZY
    assert manage.disable_hardirq(rig.k, 99) is False


# -- the module that allocated the line ------------------------------------------------------------------------------


def owned(irqs, release="6.12"):
    """A line whose descriptor a module has allocated, and the module."""
    rig = irqs(release)
    module = rig.world.new(Module, "gpio-test")
    irq = rig.line(chip())
    rig.controller()
    rig.set_desc(irq, owner=module)
    return rig, irq, module


@pytest.mark.parametrize("release", ["6.1", "6.12"])
def test_every_action_keeps_the_module_that_allocated_the_line(irqs, release):
    rig, irq, module = owned(irqs, release)
    assert rig.request(irq, flags=IRQF_SHARED) == rig.request(irq, other, flags=IRQF_SHARED, who=1) == 0
    assert (module.refcnt, rig.desc(irq).owner_refs) == (2, 2) and try_stop_module(rig.k, module) == -EAGAIN
    rig.free(irq)
    rig.free(irq, 1)
    assert (module.refcnt, rig.desc(irq).owner_refs) == (0, 0) and try_stop_module(rig.k, module) == 0


@pytest.mark.parametrize("release", ["6.1", "6.12"])
def test_request_irq_of_a_line_whose_module_is_going_is_enodev(irqs, release):
    rig, irq, module = owned(irqs, release)
    assert try_stop_module(rig.k, module) == 0
    assert rig.request(irq) == -ENODEV
    assert (module.refcnt, rig.desc(irq).owner_refs, rig.usage("ctl")) == (0, 0, 0) and rig.desc(irq).actions == ()


def test_a_request_that_fails_lets_the_module_go(irqs):
    rig, irq, module = owned(irqs)
    assert rig.request(irq) == 0
    assert rig.request(irq, other, who=1) == -EBUSY and module.refcnt == 1


def test_a_mapped_line_keeps_no_module(irqs):
    """irq_domain_alloc_descs() says THIS_MODULE, and irqdomain.c is built in: the controller's driver may go while it is used."""
    rig = irqs()
    irq = rig.line(chip())
    assert rig.request(irq) == 0 and rig.desc(irq).owner is None
    module = rig.world.new(Module, "gpio-test")
    assert rig.desc(irq_alloc_descs(rig.k, -1, 1, module)).owner is module
