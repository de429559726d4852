"""A first try of a driver: the line of one user, from its request to its end."""

from __future__ import annotations

from irqlab.board import load
from irqlab.drivers import controller
from irqlab.explore.exercise import Access, Call, Exercised, exercise
from irqlab.explore.linux import LinuxModel
from irqlab.explore.scope import Scope
from irqlab.kernel.release import release

SCOPE = Scope("small", calls=("request", "free", "disable", "enable"))


def tried(driver: str, board: str) -> Exercised:
    return exercise(LinuxModel(controller(driver), release("6.12"), load(board), SCOPE))


def test_irqsteer_lives() -> None:
    found = tried("irqsteer@6.11", "irqsteer")
    assert found.alive
    assert [call.name for call in found.calls] == ["request", "disable", "enable", "free"]
    request = found.call("request")
    assert request is not None
    assert [str(access) for access in request.accesses] == ["CHANMASK1 read 0x0", "CHANMASK1 write 0x100", "CONTROL write 0x1"]


def test_disabling_is_lazy_and_touches_nothing() -> None:
    disable = tried("irqsteer@6.11", "irqsteer").call("disable")
    assert disable is not None and disable.ended
    assert disable.accesses == ()


def test_what_a_user_writes_to_its_own_device_does_not_count() -> None:
    own = Access("write", "peripheral@0", "CONTROL", 1)
    calls = tuple(Call(name, True, (own,), ("irq_unmask", "irq_mask"), ()) for name in ("request", "free"))
    assert not Exercised(3, "peripheral@0", calls).written
    assert Exercised(3, "another", calls).written


def test_a_line_that_is_not_mapped_is_not_alive() -> None:
    assert not Exercised(0, "peripheral@0", ()).alive
