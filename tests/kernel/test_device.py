"""Devices, links, binding and unbinding (``drivers/base/core.c``, ``dd.c``; 6.1.192 and 6.12.117)."""

from __future__ import annotations

import pytest
from pmrig import CLOCKED, PLAIN, note

from irqlab.kernel.dd import bus_probe_devices, device_bind, device_unbind
from irqlab.kernel.device import (
    Driver,
    dev_get_drvdata,
    dev_set_drvdata,
    device_link_add,
    device_link_del,
    device_shutdown,
    devices_in_order,
    devm_add_action,
)
from irqlab.kernel.device_link import AVAILABLE, DORMANT, LINK_ACTIVE, DeviceLink, supplier_links
from irqlab.kernel.errno import EBUSY, EIO, ENODEV, EPROBE_DEFER
from irqlab.kernel.pm import runtime as rpm
from irqlab.kernel.pm.power import ACTIVE, SUSPENDED
from irqlab.state import kernel


def link(rig, consumer, supplier):
    return rig.world.at(DeviceLink, consumer, supplier)


def order(rig):
    return [dev.name for dev in devices_in_order(rig.k)]


# -- devices and fw_devlink ------------------------------------------------------------------------------------


def test_every_part_but_the_gic_becomes_a_device_under_its_parent(boot):
    rig = boot()
    assert order(rig) == ["a", "b", "ctl", "c", "d"]
    assert rig.dev("d").parent is rig.dev("c") and rig.dev("c").parent is None


@pytest.mark.parametrize(("mode", "links", "pm"), [("off", False, False), ("on", True, False), ("rpm", True, True)])
def test_fw_devlink_links_consumers_to_their_interrupt_controller(boot, mode, links, pm):
    rig = boot(fw_devlink=mode)
    assert [link(rig, name, "ctl").exists for name in ("a", "b")] == [links, links]
    if links:
        assert link(rig, "a", "ctl").pm_runtime is pm
        assert rig.setup("a").links_count == int(pm)
        assert order(rig) == ["ctl", "a", "b", "c", "d"]  # a consumer moves behind its supplier
    assert rig.world.keys(DeviceLink) == ((("a", "ctl"), ("b", "ctl")) if links else ())


@pytest.mark.parametrize(("release", "pm"), [("6.1", False), ("6.12", True)])
def test_the_default_of_fw_devlink_is_on_in_6_1_and_rpm_in_6_12(boot, release, pm):
    assert link(boot(release, fw_devlink=""), "a", "ctl").pm_runtime is pm


def test_a_link_that_would_close_a_circle_is_refused(boot):
    rig = boot(fw_devlink="on")
    assert device_link_add(rig.k, rig.dev("ctl"), rig.dev("a"), False) is None
    assert device_link_add(rig.k, rig.dev("c"), rig.dev("d"), False) is None


def test_dropping_a_link_gives_its_references_back(boot):
    rig = boot()
    a, b = rig.bind("a", PLAIN), rig.bind("b", PLAIN)
    made = device_link_add(rig.k, a, b, True)
    rpm.pm_runtime_get_sync(rig.k, a)
    assert rig.usage("b") == 1
    device_link_del(rig.k, made)
    assert rig.usage("b") == 0 and rig.setup("a").links_count == 0 and rig.world.keys(DeviceLink) == ()


@pytest.mark.parametrize("release", ["6.1", "6.12"])
def test_suppliers_are_resumed_in_the_order_in_which_links_were_added(boot, release):
    """``rpm_get_suppliers()`` walks ``dev->links.suppliers``, to which ``device_link_add()`` adds at the tail."""
    rig = boot(release)
    a, *suppliers = (rig.bind(name, PLAIN) for name in ("a", "d", "b"))
    for supplier in suppliers:
        device_link_add(rig.k, a, supplier, True)
    assert [link.supplier.name for link in supplier_links(rig.k, a)] == ["d", "b"]
    device_link_del(rig.k, rig.world.at(DeviceLink, "a", "d"))
    device_link_add(rig.k, a, rig.dev("d"), True)
    assert [link.supplier.name for link in supplier_links(rig.k, a)] == ["b", "d"]


# -- probe -----------------------------------------------------------------------------------------------------


def test_a_device_without_users_suspends_right_after_probe(boot):
    rig = boot()
    rig.bind("ctl", CLOCKED)
    assert (rig.status("ctl"), rig.usage("ctl"), rig.clk()) == (ACTIVE, 0, (1, 1))
    rig.work()
    assert (rig.status("ctl"), rig.clk()) == (SUSPENDED, (0, 0))
    assert rig.entries() == ("probe ctl", "suspend ctl")


def test_a_consumer_waits_for_its_supplier(boot):
    rig = boot(fw_devlink="on")
    assert device_bind(rig.k, rig.dev("a"), PLAIN) == -EPROBE_DEFER
    rig.bind("ctl", CLOCKED)
    assert link(rig, "a", "ctl").status == AVAILABLE
    rig.bind("a", PLAIN)
    assert link(rig, "a", "ctl").status == LINK_ACTIVE


def test_a_supplier_that_no_driver_wants_is_not_waited_for(boot):
    rig = boot(fw_devlink="on")
    rig.k.drivers = (PLAIN,)
    rig.bind("a", PLAIN)


def test_deferred_probes_are_tried_again(boot):
    rig = boot(fw_devlink="rpm")
    bus_probe_devices(rig.k)
    assert rig.entries()[:1] == ("probe ctl",)
    assert all(dev.bound for dev in devices_in_order(rig.k))
    assert [rig.usage(name) for name in order(rig)] == [0] * 5


@kernel
def probe_needs_supplier(k, dev):
    from irqlab.kernel.device import Device
    from irqlab.kernel.pm.power import status_of, usage

    ctl = k.world.at(Device, "ctl")
    note(k, dev, f"{status_of(k, ctl)} {usage(ctl).usage_count}")
    return 0


@pytest.mark.parametrize(("mode", "seen"), [("on", "suspended 0"), ("rpm", "active 1")])
def test_suppliers_are_resumed_and_held_during_a_consumers_probe(boot, mode, seen):
    """``__driver_probe_device()``: pm_runtime_get_suppliers() … pm_runtime_put_suppliers(), only for PM_RUNTIME links."""
    rig = boot(fw_devlink=mode)
    rig.bind("ctl", CLOCKED)
    rig.work()
    rig.entries()
    rig.bind("a", Driver("needs", probe=probe_needs_supplier))
    assert rig.entries()[-1] == f"{seen} a"
    rig.work()
    assert (rig.status("ctl"), rig.usage("ctl")) == (SUSPENDED, 0)


def test_the_parent_is_resumed_and_held_during_probe(boot):
    rig = boot()
    rig.bind("c", PLAIN)
    rig.work()
    rig.entries()
    rig.bind("d", PLAIN)
    assert rig.entries() == ("resume c", "probe d")
    assert rig.usage("c") == 0


def test_a_failed_probe_leaves_nothing_behind(boot):
    rig = boot(fw_devlink="rpm")
    rig.bind("ctl", CLOCKED)
    rig.answer("probe a", -EIO)
    a = rig.dev("a")
    assert device_bind(rig.k, a, PLAIN) == -EIO
    assert (a.driver, a.bound, a.drvdata, rig.usage("ctl")) == (None, False, None, 0)
    assert link(rig, "a", "ctl").status == AVAILABLE
    rig.answer("probe a", 0)
    rig.bind("a", PLAIN)


def test_a_bound_device_is_not_bound_twice(boot):
    rig = boot()
    rig.bind("a", PLAIN)
    assert device_bind(rig.k, rig.dev("a"), PLAIN) == -EBUSY


# -- managed resources -----------------------------------------------------------------------------------------


@kernel
def released(k, dev, what):
    note(k, dev, what)


def test_managed_resources_are_released_after_remove_newest_first(boot):
    rig = boot()
    a = rig.bind("a", PLAIN)
    rig.entries()
    devm_add_action(rig.k, a, released, a, "first")
    devm_add_action(rig.k, a, released, a, "second")
    dev_set_drvdata(rig.k, a, rig.dev("b"))
    assert dev_get_drvdata(rig.k, a) is rig.dev("b")
    device_unbind(rig.k, a)
    assert rig.entries() == ("resume a", "suspend a", "remove a", "second a", "first a")
    assert (a.driver, a.drvdata, a.devres) == (None, None, ())


# -- unbind ----------------------------------------------------------------------------------------------------


def test_an_idle_device_is_suspended_before_remove(boot):
    """``__device_release_driver()``: get_sync, put_sync, *then* ->remove(): irqsteer's clock goes below zero."""
    rig = boot()
    ctl = rig.bind("ctl", CLOCKED)
    rig.work()
    rig.entries()
    device_unbind(rig.k, ctl)
    assert rig.entries() == ("resume ctl", "suspend ctl", "remove ctl")
    assert rig.clk() == (0, 0)
    assert [facts["what"] for facts in rig.signals("pm-reference-underflow")] == ["enable count", "prepare count"]


def test_a_used_device_is_removed_active_and_keeps_its_count(boot):
    rig = boot()
    ctl = rig.bind("ctl", CLOCKED)
    rpm.pm_runtime_get_sync(rig.k, ctl)
    device_unbind(rig.k, ctl)
    assert rig.usage("ctl") == 1 and rig.signals("pm-reference-underflow") == []
    assert rig.clk() == (0, 0) and rig.status("ctl") == ACTIVE  # runtime PM was left enabled: reinit does nothing


def test_a_driver_that_disabled_runtime_pm_leaves_a_suspended_device(boot):
    rig = boot()
    a = rig.bind("a", PLAIN)
    rpm.pm_runtime_get_sync(rig.k, a)
    device_unbind(rig.k, a)
    assert (rig.status("a"), rig.setup("a").disable_depth, rig.usage("a")) == (SUSPENDED, 1, 1)


def test_consumers_are_unbound_first(boot):
    rig = boot(fw_devlink="on")
    for name, driver in (("ctl", CLOCKED), ("a", PLAIN), ("b", PLAIN)):
        rig.bind(name, driver)
    rig.entries()
    assert device_unbind(rig.k, rig.dev("ctl")) == 0
    removed = [entry for entry in rig.entries() if entry.startswith("remove")]
    assert removed == ["remove a", "remove b", "remove ctl"]
    assert link(rig, "a", "ctl").status == DORMANT
    assert device_bind(rig.k, rig.dev("a"), PLAIN) == -EPROBE_DEFER


def test_without_links_consumers_stay(boot):
    rig = boot()
    rig.bind("ctl", CLOCKED)
    rig.bind("a", PLAIN)
    device_unbind(rig.k, rig.dev("ctl"))
    assert rig.dev("a").bound


def test_unbind_and_bind_again(boot):
    rig = boot(fw_devlink="rpm")
    rig.bind("ctl", CLOCKED)
    a = rig.bind("a", PLAIN)
    for _ in range(2):
        assert device_unbind(rig.k, a) == 0
        assert device_unbind(rig.k, a) == -ENODEV
        rig.bind("a", PLAIN)
        rig.work()
        assert (rig.usage("a"), rig.usage("ctl"), rig.status("ctl")) == (0, 0, SUSPENDED)


# -- shutdown --------------------------------------------------------------------------------------------------


def test_shutdown_goes_backwards_holds_every_device_and_resumes_none(boot):
    rig = boot(fw_devlink="on")
    bus_probe_devices(rig.k)
    rig.work()
    rig.entries()
    device_shutdown(rig.k)
    assert rig.entries() == ("shutdown d", "shutdown c", "shutdown b", "shutdown a")
    assert [rig.usage(name) for name in order(rig)] == [1] * 5
    assert {rig.status(name) for name in order(rig)} == {SUSPENDED}


def test_shutdown_carries_out_a_pending_resume(boot):
    rig = boot()
    a = rig.bind("a", PLAIN)
    rig.work()
    rpm.pm_request_resume(rig.k, a)
    device_shutdown(rig.k)
    assert rig.status("a") == ACTIVE and not rig.state("a").queued
