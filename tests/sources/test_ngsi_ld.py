"""NGSI-LD: all that an attribute says, in each of its forms, is in the twin, accounted for, or reported."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given

from ldt_graph.model import Dataset
from ldt_graph.sources import fingerprint
from tests.sources.mutations import leaves, mutated
from tests.sources.told import Told, as_json, lost_in_silence

if TYPE_CHECKING:
    from pathlib import Path

ID = "urn:ngsi-ld:Thing:1"
SCHEMA = {"name": "https://schema.org/name", "sdm": "https://smartdatamodels.org/"}
CORE = "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.8.jsonld"
POINT = {"type": "Point", "coordinates": [9.9, 48.4]}
WKT = "POINT(9.9 48.4)"


def thing(**attributes: Any) -> dict[str, Any]:
    return {"id": ID, "type": "Thing", **attributes}


def read(folder: Path, document: Any) -> Told:
    return Told(folder, as_json(folder, "e.jsonld", document))


def said(got: Told) -> set[tuple[str, str, str | None]]:
    """What the shipped mapping makes of the entity beside its type and identifier."""
    return {
        (p, o, d)
        for s, p, o, d in got.lifted("ngsi-ld")
        if s == ID and p not in ("type", "identifier")
    }


def prop(value: Any, **more: Any) -> dict[str, Any]:
    return {"type": "Property", "value": value, **more}


# ── what an attribute says ───────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("attribute", "facts"),
    [
        # properties: normalized, concise, simplified
        (prop("x"), {("a", "x", None)}),
        ({"value": "x"}, {("a", "x", None)}),
        ("x", {("a", "x", None)}),
        (prop(12), {("a", "12", "integer")}),
        (prop(12.5), {("a", "12.5", "double")}),
        (prop(False), {("a", "false", "boolean")}),
        (0, {("a", "0", "integer")}),
        (prop(["x", 1]), {("a", "x", None), ("a", "1", "integer")}),
        (["x", True], {("a", "x", None), ("a", "true", "boolean")}),
        (prop({"b": [1, None]}), {("a", '{"b":[1,null]}', None)}),
        ({"b": 1}, {("a", '{"b":1}', None)}),
        (prop([[1, 2], [3]]), {("a", "[1,2]", None), ("a", "[3]", None)}),
        # values with a type or language of JSON-LD
        (prop({"@type": "DateTime", "@value": "2026-01-01T00:00:00Z"}), {("a", "2026-01-01T00:00:00Z", "dateTime")}),
        (prop({"@type": "Date", "@value": "2026-02-28"}), {("a", "2026-02-28", "date")}),
        (prop({"@type": "xsd:decimal", "@value": "1.50"}), {("a", "1.50", "decimal")}),
        (prop({"@type": "http://www.w3.org/2001/XMLSchema#integer", "@value": 5}), {("a", "5", "integer")}),
        (prop({"@value": 5}), {("a", "5", "integer")}),
        (prop({"@value": "Tag", "@language": "de"}), {("a", "Tag", "de")}),
        ({"@type": "Time", "@value": "12:00:00"}, {("a", "12:00:00", "time")}),
        ({"type": "DateTime", "value": "2026-01-01T00:00:00Z"}, {("a", "2026-01-01T00:00:00Z", "dateTime")}),
        # relationships
        ({"type": "Relationship", "object": "urn:x:1"}, {("a", "urn:x:1", None)}),
        ({"object": ["urn:x:1", "urn:x:2"]}, {("a", "urn:x:1", None), ("a", "urn:x:2", None)}),
        ({"type": "Relationship", "value": "urn:x:1"}, {("a", "urn:x:1", None)}),
        ("urn:ngsi-ld:B:1", {("a", "urn:ngsi-ld:B:1", None)}),
        (["urn:ngsi-ld:B:1", "x"], {("a", "urn:ngsi-ld:B:1", None), ("a", "x", None)}),
        (prop("urn:ngsi-ld:B:1"), {("a", "urn:ngsi-ld:B:1", None)}),
        # languages
        ({"languageMap": {"@none": "M", "en": "E", "de-CH": ["D", "F"]}}, {("a", "M", None), ("a", "E", "en"), ("a", "D", "de-ch"), ("a", "F", "de-ch")}),
        ({"type": "LanguageProperty", "languageMap": {"ja": "水車"}}, {("a", "水車", "ja")}),
        # lists, words, JSON
        ({"type": "ListProperty", "valueList": ["x", "y", "x"]}, {("a", "x", None), ("a", "y", None), ("a.list", '["x","y","x"]', None)}),
        ({"valueList": [1, 2]}, {("a", "1", "integer"), ("a", "2", "integer"), ("a.list", "[1,2]", None)}),
        ({"type": "ListRelationship", "objectList": [{"object": "urn:x:1"}, "urn:x:2"]}, {("a", "urn:x:1", None), ("a", "urn:x:2", None), ("a.list", '[{"object":"urn:x:1"},"urn:x:2"]', None)}),
        ({"type": "VocabProperty", "vocab": ["car", "bus"]}, {("a", "car", None), ("a", "bus", None)}),
        ({"vocab": "car"}, {("a", "car", None)}),
        ({"type": "JsonProperty", "json": {"@value": 1, "b": []}}, {("a", '{"@value":1,"b":[]}', None)}),
        ({"json": []}, {("a", "[]", None)}),
        # places other than the location
        ({"type": "GeoProperty", "value": POINT}, {("a", WKT, "wktLiteral")}),
        ({"value": POINT}, {("a", WKT, "wktLiteral")}),
        (POINT, {("a", WKT, "wktLiteral")}),
        ({"type": "GeoProperty", "value": '{"type": "Point", "coordinates": [9.9, 48.4]}'}, {("a", WKT, "wktLiteral")}),
        ({"type": "geo:json", "value": POINT}, {("a", WKT, "wktLiteral")}),
        # what is said of it
        (prop(1, unitCode="KMH"), {("a", "1", "integer"), ("a.unitCode", "KMH", None)}),
        (prop(1, observedAt="2026-01-01T00:00:00Z"), {("a", "1", "integer"), ("a.observedAt", "2026-01-01T00:00:00Z", "dateTime")}),
        (prop(1, providedBy={"type": "Relationship", "object": "urn:x:9"}), {("a", "1", "integer"), ("a.providedBy", "urn:x:9", "anyURI")}),
        ({"value": 1, "accuracy": {"value": 0.5, "unitCode": "P1"}}, {("a", "1", "integer"), ("a.accuracy", "0.5", "double"), ("a.accuracy.unitCode", "P1", None)}),
        ({"value": 1, "note": "n"}, {("a", "1", "integer"), ("a.note", "n", None)}),
        (prop(1, note={"languageMap": {"de": "N"}}), {("a", "1", "integer"), ("a.note.de", "N", None)}),
        (prop(1, where=POINT), {("a", "1", "integer"), ("a.where", '{"type":"Point","coordinates":[9.9,48.4]}', None)}),
        (prop(1, metadata={"note": {"type": "Text", "value": "n"}}), {("a", "1", "integer"), ("a.note", "n", None)}),
        ({"object": "urn:x:1", "since": prop(2020)}, {("a", "urn:x:1", None), ("a.since", "2020", "integer")}),
        # instances
        ([prop(1), prop(2, datasetId="urn:d:gps")], {("a", "1", "integer"), ("a", "2", "integer"), ("a.gps", "2", "integer"), ("a.gps.datasetId", "urn:d:gps", None)}),
        ([{"value": 1}, {"value": 2, "datasetId": "urn:d:gps", "unitCode": "KMH"}], {("a", "1", "integer"), ("a", "2", "integer"), ("a.gps", "2", "integer"), ("a.gps.datasetId", "urn:d:gps", None), ("a.gps.unitCode", "KMH", None)}),
        ([{"object": "urn:x:1", "datasetId": "urn:d:1"}, {"object": "urn:x:2", "datasetId": "urn:d:2"}], {("a", "urn:x:1", None), ("a", "urn:x:2", None), ("a.1.datasetId", "urn:d:1", None), ("a.2.datasetId", "urn:d:2", None)}),
        (prop(1, datasetId="urn:d:gps"), {("a", "1", "integer"), ("a.datasetId", "urn:d:gps", None)}),
    ],
)  # fmt: skip
def test_an_attribute_says_the_same_in_each_of_its_forms(tmp_path, attribute, facts):
    got = read(tmp_path, thing(a=attribute))
    assert said(got) == facts
    assert got.reports == []
    assert got.unused == {}


@pytest.mark.parametrize(
    ("attribute", "left", "why"),
    [
        ({"type": "Property", "valu": 1}, {"a": 0}, "it is a Property, but has no value"),
        ({"type": "Property", "object": "urn:x:1"}, {"a": 0}, "has object and no value"),
        ({"type": "Relationship", "objec": "urn:x:1"}, {"a": 0}, "has no object"),
        ({"type": "Relationship", "object": None}, {"a": 0}, "it names nothing"),
        ({"type": "Relationship", "object": ""}, {"a": 0}, "it names nothing"),
        ({"type": "Relationship", "object": []}, {"a": 0}, "it names nothing"),
        ({"type": "Relationship", "object": {}}, {"a": 0}, "it names nothing"),
        ({"type": "Relationship", "object": 7}, {"a": 0}, "it is no IRI"),
        ({"type": "Relationship", "object": ["urn:x:1", None]}, {"a": 1}, "it names nothing"),
        ({"type": "ListRelationship", "objectList": [{"objct": "urn:x:1"}]}, {"a": 0, "a.list": 1}, "it names nothing"),
        ({"type": ["Property", "Relationship"], "value": 1, "object": "urn:x:1"}, None, None),
        ({"type": ["Property"]}, {"a": 0}, "its type is a list"),
        ({"languageMap": {"not a tag": "x", "en": "E"}}, {"a": 1}, "is not the tag of a language"),
        ({"languageMap": {"en": {"x": 1}}}, {"a": 0}, "is not a text"),
        ({"languageMap": ["x"]}, {"a": 0}, "is not an object"),
        ({"type": "GeoProperty", "value": {"type": "Polygon", "coordinates": [[[1, 2], [3, 4]]]}}, {"a": 0}, "four positions"),
        ({"type": "GeoProperty", "value": "POINT(9 48)"}, {"a": 0}, "not a geometry type"),
        ({"type": "GeoProperty", "value": {"type": "Point", "coordinates": ["9", 48]}}, {"a": 0}, "not a number"),
        (prop(1, observedAt="yesterday"), {"a": 1, "a.observedAt": 1}, "a.observedAt is no dateTime"),
        (prop({"@type": "DateTime", "@value": "2026-02-30T00:00:00Z"}), {"a": 1}, "is no dateTime; it is kept as a text"),
        (prop({"@type": "Date", "@value": "1.1.2026"}), {"a": 1}, "is no date; it is kept as a text"),
        (prop({"@type": "xsd:integer", "@value": "two"}), {"a": 1}, "is no integer"),
        (prop(1, unitCode="km/h"), {"a": 1, "a.unitCode": 1}, "'km/h' is no unit code"),
        (prop(1, unitCode=5), {"a": 1, "a.unitCode": 1}, "'5' is no unit code"),
        ([prop(1), prop(2)], {"a": 2}, "Several instances of a have no datasetId"),
        ([prop(1, datasetId="urn:d:1"), prop(2, datasetId="urn:d:1")], None, "have the datasetId urn:d:1"),
        (prop(1, note={"type": "Property"}), {"a": 1}, "has no value"),
        (prop(1, by={"type": "Relationship", "object": None}), {"a": 1}, "it names nothing"),
    ],
)  # fmt: skip
def test_what_an_attribute_does_not_say_is_reported_at_its_entity_and_name(
    tmp_path, attribute, left, why
):
    got = read(tmp_path, [thing(), thing(a=attribute) | {"id": "urn:ngsi-ld:Thing:2"}])
    if why is None:
        assert got.unused
        return
    assert why in got.messages
    assert [r[2] for r in got.reports] == [2]
    if left is not None:
        made = [
            p
            for s, p, *_ in got.lifted("ngsi-ld")
            if s.endswith(":2") and p not in ("type", "identifier")
        ]
        assert {n: made.count(n) for n in {*left, *made}} == left


@pytest.mark.parametrize(
    ("attribute", "name"),
    [
        (prop(""), "entry a without a value"),
        (prop(None), "entry a without a value"),
        (prop([]), "entry a without a value"),
        (prop("urn:ngsi-ld:null"), "entry a without a value"),
        ("urn:ngsi-ld:null", "entry a without a value"),
        ({"object": "urn:ngsi-ld:null"}, "entry a without a value"),
        (None, "entry a without a value"),
        ([], "entry a without a value"),
        ({"languageMap": {}}, "entry a without a value"),
        ({"languageMap": {"en": ""}}, "entry a without a value"),
        ({"type": "GeoProperty", "value": None}, "entry a without a value"),
        (prop(1, vocab="x"), "member a.vocab"),
        (prop({"@type": "https://schema.org/Thing", "@value": "x"}), "entry a @type https://schema.org/Thing"),
        ({"object": "urn:x:1", "entity": {"id": "urn:x:1", "type": "B"}}, "member a.entity"),
        ({"type": "GeoProperty", "value": {"type": "Point", "coordinates": [9, 48, 500]}}, "member a altitude"),
    ],
)  # fmt: skip
def test_what_says_nothing_or_is_not_kept_is_accounted_for(tmp_path, attribute, name):
    got = read(tmp_path, [thing(a=attribute), thing(a=attribute) | {"id": "urn:ngsi-ld:Thing:2"}])
    assert got.unused == {name: 2}
    assert got.reports == []


# ── units and instances of attributes that the twin knows ────────────────────────────────────────


@pytest.mark.parametrize(
    ("attribute", "facts", "rule"),
    [
        (prop(30, unitCode="MIN"), {("autonomyHours", "0.5", "decimal")}, None),
        (prop(2, unitCode="DAY"), {("autonomyHours", "48", "decimal")}, None),
        (prop(4, unitCode="HUR"), {("autonomyHours", "4", "integer")}, None),
        (prop(4), {("autonomyHours", "4", "integer")}, None),
        (prop([30, 60], unitCode="MIN"), {("autonomyHours", "0.5", "decimal"), ("autonomyHours", "1", "decimal")}, None),
        (prop(4, unitCode="MTR"), set(), "violation"),
        (prop(4, unitCode="hours"), set(), "violation"),
        (prop(4, unitCode=["HUR"]), set(), "violation"),
        (prop("four", unitCode="HUR"), {("autonomyHours", "four", None)}, None),
        ([prop(4), prop(8, datasetId="urn:d:b")], {("autonomyHours", "4", "integer"), ("autonomyHours.b", "8", "integer"), ("autonomyHours.b.datasetId", "urn:d:b", None)}, None),
        ([prop(4, unitCode="HUR"), prop(8, datasetId="urn:d:b", unitCode="MIN")], {("autonomyHours", "4", "integer"), ("autonomyHours.b", "8", "integer"), ("autonomyHours.b.datasetId", "urn:d:b", None), ("autonomyHours.b.unitCode", "MIN", None)}, None),
        ([prop(4, datasetId="urn:d:a"), prop(8, datasetId="urn:d:b")], {("autonomyHours.a", "4", "integer"), ("autonomyHours.a.datasetId", "urn:d:a", None), ("autonomyHours.b", "8", "integer"), ("autonomyHours.b.datasetId", "urn:d:b", None)}, "violation"),
    ],
)  # fmt: skip
def test_an_attribute_of_the_ontology_has_its_unit_and_its_default_instance(
    tmp_path, attribute, facts, rule
):
    got = read(tmp_path, thing(autonomyHours=attribute))
    assert said(got) == facts
    assert [r[1] for r in got.reports] == ([rule] if rule else [])


def test_one_cause_is_one_line_however_many_entities_have_it(tmp_path):
    many = [thing(a=prop(1, unitCode="kmh")) | {"id": f"urn:ngsi-ld:Thing:{n}"} for n in range(50)]
    got = read(tmp_path, many)
    assert got.reports == [("source:unit", "warning", 1, "a", "kmh")]
    assert "50 times" in got.messages


# ── entities, documents, contexts ────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "document",
    [
        thing(a=prop(1)),
        [thing(a=prop(1))],
        {"@id": ID, "@type": "Thing", "a": 1},
        {"@context": CORE, "@graph": [thing(a=1)]},
        {"id": "urn:ngsi-ld:Notification:1", "type": "Notification", "data": [thing(a=1)]},
        {"type": "FeatureCollection", "features": [{"type": "Feature", "id": ID, "properties": {"type": "Thing", "a": prop(1)}, "geometry": None}]},
        {"type": "Feature", "id": ID, "properties": {"type": "Thing", "a": 1}, "geometry": None},
    ],
)  # fmt: skip
def test_an_entity_is_found_in_each_kind_of_document(tmp_path, document):
    got = read(tmp_path, document)
    assert got.rows("entities", "id", "type") == [(ID, "Thing")]
    assert said(got) == {("a", "1", "integer")}
    assert got.reports == []


@pytest.mark.parametrize(
    "entity",
    [1, None, [], {}, {"id": ID}, {"type": "Thing"}, {"id": "", "type": "Thing"}, {"id": 5, "type": "Thing"}, {"id": ID, "type": []},
     {"id": ID, "type": [None, 5]}, {"id": ID, "typ": "Thing"}, {"type": "Feature", "id": ID, "properties": None}],
)  # fmt: skip
def test_what_is_no_entity_is_set_aside_by_its_number(tmp_path, entity):
    got = read(tmp_path, [thing() | {"id": "urn:x:1"}, entity])
    assert [i for (i,) in got.rows("entities", "id")] == ["urn:x:1"]
    assert [r[:3] for r in got.reports] == [("source:bad-entity", "violation", 2)]


def test_an_entity_may_have_several_types_and_a_scope(tmp_path):
    got = read(tmp_path, thing(scope=["/a"]) | {"type": ["Thing", "Bus", "Thing"]})
    assert got.rows("entities", "type") == [("Thing",), ("Bus",)]
    assert got.unused == {"member scope": 1}


@pytest.mark.parametrize("name", ["location", "ngsi-ld:location"])
@pytest.mark.parametrize("form", [POINT, {"value": POINT}, prop(POINT), {"type": "GeoProperty", "value": POINT}, {"type": "geo:json", "value": POINT}])  # fmt: skip
def test_the_location_is_where_the_entity_is_and_no_other_place(tmp_path, name, form):
    form = form if name == "location" or form != prop(POINT) else {"value": POINT}
    got = read(tmp_path, thing(**{name: form, "operationSpace": {"value": {"type": "Point", "coordinates": [1, 2]}}}))  # fmt: skip
    assert said(got) == {
        ("asWKT", WKT, "wktLiteral"),
        ("operationSpace", "POINT(1 2)", "wktLiteral"),
    }


def test_of_several_locations_the_default_one_counts(tmp_path):
    other = {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [1, 2]}, "datasetId": "urn:d:gps"}  # fmt: skip
    got = read(tmp_path, thing(location=[other, {"type": "GeoProperty", "value": POINT}]))
    assert got.rows("locations", "geometry") == [(WKT,)]
    assert ("location.gps", '{"type":"Point","coordinates":[1,2]}') in got.rows("annotations", "attribute", "value")  # fmt: skip


@pytest.mark.parametrize(
    ("context", "name", "iri", "unused"),
    [
        (None, "name", "https://uri.etsi.org/ngsi-ld/default-context/name", {}),
        (SCHEMA, "name", "https://schema.org/name", {}),
        ([SCHEMA, CORE], "sdm:size", "https://smartdatamodels.org/size", {}),
        ([SCHEMA, {"x": "sdm:x"}], "x", "https://smartdatamodels.org/x", {}),
        ({"name": {"@id": "https://schema.org/name"}}, "name", "https://schema.org/name", {}),
        (None, "https://schema.org/name", "https://schema.org/name", {}),
        (CORE, "name", "https://uri.etsi.org/ngsi-ld/default-context/name", {}),
        ({"@vocab": "https://x.org/"}, "name", "https://uri.etsi.org/ngsi-ld/default-context/name", {"entry @context @vocab": 2}),
    ],
)  # fmt: skip
def test_names_are_expanded_by_the_inline_context_and_what_it_says_in_vain_is_told(
    tmp_path, context, name, iri, unused
):
    more = {"@context": context} if context else {}
    got = read(tmp_path, [thing(**{name: "x"}, **more), thing(**{name: "y"}, **more) | {"id": "urn:x:2"}])  # fmt: skip
    assert {i for (i,) in got.rows("properties", "attribute_iri")} == {iri}
    assert got.unused == unused
    assert got.reports == []


def test_a_term_whose_values_are_iris_makes_relations_of_the_simplified_form(tmp_path):
    context = {"near": {"@id": "https://x.org/near", "@type": "@id"}}
    got = read(tmp_path, thing(near="https://x.org/1", **{"@context": context}))
    assert got.rows("relationships", "attribute_iri", "object") == [("https://x.org/near", "https://x.org/1")]  # fmt: skip


# ── the law ──────────────────────────────────────────────────────────────────────────────────────

GOOD = [
    {
        "id": "urn:ngsi-ld:Thing:leaf-1",
        "type": "Thing",
        "name": {"type": "LanguageProperty", "languageMap": {"en": "leaf-2", "@none": "leaf-3", "de": ["leaf-4", "leaf-5"]}},
        "speed": [prop(71, unitCode="KMH", observedAt="2026-01-01T00:00:00Z"), prop(72, datasetId="urn:d:leaf-6")],
        "poweredBy": {"type": "Relationship", "object": "urn:ngsi-ld:Station:leaf-7", "since": prop("leaf-8")},
        "route": {"type": "ListProperty", "valueList": ["leaf-9", 73]},
        "location": {"type": "GeoProperty", "value": POINT},
    },
    {
        "id": "urn:ngsi-ld:Thing:leaf-10",
        "type": ["Thing", "Bus"],
        "capacity": 74,
        "note": "leaf-11",
        "stops": {"objectList": [{"object": "urn:leaf-12"}, {"object": "urn:leaf-13"}]},
        "kind": {"vocab": "leaf-14"},
        "data": {"json": {"x": "leaf-15"}},
    },
]  # fmt: skip


def test_the_file_to_be_spoiled_is_good_and_all_of_it_is_read(tmp_path):
    got = read(tmp_path, GOOD)
    held = " ".join(got.cells())
    assert [leaf for leaf in leaves(GOOD) if leaf not in held] == []
    assert (got.reports, got.unused) == ([], {})


@given(mutated(GOOD))
def test_no_value_of_a_file_that_was_spoiled_goes_in_silence(document):
    assert not lost_in_silence(read, document)


def test_another_ontology_makes_other_values_of_the_same_file(tmp_path):
    as_json(tmp_path, "e.jsonld", thing(a=1))
    (tmp_path / "t.csv").write_text("id\n1\n")
    for source, same in (("e.jsonld", False), ("t.csv", True)):
        prints = {fingerprint(Dataset("d", source, "m"), tmp_path, o) for o in ("one", "other")}
        assert (len(prints) == 1) is same
