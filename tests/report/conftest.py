"""Checks that several tests look at, made once."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from irqlab.board import load
from irqlab.drivers import controller
from irqlab.explore.check import Checked, Setup, check
from irqlab.explore.scope import SCOPES, Scope
from irqlab.explore.search import Bounds
from irqlab.kernel.kernel import Config
from irqlab.kernel.release import release

Make = Callable[..., Checked]


def setup(driver: str, kernel: str, scope: Scope = SCOPES["small"], output: str = "low", arch: str = "arm64") -> Setup:
    board = load("intmux" if driver.startswith("intmux") else "irqsteer")
    return Setup(controller(driver), release(kernel), Config(arch=arch), board, scope, output)


@pytest.fixture(scope="session")
def make() -> Make:
    def made(driver: str, kernel: str, states: int | None = None, **more: object) -> Checked:
        return check(setup(driver, kernel, **more), Bounds(states=states), memo=True)  # type: ignore[arg-type]

    return made


@pytest.fixture(scope="session")
def unlinked(make: Make) -> Checked:
    """The driver the thread is about."""
    return make("irqsteer@unlinked-2020", "6.1")


@pytest.fixture(scope="session")
def storming(make: Make) -> Checked:
    """A consumer whose handler never quiets its device."""
    return make("irqsteer@mainline-2020", "6.1", scope=SCOPES["small"].but(consumers=(("a", "never-quiet"),), crash=()))


@pytest.fixture(scope="session")
def kept(make: Make) -> Checked:
    """Nothing happens, nothing breaks."""
    return make("irqsteer@6.11", "6.12", scope=SCOPES["small"].but(crash=(), raises=False))
