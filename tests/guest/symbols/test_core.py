"""Memory, strings, locks, CPUs, and what else the core gives a driver."""

from __future__ import annotations

import pytest
from irq_rig import CONSTANTS, IrqRig

from irqlab.guest.symbols.cpuhotplug import CpuhpStep
from irqlab.guest.symbols.slab import ZERO_SIZE_PTR
from irqlab.kernel.errno import EBUSY, EINVAL, ENOSPC
from irqlab.kernel.irq.root import HandleArchIrq, do_interrupt_handler
from irqlab.kernel.locking import HeldLock
from irqlab.kernel.syscore import registered, syscore_resume, syscore_shutdown, syscore_suspend


@pytest.fixture
def rig() -> IrqRig:
    return IrqRig()


# -- slab, string ----------------------------------------------------------------------------------------------------------


def test_memory_runs_out_where_the_scope_lets_it(rig: IrqRig):
    assert rig.call("__kmalloc_noprof", 0, 0) == ZERO_SIZE_PTR
    rig.call("kfree", ZERO_SIZE_PTR)
    rig.call("kfree", 0)
    rig.failing()
    assert rig.call("__kmalloc_noprof", 64, 0) == 0
    assert rig.call("__kmalloc_noprof", 1 << 40, 0) == 0


def test_memory_of_each_cpu_is_zeroed(rig: IrqRig):
    address = rig.call("pcpu_alloc_noprof", 8, 8, 0, 0)
    assert rig.g.number(address, 8) == 0
    rig.call("free_percpu", address)
    [told] = rig.ends("free_percpu", address)
    assert "kfree() of what is not allocated" in told or "freed" in told


def test_strings(rig: IrqRig):
    assert rig.call("strcmp", "abc", "abd") == -1
    assert rig.call("strncmp", "abc", "abd", 2) == 0
    assert rig.call("strlen", "abc") == 3
    text = rig.put(b"a=b\0")
    assert rig.call("strchr", text, ord("=")) == text + 1
    assert rig.call("strchr", text, ord("x")) == 0
    to = rig.room(8)
    assert rig.call("memcpy", to, text, 4) == to
    assert rig.text(to) == "a=b"
    assert rig.call("memset", to, 0x41, 3) == to
    assert rig.text(to) == "AAA"
    assert rig.call("memcmp", to, text, 2) == -1


def test_a_length_that_no_memory_has_is_an_oops(rig: IrqRig):
    [told] = rig.ends("memset", rig.room(8), 0, -1)
    assert told.startswith("memory-error: out-of-bounds: write of")


def test_a_string_that_is_made(rig: IrqRig):
    assert rig.text(rig.call("kasprintf", 0, "plain")) == "plain"
    to = rig.room(4)
    assert rig.call("snprintf", to, 4, "abcdef") == 6
    assert rig.text(to) == "abc"
    assert rig.call("scnprintf", to, 4, "abcdef") == 3


# -- locks -----------------------------------------------------------------------------------------------------------------


def test_a_lock_is_held_until_it_is_given_back(rig: IrqRig):
    lock = rig.room(4)
    rig.call("_raw_spin_lock", lock)
    assert [key for (key,) in held(rig)] == [f"bare lock at {lock:#x}"]
    rig.call("_raw_spin_unlock", lock)
    assert held(rig) == []
    rig.call("_raw_spin_unlock", lock)
    assert rig.told("warning") == [f"bare lock at {lock:#x} is unlocked, and nobody holds it"]


def held(rig: IrqRig) -> list[tuple[int | str, ...]]:
    return [lock.key for lock in rig.world.known(HeldLock) if lock.exists]


def test_the_lock_of_a_descriptor_is_the_cores(rig: IrqRig):
    rig.descs(1)
    rig.call("_raw_spin_lock", rig.desc_at(1) + rig.g.image.types.offset("irq_desc", "lock"))
    assert held(rig) == [("desc 1 lock",)]


def test_a_mutex(rig: IrqRig):
    lock = rig.room(32)
    rig.call("__mutex_init", lock, "mine", 0)
    rig.call("mutex_lock", lock)
    assert rig.call("mutex_is_locked", lock) == 1
    rig.call("mutex_unlock", lock)
    assert rig.call("mutex_is_locked", lock) == 0
    rig.call("mutex_unlock", lock)
    assert rig.told("warning") == [f"bare mutex at {lock:#x} is unlocked, and nobody holds it"]


def test_a_lock_at_null_is_an_oops(rig: IrqRig):
    [told] = rig.ends("_raw_spin_lock", 0)
    assert told.startswith("null-pointer: read of 4 bytes at 0x0")


# -- CPUs ------------------------------------------------------------------------------------------------------------------


def setup(rig: IrqRig, state: int, startup: str = "", multi: int = 0) -> int:
    return rig.call("__cpuhp_setup_state", state, "name", 1, rig.function(startup) if startup else 0, 0, multi)


def test_a_callback_for_cpus_runs_for_the_one_there_is(rig: IrqRig):
    assert setup(rig, 120, "gives_0") == 0
    assert rig.seen(1) == (0,)
    assert setup(rig, 120, "gives_0") == -EBUSY
    assert setup(rig, 121, "gives_minus_22") == -EINVAL
    assert not rig.world.at(CpuhpStep, 121).exists
    assert setup(rig, CONSTANTS["CPUHP_ONLINE"]) == -EINVAL


def test_dynamic_states_are_given_out_in_order(rig: IrqRig):
    dynamic = CONSTANTS["CPUHP_AP_ONLINE_DYN"]
    assert [setup(rig, dynamic) for _ in range(4)] == [200, 201, 202, -ENOSPC]
    rig.call("__cpuhp_remove_state", 201, 0)
    assert setup(rig, dynamic) == 201


def test_several_instances_are_not_modelled(rig: IrqRig):
    [told] = rig.ends("__cpuhp_setup_state", 120, "name", 1, 0, 0, 1)
    assert told.startswith("not-modelled: a CPU hotplug state with several instances")


def test_the_root_handler_is_set_once_and_given_registers(rig: IrqRig):
    assert rig.call("set_handle_irq", rig.function("gives_0")) == 0
    assert rig.call("set_handle_irq", rig.function("gives_1")) == -EBUSY
    assert rig.world.at(HandleArchIrq).exists
    do_interrupt_handler(rig.k)
    (regs,) = rig.seen(1)
    pstate = rig.g.image.types.offset("pt_regs", "pstate")
    assert rig.g.memory.stack.get(regs + pstate, 1) in (b"\x05", b"\0")  # the stack below a call that is over is cleared


def test_a_function_on_each_cpu_is_called_here(rig: IrqRig):
    mask = rig.put((1).to_bytes(64, "little"))
    rig.call("on_each_cpu_cond_mask", 0, rig.function("gives_0"), 0x31, 1, mask)
    assert rig.seen(1) == (0x31,)
    rig.call("on_each_cpu_cond_mask", rig.function("gives_0"), rig.function("gives_1"), 0x32, 1, mask)
    assert rig.seen(2) == (0, 0x32)  # only the condition was asked


# -- syscore ---------------------------------------------------------------------------------------------------------------


def test_system_core_operations_sleep_and_wake(rig: IrqRig):
    ops = rig.struct(
        "syscore_ops", suspend=rig.function("gives_0"), resume=rig.function("gives_1"), shutdown=rig.function("gives_7")
    )
    entry = rig.struct("syscore", ops=ops, data=0x61)
    rig.call("register_syscore", entry)
    assert len(registered(rig.k)) == 1
    assert syscore_suspend(rig.k) == 0
    assert rig.seen(1) == (0x61,)
    syscore_resume(rig.k)
    syscore_shutdown(rig.k)
    rig.call("unregister_syscore", entry)
    assert registered(rig.k) == ()


def test_one_that_refuses_to_sleep(rig: IrqRig):
    ops = rig.struct("syscore_ops", suspend=rig.function("gives_minus_22"))
    rig.call("register_syscore", rig.struct("syscore", ops=ops))
    assert syscore_suspend(rig.k) == -EINVAL


def test_a_notifier_of_the_cpus_sleep(rig: IrqRig):
    block = rig.struct("notifier_block", notifier_call=rig.function("gives_1"))
    assert rig.call("cpu_pm_register_notifier", block) == 0
    assert syscore_suspend(rig.k) == 0
    assert rig.seen(2) == (block, 3)  # CPU_CLUSTER_PM_ENTER came last
    syscore_resume(rig.k)
    assert rig.seen(2) == (block, 2)  # CPU_PM_EXIT


# -- numbers, keys, the end ------------------------------------------------------------------------------------------------


def test_numbers_of_an_ida(rig: IrqRig):
    ida = rig.room(16)
    assert [rig.call("ida_alloc_range", ida, 3, 4, 0) for _ in range(3)] == [3, 4, -ENOSPC]
    rig.call("ida_free", ida, 3)
    assert rig.call("ida_alloc_range", ida, 0, 9, 0) == 0
    rig.call("ida_free", ida, 8)
    assert rig.told("warning") == ["ida_free called for id=8 which is not allocated."]


def test_a_static_key(rig: IrqRig):
    key = rig.room(16)
    rig.call("static_key_enable", key)
    rig.call("static_key_enable", key)
    assert rig.g.number(key, 4) == 1
    rig.call("static_key_disable", key)
    assert rig.g.number(key, 4) == 0


def test_panic_is_the_end(rig: IrqRig):
    [told] = rig.ends("panic", "no controller")
    assert told == "bug: panic: no controller"
