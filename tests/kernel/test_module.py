"""Modules and who keeps them loaded (kernel/module/main.c; 6.1.192 and 6.12.117 agree)."""

from __future__ import annotations

import pytest

from irqlab.kernel.errno import EAGAIN, EBUSY
from irqlab.kernel.module import Module, module_put, try_module_get, try_stop_module


@pytest.fixture
def rig(boot):
    return boot()


def test_what_is_built_in_can_always_be_got(rig):
    assert try_module_get(rig.k, None)
    module_put(rig.k, None)
    assert rig.warnings() == []


def test_a_module_in_use_does_not_go_and_one_that_goes_is_not_got(rig):
    module = rig.world.new(Module, "gpio-test")
    assert try_module_get(rig.k, module) and module.refcnt == 1
    assert try_stop_module(rig.k, module) == -EAGAIN and not module.going
    module_put(rig.k, module)
    assert try_stop_module(rig.k, module) == 0 and module.going
    assert not try_module_get(rig.k, module) and module.refcnt == 0
    assert try_stop_module(rig.k, module) == -EBUSY
    assert rig.warnings() == []


def test_module_put_warns_of_a_reference_that_nobody_has(rig):
    """``atomic_dec_if_positive()`` of a count that begins at ``MODULE_REF_BASE`` (6.1.192, 6.12.117): the second time."""
    module = rig.world.new(Module, "gpio-test")
    module_put(rig.k, module)
    assert rig.warnings() == [] and module.refcnt == -1
    assert not try_module_get(rig.k, module)  # atomic_inc_not_zero()
    module_put(rig.k, module)
    assert rig.warnings() == ["module_put: refcnt < 0"] and module.refcnt == -1


def test_module_put_warns_at_once_of_a_module_that_goes(rig):
    module = rig.world.new(Module, "gpio-test")
    assert try_stop_module(rig.k, module) == 0
    module_put(rig.k, module)
    assert rig.warnings() == ["module_put: refcnt < 0"] and module.refcnt == 0
