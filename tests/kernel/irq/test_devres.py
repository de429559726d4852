"""What is given back when a driver goes (kernel/irq/devres.c; 6.1.192 and 6.12.117 agree).

Left out: generic chips, ``devm_irq_domain_instantiate()`` (not in 6.1), that ``devres_alloc()`` may fail.
"""

from __future__ import annotations

import pytest
from irqrig import FRESH, RUNNING, chip, handled, other, threaded
from pmrig import CLOCKED

from irqlab.kernel.device import devres_release_all
from irqlab.kernel.errno import EBUSY, EEXIST, EINVAL, ENOTCONN
from irqlab.kernel.irq.desc import IrqDesc, dummy_irq_chip, irq_alloc_desc
from irqlab.kernel.irq.devres import (
    devm_free_irq,
    devm_irq_alloc_descs,
    devm_request_any_context_irq,
    devm_request_irq,
    devm_request_threaded_irq,
)
from irqlab.kernel.irq.flags import IRQ_NOTCONNECTED, IRQC_IS_HARDIRQ, IRQC_IS_NESTED, IRQF_ONESHOT, IRQF_SHARED
from irqlab.kernel.irq.flow import handle_simple_irq
from irqlab.kernel.irq.manage import free_irq
from irqlab.kernel.irq.setup import irq_set_chip_and_handler, irq_set_nested_thread
from irqlab.kernel.module import Module

RELEASES = pytest.mark.parametrize("release", ["6.1", "6.12"])


def managed(irqs, release="6.12", **options):
    """A line, a bound device, and how many resources the device has so far."""
    rig = irqs(release, **options)
    irq = rig.line(chip())
    dev = rig.bind("ctl", CLOCKED)
    rig.entries()
    return rig, irq, dev, len(dev.devres)


@RELEASES
def test_a_managed_line_is_freed_when_the_driver_goes(irqs, release):
    rig, irq, dev, before = managed(irqs, release)
    assert devm_request_threaded_irq(rig.k, dev, irq, handled, None, 0, "mine", 1) == 0
    assert rig.core(irq) == RUNNING and rig.action(irq).name == "mine" and len(dev.devres) == before + 1
    devres_release_all(rig.k, dev)
    assert rig.core(irq) == FRESH and rig.desc(irq).actions == () and dev.devres == () and rig.warnings() == []


def test_a_managed_line_without_a_name_has_the_devices(irqs):
    rig, irq, dev, _ = managed(irqs)
    assert devm_request_threaded_irq(rig.k, dev, irq, None, threaded, IRQF_ONESHOT, "", 1) == 0
    assert rig.action(irq).name == "ctl" and rig.action(irq).thread


def test_a_request_that_fails_leaves_nothing_to_free(irqs):
    rig, irq, dev, before = managed(irqs)
    assert rig.request(irq) == 0
    assert devm_request_threaded_irq(rig.k, dev, irq, handled, None, 0, "", 1) == -EBUSY
    assert devm_request_any_context_irq(rig.k, dev, irq, handled, 0, "", 1) == -EBUSY
    assert devm_request_any_context_irq(rig.k, dev, IRQ_NOTCONNECTED, handled, 0, "", 1) == -ENOTCONN
    assert len(dev.devres) == before
    devres_release_all(rig.k, dev)
    assert rig.core(irq) == RUNNING


@pytest.mark.parametrize(("nested", "kind"), [(False, IRQC_IS_HARDIRQ), (True, IRQC_IS_NESTED)])
def test_devm_request_any_context_irq_says_which_kind_and_manages_both(irqs, nested, kind):
    """A kind above 0 is no error."""
    rig, irq, dev, before = managed(irqs)
    irq_set_nested_thread(rig.k, irq, nested)
    assert devm_request_any_context_irq(rig.k, dev, irq, handled, IRQF_ONESHOT if nested else 0, "", 1) == kind
    assert len(dev.devres) == before + 1 and rig.action(irq).name == "ctl"
    devres_release_all(rig.k, dev)
    assert rig.desc(irq).actions == ()


@pytest.mark.parametrize(("release", "result"), [("6.1", -EBUSY), ("6.12", 0)])
def test_devm_request_irq_shares_a_oneshot_line_since_it_says_cond_oneshot(irqs, release, result):
    """The switch ``cond-oneshot``; its neighbour ``devm_request_threaded_irq()`` never does."""
    rig, irq, dev, _ = managed(irqs, release)
    assert rig.request(irq, None, threaded, IRQF_ONESHOT | IRQF_SHARED) == 0
    assert devm_request_threaded_irq(rig.k, dev, irq, handled, None, IRQF_SHARED, "", 1) == -EBUSY
    assert devm_request_irq(rig.k, dev, irq, handled, IRQF_SHARED, "", 1) == result
    devres_release_all(rig.k, dev)
    assert len(rig.desc(irq).actions) == 1


def test_devm_free_irq_frees_once(irqs):
    rig, irq, dev, before = managed(irqs)
    assert devm_request_threaded_irq(rig.k, dev, irq, handled, None, IRQF_SHARED, "", 1) == 0
    assert devm_request_threaded_irq(rig.k, dev, irq, other, None, IRQF_SHARED, "", 2) == 0
    devm_free_irq(rig.k, dev, irq, 1)
    assert [action.dev_id for action in rig.desc(irq).actions] == [2] and len(dev.devres) == before + 1
    devres_release_all(rig.k, dev)
    assert rig.desc(irq).actions == () and rig.warnings() == []


def test_devm_free_irq_of_a_line_that_is_not_managed_warns_and_frees_it(irqs):
    rig, irq, dev, _ = managed(irqs)
    assert rig.request(irq) == 0
    devm_free_irq(rig.k, dev, irq, rig.who())
    assert rig.warnings() == [f"devm_free_irq: irq {irq} was not requested for ctl"] and rig.desc(irq).actions == ()


def test_free_irq_of_a_managed_line_frees_it_twice(irqs):
    """The neighbour of ``devm_free_irq()``, and a common mistake."""
    rig, irq, dev, _ = managed(irqs)
    assert devm_request_threaded_irq(rig.k, dev, irq, handled, None, 0, "", 1) == 0
    free_irq(rig.k, irq, 1)
    devres_release_all(rig.k, dev)
    assert rig.warnings() == [f"Trying to free already-free IRQ {irq}"]


@RELEASES
def test_devm_irq_alloc_descs_gives_descriptors_back(irqs, release):
    rig, irq, dev, _ = managed(irqs, release)
    module = rig.world.new(Module, "gpio-test")
    base = devm_irq_alloc_descs(rig.k, dev, -1, 0, 2, module)
    assert base == irq + 1 and rig.desc(base + 1).owner is module
    devres_release_all(rig.k, dev)
    assert [int(key[0]) for key in rig.world.keys(IrqDesc)] == [irq]


@pytest.mark.parametrize(
    ("irq", "start", "count", "result"),
    [(-1, 0, 1, 2), (-1, 16, 2, 16), (5, 5, 1, 5), (5, 6, 1, -EINVAL), (1, 0, 1, -EEXIST), (-1, 0, 0, -EINVAL)],
)
def test_devm_irq_alloc_descs_takes_numbers_from_where_it_is_told(irqs, irq, start, count, result):
    rig, taken, dev, before = managed(irqs)
    assert taken == 1
    assert devm_irq_alloc_descs(rig.k, dev, irq, start, count) == result
    assert len(dev.devres) == before + (result >= 0)
    assert irq_alloc_desc(rig.k) == (3 if result == 2 else 2)


def test_lines_and_descriptors_go_the_newest_first(irqs):
    """So a line is freed before the descriptor it is of."""
    rig, _, dev, _ = managed(irqs)
    irq = devm_irq_alloc_descs(rig.k, dev, -1, 0, 1)
    irq_set_chip_and_handler(rig.k, irq, dummy_irq_chip, handle_simple_irq)
    assert devm_request_threaded_irq(rig.k, dev, irq, handled, None, 0, "", 1) == 0
    devres_release_all(rig.k, dev)
    assert not rig.desc(irq).exists and not rig.action(irq).exists and rig.warnings() == []
