"""Kinds of values options take."""

from __future__ import annotations

import argparse
import math


def count(text: str) -> int:
    """A number above 0."""
    if not (text.isascii() and text.isdigit() and len(text) <= 12 and int(text) > 0):
        raise argparse.ArgumentTypeError(f"'{text}' is no number above 0")
    return int(text)


def seconds(text: str) -> float:
    """A time above 0, in seconds."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not (0 < value < 1e9):
        raise argparse.ArgumentTypeError(f"'{text}' is no time in seconds above 0")
    return value
