"""A shapes file that means nothing is an error that names the shape and the line; nothing conforms to it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import duckdb
import pytest

from ldt_graph.errors import ShapeError
from ldt_graph.model import create_tables
from ldt_graph.ontology import Ontology
from ldt_graph.validate import validate
from ldt_graph.validate.shapes import read_shapes

if TYPE_CHECKING:
    from pathlib import Path

HEAD = """@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix ex: <urn:ex#> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix ldt: <https://w3id.org/ldt-graph#> . @prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
# What is wrong stands on line 6.
ldt:PumpShape a sh:NodeShape ; sh:targetClass ldt:Pump ;
    sh:property ldt:PumpShape-power .
"""
OF_POWER = "ldt:PumpShape-power sh:path ldt:power ; {} .\n"
OF_PUMP = "ldt:PumpShape {} .\nldt:PumpShape-power a sh:PropertyShape ; sh:path ldt:power ; sh:minCount 1 .\n"
POWER = {
    'sh:minCount "x"': 'sh:minCount is "x", and must be a whole number',
    "sh:minCount -1": "must be a whole number, 0 or more",
    "sh:maxCount 1.0": "must be a whole number",
    "sh:minCount 1 , 2": "sh:minCount is given 2 times",
    "sh:in ex:a": "sh:in is <urn:ex#a>, and must be a list",
    "sh:in [ rdf:first 1 ]": "must be a list",
    'sh:pattern "(["': "which can't be read: unclosed character class",
    'sh:pattern "[a-z-[aeiou]]"': "is not supported",
    "sh:pattern 5": "must be a string",
    'sh:pattern "a" ; sh:flags "q"': 'sh:flags has "q"',
    'sh:flags "i"': "sh:flags means nothing without sh:pattern",
    'sh:datatype "integer"': "sh:datatype is \"integer\", and must be an IRI",
    "sh:datatype xsd:interger": "no datatype of XML Schema; is it xsd:integer",
    "sh:datatype xsd:integer , xsd:decimal": "sh:datatype is given 2 times",
    "sh:nodeKind sh:Iri": "sh:nodeKind is sh:Iri, and must be one of",
    'sh:class "Pump"': "sh:class is \"Pump\", and must be an IRI",
    'sh:minInclusive "low"': "with which nothing can be compared",
    'sh:maxExclusive "x"^^xsd:integer': "no value of its datatype",
    "sh:maxInclusive ex:high": "must be a literal",
    'sh:minLength "3"': "sh:minLength is \"3\", and must be a whole number",
    'sh:uniqueLang "yes"': "must be true or false",
    'sh:languageIn "en"': "must be a list of language tags",
    "sh:languageIn ( 1 )": "must be a string",
    "sh:equals [ ]": "must be an IRI",
    'sh:lessThan "x"': "must be an IRI",
    "sh:node ex:Nowhere": "sh:node names <urn:ex#Nowhere>, and nothing is said of it",
    'sh:node "Shape"': "must be a shape",
    "sh:or ex:a": "must be a list of shapes",
    'sh:and ( "x" )': "must be a shape",
    "sh:xone ( ex:Nowhere )": "nothing is said of it",
    "sh:not ex:Nowhere": "nothing is said of it",
    "sh:qualifiedValueShape [ sh:class ex:C ]": "means nothing without sh:qualifiedMinCount or sh:qualifiedMaxCount",
    "sh:path ldt:other": "sh:path is given 2 times",
    "sh:closed true": "sh:closed is of a node shape",
    "sh:mincount 1": r"sh:mincount is not supported\. Is it sh:minCount",
    "sh:uniqueMembers true": "sh:uniqueMembers is not supported",
    "sh:js [ ]": "sh:js is not supported",
    "sh:message 5": "sh:message is .*, and must be a string",
    'sh:severity "Violation"': "must be an IRI",
    'sh:deactivated "no"': "must be true or false",
    "sh:node ldt:PumpShape": "refers to itself",
    "sh:not [ sh:property ldt:PumpShape-power ]": "refers to itself",
    'sh:sparql [ sh:select "SELEC $this" ]': "no SELECT query",
    'sh:sparql [ sh:select "SELECT $this WHERE { $this nope:p ?v }" ]': "can't be read",
    'sh:sparql [ sh:select "SELECT $this WHERE { ?a ?b ?c MINUS { $this ?p ?o } }" ]': "has MINUS",
    'sh:sparql [ sh:select "SELECT $this WHERE { VALUES ?v { 1 } $this ?p ?v }" ]': "has VALUES",
    'sh:sparql [ sh:select "SELECT $this WHERE { SERVICE <urn:s> { $this ?p ?o } }" ]': "has SERVICE",
    'sh:sparql [ sh:select "SELECT $this (1 AS ?this) WHERE { ?s ?p ?o }" ]': r"assigns \$this",
    'sh:sparql [ sh:message "No query" ]': "has one query, and this has none",
    "sh:sparql [ sh:select 5 ]": "must be a string",
}  # fmt: skip
PUMP = {
    'sh:targetClass "Pump"': 'sh:targetClass is "Pump", and must be an IRI',
    "sh:targetNode [ ]": "must be an IRI or a literal",
    'sh:targetSubjectsOf "x"': "must be an IRI",
    "sh:targetObjectsOf ( ex:p )": "must be an IRI",
    "sh:property ex:nothing": "sh:property names <urn:ex#nothing>, and nothing is said of it",
    'sh:property "power"': "must be a shape",
    "sh:property [ sh:minCount 1 ]": "A property shape has a sh:path, and this has none",
    "sh:path ex:p": "A node shape has no sh:path",
    "sh:minCount 1": "sh:minCount is of a property shape",
    "sh:lessThan ex:p": "sh:lessThan is of a property shape",
    "sh:ignoredProperties ( ex:p )": "means nothing without sh:closed",
    "sh:closed true ; sh:ignoredProperties ( [ ] )": "must be an IRI",
    "sh:property [ sh:path [ ] ; sh:minCount 1 ]": "is no path",
    "sh:property [ sh:path ( ex:p ) ; sh:minCount 1 ]": "fewer than two paths",
    'sh:property [ sh:path "p" ; sh:minCount 1 ]': "is no path",
    "sh:property [ sh:path [ sh:alternativePath ex:p ] ; sh:minCount 1 ]": "is no list",
    "sh:property [ sh:path [ sh:inversePath ex:p ; sh:zeroOrMorePath ex:q ] ; sh:minCount 1 ]": "is no path",
    "sh:target [ ]": "sh:target is not supported",
    "sh:rule [ ]": "sh:rule is not supported",
    "sh:expression [ ]": "sh:expression is not supported",
    "a sh:NodeShap": "sh:NodeShap is not supported",
    "sh:and ( [ sh:node ldt:PumpShape ] )": "refers to itself",
}
WHOLE = {
    "": "There is no shape in this file",
    "@prefix ldt: <https://w3id.org/ldt-graph#> .\n<urn:a> a ldt:Pump .": "There is no shape in this file",
    "<urn:a> <urn:b>": r":1: Not valid Turtle",
    "<urn:a> a nope:Shape .": r":1: Not valid Turtle: .*nope",
    HEAD + "ldt:PumpShape-power sh:path ldt:power ; sh:in ( 1 2 .": r":6: Not valid Turtle",
    HEAD: r":5: ldt:PumpShape: sh:property names ldt:PumpShape-power, and nothing is said of it",
}


def refused(folder: Path, text: str) -> str:
    file = folder / "shapes.ttl"
    file.write_text(text)
    with pytest.raises(ShapeError) as error:
        read_shapes(file)
    return str(error.value)


@pytest.mark.parametrize(("said", "message"), POWER.items())
def test_a_bad_property_shape_is_named_with_its_line(
    tmp_path: Path, said: str, message: str
) -> None:
    text = refused(tmp_path, HEAD + OF_POWER.format(said))
    assert re.search(message, text), text
    assert re.match(r"shapes\.ttl:6: ldt:PumpShape", text), text


@pytest.mark.parametrize(("said", "message"), PUMP.items())
def test_a_bad_node_shape_is_named_with_its_line(tmp_path: Path, said: str, message: str) -> None:
    text = refused(tmp_path, HEAD + OF_PUMP.format(said))
    assert re.search(message, text), text
    assert re.match(r"shapes\.ttl:6: ldt:PumpShape", text), text


@pytest.mark.parametrize(
    ("said", "code", "line"),
    [
        ("ldt:PumpShape-power sh:path ldt:power ; sh:deactivated true .", "deactivated", 6),
        ("ldt:PumpShape-power sh:path ldt:power .\nldt:Lone a sh:NodeShape ; sh:class ldt:Pump .", "unused", 7),
        ("ldt:PumpShape-power sh:path ldt:power ; sh:qualifiedMinCount 1 .", "no-effect", 6),
        ("ldt:PumpShape-power sh:path ldt:power .\n<urn:me> <http://www.w3.org/2002/07/owl#imports> <urn:o> .", "not-imported", 7),
    ],
)  # fmt: skip
def test_what_nothing_comes_of_is_told_with_its_line(
    tmp_path: Path, said: str, code: str, line: int
) -> None:
    file = tmp_path / "shapes.ttl"
    file.write_text(HEAD + said)
    con = duckdb.connect()
    create_tables(con)
    validate(con, {"test": [file]}, Ontology(()))
    told = con.execute("SELECT rule, severity, source, row FROM violations").fetchall()
    assert told == [(f"shape:{code}", "warning", "shapes.ttl", line)]


@pytest.mark.parametrize(("text", "message"), WHOLE.items())
def test_a_file_that_is_no_shapes_file_is_refused(tmp_path: Path, text: str, message: str) -> None:
    assert re.search(message, found := refused(tmp_path, text)), found


def test_lines_may_be_long_and_a_fault_after_them_has_its_line(tmp_path: Path) -> None:
    long = " , ".join(f'"{"é" * 40}{n}"' for n in range(500))
    text = f"@prefix sh: <http://www.w3.org/ns/shacl#> .\n<urn:s> a sh:NodeShape ; sh:targetNode {long} ;\n"
    path = tmp_path / "long.ttl"
    path.write_text(f"{text}    sh:nodeKind sh:IRI .\n", encoding="utf-8")
    assert read_shapes(path)
    path.write_text(f"{text}    sh:nodeKind sh:Nothing .\n", encoding="utf-8")
    with pytest.raises(ShapeError, match=r"long\.ttl:3"):
        read_shapes(path)
