"""Reasons of failures in whole cities suffice, name nothing that can be left out, and lead over statements of the twin."""

from __future__ import annotations

import os
import random
from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np
import pytest

from ldt_graph.graph.embedded import EmbeddedGraph
from ldt_graph.impact import Outage, engine_of
from ldt_graph.impact.because.why import Why
from tests.cities import FOUR
from tests.impact.proofs import HORIZON, Stated, check

if TYPE_CHECKING:
    from pathlib import Path

    from ldt_graph.impact import Impact, ImpactEngine
    from tests.cities import Cities

SAMPLE = int(os.environ.get("TWIN_TEST_REASONS", "60"))
"""How many failures of the cities are proved; 5,000 take two minutes."""


@pytest.fixture(scope="module", params=FOUR)
def engine(request: pytest.FixtureRequest, cities: Cities, shared: Path) -> ImpactEngine:
    return engine_of(EmbeddedGraph.open(cities.record(request.param, shared)))


class Chosen:
    """Outages and failures of every type as often, so that the rare ones are met."""

    def __init__(self, engine: ImpactEngine, seed: int) -> None:
        self.chance, self._engine = random.Random(seed), engine
        self._able = self._by_type(np.nonzero(engine.before.on)[0].tolist())

    def _by_type(self, vertices: list[int]) -> list[list[int]]:
        found = defaultdict(list)
        for vertex in vertices:
            found[self._engine.network.columns.types[vertex]].append(vertex)
        return [found[t] for t in sorted(found, key=str)]

    def one(self, of: list[list[int]]) -> int:
        return self.chance.choice(self.chance.choice(of))

    def outages(self) -> dict[str, float]:
        iris = self._engine.network.columns.iris
        count = self.chance.choice((1, 1, 2, 3, 6))
        return {iris[self.one(self._able)]: float(self.chance.choice((0, 0, 3))) for _ in range(count)}  # fmt: skip

    def failure(self, answer: Impact) -> str | None:
        """Return one that failed, a seed aside."""
        failed = [v for v in answer.failed.tolist() if v not in answer.seeds]
        return self._engine.network.columns.iris[self.one(self._by_type(failed))] if failed else None  # fmt: skip


def test_the_causes_of_sampled_failures_alone_reproduce_them(engine: ImpactEngine):
    chosen, stated = Chosen(engine, 1), Stated(engine)
    wanted, proved = SAMPLE // len(FOUR), 0
    for _ in range(6 * wanted):
        out = chosen.outages()
        answer = engine.ask([Outage(iri, hour) for iri, hour in out.items()], horizon=HORIZON)
        iri = chosen.failure(answer)
        if iri is None:
            continue
        why = answer.why(iri)
        check(engine, why, out)
        assert isinstance(why, Why)
        assert all(stated.holds(step) for f in why.failed for step in f.steps)
        proved += 1
        if proved == wanted:
            return
    pytest.fail(f"Of {6 * wanted} outages only {proved} failed something.")
