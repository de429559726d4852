"""Files that a check writes beside its report, or to standard output in its place.

Tests: ``tests/cli/test_formats.py``.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from irqlab.cli.output import writable
from irqlab.errors import InputError
from irqlab.explore.check import Checked
from irqlab.report import json, junit, ktap, sarif
from irqlab.report.html import check as html
from irqlab.report.lines import Line
from irqlab.report.short import short
from irqlab.report.text import report

#: Where a file goes that takes the place of the report.
STDOUT = "-"

#: Formats by their options; what each is, and how a result becomes its text.
Files = Mapping[str, tuple[str, Callable[[Any], str]]]

#: What a page is.
PAGE = "as a page for a browser, with a timeline of each finding"

#: The formats of a check.
FILES: Files = {
    "json": ("as JSON, which 'irqlab replay' reads", json.dumps),
    "sarif": ("as SARIF 2.1.0, for code scanning", sarif.dumps),
    "junit": ("as JUnit XML, a testcase a rule", junit.dumps),
    "ktap": ("as KTAP 1, which the kernel's kunit.py reads, a test a rule", ktap.dumps),
    "html": (PAGE, html.dumps),
}

TEXT, SHORT = REPORTS = ("text", "short")


def add_files(option: Callable[..., Any], files: Files) -> None:
    """Adds an option a format."""
    for name, (what, _) in files.items():
        said = f"write the result {what}; without FILE (or with {STDOUT}) instead of the report"
        option(f"--{name}", metavar="FILE", nargs="?", const=STDOUT, help=said)


def add(option: Callable[..., Any]) -> None:
    """Adds the options of a check."""
    add_files(option, FILES)
    said = (
        f"the report: {TEXT}, or a line a finding as compilers write it (file:line:col: level: [rule] text); {TEXT} if not given"
    )
    option("--format", choices=REPORTS, default=TEXT, help=said)


def destinations(args: argparse.Namespace, files: Files = FILES) -> dict[str, str]:
    """Where each format that was asked for goes; refused before any work is done for it where that cannot be."""
    asked = {name: str(getattr(args, name)) for name in files if getattr(args, name)}
    taken: dict[str, str] = {}
    for name, path in asked.items():
        if path == STDOUT and getattr(args, "format", TEXT) != TEXT:
            raise InputError(f"--{name}: standard output is taken by --format {args.format}: give --{name} a FILE")
        if path != STDOUT:
            writable(path)
        place = path if path == STDOUT else str(Path(path).resolve())
        if place in taken and (path == STDOUT or not Path(path).exists() or Path(path).is_file()):
            where = "standard output is" if path == STDOUT else f"{path} is"
            raise InputError(f"--{name}: {where} taken by --{taken[place]}: give --{name} another FILE")
        taken[place] = name
    return asked


def texts(result: Any, args: argparse.Namespace, files: Files = FILES) -> dict[str, str]:
    """The text of each format that was asked for."""
    return {name: dumps(result) for name, (_, dumps) in files.items() if getattr(args, name)}


def lines(checked: Checked, args: argparse.Namespace) -> list[Line]:
    """The report that was asked for."""
    return list(short(checked)) if args.format == SHORT else report(checked, args.json or "")
