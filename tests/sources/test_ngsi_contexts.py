"""The names of an NGSI-LD entity mean what JSON-LD makes of them by its context and the core context."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox
import pytest

from ldt_graph.contexts import CORE, is_core, load
from ldt_graph.namespaces import NGSI_LD, NGSI_LD_DEFAULT, RDF_TYPE, SDM
from tests.sources.told import Told, as_json

if TYPE_CHECKING:
    from pathlib import Path

DEVICE = (
    "https://raw.githubusercontent.com/smart-data-models/dataModel.Device/master/context.jsonld"
)
ID = "urn:ngsi-ld:Thing:1"
OWN = "https://x.org/context.jsonld"
# Named by official examples, and nowhere to be had: a repository that does not ship, and what are no addresses.
NOWHERE = [
    "https://raw.githubusercontent.com/smart-data-models/dataModel.Aeronautics/refs/heads/master/context.jsonld",
    "https://smartdatamodels.org/context",
    "iudx:EVChargingStation",
    "iudx:TransitManagement",
]


def read(folder: Path, document: Any, contexts: dict[str, Any] | None = None, **more: Any) -> Told:
    extra = {}
    for n, (ref, context) in enumerate((contexts or {}).items()):
        extra[ref] = folder / f"context-{n}.jsonld"
        extra[ref].write_text(json.dumps({"@context": context}), encoding="utf-8")
    return Told(folder, as_json(folder, "e.jsonld", document), contexts=extra, **more)


def thing(context: Any = None, **attributes: Any) -> dict[str, Any]:
    return {"id": ID, "type": "Thing", **({"@context": context} if context else {}), **attributes}


def said(got: Told) -> list[tuple[str, str]]:
    """Attributes and relationships with their values."""
    made = got.rows("properties", "attribute_iri", "value")
    return sorted(made + got.rows("relationships", "attribute_iri", "object"))


def names(got: Told) -> dict[str, set[str]]:
    """Return the IRIs of the types and of the attributes that were read of each entity."""
    found: dict[str, set[str]] = defaultdict(set)
    held = [("entities", "type_iri"), *((t, "attribute_iri") for t in ("properties", "texts", "relationships", "places"))]  # fmt: skip
    for table, column in held:
        for entity, iri in got.rows(table, "id", column):
            found[entity].add(iri)
    for (entity,) in got.rows("locations", "id"):
        found[entity].add(NGSI_LD.location)
    return found


def inlined(context: Any, extra: dict[str, Any]) -> Any:
    """Return a context with every address in it replaced by what stands there: the processor has no loader."""
    if isinstance(context, list):
        return [inlined(c, extra) for c in context]
    if isinstance(context, str):
        return extra[context] if context in extra else inlined(load(context)["@context"], extra)
    scoped = {n: t for n, t in context.items() if isinstance(t, dict) and "@context" in t}
    return context | {n: t | {"@context": inlined(t["@context"], extra)} for n, t in scoped.items()}


def expanded(document: dict[str, Any], extra: dict[str, Any]) -> set[str]:
    """Return the same by a JSON-LD processor, the core context last (ETSI GS CIM 009, clause 5.5.7)."""
    stated = document.get("@context", [])
    own = [c for c in (stated if isinstance(stated, list) else [stated]) if not is_core(str(c))]
    whole = {**document, "@context": [*inlined(own, extra), inlined(CORE, extra)]}
    quads = list(ox.parse(json.dumps(whole), format=ox.RdfFormat.JSON_LD))
    mine = [q for q in quads if q.subject == ox.NamedNode(document["id"])]
    return {q.object.value if q.predicate.value == RDF_TYPE else q.predicate.value for q in mine}


def test_the_official_examples_say_what_json_ld_makes_of_them(tmp_path: Path, shared: Path) -> None:
    files = sorted((shared / "smart-data-models").glob("dataModel.*/*/examples/example*.jsonld"))
    examples = [json.loads(f.read_text(encoding="utf-8")) | {"id": f"urn:x:{n}"} for n, f in enumerate(files)]  # fmt: skip
    extra: dict[str, Any] = {ref: {} for ref in NOWHERE}
    got = read(tmp_path, examples, extra)
    assert len(examples) > 150
    assert "source:context" not in got.rules
    found, told = names(got), {c for *_, c, _ in got.reports} | set(got.unused)
    for example in examples:
        mine, theirs = found[example["id"]], expanded(example, extra)
        # The processor drops what is no IRI; what the reader drops it tells of.
        assert {i for i in mine - theirs if " " not in i} == set()
        lost = {i.split("/")[-1] for i in theirs - mine}
        assert {i for i in lost if not any(i in str(t) for t in told)} == set()


def test_a_context_that_can_not_be_had_sets_aside_what_states_it_and_says_the_next_step(tmp_path: Path) -> None:  # fmt: skip
    many = [thing(OWN, name="x") | {"id": f"urn:x:{n}"} for n in range(3)]
    got = read(tmp_path, [thing(name="y"), *many])
    assert said(got) == [(NGSI_LD_DEFAULT.name, "y")]
    assert got.reports == [("source:context", "violation", 2, "@context", OWN)]
    assert f'contexts = {{ "{OWN}" = ' in got.messages
    assert "3 times" in got.messages


@pytest.mark.parametrize(
    "context",
    [
        {"a": "b:c", "b": "a:d"},
        {"@version": 1.0},
        {"@vocab": 5},
        {"@id": "x"},
        {"a": {"@id": "https://x.org/a", "@typ": "@id"}},
        [{"@protected": True, "a": "https://x.org/a"}, {"a": "https://x.org/b"}],
        [{"@protected": True, "a": "https://x.org/a"}, None],
        [5],
        {"Thing": {"@id": "https://x.org/T", "@context": {"@vocab": 5}}},
    ],
)
def test_a_context_that_json_ld_forbids_sets_aside_what_states_it(tmp_path: Path, context: Any) -> None:  # fmt: skip
    got = read(tmp_path, [thing(context, a=1), thing(a=2) | {"id": "urn:x:2"}])
    assert said(got) == [(NGSI_LD_DEFAULT.a, "2")]
    assert [r[:4] for r in got.reports] == [("source:context", "violation", 1, "@context")]


def test_a_twins_own_context_is_used_and_may_be_relative(tmp_path: Path) -> None:
    contexts = {OWN: ["more.jsonld", {"b": "https://x.org/b"}], "https://x.org/more.jsonld": {"a": "https://x.org/a"}}  # fmt: skip
    got = read(tmp_path, thing(OWN, a=1, b=2, c=3), contexts)
    assert said(got) == [("https://uri.etsi.org/ngsi-ld/default-context/c", "3"), ("https://x.org/a", "1"), ("https://x.org/b", "2")]  # fmt: skip


def test_a_dataset_may_have_a_default_context_as_a_link_header_would(tmp_path: Path) -> None:
    document = [thing(refDevice="urn:ngsi-ld:Device:1"), thing({"refDevice": "https://x.org/d"}, refDevice="urn:ngsi-ld:Device:2")]  # fmt: skip
    got = read(tmp_path, document, options={"context": DEVICE})
    assert said(got) == [(SDM["dataModel.Device/refDevice"], "urn:ngsi-ld:Device:1"), ("https://x.org/d", "urn:ngsi-ld:Device:2")]  # fmt: skip


def test_the_core_context_comes_last_wherever_it_is_named(tmp_path: Path) -> None:
    core = "http://www.uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.8.jsonld"
    mine = {"status": "https://x.org/s", "speed": "https://x.org/v"}
    for context in ([core, mine], [mine, core]):
        got = read(tmp_path, thing(context, status="x", speed=1, description="d"))
        assert said(got) == [("http://purl.org/dc/terms/description", "d"), (NGSI_LD.status, "x"), ("https://x.org/v", "1")]  # fmt: skip


def test_without_a_context_of_the_web_every_name_is_in_the_default_context(tmp_path: Path) -> None:
    for context in (None, {"other": "https://x.org/o"}):
        got = read(tmp_path, thing(context, status="x", description="d"))
        assert said(got) == [(NGSI_LD_DEFAULT.description, "d"), (NGSI_LD_DEFAULT.status, "x")]


@pytest.mark.parametrize(
    ("term", "value", "made"),
    [
        ({"@type": "@id"}, "urn:x:1", ("relationships", "urn:x:1")),
        ({"@type": "@id"}, "ex:1", ("relationships", "https://x.org/1")),
        ({"@type": "@id"}, ["ex:1", "ex:2"], ("relationships", "https://x.org/1", "https://x.org/2")),
        ({"@type": "@vocab"}, "a", ("relationships", "https://x.org/a")),
        ({}, {"type": "Relationship", "object": "ex:1"}, ("relationships", "https://x.org/1")),
        ({"@type": "http://www.w3.org/2001/XMLSchema#date"}, "2026-01-01", ("properties", "2026-01-01", "date")),
        ({"@type": "xsd:decimal"}, 5, ("properties", "5", "decimal")),
        ({"@type": "DateTime"}, "2026-01-01T00:00:00Z", ("properties", "2026-01-01T00:00:00Z", "dateTime")),
        ({"@type": "@json"}, {"b": 1}, ("properties", '{"b":1}', None)),
        ({}, {"@type": "xsd:decimal", "@value": "5"}, ("properties", "5", "decimal")),
        ({"@language": "de"}, "Haus", ("texts", "Haus", "de")),
        ({"@container": "@language"}, {"de": "Haus", "en": "house"}, ("texts", "Haus", "de", "house", "en")),
        ({"@container": "@set"}, [1, 2], ("properties", "1", "integer", "2", "integer")),
        ({"@container": "@index"}, {"i": 1, "j": [2]}, ("properties", "1", "integer", "2", "integer")),
        ({"@container": "@list"}, [2, 1], ("properties", "2", "integer", "1", "integer")),
        ({}, {"@list": [2, 1]}, ("properties", "2", "integer", "1", "integer")),
    ],
)  # fmt: skip
def test_a_terms_definition_says_what_a_simplified_value_is(tmp_path: Path, term: Any, value: Any, made: tuple[str, ...]) -> None:  # fmt: skip
    context = [
        {"ex": "https://x.org/", "xsd": "http://www.w3.org/2001/XMLSchema#", "DateTime": "ngsi-ld:DateTime", "ngsi-ld": str(NGSI_LD)},
        {"a": {"@id": "https://x.org/a", **term}},
    ]  # fmt: skip
    got = read(tmp_path, thing(context, a=value))
    more = {"properties": ("datatype",), "texts": ("lang",), "relationships": ()}[made[0]]
    column = "object" if made[0] == "relationships" else "value"
    assert [c for row in got.rows(made[0], column, *more) for c in row] == list(made[1:])
    assert got.rules == []
    if isinstance(value, list | dict) and "@list" in json.dumps([term, value]):
        assert got.rows("annotations", "attribute", "value") == [("a.list", "[2,1]")]


def test_a_language_of_the_context_is_that_of_texts_which_say_none(tmp_path: Path) -> None:
    context = {"@language": "de", "b": {"@id": "https://x.org/b", "@language": None}}
    normal = {"type": "Property", "value": "Haus"}
    got = read(tmp_path, thing(context, a="Haus", b="x", c=normal, d={"@value": "y", "@language": "en"}, e="urn:ngsi-ld:E:1"))  # fmt: skip
    assert got.rows("texts", "attribute", "value", "lang") == [("a", "Haus", "de"), ("c", "Haus", "de"), ("d", "y", "en")]  # fmt: skip
    assert said(got) == [(NGSI_LD_DEFAULT.e, "urn:ngsi-ld:E:1"), ("https://x.org/b", "x")]


def test_a_context_may_call_id_and_type_otherwise(tmp_path: Path) -> None:
    context = {"uri": "@id", "kind": "@type", "T": "https://x.org/T", "ex": "https://x.org/"}
    got = read(tmp_path, {"@context": context, "uri": "ex:1", "kind": "T", "a": 1})
    assert got.rows("entities", "id", "type_iri") == [("https://x.org/1", "https://x.org/T")]
    assert said(got) == [(NGSI_LD_DEFAULT.a, "1")]


def test_a_type_and_an_attribute_may_have_contexts_of_their_own(tmp_path: Path) -> None:
    context = {
        "T": {"@id": "https://x.org/T", "@context": {"a": "https://x.org/of-t", "ex": "https://t.org/"}},
        "ex": "https://x.org/",
        "r": {"@id": "https://x.org/r", "@type": "@id"},
        "s": {"@id": "https://x.org/s", "@type": "@id", "@context": {"ex": "https://s.org/"}},
    }  # fmt: skip
    got = read(tmp_path, [thing(context, a=1, r="ex:1", s="ex:1") | {"type": t} for t in ("T", "Thing")])  # fmt: skip
    # A type's context holds for its attributes, not below them (JSON-LD 1.1, section 4.1.8).
    assert said(got) == [
        (NGSI_LD_DEFAULT.a, "1"),
        ("https://x.org/of-t", "1"),
        *[("https://x.org/r", "https://x.org/1")] * 2,
        *[("https://x.org/s", "https://s.org/1")] * 2,
    ]


def test_what_a_context_makes_nothing_of_is_accounted_for(tmp_path: Path) -> None:
    context = {
        "gone": None,
        "of": {"@reverse": "https://x.org/has"},
        "labels": "@nest",
        "c": {"@id": "https://x.org/c", "@nest": "labels"},
        "@direction": "rtl",
    }
    got = read(tmp_path, thing(context, gone=1, of="urn:x:1", labels={"c": 1}, c=2))
    assert said(got) == [("https://x.org/c", "2")]
    assert set(got.unused) == {"member gone", "member of", "member labels", "entry @context c @nest", "entry @context @direction"}  # fmt: skip
