"""What each single failure brings about, for all assets at once; and which single failures take one out."""

from __future__ import annotations

from difflib import get_close_matches
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np

from ldt_graph.errors import QueryError
from ldt_graph.impact.answers.people import People
from ldt_graph.impact.critical.single import Single
from ldt_graph.impact.engine import engine_of
from ldt_graph.impact.structure.kept import once
from ldt_graph.impact.walk.cascade import Cascade

if TYPE_CHECKING:
    from collections.abc import Collection

    from numpy.typing import NDArray

    from ldt_graph.graph import Graph
    from ldt_graph.graph.columns import Bools, Floats, Ints
    from ldt_graph.impact.engine import ImpactEngine

By = Literal["people", "facilities", "assets"]
BY: tuple[By, ...] = get_args(By)


class Criticality:
    """The consequence of every single failure: for each asset what `ask([asset])` says fails with it.

    Most follows from dominators and sole requirements, composed over all networks in nearly linear time. Where single
    causes don't compose (`Single`), the question itself is asked, asset by asset.

    Args:
        engine: Of the city.
        horizon: Last hour looked at, from the failure at hour 0.

    Attributes:
        asked: Vertices that were asked one by one.
    """

    def __init__(self, engine: ImpactEngine, horizon: float = 24.0) -> None:
        self._engine = engine
        self.network = engine.network
        self.horizon = horizon
        self._single = Single(engine.before, horizon)
        self.asked: Ints = self._single.to_ask
        self._answers: dict[int, NDArray[np.uint8]] = {}
        self._sums = self._summed()

    def consequences(self, iri: str) -> Ints:
        """Return the vertices that fail with an asset, without it, sorted.

        Raises:
            UnknownEntity: It is not in this version.
        """
        return self._fails(self.network.vertex(iri))

    def sums(self, by: By) -> Floats:
        """Return by vertex how many people, critical facilities or assets fail with it."""
        if by not in BY:
            raise QueryError(f"Nothing is ranked by {by!r}.", hint=f"Rank by {', '.join(BY)}.")
        return self._sums[:, BY.index(by)]

    def rank(
        self,
        by: By = "people",
        *,
        type_: str | None = None,
        domain: str | None = None,
        of: str | None = None,
    ) -> Ints:
        """Return the vertices that anything fails with, the worst first.

        Args:
            by: What counts; the other two, then the IRI, decide between equals.
            type_: Only assets of a class or one below it.
            domain: Only assets of a domain.
            of: IRI of an asset: only what alone takes it out.

        Raises:
            QueryError: There is no such class or measure.
            UnknownEntity: `of` is not in this version.
        """
        network, first = self.network, self.sums(by)
        keep = self.sums("assets") > 0 if of is None else self._takes_out(network.vertex(of))
        if type_ is not None:
            called = network.ontology.class_called(type_, network.type_names)
            below = network.ontology.names_below(called)
            keep &= np.isin(network.type_code, _codes("class", type_, network.type_names, below))
        if domain is not None:
            codes = _codes("domain", domain, network.domain_names, {domain})
            keep &= np.isin(network.domain_code, codes)
        vertex = np.nonzero(keep)[0]
        keys = [-self._sums[vertex, BY.index(k)] for k in reversed(BY)]
        return vertex[np.lexsort((*keys, -first[vertex]))]

    def takers(self, iri: str) -> Ints:
        """Return the single failures that take an asset out, itself not among them, the worst by people first.

        Raises:
            UnknownEntity: It is not in this version.
        """
        return self.rank(of=iri)

    def _takes_out(self, vertex: int) -> Bools:
        follows, on = self._single.follows, self._engine.before.on
        if not on[vertex]:
            return np.zeros(len(on), dtype=bool)
        marked = np.zeros(follows.count + 1, dtype=bool)
        marked[list(follows.causes(int(follows.part[vertex])))] = True
        found = marked[follows.part[: len(on)]] & on
        found[self.asked] = [
            self._answers[a][vertex >> 3] & (128 >> (vertex & 7)) for a in self.asked.tolist()
        ]
        found[vertex] = False
        return found

    def entry(self, vertex: int) -> dict[str, Any]:
        """Return an asset and the sums of its consequence, as in docs/reference/impact.md."""
        sums = self._sums[vertex].astype(int).tolist()
        return {**self._engine.before.who(vertex), **dict(zip(BY, sums, strict=True))}

    @cached_property
    def _weights(self) -> Floats:
        """By vertex: people who live there, critical facilities, and one for itself."""
        own = self._engine.before.supplied.homes.own
        ones = np.ones(self.network.size)
        return np.stack([own, self.network.columns.critical.astype(float), ones], axis=1)

    def _summed(self) -> Floats:
        follows, n = self._single.follows, self.network.size
        nodes = np.zeros((len(follows.part), len(BY)))
        nodes[:n] = self._weights
        total = follows.sums(nodes)[follows.part[:n]]
        total[:, 1:] -= self._weights[:, 1:]  # those who live in what fails itself are hit, too
        total[~self._engine.before.on] = 0.0
        for vertex in self.asked.tolist():
            cascade, failed = self._ask(vertex)
            total[vertex] = self._weights[failed].sum(axis=0)
            total[vertex, 0] = _people(cascade)
            hit = np.zeros(n, dtype=bool)
            hit[failed] = True
            self._answers[vertex] = np.packbits(hit)
        for vertex in np.setdiff1d(self._carrying(), self.asked).tolist():
            total[vertex, 0] = _people(self._ask(vertex)[0])
        return total.round(6)

    def _carrying(self) -> Ints:
        """Return what fails anything that people live in or are supplied by, without being their home."""
        supplied, on = self._engine.before.supplied, self._engine.before.on
        carriers = [supplied.inside[1], *(c.carrier for c in supplied.carriers)]
        follows = self._single.follows
        marked = np.zeros(follows.count + 1, dtype=bool)
        for part in np.unique(follows.part[np.unique(np.concatenate(carriers))]).tolist():
            marked[list(follows.causes(part))] = True
        return np.nonzero(marked[follows.part[: len(on)]] & on)[0]

    def _ask(self, vertex: int) -> tuple[Cascade, Ints]:
        cascade = Cascade(self._engine.before, self.horizon)
        cascade.run({vertex: 0.0})
        failed = cascade.failed()
        return cascade, failed[failed != vertex]

    def _fails(self, vertex: int) -> Ints:
        n = self.network.size
        if not self._engine.before.on[vertex]:
            return np.zeros(0, dtype=np.int64)
        if vertex in self._answers:
            hit = np.unpackbits(self._answers[vertex], count=n).astype(bool)
        else:
            follows = self._single.follows
            hit = follows.below(int(follows.part[vertex]))[:n] & self._engine.before.on
        hit[vertex] = False
        return np.nonzero(hit)[0]


def criticality_of(graph: Graph) -> Criticality:
    """Return what each single failure of a graph's city brings about within a day: found at the first call, then kept."""
    return once(graph, _criticality)


def _criticality(graph: Graph) -> Criticality:
    return Criticality(engine_of(graph))


def _people(cascade: Cascade) -> int:
    return People(cascade, cascade.failed()).count["failed"]


def _codes(what: str, asked: str, present: list[str], wanted: Collection[str]) -> list[int]:
    """Return the positions of what is wanted among the names of what there is; refuse where there is none."""
    found = [code for code, name in enumerate(present) if name in wanted]
    if not found:
        near = get_close_matches(asked, present, 3, 0.6) or present[:8]
        raise QueryError(
            f"No asset has the {what} {asked!r} or one below it.",
            hint=f"There is {', '.join(near)}.",
        )
    return found
