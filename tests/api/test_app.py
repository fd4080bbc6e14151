"""The HTTP interface over a small invented twin."""

from __future__ import annotations

import re
import time

import duckdb
import pytest
from ldt_api.app import MAX_BODY, STATIC, create_app
from starlette.testclient import TestClient

from ldt_graph import assets
from ldt_graph.graph.embedded import EmbeddedStore
from ldt_graph.model import Version, Violation, create_tables, tell
from ldt_graph.ontology import Ontology
from ldt_graph.record import Record
from ldt_graph.testing import insert

CITY = """
<grid> a ldt:GridConnection , ldt:Source , ldt:Asset ; dcterms:identifier "grid" ; ldt:electricallyConnectedTo <station> .
<station> a ldt:DistributionStation ; dcterms:identifier "station" ; rdfs:label "Station one" .
<pump> a ldt:Pump ; dcterms:identifier "pump" ; ldt:poweredBy <station> ; geo:asWKT "POINT (10 50)" .
"""


def commit(record: Record, more: str = ""):
    con = duckdb.connect()
    create_tables(con)
    insert(con, CITY + more, "city")
    ontology = Ontology.parse(assets.ontology_files())
    con.executemany(
        "INSERT INTO statements VALUES ('_ontology', ?, ?, ?, ?, ?, ?, 'observed', NULL, 'ontology', NULL, NULL, 0)",
        [list(t) for t in ontology.triples],
    )
    place = ("a.csv", 3, "people", "n/a")
    tell(con, [Violation("city", "lift", "violation", "lift:datatype", None, *place, "bad")])
    counts = {
        "name": "city",
        "rows": 3,
        "statements": 9,
        "entities": 3,
        "set_aside": 1,
        "warnings": 0,
    }
    return record.commit(
        con, {"name": "city", "base": "https://example.org/test/", "datasets": [counts]}
    )


@pytest.fixture(scope="module")
def record(tmp_path_factory) -> Record:
    """A record that no test writes to."""
    record = Record(tmp_path_factory.mktemp("app") / "record")
    commit(record)
    return record


@pytest.fixture(scope="module")
def client(record):
    with TestClient(create_app(EmbeddedStore(record.location))) as client:
        yield client


def ask(client, query: str, **variables):
    answer = client.post("/graphql", json={"query": query, "variables": variables})
    return answer.json()


def test_an_asset_is_described_with_relations_targets_and_evidence(client):
    answer = ask(
        client,
        '{ asset(id: "city:pump") { curie type domain relations(name: "poweredBy") { target { name } provenance { source row } } } }',
    )
    assert answer["data"]["asset"] == {
        "curie": "city:pump",
        "type": "Pump",
        "domain": "water",
        "relations": [
            {"target": {"name": "Station one"}, "provenance": {"source": "city.ttl", "row": 11}}
        ],
    }
    assert ask(client, '{ asset(id: "nothing") { iri } }') == {"data": {"asset": None}}


def test_pages_go_on_where_the_last_one_ended(client):
    query = "query($after: String) { assets(first: 2, after: $after) { totalCount nodes { identifier } edges { cursor } pageInfo { hasNextPage endCursor } } }"
    first = ask(client, query)["data"]["assets"]
    assert (
        first["totalCount"],
        [n["identifier"] for n in first["nodes"]],
        first["pageInfo"]["hasNextPage"],
    ) == (3, ["grid", "pump"], True)
    second = ask(client, query, after=first["pageInfo"]["endCursor"])["data"]["assets"]
    assert [n["identifier"] for n in second["nodes"]] == ["station"]
    assert not second["pageInfo"]["hasNextPage"]


def test_an_impact_is_explained_hop_by_hop(client):
    answer = ask(
        client,
        '{ impact(of: ["grid"]) { summary { byStatus { failed exposed } byDomain { key failed } } hits { identifier status hour because { reason sentence } } } }',
    )
    assert "errors" not in answer
    impact = answer["data"]["impact"]
    assert impact["summary"]["byStatus"] == {"failed": 2, "exposed": 0}
    pump = next(h for h in impact["hits"] if h["identifier"] == "pump")
    assert [s["reason"] for s in pump["because"]] == ["gate", "supply", "outage"]
    assert "powered by" in pump["because"][0]["sentence"]


POINT = '{"type": "Point", "coordinates": [10, 50.0005]}'
IN = "query($area: AreaInput, $of: [String!]) { impact(of: $of, in: $area) { seeds { identifier } } }"


@pytest.mark.parametrize(
    "area",
    [
        {"near": {"lon": 10.001, "lat": 50, "metres": 80}},
        {"box": [9.9, 49.9, 10.1, 50.1]},
        {"geojson": POINT, "metres": 60},
    ],
)
def test_an_outage_of_an_area_takes_what_lies_in_it(client, area):
    found = ask(client, IN, area=area)["data"]["impact"]
    assert found == {"seeds": [{"identifier": "pump"}]}
    both = ask(client, IN, area=area, of=["grid"])["data"]["impact"]
    assert [s["identifier"] for s in both["seeds"]] == ["grid", "pump"]


@pytest.mark.parametrize(
    ("area", "message"),
    [
        ({}, "An area is one of"),
        ({"box": [1, 2, 3]}, "west, south, east, north"),
        ({"near": {"lon": 10, "lat": 51, "metres": 5}}, "No asset lies in the area"),
        ({"geojson": POINT, "box": [1, 2, 3, 4]}, "An area is one of"),
        ({"geojson": "{type: 1}"}, "not GeoJSON"),
    ],
)
def test_an_area_without_meaning_is_told(client, area, message):
    [error] = ask(client, IN, area=area)["errors"]
    assert message in error["message"]


def test_why_says_what_had_to_fail_or_what_holds(client):
    query = """{ impact(of: ["grid"], clock: 6) { clock summary { storages { iri } mustStart { iri sentence } }
      fails: why(id: "pump") { status hour seeds failed { asset reason causes gate { required } steps { sentence } } sentences }
      is: why(id: "grid") { status hour failed { reason } held { by } } } }"""
    impact = ask(client, query)["data"]["impact"]
    assert (impact["clock"], impact["summary"]) == (6.0, {"storages": [], "mustStart": []})
    why = impact["fails"]
    assert (why["status"], why["hour"], len(why["seeds"])) == ("failed", 0.0, 1)
    assert [f["reason"] for f in why["failed"]] == ["gate", "supply", "outage"]
    assert why["failed"][0]["causes"] == [why["failed"][1]["asset"]]
    assert why["sentences"][0].startswith("It takes the outage of")
    assert impact["is"] == {
        "status": "failed",
        "hour": 0.0,
        "failed": [{"reason": "outage"}],
        "held": [],
    }
    unknown = ask(client, '{ impact(of: ["grid"]) { why(id: "nobody") { status } } }')
    assert "No entity 'nobody'" in unknown["errors"][0]["message"]


def test_violations_datasets_versions_and_counts(client):
    answer = ask(
        client,
        "{ violations { totalCount nodes { source row column } } datasets { name setAside } versions { number } countBy(by: TYPE) { key count } }",
    )["data"]
    assert answer["violations"] == {
        "totalCount": 1,
        "nodes": [{"source": "a.csv", "row": 3, "column": "people"}],
    }
    assert answer["datasets"] == [{"name": "city", "setAside": 1}]
    assert answer["versions"] == [{"number": 0}]
    assert {"key": "Pump", "count": 1} in answer["countBy"]


def test_a_new_version_is_served_without_a_restart_and_the_old_one_on_request(tmp_path):
    record = Record(tmp_path / "record")
    commit(record)
    asked = '{ assets(filter: {type: "Pump"}) { totalCount } }'
    with TestClient(create_app(EmbeddedStore(record.location), poll=0.05)) as client:
        commit(record, '<more> a ldt:Pump ; dcterms:identifier "more" .')
        for _ in range(200):
            answer = client.post("/graphql", json={"query": asked})
            if answer.headers["X-LDT-Version"] == "1":
                break
            time.sleep(0.02)
        assert answer.json()["data"]["assets"]["totalCount"] == 2
        older = ask(client, '{ assets(filter: {type: "Pump"}, asOf: "0") { totalCount } }')
        assert older["data"]["assets"]["totalCount"] == 1


def test_without_a_record_it_is_alive_but_not_ready(tmp_path):
    with TestClient(create_app(EmbeddedStore(str(tmp_path / "none")))) as client:
        assert client.get("/health").status_code == 200
        assert (client.get("/ready").status_code, client.get("/ready").headers["Retry-After"]) == (
            503,
            "5",
        )
        assert client.post("/graphql", json={"query": "{ countBy { key } }"}).status_code == 503


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ('{ impact(of: ["nothing"]) { hitCount } }', "No entity 'nothing' in version 0."),
        ("{ impact(of: []) { hitCount } }", "at least one asset"),
        ('{ impact(of: ["grid"], horizonHours: -1) { hitCount } }', "0 or more hours"),
        ("{ assets(first: 5000) { totalCount } }", "0 to 1,000"),
        ("{ assets(first: -1) { totalCount } }", "0 to 1,000"),
        ('{ violations(after: "x") { totalCount } }', "not a cursor"),
        ('{ countBy(asOf: "99") { key } }', "no version 99"),
        ("{ nothing }", "Cannot query field"),
        ("{ asset(id: 1.5) { iri } }", "String cannot represent"),
        ("{ a" + "".join(f" a{i}: versions {{ number }}" for i in range(40)) + " }", "aliases"),
    ],
)
def test_a_bad_question_is_answered_by_a_clear_error(client, query, message):
    answer = ask(client, query)
    assert message in answer["errors"][0]["message"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b"[]", 400),
        (b'{"query": 5}', 400),
        (b'{"query": "{a}", "variables": []}', 200),
        (b'{"query": "{a}", "variables": [1]}', 400),
        (b"x" * (MAX_BODY + 1), 413),
    ],
)
def test_a_malformed_request_is_refused(client, body, status):
    answer = client.post("/graphql", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == status
    assert answer.json()["errors"]


def test_a_fault_of_ours_is_masked(record, caplog, monkeypatch):
    def fault() -> list[Version]:
        raise ZeroDivisionError("division by zero")

    store = EmbeddedStore(record.location)
    monkeypatch.setattr(store, "versions", fault)
    with TestClient(create_app(store)) as client:
        answer = client.post("/graphql", json={"query": "{ versions { number } }"}).json()
    assert "division" not in str(answer)
    assert "A fault of ours" in answer["errors"][0]["message"]
    assert "ZeroDivisionError" in caplog.text


def test_graphiql_loads_local_files_only(client):
    page = client.get("/graphql")
    addresses = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert addresses
    assert all(a.startswith("/static/") and client.get(a).status_code == 200 for a in addresses)
    assert "default-src 'self'" in page.headers["Content-Security-Policy"]
    assert (STATIC / "LICENSES.txt").read_text().count("MIT") >= 2


def test_relations_are_asked_from_both_ends(client):
    query = '{ asset(id: "station") { out: relations { name } into: relations(direction: IN, name: "poweredBy") { name target { identifier relations(name: "poweredBy") { target { identifier } } } } } }'
    assert ask(client, query)["data"]["asset"]["into"] == [
        {
            "name": "poweredBy",
            "target": {
                "identifier": "pump",
                "relations": [{"target": {"identifier": "station"}}],
            },
        }
    ]


def test_assets_are_found_in_a_box(client, record):
    where = "{ assets(filter: {box: {west: %s, south: 48, east: 10, north: 49}}) { totalCount } }"
    assert ask(client, where % 9)["data"]["assets"]["totalCount"] == 0
    assert "No box on the earth" in ask(client, where % 900)["errors"][0]["message"]


TWO = "query A { versions { number } } query B { datasets { name } }"


@pytest.mark.parametrize(
    ("query", "name", "words"),
    [
        ("query A { versions { number } }", "Z", "no operation 'Z'; it has A"),
        ("{ versions { number } }", "Z", "no operation 'Z'; it has one without a name"),
        ("", None, "`query` is empty"),
        ("  \n", "A", "`query` is empty"),
        ("fragment F on Query { versions { number } }", None, "holds no operation"),
        ("# nothing but a comment\nfragment F on Query { versions { number } }", "F", "holds no operation"),
        (TWO, None, "several operations: name one in `operationName`: A, B"),
        (TWO, "", "several operations"),
    ],
)  # fmt: skip
def test_where_no_operation_can_be_chosen_the_request_is_refused(client, query, name, words):
    answer = client.post("/graphql", json={"query": query, "operationName": name})
    assert answer.status_code == 400
    assert "data" not in answer.json()
    assert words in answer.json()["errors"][0]["message"]


@pytest.mark.parametrize(("name", "field"), [("A", "versions"), ("B", "datasets")])
def test_of_several_operations_the_named_one_is_answered(client, name, field):
    answer = client.post("/graphql", json={"query": TWO, "operationName": name}).json()
    assert list(answer["data"]) == [field]


@pytest.mark.parametrize("name", [None, ""])
def test_the_only_operation_needs_no_name(client, name):
    asked = {"query": "query A { versions { number } }", "operationName": name}
    assert "errors" not in client.post("/graphql", json=asked).json()
