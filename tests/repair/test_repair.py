"""A fix is what a careful steward would write: applied, its violation goes and none comes; in doubt it is not sure."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from ldt_graph.namespaces import XSD
from ldt_graph.patch import apply_patch, make_patch
from ldt_graph.pipeline import build
from ldt_graph.repair.nearest import distance, nearest
from ldt_graph.repair.texts import candidates, reads_as
from ldt_graph.sources.cells import Files
from ldt_graph.twin import load_twin
from tests.validate.written import HEAD, THINGS, Written

MAP = """<#ThingMap> rml:logicalSource [ rml:source "things" ] ;
    rml:subjectMap [ rml:template "{id}" ] ;
    rml:predicateObjectMap [ rml:predicate rdf:type ; rml:objectMap [ rml:template "https://w3id.org/ldt-graph#{class}" ] ] ;
    rml:predicateObjectMap [ rml:predicate dcterms:identifier ; rml:objectMap [ rml:reference "id" ] ] ;
    rml:predicateObjectMap [ rml:predicate geo:asWKT ; rml:objectMap [ rml:reference "geometry" ; rml:datatype geo:wktLiteral ] ] ;
    rml:predicateObjectMap [ rml:predicate ldt:switchState ; rml:objectMap [ rml:reference "state" ] ] ;
    rml:predicateObjectMap [ rml:predicate ldt:autonomyHours ; rml:objectMap [ rml:reference "hours" ; rml:datatype xsd:decimal ] ] ;
    rml:predicateObjectMap [ rml:predicate ldt:inService ; rml:objectMap [ rml:reference "on" ; rml:datatype xsd:boolean ] ] ;
    rml:predicateObjectMap [ rml:predicate my:built ; rml:objectMap [ rml:reference "built" ; rml:datatype xsd:date ] ] ;
    rml:predicateObjectMap [ rml:predicate my:share ; rml:objectMap [ rml:reference "share" ; rml:datatype xsd:decimal ] ] ;
    rml:predicateObjectMap [ rml:predicate my:power ; rml:objectMap [ rml:reference "power" ; rml:datatype xsd:decimal ] ] ;
    rml:predicateObjectMap [ rml:predicate my:code ; rml:objectMap [ rml:reference "code" ] ] ;
    rml:predicateObjectMap [ rml:predicate ldt:poweredBy ; rml:objectMap [ rml:reference "feeder.iri" ; rml:termType rml:IRI ] ] .
"""
SHAPES = (
    HEAD
    + """@prefix sh: <http://www.w3.org/ns/shacl#> .
my:ThingShape a sh:NodeShape ; sh:targetClass ldt:Asset ; sh:property my:ThingShape-share , my:ThingShape-power , my:ThingShape-code .
my:ThingShape-share sh:path my:share ; sh:minInclusive 0 ; sh:maxInclusive 1 .
my:ThingShape-power sh:path my:power ; sh:minExclusive 0 ; sh:maxInclusive 200 .
my:ThingShape-code sh:path my:code ; sh:pattern "^[A-Z]{2}[0-9]{2}$" .
my:FeedShape a sh:NodeShape ; sh:targetClass ldt:Pump ; sh:property my:FeedShape-poweredBy .
my:FeedShape-poweredBy sh:path ldt:poweredBy ; sh:minCount 1 ; sh:severity sh:Warning .
"""
)
HEADER = "id,class,lon,lat,state,hours,on,built,share,power,code,feeder"
SOUND = {
    "id": "PU-0100", "class": "Switch", "lon": "9.99", "lat": "48.4", "state": "open", "hours": "8", "on": "true", "built": "2020-01-31",
    "share": "0.5", "power": "30", "code": "AB12", "feeder": "ST-0041",
}  # fmt: skip
MORE = 'x = "lon"\ny = "lat"\nshapes = ["my.ttl"]\nreferences = { feeder = "things" }'
ONTOLOGY = HEAD + "".join(
    f"my:{n} a owl:DatatypeProperty .\n" for n in ("built", "share", "power", "code")
)
STATION = SOUND | {"id": "ST-0041", "class": "DistributionStation", "feeder": ""}


def town(tmp_path, *rows: dict[str, str], more: str = MORE) -> Written:
    every = [
        STATION,
        STATION | {"id": "HV-0007"},
        *(SOUND | {"id": f"OK-{n}", "power": str(20 + n)} for n in range(8)),
        *rows,
    ]
    text = (
        "\n".join([HEADER, *(",".join(_cell(r[c]) for c in HEADER.split(",")) for r in every)])
        + "\n"
    )
    twin = Written(
        tmp_path, top='ontology = ["my-terms.ttl"]\nvocabularies = ["https://example.org/my#"]\n'
    )
    return (
        twin.write("my.ttl", SHAPES)
        .write("my-terms.ttl", ONTOLOGY)
        .dataset("things.csv", text, MAP, more)
    )


def _cell(text: str) -> str:
    return f'"{text}"' if "," in text else text


def files_of(folder) -> Files:
    twin = load_twin(folder)
    return Files(twin.datasets, twin.data)


def told(twin: Written):
    report = build(load_twin(twin.folder))
    assert report.version is not None
    found = twin.record.violations(report.version)
    # What ships warns of what impact needs; this is about the rest.
    return [v for v in found if not (v.severity == "warning" and v.rule.startswith("ldt:"))]


KINDS = [
    ("state", "Opne", "open", 0.9),
    ("state", " CLOSED", "closed", 0.9),
    ("hours", "12,5", "12.5", 0.9),
    ("hours", "1.234,5", "1234.5", 0.9),
    ("lon", "9,99", "9.99", 0.9),
    ("lat", "48.4°", "48.4", 0.5),
    ("hours", "8 h", "8", 0.5),
    ("hours", " 8", "8", 0.9),
    ("hours", "-8", "8", 0.5),
    ("on", "ja", "true", 0.8),
    ("on", "FALSE", "false", 0.9),
    ("built", "31.01.2020", "2020-01-31", 0.9),
    ("built", "03/04/2020", "2020-04-03", 0.3),
    ("share", "45", "0.45", 0.8),
    ("power", "25000", "25", 0.7),
    ("code", "ab12", "AB12", 0.8),
    ("feeder", "st-0041", "ST-0041", 0.9),
    ("feeder", "ST-41", "ST-0041", 0.9),
    ("feeder", "SST-0041", "ST-0041", 0.8),
    ("class", "Swicth", "Switch", 0.8),
]


@pytest.fixture(scope="module")
def spoiled(tmp_path_factory):
    """A town with every kind of fault at once, each in a row of its own."""
    twin = town(
        tmp_path_factory.mktemp("spoiled"),
        *(SOUND | {"id": f"BAD-{n}", column: value} for n, (column, value, *_) in enumerate(KINDS)),
    )
    return twin, told(twin)


@pytest.mark.parametrize("kind", range(len(KINDS)), ids=[f"{c}={v}" for c, v, *_ in KINDS])
def test_a_fix_says_what_the_cell_should_say(spoiled, kind):
    column, value, fix, least = KINDS[kind]
    [found] = [v for v in spoiled[1] if v.row == 12 + kind and v.column == column]
    assert (found.value, found.fix) == (value, fix)
    assert least <= found.confidence <= min(0.99, least + 0.2)


def test_applied_every_fix_takes_its_violation_away_and_brings_none(spoiled):
    twin, before = spoiled
    path = twin.folder / "data" / "things.csv"
    old = path.read_bytes()
    loaded = files_of(twin.folder)
    lines, left = make_patch(loaded, before)
    assert left == {}
    assert len(lines) == len(KINDS)
    assert all(a.done for a in apply_patch(loaded, lines, write=False))
    assert path.read_bytes() == old
    assert all(a.done for a in apply_patch(loaded, lines, write=True))
    assert [v.message for v in told(twin)] == []
    again = apply_patch(files_of(twin.folder), lines, write=True)
    assert {a.done for a in again} == {False}
    assert "says" in again[0].why


def test_swapped_coordinates_change_places(tmp_path):
    twin = town(tmp_path, SOUND | {"lon": "-33.8", "lat": "151.2"})
    [found] = told(twin)
    assert (found.column, found.fix) == ("lat", "-33.8")
    files = files_of(tmp_path)
    lines, _ = make_patch(files, [found])
    assert [(x.column, x.old, x.new) for x in lines] == [
        ("lat", "151.2", "-33.8"),
        ("lon", "-33.8", "151.2"),
    ]
    apply_patch(files, lines, write=True)
    assert told(twin) == []


def test_fixes_of_a_file_with_decimal_commas_have_commas(tmp_path):
    twin = town(
        tmp_path,
        SOUND | {"id": "A", "lon": "-33,8", "lat": "151,2"},
        SOUND | {"id": "B", "lon": "9,99", "lat": "48,4", "power": "25.000,5"},
        more=f'{MORE}\noptions = {{ decimal = "," }}',
    )
    before = told(twin)
    assert sorted((v.column, v.value, v.fix) for v in before) == [
        ("lat", "151.2", "-33.8"),
        ("power", "25000.5", "25.0005"),
    ]
    files = files_of(tmp_path)
    lines, left = make_patch(files, before)
    assert sorted((x.column, x.old, x.new) for x in lines) == [
        ("lat", "151,2", "-33,8"),
        ("lon", "-33,8", "151,2"),
        ("power", "25.000,5", "25,0005"),
    ]
    assert left == {}
    assert all(a.done for a in apply_patch(files, lines, write=True))
    assert told(twin) == []


def test_a_missing_link_is_guessed_by_the_nearest_and_not_sure(tmp_path):
    rows = [
        STATION | {"id": "FAR", "lon": "9.999"},
        SOUND | {"id": "P", "class": "Pump", "feeder": "", "lon": "9.9901"},
    ]
    found = [
        v
        for v in told(town(tmp_path, *rows))
        if v.rule == "<https://example.org/my#FeedShape-poweredBy>" or "FeedShape" in v.rule
    ]
    assert [(v.fix in ("ST-0041", "HV-0007"), v.confidence <= 0.3) for v in found] == [(True, True)]


@pytest.mark.parametrize("value", ["ST-0049", "1.2.3", "", "kaputt"])
def test_where_nothing_follows_there_is_no_sure_fix(tmp_path, value):
    twin = town(
        tmp_path, SOUND | {"hours": value} if value != "ST-0049" else SOUND | {"feeder": value}
    )
    assert [v for v in told(twin) if (v.confidence or 0) > 0.5] == []


@pytest.mark.parametrize(
    ("column", "value"), [("hours", "1,234"), ("built", "03/04/2020"), ("hours", "5 %")]
)
def test_what_has_two_readings_is_not_sure(tmp_path, column, value):
    [found] = told(town(tmp_path, SOUND | {column: value}))
    assert found.confidence <= 0.6


GEO = """<#ThingMap> rml:logicalSource [ rml:source "things" ] ;
    rml:subjectMap [ rml:template "{id}" ; rml:class ldt:District ] ;
    rml:predicateObjectMap [ rml:predicate dcterms:identifier ; rml:objectMap [ rml:reference "id" ] ] ;
    rml:predicateObjectMap [ rml:predicate ldt:population ; rml:objectMap [ rml:reference "people" ; rml:datatype xsd:integer ] ] ;
    rml:predicateObjectMap [ rml:predicate geo:asWKT ; rml:objectMap [ rml:reference "geometry" ; rml:datatype geo:wktLiteral ] ] .
"""


def features(*parts: tuple[object, object]) -> str:
    made = [
        {"type": "Feature", "properties": {"id": f"d{n}", "people": people}, "geometry": geometry}
        for n, (people, geometry) in enumerate(parts)
    ]
    return json.dumps({"type": "FeatureCollection", "features": made}, indent=1)


def test_fixes_in_geojson_change_nothing_else(tmp_path):
    ring = [[9.9, 48.4], [9.91, 48.4], [9.91, 48.41]]
    text = features(
        ("12,0", {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}),
        (7, {"type": "Polygon", "coordinates": [[*ring, [9.9, 48.405]]]}),
        (8, {"type": "Point", "coordinates": [-33.8, 151.2]}),
    )
    twin = Written(tmp_path).dataset("things.geojson", text, GEO)
    files = files_of(tmp_path)
    lines, left = make_patch(files, told(twin))
    assert left == {}
    assert all(a.done for a in apply_patch(files, lines, write=True))
    assert told(twin) == []
    mended = json.loads((tmp_path / "data" / "things.geojson").read_text())
    assert mended["features"][0]["properties"]["people"] == "12"
    assert mended["features"][1]["geometry"]["coordinates"][0][-1] == [9.9, 48.4]


def test_every_candidate_is_made_of_what_the_text_says():
    assert dict(candidates("1\u202f234,5", XSD.decimal))["1234.5"] > 0.9
    assert dict(candidates("\u22125", XSD.integer))["-5"] > 0.9
    assert dict(candidates("2020-01-31 12:00", XSD.dateTime))["2020-01-31T12:00:00"] > 0.9
    assert dict(candidates("31/01/2020", XSD.date)) == {"2020-01-31": 0.95}
    assert not [c for c, _ in candidates("30.02.2020", XSD.date) if reads_as(c, XSD.date)]


def test_an_edit_is_a_letter_or_a_swap_and_a_tie_is_none():
    assert distance("opne", "open", 2) == 1
    assert distance("a", "abcd", 2) == 3
    assert nearest("colsed", ["open", "closed"]) == ("closed", 0.92)
    assert nearest("cat", ["bat", "hat"]) is None
    assert nearest("xyzzy", ["open", "closed"]) is None


DOCUMENT = """<#ThingMap> rml:logicalSource [ rml:source "things" ; rml:referenceFormulation rml:JSONPath ; rml:iterator "$[*]" ] ;
    rml:subjectMap [ rml:template "{$.id}" ; rml:class ldt:Pump ] ;
    rml:predicateObjectMap [ rml:predicate dcterms:identifier ; rml:objectMap [ rml:reference "$.id" ] ] ;
    rml:predicateObjectMap [ rml:predicate ldt:autonomyHours ; rml:objectMap [ rml:reference "$.supply.hours" ; rml:datatype xsd:decimal ] ] .
"""


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (
            "things.json",
            '[\n {"id": "a", "supply": {"hours": 8}},\n {"id": "b", "supply": {"hours": "7,5", "n\\u00f6": [1, {"x": "7,5"}]}}\n]\n',
        ),
        (
            "things.ndjson",
            '{"id": "a", "supply": {"hours": 8}}\r\n\r\n{"id": "b", "supply": {"hours": "7,5"}}\r\n',
        ),
    ],
)
def test_fixes_in_json_change_the_one_value_alone(tmp_path, name, text):
    twin = Written(tmp_path).dataset(name, text, DOCUMENT)
    path = tmp_path / "data" / name
    path.write_bytes(text.encode())
    files = files_of(tmp_path)
    lines, left = make_patch(files, told(twin))
    assert (left, [(x.old, x.new) for x in lines]) == ({}, [("7,5", "7.5")])
    assert all(a.done for a in apply_patch(files, lines, write=True))
    assert path.read_bytes() == text.replace('"hours": "7,5"', '"hours": "7.5"').encode()
    assert told(twin) == []


@pytest.mark.parametrize(
    "of",
    [
        lambda entities: entities,
        lambda entities: {"@graph": entities},
        lambda entities: {"id": "urn:n:1", "type": "Notification", "data": entities},
    ],
    ids=["array", "graph", "notification"],
)
def test_fixes_in_ngsi_ld_find_the_value_of_the_attribute(tmp_path, of):
    entities = [
        {
            "id": f"urn:ngsi-ld:EVChargingStation:{n}",
            "type": "EVChargingStation",
            "capacity": {"type": "Property", "value": v},
        }
        for n, v in enumerate((5, -5))
    ]
    twin = Written(tmp_path).dataset(
        "things.jsonld",
        json.dumps(of(entities), indent=2),
        "ngsi-ld",
        'shapes = ["mobility"]',
    )
    found = told(twin)
    files = files_of(tmp_path)
    lines, left = make_patch(files, found)
    assert (left, [(x.old, x.new) for x in lines]) == ({}, [("-5", "5")]), found
    assert all(a.done for a in apply_patch(files, lines, write=True))
    assert told(twin) == []


@pytest.mark.parametrize("encoding", ["utf-8-sig", "latin-1", "utf-16"])
def test_a_file_keeps_its_encoding_its_ends_of_lines_and_all_else(tmp_path, encoding):
    text = 'id;class;hours;remark\r\n"a";Pump;"7,5";Größe ""x\r\nb;Pump;8;\r\n'.replace(
        'Größe ""x', '"Größe ""x"'
    )
    option = "" if encoding == "utf-16" else f'options = {{ encoding = "{encoding}" }}'
    twin = Written(tmp_path).dataset("things.csv", "", WITH_HOURS, option)
    path = tmp_path / "data" / "things.csv"
    path.write_bytes(text.encode(encoding))
    files = files_of(tmp_path)
    lines, _ = make_patch(files, [v for v in told(twin) if v.fix])
    assert [(x.row, x.old, x.new) for x in lines] == [(2, "7,5", "7.5")]
    assert all(a.done for a in apply_patch(files, lines, write=True))
    assert path.read_bytes() == text.replace("7,5", "7.5").encode(encoding)


WITH_HOURS = (
    THINGS.rstrip(" .\n")
    + """ ;
    rml:predicateObjectMap [ rml:predicate ldt:autonomyHours ; rml:objectMap [ rml:reference "hours" ; rml:datatype xsd:decimal ] ] .
"""
)


def test_a_patch_mends_no_file_that_no_dataset_reads(tmp_path):
    twin = town(tmp_path, SOUND | {"hours": "7,5"})
    files = files_of(tmp_path)
    [line], _ = make_patch(files, told(twin))
    (tmp_path / "data" / "other.csv").write_text('id,hours\na,"7,5"\n')
    for file in ("other.csv", "../twin.toml", str(tmp_path / "twin.toml")):
        [done] = apply_patch(files, [replace(line, file=file)], write=True)
        assert (done.done, "no dataset" in done.why) == (False, True)
    twice = apply_patch(files, [line, line], write=False)
    assert [a.done for a in twice] == [True, False]
