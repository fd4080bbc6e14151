"""Units of amounts, as far as balances and ways need them: UCUM codes of volume, mass and energy and of their rates, of length, time and speed."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

# Atom → (factor to m3, kg, J, m or hours; powers of volume, mass, energy, length, time).
_ATOMS: dict[str, tuple[float, tuple[int, ...]]] = {
    "m3": (1.0, (1, 0, 0, 0, 0)),
    "l": (1e-3, (1, 0, 0, 0, 0)),
    "L": (1e-3, (1, 0, 0, 0, 0)),
    "dm3": (1e-3, (1, 0, 0, 0, 0)),
    "[gal_us]": (3.785411784e-3, (1, 0, 0, 0, 0)),
    "g": (1e-3, (0, 1, 0, 0, 0)),
    "t": (1e3, (0, 1, 0, 0, 0)),
    "J": (1.0, (0, 0, 1, 0, 0)),
    "W": (3600.0, (0, 0, 1, 0, -1)),
    "m": (1.0, (0, 0, 0, 1, 0)),
    "[ft_i]": (0.3048, (0, 0, 0, 1, 0)),
    "[mi_i]": (1609.344, (0, 0, 0, 1, 0)),
    "s": (1 / 3600, (0, 0, 0, 0, 1)),
    "min": (1 / 60, (0, 0, 0, 0, 1)),
    "h": (1.0, (0, 0, 0, 0, 1)),
    "d": (24.0, (0, 0, 0, 0, 1)),
}
TIME, LENGTH, SPEED = (0, 0, 0, 0, 1), (0, 0, 0, 1, 0), (0, 0, 0, 1, -1)
"""Dimensions of what ways are timed by."""
_PREFIXES = {"": 1.0, "m": 1e-3, "c": 1e-2, "d": 0.1, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12}


class Measure(NamedTuple):
    """A unit as a factor to m³, kg, J, m or hours, by the hour where it is a rate, and its dimensions."""

    factor: float
    dimensions: tuple[int, ...]

    @property
    def an_hour(self) -> Measure:
        """The unit of a rate: so much an hour."""
        *amount, time = self.dimensions
        return Measure(self.factor, (*amount, time - 1))


@lru_cache
def measure(code: str | None) -> Measure | None:
    """Return what a UCUM code measures; None where it is none of volume, mass, energy or a rate of these."""
    found = pace(code)
    return found if found and any(found.dimensions[:3]) else None


@lru_cache
def pace(code: str | None) -> Measure | None:
    """Return what a UCUM code measures, a length, a time or a speed too; None where it is none of what is known here."""
    factor, dimensions = 1.0, (0, 0, 0, 0, 0)
    for sign, word in re.findall(r"([./]?)([^./]+)", code or ""):
        atom = _atom(word)
        if atom is None:
            return None
        power = -1 if sign == "/" else 1
        factor *= atom[0] ** power
        dimensions = tuple(a + power * b for a, b in zip(dimensions, atom[1], strict=True))
    return Measure(factor, dimensions) if any(dimensions) else None


def _atom(word: str) -> tuple[float, tuple[int, ...]] | None:
    if word in _ATOMS:
        return _ATOMS[word]
    prefix, rest = word[:1], word[1:]
    if prefix not in _PREFIXES or rest not in ("l", "L", "g", "J", "W", "s", "t", "m"):
        return None
    factor, dimensions = _ATOMS[rest]
    return _PREFIXES[prefix] * factor, dimensions
