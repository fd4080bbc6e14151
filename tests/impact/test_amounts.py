"""How much is not supplied, and what sources can't give all that is asked of them (invented)."""

from __future__ import annotations

import pytest

from ldt_graph.impact import impact
from ldt_graph.testing import BASE, graph_of

TWO = """
<big> a ldt:GridConnection ; dcterms:identifier "big" ; ldt:powerCapacity 10 ; ldt:electricallyConnectedTo <bus> .
<small> a ldt:GridConnection ; dcterms:identifier "small" %s ; ldt:electricallyConnectedTo <bus> .
<bus> a ldt:ElectricBus ; dcterms:identifier "bus" .
<l> a ldt:Load ; dcterms:identifier "l" ; ldt:activePower 3 ; ldt:electricallyConnectedTo <bus> .
<m> a ldt:Load ; dcterms:identifier "m" ; ldt:activePower 2 ; ldt:electricallyConnectedTo <bus> ; ldt:demandProfile "0 1 2" .
"""


def summary(turtle, *of, **hours):
    return impact(graph_of(turtle), of, **hours).summary()


def test_an_island_whose_live_sources_give_too_little_is_short_and_nothing_fails():
    found = summary(TWO % "; ldt:powerCapacity 4", "big")
    assert found["byStatus"]["failed"] == 0
    assert found["short"] == [
        {"commodity": "Electricity", "sources": [BASE + "test/small"], "assets": 4}
        | {"capacity": 4.0, "demand": 5.0, "short": 1.0, "unit": "MW", "from": 0.0, "until": None}
    ]
    assert summary(TWO % "; ldt:powerCapacity 4", "small")["short"] == []
    assert summary(TWO % "; ldt:powerCapacity 5", "big")["short"] == []


def test_a_source_that_states_no_capacity_is_not_judged():
    assert summary(TWO % "", "big")["short"] == []


def test_what_fails_draws_nothing_and_is_counted_as_not_supplied_instead():
    found = summary(TWO % "; ldt:powerCapacity 4", "big", "l", at=4)
    assert found["short"] == []
    assert found["notSupplied"] == [{"commodity": "Electricity", "amount": 60.0, "unit": "MW.h"}]


@pytest.mark.parametrize(("horizon", "amount"), [(0, 0.0), (6, 30.0), (24, 120.0)])
def test_not_supplied_is_the_stated_demand_until_the_horizon(horizon, amount):
    [found] = summary(TWO % "", "bus", horizon=horizon)["notSupplied"]
    assert found["amount"] == amount
