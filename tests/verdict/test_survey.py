"""A survey's rows: how far a driver gets, and what it lacks."""

from __future__ import annotations

import pytest

from irqlab.board import Board, load
from irqlab.drivers import controller
from irqlab.errors import BoardError
from irqlab.kernel.kernel import Config
from irqlab.kernel.release import release
from irqlab.verdict.survey import Candidate, Row, blocking, look, named


def test_a_driver_that_lives_is_explored() -> None:
    candidates = (Candidate("irqsteer", lambda: load("irqsteer")),)
    row = look("irqsteer.c", controller("irqsteer@unlinked-2020"), release("6.12"), Config(), candidates)
    assert row.reached == "exercised" and row.board == "irqsteer" and row.lacks == ""
    assert ("dead-register-access", "imx_irqsteer_irq_mask") in row.findings
    assert "request: CHANMASK1 write 0x100" in row.accesses
    assert row.exhausted


def test_a_driver_without_a_board_says_so() -> None:
    row = look("irqsteer.c", controller("irqsteer@6.11"), release("6.12"), Config(), ())
    assert row.reached == "links"
    assert row.lacks.startswith("no binding's example")


def test_a_board_that_cannot_be_built_says_why() -> None:
    def broken() -> Board:
        raise BoardError("example.dts: has no node for it")

    row = look("irqsteer.c", controller("irqsteer@6.11"), release("6.12"), Config(), (Candidate("example", broken),))
    assert row.reached == "links"


def test_a_row_survives_json() -> None:
    row = Row("a.c", "exercised", "board", "", ("f()",), ("request: X write 0x1",), (("warning", "f"),), 12, True)
    assert Row.of(row.plain()) == row


@pytest.mark.parametrize(
    ("told", "name"),
    [
        ("queue_work_on(), reached in probe() (a.c:3)", "queue_work_on()"),
        ("struct device.msi of Device(x), reached in probe() (a.c:3)", "struct device.msi"),
    ],
)
def test_what_is_not_modelled_is_called_by_its_name(told: str, name: str) -> None:
    assert named(told) == name


def test_what_keeps_most_drivers_back_comes_first() -> None:
    rows = [
        Row("a.c", "links", unknown=("f()", "g()")),
        Row("b.c", "links", unknown=("g()",)),
        Row("c.c", "exercised", unknown=("h()",)),
    ]
    assert blocking(rows) == [("g()", 2), ("f()", 1)]
