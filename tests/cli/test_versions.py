"""Which release stands for a kernel version, and where a version is found."""

from __future__ import annotations

from pathlib import Path

import pytest

from irqlab.cli.versions import modelled, numbers, of_build, of_module
from irqlab.errors import InputError


@pytest.mark.parametrize(
    ("version", "release"),
    [("6.12.117", "6.12"), ("6.1.192-debian", "6.1"), ("6.12", "6.12"), ("5.8.0-rc3", "5.8"), ("6.18.1+", "6.18")],
)
def test_a_stable_release_is_run_as_its_own(version: str, release: str):
    assert modelled(version) == (release, "")


@pytest.mark.parametrize(("version", "release"), [("6.6.30", "6.1"), ("6.11.0", "6.1"), ("5.15.3", "5.8"), ("7.0.0-rc1", "6.18")])
def test_what_is_not_modelled_is_run_as_the_nearest_below_and_says_so(version: str, release: str):
    name, said = modelled(version)
    assert name == release
    assert said == (
        f"Linux {version} is run as {release}, the nearest modelled release at or below it: "
        "what changed in between is not modelled"
    )


def test_what_is_older_than_all_that_is_modelled_is_refused():
    with pytest.raises(
        InputError, match=r"^Linux 4\.19\.1 is older than any release that is modelled: give --kernel, one of 5\.8"
    ):
        modelled("4.19.1")


@pytest.mark.parametrize("version", ["", "next", "6", "v6.12", "6.x"])
def test_what_is_no_version_is_refused(version: str):
    with pytest.raises(InputError, match="is no kernel version: give --kernel"):
        numbers(version)


def test_a_module_says_its_version_in_its_vermagic():
    assert of_module((("license", "GPL"), ("vermagic", "6.12.117-amd64 SMP preempt mod_unload"))) == "6.12.117-amd64"
    assert of_module((("license", "GPL"),)) == ""


def test_an_object_in_a_build_directory_is_of_its_release(tmp_path: Path):
    config = tmp_path / "include" / "config"
    config.mkdir(parents=True)
    (config / "kernel.release").write_text("6.1.192-mine\n")
    assert of_build(tmp_path / "drivers" / "irqchip" / "irq-x.o") == ("6.1.192-mine", tmp_path)
    assert of_build(tmp_path / "irq-x.o") == ("6.1.192-mine", tmp_path)


def test_an_object_elsewhere_says_nothing(tmp_path: Path):
    assert of_build(tmp_path / "drivers" / "irq-x.o") == ("", None)
