"""What GraphQL says of violations: filters, groups, versions, and the rows where they stand, of no file but the twin's."""

from __future__ import annotations

import os

import pytest
from ldt_api.app import create_app
from starlette.testclient import TestClient

from ldt_graph.graph.embedded import EmbeddedStore
from ldt_graph.pipeline import build
from ldt_graph.source_rows import SourceRows
from ldt_graph.twin import load_twin
from tests.validate.written import THINGS, Written

HOURS = (
    THINGS.rstrip(" .\n")
    + """ ;
    rml:predicateObjectMap [ rml:predicate ldt:autonomyHours ; rml:objectMap [ rml:reference "hours" ; rml:datatype xsd:decimal ] ] .
"""
)
ROWS = 'id,class,hours\np1,Pump,-8\np2,Pump,"7,5"\np3,Pump,x\np4,Pump,-2\n'


@pytest.fixture(scope="module")
def town(tmp_path_factory) -> Written:
    folder = tmp_path_factory.mktemp("town")
    waive = 'waive = [{ shape = "ldt:AssetShape-*", key = "p4", reason = "known" }]'
    twin = Written(folder).dataset("things.csv", ROWS.replace("p4,Pump,-2\n", ""), HOURS, waive)
    build(load_twin(folder))
    twin.write("data/things.csv", ROWS)
    build(load_twin(folder))
    (folder / "data" / "secret.txt").write_text("secret\n")
    return twin


@pytest.fixture(scope="module")
def ask(town):
    twin = load_twin(town.folder)
    with TestClient(create_app(EmbeddedStore(twin.record), sources=SourceRows(twin))) as client:

        def asked(question: str):
            found = client.post("/graphql", json={"query": question}).json()
            return found["errors"][0]["message"] if "errors" in found else found["data"]

        yield asked


@pytest.mark.parametrize(
    ("where", "rows"),
    [
        ("fix: true", [2, 3]),
        ('fix: false, severity: "violation"', [4]),
        ("waived: true", []),
        ("row: 4", [4]),
        ('rule: "lift:datatype"', [3, 4]),
        ('column: "hours", source: "things.csv", key: "things/p1"', [2]),
        ('subject: "https://example.org/t/things/p1"', [2]),
    ],
)
def test_every_field_filters(ask, where, rows):
    found = ask(
        f'{{ violations(asOf: "0", filter: {{{where}}}) {{ totalCount nodes {{ row }} }} }}'
    )
    assert [v["row"] for v in found["violations"]["nodes"]] == rows
    assert found["violations"]["totalCount"] == len(rows)


def test_conditions_that_contradict_each_other_are_refused(ask):
    assert "asked for twice" in ask(
        '{ violations(stage: "lift", filter: {stage: "term"}) { totalCount } }'
    )


def test_groups_say_how_many_and_the_first(ask):
    [most, other] = ask("{ violationGroups { rule column source count first { row } } }")[
        "violationGroups"
    ]
    assert (most["count"], other["count"]) == (2, 2)
    assert {most["rule"], other["rule"]} == {"lift:datatype", "ldt:AssetShape-autonomyHours"}
    [alone] = ask(
        '{ violationGroups(shape: "lift:datatype", by: [SEVERITY]) { rule severity count first { row value } } }'
    )["violationGroups"]
    assert alone == {
        "rule": None,
        "severity": "violation",
        "count": 2,
        "first": {"row": 3, "value": "7,5"},
    }


def test_quality_is_told_version_by_version(ask):
    said = ask(
        "{ quality { version { number } datasets { dataset rows violations waived completeness } rules { rule count } } }"
    )["quality"]
    assert [q["version"]["number"] for q in said] == [0, 1]
    assert [q["datasets"][0] for q in said] == [
        {"dataset": "things", "rows": 3, "violations": 3, "waived": 0, "completeness": 1.0},
        {"dataset": "things", "rows": 4, "violations": 3, "waived": 1, "completeness": 1.0},
    ]
    assert said[1]["rules"] == [
        {"rule": "ldt:AssetShape-autonomyHours", "count": 2},
        {"rule": "lift:datatype", "count": 2},
    ]
    assert [
        q["version"]["number"]
        for q in ask("{ quality(last: 1) { version { number } } }")["quality"]
    ] == [1]


def test_a_row_is_shown_with_its_neighbours_and_cells(ask):
    found = ask(
        '{ sourceRows(file: "things.csv", row: 3, around: 1) { dataset format header line lines { number text cells } } }'
    )["sourceRows"]
    assert (found["header"], found["line"], found["format"]) == (["id", "class", "hours"], 3, "csv")
    assert [x["number"] for x in found["lines"]] == [2, 3, 4]
    assert found["lines"][1] == {
        "number": 3,
        "text": 'p2,Pump,"7,5"',
        "cells": ["p2", "Pump", "7,5"],
    }


@pytest.mark.parametrize(
    "file",
    [
        "secret.txt",
        "../twin.toml",
        "/etc/passwd",
        "..",
        "",
        "things.csv/../secret.txt",
        "./things.csv",
        "things.csv\\u0000",
        "file:///etc/passwd",
    ],
)
def test_no_file_is_opened_but_those_that_the_datasets_read(ask, file):
    assert "reads a file" in ask(f'{{ sourceRows(file: "{file}", row: 1) {{ line }} }}')


@pytest.mark.parametrize(
    ("row", "around", "said"),
    [
        (0, 1, "no such row"),
        (99, 1, "no such row"),
        (-3, 1, "no such row"),
        (2, 51, "can't be shown"),
        (2, -1, "can't be shown"),
    ],
)
def test_rows_that_there_are_not_are_refused(ask, row, around, said):
    assert said in ask(
        f'{{ sourceRows(file: "things.csv", row: {row}, around: {around}) {{ line }} }}'
    )


def test_a_file_that_changed_since_is_not_shown(ask, town):
    question = '{ sourceRows(file: "things.csv", row: 2, asOf: "AS") { lines { text } } }'
    assert "changed since" in ask(question.replace("AS", "0"))
    assert "sourceRows" in ask(question.replace("AS", "1"))
    path = town.folder / "data" / "things.csv"
    before = path.stat()
    path.write_text(ROWS.replace("p1", "pX"))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns + 1))
    try:
        assert "changed since" in ask(question.replace("AS", "1"))
    finally:
        path.write_text(ROWS)
    assert "sourceRows" in ask(question.replace("AS", "1"))


def test_a_server_of_a_record_alone_says_that_it_has_no_files(town):
    record = load_twin(town.folder).record
    with TestClient(create_app(EmbeddedStore(record))) as client:
        said = client.post(
            "/graphql", json={"query": '{ sourceRows(file: "things.csv", row: 2) { line } }'}
        ).json()
    assert "not the twin's folder" in said["errors"][0]["message"]
