"""One dependency table, read three ways: any, all, direct (invented)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ldt_graph.errors import QueryError
from ldt_graph.impact import Scenario, engine_of, impact
from ldt_graph.impact.structure.changes import change_of
from ldt_graph.impact.structure.network import READINGS
from ldt_graph.testing import BASE, graph_of
from tests.examples import examples

TABLE = """
<pump> a ldt:Pump ; ldt:poweredBy <a> , <b> ; ldt:controlledBy <c> .
<ward> a ldt:Building ; ldt:waterSuppliedBy <pump> .
<tram> a ldt:Asset ; ldt:hasRequirement <group> .
<group> a ldt:SupplyGroup ; ldt:requiredMembers 1 ; ldt:hasMember <a> , <b> .
<a> a ldt:DistributionStation . <b> a ldt:DistributionStation . <c> a ldt:Asset .
"""


def fails(graph, seeds, reading):
    answer = impact(graph, [BASE + "test/" + s for s in seeds], reading=reading)
    iris = (h["iri"] for h in answer.hits("none") if h["status"] == "failed")
    return "".join(sorted(i.rpartition("/")[2][0] for i in iris))


@pytest.mark.parametrize(
    ("seeds", "reading", "expected"),
    [
        ("a", "any", "pw"),
        ("a", "all", ""),
        ("a", "direct", "p"),
        ("ab", "any", "ptw"),
        ("ab", "all", "ptw"),
        ("ab", "direct", "pt"),
        ("c", "any", "pw"),
        ("c", "all", "pw"),  # nothing stands in for what controls it
        ("c", "direct", "p"),
    ],
)
def test_what_fails_hangs_on_how_the_table_is_read(seeds, reading, expected):
    assert fails(graph_of(TABLE), seeds, reading) == expected


def test_the_gate_of_a_hit_is_named_and_so_is_the_reading():
    graph = graph_of(TABLE)
    named = {}
    for reading in READINGS:
        answer = impact(graph, [BASE + "test/a", BASE + "test/b"], reading=reading)
        assert answer.document()["reading"] == answer.reading == reading
        assert any("Read as" in n for n in answer.summary()["notes"]) == (reading != "any")
        named[reading] = {h["iri"].rpartition("/")[2]: h["because"][0]["gate"] for h in answer.hits("step")}  # fmt: skip
    of_pump = {r: g["pump"] for r, g in named.items()}
    assert [(g["stated"], g["required"], g["members"]) for g in of_pump.values()] == [(False, 1, 1), (False, 1, 2), (False, 1, 1)]  # fmt: skip
    assert of_pump["all"]["relation"].endswith("poweredBy")
    assert of_pump["any"]["relation"] is None
    assert all(g["tram"]["stated"] and g["tram"]["group"] for g in named.values())


def test_what_holds_says_what_stands_in():
    graph = graph_of(TABLE)
    held = impact(graph, [BASE + "test/a"], reading="all").why(BASE + "test/pump").document
    assert held["status"] == "exposed"
    assert held["held"][0]["working"] == [BASE + "test/b"]


@pytest.mark.parametrize("reading", READINGS)
def test_a_scenario_is_read_as_the_city_that_it_changes(reading):
    graph = graph_of(TABLE)
    engine = engine_of(graph, reading)
    change = change_of({"do": "autonomy", "asset": BASE + "test/tram", "hours": 4})
    opened = Scenario("later", (change,)).open(engine, graph.version.number).engine
    for seeds in (["a"], ["a", "b"], ["c"]):
        asked = [BASE + "test/" + s for s in seeds]
        assert set(opened.ask(asked).failed) == set(engine.ask(asked).failed)


def test_no_other_reading_is_taken():
    with pytest.raises(QueryError, match="any, all, direct"):
        impact(graph_of(TABLE), [BASE + "test/a"], reading="some")  # ty: ignore[invalid-argument-type]


tables = st.sets(st.tuples(st.integers(0, 6), st.sampled_from(["poweredBy", "controlledBy"]), st.integers(0, 6)).filter(lambda t: t[0] != t[2]), max_size=12)  # fmt: skip


@given(tables, st.sets(st.integers(0, 6), min_size=1, max_size=3))
@examples(40)
def test_each_reading_is_its_plain_definition(table, seeds):
    rows = "".join(f"<{a}> ldt:{r} <{b}> . " for a, r, b in sorted(table))
    graph = graph_of("".join(f"<{v}> a ldt:Asset . " for v in range(7)) + rows)

    def spread(needs):
        down = set(seeds)
        while fresh := {v for v in range(7) if v not in down and needs(v, down)}:
            down |= fresh
        return down - seeds

    def lost(v, down, enough):
        kinds = {r for a, r, _ in table if a == v}
        return any(enough(o in down for a, s, o in table if (a, s) == (v, r)) for r in kinds)

    expected = {
        "any": spread(lambda v, down: lost(v, down, any)),
        "all": spread(lambda v, down: lost(v, down, all)),
        "direct": {v for v in range(7) if v not in seeds and lost(v, seeds, any)},
    }
    for reading in READINGS:
        assert fails(graph, map(str, seeds), reading) == "".join(map(str, sorted(expected[reading])))  # fmt: skip
    assert expected["all"] | expected["direct"] <= expected["any"]
