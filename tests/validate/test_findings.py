"""What a shape finds is told at its cell and set aside: under aligned names too, on blank nodes, nested nodes and values."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import duckdb
import pytest

from ldt_graph.errors import ShapeError
from ldt_graph.model import create_tables
from ldt_graph.ontology import Ontology
from ldt_graph.testing import BASE, insert
from ldt_graph.validate import validate
from tests.validate.test_terms import GOOD
from tests.validate.written import HEAD, THINGS, Written

if TYPE_CHECKING:
    from pathlib import Path

SHACL = HEAD + "@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix ex: <urn:ex#> .\n"


def found(folder: Path, shapes: str, turtle: str) -> tuple[list[tuple], set[str]]:
    """Judge a few triples; return (focus, row, column, value) of each finding, and the rows that were set aside."""
    path = folder / "shapes.ttl"
    path.write_text(SHACL + shapes)
    con = duckdb.connect()
    create_tables(con)
    insert(con, "@prefix ex: <urn:ex#> .\n" + turtle, "test")
    validate(con, {"test": [path]}, Ontology(()))
    told = con.execute('SELECT subject, row, "column", value FROM violations').fetchall()
    return told, {row for (row,) in con.execute("SELECT row FROM set_aside").fetchall()}


@pytest.mark.parametrize(("value", "told"), [(-1, 1), ("two", 1), (4, 0)])
def test_a_value_under_an_aligned_name_meets_its_shape(
    tmp_path: Path, value: object, told: int
) -> None:
    entities = [{"id": f"urn:ngsi-ld:EVChargingStation:{n}", "type": "EVChargingStation", "name": {"type": "Property", "value": "x"},
                 "capacity": {"type": "Property", "value": v}} for n, v in enumerate((3, value))]  # fmt: skip
    written = Written(tmp_path).dataset(
        "chargers.jsonld", json.dumps(entities), "ngsi-ld", 'shapes = ["mobility"]'
    )
    lines = written.told("validate")
    assert [(v.source, v.row, v.column, v.value) for v in lines] == [
        ("chargers.jsonld", 2, "capacity", str(value))
    ] * told
    assert (
        len(
            written.statements("predicate LIKE '%type'")
            & {("urn:ngsi-ld:EVChargingStation:1", "type", "ChargingStation")}
        )
        == 1 - told
    )


def test_a_classs_and_a_relations_own_hierarchy_reaches_the_shape(tmp_path: Path) -> None:
    my = "my:Lamp a owl:Class ; rdfs:subClassOf ldt:Pump . my:lumen a owl:DatatypeProperty ; rdfs:subPropertyOf ldt:population .\n"
    mapping = THINGS.replace("https://w3id.org/ldt-graph#{class}", "https://example.org/my#{class}")
    mapping += '<#N> rml:logicalSource [ rml:source "things" ] ; rml:subjectMap [ rml:template "{id}" ] ;\n rml:predicateObjectMap [ rml:predicate my:lumen ; rml:objectMap [ rml:reference "n" ; rml:datatype xsd:integer ] ] .\n'
    written = Written(tmp_path, top='ontology = ["my.ttl"]\n').write("my.ttl", HEAD + my)
    [told] = written.dataset("things.csv", "id,class,n\nA,Lamp,3\nB,Lamp,-3\n", mapping).told(
        "validate"
    )
    assert (told.rule, told.row, told.column, told.value) == (
        "ldt:AssetShape-population",
        3,
        "n",
        "-3",
    )


def test_a_fact_of_another_dataset_is_told_at_the_cell_that_states_it(tmp_path: Path) -> None:
    facts = '<#N> rml:logicalSource [ rml:source "facts" ] ; rml:subjectMap [ rml:reference "of.iri" ] ;\n rml:predicateObjectMap [ rml:predicate ldt:population ; rml:objectMap [ rml:reference "people" ; rml:datatype xsd:integer ] ] .\n'
    written = Written(tmp_path).dataset("things.csv", GOOD, THINGS)
    written.dataset("facts.csv", "of,people\nS,4\nP,-4\n", facts, 'references = { of = "things" }')
    [told] = written.told("validate")
    assert (told.dataset, told.source, told.row, told.column, told.value) == (
        "facts",
        "facts.csv",
        3,
        "people",
        "-4",
    )


def test_a_blank_nodes_finding_is_kept_and_it_is_set_aside_with_what_names_it(
    tmp_path: Path,
) -> None:
    shape = "ex:S a sh:NodeShape ; sh:targetClass ex:C ; sh:property [ sh:path ex:n ; sh:minInclusive 0 ] ."
    told, aside = found(
        tmp_path, shape, "_:x a ex:C ; ex:n -5 . <a> ex:part _:x ; ex:n -5 . _:y a ex:C ; ex:n 5 ."
    )
    [(focus, *cell)] = told
    assert focus.startswith("_:")
    assert cell == [2, "n", "-5"]
    assert aside == {1, 2, 3}


def test_a_nested_nodes_finding_is_kept(tmp_path: Path) -> None:
    shape = (
        "ex:S a sh:NodeShape ; sh:targetClass ex:C ; sh:property [ sh:path ex:address ; sh:property ex:City ] ."
        "ex:City a sh:PropertyShape ; sh:path ex:city ; sh:minLength 2 ."
    )
    told, aside = found(
        tmp_path, shape, '<a> a ex:C ; ex:address <b> . <b> ex:city "x" . <c> ex:city "y" .'
    )
    assert told == [(f"{BASE}test/b", 3, "city", "x")]
    assert aside == {3}


def test_a_value_that_breaks_a_shape_is_set_aside_where_it_is_stated(tmp_path: Path) -> None:
    shape = "ex:S a sh:NodeShape ; sh:targetObjectsOf ex:code ; sh:minLength 2 ."
    told, aside = found(tmp_path, shape, '<a> ex:code "x" ; ex:name "x" . <b> ex:code "xy" .')
    assert told == [("x", 1, None, "x")]
    assert aside == {1}


def test_a_shape_judges_the_datasets_that_use_it_alone(tmp_path: Path) -> None:
    path = tmp_path / "shapes.ttl"
    path.write_text(
        SHACL
        + "ex:S a sh:NodeShape ; sh:targetSubjectsOf ex:n ; sh:property [ sh:path ( ex:m ex:n ) ; sh:minCount 1 ] ."
    )
    con = duckdb.connect()
    create_tables(con)
    for dataset in ("one", "two"):
        insert(con, "@prefix ex: <urn:ex#> .\n<a> ex:n 1 .", dataset)
    validate(con, {"one": [path], "two": []}, Ontology(()))
    assert con.execute("SELECT subject FROM violations").fetchall() == [(f"{BASE}one/a",)]


@pytest.mark.parametrize(
    ("shapes", "message"),
    [
        ('ex:S sh:targetClass ex:C ; sh:sparql [ sh:select "SELECT $this WHERE { $this ?p ?o MINUS { $this a <urn:ex#D> } }" ] .', "has MINUS"),
        ('ex:S sh:targetClass ex:C ; sh:sparql [ sh:select "SELECT $this WHERE { { SELECT ?o WHERE { ?s ?p ?o } } }" ] .', "does not return"),
        ("ex:S a sh:NodeShap ; sh:targetClass ex:C .", "sh:NodeShap is not supported"),
        ("ex:S a sh:NodeShape ; sh:property [ sh:path ex:p ; sh:mincount 1 ] .", "sh:mincount is not supported"),
    ],
)  # fmt: skip
def test_what_the_engine_cannot_run_is_an_error_with_its_file(
    tmp_path: Path, shapes: str, message: str
) -> None:
    with pytest.raises(ShapeError, match=rf"shapes\.ttl.*{message}"):
        found(tmp_path, shapes, "<a> a ex:C .")
