"""The cache: where it is, what its keys tell apart, one at a time in it."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import pytest

from irqlab.errors import TreeError
from irqlab.tree import cache


def test_the_cache_is_where_the_environment_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HOME", "/home/of")
    monkeypatch.setenv("XDG_CACHE_HOME", "/xdg")
    monkeypatch.setenv("IRQLAB_CACHE", "/own")
    assert cache.root() == Path("/own")
    monkeypatch.delenv("IRQLAB_CACHE")
    assert cache.root() == Path("/xdg/irqlab")
    monkeypatch.setenv("XDG_CACHE_HOME", "")
    assert cache.root() == Path("/home/of/.cache/irqlab")
    monkeypatch.setenv("IRQLAB_CACHE", "below")
    monkeypatch.chdir(tmp_path)
    assert cache.root() == tmp_path / "below"


@pytest.mark.parametrize("name", ["with blank", "with:colon"])
def test_a_cache_the_kernel_cannot_be_built_in_is_refused(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("IRQLAB_CACHE", str(tmp_path / name))
    with pytest.raises(TreeError, match="the kernel cannot be built below a path with blanks or colons: set IRQLAB_CACHE"):
        cache.directory("build")


def test_a_cache_that_cannot_be_made_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("IRQLAB_CACHE", str(tmp_path / "file"))
    with pytest.raises(TreeError, match="cannot be made .Not a directory.: set IRQLAB_CACHE to a place that can be written"):
        cache.directory("build")


def test_a_key_tells_every_part_apart():
    assert cache.key("a", "bc") == cache.key("a", "bc")
    assert len({cache.key("a", "bc"), cache.key("ab", "c"), cache.key("abc"), cache.key("a", "bc", "")}) == 4
    assert len(cache.key("a")) == 12
    assert cache.key("\udcff") != cache.key("\udcfe")


def test_a_fingerprint_changes_with_each_file(tmp_path: Path):
    first, second = tmp_path / "first", tmp_path / "second"
    first.write_text("1")
    said = [cache.fingerprint([first, second])]
    second.write_text("2")
    said.append(cache.fingerprint([first, second]))
    second.write_text("22")
    said.append(cache.fingerprint([first, second]))
    # Older than before: an earlier version that was put back.
    os.utime(first, ns=(1, 1))
    said.append(cache.fingerprint([first, second]))
    assert len(set(said)) == 4
    assert cache.fingerprint([first, second]) == said[-1]


def test_what_was_asked_once_is_not_asked_again(tmp_path: Path):
    first = tmp_path / "first"
    first.write_text("1")
    seen: dict[str, str] = {}
    before = cache.fingerprint([first], seen)
    first.write_text("22")
    assert cache.fingerprint([first], seen) == before != cache.fingerprint([first])


def test_a_file_touched_since_is_seen_and_one_of_the_future_is_not(tmp_path: Path):
    path = tmp_path / "file"
    path.write_text("")
    began = path.stat().st_mtime_ns
    assert cache.touched([tmp_path / "none", path], began)
    assert not cache.touched([path], began + 1)
    os.utime(path, ns=(time.time_ns() + 10**12,) * 2)
    assert not cache.touched([path], began)


def test_one_at_a_time_holds_a_lock_and_the_other_is_told(tmp_path: Path):
    order: list[str] = []
    told: list[str] = []
    waiting = threading.Event()

    def tell(what: str) -> None:
        told.append(what)
        waiting.set()

    def other() -> None:
        with cache.lock(tmp_path / "lock", tell):
            order.append("other")

    with cache.lock(tmp_path / "lock", told.append):
        thread = threading.Thread(target=other)
        thread.start()
        assert waiting.wait(30)
        order.append("first")
    thread.join(30)
    assert order == ["first", "other"]
    assert told == [f"waiting for another irqlab that works in {tmp_path}"]


def test_a_file_is_saved_whole_or_not_at_all(tmp_path: Path):
    cache.save(tmp_path / "below" / "file", "text")
    assert cache.read(tmp_path / "below" / "file") == "text"
    with pytest.raises(UnicodeEncodeError):
        cache.save(tmp_path / "below" / "file", "\ud800")
    assert cache.read(tmp_path / "below" / "file") == "text"
    cache.save(tmp_path / "below" / "file", b"\xff\r\n")
    assert (tmp_path / "below" / "file").read_bytes() == b"\xff\r\n"
    assert [path.name for path in (tmp_path / "below").iterdir()] == ["file"]
    assert cache.read(tmp_path / "none") == ""
