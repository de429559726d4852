"""Clocks: counts over gates (``drivers/clk/clk.c``, read as 6.1.192 and 6.12.117)."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from irqlab.kernel.clk import (
    clk_disable,
    clk_disable_unprepare,
    clk_disable_unused,
    clk_enable,
    clk_prepare,
    clk_prepare_enable,
    clk_unprepare,
    prepare_lock,
)
from irqlab.kernel.context import point
from irqlab.kernel.errno import EIO, ESHUTDOWN
from irqlab.kernel.locking import HeldLock
from irqlab.state import kernel


def gate(rig, name="ipg"):
    return rig.k.machine.clocks[name].on


def test_clk_prepare_enable_opens_the_gate_and_its_parents(boot):
    rig = boot()
    assert clk_prepare_enable(rig.k, "ipg") == 0
    assert (rig.clk("ipg"), rig.clk("bus"), rig.clk("osc")) == ((1, 1), (1, 1), (1, 1))
    assert gate(rig) and gate(rig, "bus") and rig.k.machine.clocks["ipg"].running()


def test_counts_nest_and_the_parent_counts_its_child_once(boot):
    rig = boot()
    clk_prepare_enable(rig.k, "ipg")
    clk_prepare_enable(rig.k, "ipg")
    assert (rig.clk("ipg"), rig.clk("bus")) == ((2, 2), (1, 1))
    clk_disable_unprepare(rig.k, "ipg")
    assert gate(rig)
    clk_disable_unprepare(rig.k, "ipg")
    assert (rig.clk("ipg"), rig.clk("bus")) == ((0, 0), (0, 0))
    assert not gate(rig) and not gate(rig, "bus")


def test_prepare_alone_leaves_the_gate_closed(boot):
    rig = boot()
    assert clk_prepare(rig.k, "ipg") == 0
    assert rig.clk() == (1, 0) and not gate(rig)


def test_clk_enable_of_an_unprepared_clock_warns_and_fails(boot):
    rig = boot()
    assert clk_enable(rig.k, "ipg") == -ESHUTDOWN
    assert rig.warnings() == ["Enabling unprepared ipg"] and rig.clk() == (0, 0)


def test_clk_disable_below_zero_warns_and_stays_at_zero(boot):
    rig = boot()
    clk_disable_unprepare(rig.k, "ipg")
    underflows = rig.signals("pm-reference-underflow")
    assert [facts["text"] for facts in underflows] == ["ipg already disabled", "ipg already unprepared"]
    assert [facts["what"] for facts in underflows] == ["enable count", "prepare count"]
    assert rig.clk() == (0, 0)


def test_unpreparing_an_enabled_clock_warns(boot):
    rig = boot()
    clk_prepare_enable(rig.k, "ipg")
    clk_unprepare(rig.k, "ipg")
    assert rig.warnings() == ["Unpreparing enabled ipg", "Unpreparing enabled bus", "Unpreparing enabled osc"]


def test_the_null_clock_is_always_fine(boot):
    rig = boot()
    assert clk_prepare_enable(rig.k, "") == 0
    clk_disable_unprepare(rig.k, "")
    assert rig.world.signals == []


def test_a_failed_prepare_leaves_every_count_as_it_was(boot):
    rig = boot(failures=1)
    rig.world.begin((1,))
    assert clk_prepare_enable(rig.k, "ipg") == -EIO
    assert [rig.clk(name) for name in ("ipg", "bus", "osc")] == [(0, 0)] * 3


def test_a_failed_enable_is_unprepared_again(boot):
    rig = boot(failures=1)
    rig.world.begin((0, 0, 0, 0, 0, 1))  # prepare of osc, bus, ipg; enable of osc, bus, ipg
    assert clk_prepare_enable(rig.k, "ipg") == -EIO
    assert [rig.clk(name) for name in ("ipg", "bus", "osc")] == [(0, 0)] * 3
    assert not gate(rig) and not gate(rig, "bus")


def test_clk_disable_unused_closes_what_the_last_kernel_left_open(boot):
    rig = boot()
    rig.k.machine.clock_on("bus")
    rig.k.machine.clock_on("ipg")
    clk_disable_unused(rig.k)
    assert not gate(rig) and not gate(rig, "bus") and rig.clk() == (0, 0)


def test_clk_disable_unused_leaves_what_is_enabled(boot):
    rig = boot()
    clk_prepare_enable(rig.k, "bus")
    rig.k.machine.clock_on("ipg")
    clk_disable_unused(rig.k)
    assert not gate(rig) and gate(rig, "bus")


@kernel
def prepare_within_prepare(k):
    with prepare_lock(k):
        point(k, "inside")
        return clk_prepare(k, "ipg")


def test_the_prepare_lock_is_recursive_for_its_owner(boot):
    rig = boot()
    task = rig.start("task a", prepare_within_prepare)
    rig.run(task)
    assert not task.exists and rig.clk() == (1, 0)
    assert not rig.world.at(HeldLock, "clk prepare_lock").exists


def test_a_second_task_waits_for_the_prepare_lock(boot):
    rig = boot()
    first, second = rig.start("task a", prepare_within_prepare), rig.start("task b", clk_prepare, "bus")
    rig.run(first, lambda: rig.world.at(HeldLock, "clk prepare_lock").exists)
    assert first.exists
    rig.run(second)
    assert second.waits_for == "sleeps until clk prepare_lock is released"


def test_clk_enable_runs_with_interrupts_off_and_gives_them_back(boot):
    rig = boot()
    clk_prepare(rig.k, "ipg")
    task = rig.start("task a", clk_enable, "ipg")
    rig.run(task)
    assert not task.exists and rig.clk() == (1, 1) and rig.signals("irqs-enabled") == []
    clk_disable(rig.k, "ipg")
    assert rig.clk() == (1, 0)


# -- any order ---------------------------------------------------------------------------------------------------


class Oracle:
    """Counts of one clock under one gate, as ``clk_core_*()`` keeps them; the parent counts a child once."""

    def __init__(self):
        self.prepared, self.enabled, self.said = {"ipg": 0, "bus": 0}, {"ipg": 0, "bus": 0}, []

    def prepare(self, clk):
        if self.prepared[clk] == 0 and clk == "ipg":
            self.prepare("bus")
        self.prepared[clk] += 1

    def enable(self, clk):
        if self.prepared[clk] == 0:
            self.said.append(f"Enabling unprepared {clk}")
            return
        if self.enabled[clk] == 0 and clk == "ipg":
            self.enable("bus")
        self.enabled[clk] += 1

    def disable(self, clk):
        if self.enabled[clk] == 0:
            self.said.append(f"{clk} already disabled")
            return
        self.enabled[clk] -= 1
        if self.enabled[clk] == 0 and clk == "ipg":
            self.disable("bus")


OPERATIONS = {"prepare": clk_prepare, "enable": clk_enable, "disable": clk_disable}


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(sorted(OPERATIONS)), st.sampled_from(["ipg", "bus"])), max_size=20))
def test_any_order_of_calls_keeps_counts_and_gates_together(calls):
    from pmrig import make_rig

    rig, oracle = make_rig(), Oracle()
    for operation, clk in calls:
        OPERATIONS[operation](rig.k, clk)
        getattr(oracle, operation)(clk)
        for name in ("ipg", "bus"):
            assert rig.clk(name) == (oracle.prepared[name], oracle.enabled[name])
            assert gate(rig, name) is (oracle.enabled[name] > 0)
    said = rig.warnings() + [facts["text"] for facts in rig.signals("pm-reference-underflow")]
    assert sorted(said) == sorted(oracle.said)
