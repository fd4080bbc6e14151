"""What of one commodity's network an outage may have cut off."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from ldt_graph.graph.columns import Ints
    from ldt_graph.impact.structure.forest import Forest


class Cut:
    """What may have lost one commodity: the forest's subtrees below everything that failed."""

    def __init__(self, n: int, unfed: Ints) -> None:
        """Start with what works although no source reached it before."""
        self.inside = np.zeros(n, dtype=bool)
        self.lost = np.zeros(n, dtype=bool)
        self.todo = np.zeros(n, dtype=bool)
        self.inside[unfed] = self.lost[unfed] = True
        self.slices: list[Ints] = []
        self.hours: list[float] = []
        self.gone: list[tuple[float, Ints]] = []

    def add(self, forest: Forest, failed: Ints, hour: float) -> bool:
        """Add the subtrees of what failed at an hour; return whether something working may have lost its supply.

        What failed because it had lost this commodity brings nothing new: all below it lost it too.
        """
        fresh = failed[~self.lost[failed]]
        new = fresh[~self.inside[fresh]]
        for vertex in new[np.argsort(forest.begin[new])].tolist():
            if not self.inside[vertex]:
                below = forest.order[forest.begin[vertex] : forest.end[vertex]]
                self.slices.append(below[~self.inside[below]])
                self.hours.append(hour)
                self.inside[below] = True
        return len(fresh) > 0

    def lose(self, gone: Ints, hour: float) -> None:
        """Remember what no source reaches any more from an hour on."""
        self.lost[gone] = True
        self.gone.append((hour, gone))

    def doubtful(self) -> Ints:
        """Return all of the subtrees."""
        return self.slices[0] if len(self.slices) == 1 else np.concatenate(self.slices)
