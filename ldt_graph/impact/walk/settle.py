"""What works before any outage: found from nothing, or from what worked in the city that a network was made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ldt_graph.impact.structure.forest import Forest, grow
from ldt_graph.impact.structure.network import working
from ldt_graph.impact.structure.rows import distinct, entries

if TYPE_CHECKING:
    from ldt_graph.graph.columns import Bools, Ints
    from ldt_graph.impact.structure.network import Conduction, Network


class Settled(NamedTuple):
    """What works in a network before any outage, and how each judged commodity reaches it."""

    network: Network
    judged: tuple[Conduction, ...]
    on: Bools
    forests: tuple[Forest, ...]


def settle(network: Network, judged: tuple[Conduction, ...], known: Settled | None) -> Settled:
    """Return the greatest part of a network that can work, supply grown from live sources.

    Args:
        network: Of one version, or a changed city.
        judged: Its conductions that have something to grow from.
        known: Of the city that it was changed from: what the changes don't reach is not looked at again.
    """
    gates = network.gates
    on = ~network.columns.off | network.idle
    supplies = [_Supply(joints, network, known) for joints in judged]
    concerned = np.arange(len(gates.owner)) if known is None else _concerned(network, known, on)
    while True:
        lost = np.zeros(len(on), dtype=bool)
        for supply in supplies:
            supply.unfed(on, lost)
        short = concerned[working(network, concerned, on) < gates.required[concerned]]
        lost[gates.owner[short if gates.soft is None else short[~gates.soft[short]]]] = True
        lost &= on
        if not lost.any():
            return Settled(network, judged, on, tuple(s.forest for s in supplies))
        on = on & ~lost
        concerned = _touched(network, np.nonzero(lost)[0])


def _touched(network: Network, stopped: Ints) -> Ints:
    gates = network.gates
    return distinct(gates.of[entries(gates.of_start, stopped)], len(gates.owner))


def _concerned(network: Network, known: Settled, on: Bools) -> Ints:
    """Return the gates that may fall short though they did not: others, of what works only now, of what works no more."""
    gates, size = network.gates, len(known.on)
    fresh = on.copy()
    fresh[:size] &= ~known.on
    marked = np.zeros(len(gates.owner), dtype=bool)
    marked[len(known.network.gates.owner) :] = True
    if gates.altered is not None:
        marked[gates.altered] = True
    if fresh.any():
        marked |= fresh[gates.owner]
    marked[_touched(network, np.nonzero(known.on & ~on[:size])[0])] = True
    return np.nonzero(marked)[0]


class _Supply:
    """How one commodity reaches what works; grown again only where that makes a difference."""

    def __init__(self, joints: Conduction, network: Network, known: Settled | None) -> None:
        self._joints, self._idle = joints, network.idle
        self._at: Bools | None = None
        if known is not None and (forest := _known(joints, network, known)) is not None:
            self.forest = forest.wider(network.size - len(known.on))
            self._at = np.zeros(network.size, dtype=bool)
            self._at[: len(known.on)] = known.on

    def unfed(self, on: Bools, lost: Bools) -> None:
        """Mark as lost what works, is joined, and fails because nothing feeds it."""
        joints = self._joints
        if self._at is None or self._differs(on, self._at):
            self.forest = grow(joints, on, self._idle)
        self._at = on
        found = on & joints.member & ~self.forest.supplied
        lost |= found if joints.soft is None else found & ~joints.soft

    def _differs(self, on: Bools, before: Bools) -> bool:
        """Whether the supply is another: something works again, or something that was supplied does not any more."""
        other = np.nonzero((on != before) & self._joints.member)[0]
        return bool((on[other] | self.forest.supplied[other]).any())


def _known(joints: Conduction, network: Network, known: Settled) -> Forest | None:
    """Return the forest that is known of the same joints, sources, storages and stand-by."""
    size, idle = len(known.on), known.network.idle
    for old, forest in zip(known.judged, known.forests, strict=True):
        same = old.commodity == joints.commodity and old.into is joints.into
        if (
            same
            and old.out is joints.out
            and np.array_equal(old.source, joints.source[:size])
            and np.array_equal(_stored(old), _stored(joints))
            and not ((network.idle[:size] != idle) & old.member).any()
        ):
            return forest
    return None


def _stored(joints: Conduction) -> Ints:
    return np.zeros(0, dtype=np.int64) if joints.stores is None else joints.stores.vertex
