"""Joints of a network that goes on where another ends: the rows that new statements touch are made anew, the rest is shared."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ldt_graph.graph.columns import UNSTATED
from ldt_graph.impact.structure.conducting import (
    bridging,
    bridging_by,
    finished,
    joined,
    joints,
    one_way,
    sources_of,
    ways,
)
from ldt_graph.impact.structure.degrading import soften_supply
from ldt_graph.impact.structure.longer import about, chosen, shifted, statements
from ldt_graph.impact.structure.rows import gather
from ldt_graph.impact.structure.specific import most_specific

if TYPE_CHECKING:
    from ldt_graph.graph.columns import Ints, NetworkColumns
    from ldt_graph.impact.structure.network import Conduction, Network

Rows = tuple["Ints", "Ints", "Ints"]
"""Sparse rows: start, other end, statement."""


class _Change(NamedTuple):
    """Statements that joint a commodity's network now, and did not; and the reverse."""

    added: list[int]
    removed: list[int]


def conductions_on(network: Network, columns: NetworkColumns) -> tuple[Conduction, ...]:
    """Return the joints of columns that go on where those of a network end."""
    changes = _changes(network, columns)
    old = {c.commodity: c for c in network.conductions}
    found = []
    for commodity in sorted(old.keys() | changes.keys()):
        change = changes.get(commodity, _Change([], []))
        if commodity in old:
            made = _Joining(network, columns, old[commodity]).changed(change)
        else:
            made = _first(network, columns, commodity, change)
        if len(made.into):
            found.append(made)
    return tuple(found)


def _first(
    network: Network, columns: NetworkColumns, commodity: str, change: _Change
) -> Conduction:
    """Return the joints of a commodity that had none."""
    ontology, edges = network.ontology, np.array(change.added, dtype=np.int64)
    hours = bridging(columns, ontology, commodity)
    made = joined(columns, commodity, edges, one_way(columns, ontology), hours)
    return finished(made, columns, ontology)


def _changes(network: Network, columns: NetworkColumns) -> dict[str, _Change]:
    """Return by commodity what new joints, and what they say of pairs that were joined before, change."""
    ontology, old = network.ontology, network.columns
    new = np.arange(statements(old), statements(columns))
    conducting = np.array([p in joints(ontology) for p in columns.predicates], dtype=bool)

    def among(ids: Ints) -> Ints:
        return ids[conducting[chosen(columns, ids)["predicate"]]]

    def kept(ids: Ints) -> Ints:
        part = replace(columns, edges=chosen(columns, ids))
        return ids[most_specific(part, np.arange(len(ids)), ontology)]

    new = among(new)
    if not len(new):
        return {}
    said = chosen(columns, new)
    pairs = set(zip(said["subject"].tolist(), said["object"].tolist(), strict=True))
    both = [p for p in pairs if max(p) < network.size]
    known = [among(_between(old, *p)) for p in sorted(both)]
    before = np.concatenate([new[:0], *known])
    was, is_ = kept(before), kept(np.concatenate([before, new]))
    found: dict[str, _Change] = defaultdict(lambda: _Change([], []))
    for ids, position in ((is_[~np.isin(is_, was)], 0), (was[~np.isin(was, is_)], 1)):
        for e, predicate in zip(
            ids.tolist(), chosen(columns, ids)["predicate"].tolist(), strict=True
        ):
            commodity = ontology.commodity_of(columns.predicates[predicate]) or UNSTATED
            found[commodity][position].append(e)
    return found


def _between(columns: NetworkColumns, subject: int, object_: int) -> Ints:
    found = about(columns, subject)
    return found[chosen(columns, found)["object"] == object_]


class _Joining:
    """Makes one commodity's joints go on where they end."""

    def __init__(self, network: Network, columns: NetworkColumns, old: Conduction) -> None:
        self._network, self._columns, self._old = network, columns, old
        self._ontology = network.ontology
        self._more = len(columns.iris) - network.size

    def changed(self, change: _Change) -> Conduction:
        """Return the joints with what changes; they themselves where nothing does."""
        made = self._old.wider(self._more)
        other = bool(change.added or change.removed)
        if other:
            made = self._with_rows(made, change)
        made = self._bridged(made)
        size = self._network.size
        if self._holds_more() or not np.array_equal(made.member[:size], self._old.member):
            known = made.stores if np.array_equal(made.member[:size], self._old.member) else None
            return finished(made, self._columns, self._ontology, known)
        if other and self._columns.degraded:
            return soften_supply(replace(made, soft=None), self._columns, self._ontology)
        return made

    def _with_rows(self, made: Conduction, change: _Change) -> Conduction:
        added, removed = (np.array(ids, dtype=np.int64) for ids in change)
        tail, head, edge = ways(self._columns, added, one_way(self._columns, self._ontology))
        out_start, out, out_edge = self._spliced(
            (made.out_start, made.out, made.out_edge), (tail, head, edge), removed, outwards=True
        )
        into_start, into, into_edge = self._spliced(
            (made.into_start, made.into, made.into_edge),
            (head, tail, edge),
            removed,
            outwards=False,
        )
        ends = np.unique(np.concatenate([tail, head, *self._ends(removed)]))
        member, source = made.member.copy(), made.source.copy()
        member[ends] = (np.diff(into_start)[ends] + np.diff(out_start)[ends]) > 0
        source[ends] = member[ends] & np.isin(ends, sources_of(self._columns, made.commodity))
        return replace(
            made,
            member=member,
            source=source,
            into_start=into_start,
            into=into,
            into_edge=into_edge,
            out_start=out_start,
            out=out,
            out_edge=out_edge,
        )

    def _ends(self, edges: Ints) -> tuple[Ints, Ints]:
        said = chosen(self._columns, edges)
        return said["subject"], said["object"]

    def _spliced(self, old: Rows, new: Rows, removed: Ints, *, outwards: bool) -> Rows:
        """Return rows with joints more and less, those of a row in the order in which all are compiled."""
        start, to, edge = old
        row, other, ids = new
        touched = np.unique(np.concatenate([row, *self._ends(removed)]))
        entry, which = gather(start, touched)
        stays = ~np.isin(edge[entry], removed)
        entry, which = entry[stays], which[stays]
        row = np.concatenate([touched[which], row])
        other, ids = np.concatenate([to[entry], other]), np.concatenate([edge[entry], ids])
        said = chosen(self._columns, ids)
        back = (row if outwards else other) != said["subject"]
        order = np.lexsort((said["predicate"], said["object"], said["subject"], back, row))
        counts = np.bincount(np.searchsorted(touched, row), minlength=len(touched))
        longer = counts - (start[touched + 1] - start[touched])
        made = [_put(c, start, touched, counts, m[order]) for c, m in ((to, other), (edge, ids))]
        return shifted(start, touched, longer), made[0], made[1]

    def _bridged(self, made: Conduction) -> Conduction:
        """Return the joints with what bridges their loss now."""
        columns, old, own = self._columns, self._network.columns, self._old.commodity
        by = bridging_by(columns, self._ontology, own)
        if by != bridging_by(old, self._ontology, own):
            return replace(made, bridge=bridging(columns, self._ontology, own))
        longer = [b for b in columns.buffers[len(old.buffers) :] if b[1] in by]
        if not longer:
            return made
        bridge = made.bridge.copy()
        for vertex, _, hours in longer:
            bridge[vertex] = max(bridge[vertex], hours)
        return replace(made, bridge=bridge)

    def _holds_more(self) -> bool:
        more = self._columns.holds[len(self._network.columns.holds) :]
        own = (self._old.commodity, None)
        return any(
            self._old.commodity == UNSTATED or self._ontology.commodity_of(a) in own
            for _, a, _ in more
        )


def _put(column: Ints, start: Ints, touched: Ints, counts: Ints, rows: Ints) -> Ints:
    """Return a column of sparse rows with other rows in the place of those of `touched`."""
    pieces, at = [], 0
    for vertex, row in zip(touched.tolist(), np.split(rows, np.cumsum(counts)[:-1]), strict=True):
        pieces += [column[at : start[vertex]], row]
        at = start[vertex + 1]
    return np.concatenate([*pieces, column[at:]])
