"""A small network that fails as the large one does, for one asset: only what can bring its failure about, alike made one.

Whether causes suffice is asked again and again of one question. What could fail in any part of that question fails in
the whole of it, were its storages empty. Of that, only what is reached backwards from the asset matters to it, and what
draws on the same storages. Vertices that joints hold together both ways, and that nothing else tells apart, stand and
fall together: they are one. What feeds them from outside never fails: one source stands for it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from ldt_graph.graph.columns import NetworkColumns
from ldt_graph.impact.structure.conducting import one_way
from ldt_graph.impact.structure.network import Conduction, Gates, Network, sole, working
from ldt_graph.impact.structure.rows import distinct, entries, gather, rows
from ldt_graph.impact.structure.stores import Stores
from ldt_graph.impact.walk.cascade import Cascade
from ldt_graph.impact.walk.undisturbed import Undisturbed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ldt_graph.graph.columns import Bools, Ints
    from ldt_graph.impact.walk.losses import Fate


class Behind:
    """What lies behind the failure of an asset in one question.

    Args:
        cascade: The state of the question.
        vertex: The asset.
        outages: Its seeds: vertex → hour.
    """

    def __init__(self, cascade: Cascade, vertex: int, outages: Mapping[int, float]) -> None:
        self._cascade, self._network = cascade, cascade.network
        self._before = cascade.before
        self._open = self._could_fail(outages)
        self._open[vertex] = True
        self._gates = np.zeros(0, dtype=np.int64)
        self._within = self._reached(vertex)
        self._label, self._count = self._merged([vertex, *outages])
        self._alone = np.bincount(self._label[self._within], minlength=self._count) == 1
        self._small = Undisturbed(self._made())
        self.holds = bool(self._small.on.all())

    def fate(self, vertex: int, causes: Mapping[int, float]) -> Fate | None:
        """Return the fate of a vertex if these alone go out: round 0 if it stands; None where this network can't tell."""
        label = self._label
        if label[vertex] < 0 or not self.holds:
            return None
        inside = {int(label[c]): h for c, h in causes.items() if label[c] >= 0}
        if not all(self._alone[n] for n in (*inside, label[vertex])):
            return None
        state = Cascade(self._small, self._cascade.horizon, self._cascade.clock)
        state.run(inside)
        return state.fate(int(label[vertex]))

    def _could_fail(self, outages: Mapping[int, float]) -> Bools:
        """Mark what fails, or no source reaches, where no storage feeds anything."""
        state = self._cascade
        if state.islands:
            state = Cascade(self._before, state.horizon, state.clock, stored=False)
            state.run(dict(outages))
        found = self._before.on & ~state.works
        for number in range(len(self._before.judged)):
            found |= self._before.on & state.without(number)
        return found

    def _reached(self, vertex: int) -> Ints:
        """Return what is reached backwards from a vertex, and remember the gates on the way; sorted."""
        found = np.zeros(self._network.size, dtype=bool)
        gates = self._network.gates
        start, owned = rows(gates.owner, self._network.size)
        storing = [j for j in self._before.judged if j.stores is not None]
        layer, passed = np.array([vertex]), [self._gates]
        while len(layer):
            found[layer] = True
            own = owned[entries(start, layer)]
            passed.append(own)
            inputs = [gates.member[entries(gates.member_start, own)]]
            inputs += [j.into[entries(j.into_start, layer)] for j in self._before.judged]
            for joints in [j for j in storing if j.member[layer].any()]:
                storing.remove(joints)
                inputs.append(np.nonzero(joints.member)[0])
            near = distinct(np.concatenate(inputs), len(found))
            layer = near[self._open[near] & ~found[near]]
        within = np.nonzero(found)[0]
        own = np.concatenate(passed)
        entry, which = gather(gates.member_start, own)
        touched = np.bincount(which, found[gates.member[entry]], minlength=len(own)) > 0
        self._gates = np.sort(own[touched])
        return within

    def _merged(self, apart: Iterable[int]) -> tuple[Ints, int]:
        """Return by vertex the number of what it is one with, -1 for what does not matter; and how many there are."""
        gates, size = self._network.gates, self._network.size
        single = np.zeros(size, dtype=bool)
        single[[*apart]] = single[gates.owner[self._gates]] = True
        single[gates.member[entries(gates.member_start, self._gates)]] = True
        nets = np.zeros(size, dtype=np.int64)
        for joints in self._before.judged:
            nets += joints.member
            single |= joints.source | (joints.bridge > 0)
            if joints.soft is not None:
                single |= joints.soft
            if joints.stores is not None:
                single[joints.stores.vertex] = True
        plain = np.zeros(size, dtype=bool)
        plain[self._within] = True
        plain &= ~single & (nets == 1)
        label = np.arange(size)
        for joints in self._before.judged:
            tail, head = self._both_ways(joints, plain)
            _join(label, tail, head)
        known, number = np.unique(label[self._within], return_inverse=True)
        found = np.full(size, -1, dtype=np.int64)
        found[self._within] = number
        return found, len(known)

    def _both_ways(self, joints: Conduction, plain: Bools) -> tuple[Ints, Ints]:
        """Return the joints that conduct both ways between plain vertices, each way once."""
        columns = self._network.columns
        vertices = np.nonzero(plain & joints.member)[0]
        entry, which = gather(joints.out_start, vertices)
        tail, head = vertices[which], joints.out[entry]
        directed = one_way(columns, self._network.ontology)
        keep = plain[head] & ~directed[columns.edges["predicate"][joints.out_edge[entry]]]
        return tail[keep], head[keep]

    # ── the small network ────────────────────────────────────────────────────────────────────────

    def _made(self) -> Network:
        n = self._count + 1  # the last one feeds what something outside feeds
        none, nothing = np.zeros(n, dtype=bool), np.zeros(n)
        columns = NetworkColumns(
            iris=[""] * n, edges={}, predicates=[], texts=[], identifiers=[None] * n, names=[None] * n,
            datasets=[""] * n, types=[""] * n, domains=[None] * n, off=none, buffers=[], required={},
            sources=[], population=nothing, critical=none, storage=none,
        )  # fmt: skip
        conductions = tuple(self._conduction(n, j) for j in range(len(self._before.judged)))
        return Network(columns, conductions, self._requirements(n), self._network.ontology, none)

    def _conduction(self, n: int, number: int) -> Conduction:
        joints, label = self._before.judged[number], self._label
        inside = self._within[joints.member[self._within]]
        entry, which = gather(joints.into_start, inside)
        feeder, fed = joints.into[entry], label[inside[which]]
        outside = self._before.on[feeder] & (label[feeder] < 0)
        keep = (label[feeder] >= 0) & (label[feeder] != fed)
        pairs = np.unique(
            np.concatenate([label[feeder[keep]] * n + fed[keep], (n - 1) * n + fed[outside]])
        )
        tail, head = pairs // n, pairs % n
        out_start, _ = rows(tail, n)
        into_start, order = rows(head, n)
        member, source, soft = (np.zeros(n, dtype=bool) for _ in range(3))
        member[label[inside]] = member[n - 1] = source[n - 1] = True
        source[label[inside[joints.source[inside]]]] = True
        bridge = np.zeros(n)
        bridge[label[inside]] = joints.bridge[inside]
        if joints.soft is not None:
            soft[label[inside]] = joints.soft[inside]
        return Conduction(
            commodity=joints.commodity, member=member, source=source,
            into_start=into_start, into=tail[order], into_edge=order,
            out_start=out_start, out=head, out_edge=np.arange(len(head)),
            bridge=bridge, stores=self._stored(n, joints.stores, inside),
            soft=soft if joints.soft is not None else None,
        )  # fmt: skip

    def _stored(self, n: int, stores: Stores | None, inside: Ints) -> Stores | None:
        """Return the storages, and what is drawn together: of several profiles, a profile of their own."""
        if stores is None:
            return None
        profiles = len(stores.factors)
        drawn = np.zeros(n * profiles)
        np.add.at(
            drawn, self._label[inside] * profiles + stores.profile[inside], stores.demand[inside]
        )
        drawn = drawn.reshape(n, profiles)
        profile, demand = drawn.argmax(axis=1), drawn.max(axis=1)
        several = np.nonzero((drawn > 0).sum(axis=1) > 1)[0]
        demand[several], profile[several] = 1.0, profiles + np.arange(len(several))
        factors = np.concatenate([stores.factors, drawn[several] @ stores.factors])
        kept = self._label[stores.vertex] >= 0
        vertex = self._label[stores.vertex[kept]]
        return Stores(stores.unit, vertex, stores.held[kept], demand, profile, factors)

    def _requirements(self, n: int) -> Gates:
        """Return the gates; what of their members is outside, and works, they require no more."""
        old, chosen, label = self._network.gates, self._gates, self._label
        entry, which = gather(old.member_start, chosen)
        inside = label[old.member[entry]] >= 0
        outside = self._before.on.copy()
        outside[self._within] = False
        required = old.required[chosen] - working(self._network, chosen, outside)
        member, weight = label[old.member[entry[inside]]], old.weighs(entry[inside])
        counts = np.bincount(which[inside], minlength=len(chosen))
        start = np.concatenate([[0], np.cumsum(counts)])
        of_start, order = rows(member, n)
        none = np.full(len(chosen), -1, dtype=np.int64)
        return replace(
            old, owner=label[old.owner[chosen]], required=required, group=none, axiom=none, axioms=(),
            bridge=old.bridge[chosen], member_start=start, member=member, member_edge=np.arange(len(member)),
            of_start=of_start, of=np.repeat(np.arange(len(chosen)), counts)[order],
            sole=sole(required, start, weight), shared=old.shared[chosen], weight=weight,
            soft=None if old.soft is None else old.soft[chosen], altered=None,
        )  # fmt: skip


def _join(label: Ints, tail: Ints, head: Ints) -> None:
    """Give all that pairs join the least of their labels: every vertex has its own at first."""
    while len(tail):
        low = np.minimum(label[tail], label[head])
        np.minimum.at(label, label[tail], low)
        np.minimum.at(label, label[head], low)
        while (label[label] != label).any():
            label[:] = label[label]
        apart = label[tail] != label[head]
        tail, head = tail[apart], head[apart]
