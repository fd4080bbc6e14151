"""Every GraphQL document of the docs, and those that tell most, has byte-identical bodies from every store."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from ldt_api.app import create_app
from starlette.testclient import TestClient

from ldt_graph.graph.embedded import EmbeddedStore
from ldt_graph.graph.neo4j import Server, publish
from ldt_graph.graph.neo4j.connection import checked
from tests.cities import record_of
from tests.contract.stores import STORES, Case
from tests.test_docs import DOCS, Block, blocks_of, check

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ldt_graph.record import Record

WRITTEN = [b.text for d in DOCS for b in blocks_of(d) if b.kind == "graphql"]
MORE = [
    '{ asset(id: "power:HV-01") { iri identifier name type types domain dataset geometry attributes { name values { text datatype lang } } relations { name iri target { iri name } provenance { dataset origin source row rule } } } }',
    '{ asset(id: "nobody") { iri } }',
    '{ asset(id: "") { iri } }',
    '{ assets(filter: {type: "Pump"}, first: 3) { totalCount nodes { iri relations { name target { name type } } } pageInfo { hasNextPage endCursor } } }',
    '{ assets(filter: {domain: "water", text: "ps"}, first: 200) { totalCount nodes { curie name types geometry } } }',
    "{ assets(first: -1) { totalCount } }",
    "{ a: countBy(by: DOMAIN) { key count } b: countBy(by: TYPE) { key count } c: countBy(by: DATASET) { key count } }",
    '{ impact(of: ["HV-01"], horizonHours: 6, at: 1) { version { number time } at seeds { iri alreadyOff } hitCount summary { byStatus { failed exposed } byType { key failed } districts { name failed } people { failed exposed } criticalFacilities { failed } alreadyOff notes } hits(first: 50) { iri hour status because { sentence relation commodity evidence { source row rule } gate { group working } } } } }',
    '{ impact(of: ["ST-0001"]) { hits(first: 500, skip: 5, status: "exposed") { iri } } }',
    '{ impact(of: ["nobody"]) { hitCount } }',
    "{ datasets { name rows statements entities setAside warnings } versions { number time statements datasets } }",
    "{ violations(first: 1000) { totalCount nodes { dataset stage severity rule subject source row column value message } pageInfo { endCursor } } }",
    '{ violations(filter: {fix: true, source: "buildings.csv", waived: false}) { totalCount nodes { line key branch path component expected fix confidence waived } } }',
    '{ violations(stage: "lift", filter: {stage: "term"}) { totalCount } }',
    '{ violationGroups { dataset rule column source count first { row message } } all: violationGroups(by: [], first: 5) { count } }',
    '{ violationGroups(dataset: "buildings", shape: "lift:datatype", by: [SEVERITY, STAGE]) { severity stage dataset count } }',
    '{ quality(last: 1) { version { number } datasets { dataset rows violations warnings waived completeness } rules { dataset severity rule count } } quality2: quality(last: 0) { rules { count } } }',
    '{ sourceRows(file: "buildings.csv", row: 2) { line } }',
    '{ asset(id: "power:HV-01") { relations(direction: IN) { name iri targetIri target { name type } provenance { dataset origin source row rule } } } }',
    "{ assets(filter: {box: {west: -30.01, south: 44.99, east: -29.99, north: 45.01}, type: \"ldt:Building\"}, first: 300) { totalCount nodes { iri relations(direction: IN) { targetIri } } } }",
    '{ assets(filter: {type: "nothing:Pump"}) { totalCount } countBy(filter: {type: "https://w3id.org/ldt-graph#WaterAsset"}) { key count } }',
    "{ violations(first: 1, severity: \"violation\") { totalCount nodes { message } pageInfo { hasNextPage endCursor } } more: violations(first: 1, after: \"1\") { nodes { row } } }",
    '{ assets(asOf: "0", first: 2) { nodes { iri } } impact(of: ["HV-01"], asOf: "2999-01-01") { hitCount } }',
    "{ nonsense }",
]  # fmt: skip


@pytest.fixture(scope="module")
def record(cities) -> Record:
    return record_of(cities.faulty())


@pytest.fixture(scope="module", params=STORES, ids=str)
def tested(request) -> Case:
    return request.param


@pytest.fixture(scope="module")
def clients(request, tested, record, tmp_path_factory) -> Iterator[tuple[TestClient, TestClient]]:
    """The application over the embedded store, which is the measure, and over the one that is tested."""
    with (
        tested.opened(record, tmp_path_factory.mktemp(str(tested)), request) as store,
        TestClient(create_app(EmbeddedStore(record.location))) as embedded,
        TestClient(create_app(store)) as served,
    ):
        yield embedded, served


@pytest.mark.parametrize("question", WRITTEN + MORE, ids=lambda q: " ".join(q.split())[:50])
def test_every_store_answers_with_the_same_bytes(clients, question):
    bodies = [c.post("/graphql", json={"query": question}) for c in clients]
    assert bodies[0].content == bodies[1].content
    assert bodies[0].status_code == bodies[1].status_code
    assert bodies[0].headers.get("X-LDT-Version") == bodies[1].headers.get("X-LDT-Version")
    assert json.loads(bodies[0].content)


def test_a_version_that_nobody_has_is_told(clients):
    answer = clients[1].post("/graphql", json={"query": '{ assets(asOf: "7") { totalCount } }'})
    assert "no version 7" in answer.json()["errors"][0]["message"]


# ── docs/how-to/neo4j.md ─────────────────────────────────────────────────────────────────────────


def path_of_cypher() -> Path:
    return next(d for d in DOCS if d.name == "neo4j.md")


def cypher_blocks() -> list[Block]:
    return [b for b in blocks_of(path_of_cypher(), ("cypher",)) if b.kind == "cypher"]


def test_the_cypher_questions_of_the_docs_have_the_answers_that_stand_there(neo4j, cities, shared):
    data = shared / "data" / "infrarisk-micropolis"
    records = {"demo": record_of(cities.demo()), "micropolis": cities.micropolis(data)}
    blocks = cypher_blocks()
    assert len(blocks) >= 11
    with Server(neo4j.settings, wait=30) as server:
        for name, record in records.items():
            publish(record, server, rebuild=True, everything=True)
            for block in (b for b in blocks if b.notes.get("twin", "demo") == name):
                assert block.answer is not None
                found = server.driver.execute_query(checked(block.text)).records
                answers = json.dumps([r.data() for r in found])
                check(answers, block.answer, block.text, path_of_cypher())
