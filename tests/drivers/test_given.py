"""A driver that was given what a later version has behaves as that version; what it has, it does not take."""

from __future__ import annotations

import pytest

from irqlab.drivers import CONTROLLERS, GIFTS, controller
from irqlab.errors import InputError
from irqlab.explore.check import check
from irqlab.verdict.experiment import setup
from irqlab.verdict.thread import SLEEP


def told(driver: str) -> list[tuple[str, ...]]:
    checked = check(setup(driver, "6.1", SLEEP), memo=True)
    return [(*one.breach.key, str(one.finding.depth)) for one in checked.told]


@pytest.mark.parametrize(
    ("given", "version"),
    [
        ("irqsteer@unlinked-2020+pm-device", "irqsteer@5.19"),
        ("irqsteer@unlinked-2020+pm-device+bus-lock", "irqsteer@6.11"),
        ("irqsteer@unlinked-2020+bus-lock+pm-device", "irqsteer@6.11"),
        ("irqsteer@5.19+bus-lock", "irqsteer@6.11"),
    ],
)
def test_a_driver_given_what_a_later_version_has_breaks_what_that_breaks(given: str, version: str) -> None:
    assert told(given) == told(version)


def test_a_driver_without_the_gift_breaks_something_else() -> None:
    assert told("irqsteer@unlinked-2020") != told("irqsteer@5.19")


def test_a_driver_takes_only_what_it_lacks() -> None:
    assert set(CONTROLLERS["irqsteer@unlinked-2020"].takes) == set(GIFTS)
    assert "pm-device" not in CONTROLLERS["irqsteer@5.19"].takes
    assert not {"pm-device", "bus-lock"} & set(CONTROLLERS["irqsteer@6.11"].takes)
    assert "pm-device" not in CONTROLLERS["irqsteer@vendor-2020"].takes  # chip->parent_device says it
    assert not {"bus-lock", "stays-on"} & set(CONTROLLERS["irqsteer@mainline-2020"].takes)  # no runtime PM
    assert "stays-on" not in controller("irqsteer@5.19+stays-on").takes


def test_a_gift_brings_what_it_needs_of_the_kernel() -> None:
    assert controller("irqsteer@unlinked-2020+pm-device").needs == ("domain-pm-device",)
    assert controller("irqsteer@unlinked-2020+bus-lock").needs == ()


@pytest.mark.parametrize("name", ["irqsteer@6.11+bus-lock", "irqsteer@5.19+", "irqsteer@5.19+bus-lock+bus-lock", "intmux@6.12+x"])
def test_what_a_driver_does_not_take_is_refused(name: str) -> None:
    with pytest.raises(InputError, match="cannot be given"):
        controller(name)
