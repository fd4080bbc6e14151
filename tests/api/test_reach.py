"""What is asked of ways over the roads over GraphQL."""

from __future__ import annotations

import pytest
from ldt_api.app import create_app
from starlette.testclient import TestClient

from ldt_graph.graph.embedded import EmbeddedStore
from tests.api.test_app import ask
from tests.cities import record_of

WAY = "{ kind status extra works people facility { identifier } place { identifier } before { minutes links { link from to minutes source row } } after { minutes facility { type } } }"


@pytest.fixture(scope="module")
def client(cities):
    with TestClient(create_app(EmbeddedStore(record_of(cities.demo(3_000)).location))) as client:
        yield client


def reach(client, arguments: str, fields: str):
    query = f'{{ impact(of: ["roads:8-7"]) {{ reach({arguments}) {{ {fields} }} }} }}'
    return ask(client, query)["data"]["impact"]["reach"]


def test_a_closed_roads_detours_are_paged_the_longest_first(client):
    fields = f"totalCount longer cutOff closed delayed notes nodes {WAY}"
    first, second = (reach(client, f"first: 1, skip: {s}", fields) for s in (0, 1))
    assert (first["closed"], first["cutOff"], first["delayed"]) == (1, 0, 0)
    assert first["totalCount"] == first["longer"] > 1
    [worst], [other] = first["nodes"], second["nodes"]
    assert worst["extra"] >= other["extra"] > 0
    assert worst["after"]["minutes"] > worst["before"]["minutes"]
    assert worst["before"]["links"][-1]["source"] == "roads/roads_net.tntp"


def test_nearest_and_others_and_unchanged_ways_are_asked_for(client):
    page = reach(client, "nearest: true, changed: false, first: 1000", f"totalCount nodes {WAY}")
    assert page["totalCount"] == len(page["nodes"]) > 3
    assert {n["facility"] for n in page["nodes"]} == {None}
    page = reach(client, 'from: ["DEPOT-BUS"], to: ["roads:1"], changed: false', f"nodes {WAY}")
    assert [n["place"]["identifier"] for n in page["nodes"]] == ["1"]


def test_a_page_too_large_or_a_name_that_is_none_is_refused(client):
    for arguments, told in (
        ("first: 1001", "0 to 1,000"),
        ('from: ["nobody"]', "nobody"),
        ('to: ["HOSP-01-FEEDS"]', "neither a road node"),
    ):
        query = f'{{ impact(of: ["roads:8-7"]) {{ reach({arguments}) {{ totalCount }} }} }}'
        assert told in ask(client, query)["errors"][0]["message"]
