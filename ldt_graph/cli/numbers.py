"""Numbers and folders that options take; argparse says which option a wrong one stands at."""

from __future__ import annotations

from argparse import ArgumentTypeError
from pathlib import Path

_MOST = 2**31 - 1


def count(text: str) -> int:
    """Return how many: a whole number from 0."""
    return _whole(text, _MOST, "how many: a whole number from 0")


def port(text: str) -> int:
    """Return a TCP port; 0 is any that is free."""
    return _whole(text, 65_535, "a port: a whole number from 0 to 65535")


def share(text: str) -> float:
    """Return a number from 0 to 1."""
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number <= 1:
        raise ArgumentTypeError(f"{text!r} is no number from 0 to 1")
    return number


def folder(text: str) -> Path:
    """Return a folder that is there."""
    path = Path(text)
    if not path.is_dir():
        raise ArgumentTypeError(f"there is no folder {text!r}")
    return path


def _whole(text: str, most: int, what: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 12 and int(text) <= most):
        raise ArgumentTypeError(f"{text!r} is not {what}")
    return int(text)
