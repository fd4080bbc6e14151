"""What a document may cost, and that none of any making is dear to refuse, a fault, or a server's error."""

from __future__ import annotations

import gc
import json
import os
import random
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from graphql import get_introspection_query, parse
from ldt_api.app import create_app
from ldt_api.asking import DEAR
from ldt_api.directives import weight_of
from ldt_api.limits import MAX_COST, MAX_SAME, Reckoning
from starlette.testclient import TestClient

from ldt_graph.errors import QueryError
from ldt_graph.graph.embedded import EmbeddedStore
from ldt_graph.record import Record
from tests.api.documents import SCHEMA, Grammar
from tests.api.test_app import commit
from tests.test_docs import DOCS, blocks_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from httpx2 import Response

DOCUMENTS = int(os.environ.get("TWIN_TEST_DOCUMENTS", "1000"))
ASSETS = "{ assets(first: %s) { nodes { iri name relations { name target { name } } } } }"


def cost(query: str, **variables: object) -> int:
    document = parse(query)
    [operation] = [d for d in document.definitions if d.kind == "operation_definition"]
    operation_: Any = operation
    return Reckoning(SCHEMA, document, variables).of(operation_).own


def doubling(levels: int) -> str:
    chain = " ".join(
        f"fragment F{i} on Version {{ ...F{i + 1} ...F{i + 1} }}" for i in range(levels)
    )
    return f"{{ versions {{ ...F0 }} }} {chain} fragment F{levels} on Version {{ number }}"


def test_a_page_costs_its_entries():
    assert cost(ASSETS % 100) == pytest.approx(10 * cost(ASSETS % 10), rel=0.2)
    assert cost(ASSETS % 1000) < MAX_COST
    assert cost(ASSETS % 9999) == cost(ASSETS % 1000)
    assert cost(ASSETS % -5) == cost(ASSETS % 0)


def test_a_page_of_a_variables_length_costs_its_value_or_its_default():
    query = "query($n: Int = 7) { assets(first: $n) { nodes { iri } } }"
    assert cost(query) == cost(query, n=7)
    assert cost(query, n=700) - cost(query, n=7) == 693 * 2
    assert cost("query($n: Int) { assets(first: $n) { nodes { iri } } }", n=None) > 1000


def test_a_fragment_costs_what_it_says_where_it_is_spread():
    spread = "{ assets(first: 100) { ...P } } fragment P on AssetConnection { nodes { iri } }"
    assert cost(spread) == cost("{ assets(first: 100) { nodes { iri } } }")
    inline = "{ assets(first: 100) { ... on AssetConnection { nodes { ... { iri } } } } }"
    assert cost(inline) == cost(spread)


def test_what_ships_may_be_asked():
    written = [b.text for d in DOCS for b in blocks_of(d) if b.kind == "graphql"]
    for query in (*written, get_introspection_query()):
        assert cost(query) < MAX_COST


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("{" + " ".join(f"a{i}: {(ASSETS % 1000)[2:-2]}" for i in range(30)) + "}", "costs"),
        (doubling(26), "costs"),
        (doubling(100), "nested"),
        ("{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }", "holds itself"),
        ("{ ...Z }", "no fragment 'Z'"),
        ("{ asset(id: 1) " + "{ relations { target " * 7 + "{ iri }" + "} }" * 7 + " }", "levels"),
        ("{" + " ".join(f"a{i}: versions {{ number }}" for i in range(40)) + "}", "aliases"),
        ("{" + "versions { number }" * (MAX_SAME + 1) + "}", "51 times"),
        ("{" + " ".join(f'a{i}: assets(asOf: "{i}") {{ totalCount }}' for i in range(4)) + "}", "asOf"),
        ("{ assets(first: " + "9" * 5000 + ") { totalCount } }", "5,000 digits"),
        ("{ impact(of: [" + '"a",' * 900 + '"a"]) { hits(first: 1000) { because { sentence evidence { row source origin rule } gate { group working } } } } }', "costs"),
    ],
)  # fmt: skip
def test_what_is_too_dear_is_told_before_it_is_begun(query, words):
    begun = time.process_time()
    with pytest.raises(QueryError, match=words):
        cost(query)
    assert time.process_time() - begun < 0.5


def test_reckoning_is_linear_however_fragments_are_spread():
    def seconds(levels: int) -> float:
        begun = time.process_time()
        for _ in range(5):
            with pytest.raises(QueryError):
                cost(doubling(levels))
        return time.process_time() - begun

    assert seconds(54) < 12 * seconds(18) + 0.2


# ── through the application ──────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def client(tmp_path_factory) -> Iterator[TestClient]:
    record = Record(tmp_path_factory.mktemp("limits") / "record")
    commit(record)
    with TestClient(create_app(EmbeddedStore(record.location))) as client:
        yield client


LONG = "9" * 5000
ODD = [
    *(f"{{ {field} }}" for field in (
        f"assets(first: {LONG}) {{ totalCount }}", f'assets(asOf: "{LONG}") {{ totalCount }}', f'violations(after: "{LONG}") {{ totalCount }}',
        f'impact(of: ["grid"], at: {LONG}) {{ hitCount }}', 'impact(of: ["grid"], at: 1e999) { hitCount }', 'impact(of: ["grid"], horizonHours: 1e308) { hitCount }',
        f'impact(of: ["grid"]) {{ hits(skip: {LONG[:9]}) {{ iri }} }}', 'asset(id: "\\ud800") { iri }', f'asset(id: "{LONG}") {{ iri }}',
        'assets(after: "\\u0000") { totalCount }', 'assets(filter: {box: {west: 1e999, south: 0, east: 0, north: 0}}) { totalCount }',
        f'assets(asOf: "{"0" * 400}") {{ totalCount }}', 'assets(asOf: "2026-13-99T99:99") { totalCount }', 'assets(asOf: "٣") { totalCount }',
    )),
    "query($a: Int = 99999999999) { assets(first: $a) { totalCount } }", "query($a: [String!]!) { impact(of: $a) { hitCount } }",
    "subscription { versions { number } }", "mutation { versions { number } }", "{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }",
    "query A { versions { number } } query A { versions { number } }", "{ versions @skip(if: $a) { number } }", "{ versions { number @include } }",
    "query($a: Nothing) { versions { number } }", "{ ... on Nothing { versions { number } } }", "fragment F on Query { versions { number } }", "\ufeff{ __typename }", "{ __typename }" + " " * 10_000,
    "{" * 900, "[" * 900, "{ a(b: " + "[" * 900, '"""', "\x00", "{ versions { number } }\u2028", "...", "@" * 500, "type A { b: C }",
]  # fmt: skip


@pytest.mark.parametrize("query", ODD, ids=lambda q: ascii(q[:40]))
def test_odd_documents_are_answered_in_words(client, query):
    told(client, {"query": query})


def told(client: TestClient, asked: dict | bytes) -> Response:
    """Ask; the answer is no fault, and no error of the server."""
    body = asked if isinstance(asked, bytes) else json.dumps(asked).encode()
    begun = time.process_time()
    answer = client.post("/graphql", content=body, headers={"Content-Type": "application/json"})
    assert time.process_time() - begun < 2, body[:2000]
    assert answer.status_code in (200, 400, 413), (body[:2000], answer.text)
    assert b"A fault of ours" not in answer.content, body[:2000]
    return answer


def memory() -> int:
    """Return how many bytes this process holds."""
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE")


HEAVY = {
    "wrong values": ("query($v: [String!]!) { impact(of: $v) { hitCount } }", [1] * 15_000),
    "more wrong values": ("query($v: [String!]!) { impact(of: $v) { hitCount } }", [1] * 300_000),
    "names that are none": ("query($v: [String!]!) { impact(of: $v) { hitCount } }", ["x"] * 15_000),
    "members that are none": ("query($v: AreaInput) { impact(in: $v) { hitCount } }", {f"k{n}": 1 for n in range(15_000)}),
    "more members": ("query($v: AreaInput) { impact(in: $v) { hitCount } }", {f"k{n}": 1 for n in range(70_000)}),
    "a box of many sides": ("query($v: [Float!]) { impact(in: {box: $v}) { hitCount } }", [1.5] * 15_000),
    "many changes": ('query($v: [ChangeInput!]!) { scenario(of: ["grid"], changes: $v) { hoursGained } }', [{"do": "ADD", "asset": f"n{n}", "type": "Pump"} for n in range(4_000)]),
    "many relations": ('query($v: [ChangeInput!]!) { scenario(of: ["grid"], changes: $v) { hoursGained } }', [{"do": "ADD", "asset": "n", "type": "Pump", "relations": [{"relation": "poweredBy", "to": "grid"}] * 5_000}]),
    "an area asked thirty times": ("query($v: String) { " + " ".join(f"a{n}: impact(in: {{geojson: $v}}) {{ hitCount }}" for n in range(29)) + " }", "[" * 900_000),
    "a text without end": ("query($v: String) { assets(filter: {text: $v}) { totalCount } }", "a" * 900_000),
    "a deep value": ("query($v: [String!]!) { impact(of: $v) { hitCount } }", json.loads("[" * 900 + "]" * 900)),
    "names that are nearly right": ("{" + " ".join("assets" + "z" * 400 + str(n) for n in range(900)) + "}", None),
    "fragments that overlap": ("{" + " ".join(f"...F{n}" for n in range(90)) + "}" + " ".join(f"fragment F{n} on Query {{ versions {{ number time }} }}" for n in range(90)), None),
    "the schema, again and again": ("{" + " ".join(f'a{n}: __type(name: "Query") {{ fields {{ args {{ name type {{ name ofType {{ name }} }} }} type {{ fields {{ type {{ name }} }} }} }} }}' for n in range(29)) + "}", None),
}  # fmt: skip


@pytest.mark.parametrize("kind", HEAVY)
def test_what_is_heavy_to_read_is_answered_soon_and_in_short(client, kind):
    query, value = HEAVY[kind]
    answer = told(client, {"query": query, "variables": {"v": value}})
    assert len(answer.content) < 250_000


def test_an_argument_costs_its_entries_and_members_however_it_is_said():
    listed = cost('{ impact(of: ["a", "b", "c"]) { hitCount } }')
    assert listed - cost('{ impact(of: ["a"]) { hitCount } }') == 2 * 5
    assert (
        cost("query($v: [String!]!) { impact(of: $v) { hitCount } }", v=["a", "b", "c"]) == listed
    )
    inside = "query($v: [Float!]) { impact(in: {box: $v}) { hitCount } }"
    assert cost(inside, v=[1.0] * 1_000) - cost(inside, v=[1.0]) == 999 * 5


def test_a_field_that_asks_more_costs_what_the_schema_says():
    said = {n: weight_of(f) for n, f in SCHEMA.query_type.fields.items()}
    asked = '(of: ["a"], keep: ["b"])'
    assert cost(f"{{ measures{asked} {{ cost }} }}") == said["measures"] + 2 * 5 + 1
    for name in ("impact", "criticality", "scenario", "measures"):
        assert said[name] >= DEAR  # nobody waits for them but their like


def test_an_answer_has_so_many_values_and_no_more(client, monkeypatch):
    monkeypatch.setattr("ldt_api.schema.MAX_VALUES", 10)
    monkeypatch.setattr("ldt_api.asking.MAX_VALUES", 10)
    answer = told(
        client, {"query": "{ assets { nodes { iri types relations { name target { iri } } } } }"}
    )
    [error] = answer.json()["errors"]
    assert "may have 10 values" in error["message"]
    assert "data" not in answer.json()
    assert "errors" not in told(client, {"query": "{ versions { number } }"}).json()


@pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="needs Linux's /proc")  # noqa: PTH110
def test_requests_of_the_grammar_and_spoiled_ones_are_answered_in_words_and_leave_nothing(client):
    made = Grammar(random.Random(int(os.environ.get("TWIN_TEST_SEED", "15"))))
    executed, held = 0, []
    for number in range(DOCUMENTS):
        answer = told(client, made.body())
        executed += b'"data":{' in answer.content
        if number % 500 == 499:
            held.append(memory())
    assert executed > DOCUMENTS / 50
    assert held[-1] - held[len(held) // 2] < 10_000_000
