"""What could make an asset better off again: all that is worse off on the ways back from it, and around its islands."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ldt_graph.impact.structure.rows import distinct, entries, rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ldt_graph.graph.columns import Bools, Ints
    from ldt_graph.impact.structure.network import Conduction
    from ldt_graph.impact.walk.cascade import Cascade


class Relevance:
    """What could make an asset better off in the state of one question.

    An asset's state changes only with that of something that feeds it, of a member of its gates, or of itself. So what
    brings it up, or to work as well as before, changes something that is down, degraded or without its supply, and is
    reached backwards from it through what is. What draws on the same storages counts, too. Whether it is short is a matter
    of its island: of all that is in it, and of what is down beside it.

    Args:
        cascade: Of the question, run.
    """

    def __init__(self, cascade: Cascade) -> None:
        self._before = cascade.before
        self._worse = _worse(cascade)
        self._gates_of = rows(cascade.network.gates.owner, cascade.network.size)

    def behind(self, vertices: Sequence[int], *, islands: bool = False) -> Bools:
        """Mark what is reached backwards from vertices, these too; if so asked, from the islands that they are in."""
        found = np.zeros(len(self._worse), dtype=bool)
        layer = np.array(vertices, dtype=np.int64)
        if islands:
            layer = np.unique(np.concatenate([layer, *self._around(layer)]))
        shared = [j for j in self._before.judged if j.stores is not None]
        while len(layer):
            found[layer] = True
            inputs = [layer[:0], *self._inputs(layer)]
            for joints in [j for j in shared if j.member[layer].any()]:
                shared.remove(joints)
                inputs.append(np.nonzero(joints.member)[0])
            near = distinct(np.concatenate(inputs), len(found))
            layer = near[self._worse[near] & ~found[near]]
        return found

    def _inputs(self, layer: Ints) -> Iterator[Ints]:
        gates, (start, order) = self._before.network.gates, self._gates_of
        for joints in self._before.judged:
            yield joints.into[entries(joints.into_start, layer)]
        own = order[entries(start, layer)]
        yield gates.member[entries(gates.member_start, own)]

    def _around(self, vertices: Ints) -> Iterator[Ints]:
        """Yield what joints hold together with vertices before the outage, and what is off beside that, where an island can be short."""
        each = zip(self._before.judged, self._before.amounts.balances, strict=True)
        for joints in [j for j, balance in each if balance is not None]:
            seen = np.zeros(len(self._worse), dtype=bool)
            layer = vertices[joints.member[vertices]]
            while len(layer):
                seen[layer] = True
                near = _beside(joints, layer[self._before.on[layer]])
                layer = near[~seen[near]]
            yield np.nonzero(seen)[0]


def _beside(joints: Conduction, layer: Ints) -> Ints:
    """Return what is joined to a layer, either way."""
    out = joints.out[entries(joints.out_start, layer)]
    into = joints.into[entries(joints.into_start, layer)]
    return np.unique(np.concatenate([out, into]))


def _worse(cascade: Cascade) -> Bools:
    """Mark what is down or degraded, or works without its supply and so passes nothing on."""
    found = ~cascade.works
    found[cascade.degraded.vertex] = True
    found[cascade.before.degraded] = True
    for number in range(len(cascade.before.judged)):
        found |= cascade.without(number)
    return found
