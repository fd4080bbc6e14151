"""What planners ask over GraphQL."""

from __future__ import annotations

import pytest
from ldt_api.app import create_app
from starlette.testclient import TestClient

from ldt_graph.graph.embedded import EmbeddedStore
from tests.api.test_app import ask
from tests.cities import record_of


@pytest.fixture(scope="module")
def client(cities):
    with TestClient(create_app(EmbeddedStore(record_of(cities.demo(3_000)).location))) as client:
        yield client


def test_single_failures_are_ranked_and_paged(client):
    query = "query($skip: Int!) { criticality(first: 2, skip: $skip, by: ASSETS) { totalCount horizonHours nodes { identifier people facilities assets status short { people } degraded { facilities assets } } } }"
    first, second = (ask(client, query, skip=s)["data"]["criticality"] for s in (0, 2))
    sizes = [n["assets"] for page in (first, second) for n in page["nodes"]]
    assert sizes == sorted(sizes, reverse=True)
    assert first["totalCount"] == second["totalCount"] > 50
    assert {n["status"] for n in first["nodes"]} == {None}
    worst = first["nodes"][0]["identifier"]
    hit = ask(client, f'{{ impact(of: ["{worst}"]) {{ summary {{ byStatus {{ failed }} }} }} }}')
    assert hit["data"]["impact"]["summary"]["byStatus"]["failed"] == sizes[0]


def test_what_takes_an_asset_out_brings_it_down(client):
    query = '{ criticality(of: "HOSP-01", by: PEOPLE_SHORT, first: 5) { totalCount nodes { iri status } } }'
    takers = ask(client, query)["data"]["criticality"]
    assert takers["totalCount"] == 0 or len(takers["nodes"])
    for taker in takers["nodes"]:
        of = f'impact(of: ["{taker["iri"]}"])'
        why = ask(client, f'{{ {of} {{ why(id: "HOSP-01") {{ status }} }} }}')
        assert why["data"]["impact"]["why"]["status"] == taker["status"]


def test_a_class_that_is_none_is_refused(client):
    answer = ask(client, '{ criticality(type: "Unicorn") { totalCount } }')
    assert "Unicorn" in answer["errors"][0]["message"]


def test_a_scenario_gives_both_answers_and_their_difference(client):
    query = """{ scenario(of: ["L-00001"], changes: [{do: CLOSE, asset: "TIE-01-01"}], date: "2027-03-01") {
        date notes saved { assets people } hoursGained personHours { before after saved }
        before { summary { byStatus { failed } } } after { summary { byStatus { failed } } }
        changed(kind: SAVED, first: 3) { identifier before after } } }"""
    found = ask(client, query)["data"]["scenario"]
    before, after = (found[k]["summary"]["byStatus"]["failed"] for k in ("before", "after"))
    assert before - after == found["saved"]["assets"] > 0
    assert found["personHours"]["saved"] > 0
    assert [c["after"] for c in found["changed"]] == [None] * 3


def test_a_change_that_does_not_fit_is_told(client):
    query = '{ scenario(of: ["L-00001"], changes: [{do: FEED, asset: "HOSP-01"}]) { date } }'
    assert "feed needs by" in ask(client, query)["errors"][0]["message"]


def test_the_cheapest_measure_is_found_and_why_nothing_cheaper_does(client):
    query = '{ measures(of: ["L-00001"], keep: ["HOSP-01"]) { cost lower exact singles pairs measures { do asset sentence } cheaper { cost down left { iri status } measures { asset } } } }'
    found = ask(client, query)["data"]["measures"]
    assert (found["cost"], found["lower"], found["exact"]) == (1.0, 1.0, True)
    assert [m["sentence"] for m in found["measures"]] == ["close power:TIE-01-01"]
    assert found["cheaper"][0]["measures"] == []
    [left] = found["cheaper"][0]["left"]
    assert (left["iri"], left["status"]) == (found["cheaper"][0]["down"][0], "failed")
    wary = ask(client, query.replace("keep:", "keepFrom: DEGRADED, keep:"))["data"]["measures"]
    assert wary == found
    chosen = '[{do: AUTONOMY, asset: "HOSP-01", hours: 1}]'
    query = f'{{ measures(of: ["L-00001"], keep: ["HOSP-01"], changes: {chosen}) {{ cost measures {{ do }} }} }}'
    assert ask(client, query)["data"]["measures"] == {"cost": None, "measures": None}


@pytest.mark.parametrize("which", ["cell: 200", "corridor: 20, length: 300"])
def test_the_worst_places_are_those_of_the_command(client, which):
    query = f"{{ worstPlaces({which}, by: PEOPLE, first: 2) {{ count asked unplaced nodes {{ box along line people failed short {{ people }} degraded {{ assets }} assetCount assets(first: 2) }} }} }}"
    found = ask(client, query)["data"]["worstPlaces"]
    one, other = found["nodes"]
    assert (one["people"], one["failed"]) >= (other["people"], other["failed"])
    assert found["count"] >= found["asked"] > 5
    assert len(one["assets"]) == min(2, one["assetCount"])
    assert bool(one["along"]) == bool(one["line"]) == which.startswith("corridor")
    of = ask(client, "query($of: [String!]) { impact(of: $of) { summary { people { failed } } } }", of=everything(client, which))  # fmt: skip
    assert of["data"]["impact"]["summary"]["people"]["failed"] == one["people"]


def everything(client, which):
    query = f"{{ worstPlaces({which}, first: 1) {{ nodes {{ assets(first: 1000) }} }} }}"
    return ask(client, query)["data"]["worstPlaces"]["nodes"][0]["assets"]


def test_feeds_that_lie_together_are_paged(client):
    query = "{ commonCauses(metres: 1, first: 1) { totalCount nodes { identifier group members assets metres points inside evidence { source row } } } }"
    found = ask(client, query)["data"]["commonCauses"]
    assert found["totalCount"] >= len(found["nodes"]) == 1
    assert len(found["nodes"][0]["assets"]) == 2


@pytest.mark.parametrize("which", ["first: 3", "cell: 5, corridor: 5", "cell: 0", "corridor: -1"])
def test_places_of_no_size_are_refused(client, which):
    answer = ask(client, f"{{ worstPlaces({which}) {{ count }} }}")
    assert answer["errors"][0]["message"]
    assert answer["data"] is None
