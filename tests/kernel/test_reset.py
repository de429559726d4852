"""Reset lines (``drivers/reset/core.c`` of 6.12.117)."""

from __future__ import annotations

from treerig import TreeRig

from irqlab.kernel import reset as resets
from irqlab.kernel.errno import EBUSY, EINVAL, ENOENT, EPERM, EPROBE_DEFER
from irqlab.kernel.reset import ACQUIRED, OPTIONAL, SHARED, ResetControl


def rig_with_devices():
    rig = TreeRig()
    rig.populate()
    return rig


def get(rig, flags=ACQUIRED, name="core"):
    return resets.of_reset_control_get(rig.k, rig.node("one"), name, 0, flags)


def asserted(rig):
    return rig.k.machine.resets["rst:5"].asserted


def test_a_line_is_asserted_and_released():
    rig = rig_with_devices()
    control = get(rig)
    assert isinstance(control, ResetControl) and control.line == "rst:5"
    assert (resets.reset_control_assert(rig.k, control), asserted(rig)) == (0, True)
    assert resets.reset_control_status(rig.k, control) == 1
    assert (resets.reset_control_deassert(rig.k, control), asserted(rig)) == (0, False)
    assert resets.reset_control_status(rig.k, control) == 0


def test_what_is_behind_an_asserted_line_forgets():
    rig = rig_with_devices()
    block = rig.k.machine.blocks["one@10000"]
    block.write(4, 1)
    control = get(rig)
    assert resets.reset_control_reset(rig.k, control) == 0
    assert (block.content(4), asserted(rig), block.dead_reason()) == (0, False, "clock apb is stopped")


def test_finding_none_is_an_error_unless_it_is_optional():
    rig = rig_with_devices()
    assert get(rig, name="nothing") == -ENOENT
    assert get(rig, ACQUIRED | OPTIONAL, "nothing") is None
    assert resets.of_reset_control_get(rig.k, rig.node("two"), "", 0, ACQUIRED) == -ENOENT
    assert resets.of_reset_control_get(rig.k, rig.node("two"), "", 0, OPTIONAL) is None
    assert resets.of_reset_control_get(rig.k, None, "", 0, 0) == -EINVAL


def test_before_there_are_devices_it_is_waited_for():
    rig = TreeRig()
    assert get(rig) == -EPROBE_DEFER


def test_an_exclusive_line_is_had_once():
    rig = rig_with_devices()
    control = get(rig)
    assert get(rig) == -EBUSY and get(rig, SHARED) == -EBUSY
    assert len(rig.told("warning")) == 2
    resets.reset_control_put(rig.k, control)
    assert isinstance(get(rig), ResetControl)


def test_a_line_that_is_not_acquired_is_not_switched():
    rig = rig_with_devices()
    first, second = get(rig), get(rig, 0)
    assert first is not second and second.line == "rst:5"
    assert (resets.reset_control_assert(rig.k, second), resets.reset_control_reset(rig.k, second)) == (-EPERM, -EPERM)
    assert not asserted(rig)


def test_a_shared_line_is_asserted_by_the_last():
    rig = rig_with_devices()
    first, second = get(rig, SHARED), get(rig, SHARED)
    assert first is second and first.refcnt == 2
    rig.k.machine.reset_assert("rst:5")
    assert resets.reset_control_deassert(rig.k, first) == 0 and not asserted(rig)
    assert resets.reset_control_deassert(rig.k, second) == 0
    assert resets.reset_control_assert(rig.k, first) == 0 and not asserted(rig)
    assert resets.reset_control_assert(rig.k, second) == 0 and asserted(rig)
    assert resets.reset_control_assert(rig.k, second) == -EINVAL
    assert rig.told("warning") == ["reset rst:5 is asserted more often than released"]


def test_a_shared_line_is_pulsed_once_and_not_while_it_is_released():
    rig = rig_with_devices()
    control = get(rig, SHARED)
    assert (resets.reset_control_reset(rig.k, control), resets.reset_control_reset(rig.k, control)) == (0, 0)
    assert control.triggered_count == 2
    assert resets.reset_control_deassert(rig.k, control) == -EINVAL


def test_the_last_reference_goes_with_the_control():
    rig = rig_with_devices()
    control = get(rig, SHARED)
    get(rig, SHARED)
    resets.reset_control_put(rig.k, control)
    assert control.exists
    resets.reset_control_put(rig.k, control)
    assert not control.exists
