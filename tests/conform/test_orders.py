"""Random orders are the same for the same seed, and come to everything that conform can do."""

from __future__ import annotations

from itertools import islice

from irqlab.conform.model import OPERATIONS as ON_THE_MODEL
from irqlab.conform.orders import LENGTH, OPERATIONS, order, orders
from irqlab.conform.real import FUNCTIONS
from irqlab.conform.step import CALLBACKS, FLOWS


def test_an_order_is_made_of_its_seed_and_number_alone() -> None:
    assert order(7, 3) == order(7, 3) == next(islice(orders(7), 3, None))
    assert order(7, 3) != order(8, 3) and order(7, 3) != order(7, 4)
    assert len(order(7, 3).steps) == LENGTH


def test_a_hundred_orders_come_to_every_operation_flow_and_callback() -> None:
    made = [order(1, number) for number in range(100)]
    assert {step.op[0] for one in made for step in one.steps} == set(OPERATIONS)
    lines = [line for one in made for line in one.setup.lines]
    assert {line.flow for line in lines} == set(FLOWS)
    assert {name for line in lines for name in line.callbacks} == set(CALLBACKS)


def test_both_cores_can_do_the_same() -> None:
    assert set(ON_THE_MODEL) == set(FUNCTIONS)
    assert set(OPERATIONS) - {"thread", "wake"} <= set(FUNCTIONS)  # these are turns of contexts
