"""The word of a list that a misspelt one was meant to be."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def nearest(word: str, known: Iterable[str]) -> tuple[str, float] | None:
    """Return the one word that another is a spelling of, with the confidence; None where none is, or several are.

    Case, blanks and `-_.` make no difference; then one edit, or two of a longer word (a swap of neighbours is one).
    """
    words = list(dict.fromkeys(known))
    same = [k for k in words if _plain(k) == _plain(word)]
    if same:
        return (same[0], 0.96) if len(same) == 1 else None
    edits = sorted((distance(_plain(word), _plain(k), 2), k) for k in words)
    near = [(d, k) for d, k in edits if d <= 2]
    if near and (len(near) == 1 or near[0][0] < near[1][0]):
        many, found = near[0]
        sure = _sure(many, min(len(word), len(found)), alone=len(near) == 1)
        return (found, sure) if sure else None
    begun = [k for k in words if len(word) > 1 and _plain(k).startswith(_plain(word))]
    return (begun[0], 0.6) if len(begun) == 1 and not near else None


def _sure(edits: int, length: int, *, alone: bool) -> float:
    sure = {1: 0.92 if length >= 4 else 0.6, 2: 0.75 if length >= 6 else 0.0}[edits]
    return sure if alone else sure * 0.8


def _plain(word: str) -> str:
    return re.sub(r"[\s\-_.]+", "", word).casefold()


def distance(a: str, b: str, most: int) -> int:
    """Return the edits between two words: letters put in, left out, changed, or swapped; at most `most` + 1."""
    if abs(len(a) - len(b)) > most:
        return most + 1
    before: list[int] = []
    last = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        row = [i]
        for j, y in enumerate(b, 1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
        before, last = last, row
    return min(last[-1], most + 1)
