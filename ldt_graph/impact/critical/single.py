"""What one failure alone ties to another, and which single failures these ties don't tell all of."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from ldt_graph.impact.critical.dominators import Dominators, dominators
from ldt_graph.impact.critical.follows import Follows, Ties
from ldt_graph.impact.critical.scarce import scarce
from ldt_graph.impact.structure.network import working
from ldt_graph.impact.structure.rows import gather

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ldt_graph.graph.columns import Bools, Floats, Ints
    from ldt_graph.impact.structure.forest import Forest
    from ldt_graph.impact.structure.network import Conduction
    from ldt_graph.impact.walk.undisturbed import Undisturbed

    Columns = tuple[Ints, Ints, Floats]


class Single:
    """Single failures of a city: what certainly follows from each, and which must be asked one by one.

    A question of its own is needed where failures that one brings about may together cut more than each alone: in a
    group that they leave too few members, in one mesh that they cut at several places. Also where what is cut off
    holds a storage, where buffers one after the other may outlast the horizon, and where an island may be left short.

    Args:
        before: The undisturbed city.
        horizon: Last hour looked at.

    Attributes:
        follows: What follows from each.
        weak: By vertex the node that stands for its being degraded, or failed; -1 for what nothing alone degrades.
        to_ask: What must be asked for what fails, or is degraded, with it.
        scarce: What must be asked for what it may leave short.
    """

    def __init__(self, before: Undisturbed, horizon: float) -> None:
        self._before = before
        self._size = before.network.size
        self._nets = [
            dominators(joints, before.on, _roots(joints, forest))
            for joints, forest in zip(before.judged, before.forests, strict=True)
        ]
        self._run_on: list[Ints] = []
        self.weak: Ints = np.full(self._size, -1, dtype=np.int64)
        self.follows = Follows(self._ties(horizon))
        parts = self.follows.late(horizon) | self._groups() | self._storages() | self._meshes()
        marked = np.zeros(self.follows.count + 1, dtype=bool)
        marked[list(parts)] = True
        self.to_ask: Ints = np.nonzero(marked[self.follows.part[: self._size]] & before.on)[0]
        self.scarce: Ints = scarce(before, self.follows, self._run_on)

    def _ties(self, horizon: float) -> Ties:
        size, found = self._size, []
        for joints, net in zip(self._before.judged, self._nets, strict=True):
            passing, ties = _supply_ties(joints, net, size)
            size = max(size, int(passing.max(initial=0)) + 1)
            self._run_on.append(passing)
            found.append(ties)
        hard, soft = self._gate_ties()
        found += [hard, self._weak_ties(size, soft)]
        size += int((self.weak >= 0).sum())
        cause, effect, delay = (np.concatenate(c) for c in zip(*found, strict=True))
        keep = (delay <= horizon) & (cause != effect)
        return Ties(cause[keep], effect[keep], delay[keep], size)

    def _members(self) -> tuple[Ints, Ints, Ints, Ints]:
        """Return the members that work of each gate, each once: (gate, member, what it counts, how much may fail)."""
        network, on = self._before.network, self._before.on
        gates = network.gates
        every = np.arange(len(gates.owner))
        spare = working(network, every, on) - gates.required
        entry, gate = gather(gates.member_start, every)
        member = gates.member[entry]
        keep = on[member] & on[gates.owner[gate]]
        pair, which = np.unique(gate[keep] * self._size + member[keep], return_inverse=True)
        often = np.zeros(len(pair), dtype=np.int64)
        np.add.at(often, which, gates.weighs(entry[keep]))
        gate = pair // max(self._size, 1)
        return gate, pair % max(self._size, 1), often, spare[gate]

    def _gate_ties(self) -> tuple[Columns, Columns]:
        """Return the ties to owners of gates by members that they can't do without: those that fail, those that degrade."""
        gate, member, often, spare = self._members()
        gates = self._before.network.gates
        alone = (often > spare) & (spare >= 0)
        soft = np.zeros(len(gate), dtype=bool) if gates.soft is None else gates.soft[gate]
        hard, soft = (
            (member[kept], gates.owner[gate[kept]], gates.bridge[gate[kept]])
            for kept in (alone & ~soft, alone & soft)
        )
        return hard, soft

    def _weak_ties(self, size: int, gates: Columns) -> Columns:
        """Number the nodes of what is degraded from `size` on; return the ties to them: by gates, by supply, by failure."""
        found = [gates]
        for joints, net, passing in zip(self._before.judged, self._nets, self._run_on, strict=True):
            if joints.soft is not None:
                above = net.above[: self._size]
                fed = np.nonzero(joints.soft & (above >= 0) & (above < self._size))[0]
                found.append((passing[above[fed]], fed, joints.bridge[fed]))
        own = np.unique(np.concatenate([owner for _, owner, _ in found]))
        self.weak[own] = size + np.arange(len(own))
        found.append((own, own, np.zeros(len(own))))
        cause, owner, delay = zip(*found, strict=True)
        return np.concatenate(cause), self.weak[np.concatenate(owner)], np.concatenate(delay)

    def _causes(self, node: int) -> frozenset[int]:
        return self.follows.causes(int(self.follows.part[node]))

    def _groups(self) -> set[int]:
        """Return the parts that take out several members of a gate, none of which it could not do without."""
        gate, member, often, spare = self._members()
        shared = (spare > 0) & (often <= spare)
        counts: dict[int, Counter[int]] = {}
        limits = dict(zip(gate[shared].tolist(), spare[shared].tolist(), strict=True))
        columns = (c[shared].tolist() for c in (gate, member, often))
        for g, m, times in zip(*columns, strict=True):
            count = counts.setdefault(g, Counter())
            for part in self._causes(m):
                count[part] += times
        return {p for g, count in counts.items() for p, k in count.items() if k > limits[g]}

    def _storages(self) -> set[int]:
        """Return the parts that cut a storage off from all sources."""
        found = set[int]()
        for joints, net, passing in zip(self._before.judged, self._nets, self._run_on, strict=True):
            if joints.stores is not None:
                above = net.above[joints.stores.vertex]
                for vertex in above[(above >= 0) & (above < self._size)].tolist():
                    found |= self._causes(int(passing[vertex]))
        return found

    def _meshes(self) -> set[int]:
        """Return the parts that fail two vertices of one mesh, neither of which cuts off the other."""
        found = set[int]()
        for net, passing in zip(self._nets, self._run_on, strict=True):
            for block, entered in self._entries(net, passing):
                count, within = Counter[int](), self._parts_in(net.block, block)
                for vertex in entered:
                    causes = self._causes(vertex) - self._above(net, passing, vertex)
                    count.update(causes)
                    found |= (causes & within) - {int(self.follows.part[vertex])}
                found.update(p for p, k in count.items() if k > 1)
        return found

    def _parts_in(self, blocks: Ints, block: int) -> set[int]:
        inside = np.nonzero(blocks[: self._size] == block)[0]
        return set(self.follows.part[inside[inside != block]].tolist())

    def _above(self, net: Dominators, passing: Ints, vertex: int) -> frozenset[int]:
        above = int(net.above[vertex])
        return self._causes(int(passing[above])) if above < self._size else frozenset()

    def _entries(self, net: Dominators, passing: Ints) -> Iterator[tuple[int, list[int]]]:
        """Yield each mesh that failures enter from outside of the network, with the vertices where they do."""
        ties, n = self.follows.ties, self._size
        inside = ties.effect < n
        cause, effect = ties.cause[inside], ties.effect[inside]
        above = net.above[effect]
        meshed = (above >= 0) & (net.block[effect] != effect)
        own = np.append(passing, -1)[above]  # -1 where a source feeds it: no tie is from there
        entered = np.unique(effect[meshed & (cause != own)])
        entered = entered[np.argsort(net.block[entered], kind="stable")]
        blocks, first = np.unique(net.block[entered], return_index=True)
        for block, some in zip(
            blocks.tolist(), np.split(entered, first[1:]), strict=bool(len(blocks))
        ):
            yield block, some.tolist()


def _roots(joints: Conduction, forest: Forest) -> Bools:
    """Mark the sources, and the storages that stand where one would."""
    roots = joints.source.copy()
    if joints.stores is not None:
        vertex = joints.stores.vertex
        roots[vertex[(forest.parent[vertex] < 0) & (forest.end[vertex] > 0)]] = True
    return roots


def _supply_ties(joints: Conduction, net: Dominators, size: int) -> tuple[Ints, Columns]:
    """Return by vertex the node that stands for what it no longer passes on, and the ties by its loss.

    What bridges a loss, or is degraded by it, runs on, but passes nothing on: it gets a node beside it, numbered from `size`.
    """
    n, bridge = len(joints.bridge), joints.bridge
    if joints.soft is not None:
        bridge = np.where(joints.soft, np.inf, bridge)
    above = net.above[:n]
    passing = np.arange(n)
    bridged = np.nonzero((above >= 0) & (bridge > 0))[0]
    passing[bridged] = size + np.arange(len(bridged))
    fed = np.nonzero((above >= 0) & (above < n))[0]
    cut = bridged[above[bridged] < n]
    cause = np.concatenate([passing[above[fed]], bridged, passing[above[cut]]])
    effect = np.concatenate([fed, passing[bridged], passing[cut]])
    delay = np.concatenate([bridge[fed], np.zeros(len(bridged) + len(cut))])
    return passing, (cause, effect, delay)
