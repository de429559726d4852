"""Writes the pages that are named (below ``docs``), or all of them; says which have changed."""

from __future__ import annotations

import sys
from pathlib import Path

from manual import PAGES

DOCS = Path(__file__).parent.parent / "docs"


def main(names: list[str]) -> None:
    for name in names or PAGES:
        if name not in PAGES:
            sys.exit(f"{name}: is no page that is written: take some of {', '.join(PAGES)}")
        path = DOCS / name
        text = PAGES[name]()
        before = path.read_text() if path.exists() else ""
        if text != before:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
            print(f"written  docs/{name}")


if __name__ == "__main__":
    main(sys.argv[1:])
