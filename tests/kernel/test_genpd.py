"""Power domains (``drivers/pmdomain/core.c`` of 6.12.117; 6.1.192's ``drivers/base/power/domain.c`` agrees)."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from pmrig import CLOCKED, make_rig

from irqlab.kernel.dd import device_bind, device_unbind
from irqlab.kernel.errno import EBUSY, EIO, EPROBE_DEFER
from irqlab.kernel.pm import domain as genpd
from irqlab.kernel.pm import runtime as rpm
from irqlab.kernel.pm.power import SUSPENDED


def off_work(rig):
    """Lets the queued power-off work run."""
    if genpd.genpd_work_pending(rig.k, rig.genpd()):
        genpd.genpd_power_off_work_fn(rig.k, rig.genpd())


def powered(rig):
    return rig.k.machine.domains["mix"].on


def test_a_domain_begins_as_its_switch_was_left(boot):
    assert boot().genpd().on is False
    world_on = make_rig()
    world_on.k.machine.domain_on("mix")
    world_on.world.drop(world_on.genpd())
    genpd.genpd_register_all(world_on.k)
    assert world_on.genpd().on is True


def test_attach_powers_the_domain_before_probe(boot):
    rig = boot()
    ctl = rig.bind("ctl", CLOCKED)
    assert ctl.pm_domain == "mix" and rig.genpd().devices == ("ctl",)
    assert rig.genpd().on and powered(rig)


def test_a_suspended_device_turns_its_domain_off_and_a_resume_on(boot):
    rig = boot()
    ctl = rig.bind("ctl", CLOCKED)
    rig.work()
    assert rig.status("ctl") == SUSPENDED and not rig.genpd().on and not powered(rig)
    rpm.pm_runtime_get_sync(rig.k, ctl)
    assert rig.genpd().on and powered(rig) and rig.clk() == (1, 1)
    rpm.pm_runtime_put_sync(rig.k, ctl)
    assert not powered(rig) and rig.clk() == (0, 0)


def test_the_power_off_work_spares_a_domain_in_use(boot):
    rig = boot()
    rig.bind("ctl", CLOCKED)
    assert genpd.genpd_work_pending(rig.k, rig.genpd())  # genpd_dev_pm_sync() after probe
    off_work(rig)
    assert powered(rig)
    rig.work()
    assert not powered(rig)


def test_a_device_with_runtime_pm_disabled_keeps_its_domain_on(boot):
    rig = boot()
    ctl = rig.bind("ctl", CLOCKED)
    rpm.pm_runtime_disable(rig.k, ctl)
    rpm.pm_runtime_set_suspended(rig.k, ctl)
    assert genpd.genpd_power_off(rig.k, rig.genpd(), False) == -EBUSY
    assert powered(rig)


def test_an_irq_safe_device_keeps_its_domain_on(boot):
    rig = boot()
    ctl = rig.bind("ctl", CLOCKED)
    rpm.pm_runtime_get_sync(rig.k, ctl)
    rpm.pm_runtime_irq_safe(rig.k, ctl)
    rpm.pm_runtime_put_sync(rig.k, ctl)
    assert rig.status("ctl") == SUSPENDED and powered(rig)


def test_a_failed_resume_turns_the_domain_off_again(boot):
    rig = boot()
    ctl = rig.bind("ctl", CLOCKED)
    rig.work()
    rig.answer("resume ctl", -EIO)
    assert rpm.pm_runtime_get_sync(rig.k, ctl) == -EIO
    assert not powered(rig) and rig.status("ctl") == SUSPENDED


def test_a_domain_that_does_not_come_on_defers_the_probe(boot):
    rig = boot(failures=1)
    rig.world.begin((1,))
    assert device_bind(rig.k, rig.dev("ctl"), CLOCKED) == -EPROBE_DEFER
    assert rig.dev("ctl").pm_domain is None and not powered(rig)


def test_detach_queues_the_power_off(boot):
    rig = boot()
    ctl = rig.bind("ctl", CLOCKED)
    rpm.pm_runtime_get_sync(rig.k, ctl)
    assert device_unbind(rig.k, ctl) == 0
    assert ctl.pm_domain is None and rig.genpd().devices == () and powered(rig)
    off_work(rig)
    assert not powered(rig)


def test_unused_domains_go_off_late_in_boot(boot):
    rig = boot()
    rig.k.machine.domain_on("mix")
    rig.genpd().on = True
    genpd.genpd_power_off_unused(rig.k)
    off_work(rig)
    assert not powered(rig) and not rig.genpd().on


def test_a_prepared_domain_stays_on_until_noirq(boot):
    rig = boot()
    ctl = rig.bind("ctl", CLOCKED)
    genpd.genpd_prepare(rig.k, ctl)
    rig.work()
    assert rig.status("ctl") == SUSPENDED and powered(rig)
    genpd.genpd_suspend_noirq(rig.k, ctl)
    assert not powered(rig) and rig.genpd().suspended_count == 1
    genpd.genpd_resume_noirq(rig.k, ctl)
    assert powered(rig) and rig.genpd().suspended_count == 0
    genpd.genpd_complete(rig.k, ctl)
    off_work(rig)
    assert not powered(rig)


def test_noirq_turns_the_domain_off_under_an_active_device(boot):
    """``genpd_sync_power_off()`` looks at suspended_count only, not at runtime statuses."""
    rig = boot()
    ctl = rig.bind("ctl", CLOCKED)
    rpm.pm_runtime_get_sync(rig.k, ctl)
    genpd.genpd_prepare(rig.k, ctl)
    genpd.genpd_suspend_noirq(rig.k, ctl)
    assert not powered(rig) and rig.genpd().on is False
    assert rig.status("ctl") == SUSPENDED  # force_suspend did that


# -- any order ---------------------------------------------------------------------------------------------------


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(["get", "put", "work", "off work"]), max_size=20))
def test_in_any_order_the_domain_is_on_while_its_device_is_not_suspended(calls):
    """genpd_power_off() refuses while a device is active; the switch follows the domain's status (6.1.192, 6.12.117)."""
    rig, held = make_rig(), 0
    device = rig.bind("ctl", CLOCKED)
    for call in calls:
        if call == "get":
            assert rpm.pm_runtime_get_sync(rig.k, device) >= 0
            held += 1
        elif call == "put" and held:
            rpm.pm_runtime_put_sync(rig.k, device)
            held -= 1
        elif call == "work":
            rig.work()
        elif call == "off work":
            off_work(rig)
        active = rig.status("ctl") != SUSPENDED
        assert powered(rig) is rig.genpd().on
        assert powered(rig) or not active
        assert active or not held
        assert rig.usage("ctl") == held
