"""What must start so that a city holds, or holds longer, in words (invented)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ldt_graph.impact import Outage, engine_of
from ldt_graph.impact.answers.tell import tell_start
from ldt_graph.testing import BASE, graph_of

if TYPE_CHECKING:
    from ldt_graph.impact.structure.network import Reading

WELLS = """
<plant> a ldt:Asset ; dcterms:identifier "plant" ; ldt:hasRequirement <wells> .
<wells> a ldt:SupplyGroup ; ldt:requiredMembers 2 ; ldt:hasMember <w1> , <w2> , <w3> .
<w1> a ldt:Well ; dcterms:identifier "w1" .
<w2> a ldt:Well ; dcterms:identifier "w2" ; ldt:controlState "stand-by" ; ldt:startedByRule "rule 3" .
<w3> a ldt:Well ; dcterms:identifier "w3" .
"""
LAUNDRY = """
<laundry> a ldt:Building ; dcterms:identifier "laundry" ; ldt:waterSuppliedBy <plant> ; ldt:poweredBy <line> .
<line> a ldt:Asset .
"""


def starts(turtle: str, outages: dict[str, float], reading: Reading = "any"):
    engine = engine_of(graph_of(turtle), reading)
    answer = engine.ask([Outage(BASE + "test/" + o, h) for o, h in outages.items()])
    return [(s, tell_start(s, answer.words)) for s in answer.must_start]


@pytest.mark.parametrize(
    ("turtle", "outages", "told"),
    [
        (WELLS, {"w1": 1}, "Holds if well w2 starts before hour 1 (rule 3): else 1 asset fails more."),
        (WELLS, {"w1": 0, "w3": 5}, "Holds until hour 5 if well w2 starts before hour 0 (rule 3): else 1 asset fails sooner."),
        (WELLS, {"w1": 0, "w2": 5}, "Holds until hour 5 if well w2 starts before hour 0 (rule 3): else 1 asset fails sooner."),
        (WELLS + LAUNDRY, {"w1": 0, "line": 2}, "Holds if well w2 starts before hour 0 (rule 3): else 1 asset fails more and 1 sooner."),
        (WELLS + LAUNDRY, {"w1": 0, "w3": 5, "line": 2}, "Holds until hour 5 if well w2 starts before hour 0 (rule 3): else 2 assets fail sooner."),
    ],
)  # fmt: skip
def test_what_stand_by_holds_and_until_when_is_told(turtle, outages, told):
    [(_, sentence)] = starts(turtle, outages)
    assert sentence == told


def test_what_fails_all_the_same_is_counted_apart_with_the_hour_of_the_last():
    [(start, _)] = starts(WELLS + LAUNDRY, {"w1": 0, "line": 2})
    assert (start.by, start.saves, start.delays, start.until) == (0.0, 2, 1, 2.0)
    assert {"delays": 1, "until": 2.0}.items() <= start.document.items()


def test_stand_by_that_gains_nothing_is_not_named():
    assert starts(WELLS, {"w1": 0, "w3": 0}) == []
    assert starts(WELLS, {"w1": 0, "w2": 0}) == []


def test_read_as_direct_no_more_must_start_than_what_holds_the_next_step():
    chain = WELLS + LAUNDRY
    for reading, saved in (("any", 2), ("direct", 1)):
        [(start, _)] = starts(chain, {"w1": 0}, reading)
        assert start.saves == saved
