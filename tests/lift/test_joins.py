"""Joins: of one value or several, on either side; what joins nothing is told, and so is what no row has."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import duckdb
import pytest

from ldt_graph.lift import lift, parse_mapping
from ldt_graph.model import Dataset, create_tables
from ldt_graph.sources import open_dataset

if TYPE_CHECKING:
    from pathlib import Path

PREFIXES = "@prefix rml: <http://w3id.org/rml/> . @prefix ex: <http://ex.org/> .\n"
MAPPING = """
<#{name}> a rml:TriplesMap ;
  rml:logicalSource [ rml:source "{table}" ; rml:referenceFormulation rml:{form} ] ;
  rml:subjectMap [ rml:template "{table}/{{{id}}}" ] ;
  rml:predicateObjectMap [ rml:predicate ex:is ; rml:object ex:Thing ] {more} .
"""
JOIN = '; rml:predicateObjectMap [ rml:predicate ex:by ; rml:objectMap [ rml:parentTriplesMap <#Author> ; rml:joinCondition [ rml:child "{child}" ; rml:parent "{parent}" ] ] ]'
BOOKS = [
    {"id": "b1", "tag": "x", "in": {"tags": ["x", "y"]}},
    {"id": "b2", "tag": "z", "in": {"tags": ["z"]}},
]
AUTHORS = [{"id": "a1", "tag": "x", "tags": ["x", "y"], "books": [{"id": "b1"}, {"id": "b2"}]}, {"id": "a2", "tag": "z", "tags": ["z"], "books": [{"id": "b2"}]}]  # fmt: skip


def joined(folder: Path, child: str, parent: str, files: dict[str, str]) -> tuple[set, list]:
    for name, text in files.items():
        (folder / name).write_text(text)
    form = "JSONPath" if "books.json" in files else "CSV"
    said = {"form": form, "id": "$.id" if form == "JSONPath" else "id"}
    book = MAPPING.format(
        name="Book", table="books", more=JOIN.format(child=child, parent=parent), **said
    )
    author = MAPPING.format(name="Author", table="authors", more="", **said)
    (folder / "m.ttl").write_text(PREFIXES + book + author)
    con = duckdb.connect()
    create_tables(con)
    source = folder / "data"
    source.mkdir()
    for name in files:
        (folder / name).rename(source / name)
    tables = open_dataset(con, Dataset("d", "data", "m"), folder)
    lift(con, parse_mapping(folder / "m.ttl"), tables, dataset="d", base="http://b/")
    by = "SELECT subject, object FROM statements WHERE predicate = 'http://ex.org/by'"
    pairs = {(s.rsplit("/", 1)[1], o.rsplit("/", 1)[1]) for s, o in con.execute(by).fetchall()}
    told = 'SELECT rule, source, row, "column", value FROM violations ORDER BY ALL'
    return pairs, con.execute(told).fetchall()


@pytest.mark.parametrize(
    ("child", "parent", "pairs"),
    [
        ("$.tag", "$.tag", {("b1", "a1"), ("b2", "a2")}),
        ("$.tag", "$.tags", {("b1", "a1"), ("b2", "a2")}),
        ("$.tag", "$.tags[*]", {("b1", "a1"), ("b2", "a2")}),
        ("$.in.tags", "$.tag", {("b1", "a1"), ("b2", "a2")}),
        ("$.in.tags[*]", "$.tags", {("b1", "a1"), ("b2", "a2")}),
        ("$.id", "$.books[*].id", {("b1", "a1"), ("b2", "a1"), ("b2", "a2")}),
        ("$.tag", "$.tags[0]", {("b1", "a1"), ("b2", "a2")}),
    ],
)
def test_rows_join_where_the_two_share_a_value(tmp_path: Path, child, parent, pairs):
    files = {"books.json": json.dumps(BOOKS), "authors.json": json.dumps(AUTHORS)}
    found, told = joined(tmp_path, child, parent, files)
    assert found == pairs
    assert not [t for t in told if t[4] not in (None, "y")]


def test_each_value_of_several_that_joins_nothing_is_told(tmp_path: Path):
    files = {"books.json": json.dumps(BOOKS), "authors.json": json.dumps(AUTHORS)}
    _, told = joined(tmp_path, "$.in.tags", "$.tag", files)
    assert told == [("lift:no-partner", "data/books.json", 1, "$.in.tags", "y")]


@pytest.mark.parametrize(
    ("child", "parent", "column", "source"),
    [("$.tagg", "$.tag", "$.tagg", "books"), ("$.tag", "$.tagg", "$.tagg", "authors")],
)
def test_a_misspelt_reference_of_a_join_is_told(tmp_path: Path, child, parent, column, source):
    files = {"books.json": json.dumps(BOOKS), "authors.json": json.dumps(AUTHORS)}
    found, told = joined(tmp_path, child, parent, files)
    assert found == set()
    assert ("lift:no-such-reference", f"data/{source}.json", None, column, None) in told


def test_what_joins_nothing_is_told_once_for_each_value_with_its_first_cell(tmp_path: Path):
    files = {
        "books.csv": "id,author\nb1,a1\nb2,zz\nb3,\nb4,zz\nb5,yy\n",
        "authors.csv": "id,name\na1,One\n",
    }
    found, told = joined(tmp_path, "author", "id", files)
    assert found == {("b1", "a1")}
    assert told == [
        ("lift:no-partner", "data/books.csv", 3, "author", "zz"),
        ("lift:no-partner", "data/books.csv", 6, "author", "yy"),
    ]
