"""What a document may cost, and that none of any making is dear to refuse, a fault, or a server's error."""

from __future__ import annotations

import os
import random
import time
from typing import TYPE_CHECKING, Any

import pytest
from graphql import get_introspection_query, parse
from ldt_api.app import create_app
from ldt_api.limits import MAX_COST, MAX_SAME, Reckoning
from ldt_api.schema import make_schema
from starlette.testclient import TestClient

from ldt_graph.errors import QueryError
from ldt_graph.graph.embedded import EmbeddedStore
from ldt_graph.record import Record
from tests.api.test_app import commit
from tests.test_docs import DOCS, blocks_of

if TYPE_CHECKING:
    from collections.abc import Iterator

DOCUMENTS = int(os.environ.get("TWIN_TEST_DOCUMENTS", "1500"))
SCHEMA: Any = make_schema()._schema
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
    told(client, query)


def told(client: TestClient, query: str, variables: object = None) -> None:
    """Ask; the answer is no fault, and no error of the server."""
    begun = time.process_time()
    body = {"query": query, "variables": variables}
    answer = client.post("/graphql", json=body)
    assert answer.status_code in (200, 400), (query, answer.text)
    assert "A fault of ours" not in answer.text, query
    assert time.process_time() - begun < 2, query


class Grammar:
    """Makes documents of the schema's own fields, and spoils them."""

    VALUES = ("1", "-1", "0", '"grid"', '"x"', "null", "true", "1e3", "[]", '["grid"]', "{}", "$v", "OUT", '"0"', "99999999999", '"""b"""')  # fmt: skip

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.names = 0

    def document(self) -> str:
        fragments = [f"fragment F{i} on {self.type_name()} {self.selection(None, 2)}" for i in range(self.chance.choice((0, 0, 1, 3)))]  # fmt: skip
        head = self.chance.choice(("", "query ", "query Q ", "query ($v: Int) ", "query Q($v: String = \"0\") ", "mutation "))  # fmt: skip
        parts = [head + self.selection(SCHEMA.query_type, self.chance.randint(1, 6)), *fragments]
        self.chance.shuffle(parts)
        return " ".join(parts)

    def type_name(self) -> str:
        return self.chance.choice(("Query", "Asset", "Version", "Impact", "Hit", "Nothing"))

    def selection(self, type_: Any, depth: int) -> str:
        type_ = type_ if hasattr(type_, "fields") else SCHEMA.query_type
        return "{ " + " ".join(self.one(type_, depth) for _ in range(self.chance.randint(1, 4))) + " }"  # fmt: skip

    def one(self, type_: Any, depth: int) -> str:
        kind = self.chance.random()
        if kind < 0.08:
            return f"...F{self.chance.randrange(4)}"
        if kind < 0.12:
            return f"... on {type_.name} {self.selection(type_, depth - 1)}" if depth else "__typename"  # fmt: skip
        name, field = self.chance.choice(sorted(type_.fields.items()))
        alias = f"a{self.chance.randrange(9)}: " if self.chance.random() < 0.2 else ""
        wanted = [n for n, a in field.args.items() if a.type.__class__.__name__ == "GraphQLNonNull" or self.chance.random() < 0.3]  # fmt: skip
        given = ", ".join(f"{n}: {self.value(n)}" for n in wanted)
        inner = field.type
        while hasattr(inner, "of_type"):
            inner = inner.of_type
        below = self.selection(inner, depth - 1) if hasattr(inner, "fields") and depth > 0 else ""
        return f"{alias}{name}{f'({given})' if given else ''} {below}"

    def value(self, name: str) -> str:
        if self.chance.random() < 0.2:
            return self.chance.choice(self.VALUES)
        likely = {"of": '["grid"]', "id": '"pump"', "first": str(self.chance.choice((1, 5, 1000)))}
        return likely.get(name, self.chance.choice(self.VALUES))

    def spoiled(self, text: str) -> str:
        for _ in range(self.chance.randint(1, 4)):
            at = self.chance.randrange(len(text) + 1)
            put = self.chance.choice(("{", "}", "(", ")", '"', "...", "$", "@x", ":", "!", "[", "]", "\\", "#", "\n", "9" * 30, "", "fragment F0 on Query { ...F0 }"))  # fmt: skip
            text = text[:at] + put + text[at + self.chance.randint(0, 5) :]
        return text


def test_documents_of_the_grammar_and_spoiled_ones_are_answered_in_words(client):
    made = Grammar(random.Random(15))
    for number in range(DOCUMENTS):
        query = made.document()
        if number % 2:
            query = made.spoiled(query)
        told(client, query, made.chance.choice((None, {}, {"v": 1}, {"v": "0"}, {"v": [1]})))
