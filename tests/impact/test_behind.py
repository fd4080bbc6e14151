"""The small network behind a failure fails as the whole one does."""

from __future__ import annotations

from typing import TYPE_CHECKING
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ldt_graph.impact.because import why as reasons
from ldt_graph.impact.because.behind import Behind
from ldt_graph.impact.walk.cascade import Cascade
from tests.examples import examples
from tests.impact.oracle import City, vertices
from tests.impact.oracle import cities as small_cities
from tests.impact.test_impact_oracle import CLOCKS, asked, engine_of, named

if TYPE_CHECKING:
    from ldt_graph.impact import ImpactEngine


def many_outages(city: City) -> st.SearchStrategy[dict[int, float]]:
    hours = st.sampled_from([0.0, 1.0, 3.0])
    return st.dictionaries(vertices(city.n), hours, min_size=1, max_size=7)


def state_of(engine: ImpactEngine, outages: dict[int, float], clock: float | None) -> Cascade:
    state = Cascade(engine.before, 12.0, clock)
    state.run(outages)
    return state


@given(small_cities(), st.data())
@examples(500)
def test_any_part_of_the_causes_brings_about_the_same_in_the_small_network(
    city: City, data: st.DataObject
):
    engine, clock = engine_of(city), data.draw(CLOCKS)
    outages = data.draw(many_outages(city))
    whole = state_of(engine, outages, clock)
    failed = whole.failed().tolist()
    if not failed:
        return
    vertex = data.draw(st.sampled_from(failed))
    behind = Behind(whole, vertex, outages)
    assert behind.holds
    hours = {v: whole.fate(v).hour for v in failed} | outages
    some = data.draw(st.sets(st.sampled_from(sorted(outages)))) | data.draw(st.sets(st.sampled_from(failed), max_size=2))  # fmt: skip
    causes = {c: hours[c] for c in some}
    found = behind.fate(vertex, causes)
    if found is None:
        assert not some <= outages.keys()
        return
    expected = whole.again(causes).fate(vertex)
    assert (found.round > 0) == (expected.round > 0)
    assert found.hour == pytest.approx(expected.hour, abs=5e-6)


@given(small_cities(), st.data())
@examples(200)
def test_a_reason_is_the_same_whether_many_are_tried_in_the_small_network_or_the_whole(
    city: City, data: st.DataObject
):
    engine, outages, clock = engine_of(city), data.draw(many_outages(city)), data.draw(CLOCKS)
    answer = asked(engine, outages, horizon=12.0, clock=clock)
    for vertex in answer.failed.tolist()[:3]:
        told = []
        for few in (0, 99):
            with patch.object(reasons, "_FEW", few):
                told.append(answer.why(named(vertex)).document)
        assert told[0] == told[1]
