"""One browser and a few pages, for every test here."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from chromium import address, asked_for, chromium, complaints
from hard import large
from selenium.webdriver import Chrome

from irqlab.cli import main

UNLINKED = ("check", "irqsteer@unlinked-2020", "--kernel", "6.1", "--with", "kexec-skip-masked")
STORM = ("check", "irqsteer@mainline-2020", "--kernel", "6.1", "--set", "consumers=a:never-quiet", "--set", "crash=")
CURES = ("cures", "irqsteer@unlinked-2020", "--kernel", "6.1", "--only", "skip-masked", "--only", "pm-device")
KEPT = ("check", "irqsteer@6.11", "--kernel", "6.12", "--set", "crash=", "--set", "raises=off")


@pytest.fixture(scope="session")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with pages, as the commands write them."""
    folder = tmp_path_factory.mktemp("pages")
    for name, words in (("check", UNLINKED), ("storm", STORM), ("cures", CURES), ("kept", KEPT)):
        main([*words, "--output-when-gated", "low", "--html", str(folder / f"{name}.html")])
    (folder / "large.html").write_text(large(), encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def running() -> Iterator[Chrome]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def browser(running: Chrome) -> Iterator[Chrome]:
    """The browser as it was at first; whatever a test does, nobody was asked for anything and nothing went wrong."""
    running.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    running.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "", "features": []})
    running.get("about:blank")
    asked_for(running), complaints(running)
    yield running
    assert complaints(running) == []
    assert [url for url in asked_for(running) if not url.startswith(("file://", "data:", "about:"))] == []


@pytest.fixture
def opened(browser: Chrome, pages: Path):
    """Opens a page, at a fragment if there is one."""

    def open_(name: str, fragment: str = "") -> Chrome:
        browser.get("about:blank")
        browser.get(address(pages / f"{name}.html", fragment))
        return browser

    return open_
