"""What my-intc promises, and what breaks it."""

import my_intc
import pytest

pytestmark = pytest.mark.irqlab(kernel="6.12", board="board.dts")


@pytest.mark.irqlab(scope="small crash=")
def test_it_keeps_every_promise_while_the_kernel_runs(irqlab_check):
    irqlab_check(my_intc.driver)


def test_a_crash_masks_it_without_its_clock(irqlab_explore):
    assert irqlab_explore(my_intc.driver).rules == {"dead-register-access"}


@pytest.mark.irqlab(scope="small crash=")
def test_it_has_to_say_who_powers_it(irqlab_explore):
    assert irqlab_explore(my_intc.forgetful).breaks("dead-register-access", "my_intc_irq_unmask")
