"""What each scope sees: generated from the schema, so that a field that is added is judged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    get_named_type,
    is_required_argument,
)
from ldt_api.access import Access
from ldt_api.app import create_app
from ldt_api.directives import scope_of
from ldt_api.keys import SCOPES, Keys, holds
from starlette.testclient import TestClient

from ldt_graph.graph.embedded import EmbeddedStore
from ldt_graph.record import Record
from tests.api.documents import SCHEMA
from tests.api.test_app import commit

if TYPE_CHECKING:
    from collections.abc import Iterator

RAW = {"Violation", "SourceLine"}
"""Types that hold values as a source wrote them, judged fit by nobody."""
LIKELY = {"id": '"pump"', "of": '["grid"]', "keep": '["pump"]', "file": '"a.csv"', "row": "3"}


def value(name: str, type_: Any) -> str:
    if name in LIKELY:
        return LIKELY[name]
    if isinstance(type_, GraphQLNonNull):
        return value(name, type_.of_type)
    if isinstance(type_, GraphQLList):
        return f"[{value('', type_.of_type)}]"
    if isinstance(type_, GraphQLInputObjectType):
        needed = ((n, f.type) for n, f in type_.fields.items() if isinstance(f.type, GraphQLNonNull))  # fmt: skip
        return "{" + ", ".join(f"{n}: {value(n, t)}" for n, t in needed) + "}"
    if isinstance(type_, GraphQLEnumType):
        return next(iter(type_.values))
    return {"Int": "1", "Float": "1", "Boolean": "true"}.get(str(type_), '"pump"')


def said(name: str, field: Any, below: str = "") -> str:
    """Return a field with all that it needs, and a leaf below it or what is given."""
    needed = {n: a.type for n, a in field.args.items() if is_required_argument(a)}  # fmt: skip
    given = ", ".join(f"{n}: {value(n, t)}" for n, t in needed.items())
    composite = hasattr(get_named_type(field.type), "fields")
    inner = f" {{ {below or '__typename'} }}" if composite else ""
    return f"{name}{f'({given})' if given else ''}{inner}"


def paths() -> dict[str, tuple[str, str]]:
    """Return each field of each type that can be asked, once: a document that asks it, and the scope that opens it."""
    found: dict[str, tuple[str, str]] = {}
    waiting = [(SCHEMA.query_type, lambda text: f"{{ {text} }}", SCOPES[0])]
    seen = {SCHEMA.query_type.name}
    while waiting:
        type_, around, scope = waiting.pop(0)
        for name, field in type_.fields.items():
            needed = max(scope, scope_of(field), key=SCOPES.index)
            found[f"{type_.name}.{name}"] = (around(said(name, field)), needed)
            inner = get_named_type(field.type)
            if hasattr(inner, "fields") and inner.name not in seen:
                seen.add(inner.name)
                wrap = lambda text, around=around, name=name, field=field: around(said(name, field, text))  # noqa: E731  # fmt: skip
                waiting.append((inner, wrap, needed))
    return found


PATHS = paths()


@pytest.fixture(scope="module")
def clients(tmp_path_factory) -> Iterator[dict[str, TestClient]]:
    folder = tmp_path_factory.mktemp("scopes")
    record, keys = Record(folder / "record"), Keys(folder / "keys.json")
    commit(record)
    secrets = {scope: keys.add(scope, scope) for scope in SCOPES}
    access = Access.of("0.0.0.0", 8000, "", keys.path)
    app = create_app(EmbeddedStore(record.location), access=access)
    with TestClient(app, base_url="http://127.0.0.1:8000") as client:
        yield {s: Bearing(client, secret) for s, secret in secrets.items()}  # ty: ignore[invalid-yield]


class Bearing:
    """A client with a key."""

    def __init__(self, client: TestClient, secret: str) -> None:
        self._client = client
        self._headers = {"Authorization": f"Bearer {secret}"}

    def ask(self, query: str, **more: object):
        asked = {"query": query, **more}
        return self._client.post("/graphql", json=asked, headers=self._headers)


def test_every_field_of_the_schema_is_among_those_that_are_tried():
    every = {f"{n}.{f}" for n, t in SCHEMA.type_map.items() if not n.startswith("__") and not isinstance(t, GraphQLInputObjectType) for f in getattr(t, "fields", ())}  # fmt: skip
    assert set(PATHS) == every
    assert len(every) > 200


def test_what_sources_wrote_is_behind_a_steward_wherever_it_is_reached():
    seen, waiting = set(), [SCHEMA.query_type]
    while waiting:
        for field in waiting.pop().fields.values():
            inner = get_named_type(field.type)
            if hasattr(inner, "fields") and inner.name not in seen and holds("read", scope_of(field)):  # fmt: skip
                seen.add(inner.name)
                waiting.append(inner)
    assert not seen & RAW
    assert {"Asset", "Impact", "Quality"} <= seen


@pytest.mark.parametrize("scope", SCOPES)
def test_a_key_opens_the_fields_of_its_scope_and_no_others(clients, scope):
    for where, (query, needed) in PATHS.items():
        answer = clients[scope].ask(query)
        if holds(scope, needed):
            assert answer.status_code == 200, (where, query, answer.text)
            assert "scope is not enough" not in answer.text
        else:
            assert answer.status_code == 403, (where, query)
            message = f"The key's scope is not enough: `{needed}` is needed."
            assert answer.json() == {"errors": [{"message": message}]}


SHAPES = [
    "{{ {} }}", "{{ a: {} }}", "{{ __typename ...F }} fragment F on Query {{ {} }}", "{{ ... {{ {} }} }}", "{{ ... on Query {{ {} }} }}",
    "{{ ... @include(if: false) {{ {} }} }}", "query A {{ versions {{ number }} }} query B {{ {} }}",
    "{{ ...F }} fragment F on Query {{ ...G }} fragment G on Query {{ ...H a: versions {{ number }} }} fragment H on Query {{ {} }}",
]  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES)
def test_a_field_is_behind_its_scope_however_it_is_asked(clients, shape):
    name = "B" if "query B" in shape else None
    for where, (query, needed) in PATHS.items():
        if where.startswith("Query.") and needed != "read":
            asked = shape.format(query.strip("{} ") + (" }" if "{" in query[1:] else ""))
            assert clients["read"].ask(asked, operationName=name).status_code == 403, asked
            answer = clients["steward"].ask(asked, operationName=name)
            assert answer.status_code == 200, asked
            assert "scope" not in answer.text
    opened = "query A { versions { number } } query B { violations { totalCount } }"
    assert clients["read"].ask(opened, operationName="A").status_code == 200


def test_whether_there_is_anything_is_told_to_nobody_whose_scope_is_not_enough(clients):
    bodies = {clients["read"].ask(f'{{ sourceRows(file: "{f}", row: {r}) {{ line }} }}').content for f, r in (("a.csv", 3), ("none.csv", 9))}  # fmt: skip
    bodies |= {clients["read"].ask(f'{{ violations(dataset: "{d}") {{ totalCount }} }}').content for d in ("city", "none")}  # fmt: skip
    assert len(bodies) == 1
