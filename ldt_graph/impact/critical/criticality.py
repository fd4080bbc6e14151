"""What each single failure brings about, for all assets at once; and which single failures take one out."""

from __future__ import annotations

from difflib import get_close_matches
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from ldt_graph.errors import QueryError
from ldt_graph.impact.answers.consequence import (
    BY,
    MARKS,
    Consequence,
    Counts,
    column,
    consequence,
    marked,
    severity,
)
from ldt_graph.impact.critical.single import Single
from ldt_graph.impact.engine import engine_of
from ldt_graph.impact.structure.kept import once
from ldt_graph.impact.walk.cascade import Cascade

if TYPE_CHECKING:
    from collections.abc import Collection

    from numpy.typing import NDArray

    from ldt_graph.graph import Graph
    from ldt_graph.graph.columns import Bools, Floats, Ints
    from ldt_graph.impact.answers.consequence import By, Mark
    from ldt_graph.impact.engine import ImpactEngine

_FAILED, _DEGRADED = slice(0, 3), slice(6, 9)
_PEOPLE, _ASSETS = slice(0, 9, 3), slice(2, 9, 3)
"""Where they stand among `BY`."""


class Criticality:
    """The consequence of every single failure: for each asset what `ask([asset])` says fails, is short or degraded by it.

    Most follows from dominators and sole requirements, composed over all networks in nearly linear time. Where single
    causes don't compose, and where an island may be left short (`Single`), the question itself is asked, asset by asset.

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
        self.asked: Ints = np.union1d(self._single.to_ask, self._single.scarce)
        self._answers: dict[int, dict[Mark, NDArray[np.uint8]]] = {}
        self._sums = self._summed()
        self._state_of = lru_cache(maxsize=4)(self._states)

    def consequences(self, iri: str, mark: Mark = "failed") -> Ints:
        """Return the vertices that an asset's failure leaves with a mark, without it, sorted.

        Raises:
            QueryError: There is no such mark.
            UnknownEntity: It is not in this version.
        """
        severity(mark)
        vertex = self.network.vertex(iri)
        if not self._engine.before.on[vertex]:
            return np.zeros(0, dtype=np.int64)
        if (answer := self._answers.get(vertex)) is None:
            hit = self._composed(vertex, mark)
        elif (packed := answer.get(mark)) is None:
            hit = np.zeros(0, dtype=bool)
        else:
            hit = np.unpackbits(packed, count=self.network.size)
        found = np.nonzero(hit)[0]
        return found[found != vertex]

    def sums(self, by: By) -> Floats:
        """Return by vertex how many people, critical facilities or assets its failure leaves with a mark."""
        return self._sums[:, column(by)]

    def rank(
        self,
        by: By = "people",
        *,
        type_: str | None = None,
        domain: str | None = None,
        of: str | None = None,
    ) -> Ints:
        """Return the vertices whose failure leaves anything failed, short or degraded, the worst first.

        Args:
            by: What counts; the others in the order of `BY`, then the IRI, decide between equals.
            type_: Only assets of a class or one below it.
            domain: Only assets of a domain.
            of: IRI of an asset: only what alone leaves it with a mark; what fails it first.

        Raises:
            QueryError: There is no such class or measure.
            UnknownEntity: `of` is not in this version.
        """
        network, first = self.network, self.sums(by)
        states = None if of is None else self._state_of(network.vertex(of))
        keep = (self._sums[:, _ASSETS] > 0).any(axis=1) if states is None else states >= 0
        if type_ is not None:
            called = network.ontology.class_called(type_, network.type_names)
            below = network.ontology.names_below(called)
            keep &= np.isin(network.type_code, _codes("class", type_, network.type_names, below))
        if domain is not None:
            codes = _codes("domain", domain, network.domain_names, {domain})
            keep &= np.isin(network.domain_code, codes)
        vertex = np.nonzero(keep)[0]
        keys = [*-self._sums[vertex].T[::-1], -first[vertex]]
        if states is not None:
            keys.append(states[vertex])
        return vertex[np.lexsort(keys)]

    def takers(self, iri: str, mark: Mark = "failed") -> Ints:
        """Return the single failures that leave an asset with a mark, itself not among them, the worst by people first.

        Raises:
            QueryError: There is no such mark.
            UnknownEntity: It is not in this version.
        """
        ranked = self.rank(of=iri)
        return ranked[self._state_of(self.network.vertex(iri))[ranked] == severity(mark)]

    def entry(self, vertex: int, of: str | None = None) -> dict[str, Any]:
        """Return an asset and the numbers of its consequence, as in docs/reference/impact.md.

        Args:
            vertex: Whose failure.
            of: IRI of an asset: what that leaves it as is said, too.
        """
        numbers = self._sums[vertex].astype(int).reshape(len(MARKS), -1).tolist()
        found = Consequence(*(Counts(*row) for row in numbers))
        said = {**self._engine.before.who(vertex), **found.failed._asdict(), **found.weaker}
        if of is not None:
            state = int(self._state_of(self.network.vertex(of))[vertex])
            said["status"] = MARKS[state] if state >= 0 else None
        return said

    @cached_property
    def _weights(self) -> Floats:
        """By vertex: people who live there, critical facilities, and one for itself."""
        own = self._engine.before.supplied.homes.own
        ones = np.ones(self.network.size)
        return np.stack([own, self.network.columns.critical.astype(float), ones], axis=1)

    def _summed(self) -> Floats:
        follows, weak, n = self._single.follows, self._single.weak, self.network.size
        nodes = np.zeros((len(follows.part), len(BY)))
        soft = np.nonzero(weak >= 0)[0]
        nodes[:n, _FAILED] = self._weights
        nodes[weak[soft], _DEGRADED] = self._weights[soft]
        nodes[soft, _DEGRADED] = -self._weights[soft]  # what fails is not degraded
        total = follows.sums(nodes)[follows.part[:n]]
        total[:, 1:3] -= self._weights[:, 1:]  # those who live in what fails itself are hit, too
        total[~self._engine.before.on] = 0.0
        for vertex in self.asked.tolist():
            total[vertex] = self._asked(vertex).numbers
        for vertex in np.setdiff1d(self._carrying(), self.asked).tolist():
            total[vertex, _PEOPLE] = self._ask(vertex)[0].numbers[_PEOPLE]
        return total.round(6)

    def _carrying(self) -> Ints:
        """Return what fails or degrades anything that people live in or are supplied by, without being their home."""
        supplied, on = self._engine.before.supplied, self._engine.before.on
        carriers = np.unique(
            np.concatenate([supplied.inside[1], *(c.carrier for c in supplied.carriers)])
        )
        weak = self._single.weak[carriers]
        follows = self._single.follows
        marked = np.zeros(follows.count + 1, dtype=bool)
        for part in np.unique(follows.part[np.concatenate([carriers, weak[weak >= 0]])]).tolist():
            marked[list(follows.causes(part))] = True
        return np.nonzero(marked[follows.part[: len(on)]] & on)[0]

    def _ask(self, vertex: int) -> tuple[Consequence, dict[Mark, Ints]]:
        cascade = Cascade(self._engine.before, self.horizon)
        cascade.run({vertex: 0.0})
        left = marked(cascade)
        return consequence(cascade, left, own=vertex), left

    def _asked(self, vertex: int) -> Consequence:
        """Return the answer to a question of its own; keep what can't be composed."""
        found, left = self._ask(vertex)
        if len(left["short"]) or vertex in self._uncomposed:
            self._answers[vertex] = {m: self._packed(v) for m, v in left.items() if len(v)}
        return found

    @cached_property
    def _uncomposed(self) -> set[int]:
        return set(self._single.to_ask.tolist())

    def _packed(self, vertices: Ints) -> NDArray[np.uint8]:
        hit = np.zeros(self.network.size, dtype=bool)
        hit[vertices] = True
        return np.packbits(hit)

    def _composed(self, vertex: int, mark: Mark) -> Bools:
        follows, weak, n = self._single.follows, self._single.weak, self.network.size
        if mark == "short":
            return np.zeros(n, dtype=bool)
        hit = follows.below(int(follows.part[vertex]))
        failed = hit[:n] & self._engine.before.on
        return failed if mark == "failed" else (weak >= 0) & hit[weak] & ~failed

    def _states(self, vertex: int) -> Ints:
        """Return what each single failure leaves a vertex as: a position in `MARKS`, or -1."""
        single, on = self._single, self._engine.before.on
        found = np.full(len(on), -1)
        if not on[vertex]:
            return found
        for mark, node in (("degraded", single.weak[vertex]), ("failed", vertex)):
            if node >= 0:
                causes = np.zeros(single.follows.count + 1, dtype=bool)
                causes[list(single.follows.causes(int(single.follows.part[node])))] = True
                found[causes[single.follows.part[: len(on)]] & on] = MARKS.index(mark)
        for asked, answer in self._answers.items():
            held = (m for m, p in answer.items() if p[vertex >> 3] & (128 >> (vertex & 7)))
            found[asked] = MARKS.index(mark) if (mark := next(held, None)) else -1
        found[vertex] = -1
        return found


def criticality_of(graph: Graph) -> Criticality:
    """Return what each single failure of a graph's city brings about within a day: found at the first call, then kept."""
    return once(graph, _criticality)


def _criticality(graph: Graph) -> Criticality:
    return Criticality(engine_of(graph))


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
