"""The pytest plugin: tests beside a driver in Python explore it, and fail with the trace of a broken promise.

::

    pytestmark = pytest.mark.irqlab(kernel="6.12", board="board.dts")

    def test_it_keeps_every_promise(irqlab_check):
        irqlab_check(my_intc.driver)

    def test_it_needs_its_pm_device(irqlab_explore):
        assert irqlab_explore(my_intc.forgetful).breaks("dead-register-access")

Nothing of irqlab is imported before a fixture is used, so that other projects' tests start as fast as ever.

Tests: ``tests/pytest_plugin/test_plugin.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from irqlab.pytest_plugin.result import Result

_MARKER = (
    "irqlab(kernel, scope, board, arch, with_, without, faults, seconds): what the fixtures irqlab_check and irqlab_explore "
    "explore; a marker nearer to the test wins"
)

#: What an exploration that came to no decision does to its test.
UNDECIDED = ("fail", "xfail")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addini(
        "irqlab_undecided", "what a test does whose exploration is not decided: fail (the default) or xfail", default="fail"
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", _MARKER)
    said = config.getini("irqlab_undecided")
    if said not in UNDECIDED:
        raise pytest.UsageError(f"irqlab_undecided = {said}: take one of {', '.join(UNDECIDED)}")


@pytest.fixture
def irqlab_explore(request: pytest.FixtureRequest) -> Callable[..., Result]:
    """Explores a driver: ``irqlab_explore(driver, **settings)`` returns a :class:`~irqlab.pytest_plugin.result.Result`."""

    def explore(driver: Any, **settings: Any) -> Result:
        __tracebackhide__ = True
        from irqlab.pytest_plugin.explore import explored

        marked: dict[str, Any] = {}
        for marker in request.node.iter_markers("irqlab"):
            if marker.args:
                pytest.fail(f"irqlab: the marker takes names only, not {marker.args[0]!r}: write kernel=…", pytrace=False)
            marked = {**marker.kwargs, **marked}
        return explored(driver, {**marked, **settings}, request.path.parent, request.config.getini("irqlab_undecided"))

    return explore


@pytest.fixture
def irqlab_check(irqlab_explore: Callable[..., Result]) -> Callable[..., Result]:
    """Explores a driver as ``irqlab_explore`` does, and fails unless it keeps every promise."""

    def check(driver: Any, **settings: Any) -> Result:
        __tracebackhide__ = True
        return irqlab_explore(driver, **settings).keeps()

    return check
