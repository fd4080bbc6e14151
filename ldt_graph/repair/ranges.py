"""Numbers out of their range: another unit, a percentage, a sign."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, NamedTuple

from ldt_graph.repair.texts import candidates, plainly

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ldt_graph.repair.asked import Asked

_FACTORS = tuple(Decimal(10) ** n for n in (3, -3, 6, -6))
_ENOUGH = 5


class Range(NamedTuple):
    """What other rows say by the same branch: how many, and between which values nine tenths of them lie."""

    count: int
    low: float
    high: float

    def usual(self, value: Decimal) -> bool:
        """Whether a value is like the others: between half the low ones and twice the high ones."""
        return self.count >= _ENOUGH and self.low / 2 <= float(value) <= self.high * 2


def in_range(text: str, shape: Asked, usual: Range | None) -> Iterator[tuple[str, float]]:
    """Yield what a number that is out of a shape's range may have been meant to be.

    A factor of 1,000 or 1,000,000 is a unit with another prefix; 100 is a percentage, where a fraction is asked for.
    Sure is only what makes the value like those of other rows.
    """
    try:
        value = Decimal(text)
    except InvalidOperation:
        yield from candidates(text, None)
        return
    if not value.is_finite():
        return
    fraction = shape.low in (None, 0) and shape.high == 1
    if fraction and 1 < value <= 100:
        yield plainly(value / 100), 0.85
    if value < 0 and shape.low is not None and shape.low >= 0:
        yield plainly(-value), 0.6 if usual and usual.usual(-value) else 0.4
        return
    fitting = [value * f for f in _FACTORS if shape.fits(plainly(value * f))]
    alike = [v for v in fitting if usual and usual.usual(v)]
    if len(alike) == 1:
        yield plainly(alike[0]), 0.8
    elif fitting and not fraction:
        near = fitting[0]
        yield plainly(near), 0.4 if len(fitting) == 1 else 0.3
