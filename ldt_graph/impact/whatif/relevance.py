"""What could bring an asset up again: all that is down on the ways back from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ldt_graph.impact.structure.forest import distinct, entries
from ldt_graph.impact.structure.network import rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ldt_graph.graph.columns import Bools, Floats, Ints
    from ldt_graph.impact.engine import ImpactEngine


class Relevance:
    """What could bring an asset up again in the state of one answer.

    An asset's state changes only with that of something that feeds it, of a member of its gates, or of itself. So what
    brings it up changes something that is down and is reached backwards from it through what is down. What draws on the same
    storages counts, too.

    Args:
        engine: That gave the answer.
        down: By vertex: since when it is down; infinite where it stands.
    """

    def __init__(self, engine: ImpactEngine, down: Floats) -> None:
        self._engine = engine
        self._down = down < np.inf
        self._gates_of = rows(engine.network.gates.owner, engine.network.size)

    def behind(self, vertices: Sequence[int]) -> Bools:
        """Mark what is reached backwards from vertices, these too."""
        found = np.zeros(len(self._down), dtype=bool)
        layer = np.array(vertices, dtype=np.int64)
        shared = [j for j in self._engine.before.judged if j.stores is not None]
        while len(layer):
            found[layer] = True
            inputs = [layer[:0], *self._inputs(layer)]
            for joints in [j for j in shared if j.member[layer].any()]:
                shared.remove(joints)
                inputs.append(np.nonzero(joints.member)[0])
            near = distinct(np.concatenate(inputs), len(found))
            layer = near[self._down[near] & ~found[near]]
        return found

    def _inputs(self, layer: Ints) -> Iterator[Ints]:
        gates, (start, order) = self._engine.network.gates, self._gates_of
        for joints in self._engine.before.judged:
            yield joints.into[entries(joints.into_start, layer)]
        own = order[entries(start, layer)]
        yield gates.member[entries(gates.member_start, own)]
