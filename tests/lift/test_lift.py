"""Mappings: what a row becomes, what a bad one says, and that lifting twice is lifting once."""

from __future__ import annotations

from urllib.parse import quote

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ldt_graph.errors import MappingError
from ldt_graph.lift import lift, parse_mapping
from ldt_graph.model import Dataset, create_tables
from ldt_graph.sources import open_dataset

PREFIXES = """@prefix rml: <http://w3id.org/rml/> . @prefix ex: <http://ex.org/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> . @prefix ldt: <https://w3id.org/ldt-graph#> .
"""
SOURCE = 'rml:logicalSource [ rml:source "t" ; rml:referenceFormulation rml:CSV ]'
MAP = f"""<#M> a rml:TriplesMap ; {SOURCE} ;
    rml:subjectMap [ rml:template "thing/{{id}}" ; rml:class ex:Thing ] ;
    rml:predicateObjectMap [ rml:predicate ex:name ; rml:objectMap [ rml:reference "name" ] ] ;
    rml:predicateObjectMap [ rml:predicate ex:size ; rml:objectMap [ rml:reference "size" ; rml:datatype xsd:decimal ] ] .
"""


def lifted(folder, table: str, mapping: str = MAP, *, times: int = 1):
    (folder / "t.csv").write_text(table, encoding="utf-8")
    (folder / "m.ttl").write_text(PREFIXES + mapping, encoding="utf-8")
    con = duckdb.connect()
    create_tables(con)
    tables = open_dataset(con, Dataset("d", "t.csv", "m"), folder)
    for _ in range(times):
        lift(con, parse_mapping(folder / "m.ttl"), tables, dataset="d", base="http://b/d/")
    return con


def statements(con) -> list[tuple]:
    return con.execute(
        "SELECT DISTINCT subject, predicate, object, datatype, row FROM statements ORDER BY ALL"
    ).fetchall()


def violations(con) -> list[tuple]:
    return con.execute(
        'SELECT rule, row, "column", value FROM violations ORDER BY row, rule'
    ).fetchall()


TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"


def test_a_row_becomes_statements_that_know_their_row_and_rule(tmp_path):
    con = lifted(tmp_path, "id,name,size\n08024,Weir,1.50\n")
    decimal = "http://www.w3.org/2001/XMLSchema#decimal"
    assert statements(con) == [
        ("http://b/d/thing/08024", "http://ex.org/name", "Weir", None, 2),
        ("http://b/d/thing/08024", "http://ex.org/size", "1.50", decimal, 2),
        ("http://b/d/thing/08024", TYPE, "http://ex.org/Thing", None, 2),
    ]
    assert con.execute("SELECT DISTINCT origin, key, source, level FROM statements").fetchall() == [
        ("observed", "t/08024", "t.csv", 0)
    ]
    rules = con.execute(
        "SELECT predicate, rule FROM statements ORDER BY predicate, rule"
    ).fetchall()
    assert rules == [
        ("http://ex.org/name", "http://b/d/rule/M/name"),
        ("http://ex.org/size", "http://b/d/rule/M/size"),
        (TYPE, "http://b/d/rule/M/type"),
    ]
    read = 'SELECT rule, "column" FROM rules WHERE part = \'object\' AND "column" IS NOT NULL ORDER BY 1'
    assert con.execute(read).fetchall() == [(r, r.rsplit("/", 1)[1]) for _, r in rules[:2]]


def test_a_bad_value_is_set_aside_by_its_cell_and_the_row_goes_on(tmp_path):
    con = lifted(tmp_path, "id,name,size\n1,A,n/a\n,B,2\n3,C,3\n")
    assert violations(con) == [
        ("lift:datatype", 2, "size", "n/a"),
        ("lift:no-subject", 3, "id", None),
    ]
    assert {s for s, *_ in statements(con)} == {"http://b/d/thing/1", "http://b/d/thing/3"}


@pytest.mark.parametrize(
    ("cell", "kept"),
    [("9.4e-05", "0.000094"), ("1E3", "1000"), ("-2.50e1", "-25"), ("1e-30", None), ("e", None)],
)
def test_a_decimal_with_an_exponent_is_kept_where_that_is_exact(tmp_path, cell, kept):
    con = lifted(tmp_path, f"id,name,size\n1,Weir,{cell}\n")
    sizes = [s[2] for s in statements(con) if s[1] == "http://ex.org/size"]
    assert sizes == ([kept] if kept else [])
    assert violations(con) == ([] if kept else [("lift:datatype", 2, "size", cell)])


def test_a_second_row_of_the_same_identifier_is_set_aside_and_names_the_first(tmp_path):
    con = lifted(tmp_path, "id,name,size\n1,A,1\n2,B,2\n1,C,3\n")
    assert [v[:2] for v in violations(con)] == [("lift:duplicate-id", 4)]
    names = [o for _, p, o, _, _ in statements(con) if p.endswith("name")]
    assert names == ["A", "B"]
    assert con.execute("SELECT message FROM violations").fetchall()[0][0].startswith("Row 2 ")


texts = st.text(st.characters(codec="utf-8", exclude_characters="\x00\r\n"), max_size=8)


@given(st.lists(st.tuples(texts, texts), max_size=6))
def test_lifting_twice_is_lifting_once(tmp_path_factory, rows):
    folder = tmp_path_factory.mktemp("lift")
    lines = ["id,name,size", *(f'"{q(i)}","{q(n)}",1' for i, n in rows)]
    table = "\n".join(lines) + "\n"
    once, twice = lifted(folder, table), lifted(folder, table, times=2)
    assert statements(once) == statements(twice)


def q(text: str) -> str:
    return text.replace('"', '""')


@given(texts.filter(lambda t: t.strip() and t.strip() == t))
def test_any_identifier_makes_one_iri_by_percent_encoding(tmp_path_factory, identifier):
    folder = tmp_path_factory.mktemp("lift")
    con = lifted(folder, f'id,name,size\n"{q(identifier)}",A,1\n')
    subjects = {s for s, *_ in statements(con)}
    assert len(subjects) == 1
    # RML Core: template values are made IRI-safe (RFC 3987 iunreserved stays as it is).
    [iri] = subjects
    assert quote(iri, safe=":/#%") == "http://b/d/thing/" + quote(identifier, safe="")


@pytest.mark.parametrize(
    ("mapping", "words"),
    [
        ("<#M> a rml:TriplesMap .", "no triples map"),
        ("<#M> a rml:TriplesMap", "Not valid Turtle"),
        (MAP.replace('rml:reference "size"', 'rml:reference "weight"'), "weight"),
        (MAP.replace("{id}", "{id"), "{id"),
        (MAP.replace("rml:CSV", "rml:XPath"), "XPath"),
        (MAP.replace('rml:template "thing/{id}"', 'rml:functionExecution <#F>'), "functionExecution"),
        (MAP.replace("rml:subjectMap [", "rml:subject ex:A ; rml:subjectMap ["), "one subject map"),
        (MAP.replace("rml:predicate ex:name ;", ""), "predicate"),
        (MAP.replace('"name" ]', '"name" ; rml:template "{name}" ]'), "template"),
        (MAP.replace("rml:class ex:Thing", 'rml:class "Thing"'), "IRI"),
        (MAP.replace('rml:reference "name"', "rml:parentTriplesMap <#Nowhere>"), "Nowhere"),
        (MAP.replace("rml:predicate ex:name", "rml:class ex:Thing ; rml:predicate ex:name"), "m.ttl:5: class is no word of a predicate-object map. It belongs to a subject map"),
        (MAP.replace("rml:class ex:Thing", "rml:class ex:Thing ; rml:predicate ex:p"), "predicate is no word of a subject map"),
        (MAP.replace("rml:class ex:Thing", "rml:datatype xsd:string"), "datatype is no word of a subject map"),
        (MAP.replace('"name" ]', '"name" ; rml:source "t" ]'), "source is no word of an object map"),
        (MAP.replace("rml:CSV ]", "rml:CSV ; ldt:manyRow true ]"), "manyRow is no word of a logical source"),
        (MAP.replace("rml:CSV ]", "rml:CSV ; rml:termType rml:IRI ]"), "termType is no word of a logical source"),
        (MAP.replace('"name" ]', '"name" ; rml:datatype xsd:string ; rml:language "de" ]'), "m.ttl:5: A literal has a datatype or a language"),
        (MAP.replace('"name" ]', '"name" ; rml:termType rml:IRI ; rml:datatype xsd:anyURI ]'), "An IRI has no datatype"),
        (MAP.replace('"name" ]', '"name" ; rml:termType rml:BlankNode ; rml:language "de" ]'), "A blank node has no language"),
        (MAP.replace('rml:reference "name"', 'rml:constant ex:A ; rml:datatype xsd:string'), "An IRI has no datatype"),
        (MAP.replace('rml:reference "name"', 'rml:constant "A" ; rml:datatype xsd:int ; rml:language "de"'), "not both"),
        (MAP + "ex:Lost rml:predicate ex:p ; rml:objectMap [ rml:reference \"name\" ] .", "Lost with objectMap, predicate belongs to no triples map"),
        (MAP + "[] rml:reference \"name\" .", "reference belongs to no triples map"),
    ],
)  # fmt: skip
def test_a_bad_mapping_is_an_error_that_names_file_and_thing(tmp_path, mapping, words):
    with pytest.raises(MappingError) as caught:
        lifted(tmp_path, "id,name,size\n1,A,1\n", mapping)
    assert words in str(caught.value)
    assert caught.value.place is not None
    assert caught.value.place.file == "m.ttl"


def test_of_several_tables_the_mapping_must_name_one(tmp_path):
    for name in "ab":
        (tmp_path / f"{name}.csv").write_text("id\n1\n")
    (tmp_path / "m.ttl").write_text(PREFIXES + MAP)
    con = duckdb.connect()
    create_tables(con)
    tables = open_dataset(con, Dataset("d", ".", "m"), tmp_path)
    with pytest.raises(MappingError, match="a, b"):
        lift(con, parse_mapping(tmp_path / "m.ttl"), tables, dataset="d", base="http://b/")


def test_a_missing_mapping_is_an_error(tmp_path):
    with pytest.raises(MappingError, match=r"can't be read"):
        parse_mapping(tmp_path / "none.ttl")


@pytest.mark.parametrize(
    ("said", "made"),
    [
        ('"A"', ("A", None, None)),
        ('"5" ; rml:datatype xsd:integer', ("5", "http://www.w3.org/2001/XMLSchema#integer", None)),
        ('"A" ; rml:language "de-CH"', ("A", None, "de-ch")),
    ],
)
def test_a_constant_has_what_its_map_says(tmp_path, said, made):
    con = lifted(
        tmp_path,
        "id,name,size\n1,A,1\n",
        MAP.replace('rml:reference "name"', f"rml:constant {said}"),
    )
    found = con.execute(
        "SELECT object, datatype, lang FROM statements WHERE predicate = 'http://ex.org/name'"
    )
    assert found.fetchall() == [made]
