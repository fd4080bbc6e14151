"""Corridors: the lines among shapes, cut in stretches, and what lies along each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ldt_graph.errors import QueryError
from ldt_graph.impact.spatial.cells import Cells
from ldt_graph.impact.structure.rows import gather
from ldt_graph.impact.structure.shapes import Shape

if TYPE_CHECKING:
    from ldt_graph.graph.columns import Floats, Ints
    from ldt_graph.impact.structure.shapes import Shapes

_MOST = 2_000_000


class Corridors:
    """Equal stretches of every line, and the shapes within so many metres of each.

    Args:
        shapes: What may lie in a corridor; those of some length that are no polygons have corridors.
        metres: To either side.
        length: Of the longest stretch.

    Attributes:
        along: Of each stretch, the shape that it is of.
        stretch, shape: Pairs, sorted: what lies in which corridor.

    Raises:
        QueryError: A measure has no meaning, there is no line, or there are too many stretches.
    """

    def __init__(self, shapes: Shapes, metres: float, length: float) -> None:
        if not (np.isfinite(metres) and metres >= 0):
            raise QueryError(f"A corridor is 0 or more metres wide, not {metres}.")
        if not (np.isfinite(length) and length > 0):
            raise QueryError(f"A stretch is more than 0 metres long, not {length}.")
        self.along, self._start, self._pieces = _cut(shapes, length)
        if not len(self.along):
            raise QueryError("No asset of the twin is a line on earth.")
        cells = Cells(shapes, max(length, metres))
        pairs = [self._near(shapes, cells, n, metres) for n in range(len(self.along))]
        self.shape: Ints = np.concatenate(pairs)
        self.stretch: Ints = np.repeat(np.arange(len(pairs)), [len(p) for p in pairs])

    def lines(self, stretch: int) -> list[Floats]:
        """Return the positions of a stretch, a row each, line by line where it is of several."""
        pieces = self._of(stretch)
        apart = np.nonzero((pieces[1:, :2] != pieces[:-1, 2:]).any(axis=1))[0] + 1
        return [np.concatenate([p[:1, :2], p[:, 2:]]) for p in np.split(pieces, apart)]

    def _of(self, stretch: int) -> Floats:
        return self._pieces[self._start[stretch] : self._start[stretch + 1]]

    def _near(self, shapes: Shapes, cells: Cells, stretch: int, metres: float) -> Ints:
        area = Shape(self._of(stretch))
        low, high = area.box
        among = cells.shapes_between(low - metres, high + metres)
        return np.nonzero(shapes.near(area, metres, among))[0]


def _cut(shapes: Shapes, length: float) -> tuple[Ints, Ints, Floats]:
    """Return whose each stretch is, where its pieces start, and the pieces of all."""
    segments, owner = shapes.segments
    run = segments[:, 2:] - segments[:, :2]
    long = np.hypot(run[:, 0], run[:, 1])
    total = np.bincount(owner, long, len(shapes.each))
    total[[bool(s.polygons) for s in shapes.each]] = 0.0
    count = np.ceil(total / length)
    if count.sum() > _MOST:
        raise QueryError(
            f"Stretches of {length:g} metres are {int(count.sum()):,}: too many.",
            hint=f"Ask for longer ones, at most {_MOST:,}.",
        )
    kept = (count[owner] > 0) & (long > 0)
    segments, owner, long = segments[kept], owner[kept], long[kept]
    begin = _since(owner, long)
    scale = count[owner] / total[owner]
    nth, which, ends = _pieces(segments, begin * scale, (begin + long) * scale, count[owner])
    whose = owner[which]
    fresh = np.ones(len(nth), dtype=bool)
    fresh[1:] = (whose[1:] != whose[:-1]) | (nth[1:] != nth[:-1])
    return whose[fresh], np.append(np.nonzero(fresh)[0], len(nth)), ends


def _since(owner: Ints, long: Floats) -> Floats:
    """Return how far along its own line each segment begins."""
    begin = np.cumsum(long) - long
    first = np.ones(len(owner), dtype=bool)
    first[1:] = owner[1:] != owner[:-1]
    return begin - np.maximum.accumulate(np.where(first, begin, 0.0))


def _pieces(
    segments: Floats, begin: Floats, end: Floats, count: Floats
) -> tuple[Ints, Ints, Floats]:
    """Cut segments at whole numbers of what they begin and end at, at a joint what is a millionth from one.

    Returns:
        Of each piece the number of its stretch, which segment it is of, and its ends.
    """
    low = np.minimum(np.floor(begin + 1e-6), count - 1).astype(np.int64)
    high = np.minimum(np.maximum(low + 1, np.ceil(end - 1e-6)), count).astype(np.int64)
    start = np.concatenate([[0], np.cumsum(high - low)])
    entry, which = gather(start, np.arange(len(low)))
    nth = low[which] + entry - start[which]
    run = segments[which, 2:] - segments[which, :2]
    share = (end - begin)[which]
    since = np.where(nth == low[which], 0.0, (nth - begin[which]) / share)[:, None]
    until = np.where(nth + 1 == high[which], 1.0, (nth + 1 - begin[which]) / share)[:, None]
    a, b = segments[which, :2], segments[which, 2:]
    ends = np.concatenate([a + run * since, np.where(until == 1.0, b, a + run * until)], axis=1)
    return nth, which, ends
