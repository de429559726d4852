"""``drivers/reset/core.c`` as a driver calls it, with the prototypes of 6.12 and 6.1."""

from __future__ import annotations

import pytest

from irqlab.kernel.device import devres_release_all
from irqlab.kernel.errno import EBUSY, EINVAL, ENOENT
from irqlab.kernel.reset import ACQUIRED, DEASSERTED, OPTIONAL, SHARED, ResetControl

#: Which of the prototypes, and the flags of an exclusive line as it takes them.
PROTOTYPES = [(0, (ACQUIRED,)), (1, (False, False, True))]


def error(pointer):
    """PTR_ERR(); 0 for a good pointer."""
    return pointer - (1 << 64) if pointer >> 63 else 0


@pytest.mark.parametrize(("which", "flags"), PROTOTYPES)
def test_a_line_is_switched_and_given_back_with_the_driver(rig, which, flags):
    dev = rig.dev("one")
    control = rig.call("__devm_reset_control_get", dev, "core", 0, *flags, which=which)
    assert error(control) == 0
    assert rig.call("reset_control_assert", control) == 0
    assert rig.k.machine.resets["rst:5"].asserted and rig.call("reset_control_status", control) == 1
    assert rig.call("reset_control_deassert", control) == 0
    assert not rig.k.machine.resets["rst:5"].asserted
    devres_release_all(rig.k, dev)
    assert rig.world.all(ResetControl) == ()


@pytest.mark.parametrize(("which", "flags"), PROTOTYPES)
def test_a_line_of_a_node(rig, which, flags):
    control = rig.call("__of_reset_control_get", rig.np("one"), 0, 0, *flags, which=which)
    assert error(rig.call("__of_reset_control_get", rig.np("one"), 0, 0, *flags, which=which)) == -EBUSY
    rig.call("reset_control_put", control)
    assert error(rig.call("__reset_control_get", rig.dev("one"), "core", 0, *flags, which=which)) == 0


def test_a_line_that_is_not_there(rig):
    assert error(rig.call("__devm_reset_control_get", rig.dev("one"), "x", 0, ACQUIRED)) == -ENOENT
    assert rig.call("__devm_reset_control_get", rig.dev("one"), "x", 0, ACQUIRED | OPTIONAL) == 0
    assert error(rig.call("__of_reset_control_get", 0, 0, 0, ACQUIRED)) == -EINVAL
    assert error(rig.call("__reset_control_get", rig.dev("one"), 0, 0, SHARED | ACQUIRED)) == -EINVAL


def test_released_as_long_as_the_driver(rig):
    dev = rig.dev("one")
    rig.k.machine.reset_assert("rst:5")
    assert error(rig.call("__devm_reset_control_get", dev, 0, 0, ACQUIRED | DEASSERTED)) == 0
    assert not rig.k.machine.resets["rst:5"].asserted
    devres_release_all(rig.k, dev)
    assert rig.k.machine.resets["rst:5"].asserted and rig.world.all(ResetControl) == ()


def test_no_line_is_fine_and_an_error_pointer_is_warned_of(rig):
    for symbol in ("reset_control_assert", "reset_control_deassert", "reset_control_reset"):
        assert (rig.call(symbol, 0), rig.call(symbol, -ENOENT)) == (0, -EINVAL)
    assert len(rig.told("warning")) == 3
    rig.call("reset_control_put", 0)
    rig.call("reset_control_put", -ENOENT)


def test_a_line_that_was_given_back_is_gone(rig):
    control = rig.call("__of_reset_control_get", rig.np("one"), 0, 0, ACQUIRED)
    rig.call("reset_control_put", control)
    [told] = rig.ends("reset_control_assert", control)
    assert told.startswith("use-after-free")


def test_what_is_no_line_is_wild(rig):
    [told] = rig.ends("reset_control_assert", rig.call("of_clk_get", rig.np("one"), 0))
    assert told.startswith("memory-error: wild")
