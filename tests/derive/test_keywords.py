"""Every keyword of JSON Schema, judged by the oracle: small schemas, and a universe of small documents.

Documents that are one graph can't be told apart. So a class of them is to pass where the oracle takes one of
them, and to fail where it takes none, unless the shapes list what they leave out.
"""

from __future__ import annotations

import json
from collections import defaultdict
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
import shacl
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft4Validator, Draft7Validator, Draft202012Validator

from ldt_graph.derive import derive
from ldt_graph.derive.types import ARRAY_WORDS
from tests.derive.oracle import FORMATS, ntriples, seen
from tests.examples import examples

if TYPE_CHECKING:
    from pathlib import Path

SCALARS: list[Any] = [
    None, True, False, 0, 1, 2, 3, 5, 10, -1, 1.5, 2.5, 0.1, "", "a", "ab", "abc", "A1", "foo bar", "5", "é", "a_b",
    "urn:x:1", "http://a.b/c", "2024-02-29", "2023-02-29", "2024-02-29T10:00:00Z", "2024-02-29T10:00:00", "24:00:00",
    "x" * 10,
]  # fmt: skip
OBJECTS: list[Any] = [
    {}, {"a": 1}, {"a": "x"}, {"a": 1, "b": 2}, {"b": "y"}, {"a": {"b": 1}}, {"a": {"b": "x"}}, {"c": 1}, {"a": [1, 2]},
    {"a": [1, "x"]}, {"a": 1, "b": 2, "c": 3}, {"x-1": 1}, {"l": [1, 2]}, {"l": ["x"]}, {"l": "x"}, {"l": 1}, {"l": [1]}, {"a": ["x"]}, {"type": "Q"}, {"type": "R", "a": 1},
]  # fmt: skip
LISTS: list[Any] = [
    [], [1, 2], [1, 2, 3], ["a", "b"], [1, "a"], ["a", 1], [{"a": 1}, {"a": 2}], [{"a": 1}, {"b": 2}], [True, False], [1, 1],
    [[1, 2], [3]], [[1], [2]], [1.5, 2.5], [1, 2, 3, 4, 5], [["a", "b"], ["c", "d"]], [{"a": 1}, 1], ["a", "b", "c", "d"], ["a", "a"],
]  # fmt: skip
VALUES = [
    *SCALARS,
    *OBJECTS,
    *LISTS,
    *([v] for v in SCALARS[1:] + OBJECTS),
    *([[v]] for v in (1, "a", 1.5)),
]
GONE = object()
CONTEXT = {
    "id": "@id",
    "type": "@type",
    "@vocab": "https://uri.etsi.org/ngsi-ld/default-context/",
    "value": "https://uri.etsi.org/ngsi-ld/hasValue",
    "l": {"@id": "http://x/l", "@container": "@list"},
    "r": {"@id": "http://x/r", "@type": "@id"},
    "d": {"@id": "http://x/d", "@type": "http://x/DateTime"},
    "v": {"@id": "http://x/v", "@type": "@vocab"},
}
PLAIN, COERCED = ("p", "l"), ("r", "d", "v")


def documents(name: str) -> list[dict[str, Any]]:
    given = [GONE, *VALUES]
    if name in ("r", "v"):
        given += [{"id": "urn:x:1"}, {"id": "http://a.b/c"}]
    if name == "v":  # a text is an IRI, and so may be an object with an identifier
        given += [{"id": CONTEXT["@vocab"] + v} for v in SCALARS if isinstance(v, str) and v]
    return [{"id": "urn:e", "type": "T", **({} if v is GONE else {name: v})} for v in given]


@cache
def universe(name: str) -> tuple[list[tuple[frozenset[str], list[dict[str, Any]]]], str]:
    """Return the classes of documents that are one graph, and all graphs as one text: class n is `urn:e:n`."""
    classes = defaultdict(list)
    for document in documents(name):
        if ntriples(document, CONTEXT) is not None:
            classes[seen(document, CONTEXT)].append(document)
    graphs = list(classes.items())
    text = ""
    for number, (_, found) in enumerate(graphs):
        text += ntriples({**found[0], "id": f"urn:e:{number}"}, CONTEXT, f"g{number}x") or ""
    return graphs, text


def lists_in(value: Any) -> int:
    """Count the lists in a value."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return isinstance(value, list) + sum(map(lists_in, inner))


def compared(
    folder: Path, schema: Any, name: str, oracle: Any = Draft202012Validator, *, loose: bool = False
) -> tuple[list[Any], list[Any], list[str]]:
    """Return what shapes reject though the oracle takes it, what they take though it takes none, and what they list.

    `loose`: where a value and a list of it are one graph, and the oracle takes one of them alone, both answers pass;
    under a negation neither reading is the sure one.
    """
    (folder / "T").mkdir(exist_ok=True)
    (folder / "context.jsonld").write_text(json.dumps({"@context": CONTEXT}), encoding="utf-8")
    (folder / "T" / "schema.json").write_text(json.dumps(schema), encoding="utf-8")
    derived = derive([folder / "T"], contexts=[folder / "context.jsonld"])
    shapes = shacl.Shapes.from_text(derived.turtle(), "turtle")
    judge = oracle(schema, format_checker=FORMATS)
    graphs, text = universe(name)
    bad = {r.focus_node for r in shapes.validate_text(text, "ntriples").results}
    alarms, misses = [], []
    speaks = (
        not loose and any(f'"{w}"' in json.dumps(schema) for w in ("array", *ARRAY_WORDS))
    ) or '": [[' in json.dumps(schema)
    for number, (_, whole) in enumerate(graphs):
        # A value is read as itself, not as a list of it, unless the schema speaks of lists.
        fewest = min(map(lists_in, whole))
        found = whole if speaks else [d for d in whole if lists_in(d) == fewest]
        taken = [d for d in found if judge.is_valid(d)]
        other = loose and any(map(judge.is_valid, whole))
        rejected = f"<urn:e:{number}>" in bad
        if taken and rejected and not (loose and not all(map(judge.is_valid, whole))):
            alarms.append(taken[0].get(name, GONE))
        if not taken and not other and not rejected:
            misses.append(found[0].get(name, GONE))
    return alarms, misses, [w.why for w in derived.models[0].warnings]


def of(keywords: Any, name: str) -> dict[str, Any]:
    return {"type": "object", "properties": {"type": {"enum": ["T"]}, name: keywords}}


NUMBER, TEXT, LIST, OBJECT = ({"type": t} for t in ("number", "string", "array", "object"))
EXACT: list[Any] = [
    *({"type": t} for t in ("string", "number", "integer", "boolean", "object", "array", "null")),
    {"type": ["string", "number"]}, {"type": ["string", "object"]}, {"type": ["array", "string"]},
    {"type": ["integer", "null"]}, {"type": ["object", "array"], "items": TEXT},
    {"minimum": 2}, {"maximum": 2}, {"exclusiveMinimum": 1}, {"exclusiveMaximum": 2.5}, {**NUMBER, "multipleOf": 0.5},
    {"multipleOf": 5}, {"type": "integer", "minimum": 2, "exclusiveMaximum": 10},
    {"minLength": 2}, {"maxLength": 2}, {**TEXT, "pattern": "^a"}, {"pattern": "b$"}, {"pattern": "^(?!a)"},
    {"pattern": "^(?=.*b)[a-z]+$"}, {"pattern": "\\d"}, {"pattern": "^[\\w]+$"},
    {**TEXT, "format": "uri"}, {"format": "date"}, {**TEXT, "format": "date-time"},
    {"enum": ["a", "ab"]}, {"enum": [1, 2.5]}, {"enum": [True, "a"]}, {"enum": [{"a": 1}]}, {"enum": [None, "a"]},
    {"enum": ["http://a.b/c", 5]}, {"const": "a"}, {"const": 1}, {"const": {"a": 1, "b": 2}}, {"const": True},
    {**LIST, "items": NUMBER}, {"items": TEXT}, {**LIST, "items": {**OBJECT, "required": ["a"]}}, {**LIST, "items": NUMBER, "maxItems": 2},
    {**LIST, "contains": TEXT}, {"contains": {"const": 1}}, {**LIST, "items": {"enum": ["a", "b"]}, "minItems": 1},
    {**OBJECT, "properties": {"a": NUMBER}}, {"properties": {"a": TEXT}}, {"required": ["a"]},
    {**OBJECT, "required": ["a", "b"]}, {**OBJECT, "properties": {"a": {}}, "additionalProperties": False},
    {"additionalProperties": False}, {"propertyNames": {"enum": ["a"]}}, {"dependentRequired": {"a": ["b"]}},
    {"dependentSchemas": {"a": {"required": ["b"]}}},
    {**OBJECT, "properties": {"a": {**OBJECT, "properties": {"b": NUMBER}}}},
    {**OBJECT, "properties": {"l": {**LIST, "items": NUMBER, "minItems": 2}}},
    {**OBJECT, "properties": {"type": {"enum": ["Q"]}}, "required": ["type"]},
    {"anyOf": [{**TEXT, "minLength": 2}, {**NUMBER, "minimum": 2}]},
    {"anyOf": [{**OBJECT, "required": ["a"]}, {**LIST, "items": {**OBJECT, "required": ["a"]}}]},
    {"oneOf": [{**LIST, "items": TEXT}, TEXT]}, {"oneOf": [{"minimum": 2}, {"maximum": 3}]},
    {"allOf": [{"minimum": 2}, {"maximum": 3}]}, {"not": TEXT}, {"not": {"enum": ["a", 1]}}, {"not": {"required": ["a"]}},
    {"not": {"properties": {"a": NUMBER}, "required": ["a"]}}, {"not": {"pattern": "^a"}}, {"not": {}},
    {"if": TEXT, "then": {"minLength": 2}, "else": NUMBER},
    {"if": {"properties": {"a": {"const": 1}}, "required": ["a"]}, "then": {"required": ["b"]}},
    {**OBJECT, "unevaluatedProperties": False, "allOf": [{"properties": {"a": {}}}]}, True, False, {},
]  # fmt: skip
"""What comes through whole, but for what no graph shows."""
LOSSY: list[Any] = [
    {**LIST, "maxItems": 2}, {**LIST, "minItems": 2}, {**LIST, "minItems": 2, "uniqueItems": True}, {"uniqueItems": True},
    {"contains": {"const": 1}, "minContains": 2}, {"contains": NUMBER, "maxContains": 1},
    {**LIST, "prefixItems": [NUMBER, TEXT]}, {"prefixItems": [NUMBER], "items": False},
    {**LIST, "items": {**LIST, "items": NUMBER}}, {**LIST, "items": {**LIST, "minItems": 2}}, {"const": [1, 2]},
    {"enum": [[1, 2], ["a"]]}, {"not": {"minItems": 2}}, {"not": {**LIST, "uniqueItems": True}},
    {**OBJECT, "additionalProperties": NUMBER}, {"patternProperties": {"^a": NUMBER}},
    {"patternProperties": {"^x-": TEXT}, "additionalProperties": False}, {"propertyNames": {"pattern": "^a"}},
    {"minProperties": 1}, {"maxProperties": 1}, {"format": "email"}, {"pattern": "a(?=b)"}, {"pattern": "(a)\\1"},
    {"not": {"pattern": "a(?=b)"}}, {"oneOf": [{"minItems": 2}, {"pattern": "a(?=b)"}]},
    {"if": {"minItems": 2}, "then": {"maxItems": 3}}, {"not": {"additionalProperties": NUMBER}},
    {"not": {**OBJECT, "properties": {"a": {**LIST, "items": NUMBER}}}}, {"not": {"not": {**LIST, "items": LIST}}},
    {"unevaluatedItems": False, "prefixItems": [NUMBER]},
    {"unevaluatedProperties": False, "anyOf": [{"properties": {"a": {}}}, {"properties": {"b": {}}}]},
]  # fmt: skip
"""What loses something, and says so."""


@pytest.mark.parametrize("name", PLAIN)
@pytest.mark.parametrize("keywords", EXACT, ids=json.dumps)
def test_a_keyword_is_judged_as_the_oracle_judges_it(tmp_path: Path, keywords: Any, name: str):
    alarms, misses, _ = compared(tmp_path, of(keywords, name), name)
    assert (alarms, misses) == ([], [])


@pytest.mark.parametrize("name", PLAIN)
@pytest.mark.parametrize("keywords", LOSSY, ids=json.dumps)
def test_what_is_lost_is_listed_and_rejects_nothing(tmp_path: Path, keywords: Any, name: str):
    alarms, misses, listed = compared(tmp_path, of(keywords, name), name)
    assert alarms == []
    assert listed or not misses


@pytest.mark.parametrize("name", COERCED)
@pytest.mark.parametrize("keywords", [*EXACT, *LOSSY], ids=json.dumps)
def test_terms_that_contexts_coerce_reject_nothing_right(tmp_path: Path, keywords: Any, name: str):
    alarms, misses, listed = compared(tmp_path, of(keywords, name), name)
    assert alarms == []
    assert listed or not misses


@pytest.mark.parametrize(("oracle", "schema"), [
    (Draft4Validator, {"$schema": "http://json-schema.org/draft-04/schema#", **of({"minimum": 2, "exclusiveMinimum": True}, "p")}),
    (Draft4Validator, {"$schema": "http://json-schema.org/draft-04/schema#", **of({"maximum": 2, "exclusiveMaximum": False}, "p")}),
    (Draft7Validator, {"$schema": "http://json-schema.org/draft-07/schema#", **of({"dependencies": {"a": ["b"]}}, "p")}),
    (Draft7Validator, {"$schema": "http://json-schema.org/draft-07/schema#", **of({"dependencies": {"a": {"required": ["c"]}}}, "p")}),
    (Draft7Validator, {"$schema": "http://json-schema.org/draft-07/schema#", **of({"items": [NUMBER, TEXT], "additionalItems": False}, "l")}),
    (Draft7Validator, {"$schema": "http://json-schema.org/draft-07/schema#", "definitions": {"x": TEXT}, **of({"$ref": "#/definitions/x", "minLength": 3}, "p")}),
    (Draft202012Validator, {"$defs": {"x": TEXT}, **of({"$ref": "#/$defs/x", "minLength": 3}, "p")}),
    (Draft202012Validator, {"$defs": {"x": {"$anchor": "y", **TEXT}}, **of({"$ref": "#y"}, "p")}),
    (Draft202012Validator, {"$id": "https://e.org/s", "$defs": {"x": {"$id": "t", "$defs": {"z": TEXT}, "$ref": "#/$defs/z"}}, **of({"$ref": "t"}, "p")}),
    (Draft202012Validator, {"$defs": {"x": {**OBJECT, "properties": {"a": {"$ref": "#/$defs/x"}, "b": NUMBER}}}, **of({"$ref": "#/$defs/x"}, "p")}),
    (Draft202012Validator, of({"items": {"type": ["number", "array"]}, "minItems": 2, "maxItems": 3}, "l")),
    (Draft202012Validator, of({"prefixItems": [NUMBER, TEXT]}, "l")),
    (Draft202012Validator, of({"const": [1, 2]}, "l")),
    (Draft202012Validator, of({**LIST, "items": {**LIST, "items": NUMBER, "minItems": 2}}, "l")),
], ids=lambda v: json.dumps(v) if isinstance(v, dict) else v.__name__)  # fmt: skip
def test_a_draft_is_read_as_it_was_written(tmp_path: Path, oracle: Any, schema: dict[str, Any]):
    name = next(n for n in schema["properties"] if n != "type")
    alarms, misses, _ = compared(tmp_path, schema, name, oracle)
    assert (alarms, misses) == ([], [])


UNSEEN: list[Any] = [
    {"$id": "https://e.org/s", "$defs": {"x": {"$dynamicAnchor": "n", "type": "string"}}, **of({"$dynamicRef": "#n"}, "p")},
    {"$id": "https://e.org/s", "$defs": {"t": {"$id": "tree", "$dynamicAnchor": "n", **OBJECT, "properties": {"a": {"$dynamicRef": "#n"}, "b": NUMBER}}}, **of({"$ref": "tree"}, "p")},
    {**of(NUMBER, "p"), "dependentRequired": {"p": ["q"]}}, {**of({}, "p"), "dependentSchemas": {"p": {"properties": {"p": TEXT}}}},
    {**of({}, "p"), "if": {"properties": {"p": TEXT}, "required": ["p"]}, "then": {"properties": {"p": {"minLength": 2}}}, "else": {"required": ["z"]}},
    {**of(NUMBER, "p"), "additionalProperties": {"type": "integer"}}, {**of({}, "p"), "unevaluatedProperties": NUMBER},
    {**OBJECT, "properties": {"type": {"enum": ["T"]}}, "patternProperties": {"^p$": NUMBER}},
    {**of({}, "p"), "propertyNames": {"enum": ["id", "type", "z"]}}, {**of({}, "p"), "minProperties": 3}, {**of({}, "p"), "not": {"required": ["p"]}},
    of(False, "p"), of({**TEXT, "nullable": True}, "p"), of({"multipleOf": 0.01}, "p"), of({"const": {"a": {"b": 1}}}, "p"), of({"const": None}, "p"),
    of({**OBJECT, "patternProperties": {"^a$": False}}, "p"), of({**OBJECT, "patternProperties": {"^x-": {"type": "integer"}}, "additionalProperties": TEXT}, "p"),
    of({**LIST, "contains": TEXT, "minContains": 0}, "l"), of({"const": [{"a": 1}, {"a": 2}]}, "l"),
    *(of({**TEXT, "format": f}, "p") for f in ("email", "ipv4", "uuid", "duration", "regex", "int32", "of-our-own")),
]  # fmt: skip
"""Of the whole document, and of kinds that no published model has."""


@pytest.mark.parametrize("schema", UNSEEN, ids=json.dumps)
def test_schemas_of_unseen_kinds_reject_nothing_right_and_say_what_they_lose(
    tmp_path: Path, schema: Any
):
    name = "l" if "l" in schema["properties"] else "p"
    alarms, misses, listed = compared(tmp_path, schema, name)
    assert alarms == []
    assert listed or not misses


LEAVES = st.sampled_from([k for k in [*EXACT, *LOSSY] if k not in (True, False)])


def joined(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    several = st.lists(inner, min_size=1, max_size=3)
    return st.one_of(
        *(several.map(lambda s, w=w: {w: s}) for w in ("allOf", "anyOf", "oneOf")),
        inner.map(lambda s: {"not": s}),
        inner.map(lambda s: {"items": s}),
        inner.map(lambda s: {**LIST, "items": s}),
        inner.map(lambda s: {**OBJECT, "properties": {"a": s, "l": s}}),
        st.tuples(inner, inner, inner).map(lambda s: {"if": s[0], "then": s[1], "else": s[2]}),
        st.tuples(inner, inner).map(lambda s: {**s[0], **s[1]}),
    )


@pytest.mark.parametrize("name", PLAIN)
@given(keywords=st.recursive(LEAVES, joined, max_leaves=5))
@examples(80)
def test_schemas_of_all_kinds_reject_nothing_right_and_say_what_they_lose(
    tmp_path_factory, keywords: Any, name: str
):
    alarms, misses, listed = compared(
        tmp_path_factory.mktemp("law"), of(keywords, name), name, loose=True
    )
    assert alarms == []
    assert listed or not [m for m in misses if not isinstance(m, dict | list)]
