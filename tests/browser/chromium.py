"""A headless Chromium of the system, with a profile of its own, that talks to nobody."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service

ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

#: What must be installed: Debian's packages of these names.
PROGRAMS = ("chromium", "chromedriver")


@contextmanager
def chromium(width: int = 1400, height: int = 1000) -> Iterator[Chrome]:
    """A browser; it and its profile are gone afterwards."""
    program, driver = (shutil.which(name) for name in PROGRAMS)
    if program is None or driver is None:
        raise FileNotFoundError("no chromium or no chromedriver: apt-get install chromium chromium-driver")
    options = ChromeOptions()
    options.binary_location = program
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        for argument in (*ARGUMENTS, f"--user-data-dir={profile}", f"--window-size={width},{height}"):
            options.add_argument(argument)
        browser = Chrome(options=options, service=Service(driver))
        try:
            yield browser
        finally:
            browser.quit()


def asked_for(browser: Chrome) -> list[str]:
    """Every address that was asked for since this was called last."""
    messages = (json.loads(entry["message"])["message"] for entry in browser.get_log("performance"))
    return [message["params"]["request"]["url"] for message in messages if message["method"] == "Network.requestWillBeSent"]


def complaints(browser: Chrome) -> list[dict[str, Any]]:
    """What the console has heard since this was called last: errors, and what the page's policy forbade."""
    found: list[dict[str, Any]] = browser.get_log("browser")
    return found


def address(path: Path, fragment: str = "") -> str:
    """Of a file."""
    return path.as_uri() + (f"#{fragment}" if fragment else "")
