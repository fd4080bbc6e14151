"""What of one commodity's network an outage may have cut off."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from ldt_graph.graph.columns import Bools, Ints
    from ldt_graph.impact.structure.forest import Forest


class Cut:
    """What may have lost one commodity: the forest's subtrees below everything that failed.

    Args:
        nothing: Marks no vertex; all questions share it, and what is marked is marked in a copy.
        unfed: What works although no source reached it before.
    """

    def __init__(self, nothing: Bools, unfed: Ints) -> None:
        self.inside = self.lost = self.todo = nothing
        if len(unfed):
            self._mark()
            self.inside[unfed] = self.lost[unfed] = True
        self.slices: list[Ints] = []
        self.hours: list[float] = []
        self.gone: list[tuple[float, Ints]] = []

    def add(self, forest: Forest, failed: Ints, hour: float) -> bool:
        """Add the subtrees of what failed at an hour; return whether something working may have lost its supply.

        What failed because it had lost this commodity brings nothing new: all below it lost it too.
        """
        if self.inside is self.lost:
            self._mark()
        fresh = failed[~self.lost[failed]]
        new = fresh[~self.inside[fresh]]
        for vertex in new[np.argsort(forest.begin[new])].tolist():
            if not self.inside[vertex]:
                below = forest.order[forest.begin[vertex] : forest.end[vertex]]
                self.slices.append(below[~self.inside[below]])
                self.hours.append(hour)
                self.inside[below] = True
        return len(fresh) > 0

    def _mark(self) -> None:
        """Make marks of its own."""
        self.inside, self.lost, self.todo = (np.zeros_like(self.lost) for _ in range(3))

    def lose(self, gone: Ints, hour: float) -> None:
        """Remember what no source reaches any more from an hour on."""
        self.lost[gone] = True
        self.gone.append((hour, gone))

    def doubtful(self) -> Ints:
        """Return all of the subtrees."""
        return self.slices[0] if len(self.slices) == 1 else np.concatenate(self.slices)
