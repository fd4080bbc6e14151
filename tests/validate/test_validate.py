"""Shapes: the engine agrees with pyshacl, and what it does not cover is refused."""

from __future__ import annotations

import duckdb
import pyshacl
import pytest
import rdflib

from ldt_graph import assets
from ldt_graph.errors import ShapeError
from ldt_graph.model import create_tables
from ldt_graph.namespaces import PREFIXES
from ldt_graph.ontology import Ontology
from ldt_graph.testing import BASE, insert
from ldt_graph.validate import validate

ONTOLOGY = Ontology.parse(assets.ontology_files())
SHAPES = [assets.find("shapes", n) for n in ("core", "energy", "water", "mobility")]
BROKEN = [
    "<a> a ldt:Pump .",
    '<a> a ldt:Pump ; dcterms:identifier "1" , "2" .',
    '<a> a ldt:Pump ; dcterms:identifier "1" ; ldt:population -4 .',
    '<a> a ldt:ElectricSwitch ; dcterms:identifier "1" ; ldt:switchState "ajar" .',
    '<a> a ldt:WaterMain ; dcterms:identifier "1" ; ldt:diameter 0 ; ldt:lengthM -3.5 .',
    '<a> a ldt:TransitStop ; dcterms:identifier "1" ; geo:asWKT "POINT(7223 48)"^^geo:wktLiteral .',
    '<a> a ldt:TransitStop ; dcterms:identifier "1" ; geo:asWKT "POINT(9.9 48.4)"^^geo:wktLiteral .',
    '<a> a ldt:SupplyGroup ; dcterms:identifier "1" ; ldt:requiredMembers 0 .',
]


def ours(turtle: str) -> set[tuple[str, str]]:
    con = duckdb.connect()
    create_tables(con)
    insert(con, turtle, "test")
    validate(con, {"test": SHAPES}, ONTOLOGY)
    return set(con.execute("SELECT subject, rule FROM violations").fetchall())


@pytest.mark.parametrize(
    ("wkt", "sound"),
    [
        ("POINT(9.9 48.4)", True),
        ("POINT Z (9.9 48.4 480.5)", True),
        ("POINT ZM(9.9 48.4 480 -1)", True),
        ("POINT(9.9 48.4 480)", True),
        ("LINESTRING Z (9.9 48.4 1, 9.8 48.4 2)", True),
        ("MULTIPOLYGON (((9 48, 10 48, 10 49, 9 48)))", True),
        ("<http://www.opengis.net/def/crs/OGC/1.3/CRS84> POINT(9.9 48.4)", True),
        ("<http://www.opengis.net/def/crs/EPSG/0/4326> POINT(48.4 9.9)", False),
        ("POINT(199 48.4)", False),
        ("POINT Z (9.9 98.4 1)", False),
        ("POINT(9.9)", False),
        ("POINT(9.9 48.4 1 2 3)", False),
        ("CIRCLE(9.9 48.4)", False),
    ],
)
def test_a_geometry_is_wkt_in_degrees_longitude_first(wkt: str, sound: bool) -> None:
    turtle = f'<a> a ldt:TransitStop ; dcterms:identifier "1" ; geo:asWKT "{wkt}"^^geo:wktLiteral .'
    rules = {rule for _, rule in ours(turtle)}
    assert ("ldt:EntityShape-geometry" not in rules) == sound
    assert rules == {rule for _, rule in reference(turtle)}


def test_batches_change_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    turtle = "".join(
        f'<m{n}> a ldt:WaterMain ; dcterms:identifier "{n}" ; ldt:diameter {n % 3} ; ldt:connectedTo <m{n + 7}> .\n'
        for n in range(20)
    )
    whole = ours(turtle)
    monkeypatch.setattr("ldt_graph.validate.judge.BATCH_SIZE", 3)
    assert ours(turtle) == whole
    assert whole == {(f"{BASE}test/m{n}", "ldt:WaterMainShape-diameter") for n in range(0, 20, 3)}


def reference(turtle: str) -> set[tuple[str, str]]:
    head = f"@base <{BASE}test/> ." + "".join(
        f"@prefix {p}: <{i}> .\n" for p, i in PREFIXES.items()
    )
    data = rdflib.Graph().parse(data=head + turtle, format="turtle")
    for a, b in ONTOLOGY.subclass_axioms:
        data.add((rdflib.URIRef(a), rdflib.RDFS.subClassOf, rdflib.URIRef(b)))
    shapes = rdflib.Graph()
    for path in SHAPES:
        shapes.parse(path)
    sh = rdflib.Namespace("http://www.w3.org/ns/shacl#")
    _, report, _ = pyshacl.validate(data, shacl_graph=shapes)
    return {
        (
            str(report.value(r, sh.focusNode)),
            str(report.value(r, sh.sourceShape)).replace(PREFIXES["ldt"], "ldt:"),
        )
        for r in report.subjects(rdflib.RDF.type, sh.ValidationResult)
    }


@pytest.mark.parametrize("turtle", BROKEN)
def test_the_engine_finds_what_pyshacl_finds(turtle):
    assert ours(turtle) == reference(turtle)


def test_a_false_longitude_is_reported_and_its_entity_set_aside():
    con = duckdb.connect()
    create_tables(con)
    insert(
        con,
        BROKEN[5]
        + ' <b> a ldt:TransitStop ; dcterms:identifier "2" ; geo:asWKT "POINT(9.9 48.4)"^^geo:wktLiteral .',
        "test",
    )
    report = validate(con, {"test": SHAPES}, ONTOLOGY)
    assert report.set_aside == 1
    assert {s for (s,) in con.execute("SELECT DISTINCT subject FROM set_aside").fetchall()} == {
        BASE + "test/a"
    }
    assert {s for (s,) in con.execute("SELECT DISTINCT subject FROM statements").fetchall()} == {
        BASE + "test/b"
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("<a> <b>", r"bad\.ttl:1"),
        (
            "@prefix sh: <http://www.w3.org/ns/shacl#> .\n<http://a> a sh:NodeShape ; sh:js [] .",
            r"bad\.ttl:2: <http://a>: sh:js is not supported",
        ),
    ],
)
def test_a_bad_shapes_file_is_refused_by_line(tmp_path, text, message):
    path = tmp_path / "bad.ttl"
    path.write_text(text)
    con = duckdb.connect()
    create_tables(con)
    with pytest.raises(ShapeError, match=message):
        validate(con, {"test": [path]}, ONTOLOGY)
