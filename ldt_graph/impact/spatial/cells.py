"""A net of square cells over shapes, and which cells each shape meets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ldt_graph.errors import QueryError
from ldt_graph.impact.structure.shapes import TOUCH, inside, pieces, rectangle

if TYPE_CHECKING:
    from ldt_graph.graph.columns import Floats, Ints
    from ldt_graph.impact.structure.shapes import Shape, Shapes

_MOST = 20_000_000


class Cells:
    """Square cells from the lowest corner of all shapes on; a cell holds its border.

    Args:
        shapes: At least one.
        metres: Of a side.

    Raises:
        QueryError: The side is not above 0, or so small that there are too many cells.
    """

    def __init__(self, shapes: Shapes, metres: float) -> None:
        if not (np.isfinite(metres) and metres > 0):
            raise QueryError(f"A cell is more than 0 metres wide, not {metres}.")
        self.metres = metres
        self.low: Floats = shapes.low.min(axis=0)
        self._across, self._up = (
            int(n) for n in (shapes.high.max(axis=0) - self.low + TOUCH) // metres + 1
        )
        pieces, owner = self._pieces(shapes)
        found = [self._met(pieces, owner)]
        found += [self._held(n, s) for n, s in enumerate(shapes.each) if s.polygons]
        key = np.unique(np.concatenate([cell * len(shapes.each) + n for cell, n in found]))
        self.cell: Ints = key // len(shapes.each)
        self.shape: Ints = key % len(shapes.each)

    def box(self, cell: int) -> Shape:
        """Return a cell as a rectangle."""
        low = self._corner(np.array([cell]))[0]
        return rectangle(low, low + self.metres)

    def shapes_between(self, low: Floats, high: Floats) -> Ints:
        """Return, sorted, the shapes that meet cells of a box; outside the net there are none."""
        (west, south), (east, north) = (
            self._number(corner) for corner in (low - TOUCH, high + TOUCH)
        )
        west, east = max(west, 0), min(east, self._across - 1)
        rows = np.arange(max(south, 0), min(north, self._up - 1) + 1) * self._across
        begin, end = (np.searchsorted(self.cell, rows + column) for column in (west, east + 1))
        found = [self.shape[a:b] for a, b in zip(begin.tolist(), end.tolist(), strict=True)]
        return np.unique(np.concatenate([self.shape[:0], *found]))

    def _corner(self, cell: Ints) -> Floats:
        return (
            self.low + np.stack([cell % self._across, cell // self._across], axis=1) * self.metres
        )

    def _pieces(self, shapes: Shapes) -> tuple[Floats, Ints]:
        """Return the segments of all shapes in pieces no longer than a cell, and whose each is."""
        segments, owner = shapes.segments
        run = segments[:, 2:] - segments[:, :2]
        if np.hypot(run[:, 0], run[:, 1]).sum() / self.metres > _MOST:
            raise QueryError(
                f"Cells of {self.metres:g} metres are too many.", hint="Ask for larger ones."
            )
        cut, which = pieces(segments, self.metres)
        return cut, owner[which]

    def _met(self, pieces: Floats, owner: Ints) -> tuple[Ints, Ints]:
        """Return pairs (cell, shape) of what pieces meet: by the axes of the cell, and across the piece."""
        ends = pieces.reshape(-1, 2, 2)
        first = self._number(ends.min(axis=1) - TOUCH)
        last = self._number(ends.max(axis=1) + TOUCH)
        run = ends[:, 1] - ends[:, 0]
        length = np.hypot(run[:, 0], run[:, 1])
        across = (
            np.stack([-run[:, 1], run[:, 0]], axis=1) / np.where(length > 0, length, 1)[:, None]
        )
        width = np.abs(across).sum(axis=1) * self.metres / 2 + TOUCH
        found = []
        for step in np.ndindex(3, 3):
            at = first + step
            middle = self.low + (at + 0.5) * self.metres - ends[:, 0]
            met = (at <= last).all(axis=1) & (np.abs((middle * across).sum(axis=1)) <= width)
            found.append(self._keyed(at[met], owner[met]))
        return tuple(np.concatenate(part) for part in zip(*found, strict=True))  # ty: ignore[invalid-explicit-return]

    def _held(self, number: int, shape: Shape) -> tuple[Ints, Ints]:
        """Return pairs (cell, shape) of the cells that lie in a polygon."""
        low, high = (self._number(corner) for corner in shape.box)
        wide, tall = high - low + 1
        if wide * tall > _MOST:
            raise QueryError(f"Cells of {self.metres:g} metres are too many.")
        at = low + np.stack(np.divmod(np.arange(wide * tall), tall), axis=1)
        at = at[inside(self.low + at * self.metres, shape)]
        return self._keyed(at, np.full(len(at), number))

    def _number(self, position: Floats) -> Ints:
        return np.floor((position - self.low) / self.metres).astype(np.int64)

    def _keyed(self, at: Ints, owner: Ints) -> tuple[Ints, Ints]:
        kept = ((at >= 0) & (at < (self._across, self._up))).all(axis=1)
        return at[kept, 1] * self._across + at[kept, 0], owner[kept]
