"""How large a page gets, and how soon a browser has it: many findings, one of them with a very long trace.

A page *opens* from the address to the end of its load event; the long timeline is *drawn* from the key that leads to it to the
second frame after.  Medians of three, each in a fresh tab.  ``make test-browser`` installs what that takes.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent.parent / "tests" / "browser")]

ROUNDS = 3

_OPENED = "const [timing] = performance.getEntriesByType('navigation'); return timing.loadEventEnd;"

_DRAWN = """
const done = arguments[arguments.length - 1], begun = performance.now();
location.hash = arguments[0];
requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => done(performance.now() - begun))));
"""


def page() -> str:
    """A line about the page; why there is none where there is no browser."""
    try:
        from chromium import address, chromium
        from hard import FINDINGS, LONG, STEPS, large
    except ImportError as error:
        return f"page not measured: {error}"
    begun = time.process_time()
    text = large()
    written = time.process_time() - begun
    opened, drawn = [], []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "large.html"
        path.write_text(text, encoding="utf-8")
        try:
            for _ in range(ROUNDS):
                with chromium() as browser:
                    browser.get(address(path))
                    opened.append(browser.execute_script(_OPENED) / 1000)
                    drawn.append(browser.execute_async_script(_DRAWN, f"f{LONG}s{STEPS // 2}") / 1000)
        except FileNotFoundError as error:
            return f"page not measured: {error}"
    size = f"{len(text.encode()) / 1e6:.1f} MB"
    return (
        f"page of {FINDINGS} findings, one of {STEPS} steps: {size}, checked and written in {written:.1f} s; "
        f"opened in {statistics.median(opened):.2f} s, its long timeline drawn in {statistics.median(drawn):.2f} s"
    )


if __name__ == "__main__":
    print(page())
