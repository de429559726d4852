"""Debian's sources are unpacked once, whole or not at all; what is missing is named."""

from __future__ import annotations

import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from irqlab.errors import TreeError
from irqlab.tree import Tree, debian, get

Kernel = Callable[..., Tree]


@pytest.fixture
def installed(kernel: Kernel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package that is installed."""
    folder = tmp_path / "usr-src"
    folder.mkdir()
    with tarfile.open(folder / "linux-source-6.12.tar.xz", "w:xz") as archive:
        archive.add(kernel().path, "linux-source-6.12")
    monkeypatch.setattr(debian, "INSTALLED", folder)
    return folder


def refused(release: str) -> str:
    with pytest.raises(TreeError) as error:
        get(release)
    assert "\n" not in str(error.value)
    return str(error.value)


def test_an_installed_package_is_unpacked_once(installed: Path, cache: Path):
    told: list[str] = []
    tree = get("6.12", told.append)
    assert (tree.path, tree.version) == (cache / "trees/linux-source-6.12", "6.12.3-rc1")
    assert told == ["unpacking linux-source-6.12.tar.xz"]
    (installed / "linux-source-6.12.tar.xz").unlink()
    assert get("6.12", told.append) == tree and len(told) == 1
    assert debian.listed() == [tree]


def test_what_a_killed_run_left_is_removed(installed: Path, cache: Path):
    left = cache / "trees/.linux-source-6.12.x.part/tree"
    left.mkdir(parents=True)
    get("6.12")
    assert sorted(path.name for path in (cache / "trees").iterdir()) == ["linux-source-6.12", "lock"]


def test_a_damaged_archive_leaves_nothing(installed: Path, cache: Path):
    archive = installed / "linux-source-6.12.tar.xz"
    archive.write_bytes(archive.read_bytes()[:-100])
    said = refused("6.12")
    assert said.startswith(f"{archive}: cannot be unpacked (") and said.endswith(": make room, or install the package anew")
    assert [path.name for path in (cache / "trees").iterdir()] == ["lock"]


def test_an_archive_of_something_else_is_refused(installed: Path, cache: Path, tmp_path: Path):
    (tmp_path / "other").mkdir()
    with tarfile.open(installed / "linux-source-6.1.tar.xz", "w:xz") as archive:
        archive.add(tmp_path / "other", "linux-source-6.1")
    assert "is no kernel tree: it has no Makefile" in refused("6.1")
    assert [path.name for path in (cache / "trees").iterdir()] == ["lock"]


def test_an_interrupt_leaves_nothing(installed: Path, cache: Path):
    def stop(what: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        get("6.12", stop)
    assert [path.name for path in (cache / "trees").iterdir()] == ["lock"]


@pytest.mark.parametrize("release", ["", "6", "six", "6.12.3", "../6.1", "6.12 "])
def test_what_is_no_release_is_refused(release: str):
    assert refused(release) == f"{release!r}: is no kernel release: give two numbers, such as 6.12"


def programs(folder: Path, **scripts: str) -> None:
    folder.mkdir()
    for name, text in {"tar": "", "xz": "", **scripts}.items():
        (folder / name.replace("_", "-")).write_text(f"#!/bin/sh\n{text}\n")
        (folder / name.replace("_", "-")).chmod(0o755)


def test_a_package_that_cannot_be_got_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(debian, "INSTALLED", tmp_path)
    folder = tmp_path / "programs"
    monkeypatch.setenv("PATH", str(folder))
    assert refused("6.12") == ("tar, xz: not installed, unpacking the kernel needs it: sudo apt-get install tar xz-utils")
    programs(folder)
    assert refused("6.12") == (
        "linux-source-6.12: is not installed, and there is no apt-get to get it with: unpack Linux 6.12 yourself and give --tree"
    )


@pytest.mark.parametrize(
    ("known", "said"),
    [
        ("", "is not installed, and apt knows no such package: sudo apt-get update, then sudo apt-get install linux-source-6.12"),
        (
            "linux-source linux-source-6.6 linux-source-6.10 linux-source-5.10-rt",
            "is not installed, and apt knows no such package: take one of linux-source-6.6, linux-source-6.10",
        ),
        (
            "linux-source-6.12",
            "cannot be downloaded (E: Failed to fetch it): sudo apt-get install linux-source-6.12",
        ),
    ],
)
def test_what_apt_says_is_told(known: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(debian, "INSTALLED", tmp_path)
    programs(
        tmp_path / "programs",
        apt_get="echo W: a warning >&2; echo 'E: Failed to fetch it' >&2; exit 100",
        apt_cache=f"echo {known}",
        dpkg_deb="",
    )
    monkeypatch.setenv("PATH", str(tmp_path / "programs"))
    assert refused("6.12") == f"linux-source-6.12: {said}"
