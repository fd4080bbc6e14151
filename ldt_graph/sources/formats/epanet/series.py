"""The patterns and curves of an EPANET file, and the words that name them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from ldt_graph.sources.formats.epanet.text import written

if TYPE_CHECKING:
    from collections.abc import Collection

    from ldt_graph.sources.formats.epanet.text import Input, Line
    from ldt_graph.sources.reading import Cell


class Pattern(NamedTuple):
    """A pattern of [PATTERNS]: its first line, and its factors; one that is no number is NaN."""

    line: Line
    factors: list[float]


class Curve(NamedTuple):
    """A curve of [CURVES], in the file's units."""

    line: Line
    x: list[float]
    y: list[float]


class Series:
    """What the file has of both, by name."""

    def __init__(self, file: Input) -> None:
        self.file = file
        self.patterns: dict[str, Pattern] = {}
        self.curves: dict[str, Curve] = {}
        self.drawn: set[str] = set()
        for line in file.lines("PATTERNS", 2):
            _, factors = self.patterns.setdefault(line.words[0], Pattern(line, []))
            values = [file.number(line, at, "multiplier") for at in range(1, len(line.words))]
            factors += [math.nan if v is None else float(v) for v in values]
        for line in file.lines("CURVES", 3, 3):
            self._point(line)

    def _point(self, line: Line) -> None:
        curve = self.curves.setdefault(line.words[0], Curve(line, [], []))
        x, y = self.file.number(line, 1, "x"), self.file.number(line, 2, "y")
        if x is None or y is None:
            return
        if curve.x and float(x) <= curve.x[-1]:
            message = f"A curve rises from point to point: {x} is not above the one before it; the point was set aside."
            self.file.report(line, "source:bad-curve", message, column="x", value=x)
            return
        curve.x.append(float(x))
        curve.y.append(float(y))

    def pattern(self, line: Line, position: int) -> Cell:
        """Return the name of a pattern, if the file has it."""
        word = line.word(position)
        known = word is not None and self.file.names(line, position, "pattern", self.patterns)
        return word if known else None

    def curve(self, line: Line, position: int, column: str) -> Cell:
        """Return the name of a curve, if the file has it."""
        word = line.word(position)
        known = word is not None and self.file.names(line, position, "curve", self.curves, column)
        return word if known else None

    def points(self, name: Cell, x: float, y: float) -> Cell:
        """Return the points of a curve, first by first and second by second, in the units that these factors make."""
        curve = self.curves.get(name or "")
        if curve is None:
            return None
        self.drawn.add(name or "")
        pairs = zip(curve.x, curve.y, strict=True)
        return " ".join(f"{written(a * x)} {written(b * y)}" for a, b in pairs) or None

    def account(self, followed: Collection[Cell]) -> None:
        """Account for those that nothing is made of: patterns and curves that nothing follows."""
        unused = self.file.reading.unused
        for name, pattern in self.patterns.items():
            if name not in followed:
                why = "no demand, head or pump's speed follows it"
                unused("entry", "[PATTERNS]", why, row=pattern.line.number)
        for name, curve in self.curves.items():
            if name not in self.drawn:
                why = "no tank, pump or valve follows it"
                unused("entry", "[CURVES]", why, row=curve.line.number)
