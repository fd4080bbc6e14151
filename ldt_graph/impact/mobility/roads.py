"""The road network of a city: links from node to node, how long each takes, and what an outage makes of them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ldt_graph.impact.mobility.ways import Arcs, State
from ldt_graph.impact.structure.network import select
from ldt_graph.impact.structure.units import LENGTH, SPEED, TIME, pace
from ldt_graph.namespaces import LDT

if TYPE_CHECKING:
    from ldt_graph.graph.columns import Bools, Floats, Ints
    from ldt_graph.impact.structure.network import Network


class _Ends(NamedTuple):
    """Links with one node where they begin and one where they end, and the statement of the first."""

    link: Ints
    tail: Ints
    head: Ints
    edge: Ints
    unclear: int


@dataclass(frozen=True, slots=True, eq=False)
class Closures:
    """What an outage does to the roads.

    Attributes:
        state: What arcs take then.
        closed: Links that can't be passed any more: they or an end of theirs went out.
        delayed: Nodes at which it takes longer.
    """

    state: State
    closed: tuple[int, ...]
    delayed: tuple[int, ...]


class Roads:
    """The road network of one version; immutable, shared between questions.

    A link is what states `fromNode` and `toNode`, or relations below them. It takes the time that it states, else its
    length at its speed. A link is passed one way, or both if it says `twoWay`.

    Args:
        network: The network of the version.
        on: What works before any outage.

    Attributes:
        link: By arc: the vertex of its link.
        nodes: Vertices of all road nodes, sorted; arcs and ways know them by their place here.
        spans: Of every link, timed or not: its vertex, and where it begins and ends, as places in `nodes`.
        edge: By arc: a statement that says of its link where it begins.
    """

    def __init__(self, network: Network, on: Bools) -> None:
        self._network = network
        ends = _ends(network)
        time = _minutes(network)
        timed = np.isfinite(time[ends.link])
        both = _two_way(network)[ends.link]
        forth, back = np.nonzero(timed)[0], np.nonzero(timed & both)[0]
        tail = np.concatenate([ends.tail[forth], ends.head[back]])
        head = np.concatenate([ends.head[forth], ends.tail[back]])
        order = np.lexsort((head, tail))
        tail, head = tail[order], head[order]
        each = np.concatenate([forth, back])[order]
        self.link, self.edge = ends.link[each], ends.edge[each]
        doors = select(network.columns, network.ontology.subproperties(LDT.accessNode))
        doors = network.columns.edges["object"][doors]
        self.nodes = np.unique(np.concatenate([ends.tail, ends.head, doors]))
        self.spans = (
            ends.link,
            *(np.searchsorted(self.nodes, end) for end in (ends.tail, ends.head)),
        )
        self._tail, self._head = (np.searchsorted(self.nodes, end) for end in (tail, head))
        self.arcs = Arcs(self._tail, self._head, len(self.nodes))
        delay = time[self.nodes]
        self._delay = np.where(np.isfinite(delay), delay, 0.0)
        self._on = on
        self._free = np.where(self._passed(on), time[self.link], math.inf)
        self.before = self.closures(on).state
        self._counts = ends.unclear, len(ends.link) - int(timed.sum()), len(ends.link)

    @cached_property
    def notes(self) -> list[str]:
        """What no way leads over, in sentences."""
        unclear, untimed, every = self._counts
        notes = []
        if unclear:
            notes.append(
                f"{unclear:,} road links do not state one node where they begin and one where they end: no way leads over them."
            )
        if untimed:
            notes.append(
                f"{untimed:,} of {every:,} road links state neither a time nor a length and a speed: no way leads over them."
            )
        return notes

    def closures(self, works: Bools, degraded: Bools | None = None) -> Closures:
        """Return what an outage does to the roads.

        Args:
            works: What works then.
            degraded: Nodes that work, but worse: those that state a delay take so much longer to pass.
        """
        works = works[: len(self._on)] & self._on
        shut = ~works[self.nodes]
        slow = np.zeros(len(shut), dtype=bool) if degraded is None else degraded[self.nodes] & ~shut
        passed = self._passed(works)
        minutes = np.where(passed, self._free + (self._delay * slow)[self._head], math.inf)
        closed = np.unique(self.link[~passed & np.isfinite(self._free)])
        delayed = self.nodes[slow & (self._delay > 0)]
        state = State(minutes.tolist(), frozenset(np.nonzero(shut)[0].tolist()))
        return Closures(state, tuple(closed.tolist()), tuple(delayed.tolist()))

    def _passed(self, works: Bools) -> Bools:
        """Return which arcs can be passed."""
        node = works[self.nodes]
        return works[self.link] & node[self._tail] & node[self._head]


def _ends(network: Network) -> _Ends:
    columns, below = network.columns, network.ontology.subproperties
    found = []
    for relation in (LDT.fromNode, LDT.toNode):
        said = select(columns, below(relation))
        subject, node = columns.edges["subject"][said], columns.edges["object"][said]
        _, first = np.unique(subject * network.size + node, return_index=True)
        found.append((subject[first], node[first], said[first]))
    (start, tail, edge), (stop, head, _) = found
    count = np.stack([np.bincount(s, minlength=network.size) for s in (start, stop)])
    clear = (count == 1).all(axis=0)
    keep = clear[start]
    link = start[keep]
    ends = dict(zip(stop.tolist(), head.tolist(), strict=True))
    last = np.fromiter((ends[v] for v in link.tolist()), np.int64, len(link))
    return _Ends(link, tail[keep], last, edge[keep], int((count.any(axis=0) & ~clear).sum()))


def _minutes(network: Network) -> Floats:
    """Return by vertex the minutes that it states, else those of its length at its speed; infinite where neither is."""
    stated: dict[tuple[int, ...], Floats]
    stated = {d: np.full(network.size, math.nan) for d in (TIME, LENGTH, SPEED)}
    factors = {a: pace(network.ontology.unit(a)) for a in {a for _, a, _ in network.columns.travel}}
    for vertex, attribute, value in network.columns.travel:
        unit = factors[attribute]
        if unit is not None and unit.dimensions in stated:
            of = stated[unit.dimensions]
            of[vertex] = np.fmax(of[vertex], value * unit.factor)
    with np.errstate(divide="ignore", invalid="ignore"):
        hours = np.where(np.isnan(stated[TIME]), stated[LENGTH] / stated[SPEED], stated[TIME])
    return np.where(np.isnan(hours), math.inf, hours * 60)


def _two_way(network: Network) -> Bools:
    ways = network.ontology.subproperties(LDT.twoWay)
    found = np.zeros(network.size, dtype=bool)
    found[[v for v, a, value in network.columns.travel if a in ways and value > 0]] = True
    return found
